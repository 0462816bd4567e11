//! `lifeboat report`: what a run did, how long it took and what it lost, from its journal alone.

use color_eyre::Result;
use lifeboat_engine::journal::{Journal, JournalError, approvals, logbook};
use lifeboat_engine::report::{self, Report};
use lifeboat_model::run::RunId;

use crate::acting::{IfMissing, journal_failure, open_journal};
use crate::cli::{ReportArguments, ReportFormat};
use crate::commands::Context;
use crate::exit::{Exit, Failure};
use crate::wiring;

pub(crate) fn run(context: &mut Context<'_>, arguments: &ReportArguments) -> Result<Exit> {
    let records = wiring::records(context.globals, context.environment)?;
    let journal = open_journal(records.journal.as_deref(), IfMissing::Nothing)?;
    let run = match &arguments.run {
        Some(name) => RunId::new(name.as_str()),
        None => newest(&*journal)?,
    };
    let told = of(&*journal, &run)?;
    let usual = if context.output.json { ReportFormat::Json } else { ReportFormat::Markdown };
    let format = arguments.format.unwrap_or(usual);
    if let Some(earlier) = &arguments.compare {
        let earlier = of(&*journal, &RunId::new(earlier.as_str()))?;
        return compared(context, format, &told, &earlier);
    }
    match format {
        ReportFormat::Markdown => context.output.data(&report::markdown(&told))?,
        ReportFormat::Html => context.output.data(&report::html(&told))?,
        ReportFormat::Json => context.output.json(&serde_json::to_value(&told)?)?,
    }
    Ok(if told.is_broken() { Exit::JournalBroken } else { Exit::Done })
}

fn compared(context: &mut Context<'_>, format: ReportFormat, told: &Report, earlier: &Report) -> Result<Exit> {
    let comparison = report::compare(earlier, told);
    match format {
        ReportFormat::Markdown => context.output.data(&report::comparison_markdown(&comparison))?,
        ReportFormat::Json => context.output.json(&serde_json::to_value(&comparison)?)?,
        ReportFormat::Html => {
            return Err(Failure::usage("two runs side by side are told as Markdown or JSON")
                .hint("leave `--format html` out, or `--compare`")
                .into());
        }
    }
    Ok(Exit::Done)
}

fn newest(journal: &dyn Journal) -> Result<RunId, Failure> {
    let runs = journal.runs(None).map_err(|error| journal_failure(&error))?;
    runs.first().map(|run| run.id.clone()).ok_or_else(|| {
        Failure::usage("there has been no run to report").hint("`lifeboat run RUNBOOK --drill` makes a first one")
    })
}

fn of(journal: &dyn Journal, run: &RunId) -> Result<Report, Failure> {
    let entries = journal.entries(run).map_err(|error| journal_failure(&error))?;
    if entries.is_empty() {
        return Err(
            Failure::usage(format!("this journal has no run `{run}`")).hint("`lifeboat runs` lists those it has")
        );
    }
    let told = Report::of(&entries)
        .map_err(|error| Failure { exit: Exit::JournalBroken, ..Failure::error(error.to_string()) })?;
    let broken = |error: JournalError| journal_failure(&error);
    let seconds = approvals(journal, &told.deployment).map_err(broken)?;
    let logbook = logbook(journal, &told.deployment).map_err(broken)?;
    Ok(told.seconded(&seconds).logged(&logbook).verified(&journal.verify()))
}
