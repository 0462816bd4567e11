//! What a run has changed so far, over all its attempts and plans, and what of that giving it up would take back. A
//! forecast, from entries alone: whoever gives a run up looks at each change before anything is done about it.

use std::collections::BTreeMap;

use crate::call::{Call, Reversal};
use crate::cloud_error::CloudErrorKind;
use crate::plan::{Plan, Step, StepId};
use crate::run::{Found, RunEvent};
use crate::time::Duration;

/// How long one answered request takes, where nothing is waited for.
const REQUEST: Duration = Duration::from_secs(1);

/// What was sent and may have done something, by step, in the order in which each step sent something first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes(Vec<Change>);

#[derive(Clone, Debug, PartialEq)]
struct Change {
    /// As the plan of that moment had it: a later plan may be without it.
    step: Step,
    calls: BTreeMap<usize, Sent>,
}

#[derive(Clone, Debug, PartialEq)]
struct Sent {
    call: Call,
    /// Whether a sending before the newest may have done it, whatever became of the newest.
    perhaps_before: bool,
}

/// What giving a run up comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Undo {
    /// The steps that are taken back, the last first, and with how many requests each.
    pub back: Vec<(String, usize)>,
    /// The steps that stay as they are, the last first, and why.
    pub stays: Vec<(String, String)>,
    /// Whether the database has moved, or may have: nothing leads clients back then.
    pub moved: bool,
}

impl Undo {
    pub fn is_nothing(&self) -> bool {
        self.back.is_empty() && self.stays.is_empty()
    }

    pub fn requests(&self) -> usize {
        self.back.iter().map(|(_, requests)| requests).sum()
    }

    /// About how long taking back takes: a second a request.
    pub fn length(&self) -> Duration {
        REQUEST.saturating_mul(u32::try_from(self.requests()).unwrap_or(u32::MAX))
    }
}

impl Changes {
    /// Takes in what happened next. `plan`: the one that was followed then.
    pub(super) fn take(&mut self, plan: &Plan, event: &RunEvent) {
        match event {
            RunEvent::CallStarted { step, index, call } => self.send(plan, step, *index, call),
            RunEvent::CallEnded { step, index, outcome: Err(error) } if changed_nothing(&error.kind) => {
                self.forget(step, *index, |sent| !sent.perhaps_before);
            }
            // Whoever looked saw what all sendings came to.
            RunEvent::CallProbed { step, index, found: Found::DidNotHappen } => self.forget(step, *index, |_| true),
            RunEvent::StepUndone { step } => self.0.retain(|change| change.step.id != *step),
            RunEvent::CallEnded { .. }
            | RunEvent::CallProbed { .. }
            | RunEvent::RunStarted { .. }
            | RunEvent::Approved { .. }
            | RunEvent::Overridden { .. }
            | RunEvent::GuardsJudged { .. }
            | RunEvent::StepStarted { .. }
            | RunEvent::StepEnded { .. }
            | RunEvent::StepUndoStarted { .. }
            | RunEvent::UndoCallStarted { .. }
            | RunEvent::UndoCallEnded { .. }
            | RunEvent::LedgerOpened { .. }
            | RunEvent::LedgerClosed { .. }
            | RunEvent::LedgerKept { .. }
            | RunEvent::CanaryWritten { .. }
            | RunEvent::CanariesSought { .. }
            | RunEvent::FaultObserved { .. }
            | RunEvent::Question { .. }
            | RunEvent::Answered { .. }
            | RunEvent::Paused { .. }
            | RunEvent::Resumed { .. }
            | RunEvent::GivenUp { .. }
            | RunEvent::ModeChanged { .. }
            | RunEvent::Noted { .. }
            | RunEvent::IncidentDeclared { .. }
            | RunEvent::IncidentClosed { .. }
            | RunEvent::AccessRaised { .. }
            | RunEvent::AccessLowered { .. }
            | RunEvent::RunEnded { .. } => {}
        }
    }

    fn send(&mut self, plan: &Plan, step: &StepId, index: usize, call: &Call) {
        let known = self.0.iter().position(|change| change.step.id == *step);
        let place = match (known, plan.step(step)) {
            (Some(place), _) => place,
            (None, Some(step)) => {
                self.0.push(Change { step: step.clone(), calls: BTreeMap::new() });
                self.0.len() - 1
            }
            (None, None) => return,
        };
        let Some(change) = self.0.get_mut(place) else { return };
        let perhaps_before = change.calls.contains_key(&index);
        change.calls.insert(index, Sent { call: call.clone(), perhaps_before });
    }

    fn forget(&mut self, step: &StepId, index: usize, may: impl Fn(&Sent) -> bool) {
        for change in self.0.iter_mut().filter(|change| change.step.id == *step) {
            if change.calls.get(&index).is_some_and(&may) {
                change.calls.remove(&index);
            }
        }
        self.0.retain(|change| !change.calls.is_empty());
    }

    /// What giving up would come to now. Of stacks nothing is taken back: others stand on them. Once the database has moved,
    /// nothing but what is temporary goes back to where it no longer writes.
    pub(super) fn undo(&self, plan: &Plan) -> Undo {
        let moved = self.0.iter().any(|change| change.step.kind.promotes());
        let mut undo = Undo { moved, ..Undo::default() };
        for Change { step, calls } in self.0.iter().rev() {
            let reversals: Vec<Reversal> = calls.values().rev().map(|sent| sent.call.reversal()).collect();
            let requests = reversals.iter().filter(|reversal| matches!(reversal, Reversal::By(_))).count();
            let never = reversals.iter().find_map(|reversal| match reversal {
                Reversal::Never(why) => Some(why.clone()),
                Reversal::By(_) | Reversal::NothingToUndo => None,
            });
            let kept = if plan.build.is_some() {
                Some("stacks are not taken back".to_owned())
            } else if moved && !step.temporary {
                Some(format!("the database has moved to {}, or may have", plan.to))
            } else {
                None
            };
            if let Some(why) = never.or(kept).filter(|_| !leaves_nothing(&reversals)) {
                undo.stays.push((step.title.clone(), why));
            }
            let goes_back = plan.build.is_none() && (step.temporary || !moved);
            if goes_back && requests > 0 {
                undo.back.push((step.title.clone(), requests));
            }
        }
        undo
    }
}

fn leaves_nothing(reversals: &[Reversal]) -> bool {
    reversals.iter().all(|reversal| matches!(reversal, Reversal::NothingToUndo))
}

/// A refusal by which nothing was done.
fn changed_nothing(kind: &CloudErrorKind) -> bool {
    match kind {
        CloudErrorKind::Throttled { .. }
        | CloudErrorKind::Denied { .. }
        | CloudErrorKind::ExpiredCredentials
        | CloudErrorKind::MissingCredentials
        | CloudErrorKind::NotFound
        | CloudErrorKind::Invalid => true,
        // A conflict may be with the very request that was sent before.
        CloudErrorKind::Conflict
        | CloudErrorKind::Timeout
        | CloudErrorKind::OutcomeUnknown
        | CloudErrorKind::Unreachable
        | CloudErrorKind::ServiceFailure
        | CloudErrorKind::Malformed => false,
    }
}
