//! Payments on Aurora.

use lifeboat_blueprint::manifest::CheckKind;
use serde_json::{Value as Json, json};

use super::built::Built;

/// Stack, second number of the network, role in names, region.
const BOTH: [(&str, u8, &str, &str); 2] = [("primary", 0, "primary", "us-east-1"), ("dr", 1, "dr", "us-east-2")];

#[test]
fn every_row_is_met() {
    let mut payments = Built::of("payments-aurora", &[]);
    general(&mut payments);
    networks(&mut payments);
    aurora(&mut payments);
    functions(&mut payments);
    stores(&mut payments);
    traffic(&mut payments);
    alarms(&mut payments);
    promises(&mut payments);
    recommended(&mut payments);
    payments.judge();
}

fn general(payments: &mut Built) {
    let manifest = payments.manifest;
    let (home, partner) = (&manifest.home, &manifest.partner);
    let suffix = manifest.parameter("EnvironmentSuffix").unwrap();
    for (configuration, environment, key, variable) in [
        (&home.configuration, &home.environment, "primaryRegion", "PRIMARY_REGION"),
        (&partner.configuration, &partner.environment, "drRegion", "DR_REGION"),
        (&suffix.configuration, &suffix.environment, "environmentSuffix", "ENVIRONMENT_SUFFIX"),
    ] {
        payments.holds("001-01", configuration.iter().any(|known| known == key), key);
        payments.holds("001-01", environment.iter().any(|known| known == variable), variable);
    }
    let defaults = (home.default.as_str(), partner.default.as_str(), suffix.default.as_str());
    payments.holds("001-01", defaults == ("us-east-1", "us-east-2", "dev"), "the defaults");
    let named = payments.plan.stacks.iter().all(|stack| stack.name.as_str().starts_with("TapStackqa-"));
    payments.holds("001-02", named, "the stacks' names");
    let stacks: Vec<(String, String)> =
        payments.plan.stacks.iter().map(|stack| (stack.id.clone(), stack.region.to_string())).collect();
    for (id, region) in &stacks {
        payments.tag("001-03", id, "Environment", "qa");
        payments.tag("001-03", id, "ManagedBy", "Lifeboat");
        payments.tag("001-03", id, "Project", "DisasterRecovery");
        payments.tag("001-03", id, "Region", region);
        let role = if id == "global" {
            "global"
        } else if id.starts_with("dr") {
            "dr"
        } else {
            "primary"
        };
        payments.tag("001-03", id, "DR-Role", role);
    }
    for (n, role, region) in [(0, "primary", "us-east-1"), (1, "dr", "us-east-2")] {
        let tag = |at: u8| format!("Replicas/{n}/Tags/{at}/Value");
        payments.is("001-03", "stores.TransactionsTable", &tag(1), region);
        payments.is("001-03", "stores.TransactionsTable", &tag(2), role);
    }
    payments.input("001-04", "dr-database", "GlobalClusterId", "{primary.GlobalClusterId}");
    payments.input("001-04", "dr", "ReplicationRoleArn", "{primary.ReplicationRoleArn}");
    for (first, then) in
        [("primary", "dr"), ("primary-database", "dr-database"), ("primary", "global"), ("dr", "global")]
    {
        payments.before("001-05", first, then);
    }
    let keys: Vec<&str> = manifest.outputs.keys.iter().map(|(key, _)| key.as_str()).collect();
    let wanted = [
        "environment_suffix",
        "primary_region",
        "dr_region",
        "primary_vpc_id",
        "dr_vpc_id",
        "primary_aurora_endpoint",
        "dr_aurora_endpoint",
        "primary_api_endpoint",
        "dr_api_endpoint",
        "primary_bucket_name",
        "dr_bucket_name",
        "dynamodb_table_name",
        "route53_zone_id",
        "route53_fqdn",
        "primary_lambda_function_name",
        "dr_lambda_function_name",
    ];
    payments.holds("001-36", keys == wanted, "the keys of the outputs");
    payments.holds("001-36", manifest.outputs.files[0].source == "flat-outputs.json", "the file");
    let reader = format!("{:?}", manifest.outputs.keys[6].1);
    payments.holds("001-36", reader.contains("ReaderEndpoint"), "a standby answers at its reader endpoint");
}

fn networks(payments: &mut Built) {
    for (stack, x, role, region) in BOTH {
        let of = |id: &str| format!("{stack}.{id}");
        payments.is("001-06", &of("Vpc"), "CidrBlock", format!("10.{x}.0.0/16"));
        payments.is("001-06", &of("Vpc"), "EnableDnsSupport", true);
        payments.is("001-06", &of("Vpc"), "EnableDnsHostnames", true);
        payments.is("001-06", &of("Vpc"), "Tags/0/Value", format!("vpc-{role}-qa"));
        for n in 1..=3 {
            let subnet = of(&format!("PrivateSubnet{n}"));
            payments.is("001-07", &subnet, "CidrBlock", format!("10.{x}.{n}.0/24"));
            payments.is("001-07", &subnet, "AvailabilityZone", format!("<zones of {region}>[{}]", n - 1));
            payments.is("001-09", &of(&format!("PrivateAssociation{n}")), "RouteTableId", "<PrivateRouteTable>");
        }
        payments.is("001-08", &of("PublicSubnet"), "CidrBlock", format!("10.{x}.10.0/24"));
        payments.made("001-09", "AWS::EC2::InternetGateway", &[&of("InternetGateway")]);
        payments.made("001-09", "AWS::EC2::EIP", &[&of("NatAddress")]);
        payments.is("001-09", &of("NatGateway"), "SubnetId", "<PublicSubnet>");
        payments.is("001-09", &of("PublicRoute"), "GatewayId", "<InternetGateway>");
        payments.is("001-09", &of("PrivateRoute"), "NatGatewayId", "<NatGateway>");
        payments.is("001-09", &of("PublicAssociation"), "RouteTableId", "<PublicRouteTable>");
        let ingress = "SecurityGroupIngress/0";
        payments.is("001-10", &of("AuroraSecurityGroup"), &format!("{ingress}/FromPort"), 5432);
        payments.is("001-10", &of("AuroraSecurityGroup"), &format!("{ingress}/ToPort"), 5432);
        payments.is("001-10", &of("AuroraSecurityGroup"), &format!("{ingress}/CidrIp"), format!("10.{x}.0.0/16"));
        payments.lacks("001-10", &of("LambdaSecurityGroup"), "SecurityGroupIngress");
        payments.is("001-10", &of("LambdaSecurityGroup"), "SecurityGroupEgress/0/ToPort", 443);
    }
}

fn aurora(payments: &mut Built) {
    payments.is("001-13", "primary.GlobalCluster", "GlobalClusterIdentifier", "aurora-global-qa");
    payments.is("001-13", "primary.GlobalCluster", "EngineVersion", "14.6");
    for (stack, _, role, _) in BOTH {
        let (cluster, instance) = (format!("{stack}-database.DbCluster"), format!("{stack}-database.DbInstance"));
        let row = if stack == "primary" { "001-14" } else { "001-15" };
        payments.is(row, &cluster, "DBClusterIdentifier", format!("aurora-{role}-qa"));
        payments.is(row, &cluster, "Engine", "aurora-postgresql");
        payments.is(row, &cluster, "EngineVersion", "14.6");
        payments.is(row, &cluster, "GlobalClusterIdentifier", "{primary.GlobalClusterId}");
        payments.is(row, &instance, "DBInstanceClass", "db.r5.large");
        payments.is("001-16", &cluster, "DeletionProtection", false);
        payments.is("001-16", &cluster, "BackupRetentionPeriod", 1);
        for name in [&cluster, &instance] {
            let resource = payments.resource(name).unwrap();
            let policies = (resource.deletion_policy.clone(), resource.update_replace_policy.clone());
            let delete = Some("Delete".to_owned());
            payments.holds("001-16", policies == (delete.clone(), delete), &format!("{name} leaves a snapshot"));
        }
    }
    let standby = "dr-database.DbCluster";
    for key in ["MasterUsername", "MasterUserPassword", "DatabaseName"] {
        payments.lacks("001-15", standby, key);
    }
    payments.is("001-15", standby, "KmsKeyId", "alias/aws/rds");
    let members = payments.plan.stacks.iter().filter(|stack| stack.aurora_cluster.is_some()).count();
    payments.holds("001-15", members == 2, "two members");
    payments.is("001-17", "primary.DbSecret", "GenerateSecretString/GenerateStringKey", "password");
    payments.is("001-17", "primary.DbSecret", "ReplicaRegions/0/Region", "us-east-2");
    let password = "{{resolve:secretsmanager:{primary.DbSecretArn}:SecretString:password}}";
    payments.is("001-17", "primary-database.DbCluster", "MasterUserPassword", password);
    let asked = payments
        .manifest
        .checks
        .iter()
        .any(|check| matches!(&check.kind, CheckKind::EngineVersion { version, .. } if version == "14.6"));
    payments.holds("001-14", asked, "the version is asked for before anything is made");
}

fn functions(payments: &mut Built) {
    for (stack, _, role, region) in BOTH {
        let of = |id: &str| format!("{stack}.{id}");
        let function = of("PaymentFunction");
        payments.is("001-11", &of("LambdaRole"), "RoleName", format!("payment-processor-{role}-qa"));
        let vpc = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole";
        payments.is("001-11", &of("LambdaRole"), "ManagedPolicyArns", json!([vpc]));
        payments.is("001-18", &function, "FunctionName", format!("payment-processor-{role}-qa"));
        payments.is("001-18", &function, "Runtime", "python3.11");
        payments.is("001-18", &function, "Environment/Variables/DEPLOY_REGION", region);
        payments.lacks("001-18", &function, "Environment/Variables/AWS_REGION");
        let subnets = json!(["<PrivateSubnet1>", "<PrivateSubnet2>", "<PrivateSubnet3>"]);
        payments.is("001-18", &function, "VpcConfig/SubnetIds", subnets);
        payments.is("001-18", &of("LogGroup"), "LogGroupName", format!("/aws/lambda/payment-processor-{role}-qa"));
        let waits = payments.resource(&function).unwrap().depends_on.contains("LogGroup");
        payments.holds("001-18", waits, "the function waits for its log group");
        payments.is("001-19", &of("PaymentResource"), "PathPart", "payment");
        payments.is("001-19", &of("PostPayment"), "HttpMethod", "POST");
        payments.is("001-19", &of("PostPayment"), "Integration/Type", "AWS_PROXY");
        payments.is("001-19", &of("ApiStage"), "StageName", "prod");
        payments.lacks("001-19", &of("ApiDeployment"), "StageName");
        payments.is("001-20", &of("GetPayment"), "HttpMethod", "GET");
        payments.is("001-20", &of("GetPayment"), "Integration/Type", "AWS_PROXY");
        payments.is("001-38", &of("PostPayment"), "AuthorizationType", "NONE");
        let endpoint = payments.plan.stack(stack).unwrap().evaluated.outputs["ApiEndpoint"].to_string();
        let wanted = format!("https://<RestApi>.execute-api.{region}.amazonaws.com/<ApiStage>/payment");
        payments.holds("001-38", endpoint == wanted, &format!("TLS in transit: {endpoint}"));
    }
    let same =
        |path: &str| payments.shown("primary.PaymentFunction", path) == payments.shown("dr.PaymentFunction", path);
    let identical = ["Code", "Handler", "Runtime", "MemorySize", "Timeout"].into_iter().all(same);
    payments.holds("001-18", identical, "the functions are the same in both regions");
}

fn stores(payments: &mut Built) {
    payments.is("001-12", "primary.ReplicationRole", "RoleName", "payments-aurora-replication-qa");
    let can = ["s3:ReplicateObject", "s3:GetObjectVersionForReplication", "s3:ReplicateDelete"];
    payments.says("001-12", "primary.ReplicationRole", "Policies", &can);
    for (bucket, name) in [("stores.Bucket", "dr-primary-bucket-qa"), ("dr.Bucket", "dr-secondary-bucket-qa")] {
        payments.is("001-21", bucket, "BucketName", name);
        payments.is("001-21", bucket, "VersioningConfiguration/Status", "Enabled");
        let encryption =
            "BucketEncryption/ServerSideEncryptionConfiguration/0/ServerSideEncryptionByDefault/SSEAlgorithm";
        payments.is("001-21", bucket, encryption, "AES256");
        payments.is("001-21", bucket, "Tags/0/Value", "qa");
        for key in ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"] {
            payments.is("001-21", bucket, &format!("PublicAccessBlockConfiguration/{key}"), true);
            payments.is("001-38", bucket, &format!("PublicAccessBlockConfiguration/{key}"), true);
        }
    }
    for (path, wanted) in [
        ("Destination/Bucket", json!("{dr.BucketArn}")),
        ("DeleteMarkerReplication/Status", json!("Enabled")),
        ("Destination/ReplicationTime/Status", json!("Enabled")),
        ("Destination/ReplicationTime/Time/Minutes", json!(15)),
        ("Destination/Metrics/Status", json!("Enabled")),
        ("Destination/Metrics/EventThreshold/Minutes", json!(15)),
    ] {
        payments.is("001-22", "stores.Bucket", &format!("ReplicationConfiguration/Rules/0/{path}"), wanted);
    }
    let table = "stores.TransactionsTable";
    payments.is("001-24", table, "TableName", "payment-transactions-qa");
    payments.is("001-24", table, "BillingMode", "PAY_PER_REQUEST");
    payments.is("001-24", table, "StreamSpecification/StreamViewType", "NEW_AND_OLD_IMAGES");
    for (n, region) in [(0, "us-east-1"), (1, "us-east-2")] {
        payments.is("001-24", table, &format!("Replicas/{n}/Region"), region);
        let recovery = format!("Replicas/{n}/PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled");
        payments.is("001-24", table, &recovery, true);
    }
}

fn traffic(payments: &mut Built) {
    payments.is("001-25", "global.HostedZone", "Name", "payments-qa.lifeboat.test");
    for (check, host) in [("PrimaryHealthCheck", "{primary.ApiHost}"), ("DrHealthCheck", "{dr.ApiHost}")] {
        for (path, wanted) in [
            ("Type", json!("HTTPS")),
            ("ResourcePath", json!("/prod/payment")),
            ("RequestInterval", json!(30)),
            ("FailureThreshold", json!(3)),
            ("FullyQualifiedDomainName", json!(host)),
        ] {
            payments.is("001-27", &format!("global.{check}"), &format!("HealthCheckConfig/{path}"), wanted);
        }
    }
    for (record, failover, host) in
        [("PrimaryRecord", "PRIMARY", "{primary.ApiHost}"), ("DrRecord", "SECONDARY", "{dr.ApiHost}")]
    {
        let record = format!("global.{record}");
        payments.is("001-26", &record, "Name", "api.payments-qa.lifeboat.test");
        payments.is("001-28", &record, "Failover", failover);
        payments.is("001-28", &record, "TTL", "60");
        payments.is("001-28", &record, "Type", "CNAME");
        payments.is("001-28", &record, "ResourceRecords", json!([host]));
    }
    payments.is("001-28", "global.PrimaryRecord", "HealthCheckId", "<PrimaryHealthCheck>");
}

fn alarms(payments: &mut Built) {
    for (stack, _, role, _) in BOTH {
        payments.is("001-23", &format!("{stack}.AlertTopic"), "TopicName", format!("payment-alerts-{role}-qa"));
        payments.made("001-23", "AWS::SNS::TopicPolicy", &[&format!("{stack}.AlertTopicPolicy")]);
    }
    let home =
        ["AuroraGlobalDBReplicationLag", "\\\"ReplicationLatency", "4XXError", "5XXError", "Errors", "Throttles"];
    payments.says("001-29", "global.PrimaryDashboard", "DashboardBody", &home);
    let partner = ["AuroraGlobalDBReplicatedWriteIO", "BytesPendingReplication", "4XXError", "5XXError", "Errors"];
    payments.says("001-30", "global.DrDashboard", "DashboardBody", &partner);
    for (row, name) in [("001-29", "global.PrimaryDashboard"), ("001-30", "global.DrDashboard")] {
        let body = payments.shown(name, "DashboardBody").unwrap();
        let widgets =
            serde_json::from_str::<Json>(body.as_str().unwrap()).map(|body| body["widgets"].as_array().map(Vec::len));
        payments.holds(row, matches!(widgets, Ok(Some(4))), "the dashboard is JSON with four widgets");
    }
    let lag = "dr-database.AuroraLagAlarm";
    payments.is("001-31", lag, "AlarmName", "aurora-replication-lag-qa");
    payments.is("001-31", lag, "MetricName", "AuroraGlobalDBReplicationLag");
    payments.is("001-31", lag, "Threshold", 1000);
    payments.is("001-31", lag, "ComparisonOperator", "GreaterThanThreshold");
    payments.is("001-31", lag, "TreatMissingData", "missing");
    let told = "arn:aws:cloudwatch:us-east-2:<account>:alarm:aurora-replication-lag-qa";
    payments.is("001-31", "dr.ForwardLagAlarm", "EventPattern/resources", json!([told]));
    payments.is("001-31", "primary.ForwardedAlarmRule", "EventPattern/resources", json!([told]));
    payments.is("001-31", "primary.ForwardedAlarmRule", "Targets/0/Arn", "<AlertTopic>");
    let bus = "arn:aws:events:us-east-1:<account>:event-bus/default";
    payments.is("001-31", "dr.ForwardLagAlarm", "Targets/0/Arn", bus);
    payments.is("001-32", "global.PrimaryHealthAlarm", "AlarmName", "primary-health-check-qa");
    payments.is("001-32", "global.PrimaryHealthAlarm", "AlarmActions", json!(["{primary.TopicArn}"]));
    payments.is("001-33", "global.DrHealthAlarm", "AlarmName", "dr-health-check-qa");
    payments.is("001-33", "global.DrHealthAlarm", "AlarmActions", json!([]));
    let bus = "arn:aws:events:us-east-2:<account>:event-bus/default";
    payments.is("001-33", "global.ForwardDrAlarm", "Targets/0/Arn", bus);
    let told = json!(["arn:aws:cloudwatch:us-east-1:<account>:alarm:dr-health-check-qa"]);
    payments.is("001-33", "dr.ForwardedAlarmRule", "EventPattern/resources", told);
    let global = payments.plan.stack("global").map(|stack| stack.region.to_string());
    payments.holds("001-32", global.as_deref() == Some("us-east-1"), "the alarms stand where the metrics are");
}

fn promises(payments: &mut Built) {
    let manifest = payments.manifest;
    let promised =
        |key: &str| manifest.objectives.iter().find(|(known, _)| known == key).map(|(_, length)| length.as_str());
    payments.holds("001-37", promised("rpo_aurora") == Some("1s"), "the RPO");
    payments.holds("001-37", promised("rto") == Some("2m"), "the RTO");
    let emptied = payments.plan.steps.iter().filter(|step| step.id.starts_with("empty-")).count();
    payments.holds("001-34", emptied == 2, "both buckets are emptied first");
    let retained: Vec<String> = payments
        .plan
        .stacks
        .iter()
        .flat_map(|stack| &stack.evaluated.resources)
        .filter(|resource| resource.deletion_policy.as_deref().is_some_and(|policy| policy != "Delete"))
        .map(|resource| resource.logical_id.clone())
        .collect();
    payments.holds("001-34", retained.is_empty(), &format!("retained: {retained:?}"));
    payments.holds("001-34", payments.plan.teardown.aurora.is_some(), "the clusters go by role");
    for (name, path) in [
        ("dr.PaymentFunction", "FunctionName"),
        ("dr.AlertTopic", "TopicName"),
        ("dr.RestApi", "Name"),
        ("dr.DbSubnetGroup", "DBSubnetGroupName"),
        ("dr-database.DbCluster", "DBClusterIdentifier"),
    ] {
        payments.says("001-35", name, path, &["-dr-qa"]);
    }
    let (from, to) =
        manifest.costs.iter().fold((0.0, 0.0), |(from, to), cost| (from + cost.usd_month_from, to + cost.usd_month_to));
    // What was estimated in total with these items was 680 to 750, which they do not add up to.
    payments.holds("001-42", (from, to) == (705.0, 760.0), &format!("the items add up to {from} to {to}"));
    payments.holds("001-42", manifest.costs.len() == 7, "seven items");
}

fn recommended(payments: &mut Built) {
    payments.made("001-43", "AWS::SecretsManager::Secret", &["primary.DbSecret"]);
    for (name, default) in [
        ("CustomerManagedKeys", "false"),
        ("LogRetentionDays", "0"),
        ("BackupVerification", "false"),
        ("MonthlyBudgetUsd", "0"),
        ("ChaosExperiments", "false"),
        ("BlueGreenDeployments", "false"),
        ("XRayTracing", "false"),
        ("DbInstanceClass", "db.r5.large"),
    ] {
        let parameter = payments.manifest.parameter(name);
        payments.holds("001-43", parameter.is_some_and(|parameter| parameter.default == default), name);
    }
    payments
        .not_made("001-43", &["primary.Key", "dr.Key", "stores.Budget", "stores.ChaosExperiment", "primary.LiveAlias"]);
}

#[test]
fn each_recommendation_changes_what_it_should() {
    let on = |parameter: &str, value: &str| Built::of("payments-aurora", &[(parameter, value)]);

    let mut keys = on("CustomerManagedKeys", "true");
    for (stack, role) in [("primary", "primary"), ("dr", "dr")] {
        keys.is("keys", &format!("{stack}.Key"), "PendingWindowInDays", 7);
        keys.is("keys", &format!("{stack}.KeyAlias"), "AliasName", format!("alias/payments-aurora-{role}-qa"));
        keys.is("keys", &format!("{stack}-database.DbCluster"), "KmsKeyId", format!("{{{stack}.KeyArn}}"));
    }
    let encryption = "BucketEncryption/ServerSideEncryptionConfiguration/0/ServerSideEncryptionByDefault/SSEAlgorithm";
    keys.is("keys", "stores.Bucket", encryption, "aws:kms");
    keys.judge_these();

    let mut logs = on("LogRetentionDays", "30");
    logs.is("logs", "primary.LogGroup", "RetentionInDays", 30);
    logs.is("logs", "dr.LogGroup", "RetentionInDays", 30);
    logs.judge_these();

    let mut traced = on("XRayTracing", "true");
    for stack in ["primary", "dr"] {
        traced.is("traces", &format!("{stack}.PaymentFunction"), "TracingConfig/Mode", "Active");
        traced.is("traces", &format!("{stack}.ApiStage"), "TracingEnabled", true);
    }
    traced.judge_these();

    let mut blue_green = on("BlueGreenDeployments", "true");
    for stack in ["primary", "dr"] {
        blue_green.made("blue/green", "AWS::Lambda::Alias", &[&format!("{stack}.LiveAlias")]);
        blue_green.made("blue/green", "AWS::CodeDeploy::DeploymentGroup", &[&format!("{stack}.DeployGroup")]);
        blue_green.is("blue/green", &format!("{stack}.ApiStage"), "DeploymentId", "<ApiDeploymentBlueGreen>");
        blue_green.not_made("blue/green", &[&format!("{stack}.ApiDeployment")]);
        let waits = blue_green.resource(&format!("{stack}.LiveAlias")).unwrap().depends_on.contains("DeployGroup");
        blue_green.holds("blue/green", waits, "the alias waits for what its update policy names");
    }
    blue_green.judge_these();

    let mut chaos = on("ChaosExperiments", "true");
    chaos.made("chaos", "AWS::FIS::ExperimentTemplate", &["stores.ChaosExperiment"]);
    chaos.is("chaos", "stores.ChaosExperiment", "StopConditions/0/Value", "<ChaosStopAlarm.Arn>");
    chaos.judge_these();

    let mut budget = on("MonthlyBudgetUsd", "750");
    budget.is("budget", "stores.Budget", "Budget/BudgetLimit/Amount", 750);
    budget.judge_these();

    let mut smaller = on("DbInstanceClass", "db.serverless");
    for stack in ["primary-database", "dr-database"] {
        smaller.is("smaller", &format!("{stack}.DbInstance"), "DBInstanceClass", "db.serverless");
        smaller.is("smaller", &format!("{stack}.DbCluster"), "ServerlessV2ScalingConfiguration/MinCapacity", 0.5);
    }
    smaller.judge_these();

    let mut verified = on("BackupVerification", "true");
    let tested = verified
        .plan
        .stack("primary-database")
        .unwrap()
        .evaluated
        .resources
        .iter()
        .any(|resource| resource.resource_type == "AWS::Backup::RestoreTestingPlan");
    verified.holds("backups", tested, "backups are restored and tried");
    let emptied = verified.plan.steps.iter().any(|step| step.id == "empty-vault");
    verified.holds("backups", emptied, "the vault is emptied before it is deleted");
    verified.judge_these();
    let plain = Built::of("payments-aurora", &[]);
    assert!(plain.plan.steps.iter().all(|step| step.id != "empty-vault"));
}

#[test]
fn with_certificates_clients_can_use_the_name() {
    let certificate = |region: &str| format!("arn:aws:acm:{region}:123456789012:certificate/0a1b2c3d-1111");
    let (home, partner) = (certificate("us-east-1"), certificate("us-east-2"));
    let given = [
        ("ParentDomain", "acme.org"),
        ("PrimaryCertificateArn", home.as_str()),
        ("DrCertificateArn", partner.as_str()),
    ];
    let mut payments = Built::of("payments-aurora", &given);
    for (stack, record, given) in [("primary", "PrimaryRecord", &home), ("dr", "DrRecord", &partner)] {
        payments.is("certificates", &format!("{stack}.ApiDomain"), "DomainName", "api.payments-qa.acme.org");
        payments.is("certificates", &format!("{stack}.ApiDomain"), "RegionalCertificateArn", given.as_str());
        // As without them, so that they can be added to what stands.
        payments.is("certificates", &format!("global.{record}"), "Type", "CNAME");
        payments.is("certificates", &format!("global.{record}"), "TTL", "60");
        let host = format!("{{{stack}.RegionalDomainName}}");
        payments.is("certificates", &format!("global.{record}"), "ResourceRecords", json!([host]));
    }
    payments.judge_these();
}
