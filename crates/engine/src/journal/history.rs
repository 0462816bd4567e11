//! What earlier runs tell of the next: read from the journal for forecasts and plans.

use std::collections::BTreeMap;

use lifeboat_model::assessment::RunHistory;
use lifeboat_model::id::DeploymentName;
use lifeboat_model::plan::{Plan, StepId};
use lifeboat_model::port::Reality;
use lifeboat_model::run::{Entry, RunEvent, RunOutcome, StepOutcome};
use lifeboat_model::time::{Duration, Timestamp, age};

use super::{Journal, JournalError, RunHead};

/// As many runs as are read: older ones tell little of an architecture as it is now.
const RUNS: usize = 20;

/// When the deployment was last rehearsed, and how long its promotions took, the newest first. Runs on the simulator
/// tell nothing of the world, nor the other way round: only those of the same `reality` count.
///
/// A completed run rehearses the next whether or not it was called a drill; one that is about stacks rehearses nothing.
pub fn history(
    journal: &dyn Journal,
    deployment: &DeploymentName,
    reality: &Reality,
) -> Result<RunHistory, JournalError> {
    let same = |run: &RunHead| run.reality.as_ref().is_none_or(|of| of.is_simulated() == reality.is_simulated());
    let mut runs = journal.runs(Some(deployment))?;
    runs.retain(same);
    let rehearses = |run: &&RunHead| run.outcome == Some(RunOutcome::Completed) && !run.runbook.is_about_stacks();
    let last_rehearsed = runs.iter().filter(rehearses).map(|run| run.last_at).max();
    let mut promotions = Vec::new();
    for run in runs.iter().take(RUNS) {
        match journal.entries(&run.id) {
            Ok(entries) => promotions.extend(promotions_of(&entries)),
            // What a newer Lifeboat did tells this one nothing; it must not be blind for it.
            Err(JournalError::NotUnderstood { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(RunHistory { last_rehearsed, promotions })
}

/// From the first call of each promotion to the moment it was seen to have happened. A promotion that failed, or that
/// somebody else's hand finished, tells nothing of how long one takes.
pub(crate) fn promotions_of(entries: &[Entry]) -> Vec<Duration> {
    let mut plan: Option<&Plan> = None;
    let mut asked: BTreeMap<&StepId, Timestamp> = BTreeMap::new();
    let mut lengths = Vec::new();
    for entry in entries {
        match &entry.event {
            RunEvent::RunStarted { plan: made, .. } | RunEvent::ModeChanged { plan: made, .. } => plan = Some(made),
            RunEvent::StepStarted { step, .. } | RunEvent::CallProbed { step, .. } => {
                asked.remove(step);
            }
            RunEvent::CallStarted { step, .. } => {
                asked.entry(step).or_insert(entry.at);
            }
            RunEvent::StepEnded { step, outcome: StepOutcome::Done, .. } => {
                let promotes = plan.and_then(|plan| plan.step(step)).is_some_and(|step| step.kind.promotes());
                if let Some(begun) = asked.remove(step).filter(|_| promotes) {
                    lengths.push(age(entry.at, begun));
                }
            }
            RunEvent::Approved { .. }
            | RunEvent::Overridden { .. }
            | RunEvent::GuardsJudged { .. }
            | RunEvent::CallEnded { .. }
            | RunEvent::StepEnded { outcome: StepOutcome::Failed { .. } | StepOutcome::Skipped { .. }, .. }
            | RunEvent::StepUndoStarted { .. }
            | RunEvent::UndoCallStarted { .. }
            | RunEvent::UndoCallEnded { .. }
            | RunEvent::StepUndone { .. }
            | RunEvent::LedgerOpened { .. }
            | RunEvent::LedgerClosed { .. }
            | RunEvent::LedgerKept { .. }
            | RunEvent::CanaryWritten { .. }
            | RunEvent::CanariesSought { .. }
            | RunEvent::FaultObserved { .. }
            | RunEvent::Question { .. }
            | RunEvent::Answered { .. }
            | RunEvent::Paused { .. }
            | RunEvent::Resumed { .. }
            | RunEvent::GivenUp { .. }
            | RunEvent::Noted { .. }
            | RunEvent::IncidentDeclared { .. }
            | RunEvent::IncidentClosed { .. }
            | RunEvent::AccessRaised { .. }
            | RunEvent::AccessLowered { .. }
            | RunEvent::RunEnded { .. } => {}
        }
    }
    lengths
}

/// How long each step took in completed runs of a runbook that was made from a blueprint: the median, and of how many
/// runs. Steps of deployments of one blueprint have the same names. As above, only runs of the same reality count.
pub fn step_lengths(
    journal: &dyn Journal,
    runbook: &str,
    blueprint: &str,
    reality: &Reality,
) -> Result<BTreeMap<StepId, (Duration, usize)>, JournalError> {
    let same = |run: &RunHead| {
        run.runbook.as_str() == runbook
            && run.reality.as_ref().is_none_or(|of| of.is_simulated() == reality.is_simulated())
    };
    let mut runs = journal.runs(None)?;
    runs.retain(same);
    let mut lengths: BTreeMap<StepId, Vec<Duration>> = BTreeMap::new();
    for run in runs.iter().take(RUNS) {
        let entries = match journal.entries(&run.id) {
            Ok(entries) => entries,
            Err(JournalError::NotUnderstood { .. }) => continue,
            Err(error) => return Err(error),
        };
        let is_of_it = |entry: &Entry| match &entry.event {
            RunEvent::RunStarted { plan, .. } => plan.build.as_ref().is_some_and(|build| build.blueprint == blueprint),
            _ => false,
        };
        if !entries.first().is_some_and(is_of_it) {
            continue;
        }
        for entry in &entries {
            if let RunEvent::StepEnded { step, outcome: StepOutcome::Done, elapsed } = &entry.event {
                lengths.entry(step.clone()).or_default().push(*elapsed);
            }
        }
    }
    let median = |mut lengths: Vec<Duration>| {
        lengths.sort_unstable();
        lengths.get(lengths.len() / 2).map(|length| (*length, lengths.len()))
    };
    Ok(lengths.into_iter().filter_map(|(step, lengths)| Some((step, median(lengths)?))).collect())
}
