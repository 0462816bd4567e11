//! What happened before: every run of the deployment, what the journal holds of them and whether it is whole, and what
//! they left that is still to be put back.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Item, Page};
use crate::look::Look;
use crate::model::Model;
use crate::theme::Role;
use crate::widgets::pane::{self, Pane};

pub const PANES: &[&str] = &["Runs", "Journal", "To put back"];
pub const SORTS: &[&str] = &[];

pub(crate) fn items(_model: &Model, _pane: usize) -> Vec<Item> {
    Vec::new()
}

pub(crate) fn page(_model: &Model, _look: &Look<'_>, _pane: usize, _id: &str) -> Option<Page> {
    None
}

pub(crate) fn draw(_model: &Model, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let body = Pane::new("Runs", true).draw(look, area, buffer);
    pane::lines([look.span(Role::Unknown, "the journal has not been read yet").into()], body, buffer);
}
