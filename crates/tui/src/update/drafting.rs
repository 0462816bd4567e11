//! From the list of blueprints to a plan of one: what keys and messages do to the picker and to the form. Whatever is
//! chosen is judged by the program, and nothing leads on from choices that it has not judged, or has complained about.

use lifeboat_model::id::DeploymentName;
use lifeboat_model::runbook::{PROVISION, RunbookName};
use lifeboat_model::topology::Deployment;

use super::acting;
use crate::dialogs::Dialog;
use crate::dialogs::form::{self, Form};
use crate::dialogs::picker::{self, Picker};
use crate::drafting::{Choice, Draft, FieldKind, Offer};
use crate::effect::Effect;
use crate::model::{Model, Stage, Watched};

// ---- What comes back

pub(super) fn offered(model: &mut Model, offers: Vec<Offer>) {
    if let Some(Dialog::Picker(picker)) = model.dialogs.last_mut() {
        picker.selected = picker.selected.min(offers.len().saturating_sub(1));
    }
    model.offers = Some(offers);
}

pub(super) fn drafted(model: &mut Model, of: &Choice, outcome: Result<Box<Draft>, String>) {
    let Some(Dialog::Form(form)) = model.dialogs.iter_mut().find(|dialog| matches!(dialog, Dialog::Form(_))) else {
        return;
    };
    // Of a form that was left before it was answered.
    if form.choice.blueprint != of.blueprint {
        return;
    }
    match outcome {
        Ok(draft) => {
            form.selected = form.selected.min(draft.fields.len().saturating_sub(1));
            (model.draft, model.undraftable) = (Some(*draft), None);
        }
        Err(why) => (model.draft, model.undraftable) = (None, Some(why)),
    }
}

// ---- What keys do

pub(super) fn open_picker(model: &mut Model) -> Vec<Effect> {
    model.dialogs.clear();
    model.dialogs.push(Dialog::Picker(Picker::default()));
    vec![Effect::Blueprints]
}

/// The same with the cursor on this one.
pub(super) fn open_picker_at(model: &mut Model, named: &str) -> Vec<Effect> {
    let effects = open_picker(model);
    let selected = picker::offers(model).iter().position(|offer| offer.named == named).unwrap_or_default();
    if let Some(Dialog::Picker(picker)) = model.dialogs.last_mut() {
        picker.selected = selected;
    }
    effects
}

/// Enter among the blueprints.
pub(super) fn pick(model: &mut Model) -> Vec<Effect> {
    let Some(Dialog::Picker(picker)) = model.dialogs.last() else { return Vec::new() };
    let Some(offer) = picker::offers(model).get(picker.selected) else {
        model.say("there is no blueprint to choose yet");
        return Vec::new();
    };
    if let Some(first) = offer.mistakes.first() {
        let text = format!("it has mistakes, and cannot be built: {first}");
        model.complain(text);
        return Vec::new();
    }
    let choice = Choice::of(offer.named.clone());
    (model.draft, model.undraftable) = (None, None);
    model.dialogs.push(Dialog::Form(Form::of(choice.clone())));
    vec![Effect::Draft { choice }]
}

/// Changes the field under the cursor, and tells whether nobody has typed there yet. Does nothing where no form is open, or
/// nothing is known of it yet.
fn with_field(model: &mut Model, change: impl FnOnce(&mut String, &FieldKind, bool)) -> Vec<Effect> {
    let Some(Dialog::Form(open)) = model.dialogs.last() else { return Vec::new() };
    let Some(draft) = form::draft(model, open) else { return Vec::new() };
    let Some(field) = open.field(draft).cloned() else { return Vec::new() };
    let before = open.choice.value(&field).to_owned();
    let mut text = before.clone();
    change(&mut text, &field.kind, open.is_untouched(&field));
    if let Some(Dialog::Form(open)) = model.dialogs.last_mut() {
        open.edited = Some(open.selected);
    }
    if text == before {
        return Vec::new();
    }
    // What is as it usually is was chosen by nobody.
    let chosen = (text != field.usual).then_some(text);
    let Some(Dialog::Form(open)) = model.dialogs.last_mut() else { return Vec::new() };
    open.choice.put(&field.id, chosen);
    vec![Effect::Draft { choice: open.choice.clone() }]
}

/// As long as any value may be.
const LONGEST_VALUE: usize = 256;

pub(super) fn type_text(model: &mut Model, added: &str) -> Vec<Effect> {
    with_field(model, |text, kind, is_untouched| match kind {
        FieldKind::Text => {
            if is_untouched {
                text.clear();
            }
            let room = LONGEST_VALUE.saturating_sub(text.chars().count());
            text.extend(added.chars().take(room));
        }
        FieldKind::Switch if added == " " => {
            let other = if text == "true" { "false" } else { "true" };
            other.clone_into(text);
        }
        FieldKind::OneOf(values) if added == " " => *text = following(values, text),
        FieldKind::Switch | FieldKind::OneOf(_) => {}
    })
}

/// The next of the values; the first after the last.
fn following(values: &[String], now: &str) -> String {
    let place = values.iter().position(|value| value == now).map_or(0, |place| place + 1);
    values.get(place).or_else(|| values.first()).cloned().unwrap_or_else(|| now.to_owned())
}

pub(super) fn erase(model: &mut Model, erase: impl FnOnce(&mut String)) -> Vec<Effect> {
    with_field(model, |text, kind, _| {
        if *kind == FieldKind::Text {
            erase(text);
        }
    })
}

/// All of a text; of what is empty already, and of what is no text, what was chosen: it is as it usually is again.
pub(super) fn erase_all(model: &mut Model) -> Vec<Effect> {
    let Some(Dialog::Form(open)) = model.dialogs.last() else { return Vec::new() };
    let field = form::draft(model, open).and_then(|draft| open.field(draft)).cloned();
    if field.as_ref().is_some_and(|field| field.kind == FieldKind::Text && !open.choice.value(field).is_empty()) {
        return erase(model, String::clear);
    }
    let Some(Dialog::Form(open)) = model.dialogs.last_mut() else { return Vec::new() };
    let Some(field) = field.filter(|field| open.choice.typed(&field.id).is_some()) else { return Vec::new() };
    open.choice.put(&field.id, None);
    open.edited = None;
    vec![Effect::Draft { choice: open.choice.clone() }]
}

/// Enter in the form: the plan of it, to be read.
pub(super) fn propose(model: &mut Model) -> Vec<Effect> {
    let Some(Dialog::Form(open)) = model.dialogs.last() else { return Vec::new() };
    let judged = form::draft(model, open).filter(|draft| draft.of == open.choice);
    let Some(draft) = judged else {
        model.say("what you chose is being looked at: once more, when it is judged");
        return Vec::new();
    };
    let Some(outcome) = draft.outcome.clone() else {
        let count = draft.complaints.len();
        let noun = if count == 1 { "mistake" } else { "mistakes" };
        model.complain(format!("{count} {noun} in what you chose: each is told below with what mends it"));
        return Vec::new();
    };
    let choice = open.choice.clone();
    let shown = model.watched().map(|watched| watched.deployment.name.clone());
    let known = model.fleet.iter().position(|watched| watched.deployment.name == outcome.deployment);
    if model.fleet.get(known.unwrap_or(usize::MAX)).is_some_and(Watched::is_acting_here) {
        model.complain("a run of this deployment is executed here already: 8 shows it");
        return Vec::new();
    }
    let place = known.unwrap_or_else(|| {
        let bare = Deployment::bare(outcome.deployment, outcome.size.home, outcome.size.partner);
        let tempo = model.watched().map_or_else(Default::default, |watched| watched.tempo);
        let mut unmade = Watched::new(bare, tempo, model.now);
        unmade.stage = Stage::Unmade;
        model.fleet.push(unmade);
        model.fleet.len() - 1
    });
    // Where the way back leads, once nothing came of it.
    model.drafted_from = shown.or_else(|| model.drafted_from.take());
    super::select(model, place);
    acting::propose_choice(model, RunbookName::new(PROVISION), choice)
}

/// What was proposed, and is neither being read nor begun, was never there.
pub(super) fn forget_unmade(model: &mut Model) {
    let is_read = model.dialogs.iter().any(|dialog| {
        matches!(dialog, Dialog::Form(_) | Dialog::Confirm(_)) || matches!(dialog, Dialog::Message { .. })
    });
    let is_idle = |watched: &Watched| {
        let happened = watched.run.is_some() || watched.beginning.is_some() || watched.refused.is_some();
        watched.stage == Stage::Unmade && !happened
    };
    if is_read || !model.fleet.iter().any(is_idle) {
        return;
    }
    let shown = model.watched().filter(|watched| !is_idle(watched)).map(|watched| watched.deployment.name.clone());
    let back = shown.or_else(|| model.drafted_from.take());
    model.fleet.retain(|watched| !is_idle(watched));
    turn_to(model, back.as_ref());
}

/// Nothing of it is left: what was known of it is not true any more, and its run is still to be read.
pub(super) fn taken_away(model: &mut Model, name: &DeploymentName) {
    let now = model.now;
    if let Some(watched) = model.find_mut(name) {
        // Nothing is left to be done either: whoever leaves now stops nothing.
        let mut run = watched.run.take();
        if let Some(run) = &mut run {
            run.here = false;
        }
        *watched = Watched { run, stage: Stage::Gone, ..Watched::new(watched.deployment.clone(), watched.tempo, now) };
    }
}

/// Those that are gone, and those of which a beginning was refused, stay until one looks elsewhere.
pub(super) fn forget_gone(model: &mut Model) {
    let shown = model.watched().map(|watched| watched.deployment.name.clone());
    let is_left = |watched: &Watched| match watched.stage {
        Stage::Standing => false,
        Stage::Gone => true,
        Stage::Unmade => watched.refused.is_some() && !watched.is_acting_here(),
    };
    let is_past = |watched: &Watched| is_left(watched) && Some(&watched.deployment.name) != shown.as_ref();
    if model.fleet.iter().any(is_past) {
        model.fleet.retain(|watched| !is_past(watched));
        turn_to(model, shown.as_ref());
    }
}

fn turn_to(model: &mut Model, name: Option<&DeploymentName>) {
    let place = model.fleet.iter().position(|watched| Some(&watched.deployment.name) == name);
    if place.is_none() {
        model.screens.forget_selections();
    }
    model.selected = place.unwrap_or(0);
}
