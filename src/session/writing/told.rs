//! What the glass is told of what people had written down, from an open journal. It opens none.

use lifeboat_engine::journal::{self, Journal, JournalError};
use lifeboat_model::id::DeploymentName;
use lifeboat_model::incident::Logbook;
use lifeboat_tui::acting::PastRun;

/// As many runs as an incident is told with.
const RUNS: usize = 50;

/// What is written of a deployment beside its runs, and the newest of these.
pub(crate) type Written = (Logbook, Vec<PastRun>);

pub(crate) fn read(journal: &dyn Journal, deployment: &DeploymentName) -> Result<Written, JournalError> {
    let logbook = journal::logbook(journal, deployment)?;
    let heads = journal.runs(Some(deployment))?;
    let past = heads.into_iter().take(RUNS).map(|head| PastRun {
        id: head.id,
        runbook: head.runbook,
        drill: head.drill,
        started_at: head.started_at,
        last_at: head.last_at,
        outcome: head.outcome,
        by: head.by,
        served_since: head.measured.and_then(|measured| measured.served_since),
    });
    Ok((logbook, past.collect()))
}
