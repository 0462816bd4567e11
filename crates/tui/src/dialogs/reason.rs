//! Why a step is skipped: a line that the journal keeps beside the person's name.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use serde::{Deserialize, Serialize};

use super::answer::{draw_box, inner_width};
use crate::acting::Question;
use crate::format;
use crate::look::Look;
use crate::theme::Role;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    pub question: Question,
    pub typed: String,
}

pub(crate) fn draw(look: &Look<'_>, reason: &Reason, body: Rect, buffer: &mut Buffer) {
    let width = usize::from(inner_width(body));
    let (_, text) = &reason.question;
    let mut rows: Vec<Line<'static>> =
        format::wrap(text, width).into_iter().map(|line| Line::from(look.span(Role::Caution, line))).collect();
    rows.push(Line::default());
    rows.push(Line::from(look.span(Role::Muted, "Why, as the journal will have it; Enter skips, Esc leaves:")));
    let typed = format::wrap(&reason.typed, width.saturating_sub(3));
    let last = typed.last().cloned().unwrap_or_default();
    rows.push(Line::from(vec![
        look.span(Role::Accent, "> "),
        look.span(Role::Text, last),
        look.span(Role::Accent, look.symbols.cursor),
    ]));
    draw_box(look, "Skip it, because", "enter skips, esc leaves", rows, body, buffer);
}
