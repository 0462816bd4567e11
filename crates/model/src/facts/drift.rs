//! What of a stack's resources is no longer as its template has it, as CloudFormation last found it.

use serde::{Deserialize, Serialize};

use super::stack::DriftStatus;
use crate::id::StackName;
use crate::open_enum;
use crate::time::Timestamp;

open_enum! {
    pub enum DetectionStatus {
        InProgress = "DETECTION_IN_PROGRESS",
        Complete = "DETECTION_COMPLETE",
        Failed = "DETECTION_FAILED",
    }
}

open_enum! {
    pub enum ResourceDriftStatus {
        InSync = "IN_SYNC",
        Modified = "MODIFIED",
        Deleted = "DELETED",
        NotChecked = "NOT_CHECKED",
        Unknown = "UNKNOWN",
        Unsupported = "UNSUPPORTED",
    }
}

open_enum! {
    pub enum Difference {
        Add = "ADD",
        Remove = "REMOVE",
        NotEqual = "NOT_EQUAL",
    }
}

/// How a detection that was begun stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detection {
    pub id: String,
    pub status: DetectionStatus,
    /// Why it failed; what it could learn is told none the less.
    pub reason: Option<String>,
    pub drift: Option<DriftStatus>,
    pub drifted_resources: Option<u32>,
    pub at: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackDrift {
    pub stack: StackName,
    /// Only those that AWS can compare; none before the first detection.
    pub resources: Vec<ResourceDrift>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceDrift {
    pub logical_id: String,
    pub physical_id: Option<String>,
    pub resource_type: String,
    pub status: ResourceDriftStatus,
    pub differences: Vec<PropertyDrift>,
    pub checked_at: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PropertyDrift {
    /// As a JSON pointer: `/HealthCheckConfig/Inverted`.
    pub path: String,
    pub difference: Difference,
    pub expected: String,
    pub actual: String,
}
