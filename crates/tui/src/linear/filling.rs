//! The form of a blueprint as lines: one field asked for after the other, each mistake told as soon as it is judged, and
//! what a line means meanwhile. It holds nothing: what was typed is in the form, as if it had been typed where it is drawn.

use super::Heard;
use crate::action::Action;
use crate::dialogs::Dialog;
use crate::dialogs::form::{self, Form};
use crate::dialogs::picker;
use crate::drafting::{Complaint, Draft, Field, FieldKind};
use crate::key::{Key, KeyCode};
use crate::model::Model;
use crate::msg::Msg;

/// The words that are no value: as a value, each is typed after a `=`.
const WAYS: &str = "A line that you type is the value of the field that is asked for. `next` leaves it as it is, `back` \
                    goes to the one before, `usual` makes it what it usually is, `field NAME` goes to another, `fields` \
                    lists them all, `plan` makes the plan of what you chose, `esc` leaves without. `=` before a line \
                    takes it as it stands: `=next` is the value next, `=` alone is none.";

/// The form that is open, with what the program said of it.
fn open(model: &Model) -> Option<(&Form, Option<&Draft>)> {
    let Some(Dialog::Form(form)) = model.dialogs.last() else { return None };
    Some((form, form::draft(model, form)))
}

// ---- What is there

/// What is to be chosen, and how.
pub(super) fn screen(model: &Model) -> Vec<String> {
    let Some((form, draft)) = open(model) else { return Vec::new() };
    let Some(draft) = draft else {
        let why = model.undraftable.clone();
        return vec![why.unwrap_or_else(|| format!("Build {}: the blueprint is being read.", form.choice.blueprint))];
    };
    let mut lines = vec![format!("Build {}, by {} fields.", draft.title, draft.fields.len()), WAYS.to_owned()];
    lines.extend(standing(form, draft));
    lines.extend(asked(form, draft));
    lines
}

/// The field that is asked for.
fn asked(form: &Form, draft: &Draft) -> Option<String> {
    let field = form.field(draft)?;
    let mut said = format!(
        "Field {} of {}, {}: {}. {}",
        form.selected + 1,
        draft.fields.len(),
        field.id,
        value(form, field),
        field.about
    );
    let may_be = match &field.kind {
        FieldKind::Switch => "on or off".to_owned(),
        FieldKind::OneOf(values) => format!("one of {}", values.join(", ")),
        FieldKind::Text => field.rule.clone(),
    };
    if !may_be.is_empty() {
        said.extend([" It may be: ", &may_be, "."]);
    }
    said.extend(field.permanent.iter().map(|why| format!(" Cannot be changed later: {why}.")));
    Some(said)
}

/// `dev, chosen`, `none, the default`
fn value(form: &Form, field: &Field) -> String {
    let text = form.choice.value(field);
    let from = if form.choice.typed(&field.id).is_some() { "chosen" } else { field.usual_from.as_str() };
    let shown = match (&field.kind, text) {
        (FieldKind::Switch, "true") => "on",
        (FieldKind::Switch, _) => "off",
        (FieldKind::Text | FieldKind::OneOf(_), "") => "none",
        (FieldKind::Text | FieldKind::OneOf(_), text) => text,
    };
    format!("{shown}, {from}")
}

/// Everything that is wrong, or what it comes to.
fn standing(form: &Form, draft: &Draft) -> Vec<String> {
    if draft.of != form.choice {
        return vec!["What you chose is being looked at.".to_owned()];
    }
    let mut lines: Vec<String> = draft.complaints.iter().map(mistake).collect();
    if let Some(outcome) = &draft.outcome {
        let verb = if outcome.is_known { "changes" } else { "makes" };
        let size = picker::in_words(&outcome.size).into_iter().map(|(_, said)| said).next().unwrap_or_default();
        lines.push(format!("Nothing is wrong with it: it {verb} the deployment {}, {size}.", outcome.deployment));
    }
    lines
}

fn mistake(complaint: &Complaint) -> String {
    let field = complaint.field.as_ref().map_or_else(String::new, |field| format!(" in {field}"));
    format!("! mistake{field}: {}; {}", complaint.what, complaint.fix)
}

// ---- What is new

/// What was told of a form: the field that was asked for, and what was wrong.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Told {
    blueprint: String,
    selected: usize,
    mistakes: Vec<String>,
}

/// What changed in it since.
pub(super) fn news(told: &mut Option<Told>, model: &Model) -> Vec<String> {
    let Some((form, Some(draft))) = open(model) else {
        *told = None;
        return Vec::new();
    };
    let is_judged = draft.of == form.choice;
    let before = told.take().filter(|told| told.blueprint == form.choice.blueprint);
    let known = before.as_ref().map(|told| told.mistakes.clone()).unwrap_or_default();
    let mistakes: Vec<String> = if is_judged { draft.complaints.iter().map(mistake).collect() } else { known.clone() };
    let mut said = Vec::new();
    // When it is seen for the first time it is told whole.
    if let Some(before) = &before {
        said.extend(mistakes.iter().filter(|one| !known.contains(one)).cloned());
        if !known.is_empty() && mistakes.is_empty() {
            said.extend(standing(form, draft));
        }
        if before.selected != form.selected {
            said.extend(asked(form, draft));
        }
    }
    *told = Some(Told { blueprint: form.choice.blueprint.clone(), selected: form.selected, mistakes });
    said
}

// ---- What a line means

pub(super) fn hear(model: &Model, line: &str) -> Heard {
    if line == "esc" {
        return Heard::keys([Key::plain(KeyCode::Escape)]);
    }
    let Some((form, Some(draft))) = open(model) else { return Heard::say("the blueprint is being read: a moment") };
    let Some(field) = form.field(draft) else { return Heard::say("nothing can be chosen for it: `plan`, or `esc`") };
    if let Some(text) = line.strip_prefix('=') {
        return taken(form, draft, field, text.trim());
    }
    match line.split_once(' ').unwrap_or((line, "")) {
        ("?" | "help", "") => Heard { say: vec![WAYS.to_owned()], ..Heard::default() },
        ("fields", "") => Heard { say: listed(form, draft), ..Heard::default() },
        ("next", "") => onward(form, draft),
        ("back", "") if form.selected == 0 => Heard::say("this is the first field"),
        ("back", "") => Heard::action(Action::MoveUp),
        ("usual", "") => {
            let mut heard = onward(form, draft);
            let is_text = field.kind == FieldKind::Text;
            let erasures = match form.choice.typed(&field.id) {
                Some(typed) if is_text && !typed.is_empty() => 2,
                Some(_) => 1,
                None => 0,
            };
            heard.msgs.splice(0..0, (0..erasures).map(|_| Msg::Action(Action::EraseLine)));
            heard.say.insert(0, format!("{} is as usual", field.id));
            heard
        }
        // What was wrong with an earlier choice is not told of this one.
        ("plan", "") if draft.of == form.choice => {
            Heard { say: draft.complaints.iter().map(mistake).collect(), ..enter() }
        }
        ("plan", "") => enter(),
        ("field", wanted) => to_field(draft, wanted.trim()),
        _ => taken(form, draft, field, line),
    }
}

fn enter() -> Heard {
    Heard::keys([Key::plain(KeyCode::Enter)])
}

fn listed(form: &Form, draft: &Draft) -> Vec<String> {
    let fields = draft.fields.iter().enumerate();
    fields.map(|(index, field)| format!("  {}. {}: {}", index + 1, field.id, value(form, field))).collect()
}

/// To the next field, where there is one.
fn onward(form: &Form, draft: &Draft) -> Heard {
    if form.selected + 1 < draft.fields.len() {
        Heard::action(Action::MoveDown)
    } else {
        Heard::say("that was the last field: `plan` makes the plan of what you chose, `fields` lists it")
    }
}

/// By its number or its name.
fn to_field(draft: &Draft, wanted: &str) -> Heard {
    let by_number = wanted.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let by_name = || draft.fields.iter().position(|field| field.id.eq_ignore_ascii_case(wanted));
    let Some(index) = by_number.filter(|index| *index < draft.fields.len()).or_else(by_name) else {
        return Heard::say(format!("there is no field `{wanted}`; `fields` lists them"));
    };
    let mut heard = Heard::action(Action::MoveTop);
    heard.msgs.extend((0..index).map(|_| Msg::Action(Action::MoveDown)));
    heard
}

/// As somebody would type it where it is drawn.
fn taken(form: &Form, draft: &Draft, field: &Field, text: &str) -> Heard {
    let before = form.choice.value(field);
    let keys: Vec<Key> = match &field.kind {
        FieldKind::Text => {
            let erased = before.chars().map(|_| Key::plain(KeyCode::Backspace));
            erased.chain(text.chars().map(Key::char)).collect()
        }
        FieldKind::Switch => {
            let wanted = match text.to_ascii_lowercase().as_str() {
                "on" | "true" | "yes" => true,
                "off" | "false" | "no" => false,
                _ => return Heard::say(format!("{} is on or off, and stays as it was", field.id)),
            };
            if (before == "true") == wanted { Vec::new() } else { vec![Key::char(' ')] }
        }
        FieldKind::OneOf(values) => {
            let place = |text: &str| values.iter().position(|value| value.eq_ignore_ascii_case(text));
            let Some(wanted) = place(text) else {
                return Heard::say(format!("{} is one of {}, and stays as it was", field.id, values.join(", ")));
            };
            // A value that is none of them turns to the first.
            let turns = match place(before) {
                Some(now) => (wanted + values.len() - now) % values.len(),
                None => wanted + 1,
            };
            vec![Key::char(' '); turns]
        }
    };
    let mut heard = Heard::keys(keys);
    let shown = if text.is_empty() { "none" } else { text };
    heard.say.push(format!("{} is {shown}", field.id));
    let next = onward(form, draft);
    heard.msgs.extend(next.msgs);
    heard.say.extend(next.say);
    heard
}

// ---- The list of blueprints

/// What can be built, by number.
pub(super) fn offers(model: &Model) -> Vec<String> {
    let Some(offers) = &model.offers else { return vec!["The blueprints are being read.".to_owned()] };
    let mut lines = vec!["What can be built; its number chooses one, `esc` leaves:".to_owned()];
    for (index, offer) in offers.iter().enumerate() {
        let size = match &offer.size {
            Some(size) => picker::in_words(size).into_iter().map(|(_, said)| said).next().unwrap_or_default(),
            None => format!("it has mistakes, and cannot be built: {}", offer.mistakes.join("; ")),
        };
        lines.push(format!("  {}. {}: {} {size}", index + 1, offer.name, offer.purpose));
    }
    lines
}
