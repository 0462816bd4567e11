//! What people want to have written down: incidents, notes, and who was let act. It waits for the journal's file, and is
//! never called in the loop.

use std::path::PathBuf;

use lifeboat_engine::journal::{self, Journal, JournalError};
use lifeboat_model::id::DeploymentName;
use lifeboat_model::incident::Logbook;
use lifeboat_model::run::{Operator, RunEvent};
use lifeboat_model::time::Timestamp;
use lifeboat_tui::acting::PastRun;

use crate::acting::{IfMissing, journal_failure, open_journal};
use crate::exit::Failure;

/// As many runs as an incident is told with.
const RUNS: usize = 50;

/// What is written of a deployment beside its runs, and the newest of these.
pub(super) type Written = (Logbook, Vec<PastRun>);

/// Into the deployment's logbook.
pub(super) fn log(
    folder: Option<&PathBuf>,
    deployment: &DeploymentName,
    at: Timestamp,
    event: &RunEvent,
) -> Result<Written, Failure> {
    let journal = open_journal(folder.map(PathBuf::as_path), IfMissing::Make)?;
    journal::log(&*journal, deployment, at, event).map_err(|error| journal_failure(&error))?;
    read(&*journal, deployment).map_err(|error| journal_failure(&error))
}

/// With the run that is not over, else into the logbook.
pub(super) fn note(
    folder: Option<&PathBuf>,
    deployment: &DeploymentName,
    at: Timestamp,
    (text, by): (&str, &Operator),
) -> Result<Written, Failure> {
    let journal = open_journal(folder.map(PathBuf::as_path), IfMissing::Make)?;
    journal::note(&*journal, deployment, at, text, by).map_err(|error| journal_failure(&error))?;
    read(&*journal, deployment).map_err(|error| journal_failure(&error))
}

pub(super) fn read(journal: &dyn Journal, deployment: &DeploymentName) -> Result<Written, JournalError> {
    let logbook = journal::logbook(journal, deployment)?;
    let heads = journal.runs(Some(deployment))?;
    let past = heads.into_iter().take(RUNS).map(|head| PastRun {
        id: head.id,
        runbook: head.runbook,
        drill: head.drill,
        started_at: head.started_at,
        last_at: head.last_at,
        outcome: head.outcome,
        by: head.by,
    });
    Ok((logbook, past.collect()))
}
