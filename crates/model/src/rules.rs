//! The pure rules from facts to judgements. Each takes values and gives values; the time is an argument.

use crate::assessment::{Assessment, RunHistory};
use crate::read::Tempo;
use crate::snapshot::Snapshot;
use crate::time::Timestamp;
use crate::topology::Deployment;

pub mod reads;

/// Judges everything known of `deployment` at `now`. `tempo` is the one the pollers run at: it decides what is stale.
pub fn assess(
    deployment: &Deployment,
    snapshot: &Snapshot,
    history: &RunHistory,
    tempo: Tempo,
    now: Timestamp,
) -> Assessment {
    let _ = (snapshot, history, tempo);
    Assessment::unread(deployment, now)
}
