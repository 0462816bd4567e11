//! What people want to have written down: incidents, notes, and who was let act. It waits for the journal's file, and is
//! never called in the loop.

use std::path::PathBuf;

use lifeboat_engine::journal;
use lifeboat_model::id::DeploymentName;
use lifeboat_model::run::{Operator, RunEvent};
use lifeboat_model::time::Timestamp;

use crate::acting::{IfMissing, journal_failure, open_journal};
use crate::exit::Failure;

mod told;

pub(super) use told::{Written, read};

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
