//! Each thing that is watched, as the `aws` commands that show it: for whoever wants to see with their own eyes what the
//! console says. They only read, and none of them prints a parameter's value.

use crate::id::{
    AlarmName, Arn, BucketName, DnsName, FunctionName, GlobalClusterId, GroupName, HealthCheckId, ParameterName,
    Region, StackName, TableName, VaultName, ZoneId,
};

/// Where Route 53 is asked, wherever its checks look from.
const ROUTE_53: &str = "us-east-1";

/// Something that a row of the console is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Thing {
    Alarm {
        region: Region,
        name: AlarmName,
    },
    AlarmHistory {
        region: Region,
        name: AlarmName,
    },
    HealthCheck(HealthCheckId),
    Records {
        zone: ZoneId,
        name: DnsName,
    },
    GlobalCluster {
        region: Region,
        id: GlobalClusterId,
    },
    Table {
        region: Region,
        name: TableName,
    },
    /// A bucket with the rules by which it is replicated.
    Replication {
        region: Region,
        bucket: BucketName,
    },
    TargetGroup {
        region: Region,
        arn: Arn,
    },
    Function {
        region: Region,
        name: FunctionName,
    },
    ScalingGroup {
        region: Region,
        name: GroupName,
    },
    Parameter {
        region: Region,
        name: ParameterName,
    },
    Quota {
        region: Region,
        service_code: String,
        quota_code: String,
    },
    Stack {
        region: Region,
        name: StackName,
    },
    /// What CloudFormation knows of one resource of a stack.
    StackResource {
        region: Region,
        stack: StackName,
        logical_id: String,
    },
    /// What happened to a stack, the newest first.
    StackEvents {
        region: Region,
        name: StackName,
    },
    Vault {
        region: Region,
        name: VaultName,
    },
    /// Who asks, by the credentials in use.
    Caller {
        region: Region,
    },
}

/// The commands that show it, in order, as literal arguments.
pub fn commands(thing: &Thing) -> Vec<Vec<String>> {
    let in_region = |region: &Region, words: &[&str]| argv(words, region.as_str());
    match thing {
        Thing::Alarm { region, name } => {
            vec![in_region(region, &["cloudwatch", "describe-alarms", "--alarm-names", name.as_str()])]
        }
        Thing::AlarmHistory { region, name } => {
            vec![in_region(region, &["cloudwatch", "describe-alarm-history", "--alarm-name", name.as_str()])]
        }
        Thing::HealthCheck(id) => ["get-health-check", "get-health-check-status"]
            .map(|operation| argv(&["route53", operation, "--health-check-id", id.as_str()], ROUTE_53))
            .to_vec(),
        Thing::Records { zone, name } => {
            let words = ["route53", "list-resource-record-sets", "--hosted-zone-id", zone.as_str()];
            vec![argv(&[&words[..], &["--start-record-name", name.as_str(), "--max-items", "10"]].concat(), ROUTE_53)]
        }
        Thing::GlobalCluster { region, id } => {
            let words = ["rds", "describe-global-clusters", "--global-cluster-identifier", id.as_str()];
            vec![in_region(region, &words)]
        }
        Thing::Table { region, name } => {
            vec![in_region(region, &["dynamodb", "describe-table", "--table-name", name.as_str()])]
        }
        Thing::Replication { region, bucket } => {
            vec![in_region(region, &["s3api", "get-bucket-replication", "--bucket", bucket.as_str()])]
        }
        Thing::TargetGroup { region, arn } => {
            vec![in_region(region, &["elbv2", "describe-target-health", "--target-group-arn", arn.as_str()])]
        }
        Thing::Function { region, name } => {
            ["get-function-configuration", "get-function-concurrency", "list-event-source-mappings"]
                .map(|operation| in_region(region, &["lambda", operation, "--function-name", name.as_str()]))
                .to_vec()
        }
        Thing::ScalingGroup { region, name } => {
            let words = ["autoscaling", "describe-auto-scaling-groups", "--auto-scaling-group-names", name.as_str()];
            vec![in_region(region, &words)]
        }
        Thing::Parameter { region, name } => {
            let filter = format!("Key=Name,Values={name}");
            vec![in_region(region, &["ssm", "describe-parameters", "--parameter-filters", &filter])]
        }
        Thing::Quota { region, service_code, quota_code } => {
            let words = ["service-quotas", "get-service-quota", "--service-code", service_code, "--quota-code"];
            vec![in_region(region, &[&words[..], &[quota_code]].concat())]
        }
        Thing::Stack { region, name } => {
            vec![in_region(region, &["cloudformation", "describe-stacks", "--stack-name", name.as_str()])]
        }
        Thing::StackResource { region, stack, logical_id } => {
            let words = ["cloudformation", "describe-stack-resource", "--stack-name", stack.as_str()];
            vec![in_region(region, &[&words[..], &["--logical-resource-id", logical_id]].concat())]
        }
        Thing::StackEvents { region, name } => {
            vec![in_region(region, &["cloudformation", "describe-stack-events", "--stack-name", name.as_str()])]
        }
        Thing::Vault { region, name } => {
            let words = ["backup", "list-recovery-points-by-backup-vault", "--backup-vault-name", name.as_str()];
            vec![in_region(region, &words)]
        }
        Thing::Caller { region } => vec![in_region(region, &["sts", "get-caller-identity"])],
    }
}

fn argv(words: &[&str], region: &str) -> Vec<String> {
    [&["aws"], words, &["--region", region]].concat().into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::aws_cli::posix;

    #[test]
    fn each_thing_has_its_command() {
        let east = || Region::from("us-east-1");
        let west = || Region::from("us-west-2");
        let cases: [(Thing, &str); 17] = [
            (
                Thing::Alarm { region: west(), name: "payments 5xx".into() },
                "aws cloudwatch describe-alarms --alarm-names 'payments 5xx' --region us-west-2",
            ),
            (
                Thing::AlarmHistory { region: east(), name: "lag".into() },
                "aws cloudwatch describe-alarm-history --alarm-name lag --region us-east-1",
            ),
            (
                Thing::HealthCheck("hc-1".into()),
                "aws route53 get-health-check --health-check-id hc-1 --region us-east-1\n\
                 aws route53 get-health-check-status --health-check-id hc-1 --region us-east-1",
            ),
            (
                Thing::Records { zone: "Z1".into(), name: "pay.example.com".into() },
                "aws route53 list-resource-record-sets --hosted-zone-id Z1 --start-record-name pay.example.com \
                 --max-items 10 --region us-east-1",
            ),
            (
                Thing::GlobalCluster { region: west(), id: "payments".into() },
                "aws rds describe-global-clusters --global-cluster-identifier payments --region us-west-2",
            ),
            (
                Thing::Table { region: east(), name: "sessions".into() },
                "aws dynamodb describe-table --table-name sessions --region us-east-1",
            ),
            (
                Thing::Replication { region: east(), bucket: "receipts".into() },
                "aws s3api get-bucket-replication --bucket receipts --region us-east-1",
            ),
            (
                Thing::TargetGroup {
                    region: east(),
                    arn: "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/a/b".into(),
                },
                "aws elbv2 describe-target-health --target-group-arn \
                 arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/a/b --region us-east-1",
            ),
            (
                Thing::Function { region: west(), name: "writer".into() },
                "aws lambda get-function-configuration --function-name writer --region us-west-2\n\
                 aws lambda get-function-concurrency --function-name writer --region us-west-2\n\
                 aws lambda list-event-source-mappings --function-name writer --region us-west-2",
            ),
            (
                Thing::ScalingGroup { region: west(), name: "web".into() },
                "aws autoscaling describe-auto-scaling-groups --auto-scaling-group-names web --region us-west-2",
            ),
            (
                // By its description: a value has no business on a screen.
                Thing::Parameter { region: west(), name: "/app/secret".into() },
                "aws ssm describe-parameters --parameter-filters Key=Name,Values=/app/secret --region us-west-2",
            ),
            (
                Thing::Quota { region: west(), service_code: "lambda".to_owned(), quota_code: "L-1".to_owned() },
                "aws service-quotas get-service-quota --service-code lambda --quota-code L-1 --region us-west-2",
            ),
            (
                Thing::Stack { region: west(), name: "payments-data".into() },
                "aws cloudformation describe-stacks --stack-name payments-data --region us-west-2",
            ),
            (
                Thing::StackResource { region: west(), stack: "payments-data".into(), logical_id: "Table".to_owned() },
                "aws cloudformation describe-stack-resource --stack-name payments-data --logical-resource-id Table --region us-west-2",
            ),
            (
                Thing::StackEvents { region: west(), name: "payments-data".into() },
                "aws cloudformation describe-stack-events --stack-name payments-data --region us-west-2",
            ),
            (
                Thing::Vault { region: west(), name: "vault".into() },
                "aws backup list-recovery-points-by-backup-vault --backup-vault-name vault --region us-west-2",
            ),
            (Thing::Caller { region: west() }, "aws sts get-caller-identity --region us-west-2"),
        ];
        for (thing, wanted) in cases {
            assert_eq!(posix(&commands(&thing)), wanted, "{thing:?}");
        }
    }
}
