//! Same seed, same history: byte for byte, whoever looks, however often, from however many threads.

use std::time::Duration;

use lifeboat_model::call::Call;
use lifeboat_model::port::{Mutate, Observe};
use lifeboat_model::snapshot::Snapshot;
use lifeboat_model::topology::Blueprint;
use lifeboat_sim::{Pace, SimCloud};

use crate::looking::{deployment, refresh, scenario};

fn failover() -> Call {
    Call::FailoverGlobalCluster {
        global_cluster: "aurora-global-dev".into(),
        target: "arn:aws:rds:us-east-2:123456789012:cluster:aurora-dr-dev".into(),
        target_region: "us-east-2".into(),
    }
}

async fn alone(seed: u64) -> Vec<u8> {
    let cloud = SimCloud::fresh(scenario("region-loss"), seed, Pace::Stepped);
    cloud.sim_clock().advance(Duration::from_mins(3));
    cloud.perform(&failover()).await.expect("the failover begins");
    cloud.sim_clock().advance(Duration::from_mins(7));
    cloud.imprint()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_and_threads_change_nothing() {
    let cloud = SimCloud::fresh(scenario("region-loss"), 42, Pace::Stepped);
    for minute in 0..10_u32 {
        let readers: Vec<_> = (0..6_u32)
            .map(|reader| {
                let cloud = cloud.clone();
                tokio::spawn(async move {
                    for blueprint in Blueprint::ALL.into_iter().skip(reader as usize % 3) {
                        let deployment = deployment(&cloud, blueprint);
                        let mut seen = Snapshot::default();
                        refresh(&cloud, &deployment, &mut seen).await;
                        if reader == 0 {
                            assert!(cloud.truth(&deployment).is_some());
                        }
                    }
                })
            })
            .collect();
        // The clock moves under the readers, in steps of no one size.
        cloud.sim_clock().advance(Duration::from_secs(u64::from(7 + minute)));
        for reader in readers {
            reader.await.expect("no reader fails");
        }
        cloud.sim_clock().advance(Duration::from_secs(u64::from(53 - minute)));
        if minute == 2 {
            cloud.perform(&failover()).await.expect("the failover begins");
        }
    }
    assert!(cloud.imprint() == alone(42).await, "the history depends on who looked");
}

#[tokio::test]
async fn another_seed_is_another_history() {
    assert!(alone(42).await == alone(42).await);
    assert!(alone(42).await != alone(43).await);
}

#[tokio::test]
async fn what_is_read_at_a_moment_is_the_same_however_one_came_there() {
    let jumped = SimCloud::at_offset(scenario("replica-lag"), 5, Duration::from_mins(20));
    let walked = SimCloud::fresh(scenario("replica-lag"), 5, Pace::Stepped);
    let payments = deployment(&walked, Blueprint::PaymentsAurora);
    let (mut by_jump, mut by_walk) = (Snapshot::default(), Snapshot::default());
    for _ in 0..1_200 {
        walked.sim_clock().advance(Duration::from_secs(1));
        walked.truth(&payments).expect("the deployment is there");
    }
    refresh(&jumped, &payments, &mut by_jump).await;
    refresh(&walked, &payments, &mut by_walk).await;
    assert_eq!(by_jump, by_walk);
}

#[tokio::test]
async fn requests_are_counted_as_aws_would_count_them() {
    let cloud = SimCloud::at_offset(scenario("calm"), 1, Duration::ZERO);
    let payments = deployment(&cloud, Blueprint::PaymentsAurora);
    assert_eq!(cloud.usage().requests, 0);
    let read = lifeboat_model::read::Read::Functions {
        functions: payments.functions.iter().take(1).map(|function| function.name.clone()).collect(),
    };
    cloud.read(&payments.regions.home, &read).await.expect("calm answers");
    assert_eq!(cloud.usage().requests, 4);
}
