//! What a client sees: one GET to a URL of the application.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::topology::ProbeTarget;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    pub target: ProbeTarget,
    pub outcome: ProbeOutcome,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProbeOutcome {
    /// An HTTP answer, whatever its status.
    Answered { status: u16, latency: Duration },
    /// No answer: refused, reset, unresolved, TLS failure or time-out.
    Failed { reason: String },
}

impl ProbeOutcome {
    /// Route 53's own rule: 2xx and 3xx are good.
    pub fn is_good(&self) -> bool {
        matches!(self, Self::Answered { status: 200..=399, .. })
    }
}
