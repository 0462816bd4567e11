//! What watching costs: measured from what the cloud's port counts, estimated from the cadences until there is
//! something to measure.

use std::collections::VecDeque;

use lifeboat_model::assessment::CostRate;
use lifeboat_model::port::Usage;
use lifeboat_model::rules::reads::Hourly;
use lifeboat_model::time::{Duration, Timestamp, age};

/// CloudWatch's list price in US dollars, of one metric by `GetMetricData` and of one other request alike.
const USD_PER_CLOUDWATCH_UNIT: f64 = 0.01 / 1000.0;

/// How far back the measurement reaches.
const WINDOW: Duration = Duration::from_mins(10);
/// The first reads of everything are no measure of what follows.
const SETTLING: Duration = Duration::from_mins(1);
/// Less than this says little.
const ENOUGH: Duration = Duration::from_mins(3);

/// Everything counted since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub usage: Usage,
    /// Requests to CloudWatch that are not `GetMetricData`: alarms and their history.
    pub alarm_requests: u64,
}

fn priced(hourly: Hourly) -> CostRate {
    CostRate {
        requests_per_hour: hourly.requests,
        usd_per_hour: (hourly.metrics + hourly.alarm_requests) * USD_PER_CLOUDWATCH_UNIT,
    }
}

/// A sliding window over the counts.
#[derive(Debug)]
pub struct Meter {
    started: Timestamp,
    samples: VecDeque<(Timestamp, Counts)>,
}

impl Meter {
    pub fn new(started: Timestamp) -> Self {
        Self { started, samples: VecDeque::new() }
    }

    /// Takes a sample and says the rate.
    pub fn rate(&mut self, now: Timestamp, counts: Counts, estimate: Hourly) -> CostRate {
        if age(now, self.started) >= SETTLING {
            self.samples.push_back((now, counts));
        }
        while self.samples.front().is_some_and(|(at, _)| age(now, *at) > WINDOW) {
            self.samples.pop_front();
        }
        self.measured(now, counts).unwrap_or_else(|| priced(estimate))
    }

    fn measured(&self, now: Timestamp, counts: Counts) -> Option<CostRate> {
        let (since, then) = self.samples.front()?;
        let length = age(now, *since);
        if length < ENOUGH {
            return None;
        }
        let an_hour = 3600.0 / length.as_secs_f64();
        let grown = |now: u64, then: u64| now.saturating_sub(then) as f64 * an_hour;
        let seen = Hourly {
            requests: grown(counts.usage.requests, then.usage.requests),
            metrics: grown(counts.usage.metrics, then.usage.metrics),
            alarm_requests: grown(counts.alarm_requests, then.alarm_requests),
        };
        Some(priced(seen))
    }
}

#[cfg(test)]
mod tests {
    use lifeboat_model::time::after;

    use super::*;

    fn at(seconds: u64) -> Timestamp {
        after(Timestamp::UNIX_EPOCH, Duration::from_secs(seconds))
    }

    fn counts(requests: u64, metrics: u64, alarm_requests: u64) -> Counts {
        Counts { usage: Usage { requests, metrics }, alarm_requests }
    }

    const ESTIMATE: Hourly = Hourly { requests: 1200.0, metrics: 3600.0, alarm_requests: 120.0 };

    #[test]
    fn before_there_is_a_window_the_cadences_speak() {
        let mut meter = Meter::new(at(0));
        let rate = meter.rate(at(0), counts(40, 60, 2), ESTIMATE);
        assert!((rate.requests_per_hour - 1200.0).abs() < 1e-9);
        assert!((rate.usd_per_hour - 0.0372).abs() < 1e-9);
    }

    #[test]
    fn afterwards_what_was_counted_speaks_and_the_first_burst_is_left_out() {
        let mut meter = Meter::new(at(0));
        meter.rate(at(0), counts(0, 0, 0), ESTIMATE);
        meter.rate(at(60), counts(500, 900, 10), ESTIMATE);
        let rate = meter.rate(at(360), counts(600, 1200, 20), ESTIMATE);
        assert!((rate.requests_per_hour - 1200.0).abs() < 1e-6, "{rate:?}");
        assert!((rate.usd_per_hour - (3600.0 + 120.0) * 0.00001).abs() < 1e-9, "{rate:?}");
    }

    #[test]
    fn the_window_slides() {
        let mut meter = Meter::new(at(0));
        for minute in 1..=60 {
            meter.rate(at(60 * minute), counts(if minute < 30 { minute * 1000 } else { 30_000 }, 0, 0), ESTIMATE);
        }
        assert!(meter.samples.len() <= 11);
        assert!(meter.rate(at(3600), counts(30_000, 0, 0), ESTIMATE).requests_per_hour.abs() < 1e-9);
    }
}
