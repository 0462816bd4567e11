//! `lifeboat journal`: what was done, as it was written down, and the proof that nobody changed it since.

use color_eyre::Result;
use lifeboat_engine::journal::{self, Journal, NotVerified, Record, Tail};
use lifeboat_model::run::RunId;
use serde_json::{Value, json};

use crate::acting::{IfMissing, journal_failure, open_journal, person};
use crate::cli::JournalCommand;
use crate::commands::Context;
use crate::exit::{Exit, Failure};
use crate::output::columns;
use crate::wiring::{self, Records};

pub(crate) fn run(context: &mut Context<'_>, command: &JournalCommand) -> Result<Exit> {
    let records = wiring::records(context.globals, context.environment)?;
    let journal = open_journal(records.journal.as_deref(), IfMissing::Nothing)?;
    match command {
        JournalCommand::Note { text } => note(context, &records, text),
        JournalCommand::List => list(context, &*journal),
        JournalCommand::Show { run } => show(context, &*journal, run.as_deref()),
        JournalCommand::Verify => verify(context, &*journal),
        JournalCommand::Export { run } => export(context, &*journal, run.as_deref()),
    }
}

/// Writes a line beside the person's name: with the run that is not over, else in the deployment's logbook.
fn note(context: &mut Context<'_>, records: &Records, text: &str) -> Result<Exit> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Failure::usage("an empty note says nothing")
            .hint("`lifeboat journal note \"what happened\"`")
            .into());
    }
    let Some(folder) = &records.journal else {
        return Err(Failure::usage("this world has no memory, and keeps no journal")
            .hint("leave `--at-offset` out")
            .into());
    };
    let Some(deployment) = &records.selected else {
        return Err(Failure::usage("there is no deployment to note anything of")
            .hint("name it with `--deployment`")
            .into());
    };
    let journal = open_journal(Some(folder), IfMissing::Make)?;
    let by = person(context.environment);
    let entry =
        journal::note(&*journal, deployment, records.now, text, &by).map_err(|error| journal_failure(&error))?;
    if context.output.json {
        let json = json!({ "version": 1, "sequence": entry.sequence, "run": entry.run, "at": entry.at.to_string() });
        context.output.json(&json)?;
    } else {
        context.output.data(&format!("noted as entry {} of {}\n", entry.sequence, entry.run))?;
    }
    Ok(Exit::Done)
}

fn list(context: &mut Context<'_>, journal: &dyn Journal) -> Result<Exit> {
    let runs = journal.runs(None).map_err(|error| journal_failure(&error))?;
    let head = journal.head().map_err(|error| journal_failure(&error))?;
    if context.output.json {
        let runs: Vec<Value> = runs
            .iter()
            .map(|run| {
                json!({
                    "run": run.id,
                    "deployment": run.deployment,
                    "entries": run.entries,
                    "first_at": run.started_at.to_string(),
                    "last_at": run.last_at.to_string(),
                })
            })
            .collect();
        context.output.json(&json!({ "version": 1, "head": head, "runs": runs }))?;
        return Ok(Exit::Done);
    }
    let rows: Vec<[String; 4]> = runs
        .iter()
        .map(|run| {
            let span = format!("{:.0} to {:.0}", run.started_at, run.last_at);
            [run.id.to_string(), run.deployment.to_string(), format!("{} entries", run.entries), span]
        })
        .collect();
    let text = match head.sequence {
        0 => "nothing has been written in this journal\n".to_owned(),
        number => format!("{}head: entry {number}, {}\n", columns(&rows), head.hash),
    };
    context.output.data(&text)?;
    Ok(Exit::Done)
}

/// The entries asked for, as they are stored.
fn records(journal: &dyn Journal, run: Option<&str>) -> Result<Vec<Record>, Failure> {
    let id = run.map(RunId::new);
    let records = journal.records(id.as_ref(), 0).map_err(|error| journal_failure(&error))?;
    match run {
        Some(name) if records.is_empty() => Err(Failure::usage(format!("this journal has no run `{name}`"))
            .hint("`lifeboat journal list` names those it has")),
        Some(_) | None => Ok(records),
    }
}

fn show(context: &mut Context<'_>, journal: &dyn Journal, run: Option<&str>) -> Result<Exit> {
    let records = records(journal, run)?;
    if context.output.json {
        let entries: Vec<Value> = records.iter().map(shown).collect();
        context.output.json(&json!({ "version": 1, "entries": entries }))?;
        return Ok(Exit::Done);
    }
    let rows: Vec<[String; 4]> = records
        .iter()
        .map(|record| {
            let name = record.event_name().unwrap_or_else(|| "?".to_owned());
            [
                record.sequence.to_string(),
                record.at.clone(),
                record.run.to_string(),
                format!("{name}  {}", gist(record)),
            ]
        })
        .collect();
    context.output.data(&columns(&rows))?;
    Ok(Exit::Done)
}

/// The entry with its body read, as far as it is JSON.
fn shown(record: &Record) -> Value {
    let body = serde_json::from_str(&record.body).unwrap_or_else(|_| Value::String(record.body.clone()));
    json!({
        "sequence": record.sequence,
        "at": record.at,
        "run": record.run,
        "deployment": record.deployment,
        "event": body,
        "previous": record.previous,
        "hash": record.hash,
    })
}

/// What an event is about, in a few words: its step, and whatever it says in text.
fn gist(record: &Record) -> String {
    let body: Value = serde_json::from_str(&record.body).unwrap_or(Value::Null);
    let words = ["step", "guard", "store", "outcome", "answer", "mode", "phrase", "reason", "text", "what", "nonce"];
    let said: Vec<&str> = words.iter().filter_map(|name| body.get(*name).and_then(Value::as_str)).collect();
    said.join("  ")
}

fn verify(context: &mut Context<'_>, journal: &dyn Journal) -> Result<Exit> {
    match journal.verify() {
        Ok(verified) => {
            if context.output.json {
                context.output.json(&json!({ "version": 1, "ok": true, "entries": verified.entries, "head": verified.head, "tail": verified.tail }))?;
                return Ok(Exit::Done);
            }
            let entries = if verified.entries == 1 { "1 entry" } else { &format!("{} entries", verified.entries) };
            context.output.data(&format!("whole: {entries}, head {}", verified.head.hash))?;
            if let (Tail::Unattested { why }, true) = (&verified.tail, verified.entries > 0) {
                context.output.note(&format!("note: entries missing at its end would not be noticed: {why}"))?;
            }
            Ok(Exit::Done)
        }
        Err(NotVerified::Broken(broken)) => {
            if context.output.json {
                let run = broken.run.as_ref();
                context.output.json(
                    &json!({ "version": 1, "ok": false, "sequence": broken.sequence, "run": run, "why": broken.why }),
                )?;
                return Ok(Exit::JournalBroken);
            }
            let failure = Failure { exit: Exit::JournalBroken, message: broken.to_string(), hint: None };
            Err(failure.hint("keep a copy of the journal's folder as it is, and find out who could write to it").into())
        }
        Err(NotVerified::Unreadable(error)) => Err(journal_failure(&error).into()),
    }
}

fn export(context: &mut Context<'_>, journal: &dyn Journal, run: Option<&str>) -> Result<Exit> {
    let mut text = String::new();
    for record in records(journal, run)? {
        text.push_str(&serde_json::to_string(&record)?);
        text.push('\n');
    }
    if !text.is_empty() {
        context.output.data(&text)?;
    }
    Ok(Exit::Done)
}
