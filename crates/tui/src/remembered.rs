//! What the console keeps of a person's taste from one session to the next. Nothing about a deployment, and nothing that
//! a run depends on.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// The only version there is.
pub const VERSION: u32 = 1;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remembered {
    pub version: u32,
    /// Whether the greeting was seen.
    #[serde(default)]
    pub greeted: bool,
    /// The titles of the columns that are put away, by the titles of all columns of their table.
    #[serde(default)]
    pub hidden: BTreeMap<String, BTreeSet<String>>,
}

impl Default for Remembered {
    fn default() -> Self {
        Self { version: VERSION, greeted: false, hidden: BTreeMap::new() }
    }
}
