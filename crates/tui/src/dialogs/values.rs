//! Every value of what is selected or read, one of which is to be copied.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};
use serde::{Deserialize, Serialize};

use super::{Dialog, greeting, help, message};
use crate::look::Look;
use crate::model::Model;
use crate::screens::{self, PageLine};
use crate::symbols::Symbols;
use crate::theme::Role;
use crate::widgets::table::{Cell, Column, Table};
use crate::widgets::{carve, pane};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taking {
    /// Index into the values.
    pub selected: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// Empty for a line that stands for itself.
    pub label: String,
    pub text: String,
}

/// What there is to be copied: of the page that is open, else of the row under the cursor, that which the copy key takes
/// first.
pub fn values(model: &Model) -> Vec<Value> {
    let look = Look::of(model);
    let below = model.dialogs.iter().rev().find(|dialog| !matches!(dialog, Dialog::Values(_)));
    let lines_of =
        |text: &str| text.lines().map(|line| Value { label: String::new(), text: line.to_owned() }).collect();
    let mut all: Vec<Value> = match below {
        Some(Dialog::Message { about, .. }) => facts(&look, message::page(model, &look, about).lines),
        Some(Dialog::Help { .. }) => lines_of(&help::text(model)),
        Some(Dialog::Greeting) => lines_of(&greeting::text(model)),
        Some(_) => Vec::new(),
        None => match screens::selected(model) {
            Some((pane, item)) => {
                let page = screens::page(model, &look, model.screen, pane, &item.id);
                let own = Value { label: "as y copies it".to_owned(), text: item.copy };
                let page = page.map_or_else(Vec::new, |page| facts(&look, page.lines));
                std::iter::once(own).chain(page).collect()
            }
            None => Vec::new(),
        },
    };
    all.retain(|value| !value.text.trim().is_empty());
    all
}

fn facts(look: &Look<'_>, lines: Vec<PageLine>) -> Vec<Value> {
    let plain = |line: PageLine| {
        let text = if line.exact { line.text } else { unmarked(look.symbols, &line.text).to_owned() };
        Value { label: line.label, text }
    };
    lines.into_iter().map(plain).collect()
}

/// Without the sign before it, which says how it is and is no part of it.
fn unmarked<'a>(symbols: &Symbols, text: &'a str) -> &'a str {
    let signs = [symbols.ok, symbols.caution, symbols.danger, symbols.unknown, symbols.dash];
    let rest = signs.iter().find_map(|sign| text.strip_prefix(sign)?.strip_prefix(' '));
    rest.unwrap_or(text).trim()
}

const COLUMNS: &[Column] = &[Column::left("", 10).growing(24), Column::left("", 20).growing(400)];
const WIDTHS: (u16, u16) = (90, 160);

pub(crate) fn draw(model: &Model, look: &Look<'_>, taking: &Taking, body: Rect, buffer: &mut Buffer) {
    let values = values(model);
    let rows = u16::try_from(values.len()).unwrap_or(u16::MAX).max(1).saturating_add(2);
    let width = body.width.saturating_sub(20).clamp(WIDTHS.0, WIDTHS.1);
    let outer = carve::centred(body, width, rows.min(body.height));
    Clear.render(outer, buffer);
    buffer.set_style(outer, look.style(Role::Text));
    let hint = "enter copies it, esc leaves";
    let inner = pane::Pane::new("Copy which value", true).aside(Role::Muted, hint, look).draw(look, outer, buffer);
    let (list, foot) = carve::rows(inner, inner.height.saturating_sub(1));
    let table = Table {
        columns: COLUMNS,
        len: values.len(),
        selected: Some(taking.selected.min(values.len().saturating_sub(1))),
        focused: true,
        empty: (Role::Muted, "it is not there any more: there is nothing to copy".to_owned()),
    };
    table.draw(look, list, buffer, |index| {
        let cells = |value: &Value| {
            vec![Cell::new(Role::Muted, value.label.clone()), Cell::new(Role::Text, value.text.clone())]
        };
        values.get(index).map_or_else(Vec::new, cells)
    });
    let rule = look.rule().repeat(usize::from(foot.width));
    pane::lines([ratatui::text::Line::from(look.span(Role::Border, rule))], foot, buffer);
}
