//! The whole reading half against the simulator: refresh, snapshot, rules. What each scenario is meant to show is
//! shown.

use std::sync::Arc;

use lifeboat_engine::watch::refresh_once;
use lifeboat_model::assessment::{Assessment, Health, Role, RunHistory};
use lifeboat_model::read::{Service, Tempo};
use lifeboat_model::rules::{assess, reads};
use lifeboat_model::snapshot::Snapshot;
use lifeboat_model::time::Duration;
use lifeboat_model::topology::Deployment;
use lifeboat_sim::{Scenario, SimCloud, scenario};

const LIMIT: Duration = Duration::from_secs(10);

async fn look(scenario: &Scenario, offset: Duration) -> Vec<(Deployment, Snapshot, Assessment)> {
    let cloud = SimCloud::at_offset(scenario.clone(), 1, offset);
    let clock = cloud.clock();
    let mut looks = Vec::new();
    for deployment in cloud.deployments() {
        let mut snapshot = Snapshot::default();
        for observation in refresh_once(&deployment, Arc::new(cloud.clone()), cloud.clock(), LIMIT).await {
            snapshot.apply(observation);
        }
        let judged = assess(&deployment, &snapshot, &RunHistory::default(), Tempo::Calm, clock.now());
        looks.push((deployment, snapshot, judged));
    }
    looks
}

/// A while after the first fault.
async fn after_onset(scenario: &Scenario, length: Duration) -> Vec<(Deployment, Snapshot, Assessment)> {
    look(scenario, scenario.onset().unwrap_or_default() + length).await
}

#[tokio::test]
async fn the_calm_is_ready_at_any_time() {
    let calm = scenario::find("calm").unwrap();
    for offset in [Duration::ZERO, Duration::from_secs(45), Duration::from_mins(10), Duration::from_hours(5)] {
        for (deployment, _, judged) in look(&calm, offset).await {
            let name = &deployment.name;
            assert_eq!(judged.forecast.blockers, [], "{name} at {offset:?}");
            assert_eq!(judged.contradictions, [], "{name} at {offset:?}");
            assert_eq!(
                judged.health,
                Health::Healthy,
                "{name} at {offset:?}: {:?} {:?}",
                judged.regions,
                judged.stores
            );
            assert_eq!(judged.regions[0].role, Role::Active, "{name}");
            assert!(judged.forecast.rpo.is_some(), "{name}");
            assert!(judged.dependencies.iter().all(|it| it.ok == Some(true)), "{name}");
        }
    }
}

#[tokio::test]
async fn a_lost_region_is_down_and_the_way_out_is_named() {
    let scenario = scenario::find("region-loss").unwrap();
    let onset = scenario.onset().unwrap();
    for (deployment, _, judged) in look(&scenario, onset.saturating_sub(Duration::from_secs(5))).await {
        assert!(judged.forecast.is_ready(), "{}: {:?}", deployment.name, judged.forecast.blockers);
    }
    for (deployment, _, judged) in after_onset(&scenario, Duration::from_mins(1)).await {
        let name = &deployment.name;
        assert_eq!(judged.regions[0].reachable, Some(false), "{name}");
        assert_eq!(judged.regions[0].health, Health::Down, "{name}");
        assert_eq!(judged.regions[1].reachable, Some(true), "{name}");
        let fixes: Vec<&str> = judged.forecast.blockers.iter().map(|it| it.fix.as_str()).collect();
        assert!(fixes.iter().any(|fix| fix.contains("fail over to us-")), "{name}: {fixes:?}");
        assert!(judged.forecast.rpo.is_none(), "{name}: what the lost region knew is not known");
    }
}

#[tokio::test]
async fn every_scenario_but_the_calm_and_the_mutating_ones_shows_itself() {
    // These change only what a mutation meets, or hold nothing that could be judged.
    let unseen = [
        "calm",
        "lost-replies",
        "slow-promotion",
        "throttled-changes",
        "empty-account",
        "failing-stacks",
        "slow-stacks",
    ];
    for scenario in scenario::builtin().into_iter().filter(|it| !unseen.contains(&it.name.as_str())) {
        let onset = scenario.onset().unwrap_or_default();
        let looks = look(&scenario, onset + Duration::from_secs(400)).await;
        let shows = |judged: &Assessment| {
            !judged.forecast.is_ready()
                || !judged.contradictions.is_empty()
                || judged.health != Health::Healthy
                || judged.dependencies.iter().any(|it| it.ok == Some(false))
        };
        assert!(looks.iter().any(|(_, _, judged)| shows(judged)), "{} shows nothing", scenario.name);
    }
}

#[tokio::test]
async fn what_a_scenario_is_about_is_said() {
    for (name, words) in [
        ("split-brain-risk", "a failover now would leave two writers"),
        ("partition", "a failover now would leave two writers"),
        ("gray-failure", "yet its traffic has fallen"),
        ("region-loss", "yet Aurora's writer is in"),
        ("control-plane-outage", "Route 53's API (us-east-1) does not answer"),
        ("expired-credentials", "credentials have expired"),
        ("standby-loss", "standby region us-east-2 is down"),
        ("replica-lag", "would be lost, against an RPO"),
        ("drift", "the rule that replicates"),
    ] {
        let mut said = Vec::new();
        for (_, _, judged) in after_onset(&scenario::find(name).unwrap(), Duration::from_secs(400)).await {
            said.extend(judged.contradictions.into_iter().map(|it| it.what));
            said.extend(judged.forecast.blockers.into_iter().map(|it| it.what));
        }
        assert!(said.iter().any(|it| it.contains(words)), "{name}: {words}: {said:#?}");
    }
}

/// The promise: a calm minute of the largest architecture costs at most twenty API requests, and one
/// `GetMetricData` a region.
#[tokio::test]
async fn a_calm_minute_costs_at_most_twenty_requests() {
    let calm = scenario::find("calm").unwrap();
    for (deployment, snapshot, judged) in look(&calm, Duration::from_mins(10)).await {
        let hourly = reads::hourly(&deployment, &snapshot, Tempo::Calm, judged.at);
        let a_minute = hourly.requests / 60.0;
        println!(
            "{}: {a_minute:.1} requests a minute, {:.0} metrics a minute, ${:.4} an hour",
            deployment.name,
            hourly.metrics / 60.0,
            (hourly.metrics + hourly.alarm_requests) * 0.00001
        );
        assert!(a_minute <= 20.0, "{}: {a_minute}", deployment.name);
        let planned = reads::planned_reads(&deployment, &snapshot, judged.at);
        let mut regions: Vec<_> =
            planned.iter().filter(|it| it.read.service() == Service::Metrics).map(|it| &it.region).collect();
        let all = regions.len();
        regions.dedup();
        assert_eq!(regions.len(), all, "{}: one request for metrics a region", deployment.name);
    }
}
