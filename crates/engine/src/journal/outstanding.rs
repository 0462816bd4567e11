//! What runs left that is still to be put back: temporary changes whose end the journal does not tell of. What a person
//! put back by hand it cannot know.

use lifeboat_model::run::{LedgerItem, RunEvent};
use lifeboat_model::time::Timestamp;

use super::{Journal, JournalError, RunHead};

/// A temporary change that is still there, as far as its run tells.
#[derive(Clone, Debug, PartialEq)]
pub struct Outstanding {
    pub item: LedgerItem,
    pub since: Timestamp,
    /// Why it could not be put back, where that was tried.
    pub kept: Option<String>,
}

/// Those of one run, the oldest first. A run that ended with nothing left is not read again.
pub fn outstanding(journal: &dyn Journal, run: &RunHead) -> Result<Vec<Outstanding>, JournalError> {
    if !run.is_open() && run.left == 0 {
        return Ok(Vec::new());
    }
    let mut left: Vec<Outstanding> = Vec::new();
    for entry in journal.entries(&run.id)? {
        if let RunEvent::LedgerOpened { item } = entry.event {
            left.push(Outstanding { item, since: entry.at, kept: None });
        } else if let RunEvent::LedgerClosed { step } | RunEvent::StepUndone { step } = &entry.event {
            left.retain(|one| one.item.step != *step);
        } else if let RunEvent::LedgerKept { step, reason } = &entry.event {
            let of_step = left.iter_mut().filter(|one| one.item.step == *step);
            of_step.for_each(|one| one.kept = Some(reason.clone()));
        }
    }
    Ok(left)
}
