//! What may forbid a run or a step, and what each said of it. The judging itself is in the engine, as pure functions.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// Every guard there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuardName {
    /// The session has operator access.
    Access,
    /// No other run of the deployment is open, and nobody else holds its lock.
    Lock,
    /// The caller is in the deployment's account.
    Identity,
    /// What is judged was read lately, from the regions that the run needs.
    Freshness,
    /// Every store's data at risk is within its RPO.
    Lag,
    /// Both regions are healthy.
    BothHealthy,
    /// The region that is to become active is healthy.
    StandbyHealth,
    /// The region that is to become active can bear the load.
    Capacity,
    /// Engine versions and parameters are the same on both sides.
    Parity,
    /// Who the plan names as the writer still is, and no promotion is under way.
    Writer,
    /// Replication leads back and is caught up, so that going back loses nothing.
    Synchronized,
    /// Traffic can be moved without a control plane that is lost.
    TrafficLever,
    /// The database has its writer where traffic is to go.
    DatabaseBeforeTraffic,
    /// At least one region goes on serving.
    StillServing,
    /// No freeze window is open.
    FreezeWindow,
    /// The last run ended long enough ago.
    MinimumDelay,
    /// The credentials outlive the run's expected end.
    Credentials,
    /// Where the deployment asks for it, a second identity has approved this plan.
    SecondPerson,
    /// Nothing says of the deployment, or of its stacks, that it must not be deleted.
    Unprotected,
    /// The regions offer what the blueprint asks of them: the version of the database, and enough zones.
    Offered,
    /// What is to be made has names that nothing else has.
    NamesFree,
    /// What is to be made fits into the account's quotas.
    Quotas,
    /// The stacks are as they were when the plan was made.
    StacksAsPlanned,
}

impl GuardName {
    /// What runbooks name.
    pub const COMPOSABLE: [Self; 18] = [
        Self::Access,
        Self::Lock,
        Self::Identity,
        Self::Freshness,
        Self::Lag,
        Self::BothHealthy,
        Self::StandbyHealth,
        Self::Capacity,
        Self::Parity,
        Self::Writer,
        Self::Synchronized,
        Self::TrafficLever,
        Self::DatabaseBeforeTraffic,
        Self::StillServing,
        Self::FreezeWindow,
        Self::MinimumDelay,
        Self::Credentials,
        Self::SecondPerson,
    ];

    /// What is judged of plans that make stacks or take them away, and of no others.
    pub const BUILDING: [Self; 5] =
        [Self::Unprotected, Self::Offered, Self::NamesFree, Self::Quotas, Self::StacksAsPlanned];

    pub fn all() -> impl Iterator<Item = Self> + Clone {
        Self::COMPOSABLE.into_iter().chain(Self::BUILDING)
    }

    /// As runbooks and `--override` spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Lock => "lock",
            Self::Identity => "identity",
            Self::Freshness => "freshness",
            Self::Lag => "lag",
            Self::BothHealthy => "both-healthy",
            Self::StandbyHealth => "standby-health",
            Self::Capacity => "capacity",
            Self::Parity => "parity",
            Self::Writer => "writer",
            Self::Synchronized => "synchronized",
            Self::TrafficLever => "traffic-lever",
            Self::DatabaseBeforeTraffic => "database-before-traffic",
            Self::StillServing => "still-serving",
            Self::FreezeWindow => "freeze-window",
            Self::MinimumDelay => "minimum-delay",
            Self::Credentials => "credentials",
            Self::SecondPerson => "second-person",
            Self::Unprotected => "unprotected",
            Self::Offered => "offered",
            Self::NamesFree => "names-free",
            Self::Quotas => "quotas",
            Self::StacksAsPlanned => "stacks-as-planned",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::all().find(|guard| guard.as_str() == text)
    }

    /// Whether a person may go on against it, with a reason. Nobody overrides what would let two runs act at once, act
    /// in another account, act without the right to, lead clients to a database that cannot write, delete what is
    /// protected, or change stacks that somebody else has changed since.
    pub fn can_be_overridden(self) -> bool {
        !matches!(
            self,
            Self::Access
                | Self::Lock
                | Self::Identity
                | Self::Writer
                | Self::DatabaseBeforeTraffic
                | Self::Unprotected
                | Self::StacksAsPlanned
        )
    }
}

impl GuardName {
    /// Whether an override outlives the plan it was given for. What was said of a plan that loses nothing is not said of
    /// the one that takes its place; when a run may begin and how long its credentials last does not depend on it.
    pub fn is_of_any_plan(self) -> bool {
        matches!(self, Self::FreezeWindow | Self::MinimumDelay | Self::Credentials)
    }
}

impl fmt::Display for GuardName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a guard says. Only `Pass` lets anything happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "verdict")]
pub enum Verdict {
    Pass,
    Refuse {
        reason: String,
        /// A command or change that would make it pass.
        fix: String,
    },
    /// It cannot be told, and therefore refuses.
    Unknown {
        reason: String,
    },
}

impl Verdict {
    pub fn refuse(reason: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::Refuse { reason: reason.into(), fix: fix.into() }
    }

    pub fn unknown(reason: impl Into<String>) -> Self {
        Self::Unknown { reason: reason.into() }
    }

    pub fn passes(&self) -> bool {
        matches!(self, Self::Pass)
    }
}

/// A verdict with what it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuardReport {
    pub guard: GuardName,
    #[serde(flatten)]
    pub verdict: Verdict,
    /// What was seen, in a sentence: `Aurora 84 ms, DynamoDB 9 s, within 1 s and 1 min`.
    pub evidence: String,
    /// When the oldest fact it rests on was read; `None` where it rests on none.
    pub read_at: Option<Timestamp>,
    /// Why somebody goes on against it; set only where the verdict does not pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overridden: Option<String>,
}

impl GuardReport {
    /// Whether it lets the run go on.
    pub fn allows(&self) -> bool {
        self.verdict.passes() || (self.overridden.is_some() && self.guard.can_be_overridden())
    }
}
