//! Clients that hold a URL: each vantage asks a parameter now and then which one, in the region it uses, and in the
//! other when that one does not answer.

use serde::{Deserialize, Serialize};

use crate::scenario::VANTAGES;
use crate::side::Side;

/// Between two looks of one vantage.
const ASKS_EVERY_S: i64 = 30;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HeldUrls([Held; VANTAGES.len()]);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Held {
    side: Side,
    asks_at: i64,
}

/// What a region's copy of the parameter says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// Nobody answers there.
    Silent,
    /// It leads to neither region: clients keep what they hold.
    Elsewhere,
    To(Side),
}

impl HeldUrls {
    /// Vantages do not ask at the same moment.
    pub(crate) fn new(now: i64) -> Self {
        Self(std::array::from_fn(|vantage| {
            let phase = i64::try_from(vantage).unwrap_or_default() * 7;
            Held { side: Side::Home, asks_at: now + 1 + phase }
        }))
    }

    pub(crate) fn at(&self, vantage: usize) -> Option<Side> {
        self.0.get(vantage).map(|held| held.side)
    }

    pub(crate) fn step(&mut self, now: i64, told: impl Fn(Side) -> Told) {
        for held in &mut self.0 {
            if now < held.asks_at {
                continue;
            }
            held.asks_at = now + ASKS_EVERY_S;
            let answer = [held.side, held.side.other()].map(&told).into_iter().find(|told| *told != Told::Silent);
            if let Some(Told::To(side)) = answer {
                held.side = side;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(held: &mut HeldUrls, from: i64, told: impl Fn(Side) -> Told) -> Vec<Side> {
        for now in from..from + 2 * ASKS_EVERY_S {
            held.step(now, &told);
        }
        (0..VANTAGES.len()).filter_map(|vantage| held.at(vantage)).collect()
    }

    #[test]
    fn clients_believe_the_region_they_use_and_the_other_only_when_that_is_silent() {
        let mut held = HeldUrls::new(0);
        let (home, partner) = ([Side::Home; VANTAGES.len()], [Side::Partner; VANTAGES.len()]);
        let copies = |home: Told, partner: Told| {
            move |side: Side| match side {
                Side::Home => home,
                Side::Partner => partner,
            }
        };
        let only_partners = copies(Told::To(Side::Home), Told::To(Side::Partner));
        assert_eq!(settled(&mut held, 0, only_partners), home, "the standby's copy alone moves nobody");
        assert_eq!(settled(&mut held, 100, copies(Told::Silent, Told::Elsewhere)), home);
        assert_eq!(settled(&mut held, 200, copies(Told::Silent, Told::Silent)), home);
        assert_eq!(settled(&mut held, 300, copies(Told::Silent, Told::To(Side::Partner))), partner);
        assert_eq!(settled(&mut held, 400, only_partners), partner, "and a stale copy at home brings nobody back");
        assert_eq!(settled(&mut held, 500, copies(Told::To(Side::Home), Told::To(Side::Home))), home);
    }
}
