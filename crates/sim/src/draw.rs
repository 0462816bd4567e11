//! Chance as a pure function of (seed, resource, operation, logical time). There is no stream to share, so no
//! reader, thread or order of questions can change what happens.

use serde::{Deserialize, Serialize};

/// The source of a world's chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Draw(u64);

/// A resource or operation, hashed once so that the hot path compares no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Topic(u64);

/// The finaliser of `SplitMix64`: every bit of the input moves about half of the output's.
const fn mix(mut word: u64) -> u64 {
    word ^= word >> 30;
    word = word.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word ^= word >> 27;
    word = word.wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// FNV-1a, then mixed: stable across versions and machines, which `std`'s hasher does not promise.
pub(crate) fn digest(bytes: &[u8]) -> u64 {
    let folded = bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3));
    mix(folded)
}

impl Topic {
    pub(crate) fn new(resource: &str, operation: &str) -> Self {
        Self(digest(resource.as_bytes()).rotate_left(23) ^ digest(operation.as_bytes()))
    }

    /// The same topic for the nth of several alike things.
    pub(crate) fn nth(self, index: u64) -> Self {
        Self(mix(self.0 ^ index.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }
}

impl Draw {
    pub(crate) fn new(seed: u64) -> Self {
        Self(mix(seed ^ 0x5851_f42d_4c95_7f2d))
    }

    pub(crate) fn word(self, topic: Topic, time: i64) -> u64 {
        mix(mix(self.0 ^ topic.0).wrapping_add(time.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }

    /// Evenly from 0 (included) to 1 (excluded).
    pub(crate) fn unit(self, topic: Topic, time: i64) -> f64 {
        (self.word(topic, time) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Evenly from `low` to `high`.
    pub(crate) fn between(self, topic: Topic, time: i64, low: f64, high: f64) -> f64 {
        (high - low).mul_add(self.unit(topic, time), low)
    }

    /// Whole seconds, evenly from `low` to `high`, both included.
    pub(crate) fn seconds(self, topic: Topic, time: i64, low: i64, high: i64) -> i64 {
        let span = high.saturating_sub(low).saturating_add(1).max(1).cast_unsigned();
        low.saturating_add_unsigned(self.word(topic, time) % span)
    }

    /// Whether something of this chance happens.
    pub(crate) fn happens(self, topic: Topic, time: i64, chance: f64) -> bool {
        self.unit(topic, time) < chance
    }

    /// A value that wanders smoothly between 0 and 1, with a knot every `every` seconds.
    pub(crate) fn wander(self, topic: Topic, time: i64, every: i64) -> f64 {
        let every = every.max(1);
        let knot = time.div_euclid(every);
        let part = time.rem_euclid(every) as f64 / every as f64;
        let from = self.unit(topic, knot);
        let to = self.unit(topic, knot.saturating_add(1));
        (to - from).mul_add(part, from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_question_has_the_same_answer_and_others_differ() {
        let draw = Draw::new(7);
        let topic = Topic::new("aurora-primary-dev", "promote");
        assert_eq!(draw.word(topic, 12), Draw::new(7).word(topic, 12));
        assert_ne!(draw.word(topic, 12), draw.word(topic, 13));
        assert_ne!(draw.word(topic, 12), draw.word(Topic::new("aurora-dr-dev", "promote"), 12));
        assert_ne!(draw.word(topic, 12), draw.word(Topic::new("aurora-primary-dev", "fence"), 12));
        assert_ne!(draw.word(topic, 12), Draw::new(8).word(topic, 12));
        assert_ne!(draw.word(topic.nth(0), 12), draw.word(topic.nth(1), 12));
    }

    #[test]
    fn chance_is_even() {
        let draw = Draw::new(1);
        let topic = Topic::new("a", "b");
        let mean = (0..10_000).map(|time| draw.unit(topic, time)).sum::<f64>() / 10_000.0;
        assert!((mean - 0.5).abs() < 0.01, "{mean}");
        let hits = (0..10_000).filter(|time| draw.happens(topic, *time, 0.18)).count();
        assert!((1_700..1_900).contains(&hits), "{hits}");
    }

    #[test]
    fn bounds_are_kept() {
        let draw = Draw::new(3);
        let topic = Topic::new("a", "b");
        let seen: Vec<i64> = (0..1_000).map(|time| draw.seconds(topic, time, 40, 90)).collect();
        assert_eq!((seen.iter().min(), seen.iter().max()), (Some(&40), Some(&90)));
        assert!((0..1_000).all(|time| (0.0..=1.0).contains(&draw.wander(topic, time, 60))));
    }
}
