//! `lifeboat runs`: the runs there were and how each ended, and which of those that are scheduled are due.

use color_eyre::Result;
use lifeboat_engine::journal::RunHead;
use lifeboat_engine::schedule::{self, Due};
use lifeboat_model::policy::Schedule;
use lifeboat_model::run::RunOutcome;
use lifeboat_model::time::{Duration, Timestamp};
use lifeboat_model::topology::Deployment;
use serde_json::{Value, json};

use crate::acting::{IfMissing, journal_failure, open_journal};
use crate::commands::Context;
use crate::exit::{Exit, Failure};
use crate::output::{columns, number};
use crate::wiring;

/// A schedule of a deployment, and when it is due.
pub(crate) struct Scheduled<'a> {
    pub(crate) schedule: &'a Schedule,
    pub(crate) due: Due,
}

pub(crate) fn run(context: &mut Context<'_>) -> Result<Exit> {
    let records = wiring::records(context.globals, context.environment)?;
    let journal = open_journal(records.journal.as_deref(), IfMissing::Nothing)?;
    let runs = journal.runs(None).map_err(|error| journal_failure(&error))?;
    let wanted = context.globals.deployment.as_deref();
    let is_wanted = |name: &str| wanted.is_none_or(|wanted| wanted == name);
    let rows: Vec<&RunHead> = runs.iter().filter(|run| is_wanted(run.deployment.as_str())).collect();
    let mut due = Vec::new();
    for deployment in records.deployments.iter().filter(|deployment| is_wanted(deployment.name.as_str())) {
        due.push((deployment, schedules(deployment, &runs, records.now)?));
    }
    if context.output.json {
        context.output.json(&as_json(&rows, &due))?;
    } else {
        context.output.data(&text(&rows, &due))?;
    }
    Ok(Exit::Done)
}

/// The schedules of a deployment, each held against the newest completed run that it could have asked for.
pub(crate) fn schedules<'a>(
    deployment: &'a Deployment,
    runs: &[RunHead],
    now: Timestamp,
) -> Result<Vec<Scheduled<'a>>, Failure> {
    let mut all = Vec::new();
    for schedule in &deployment.policy.schedules {
        let last = runs
            .iter()
            .filter(|run| {
                let of_it = run.deployment == deployment.name && run.runbook == schedule.runbook;
                of_it && run.outcome == Some(RunOutcome::Completed) && (run.drill || !schedule.drill)
            })
            .map(|run| run.started_at)
            .max();
        let due = schedule::due(schedule, last, now).map_err(|error| Failure::error(error.to_string()))?;
        all.push(Scheduled { schedule, due });
    }
    Ok(all)
}

fn as_json(rows: &[&RunHead], due: &[(&Deployment, Vec<Scheduled<'_>>)]) -> Value {
    let runs: Vec<Value> = rows
        .iter()
        .map(|run| {
            // What the run's own canaries measured, where its end says so.
            let measured = run.measured.as_ref();
            let seconds = |length: Option<Duration>| length.map(|length| number(length.as_secs_f64()));
            json!({
                "run": run.id,
                "deployment": run.deployment,
                "runbook": run.runbook,
                "drill": run.drill,
                "from": run.from,
                "to": run.to,
                "started_at": run.started_at.to_string(),
                "last_at": run.last_at.to_string(),
                "outcome": run.outcome,
                "open": run.is_open(),
                "rto_s": seconds(measured.and_then(|measured| measured.rto)),
                "rto_at_least_s": seconds(measured.and_then(|measured| measured.rto_at_least)),
                "by": run.by,
            })
        })
        .collect();
    let schedules: Vec<Value> =
        due.iter().flat_map(|(deployment, schedules)| schedules.iter().map(|one| scheduled(deployment, one))).collect();
    json!({ "version": 1, "runs": runs, "schedules": schedules })
}

/// One schedule; the same wherever schedules are told as JSON.
pub(crate) fn scheduled(deployment: &Deployment, one: &Scheduled<'_>) -> Value {
    json!({
        "deployment": deployment.name,
        "runbook": one.schedule.runbook,
        "drill": one.schedule.drill,
        "cron": one.schedule.cron,
        "time_zone": one.schedule.time_zone,
        "next": one.due.next.to_string(),
        "overdue_since": one.due.overdue_since.map(|at| at.to_string()),
    })
}

fn text(rows: &[&RunHead], due: &[(&Deployment, Vec<Scheduled<'_>>)]) -> String {
    let mut text = if rows.is_empty() { "there has been no run\n".to_owned() } else { String::new() };
    let runs: Vec<[String; 5]> = rows
        .iter()
        .map(|run| {
            let outcome = match run.outcome {
                Some(outcome) => outcome.as_str().to_owned(),
                None => "open".to_owned(),
            };
            let rto = run.measured.clone().unwrap_or_default().rto_in_short();
            let drill = if run.drill { ", drill" } else { "" };
            [
                run.id.to_string(),
                outcome,
                format!("{} to {}", run.from, run.to),
                rto,
                format!("{:.0} by {}{drill}", run.started_at, run.by.user),
            ]
        })
        .collect();
    text.push_str(&columns(&runs));
    let schedules: Vec<[String; 3]> = due
        .iter()
        .flat_map(|(deployment, schedules)| schedules.iter().map(|one| schedule_row(deployment, one)))
        .collect();
    if !schedules.is_empty() {
        text.push_str("\nScheduled\n");
        text.push_str(&columns(&schedules));
    }
    text
}

fn schedule_row(deployment: &Deployment, one: &Scheduled<'_>) -> [String; 3] {
    let drill = if one.schedule.drill { " --drill" } else { "" };
    let when = match one.due.overdue_since {
        Some(since) => format!("OVERDUE since {since:.0}, next {:.0}", one.due.next),
        None => format!("next {:.0}", one.due.next),
    };
    [deployment.name.to_string(), format!("{}{drill}", one.schedule.runbook), when]
}
