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
    if !missing.is_empty() {
        return Ok(Some(still_to_come(scene, &missing)));
    }
    // Where no writer was moved, names may have left by themselves, and nobody has proved yet that clients are served.
    if scene.known.deployment.global_cluster.is_none() {
        let to = &scene.to;
        return Ok(Some(format!(
            "{to} is active already: the run moves nothing, and proves by a write that {to} serves."
        )));
    }
    Err(CannotPlan::AlreadyActive { to: scene.to.clone(), there: what_is_there(scene) })
}

fn still_to_come(scene: &Scene<'_>, missing: &[String]) -> String {
    format!("{} is active already; what is still missing there: {}.", scene.to, list(missing))
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

/// Whether every name leads to the region that becomes active, by an answer of just now, and no such answer leads elsewhere.
/// An answer that tells no region says nothing.
pub(super) fn names_lead_there(scene: &Scene<'_>) -> bool {
    let names = &scene.known.assessment.dns;
    scene.known.deployment.records.iter().all(|record| {
        names.iter().filter(|dns| dns.name == record.name).any(|dns| {
            let fresh = dns.answers.iter().filter(|answer| answer.freshness == Freshness::Fresh);
            let mut placed = fresh.filter_map(|answer| answer.region.as_ref()).peekable();
            placed.peek().is_some() && placed.all(|region| *region == scene.to)
        })
    })
}

fn what_is_there(scene: &Scene<'_>) -> String {
    let names = if scene.known.deployment.records.is_empty() { "" } else { ", and names lead there" };
    format!("Aurora's writer is there{names}")
}
