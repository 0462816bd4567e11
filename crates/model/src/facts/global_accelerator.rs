//! Global Accelerator, whose API answers in us-west-2 only.

use serde::{Deserialize, Serialize};

use crate::id::{Arn, DnsName, Region};
use crate::open_enum;

open_enum! {
    pub enum EndpointHealth {
        Healthy = "HEALTHY",
        Unhealthy = "UNHEALTHY",
        Initial = "INITIAL",
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Accelerator {
    pub arn: Arn,
    pub name: String,
    pub enabled: bool,
    /// `DEPLOYED` or `IN_PROGRESS`.
    pub status: String,
    pub dns_name: Option<DnsName>,
    pub addresses: Vec<String>,
    pub groups: Vec<EndpointGroup>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EndpointGroup {
    pub arn: Arn,
    pub region: Region,
    /// Percent of the traffic *already directed here*. 0 does not stop automatic failover into the group.
    pub dial_percent: Option<f64>,
    pub interval_s: Option<u32>,
    pub threshold: Option<u32>,
    pub endpoints: Vec<Endpoint>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    pub id: String,
    /// 0 to 255. Only 0 keeps failover traffic out.
    pub weight: Option<u32>,
    pub health: Option<EndpointHealth>,
    pub reason: Option<String>,
}
