//! The clients: every second, at each vantage, some write through the public name. From them true outage is known.

use serde::{Deserialize, Serialize};

use crate::draw::{Draw, Topic};
use crate::scenario::VANTAGES;
use crate::side::Side;

/// Writes a second at each vantage, on average.
const RATES: [f64; VANTAGES.len()] = [6.0, 4.0, 4.0, 2.0];
/// More outages than this are one long trouble, and only the newest are kept.
const OUTAGES_KEPT: usize = 256;
/// Between two canaries of one run.
pub(crate) const CANARY_INTERVAL_S: i64 = 5;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Clients {
    topics: [Topic; VANTAGES.len()],
    load: Topic,
    pub(crate) attempted: u64,
    pub(crate) failed: u64,
    failing_since: [Option<i64>; VANTAGES.len()],
    pub(crate) over: Vec<OutageOver>,
    /// From which second on the console's own vantage was led to which side, oldest first.
    led: Vec<(i64, Side)>,
}

/// An outage of one vantage that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OutageOver {
    pub(crate) vantage: u8,
    pub(crate) begun: i64,
    pub(crate) ended: i64,
}

impl Clients {
    pub(crate) fn new(name: &str) -> Self {
        let topic = Topic::new(name, "write");
        Self {
            topics: std::array::from_fn(|vantage| topic.nth(vantage as u64)),
            load: Topic::new(name, "load"),
            attempted: 0,
            failed: 0,
            failing_since: [None; VANTAGES.len()],
            over: Vec::new(),
            led: Vec::new(),
        }
    }

    /// How many writes each vantage offers this second.
    pub(crate) fn offered(&self, draw: Draw, now: i64) -> [u32; VANTAGES.len()] {
        let busy = draw.wander(self.load, now, 600).mul_add(0.4, 0.8);
        std::array::from_fn(|vantage| {
            let rate = RATES.get(vantage).copied().unwrap_or_default() * busy;
            let topic = self.topics.get(vantage).copied().unwrap_or(self.load);
            let whole = draw.unit(topic, now).mul_add(1.0, rate - 0.5).max(1.0);
            small(whole)
        })
    }

    /// How many of `count` fail when each does with this chance, and whether the first, the canary, is among them.
    pub(crate) fn failing(&self, draw: Draw, vantage: usize, now: i64, count: u32, share: f64) -> (u32, bool) {
        if share <= 0.0 {
            return (0, false);
        }
        if share >= 1.0 {
            return (count, count > 0);
        }
        let topic = self.topics.get(vantage).copied().unwrap_or(self.load);
        let fails = |index: u32| draw.happens(topic.nth(u64::from(index) + 1), now, share);
        ((0..count).map(|index| u32::from(fails(index))).sum(), fails(0))
    }

    /// Notes where clients of the console's own vantage arrive; without an answer they stay where they were.
    pub(crate) fn lead(&mut self, now: i64, to: Option<Side>) {
        let Some(side) = to.filter(|side| self.led.last().is_none_or(|(_, last)| last != side)) else { return };
        if self.led.len() == OUTAGES_KEPT {
            self.led.remove(0);
        }
        self.led.push((now, side));
    }

    /// Where clients of the console's own vantage were led in a second.
    pub(crate) fn led_at(&self, second: i64) -> Side {
        let at = self.led.iter().rev().find(|(since, _)| *since <= second).or_else(|| self.led.first());
        at.map_or(Side::Home, |(_, side)| *side)
    }

    /// The outages of one vantage that lasted past `since`, those merged that no canary could tell apart; the end of
    /// one that lasts is `now`.
    pub(crate) fn outages(&self, vantage: usize, since: i64, now: i64) -> Vec<(i64, i64)> {
        let over = self.over.iter().filter(|outage| usize::from(outage.vantage) == vantage);
        let over = over.map(|outage| (outage.begun, outage.ended));
        let lasting = self.failing_since.get(vantage).copied().flatten().map(|begun| (begun, now));
        let mut merged: Vec<(i64, i64)> = Vec::new();
        for (begun, ended) in over.chain(lasting) {
            match merged.last_mut() {
                Some((_, last)) if begun - *last < CANARY_INTERVAL_S => *last = ended,
                _ => merged.push((begun, ended)),
            }
        }
        merged.retain(|(_, ended)| *ended > since);
        merged
    }

    /// A client's write beside those of the crowd.
    pub(crate) fn acknowledge_one(&mut self) {
        self.attempted += 1;
    }

    pub(crate) fn record(&mut self, vantage: usize, now: i64, count: u32, failed: u32, canary_failed: bool) {
        self.attempted += u64::from(count);
        self.failed += u64::from(failed);
        let Some(since) = self.failing_since.get_mut(vantage) else { return };
        match (*since, canary_failed) {
            (None, true) => *since = Some(now),
            (Some(begun), false) => {
                *since = None;
                if self.over.len() == OUTAGES_KEPT {
                    self.over.remove(0);
                }
                self.over.push(OutageOver { vantage: u8::try_from(vantage).unwrap_or(u8::MAX), begun, ended: now });
            }
            (None, false) | (Some(_), true) => {}
        }
    }

    /// The vantages that fail now, and since when.
    pub(crate) fn failing_now(&self) -> impl Iterator<Item = (usize, i64)> {
        self.failing_since.iter().enumerate().filter_map(|(vantage, since)| since.map(|since| (vantage, since)))
    }

    /// Forgets what was counted, so that truth begins at offset zero.
    pub(crate) fn reset(&mut self) {
        self.attempted = 0;
        self.failed = 0;
        self.over.clear();
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few writes a second, never negative")]
fn small(count: f64) -> u32 {
    count as u32
}
