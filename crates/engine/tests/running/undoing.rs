//! What giving a run up is said to take back is what it takes back.

use std::collections::BTreeSet;

use lifeboat_engine::run::Order;
use lifeboat_model::run::{Entry, RunEvent, RunOutcome, RunState};
use lifeboat_model::topology::Blueprint;

use crate::ends::outcome;
use crate::world::{World, approving, told};

/// The steps of a run that are over, one after the other, as a run that nobody disturbs ends them.
async fn steps_of(blueprint: Blueprint, scenario: &str, runbook: &str) -> Vec<String> {
    let world = World::new(scenario, 1, blueprint);
    let plan = world.plan(runbook).await;
    world.run_with(plan, approving(|_| None)).await.expect("it runs");
    let ended = |event| match event {
        RunEvent::StepEnded { step, .. } => Some(step.to_string()),
        _ => None,
    };
    world.events().into_iter().filter_map(ended).collect()
}

#[tokio::test]
async fn what_is_said_to_be_undone_is_undone_and_what_is_said_to_stay_stays() {
    let mut undone_at_all = 0;
    let mut stayed_at_all = 0;
    for (blueprint, scenario, runbook) in
        [(Blueprint::PaymentsAurora, "calm", "switchover"), (Blueprint::PaymentsAurora, "region-loss", "failover")]
    {
        for last in steps_of(blueprint, scenario, runbook).await {
            let world = World::new(scenario, 1, blueprint);
            let plan = world.plan(runbook).await;
            let mut given_up = false;
            let person = |entry: &Entry| match &entry.event {
                RunEvent::StepEnded { step, .. } if step.as_str() == last && !given_up => {
                    given_up = true;
                    Some(Order::Abort)
                }
                _ => None,
            };
            let state = world.run_with(plan, approving(person)).await.expect("it runs");
            let place = format!("{blueprint} {runbook}, given up after {last}: {}", told(&world.entries()));
            if outcome(&state) != Some(RunOutcome::Aborted) {
                // The last step was over, and so was the run.
                continue;
            }
            let entries = world.entries();
            let begins =
                |entry: &Entry| matches!(entry.event, RunEvent::StepUndoStarted { .. } | RunEvent::RunEnded { .. });
            let before = entries.iter().take_while(|entry| !begins(entry)).cloned().collect::<Vec<_>>();
            let forecast = RunState::of(&before).expect("it is a run").undo();
            let title = |id: &_| state.plan.step(id).map(|step| step.title.clone()).expect("it is a step");
            let undone: BTreeSet<String> = entries
                .iter()
                .filter_map(|entry| match &entry.event {
                    RunEvent::UndoCallStarted { step, .. } => Some(title(step)),
                    _ => None,
                })
                .collect();
            let said: BTreeSet<String> = forecast.back.iter().map(|(title, _)| title.clone()).collect();
            assert_eq!(undone, said, "{place}");
            let Some(RunEvent::RunEnded { reason: Some(reason), .. }) = entries.last().map(|entry| &entry.event) else {
                panic!("{place}")
            };
            for (title, _) in &forecast.stays {
                assert!(reason.contains(&format!("{title}: ")), "{title} in {reason}: {place}");
            }
            if forecast.stays.is_empty() {
                assert!(reason.contains("everything that was done is taken back"), "{reason}: {place}");
            }
            undone_at_all += said.len();
            stayed_at_all += forecast.stays.len();
        }
    }
    assert!(undone_at_all > 0 && stayed_at_all > 0, "nothing was compared");
}
