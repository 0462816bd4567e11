//! Every question Lifeboat asks of a cloud, as data. From this one table come the polls, the cost
//! meter's labels, the read-only IAM policy and the list of what depends on what.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::assessment::StoreKind;
use crate::call::TemplateText;
use crate::facts::leftover::Named;
use crate::id::{
    Arn, BucketName, FunctionName, GlobalClusterId, GroupName, HealthCheckId, ParameterName, Region, StackName,
    TableName, VaultName, ZoneId,
};
use crate::metric::{MetricQuery, Window};
use crate::time::Timestamp;
use crate::topology::{AlarmSelection, CanaryTarget, ProbeTarget, QuotaTarget, RecordTarget};

/// What is polled, one request chain in flight for each region. One `Read` variant each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Service {
    Identity,
    Aurora,
    DynamoDb,
    S3,
    HealthChecks,
    Records,
    Answers,
    Metrics,
    Alarms,
    LoadBalancing,
    Lambda,
    GlobalAccelerator,
    Parameters,
    Stacks,
    Backup,
    AutoScaling,
    Quotas,
    Probes,
    /// Looking for a deployment's resources, by stack or by tag; never polled.
    Discovery,
    /// Services that only `Call`s use: SNS.
    Notices,
    /// KMS, asked only where something is made or taken away.
    Keys,
    /// EC2, asked only where something is made.
    Network,
}

/// How urgently things are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tempo {
    #[default]
    Calm,
    /// During a run, an incident, or at the operator's wish; always on the simulator, where requests cost nothing.
    Fast,
}

impl Service {
    pub const POLLED: [Self; 18] = [
        Self::Identity,
        Self::Aurora,
        Self::DynamoDb,
        Self::S3,
        Self::HealthChecks,
        Self::Records,
        Self::Answers,
        Self::Metrics,
        Self::Alarms,
        Self::LoadBalancing,
        Self::Lambda,
        Self::GlobalAccelerator,
        Self::Parameters,
        Self::Stacks,
        Self::Backup,
        Self::AutoScaling,
        Self::Quotas,
        Self::Probes,
    ];

    /// The name people use.
    pub fn label(self) -> &'static str {
        match self {
            Self::Identity => "STS",
            Self::Aurora => "Aurora",
            Self::DynamoDb => "DynamoDB",
            Self::S3 => "S3",
            Self::HealthChecks => "Route 53 health checks",
            Self::Records => "Route 53 records",
            Self::Answers => "DNS answers",
            Self::Metrics => "CloudWatch metrics",
            Self::Alarms => "CloudWatch alarms",
            Self::LoadBalancing => "Load balancing",
            Self::Lambda => "Lambda",
            Self::GlobalAccelerator => "Global Accelerator",
            Self::Parameters => "Parameter Store",
            Self::Stacks => "CloudFormation",
            Self::Backup => "AWS Backup",
            Self::AutoScaling => "Auto Scaling",
            Self::Quotas => "Service Quotas",
            Self::Probes => "probes",
            Self::Discovery => "discovery",
            Self::Notices => "SNS",
            Self::Keys => "KMS",
            Self::Network => "EC2",
        }
    }

    /// How often it is asked. What moves in seconds is asked often; what people change, seldom.
    pub fn cadence(self, tempo: Tempo) -> Duration {
        let seconds = match (self, tempo) {
            (Self::Quotas, _) => 3600,
            (Self::Backup | Self::Lambda, Tempo::Calm) => 600,
            // A deployment has up to nine of them, and each costs two requests.
            (Self::Stacks, Tempo::Calm) => 900,
            // A replica's state, a function's settings and a bucket's rules change by a person's hand; what moves by
            // itself (latency, errors, backlog) is in the metrics.
            (Self::Identity | Self::Parameters | Self::S3 | Self::Records | Self::DynamoDb, Tempo::Calm) => 300,
            // Their verdict is in the metrics every minute; these reads add the detail.
            (Self::HealthChecks | Self::LoadBalancing | Self::GlobalAccelerator, Tempo::Calm) => 120,
            // Route 53 answers five requests a second, for everybody in the account together.
            (Self::Metrics | Self::Lambda | Self::Records | Self::HealthChecks | Self::Answers, Tempo::Fast) => 15,
            (Self::Identity | Self::Parameters | Self::Stacks | Self::Backup | Self::S3, Tempo::Fast)
            | (_, Tempo::Calm) => 60,
            (_, Tempo::Fast) => 5,
        };
        Duration::from_secs(seconds)
    }

    /// Whether silence of this service in a region says something about the region itself.
    pub fn speaks_for_region(self) -> bool {
        !matches!(self, Self::Answers | Self::Probes | Self::HealthChecks | Self::Records | Self::GlobalAccelerator)
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.label())
    }
}

/// One question. The region whose endpoint is asked stands beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Read {
    Identity,
    /// The global cluster as this region describes it, and its member cluster here.
    Aurora {
        global_cluster: GlobalClusterId,
    },
    Tables {
        tables: Vec<TableName>,
    },
    Buckets {
        buckets: Vec<BucketName>,
    },
    /// Asked of us-east-1.
    HealthChecks {
        checks: Vec<HealthCheckId>,
    },
    /// Asked of us-east-1.
    Records {
        records: Vec<RecordTarget>,
    },
    /// What Route 53 would answer now, and what resolvers do answer.
    Answers {
        records: Vec<RecordTarget>,
    },
    /// At most 500 queries go in one request.
    Metrics {
        queries: Vec<MetricQuery>,
        window: Window,
    },
    /// History is asked for from the last answer on; [`crate::snapshot::Snapshot`] joins the pieces. It is worth its
    /// request only where some alarm changed state since.
    Alarms {
        selection: AlarmSelection,
        history_since: Timestamp,
    },
    TargetGroups {
        groups: Vec<Arn>,
    },
    Functions {
        functions: Vec<FunctionName>,
    },
    /// Asked of us-west-2.
    Accelerators {
        accelerators: Vec<Arn>,
    },
    Parameters {
        paths: Vec<ParameterName>,
        decrypt: bool,
    },
    Stacks {
        stacks: Vec<StackName>,
    },
    Vaults {
        vaults: Vec<VaultName>,
    },
    ScalingGroups {
        groups: Vec<GroupName>,
    },
    Quotas {
        quotas: Vec<QuotaTarget>,
    },
    Probes {
        probes: Vec<ProbeTarget>,
    },
    /// Which canaries one store has, asked as a client would ask; never polled, a run asks when it must know.
    Canaries {
        canary: CanaryTarget,
        store: StoreKind,
        nonces: Vec<String>,
    },
    /// Every resource of the stacks, for discovery.
    StackResources {
        stacks: Vec<StackName>,
    },
    /// Every resource with the tag, for discovery.
    Tagged {
        key: String,
        value: String,
    },
    /// What follows is never polled: whoever makes, compares or takes away a deployment asks it when it must know.
    ///
    /// What happened to a stack and its resources, from an instant on; of all that is remembered, without one. A stack
    /// that is gone is asked for by its id.
    StackEvents {
        stack: StackName,
        since: Option<Timestamp>,
    },
    ChangeSet {
        stack: StackName,
        change_set: String,
    },
    /// What the last detections found, resource by resource.
    StackDrifts {
        stacks: Vec<StackName>,
    },
    /// How a detection that was begun stands, by the id that beginning it gave.
    DriftDetection {
        detection: String,
    },
    /// The templates as they were last given.
    StackTemplates {
        stacks: Vec<StackName>,
    },
    /// Whether AWS takes the template.
    TemplateVerdict {
        template: TemplateText,
    },
    /// How much is in buckets that must be empty before they can go.
    BucketContents {
        buckets: Vec<BucketName>,
    },
    EngineVersions {
        engine: String,
        version: String,
    },
    /// The Availability Zones that this account may use here.
    AvailabilityZones,
    /// Things that bear no stack's mark, by name: what a teardown may have left, and what a step must find.
    Named {
        names: Vec<Named>,
    },
    /// Every record of zones. Asked of us-east-1.
    ZoneRecords {
        zones: Vec<ZoneId>,
    },
}

impl Read {
    pub fn service(&self) -> Service {
        match self {
            Self::Identity => Service::Identity,
            Self::Aurora { .. } | Self::EngineVersions { .. } => Service::Aurora,
            Self::Tables { .. } => Service::DynamoDb,
            Self::Buckets { .. } | Self::BucketContents { .. } => Service::S3,
            Self::HealthChecks { .. } => Service::HealthChecks,
            Self::Records { .. } | Self::ZoneRecords { .. } => Service::Records,
            Self::Answers { .. } => Service::Answers,
            Self::Metrics { .. } => Service::Metrics,
            Self::Alarms { .. } => Service::Alarms,
            Self::TargetGroups { .. } => Service::LoadBalancing,
            Self::Functions { .. } => Service::Lambda,
            Self::Accelerators { .. } => Service::GlobalAccelerator,
            Self::Parameters { .. } => Service::Parameters,
            Self::Stacks { .. }
            | Self::StackEvents { .. }
            | Self::ChangeSet { .. }
            | Self::StackDrifts { .. }
            | Self::DriftDetection { .. }
            | Self::StackTemplates { .. }
            | Self::TemplateVerdict { .. } => Service::Stacks,
            Self::Vaults { .. } => Service::Backup,
            Self::ScalingGroups { .. } => Service::AutoScaling,
            Self::Quotas { .. } => Service::Quotas,
            Self::Probes { .. } | Self::Canaries { .. } => Service::Probes,
            Self::StackResources { .. } | Self::Tagged { .. } | Self::Named { .. } => Service::Discovery,
            Self::AvailabilityZones => Service::Network,
        }
    }
}

/// A question and the region whose endpoint is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlannedRead {
    pub region: Region,
    pub read: Read,
}

/// One API operation that a read may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    pub service: Service,
    /// As the API spells it.
    pub name: &'static str,
    /// The IAM action it needs; `None` where it needs no permission (`sts:GetCallerIdentity`).
    pub iam: Option<&'static str>,
}

/// Every API operation that reading uses. The AWS layer may send nothing that is not in this table
/// (a test compares it with the requests of a full tour), and the read-only policy is made from it.
pub const OPERATIONS: &[Operation] = &[
    operation(Service::Identity, "GetCallerIdentity", None),
    operation(Service::Aurora, "DescribeGlobalClusters", Some("rds:DescribeGlobalClusters")),
    operation(Service::Aurora, "DescribeDBClusters", Some("rds:DescribeDBClusters")),
    operation(Service::DynamoDb, "DescribeTable", Some("dynamodb:DescribeTable")),
    operation(Service::S3, "GetBucketReplication", Some("s3:GetReplicationConfiguration")),
    operation(Service::S3, "GetBucketVersioning", Some("s3:GetBucketVersioning")),
    operation(Service::HealthChecks, "GetHealthCheck", Some("route53:GetHealthCheck")),
    operation(Service::HealthChecks, "GetHealthCheckStatus", Some("route53:GetHealthCheckStatus")),
    operation(Service::Records, "ListResourceRecordSets", Some("route53:ListResourceRecordSets")),
    operation(Service::Answers, "TestDNSAnswer", Some("route53:TestDNSAnswer")),
    operation(Service::Metrics, "GetMetricData", Some("cloudwatch:GetMetricData")),
    operation(Service::Alarms, "DescribeAlarms", Some("cloudwatch:DescribeAlarms")),
    operation(Service::Alarms, "DescribeAlarmHistory", Some("cloudwatch:DescribeAlarmHistory")),
    operation(Service::LoadBalancing, "DescribeTargetHealth", Some("elasticloadbalancing:DescribeTargetHealth")),
    operation(Service::Lambda, "GetFunctionConfiguration", Some("lambda:GetFunctionConfiguration")),
    operation(Service::Lambda, "GetFunctionConcurrency", Some("lambda:GetFunctionConcurrency")),
    operation(Service::Lambda, "ListEventSourceMappings", Some("lambda:ListEventSourceMappings")),
    operation(Service::Lambda, "GetAccountSettings", Some("lambda:GetAccountSettings")),
    operation(Service::GlobalAccelerator, "DescribeAccelerator", Some("globalaccelerator:DescribeAccelerator")),
    operation(Service::GlobalAccelerator, "ListListeners", Some("globalaccelerator:ListListeners")),
    operation(Service::GlobalAccelerator, "ListEndpointGroups", Some("globalaccelerator:ListEndpointGroups")),
    operation(Service::Parameters, "GetParametersByPath", Some("ssm:GetParametersByPath")),
    operation(Service::Stacks, "DescribeStacks", Some("cloudformation:DescribeStacks")),
    operation(Service::Stacks, "DescribeStackEvents", Some("cloudformation:DescribeStackEvents")),
    operation(Service::Backup, "DescribeBackupVault", Some("backup:DescribeBackupVault")),
    operation(Service::Backup, "ListRecoveryPointsByBackupVault", Some("backup:ListRecoveryPointsByBackupVault")),
    operation(Service::Backup, "ListCopyJobs", Some("backup:ListCopyJobs")),
    operation(Service::AutoScaling, "DescribeAutoScalingGroups", Some("autoscaling:DescribeAutoScalingGroups")),
    operation(Service::Quotas, "GetServiceQuota", Some("servicequotas:GetServiceQuota")),
    operation(Service::Discovery, "ListStackResources", Some("cloudformation:ListStackResources")),
    operation(Service::Discovery, "GetResources", Some("tag:GetResources")),
    operation(Service::Stacks, "DescribeChangeSet", Some("cloudformation:DescribeChangeSet")),
    operation(Service::Stacks, "DescribeStackResourceDrifts", Some("cloudformation:DescribeStackResourceDrifts")),
    operation(
        Service::Stacks,
        "DescribeStackDriftDetectionStatus",
        Some("cloudformation:DescribeStackDriftDetectionStatus"),
    ),
    operation(Service::Stacks, "GetTemplate", Some("cloudformation:GetTemplate")),
    operation(Service::Stacks, "ValidateTemplate", Some("cloudformation:ValidateTemplate")),
    operation(Service::S3, "ListObjectVersions", Some("s3:ListBucketVersions")),
    operation(Service::S3, "ListMultipartUploads", Some("s3:ListBucketMultipartUploads")),
    operation(Service::Aurora, "DescribeDBEngineVersions", Some("rds:DescribeDBEngineVersions")),
    operation(Service::Network, "DescribeAvailabilityZones", Some("ec2:DescribeAvailabilityZones")),
    operation(Service::Discovery, "ListBackupVaults", Some("backup:ListBackupVaults")),
    operation(Service::Discovery, "DescribeLogGroups", Some("logs:DescribeLogGroups")),
    operation(Service::Discovery, "ListSecrets", Some("secretsmanager:ListSecrets")),
    operation(Service::Discovery, "DescribeParameters", Some("ssm:DescribeParameters")),
    operation(Service::Discovery, "ListAliases", Some("kms:ListAliases")),
    operation(Service::Keys, "DescribeKey", Some("kms:DescribeKey")),
    operation(Service::Discovery, "DescribeDBClusterSnapshots", Some("rds:DescribeDBClusterSnapshots")),
    operation(Service::Discovery, "HeadBucket", Some("s3:ListBucket")),
];

const fn operation(service: Service, name: &'static str, iam: Option<&'static str>) -> Operation {
    Operation { service, name, iam }
}
