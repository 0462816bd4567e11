//! Acting on behalf of the person at the glass, beside the loop: plans are made and judged, runs are executed and what
//! they tell is passed on, runs of other processes are read from the journal as they go on. One run a deployment; what
//! this process leaves undone is in the journal, for `lifeboat resume`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lifeboat_engine::approval::Approval;
use lifeboat_engine::findings::Findings;
use lifeboat_engine::guards::{self, LockView, Session, Situation};
use lifeboat_engine::journal::{self, Journal};
use lifeboat_engine::planner::{self, Intent, Known};
use lifeboat_engine::run::{self, Order, RunError, Surroundings};
use lifeboat_model::guard::{GuardName, GuardReport, Verdict};
use lifeboat_model::id::DeploymentName;
use lifeboat_model::plan::Plan;
use lifeboat_model::rules;
use lifeboat_model::run::{Answer, Entry, Operator, RunId};
use lifeboat_model::runbook::{Runbook, RunbookName};
use lifeboat_model::time::{Clock, Timestamp};
use lifeboat_tui::acting::{LiveRun, Proposal, Question, Saying};
use lifeboat_tui::drafting::{Choice, Draft, Offer};
use lifeboat_tui::model::Watched;
use lifeboat_tui::{Model, Msg, RequestId};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::building::{self, Built};
use super::drafting;
use super::raising::Raised;
use super::standing::Bench;
use super::writing::Written;
use crate::acting::{Case, IfMissing, journal_failure, open_journal};
use crate::building::{Building, Site, Wish};
use crate::exit::Failure;
use crate::runbooks;
use crate::wiring::Wired;

mod asked;

/// Between two plans of the same proposal, while it is read.
const EVERY: Duration = Duration::from_secs(5);
const EVERY_OF_STACKS: Duration = Duration::from_secs(20);
/// Orders that may wait to be heard.
const ORDERS: usize = 16;
/// What may wait to be told. Entries that find no room are read from the journal instead, which has them all.
const TELLINGS: usize = 1024;

/// What comes back to the loop.
pub(crate) enum Told {
    Proposed {
        deployment: DeploymentName,
        wanted: Wanted,
        outcome: Result<Box<Proposal>, String>,
        /// What a plan of stacks was made from.
        built: Option<Box<Built>>,
    },
    /// The blueprints that there are.
    Blueprints(Vec<Offer>),
    /// What was chosen, judged.
    Drafted {
        of: Choice,
        outcome: Result<Box<Draft>, String>,
    },
    /// A deployment is there, or is another one now.
    Stands(Box<Wired>),
    /// Nothing of it is left.
    TakenAway(DeploymentName),
    /// What there is to say of a run that ended.
    Said(String),
    /// One entry of a run that is executed here, as soon as it is durable.
    Entry {
        deployment: DeploymentName,
        entry: Box<Entry>,
    },
    /// What the journal has of a run.
    Read {
        deployment: DeploymentName,
        entries: Vec<Entry>,
        whole: bool,
    },
    /// The run is executed here no more.
    Left {
        deployment: DeploymentName,
        outcome: Result<(), String>,
    },
    /// Whether raising access stands in the journal: only then it is raised.
    Raised {
        deployment: DeploymentName,
        typed: String,
        outcome: Result<(), String>,
    },
    /// What a person wanted to have written down is written, or why not.
    Written {
        deployment: DeploymentName,
        request: RequestId,
        outcome: Result<Written, String>,
    },
    /// Where the paper copy is.
    Printed(Result<String, String>),
    Trouble(String),
}

/// Of which runbook a plan is wanted, and how.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wanted {
    pub(crate) runbook: RunbookName,
    pub(crate) drill: bool,
    /// What is to be made, where the runbook makes a deployment.
    pub(crate) choice: Option<Choice>,
    /// Guards that a person goes on against, with why.
    pub(crate) overrides: BTreeMap<GuardName, String>,
}

/// What a person wants to have written down.
pub(crate) enum Writing {
    Declare { began_at: Timestamp, text: String },
    Close { text: String },
    Note { text: String },
}

/// A run that is executed here.
struct Conducted {
    orders: mpsc::Sender<Order>,
    task: JoinHandle<()>,
    /// Entries found no room and must be read from the journal.
    missed: Arc<AtomicBool>,
    operator: Operator,
}

impl Drop for Conducted {
    /// As if the process were killed: the journal holds what was begun.
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What is needed to act, once the clouds are open.
struct Desk {
    bench: Bench,
    wired: BTreeMap<DeploymentName, Wired>,
    clock: Arc<dyn Clock>,
    site: Site,
}

impl Desk {
    /// Where stacks are made, with the doors that are open by now.
    fn site(&self) -> Site {
        let mut site = self.site.clone();
        for wired in &mut site.wiring.deployments {
            if let Some(now) = self.wired.get(&wired.deployment.name) {
                *wired = now.clone();
            }
        }
        site
    }
}

pub(crate) struct Conductor {
    desk: Option<Desk>,
    tell: mpsc::Sender<Told>,
    runs: BTreeMap<DeploymentName, Conducted>,
    /// Deployments to which access was raised on the screen.
    raised: BTreeMap<DeploymentName, Raised>,
    /// Those of which it is being journaled that access is raised.
    raising: BTreeSet<DeploymentName>,
    /// The proposal under way, and when the last one was begun.
    proposing: bool,
    proposed_at: Option<Instant>,
    /// The same of plans of stacks: a region that does not answer keeps one of them waiting for minutes, and nobody who
    /// wants to fail over may wait for that.
    planning: bool,
    /// What was asked for last: a plan that was made of anything else is nobody's any more.
    wanted: Option<(DeploymentName, Wanted)>,
    /// What the plan of stacks that is shown was made from.
    built: Option<Box<Built>>,
    /// Whether choices are being judged, and those that wait for it.
    drafting: bool,
    choice: Option<Choice>,
    /// Deployments whose journal is being read.
    reading: BTreeSet<DeploymentName>,
    /// The trouble that was told, so that it is told once.
    told: Option<String>,
}

impl Conductor {
    /// What there is to tell comes from the other end.
    pub(crate) fn new() -> (Self, mpsc::Receiver<Told>) {
        let (tell, told) = mpsc::channel(TELLINGS);
        let conductor = Self {
            desk: None,
            tell,
            runs: BTreeMap::new(),
            raised: BTreeMap::new(),
            raising: BTreeSet::new(),
            proposing: false,
            proposed_at: None,
            planning: false,
            wanted: None,
            built: None,
            drafting: false,
            choice: None,
            reading: BTreeSet::new(),
            told: None,
        };
        (conductor, told)
    }

    /// The clouds are open: runs that were left open are read first of all.
    pub(crate) fn begin(&mut self, bench: Bench, site: Site, clock: Arc<dyn Clock>) {
        let wired = &site.wiring.deployments;
        let wired: BTreeMap<_, _> = wired.iter().map(|wired| (wired.deployment.name.clone(), wired.clone())).collect();
        let (folder, tell) = (bench.journal.clone(), self.tell.clone());
        let names: Vec<DeploymentName> = wired.keys().cloned().collect();
        tokio::task::spawn_blocking(move || {
            for name in names {
                match left_open(folder.as_ref(), &name) {
                    Ok(entries) if entries.is_empty() => {}
                    Ok(entries) => {
                        send(&tell, Told::Read { deployment: name, entries, whole: true });
                    }
                    Err(failure) => return send(&tell, Told::Trouble(failure.message)),
                }
            }
        });
        self.desk = Some(Desk { bench, wired, clock, site });
    }

    /// What time asks for: access lapses, a proposal that is read is made anew, and runs of others are followed.
    pub(crate) fn tick(&mut self, model: &Model) -> Vec<Msg> {
        if let Some((name, proposing)) = model.proposing()
            && self.proposed_at.is_none_or(|at| at.elapsed() >= every(&proposing.runbook))
        {
            let wanted = Wanted {
                runbook: proposing.runbook.clone(),
                drill: proposing.drill,
                choice: proposing.choice.clone(),
                overrides: proposing.overrides.clone(),
            };
            let name = name.clone();
            if let Some(watched) = model.fleet.iter().find(|watched| watched.deployment.name == name) {
                self.propose(watched, wanted);
            }
        }
        let missed: Vec<DeploymentName> = self
            .runs
            .iter()
            .filter(|(_, run)| run.missed.load(Ordering::SeqCst))
            .map(|(name, _)| name.clone())
            .collect();
        for name in missed {
            if let Some(watched) = model.fleet.iter().find(|watched| watched.deployment.name == name) {
                self.read(watched, true);
            }
        }
        if let Some(watched) = model.watched().filter(|watched| !self.runs.contains_key(&watched.deployment.name)) {
            self.read(watched, false);
        }
        self.lapse(model)
    }

    /// Whether a run of the deployment may be begun from here.
    pub(crate) fn may_act(&self, name: &DeploymentName) -> bool {
        self.door(name).is_some()
    }

    /// The deployment, while the door by which it is changed is open: access that has run out is none, even before the next
    /// tick takes it away.
    fn door(&self, name: &DeploymentName) -> Option<&Wired> {
        let has_run_out = self.raised.get(name).is_some_and(|raised| raised.left().is_zero());
        let wired = self.desk.as_ref().and_then(|desk| desk.wired.get(name)).filter(|_| !has_run_out);
        wired.filter(|wired| wired.operator.is_some())
    }

    /// Reads what is new of the run that is open, or of the one that is shown until it is over.
    fn read(&mut self, watched: &Watched, whole: bool) {
        let Some(desk) = &self.desk else { return };
        let name = watched.deployment.name.clone();
        let shown = watched.run.as_ref();
        let open = watched.standing.as_ref().and_then(|standing| standing.open_run.as_ref()).map(|open| &open.id);
        let known = shown.and_then(LiveRun::id);
        let (run, after) = match (open, known) {
            _ if whole => match known.or(open) {
                Some(run) => (run.clone(), 0),
                None => return,
            },
            (Some(open), known) if known != Some(open) && shown.is_none_or(LiveRun::is_over) => (open.clone(), 0),
            (_, Some(known)) if shown.is_some_and(|run| !run.is_over()) => {
                (known.clone(), shown.map_or(0, LiveRun::last_sequence))
            }
            (Some(_) | None, Some(_) | None) => return,
        };
        if !self.reading.insert(name.clone()) {
            return;
        }
        if let Some(conducted) = self.runs.get(&name).filter(|_| whole) {
            // What comes from now on is told again; what came before is being read.
            conducted.missed.store(false, Ordering::SeqCst);
        }
        let (folder, tell) = (desk.bench.journal.clone(), self.tell.clone());
        tokio::task::spawn_blocking(move || {
            let told = match entries_after(folder.as_ref(), &run, after) {
                Ok(entries) => Told::Read { deployment: name, entries, whole },
                Err(failure) => Told::Trouble(failure.message),
            };
            send(&tell, told);
        });
    }

    pub(crate) fn propose(&mut self, watched: &Watched, wanted: Wanted) {
        self.wanted = Some((watched.deployment.name.clone(), wanted.clone()));
        let wish = Wish::or_drift(&wanted.runbook);
        let is_under_way = if wish.is_some() { self.planning } else { self.proposing };
        if is_under_way {
            // What is being made may be of another runbook: this one is made at the next tick.
            self.proposed_at = None;
            return;
        }
        let Some(desk) = &self.desk else { return };
        self.proposed_at = Some(Instant::now());
        if let Some(wish) = wish {
            self.planning = true;
            let (site, tell, name) = (desk.site(), self.tell.clone(), watched.deployment.name.clone());
            tokio::spawn(async move {
                let outcome = building::proposal(&site, &name, wish, wanted.choice.as_ref(), &wanted.runbook).await;
                let (outcome, built) = match outcome {
                    Ok((proposal, built)) => (Ok(Box::new(proposal)), Some(Box::new(built))),
                    Err(failure) => (Err(building::in_words(&failure)), None),
                };
                drop(tell.send(Told::Proposed { deployment: name, wanted, outcome, built }).await);
            });
            return;
        }
        self.proposing = true;
        let (bench, watched, tell) = (desk.bench.clone(), watched.clone(), self.tell.clone());
        // An answer may be newer than the last tick.
        let now = desk.clock.now().max(watched.assessment.at);
        let access = self.may_act(&watched.deployment.name);
        tokio::task::spawn_blocking(move || {
            let outcome = proposal(&Bench { access, ..bench }, &watched, &wanted, now);
            let deployment = watched.deployment.name;
            send(&tell, Told::Proposed { deployment, wanted, outcome: outcome.map(Box::new), built: None });
        });
    }

    /// Tells which blueprints there are.
    pub(crate) fn offer(&self) {
        let Some(desk) = &self.desk else { return };
        let (site, tell) = (desk.site(), self.tell.clone());
        tokio::task::spawn_blocking(move || send(&tell, Told::Blueprints(drafting::offers(&site))));
    }

    /// Judges what was chosen. What is chosen meanwhile waits, and of that only the newest.
    pub(crate) fn draft(&mut self, choice: Choice) {
        if self.drafting {
            self.choice = Some(choice);
            return;
        }
        let Some(desk) = &self.desk else { return };
        self.drafting = true;
        let (site, tell) = (desk.site(), self.tell.clone());
        tokio::task::spawn_blocking(move || {
            let outcome = drafting::draft(&site, &choice).map(Box::new);
            send(&tell, Told::Drafted { of: choice, outcome });
        });
    }

    /// Has the plan carried out. The phrase is held against it here, where the approval is made.
    pub(crate) fn carry_out(
        &mut self,
        watched: &Watched,
        plan: Box<Plan>,
        phrase: &str,
        overrides: BTreeMap<GuardName, String>,
    ) -> Option<Msg> {
        if Wish::or_drift(&plan.runbook).is_some() {
            return self.build(watched, plan, phrase);
        }
        let surroundings = match self.surroundings(watched, plan.drill) {
            Ok(surroundings) => surroundings,
            Err(why) => return Some(left(watched, why)),
        };
        let now = surroundings.clock.now();
        let approval = match Approval::by_phrase(&plan, &plan.hash(), phrase, surroundings.operator.clone(), now) {
            Ok(approval) => approval,
            Err(error) => return Some(left(watched, error.to_string())),
        };
        self.conduct(surroundings, Act::Start { plan, approval: Box::new(approval), overrides });
        None
    }

    /// The same of a plan of stacks, with what it was made from.
    fn build(&mut self, watched: &Watched, plan: Box<Plan>, phrase: &str) -> Option<Msg> {
        if self.runs.contains_key(&watched.deployment.name) {
            return Some(left(watched, "a run of this deployment is executed here already".to_owned()));
        }
        // What is yet to be made has no name that access could have been raised for.
        let stands = self.desk.as_ref().is_some_and(|desk| desk.wired.contains_key(&watched.deployment.name));
        if stands && !self.may_act(&watched.deployment.name) {
            return Some(left(watched, "access is read-only: O raises it, and nothing was begun".to_owned()));
        }
        let Some(built) = self.built.take_if(|built| built.building.is_of(&plan)) else {
            let why = "what the plan was made from is not known any more, and nothing was begun: propose it again";
            return Some(left(watched, why.to_owned()));
        };
        let Built { building, view } = *built;
        let case = &building.case;
        let operator = case.operator(&view);
        let shown = plan.hash();
        let approval = match Approval::by_phrase(&plan, &shown, phrase, operator, case.now()) {
            Ok(approval) => approval,
            Err(error) => return Some(left(watched, error.to_string())),
        };
        let surroundings = match case.surroundings(view, None) {
            Ok(surroundings) => surroundings,
            Err(failure) => return Some(left(watched, building::in_words(&failure))),
        };
        let act = Act::Build { plan, approval: Box::new(approval), building: Box::new(building), is_new: !stands };
        self.conduct(surroundings, act);
        None
    }

    /// Goes on with a run that nobody executes.
    pub(crate) fn resume(&mut self, watched: &Watched, run: RunId) -> Option<Msg> {
        let plan =
            watched.run.as_ref().and_then(LiveRun::state).filter(|state| state.id == run).map(|state| &state.plan);
        let wish = plan.and_then(|plan| Wish::or_drift(&plan.runbook));
        let case = match (wish, &self.desk) {
            (Some(wish), Some(desk)) => match building::case(&desk.site(), &watched.deployment) {
                Ok(case) => Some((Box::new(case), wish)),
                Err(failure) => return Some(left(watched, building::in_words(&failure))),
            },
            (Some(_) | None, _) => None,
        };
        match self.surroundings(watched, false) {
            Ok(mut surroundings) => {
                if let Some((case, _)) = &case {
                    // Whoever makes stacks does not write to the application meanwhile.
                    surroundings.deployment = Arc::clone(&case.wired.deployment);
                }
                self.conduct(surroundings, Act::Resume { run, case });
            }
            Err(why) => return Some(left(watched, why)),
        }
        None
    }

    /// Gives up a run that nobody executes. Whether nobody does, the lock tells.
    pub(crate) fn abort(&mut self, watched: &Watched, run: RunId) -> Option<Msg> {
        match self.surroundings(watched, false) {
            Ok(surroundings) => self.conduct(surroundings, Act::Abort(run)),
            Err(why) => return Some(left(watched, why)),
        }
        None
    }

    /// A rehearsal's recovery time is its own, whatever else is going on.
    fn surroundings(&self, watched: &Watched, drill: bool) -> Result<Surroundings, String> {
        let name = &watched.deployment.name;
        let Some(desk) = &self.desk else {
            return Err("the clouds are not open yet, and nothing was begun".to_owned());
        };
        if self.runs.contains_key(name) {
            return Err("a run of this deployment is executed here already".to_owned());
        }
        let no_access = || "access is read-only: O raises it, and nothing was begun".to_owned();
        let cloud = self.door(name).and_then(|wired| wired.operator.clone()).ok_or_else(no_access)?;
        let journal =
            open_journal(desk.bench.journal.as_deref(), IfMissing::Make).map_err(|failure| failure.message)?;
        Ok(Surroundings {
            deployment: Arc::new(watched.deployment.clone()),
            cloud,
            clock: Arc::clone(&desk.clock),
            journal,
            operator: person(&desk.bench, watched),
            runbooks: desk.bench.runbooks.to_vec(),
            history: watched.history.clone(),
            known: watched.snapshot.clone(),
            incident_began_at: watched.incident().filter(|_| !drill).map(|incident| incident.began_at),
        })
    }

    fn conduct(&mut self, surroundings: Surroundings, act: Act) {
        let (orders, received) = mpsc::channel(ORDERS);
        let missed = Arc::new(AtomicBool::new(false));
        let (name, operator) = (surroundings.deployment.name.clone(), surroundings.operator.clone());
        let (tell, lost) = (self.tell.clone(), Arc::clone(&missed));
        let deployment = name.clone();
        let there = self.desk.as_ref().map(|desk| Arc::clone(&desk.site.wiring.there));
        let profile = self.desk.as_ref().and_then(|desk| desk.site.profile().map(str::to_owned));
        // A task of its own: the loop waits for no request and no journal.
        let task = tokio::spawn(async move {
            let mut begun = match &act {
                Act::Build { building, is_new: true, .. } => Some(Box::new(building.wired().clone())),
                Act::Build { .. } | Act::Start { .. } | Act::Abort(_) | Act::Resume { .. } => None,
            };
            let mut seen = |entry: &Entry| {
                // It is there from the moment that something of it may be.
                if let Some(wired) = begun.take()
                    && let Err(full) = tell.try_send(Told::Stands(wired))
                {
                    tracing::warn!(%full, "a deployment that is being made is not shown before it stands");
                }
                let told = Told::Entry { deployment: deployment.clone(), entry: Box::new(entry.clone()) };
                // Once one is missed the rest waits for the reading, so that none is told before it.
                if lost.load(Ordering::SeqCst) || tell.try_send(told).is_err() {
                    lost.store(true, Ordering::SeqCst);
                }
            };
            let none = BTreeMap::new();
            let outcome = match act {
                Act::Start { plan, approval, overrides } => {
                    let run = run::start(*plan, *approval, overrides, &surroundings, received, &mut seen);
                    run.await.map_err(|error| why(&error))
                }
                Act::Abort(run) => {
                    let ended = run::abort(&run, &surroundings, received, &mut seen).await;
                    ended.map_err(|error| why(&error))
                }
                Act::Build { plan, approval, building, .. } => {
                    let shown = plan.clone();
                    let run = run::start(*plan, *approval, none, &surroundings, received, &mut seen);
                    let ended = building.around(&shown, profile.as_deref(), run).await;
                    let ended = ended.map_err(|failure| building::in_words(&failure));
                    let ended = ended.and_then(|ended| ended.map_err(|error| why(&error)));
                    match ended {
                        Ok(ended) => {
                            building::settle(&building.case, building.wish, there, &tell).await.map(|()| ended)
                        }
                        Err(why) => Err(why),
                    }
                }
                Act::Resume { run, case } => {
                    let ended = run::resume(&run, &surroundings, received, &mut seen).await;
                    match (ended, case) {
                        (Ok(ended), Some((case, wish))) => {
                            building::settle(&case, wish, there, &tell).await.map(|()| ended)
                        }
                        (ended, _) => ended.map_err(|error| why(&error)),
                    }
                }
            };
            let outcome = outcome.map(|_| ());
            // Nobody listens any more when the console is being left.
            drop(tell.send(Told::Left { deployment, outcome }).await);
        });
        self.runs.insert(name, Conducted { orders, task, missed, operator });
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

    /// What the glass is told.
    pub(crate) fn messages(&mut self, told: Told) -> Vec<Msg> {
        match told {
            Told::Proposed { deployment, wanted, outcome, built } => {
                let under_way =
                    if Wish::or_drift(&wanted.runbook).is_some() { &mut self.planning } else { &mut self.proposing };
                *under_way = false;
                let is_wanted = self.wanted.as_ref().is_some_and(|(of, last)| (of, last) == (&deployment, &wanted));
                if !is_wanted {
                    self.proposed_at = None;
                    return Vec::new();
                }
                let runbook = wanted.runbook;
                // Of a plan that can no longer be made, what was shown last is still what it was made from.
                self.built = built.or_else(|| self.built.take());
                vec![Msg::Proposed { deployment, runbook, outcome }]
            }
            Told::Blueprints(offers) => vec![Msg::Blueprints(offers)],
            Told::Drafted { of, outcome } => {
                self.drafting = false;
                if let Some(newer) = self.choice.take() {
                    self.draft(newer);
                }
                vec![Msg::Drafted { of, outcome }]
            }
            Told::Stands(wired) => self.stands(*wired),
            Told::TakenAway(name) => {
                if let Some(desk) = &mut self.desk {
                    desk.wired.remove(&name);
                    desk.site.wiring.deployments.retain(|wired| wired.deployment.name != name);
                }
                vec![Msg::TakenAway(name)]
            }
            Told::Said(text) => vec![Msg::Notice { text, trouble: false }],
            Told::Entry { deployment, entry } => vec![Msg::Run { deployment, entries: vec![*entry], here: true }],
            Told::Read { deployment, entries, whole } => {
                self.reading.remove(&deployment);
                self.told = None;
                let here = self.runs.contains_key(&deployment);
                // What was read before a run was begun here says nothing of it.
                if entries.is_empty() || (here && !whole) {
                    return Vec::new();
                }
                vec![Msg::Run { deployment, entries, here }]
            }
            Told::Written { deployment, request, outcome } => match outcome {
                Ok((logbook, past)) => {
                    vec![Msg::Logbook { deployment, logbook, past }, Msg::Done { request, outcome: Ok(()) }]
                }
                Err(why) => vec![Msg::Done { request, outcome: Err(why) }],
            },
            Told::Printed(outcome) => vec![Msg::Printed { outcome }],
            Told::Raised { deployment, typed, outcome } => vec![self.raised(deployment, &typed, outcome)],
            Told::Left { deployment, outcome } => {
                self.runs.remove(&deployment);
                vec![Msg::RunLeft { deployment, outcome }]
            }
            Told::Trouble(text) => {
                for name in std::mem::take(&mut self.reading) {
                    if let Some(conducted) = self.runs.get(&name) {
                        conducted.missed.store(true, Ordering::SeqCst);
                    }
                }
                if self.told.as_ref() == Some(&text) {
                    return Vec::new();
                }
                self.told = Some(text.clone());
                vec![Msg::Notice { text, trouble: true }]
            }
        }
    }

    /// It is one of those that there are from now on.
    fn stands(&mut self, wired: Wired) -> Vec<Msg> {
        let Some(desk) = &mut self.desk else { return Vec::new() };
        let name = wired.deployment.name.clone();
        let there = &mut desk.site.wiring.deployments;
        match there.iter_mut().find(|known| known.deployment.name == name) {
            Some(known) => *known = wired.clone(),
            None => there.push(wired.clone()),
        }
        let known = there.iter().map(|wired| wired.deployment.as_ref().clone()).collect();
        desk.wired.insert(name, wired);
        vec![Msg::Discovered(known)]
    }

    /// Where stacks are made by now.
    pub(crate) fn site(&self) -> Option<&Site> {
        self.desk.as_ref().map(|desk| &desk.site)
    }

    /// The deployments of which a run is executed here.
    pub(crate) fn acting(&self) -> Vec<DeploymentName> {
        self.runs.keys().cloned().collect()
    }
}

enum Act {
    Start {
        plan: Box<Plan>,
        approval: Box<Approval>,
        overrides: BTreeMap<GuardName, String>,
    },
    Abort(RunId),
    Build {
        plan: Box<Plan>,
        approval: Box<Approval>,
        building: Box<Building>,
        /// Nobody knew the deployment before.
        is_new: bool,
    },
    Resume {
        run: RunId,
        /// Of a run of stacks.
        case: Option<(Box<Case>, Wish)>,
    },
}

/// A plan of stacks asks every stack, and what is in them, of both regions.
fn every(runbook: &RunbookName) -> Duration {
    if Wish::or_drift(runbook).is_some() { EVERY_OF_STACKS } else { EVERY }
}

fn left(watched: &Watched, why: String) -> Msg {
    Msg::RunLeft { deployment: watched.deployment.name.clone(), outcome: Err(why) }
}

/// From a thread that may wait. Nobody listens any more when the console is being left.
fn send(tell: &mpsc::Sender<Told>, told: Told) {
    drop(tell.blocking_send(told));
}

fn person(bench: &Bench, watched: &Watched) -> Operator {
    Operator { arn: watched.assessment.identity.arn.clone(), ..bench.person.clone() }
}

fn proposal(bench: &Bench, watched: &Watched, wanted: &Wanted, now: Timestamp) -> Result<Proposal, String> {
    let Wanted { runbook, drill, overrides, .. } = wanted;
    let named: Runbook = runbooks::named(&bench.runbooks, runbook.as_str()).map_err(|failure| failure.message)?;
    let journal = open_journal(bench.journal.as_deref(), IfMissing::Nothing).map_err(|failure| failure.message)?;
    let session = session(bench, watched, &*journal).map_err(|failure| failure.message)?;
    let Watched { deployment, snapshot, history, tempo, .. } = watched;
    // Guards judge only what is of one moment.
    let assessment = rules::assess(deployment, snapshot, history, *tempo, now);
    let known = Known { deployment, snapshot, assessment: &assessment, history, now };
    let plan = planner::plan(&named, &Intent { drill: *drill }, &known)
        .map_err(|error| format!("{error}; {}", error.fix()))?;
    let findings = Findings::default();
    let situation = Situation {
        deployment,
        snapshot,
        findings: &findings,
        assessment: &assessment,
        tempo: *tempo,
        now,
        plan: &plan,
        session: &session,
    };
    let reports = guards::judge_all(&plan.guards, &situation, overrides);
    Ok(Proposal::new(runbook.clone(), *drill, plan, reports))
}

/// What the guards are to know of this session and of the runs before it.
pub(super) fn session(bench: &Bench, watched: &Watched, journal: &dyn Journal) -> Result<Session, Failure> {
    let broken = |error: journal::JournalError| journal_failure(&error);
    let name = &watched.deployment.name;
    let runs = journal.runs(Some(name)).map_err(broken)?;
    let holder = journal.holder(name).map_err(broken)?;
    Ok(Session {
        access: bench.access,
        operator: person(bench, watched),
        lock: holder.map_or(LockView::Free, |(by, since)| LockView::Held { by, since }),
        open_run: runs.iter().find(|head| head.is_open()).map(|head| head.id.clone()),
        last_run_ended: runs.iter().filter(|head| !head.is_open()).map(|head| head.last_at).max(),
        approvals: journal::approvals(journal, name).map_err(broken)?,
    })
}

/// The entries of the run that is open, if one is.
fn left_open(folder: Option<&PathBuf>, name: &DeploymentName) -> Result<Vec<Entry>, Failure> {
    let broken = |error: journal::JournalError| journal_failure(&error);
    let journal = open_journal(folder.map(PathBuf::as_path), IfMissing::Nothing)?;
    let heads = journal.runs(Some(name)).map_err(broken)?;
    match heads.iter().find(|head| head.is_open()) {
        Some(head) => journal.entries(&head.id).map_err(broken),
        None => Ok(Vec::new()),
    }
}

fn entries_after(folder: Option<&PathBuf>, run: &RunId, after: u64) -> Result<Vec<Entry>, Failure> {
    let journal = open_journal(folder.map(PathBuf::as_path), IfMissing::Nothing)?;
    let records = journal.records(Some(run), after).map_err(|error| journal_failure(&error))?;
    let entries: Result<Vec<Entry>, _> = records.iter().map(journal::Record::entry).collect();
    entries.map_err(|error| journal_failure(&error))
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
