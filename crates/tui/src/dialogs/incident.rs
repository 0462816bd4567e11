//! The incident in full: when it began, who declared it, and what was said and done since, one line after the other.

use lifeboat_model::incident::Incident;
use lifeboat_model::run::{RunEvent, RunOutcome};
use lifeboat_model::time::{Timestamp, age};

use crate::acting::clock::{self, Clock};
use crate::acting::{story, words};
use crate::action::{Action, Context};
use crate::format;
use crate::look::Look;
use crate::model::{Model, Watched};
use crate::screens::Page;
use crate::theme::Role;

pub(super) fn page(model: &Model, look: &Look<'_>, watched: &Watched) -> Option<Page> {
    let incident = watched.logbook.as_ref()?.incidents.last()?;
    let mut page = Page::new(format!("Incident of {}", watched.deployment.name));
    head(&mut page, model, look, watched, incident);
    page.heading("What was said and done");
    let mut told = told(look, watched, incident);
    told.sort_by_key(|(at, ..)| *at);
    for (at, role, text) in told {
        page.fact(&look.time_of_day(at), role, text);
    }
    Some(page)
}

fn key(model: &Model, action: Action) -> String {
    model.keymap.shown(action, Context::Reading).map_or_else(|| action.entry().name.to_owned(), ToString::to_string)
}

fn head(page: &mut Page, model: &Model, look: &Look<'_>, watched: &Watched, incident: &Incident) {
    page.fact("known", Role::Heading, incident.text.clone());
    let began =
        format!("{} {}, {} ago", look.date_and_time(incident.began_at), look.zone(), look.age(incident.began_at));
    page.fact("began", Role::Text, began);
    let declared = format!("{} by {}", look.time_of_day(incident.declared_at), words::person(&incident.by));
    page.fact("declared", Role::Text, declared);
    match &incident.closed {
        None => {
            let (role, text) = rto(look, watched, incident);
            page.fact("RTO", role, text);
            let keys = format!(
                "{} writes a note, {} closes it",
                key(model, Action::WriteNote),
                key(model, Action::ShowIncident)
            );
            page.fact("keys", Role::Muted, keys);
        }
        Some(closed) => {
            let lasted = format::age(age(closed.at, incident.began_at));
            let text = format!(
                "{} by {}, after {lasted}: {}",
                look.time_of_day(closed.at),
                words::person(&closed.by),
                closed.text
            );
            page.fact("closed", Role::Ok, text);
        }
    }
}

/// How much of the recovery time is used up, whether or not a run was begun: until clients could write again.
pub(crate) fn rto(look: &Look<'_>, watched: &Watched, incident: &Incident) -> (Role, String) {
    let served = match clients(look, watched, incident) {
        Clients::Served(at) => Some(at),
        Clients::Suffer => None,
        Clients::NeverFailed(since) => {
            return (Role::Text, format!("no outage seen: no write failed since {}", look.time_of_day(since)));
        }
    };
    let used = age(served.unwrap_or(look.now), incident.began_at);
    let Some(objective) = watched.deployment.objectives.rto else {
        return match served {
            Some(_) => (Role::Ok, format!("clients can write since {} after it began", format::age(used))),
            None => (Role::Muted, "no objective is set".to_owned()),
        };
    };
    let (over, left) = (used.saturating_sub(objective), objective.saturating_sub(used));
    let target = format::target(objective);
    match (served.is_some(), used > objective) {
        (true, false) => (Role::Ok, format!("clients can write again, after {} of {target}", format::age(used))),
        (true, true) => (
            Role::Danger,
            format!("clients can write again, after {}: {} over {target}", format::age(used), format::age(over)),
        ),
        (false, true) => (Role::Danger, format!("{target} is over by {}", format::age(over))),
        (false, false) => (Role::Text, format!("{} of {target} left", format::age(left))),
    }
}

/// How clients fare in an incident, as the newest run that answers it saw it.
enum Clients {
    /// They can write again since then.
    Served(Timestamp),
    /// They cannot, or nobody saw that they can.
    Suffer,
    /// They were looked at since then, and none was refused.
    NeverFailed(Timestamp),
}

/// A rehearsal answers none.
fn clients(look: &Look<'_>, watched: &Watched, incident: &Incident) -> Clients {
    let newest = watched.past.iter().filter(|run| run.started_at >= incident.began_at && !run.drill);
    let newest = newest.max_by_key(|run| run.started_at);
    let shown = watched.run.as_ref().and_then(|run| run.state().map(|state| (run, state)));
    let shown = shown.filter(|(_, state)| state.started_at >= incident.began_at && !state.plan.drill);
    match (shown, newest) {
        // What is known entry by entry is newer than the list.
        (Some((run, state)), newest) if newest.is_none_or(|newest| newest.started_at <= state.started_at) => {
            match clock::of(run, watched, look.now) {
                // Of several outages the last counts: it is when somebody could have gone home.
                Some(Clock::Served { at, .. }) => Clients::Served(run.canaries().good_since().unwrap_or(at)),
                Some(Clock::NoOutage { since }) => Clients::NeverFailed(since),
                Some(Clock::Running { .. } | Clock::Unknown) | None => Clients::Suffer,
            }
        }
        (_, Some(newest)) => {
            let served = newest.served_since.filter(|_| newest.outcome == Some(RunOutcome::Completed));
            served.map_or(Clients::Suffer, Clients::Served)
        }
        (_, None) => Clients::Suffer,
    }
}

type Told = (Timestamp, Role, String);

fn told(look: &Look<'_>, watched: &Watched, incident: &Incident) -> Vec<Told> {
    let mut all = vec![
        (incident.began_at, Role::Caution, "it began".to_owned()),
        (
            incident.declared_at,
            Role::Caution,
            format!("declared by {}: {}", words::person(&incident.by), incident.text),
        ),
    ];
    all.extend(
        incident.notes.iter().map(|note| (note.at, Role::Text, format!("{}: {}", words::person(&note.by), note.text))),
    );
    if let Some(closed) = &incident.closed {
        all.push((closed.at, Role::Ok, format!("closed by {}: {}", words::person(&closed.by), closed.text)));
    }
    let until = incident.closed.as_ref().map_or(look.now, |closed| closed.at);
    for run in watched.past.iter().filter(|run| run.started_at >= incident.began_at && run.started_at <= until) {
        let drill = if run.drill { " as a drill" } else { "" };
        all.push((
            run.started_at,
            Role::Heading,
            format!("{}{drill} begun by {}", run.runbook, words::person(&run.by)),
        ));
        if let Some(outcome) = run.outcome {
            let role = if outcome == RunOutcome::Completed { Role::Ok } else { Role::Caution };
            all.push((run.last_at, role, format!("{} {}", run.runbook, words::outcome(outcome))));
        }
    }
    // What was written while a run was under way stands with that run.
    if let Some((run, state)) = watched.run.as_ref().and_then(|run| run.state().map(|state| (run, state))) {
        let notes = run.story().filter(|entry| matches!(entry.event, RunEvent::Noted { .. }));
        let of_it = notes.filter(|entry| entry.at >= incident.began_at && entry.at <= until);
        all.extend(of_it.map(|entry| {
            let (role, said) = story::sentence(&state.plan, entry);
            (entry.at, role, format!("in {}: {said}", state.plan.runbook))
        }));
    }
    all
}
