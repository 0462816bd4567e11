//! What an architecture has and a discovery did not find, each with where to look it up.

use lifeboat_model::topology::{Blueprint, Deployment};

use crate::discovery::Unknown;

/// A part that an architecture has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    GlobalCluster,
    Tables,
    Buckets,
    HealthChecks,
    Records,
    LoadBalancers,
    Apis,
    Functions,
    Accelerators,
    ScalingGroups,
    Vaults,
    Parameters,
    Alarms,
    PublicName,
}

fn parts(blueprint: Blueprint) -> &'static [Part] {
    match blueprint {
        Blueprint::Ecommerce => &[
            Part::GlobalCluster,
            Part::Tables,
            Part::Buckets,
            Part::HealthChecks,
            Part::Records,
            Part::LoadBalancers,
            Part::ScalingGroups,
            Part::Alarms,
            Part::PublicName,
        ],
        Blueprint::PaymentsAurora => &[
            Part::GlobalCluster,
            Part::Tables,
            Part::Buckets,
            Part::HealthChecks,
            Part::Records,
            Part::Apis,
            Part::Functions,
            Part::Alarms,
            Part::PublicName,
        ],
        Blueprint::GlobalAccelerator => &[
            Part::Accelerators,
            Part::GlobalCluster,
            Part::Tables,
            Part::Buckets,
            Part::HealthChecks,
            Part::LoadBalancers,
            Part::Apis,
            Part::Functions,
            Part::Parameters,
            Part::Vaults,
            Part::Alarms,
        ],
        Blueprint::Serverless => &[Part::Tables, Part::Buckets, Part::Functions],
        Blueprint::PaymentsServerless => &[
            Part::Tables,
            Part::Buckets,
            Part::HealthChecks,
            Part::Records,
            Part::Apis,
            Part::Functions,
            Part::Alarms,
            Part::PublicName,
        ],
    }
}

impl Part {
    fn is_missing(self, deployment: &Deployment) -> bool {
        match self {
            Self::GlobalCluster => deployment.global_cluster.is_none(),
            Self::Tables => deployment.tables.is_empty(),
            Self::Buckets => deployment.buckets.is_empty(),
            Self::HealthChecks => deployment.health_checks.is_empty(),
            Self::Records => deployment.records.is_empty(),
            Self::LoadBalancers => deployment.load_balancers.is_empty(),
            Self::Apis => deployment.apis.is_empty(),
            Self::Functions => deployment.functions.is_empty(),
            Self::Accelerators => deployment.accelerators.is_empty(),
            Self::ScalingGroups => deployment.scaling_groups.is_empty(),
            Self::Vaults => deployment.vaults.is_empty(),
            Self::Parameters => deployment.parameter_paths.is_empty(),
            Self::Alarms => deployment.alarms.is_empty(),
            Self::PublicName => deployment.public_name.is_none(),
        }
    }

    /// What it is, the key to add, and the command that shows it.
    fn told(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::GlobalCluster => {
                ("the Aurora global cluster's identifier", "aurora", "aws rds describe-global-clusters")
            }
            Self::Tables => ("the DynamoDB global table's name", "dynamodb", "aws dynamodb list-tables"),
            Self::Buckets => ("the replicated buckets", "s3", "aws s3api list-buckets"),
            Self::HealthChecks => ("the health checks' ids", "health_checks", "aws route53 list-health-checks"),
            Self::Records => {
                ("the hosted zone's id, needed to read the records", "records", "aws route53 list-hosted-zones")
            }
            Self::LoadBalancers => ("the load balancers' ARNs", "load_balancers", "aws elbv2 describe-load-balancers"),
            Self::Apis => {
                ("the REST APIs' names, under which CloudWatch counts", "apis", "aws apigateway get-rest-apis")
            }
            Self::Functions => ("the functions' names", "functions", "aws lambda list-functions"),
            Self::Accelerators => {
                ("the accelerator's ARN", "accelerators", "aws globalaccelerator list-accelerators --region us-west-2")
            }
            Self::ScalingGroups => {
                ("the Auto Scaling groups' names", "scaling_groups", "aws autoscaling describe-auto-scaling-groups")
            }
            Self::Vaults => ("the backup vaults' names", "vaults", "aws backup list-backup-vaults"),
            Self::Parameters => ("the parameters' paths", "parameters", "aws ssm describe-parameters"),
            Self::Alarms => ("the alarms' names", "alarms", "aws cloudwatch describe-alarms"),
            Self::PublicName => {
                ("the name clients use", "public_name", "aws route53 list-resource-record-sets --hosted-zone-id ZONE")
            }
        }
    }
}

/// What a deployment of its architecture should have, and has not.
pub(crate) fn of(deployment: &Deployment) -> Vec<Unknown> {
    let expected = deployment.blueprint.map(parts).unwrap_or_default();
    expected
        .iter()
        .filter(|part| part.is_missing(deployment))
        .map(|part| {
            let (what, key, command) = part.told();
            Unknown { what: what.to_owned(), fix: format!("add `{key}`; `{command}` shows it") }
        })
        .collect()
}
