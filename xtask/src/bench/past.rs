//! A long journal: one finished run whose canaries are most of its entries.

use std::path::{Path, PathBuf};

use lifeboat_engine::journal::{Journal, SqliteJournal};
use lifeboat_model::id::DeploymentName;
use lifeboat_model::plan::{PLAN_VERSION, Plan, Predicted};
use lifeboat_model::run::{Measured, Operator, RunEvent, RunId, RunOutcome};
use lifeboat_model::runbook::Mode;
use lifeboat_model::time::{Duration, Timestamp, after};

pub(super) const ENTRIES: u64 = 10_000;

/// Into the one journal below `data`.
pub(super) fn write(data: &Path, deployment: &str) -> Result<(), String> {
    let folder = find(data)?.ok_or_else(|| format!("no journal is below {}", data.display()))?;
    let journal = SqliteJournal::open(&folder).map_err(|error| error.to_string())?;
    let (run, deployment) = (RunId::new(format!("{deployment}-failover-long")), DeploymentName::from(deployment));
    let begun = Timestamp::UNIX_EPOCH;
    let plan = Plan {
        version: PLAN_VERSION,
        runbook: "failover".into(),
        mode: Mode::Unplanned,
        deployment: deployment.clone(),
        account: None,
        from: "us-east-1".into(),
        to: "us-east-2".into(),
        drill: false,
        made_at: begun,
        writer: None,
        guards: Vec::new(),
        steps: Vec::new(),
        predicted: Predicted::default(),
        objectives: lifeboat_model::objective::Objectives::default(),
        build: None,
        notes: Vec::new(),
    };
    let by = Operator { arn: None, user: "ann".to_owned(), host: "bridge".to_owned(), process: 1 };
    let hash = plan.hash();
    let started = RunEvent::RunStarted { plan: Box::new(plan), hash, by, reality: None, incident_began_at: None };
    let ended = RunEvent::RunEnded {
        outcome: RunOutcome::Completed,
        reason: None,
        measured: Measured::default(),
        truth: None,
        ledger: Vec::new(),
    };
    let canaries = (2..ENTRIES).map(|second| {
        let at = after(begun, Duration::from_secs(second));
        (at, RunEvent::CanaryWritten { nonce: format!("long.1.{second}"), sent_at: at, outcome: Ok(at) })
    });
    let over = after(begun, Duration::from_secs(ENTRIES));
    for (at, event) in std::iter::once((begun, started)).chain(canaries).chain([(over, ended)]) {
        journal.append(&run, &deployment, at, &event).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// The folder with a journal in it.
fn find(folder: &Path) -> Result<Option<PathBuf>, String> {
    if folder.join("journal.sqlite").exists() {
        return Ok(Some(folder.to_owned()));
    }
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for entry in entries {
        let path = entry.map_err(|error| error.to_string())?.path();
        if path.is_dir()
            && let Some(found) = find(&path)?
        {
            return Ok(Some(found));
        }
    }
    Ok(None)
}
