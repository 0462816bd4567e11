//! A `DynamoDB` global table: every replica writes, the last writer wins, and what a region had not sent when it was
//! lost is held there and sent when it is back, when a newer write may suppress it.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::named::{Named, Nonce};
use super::spans::Spans;
use crate::draw::{Draw, Topic};
use crate::faults::Conditions;
use crate::side::{Pair, Side};

/// The share of writes that go to keys which are written again and again.
const CONTENDED: f64 = 0.1;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct GlobalTable {
    latency: Pair<Topic>,
    contention: Pair<Topic>,
    /// Writes of each side that the other has not got.
    sending: Pair<VecDeque<Sent>>,
    /// The last second in which each side accepted a write of its own.
    wrote_at: Pair<i64>,
    /// Writes on each replica, its own and those that arrived.
    pub(crate) present: Pair<u64>,
    /// Arrivals that lost to a newer write.
    pub(crate) suppressed: Pair<u64>,
    pub(crate) acknowledged: u64,
    /// What the newest arrivals of each side took, in milliseconds; `None` when nothing arrived this second.
    pub(crate) latency_ms: Pair<Option<f64>>,
    items: Pair<BTreeMap<String, Item>>,
    items_sending: Pair<VecDeque<(String, Item)>>,
    named: Named,
}

/// One named item, as an operator's canary writes it; clients' writes are only counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Item {
    written_at: i64,
    /// `None` once deleted: the deletion has to win over older writes too.
    pub(crate) attributes: Option<Vec<(String, String)>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Sent {
    second: i64,
    count: u32,
    contended: bool,
}

impl GlobalTable {
    pub(crate) fn new(table: &str) -> Self {
        Self {
            latency: Pair::new(Topic::new(table, "latency-home"), Topic::new(table, "latency-partner")),
            contention: Pair::new(Topic::new(table, "contention-home"), Topic::new(table, "contention-partner")),
            sending: Pair::default(),
            wrote_at: Pair::new(i64::MIN, i64::MIN),
            present: Pair::default(),
            suppressed: Pair::default(),
            acknowledged: 0,
            latency_ms: Pair::default(),
            items: Pair::default(),
            items_sending: Pair::default(),
            named: Named::default(),
        }
    }

    /// Writes or, without attributes, deletes a named item on one replica.
    pub(crate) fn put_item(&mut self, side: Side, now: i64, key: &str, attributes: Option<Vec<(String, String)>>) {
        let item = Item { written_at: now, attributes };
        self.items.at_mut(side).insert(key.to_owned(), item.clone());
        self.items_sending.at_mut(side).push_back((key.to_owned(), item));
    }

    pub(crate) fn item(&self, side: Side, key: &str) -> Option<&Vec<(String, String)>> {
        self.items.at(side).get(key).and_then(|item| item.attributes.as_ref())
    }

    fn send_items(&mut self, from: Side, latency_ms: f64, now: i64) {
        while let Some((key, item)) = self.items_sending.at_mut(from).pop_front() {
            if ((now - item.written_at) as f64) * 1000.0 < latency_ms {
                self.items_sending.at_mut(from).push_front((key, item));
                break;
            }
            let there = self.items.at_mut(from.other());
            if there.get(&key).is_none_or(|held| held.written_at <= item.written_at) {
                there.insert(key, item);
            }
        }
    }

    pub(crate) fn write(&mut self, draw: Draw, side: Side, now: i64, count: u32) {
        if count == 0 {
            return;
        }
        self.acknowledged += u64::from(count);
        *self.present.at_mut(side) += u64::from(count);
        *self.wrote_at.at_mut(side) = now;
        let contended = draw.happens(*self.contention.at(side), now, CONTENDED);
        self.sending.at_mut(side).push_back(Sent { second: now, count, contended });
    }

    /// A write to a key of its own, which no other write can suppress, and which can be looked for afterwards.
    pub(crate) fn write_named(&mut self, side: Side, now: i64, nonce: Nonce) {
        self.acknowledged += 1;
        *self.present.at_mut(side) += 1;
        *self.wrote_at.at_mut(side) = now;
        self.sending.at_mut(side).push_back(Sent { second: now, count: 1, contended: false });
        self.named.put(side, now, nonce, true);
    }

    pub(crate) fn has(&self, side: Side, nonce: Nonce) -> bool {
        self.named.has(side, nonce)
    }

    /// When the writes of a side were made that are not on the other yet.
    pub(crate) fn held(&self, side: Side) -> Spans {
        self.sending.at(side).iter().map(|sent| sent.second).collect()
    }

    /// Writes of a side that are not on the other yet.
    pub(crate) fn waiting(&self, side: Side) -> u64 {
        self.sending.at(side).iter().map(|sent| u64::from(sent.count)).sum()
    }

    pub(crate) fn step(&mut self, draw: Draw, conditions: &Conditions, now: i64) {
        for from in Side::BOTH {
            *self.latency_ms.at_mut(from) = None;
            if conditions.linked() {
                self.send(draw, conditions, from, now);
            }
        }
    }

    fn send(&mut self, draw: Draw, conditions: &Conditions, from: Side, now: i64) {
        let to = from.other();
        let topic = *self.latency.at(from);
        let usual = draw.wander(topic, now, 300).mul_add(250.0, 300.0) + draw.unit(topic, now) * 200.0;
        let latency = usual * conditions.dynamodb_slow;
        self.send_items(from, latency, now);
        let newest_there = *self.wrote_at.at(to);
        let mut slowest: Option<f64> = None;
        while let Some(sent) = self.sending.at(from).front().copied() {
            // A write of this very second left at its beginning and may arrive at its end.
            let age_ms = (now - sent.second + 1) as f64 * 1000.0;
            if age_ms <= latency {
                break;
            }
            self.sending.at_mut(from).pop_front();
            let took = if age_ms - 1000.0 > latency { age_ms - 1000.0 } else { latency };
            slowest = Some(slowest.map_or(took, |slowest| slowest.max(took)));
            let tally =
                if sent.contended && newest_there > sent.second { &mut self.suppressed } else { &mut self.present };
            *tally.at_mut(to) += u64::from(sent.count);
        }
        self.named.arrive(from, |second| (now - second + 1) as f64 * 1000.0 > latency);
        *self.latency_ms.at_mut(from) = slowest;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_write_is_found_on_its_way_or_suppressed(seed: u64, cut_at in 1..200_i64, cut_for in 0..200_i64) {
            let draw = Draw::new(seed);
            let mut table = GlobalTable::new("table");
            for now in 1..600 {
                let mut conditions = Conditions::calm();
                let cut = (cut_at..cut_at + cut_for).contains(&now);
                conditions.lost.home = cut;
                let writer = if now >= cut_at { Side::Partner } else { Side::Home };
                table.write(draw, writer, now, 5);
                table.step(draw, &conditions, now);
                for side in Side::BOTH {
                    let found = table.present.at(side) + table.suppressed.at(side) + table.waiting(side.other());
                    prop_assert_eq!(table.acknowledged, found);
                }
            }
            prop_assert!(table.waiting(Side::Home) == 0, "held writes propagate once the region is back");
        }
    }

    #[test]
    fn writes_held_in_a_lost_region_arrive_late_and_some_lose_to_newer_ones() {
        let draw = Draw::new(1);
        let mut table = GlobalTable::new("table");
        let mut conditions = Conditions::calm();
        conditions.partitioned = true;
        for now in 1..200 {
            table.write(draw, Side::Home, now, 5);
            table.step(draw, &conditions, now);
        }
        assert_eq!((table.waiting(Side::Home), table.present.partner), (995, 0));
        table.write(draw, Side::Partner, 200, 5);
        conditions.partitioned = false;
        table.step(draw, &conditions, 201);
        assert_eq!(table.waiting(Side::Home), 0);
        assert!(table.suppressed.partner > 0 && table.suppressed.partner < 300, "{}", table.suppressed.partner);
        assert!(table.latency_ms.home.is_some_and(|latency| latency > 190_000.0), "{:?}", table.latency_ms);
    }
}
