//! How long access that was raised on the screen still lasts: by the terminal's own time, not by a simulated world's.

use lifeboat_engine::clock::SystemClock;
use lifeboat_model::time::{Clock as _, Duration, Timestamp, age};
use tokio::time::Instant;

/// Long enough for a failover with its questions; whoever needs longer types the name again.
pub(crate) const LASTS: Duration = Duration::from_mins(30);

/// Since when access is raised.
#[derive(Clone, Copy, Debug)]
pub(super) struct Raised {
    at: Instant,
    /// A machine that sleeps stops the clock above, and not this one.
    since: Timestamp,
}

impl Raised {
    pub(super) fn now() -> Self {
        Self { at: Instant::now(), since: SystemClock.now() }
    }

    /// By whichever of the two clocks has gone further.
    pub(super) fn left(self) -> Duration {
        LASTS.saturating_sub(self.at.elapsed().max(age(SystemClock.now(), self.since)))
    }
}
