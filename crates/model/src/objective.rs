//! What the owner of a deployment has promised: how much may be lost, how long it may be down.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Targets; `None` where the owner stated none, which is not the same as zero.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objectives {
    /// Recovery point objective: the most data, as time, that may be lost.
    pub rpo: Option<Duration>,
    /// Recovery time objective: from the first failed request to the first good write.
    pub rto: Option<Duration>,
    /// How long a promotion is expected to take, as stated by the owner, used only until a run has been measured.
    pub expected_promotion: Option<Duration>,
}
