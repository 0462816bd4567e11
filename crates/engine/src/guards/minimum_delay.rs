//! The last run ended long enough ago: a deployment that is moved to and fro was not understood the first time.

use lifeboat_model::guard::GuardName;
use lifeboat_model::time::{after, age};
use lifeboat_model::wording::span;

use super::footing::Footing;

pub(super) fn judge(on: &mut Footing<'_>) {
    let Some(least) = on.deployment().policy.minimum_delay else {
        on.saw("the deployment asks for no delay between runs");
        return;
    };
    let Some(ended) = on.situation.session.last_run_ended else {
        on.saw(format!("no run of the deployment has ended yet; the least delay is {}", span(least)));
        return;
    };
    let passed = age(on.now(), ended);
    if ended > on.now() {
        on.gap(format!(
            "the last run ended {} from now by this clock: one of the clocks is wrong",
            span(age(ended, on.now()))
        ));
    } else if passed < least {
        let until = after(ended, least);
        on.refuse(
            format!("the last run ended {} ago, and the least delay is {}", span(passed), span(least)),
            format!("wait until {until}, or {}", on.override_with(GuardName::MinimumDelay)),
        );
    } else {
        on.saw(format!("the last run ended {} ago, past the least delay of {}", span(passed), span(least)));
    }
}
