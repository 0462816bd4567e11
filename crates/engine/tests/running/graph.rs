//! Steps of one group that wait for one another: each begins as soon as those it names are over, what fails holds up
//! only what needs it, and a process that dies anywhere leaves what another goes on with.

use std::time::Duration;

use lifeboat_engine::journal::Dies;
use lifeboat_engine::run::{Order, RunError};
use lifeboat_model::plan::{Condition, Plan, Reversible, Step, StepId};
use lifeboat_model::run::{Answer, RunEvent, RunOutcome, RunState, StepStatus};
use lifeboat_model::runbook::StepKind;
use lifeboat_model::time::{Timestamp, age};
use lifeboat_model::topology::Blueprint;

use crate::ends::outcome;
use crate::world::{World, reply, told};

fn waiting(id: &str, seconds: u64, after: &[&str]) -> Step {
    let length = Duration::from_secs(seconds);
    Step {
        id: StepId::new(id),
        kind: StepKind::WaitFor,
        title: id.to_owned(),
        group: 1,
        after: after.iter().map(|id| StepId::new(*id)).collect(),
        calls: Vec::new(),
        verify: vec![Condition::Elapsed { length }],
        repeats: None,
        guards: Vec::new(),
        temporary: false,
        reversible: Reversible::NothingToUndo,
        expected: Some(length),
        expected_basis: "stated".to_owned(),
        timeout: Duration::from_mins(10),
        optional: false,
        inject: false,
    }
}

fn failing(id: &str, after: &[&str]) -> Step {
    // No alarms are named in its configuration, so that their silence would prove nothing.
    Step { verify: vec![Condition::AlarmsQuiet { region: "us-east-1".into() }], ..waiting(id, 5, after) }
}

fn world() -> World {
    let mut world = World::new("calm", 1, Blueprint::Serverless).without_canary();
    let mut deployment = (*world.deployment).clone();
    deployment.alarms = lifeboat_model::topology::AlarmSelection::default();
    world.deployment = std::sync::Arc::new(deployment);
    world
}

async fn plan(world: &World, steps: Vec<Step>) -> Plan {
    Plan { steps, ..world.plan("switchover").await }
}

fn diamond() -> Vec<Step> {
    vec![
        waiting("short", 10, &[]),
        waiting("long", 60, &[]),
        waiting("after-short", 20, &["short"]),
        waiting("after-both", 10, &["long", "after-short"]),
    ]
}

fn began(world: &World, id: &str) -> Timestamp {
    let is_it = |event: &RunEvent| matches!(event, RunEvent::StepStarted { step, .. } if step.as_str() == id);
    let entries = world.entries();
    entries.iter().find(|entry| is_it(&entry.event)).unwrap_or_else(|| panic!("{id}\n{}", told(&entries))).at
}

fn has_begun(state: &RunState, id: &str) -> bool {
    state.status(&StepId::new(id)) != StepStatus::Pending
}

#[tokio::test]
async fn a_step_begins_as_soon_as_those_it_waits_for_are_over() {
    let world = world();
    let plan = plan(&world, diamond()).await;
    assert_eq!(Plan::longest_way(&plan.steps), Some(Duration::from_secs(70)));
    let state = world.run(plan).await.expect("it runs");
    assert_eq!(outcome(&state), Some(RunOutcome::Completed), "{}", told(&world.entries()));
    assert_eq!(began(&world, "short"), began(&world, "long"));
    let since = |id: &str| age(began(&world, id), began(&world, "short")).as_secs();
    assert_eq!((since("after-short"), since("after-both")), (10, 60), "{}", told(&world.entries()));
}

#[tokio::test]
async fn what_fails_holds_up_only_what_needs_it() {
    let world = world();
    let steps = vec![
        failing("broken", &[]),
        waiting("needs-it", 5, &["broken"]),
        waiting("needs-that", 5, &["needs-it"]),
        waiting("other", 30, &[]),
        waiting("after-other", 5, &["other"]),
    ];
    let plan = plan(&world, steps).await;
    let state = world.run(plan).await.expect("it runs");
    let entries = told(&world.entries());
    assert_eq!(outcome(&state), Some(RunOutcome::Stopped), "{entries}");
    assert_eq!(state.status(&StepId::new("after-other")), StepStatus::Done, "{entries}");
    assert!(!has_begun(&state, "needs-it") && !has_begun(&state, "needs-that"), "{entries}");
}

#[tokio::test]
async fn what_is_skipped_is_over_and_what_waits_for_it_begins() {
    let world = world();
    let plan = plan(&world, vec![failing("broken", &[]), waiting("needs-it", 5, &["broken"])]).await;
    let state = world
        .run_with(plan, |entry| reply(entry, Answer::Skip { reason: "it is known to be so".to_owned() }))
        .await
        .expect("it runs");
    let entries = told(&world.entries());
    assert_eq!(outcome(&state), Some(RunOutcome::Completed), "{entries}");
    assert_eq!(state.status(&StepId::new("needs-it")), StepStatus::Done, "{entries}");
}

#[tokio::test]
async fn an_order_to_abort_is_heard_by_what_only_waits_its_turn() {
    let world = world();
    let plan = plan(&world, vec![waiting("long", 600, &[]), waiting("after", 5, &["long"])]).await;
    let state = world
        .run_with(plan, |entry| matches!(entry.event, RunEvent::StepStarted { .. }).then_some(Order::Abort))
        .await
        .expect("it runs");
    let entries = told(&world.entries());
    assert_eq!(outcome(&state), Some(RunOutcome::Aborted), "{entries}");
    assert!(!has_begun(&state, "after"), "{entries}");
}

#[tokio::test]
async fn a_pause_lets_what_is_begun_end_and_nothing_else_begin() {
    let world = world();
    let plan = plan(&world, diamond()).await;
    let state = world
        .run_with(plan, |entry| match &entry.event {
            RunEvent::StepStarted { step, .. } if step.as_str() == "short" => Some(Order::Pause),
            RunEvent::StepEnded { step, .. } if step.as_str() == "long" => Some(Order::Resume),
            _ => None,
        })
        .await
        .expect("it runs");
    let entries = told(&world.entries());
    assert_eq!(outcome(&state), Some(RunOutcome::Completed), "{entries}");
    let since = age(began(&world, "after-short"), began(&world, "short"));
    assert_eq!(since.as_secs(), 60, "{entries}");
}

#[tokio::test]
async fn steps_that_wait_for_one_another_are_never_begun() {
    let world = world();
    let steps = vec![waiting("one", 5, &["other"]), waiting("other", 5, &["one"]), waiting("free", 5, &[])];
    let plan = plan(&world, steps).await;
    let state = world.run(plan).await.expect("it runs");
    let entries = told(&world.entries());
    assert_eq!(outcome(&state), Some(RunOutcome::Stopped), "{entries}");
    assert_eq!(state.status(&StepId::new("free")), StepStatus::Done, "{entries}");
    assert!(!has_begun(&state, "one") && !has_begun(&state, "other"), "{entries}");
}

#[tokio::test]
async fn a_run_that_dies_at_any_entry_is_gone_on_with_in_the_same_order() {
    let whole = world();
    let steps = plan(&whole, diamond()).await;
    whole.run(steps).await.expect("it runs");
    for at in 3..=whole.entries().len() as u64 {
        let world = world();
        let plan = plan(&world, diamond()).await;
        world.journal.dies_at(at, Dies::AfterDurable);
        let died = world.run(plan).await;
        assert!(matches!(died, Err(RunError::Journal(_))), "{died:?}");
        world.journal.revive();
        match world.resume(&world.only_run()).await {
            Ok(state) => assert_eq!(outcome(&state), Some(RunOutcome::Completed), "{at}\n{}", told(&world.entries())),
            Err(RunError::Over { outcome, .. }) => assert_eq!(outcome, RunOutcome::Completed),
            Err(RunError::Refused(_)) => continue,
            Err(error) => panic!("{at}: {error}\n{}", told(&world.entries())),
        }
        assert!(began(&world, "after-short") > began(&world, "short"), "{at}");
        assert!(began(&world, "after-both") > began(&world, "after-short"), "{at}");
    }
}

#[tokio::test]
async fn the_same_plan_in_the_same_world_is_told_the_same() {
    let mut tales = Vec::new();
    for _ in 0..2 {
        let world = world();
        let plan = plan(&world, diamond()).await;
        world.run(plan).await.expect("it runs");
        tales.push(told(&world.entries()));
    }
    assert_eq!(tales[0], tales[1]);
}
