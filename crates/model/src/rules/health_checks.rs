//! What Route 53's health checks say, what they really see, and the settings that make the two differ.

use super::evidence::Evidence;
use crate::assessment::{Dated, Health, HealthCheckAssessment};
use crate::facts::route53::{HealthCheck, HealthCheckKind};
use crate::id::{HealthCheckId, Region};
use crate::metric::{Measure, MetricKey, Subject};
use crate::observation::{Freshness, Observed};
use crate::read::Service;
use crate::time::{Duration, age};
use crate::topology::HealthCheckTarget;

/// Route 53 calls an endpoint healthy when more than this share of its checkers do.
const HEALTHY_ABOVE_PERCENT: f64 = 18.0;

pub(super) fn assess(evidence: &Evidence<'_>) -> Vec<HealthCheckAssessment> {
    evidence.deployment.health_checks.iter().map(|target| assess_one(evidence, target)).collect()
}

/// The configuration of a check, as last read.
pub(super) fn configured<'a>(evidence: &Evidence<'a>, id: &HealthCheckId) -> Option<Observed<&'a HealthCheck>> {
    let observed = evidence.observed(&Region::route53(), |here| &here.health_checks)?;
    let check = observed.value.iter().find(|check| check.id == *id)?;
    Some(Observed::new(check, observed.at))
}

/// The region whose endpoint a check watches: as the deployment says, else as its target's name or its alarm says. One
/// that watches for a takeover watches no endpoint, wherever its lever stands.
pub(super) fn watched_region(evidence: &Evidence<'_>, target: &HealthCheckTarget) -> Option<Region> {
    let by_target = || {
        let check = configured(evidence, &target.id)?.value;
        let regions = evidence.deployment.regions.both();
        let by_name = regions.into_iter().find(|region| super::dns::names_region(&check.target, region)).cloned();
        by_name.or_else(|| check.alarm.as_ref().map(|(region, _)| region.clone()))
    };
    if evidence.deployment.takeovers.iter().any(|takeover| takeover.check == target.id) {
        return None;
    }
    target.watches.clone().or_else(by_target)
}

/// What the check sees of its endpoint, before inversion and whether or not it is disabled.
pub(super) fn sees(evidence: &Evidence<'_>, assessed: &HealthCheckAssessment) -> Option<Dated<bool>> {
    let configured = configured(evidence, &assessed.id);
    let is_plain = configured.as_ref().is_none_or(|check| !check.value.disabled && !check.value.inverted);
    if is_plain { assessed.passing.clone() } else { configured.and_then(|check| by_checkers(evidence, &check)) }
}

fn key(measure: Measure, id: &HealthCheckId) -> MetricKey {
    MetricKey { measure, region: Region::route53(), subject: Subject::HealthCheck(id.clone()) }
}

fn by_checkers(evidence: &Evidence<'_>, check: &Observed<&HealthCheck>) -> Option<Dated<bool>> {
    let percent = percent_by_checkers(evidence, check)?;
    Some(Dated { value: percent.value > HEALTHY_ABOVE_PERCENT, at: percent.at, freshness: percent.freshness })
}

fn percent_by_checkers(evidence: &Evidence<'_>, check: &Observed<&HealthCheck>) -> Option<Dated<f64>> {
    let value = check.value.passing_percent()?;
    let is_recent = evidence.is_recent(check.at, Service::HealthChecks);
    Some(Dated { value, at: check.at, freshness: if is_recent { Freshness::Fresh } else { Freshness::Stale } })
}

fn assess_one(evidence: &Evidence<'_>, target: &HealthCheckTarget) -> HealthCheckAssessment {
    let check = configured(evidence, &target.id);
    let passing = passing(evidence, &target.id, check.as_ref());
    let healthy_percent = {
        let metric = evidence.newest(&key(Measure::HealthCheckPercentHealthy, &target.id));
        let checkers = check.as_ref().and_then(|check| percent_by_checkers(evidence, check));
        freshest(metric, checkers)
    };
    HealthCheckAssessment {
        id: target.id.clone(),
        region: watched_region(evidence, target),
        health: health(check.as_ref().map(|check| check.value), passing.as_ref(), healthy_percent.as_ref()),
        passing,
        healthy_percent,
        target: check.as_ref().map_or_else(String::new, |check| check.value.target.clone()),
        traps: check.map(|check| traps(check.value)).unwrap_or_default(),
    }
}

/// Route 53's verdict: by its own metric, or by the rule it applies to its checkers where those were read since.
fn passing(evidence: &Evidence<'_>, id: &HealthCheckId, check: Option<&Observed<&HealthCheck>>) -> Option<Dated<bool>> {
    let metric = evidence.newest(&key(Measure::HealthCheckStatus, id)).map(|dated| Dated {
        value: dated.value > 0.5,
        at: dated.at,
        freshness: dated.freshness,
    });
    let Some(check) = check else { return metric };
    if check.value.disabled {
        let is_recent = evidence.is_recent(check.at, Service::HealthChecks);
        let freshness = if is_recent { Freshness::Fresh } else { Freshness::Stale };
        return Some(Dated { value: true, at: check.at, freshness });
    }
    let inverted = check.value.inverted;
    let checkers = by_checkers(evidence, check).map(|dated| Dated { value: dated.value != inverted, ..dated });
    freshest(metric, checkers)
}

/// Dates closer than this are of the same time: the metric's are the ends of its periods.
const PERIOD: Duration = Duration::from_mins(1);

/// A fresh one before one that is not; of two alike the newer, and the first where they are of the same time.
fn freshest<T>(first: Option<Dated<T>>, second: Option<Dated<T>>) -> Option<Dated<T>> {
    match (first, second) {
        (Some(first), Some(second)) => {
            let second_is_better = match (first.freshness == Freshness::Fresh, second.freshness == Freshness::Fresh) {
                (true, true) => age(second.at, first.at) > PERIOD,
                (true, false) => false,
                (false, true) => true,
                (false, false) => second.at > first.at,
            };
            Some(if second_is_better { second } else { first })
        }
        (one, other) => one.or(other),
    }
}

fn health(check: Option<&HealthCheck>, passing: Option<&Dated<bool>>, percent: Option<&Dated<f64>>) -> Health {
    let Some(passing) = passing.filter(|dated| dated.freshness == Freshness::Fresh) else { return Health::Unknown };
    if !passing.value {
        return Health::Down;
    }
    if check.is_some_and(|check| check.disabled) {
        return Health::Unknown;
    }
    let is_inverted = check.is_some_and(|check| check.inverted);
    let some_fail = percent.is_some_and(|dated| dated.freshness == Freshness::Fresh && dated.value < 99.5);
    if some_fail && !is_inverted { Health::Degraded } else { Health::Healthy }
}

fn traps(check: &HealthCheck) -> Vec<String> {
    let mut traps = Vec::new();
    if check.disabled {
        traps.push(
            "disabled: Route 53 counts it as healthy and keeps sending clients; invert it to move them".to_owned(),
        );
    }
    if check.inverted {
        traps.push("inverted: healthy counts as unhealthy, and unhealthy as healthy".to_owned());
    }
    if check.kind == HealthCheckKind::Calculated {
        match check.threshold {
            Some(0) => traps.push("threshold 0: always healthy, whatever its children say".to_owned()),
            Some(threshold) if usize::try_from(threshold).is_ok_and(|threshold| threshold > check.children.len()) => {
                traps.push(format!(
                    "threshold {threshold} is more than its {} children: always unhealthy",
                    check.children.len()
                ));
            }
            Some(_) | None => {}
        }
    }
    traps
}
