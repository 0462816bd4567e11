//! What the journal's screen shows, made of an open journal: every run, what is still to be put back, whether all of it is
//! whole. Opens nothing, and knows nothing of where a journal is.

use lifeboat_engine::journal::{self, Journal, NotVerified, RunHead, Tail};
use lifeboat_model::id::DeploymentName;
use lifeboat_model::port::Reality;
use lifeboat_tui::archive::{Chain, MOST_RUNS, Outstanding, PastRun, Query, Shelf};

use super::lines::Lines;

/// Where the journal is, and whether it is there.
pub(super) struct Whereabouts {
    pub(super) file: Option<String>,
    pub(super) exists: bool,
}

pub(super) fn shelf(
    journal: &dyn Journal,
    at: Whereabouts,
    (deployment, query): (&DeploymentName, &Query),
    reality: &Reality,
    lines: &mut Lines,
) -> Shelf {
    let read = lines.catch_up(journal, deployment).map_err(|error| error.to_string());
    let heads = journal.runs(Some(deployment)).map_err(|error| error.to_string());
    Shelf {
        file: at.file,
        exists: at.exists,
        newest: lines.newest(),
        older_runs: heads.as_ref().map_or(0, |heads| heads.len().saturating_sub(MOST_RUNS)),
        outstanding: heads.clone().and_then(|heads| outstanding(reality, journal, &heads)),
        runs: heads.and_then(|heads| past_runs(journal, deployment, heads)),
        window: read.map(|()| lines.window(query)),
    }
}

fn past_runs(journal: &dyn Journal, name: &DeploymentName, heads: Vec<RunHead>) -> Result<Vec<PastRun>, String> {
    let mut holder = journal.holder(name).map_err(|error| error.to_string())?.map(|(by, _)| by);
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
fn outstanding(reality: &Reality, journal: &dyn Journal, heads: &[RunHead]) -> Result<Vec<Outstanding>, String> {
    let is_of_world =
        |head: &&RunHead| head.reality.as_ref().is_none_or(|of| of.is_simulated() == reality.is_simulated());
    let mut all = Vec::new();
    for head in heads.iter().rev().filter(is_of_world) {
        for left in journal::outstanding(journal, head).map_err(|error| error.to_string())? {
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
pub(super) fn chain(journal: &dyn Journal) -> Chain {
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
        Err(NotVerified::Unreadable(error)) => Chain::Unreadable { why: error.to_string() },
    }
}
