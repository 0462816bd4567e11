//! How long access that was raised on the screen still lasts: by the terminal's own time, not by a simulated world's.

use lifeboat_engine::clock::SystemClock;
use lifeboat_model::time::{Clock as _, Duration, Timestamp, age};
use tokio::time::Instant;

/// Long enough for a failover with its questions; whoever needs longer types the name again.
pub(crate) const LASTS: Duration = Duration::from_mins(30);

/// Since when access is raised, and for how long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Raised {
    at: Instant,
    /// A machine that sleeps stops the clock above, and not this one.
    since: Timestamp,
    lasts: Duration,
}

impl Raised {
    pub(super) fn now(lasts: Duration) -> Self {
        Self { at: Instant::now(), since: SystemClock.now(), lasts }
    }

    pub(super) fn left(self) -> Duration {
        left(self.lasts, self.at.elapsed(), age(SystemClock.now(), self.since))
    }
}

/// By whichever of the two clocks has gone further: one stands still while the machine sleeps, the other may be put back.
fn left(lasts: Duration, awake: Duration, by_wall: Duration) -> Duration {
    lasts.saturating_sub(awake.max(by_wall))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn access_runs_out_by_whichever_clock_has_gone_further() {
        let minutes = Duration::from_mins;
        assert_eq!(left(LASTS, minutes(10), minutes(10)), minutes(20));
        // The lid was shut for an hour.
        assert_eq!(left(LASTS, minutes(1), minutes(61)), Duration::ZERO);
        // The clock was put back.
        assert_eq!(left(LASTS, minutes(31), minutes(0)), Duration::ZERO);
    }
}
