//! What is asked, where, and how often.

use std::collections::BTreeSet;

use super::*;
use crate::metric::{MetricQuery, Subject};
use crate::rules::reads::{QUERIES_PER_REQUEST, metrics, planned_reads, polled, requests};

fn metric_reads(
    deployment: &Deployment,
    snapshot: &Snapshot,
    now: Timestamp,
) -> Vec<(Region, Vec<MetricQuery>, crate::metric::Window)> {
    planned_reads(deployment, snapshot, now)
        .into_iter()
        .filter_map(|planned| match planned.read {
            Read::Metrics { queries, window } => Some((planned.region, queries, window)),
            _ => None,
        })
        .collect()
}

#[test]
fn every_read_of_the_table_goes_to_its_endpoint() {
    let asked = polled(&everything());
    let of = |service| -> Vec<&str> {
        asked.iter().filter(|(_, it)| *it == service).map(|(region, _)| region.as_str()).collect()
    };
    for service in [Service::HealthChecks, Service::Records, Service::Answers] {
        assert_eq!(of(service), ["us-east-1"], "{service}");
    }
    assert_eq!(of(Service::GlobalAccelerator), ["us-west-2"]);
    assert_eq!(of(Service::Metrics), ["us-east-1", "us-east-2", "us-west-2"]);
    for service in [Service::Identity, Service::Aurora, Service::DynamoDb, Service::Alarms, Service::Quotas] {
        assert_eq!(of(service), ["us-east-1", "us-east-2"], "{service}");
    }
    let europe = Deployment {
        regions: crate::topology::RegionPair { home: "eu-west-1".into(), partner: "eu-central-1".into() },
        ..everything()
    };
    let alarms: Vec<_> = polled(&europe).into_iter().filter(|(_, service)| *service == Service::Alarms).collect();
    assert_eq!(alarms.len(), 3, "alarms on health checks are in us-east-1");
}

#[test]
fn a_bare_deployment_asks_who_it_is_and_nothing_else() {
    let asked = polled(&Deployment::bare("bare", HOME, PARTNER));
    assert!(asked.iter().all(|(_, service)| *service == Service::Identity));
}

#[test]
fn the_metrics_of_a_region_go_in_one_request() {
    let calm = World::calm(everything());
    let reads = metric_reads(&calm.deployment, &calm.snapshot, calm.now);
    let regions: Vec<&str> = reads.iter().map(|(region, ..)| region.as_str()).collect();
    assert_eq!(regions, ["us-east-1", "us-east-2", "us-west-2"]);
    for (region, queries, _) in &reads {
        assert!(queries.iter().all(|query| query.key.region == *region));
        assert_eq!(queries.iter().collect::<BTreeSet<_>>().len(), queries.len(), "each once");
    }
}

#[test]
fn more_than_the_limit_is_split() {
    let mut many = Deployment::bare("many", HOME, PARTNER);
    // Latency and writes of each.
    many.tables = (0..251).map(|n| format!("table-{n}").into()).collect();
    let reads = metric_reads(&many, &Snapshot::default(), noon());
    let sizes: Vec<usize> = reads.iter().map(|(_, queries, _)| queries.len()).collect();
    assert_eq!(sizes, [QUERIES_PER_REQUEST, 2, QUERIES_PER_REQUEST, 2]);
}

#[test]
fn what_needs_no_naming_goes_out_before_names_are_known() {
    let first = metric_reads(&everything(), &Snapshot::default(), noon());
    let measures: BTreeSet<Measure> =
        first.iter().flat_map(|(_, queries, _)| queries).map(|it| it.key.measure).collect();
    assert!(measures.contains(&Measure::HealthCheckStatus) && measures.contains(&Measure::DynamoReplicationLatency));
    assert!(!measures.contains(&Measure::AuroraRpoLag) && !measures.contains(&Measure::S3OperationsPending));
}

#[test]
fn lag_is_asked_of_both_regions_by_their_live_cluster_ids() {
    let calm = World::calm(everything());
    let queries = metrics::queries(&calm.deployment, &calm.snapshot);
    for region in [HOME, PARTNER] {
        let lag = queries[&Region::from(region)].iter().find(|it| it.key.measure == Measure::AuroraRpoLag).unwrap();
        assert_eq!(lag.dimensions, [("DBClusterIdentifier".to_owned(), format!("shop-{region}"))]);
    }
    // One region's word is enough for both.
    let mut one_view = Snapshot::default();
    one_view.apply(observed(&calm.deployment, PARTNER, noon(), Facts::Aurora(aurora(PARTNER, HOME))));
    let names = metrics::member_clusters(&calm.deployment, &one_view);
    assert_eq!(names.len(), 2);
}

#[test]
fn each_metric_is_addressed_as_aws_spells_it() {
    let mut deployment = everything();
    deployment.apis.push(ApiTarget::Http { region: HOME.into(), api_id: "a1b2".into() });
    deployment.load_balancers.push(LoadBalancerTarget {
        region: PARTNER.into(),
        kind: LoadBalancerKind::Network,
        arn: Arn::from("arn:aws:elasticloadbalancing:us-east-2:1:loadbalancer/net/edge/9"),
        target_group: Some(Arn::from("arn:aws:elasticloadbalancing:us-east-2:1:targetgroup/edge/8")),
    });
    let calm = World::calm(deployment);
    let all: Vec<MetricQuery> = metrics::queries(&calm.deployment, &calm.snapshot).into_values().flatten().collect();
    let address = |measure: Measure, region: &str| -> Vec<String> {
        let found = all.iter().find(|it| it.key.measure == measure && it.key.region.as_str() == region);
        let found = found.unwrap_or_else(|| panic!("{measure:?} in {region}"));
        found.dimensions.iter().map(|(name, value)| format!("{name}={value}")).collect()
    };
    for (measure, region, wanted) in [
        (Measure::DynamoReplicationLatency, HOME, vec!["TableName=orders", "ReceivingRegion=us-east-2"]),
        (Measure::DynamoReplicationLatency, PARTNER, vec!["TableName=orders", "ReceivingRegion=us-east-1"]),
        (Measure::DynamoConsumedWrites, HOME, vec!["TableName=orders"]),
        (
            Measure::S3OperationsPending,
            PARTNER,
            vec!["SourceBucket=shop-assets", "DestinationBucket=shop-assets-dr", "RuleId=all"],
        ),
        (
            Measure::S3OperationsFailed,
            HOME,
            vec!["SourceBucket=shop-assets", "DestinationBucket=shop-assets-dr", "RuleId=all"],
        ),
        (Measure::AlbHealthyHosts, HOME, vec!["TargetGroup=targetgroup/shop/2c3d", "LoadBalancer=app/shop/0a1b"]),
        (Measure::AlbOwn5xx, HOME, vec!["LoadBalancer=app/shop/0a1b"]),
        (Measure::NlbFlows, PARTNER, vec!["LoadBalancer=net/edge/9"]),
        (Measure::NlbHealthyHosts, PARTNER, vec!["TargetGroup=targetgroup/edge/8", "LoadBalancer=net/edge/9"]),
        (Measure::RestApi5xx, HOME, vec!["ApiName=shop", "Stage=prod"]),
        (Measure::HttpApi5xx, HOME, vec!["ApiId=a1b2"]),
        (Measure::LambdaErrors, PARTNER, vec!["FunctionName=pay"]),
        (Measure::AcceleratorFlows, "us-west-2", vec!["Accelerator=abcd"]),
    ] {
        assert_eq!(address(measure, region), wanted, "{measure:?}");
    }
    let group = all.iter().find(
        |it| matches!(&it.key.subject, Subject::Accelerator { group: Some(region), .. } if region.as_str() == PARTNER),
    );
    let dimensions: Vec<&str> = group.unwrap().dimensions.iter().map(|(_, value)| value.as_str()).collect();
    assert_eq!(dimensions, ["abcd", "l1", "us-east-2"]);
    assert!(all.iter().all(|it| it.key.measure != Measure::S3OperationsPending || it.key.region.as_str() == PARTNER));
}

#[test]
fn the_first_window_is_three_hours_and_later_ones_leave_no_hole() {
    let deployment = everything();
    let bounds = |snapshot: &Snapshot, now| {
        let (_, _, window) = metric_reads(&deployment, snapshot, now).swap_remove(0);
        (window.from.to_string(), window.to.to_string())
    };
    let text = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    assert_eq!(bounds(&Snapshot::default(), noon()), text("2026-01-05T09:00:00Z", "2026-01-05T12:01:00Z"));
    let calm = World::calm(deployment.clone());
    // The fixture leaves unpublished series out; a real answer names every series asked for.
    let mut known = calm.snapshot.clone();
    for (_, queries, _) in metric_reads(&deployment, &calm.snapshot, noon()) {
        for query in queries {
            known.series.entry(query.key).or_default();
        }
    }
    let next = after(noon(), Duration::from_mins(1));
    assert_eq!(bounds(&known, next), text("2026-01-05T11:55:00Z", "2026-01-05T12:02:00Z"));
    let after_an_outage = after(noon(), Duration::from_mins(40));
    assert_eq!(bounds(&known, after_an_outage), text("2026-01-05T11:55:00Z", "2026-01-05T12:41:00Z"));
}

#[test]
fn every_service_is_counted() {
    let calm = World::calm(everything());
    for planned in planned_reads(&calm.deployment, &calm.snapshot, calm.now) {
        let is_free = matches!(planned.read, Read::Probes { .. });
        assert_eq!(requests(&planned.read) == 0, is_free, "{:?}", planned.read.service());
    }
}

#[test]
fn history_is_asked_for_from_the_last_answer_and_joined() {
    let change = |minute: u32| crate::facts::alarm::AlarmChange {
        name: "shop-lag".into(),
        at: format!("2026-01-05T11:{minute:02}:00Z").parse().unwrap(),
        from: None,
        to: Some(AlarmState::Alarm),
        summary: String::new(),
    };
    let facts = |minutes: &[u32]| {
        Facts::Alarms(AlarmFacts { alarms: Vec::new(), history: minutes.iter().copied().map(change).collect() })
    };
    let world = World::calm(everything()).says(HOME, facts(&[10, 5]));
    let world = world.later(Duration::from_mins(1)).says(HOME, facts(&[20, 10]));
    let held = &world.snapshot.regions[&Region::from(HOME)].alarms.value().unwrap().history;
    let minutes: Vec<String> = held.iter().map(|change| change.at.to_string()[14..16].to_owned()).collect();
    assert_eq!(minutes, ["20", "10", "05"]);
    let since = planned_reads(&world.deployment, &world.snapshot, world.now).into_iter().find_map(|planned| {
        match planned.read {
            Read::Alarms { history_since, .. } => Some(history_since),
            _ => None,
        }
    });
    assert_eq!(since, Some(before(world.now, Duration::from_mins(5))));
}
