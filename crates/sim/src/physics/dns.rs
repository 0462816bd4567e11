//! Names to regions: what Route 53's name servers say, and what resolvers still remember of it.

use lifeboat_model::facts::route53::{RecordSet, Routing};
use serde::{Deserialize, Serialize};

use crate::draw::{Draw, Topic};
use crate::scenario::VANTAGES;
use crate::side::Side;

/// What an alias to a load balancer is answered with.
pub(crate) const ALIAS_TTL_S: u32 = 60;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Dns {
    topic: Topic,
    pub(crate) records: Vec<RecordSet>,
    /// The records as the hot path reads them; made anew whenever they change.
    routes: Vec<Route>,
    pub(crate) resolvers: [Resolver; VANTAGES.len()],
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Resolver {
    /// The record it remembers, by its place in the list; `None` when there was no answer.
    pub(crate) record: Option<u8>,
    pub(crate) side: Option<Side>,
    pub(crate) expires_at: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Route {
    way: Way,
    side: Option<Side>,
    /// Which health check, by its place in the list.
    check: Option<u8>,
    evaluates_target: bool,
    ttl_s: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Way {
    Plain,
    Primary,
    Secondary,
    Weighted(u32),
}

/// What the records' health depends on.
pub(crate) struct HealthOf<'a> {
    /// By the check's place in the list.
    pub(crate) check: &'a dyn Fn(u8) -> bool,
    /// Whether the alias target on that side has a healthy target.
    pub(crate) target: &'a dyn Fn(Side) -> bool,
}

impl Dns {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            topic: Topic::new(name, "resolve"),
            records: Vec::new(),
            routes: Vec::new(),
            resolvers: [Resolver::default(); VANTAGES.len()],
        }
    }

    pub(crate) fn set_records(
        &mut self,
        records: Vec<RecordSet>,
        side_of: impl Fn(&RecordSet) -> Option<Side>,
        check_of: impl Fn(&RecordSet) -> Option<u8>,
    ) {
        self.routes = records
            .iter()
            .map(|record| Route {
                way: match &record.routing {
                    Routing::FailoverPrimary => Way::Primary,
                    Routing::FailoverSecondary => Way::Secondary,
                    Routing::Weighted(weight) => Way::Weighted(*weight),
                    // Latency and the policies that are only named answer as a plain record would.
                    Routing::Simple | Routing::Latency(_) | Routing::Other(_) => Way::Plain,
                },
                side: side_of(record),
                check: check_of(record),
                evaluates_target: record.alias.as_ref().is_some_and(|alias| alias.evaluate_target_health),
                ttl_s: record.ttl_s.unwrap_or(ALIAS_TTL_S),
            })
            .collect();
        self.records = records;
    }

    /// The record that the name servers answer with now.
    pub(crate) fn authority(&self, draw: Draw, vantage: usize, health: &HealthOf<'_>, now: i64) -> Option<u8> {
        let healthy = |route: &Route| {
            route.check.is_none_or(health.check) && (!route.evaluates_target || route.side.is_none_or(health.target))
        };
        let first = |fits: &dyn Fn(&Route) -> bool| self.routes.iter().position(fits);
        let chosen = first(&|route| route.way == Way::Primary && healthy(route))
            .or_else(|| first(&|route| route.way == Way::Secondary && healthy(route)))
            .or_else(|| self.weighted(draw, vantage, &healthy, now))
            .or_else(|| first(&|route| route.way == Way::Plain && healthy(route)))
            // When nothing is healthy, Route 53 answers as if everything were.
            .or_else(|| first(&|route| route.way == Way::Primary))
            .or_else(|| self.weighted(draw, vantage, &|_| true, now))
            .or_else(|| first(&|_| true));
        chosen.and_then(|index| u8::try_from(index).ok())
    }

    fn weighted(&self, draw: Draw, vantage: usize, healthy: &dyn Fn(&Route) -> bool, now: i64) -> Option<usize> {
        let weight = |route: &Route| match route.way {
            Way::Weighted(weight) if healthy(route) => weight,
            Way::Weighted(_) | Way::Plain | Way::Primary | Way::Secondary => 0,
        };
        let total: u32 = self.routes.iter().map(&weight).sum();
        if total == 0 {
            return None;
        }
        let mut left = draw.unit(self.topic.nth(vantage as u64), now) * f64::from(total);
        self.routes.iter().position(|route| {
            let weight = f64::from(weight(route));
            left -= weight;
            weight > 0.0 && left < 0.0
        })
    }

    pub(crate) fn side_of(&self, record: u8) -> Option<Side> {
        self.routes.get(usize::from(record)).and_then(|route| route.side)
    }

    pub(crate) fn ttl_of(&self, record: u8) -> u32 {
        self.routes.get(usize::from(record)).map_or(ALIAS_TTL_S, |route| route.ttl_s)
    }

    /// A resolver asks again once what it remembers has expired; a stuck one does not.
    pub(crate) fn step(&mut self, draw: Draw, stuck: [bool; VANTAGES.len()], health: &HealthOf<'_>, now: i64) {
        if self.routes.is_empty() {
            return;
        }
        for (vantage, stuck) in stuck.into_iter().enumerate() {
            let Some(held) = self.resolvers.get(vantage).copied() else { continue };
            if now < held.expires_at || (stuck && held.record.is_some()) {
                continue;
            }
            let record = self.authority(draw, vantage, health, now);
            let ttl = record.map_or(ALIAS_TTL_S, |record| self.ttl_of(record));
            let fresh = Resolver {
                record,
                side: record.and_then(|record| self.side_of(record)),
                expires_at: now + i64::from(ttl),
            };
            if let Some(resolver) = self.resolvers.get_mut(vantage) {
                *resolver = fresh;
            }
        }
    }

    /// Resolvers did not all ask at the same moment: spreads their expiry over the TTL at the world's beginning.
    pub(crate) fn spread(&mut self, now: i64) {
        for (vantage, resolver) in (0_i64..).zip(self.resolvers.iter_mut()) {
            resolver.expires_at = now + 7 + 13 * vantage;
        }
    }
}
