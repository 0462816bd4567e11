//! What a health check is taken to say, and by which witness.

use super::*;
use crate::assessment::{Health, HealthCheckAssessment};

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
