//! The machine's own clock, for everything that is not simulated.

use lifeboat_model::time::{Clock, Duration, Sleep, Timestamp};

/// Wall time in UTC, and sleeping on the async runtime.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one clock that reads the machine's")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    #[expect(clippy::disallowed_methods, reason = "this is the one clock that sleeps on the runtime")]
    fn sleep(&self, length: Duration) -> Sleep {
        Box::pin(tokio::time::sleep(length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_sleep_lasts_as_long_as_asked() {
        let before = tokio::time::Instant::now();
        SystemClock.sleep(Duration::from_secs(90)).await;
        assert!(before.elapsed() >= Duration::from_secs(90));
    }
}
