//! `lifeboat preflight`: every guard of a runbook as it would be judged now. Unknown refuses, as it does in a run.

use std::collections::BTreeMap;

use color_eyre::Result;
use lifeboat_engine::preflight::last_runs;
use lifeboat_model::guard::{GuardName, GuardReport, Verdict};
use lifeboat_model::plan::Plan;
use lifeboat_model::port::Reality;
use lifeboat_model::preflight::{Last, LastRuns};
use lifeboat_model::run::RunOutcome;
use lifeboat_model::time::{Duration, Timestamp, age};
use lifeboat_model::wording::ago;
use serde_json::{Value, json};

use crate::acting::journal_failure;
use crate::cli::PreflightArguments;
use crate::commands::Context;
use crate::commands::plan::made;
use crate::exit::Exit;
use crate::output::{Emphasis, number, wrap};

const WIDTH: usize = 80;

pub(crate) async fn run(context: &mut Context<'_>, arguments: &PreflightArguments) -> Result<Exit> {
    let (case, plan, view) = made(context, &arguments.runbook, &arguments.build, false, arguments.timeout).await?;
    let session = case.session(&view)?;
    let reports = case.judge(&plan, &view, &session, &BTreeMap::new());
    let heads = case.journal.runs(Some(case.name())).map_err(|error| journal_failure(&error))?;
    let last = last_runs(&heads, &plan.runbook);
    if context.output.json {
        context.output.json(&as_json(&plan, &case.wiring.reality, &reports, &last, view.now))?;
    } else {
        let text = text(&plan, &case.wiring.reality, &reports, &last, view.now, &|emphasis, text| {
            context.output.paint(emphasis, text)
        });
        context.output.data(&text)?;
    }
    Ok(if reports.iter().all(GuardReport::allows) { Exit::Done } else { Exit::Refused })
}

fn as_json(plan: &Plan, reality: &Reality, reports: &[GuardReport], last: &LastRuns, now: Timestamp) -> Value {
    json!({
        "version": 1,
        "runbook": plan.runbook,
        "deployment": plan.deployment,
        "simulated": reality.is_simulated(),
        "from": plan.from,
        "to": plan.to,
        "judged_at": now.to_string(),
        "hash": plan.hash(),
        "ok": reports.iter().all(GuardReport::allows),
        "last_rehearsal": last.rehearsal.as_ref().map(last_as_json),
        "last_run": last.real.as_ref().map(last_as_json),
        "guards": reports.iter().map(|report| guard(report, now)).collect::<Vec<_>>(),
    })
}

fn last_as_json(last: &Last) -> Value {
    let seconds = |length: Option<Duration>| length.map(|length| number(length.as_secs_f64()));
    json!({
        "run": last.id,
        "started_at": last.started_at.to_string(),
        "last_at": last.last_at.to_string(),
        "outcome": last.outcome.map(RunOutcome::as_str),
        "rto_s": seconds(last.rto),
        "rto_at_least_s": seconds(last.rto_at_least),
        "rto_objective_s": seconds(last.rto_target),
    })
}

/// One guard; the same wherever guards are told as JSON.
pub(crate) fn guard(report: &GuardReport, now: Timestamp) -> Value {
    let (verdict, reason, fix) = match &report.verdict {
        Verdict::Pass => ("pass", None, None),
        Verdict::Refuse { reason, fix } => ("refuse", Some(reason), Some(fix)),
        Verdict::Unknown { reason } => ("unknown", Some(reason), None),
    };
    let past = way_past(report.guard).filter(|_| matches!(report.verdict, Verdict::Unknown { .. }));
    let fix = fix.cloned().or(past);
    json!({
        "guard": report.guard,
        "verdict": verdict,
        "reason": reason,
        "fix": fix,
        "evidence": report.evidence,
        "age_s": report.read_at.map(|at| number(age(now, at).as_secs_f64())),
        "can_be_overridden": report.guard.can_be_overridden(),
        "overridden": report.overridden,
    })
}

type Paint<'a> = &'a dyn Fn(Emphasis, &str) -> String;

fn text(
    plan: &Plan,
    reality: &Reality,
    reports: &[GuardReport],
    last: &LastRuns,
    now: Timestamp,
    paint: Paint<'_>,
) -> String {
    let world = match reality {
        Reality::Live => "LIVE".to_owned(),
        Reality::Simulated(scenario) => format!("SIMULATED, {scenario}"),
    };
    let name = paint(Emphasis::Strong, &format!("{} {}", plan.runbook, plan.deployment));
    let mut lines =
        vec![format!("{name}  {world}"), format!("from {} to {}, plan {}", plan.from, plan.to, plan.hash().short())];
    let of_stacks = plan.runbook.is_about_stacks();
    for (label, run) in [("last rehearsal:", &last.rehearsal), ("last real run:", &last.real)] {
        let told = run.as_ref().map_or_else(
            || "never".to_owned(),
            |run| format!("{:.0}, {} ago: {}", run.started_at, ago(now, run.started_at), run.told(of_stacks)),
        );
        lines.push(format!("{label:<15} {told}"));
    }
    lines.push(String::new());
    for report in reports {
        lines.extend(report_lines(report, now, paint));
    }
    let refusing = reports.iter().filter(|report| !report.allows()).count();
    lines.push(String::new());
    lines.push(match refusing {
        0 => format!("{}: every guard lets it run", paint(Emphasis::Good, "CLEAR")),
        1 => format!("{}: one guard does not let it run", paint(Emphasis::Bad, "REFUSED")),
        more => format!("{}: {more} guards do not let it run", paint(Emphasis::Bad, "REFUSED")),
    });
    lines.push(String::new());
    lines.join("\n")
}

/// One guard for people: word, name, what was seen and how old that is; below it why not, and what would mend it.
pub(crate) fn report_lines(report: &GuardReport, now: Timestamp, paint: Paint<'_>) -> Vec<String> {
    let (word, emphasis) = match &report.verdict {
        Verdict::Pass => ("pass   ", Emphasis::Good),
        Verdict::Refuse { .. } => ("refuse ", Emphasis::Bad),
        Verdict::Unknown { .. } => ("unknown", Emphasis::Bad),
    };
    let seen = match report.read_at {
        Some(at) if !report.evidence.is_empty() => format!("{} (read {} ago)", report.evidence, ago(now, at)),
        Some(_) | None => report.evidence.clone(),
    };
    let head = format!("  {word}  {:<24}", report.guard.as_str());
    let mut lines = Vec::new();
    for (number, line) in wrap(&seen, WIDTH - head.len()).into_iter().enumerate() {
        let first = || format!("  {}  {:<24}", paint(emphasis, word), report.guard.as_str());
        let begin = if number == 0 { first() } else { " ".repeat(head.len()) };
        lines.push(format!("{begin}{line}").trim_end().to_owned());
    }
    let mut say = |label: &str, text: &str| {
        for (number, line) in wrap(text, WIDTH - 11 - label.len()).into_iter().enumerate() {
            let begin = if number == 0 { label.to_owned() } else { " ".repeat(label.len()) };
            lines.push(format!("           {begin}{line}"));
        }
    };
    match &report.verdict {
        Verdict::Pass => {}
        Verdict::Refuse { reason, fix } => {
            if *reason != report.evidence {
                say("", reason);
            }
            say("fix: ", fix);
        }
        Verdict::Unknown { reason } => {
            if *reason != report.evidence {
                say("", reason);
            }
            if let Some(fix) = way_past(report.guard) {
                say("fix: ", &fix);
            }
        }
    }
    if let Some(reason) = &report.overridden {
        say("overridden: ", reason);
    }
    lines
}

/// What a person can do about something that is not known, where it cannot be made known.
pub(crate) fn way_past(guard: GuardName) -> Option<String> {
    let way = || format!("make it known, or say why you go on without knowing: `--override {guard}=REASON`");
    guard.can_be_overridden().then(way)
}

#[cfg(test)]
mod tests {
    use lifeboat_model::time::before;

    use super::*;

    fn report(verdict: Verdict) -> GuardReport {
        let now = Timestamp::UNIX_EPOCH;
        let read_at = Some(before(now, std::time::Duration::from_secs(12)));
        GuardReport { guard: GuardName::Lag, verdict, evidence: "Aurora 84 ms".to_owned(), read_at, overridden: None }
    }

    fn plain(report: &GuardReport) -> String {
        report_lines(report, Timestamp::UNIX_EPOCH, &|_, text| text.to_owned()).join("\n")
    }

    #[test]
    fn a_guard_shows_verdict_evidence_age_reason_and_fix() {
        let text =
            plain(&report(Verdict::refuse("Aurora lags 9 s, and 1 s may be lost", "wait until it has caught up")));
        assert!(text.contains("refuse   lag"), "{text}");
        assert!(text.contains("Aurora 84 ms (read 12 s ago)"), "{text}");
        assert!(text.contains("Aurora lags 9 s") && text.contains("fix: wait until"), "{text}");
    }

    #[test]
    fn an_override_stands_beside_what_it_overrides() {
        let overridden = Some("the region is on fire".to_owned());
        let text = plain(&GuardReport { overridden, ..report(Verdict::unknown("nothing was read")) });
        assert!(text.contains("unknown  lag") && text.contains("overridden: the region is on fire"), "{text}");
    }

    #[test]
    fn a_guard_as_json_says_how_old_its_facts_are() {
        let value = guard(&report(Verdict::Pass), Timestamp::UNIX_EPOCH);
        assert_eq!((&value["verdict"], &value["age_s"]), (&json!("pass"), &json!(12)));
        assert!(value["reason"].is_null() && value["fix"].is_null());
    }
}
