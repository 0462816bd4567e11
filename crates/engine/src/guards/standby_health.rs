//! The region that is to become active is healthy. A planned run waits until it is wholly so; in an unplanned one a
//! degraded region is better than a lost one.

use lifeboat_model::assessment::Health;
use lifeboat_model::guard::GuardName;
use lifeboat_model::id::Region;
use lifeboat_model::rules::reads;

use super::footing::{Footing, because};
use super::needs::HEALTH_FROM_INSIDE;

pub(super) fn judge(on: &mut Footing<'_>) {
    let to = &on.plan().to;
    vouchers(on, to);
    let Some(assessed) = on.region(to) else { return };
    let reasons = because(&assessed.reasons);
    match assessed.health {
        Health::Healthy => on.saw(format!("{to} is healthy")),
        Health::Unknown => {}
        Health::Degraded if on.is_unplanned() => {
            on.saw(format!("{to} is degraded{reasons}, which is better than lost"));
        }
        Health::Degraded => on.refuse(
            format!("{to} is degraded{reasons}"),
            format!("mend {to} first, or {}", on.override_with(GuardName::StandbyHealth)),
        ),
        Health::Down => on.refuse(
            format!("{to} is down{reasons}"),
            format!("mend {to} before anything is moved there; `lifeboat status` shows what fails"),
        ),
    }
}

/// What vouches for a region from inside must have been heard lately.
pub(super) fn vouchers(on: &mut Footing<'_>, region: &Region) {
    let polled = reads::polled(on.deployment());
    for service in HEALTH_FROM_INSIDE {
        if polled.contains(&(region.clone(), service)) {
            on.is_fresh(region, service);
        }
    }
}
