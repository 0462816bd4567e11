//! Chance for a story: a hash of its seed and of what is asked. There is no stream, so a story told with one question
//! more is the same story but for that answer.

use lifeboat_model::time::Duration;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Dice(u64);

/// The finaliser of `SplitMix64`: every bit of the input moves about half of the output's.
const fn mix(mut word: u64) -> u64 {
    word ^= word >> 30;
    word = word.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word ^= word >> 27;
    word = word.wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(mix(seed ^ 0x9e37_79b9_7f4a_7c15))
    }

    /// The chance of one matter.
    pub(crate) fn on(self, matter: &str) -> Self {
        let folded = matter
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
        Self(mix(self.0 ^ mix(folded)))
    }

    /// The same matter for the nth time.
    pub(crate) fn nth(self, index: u64) -> Self {
        Self(mix(self.0.wrapping_add(index.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15))))
    }

    /// Evenly from 0 to `end`, which is excluded.
    pub(crate) fn below(self, end: u64) -> u64 {
        self.0 % end.max(1)
    }

    /// Whether something of this chance happens.
    pub(crate) fn percent(self, chance: u64) -> bool {
        self.below(100) < chance
    }

    pub(crate) fn between_ms(self, low: u64, high: u64) -> Duration {
        Duration::from_millis(low + self.below(high.saturating_sub(low).saturating_add(1)))
    }

    pub(crate) fn between_s(self, low: u64, high: u64) -> Duration {
        self.between_ms(low * 1000, high * 1000)
    }

    pub(crate) fn pick<T>(self, from: &[T]) -> Option<&T> {
        let index = usize::try_from(self.below(from.len() as u64)).unwrap_or_default();
        from.get(index)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn matters_and_turns_are_of_their_own() {
        let dice = Dice::new(7);
        let words: BTreeSet<u64> = (0..100).map(|turn| dice.on("a").nth(turn).0).collect();
        assert_eq!(words.len(), 100);
        assert_ne!(dice.on("a").0, dice.on("b").0);
        assert_eq!(dice.on("a").nth(3).0, Dice::new(7).on("a").nth(3).0);
    }

    #[test]
    fn a_chance_is_about_as_often_as_it_says() {
        let often = (0..10_000).filter(|turn| Dice::new(1).nth(*turn).percent(30)).count();
        assert!((2700..3300).contains(&often), "{often}");
    }
}
