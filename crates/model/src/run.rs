//! A run: a plan in execution, told as events. Whatever is known of a run is a fold over its events, so that a journal
//! is enough to go on from, to report from and to watch.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::assessment::StoreKind;
use crate::call::{Call, Receipt};
use crate::cloud_error::CloudError;
use crate::guard::{GuardName, GuardReport};
use crate::id::{Arn, DeploymentName};
use crate::plan::{Plan, PlanHash, StepId};
use crate::port::Reality;
use crate::runbook::Mode;
use crate::time::{Duration, Timestamp};
use crate::wording::span;

mod asks;
mod undo;

pub use asks::Asks;
pub use undo::{Changes, Undo};

/// A run's name, unique in its journal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(String);

impl RunId {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Who acts: the identity AWS knows, and where they sit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Operator {
    /// The caller's ARN, as STS told it; `None` where it could not be asked.
    pub arn: Option<Arn>,
    /// The local user's name.
    pub user: String,
    pub host: String,
    pub process: u32,
}

/// What really happened, where that can be known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrueLoss {
    /// How long clients at the canary's own vantage could not write; zero when they always could.
    pub rto: Duration,
    /// The longest of any vantage.
    pub rto_longest: Duration,
    /// By store: how much time of acknowledged writes is not to be found where the run led.
    pub rpo: BTreeMap<StoreKind, Duration>,
}

/// How a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepStatus {
    Pending,
    /// Its intent is durable: anything may have happened.
    Begun,
    Done,
    Failed,
    Skipped,
    Undone,
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum StepOutcome {
    Done,
    Failed { reason: String },
    Skipped { reason: String },
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunOutcome {
    /// Every step is done, and what was temporary is put back or listed.
    Completed,
    /// It waits for a person; `lifeboat resume` goes on.
    Stopped,
    Failed,
    /// A person gave it up.
    Aborted,
}

impl RunOutcome {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
            Self::Aborted => "aborted",
        }
    }
}

/// A temporary change and what puts it back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LedgerItem {
    /// The step that made it.
    pub step: StepId,
    /// For people: `alarm actions muted in us-east-1`.
    pub what: String,
    pub restore: Vec<Call>,
}

/// How long the parts of a run took. `None` where it was not measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Phases {
    /// From the first failed canary, or the declared beginning of the incident, to the plan.
    pub detection: Option<Duration>,
    /// From the plan to its approval.
    pub decision: Option<Duration>,
    /// From the approval to the last call's answer.
    pub execution: Option<Duration>,
    /// From the last call's answer to the first good canary after it.
    pub verification: Option<Duration>,
}

/// What a run's canaries tell.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Of the longest outage: from its first failed canary, or the declared beginning of the incident where the very
    /// first failed, to the first good one after it; zero when none failed. `None` without canaries, while writes still
    /// fail, where they failed from the very first on and nobody declared since when, where no canary was sent for a
    /// while, as between two processes, and of an unplanned run that is no drill where none failed: what it answers was
    /// before it.
    pub rto: Option<Duration>,
    /// What canaries saw of an outage that they did not see whole, from the first that failed to the last: no less than
    /// that, whatever anybody declared or a good one that came later leaves open. `None` where `rto` is known or nothing failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rto_at_least: Option<Duration>,
    /// From when on clients could write, to the end: the first good canary after the last that failed, or the first of
    /// all. `None` where the newest failed, and where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served_since: Option<Timestamp>,
    /// By store: the time between the first and the last acknowledged canary that is not to be found, one interval
    /// added; zero when all are found. `None` for a store that could not be asked, where the very first canary failed or is
    /// itself lost, since what was lost was written before it too, and where nothing of an outage was seen.
    pub rpo: BTreeMap<StoreKind, Option<Duration>>,
    pub phases: Phases,
    pub canaries_written: u64,
    pub canaries_failed: u64,
}

impl Measured {
    /// Why there is no recovery time though canaries were sent; `None` where there is one, or there are none.
    pub fn why_no_rto(&self) -> Option<&'static str> {
        let is_known = self.rto.is_some() || self.rto_at_least.is_some();
        (!is_known && self.canaries_written > 0)
            .then_some("no write failed while canaries were sent, and what clients met at other times nobody saw")
    }

    /// `RTO 41 s`, or the least that it was; the same wherever runs are listed.
    pub fn rto_in_short(&self) -> String {
        match (self.rto, self.rto_at_least) {
            (Some(rto), _) => format!("RTO {}", span(rto)),
            (None, Some(least)) => format!("RTO at least {}", span(least)),
            (None, None) => "RTO not measured".to_owned(),
        }
    }

    /// In place of a recovery time: that there is none, and why where that is known.
    pub fn not_measured(&self) -> String {
        self.why_no_rto().map_or_else(|| "not measured".to_owned(), |why| format!("not measured: {why}"))
    }

    /// What really was, where it may stand beside what was measured: it is known of the time of the run, and says nothing of
    /// what was before it.
    pub fn beside<'a>(&self, truth: Option<&'a TrueLoss>) -> Option<&'a TrueLoss> {
        truth.filter(|_| self.why_no_rto().is_none())
    }
}

/// One thing that happened in a run. Serialised as one JSON object with the field `event`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum RunEvent {
    /// First of every run.
    RunStarted {
        plan: Box<Plan>,
        hash: PlanHash,
        by: Operator,
        /// Whether it acts on the world or on a rehearsal; `None` where nobody said.
        #[serde(default)]
        reality: Option<Reality>,
        /// When the incident began, where somebody declared it.
        incident_began_at: Option<Timestamp>,
    },
    /// What a second person said before the run, or the phrase typed for it.
    Approved {
        by: Operator,
        hash: PlanHash,
        /// What was typed; `None` for a second person's approval, which types the hash.
        phrase: Option<String>,
    },
    /// A person goes on against a guard.
    Overridden { guard: GuardName, reason: String, by: Operator },
    /// The guards at the moment they were judged for the run (`step` is `None`) or a step.
    GuardsJudged { step: Option<StepId>, reports: Vec<GuardReport> },
    /// A step begins, for the first time or once more.
    StepStarted { step: StepId, attempt: u32 },
    /// The intent: durable before the request leaves.
    CallStarted { step: StepId, index: usize, call: Box<Call> },
    /// What AWS said to the call, or why it could not be asked.
    CallEnded { step: StepId, index: usize, outcome: Result<Receipt, CloudError> },
    /// What a probe found of a call that was begun by somebody who did not live to tell.
    CallProbed { step: StepId, index: usize, found: Found },
    /// The step is done, failed or was skipped, and how long it took.
    StepEnded {
        step: StepId,
        #[serde(flatten)]
        outcome: StepOutcome,
        elapsed: Duration,
    },
    /// What the step did is to be taken back.
    StepUndoStarted { step: StepId },
    /// The same intent as of a call, of one that takes something back.
    UndoCallStarted { step: StepId, index: usize, call: Box<Call> },
    /// What AWS said to that.
    UndoCallEnded { step: StepId, index: usize, outcome: Result<Receipt, CloudError> },
    /// Nothing of the step is left.
    StepUndone { step: StepId },
    /// A temporary change that is to be put back, written before it is made.
    LedgerOpened { item: LedgerItem },
    /// It was put back.
    LedgerClosed { step: StepId },
    /// A temporary change that could not be put back, and why.
    LedgerKept { step: StepId, reason: String },
    /// A write as a client does it, and whether it was acknowledged.
    CanaryWritten { nonce: String, sent_at: Timestamp, outcome: Result<Timestamp, String> },
    /// Which acknowledged writes a store has, which it lost, and of which that is not known.
    CanariesSought { store: StoreKind, found: Vec<String>, missing: Vec<String>, unknown: Vec<String> },
    /// What was seen of a fault that somebody, or a scenario, injected.
    FaultObserved { what: String },
    /// Only a person can go on from here.
    Question {
        step: StepId,
        text: String,
        /// Of a question whether a plan is approved: that plan. No answer but its typed phrase approves it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        approves: Option<PlanHash>,
    },
    /// What a person said to the question.
    Answered { step: StepId, answer: Answer, by: Operator },
    /// A person lets it finish what is begun, and begin nothing more.
    Paused { by: Operator },
    /// Somebody goes on with it, after a pause or after its process was gone.
    Resumed { by: Operator },
    /// A person gives the run up: from here on it only goes back, whoever goes on with it.
    GivenUp { by: Operator },
    /// From planned to unplanned in the middle of the run; the plan from here on.
    ModeChanged { mode: Mode, plan: Box<Plan>, hash: PlanHash, by: Operator },
    /// A line that a person wrote down.
    Noted { text: String, by: Operator },
    /// Somebody says that an incident is under way. Like the three after it, it stands in a deployment's logbook and not
    /// in a run.
    IncidentDeclared {
        began_at: Timestamp,
        /// What is known of it.
        text: String,
        by: Operator,
    },
    /// It is over, or was none; `text` is what there is to say of that.
    IncidentClosed { text: String, by: Operator },
    /// From here on a session that only read may act.
    AccessRaised {
        /// It lapses by itself after that long.
        lasts_s: u64,
        by: Operator,
    },
    /// It may only read again.
    AccessLowered {
        /// Because its time was over, and not by a person.
        lapsed: bool,
        by: Operator,
    },
    /// Last of a run that is over, and of each part of one that stopped.
    RunEnded {
        outcome: RunOutcome,
        reason: Option<String>,
        measured: Measured,
        truth: Option<TrueLoss>,
        /// Temporary changes that are still there.
        ledger: Vec<LedgerItem>,
    },
}

/// What a probe finds of a call that may or may not have happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "found")]
pub enum Found {
    Happened,
    DidNotHappen,
    UnderWay,
    CannotTell { reason: String },
}

/// What a person may say to a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "answer")]
pub enum Answer {
    /// To an approval: go on. To what could not be seen: it happened.
    Yes,
    /// To an approval: stop here. To what could not be seen: it did not happen, do it.
    No,
    Retry,
    Skip {
        reason: String,
    },
    Abort,
}

impl RunEvent {
    /// As it stands in the field `event`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::RunStarted { .. } => "run_started",
            Self::Approved { .. } => "approved",
            Self::Overridden { .. } => "overridden",
            Self::GuardsJudged { .. } => "guards_judged",
            Self::StepStarted { .. } => "step_started",
            Self::CallStarted { .. } => "call_started",
            Self::CallEnded { .. } => "call_ended",
            Self::CallProbed { .. } => "call_probed",
            Self::StepEnded { .. } => "step_ended",
            Self::StepUndoStarted { .. } => "step_undo_started",
            Self::UndoCallStarted { .. } => "undo_call_started",
            Self::UndoCallEnded { .. } => "undo_call_ended",
            Self::StepUndone { .. } => "step_undone",
            Self::LedgerOpened { .. } => "ledger_opened",
            Self::LedgerClosed { .. } => "ledger_closed",
            Self::LedgerKept { .. } => "ledger_kept",
            Self::CanaryWritten { .. } => "canary_written",
            Self::CanariesSought { .. } => "canaries_sought",
            Self::FaultObserved { .. } => "fault_observed",
            Self::Question { .. } => "question",
            Self::Answered { .. } => "answered",
            Self::Paused { .. } => "paused",
            Self::Resumed { .. } => "resumed",
            Self::GivenUp { .. } => "given_up",
            Self::ModeChanged { .. } => "mode_changed",
            Self::Noted { .. } => "noted",
            Self::IncidentDeclared { .. } => "incident_declared",
            Self::IncidentClosed { .. } => "incident_closed",
            Self::AccessRaised { .. } => "access_raised",
            Self::AccessLowered { .. } => "access_lowered",
            Self::RunEnded { .. } => "run_ended",
        }
    }
}

/// An event as it stands in the journal: its place in the whole chain, its run, its time and the hashes that bind it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// From 1, without gaps, over all runs of the journal.
    pub sequence: u64,
    pub run: RunId,
    pub deployment: DeploymentName,
    /// By the run's own clock, UTC.
    pub at: Timestamp,
    pub event: RunEvent,
    /// Of the entry before, in hexadecimal; of the first, sixty-four zeros.
    pub previous: String,
    /// SHA-256 over `previous` and the entry's other fields as they are stored.
    pub hash: String,
}

/// A change of a step's status that no run may make.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("step {step} is {from:?} and cannot take `{event}`")]
pub struct IllegalTransition {
    pub step: StepId,
    pub from: StepStatus,
    pub event: &'static str,
}

impl StepStatus {
    /// The whole table of transitions; `None` where the event says nothing of a step's status.
    fn next(self, event: &RunEvent) -> Option<Result<Self, ()>> {
        let to = match event {
            RunEvent::StepStarted { .. } => match self {
                Self::Pending | Self::Failed | Self::Begun => Ok(Self::Begun),
                Self::Done | Self::Skipped | Self::Undone => Err(()),
            },
            RunEvent::StepEnded { outcome, .. } => match (outcome, self) {
                (StepOutcome::Done, Self::Begun) => Ok(Self::Done),
                // A guard may refuse before an attempt begins, the first as any later one.
                (StepOutcome::Failed { .. }, Self::Begun | Self::Pending | Self::Failed) => Ok(Self::Failed),
                (StepOutcome::Skipped { .. }, Self::Pending | Self::Begun | Self::Failed) => Ok(Self::Skipped),
                _ => Err(()),
            },
            RunEvent::StepUndone { .. } => match self {
                Self::Done | Self::Begun | Self::Failed | Self::Skipped => Ok(Self::Undone),
                Self::Pending | Self::Undone => Err(()),
            },
            _ => return None,
        };
        Some(to)
    }
}

/// A call as the journal knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct CallRecord {
    pub call: Call,
    pub started_at: Timestamp,
    /// `None` while nobody has said how it ended.
    pub outcome: Option<Result<Receipt, CloudError>>,
    pub found: Option<Found>,
}

/// All that a run's events tell of it.
#[derive(Clone, Debug, PartialEq)]
pub struct RunState {
    pub id: RunId,
    pub plan: Plan,
    pub hash: PlanHash,
    pub by: Operator,
    pub started_at: Timestamp,
    pub approved_at: Option<Timestamp>,
    pub statuses: BTreeMap<StepId, StepStatus>,
    /// When each step began its newest attempt, and how many there were.
    pub began: BTreeMap<StepId, (Timestamp, u32)>,
    /// The newest attempt's calls, by step and index.
    pub calls: BTreeMap<(StepId, usize), CallRecord>,
    pub overrides: BTreeMap<GuardName, String>,
    pub ledger: Vec<LedgerItem>,
    /// Steps whose temporary change could not be put back.
    pub kept: BTreeSet<StepId>,
    pub question: Option<(StepId, String)>,
    /// Of the question that is open: the plan that is approved by typing its phrase.
    pub approves: Option<PlanHash>,
    /// Answers not yet used up by the step they were given to.
    pub answers: BTreeMap<StepId, Answer>,
    /// By step, the call of which whoever looked last could not tell what became of it.
    unseen: BTreeMap<StepId, usize>,
    /// Whether the plan, as it is now, was approved.
    is_approved: bool,
    pub paused: bool,
    /// What it has changed, over all attempts.
    pub changes: Changes,
    /// The newest `RunEnded`; a run that stopped can be gone on with, and then it is `None` again.
    pub ended: Option<(RunOutcome, Timestamp)>,
    /// How it had ended before somebody went on with it to put back what it left: nothing else of it is done any more,
    /// however often that is cut short.
    pub puts_back: Option<RunOutcome>,
}

/// Why entries are no run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    #[error("a run begins with `run_started`, and this one begins with `{0}`")]
    NoBeginning(&'static str),
    #[error("there is no entry")]
    Empty,
    #[error(transparent)]
    Transition(#[from] IllegalTransition),
    #[error("{event} names the step {step}, which its plan does not have")]
    UnknownStep { step: StepId, event: &'static str },
}

impl RunState {
    pub fn of(entries: &[Entry]) -> Result<Self, Malformed> {
        let (first, rest) = entries.split_first().ok_or(Malformed::Empty)?;
        let mut state = Self::begin(first)?;
        for entry in rest {
            state.apply(&entry.event, entry.at)?;
        }
        Ok(state)
    }

    pub fn begin(first: &Entry) -> Result<Self, Malformed> {
        let RunEvent::RunStarted { plan, hash, by, .. } = &first.event else {
            return Err(Malformed::NoBeginning(first.event.name()));
        };
        Ok(Self {
            id: first.run.clone(),
            plan: plan.as_ref().clone(),
            hash: hash.clone(),
            by: by.clone(),
            started_at: first.at,
            approved_at: None,
            statuses: plan.steps.iter().map(|step| (step.id.clone(), StepStatus::Pending)).collect(),
            began: BTreeMap::new(),
            calls: BTreeMap::new(),
            overrides: BTreeMap::new(),
            ledger: Vec::new(),
            kept: BTreeSet::new(),
            question: None,
            approves: None,
            answers: BTreeMap::new(),
            unseen: BTreeMap::new(),
            is_approved: false,
            paused: false,
            changes: Changes::default(),
            ended: None,
            puts_back: None,
        })
    }

    pub fn status(&self, step: &StepId) -> StepStatus {
        self.statuses.get(step).copied().unwrap_or(StepStatus::Pending)
    }

    /// Whether nothing more will happen in it. A run that stopped is not over.
    pub fn is_over(&self) -> bool {
        self.ended.is_some_and(|(outcome, _)| outcome != RunOutcome::Stopped)
    }

    /// What giving it up now would take back, and what would stay.
    pub fn undo(&self) -> Undo {
        self.changes.undo(&self.plan)
    }

    /// The steps of which something was sent, and not refused, that cannot be taken back; in the order of sending.
    pub fn beyond_recall(&self) -> Vec<StepId> {
        self.changes.lasting()
    }

    /// Takes in what happened next.
    pub fn apply(&mut self, event: &RunEvent, at: Timestamp) -> Result<(), Malformed> {
        if let Some(step) = step_of(event) {
            self.advance(step, event)?;
        }
        self.changes.take(&self.plan, event);
        match event {
            RunEvent::Approved { hash, .. } => {
                self.approved_at = Some(at);
                self.is_approved |= self.hash == *hash;
                if self.approves.as_ref() == Some(hash) {
                    (self.question, self.approves) = (None, None);
                }
            }
            RunEvent::Overridden { guard, reason, .. } => {
                self.overrides.insert(*guard, reason.clone());
            }
            RunEvent::StepStarted { step, attempt } => {
                self.began.insert(step.clone(), (at, *attempt));
                self.answers.remove(step);
                self.unseen.remove(step);
                self.calls.retain(|(of, _), _| of != step);
                self.ended = None;
            }
            RunEvent::CallStarted { step, index, call } => {
                let record = CallRecord { call: call.as_ref().clone(), started_at: at, outcome: None, found: None };
                self.calls.insert((step.clone(), *index), record);
                self.unseen.remove(step);
            }
            RunEvent::CallEnded { step, index, outcome } => {
                if let Some(record) = self.calls.get_mut(&(step.clone(), *index)) {
                    record.outcome = Some(outcome.clone());
                }
            }
            RunEvent::CallProbed { step, index, found } => {
                self.answers.remove(step);
                match found {
                    Found::CannotTell { .. } => self.unseen.insert(step.clone(), *index),
                    Found::Happened | Found::DidNotHappen | Found::UnderWay => self.unseen.remove(step),
                };
                if let Some(record) = self.calls.get_mut(&(step.clone(), *index)) {
                    record.found = Some(found.clone());
                }
            }
            RunEvent::StepEnded { step, .. } => {
                self.answers.remove(step);
                self.unseen.remove(step);
            }
            RunEvent::LedgerOpened { item } => self.ledger.push(item.clone()),
            RunEvent::LedgerClosed { step } => {
                self.ledger.retain(|item| item.step != *step);
                self.kept.remove(step);
            }
            RunEvent::LedgerKept { step, .. } => {
                self.kept.insert(step.clone());
            }
            RunEvent::StepUndone { step } => self.ledger.retain(|item| item.step != *step),
            RunEvent::Question { step, text, approves } => {
                self.answers.remove(step);
                self.question = Some((step.clone(), text.clone()));
                self.approves.clone_from(approves);
            }
            RunEvent::Answered { step, answer, .. } => {
                (self.question, self.approves) = (None, None);
                self.answers.insert(step.clone(), answer.clone());
            }
            RunEvent::Paused { .. } => self.paused = true,
            RunEvent::Resumed { .. } => {
                self.paused = false;
                if let Some((outcome, _)) = self.ended.take().filter(|(outcome, _)| *outcome != RunOutcome::Stopped) {
                    self.puts_back = Some(outcome);
                }
            }
            RunEvent::ModeChanged { plan, hash, .. } => {
                self.overrides.retain(|guard, _| guard.is_of_any_plan());
                self.replan(plan, hash);
            }
            RunEvent::RunEnded { outcome, .. } => {
                self.answers.clear();
                self.ended = Some((*outcome, at));
                self.puts_back = None;
            }
            RunEvent::RunStarted { .. }
            | RunEvent::GuardsJudged { .. }
            | RunEvent::StepUndoStarted { .. }
            | RunEvent::UndoCallStarted { .. }
            | RunEvent::UndoCallEnded { .. }
            | RunEvent::CanaryWritten { .. }
            | RunEvent::CanariesSought { .. }
            | RunEvent::FaultObserved { .. }
            | RunEvent::GivenUp { .. }
            | RunEvent::Noted { .. }
            | RunEvent::IncidentDeclared { .. }
            | RunEvent::IncidentClosed { .. }
            | RunEvent::AccessRaised { .. }
            | RunEvent::AccessLowered { .. } => {}
        }
        Ok(())
    }

    fn advance(&mut self, step: &StepId, event: &RunEvent) -> Result<(), Malformed> {
        let Some(status) = self.statuses.get_mut(step) else {
            return Err(Malformed::UnknownStep { step: step.clone(), event: event.name() });
        };
        match status.next(event) {
            None => Ok(()),
            Some(Ok(next)) => {
                *status = next;
                Ok(())
            }
            Some(Err(())) => Err(IllegalTransition { step: step.clone(), from: *status, event: event.name() }.into()),
        }
    }

    /// A plan that takes the place of the one before keeps what is known of the steps that both have.
    fn replan(&mut self, plan: &Plan, hash: &PlanHash) {
        for step in &plan.steps {
            self.statuses.entry(step.id.clone()).or_insert(StepStatus::Pending);
        }
        self.plan = plan.clone();
        self.hash = hash.clone();
        (self.question, self.approves) = (None, None);
        self.answers.clear();
        self.unseen.clear();
        self.is_approved = false;
    }
}

fn step_of(event: &RunEvent) -> Option<&StepId> {
    match event {
        RunEvent::StepStarted { step, .. }
        | RunEvent::CallStarted { step, .. }
        | RunEvent::CallEnded { step, .. }
        | RunEvent::CallProbed { step, .. }
        | RunEvent::StepEnded { step, .. }
        | RunEvent::StepUndoStarted { step }
        | RunEvent::UndoCallStarted { step, .. }
        | RunEvent::UndoCallEnded { step, .. }
        | RunEvent::StepUndone { step }
        | RunEvent::Question { step, .. }
        | RunEvent::Answered { step, .. } => Some(step),
        RunEvent::RunStarted { .. }
        | RunEvent::Approved { .. }
        | RunEvent::Overridden { .. }
        | RunEvent::GuardsJudged { .. }
        | RunEvent::LedgerOpened { .. }
        | RunEvent::LedgerClosed { .. }
        | RunEvent::LedgerKept { .. }
        | RunEvent::CanaryWritten { .. }
        | RunEvent::CanariesSought { .. }
        | RunEvent::FaultObserved { .. }
        | RunEvent::Paused { .. }
        | RunEvent::Resumed { .. }
        | RunEvent::GivenUp { .. }
        | RunEvent::ModeChanged { .. }
        | RunEvent::Noted { .. }
        | RunEvent::IncidentDeclared { .. }
        | RunEvent::IncidentClosed { .. }
        | RunEvent::AccessRaised { .. }
        | RunEvent::AccessLowered { .. }
        | RunEvent::RunEnded { .. } => None,
    }
}

#[cfg(test)]
mod tests;
