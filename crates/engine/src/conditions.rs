//! Whether something can be seen to hold, and what became of a call whose answer never came. Pure: what is known comes
//! in, a judgement comes out. Only what was read since the beginning counts: a step's own effect, or a person's since,
//! is never proved by what was true before it. What cannot be seen is unknown; it is never "yes".

use std::ops::Deref;

use lifeboat_model::assessment::Assessment;
use lifeboat_model::plan::{Condition, Plan};
use lifeboat_model::snapshot::Snapshot;
use lifeboat_model::time::Timestamp;
use lifeboat_model::topology::Deployment;

use crate::findings::Findings;

mod building;
mod compute;
mod needs;
mod probing;
mod records;
mod seen;
mod stacks;
mod stores;
mod traffic;

#[cfg(test)]
mod tests;

pub use needs::{Asked, asks, probe_asks, probe_reads, reads};
pub use probing::{SETTLES, probe};
pub use stacks::first_failure;

/// Whether a condition holds. Only `Yes` lets a step be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    Yes,
    /// It was seen, and is not so yet: what is so instead.
    NotYet(String),
    /// The same, since it was refused for a while: by whom and why, and when it is tried again. Worth telling a person, who
    /// would see a step that takes half an hour.
    Later(String),
    /// It was seen, is not so, and becomes so by nothing but sending the step's calls again: what is so instead.
    Again(String),
    /// It will not become so by waiting: why.
    Never(String),
    /// It cannot be seen: what is silent.
    Unknown(String),
}

impl Held {
    pub fn holds(&self) -> bool {
        matches!(self, Self::Yes)
    }

    /// What stands in the way; nothing when it holds.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Yes => None,
            Self::NotYet(reason)
            | Self::Later(reason)
            | Self::Again(reason)
            | Self::Never(reason)
            | Self::Unknown(reason) => Some(reason),
        }
    }
}

/// What the run's canaries have shown so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CanaryView {
    /// Whether the deployment says how it is written to.
    pub configured: bool,
    /// When the newest canary was sent that was acknowledged and found in every store that could be asked.
    pub last_good: Option<Timestamp>,
    /// When the newest canary was sent that was not acknowledged, or not found.
    pub last_failed: Option<Timestamp>,
}

/// All that may be judged from.
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    pub deployment: &'a Deployment,
    pub snapshot: &'a Snapshot,
    /// What was asked beside the polls.
    pub findings: &'a Findings,
    /// The plan that is carried out, whose steps may have answers.
    pub plan: Option<&'a Plan>,
    /// Made from that snapshot, where it is asked for: most conditions rest on bare facts, and the rules cost more than
    /// all else that a look needs.
    pub assessment: &'a dyn Deref<Target = Assessment>,
    /// When the step began, or the intent of a call was written down: what was read before tells nothing.
    pub began_at: Timestamp,
    pub now: Timestamp,
    pub canary: &'a CanaryView,
}

/// Whether a condition holds by what has been read since the beginning.
pub fn judge(condition: &Condition, seen: &Seen<'_>) -> Held {
    let judged = match condition {
        Condition::WriterIs { global_cluster, target, target_region } => {
            stores::writer_is(seen, global_cluster, target, target_region)
        }
        Condition::Synchronized { global_cluster, region } => stores::synchronized(seen, global_cluster, region),
        Condition::BacklogEmpty { source, destination } => stores::backlog_empty(seen, source, destination),
        Condition::ReplicationIs { region, bucket, rules } => stores::replication_is(seen, region, bucket, rules),
        Condition::AtRiskAtMost { store, bound } => stores::at_risk_at_most(seen, *store, *bound),
        Condition::CheckInverted { check, inverted } => traffic::check_inverted(seen, check, *inverted),
        Condition::RecordIs { zone, name, set_identifier, record } => {
            traffic::record_is(seen, zone, name, set_identifier.as_deref(), record.as_deref())
        }
        Condition::AnswersLeadTo { name, region } => traffic::answers_lead_to(seen, name, region),
        Condition::Leaves { name, region, check } => traffic::leaves(seen, name, region, check),
        Condition::GroupIs { group, dial_percent, weights } => traffic::group_is(seen, group, *dial_percent, weights),
        Condition::InService { region, group, at_least } => compute::in_service(seen, region, group, *at_least),
        Condition::CapacityIs { region, group, capacity } => compute::capacity_is(seen, region, group, *capacity),
        Condition::ConcurrencyIs { region, function, reserved } => {
            compute::concurrency_is(seen, region, function, *reserved)
        }
        Condition::EventSourceIs { region, uuid, enabled } => compute::event_source_is(seen, region, uuid, *enabled),
        Condition::AlarmsQuiet { region } => compute::alarms_quiet(seen, region),
        Condition::StackComplete { region, stack, change_set } => stacks::complete(seen, region, stack, change_set),
        Condition::StackGone { region, stack, refusals } => stacks::gone(seen, region, stack, refusals),
        Condition::StackProtected { region, stack, protected } => stacks::protected(seen, region, stack, *protected),
        Condition::StackIs { region, stack, status } => stacks::is(seen, region, stack, status),
        Condition::DriftDetected { region, stack } => stacks::drift_detected(seen, region, stack),
        Condition::ChangeSetReady { region, stack, change_set, only } => {
            building::change_set_ready(seen, region, stack, change_set, only)
        }
        Condition::BucketEmpty { region, bucket } => building::bucket_empty(seen, region, bucket),
        Condition::VaultEmpty { region, vault } => building::vault_empty(seen, region, vault),
        Condition::ParameterThere { region, name } => building::has_parameter(seen, region, name).map(|is_there| {
            if is_there { Held::Yes } else { Held::NotYet(format!("{region} has no parameter {name}")) }
        }),
        Condition::ParameterGone { region, name } => building::has_parameter(seen, region, name).map(|is_there| {
            if is_there { Held::NotYet(format!("{region} still has the parameter {name}")) } else { Held::Yes }
        }),
        Condition::WriterEndpointKnown { region, global_cluster } => {
            building::writer_endpoint(seen, region, global_cluster)
        }
        Condition::RecordsGone { zone, records } => traffic::records_gone(seen, zone, records),
        Condition::NothingLeft { region, looks } => building::nothing_left(seen, region, looks),
        Condition::Elapsed { length } => Ok(seen.elapsed(*length)),
        Condition::CanaryServed => Ok(seen.canary_served()),
    };
    judged.unwrap_or_else(|seen::Silent(reason)| Held::Unknown(reason))
}
