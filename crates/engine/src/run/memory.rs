//! What a run must remember of its entries beyond its state: every attempt's calls, what was approved, which canaries
//! were written and found. A fold, so that a run that is gone on with remembers the same as one that never stopped.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat_model::assessment::StoreKind;
use lifeboat_model::plan::{Plan, PlanHash, Step, StepId};
use lifeboat_model::run::{Answer, CallRecord, Entry, Found, RunEvent, StepOutcome};
use lifeboat_model::time::Timestamp;

use super::recovery::{Told, is_refused, told};

/// A call of some attempt at a step: the newest sending of its index, and what the ones before it leave open.
#[derive(Clone, Debug)]
pub(super) struct Attempted {
    pub(super) attempt: u32,
    pub(super) record: CallRecord,
    /// Whether a sending before this one may have done it. Only a look clears that: that the newest was refused says
    /// nothing of the others.
    pub(super) was_done_perhaps: bool,
    /// Whether every sending before this one was refused before it did anything. No look ever proves that again.
    pub(super) refused_before: bool,
}

impl Attempted {
    fn sent(attempt: u32, record: CallRecord, before: Option<&Self>) -> Self {
        Self {
            attempt,
            record,
            was_done_perhaps: before.is_some_and(|before| before.told() != Told::DidNotHappen),
            refused_before: before.is_none_or(Self::was_only_refused),
        }
    }

    /// What the entries say of it, over all its sendings.
    pub(super) fn told(&self) -> Told {
        match told(&self.record) {
            Told::DidNotHappen if self.was_done_perhaps => Told::Nothing,
            told => told,
        }
    }

    /// Whether nothing can have come of it: each time it was refused before it did anything.
    pub(super) fn was_only_refused(&self) -> bool {
        self.refused_before && is_refused(&self.record)
    }
}

/// One canary.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) nonce: String,
    pub(super) sent_at: Timestamp,
    pub(super) acknowledged: bool,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    pub(super) calls: BTreeMap<(StepId, usize), Attempted>,
    /// Steps in the order in which they were first begun, as the plan of that moment had them.
    pub(super) begun: Vec<Step>,
    pub(super) approved: BTreeSet<PlanHash>,
    /// Why each step failed last.
    pub(super) failures: BTreeMap<StepId, String>,
    /// Whether somebody gave the run up: from then on it only takes steps back.
    pub(super) is_undoing: bool,
    pub(super) undone: BTreeSet<StepId>,
    pub(super) canaries: Vec<Written>,
    /// By store, the canaries that were found there.
    pub(super) found: BTreeMap<StoreKind, BTreeSet<String>>,
    pub(super) has_seen_fault: bool,
    /// When the first injected fault was there to be felt.
    pub(super) injected_at: Option<Timestamp>,
    /// How often somebody began or went on with the run.
    pub(super) parts: u32,
    /// When the newest call was answered.
    pub(super) last_call_ended_at: Option<Timestamp>,
    /// By step, the newest question and what was answered, while nothing has followed from it.
    pub(super) answers: BTreeMap<StepId, (String, Answer)>,
    asked: Option<(StepId, String)>,
    plan: Option<Plan>,
    attempts: BTreeMap<StepId, u32>,
}

impl Memory {
    pub(super) fn take(&mut self, entry: &Entry) {
        match &entry.event {
            // Its approval is an entry of its own: a process that died before it said whose leaves a plan that nobody
            // who reads the journal could call approved, and whoever takes it up is asked.
            RunEvent::RunStarted { plan, .. } => {
                self.plan = Some(plan.as_ref().clone());
                self.parts += 1;
            }
            RunEvent::Resumed { .. } => self.parts += 1,
            RunEvent::ModeChanged { plan, .. } => {
                self.plan = Some(plan.as_ref().clone());
                self.answers.clear();
            }
            RunEvent::Approved { hash, .. } => {
                self.approved.insert(hash.clone());
                self.answers.clear();
            }
            RunEvent::Question { step, text, .. } => self.asked = Some((step.clone(), text.clone())),
            RunEvent::Answered { step, answer, .. } => {
                self.is_undoing |= *answer == Answer::Abort;
                if let Some((_, text)) = self.asked.take().filter(|(asked, _)| asked == step) {
                    self.answers.insert(step.clone(), (text, answer.clone()));
                }
            }
            RunEvent::StepStarted { step, attempt } => self.begin(step, *attempt),
            RunEvent::CallStarted { step, index, call } => {
                let record =
                    CallRecord { call: call.as_ref().clone(), started_at: entry.at, outcome: None, found: None };
                let attempt = self.attempts.get(step).copied().unwrap_or_default();
                let place = (step.clone(), *index);
                let attempted = Attempted::sent(attempt, record, self.calls.get(&place));
                self.calls.insert(place, attempted);
            }
            RunEvent::CallEnded { step, index, outcome } => {
                self.last_call_ended_at = Some(entry.at);
                if let Some(attempted) = self.calls.get_mut(&(step.clone(), *index)) {
                    attempted.record.outcome = Some(outcome.clone());
                }
            }
            RunEvent::CallProbed { step, index, found } => {
                self.answers.remove(step);
                if let Some(attempted) = self.calls.get_mut(&(step.clone(), *index)) {
                    attempted.was_done_perhaps &= matches!(found, Found::CannotTell { .. });
                    attempted.record.found = Some(found.clone());
                }
            }
            RunEvent::StepEnded { step, outcome, .. } => {
                self.answers.remove(step);
                if *outcome == StepOutcome::Done && self.begun.iter().any(|begun| begun.id == *step && begun.inject) {
                    self.injected_at.get_or_insert(entry.at);
                }
                if let StepOutcome::Failed { reason } = outcome {
                    self.failures.insert(step.clone(), reason.clone());
                }
            }
            RunEvent::GivenUp { .. } | RunEvent::StepUndoStarted { .. } => self.is_undoing = true,
            RunEvent::StepUndone { step } => {
                self.undone.insert(step.clone());
            }
            RunEvent::CanaryWritten { nonce, sent_at, outcome } => {
                self.canaries.push(Written { nonce: nonce.clone(), sent_at: *sent_at, acknowledged: outcome.is_ok() });
            }
            RunEvent::CanariesSought { store, found, .. } => {
                self.found.entry(*store).or_default().extend(found.iter().cloned());
            }
            RunEvent::FaultObserved { .. } => self.has_seen_fault = true,
            // Whatever was said has been acted on, and to stop is what some of it said: whoever goes on is asked anew.
            RunEvent::RunEnded { .. } => self.answers.clear(),
            RunEvent::Overridden { .. }
            | RunEvent::GuardsJudged { .. }
            | RunEvent::UndoCallStarted { .. }
            | RunEvent::UndoCallEnded { .. }
            | RunEvent::LedgerOpened { .. }
            | RunEvent::LedgerClosed { .. }
            | RunEvent::LedgerKept { .. }
            | RunEvent::Paused { .. }
            | RunEvent::Noted { .. }
            | RunEvent::IncidentDeclared { .. }
            | RunEvent::IncidentClosed { .. }
            | RunEvent::AccessRaised { .. }
            | RunEvent::AccessLowered { .. } => {}
        }
    }

    fn begin(&mut self, id: &StepId, attempt: u32) {
        self.attempts.insert(id.clone(), attempt);
        self.answers.remove(id);
        if self.begun.iter().any(|step| step.id == *id) {
            return;
        }
        if let Some(step) = self.plan.as_ref().and_then(|plan| plan.step(id)) {
            self.begun.push(step.clone());
        }
    }

    /// The calls of a step that were sent at all, in order.
    pub(super) fn calls_of(&self, step: &StepId) -> Vec<(usize, Attempted)> {
        self.calls
            .iter()
            .filter(|((of, _), _)| of == step)
            .map(|((_, index), attempted)| (*index, attempted.clone()))
            .collect()
    }
}
