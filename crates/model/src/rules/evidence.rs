//! The facts with the questions that every rule asks of them: how old, how fresh, what is the newest point.
//! It answers and does not judge.

use crate::assessment::{Dated, RunHistory};
use crate::id::Region;
use crate::metric::{MetricKey, Point};
use crate::observation::{Freshness, Observed, Reading};
use crate::read::{Service, Tempo};
use crate::snapshot::{RegionSnapshot, Snapshot};
use crate::time::{Duration, Timestamp, after, age, before};
use crate::topology::Deployment;

/// A metric that ended longer ago than this says nothing of now.
const METRIC_LIMIT: Duration = Duration::from_mins(5);
/// CloudWatch's data come a minute apart: asking for them more often makes them no fresher.
const METRIC_CADENCE: Duration = Duration::from_mins(1);
pub(super) const PERIOD: Duration = Duration::from_mins(1);

pub(super) struct Evidence<'a> {
    pub(super) deployment: &'a Deployment,
    pub(super) snapshot: &'a Snapshot,
    pub(super) history: &'a RunHistory,
    pub(super) tempo: Tempo,
    pub(super) now: Timestamp,
}

impl<'a> Evidence<'a> {
    pub(super) fn here(&self, region: &Region) -> Option<&'a RegionSnapshot> {
        self.snapshot.region(region)
    }

    /// A reading of a region; `None` when that region was never asked anything.
    pub(super) fn reading<T>(
        &self,
        region: &Region,
        of: impl FnOnce(&'a RegionSnapshot) -> &'a Reading<T>,
    ) -> Option<&'a Reading<T>> {
        self.here(region).map(of)
    }

    /// The last value read of a region, however old.
    pub(super) fn value<T>(
        &self,
        region: &Region,
        of: impl FnOnce(&'a RegionSnapshot) -> &'a Reading<T>,
    ) -> Option<&'a T> {
        self.reading(region, of).and_then(Reading::value)
    }

    /// The last value read of a region, with when.
    pub(super) fn observed<T>(
        &self,
        region: &Region,
        of: impl FnOnce(&'a RegionSnapshot) -> &'a Reading<T>,
    ) -> Option<&'a Observed<T>> {
        self.reading(region, of).and_then(|reading| reading.last.as_ref())
    }

    pub(super) fn freshness<T>(&self, reading: &Reading<T>, service: Service) -> Freshness {
        reading.freshness(self.now, service.cadence(self.tempo))
    }

    /// Whether something read at `at` may still be acted upon. One failed attempt since does not change that: the
    /// value is no older for it.
    pub(super) fn is_recent(&self, at: Timestamp, service: Service) -> bool {
        age(self.now, at) <= self.patience(service)
    }

    /// How old an answer of a service may be.
    pub(super) fn patience(&self, service: Service) -> Duration {
        service.cadence(self.tempo).saturating_mul(5) / 2
    }

    /// The newest point of a series, dated by the end of its period.
    pub(super) fn newest(&self, key: &MetricKey) -> Option<Dated<f64>> {
        self.snapshot.points(key).last().map(|point| self.dated(key, point))
    }

    /// The newest point whose period is over: a sum over a period that is still filling is too small.
    pub(super) fn newest_whole(&self, key: &MetricKey) -> Option<(Timestamp, Dated<f64>)> {
        let points = self.snapshot.points(key);
        let point = points.iter().rev().find(|point| after(point.at, PERIOD) <= self.now)?;
        Some((point.at, self.dated(key, point)))
    }

    /// The point of just this period.
    pub(super) fn point_at(&self, key: &MetricKey, at: Timestamp) -> Option<f64> {
        self.snapshot.points(key).iter().find(|point| point.at == at).map(|point| point.value)
    }

    /// The greatest of the points in the given time up to and including the newest, dated as the newest.
    pub(super) fn greatest_recent(&self, key: &MetricKey, span: Duration) -> Option<Dated<f64>> {
        let newest = self.newest(key)?;
        let greatest = self.snapshot.greatest_within(key, span)?;
        Some(Dated { value: greatest.max(newest.value), ..newest })
    }

    fn dated(&self, key: &MetricKey, point: &Point) -> Dated<f64> {
        let at = after(point.at, PERIOD).min(self.now);
        Dated { value: point.value, at, freshness: self.metric_freshness(&key.region, at) }
    }

    /// When a region's metrics were read, where that was just now and nothing has failed since.
    pub(super) fn metrics_read_at(&self, region: &Region) -> Option<Timestamp> {
        let reading = self.reading(region, |here| &here.metrics)?;
        let at = reading.last.as_ref()?.at;
        (reading.failure.is_none() && age(self.now, at) <= self.metrics_patience()).then_some(at)
    }

    fn metrics_patience(&self) -> Duration {
        self.patience(Service::Metrics).max(METRIC_CADENCE.saturating_mul(5) / 2)
    }

    fn metric_freshness(&self, region: &Region, ended: Timestamp) -> Freshness {
        let is_read = self
            .observed(region, |here| &here.metrics)
            .is_some_and(|last| age(self.now, last.at) <= self.metrics_patience());
        if is_read && age(self.now, ended) <= METRIC_LIMIT { Freshness::Fresh } else { Freshness::Stale }
    }

    /// The median of the points older than `recent`; `None` where there are fewer than `enough` of them.
    pub(super) fn median_before(&self, key: &MetricKey, recent: Duration, enough: usize) -> Option<f64> {
        let newest = before(self.now, recent);
        let earlier = self.snapshot.points(key).iter().filter(|point| point.at < newest && point.value.is_finite());
        let mut values: Vec<f64> = earlier.map(|point| point.value).collect();
        values.sort_by(f64::total_cmp);
        (values.len() >= enough).then(|| values.get(values.len() / 2).copied()).flatten()
    }

    /// By how much a series has grown a minute over its newest three minutes, in its own unit.
    pub(super) fn growth_per_minute(&self, key: &MetricKey) -> Option<f64> {
        let points = self.snapshot.points(key);
        let newest = points.last()?;
        let earliest = points.iter().find(|point| point.at >= before(newest.at, Duration::from_mins(3)))?;
        let minutes = age(newest.at, earliest.at).as_secs_f64() / 60.0;
        (minutes >= 1.0).then(|| (newest.value - earliest.value) / minutes)
    }

    /// Least squares over the last fifteen minutes, in the series' unit a minute; `None` with fewer than three points.
    pub(super) fn slope_per_minute(&self, key: &MetricKey) -> Option<f64> {
        let oldest = before(self.now, Duration::from_mins(15));
        let points: Vec<(f64, f64)> = self
            .snapshot
            .points(key)
            .iter()
            .filter(|point| point.at >= oldest && point.value.is_finite())
            .map(|point| (age(point.at, oldest).as_secs_f64() / 60.0, point.value))
            .collect();
        if points.len() < 3 {
            return None;
        }
        let count = points.len() as f64;
        let (sum_x, sum_y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0, y + point.1));
        let (mean_x, mean_y) = (sum_x / count, sum_y / count);
        let (products, squares) = points.iter().fold((0.0, 0.0), |(products, squares), (x, y)| {
            (products + (x - mean_x) * (y - mean_y), squares + (x - mean_x).powi(2))
        });
        (squares > 0.0).then(|| products / squares)
    }
}

/// A number of milliseconds or seconds as a length; `None` for what is no length.
pub(super) fn millis(value: f64) -> Option<Duration> {
    seconds(value / 1000.0)
}

pub(super) fn seconds(value: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(value).ok()
}

/// A value that has grown by its age where it is stale: what could not be seen may have been lost as well.
pub(super) fn grown(dated: &Dated<Duration>, now: Timestamp) -> Dated<Duration> {
    let growth = match dated.freshness {
        Freshness::Fresh => Duration::ZERO,
        Freshness::Pending | Freshness::Stale | Freshness::Unavailable => age(now, dated.at),
    };
    Dated { value: dated.value.saturating_add(growth), ..dated.clone() }
}

/// The same date and freshness with another value.
pub(super) fn redated<T, U>(dated: &Dated<T>, value: U) -> Dated<U> {
    Dated { value, at: dated.at, freshness: dated.freshness }
}
