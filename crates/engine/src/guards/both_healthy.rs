//! Both regions are healthy: a planned run has all the time to wait until they are.

use lifeboat_model::assessment::Health;
use lifeboat_model::guard::GuardName;

use super::footing::{Footing, because};
use super::standby_health::vouchers;

pub(super) fn judge(on: &mut Footing<'_>) {
    let plan = on.plan();
    for region in [&plan.from, &plan.to] {
        vouchers(on, region);
        let Some(assessed) = on.region(region) else { continue };
        match assessed.health {
            Health::Healthy => on.saw(format!("{region} is healthy")),
            Health::Unknown => {}
            Health::Degraded | Health::Down => {
                let health = assessed.health.as_str();
                let wait = format!("mend {region} first");
                let fix = if *region == plan.from {
                    format!("{wait}, or leave it with what it costs: `lifeboat run failover`")
                } else {
                    format!("{wait}, or {}", on.override_with(GuardName::BothHealthy))
                };
                on.refuse(format!("{region} is {health}{}", because(&assessed.reasons)), fix);
            }
        }
    }
}
