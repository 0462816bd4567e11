//! What an operator may do beyond reading: the actions of every kind of call, each limited to what it is done to.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{Names, numbered, statement};
use crate::call::{Call, Purpose};
use crate::id::{Arn, Region};
use crate::read::Service;
use crate::topology::{Deployment, TakeoverLever};

/// Handing a role to a service is judged apart from the request that does so.
const PASS_ROLE: &str = "iam:PassRole";

/// What an action may be done to, and under which condition.
#[derive(Clone, Debug, PartialEq)]
struct Reach {
    resources: BTreeSet<String>,
    condition: Option<Value>,
}

impl Reach {
    fn to(resources: impl IntoIterator<Item = String>) -> Self {
        Self { resources: resources.into_iter().collect(), condition: None }
    }

    fn when(self, condition: Value) -> Self {
        Self { condition: Some(condition), ..self }
    }
}

/// To whom a role may be handed.
fn to_s3() -> Value {
    json!({ "StringEquals": { "iam:PassedToService": "s3.amazonaws.com" } })
}

/// Every action of every call that operates a deployment, each once. What deployments are made of is out of their reach.
fn actions() -> Vec<(Call, &'static str)> {
    let mut seen = BTreeSet::new();
    let calls = Call::samples().into_iter().filter(|call| call.purpose() == Purpose::Operating);
    let all = calls.flat_map(|call| call.iam_actions().iter().map(move |action| (call.clone(), *action)));
    all.filter(|(_, action)| seen.insert(*action)).collect()
}

pub(super) fn everything() -> Vec<Value> {
    let own: BTreeSet<&str> = actions().into_iter().map(|(_, action)| action).filter(|it| *it != PASS_ROLE).collect();
    let mut changes = statement("LifeboatChanges", &own);
    changes.insert("Resource".to_owned(), json!("*"));
    let mut handing = statement("LifeboatHandsRoles", &BTreeSet::from([PASS_ROLE]));
    handing.insert("Resource".to_owned(), json!("*"));
    handing.insert("Condition".to_owned(), to_s3());
    vec![Value::Object(changes), Value::Object(handing)]
}

pub(super) fn scoped(deployments: &[Deployment]) -> Vec<Value> {
    let mut statements: Vec<(Service, Reach, BTreeSet<&str>)> = Vec::new();
    for (call, action) in actions() {
        for reach in reaches(deployments, &call, action) {
            let same = |it: &&mut (Service, Reach, BTreeSet<&str>)| it.0 == call.service() && it.1 == reach;
            match statements.iter_mut().find(same) {
                Some((_, _, together)) => drop(together.insert(action)),
                None => statements.push((call.service(), reach, BTreeSet::from([action]))),
            }
        }
    }
    let written = statements.into_iter().map(|(service, reach, actions)| {
        let mut written = statement(&format!("LifeboatChanges{service:?}"), &actions);
        written.insert("Resource".to_owned(), json!(reach.resources));
        if let Some(condition) = reach.condition {
            written.insert("Condition".to_owned(), condition);
        }
        written
    });
    numbered(written.collect::<Vec<Map<String, Value>>>())
}

/// Over all deployments, joined where the condition is the same.
fn reaches(deployments: &[Deployment], call: &Call, action: &str) -> Vec<Reach> {
    let mut reaches: Vec<Reach> = Vec::new();
    for deployment in deployments {
        let names = Names { deployment };
        let reach = if action == PASS_ROLE { names.roles() } else { names.reach(call) };
        if reach.resources.is_empty() {
            continue;
        }
        match reaches.iter_mut().find(|other| other.condition == reach.condition) {
            Some(other) => other.resources.extend(reach.resources),
            None => reaches.push(reach),
        }
    }
    reaches
}

impl Names<'_> {
    /// What a call of this kind may be done to in this deployment.
    fn reach(&self, call: &Call) -> Reach {
        match call {
            Call::SwitchoverGlobalCluster { .. } | Call::FailoverGlobalCluster { .. } => {
                Reach::to(self.global_clusters().into_iter().chain(self.clusters()))
            }
            Call::SetHealthCheckInverted { .. } => Reach::to(self.health_checks()),
            Call::ChangeRecord { .. } => Reach::to(self.zones()),
            Call::PutMetric { .. } => self.metrics(),
            Call::PutMarker { .. } => Reach::to(self.markers()),
            Call::UpdateEndpointGroup { .. } => Reach::to(self.endpoint_groups()),
            Call::SetCapacity { .. } => Reach::to(self.scaling_groups()),
            Call::SetFunctionConcurrency { .. } | Call::InvokeFunction { .. } => Reach::to(self.functions()),
            Call::SetEventSource { .. } => self.event_sources(),
            Call::PutParameter { .. } => Reach::to(self.active_parameter()),
            Call::MuteAlarms { .. } => Reach::to(self.mute_rules().into_iter().chain(self.alarms())),
            Call::UnmuteAlarms { .. } => Reach::to(self.mute_rules()),
            Call::PublishNotice { .. } => Reach::to(self.deployment.topics.iter().map(|it| it.as_str().to_owned())),
            // No runbook writes to tables: canaries go through the public name, as a client's writes do.
            // What deployments are made of is nothing that runs change.
            Call::PutItem { .. }
            | Call::DeleteItem { .. }
            | Call::CreateChangeSet { .. }
            | Call::ExecuteChangeSet { .. }
            | Call::DeleteChangeSet { .. }
            | Call::DeleteStack { .. }
            | Call::ContinueUpdateRollback { .. }
            | Call::SetTerminationProtection { .. }
            | Call::DetectDrift { .. }
            | Call::MakeManagedKey { .. }
            | Call::EnsureSecureParameter { .. }
            | Call::DeleteParameter { .. }
            | Call::EmptyBucket { .. }
            | Call::EmptyVault { .. } => Reach::to([]),
            Call::PutReplication { .. } => Reach::to(self.buckets()),
        }
    }

    /// A metric is no resource to IAM: only its namespace and the region limit it.
    fn metrics(&self) -> Reach {
        let levers = self.deployment.takeovers.iter().filter_map(|takeover| match &takeover.lever {
            TakeoverLever::Metric { metric, .. } => Some((&metric.namespace, &metric.region)),
            TakeoverLever::Marker { .. } => None,
        });
        let (namespaces, regions): (BTreeSet<&String>, BTreeSet<&Region>) = levers.unzip();
        let any = (!namespaces.is_empty()).then(|| "*".to_owned());
        Reach::to(any).when(json!({
            "StringEquals": { "cloudwatch:namespace": namespaces, "aws:RequestedRegion": regions }
        }))
    }

    fn markers(&self) -> Vec<String> {
        let levers = self.deployment.takeovers.iter().filter_map(|takeover| match &takeover.lever {
            TakeoverLever::Marker { bucket, key } => Some((bucket, key)),
            TakeoverLever::Metric { .. } => None,
        });
        levers.map(|(bucket, key)| format!("arn:{}:s3:::{bucket}/{key}", self.partition())).collect()
    }

    fn endpoint_groups(&self) -> Vec<String> {
        self.deployment.accelerators.iter().map(|arn| format!("{arn}/listener/*/endpoint-group/*")).collect()
    }

    fn scaling_groups(&self) -> Vec<String> {
        let groups = self.deployment.scaling_groups.iter();
        groups
            .map(|it| {
                let name = format!("autoScalingGroup:*:autoScalingGroupName/{}", it.name);
                self.regional("autoscaling", &it.region, &name)
            })
            .collect()
    }

    /// Which mappings there are is read live; that they feed this deployment's functions is the limit.
    fn event_sources(&self) -> Reach {
        let functions = self.functions();
        let regions: BTreeSet<&Region> = self.deployment.functions.iter().map(|it| &it.region).collect();
        let mappings = regions.into_iter().map(|region| self.regional("lambda", region, "event-source-mapping:*"));
        Reach::to(mappings).when(json!({ "ArnEquals": { "lambda:FunctionArn": functions } }))
    }

    fn active_parameter(&self) -> Vec<String> {
        let name = self.deployment.active_parameter.iter().map(|it| it.name.as_str().trim_start_matches('/'));
        name.flat_map(|name| self.in_pair("ssm", &format!("parameter/{name}"))).collect()
    }

    /// Rules are named after the deployment; those after the first are numbered.
    fn mute_rules(&self) -> Vec<String> {
        if self.deployment.alarms.is_empty() {
            return Vec::new();
        }
        let first = format!("alarm-mute-rule:lifeboat-{}", self.deployment.name);
        [first.clone(), format!("{first}-*")].iter().flat_map(|rule| self.in_pair("cloudwatch", rule)).collect()
    }

    fn alarms(&self) -> Vec<String> {
        let selection = &self.deployment.alarms;
        let chosen =
            selection.names.iter().cloned().chain(selection.prefixes.iter().map(|prefix| format!("{prefix}*")));
        chosen.flat_map(|name| self.in_pair("cloudwatch", &format!("alarm:{name}"))).collect()
    }

    /// The role that is named; where none is, it is read live from the direction that replicates, and any role may be
    /// it that S3 may take on.
    fn roles(&self) -> Reach {
        let any = || Arn::new(format!("arn:{}:iam::{}:role/*", self.partition(), self.account()));
        let role = self.deployment.replication_role.clone().unwrap_or_else(any);
        let needed = !self.deployment.buckets.is_empty();
        Reach::to(needed.then(|| role.as_str().to_owned())).when(to_s3())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{actions as actions_of, statements, whole};
    use super::super::{operator_policy, read_only_policy};
    use super::*;
    use crate::call::CustomMetric;
    use crate::topology::{ActiveParameter, Takeover};

    /// A deployment on which every kind of call can be made.
    fn operated() -> Deployment {
        let mut deployment = whole();
        let metric = CustomMetric {
            region: "us-east-2".into(),
            namespace: "Shop/Takeover".to_owned(),
            name: "on".to_owned(),
            dimensions: Vec::new(),
        };
        deployment.takeovers = vec![
            Takeover {
                region: "us-east-2".into(),
                check: "check-home".into(),
                lever: TakeoverLever::Metric { metric, on: 1, off: 0 },
            },
            Takeover {
                region: "us-east-1".into(),
                check: "check-partner".into(),
                lever: TakeoverLever::Marker { bucket: "shop-levers".into(), key: "takes-over".to_owned() },
            },
        ];
        deployment.topics = vec![Arn::from("arn:aws:sns:us-east-2:123456789012:shop")];
        deployment.active_parameter = Some(ActiveParameter {
            name: "/active-region".into(),
            home: "us-east-1".to_owned(),
            partner: "us-east-2".to_owned(),
            moves_traffic: false,
        });
        deployment.replication_role = Some(Arn::from("arn:aws:iam::123456789012:role/replication"));
        deployment
    }

    fn resources<'a>(policy: &'a Value, action: &str) -> Vec<&'a str> {
        let of = statements(policy).iter().filter(|it| it["Action"].as_array().unwrap().contains(&json!(action)));
        of.flat_map(|it| match &it["Resource"] {
            Value::String(any) => vec![any.as_str()],
            some => some.as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect(),
        })
        .collect()
    }

    fn condition<'a>(policy: &'a Value, action: &str) -> &'a Value {
        let of = statements(policy).iter().find(|it| it["Action"].as_array().unwrap().contains(&json!(action)));
        &of.unwrap()["Condition"]
    }

    #[test]
    fn an_operator_may_what_a_reader_may_and_every_call_and_nothing_else() {
        let of_calls = Call::samples().into_iter().filter(|call| call.purpose() == Purpose::Operating);
        let of_calls: BTreeSet<&str> = of_calls.flat_map(|call| call.iam_actions()).copied().collect();
        for deployments in [vec![], vec![operated()]] {
            let (policy, reading) = (operator_policy(&deployments), read_only_policy(&deployments));
            let unused = ["dynamodb:PutItem", "dynamodb:DeleteItem"];
            let of_runs = of_calls.iter().filter(|action| deployments.is_empty() || !unused.contains(action));
            let expected: BTreeSet<&str> = actions_of(&reading).iter().chain(of_runs).copied().collect();
            assert_eq!(actions_of(&policy), expected);
            for statement in statements(&reading) {
                assert!(statements(&policy).contains(statement), "{statement}");
            }
        }
    }

    #[test]
    fn an_operator_can_neither_delete_nor_make_what_a_deployment_is_made_of() {
        // What may be deleted is what calls themselves have made: an item, an object, a limit, a rule.
        let own = [
            "dynamodb:DeleteItem",
            "s3:DeleteObject",
            "lambda:DeleteFunctionConcurrency",
            "cloudwatch:DeleteAlarmMuteRule",
        ];
        for action in actions_of(&operator_policy(&[])) {
            let verb = action.split_once(':').unwrap().1;
            let harmful = ["Delete", "Remove", "Create", "Terminate", "Attach", "Tag"];
            assert!(own.contains(&action) || !harmful.iter().any(|word| verb.starts_with(word)), "{action}");
            assert!(!action.contains('*'));
        }
    }

    #[test]
    fn every_change_is_limited_to_the_deployments_own() {
        let policy = operator_policy(&[operated()]);
        for (action, expected) in [
            ("route53:UpdateHealthCheck", "arn:aws:route53:::healthcheck/check-home"),
            ("route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/Z1"),
            ("rds:FailoverGlobalCluster", "arn:aws:rds::123456789012:global-cluster:shop"),
            ("rds:SwitchoverGlobalCluster", "arn:aws:rds:us-east-2:123456789012:cluster:*"),
            ("s3:PutObject", "arn:aws:s3:::shop-levers/takes-over"),
            ("s3:PutReplicationConfiguration", "arn:aws:s3:::shop-assets-dr"),
            ("iam:PassRole", "arn:aws:iam::123456789012:role/replication"),
            (
                "autoscaling:UpdateAutoScalingGroup",
                "arn:aws:autoscaling:us-east-2:123456789012:autoScalingGroup:*:autoScalingGroupName/web",
            ),
            ("lambda:PutFunctionConcurrency", "arn:aws:lambda:us-east-1:123456789012:function:pay"),
            ("lambda:UpdateEventSourceMapping", "arn:aws:lambda:us-east-1:123456789012:event-source-mapping:*"),
            ("ssm:PutParameter", "arn:aws:ssm:us-east-2:123456789012:parameter/active-region"),
            ("ssm:GetParameter", "arn:aws:ssm:us-east-1:123456789012:parameter/active-region"),
            ("cloudwatch:PutAlarmMuteRule", "arn:aws:cloudwatch:us-east-1:123456789012:alarm:shop-*"),
            (
                "cloudwatch:DeleteAlarmMuteRule",
                "arn:aws:cloudwatch:us-east-1:123456789012:alarm-mute-rule:lifeboat-shop",
            ),
            ("sns:Publish", "arn:aws:sns:us-east-2:123456789012:shop"),
        ] {
            let found = resources(&policy, action);
            assert!(found.contains(&expected), "{action}: {found:?}");
        }
        assert_eq!(condition(&policy, PASS_ROLE)["StringEquals"]["iam:PassedToService"], "s3.amazonaws.com");
        let putting = &condition(&policy, "cloudwatch:PutMetricData")["StringEquals"];
        assert_eq!(putting["cloudwatch:namespace"], json!(["Shop/Takeover"]));
        assert_eq!(putting["aws:RequestedRegion"], json!(["us-east-2"]));
        let feeding = &condition(&policy, "lambda:UpdateEventSourceMapping")["ArnEquals"]["lambda:FunctionArn"];
        assert_eq!(feeding.as_array().unwrap().len(), 2);
        for statement in statements(&policy) {
            assert!(statement["Resource"] != "*" || statement["Condition"].is_object(), "{statement}");
        }
    }

    #[test]
    fn what_a_deployment_does_not_have_is_not_allowed() {
        let mut bare = Deployment::bare("bare", "us-east-1", "us-east-2");
        assert_eq!(operator_policy(std::slice::from_ref(&bare)), read_only_policy(std::slice::from_ref(&bare)));
        bare.topics.push(Arn::from("arn:aws:sns:us-east-2:123456789012:bare"));
        let policy = operator_policy(&[bare]);
        let changing = actions_of(&policy);
        assert!(changing.contains("sns:Publish") && !changing.contains("rds:FailoverGlobalCluster"), "{changing:?}");
    }

    #[test]
    fn no_more_is_allowed_than_runs_do() {
        let policy = operator_policy(&[operated()]);
        for action in ["dynamodb:PutItem", "dynamodb:DeleteItem"] {
            assert!(resources(&policy, action).is_empty(), "no run makes it: {action}");
        }
        let parameters = resources(&policy, "ssm:PutParameter");
        assert!(parameters.iter().all(|arn| arn.ends_with(":parameter/active-region")), "{parameters:?}");
        for action in ["cloudwatch:PutAlarmMuteRule", "cloudwatch:DeleteAlarmMuteRule"] {
            let rules: Vec<&str> =
                resources(&policy, action).into_iter().filter(|arn| arn.contains(":alarm-mute-rule:")).collect();
            let own = |arn: &&str| arn.ends_with(":lifeboat-shop") || arn.ends_with(":lifeboat-shop-*");
            assert!(!rules.is_empty() && rules.iter().all(own), "{rules:?}");
        }
    }

    #[test]
    fn a_role_that_is_not_named_may_be_any_that_s3_takes_on() {
        let mut deployment = operated();
        deployment.replication_role = None;
        let policy = operator_policy(&[deployment]);
        assert_eq!(resources(&policy, PASS_ROLE), ["arn:aws:iam::123456789012:role/*"]);
        assert_eq!(condition(&policy, PASS_ROLE)["StringEquals"]["iam:PassedToService"], "s3.amazonaws.com");
    }

    #[test]
    fn statements_of_several_deployments_have_names_of_their_own() {
        let mut other = operated();
        other.account = Some("210987654321".into());
        other.regions.home = "eu-west-1".into();
        let policy = operator_policy(&[operated(), other]);
        let names: Vec<&str> = statements(&policy).iter().map(|it| it["Sid"].as_str().unwrap()).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
    }
}
