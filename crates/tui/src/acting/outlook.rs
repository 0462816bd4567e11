//! How long a run has still to go, by what its steps were expected to take. An estimate: where one length is not known the
//! whole is not, and what takes longer than was expected is late, so that its end is not known but only before when it
//! will not be.

use lifeboat_model::plan::{Plan, Step};
use lifeboat_model::run::{RunState, StepStatus};
use lifeboat_model::runbook::StepKind;
use lifeboat_model::time::{Duration, Timestamp, age};

/// What is to come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Left {
    /// While what is to come takes as long as it is expected to, and what is late ends at once.
    pub(crate) length: Duration,
    /// By how much what is under way takes longer than was expected, the worst of it.
    pub(crate) late: Option<Duration>,
}

/// Until the last step that leads clients, or proves that they are served, is over. `None` where that is not known, and
/// where no step does either.
pub(crate) fn until_served(state: &RunState, now: Timestamp) -> Option<Left> {
    let groups: Vec<&[Step]> = state.plan.groups().collect();
    let serves = |step: &Step| step.kind.moves_traffic() || step.kind == StepKind::Canary;
    let last = groups.iter().rposition(|group| group.iter().any(serves))?;
    left(state, groups.get(..=last)?, now)
}

/// Until its last step is over.
pub(crate) fn until_over(state: &RunState, now: Timestamp) -> Option<Left> {
    let groups: Vec<&[Step]> = state.plan.groups().collect();
    left(state, &groups, now)
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

fn left(state: &RunState, groups: &[&[Step]], now: Timestamp) -> Option<Left> {
    let length = groups
        .iter()
        .map(|group| Plan::longest_way_by(group, |step| of_step(state, step, now)))
        .sum::<Option<Duration>>()?;
    let late = groups.iter().flat_map(|group| group.iter()).filter_map(|step| lateness(state, step, now)).max();
    Some(Left { length, late })
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

fn lateness(state: &RunState, step: &Step, now: Timestamp) -> Option<Duration> {
    let (began, _) = state.began.get(&step.id).filter(|_| state.status(&step.id) == StepStatus::Begun)?;
    age(now, *began).checked_sub(step.expected?).filter(|late| *late >= Duration::from_secs(1))
}
