//! Runs that this process executes, in tasks of their own: begun, gone on with or given up, and told what a person says.
//! The approval is made here, from what was typed; what a run may do is the engine's to judge.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lifeboat_engine::approval::Approval;
use lifeboat_engine::run::{self, Order, RunError, Surroundings};
use lifeboat_model::guard::{GuardName, GuardReport, Verdict};
use lifeboat_model::plan::Plan;
use lifeboat_model::run::{Answer, Entry, Operator, RunId};
use lifeboat_tui::Msg;
use lifeboat_tui::acting::{LiveRun, Question, Saying};
use lifeboat_tui::model::Watched;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::super::building::{self, Built};
use super::{Conductor, Told, person};
use crate::acting::{Case, IfMissing, journal_failure, open_journal};
use crate::building::{Building, Wish};

/// Orders that may wait to be heard.
const ORDERS: usize = 16;

/// A run that is executed here.
pub(super) struct Conducted {
    pub(super) orders: mpsc::Sender<Order>,
    task: JoinHandle<()>,
    /// Entries found no room and must be read from the journal.
    pub(super) missed: Arc<AtomicBool>,
    operator: Operator,
}

impl Drop for Conducted {
    /// As if the process were killed: the journal holds what was begun.
    fn drop(&mut self) {
        self.task.abort();
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
