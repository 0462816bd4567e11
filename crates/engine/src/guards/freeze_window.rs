//! No freeze window is open. A region that is lost does not wait for one to close.

use lifeboat_model::guard::GuardName;
use lifeboat_model::time::age;
use lifeboat_model::wording::span;

use super::footing::Footing;
use crate::schedule;

pub(super) fn judge(on: &mut Footing<'_>) {
    let windows = &on.deployment().policy.freeze_windows;
    if on.is_unplanned() && !on.plan().drill {
        on.saw("freeze windows hold for planned runs and drills only");
        return;
    }
    match schedule::open_window(windows, on.now()) {
        Err(error) => on.gap(format!("whether a freeze window is open cannot be told: {error}")),
        Ok(Some((window, ends))) => {
            let left = span(age(ends, on.now()));
            on.refuse(
                format!("the freeze \"{}\" is on for another {left}, until {ends}", window.reason),
                format!("wait until {ends}, or {}", on.override_with(GuardName::FreezeWindow)),
            );
        }
        Ok(None) if windows.is_empty() => on.saw("the deployment has no freeze windows"),
        Ok(None) => on.saw(format!("of the deployment's freeze windows ({}), none is open", windows.len())),
    }
}
