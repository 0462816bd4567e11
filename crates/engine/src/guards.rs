//! What may forbid a run or a step: each guard a pure function from what is known to a verdict, one file a guard. It
//! reads nothing and changes nothing: whoever asks has read what [`services`] names, freshly.
//!
//! A fact that is missing, stale or contradicted by another never lets a guard pass: every fact goes through
//! `footing::Footing`, and what is not there makes the verdict `Unknown`.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat_model::assessment::Assessment;
use lifeboat_model::guard::{GuardName, GuardReport};
use lifeboat_model::id::Region;
use lifeboat_model::plan::{Plan, PlanHash};
use lifeboat_model::read::{PlannedRead, Service, Tempo};
use lifeboat_model::rules::reads;
use lifeboat_model::run::{Operator, RunId};
use lifeboat_model::snapshot::Snapshot;
use lifeboat_model::time::Timestamp;
use lifeboat_model::topology::Deployment;

use crate::findings::Findings;

mod access;
mod both_healthy;
mod building;
mod capacity;
mod credentials;
mod database_before_traffic;
mod footing;
mod freeze_window;
mod freshness;
mod global_cluster;
mod identity;
mod lag;
mod lock;
mod minimum_delay;
mod needs;
mod parity;
mod second_person;
mod standby_health;
mod still_serving;
mod synchronized;
mod traffic_lever;
mod writer;

pub(crate) use capacity::counterpart;
use footing::Footing;
use needs::Needs;
pub use second_person::{NotASecond, may_be_second};

/// Who holds the lock of the deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LockView {
    Free,
    /// This session.
    Mine,
    Held {
        by: Operator,
        since: Timestamp,
    },
}

/// What is known of the session that asks, and of the runs before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Whether it may change anything: `--operate`.
    pub access: bool,
    pub operator: Operator,
    pub lock: LockView,
    /// A run of the deployment that is not over, other than the one that asks.
    pub open_run: Option<RunId>,
    /// When the last run of the deployment ended.
    pub last_run_ended: Option<Timestamp>,
    /// Which plans were approved, by whom and when.
    pub approvals: Vec<(Operator, PlanHash, Timestamp)>,
}

/// All that guards judge from. `assessment` is that of `snapshot` at `now`.
#[derive(Clone, Copy)]
pub struct Situation<'a> {
    pub deployment: &'a Deployment,
    pub snapshot: &'a Snapshot,
    /// What was asked beside the polls.
    pub findings: &'a Findings,
    pub assessment: &'a Assessment,
    /// At which the snapshot is read: it decides what is stale.
    pub tempo: Tempo,
    pub now: Timestamp,
    pub plan: &'a Plan,
    pub session: &'a Session,
}

/// One guard's verdict with what it rests on.
pub fn judge(guard: GuardName, situation: &Situation<'_>) -> GuardReport {
    let mut footing = Footing::new(situation);
    if footing.is_of_one_piece() {
        ask(guard, &mut footing);
    }
    footing.report(guard)
}

/// Every guard's verdict, in the order asked. An override stands beside a verdict that does not pass, where the guard
/// allows one at all.
pub fn judge_all(
    guards: &[GuardName],
    situation: &Situation<'_>,
    overrides: &BTreeMap<GuardName, String>,
) -> Vec<GuardReport> {
    let with_override = |guard: &GuardName| {
        let report = judge(*guard, situation);
        let counts = guard.can_be_overridden() && !report.verdict.passes();
        let overridden = overrides.get(guard).filter(|reason| counts && !reason.trim().is_empty()).cloned();
        GuardReport { overridden, ..report }
    };
    guards.iter().map(with_override).collect()
}

/// What must be read freshly before a guard is judged: which service of which region, among those that are polled for
/// the deployment at all.
pub fn services(guard: GuardName, plan: &Plan, deployment: &Deployment) -> BTreeSet<(Region, Service)> {
    let polled = reads::polled(deployment);
    let needs = Needs { plan, deployment, polled: &polled };
    let named = match guard {
        GuardName::Access
        | GuardName::Lock
        | GuardName::FreezeWindow
        | GuardName::MinimumDelay
        | GuardName::SecondPerson
        // Asked beside the polls.
        | GuardName::Unprotected
        | GuardName::Offered
        | GuardName::NamesFree
        | GuardName::Quotas
        | GuardName::StacksAsPlanned => BTreeSet::new(),
        GuardName::Identity | GuardName::Credentials => needs.identity(),
        GuardName::Freshness => freshness::services(&needs),
        GuardName::Lag => lag::services(&needs),
        GuardName::BothHealthy => needs.health_of_both(),
        GuardName::StandbyHealth | GuardName::StillServing => needs.health(),
        GuardName::Capacity => capacity::services(&needs),
        GuardName::Parity => parity::services(&needs),
        GuardName::Synchronized => synchronized::services(&needs),
        GuardName::TrafficLever => traffic_lever::services(&needs),
        GuardName::Writer | GuardName::DatabaseBeforeTraffic => needs.of_those_needed(Service::Aurora),
    };
    named.intersection(&polled).cloned().collect()
}

/// What must be asked beside the polls before these guards are judged.
pub fn questions(guards: &[GuardName], plan: &Plan) -> Vec<PlannedRead> {
    let Some(build) = &plan.build else { return Vec::new() };
    let mut questions = Vec::new();
    for guard in guards {
        match guard {
            GuardName::Unprotected | GuardName::StacksAsPlanned => questions.extend(building::stacks(build)),
            GuardName::Offered => questions.extend(building::offers(build)),
            GuardName::NamesFree => questions.extend(building::names(build)),
            GuardName::Quotas => questions.extend(building::quotas(build)),
            GuardName::Writer => questions.extend(building::clusters(plan, build)),
            GuardName::Access
            | GuardName::Lock
            | GuardName::Identity
            | GuardName::Freshness
            | GuardName::Lag
            | GuardName::BothHealthy
            | GuardName::StandbyHealth
            | GuardName::Capacity
            | GuardName::Parity
            | GuardName::Synchronized
            | GuardName::TrafficLever
            | GuardName::DatabaseBeforeTraffic
            | GuardName::StillServing
            | GuardName::FreezeWindow
            | GuardName::MinimumDelay
            | GuardName::Credentials
            | GuardName::SecondPerson => {}
        }
    }
    questions
}

fn ask(guard: GuardName, on: &mut Footing<'_>) {
    match guard {
        GuardName::Access => access::judge(on),
        GuardName::Lock => lock::judge(on),
        GuardName::Identity => identity::judge(on),
        GuardName::Freshness => freshness::judge(on),
        GuardName::Lag => lag::judge(on),
        GuardName::BothHealthy => both_healthy::judge(on),
        GuardName::StandbyHealth => standby_health::judge(on),
        GuardName::Capacity => capacity::judge(on),
        GuardName::Parity => parity::judge(on),
        GuardName::Writer if on.plan().build.is_some() => building::same_writer(on),
        GuardName::Writer => writer::judge(on),
        GuardName::Synchronized => synchronized::judge(on),
        GuardName::TrafficLever => traffic_lever::judge(on),
        GuardName::DatabaseBeforeTraffic => database_before_traffic::judge(on),
        GuardName::StillServing => still_serving::judge(on),
        GuardName::FreezeWindow => freeze_window::judge(on),
        GuardName::MinimumDelay => minimum_delay::judge(on),
        GuardName::Credentials => credentials::judge(on),
        GuardName::SecondPerson => second_person::judge(on),
        GuardName::Unprotected => building::unprotected(on),
        GuardName::Offered => building::offered(on),
        GuardName::NamesFree => building::names_free(on),
        GuardName::Quotas => building::within_quotas(on),
        GuardName::StacksAsPlanned => building::as_planned(on),
    }
}
