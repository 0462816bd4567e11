//! S3 replication: one way for each rule, in order, with a backlog that is measured where it should arrive.

use std::collections::VecDeque;

use lifeboat_model::facts::s3::ReplicationRule;
use lifeboat_model::id::Arn;
use serde::{Deserialize, Serialize};

use super::named::{Named, Nonce};
use super::spans::Spans;
use crate::draw::{Draw, Topic};
use crate::faults::Conditions;
use crate::side::{Pair, Side};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Buckets {
    topics: Pair<Topic>,
    pub(crate) rules: Pair<Vec<ReplicationRule>>,
    /// What replication from each side runs as.
    pub(crate) roles: Pair<Option<Arn>>,
    queues: Pair<VecDeque<Uploaded>>,
    /// What waits of each side, kept beside the queue so that no step counts it.
    pub(crate) backlog: Pair<Backlog>,
    /// Objects in each bucket, its own and those that arrived.
    pub(crate) present: Pair<u64>,
    /// Objects written while no rule would carry them over.
    pub(crate) unruled: Pair<u64>,
    pub(crate) acknowledged: u64,
    /// When they were written.
    unruled_at: Pair<Spans>,
    named: Named,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Backlog {
    pub(crate) objects: u64,
    pub(crate) bytes: u64,
    /// How long the newest arrivals took, or the oldest waiting object has waited, whichever is worse.
    pub(crate) latency_s: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Uploaded {
    second: i64,
    objects: u32,
    bytes: u64,
}

impl Buckets {
    pub(crate) fn new(source: &str, rule: ReplicationRule, role: Arn) -> Self {
        Self {
            topics: Pair::new(Topic::new(source, "replicate"), Topic::new(source, "replicate-back")),
            rules: Pair::new(vec![rule], Vec::new()),
            roles: Pair::new(Some(role), None),
            queues: Pair::default(),
            backlog: Pair::default(),
            present: Pair::default(),
            unruled: Pair::default(),
            acknowledged: 0,
            unruled_at: Pair::default(),
            named: Named::default(),
        }
    }

    fn carries(&self, side: Side, conditions: &Conditions) -> bool {
        !conditions.drift.at(side).replication_rule && self.rules.at(side).iter().any(|rule| rule.enabled)
    }

    /// Whether replication from that side publishes its backlog.
    pub(crate) fn measures(&self, side: Side, conditions: &Conditions) -> bool {
        self.carries(side, conditions) && self.rules.at(side).iter().any(|rule| rule.enabled && rule.metrics)
    }

    pub(crate) fn put(&mut self, draw: Draw, conditions: &Conditions, side: Side, now: i64, objects: u32) {
        if objects == 0 {
            return;
        }
        self.acknowledged += u64::from(objects);
        *self.present.at_mut(side) += u64::from(objects);
        if !self.carries(side, conditions) {
            *self.unruled.at_mut(side) += u64::from(objects);
            self.unruled_at.at_mut(side).add(now);
            return;
        }
        let size = draw.word(*self.topics.at(side), now) % 180_000 + 20_000;
        let bytes = size * u64::from(objects);
        self.queues.at_mut(side).push_back(Uploaded { second: now, objects, bytes });
        let backlog = self.backlog.at_mut(side);
        backlog.objects += u64::from(objects);
        backlog.bytes += bytes;
    }

    /// An object like any other, which can be looked for afterwards.
    pub(crate) fn put_named(&mut self, draw: Draw, conditions: &Conditions, side: Side, now: i64, nonce: Nonce) {
        self.put(draw, conditions, side, now, 1);
        self.named.put(side, now, nonce, self.carries(side, conditions));
    }

    pub(crate) fn has(&self, side: Side, nonce: Nonce) -> bool {
        self.named.has(side, nonce)
    }

    /// How many seconds of a side's objects, from a second on, are not on the other: waiting, or never to be sent.
    pub(crate) fn missing_s(&self, side: Side, since: i64) -> i64 {
        let waiting: Spans = self.queues.at(side).iter().map(|uploaded| uploaded.second).collect();
        waiting.length_s(since) + self.unruled_at.at(side).length_s(since)
    }

    pub(crate) fn step(&mut self, draw: Draw, conditions: &Conditions, now: i64) {
        for from in Side::BOTH {
            let latency = (draw.wander(*self.topics.at(from), now, 180).mul_add(7.0, 5.0)) * conditions.s3_slow;
            let sends = conditions.linked() && self.carries(from, conditions);
            let queue = self.queues.at_mut(from);
            let backlog = self.backlog.at_mut(from);
            while let Some(uploaded) =
                queue.front().copied().filter(|uploaded| sends && (now - uploaded.second) as f64 >= latency)
            {
                queue.pop_front();
                backlog.objects -= u64::from(uploaded.objects);
                backlog.bytes -= uploaded.bytes;
                *self.present.at_mut(from.other()) += u64::from(uploaded.objects);
            }
            if sends {
                self.named.arrive(from, |second| (now - second) as f64 >= latency);
            }
            backlog.latency_s = queue.front().map_or(0.0, |uploaded| (now - uploaded.second) as f64);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(destination: &str) -> ReplicationRule {
        ReplicationRule {
            id: "rule".to_owned(),
            enabled: true,
            destination: destination.into(),
            prefix: None,
            delete_markers: false,
            metrics: true,
            time_control_minutes: None,
        }
    }

    #[test]
    fn the_backlog_grows_while_the_link_is_cut_and_drains_after() {
        let draw = Draw::new(1);
        let mut buckets = Buckets::new("source", rule("there"), "role".into());
        let mut conditions = Conditions::calm();
        for now in 1..300 {
            conditions.partitioned = (100..200).contains(&now);
            buckets.put(draw, &conditions, Side::Home, now, 3);
            buckets.step(draw, &conditions, now);
            assert_eq!(buckets.acknowledged, buckets.present.partner + buckets.backlog.home.objects);
            if now == 99 {
                assert!(buckets.backlog.home.latency_s < 15.0 && buckets.backlog.home.objects > 0);
            }
            if now == 199 {
                assert!(buckets.backlog.home.latency_s > 95.0 && buckets.backlog.home.bytes > 5_000_000);
            }
        }
        assert!(buckets.backlog.home.latency_s < 15.0);
    }

    #[test]
    fn what_is_written_in_the_standby_does_not_come_back_without_a_second_rule() {
        let draw = Draw::new(1);
        let calm = Conditions::calm();
        let mut buckets = Buckets::new("source", rule("there"), "role".into());
        buckets.put(draw, &calm, Side::Partner, 1, 3);
        buckets.step(draw, &calm, 60);
        assert_eq!((buckets.present.home, buckets.unruled.partner), (0, 3));
        buckets.rules.partner.push(rule("back"));
        buckets.put(draw, &calm, Side::Partner, 61, 4);
        buckets.step(draw, &calm, 120);
        assert_eq!((buckets.present.home, buckets.unruled.partner), (4, 3), "only new objects are replicated");
    }
}
