//! A run's entries as sentences, for those who read what happened. It judges nothing.

use std::collections::BTreeMap;

use lifeboat_model::plan::{Plan, StepId};
use lifeboat_model::run::{Answer, Entry, Found, RunEvent, StepOutcome};

use super::words;
use crate::format;
use crate::theme::Role;

/// Canaries are told when writes begin to fail and when they succeed again, calls when they fail.
pub(super) fn is_worth_telling(event: &RunEvent, was_failing: bool, is_first: bool) -> bool {
    match event {
        RunEvent::CanaryWritten { outcome, .. } => outcome.is_err() != was_failing,
        RunEvent::GuardsJudged { step, reports } => step.is_none() || reports.iter().any(|report| !report.allows()),
        RunEvent::CallStarted { .. } | RunEvent::UndoCallStarted { .. } => false,
        RunEvent::CallEnded { outcome, .. } | RunEvent::UndoCallEnded { outcome, .. } => {
            outcome.as_ref().is_err_and(|error| !error.found_nothing_to_delete())
        }
        RunEvent::RunStarted { .. } => is_first,
        RunEvent::Approved { .. }
        | RunEvent::Overridden { .. }
        | RunEvent::StepStarted { .. }
        | RunEvent::CallProbed { .. }
        | RunEvent::StepEnded { .. }
        | RunEvent::StepUndoStarted { .. }
        | RunEvent::StepUndone { .. }
        | RunEvent::LedgerOpened { .. }
        | RunEvent::LedgerClosed { .. }
        | RunEvent::LedgerKept { .. }
        | RunEvent::CanariesSought { .. }
        | RunEvent::FaultObserved { .. }
        | RunEvent::Question { .. }
        | RunEvent::Answered { .. }
        | RunEvent::Paused { .. }
        | RunEvent::Resumed { .. }
        | RunEvent::GivenUp { .. }
        | RunEvent::ModeChanged { .. }
        | RunEvent::Noted { .. }
        | RunEvent::IncidentDeclared { .. }
        | RunEvent::IncidentClosed { .. }
        | RunEvent::AccessRaised { .. }
        | RunEvent::AccessLowered { .. }
        | RunEvent::RunEnded { .. } => true,
    }
}

/// One entry as a sentence, with how grave it is.
pub(crate) fn sentence(plan: &Plan, entry: &Entry) -> (Role, String) {
    told(&|step| plan.step(step).map_or(step.as_str(), |step| step.title.as_str()), &entry.event)
}

/// The same for a list of every entry there is, of which none is left out: a canary stands for itself alone.
pub fn line(titles: &BTreeMap<StepId, String>, event: &RunEvent) -> (Role, String) {
    match event {
        RunEvent::CanaryWritten { outcome: Ok(_), .. } => (Role::Muted, "canary: acknowledged".to_owned()),
        RunEvent::CanaryWritten { outcome: Err(why), .. } => (Role::Danger, format!("canary: FAILED: {why}")),
        other => told(&|step| titles.get(step).map_or(step.as_str(), String::as_str), other),
    }
}

fn told<'a>(title: &dyn Fn(&'a StepId) -> &'a str, event: &'a RunEvent) -> (Role, String) {
    match event {
        RunEvent::RunStarted { by, hash, .. } => {
            (Role::Text, format!("begun by {}, plan {}", words::person(by), hash.short()))
        }
        RunEvent::Approved { by, hash, .. } => {
            (Role::Text, format!("approved by {}, plan {}", words::person(by), hash.short()))
        }
        RunEvent::Overridden { guard, reason, .. } => {
            (Role::Caution, format!("the guard {guard} was overridden: {reason}"))
        }
        RunEvent::GuardsJudged { step, reports } => judged(step.as_ref().map(title), reports),
        RunEvent::StepStarted { step, attempt } if *attempt > 1 => {
            (Role::Text, format!("begun, attempt {attempt}: {}", title(step)))
        }
        RunEvent::StepStarted { step, .. } => (Role::Text, format!("begun: {}", title(step))),
        RunEvent::CallStarted { step, call, .. } => {
            (Role::Muted, format!("{}: {} is sent", title(step), call.operation()))
        }
        RunEvent::CallEnded { step, outcome: Err(error), .. } if error.found_nothing_to_delete() => {
            (Role::Muted, format!("{}: nothing is there that {} could delete", title(step), error.operation))
        }
        RunEvent::CallEnded { step, outcome, .. } => match outcome {
            Ok(_) => (Role::Muted, format!("{}: accepted", title(step))),
            Err(error) => (Role::Danger, format!("{}: {error}", title(step))),
        },
        RunEvent::CallProbed { step, found, .. } => (Role::Caution, format!("{}: {}", title(step), probed(found))),
        RunEvent::StepEnded { step, outcome, elapsed } => {
            let length = format::duration(*elapsed);
            match outcome {
                StepOutcome::Done => (Role::Ok, format!("done in {length}: {}", title(step))),
                StepOutcome::Failed { reason } => {
                    (Role::Danger, format!("FAILED after {length}: {}: {reason}", title(step)))
                }
                StepOutcome::Skipped { reason } => (Role::Caution, format!("skipped: {}: {reason}", title(step))),
            }
        }
        RunEvent::StepUndoStarted { step } => (Role::Text, format!("taking back: {}", title(step))),
        RunEvent::UndoCallStarted { step, call, .. } => {
            (Role::Muted, format!("taking back {}: {} is sent", title(step), call.operation()))
        }
        RunEvent::UndoCallEnded { step, outcome, .. } => match outcome {
            Ok(_) => (Role::Muted, format!("taking back {}: accepted", title(step))),
            Err(error) => (Role::Danger, format!("taking back {}: {error}", title(step))),
        },
        RunEvent::StepUndone { step } => (Role::Text, format!("taken back: {}", title(step))),
        RunEvent::LedgerOpened { item } => (Role::Muted, format!("to be put back: {}", item.what)),
        RunEvent::LedgerClosed { step } => (Role::Muted, format!("put back: {}", title(step))),
        RunEvent::LedgerKept { step, reason } => (Role::Danger, format!("NOT put back: {}: {reason}", title(step))),
        RunEvent::CanaryWritten { outcome, .. } => match outcome {
            Ok(_) => (Role::Ok, "clients can write again".to_owned()),
            Err(why) => (Role::Danger, format!("clients cannot write: {why}")),
        },
        RunEvent::CanariesSought { store, found, missing, unknown } => {
            let role = if missing.is_empty() && unknown.is_empty() { Role::Ok } else { Role::Caution };
            let (found, missing, unknown) = (found.len(), missing.len(), unknown.len());
            let kind = words::store(*store);
            (role, format!("canaries in {kind}: {found} found, {missing} missing, {unknown} not known"))
        }
        RunEvent::FaultObserved { what } => (Role::Text, format!("the fault is seen: {what}")),
        RunEvent::Question { text, .. } => (Role::Caution, format!("QUESTION: {text}")),
        RunEvent::Answered { answer, by, .. } => {
            (Role::Text, format!("answered by {}: {}", words::person(by), answered(answer)))
        }
        RunEvent::Paused { by } => {
            (Role::Caution, format!("paused by {}: what is begun is finished first", words::person(by)))
        }
        RunEvent::Resumed { by } => (Role::Text, format!("gone on with by {}", words::person(by))),
        RunEvent::GivenUp { by } => {
            (Role::Caution, format!("given up by {}: what was done is taken back, the last first", words::person(by)))
        }
        RunEvent::ModeChanged { mode, hash, by, plan } => (
            Role::Caution,
            format!(
                "{} from here on, by {}: plan {}; lost by it: {}",
                words::mode_word(*mode),
                words::person(by),
                hash.short(),
                words::loss(plan)
            ),
        ),
        RunEvent::Noted { text, .. } => (Role::Text, format!("note: {text}")),
        // These stand beside runs; told all the same, should one stand in it.
        RunEvent::IncidentDeclared { text, .. } => (Role::Caution, format!("an incident was declared: {text}")),
        RunEvent::IncidentClosed { text, .. } => (Role::Text, format!("the incident was closed: {text}")),
        RunEvent::AccessRaised { by, .. } => (Role::Text, format!("access was raised by {}", words::person(by))),
        RunEvent::AccessLowered { by, .. } => (Role::Text, format!("the access of {} ended", words::person(by))),
        RunEvent::RunEnded { outcome, reason, .. } => {
            let word = words::outcome(*outcome);
            let why = reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
            (Role::Heading, format!("{word}{why}"))
        }
    }
}

fn judged(of: Option<&str>, reports: &[lifeboat_model::guard::GuardReport]) -> (Role, String) {
    let refusing: Vec<&str> =
        reports.iter().filter(|report| !report.allows()).map(|report| report.guard.as_str()).collect();
    let of = of.map_or_else(String::new, |title| format!(" of {title}"));
    if refusing.is_empty() {
        (Role::Ok, format!("{} guards{of} let it go on", reports.len()))
    } else {
        (Role::Danger, format!("refused by the guards{of}: {}", refusing.join(", ")))
    }
}

pub(crate) fn probed(found: &Found) -> String {
    match found {
        Found::Happened => "it has happened".to_owned(),
        Found::DidNotHappen => "it has not happened".to_owned(),
        Found::UnderWay => "it is under way".to_owned(),
        Found::CannotTell { reason } => format!("whether it has happened cannot be told: {reason}"),
    }
}

fn answered(answer: &Answer) -> String {
    match answer {
        Answer::Yes => "yes".to_owned(),
        Answer::No => "no".to_owned(),
        Answer::Retry => "retry".to_owned(),
        Answer::Skip { reason } => format!("skip, {reason}"),
        Answer::Abort => "abort".to_owned(),
    }
}
