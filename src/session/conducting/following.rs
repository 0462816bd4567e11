//! Runs as the journal has them: those that were left open, those that other processes execute, and what of one executed
//! here found no room on its way.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use lifeboat_engine::journal;
use lifeboat_model::id::DeploymentName;
use lifeboat_model::run::{Entry, RunId};
use lifeboat_tui::acting::LiveRun;
use lifeboat_tui::model::Watched;
use tokio::sync::mpsc;

use super::super::writing;
use super::{Conductor, Told, send};
use crate::acting::{IfMissing, journal_failure, open_journal};
use crate::exit::Failure;

impl Conductor {
    /// Reads what is new of the run that is open, or of the one that is shown until it is over.
    pub(super) fn read(&mut self, watched: &Watched, whole: bool) {
        let Some(desk) = &self.desk else { return };
        let name = watched.deployment.name.clone();
        let shown = watched.run.as_ref();
        let open = watched.standing.as_ref().and_then(|standing| standing.open_run.as_ref()).map(|open| &open.id);
        let known = shown.and_then(LiveRun::id);
        let executed = self.runs.get(&name).and_then(|conducted| conducted.run.as_ref());
        let (run, after) = match (open, known) {
            // What is shown may still be the run before it.
            _ if whole => match executed.or(known).or(open) {
                Some(run) => (run.clone(), 0),
                None => return,
            },
            (Some(open), known) if known != Some(open) && shown.is_none_or(LiveRun::is_over) => (open.clone(), 0),
            // Whoever has it open may be putting back what it left.
            (_, Some(known)) if shown.is_some_and(|run| !run.is_over() || run.has_left_changes()) => {
                (known.clone(), shown.map_or(0, LiveRun::last_sequence))
            }
            (Some(_) | None, Some(_) | None) => return,
        };
        if !self.reading.insert(name.clone()) {
            return;
        }
        if let Some(conducted) = self.runs.get(&name).filter(|_| whole) {
            // What comes from now on is told again; what came before is being read.
            conducted.missed.store(false, Ordering::SeqCst);
        }
        let (folder, tell) = (desk.bench.journal.clone(), self.tell.clone());
        tokio::task::spawn_blocking(move || {
            let told = match entries_after(folder.as_deref(), &run, after) {
                Ok(entries) => Told::Read { deployment: name, entries, whole },
                Err(failure) => Told::Trouble(failure.message),
            };
            send(&tell, told);
        });
    }
}

/// Of each deployment the run that was left open, else the newest that is over but left changes, and what is written
/// beside runs: what a person is to know before anything is done.
pub(super) fn tell_what_was_left(
    folder: Option<&Path>,
    names: Vec<DeploymentName>,
    tell: &mpsc::Sender<Told>,
) -> Result<(), Failure> {
    let broken = |error: journal::JournalError| journal_failure(&error);
    let journal = open_journal(folder, IfMissing::Nothing)?;
    for deployment in names {
        let heads = journal.runs(Some(&deployment)).map_err(broken)?;
        let left = heads.iter().find(|head| head.is_open()).or_else(|| heads.iter().find(|head| head.left > 0));
        if let Some(head) = left {
            let entries = journal.entries(&head.id).map_err(broken)?.into_iter().map(Arc::new).collect();
            send(tell, Told::Read { deployment: deployment.clone(), entries, whole: true });
        }
        let written = writing::read(&*journal, &deployment).map_err(broken)?;
        send(tell, Told::Logged { deployment, written });
    }
    Ok(())
}

fn entries_after(folder: Option<&Path>, run: &RunId, after: u64) -> Result<Vec<Arc<Entry>>, Failure> {
    let journal = open_journal(folder, IfMissing::Nothing)?;
    let records = journal.records(Some(run), after).map_err(|error| journal_failure(&error))?;
    let entries: Result<Vec<Arc<Entry>>, _> = records.iter().map(|record| record.entry().map(Arc::new)).collect();
    entries.map_err(|error| journal_failure(&error))
}
