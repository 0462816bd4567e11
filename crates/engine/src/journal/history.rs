//! What earlier runs tell of the next: read from the journal for forecasts and plans.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat_model::assessment::{RunHistory, StepHistory};
use lifeboat_model::id::DeploymentName;
use lifeboat_model::plan::{Plan, Step, StepId};
use lifeboat_model::port::Reality;
use lifeboat_model::run::{Entry, RunEvent, RunOutcome, StepOutcome};
use lifeboat_model::runbook::Mode;
use lifeboat_model::time::{Duration, Timestamp, age};

use super::{Journal, JournalError, RunHead};

/// As many runs as are read: older ones tell little of an architecture as it is now.
const RUNS: usize = 20;

/// When the deployment was last rehearsed, and how long its promotions and its steps took, the newest first. Runs on the
/// simulator tell nothing of the world, nor the other way round: only those of the same `reality` count.
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
    let mut steps = Steps::default();
    for run in runs.iter().take(RUNS) {
        match journal.entries(&run.id) {
            Ok(entries) => {
                promotions.extend(promotions_of(&entries));
                // What a run took that came to nothing is no measure of one that is to succeed.
                if run.outcome == Some(RunOutcome::Completed) {
                    steps.take(&entries);
                }
            }
            // What a newer Lifeboat did tells this one nothing; it must not be blind for it.
            Err(JournalError::NotUnderstood { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(RunHistory { last_rehearsed, promotions, steps: steps.0 })
}

/// What steps of several runs took.
#[derive(Default)]
struct Steps(Vec<StepHistory>);

impl Steps {
    fn take(&mut self, entries: &[Entry]) {
        for (mode, step, length) in lengths_of(entries) {
            let same =
                |known: &&mut StepHistory| known.mode == mode && known.step.id == step.id && known.step.does_as(step);
            match self.0.iter_mut().find(same) {
                Some(known) => known.lengths.push(length),
                None => self.0.push(StepHistory { mode, step: step.clone(), lengths: vec![length] }),
            }
        }
    }
}

/// How long each step took that was done at its first attempt and in one go. Where it failed before, where a person was
/// asked about it, or where another process took it up, its length is also that of somebody's thinking.
fn lengths_of(entries: &[Entry]) -> Vec<(Mode, &Step, Duration)> {
    let mut plan: Option<&Plan> = None;
    let mut undisturbed: BTreeSet<&StepId> = BTreeSet::new();
    let mut lengths = Vec::new();
    for entry in entries {
        match &entry.event {
            RunEvent::RunStarted { plan: made, .. } | RunEvent::ModeChanged { plan: made, .. } => {
                plan = Some(made);
                undisturbed.clear();
            }
            RunEvent::StepStarted { step, attempt: 1 } => {
                undisturbed.insert(step);
            }
            RunEvent::StepStarted { step, .. }
            | RunEvent::Question { step, .. }
            | RunEvent::CallProbed { step, .. }
            | RunEvent::StepUndoStarted { step } => {
                undisturbed.remove(step);
            }
            RunEvent::Resumed { .. } => undisturbed.clear(),
            RunEvent::StepEnded { step, outcome, elapsed } => {
                let was_undisturbed = undisturbed.remove(step) && *outcome == StepOutcome::Done;
                if let Some((made, step)) =
                    plan.and_then(|plan| Some((plan, plan.step(step)?))).filter(|_| was_undisturbed)
                {
                    lengths.push((made.mode, step, *elapsed));
                }
            }
            RunEvent::Approved { .. }
            | RunEvent::Overridden { .. }
            | RunEvent::GuardsJudged { .. }
            | RunEvent::CallStarted { .. }
            | RunEvent::CallEnded { .. }
            | RunEvent::UndoCallStarted { .. }
            | RunEvent::UndoCallEnded { .. }
            | RunEvent::StepUndone { .. }
            | RunEvent::LedgerOpened { .. }
            | RunEvent::LedgerClosed { .. }
            | RunEvent::LedgerKept { .. }
            | RunEvent::CanaryWritten { .. }
            | RunEvent::CanariesSought { .. }
            | RunEvent::FaultObserved { .. }
            | RunEvent::Answered { .. }
            | RunEvent::Paused { .. }
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
        for (_, step, length) in lengths_of(&entries) {
            lengths.entry(step.id.clone()).or_default().push(length);
        }
    }
    let median = |mut lengths: Vec<Duration>| {
        lengths.sort_unstable();
        lengths.get(lengths.len() / 2).map(|length| (*length, lengths.len()))
    };
    Ok(lengths.into_iter().filter_map(|(step, lengths)| Some((step, median(lengths)?))).collect())
}
