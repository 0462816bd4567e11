//! The shop.

use lifeboat_blueprint::manifest::CheckKind;
use serde_json::json;

use super::built::Built;

const BOTH: [(&str, u8, &str, &str); 2] =
    [("primary", 0, "us-east-1", "us-west-2"), ("secondary", 1, "us-west-2", "us-east-1")];

#[test]
fn every_row_is_met() {
    let mut shop = Built::of("ecommerce", &[]);
    general(&mut shop);
    networks(&mut shop);
    databases(&mut shop);
    storage(&mut shop);
    servers(&mut shop);
    monitoring(&mut shop);
    automation(&mut shop);
    shop.judge();
}

fn general(shop: &mut Built) {
    let manifest = shop.manifest;
    let region = |id: &str| shop.plan.stack(id).map(|stack| stack.region.to_string());
    let regions = [region("primary"), region("secondary")];
    shop.holds("000-01", regions == [Some("us-east-1".to_owned()), Some("us-west-2".to_owned())], "regions");
    shop.holds("000-01", manifest.home.configuration.contains(&"primary_region".to_owned()), "an argument");
    shop.holds("000-01", manifest.partner.configuration.contains(&"secondary_region".to_owned()), "an argument");
    let suffix = manifest.parameter("EnvironmentSuffix").unwrap();
    shop.holds("000-02", suffix.default == "dev", "the suffix's default");
    let ids: Vec<String> = shop.plan.stacks.iter().map(|stack| stack.id.clone()).collect();
    for id in &ids {
        shop.tag("000-03", id, "Project", "ECommerceDR");
        shop.tag("000-03", id, "Environment", "qa");
        shop.tag("000-03", id, "ManagedBy", "Lifeboat");
    }
    let total: usize = manifest.modules.iter().map(|module| module.resources.len()).sum();
    shop.holds("000-04", total == 76, "76 resources in modules");
    for (first, then) in [
        ("primary", "primary-database"),
        ("secondary", "stores"),
        ("primary-database", "primary-app"),
        ("primary-app", "global"),
        ("secondary-app", "automation"),
        ("global", "automation"),
    ] {
        shop.before("000-05", first, then);
    }
    let keys: Vec<&str> = manifest.outputs.keys.iter().map(|(key, _)| key.as_str()).collect();
    let wanted = [
        "primary_endpoint",
        "primary_alb_dns",
        "secondary_alb_dns",
        "database_primary_endpoint",
        "database_secondary_endpoint",
        "storage_bucket_primary",
        "storage_bucket_secondary",
        "sns_topic_arn",
    ];
    shop.holds("000-29", keys == wanted, "the keys of the outputs");
    shop.holds("000-30", manifest.outputs.files[1].source == "pulumi-outputs-{EnvironmentSuffix}.json", "the file");
    shop.holds("000-30", suffix.environment == ["ENVIRONMENT_SUFFIX"], "the suffix's variable");
    let variables: Vec<&str> = manifest.outputs.environment.iter().map(|(_, name)| name.as_str()).collect();
    for name in [
        "PRIMARY_ENDPOINT",
        "PRIMARY_ALB_DNS",
        "SECONDARY_ALB_DNS",
        "DATABASE_PRIMARY_ENDPOINT",
        "STORAGE_BUCKET_PRIMARY",
        "STORAGE_BUCKET_SECONDARY",
        "SNS_TOPIC_ARN",
    ] {
        shop.holds("000-30", variables.contains(&name), name);
    }
    let named = shop.plan.stacks.iter().all(|stack| stack.name.as_str().starts_with("tap-stack-qa"));
    shop.holds("000-30", named, "the stacks' names");
}

fn networks(shop: &mut Built) {
    for (side, x, ..) in BOTH {
        let of = |id: &str| format!("{side}.{id}");
        shop.is("000-06", &of("Vpc"), "CidrBlock", format!("10.{x}.0.0/16"));
        shop.is("000-06", &of("Vpc"), "EnableDnsSupport", true);
        for n in [1, 2] {
            let private = of(&format!("PrivateSubnet{n}"));
            let public = of(&format!("PublicSubnet{n}"));
            shop.is("000-07", &private, "CidrBlock", format!("10.{x}.1{n}.0/24"));
            shop.is("000-08", &public, "CidrBlock", format!("10.{x}.{n}.0/24"));
            shop.is("000-08", &public, "MapPublicIpOnLaunch", true);
            let region = if x == 0 { "us-east-1" } else { "us-west-2" };
            let zone = format!("<zones of {region}>[{}]", n - 1);
            shop.is("000-07", &private, "AvailabilityZone", zone.clone());
            shop.is("000-08", &public, "AvailabilityZone", zone);
            let association = of(&format!("PublicAssociation{n}"));
            shop.is("000-09", &association, "RouteTableId", "<PublicRouteTable>");
            let association = of(&format!("PrivateAssociation{n}"));
            shop.is("000-09", &association, "RouteTableId", "<PrivateRouteTable>");
        }
        shop.made("000-09", "AWS::EC2::VPCGatewayAttachment", &[&of("GatewayAttachment")]);
        shop.is("000-09", &of("PublicRoute"), "DestinationCidrBlock", "0.0.0.0/0");
        shop.is("000-09", &of("PublicRoute"), "GatewayId", "<InternetGateway>");
        let app = format!("{side}-app");
        shop.input("000-08", &app, "PublicSubnetIds", &format!("{{{side}.PublicSubnetIds}}"));
    }
    let nat = shop.plan.stacks.iter().flat_map(|stack| &stack.evaluated.resources);
    let nat = nat.filter(|resource| resource.resource_type == "AWS::EC2::NatGateway").count();
    shop.holds("000-09", nat == 0, "no NAT gateway");
    shop.is("000-10", "global.HostedZone", "Name", "ecommerce-qa.lifeboat.test");
    shop.is("000-11", "global.PrimaryRecord", "Name", "shop.ecommerce-qa.lifeboat.test");
    let endpoint = shop.manifest.outputs.keys.iter().find(|(key, _)| key == "primary_endpoint").unwrap();
    shop.holds("000-11", format!("{:?}", endpoint.1).contains("PublicName"), "the name is an output");
}

fn databases(shop: &mut Built) {
    shop.is("000-12", "primary.GlobalCluster", "GlobalClusterIdentifier", "ecommerce-global-qa");
    for (side, x, ..) in BOTH {
        let (cluster, instance) = (format!("{side}-database.DbCluster"), format!("{side}-database.DbInstance"));
        shop.is("000-12", &cluster, "GlobalClusterIdentifier", "{primary.GlobalClusterId}");
        shop.is("000-12", &instance, "DBClusterIdentifier", "<DbCluster>");
        shop.is(
            "000-12",
            &format!("{side}.DbSubnetGroup"),
            "SubnetIds",
            json!(["<PrivateSubnet1>", "<PrivateSubnet2>"]),
        );
        let ingress = "SecurityGroupIngress/0";
        shop.is("000-12", &format!("{side}.DbSecurityGroup"), &format!("{ingress}/CidrIp"), format!("10.{x}.0.0/16"));
        shop.is("000-12", &format!("{side}.DbSecurityGroup"), &format!("{ingress}/FromPort"), 3306);
        shop.is("000-13", &cluster, "Engine", "aurora-mysql");
        shop.is("000-13", &cluster, "EngineVersion", "8.0.mysql_aurora.3.08.2");
        shop.is("000-14", &cluster, "DBClusterIdentifier", format!("ecommerce-aurora-{side}-qa"));
        shop.is("000-12", &cluster, "BackupRetentionPeriod", 1);
    }
    shop.before("000-12", "primary-database", "secondary-database");
    let asked = shop.manifest.checks.iter().any(|check| {
        matches!(&check.kind, CheckKind::EngineVersion { engine, version, regions }
            if engine == "aurora-mysql" && version == "8.0.mysql_aurora.3.08.2" && regions.len() == 2)
    });
    shop.holds("000-13", asked, "the version is asked for in both regions");
    let outputs = &shop.plan.stack("primary-database").unwrap().evaluated.outputs;
    let endpoint = outputs["Endpoint"].to_string();
    shop.holds(
        "000-14",
        endpoint == "<DbCluster.Endpoint.Address>",
        "the cluster's endpoint is told, not the instance's",
    );
    shop.is("000-15", "stores.SessionsTable", "TableName", "ecommerce-sessions-qa");
    shop.is("000-15", "stores.SessionsTable", "Replicas/0/Region", "us-east-1");
    shop.is("000-15", "stores.SessionsTable", "Replicas/1/Region", "us-west-2");
}

fn storage(shop: &mut Built) {
    for (bucket, side) in [("stores.AssetsBucket", "primary"), ("secondary.AssetsBucket", "secondary")] {
        shop.is("000-16", bucket, "BucketName", format!("ecommerce-assets-{side}-qa"));
        shop.is("000-17", bucket, "VersioningConfiguration/Status", "Enabled");
        let encryption =
            "BucketEncryption/ServerSideEncryptionConfiguration/0/ServerSideEncryptionByDefault/SSEAlgorithm";
        shop.is("000-18", bucket, encryption, "AES256");
    }
    let rule = |path: &str| format!("ReplicationConfiguration/Rules/0/{path}");
    shop.is("000-19", "stores.AssetsBucket", &rule("Destination/Bucket"), "{secondary.BucketArn}");
    shop.is("000-19", "stores.AssetsBucket", &rule("Status"), "Enabled");
    shop.is("000-19", "stores.AssetsBucket", "ReplicationConfiguration/Role", "<ReplicationRole.Arn>");
    shop.made("000-19", "AWS::IAM::Role", &["stores.ReplicationRole"]);
    shop.before("000-19", "secondary", "stores");
}

fn servers(shop: &mut Built) {
    for (side, ..) in BOTH {
        let of = |id: &str| format!("{side}-app.{id}");
        let app = format!("{side}-app");
        shop.input("000-20", &app, "DatabaseEndpoint", "{primary-database.Endpoint}");
        let data = "LaunchTemplateData";
        shop.is("000-20", &of("AppLaunchTemplate"), &format!("{data}/InstanceType"), "t4g.small");
        shop.says(
            "000-20",
            &of("AppLaunchTemplate"),
            &format!("{data}/UserData"),
            &["ASSETS_BUCKET=ecommerce-assets-primary-qa"],
        );
        shop.says(
            "000-20",
            &of("AppLaunchTemplate"),
            &format!("{data}/UserData"),
            &["DATABASE_ENDPOINT={primary-database.Endpoint}"],
        );
        shop.is("000-20", &of("AppAutoScalingGroup"), "MinSize", "2");
        shop.is("000-20", &of("AppInstanceProfile"), "Roles", json!(["<AppRole>"]));
        shop.is("000-21", &of("Alb"), "Name", format!("shop-{side}-qa"));
        shop.is("000-21", &of("Alb"), "Type", "application");
        shop.is("000-21", &of("Alb"), "Scheme", "internet-facing");
        shop.is("000-21", &of("AlbListener"), "Port", 80);
        shop.is("000-22", &of("AppTargetGroup"), "HealthCheckPath", "/health");
        let outputs = &shop.plan.stack(&app).unwrap().evaluated.outputs;
        let (dns, group) = (outputs["AlbDns"].to_string(), outputs["TargetGroupFullName"].to_string());
        shop.holds("000-21", dns == "<Alb.DNSName>", "the load balancer's name is told");
        shop.holds("000-22", group == "<AppTargetGroup.TargetGroupFullName>", "the target group is told");
    }
}

fn monitoring(shop: &mut Built) {
    shop.is("000-23", "primary.AlertTopic", "TopicName", "ecommerce-alerts-qa");
    shop.made("000-23", "AWS::SNS::TopicPolicy", &["primary.AlertTopicPolicy"]);
    let check = |path: &str| format!("HealthCheckConfig/{path}");
    for (path, wanted) in [
        ("Type", json!("HTTP")),
        ("ResourcePath", json!("/health")),
        ("RequestInterval", json!(30)),
        ("FailureThreshold", json!(3)),
        ("FullyQualifiedDomainName", json!("{primary-app.AlbDns}")),
    ] {
        shop.is("000-24", "global.PrimaryHealthCheck", &check(path), wanted);
    }
    let alarm = "primary-app.AlbUnhealthyAlarm";
    shop.is("000-25", alarm, "MetricName", "UnHealthyHostCount");
    shop.is("000-25", alarm, "Dimensions/0/Name", "TargetGroup");
    shop.is("000-25", alarm, "Dimensions/0/Value", "<AppTargetGroup.TargetGroupFullName>");
    shop.is("000-25", alarm, "Dimensions/1/Name", "LoadBalancer");
    shop.is("000-25", alarm, "AlarmActions", json!(["{primary.TopicArn}"]));
    shop.is("000-26", "primary-database.DatabaseAlarm", "Namespace", "AWS/RDS");
    shop.is("000-26", "primary-database.DatabaseAlarm", "Dimensions/0/Value", "<DbCluster>");
}

fn automation(shop: &mut Built) {
    let variables = "Environment/Variables";
    for (name, wanted) in [
        ("PRIMARY_REGION", "us-east-1"),
        ("SECONDARY_REGION", "us-west-2"),
        ("HEALTH_CHECK_ID", "{global.PrimaryHealthCheckId}"),
        ("HOSTED_ZONE_ID", "{global.ZoneId}"),
        ("SNS_TOPIC_ARN", "{primary.TopicArn}"),
        ("AUTOMATIC_PROMOTION", "false"),
    ] {
        shop.is("000-27", "automation.FailoverFunction", &format!("{variables}/{name}"), wanted);
    }
    let region = shop.plan.stack("automation").map(|stack| stack.region.to_string());
    shop.holds("000-27", region.as_deref() == Some("us-west-2"), "it runs where the disaster is not");
    shop.is("000-27", "automation.FailoverSubscription", "Region", "us-east-1");
    shop.is("000-27", "automation.FailoverSubscription", "TopicArn", "{primary.TopicArn}");
    shop.is("000-27", "automation.ActiveRegionParameter", "Value", "us-east-1");
    shop.made("000-27", "AWS::Lambda::Permission", &["automation.FailoverPermission"]);
    shop.made("000-27", "AWS::Logs::LogGroup", &["automation.FailoverLogGroup"]);
    shop.made("000-27", "AWS::IAM::Role", &["automation.FailoverRole"]);
    for (record, failover, app) in
        [("PrimaryRecord", "PRIMARY", "primary-app"), ("SecondaryRecord", "SECONDARY", "secondary-app")]
    {
        let record = format!("global.{record}");
        shop.is("000-28", &record, "Type", "A");
        shop.is("000-28", &record, "Failover", failover);
        shop.is("000-28", &record, "Name", "shop.ecommerce-qa.lifeboat.test");
        shop.is("000-28", &record, "AliasTarget/DNSName", format!("{{{app}.AlbDns}}"));
        shop.is("000-28", &record, "AliasTarget/HostedZoneId", format!("{{{app}.AlbZoneId}}"));
    }
    shop.is("000-28", "global.PrimaryRecord", "HealthCheckId", "<PrimaryHealthCheck>");
}

#[test]
fn the_alarms_dimensions_are_taken_from_the_target_group_that_was_made() {
    let shop = Built::of("ecommerce", &[]);
    let alarm = &shop.resource("primary-app.AlbUnhealthyAlarm").unwrap().properties;
    let made = alarm.at("Dimensions").unwrap().settle(&|reference| {
        Some(match reference.to_string().as_str() {
            "<AppTargetGroup.TargetGroupFullName>" => json!("targetgroup/sample/abc123"),
            "<Alb.LoadBalancerFullName>" => json!("app/sample/def456"),
            other => panic!("{other} is no part of the dimensions"),
        })
    });
    let wanted = json!([
        {"Name": "TargetGroup", "Value": "targetgroup/sample/abc123"},
        {"Name": "LoadBalancer", "Value": "app/sample/def456"},
    ]);
    assert_eq!(made, Ok(wanted));
}

#[test]
fn what_is_switched_on_changes_what_it_should() {
    let certificate = |region: &str| format!("arn:aws:acm:{region}:123456789012:certificate/0a1b2c3d-1111");
    let (home, partner) = (certificate("us-east-1"), certificate("us-west-2"));
    let mut shop = Built::of(
        "ecommerce",
        &[
            ("ParentDomain", "acme.org"),
            ("PrimaryCertificateArn", &home),
            ("SecondaryCertificateArn", &partner),
            ("AutomaticPromotion", "true"),
            ("CapacityOnFailover", "6"),
            ("DbInstanceClass", "db.serverless"),
            ("LogRetentionDays", "14"),
            ("InstanceType", "m7g.large"),
            ("StandbyAlarms", "false"),
        ],
    );
    shop.made("on", "AWS::ElasticLoadBalancingV2::Listener", &["primary-app.AlbHttpsListener"]);
    shop.is("on", "primary-app.AlbListener", "DefaultActions/0/Type", "redirect");
    shop.is("on", "global.PrimaryHealthCheck", "HealthCheckConfig/Type", "HTTPS");
    shop.is("on", "global.HostedZone", "Name", "ecommerce-qa.acme.org");
    shop.says("on", "automation.FailoverRole", "Policies", &["rds:FailoverGlobalCluster"]);
    shop.is("on", "automation.FailoverFunction", "Environment/Variables/CAPACITY", 6);
    for side in ["primary", "secondary"] {
        shop.is("on", &format!("{side}-database.DbInstance"), "DBInstanceClass", "db.serverless");
        shop.is("on", &format!("{side}-database.DbCluster"), "ServerlessV2ScalingConfiguration/MinCapacity", 0.5);
        shop.is("on", &format!("{side}-app.AppLaunchTemplate"), "LaunchTemplateData/InstanceType", "m7g.large");
    }
    shop.is("on", "automation.FailoverLogGroup", "RetentionInDays", 14);
    shop.not_made("on", &["primary.ActiveRegionParameter"]);
    shop.judge_these();
    let mut plain = Built::of("ecommerce", &[]);
    plain.not_made("off", &["primary-app.AlbHttpsListener", "secondary-app.AlbHttpsListener"]);
    plain.lacks("off", "automation.FailoverLogGroup", "RetentionInDays");
    plain.lacks("off", "primary-database.DbCluster", "ServerlessV2ScalingConfiguration");
    plain.judge_these();
}

#[test]
fn with_home_elsewhere_what_is_said_in_us_east_1_is_forwarded() {
    let mut shop = Built::of("ecommerce", &[("PrimaryRegion", "eu-west-1"), ("SecondaryRegion", "eu-central-1")]);
    let global = shop.plan.stack("global").map(|stack| stack.region.to_string());
    shop.holds("elsewhere", global.as_deref() == Some("us-east-1"), "health checks' alarms stay in us-east-1");
    shop.made("elsewhere", "AWS::Events::Rule", &["primary.ForwardedAlarmRule", "global.ForwardAlarm"]);
    shop.is("elsewhere", "global.HealthCheckAlarm", "AlarmActions", json!([]));
    shop.is("elsewhere", "stores.SessionsTable", "Replicas/0/Region", "eu-west-1");
    shop.is("elsewhere", "stores.SessionsTable", "Replicas/1/Region", "eu-central-1");
    shop.judge_these();
}

/// Servers that are replaced one after the other serve all the while only if the next waits until one has booted.
#[test]
fn a_rolling_update_waits_for_the_server_that_it_made() {
    for file in ["primary-app.yaml", "secondary-app.yaml"] {
        let files = lifeboat_blueprint::builtin_files("ecommerce");
        let (_, text) = files.iter().find(|(name, _)| *name == file).unwrap();
        let policy = text.lines().find(|line| line.contains("AutoScalingRollingUpdate:")).unwrap();
        assert!(policy.contains("MinInstancesInService: 1") && policy.contains("PauseTime: PT4M"), "{file}: {policy}");
    }
}
