//! Lambda functions, their concurrency and event sources, read in each region.

use serde::{Deserialize, Serialize};

use crate::id::{Arn, FunctionName};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LambdaFacts {
    pub functions: Vec<Function>,
    /// The region's own quota (`lambda:GetAccountSettings`): the standby's is not the active one's.
    pub account_concurrency: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    pub name: FunctionName,
    /// `Active`, `Pending`, `Inactive`, `Failed`.
    pub state: String,
    pub runtime: Option<String>,
    /// Base64 SHA-256 of the deployed code: equal in both regions when both run the same.
    pub code_sha256: Option<String>,
    /// `Some(0)` is a fence: every invocation is refused.
    pub reserved_concurrency: Option<u32>,
    pub event_sources: Vec<EventSource>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventSource {
    pub uuid: String,
    pub source: Option<Arn>,
    /// `Enabled`, `Disabled`, `Enabling`, …
    pub state: String,
}
