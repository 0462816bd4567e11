//! Runs on the simulator, told.

use lifeboat_engine::journal::{Journal, approve, history};
use lifeboat_engine::report::{CannotReport, Chain, Report, html, markdown};
use lifeboat_model::assessment::StoreKind;
use lifeboat_model::port::Observe;
use lifeboat_model::run::{RunId, RunOutcome};
use lifeboat_model::topology::Blueprint;

use crate::told::{golden, lines_that_are_too_long};
use crate::world::{World, operator};

fn only_run(world: &World) -> RunId {
    world.journal.runs(None).unwrap().remove(0).id
}

#[tokio::test]
async fn a_switchover_from_the_plan_to_the_last_canary() {
    let world = World::new("calm", 1, Blueprint::PaymentsAurora);
    let plan = world.plan("switchover").await;
    let clock = world.cloud.clock();
    approve(&*world.journal, &plan.deployment, &operator("bea"), &plan.hash(), clock.now()).unwrap();
    let objectives = plan.objectives.clone();
    world.carry_out(plan).await.unwrap();
    let report = Report::of_run(&*world.journal, &only_run(&world)).unwrap();
    let text = markdown(&report);
    assert_eq!(lines_that_are_too_long(&text), [""; 0]);
    assert_eq!(report.ending.outcome, Some(RunOutcome::Completed), "{text}");
    assert_eq!(report.approvals.len(), 2, "{text}");
    assert_eq!(report.rto.objective, objectives.rto);
    assert!(report.rto.measured.is_some() && report.rto.truth.is_some(), "{text}");
    assert!(report.rpo[&StoreKind::Aurora].truth.is_some(), "{text}");
    assert!(matches!(report.evidence.chain, Chain::Whole { .. }));
    assert!(html(&report).contains("</html>"));
    golden("switchover", &text);

    // What it tells the next forecast.
    let known = history(&*world.journal, &world.deployment.name, &world.cloud.reality()).unwrap();
    assert_eq!(known.last_rehearsed, Some(report.last_at));
    assert_eq!(known.promotions.len(), 1);
}

#[tokio::test]
async fn a_failover_out_of_a_lost_region_tells_who_went_on_against_what() {
    let world = World::new("region-loss", 1, Blueprint::PaymentsAurora);
    let plan = world.plan("failover").await;
    world.carry_out(plan).await.unwrap();
    let report = Report::of_run(&*world.journal, &only_run(&world)).unwrap();
    let text = markdown(&report);
    assert!(report.canaries.failed > 0 && report.canaries.first_failed.is_some(), "{text}");
    assert!(report.overrides.iter().any(|it| it.reason == "to be told"), "{text}");
    assert!(text.contains("Overridden:"), "{text}");
    let promotion = report.steps.iter().find(|step| step.kind.promotes()).unwrap();
    assert_eq!(promotion.calls.len(), 1, "{text}");
    assert!(text.contains("aws rds failover-global-cluster"), "{text}");
}

#[tokio::test]
async fn every_architecture_and_runbook_is_told_within_the_columns() {
    for blueprint in Blueprint::ALL {
        for (scenario, runbook) in [("calm", "switchover"), ("region-loss", "failover")] {
            let world = World::new(scenario, 3, blueprint);
            let plan = world.plan(runbook).await;
            let ended = world.carry_out(plan).await;
            let Some(run) = world.journal.runs(None).unwrap().first().map(|head| head.id.clone()) else {
                panic!("{blueprint} {runbook} did not begin: {ended:?}");
            };
            let report = Report::of_run(&*world.journal, &run).unwrap();
            assert_eq!(report.evidence.contradiction, None, "{blueprint} {runbook}");
            assert_eq!(lines_that_are_too_long(&markdown(&report)), [""; 0], "{blueprint} {runbook}");
        }
    }
}

#[tokio::test]
async fn a_run_that_is_not_there_has_no_report() {
    let world = World::new("calm", 1, Blueprint::Ecommerce);
    let error = Report::of_run(&*world.journal, &RunId::new("nobody's")).unwrap_err();
    assert!(matches!(error, CannotReport::NoReport(_)), "{error}");
}
