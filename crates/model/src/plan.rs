//! A plan: a runbook made concrete for one deployment at one moment. Every call with all its arguments, in order, with
//! what must hold before and after. It is a value: previewed, hashed, approved, journaled and executed as it stands.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::assessment::StoreKind;
use crate::call::{Call, Capacity, LateValue, Reversal};
use crate::facts::route53::RecordSet;
use crate::facts::s3::ReplicationRule;
use crate::guard::GuardName;
use crate::id::{
    AccountId, Arn, BucketName, DeploymentName, DnsName, FunctionName, GlobalClusterId, GroupName, HealthCheckId,
    ParameterName, Region, StackName, VaultName, ZoneId,
};
use crate::objective::Objectives;
use crate::runbook::{Mode, RunbookName, StepKind};
use crate::time::{Duration, Timestamp};
use crate::topology::InRegion;
use crate::wording::span;

mod build;

pub use build::{
    Build, BuildResource, BuildStack, CostLine, EngineWanted, Leftovers, NamesWanted, QuotaWanted, ResourceAction,
    StackAction, ZonesWanted,
};

/// The version of the plan's JSON.
pub const PLAN_VERSION: u32 = 1;

/// A step's name, unique in its plan and readable: `promote-aurora-global-dev`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepId(String);

impl StepId {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The SHA-256 of what a plan would do, in lower-case hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlanHash(String);

impl PlanHash {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Enough to tell plans apart by eye.
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }
}

impl From<&str> for PlanHash {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for PlanHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub version: u32,
    pub runbook: RunbookName,
    pub mode: Mode,
    pub deployment: DeploymentName,
    /// The account it was made for, as the caller's identity told.
    pub account: Option<AccountId>,
    /// The region that is to be left.
    pub from: Region,
    /// The region that is to become active.
    pub to: Region,
    pub drill: bool,
    pub made_at: Timestamp,
    /// Aurora's writer when the plan was made; the run refuses once it is another.
    pub writer: Option<Arn>,
    /// Judged at planning, at confirmation and when the run begins.
    pub guards: Vec<GuardName>,
    /// In order; those of one group, which follow one another, go side by side.
    pub steps: Vec<Step>,
    pub predicted: Predicted,
    /// What the deployment's owner had promised when the plan was made: what the run is measured against.
    #[serde(default)]
    pub objectives: Objectives,
    /// Of a plan that makes, changes or takes away the deployment itself: what becomes of its stacks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<Build>,
    /// What cannot be undone and what was left out, each a sentence for people.
    pub notes: Vec<String>,
}

/// What the plan's author expects it to cost.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Predicted {
    /// Until clients can write again, from the run's beginning. `None` when a part of it is unknown.
    pub rto: Option<Duration>,
    /// The data, as time, that is lost of each store. `None` where it cannot be known; zero in a planned run.
    pub rpo: BTreeMap<StoreKind, Option<Duration>>,
    /// Of a store whose number is the worst of the last minutes, and far from that of the moment: the latter, which is
    /// what its guard judges.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rpo_now: BTreeMap<StoreKind, Duration>,
    /// The sum over the groups of each group's longest step; `None` when one has no expectation.
    pub length: Option<Duration>,
}

impl Predicted {
    /// What is said beside a loss that is not of the moment: ` (the worst of the last 5 min; 237 ms by what was read last)`.
    pub fn beside_loss(&self, store: StoreKind) -> String {
        let now = self.rpo_now.get(&store);
        now.map_or_else(String::new, |now| {
            format!(" (the worst of the last 5 min; {} by what was read last)", span(*now))
        })
    }
}

/// Whether a step can be taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reversible {
    Yes,
    /// It leaves nothing to take back.
    NothingToUndo,
    /// For a person to read before approving.
    No(String),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    pub id: StepId,
    pub kind: StepKind,
    /// What it does, for people: `Promote aurora-dr-dev in us-east-2`.
    pub title: String,
    /// Steps with the same number go side by side; numbers grow by one along the plan.
    pub group: usize,
    /// The steps of its own group that it waits for: it begins as soon as they are over. None: it begins with its group.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<StepId>,
    /// In order. None for a step that only waits, asks or writes canaries.
    pub calls: Vec<Call>,
    /// What must be seen before it counts as done, beyond the calls' receipts.
    pub verify: Vec<Condition>,
    /// Where one sending of its calls is not enough: they are sent again until what must be seen is seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeats: Option<Repeats>,
    /// Judged immediately before it.
    pub guards: Vec<GuardName>,
    /// Whether what it changes is temporary: its undo goes to the restore ledger and is done before the run is closed.
    pub temporary: bool,
    pub reversible: Reversible,
    /// How long it should take, and where that number is from: `median of 4 runs`, `10 × 812 ms`.
    pub expected: Option<Duration>,
    pub expected_basis: String,
    pub timeout: Duration,
    /// Whether the run goes on when it fails.
    pub optional: bool,
    /// Whether what it changes is this drill's injected fault.
    pub inject: bool,
}

/// How calls are sent again: the pages of a bucket, the deletion of a stack that something still holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repeats {
    /// Between what was seen of one sending and the next.
    pub every: Duration,
}

/// What a change set may do beyond adding and modifying: what was named in the plan that was approved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoMoreThan {
    /// Logical ids whose resources may be replaced.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaces: Vec<String>,
    /// Logical ids whose resources may be removed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removes: Vec<String>,
}

/// A refusal to delete that is known to pass by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlowRefusal {
    /// What AWS says, as a part of its words.
    pub says: String,
    /// For people.
    pub why: String,
    /// From the refusal to the next try.
    pub retry_after: Duration,
}

impl Step {
    /// The calls that take it back, last first; `None` where one of them cannot be taken back.
    pub fn undo(&self) -> Option<Vec<Call>> {
        let mut undo = Vec::new();
        for call in self.calls.iter().rev() {
            match call.reversal() {
                Reversal::By(call) => undo.push(*call),
                Reversal::NothingToUndo => {}
                Reversal::Never(_) => return None,
            }
        }
        Some(undo)
    }

    /// Whether it would do what `other` would. What a plan's hash leaves out is not looked at, nor is the group it stands in,
    /// which is another one wherever a step before it comes or goes.
    pub fn does_as(&self, other: &Self) -> bool {
        let done = |step: &Self| {
            let mut value = serde_json::to_value(step).unwrap_or(Value::Null);
            forget(&mut value);
            if let Value::Object(fields) = &mut value {
                fields.remove("group");
            }
            value
        };
        done(self) == done(other)
    }

    /// What the calls themselves say of being taken back.
    pub fn reversible(calls: &[Call]) -> Reversible {
        let mut leaves_something = false;
        for call in calls {
            match call.reversal() {
                Reversal::By(_) => leaves_something = true,
                Reversal::NothingToUndo => {}
                Reversal::Never(reason) => return Reversible::No(reason),
            }
        }
        if leaves_something { Reversible::Yes } else { Reversible::NothingToUndo }
    }

    pub fn is_reversible(&self) -> bool {
        !matches!(self.reversible, Reversible::No(_))
    }
}

/// Something that can be seen to hold. Judged from observations by a pure function in the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "condition")]
pub enum Condition {
    /// Aurora's writer is this member, by the word of its own region, and no promotion is under way. `target_region`
    /// is asked; the other region is not needed.
    WriterIs {
        global_cluster: GlobalClusterId,
        target: Arn,
        target_region: Region,
    },
    /// Every member of the global cluster is synchronized again.
    Synchronized {
        global_cluster: GlobalClusterId,
        region: Region,
    },
    /// Nothing waits to be replicated from one bucket to the other, by a metric newer than the step's beginning.
    BacklogEmpty {
        source: InRegion<BucketName>,
        destination: InRegion<BucketName>,
    },
    /// The bucket's rules are these.
    ReplicationIs {
        region: Region,
        bucket: BucketName,
        rules: Vec<ReplicationRule>,
    },
    CheckInverted {
        check: HealthCheckId,
        inverted: bool,
    },
    /// The record stands as it should: `None` when it should be gone.
    RecordIs {
        zone: ZoneId,
        name: DnsName,
        set_identifier: Option<String>,
        record: Option<Box<RecordSet>>,
    },
    /// Route 53 itself would send a client to this region.
    AnswersLeadTo {
        name: DnsName,
        region: Region,
    },
    /// Nothing holds clients of this name in the region any more: Route 53 does not say that its health check passes, or
    /// the region answers nothing at all.
    Leaves {
        name: DnsName,
        region: Region,
        check: HealthCheckId,
    },
    GroupIs {
        group: Arn,
        dial_percent: f64,
        weights: Vec<(String, u32)>,
    },
    /// At least so many instances are in service.
    InService {
        region: Region,
        group: GroupName,
        at_least: u32,
    },
    CapacityIs {
        region: Region,
        group: GroupName,
        capacity: Capacity,
    },
    ConcurrencyIs {
        region: Region,
        function: FunctionName,
        reserved: Option<u32>,
    },
    EventSourceIs {
        region: Region,
        uuid: String,
        enabled: bool,
    },
    /// A store's data at risk is at most this much.
    AtRiskAtMost {
        store: StoreKind,
        bound: Duration,
    },
    /// So much time has passed since the step began.
    Elapsed {
        length: Duration,
    },
    /// A canary written since the step began was acknowledged and found in every store that can be asked.
    CanaryServed,
    /// No alarm of the region is in ALARM.
    AlarmsQuiet {
        region: Region,
    },
    /// The change set can be executed, and would do no more than was approved.
    ChangeSetReady {
        region: Region,
        stack: StackName,
        change_set: String,
        only: NoMoreThan,
    },
    /// The stack is made, or changed, as its newest change set says.
    StackComplete {
        region: Region,
        stack: StackName,
        change_set: String,
    },
    /// The stack is in this state, as AWS names it.
    StackIs {
        region: Region,
        stack: StackName,
        status: String,
    },
    /// There is no such stack any more.
    StackGone {
        region: Region,
        stack: StackName,
        refusals: Vec<SlowRefusal>,
    },
    StackProtected {
        region: Region,
        stack: StackName,
        protected: bool,
    },
    /// The stack's drift has been looked for since.
    DriftDetected {
        region: Region,
        stack: StackName,
    },
    /// Neither a version, nor a delete marker, nor an upload that was not finished.
    BucketEmpty {
        region: Region,
        bucket: BucketName,
    },
    VaultEmpty {
        region: Region,
        vault: VaultName,
    },
    ParameterThere {
        region: Region,
        name: ParameterName,
    },
    ParameterGone {
        region: Region,
        name: ParameterName,
    },
    /// The global cluster tells the endpoint that follows its writer.
    WriterEndpointKnown {
        region: Region,
        /// Its id, which may be what a stack tells.
        global_cluster: LateValue,
    },
    /// None of these record sets is in the zone, whatever the deployment is known to have there.
    RecordsGone {
        zone: ZoneId,
        records: Vec<RecordSet>,
    },
    /// Nothing of the deployment is to be found in the region, neither by tag nor by name.
    NothingLeft {
        region: Region,
        looks: Leftovers,
    },
}

impl Plan {
    /// What it would do, as a hash. Equal for plans that would send the same requests in the same order under the same
    /// guards: when it was made, what it predicts and how long it should take are not part of it, and neither is the
    /// moment at which a mute rule ends by itself.
    pub fn hash(&self) -> PlanHash {
        let mut value = serde_json::to_value(self).unwrap_or(Value::Null);
        forget(&mut value);
        let digest = Sha256::digest(value.to_string().as_bytes());
        PlanHash(hexadecimal(&digest))
    }

    /// What must be typed to approve it: `failover payments-aurora us-east-2`.
    pub fn phrase(&self) -> String {
        format!("{} {} {}", self.runbook, self.deployment, self.to)
    }

    pub fn step(&self, id: &StepId) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == *id)
    }

    /// The steps by group, in order.
    pub fn groups(&self) -> impl Iterator<Item = &[Step]> {
        self.steps.chunk_by(|one, other| one.group == other.group)
    }

    /// How long a group takes while each of its steps takes as long as it is expected to: the longest way through what
    /// waits for what. `None` where one of them has no expectation.
    pub fn longest_way(group: &[Step]) -> Option<Duration> {
        Self::longest_way_by(group, |step| step.expected)
    }

    /// The same while each takes as long as it is said to here.
    pub fn longest_way_by(group: &[Step], length: impl Fn(&Step) -> Option<Duration>) -> Option<Duration> {
        let mut ends: BTreeMap<&StepId, Duration> = BTreeMap::new();
        // What a step waits for stands above it.
        for step in group {
            let begins = step.after.iter().filter_map(|id| ends.get(id)).max().copied().unwrap_or_default();
            ends.insert(&step.id, begins.saturating_add(length(step)?));
        }
        Some(ends.into_values().max().unwrap_or_default())
    }

    /// The first group from which on not everything can be undone: the line of reversibility lies above it.
    pub fn point_of_no_return(&self) -> Option<usize> {
        self.steps.iter().find(|step| !step.is_reversible()).map(|step| step.group)
    }
}

/// Lower case, two digits a byte.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        for nibble in [byte >> 4, byte & 0xf] {
            text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('?'));
        }
        text
    })
}

/// Keys that say when, how long or how much there is now, rather than what is done.
const NOT_HASHED: [&str; 7] = ["made_at", "predicted", "expected", "expected_basis", "forecast", "until", "notes"];

fn forget(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|key, _| !NOT_HASHED.contains(&key.as_str()));
            fields.values_mut().for_each(forget);
        }
        Value::Array(items) => items.iter_mut().for_each(forget),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
pub(crate) mod tests;
