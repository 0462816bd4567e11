//! Signals that exclude each other are listed.

use super::*;

fn calm() -> World {
    World::calm(everything())
}

fn has(world: &World, words: &str) -> bool {
    world.judged().contradictions.iter().any(|it| it.what.contains(words))
}

#[test]
fn each_kind_is_found() {
    let mut disabled = vec![health_check(HOME), health_check(PARTNER)];
    disabled[0].disabled = true;
    disabled[0].checkers = vec![checker(0, false)];
    let cases: Vec<(World, &str)> = vec![
        (
            calm().says(HOME, Facts::TargetGroups(target_groups(HOME, TargetHealth::Unhealthy))),
            "Route 53 says us-east-1 is healthy, yet shop has no healthy target",
        ),
        (
            calm().says(HOME, Facts::Probes(vec![probe(Some(HOME), 500), probe(None, 500)])),
            "the health check of us-east-1 passes, yet https://api.us-east-1.shop.test/health answers with status 500",
        ),
        (calm().measures(HOME, Measure::AlbTarget5xx, 300.0), "yet 25 % of its requests fail"),
        (calm().says(HOME, Facts::HealthChecks(disabled)), "counts as healthy because it is disabled"),
        (
            calm().says(HOME, Facts::Answers(vec![answer(Vantage::Authority, PARTNER)])),
            "DNS sends clients of api.shop.test to us-east-2, yet Aurora's writer is in us-east-1",
        ),
        (
            calm().says(
                HOME,
                Facts::Answers(vec![answer(Vantage::Authority, PARTNER), answer(resolver("9.9.9.9"), HOME)]),
            ),
            "Route 53 answers api.shop.test with us-east-2, yet 9.9.9.9 still answers us-east-1",
        ),
        (
            calm().says(
                "us-west-2",
                Facts::Accelerators(accelerators([0.0, 100.0], [EndpointHealth::Healthy, EndpointHealth::Healthy])),
            ),
            "the accelerator sends clients to us-east-2, yet Aurora's writer is in us-east-1",
        ),
        (calm().measures(PARTNER, Measure::AlbRequests, 800.0), "40 % of all requests reach it"),
        (
            calm().measures(PARTNER, Measure::DynamoReplicationLatency, 500.0),
            "table orders is written in us-east-2 as well",
        ),
        (
            calm().all_fail(HOME, &CloudErrorKind::Timeout),
            "no endpoint of us-east-1 answers Lifeboat, yet Route 53's checkers reach it",
        ),
    ];
    let mut fallen = calm();
    for (key, points) in &mut fallen.snapshot.series {
        if key.measure == Measure::AlbRequests && key.region.as_str() == HOME {
            let count = points.len();
            for point in &mut points[count - 6..] {
                point.value /= 2.0;
            }
        }
    }
    let mut cut = calm();
    for (key, points) in &mut cut.snapshot.series {
        if key.measure == Measure::AuroraRpoLag {
            let count = points.len();
            for (n, point) in points[count - 5..].iter_mut().enumerate() {
                point.value = 60_000.0 * (n as f64 + 1.0);
            }
        }
    }
    let mut cases = cases;
    cases.push((fallen, "yet its traffic has fallen by 50 % against the hour before"));
    cases.push((cut, "replication of shop has stood still between us-east-1 and us-east-2 for 5 min"));
    for (world, words) in cases {
        assert!(has(&world, words), "{words}: {:#?}", world.judged().contradictions);
    }
}

#[test]
fn a_resolver_within_its_ttl_is_no_contradiction() {
    let mut turned =
        calm().says(HOME, Facts::Answers(vec![answer(Vantage::Authority, PARTNER), answer(resolver("9.9.9.9"), HOME)]));
    for (key, points) in &mut turned.snapshot.series {
        if key.measure == Measure::HealthCheckStatus && format!("{key:?}").contains("check-home") {
            points.last_mut().unwrap().value = 0.0;
        }
    }
    assert!(!has(&turned, "still answers"), "{:#?}", turned.judged().contradictions);
}
