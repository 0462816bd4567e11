//! Signals that cannot both be right. Each is a sentence; nothing is averaged away.

use super::dns::{Signpost, address_records_of, checks_of_region};
use super::evidence::Evidence;
use super::health_checks::{configured, sees};
use super::regions::{ERRORS_DEGRADED_PERCENT, RegionJudgement, balancers_without_target, failing, short_name};
use super::roles::{Roles, accelerator_target};
use super::stores::StoreJudgement;
use super::traffic;
use crate::assessment::{AUTHORITY, Contradiction, Health, HealthCheckAssessment, RoleBasis};
use crate::facts::probe::Probe;
use crate::id::{DnsName, Region};
use crate::metric::{Measure, MetricKey, Subject};
use crate::observation::Freshness;
use crate::read::Service;
use crate::time::{Duration, age};
use crate::wording::{list, span};

/// How long checkers and name servers take to carry a change out, besides the TTL.
const DNS_SPREADS_IN: Duration = Duration::from_mins(1);
/// A fall of traffic by more than this, against the hour before, is no ebb, in percent.
const FALL_PERCENT: f64 = 30.0;
/// A standby that takes more than this share of all requests is serving, in percent.
const STRAY_TRAFFIC_PERCENT: f64 = 10.0;

pub(super) fn assess(
    evidence: &Evidence<'_>,
    roles: &Roles,
    regions: &[RegionJudgement],
    stores: &[StoreJudgement],
    checks: &[HealthCheckAssessment],
    signposts: &[Signpost],
) -> Vec<Contradiction> {
    let mut found: Vec<Contradiction> = roles.split.clone().into_iter().collect();
    for judged in regions {
        let region = &judged.assessed.region;
        green_without_targets(evidence, region, checks, &mut found);
        green_while_clients_fail(evidence, roles, judged, checks, &mut found);
        green_while_silent(judged, checks, &mut found);
    }
    disabled_but_failing(evidence, checks, &mut found);
    for post in signposts {
        away_from_the_writer(evidence, roles, post, &mut found);
        resolvers_behind(evidence, post, &mut found);
    }
    accelerator_away_from_the_writer(evidence, roles, &mut found);
    if let Some(what) = standing_still(evidence, regions, stores) {
        note(&mut found, None, format!("both regions are up, yet {what}"));
    }
    both_serve(evidence, regions, roles, &mut found);
    both_write(evidence, roles, &mut found);
    found
}

fn note(found: &mut Vec<Contradiction>, region: Option<&Region>, what: String) {
    found.push(Contradiction { what, region: region.cloned() });
}

/// The checks that say, now and of their own sight, that the region is well.
fn green<'a>(
    evidence: &Evidence<'_>,
    region: &Region,
    checks: &'a [HealthCheckAssessment],
) -> Vec<&'a HealthCheckAssessment> {
    checks
        .iter()
        .filter(|check| check.region.as_ref() == Some(region))
        .filter(|check| sees(evidence, check).is_some_and(|seen| seen.value && seen.freshness == Freshness::Fresh))
        .collect()
}

fn green_without_targets(
    evidence: &Evidence<'_>,
    region: &Region,
    checks: &[HealthCheckAssessment],
    found: &mut Vec<Contradiction>,
) {
    let Some((without, seen)) = balancers_without_target(evidence, region) else { return };
    if without.len() == seen && !green(evidence, region, checks).is_empty() {
        let names: Vec<&str> = without.iter().map(short_name).collect();
        let what = format!("Route 53 says {region} is healthy, yet {} has no healthy target", list(&names));
        note(found, Some(region), what);
    }
}

/// The platform is green and its clients fail.
fn green_while_clients_fail(
    evidence: &Evidence<'_>,
    roles: &Roles,
    judged: &RegionJudgement,
    checks: &[HealthCheckAssessment],
    found: &mut Vec<Contradiction>,
) {
    let region = &judged.assessed.region;
    let claims: Vec<String> = match green(evidence, region, checks).len() {
        0 => healthy_targets(evidence, region).into_iter().collect(),
        1 => vec![format!("the health check of {region} passes")],
        more => vec![format!("{more} health checks of {region} pass")],
    };
    let Some(claim) = claims.first() else { return };
    let is_active = roles.active.as_ref() == Some(region);
    for probe in recent_probes(evidence, region, is_active) {
        if !probe.outcome.is_good() {
            let what = format!("{claim}, yet {} {}", probe.target.url, failing(&probe.outcome));
            note(found, Some(region), what);
        }
    }
    if let Some(fall) = traffic::fall_percent(evidence, region).filter(|fall| is_active && *fall >= FALL_PERCENT) {
        let what = format!("{claim}, yet its traffic has fallen by {fall:.0} % against the hour before");
        note(found, Some(region), what);
    }
    let errors = judged.assessed.errors_percent.as_ref();
    if let Some(errors) = errors.filter(|it| it.freshness == Freshness::Fresh && it.value >= ERRORS_DEGRADED_PERCENT) {
        let what = format!("{claim}, yet {:.0} % of its requests fail", errors.value);
        note(found, Some(region), what);
    }
}

fn healthy_targets(evidence: &Evidence<'_>, region: &Region) -> Option<String> {
    let (without, _) = balancers_without_target(evidence, region)?;
    without.is_empty().then(|| format!("every load balancer of {region} has healthy targets"))
}

/// Of the region's own address, and of the public one where that leads here.
fn recent_probes<'a>(evidence: &Evidence<'a>, region: &Region, with_public: bool) -> Vec<&'a Probe> {
    let regions = evidence.deployment.regions.both().into_iter();
    regions
        .filter_map(|asked| evidence.observed(asked, |here| &here.probes))
        .filter(|observed| evidence.is_recent(observed.at, Service::Probes))
        .flat_map(|observed| &observed.value)
        .filter(|probe| probe.target.region.as_ref().map_or(with_public, |of| of == region))
        .collect()
}

/// A region that answers the world and not Lifeboat: the fault may be on this side.
fn green_while_silent(judged: &RegionJudgement, checks: &[HealthCheckAssessment], found: &mut Vec<Contradiction>) {
    let region = &judged.assessed.region;
    let is_vouched =
        checks.iter().any(|check| check.region.as_ref() == Some(region) && check.health == Health::Healthy);
    if judged.assessed.reachable == Some(false) && is_vouched {
        let what = format!("no endpoint of {region} answers Lifeboat, yet Route 53's checkers reach it");
        note(found, Some(region), what);
    }
}

fn disabled_but_failing(evidence: &Evidence<'_>, checks: &[HealthCheckAssessment], found: &mut Vec<Contradiction>) {
    for check in checks {
        let is_disabled = configured(evidence, &check.id).is_some_and(|it| it.value.disabled);
        if is_disabled && sees(evidence, check).is_some_and(|seen| !seen.value) {
            let what =
                format!("health check {} counts as healthy because it is disabled, yet its checkers fail", check.id);
            note(found, check.region.as_ref(), what);
        }
    }
}

fn away_from_the_writer(evidence: &Evidence<'_>, roles: &Roles, post: &Signpost, found: &mut Vec<Contradiction>) {
    let (Some(towards), Some(active), Some(at)) = (&post.towards, &roles.active, post.at) else { return };
    if roles.basis == RoleBasis::Writer && towards != active && evidence.is_recent(at, Service::Records) {
        let what =
            format!("DNS sends clients of {} to {towards}, yet Aurora's writer is in {active}", post.assessed.name);
        note(found, Some(towards), what);
    }
}

/// Resolvers may lag by the TTL; past that, clients are stuck.
fn resolvers_behind(evidence: &Evidence<'_>, post: &Signpost, found: &mut Vec<Contradiction>) {
    let Some(towards) = &post.towards else { return };
    let behind: Vec<(&str, &Region)> = post
        .assessed
        .answers
        .iter()
        .filter(|answer| answer.vantage != AUTHORITY && evidence.is_recent(answer.at, Service::Answers))
        .filter_map(|answer| Some((answer.vantage.as_str(), answer.region.as_ref()?)))
        .filter(|(_, region)| *region != towards)
        .collect();
    let Some((_, stuck_at)) = behind.first() else { return };
    if is_within_ttl(evidence, &post.assessed.name, stuck_at) {
        return;
    }
    let names: Vec<&str> = behind.iter().map(|(vantage, _)| *vantage).collect();
    let what = format!(
        "Route 53 answers {} with {towards}, yet {} still {} {stuck_at}",
        post.assessed.name,
        list(&names),
        if names.len() == 1 { "answers" } else { "answer" },
    );
    note(found, Some(stuck_at), what);
}

/// Whether the region's health check turned so lately that caches may rightly hold the old answer.
fn is_within_ttl(evidence: &Evidence<'_>, name: &DnsName, left: &Region) -> bool {
    let ttl = address_records_of(evidence, name).iter().filter_map(|record| record.ttl_s).max().unwrap_or(60);
    let patience = Duration::from_secs(u64::from(ttl)) + DNS_SPREADS_IN;
    checks_of_region(evidence, left).into_iter().any(|id| {
        let key = MetricKey {
            measure: Measure::HealthCheckStatus,
            region: Region::route53(),
            subject: Subject::HealthCheck(id.clone()),
        };
        let points = evidence.snapshot.points(&key);
        let turned = points.windows(2).rev().find_map(|pair| match pair {
            [before, after] if (before.value > 0.5) != (after.value > 0.5) => Some(after.at),
            _ => None,
        });
        turned.is_some_and(|at| age(evidence.now, at) <= patience)
    })
}

fn accelerator_away_from_the_writer(evidence: &Evidence<'_>, roles: &Roles, found: &mut Vec<Contradiction>) {
    let (Some((towards, at)), Some(active)) = (accelerator_target(evidence), &roles.active) else { return };
    if roles.basis == RoleBasis::Writer && towards != *active && evidence.is_recent(at, Service::GlobalAccelerator) {
        let what = format!("the accelerator sends clients to {towards}, yet Aurora's writer is in {active}");
        note(found, Some(&towards), what);
    }
}

/// What is said when stores have stopped replicating although both regions answer.
pub(super) fn standing_still(
    evidence: &Evidence<'_>,
    regions: &[RegionJudgement],
    stores: &[StoreJudgement],
) -> Option<String> {
    let both_live = regions.iter().all(|it| it.assessed.reachable == Some(true) && it.assessed.health != Health::Down);
    let stopped: Vec<&StoreJudgement> =
        stores.iter().filter(|store| store.counts && store.stands_still(evidence)).collect();
    let longest = stopped.iter().filter_map(|store| store.assessed.lag.as_ref()).max_by_key(|lag| lag.value)?;
    let names: Vec<&str> = stopped.iter().map(|store| store.assessed.name.as_str()).collect();
    let pair = &evidence.deployment.regions;
    both_live.then(|| {
        format!(
            "replication of {} has stood still between {} and {} for {}: a failover now would leave two writers",
            list(&names),
            pair.home,
            pair.partner,
            span(longest.value)
        )
    })
}

/// Clients that reach both regions write in both.
fn both_serve(evidence: &Evidence<'_>, regions: &[RegionJudgement], roles: &Roles, found: &mut Vec<Contradiction>) {
    let Some(standby) = roles.standby(evidence) else { return };
    let fresh = |judged: &RegionJudgement| {
        judged.assessed.traffic.as_ref().filter(|it| it.freshness == Freshness::Fresh).map(|it| it.value)
    };
    // The share is known only where both sides are, or where the other side is lost.
    let is_told = |it: &RegionJudgement| fresh(it).is_some() || it.assessed.reachable == Some(false);
    if !regions.iter().all(is_told) {
        return;
    }
    let all: f64 = regions.iter().filter_map(fresh).sum();
    let stray = regions.iter().find(|judged| judged.assessed.region == standby).and_then(fresh);
    if let Some(stray) = stray.filter(|stray| all > 0.0 && 100.0 * stray / all > STRAY_TRAFFIC_PERCENT) {
        let what = format!("{standby} is the standby, yet {:.0} % of all requests reach it", 100.0 * stray / all);
        note(found, Some(&standby), what);
    }
}

/// A table that replicates out of the standby is being written to there.
fn both_write(evidence: &Evidence<'_>, roles: &Roles, found: &mut Vec<Contradiction>) {
    let (Some(active), Some(standby)) = (&roles.active, roles.standby(evidence)) else { return };
    for table in &evidence.deployment.tables {
        let replicates = |from: &Region, to: &Region| {
            let key = MetricKey {
                measure: Measure::DynamoReplicationLatency,
                region: from.clone(),
                subject: Subject::Replica { table: table.clone(), to: to.clone() },
            };
            evidence.newest(&key).is_some_and(|it| it.freshness == Freshness::Fresh)
        };
        if replicates(active, &standby) && replicates(&standby, active) {
            let what = format!("{active} is active, yet table {table} is written in {standby} as well");
            note(found, Some(&standby), what);
        }
    }
}
