//! Who is active, by what.

use super::*;
use crate::assessment::{Role, RoleBasis};

/// The role of each region and its basis.
fn roles(world: &World) -> ([Role; 2], RoleBasis) {
    let regions = world.judged().regions;
    ([regions[0].role, regions[1].role], regions[0].role_basis)
}

const AT_HOME: [Role; 2] = [Role::Active, Role::Standby];
const AT_PARTNER: [Role; 2] = [Role::Standby, Role::Active];
const NOBODY: [Role; 2] = [Role::Unknown, Role::Unknown];

fn calm() -> World {
    World::calm(everything())
}

#[test]
fn the_writer_decides_whatever_else_is_said() {
    assert_eq!(roles(&calm()), (AT_HOME, RoleBasis::Writer));
    let swapped = [HOME, PARTNER]
        .into_iter()
        .fold(calm(), |world, region| world.says(region, Facts::Aurora(aurora(region, PARTNER))));
    assert_eq!(roles(&swapped), (AT_PARTNER, RoleBasis::Writer));
}

#[test]
fn regions_that_disagree_at_the_same_time_leave_it_unknown() {
    let world = calm().says(PARTNER, Facts::Aurora(aurora(PARTNER, PARTNER)));
    assert_eq!(roles(&world), (NOBODY, RoleBasis::Writer));
    let judged = world.judged();
    assert!(judged.contradictions[0].what.contains("disagree about Aurora's writer"), "{:?}", judged.contradictions);
    assert!(!judged.forecast.is_ready());
}

#[test]
fn a_region_that_was_asked_before_a_switchover_does_not_disagree_with_one_asked_after() {
    for (apart, expected) in [(10, NOBODY), (11, AT_PARTNER), (90, AT_PARTNER)] {
        let world = calm().later(Duration::from_secs(apart)).says(PARTNER, Facts::Aurora(aurora(PARTNER, PARTNER)));
        assert_eq!(roles(&world), (expected, RoleBasis::Writer), "{apart} s apart");
    }
}

#[test]
fn a_region_that_fell_silent_has_no_say() {
    let world = calm().says(PARTNER, Facts::Aurora(aurora(PARTNER, PARTNER))).fails(
        HOME,
        Service::Aurora,
        CloudErrorKind::Timeout,
    );
    assert_eq!(roles(&world), (AT_PARTNER, RoleBasis::Writer));
}

#[test]
fn an_old_word_yields_to_a_new_one() {
    let world = calm().later(Duration::from_mins(10)).says(PARTNER, Facts::Aurora(aurora(PARTNER, PARTNER)));
    assert_eq!(roles(&world), (AT_PARTNER, RoleBasis::Writer));
}

#[test]
fn two_writers_are_none_and_are_reported() {
    let mut facts = aurora(HOME, HOME);
    for member in &mut facts.global.as_mut().unwrap().members {
        member.is_writer = true;
    }
    let world = calm().says(HOME, Facts::Aurora(facts.clone())).says(PARTNER, Facts::Aurora(facts));
    assert_eq!(roles(&world), (NOBODY, RoleBasis::Writer));
    assert!(world.judged().contradictions[0].what.contains("2 writers at once"));
}

#[test]
fn a_role_is_kept_when_its_facts_grow_old_and_says_so() {
    let world = calm().later(Duration::from_mins(12));
    assert_eq!(roles(&world), (AT_HOME, RoleBasis::Writer));
    let reasons = &world.judged().regions[0].reasons;
    assert!(reasons.iter().any(|reason| reason == "role as last read 12 min ago"), "{reasons:?}");
}

#[test]
fn without_a_database_dns_decides() {
    let calm = || World::calm(without_aurora());
    assert_eq!(roles(&calm()), (AT_HOME, RoleBasis::Dns));
    let moved = calm().says(HOME, Facts::Answers(vec![answer(Vantage::Authority, PARTNER)]));
    assert_eq!(roles(&moved), (AT_PARTNER, RoleBasis::Dns));
}

#[test]
fn records_and_checks_decide_where_dns_cannot_be_asked() {
    let unanswered = || World::calm(without_aurora()).says(HOME, Facts::Answers(Vec::new()));
    assert_eq!(roles(&unanswered()), (AT_HOME, RoleBasis::Dns));
    let failing = unanswered().measures(HOME, Measure::HealthCheckStatus, 0.0);
    // Both checks fail: Route 53 then treats all as healthy and answers with the primary.
    assert_eq!(roles(&failing), (AT_HOME, RoleBasis::Dns));
    let mut one = unanswered();
    for (key, points) in &mut one.snapshot.series {
        if format!("{key:?}").contains("check-home") {
            for point in points.iter_mut() {
                point.value = 0.0;
            }
        }
    }
    assert_eq!(roles(&one), (AT_PARTNER, RoleBasis::Dns));
}

#[test]
fn without_dns_the_accelerator_decides_by_dial_weight_and_health() {
    use EndpointHealth::{Healthy, Unhealthy};
    let deployment = || Deployment { records: Vec::new(), ..without_aurora() };
    let with = |dials, health| {
        let world = World::calm(deployment()).says("us-west-2", Facts::Accelerators(accelerators(dials, health)));
        roles(&world)
    };
    assert_eq!(with([100.0, 0.0], [Healthy, Healthy]), (AT_HOME, RoleBasis::Accelerator));
    assert_eq!(with([0.0, 100.0], [Healthy, Healthy]), (AT_PARTNER, RoleBasis::Accelerator));
    // A dial of 0 does not keep failover traffic out.
    assert_eq!(with([100.0, 0.0], [Unhealthy, Healthy]), (AT_PARTNER, RoleBasis::Accelerator));
    // Both dialled: traffic tells.
    assert_eq!(with([100.0, 100.0], [Healthy, Healthy]), (AT_HOME, RoleBasis::Traffic));
}

#[test]
fn last_of_all_traffic_decides_and_without_it_nothing_does() {
    let deployment = Deployment { records: Vec::new(), accelerators: Vec::new(), ..without_aurora() };
    let calm = || World::calm(deployment.clone());
    assert_eq!(roles(&calm()), (AT_HOME, RoleBasis::Traffic));
    let shared = calm().measures(PARTNER, Measure::AlbRequests, 1000.0);
    assert_eq!(roles(&shared), (NOBODY, RoleBasis::None));
    let idle = calm().measures(HOME, Measure::AlbRequests, 0.0);
    assert_eq!(roles(&idle), (NOBODY, RoleBasis::None));
}
