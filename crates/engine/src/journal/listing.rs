//! From a run's first and last entries to its line in a list. Read leniently: what a newer Lifeboat added must not hide
//! the run.

use lifeboat_model::id::Region;
use lifeboat_model::objective::Objectives;
use lifeboat_model::port::Reality;
use lifeboat_model::run::{Measured, Operator, RunOutcome};
use lifeboat_model::runbook::RunbookName;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::{JournalError, Record, RunHead};

#[derive(Deserialize)]
struct Began {
    plan: Planned,
    by: Operator,
    #[serde(default)]
    reality: Option<Reality>,
}

#[derive(Deserialize)]
struct Planned {
    runbook: RunbookName,
    drill: bool,
    from: Region,
    to: Region,
    #[serde(default)]
    objectives: Objectives,
    #[serde(default)]
    build: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Ended {
    outcome: RunOutcome,
    #[serde(default)]
    measured: Value,
    #[serde(default)]
    ledger: Vec<Value>,
}

/// What an entry says of whether its run is over.
pub(super) enum Standing {
    GoesOn,
    Ended { outcome: RunOutcome, measured: Option<Measured>, left: usize },
}

/// `None` where the entry says nothing of it, and those before it must be asked.
pub(super) fn standing(record: &Record) -> Result<Option<Standing>, JournalError> {
    match record.event_name().as_deref() {
        Some("run_ended") => {
            let ended: Ended = serde_json::from_str(&record.body).map_err(|error| record.not_understood(&error))?;
            // Measurements of another form are none; that it ended counts.
            let measured = serde_json::from_value(ended.measured).ok();
            Ok(Some(Standing::Ended { outcome: ended.outcome, measured, left: ended.ledger.len() }))
        }
        // A run that stopped and is gone on with.
        Some("run_started" | "resumed" | "step_started") => Ok(Some(Standing::GoesOn)),
        Some(_) | None => Ok(None),
    }
}

pub(super) fn run_head(
    first: &Record,
    last: &Record,
    standing: Option<&Standing>,
    entries: u64,
) -> Result<RunHead, JournalError> {
    let (outcome, measured, left) = match standing {
        Some(Standing::Ended { outcome, measured, left }) => (Some(*outcome), measured.clone(), *left),
        Some(Standing::GoesOn) | None => (None, None, 0),
    };
    let began: Began = serde_json::from_str(&first.body).map_err(|error| first.not_understood(&error))?;
    Ok(RunHead {
        id: first.run.clone(),
        deployment: first.deployment.clone(),
        runbook: began.plan.runbook,
        drill: began.plan.drill,
        reality: began.reality,
        started_at: first.at()?,
        last_at: last.at()?,
        outcome,
        by: began.by,
        from: began.plan.from,
        to: began.plan.to,
        entries,
        objectives: began.plan.objectives,
        measured,
        builds: began.plan.build.is_some(),
        left,
    })
}
