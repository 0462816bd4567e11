//! What one simulated deployment consists of, down to what the model's `Deployment` does not say: clusters,
//! alarms' definitions, records, addresses. It never changes; what changes is in `world`.

use lifeboat_model::call::CustomMetric;
use lifeboat_model::facts::route53::{HealthCheckKind, RecordSet};
use lifeboat_model::id::{
    AlarmName, Arn, BucketName, ClusterId, FunctionName, GlobalClusterId, GroupName, HealthCheckId, InstanceId,
    ParameterName, Region, TableName, VaultName,
};
use lifeboat_model::metric::Measure;
use lifeboat_model::topology::{Deployment, LoadBalancerKind};

use crate::side::{Pair, Side};

#[derive(Debug)]
pub(crate) struct Estate {
    pub(crate) deployment: Deployment,
    pub(crate) regions: Pair<Region>,
    pub(crate) front: Front,
    pub(crate) doors: Pair<Door>,
    pub(crate) aurora: Option<AuroraEstate>,
    pub(crate) table: TableName,
    pub(crate) storage: Storage,
    pub(crate) checks: Vec<CheckEstate>,
    pub(crate) records: Vec<RecordSet>,
    pub(crate) alarms: Vec<AlarmEstate>,
    pub(crate) functions: Vec<FunctionEstate>,
    pub(crate) accelerator: Option<AcceleratorEstate>,
    pub(crate) parameters: Vec<ParameterEstate>,
    pub(crate) vaults: Option<Pair<VaultName>>,
    pub(crate) groups: Option<Pair<GroupEstate>>,
    pub(crate) topics: Vec<Arn>,
    /// The second since which it has been whole.
    pub(crate) built_at: i64,
}

/// How clients find the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Front {
    /// By a name that resolvers keep for its TTL.
    Dns,
    /// By addresses that never change.
    Accelerator,
    /// By the URL they were given, which is the home region's until someone hands them another.
    Fixed,
}

/// What stands between clients and the application in one region.
#[derive(Debug)]
pub(crate) struct Door {
    /// The host that records and probes lead to.
    pub(crate) host: String,
    /// The host of its API, where that is another.
    pub(crate) api_host: Option<String>,
    pub(crate) address: Option<String>,
    /// Where the application is asked whether it is well.
    pub(crate) probe: String,
    pub(crate) balancer: Option<Balancer>,
    pub(crate) api: Option<Api>,
    /// The function without which no request is served.
    pub(crate) function: Option<FunctionName>,
}

impl Door {
    /// Whether a host leads here.
    pub(crate) fn answers_at(&self, host: &str) -> bool {
        self.host == host || self.api_host.as_deref() == Some(host)
    }
}

#[derive(Debug)]
pub(crate) struct Balancer {
    pub(crate) kind: LoadBalancerKind,
    pub(crate) arn: Arn,
    pub(crate) target_group: Arn,
    pub(crate) fixed_targets: Vec<String>,
}

#[derive(Debug)]
pub(crate) struct Api {
    pub(crate) name: String,
    pub(crate) stage: String,
}

#[derive(Debug)]
pub(crate) struct AuroraEstate {
    pub(crate) global: GlobalClusterId,
    pub(crate) engine: &'static str,
    pub(crate) engine_version: String,
    pub(crate) clusters: Pair<ClusterId>,
    pub(crate) arns: Pair<Arn>,
    pub(crate) instances: Pair<InstanceId>,
    /// In halves of a capacity unit; `None` where instances are of fixed size.
    pub(crate) serverless_half_acu: Option<(u32, u32)>,
}

#[derive(Debug)]
pub(crate) struct Storage {
    pub(crate) buckets: Pair<BucketName>,
    pub(crate) rule: String,
    /// What replication runs as, in either direction.
    pub(crate) role: Arn,
    pub(crate) delete_markers: bool,
    pub(crate) time_control_minutes: Option<u32>,
    /// Whether replication is measured.
    pub(crate) metrics: bool,
}

#[derive(Debug)]
pub(crate) struct CheckEstate {
    pub(crate) id: HealthCheckId,
    pub(crate) kind: HealthCheckKind,
    pub(crate) target: String,
    pub(crate) interval_s: u32,
    pub(crate) threshold: u32,
    /// The side it asks.
    pub(crate) side: Side,
    /// What it watches on that side, where that is not the application.
    pub(crate) lever: Option<Lever>,
}

/// What an operator changes for a health check to see.
#[derive(Debug)]
pub(crate) enum Lever {
    /// An object that is there, by bucket and key.
    Marker((String, String)),
    /// A metric that is at least this, by way of an alarm that keeps its state where data is missing. The alarm is the
    /// check's own and none of those that people are shown.
    Metric { metric: CustomMetric, at_least: f64, alarm: AlarmName },
}

#[derive(Debug)]
pub(crate) struct AlarmEstate {
    pub(crate) name: AlarmName,
    pub(crate) region: Region,
    /// In whose region it is, when that is one of the pair.
    pub(crate) side: Side,
    pub(crate) watches: Watched,
    pub(crate) comparison: Comparison,
    pub(crate) threshold: f64,
    pub(crate) evaluation_periods: u32,
    pub(crate) missing: MissingData,
}

/// A series by what it measures and whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Watched {
    pub(crate) measure: Measure,
    /// The region that publishes it, for what belongs to a region; the watched side for a health check.
    pub(crate) side: Side,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    GreaterThanThreshold,
    LessThanThreshold,
}

impl Comparison {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::GreaterThanThreshold => "GreaterThanThreshold",
            Self::LessThanThreshold => "LessThanThreshold",
        }
    }

    pub(crate) fn breached(self, value: f64, threshold: f64) -> bool {
        match self {
            Self::GreaterThanThreshold => value > threshold,
            Self::LessThanThreshold => value < threshold,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MissingData {
    Missing,
    Ignore,
    Breaching,
    NotBreaching,
}

impl MissingData {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Ignore => "ignore",
            Self::Breaching => "breaching",
            Self::NotBreaching => "notBreaching",
        }
    }
}

#[derive(Debug)]
pub(crate) struct FunctionEstate {
    pub(crate) side: Side,
    pub(crate) name: FunctionName,
    pub(crate) runtime: &'static str,
    /// What its code is made from: equal on both sides when both run the same.
    pub(crate) code: &'static str,
    pub(crate) event_source: Option<(String, Arn)>,
}

#[derive(Debug)]
pub(crate) struct AcceleratorEstate {
    pub(crate) arn: Arn,
    pub(crate) listener: Arn,
    pub(crate) name: String,
    pub(crate) dns_name: String,
    pub(crate) addresses: Vec<String>,
    pub(crate) groups: Pair<Arn>,
    pub(crate) dials_percent: Pair<f64>,
}

#[derive(Debug)]
pub(crate) struct ParameterEstate {
    pub(crate) name: ParameterName,
    pub(crate) secure: bool,
    pub(crate) value: String,
}

#[derive(Debug)]
pub(crate) struct GroupEstate {
    pub(crate) name: GroupName,
    pub(crate) min: u32,
    pub(crate) desired: u32,
    pub(crate) max: u32,
}

impl Estate {
    pub(crate) fn side_of(&self, region: &Region) -> Option<Side> {
        self.regions.find(|own| own == region)
    }

    pub(crate) fn region(&self, side: Side) -> &Region {
        self.regions.at(side)
    }
}
