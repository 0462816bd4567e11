//! Every event in words, for a timeline. Nothing here is judged.

use lifeboat_model::assessment::StoreKind;
use lifeboat_model::guard::{GuardReport, Verdict};
use lifeboat_model::plan::{Plan, StepId};
use lifeboat_model::port::Reality;
use lifeboat_model::run::{Answer, Found, Operator, RunEvent, StepOutcome};
use lifeboat_model::runbook::Mode;
use lifeboat_model::time::Timestamp;
use lifeboat_model::wording::span;

use super::Canaries;

/// `None` for a canary like the one before it: the strip shows each.
pub(super) fn words(event: &RunEvent, plan: &Plan, canaries: &Canaries) -> Option<String> {
    let text = match event {
        RunEvent::RunStarted { plan, by, reality, .. } => started(plan, by, reality.as_ref()),
        RunEvent::Approved { by, hash, phrase } => match phrase {
            Some(phrase) => format!("{} approves by typing “{phrase}”", person(by)),
            None => format!("{} approves plan {}", person(by), hash.short()),
        },
        RunEvent::Overridden { guard, reason, by } => format!("{} overrides the guard {guard}: {reason}", person(by)),
        RunEvent::GuardsJudged { step, reports } => judged(step.as_ref(), reports, plan),
        RunEvent::StepStarted { step, attempt } => match attempt {
            0 | 1 => format!("{}: begun", title(plan, step)),
            again => format!("{}: begun, attempt {again}", title(plan, step)),
        },
        RunEvent::CallStarted { step, call, .. } => {
            format!("{}: {} asked in {}", title(plan, step), call.operation(), call.endpoint_region())
        }
        RunEvent::CallEnded { step, outcome, .. } => format!("{}: {}", title(plan, step), answered(outcome)),
        RunEvent::CallProbed { step, found, .. } => {
            format!("{}: looked for the call whose end nobody told: {}", title(plan, step), found_words(found))
        }
        RunEvent::StepEnded { step, outcome, elapsed } => {
            format!("{}: {}", title(plan, step), ended(outcome, &span(*elapsed)))
        }
        RunEvent::StepUndoStarted { step } => format!("{}: being taken back", title(plan, step)),
        RunEvent::UndoCallStarted { step, call, .. } => {
            let (operation, region) = (call.operation(), call.endpoint_region());
            format!("{}: to take it back, {operation} asked in {region}", title(plan, step))
        }
        RunEvent::UndoCallEnded { step, outcome, .. } => {
            format!("{}: to take it back, {}", title(plan, step), answered(outcome))
        }
        RunEvent::StepUndone { step } => format!("{}: taken back", title(plan, step)),
        RunEvent::LedgerOpened { item } => format!("to be put back before the run is closed: {}", item.what),
        RunEvent::LedgerClosed { step } => format!("put back: {}", title(plan, step)),
        RunEvent::LedgerKept { step, reason } => format!("could not be put back: {}: {reason}", title(plan, step)),
        RunEvent::CanaryWritten { outcome, .. } => return canary(outcome, canaries),
        RunEvent::CanariesSought { store, found, missing, unknown } => format!(
            "canaries sought in {}: {} found, {} missing, {} unknown",
            store_word(*store),
            found.len(),
            missing.len(),
            unknown.len()
        ),
        RunEvent::FaultObserved { what } => format!("fault observed: {what}"),
        RunEvent::Question { step, text, .. } => format!("{}: asks: {text}", title(plan, step)),
        RunEvent::Answered { step, answer, by } => {
            format!("{}: {} answers {}", title(plan, step), person(by), answer_words(answer))
        }
        RunEvent::Paused { by } => format!("{} pauses the run", person(by)),
        RunEvent::Resumed { by } => format!("{} goes on with the run", person(by)),
        RunEvent::GivenUp { by } => format!("{} gives the run up", person(by)),
        RunEvent::ModeChanged { mode, hash, by, .. } => {
            format!("{} makes the run {}, with plan {}", person(by), mode_word(*mode), hash.short())
        }
        RunEvent::Noted { text, by } => format!("{} notes: {text}", person(by)),
        RunEvent::IncidentDeclared { text, by, .. } => format!("{} declares an incident: {text}", person(by)),
        RunEvent::IncidentClosed { text, by } if text.is_empty() => format!("{} closes the incident", person(by)),
        RunEvent::IncidentClosed { text, by } => format!("{} closes the incident: {text}", person(by)),
        RunEvent::AccessRaised { by, .. } => format!("{} raises access", person(by)),
        RunEvent::AccessLowered { by, lapsed: false } => format!("{} lowers access", person(by)),
        RunEvent::AccessLowered { by, lapsed: true } => format!("the access of {} lapses", person(by)),
        RunEvent::RunEnded { outcome, reason, .. } => match reason {
            Some(reason) => format!("the run is {}: {reason}", outcome.as_str()),
            None => format!("the run is {}", outcome.as_str()),
        },
    };
    Some(text)
}

fn started(plan: &Plan, by: &Operator, reality: Option<&Reality>) -> String {
    let where_from = match reality {
        Some(Reality::Simulated(scenario)) => format!(", on the simulator ({scenario})"),
        Some(Reality::Live) | None => String::new(),
    };
    let drill = if plan.drill { " as a drill" } else { "" };
    format!("{} starts {}{drill} from {} to {}{where_from}", person(by), plan.runbook, plan.from, plan.to)
}

fn judged(step: Option<&StepId>, reports: &[GuardReport], plan: &Plan) -> String {
    let passing = reports.iter().filter(|report| report.verdict.passes()).count();
    let mut parts = vec![format!("{passing} of {} pass", reports.len())];
    for report in reports.iter().filter(|report| !report.verdict.passes()) {
        let against = if report.overridden.is_some() { ", overridden" } else { "" };
        parts.push(format!("{} {}{against}", report.guard, verdict(&report.verdict)));
    }
    let whose = step.map(|step| format!("{}: ", title(plan, step))).unwrap_or_default();
    format!("{whose}guards: {}", parts.join("; "))
}

/// A verdict as a verb with its reason.
pub(super) fn verdict(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Pass => "passes".to_owned(),
        Verdict::Refuse { reason, .. } => format!("refuses: {reason}"),
        Verdict::Unknown { reason } => format!("cannot tell: {reason}"),
    }
}

fn answered(outcome: &Result<lifeboat_model::call::Receipt, lifeboat_model::cloud_error::CloudError>) -> String {
    match outcome {
        Ok(_) => "accepted".to_owned(),
        Err(error) if error.found_nothing_to_delete() => {
            format!("nothing is there that {} could delete", error.operation)
        }
        Err(error) => format!("failed: {error}"),
    }
}

fn ended(outcome: &StepOutcome, length: &str) -> String {
    match outcome {
        StepOutcome::Done => format!("done after {length}"),
        StepOutcome::Failed { reason } => format!("failed after {length}: {reason}"),
        StepOutcome::Skipped { reason } => format!("skipped: {reason}"),
    }
}

pub(super) fn found_words(found: &Found) -> String {
    match found {
        Found::Happened => "it happened".to_owned(),
        Found::DidNotHappen => "it did not happen".to_owned(),
        Found::UnderWay => "it is under way".to_owned(),
        Found::CannotTell { reason } => format!("it cannot be told: {reason}"),
    }
}

pub(super) fn answer_words(answer: &Answer) -> String {
    match answer {
        Answer::Yes => "yes".to_owned(),
        Answer::No => "no".to_owned(),
        Answer::Retry => "again".to_owned(),
        Answer::Skip { reason } => format!("skip: {reason}"),
        Answer::Abort => "give up".to_owned(),
    }
}

/// Said where canaries begin to fail, and where they are acknowledged again.
fn canary(outcome: &Result<Timestamp, String>, canaries: &Canaries) -> Option<String> {
    // The newest in the strip is this one.
    let before = canaries.strip.iter().rev().nth(1).map(|canary| canary.failure.is_some());
    match (before, outcome) {
        (None, Ok(_)) => Some("the first canary is acknowledged".to_owned()),
        (None | Some(false), Err(why)) => Some(format!("canaries fail: {why}")),
        (Some(true), Ok(_)) => Some("canaries are acknowledged again".to_owned()),
        (Some(false), Ok(_)) | (Some(true), Err(_)) => None,
    }
}

fn title<'a>(plan: &'a Plan, step: &'a StepId) -> &'a str {
    plan.step(step).map_or(step.as_str(), |step| &step.title)
}

/// `ann on bridge`.
pub(super) fn person(operator: &Operator) -> String {
    format!("{} on {}", operator.user, operator.host)
}

/// The same, with the identity that AWS knows.
pub(super) fn identity(operator: &Operator) -> String {
    match &operator.arn {
        Some(arn) => format!("{} ({arn})", person(operator)),
        None => format!("{} (no AWS identity known)", person(operator)),
    }
}

pub(super) fn mode_word(mode: Mode) -> &'static str {
    match mode {
        Mode::Planned => "planned",
        Mode::Unplanned => "unplanned",
    }
}

pub(super) fn store_word(store: StoreKind) -> &'static str {
    match store {
        StoreKind::Aurora => "Aurora",
        StoreKind::DynamoDb => "DynamoDB",
        StoreKind::S3 => "S3",
    }
}
