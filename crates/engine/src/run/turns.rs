//! Whose turn it is within a group: a step begins as soon as those it waits for are over. What fails, or waits for a
//! person, holds up only what needs it. It carries nothing out itself.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat_model::plan::{Step, StepId};
use tokio::sync::watch;

use super::control::{Control, Halt};

/// What became of a step's turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Passed {
    /// It is over, and who waited for it may begin.
    Over,
    /// It is not over, and will not be in this part of the run.
    Barred,
}

pub(super) struct Turns {
    passed: watch::Sender<BTreeMap<StepId, Passed>>,
    /// The steps that are still to be carried out. Whatever else is waited for is over, or never will be.
    open: BTreeSet<StepId>,
}

impl Turns {
    /// `open`: the steps of one group that are not over; `is_over` tells of all others of the plan.
    pub(super) fn new(open: &[Step], is_over: impl Fn(&StepId) -> bool) -> Self {
        let names: BTreeSet<StepId> = open.iter().map(|step| step.id.clone()).collect();
        let others = open.iter().flat_map(|step| &step.after).filter(|id| !names.contains(*id));
        let passed = others.map(|id| (id.clone(), if is_over(id) { Passed::Over } else { Passed::Barred })).collect();
        let turns = Self { passed: watch::Sender::new(passed), open: names };
        turns.bar_circles(open);
        turns
    }

    /// Steps that wait for one another would wait for ever: no planner makes them, and none is begun.
    fn bar_circles(&self, open: &[Step]) {
        let mut left: BTreeMap<&StepId, BTreeSet<&StepId>> = open
            .iter()
            .map(|step| (&step.id, step.after.iter().filter(|id| self.open.contains(*id)).collect()))
            .collect();
        loop {
            let free: BTreeSet<&StepId> =
                left.iter().filter(|(_, after)| after.is_empty()).map(|(id, _)| *id).collect();
            if free.is_empty() {
                break;
            }
            left.retain(|id, _| !free.contains(*id));
            for after in left.values_mut() {
                after.retain(|id| !free.contains(*id));
            }
        }
        for id in left.into_keys() {
            self.tell(id, Passed::Barred);
        }
    }

    pub(super) fn tell(&self, step: &StepId, passed: Passed) {
        self.passed.send_modify(|all| {
            all.entry(step.clone()).or_insert(passed);
        });
    }

    /// Ready when it is known whether the step may begin.
    pub(super) async fn come(&self, step: &Step, control: &Control) -> Result<Passed, Halt> {
        let mut receiver = self.passed.subscribe();
        loop {
            let turn = of(step, &receiver.borrow_and_update());
            if let Some(turn) = turn {
                return Ok(turn);
            }
            tokio::select! {
                biased;
                halt = control.halted() => return Err(halt),
                changed = receiver.changed() => if changed.is_err() {
                    return Ok(Passed::Barred);
                },
            }
        }
    }
}

fn of(step: &Step, passed: &BTreeMap<StepId, Passed>) -> Option<Passed> {
    if passed.get(&step.id) == Some(&Passed::Barred) {
        return Some(Passed::Barred);
    }
    let before: Vec<Option<&Passed>> = step.after.iter().map(|id| passed.get(id)).collect();
    if before.contains(&Some(&Passed::Barred)) {
        return Some(Passed::Barred);
    }
    before.iter().all(Option::is_some).then_some(Passed::Over)
}
