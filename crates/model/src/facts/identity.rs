//! Who the console is to AWS.

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, Arn};
use crate::time::Timestamp;

/// From `sts:GetCallerIdentity`, with what the credential provider says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallerIdentity {
    pub account: AccountId,
    pub arn: Arn,
    /// When the credentials in use expire; `None` for long-lived ones.
    pub expires_at: Option<Timestamp>,
}
