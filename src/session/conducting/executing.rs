//! Runs that this process executes, on threads of their own: begun, gone on with or given up, and told what a person says.
//! The approval is made here, from what was typed; what a run may do is the engine's to judge.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lifeboat_engine::approval::Approval;
use lifeboat_engine::journal::{self, Journal};
use lifeboat_engine::run::{self, Order, RunError, Surroundings};
use lifeboat_model::assessment::RunHistory;
use lifeboat_model::guard::{GuardName, GuardReport, Verdict};
use lifeboat_model::id::DeploymentName;
use lifeboat_model::plan::Plan;
use lifeboat_model::run::{Answer, Entry, Operator, RunEvent, RunId, RunState};
use lifeboat_model::runbook::Runbook;
use lifeboat_model::snapshot::Snapshot;
use lifeboat_model::time::{Clock, Timestamp};
use lifeboat_model::topology::Deployment;
use lifeboat_tui::acting::{LiveRun, Question, Saying};
use lifeboat_tui::model::Watched;
use lifeboat_tui::{Msg, RequestId};
use tokio::sync::mpsc;

use super::super::apart::Apart;
use super::super::building::{self, Built};
use super::{Conductor, Desk, Told, person};
use crate::acting::{IfMissing, journal_failure, open_journal};
use crate::building::{Building, Site, Wish};
use crate::exit::Failure;
use crate::wiring::{Operating, There};

/// Orders that may wait to be heard.
const ORDERS: usize = 16;

/// A run that is executed here.
pub(super) struct Conducted {
    pub(super) orders: mpsc::Sender<Order>,
    /// Which run it is, once it has told anything.
    pub(super) run: Option<RunId>,
    /// As if the process were killed once it is dropped: the journal holds what was begun.
    _work: Apart,
    /// Entries found no room and must be read from the journal.
    pub(super) missed: Arc<AtomicBool>,
    /// The run itself is over; what follows from it may not be.
    is_over: Arc<AtomicBool>,
    /// What is kept of stacks is brought up to date after a run of them.
    has_sequel: bool,
    operator: Operator,
    /// Notes that it was asked to write, and has not told of yet.
    notes: Vec<Asked>,
}

/// A note as it will stand in the journal, by who wants to know what became of it.
struct Asked {
    request: RequestId,
    text: String,
    at: Timestamp,
}

impl Conducted {
    /// Hands a note to the run, which writes it between two of its own entries.
    pub(super) fn note(&mut self, request: RequestId, text: &str, at: Timestamp) -> Result<(), &'static str> {
        if self.run.is_none() {
            return Err("the run is only being begun: nothing was written; say it again once it is");
        }
        let taken = self.orders.try_send(Order::Note(text.to_owned()));
        taken.map_err(|_| "the run hears nothing more: the note was not written")?;
        self.notes.push(Asked { request, text: journal::as_written(text), at });
        Ok(())
    }

    /// Those of its notes that stand in the journal by now.
    pub(super) fn noted(&mut self, entries: &[Arc<Entry>]) -> Vec<Msg> {
        let stands = |asked: &mut Asked| {
            let is_it = |text: &str, at: Timestamp| at >= asked.at && text == asked.text;
            entries.iter().any(|entry| matches!(&entry.event, RunEvent::Noted { text, .. } if is_it(text, entry.at)))
        };
        let written = self.notes.extract_if(.., stands);
        written.map(|asked| Msg::Done { request: asked.request, outcome: Ok(()) }).collect()
    }

    /// What is to be told of those that it ended without.
    fn unwritten(self) -> Vec<Msg> {
        let why = "the run ended before the note was written: say it again, and it is written beside it";
        let told = |asked: Asked| Msg::Done { request: asked.request, outcome: Err(why.to_owned()) };
        self.notes.into_iter().map(told).collect()
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    /// Whether it is over, and what follows from it is not.
    pub(super) fn is_settling(&self) -> bool {
        self.has_sequel && self.is_over()
    }
}

/// What a run is to act in, before the journal is opened: that waits for other processes, and is never done in the loop.
struct Ground {
    deployment: Arc<Deployment>,
    cloud: Operating,
    clock: Arc<dyn Clock>,
    /// The journal's.
    folder: Option<PathBuf>,
    operator: Operator,
    runbooks: Arc<[Runbook]>,
    history: RunHistory,
    known: Snapshot,
    /// Whether its recovery time counts from the incident that is declared: a rehearsal's is its own.
    counts_from_incident: bool,
}

impl Ground {
    /// Waits as long as the journal is busy. Which incident is declared is asked of the journal itself: the glass may not
    /// have read it yet, and that is no reason to take it as none.
    fn open(self) -> Result<Surroundings, String> {
        let nothing_begun = |failure: Failure| format!("{}; nothing was begun", failure.message);
        let journal = open_journal(self.folder.as_deref(), IfMissing::Make).map_err(nothing_begun)?;
        let incident_began_at = if self.counts_from_incident {
            let logbook = journal::logbook(&*journal, &self.deployment.name);
            let logbook = logbook.map_err(|error| nothing_begun(journal_failure(&error)))?;
            logbook.open().map(|incident| incident.began_at)
        } else {
            None
        };
        Ok(Surroundings {
            deployment: self.deployment,
            cloud: self.cloud,
            clock: self.clock,
            journal,
            operator: self.operator,
            runbooks: self.runbooks.to_vec(),
            history: self.history,
            known: self.known,
            incident_began_at,
        })
    }
}

impl Conductor {
    /// Has the plan carried out. The phrase is held against it here, where the approval is made.
    pub(crate) fn carry_out(
        &mut self,
        watched: &Watched,
        plan: Box<Plan>,
        phrase: &str,
        overrides: BTreeMap<GuardName, String>,
    ) -> Option<Msg> {
        if Wish::or_drift(&plan.runbook).is_some() {
            return self.build(watched, plan, phrase, overrides);
        }
        let mut ground = match self.ground(watched) {
            Ok(ground) => ground,
            Err(why) => return Some(left(watched, why)),
        };
        ground.counts_from_incident = !plan.drill;
        let now = ground.clock.now();
        let approval = match Approval::by_phrase(&plan, &plan.hash(), phrase, ground.operator.clone(), now) {
            Ok(approval) => approval,
            Err(error) => return Some(left(watched, error.to_string())),
        };
        let operator = ground.operator.clone();
        let act = Act::Start { ground: Box::new(ground), plan, approval: Box::new(approval), overrides };
        self.conduct(&watched.deployment.name, operator, act);
        None
    }

    /// The same of a plan of stacks, with what it was made from.
    fn build(
        &mut self,
        watched: &Watched,
        plan: Box<Plan>,
        phrase: &str,
        overrides: BTreeMap<GuardName, String>,
    ) -> Option<Msg> {
        let name = &watched.deployment.name;
        if self.runs.contains_key(name) {
            return Some(left(watched, RUNS_ALREADY.to_owned()));
        }
        if !self.may_act(name) {
            return Some(left(watched, NO_ACCESS.to_owned()));
        }
        let Some(built) = self.built.take_if(|built| built.building.is_of(&plan)) else {
            let why = "what the plan was made from is not known any more, and nothing was begun: propose it again";
            return Some(left(watched, why.to_owned()));
        };
        let stands = self.desk.as_ref().is_some_and(|desk| desk.wired.contains_key(name));
        let Built { building, view } = *built;
        let case = &building.case;
        let operator = case.operator(&view);
        let shown = plan.hash();
        let approval = match Approval::by_phrase(&plan, &shown, phrase, operator.clone(), case.now()) {
            Ok(approval) => approval,
            Err(error) => return Some(left(watched, error.to_string())),
        };
        let surroundings = match case.surroundings(view, None) {
            Ok(surroundings) => Box::new(surroundings),
            Err(failure) => return Some(left(watched, building::in_words(&failure))),
        };
        let (approval, building) = (Box::new(approval), Box::new(building));
        let act = Act::Build { surroundings, plan, approval, overrides, building, is_new: !stands };
        self.conduct(name, operator, act);
        None
    }

    /// Goes on with a run that nobody executes, or puts back what one that is over left.
    pub(crate) fn resume(&mut self, watched: &Watched, run: RunId) -> Option<Msg> {
        match self.ground_of(watched, &run) {
            Ok((ground, wish)) => {
                let (site, operator) = (self.desk.as_ref().map(Desk::site), ground.operator.clone());
                let of_stacks = wish.zip(site.map(Box::new));
                let act = Act::Resume { ground: Box::new(ground), run, of_stacks };
                self.conduct(&watched.deployment.name, operator, act);
                None
            }
            Err(why) => Some(left(watched, why)),
        }
    }

    /// Gives up a run that nobody executes. Whether nobody does, the lock tells.
    pub(crate) fn abort(&mut self, watched: &Watched, run: RunId) -> Option<Msg> {
        match self.ground_of(watched, &run) {
            Ok((ground, _)) => {
                let operator = ground.operator.clone();
                self.conduct(&watched.deployment.name, operator, Act::Abort { ground: Box::new(ground), run });
                None
            }
            Err(why) => Some(left(watched, why)),
        }
    }

    /// The same for a run that was begun before, and what it was to do with stacks.
    fn ground_of(&self, watched: &Watched, run: &RunId) -> Result<(Ground, Option<Wish>), String> {
        let mut ground = self.ground(watched)?;
        let state = watched.run.as_ref().and_then(LiveRun::state).filter(|state| state.id == *run);
        let wish = state.and_then(|state| Wish::or_drift(&state.plan.runbook));
        if wish.is_some() {
            // Whoever makes stacks does not write to the application meanwhile.
            ground.deployment = Arc::new(Deployment { canary: None, ..watched.deployment.clone() });
        }
        Ok((ground, wish))
    }

    fn ground(&self, watched: &Watched) -> Result<Ground, String> {
        let name = &watched.deployment.name;
        let Some(desk) = &self.desk else {
            return Err("the clouds are not open yet, and nothing was begun".to_owned());
        };
        if self.runs.contains_key(name) {
            return Err(RUNS_ALREADY.to_owned());
        }
        let cloud = self.door(name).and_then(|wired| wired.operator.clone()).ok_or_else(|| NO_ACCESS.to_owned())?;
        Ok(Ground {
            deployment: Arc::new(watched.deployment.clone()),
            cloud,
            clock: Arc::clone(&desk.clock),
            folder: desk.bench.journal.clone(),
            operator: person(&desk.bench, &watched.assessment),
            runbooks: Arc::clone(&desk.bench.runbooks),
            history: watched.history.clone(),
            known: watched.snapshot.clone(),
            counts_from_incident: false,
        })
    }

    /// The loop waits for no request, no journal and no file: the run has a thread of its own.
    fn conduct(&mut self, name: &DeploymentName, operator: Operator, act: Act) {
        let (orders, received) = mpsc::channel(ORDERS);
        let (missed, is_over) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let told = Telling {
            tell: self.tell.clone(),
            deployment: name.clone(),
            missed: Arc::clone(&missed),
            is_over: Arc::clone(&is_over),
        };
        let has_sequel = matches!(&act, Act::Build { .. } | Act::Resume { of_stacks: Some(_), .. });
        let site = self.desk.as_ref().map(|desk| &desk.site);
        let there = site.map(|site| Arc::clone(&site.wiring.there));
        let profile = site.and_then(|site| site.profile().map(str::to_owned));
        let work = Apart::begin(async move {
            let outcome = carried_out(act, &told, received, (there, profile.as_deref())).await;
            // Nobody listens any more when the console is being left.
            drop(told.tell.send(Told::Left { deployment: told.deployment.clone(), outcome }).await);
        });
        self.runs.insert(
            name.clone(),
            Conducted { orders, run: None, _work: work, missed, is_over, has_sequel, operator, notes: Vec::new() },
        );
    }

    /// A run that ended here, whatever it was.
    pub(super) fn ended(&mut self, deployment: DeploymentName, outcome: Result<(), String>) -> Vec<Msg> {
        let mut told = self.runs.remove(&deployment).map_or_else(Vec::new, Conducted::unwritten);
        told.push(Msg::RunLeft { deployment, outcome });
        told
    }

    /// Access is given back while a run is only being begun: it goes no further. One that has told that it is there goes on.
    pub(super) fn cut_what_only_begins(&mut self, deployment: &DeploymentName) -> Vec<Msg> {
        if self.runs.get(deployment).is_none_or(|run| run.run.is_some()) {
            return Vec::new();
        }
        let why = "access was given back while it was being begun: it went no further".to_owned();
        self.ended(deployment.clone(), Err(why))
    }

    /// Passes on what a person says; gives what is to be told where it could not be.
    pub(crate) fn say(&self, watched: &Watched, question: Option<Question>, what: Saying) -> Option<Msg> {
        let trouble = |text: String| Some(Msg::Notice { text, trouble: true });
        let Some(run) = self.runs.get(&watched.deployment.name) else {
            return trouble("no run of it is executed here, and nothing was said".to_owned());
        };
        let is_asked = question.is_some();
        let answer = |answer: Answer| match question {
            Some((step, question)) => Ok(Order::Answer { step, question, answer }),
            None => Err("nothing is asked".to_owned()),
        };
        let order = match what {
            Saying::Pause => Ok(Order::Pause),
            Saying::GoOn => Ok(Order::Resume),
            Saying::GoUnplanned => Ok(Order::GoUnplanned),
            Saying::Abort if !is_asked => Ok(Order::Abort),
            Saying::Abort => answer(Answer::Abort),
            Saying::Yes => answer(Answer::Yes),
            Saying::No => answer(Answer::No),
            Saying::Retry => answer(Answer::Retry),
            Saying::Skip { reason } => answer(Answer::Skip { reason }),
            Saying::Approve { typed } => self.approve(run, watched, &typed),
        };
        match order.map(|order| run.orders.try_send(order)) {
            Ok(Ok(())) => None,
            Ok(Err(_)) => trouble("the run hears nothing more".to_owned()),
            Err(why) => trouble(why),
        }
    }

    /// Of the plan that was made in the middle of the run.
    fn approve(&self, run: &Conducted, watched: &Watched, typed: &str) -> Result<Order, String> {
        let state = watched.run.as_ref().and_then(LiveRun::state);
        let shown = state.and_then(|state| state.approves.as_ref().map(|shown| (&state.plan, shown)));
        let (Some((plan, shown)), Some(desk)) = (shown, &self.desk) else {
            return Err("no plan waits to be approved".to_owned());
        };
        Approval::by_phrase(plan, shown, typed, run.operator.clone(), desk.clock.now())
            .map(Order::Approve)
            .map_err(|error| error.to_string())
    }
}

enum Act {
    Start {
        ground: Box<Ground>,
        plan: Box<Plan>,
        approval: Box<Approval>,
        overrides: BTreeMap<GuardName, String>,
    },
    Abort {
        ground: Box<Ground>,
        run: RunId,
    },
    Build {
        surroundings: Box<Surroundings>,
        plan: Box<Plan>,
        approval: Box<Approval>,
        overrides: BTreeMap<GuardName, String>,
        building: Box<Building>,
        /// Nobody knew the deployment before.
        is_new: bool,
    },
    Resume {
        ground: Box<Ground>,
        run: RunId,
        /// What it is to do, and where, where it is a run of stacks.
        of_stacks: Option<(Wish, Box<Site>)>,
    },
}

/// Where a run's entries go.
struct Telling {
    tell: mpsc::Sender<Told>,
    deployment: DeploymentName,
    missed: Arc<AtomicBool>,
    is_over: Arc<AtomicBool>,
}

impl Telling {
    /// Once one finds no room the rest waits for the reading, so that none is told before it.
    fn entry(&self, entry: &Entry) {
        self.told(Told::Entry { deployment: self.deployment.clone(), entry: Arc::new(entry.clone()) });
    }

    /// Of a run that was begun elsewhere others may have written since it was read last. Now that its lock is held here,
    /// and the first entry of this process stands in the journal, nobody does any more: it is told whole, up to that one.
    fn whole(&self, journal: &dyn Journal, run: &RunId) {
        match journal.entries(run) {
            Ok(entries) => {
                let entries = entries.into_iter().map(Arc::new).collect();
                self.told(Told::Whole { deployment: self.deployment.clone(), entries });
            }
            Err(error) => {
                tracing::warn!(%error, "a run that is gone on with is read again later");
                self.missed.store(true, Ordering::SeqCst);
            }
        }
    }

    /// From here on leaving stops no run, unless it stopped by itself and waits for somebody.
    fn ended(&self, state: &RunState) {
        self.is_over.store(state.is_over(), Ordering::SeqCst);
    }

    fn told(&self, told: Told) {
        if self.missed.load(Ordering::SeqCst) || self.tell.try_send(told).is_err() {
            self.missed.store(true, Ordering::SeqCst);
        }
    }
}

/// On a thread that may wait.
async fn carried_out(
    act: Act,
    told: &Telling,
    orders: mpsc::Receiver<Order>,
    (there, profile): (Option<There>, Option<&str>),
) -> Result<(), String> {
    match act {
        Act::Start { ground, plan, approval, overrides } => {
            let surroundings = ground.open()?;
            let mut seen = |entry: &Entry| told.entry(entry);
            let run = run::start(*plan, *approval, overrides, &surroundings, orders, &mut seen);
            run.await.map(|state| told.ended(&state)).map_err(|error| why(&error))
        }
        Act::Abort { ground, run } => {
            let surroundings = ground.open()?;
            let mut seen = joined(told, &*surroundings.journal, &run);
            let ended = run::abort(&run, &surroundings, orders, &mut seen).await;
            ended.map(|state| told.ended(&state)).map_err(|error| why(&error))
        }
        Act::Build { surroundings, plan, approval, overrides, building, is_new } => {
            let mut begun = is_new.then(|| Box::new(building.wired().clone()));
            let mut seen = |entry: &Entry| {
                // It is there from the moment that something of it may be.
                if let Some(wired) = begun.take()
                    && let Err(full) = told.tell.try_send(Told::Stands(wired))
                {
                    tracing::warn!(%full, "a deployment that is being made is not shown before it stands");
                }
                told.entry(entry);
            };
            let shown = plan.clone();
            let run = run::start(*plan, *approval, overrides, &surroundings, orders, &mut seen);
            let ended = building.around(&shown, profile, run).await;
            let ended = ended.map_err(|failure| building::in_words(&failure))?;
            ended.map(|state| told.ended(&state)).map_err(|error| why(&error))?;
            building::settle(&building.case, building.wish, there, &told.tell).await
        }
        Act::Resume { ground, run, of_stacks } => {
            let deployment = Arc::clone(&ground.deployment);
            let surroundings = ground.open()?;
            let mut seen = joined(told, &*surroundings.journal, &run);
            let ended = run::resume(&run, &surroundings, orders, &mut seen).await;
            ended.map(|state| told.ended(&state)).map_err(|error| why(&error))?;
            let Some((wish, site)) = of_stacks else { return Ok(()) };
            let case = building::case(&site, &deployment).map_err(|failure| building::in_words(&failure))?;
            building::settle(&case, wish, there, &told.tell).await
        }
    }
}

/// Entries of a run that was begun elsewhere: first of all that there are, then each as it comes.
fn joined<'a>(told: &'a Telling, journal: &'a dyn Journal, run: &'a RunId) -> impl FnMut(&Entry) + Send + 'a {
    let mut is_first = true;
    move |entry| {
        if std::mem::take(&mut is_first) {
            told.whole(journal, run);
        } else {
            told.entry(entry);
        }
    }
}

const RUNS_ALREADY: &str = "a run of this deployment is executed here already";
const NO_ACCESS: &str = "access is read-only: O raises it, and nothing was begun";

fn left(watched: &Watched, why: String) -> Msg {
    Msg::RunLeft { deployment: watched.deployment.name.clone(), outcome: Err(why) }
}

/// Why there is no run, or no more of it, a line each: the reason, then each guard with its fix.
fn why(error: &RunError) -> String {
    match error {
        RunError::Refused(reports) => {
            let refusing = reports.iter().filter(|report| !report.allows()).map(refusal);
            std::iter::once(error.to_string()).chain(refusing).collect::<Vec<_>>().join("\n")
        }
        RunError::Lock(source) => format!("{error}: {source}"),
        RunError::Journal(source) => format!("{error}: {}", journal_failure(source).message),
        RunError::Malformed(source) => format!("{error}: {source}"),
        RunError::Broken(source) => format!("{error}: {source}"),
        RunError::Held { .. }
        | RunError::NotApproved { .. }
        | RunError::NoSuchRun(_)
        | RunError::Over { .. }
        | RunError::PutsBack { .. }
        | RunError::OtherDeployment { .. }
        | RunError::LockLost
        | RunError::OtherPlan { .. } => error.to_string(),
    }
}

fn refusal(report: &GuardReport) -> String {
    match &report.verdict {
        Verdict::Pass => report.guard.to_string(),
        Verdict::Refuse { reason, fix } => format!("{}: {reason} (fix: {fix})", report.guard),
        Verdict::Unknown { reason } => format!("{}: not known, which refuses: {reason}", report.guard),
    }
}

#[cfg(test)]
mod tests {
    use lifeboat_engine::journal::MemoryJournal;
    use lifeboat_model::run::RunEvent;
    use lifeboat_model::time::Timestamp;

    use super::*;

    fn write(journal: &MemoryJournal, run: &RunId, text: &str) -> Entry {
        let by = Operator { arn: None, user: "ada".to_owned(), host: "bridge".to_owned(), process: 1 };
        let event = RunEvent::Noted { text: text.to_owned(), by };
        journal.append(run, &"payments".into(), Timestamp::UNIX_EPOCH, &event).unwrap()
    }

    fn telling(room: usize) -> (Telling, mpsc::Receiver<Told>) {
        let (tell, told) = mpsc::channel(room);
        let (missed, is_over) = (Arc::default(), Arc::default());
        (Telling { tell, deployment: "payments".into(), missed, is_over }, told)
    }

    fn conducted() -> (Conducted, mpsc::Receiver<Order>) {
        let (orders, heard) = mpsc::channel(ORDERS);
        let operator = Operator { arn: None, user: "ada".to_owned(), host: "bridge".to_owned(), process: 1 };
        let (missed, is_over, work) = (Arc::default(), Arc::default(), Apart::begin(std::future::ready(())));
        let conducted = Conducted {
            orders,
            run: None,
            _work: work,
            missed,
            is_over,
            has_sequel: false,
            operator,
            notes: Vec::new(),
        };
        (conducted, heard)
    }

    /// That a run was handed a note is not that it wrote it.
    #[tokio::test]
    async fn a_note_is_done_once_the_run_tells_that_it_is_written() {
        let (journal, run) = (MemoryJournal::new(), RunId::new("payments-failover-1"));
        let (mut conducted, mut heard) = conducted();
        let (one, other) = (RequestId(1), RequestId(2));
        let secret = "went in with password=hunter2";
        assert!(conducted.note(one, secret, Timestamp::UNIX_EPOCH).is_err(), "it is only being begun");
        assert!(heard.try_recv().is_err());
        conducted.run = Some(run.clone());
        for (request, text) in [(one, secret), (other, "the second")] {
            conducted.note(request, text, Timestamp::UNIX_EPOCH).unwrap();
            assert!(matches!(heard.try_recv(), Ok(Order::Note(_))));
        }
        assert_eq!(conducted.noted(&[Arc::new(write(&journal, &run, "somebody else's"))]), []);
        // What has the shape of a secret is not written, and the note is known all the same.
        let written = conducted.noted(&[Arc::new(write(&journal, &run, secret))]);
        assert_eq!(written, [Msg::Done { request: one, outcome: Ok(()) }]);
        let left = conducted.unwritten();
        assert!(matches!(&left[..], [Msg::Done { request, outcome: Err(_) }] if *request == other), "{left:?}");
    }

    fn sequences(told: &mut mpsc::Receiver<Told>) -> Vec<Vec<u64>> {
        let mut all = Vec::new();
        while let Ok(told) = told.try_recv() {
            match told {
                Told::Whole { entries, .. } => {
                    all.push(entries.iter().map(|entry| entry.sequence).collect());
                }
                Told::Entry { entry, .. } => all.push(vec![entry.sequence]),
                _ => panic!("something else was told"),
            }
        }
        all
    }

    /// What others wrote since it was read last is among it, and nothing is told twice.
    #[test]
    fn a_run_that_is_gone_on_with_is_told_whole_and_then_entry_by_entry() {
        let (journal, run) = (MemoryJournal::new(), RunId::new("payments-failover-1"));
        let (other, (telling, mut told)) = (RunId::new("another"), telling(8));
        write(&journal, &run, "begun elsewhere");
        write(&journal, &other, "of another run");
        write(&journal, &run, "written while nobody looked");
        let mut seen = joined(&telling, &journal, &run);
        for text in ["gone on with", "and on"] {
            seen(&write(&journal, &run, text));
        }
        assert_eq!(sequences(&mut told), [vec![1, 3, 4], vec![5]]);
    }

    #[test]
    fn what_finds_no_room_is_read_later_and_nothing_is_told_before_it() {
        let (journal, run) = (MemoryJournal::new(), RunId::new("payments-failover-1"));
        let (telling, mut told) = telling(1);
        for text in ["one", "two", "three"] {
            telling.entry(&write(&journal, &run, text));
        }
        assert_eq!(sequences(&mut told), [vec![1]]);
        assert!(telling.missed.load(Ordering::SeqCst));
        telling.entry(&write(&journal, &run, "four"));
        assert_eq!(sequences(&mut told), [[0_u64; 0]; 0]);
    }
}
