//! What a health check is taken to say, and by which witness.

use super::*;
use crate::assessment::{Health, HealthCheckAssessment};
use crate::topology::{Takeover, TakeoverLever};

fn calm() -> World {
    World::calm(everything())
}

fn check_of_home(world: &World) -> HealthCheckAssessment {
    world.judged().health_checks.into_iter().find(|check| check.id.as_str() == "check-home").unwrap()
}

fn failing_checkers() -> Facts {
    let failing = HealthCheck { checkers: (0..16_u8).map(|n| checker(n, false)).collect(), ..health_check(HOME) };
    Facts::HealthChecks(vec![failing, health_check(PARTNER)])
}

#[test]
fn checkers_read_since_outrank_a_metric_of_minutes_ago() {
    // The metric's newest period ended at 12:00:00, half a minute before the calm moment.
    for (later, passing) in [(0, true), (30, true), (31, false), (180, false)] {
        let world = calm().later(Duration::from_secs(later)).says(HOME, failing_checkers());
        let check = check_of_home(&world);
        assert_eq!(check.passing.unwrap().value, passing, "{later} s later");
        assert_eq!(check.healthy_percent.unwrap().value > 50.0, passing, "{later} s later");
        assert_eq!(check.health == Health::Down, !passing, "{later} s later");
    }
}

#[test]
fn a_check_that_watches_for_a_takeover_is_no_witness_of_the_region_its_lever_stands_in() {
    let lever = |takes_over: bool| {
        let mut deployment = everything();
        let id = deployment.health_checks[1].id.clone();
        deployment.health_checks[1].watches = None;
        if takes_over {
            let lever = TakeoverLever::Marker { bucket: "standby".into(), key: "takeover".to_owned() };
            deployment.takeovers = vec![Takeover { region: PARTNER.into(), check: id, lever }];
        }
        let failing = HealthCheck {
            checkers: (0..16_u8).map(|n| checker(n, false)).collect(),
            inverted: true,
            ..health_check(PARTNER)
        };
        let judged = World::calm(deployment)
            .never_measured(Measure::HealthCheckStatus)
            .says(HOME, Facts::HealthChecks(vec![health_check(HOME), failing]))
            .judged();
        (judged.health_checks[1].region.clone(), judged.regions[1].health)
    };
    assert_eq!(lever(false), (Some(PARTNER.into()), Health::Degraded));
    assert_eq!(lever(true), (None, Health::Healthy));
}
