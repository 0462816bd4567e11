//! `lifeboat iam read-only` is enough to read everything, and not enough to change anything: with an emulator that
//! enforces IAM, and AWS's own command line as the one who tries.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use lifeboat_model::rules::aws_cli;
use serde_json::Value;

use crate::it::harness::{Account, enforcing};
use crate::it::observer::now;
use crate::it::program::Deployed;
use crate::it::samples;

/// A deployment where IAM is enforced, and somebody with exactly the generated policy.
struct Guarded {
    deployed: Deployed,
    reader: Account,
    reader_arn: String,
}

impl Guarded {
    fn set() -> Self {
        // The root of the emulator's one account: with IAM enforced, twelve digits are a key like any other.
        let root = enforcing().known_account("test", "test");
        let deployed = Deployed::of(enforcing(), root.clone());
        let policy = deployed.run(&["iam", "read-only"]);
        assert_eq!(policy.code, Some(0), "{policy:?}");
        let user = root.boto_given("user.py", &["reader"], &policy.stdout);
        let text = |name: &str| user[name].as_str().expect("user.py prints it").to_owned();
        let reader = enforcing().known_account(&text("access_key_id"), &text("secret_access_key"));
        Self { reader: deployed.proxy.of(&reader), deployed, reader_arn: text("arn") }
    }
}

/// One guarded deployment for all tests of a process: the enforcing emulator has but one account.
static GUARDED: LazyLock<Guarded> = LazyLock::new(Guarded::set);

/// What changes from one reading to the next whoever reads.
fn without_ages(mut status: Value) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                fields.retain(|name, _| !matches!(name.as_str(), "age_s" | "read_at" | "at" | "cost"));
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
    let status = |account: &Account| guarded.deployed.run_as(account, &["status", "--json"]).json();
    let (mut seen, mut by_root) =
        (without_ages(status(&guarded.reader)), without_ages(status(&guarded.deployed.account)));
    for one in [&mut seen, &mut by_root] {
        // Who is asking is the one thing that differs.
        one.as_object_mut().expect("an object").remove("identity");
    }
    assert_eq!(seen, by_root);
    let denied: Vec<_> =
        seen["dependencies"].as_array().expect("dependencies").iter().filter(|d| d["ok"] == false).collect();
    assert!(denied.is_empty(), "{denied:#?}");
}

#[test]
fn whoever_has_the_generated_policy_is_denied_every_call() {
    let guarded = &*GUARDED;
    let direct = guarded.reader.through(enforcing().endpoint());
    let calls = samples::calls(&guarded.deployed.filled, now());
    assert_eq!(
        calls.iter().map(samples::kind).collect::<BTreeSet<_>>(),
        BTreeSet::from(samples::KINDS),
        "every kind of call has its sample"
    );
    let mut not_denied = BTreeSet::new();
    for call in &calls {
        let commands = aws_cli::command(call);
        assert!(!commands.is_empty(), "{call:?} has no command");
        for command in commands {
            let [program, arguments @ ..] = command.as_slice() else { panic!("an empty command for {call:?}") };
            assert_eq!(program, "aws");
            let output = direct.aws(arguments);
            let said = String::from_utf8_lossy(&output.stderr);
            let words = ["AccessDenied", "AuthorizationError", "not authorized"];
            if !output.status.success() && words.iter().any(|word| said.contains(word)) {
                continue;
            }
            // A command that fails for another reason proves nothing about permissions.
            not_denied.insert(call.operation().to_owned());
        }
    }
    assert_eq!(not_denied, unproven_calls(), "docs/unproven.md lists exactly the calls that no emulator refuses");
}

/// The operations under the heading of `docs/unproven.md` that is about this.
fn unproven_calls() -> BTreeSet<String> {
    let text = include_str!("../../docs/unproven.md");
    let (_, section) = text.split_once("## Calls that no emulator refuses").expect("the heading stands");
    let section = section.split("\n## ").next().unwrap_or(section);
    let listed = section.lines().filter_map(|line| line.strip_prefix("- `")?.split('`').next());
    listed.map(str::to_owned).collect()
}

#[test]
fn iam_itself_says_that_no_action_of_any_call_is_allowed() {
    let guarded = &*GUARDED;
    let root = enforcing().known_account("test", "test");
    let calls = samples::calls(&guarded.deployed.filled, now());
    let actions: BTreeSet<&str> = calls.iter().flat_map(|call| call.iam_actions()).copied().collect();
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
