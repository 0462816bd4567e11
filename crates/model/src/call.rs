//! Every change Lifeboat can ask of a cloud, as data with all its arguments: what a plan previews, a
//! guard judges, the journal records, the executor performs, and what is printed as an `aws` command.

use serde::{Deserialize, Deserializer, Serialize};

use crate::facts::route53::RecordSet;
use crate::facts::s3::ReplicationRule;
use crate::id::{
    AlarmName, Arn, BucketName, FunctionName, GlobalClusterId, GroupName, HealthCheckId, ParameterName, Region,
    StackName, TableName, VaultName, ZoneId,
};
use crate::read::Service;
use crate::time::Timestamp;

mod late;
mod samples;

pub use late::{LateValue, Settled, StackInput, TemplateText};

/// A value that is to change, with what it is believed to be now: the second makes the change
/// reversible, and lets a probe tell "not yet" from "somebody else did something".
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
pub struct Change<T> {
    /// `None` where it was not known, and the change cannot be undone by machine. Written down by leaving the field
    /// out: `null` is a value that was known to be none, such as a function's missing limit.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "known")]
    pub from: Option<T>,
    pub to: T,
}

fn known<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl<T: Clone> Change<T> {
    pub fn new(from: T, to: T) -> Self {
        Self { from: Some(from), to }
    }

    fn reversed(&self) -> Option<Self> {
        self.from.clone().map(|from| Self { from: Some(self.to.clone()), to: from })
    }
}

/// Sizes of an Auto Scaling group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capacity {
    pub min: u32,
    pub desired: u32,
    pub max: u32,
}

/// A custom metric's address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomMetric {
    pub region: Region,
    pub namespace: String,
    pub name: String,
    pub dimensions: Vec<(String, String)>,
}

/// One mutating API request.
#[expect(
    clippy::large_enum_variant,
    reason = "a plan holds tens of calls; a box would be in every pattern for nothing"
)]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "call", rename_all = "kebab-case")]
pub enum Call {
    /// Planned, without loss. AWS wants it at the endpoint of the region that writes now.
    SwitchoverGlobalCluster {
        global_cluster: GlobalClusterId,
        target: Arn,
        writer_region: Region,
    },
    /// Unplanned, with `AllowDataLoss`: without it the API makes a switchover, which hangs in a disaster.
    /// AWS wants it at the endpoint of the region to be promoted.
    FailoverGlobalCluster {
        global_cluster: GlobalClusterId,
        target: Arn,
        target_region: Region,
    },
    /// Route 53's control plane (us-east-1). Never "disabled": that means healthy.
    SetHealthCheckInverted {
        check: HealthCheckId,
        version: i64,
        inverted: Change<bool>,
    },
    /// `None` on one side creates or deletes.
    ChangeRecord {
        zone: ZoneId,
        before: Option<RecordSet>,
        after: Option<RecordSet>,
    },
    /// A data-plane write in the standby that an inverted health check watches through an alarm.
    PutMetric {
        metric: CustomMetric,
        value: Change<f64>,
    },
    /// A data-plane write in the standby that an inverted health check watches directly.
    PutMarker {
        region: Region,
        bucket: BucketName,
        key: String,
        present: Change<bool>,
    },
    /// Weights are by endpoint id; only weight 0 keeps failover traffic out.
    UpdateEndpointGroup {
        group: Arn,
        dial_percent: Change<f64>,
        weights: Vec<(String, Change<u32>)>,
    },
    SetCapacity {
        region: Region,
        group: GroupName,
        capacity: Change<Capacity>,
    },
    /// `Some(0)` fences the function.
    SetFunctionConcurrency {
        region: Region,
        function: FunctionName,
        reserved: Change<Option<u32>>,
    },
    SetEventSource {
        region: Region,
        uuid: String,
        enabled: Change<bool>,
    },
    /// Plain strings only: a secret never travels in a `Call`.
    PutParameter {
        region: Region,
        name: ParameterName,
        value: Change<String>,
    },
    /// A mute rule keeps alarms evaluating and stops their actions.
    MuteAlarms {
        region: Region,
        rule: String,
        alarms: Vec<AlarmName>,
        until: Timestamp,
    },
    UnmuteAlarms {
        region: Region,
        rule: String,
        alarms: Vec<AlarmName>,
        until: Timestamp,
    },
    PublishNotice {
        topic: Arn,
        subject: String,
        message: String,
    },
    InvokeFunction {
        region: Region,
        function: FunctionName,
        payload: String,
    },
    PutItem {
        region: Region,
        table: TableName,
        key_name: String,
        key: String,
        attributes: Vec<(String, String)>,
    },
    DeleteItem {
        region: Region,
        table: TableName,
        key_name: String,
        key: String,
    },
    /// Replication rules of a source bucket, as a whole; without any, the bucket replicates nowhere.
    PutReplication {
        region: Region,
        bucket: BucketName,
        role: Arn,
        rules: Change<Vec<ReplicationRule>>,
    },
    /// What a stack would become, worked out by AWS and changing nothing but that the stack is known by name. On a failure
    /// of what it then does, the stack goes back to what it was.
    CreateChangeSet {
        region: Region,
        stack: StackName,
        change_set: String,
        /// Whether the stack is to be made by it; otherwise there is one, which it updates.
        creates: bool,
        template: TemplateText,
        inputs: Vec<StackInput>,
        capabilities: Vec<String>,
        tags: Vec<(String, String)>,
    },
    ExecuteChangeSet {
        region: Region,
        stack: StackName,
        change_set: String,
        /// As of the call that made the change set: a stack that it made can be taken away again, an update cannot.
        creates: bool,
    },
    DeleteChangeSet {
        region: Region,
        stack: StackName,
        change_set: String,
    },
    /// With all that it holds. One that is gone already is none the less deleted.
    DeleteStack {
        region: Region,
        stack: StackName,
    },
    /// A rollback that got stuck goes on.
    ContinueUpdateRollback {
        region: Region,
        stack: StackName,
    },
    SetTerminationProtection {
        region: Region,
        stack: StackName,
        on: Change<bool>,
    },
    /// Makes AWS compare a stack with its resources. The receipt's detail is the detection's id.
    DetectDrift {
        region: Region,
        stack: StackName,
    },
    /// Describes a key that AWS manages, which makes it where there is none yet.
    MakeManagedKey {
        region: Region,
        alias: String,
    },
    /// The value is made, or read from `copy_from`, where requests are sent, and nowhere else is it ever held. A parameter
    /// that is there is kept. The receipt's detail says which of the three it was.
    EnsureSecureParameter {
        region: Region,
        name: ParameterName,
        copy_from: Option<Region>,
        /// Of a value that is made, in characters.
        length: u32,
    },
    /// One that is gone already is none the less deleted.
    DeleteParameter {
        region: Region,
        name: ParameterName,
    },
    /// One page: up to a thousand versions and delete markers, or, where there are none left, of unfinished uploads. The
    /// receipt's detail says how many went.
    EmptyBucket {
        region: Region,
        bucket: BucketName,
    },
    /// One page of recovery points. The receipt's detail says how many went.
    EmptyVault {
        region: Region,
        vault: VaultName,
    },
}

/// What a call is made for, and with it whose policy holds its actions: who fails over need not be able to delete a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Changing what a deployment does.
    Operating,
    /// Changing what a deployment is made of.
    Provisioning,
}

/// Which plane serves a request: control planes are fewer, farther away, and fail first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Plane {
    Control,
    Data,
}

/// Whether a call whose outcome is unknown may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Repetition {
    /// Twice is as once.
    Idempotent,
    /// Look first: twice may undo, fail or duplicate.
    ProbeFirst,
}

/// Whether, and how, a call can be taken back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reversal {
    By(Box<Call>),
    /// It leaves nothing to take back (a notice, a canary).
    NothingToUndo,
    /// Not by a call: the reason is for people.
    Never(String),
}

/// What AWS answered to a call that it accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    pub request_id: Option<String>,
    pub at: Timestamp,
    /// What the answer says, where that matters (a function's result); never a secret.
    pub detail: Option<String>,
}

impl Call {
    pub fn service(&self) -> Service {
        match self {
            Self::SwitchoverGlobalCluster { .. } | Self::FailoverGlobalCluster { .. } => Service::Aurora,
            Self::SetHealthCheckInverted { .. } => Service::HealthChecks,
            Self::ChangeRecord { .. } => Service::Records,
            Self::PutMetric { .. } => Service::Metrics,
            Self::PutMarker { .. } | Self::PutReplication { .. } | Self::EmptyBucket { .. } => Service::S3,
            Self::UpdateEndpointGroup { .. } => Service::GlobalAccelerator,
            Self::SetCapacity { .. } => Service::AutoScaling,
            Self::SetFunctionConcurrency { .. } | Self::SetEventSource { .. } | Self::InvokeFunction { .. } => {
                Service::Lambda
            }
            Self::PutParameter { .. } | Self::EnsureSecureParameter { .. } | Self::DeleteParameter { .. } => {
                Service::Parameters
            }
            Self::MuteAlarms { .. } | Self::UnmuteAlarms { .. } => Service::Alarms,
            Self::PublishNotice { .. } => Service::Notices,
            Self::PutItem { .. } | Self::DeleteItem { .. } => Service::DynamoDb,
            Self::CreateChangeSet { .. }
            | Self::ExecuteChangeSet { .. }
            | Self::DeleteChangeSet { .. }
            | Self::DeleteStack { .. }
            | Self::ContinueUpdateRollback { .. }
            | Self::SetTerminationProtection { .. }
            | Self::DetectDrift { .. } => Service::Stacks,
            Self::MakeManagedKey { .. } => Service::Keys,
            Self::EmptyVault { .. } => Service::Backup,
        }
    }

    pub fn purpose(&self) -> Purpose {
        match self {
            Self::CreateChangeSet { .. }
            | Self::ExecuteChangeSet { .. }
            | Self::DeleteChangeSet { .. }
            | Self::DeleteStack { .. }
            | Self::ContinueUpdateRollback { .. }
            | Self::SetTerminationProtection { .. }
            | Self::DetectDrift { .. }
            | Self::MakeManagedKey { .. }
            | Self::EnsureSecureParameter { .. }
            | Self::DeleteParameter { .. }
            | Self::EmptyBucket { .. }
            | Self::EmptyVault { .. } => Purpose::Provisioning,
            Self::SwitchoverGlobalCluster { .. }
            | Self::FailoverGlobalCluster { .. }
            | Self::SetHealthCheckInverted { .. }
            | Self::ChangeRecord { .. }
            | Self::PutMetric { .. }
            | Self::PutMarker { .. }
            | Self::UpdateEndpointGroup { .. }
            | Self::SetCapacity { .. }
            | Self::SetFunctionConcurrency { .. }
            | Self::SetEventSource { .. }
            | Self::PutParameter { .. }
            | Self::MuteAlarms { .. }
            | Self::UnmuteAlarms { .. }
            | Self::PublishNotice { .. }
            | Self::InvokeFunction { .. }
            | Self::PutItem { .. }
            | Self::DeleteItem { .. }
            | Self::PutReplication { .. } => Purpose::Operating,
        }
    }

    /// The region whose endpoint must be asked, which is often not the region that changes.
    pub fn endpoint_region(&self) -> Region {
        match self {
            Self::SwitchoverGlobalCluster { writer_region, .. } => writer_region.clone(),
            Self::FailoverGlobalCluster { target_region, .. } => target_region.clone(),
            Self::SetHealthCheckInverted { .. } | Self::ChangeRecord { .. } => Region::route53(),
            Self::UpdateEndpointGroup { .. } => Region::accelerator(),
            Self::PutMetric { metric, .. } => metric.region.clone(),
            Self::PublishNotice { topic, .. } => topic.region().unwrap_or_else(Region::route53),
            Self::PutMarker { region, .. }
            | Self::SetCapacity { region, .. }
            | Self::SetFunctionConcurrency { region, .. }
            | Self::SetEventSource { region, .. }
            | Self::PutParameter { region, .. }
            | Self::MuteAlarms { region, .. }
            | Self::UnmuteAlarms { region, .. }
            | Self::InvokeFunction { region, .. }
            | Self::PutItem { region, .. }
            | Self::DeleteItem { region, .. }
            | Self::PutReplication { region, .. }
            | Self::CreateChangeSet { region, .. }
            | Self::ExecuteChangeSet { region, .. }
            | Self::DeleteChangeSet { region, .. }
            | Self::DeleteStack { region, .. }
            | Self::ContinueUpdateRollback { region, .. }
            | Self::SetTerminationProtection { region, .. }
            | Self::DetectDrift { region, .. }
            | Self::MakeManagedKey { region, .. }
            | Self::EnsureSecureParameter { region, .. }
            | Self::DeleteParameter { region, .. }
            | Self::EmptyBucket { region, .. }
            | Self::EmptyVault { region, .. } => region.clone(),
        }
    }

    pub fn plane(&self) -> Plane {
        match self {
            Self::PutMetric { .. }
            | Self::PutMarker { .. }
            | Self::PublishNotice { .. }
            | Self::InvokeFunction { .. }
            | Self::PutItem { .. }
            | Self::DeleteItem { .. }
            | Self::EmptyBucket { .. } => Plane::Data,
            Self::SwitchoverGlobalCluster { .. }
            | Self::FailoverGlobalCluster { .. }
            | Self::SetHealthCheckInverted { .. }
            | Self::ChangeRecord { .. }
            | Self::UpdateEndpointGroup { .. }
            | Self::SetCapacity { .. }
            | Self::SetFunctionConcurrency { .. }
            | Self::SetEventSource { .. }
            | Self::PutParameter { .. }
            | Self::MuteAlarms { .. }
            | Self::UnmuteAlarms { .. }
            | Self::PutReplication { .. }
            | Self::CreateChangeSet { .. }
            | Self::ExecuteChangeSet { .. }
            | Self::DeleteChangeSet { .. }
            | Self::DeleteStack { .. }
            | Self::ContinueUpdateRollback { .. }
            | Self::SetTerminationProtection { .. }
            | Self::DetectDrift { .. }
            | Self::MakeManagedKey { .. }
            | Self::EnsureSecureParameter { .. }
            | Self::DeleteParameter { .. }
            | Self::EmptyVault { .. } => Plane::Control,
        }
    }

    /// The API operation, as AWS spells it.
    pub fn operation(&self) -> &'static str {
        match self {
            Self::SwitchoverGlobalCluster { .. } => "SwitchoverGlobalCluster",
            Self::FailoverGlobalCluster { .. } => "FailoverGlobalCluster",
            Self::SetHealthCheckInverted { .. } => "UpdateHealthCheck",
            Self::ChangeRecord { .. } => "ChangeResourceRecordSets",
            Self::PutMetric { .. } => "PutMetricData",
            Self::PutMarker { present: Change { to: true, .. }, .. } => "PutObject",
            Self::PutMarker { present: Change { to: false, .. }, .. } => "DeleteObject",
            Self::UpdateEndpointGroup { .. } => "UpdateEndpointGroup",
            Self::SetCapacity { .. } => "UpdateAutoScalingGroup",
            Self::SetFunctionConcurrency { reserved: Change { to: Some(_), .. }, .. } => "PutFunctionConcurrency",
            Self::SetFunctionConcurrency { reserved: Change { to: None, .. }, .. } => "DeleteFunctionConcurrency",
            Self::SetEventSource { .. } => "UpdateEventSourceMapping",
            Self::PutParameter { .. } | Self::EnsureSecureParameter { .. } => "PutParameter",
            Self::MuteAlarms { .. } => "PutAlarmMuteRule",
            Self::UnmuteAlarms { .. } => "DeleteAlarmMuteRule",
            Self::PublishNotice { .. } => "Publish",
            Self::InvokeFunction { .. } => "Invoke",
            Self::PutItem { .. } => "PutItem",
            Self::DeleteItem { .. } => "DeleteItem",
            // A bucket without rules has no configuration at all: S3 refuses an empty one.
            Self::PutReplication { rules, .. } if rules.to.is_empty() => "DeleteBucketReplication",
            Self::PutReplication { .. } => "PutBucketReplication",
            Self::CreateChangeSet { .. } => "CreateChangeSet",
            Self::ExecuteChangeSet { .. } => "ExecuteChangeSet",
            Self::DeleteChangeSet { .. } => "DeleteChangeSet",
            Self::DeleteStack { .. } => "DeleteStack",
            Self::ContinueUpdateRollback { .. } => "ContinueUpdateRollback",
            Self::SetTerminationProtection { .. } => "UpdateTerminationProtection",
            Self::DetectDrift { .. } => "DetectStackDrift",
            Self::MakeManagedKey { .. } => "DescribeKey",
            Self::DeleteParameter { .. } => "DeleteParameter",
            Self::EmptyBucket { .. } => "DeleteObjects",
            Self::EmptyVault { .. } => "DeleteRecoveryPoint",
        }
    }

    /// The IAM actions it needs, its own first; after it, those for what must be looked at before it is sent, where
    /// reading needs them for nothing else.
    pub fn iam_actions(&self) -> &'static [&'static str] {
        match self {
            Self::SwitchoverGlobalCluster { .. } => &["rds:SwitchoverGlobalCluster"],
            Self::FailoverGlobalCluster { .. } => &["rds:FailoverGlobalCluster"],
            Self::SetHealthCheckInverted { .. } => &["route53:UpdateHealthCheck"],
            Self::ChangeRecord { .. } => &["route53:ChangeResourceRecordSets"],
            Self::PutMetric { .. } => &["cloudwatch:PutMetricData"],
            Self::PutMarker { present: Change { to: true, .. }, .. } => &["s3:PutObject"],
            Self::PutMarker { present: Change { to: false, .. }, .. } => &["s3:DeleteObject"],
            Self::UpdateEndpointGroup { .. } => {
                &["globalaccelerator:UpdateEndpointGroup", "globalaccelerator:DescribeEndpointGroup"]
            }
            Self::SetCapacity { .. } => &["autoscaling:UpdateAutoScalingGroup"],
            Self::SetFunctionConcurrency { reserved: Change { to: Some(_), .. }, .. } => {
                &["lambda:PutFunctionConcurrency"]
            }
            Self::SetFunctionConcurrency { reserved: Change { to: None, .. }, .. } => {
                &["lambda:DeleteFunctionConcurrency"]
            }
            Self::SetEventSource { .. } => &["lambda:UpdateEventSourceMapping"],
            Self::PutParameter { .. } | Self::EnsureSecureParameter { .. } => &["ssm:PutParameter", "ssm:GetParameter"],
            Self::MuteAlarms { .. } => &["cloudwatch:PutAlarmMuteRule"],
            Self::UnmuteAlarms { .. } => &["cloudwatch:DeleteAlarmMuteRule"],
            Self::PublishNotice { .. } => &["sns:Publish"],
            Self::InvokeFunction { .. } => &["lambda:InvokeFunction"],
            Self::PutItem { .. } => &["dynamodb:PutItem"],
            Self::DeleteItem { .. } => &["dynamodb:DeleteItem"],
            Self::PutReplication { rules, .. } if rules.to.is_empty() => &["s3:PutReplicationConfiguration"],
            Self::PutReplication { .. } => &["s3:PutReplicationConfiguration", "iam:PassRole"],
            Self::CreateChangeSet { .. } => {
                &["cloudformation:CreateChangeSet", "cloudformation:TagResource", "cloudformation:DescribeChangeSet"]
            }
            Self::ExecuteChangeSet { .. } => &["cloudformation:ExecuteChangeSet"],
            Self::DeleteChangeSet { .. } => &["cloudformation:DeleteChangeSet"],
            Self::DeleteStack { .. } => &["cloudformation:DeleteStack"],
            Self::ContinueUpdateRollback { .. } => &["cloudformation:ContinueUpdateRollback"],
            Self::SetTerminationProtection { .. } => &["cloudformation:UpdateTerminationProtection"],
            Self::DetectDrift { .. } => &[
                "cloudformation:DetectStackDrift",
                "cloudformation:DetectStackResourceDrift",
                "cloudformation:BatchDescribeTypeConfigurations",
            ],
            Self::MakeManagedKey { .. } => &["kms:DescribeKey"],
            Self::DeleteParameter { .. } => &["ssm:DeleteParameter"],
            Self::EmptyBucket { .. } => &[
                "s3:DeleteObjectVersion",
                "s3:DeleteObject",
                "s3:ListBucketVersions",
                "s3:ListBucketMultipartUploads",
                "s3:AbortMultipartUpload",
            ],
            Self::EmptyVault { .. } => &["backup:DeleteRecoveryPoint", "backup:ListRecoveryPointsByBackupVault"],
        }
    }

    pub fn repetition(&self) -> Repetition {
        match self {
            Self::SwitchoverGlobalCluster { .. }
            | Self::FailoverGlobalCluster { .. }
            | Self::SetHealthCheckInverted { .. }
            | Self::ChangeRecord { .. }
            | Self::PublishNotice { .. }
            | Self::InvokeFunction { .. }
            | Self::ExecuteChangeSet { .. }
            | Self::ContinueUpdateRollback { .. } => Repetition::ProbeFirst,
            Self::PutMetric { .. }
            | Self::PutMarker { .. }
            | Self::UpdateEndpointGroup { .. }
            | Self::SetCapacity { .. }
            | Self::SetFunctionConcurrency { .. }
            | Self::SetEventSource { .. }
            | Self::PutParameter { .. }
            | Self::MuteAlarms { .. }
            | Self::UnmuteAlarms { .. }
            | Self::PutItem { .. }
            | Self::DeleteItem { .. }
            | Self::PutReplication { .. }
            | Self::CreateChangeSet { .. }
            | Self::DeleteChangeSet { .. }
            | Self::DeleteStack { .. }
            | Self::SetTerminationProtection { .. }
            | Self::DetectDrift { .. }
            | Self::MakeManagedKey { .. }
            | Self::EnsureSecureParameter { .. }
            | Self::DeleteParameter { .. }
            | Self::EmptyBucket { .. }
            | Self::EmptyVault { .. } => Repetition::Idempotent,
        }
    }

    /// How it is taken back. A promotion is not: going back is another promotion, with guards of its own.
    pub fn reversal(&self) -> Reversal {
        let by = |call: Option<Self>| match call {
            Some(call) => Reversal::By(Box::new(call)),
            None => Reversal::Never("what it was before is not known".to_owned()),
        };
        match self.clone() {
            Self::SwitchoverGlobalCluster { .. } => {
                Reversal::Never("going back is another switchover, once both regions are synchronized".to_owned())
            }
            Self::FailoverGlobalCluster { .. } => {
                Reversal::Never("writes that had not been replicated are lost; failback is a run of its own".to_owned())
            }
            Self::SetHealthCheckInverted { check, version, inverted } => by(inverted
                .reversed()
                .map(|inverted| Self::SetHealthCheckInverted { check, version: version.saturating_add(1), inverted })),
            Self::ChangeRecord { zone, before, after } => {
                Reversal::By(Box::new(Self::ChangeRecord { zone, before: after, after: before }))
            }
            Self::PutMetric { metric, value } => by(value.reversed().map(|value| Self::PutMetric { metric, value })),
            Self::PutMarker { region, bucket, key, present } => {
                by(present.reversed().map(|present| Self::PutMarker { region, bucket, key, present }))
            }
            Self::UpdateEndpointGroup { group, dial_percent, weights } => {
                let weights: Option<Vec<_>> =
                    weights.into_iter().map(|(id, weight)| weight.reversed().map(|weight| (id, weight))).collect();
                by(dial_percent.reversed().zip(weights).map(|(dial_percent, weights)| Self::UpdateEndpointGroup {
                    group,
                    dial_percent,
                    weights,
                }))
            }
            Self::SetCapacity { region, group, capacity } => {
                by(capacity.reversed().map(|capacity| Self::SetCapacity { region, group, capacity }))
            }
            Self::SetFunctionConcurrency { region, function, reserved } => {
                by(reserved.reversed().map(|reserved| Self::SetFunctionConcurrency { region, function, reserved }))
            }
            Self::SetEventSource { region, uuid, enabled } => {
                by(enabled.reversed().map(|enabled| Self::SetEventSource { region, uuid, enabled }))
            }
            Self::PutParameter { region, name, value } => {
                by(value.reversed().map(|value| Self::PutParameter { region, name, value }))
            }
            Self::MuteAlarms { region, rule, alarms, until } => {
                Reversal::By(Box::new(Self::UnmuteAlarms { region, rule, alarms, until }))
            }
            Self::UnmuteAlarms { region, rule, alarms, until } => {
                Reversal::By(Box::new(Self::MuteAlarms { region, rule, alarms, until }))
            }
            Self::PutItem { region, table, key_name, key, .. } => {
                Reversal::By(Box::new(Self::DeleteItem { region, table, key_name, key }))
            }
            Self::PublishNotice { .. } | Self::DeleteItem { .. } => Reversal::NothingToUndo,
            Self::InvokeFunction { .. } => Reversal::Never("what the function did is its own".to_owned()),
            Self::PutReplication { region, bucket, role, rules } => {
                by(rules.reversed().map(|rules| Self::PutReplication { region, bucket, role, rules }))
            }
            // The stack that is named for it holds nothing yet.
            Self::CreateChangeSet { region, stack, creates: true, .. }
            | Self::ExecuteChangeSet { region, stack, creates: true, .. } => {
                Reversal::By(Box::new(Self::DeleteStack { region, stack }))
            }
            Self::CreateChangeSet { region, stack, change_set, creates: false, .. } => {
                Reversal::By(Box::new(Self::DeleteChangeSet { region, stack, change_set }))
            }
            Self::ExecuteChangeSet { creates: false, .. } => {
                Reversal::Never("going back is another update, with the template and the inputs that were".to_owned())
            }
            Self::SetTerminationProtection { region, stack, on } => {
                by(on.reversed().map(|on| Self::SetTerminationProtection { region, stack, on }))
            }
            Self::DeleteChangeSet { .. } | Self::DetectDrift { .. } | Self::MakeManagedKey { .. } => {
                Reversal::NothingToUndo
            }
            Self::DeleteStack { .. } => Reversal::Never("what its resources held is gone with them".to_owned()),
            Self::ContinueUpdateRollback { .. } => {
                Reversal::Never("the stack stays as it was before its last update".to_owned())
            }
            Self::EnsureSecureParameter { .. } => {
                Reversal::Never("one that was there before is not told from one that was made".to_owned())
            }
            Self::DeleteParameter { .. } => Reversal::Never("its value is known to nobody else".to_owned()),
            Self::EmptyBucket { .. } => Reversal::Never("what was deleted with its versions is gone".to_owned()),
            Self::EmptyVault { .. } => Reversal::Never("a recovery point that was deleted is gone".to_owned()),
        }
    }
}
