//! A process that dies at any entry of a run leaves a journal from which another one reaches the same end, and nothing
//! is done twice that may be done once.

use lifeboat_engine::journal::Dies;
use lifeboat_engine::run::RunError;
use lifeboat_model::run::{Entry, RunEvent, RunOutcome};
use lifeboat_model::topology::Blueprint;

use crate::ends::outcome;
use crate::world::{World, told};

async fn dies_everywhere(scenario: &str, runbook: &str, blueprint: Blueprint) {
    let whole = World::new(scenario, 1, blueprint).without_canary();
    let plan = whole.plan(runbook).await;
    let state = whole.run(plan).await.expect("it runs");
    assert_eq!(outcome(&state), Some(RunOutcome::Completed), "{}", told(&whole.entries()));
    let length = whole.entries().len();
    for at in 1..=length {
        // Not to be told of an entry, and not to have written the next one, leave the same journal.
        let when = if at % 2 == 0 { Dies::BeforeDurable } else { Dies::AfterDurable };
        dies_once(scenario, runbook, blueprint, at as u64, when).await;
    }
}

async fn dies_once(scenario: &str, runbook: &str, blueprint: Blueprint, at: u64, when: Dies) {
    let world = World::new(scenario, 1, blueprint).without_canary();
    let plan = world.plan(runbook).await;
    world.journal.dies_at(at, when);
    let died = world.run(plan).await;
    let told_so_far = || format!("died at {at} {when:?}\n{}", told(&world.entries()));
    assert!(matches!(died, Err(RunError::Journal(_))), "{died:?} {}", told_so_far());
    let sent_before = world.watchful.passed().len();
    world.journal.revive();
    let entries = world.entries();
    if entries.is_empty() {
        assert_eq!(sent_before, 0, "nothing was done that nobody knows of");
        return;
    }
    let run = entries[0].run.clone();
    match world.resume(&run).await {
        // Whose approval it was is lost with the process: nothing is done before somebody approves it again.
        Ok(state) if !is_approved(&entries) => {
            assert_eq!(outcome(&state), Some(RunOutcome::Stopped), "{}", told_so_far());
            assert_eq!(world.watchful.passed().len(), 0, "{}", told_so_far());
            return;
        }
        Ok(state) => {
            assert_eq!(outcome(&state), Some(RunOutcome::Completed), "{}", told_so_far());
            assert!(state.ledger.is_empty(), "{}", told_so_far());
        }
        // What was overridden was lost with the process, and nothing was begun.
        Err(RunError::Refused(_)) if sent_before == 0 => {
            let state = world.abort(&run).await.expect("it can be given up");
            assert_eq!(outcome(&state), Some(RunOutcome::Aborted), "{}", told_so_far());
            return;
        }
        // The last entry was durable, and only its writer did not know.
        Err(RunError::Over { outcome, .. }) => assert_eq!(outcome, RunOutcome::Completed, "{}", told_so_far()),
        Err(error) => panic!("{error} {}", told_so_far()),
    }
    let promotions = world.watchful.promotions();
    assert_eq!(
        promotions.len(),
        usize::from(world.deployment.global_cluster.is_some()),
        "{promotions:?} {}",
        told_so_far()
    );
    let to = &world.deployment.regions.partner;
    if world.deployment.global_cluster.is_some() {
        assert_eq!(world.region_of_writer().as_deref(), Some(to.as_str()), "{}", told_so_far());
    }
    assert!(world.journal_is_whole(), "{}", told_so_far());
}

fn is_approved(entries: &[Entry]) -> bool {
    entries.iter().any(|entry| matches!(entry.event, RunEvent::Approved { .. }))
}

#[tokio::test]
async fn a_failover_that_dies_at_any_entry_is_gone_on_with_to_its_end() {
    dies_everywhere("region-loss", "failover", Blueprint::PaymentsAurora).await;
}

#[tokio::test]
async fn a_switchover_that_dies_at_any_entry_is_gone_on_with_to_its_end() {
    dies_everywhere("calm", "switchover", Blueprint::GlobalAccelerator).await;
}
