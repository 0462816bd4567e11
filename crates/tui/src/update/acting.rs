//! From a runbook to a run and through it: what keys and messages do to proposals, confirmations and answers. Nothing is
//! begun from here but by an effect, and none is asked for without what a person typed or chose for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use lifeboat_model::guard::GuardName;
use lifeboat_model::id::DeploymentName;
use lifeboat_model::plan::{Build, PlanHash, StepId};
use lifeboat_model::run::{Entry, RunEvent, RunId};
use lifeboat_model::runbook::{DRIFT, PROVISION, RunbookName, TEARDOWN};
use lifeboat_model::time::Timestamp;
use lifeboat_model::wording::list;

use super::{access, drafting, incident, open_page, plans, seconds};
use crate::acting::line::Line;
use crate::acting::{LiveRun, Proposal, Proposing, Question, Saying};
use crate::attention;
use crate::dialogs::confirm::{Confirm, What};
use crate::dialogs::reason::{For, Reason};
use crate::dialogs::{About, Dialog};
use crate::drafting::Choice;
use crate::effect::Effect;
use crate::model::{Access, Model, Stage, Watched};
use crate::screens::{self, Screen, runbooks};
use crate::view::SMALLEST;

// ---- What comes back

pub(super) fn proposed(
    model: &mut Model,
    deployment: &DeploymentName,
    runbook: &RunbookName,
    outcome: Result<Box<Proposal>, String>,
) {
    let is_shown = is_shown(model, deployment);
    let Some(watched) = model.find_mut(deployment) else { return };
    let Some(proposing) = watched.proposing.as_mut().filter(|proposing| proposing.runbook == *runbook) else { return };
    match outcome {
        Err(why) => {
            proposing.refused = Some(why.clone());
            if is_shown {
                abandon(model, &format!("no plan can be made any more: {why}"));
            }
        }
        // Another one was asked for since.
        Ok(proposal) if proposal.drill != proposing.drill => {}
        Ok(proposal) => {
            proposing.refused = None;
            let mut proposal = proposal.succeeding(watched.proposal.as_ref());
            if watched.proposal.as_ref().is_some_and(|before| before.hash != proposal.hash) {
                proposing.overrides.retain(|guard, _| guard.is_of_any_plan());
                proposal.forget_overrides();
            }
            let hash = proposal.hash.clone();
            let refusing = names(&proposal);
            let was_free = watched.proposal.as_ref().is_some_and(|before| before.refusing().is_empty());
            watched.proposal = Some(proposal);
            let confirming = model.dialogs.iter().find_map(|dialog| {
                if let Dialog::Confirm(confirm) = dialog
                    && confirm.is_of_proposal()
                {
                    return Some((confirm.hash.clone(), confirm.what == What::Begin));
                }
                None
            });
            if is_shown && was_free && !refusing.is_empty() {
                model.turned = JUST_NOW;
            }
            match confirming {
                Some((shown, _)) if is_shown && shown.as_ref() != Some(&hash) => {
                    abandon(model, "the plan changed while you typed, and nothing was begun: read what changed");
                }
                // Who approves it for somebody else does so while just that refuses it.
                Some((_, true)) if is_shown && !refusing.is_empty() => {
                    abandon(
                        model,
                        &format!("refused by {} while you typed, and nothing was begun", refusing.join(", ")),
                    );
                }
                Some(_) | None => {}
            }
        }
    }
}

/// Back from the confirmation to the top of the page, with why.
pub(super) fn abandon(model: &mut Model, why: &str) {
    let before = model.dialogs.len();
    model.dialogs.retain(|dialog| !matches!(dialog, Dialog::Confirm(confirm) if confirm.is_of_proposal()));
    if model.dialogs.len() == before {
        return;
    }
    let_settle(model);
    for dialog in &mut model.dialogs {
        if let Dialog::Message { about: About::Proposal { .. }, top } = dialog {
            *top = 0;
        }
    }
    model.complain(why);
}

/// Whether somebody types into it, or is about to.
fn is_typed_into(dialog: &Dialog) -> bool {
    match dialog {
        Dialog::Confirm(_) | Dialog::Reason(_) => true,
        Dialog::Help { .. }
        | Dialog::Message { .. }
        | Dialog::Palette(_)
        | Dialog::Columns(_)
        | Dialog::Values(_)
        | Dialog::Greeting
        | Dialog::Filter(_)
        | Dialog::Answer(_)
        | Dialog::Picker(_)
        | Dialog::Form(_) => false,
    }
}

/// In quarters of a second: for so long nobody needs to have seen that guards refuse what they let begin before.
const JUST_NOW: u16 = 12;

/// The fingers are faster than the eyes: what they still type goes nowhere until they rest.
pub(super) fn let_settle(model: &mut Model) {
    /// Two seconds.
    const QUARTERS: u16 = 8;
    model.settling = QUARTERS;
}

fn names(proposal: &Proposal) -> Vec<&'static str> {
    proposal.refusing().iter().map(|report| report.guard.as_str()).collect()
}

pub(super) fn is_shown(model: &Model, deployment: &DeploymentName) -> bool {
    model.watched().is_some_and(|watched| watched.deployment.name == *deployment)
}

pub(super) fn run(model: &mut Model, deployment: &DeploymentName, entries: &[Arc<Entry>], here: bool) {
    let is_shown = is_shown(model, deployment);
    let Some(watched) = model.find_mut(deployment) else { return };
    let before = watched.run.as_ref().and_then(LiveRun::under_way).cloned();
    let told_before = watched.run.as_ref().filter(|run| run.id() == entries.first().map(|first| &first.run));
    let (known, last) = (told_before.is_some(), told_before.map_or(0, LiveRun::last_sequence));
    let line_before = told_before.and_then(LiveRun::line);
    let is_another = take(watched, entries, here);
    let run = watched.run.as_ref();
    let (line, told) = (run.and_then(LiveRun::line), run.and_then(LiveRun::line_told));
    call_for(model, deployment, entries, last, here || known);
    // That a run which is merely read has passed it long ago calls for nobody.
    let is_news = line != line_before && (here || known || line == Some(Line::Reached));
    if is_news || told.is_none() {
        attention::line(model, deployment, told.as_deref());
    }
    let Some(watched) = model.find_mut(deployment) else { return };
    if here {
        (watched.beginning, watched.refused, watched.earlier) = (None, None, None);
    }
    if !is_shown {
        return;
    }
    let is_open = model.watched().and_then(|watched| watched.run.as_ref()).is_some_and(|run| !run.is_over());
    if is_another && is_open && !model.touched && model.dialogs.is_empty() && model.screen == Screen::Overview {
        // A run that was left open comes before everything else.
        model.turn_to(Screen::Run);
    }
    close_what_is_answered(model);
    follow(model, before.as_ref(), is_another);
}

/// What is new of a run that is under way is worth calling for; of one that is merely read, that it asks something.
fn call_for(model: &mut Model, deployment: &DeploymentName, entries: &[Arc<Entry>], last: u64, is_live: bool) {
    let run = model
        .fleet
        .iter()
        .find(|watched| watched.deployment.name == *deployment)
        .and_then(|watched| watched.run.as_ref());
    let Some(run) = run else { return };
    let Some(state) = run.state().cloned() else { return };
    let asks = run.question().is_some();
    let of_it = entries.iter().map(Arc::as_ref).filter(|entry| run.id() == Some(&entry.run));
    let new: Vec<&Entry> = if is_live {
        of_it.filter(|entry| entry.sequence > last).collect()
    } else {
        of_it.filter(|entry| asks && matches!(entry.event, RunEvent::Question { .. })).collect()
    };
    attention::read(model, deployment, &state, &new);
}

/// Gives whether it is another run than the one before.
fn take(watched: &mut Watched, entries: &[Arc<Entry>], here: bool) -> bool {
    let known = watched.run.as_ref().and_then(|run| run.id().cloned());
    let mut is_another = false;
    for part in entries.chunk_by(|one, other| one.run == other.run) {
        let is_known = part.first().map(|entry| &entry.run) == watched.run.as_ref().and_then(LiveRun::id);
        match (LiveRun::begin(part.to_vec(), here), &mut watched.run) {
            // The whole of it again, as after a gap. What came while it was read is newer than it.
            (Some(mut run), before) => {
                is_another |= run.id() != known.as_ref();
                run.take(before.take().map_or_else(Vec::new, LiveRun::into_entries));
                *before = Some(run);
            }
            (None, Some(run)) if is_known => {
                run.take(part.to_vec());
                run.here = here;
            }
            // The middle of a run whose beginning nobody told.
            (None, Some(_) | None) => {}
        }
    }
    is_another
}

fn follow(model: &mut Model, before: Option<&StepId>, is_another: bool) {
    if is_another {
        model.screens.forget_cursors(Screen::Run);
    }
    screens::run::follow(model, before);
}

/// What was being said is of no use once something else is asked.
fn close_what_is_answered(model: &mut Model) {
    let Some(run) = model.watched().and_then(|watched| watched.run.as_ref()) else { return };
    let (question, is_over) = (run.question().cloned(), run.is_over());
    let is_asked = |asked: &Question| question.as_ref() == Some(asked) && !is_over;
    let holds = |dialog: &Dialog| match dialog {
        Dialog::Answer(asking) => asking.still_holds(run),
        Dialog::Reason(Reason { what: For::Skip { question }, .. })
        | Dialog::Confirm(Confirm {
            what: What::Approve { question } | What::SecondOfRun { question } | What::Abort { question: Some(question) },
            ..
        }) => is_asked(question),
        Dialog::Confirm(Confirm { what: What::Abort { question: None }, .. }) => !is_over && question.is_none(),
        Dialog::Confirm(Confirm { what: What::AbortLeft { run: left }, .. }) => {
            run.id() == Some(left) && !is_over && !run.here
        }
        Dialog::Confirm(Confirm { what: What::PutBack { run: left }, .. }) => {
            run.id() == Some(left) && (run.has_left_changes() || run.is_putting_back()) && !run.here
        }
        Dialog::Reason(Reason {
            what: For::IncidentBegan | For::Incident { .. } | For::IncidentOver | For::Note | For::Override { .. },
            ..
        })
        | Dialog::Confirm(Confirm { what: What::Begin | What::SecondOfProposal | What::RaiseAccess, .. })
        | Dialog::Help { .. }
        | Dialog::Message { .. }
        | Dialog::Palette(_)
        | Dialog::Columns(_)
        | Dialog::Values(_)
        | Dialog::Greeting
        | Dialog::Filter(_)
        | Dialog::Picker(_)
        | Dialog::Form(_) => true,
    };
    let kept: Vec<bool> = model.dialogs.iter().map(holds).collect();
    if kept.contains(&false) {
        if model.dialogs.iter().zip(&kept).any(|(dialog, kept)| !kept && is_typed_into(dialog)) {
            let_settle(model);
        }
        let mut kept = kept.into_iter();
        model.dialogs.retain(|_| kept.next().unwrap_or(true));
        model.complain("the run has gone on, and what you were about to say was not said");
    }
}

pub(super) fn left(model: &mut Model, deployment: &DeploymentName, outcome: Result<(), String>) {
    let is_shown = is_shown(model, deployment);
    let Some(watched) = model.find_mut(deployment) else { return };
    watched.beginning = None;
    if let Some(run) = &mut watched.run {
        run.here = false;
    }
    watched.refused = outcome.err();
    // Nothing took its place: what it left is still to be put back.
    if let Some(earlier) = watched.earlier.take().filter(|earlier| watched.run.is_none() && earlier.has_left_changes())
    {
        watched.run = Some(earlier);
    }
    let why = watched.refused.as_ref().and_then(|why| why.lines().next()).map(str::to_owned);
    close_what_is_answered(model);
    if let Some(why) = why {
        let of = if is_shown { String::new() } else { format!("{deployment}: ") };
        model.complain(format!("{of}{why}"));
    }
}

// ---- What time does

/// `quarters` of a second have passed for the reader.
pub(super) fn pass_time(model: &mut Model, quarters: u16) {
    model.attention.pass_time(quarters);
    model.settling = model.settling.saturating_sub(quarters);
    model.turned = model.turned.saturating_sub(quarters);
    if let Some(watched) = model.watched_mut() {
        watched.archive.silent_quarters = watched.archive.silent_quarters.saturating_add(quarters);
    }
}

/// A confirmation that nobody finishes closes by itself: by the operator's own clock, so that neither a process that was
/// stopped nor a machine that slept leaves one open for whoever comes by next.
pub(super) fn keep_time(model: &mut Model, now: Timestamp) {
    model.wall = Some(now);
    let before = model.dialogs.len();
    model.dialogs.retain_mut(|dialog| {
        let Dialog::Confirm(confirm) = dialog else { return true };
        confirm.opened_at.get_or_insert(now);
        !confirm.left(Some(now)).is_zero()
    });
    if model.dialogs.len() < before {
        let_settle(model);
        model.complain("nothing was confirmed within two minutes, and nothing was begun");
    }
}

// ---- What keys do

pub(super) fn propose(model: &mut Model) -> Vec<Effect> {
    let Some(runbook) = runbooks::chosen_name(model) else {
        model.say("no runbook is selected: they are judged once the deployment has been read");
        return Vec::new();
    };
    match runbook.as_str() {
        // What is to be made is chosen first.
        PROVISION => drafting::open_picker(model),
        TEARDOWN | DRIFT => propose_of_stacks(model, runbook.as_str()),
        _ => propose_as(model, runbook, false, None),
    }
}

/// A runbook of the stacks that stand.
pub(super) fn propose_of_stacks(model: &mut Model, runbook: &str) -> Vec<Effect> {
    let Some(watched) = model.watched() else {
        model.say("there is no deployment: b lists what can be built");
        return Vec::new();
    };
    if watched.stage == Stage::Gone {
        model.say("it was taken away: there is nothing left of it");
        return Vec::new();
    }
    propose_as(model, RunbookName::new(runbook), false, None)
}

/// The plan that makes what was chosen.
pub(super) fn propose_choice(model: &mut Model, runbook: RunbookName, choice: Choice) -> Vec<Effect> {
    propose_as(model, runbook, false, Some(choice))
}

fn propose_as(model: &mut Model, runbook: RunbookName, drill: bool, choice: Option<Choice>) -> Vec<Effect> {
    let Some(watched) = model.watched_mut() else { return Vec::new() };
    let proposing = Proposing { runbook, drill, choice, refused: None, overrides: BTreeMap::new() };
    let effect = plans::propose(watched.deployment.name.clone(), &proposing);
    watched.proposing = Some(proposing);
    watched.proposal = None;
    let is_proposal = |dialog: &Dialog| matches!(dialog, Dialog::Message { about: About::Proposal { .. }, .. });
    if let Some(Dialog::Message { top, .. }) = model.dialogs.iter_mut().find(|dialog| is_proposal(dialog)) {
        *top = 0;
    } else {
        open_page(model, Dialog::Message { about: About::Proposal { calls: false }, top: 0 });
    }
    vec![effect]
}

pub(super) fn toggle_drill(model: &mut Model) -> Vec<Effect> {
    let Some(watched) = model.watched() else { return Vec::new() };
    let Some(Proposing { runbook, drill, .. }) = watched.proposing.clone() else { return Vec::new() };
    if watched.proposal.as_ref().is_some_and(|proposal| proposal.plan.drill && !proposal.drill) {
        model.say(format!("{runbook} is a rehearsal already: it is never carried out as the real thing"));
        return Vec::new();
    }
    if runbook.is_about_stacks() {
        model.say("stacks are made and deleted for real, or not at all: no drill of it could prove anything");
        return Vec::new();
    }
    model.say(if drill { "the plan is made as the real thing" } else { "the plan is made as a drill" });
    propose_as(model, runbook, !drill, None)
}

/// The exact calls, or the steps' titles only.
pub(super) fn toggle_calls(model: &mut Model) {
    if let Some(Dialog::Message { about: About::Proposal { calls }, .. }) = model.dialogs.last_mut() {
        *calls = !*calls;
    }
}

pub(super) fn begin(model: &mut Model) -> Vec<Effect> {
    let Some(watched) = model.watched() else { return Vec::new() };
    let is_refused = watched.proposing.as_ref().is_some_and(|proposing| proposing.refused.is_some());
    let proposal = watched.proposal.as_ref().filter(|_| !is_refused);
    let why_not = match proposal {
        _ if watched.is_acting_here() => Some("a run of this deployment is executed here already: 8 shows it"),
        None => Some("there is no plan to begin yet"),
        Some(_) => None,
    };
    let Some(proposal) = proposal.filter(|_| why_not.is_none()) else {
        model.complain(why_not.unwrap_or_default());
        return Vec::new();
    };
    let is_nothing = proposal.plan.build.as_ref().is_some_and(Build::is_nothing);
    if is_nothing && proposal.runbook.as_str() == PROVISION {
        model.say("everything stands as the blueprint has it: nothing is to be done");
        return Vec::new();
    }
    let refusing = names(proposal);
    let hash = proposal.hash.clone();
    let only_access = refusing == [GuardName::Access.as_str()];
    match model.access_to(watched) {
        // The way on, not a dead end: the name is typed first, then the phrase.
        Access::ReadOnly if refusing.is_empty() || only_access => access::toggle(model),
        Access::Operate if refusing.is_empty() => {
            model.dialogs.push(Dialog::Confirm(Confirm::new(What::Begin, Some(hash), model.wall)));
            Vec::new()
        }
        Access::Operate if only_access => {
            model.say("access was raised, and the guards are judged again: a moment");
            Vec::new()
        }
        Access::ReadOnly | Access::Operate => {
            // Who did not see it yet types the phrase that would have been asked for.
            if model.turned > 0 {
                let_settle(model);
            }
            model.complain(format!("it cannot begin, refused by: {}{}", refusing.join(", "), plans::way_past(model)));
            Vec::new()
        }
    }
}

/// Enter in a confirmation.
pub(super) fn confirm(model: &mut Model) -> Vec<Effect> {
    let Some(Dialog::Confirm(confirm)) = model.dialogs.last().cloned() else { return Vec::new() };
    if model.display.columns < SMALLEST.0 || model.display.rows < SMALLEST.1 {
        model.complain("what would be confirmed cannot be seen: the window is too small");
        return Vec::new();
    }
    let Some(phrase) = model.watched().and_then(|watched| confirm.phrase(watched)) else { return Vec::new() };
    if confirm.typed.is_empty() {
        model.say(format!("type the phrase first: {phrase}"));
        return Vec::new();
    }
    if confirm.typed != phrase {
        model.complain(format!("that is not the phrase, and nothing was done: {phrase}"));
        return Vec::new();
    }
    let run = model.watched().and_then(|watched| watched.run.as_ref());
    let has_changed = match &confirm.what {
        What::Approve { .. } | What::SecondOfRun { .. } => {
            run.and_then(LiveRun::state).map(|state| &state.hash) != confirm.hash.as_ref()
        }
        What::AbortLeft { run: meant } | What::PutBack { run: meant } => run.and_then(LiveRun::id) != Some(meant),
        What::Begin | What::SecondOfProposal | What::Abort { .. } | What::RaiseAccess => false,
    };
    if has_changed {
        model.dialogs.pop();
        model.complain("the run is no longer the one that you read, or its plan is not: nothing was said");
        return Vec::new();
    }
    model.dialogs.pop();
    match confirm.what {
        What::Begin => confirm.hash.map_or_else(Vec::new, |hash| begin_now(model, &hash, confirm.typed)),
        What::Approve { question } => say(model, Some(question), Saying::Approve { typed: confirm.typed }),
        What::SecondOfRun { .. } => seconds::approve_run(model, confirm.hash.as_ref(), confirm.typed),
        What::SecondOfProposal => seconds::approve_proposal(model, confirm.hash.as_ref(), confirm.typed),
        What::Abort { question } => say(model, question, Saying::Abort),
        What::AbortLeft { run } => abort_now(model, run),
        What::PutBack { run } => put_back_now(model, run),
        What::RaiseAccess => access::raise(model, confirm.typed),
    }
}

fn begin_now(model: &mut Model, shown: &PlanHash, phrase: String) -> Vec<Effect> {
    let Some(watched) = model.watched_mut() else { return Vec::new() };
    let Some(proposal) = watched.proposal.take_if(|proposal| proposal.hash == *shown) else {
        model.complain("the plan is no longer the one that you read, and nothing was begun");
        return Vec::new();
    };
    let overrides = proposal.overrides();
    let (deployment, plan) = (watched.deployment.name.clone(), Box::new(proposal.plan));
    watched.beginning = Some(format!("{} is being begun", plan.runbook));
    (watched.refused, watched.proposing) = (None, None);
    watched.earlier = watched.run.take();
    model.dialogs.clear();
    model.turn_to(Screen::Run);
    model.screens.forget_cursors(Screen::Run);
    vec![Effect::Begin { deployment, plan, phrase, overrides }]
}

pub(super) fn say(model: &mut Model, question: Option<Question>, what: Saying) -> Vec<Effect> {
    let Some(watched) = model.watched() else { return Vec::new() };
    let deployment = watched.deployment.name.clone();
    vec![Effect::Say { deployment, question, what }]
}

fn put_back_now(model: &mut Model, run: RunId) -> Vec<Effect> {
    let Some(watched) = model.watched_mut() else { return Vec::new() };
    watched.beginning = Some(format!("what {run} left is being put back"));
    watched.refused = None;
    vec![Effect::Resume { deployment: watched.deployment.name.clone(), run }]
}

fn abort_now(model: &mut Model, run: RunId) -> Vec<Effect> {
    let Some(watched) = model.watched_mut() else { return Vec::new() };
    watched.beginning = Some(format!("{run} is being given up"));
    watched.refused = None;
    vec![Effect::Abort { deployment: watched.deployment.name.clone(), run }]
}

/// Enter after a line. An empty one says nothing, and is not taken.
pub(super) fn write(model: &mut Model) -> Vec<Effect> {
    let Some(Dialog::Reason(Reason { what, typed })) = model.dialogs.last().cloned() else { return Vec::new() };
    let text = typed.trim().to_owned();
    if text.is_empty() {
        model.say(what.wanted());
        return Vec::new();
    }
    match what {
        For::Skip { question } => {
            model.dialogs.pop();
            say(model, Some(question), Saying::Skip { reason: text })
        }
        For::IncidentBegan => {
            incident::began(model, &text);
            Vec::new()
        }
        For::Incident { began_at } => incident::declare(model, began_at, text),
        For::IncidentOver => incident::close(model, text),
        For::Note => incident::write_note(model, text),
        For::Override { guard, .. } => plans::overridden(model, guard, text),
    }
}

/// Leaving stops a run that is executed here as if its process were killed: it is said first, and wanted twice. What goes on without whoever leaves is said first, and only asking once more leaves.
pub(super) fn quit(model: &mut Model) -> Vec<Effect> {
    let names = |is_so: fn(&Watched) -> bool| {
        let of = model.fleet.iter().filter(|watched| is_so(watched)).map(|watched| watched.deployment.name.as_str());
        of.collect::<Vec<_>>()
    };
    let (acting, settling) = (names(Watched::is_stopped_by_leaving), names(Watched::is_settling_here));
    let stops = (!acting.is_empty()).then(|| {
        format!("leaving stops it: once more leaves, `lifeboat resume` goes on with the run of {}", list(&acting))
    });
    let settles = (!settling.is_empty()).then(|| {
        let of = list(&settling);
        format!("the run of {of} is over, but what follows from it is not written yet: once more leaves without")
    });
    let said: Vec<String> = stops.into_iter().chain(settles).chain(incident::left_open(model)).collect();
    if said.is_empty() || model.leaving {
        return vec![Effect::Quit];
    }
    model.leaving = true;
    model.complain(said.join("; "));
    Vec::new()
}
