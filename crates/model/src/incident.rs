//! What people say of a deployment beside its runs: an incident under way, notes, who was let act. A fold over the
//! entries of its logbook; it decides nothing.

use serde::{Deserialize, Serialize};

use crate::run::{Entry, Operator, RunEvent};
use crate::time::Timestamp;

/// A line that somebody wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    pub at: Timestamp,
    pub text: String,
    pub by: Operator,
}

/// An incident as it was declared, with what was said while it was open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    pub began_at: Timestamp,
    pub declared_at: Timestamp,
    /// What was known when it was declared.
    pub text: String,
    pub by: Operator,
    pub notes: Vec<Note>,
    /// When it was closed, by whom, and with which words.
    pub closed: Option<Note>,
}

impl Incident {
    pub fn is_open(&self) -> bool {
        self.closed.is_none()
    }

    /// Whether it was under way at some moment between these two.
    pub fn touches(&self, from: Timestamp, until: Timestamp) -> bool {
        self.began_at <= until && self.closed.as_ref().is_none_or(|closed| closed.at >= from)
    }
}

/// What stands in a logbook.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logbook {
    /// The oldest first.
    pub incidents: Vec<Incident>,
    /// Those that were written while no incident was open.
    pub notes: Vec<Note>,
}

impl Logbook {
    pub fn of(entries: &[Entry]) -> Self {
        let mut logbook = Self::default();
        for entry in entries {
            logbook.take(&entry.event, entry.at);
        }
        logbook
    }

    /// The incident that is under way.
    pub fn open(&self) -> Option<&Incident> {
        self.incidents.last().filter(|incident| incident.is_open())
    }

    fn take(&mut self, event: &RunEvent, at: Timestamp) {
        let open = self.incidents.last_mut().filter(|incident| incident.is_open());
        match (event, open) {
            // Two people who declare it at once mean the same one: it began when the earlier of them says.
            (RunEvent::IncidentDeclared { began_at, text, by }, Some(incident)) => {
                incident.began_at = incident.began_at.min(*began_at);
                incident.notes.push(Note { at, text: text.clone(), by: by.clone() });
            }
            (RunEvent::IncidentDeclared { began_at, text, by }, None) => self.incidents.push(Incident {
                began_at: *began_at,
                declared_at: at,
                text: text.clone(),
                by: by.clone(),
                notes: Vec::new(),
                closed: None,
            }),
            (RunEvent::IncidentClosed { text, by }, Some(incident)) => {
                incident.closed = Some(Note { at, text: text.clone(), by: by.clone() });
            }
            (RunEvent::Noted { text, by }, Some(incident)) => {
                incident.notes.push(Note { at, text: text.clone(), by: by.clone() });
            }
            (RunEvent::Noted { text, by }, None) => {
                self.notes.push(Note { at, text: text.clone(), by: by.clone() });
            }
            // Who was let act is told by its entry, and changes nothing here; a run's entries stand elsewhere.
            (_, Some(_) | None) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::RunId;

    fn by(user: &str) -> Operator {
        Operator { arn: None, user: user.to_owned(), host: "bridge".to_owned(), process: 1 }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn folded(events: Vec<(i64, RunEvent)>) -> Logbook {
        let entries: Vec<Entry> = (1..)
            .zip(events)
            .map(|(sequence, (second, event))| Entry {
                sequence,
                run: RunId::new("logbook-payments"),
                deployment: "payments".into(),
                at: at(second),
                event,
                previous: String::new(),
                hash: String::new(),
            })
            .collect();
        Logbook::of(&entries)
    }

    fn declared(began: i64, user: &str) -> RunEvent {
        RunEvent::IncidentDeclared { began_at: at(began), text: "writes fail".to_owned(), by: by(user) }
    }

    fn noted(text: &str) -> RunEvent {
        RunEvent::Noted { text: text.to_owned(), by: by("ada") }
    }

    #[test]
    fn notes_belong_to_the_incident_that_is_open_and_else_to_nothing() {
        let logbook = folded(vec![
            (10, noted("before")),
            (100, declared(40, "ada")),
            (110, noted("during")),
            (200, RunEvent::IncidentClosed { text: "mended".to_owned(), by: by("bob") }),
            (210, noted("after")),
        ]);
        let incident = &logbook.incidents[0];
        assert_eq!((incident.began_at, incident.declared_at), (at(40), at(100)));
        assert_eq!(incident.notes.iter().map(|note| note.text.as_str()).collect::<Vec<_>>(), ["during"]);
        assert_eq!(logbook.notes.iter().map(|note| note.text.as_str()).collect::<Vec<_>>(), ["before", "after"]);
        assert_eq!(logbook.open(), None);
        assert!(incident.touches(at(0), at(40)) && incident.touches(at(200), at(300)));
        assert!(!incident.touches(at(201), at(300)) && !incident.touches(at(0), at(39)));
    }

    #[test]
    fn an_incident_that_two_declare_is_one_and_began_when_the_earlier_says() {
        let logbook = folded(vec![(100, declared(90, "ada")), (101, declared(40, "bob"))]);
        assert_eq!(logbook.incidents.len(), 1);
        assert_eq!(logbook.open().map(|incident| (incident.began_at, incident.notes.len())), Some((at(40), 1)));
    }

    #[test]
    fn closing_what_is_not_open_changes_nothing() {
        let closed = || RunEvent::IncidentClosed { text: String::new(), by: by("ada") };
        assert_eq!(folded(vec![(1, closed())]), Logbook::default());
        let raised = RunEvent::AccessRaised { lasts_s: 1800, by: by("ada") };
        assert_eq!(folded(vec![(1, raised)]), Logbook::default());
    }
}
