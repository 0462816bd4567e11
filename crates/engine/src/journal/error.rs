//! How a journal fails, by what a reader can do about it. Each message names the place, says whether anything was
//! written, and what to do next.

use lifeboat_model::run::{Operator, RunId};
use lifeboat_model::time::Timestamp;

use super::Broken;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    #[error("the journal {place} cannot be opened: {why}; {fix}")]
    CannotOpen { place: String, why: String, fix: String },
    #[error(
        "the journal {place} is of format {found}, and this Lifeboat knows formats up to {known}; use the Lifeboat \
         that wrote it, or a newer one"
    )]
    TooNew { place: String, found: i64, known: u32 },
    #[error("the journal {place} is damaged: {why}; {fix}")]
    Damaged { place: String, why: String, fix: String },
    #[error("the entry was not written to the journal {place}: {why}; {fix}")]
    NotWritten { place: String, why: String, fix: String },
    #[error("the journal {place} cannot be read: {why}; {fix}")]
    NotRead { place: String, why: String, fix: String },
    #[error(
        "entry {sequence} of run {run} cannot be understood: {why}; use the Lifeboat that wrote it, or a newer one, \
         and see that nobody changed it with `lifeboat journal verify`"
    )]
    NotUnderstood { sequence: u64, run: RunId, why: String },
    #[error("the process died at entry {sequence}, as the simulation asked")]
    Died { sequence: u64 },
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LockError {
    #[error(
        "{} on {} (process {}) has been running this deployment since {since}; watch it with `lifeboat attach`, or \
         wait until it ends",
        by.user, by.host, by.process
    )]
    Held { by: Operator, since: Timestamp },
    #[error("the lock {place} could not be taken: {why}; {fix}")]
    Unavailable { place: String, why: String, fix: String },
}

/// Why a journal was not proved whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotVerified {
    #[error(transparent)]
    Broken(#[from] Broken),
    /// It could not be walked through, which says nothing about it.
    #[error(transparent)]
    Unreadable(#[from] JournalError),
}
