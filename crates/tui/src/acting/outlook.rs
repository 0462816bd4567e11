//! How long clients of a run have still to wait, by what its steps were expected to take. An estimate: what takes longer than
//! was expected is held to end any moment, and where one length is not known the whole is not.

use lifeboat_model::plan::Step;
use lifeboat_model::run::{RunState, StepStatus};
use lifeboat_model::runbook::StepKind;
use lifeboat_model::time::{Duration, Timestamp, age};

/// Until the last step that leads clients, or proves that they are served, is over. `None` where that is not known, and
/// where no step does either.
pub(crate) fn until_served(state: &RunState, now: Timestamp) -> Option<Duration> {
    let groups: Vec<&[Step]> = state.plan.groups().collect();
    let serves = |step: &Step| step.kind.moves_traffic() || step.kind == StepKind::Canary;
    let last = groups.iter().rposition(|group| group.iter().any(serves))?;
    groups.get(..=last)?.iter().map(|group| remaining(state, group, now)).sum()
}

/// Whether clients are led where the plan leads them: every step up to the last that does so is over, or where none does, every
/// one before that which proves it.
pub(crate) fn are_led(state: &RunState) -> bool {
    let groups: Vec<&[Step]> = state.plan.groups().collect();
    let leads =
        groups.iter().rposition(|group| group.iter().any(|step| step.kind.moves_traffic())).map(|last| last + 1);
    let proves = groups.iter().position(|group| group.iter().any(|step| step.kind == StepKind::Canary));
    let Some(needed) = leads.or(proves) else { return state.ended.is_some() };
    let is_over = |step: &Step| matches!(state.status(&step.id), StepStatus::Done | StepStatus::Skipped);
    groups.iter().take(needed).all(|group| group.iter().all(is_over))
}

/// Of steps that go side by side, the longest.
fn remaining(state: &RunState, group: &[Step], now: Timestamp) -> Option<Duration> {
    group
        .iter()
        .map(|step| of_step(state, step, now))
        .try_fold(Duration::ZERO, |longest, left| left.map(|left| longest.max(left)))
}

fn of_step(state: &RunState, step: &Step, now: Timestamp) -> Option<Duration> {
    match state.status(&step.id) {
        StepStatus::Done | StepStatus::Skipped | StepStatus::Undone => Some(Duration::ZERO),
        StepStatus::Begun => {
            let (began, _) = state.began.get(&step.id)?;
            Some(step.expected?.saturating_sub(age(now, *began)))
        }
        // Nobody knows how long a person thinks; the clock that is shown beside it goes on.
        StepStatus::Pending if step.kind == StepKind::Approval => Some(Duration::ZERO),
        StepStatus::Pending => step.expected,
        StepStatus::Failed => None,
    }
}
