//! A run: the one place that acts. Intent is durable before each act, what was begun and not ended is probed before
//! anything else, and what cannot be seen is put to a person. Guards are judged here and by nobody else before an act.

mod abort;
mod beginning;
mod calls;
mod canary;
mod control;
mod drill;
mod ending;
mod executor;
mod late;
mod ledger;
mod measure;
mod memory;
mod question;
mod recorder;
mod recovery;
mod safeguards;
mod settling;
mod sight;
mod step;
mod turns;
mod unplanned;
mod verify;

use std::collections::BTreeMap;
use std::sync::Arc;

use lifeboat_model::assessment::RunHistory;
use lifeboat_model::guard::{GuardName, GuardReport};
use lifeboat_model::id::DeploymentName;
use lifeboat_model::plan::{Plan, PlanHash, StepId};
use lifeboat_model::port::Mutate;
use lifeboat_model::run::{Answer, Entry, Malformed, Operator, RunId, RunOutcome, RunState};
use lifeboat_model::runbook::Runbook;
use lifeboat_model::snapshot::Snapshot;
use lifeboat_model::time::{Clock, Timestamp};
use lifeboat_model::topology::Deployment;
use tokio::sync::mpsc;

use crate::approval::Approval;
use crate::journal::{Broken, Journal, JournalError, LockError};

pub use measure::measured;
pub use safeguards::{Safeguard, Safeguards};

/// What a run acts in.
#[derive(Clone)]
pub struct Surroundings {
    pub deployment: Arc<Deployment>,
    pub cloud: Arc<dyn Mutate>,
    pub clock: Arc<dyn Clock>,
    pub journal: Arc<dyn Journal>,
    pub operator: Operator,
    /// The runbooks there are: a planned run that becomes unplanned may need another.
    pub runbooks: Vec<Runbook>,
    pub history: RunHistory,
    /// What was known before the run: of a region that is lost there may be nothing newer.
    pub known: Snapshot,
    /// When the incident began, where somebody declared it.
    pub incident_began_at: Option<Timestamp>,
}

impl std::fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Surroundings")
            .field("deployment", &self.deployment.name)
            .field("operator", &self.operator)
            .finish_non_exhaustive()
    }
}

/// What a person may say to a run that is under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// What is begun is finished; nothing more is begun.
    Pause,
    Resume,
    /// To the question that is open, by its step and its text. An answer to no question, or to another one, is not
    /// heard; neither is a yes where a plan is to be approved.
    Answer {
        step: StepId,
        question: String,
        answer: Answer,
    },
    /// To the question whether the plan as it is now is approved.
    Approve(Approval),
    Abort,
    GoUnplanned,
    /// A line for the journal; the run goes on as it is.
    Note(String),
}

/// Why there is no run, or no more of it.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("{} on {} acts on this deployment since {since}; nothing was begun", by.user, by.host)]
    Held { by: Operator, since: Timestamp },
    #[error("the approval is of the plan {approved} and this plan is {plan}; nothing was begun")]
    NotApproved { approved: PlanHash, plan: PlanHash },
    #[error("refused by {}; nothing was begun", names(.0))]
    Refused(Vec<GuardReport>),
    #[error("this journal has no run `{0}`")]
    NoSuchRun(RunId),
    #[error("the run `{run}` is over: {}", outcome.as_str())]
    Over { run: RunId, outcome: RunOutcome },
    #[error(
        "the run `{run}` is {} and cannot be given up any more: only what it left is still to be put back",
        outcome.as_str()
    )]
    PutsBack { run: RunId, outcome: RunOutcome },
    #[error("the run `{run}` is of the deployment `{deployment}`")]
    OtherDeployment { run: RunId, deployment: DeploymentName },
    #[error("the lock could not be taken, and nothing was begun")]
    Lock(#[source] LockError),
    #[error("the lock was taken away, and nothing more is done; what was begun is in the journal: `lifeboat resume`")]
    LockLost,
    #[error(
        "the journal failed, and nothing is done that it does not hold; what was begun is in it: `lifeboat resume`"
    )]
    Journal(#[from] JournalError),
    #[error("the journal is not as it was written, and nothing is done from it")]
    Broken(#[source] Broken),
    #[error(
        "the plan in the journal is {found}, and what was approved is {approved}: it was changed, or another Lifeboat \
         made it; nothing is done from it"
    )]
    OtherPlan { approved: PlanHash, found: PlanHash },
    #[error("the journal's entries are not a run")]
    Malformed(#[from] Malformed),
}

fn names(reports: &[GuardReport]) -> String {
    let refusing: Vec<_> =
        reports.iter().filter(|report| !report.allows()).map(|report| report.guard.as_str()).collect();
    refusing.join(", ")
}

/// Who is told of each entry once it is durable.
pub type Listener<'a> = &'a mut (dyn FnMut(&Entry) + Send);

// The futures are boxed: whoever waits for a run should not carry all of it.

/// Carries out a plan that somebody approved, to its end or to the point where only a person can go on.
pub async fn start(
    plan: Plan,
    approval: Approval,
    overrides: BTreeMap<GuardName, String>,
    surroundings: &Surroundings,
    orders: mpsc::Receiver<Order>,
    seen: Listener<'_>,
) -> Result<RunState, RunError> {
    Box::pin(beginning::start(plan, approval, overrides, (surroundings, Safeguards::all()), orders, seen)).await
}

/// Goes on with a run from its journal, whoever began it and however it was left. A run that is over but left
/// temporary changes behind tries again to put them back.
pub async fn resume(
    run: &RunId,
    surroundings: &Surroundings,
    orders: mpsc::Receiver<Order>,
    seen: Listener<'_>,
) -> Result<RunState, RunError> {
    Box::pin(beginning::resume(run, (surroundings, Safeguards::all()), orders, seen)).await
}

/// Gives up a run that died or stopped: takes back what can be taken back, last first.
pub async fn abort(
    run: &RunId,
    surroundings: &Surroundings,
    orders: mpsc::Receiver<Order>,
    seen: Listener<'_>,
) -> Result<RunState, RunError> {
    Box::pin(beginning::abort(run, (surroundings, Safeguards::all()), orders, seen)).await
}

/// [`start`] without some of what makes it safe, to prove that the tests would notice.
#[cfg(any(test, feature = "mutation"))]
pub async fn start_with(
    safeguards: Safeguards,
    plan: Plan,
    approval: Approval,
    surroundings: &Surroundings,
    orders: mpsc::Receiver<Order>,
    seen: Listener<'_>,
) -> Result<RunState, RunError> {
    Box::pin(beginning::start(plan, approval, BTreeMap::new(), (surroundings, safeguards), orders, seen)).await
}

/// [`resume`] without some of what makes it safe, to prove that the tests would notice.
#[cfg(any(test, feature = "mutation"))]
pub async fn resume_with(
    safeguards: Safeguards,
    run: &RunId,
    surroundings: &Surroundings,
    orders: mpsc::Receiver<Order>,
    seen: Listener<'_>,
) -> Result<RunState, RunError> {
    Box::pin(beginning::resume(run, (surroundings, safeguards), orders, seen)).await
}
