//! What plans and runs are called on the screen. Sentences only.

use lifeboat_model::assessment::StoreKind;
use lifeboat_model::plan::{Plan, Step};
use lifeboat_model::run::{Measured, Operator, RunOutcome, TrueLoss};
use lifeboat_model::runbook::Mode;
use lifeboat_model::time::Duration;
use lifeboat_model::wording::list;

use crate::format;

pub(crate) fn store(kind: StoreKind) -> &'static str {
    match kind {
        StoreKind::Aurora => "Aurora",
        StoreKind::DynamoDb => "DynamoDB",
        StoreKind::S3 => "S3",
    }
}

pub(crate) fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Planned => "planned: both regions take part, nothing is to be lost",
        Mode::Unplanned => "unplanned: nothing is asked of the region that is left",
    }
}

pub(crate) fn mode_word(mode: Mode) -> &'static str {
    match mode {
        Mode::Planned => "planned",
        Mode::Unplanned => "unplanned",
    }
}

pub(crate) fn person(by: &Operator) -> String {
    format!("{} on {}", by.user, by.host)
}

/// What is lost of each store by carrying the plan out, and whether that is more than nothing.
pub(crate) fn losses(plan: &Plan) -> Vec<(StoreKind, bool, String)> {
    let said = |store: StoreKind, loss: Option<Duration>| match (loss, plan.mode) {
        (Some(Duration::ZERO), Mode::Planned) => (false, "nothing".to_owned()),
        (Some(Duration::ZERO), Mode::Unplanned) => (false, "nothing, by what was read last".to_owned()),
        (Some(length), _) => {
            let beside = plan.predicted.beside_loss(store);
            (true, format!("up to the last {} of writes{beside}", format::duration(length)))
        }
        (None, _) => (true, "not known how much".to_owned()),
    };
    plan.predicted
        .rpo
        .iter()
        .map(|(store, loss)| {
            let (is_lost, words) = said(*store, *loss);
            (*store, is_lost, words)
        })
        .collect()
}

/// The same in one sentence, as it stands beside a phrase to be typed.
pub(crate) fn loss(plan: &Plan) -> String {
    if let Some(build) = &plan.build {
        let lost: Vec<String> = build
            .loses_data()
            .map(|(stack, resource)| format!("{} of {} ({})", resource.logical_id, stack.name, resource.resource_type))
            .collect();
        return if lost.is_empty() { "nothing".to_owned() } else { format!("what these hold: {}", list(&lost)) };
    }
    let lost: Vec<String> = losses(plan)
        .into_iter()
        .filter(|(_, is_lost, _)| *is_lost)
        .map(|(kind, _, words)| format!("of {} {words}", store(kind)))
        .collect();
    match (lost.is_empty(), plan.predicted.rpo.is_empty()) {
        (false, _) => list(&lost),
        (true, false) => "nothing".to_owned(),
        (true, true) => "nothing: it has no store".to_owned(),
    }
}

/// Which fault a drill injects: clients notice it, and must.
pub(crate) fn injected(plan: &Plan) -> String {
    let faults: Vec<&str> = plan.steps.iter().filter(|step| step.inject).map(|step| step.title.as_str()).collect();
    if faults.is_empty() {
        "Its fault: none of its own; the move itself is what clients notice, and must".to_owned()
    } else {
        format!("Its fault, which clients notice and must: {}", list(&faults))
    }
}

/// `60.0 s (median of 4 runs)`.
pub(crate) fn expected(step: &Step) -> String {
    match (step.expected, step.expected_basis.as_str()) {
        (Some(length), "") => format::duration(length),
        (Some(length), basis) => format!("{} ({basis})", format::duration(length)),
        (None, "") => "not known how long".to_owned(),
        (None, basis) => format!("not known how long ({basis})"),
    }
}

/// The recovery time that was measured, and what really was where that can be known.
pub(crate) fn rto(measured: &Measured, truth: Option<&TrueLoss>) -> String {
    let said = match (measured.rto, measured.rto_at_least) {
        (Some(Duration::ZERO), _) => "0 s: clients could always write".to_owned(),
        (Some(rto), _) => format::duration(rto),
        (None, Some(least)) => format!("at least {}: the outage was not seen whole", format::duration(least)),
        (None, None) => measured.not_measured(),
    };
    let really = measured.beside(truth);
    let really = really.map_or_else(String::new, |truth| format!(" (in truth {})", format::duration(truth.rto)));
    format!("{said}{really}")
}

/// What was lost of each store, as measured.
pub(crate) fn rpo(measured: &Measured, truth: Option<&TrueLoss>) -> Vec<(StoreKind, String)> {
    let of = |kind: &StoreKind, loss: &Option<Duration>| {
        let said = loss.map_or_else(|| "not measured".to_owned(), format::duration);
        let really = measured.beside(truth).and_then(|truth| truth.rpo.get(kind));
        let really = really.map_or_else(String::new, |loss| format!(" (in truth {})", format::duration(*loss)));
        (*kind, format!("{said}{really}"))
    };
    measured.rpo.iter().map(|(kind, loss)| of(kind, loss)).collect()
}

pub(crate) fn outcome(outcome: RunOutcome) -> &'static str {
    match outcome {
        RunOutcome::Completed => "COMPLETED",
        RunOutcome::Stopped => "STOPPED",
        RunOutcome::Failed => "FAILED",
        RunOutcome::Aborted => "ABORTED",
    }
}
