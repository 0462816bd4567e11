//! The journal as a story's watchers read it: what is durable at a moment, entry by entry, and nothing else.

use std::sync::Arc;

use lifeboat_engine::journal::{Journal, MemoryJournal};
use lifeboat_model::call::Call;
use lifeboat_model::plan::{Plan, PlanHash, StepId};
use lifeboat_model::run::{Entry, RunEvent, RunId};

pub(crate) struct Chronicle {
    journal: Arc<MemoryJournal>,
    entries: Vec<Entry>,
    read_to: u64,
}

/// The intent that a call was sent by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Intent {
    pub(crate) run: RunId,
    pub(crate) step: StepId,
    pub(crate) index: usize,
    /// Whether it takes something back.
    pub(crate) undo: bool,
}

impl Chronicle {
    pub(crate) fn new(journal: Arc<MemoryJournal>) -> Self {
        Self { journal, entries: Vec::new(), read_to: 0 }
    }

    /// Everything that is durable now; an entry that cannot be read is the journal's failure, told as such.
    pub(crate) fn catch_up(&mut self) -> Result<&[Entry], String> {
        let records = self.journal.records(None, self.read_to).map_err(|error| error.to_string())?;
        for record in records {
            self.read_to = record.sequence;
            self.entries.push(record.entry().map_err(|error| error.to_string())?);
        }
        Ok(&self.entries)
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The newest run.
    pub(crate) fn run(&self) -> Option<&RunId> {
        self.entries.last().map(|entry| &entry.run)
    }

    /// The entries of the newest run.
    pub(crate) fn of_run(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        let run = self.run().cloned();
        self.entries.iter().filter(move |entry| Some(&entry.run) == run.as_ref())
    }

    /// The plan that holds now, and its hash.
    pub(crate) fn plan(&self) -> Option<(&Plan, &PlanHash)> {
        self.of_run().rev().find_map(|entry| match &entry.event {
            RunEvent::RunStarted { plan, hash, .. } | RunEvent::ModeChanged { plan, hash, .. } => {
                Some((plan.as_ref(), hash))
            }
            _ => None,
        })
    }

    pub(crate) fn is_approved(&self, wanted: &PlanHash) -> bool {
        self.of_run().any(|entry| matches!(&entry.event, RunEvent::Approved { hash, .. } if hash == wanted))
    }

    /// The open intent of a call: written down, and its outcome not.
    pub(crate) fn open_intent(&self, wanted: &Call) -> Option<Intent> {
        let mut closed: Vec<(&StepId, usize, bool)> = Vec::new();
        for entry in self.of_run().rev() {
            match &entry.event {
                RunEvent::CallEnded { step, index, .. } => closed.push((step, *index, false)),
                RunEvent::UndoCallEnded { step, index, .. } => closed.push((step, *index, true)),
                RunEvent::CallStarted { step, index, call } | RunEvent::UndoCallStarted { step, index, call } => {
                    let undo = matches!(entry.event, RunEvent::UndoCallStarted { .. });
                    if **call == *wanted && !closed.contains(&(step, *index, undo)) {
                        let (run, step, index) = (entry.run.clone(), step.clone(), *index);
                        return Some(Intent { run, step, index, undo });
                    }
                    closed.push((step, *index, undo));
                }
                _ => {}
            }
        }
        None
    }

    /// Whether a person said something of a step after that entry.
    pub(crate) fn was_answered_since(&self, wanted: &StepId, sequence: u64) -> bool {
        self.of_run()
            .rev()
            .take_while(|entry| entry.sequence > sequence)
            .any(|entry| matches!(&entry.event, RunEvent::Answered { step, .. } if step == wanted))
    }
}
