//! What a run was, told from its entries and nothing else: who did what, when, on whose approval, what it cost and what
//! was lost. It reads no clock and no cloud; what the journal does not say is not in it.

use std::collections::BTreeMap;

use lifeboat_model::assessment::StoreKind;
use lifeboat_model::document::Document;
use lifeboat_model::guard::GuardReport;
use lifeboat_model::id::{AccountId, DeploymentName, Region};
use lifeboat_model::incident::{Incident, Logbook, Note};
use lifeboat_model::plan::{Build, PlanHash, StepId};
use lifeboat_model::port::Reality;
use lifeboat_model::run::{Answer, Entry, Operator, RunId, RunOutcome, StepStatus};
use lifeboat_model::runbook::{Mode, RunbookName, StepKind};
use lifeboat_model::time::{Duration, Timestamp};
use serde::{Serialize, Serializer};

use crate::journal::{Journal, JournalError, NotVerified, Verified, approvals, logbook};

mod comparison;
mod html;
mod markdown;
mod reading;
mod telling;
mod words;

pub use comparison::{Comparison, compare, comparison_document, comparison_markdown};
pub use html::html;
pub use markdown::markdown;

/// The version of the report's JSON.
pub const REPORT_VERSION: u32 = 1;

/// The report as blocks, for whoever lays it out.
pub fn document(report: &Report) -> Document {
    telling::page(report)
}

/// Why entries give no report.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoReport {
    #[error("there is no such run in the journal")]
    Empty,
    #[error("the run's first entry is `{0}`, not `run_started`: entries before it are missing")]
    NoBeginning(&'static str),
}

/// Why a journal gives no report of a run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotReport {
    #[error(transparent)]
    NoReport(#[from] NoReport),
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// Lengths are seconds in JSON, and the fields' names say so.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    pub version: u32,
    pub run: RunId,
    pub deployment: DeploymentName,
    pub account: Option<AccountId>,
    pub runbook: RunbookName,
    /// As it was at the end: a planned run may have become unplanned.
    pub mode: Mode,
    pub drill: bool,
    /// `None` where the journal does not say whether it was of the world or of the simulator.
    pub reality: Option<Reality>,
    pub from: Region,
    pub to: Region,
    pub plan_hash: PlanHash,
    /// What the plan said cannot be undone, and what it left out.
    pub plan_notes: Vec<String>,
    pub started_by: Operator,
    pub approvals: Vec<Approved>,
    pub started_at: Timestamp,
    pub incident_began_at: Option<Timestamp>,
    pub last_at: Timestamp,
    pub ending: Ending,
    #[serde(rename = "length_s", serialize_with = "seconds")]
    pub length: Duration,
    #[serde(rename = "predicted_length_s", serialize_with = "maybe_seconds")]
    pub predicted_length: Option<Duration>,
    /// Of clients that could not write, from the first failed canary to the first good one after it.
    pub rto: Against,
    /// Why canaries that were sent tell no recovery time; `None` where they tell one, and where none was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_rto: Option<&'static str>,
    /// Of acknowledged writes that are not to be found, by store.
    pub rpo: BTreeMap<StoreKind, Against>,
    pub phases: Phases,
    /// Of a run that made stacks or took them away: what the plan was to do to each. Nobody measures clients meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub build: Option<Build>,
    pub canaries: Canaries,
    pub steps: Vec<StepTold>,
    pub guards: Vec<GuardTold>,
    pub overrides: Vec<Override>,
    pub faults: Vec<Fault>,
    pub questions: Vec<Question>,
    pub ledger: Vec<LedgerTold>,
    pub timeline: Vec<Moment>,
    /// What was said while it was under way that stands beside the run: incidents with their notes, and other notes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub incidents: Vec<Incident>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    pub evidence: Evidence,
}

/// How the run ended, as far as the journal goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ending {
    /// `None`: it is going on, or was cut off.
    pub outcome: Option<RunOutcome>,
    pub reason: Option<String>,
}

/// A measured length beside what was promised, predicted and, on the simulator, true. `None` where nobody knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Against {
    #[serde(rename = "measured_s", serialize_with = "maybe_seconds")]
    pub measured: Option<Duration>,
    /// What canaries saw of an outage that they did not see whole; of the RTO only.
    #[serde(rename = "at_least_s", serialize_with = "maybe_seconds", skip_serializing_if = "Option::is_none")]
    pub at_least: Option<Duration>,
    #[serde(rename = "objective_s", serialize_with = "maybe_seconds")]
    pub objective: Option<Duration>,
    #[serde(rename = "predicted_s", serialize_with = "maybe_seconds")]
    pub predicted: Option<Duration>,
    #[serde(rename = "truth_s", serialize_with = "maybe_seconds")]
    pub truth: Option<Duration>,
    /// The longest of any vantage; of the RTO only.
    #[serde(rename = "truth_longest_s", serialize_with = "maybe_seconds", skip_serializing_if = "Option::is_none")]
    pub truth_longest: Option<Duration>,
    /// Whether the objective was kept; `None` without an objective or without a measurement.
    pub met: Option<bool>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Phases {
    #[serde(rename = "detection_s", serialize_with = "maybe_seconds")]
    pub detection: Option<Duration>,
    #[serde(rename = "decision_s", serialize_with = "maybe_seconds")]
    pub decision: Option<Duration>,
    #[serde(rename = "execution_s", serialize_with = "maybe_seconds")]
    pub execution: Option<Duration>,
    #[serde(rename = "verification_s", serialize_with = "maybe_seconds")]
    pub verification: Option<Duration>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Approved {
    pub by: Operator,
    pub at: Timestamp,
    pub plan_hash: PlanHash,
    /// `None`: a second person, who names the plan by its hash.
    pub typed: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Canaries {
    pub written: u64,
    pub failed: u64,
    #[serde(rename = "first_failed_offset_s", serialize_with = "maybe_seconds")]
    pub first_failed: Option<Duration>,
    /// Acknowledged, after the first that failed.
    #[serde(rename = "first_good_after_offset_s", serialize_with = "maybe_seconds")]
    pub first_good_after: Option<Duration>,
    /// In the order in which they were written.
    pub strip: Vec<Canary>,
    /// What the last search of each store told.
    pub sought: Vec<Sought>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Canary {
    pub nonce: String,
    #[serde(rename = "offset_s", serialize_with = "seconds")]
    pub offset: Duration,
    /// How long the acknowledgement took; `None` where none came.
    #[serde(rename = "acknowledged_after_s", serialize_with = "maybe_seconds")]
    pub acknowledged_after: Option<Duration>,
    /// Why none came.
    pub failure: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sought {
    pub store: StoreKind,
    pub found: usize,
    pub missing: Vec<String>,
    pub unknown: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepTold {
    pub id: StepId,
    pub kind: StepKind,
    pub title: String,
    pub group: usize,
    pub status: StepStatus,
    pub attempts: u32,
    /// Why it failed or was skipped.
    pub reason: Option<String>,
    #[serde(rename = "started_offset_s", serialize_with = "maybe_seconds")]
    pub started: Option<Duration>,
    #[serde(rename = "expected_s", serialize_with = "maybe_seconds")]
    pub expected: Option<Duration>,
    pub expected_basis: String,
    /// Of the newest attempt that ended.
    #[serde(rename = "actual_s", serialize_with = "maybe_seconds")]
    pub actual: Option<Duration>,
    pub optional: bool,
    /// Whether it injected the drill's fault.
    pub inject: bool,
    /// Of every attempt, and those that took it back.
    pub calls: Vec<CallTold>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CallTold {
    pub attempt: u32,
    pub index: usize,
    /// Whether it took back what another call did.
    pub undo: bool,
    pub operation: String,
    pub endpoint_region: Region,
    /// The same as `aws` commands, each on a line; empty where the command line cannot say it.
    pub command: String,
    #[serde(rename = "started_offset_s", serialize_with = "seconds")]
    pub started: Duration,
    #[serde(rename = "took_s", serialize_with = "maybe_seconds")]
    pub took: Option<Duration>,
    /// `None`: nobody has said how it ended.
    pub accepted: Option<bool>,
    /// Whether it was to delete what was not there: not accepted, and no failure.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub needless: bool,
    pub request_id: Option<String>,
    /// What AWS said, or how it failed.
    pub said: Option<String>,
    /// What was found of it when nobody had said how it ended.
    pub found: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GuardTold {
    #[serde(rename = "offset_s", serialize_with = "seconds")]
    pub offset: Duration,
    /// `None`: judged for the run.
    pub step: Option<StepId>,
    #[serde(flatten)]
    pub report: GuardReport,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Override {
    #[serde(rename = "offset_s", serialize_with = "seconds")]
    pub offset: Duration,
    pub guard: lifeboat_model::guard::GuardName,
    pub reason: String,
    pub by: Operator,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    #[serde(rename = "offset_s", serialize_with = "seconds")]
    pub offset: Duration,
    pub what: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Question {
    #[serde(rename = "offset_s", serialize_with = "seconds")]
    pub offset: Duration,
    pub step: StepId,
    pub text: String,
    pub answer: Option<Answered>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answered {
    #[serde(flatten)]
    pub answer: Answer,
    pub by: Operator,
    #[serde(rename = "after_s", serialize_with = "seconds")]
    pub after: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LedgerTold {
    pub step: StepId,
    pub what: String,
    pub state: LedgerState,
    /// What puts it back, each command on a line.
    pub restore: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum LedgerState {
    Restored,
    /// Its step was taken back.
    Undone,
    /// It could not be put back.
    Kept {
        reason: String,
    },
    /// It is still there.
    Open,
}

/// One thing that happened, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Moment {
    pub sequence: u64,
    pub at: Timestamp,
    #[serde(rename = "offset_s", serialize_with = "seconds")]
    pub offset: Duration,
    /// As the journal names it.
    pub event: &'static str,
    pub text: String,
}

/// What the report rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    pub entries: usize,
    pub first_sequence: u64,
    pub last_sequence: u64,
    pub first_hash: String,
    pub last_hash: String,
    /// Where its entries tell what no run can do.
    pub contradiction: Option<String>,
    #[serde(flatten)]
    pub chain: Chain,
}

/// Whether the journal was proved whole when the report was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "chain")]
pub enum Chain {
    NotVerified,
    Whole {
        journal_entries: u64,
        journal_head: String,
    },
    /// The first entry that is not as it was written; nothing from there on proves anything.
    Broken {
        at_sequence: u64,
        why: String,
        before_this_run_ended: bool,
    },
    Unreadable {
        why: String,
    },
}

impl Report {
    /// From a run's entries, oldest first.
    pub fn of(entries: &[Entry]) -> Result<Self, NoReport> {
        reading::read(entries)
    }

    /// Of a run in a journal, with what second persons said of its plan and whether the journal is whole.
    pub fn of_run(journal: &dyn Journal, run: &RunId) -> Result<Self, CannotReport> {
        let report = Self::of(&journal.entries(run)?)?;
        let seconds = approvals(journal, &report.deployment)?;
        let logbook = logbook(journal, &report.deployment)?;
        Ok(report.seconded(&seconds).logged(&logbook).verified(&journal.verify()))
    }

    /// The same, with those of the approvals given before the run that are of its plan.
    #[must_use]
    pub fn seconded(mut self, approvals: &[(Operator, PlanHash, Timestamp)]) -> Self {
        let of_this = approvals.iter().filter(|(_, hash, at)| *hash == self.plan_hash && *at <= self.last_at);
        let told =
            of_this.map(|(by, hash, at)| Approved { by: by.clone(), at: *at, plan_hash: hash.clone(), typed: None });
        self.approvals.extend(told);
        self.approvals.sort_by_key(|approved| approved.at);
        self
    }

    /// The same, with the incidents that were under way meanwhile, each as a whole, and what else was noted.
    #[must_use]
    pub fn logged(mut self, logbook: &Logbook) -> Self {
        let (from, until) = (self.incident_began_at.unwrap_or(self.started_at).min(self.started_at), self.last_at);
        self.incidents = logbook.incidents.iter().filter(|incident| incident.touches(from, until)).cloned().collect();
        self.notes = logbook.notes.iter().filter(|note| note.at >= from && note.at <= until).cloned().collect();
        self
    }

    /// The same, with what verifying the journal told.
    #[must_use]
    pub fn verified(mut self, verified: &Result<Verified, NotVerified>) -> Self {
        self.evidence.chain = match verified {
            Ok(whole) => Chain::Whole { journal_entries: whole.entries, journal_head: whole.head.hash.clone() },
            Err(NotVerified::Broken(broken)) => Chain::Broken {
                at_sequence: broken.sequence,
                why: broken.why.clone(),
                before_this_run_ended: broken.sequence <= self.evidence.last_sequence,
            },
            Err(NotVerified::Unreadable(error)) => Chain::Unreadable { why: error.to_string() },
        };
        self
    }

    /// Whether anything of it can be relied upon.
    pub fn is_broken(&self) -> bool {
        let chain = matches!(self.evidence.chain, Chain::Broken { before_this_run_ended: true, .. });
        chain || self.evidence.contradiction.is_some()
    }
}

impl Against {
    fn new(measured: Option<Duration>, objective: Option<Duration>) -> Self {
        let met = measured.zip(objective).map(|(measured, objective)| measured <= objective);
        Self { measured, objective, met, ..Self::default() }
    }
}

fn seconds<S: Serializer>(length: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(length.as_secs_f64())
}

#[expect(clippy::ref_option, reason = "serde hands out references")]
fn maybe_seconds<S: Serializer>(length: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    match length {
        Some(length) => seconds(length, serializer),
        None => serializer.serialize_none(),
    }
}
