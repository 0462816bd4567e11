//! A pane of what happened, the newest first: that is what is looked for.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Item, Screen};
use crate::look::Look;
use crate::model::Model;
use crate::theme::Role;
use crate::widgets::pane::Pane;
use crate::widgets::table::{Cell, Column, Table};

pub(crate) struct NewestFirst<'a> {
    pub(crate) screen: Screen,
    /// Which pane of the screen it is.
    pub(crate) pane: usize,
    pub(crate) title: &'a str,
    pub(crate) columns: &'a [Column],
    pub(crate) items: &'a [Item],
    pub(crate) empty: &'a str,
}

impl NewestFirst<'_> {
    /// Draws as many as there is room for; nothing where there is none.
    pub(crate) fn draw(
        &self,
        model: &Model,
        look: &Look<'_>,
        area: Rect,
        buffer: &mut Buffer,
        cells: impl Fn(&Item) -> Vec<Cell>,
    ) {
        if area.is_empty() {
            return;
        }
        let state = model.screens.of(self.screen);
        let focused = state.pane == self.pane;
        let selected = state.cursor(self.pane).index_in(self.items);
        let above = u16::from(self.columns.iter().any(|column| !column.title.is_empty()));
        let pane = Pane::new(self.title, focused).aside(Role::Muted, "newest first", look);
        let body = pane.rows(self.items.len(), selected, above).draw(look, area, buffer);
        let table = Table {
            columns: self.columns,
            len: self.items.len(),
            selected,
            focused,
            empty: (Role::Muted, self.empty.to_owned()),
        };
        table.draw(look, body, buffer, |index| self.items.get(index).map_or_else(Vec::new, &cells));
    }
}
