//! What the facts mean: roles, health, lag, what would be lost, what is in the way. Made from a
//! [`crate::snapshot::Snapshot`] by [`crate::rules::assess`], the same for the screen and for `lifeboat status`.

use serde::{Deserialize, Serialize};

use crate::facts::alarm::AlarmState;
use crate::id::{AccountId, AlarmName, Arn, DeploymentName, DnsName, HealthCheckId, Region};
use crate::metric::MetricKey;
use crate::observation::Freshness;
use crate::plan::Step;
use crate::read::Service;
use crate::runbook::Mode;
use crate::time::{Duration, Timestamp, age};
use crate::wording;

/// A rehearsal older than this says little about today.
const REHEARSAL_HOLDS: Duration = Duration::from_hours(24 * 90);

/// How well something is. Worse is greater; `Unknown` is not between good and bad but apart from them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    Healthy,
    /// Nothing says it is well, and nothing says it is ill.
    Unknown,
    Degraded,
    Down,
}

impl Health {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Unknown => "unknown",
            Self::Degraded => "degraded",
            Self::Down => "down",
        }
    }
}

/// What a region is now, from live data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    Active,
    Standby,
    /// Both claim to be active, or nothing tells.
    Unknown,
}

impl Role {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Standby => "standby",
            Self::Unknown => "unknown",
        }
    }
}

/// What a role was read from, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RoleBasis {
    /// Aurora's `IsWriter`.
    Writer,
    /// Where DNS answers lead.
    Dns,
    /// Where the accelerator's dials lead.
    Accelerator,
    /// Where requests arrive.
    Traffic,
    /// Nothing live tells.
    None,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegionAssessment {
    pub region: Region,
    pub role: Role,
    pub role_basis: RoleBasis,
    pub health: Health,
    /// Why it is not healthy, worst first, each a short sentence.
    pub reasons: Vec<String>,
    /// Whether its endpoints answer Lifeboat; `None` before anything was asked.
    pub reachable: Option<bool>,
    /// When it last answered anything.
    pub last_answer: Option<Timestamp>,
    /// Requests a second reaching it, by its front door's own metric.
    pub traffic: Option<Dated<f64>>,
    /// Share of those requests that fail, in percent.
    pub errors_percent: Option<Dated<f64>>,
}

/// A number with its age and whether it may be trusted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dated<T> {
    pub value: T,
    /// When the fact was true: for a metric the end of its period, else when it was read.
    pub at: Timestamp,
    pub freshness: Freshness,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StoreKind {
    Aurora,
    DynamoDb,
    S3,
}

impl StoreKind {
    pub const ALL: [Self; 3] = [Self::Aurora, Self::DynamoDb, Self::S3];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aurora => "aurora",
            Self::DynamoDb => "dynamodb",
            Self::S3 => "s3",
        }
    }
}

/// One data store, and what of it would be lost now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoreAssessment {
    pub kind: StoreKind,
    pub name: String,
    /// Aurora: the writer's region. DynamoDB: every replica writes, so the active region. S3: the source's region
    /// of the direction in use.
    pub writer_region: Option<Region>,
    pub health: Health,
    pub reasons: Vec<String>,
    /// Replication lag.
    pub lag: Option<Dated<Duration>>,
    /// S3: objects waiting.
    pub pending_objects: Option<Dated<u64>>,
    /// S3: bytes waiting.
    pub pending_bytes: Option<Dated<u64>>,
    /// The data, as time, that a failover now would lose: Aurora's RPO lag; ten times the recent maximum latency of
    /// DynamoDB; S3's replication latency while something is pending. `None` where it cannot be known.
    pub at_risk: Option<Dated<Duration>>,
    /// The RPO that holds for this store.
    pub rpo_target: Option<Duration>,
    /// Against that RPO; `None` without a target or without a value.
    pub within_rpo: Option<bool>,
    /// The series its trend is drawn from.
    pub trend: Option<MetricKey>,
    /// Slope over the last fifteen minutes, in milliseconds a minute.
    pub slope_ms_per_minute: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HealthCheckAssessment {
    pub id: HealthCheckId,
    /// The region it watches.
    pub region: Option<Region>,
    pub health: Health,
    /// Route 53's verdict, after inversion: by its status metric, else by its checkers and the 18 % rule.
    pub passing: Option<Dated<bool>>,
    pub healthy_percent: Option<Dated<f64>>,
    pub target: String,
    /// Configuration that does not do what it seems to: Disabled (always healthy), Inverted, threshold 0.
    pub traps: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlarmAssessment {
    pub name: AlarmName,
    pub region: Region,
    pub state: AlarmState,
    pub since: Option<Timestamp>,
    pub reason: String,
    pub freshness: Freshness,
    /// Set when it is INSUFFICIENT_DATA because the series it watches is published in the other region now.
    pub orphaned_by_role_swap: bool,
    pub actions_enabled: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DnsAssessment {
    pub name: DnsName,
    /// Where Route 53 would send a client now.
    pub active_region: Option<Region>,
    pub answers: Vec<DnsAnswerAssessment>,
}

/// The vantage of an answer that Route 53 itself gave.
pub const AUTHORITY: &str = "Route 53";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DnsAnswerAssessment {
    /// [`AUTHORITY`] or the resolver.
    pub vantage: String,
    pub code: String,
    pub values: Vec<String>,
    pub ttl_s: Option<u32>,
    /// The region these values belong to, where the records tell.
    pub region: Option<Region>,
    pub at: Timestamp,
    pub freshness: Freshness,
}

/// One part of the expected recovery time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RtoTerm {
    /// `detection`, `promotion`, `capacity`, `dns` or `accelerator`.
    pub name: String,
    /// `None` where nothing tells.
    pub length: Option<Duration>,
    /// Where the number comes from: `30 s × 3`, `median of 4 runs`, `stated in the configuration`.
    pub basis: String,
}

/// Something that refuses a failover.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocker {
    pub what: String,
    pub fix: String,
}

/// "If you failed over now".
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    pub from: Option<Region>,
    pub to: Option<Region>,
    /// The worst store's data at risk. `None` when any store's is unknown: a part is not the whole.
    pub rpo: Option<Dated<Duration>>,
    /// The store that `rpo` is of.
    pub rpo_store: Option<(StoreKind, String)>,
    /// The RPO that was stated for all stores, else the strictest of those stated for one kind.
    pub rpo_target: Option<Duration>,
    /// Whether every store is within the RPO that holds for it. `None` without an objective, or while a store that
    /// has one is unknown.
    pub rpo_met: Option<bool>,
    /// The sum of the terms. `None` when any term is unknown.
    pub rto: Option<Duration>,
    /// The sum of the terms that are known.
    pub rto_at_least: Duration,
    pub rto_target: Option<Duration>,
    pub rto_terms: Vec<RtoTerm>,
    /// Empty means ready.
    pub blockers: Vec<Blocker>,
    /// What does not forbid a failover but should be known before one.
    pub warnings: Vec<String>,
    pub last_rehearsed: Option<Timestamp>,
}

impl Forecast {
    pub fn is_ready(&self) -> bool {
        self.blockers.is_empty()
    }

    /// What is said of a deployment whose last rehearsal says little about today, as one of its warnings.
    pub fn rehearsal_warning(&self, now: Timestamp) -> Option<String> {
        match self.last_rehearsed {
            None => Some("a failover has never been rehearsed".to_owned()),
            Some(at) => (age(now, at) > REHEARSAL_HOLDS)
                .then(|| format!("the last rehearsal was {} ago", wording::ago(now, at))),
        }
    }
}

/// Two signals that cannot both be right. Listed, never averaged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contradiction {
    /// A sentence a person can act on: `Route 53 says us-east-1 is healthy, yet its load balancer has no healthy target`.
    pub what: String,
    pub region: Option<Region>,
}

/// A service of a region that facts and actions depend on, and whether it answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dependency {
    pub service: Service,
    pub region: Region,
    /// `None` before it was first asked.
    pub ok: Option<bool>,
    pub last_answer: Option<Timestamp>,
    /// Why not, in short, and since when.
    pub failure: Option<(String, Timestamp)>,
    /// What Lifeboat shows from it.
    pub facts: Vec<String>,
    /// What cannot be done while it is down.
    pub actions: Vec<String>,
    /// The command or change that mends it, where known (expired credentials).
    pub fix: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CapacityRow {
    /// `Auto Scaling`, `Lambda concurrency`, a quota's name, `Aurora instances`…
    pub what: String,
    pub home: Option<String>,
    pub partner: Option<String>,
    pub verdict: Parity,
    pub detail: String,
    /// Set while a side has no fresh reading: when the older of the sides was last read. The verdict is of that moment.
    pub last_read: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Parity {
    Same,
    /// Different in a way that is expected of a standby, or harmless.
    Expected,
    Different,
    /// One side, or both, could not be read.
    Unknown,
}

/// What is known of the identity in use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IdentityAssessment {
    pub account: Option<AccountId>,
    pub arn: Option<Arn>,
    pub expires_at: Option<Timestamp>,
    /// Set when the account is not the deployment's.
    pub wrong_account: bool,
    /// Set while credentials are missing or expired: what is wrong and the command that mends it.
    pub trouble: Option<(String, Option<String>)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BackupRow {
    pub region: Region,
    pub vault: String,
    pub recovery_points: u32,
    pub newest: Option<Timestamp>,
    pub freshness: Freshness,
    /// The newest copy that arrived here from the other region.
    pub newest_copy: Option<Timestamp>,
    pub trouble: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StackRow {
    pub region: Region,
    pub name: String,
    pub status: String,
    pub drift: String,
    pub health: Health,
    pub detail: String,
}

/// Everything that is to be said of a deployment at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Assessment {
    pub deployment: DeploymentName,
    pub at: Timestamp,
    /// The worst of the regions and stores, as a row of the fleet.
    pub health: Health,
    pub identity: IdentityAssessment,
    /// Home first.
    pub regions: Vec<RegionAssessment>,
    pub stores: Vec<StoreAssessment>,
    pub health_checks: Vec<HealthCheckAssessment>,
    pub alarms: Vec<AlarmAssessment>,
    pub dns: Vec<DnsAssessment>,
    pub forecast: Forecast,
    pub contradictions: Vec<Contradiction>,
    pub dependencies: Vec<Dependency>,
    /// Capacity, quotas, versions and parameters side by side.
    pub parity: Vec<CapacityRow>,
    pub backups: Vec<BackupRow>,
    pub stacks: Vec<StackRow>,
}

/// What earlier runs tell; empty until a run has been journaled.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunHistory {
    pub last_rehearsed: Option<Timestamp>,
    /// How long promotions of this deployment took.
    pub promotions: Vec<Duration>,
    /// How long each step took in the newest completed runs.
    #[serde(default)]
    pub steps: Vec<StepHistory>,
}

/// How long one step took, in runs of one mode: the same step in another mode is done in another situation. A step that
/// leads the other way, or has other things to start, is another step, whatever it is called.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepHistory {
    pub mode: Mode,
    /// As a plan had it: what it does is what counts, and its expected length does not.
    pub step: Step,
    /// Of the newest run first; never empty.
    pub lengths: Vec<Duration>,
}

impl RunHistory {
    /// What was measured of such a step, the newest first; nothing where none was.
    pub fn lengths_of(&self, mode: Mode, step: &Step) -> &[Duration] {
        let same = |known: &&StepHistory| known.mode == mode && known.step.id == step.id && known.step.does_as(step);
        self.steps.iter().find(same).map_or(&[], |known| &known.lengths)
    }
}

/// What watching costs, measured over the last minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CostRate {
    pub requests_per_hour: f64,
    /// US dollars, at CloudWatch's list price of $0.01 for 1,000 metrics by `GetMetricData` and $0.01 for 1,000 other
    /// CloudWatch requests. On the simulator: what it would cost.
    pub usd_per_hour: f64,
}

impl Assessment {
    /// Nothing has been read: everything is unknown.
    pub fn unread(deployment: &crate::topology::Deployment, now: Timestamp) -> Self {
        Self {
            deployment: deployment.name.clone(),
            at: now,
            health: Health::Unknown,
            identity: IdentityAssessment {
                account: None,
                arn: None,
                expires_at: None,
                wrong_account: false,
                trouble: None,
            },
            regions: Vec::new(),
            stores: Vec::new(),
            health_checks: Vec::new(),
            alarms: Vec::new(),
            dns: Vec::new(),
            forecast: Forecast {
                from: None,
                to: None,
                rpo: None,
                rpo_store: None,
                rpo_target: deployment.objectives.headline_rpo(),
                rpo_met: None,
                rto: None,
                rto_at_least: Duration::ZERO,
                rto_target: deployment.objectives.rto,
                rto_terms: Vec::new(),
                blockers: Vec::new(),
                warnings: Vec::new(),
                last_rehearsed: None,
            },
            contradictions: Vec::new(),
            dependencies: Vec::new(),
            parity: Vec::new(),
            backups: Vec::new(),
            stacks: Vec::new(),
        }
    }
}
