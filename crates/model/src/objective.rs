//! What the owner of a deployment has promised: how much may be lost, how long it may be down.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::assessment::StoreKind;

/// Targets; `None` where the owner stated none, which is not the same as zero.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objectives {
    /// Recovery point objective: the most data, as time, that may be lost of any store.
    pub rpo: Option<Duration>,
    /// Where an objective was stated for one kind of store, it holds for that kind instead: replication differs in
    /// what it can promise.
    pub rpo_by_store: BTreeMap<StoreKind, Duration>,
    /// Recovery time objective: from the first failed request to the first good write.
    pub rto: Option<Duration>,
    /// How long a promotion is expected to take, as stated by the owner, used only until a run has been measured.
    pub expected_promotion: Option<Duration>,
}

impl Objectives {
    /// The RPO that holds for a kind of store.
    pub fn rpo_of(&self, kind: StoreKind) -> Option<Duration> {
        self.rpo_by_store.get(&kind).copied().or(self.rpo)
    }

    /// The one RPO to show for a deployment: that of all stores, else the strictest stated for one kind.
    pub fn headline_rpo(&self) -> Option<Duration> {
        self.rpo.or_else(|| self.rpo_by_store.values().copied().min())
    }
}
