//! What people say of a deployment beside its runs: entries under a name of their own, in the same chain.

use lifeboat_model::id::DeploymentName;
use lifeboat_model::incident::Logbook;
use lifeboat_model::run::{Entry, Operator, RunEvent, RunId};
use lifeboat_model::time::Timestamp;

use super::{Journal, JournalError};

/// Where the logbook of a deployment stands.
fn place(deployment: &DeploymentName) -> RunId {
    RunId::new(format!("logbook-{deployment}"))
}

/// Writes into the deployment's logbook.
pub fn log(
    journal: &dyn Journal,
    deployment: &DeploymentName,
    at: Timestamp,
    event: &RunEvent,
) -> Result<Entry, JournalError> {
    journal.append(&place(deployment), deployment, at, event)
}

/// Writes a note where it will be looked for: with the run that is not over, else in the logbook.
pub fn note(
    journal: &dyn Journal,
    deployment: &DeploymentName,
    at: Timestamp,
    text: &str,
    by: &Operator,
) -> Result<Entry, JournalError> {
    let event = RunEvent::Noted { text: text.to_owned(), by: by.clone() };
    let open = journal.runs(Some(deployment))?.into_iter().find(super::RunHead::is_open);
    match open {
        Some(run) => journal.append(&run.id, deployment, at, &event),
        None => log(journal, deployment, at, &event),
    }
}

/// All that the deployment's logbook tells.
pub fn logbook(journal: &dyn Journal, deployment: &DeploymentName) -> Result<Logbook, JournalError> {
    Ok(Logbook::of(&journal.entries(&place(deployment))?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{MemoryJournal, SqliteJournal};

    fn ada() -> Operator {
        Operator { arn: None, user: "ada".to_owned(), host: "bridge".to_owned(), process: 1 }
    }

    #[test]
    fn what_is_logged_is_found_again_is_no_run_and_is_part_of_the_chain() {
        let folder = tempfile::tempdir().unwrap();
        let journals: [Box<dyn Journal>; 2] =
            [Box::new(MemoryJournal::new()), Box::new(SqliteJournal::open(folder.path()).unwrap())];
        let (name, other, at) = (DeploymentName::from("payments"), DeploymentName::from("shop"), Timestamp::UNIX_EPOCH);
        let declared = RunEvent::IncidentDeclared { began_at: at, text: "writes fail".to_owned(), by: ada() };
        let events = [
            declared,
            RunEvent::AccessRaised { lasts_s: 1800, by: ada() },
            RunEvent::AccessLowered { lapsed: true, by: ada() },
            RunEvent::IncidentClosed { text: String::new(), by: ada() },
        ];
        for journal in journals {
            // Whichever comes first in a logbook, it begins no run.
            for (number, event) in (0..).zip(&events) {
                log(&*journal, &format!("first-{number}").as_str().into(), at, event).unwrap();
            }
            log(&*journal, &name, at, &events[0]).unwrap();
            note(&*journal, &name, at, "token=abc was seen in the log", &ada()).unwrap();
            note(&*journal, &other, at, "of another", &ada()).unwrap();
            let told = logbook(&*journal, &name).unwrap();
            let notes = &told.open().unwrap().notes;
            assert_eq!(notes.len(), 1);
            assert_eq!(notes[0].text, "token=[redacted] was seen in the log");
            assert_eq!(journal.runs(None).unwrap(), []);
            assert_eq!(journal.verify().unwrap().entries, 7);
        }
    }
}
