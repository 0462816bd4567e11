//! Which columns of the table in view are shown. One at least stays.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use serde::{Deserialize, Serialize};

use super::answer::draw_box;
use crate::look::Look;
use crate::model::Model;
use crate::screens;
use crate::theme::Role;
use crate::widgets::table;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picking {
    /// Index into the titled columns.
    pub selected: usize,
}

/// The columns that can be put away: those that have a title.
pub(crate) fn titles(model: &Model) -> Vec<&'static str> {
    screens::columns(model).iter().map(|column| column.title).filter(|title| !title.is_empty()).collect()
}

/// Shows the column or puts it away; `Err` says why it stays.
pub(crate) fn toggle(model: &mut Model, selected: usize) -> Result<(), &'static str> {
    let titles = titles(model);
    let Some(title) = titles.get(selected) else { return Err("there is no such column") };
    let key = table::key(screens::columns(model));
    let hidden = model.display.hidden.entry(key.clone()).or_default();
    if !hidden.remove(*title) {
        if titles.iter().filter(|one| !hidden.contains(**one)).count() <= 1 {
            return Err("one column stays: without any there is nothing to see");
        }
        hidden.insert((*title).to_owned());
    }
    if hidden.is_empty() {
        model.display.hidden.remove(&key);
    }
    Ok(())
}

pub(crate) fn draw(model: &Model, look: &Look<'_>, picking: &Picking, body: Rect, buffer: &mut Buffer) {
    let hidden = look.hidden(&table::key(screens::columns(model)));
    let rows = titles(model).into_iter().enumerate().map(|(index, title)| {
        let is_selected = index == picking.selected;
        let is_shown = hidden.is_none_or(|hidden| !hidden.contains(title));
        let (mark, role) = if is_selected { (look.symbols.selected, Role::Selection) } else { (" ", Role::Text) };
        let state = if is_shown { "[x]" } else { "[ ]" };
        Line::from(vec![look.span(Role::Focus, format!("{mark} ")), look.span(role, format!("{state} {title}"))])
    });
    let panes = model.screen.panes();
    let pane = panes.get(model.screens.of(model.screen).pane).copied().unwrap_or_default();
    draw_box(look, &format!("Columns of {pane}"), "space shows or hides, enter closes", rows.collect(), body, buffer);
}
