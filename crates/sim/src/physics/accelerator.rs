//! Global Accelerator: dials, weights and endpoint health decide where new flows go. Failover ignores dials, but not
//! a weight of zero; with nothing healthy it fails open; and every change takes a while to reach the edge.

use serde::{Deserialize, Serialize};

use crate::draw::{Draw, Topic};
use crate::side::{Pair, Side};

/// Three failed checks, ten seconds apart.
const DETECTION_S: i64 = 30;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Accelerator {
    topic: Topic,
    /// As configured and measured now.
    pub(crate) now: Policy,
    /// As the edge goes by it.
    edge: Policy,
    reaches_edge_at: Option<i64>,
    /// Since when each endpoint's health has differed from what is believed.
    turning_since: Pair<Option<i64>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Policy {
    pub(crate) dials_percent: Pair<f64>,
    pub(crate) weights: Pair<u32>,
    pub(crate) healthy: Pair<bool>,
}

impl Accelerator {
    pub(crate) fn new(name: &str, dials_percent: Pair<f64>) -> Self {
        let policy = Policy { dials_percent, weights: Pair::new(128, 128), healthy: Pair::new(true, true) };
        Self {
            topic: Topic::new(name, "flows"),
            now: policy,
            edge: policy,
            reaches_edge_at: None,
            turning_since: Pair::default(),
        }
    }

    pub(crate) fn step(&mut self, draw: Draw, endpoint_well: Pair<bool>, now: i64) {
        for side in Side::BOTH {
            let well = *endpoint_well.at(side);
            let turning = self.turning_since.at_mut(side);
            if well == *self.now.healthy.at(side) {
                *turning = None;
            } else if now - *turning.get_or_insert(now) >= DETECTION_S {
                *self.now.healthy.at_mut(side) = well;
                *turning = None;
            }
        }
        if self.now == self.edge {
            self.reaches_edge_at = None;
            return;
        }
        let delay = draw.seconds(self.topic, now, 20, 30);
        if now >= *self.reaches_edge_at.get_or_insert(now + delay) {
            self.edge = self.now;
            self.reaches_edge_at = None;
        }
    }

    /// Where a new flow of clients at `vantage` goes; `None` when every endpoint is weighted out.
    pub(crate) fn route(&self, draw: Draw, vantage: usize, now: i64) -> Option<Side> {
        let near = if vantage.is_multiple_of(2) { Side::Home } else { Side::Partner };
        let chance = draw.unit(self.topic.nth(vantage as u64), now) * 100.0;
        self.edge.route(near, chance)
    }

    pub(crate) fn in_progress(&self) -> bool {
        self.reaches_edge_at.is_some()
    }
}

impl Policy {
    fn route(&self, near: Side, chance_percent: f64) -> Option<Side> {
        let far = near.other();
        let weighted = |side: Side| *self.weights.at(side) > 0;
        let serves = |side: Side| weighted(side) && *self.healthy.at(side);
        let dialled = if chance_percent < *self.dials_percent.at(near) || *self.dials_percent.at(far) <= 0.0 {
            near
        } else {
            far
        };
        // A dial of zero turns away what is directed there, unless the other is closed too.
        let wanted = if *self.dials_percent.at(dialled) <= 0.0 && *self.dials_percent.at(dialled.other()) > 0.0 {
            dialled.other()
        } else {
            dialled
        };
        [wanted, wanted.other()]
            .into_iter()
            .find(|side| serves(*side))
            .or_else(|| [wanted, wanted.other()].into_iter().find(|side| weighted(*side)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(dials: (f64, f64), weights: (u32, u32), healthy: (bool, bool)) -> Policy {
        Policy {
            dials_percent: Pair::new(dials.0, dials.1),
            weights: Pair::new(weights.0, weights.1),
            healthy: Pair::new(healthy.0, healthy.1),
        }
    }

    #[test]
    fn flows_follow_dials_weights_and_health() {
        use Side::{Home, Partner};
        let cases = [
            ("active and passive", policy((100.0, 0.0), (128, 128), (true, true)), Some(Home)),
            ("failover ignores the dial", policy((100.0, 0.0), (128, 128), (false, true)), Some(Partner)),
            ("but not a weight of zero", policy((100.0, 0.0), (128, 0), (false, true)), Some(Home)),
            ("nothing healthy: fail open", policy((100.0, 0.0), (128, 128), (false, false)), Some(Home)),
            ("dials exchanged", policy((0.0, 100.0), (128, 128), (true, true)), Some(Partner)),
            ("nothing may be used", policy((100.0, 100.0), (0, 0), (true, true)), None),
        ];
        for (what, policy, side) in cases {
            for near in Side::BOTH {
                for chance in [0.0, 50.0, 99.9] {
                    assert_eq!(policy.route(near, chance), side, "{what}");
                }
            }
        }
    }

    #[test]
    fn a_lost_endpoint_is_left_after_detection_and_a_while() {
        let mut accelerator = Accelerator::new("a", Pair::new(100.0, 0.0));
        let draw = Draw::new(1);
        let moved = (0..200).find(|now| {
            accelerator.step(draw, Pair::new(false, true), *now);
            accelerator.route(draw, 0, *now) == Some(Side::Partner)
        });
        assert!(moved.is_some_and(|at| (50..=60).contains(&at)), "{moved:?}");
    }
}
