//! CloudWatch metrics: which there are, how AWS spells them, in which region each one must be read.

use serde::{Deserialize, Serialize};

use crate::id::{Arn, BucketName, ClusterId, FunctionName, HealthCheckId, Region, TableName};
use crate::time::{Duration, Timestamp};

/// What is measured. The table [`Measure::spec`] says how AWS spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Measure {
    AuroraRpoLag,
    AuroraReplicationLag,
    AuroraConnections,
    AuroraCpu,
    DynamoReplicationLatency,
    DynamoConsumedWrites,
    S3ReplicationLatency,
    S3BytesPending,
    S3OperationsPending,
    S3OperationsFailed,
    HealthCheckStatus,
    HealthCheckPercentHealthy,
    AlbRequests,
    AlbTarget5xx,
    /// Answered by the balancer itself: no target, or none that answered in time.
    AlbOwn5xx,
    AlbHealthyHosts,
    AlbUnhealthyHosts,
    NlbFlows,
    NlbHealthyHosts,
    NlbUnhealthyHosts,
    RestApiRequests,
    RestApi5xx,
    RestApiLatency,
    HttpApiRequests,
    HttpApi5xx,
    HttpApiLatency,
    LambdaInvocations,
    LambdaErrors,
    LambdaThrottles,
    LambdaDuration,
    AcceleratorFlows,
    AcceleratorHealthyEndpoints,
    AcceleratorUnhealthyEndpoints,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Unit {
    Milliseconds,
    Seconds,
    Bytes,
    Count,
    Percent,
    /// 1 healthy, 0 not.
    Status,
}

impl Unit {
    /// A value of this unit as a span of time; `None` where the unit is of no time, or the value no length.
    pub fn length(self, value: f64) -> Option<Duration> {
        let seconds = match self {
            Self::Milliseconds => value / 1000.0,
            Self::Seconds => value,
            Self::Bytes | Self::Count | Self::Percent | Self::Status => return None,
        };
        Duration::try_from_secs_f64(seconds).ok()
    }
}

/// How AWS spells a measure. `None` of these carries a unit to the request: a wrong unit there returns nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MeasureSpec {
    pub namespace: &'static str,
    pub name: &'static str,
    pub stat: &'static str,
    pub unit: Unit,
    /// Seconds.
    pub period_s: u32,
}

impl Measure {
    pub const ALL: [Self; 33] = [
        Self::AuroraRpoLag,
        Self::AuroraReplicationLag,
        Self::AuroraConnections,
        Self::AuroraCpu,
        Self::DynamoReplicationLatency,
        Self::DynamoConsumedWrites,
        Self::S3ReplicationLatency,
        Self::S3BytesPending,
        Self::S3OperationsPending,
        Self::S3OperationsFailed,
        Self::HealthCheckStatus,
        Self::HealthCheckPercentHealthy,
        Self::AlbRequests,
        Self::AlbTarget5xx,
        Self::AlbOwn5xx,
        Self::AlbHealthyHosts,
        Self::AlbUnhealthyHosts,
        Self::NlbFlows,
        Self::NlbHealthyHosts,
        Self::NlbUnhealthyHosts,
        Self::RestApiRequests,
        Self::RestApi5xx,
        Self::RestApiLatency,
        Self::HttpApiRequests,
        Self::HttpApi5xx,
        Self::HttpApiLatency,
        Self::LambdaInvocations,
        Self::LambdaErrors,
        Self::LambdaThrottles,
        Self::LambdaDuration,
        Self::AcceleratorFlows,
        Self::AcceleratorHealthyEndpoints,
        Self::AcceleratorUnhealthyEndpoints,
    ];

    pub fn spec(self) -> MeasureSpec {
        let (namespace, name, stat, unit) = match self {
            Self::AuroraRpoLag => ("AWS/RDS", "AuroraGlobalDBRPOLag", "Maximum", Unit::Milliseconds),
            Self::AuroraReplicationLag => ("AWS/RDS", "AuroraGlobalDBReplicationLag", "Maximum", Unit::Milliseconds),
            Self::AuroraConnections => ("AWS/RDS", "DatabaseConnections", "Maximum", Unit::Count),
            Self::AuroraCpu => ("AWS/RDS", "CPUUtilization", "Average", Unit::Percent),
            Self::DynamoReplicationLatency => ("AWS/DynamoDB", "ReplicationLatency", "Maximum", Unit::Milliseconds),
            Self::DynamoConsumedWrites => ("AWS/DynamoDB", "ConsumedWriteCapacityUnits", "Sum", Unit::Count),
            Self::S3ReplicationLatency => ("AWS/S3", "ReplicationLatency", "Maximum", Unit::Seconds),
            Self::S3BytesPending => ("AWS/S3", "BytesPendingReplication", "Maximum", Unit::Bytes),
            Self::S3OperationsPending => ("AWS/S3", "OperationsPendingReplication", "Maximum", Unit::Count),
            Self::S3OperationsFailed => ("AWS/S3", "OperationsFailedReplication", "Sum", Unit::Count),
            Self::HealthCheckStatus => ("AWS/Route53", "HealthCheckStatus", "Minimum", Unit::Status),
            Self::HealthCheckPercentHealthy => {
                ("AWS/Route53", "HealthCheckPercentageHealthy", "Average", Unit::Percent)
            }
            Self::AlbRequests => ("AWS/ApplicationELB", "RequestCount", "Sum", Unit::Count),
            Self::AlbTarget5xx => ("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "Sum", Unit::Count),
            Self::AlbOwn5xx => ("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "Sum", Unit::Count),
            Self::AlbHealthyHosts => ("AWS/ApplicationELB", "HealthyHostCount", "Minimum", Unit::Count),
            Self::AlbUnhealthyHosts => ("AWS/ApplicationELB", "UnHealthyHostCount", "Maximum", Unit::Count),
            Self::NlbFlows => ("AWS/NetworkELB", "NewFlowCount", "Sum", Unit::Count),
            Self::NlbHealthyHosts => ("AWS/NetworkELB", "HealthyHostCount", "Minimum", Unit::Count),
            Self::NlbUnhealthyHosts => ("AWS/NetworkELB", "UnHealthyHostCount", "Maximum", Unit::Count),
            Self::RestApiRequests | Self::HttpApiRequests => ("AWS/ApiGateway", "Count", "Sum", Unit::Count),
            Self::RestApi5xx => ("AWS/ApiGateway", "5XXError", "Sum", Unit::Count),
            Self::HttpApi5xx => ("AWS/ApiGateway", "5xx", "Sum", Unit::Count),
            Self::RestApiLatency | Self::HttpApiLatency => ("AWS/ApiGateway", "Latency", "p90", Unit::Milliseconds),
            Self::LambdaInvocations => ("AWS/Lambda", "Invocations", "Sum", Unit::Count),
            Self::LambdaErrors => ("AWS/Lambda", "Errors", "Sum", Unit::Count),
            Self::LambdaThrottles => ("AWS/Lambda", "Throttles", "Sum", Unit::Count),
            Self::LambdaDuration => ("AWS/Lambda", "Duration", "p90", Unit::Milliseconds),
            Self::AcceleratorFlows => ("AWS/GlobalAccelerator", "NewFlowCount", "Sum", Unit::Count),
            Self::AcceleratorHealthyEndpoints => {
                ("AWS/GlobalAccelerator", "HealthyEndpointCount", "Minimum", Unit::Count)
            }
            Self::AcceleratorUnhealthyEndpoints => {
                ("AWS/GlobalAccelerator", "UnhealthyEndpointCount", "Maximum", Unit::Count)
            }
        };
        MeasureSpec { namespace, name, stat, unit, period_s: 60 }
    }
}

/// What a series is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Subject {
    Cluster(ClusterId),
    /// A table in its own region.
    Table(TableName),
    /// A table's replication towards a region.
    Replica {
        table: TableName,
        to: Region,
    },
    Replication {
        source: BucketName,
        destination: BucketName,
        rule: String,
    },
    HealthCheck(HealthCheckId),
    /// A load balancer's ARN.
    LoadBalancer(Arn),
    /// An API, by the name or id its metrics use.
    Api(String),
    Function(FunctionName),
    /// An accelerator's ARN, and the endpoint group's region where the metric is per group.
    Accelerator {
        accelerator: Arn,
        group: Option<Region>,
    },
}

/// Names one series.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MetricKey {
    pub measure: Measure,
    /// The region whose CloudWatch holds it.
    pub region: Region,
    pub subject: Subject,
}

/// One entry of a `GetMetricData` request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MetricQuery {
    pub key: MetricKey,
    pub namespace: String,
    pub name: String,
    pub dimensions: Vec<(String, String)>,
    pub stat: String,
    /// Seconds.
    pub period_s: u32,
}

/// From and to, aligned to the period; `to` is excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    pub from: Timestamp,
    pub to: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// The start of the period.
    pub at: Timestamp,
    /// In the measure's unit.
    pub value: f64,
}

/// The points AWS has, oldest first. A period without a point is a gap: missing data is never zero.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    pub key: MetricKey,
    pub points: Vec<Point>,
}
