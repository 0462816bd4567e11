//! What exists: one application in two regions, and every resource of it that is watched.
//! Region *roles* are not here: who is active is read from live data, never from configuration.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::assessment::StoreKind;
use crate::call::CustomMetric;
use crate::id::{
    AccountId, Arn, BucketName, DeploymentName, DnsName, FunctionName, GlobalClusterId, GroupName, HealthCheckId,
    ParameterName, Region, StackName, TableName, VaultName, ZoneId,
};
use crate::objective::Objectives;
use crate::policy::Policy;

/// The five architectures that Lifeboat can provision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Blueprint {
    Ecommerce,
    PaymentsAurora,
    GlobalAccelerator,
    Serverless,
    PaymentsServerless,
}

impl Blueprint {
    pub const ALL: [Self; 5] =
        [Self::Ecommerce, Self::PaymentsAurora, Self::GlobalAccelerator, Self::Serverless, Self::PaymentsServerless];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ecommerce => "ecommerce",
            Self::PaymentsAurora => "payments-aurora",
            Self::GlobalAccelerator => "global-accelerator",
            Self::Serverless => "serverless",
            Self::PaymentsServerless => "payments-serverless",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|blueprint| blueprint.as_str() == text)
    }
}

impl fmt::Display for Blueprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The two regions, by where the deployment was built, not by who is active now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegionPair {
    /// The region that was active when the deployment was built (AWS documents call it primary).
    pub home: Region,
    pub partner: Region,
}

impl RegionPair {
    pub fn both(&self) -> [&Region; 2] {
        [&self.home, &self.partner]
    }

    /// The other one of the two; `None` for a region that is not of the pair.
    pub fn other(&self, region: &Region) -> Option<&Region> {
        if *region == self.home {
            Some(&self.partner)
        } else if *region == self.partner {
            Some(&self.home)
        } else {
            None
        }
    }

    pub fn contains(&self, region: &Region) -> bool {
        *region == self.home || *region == self.partner
    }
}

/// Something that lives in one region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct InRegion<T> {
    pub region: Region,
    pub name: T,
}

impl<T> InRegion<T> {
    pub fn new(region: impl Into<Region>, name: impl Into<T>) -> Self {
        Self { region: region.into(), name: name.into() }
    }
}

/// One direction of S3 replication. The other direction, where it exists, is another pair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketPair {
    pub source: InRegion<BucketName>,
    pub destination: InRegion<BucketName>,
}

impl BucketPair {
    #[must_use]
    pub fn reversed(&self) -> Self {
        Self { source: self.destination.clone(), destination: self.source.clone() }
    }
}

/// A Route 53 health check and the region whose endpoint it watches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthCheckTarget {
    pub id: HealthCheckId,
    /// `None` when it watches neither region in particular (a calculated check).
    pub watches: Option<Region>,
}

/// A name in a hosted zone whose records decide where clients go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordTarget {
    pub zone: ZoneId,
    pub name: DnsName,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoadBalancerKind {
    Application,
    Network,
}

/// A load balancer with its target group. Metrics use the short forms (`app/name/id`,
/// `targetgroup/name/id`), which are the tails of the ARNs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadBalancerTarget {
    pub region: Region,
    pub kind: LoadBalancerKind,
    pub arn: Arn,
    pub target_group: Option<Arn>,
}

impl LoadBalancerTarget {
    /// The `LoadBalancer` dimension: `app/name/id`.
    pub fn metric_name(&self) -> Option<&str> {
        self.arn.resource().and_then(|resource| resource.strip_prefix("loadbalancer/"))
    }

    /// The `TargetGroup` dimension: `targetgroup/name/id`.
    pub fn target_group_metric_name(&self) -> Option<&str> {
        self.target_group.as_ref().and_then(|arn| arn.resource())
    }
}

/// How API Gateway names an API in its metrics: REST and HTTP APIs differ in spelling and dimension.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum ApiTarget {
    /// Dimensions `ApiName` and `Stage`; metrics `4XXError`, `5XXError`.
    Rest { region: Region, api_name: String, stage: String },
    /// Dimension `ApiId`; metrics `4xx`, `5xx`.
    Http { region: Region, api_id: String },
}

impl ApiTarget {
    pub fn region(&self) -> &Region {
        match self {
            Self::Rest { region, .. } | Self::Http { region, .. } => region,
        }
    }

    pub fn label(&self) -> &str {
        match self {
            Self::Rest { api_name, .. } => api_name,
            Self::Http { api_id, .. } => api_id,
        }
    }
}

/// A URL that Lifeboat itself asks with GET, as a client would, to see what clients see.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ProbeTarget {
    /// `None` for the public name, which leads to whichever region is active.
    pub region: Option<Region>,
    pub url: String,
}

/// Which alarms belong to the deployment: by exact name or by prefix, in both regions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmSelection {
    pub prefixes: Vec<String>,
    pub names: Vec<String>,
}

impl AlarmSelection {
    pub fn is_empty(&self) -> bool {
        self.prefixes.is_empty() && self.names.is_empty()
    }
}

/// A Service Quotas entry that is compared between the regions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotaTarget {
    pub service_code: String,
    pub quota_code: String,
}

/// How Lifeboat writes to the application as a client of it does, to know when writes stop, when they succeed again,
/// and which of those acknowledged were lost.
///
/// A write is a `POST` to `write_url` of the JSON `{"canary":"NONCE"}`, with the nonce again in the header
/// `Idempotency-Key`; any 2xx acknowledges it. It is found in a store when a `GET` of that store's URL answers 200,
/// and not found when it answers 404; anything else tells nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CanaryTarget {
    /// Behind the public name, so that it leads wherever clients are led.
    pub write_url: String,
    /// By store; `{nonce}` stands for the nonce. A store that is not here cannot be measured.
    pub read_urls: BTreeMap<StoreKind, String>,
    /// Between two writes: RTO and RPO are known to this precision.
    pub interval: Duration,
}

/// A plain parameter, in both regions under the same name, by which the application or its clients know who is active.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActiveParameter {
    pub name: ParameterName,
    /// Its value while the home region is active.
    pub home: String,
    /// Its value while the partner region is active.
    pub partner: String,
    /// Whether clients follow it: then it moves traffic, and may change only once the database has moved.
    pub moves_traffic: bool,
}

impl ActiveParameter {
    /// The value that says `region` is active; `None` for a region that is not of the pair.
    pub fn value_for(&self, regions: &RegionPair, region: &Region) -> Option<&str> {
        if *region == regions.home {
            Some(&self.home)
        } else if *region == regions.partner {
            Some(&self.partner)
        } else {
            None
        }
    }
}

/// Standby takes over primary: an inverted health check on the other region's record watches something that is
/// written in `region`, so that traffic moves there by a data-plane write in the surviving region alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Takeover {
    /// The region that takes over, where the lever stands.
    pub region: Region,
    /// The inverted health check that watches the lever.
    pub check: HealthCheckId,
    pub lever: TakeoverLever,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum TakeoverLever {
    /// Traffic moves while the object exists.
    Marker { bucket: BucketName, key: String },
    /// Traffic moves while the metric is `on`.
    Metric { metric: CustomMetric, on: i32, off: i32 },
}

/// One application in two regions. Everything but name and regions may be absent: an architecture
/// has just what it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployment {
    pub name: DeploymentName,
    pub blueprint: Option<Blueprint>,
    /// The account it must be in; compared with the caller's before anything is done.
    pub account: Option<AccountId>,
    pub regions: RegionPair,
    pub objectives: Objectives,
    /// The name clients use, whatever stands behind it.
    pub public_name: Option<DnsName>,
    pub global_cluster: Option<GlobalClusterId>,
    pub tables: Vec<TableName>,
    pub buckets: Vec<BucketPair>,
    pub health_checks: Vec<HealthCheckTarget>,
    pub records: Vec<RecordTarget>,
    pub alarms: AlarmSelection,
    pub load_balancers: Vec<LoadBalancerTarget>,
    pub apis: Vec<ApiTarget>,
    pub functions: Vec<InRegion<FunctionName>>,
    /// Accelerators, by ARN (their API is in us-west-2 only).
    pub accelerators: Vec<Arn>,
    /// Path prefixes compared between the regions, such as `/payments/dev/`.
    pub parameter_paths: Vec<ParameterName>,
    /// Whether SecureString values may be decrypted, in memory only, to be compared by keyed hash.
    pub compare_secure_parameters: bool,
    pub stacks: Vec<InRegion<StackName>>,
    pub vaults: Vec<InRegion<VaultName>>,
    pub scaling_groups: Vec<InRegion<GroupName>>,
    pub quotas: Vec<QuotaTarget>,
    pub probes: Vec<ProbeTarget>,
    pub canary: Option<CanaryTarget>,
    pub active_parameter: Option<ActiveParameter>,
    pub takeovers: Vec<Takeover>,
    /// SNS topics that are told of runs; each stands in its ARN's region.
    pub topics: Vec<Arn>,
    /// The role that S3 assumes for a direction of replication that has no rule yet. `None`: the role of the direction
    /// that has one.
    pub replication_role: Option<Arn>,
    pub policy: Policy,
}

impl Deployment {
    /// A deployment of which only the name and the regions are known.
    pub fn bare(name: impl Into<DeploymentName>, home: impl Into<Region>, partner: impl Into<Region>) -> Self {
        Self {
            name: name.into(),
            blueprint: None,
            account: None,
            regions: RegionPair { home: home.into(), partner: partner.into() },
            objectives: Objectives::default(),
            public_name: None,
            global_cluster: None,
            tables: Vec::new(),
            buckets: Vec::new(),
            health_checks: Vec::new(),
            records: Vec::new(),
            alarms: AlarmSelection::default(),
            load_balancers: Vec::new(),
            apis: Vec::new(),
            functions: Vec::new(),
            accelerators: Vec::new(),
            parameter_paths: Vec::new(),
            compare_secure_parameters: false,
            stacks: Vec::new(),
            vaults: Vec::new(),
            scaling_groups: Vec::new(),
            quotas: Vec::new(),
            probes: Vec::new(),
            canary: None,
            active_parameter: None,
            takeovers: Vec::new(),
            topics: Vec::new(),
            replication_role: None,
            policy: Policy::default(),
        }
    }
}
