//! Where a run stands against the line of reversibility: before it all can be taken back, behind it not all. It is told
//! when a run comes to it and when it is passed, once each; whoever executes the run.

use lifeboat_model::plan::{Reversible, Step};
use lifeboat_model::run::{RunState, StepStatus};
use lifeboat_model::runbook::StepKind;

/// Of a plan that has such a line at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// Something is still to be done before it.
    Ahead,
    /// What is under way is the last before it, or nothing but an approval is.
    Reached,
    /// Something that cannot be taken back was sent, and was not refused.
    Passed,
}

/// `None` where a run has no such line, and where nothing more is done but to take back.
pub(crate) fn of(state: &RunState, is_given_up: bool) -> Option<Line> {
    if !state.beyond_recall().is_empty() {
        return Some(Line::Passed);
    }
    let behind = state.plan.point_of_no_return().filter(|_| !is_given_up)?;
    let is_over =
        |step: &&Step| matches!(state.status(&step.id), StepStatus::Done | StepStatus::Skipped | StepStatus::Undone);
    let next = state.plan.steps.iter().filter(|step| !is_over(step)).map(|step| step.group).min()?;
    // The word that began the run counts for its approval too: whoever is to think again must be told before that.
    let before = state.plan.steps.iter().filter(|step| step.group < behind && step.kind != StepKind::Approval);
    let last_before = before.map(|step| step.group).max();
    let is_reached = last_before.is_none_or(|last| next >= last);
    // Every step behind it was skipped or is over, and nothing of them was sent.
    let is_still_there = lasting(state).iter().any(|step| !is_over(step));
    is_still_there.then_some(if is_reached { Line::Reached } else { Line::Ahead })
}

/// The steps of the plan that cannot be taken back.
pub(crate) fn lasting(state: &RunState) -> Vec<&Step> {
    state.plan.steps.iter().filter(|step| !step.is_reversible()).collect()
}

/// What cannot be taken back of them, and why.
fn named(steps: &[&Step]) -> String {
    let Some(first) = steps.first() else { return "what follows".to_owned() };
    let more = match steps.len() {
        0 | 1 => String::new(),
        2 => " (and one more)".to_owned(),
        count => format!(" (and {} more)", count - 1),
    };
    let why = match &first.reversible {
        Reversible::No(why) => format!(" ({why})"),
        Reversible::Yes | Reversible::NothingToUndo => String::new(),
    };
    format!("{}{more}{why}", first.title)
}

/// The sentence for a run that has come to its line.
pub(crate) fn reached(state: &RunState) -> String {
    let open = lasting(state);
    let open: Vec<&Step> = open.into_iter().filter(|step| state.status(&step.id) == StepStatus::Pending).collect();
    let open = if open.is_empty() { lasting(state) } else { open };
    format!("last reversible moment: next is {}", named(&open))
}

/// The sentence for one that has passed it.
pub(crate) fn passed(state: &RunState) -> String {
    let crossed = state.beyond_recall();
    let sent: Vec<&Step> = crossed.iter().filter_map(|id| state.plan.step(id)).collect();
    let sent = if sent.is_empty() { lasting(state) } else { sent };
    format!("from here on not to be taken back: {}", named(&sent))
}
