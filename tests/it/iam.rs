//! `lifeboat iam read-only` is enough to read everything, and not enough to change anything; the operator's policy is
//! enough for every call, and for nothing else: with an emulator that enforces IAM, and AWS's own command line as the
//! one who tries.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Output;
use std::sync::LazyLock;

use lifeboat_model::call::Call;
use lifeboat_model::rules::aws_cli;
use serde_json::Value;

use crate::it::harness::{Account, enforcing};
use crate::it::observer::now;
use crate::it::program::{Deployed, Ran, program};
use crate::it::proxy::Matching;
use crate::it::recorded;
use crate::it::samples;

mod operator;
mod provisioner;
mod runs;

pub(crate) use operator::calls as calls_in_order;

/// A deployment where IAM is enforced, and two who may read: one with the policy that is printed without a
/// configuration, and one with that of this deployment alone.
struct Guarded {
    deployed: Deployed,
    reader: Account,
    reader_arn: String,
    narrow: Account,
}

impl Guarded {
    fn set() -> Self {
        // The root of the emulator's one account: with IAM enforced, twelve digits are a key like any other.
        let root = enforcing().known_account("test", "test");
        let deployed = Deployed::of(enforcing(), &root);
        // For this question the emulator asks IAM whether concurrency may be *put*: a recorded answer stands in for it.
        deployed.inject(Matching::operation("GetFunctionConcurrency"), recorded::function_concurrency(25));
        let user = |name: &str, policy: &Ran| {
            assert_eq!(policy.code, Some(0), "{policy:?}");
            let made = root.boto_given("user.py", &[name], &policy.stdout);
            let text = |name: &str| made[name].as_str().expect("user.py prints it").to_owned();
            let account = enforcing().known_account(&text("access_key_id"), &text("secret_access_key"));
            (deployed.proxy.of(&account), text("arn"))
        };
        let anywhere = program(&["iam", "read-only"], &root.variables(), deployed.folder.path());
        let (reader, reader_arn) = user("reader", &anywhere);
        let (narrow, _) = user("narrow-reader", &deployed.run(&["iam", "read-only"]));
        Self { deployed, reader, reader_arn, narrow }
    }

    fn status(&self, account: &Account) -> Value {
        let mut status = without_ages(self.deployed.run_as(account, &["status", "--json"]).json());
        // Who is asking is the one thing that differs.
        status.as_object_mut().expect("an object").remove("identity");
        status
    }
}

/// What of which regions is not answered, and why.
fn failing(status: &Value) -> BTreeSet<(String, String)> {
    let dependencies = status["dependencies"].as_array().expect("dependencies").iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    dependencies.filter(|it| it["ok"] == false).map(|it| (text(&it["what"]), text(&it["failure"]))).collect()
}

/// One guarded deployment for all tests of a process: the enforcing emulator has but one account.
static GUARDED: LazyLock<Guarded> = LazyLock::new(Guarded::set);

/// What changes from one reading to the next whoever reads.
fn without_ages(mut status: Value) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                fields.retain(|name, _| !name.ends_with("age_s") && !matches!(name.as_str(), "read_at" | "cost"));
                fields.values_mut().for_each(strip);
            }
            Value::Array(elements) => elements.iter_mut().for_each(strip),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    strip(&mut status);
    status
}

#[test]
fn whoever_has_the_generated_policy_sees_everything_that_root_sees() {
    let guarded = &*GUARDED;
    let (seen, by_root) = (guarded.status(&guarded.reader), guarded.status(&guarded.deployed.account));
    assert_eq!(failing(&seen), BTreeSet::new());
    assert_eq!(seen, by_root);
}

#[test]
fn the_policy_of_one_deployment_is_enough_as_far_as_the_emulator_sees_resources() {
    let guarded = &*GUARDED;
    // To the emulator these requests name no resource, so that no policy that names one can allow them.
    let blind = ["AWS Backup", "Aurora", "Parameter Store", "Route 53 health checks"];
    let blind = blind.map(|what| (what.to_owned(), "denied".to_owned()));
    assert_eq!(failing(&guarded.status(&guarded.narrow)), BTreeSet::from(blind));
}

#[test]
fn whoever_has_the_generated_policy_is_denied_every_call() {
    let guarded = &*GUARDED;
    let direct = guarded.reader.through(enforcing().endpoint());
    let mut calls = samples::calls(&guarded.deployed.filled, now());
    calls.extend(samples::provisioning(&guarded.deployed.filled));
    let operations = |calls: &[Call]| calls.iter().map(Call::operation).collect::<BTreeSet<_>>();
    assert_eq!(operations(&calls), operations(&Call::samples()), "every kind of call is tried");
    // A reader may describe keys, which is how one that AWS manages is made: it is AWS's own, and costs nothing.
    calls.retain(|call| !matches!(call, Call::MakeManagedKey { .. }));
    let mut not_denied = BTreeMap::new();
    for call in &calls {
        let commands = commands(call);
        assert!(!commands.is_empty(), "{call:?} has no command");
        for command in commands {
            let [program, arguments @ ..] = command.as_slice() else { panic!("an empty command for {call:?}") };
            assert_eq!(program, "aws");
            let output = direct.aws(&for_this_version(arguments));
            if is_denied(&output) {
                continue;
            }
            // A command that fails for another reason proves nothing about permissions.
            not_denied.insert(call.operation().to_owned(), String::from_utf8_lossy(&output.stderr).into_owned());
        }
    }
    let operations: BTreeSet<String> = not_denied.keys().cloned().collect();
    assert_eq!(
        operations,
        listed("## Calls that no emulator refuses"),
        "docs/unproven.md lists exactly these; they were not denied: {not_denied:#?}"
    );
}

/// What is printed of a call, or the like of what it sends, where that is not to be printed.
pub(crate) fn commands(call: &Call) -> Vec<Vec<String>> {
    let region = call.endpoint_region();
    let like = |words: &[&str]| {
        let whole = [&["aws"], words, &["--region", region.as_str()]].concat();
        vec![whole.into_iter().map(str::to_owned).collect()]
    };
    match call {
        Call::EmptyBucket { bucket, .. } => {
            like(&["s3api", "delete-object", "--bucket", bucket.as_str(), "--key", "takeover", "--version-id", "null"])
        }
        Call::EmptyVault { vault, .. } => {
            let point = "arn:aws:backup:us-east-2:000000000000:recovery-point:1";
            let words = ["backup", "delete-recovery-point", "--backup-vault-name", vault.as_str()];
            like(&[&words[..], &["--recovery-point-arn", point]].concat())
        }
        Call::EnsureSecureParameter { name, .. } => {
            like(&["ssm", "put-parameter", "--name", name.as_str(), "--type", "SecureString", "--value", "guess"])
        }
        printed => aws_cli::command(printed),
    }
}

/// The commands are for version 2 of the AWS CLI; PyPI has version 1, which takes payloads as they are and has no option
/// to say so.
fn for_this_version(arguments: &[String]) -> Vec<String> {
    let second_only = ["--cli-binary-format", "raw-in-base64-out"];
    arguments.iter().filter(|word| !second_only.contains(&word.as_str())).cloned().collect()
}

/// Whether a command was refused for want of a permission, as each of AWS's services words it.
fn is_denied(output: &Output) -> bool {
    let said = String::from_utf8_lossy(&output.stderr);
    let words = ["AccessDenied", "AuthorizationError", "not authorized"];
    !output.status.success() && words.iter().any(|word| said.contains(word))
}

/// The operations under a heading of `docs/unproven.md`.
pub(crate) fn listed(heading: &str) -> BTreeSet<String> {
    let text = include_str!("../../docs/unproven.md");
    let (_, section) = text.split_once(heading).expect("the heading stands");
    let section = section.split("\n## ").next().unwrap_or(section);
    let listed = section.lines().filter_map(|line| line.strip_prefix("- `")?.split('`').next());
    listed.map(str::to_owned).collect()
}

#[test]
fn iam_itself_says_that_no_action_of_any_call_is_allowed() {
    let guarded = &*GUARDED;
    let root = enforcing().known_account("test", "test");
    let calls = samples::calls(&guarded.deployed.filled, now());
    let actions: BTreeSet<&str> = calls.iter().flat_map(Call::iam_actions).copied().collect();
    let mut arguments =
        ["iam", "simulate-principal-policy", "--output", "json", "--policy-source-arn"].map(str::to_owned).to_vec();
    arguments.push(guarded.reader_arn.clone());
    arguments.push("--action-names".to_owned());
    arguments.extend(actions.iter().map(|action| (*action).to_owned()));
    let output = root.aws(&arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let verdicts: Value = serde_json::from_slice(&output.stdout).expect("the AWS CLI prints JSON");
    let results = verdicts["EvaluationResults"].as_array().expect("results");
    let asked: BTreeSet<&str> = results.iter().filter_map(|result| result["EvalActionName"].as_str()).collect();
    assert_eq!(asked, actions);
    for result in results {
        assert_eq!(result["EvalDecision"], "implicitDeny", "{result}");
    }
}
