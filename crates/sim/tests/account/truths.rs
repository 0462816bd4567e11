//! Whatever goes wrong, every acknowledged write is accounted for; and time passes as its pace says.

use std::time::Duration;

use lifeboat_model::call::Call;
use lifeboat_model::port::{Mutate, Observe};
use lifeboat_model::read::Read;
use lifeboat_model::time::age;
use lifeboat_model::topology::{Blueprint, Deployment};
use lifeboat_sim::scenario::builtin;
use lifeboat_sim::{EPOCH, Pace, SimCloud};

use crate::looking::{deployment, scenario};

fn promotion(deployment: &Deployment, seed: u64) -> Option<Call> {
    let global_cluster = deployment.global_cluster.clone()?;
    let name = match deployment.blueprint? {
        Blueprint::Ecommerce => "ecommerce-aurora-secondary-dev",
        Blueprint::PaymentsAurora => "aurora-dr-dev",
        Blueprint::GlobalAccelerator => "accelerated-secondary-dev",
        Blueprint::Serverless | Blueprint::PaymentsServerless => return None,
    };
    let partner = deployment.regions.partner.clone();
    let target = format!("arn:aws:rds:{partner}:123456789012:cluster:{name}").into();
    Some(if seed.is_multiple_of(2) {
        Call::FailoverGlobalCluster { global_cluster, target, target_region: partner }
    } else {
        Call::SwitchoverGlobalCluster { global_cluster, target, writer_region: deployment.regions.home.clone() }
    })
}

#[tokio::test]
async fn acknowledged_is_found_elsewhere_or_lost_in_every_scenario() {
    for scenario in builtin() {
        for seed in 0..4 {
            let cloud = SimCloud::fresh(scenario.clone(), seed, Pace::Stepped);
            let deployments = cloud.deployments();
            for round in 0..12 {
                cloud.sim_clock().advance(Duration::from_secs(47 + seed * 13));
                for deployment in &deployments {
                    if round == 2
                        && let Some(call) = promotion(deployment, seed)
                    {
                        // Some are refused, some lose their reply: what counts is that the books balance.
                        drop(cloud.perform(&call).await);
                    }
                    let truth = cloud.truth(deployment).expect("it is there");
                    assert_eq!(truth.writes.attempted, truth.writes.acknowledged + truth.writes.failed);
                    for store in truth.stores {
                        assert_eq!(
                            store.acknowledged,
                            store.found + store.elsewhere + store.lost,
                            "{scenario}, seed {seed}, round {round}, {}: {store:?}",
                            deployment.name
                        );
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn a_switchover_in_calm_costs_a_bounded_outage_and_no_data_for_any_seed() {
    for seed in 0..20 {
        let cloud = SimCloud::fresh(scenario("calm"), seed, Pace::Stepped);
        let payments = deployment(&cloud, Blueprint::PaymentsAurora);
        cloud.sim_clock().advance(Duration::from_secs(30));
        let call = promotion(&payments, 1).expect("it has Aurora");
        cloud.perform(&call).await.expect("it begins");
        cloud.sim_clock().advance(Duration::from_secs(70));
        let truth = cloud.truth(&payments).expect("it is there");
        assert!(truth.stores.iter().all(|store| store.lost == 0), "seed {seed}: {:?}", truth.stores);
        // The database has moved and the names have not: clients go on failing, which is why order matters.
        assert!(truth.outages.iter().all(|outage| outage.ended.is_none()), "seed {seed}: {:?}", truth.outages);
        assert_eq!(truth.outages.len(), 4);
    }
}

#[tokio::test(start_paused = true)]
async fn at_real_pace_requests_take_a_little_virtual_time_and_block_nobody() {
    let cloud = SimCloud::fresh(scenario("calm"), 1, Pace::Real(10.0));
    let region = "us-east-1".into();
    cloud.read(&region, &Read::Identity).await.expect("it answers");
    let took = cloud.offset();
    assert!((Duration::from_millis(20)..Duration::from_millis(120)).contains(&took), "{took:?}");
    tokio::time::advance(Duration::from_mins(1)).await;
    assert!(cloud.offset() >= Duration::from_mins(10), "{:?}", cloud.offset());
}

#[tokio::test]
async fn at_full_pace_a_poller_and_a_long_wait_share_one_time() {
    let cloud = SimCloud::fresh(scenario("region-loss"), 1, Pace::Max);
    let poller = {
        let cloud = cloud.clone();
        tokio::spawn(async move {
            let clock = cloud.clock();
            let mut polls = 0;
            while age(clock.now(), EPOCH) < Duration::from_mins(10) {
                clock.sleep(Duration::from_secs(5)).await;
                drop(cloud.read(&"us-east-2".into(), &Read::Identity).await);
                polls += 1;
            }
            polls
        })
    };
    cloud.clock().sleep(Duration::from_mins(30)).await;
    let polls = poller.await.expect("the poller ends by itself");
    assert!((110..=120).contains(&polls), "{polls}");
    assert!(cloud.offset() >= Duration::from_mins(30));
}
