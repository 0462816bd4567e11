//! The journal: what was asked, by whom, on whose approval, and what came of it, durable before anything is done. It
//! owns the record's form, its chain and its lock, and what is never written down; it decides nothing about runs.
//!
//! `docs/journal.md` tells the form so that any other tool can read and verify it.

use std::fmt;

use lifeboat_model::id::{DeploymentName, Region};
use lifeboat_model::objective::Objectives;
use lifeboat_model::port::Reality;
use lifeboat_model::run::{Entry, Measured, Operator, RunEvent, RunId, RunOutcome};
use lifeboat_model::runbook::RunbookName;
use lifeboat_model::time::Timestamp;

mod approvals;
mod chain;
mod error;
mod history;
mod listing;
mod lock_file;
mod logbook;
mod memory;
mod outstanding;
mod record;
mod redaction;
mod sqlite;

pub use approvals::{approvals, approve};
pub use chain::{Broken, FORMAT_VERSION, Tail, Verified};
pub use error::{JournalError, LockError, NotVerified};
pub use history::{history, step_lengths};
pub use logbook::{log, logbook, note};
pub use memory::{Dies, MemoryJournal};
pub use outstanding::{Outstanding, outstanding};
pub use record::Record;
pub use redaction::as_written;
pub use sqlite::SqliteJournal;

/// Where a journal stands: its newest entry.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Head {
    /// 0 while there is no entry.
    pub sequence: u64,
    /// Of the newest entry; sixty-four zeros while there is none.
    pub hash: String,
}

/// A run as it stands in a list.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct RunHead {
    pub id: RunId,
    pub deployment: DeploymentName,
    pub runbook: RunbookName,
    pub drill: bool,
    /// Whether it acts on the world or on a rehearsal; `None` where it does not say.
    pub reality: Option<Reality>,
    pub started_at: Timestamp,
    pub last_at: Timestamp,
    /// `None` while it is going on, and when it was cut off.
    pub outcome: Option<RunOutcome>,
    pub by: Operator,
    pub from: Region,
    pub to: Region,
    /// How many entries it has.
    pub entries: u64,
    /// What its plan was to keep to.
    pub objectives: Objectives,
    /// What its newest end says of it; `None` before there is one, and where it cannot be understood.
    pub measured: Option<Measured>,
    /// Whether it made stacks or took them away.
    pub builds: bool,
    /// How many temporary changes were still there at its newest end.
    pub left: usize,
}

impl RunHead {
    /// Whether it may still be gone on with: it is going on, was cut off, or stopped for a person.
    pub fn is_open(&self) -> bool {
        self.outcome.is_none_or(|outcome| outcome == RunOutcome::Stopped)
    }
}

/// The right to run one deployment; given back when it is dropped, and by the operating system when its process dies.
pub trait Lock: Send + Sync + fmt::Debug {
    fn deployment(&self) -> &DeploymentName;

    /// Whether nobody has taken its place away, such as by deleting the file it stands in.
    fn is_held(&self) -> bool;
}

/// One append-only log over all deployments and runs.
pub trait Journal: Send + Sync {
    /// Writes down what happened, without what is never written down (see `redaction`). On return it is durable; the
    /// entry is as it stands in the journal. On an error nothing may be taken as written, and nothing else may be done.
    fn append(
        &self,
        run: &RunId,
        deployment: &DeploymentName,
        at: Timestamp,
        event: &RunEvent,
    ) -> Result<Entry, JournalError>;

    /// The entries after that sequence as they are stored, of one run or of all, oldest first. Events that a newer
    /// Lifeboat wrote are among them.
    fn records(&self, run: Option<&RunId>, after: u64) -> Result<Vec<Record>, JournalError>;

    /// No more than so many of them, so that a long journal can be read in parts.
    fn some_records(&self, run: Option<&RunId>, after: u64, at_most: usize) -> Result<Vec<Record>, JournalError>;

    /// Every run, or every run of a deployment, the newest first.
    fn runs(&self, deployment: Option<&DeploymentName>) -> Result<Vec<RunHead>, JournalError>;

    fn head(&self) -> Result<Head, JournalError>;

    /// Walks through every entry from the first, and names the first that is not as it was written.
    fn verify(&self) -> Result<Verified, NotVerified>;

    /// Takes the right to run the deployment, or tells who has it.
    fn lock(&self, deployment: &DeploymentName, by: &Operator, at: Timestamp) -> Result<Box<dyn Lock>, LockError>;

    /// Who holds the right to run the deployment now, and since when.
    fn holder(&self, deployment: &DeploymentName) -> Result<Option<(Operator, Timestamp)>, JournalError>;

    /// The entries of a run, oldest first; none for a run that is not in it. Fails where one of them is not
    /// understood: nobody may act on half of what happened.
    fn entries(&self, run: &RunId) -> Result<Vec<Entry>, JournalError> {
        self.records(Some(run), 0)?.iter().map(Record::entry).collect()
    }
}
