//! What is done with a plan that is at hand besides beginning it: a copy on paper, and guards that are overridden.

use lifeboat_model::guard::{GuardName, Verdict};
use lifeboat_model::runbook::RunbookName;

use crate::acting::Proposing;
use crate::action::{Action, Context};
use crate::dialogs::reason::{For, Reason};
use crate::dialogs::{About, Dialog};
use crate::effect::Effect;
use crate::model::Model;
use crate::screens::{Screen, runbooks};

/// The plan that is read, else that of the selected runbook.
fn at_hand(model: &Model) -> Option<(RunbookName, bool)> {
    let is_read = model.dialogs.iter().any(|it| matches!(it, Dialog::Message { about: About::Proposal { .. }, .. }));
    let read = model.watched().and_then(|watched| watched.proposing.as_ref()).filter(|_| is_read);
    match read {
        Some(Proposing { runbook, drill, .. }) => Some((runbook.clone(), *drill)),
        None => runbooks::chosen_name(model).map(|runbook| (runbook, false)),
    }
}

/// The plan that a run follows now, where it is the run that is looked at.
fn followed(model: &Model) -> Option<Effect> {
    let watched = model.watched().filter(|_| model.screen == Screen::Run && model.dialogs.is_empty())?;
    let plan = watched.run.as_ref()?.state()?.plan.clone();
    let (deployment, runbook, drill) = (watched.deployment.name.clone(), plan.runbook.clone(), plan.drill);
    Some(Effect::Print { deployment, runbook, drill, plan: Some(Box::new(plan)) })
}

/// The plan that is on the page is printed as it was read, that of a run as it is followed; of a runbook that is selected,
/// one is made for it.
pub(super) fn print(model: &mut Model) -> Vec<Effect> {
    if let Some(followed) = followed(model) {
        return vec![followed];
    }
    if model.screen == Screen::Run && model.dialogs.is_empty() {
        model.complain(
            "there is no paper copy: no run is known whose plan it would be (7 lists the runbooks)".to_owned(),
        );
        return Vec::new();
    }
    let Some((runbook, drill)) = at_hand(model) else {
        model.complain("there is no paper copy yet: runbooks are judged once the deployment has been read".to_owned());
        return Vec::new();
    };
    let Some(watched) = model.watched() else { return Vec::new() };
    if runbook.is_about_stacks() && watched.proposal.as_ref().is_none_or(|proposal| proposal.runbook != runbook) {
        let key = model.keymap.shown(Action::Propose, Context::Screen(Screen::Runbooks)).map(ToString::to_string);
        let key = key.unwrap_or_else(|| "the palette".to_owned());
        model.say(format!("a plan of {runbook} asks every stack: {key} makes it, and it is printed from its page"));
        return Vec::new();
    }
    let is_it = |proposal: &&crate::acting::Proposal| proposal.runbook == runbook && proposal.drill == drill;
    let plan = watched.proposal.as_ref().filter(is_it).map(|proposal| Box::new(proposal.plan.clone()));
    let deployment = watched.deployment.name.clone();
    vec![Effect::Print { deployment, runbook, drill, plan }]
}

/// The first guard that refuses and may be overridden is put to the person; another key press takes the next.
pub(super) fn override_guard(model: &mut Model) {
    let Some(proposal) = model.watched().and_then(|watched| watched.proposal.as_ref()) else {
        return model.say("there is no plan whose guards could be overridden yet");
    };
    let refusing = proposal.refusing();
    let Some(report) = refusing.iter().find(|report| report.guard.can_be_overridden()) else {
        let names: Vec<&str> = refusing.iter().map(|report| report.guard.as_str()).collect();
        if names.is_empty() {
            model.say("no guard refuses: there is nothing to override");
        } else {
            model.complain(format!("nobody may override {}: see how each is mended", names.join(", ")));
        }
        return;
    };
    let why = match &report.verdict {
        Verdict::Refuse { reason, .. } | Verdict::Unknown { reason } => reason.clone(),
        Verdict::Pass => String::new(),
    };
    let what = For::Override { guard: report.guard, refusal: why };
    model.dialogs.push(Dialog::Reason(Reason::new(what)));
}

/// Enter after why: the plan is judged anew, with what was said beside the guard's verdict.
pub(super) fn overridden(model: &mut Model, guard: GuardName, reason: String) -> Vec<Effect> {
    model.dialogs.pop();
    let Some(watched) = model.watched_mut() else { return Vec::new() };
    let Some(proposing) = watched.proposing.as_mut() else { return Vec::new() };
    proposing.overrides.insert(guard, reason);
    let effect = propose(watched.deployment.name.clone(), proposing);
    model.say(format!("{guard} is overridden for this plan: the journal will have why"));
    vec![effect]
}

pub(super) fn propose(deployment: lifeboat_model::id::DeploymentName, proposing: &Proposing) -> Effect {
    let Proposing { runbook, drill, choice, overrides, .. } = proposing;
    Effect::Propose {
        deployment,
        runbook: runbook.clone(),
        drill: *drill,
        choice: choice.clone(),
        overrides: overrides.clone(),
    }
}

/// What a person can do about guards that refuse, where that is anything.
pub(super) fn way_past(model: &Model) -> String {
    let proposal = model.watched().and_then(|watched| watched.proposal.as_ref());
    let may = proposal.is_some_and(|it| it.refusing().iter().any(|report| report.guard.can_be_overridden()));
    if may { "; ! goes on against one, with a reason".to_owned() } else { String::new() }
}
