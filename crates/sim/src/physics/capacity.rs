//! Auto Scaling groups: an instance that is wanted serves only after it has booted.

use serde::{Deserialize, Serialize};

use crate::draw::{Draw, Topic};
use crate::faults::Conditions;
use crate::side::{Pair, Side};

/// Client writes a second that one instance bears.
const WRITES_PER_INSTANCE: f64 = 8.0;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Groups {
    topics: Pair<Topic>,
    pub(crate) groups: Pair<Group>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) min: u32,
    pub(crate) desired: u32,
    pub(crate) max: u32,
    pub(crate) in_service: u32,
    /// When each booting instance will serve.
    pub(crate) booting: Vec<i64>,
}

impl Groups {
    pub(crate) fn new(names: [&str; 2], sizes: [(u32, u32, u32); 2]) -> Self {
        let [home, partner] = names;
        let group = |(min, desired, max)| Group { min, desired, max, in_service: desired, booting: Vec::new() };
        let [home_size, partner_size] = sizes;
        Self {
            topics: Pair::new(Topic::new(home, "boot"), Topic::new(partner, "boot")),
            groups: Pair::new(group(home_size), group(partner_size)),
        }
    }

    pub(crate) fn step(&mut self, draw: Draw, conditions: &Conditions, now: i64) {
        for side in Side::BOTH {
            if *conditions.lost.at(side) {
                continue;
            }
            let topic = *self.topics.at(side);
            self.groups.at_mut(side).step(draw, topic, now);
        }
    }

    /// Client writes a second that the region's instances bear.
    pub(crate) fn bears(&self, side: Side) -> f64 {
        f64::from(self.groups.at(side).in_service) * WRITES_PER_INSTANCE
    }
}

impl Group {
    fn step(&mut self, draw: Draw, topic: Topic, now: i64) {
        let before = self.booting.len();
        self.booting.retain(|ready_at| *ready_at > now);
        let ready = u32::try_from(before - self.booting.len()).unwrap_or(u32::MAX);
        self.in_service = self.in_service.saturating_add(ready).min(self.desired);
        while self.in_service.saturating_add(u32::try_from(self.booting.len()).unwrap_or(u32::MAX)) < self.desired {
            let nth = topic.nth(self.booting.len() as u64);
            self.booting.push(now + draw.seconds(nth, now, 60, 120));
        }
        let wanted = self.desired.saturating_sub(self.in_service) as usize;
        self.booting.truncate(wanted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_serve_after_a_minute_or_two_and_leave_at_once() {
        let mut groups = Groups::new(["a", "b"], [(2, 4, 8), (2, 2, 8)]);
        let (draw, calm) = (Draw::new(1), Conditions::calm());
        groups.groups.partner.desired = 6;
        for now in 0..59 {
            groups.step(draw, &calm, now);
        }
        assert_eq!(groups.groups.partner.in_service, 2);
        for now in 59..130 {
            groups.step(draw, &calm, now);
        }
        assert_eq!(groups.groups.partner.in_service, 6);
        groups.groups.partner.desired = 3;
        groups.step(draw, &calm, 131);
        assert_eq!((groups.groups.partner.in_service, groups.groups.partner.booting.len()), (3, 0));
    }
}
