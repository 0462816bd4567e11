//! How often the screen may be drawn: at most thirty frames a second in the long run, yet a key is
//! answered at once. Frames belong to the terminal, so they are paced in the machine's time, not the world's.

use std::time::Duration;

use tokio::time::Instant;

/// A thirtieth of a second.
const FRAME: Duration = Duration::from_millis(33);

/// How many frames may follow each other without a pause, so that a poll's frame does not delay a key's.
const BURST: u32 = 3;

/// A leaky bucket: each frame fills it by one, each thirtieth of a second empties it by one.
#[derive(Debug)]
pub(crate) struct FrameBudget {
    /// When the bucket will be empty.
    empty_at: Instant,
}

impl FrameBudget {
    pub(crate) fn new(now: Instant) -> Self {
        Self { empty_at: now }
    }

    /// When the next frame may be drawn; in the past when it may be drawn now.
    pub(crate) fn next(&self) -> Instant {
        self.empty_at.checked_sub(FRAME * (BURST - 1)).unwrap_or(self.empty_at)
    }

    pub(crate) fn drawn(&mut self, now: Instant) {
        self.empty_at = self.empty_at.max(now) + FRAME;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn_within(length: Duration) -> u32 {
        let start = Instant::now();
        let mut budget = FrameBudget::new(start);
        let mut now = start;
        let mut frames = 0;
        while now < start + length {
            budget.drawn(now);
            frames += 1;
            now = budget.next().max(now);
        }
        frames
    }

    #[test]
    fn the_screen_is_not_drawn_more_than_thirty_times_a_second_for_long() {
        let frames = drawn_within(Duration::from_secs(10));
        assert!((295..=306).contains(&frames), "{frames}");
    }

    #[test]
    fn a_key_after_a_poll_is_answered_at_once() {
        let now = Instant::now();
        let mut budget = FrameBudget::new(now);
        budget.drawn(now);
        budget.drawn(now);
        assert!(budget.next() <= now);
        budget.drawn(now);
        assert!(budget.next() > now);
    }
}
