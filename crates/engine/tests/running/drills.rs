//! A rehearsal that injected nothing, or whose injection nobody felt, proves nothing and says so.

use std::time::Duration;

use lifeboat_model::run::{RunEvent, RunOutcome};
use lifeboat_model::runbook::StepKind;
use lifeboat_model::topology::Blueprint;

use crate::ends::{end, outcome};
use crate::world::{World, told};

#[tokio::test]
async fn a_drill_injects_a_fault_that_clients_feel_and_measures_it() {
    let world = World::new("calm", 1, Blueprint::PaymentsAurora);
    let plan = world.plan("drill").await;
    assert!(plan.drill);
    assert!(plan.steps.iter().any(|step| step.inject), "{plan:?}");
    let state = world.run(plan).await.expect("it runs");
    let entries = told(&world.entries());
    assert_eq!(outcome(&state), Some(RunOutcome::Completed), "{entries}");
    let (measured, truth) = end(&world);
    assert!(measured.canaries_failed > 0);
    assert!(
        measured.rto.expect("it was measured").abs_diff(truth.rto) <= Duration::from_secs(6),
        "{measured:?} {truth:?}"
    );
    assert!(measured.phases.verification.is_some() && measured.phases.execution.is_some(), "{measured:?}");
}

#[tokio::test]
async fn a_drill_that_injected_nothing_has_failed() {
    let world = World::new("calm", 1, Blueprint::PaymentsAurora);
    let mut plan = world.plan("drill").await;
    for step in &mut plan.steps {
        step.inject = false;
    }
    let state = world.run(plan).await.expect("it runs");
    let entries = told(&world.entries());
    assert_eq!(outcome(&state), Some(RunOutcome::Failed), "{entries}");
    assert!(state.ledger.is_empty(), "{entries}");
    let Some(RunEvent::RunEnded { reason: Some(reason), .. }) = world.events().pop() else { panic!("{entries}") };
    assert!(reason.contains("injected nothing"), "{reason}");
}

#[tokio::test]
async fn a_drill_whose_fault_nobody_felt_has_failed() {
    let world = World::new("calm", 1, Blueprint::PaymentsServerless).without_canary();
    let mut plan = world.plan("drill").await;
    // The injection is a notice: nobody is harmed by it.
    for step in &mut plan.steps {
        step.inject = step.id.as_str().starts_with("notice");
        step.optional = true;
        step.timeout = step.timeout.min(Duration::from_mins(2));
    }
    let state = world.run(plan).await.expect("it runs");
    let entries = told(&world.entries());
    assert_eq!(outcome(&state), Some(RunOutcome::Failed), "{entries}");
    let Some(RunEvent::RunEnded { reason: Some(reason), .. }) = world.events().pop() else { panic!("{entries}") };
    assert!(reason.contains("no effect"), "{reason}");
}

#[tokio::test]
async fn what_clients_felt_before_the_injection_proves_no_drill() {
    let world = World::new("calm", 1, Blueprint::Serverless);
    let mut plan = world.plan("drill").await;
    // Clients feel the fence; what is said to be injected is the proof that they are served again.
    for step in &mut plan.steps {
        step.inject = step.kind == StepKind::Canary;
    }
    let state = world.run(plan).await.expect("it runs");
    let entries = told(&world.entries());
    let (measured, _) = end(&world);
    assert!(measured.canaries_failed > 0, "{entries}");
    assert_eq!(outcome(&state), Some(RunOutcome::Failed), "{entries}");
    let Some(RunEvent::RunEnded { reason: Some(reason), .. }) = world.events().pop() else { panic!("{entries}") };
    assert!(reason.contains("no effect"), "{reason}");
}
