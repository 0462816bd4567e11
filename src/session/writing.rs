//! What people want to have written down: incidents, notes, and who was let act. It waits for the journal's file, and is
//! never called in the loop.

use std::convert::Infallible;
use std::path::PathBuf;
use std::time::Duration;

use lifeboat_engine::journal;
use lifeboat_model::id::DeploymentName;
use lifeboat_model::run::{Operator, RunEvent};
use lifeboat_model::time::Timestamp;
use tokio::sync::mpsc;

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

/// How long leaving waits for what is being written: a little longer than the journal itself waits for another process.
const PATIENCE: Duration = Duration::from_secs(11);

/// What is being written for a person, each on a thread beside the loop: whoever leaves waits for it, since a process that
/// is gone writes nothing.
#[derive(Debug)]
pub(super) struct Pens {
    pen: mpsc::Sender<Infallible>,
    down: mpsc::Receiver<Infallible>,
}

impl Pens {
    pub(super) fn new() -> Self {
        let (pen, down) = mpsc::channel(1);
        Self { pen, down }
    }

    pub(super) fn write(&self, work: impl FnOnce() + Send + 'static) {
        let pen = self.pen.clone();
        tokio::task::spawn_blocking(move || {
            work();
            drop(pen);
        });
    }

    /// Nothing more is written after it. Gives whether everything is.
    pub(super) async fn all_down(&mut self) -> bool {
        let Self { pen, down } = std::mem::replace(self, Self::new());
        drop(pen);
        let mut down = down;
        tokio::time::timeout(PATIENCE, down.recv()).await.is_ok()
    }
}
