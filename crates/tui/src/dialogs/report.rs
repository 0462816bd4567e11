//! How a run went: what was measured against what was promised, each step against what was expected of it, and what is
//! still to be put back.

use lifeboat_model::plan::Step;
use lifeboat_model::run::{RunOutcome, StepStatus};
use lifeboat_model::time::age;

use crate::acting::{Ending, LiveRun, story, words};
use crate::format;
use crate::look::Look;
use crate::model::Watched;
use crate::screens::{Page, run as screen};
use crate::theme::Role;

pub(super) fn page(look: &Look<'_>, watched: &Watched) -> Option<Page> {
    let run = watched.run.as_ref()?;
    let state = run.state()?;
    let mut page = Page::new(format!("Report of {}", state.id));
    let plan = &state.plan;
    match run.ending() {
        Some(ending) => outcome(&mut page, look, run, ending),
        None => page.fact("outcome", Role::Caution, "it is not over: this is how it went so far"),
    }
    page.fact("what", Role::Text, format!("{} of {}, {}", plan.runbook, plan.deployment, words::mode_word(plan.mode)));
    page.fact("led", Role::Text, format!("{} {} {}", plan.from, look.symbols.arrow, plan.to));
    page.fact("by", Role::Text, words::person(&state.by));
    let end = run.ending().map_or(look.now, |ending| ending.at);
    page.fact(
        "took",
        Role::Text,
        format!("{}, from {}", format::age(age(end, state.started_at)), look.date_and_time(state.started_at)),
    );
    if let Some(ending) = run.ending() {
        measured(&mut page, look, run, ending);
    }
    let canaries = run.canaries();
    if canaries.acknowledged + canaries.failed > 0 {
        let text =
            format!("{} acknowledged, {} failed", format::count(canaries.acknowledged), format::count(canaries.failed));
        page.fact("canaries", if canaries.failed == 0 { Role::Ok } else { Role::Caution }, text);
    }
    page.heading("Steps");
    for step in &plan.steps {
        tell(&mut page, look, run, step);
    }
    page.heading("What happened");
    for entry in run.story() {
        let (role, said) = story::sentence(plan, entry);
        page.fact(&look.time_of_day(entry.at), role, said);
    }
    let until = run.ending().map_or(look.now, |ending| ending.at);
    let from = run.counts_from().map_or(state.started_at, |(at, _)| at.min(state.started_at));
    for incident in watched.logbook.iter().flat_map(|logbook| &logbook.incidents).filter(|it| it.touches(from, until)) {
        page.heading(&format!("Incident: {}", incident.text));
        page.fact(&look.time_of_day(incident.began_at), Role::Caution, "it began");
        page.fact(
            &look.time_of_day(incident.declared_at),
            Role::Caution,
            format!("declared by {}", words::person(&incident.by)),
        );
        for note in &incident.notes {
            page.fact(&look.time_of_day(note.at), Role::Text, format!("{}: {}", words::person(&note.by), note.text));
        }
    }
    page.heading("From a shell");
    page.sentence(Role::Text, format!("lifeboat report {}", state.id));
    page.sentence(Role::Text, "lifeboat journal verify");
    Some(page)
}

fn outcome(page: &mut Page, look: &Look<'_>, run: &LiveRun, ending: &Ending) {
    let (role, mark) = screen::outcome_sign(look, ending.outcome);
    let why = ending.reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
    page.fact("outcome", role, format!("{mark} {}{why}", words::outcome(ending.outcome)));
    if ending.outcome == RunOutcome::Stopped {
        let id = run.id().map_or_else(String::new, ToString::to_string);
        page.fact(
            "",
            Role::Text,
            format!("it waits to be gone on with: R on its screen, or `lifeboat resume {id} --operate`"),
        );
    }
    for item in &ending.ledger {
        page.fact("still there", Role::Danger, format!("{} {}", look.symbols.danger, item.what));
    }
}

fn measured(page: &mut Page, look: &Look<'_>, run: &LiveRun, ending: &Ending) {
    let objectives = run.state().map(|state| state.plan.objectives.clone()).unwrap_or_default();
    page.heading("What was measured");
    let (role, said) = screen::rto_against(look, ending.measured.rto, objectives.rto);
    page.fact("RTO", role, format!("{}{said}", words::rto(&ending.measured, ending.truth.as_ref())));
    for (kind, said) in words::rpo(&ending.measured, ending.truth.as_ref()) {
        let loss = ending.measured.rpo.get(&kind).copied().flatten();
        let role = match (loss, objectives.rpo_of(kind)) {
            (None, _) => Role::Unknown,
            (Some(loss), Some(target)) if loss > target => Role::Danger,
            (Some(_), Some(_)) => Role::Ok,
            (Some(_), None) => Role::Text,
        };
        let target = objectives
            .rpo_of(kind)
            .map_or_else(|| "no RPO is set".to_owned(), |target| format!("the RPO is {}", format::target(target)));
        page.fact(&format!("RPO {}", words::store(kind)), role, format!("{said}; {target}"));
    }
    let phases = ending.measured.phases;
    for (name, length) in [
        ("detection", phases.detection),
        ("decision", phases.decision),
        ("execution", phases.execution),
        ("verification", phases.verification),
    ] {
        let (role, said) = length.map_or_else(
            || (Role::Unknown, "not measured".to_owned()),
            |length| (Role::Text, format::duration(length)),
        );
        page.fact(name, role, said);
    }
}

fn tell(page: &mut Page, look: &Look<'_>, run: &LiveRun, step: &Step) {
    let Some(state) = run.state() else { return };
    let (role, word) = screen::step_sign(look, run, state, step);
    let took = run.length_of(&step.id).map(|length| format!(" in {}", format::duration(length))).unwrap_or_default();
    let expected = step.expected.map(|length| format!(", expected {}", format::duration(length))).unwrap_or_default();
    let again = state.began.get(&step.id).map_or(0, |(_, attempt)| *attempt);
    let tries = if again > 1 { format!(", attempt {again}") } else { String::new() };
    let role = if state.status(&step.id) == StepStatus::Done { Role::Text } else { role };
    page.fact(&word, role, format!("{}{took}{expected}{tries}", step.title));
    if let Some(reason) = run.reason_of(&step.id) {
        page.fact("", Role::Danger, format!("  {reason}"));
    }
}
