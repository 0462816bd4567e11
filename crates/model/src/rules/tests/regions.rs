//! How well a region is, and when silence says so.

use super::*;
use crate::assessment::{Health, RegionAssessment};

fn calm() -> World {
    World::calm(everything())
}

fn home(world: &World) -> RegionAssessment {
    world.judged().regions.swap_remove(0)
}

fn failing_check(region: &str) -> Vec<HealthCheck> {
    [HOME, PARTNER]
        .into_iter()
        .map(|of| {
            let mut check = health_check(of);
            if of == region {
                check.checkers = (0..16).map(|n| checker(n, n < 2)).collect();
            }
            check
        })
        .collect()
}

/// No door of the region lets anybody in.
fn doors_shut(world: World) -> World {
    world
        .never_measured(Measure::HealthCheckStatus)
        .says(HOME, Facts::HealthChecks(failing_check(HOME)))
        .says(HOME, Facts::Probes(vec![probe(Some(HOME), 503), probe(None, 503)]))
        .says(
            "us-west-2",
            Facts::Accelerators(accelerators([100.0, 0.0], [EndpointHealth::Unhealthy, EndpointHealth::Healthy])),
        )
        .says(HOME, Facts::TargetGroups(target_groups(HOME, TargetHealth::Unhealthy)))
}

#[test]
fn in_the_calm_both_regions_are_well_and_their_traffic_is_known() {
    for region in calm().judged().regions {
        assert_eq!((region.health, region.reachable), (Health::Healthy, Some(true)), "{region:?}");
        assert_eq!(region.last_answer, Some(noon()));
    }
    let home = home(&calm());
    assert_eq!(format!("{:.0}", home.traffic.unwrap().value), "20");
    assert_eq!(format!("{:.0}", home.errors_percent.unwrap().value), "0");
}

#[test]
fn silence_alone_is_unknown() {
    // The witnesses outside, heard a moment ago, say that it is well: the fault may be on this side.
    let world = calm().all_fail(HOME, &CloudErrorKind::Timeout);
    let home = home(&world);
    assert_eq!((home.health, home.reachable), (Health::Unknown, Some(false)));
    let silence = home.reasons.iter().any(|reason| reason.contains("no endpoint of us-east-1 answers"));
    assert!(silence, "{:?}", home.reasons);
}

#[test]
fn silence_with_a_witness_is_down() {
    for kind in [CloudErrorKind::Timeout, CloudErrorKind::Unreachable, CloudErrorKind::ServiceFailure] {
        let world = doors_shut(calm()).all_fail(HOME, &kind);
        assert_eq!(home(&world).health, Health::Down, "{kind:?}");
    }
}

#[test]
fn what_is_asked_once_an_hour_does_not_say_that_a_region_answers() {
    let world = Service::POLLED
        .into_iter()
        .filter(|service| *service != Service::Quotas)
        .fold(calm().later(Duration::from_mins(5)), |world, service| {
            world.fails(HOME, service, CloudErrorKind::Timeout)
        });
    assert_eq!(home(&world).reachable, Some(false));
}

#[test]
fn resolvers_bear_witness_when_route_53_cannot_be_asked() {
    let deployment =
        Deployment { probes: Vec::new(), accelerators: Vec::new(), health_checks: Vec::new(), ..everything() };
    let world = World::calm(deployment)
        .says(HOME, Facts::Answers(vec![answer(resolver("1.1.1.1"), PARTNER)]))
        .all_fail(HOME, &CloudErrorKind::Timeout)
        .says(HOME, Facts::Answers(vec![answer(resolver("1.1.1.1"), PARTNER)]));
    let home = home(&world);
    assert_eq!(home.health, Health::Down, "{:?}", home.reasons);
    assert!(home.reasons.iter().any(|reason| reason == "DNS sends clients away from us-east-1"));
}

#[test]
fn refusals_are_answers() {
    for kind in [
        CloudErrorKind::Throttled { retry_after: None },
        CloudErrorKind::Denied { action: None },
        CloudErrorKind::NotFound,
        CloudErrorKind::Invalid,
    ] {
        let home = home(&calm().all_fail(HOME, &kind));
        assert_eq!(home.reachable, Some(true), "{kind:?}");
        assert_ne!(home.health, Health::Down);
    }
}

#[test]
fn expired_credentials_say_nothing_about_a_region() {
    let world = [HOME, PARTNER]
        .into_iter()
        .fold(calm(), |world, region| world.all_fail(region, &CloudErrorKind::ExpiredCredentials));
    let judged = world.judged();
    assert!(judged.regions.iter().all(|region| region.reachable.is_none()), "{:?}", judged.regions);
    assert!(judged.regions.iter().all(|region| region.health != Health::Down));
    let (words, fix) = judged.identity.trouble.unwrap();
    assert!(words.contains("expired") && fix.unwrap().contains("aws sso login"));
}

#[test]
fn one_silent_service_degrades_its_region_and_no_other() {
    let world = calm().fails(HOME, Service::Aurora, CloudErrorKind::Timeout);
    let judged = world.judged();
    assert_eq!(judged.regions[0].health, Health::Degraded);
    assert!(judged.regions[0].reasons[0].contains("Aurora of us-east-1 without answer"));
    assert_eq!(judged.regions[1].health, Health::Healthy);
}

#[test]
fn shut_doors_are_down_and_a_door_ajar_is_degraded() {
    assert_eq!(home(&doors_shut(calm())).health, Health::Down);
    let ajar = doors_shut(calm()).says(HOME, Facts::Probes(vec![probe(Some(HOME), 200), probe(None, 200)]));
    assert_eq!(home(&ajar).health, Health::Degraded);
}

#[test]
fn errors_degrade() {
    let world = calm().measures(HOME, Measure::AlbTarget5xx, 120.0);
    let home = home(&world);
    assert_eq!(home.health, Health::Degraded);
    assert_eq!(format!("{:.0}", home.errors_percent.unwrap().value), "10");
}

#[test]
fn what_a_balancer_refuses_itself_counts_as_failed() {
    let errors = |world: &World| home(world).errors_percent.map(|dated| format!("{:.0}", dated.value));
    let percent = |number: &str| Some(number.to_owned());
    let refusing = |count| calm().measures(HOME, Measure::AlbOwn5xx, count);
    assert_eq!(errors(&calm()), percent("0"));
    assert_eq!(errors(&refusing(120.0)), percent("10"));
    assert_eq!(errors(&refusing(120.0).measures(HOME, Measure::AlbTarget5xx, 60.0)), percent("15"));
    // Requests for which there was no target are not among those it counts.
    assert_eq!(errors(&refusing(2400.0)), percent("100"));
    let doorless = || Deployment { apis: Vec::new(), functions: Vec::new(), ..everything() };
    let only_refused =
        World::calm(doorless()).never_measured(Measure::AlbRequests).measures(HOME, Measure::AlbOwn5xx, 5.0);
    assert_eq!(errors(&only_refused), percent("100"));
    // No requests told, none failed: nothing is known, and least of all that nothing fails.
    assert_eq!(errors(&World::calm(doorless()).never_measured(Measure::AlbRequests)), None);
}

#[test]
fn a_part_that_is_ill_is_named() {
    let ringing = alarm("shop-5xx", "HTTPCode_Target_5XX_Count", AlarmState::Alarm);
    let mut short = scaling(4);
    short[0].in_service = 1;
    for (facts, words) in [
        (Facts::Alarms(AlarmFacts { alarms: vec![ringing], history: Vec::new() }), "in ALARM: shop-5xx"),
        (Facts::ScalingGroups(short), "1 of 4 instances in service"),
    ] {
        let home = home(&calm().says(HOME, facts));
        assert_eq!(home.health, Health::Degraded);
        assert!(home.reasons.iter().any(|reason| reason.contains(words)), "{words}: {:?}", home.reasons);
    }
}

#[test]
fn both_regions_silent_points_at_this_machine() {
    let world =
        [HOME, PARTNER].into_iter().fold(calm(), |world, region| world.all_fail(region, &CloudErrorKind::Unreachable));
    for region in world.judged().regions {
        assert!(region.reasons.last().unwrap().contains("this machine's own network"), "{:?}", region.reasons);
    }
}

#[test]
fn the_18_percent_rule_decides_where_the_metric_is_silent() {
    for (passing, verdict) in [(2, false), (3, true), (16, true), (0, false)] {
        let mut checks = vec![health_check(HOME), health_check(PARTNER)];
        checks[0].checkers = (0..16).map(|n| checker(n, n < passing)).collect();
        let world = calm().never_measured(Measure::HealthCheckStatus).says(HOME, Facts::HealthChecks(checks.clone()));
        let judged = world.judged();
        assert_eq!(judged.health_checks[0].passing.as_ref().unwrap().value, verdict, "{passing} of 16");
        checks[0].inverted = true;
        let inverted = calm().never_measured(Measure::HealthCheckStatus).says(HOME, Facts::HealthChecks(checks));
        assert_eq!(inverted.judged().health_checks[0].passing.as_ref().unwrap().value, !verdict);
    }
}

#[test]
fn traps_of_health_checks_are_told() {
    let with = |change: &dyn Fn(&mut HealthCheck)| {
        let mut checks = vec![health_check(HOME), health_check(PARTNER)];
        change(&mut checks[0]);
        calm().says(HOME, Facts::HealthChecks(checks)).judged().health_checks.swap_remove(0)
    };
    let disabled = with(&|check| check.disabled = true);
    assert!(disabled.passing.unwrap().value && disabled.health == Health::Unknown);
    assert!(disabled.traps[0].contains("counts it as healthy"));
    assert!(with(&|check| check.inverted = true).traps[0].contains("inverted"));
    let calculated = with(&|check| {
        check.kind = HealthCheckKind::Calculated;
        check.threshold = Some(0);
    });
    assert!(calculated.traps[0].contains("always healthy"));
}
