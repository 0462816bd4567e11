//! The run's journal as the executor holds it: what is appended is at once in the state and told to whoever listens, in
//! this order: allowed by the table of transitions, durable, remembered, told.

use lifeboat_model::run::{Entry, RunEvent, RunState};
use lifeboat_model::time::Timestamp;

use super::memory::Memory;
use super::{Listener, RunError};
use crate::journal::Journal;

pub(super) struct Recorder<'a> {
    journal: &'a dyn Journal,
    pub(super) state: RunState,
    pub(super) memory: Memory,
    pub(super) entries: Vec<Entry>,
    seen: Listener<'a>,
    /// Why nothing more may be recorded, and therefore nothing more be done.
    broken: Option<RunError>,
}

impl<'a> Recorder<'a> {
    /// Of a run that is in the journal.
    pub(super) fn open(journal: &'a dyn Journal, entries: Vec<Entry>, seen: Listener<'a>) -> Result<Self, RunError> {
        let state = RunState::of(&entries)?;
        let mut memory = Memory::default();
        for entry in &entries {
            memory.take(entry);
        }
        Ok(Self { journal, state, memory, entries, seen, broken: None })
    }

    /// Durable when it returns `true`. After a failure it never is again: a journal that failed once may hold less
    /// than it was told.
    pub(super) fn record(&mut self, at: Timestamp, event: &RunEvent) -> bool {
        if self.broken.is_some() {
            return false;
        }
        match self.append(at, event) {
            Ok(entry) => {
                self.take_at_its_word(&entry, event);
                self.memory.take(&entry);
                (self.seen)(&entry);
                self.entries.push(entry);
                true
            }
            Err(error) => {
                self.broken = Some(error);
                false
            }
        }
    }

    /// What is never written down is not remembered either: this process knows what any other would. No status
    /// depends on it, so that nothing is refused here that was not refused before it was written.
    fn take_at_its_word(&mut self, entry: &Entry, event: &RunEvent) {
        let was_redacted = entry.event != *event;
        let moves_a_step = matches!(event, RunEvent::StepEnded { .. });
        if was_redacted
            && !moves_a_step
            && let Err(error) = self.state.apply(&entry.event, entry.at)
        {
            tracing::error!(%error, "an entry was allowed, and not as it was written");
        }
    }

    fn append(&mut self, at: Timestamp, event: &RunEvent) -> Result<Entry, RunError> {
        self.state.apply(event, at)?;
        let deployment = &self.state.plan.deployment;
        Ok(self.journal.append(&self.state.id, deployment, at, event)?)
    }

    pub(super) fn break_off(&mut self, error: RunError) {
        self.broken.get_or_insert(error);
    }

    pub(super) fn take_error(&mut self) -> Option<RunError> {
        self.broken.take()
    }
}
