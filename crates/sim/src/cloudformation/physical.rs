//! What AWS calls a resource once it is made, and what `Fn::GetAtt` then says of it. Made up from the resource's place
//! alone, so that the same deeds make the same names; a resource that is made again gets others wherever AWS would.

use std::collections::BTreeMap;

use lifeboat_model::id::Region;
use serde_json::{Value, json};

use crate::ACCOUNT;
use crate::draw::digest;

/// Where a resource is made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) region: &'a Region,
    pub(crate) stack: &'a str,
    pub(crate) logical_id: &'a str,
    /// How many were made in this place before it.
    pub(crate) before: u32,
}

/// A resource as AWS knows it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Made {
    pub(crate) id: String,
    pub(crate) attributes: BTreeMap<String, Value>,
}

/// Which property holds the name by which AWS knows resources of a type.
const NAMED_BY: &[(&str, &str)] = &[
    ("AWS::ApiGateway::DomainName", "DomainName"),
    ("AWS::ApiGateway::Stage", "StageName"),
    ("AWS::ApiGatewayV2::DomainName", "DomainName"),
    ("AWS::ApiGatewayV2::Stage", "StageName"),
    ("AWS::AutoScaling::AutoScalingGroup", "AutoScalingGroupName"),
    ("AWS::Backup::BackupVault", "BackupVaultName"),
    ("AWS::Backup::RestoreTestingPlan", "RestoreTestingPlanName"),
    ("AWS::Backup::RestoreTestingSelection", "RestoreTestingSelectionName"),
    ("AWS::CloudWatch::Alarm", "AlarmName"),
    ("AWS::CloudWatch::Dashboard", "DashboardName"),
    ("AWS::CodeDeploy::Application", "ApplicationName"),
    ("AWS::CodeDeploy::DeploymentGroup", "DeploymentGroupName"),
    ("AWS::DynamoDB::GlobalTable", "TableName"),
    ("AWS::DynamoDB::Table", "TableName"),
    ("AWS::EC2::LaunchTemplate", "LaunchTemplateName"),
    ("AWS::EC2::SecurityGroup", "GroupName"),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "Name"),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", "Name"),
    ("AWS::Events::Endpoint", "Name"),
    ("AWS::Events::EventBus", "Name"),
    ("AWS::Events::Rule", "Name"),
    ("AWS::GlobalAccelerator::Accelerator", "Name"),
    ("AWS::IAM::InstanceProfile", "InstanceProfileName"),
    ("AWS::IAM::Role", "RoleName"),
    ("AWS::KMS::Alias", "AliasName"),
    ("AWS::Lambda::Function", "FunctionName"),
    ("AWS::Logs::LogGroup", "LogGroupName"),
    ("AWS::RDS::DBCluster", "DBClusterIdentifier"),
    ("AWS::RDS::DBInstance", "DBInstanceIdentifier"),
    ("AWS::RDS::DBSubnetGroup", "DBSubnetGroupName"),
    ("AWS::RDS::GlobalCluster", "GlobalClusterIdentifier"),
    ("AWS::Route53::HostedZone", "Name"),
    ("AWS::Route53::RecordSet", "Name"),
    ("AWS::S3::Bucket", "BucketName"),
    ("AWS::SNS::Topic", "TopicName"),
    ("AWS::SQS::Queue", "QueueName"),
    ("AWS::SSM::Parameter", "Name"),
    ("AWS::SecretsManager::Secret", "Name"),
];

/// The property that names a resource of this type.
pub(crate) fn named_by(kind: &str) -> Option<&'static str> {
    NAMED_BY.iter().find(|(own, _)| *own == kind).map(|(_, property)| *property)
}

/// A made-up identifier of up to 32 lower-case hexadecimal digits, the same for the same name.
pub(crate) fn invented(name: &str, digits: usize) -> String {
    let [first, second] = ["", "/more"].map(|part| digest(format!("{name}{part}").as_bytes()));
    let text = format!("{first:016x}{second:016x}");
    text.chars().take(digits).collect()
}

/// Letters and digits, as some services count them out.
fn letters(name: &str, length: usize) -> String {
    const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    (0..length)
        .filter_map(|place| {
            let word = digest(format!("{name}/{place}").as_bytes());
            ALPHABET.get(usize::try_from(word % 36).unwrap_or_default()).map(|byte| char::from(*byte))
        })
        .collect()
}

pub(crate) fn uuid(name: &str) -> String {
    let digits = invented(name, 32);
    let group = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", group(0, 8), group(8, 12), group(12, 16), group(16, 20), group(20, 32))
}

pub(crate) fn arn(service: &str, region: &Region, resource: &str) -> String {
    format!("arn:aws:{service}:{region}:{ACCOUNT}:{resource}")
}

/// Where applications of one region reach its member cluster.
pub(crate) fn cluster_endpoint(id: &str, region: &Region) -> String {
    format!("{id}.cluster-{}.{region}.rds.amazonaws.com", short(id))
}

pub(crate) fn reader_endpoint(id: &str, region: &Region) -> String {
    format!("{id}.cluster-ro-{}.{region}.rds.amazonaws.com", short(id))
}

pub(crate) fn short(name: &str) -> String {
    format!("{:012x}", digest(name.as_bytes()) >> 16)
}

/// The zone in which a region's load balancers or APIs have their names.
fn service_zone(kind: &str, region: &Region) -> String {
    let known = match (kind, region.as_str()) {
        ("application", "us-east-1") => "Z35SXDOTRQ7X7K",
        ("application", "us-east-2") => "Z3AADJGX6KTTL2",
        ("application", "us-west-1") => "Z368ELLRRE2KJ0",
        ("application", "us-west-2") => "Z1H1FL5HABSF5",
        ("network", "us-east-1") => "Z26RNL4JYFTOTI",
        ("network", "us-east-2") => "ZLMOA37VPKANP",
        ("network", "us-west-2") => "Z18D5FSROUN65G",
        ("api", "us-east-1") => "Z1UJRXOUMOOFQ8",
        ("api", "us-east-2") => "ZOJJZC49E0EPZ",
        ("api", "us-west-2") => "Z2OJLYMUO9EFXC",
        (_, _) => return format!("Z{}", invented(&format!("{kind} zone of {region}"), 13).to_uppercase()),
    };
    known.to_owned()
}

/// A resource's own words for a name that nobody gave it.
fn generated(place: Place<'_>, key: &str) -> String {
    format!("{}-{}-{}", place.stack, place.logical_id, letters(key, 12).to_uppercase())
}

/// Makes a resource of a type, with its properties as they are sent.
pub(crate) fn make(kind: &str, properties: &Value, place: Place<'_>) -> Made {
    let region = place.region;
    let key = format!("{region}/{}/{}/{}", place.stack, place.logical_id, place.before);
    let text = |name: &str| properties.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let given = named_by(kind).and_then(|property| properties.get(property)).and_then(Value::as_str);
    let name = || given.map_or_else(|| generated(place, &key), ToOwned::to_owned);
    let mut attributes = BTreeMap::new();
    let mut say = |attribute: &str, value: Value| {
        attributes.insert(attribute.to_owned(), value);
    };
    let hex = |prefix: &str| format!("{prefix}-0{}", invented(&key, 16));
    let id = match kind {
        "AWS::ApiGateway::RestApi" => {
            say("RootResourceId", json!(letters(&format!("{key}/root"), 10)));
            let id = letters(&key, 10);
            say("RestApiId", json!(id));
            id
        }
        "AWS::ApiGateway::Resource" => {
            let id = letters(&key, 6);
            say("ResourceId", json!(id));
            id
        }
        "AWS::ApiGateway::BasePathMapping" => format!("{}|", text("DomainName")),
        "AWS::ApiGatewayV2::Api" => {
            let id = letters(&key, 10);
            say("ApiEndpoint", json!(format!("https://{id}.execute-api.{region}.amazonaws.com")));
            say("ApiId", json!(id));
            id
        }
        "AWS::ApiGatewayV2::Integration" | "AWS::ApiGatewayV2::Route" => letters(&key, 7),
        "AWS::ApiGateway::Deployment" | "AWS::ApiGatewayV2::ApiMapping" => letters(&key, 6),
        "AWS::ApiGateway::DomainName" | "AWS::ApiGatewayV2::DomainName" => {
            let target = format!("d-{}.execute-api.{region}.amazonaws.com", letters(&key, 10));
            say("RegionalDomainName", json!(target));
            say("RegionalHostedZoneId", json!(service_zone("api", region)));
            name()
        }
        "AWS::Backup::BackupPlan" => {
            let id = uuid(&key);
            say("BackupPlanArn", json!(arn("backup", region, &format!("backup-plan:{id}"))));
            say("BackupPlanId", json!(id));
            say("VersionId", json!(letters(&format!("{key}/version"), 48)));
            id
        }
        "AWS::Backup::BackupSelection" => format!("{}|{}", text("BackupPlanId"), uuid(&key)),
        "AWS::Backup::BackupVault" => {
            let name = name();
            say("BackupVaultArn", json!(arn("backup", region, &format!("backup-vault:{name}"))));
            say("BackupVaultName", json!(name));
            name
        }
        "AWS::CloudWatch::Alarm" => {
            let name = name();
            say("Arn", json!(arn("cloudwatch", region, &format!("alarm:{name}"))));
            name
        }
        "AWS::DynamoDB::GlobalTable" | "AWS::DynamoDB::Table" => {
            let name = name();
            let own = arn("dynamodb", region, &format!("table/{name}"));
            say("StreamArn", json!(format!("{own}/stream/2026-01-01T00:00:00.000")));
            say("TableId", json!(uuid(&key)));
            say("Arn", json!(own));
            name
        }
        "AWS::EC2::VPC" => {
            let id = hex("vpc");
            say("VpcId", json!(id));
            say("CidrBlock", properties.get("CidrBlock").cloned().unwrap_or_default());
            say("DefaultSecurityGroup", json!(hex("sg")));
            id
        }
        "AWS::EC2::Subnet" => {
            let id = hex("subnet");
            say("SubnetId", json!(id));
            say("VpcId", properties.get("VpcId").cloned().unwrap_or_default());
            say("AvailabilityZone", properties.get("AvailabilityZone").cloned().unwrap_or_default());
            id
        }
        "AWS::EC2::InternetGateway" => {
            let id = hex("igw");
            say("InternetGatewayId", json!(id));
            id
        }
        "AWS::EC2::RouteTable" => {
            let id = hex("rtb");
            say("RouteTableId", json!(id));
            id
        }
        "AWS::EC2::NatGateway" => {
            let id = hex("nat");
            say("NatGatewayId", json!(id));
            id
        }
        "AWS::EC2::EIP" => {
            let word = digest(key.as_bytes());
            let address = format!("198.51.100.{}", word % 254 + 1);
            say("AllocationId", json!(hex("eipalloc")));
            say("PublicIp", json!(address));
            address
        }
        "AWS::EC2::SecurityGroup" => {
            let id = hex("sg");
            say("GroupId", json!(id));
            say("Id", json!(id));
            say("VpcId", properties.get("VpcId").cloned().unwrap_or_default());
            id
        }
        "AWS::EC2::Route" => format!("{}|{}", text("RouteTableId"), text("DestinationCidrBlock")),
        "AWS::EC2::SubnetRouteTableAssociation" => hex("rtbassoc"),
        "AWS::EC2::VPCGatewayAttachment" => format!("IGW|{}", text("VpcId")),
        "AWS::EC2::VPCEndpoint" => hex("vpce"),
        "AWS::EC2::VPCPeeringConnection" => hex("pcx"),
        "AWS::EC2::LaunchTemplate" => {
            let id = hex("lt");
            say("LatestVersionNumber", json!("1"));
            say("DefaultVersionNumber", json!("1"));
            say("LaunchTemplateId", json!(id));
            id
        }
        "AWS::ElasticLoadBalancingV2::LoadBalancer" => balancer(properties, place, &key, &mut say),
        "AWS::ElasticLoadBalancingV2::TargetGroup" => {
            let name = short_name(given, place, &key);
            let full = format!("targetgroup/{name}/{}", invented(&key, 16));
            let own = arn("elasticloadbalancing", region, &full);
            say("TargetGroupArn", json!(own));
            say("TargetGroupFullName", json!(full));
            say("TargetGroupName", json!(name));
            own
        }
        "AWS::ElasticLoadBalancingV2::Listener" => {
            let own =
                format!("{}/{}", text("LoadBalancerArn").replace(":loadbalancer/", ":listener/"), invented(&key, 16));
            say("ListenerArn", json!(own));
            own
        }
        "AWS::Events::Endpoint" => {
            let name = name();
            let id = format!("{}.veo", letters(&key, 10));
            say("Arn", json!(arn("events", region, &format!("endpoint/{name}"))));
            say("EndpointUrl", json!(format!("https://{id}.endpoint.events.amazonaws.com/")));
            say("EndpointId", json!(id));
            name
        }
        "AWS::Events::EventBus" => {
            let name = name();
            say("Arn", json!(arn("events", region, &format!("event-bus/{name}"))));
            say("Name", json!(name));
            name
        }
        "AWS::Events::Rule" => {
            let name = name();
            let bus = properties.get("EventBusName").and_then(Value::as_str).filter(|bus| *bus != "default");
            let path = bus.map_or_else(|| name.clone(), |bus| format!("{bus}/{name}"));
            say("Arn", json!(arn("events", region, &format!("rule/{path}"))));
            bus.map_or_else(|| name.clone(), |bus| format!("{bus}|{name}"))
        }
        "AWS::FIS::ExperimentTemplate" => format!("EXT{}", letters(&key, 14)),
        "AWS::GlobalAccelerator::Accelerator" => {
            let own = format!("arn:aws:globalaccelerator::{ACCOUNT}:accelerator/{}", uuid(&key));
            let word = digest(key.as_bytes());
            let addresses = [format!("192.0.2.{}", word % 120 + 1), format!("192.0.2.{}", word % 120 + 128)];
            say("AcceleratorArn", json!(own));
            say("DnsName", json!(format!("a{}.awsglobalaccelerator.com", invented(&format!("dns/{key}"), 16))));
            say("Ipv4Addresses", json!(addresses));
            say("IpAddresses", json!(addresses));
            own
        }
        "AWS::GlobalAccelerator::Listener" => {
            let own = format!("{}/listener/{}", text("AcceleratorArn"), invented(&key, 8));
            say("ListenerArn", json!(own));
            own
        }
        "AWS::GlobalAccelerator::EndpointGroup" => {
            let own = format!("{}/endpoint-group/{}", text("ListenerArn"), invented(&key, 12));
            say("EndpointGroupArn", json!(own));
            own
        }
        "AWS::IAM::Role" => {
            let name = name();
            say("Arn", json!(format!("arn:aws:iam::{ACCOUNT}:role/{name}")));
            say("RoleId", json!(format!("AROA{}", letters(&key, 17).to_uppercase())));
            name
        }
        "AWS::IAM::InstanceProfile" => {
            let name = name();
            say("Arn", json!(format!("arn:aws:iam::{ACCOUNT}:instance-profile/{name}")));
            name
        }
        "AWS::KMS::Key" => {
            let id = uuid(&key);
            say("Arn", json!(arn("kms", region, &format!("key/{id}"))));
            say("KeyId", json!(id));
            id
        }
        "AWS::Lambda::Function" => {
            let name = name();
            say("Arn", json!(arn("lambda", region, &format!("function:{name}"))));
            name
        }
        "AWS::Lambda::Alias" | "AWS::Lambda::Version" => {
            let own = text("FunctionName");
            let own = own.rsplit(':').next().unwrap_or_default().to_owned();
            let word = if kind == "AWS::Lambda::Alias" { text("Name") } else { (place.before + 1).to_string() };
            say("Version", json!(word));
            arn("lambda", region, &format!("function:{own}:{word}"))
        }
        "AWS::Lambda::Url" => {
            let function = text("TargetFunctionArn");
            let own = if function.starts_with("arn:") {
                function
            } else {
                arn("lambda", region, &format!("function:{function}"))
            };
            say("FunctionArn", json!(own));
            say("FunctionUrl", json!(format!("https://{}.lambda-url.{region}.on.aws/", letters(&key, 32))));
            own
        }
        "AWS::Logs::LogGroup" => {
            let name = name();
            say("Arn", json!(arn("logs", region, &format!("log-group:{name}:*"))));
            name
        }
        "AWS::RDS::DBCluster" => {
            let name = name();
            say("DBClusterArn", json!(arn("rds", region, &format!("cluster:{name}"))));
            say("DBClusterResourceId", json!(format!("cluster-{}", letters(&key, 26).to_uppercase())));
            say("Endpoint.Address", json!(cluster_endpoint(&name, region)));
            say("Endpoint.Port", json!(if text("Engine").contains("mysql") { "3306" } else { "5432" }));
            say("ReadEndpoint.Address", json!(reader_endpoint(&name, region)));
            name
        }
        "AWS::RDS::DBInstance" => {
            let name = name();
            say("DBInstanceArn", json!(arn("rds", region, &format!("db:{name}"))));
            say("Endpoint.Address", json!(format!("{name}.{}.{region}.rds.amazonaws.com", short(&name))));
            name
        }
        "AWS::Route53::HealthCheck" => {
            let id = uuid(&key);
            say("HealthCheckId", json!(id));
            id
        }
        "AWS::Route53::HostedZone" => {
            let id = format!("Z{}", invented(&key, 20).to_uppercase());
            let server =
                |place: u64, end: &str| format!("ns-{}.awsdns-{place:02}.{end}", digest(key.as_bytes()) % 500 + place);
            say("Id", json!(id));
            say("NameServers", json!([server(7, "com"), server(23, "net"), server(41, "org"), server(58, "co.uk")]));
            id
        }
        "AWS::S3::Bucket" => {
            let name = name().to_lowercase();
            say("Arn", json!(format!("arn:aws:s3:::{name}")));
            say("DomainName", json!(format!("{name}.s3.amazonaws.com")));
            say("RegionalDomainName", json!(format!("{name}.s3.{region}.amazonaws.com")));
            name
        }
        "AWS::SNS::Topic" => {
            let name = name();
            let own = arn("sns", region, &name);
            say("TopicName", json!(name));
            say("TopicArn", json!(own));
            own
        }
        "AWS::SNS::Subscription" => format!("{}:{}", text("TopicArn"), uuid(&key)),
        "AWS::SSM::Parameter" => {
            say("Type", properties.get("Type").cloned().unwrap_or_default());
            say("Value", properties.get("Value").cloned().unwrap_or_default());
            name()
        }
        "AWS::SecretsManager::Secret" => {
            let own = arn("secretsmanager", region, &format!("secret:{}-{}", name(), letters(&key, 6)));
            say("Id", json!(own));
            own
        }
        _ => {
            let name = name();
            let service = kind.split("::").nth(1).unwrap_or_default().to_lowercase();
            say("Arn", json!(arn(&service, region, &name)));
            name
        }
    };
    Made { id, attributes }
}

/// Load balancers and target groups have names of 32 characters at most.
fn short_name(given: Option<&str>, place: Place<'_>, key: &str) -> String {
    given.map_or_else(
        || {
            let short = |text: &str, most: usize| text.chars().take(most).collect::<String>();
            format!("{}-{}-{}", short(place.stack, 5), short(place.logical_id, 5), letters(key, 12).to_uppercase())
        },
        ToOwned::to_owned,
    )
}

fn balancer(properties: &Value, place: Place<'_>, key: &str, say: &mut impl FnMut(&str, Value)) -> String {
    let region = place.region;
    let name = short_name(properties.get("Name").and_then(Value::as_str), place, key);
    let network = properties.get("Type").and_then(Value::as_str) == Some("network");
    let full = format!("{}/{name}/{}", if network { "net" } else { "app" }, invented(key, 16));
    let own = arn("elasticloadbalancing", region, &format!("loadbalancer/{full}"));
    let host = if network {
        format!("{name}-{}.elb.{region}.amazonaws.com", invented(key, 16))
    } else {
        format!("{name}-{}.{region}.elb.amazonaws.com", digest(key.as_bytes()) % 1_000_000_000 + 1_000_000_000)
    };
    say("LoadBalancerArn", json!(own));
    say("LoadBalancerFullName", json!(full));
    say("LoadBalancerName", json!(name));
    say("DNSName", json!(host));
    say("CanonicalHostedZoneID", json!(service_zone(if network { "network" } else { "application" }, region)));
    own
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(before: u32, region: &Region) -> Place<'_> {
        Place { region, stack: "shop-dev-primary", logical_id: "Thing", before }
    }

    #[test]
    fn names_are_the_same_each_time_and_what_is_made_again_is_called_otherwise_where_aws_says_so() {
        let region = Region::from("us-east-1");
        let check = |before| make("AWS::Route53::HealthCheck", &json!({}), place(before, &region)).id;
        assert_eq!(check(0), check(0));
        assert_ne!(check(0), check(1));
        let table =
            |before| make("AWS::DynamoDB::GlobalTable", &json!({"TableName": "t-dev"}), place(before, &region)).id;
        assert_eq!((table(0), table(1)), ("t-dev".to_owned(), "t-dev".to_owned()));
    }

    #[test]
    fn ids_have_aws_s_forms() {
        let region = Region::from("us-west-2");
        let made = |kind: &str, properties: Value| make(kind, &properties, place(0, &region));
        assert_eq!(made("AWS::EC2::VPC", json!({})).id.len(), "vpc-01234567890abcdef".len());
        let balancer =
            made("AWS::ElasticLoadBalancingV2::LoadBalancer", json!({"Name": "shop-dev", "Type": "application"}));
        assert!(
            balancer.id.starts_with("arn:aws:elasticloadbalancing:us-west-2:123456789012:loadbalancer/app/shop-dev/")
        );
        assert_eq!(balancer.attributes.get("CanonicalHostedZoneID"), Some(&json!("Z1H1FL5HABSF5")));
        let url = made("AWS::Lambda::Url", json!({"TargetFunctionArn": "tap-dev"}));
        let url = url.attributes.get("FunctionUrl").and_then(Value::as_str).unwrap_or_default().to_owned();
        assert!(url.ends_with(".lambda-url.us-west-2.on.aws/"), "{url}");
        let unnamed = made("AWS::IAM::Role", json!({})).id;
        assert!(unnamed.starts_with("shop-dev-primary-Thing-"), "{unnamed}");
        let rule = made("AWS::Events::Rule", json!({"Name": "r", "EventBusName": "b"}));
        assert_eq!(rule.id, "b|r");
    }
}
