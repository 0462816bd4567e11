//! What is to be read in full, made of what the journal holds.

use lifeboat_engine::journal::{Journal, Record};
use lifeboat_engine::report::{self, Report};
use lifeboat_model::document::Document;
use lifeboat_model::run::RunId;
use lifeboat_tui::archive::Writing;
use serde_json::Value;

use super::Bench;
use crate::acting::{IfMissing, open_journal};

/// Where the journal stands, and what was made of it; `None` where it stands where it stood before.
pub(super) fn write(
    bench: &Bench,
    writing: &Writing,
    before: Option<&str>,
) -> (Option<String>, Option<Result<Box<Document>, String>>) {
    let journal = match open_journal(bench.journal.as_deref(), IfMissing::Nothing) {
        Ok(journal) => journal,
        Err(failure) => return (None, Some(Err(failure.message))),
    };
    let head = journal.head().ok().map(|head| head.hash);
    if head.is_some() && head.as_deref() == before {
        return (head, None);
    }
    let document = match writing {
        Writing::Report(run) => of(&*journal, run).map(|report| report::document(&report)),
        Writing::Comparison { before, after } => compared(&*journal, before, after),
        Writing::Entry(sequence) => entry(&*journal, *sequence),
    };
    (head, Some(document.map(Box::new)))
}

fn of(journal: &dyn Journal, run: &RunId) -> Result<Report, String> {
    Report::of_run(journal, run).map_err(|error| format!("there is no report of {run}: {error}"))
}

fn compared(journal: &dyn Journal, before: &RunId, after: &RunId) -> Result<Document, String> {
    let (before, after) = (of(journal, before)?, of(journal, after)?);
    Ok(report::comparison_document(&report::compare(&before, &after)))
}

fn entry(journal: &dyn Journal, sequence: u64) -> Result<Document, String> {
    let records = journal.some_records(None, sequence.saturating_sub(1), 1).map_err(|error| error.to_string())?;
    match records.first().filter(|record| record.sequence == sequence) {
        Some(record) => Ok(as_it_stands(record)),
        None => Err(format!("the journal has no entry {sequence}")),
    }
}

/// What was never to be written down was left out when it was written.
fn as_it_stands(record: &Record) -> Document {
    let mut document = Document::default();
    let event = record.event_name().unwrap_or_else(|| "no event".to_owned());
    document.title(format!("Entry {}: {event}", record.sequence));
    document.list(vec![
        format!("run: {}", record.run),
        format!("deployment: {}", record.deployment),
        format!("at: {}", record.at),
        format!("form: version {}", record.version),
    ]);
    document.heading("What it says");
    let pretty =
        serde_json::from_str(&record.body).ok().and_then(|body: Value| serde_json::to_string_pretty(&body).ok());
    document.literal(pretty.as_deref().unwrap_or(&record.body));
    document.heading("What binds it");
    document.list(vec![format!("its hash: {}", record.hash), format!("the entry before: {}", record.previous)]);
    document.heading("From a shell");
    document.literal(&format!("lifeboat journal show {} --json", record.run));
    document
}
