//! From nothing to a deployment and back, on every architecture.

use std::time::Duration;

use lifeboat_model::call::Call;
use lifeboat_model::plan::{Build, Plan, StackAction};
use lifeboat_model::run::{RunEvent, RunOutcome};
use lifeboat_model::time::age;

use crate::account::{Account, FIVE, outcome, told};

async fn is_made(account: &Account) {
    let plan = account.provision().await.expect("a plan can be made");
    let length = plan.predicted.length.expect("each step is expected to take some time");
    let state =
        account.run(plan, |_| None).await.unwrap_or_else(|error| panic!("{error}\n{}", told(&account.entries())));
    assert_eq!(outcome(&state), Some(RunOutcome::Completed), "{}", told(&account.entries()));
    let (_, ended) = state.ended.expect("it is over");
    let took = age(ended, state.started_at);
    assert!(took < length * 3, "it took {took:?}, and {length:?} was expected");
}

async fn is_taken_away(account: &Account) {
    let plan = account.teardown().await.expect("a plan can be made");
    assert!(plan.build.as_ref().is_some_and(|build| build.stacks.iter().all(|it| it.action == StackAction::Delete)));
    let state =
        account.run(plan, |_| None).await.unwrap_or_else(|error| panic!("{error}\n{}", told(&account.entries())));
    assert_eq!(outcome(&state), Some(RunOutcome::Completed), "{}", told(&account.entries()));
}

fn is_nothing(plan: &Plan) -> bool {
    plan.build.as_ref().is_some_and(Build::is_nothing) && plan.steps.len() == 1
}

#[tokio::test]
async fn every_architecture_is_made_from_nothing_and_then_there_is_nothing_to_do() {
    for name in FIVE {
        let account = Account::new("empty-account", name);
        is_made(&account).await;
        let again = account.provision().await.expect("a plan can be made");
        assert!(is_nothing(&again), "{name}: {:?}", again.build);
    }
}

#[tokio::test]
async fn what_stands_is_taken_away_and_made_again() {
    for name in FIVE {
        let account = Account::new("calm", name);
        is_taken_away(&account).await;
        is_made(&account).await;
    }
}

/// No more than one twentieth is added to what the stacks themselves need, one after the other where one needs another.
#[tokio::test]
async fn stacks_wait_for_nothing_but_what_they_need() {
    for name in FIVE {
        let account = Account::new("empty-account", name);
        is_made(&account).await;
        let entries = account.entries();
        let RunEvent::RunStarted { plan, .. } = &entries[0].event else { panic!("{name}") };
        let mut plan = (**plan).clone();
        for entry in &entries {
            if let RunEvent::StepEnded { step, elapsed, .. } = &entry.event
                && let Some(step) = plan.steps.iter_mut().find(|it| it.id == *step)
            {
                step.expected = Some(*elapsed);
            }
        }
        let critical: Duration = plan.groups().filter_map(Plan::longest_way).sum();
        let makespan = age(entries.last().expect("it ended").at, entries[0].at);
        assert!(makespan.as_secs_f64() <= critical.as_secs_f64() * 1.05 + 5.0, "{name} {makespan:?} {critical:?}");
    }
}

#[tokio::test]
async fn no_call_is_sent_that_still_holds_a_late_value() {
    let account = Account::new("empty-account", "ecommerce");
    is_made(&account).await;
    for entry in account.entries() {
        if let RunEvent::CallStarted { call, .. } = &entry.event {
            assert!(call.is_settled(), "{call:?}");
            if let Call::CreateChangeSet { inputs, .. } = &**call {
                assert!(inputs.iter().all(|input| input.value.literal().is_some()), "{inputs:?}");
            }
        }
    }
}
