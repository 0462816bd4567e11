//! What stands in the way of acting: changes that are refused, that hang, or whose session ends, each as its scenario
//! promises and no further.

use std::time::Duration;

use lifeboat_model::assessment::StoreKind;
use lifeboat_model::call::{Call, Change};
use lifeboat_model::cloud_error::CloudErrorKind;
use lifeboat_model::facts::Facts;
use lifeboat_model::facts::aurora::{AuroraFacts, FailoverStatus};
use lifeboat_model::port::{Mutate, Observe};
use lifeboat_model::read::Read;
use lifeboat_model::topology::{Blueprint, Deployment};
use lifeboat_sim::{Pace, SimCloud};

use crate::canaries::{Writer, failover};
use crate::looking::{assessed, at, deployment, scenario};

fn begin(name: &str) -> (SimCloud, Deployment) {
    let scenario = scenario(name);
    let seed = scenario.seed;
    let cloud = SimCloud::fresh(scenario, seed, Pace::Stepped);
    let payments = deployment(&cloud, Blueprint::PaymentsAurora);
    (cloud, payments)
}

fn step(cloud: &SimCloud, seconds: u64) {
    cloud.sim_clock().advance(Duration::from_secs(seconds));
}

async fn at_partner(cloud: &SimCloud, payments: &Deployment) -> AuroraFacts {
    let read = Read::Aurora { global_cluster: payments.global_cluster.clone().expect("it has Aurora") };
    match cloud.read(&payments.regions.partner, &read).await {
        Ok(Facts::Aurora(facts)) => facts,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn throttled_changes_succeed_when_asked_again_and_reads_always_do() {
    let (cloud, payments) = begin("throttled-changes");
    step(&cloud, 60);
    let function = payments.functions.first().expect("home has one").clone();
    let fence = Call::SetFunctionConcurrency {
        region: function.region,
        function: function.name,
        reserved: Change::new(None, Some(500)),
    };
    let (mut done, mut refused) = (0, 0);
    for _ in 0..60 {
        match cloud.perform(&fence).await {
            Ok(_) => done += 1,
            Err(error) => {
                assert!(matches!(error.kind, CloudErrorKind::Throttled { retry_after: Some(_) }), "{error:?}");
                refused += 1;
            }
        }
        cloud.read(&payments.regions.home, &Read::Identity).await.expect("reading goes well");
        step(&cloud, 1);
    }
    assert!((15..=45).contains(&done) && done + refused == 60, "{done} done, {refused} refused");
}

#[tokio::test]
async fn a_denied_change_changes_nothing_and_the_rest_may_be_done() {
    let (cloud, payments) = begin("denied-changes");
    step(&cloud, 120);
    let error = cloud.perform(&failover(&payments).expect("it has Aurora")).await.expect_err("it may not");
    assert!(matches!(error.kind, CloudErrorKind::Denied { .. }), "{error:?}");
    step(&cloud, 120);
    let global = at_partner(&cloud, &payments).await.global.expect("it may be looked at");
    assert!(global.failover.is_none());
    assert_eq!(
        global.writer().and_then(|member| member.cluster.region()),
        Some(payments.regions.home.clone()),
        "nothing has been promoted"
    );
    let topic = payments.topics.iter().find(|topic| topic.region().as_ref() == Some(&payments.regions.partner));
    let notice = Call::PublishNotice {
        topic: topic.expect("the standby has a topic").clone(),
        subject: "failover".to_owned(),
        message: "it has begun".to_owned(),
    };
    cloud.perform(&notice).await.expect("people can be told");
}

#[tokio::test]
async fn a_stuck_promotion_is_under_way_for_half_an_hour_and_then_ends() {
    let (cloud, payments) = begin("stuck-promotion");
    step(&cloud, 120);
    let promotion = failover(&payments).expect("it has Aurora");
    cloud.perform(&promotion).await.expect("it begins");
    for _ in 0..4 {
        step(&cloud, 400);
        let state = at_partner(&cloud, &payments).await.global.and_then(|global| global.failover);
        assert_eq!(state.map(|state| state.status), Some(FailoverStatus::FailingOver));
        assert_eq!(cloud.perform(&promotion).await.expect_err("it is busy").kind, CloudErrorKind::Conflict);
    }
    step(&cloud, 200);
    let global = at_partner(&cloud, &payments).await.global.expect("it is there");
    assert_eq!(
        (global.failover.clone(), global.writer().and_then(|member| member.cluster.region())),
        (None, Some(payments.regions.partner))
    );
}

#[tokio::test]
async fn credentials_end_in_the_middle_of_a_failover_which_goes_on_without_them() {
    let (cloud, payments) = begin("expiry-mid-run");
    let mut writer = Writer::new(&cloud, Blueprint::PaymentsAurora);
    step(&cloud, 180);
    let ends = |seconds: i64| lifeboat_sim::EPOCH.checked_add(jiff::SignedDuration::from_secs(seconds)).ok();
    let identity = async || match cloud.read(&payments.regions.partner, &Read::Identity).await {
        Ok(Facts::Identity(caller)) => Ok(caller.expires_at),
        Ok(other) => panic!("{other:?}"),
        Err(error) => Err(error.kind),
    };
    assert_eq!(identity().await, Ok(ends(210)));
    cloud.perform(&failover(&payments).expect("it has Aurora")).await.expect("it begins");
    step(&cloud, 60);
    assert_eq!(identity().await, Err(CloudErrorKind::ExpiredCredentials));
    step(&cloud, 120);
    writer.write().await.expect("clients need no credentials, and the promotion went on");
    step(&cloud, 480);
    assert!(identity().await.is_ok_and(|renewed| renewed > ends(840)), "they are renewed");
    let global = at_partner(&cloud, &payments).await.global.expect("it is there");
    assert_eq!(global.writer().and_then(|member| member.cluster.region()), Some(payments.regions.partner.clone()));
}

#[tokio::test]
async fn a_lost_reply_hides_a_change_that_was_made() {
    let (cloud, payments) = begin("lost-replies");
    let calls: Vec<Call> = payments
        .functions
        .iter()
        .map(|function| Call::SetFunctionConcurrency {
            region: function.region.clone(),
            function: function.name.clone(),
            reserved: Change::new(None, Some(700)),
        })
        .chain(failover(&payments))
        .collect();
    for call in &calls {
        assert_eq!(cloud.perform(call).await.expect_err("its answer is lost").kind, CloudErrorKind::OutcomeUnknown);
    }
    step(&cloud, 1);
    let functions = payments.functions.iter().map(|function| function.name.clone()).collect();
    let Ok(Facts::Functions(seen)) = cloud.read(&payments.regions.home, &Read::Functions { functions }).await else {
        panic!("it answers")
    };
    assert_eq!(seen.functions.first().and_then(|function| function.reserved_concurrency), Some(700));
    assert!(at_partner(&cloud, &payments).await.global.is_some_and(|global| global.failover.is_some()));
}

#[tokio::test]
async fn a_partition_loses_nothing_as_long_as_nobody_promotes() {
    let (cloud, payments) = begin("partition");
    step(&cloud, 3_600);
    let truth = Observe::truth(&cloud, &payments.name, lifeboat_sim::EPOCH).expect("the simulator knows");
    assert_eq!(truth.rto_longest, Duration::ZERO);
    assert!(truth.rpo.len() == StoreKind::ALL.len() && truth.rpo.values().all(Duration::is_zero), "{truth:?}");
}

#[tokio::test]
async fn payments_built_for_takeover_are_as_ready_as_any() {
    for blueprint in Blueprint::ALL {
        for offset in [0, 59] {
            let assessment = assessed(&at("standby-takes-over", offset), blueprint).await;
            assert!(assessment.forecast.blockers.is_empty(), "{blueprint} at {offset}: {:#?}", assessment.forecast);
            assert!(assessment.contradictions.is_empty(), "{blueprint}: {:#?}", assessment.contradictions);
            let calm = assessed(&at("calm", offset), blueprint).await;
            for (region, usual) in assessment.regions.iter().zip(&calm.regions) {
                // A lever that nobody has pulled says nothing of the region in which it stands.
                assert_eq!((region.role, region.health), (usual.role, usual.health), "{blueprint}: {region:#?}");
            }
        }
    }
}
