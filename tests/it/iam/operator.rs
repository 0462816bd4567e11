//! The operator's policy: enough for every call, as the printed command makes it and as the program itself does, and
//! for nothing that a deployment is made of.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lifeboat_model::call::{Call, CustomMetric, Purpose};
use lifeboat_model::id::Arn;
use lifeboat_model::rules::aws_cli;
use lifeboat_model::rules::iam::operator_policy;
use lifeboat_model::topology::{ActiveParameter, Deployment, Takeover, TakeoverLever};
use serde_json::Value;

use super::{for_this_version, is_denied, listed};
use crate::it::contract::changes::{self, Changeable};
use crate::it::contract::world;
use crate::it::filled::Filled;
use crate::it::harness::{Account, enforcing_changes};
use crate::it::observer::{now, operator};
use crate::it::program::program;
use crate::it::proxy::Proxy;
use crate::it::resolver::Resolver;
use crate::it::samples;

/// A deployment where IAM is enforced, and two who may operate: one with the policy without a configuration, and one
/// with that of this deployment alone.
struct Guarded {
    root: Account,
    filled: Filled,
    anywhere: Account,
    anywhere_arn: String,
    narrow: Account,
}

impl Guarded {
    /// One of its own for each test, in the one account that the emulator has: every test changes it.
    fn set(suffix: &str) -> Self {
        let root = enforcing_changes().known_account("test", "test");
        let filled = Filled::fill_as(&root, suffix);
        let user = |name: &str, policy: &Value| {
            let made = root.boto_given("user.py", &[&format!("{name}-{suffix}")], &policy.to_string());
            let text = |name: &str| made[name].as_str().expect("user.py prints it").to_owned();
            let account = enforcing_changes().known_account(&text("access_key_id"), &text("secret_access_key"));
            (account, text("arn"))
        };
        let folder = tempfile::tempdir().expect("the temporary folder can be written");
        let printed = program(&["iam", "operator"], &root.variables(), folder.path());
        assert_eq!(printed.code, Some(0), "{printed:?}");
        let (anywhere, anywhere_arn) = user("operator", &printed.json());
        let (narrow, _) = user("narrow-operator", &operator_policy(&[operated(&filled)]));
        Self { root, filled, anywhere, anywhere_arn, narrow }
    }
}

/// The deployment with the levers that the sampled calls pull.
fn operated(filled: &Filled) -> Deployment {
    let mut deployment = filled.deployment();
    let lever = |lever| Takeover { region: filled.partner(), check: filled.text("home_check").into(), lever };
    let metrics = samples::calls(filled, now()).into_iter().filter_map(|call| match call {
        Call::PutMetric { metric, .. } => Some(metric),
        _ => None,
    });
    let metrics: Vec<CustomMetric> = metrics.collect();
    deployment.takeovers =
        metrics.into_iter().map(|metric| lever(TakeoverLever::Metric { metric, on: 1, off: 0 })).collect();
    deployment.takeovers.push(lever(TakeoverLever::Marker {
        bucket: filled.text("partner_bucket").into(),
        key: "takeover".to_owned(),
    }));
    deployment.active_parameter = samples::calls(filled, now()).into_iter().find_map(|call| match call {
        Call::PutParameter { name, .. } => {
            Some(ActiveParameter { name, home: String::new(), partner: String::new(), moves_traffic: false })
        }
        _ => None,
    });
    deployment
}

/// Every kind of call that an operator makes.
fn operating() -> Vec<Call> {
    Call::samples().into_iter().filter(|call| call.purpose() == Purpose::Operating).collect()
}

/// One of each, in an order in which each can be made.
pub(crate) fn calls(filled: &Filled) -> Vec<Call> {
    let mut calls = samples::calls(filled, now());
    // A promotion there by force, and back by plan.
    let member = |region: &str, name: &str| {
        Arn::new(format!("arn:aws:rds:{region}:{}:cluster:{}", filled.text("account"), filled.text(name)))
    };
    for call in &mut calls {
        if let Call::SwitchoverGlobalCluster { target, writer_region, .. } = call {
            *target = member(filled.text("home"), "home_cluster");
            *writer_region = filled.partner();
        }
    }
    let is_switchover = |call: &Call| matches!(call, Call::SwitchoverGlobalCluster { .. });
    let (last, mut first): (Vec<_>, Vec<_>) = calls.into_iter().partition(is_switchover);
    first.extend(last);
    first
}

/// What came of each operation's commands: the words of those that failed.
fn tried(account: &Account, filled: &Filled) -> (BTreeMap<String, String>, BTreeMap<String, String>) {
    let (mut denied, mut failed) = (BTreeMap::new(), BTreeMap::new());
    let mut succeeded = BTreeSet::new();
    let calls = calls(filled);
    let operations = |calls: &[Call]| calls.iter().map(Call::operation).collect::<BTreeSet<_>>();
    assert_eq!(operations(&calls), operations(&operating()), "every kind of call is tried");
    for call in &calls {
        for command in aws_cli::command(call) {
            let output = account.aws(&for_this_version(&command[1..]));
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(!["usage:", "Parameter validation"].iter().any(|word| said.contains(word)), "{command:?}: {said}");
            if is_denied(&output) {
                denied.insert(call.operation().to_owned(), said);
            } else if output.status.success() {
                succeeded.insert(call.operation().to_owned());
            } else {
                failed.insert(call.operation().to_owned(), said);
            }
        }
    }
    failed.retain(|operation, _| !succeeded.contains(operation));
    (denied, failed)
}

#[test]
fn whoever_has_the_policy_may_make_every_call_as_it_is_printed() {
    let guarded = Guarded::set("oprinted");
    let (denied, failed) = tried(&guarded.anywhere, &guarded.filled);
    assert_eq!(denied, BTreeMap::new());
    let failed_operations: BTreeSet<String> = failed.keys().cloned().collect();
    let own: BTreeSet<&str> = operating().iter().map(Call::operation).collect();
    let mut unserved = listed("## Calls that no emulator serves");
    unserved.retain(|operation| own.contains(operation.as_str()));
    assert_eq!(failed_operations, unserved, "{failed:#?}");
}

#[test]
fn the_policy_of_one_deployment_is_enough_as_far_as_the_emulator_sees_resources() {
    let guarded = Guarded::set("onarrow");
    let (denied, _) = tried(&guarded.narrow, &guarded.filled);
    let operations: BTreeSet<String> = denied.keys().cloned().collect();
    let mut expected = listed("## What an emulator sees of an operator's policy");
    // No run makes these.
    expected.extend(["PutItem", "DeleteItem"].map(str::to_owned));
    assert_eq!(operations, expected, "{denied:#?}");
}

/// Commands that no operator may give, of nothing that exists and of what does.
fn forbidden(filled: &Filled) -> Vec<Vec<String>> {
    let t = |name: &str| filled.text(name);
    [
        vec!["rds", "delete-global-cluster", "--global-cluster-identifier", t("global_cluster")],
        vec!["rds", "delete-db-cluster", "--db-cluster-identifier", t("home_cluster"), "--skip-final-snapshot"],
        vec!["iam", "create-user", "--user-name", "intruder"],
        vec!["iam", "create-access-key", "--user-name", "operator"],
        vec!["s3api", "delete-bucket", "--bucket", t("home_bucket")],
        vec![
            "s3api",
            "put-bucket-versioning",
            "--bucket",
            t("home_bucket"),
            "--versioning-configuration",
            "Status=Suspended",
        ],
        vec!["dynamodb", "delete-table", "--table-name", t("table")],
        vec!["dynamodb", "get-item", "--table-name", t("table"), "--key", "{\"id\":{\"S\":\"first\"}}"],
        vec!["route53", "delete-health-check", "--health-check-id", t("home_check")],
        vec!["lambda", "delete-function", "--function-name", t("home_function")],
        vec!["ssm", "delete-parameter", "--name", "/payments/any"],
        vec!["sns", "delete-topic", "--topic-arn", t("home_topic")],
        vec!["cloudformation", "delete-stack", "--stack-name", t("home_stack")],
        vec!["autoscaling", "delete-auto-scaling-group", "--auto-scaling-group-name", t("home_group")],
    ]
    .map(|words| words.into_iter().map(str::to_owned).collect())
    .into()
}

#[test]
fn what_a_deployment_is_made_of_is_out_of_an_operators_reach() {
    let guarded = Guarded::set("oforbid");
    for account in [&guarded.anywhere, &guarded.narrow] {
        for command in forbidden(&guarded.filled) {
            let output = account.aws(&command);
            assert!(is_denied(&output), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
        }
    }
}

/// What the policy of anywhere allows and that of one deployment does not: the same calls on others' resources.
fn elsewhere(filled: &Filled) -> Vec<Vec<String>> {
    [
        vec!["s3api", "put-object", "--bucket", filled.text("partner_bucket"), "--key", "others"],
        vec!["ssm", "put-parameter", "--name", "/others/value", "--value", "x", "--type", "String"],
        vec!["dynamodb", "put-item", "--table-name", "others", "--item", "{\"id\":{\"S\":\"x\"}}"],
        vec!["sns", "publish", "--topic-arn", "arn:aws:sns:us-east-1:000000000000:others", "--message", "x"],
        vec![
            "lambda",
            "put-function-concurrency",
            "--function-name",
            "others",
            "--reserved-concurrent-executions",
            "0",
        ],
        vec!["lambda", "invoke", "--function-name", "others", "/dev/null"],
        vec!["cloudwatch", "put-metric-data", "--namespace", "Others", "--metric-name", "x", "--value", "1"],
        vec!["autoscaling", "update-auto-scaling-group", "--auto-scaling-group-name", "others", "--min-size", "0"],
    ]
    .map(|words| words.into_iter().map(str::to_owned).collect())
    .into()
}

#[test]
fn the_policy_of_one_deployment_reaches_no_other() {
    let guarded = Guarded::set("oelse");
    let commands = elsewhere(&guarded.filled);
    let (denied, not_denied): (Vec<_>, Vec<_>) =
        commands.into_iter().partition(|command| is_denied(&guarded.narrow.aws(command)));
    assert_eq!(not_denied, Vec::<Vec<String>>::new(), "{denied:?}");
}

#[test]
fn iam_itself_says_that_every_action_of_every_call_is_allowed() {
    let guarded = Guarded::set("osimul");
    let calls = operating();
    // The emulator weighs no condition here, and roles are handed over under one.
    let actions = calls.iter().flat_map(Call::iam_actions).copied().filter(|action| *action != "iam:PassRole");
    let actions: BTreeSet<&str> = actions.collect();
    let mut arguments =
        ["iam", "simulate-principal-policy", "--output", "json", "--policy-source-arn"].map(str::to_owned).to_vec();
    arguments.push(guarded.anywhere_arn.clone());
    arguments.push("--action-names".to_owned());
    arguments.extend(actions.iter().map(|action| (*action).to_owned()));
    let output = guarded.root.aws(&arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let verdicts: Value = serde_json::from_slice(&output.stdout).expect("the AWS CLI prints JSON");
    let results = verdicts["EvaluationResults"].as_array().expect("results");
    assert_eq!(results.len(), actions.len());
    for result in results {
        assert_eq!(result["EvalDecision"], "allowed", "{result}");
    }
}

#[tokio::test]
async fn whoever_has_the_policy_can_do_all_that_the_program_does() {
    let guarded = tokio::task::spawn_blocking(|| Guarded::set("oprogram")).await.expect("it is set up");
    let proxy = Proxy::before(enforcing_changes());
    let resolver = Resolver::start();
    let operator = Arc::new(operator(&proxy.of(&guarded.anywhere), &resolver));
    let world = world(operator.clone(), guarded.filled.deployment(), now());
    let changing = Changeable { world, operator, pass: Box::new(|| {}) };
    changes::a_group_takes_its_sizes(&changing).await;
    changes::a_function_answers(&changing).await;
    changes::a_function_is_fenced_and_let_go(&changing).await;
    changes::an_event_source_is_stopped_and_started(&changing).await;
    changes::a_parameter_is_changed_and_a_secret_is_not(&changing).await;
    changes::replication_is_switched_off_taken_away_and_given_back(&changing).await;
    changes::a_health_check_is_turned_over_at_its_version_only(&changing).await;
    changes::an_item_a_marker_and_a_notice_are_taken(&changing).await;
    changes::a_standby_is_promoted_both_ways(&changing).await;
}
