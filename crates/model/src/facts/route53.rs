//! Route 53: health checks with what each checker saw, records, and the answers resolvers give.
//! Its API is in us-east-1 alone; the answers come from the data plane, everywhere.

use serde::{Deserialize, Serialize};

use crate::id::{AlarmName, DnsName, HealthCheckId, Region, ZoneId};
use crate::open_enum;
use crate::time::Timestamp;

open_enum! {
    pub enum HealthCheckKind {
        Http = "HTTP",
        Https = "HTTPS",
        HttpMatch = "HTTP_STR_MATCH",
        HttpsMatch = "HTTPS_STR_MATCH",
        Tcp = "TCP",
        Calculated = "CALCULATED",
        CloudwatchMetric = "CLOUDWATCH_METRIC",
        RecoveryControl = "RECOVERY_CONTROL",
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthCheck {
    pub id: HealthCheckId,
    /// The version to name in an update, which refuses if it is no longer the newest.
    pub version: i64,
    pub kind: HealthCheckKind,
    /// What it asks, for people: `https://host:443/path`, an alarm or the children.
    pub target: String,
    /// Seconds between requests of one checker: 10 or 30. `None` for checks that ask nothing themselves.
    pub interval_s: Option<u32>,
    /// How many in a row change a checker's mind.
    pub threshold: Option<u32>,
    /// Healthy and unhealthy exchanged.
    pub inverted: bool,
    /// **Disabled counts as healthy** and keeps routing.
    pub disabled: bool,
    pub alarm: Option<(Region, AlarmName)>,
    pub children: Vec<HealthCheckId>,
    /// What each checker saw last (`route53:GetHealthCheckStatus`, which AWS does not support for production use).
    /// Empty where the check has none or the status could not be read.
    pub checkers: Vec<Checker>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checker {
    /// The region the checker asks from.
    pub region: String,
    pub address: String,
    pub passed: bool,
    /// AWS's words, such as `Success: HTTP Status Code 200, OK`.
    pub status: String,
    pub checked_at: Option<Timestamp>,
}

impl HealthCheck {
    /// The share of checkers that pass, in percent; `None` without checkers.
    pub fn passing_percent(&self) -> Option<f64> {
        let passed = self.checkers.iter().filter(|checker| checker.passed).count();
        (!self.checkers.is_empty()).then(|| 100.0 * passed as f64 / self.checkers.len() as f64)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordSet {
    pub zone: ZoneId,
    pub name: DnsName,
    /// `A`, `CNAME`, …
    pub record_type: String,
    pub set_identifier: Option<String>,
    pub routing: Routing,
    /// Seconds. `None` for an alias, whose TTL is its target's.
    pub ttl_s: Option<u32>,
    pub values: Vec<String>,
    pub alias: Option<Alias>,
    pub health_check: Option<HealthCheckId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Routing {
    Simple,
    FailoverPrimary,
    FailoverSecondary,
    Weighted(u32),
    Latency(String),
    /// A policy that Lifeboat only names.
    Other(String),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alias {
    pub target: DnsName,
    pub zone: ZoneId,
    pub evaluate_target_health: bool,
}

/// Who gave an answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Vantage {
    /// Route 53 itself, asked what it would say now (`route53:TestDNSAnswer`).
    Authority,
    /// A resolver, as clients near it see it, its cache included. The text names it: an address or a region.
    Resolver(String),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsAnswer {
    pub name: DnsName,
    pub record_type: String,
    pub vantage: Vantage,
    /// `NOERROR`, `NXDOMAIN`, `SERVFAIL`, …, or the transport's failure.
    pub code: String,
    pub values: Vec<String>,
    /// Seconds this answer may still be kept; `None` where not told.
    pub ttl_s: Option<u32>,
}
