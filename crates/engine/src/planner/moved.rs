//! Whether an unplanned move is over before it begins: the region that was lost has been left already, by an earlier run or
//! by what leads clients away on its own. Nobody is to be offered a move to where everything is; and of one that came only
//! half way it is said what is missing.

use lifeboat_model::observation::Freshness;
use lifeboat_model::plan::{Plan, Step};
use lifeboat_model::runbook::StepKind;
use lifeboat_model::wording::list;

use super::CannotPlan;
use super::scene::Scene;

/// What is still to be moved to a region that is active already; `Err` where nothing is.
pub(super) fn still_missing(plan: &Plan, scene: &Scene<'_>) -> Result<Option<String>, CannotPlan> {
    let is_active = scene.known.assessment.forecast.from.as_ref() == Some(&scene.to);
    if !is_active || scene.is_planned() || plan.drill {
        return Ok(None);
    }
    let missing: Vec<String> =
        plan.steps.iter().filter(|step| moves(step, scene)).map(|step| step.title.clone()).collect();
    if missing.is_empty() {
        return Err(CannotPlan::AlreadyActive { to: scene.to.clone(), there: what_is_there(scene) });
    }
    Ok(Some(format!("{} is active already; what is still missing there: {}.", scene.to, list(&missing))))
}

/// Whether a step would still change where the application is served.
fn moves(step: &Step, scene: &Scene<'_>) -> bool {
    match step.kind {
        StepKind::MuteAlarms
        | StepKind::Notice
        | StepKind::Approval
        | StepKind::Canary
        | StepKind::WaitFor
        | StepKind::RestoreLedger => false,
        kind if kind.moves_traffic() && step.calls.is_empty() => !names_lead_there(scene),
        kind => kind.promotes() || !step.calls.is_empty(),
    }
}

/// Whether all that was answered just now leads clients to the region that becomes active.
pub(super) fn names_lead_there(scene: &Scene<'_>) -> bool {
    let names = &scene.known.assessment.dns;
    scene.known.deployment.records.iter().all(|record| {
        names.iter().any(|dns| {
            let mut fresh = dns.answers.iter().filter(|answer| answer.freshness == Freshness::Fresh).peekable();
            dns.name == record.name
                && fresh.peek().is_some()
                && fresh.all(|answer| answer.region.as_ref() == Some(&scene.to))
        })
    })
}

fn what_is_there(scene: &Scene<'_>) -> String {
    let mut there = Vec::new();
    if scene.known.deployment.global_cluster.is_some() {
        there.push("Aurora's writer is there");
    }
    if !scene.known.deployment.records.is_empty() {
        there.push("names lead there");
    }
    if there.is_empty() { "there is nothing left to move".to_owned() } else { list(&there) }
}
