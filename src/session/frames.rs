//! How often the screen may be drawn: at most thirty frames a second in the long run, yet a key is
//! answered at once. Frames belong to the terminal, so they are paced in the machine's time, not the world's.

use std::time::Duration;

use tokio::time::Instant;

/// A thirtieth of a second.
const FRAME: Duration = Duration::from_millis(33);

/// Between two frames of which nobody asked for the second. Answers come in bursts, and nobody reads ten screens a
/// second: a frame for all of a burst costs the machine, and the line to the terminal, one.
const UNASKED: Duration = Duration::from_millis(100);

/// How many frames may follow each other without a pause. What polls tell never takes the last of them, so that a key
/// is answered at once however much is being read.
const BURST: u32 = 4;

/// For whom a frame is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Urgency {
    /// What arrives by itself.
    #[default]
    Poll,
    /// Somebody pressed a key and looks.
    Key,
}

/// A leaky bucket: each frame fills it by one, each thirtieth of a second empties it by one.
#[derive(Debug)]
pub(crate) struct FrameBudget {
    /// When the bucket will be empty.
    empty_at: Instant,
    /// When what arrives by itself may be drawn.
    unasked_at: Instant,
}

impl FrameBudget {
    pub(crate) fn new(now: Instant) -> Self {
        Self { empty_at: now, unasked_at: now }
    }

    /// When the next frame may be drawn; in the past when it may be drawn now.
    pub(crate) fn next(&self, urgency: Urgency) -> Instant {
        match urgency {
            Urgency::Poll => self.empty_at.max(self.unasked_at),
            Urgency::Key => self.empty_at.checked_sub(FRAME * (BURST - 1)).unwrap_or(self.empty_at),
        }
    }

    pub(crate) fn drawn(&mut self, now: Instant) {
        self.empty_at = self.empty_at.max(now) + FRAME;
        self.unasked_at = now + UNASKED;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn_within(length: Duration, urgency: Urgency) -> u32 {
        let start = Instant::now();
        let mut budget = FrameBudget::new(start);
        let mut now = start;
        let mut frames = 0;
        while now < start + length {
            budget.drawn(now);
            frames += 1;
            now = budget.next(urgency).max(now);
        }
        frames
    }

    #[test]
    fn the_screen_is_not_drawn_more_than_thirty_times_a_second_for_long() {
        let frames = drawn_within(Duration::from_secs(10), Urgency::Key);
        assert!((295..=308).contains(&frames), "{frames}");
    }

    #[test]
    fn what_nobody_asked_for_is_drawn_ten_times_a_second() {
        let frames = drawn_within(Duration::from_secs(10), Urgency::Poll);
        assert!((99..=101).contains(&frames), "{frames}");
    }

    #[test]
    fn a_key_is_answered_at_once_however_much_is_read() {
        let start = Instant::now();
        let mut budget = FrameBudget::new(start);
        let mut now = start;
        for _ in 0..100 {
            now = budget.next(Urgency::Poll).max(now);
            budget.drawn(now);
            assert!(budget.next(Urgency::Key) <= now);
        }
        // As is the next one, and the one after it.
        budget.drawn(now);
        budget.drawn(now);
        assert!(budget.next(Urgency::Key) <= now);
        budget.drawn(now);
        assert!(budget.next(Urgency::Key) > now);
    }
}
