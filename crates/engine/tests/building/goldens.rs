//! The plans of the five as text: each step with what it waits for, sends and must see.

use std::fmt::Write as _;

use lifeboat_blueprint::until_all_stand;
use lifeboat_model::call::Call;
use lifeboat_model::plan::{Plan, StepId};

use crate::account::{Account, FIVE};

fn in_short(call: &Call) -> String {
    match call {
        Call::CreateChangeSet { stack, inputs, .. } => {
            let late = inputs.iter().filter(|input| !input.value.is_settled()).count();
            format!("CreateChangeSet {stack}, {} inputs, {late} of them late", inputs.len())
        }
        Call::ExecuteChangeSet { stack, .. } => format!("ExecuteChangeSet {stack}"),
        Call::DeleteChangeSet { stack, .. } => format!("DeleteChangeSet {stack}"),
        Call::DeleteStack { stack, .. } => format!("DeleteStack {stack}"),
        other => other.operation().to_owned(),
    }
}

fn told(plan: &Plan) -> String {
    let mut text = format!("{}\n", plan.phrase());
    for stack in plan.build.iter().flat_map(|build| &build.stacks) {
        let (action, name, region) = (stack.action.as_str(), &stack.name, &stack.region);
        _ = writeln!(text, "{action} {name} in {region}, {} resources", stack.resources.len());
    }
    for step in &plan.steps {
        let after: Vec<_> = step.after.iter().map(StepId::as_str).collect();
        let after = if after.is_empty() { String::new() } else { format!(" after {}", after.join(", ")) };
        _ = writeln!(text, "{} {} [{}]{after}", step.group, step.id, step.kind);
        for call in &step.calls {
            _ = writeln!(text, "    {} in {}", in_short(call), call.endpoint_region());
        }
    }
    for refusal in plan.build.iter().flat_map(|build| &build.refusals) {
        _ = writeln!(text, "! {refusal}");
    }
    text
}

#[tokio::test]
async fn what_is_planned_to_make_each_architecture() {
    for name in FIVE {
        let plan = Account::new("empty-account", name).provision().await.expect("a plan can be made");
        insta::with_settings!({ snapshot_path => "plans", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("{name}-provision"), told(&plan));
        });
    }
}

#[tokio::test]
async fn what_is_planned_to_take_each_architecture_away() {
    for name in FIVE {
        let plan = Account::new("calm", name).teardown().await.expect("a plan can be made");
        insta::with_settings!({ snapshot_path => "plans", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("{name}-teardown"), told(&plan));
        });
    }
}

/// Two people who plan the same at different times approve the same.
#[tokio::test]
async fn a_plan_of_the_same_is_the_same_a_minute_later() {
    let account = Account::new("empty-account", "payments-aurora");
    let first = account.provision().await.expect("a plan can be made");
    account.cloud.sim_clock().advance(std::time::Duration::from_mins(1));
    let second = account.provision().await.expect("a plan can be made");
    assert_eq!(first.hash(), second.hash());
    assert_ne!(first.made_at, second.made_at);
}

/// Clients write while somebody reads the plan, and a second person approves it: how much there is now is told, and is no
/// part of what was approved.
#[tokio::test]
async fn a_teardown_of_the_same_is_the_same_though_clients_write() {
    let account = Account::new("calm", "global-accelerator");
    let first = account.teardown().await.expect("a plan can be made");
    account.cloud.sim_clock().advance(std::time::Duration::from_hours(1));
    let second = account.teardown().await.expect("a plan can be made");
    let forecast = |plan: &Plan| plan.build.as_ref().map(|build| build.forecast.clone()).unwrap_or_default();
    assert_ne!(forecast(&first), forecast(&second));
    assert_eq!(first.hash(), second.hash());
}

/// Who chooses an architecture is told the length that its plan has.
#[tokio::test]
async fn a_plan_of_nothing_but_new_stacks_takes_as_long_as_its_blueprint_is_said_to() {
    for name in FIVE {
        let account = Account::new("empty-account", name);
        let plan = account.provision().await.expect("a plan can be made");
        assert_eq!(plan.predicted.length, Some(until_all_stand(&account.stacks())), "{name}");
    }
}
