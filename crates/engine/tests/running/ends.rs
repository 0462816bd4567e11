//! Every architecture, led to its other region and seen to be there.

use std::time::Duration;

use lifeboat_engine::run::Order;
use lifeboat_model::plan::Condition;
use lifeboat_model::run::{Answer, Entry, Measured, RunEvent, RunOutcome, RunState, TrueLoss};
use lifeboat_model::runbook::StepKind;
use lifeboat_model::topology::Blueprint;

use crate::world::{World, only_fence, reply, told};

pub(crate) fn outcome(state: &RunState) -> Option<RunOutcome> {
    state.ended.map(|(outcome, _)| outcome)
}

pub(crate) fn end(world: &World) -> (Measured, TrueLoss) {
    match world.events().pop() {
        Some(RunEvent::RunEnded { measured, truth: Some(truth), .. }) => (measured, truth),
        other => panic!("{other:?}"),
    }
}

/// Where nothing can be fenced, clients go on writing and there is always something on its way.
fn skips_a_backlog(entry: &Entry) -> Option<Order> {
    match &entry.event {
        RunEvent::Question { step, .. } if step.as_str().starts_with("backlog") => {
            let answer = Answer::Skip { reason: "clients go on writing until traffic moves".to_owned() };
            reply(entry, answer)
        }
        _ => None,
    }
}

async fn completes(scenario: &str, runbook: &str, blueprint: Blueprint) -> World {
    let world = World::new(scenario, 1, blueprint);
    let plan = world.plan(runbook).await;
    let ended = world.run_with(plan, skips_a_backlog).await;
    let entries = world.entries();
    let state = ended.unwrap_or_else(|error| panic!("{blueprint}: {error}\n{}", told(&entries)));
    assert_eq!(outcome(&state), Some(RunOutcome::Completed), "{blueprint}\n{}", told(&entries));
    assert!(state.ledger.is_empty(), "{blueprint}");
    for step in &state.plan.steps {
        assert!(step.kind != StepKind::Canary || state.status(&step.id) == lifeboat_model::run::StepStatus::Done);
    }
    world
}

/// What clients met is known to one interval.
fn agrees(world: &World, blueprint: Blueprint) {
    let (measured, truth) = end(world);
    let interval = world.deployment.canary.as_ref().expect("it has one").interval;
    let rto = measured.rto.expect("it was measured");
    assert!(rto.abs_diff(truth.rto) <= interval + Duration::from_secs(1), "{blueprint} {measured:?} {truth:?}");
}

#[tokio::test]
async fn a_switchover_completes_without_loss_on_every_architecture() {
    for blueprint in Blueprint::ALL {
        let world = completes("calm", "switchover", blueprint).await;
        agrees(&world, blueprint);
        let (measured, truth) = end(&world);
        assert!(truth.rpo.values().all(Duration::is_zero), "{blueprint} {truth:?}");
        assert!(measured.rpo.values().all(|rpo| *rpo == Some(Duration::ZERO)), "{blueprint} {measured:?}");
        assert_eq!(world.watchful.promotions().len(), usize::from(world.deployment.global_cluster.is_some()));
    }
}

#[tokio::test]
async fn a_failover_out_of_a_lost_region_completes_on_every_architecture() {
    for blueprint in Blueprint::ALL {
        let world = completes("region-loss", "failover", blueprint).await;
        agrees(&world, blueprint);
        assert_eq!(world.watchful.promotions().len(), usize::from(world.deployment.global_cluster.is_some()));
    }
}

/// Steps of this kind fail, and a person skips them.
async fn skips(kind: StepKind) -> (World, RunState) {
    let world = World::new("calm", 1, Blueprint::Serverless);
    let mut plan = world.plan("switchover").await;
    for step in plan.steps.iter_mut().filter(|step| step.kind == kind) {
        step.timeout = Duration::from_secs(1);
        step.verify.push(Condition::Elapsed { length: Duration::from_hours(1) });
    }
    let state = world
        .run_with(plan, |entry| match &entry.event {
            RunEvent::Question { .. } => {
                let answer = Answer::Skip { reason: "it cannot be waited for".to_owned() };
                reply(entry, answer)
            }
            _ => None,
        })
        .await
        .expect("it runs");
    (world, state)
}

fn reason(world: &World) -> Option<String> {
    match world.events().pop() {
        Some(RunEvent::RunEnded { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_run_whose_proof_was_skipped_has_failed() {
    let (world, state) = skips(StepKind::Canary).await;
    let entries = told(&world.entries());
    assert_eq!(outcome(&state), Some(RunOutcome::Failed), "{entries}");
    assert!(reason(&world).expect("it is said").contains("Prove by a write"), "{entries}");
    assert!(state.ledger.is_empty(), "{entries}");
}

#[tokio::test]
async fn what_else_was_skipped_is_named_at_the_end() {
    let (world, state) = skips(StepKind::S3ReverseReplication).await;
    let entries = told(&world.entries());
    assert_eq!(outcome(&state), Some(RunOutcome::Completed), "{entries}");
    assert!(reason(&world).expect("it is said").contains("skipped: Copy new objects"), "{entries}");
}

#[tokio::test]
async fn a_run_after_which_clients_are_not_served_has_failed() {
    let world = World::new("calm", 1, Blueprint::Serverless);
    let mut plan = world.plan("switchover").await;
    // Clients stay where functions are fenced, and nothing of the plan asks whether they are served.
    only_fence(&mut plan);
    let state = world.run(plan).await.expect("it runs");
    let entries = told(&world.entries());
    assert_eq!(outcome(&state), Some(RunOutcome::Failed), "{entries}");
    assert!(reason(&world).expect("it is said").contains("no client was seen to be served"), "{entries}");
}

#[tokio::test]
async fn the_same_world_and_plan_give_the_same_run_entry_for_entry() {
    let mut told_of = Vec::new();
    for _ in 0..2 {
        let world = World::new("calm", 3, Blueprint::PaymentsAurora);
        let plan = world.plan("switchover").await;
        world.run(plan).await.expect("it runs");
        told_of.push(world.entries());
    }
    assert_eq!(told_of[0], told_of[1]);
}
