//! What became of canaries: writes with a nonce that Lifeboat made as a client of the application.

use serde::{Deserialize, Serialize};

/// Whether one store has one canary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    pub nonce: String,
    /// `None` where the answer tells neither.
    pub found: Option<bool>,
}
