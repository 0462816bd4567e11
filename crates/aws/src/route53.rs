//! Route 53's control plane: health checks with what each checker saw, and the records of a name.

pub(crate) mod mutate;

use aws_sdk_route53::types::{
    AliasTarget, HealthCheck as SdkCheck, HealthCheckConfig, HealthCheckObservation, ResourceRecordSet,
    ResourceRecordSetFailover,
};
use futures::future::join_all;
use lifeboat_model::cloud_error::CloudError;
use lifeboat_model::facts::route53::{Alias, Checker, HealthCheck, HealthCheckKind, RecordSet, Routing};
use lifeboat_model::id::{AlarmName, DnsName, HealthCheckId, Region, ZoneId};
use lifeboat_model::read::Service;
use lifeboat_model::topology::RecordTarget;

use crate::clients::Endpoint;
use crate::moment::timestamp;
use crate::partial::{existing, gather, optional};

pub(crate) async fn health_checks(at: &Endpoint, ids: &[HealthCheckId]) -> Result<Vec<HealthCheck>, CloudError> {
    gather(join_all(ids.iter().map(async |id| existing(health_check(at, id).await))).await)
}

async fn health_check(at: &Endpoint, id: &HealthCheckId) -> Result<HealthCheck, CloudError> {
    const OPERATION: &str = "GetHealthCheck";
    let turn = at.route53_turns.take().await;
    let answer = at
        .route53()
        .get_health_check()
        .health_check_id(id.as_str())
        .send()
        .await
        .map_err(at.failure(Service::HealthChecks, OPERATION))?;
    drop(turn);
    let malformed = || at.asked(Service::HealthChecks, OPERATION).malformed("no health check in the answer");
    let found = answer.health_check().ok_or_else(malformed)?;
    let config = found.health_check_config().ok_or_else(malformed)?;
    // Only checks that ask an endpoint have checkers; the API refuses the question for others.
    let checkers = if asks_itself(config) { optional(checkers(at, id).await)?.unwrap_or_default() } else { Vec::new() };
    Ok(configured(id, found, config, checkers))
}

async fn checkers(at: &Endpoint, id: &HealthCheckId) -> Result<Vec<Checker>, CloudError> {
    let _turn = at.route53_turns.take().await;
    let answer = at
        .route53()
        .get_health_check_status()
        .health_check_id(id.as_str())
        .send()
        .await
        .map_err(at.failure(Service::HealthChecks, "GetHealthCheckStatus"))?;
    Ok(answer.health_check_observations().iter().map(checker).collect())
}

fn checker(found: &HealthCheckObservation) -> Checker {
    let status = found.status_report().and_then(|report| report.status()).unwrap_or_default();
    Checker {
        region: found.region().map(|region| region.as_str().to_owned()).unwrap_or_default(),
        address: found.ip_address().unwrap_or_default().to_owned(),
        passed: status.starts_with("Success"),
        status: status.to_owned(),
        checked_at: found.status_report().and_then(|report| report.checked_time()).and_then(timestamp),
    }
}

fn kind(config: &HealthCheckConfig) -> HealthCheckKind {
    config.r#type().as_str().into()
}

fn asks_itself(config: &HealthCheckConfig) -> bool {
    matches!(
        kind(config),
        HealthCheckKind::Http
            | HealthCheckKind::Https
            | HealthCheckKind::HttpMatch
            | HealthCheckKind::HttpsMatch
            | HealthCheckKind::Tcp
    )
}

fn configured(id: &HealthCheckId, found: &SdkCheck, config: &HealthCheckConfig, checkers: Vec<Checker>) -> HealthCheck {
    let number = |value: Option<i32>| value.and_then(|value| u32::try_from(value).ok());
    // A calculated check counts its children, where others count requests in a row.
    let is_calculated = kind(config) == HealthCheckKind::Calculated;
    let threshold = if is_calculated { config.health_threshold() } else { config.failure_threshold() };
    HealthCheck {
        id: id.clone(),
        version: found.health_check_version(),
        kind: kind(config),
        target: target(config),
        interval_s: number(config.request_interval()),
        threshold: number(threshold),
        inverted: config.inverted().unwrap_or(false),
        disabled: config.disabled().unwrap_or(false),
        alarm: config
            .alarm_identifier()
            .map(|alarm| (Region::from(alarm.region().as_str()), AlarmName::from(alarm.name()))),
        children: config.child_health_checks().iter().map(|child| HealthCheckId::from(child.as_str())).collect(),
        checkers,
    }
}

/// What the check asks, for people.
fn target(config: &HealthCheckConfig) -> String {
    let host = config.fully_qualified_domain_name().or(config.ip_address()).unwrap_or("?");
    let port = config.port();
    let endpoint = |scheme: &str, usual: i32| {
        let port = port.filter(|port| *port != usual).map(|port| format!(":{port}")).unwrap_or_default();
        format!("{scheme}://{host}{port}{}", config.resource_path().unwrap_or_default())
    };
    match kind(config) {
        HealthCheckKind::Http | HealthCheckKind::HttpMatch => endpoint("http", 80),
        HealthCheckKind::Https | HealthCheckKind::HttpsMatch => endpoint("https", 443),
        HealthCheckKind::Tcp => format!("tcp://{host}:{}", port.unwrap_or_default()),
        HealthCheckKind::Calculated => {
            let needed = config.health_threshold().unwrap_or_default();
            format!("at least {needed} of {} checks", config.child_health_checks().len())
        }
        HealthCheckKind::CloudwatchMetric => match config.alarm_identifier() {
            Some(alarm) => format!("alarm {} in {}", alarm.name(), alarm.region().as_str()),
            None => "an alarm".to_owned(),
        },
        HealthCheckKind::RecoveryControl => {
            format!("routing control {}", config.routing_control_arn().unwrap_or("?"))
        }
        HealthCheckKind::Other(kind) => kind,
    }
}

pub(crate) async fn records(at: &Endpoint, targets: &[RecordTarget]) -> Result<Vec<RecordSet>, CloudError> {
    let found = gather(join_all(targets.iter().map(async |target| existing(record_sets(at, target).await))).await)?;
    Ok(found.into_iter().flatten().collect())
}

/// How many sets are asked for at once: a name seldom has more, and what follows the name is not wanted.
const SETS_A_PAGE: i32 = 20;

async fn record_sets(at: &Endpoint, target: &RecordTarget) -> Result<Vec<RecordSet>, CloudError> {
    let mut sets = Vec::new();
    let mut ask = at
        .route53()
        .list_resource_record_sets()
        .hosted_zone_id(target.zone.as_str())
        .start_record_name(target.name.as_str())
        .max_items(SETS_A_PAGE);
    loop {
        let turn = at.route53_turns.take().await;
        let page = ask.send().await.map_err(at.failure(Service::Records, "ListResourceRecordSets"))?;
        drop(turn);
        let named = |set: &&ResourceRecordSet| plain_name(set.name()) == target.name;
        sets.extend(
            page.resource_record_sets().iter().filter(named).map(|set| record_set(&target.zone, &target.name, set)),
        );
        // The zone is listed in order of names: once the next is another, all have been seen.
        let Some(next) = page.next_record_name().filter(|next| page.is_truncated() && plain_name(next) == target.name)
        else {
            return Ok(sets);
        };
        ask = at
            .route53()
            .list_resource_record_sets()
            .hosted_zone_id(target.zone.as_str())
            .start_record_name(next)
            .set_start_record_type(page.next_record_type().cloned())
            .set_start_record_identifier(page.next_record_identifier().map(str::to_owned))
            .max_items(SETS_A_PAGE);
    }
}

/// Every record of the zones, those that Route 53 made with them included.
pub(crate) async fn zone_records(at: &Endpoint, zones: &[ZoneId]) -> Result<Vec<RecordSet>, CloudError> {
    let found = gather(join_all(zones.iter().map(async |zone| existing(all_sets(at, zone).await))).await)?;
    Ok(found.into_iter().flatten().collect())
}

async fn all_sets(at: &Endpoint, zone: &ZoneId) -> Result<Vec<RecordSet>, CloudError> {
    let mut sets = Vec::new();
    let mut ask = at.route53().list_resource_record_sets().hosted_zone_id(zone.as_str());
    loop {
        let turn = at.route53_turns.take().await;
        let page = ask.send().await.map_err(at.failure(Service::Records, "ListResourceRecordSets"))?;
        drop(turn);
        sets.extend(page.resource_record_sets().iter().map(|set| record_set(zone, &plain_name(set.name()), set)));
        let Some(next) = page.next_record_name().filter(|_| page.is_truncated()) else { return Ok(sets) };
        ask = at
            .route53()
            .list_resource_record_sets()
            .hosted_zone_id(zone.as_str())
            .start_record_name(next)
            .set_start_record_type(page.next_record_type().cloned())
            .set_start_record_identifier(page.next_record_identifier().map(str::to_owned));
    }
}

/// Route 53 writes a wildcard's star as an octal escape.
fn plain_name(listed: &str) -> DnsName {
    DnsName::normal(&listed.replace("\\052", "*"))
}

fn record_set(zone: &ZoneId, name: &DnsName, set: &ResourceRecordSet) -> RecordSet {
    RecordSet {
        zone: zone.clone(),
        name: name.clone(),
        record_type: set.r#type().as_str().to_owned(),
        set_identifier: set.set_identifier().map(str::to_owned),
        routing: routing(set),
        ttl_s: set.ttl().and_then(|ttl| u32::try_from(ttl).ok()),
        values: set.resource_records().iter().map(|record| record.value().to_owned()).collect(),
        alias: set.alias_target().map(alias),
        health_check: set.health_check_id().map(HealthCheckId::from),
    }
}

fn routing(set: &ResourceRecordSet) -> Routing {
    if let Some(failover) = set.failover() {
        return match failover {
            ResourceRecordSetFailover::Primary => Routing::FailoverPrimary,
            ResourceRecordSetFailover::Secondary => Routing::FailoverSecondary,
            other => Routing::Other(format!("failover {}", other.as_str())),
        };
    }
    if let Some(weight) = set.weight() {
        return Routing::Weighted(u32::try_from(weight).unwrap_or(0));
    }
    if let Some(region) = set.region() {
        return Routing::Latency(region.as_str().to_owned());
    }
    let named = [
        (set.geo_location().is_some(), "geolocation"),
        (set.geo_proximity_location().is_some(), "geoproximity"),
        (set.multi_value_answer() == Some(true), "multivalue"),
        (set.cidr_routing_config().is_some(), "IP-based"),
    ];
    match named.into_iter().find(|(present, _)| *present) {
        Some((_, name)) => Routing::Other(name.to_owned()),
        None => Routing::Simple,
    }
}

fn alias(found: &AliasTarget) -> Alias {
    Alias {
        target: DnsName::normal(found.dns_name()),
        zone: found.hosted_zone_id().into(),
        evaluate_target_health: found.evaluate_target_health(),
    }
}
