//! Payments without servers.

use lifeboat_blueprint::manifest::OutputForm;
use serde_json::json;

use super::built::Built;

const BOTH: [(&str, &str); 2] = [("primary", "us-east-1"), ("secondary", "us-east-2")];

#[test]
fn every_row_is_met() {
    let mut payments = Built::of("payments-serverless", &[]);
    let manifest = payments.manifest;
    payments.holds("004-01", manifest.home.default.as_str() == "us-east-1", "home");
    payments.holds("004-01", manifest.partner.default.as_str() == "us-east-2", "partner");
    payments.holds("004-01", manifest.home.environment.contains(&"AWS_REGION".to_owned()), "AWS_REGION");
    let suffix = manifest.parameter("EnvironmentSuffix").unwrap();
    payments.holds("004-01", suffix.environment == ["ENVIRONMENT_SUFFIX"], "ENVIRONMENT_SUFFIX");
    let promised =
        |key: &str| manifest.objectives.iter().find(|(known, _)| known == key).map(|(_, length)| length.as_str());
    payments.holds("004-02", promised("rpo_dynamodb") == Some("1m"), "the RPO");
    payments.holds("004-02", promised("rto") == Some("5m"), "the RTO");
    for (side, region) in BOTH {
        regional(&mut payments, side, region);
    }
    table_and_buckets(&mut payments);
    traffic(&mut payments);
    let keys: Vec<&str> = manifest.outputs.keys.iter().map(|(key, _)| key.as_str()).collect();
    let wanted = ["primaryApiEndpoint", "secondaryApiEndpoint", "failoverDnsName", "healthCheckId", "alarmArns"];
    payments.holds("004-14", keys == wanted, "the keys of the outputs");
    let four = matches!(&manifest.outputs.keys[4].1, OutputForm::List(texts) if texts.len() == 4);
    payments.holds("004-14", four, "four alarms, as a list");
    let emptied = payments.plan.steps.iter().filter(|step| step.id.starts_with("empty-")).count();
    payments.holds("004-15", emptied == 2, "both buckets are emptied first");
    payments.judge();
}

fn regional(payments: &mut Built, side: &str, region: &str) {
    let of = |id: &str| format!("{side}.{id}");
    let function = of("PaymentFunction");
    payments.is("004-03", &function, "FunctionName", format!("payment-processor-{region}-qa"));
    payments.is("004-03", &of("Bucket"), "BucketName", format!("payment-docs-{region}-qa"));
    payments.is("004-03", &of("AlertTopic"), "TopicName", format!("failover-alerts-{region}-qa"));
    payments.lacks("004-05", &function, "Environment/Variables/AWS_REGION");
    payments.says("004-05", &function, "Code/ZipFile", &["process.env.AWS_REGION"]);
    payments.is("004-05", &function, "Runtime", "nodejs22.x");
    let same = |path: &str| payments.shown("primary.PaymentFunction", path) == payments.shown(&function, path);
    let identical = ["Code", "Runtime", "Handler", "MemorySize", "Timeout"].into_iter().all(same);
    payments.holds("004-05", identical, "the functions are the same in both regions");
    payments.is("004-07", &of("PaymentResource"), "PathPart", "payment");
    payments.is("004-07", &of("PostPayment"), "HttpMethod", "POST");
    payments.is("004-07", &of("PostPayment"), "Integration/Type", "AWS_PROXY");
    payments.is("004-07", &of("GetPayment"), "HttpMethod", "GET");
    payments.is("004-07", &of("ApiStage"), "StageName", "prod");
    payments.is("004-07", &of("ApiStage"), "DeploymentId", "<ApiDeployment>");
    payments.lacks("004-07", &of("ApiDeployment"), "StageName");
    payments.is("004-07", &of("ApiPermission"), "Principal", "apigateway.amazonaws.com");
    let endpoint = payments.plan.stack(side).unwrap().evaluated.outputs["ApiEndpoint"].to_string();
    payments.holds("004-14", endpoint.ends_with("amazonaws.com/<ApiStage>"), "the endpoint ends with its stage");
    let alarm = of("LambdaErrorsAlarm");
    payments.is("004-10", &alarm, "AlarmName", format!("lambda-errors-{region}-qa"));
    payments.is("004-10", &alarm, "MetricName", "Errors");
    payments.made("004-11", "AWS::SNS::Topic", &[&of("AlertTopic")]);
    let trust = "AssumeRolePolicyDocument/Statement/0";
    payments.is("004-12", &of("DrOperationsRole"), &format!("{trust}/Principal/AWS"), "arn:aws:iam::<account>:root");
    payments.is("004-12", &of("DrOperationsRole"), &format!("{trust}/Action"), "sts:AssumeRole");
    payments.is("004-17", &of("DrOperationsRole"), &format!("{trust}/Principal/AWS"), "arn:aws:iam::<account>:root");
    payments.is("004-12", &of("DrOperationsRole"), "RoleName", format!("dr-operations-{region}-qa"));
    payments.is("004-13", &of("LogGroup"), "LogGroupName", format!("/aws/lambda/payment-processor-{region}-qa"));
}

fn table_and_buckets(payments: &mut Built) {
    let table = "stores.LedgerTable";
    for (n, region) in [(0, "us-east-1"), (1, "us-east-2")] {
        payments.is("004-04", table, &format!("Replicas/{n}/Region"), region);
        let recovery = format!("Replicas/{n}/PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled");
        payments.is("004-04", table, &recovery, true);
    }
    let rule = |path: &str| format!("ReplicationConfiguration/Rules/0/{path}");
    payments.is("004-06", "primary.Bucket", &rule("Destination/Bucket"), "{secondary.BucketArn}");
    payments.is("004-06", "primary.Bucket", &rule("Destination/ReplicationTime/Time/Minutes"), 15);
    payments.is("004-06", "primary.Bucket", &rule("Destination/Metrics/EventThreshold/Minutes"), 15);
    payments.is("004-06", "secondary.Bucket", "VersioningConfiguration/Status", "Enabled");
    payments.is("004-10", "stores.DynamoHealthAlarm", "AlarmName", "dynamo-health-alarm-us-east-1-qa");
    payments.is("004-10", "stores.DynamoHealthAlarm", "Threshold", 60000);
    let lag = "secondary.S3ReplicationLagAlarm";
    payments.is("004-10", lag, "AlarmName", "s3-replication-lag-us-east-2-qa");
    payments.is("004-10", lag, "MetricName", "ReplicationLatency");
    payments.is("004-10", lag, "Dimensions/0/Value", "payment-docs-us-east-1-qa");
    payments.is("004-10", lag, "Dimensions/1/Value", "<Bucket>");
}

fn traffic(payments: &mut Built) {
    for (path, wanted) in [
        ("Type", json!("HTTPS")),
        ("ResourcePath", json!("/prod/payment")),
        ("RequestInterval", json!(30)),
        ("FailureThreshold", json!(3)),
        ("FullyQualifiedDomainName", json!("{primary.ApiHost}")),
    ] {
        payments.is("004-08", "global.PrimaryHealthCheck", &format!("HealthCheckConfig/{path}"), wanted);
    }
    let checks = payments.plan.stacks.iter().flat_map(|stack| &stack.evaluated.resources);
    let checks = checks.filter(|resource| resource.resource_type == "AWS::Route53::HealthCheck").count();
    payments.holds("004-08", checks == 1, "the home region alone is watched");
    payments.is("004-09", "global.HostedZone", "Name", "payment-qa.test.local");
    for (record, failover, host) in
        [("PrimaryRecord", "PRIMARY", "{primary.ApiHost}"), ("SecondaryRecord", "SECONDARY", "{secondary.ApiHost}")]
    {
        let record = format!("global.{record}");
        payments.is("004-09", &record, "Name", "api.payment-qa.test.local");
        payments.is("004-09", &record, "Failover", failover);
        payments.is("004-09", &record, "TTL", "60");
        payments.is("004-09", &record, "ResourceRecords", json!([host]));
    }
    payments.is("004-09", "global.PrimaryRecord", "HealthCheckId", "<PrimaryHealthCheck>");
    payments.lacks("004-09", "global.SecondaryRecord", "HealthCheckId");
}

#[test]
fn with_a_domain_and_certificates_clients_can_use_the_name() {
    let certificate = |region: &str| format!("arn:aws:acm:{region}:123456789012:certificate/0a1b2c3d-1111");
    let (home, partner) = (certificate("us-east-1"), certificate("us-east-2"));
    let given = [
        ("ParentDomain", "acme.org"),
        ("PrimaryCertificateArn", home.as_str()),
        ("SecondaryCertificateArn", partner.as_str()),
        ("StandbyAlarms", "false"),
    ];
    let mut payments = Built::of("payments-serverless", &given);
    for side in ["primary", "secondary"] {
        payments.is("on", &format!("{side}.ApiDomain"), "DomainName", "api.payment-qa.acme.org");
        payments.made("on", "AWS::ApiGateway::BasePathMapping", &[&format!("{side}.ApiMapping")]);
    }
    for (side, record) in [("primary", "PrimaryRecord"), ("secondary", "SecondaryRecord")] {
        // As without them, so that they can be added to what stands.
        payments.is("on", &format!("global.{record}"), "Type", "CNAME");
        payments.is("on", &format!("global.{record}"), "TTL", "60");
        let host = format!("{{{side}.RegionalDomainName}}");
        payments.is("on", &format!("global.{record}"), "ResourceRecords", json!([host]));
    }
    payments.not_made("on", &["primary.S3ReplicationLagAlarm", "secondary.DynamoHealthAlarm"]);
    payments.judge_these();
}
