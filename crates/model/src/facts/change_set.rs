//! What a stack would become, as CloudFormation works it out before anything changes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::{Arn, StackName};
use crate::open_enum;
use crate::time::Timestamp;

open_enum! {
    pub enum ChangeSetStatus {
        Pending = "CREATE_PENDING",
        InProgress = "CREATE_IN_PROGRESS",
        Complete = "CREATE_COMPLETE",
        Failed = "FAILED",
        DeletePending = "DELETE_PENDING",
        DeleteInProgress = "DELETE_IN_PROGRESS",
        Deleted = "DELETE_COMPLETE",
        DeleteFailed = "DELETE_FAILED",
    }
}

open_enum! {
    pub enum Execution {
        Unavailable = "UNAVAILABLE",
        Available = "AVAILABLE",
        InProgress = "EXECUTE_IN_PROGRESS",
        Complete = "EXECUTE_COMPLETE",
        Failed = "EXECUTE_FAILED",
        Obsolete = "OBSOLETE",
    }
}

open_enum! {
    pub enum ChangeAction {
        Add = "Add",
        Modify = "Modify",
        Remove = "Remove",
        Import = "Import",
        Dynamic = "Dynamic",
    }
}

open_enum! {
    /// Whether a resource is made anew, and the old one deleted with what it holds.
    pub enum Replacement {
        Yes = "True",
        No = "False",
        /// It depends on what cannot be known beforehand.
        Conditional = "Conditional",
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeSet {
    pub name: String,
    pub stack: StackName,
    pub id: Option<Arn>,
    pub stack_id: Option<Arn>,
    pub status: ChangeSetStatus,
    pub execution: Execution,
    pub reason: Option<String>,
    pub created_at: Option<Timestamp>,
    pub changes: Vec<ResourceChange>,
    pub parameters: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceChange {
    pub action: ChangeAction,
    pub logical_id: String,
    /// `None` for what does not exist yet.
    pub physical_id: Option<String>,
    pub resource_type: String,
    /// `None` unless the action is a modification.
    pub replacement: Option<Replacement>,
    /// What of it changes, as AWS names it: `Properties.Name`, `Tags`.
    pub changed: Vec<String>,
}

impl ResourceChange {
    /// Whether what it holds may be gone afterwards.
    pub fn may_lose(&self) -> bool {
        match &self.action {
            ChangeAction::Remove | ChangeAction::Dynamic | ChangeAction::Other(_) => true,
            ChangeAction::Modify => self.replacement.as_ref().is_none_or(|replacement| *replacement != Replacement::No),
            ChangeAction::Add | ChangeAction::Import => false,
        }
    }
}

impl ChangeSet {
    /// Whether AWS found nothing to change, which it calls a failure.
    pub fn is_empty(&self) -> bool {
        let reason = self.reason.as_deref().unwrap_or_default();
        self.status == ChangeSetStatus::Failed
            && (reason.contains("didn't contain changes") || reason.contains("No updates are to be performed"))
    }

    /// Whether it may be executed.
    pub fn is_ready(&self) -> bool {
        self.status == ChangeSetStatus::Complete && self.execution == Execution::Available
    }

    /// Whether AWS is still working it out.
    pub fn is_pending(&self) -> bool {
        matches!(self.status, ChangeSetStatus::Pending | ChangeSetStatus::InProgress)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(action: &str, replacement: Option<&str>) -> ResourceChange {
        ResourceChange {
            action: action.into(),
            logical_id: "Table".to_owned(),
            physical_id: None,
            resource_type: "AWS::DynamoDB::GlobalTable".to_owned(),
            replacement: replacement.map(Replacement::from),
            changed: Vec::new(),
        }
    }

    #[test]
    fn whatever_is_not_surely_kept_may_be_lost() {
        for (action, replacement, lost) in [
            ("Add", None, false),
            ("Import", None, false),
            ("Modify", Some("False"), false),
            ("Modify", Some("True"), true),
            ("Modify", Some("Conditional"), true),
            ("Modify", None, true),
            ("Remove", None, true),
            ("Dynamic", None, true),
            ("SyncWithActual", None, true),
        ] {
            assert_eq!(change(action, replacement).may_lose(), lost, "{action} {replacement:?}");
        }
    }

    #[test]
    fn a_set_without_changes_failed_for_no_other_reason() {
        let set = |status: &str, reason: &str| ChangeSet {
            name: "lifeboat-1".to_owned(),
            stack: "shop".into(),
            id: None,
            stack_id: None,
            status: status.into(),
            execution: Execution::Unavailable,
            reason: Some(reason.to_owned()),
            created_at: None,
            changes: Vec::new(),
            parameters: BTreeMap::new(),
        };
        let words = "The submitted information didn't contain changes. Submit different information.";
        assert!(set("FAILED", words).is_empty());
        assert!(set("FAILED", "No updates are to be performed.").is_empty());
        assert!(!set("FAILED", "Parameters: [KeyArn] must have values").is_empty());
        assert!(!set("CREATE_IN_PROGRESS", "").is_empty());
        assert!(!set("CREATE_COMPLETE", "").is_ready(), "it is not available");
    }
}
