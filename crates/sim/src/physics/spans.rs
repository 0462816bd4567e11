//! Stretches of time in which something was written: what of it is missing is told as time, not as a count.

use serde::{Deserialize, Serialize};

/// Writes less than this far apart, in seconds, are of one stretch.
const JOINED_WITHIN_S: i64 = 60;
/// More stretches than this are one long trouble, and only the newest are kept.
const KEPT: usize = 64;

/// Stretches of whole seconds, oldest first, both ends included.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Spans(Vec<(i64, i64)>);

impl Spans {
    pub(crate) fn add(&mut self, second: i64) {
        match self.0.last_mut() {
            Some((_, last)) if second - *last < JOINED_WITHIN_S => *last = second.max(*last),
            _ => {
                if self.0.len() == KEPT {
                    self.0.remove(0);
                }
                self.0.push((second, second));
            }
        }
    }

    /// Seconds in all stretches, from `since` on.
    pub(crate) fn length_s(&self, since: i64) -> i64 {
        let from = |(first, last): &(i64, i64)| (*last - (*first).max(since) + 1).max(0);
        self.0.iter().map(from).sum()
    }
}

impl FromIterator<i64> for Spans {
    fn from_iter<T: IntoIterator<Item = i64>>(seconds: T) -> Self {
        let mut spans = Self::default();
        for second in seconds {
            spans.add(second);
        }
        spans
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_close_to_one_another_are_one_stretch() {
        let spans: Spans = [10, 11, 13, 300, 310].into_iter().collect();
        assert_eq!(spans.length_s(0), 4 + 11);
        assert_eq!(spans.length_s(12), 2 + 11);
        assert_eq!(spans.length_s(305), 6);
        assert_eq!(spans.length_s(400), 0);
        assert_eq!(Spans::default().length_s(0), 0);
    }
}
