//! What went wrong between Lifeboat and a cloud, classified by what can be done about it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::Region;
use crate::read::Service;

/// What a caller can do about a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CloudErrorKind {
    /// Asked too often; nothing changed. Wait, then ask again.
    Throttled { retry_after: Option<Duration> },
    /// The identity may not do this; nothing changed. `action` is the IAM action, where AWS named it.
    Denied { action: Option<String> },
    /// The credentials were good once; nothing changed. Refresh them.
    ExpiredCredentials,
    /// No credentials could be found; nothing was sent.
    MissingCredentials,
    /// The resource does not exist in that region and account.
    NotFound,
    /// The resource is in a state, or at a version, that forbids this; nothing changed.
    Conflict,
    /// AWS refused the request as wrong; nothing changed. Asking again will not help.
    Invalid,
    /// No answer in time to a request that changes nothing.
    Timeout,
    /// A request that changes something was sent and its answer never came. Probe before anything else.
    OutcomeUnknown,
    /// No connection: refused, reset, unresolved or a broken network.
    Unreachable,
    /// The service answered that it is failing (a 5xx); nothing is known about why.
    ServiceFailure,
    /// An answer came that could not be understood.
    Malformed,
}

impl CloudErrorKind {
    /// Whether a request that ended so did nothing: it was refused, or never got there.
    pub fn changed_nothing(&self) -> bool {
        match self {
            Self::Throttled { .. }
            | Self::Denied { .. }
            | Self::ExpiredCredentials
            | Self::MissingCredentials
            | Self::NotFound
            | Self::Invalid
            | Self::Unreachable => true,
            // A conflict may be with the very request that was sent before.
            Self::Conflict | Self::Timeout | Self::OutcomeUnknown | Self::ServiceFailure | Self::Malformed => false,
        }
    }

    /// One or two words for a table cell.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Throttled { .. } => "throttled",
            Self::Denied { .. } => "denied",
            Self::ExpiredCredentials => "credentials expired",
            Self::MissingCredentials => "no credentials",
            Self::NotFound => "not found",
            Self::Conflict => "conflict",
            Self::Invalid => "refused as invalid",
            Self::Timeout => "timed out",
            Self::OutcomeUnknown => "outcome unknown",
            Self::Unreachable => "unreachable",
            Self::ServiceFailure => "service failing",
            Self::Malformed => "unreadable answer",
        }
    }

    /// Whether the failure says that the region or service cannot be reached, rather than that it answered "no".
    pub fn is_silence(&self) -> bool {
        matches!(self, Self::Timeout | Self::OutcomeUnknown | Self::Unreachable | Self::ServiceFailure)
    }

    /// Whether only a person with new credentials can mend it.
    pub fn is_credentials(&self) -> bool {
        matches!(self, Self::ExpiredCredentials | Self::MissingCredentials)
    }
}

/// One failed request: what was attempted, where, how it failed and what to do next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{operation} in {region}: {}: {message}", kind.label())]
pub struct CloudError {
    pub kind: CloudErrorKind,
    pub service: Service,
    /// The region whose endpoint was asked.
    pub region: Region,
    /// The API operation as AWS spells it, such as `DescribeGlobalClusters`.
    pub operation: String,
    /// AWS's own words, or the transport's; never holds a secret.
    pub message: String,
    /// AWS's request id, for a support case.
    pub request_id: Option<String>,
    /// A command or change that mends it, where one is known.
    pub fix: Option<String>,
}

impl CloudError {
    /// Whether it only says that what was to be deleted is not there, most often a change set of an earlier attempt: the call
    /// has no more to do, and that is no failure.
    pub fn found_nothing_to_delete(&self) -> bool {
        let is_deletion = ["DeleteChangeSet", "DeleteStack", "DeleteParameter"].contains(&self.operation.as_str());
        is_deletion && self.kind == CloudErrorKind::NotFound
    }
}
