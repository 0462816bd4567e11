//! ALB and NLB targets, from `elasticloadbalancing:DescribeTargetHealth` in each region.

use serde::{Deserialize, Serialize};

use crate::id::Arn;
use crate::open_enum;

open_enum! {
    pub enum TargetHealth {
        Healthy = "healthy",
        Unhealthy = "unhealthy",
        Initial = "initial",
        Draining = "draining",
        Unused = "unused",
        Unavailable = "unavailable",
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetGroup {
    pub arn: Arn,
    /// A group without targets is unhealthy to Route 53 and to Global Accelerator.
    pub targets: Vec<Target>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    pub id: String,
    pub health: TargetHealth,
    pub reason: Option<String>,
}

impl TargetGroup {
    pub fn healthy(&self) -> usize {
        self.targets.iter().filter(|target| target.health == TargetHealth::Healthy).count()
    }
}
