//! What every implementation of `Mutate` owes its callers: a call does what it says, once, where it says; what takes it
//! back leaves the world as it was; and a refusal changes nothing.

use std::fmt;
use std::sync::Arc;

use lifeboat_model::assessment::StoreKind;
use lifeboat_model::call::{Call, Capacity, Change, CustomMetric, Receipt, Reversal};
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::facts::Facts;
use lifeboat_model::facts::capacity::ScalingGroup;
use lifeboat_model::facts::dynamodb::Table;
use lifeboat_model::facts::global_accelerator::EndpointGroup;
use lifeboat_model::facts::lambda::{EventSource, Function};
use lifeboat_model::facts::parameter::{Parameter, ParameterKind};
use lifeboat_model::facts::route53::{HealthCheck, RecordSet};
use lifeboat_model::facts::s3::{Bucket, ReplicationRule};
use lifeboat_model::id::{Arn, BucketName, FunctionName, HealthCheckId, Region};
use lifeboat_model::metric::{Measure, MetricKey, MetricQuery, Subject, Window};
use lifeboat_model::port::Mutate;
use lifeboat_model::read::Read;
use lifeboat_model::time::{Duration, after, before};
use lifeboat_model::topology::InRegion;

use super::{World, whole_minute};

/// A world and somebody who may change it.
pub(crate) struct Changeable {
    pub(crate) world: World,
    pub(crate) operator: Arc<dyn Mutate>,
    /// Lets a while pass, where time does not by itself.
    pub(crate) pass: Box<dyn Fn() + Send + Sync>,
}

impl fmt::Debug for Changeable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changeable").field("world", &self.world).finish_non_exhaustive()
    }
}

/// How often a while may pass until what was asked for has come about.
pub(crate) const PATIENCE: usize = 120;

impl Changeable {
    pub(crate) async fn perform(&self, call: &Call) -> Receipt {
        self.operator.perform(call).await.unwrap_or_else(|error| panic!("{call:?}: {error:?}"))
    }

    pub(crate) async fn refused(&self, call: &Call) -> CloudError {
        let error = self.operator.perform(call).await.expect_err("it is refused");
        assert_eq!((&error.region, error.operation.as_str()), (&call.endpoint_region(), call.operation()), "{error:?}");
        assert_eq!(error.service, call.service(), "{error:?}");
        assert!(!error.message.is_empty(), "{error:?}");
        error
    }

    /// Takes a call back.
    pub(crate) async fn undo(&self, call: &Call) {
        match call.reversal() {
            Reversal::By(undo) => drop(self.perform(&undo).await),
            other => panic!("{call:?}: {other:?}"),
        }
    }

    fn home(&self) -> &Region {
        &self.world.deployment.regions.home
    }

    fn partner(&self) -> &Region {
        &self.world.deployment.regions.partner
    }

    async fn group(&self, at: &InRegion<lifeboat_model::id::GroupName>) -> ScalingGroup {
        match self.world.read(&at.region, Read::ScalingGroups { groups: vec![at.name.clone()] }).await {
            Facts::ScalingGroups(mut found) => found.pop().expect("the group exists"),
            other => panic!("{other:?}"),
        }
    }

    async fn function(&self, at: &InRegion<FunctionName>) -> Function {
        match self.world.read(&at.region, Read::Functions { functions: vec![at.name.clone()] }).await {
            Facts::Functions(mut found) => found.functions.pop().expect("the function exists"),
            other => panic!("{other:?}"),
        }
    }

    fn function_at_home(&self) -> InRegion<FunctionName> {
        let mut functions = self.world.deployment.functions.iter();
        functions.find(|function| function.region == *self.home()).expect("there is a function at home").clone()
    }

    async fn parameters(&self, region: &Region) -> Vec<Parameter> {
        let paths = self.world.deployment.parameter_paths.clone();
        match self.world.read(region, Read::Parameters { paths, decrypt: false }).await {
            Facts::Parameters(found) => found,
            other => panic!("{other:?}"),
        }
    }

    async fn records(&self) -> Vec<RecordSet> {
        let records = self.world.deployment.records.clone();
        match self.world.read(&Region::route53(), Read::Records { records }).await {
            Facts::Records(found) => found,
            other => panic!("{other:?}"),
        }
    }

    async fn bucket(&self, region: &Region, name: &BucketName) -> Bucket {
        match self.world.read(region, Read::Buckets { buckets: vec![name.clone()] }).await {
            Facts::Buckets(mut found) => found.pop().expect("the bucket exists"),
            other => panic!("{other:?}"),
        }
    }

    async fn check(&self, id: &HealthCheckId) -> HealthCheck {
        match self.world.read(&Region::route53(), Read::HealthChecks { checks: vec![id.clone()] }).await {
            Facts::HealthChecks(mut found) => found.pop().expect("the check exists"),
            other => panic!("{other:?}"),
        }
    }

    async fn endpoint_groups(&self) -> Vec<EndpointGroup> {
        let accelerators = self.world.deployment.accelerators.clone();
        match self.world.read(&Region::accelerator(), Read::Accelerators { accelerators }).await {
            Facts::Accelerators(found) => found.into_iter().flat_map(|accelerator| accelerator.groups).collect(),
            other => panic!("{other:?}"),
        }
    }

    async fn table(&self, region: &Region) -> Table {
        match self.world.read(region, Read::Tables { tables: self.world.deployment.tables.clone() }).await {
            Facts::Tables(mut found) => found.pop().expect("the table exists"),
            other => panic!("{other:?}"),
        }
    }

    /// The region that writes, as both regions agree, or `None` while they do not.
    async fn writer(&self) -> Option<Arn> {
        let global_cluster = self.world.deployment.global_cluster.clone().expect("there is Aurora");
        let mut writers = Vec::new();
        for region in self.world.deployment.regions.both() {
            let Facts::Aurora(facts) =
                self.world.read(region, Read::Aurora { global_cluster: global_cluster.clone() }).await
            else {
                panic!("Aurora is answered with Aurora")
            };
            let global = facts.global.expect("the global cluster exists");
            if global.failover.is_some() || global.status != "available" {
                return None;
            }
            writers.push(global.writer()?.cluster.clone());
        }
        let first = writers.first().cloned();
        first.filter(|first| writers.iter().all(|writer| writer == first))
    }

    /// The one member that does not write.
    async fn standby(&self) -> Arn {
        let global_cluster = self.world.deployment.global_cluster.clone().expect("there is Aurora");
        let Facts::Aurora(facts) = self.world.read(self.home(), Read::Aurora { global_cluster }).await else {
            panic!("Aurora is answered with Aurora")
        };
        let members = facts.global.expect("the global cluster exists").members;
        members.into_iter().find(|member| !member.is_writer).expect("one does not write").cluster
    }

    async fn until_it_writes(&self, cluster: &Arn) {
        for _ in 0..PATIENCE {
            if self.writer().await.as_ref() == Some(cluster) {
                return;
            }
            (self.pass)();
        }
        panic!("{cluster} never became the writer");
    }
}

fn region_of(arn: &Arn) -> Region {
    arn.region().expect("a cluster's ARN names its region")
}

pub(crate) async fn a_group_takes_its_sizes(stage: &Changeable) {
    let at = stage.world.deployment.scaling_groups.last().expect("there is a group").clone();
    let before = stage.group(&at).await;
    let sizes = |group: &ScalingGroup| Capacity { min: group.min, desired: group.desired, max: group.max };
    let wanted = Capacity { min: before.min + 1, desired: before.desired + 1, max: before.max + 2 };
    let capacity = Change::new(sizes(&before), wanted);
    let call = Call::SetCapacity { region: at.region.clone(), group: at.name.clone(), capacity };
    stage.perform(&call).await;
    assert_eq!(sizes(&stage.group(&at).await), wanted);
    stage.perform(&call).await;
    assert_eq!(sizes(&stage.group(&at).await), wanted, "twice is as once");
    stage.undo(&call).await;
    assert_eq!(sizes(&stage.group(&at).await), sizes(&before));
}

pub(crate) async fn a_function_is_fenced_and_let_go(stage: &Changeable) {
    let at = stage.function_at_home();
    let call = |from: Option<u32>, to: Option<u32>| Call::SetFunctionConcurrency {
        region: at.region.clone(),
        function: at.name.clone(),
        reserved: Change::new(from, to),
    };
    let as_found = stage.function(&at).await.reserved_concurrency;
    let fence = call(as_found, Some(0));
    stage.perform(&fence).await;
    assert_eq!(stage.function(&at).await.reserved_concurrency, Some(0));
    let invoke =
        Call::InvokeFunction { region: at.region.clone(), function: at.name.clone(), payload: "{}".to_owned() };
    let error = stage.refused(&invoke).await;
    assert!(matches!(error.kind, CloudErrorKind::Throttled { .. }), "a fence refuses: {error:?}");
    stage.undo(&fence).await;
    assert_eq!(stage.function(&at).await.reserved_concurrency, as_found);
    let free = call(as_found, None);
    stage.perform(&free).await;
    assert_eq!(stage.function(&at).await.reserved_concurrency, None);
    if as_found.is_some() {
        stage.undo(&free).await;
        assert_eq!(stage.function(&at).await.reserved_concurrency, as_found);
    }
}

pub(crate) async fn a_function_answers(stage: &Changeable) {
    let at = stage.function_at_home();
    let call = Call::InvokeFunction { region: at.region, function: at.name, payload: "{}".to_owned() };
    let said = stage.perform(&call).await.detail.expect("a function says something");
    let said: serde_json::Value = serde_json::from_str(&said).expect("as JSON");
    assert_eq!(said["statusCode"], 200);
}

pub(crate) async fn an_event_source_is_stopped_and_started(stage: &Changeable) {
    let mut found: Option<(InRegion<FunctionName>, EventSource)> = None;
    for at in &stage.world.deployment.functions {
        if let Some(source) = stage.function(at).await.event_sources.first() {
            found = Some((at.clone(), source.clone()));
        }
    }
    let (at, source) = found.expect("a function has an event source");
    let delivers = async || {
        let function = stage.function(&at).await;
        let state = function.event_sources.into_iter().find(|it| it.uuid == source.uuid).expect("it is there").state;
        match state.as_str() {
            "Enabled" | "Enabling" => true,
            "Disabled" | "Disabling" => false,
            other => panic!("{other}"),
        }
    };
    let as_found = delivers().await;
    let call = Call::SetEventSource {
        region: at.region.clone(),
        uuid: source.uuid.clone(),
        enabled: Change::new(as_found, !as_found),
    };
    stage.perform(&call).await;
    assert_eq!(delivers().await, !as_found);
    stage.undo(&call).await;
    assert_eq!(delivers().await, as_found);
}

pub(crate) async fn a_parameter_is_changed_and_a_secret_is_not(stage: &Changeable) {
    let region = stage.partner().clone();
    let found = stage.parameters(&region).await;
    let plain = found.iter().find(|parameter| parameter.kind == ParameterKind::Plain).expect("there is a plain one");
    let now = async || {
        let all = stage.parameters(&region).await;
        all.into_iter().find(|parameter| parameter.name == plain.name).expect("it is still there")
    };
    // What it holds is not told by reading it, so it is first given a value that is known.
    let put = |from: Option<&str>, to: &str| Call::PutParameter {
        region: region.clone(),
        name: plain.name.clone(),
        value: Change { from: from.map(str::to_owned), to: to.to_owned() },
    };
    let receipt = stage.perform(&put(None, "first")).await;
    let first = now().await;
    assert_eq!(receipt.detail, Some(first.version.to_string()), "the receipt tells the version");
    assert!(first.version > plain.version, "{first:?}");
    let call = put(Some("first"), "file://second");
    stage.perform(&call).await;
    let second = now().await;
    assert_eq!((second.version, &second.kind), (first.version + 1, &ParameterKind::Plain));
    assert_ne!(second.digest, first.digest);
    stage.undo(&call).await;
    assert_eq!(now().await.digest, first.digest);

    let secret = found.iter().find(|parameter| parameter.kind == ParameterKind::Secure).expect("there is a secret");
    let call = Call::PutParameter {
        region: region.clone(),
        name: secret.name.clone(),
        value: Change { from: None, to: "told".to_owned() },
    };
    assert_eq!(stage.refused(&call).await.kind, CloudErrorKind::Invalid);
    let after = stage.parameters(&region).await;
    let after = after.iter().find(|parameter| parameter.name == secret.name).expect("it is still there");
    assert_eq!((after.version, &after.kind), (secret.version, &secret.kind));
}

pub(crate) async fn a_record_is_replaced_deleted_and_made_anew(stage: &Changeable) {
    let mut as_found = stage.records().await;
    let old = as_found.iter().find(|record| record.alias.is_none()).expect("a record with a TTL").clone();
    let change = |before: Option<&RecordSet>, after: Option<&RecordSet>| Call::ChangeRecord {
        zone: old.zone.clone(),
        before: before.cloned(),
        after: after.cloned(),
    };
    let sorted = |mut records: Vec<RecordSet>| {
        records.sort_by_key(|record| format!("{record:?}"));
        records
    };
    as_found = sorted(as_found);
    let new = RecordSet { ttl_s: Some(7), ..old.clone() };
    let replace = change(Some(&old), Some(&new));
    stage.perform(&replace).await;
    let seen = stage.records().await;
    assert!(seen.contains(&new) && !seen.contains(&old), "{seen:#?}");
    assert_eq!(seen.len(), as_found.len());

    // Whoever believes that it still is what it was is refused, and nothing changes.
    let error = stage.refused(&change(Some(&old), None)).await;
    assert!(matches!(error.kind, CloudErrorKind::Conflict | CloudErrorKind::Invalid), "{error:?}");
    let error = stage.refused(&change(None, Some(&new))).await;
    assert!(matches!(error.kind, CloudErrorKind::Conflict | CloudErrorKind::Invalid), "{error:?}");
    assert!(stage.records().await.contains(&new));

    let delete = change(Some(&new), None);
    stage.perform(&delete).await;
    let seen = stage.records().await;
    assert!(!seen.contains(&new) && seen.len() + 1 == as_found.len(), "{seen:#?}");
    stage.undo(&delete).await;
    assert!(stage.records().await.contains(&new));
    stage.undo(&replace).await;
    assert_eq!(sorted(stage.records().await), as_found);
}

pub(crate) async fn replication_is_switched_off_taken_away_and_given_back(stage: &Changeable) {
    let pair = stage.world.deployment.buckets.first().expect("there is replication").clone();
    let (region, name) = (&pair.source.region, &pair.source.name);
    let found = stage.bucket(region, name).await;
    let role = found.role.clone().expect("replication runs as a role");
    let change = |from: &[ReplicationRule], to: &[ReplicationRule]| Call::PutReplication {
        region: region.clone(),
        bucket: name.clone(),
        role: role.clone(),
        rules: Change::new(from.to_vec(), to.to_vec()),
    };
    let off: Vec<_> = found.rules.iter().map(|rule| ReplicationRule { enabled: false, ..rule.clone() }).collect();
    assert_ne!(off, found.rules, "a rule is enabled");
    let switch = change(&found.rules, &off);
    stage.perform(&switch).await;
    assert_eq!(stage.bucket(region, name).await.rules, off);
    stage.undo(&switch).await;
    assert_eq!(stage.bucket(region, name).await, found);
    let away = change(&found.rules, &[]);
    stage.perform(&away).await;
    assert_eq!(stage.bucket(region, name).await.rules, []);
    stage.undo(&away).await;
    assert_eq!(stage.bucket(region, name).await, found);
}

/// Apart from the rest: only some implementations refuse it.
pub(crate) async fn replication_to_nowhere_is_refused(stage: &Changeable) {
    let pair = stage.world.deployment.buckets.first().expect("there is replication").clone();
    let (region, bucket) = (&pair.source.region, &pair.source.name);
    let found = stage.bucket(region, bucket).await;
    let nowhere = |rule: &ReplicationRule| ReplicationRule { destination: "no-such-bucket".into(), ..rule.clone() };
    let call = Call::PutReplication {
        region: region.clone(),
        bucket: bucket.clone(),
        role: found.role.clone().expect("replication runs as a role"),
        rules: Change::new(found.rules.clone(), found.rules.iter().map(nowhere).collect()),
    };
    assert_eq!(stage.refused(&call).await.kind, CloudErrorKind::Invalid);
    assert_eq!(stage.bucket(region, bucket).await, found);
}

pub(crate) async fn a_metric_is_put_where_it_is_watched(stage: &Changeable) {
    let metric = CustomMetric {
        region: stage.partner().clone(),
        namespace: "Lifeboat".to_owned(),
        name: "StandbyTakesOver".to_owned(),
        dimensions: vec![("Deployment".to_owned(), "shop".to_owned())],
    };
    let now = stage.world.now;
    let newest = async |region: &Region| {
        let query = MetricQuery {
            // What it is called here is nothing to a cloud: it is asked for by its address.
            key: MetricKey {
                measure: Measure::AuroraRpoLag,
                region: region.clone(),
                subject: Subject::Cluster("-".into()),
            },
            namespace: metric.namespace.clone(),
            name: metric.name.clone(),
            dimensions: metric.dimensions.clone(),
            stat: "Maximum".to_owned(),
            period_s: 60,
        };
        let window = Window {
            from: before(whole_minute(now), Duration::from_mins(5)),
            to: after(whole_minute(now), Duration::from_mins(5)),
        };
        let series = stage.world.series(&query, window).await;
        series.and_then(|series| series.points.last().map(|point| point.value))
    };
    assert_eq!(newest(stage.partner()).await, None, "no data is not zero");
    let call = Call::PutMetric { metric: metric.clone(), value: Change::new(0.0, 5.0) };
    stage.perform(&call).await;
    assert_eq!(newest(stage.partner()).await, Some(5.0));
    assert_eq!(newest(stage.home()).await, None, "in its own region only");
}

pub(crate) async fn a_health_check_is_turned_over_at_its_version_only(stage: &Changeable) {
    let id = stage.world.deployment.health_checks.first().expect("there are checks").id.clone();
    let found = stage.check(&id).await;
    let call = Call::SetHealthCheckInverted {
        check: id.clone(),
        version: found.version,
        inverted: Change::new(found.inverted, !found.inverted),
    };
    stage.perform(&call).await;
    let turned = stage.check(&id).await;
    assert_eq!((turned.inverted, turned.disabled), (!found.inverted, found.disabled));
    assert!(turned.version > found.version, "{turned:?}");
    assert_eq!(
        (&turned.target, turned.interval_s, turned.threshold),
        (&found.target, found.interval_s, found.threshold)
    );
    stage.undo(&call).await;
    assert_eq!(stage.check(&id).await.inverted, found.inverted);
}

/// Apart from the rest: only some implementations refuse it.
pub(crate) async fn a_stale_version_is_a_conflict(stage: &Changeable) {
    let id = stage.world.deployment.health_checks.first().expect("there are checks").id.clone();
    let found = stage.check(&id).await;
    let call = Call::SetHealthCheckInverted {
        check: id.clone(),
        version: found.version - 1,
        inverted: Change::new(found.inverted, !found.inverted),
    };
    assert_eq!(stage.refused(&call).await.kind, CloudErrorKind::Conflict);
    assert_eq!(stage.check(&id).await, found);
}

pub(crate) async fn an_item_a_marker_and_a_notice_are_taken(stage: &Changeable) {
    let deployment = &stage.world.deployment;
    let (table, bucket) = (deployment.tables.first().expect("a table"), &deployment.buckets.first().expect("a pair"));
    let item = Call::PutItem {
        region: stage.partner().clone(),
        table: table.clone(),
        key_name: "id".to_owned(),
        key: "canary".to_owned(),
        attributes: vec![("nonce".to_owned(), "1".to_owned())],
    };
    stage.perform(&item).await;
    stage.perform(&item).await;
    stage.undo(&item).await;
    assert!(stage.table(stage.partner()).await.status.to_string().contains("ACTIVE"));
    let marker = Call::PutMarker {
        region: bucket.destination.region.clone(),
        bucket: bucket.destination.name.clone(),
        key: "standby-takes-over".to_owned(),
        present: Change::new(false, true),
    };
    stage.perform(&marker).await;
    stage.undo(&marker).await;
    stage.undo(&marker).await;
    let topic = deployment.topics.first().expect("a topic").clone();
    let notice = Call::PublishNotice { topic, subject: "drill".to_owned(), message: "it begins".to_owned() };
    stage.perform(&notice).await;
}

pub(crate) async fn alarms_are_muted_and_unmuted_once(stage: &Changeable) {
    let names = stage.world.deployment.alarms.names.iter();
    let call = Call::MuteAlarms {
        region: stage.home().clone(),
        rule: "lifeboat-contract".to_owned(),
        alarms: names.map(|name| name.as_str().into()).collect(),
        until: after(stage.world.now, Duration::from_hours(1)),
    };
    stage.perform(&call).await;
    stage.undo(&call).await;
    let Reversal::By(unmute) = call.reversal() else { panic!("muting is taken back") };
    assert_eq!(stage.refused(&unmute).await.kind, CloudErrorKind::NotFound);
}

pub(crate) async fn a_dial_and_a_weight_are_turned(stage: &Changeable) {
    let groups = stage.endpoint_groups().await;
    let (first, others) = groups.split_first().expect("there are groups");
    let dial = first.dial_percent.expect("a group has a dial");
    let weights = first.endpoints.iter().map(|it| (it.id.clone(), Change::new(it.weight.expect("a weight"), 0)));
    let call = Call::UpdateEndpointGroup {
        group: first.arn.clone(),
        dial_percent: Change::new(dial, if dial > 0.0 { 0.0 } else { 100.0 }),
        weights: weights.collect(),
    };
    stage.perform(&call).await;
    let now = stage.endpoint_groups().await;
    assert_eq!(now[0].dial_percent, Some(if dial > 0.0 { 0.0 } else { 100.0 }));
    assert!(now[0].endpoints.iter().all(|endpoint| endpoint.weight == Some(0)), "{now:?}");
    assert_eq!(&now[1..], others);
    for _ in 0..PATIENCE {
        (stage.pass)();
    }
    stage.undo(&call).await;
    let now = stage.endpoint_groups().await;
    assert_eq!(now[0].dial_percent, Some(dial));
    let weights = |group: &EndpointGroup| group.endpoints.iter().map(|it| it.weight).collect::<Vec<_>>();
    assert_eq!(weights(&now[0]), weights(first));
}

/// Asked of the writer's region, then of the target's; and what AWS refuses is refused.
pub(crate) async fn a_standby_is_promoted_both_ways(stage: &Changeable) {
    let global_cluster = stage.world.deployment.global_cluster.clone().expect("there is Aurora");
    let writer = stage.writer().await.expect("one writes");
    let standby = stage.standby().await;
    let to_itself = Call::SwitchoverGlobalCluster {
        global_cluster: global_cluster.clone(),
        target: writer.clone(),
        writer_region: region_of(&writer),
    };
    let error = stage.refused(&to_itself).await;
    assert!(matches!(error.kind, CloudErrorKind::Conflict | CloudErrorKind::Invalid), "{error:?}");
    assert_eq!(stage.writer().await.as_ref(), Some(&writer), "a refusal changes nothing");

    stage
        .perform(&Call::SwitchoverGlobalCluster {
            global_cluster: global_cluster.clone(),
            target: standby.clone(),
            writer_region: region_of(&writer),
        })
        .await;
    stage.until_it_writes(&standby).await;
    let back = stage.standby().await;
    assert_eq!(back, writer, "the old writer stands by");
    stage
        .perform(&Call::FailoverGlobalCluster { global_cluster, target: back.clone(), target_region: region_of(&back) })
        .await;
    stage.until_it_writes(&back).await;
}

pub(crate) async fn what_does_not_exist_cannot_be_changed(stage: &Changeable) {
    let (home, partner) = (stage.home().clone(), stage.partner().clone());
    let role = Arn::from("arn:aws:iam::123456789012:role/none");
    let nobody = "00000000-0000-4000-8000-000000000000";
    let cluster = Arn::new(format!("arn:aws:rds:{partner}:123456789012:cluster:none"));
    for call in [
        Call::FailoverGlobalCluster { global_cluster: "none".into(), target: cluster, target_region: partner.clone() },
        Call::SetHealthCheckInverted { check: nobody.into(), version: 1, inverted: Change::new(false, true) },
        Call::PutMarker {
            region: partner.clone(),
            bucket: "no-such-bucket-here".into(),
            key: "on".to_owned(),
            present: Change::new(false, true),
        },
        Call::SetCapacity {
            region: partner.clone(),
            group: "none".into(),
            capacity: Change { from: None, to: Capacity { min: 1, desired: 1, max: 1 } },
        },
        Call::SetFunctionConcurrency {
            region: home.clone(),
            function: "none".into(),
            reserved: Change::new(None, Some(0)),
        },
        Call::SetEventSource { region: home.clone(), uuid: nobody.to_owned(), enabled: Change::new(true, false) },
        Call::InvokeFunction { region: home.clone(), function: "none".into(), payload: "{}".to_owned() },
        Call::PublishNotice {
            topic: Arn::new(format!("arn:aws:sns:{home}:123456789012:none")),
            subject: "s".to_owned(),
            message: "m".to_owned(),
        },
        Call::PutItem {
            region: home.clone(),
            table: "none".into(),
            key_name: "id".to_owned(),
            key: "k".to_owned(),
            attributes: Vec::new(),
        },
        Call::PutReplication {
            region: home.clone(),
            bucket: "no-such-bucket-here".into(),
            role,
            rules: Change::new(
                Vec::new(),
                vec![ReplicationRule {
                    id: "all".to_owned(),
                    enabled: true,
                    destination: "no-such-bucket-there".into(),
                    prefix: None,
                    delete_markers: false,
                    metrics: false,
                    time_control_minutes: None,
                }],
            ),
        },
    ] {
        assert_eq!(stage.refused(&call).await.kind, CloudErrorKind::NotFound, "{call:?}");
    }
}

/// Written through the public name, and found in a store that has it; one that nobody wrote is not found.
pub(crate) async fn a_canary_is_acknowledged_and_found(stage: &Changeable, store: StoreKind) {
    let canary = stage.world.deployment.canary.clone().expect("there is a canary");
    let nonce = "0123456789abcdef".to_owned();
    stage.operator.write_canary(&canary, &nonce).await.expect("it is acknowledged");
    let nonces = vec![nonce.clone(), "never-written".to_owned()];
    let found = stage.world.read(stage.home(), Read::Canaries { canary, store, nonces }).await;
    let Facts::Canaries(found) = found else { panic!("canaries are answered with canaries: {found:?}") };
    let told: Vec<_> = found.iter().map(|sighting| (sighting.nonce.as_str(), sighting.found)).collect();
    assert_eq!(told, [(nonce.as_str(), Some(true)), ("never-written", Some(false))]);
}
