//! What the journal's screen shows, read at once.

use lifeboat_engine::journal::{self, Journal, NotVerified, RunHead, Tail};
use lifeboat_model::id::DeploymentName;
use lifeboat_tui::archive::{Chain, MOST_RUNS, Outstanding, PastRun, Shelf};

use super::{Asked, Bench, Kept};
use crate::acting::{IfMissing, journal_failure, open_journal};

impl Kept {
    /// `None` where it is what was told last.
    pub(super) fn read(&mut self, bench: &Bench, asked: &Asked) -> Result<Option<Box<Shelf>>, String> {
        let (deployment, query) = asked;
        let folder = bench.journal.as_deref();
        let exists = folder.is_some_and(std::path::Path::exists);
        let journal = open_journal(folder, IfMissing::Nothing).map_err(|failure| failure.message)?;
        let lines = self.lines.catch_up(&*journal, deployment).map_err(|error| said(&error));
        let heads = journal.runs(Some(deployment)).map_err(|error| said(&error));
        let shelf = Shelf {
            file: folder.map(|folder| folder.display().to_string()),
            exists,
            newest: self.newest(),
            older_runs: heads.as_ref().map_or(0, |heads| heads.len().saturating_sub(MOST_RUNS)),
            outstanding: heads.clone().and_then(|heads| outstanding(bench, &*journal, &heads)),
            runs: heads.and_then(|heads| past_runs(&*journal, deployment, heads)),
            window: lines.map(|()| self.lines.window(query)),
        };
        if self.told.as_ref().is_some_and(|(of, told)| of == asked && *told == shelf) {
            return Ok(None);
        }
        self.told = Some((asked.clone(), shelf.clone()));
        Ok(Some(Box::new(shelf)))
    }

    pub(super) fn newest(&self) -> u64 {
        self.lines.newest()
    }
}

fn said(error: &journal::JournalError) -> String {
    journal_failure(error).message
}

fn past_runs(journal: &dyn Journal, name: &DeploymentName, heads: Vec<RunHead>) -> Result<Vec<PastRun>, String> {
    let mut holder = journal.holder(name).map_err(|error| said(&error))?.map(|(by, _)| by);
    let runs = heads.into_iter().take(MOST_RUNS).map(|head| {
        // Whoever has the right to run the deployment executes the newest that is open.
        let holder = if head.is_open() { holder.take() } else { None };
        PastRun {
            id: head.id,
            runbook: head.runbook,
            drill: head.drill,
            reality: head.reality,
            from: head.from,
            to: head.to,
            started_at: head.started_at,
            last_at: head.last_at,
            outcome: head.outcome,
            by: head.by,
            entries: head.entries,
            objectives: head.objectives,
            measured: head.measured,
            builds: head.builds,
            holder,
        }
    });
    Ok(runs.collect())
}

/// Of the world in view: what a rehearsal left in the simulator is nothing to put back in AWS.
fn outstanding(bench: &Bench, journal: &dyn Journal, heads: &[RunHead]) -> Result<Vec<Outstanding>, String> {
    let is_of_world =
        |head: &&RunHead| head.reality.as_ref().is_none_or(|of| of.is_simulated() == bench.reality.is_simulated());
    let mut all = Vec::new();
    for head in heads.iter().rev().filter(is_of_world) {
        for left in journal::outstanding(journal, head).map_err(|error| said(&error))? {
            all.push(Outstanding {
                run: head.id.clone(),
                runbook: head.runbook.clone(),
                is_open: head.is_open(),
                item: left.item,
                since: left.since,
                kept: left.kept,
            });
        }
    }
    Ok(all)
}

/// Walks through the whole journal.
pub(super) fn verify(bench: &Bench) -> Chain {
    let journal = match open_journal(bench.journal.as_deref(), IfMissing::Nothing) {
        Ok(journal) => journal,
        Err(failure) => return Chain::Unreadable { why: failure.message },
    };
    match journal.verify() {
        Ok(verified) => Chain::Whole {
            entries: verified.entries,
            hash: verified.head.hash,
            unattested: match verified.tail {
                Tail::Unattested { why } if verified.entries > 0 => Some(why),
                Tail::Unattested { .. } | Tail::Attested { .. } => None,
            },
        },
        Err(NotVerified::Broken(broken)) => {
            Chain::Broken { sequence: broken.sequence, run: broken.run, why: broken.why }
        }
        Err(NotVerified::Unreadable(error)) => Chain::Unreadable { why: said(&error) },
    }
}
