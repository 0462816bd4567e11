//! A world as AWS would describe it: each service's facts, for one region, at the world's newest second.

use std::time::Duration;

use base64::Engine as _;
use lifeboat_model::assessment::StoreKind;
use lifeboat_model::facts::alarm::{Alarm, AlarmChange, AlarmFacts, AlarmMetric, AlarmState};
use lifeboat_model::facts::aurora::{
    AuroraFacts, Cluster, FailoverState, FailoverStatus, GlobalCluster, GlobalMember, Instance, ServerlessCapacity,
    Synchronization,
};
use lifeboat_model::facts::backup::{BackupFacts, CopyJob, CopyState, Vault};
use lifeboat_model::facts::capacity::{Quota, ScalingGroup};
use lifeboat_model::facts::dynamodb::{Consistency, Replica, ReplicaStatus, Table, TableStatus};
use lifeboat_model::facts::global_accelerator::{Accelerator, Endpoint, EndpointGroup, EndpointHealth};
use lifeboat_model::facts::lambda::{EventSource, Function};
use lifeboat_model::facts::load_balancing::{Target, TargetGroup, TargetHealth};
use lifeboat_model::facts::parameter::{Parameter, ParameterKind, ValueDigest};
use lifeboat_model::facts::probe::{Probe, ProbeOutcome};
use lifeboat_model::facts::route53::{Checker, DnsAnswer, HealthCheck, HealthCheckKind, RecordSet, Vantage};
use lifeboat_model::facts::s3::{Bucket, Versioning};
use lifeboat_model::id::{
    Arn, BucketName, DnsName, FunctionName, GroupName, HealthCheckId, ParameterName, Region, TableName, VaultName,
};
use lifeboat_model::metric::{Measure, MetricQuery, Point, Window};
use lifeboat_model::time::Timestamp;
use lifeboat_model::topology::{AlarmSelection, ProbeTarget, QuotaTarget, RecordTarget};

use super::answers::client_latency;
use super::instant;
use crate::cloudformation::founding::writer_endpoint;
use crate::cloudformation::physical::{cluster_endpoint, reader_endpoint, short};
use crate::draw::{Topic, digest};
use crate::estate::AlarmEstate;
use crate::past::Past;
use crate::physics::alarms::Changed;
use crate::physics::aurora::Phase;
use crate::physics::dns::HealthOf;
use crate::physics::doors::Answer;
use crate::physics::health_checks::CHECKER_REGIONS;
use crate::physics::metrics::{Fold, RULE_ID, Slot};
use crate::scenario::{CANARY_VANTAGE, VANTAGES};
use crate::side::{Pair, Side};
use crate::truth::{Outage, StoreTruth, Truth, Writes};
use crate::world::{World, host_of};
use crate::{ACCOUNT, EPOCH};

/// Function concurrency that an account has in a region, and what it has where nobody asked for more.
const CONCURRENCY: u32 = 1_000;
const CONCURRENCY_LOWERED: u32 = 100;

pub(super) fn aurora(world: &World, region: &Region) -> Option<AuroraFacts> {
    let estate = &world.setting.estate;
    let (own, state) = (estate.aurora.as_ref()?, world.state.aurora.as_ref()?);
    let Some(side) = estate.side_of(region) else { return Some(AuroraFacts::default()) };
    let view = state.views.at(side);
    let failover = match view.phase {
        Phase::Steady => None,
        Phase::SwitchingOver { to, .. } => Some((FailoverStatus::SwitchingOver, to, false)),
        Phase::FailingOver { to, .. } => Some((FailoverStatus::FailingOver, to, true)),
    };
    let members = Side::BOTH.into_iter().map(|member| GlobalMember {
        cluster: own.arns.at(member).clone(),
        is_writer: member == view.writer,
        synchronization: Some(if *view.synchronized.at(member) {
            Synchronization::Connected
        } else {
            Synchronization::PendingResync
        }),
    });
    let global = GlobalCluster {
        id: own.global.clone(),
        arn: Arn::new(format!("arn:aws:rds::{ACCOUNT}:global-cluster:{}", own.global)),
        status: failover
            .as_ref()
            .map_or("available", |(status, _, _)| match status {
                FailoverStatus::SwitchingOver => "switching-over",
                FailoverStatus::Pending
                | FailoverStatus::FailingOver
                | FailoverStatus::Cancelling
                | FailoverStatus::Other(_) => "failing-over",
            })
            .to_owned(),
        engine: own.engine.to_owned(),
        engine_version: own.engine_version.clone(),
        deletion_protection: false,
        endpoint: Some(writer_endpoint(own.global.as_str())),
        members: members.collect(),
        failover: failover.map(|(status, to, loss)| FailoverState {
            status,
            from: Some(own.arns.at(to.other()).clone()),
            to: Some(own.arns.at(to).clone()),
            data_loss_allowed: Some(loss),
        }),
    };
    let id = own.clusters.at(side);
    let rebuilding = state.members.at(side).rebuilt_at.is_some();
    let cluster = Cluster {
        id: id.clone(),
        arn: own.arns.at(side).clone(),
        status: if rebuilding { "creating" } else { "available" }.to_owned(),
        engine: own.engine.to_owned(),
        engine_version: own.engine_version.clone(),
        endpoint: Some(cluster_endpoint(id.as_str(), region)),
        reader_endpoint: Some(reader_endpoint(id.as_str(), region)),
        parameter_group: Some(format!("{}-{}", own.global, own.engine)),
        deletion_protection: false,
        encrypted: true,
        backup_retention_days: Some(1),
        instances: vec![Instance { id: own.instances.at(side).clone(), is_cluster_writer: true }],
        serverless: own
            .serverless_half_acu
            .map(|(min_half_acu, max_half_acu)| ServerlessCapacity { min_half_acu, max_half_acu }),
    };
    Some(AuroraFacts { global: Some(global), cluster: Some(cluster) })
}

pub(super) fn tables(world: &World, region: &Region, tables: &[TableName]) -> Vec<Table> {
    let estate = &world.setting.estate;
    let Some(side) = estate.side_of(region).filter(|_| tables.contains(&estate.table)) else { return Vec::new() };
    vec![Table {
        name: estate.table.clone(),
        status: TableStatus::Active,
        replicas: Side::BOTH
            .into_iter()
            .map(|side| Replica { region: estate.region(side).clone(), status: ReplicaStatus::Active })
            .collect(),
        consistency: Consistency::Eventual,
        item_count: Some(*world.state.counted_items.at(side)),
        deletion_protection: false,
        created_at: Some(instant(estate.built_at)),
    }]
}

pub(super) fn buckets(world: &World, region: &Region, buckets: &[BucketName]) -> Vec<Bucket> {
    let estate = &world.setting.estate;
    let Some(side) = estate.side_of(region) else { return Vec::new() };
    let name = estate.storage.buckets.at(side);
    if !buckets.contains(name) {
        return Vec::new();
    }
    let mut rules = world.state.buckets.rules.at(side).clone();
    if world.state.conditions.drift.at(side).replication_rule {
        for rule in &mut rules {
            rule.enabled = false;
        }
    }
    vec![Bucket {
        name: name.clone(),
        versioning: Versioning::Enabled,
        rules,
        role: world.state.buckets.roles.at(side).clone(),
        by_kms: Vec::new(),
    }]
}

pub(super) fn health_checks(world: &World, checks: &[HealthCheckId]) -> Vec<HealthCheck> {
    let asked = world.setting.estate.checks.iter().zip(&world.state.checks).filter(|(own, _)| checks.contains(&own.id));
    asked
        .map(|(own, state)| HealthCheck {
            id: own.id.clone(),
            version: state.version,
            kind: state.kind.clone(),
            target: own.target.clone(),
            interval_s: (!state.is_told()).then(|| state.interval_s()),
            threshold: (state.kind != HealthCheckKind::CloudwatchMetric).then(|| state.threshold()),
            inverted: state.inverted,
            disabled: state.disabled,
            alarm: state.alarm.clone(),
            children: state.children.clone(),
            checkers: (0_u8..)
                .zip(if state.is_told() { &[] } else { state.checkers.as_slice() })
                .map(|(index, checker)| Checker {
                    region: CHECKER_REGIONS.get(usize::from(checker.region)).copied().unwrap_or_default().to_owned(),
                    address: format!("192.0.2.{}", index.saturating_add(65)),
                    passed: checker.last_passed,
                    status: if checker.last_passed {
                        "Success: HTTP Status Code 200, OK"
                    } else if own.lever.is_some() {
                        "Failure: HTTP Status Code 404, Not Found"
                    } else {
                        "Failure: The health checker could not establish a connection within the timeout limit."
                    }
                    .to_owned(),
                    checked_at: Some(instant(checker.asked_at)),
                })
                .collect(),
        })
        .collect()
}

pub(super) fn records(world: &World, records: &[RecordTarget]) -> Vec<RecordSet> {
    let asked =
        |record: &&RecordSet| records.iter().any(|target| target.zone == record.zone && target.name == record.name);
    world.state.dns.records.iter().filter(asked).cloned().collect()
}

pub(super) fn answers(world: &World, records: &[RecordTarget], authority: bool) -> Vec<DnsAnswer> {
    let estate = &world.setting.estate;
    let asked = records.iter().filter(|record| estate.deployment.records.contains(record));
    asked.flat_map(|target| answers_for(world, &target.name, authority)).collect()
}

fn answers_for(world: &World, name: &DnsName, authority: bool) -> Vec<DnsAnswer> {
    let state = &world.state;
    let dns = &state.dns;
    let doors = state.doors(&world.setting);
    let health = HealthOf {
        check: &|place| state.checks.get(usize::from(place)).is_none_or(|check| check.effective),
        target: &|side| !matches!(doors.get.at(side), Answer::Silent | Answer::NoTarget),
    };
    let kind = dns.records.first().map_or("A", |record| record.record_type.as_str());
    let answer = |vantage: Vantage, record: Option<u8>, ttl_s: Option<u32>| DnsAnswer {
        name: name.clone(),
        record_type: kind.to_owned(),
        vantage,
        code: if record.is_some() { "NOERROR" } else { "NXDOMAIN" }.to_owned(),
        values: record.map(|record| values(world, record)).unwrap_or_default(),
        ttl_s: ttl_s.filter(|_| record.is_some()),
    };
    let mut all = Vec::with_capacity(VANTAGES.len() + 1);
    if authority {
        let record = dns.authority(world.setting.draw, 0, &health, state.now);
        all.push(answer(Vantage::Authority, record, record.map(|record| dns.ttl_of(record))));
    } else {
        all.push(DnsAnswer {
            name: name.clone(),
            record_type: kind.to_owned(),
            vantage: Vantage::Authority,
            code: "no answer from Route 53's API".to_owned(),
            values: Vec::new(),
            ttl_s: None,
        });
    }
    for (vantage, resolver) in VANTAGES.iter().zip(&dns.resolvers) {
        let left = u32::try_from((resolver.expires_at - state.now).max(0)).unwrap_or_default();
        all.push(answer(Vantage::Resolver((*vantage).to_owned()), resolver.record, Some(left)));
    }
    all
}

/// What an answer says: an alias is answered with its target's addresses.
fn values(world: &World, record: u8) -> Vec<String> {
    let dns = &world.state.dns;
    let Some(set) = dns.records.get(usize::from(record)) else { return Vec::new() };
    if set.alias.is_none() {
        return set.values.clone();
    }
    let door = dns.side_of(record).map(|side| world.setting.estate.doors.at(side));
    door.and_then(|door| door.address.clone()).into_iter().collect()
}

/// Replication is published by rule: where the bucket has no such rule there is nothing.
pub(super) fn is_of_a_rule(world: &World, query: &MetricQuery) -> bool {
    if query.namespace != "AWS/S3" {
        return true;
    }
    let part = |name: &str| query.dimensions.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
    let buckets = &world.setting.estate.storage.buckets;
    let source = Side::BOTH.into_iter().find(|side| part("SourceBucket") == Some(buckets.at(*side).as_str()));
    let rules = source.map(|side| world.state.buckets.rules.at(side)).into_iter().flatten();
    rules.into_iter().any(|rule| part(RULE_ID) == Some(rule.id.as_str()))
}

pub(super) fn points(
    world: &World,
    past: &Past,
    slot: Slot,
    measure: Measure,
    period_s: u32,
    window: Window,
) -> Vec<Point> {
    let period = i64::from(period_s.max(60)).div_euclid(60);
    let first = (window.from.as_second() - EPOCH.as_second()).div_euclid(60);
    let end = (window.to.as_second() - EPOCH.as_second()).div_euclid(60);
    let own = world.state.metrics.oldest();
    let fold = Fold::of(measure.spec().stat);
    let at = |minute: i64| {
        if minute >= own { world.state.metrics.point(slot, minute) } else { past.point(&world.setting, slot, minute) }
    };
    let mut points = Vec::new();
    let mut start = first.div_euclid(period) * period;
    let oldest = own.max(0) - i64::try_from(crate::physics::metrics::MINUTES_KEPT).unwrap_or_default();
    start = start.max(oldest.div_euclid(period) * period);
    while start < end && start * 60 <= world.state.now {
        let values: Vec<f64> = (start..start + period).filter_map(at).collect();
        if let Some(value) = fold.longer(&values) {
            points.push(Point { at: instant(start * 60), value });
        }
        start += period;
    }
    points
}

pub(super) fn custom_points(world: &World, region: &Region, query: &MetricQuery, window: Window) -> Vec<Point> {
    let found = world.state.custom_metrics.iter().find(|series| {
        series.metric.region == *region
            && series.metric.namespace == query.namespace
            && series.metric.name == query.name
            && series.metric.dimensions == query.dimensions
    });
    let points = found.into_iter().flat_map(|series| &series.points);
    points
        .map(|(minute, value)| Point { at: instant(minute * 60), value: *value })
        .filter(|point| point.at >= window.from && point.at < window.to)
        .collect()
}

pub(super) fn alarms(world: &World, region: &Region, selection: &AlarmSelection, since: Timestamp) -> AlarmFacts {
    let estate = &world.setting.estate;
    let selected = |alarm: &AlarmEstate| {
        alarm.region == *region
            && (selection.names.iter().any(|name| name == alarm.name.as_str())
                || selection.prefixes.iter().any(|prefix| alarm.name.as_str().starts_with(prefix.as_str())))
    };
    let alarms = estate
        .alarms
        .iter()
        .zip(&world.state.alarms.states)
        .filter(|(own, _)| selected(own))
        .map(|(own, state)| {
            let entry = world.setting.catalog.entry(world.setting.catalog.watched(estate, own.watches));
            let spec = own.watches.measure.spec();
            Alarm {
                name: own.name.clone(),
                arn: Some(Arn::new(format!("arn:aws:cloudwatch:{region}:{ACCOUNT}:alarm:{}", own.name))),
                state: state.state.clone(),
                state_since: Some(instant(state.since)),
                reason: reason(own, &state.state, state.datapoint),
                actions_enabled: true,
                metric: Some(AlarmMetric {
                    namespace: spec.namespace.to_owned(),
                    name: spec.name.to_owned(),
                    dimensions: entry.map(|entry| entry.dimensions.clone()).unwrap_or_default(),
                    threshold: Some(own.threshold),
                    comparison: own.comparison.as_str().to_owned(),
                    period_s: Some(60),
                    evaluation_periods: Some(own.evaluation_periods),
                    missing_data: Some(own.missing.as_str().to_owned()),
                }),
            }
        })
        .collect();
    let changed = |changed: &Changed| {
        let own = estate.alarms.get(usize::from(changed.alarm)).filter(|own| selected(own))?;
        let at = instant(changed.at);
        (at >= since).then(|| AlarmChange {
            name: own.name.clone(),
            at,
            from: Some(changed.from.clone()),
            to: Some(changed.to.clone()),
            summary: format!("Alarm updated from {} to {}", changed.from, changed.to),
        })
    };
    let history = world.state.alarms.history.iter().rev().filter_map(changed).collect();
    AlarmFacts { alarms, history }
}

fn reason(own: &AlarmEstate, state: &AlarmState, datapoint: Option<f64>) -> String {
    let point = datapoint.map_or_else(|| "no datapoint".to_owned(), |value| format!("datapoint [{value}]"));
    match state {
        AlarmState::InsufficientData => "Insufficient Data: no datapoints were received".to_owned(),
        AlarmState::Alarm => format!("Threshold Crossed: {point} was {} {}", own.comparison.as_str(), own.threshold),
        AlarmState::Ok | AlarmState::Other(_) => {
            format!("Threshold not crossed: {point}, {} {}", own.comparison.as_str(), own.threshold)
        }
    }
}

pub(super) fn target_groups(world: &World, region: &Region, groups: &[Arn]) -> Vec<TargetGroup> {
    let estate = &world.setting.estate;
    let Some(side) = estate.side_of(region) else { return Vec::new() };
    let Some(balancer) = estate.doors.at(side).balancer.as_ref() else { return Vec::new() };
    if !groups.contains(&balancer.target_group) {
        return Vec::new();
    }
    let target = |id: String, health: TargetHealth, reason: Option<&str>| Target {
        id,
        health,
        reason: reason.map(ToOwned::to_owned),
    };
    let targets = match &world.state.groups {
        Some(_) if *world.state.conditions.half_deleted.at(side) => Vec::new(),
        Some(all) => {
            let group = all.groups.at(side);
            let name = estate.groups.as_ref().map_or("", |groups| groups.at(side).name.as_str());
            let id = |index: u32| format!("i-0{}", short(&format!("{name}{index}")));
            let serving = (0..group.in_service).map(|index| target(id(index), TargetHealth::Healthy, None));
            let booting = (0_u32..).zip(&group.booting).map(|(index, _)| {
                target(id(group.in_service + index), TargetHealth::Initial, Some("Target registration is in progress"))
            });
            serving.chain(booting).collect()
        }
        None => balancer.fixed_targets.iter().map(|ip| target(ip.clone(), TargetHealth::Healthy, None)).collect(),
    };
    vec![TargetGroup { arn: balancer.target_group.clone(), targets }]
}

pub(super) fn functions(world: &World, region: &Region, functions: &[FunctionName]) -> Vec<Function> {
    let estate = &world.setting.estate;
    let Some(side) = estate.side_of(region) else { return Vec::new() };
    let conditions = &world.state.conditions;
    if *conditions.half_deleted.at(side) {
        return Vec::new();
    }
    let drifted = conditions.drift.at(side).function_code;
    let asked = estate
        .functions
        .iter()
        .zip(&world.state.functions)
        .filter(|(own, _)| own.side == side && functions.contains(&own.name));
    asked
        .map(|(own, state)| Function {
            name: own.name.clone(),
            state: "Active".to_owned(),
            runtime: Some(own.runtime.to_owned()),
            code_sha256: Some(code_digest(own.code, drifted)),
            reserved_concurrency: state.reserved,
            event_sources: own
                .event_source
                .iter()
                .map(|(uuid, source)| EventSource {
                    uuid: uuid.clone(),
                    source: Some(source.clone()),
                    state: if state.source_enabled { "Enabled" } else { "Disabled" }.to_owned(),
                })
                .collect(),
        })
        .collect()
}

/// Looks like the digest of the code: equal for equal code, and nothing more is ever asked of it.
pub(super) fn code_digest(code: &str, drifted: bool) -> String {
    let version = if drifted { "older" } else { "deployed" };
    let bytes: Vec<u8> =
        (0..4_u8).flat_map(|part| digest(format!("{code}/{version}/{part}").as_bytes()).to_be_bytes()).collect();
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

pub(super) fn concurrency(lowered: bool) -> u32 {
    if lowered { CONCURRENCY_LOWERED } else { CONCURRENCY }
}

pub(super) fn quotas(quotas: &[QuotaTarget], lowered: bool) -> Vec<Quota> {
    let known = |target: &QuotaTarget| {
        let (name, usual, low, unit) = match (target.service_code.as_str(), target.quota_code.as_str()) {
            ("lambda", "L-B99A9384") => {
                ("Concurrent executions", f64::from(CONCURRENCY), f64::from(CONCURRENCY_LOWERED), None)
            }
            ("ec2", "L-1216C47A") => {
                ("Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", 256.0, 32.0, Some("vCPU"))
            }
            ("rds", "L-952B80B8") => ("DB clusters", 40.0, 40.0, None),
            ("vpc", "L-F678F1CE") => ("VPCs per Region", 5.0, 5.0, None),
            ("vpc", "L-A4707A72") => ("Internet gateways per Region", 5.0, 5.0, None),
            ("ec2", "L-0263D0A3") => ("EC2-VPC Elastic IPs", 5.0, 5.0, None),
            ("autoscaling", "L-CDE20ADC") => ("Auto Scaling groups per region", 500.0, 500.0, None),
            ("kms", "L-C2F1777E") => ("KMS Keys", 100_000.0, 100_000.0, None),
            ("s3", "L-DC2B2D3D") => ("General purpose buckets", 10_000.0, 10_000.0, None),
            (_, _) => return None,
        };
        Some(Quota {
            service_code: target.service_code.clone(),
            quota_code: target.quota_code.clone(),
            name: name.to_owned(),
            value: if lowered { low } else { usual },
            unit: unit.map(ToOwned::to_owned),
        })
    };
    quotas.iter().filter_map(known).collect()
}

pub(super) fn accelerators(world: &World, accelerators: &[Arn]) -> Vec<Accelerator> {
    let estate = &world.setting.estate;
    let (Some(own), Some(state)) = (&estate.accelerator, &world.state.accelerator) else { return Vec::new() };
    if !accelerators.contains(&own.arn) {
        return Vec::new();
    }
    let group = |side: Side| EndpointGroup {
        arn: own.groups.at(side).clone(),
        region: estate.region(side).clone(),
        dial_percent: Some(*state.now.dials_percent.at(side)),
        interval_s: Some(30),
        threshold: Some(3),
        endpoints: estate
            .doors
            .at(side)
            .balancer
            .iter()
            .map(|balancer| {
                let healthy = *state.now.healthy.at(side);
                Endpoint {
                    id: balancer.arn.to_string(),
                    weight: Some(*state.now.weights.at(side)),
                    health: Some(if healthy { EndpointHealth::Healthy } else { EndpointHealth::Unhealthy }),
                    reason: (!healthy).then(|| "no healthy targets".to_owned()),
                }
            })
            .collect(),
    };
    vec![Accelerator {
        arn: own.arn.clone(),
        name: own.name.clone(),
        enabled: true,
        status: if state.in_progress() { "IN_PROGRESS" } else { "DEPLOYED" }.to_owned(),
        dns_name: Some(DnsName::new(own.dns_name.clone())),
        addresses: own.addresses.clone(),
        groups: Side::BOTH.into_iter().map(group).collect(),
    }]
}

pub(super) fn parameters(world: &World, region: &Region, paths: &[ParameterName], decrypt: bool) -> Vec<Parameter> {
    let estate = &world.setting.estate;
    let Some(side) = estate.side_of(region) else { return Vec::new() };
    let conditions = &world.state.conditions;
    if *conditions.half_deleted.at(side) {
        return Vec::new();
    }
    let asked = |name: &str| paths.iter().any(|path| name.starts_with(path.as_str()));
    let drifted = conditions.drift.at(side).parameter;
    let describe = |name: &str, secure: bool, value: &str, version: i64, modified_at: i64| Parameter {
        name: ParameterName::new(name),
        kind: if secure { ParameterKind::Secure } else { ParameterKind::Plain },
        version,
        modified_at: Some(instant(modified_at)),
        digest: (!secure || decrypt).then(|| value_digest(value)),
    };
    let deployed = estate.parameters.iter().zip(&world.state.parameters).filter(|(own, _)| asked(own.name.as_str()));
    let deployed = deployed.enumerate().map(|(index, (own, state))| {
        let state = state.at(side);
        if drifted && index == 0 {
            return describe(own.name.as_str(), own.secure, "changed by hand", state.version + 1, -5 * 86_400);
        }
        describe(own.name.as_str(), own.secure, &state.value, state.version, state.modified_at)
    });
    let added = world.state.added_parameters.at(side).iter().filter(|(name, _)| asked(name));
    let added = added.map(|(name, state)| describe(name, false, &state.value, state.version, state.modified_at));
    deployed.chain(added).collect()
}

pub(super) fn value_digest(value: &str) -> ValueDigest {
    let mut bytes = [0; 16];
    let (first, second) = bytes.split_at_mut(8);
    first.copy_from_slice(&digest(value.as_bytes()).to_be_bytes());
    second.copy_from_slice(&digest(format!("{value}/again").as_bytes()).to_be_bytes());
    ValueDigest::new(bytes)
}

pub(super) fn vaults(world: &World, region: &Region, vaults: &[VaultName]) -> Option<BackupFacts> {
    let estate = &world.setting.estate;
    let side = estate.side_of(region)?;
    let names = estate.vaults.as_ref()?;
    let name = names.at(side);
    if !vaults.contains(name) {
        return None;
    }
    let backups = &world.state.backups;
    let points = match side {
        Side::Home => &backups.taken,
        Side::Partner => &backups.copied,
    };
    let copies = match side {
        // Copies are told by the region they leave.
        Side::Home => backups
            .copied
            .iter()
            .rev()
            .map(|(begun, done)| CopyJob {
                id: format!("copy-{}", short(&format!("{name}{begun}"))),
                resource: estate.aurora.as_ref().map(|aurora| aurora.arns.home.clone()),
                destination_vault: Some(Arn::new(format!(
                    "arn:aws:backup:{}:{ACCOUNT}:backup-vault:{}",
                    estate.regions.partner, names.partner
                ))),
                state: CopyState::Completed,
                created_at: Some(instant(*begun)),
                completed_at: Some(instant(*done)),
                message: None,
            })
            .collect(),
        Side::Partner => Vec::new(),
    };
    let vault = Vault {
        name: name.clone(),
        recovery_points: u32::try_from(points.len()).unwrap_or(u32::MAX),
        newest: points.last().map(|(begun, _)| instant(*begun)),
        locked: Some(false),
    };
    Some(BackupFacts { vaults: vec![vault], copies })
}

pub(super) fn scaling_groups(world: &World, region: &Region, groups: &[GroupName]) -> Vec<ScalingGroup> {
    let estate = &world.setting.estate;
    let (Some(side), Some(own), Some(state)) = (estate.side_of(region), &estate.groups, &world.state.groups) else {
        return Vec::new();
    };
    let (own, group) = (own.at(side), state.groups.at(side));
    let conditions = &world.state.conditions;
    if !groups.contains(&own.name) || *conditions.half_deleted.at(side) {
        return Vec::new();
    }
    vec![ScalingGroup {
        name: own.name.clone(),
        min: group.min,
        desired: group.desired,
        max: if conditions.drift.at(side).capacity { group.desired } else { group.max },
        in_service: group.in_service,
        suspended: if conditions.drift.at(side).capacity { vec!["Launch".to_owned()] } else { Vec::new() },
    }]
}

pub(super) fn probes(world: &World, probes: &[ProbeTarget]) -> Vec<Probe> {
    let estate = &world.setting.estate;
    let doors = world.state.doors(&world.setting);
    let probe = |target: &ProbeTarget| {
        let host = host_of(&target.url);
        let public = estate.deployment.public_name.as_ref().is_some_and(|name| name.as_str() == host);
        let own = estate.doors.find(|door| door.answers_at(host));
        if !public && own.is_none() {
            return None;
        }
        let side = if public { world.state.destination(&world.setting, CANARY_VANTAGE) } else { own };
        let outcome = match side {
            None => ProbeOutcome::Failed { reason: "the name has no answer".to_owned() },
            Some(side) => outcome(world, *doors.get.at(side), side, &target.url),
        };
        Some(Probe { target: target.clone(), outcome })
    };
    probes.iter().filter_map(probe).collect()
}

fn outcome(world: &World, answer: Answer, side: Side, url: &str) -> ProbeOutcome {
    let topic = Topic::new(url, "probe");
    let draw = world.setting.draw;
    let now = world.state.now;
    let latency = client_latency(draw.unit(topic.nth(1), now));
    if draw.happens(topic, now, *world.state.conditions.gray.at(side)) {
        return ProbeOutcome::Failed { reason: "timed out after the connection was made".to_owned() };
    }
    let balanced = world.setting.estate.doors.at(side).balancer.is_some();
    match answer {
        Answer::Good | Answer::ReadOnly => ProbeOutcome::Answered { status: 200, latency },
        Answer::NoTarget => ProbeOutcome::Answered { status: 503, latency },
        Answer::Refused => ProbeOutcome::Answered { status: if balanced { 502 } else { 500 }, latency },
        Answer::Silent => ProbeOutcome::Failed { reason: "connection timed out".to_owned() },
    }
}

pub(super) fn truth(world: &World) -> Truth {
    let state = &world.state;
    let estate = &world.setting.estate;
    let place = |vantage: usize| VANTAGES.get(vantage).copied().unwrap_or_default().to_owned();
    let ended = state.clients.over.iter().map(|outage| Outage {
        vantage: place(usize::from(outage.vantage)),
        begun: instant(outage.begun),
        ended: Some(instant(outage.ended)),
    });
    let lasting = state.clients.failing_now().map(|(vantage, begun)| Outage {
        vantage: place(vantage),
        begun: instant(begun),
        ended: None,
    });
    let serving = state.serving;
    let region = |side: Side| estate.region(side).clone();
    let mut stores = Vec::new();
    if let (Some(own), Some(aurora)) = (&estate.aurora, &state.aurora) {
        stores.push(StoreTruth {
            kind: StoreKind::Aurora,
            name: own.global.to_string(),
            region: region(aurora.writer),
            acknowledged: aurora.acknowledged,
            found: aurora.members.at(aurora.writer).commits,
            elsewhere: 0,
            lost: aurora.lost,
            lost_time: aurora.lost_ms().map(|ms| Duration::from_secs_f64(ms / 1000.0)),
        });
    }
    let both = Pair::new(Side::Home, Side::Partner);
    let away = *both.at(serving.other());
    stores.push(StoreTruth {
        kind: StoreKind::DynamoDb,
        name: estate.table.to_string(),
        region: region(serving),
        acknowledged: state.table.acknowledged,
        found: *state.table.present.at(serving),
        elsewhere: state.table.waiting(away),
        lost: *state.table.suppressed.at(serving),
        lost_time: None,
    });
    stores.push(StoreTruth {
        kind: StoreKind::S3,
        name: estate.storage.buckets.at(serving).to_string(),
        region: region(serving),
        acknowledged: state.buckets.acknowledged,
        found: *state.buckets.present.at(serving),
        elsewhere: state.buckets.backlog.at(away).objects + state.buckets.unruled.at(away),
        lost: 0,
        lost_time: None,
    });
    Truth {
        at: instant(state.now),
        writes: Writes {
            attempted: state.clients.attempted,
            acknowledged: state.clients.attempted - state.clients.failed,
            failed: state.clients.failed,
        },
        outages: ended.chain(lasting).collect(),
        stores,
    }
}
