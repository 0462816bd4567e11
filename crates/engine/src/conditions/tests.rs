//! Each condition and each probe as a table: what is seen, and what is made of it.

use lifeboat_model::assessment::{
    Assessment, Dated, DnsAnswerAssessment, DnsAssessment, Health, HealthCheckAssessment, StoreAssessment, StoreKind,
};
use lifeboat_model::call::{Call, Capacity, Change};
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::facts::Facts;
use lifeboat_model::facts::alarm::{Alarm, AlarmFacts, AlarmState};
use lifeboat_model::facts::aurora::{
    AuroraFacts, FailoverState, FailoverStatus, GlobalCluster, GlobalMember, Synchronization,
};
use lifeboat_model::facts::capacity::ScalingGroup;
use lifeboat_model::facts::global_accelerator::{Accelerator, Endpoint, EndpointGroup};
use lifeboat_model::facts::lambda::{EventSource, Function, LambdaFacts};
use lifeboat_model::facts::route53::{HealthCheck, HealthCheckKind, RecordSet, Routing};
use lifeboat_model::facts::s3::{Bucket, ReplicationRule, Versioning};
use lifeboat_model::id::Region;
use lifeboat_model::metric::{Measure, MetricKey, Point, Series, Subject};
use lifeboat_model::observation::Freshness;
use lifeboat_model::plan::Condition;
use lifeboat_model::read::{Read, Service};
use lifeboat_model::run::Found;
use lifeboat_model::snapshot::{Observation, Snapshot};
use lifeboat_model::time::{Duration, Timestamp};
use lifeboat_model::topology::{Deployment, InRegion};

use super::{CanaryView, Held, Seen, judge, probe, probe_reads, reads};
use crate::findings::Findings;

mod properties;
mod stacks;

const HOME: &str = "us-east-1";
const PARTNER: &str = "us-east-2";
const OLD: &str = "arn:aws:rds:us-east-1:123456789012:cluster:shop";
const NEW: &str = "arn:aws:rds:us-east-2:123456789012:cluster:shop-dr";

/// A second of a day on which everything begins at 1000.
fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 - 1_790_000_000 % 60 + second).unwrap()
}

const BEGAN: i64 = 1000;

struct Scene {
    deployment: Deployment,
    snapshot: Snapshot,
    findings: Findings,
    assessment: Assessment,
    canary: CanaryView,
    now: Timestamp,
}

impl Scene {
    fn new() -> Self {
        let mut deployment = Deployment::bare("shop", HOME, PARTNER);
        deployment.alarms.names.push("shop-lag".to_owned());
        let assessment = Assessment::unread(&deployment, at(BEGAN));
        let canary = CanaryView { configured: true, ..CanaryView::default() };
        let findings = Findings::default();
        Self { deployment, snapshot: Snapshot::default(), findings, assessment, canary, now: at(BEGAN + 100) }
    }

    /// Read ten seconds after the beginning.
    fn with(self, region: &str, service: Service, facts: Facts) -> Self {
        self.read_at(BEGAN + 10, region, service, facts)
    }

    fn read_at(mut self, second: i64, region: &str, service: Service, facts: Facts) -> Self {
        self.hear(second, region, service, Ok(facts));
        self
    }

    fn silent(mut self, region: &str, service: Service) -> Self {
        let error = CloudError {
            kind: CloudErrorKind::Timeout,
            service,
            region: region.into(),
            operation: "Describe".to_owned(),
            message: "no answer".to_owned(),
            request_id: None,
            fix: None,
        };
        self.hear(BEGAN + 20, region, service, Err(error));
        self
    }

    fn hear(&mut self, second: i64, region: &str, service: Service, outcome: Result<Facts, CloudError>) {
        let deployment = self.deployment.name.clone();
        self.snapshot.apply(Observation { deployment, region: region.into(), service, at: at(second), outcome });
    }

    fn by<T>(&self, look: impl FnOnce(&Seen<'_>) -> T) -> T {
        look(&Seen {
            deployment: &self.deployment,
            snapshot: &self.snapshot,
            findings: &self.findings,
            plan: None,
            assessment: &&self.assessment,
            began_at: at(BEGAN),
            now: self.now,
            canary: &self.canary,
        })
    }

    fn judge(&self, condition: &Condition) -> Held {
        self.by(|seen| judge(condition, seen))
    }

    fn probe(&self, call: &Call) -> Found {
        self.by(|seen| probe(call, seen))
    }
}

#[track_caller]
fn not_yet(held: &Held, words: &str) {
    assert!(matches!(held, Held::NotYet(reason) if reason.contains(words)), "{held:?}");
}

#[track_caller]
fn never(held: &Held, words: &str) {
    assert!(matches!(held, Held::Never(reason) if reason.contains(words)), "{held:?}");
}

#[track_caller]
fn unknown(held: &Held, words: &str) {
    assert!(matches!(held, Held::Unknown(reason) if reason.contains(words)), "{held:?}");
}

#[track_caller]
fn cannot_tell(found: &Found, words: &str) {
    assert!(matches!(found, Found::CannotTell { reason } if reason.contains(words)), "{found:?}");
}

// ---- Aurora

fn member(arn: &str, is_writer: bool) -> GlobalMember {
    GlobalMember { cluster: arn.into(), is_writer, synchronization: Some(Synchronization::Connected) }
}

fn global(writer: Option<&str>) -> GlobalCluster {
    GlobalCluster {
        id: "shop".into(),
        arn: "arn:aws:rds::123456789012:global-cluster:shop".into(),
        status: "available".to_owned(),
        engine: "aurora-postgresql".to_owned(),
        engine_version: "16.4".to_owned(),
        deletion_protection: true,
        endpoint: None,
        members: [OLD, NEW].map(|arn| member(arn, writer == Some(arn))).into(),
        failover: None,
    }
}

fn promoting(to: &str) -> GlobalCluster {
    let status = FailoverStatus::FailingOver;
    let failover = FailoverState { status, from: Some(OLD.into()), to: Some(to.into()), data_loss_allowed: Some(true) };
    GlobalCluster { failover: Some(failover), ..global(Some(OLD)) }
}

fn aurora(global: GlobalCluster) -> Facts {
    Facts::Aurora(AuroraFacts { global: Some(global), cluster: None })
}

fn writer_is() -> Condition {
    Condition::WriterIs { global_cluster: "shop".into(), target: NEW.into(), target_region: PARTNER.into() }
}

fn told(region: &str, global: GlobalCluster) -> Scene {
    Scene::new().with(region, Service::Aurora, aurora(global))
}

#[test]
fn the_writer_is_who_its_own_region_says() {
    assert_eq!(told(PARTNER, global(Some(NEW))).judge(&writer_is()), Held::Yes);
    not_yet(&told(PARTNER, global(Some(OLD))).judge(&writer_is()), OLD);
    not_yet(&told(PARTNER, global(None)).judge(&writer_is()), "no one writer");
    let both = GlobalCluster { members: vec![member(OLD, true), member(NEW, true)], ..global(None) };
    not_yet(&told(PARTNER, both).judge(&writer_is()), "no one writer");
}

#[test]
fn what_the_other_region_says_of_the_writer_is_no_matter() {
    let only_the_other = told(HOME, global(Some(NEW)));
    unknown(&only_the_other.judge(&writer_is()), PARTNER);
    let contradicted = told(PARTNER, global(Some(NEW))).with(HOME, Service::Aurora, aurora(global(Some(OLD))));
    assert_eq!(contradicted.judge(&writer_is()), Held::Yes);
    assert_eq!(told(PARTNER, global(Some(NEW))).silent(HOME, Service::Aurora).judge(&writer_is()), Held::Yes);
}

#[test]
fn a_promotion_under_way_is_no_writer_yet() {
    let new_writer_still_promoting = GlobalCluster { members: global(Some(NEW)).members, ..promoting(NEW) };
    not_yet(&told(PARTNER, new_writer_still_promoting).judge(&writer_is()), "failing-over");
}

#[test]
fn what_was_read_before_the_beginning_tells_nothing() {
    let stale = Scene::new().read_at(BEGAN - 1, PARTNER, Service::Aurora, aurora(global(Some(NEW))));
    unknown(&stale.judge(&writer_is()), "us-east-2 has not been read since this began");
    let just = Scene::new().read_at(BEGAN, PARTNER, Service::Aurora, aurora(global(Some(NEW))));
    assert_eq!(just.judge(&writer_is()), Held::Yes);
}

#[test]
fn a_region_that_spoke_and_fell_silent_is_unknown() {
    let silenced = told(PARTNER, global(Some(NEW))).silent(PARTNER, Service::Aurora);
    unknown(&silenced.judge(&writer_is()), "Aurora in us-east-2 does not answer: timed out");
}

#[test]
fn another_global_cluster_is_not_ours() {
    let other = GlobalCluster { id: "other".into(), ..global(Some(NEW)) };
    unknown(&told(PARTNER, other).judge(&writer_is()), "does not describe the global cluster shop");
}

#[test]
fn synchronized_is_every_member_of_both_regions() {
    let condition = Condition::Synchronized { global_cluster: "shop".into(), region: PARTNER.into() };
    assert_eq!(told(PARTNER, global(Some(NEW))).judge(&condition), Held::Yes);
    not_yet(&told(PARTNER, promoting(NEW)).judge(&condition), "failing-over");
    let with = |members| GlobalCluster { members, ..global(Some(NEW)) };
    let behind = GlobalMember { synchronization: Some(Synchronization::PendingResync), ..member(OLD, false) };
    not_yet(&told(PARTNER, with(vec![behind, member(NEW, true)])).judge(&condition), "pending-resync");
    not_yet(&told(PARTNER, with(vec![member(NEW, true)])).judge(&condition), "no member in us-east-1");
    let unsaid = GlobalMember { synchronization: None, ..member(OLD, false) };
    unknown(&told(PARTNER, with(vec![unsaid, member(NEW, true)])).judge(&condition), "does not say");
    let writer_unsaid = GlobalMember { synchronization: None, ..member(NEW, true) };
    assert_eq!(told(PARTNER, with(vec![member(OLD, false), writer_unsaid])).judge(&condition), Held::Yes);
    unknown(&told(HOME, global(Some(NEW))).judge(&condition), PARTNER);
}

fn failover() -> Call {
    Call::FailoverGlobalCluster { global_cluster: "shop".into(), target: NEW.into(), target_region: PARTNER.into() }
}

fn switchover() -> Call {
    Call::SwitchoverGlobalCluster { global_cluster: "shop".into(), target: NEW.into(), writer_region: HOME.into() }
}

#[test]
fn a_promotion_that_does_not_show_yet_is_under_way_until_it_must_have_shown() {
    for call in [failover(), switchover()] {
        let told = |second| Scene::new().read_at(second, PARTNER, Service::Aurora, aurora(global(Some(OLD))));
        assert_eq!(told(BEGAN + 1).probe(&call), Found::UnderWay);
        // However late it is asked: what was read early tells nothing of later.
        assert_eq!(told(BEGAN + 29).probe(&call), Found::UnderWay);
        assert_eq!(told(BEGAN + 30).probe(&call), Found::DidNotHappen);
    }
}

#[test]
fn a_promotion_is_found_by_its_state() {
    for call in [failover(), switchover()] {
        assert_eq!(told(PARTNER, global(Some(NEW))).probe(&call), Found::Happened);
        assert_eq!(told(PARTNER, promoting(NEW)).probe(&call), Found::UnderWay);
        assert_eq!(told(PARTNER, global(None)).probe(&call), Found::UnderWay, "between two writers");
        cannot_tell(&told(PARTNER, promoting(OLD)).probe(&call), "somebody else's promotion");
        cannot_tell(&Scene::new().probe(&call), PARTNER);
        cannot_tell(&told(PARTNER, global(Some(NEW))).silent(PARTNER, Service::Aurora).probe(&call), PARTNER);
    }
}

#[test]
fn a_switchover_that_only_the_region_it_was_asked_of_knows_is_under_way() {
    let late = |global| Scene::new().read_at(BEGAN + 60, PARTNER, Service::Aurora, aurora(global));
    let scene = late(global(Some(OLD))).with(HOME, Service::Aurora, aurora(promoting(NEW)));
    assert_eq!(scene.probe(&switchover()), Found::UnderWay);
    assert_eq!(scene.probe(&failover()), Found::DidNotHappen, "nothing is asked of the region that is lost");
}

// ---- S3

fn rule(id: &str) -> ReplicationRule {
    ReplicationRule {
        id: id.to_owned(),
        enabled: true,
        destination: "assets-dr".into(),
        prefix: None,
        delete_markers: false,
        metrics: true,
        time_control_minutes: None,
    }
}

fn bucket(rules: Vec<ReplicationRule>) -> Facts {
    Facts::Buckets(vec![Bucket {
        name: "assets".into(),
        versioning: Versioning::Enabled,
        rules,
        role: None,
        by_kms: Vec::new(),
    }])
}

fn backlog(rule: &str, second: i64, objects: f64, bytes: f64) -> Facts {
    let series = |measure, value| Series {
        key: MetricKey {
            measure,
            region: PARTNER.into(),
            subject: Subject::Replication {
                source: "assets".into(),
                destination: "assets-dr".into(),
                rule: rule.to_owned(),
            },
        },
        points: vec![Point { at: at(second), value }],
    };
    Facts::Metrics(vec![series(Measure::S3OperationsPending, objects), series(Measure::S3BytesPending, bytes)])
}

fn backlog_empty() -> Condition {
    Condition::BacklogEmpty { source: InRegion::new(HOME, "assets"), destination: InRegion::new(PARTNER, "assets-dr") }
}

fn replicating(rules: &[ReplicationRule]) -> Scene {
    Scene::new().with(HOME, Service::S3, bucket(rules.to_vec()))
}

#[test]
fn a_backlog_is_empty_by_a_figure_of_a_period_that_began_since() {
    let scene = |second, objects, bytes| {
        replicating(&[rule("a")]).read_at(BEGAN + 90, PARTNER, Service::Metrics, backlog("a", second, objects, bytes))
    };
    assert_eq!(scene(BEGAN, 0.0, 0.0).judge(&backlog_empty()), Held::Yes);
    not_yet(&scene(BEGAN - 1, 0.0, 0.0).judge(&backlog_empty()), "no figure");
    not_yet(&scene(BEGAN, 3.0, 0.0).judge(&backlog_empty()), "3 objects");
    not_yet(&scene(BEGAN, 0.0, 512.0).judge(&backlog_empty()), "512 bytes");
    not_yet(&scene(BEGAN, f64::NAN, 0.0).judge(&backlog_empty()), "objects");
}

#[test]
fn every_rule_that_replicates_must_have_emptied() {
    let two = replicating(&[rule("a"), rule("b")]);
    let one_told = two.with(PARTNER, Service::Metrics, backlog("a", BEGAN, 0.0, 0.0));
    not_yet(&one_told.judge(&backlog_empty()), "no figure");
    let both = one_told.with(PARTNER, Service::Metrics, backlog("b", BEGAN, 0.0, 0.0));
    assert_eq!(both.judge(&backlog_empty()), Held::Yes);
    let off = ReplicationRule { enabled: false, ..rule("b") };
    let one_off = replicating(&[rule("a"), off]).with(PARTNER, Service::Metrics, backlog("a", BEGAN, 0.0, 0.0));
    assert_eq!(one_off.judge(&backlog_empty()), Held::Yes);
}

#[test]
fn a_backlog_that_is_not_measured_never_empties() {
    let blind = ReplicationRule { metrics: false, ..rule("a") };
    never(&replicating(&[blind]).judge(&backlog_empty()), "publishes no replication metrics");
    let off = ReplicationRule { enabled: false, ..rule("a") };
    never(&replicating(&[off]).judge(&backlog_empty()), "no rule replicates");
}

#[test]
fn a_backlog_of_a_silent_region_is_unknown() {
    let scene = replicating(&[rule("a")]).with(PARTNER, Service::Metrics, backlog("a", BEGAN, 0.0, 0.0));
    unknown(&scene.silent(PARTNER, Service::Metrics).judge(&backlog_empty()), PARTNER);
    unknown(&replicating(&[rule("a")]).judge(&backlog_empty()), PARTNER);
    let no_rules = Scene::new().with(PARTNER, Service::Metrics, Facts::Metrics(Vec::new()));
    unknown(&no_rules.judge(&backlog_empty()), "no rule");
}

#[test]
fn the_backlog_is_told_without_the_region_it_came_from() {
    let told = Scene::new().with(PARTNER, Service::Metrics, backlog("a", BEGAN, 0.0, 0.0));
    assert_eq!(told.silent(HOME, Service::S3).judge(&backlog_empty()), Held::Yes);
}

#[test]
fn replication_is_its_rules_in_any_order() {
    let is = |rules: &[ReplicationRule]| Condition::ReplicationIs {
        region: HOME.into(),
        bucket: "assets".into(),
        rules: rules.to_vec(),
    };
    let (a, b) = (rule("a"), rule("b"));
    let scene = replicating(&[b.clone(), a.clone()]);
    assert_eq!(scene.judge(&is(&[a.clone(), b.clone()])), Held::Yes);
    not_yet(&scene.judge(&is(std::slice::from_ref(&a))), "b and a");
    not_yet(&scene.judge(&is(&[a.clone(), a.clone()])), "not as they should be");
    not_yet(&scene.judge(&is(&[a.clone(), ReplicationRule { enabled: false, ..b }])), "not as they should be");
    let other = Condition::ReplicationIs { region: HOME.into(), bucket: "gone".into(), rules: vec![a] };
    never(&scene.judge(&other), "no bucket gone");
    unknown(&scene.silent(HOME, Service::S3).judge(&other), HOME);
}

#[test]
fn rules_are_found_as_they_were_or_as_they_were_to_be() {
    let call = Call::PutReplication {
        region: HOME.into(),
        bucket: "assets".into(),
        role: "arn:aws:iam::123456789012:role/r".into(),
        rules: Change::new(vec![rule("a")], vec![rule("a"), rule("b")]),
    };
    assert_eq!(replicating(&[rule("b"), rule("a")]).probe(&call), Found::Happened);
    assert_eq!(replicating(&[rule("a")]).probe(&call), Found::DidNotHappen);
    cannot_tell(&replicating(&[rule("c")]).probe(&call), "somebody else");
    cannot_tell(&Scene::new().probe(&call), HOME);
}

// ---- What would be lost

fn store(second: i64, at_risk: Duration, freshness: Freshness) -> Scene {
    let mut scene = Scene::new().with(PARTNER, Service::Metrics, Facts::Metrics(Vec::new()));
    scene.assessment.stores.push(StoreAssessment {
        kind: StoreKind::Aurora,
        name: "shop".to_owned(),
        writer_region: Some(HOME.into()),
        health: Health::Healthy,
        reasons: Vec::new(),
        lag: None,
        pending_objects: None,
        pending_bytes: None,
        at_risk: Some(Dated { value: at_risk, at: at(second), freshness }),
        rpo_target: None,
        within_rpo: None,
        trend: Some(MetricKey {
            measure: Measure::AuroraRpoLag,
            region: PARTNER.into(),
            subject: Subject::Cluster("shop-dr".into()),
        }),
        slope_ms_per_minute: None,
    });
    scene
}

#[test]
fn data_at_risk_counts_by_a_period_that_began_since() {
    let bound = Duration::from_secs(1);
    let at_most = Condition::AtRiskAtMost { store: StoreKind::Aurora, bound };
    let fresh = |second, value| store(second, value, Freshness::Fresh).judge(&at_most);
    assert_eq!(fresh(BEGAN + 60, bound), Held::Yes);
    not_yet(&fresh(BEGAN + 60, Duration::from_millis(1001)), "1.1 s of shop at risk");
    unknown(&fresh(BEGAN + 59, bound), "since this began");
    unknown(&store(BEGAN + 60, bound, Freshness::Stale).judge(&at_most), PARTNER);
    unknown(&store(BEGAN + 60, bound, Freshness::Fresh).silent(PARTNER, Service::Metrics).judge(&at_most), PARTNER);
    let other = Condition::AtRiskAtMost { store: StoreKind::S3, bound };
    unknown(&store(BEGAN + 60, bound, Freshness::Fresh).judge(&other), "nothing is known");
}

// ---- Traffic

fn check(version: i64, inverted: bool) -> Scene {
    let check = HealthCheck {
        id: "check".into(),
        version,
        kind: HealthCheckKind::Https,
        target: "https://shop".to_owned(),
        interval_s: Some(10),
        threshold: Some(3),
        inverted,
        disabled: false,
        alarm: None,
        children: Vec::new(),
        checkers: Vec::new(),
    };
    Scene::new().with(HOME, Service::HealthChecks, Facts::HealthChecks(vec![check]))
}

#[test]
fn a_check_is_inverted_when_route_53_says_so() {
    let inverted = |id: &str| Condition::CheckInverted { check: id.into(), inverted: true };
    assert_eq!(check(3, true).judge(&inverted("check")), Held::Yes);
    not_yet(&check(3, false).judge(&inverted("check")), "not inverted");
    never(&check(3, true).judge(&inverted("gone")), "no health check gone");
    unknown(&Scene::new().judge(&inverted("check")), HOME);
}

#[test]
fn an_inversion_is_told_by_version_and_value() {
    let call = Call::SetHealthCheckInverted { check: "check".into(), version: 3, inverted: Change::new(false, true) };
    assert_eq!(check(3, false).probe(&call), Found::DidNotHappen);
    assert_eq!(check(4, true).probe(&call), Found::Happened);
    cannot_tell(&check(4, false).probe(&call), "somebody else changed health check check");
    cannot_tell(&check(2, false).probe(&call), "somebody else");
    cannot_tell(&Scene::new().probe(&call), HOME);
    let gone = Scene::new().with(HOME, Service::HealthChecks, Facts::HealthChecks(Vec::new()));
    cannot_tell(&gone.probe(&call), "no health check");
}

fn record(weight: u32, values: &[&str]) -> RecordSet {
    RecordSet {
        zone: "Z1".into(),
        name: "shop.example.com".into(),
        record_type: "A".to_owned(),
        set_identifier: Some("home".to_owned()),
        routing: Routing::Weighted(weight),
        ttl_s: Some(60),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        alias: None,
        health_check: None,
    }
}

fn zone(records: Vec<RecordSet>) -> Scene {
    let whole = Read::ZoneRecords { zones: vec!["Z1".into()] };
    let scene = Scene::new().answers(HOME, whole, Facts::ZoneRecords(records.clone()));
    scene.with(HOME, Service::Records, Facts::Records(records))
}

#[test]
fn a_record_is_compared_as_route_53_keeps_it() {
    let is = |record: Option<RecordSet>| Condition::RecordIs {
        zone: "Z1".into(),
        name: "Shop.example.com.".into(),
        set_identifier: Some("home".to_owned()),
        record: record.map(Box::new),
    };
    let scene = zone(vec![record(10, &["192.0.2.1", "192.0.2.2"])]);
    assert_eq!(scene.judge(&is(Some(record(10, &["192.0.2.2", "192.0.2.1"])))), Held::Yes);
    not_yet(&scene.judge(&is(Some(record(0, &["192.0.2.1", "192.0.2.2"])))), "not as it should be");
    not_yet(&scene.judge(&is(None)), "still there");
    assert_eq!(zone(Vec::new()).judge(&is(None)), Held::Yes);
    let text = RecordSet { record_type: "TXT".to_owned(), ..record(10, &["words"]) };
    assert_eq!(zone(vec![text]).judge(&is(None)), Held::Yes);
    unknown(&scene.silent(HOME, Service::Records).judge(&is(None)), HOME);
}

#[test]
fn a_record_change_is_told_by_what_stands_there() {
    let (before, after) = (record(100, &["192.0.2.1"]), record(0, &["192.0.2.1"]));
    let change = |before: Option<&RecordSet>, after: Option<&RecordSet>| Call::ChangeRecord {
        zone: "Z1".into(),
        before: before.cloned(),
        after: after.cloned(),
    };
    let (with_before, with_after, empty) = (zone(vec![before.clone()]), zone(vec![after.clone()]), zone(Vec::new()));
    let third = zone(vec![record(7, &["192.0.2.1"])]);
    for (call, happened, did_not) in [
        (change(Some(&before), Some(&after)), &with_after, &with_before),
        (change(None, Some(&after)), &with_after, &empty),
        (change(Some(&before), None), &empty, &with_before),
    ] {
        assert_eq!(happened.probe(&call), Found::Happened);
        assert_eq!(did_not.probe(&call), Found::DidNotHappen);
        cannot_tell(&third.probe(&call), "somebody else");
        cannot_tell(&Scene::new().probe(&call), HOME);
    }
    let moved = RecordSet { set_identifier: Some("partner".to_owned()), ..after.clone() };
    let call = change(Some(&before), Some(&moved));
    assert_eq!(zone(vec![moved.clone()]).probe(&call), Found::Happened);
    assert_eq!(with_before.probe(&call), Found::DidNotHappen);
    cannot_tell(&zone(vec![before, moved]).probe(&call), "somebody else");
    cannot_tell(&empty.probe(&change(None, None)), "changes nothing");
}

fn answered(second: i64, region: Option<&str>, vantage: &str) -> Scene {
    let mut scene = Scene::new().read_at(second, HOME, Service::Answers, Facts::Answers(Vec::new()));
    let answer = DnsAnswerAssessment {
        vantage: vantage.to_owned(),
        code: "NOERROR".to_owned(),
        values: Vec::new(),
        ttl_s: None,
        region: region.map(Region::from),
        at: at(second),
        freshness: Freshness::Fresh,
    };
    let name = "shop.example.com".into();
    scene.assessment.dns.push(DnsAssessment { name, active_region: None, answers: vec![answer] });
    scene
}

#[test]
fn answers_lead_where_route_53_itself_says() {
    let lead = Condition::AnswersLeadTo { name: "shop.example.com".into(), region: PARTNER.into() };
    assert_eq!(answered(BEGAN, Some(PARTNER), "Route 53").judge(&lead), Held::Yes);
    not_yet(&answered(BEGAN, Some(HOME), "Route 53").judge(&lead), "leads to us-east-1");
    unknown(&answered(BEGAN, None, "Route 53").judge(&lead), "no known region");
    unknown(&answered(BEGAN, Some(PARTNER), "192.0.2.53").judge(&lead), "has not said");
    unknown(&answered(BEGAN - 1, Some(PARTNER), "Route 53").judge(&lead), HOME);
    unknown(&answered(BEGAN, Some(PARTNER), "Route 53").silent(HOME, Service::Answers).judge(&lead), HOME);
}

#[test]
fn resolvers_are_believed_while_route_53s_api_is_silent() {
    let lead = Condition::AnswersLeadTo { name: "shop.example.com".into(), region: PARTNER.into() };
    let with = |code: &str, resolvers: &[&str]| {
        let mut scene = answered(BEGAN, None, "Route 53");
        let answers = &mut scene.assessment.dns[0].answers;
        answers[0].code = code.to_owned();
        let silent = answers[0].clone();
        answers.extend(resolvers.iter().map(|led| DnsAnswerAssessment {
            vantage: "192.0.2.53".to_owned(),
            code: "NOERROR".to_owned(),
            region: Some((*led).into()),
            ..silent.clone()
        }));
        scene
    };
    assert_eq!(with("timed out", &[PARTNER, PARTNER]).judge(&lead), Held::Yes);
    not_yet(&with("timed out", &[PARTNER, HOME]).judge(&lead), "leads to us-east-1");
    unknown(&with("timed out", &[]).judge(&lead), "no resolver");
    unknown(&with("NXDOMAIN", &[PARTNER]).judge(&lead), "answers NXDOMAIN");
}

const GROUP: &str = "arn:aws:globalaccelerator::123456789012:accelerator/a/listener/l/endpoint-group/g";

fn verdict(second: i64, passes: bool) -> Scene {
    let mut scene = check(1, false);
    scene.assessment.health_checks.push(HealthCheckAssessment {
        id: "check".into(),
        region: Some(HOME.into()),
        health: Health::Unknown,
        passing: Some(Dated { value: passes, at: at(second), freshness: Freshness::Fresh }),
        healthy_percent: None,
        target: String::new(),
        traps: Vec::new(),
    });
    scene
}

#[test]
fn clients_leave_a_region_whose_check_fails_or_that_answers_nothing() {
    let leaves = Condition::Leaves { name: "shop.example.com".into(), region: HOME.into(), check: "check".into() };
    not_yet(&verdict(BEGAN + 5, true).judge(&leaves), "passes: shop.example.com stays with us-east-1");
    assert_eq!(verdict(BEGAN + 5, false).judge(&leaves), Held::Yes);
    unknown(&verdict(BEGAN - 5, false).judge(&leaves), HOME);
    // One service of it that is silent is not the region.
    not_yet(&verdict(BEGAN + 5, true).silent(HOME, Service::Aurora).judge(&leaves), "passes");
    not_yet(&verdict(BEGAN + 5, true).silent(HOME, Service::HealthChecks).judge(&leaves), "passes");
    let lost = verdict(BEGAN + 5, true).silent(HOME, Service::Aurora).silent(HOME, Service::HealthChecks);
    assert_eq!(lost.judge(&leaves), Held::Yes);
}

fn group(dial: f64, weight: u32, status: &str) -> Scene {
    let endpoint = Endpoint { id: "nlb".to_owned(), weight: Some(weight), health: None, reason: None };
    let group = EndpointGroup {
        arn: GROUP.into(),
        region: HOME.into(),
        dial_percent: Some(dial),
        interval_s: None,
        threshold: None,
        endpoints: vec![endpoint],
    };
    let accelerator = Accelerator {
        arn: "arn:aws:globalaccelerator::123456789012:accelerator/a".into(),
        name: "shop".to_owned(),
        enabled: true,
        status: status.to_owned(),
        dns_name: None,
        addresses: Vec::new(),
        groups: vec![group],
    };
    Scene::new().with("us-west-2", Service::GlobalAccelerator, Facts::Accelerators(vec![accelerator]))
}

#[test]
fn an_endpoint_group_is_dial_weights_and_deployed() {
    let is =
        |arn: &str| Condition::GroupIs { group: arn.into(), dial_percent: 0.0, weights: vec![("nlb".to_owned(), 0)] };
    assert_eq!(group(0.0, 0, "DEPLOYED").judge(&is(GROUP)), Held::Yes);
    not_yet(&group(100.0, 0, "DEPLOYED").judge(&is(GROUP)), "at 100 %");
    not_yet(&group(0.0, 128, "DEPLOYED").judge(&is(GROUP)), "weight of nlb");
    not_yet(&group(0.0, 0, "IN_PROGRESS").judge(&is(GROUP)), "IN_PROGRESS");
    never(&group(0.0, 0, "DEPLOYED").judge(&is("arn:other")), "no endpoint group");
    unknown(&Scene::new().judge(&is(GROUP)), "us-west-2");
}

#[test]
fn an_endpoint_group_is_found_as_it_was_or_as_it_was_to_be() {
    let call = Call::UpdateEndpointGroup {
        group: GROUP.into(),
        dial_percent: Change::new(100.0, 0.0),
        weights: vec![("nlb".to_owned(), Change::new(128, 0))],
    };
    assert_eq!(group(0.0, 0, "IN_PROGRESS").probe(&call), Found::Happened);
    assert_eq!(group(100.0, 128, "DEPLOYED").probe(&call), Found::DidNotHappen);
    cannot_tell(&group(0.0, 128, "DEPLOYED").probe(&call), "somebody else");
    cannot_tell(&Scene::new().probe(&call), "us-west-2");
}

// ---- Compute and alarms

fn scaled(min: u32, desired: u32, max: u32, in_service: u32) -> Scene {
    let group = ScalingGroup { name: "web".into(), min, desired, max, in_service, suspended: Vec::new() };
    Scene::new().with(PARTNER, Service::AutoScaling, Facts::ScalingGroups(vec![group]))
}

#[test]
fn capacity_is_asked_for_and_then_in_service() {
    let wanted = Capacity { min: 2, desired: 4, max: 8 };
    let asked = Condition::CapacityIs { region: PARTNER.into(), group: "web".into(), capacity: wanted };
    let serves = Condition::InService { region: PARTNER.into(), group: "web".into(), at_least: 4 };
    assert_eq!(scaled(2, 4, 8, 1).judge(&asked), Held::Yes);
    not_yet(&scaled(1, 1, 4, 1).judge(&asked), "web is at 1");
    not_yet(&scaled(2, 4, 8, 3).judge(&serves), "3 of 4");
    assert_eq!(scaled(2, 4, 8, 5).judge(&serves), Held::Yes);
    let gone = Scene::new().with(PARTNER, Service::AutoScaling, Facts::ScalingGroups(Vec::new()));
    never(&gone.judge(&serves), "no Auto Scaling group web");
    unknown(&Scene::new().judge(&asked), PARTNER);
    let before = Capacity { min: 1, desired: 1, max: 4 };
    let call =
        |from| Call::SetCapacity { region: PARTNER.into(), group: "web".into(), capacity: Change { from, to: wanted } };
    assert_eq!(scaled(2, 4, 8, 0).probe(&call(Some(before))), Found::Happened);
    assert_eq!(scaled(1, 1, 4, 1).probe(&call(Some(before))), Found::DidNotHappen);
    cannot_tell(&scaled(1, 2, 4, 1).probe(&call(Some(before))), "somebody else");
    assert_eq!(scaled(1, 2, 4, 1).probe(&call(None)), Found::DidNotHappen, "nobody knows what it was");
    cannot_tell(&gone.probe(&call(None)), "no Auto Scaling group");
}

fn function(reserved: Option<u32>, state: &str) -> Scene {
    let source = EventSource { uuid: "u1".to_owned(), source: None, state: state.to_owned() };
    let function = Function {
        name: "orders".into(),
        state: "Active".to_owned(),
        runtime: None,
        code_sha256: None,
        reserved_concurrency: reserved,
        event_sources: vec![source],
    };
    let facts = LambdaFacts { functions: vec![function], account_concurrency: None };
    Scene::new().with(HOME, Service::Lambda, Facts::Functions(facts))
}

#[test]
fn a_fence_is_the_functions_own_limit() {
    let is = |reserved| Condition::ConcurrencyIs { region: HOME.into(), function: "orders".into(), reserved };
    assert_eq!(function(Some(0), "Enabled").judge(&is(Some(0))), Held::Yes);
    assert_eq!(function(None, "Enabled").judge(&is(None)), Held::Yes);
    not_yet(&function(None, "Enabled").judge(&is(Some(0))), "no reserved concurrency");
    not_yet(&function(Some(0), "Enabled").judge(&is(None)), "is 0");
    unknown(&Scene::new().judge(&is(None)), HOME);
    let call = Call::SetFunctionConcurrency {
        region: HOME.into(),
        function: "orders".into(),
        reserved: Change::new(None, Some(0)),
    };
    assert_eq!(function(Some(0), "Enabled").probe(&call), Found::Happened);
    assert_eq!(function(None, "Enabled").probe(&call), Found::DidNotHappen);
    cannot_tell(&function(Some(5), "Enabled").probe(&call), "somebody else");
    cannot_tell(&Scene::new().probe(&call), HOME);
}

#[test]
fn an_event_source_settles_before_it_counts() {
    let is = |uuid: &str| Condition::EventSourceIs { region: HOME.into(), uuid: uuid.to_owned(), enabled: false };
    let call = Call::SetEventSource { region: HOME.into(), uuid: "u1".to_owned(), enabled: Change::new(true, false) };
    for (state, held, found) in [
        ("Disabled", Held::Yes, Found::Happened),
        ("Enabled", Held::NotYet("event source u1 is Enabled".to_owned()), Found::DidNotHappen),
        ("Disabling", Held::NotYet("event source u1 is Disabling".to_owned()), Found::UnderWay),
    ] {
        let scene = function(None, state);
        assert_eq!(scene.judge(&is("u1")), held);
        assert_eq!(scene.probe(&call), found);
    }
    never(&function(None, "Enabled").judge(&is("u2")), "no event source u2");
    cannot_tell(&function(None, "Deleting").probe(&call), "Deleting");
    cannot_tell(&Scene::new().probe(&call), HOME);
}

#[test]
fn alarms_are_quiet_only_where_there_are_alarms() {
    let quiet = Condition::AlarmsQuiet { region: PARTNER.into() };
    let with = |states: &[AlarmState]| {
        let alarms = states.iter().enumerate().map(|(index, state)| Alarm {
            name: format!("alarm-{index}").as_str().into(),
            arn: None,
            state: state.clone(),
            state_since: None,
            reason: String::new(),
            actions_enabled: true,
            metric: None,
        });
        let facts = AlarmFacts { alarms: alarms.collect(), history: Vec::new() };
        Scene::new().with(PARTNER, Service::Alarms, Facts::Alarms(facts))
    };
    assert_eq!(with(&[AlarmState::Ok, AlarmState::InsufficientData]).judge(&quiet), Held::Yes);
    not_yet(&with(&[AlarmState::Ok, AlarmState::Alarm]).judge(&quiet), "alarm-1");
    unknown(&with(&[]).judge(&quiet), "none of the alarms");
    unknown(&Scene::new().judge(&quiet), PARTNER);
    let mut unnamed = with(&[AlarmState::Ok]);
    unnamed.deployment.alarms.names.clear();
    never(&unnamed.judge(&quiet), "names no alarms");
}

// ---- Time and canaries

#[test]
fn time_passes_from_the_beginning() {
    let elapsed = |length| Condition::Elapsed { length: Duration::from_secs(length) };
    assert_eq!(Scene::new().judge(&elapsed(100)), Held::Yes);
    not_yet(&Scene::new().judge(&elapsed(130)), "30 s of 2 min 10 s to go");
    let mut set_back = Scene::new();
    set_back.now = at(BEGAN - 50);
    not_yet(&set_back.judge(&elapsed(1)), "to go");
}

#[test]
fn a_canary_serves_when_the_newest_was_sent_since_and_found() {
    let with = |last_good: Option<i64>, last_failed: Option<i64>| {
        let mut scene = Scene::new();
        scene.canary.last_good = last_good.map(at);
        scene.canary.last_failed = last_failed.map(at);
        scene.judge(&Condition::CanaryServed)
    };
    assert_eq!(with(Some(BEGAN), None), Held::Yes);
    assert_eq!(with(Some(BEGAN + 5), Some(BEGAN + 4)), Held::Yes);
    not_yet(&with(Some(BEGAN + 5), Some(BEGAN + 6)), "newest canary failed");
    not_yet(&with(Some(BEGAN - 1), None), "no canary sent since");
    not_yet(&with(None, None), "no canary sent since");
    let mut unconfigured = Scene::new();
    unconfigured.canary = CanaryView { configured: false, last_good: Some(at(BEGAN)), last_failed: None };
    never(&unconfigured.judge(&Condition::CanaryServed), "configuration");
}

// ---- What is asked

#[test]
fn an_unplanned_promotion_asks_nothing_of_the_region_that_is_lost() {
    let deployment = Scene::new().deployment;
    let partner = |service| [(Region::from(PARTNER), service)].into();
    assert_eq!(reads(&writer_is(), &deployment), partner(Service::Aurora));
    assert_eq!(probe_reads(&failover(), &deployment), partner(Service::Aurora));
    let both = [HOME, PARTNER].map(|region| (Region::from(region), Service::Aurora)).into();
    assert_eq!(probe_reads(&switchover(), &deployment), both);
}
