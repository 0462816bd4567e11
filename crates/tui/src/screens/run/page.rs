//! One thing of a run in full: a step with what was sent for it, what AWS said to that and what its guards said, or an
//! entry of the journal.

use lifeboat_model::plan::{Reversible, Step};
use lifeboat_model::run::RunState;

use super::steps::step_sign;
use super::{STORY, shown};
use crate::acting::{LiveRun, story, words};
use crate::format;
use crate::look::Look;
use crate::model::Model;
use crate::screens::Page;
use crate::theme::Role;

pub(crate) fn page(model: &Model, look: &Look<'_>, pane: usize, id: &str) -> Option<Page> {
    let (_, run, state) = shown(model)?;
    if pane == STORY {
        let entry = run.story().find(|entry| entry.sequence.to_string() == id)?;
        let mut page = Page::new("What happened");
        page.fact("at", Role::Text, look.date_and_time(entry.at));
        let (role, said) = story::sentence(&state.plan, entry);
        page.sentence(role, said);
        page.fact("entry", Role::Muted, format!("{} of the journal, {}", entry.sequence, entry.event.name()));
        page.fact("hash", Role::Muted, entry.hash.clone());
        return Some(page);
    }
    let step = state.plan.steps.iter().find(|step| step.id.as_str() == id)?;
    Some(step_page(look, run, state, step))
}

/// A step with what was sent for it, and what AWS said to that.
fn step_page(look: &Look<'_>, run: &LiveRun, state: &RunState, step: &Step) -> Page {
    let mut page = Page::new(step.title.clone());
    let (role, word) = step_sign(look, run, state, step);
    page.fact("stands", role, word);
    if let Some(reason) = run.reason_of(&step.id) {
        page.fact("why", Role::Danger, reason);
    }
    if let Some((at, attempt)) = state.began.get(&step.id) {
        page.fact("begun", Role::Text, format!("{}, attempt {attempt}", look.date_and_time(*at)));
    }
    if let Some(took) = run.length_of(&step.id) {
        page.fact("took", Role::Text, format::duration(took));
    }
    page.fact("expected", Role::Text, words::expected(step));
    page.fact("given up", Role::Text, format!("after {}", format::target(step.timeout)));
    match &step.reversible {
        Reversible::Yes => page.fact(
            "undo",
            Role::Text,
            if step.temporary { "put back before the run ends" } else { "can be taken back" },
        ),
        Reversible::NothingToUndo => page.fact("undo", Role::Muted, "leaves nothing to take back"),
        Reversible::No(reason) => page.fact("undo", Role::Danger, format!("cannot be taken back: {reason}")),
    }
    page.fact("kind", Role::Muted, format!("{}, {}", step.kind, step.id));
    page.heading("Calls");
    if step.calls.is_empty() {
        page.sentence(Role::Muted, "it changes nothing by itself");
    }
    for (index, call) in step.calls.iter().enumerate() {
        let place = format!("{} in {}", call.operation(), call.endpoint_region());
        let record = state.calls.get(&(step.id.clone(), index));
        let (role, said) = match record.map(|record| (&record.outcome, &record.found)) {
            None => (Role::Muted, "not sent yet".to_owned()),
            Some((Some(Ok(receipt)), _)) => {
                let id = receipt.request_id.as_ref().map_or_else(String::new, |id| format!(", request {id}"));
                (Role::Ok, format!("{} accepted at {}{id}", look.symbols.ok, look.time_of_day(receipt.at)))
            }
            Some((Some(Err(error)), _)) => (Role::Danger, format!("{} {error}", look.symbols.danger)),
            Some((None, Some(found))) => {
                (Role::Caution, format!("{} sent, and {}", look.symbols.caution, story::probed(found)))
            }
            Some((None, None)) => (Role::Accent, "sent, and not answered yet".to_owned()),
        };
        page.fact(&format!("{}", index + 1), Role::Heading, place);
        page.fact("", role, said);
        if let Some(fix) = record.and_then(|record| record.outcome.as_ref()?.as_ref().err()?.fix.clone()) {
            page.fact("", Role::Text, format!("fix: {fix}"));
        }
        let commands = lifeboat_model::rules::aws_cli::command(call);
        if !commands.is_empty() {
            page.fact("", Role::Muted, lifeboat_model::rules::aws_cli::posix(&commands));
        }
    }
    let reports = run.reports_of(&step.id);
    if !reports.is_empty() {
        page.heading("Its guards, when they were judged last");
        for report in reports {
            crate::dialogs::guard_lines(&mut page, look, report);
        }
    }
    page
}
