//! The help: every action of the table by heading, with its keys, marking those that do not work on this screen; and
//! what the signs mean.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::message;
use crate::action::{Action, Context, Group};
use crate::look::Look;
use crate::model::Model;
use crate::screens::Page;
use crate::theme::Role;

fn page(model: &Model, look: &Look<'_>) -> Page {
    let mut page = Page::new(format!("Keys: {}", model.screen.title()));
    for group in Group::ALL {
        page.heading(group.title());
        for action in Action::ALL.iter().filter(|action| action.entry().group == group) {
            let entry = action.entry();
            let here = entry.contexts.contains(Context::Screen(model.screen));
            let keys: Vec<String> = model.keymap.chords(*action).map(ToString::to_string).collect();
            let keys = if keys.is_empty() { "palette".to_owned() } else { keys.join(", ") };
            let elsewhere = if here { "" } else { " (not on this screen)" };
            page.fact(&keys, if here { Role::Text } else { Role::Muted }, format!("{}{elsewhere}", entry.description));
        }
    }
    page.heading("Signs");
    let symbols = look.symbols;
    for (sign, role, meaning) in [
        (symbols.ok, Role::Ok, "healthy, within the objective, the same"),
        (symbols.caution, Role::Caution, "degraded, or a warning"),
        (symbols.danger, Role::Danger, "down, over the objective, refusing"),
        (symbols.unknown, Role::Unknown, "not known: no data, or not read yet"),
        (symbols.gap, Role::Muted, "in a curve: no data at that time, which is not zero"),
        (symbols.over, Role::Danger, "in a curve: over the objective"),
        ("34s", Role::Stale, "after a greyed number: how old it is; it may not be trusted"),
    ] {
        page.fact(sign, role, meaning);
    }
    page
}

pub(crate) fn draw(model: &Model, look: &Look<'_>, top: usize, body: Rect, buffer: &mut Buffer) {
    message::draw_page(look, &page(model, look), top, body, buffer);
}

/// How many places the top of the text can be at.
pub(crate) fn tops(model: &Model) -> usize {
    let look = Look::of(model);
    message::tops_of(model, &page(model, &look))
}

pub(crate) fn text(model: &Model) -> String {
    message::plain(&page(model, &Look::of(model)))
}
