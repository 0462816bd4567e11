//! The tutorial's guidance above the footer: what is to be seen, and what to press next.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::action::{Action, Context};
use crate::format;
use crate::look::Look;
use crate::model::Model;
use crate::theme::Role;
use crate::tutorial::{self, Guidance, Stage};
use crate::widgets::carve;
use crate::widgets::pane::{self, Pane};

/// Below this many rows the screen itself is worth more.
const LOWEST_SCREEN: u16 = 20;

/// How many rows it takes of this window.
pub(crate) fn height(model: &Model) -> u16 {
    if model.display.rows < LOWEST_SCREEN {
        return 0;
    }
    tutorial::guidance(model).map_or(0, |guidance| {
        let lines =
            wrapped(&guidance.look, model.display.columns).len() + wrapped(&guidance.act, model.display.columns).len();
        u16::try_from(lines + 1).unwrap_or(0)
    })
}

fn wrapped(text: &str, columns: u16) -> Vec<String> {
    format::wrap(text, usize::from(columns.saturating_sub(6)))
}

/// Draws it at the bottom of an area and gives what is left.
pub(super) fn draw(model: &Model, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Rect {
    let height = height(model);
    let Some(Guidance { number, look: seen, act }) = tutorial::guidance(model).filter(|_| height > 0) else {
        return area;
    };
    let (rest, strip) = carve::rows(area, area.height.saturating_sub(height));
    let chord = model.keymap.shown(Action::Tutorial, Context::Screen(model.screen));
    let out = chord.map_or_else(String::new, |chord| format!("{chord} ends the guidance"));
    let title = format!("Tutorial, {number} of {}", Stage::ALL.len());
    let body = Pane::new(&title, false).aside(Role::Muted, out, look).draw(look, strip, buffer);
    let seen =
        wrapped(&seen, strip.width).into_iter().map(|line| Line::from(look.span(Role::Text, format!("    {line}"))));
    let act = wrapped(&act, strip.width).into_iter().enumerate().map(|(index, line)| {
        let mark = if index == 0 { look.symbols.selected } else { " " };
        Line::from(look.span(Role::Accent, format!("  {mark} {line}")))
    });
    pane::lines(seen.chain(act), body, buffer);
    rest
}
