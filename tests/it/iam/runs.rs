//! Whole runs under enforced IAM: the operator's policy is enough for every built-in runbook, the reader's for none; and
//! for every runbook of every architecture the policy holds each action, on the very things that the plan's calls name.

use std::collections::BTreeSet;

use lifeboat_model::call::Call;
use lifeboat_model::rules::iam::operator_policy;
use lifeboat_model::topology::Deployment;
use lifeboat_sim::{SimCloud, scenario};
use serde_json::Value;

use crate::it::emulated::{Operated, lines};
use crate::it::filled::{Filled, NAME};
use crate::it::harness::enforcing_changes;
use crate::it::program::program;

const RUNBOOKS: [&str; 4] = ["switchover", "failback", "drill", "failover"];

/// A deployment whose acting party has exactly the policy that a command prints.
fn guarded(suffix: &str, policy: &str, parts: &[&str]) -> Operated {
    let root = enforcing_changes().known_account("test", "test");
    let mut operated = Operated::of(enforcing_changes(), &root, Filled::fill_as(&root, suffix), parts);
    let folder = tempfile::tempdir().expect("the temporary folder can be written");
    let printed = program(&["iam", policy], &root.variables(), folder.path());
    assert_eq!(printed.code, Some(0), "{printed:?}");
    let made = root.boto_given("user.py", &[&format!("{policy}-{suffix}")], &printed.stdout);
    let text = |name: &str| made[name].as_str().expect("user.py prints it").to_owned();
    let account = enforcing_changes().known_account(&text("access_key_id"), &text("secret_access_key"));
    operated.act_as(&account);
    operated
}

/// What each call came to, by the journal.
fn outcomes(operated: &Operated) -> Vec<Value> {
    operated.journal().into_iter().filter(|event| event["event"] == "call_ended").collect()
}

/// Clients are refused from the next fence on, for a few writes.
fn noticed(operated: &Operated) {
    let proxy = &operated.deployed.proxy;
    proxy.wait_for_answers("PutFunctionConcurrency", proxy.served("PutFunctionConcurrency") + 1);
    operated.application.refuse_next(3);
}

#[test]
fn whoever_has_the_operators_policy_carries_out_every_built_in_runbook() {
    let parts = ["aurora", "functions", "scaling_groups", "topics", "leading_parameter", "canary"];
    let operated = guarded("oruns", "operator", &parts);
    // Its owner takes off the limit that the other region's function has not got.
    let unlimited = ["lambda", "delete-function-concurrency", "--function-name", operated.text("home_function")];
    let output = enforcing_changes().known_account("test", "test").aws(&unlimited.map(str::to_owned));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for runbook in RUNBOOKS {
        let to = if runbook == "failback" { "us-east-1" } else { "us-east-2" };
        if runbook == "failover" {
            // The drill has left the standby active.
            let phrase = format!("failback {NAME} us-east-1");
            let back = operated.deployed.run(&["run", "failback", "--operate", "--json", "--confirm", &phrase]);
            assert_eq!(back.code, Some(0), "{back:?}");
        }
        let phrase = format!("{runbook} {NAME} {to}");
        let arguments = ["run", runbook, "--operate", "--json", "--confirm", &phrase];
        let ran = std::thread::scope(|scope| {
            if runbook == "drill" {
                // What fences a function of an emulator is nothing that its clients notice by themselves.
                scope.spawn(|| noticed(&operated));
            }
            operated.deployed.run(&arguments)
        });
        let last = lines(&ran.stdout).last().cloned().unwrap_or_default();
        assert_eq!((ran.code, &last["outcome"]), (Some(0), &"completed".into()), "{runbook}: {ran:?}");
    }
    for ended in outcomes(&operated) {
        assert!(ended["outcome"]["Ok"].is_object(), "{ended}");
    }
    operated.assert_promoted();
}

#[test]
fn whoever_has_the_readers_policy_begins_a_run_and_changes_nothing() {
    let operated = guarded("rruns", "read-only", &["aurora", "active_parameter"]);
    let ran = operated.run("failover", &[]);
    assert_eq!(ran.code, Some(4), "{ran:?}");
    let ended = outcomes(&operated);
    assert!(!ended.is_empty(), "it was tried");
    for ended in ended {
        assert!(ended["outcome"]["Err"]["kind"]["Denied"].is_object(), "{ended}");
    }
    let root = enforcing_changes().known_account("test", "test");
    let seen = root.boto("look.py", &["--global-cluster", operated.text("global_cluster")]);
    assert!(seen["aurora"]["us-east-1"]["writer"][0].as_str().is_some_and(|arn| arn.contains("us-east-1")), "{seen}");
}

/// The calls that a simulated deployment's plan makes, and those that would take them back.
fn planned(deployment: &Deployment, runbook: &str) -> Vec<Call> {
    let partner = deployment.regions.partner.as_str();
    let deployment = deployment.name.as_str();
    let folder = tempfile::tempdir().expect("the temporary folder can be written");
    let scenario = if runbook == "failover" { "region-loss" } else { "calm" };
    let lifeboat = |arguments: &[&str]| {
        let simulated = ["--simulate", scenario, "--deployment", deployment, "--json"];
        program(&[arguments, &simulated].concat(), &[("HOME", folder.path().display().to_string())], folder.path())
    };
    if runbook == "failback" {
        let run = |runbook: &str, phrase: &str, more: &[&str]| {
            lifeboat(&[&["run", runbook, "--operate", "--pace", "max", "--confirm", phrase], more].concat())
        };
        let there = run("switchover", &format!("switchover {deployment} {partner}"), &[]);
        assert_eq!(there.code, Some(0), "{there:?}");
        // Late enough for metrics to tell of the roles as they were left; and then it is not confirmed.
        let back = run("failback", "no", &["--at", "2026-01-05T10:00:00Z"]);
        assert_eq!(back.code, Some(3), "{back:?}");
    }
    let planned = lifeboat(&["plan", runbook]);
    assert_eq!(planned.code, Some(0), "{deployment} {runbook}: {planned:?}");
    let plan = planned.json();
    let steps = plan["steps"].as_array().expect("steps").iter();
    let calls = steps.flat_map(|step| [&step["calls"], &step["undo"]]).filter_map(Value::as_array).flatten();
    calls.map(|call| serde_json::from_value(call.clone()).unwrap_or_else(|error| panic!("{error}: {call}"))).collect()
}

/// Every text in a call, at any depth.
fn texts(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => drop(found.insert(text.trim_start_matches('/').to_owned())),
        Value::Array(elements) => elements.iter().for_each(|element| texts(element, found)),
        Value::Object(fields) => fields.values().for_each(|field| texts(field, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// As IAM matches: a star stands for anything.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else { return pattern == text };
    let Some(rest) = text.strip_prefix(before) else { return false };
    (0..=rest.len()).filter(|at| rest.is_char_boundary(*at)).any(|at| matches(after, &rest[at..]))
}

/// Whether a resource of a policy is one that the call names: wholly, or by the name that its ARN ends with.
fn is_named(resource: &str, named: &BTreeSet<String>) -> bool {
    let last = resource.splitn(6, ':').nth(5).unwrap_or(resource);
    let kinds = [
        "parameter/",
        "table/",
        "function:",
        "alarm:",
        "alarm-mute-rule:",
        "healthcheck/",
        "hostedzone/",
        "global-cluster:",
    ];
    let name = kinds.iter().find_map(|kind| last.strip_prefix(kind)).unwrap_or(last);
    let name = name.rsplit_once("autoScalingGroupName/").map_or(name, |(_, group)| group);
    let whole = |text: &String| matches(resource, text) || matches(name, text);
    // An object is its bucket and its key, which a call names apart.
    let apart = name.split_once('/').is_some_and(|(bucket, key)| named.contains(bucket) && named.contains(key));
    // What is found live has no name beforehand.
    let of_its_kind = last == "event-source-mapping:*";
    apart || resource == "*" || of_its_kind || named.iter().any(whole)
}

#[test]
fn the_policy_of_each_architecture_names_what_every_runbook_touches() {
    let cloud =
        SimCloud::at_offset(scenario::find("calm").expect("there is a calm"), 7, std::time::Duration::from_hours(1));
    let mut operations = BTreeSet::new();
    for deployment in cloud.deployments() {
        let policy = operator_policy(std::slice::from_ref(&deployment));
        let statements = policy["Statement"].as_array().expect("statements");
        for runbook in RUNBOOKS {
            for call in planned(&deployment, runbook) {
                operations.insert(call.operation());
                let mut named = BTreeSet::new();
                texts(&serde_json::to_value(&call).expect("it is JSON"), &mut named);
                for action in call.iam_actions().iter().filter(|action| **action != "iam:PassRole") {
                    let is_of =
                        |it: &&Value| it["Action"].as_array().is_some_and(|all| all.iter().any(|one| one == action));
                    let resources: Vec<&str> = statements
                        .iter()
                        .filter(is_of)
                        .flat_map(|it| match &it["Resource"] {
                            Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
                            one => one.as_str().into_iter().collect::<Vec<_>>(),
                        })
                        .collect();
                    assert!(
                        resources.iter().any(|resource| is_named(resource, &named)),
                        "{} {runbook}: {action} of {call:?} is not allowed by {resources:?}",
                        deployment.name
                    );
                }
            }
        }
    }
    // Five architectures, and between them most kinds of calls: without them this would prove nothing.
    for wanted in
        ["SwitchoverGlobalCluster", "FailoverGlobalCluster", "UpdateEndpointGroup", "ChangeResourceRecordSets"]
    {
        assert!(operations.contains(wanted), "{wanted} is in no plan: {operations:?}");
    }
}
