//! Switchover and failover as AWS makes them: who may ask, what is lost, who writes.

use std::time::Duration;

use lifeboat_model::assessment::StoreKind;
use lifeboat_model::call::Call;
use lifeboat_model::cloud_error::CloudErrorKind;
use lifeboat_model::facts::Facts;
use lifeboat_model::facts::aurora::{AuroraFacts, FailoverStatus, Synchronization};
use lifeboat_model::id::Region;
use lifeboat_model::metric::Measure;
use lifeboat_model::port::{Mutate, Observe};
use lifeboat_model::read::Read;
use lifeboat_model::snapshot::Snapshot;
use lifeboat_model::topology::{Blueprint, Deployment};
use lifeboat_sim::{Pace, SimCloud, StoreTruth};

use crate::looking::{deployment, refresh, scenario};

const HOME: &str = "us-east-1";
const PARTNER: &str = "us-east-2";

fn begin(name: &str) -> (SimCloud, Deployment) {
    let scenario = scenario(name);
    let seed = scenario.seed;
    let cloud = SimCloud::fresh(scenario, seed, Pace::Stepped);
    let payments = deployment(&cloud, Blueprint::PaymentsAurora);
    (cloud, payments)
}

fn cluster(region: &str, name: &str) -> lifeboat_model::id::Arn {
    format!("arn:aws:rds:{region}:123456789012:cluster:{name}").into()
}

fn switchover(from: &str, to: &str, name: &str) -> Call {
    Call::SwitchoverGlobalCluster {
        global_cluster: "aurora-global-dev".into(),
        target: cluster(to, name),
        writer_region: from.into(),
    }
}

fn failover(asked: &str) -> Call {
    Call::FailoverGlobalCluster {
        global_cluster: "aurora-global-dev".into(),
        target: cluster(PARTNER, "aurora-dr-dev"),
        target_region: asked.into(),
    }
}

async fn aurora(cloud: &SimCloud, region: &str) -> AuroraFacts {
    let read = Read::Aurora { global_cluster: "aurora-global-dev".into() };
    match cloud.read(&Region::from(region), &read).await {
        Ok(Facts::Aurora(facts)) => facts,
        other => panic!("{other:?}"),
    }
}

async fn writer(cloud: &SimCloud, region: &str) -> Option<Region> {
    aurora(cloud, region).await.global.and_then(|global| global.writer().and_then(|member| member.cluster.region()))
}

fn store(cloud: &SimCloud, deployment: &Deployment, kind: StoreKind) -> StoreTruth {
    cloud.truth(deployment).and_then(|truth| truth.store(kind).cloned()).expect("the store has a truth")
}

fn step(cloud: &SimCloud, seconds: u64) {
    cloud.sim_clock().advance(Duration::from_secs(seconds));
}

#[tokio::test]
async fn a_switchover_moves_the_writer_without_loss_and_shows_itself_on_the_way() {
    let (cloud, payments) = begin("calm");
    step(&cloud, 120);
    cloud.perform(&switchover(HOME, PARTNER, "aurora-dr-dev")).await.expect("it begins");
    step(&cloud, 5);
    let global = aurora(&cloud, PARTNER).await.global.expect("the global cluster is there");
    assert_eq!(global.failover.map(|state| state.status), Some(FailoverStatus::SwitchingOver));
    let mut took = 5;
    while writer(&cloud, HOME).await != Some(PARTNER.into()) {
        step(&cloud, 1);
        took += 1;
        assert!(took < 120, "it never ends");
    }
    assert!((30..=65).contains(&took), "{took} s");
    step(&cloud, 30);
    let aurora_truth = store(&cloud, &payments, StoreKind::Aurora);
    assert_eq!((aurora_truth.lost, aurora_truth.region.as_str()), (0, PARTNER));
    assert_eq!(aurora_truth.acknowledged, aurora_truth.found);
    // And back, with the topology kept.
    cloud.perform(&switchover(PARTNER, HOME, "aurora-primary-dev")).await.expect("failback begins");
    step(&cloud, 70);
    assert_eq!(writer(&cloud, PARTNER).await, Some(HOME.into()));
}

#[tokio::test]
async fn a_switchover_is_refused_where_aws_refuses_it() {
    let (cloud, _) = begin("calm");
    step(&cloud, 10);
    let refused = async |call: Call| cloud.perform(&call).await.expect_err("it is refused").kind;
    assert_eq!(refused(switchover(HOME, HOME, "aurora-primary-dev")).await, CloudErrorKind::Conflict);
    assert_eq!(refused(switchover(PARTNER, PARTNER, "aurora-dr-dev")).await, CloudErrorKind::Conflict);
    assert_eq!(refused(switchover(HOME, PARTNER, "no-such-cluster")).await, CloudErrorKind::Invalid);
    assert_eq!(refused(failover(HOME)).await, CloudErrorKind::Invalid);
    cloud.perform(&switchover(HOME, PARTNER, "aurora-dr-dev")).await.expect("it begins");
    assert_eq!(refused(switchover(HOME, PARTNER, "aurora-dr-dev")).await, CloudErrorKind::Conflict);

    let (cut, _) = begin("partition");
    step(&cut, 90);
    let kind = cut.perform(&switchover(HOME, PARTNER, "aurora-dr-dev")).await.expect_err("not synchronized").kind;
    assert_eq!(kind, CloudErrorKind::Conflict);
}

#[tokio::test]
async fn a_failover_out_of_a_lost_region_loses_what_had_not_arrived_and_no_more() {
    let (cloud, payments) = begin("region-loss");
    step(&cloud, 120);
    let lost_region = cloud.perform(&switchover(HOME, PARTNER, "aurora-dr-dev")).await.expect_err("nobody there");
    assert_eq!(lost_region.kind, CloudErrorKind::Unreachable);
    cloud.perform(&failover(PARTNER)).await.expect("it begins in the target's region");
    step(&cloud, 5);
    let global = aurora(&cloud, PARTNER).await.global.expect("the global cluster is there");
    assert_eq!(global.failover.as_ref().map(|state| &state.status), Some(&FailoverStatus::FailingOver));
    assert_eq!(global.failover.and_then(|state| state.data_loss_allowed), Some(true));
    step(&cloud, 90);
    assert_eq!(writer(&cloud, PARTNER).await, Some(PARTNER.into()));
    step(&cloud, 120);
    let truth = cloud.truth(&payments).expect("the deployment is there");
    let aurora_truth = truth.store(StoreKind::Aurora).expect("it has Aurora");
    assert!(aurora_truth.lost > 0, "the last second's commits had not arrived");
    assert!(aurora_truth.lost_time.is_some_and(|lost| lost < Duration::from_secs(3)), "{aurora_truth:?}");
    for store in &truth.stores {
        assert_eq!(store.acknowledged, store.found + store.elsewhere + store.lost, "{store:?}");
    }
    assert!(truth.outages.iter().all(|outage| outage.ended.is_some()), "{:?}", truth.outages);
    let longest = truth.longest_outage().expect("there was an outage");
    assert!((120..=330).contains(&longest.as_secs()), "{longest:?}");
}

#[tokio::test]
async fn the_old_primary_returns_as_a_secondary_after_many_minutes() {
    let (cloud, _) = begin("partition");
    step(&cloud, 120);
    cloud.perform(&failover(PARTNER)).await.expect("it begins");
    step(&cloud, 600);
    let members = aurora(&cloud, HOME).await.global.expect("reachable again").members;
    let home = members.iter().find(|member| !member.is_writer).expect("one is no writer");
    assert_eq!(home.cluster.region(), Some(HOME.into()));
    assert_eq!(home.synchronization, Some(Synchronization::PendingResync));
    let early = cloud.perform(&switchover(PARTNER, HOME, "aurora-primary-dev")).await.expect_err("not synchronized");
    assert_eq!(early.kind, CloudErrorKind::Conflict);
    step(&cloud, 1_900);
    let members = aurora(&cloud, HOME).await.global.expect("still there").members;
    assert!(members.iter().all(|member| member.synchronization == Some(Synchronization::Connected)));
    cloud.perform(&switchover(PARTNER, HOME, "aurora-primary-dev")).await.expect("failback begins");
    step(&cloud, 70);
    assert_eq!(writer(&cloud, HOME).await, Some(HOME.into()));
}

#[tokio::test]
async fn without_fencing_a_partition_and_a_failover_make_two_writers() {
    let (cloud, payments) = begin("split-brain-risk");
    step(&cloud, 120);
    cloud.perform(&failover(PARTNER)).await.expect("it begins");
    step(&cloud, 180);
    assert_eq!(writer(&cloud, HOME).await, Some(HOME.into()), "the old side does not know");
    assert_eq!(writer(&cloud, PARTNER).await, Some(PARTNER.into()));
    let truth = cloud.truth(&payments).expect("the deployment is there");
    assert!(truth.outages.is_empty(), "clients notice nothing: {:?}", truth.outages);
    let during = store(&cloud, &payments, StoreKind::Aurora);
    assert!(during.lost > 500, "writes go to the deposed writer: {during:?}");
    assert_eq!(during.acknowledged, during.found + during.lost);
}

#[tokio::test]
async fn lag_is_published_in_the_standbys_region_only_and_moves_with_the_roles() {
    let (cloud, payments) = begin("calm");
    step(&cloud, 600);
    let published = async |cloud: &SimCloud, region: &str| {
        let mut seen = Snapshot::default();
        refresh(cloud, &payments, &mut seen).await;
        seen.series
            .iter()
            .filter(|(key, _)| key.measure == Measure::AuroraRpoLag && key.region.as_str() == region)
            .filter_map(|(_, points)| points.last().copied())
            .map(|point| point.at)
            .max()
    };
    let at = |minutes: i64| lifeboat_sim::EPOCH.checked_add(jiff::SignedDuration::from_mins(minutes)).ok();
    assert_eq!(published(&cloud, PARTNER).await, at(9));
    assert_eq!(published(&cloud, HOME).await, None);
    cloud.perform(&switchover(HOME, PARTNER, "aurora-dr-dev")).await.expect("it begins");
    step(&cloud, 1_200);
    assert_eq!(published(&cloud, HOME).await, at(29));
    assert!(published(&cloud, PARTNER).await < at(12), "the old standby's series has ended");
}

#[tokio::test]
async fn an_alarm_pinned_to_the_old_standby_is_left_without_data() {
    let (cloud, payments) = begin("calm");
    step(&cloud, 600);
    cloud.perform(&switchover(HOME, PARTNER, "aurora-dr-dev")).await.expect("it begins");
    step(&cloud, 900);
    let read = Read::Alarms { selection: payments.alarms.clone(), history_since: lifeboat_sim::EPOCH };
    let Ok(Facts::Alarms(facts)) = cloud.read(&Region::from(PARTNER), &read).await else { panic!("alarms answer") };
    let lag = facts.alarms.iter().find(|alarm| alarm.name.as_str() == "aurora-replication-lag-dev");
    assert_eq!(lag.map(|alarm| alarm.state.as_str()), Some("INSUFFICIENT_DATA"));
    assert_eq!(
        facts
            .history
            .first()
            .and_then(|change| change.to.as_ref())
            .map(lifeboat_model::facts::alarm::AlarmState::as_str),
        Some("INSUFFICIENT_DATA")
    );
}
