//! The smallest of the five.

use serde_json::json;

use super::built::Built;

const BOTH: [(&str, &str); 2] = [("primary", "us-east-1"), ("secondary", "us-west-2")];

#[test]
fn every_row_is_met() {
    let mut tap = Built::of("serverless", &[]);
    let manifest = tap.manifest;
    tap.holds("003-01", manifest.home.default.as_str() == "us-east-1", "home");
    tap.holds("003-01", manifest.partner.default.as_str() == "us-west-2", "partner");
    tap.holds("003-01", manifest.home.configuration.contains(&"aws:region".to_owned()), "aws:region");
    let suffix = manifest.parameter("EnvironmentSuffix").unwrap();
    tap.holds("003-01", suffix.environment == ["ENVIRONMENT_SUFFIX"], "ENVIRONMENT_SUFFIX");

    let table = "global.GlobalTable";
    tap.is("003-02", table, "TableName", "tap-qa-global");
    tap.is("003-02", table, "BillingMode", "PAY_PER_REQUEST");
    tap.is("003-02", table, "KeySchema", json!([{"AttributeName": "id", "KeyType": "HASH"}]));
    tap.is("003-02", table, "StreamSpecification/StreamViewType", "NEW_AND_OLD_IMAGES");
    tap.is("003-02", table, "Replicas/0/Region", "us-east-1");
    tap.is("003-02", table, "Replicas/1/Region", "us-west-2");

    for (side, region) in BOTH {
        let of = |id: &str| format!("{side}.{id}");
        tap.is("003-03", &of("Bucket"), "BucketName", format!("tap-qa-{side}-{region}"));
        tap.is("003-03", &of("Bucket"), "VersioningConfiguration/Status", "Enabled");
        tap.is("003-05", &of("TapFunction"), "FunctionName", format!("tap-qa-{side}"));
        tap.lacks("003-05", &of("TapFunction"), "VpcConfig");
        tap.is("003-05", &of("LogGroup"), "LogGroupName", format!("/aws/lambda/tap-qa-{side}"));
        let basic = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
        tap.is("003-06", &of("LambdaRole"), "ManagedPolicyArns", json!([basic]));
        tap.says("003-06", &of("LambdaRole"), "Policies", &["dynamodb:PutItem", "table/tap-qa-global"]);
        tap.is("003-07", &of("TapUrl"), "AuthType", "NONE");
        tap.is("003-07", &of("UrlPermission"), "Action", "lambda:InvokeFunctionUrl");
        tap.is("003-07", &of("UrlPermission"), "FunctionUrlAuthType", "NONE");
        tap.is("003-07", &of("InvokePermission"), "Action", "lambda:InvokeFunction");
        tap.is("003-07", &of("InvokePermission"), "InvokedViaFunctionUrl", true);
    }
    tap.before("003-04", "secondary", "primary");
    tap.is("003-04", "primary.Bucket", "ReplicationConfiguration/Rules/0/Destination/Bucket", "{secondary.BucketArn}");
    tap.is("003-04", "primary.Bucket", "ReplicationConfiguration/Role", "<ReplicationRole.Arn>");
    tap.made("003-06", "AWS::IAM::Role", &["primary.ReplicationRole"]);

    let made: Vec<String> = tap
        .plan
        .stacks
        .iter()
        .flat_map(|stack| stack.evaluated.resources.iter().map(|resource| resource.resource_type.clone()))
        .collect();
    for kind in ["AWS::EC2::", "AWS::RDS::", "AWS::ApiGateway", "AWS::Route53::"] {
        tap.holds("003-08", made.iter().all(|name| !name.starts_with(kind)), kind);
    }
    let keys: Vec<&str> = manifest.outputs.keys.iter().map(|(key, _)| key.as_str()).collect();
    let wanted =
        ["primaryLambdaUrl", "secondaryLambdaUrl", "globalTableName", "primaryBucketName", "secondaryBucketName"];
    tap.holds("003-09", keys == wanted, "the keys of the outputs");
    let watched = format!("{:?}", manifest.deployment);
    tap.holds("003-10", watched.contains("{primary.FunctionUrl}"), "the home region's URL is asked");
    tap.holds("003-10", watched.contains("{secondary.FunctionUrl}"), "the partner's URL is asked");
    let emptied = tap.plan.steps.iter().filter(|step| step.id.starts_with("empty-")).count();
    tap.holds("003-11", emptied == 2, "both buckets are emptied first");
    for id in ["primary", "secondary", "global"] {
        tap.tag("003-13", id, "Environment", "qa");
        tap.tag("003-13", id, "Project", "Tap");
    }
    for (name, off) in
        [("PrivateNetworking", "false"), ("VpcPeering", "false"), ("SigningSecret", "false"), ("Monitoring", "false")]
    {
        tap.holds("003-14", manifest.parameter(name).is_some_and(|parameter| parameter.default == off), name);
    }
    tap.judge();
}

#[test]
fn each_recommendation_changes_what_it_should() {
    let mut networks = Built::of("serverless", &[("PrivateNetworking", "true"), ("VpcPeering", "true")]);
    for (side, x) in [("primary", 0), ("secondary", 1)] {
        networks.is("networks", &format!("{side}.Vpc"), "CidrBlock", format!("10.{x}.0.0/16"));
        networks.made(
            "networks",
            "AWS::EC2::VPCEndpoint",
            &[&format!("{side}.DynamoDbEndpoint"), &format!("{side}.S3Endpoint")],
        );
        let subnets = json!(["<PrivateSubnet1>", "<PrivateSubnet2>"]);
        networks.is("networks", &format!("{side}.TapFunction"), "VpcConfig/SubnetIds", subnets);
    }
    networks.is("peering", "primary.Peering", "PeerRegion", "us-west-2");
    networks.is("peering", "primary.PeerRoute", "DestinationCidrBlock", "10.1.0.0/16");
    networks.is("peering", "routes.PeerRoute", "DestinationCidrBlock", "10.0.0.0/16");
    networks.judge_these();

    let mut secret = Built::of("serverless", &[("SigningSecret", "true")]);
    secret.is("secret", "primary.Signing", "ReplicaRegions/0/Region", "us-west-2");
    secret.judge_these();

    let mut monitored = Built::of("serverless", &[("Monitoring", "true")]);
    for side in ["primary", "secondary"] {
        let alarms = ["ErrorsAlarm", "ThrottlesAlarm", "BucketLagAlarm"].map(|alarm| format!("{side}.{alarm}"));
        let alarms: Vec<&str> = alarms.iter().map(String::as_str).collect();
        monitored.made("alarms", "AWS::CloudWatch::Alarm", &alarms);
    }
    monitored.is("alarms", "primary.Bucket", "ReplicationConfiguration/Rules/0/Destination/Metrics/Status", "Enabled");
    monitored.judge_these();

    let certificate = |region: &str| format!("arn:aws:acm:{region}:123456789012:certificate/0a1b2c3d-1111");
    let (home, partner) = (certificate("us-east-1"), certificate("us-west-2"));
    let given = [
        ("ParentDomain", "acme.org"),
        ("PrimaryCertificateArn", home.as_str()),
        ("SecondaryCertificateArn", partner.as_str()),
    ];
    let mut named = Built::of("serverless", &given);
    named.is("dns", "traffic.HostedZone", "Name", "tap-qa.acme.org");
    for (check, record, failover) in
        [("PrimaryHealthCheck", "PrimaryRecord", "PRIMARY"), ("SecondaryHealthCheck", "SecondaryRecord", "SECONDARY")]
    {
        named.is("dns", &format!("traffic.{check}"), "HealthCheckConfig/RequestInterval", 30);
        named.is("dns", &format!("traffic.{record}"), "Failover", failover);
        named.is("dns", &format!("traffic.{record}"), "Name", "api.tap-qa.acme.org");
    }
    named.made("dns", "AWS::ApiGatewayV2::Api", &["primary.HttpApi", "secondary.HttpApi"]);
    named.judge_these();
    let plain = Built::of("serverless", &[]);
    assert!(plain.plan.stack("traffic").is_none() && plain.plan.stack("routes").is_none());
    assert!(plain.plan.steps.iter().all(|step| step.id != "foreign-records"), "there is no zone to look into");
}
