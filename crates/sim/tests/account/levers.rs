//! What moves traffic and data to the other region and back, beyond what each call does by itself: parameters that
//! clients follow, replication in the other direction, a standby that takes over, and a home region that returns.

use std::time::Duration;

use lifeboat_model::assessment::StoreKind;
use lifeboat_model::call::{Call, Change, Reversal};
use lifeboat_model::cloud_error::CloudErrorKind;
use lifeboat_model::facts::Facts;
use lifeboat_model::facts::aurora::{GlobalCluster, Synchronization};
use lifeboat_model::facts::route53::{HealthCheck, Vantage};
use lifeboat_model::facts::s3::{Bucket, ReplicationRule};
use lifeboat_model::id::Region;
use lifeboat_model::port::{Mutate, Observe};
use lifeboat_model::read::Read;
use lifeboat_model::topology::{Blueprint, Deployment, TakeoverLever};
use lifeboat_sim::{Pace, SimCloud};

use crate::canaries::{Writer, failover};
use crate::looking::{deployment, scenario};

fn begin(name: &str, blueprint: Blueprint) -> (SimCloud, Deployment) {
    let scenario = scenario(name);
    let seed = scenario.seed;
    let cloud = SimCloud::fresh(scenario, seed, Pace::Stepped);
    let deployment = deployment(&cloud, blueprint);
    (cloud, deployment)
}

fn step(cloud: &SimCloud, seconds: u64) {
    cloud.sim_clock().advance(Duration::from_secs(seconds));
}

/// Which region acknowledges a canary now.
async fn serves(writer: &mut Writer) -> Result<Region, CloudErrorKind> {
    let regions = writer.deployment.regions.clone();
    let acknowledged = writer.write_for_receipt().await.map_err(|error| error.kind)?;
    let by = acknowledged.detail.unwrap_or_default();
    let found = regions.both().into_iter().find(|region| by.ends_with(region.as_str()));
    Ok(found.unwrap_or_else(|| panic!("`{by}` names neither region")).clone())
}

fn parameter(deployment: &Deployment, copy_in: &Region, active: &Region) -> Call {
    let own = deployment.active_parameter.as_ref().expect("it has one");
    let value = |region: &Region| own.value_for(&deployment.regions, region).expect("of the pair").to_owned();
    let other = deployment.regions.other(active).expect("of the pair");
    Call::PutParameter {
        region: copy_in.clone(),
        name: own.name.clone(),
        value: Change::new(value(other), value(active)),
    }
}

async fn global(cloud: &SimCloud, deployment: &Deployment, region: &Region) -> GlobalCluster {
    let read = Read::Aurora { global_cluster: deployment.global_cluster.clone().expect("it has Aurora") };
    match cloud.read(region, &read).await {
        Ok(Facts::Aurora(facts)) => facts.global.expect("it is known there"),
        other => panic!("{other:?}"),
    }
}

async fn checks(cloud: &SimCloud, deployment: &Deployment) -> Vec<HealthCheck> {
    let checks = deployment.health_checks.iter().map(|check| check.id.clone()).collect();
    match cloud.read(&Region::route53(), &Read::HealthChecks { checks }).await {
        Ok(Facts::HealthChecks(checks)) => checks,
        other => panic!("{other:?}"),
    }
}

/// Inverts the check that watches the home region, or takes the inversion back.
async fn invert(cloud: &SimCloud, deployment: &Deployment, inverted: bool) {
    let home = deployment.health_checks.first().expect("it has a check");
    let known = checks(cloud, deployment).await.into_iter().find(|check| check.id == home.id).expect("it is there");
    let call = Call::SetHealthCheckInverted {
        check: known.id,
        version: known.version,
        inverted: Change::new(known.inverted, inverted),
    };
    cloud.perform(&call).await.expect("it is changed");
}

async fn bucket(cloud: &SimCloud, deployment: &Deployment, region: &Region) -> Bucket {
    let pair = deployment.buckets.first().expect("it has buckets");
    let buckets = vec![pair.source.name.clone(), pair.destination.name.clone()];
    match cloud.read(region, &Read::Buckets { buckets }).await {
        Ok(Facts::Buckets(mut buckets)) => buckets.swap_remove(0),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn clients_of_a_held_url_follow_the_parameter_when_both_copies_change() {
    let (cloud, tap) = begin("calm", Blueprint::Serverless);
    let mut writer = Writer::new(&cloud, Blueprint::Serverless);
    let (home, partner) = (&tap.regions.home, &tap.regions.partner);
    assert!(tap.active_parameter.as_ref().is_some_and(|own| own.moves_traffic));
    step(&cloud, 30);
    cloud.perform(&parameter(&tap, partner, partner)).await.expect("the standby's copy is changed");
    step(&cloud, 60);
    assert_eq!(serves(&mut writer).await, Ok(home.clone()), "clients ask the region they use");
    cloud.perform(&parameter(&tap, home, partner)).await.expect("the active region's copy is changed");
    step(&cloud, 31);
    assert_eq!(serves(&mut writer).await, Ok(partner.clone()));
    let truth = cloud.truth(&tap).expect("it is there");
    assert!(truth.outages.is_empty(), "a planned move costs no write: {:?}", truth.outages);
    // And back, by taking both changes back.
    for region in [home, partner] {
        let Reversal::By(back) = parameter(&tap, region, partner).reversal() else { panic!("it can be taken back") };
        cloud.perform(&back).await.expect("it is changed back");
    }
    step(&cloud, 31);
    assert_eq!(serves(&mut writer).await, Ok(home.clone()));
}

#[tokio::test]
async fn clients_of_a_held_url_follow_the_surviving_copy_out_of_a_lost_region_and_stay() {
    let (cloud, tap) = begin("region-returns", Blueprint::Serverless);
    let mut writer = Writer::new(&cloud, Blueprint::Serverless);
    let (home, partner) = (&tap.regions.home, &tap.regions.partner);
    step(&cloud, 120);
    assert_eq!(serves(&mut writer).await, Err(CloudErrorKind::Unreachable));
    let gone = cloud.perform(&parameter(&tap, home, partner)).await.expect_err("nobody there").kind;
    assert_eq!(gone, CloudErrorKind::Unreachable);
    cloud.perform(&parameter(&tap, partner, partner)).await.expect("the surviving copy is changed");
    step(&cloud, 31);
    assert_eq!(serves(&mut writer).await, Ok(partner.clone()));
    let lost = cloud.truth(&tap).expect("it is there").longest_outage().expect("there was one");
    assert!((60..=91).contains(&lost.as_secs()), "until each vantage asks again: {lost:?}");
    step(&cloud, 1_200);
    assert_eq!(serves(&mut writer).await, Ok(partner.clone()), "the stale copy at home brings nobody back");
}

#[tokio::test]
async fn objects_written_after_the_reverse_rule_come_back_and_those_before_do_not() {
    let (cloud, payments) = begin("calm", Blueprint::PaymentsServerless);
    let mut writer = Writer::new(&cloud, Blueprint::PaymentsServerless);
    let (home, partner) = (&payments.regions.home, &payments.regions.partner);
    step(&cloud, 30);
    let role = payments.replication_role.clone().expect("it is known");
    assert_eq!(bucket(&cloud, &payments, home).await.role, Some(role.clone()));
    assert_eq!(bucket(&cloud, &payments, partner).await.role, None, "nothing replicates from there");
    invert(&cloud, &payments, true).await;
    step(&cloud, 70);
    assert_eq!(serves(&mut writer).await, Ok(partner.clone()));
    let before = writer.newest();
    step(&cloud, 60);
    let pair = payments.buckets.first().expect("it has buckets");
    let back = |role: &str| Call::PutReplication {
        region: partner.clone(),
        bucket: pair.destination.name.clone(),
        role: role.into(),
        rules: Change::new(
            Vec::new(),
            vec![ReplicationRule {
                id: "back".to_owned(),
                enabled: true,
                destination: pair.source.name.clone(),
                prefix: None,
                delete_markers: false,
                metrics: true,
                time_control_minutes: None,
            }],
        ),
    };
    let other = cloud.perform(&back("arn:aws:iam::123456789012:role/another")).await.expect_err("not its role");
    assert_eq!(other.kind, CloudErrorKind::Invalid);
    let call = back(role.as_str());
    cloud.perform(&call).await.expect("replication turns round");
    assert_eq!(bucket(&cloud, &payments, partner).await.role, Some(role));
    step(&cloud, 30);
    assert_eq!(serves(&mut writer).await, Ok(partner.clone()));
    let after = writer.newest();
    step(&cloud, 30);
    invert(&cloud, &payments, false).await;
    step(&cloud, 70);
    assert_eq!(serves(&mut writer).await, Ok(home.clone()));
    let objects = writer.seek(StoreKind::S3).await.expect("the store can be asked");
    assert_eq!((objects.get(&before), objects.get(&after)), (Some(&Some(false)), Some(&Some(true))));
    let items = writer.seek(StoreKind::DynamoDb).await.expect("the store can be asked");
    assert!(items.values().all(|found| *found == Some(true)), "a global table replicates both ways: {items:?}");
    let truth = Observe::truth(&cloud, &payments.name, lifeboat_sim::EPOCH).expect("the simulator knows");
    let missing = truth.rpo.get(&StoreKind::S3).copied().unwrap_or_default();
    // From the move to the rule: ten to seventy seconds of propagation and TTL later than the inversion.
    assert!((60..=130).contains(&missing.as_secs()), "{truth:?}");
    let Reversal::By(undo) = call.reversal() else { panic!("a rule can be taken away") };
    cloud.perform(&undo).await.expect("it is taken away");
    assert_eq!(bucket(&cloud, &payments, partner).await.role, None);
}

#[tokio::test]
async fn the_standby_takes_over_by_one_write_and_gives_back_by_another() {
    for blueprint in [Blueprint::PaymentsServerless, Blueprint::PaymentsAurora] {
        let (cloud, payments) = begin("standby-takes-over", blueprint);
        let mut writer = Writer::new(&cloud, blueprint);
        let (home, partner) = (&payments.regions.home, &payments.regions.partner);
        let takeover = payments.takeovers.first().expect("the standby can take over").clone();
        let known = checks(&cloud, &payments).await.into_iter().find(|check| check.id == takeover.check);
        let known = known.expect("the check is there");
        let (put, seen) = match takeover.lever {
            TakeoverLever::Marker { bucket, key } => {
                let present = Change::new(false, true);
                (Call::PutMarker { region: takeover.region, bucket, key, present }, Some(0.0))
            }
            TakeoverLever::Metric { metric, on, off } => {
                assert_eq!(known.alarm.as_ref().map(|(region, _)| region), Some(&metric.region));
                (Call::PutMetric { metric, value: Change::new(f64::from(off), f64::from(on)) }, None)
            }
        };
        assert_eq!((known.inverted, known.passing_percent()), (true, seen), "{blueprint}");
        step(&cloud, 30);
        assert_eq!(serves(&mut writer).await, Ok(home.clone()));
        step(&cloud, 300);
        assert_eq!(serves(&mut writer).await, Err(CloudErrorKind::Unreachable), "no name moves by itself");
        if let Some(promotion) = failover(&payments) {
            cloud.perform(&promotion).await.expect("it begins");
        }
        cloud.perform(&put).await.expect("the lever is pulled in the standby");
        step(&cloud, 200);
        assert_eq!(serves(&mut writer).await, Ok(partner.clone()), "{blueprint}");
        let Reversal::By(take) = put.reversal() else { panic!("it can be taken away") };
        // Nobody keeps putting the metric, and it stays what it was.
        step(&cloud, 3_600);
        assert_eq!(serves(&mut writer).await, Ok(partner.clone()), "{blueprint}");
        cloud.perform(&take).await.expect("the lever is let go");
        step(&cloud, 200);
        assert_eq!(serves(&mut writer).await, Err(CloudErrorKind::Unreachable), "names lead home again");
    }
    let (calm, payments) = begin("calm", Blueprint::PaymentsAurora);
    assert!(payments.takeovers.is_empty() && !calm.scenario().standby_takes_over);
}

#[tokio::test]
async fn a_home_region_that_returns_draws_clients_into_a_database_that_cannot_write() {
    for (blueprint, pinned) in
        [(Blueprint::PaymentsAurora, false), (Blueprint::PaymentsAurora, true), (Blueprint::Ecommerce, false)]
    {
        let (cloud, payments) = begin("region-returns", blueprint);
        let mut writer = Writer::new(&cloud, blueprint);
        let (home, partner) = (&payments.regions.home, &payments.regions.partner);
        step(&cloud, 200);
        cloud.perform(&failover(&payments).expect("it has Aurora")).await.expect("it begins");
        step(&cloud, 200);
        assert_eq!(serves(&mut writer).await, Ok(partner.clone()), "{blueprint}");
        // Home is back from minute sixteen on.
        step(&cloud, 600);
        if pinned {
            invert(&cloud, &payments, true).await;
        }
        step(&cloud, 200);
        let expected = if pinned { Ok(partner.clone()) } else { Err(CloudErrorKind::ServiceFailure) };
        assert_eq!(serves(&mut writer).await, expected, "{blueprint}, pinned: {pinned}");
        let members = global(&cloud, &payments, partner).await.members;
        let waiting = members.iter().find(|member| member.cluster.region().as_ref() == Some(home));
        assert_eq!(
            waiting.map(|member| (member.is_writer, member.synchronization.clone())),
            Some((false, Some(Synchronization::PendingResync)))
        );
        step(&cloud, 1_900);
        let members = global(&cloud, &payments, partner).await.members;
        assert!(members.iter().all(|member| member.synchronization == Some(Synchronization::Connected)));
        if !pinned {
            continue;
        }
        // And back home without loss: the database first, then the names.
        let target = members.iter().find(|member| !member.is_writer).expect("home is secondary").cluster.clone();
        let back = Call::SwitchoverGlobalCluster {
            global_cluster: payments.global_cluster.clone().expect("it has Aurora"),
            target,
            writer_region: partner.clone(),
        };
        let began = cloud.clock().now();
        cloud.perform(&back).await.expect("a switchover home begins");
        step(&cloud, 70);
        invert(&cloud, &payments, false).await;
        step(&cloud, 80);
        assert_eq!(serves(&mut writer).await, Ok(home.clone()));
        let truth = Observe::truth(&cloud, &payments.name, began).expect("the simulator knows");
        assert_eq!(truth.rpo.get(&StoreKind::Aurora).copied(), Some(Duration::ZERO), "{truth:?}");
        assert!((30..=150).contains(&truth.rto.as_secs()), "{truth:?}");
    }
}

#[tokio::test]
async fn inverting_a_failing_check_leads_clients_into_the_lost_region() {
    let (cloud, payments) = begin("partition", Blueprint::PaymentsServerless);
    let mut writer = Writer::new(&cloud, Blueprint::PaymentsServerless);
    let function = payments.functions.first().expect("home has one").clone();
    let fence = |reserved: Option<u32>| Call::SetFunctionConcurrency {
        region: function.region.clone(),
        function: function.name.clone(),
        reserved: Change { from: None, to: reserved },
    };
    cloud.perform(&fence(Some(0))).await.expect("home refuses");
    step(&cloud, 200);
    let partner = payments.regions.partner.clone();
    assert_eq!(serves(&mut writer).await, Ok(partner.clone()), "the check fails and names move by themselves");
    invert(&cloud, &payments, true).await;
    step(&cloud, 70);
    assert_eq!(serves(&mut writer).await, Err(CloudErrorKind::ServiceFailure), "failing and inverted is healthy");
    cloud.perform(&fence(None)).await.expect("home serves");
    step(&cloud, 200);
    assert_eq!(serves(&mut writer).await, Ok(partner), "well and inverted is unhealthy");
    invert(&cloud, &payments, false).await;
    step(&cloud, 70);
    assert_eq!(serves(&mut writer).await, Ok(payments.regions.home.clone()));
}

#[tokio::test]
async fn a_switchover_waits_for_what_has_not_arrived() {
    let (cloud, payments) = begin("replica-lag", Blueprint::PaymentsAurora);
    let (home, partner) = (&payments.regions.home, &payments.regions.partner);
    step(&cloud, 600);
    let members = global(&cloud, &payments, home).await.members;
    let target = members.iter().find(|member| !member.is_writer).expect("one is secondary").cluster.clone();
    let call = Call::SwitchoverGlobalCluster {
        global_cluster: payments.global_cluster.clone().expect("it has Aurora"),
        target: target.clone(),
        writer_region: home.clone(),
    };
    cloud.perform(&call).await.expect("it begins");
    let state = global(&cloud, &payments, partner).await.failover.expect("it is seen from both sides");
    assert_eq!((state.to, state.data_loss_allowed), (Some(target), Some(false)));
    step(&cloud, 120);
    assert!(global(&cloud, &payments, partner).await.failover.is_none());
    let truth = cloud.truth(&payments).expect("it is there");
    assert_eq!(truth.store(StoreKind::Aurora).map(|store| store.lost), Some(0));
}

#[tokio::test]
async fn names_answer_while_route_53s_api_does_not() {
    let (cloud, payments) = begin("control-plane-outage", Blueprint::PaymentsServerless);
    let mut writer = Writer::new(&cloud, Blueprint::PaymentsServerless);
    let known = checks(&cloud, &payments).await.swap_remove(0);
    step(&cloud, 120);
    let call =
        Call::SetHealthCheckInverted { check: known.id, version: known.version, inverted: Change::new(false, true) };
    assert_eq!(cloud.perform(&call).await.expect_err("no API").kind, CloudErrorKind::ServiceFailure);
    assert_eq!(serves(&mut writer).await, Ok(payments.regions.home.clone()));
    let read = Read::Answers { records: payments.records.clone() };
    let Ok(Facts::Answers(answers)) = cloud.read(&Region::route53(), &read).await else { panic!("names answer") };
    assert!(answers.iter().any(|answer| answer.vantage != Vantage::Authority && !answer.values.is_empty()));
}
