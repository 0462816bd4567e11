//! From planned to unplanned in the middle of a run.

use std::collections::BTreeMap;

use lifeboat_engine::planner::unplanned;
use lifeboat_model::call::Call;
use lifeboat_model::guard::GuardName;
use lifeboat_model::plan::{Plan, StepId};
use lifeboat_model::run::StepStatus;
use lifeboat_model::runbook::{Mode, StepKind};
use lifeboat_model::time::Duration;
use lifeboat_model::topology::Blueprint;

use super::worlds::World;

/// The first `done` steps are done, the next one has begun.
fn statuses(plan: &Plan, done: usize) -> BTreeMap<StepId, StepStatus> {
    let status = |place: usize| match place.cmp(&done) {
        std::cmp::Ordering::Less => StepStatus::Done,
        std::cmp::Ordering::Equal => StepStatus::Begun,
        std::cmp::Ordering::Greater => StepStatus::Pending,
    };
    plan.steps.iter().enumerate().map(|(place, step)| (step.id.clone(), status(place))).collect()
}

#[tokio::test]
async fn whenever_it_happens_what_is_done_stays_and_what_is_left_asks_nothing_of_the_lost_region() {
    let calm = World::calm();
    let lost = World::home_lost(Duration::from_mins(4));
    for blueprint in Blueprint::ALL {
        for runbook in ["switchover", "drill"] {
            let running = calm.look(blueprint).await.plan(runbook).unwrap();
            let look = lost.look(blueprint).await;
            for done in 0..=running.steps.len() {
                let statuses = statuses(&running, done);
                let plan = unplanned(&running, &statuses, &look.known()).unwrap();
                assert_eq!((plan.mode, &plan.from, &plan.to), (Mode::Unplanned, &running.from, &running.to));
                for (place, step) in running.steps.iter().enumerate().take(done) {
                    assert_eq!(
                        plan.step(&step.id).map(|it| &it.calls),
                        Some(&step.calls),
                        "{blueprint} {done} {place}"
                    );
                }
                for step in plan.steps.iter().filter(|step| statuses.get(&step.id) != Some(&StepStatus::Done)) {
                    assert_ne!(statuses.get(&step.id), Some(&StepStatus::Begun), "{blueprint} {done}: {}", step.id);
                    for call in &step.calls {
                        assert_ne!(call.endpoint_region(), plan.from, "{blueprint} {done}: {}", step.id);
                    }
                }
                assert!(
                    plan.steps.last().is_some_and(|step| step.kind == StepKind::RestoreLedger),
                    "{blueprint} {done}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_switchover_that_hangs_becomes_a_failover_whose_loss_is_approved() {
    let running = World::calm().look(Blueprint::PaymentsAurora).await.plan("switchover").unwrap();
    let place = running.steps.iter().position(|step| step.kind.promotes()).unwrap();
    let look = World::home_lost(Duration::from_mins(4)).look(Blueprint::PaymentsAurora).await;
    let plan = unplanned(&running, &statuses(&running, place), &look.known()).unwrap();
    let kinds: Vec<StepKind> = plan.steps.iter().skip(place).map(|step| step.kind).collect();
    assert_eq!(kinds[..2], [StepKind::Approval, StepKind::AuroraFailover], "{kinds:?}");
    assert!(matches!(plan.steps[place + 1].calls[..], [Call::FailoverGlobalCluster { .. }]));
    assert_ne!(plan.steps[place + 1].id, running.steps[place].id, "what began keeps its own name");
    assert!(plan.steps.iter().all(|step| running.step(&step.id).is_none_or(|held| held.kind == step.kind)));
}

#[tokio::test]
async fn once_the_writer_is_where_it_is_to_go_no_plan_is_held_up_by_who_writes() {
    let world = World::lost_later("home");
    let running = world.look(Blueprint::PaymentsAurora).await.plan("switchover").unwrap();
    let place = running.steps.iter().position(|step| step.kind.promotes()).unwrap();
    let before = world.look(Blueprint::PaymentsAurora).await;
    let open = unplanned(&running, &statuses(&running, place), &before.known()).unwrap();
    assert!(open.guards.contains(&GuardName::Writer), "what is to be promoted is compared: {:?}", open.guards);
    // The promotion alone is carried out; then traffic is still to be moved.
    let promoted = Plan { steps: running.steps[..=place].to_vec(), ..running.clone() };
    assert_eq!(world.carry_out(&promoted).await, [""; 0]);
    let look = world.look(Blueprint::PaymentsAurora).await;
    world.advance_to(Duration::from_mins(125));
    let look = world.look_again(look).await;
    let plan = unplanned(&running, &statuses(&running, place + 1), &look.known()).unwrap();
    assert_eq!(plan.writer.and_then(|writer| writer.region()), Some(plan.to));
    assert!(!plan.guards.contains(&GuardName::Writer), "{:?}", plan.guards);
    let afresh = look.plan("failover").unwrap();
    assert_eq!(afresh.from, running.from);
    assert!(afresh.steps.iter().all(|step| !step.kind.promotes()));
    assert!(!afresh.guards.contains(&GuardName::Writer), "{:?}", afresh.guards);
}
