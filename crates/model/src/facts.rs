//! What a cloud says of itself, service by service. Facts are as AWS states them, unjudged: judgement
//! is in [`crate::rules`]. Each type says the units of its numbers and where it must be read.

pub mod alarm;
pub mod aurora;
pub mod backup;
pub mod canary;
pub mod capacity;
pub mod change_set;
pub mod drift;
pub mod dynamodb;
pub mod global_accelerator;
pub mod identity;
pub mod lambda;
pub mod leftover;
pub mod load_balancing;
pub mod parameter;
pub mod probe;
pub mod route53;
pub mod s3;
pub mod stack;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::Arn;
use crate::metric::Series;

/// The answer to one [`crate::read::Read`].
#[expect(clippy::large_enum_variant, reason = "one exists for each poll, and is moved into the snapshot at once")]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Facts {
    Identity(identity::CallerIdentity),
    Aurora(aurora::AuroraFacts),
    Tables(Vec<dynamodb::Table>),
    Buckets(Vec<s3::Bucket>),
    HealthChecks(Vec<route53::HealthCheck>),
    Records(Vec<route53::RecordSet>),
    Answers(Vec<route53::DnsAnswer>),
    Metrics(Vec<Series>),
    Alarms(alarm::AlarmFacts),
    TargetGroups(Vec<load_balancing::TargetGroup>),
    Functions(lambda::LambdaFacts),
    Accelerators(Vec<global_accelerator::Accelerator>),
    Parameters(Vec<parameter::Parameter>),
    Stacks(Vec<stack::Stack>),
    StackResources(Vec<stack::StackResource>),
    Vaults(backup::BackupFacts),
    ScalingGroups(Vec<capacity::ScalingGroup>),
    Quotas(Vec<capacity::Quota>),
    Probes(Vec<probe::Probe>),
    Canaries(Vec<canary::Sighting>),
    /// Resources found by tag: ARN to tags.
    Tagged(BTreeMap<Arn, BTreeMap<String, String>>),
    /// Newest first.
    StackEvents(Vec<stack::StackEvent>),
    /// `None` where there is no such change set, or no such stack.
    ChangeSet(Option<change_set::ChangeSet>),
    StackDrifts(Vec<drift::StackDrift>),
    DriftDetection(Option<drift::Detection>),
    StackTemplates(Vec<stack::StackTemplate>),
    TemplateVerdict(stack::TemplateVerdict),
    BucketContents(Vec<s3::BucketContents>),
    EngineVersions(Vec<aurora::EngineVersion>),
    /// By name, such as `us-east-1a`, in the order of names.
    AvailabilityZones(Vec<String>),
    Named(Vec<leftover::Found>),
    ZoneRecords(Vec<route53::RecordSet>),
}
