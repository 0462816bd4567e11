//! What happened before, as the glass knows it: the runs that there were, what the journal holds of them, whether it is
//! whole, and what is still to be put back. Values only: the journal is read beside the loop, a window of it at a time.

use lifeboat_model::document::Document;
use lifeboat_model::id::Region;
use lifeboat_model::objective::Objectives;
use lifeboat_model::port::Reality;
use lifeboat_model::run::{LedgerItem, Measured, Operator, RunId, RunOutcome};
use lifeboat_model::runbook::RunbookName;
use lifeboat_model::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::theme::Role;

/// How many of the journal's entries are held at once. The cursor moves within them; whoever comes near their edge is
/// given those around.
pub const WINDOW: usize = 600;
/// As near as this to the edge.
pub(crate) const MARGIN: usize = 150;
/// As many runs are listed, the newest.
pub const MOST_RUNS: usize = 1_000;

/// A run as it stands in the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PastRun {
    pub id: RunId,
    pub runbook: RunbookName,
    pub drill: bool,
    /// `None` where the journal does not say whether it was of the world.
    pub reality: Option<Reality>,
    pub from: Region,
    pub to: Region,
    pub started_at: Timestamp,
    pub last_at: Timestamp,
    /// `None` while it is going on, and when it was cut off.
    pub outcome: Option<RunOutcome>,
    pub by: Operator,
    pub entries: u64,
    pub objectives: Objectives,
    pub measured: Option<Measured>,
    /// Whether it made stacks or took them away: nobody measures clients meanwhile.
    pub builds: bool,
    /// Who executes it now.
    pub holder: Option<Operator>,
}

impl PastRun {
    /// Whether it may still be gone on with.
    pub fn is_open(&self) -> bool {
        self.outcome.is_none_or(|outcome| outcome == RunOutcome::Stopped)
    }
}

/// A temporary change that is still there, as far as the journal tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outstanding {
    pub run: RunId,
    pub runbook: RunbookName,
    /// Whether its run may still be gone on with, which puts it back.
    pub is_open: bool,
    pub item: LedgerItem,
    pub since: Timestamp,
    /// Why it could not be put back, where that was tried.
    pub kept: Option<String>,
}

/// An entry of the journal on one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalLine {
    pub sequence: u64,
    pub run: RunId,
    /// `None` where what stands there is no time.
    pub at: Option<Timestamp>,
    /// As the journal names it.
    pub event: String,
    pub role: Role,
    pub text: String,
    /// The beginning of its hash.
    pub hash: String,
}

/// Where in the list somebody reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    #[default]
    Start,
    End,
    /// Around the entry of this sequence.
    Around(u64),
}

/// Which entries are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// Of this run; of all runs of the deployment where it is `None`.
    pub run: Option<RunId>,
    /// As it is typed: see [`crate::dialogs::filter::Terms`].
    pub filter: String,
    pub oldest_first: bool,
    pub place: Place,
}

impl Query {
    /// Whether both mean the same list, wherever in it somebody reads.
    pub(crate) fn is_of_same_list(&self, other: &Self) -> bool {
        (&self.run, &self.filter, self.oldest_first) == (&other.run, &other.filter, other.oldest_first)
    }
}

/// Some of the entries that were asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    pub lines: Vec<JournalLine>,
    /// How many stand before the first of them.
    pub offset: usize,
    /// How many there are in all.
    pub total: usize,
}

impl Window {
    pub(crate) fn begins(&self) -> bool {
        self.offset == 0
    }

    pub(crate) fn ends(&self) -> bool {
        self.offset + self.lines.len() >= self.total
    }
}

/// What was read of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shelf {
    /// Its file; `None` where no journal is kept.
    pub file: Option<String>,
    /// Whether its folder is there at all: the first run makes it.
    pub exists: bool,
    /// The newest entry of the whole journal; 0 while there is none.
    pub newest: u64,
    /// Of this deployment, the newest first; or why they cannot be read.
    pub runs: Result<Vec<PastRun>, String>,
    /// How many older ones are not among them.
    pub older_runs: usize,
    /// The oldest first; or why nobody knows.
    pub outstanding: Result<Vec<Outstanding>, String>,
    pub window: Result<Window, String>,
}

impl Shelf {
    /// Why a part of it cannot be read, where one cannot: as a rule it is the same of all.
    pub(crate) fn trouble(&self) -> Option<&str> {
        let of_runs = self.runs.as_ref().err();
        of_runs.or(self.window.as_ref().err()).or(self.outstanding.as_ref().err()).map(String::as_str)
    }
}

/// What verifying the journal told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "chain")]
pub enum Chain {
    Whole {
        entries: u64,
        /// Of the newest.
        hash: String,
        /// Why entries missing at its end would not be noticed; `None` where they would.
        unattested: Option<String>,
    },
    /// The first entry that is not as it was written.
    Broken { sequence: u64, run: Option<RunId>, why: String },
    /// It could not be walked through, which says nothing of it.
    Unreadable { why: String },
}

/// Whether the journal was verified, and what that told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    pub under_way: bool,
    pub last: Option<(Timestamp, Chain)>,
}

/// What can be read in full.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Writing {
    Report(RunId),
    Comparison {
        before: RunId,
        after: RunId,
    },
    /// One entry, as the journal holds it.
    Entry(u64),
}

/// What was asked to be read in full, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    pub writing: Writing,
    /// `None` until it is there.
    pub told: Option<Result<Box<Document>, String>>,
}

/// All that is known of what happened before to one deployment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Archive {
    /// What was asked for last, and what the entries that are held were asked for with.
    pub asked: Option<Query>,
    pub(crate) told: Option<Query>,
    /// To its first or its last entry, as soon as that is there.
    pub(crate) jump: Option<Place>,
    pub shelf: Option<Shelf>,
    /// When it was read last.
    pub read_at: Option<Timestamp>,
    /// Why it could not be read since.
    pub trouble: Option<String>,
    /// Quarters of a second of the reader's own time since it answered last.
    #[serde(default)]
    pub(crate) silent_quarters: u16,
    pub reading: Option<Reading>,
    /// The run that another one is to be compared with.
    pub marked: Option<RunId>,
}

/// It is read every three seconds while it is in view: whoever hears nothing of it for five is waiting for it.
const PATIENCE_QUARTERS: u16 = 20;

impl Archive {
    /// Whether it takes longer than it should to read it, as where another process holds it.
    pub(crate) fn is_awaited(&self) -> bool {
        self.silent_quarters >= PATIENCE_QUARTERS
    }

    pub(crate) fn runs(&self) -> &[PastRun] {
        match self.shelf.as_ref().map(|shelf| &shelf.runs) {
            Some(Ok(runs)) => runs,
            Some(Err(_)) | None => &[],
        }
    }

    /// The entries that are held, where they are of the list that was asked for last.
    pub(crate) fn answered(&self) -> Option<&Window> {
        let (asked, told) = (self.asked.as_ref()?, self.told.as_ref()?);
        self.shelf.as_ref()?.window.as_ref().ok().filter(|_| asked.is_of_same_list(told))
    }

    pub(crate) fn run(&self, id: &RunId) -> Option<&PastRun> {
        self.runs().iter().find(|run| run.id == *id)
    }
}
