//! What whoever makes and takes away deployments may do: its own requests, and what CloudFormation does in its name. The
//! second is granted to CloudFormation alone: the same person can by no other way touch what a deployment is made of.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{Names, asked, handlers, numbered, statement};
use crate::call::{Call, Purpose};
use crate::id::Region;
use crate::read::{OPERATIONS, Service};
use crate::topology::Deployment;

/// What IAM takes as one managed policy, in characters that are not white space.
pub const POLICY_LIMIT: usize = 6_144;

/// What a template's own functions make CloudFormation ask in its caller's name: `{{resolve:secretsmanager:…}}`, and a
/// parameter that is a parameter of Parameter Store.
const REFERENCES: [&str; 2] = ["secretsmanager:GetSecretValue", "ssm:GetParameters"];

/// Handing a role over, and the other actions that the schemas of types and the calls share, are judged apart.
const PASS_ROLE: &str = "iam:PassRole";

/// Policies to be attached together, because one may not be that long.
#[derive(Clone, Debug, PartialEq)]
pub struct Provisioner {
    pub policies: Vec<Value>,
    /// Types of resources of which it is not known what CloudFormation does for them.
    pub unknown: Vec<String>,
}

/// For these deployments, and for stacks of resources of these types; without deployments, for stacks of any name in any
/// region. Without types: for all that the built-in templates hold.
pub fn provisioner_policies(deployments: &[Deployment], types: &BTreeSet<String>) -> Provisioner {
    let all: BTreeSet<String> =
        if types.is_empty() { handlers::types().map(str::to_owned).collect() } else { types.clone() };
    let mut actions: BTreeSet<&str> = REFERENCES.into();
    let mut unknown = Vec::new();
    for kind in all {
        match handlers::actions(&kind) {
            Some(own) => actions.extend(own),
            None => unknown.push(kind),
        }
    }
    let mut statements = reads(deployments);
    statements.extend(own_calls(deployments));
    let mut policies = packed(statements);
    policies.extend(in_its_name(&regions(deployments), &actions));
    Provisioner { policies, unknown }
}

/// Where deployments are, and where the services that are one for the world are asked; none without deployments.
fn regions(deployments: &[Deployment]) -> BTreeSet<Region> {
    let mut regions: BTreeSet<Region> =
        deployments.iter().flat_map(|deployment| deployment.regions.both()).cloned().collect();
    if !regions.is_empty() {
        regions.extend([Region::route53(), Region::accelerator()]);
    }
    regions
}

fn in_regions(regions: &BTreeSet<Region>) -> Option<Value> {
    (!regions.is_empty()).then(|| json!({ "aws:RequestedRegion": regions }))
}

/// What is looked at, of anything: names that a deployment will have are not known before it is made.
fn reads(deployments: &[Deployment]) -> Vec<Map<String, Value>> {
    let actions: BTreeSet<&str> = OPERATIONS.iter().filter_map(|operation| operation.iam).collect();
    let mut statement = statement("LifeboatReads", &actions);
    statement.insert("Resource".to_owned(), json!("*"));
    let mut regions = regions(deployments);
    regions.extend(asked(deployments).into_values().flatten());
    if let Some(equals) = in_regions(&regions) {
        statement.insert("Condition".to_owned(), json!({ "StringEquals": equals }));
    }
    vec![statement]
}

/// The calls that plans of `provision` and `teardown` are made of.
fn calls() -> impl Iterator<Item = Call> {
    Call::samples().into_iter().filter(|call| {
        // Replication into a bucket is stopped before it is emptied, and records that no stack made are deleted.
        call.purpose() == Purpose::Provisioning
            || matches!(call, Call::PutReplication { .. } | Call::ChangeRecord { .. })
    })
}

fn own_calls(deployments: &[Deployment]) -> Vec<Map<String, Value>> {
    let mut together: BTreeMap<(Service, BTreeSet<String>), BTreeSet<&'static str>> = BTreeMap::new();
    for call in calls() {
        for action in call.iam_actions().iter().filter(|action| **action != PASS_ROLE) {
            let resources = match deployments {
                [] => BTreeSet::from(["*".to_owned()]),
                some => some.iter().flat_map(|deployment| Names { deployment }.made_of(&call, action)).collect(),
            };
            if !resources.is_empty() {
                together.entry((call.service(), resources)).or_default().insert(action);
            }
        }
    }
    let regions = regions(deployments);
    together
        .into_iter()
        .map(|((service, resources), actions)| {
            let mut statement = statement(&format!("LifeboatProvisions{service:?}"), &actions);
            if let Some(equals) = in_regions(&regions).filter(|_| resources.contains("*")) {
                statement.insert("Condition".to_owned(), json!({ "StringEquals": equals }));
            }
            let resource = if resources.contains("*") { json!("*") } else { json!(resources) };
            statement.insert("Resource".to_owned(), resource);
            statement
        })
        .collect()
}

impl Names<'_> {
    /// What an action of such a call is done to in this deployment.
    fn made_of(&self, call: &Call, action: &str) -> Vec<String> {
        match call {
            // Of a type's configuration there is one for the account.
            _ if action == "cloudformation:BatchDescribeTypeConfigurations" => vec!["*".to_owned()],
            Call::CreateChangeSet { .. }
            | Call::ExecuteChangeSet { .. }
            | Call::DeleteChangeSet { .. }
            | Call::DeleteStack { .. }
            | Call::ContinueUpdateRollback { .. }
            | Call::SetTerminationProtection { .. }
            | Call::DetectDrift { .. } => self.stacks(),
            // The key of an alias that AWS has not made yet has no name.
            Call::MakeManagedKey { .. } => self.in_pair("kms", "key/*"),
            Call::EnsureSecureParameter { .. } | Call::DeleteParameter { .. } => self.parameters(),
            Call::EmptyBucket { .. } => {
                let of_objects = ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:AbortMultipartUpload"];
                let buckets = self.buckets().into_iter();
                if of_objects.contains(&action) {
                    buckets.map(|bucket| format!("{bucket}/*")).collect()
                } else {
                    buckets.collect()
                }
            }
            // A recovery point's ARN is that of whatever it is a point of.
            Call::EmptyVault { .. } if action == "backup:DeleteRecoveryPoint" && !self.vaults().is_empty() => {
                vec!["*".to_owned()]
            }
            Call::EmptyVault { .. } => self.vaults(),
            Call::PutReplication { .. } => self.buckets(),
            Call::ChangeRecord { .. } => self.zones(),
            Call::SwitchoverGlobalCluster { .. }
            | Call::FailoverGlobalCluster { .. }
            | Call::SetHealthCheckInverted { .. }
            | Call::PutMetric { .. }
            | Call::PutMarker { .. }
            | Call::UpdateEndpointGroup { .. }
            | Call::SetCapacity { .. }
            | Call::SetFunctionConcurrency { .. }
            | Call::SetEventSource { .. }
            | Call::PutParameter { .. }
            | Call::MuteAlarms { .. }
            | Call::UnmuteAlarms { .. }
            | Call::PublishNotice { .. }
            | Call::InvokeFunction { .. }
            | Call::PutItem { .. }
            | Call::DeleteItem { .. } => Vec::new(),
        }
    }
}

/// Granted only while CloudFormation asks: `aws:CalledVia` names whoever asks in the caller's name.
fn in_its_name(regions: &BTreeSet<Region>, actions: &BTreeSet<&str>) -> Vec<Value> {
    let mut condition = json!({ "ForAnyValue:StringEquals": { "aws:CalledVia": ["cloudformation.amazonaws.com"] } });
    if let (Some(equals), Value::Object(conditions)) = (in_regions(regions), &mut condition) {
        conditions.insert("StringEquals".to_owned(), equals);
    }
    let of = |actions: &BTreeSet<&str>| {
        let mut statement = statement("CloudFormationInTheirName", actions);
        statement.insert("Resource".to_owned(), json!("*"));
        statement.insert("Condition".to_owned(), condition.clone());
        statement
    };
    let (mut policies, mut page) = (Vec::new(), BTreeSet::new());
    for action in actions {
        page.insert(*action);
        if length(&document(vec![of(&page)])) > POLICY_LIMIT {
            page.remove(action);
            policies.push(document(vec![of(&page)]));
            page = BTreeSet::from([*action]);
        }
    }
    if !page.is_empty() {
        policies.push(document(vec![of(&page)]));
    }
    policies
}

/// As many statements in each policy as may be.
fn packed(statements: Vec<Map<String, Value>>) -> Vec<Value> {
    let (mut policies, mut page): (Vec<Value>, Vec<Map<String, Value>>) = (Vec::new(), Vec::new());
    for statement in statements {
        page.push(statement);
        if page.len() > 1 && length(&document(page.clone())) > POLICY_LIMIT {
            let last = page.pop();
            policies.push(document(std::mem::take(&mut page)));
            page.extend(last);
        }
    }
    if !page.is_empty() {
        policies.push(document(page));
    }
    policies
}

fn document(statements: Vec<Map<String, Value>>) -> Value {
    json!({ "Version": "2012-10-17", "Statement": numbered(statements) })
}

/// As IAM counts: without white space.
fn length(policy: &Value) -> usize {
    policy.to_string().chars().filter(|c| !c.is_whitespace()).count()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{actions, statements, whole};
    use super::super::{operator_policy, read_only_policy};
    use super::*;

    fn all(provisioner: &Provisioner) -> BTreeSet<String> {
        provisioner.policies.iter().flat_map(|policy| actions(policy)).map(str::to_owned).collect()
    }

    fn by_cloudformation(provisioner: &Provisioner) -> Vec<&Value> {
        let all = provisioner.policies.iter().flat_map(statements);
        all.filter(|it| it["Sid"].as_str().unwrap().starts_with("CloudFormation")).collect()
    }

    #[test]
    fn it_holds_every_action_of_making_and_taking_away() {
        for deployments in [vec![], vec![whole()]] {
            let provisioner = provisioner_policies(&deployments, &BTreeSet::new());
            assert_eq!(provisioner.unknown, Vec::<String>::new());
            let held = all(&provisioner);
            for call in Call::samples().iter().filter(|call| call.purpose() == Purpose::Provisioning) {
                for action in call.iam_actions() {
                    assert!(held.contains(*action), "{action}");
                }
            }
            for row in OPERATIONS {
                assert!(row.iam.is_none_or(|action| held.contains(action)), "{row:?}");
            }
            for action in ["rds:DeleteDBCluster", "dynamodb:DeleteTable", "iam:PassRole", "ssm:GetParameters"] {
                assert!(held.contains(action), "{action}");
            }
        }
    }

    #[test]
    fn what_a_deployment_is_made_of_is_within_reach_of_cloudformation_alone() {
        let provisioner = provisioner_policies(&[whole()], &BTreeSet::new());
        for statement in by_cloudformation(&provisioner) {
            assert_eq!(
                statement["Condition"]["ForAnyValue:StringEquals"]["aws:CalledVia"],
                json!(["cloudformation.amazonaws.com"])
            );
            assert!(statement["Condition"]["StringEquals"]["aws:RequestedRegion"].is_array());
        }
        let everywhere = provisioner.policies.iter().flat_map(statements);
        let own = everywhere.filter(|it| !it["Sid"].as_str().unwrap().starts_with("CloudFormation"));
        for statement in own {
            for action in statement["Action"].as_array().unwrap() {
                let action = action.as_str().unwrap();
                assert!(
                    !["rds:Delete", "dynamodb:Delete", "iam:", "ec2:Delete"].iter().any(|it| action.starts_with(it)),
                    "{action}"
                );
            }
        }
    }

    #[test]
    fn an_operator_and_a_reader_can_neither_make_nor_delete_a_stack() {
        for deployments in [vec![], vec![whole()]] {
            for policy in [operator_policy(&deployments), read_only_policy(&deployments)] {
                let held = actions(&policy);
                for action in [
                    "cloudformation:CreateChangeSet",
                    "cloudformation:ExecuteChangeSet",
                    "cloudformation:DeleteStack",
                    "cloudformation:UpdateTerminationProtection",
                    "backup:DeleteRecoveryPoint",
                    "s3:DeleteObjectVersion",
                    "ssm:DeleteParameter",
                ] {
                    assert!(!held.contains(action), "{action}");
                }
            }
        }
    }

    #[test]
    fn each_part_is_as_long_as_iam_takes_it() {
        for deployments in [vec![], vec![whole()]] {
            let provisioner = provisioner_policies(&deployments, &BTreeSet::new());
            assert!(provisioner.policies.len() <= 10, "more than may be attached to a role");
            for policy in &provisioner.policies {
                assert!(length(policy) <= POLICY_LIMIT, "{} characters", length(policy));
                let names: Vec<&str> = statements(policy).iter().map(|it| it["Sid"].as_str().unwrap()).collect();
                assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
            }
        }
    }

    #[test]
    fn only_what_the_types_need_is_allowed_and_a_type_that_is_not_known_is_named() {
        let types = BTreeSet::from(["AWS::SNS::Topic".to_owned(), "Acme::Own::Type".to_owned()]);
        let provisioner = provisioner_policies(&[], &types);
        assert_eq!(provisioner.unknown, ["Acme::Own::Type"]);
        let held: BTreeSet<&str> = by_cloudformation(&provisioner)
            .into_iter()
            .flat_map(|it| it["Action"].as_array().unwrap())
            .map(|action| action.as_str().unwrap())
            .collect();
        assert!(held.contains("sns:CreateTopic") && !held.iter().any(|action| action.starts_with("rds:")), "{held:?}");
    }

    #[test]
    fn calls_are_limited_to_the_deployments_own_stacks_and_stores() {
        let provisioner = provisioner_policies(&[whole()], &BTreeSet::new());
        let resources = |action: &str| -> Vec<String> {
            let all = provisioner.policies.iter().flat_map(statements);
            let of = all.filter(|it| {
                let own = it["Sid"].as_str().unwrap().starts_with("LifeboatProvisions");
                own && it["Action"].as_array().unwrap().contains(&json!(action))
            });
            of.flat_map(|it| it["Resource"].as_array().cloned().unwrap_or_else(|| vec![it["Resource"].clone()]))
                .map(|it| it.as_str().unwrap().to_owned())
                .collect()
        };
        let has =
            |action: &str, arn: &str| assert!(resources(action).iter().any(|it| it == arn), "{:?}", resources(action));
        has("cloudformation:DeleteStack", "arn:aws:cloudformation:us-east-1:123456789012:stack/shop-p/*");
        has("s3:DeleteObjectVersion", "arn:aws:s3:::shop-assets/*");
        has("s3:ListBucketVersions", "arn:aws:s3:::shop-assets");
        has("ssm:DeleteParameter", "arn:aws:ssm:us-east-1:123456789012:parameter/shop/*");
        has("route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/Z1");
        assert!(resources("cloudformation:DeleteStack").iter().all(|arn| arn.contains(":stack/")));
    }
}
