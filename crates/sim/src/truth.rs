//! What really happened, as only the simulator can know it: what clients met, and what became of their writes. A
//! console's own measurements are judged against this.

use std::time::Duration;

use lifeboat_model::assessment::StoreKind;
use lifeboat_model::id::Region;
use lifeboat_model::time::Timestamp;
use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Truth {
    pub at: Timestamp,
    pub writes: Writes,
    /// By vantage, oldest first; those that still last come last.
    pub outages: Vec<Outage>,
    pub stores: Vec<StoreTruth>,
}

/// Clients' writes since offset zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Writes {
    pub attempted: u64,
    pub acknowledged: u64,
    pub failed: u64,
}

/// From the first failed canary of a vantage to its first good one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outage {
    /// Where the clients are.
    pub vantage: String,
    pub begun: Timestamp,
    /// `None` while it lasts.
    pub ended: Option<Timestamp>,
}

impl Outage {
    pub fn length(&self, now: Timestamp) -> Duration {
        lifeboat_model::time::age(self.ended.unwrap_or(now), self.begun)
    }
}

/// What became of the acknowledged writes to one store: found, still on their way or held, or lost. The three make
/// up what was acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StoreTruth {
    pub kind: StoreKind,
    pub name: String,
    /// The region in which one would look.
    pub region: Region,
    pub acknowledged: u64,
    pub found: u64,
    /// In the other region only: on its way, held there, or never to be sent for want of a rule.
    pub elsewhere: u64,
    /// For good.
    pub lost: u64,
    /// How much time of writes the last lossy failover cost.
    pub lost_time: Option<Duration>,
}

impl Truth {
    /// The longest that clients of any one vantage could not write.
    pub fn longest_outage(&self) -> Option<Duration> {
        self.outages.iter().map(|outage| outage.length(self.at)).max()
    }

    pub fn store(&self, kind: StoreKind) -> Option<&StoreTruth> {
        self.stores.iter().find(|store| store.kind == kind)
    }
}
