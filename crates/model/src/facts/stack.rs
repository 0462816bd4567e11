//! CloudFormation stacks, their drift, outputs and newest events, read in each region.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::StackName;
use crate::open_enum;
use crate::time::Timestamp;

open_enum! {
    pub enum DriftStatus {
        InSync = "IN_SYNC",
        Drifted = "DRIFTED",
        NotChecked = "NOT_CHECKED",
        Unknown = "UNKNOWN",
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stack {
    pub name: StackName,
    /// AWS's status, such as `UPDATE_ROLLBACK_COMPLETE`.
    pub status: String,
    pub status_reason: Option<String>,
    pub drift: DriftStatus,
    /// When drift was last looked for; Lifeboat reads the result, it does not start a detection.
    pub drift_checked_at: Option<Timestamp>,
    pub created_at: Option<Timestamp>,
    pub updated_at: Option<Timestamp>,
    pub termination_protection: bool,
    pub outputs: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
    /// Newest first, a few only.
    pub events: Vec<StackEvent>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackEvent {
    pub at: Timestamp,
    pub logical_id: String,
    pub resource_type: String,
    pub status: String,
    pub reason: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackResource {
    pub stack: StackName,
    pub logical_id: String,
    /// `None` while it is being made.
    pub physical_id: Option<String>,
    pub resource_type: String,
    pub status: String,
}
