//! CloudFormation stacks, their drift, outputs and newest events, read in each region.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::{Arn, StackName};
use crate::open_enum;
use crate::time::{Duration, Timestamp};

/// How far the clock that dates what happens to stacks and this machine's may be apart before one is taken for wrong.
pub const CLOCKS_DIFFER_BY: Duration = Duration::from_mins(1);

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
    /// By which it can still be asked for when it is gone.
    #[serde(default)]
    pub id: Option<Arn>,
    /// AWS's status, such as `UPDATE_ROLLBACK_COMPLETE`.
    pub status: String,
    pub status_reason: Option<String>,
    pub drift: DriftStatus,
    /// When drift was last looked for; Lifeboat reads the result, it does not start a detection.
    pub drift_checked_at: Option<Timestamp>,
    pub created_at: Option<Timestamp>,
    pub updated_at: Option<Timestamp>,
    pub termination_protection: bool,
    /// What it was last given; what a template declares `NoEcho` is stars.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
    pub outputs: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
    /// Newest first, a few only.
    pub events: Vec<StackEvent>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackEvent {
    /// AWS's own, each once.
    #[serde(default)]
    pub id: String,
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
    /// Why it is so, where AWS says.
    #[serde(default)]
    pub reason: Option<String>,
    /// Since when it is so.
    #[serde(default)]
    pub updated_at: Option<Timestamp>,
}

/// A stack's template as it was last given, word for word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackTemplate {
    pub stack: StackName,
    pub body: String,
}

/// What AWS makes of a template before there is a stack.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateVerdict {
    /// AWS's words, where it does not take the template.
    pub refused: Option<String>,
    /// What the template demands to be allowed.
    pub capabilities: Vec<String>,
    pub parameters: Vec<String>,
}

impl Stack {
    /// Whether something is being done to it.
    pub fn is_in_progress(&self) -> bool {
        self.status.ends_with("_IN_PROGRESS")
    }

    /// Whether it is only known by name: its first change set was made, and not executed.
    pub fn is_in_review(&self) -> bool {
        self.status == "REVIEW_IN_PROGRESS"
    }

    /// Whether all that was last asked of it was done: neither did it fail, nor was it taken back.
    pub fn is_complete(&self) -> bool {
        matches!(self.status.as_str(), "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "IMPORT_COMPLETE")
    }

    /// Whether it stands whole, whatever became of what was last asked of it: what was taken back is as it was before.
    pub fn is_whole(&self) -> bool {
        self.is_complete() || matches!(self.status.as_str(), "UPDATE_ROLLBACK_COMPLETE" | "IMPORT_ROLLBACK_COMPLETE")
    }

    pub fn is_deleted(&self) -> bool {
        self.status == "DELETE_COMPLETE"
    }
}

impl StackEvent {
    pub fn is_failure(&self) -> bool {
        self.status.ends_with("_FAILED")
    }
}

/// What began the trouble among events since something was begun, newest first: the oldest failure that is not a mere
/// consequence. AWS cancels what is under way when something fails, and then says of the rest only that.
pub fn first_failure(events: &[StackEvent]) -> Option<&StackEvent> {
    let is_cause = |event: &&StackEvent| {
        let reason = event.reason.as_deref().unwrap_or_default();
        !reason.is_empty()
            && !reason.starts_with("Resource creation cancelled")
            && !reason.ends_with("update cancelled")
    };
    let failures = || events.iter().rev().filter(|event| event.is_failure());
    failures().find(is_cause).or_else(|| failures().next())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(logical_id: &str, status: &str, reason: &str) -> StackEvent {
        StackEvent {
            id: String::new(),
            at: Timestamp::UNIX_EPOCH,
            logical_id: logical_id.to_owned(),
            resource_type: "AWS::SNS::Topic".to_owned(),
            status: status.to_owned(),
            reason: Some(reason.to_owned()).filter(|reason| !reason.is_empty()),
        }
    }

    #[test]
    fn what_began_the_trouble_is_told_from_what_followed() {
        let newest_first = [
            event("shop", "ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create: [Topic, Queue]."),
            event("Queue", "CREATE_FAILED", "Resource creation cancelled"),
            event("Topic", "CREATE_FAILED", "Invalid parameter: Topic Name"),
            event("Other", "CREATE_COMPLETE", ""),
        ];
        assert_eq!(first_failure(&newest_first).unwrap().logical_id, "Topic");
        assert_eq!(first_failure(&newest_first[1..2]).unwrap().logical_id, "Queue");
        assert_eq!(first_failure(&newest_first[3..]), None);
    }
}
