//! Each scenario does what its purpose says, seen through the same reads and rules as a console's.

use std::time::Duration;

use lifeboat_model::assessment::{Health, Role, StoreKind};
use lifeboat_model::cloud_error::CloudErrorKind;
use lifeboat_model::facts::Facts;
use lifeboat_model::facts::probe::ProbeOutcome;
use lifeboat_model::facts::route53::Vantage;
use lifeboat_model::facts::stack::DriftStatus;
use lifeboat_model::id::Region;
use lifeboat_model::metric::Measure;
use lifeboat_model::port::Observe;
use lifeboat_model::read::{Read, Service};
use lifeboat_model::topology::Blueprint;
use lifeboat_sim::scenario::builtin;

use crate::looking::{assessed, at, deployment, snapshot};

const HOME: &str = "us-east-1";

#[tokio::test]
async fn calm_has_no_blocker_for_any_architecture() {
    for blueprint in Blueprint::ALL {
        for offset in [0, 30, 600, 3_600] {
            let assessment = assessed(&at("calm", offset), blueprint).await;
            assert!(assessment.forecast.blockers.is_empty(), "{blueprint} at {offset}: {:#?}", assessment.forecast);
            assert!(assessment.contradictions.is_empty(), "{blueprint}: {:#?}", assessment.contradictions);
            let home = assessment.regions.first().expect("home comes first");
            assert!(home.health != Health::Down && home.reachable == Some(true), "{home:#?}");
        }
    }
}

#[tokio::test]
async fn every_scenario_is_calm_until_its_first_fault() {
    for scenario in builtin() {
        let Some(onset) = scenario.onset().filter(|onset| !onset.is_zero()) else { continue };
        let before = onset.checked_sub(Duration::from_secs(1)).unwrap_or_default();
        let assessment = assessed(&at(&scenario.name, before.as_secs()), Blueprint::PaymentsAurora).await;
        assert!(assessment.forecast.blockers.is_empty(), "{scenario}: {:#?}", assessment.forecast.blockers);
    }
}

#[tokio::test]
async fn three_hours_of_history_are_there_at_the_start() {
    let (_, seen) = snapshot(&at("calm", 0), Blueprint::PaymentsAurora).await;
    let lag = seen.series.iter().find(|(key, points)| key.measure == Measure::AuroraRpoLag && !points.is_empty());
    let (key, points) = lag.expect("the standby publishes lag");
    assert_eq!(key.region.as_str(), "us-east-2");
    assert!((179..=181).contains(&points.len()), "{}", points.len());
    let steady = points.windows(2).all(|pair| pair[1].at.duration_since(pair[0].at).as_secs() == 60);
    assert!(steady, "a minute each, without holes");
    assert!(points.iter().all(|point| point.value > 0.0 && point.value < 1_000.0));
    let written = |measure| measure == Measure::DynamoConsumedWrites;
    let counted = seen.series.iter().filter(|(key, points)| written(key.measure) && points.len() > 170);
    let written_in: Vec<&str> = counted.map(|(key, _)| key.region.as_str()).collect();
    assert_eq!(written_in, [HOME], "a table's writes are counted where clients write");
}

#[tokio::test]
async fn a_lost_region_answers_nothing_and_takes_route_53s_api_with_it() {
    for blueprint in Blueprint::ALL {
        let cloud = at("region-loss", 300);
        let deployment = deployment(&cloud, blueprint);
        let tables = Read::Tables { tables: deployment.tables.clone() };
        let error = cloud.read(&deployment.regions.home, &tables).await.expect_err("nobody is there");
        assert_eq!(error.kind, CloudErrorKind::Timeout);
        cloud.read(&deployment.regions.partner, &tables).await.expect("the partner answers");
        let assessment = assessed(&cloud, blueprint).await;
        assert!(!assessment.forecast.blockers.is_empty(), "{blueprint}: {:#?}", assessment.forecast);
        let home = assessment.regions.first().expect("home comes first");
        assert_eq!(home.reachable, Some(false), "{blueprint}");
    }
    let cloud = at("region-loss", 400);
    let payments = deployment(&cloud, Blueprint::PaymentsAurora);
    let records = Read::Records { records: payments.records.clone() };
    assert!(cloud.read(&Region::route53(), &records).await.is_err(), "its control plane was there");
    let answers = Read::Answers { records: payments.records.clone() };
    let Ok(Facts::Answers(answers)) = cloud.read(&Region::route53(), &answers).await else { panic!("names go on") };
    let resolvers = answers.iter().filter(|answer| answer.vantage != Vantage::Authority);
    assert!(resolvers.clone().count() == 4);
    for answer in resolvers {
        assert!(answer.values.iter().all(|value| value.contains("us-east-2")), "{answer:?}");
    }
}

#[tokio::test]
async fn replica_lag_grows_past_the_objective_and_comes_back() {
    let at_risk = async |offset| {
        let assessment = assessed(&at("replica-lag", offset), Blueprint::PaymentsAurora).await;
        let aurora = assessment.stores.into_iter().find(|store| store.kind == StoreKind::Aurora).expect("it has one");
        (aurora.at_risk.map(|dated| dated.value).unwrap_or_default(), aurora.within_rpo)
    };
    let (before, within) = at_risk(59).await;
    assert!(before < Duration::from_secs(1) && within == Some(true), "{before:?}");
    let (during, within) = at_risk(600).await;
    assert!(during > Duration::from_secs(2) && within == Some(false), "{during:?}");
    let (after, within) = at_risk(1_500).await;
    assert!(after < Duration::from_secs(1) && within == Some(true), "{after:?}");
}

#[tokio::test]
async fn in_a_gray_failure_the_platform_is_green_and_clients_fail() {
    let cloud = at("gray-failure", 600);
    for blueprint in [Blueprint::PaymentsAurora, Blueprint::Ecommerce] {
        let (deployment, seen) = snapshot(&cloud, blueprint).await;
        let route53 = seen.region(&Region::route53()).expect("it was asked");
        for check in route53.health_checks.value().expect("they answer") {
            assert_eq!(check.passing_percent(), Some(100.0), "{check:?}");
        }
        for alarm in &route53.alarms.value().expect("they answer").alarms {
            // The alarms for the other direction have no data before the roles are exchanged.
            let waits = alarm.name.as_str().starts_with("aurora-replication-lag-primary");
            assert_eq!(alarm.state.as_str(), if waits { "INSUFFICIENT_DATA" } else { "OK" }, "{alarm:?}");
        }
        let truth = cloud.truth(&deployment).expect("it is there");
        let share = truth.writes.failed as f64 / truth.writes.attempted as f64;
        assert!((0.25..0.45).contains(&share), "{share}");
    }
    let mut failed = 0;
    for offset in 100..200 {
        let cloud = at("gray-failure", offset);
        let payments = deployment(&cloud, Blueprint::Serverless);
        let probes = payments.probes.iter().filter(|probe| probe.region.as_ref() == Some(&HOME.into())).cloned();
        let read = Read::Probes { probes: probes.collect() };
        let Ok(Facts::Probes(probes)) = cloud.read(&HOME.into(), &read).await else { panic!("probes answer") };
        failed += probes.iter().filter(|probe| matches!(probe.outcome, ProbeOutcome::Failed { .. })).count();
    }
    assert!((25..55).contains(&failed), "{failed} of 100");
}

#[tokio::test]
async fn without_route_53s_api_names_still_answer() {
    let cloud = at("control-plane-outage", 120);
    let payments = deployment(&cloud, Blueprint::PaymentsAurora);
    let checks = Read::HealthChecks { checks: payments.health_checks.iter().map(|check| check.id.clone()).collect() };
    let error = cloud.read(&Region::route53(), &checks).await.expect_err("it is gone");
    assert_eq!(error.kind, CloudErrorKind::ServiceFailure);
    let answers = Read::Answers { records: payments.records.clone() };
    let Ok(Facts::Answers(answers)) = cloud.read(&Region::route53(), &answers).await else { panic!("names go on") };
    let authority = answers.iter().find(|answer| answer.vantage == Vantage::Authority).expect("it is listed");
    assert!(authority.values.is_empty() && authority.code != "NOERROR", "{authority:?}");
    assert!(answers.iter().filter(|answer| answer.code == "NOERROR").count() == 4);
    cloud.read(&payments.regions.home, &Read::Identity).await.expect("nothing else is touched");
}

#[tokio::test]
async fn a_stuck_resolver_keeps_its_clients_in_the_lost_region() {
    let cloud = at("stuck-dns", 600);
    let payments = deployment(&cloud, Blueprint::PaymentsServerless);
    let truth = cloud.truth(&payments).expect("it is there");
    let lasting: Vec<&str> =
        truth.outages.iter().filter(|outage| outage.ended.is_none()).map(|outage| outage.vantage.as_str()).collect();
    assert_eq!(lasting, ["us-west-2", "ap-northeast-1"]);
    let over: Vec<_> = truth.outages.iter().filter(|outage| outage.ended.is_some()).collect();
    assert_eq!(over.len(), 2);
    for outage in over {
        let length = outage.length(truth.at).as_secs();
        assert!((60..=165).contains(&length), "{outage:?}");
    }
}

#[tokio::test]
async fn throttling_refuses_most_requests_to_two_services_and_none_to_others() {
    let (mut refused, mut others) = (0, 0);
    for offset in 100..200 {
        let cloud = at("throttled", offset);
        let payments = deployment(&cloud, Blueprint::PaymentsAurora);
        let aurora = Read::Aurora { global_cluster: "aurora-global-dev".into() };
        if let Err(error) = cloud.read(&payments.regions.home, &aurora).await {
            assert!(matches!(error.kind, CloudErrorKind::Throttled { .. }), "{error:?}");
            refused += 1;
        }
        let tables = Read::Tables { tables: payments.tables.clone() };
        others += usize::from(cloud.read(&payments.regions.home, &tables).await.is_err());
        others += usize::from(cloud.read(&payments.regions.partner, &aurora).await.is_err());
    }
    assert!((55..85).contains(&refused), "{refused} of 100");
    assert_eq!(others, 0);
}

#[tokio::test]
async fn expired_credentials_stop_every_request_and_name_their_cure() {
    let before = at("expired-credentials", 59);
    let Ok(Facts::Identity(caller)) = before.read(&HOME.into(), &Read::Identity).await else { panic!("it answers") };
    let ends = lifeboat_sim::EPOCH.checked_add(jiff::SignedDuration::from_secs(60)).ok();
    assert_eq!(caller.expires_at, ends);
    let after = at("expired-credentials", 60);
    for region in [HOME, "us-east-2"] {
        let error = after.read(&region.into(), &Read::Identity).await.expect_err("they have expired");
        assert_eq!(error.kind, CloudErrorKind::ExpiredCredentials);
        assert_eq!(error.fix.as_deref(), Some("aws sso login"));
    }
    let payments = deployment(&after, Blueprint::PaymentsAurora);
    assert!(after.truth(&payments).is_some_and(|truth| truth.outages.is_empty()), "clients notice nothing");
}

#[tokio::test]
async fn drift_shows_in_every_comparison() {
    let cloud = at("drift", 60);
    let (payments, seen) = snapshot(&cloud, Blueprint::PaymentsAurora).await;
    let home = seen.region(&payments.regions.home).expect("asked");
    let partner = seen.region(&payments.regions.partner).expect("asked");
    let digest = |region: &lifeboat_model::snapshot::RegionSnapshot| {
        region
            .parameters
            .value()
            .and_then(|all| all.first().cloned())
            .map(|parameter| (parameter.digest, parameter.version))
    };
    // The payments have no parameters.
    let (accelerated, told) = snapshot(&cloud, Blueprint::GlobalAccelerator).await;
    let parameters = accelerated.regions.both().map(|region| told.region(region).and_then(&digest));
    assert_ne!(parameters.first(), parameters.last());
    let code = |region: &lifeboat_model::snapshot::RegionSnapshot| {
        region.functions.value().map(|facts| {
            (facts.functions.first().and_then(|function| function.code_sha256.clone()), facts.account_concurrency)
        })
    };
    assert_ne!(code(home), code(partner));
    let stacks = partner.stacks.value().expect("they answer");
    assert!(stacks.iter().any(|stack| stack.drift == DriftStatus::Drifted));
    assert!(home.stacks.value().is_some_and(|all| all.iter().all(|stack| stack.drift == DriftStatus::InSync)));
    let rules = &home.buckets.value().and_then(|all| all.first()).expect("home has the source").rules;
    assert!(rules.iter().all(|rule| !rule.enabled), "{rules:?}");
    let calm = assessed(&at("calm", 60), Blueprint::PaymentsAurora).await;
    let drifted = assessed(&cloud, Blueprint::PaymentsAurora).await;
    let different = |assessment: &lifeboat_model::assessment::Assessment| {
        assessment.parity.iter().filter(|row| row.verdict == lifeboat_model::assessment::Parity::Different).count()
    };
    assert_eq!(different(&calm), 0, "{:#?}", calm.parity);
    assert!(different(&drifted) >= 3, "{:#?}", drifted.parity);
}

#[tokio::test]
async fn a_lost_standby_leaves_clients_served_and_nowhere_to_go() {
    for blueprint in Blueprint::ALL {
        let cloud = at("standby-loss", 300);
        let assessment = assessed(&cloud, blueprint).await;
        assert!(!assessment.forecast.blockers.is_empty(), "{blueprint}");
        let deployment = deployment(&cloud, blueprint);
        assert!(cloud.truth(&deployment).is_some_and(|truth| truth.writes.failed == 0), "{blueprint}");
    }
    let after = assessed(&at("standby-loss", 5_400), Blueprint::PaymentsAurora).await;
    assert!(after.forecast.blockers.is_empty(), "it is back: {:#?}", after.forecast.blockers);
}

#[tokio::test]
async fn a_partition_lets_lag_grow_and_catch_up() {
    let lag = async |offset| {
        let assessment = assessed(&at("partition", offset), Blueprint::PaymentsAurora).await;
        let aurora = assessment.stores.into_iter().find(|store| store.kind == StoreKind::Aurora);
        aurora.and_then(|store| store.lag).map(|lag| lag.value).unwrap_or_default()
    };
    assert!(lag(600).await > Duration::from_mins(7));
    assert!(lag(1_200).await < Duration::from_secs(1));
}

#[tokio::test]
async fn a_half_deleted_standby_is_seen_for_what_it_is() {
    let cloud = at("half-deleted", 300);
    let (payments, seen) = snapshot(&cloud, Blueprint::PaymentsAurora).await;
    let partner = seen.region(&payments.regions.partner).expect("asked");
    assert!(partner.functions.value().is_some_and(|facts| facts.functions.is_empty()));
    assert!(partner.stacks.value().is_some_and(|all| all.iter().any(|stack| stack.status == "DELETE_FAILED")));
    let assessment = assessed(&cloud, Blueprint::PaymentsAurora).await;
    assert!(!assessment.forecast.blockers.is_empty(), "{:#?}", assessment.forecast);
}

#[tokio::test]
async fn in_a_split_brain_risk_each_side_tells_its_own_story_only_after_a_failover() {
    let assessment = assessed(&at("split-brain-risk", 300), Blueprint::PaymentsAurora).await;
    let roles: Vec<Role> = assessment.regions.iter().map(|region| region.role).collect();
    assert_eq!(roles, [Role::Active, Role::Standby]);
    assert!(!assessment.forecast.blockers.is_empty(), "lag is minutes by now: {:#?}", assessment.forecast);
    assert!(
        assessment
            .dependencies
            .iter()
            .all(|dependency| dependency.ok != Some(false) || dependency.service == Service::Discovery)
    );
}
