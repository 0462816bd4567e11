//! A runbook: the kind of operation, as steps by kind, without the names of any deployment. What users write in TOML;
//! the planner makes it concrete.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::guard::GuardName;
use crate::time::Duration;

/// A runbook's name: lower case, digits and hyphens, such as `failover`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunbookName(String);

impl RunbookName {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it makes, takes away or compares stacks. Nothing fails over in a run of it, so it rehearses nothing.
    pub fn is_about_stacks(&self) -> bool {
        [PROVISION, TEARDOWN, DRIFT].contains(&self.as_str())
    }
}

impl fmt::Display for RunbookName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl From<&str> for RunbookName {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// The runbook that makes a deployment's stacks, or changes them.
pub const PROVISION: &str = "provision";
/// The runbook that takes them away.
pub const TEARDOWN: &str = "teardown";
/// The runbook that has the stacks compared with what is there.
pub const DRIFT: &str = "drift";

/// Whether both regions are there to take part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Both regions are healthy and nothing may be lost.
    Planned,
    /// The active region is lost or given up: nothing is asked of it, and what it had not replicated is lost.
    Unplanned,
}

/// Where a runbook leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// To whichever region is standby now.
    ToStandby,
    /// To the home region; refused where it is active already.
    ToHome,
}

/// A runbook as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Runbook {
    pub name: RunbookName,
    /// One sentence.
    pub purpose: String,
    pub mode: Mode,
    pub direction: Direction,
    /// Whether a run of it is a rehearsal even where nobody says so.
    pub drill: bool,
    /// Judged as preflight, at planning and at confirmation.
    pub guards: Vec<GuardName>,
    pub steps: Vec<StepSpec>,
}

/// One step as it was written: what the planner makes concrete, into as many steps as there are resources for it, and
/// none where there are none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepSpec {
    pub kind: StepKind,
    /// Steps of one group that follow one another go side by side.
    pub group: Option<String>,
    /// In place of the kind's own title.
    pub title: Option<String>,
    /// Judged immediately before the step, beyond the kind's own.
    pub guards: Vec<GuardName>,
    pub timeout: Option<Duration>,
    /// Whether the run goes on when it fails.
    pub optional: bool,
    /// Whether what it changes is this drill's injected fault.
    pub inject: bool,
    /// The kind's own parameters: text, numbers and durations, as their texts.
    pub with: BTreeMap<String, String>,
    /// The line of the file it was written in, from 1; 0 for a step that no file has.
    pub line: usize,
}

impl StepSpec {
    /// Of that kind and nothing more, as the planner itself adds one.
    pub fn of(kind: StepKind) -> Self {
        Self {
            kind,
            group: None,
            title: None,
            guards: Vec::new(),
            timeout: None,
            optional: false,
            inject: false,
            with: BTreeMap::new(),
            line: 0,
        }
    }
}

/// What steps are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// Alarms of both regions stop acting, and go on evaluating, until the run is over.
    MuteAlarms,
    /// SNS topics are told.
    Notice,
    /// The functions of the region that is to be left refuse every invocation.
    Fence,
    /// Event sources of the region that is to be left stop delivering.
    PauseConsumers,
    /// A person must say yes before anything below it happens.
    Approval,
    /// The database changes its writer without losing anything, while both regions answer.
    AuroraSwitchover,
    /// The standby is promoted; what it had not received is lost.
    AuroraFailover,
    /// Ten times the recent maximum of replication latency passes after writes have stopped.
    DynamodbDrain,
    /// Nothing is left to replicate from the region that is to be left.
    S3Backlog,
    /// The region that becomes active replicates its objects back.
    S3ReverseReplication,
    /// The standby's Auto Scaling groups are brought to the size of the active region's.
    Capacity,
    /// Event sources of the region that becomes active begin to deliver.
    StartConsumers,
    /// The parameter that names the active region.
    Parameter,
    /// Traffic moves by the health checks that failover records depend on.
    HealthCheckInversion,
    /// Traffic moves by changing the records themselves.
    RecordChange,
    /// Traffic moves by a write in the standby that an inverted health check watches.
    StandbyTakesOver,
    /// Traffic moves by dials and weights of Global Accelerator's endpoint groups.
    Accelerator,
    /// Whichever of the traffic kinds this deployment has, data plane first.
    Traffic,
    /// A write through the public name is acknowledged and found.
    Canary,
    /// A function is invoked, and must return without an error.
    LambdaInvoke,
    /// A condition becomes true.
    WaitFor,
    /// What was temporary is put back as it was.
    RestoreLedger,
    /// A stack is made or changed, by a change set.
    Stack,
    /// A stack is deleted, with what it says may be deleted.
    DeleteStack,
    /// AWS is made to make the key of its own that an encrypted standby names.
    ManagedKey,
    /// The endpoint that follows the writer is read, for the stacks that are told it.
    GlobalWriterEndpoint,
    /// A secret is generated and written in each region, or copied to where it is missing.
    SecureParameter,
    /// A parameter that no stack made is deleted.
    DeleteParameter,
    /// Every version, delete marker and unfinished upload of a bucket goes.
    EmptyBucket,
    /// Every recovery point of a vault goes.
    EmptyVault,
    /// Records of a zone that its stack did not make.
    ForeignRecords,
    /// What is left of a deployment is looked for.
    Leftovers,
    /// CloudFormation compares what it made with what is there.
    DetectDrift,
}

impl StepKind {
    /// What runbooks are written from.
    pub const COMPOSABLE: [Self; 22] = [
        Self::MuteAlarms,
        Self::Notice,
        Self::Fence,
        Self::PauseConsumers,
        Self::Approval,
        Self::AuroraSwitchover,
        Self::AuroraFailover,
        Self::DynamodbDrain,
        Self::S3Backlog,
        Self::S3ReverseReplication,
        Self::Capacity,
        Self::StartConsumers,
        Self::Parameter,
        Self::HealthCheckInversion,
        Self::RecordChange,
        Self::StandbyTakesOver,
        Self::Accelerator,
        Self::Traffic,
        Self::Canary,
        Self::LambdaInvoke,
        Self::WaitFor,
        Self::RestoreLedger,
    ];

    /// What `provision` and `teardown` are made of, from a blueprint and from nothing that anybody writes.
    pub const BUILDING: [Self; 11] = [
        Self::Stack,
        Self::DeleteStack,
        Self::ManagedKey,
        Self::GlobalWriterEndpoint,
        Self::SecureParameter,
        Self::DeleteParameter,
        Self::EmptyBucket,
        Self::EmptyVault,
        Self::ForeignRecords,
        Self::Leftovers,
        Self::DetectDrift,
    ];

    /// As runbooks spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MuteAlarms => "mute-alarms",
            Self::Notice => "notice",
            Self::Fence => "fence",
            Self::PauseConsumers => "pause-consumers",
            Self::Approval => "approval",
            Self::AuroraSwitchover => "aurora-switchover",
            Self::AuroraFailover => "aurora-failover",
            Self::DynamodbDrain => "dynamodb-drain",
            Self::S3Backlog => "s3-backlog",
            Self::S3ReverseReplication => "s3-reverse-replication",
            Self::Capacity => "capacity",
            Self::StartConsumers => "start-consumers",
            Self::Parameter => "parameter",
            Self::HealthCheckInversion => "health-check-inversion",
            Self::RecordChange => "record-change",
            Self::StandbyTakesOver => "standby-takes-over",
            Self::Accelerator => "accelerator",
            Self::Traffic => "traffic",
            Self::Canary => "canary",
            Self::LambdaInvoke => "lambda-invoke",
            Self::WaitFor => "wait-for",
            Self::RestoreLedger => "restore-ledger",
            Self::Stack => "stack",
            Self::DeleteStack => "delete-stack",
            Self::ManagedKey => "managed-key",
            Self::GlobalWriterEndpoint => "global-writer-endpoint",
            Self::SecureParameter => "secure-parameter",
            Self::DeleteParameter => "delete-parameter",
            Self::EmptyBucket => "empty-bucket",
            Self::EmptyVault => "empty-vault",
            Self::ForeignRecords => "foreign-records",
            Self::Leftovers => "leftovers",
            Self::DetectDrift => "detect-drift",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::COMPOSABLE.into_iter().chain(Self::BUILDING).find(|kind| kind.as_str() == text)
    }

    /// Whether it changes where clients are led.
    pub fn moves_traffic(self) -> bool {
        matches!(
            self,
            Self::HealthCheckInversion
                | Self::RecordChange
                | Self::StandbyTakesOver
                | Self::Accelerator
                | Self::Traffic
        )
    }

    /// Whether it makes another region the database's writer.
    pub fn promotes(self) -> bool {
        matches!(self, Self::AuroraSwitchover | Self::AuroraFailover)
    }
}

impl fmt::Display for StepKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
