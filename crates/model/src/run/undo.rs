//! What a run has changed so far, over all its attempts and plans, and what of that giving it up would take back. A
//! forecast, from entries alone: whoever gives a run up looks at each change before anything is done about it.

use std::collections::BTreeMap;

use crate::call::{Call, Repetition, Reversal};
use crate::plan::{Plan, Step, StepId};
use crate::run::{Answer, Found, RunEvent};
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
    /// Whoever looked last could not tell whether it happened, and nobody has said so since.
    is_unclear: bool,
}

impl Sent {
    /// Whether it is left alone when the run is given up: to do the opposite of what may never have been done is worse
    /// than to say so.
    fn is_left_alone(&self) -> bool {
        self.is_unclear && self.call.repetition() == Repetition::ProbeFirst
    }
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
            RunEvent::CallEnded { step, index, outcome: Err(error) } if error.kind.changed_nothing() => {
                self.forget(step, *index, |sent| !sent.perhaps_before);
            }
            // Whoever looked saw what all sendings came to.
            RunEvent::CallProbed { step, index, found: Found::DidNotHappen } => self.forget(step, *index, |_| true),
            RunEvent::CallProbed { step, index, found } => {
                let is_unclear = matches!(found, Found::CannotTell { .. });
                self.clear(step, |place, sent| {
                    if place == *index {
                        sent.is_unclear = is_unclear
                    }
                });
            }
            RunEvent::CallEnded { step, index, outcome: Ok(_) } => {
                self.clear(step, |place, sent| {
                    if place == *index {
                        sent.is_unclear = false
                    }
                });
            }
            // A person's word counts as a look.
            RunEvent::Answered { step, answer: Answer::Yes, .. } => self.clear(step, |_, sent| sent.is_unclear = false),
            RunEvent::StepUndone { step } => self.0.retain(|change| change.step.id != *step),
            RunEvent::CallEnded { .. }
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
        change.calls.insert(index, Sent { call: call.clone(), perhaps_before, is_unclear: false });
    }

    fn clear(&mut self, step: &StepId, mut of: impl FnMut(usize, &mut Sent)) {
        for change in self.0.iter_mut().filter(|change| change.step.id == *step) {
            change.calls.iter_mut().for_each(|(index, sent)| of(*index, sent));
        }
    }

    fn forget(&mut self, step: &StepId, index: usize, may: impl Fn(&Sent) -> bool) {
        for change in self.0.iter_mut().filter(|change| change.step.id == *step) {
            if change.calls.get(&index).is_some_and(&may) {
                change.calls.remove(&index);
            }
        }
        self.0.retain(|change| !change.calls.is_empty());
    }

    /// The steps of which something was sent, and not refused, that cannot be taken back.
    pub(super) fn lasting(&self) -> Vec<StepId> {
        let is_lasting = |sent: &Sent| matches!(sent.call.reversal(), Reversal::Never(_));
        let lasting = self.0.iter().filter(|change| change.calls.values().any(is_lasting));
        lasting.map(|change| change.step.id.clone()).collect()
    }

    /// What giving up would come to now. Of stacks nothing is taken back: others stand on them. Once the database has moved,
    /// nothing but what is temporary goes back to where it no longer writes.
    pub(super) fn undo(&self, plan: &Plan) -> Undo {
        let moved = self.0.iter().any(|change| change.step.kind.promotes());
        let mut undo = Undo { moved, ..Undo::default() };
        for Change { step, calls } in self.0.iter().rev() {
            let reversals: Vec<Reversal> = calls.values().rev().map(|sent| sent.call.reversal()).collect();
            let goes = |sent: &&Sent| matches!(sent.call.reversal(), Reversal::By(_)) && !sent.is_left_alone();
            let requests = calls.values().filter(goes).count();
            let unclear = calls.values().find(|sent| sent.is_left_alone());
            let unclear = unclear.map(|sent| format!("{} may have happened, and no look tells", sent.call.operation()));
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
            if let Some(why) = never.or(kept).or(unclear).filter(|_| !leaves_nothing(&reversals)) {
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
