//! What second persons said of plans before any run of them: entries beside those of runs, under a name of their own,
//! in the same chain.

use lifeboat_model::id::DeploymentName;
use lifeboat_model::plan::PlanHash;
use lifeboat_model::run::{Entry, Operator, RunEvent, RunId};
use lifeboat_model::time::Timestamp;

use super::{Journal, JournalError, Record};

/// Where the approvals of a deployment stand.
fn place(deployment: &DeploymentName) -> RunId {
    RunId::new(format!("approvals-{deployment}"))
}

/// Writes down that somebody approves the plan of this hash, without beginning a run.
pub fn approve(
    journal: &dyn Journal,
    deployment: &DeploymentName,
    by: &Operator,
    hash: &PlanHash,
    at: Timestamp,
) -> Result<Entry, JournalError> {
    let event = RunEvent::Approved { by: by.clone(), hash: hash.clone(), phrase: None };
    journal.append(&place(deployment), deployment, at, &event)
}

/// Who approved which plan of the deployment, and when, oldest first.
pub fn approvals(
    journal: &dyn Journal,
    deployment: &DeploymentName,
) -> Result<Vec<(Operator, PlanHash, Timestamp)>, JournalError> {
    let entries = journal.entries(&place(deployment))?;
    let mut approved = Vec::new();
    for entry in entries {
        if let RunEvent::Approved { by, hash, .. } = entry.event {
            approved.push((by, hash, entry.at));
        }
    }
    Ok(approved)
}

/// What stands first where no run stands: what second persons said, and logbooks.
const BESIDE_RUNS: [&str; 6] =
    ["approved", "noted", "incident_declared", "incident_closed", "access_raised", "access_lowered"];

/// Whether this first entry is a run's: the others have no line in a list of runs.
pub(super) fn begins_a_run(first: &Record) -> bool {
    first.event_name().is_none_or(|name| !BESIDE_RUNS.contains(&name.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{MemoryJournal, SqliteJournal};

    fn operator(name: &str) -> Operator {
        Operator {
            arn: Some(format!("arn:aws:iam::123456789012:user/{name}").into()),
            user: name.to_owned(),
            host: "h".to_owned(),
            process: 1,
        }
    }

    #[test]
    fn an_approval_is_found_again_and_is_no_run() {
        let folder = tempfile::tempdir().unwrap();
        let journals: [Box<dyn Journal>; 2] =
            [Box::new(MemoryJournal::new()), Box::new(SqliteJournal::open(folder.path()).unwrap())];
        for journal in journals {
            let (name, other) = (DeploymentName::from("payments"), DeploymentName::from("shop"));
            let (hash, at) = (PlanHash::from("abc"), Timestamp::UNIX_EPOCH);
            approve(&*journal, &name, &operator("bea"), &hash, at).unwrap();
            approve(&*journal, &other, &operator("ann"), &hash, at).unwrap();
            assert_eq!(approvals(&*journal, &name).unwrap(), [(operator("bea"), hash, at)]);
            assert_eq!(journal.runs(None).unwrap(), []);
            assert_eq!(journal.verify().unwrap().entries, 2);
        }
    }
}
