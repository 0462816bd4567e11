//! Steps of plans of stacks, before they have their order: what each sends, waits for and is expected to take.

use lifeboat_blueprint::durations;
use lifeboat_model::call::Call;
use lifeboat_model::plan::{Condition, Repeats, Reversible, Step, StepId};
use lifeboat_model::runbook::StepKind;
use lifeboat_model::time::Duration;

use super::Ground;

/// The group between the approval and what closes the run.
pub(super) const APPROVAL_GROUP: usize = 1;
pub(super) const WORK_GROUP: usize = 2;
pub(super) const CLOSING_GROUP: usize = 3;

pub(super) const REQUEST: Duration = durations::OWN_STEP;
/// Between what was seen of a deletion and the next look.
pub(super) const BETWEEN_DELETIONS: Duration = Duration::from_secs(15);

/// CloudFormation ends what takes too long by itself; this is for one that says nothing any more.
const STACK_TIMEOUT: Duration = Duration::from_hours(3);
const SHORT_TIMEOUT: Duration = Duration::from_mins(15);
/// A question waits for a person, not for a clock.
const PATIENCE: Duration = Duration::from_hours(24);

pub(super) fn step(id: impl Into<String>, kind: StepKind, title: impl Into<String>) -> Step {
    Step {
        id: StepId::new(id),
        kind,
        title: title.into(),
        group: WORK_GROUP,
        after: Vec::new(),
        calls: Vec::new(),
        verify: Vec::new(),
        repeats: None,
        guards: Vec::new(),
        temporary: false,
        reversible: Reversible::NothingToUndo,
        expected: Some(REQUEST),
        expected_basis: "a second a request".to_owned(),
        timeout: SHORT_TIMEOUT,
        optional: false,
        inject: false,
    }
}

pub(super) trait Filling: Sized {
    fn calls(self, calls: impl IntoIterator<Item = Call>) -> Self;
    fn until(self, conditions: impl IntoIterator<Item = Condition>) -> Self;
    fn after(self, steps: impl IntoIterator<Item = StepId>) -> Self;
    fn of_a_stack(self, ground: &Ground<'_>, expected: Duration) -> Self;
    fn taking(self, expected: Duration, basis: &str) -> Self;
    fn at_most(self, timeout: Duration) -> Self;
    fn repeats(self, every: Duration) -> Self;
    fn in_group(self, group: usize) -> Self;
}

impl Filling for Step {
    fn calls(mut self, calls: impl IntoIterator<Item = Call>) -> Self {
        self.calls.extend(calls);
        self.reversible = Self::reversible(&self.calls);
        self
    }

    fn until(mut self, conditions: impl IntoIterator<Item = Condition>) -> Self {
        self.verify.extend(conditions);
        self
    }

    fn after(mut self, steps: impl IntoIterator<Item = StepId>) -> Self {
        for id in steps {
            if !self.after.contains(&id) {
                self.after.push(id);
            }
        }
        self
    }

    /// What earlier runs say of a step wins over what is usual.
    fn of_a_stack(mut self, ground: &Ground<'_>, expected: Duration) -> Self {
        self.timeout = STACK_TIMEOUT;
        match ground.lengths.get(&self.id) {
            Some((median, 1)) => self.taking(*median, "as the run before"),
            Some((median, runs)) => {
                let basis = format!("median of {runs} runs");
                self.taking(*median, &basis)
            }
            None => self.taking(expected, "usual for its resources"),
        }
    }

    fn taking(mut self, expected: Duration, basis: &str) -> Self {
        self.expected = Some(expected);
        basis.clone_into(&mut self.expected_basis);
        self
    }

    fn at_most(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    fn repeats(mut self, every: Duration) -> Self {
        self.repeats = Some(Repeats { every });
        self
    }

    fn in_group(mut self, group: usize) -> Self {
        self.group = group;
        self
    }
}

pub(super) fn approval(what: &str) -> Step {
    step("approve", StepKind::Approval, what)
        .taking(Duration::ZERO, "the phrase typed at the start counts for it")
        .at_most(PATIENCE)
        .in_group(APPROVAL_GROUP)
}

/// Puts each step behind all that it waits for, and keeps their order otherwise. What waits in a circle keeps its place,
/// and the plan's invariants refuse it.
pub(super) fn in_order(steps: Vec<Step>) -> Vec<Step> {
    let mut left = steps;
    let mut ordered: Vec<Step> = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let is_ready = |step: &Step| step.after.iter().all(|id| ordered.iter().any(|done| done.id == *id));
        match left.iter().position(is_ready) {
            Some(place) => {
                let step = left.remove(place);
                ordered.push(step);
            }
            None => {
                ordered.append(&mut left);
            }
        }
    }
    ordered
}
