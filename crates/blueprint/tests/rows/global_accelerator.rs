//! Fixed addresses before two regions.

use lifeboat_blueprint::StepAction;
use serde_json::{Value as Json, json};

use super::built::Built;

const BOTH: [(&str, u8); 2] = [("primary", 0), ("secondary", 1)];

#[test]
fn every_row_is_met() {
    let mut accelerated = Built::of("global-accelerator", &[]);
    let manifest = accelerated.manifest;
    accelerated.holds("002-01", manifest.home.default.as_str() == "us-east-1", "home");
    accelerated.holds("002-01", manifest.partner.default.as_str() == "us-east-2", "partner");
    let suffix = manifest.parameter("EnvironmentSuffix").unwrap();
    accelerated.holds("002-02", suffix.environment == ["ENVIRONMENT_SUFFIX"], "ENVIRONMENT_SUFFIX");
    for (side, x) in BOTH {
        regional(&mut accelerated, side, x);
    }
    peering(&mut accelerated);
    global(&mut accelerated);
    data(&mut accelerated);
    let keys: Vec<&str> = manifest.outputs.keys.iter().map(|(key, _)| key.as_str()).collect();
    for key in [
        "primary_vpc_id",
        "secondary_vpc_id",
        "global_accelerator_dns",
        "global_accelerator_ips",
        "primary_nlb_arn",
        "primary_nlb_dns",
        "primary_api_endpoint",
        "primary_health_check_id",
        "primary_bucket_name",
        "primary_aurora_endpoint",
        "primary_lambda_arn",
        "primary_event_bus_name",
        "primary_sns_topic_arn",
        "primary_backup_vault_name",
        "parameter_store_paths",
    ] {
        accelerated.holds("002-21", keys.contains(&key), key);
    }
    accelerated.judge();
}

fn regional(accelerated: &mut Built, side: &str, x: u8) {
    let of = |id: &str| format!("{side}.{id}");
    accelerated.is("002-03", &of("Vpc"), "CidrBlock", format!("10.{x}.0.0/16"));
    for n in [1, 2] {
        accelerated.is("002-03", &of(&format!("PublicSubnet{n}")), "CidrBlock", format!("10.{x}.{n}.0/24"));
        accelerated.is("002-03", &of(&format!("PrivateSubnet{n}")), "CidrBlock", format!("10.{x}.1{n}.0/24"));
    }
    accelerated.is("002-03", &of("PublicRoute"), "GatewayId", "<InternetGateway>");
    accelerated.is("002-05", &of("Nlb"), "Type", "network");
    accelerated.is("002-05", &of("Nlb"), "Name", format!("nlb-{side}-qa"));
    accelerated.is("002-02", &of("Nlb"), "Name", format!("nlb-{side}-qa"));
    accelerated.is("002-05", &of("NlbListener"), "Port", 443);
    accelerated.is("002-05", &of("NlbListener"), "DefaultActions/0/TargetGroupArn", "<NlbTargetGroup>");
    accelerated.is("002-05", &of("NlbTargetGroup"), "TargetType", "alb");
    accelerated.is("002-05", &of("NlbTargetGroup"), "HealthCheckIntervalSeconds", 10);
    let vpc = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole";
    accelerated.is("002-06", &of("LambdaRole"), "ManagedPolicyArns", json!([vpc]));
    accelerated.is("002-11", &of("HealthResource"), "PathPart", "health");
    accelerated.is("002-11", &of("GetHealth"), "HttpMethod", "GET");
    accelerated.is("002-11", &of("GetHealth"), "Integration/Type", "MOCK");
    accelerated.is("002-11", &of("ApiStage"), "StageName", "prod");
    accelerated.not_made("002-12", &[&of("ApiDomain"), &of("ApiMapping")]);
    accelerated.is("002-13", &of("FeatureFlags"), "Name", "/accelerated/qa/feature-flags");
    accelerated.is("002-13", &of("FeatureFlags"), "Type", "String");
    let database = format!("{side}-database");
    let endpoint = format!("{database}.DatabaseEndpoint");
    accelerated.is("002-13", &endpoint, "Name", "/accelerated/qa/database-endpoint");
    let cluster = format!("{database}.DbCluster");
    accelerated.is("002-16", &cluster, "ServerlessV2ScalingConfiguration/MinCapacity", 0.5);
    accelerated.is("002-16", &cluster, "ServerlessV2ScalingConfiguration/MaxCapacity", 1.0);
    accelerated.is("002-16", &cluster, "GlobalClusterIdentifier", "{primary.GlobalClusterId}");
    accelerated.is("002-16", &cluster, "EngineVersion", "16.8");
    accelerated.is("002-16", &format!("{database}.DbInstance"), "DBInstanceClass", "db.serverless");
    accelerated.is("002-20", &cluster, "DeletionProtection", false);
    let policy = accelerated.resource(&cluster).unwrap().deletion_policy.clone();
    accelerated.holds("002-20", policy.as_deref() == Some("Delete"), "no final snapshot");
    accelerated.is("002-17", &of("BackupVault"), "BackupVaultName", format!("accelerated-vault-{side}-qa"));
    accelerated.is("002-18", &of("EventFunction"), "FunctionName", format!("event-processor-{side}-qa"));
    accelerated.is("002-18", &of("EventBus"), "Name", "accelerated-events-qa");
    accelerated.is("002-18", &of("EventRule"), "Targets/0/Arn", "<EventFunction.Arn>");
    accelerated.is("002-18", &of("EventPermission"), "Principal", "events.amazonaws.com");
    accelerated.is("002-19", &of("AlertTopic"), "TopicName", format!("accelerated-alerts-{side}-qa"));
    let body = accelerated.shown(&of("Dashboard"), "DashboardBody").unwrap();
    let json = serde_json::from_str::<Json>(body.as_str().unwrap());
    accelerated.holds("002-19", json.is_ok_and(|body| body["widgets"].is_array()), "the dashboard is JSON");
}

fn peering(accelerated: &mut Built) {
    accelerated.is("002-04", "secondary.Peering", "PeerRegion", "us-east-1");
    accelerated.is("002-04", "secondary.Peering", "PeerVpcId", "{primary.VpcId}");
    for route in ["PublicPeerRoute", "PrivatePeerRoute"] {
        accelerated.is("002-04", &format!("secondary.{route}"), "DestinationCidrBlock", "10.0.0.0/16");
        accelerated.is("002-04", &format!("stores.{route}"), "DestinationCidrBlock", "10.1.0.0/16");
        accelerated.is(
            "002-04",
            &format!("stores.{route}"),
            "VpcPeeringConnectionId",
            "{secondary.PeeringConnectionId}",
        );
    }
}

fn global(accelerated: &mut Built) {
    accelerated.is("002-07", "global.Accelerator", "Name", "accelerator-qa");
    accelerated.is("002-07", "global.Accelerator", "Enabled", true);
    accelerated.is("002-08", "global.AcceleratorListener", "PortRanges", json!([{"FromPort": 443, "ToPort": 443}]));
    for (group, region, dial, side) in
        [("PrimaryEndpointGroup", "us-east-1", 100, "primary"), ("SecondaryEndpointGroup", "us-east-2", 0, "secondary")]
    {
        let group = format!("global.{group}");
        accelerated.is("002-09", &group, "EndpointGroupRegion", region);
        accelerated.is("002-09", &group, "TrafficDialPercentage", dial);
        accelerated.is("002-09", &group, "EndpointConfigurations/0/EndpointId", format!("{{{side}.NlbArn}}"));
    }
    for (check, alarm, side) in [
        ("PrimaryHealthCheck", "PrimaryHealthAlarm", "primary"),
        ("SecondaryHealthCheck", "SecondaryHealthAlarm", "secondary"),
    ] {
        for (path, wanted) in [
            ("Type", json!("TCP")),
            ("Port", json!(443)),
            ("RequestInterval", json!(30)),
            ("FailureThreshold", json!(3)),
            ("FullyQualifiedDomainName", json!(format!("{{{side}.NlbDns}}"))),
        ] {
            accelerated.is("002-10", &format!("global.{check}"), &format!("HealthCheckConfig/{path}"), wanted);
        }
        accelerated.is("002-19", &format!("global.{alarm}"), "Dimensions/0/Value", format!("<{check}>"));
        accelerated.is("002-19", &format!("global.{alarm}"), "AlarmName", format!("accelerated-health-{side}-qa"));
    }
    let buses = json!([{"EventBusArn": "{primary.EventBusArn}"}, {"EventBusArn": "{secondary.EventBusArn}"}]);
    accelerated.is("002-18", "events.EventEndpoint", "EventBuses", buses);
    accelerated.is("002-18", "events.EventEndpoint", "ReplicationConfig/State", "ENABLED");
    accelerated.is("002-18", "events.EventEndpoint", "RoutingConfig/FailoverConfig/Secondary/Route", "us-east-2");
}

fn data(accelerated: &mut Built) {
    let key = accelerated.plan.steps.iter().find(|step| step.id == "api-key").map(|step| step.action.clone());
    let good = matches!(&key, Some(StepAction::SecureParameter { regions, name, .. })
        if regions.len() == 2 && name == "/accelerated/qa/api-key");
    accelerated.holds("002-13", good, &format!("the key is a SecureString in both regions: {key:?}"));
    let rule = |path: &str| format!("ReplicationConfiguration/Rules/0/{path}");
    accelerated.is("002-14", "stores.DataBucket", &rule("Destination/ReplicationTime/Time/Minutes"), 15);
    accelerated.is("002-14", "stores.DataBucket", &rule("Destination/Bucket"), "{secondary.BucketArn}");
    accelerated.is("002-14", "secondary.DataBucket", "VersioningConfiguration/Status", "Enabled");
    accelerated.made("002-06", "AWS::IAM::Role", &["stores.ReplicationRole"]);
    accelerated.is("002-15", "stores.StateTable", "Replicas/0/Region", "us-east-1");
    accelerated.is("002-15", "stores.StateTable", "Replicas/1/Region", "us-east-2");
    accelerated.is("002-16", "primary.GlobalCluster", "GlobalClusterIdentifier", "accelerated-global-qa");
    let plan = "BackupPlan/BackupPlanRule/0";
    accelerated.is("002-17", "stores.BackupPlan", &format!("{plan}/Lifecycle/DeleteAfterDays"), 7);
    accelerated.is("002-17", "stores.BackupPlan", &format!("{plan}/CopyActions/0/Lifecycle/DeleteAfterDays"), 7);
    let copy = format!("{plan}/CopyActions/0/DestinationBackupVaultArn");
    accelerated.is("002-17", "stores.BackupPlan", &copy, "{secondary.VaultArn}");
    let selected = "BackupSelection/Resources";
    accelerated.is("002-17", "stores.BackupSelection", selected, json!(["{primary-database.ClusterArn}"]));
    let emptied: Vec<&str> = accelerated
        .plan
        .steps
        .iter()
        .map(|step| step.id.as_str())
        .filter(|id| id.starts_with("empty-") || id.ends_with("-away"))
        .collect();
    let wanted = [
        "api-key-away",
        "empty-primary-bucket",
        "empty-secondary-bucket",
        "empty-primary-vault",
        "empty-secondary-vault",
    ];
    let good = emptied == wanted;
    accelerated.holds("002-20", good, "buckets and vaults are emptied, and the key is deleted");
    for name in ["PrimaryCertificateArn", "SecondaryCertificateArn", "PrimaryDomain", "SecondaryDomain"] {
        let parameter = accelerated.manifest.parameter(name).unwrap();
        let key = format!("{}{}", name[..1].to_lowercase(), &name[1..]);
        accelerated.holds("002-12", parameter.default.is_empty() && parameter.configuration == [key], name);
    }
}

#[test]
fn what_is_switched_on_changes_what_it_should() {
    let certificate = |region: &str| format!("arn:aws:acm:{region}:123456789012:certificate/0a1b2c3d-1111");
    let (home, partner) = (certificate("us-east-1"), certificate("us-east-2"));
    let given = [
        ("PrimaryCertificateArn", home.as_str()),
        ("PrimaryDomain", "home.acme.org"),
        ("SecondaryCertificateArn", partner.as_str()),
        ("SecondaryDomain", "partner.acme.org"),
    ];
    let mut accelerated = Built::of("global-accelerator", &given);
    for (side, domain) in [("primary", "home.acme.org"), ("secondary", "partner.acme.org")] {
        accelerated.is("on", &format!("{side}.ApiDomain"), "DomainName", domain);
        accelerated.is("on", &format!("{side}.AlbTlsListener"), "Protocol", "HTTPS");
        accelerated.not_made("on", &[&format!("{side}.AlbListener")]);
        accelerated.is("on", &format!("{side}.NlbTargetGroup"), "Port", 443);
        accelerated.is("on", &format!("{side}.NlbTargetGroup"), "Name", format!("tg-{side}-qa-443"));
    }
    accelerated.judge_these();

    let mut bare = Built::of("global-accelerator", &[("NlbTargets", "false"), ("StandbyAlarms", "false")]);
    for side in ["primary", "secondary"] {
        bare.not_made("bare", &[&format!("{side}.Alb"), &format!("{side}.AlbListener")]);
        bare.is("bare", &format!("{side}.NlbTargetGroup"), "TargetType", "ip");
        bare.is("bare", &format!("{side}.NlbTargetGroup"), "Name", format!("tg-{side}-qa-ip"));
        bare.lacks("bare", &format!("{side}.NlbTargetGroup"), "Targets");
    }
    bare.not_made("bare", &["global.ForwardAlarms", "primary-database.AuroraLagAlarm"]);
    bare.judge_these();
}

#[test]
fn a_certificate_needs_its_name() {
    let blueprint = lifeboat_blueprint::find("global-accelerator").unwrap();
    let certificate = "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d-1111";
    let flags = [("PrimaryCertificateArn".to_owned(), certificate.to_owned())];
    let given = lifeboat_blueprint::Given {
        flags: flags.into_iter().collect(),
        ..lifeboat_blueprint::Given::nothing(lifeboat_model::id::DeploymentName::from("prod"))
    };
    let mistakes = lifeboat_blueprint::choose(&blueprint.manifest, &given).unwrap_err();
    assert!(mistakes[0].what.contains("a name needs one"), "{mistakes:?}");
}
