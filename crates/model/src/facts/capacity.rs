//! Auto Scaling capacity and service quotas, read in each region and compared.

use serde::{Deserialize, Serialize};

use crate::id::GroupName;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScalingGroup {
    pub name: GroupName,
    pub min: u32,
    pub desired: u32,
    pub max: u32,
    /// Instances in service and healthy.
    pub in_service: u32,
    pub suspended: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quota {
    pub service_code: String,
    pub quota_code: String,
    pub name: String,
    /// In `unit`; AWS's applied value for this region.
    pub value: f64,
    pub unit: Option<String>,
}
