//! Worlds to look at: one deployment with everything, in each state a screen must show well. Facts and judgements are
//! written by hand here, so that the glass is tested apart from the rules.

use std::time::Duration;

use lifeboat_model::assessment::{
    AlarmAssessment, Assessment, BackupRow, Blocker, CapacityRow, Contradiction, CostRate, Dated, Dependency,
    DnsAnswerAssessment, DnsAssessment, Forecast, Health, HealthCheckAssessment, IdentityAssessment, Parity,
    RegionAssessment, Role, RoleBasis, RtoTerm, StackRow, StoreAssessment, StoreKind,
};
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::facts::Facts;
use lifeboat_model::facts::alarm::{Alarm, AlarmChange, AlarmFacts, AlarmMetric, AlarmState};
use lifeboat_model::facts::identity::CallerIdentity;
use lifeboat_model::facts::load_balancing::{Target, TargetGroup, TargetHealth};
use lifeboat_model::facts::probe::{Probe, ProbeOutcome};
use lifeboat_model::facts::route53::{Checker, HealthCheck, HealthCheckKind};
use lifeboat_model::id::{Arn, Region};
use lifeboat_model::incident::Logbook;
use lifeboat_model::metric::{Measure, MetricKey, Point, Series, Subject};
use lifeboat_model::objective::Objectives;
use lifeboat_model::observation::Freshness;
use lifeboat_model::port::Reality;
use lifeboat_model::read::Service;
use lifeboat_model::snapshot::{Observation, Snapshot};
use lifeboat_model::time::{Timestamp, before};
use lifeboat_model::topology::{AlarmSelection, Deployment, HealthCheckTarget, ProbeTarget};
use lifeboat_tui::model::Watched;
use lifeboat_tui::{Model, Opening};

#[path = "worlds/estates.rs"]
pub(crate) mod estates;
#[path = "worlds/past.rs"]
pub(crate) mod past;
#[path = "worlds/runs.rs"]
pub(crate) mod runs;
#[path = "worlds/standing.rs"]
mod standing;

pub(crate) const HOME: &str = "us-east-1";
pub(crate) const PARTNER: &str = "us-east-2";
pub(crate) const NAME: &str = "payments-aurora";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Nothing has been read yet.
    Empty,
    Normal,
    /// The standby's facts have grown old.
    Stale,
    /// The home region is silent, the credentials have expired, S3 has no data.
    Failing,
    /// The home region, and with it Route 53's API, has been gone for four minutes; the last verdicts were good.
    RegionLoss,
    /// Everything answers, and the answers cannot all be true.
    GrayFailure,
}

impl State {
    /// The worst nights, of which the overview above all is looked at.
    pub(crate) const NIGHTS: [Self; 2] = [Self::RegionLoss, Self::GrayFailure];
    pub(crate) const ALL: [Self; 4] = [Self::Empty, Self::Normal, Self::Stale, Self::Failing];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Normal => "normal",
            Self::Stale => "stale",
            Self::Failing => "failing",
            Self::RegionLoss => "region-loss",
            Self::GrayFailure => "gray-failure",
        }
    }
}

pub(crate) fn now() -> Timestamp {
    "2026-03-01T14:03:07Z".parse().unwrap()
}

pub(crate) fn ago(seconds: u64) -> Timestamp {
    before(now(), Duration::from_secs(seconds))
}

pub(crate) fn live(state: State) -> Model {
    world(state, Reality::Live)
}

pub(crate) fn simulated(state: State) -> Model {
    world(state, Reality::Simulated("region-loss".to_owned()))
}

pub(crate) fn world(state: State, reality: Reality) -> Model {
    let deployments = vec![deployment(NAME), deployment("ecommerce"), deployment("serverless")];
    let mut model = Model::new(Opening::new(reality, deployments, now()));
    for (index, watched) in model.fleet.iter_mut().enumerate() {
        match index {
            0 => fill(watched, state),
            1 => fill(watched, if state == State::Empty { State::Empty } else { State::Normal }),
            _ => {}
        }
    }
    model
}

pub(crate) fn fill(watched: &mut Watched, state: State) {
    if state == State::Empty {
        return;
    }
    watched.snapshot = snapshot(watched.deployment.name.as_str(), state);
    watched.assessment = assessment(&watched.deployment, state);
    watched.standing = Some(standing::standing(state));
    watched.estate = Some(estates::estate(state));
    watched.logbook = Some(Logbook::default());
    watched.cost = Some(CostRate { requests_per_hour: 1240.0, usd_per_hour: 0.31 });
}

pub(crate) fn deployment(name: &str) -> Deployment {
    let mut deployment = Deployment::bare(name, HOME, PARTNER);
    deployment.account = Some("123456789012".into());
    deployment.objectives = Objectives {
        rpo: Some(Duration::from_mins(1)),
        rto: Some(Duration::from_mins(15)),
        expected_promotion: None,
        ..Objectives::default()
    };
    deployment.public_name = Some("pay.example.com".into());
    deployment.global_cluster = Some("payments-global".into());
    deployment.tables = vec!["payments-sessions".into()];
    deployment.health_checks = vec![
        HealthCheckTarget { id: "hc-home".into(), watches: Some(HOME.into()) },
        HealthCheckTarget { id: "hc-partner".into(), watches: Some(PARTNER.into()) },
    ];
    deployment.alarms = AlarmSelection { prefixes: vec!["payments-".to_owned()], names: Vec::new() };
    deployment.vaults = vec![
        lifeboat_model::topology::InRegion::new(HOME, "payments-vault"),
        lifeboat_model::topology::InRegion::new(PARTNER, "payments-vault"),
    ];
    deployment.stacks = vec![
        lifeboat_model::topology::InRegion::new(HOME, "payments-data"),
        lifeboat_model::topology::InRegion::new(PARTNER, "payments-data"),
    ];
    deployment
}

pub(crate) fn aurora_key() -> MetricKey {
    MetricKey {
        measure: Measure::AuroraRpoLag,
        region: PARTNER.into(),
        subject: Subject::Cluster("payments-partner".into()),
    }
}

fn aurora_replication_key() -> MetricKey {
    MetricKey { measure: Measure::AuroraReplicationLag, ..aurora_key() }
}

pub(crate) fn table_key(from: &str, to: &str) -> MetricKey {
    MetricKey {
        measure: Measure::DynamoReplicationLatency,
        region: from.into(),
        subject: Subject::Replica { table: "payments-sessions".into(), to: to.into() },
    }
}

pub(crate) fn bucket_key(measure: Measure) -> MetricKey {
    MetricKey {
        measure,
        region: PARTNER.into(),
        subject: Subject::Replication {
            source: "payments-receipts-use1".into(),
            destination: "payments-receipts-use2".into(),
            rule: "all".to_owned(),
        },
    }
}

/// Three hours of points that look alive, the same each time; twelve minutes of them are missing.
fn wave(key: MetricKey, level: f64, swing: f64, newest_minutes_ago: i64) -> Series {
    let minute = now().as_second().div_euclid(60);
    let points = (newest_minutes_ago..180)
        .rev()
        .filter(|back| !(70..82).contains(back))
        .map(|back| {
            let phase = back as f64;
            let ripple = (phase / 7.0).sin() + 0.6 * (phase / 2.3).sin() + 0.3 * (phase * 1.7).cos();
            Point {
                at: Timestamp::from_second((minute - back) * 60).unwrap(),
                value: (level + swing * ripple).max(0.0),
            }
        })
        .collect();
    Series { key, points }
}

/// A lag that climbs over the objective in the last half hour.
fn climb(key: MetricKey, newest_minutes_ago: i64) -> Series {
    let mut series = wave(key, 450.0, 120.0, newest_minutes_ago);
    let end = now().as_second();
    for point in &mut series.points {
        let minutes_ago = (end - point.at.as_second()) / 60;
        if minutes_ago < 30 {
            point.value += f64::from(30 - i32::try_from(minutes_ago).unwrap()) * 3100.0;
        }
    }
    series
}

fn observation(
    name: &str,
    region: &str,
    service: Service,
    at: Timestamp,
    outcome: Result<Facts, CloudError>,
) -> Observation {
    Observation { deployment: name.into(), region: region.into(), service, at, outcome }
}

pub(crate) fn silence(service: Service, region: &str, kind: CloudErrorKind) -> CloudError {
    CloudError {
        kind,
        service,
        region: region.into(),
        operation: "DescribeAlarms".to_owned(),
        message: "no answer within 5 s".to_owned(),
        request_id: None,
        fix: None,
    }
}

/// How many seconds ago each region was last heard.
fn heard(state: State, region: &str) -> u64 {
    match (state, region) {
        (State::Failing, HOME) => 254,
        (State::RegionLoss, HOME) => GONE_S,
        (State::Stale, PARTNER) => 1930,
        _ => 2,
    }
}

pub(crate) fn snapshot(name: &str, state: State) -> Snapshot {
    let mut snapshot = Snapshot::default();
    for (region, service, facts) in readings(state) {
        let at = ago(heard(state, region) + service as u64 % 7);
        snapshot.apply(observation(name, region, service, at, Ok(facts)));
        if matches!(state, State::Failing | State::RegionLoss) && region == HOME {
            let error = silence(service, region, CloudErrorKind::Timeout);
            snapshot.apply(observation(name, region, service, ago(3), Err(error)));
        }
    }
    snapshot
}

pub(crate) fn readings(state: State) -> Vec<(&'static str, Service, Facts)> {
    let identity = Facts::Identity(CallerIdentity {
        account: "123456789012".into(),
        arn: "arn:aws:sts::123456789012:assumed-role/lifeboat-read-only/anna".into(),
        expires_at: Some(ago(0)),
    });
    let newest = i64::try_from(heard(state, PARTNER) / 60).unwrap() + 1;
    let mut lags = vec![
        wave(aurora_replication_key(), 380.0, 90.0, newest),
        wave(table_key(HOME, PARTNER), 820.0, 240.0, newest),
        wave(table_key(PARTNER, HOME), 760.0, 160.0, newest),
        wave(bucket_key(Measure::S3ReplicationLatency), 14.0, 6.0, newest),
        wave(bucket_key(Measure::S3BytesPending), 2_400_000.0, 1_900_000.0, newest),
    ];
    lags.push(match state {
        State::Failing => climb(aurora_key(), newest),
        _ => wave(aurora_key(), 420.0, 110.0, newest),
    });
    if state == State::Failing {
        lags.retain(|series| !matches!(series.key.subject, Subject::Replication { .. }));
    }
    vec![
        (HOME, Service::Identity, identity.clone()),
        (PARTNER, Service::Identity, identity),
        (HOME, Service::HealthChecks, Facts::HealthChecks(checks(state))),
        (PARTNER, Service::Metrics, Facts::Metrics(lags)),
        (HOME, Service::Metrics, Facts::Metrics(Vec::new())),
        (HOME, Service::Alarms, Facts::Alarms(alarm_facts(state, HOME))),
        (PARTNER, Service::Alarms, Facts::Alarms(alarm_facts(state, PARTNER))),
        (
            HOME,
            Service::LoadBalancing,
            Facts::TargetGroups(vec![group(HOME, if state == State::Failing { 0 } else { 3 })]),
        ),
        (PARTNER, Service::LoadBalancing, Facts::TargetGroups(vec![group(PARTNER, 2)])),
        (HOME, Service::Probes, Facts::Probes(probes(state))),
    ]
}

const CHECKER_REGIONS: [&str; 8] = [
    "ap-northeast-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "eu-west-1",
    "sa-east-1",
    "us-east-1",
    "us-west-1",
    "us-west-2",
];

fn checks(state: State) -> Vec<HealthCheck> {
    let check = |id: &str, host: &str, failing: usize, inverted: bool| HealthCheck {
        id: id.into(),
        version: 3,
        kind: HealthCheckKind::Https,
        target: format!("https://{host}:443/health"),
        interval_s: Some(30),
        threshold: Some(3),
        inverted,
        disabled: false,
        alarm: None,
        children: Vec::new(),
        checkers: (0..16)
            .map(|index| Checker {
                region: CHECKER_REGIONS[index / 2].to_owned(),
                address: format!("15.177.{index}.1"),
                passed: index >= failing,
                status: if index >= failing {
                    "Success: HTTP Status Code 200, OK"
                } else {
                    "Failure: connection timed out"
                }
                .to_owned(),
                checked_at: Some(ago(12)),
            })
            .collect(),
    };
    vec![
        check("hc-home", "use1.pay.example.com", if state == State::Failing { 16 } else { 1 }, false),
        check("hc-partner", "use2.pay.example.com", 0, false),
    ]
}

fn group(region: &str, healthy: usize) -> TargetGroup {
    let target = |index: usize| Target {
        id: format!("i-0{index}"),
        health: if index < healthy { TargetHealth::Healthy } else { TargetHealth::Unhealthy },
        reason: (index >= healthy).then(|| "Target.Timeout".to_owned()),
    };
    TargetGroup {
        arn: format!("arn:aws:elasticloadbalancing:{region}:123456789012:targetgroup/payments-app/0f3a").into(),
        targets: (0..3).map(target).collect(),
    }
}

fn probes(state: State) -> Vec<Probe> {
    let target =
        |region: Option<&str>, url: &str| ProbeTarget { region: region.map(Region::from), url: url.to_owned() };
    let failed = ProbeOutcome::Failed { reason: "connection timed out".to_owned() };
    let answered = |millis| ProbeOutcome::Answered { status: 200, latency: Duration::from_millis(millis) };
    let home = if state == State::Failing { failed.clone() } else { answered(84) };
    vec![
        Probe { target: target(None, "https://pay.example.com/health"), outcome: home.clone() },
        Probe { target: target(Some(HOME), "https://use1.pay.example.com/health"), outcome: home },
        Probe { target: target(Some(PARTNER), "https://use2.pay.example.com/health"), outcome: answered(91) },
    ]
}

const ALARMS: [(&str, &str); 6] = [
    ("payments-5xx", "HTTPCode_Target_5XX_Count"),
    ("payments-latency-p90", "TargetResponseTime"),
    ("payments-unhealthy-hosts", "UnHealthyHostCount"),
    ("payments-aurora-rpo-lag", "AuroraGlobalDBRPOLag"),
    ("payments-dynamodb-latency", "ReplicationLatency"),
    ("payments-s3-failed-operations", "OperationsFailedReplication"),
];

fn alarm_state(state: State, region: &str, index: usize) -> AlarmState {
    match (state, region, index) {
        (State::Failing, HOME, 0..3) | (State::Failing, PARTNER, 3) | (State::Normal, PARTNER, 1) => AlarmState::Alarm,
        (_, HOME, 3..=5) => AlarmState::InsufficientData,
        _ => AlarmState::Ok,
    }
}

fn alarm_reason(state: &AlarmState) -> String {
    match state {
        AlarmState::Alarm => "Threshold Crossed: 3 datapoints were greater than the threshold (5.0)".to_owned(),
        AlarmState::InsufficientData => "Insufficient Data: 3 datapoints were unknown".to_owned(),
        AlarmState::Ok | AlarmState::Other(_) => {
            "Threshold Crossed: 1 datapoint was not greater than the threshold".to_owned()
        }
    }
}

fn alarm_facts(state: State, region: &str) -> AlarmFacts {
    let alarms = ALARMS.iter().enumerate().map(|(index, (name, metric))| {
        let alarm_state = alarm_state(state, region, index);
        Alarm {
            name: (*name).into(),
            arn: None,
            reason: alarm_reason(&alarm_state),
            state: alarm_state,
            state_since: Some(ago(250 + 700 * index as u64)),
            actions_enabled: index != 4,
            metric: Some(AlarmMetric {
                namespace: "AWS/ApplicationELB".to_owned(),
                name: (*metric).to_owned(),
                dimensions: vec![("LoadBalancer".to_owned(), "app/payments/1f2e".to_owned())],
                threshold: Some(5.0),
                comparison: "GreaterThanThreshold".to_owned(),
                period_s: Some(60),
                evaluation_periods: Some(3),
                missing_data: Some("breaching".to_owned()),
            }),
        }
    });
    let change = |index: usize, name: &str, seconds: u64, from: AlarmState, to: AlarmState| AlarmChange {
        name: name.into(),
        at: ago(seconds + index as u64),
        summary: format!("Alarm updated from {from} to {to}"),
        from: Some(from),
        to: Some(to),
    };
    let history = if region == HOME {
        vec![
            change(0, "payments-5xx", 250, AlarmState::Ok, AlarmState::Alarm),
            change(1, "payments-5xx", 5400, AlarmState::Alarm, AlarmState::Ok),
        ]
    } else {
        vec![change(0, "payments-latency-p90", 950, AlarmState::Ok, AlarmState::Alarm)]
    };
    AlarmFacts { alarms: alarms.collect(), history }
}

#[expect(clippy::unnecessary_wraps, reason = "every place it goes to may be empty")]
fn dated<T>(value: T, seconds: u64, freshness: Freshness) -> Option<Dated<T>> {
    Some(Dated { value, at: ago(seconds), freshness })
}

pub(crate) fn assessment(deployment: &Deployment, state: State) -> Assessment {
    let mut assessment = Assessment::unread(deployment, now());
    assessment.health = match state {
        State::Empty | State::Stale => Health::Unknown,
        State::Normal => Health::Healthy,
        State::GrayFailure => Health::Degraded,
        State::Failing | State::RegionLoss => Health::Down,
    };
    assessment.identity = identity(state);
    assessment.regions = vec![home(state), partner(state)];
    assessment.stores = stores(state);
    assessment.health_checks = check_assessments(state);
    assessment.alarms = [HOME, PARTNER].into_iter().flat_map(|region| alarm_assessments(state, region)).collect();
    assessment.dns = dns(state);
    assessment.forecast = forecast(deployment, state);
    assessment.contradictions = contradictions(state);
    assessment.dependencies = dependencies(state);
    assessment.parity = parity(state);
    assessment.backups = backups(state);
    assessment.stacks = stacks();
    match state {
        State::RegionLoss => lose_home(&mut assessment),
        State::GrayFailure => contradict(&mut assessment),
        State::Empty | State::Normal | State::Stale | State::Failing => {}
    }
    assessment
}

/// How long the home region has been gone in a region loss.
pub(crate) const GONE_S: u64 = 269;

fn age<T>(dated: &mut Option<Dated<T>>) {
    if let Some(dated) = dated {
        dated.at = ago(GONE_S);
        dated.freshness = Freshness::Stale;
    }
}

/// Nothing of the home region is known any more; what was known of it was good.
fn lose_home(assessment: &mut Assessment) {
    let home = &mut assessment.regions[0];
    home.health = Health::Down;
    home.reachable = Some(false);
    home.last_answer = Some(ago(GONE_S));
    home.reasons =
        vec!["us-east-1 does not answer for 4 min 29 s".to_owned(), "DNS sends clients away from us-east-1".to_owned()];
    age(&mut home.traffic);
    age(&mut home.errors_percent);
    for check in &mut assessment.health_checks {
        check.health = Health::Unknown;
        age(&mut check.passing);
        age(&mut check.healthy_percent);
    }
    for alarm in assessment.alarms.iter_mut().filter(|alarm| alarm.region == Region::from(HOME)) {
        alarm.freshness = Freshness::Stale;
    }
    let objectives = [Some(Duration::from_secs(1)), None, Some(Duration::from_mins(15))];
    for (store, objective) in assessment.stores.iter_mut().zip(objectives) {
        age(&mut store.lag);
        age(&mut store.at_risk);
        age(&mut store.pending_objects);
        age(&mut store.pending_bytes);
        if let Some(risk) = &mut store.at_risk {
            risk.value += Duration::from_secs(GONE_S);
        }
        store.rpo_target = objective;
        store.within_rpo = store.at_risk.as_ref().zip(objective).map(|(risk, objective)| risk.value <= objective);
    }
    for row in &mut assessment.parity {
        row.last_read = Some(ago(GONE_S));
    }
    let block = |what: &str, fix: &str| Blocker { what: what.to_owned(), fix: fix.to_owned() };
    let forecast = &mut assessment.forecast;
    forecast.rpo.clone_from(&assessment.stores[2].at_risk);
    forecast.rpo_met = Some(false);
    forecast.blockers = vec![
        block(
            "active region us-east-1 is down (us-east-1 does not answer for 4 min 29 s): nothing reaches us-east-2 any \
             more, and the loss grows",
            "accept the loss shown, and fail over to us-east-2 by your runbook",
        ),
        block(
            "what would be lost of Aurora payments-global was last known 4 min 29 s ago",
            "it cannot be known while the active region is lost; failing over accepts this loss",
        ),
        block(
            "Route 53's API (us-east-1) does not answer for 4 min 29 s",
            "checks and records cannot be changed; health checks still fail over by themselves, so shut the old region's \
             door, or use a standby-takes-over check",
        ),
    ];
    forecast.warnings = vec![
        "a failover has never been rehearsed".to_owned(),
        "the lag of Aurora payments-global is 4 min 29 s old; its 4 min 30 s at risk include that time".to_owned(),
        "the lag of bucket payments-receipts-use1 → payments-receipts-use2 is 4 min 29 s old".to_owned(),
        "alarms whose actions are off: payments-dynamodb-latency".to_owned(),
    ];
    forecast.last_rehearsed = None;
}

/// Good and bad news of the same thing at the same moment.
fn contradict(assessment: &mut Assessment) {
    let home = &mut assessment.regions[0];
    home.health = Health::Degraded;
    home.reasons = vec!["load balancer payments-app has no healthy target".to_owned()];
    if let Some(errors) = &mut home.errors_percent {
        errors.value = 37.5;
    }
    let found = |what: &str| Contradiction { what: what.to_owned(), region: Some(HOME.into()) };
    assessment.contradictions = vec![
        found(
            "Route 53 says us-east-1 is healthy (100 % of its checkers), yet its load balancer payments-app has no \
             healthy target and 37.5 % of its requests fail",
        ),
        found("https://use1.pay.example.com/health answers well, yet alarm payments-5xx of us-east-1 is in ALARM"),
    ];
    assessment.forecast.warnings = vec![
        "standby us-east-2 is degraded: payments-app has 1 of 3 instances in service".to_owned(),
        "Running On-Demand Standard instances differs: the standby may not start as many as run now".to_owned(),
        "alarms whose actions are off: payments-dynamodb-latency".to_owned(),
    ];
}

fn identity(state: State) -> IdentityAssessment {
    let expired = (
        "credentials expired".to_owned(),
        Some("run `aws sso login --profile payments`; the console goes on by itself".to_owned()),
    );
    IdentityAssessment {
        account: Some("123456789012".into()),
        arn: Some(Arn::from("arn:aws:sts::123456789012:assumed-role/lifeboat-read-only/anna")),
        expires_at: match state {
            State::Failing => Some(ago(40)),
            _ => Some(lifeboat_model::time::after(now(), Duration::from_secs(3127))),
        },
        wrong_account: false,
        trouble: (state == State::Failing).then_some(expired),
    }
}

fn home(state: State) -> RegionAssessment {
    let failing = state == State::Failing;
    RegionAssessment {
        region: HOME.into(),
        role: Role::Active,
        role_basis: RoleBasis::Writer,
        health: if failing { Health::Down } else { Health::Healthy },
        reasons: if failing {
            vec![
                "no endpoint of us-east-1 answers; the last answer came 4m14s ago".to_owned(),
                "health check hc-home fails (0 % of its checkers pass)".to_owned(),
                "in ALARM: payments-5xx, payments-latency-p90 and payments-unhealthy-hosts".to_owned(),
            ]
        } else {
            Vec::new()
        },
        reachable: Some(!failing),
        last_answer: Some(ago(heard(state, HOME))),
        traffic: dated(
            124.4,
            if failing { 314 } else { 67 },
            if failing { Freshness::Stale } else { Freshness::Fresh },
        ),
        errors_percent: dated(
            if failing { 63.2 } else { 0.04 },
            if failing { 314 } else { 67 },
            if failing { Freshness::Stale } else { Freshness::Fresh },
        ),
    }
}

fn partner(state: State) -> RegionAssessment {
    let stale = state == State::Stale;
    RegionAssessment {
        region: PARTNER.into(),
        role: Role::Standby,
        role_basis: RoleBasis::Writer,
        health: if stale { Health::Unknown } else { Health::Healthy },
        reasons: if stale { vec!["us-east-2 was last heard 32m10s ago".to_owned()] } else { Vec::new() },
        reachable: Some(true),
        last_answer: Some(ago(heard(state, PARTNER))),
        traffic: dated(0.0, heard(state, PARTNER) + 65, if stale { Freshness::Stale } else { Freshness::Fresh }),
        errors_percent: None,
    }
}

fn stores(state: State) -> Vec<StoreAssessment> {
    let freshness = if state == State::Stale { Freshness::Stale } else { Freshness::Fresh };
    let seconds = heard(state, PARTNER) + 65;
    let failing = state == State::Failing;
    let millis = Duration::from_millis;
    let aurora_lag = if failing { millis(92_410) } else { millis(423) };
    let aurora = StoreAssessment {
        kind: StoreKind::Aurora,
        name: "payments-global".to_owned(),
        writer_region: Some(HOME.into()),
        health: if failing { Health::Degraded } else { Health::Healthy },
        reasons: if failing { vec!["lag of 92.5 s is over the RPO of 60 s".to_owned()] } else { Vec::new() },
        lag: dated(aurora_lag, seconds, freshness),
        pending_objects: None,
        pending_bytes: None,
        at_risk: dated(aurora_lag, seconds, freshness),
        rpo_target: Some(Duration::from_mins(1)),
        within_rpo: if state == State::Stale { None } else { Some(!failing) },
        trend: Some(aurora_key()),
        slope_ms_per_minute: Some(if failing { 3100.0 } else { -2.0 }),
    };
    let table = StoreAssessment {
        kind: StoreKind::DynamoDb,
        name: "payments-sessions".to_owned(),
        health: Health::Healthy,
        reasons: Vec::new(),
        lag: dated(millis(840), seconds, freshness),
        at_risk: dated(millis(12_100), seconds, freshness),
        within_rpo: if state == State::Stale { None } else { Some(true) },
        trend: Some(table_key(HOME, PARTNER)),
        slope_ms_per_minute: Some(14.0),
        ..aurora.clone()
    };
    let bucket = StoreAssessment {
        kind: StoreKind::S3,
        name: "payments-receipts-use1 → payments-receipts-use2".to_owned(),
        health: if failing { Health::Unknown } else { Health::Healthy },
        reasons: if failing {
            vec!["no data on the replication lag of payments-receipts-use1".to_owned()]
        } else {
            Vec::new()
        },
        lag: if failing { None } else { dated(millis(14_200), seconds, freshness) },
        pending_objects: if failing { None } else { dated(37, seconds, freshness) },
        pending_bytes: if failing { None } else { dated(2_411_724, seconds, freshness) },
        at_risk: if failing { None } else { dated(millis(14_200), seconds, freshness) },
        within_rpo: if failing || state == State::Stale { None } else { Some(true) },
        trend: Some(bucket_key(Measure::S3ReplicationLatency)),
        slope_ms_per_minute: None,
        ..aurora.clone()
    };
    vec![aurora, table, bucket]
}

fn check_assessments(state: State) -> Vec<HealthCheckAssessment> {
    let failing = state == State::Failing;
    let check = |id: &str, region: &str, host: &str, passing: bool, percent: f64| HealthCheckAssessment {
        id: id.into(),
        region: Some(region.into()),
        health: if passing { Health::Healthy } else { Health::Down },
        passing: dated(passing, 14, Freshness::Fresh),
        healthy_percent: dated(percent, 14, Freshness::Fresh),
        target: format!("https://{host}:443/health"),
        traps: Vec::new(),
    };
    vec![
        check("hc-home", HOME, "use1.pay.example.com", !failing, if failing { 0.0 } else { 93.75 }),
        check("hc-partner", PARTNER, "use2.pay.example.com", true, 100.0),
    ]
}

fn alarm_assessments(state: State, region: &str) -> Vec<AlarmAssessment> {
    let silent = (state == State::Failing && region == HOME) || (state == State::Stale && region == PARTNER);
    let alarm = |(index, (name, _)): (usize, &(&str, &str))| {
        let alarm_state = alarm_state(state, region, index);
        AlarmAssessment {
            name: (*name).into(),
            region: region.into(),
            reason: alarm_reason(&alarm_state),
            orphaned_by_role_swap: alarm_state == AlarmState::InsufficientData,
            state: alarm_state,
            since: Some(ago(250 + 700 * index as u64)),
            freshness: if silent { Freshness::Stale } else { Freshness::Fresh },
            actions_enabled: index != 4,
        }
    };
    ALARMS.iter().enumerate().map(alarm).collect()
}

fn dns(state: State) -> Vec<DnsAssessment> {
    let answer = |vantage: &str, region: &str, value: &str, ttl: Option<u32>, seconds| DnsAnswerAssessment {
        vantage: vantage.to_owned(),
        code: "NOERROR".to_owned(),
        values: vec![value.to_owned()],
        ttl_s: ttl,
        region: Some(region.into()),
        at: ago(seconds),
        freshness: Freshness::Fresh,
    };
    let authority = if state == State::Failing { (PARTNER, "203.0.113.20") } else { (HOME, "198.51.100.10") };
    vec![DnsAssessment {
        name: "pay.example.com".into(),
        active_region: Some(authority.0.into()),
        answers: vec![
            answer("Route 53", authority.0, authority.1, Some(60), 5),
            answer("1.1.1.1", HOME, "198.51.100.10", Some(41), 5),
            answer("8.8.8.8", authority.0, authority.1, Some(17), 5),
        ],
    }]
}

fn forecast(deployment: &Deployment, state: State) -> Forecast {
    let term = |name: &str, seconds: Option<u64>, basis: &str| RtoTerm {
        name: name.to_owned(),
        length: seconds.map(Duration::from_secs),
        basis: basis.to_owned(),
    };
    let unknown_promotion = state == State::Failing;
    let terms = vec![
        term("detection", Some(90), "30 s × 3"),
        term(
            "promotion",
            if unknown_promotion { None } else { Some(72) },
            if unknown_promotion { "no run has been measured" } else { "median of 4 runs" },
        ),
        term("dns", Some(150), "30 s × 3 + TTL 60 s"),
    ];
    let blockers = match state {
        State::Failing => vec![
            Blocker {
                what: "credentials expired".to_owned(),
                fix: "run `aws sso login --profile payments`".to_owned(),
            },
            Blocker {
                what: "what would be lost of S3 payments-receipts-use1 is not known".to_owned(),
                fix: "enable replication metrics on the rule `all`".to_owned(),
            },
        ],
        State::Stale => vec![Blocker {
            what: "standby region us-east-2 has not answered for 32m10s".to_owned(),
            fix: "restore the connection to us-east-2; nothing can be moved to a region that cannot be seen".to_owned(),
        }],
        State::Empty | State::Normal | State::RegionLoss | State::GrayFailure => Vec::new(),
    };
    Forecast {
        from: Some(HOME.into()),
        to: Some(PARTNER.into()),
        rpo: match state {
            State::Failing => None,
            State::Stale => dated(Duration::from_millis(14_200), 1995, Freshness::Stale),
            State::Empty | State::Normal | State::RegionLoss | State::GrayFailure => {
                dated(Duration::from_millis(14_200), 67, Freshness::Fresh)
            }
        },
        rpo_store: (state != State::Failing)
            .then(|| (StoreKind::S3, "payments-receipts-use1 → payments-receipts-use2".to_owned())),
        rpo_target: deployment.objectives.rpo,
        rpo_met: match state {
            State::Failing => Some(false),
            State::Stale => None,
            State::Empty | State::Normal | State::RegionLoss | State::GrayFailure => Some(true),
        },
        rto: (!unknown_promotion).then_some(Duration::from_secs(312)),
        rto_at_least: Duration::from_secs(if unknown_promotion { 240 } else { 312 }),
        rto_target: deployment.objectives.rto,
        rto_terms: terms,
        blockers,
        warnings: match state {
            State::Failing => vec![
                "up to 92.5 s of Aurora payments-global may be lost, over the RPO".to_owned(),
                "Route 53's API (us-east-1) has not answered for 4m14s: move clients by the standby's own marker"
                    .to_owned(),
            ],
            _ => vec!["alarms whose actions are off: payments-dynamodb-latency".to_owned()],
        },
        last_rehearsed: if state == State::Failing { None } else { Some(ago(41 * 86_400)) },
    }
}

fn contradictions(state: State) -> Vec<Contradiction> {
    match state {
        State::Failing => vec![Contradiction {
            what: "Route 53 sends clients to us-east-2, yet resolver 1.1.1.1 still leads to us-east-1".to_owned(),
            region: Some(HOME.into()),
        }],
        _ => Vec::new(),
    }
}

fn dependencies(state: State) -> Vec<Dependency> {
    let one = |service: Service, region: &str, facts: &[&str], actions: &[&str]| {
        let down = matches!(state, State::Failing | State::RegionLoss) && region == HOME;
        let late = state == State::Stale && region == PARTNER;
        Dependency {
            service,
            region: region.into(),
            ok: Some(!down && !late),
            last_answer: Some(ago(heard(state, region))),
            failure: (down || late).then(|| ("timed out".to_owned(), ago(heard(state, region)))),
            facts: facts.iter().map(|fact| (*fact).to_owned()).collect(),
            actions: actions.iter().map(|action| (*action).to_owned()).collect(),
            fix: None,
        }
    };
    [HOME, PARTNER]
        .into_iter()
        .flat_map(|region| {
            [
                one(
                    Service::Aurora,
                    region,
                    &["Aurora roles", "Aurora cluster state"],
                    &["switch over or fail over Aurora"],
                ),
                one(
                    Service::Metrics,
                    region,
                    &["replication lag", "traffic and errors"],
                    &["judge lag against the RPO"],
                ),
                one(Service::Alarms, region, &["alarms and their history"], &["mute alarms"]),
                one(Service::LoadBalancing, region, &["target health"], &[]),
            ]
        })
        .collect()
}

fn parity(state: State) -> Vec<CapacityRow> {
    let row = |what: &str, home: &str, partner: &str, verdict, detail: &str| CapacityRow {
        what: what.to_owned(),
        home: Some(home.to_owned()),
        partner: Some(partner.to_owned()),
        verdict,
        detail: detail.to_owned(),
        last_read: None,
    };
    let mut rows = vec![
        row(
            "Auto Scaling payments-app",
            "3 of 3 in service, 3 to 9",
            "1 of 1 in service, 1 to 9",
            Parity::Expected,
            "the standby runs smaller and can grow",
        ),
        row("Lambda concurrency of the account", "1000", "1000", Parity::Same, ""),
        row("Lambda payments-settle code", "9f2c41", "9f2c41", Parity::Same, ""),
        row("Aurora engine", "aurora-postgresql 16.4", "aurora-postgresql 16.4", Parity::Same, ""),
        row(
            "Running On-Demand Standard instances",
            "640 vCPU",
            "64 vCPU",
            Parity::Different,
            "the standby may not start as many as run now",
        ),
        row("/payments/prod/feature-flags", "version 12", "version 11", Parity::Different, "the values differ"),
    ];
    if state == State::Failing {
        for row in &mut rows {
            row.home = None;
            row.verdict = Parity::Unknown;
            "one side, or both, could not be read".clone_into(&mut row.detail);
        }
    }
    rows
}

fn backups(state: State) -> Vec<BackupRow> {
    let row = |region: &str, points, newest, copy: Option<u64>, trouble: Option<&str>| BackupRow {
        region: region.into(),
        vault: "payments-vault".to_owned(),
        recovery_points: points,
        newest: Some(ago(newest)),
        freshness: if matches!(state, State::Failing | State::RegionLoss) && region == HOME {
            Freshness::Stale
        } else {
            Freshness::Fresh
        },
        newest_copy: copy.map(ago),
        trouble: trouble.map(str::to_owned),
    };
    vec![
        row(HOME, 35, 11_100, None, None),
        row(PARTNER, 34, 97_300, Some(97_300), Some("the newest copy is older than a day")),
    ]
}

fn stacks() -> Vec<StackRow> {
    let row = |region: &str, name: &str, status: &str, drift: &str, health, detail: &str| StackRow {
        region: region.into(),
        name: name.to_owned(),
        status: status.to_owned(),
        drift: drift.to_owned(),
        health,
        detail: detail.to_owned(),
    };
    vec![
        row(HOME, "payments-data", "UPDATE_COMPLETE", "IN_SYNC", Health::Healthy, ""),
        row(
            HOME,
            "payments-app",
            "UPDATE_ROLLBACK_COMPLETE",
            "DRIFTED",
            Health::Degraded,
            "rolled back 3d04h ago: PaymentsService did not stabilise",
        ),
        row(PARTNER, "payments-data", "CREATE_COMPLETE", "IN_SYNC", Health::Healthy, ""),
        row(PARTNER, "payments-app", "CREATE_COMPLETE", "NOT_CHECKED", Health::Healthy, ""),
    ]
}
