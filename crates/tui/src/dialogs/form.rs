//! What is chosen for a blueprint, field by field: typed where one stands, judged by the blueprint's own rules as it is
//! typed, with what it comes to beneath. Nothing is made from here: what follows is a plan to be read.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Clear, Widget};
use serde::{Deserialize, Serialize};

use super::picker::in_words;
use crate::drafting::{Choice, Draft, Field, FieldKind};
use crate::format;
use crate::look::Look;
use crate::model::Model;
use crate::theme::Role;
use crate::widgets::table::{Cell, Column, Table};
use crate::widgets::{carve, pane};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    pub choice: Choice,
    /// Index into the draft's fields.
    pub selected: usize,
    /// Which of them was typed into since the cursor came to it.
    #[serde(default)]
    pub(crate) edited: Option<usize>,
}

impl Form {
    pub(crate) fn of(choice: Choice) -> Self {
        Self { choice, selected: 0, edited: None }
    }

    /// Whether what it holds is what it usually is, and nobody has typed there: it is taken for selected, and the first
    /// letter takes its place.
    pub(crate) fn is_untouched(&self, field: &Field) -> bool {
        self.choice.typed(&field.id).is_none() && self.edited != Some(self.selected)
    }

    /// The field that is typed into.
    pub(crate) fn field<'a>(&self, draft: &'a Draft) -> Option<&'a Field> {
        draft.fields.get(self.selected)
    }
}

/// What the program said of this form's blueprint, by these choices or by the last ones before.
pub(crate) fn draft<'a>(model: &'a Model, form: &Form) -> Option<&'a Draft> {
    model.draft.as_ref().filter(|draft| draft.of.blueprint == form.choice.blueprint)
}

const COLUMNS: &[Column] =
    &[Column::left("", 26).growing(34), Column::left("", 24).growing(90).named(), Column::left("", 18).growing(60)];

pub(crate) fn draw(model: &Model, look: &Look<'_>, form: &Form, body: Rect, buffer: &mut Buffer) {
    Clear.render(body, buffer);
    buffer.set_style(body, look.style(Role::Text));
    let Some(draft) = draft(model, form) else {
        let title = format!("Build {}", form.choice.blueprint);
        let inner = pane::Pane::new(&title, true).draw(look, body, buffer);
        let said = model
            .undraftable
            .as_deref()
            .map_or((Role::Unknown, "the blueprint is being read"), |why| (Role::Danger, why));
        let lines = format::wrap(said.1, usize::from(inner.width.saturating_sub(4)));
        let lines = lines.into_iter().map(|line| Line::from(look.span(said.0, format!("  {line}"))));
        return pane::lines(lines, inner, buffer);
    };
    let title = format!("Build {}", draft.title);
    let (role, aside) = standing(look, form, draft);
    let inner = pane::Pane::new(&title, true).aside(role, aside, look).draw(look, body, buffer);
    let below = below(look, form, draft, inner.width, inner.height);
    let needs = u16::try_from(below.len()).unwrap_or(u16::MAX);
    let (list, rest) = carve::rows(inner, inner.height.saturating_sub(needs));
    let table = Table {
        columns: COLUMNS,
        len: draft.fields.len(),
        selected: Some(form.selected),
        focused: true,
        empty: (Role::Muted, "nothing can be chosen for it".to_owned()),
    };
    table.draw(look, list, buffer, |index| {
        draft.fields.get(index).map_or_else(Vec::new, |field| cells(look, form, draft, field, index == form.selected))
    });
    pane::lines(below, rest, buffer);
}

/// Whether it may go on, in a word.
fn standing(look: &Look<'_>, form: &Form, draft: &Draft) -> (Role, String) {
    let count = draft.complaints.len();
    if draft.of != form.choice {
        (Role::Muted, "being looked at".to_owned())
    } else if count > 0 {
        let noun = if count == 1 { "mistake" } else { "mistakes" };
        (Role::Danger, format!("{} {count} {noun}", look.symbols.danger))
    } else {
        (Role::Ok, format!("{} nothing is wrong with it", look.symbols.ok))
    }
}

fn cells(look: &Look<'_>, form: &Form, draft: &Draft, field: &Field, is_selected: bool) -> Vec<Cell> {
    let value = form.choice.value(field);
    let is_typed = form.choice.typed(&field.id).is_some();
    let wrong = draft.complaints_of(&field.id).next();
    let cursor = if is_selected { look.symbols.cursor } else { "" };
    let shown = match &field.kind {
        FieldKind::Switch => {
            let on = value == "true";
            format!("[{}] {}", if on { "x" } else { " " }, if on { "on" } else { "off" })
        }
        FieldKind::OneOf(_) => format!("< {value} >"),
        FieldKind::Text if value.is_empty() && !is_selected => "none".to_owned(),
        FieldKind::Text => format!("{value}{cursor}"),
    };
    let role = match (wrong.is_some(), is_typed) {
        (true, _) => Role::Danger,
        (false, true) => Role::Accent,
        (false, false) if value.is_empty() => Role::Muted,
        (false, false) => Role::Text,
    };
    let note = match (wrong, is_typed) {
        (Some(complaint), _) => (Role::Danger, format!("{} {}", look.symbols.danger, complaint.what)),
        (None, true) => (Role::Muted, "chosen".to_owned()),
        (None, false) => (Role::Muted, field.usual_from.clone()),
    };
    vec![Cell::new(Role::Text, field.id.clone()), Cell::new(role, shown), note.into()]
}

/// The field under the cursor in full, everything that is wrong, what it all comes to, and the keys.
fn below(look: &Look<'_>, form: &Form, draft: &Draft, width: u16, height: u16) -> Vec<Line<'static>> {
    let mut says: Vec<(Role, String)> = Vec::new();
    if let Some(field) = form.field(draft) {
        says.push((Role::Heading, field.about.clone()));
        let usual = if field.usual.is_empty() { "none" } else { field.usual.as_str() };
        let rule = if field.rule.is_empty() { String::new() } else { format!("; {}", field.rule) };
        says.push((Role::Muted, format!("{}: {usual}{rule}", field.usual_from)));
        says.extend(field.permanent.iter().map(|why| (Role::Caution, format!("cannot be changed later: {why}"))));
    }
    for complaint in &draft.complaints {
        let text = format!("{} {}; {}", look.symbols.danger, complaint.what, complaint.fix);
        says.push((Role::Danger, text));
    }
    if let Some(outcome) = &draft.outcome {
        let verb = if outcome.is_known { "changes" } else { "makes" };
        says.push((
            Role::Text,
            format!("It {verb} the deployment {}; its outputs go to {}.", outcome.deployment, outcome.outputs),
        ));
        says.extend(in_words(&outcome.size).into_iter().take(1));
    } else {
        says.push((Role::Unknown, format!("{} what it costs is not known until that is mended", look.symbols.unknown)));
    }
    says.extend(draft.secrets.iter().map(|secret| (Role::Muted, secret.clone())));
    let room = usize::from(width.saturating_sub(4));
    let mut lines: Vec<Line<'static>> = says
        .into_iter()
        .flat_map(|(role, text)| {
            format::wrap(&text, room).into_iter().map(move |line| (role, line)).collect::<Vec<_>>()
        })
        .map(|(role, line)| Line::from(look.span(role, format!("  {line}"))))
        .collect();
    // The fields are what the form is for; the keys are what nobody finds without being told.
    lines.truncate(usize::from(height).saturating_sub(8).min(usize::from(height) * 3 / 5));
    lines.insert(0, Line::from(look.span(Role::Border, look.rule().repeat(usize::from(width)))));
    let keys = "space turns a switch, ctrl+u erases, then as usual, enter plans, esc leaves";
    lines.push(Line::from(look.span(Role::Accent, look.truncate(&format!("  {keys}"), usize::from(width)))));
    lines
}
