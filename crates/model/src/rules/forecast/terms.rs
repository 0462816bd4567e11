//! The expected recovery time as a sum of named parts, each with where it comes from. A part that nothing tells is
//! unknown, and so is the sum.

use super::{Judged, check_interval, term};
use crate::assessment::{HealthCheckAssessment, RtoTerm};
use crate::facts::capacity::ScalingGroup;
use crate::facts::route53::RecordSet;
use crate::id::{HealthCheckId, Region};
use crate::observation::Freshness;
use crate::read::Service;
use crate::rules::dns::{address_records_of, checks_of_region};
use crate::rules::evidence::Evidence;
use crate::time::Duration;
use crate::wording::span;

/// How long an alias to a load balancer or API is cached: it has no TTL of its own to set.
const ALIAS_TTL_S: u32 = 60;
/// How long Global Accelerator takes to carry a change to its edge.
const ACCELERATOR_SPREADS_IN: Duration = Duration::from_secs(30);
/// Probes in a row that must fail before a person believes them.
const PROBES_IN_A_ROW: u32 = 3;

pub(super) fn terms(
    evidence: &Evidence<'_>,
    judged: &Judged<'_>,
    from: Option<&Region>,
    to: Option<&Region>,
) -> Vec<RtoTerm> {
    let mut terms = vec![detection(evidence, judged, from)];
    terms.extend(promotion(evidence));
    terms.extend(capacity(evidence, from, to));
    terms.push(traffic(evidence));
    terms
}

fn detection(evidence: &Evidence<'_>, judged: &Judged<'_>, from: Option<&Region>) -> RtoTerm {
    const NAME: &str = "detection";
    let Some(from) = from else { return term(NAME, None, "no region is known to be active") };
    let of_it = || judged.checks.iter().filter(|check| check.region.as_ref() == Some(from));
    let fails_now = |check: &&HealthCheckAssessment| {
        check.passing.as_ref().is_some_and(|passing| !passing.value && passing.freshness == Freshness::Fresh)
    };
    if let Some(check) = of_it().find(fails_now) {
        return term(NAME, Some(Duration::ZERO), format!("over: health check {} fails", check.id));
    }
    let watching = of_it().map(|check| &check.id);
    // The check on the region's record moves clients; one beside it only tells.
    let checks: Vec<&HealthCheckId> = checks_of_region(evidence, from).into_iter().chain(watching).collect();
    if let Some((interval, threshold)) = checks.iter().find_map(|id| check_interval(evidence, id)) {
        let length = Duration::from_secs(u64::from(interval) * u64::from(threshold));
        return term(NAME, Some(length), format!("{interval} s × {threshold}"));
    }
    if !checks.is_empty() {
        return term(
            NAME,
            None,
            format!("the health check of {from} has not been read, or has no interval of its own"),
        );
    }
    if evidence.deployment.probes.iter().any(|probe| probe.region.as_ref().is_none_or(|region| region == from)) {
        let interval = Service::Probes.cadence(evidence.tempo);
        let basis = format!("{PROBES_IN_A_ROW} probes, {} apart", span(interval));
        return term(NAME, Some(interval * PROBES_IN_A_ROW), basis);
    }
    term(NAME, None, format!("neither a health check nor a probe watches {from}"))
}

fn promotion(evidence: &Evidence<'_>) -> Option<RtoTerm> {
    const NAME: &str = "promotion";
    evidence.deployment.global_cluster.as_ref()?;
    let mut measured = evidence.history.promotions.clone();
    measured.sort();
    if let Some(median) = measured.get(measured.len() / 2) {
        let runs = if measured.len() == 1 { "run" } else { "runs" };
        return Some(term(NAME, Some(*median), format!("median of {} {runs}", measured.len())));
    }
    Some(match evidence.deployment.objectives.expected_promotion {
        Some(stated) => term(NAME, Some(stated), "stated in the configuration"),
        None => term(NAME, None, "no run has been measured, and none is stated in the configuration"),
    })
}

/// Instances that the standby must start first take a time nobody has measured.
fn capacity(evidence: &Evidence<'_>, from: Option<&Region>, to: Option<&Region>) -> Option<RtoTerm> {
    const NAME: &str = "capacity";
    if evidence.deployment.scaling_groups.is_empty() {
        return None;
    }
    let instances = |region: &Region, count: fn(&ScalingGroup) -> u32| {
        let groups = evidence.value(region, |here| &here.scaling_groups)?;
        (!groups.is_empty()).then(|| groups.iter().map(count).sum::<u32>())
    };
    // What the active region wants is a setting and outlives it; what the standby has must have been seen lately, and
    // an instance that is only wanted serves nobody.
    let wanted = from.and_then(|from| instances(from, |group| group.desired));
    let ready = to.and_then(|to| {
        let read_at = evidence.observed(to, |here| &here.scaling_groups)?.at;
        evidence.is_recent(read_at, Service::AutoScaling).then(|| instances(to, |group| group.in_service))?
    });
    Some(match (wanted, ready) {
        (Some(active), Some(standby)) if standby >= active => {
            term(NAME, Some(Duration::ZERO), format!("the standby has {standby} of {active} instances already"))
        }
        (Some(active), Some(standby)) => term(
            NAME,
            None,
            format!("the standby has {standby} of {active} instances; starting the rest is not measured"),
        ),
        (Some(_), None) => term(NAME, None, "the standby's instances have not been read lately"),
        (None, _) => term(NAME, None, "the scaling groups of both regions are not known"),
    })
}

/// How long clients take to follow, once told.
fn traffic(evidence: &Evidence<'_>) -> RtoTerm {
    const NAME: &str = "dns";
    if !evidence.deployment.accelerators.is_empty() {
        return term("accelerator", Some(ACCELERATOR_SPREADS_IN), "Global Accelerator carries a change to its edge");
    }
    if evidence.deployment.records.is_empty() {
        return term(NAME, None, "nothing moves the clients: they must be given the other address");
    }
    let records: Vec<&RecordSet> =
        evidence.deployment.records.iter().flat_map(|target| address_records_of(evidence, &target.name)).collect();
    let ttl = |record: &&RecordSet| record.ttl_s.or_else(|| record.alias.is_some().then_some(ALIAS_TTL_S));
    let longest = records.iter().filter_map(|record| Some((ttl(record)?, record.ttl_s.is_some()))).max();
    match longest {
        Some((ttl, is_set)) => {
            let basis = if is_set { "TTL of the records" } else { "caching of alias records" };
            term(NAME, Some(Duration::from_secs(u64::from(ttl))), basis)
        }
        None => term(NAME, None, "the records have not been read"),
    }
}
