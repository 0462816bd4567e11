//! The hours before offset zero: the same physics in calm, run only when somebody looks back that far, so that
//! opening a world costs nothing for a history nobody reads.

use std::sync::{Arc, OnceLock};

use crate::physics::metrics::{MINUTES_KEPT, Metrics, Slot};
use crate::world::{Setting, World};

#[derive(Debug, Default)]
pub(crate) struct Past(OnceLock<Metrics>);

impl Past {
    /// The point of a minute that lies before everything the world itself remembers.
    pub(crate) fn point(&self, setting: &Arc<Setting>, slot: Slot, minute: i64) -> Option<f64> {
        // Of a deployment that was made since, there is nothing before.
        if setting.estate.built_at >= 0 {
            return None;
        }
        let metrics = self.0.get_or_init(|| {
            let start = i64::try_from(MINUTES_KEPT).unwrap_or_default() * -60;
            let mut world = World::before(Arc::clone(setting), start);
            world.advance_to(-60);
            world.state.metrics
        });
        metrics.point(slot, minute)
    }
}
