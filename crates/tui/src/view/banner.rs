//! What a person must do first: new credentials, the right account, a region that does not answer. One line each, over
//! every screen, and gone as soon as it is mended.

use lifeboat_model::assessment::Assessment;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::acting::line::Line;
use crate::action::{Action, Context};
use crate::dialogs::incident;
use crate::look::Look;
use crate::model::{Model, Watched};
use crate::screens::Screen;
use crate::theme::Role;
use crate::widgets::carve;

/// Draws the banners and gives what is left.
pub(super) fn draw(model: &Model, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Rect {
    let Some(watched) = model.watched() else { return area };
    let mut rest = area;
    for (role, text) in banners(model, look, watched) {
        let (row, below) = carve::rows(rest, 1);
        if row.is_empty() {
            break;
        }
        buffer.set_style(row, look.style(role));
        let mark = if role == Role::Banner { look.symbols.danger } else { look.symbols.caution };
        let text = look.truncate(&format!(" {mark} {text}"), usize::from(row.width));
        buffer.set_span(row.x, row.y, &look.span(role, text), row.width);
        rest = below;
    }
    rest
}

/// What they say.
pub(crate) fn texts(model: &Model, look: &Look<'_>) -> Vec<String> {
    let watched = model.watched();
    watched.map_or_else(Vec::new, |watched| banners(model, look, watched).into_iter().map(|(_, text)| text).collect())
}

/// The world in words.
pub(crate) fn reality(model: &Model, look: &Look<'_>) -> String {
    super::footer::reality(model, look)
}

/// How many rows they take.
pub(crate) fn height(model: &Model, look: &Look<'_>) -> u16 {
    model.watched().map_or(0, |watched| u16::try_from(banners(model, look, watched).len()).unwrap_or(0))
}

fn banners(model: &Model, look: &Look<'_>, watched: &Watched) -> Vec<(Role, String)> {
    let assessment = &watched.assessment;
    let identity = &assessment.identity;
    let mut banners = Vec::new();
    if let Some((trouble, fix)) = &identity.trouble {
        let fix = fix.as_ref().map_or_else(String::new, |fix| format!(": {fix}"));
        banners.push((Role::Banner, format!("{trouble}{fix}")));
    }
    if let (true, Some(account), Some(wanted)) =
        (identity.wrong_account, &identity.account, &watched.deployment.account)
    {
        let text = format!("wrong account: these credentials are for {account}, the deployment is in {wanted}");
        banners.push((Role::Banner, text));
    }
    // Among all deployments, a region of one of them is that one's row's affair.
    if model.screen != Screen::Fleet {
        banners.extend(silent(look, assessment).map(|text| (Role::Banner, text)));
    }
    banners.extend(model.fleet.iter().filter_map(|one| incident_of(model, look, one, watched)));
    // At first nothing at all is known, and every screen says that.
    if !watched.knows_of_incidents() && !watched.snapshot.regions.is_empty() {
        let text = "whether an incident is declared is not known: the journal was not read yet";
        banners.push((Role::Caution, text.to_owned()));
    }
    if model.screen != Screen::Run {
        banners.extend(model.fleet.iter().filter_map(|one| open_run(model, one, watched)));
    }
    banners
}

/// An incident counts on every screen, those of other deployments too.
fn incident_of(model: &Model, look: &Look<'_>, of: &Watched, shown: &Watched) -> Option<(Role, String)> {
    let incident = of.incident()?;
    let by = &incident.by.user;
    let (age, at) = (look.age(incident.began_at), look.hour_and_minute(incident.declared_at));
    if of.deployment.name != shown.deployment.name {
        return Some((Role::Caution, format!("incident of {} {age}, declared by {by} {at}", of.deployment.name)));
    }
    let (_, rto) = incident::rto(look, of, incident);
    let key = model.keymap.shown(Action::ShowIncident, Context::Screen(model.screen));
    // The key comes before what is known of it, which is as long as somebody wrote it: a narrow window cuts the end.
    let key = key.map_or_else(String::new, |key| format!(" ({key})"));
    Some((Role::Caution, format!("incident {age}, declared by {by} {at}; RTO: {rto}{key}: {}", incident.text)))
}

/// A run that is not over is told wherever one looks, those of other deployments where they want something.
fn open_run(model: &Model, of: &Watched, shown: &Watched) -> Option<(Role, String)> {
    let is_shown = of.deployment.name == shown.deployment.name;
    let key = model
        .keymap
        .shown(Action::ShowRun, Context::Screen(model.screen))
        .map_or_else(|| "show-run".to_owned(), ToString::to_string);
    let place = if is_shown { key } else { format!("{key}, once n has led to it") };
    let run = of.run.as_ref().filter(|run| !run.is_over());
    match (run, &of.beginning) {
        (Some(run), _) => {
            let state = run.state()?;
            let name = if is_shown {
                state.plan.runbook.to_string()
            } else {
                format!("{} of {}", state.plan.runbook, of.deployment.name)
            };
            let stopped = run.ending().is_some();
            let line = run.line();
            // Nobody looks at clients where nobody executes it.
            let held_up = match (run.canaries().failing.is_some(), stopped || of.is_left()) {
                (true, true) => ", and clients could not write",
                (true, false) => ", and clients cannot write",
                (false, _) => "",
            };
            // The question is what a person must see first, and where it stands decides how it is answered.
            let at_line = if line == Some(Line::Reached) { ", at its last reversible moment" } else { "" };
            match (run.question().is_some(), run.here) {
                (true, true) => Some((Role::Banner, format!("{name} is waiting for your answer{at_line}: {place}"))),
                (true, false) => Some((Role::Banner, format!("{name} is waiting for an answer{at_line}: {place}"))),
                (false, _) if stopped => Some((
                    Role::Banner,
                    format!("{name} stopped, and waits to be gone on with{at_line}{held_up}: {place}"),
                )),
                (false, _) if of.is_left() => {
                    Some((Role::Banner, format!("nobody executes {name}{at_line}{held_up}: {place}")))
                }
                (false, _) if line == Some(Line::Reached) => {
                    Some((Role::Banner, format!("{name} is at its last reversible moment: {place}")))
                }
                (false, true) if line == Some(Line::Passed) => {
                    Some((Role::Caution, format!("{name} is executed here, past its last reversible moment: {place}")))
                }
                (false, true) => Some((Role::Caution, format!("{name} is executed here: {place}"))),
                (false, false) if is_shown => Some((Role::Caution, format!("{name} is not over: {place}"))),
                (false, false) => None,
            }
        }
        (None, Some(what)) => Some((Role::Caution, format!("{what}: {place}"))),
        (None, None) => None,
    }
}

fn silent<'a>(look: &'a Look<'_>, assessment: &'a Assessment) -> impl Iterator<Item = String> + 'a {
    assessment.regions.iter().filter(|region| region.reachable == Some(false)).map(move |region| {
        match region.last_answer {
            Some(at) => format!("{} is silent for {}: its numbers are old and greyed", region.region, look.age(at)),
            None => format!("{} has never answered: nothing is known of it", region.region),
        }
    })
}
