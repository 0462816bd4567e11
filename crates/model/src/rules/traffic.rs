//! How much reaches a region and how much of it fails, by the metrics of its front door: the load balancers, else
//! the APIs, else the functions themselves.

use std::collections::BTreeMap;

use super::evidence::{Evidence, redated};
use crate::assessment::Dated;
use crate::id::Region;
use crate::metric::{Measure, MetricKey, Subject};
use crate::observation::Freshness;
use crate::time::{Duration, Timestamp, after, before};
use crate::topology::{ApiTarget, LoadBalancerKind};

/// Fewer requests a minute than this rise and fall by chance.
const TELLING_REQUESTS: f64 = 60.0;

/// The metrics of doors are told by the minute.
const PERIOD: Duration = Duration::from_mins(1);

/// Of one door: what counts its requests and what counts its failures.
struct Door {
    requests: MetricKey,
    failures: Option<Failures>,
}

enum Failures {
    /// One count, with a point wherever there were requests.
    Counted(MetricKey),
    /// A balancer counts what its targets failed and what it refused itself apart, and leaves out what did not
    /// happen. What it refuses for want of a target is not among its requests.
    Balancer { by_targets: MetricKey, by_itself: MetricKey },
}

/// Requests a second.
pub(super) fn rate(evidence: &Evidence<'_>, region: &Region) -> Option<Dated<f64>> {
    doors(evidence, region)
        .into_iter()
        .find_map(|doors| sum(doors.iter().filter_map(|door| Some(evidence.newest_whole(&door.requests)?.1))))
        .map(|dated| redated(&dated, dated.value / 60.0))
}

/// The share of requests that fail, in percent, of the kinds of door that count failures.
pub(super) fn errors_percent(evidence: &Evidence<'_>, region: &Region) -> Option<Dated<f64>> {
    doors(evidence, region).into_iter().find_map(|doors| {
        let counted: Vec<(Dated<f64>, Dated<f64>)> = doors.iter().filter_map(|door| failures(evidence, door)).collect();
        let requests = sum(counted.iter().map(|(requests, _)| requests.clone()))?;
        let failed = sum(counted.iter().map(|(_, failed)| failed.clone()))?;
        (requests.value > 0.0).then(|| redated(&requests, (100.0 * failed.value / requests.value).clamp(0.0, 100.0)))
    })
}

/// By how much the requests of the last minutes fall short of those of the hour before, in percent; `None` where
/// there are too few of either to tell.
pub(super) fn fall_percent(evidence: &Evidence<'_>, region: &Region) -> Option<f64> {
    let doors = doors(evidence, region).into_iter().find(|doors| {
        doors.iter().any(|door| evidence.newest_whole(&door.requests).is_some_and(|(_, it)| is_fresh(&it)))
    })?;
    let mean = |from: Duration, to: Duration| {
        let (from, to) = (before(evidence.now, from), before(evidence.now, to));
        let mut by_period: BTreeMap<Timestamp, f64> = BTreeMap::new();
        for point in doors.iter().flat_map(|door| evidence.snapshot.points(&door.requests)) {
            if point.at >= from && point.at < to {
                *by_period.entry(point.at).or_default() += point.value;
            }
        }
        (by_period.len() >= 3).then(|| by_period.values().sum::<f64>() / by_period.len() as f64)
    };
    let earlier = mean(Duration::from_mins(70), Duration::from_mins(10)).filter(|it| *it >= TELLING_REQUESTS)?;
    // The newest period is still filling.
    let lately = mean(Duration::from_mins(5), Duration::from_mins(1))?;
    Some(100.0 * (earlier - lately) / earlier)
}

fn is_fresh(dated: &Dated<f64>) -> bool {
    dated.freshness == Freshness::Fresh
}

/// Requests and failures of the same period, never fewer requests than failures.
fn failures(evidence: &Evidence<'_>, door: &Door) -> Option<(Dated<f64>, Dated<f64>)> {
    match door.failures.as_ref()? {
        Failures::Counted(key) => {
            let (period, requests) = evidence.newest_whole(&door.requests)?;
            let failed = evidence.point_at(key, period)?;
            Some((requests.clone(), redated(&requests, failed)))
        }
        Failures::Balancer { by_targets, by_itself } => {
            let requests = evidence.newest_whole(&door.requests);
            let refused = evidence.newest_whole(by_itself);
            // Metrics of one balancer may come a period apart; past that, nothing but refusals is going on.
            let only_refused = refused
                .filter(|(period, _)| requests.as_ref().is_none_or(|(answered, _)| *period > after(*answered, PERIOD)));
            if let Some((_, refused)) = only_refused {
                return Some((refused.clone(), refused));
            }
            let (period, requests) = requests?;
            // Where the requests of a period are told, a failure that is not told did not happen.
            let failed = [by_targets, by_itself]
                .into_iter()
                .filter_map(|key| evidence.point_at(key, period))
                .fold(0.0, |all, count| all + count);
            Some((redated(&requests, requests.value.max(failed)), redated(&requests, failed)))
        }
    }
}

/// The oldest date of all: a sum is as old as its oldest part.
fn sum(parts: impl Iterator<Item = Dated<f64>>) -> Option<Dated<f64>> {
    parts.reduce(|a, b| {
        let (value, older) = (a.value + b.value, if a.at <= b.at { a } else { b });
        Dated { value, ..older }
    })
}

/// The doors of a region by kind, outermost first.
fn doors(evidence: &Evidence<'_>, region: &Region) -> [Vec<Door>; 3] {
    let deployment = evidence.deployment;
    let key = |measure, subject| MetricKey { measure, region: region.clone(), subject };
    let balancers = deployment.load_balancers.iter().filter(|target| target.region == *region).map(|target| {
        let subject = || Subject::LoadBalancer(target.arn.clone());
        match target.kind {
            LoadBalancerKind::Application => Door {
                requests: key(Measure::AlbRequests, subject()),
                failures: Some(Failures::Balancer {
                    by_targets: key(Measure::AlbTarget5xx, subject()),
                    by_itself: key(Measure::AlbOwn5xx, subject()),
                }),
            },
            LoadBalancerKind::Network => Door { requests: key(Measure::NlbFlows, subject()), failures: None },
        }
    });
    let apis = deployment.apis.iter().filter(|api| api.region() == region).map(|api| {
        let subject = || Subject::Api(api.label().to_owned());
        let (requests, failures) = match api {
            ApiTarget::Rest { .. } => (Measure::RestApiRequests, Measure::RestApi5xx),
            ApiTarget::Http { .. } => (Measure::HttpApiRequests, Measure::HttpApi5xx),
        };
        Door { requests: key(requests, subject()), failures: Some(Failures::Counted(key(failures, subject()))) }
    });
    let functions = deployment.functions.iter().filter(|function| function.region == *region).map(|function| {
        let subject = || Subject::Function(function.name.clone());
        Door {
            requests: key(Measure::LambdaInvocations, subject()),
            failures: Some(Failures::Counted(key(Measure::LambdaErrors, subject()))),
        }
    });
    [balancers.collect(), apis.collect(), functions.collect()]
}
