//! What earlier runs measured is what the next is expected to take, and nothing else of a plan follows from it.

use lifeboat_engine::planner::unplanned;
use lifeboat_model::assessment::{RunHistory, StepHistory};
use lifeboat_model::plan::{Condition, Plan, Step};
use lifeboat_model::run::StepStatus;
use lifeboat_model::runbook::{Mode, StepKind};
use lifeboat_model::time::Duration;
use lifeboat_model::topology::Blueprint;

use super::worlds::{World, runbook};

/// Every step of the plan took so many seconds before.
fn history(plan: &Plan, seconds: &[u64]) -> RunHistory {
    let lengths: Vec<Duration> = seconds.iter().map(|length| Duration::from_secs(*length)).collect();
    let of = |step: &Step| StepHistory { mode: plan.mode, step: step.clone(), lengths: lengths.clone() };
    RunHistory { steps: plan.steps.iter().map(of).collect(), ..RunHistory::default() }
}

fn waits_a_certain_time(step: &Step) -> bool {
    step.verify.iter().any(|condition| matches!(condition, Condition::Elapsed { .. }))
}

#[tokio::test]
async fn a_step_is_expected_to_take_what_it_took_and_does_what_it_would_have_done() {
    let mut measured = 0;
    for blueprint in Blueprint::ALL {
        for name in ["switchover", "failover", "drill"] {
            let mut look = World::calm().look(blueprint).await;
            let before = look.plan(name).unwrap();
            look.history = history(&before, &[300, 420, 360]);
            let after = look.plan(name).unwrap();
            assert_eq!(after.hash(), before.hash(), "{blueprint} {name}: what was read stays the same plan");
            assert_eq!(after, look.plan(name).unwrap(), "{blueprint} {name}");
            for (old, new) in before.steps.iter().zip(&after.steps) {
                let place = format!("{blueprint} {name} {}", old.id);
                assert!(old.does_as(new), "{place}");
                assert_eq!((&old.verify, old.timeout), (&new.verify, new.timeout), "{place}");
                if old.kind == StepKind::Approval || old.kind.promotes() || waits_a_certain_time(old) {
                    assert_eq!((old.expected, &old.expected_basis), (new.expected, &new.expected_basis), "{place}");
                } else {
                    assert_eq!(new.expected, Some(Duration::from_mins(6)), "{place}");
                    assert_eq!(new.expected_basis, "middle of 3 earlier runs: 5, 6, 7 min", "{place}");
                    measured += 1;
                }
            }
            let groups = after.groups().map(Plan::longest_way);
            assert_eq!(after.predicted.length, groups.sum::<Option<Duration>>(), "{blueprint} {name}");
            assert!(after.predicted.length > before.predicted.length, "{blueprint} {name}");
        }
    }
    assert!(measured > 0, "nothing was measured");
}

#[tokio::test]
async fn a_drain_waits_what_the_live_latency_says_however_long_it_took_before() {
    let mut look = World::calm().look(Blueprint::Serverless).await;
    let before = look.plan("switchover").unwrap();
    look.history = history(&before, &[1]);
    let after = look.plan("switchover").unwrap();
    let drains = |plan: &Plan| -> Vec<Step> {
        plan.steps.iter().filter(|step| step.kind == StepKind::DynamodbDrain).cloned().collect()
    };
    assert!(!drains(&before).is_empty());
    assert_eq!(drains(&before), drains(&after));
}

#[tokio::test]
async fn less_that_waited_before_says_nothing_against_what_waits_now() {
    let mut seen = 0;
    for blueprint in Blueprint::ALL {
        let mut look = World::calm().look(blueprint).await;
        let before = look.plan("switchover").unwrap();
        look.history = history(&before, &[2, 3]);
        let after = look.plan("switchover").unwrap();
        for step in after.steps.iter().filter(|step| step.kind == StepKind::S3Backlog) {
            assert_eq!(step.expected, before.step(&step.id).and_then(|step| step.expected), "{blueprint}");
            assert!(step.expected_basis.ends_with("; the longer of 2 earlier runs: 2, 3 s"), "{}", step.expected_basis);
            seen += 1;
        }
    }
    assert!(seen > 0, "nothing waits for a backlog");
}

#[tokio::test]
async fn what_another_mode_took_is_not_expected_of_this_one() {
    let mut look = World::calm().look(Blueprint::PaymentsAurora).await;
    let before = look.plan("failover").unwrap();
    let mut of_planned = history(&before, &[9]);
    of_planned.steps.iter_mut().for_each(|step| step.mode = Mode::Planned);
    look.history = of_planned;
    assert_eq!(look.plan("failover").unwrap(), before);
}

#[tokio::test]
async fn a_run_that_goes_on_unplanned_expects_what_failovers_took() {
    let running = World::calm().look(Blueprint::PaymentsAurora).await.plan("switchover").unwrap();
    let mut look = World::home_lost(Duration::from_mins(4)).look(Blueprint::PaymentsAurora).await;
    let statuses = running.steps.iter().map(|step| (step.id.clone(), StepStatus::Pending)).collect();
    let written = runbook("switchover");
    let before = unplanned(&running, &statuses, Some(&written), &look.known()).unwrap();
    look.history = history(&before, &[77]);
    let after = unplanned(&running, &statuses, Some(&written), &look.known()).unwrap();
    let measured = after.steps.iter().filter(|step| step.expected_basis == "77 s in the one earlier run");
    let lengths: Vec<Option<Duration>> = measured.map(|step| step.expected).collect();
    assert!(
        !lengths.is_empty() && lengths.iter().all(|length| *length == Some(Duration::from_secs(77))),
        "{lengths:?}"
    );
    // What a promotion takes is told by the forecast beside it.
    let promotion = |plan: &Plan| plan.steps.iter().find(|step| step.kind == StepKind::AuroraFailover).cloned();
    assert_eq!(promotion(&after), promotion(&before));
    assert_eq!(after.hash(), before.hash());
}

#[tokio::test]
async fn what_a_step_took_that_did_something_else_is_not_expected_of_it() {
    let mut look = World::calm().look(Blueprint::PaymentsAurora).await;
    let before = look.plan("switchover").unwrap();
    // Of the same names, with nothing to send: as where what is to be started is there already.
    let mut of_another = history(&before, &[9]);
    of_another.steps.retain(|known| !known.step.calls.is_empty());
    assert!(!of_another.steps.is_empty());
    of_another.steps.iter_mut().for_each(|known| known.step.calls.clear());
    look.history = of_another;
    assert_eq!(look.plan("switchover").unwrap(), before);
}
