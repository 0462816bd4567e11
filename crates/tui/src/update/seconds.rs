//! The word of a second person, from their own screen: for a run that somebody else executes, or is to begin. Who counts as
//! another is the engine's to say; from here the phrase is carried, with the hash of the plan that was shown.

use lifeboat_model::guard::GuardName;
use lifeboat_model::plan::PlanHash;

use crate::acting::LiveRun;
use crate::dialogs::Dialog;
use crate::dialogs::confirm::{Confirm, What};
use crate::effect::Effect;
use crate::model::Model;

/// On the page of a plan: opens the confirmation.
pub(super) fn open(model: &mut Model) {
    let Some(proposal) = model.watched().and_then(|watched| watched.proposal.as_ref()) else {
        return model.say("there is no plan to approve yet");
    };
    let wants_second = model.watched().is_some_and(|watched| watched.deployment.policy.two_person);
    let is_judged = proposal.reports.iter().any(|report| report.guard == GuardName::SecondPerson);
    if !wants_second || !is_judged {
        return model.say("the deployment asks for no second person: whoever begins the plan approves it");
    }
    let hash = proposal.hash.clone();
    model.dialogs.push(Dialog::Confirm(Confirm::new(What::SecondOfProposal, Some(hash), model.wall)));
}

pub(super) fn approve_proposal(model: &mut Model, shown: Option<&PlanHash>, typed: String) -> Vec<Effect> {
    let Some(watched) = model.watched() else { return Vec::new() };
    let proposal = watched.proposal.as_ref().filter(|proposal| Some(&proposal.hash) == shown);
    let Some(proposal) = proposal else {
        model.complain("the plan is no longer the one that you read, and nothing was approved");
        return Vec::new();
    };
    let deployment = watched.deployment.name.clone();
    vec![Effect::ApproveAsSecond { deployment, run: None, plan: Box::new(proposal.plan.clone()), typed }]
}

pub(super) fn approve_run(model: &mut Model, shown: Option<&PlanHash>, typed: String) -> Vec<Effect> {
    let Some(watched) = model.watched() else { return Vec::new() };
    let run = watched.run.as_ref();
    let state = run.and_then(LiveRun::state).filter(|state| Some(&state.hash) == shown);
    let Some((state, run)) = state.zip(run.and_then(LiveRun::id)) else {
        model.complain("the plan of the run is no longer the one that you read, and nothing was approved");
        return Vec::new();
    };
    let deployment = watched.deployment.name.clone();
    vec![Effect::ApproveAsSecond { deployment, run: Some(run.clone()), plan: Box::new(state.plan.clone()), typed }]
}
