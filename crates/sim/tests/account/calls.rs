//! Every call does what AWS does with it, is refused where AWS refuses it, and can be taken back.

use std::time::Duration;

use lifeboat_model::call::{Call, Capacity, Change, CustomMetric, Reversal};
use lifeboat_model::cloud_error::CloudErrorKind;
use lifeboat_model::facts::Facts;
use lifeboat_model::facts::route53::{DnsAnswer, HealthCheck, Vantage};
use lifeboat_model::id::Region;
use lifeboat_model::metric::{Measure, MetricKey, MetricQuery, Subject, Window};
use lifeboat_model::port::{Mutate, Observe};
use lifeboat_model::read::Read;
use lifeboat_model::time::after;
use lifeboat_model::topology::{Blueprint, Deployment};
use lifeboat_sim::{EPOCH, Pace, SimCloud};

use crate::looking::{deployment, scenario};

fn begin(name: &str, blueprint: Blueprint) -> (SimCloud, Deployment) {
    let cloud = SimCloud::fresh(scenario(name), 1, Pace::Stepped);
    let deployment = deployment(&cloud, blueprint);
    cloud.sim_clock().advance(Duration::from_secs(30));
    (cloud, deployment)
}

fn step(cloud: &SimCloud, seconds: u64) {
    cloud.sim_clock().advance(Duration::from_secs(seconds));
}

async fn check(cloud: &SimCloud, deployment: &Deployment) -> HealthCheck {
    let checks = deployment.health_checks.iter().map(|check| check.id.clone()).collect();
    match cloud.read(&Region::route53(), &Read::HealthChecks { checks }).await {
        Ok(Facts::HealthChecks(mut checks)) => checks.swap_remove(0),
        other => panic!("{other:?}"),
    }
}

async fn answers(cloud: &SimCloud, deployment: &Deployment) -> Vec<DnsAnswer> {
    match cloud.read(&Region::route53(), &Read::Answers { records: deployment.records.clone() }).await {
        Ok(Facts::Answers(answers)) => answers,
        other => panic!("{other:?}"),
    }
}

fn leads_to(answer: &DnsAnswer, region: &Region) -> bool {
    answer.values.iter().any(|value| value.contains(region.as_str()))
}

#[tokio::test]
async fn inverting_the_check_moves_names_at_once_and_resolvers_within_the_ttl() {
    let (cloud, payments) = begin("calm", Blueprint::PaymentsServerless);
    let before = check(&cloud, &payments).await;
    let call = Call::SetHealthCheckInverted {
        check: before.id.clone(),
        version: before.version,
        inverted: Change::new(false, true),
    };
    cloud.perform(&call).await.expect("it is inverted");
    let stale = cloud.perform(&call).await.expect_err("the version is no longer the newest");
    assert_eq!(stale.kind, CloudErrorKind::Conflict);
    step(&cloud, 10);
    let partner = &payments.regions.partner;
    let after_ten = answers(&cloud, &payments).await;
    let authority = after_ten.iter().find(|answer| answer.vantage == Vantage::Authority).expect("it answers");
    assert!(leads_to(authority, partner), "{authority:?}");
    step(&cloud, 60);
    assert!(answers(&cloud, &payments).await.iter().all(|answer| leads_to(answer, partner)));
    assert!(cloud.truth(&payments).expect("it is there").outages.is_empty(), "a planned move costs no write");
    let Reversal::By(back) = call.reversal() else { panic!("an inversion can be taken back") };
    cloud.perform(&back).await.expect("it is taken back");
    step(&cloud, 70);
    assert!(answers(&cloud, &payments).await.iter().all(|answer| leads_to(answer, &payments.regions.home)));
}

#[tokio::test]
async fn a_changed_record_is_what_the_zone_says_and_a_stale_change_is_refused() {
    let (cloud, payments) = begin("calm", Blueprint::PaymentsAurora);
    let read = Read::Records { records: payments.records.clone() };
    let Ok(Facts::Records(records)) = cloud.read(&Region::route53(), &read).await else { panic!("it answers") };
    let before = records.into_iter().next().expect("there are two");
    let mut after = before.clone();
    after.ttl_s = Some(20);
    let call = Call::ChangeRecord { zone: before.zone.clone(), before: Some(before.clone()), after: Some(after) };
    cloud.perform(&call).await.expect("it is changed");
    assert_eq!(cloud.perform(&call).await.expect_err("it has changed").kind, CloudErrorKind::Invalid);
    let Reversal::By(back) = call.reversal() else { panic!("a record can be changed back") };
    cloud.perform(&back).await.expect("it is changed back");
    let Ok(Facts::Records(records)) = cloud.read(&Region::route53(), &read).await else { panic!("it answers") };
    assert!(records.contains(&before));
}

#[tokio::test]
async fn a_fenced_function_refuses_and_clients_fail_until_it_is_released() {
    let (cloud, payments) = begin("calm", Blueprint::Serverless);
    let function = payments.functions.first().expect("home has one").clone();
    let fence = Call::SetFunctionConcurrency {
        region: function.region.clone(),
        function: function.name.clone(),
        reserved: Change::new(None, Some(0)),
    };
    cloud.perform(&fence).await.expect("it is fenced");
    step(&cloud, 20);
    let invoke = Call::InvokeFunction { region: function.region, function: function.name, payload: "{}".to_owned() };
    let kind = cloud.perform(&invoke).await.expect_err("it refuses").kind;
    assert!(matches!(kind, CloudErrorKind::Throttled { .. }), "{kind:?}");
    let Reversal::By(release) = fence.reversal() else { panic!("a fence can be lifted") };
    cloud.perform(&release).await.expect("it is released");
    step(&cloud, 5);
    cloud.perform(&invoke).await.expect("it runs");
    let truth = cloud.truth(&payments).expect("it is there");
    assert_eq!(truth.outages.len(), 4, "each vantage met the fence: {:?}", truth.outages);
    assert!(truth.outages.iter().all(|outage| outage.length(truth.at) <= Duration::from_secs(21)));
}

#[tokio::test]
async fn capacity_serves_after_it_has_booted() {
    let (cloud, shop) = begin("calm", Blueprint::Ecommerce);
    let group = shop.scaling_groups.get(1).expect("the standby has one").clone();
    let capacity = |desired| Capacity { min: 2, desired, max: 8 };
    let call = |to| Call::SetCapacity {
        region: group.region.clone(),
        group: group.name.clone(),
        capacity: Change { from: Some(capacity(2)), to },
    };
    let read = Read::ScalingGroups { groups: vec![group.name.clone()] };
    let in_service = async |cloud: &SimCloud| match cloud.read(&group.region, &read).await {
        Ok(Facts::ScalingGroups(groups)) => groups.first().map(|group| (group.desired, group.in_service)),
        other => panic!("{other:?}"),
    };
    let too_many = cloud.perform(&call(capacity(9))).await.expect_err("more than the maximum");
    assert_eq!(too_many.kind, CloudErrorKind::Invalid);
    cloud.perform(&call(capacity(4))).await.expect("it is set");
    step(&cloud, 30);
    assert_eq!(in_service(&cloud).await, Some((4, 2)));
    step(&cloud, 100);
    assert_eq!(in_service(&cloud).await, Some((4, 4)));
}

#[tokio::test]
async fn dials_move_new_flows_after_a_while_and_one_change_at_a_time() {
    let (cloud, fast) = begin("calm", Blueprint::GlobalAccelerator);
    let read = Read::Accelerators { accelerators: fast.accelerators.clone() };
    let wrong = cloud.read(&Region::route53(), &read).await.expect_err("its API is elsewhere");
    assert_eq!(wrong.kind, CloudErrorKind::Unreachable);
    let Ok(Facts::Accelerators(found)) = cloud.read(&Region::accelerator(), &read).await else { panic!("it answers") };
    let groups = &found.first().expect("there is one").groups;
    let dial = |index: usize, from: f64, to: f64| Call::UpdateEndpointGroup {
        group: groups.get(index).expect("there are two").arn.clone(),
        dial_percent: Change::new(from, to),
        weights: Vec::new(),
    };
    cloud.perform(&dial(1, 0.0, 100.0)).await.expect("the standby is opened");
    let busy = cloud.perform(&dial(0, 100.0, 0.0)).await.expect_err("a change is in progress");
    assert_eq!(busy.kind, CloudErrorKind::Conflict);
    step(&cloud, 5);
    cloud.perform(&dial(0, 100.0, 0.0)).await.expect("home is closed");
    step(&cloud, 120);
    let query = MetricQuery {
        key: MetricKey {
            measure: Measure::NlbFlows,
            region: fast.regions.partner.clone(),
            subject: Subject::LoadBalancer(fast.load_balancers.get(1).expect("it has two").arn.clone()),
        },
        namespace: "AWS/NetworkELB".to_owned(),
        name: "NewFlowCount".to_owned(),
        dimensions: vec![(
            "LoadBalancer".to_owned(),
            fast.load_balancers.get(1).and_then(|target| target.metric_name()).unwrap_or_default().to_owned(),
        )],
        stat: "Sum".to_owned(),
        period_s: 60,
    };
    let window = Window { from: EPOCH, to: after(EPOCH, cloud.offset()) };
    let read = Read::Metrics { queries: vec![query], window };
    let Ok(Facts::Metrics(series)) = cloud.read(&fast.regions.partner, &read).await else { panic!("it answers") };
    let flows: Vec<f64> = series.first().expect("one series").points.iter().map(|point| point.value).collect();
    assert!(flows.first().is_some_and(|first| *first < 1_000.0), "{flows:?}");
    // Writes of the standby's applications fail until its database is promoted, but the flows arrive.
    assert!(flows.last().is_some_and(|last| *last > 3_000.0), "{flows:?}");
}

#[tokio::test]
async fn a_canary_item_is_found_in_the_other_region_and_the_last_writer_wins() {
    let (cloud, payments) = begin("calm", Blueprint::PaymentsAurora);
    let table = "payment-transactions-dev";
    let put = |region: &Region, value: &str| Call::PutItem {
        region: region.clone(),
        table: table.into(),
        key_name: "id".to_owned(),
        key: "canary".to_owned(),
        attributes: vec![("nonce".to_owned(), value.to_owned())],
    };
    let value = |cloud: &SimCloud, region: &Region| {
        cloud.item(region, table, "canary").and_then(|item| item.into_iter().next()).map(|(_, value)| value)
    };
    let (home, partner) = (&payments.regions.home, &payments.regions.partner);
    cloud.perform(&put(home, "one")).await.expect("it is written");
    assert_eq!((value(&cloud, home).as_deref(), value(&cloud, partner)), (Some("one"), None));
    step(&cloud, 5);
    assert_eq!(value(&cloud, partner).as_deref(), Some("one"));
    cloud.perform(&put(home, "two")).await.expect("it is written");
    step(&cloud, 1);
    cloud.perform(&put(partner, "three")).await.expect("it is written");
    step(&cloud, 5);
    assert_eq!((value(&cloud, home).as_deref(), value(&cloud, partner).as_deref()), (Some("three"), Some("three")));
    let delete =
        Call::DeleteItem { region: home.clone(), table: table.into(), key_name: "id".into(), key: "canary".into() };
    cloud.perform(&delete).await.expect("it is deleted");
    step(&cloud, 5);
    assert_eq!((value(&cloud, home), value(&cloud, partner)), (None, None));
}

#[tokio::test]
async fn a_parameter_gets_a_new_version_and_a_secret_is_not_replaced_by_plain_text() {
    let (cloud, fast) = begin("calm", Blueprint::GlobalAccelerator);
    let put = |name: &str| Call::PutParameter {
        region: fast.regions.partner.clone(),
        name: name.into(),
        value: Change { from: None, to: "changed".to_owned() },
    };
    let receipt = cloud.perform(&put("/accelerated/dev/database-endpoint")).await.expect("it is put");
    assert_eq!(receipt.detail.as_deref(), Some("2"));
    let secret = cloud.perform(&put("/accelerated/dev/api-key")).await.expect_err("it is a secret");
    assert_eq!(secret.kind, CloudErrorKind::Invalid);
    cloud.perform(&put("/accelerated/dev/new")).await.expect("new ones may be made");
    let read = Read::Parameters { paths: fast.parameter_paths.clone(), decrypt: false };
    let Ok(Facts::Parameters(there)) = cloud.read(&fast.regions.partner, &read).await else { panic!("it answers") };
    assert_eq!(there.len(), 4);
    let secret = there.iter().find(|parameter| parameter.name.as_str().ends_with("api-key")).expect("it is listed");
    assert_eq!(secret.digest, None, "a secret that was not decrypted is unknown");
}

#[tokio::test]
async fn muted_alarms_and_custom_metrics_and_markers_are_taken() {
    let (cloud, payments) = begin("calm", Blueprint::PaymentsAurora);
    let region = payments.regions.partner.clone();
    let mute = Call::MuteAlarms {
        region: region.clone(),
        rule: "drill".to_owned(),
        alarms: vec!["aurora-replication-lag-dev".into()],
        until: after(EPOCH, Duration::from_hours(1)),
    };
    cloud.perform(&mute).await.expect("it is muted");
    let Reversal::By(unmute) = mute.reversal() else { panic!("a mute rule can be deleted") };
    cloud.perform(&unmute).await.expect("it is heard again");
    assert_eq!(cloud.perform(&unmute).await.expect_err("it is gone").kind, CloudErrorKind::NotFound);
    let metric = CustomMetric {
        region: region.clone(),
        namespace: "Lifeboat".to_owned(),
        name: "StandbyTakesOver".to_owned(),
        dimensions: Vec::new(),
    };
    cloud.perform(&Call::PutMetric { metric, value: Change::new(0.0, 1.0) }).await.expect("it is put");
    let marker = Call::PutMarker {
        region,
        bucket: "dr-secondary-bucket-dev".into(),
        key: "takeover".to_owned(),
        present: Change::new(false, true),
    };
    cloud.perform(&marker).await.expect("it is put");
    let elsewhere = Call::PutMarker {
        region: payments.regions.home.clone(),
        bucket: "nobodys-bucket".into(),
        key: "takeover".to_owned(),
        present: Change::new(false, true),
    };
    assert_eq!(cloud.perform(&elsewhere).await.expect_err("no such bucket").kind, CloudErrorKind::NotFound);
}

#[tokio::test]
async fn a_lost_reply_leaves_the_change_made() {
    let (cloud, payments) = begin("lost-replies", Blueprint::PaymentsServerless);
    let before = check(&cloud, &payments).await;
    let call =
        Call::SetHealthCheckInverted { check: before.id, version: before.version, inverted: Change::new(false, true) };
    let unknown = cloud.perform(&call).await.expect_err("the answer is lost");
    assert_eq!(unknown.kind, CloudErrorKind::OutcomeUnknown);
    assert!(check(&cloud, &payments).await.inverted, "and yet it was done");
}
