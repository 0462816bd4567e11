//! The contract on the simulator: the same suite, and its own ways to fail.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use lifeboat_model::assessment::StoreKind;
use lifeboat_model::cloud_error::CloudErrorKind;
use lifeboat_model::port::Observe;
use lifeboat_model::topology::{Blueprint, Deployment};
use lifeboat_sim::SimCloud;
use lifeboat_sim::scenario;

use super::changes::{self, Changeable};
use super::{World, assert_failed, provisioning};

const SEED: u64 = 7;

fn cloud(name: &str, offset: Duration) -> SimCloud {
    let scenario = scenario::find(name).unwrap_or_else(|| panic!("there is a built-in scenario `{name}`"));
    SimCloud::at_offset(scenario, SEED, offset)
}

fn world(cloud: SimCloud, blueprint: Blueprint) -> World {
    let named = |deployment: &Deployment| deployment.name.as_str() == blueprint.as_str();
    let deployment = cloud.deployments().into_iter().find(named).expect("the simulator has every blueprint");
    let now = cloud.clock().now();
    World { cloud: Arc::new(cloud), deployment, now, unserved: BTreeSet::new() }
}

fn calm(blueprint: Blueprint) -> World {
    world(cloud("calm", Duration::from_hours(1)), blueprint)
}

#[tokio::test]
async fn the_contract_holds() {
    super::holds(&calm(Blueprint::PaymentsAurora)).await;
}

#[tokio::test]
async fn every_read_is_answered_by_its_own_facts() {
    let mut seen = BTreeSet::new();
    for blueprint in Blueprint::ALL {
        seen.extend(super::every_read_is_answered_by_its_own_facts(&calm(blueprint)).await);
    }
    let all = [
        "identity",
        "aurora",
        "tables",
        "buckets",
        "health-checks",
        "records",
        "answers",
        "metrics",
        "alarms",
        "target-groups",
        "functions",
        "accelerators",
        "parameters",
        "stacks",
        "vaults",
        "scaling-groups",
        "quotas",
        "probes",
        "stack-resources",
        "tagged",
        "stack-events",
        "change-set",
        "stack-drifts",
        "drift-detection",
        "stack-templates",
        "template-verdict",
        "bucket-contents",
        "engine-versions",
        "availability-zones",
        "named",
        "zone-records",
    ];
    assert_eq!(seen, BTreeSet::from(all), "the five architectures together ask every kind of question");
}

/// A calm world of some blueprint in which there is what the test is about, and its operator.
fn changeable(has: impl Fn(&Deployment) -> bool) -> Changeable {
    let cloud = Arc::new(cloud("calm", Duration::from_hours(1)));
    let deployment = cloud.deployments().into_iter().find(has).expect("some blueprint has it");
    let world = World { cloud: cloud.clone(), deployment, now: cloud.clock().now(), unserved: BTreeSet::new() };
    let clock = Arc::clone(&cloud);
    Changeable { world, operator: cloud, pass: Box::new(move || clock.sim_clock().advance(Duration::from_secs(5))) }
}

#[tokio::test]
async fn calls_do_what_they_say_and_are_taken_back() {
    let paying = || changeable(|it| it.name.as_str() == Blueprint::PaymentsAurora.as_str());
    changes::a_standby_is_promoted_both_ways(&paying()).await;
    changes::replication_is_switched_off_taken_away_and_given_back(&changeable(|it| !it.buckets.is_empty())).await;
    changes::replication_to_nowhere_is_refused(&changeable(|it| !it.buckets.is_empty())).await;
    changes::a_metric_is_put_where_it_is_watched(&paying()).await;
    changes::an_item_a_marker_and_a_notice_are_taken(&changeable(|it| !it.topics.is_empty() && !it.buckets.is_empty()))
        .await;
    changes::a_canary_is_acknowledged_and_found(&paying(), StoreKind::Aurora).await;
    changes::alarms_are_muted_and_unmuted_once(&changeable(|it| !it.alarms.names.is_empty())).await;
    changes::a_group_takes_its_sizes(&changeable(|it| !it.scaling_groups.is_empty())).await;
    let at_home = |it: &Deployment| it.functions.iter().any(|function| function.region == it.regions.home);
    changes::a_function_is_fenced_and_let_go(&changeable(at_home)).await;
    changes::a_function_answers(&changeable(at_home)).await;
    changes::an_event_source_is_stopped_and_started(&changeable(|it| !it.accelerators.is_empty())).await;
    changes::a_dial_and_a_weight_are_turned(&changeable(|it| !it.accelerators.is_empty())).await;
    changes::a_parameter_is_changed_and_a_secret_is_not(&changeable(|it| !it.accelerators.is_empty())).await;
    changes::a_record_is_replaced_deleted_and_made_anew(&changeable(|it| {
        it.name.as_str() == Blueprint::PaymentsAurora.as_str() && !it.records.is_empty()
    }))
    .await;
    changes::a_health_check_is_turned_over_at_its_version_only(&changeable(|it| !it.health_checks.is_empty())).await;
    changes::a_stale_version_is_a_conflict(&changeable(|it| !it.health_checks.is_empty())).await;
}

#[tokio::test]
async fn stacks_and_secrets_are_made_and_taken_away() {
    provisioning::a_stack_is_made_changed_compared_and_taken_away(&changeable(|_| true)).await;
    provisioning::what_was_only_looked_at_leaves_nothing(&changeable(|_| true)).await;
    provisioning::a_secret_is_made_once_and_copied(&changeable(|_| true)).await;
    let changing = changeable(|it| !it.buckets.is_empty());
    let bucket = changing.world.deployment.buckets.first().expect("there is one").source.clone();
    provisioning::a_bucket_is_emptied(&changing, &bucket.region, &bucket.name).await;
}

#[tokio::test]
async fn what_does_not_exist_cannot_be_changed() {
    changes::what_does_not_exist_cannot_be_changed(&changeable(|_| true)).await;
}

/// Some read of some moment of the scenario fails so.
async fn fails(scenario: &str, is: impl Fn(&CloudErrorKind) -> bool) {
    for minutes in (0..60).step_by(2) {
        let world = world(cloud(scenario, Duration::from_mins(minutes)), Blueprint::PaymentsAurora);
        for (region, read, outcome) in world.refresh().await {
            if outcome.as_ref().is_err_and(|error| is(&error.kind)) {
                let error = assert_failed(outcome, &region, is);
                assert_eq!(error.service, read.service(), "{error:?}");
                return;
            }
        }
    }
    panic!("no moment of `{scenario}` fails so");
}

#[tokio::test]
async fn each_failure_is_told_by_what_can_be_done_about_it() {
    fails("throttled", |kind| matches!(kind, CloudErrorKind::Throttled { .. })).await;
    fails("expired-credentials", |kind| *kind == CloudErrorKind::ExpiredCredentials).await;
    fails("region-loss", CloudErrorKind::is_silence).await;
}

#[tokio::test]
async fn reading_changes_nothing() {
    let world = calm(Blueprint::PaymentsAurora);
    let first = format!("{:?}", world.refresh().await);
    let second = format!("{:?}", world.refresh().await);
    assert_eq!(first, second, "the world stands still however often it is looked at");
    let other = calm(Blueprint::PaymentsAurora);
    assert_eq!(first, format!("{:?}", other.refresh().await), "and is the same for everybody with the same seed");
}

#[tokio::test]
async fn a_simulation_says_so() {
    let cloud = cloud("region-loss", Duration::ZERO);
    assert!(cloud.reality().is_simulated());
}
