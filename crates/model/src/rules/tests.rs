//! One deployment with everything a deployment can have, and one calm moment of it, from which each case departs.

use crate::assessment::{Assessment, RunHistory};
use crate::cloud_error::{CloudError, CloudErrorKind};
use crate::facts::Facts;
use crate::facts::alarm::{Alarm, AlarmFacts, AlarmMetric, AlarmState};
use crate::facts::aurora::{AuroraFacts, Cluster, GlobalCluster, GlobalMember, Instance, Synchronization};
use crate::facts::backup::{BackupFacts, Vault};
use crate::facts::capacity::{Quota, ScalingGroup};
use crate::facts::dynamodb::{Consistency, Replica, ReplicaStatus, Table, TableStatus};
use crate::facts::global_accelerator::{Accelerator, Endpoint, EndpointGroup, EndpointHealth};
use crate::facts::identity::CallerIdentity;
use crate::facts::lambda::{Function, LambdaFacts};
use crate::facts::load_balancing::{Target, TargetGroup, TargetHealth};
use crate::facts::parameter::{Parameter, ParameterKind, ValueDigest};
use crate::facts::probe::{Probe, ProbeOutcome};
use crate::facts::route53::{Checker, DnsAnswer, HealthCheck, HealthCheckKind, RecordSet, Routing, Vantage};
use crate::facts::s3::{Bucket, ReplicationRule, Versioning};
use crate::facts::stack::{DriftStatus, Stack};
use crate::id::{Arn, Region};
use crate::metric::{Measure, MetricKey, Point, Series};
use crate::objective::Objectives;
use crate::read::{Read, Service, Tempo};
use crate::rules::reads::planned_reads;
use crate::snapshot::{Observation, Snapshot};
use crate::time::{Duration, Timestamp, after, before};
use crate::topology::{
    AlarmSelection, ApiTarget, BucketPair, Deployment, HealthCheckTarget, InRegion, LoadBalancerKind,
    LoadBalancerTarget, ProbeTarget, QuotaTarget, RecordTarget,
};

mod contradictions;
mod forecast;
mod health_checks;
mod parity;
mod properties;
mod reads;
mod regions;
mod roles;
mod stores;

pub(super) const HOME: &str = "us-east-1";
pub(super) const PARTNER: &str = "us-east-2";
pub(super) const ACCOUNT: &str = "123456789012";
pub(super) const RPO: Duration = Duration::from_secs(10);

/// The calm moment.
pub(super) fn noon() -> Timestamp {
    "2026-01-05T12:00:30Z".parse().unwrap()
}

fn balancer(region: &str) -> Arn {
    Arn::new(format!("arn:aws:elasticloadbalancing:{region}:{ACCOUNT}:loadbalancer/app/shop/0a1b"))
}

fn target_group(region: &str) -> Arn {
    Arn::new(format!("arn:aws:elasticloadbalancing:{region}:{ACCOUNT}:targetgroup/shop/2c3d"))
}

pub(super) fn accelerator_arn() -> Arn {
    Arn::new(format!("arn:aws:globalaccelerator::{ACCOUNT}:accelerator/abcd"))
}

fn probe_target(region: Option<&str>) -> ProbeTarget {
    let host = region.map_or_else(|| "api.shop.test".to_owned(), |region| format!("api.{region}.shop.test"));
    ProbeTarget { region: region.map(Region::from), url: format!("https://{host}/health") }
}

pub(super) fn everything() -> Deployment {
    let mut shop = Deployment::bare("shop", HOME, PARTNER);
    let both = |name: &str| vec![InRegion::new(HOME, name), InRegion::new(PARTNER, name)];
    shop.account = Some(ACCOUNT.into());
    shop.objectives = Objectives {
        rpo: Some(RPO),
        rto: Some(Duration::from_mins(10)),
        expected_promotion: Some(Duration::from_mins(1)),
        ..Objectives::default()
    };
    shop.public_name = Some("api.shop.test".into());
    shop.global_cluster = Some("shop".into());
    shop.tables = vec!["orders".into()];
    shop.buckets = vec![BucketPair {
        source: InRegion::new(HOME, "shop-assets"),
        destination: InRegion::new(PARTNER, "shop-assets-dr"),
    }];
    shop.health_checks = vec![
        HealthCheckTarget { id: "check-home".into(), watches: Some(HOME.into()) },
        HealthCheckTarget { id: "check-partner".into(), watches: Some(PARTNER.into()) },
    ];
    shop.records = vec![RecordTarget { zone: "Z1".into(), name: "api.shop.test".into() }];
    shop.alarms = AlarmSelection { prefixes: vec!["shop-".to_owned()], names: Vec::new() };
    shop.load_balancers = [HOME, PARTNER]
        .into_iter()
        .map(|region| LoadBalancerTarget {
            region: region.into(),
            kind: LoadBalancerKind::Application,
            arn: balancer(region),
            target_group: Some(target_group(region)),
        })
        .collect();
    shop.apis = [HOME, PARTNER]
        .into_iter()
        .map(|region| ApiTarget::Rest { region: region.into(), api_name: "shop".into(), stage: "prod".into() })
        .collect();
    shop.functions = vec![InRegion::new(HOME, "pay"), InRegion::new(PARTNER, "pay")];
    shop.accelerators = vec![accelerator_arn()];
    shop.parameter_paths = vec!["/shop/".into()];
    shop.stacks = vec![InRegion::new(HOME, "shop-p"), InRegion::new(PARTNER, "shop-s")];
    shop.vaults = vec![InRegion::new(HOME, "vault"), InRegion::new(PARTNER, "vault")];
    shop.scaling_groups = both("web");
    shop.quotas = vec![QuotaTarget { service_code: "lambda".into(), quota_code: "L-B99A9384".into() }];
    shop.probes = vec![probe_target(Some(HOME)), probe_target(Some(PARTNER)), probe_target(None)];
    shop
}

/// The same without Aurora, so that other signals tell the roles.
pub(super) fn without_aurora() -> Deployment {
    Deployment { global_cluster: None, ..everything() }
}

pub(super) fn cluster_arn(region: &str) -> Arn {
    Arn::new(format!("arn:aws:rds:{region}:{ACCOUNT}:cluster:shop-{region}"))
}

pub(super) fn aurora(region: &str, writer: &str) -> AuroraFacts {
    let member = |of: &str| GlobalMember {
        cluster: cluster_arn(of),
        is_writer: of == writer,
        synchronization: Some(Synchronization::Connected),
    };
    AuroraFacts {
        global: Some(GlobalCluster {
            id: "shop".into(),
            arn: Arn::new(format!("arn:aws:rds::{ACCOUNT}:global-cluster:shop")),
            status: "available".to_owned(),
            engine: "aurora-postgresql".to_owned(),
            engine_version: "16.8".to_owned(),
            deletion_protection: false,
            endpoint: None,
            members: vec![member(HOME), member(PARTNER)],
            failover: None,
        }),
        cluster: Some(Cluster {
            id: format!("shop-{region}").into(),
            arn: cluster_arn(region),
            status: "available".to_owned(),
            engine: "aurora-postgresql".to_owned(),
            engine_version: "16.8".to_owned(),
            endpoint: None,
            reader_endpoint: None,
            parameter_group: Some("shop".to_owned()),
            deletion_protection: false,
            encrypted: true,
            backup_retention_days: Some(7),
            instances: vec![Instance { id: "one".into(), is_cluster_writer: true }],
            serverless: None,
        }),
    }
}

pub(super) fn table(region: &str) -> Table {
    let other = if region == HOME { PARTNER } else { HOME };
    Table {
        name: "orders".into(),
        status: TableStatus::Active,
        replicas: vec![Replica { region: other.into(), status: ReplicaStatus::Active }],
        consistency: Consistency::Eventual,
        item_count: None,
        deletion_protection: false,
        created_at: None,
    }
}

pub(super) fn buckets(region: &str) -> Vec<Bucket> {
    let rule = ReplicationRule {
        id: "all".to_owned(),
        enabled: true,
        destination: "shop-assets-dr".into(),
        prefix: None,
        delete_markers: true,
        metrics: true,
        time_control_minutes: Some(15),
    };
    let (name, rules) = if region == HOME { ("shop-assets", vec![rule]) } else { ("shop-assets-dr", Vec::new()) };
    vec![Bucket { name: name.into(), versioning: Versioning::Enabled, rules, role: None, by_kms: Vec::new() }]
}

pub(super) fn health_check(region: &str) -> HealthCheck {
    let name = if region == HOME { "check-home" } else { "check-partner" };
    HealthCheck {
        id: name.into(),
        version: 3,
        kind: HealthCheckKind::Https,
        target: format!("https://shop.{region}.elb.amazonaws.com:443/health"),
        interval_s: Some(30),
        threshold: Some(3),
        inverted: false,
        disabled: false,
        alarm: None,
        children: Vec::new(),
        checkers: (0..16_u8).map(|n| checker(n, true)).collect(),
    }
}

pub(super) fn checker(number: u8, passed: bool) -> Checker {
    Checker {
        region: "eu-west-1".to_owned(),
        address: format!("192.0.2.{number}"),
        passed,
        status: String::new(),
        checked_at: None,
    }
}

pub(super) fn records() -> Vec<RecordSet> {
    [(HOME, Routing::FailoverPrimary, "check-home"), (PARTNER, Routing::FailoverSecondary, "check-partner")]
        .into_iter()
        .map(|(region, routing, check)| RecordSet {
            zone: "Z1".into(),
            name: "api.shop.test".into(),
            record_type: "CNAME".to_owned(),
            set_identifier: Some(region.to_owned()),
            routing,
            ttl_s: Some(60),
            values: vec![format!("shop.{region}.elb.amazonaws.com")],
            alias: None,
            health_check: Some(check.into()),
        })
        .collect()
}

pub(super) fn answer(vantage: Vantage, region: &str) -> DnsAnswer {
    DnsAnswer {
        name: "api.shop.test".into(),
        record_type: "CNAME".to_owned(),
        vantage,
        code: "NOERROR".to_owned(),
        values: vec![format!("shop.{region}.elb.amazonaws.com")],
        ttl_s: Some(60),
    }
}

pub(super) fn resolver(name: &str) -> Vantage {
    Vantage::Resolver(name.to_owned())
}

pub(super) fn target_groups(region: &str, health: TargetHealth) -> Vec<TargetGroup> {
    vec![TargetGroup {
        arn: target_group(region),
        targets: vec![Target { id: "i-1".to_owned(), health, reason: None }],
    }]
}

pub(super) fn functions() -> LambdaFacts {
    LambdaFacts {
        functions: vec![Function {
            name: "pay".into(),
            state: "Active".to_owned(),
            runtime: Some("python3.13".to_owned()),
            code_sha256: Some("abc=".to_owned()),
            reserved_concurrency: None,
            event_sources: Vec::new(),
        }],
        account_concurrency: Some(1000),
    }
}

pub(super) fn accelerators(dials: [f64; 2], health: [EndpointHealth; 2]) -> Vec<Accelerator> {
    let groups = [HOME, PARTNER]
        .into_iter()
        .zip(dials)
        .zip(health)
        .map(|((region, dial), health)| EndpointGroup {
            arn: Arn::new(format!("{}/listener/l1/endpoint-group/{region}", accelerator_arn())),
            region: region.into(),
            dial_percent: Some(dial),
            interval_s: Some(30),
            threshold: Some(3),
            endpoints: vec![Endpoint {
                id: balancer(region).as_str().to_owned(),
                weight: Some(128),
                health: Some(health),
                reason: None,
            }],
        })
        .collect();
    vec![Accelerator {
        arn: accelerator_arn(),
        name: "shop".to_owned(),
        enabled: true,
        status: "DEPLOYED".to_owned(),
        dns_name: None,
        addresses: Vec::new(),
        groups,
    }]
}

pub(super) fn alarm(name: &str, metric: &str, state: AlarmState) -> Alarm {
    Alarm {
        name: name.into(),
        arn: None,
        state,
        state_since: None,
        reason: String::new(),
        actions_enabled: true,
        metric: Some(AlarmMetric {
            namespace: "AWS/RDS".to_owned(),
            name: metric.to_owned(),
            dimensions: Vec::new(),
            threshold: Some(1000.0),
            comparison: "GreaterThanThreshold".to_owned(),
            period_s: Some(60),
            evaluation_periods: Some(3),
            missing_data: None,
        }),
    }
}

pub(super) fn scaling(desired: u32) -> Vec<ScalingGroup> {
    vec![ScalingGroup { name: "web".into(), min: 1, desired, max: 8, in_service: desired, suspended: Vec::new() }]
}

fn stack(name: &str) -> Stack {
    Stack {
        name: name.into(),
        id: None,
        status: "CREATE_COMPLETE".to_owned(),
        status_reason: None,
        drift: DriftStatus::InSync,
        drift_checked_at: None,
        created_at: None,
        updated_at: None,
        termination_protection: false,
        parameters: std::collections::BTreeMap::default(),
        outputs: std::collections::BTreeMap::default(),
        tags: std::collections::BTreeMap::default(),
        events: Vec::new(),
    }
}

pub(super) fn parameter(version: i64, digest: u8) -> Parameter {
    Parameter {
        name: "/shop/flag".into(),
        kind: ParameterKind::Plain,
        version,
        modified_at: None,
        digest: Some(ValueDigest::new([digest; 16])),
    }
}

pub(super) fn probe(region: Option<&str>, status: u16) -> Probe {
    Probe {
        target: probe_target(region),
        outcome: ProbeOutcome::Answered { status, latency: Duration::from_millis(40) },
    }
}

/// What a calm region answers to a read.
fn calm_answer(deployment: &Deployment, region: &str, read: &Read) -> Facts {
    let partner = region == PARTNER;
    match read {
        Read::Identity => Facts::Identity(CallerIdentity {
            account: ACCOUNT.into(),
            arn: Arn::new(format!("arn:aws:sts::{ACCOUNT}:assumed-role/reader/me")),
            expires_at: None,
        }),
        Read::Aurora { .. } => Facts::Aurora(aurora(region, HOME)),
        Read::Tables { .. } => Facts::Tables(vec![table(region)]),
        Read::Buckets { .. } => Facts::Buckets(buckets(region)),
        Read::HealthChecks { .. } => Facts::HealthChecks(vec![health_check(HOME), health_check(PARTNER)]),
        Read::Records { .. } => Facts::Records(records()),
        Read::Answers { .. } => {
            Facts::Answers(vec![answer(Vantage::Authority, HOME), answer(resolver("1.1.1.1"), HOME)])
        }
        Read::Metrics { queries, .. } => Facts::Metrics(
            queries.iter().filter_map(|query| Some((query.key.clone(), calm_value(&query.key)?))).map(series).collect(),
        ),
        Read::Alarms { .. } => {
            let lag = alarm("shop-lag", "AuroraGlobalDBRPOLag", AlarmState::Ok);
            Facts::Alarms(AlarmFacts { alarms: if partner { vec![lag] } else { Vec::new() }, history: Vec::new() })
        }
        Read::TargetGroups { .. } => Facts::TargetGroups(target_groups(region, TargetHealth::Healthy)),
        Read::Functions { .. } => Facts::Functions(functions()),
        Read::Accelerators { .. } => {
            Facts::Accelerators(accelerators([100.0, 0.0], [EndpointHealth::Healthy, EndpointHealth::Healthy]))
        }
        Read::Parameters { .. } => Facts::Parameters(vec![parameter(1, 7)]),
        Read::Stacks { stacks } => Facts::Stacks(stacks.iter().map(|name| stack(name.as_str())).collect()),
        Read::Vaults { .. } => Facts::Vaults(BackupFacts {
            vaults: vec![Vault { name: "vault".into(), recovery_points: 3, newest: Some(noon()), locked: None }],
            copies: Vec::new(),
        }),
        Read::ScalingGroups { .. } => Facts::ScalingGroups(scaling(2)),
        Read::Quotas { .. } => Facts::Quotas(vec![Quota {
            service_code: "lambda".to_owned(),
            quota_code: "L-B99A9384".to_owned(),
            name: "Concurrent executions".to_owned(),
            value: 1000.0,
            unit: None,
        }]),
        Read::Probes { .. } => {
            let regional = probe(Some(region), 200);
            let all = deployment.probes.len();
            Facts::Probes(if partner || all == 0 { vec![regional] } else { vec![regional, probe(None, 200)] })
        }
        Read::StackResources { .. }
        | Read::Tagged { .. }
        | Read::Canaries { .. }
        | Read::StackEvents { .. }
        | Read::ChangeSet { .. }
        | Read::StackDrifts { .. }
        | Read::DriftDetection { .. }
        | Read::StackTemplates { .. }
        | Read::TemplateVerdict { .. }
        | Read::BucketContents { .. }
        | Read::EngineVersions { .. }
        | Read::AvailabilityZones
        | Read::Named { .. }
        | Read::ZoneRecords { .. } => panic!("{read:?} is never polled"),
    }
}

/// `None` for series that do not exist: lag in the writer's region, writes in the standby.
fn calm_value(key: &MetricKey) -> Option<f64> {
    let at_home = key.region.as_str() == HOME;
    Some(match key.measure {
        Measure::AuroraRpoLag | Measure::AuroraReplicationLag if at_home => return None,
        Measure::DynamoReplicationLatency | Measure::DynamoConsumedWrites if !at_home => return None,
        Measure::AuroraRpoLag => 400.0,
        Measure::AuroraReplicationLag => 90.0,
        Measure::DynamoReplicationLatency => 700.0,
        Measure::DynamoConsumedWrites => 900.0,
        Measure::S3ReplicationLatency => 4.0,
        Measure::HealthCheckStatus => 1.0,
        Measure::HealthCheckPercentHealthy => 100.0,
        Measure::AlbRequests => {
            if at_home {
                1200.0
            } else {
                0.0
            }
        }
        Measure::AlbHealthyHosts => 2.0,
        Measure::RestApiRequests | Measure::LambdaInvocations if at_home => 600.0,
        // Failures that did not happen are not published by a load balancer.
        Measure::AlbTarget5xx | Measure::AlbOwn5xx => return None,
        Measure::AuroraConnections
        | Measure::AuroraCpu
        | Measure::S3BytesPending
        | Measure::S3OperationsPending
        | Measure::S3OperationsFailed
        | Measure::AlbUnhealthyHosts
        | Measure::NlbFlows
        | Measure::NlbHealthyHosts
        | Measure::NlbUnhealthyHosts
        | Measure::RestApiRequests
        | Measure::RestApi5xx
        | Measure::LambdaInvocations
        | Measure::RestApiLatency
        | Measure::HttpApiRequests
        | Measure::HttpApi5xx
        | Measure::HttpApiLatency
        | Measure::LambdaErrors
        | Measure::LambdaThrottles
        | Measure::LambdaDuration
        | Measure::AcceleratorFlows
        | Measure::AcceleratorHealthyEndpoints
        | Measure::AcceleratorUnhealthyEndpoints => 0.0,
    })
}

/// Twenty even minutes up to the calm moment.
pub(super) fn series((key, value): (MetricKey, f64)) -> Series {
    let newest: Timestamp = "2026-01-05T11:59:00Z".parse().unwrap();
    let points = (0..20_u64).rev().map(|n| Point { at: before(newest, Duration::from_mins(n)), value }).collect();
    Series { key, points }
}

pub(super) fn observed(deployment: &Deployment, region: &str, at: Timestamp, facts: Facts) -> Observation {
    let service = service_of(&facts);
    Observation { deployment: deployment.name.clone(), region: region.into(), service, at, outcome: Ok(facts) }
}

fn service_of(facts: &Facts) -> Service {
    match facts {
        Facts::Identity(_) => Service::Identity,
        Facts::Aurora(_) | Facts::EngineVersions(_) => Service::Aurora,
        Facts::Tables(_) => Service::DynamoDb,
        Facts::Buckets(_) | Facts::BucketContents(_) => Service::S3,
        Facts::HealthChecks(_) => Service::HealthChecks,
        Facts::Records(_) | Facts::ZoneRecords(_) => Service::Records,
        Facts::Answers(_) => Service::Answers,
        Facts::Metrics(_) => Service::Metrics,
        Facts::Alarms(_) => Service::Alarms,
        Facts::TargetGroups(_) => Service::LoadBalancing,
        Facts::Functions(_) => Service::Lambda,
        Facts::Accelerators(_) => Service::GlobalAccelerator,
        Facts::Parameters(_) => Service::Parameters,
        Facts::Stacks(_)
        | Facts::StackEvents(_)
        | Facts::ChangeSet(_)
        | Facts::StackDrifts(_)
        | Facts::DriftDetection(_)
        | Facts::StackTemplates(_)
        | Facts::TemplateVerdict(_) => Service::Stacks,
        Facts::StackResources(_) | Facts::Tagged(_) | Facts::Named(_) => Service::Discovery,
        Facts::AvailabilityZones(_) => Service::Network,
        Facts::Vaults(_) => Service::Backup,
        Facts::ScalingGroups(_) => Service::AutoScaling,
        Facts::Quotas(_) => Service::Quotas,
        Facts::Probes(_) | Facts::Canaries(_) => Service::Probes,
    }
}

pub(super) fn failed(region: &str, service: Service, kind: CloudErrorKind, at: Timestamp) -> Observation {
    Observation {
        deployment: "shop".into(),
        region: region.into(),
        service,
        at,
        outcome: Err(CloudError {
            kind,
            service,
            region: region.into(),
            operation: "Describe".to_owned(),
            message: "no answer".to_owned(),
            request_id: None,
            fix: None,
        }),
    }
}

/// Every observation of one calm refresh, both stages.
pub(super) fn calm_observations(deployment: &Deployment) -> Vec<Observation> {
    let mut snapshot = Snapshot::default();
    let mut all = Vec::new();
    for stage in 0..2 {
        for planned in planned_reads(deployment, &snapshot, noon()) {
            let is_metrics = planned.read.service() == Service::Metrics;
            if is_metrics == (stage == 1) {
                let facts = calm_answer(deployment, planned.region.as_str(), &planned.read);
                all.push(observed(deployment, planned.region.as_str(), noon(), facts));
            }
        }
        for observation in &all {
            snapshot.apply(observation.clone());
        }
    }
    all
}

/// A world that departs from the calm one.
#[derive(Clone)]
pub(super) struct World {
    pub(super) deployment: Deployment,
    pub(super) snapshot: Snapshot,
    pub(super) history: RunHistory,
    pub(super) now: Timestamp,
}

impl World {
    pub(super) fn calm(deployment: Deployment) -> Self {
        let mut snapshot = Snapshot::default();
        for observation in calm_observations(&deployment) {
            snapshot.apply(observation);
        }
        Self { deployment, snapshot, history: RunHistory::default(), now: noon() }
    }

    /// This region says this, now.
    pub(super) fn says(mut self, region: &str, facts: Facts) -> Self {
        self.snapshot.apply(observed(&self.deployment, region, self.now, facts));
        self
    }

    /// Asking this service of this region fails, now.
    pub(super) fn fails(mut self, region: &str, service: Service, kind: CloudErrorKind) -> Self {
        self.snapshot.apply(failed(region, service, kind, self.now));
        self
    }

    /// Every service of the region fails so.
    pub(super) fn all_fail(self, region: &str, kind: &CloudErrorKind) -> Self {
        let polled = super::reads::polled(&self.deployment);
        let here = polled.into_iter().filter(|(asked, _)| asked.as_str() == region);
        here.fold(self, |world, (_, service)| world.fails(region, service, kind.clone()))
    }

    /// Every series of this measure, in this region, has this value throughout.
    pub(super) fn measures(mut self, region: &str, measure: Measure, value: f64) -> Self {
        let keys: Vec<MetricKey> = super::reads::metrics::queries(&self.deployment, &self.snapshot)
            .remove(&Region::from(region))
            .unwrap_or_default()
            .into_iter()
            .map(|query| query.key)
            .filter(|key| key.measure == measure)
            .collect();
        assert!(!keys.is_empty(), "{measure:?} is not asked of {region}");
        for key in keys {
            self.snapshot.series.insert(key.clone(), series((key, value)).points);
        }
        self
    }

    /// Nothing was ever published of this measure.
    pub(super) fn never_measured(mut self, measure: Measure) -> Self {
        self.snapshot.series.retain(|key, _| key.measure != measure);
        self
    }

    pub(super) fn later(mut self, length: Duration) -> Self {
        self.now = after(self.now, length);
        self
    }

    pub(super) fn judged(&self) -> Assessment {
        super::assess(&self.deployment, &self.snapshot, &self.history, Tempo::Calm, self.now)
    }
}

/// The blockers' texts, for messages.
pub(super) fn blocked(assessment: &Assessment) -> Vec<String> {
    assessment.forecast.blockers.iter().map(|blocker| format!("{} | {}", blocker.what, blocker.fix)).collect()
}
