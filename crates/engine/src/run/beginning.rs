//! How a run comes to be carried out: begun, gone on with, or given up. Each takes the lock first and looks before
//! anything else.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat_model::guard::{GuardName, GuardReport};
use lifeboat_model::plan::{Plan, PlanHash};
use lifeboat_model::read::{Service, Tempo};
use lifeboat_model::run::{Entry, RunEvent, RunId, RunOutcome, RunState};
use lifeboat_model::time::Timestamp;
use tokio::sync::mpsc;

use super::control::Halt;
use super::executor::Executor;
use super::recorder::Recorder;
use super::safeguards::Safeguards;
use super::sight::Sight;
use super::step::refusal;
use super::{Listener, Order, RunError, Surroundings};
use crate::approval::Approval;
use crate::guards::{self, Session, Situation};
use crate::journal::{Journal, Lock, LockError, NotVerified};
use crate::sessions::session_of_run;

/// What must hold whenever a run acts, also when it only goes back.
const WHO_ACTS: [GuardName; 2] = [GuardName::Access, GuardName::Identity];

/// Where a run acts, and by which rules.
type Ground<'a> = (&'a Surroundings, Safeguards);

pub(super) async fn start(
    plan: Plan,
    approval: Approval,
    overrides: BTreeMap<GuardName, String>,
    (surroundings, safeguards): Ground<'_>,
    orders: mpsc::Receiver<Order>,
    seen: Listener<'_>,
) -> Result<RunState, RunError> {
    let hash = plan.hash();
    if *approval.hash() != hash {
        return Err(RunError::NotApproved { approved: approval.hash().clone(), plan: hash });
    }
    let lock = lock(surroundings)?;
    let began_at = surroundings.clock.now();
    let sight = Sight::new(surroundings);
    let questions = guards::questions(&plan.guards, &plan);
    tokio::join!(sight.look_around(plan.mode), sight.find(&questions));
    let session = session(surroundings, None)?;
    let reports = judge(&plan.guards, &overrides, &sight, &plan, &session);
    if refusal(&reports).is_some() {
        return Err(RunError::Refused(reports));
    }
    let beginning = Beginning { plan, hash, approval: &approval, overrides, reports, began_at };
    let recorder = begin(beginning, surroundings, seen)?;
    let executor = Executor::new(surroundings, safeguards, sight, session, recorder, lock);
    // A journal that fails here has broken the run, and conducting it says so before anything is done.
    drop(executor.record_fault());
    executor.conduct(orders).await
}

pub(super) async fn resume(
    run: &RunId,
    (surroundings, safeguards): Ground<'_>,
    orders: mpsc::Receiver<Order>,
    seen: Listener<'_>,
) -> Result<RunState, RunError> {
    let lock = lock(surroundings)?;
    let recorder = open(run, surroundings, seen)?;
    let ended = recorder.state.ended.map(|(outcome, _)| outcome);
    let has_left_something = !recorder.state.ledger.is_empty();
    if let (true, false, Some(outcome)) = (recorder.state.is_over(), has_left_something, ended) {
        return Err(RunError::Over { run: run.clone(), outcome });
    }
    let over = recorder.state.puts_back.or(ended.filter(|_| recorder.state.is_over()));
    let plan = recorder.state.plan.clone();
    let sight = Sight::new(surroundings);
    let questions = guards::questions(&plan.guards, &plan);
    tokio::join!(sight.look_around(plan.mode), sight.find(&questions));
    let session = session(surroundings, Some(run))?;
    let executor = Executor::new(surroundings, safeguards, sight, session, recorder, lock);
    if over.is_some() {
        executor.ask_who_acts().await?;
    }
    if executor.record(&RunEvent::Resumed { by: surroundings.operator.clone() }).is_ok() {
        executor.control.pause(false);
    }
    match over {
        Some(outcome) => executor.conduct_restoring(outcome, orders).await,
        None => match executor.refused_again(&plan) {
            Ok(None) => executor.conduct(orders).await,
            Ok(Some(reports)) => Err(RunError::Refused(reports)),
            Err(halt) => executor.failed(&halt),
        },
    }
}

pub(super) async fn abort(
    run: &RunId,
    (surroundings, safeguards): Ground<'_>,
    orders: mpsc::Receiver<Order>,
    seen: Listener<'_>,
) -> Result<RunState, RunError> {
    let lock = lock(surroundings)?;
    let recorder = open(run, surroundings, seen)?;
    if let (true, Some((outcome, _))) = (recorder.state.is_over(), recorder.state.ended) {
        return Err(RunError::Over { run: run.clone(), outcome });
    }
    if let Some(outcome) = recorder.state.puts_back {
        return Err(RunError::PutsBack { run: run.clone(), outcome });
    }
    let sight = Sight::new(surroundings);
    let session = session(surroundings, Some(run))?;
    let executor = Executor::new(surroundings, safeguards, sight, session, recorder, lock);
    executor.ask_who_acts().await?;
    // A journal that fails here has broken the run, and conducting it says so before anything is done.
    drop(executor.record(&RunEvent::GivenUp { by: surroundings.operator.clone() }));
    executor.conduct_abort(orders).await
}

fn lock(surroundings: &Surroundings) -> Result<Box<dyn Lock>, RunError> {
    let Surroundings { deployment, clock, journal, operator, .. } = surroundings;
    journal.lock(&deployment.name, operator, clock.now()).map_err(|error| match error {
        LockError::Held { by, since } => RunError::Held { by, since },
        other @ LockError::Unavailable { .. } => RunError::Lock(other),
    })
}

fn open<'a>(run: &RunId, surroundings: &'a Surroundings, seen: Listener<'a>) -> Result<Recorder<'a>, RunError> {
    let entries = surroundings.journal.entries(run)?;
    if entries.is_empty() {
        return Err(RunError::NoSuchRun(run.clone()));
    }
    // What is sent from here on is what stands in there: it must be what was written, and what was approved.
    surroundings.journal.verify().map_err(|error| match error {
        NotVerified::Broken(broken) => RunError::Broken(broken),
        NotVerified::Unreadable(error) => RunError::Journal(error),
    })?;
    entries.iter().try_for_each(prove_plan)?;
    let recorder = Recorder::open(&*surroundings.journal, entries, seen)?;
    let deployment = &recorder.state.plan.deployment;
    if *deployment != surroundings.deployment.name {
        return Err(RunError::OtherDeployment { run: run.clone(), deployment: deployment.clone() });
    }
    Ok(recorder)
}

/// A plan in the journal is the one whose hash was approved.
fn prove_plan(entry: &Entry) -> Result<(), RunError> {
    let (RunEvent::RunStarted { plan, hash, .. } | RunEvent::ModeChanged { plan, hash, .. }) = &entry.event else {
        return Ok(());
    };
    let found = plan.hash();
    if found == *hash { Ok(()) } else { Err(RunError::OtherPlan { approved: hash.clone(), found }) }
}

/// What the journal says of this deployment's other runs.
fn session(surroundings: &Surroundings, own: Option<&RunId>) -> Result<Session, RunError> {
    let Surroundings { deployment, journal, operator, .. } = surroundings;
    Ok(session_of_run(&**journal, &deployment.name, operator.clone(), own)?)
}

fn judge(
    guards: &[GuardName],
    overrides: &BTreeMap<GuardName, String>,
    sight: &Sight<'_>,
    plan: &Plan,
    session: &Session,
) -> Vec<GuardReport> {
    let snapshot = sight.snapshot();
    let findings = sight.findings();
    let assessment = sight.assess(&snapshot);
    let situation = Situation {
        deployment: sight.deployment(),
        snapshot: &snapshot,
        findings: &findings,
        assessment: &assessment,
        tempo: Tempo::Fast,
        now: assessment.at,
        plan,
        session,
    };
    guards::judge_all(guards, &situation, overrides)
}

/// What the first entries of a run say.
struct Beginning<'a> {
    plan: Plan,
    hash: PlanHash,
    approval: &'a Approval,
    overrides: BTreeMap<GuardName, String>,
    reports: Vec<GuardReport>,
    /// When it was asked for: looking around comes out of the run's own time, not out of the decision's.
    began_at: Timestamp,
}

fn begin<'a>(
    beginning: Beginning<'_>,
    surroundings: &'a Surroundings,
    seen: Listener<'a>,
) -> Result<Recorder<'a>, RunError> {
    let Beginning { plan, hash, approval, overrides, reports, began_at } = beginning;
    let journal = &*surroundings.journal;
    let run = name(&plan, began_at, journal)?;
    let deployment = plan.deployment.clone();
    let first = RunEvent::RunStarted {
        plan: Box::new(plan),
        hash: hash.clone(),
        by: surroundings.operator.clone(),
        reality: Some(surroundings.cloud.reality()),
        incident_began_at: surroundings.incident_began_at,
    };
    let entry = journal.append(&run, &deployment, began_at, &first)?;
    seen(&entry);
    let mut recorder = Recorder::open(journal, vec![entry], seen)?;
    let by = approval.by().clone();
    let phrase = Some(approval.phrase().to_owned());
    let mut events = vec![RunEvent::Approved { by: by.clone(), hash, phrase }];
    let overridden = |(guard, reason)| RunEvent::Overridden { guard, reason, by: by.clone() };
    events.extend(overrides.into_iter().map(overridden));
    for event in &events {
        recorder.record(began_at, event);
    }
    recorder.record(surroundings.clock.now(), &RunEvent::GuardsJudged { step: None, reports });
    recorder.take_error().map_or(Ok(recorder), Err)
}

/// `payments-aurora-failover-20260105-090130`, with a number where that is taken.
fn name(plan: &Plan, at: Timestamp, journal: &dyn Journal) -> Result<RunId, RunError> {
    let when = at.strftime("%Y%m%d-%H%M%S");
    let plain = format!("{}-{}-{when}", plan.deployment, plan.runbook);
    let heads = journal.runs(Some(&plan.deployment))?;
    let is_taken = |name: &str| heads.iter().any(|head| head.id.as_str() == name);
    let mut name = plain.clone();
    let mut number = 2_u32;
    while is_taken(&name) {
        name = format!("{plain}-{number}");
        number = number.saturating_add(1);
    }
    Ok(RunId::new(name))
}

impl Executor<'_> {
    /// Taking something back changes an account as much as doing it: whoever does it may act, and in that account. A
    /// refusal leaves the run as it is. Either region may tell: a run towards one that is lost must not be held by it.
    async fn ask_who_acts(&self) -> Result<(), RunError> {
        let plan = self.plan();
        let tellers = [&plan.to, &plan.from].map(|region| (region.clone(), Service::Identity));
        self.sight.look(&BTreeSet::from(tellers)).await;
        let reports = self.judge_guards(&WHO_ACTS, &plan);
        if refusal(&reports).is_some() {
            return Err(RunError::Refused(reports));
        }
        Ok(())
    }

    /// Whether what had to hold for the run to begin still holds, as far as it must: all of it while nothing was begun,
    /// and always who acts and where.
    fn refused_again(&self, plan: &Plan) -> Result<Option<Vec<GuardReport>>, Halt> {
        let has_begun = !self.recorder().state.began.is_empty();
        let must_hold = |guard: &&GuardName| !has_begun || WHO_ACTS.contains(guard);
        let guards: Vec<_> = plan.guards.iter().filter(must_hold).copied().collect();
        let reports = self.judge_guards(&guards, plan);
        let reason = refusal(&reports);
        self.record(&RunEvent::GuardsJudged { step: None, reports: reports.clone() })?;
        match reason {
            Some(reason) => {
                self.stop(reason)?;
                Ok(Some(reports))
            }
            None => Ok(None),
        }
    }

    fn failed(&self, halt: &Halt) -> Result<RunState, RunError> {
        if let Some(error) = self.recorder().take_error() {
            return Err(error);
        }
        tracing::error!(?halt, "a run could not be taken up");
        Ok(self.state())
    }

    /// A run that is over, but left temporary changes behind.
    async fn conduct_restoring(
        &self,
        outcome: RunOutcome,
        orders: mpsc::Receiver<Order>,
    ) -> Result<RunState, RunError> {
        let restoring = async {
            self.restore_ledger().await?;
            let reason = "what was temporary was to be put back".to_owned();
            self.close(outcome, Some(reason))
        };
        self.beside_orders(orders, restoring).await
    }
}
