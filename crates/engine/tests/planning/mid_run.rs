//! From planned to unplanned in the middle of a run.

use std::collections::BTreeMap;

use lifeboat_engine::planner::{Intent, plan, unplanned};
use lifeboat_model::call::Call;
use lifeboat_model::guard::GuardName;
use lifeboat_model::plan::{Plan, Step, StepId};
use lifeboat_model::run::StepStatus;
use lifeboat_model::runbook::{Mode, StepKind};
use lifeboat_model::time::Duration;
use lifeboat_model::topology::Blueprint;

use super::worlds::{World, runbook as built_in};

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
                let plan =
                    unplanned(&running, &statuses, Some(&built_in(running.runbook.as_str())), &look.known()).unwrap();
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
    let plan =
        unplanned(&running, &statuses(&running, place), Some(&built_in(running.runbook.as_str())), &look.known())
            .unwrap();
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
    let open =
        unplanned(&running, &statuses(&running, place), Some(&built_in(running.runbook.as_str())), &before.known())
            .unwrap();
    assert!(open.guards.contains(&GuardName::Writer), "what is to be promoted is compared: {:?}", open.guards);
    assert!(open.guards.contains(&GuardName::Lag), "what would be lost is judged: {:?}", open.guards);
    // The promotion alone is carried out; then traffic is still to be moved.
    let promoted = Plan { steps: running.steps[..=place].to_vec(), ..running.clone() };
    assert_eq!(world.carry_out(&promoted).await, [""; 0]);
    let look = world.look(Blueprint::PaymentsAurora).await;
    // The region has just fallen silent, and names still lead there.
    world.advance_to(Duration::from_secs(7220));
    let early = world.look_again(look).await;
    world.advance_to(Duration::from_mins(125));
    let look = world.look_again(early.clone()).await;
    let plan =
        unplanned(&running, &statuses(&running, place + 1), Some(&built_in(running.runbook.as_str())), &look.known())
            .unwrap();
    assert_eq!(plan.writer.and_then(|writer| writer.region()), Some(plan.to));
    assert!(!plan.guards.contains(&GuardName::Writer), "{:?}", plan.guards);
    assert!(!plan.guards.contains(&GuardName::Lag), "that is decided: {:?}", plan.guards);
    let afresh = early.plan("failover").unwrap();
    assert_eq!(afresh.from, running.from);
    assert!(afresh.steps.iter().all(|step| !step.kind.promotes()));
    assert!(!afresh.guards.contains(&GuardName::Writer), "{:?}", afresh.guards);
    assert!(look.plan("failover").is_err(), "names have followed by themselves: nothing is left to move");
}

/// What somebody wrote into a runbook holds for the plan that takes its place.
#[tokio::test]
async fn steps_are_made_anew_as_their_runbook_has_them() {
    let mut written = built_in("switchover");
    let position = written.steps.iter().position(|spec| spec.kind == StepKind::StartConsumers).unwrap();
    for spec in written.steps.iter_mut().filter(|spec| spec.kind == StepKind::Capacity) {
        spec.timeout = Some(Duration::from_mins(77));
        spec.guards = vec![GuardName::StandbyHealth];
        spec.with.insert("percent".to_owned(), "250".to_owned());
    }
    for spec in written.steps.iter_mut().filter(|spec| spec.kind.promotes()) {
        spec.timeout = Some(Duration::from_mins(33));
        spec.guards = vec![GuardName::BothHealthy, GuardName::StandbyHealth];
    }
    let mut seen = 0;
    for blueprint in Blueprint::ALL {
        let look = World::calm().look(blueprint).await;
        let functions: Vec<_> = look.deployment.functions.iter().map(|it| it.name.to_string()).collect();
        for chosen in functions.into_iter().chain(["no-such-function".to_owned()]) {
            written.steps[position].with.insert("functions".to_owned(), chosen);
            let running = plan(&written, &Intent::default(), &look.known()).unwrap();
            let anew = unplanned(&running, &BTreeMap::new(), Some(&written), &look.known()).unwrap();
            let of = |plan: &Plan, kind: StepKind| -> Vec<Step> {
                plan.steps.iter().filter(|it| it.kind == kind).cloned().map(|it| Step { group: 0, ..it }).collect()
            };
            for kind in [StepKind::Capacity, StepKind::StartConsumers] {
                seen += of(&running, kind).len();
                assert_eq!(of(&anew, kind), of(&running, kind), "{blueprint} {kind}");
            }
            for step in of(&anew, StepKind::AuroraFailover) {
                assert_eq!(step.timeout, Duration::from_mins(33));
                assert_eq!(step.guards, [GuardName::StandbyHealth, GuardName::Writer], "{blueprint}");
            }
        }
    }
    assert!(seen > 0, "nothing was compared");
}

#[tokio::test]
async fn what_was_skipped_is_not_made_again() {
    let mut seen = 0;
    for blueprint in Blueprint::ALL {
        let look = World::calm().look(blueprint).await;
        let mut written = built_in("switchover");
        for spec in written.steps.iter_mut().filter(|spec| spec.kind == StepKind::Capacity) {
            spec.with.insert("percent".to_owned(), "250".to_owned());
        }
        let running = plan(&written, &Intent::default(), &look.known()).unwrap();
        for step in running.steps.iter().filter(|step| step.kind == StepKind::Capacity) {
            seen += 1;
            let skipped = BTreeMap::from([(step.id.clone(), StepStatus::Skipped)]);
            let anew = unplanned(&running, &skipped, Some(&written), &look.known()).unwrap();
            let again = anew.steps.iter().filter(|other| other.calls == step.calls).count();
            assert_eq!(again, 1, "{blueprint} {}", step.id);
        }
    }
    assert!(seen > 0, "nothing was compared");
}
