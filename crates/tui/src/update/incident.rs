//! Incidents and notes: what keys do to them. What is written is written by the program; it comes back as a message.

use lifeboat_model::id::DeploymentName;
use lifeboat_model::incident::Logbook;
use lifeboat_model::time::Timestamp;
use lifeboat_model::wording::list;

use super::open_page;
use crate::acting::PastRun;
use crate::action::{Action, Context};
use crate::dialogs::reason::{For, Reason};
use crate::dialogs::{About, Dialog};
use crate::effect::Effect;
use crate::model::Model;
use crate::moment;

/// Declares one where none is open; shows it where one is; on its page, closes it.
pub(super) fn show(model: &mut Model) {
    let Some(watched) = model.watched() else { return model.say("there is no deployment to have an incident") };
    if !watched.knows_of_incidents() {
        // One may be open already, and two are not to be told apart afterwards.
        return model.complain(
            "whether an incident is declared is not known: the journal was not read yet; once more in a moment",
        );
    }
    let is_open = watched.logbook.as_ref().and_then(Logbook::open).is_some();
    let is_on_page = matches!(model.dialogs.last(), Some(Dialog::Message { about: About::Incident, .. }));
    match (is_open, is_on_page) {
        (true, true) => model.dialogs.push(Dialog::Reason(Reason::new(For::IncidentOver))),
        (true, false) => open_page(model, Dialog::Message { about: About::Incident, top: 0 }),
        (false, _) => model.dialogs.push(Dialog::Reason(Reason::new(For::IncidentBegan))),
    }
}

/// What is written of a deployment beside its runs was read. Who declared an incident from here sees its page, where its
/// notes and its end are written; unless something else was opened since.
pub(super) fn logged(model: &mut Model, deployment: &DeploymentName, logbook: Logbook, past: Vec<PastRun>) {
    let Some(watched) = model.find_mut(deployment) else { return };
    (watched.logbook, watched.past) = (Some(logbook), past);
    let is_open = watched.incident().is_some();
    let is_declared_here = is_open && model.declared.take_if(|declared| declared == deployment).is_some();
    let is_shown = model.watched().is_some_and(|watched| watched.deployment.name == *deployment);
    if is_declared_here && is_shown && model.dialogs.is_empty() {
        open_page(model, Dialog::Message { about: About::Incident, top: 0 });
    }
}

/// What is said of incidents that stay open to who leaves; nothing where none is.
pub(super) fn left_open(model: &Model) -> Option<String> {
    let open: Vec<&str> = model
        .fleet
        .iter()
        .filter(|watched| watched.incident().is_some())
        .map(|watched| watched.deployment.name.as_str())
        .collect();
    let key = model.keymap.shown(Action::ShowIncident, Context::Screen(model.screen));
    let key = key.map_or_else(|| "the palette".to_owned(), ToString::to_string);
    let shown = model.watched().map(|watched| watched.deployment.name.as_str());
    match open.as_slice() {
        [] => None,
        [only] if Some(*only) == shown => {
            Some(format!("the incident stays open: {key} twice closes it, once more leaves"))
        }
        _ => Some(format!("an incident stays open, of {}: once more leaves", list(&open))),
    }
}

pub(super) fn note(model: &mut Model) {
    if model.watched().is_none() {
        return model.say("there is no deployment to note anything of");
    }
    model.dialogs.push(Dialog::Reason(Reason::new(For::Note)));
}

/// Enter after when it began: then what is known of it is asked for.
pub(super) fn began(model: &mut Model, typed: &str) {
    match moment::past(typed, model.now, model.display.local.offset(model.display.face)) {
        Err(why) => model.complain(why),
        Ok(began_at) => {
            model.dialogs.pop();
            model.dialogs.push(Dialog::Reason(Reason::new(For::Incident { began_at })));
        }
    }
}

pub(super) fn declare(model: &mut Model, began_at: Timestamp, text: String) -> Vec<Effect> {
    model.declared = model.watched().map(|watched| watched.deployment.name.clone());
    asked(model, "the incident is declared", |request, deployment| {
        vec![Effect::DeclareIncident { request, deployment, began_at, text }]
    })
}

pub(super) fn close(model: &mut Model, text: String) -> Vec<Effect> {
    asked(model, "the incident is closed", |request, deployment| {
        vec![Effect::CloseIncident { request, deployment, text }]
    })
}

pub(super) fn write_note(model: &mut Model, text: String) -> Vec<Effect> {
    asked(model, "the note is in the journal", |request, deployment| vec![Effect::Note { request, deployment, text }])
}

fn asked(
    model: &mut Model,
    done: &str,
    effects: impl FnOnce(crate::effect::RequestId, lifeboat_model::id::DeploymentName) -> Vec<Effect>,
) -> Vec<Effect> {
    model.dialogs.pop();
    let Some(deployment) = model.watched().map(|watched| watched.deployment.name.clone()) else { return Vec::new() };
    let request = model.request(done);
    effects(request, deployment)
}
