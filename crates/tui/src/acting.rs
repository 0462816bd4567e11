//! Acting, as the glass knows it: what is proposed, what a run has told so far, and what a person may say to it. Values
//! and folds over them; nothing in here can act, or knows who does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lifeboat_model::assessment::StoreKind;
use lifeboat_model::guard::{GuardName, GuardReport};
use lifeboat_model::plan::{Condition, Plan, PlanHash, Step, StepId};
use lifeboat_model::run::{
    Answer, Entry, LedgerItem, Measured, Operator, RunEvent, RunId, RunOutcome, RunState, StepOutcome, StepStatus,
    TrueLoss,
};
use lifeboat_model::runbook::{Mode, RunbookName, StepKind};
use lifeboat_model::time::{Duration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::drafting::Choice;
use crate::estate::Estate;
use canaries::Canaries;
use line::Line;

pub(crate) mod canaries;
pub(crate) mod choices;
pub(crate) mod clock;
pub(crate) mod line;
pub(crate) mod mending;
pub(crate) mod outlook;
pub mod story;
pub(crate) mod undo;
pub(crate) mod words;

/// A plan that was made to be read, with what every guard says of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    pub runbook: RunbookName,
    /// Whether a rehearsal was asked for.
    pub drill: bool,
    pub plan: Plan,
    pub hash: PlanHash,
    pub reports: Vec<GuardReport>,
    /// In what it differs from the one that was shown before it; kept until the page is opened anew.
    #[serde(default)]
    pub changes: Vec<String>,
}

impl Proposal {
    pub fn new(runbook: RunbookName, drill: bool, plan: Plan, reports: Vec<GuardReport>) -> Self {
        let hash = plan.hash();
        Self { runbook, drill, plan, hash, reports, changes: Vec::new() }
    }

    /// Those that do not let it begin.
    pub fn refusing(&self) -> Vec<&GuardReport> {
        self.reports.iter().filter(|report| !report.allows()).collect()
    }

    /// Guards that do not pass and are overridden for this plan, with why.
    pub fn overrides(&self) -> BTreeMap<GuardName, String> {
        self.reports.iter().filter_map(|report| Some((report.guard, report.overridden.clone()?))).collect()
    }

    /// What was said against a guard of another plan is not said of this one, but for what depends on no plan.
    pub(crate) fn forget_overrides(&mut self) {
        for report in self.reports.iter_mut().filter(|report| !report.guard.is_of_any_plan()) {
            report.overridden = None;
        }
    }

    /// What became of the plan since it was shown: the same plan keeps what was said of the one before. A plan that was
    /// read stays where it waits at least as long as a new one would: lags waver all the time, and nobody can read a plan
    /// that changes with each of them.
    pub(crate) fn succeeding(mut self, before: Option<&Self>) -> Self {
        match before {
            Some(before) if before.hash == self.hash => self.changes.clone_from(&before.changes),
            Some(before) if before.drill == self.drill && suffices(&before.plan, &self.plan) => {
                self.plan.steps.clone_from(&before.plan.steps);
                self.hash = self.plan.hash();
                self.changes.clone_from(&before.changes);
            }
            Some(before) if before.runbook == self.runbook && before.drill == self.drill => {
                self.changes = changes(&before.plan, &self.plan);
            }
            Some(_) | None => {}
        }
        self
    }
}

/// The store whose state decides how long a step takes.
fn store_of(step: &Step) -> Option<StoreKind> {
    let bound = step
        .verify
        .iter()
        .find_map(|condition| if let Condition::AtRiskAtMost { store, .. } = condition { Some(*store) } else { None });
    let by_kind = [
        (step.kind.promotes(), StoreKind::Aurora),
        (step.kind == StepKind::DynamodbDrain, StoreKind::DynamoDb),
        (matches!(step.kind, StepKind::S3Backlog | StepKind::S3ReverseReplication), StoreKind::S3),
    ];
    bound.or_else(|| by_kind.into_iter().find(|(is_so, _)| *is_so).map(|(_, store)| store))
}

/// Whether one plan would do what another would, and waits nowhere for less.
fn suffices(before: &Plan, now: &Plan) -> bool {
    let ((before, before_waits), (now, now_waits)) = (without_waits(before), without_waits(now));
    let is_enough = |(before, now): (&Duration, &Duration)| before >= now;
    before.hash() == now.hash()
        && before_waits.len() == now_waits.len()
        && before_waits.iter().zip(&now_waits).all(is_enough)
}

/// The plan but for how long it waits for nothing else than time, and those lengths.
fn without_waits(plan: &Plan) -> (Plan, Vec<Duration>) {
    let mut plan = plan.clone();
    let mut waits = Vec::new();
    for step in &mut plan.steps {
        let mut is_wait = false;
        for condition in &mut step.verify {
            if let Condition::Elapsed { length } = condition {
                waits.push(std::mem::take(length));
                is_wait = true;
            }
        }
        if is_wait {
            step.title.clear();
            waits.push(std::mem::take(&mut step.timeout));
        }
    }
    (plan, waits)
}

/// What differs between two plans, each a sentence. Never empty: hashes told that something does.
fn changes(before: &Plan, now: &Plan) -> Vec<String> {
    let mut said = Vec::new();
    if (&before.from, &before.to) != (&now.from, &now.to) {
        said.push(format!("it led from {} to {}, and now from {} to {}", before.from, before.to, now.from, now.to));
    }
    if before.writer != now.writer {
        let name = |plan: &Plan| plan.writer.as_ref().map_or_else(|| "not known".to_owned(), ToString::to_string);
        said.push(format!("the writer was {}, and is {}", name(before), name(now)));
    }
    if before.account != now.account {
        said.push("it is made for another account".to_owned());
    }
    for step in &now.steps {
        match before.step(&step.id) {
            None => said.push(format!("new: {}", step.title)),
            Some(old) if !old.does_as(step) => said.push(format!("changed: {}", step.title)),
            Some(_) => {}
        }
    }
    for step in before.steps.iter().filter(|step| now.step(&step.id).is_none()) {
        said.push(format!("no longer done: {}", step.title));
    }
    if said.is_empty() {
        said.push("the order or the guards are others now".to_owned());
    }
    said
}

/// A run as it stands in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastRun {
    pub id: RunId,
    pub runbook: RunbookName,
    pub drill: bool,
    pub started_at: Timestamp,
    pub last_at: Timestamp,
    /// `None` while it is going on, and when it was cut off.
    pub outcome: Option<RunOutcome>,
    pub by: Operator,
    /// From when on clients could write to its end, as far as it saw: see [`Measured::served_since`].
    #[serde(default)]
    pub served_since: Option<Timestamp>,
}

/// What a proposal was asked for, and why there is none where there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposing {
    pub runbook: RunbookName,
    pub drill: bool,
    /// What is to be made, where the runbook makes a deployment.
    #[serde(default)]
    pub choice: Option<Choice>,
    /// Why no plan can be made.
    pub refused: Option<String>,
    /// Guards that a person goes on against, with why.
    #[serde(default)]
    pub overrides: BTreeMap<GuardName, String>,
}

/// What a person says to a run that is executed here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Saying {
    Pause,
    GoOn,
    Yes,
    No,
    Retry,
    Skip {
        reason: String,
    },
    Abort,
    GoUnplanned,
    /// To the question whether the plan, as it is by now, is approved: what was typed.
    Approve {
        typed: String,
    },
}

/// The question that is open: its step and its text.
pub type Question = (StepId, String);

/// A run as far as its entries have come. The entries are what is kept; everything else is a fold over them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct LiveRun {
    /// Shared with whoever else holds a model: there may be ten thousand of them.
    entries: Vec<Arc<Entry>>,
    /// Executed by this process.
    pub here: bool,
    told: Told,
}

/// A run as it stands on a tape.
#[derive(Clone, Serialize, Deserialize)]
struct Written {
    entries: Vec<Arc<Entry>>,
    here: bool,
}

impl From<Written> for LiveRun {
    fn from(written: Written) -> Self {
        let mut run = Self { entries: Vec::new(), here: written.here, told: Told::default() };
        run.take(written.entries);
        run
    }
}

impl From<LiveRun> for Written {
    fn from(run: LiveRun) -> Self {
        Self { entries: run.entries, here: run.here }
    }
}

/// What a run does between its last step and its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WindingUp {
    /// A drill must show that what it injected was felt, and nothing was so far.
    Effect,
    /// Every canary is looked for in every store.
    Measuring,
}

/// How a run, or a part of it, ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ending {
    pub(crate) outcome: RunOutcome,
    pub(crate) at: Timestamp,
    pub(crate) reason: Option<String>,
    pub(crate) measured: Measured,
    pub(crate) truth: Option<TrueLoss>,
    /// Temporary changes that are still there.
    pub(crate) ledger: Vec<LedgerItem>,
}

/// The fold.
#[derive(Clone, Debug, Default, PartialEq)]
struct Told {
    state: Option<RunState>,
    /// Why the entries are no run that can be understood.
    trouble: Option<String>,
    incident_began_at: Option<Timestamp>,
    lengths: BTreeMap<StepId, Duration>,
    /// Why steps failed or were skipped.
    reasons: BTreeMap<StepId, String>,
    /// Why temporary changes could not be put back.
    kept: BTreeMap<StepId, String>,
    /// The guards that were judged last, of each step.
    reports: BTreeMap<StepId, Vec<GuardReport>>,
    /// Those of the plan as a whole.
    plan_reports: Vec<GuardReport>,
    undoing: BTreeSet<StepId>,
    canaries: Canaries,
    ending: Option<Ending>,
    given_up: bool,
    /// When it was over for the first time.
    over_since: Option<Timestamp>,
    /// Whether something was seen to be wrong with the region that is left, as a drill must show.
    fault_seen: bool,
    /// Entries worth telling, by index.
    story: Vec<usize>,
}

impl LiveRun {
    /// The run that these entries begin; `None` where the first of them begins none.
    pub(crate) fn begin(entries: Vec<Arc<Entry>>, here: bool) -> Option<Self> {
        let begins = entries.first().is_some_and(|first| matches!(first.event, RunEvent::RunStarted { .. }));
        begins.then(|| Self::from(Written { entries, here }))
    }

    /// Takes in what is new of this run. Entries that are known are passed over, and those of other runs.
    pub(crate) fn take(&mut self, entries: Vec<Arc<Entry>>) {
        for entry in entries {
            let is_of_it = self.entries.first().is_none_or(|first| first.run == entry.run);
            let is_new = self.entries.last().is_none_or(|last| last.sequence < entry.sequence);
            if is_of_it && is_new {
                self.told.take(self.entries.len(), self.entries.last().map(Arc::as_ref), &entry);
                self.entries.push(entry);
            }
        }
    }

    pub fn id(&self) -> Option<&RunId> {
        self.entries.first().map(|first| &first.run)
    }

    pub(crate) fn into_entries(self) -> Vec<Arc<Entry>> {
        self.entries
    }

    /// The newest entry's place in the journal.
    pub fn last_sequence(&self) -> u64 {
        self.entries.last().map_or(0, |last| last.sequence)
    }

    pub fn state(&self) -> Option<&RunState> {
        self.told.state.as_ref()
    }

    /// A run that is over asks nothing any more, though nobody may have answered it.
    pub fn question(&self) -> Option<&Question> {
        self.state()?.question.as_ref().filter(|_| !self.is_putting_back())
    }

    /// Whether nothing more will happen in it.
    pub fn is_over(&self) -> bool {
        self.state().is_some_and(RunState::is_over)
    }

    /// Whether it is over, and changes that were to last no longer than it are still there.
    pub fn has_left_changes(&self) -> bool {
        self.is_over() && self.state().is_some_and(|state| !state.ledger.is_empty())
    }

    /// Why the temporary change of a step could not be put back.
    pub(crate) fn kept_because(&self, step: &StepId) -> Option<&str> {
        self.told.kept.get(step).map(String::as_str)
    }

    /// Whether it stopped and waits to be gone on with.
    pub(crate) fn is_stopped(&self) -> bool {
        self.state().is_some_and(|state| matches!(state.ended, Some((RunOutcome::Stopped, _))))
    }

    /// The first of the steps that are under way or asked about.
    pub(crate) fn under_way(&self) -> Option<&StepId> {
        let state = self.state()?;
        if let Some((step, _)) = &state.question {
            return Some(step);
        }
        let of = |wanted: StepStatus| {
            state.plan.steps.iter().find(|step| state.status(&step.id) == wanted).map(|step| &step.id)
        };
        let undoing = state.plan.steps.iter().map(|step| &step.id).find(|id| self.told.undoing.contains(*id));
        undoing.or_else(|| of(StepStatus::Begun)).or_else(|| of(StepStatus::Failed)).or_else(|| of(StepStatus::Pending))
    }

    /// The store that a step under way waits for, where one does.
    pub(crate) fn awaited_store(&self) -> Option<StoreKind> {
        let state = self.state()?;
        let mut begun = state.plan.steps.iter().filter(|step| state.status(&step.id) == StepStatus::Begun);
        begun.find_map(store_of)
    }

    pub(crate) fn trouble(&self) -> Option<&str> {
        self.told.trouble.as_deref()
    }

    pub(crate) fn canaries(&self) -> &Canaries {
        &self.told.canaries
    }

    pub(crate) fn ending(&self) -> Option<&Ending> {
        self.told.ending.as_ref()
    }

    pub(crate) fn is_given_up(&self) -> bool {
        self.told.given_up
    }

    pub(crate) fn is_putting_back(&self) -> bool {
        self.state().is_some_and(|state| state.puts_back.is_some())
    }

    /// How many resources differ from their templates, where this compared them; `None` until that was read.
    pub fn found_by_comparing(&self, estate: Option<&Estate>) -> Option<usize> {
        estate?.drifted_between(self.state()?.started_at, self.ended_at()?)
    }

    /// When it ended: what was put back later is no part of how long it took.
    pub(crate) fn ended_at(&self) -> Option<Timestamp> {
        self.told.over_since.or(self.told.ending.as_ref().map(|ending| ending.at))
    }

    /// Where it stands against the line of reversibility; `None` where it has none, and of a run that is over.
    pub(crate) fn line(&self) -> Option<Line> {
        let state = self.state().filter(|_| !self.is_over())?;
        line::of(state, self.told.given_up)
    }

    /// The same in a sentence, once it is reached.
    pub(crate) fn line_told(&self) -> Option<String> {
        match self.line()? {
            Line::Ahead => None,
            Line::Reached => Some(line::reached(self.state()?)),
            Line::Passed => Some(line::passed(self.state()?)),
        }
    }

    pub(crate) fn is_undoing(&self, step: &StepId) -> bool {
        self.told.undoing.contains(step)
    }

    pub(crate) fn length_of(&self, step: &StepId) -> Option<Duration> {
        self.told.lengths.get(step).copied()
    }

    pub(crate) fn reason_of(&self, step: &StepId) -> Option<&str> {
        self.told.reasons.get(step).map(String::as_str)
    }

    pub(crate) fn reports_of(&self, step: &StepId) -> &[GuardReport] {
        self.told.reports.get(step).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn plan_reports(&self) -> &[GuardReport] {
        &self.told.plan_reports
    }

    /// Whether what is asked waits for somebody else's approval of its plan.
    pub fn wants_second_person(&self) -> bool {
        let Some((step, _)) = self.question().filter(|_| !self.is_over()) else { return false };
        let refuses = |reports: &[GuardReport]| {
            reports.iter().any(|report| report.guard == GuardName::SecondPerson && !report.allows())
        };
        refuses(&self.told.plan_reports) || refuses(self.reports_of(step))
    }

    /// What is worth telling of it, the oldest first.
    pub(crate) fn story(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.told.story.iter().filter_map(|index| self.entries.get(*index).map(Arc::as_ref))
    }

    /// What it still waits for once its last step is over; `None` before that, and once it has ended.
    pub(crate) fn winding_up(&self) -> Option<WindingUp> {
        let state = self.state().filter(|_| !self.is_over() && !self.is_given_up())?;
        let is_over = |status| matches!(status, StepStatus::Done | StepStatus::Skipped);
        if state.question.is_some() || !state.plan.steps.iter().all(|step| is_over(state.status(&step.id))) {
            return None;
        }
        let felt = self.told.fault_seen || self.told.canaries.failed > 0;
        Some(if state.plan.drill && !felt { WindingUp::Effect } else { WindingUp::Measuring })
    }

    /// Whether it is the answer to something that began before it. A rehearsal makes its fault itself, and what was begun as
    /// planned saw its clients first.
    pub(crate) fn answers_an_outage(&self) -> bool {
        self.entries.first().is_some_and(|first| {
            matches!(&first.event, RunEvent::RunStarted { plan, .. } if plan.mode == Mode::Unplanned && !plan.drill)
        })
    }

    /// Why nothing of it is begun yet though nobody is asked and nothing refuses: a planned run sees first how clients fare.
    pub(crate) fn sees_first(&self) -> bool {
        let Some(state) = self.state().filter(|_| !self.is_over()) else { return false };
        let is_idle = state.began.is_empty() && state.question.is_none() && !state.paused;
        is_idle && state.plan.mode == Mode::Planned && state.plan.build.is_none()
    }

    /// From when the recovery time counts: the declared beginning of the incident, else the run's own.
    pub(crate) fn counts_from(&self) -> Option<(Timestamp, bool)> {
        let declared = self.told.incident_began_at.map(|at| (at, true));
        declared.or_else(|| self.state().map(|state| (state.started_at, false)))
    }
}

impl Told {
    fn take(&mut self, index: usize, before: Option<&Entry>, entry: &Entry) {
        let is_over = self.state.as_ref().is_some_and(RunState::is_over);
        if is_over && matches!(entry.event, RunEvent::Resumed { .. }) {
            let ended = self.state.as_ref().and_then(|state| state.ended);
            self.over_since = self.over_since.or(ended.map(|(_, at)| at));
        }
        let outcome = match &mut self.state {
            None => RunState::begin(entry).map(|state| self.state = Some(state)),
            Some(state) => state.apply(&entry.event, entry.at),
        };
        if let Err(malformed) = outcome {
            self.trouble.get_or_insert_with(|| malformed.to_string());
        }
        if story::is_worth_telling(&entry.event, self.canaries.failing.is_some(), before.is_none()) {
            self.story.push(index);
        }
        self.note(entry);
    }

    fn note(&mut self, entry: &Entry) {
        match &entry.event {
            RunEvent::RunStarted { incident_began_at, .. } => self.incident_began_at = *incident_began_at,
            RunEvent::StepStarted { step, .. } => {
                self.reasons.remove(step);
                self.lengths.remove(step);
                self.ending = None;
            }
            RunEvent::Resumed { .. } => self.ending = None,
            RunEvent::GuardsJudged { step: Some(step), reports } => {
                self.reports.insert(step.clone(), reports.clone());
            }
            RunEvent::GuardsJudged { step: None, reports } => self.plan_reports.clone_from(reports),
            RunEvent::StepEnded { step, outcome, elapsed } => {
                self.lengths.insert(step.clone(), *elapsed);
                match outcome {
                    StepOutcome::Done => self.reasons.remove(step),
                    StepOutcome::Failed { reason } | StepOutcome::Skipped { reason } => {
                        self.reasons.insert(step.clone(), reason.clone())
                    }
                };
            }
            RunEvent::StepUndoStarted { step } => {
                self.undoing.insert(step.clone());
            }
            RunEvent::StepUndone { step } => {
                self.undoing.remove(step);
            }
            RunEvent::LedgerKept { step, reason } => {
                self.kept.insert(step.clone(), reason.clone());
            }
            RunEvent::CanaryWritten { sent_at, outcome, .. } => self.canaries.take(*sent_at, outcome.as_ref().err()),
            RunEvent::GivenUp { .. } | RunEvent::Answered { answer: Answer::Abort, .. } => {
                self.given_up = true;
                self.plan_reports.clear();
            }
            // What refused then says nothing of what is asked next.
            RunEvent::Answered { .. } | RunEvent::ModeChanged { .. } => self.plan_reports.clear(),
            RunEvent::FaultObserved { .. } => self.fault_seen = true,
            RunEvent::RunEnded { outcome, reason, measured, truth, ledger } => {
                self.ending = Some(Ending {
                    outcome: *outcome,
                    at: entry.at,
                    reason: reason.clone(),
                    measured: measured.clone(),
                    truth: truth.clone(),
                    ledger: ledger.clone(),
                });
            }
            RunEvent::Approved { .. }
            | RunEvent::Overridden { .. }
            | RunEvent::CallStarted { .. }
            | RunEvent::CallEnded { .. }
            | RunEvent::CallProbed { .. }
            | RunEvent::UndoCallStarted { .. }
            | RunEvent::UndoCallEnded { .. }
            | RunEvent::LedgerOpened { .. }
            | RunEvent::LedgerClosed { .. }
            | RunEvent::CanariesSought { .. }
            | RunEvent::Question { .. }
            | RunEvent::Paused { .. }
            | RunEvent::Noted { .. }
            | RunEvent::IncidentDeclared { .. }
            | RunEvent::IncidentClosed { .. }
            | RunEvent::AccessRaised { .. }
            | RunEvent::AccessLowered { .. } => {}
        }
    }
}
