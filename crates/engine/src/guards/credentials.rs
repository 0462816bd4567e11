//! The credentials outlive the run's expected end.

use lifeboat_model::plan::{Plan, Step};
use lifeboat_model::runbook::StepKind;
use lifeboat_model::time::{Duration, age};
use lifeboat_model::wording::span;

use super::footing::Footing;
use super::identity::caller;

/// A run takes longer than it should when something is wrong, which is when credentials are needed most.
const MARGIN: Duration = Duration::from_mins(15);

pub(super) fn judge(on: &mut Footing<'_>) {
    let Some(caller) = caller(on) else { return };
    let Some(ends) = caller.expires_at else {
        on.saw("the credentials in use name no end: they are long-lived");
        return;
    };
    let left = age(ends, on.now());
    let (length, basis) = length(on.plan());
    let needed = length.saturating_add(MARGIN);
    let told = format!(
        "the credentials last {}, the run {} ({basis}) and a margin of {}",
        span(left),
        span(length),
        span(MARGIN)
    );
    if left < needed {
        on.refuse(
            format!("the credentials expire in {}, before the run is sure to be over", span(left)),
            "renew them, for example with `aws sso login`, and judge again",
        );
    }
    on.saw(told);
}

/// As long as predicted, else as long as its steps are expected to take, and those of which nothing is expected may take
/// at most. Nobody's patience is counted: how long a person thinks says nothing of the run.
fn length(plan: &Plan) -> (Duration, &'static str) {
    if let Some(length) = plan.predicted.length {
        return (length, "predicted");
    }
    let acts = |step: &&Step| step.kind != StepKind::Approval;
    let length = |step: &Step| step.expected.unwrap_or(step.timeout);
    let longest = |steps: &[Step]| steps.iter().filter(acts).map(length).max();
    let all = plan.groups().filter_map(longest).fold(Duration::ZERO, Duration::saturating_add);
    (all, "with the time-outs of steps of which nothing is predicted")
}
