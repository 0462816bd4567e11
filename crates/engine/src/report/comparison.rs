//! Two reports side by side: what became faster or slower, what fails now that did not before.

use std::collections::BTreeSet;

use lifeboat_model::assessment::StoreKind;
use lifeboat_model::document::Document;
use lifeboat_model::guard::GuardName;
use lifeboat_model::run::{RunId, RunOutcome, StepStatus};
use lifeboat_model::time::{Duration, Timestamp};
use lifeboat_model::wording::span;
use serde::Serialize;

use super::{Against, Report, StepTold, markdown, maybe_seconds};

/// What differs between two runs. Of two runs of different kinds it tells little, and says which they are.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    pub version: u32,
    pub before: Side,
    pub after: Side,
    /// Run, RTO, RPO and phases.
    pub lengths: Vec<LengthChange>,
    pub steps: Vec<StepChange>,
    /// Guards that did not pass, and did before.
    pub newly_refusing: Vec<GuardName>,
    /// Guards that pass, and did not before.
    pub newly_passing: Vec<GuardName>,
    /// Objectives and steps that failed and did not before, in words.
    pub new_failures: Vec<String>,
    /// What failed before and does no longer, in words.
    pub mended: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Side {
    pub run: RunId,
    pub runbook: String,
    pub deployment: String,
    pub drill: bool,
    pub started_at: Timestamp,
    pub outcome: Option<RunOutcome>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LengthChange {
    pub what: String,
    #[serde(rename = "before_s", serialize_with = "maybe_seconds")]
    pub before: Option<Duration>,
    #[serde(rename = "after_s", serialize_with = "maybe_seconds")]
    pub after: Option<Duration>,
    /// Positive where it became longer; `None` where one of the two is not known.
    pub change_s: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepChange {
    pub id: String,
    pub title: String,
    /// `None` where that run did not have the step.
    pub before_status: Option<StepStatus>,
    pub after_status: Option<StepStatus>,
    #[serde(flatten)]
    pub length: LengthChange,
}

/// `before` and `after`, whichever of them is the older.
pub fn compare(before: &Report, after: &Report) -> Comparison {
    let (new_failures, mended) = (failures_only_in(after, before), failures_only_in(before, after));
    let (refused_before, refused_after) = (refusing(before), refusing(after));
    Comparison {
        version: super::REPORT_VERSION,
        before: Side::of(before),
        after: Side::of(after),
        lengths: lengths(before, after),
        steps: steps(before, after),
        newly_refusing: refused_after.difference(&refused_before).copied().collect(),
        newly_passing: refused_before.difference(&refused_after).copied().collect(),
        new_failures,
        mended,
    }
}

impl Side {
    fn of(report: &Report) -> Self {
        Self {
            run: report.run.clone(),
            runbook: report.runbook.to_string(),
            deployment: report.deployment.to_string(),
            drill: report.drill,
            started_at: report.started_at,
            outcome: report.ending.outcome,
        }
    }
}

impl LengthChange {
    fn new(what: impl Into<String>, before: Option<Duration>, after: Option<Duration>) -> Self {
        let change_s = before.zip(after).map(|(before, after)| after.as_secs_f64() - before.as_secs_f64());
        Self { what: what.into(), before, after, change_s }
    }
}

fn lengths(before: &Report, after: &Report) -> Vec<LengthChange> {
    let mut changes = vec![
        LengthChange::new("run", Some(before.length), Some(after.length)),
        LengthChange::new("RTO", before.rto.measured, after.rto.measured),
    ];
    let stores: BTreeSet<StoreKind> = before.rpo.keys().chain(after.rpo.keys()).copied().collect();
    for store in stores {
        let lost = |report: &Report| report.rpo.get(&store).and_then(|against| against.measured);
        changes.push(LengthChange::new(format!("RPO {}", store.as_str()), lost(before), lost(after)));
    }
    changes.extend([
        LengthChange::new("detection", before.phases.detection, after.phases.detection),
        LengthChange::new("decision", before.phases.decision, after.phases.decision),
        LengthChange::new("execution", before.phases.execution, after.phases.execution),
        LengthChange::new("verification", before.phases.verification, after.phases.verification),
    ]);
    changes
}

/// In the order of the later run, then those that only the earlier one had.
fn steps(before: &Report, after: &Report) -> Vec<StepChange> {
    let find = |report: &'_ Report, step: &StepTold| report.steps.iter().find(|it| it.id == step.id).cloned();
    let change = |step: &StepTold, before: Option<&StepTold>, after: Option<&StepTold>| StepChange {
        id: step.id.to_string(),
        title: step.title.clone(),
        before_status: before.map(|step| step.status),
        after_status: after.map(|step| step.status),
        length: LengthChange::new(
            step.id.to_string(),
            before.and_then(|step| step.actual),
            after.and_then(|step| step.actual),
        ),
    };
    let mut changes: Vec<StepChange> =
        after.steps.iter().map(|step| change(step, find(before, step).as_ref(), Some(step))).collect();
    let gone = before.steps.iter().filter(|step| find(after, step).is_none());
    changes.extend(gone.map(|step| change(step, Some(step), None)));
    changes
}

fn refusing(report: &Report) -> BTreeSet<GuardName> {
    report.guards.iter().filter(|told| !told.report.verdict.passes()).map(|told| told.report.guard).collect()
}

/// What failed in one and not in the other.
fn failures_only_in(one: &Report, other: &Report) -> Vec<String> {
    let (one, other) = (failures(one), failures(other));
    one.into_iter().filter(|failure| !other.contains(failure)).collect()
}

fn failures(report: &Report) -> Vec<String> {
    let missed = |against: &Against| against.met == Some(false);
    let mut failures = Vec::new();
    match report.ending.outcome {
        Some(RunOutcome::Completed) => {}
        Some(outcome @ (RunOutcome::Failed | RunOutcome::Aborted | RunOutcome::Stopped)) => {
            failures.push(format!("the run {}", outcome.as_str()));
        }
        None => failures.push("the run is not over".to_owned()),
    }
    if missed(&report.rto) {
        failures.push("the RTO objective is missed".to_owned());
    }
    let stores = report.rpo.iter().filter(|(_, against)| missed(against));
    failures.extend(stores.map(|(store, _)| format!("the RPO objective of {} is missed", store.as_str())));
    let steps = report.steps.iter().filter(|step| step.status == StepStatus::Failed);
    failures.extend(steps.map(|step| format!("step {} fails", step.id)));
    failures
}

/// The comparison, for people.
pub fn comparison_markdown(comparison: &Comparison) -> String {
    markdown::write(&comparison_document(comparison))
}

/// The comparison as blocks, for whoever lays it out.
pub fn comparison_document(comparison: &Comparison) -> Document {
    let mut page = Document::default();
    page.title(format!("{} beside {}", comparison.after.run, comparison.before.run));
    let side = |name: &str, side: &Side| {
        let drill = if side.drill { "drill" } else { "run" };
        let outcome = side.outcome.map_or("not over", RunOutcome::as_str);
        let at = side.started_at.strftime("%Y-%m-%d %H:%M UTC");
        format!("{name}: {drill} {}, {} of {}, {at}, {outcome}", side.run, side.runbook, side.deployment)
    };
    page.list(vec![side("before", &comparison.before), side("after", &comparison.after)]);
    if comparison.before.runbook != comparison.after.runbook
        || comparison.before.deployment != comparison.after.deployment
    {
        page.warning("These are runs of different kinds: their lengths say little of one another.");
    }
    findings(&mut page, comparison);
    page.heading("Lengths");
    let row = |change: &LengthChange| [change.what.clone(), told(change.before), told(change.after), moved(change)];
    page.table(["", "before", "after", "change"], comparison.lengths.iter().map(row).collect());
    page.heading("Steps");
    let row = |step: &StepChange| {
        let ended = format!("{} → {}", status(step.before_status), status(step.after_status));
        [step.title.clone(), ended, told(step.length.before), told(step.length.after), moved(&step.length)]
    };
    page.table(["step", "outcome", "before", "after", "change"], comparison.steps.iter().map(row).collect());
    page
}

fn findings(page: &mut Document, comparison: &Comparison) {
    let mut items: Vec<String> = comparison.new_failures.iter().map(|failure| format!("NEW: {failure}")).collect();
    items.extend(comparison.mended.iter().map(|failure| format!("no longer: {failure}")));
    items.extend(comparison.newly_refusing.iter().map(|guard| format!("NEW: the guard {guard} did not pass")));
    items.extend(comparison.newly_passing.iter().map(|guard| format!("the guard {guard} passes again")));
    if items.is_empty() {
        page.paragraph("Nothing fails that did not fail before, and nothing was mended.");
    } else {
        page.list(items);
    }
}

fn told(length: Option<Duration>) -> String {
    length.map_or_else(|| "—".to_owned(), span)
}

fn moved(change: &LengthChange) -> String {
    let Some((before, after)) = change.before.zip(change.after) else { return "—".to_owned() };
    match after.cmp(&before) {
        std::cmp::Ordering::Equal => "same".to_owned(),
        std::cmp::Ordering::Greater => format!("{} slower", span(after.saturating_sub(before))),
        std::cmp::Ordering::Less => format!("{} faster", span(before.saturating_sub(after))),
    }
}

fn status(status: Option<StepStatus>) -> &'static str {
    match status {
        None => "absent",
        Some(StepStatus::Pending) => "not begun",
        Some(StepStatus::Begun) => "end unknown",
        Some(StepStatus::Done) => "done",
        Some(StepStatus::Failed) => "FAILED",
        Some(StepStatus::Skipped) => "skipped",
        Some(StepStatus::Undone) => "taken back",
    }
}
