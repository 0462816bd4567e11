//! The help: what is possible here and nowhere else, then every other action of the table by heading, with its keys,
//! marking those that do not work here; and what the signs mean.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::message;
use crate::action::{Action, Context, Group};
use crate::look::Look;
use crate::model::Model;
use crate::screens::{Page, Screen};
use crate::theme::Role;

/// Where the help was opened: on the plan that is proposed, or on a screen.
fn here(model: &Model) -> Context {
    let is_on_plan = model.dialogs.iter().any(|dialog| dialog.context() == Context::Proposal);
    if is_on_plan { Context::Proposal } else { Context::Screen(model.screen) }
}

/// Whether it works here, and not on every screen.
fn is_of(action: Action, here: Context) -> bool {
    let contexts = action.entry().contexts;
    contexts.contains(here) && !Screen::ALL.iter().all(|screen| contexts.contains(Context::Screen(*screen)))
}

fn page(model: &Model, look: &Look<'_>) -> Page {
    let here = here(model);
    let mut page = Page::new(format!("Keys: {}", here.name()));
    let (mut of_here, others): (Vec<Action>, Vec<Action>) =
        Action::ALL.iter().partition(|action| is_of(**action, here));
    // As the footer has them; what it has no room for comes after.
    of_here.sort_by_key(|action| action.entry().footer.unwrap_or(u8::MAX));
    if !of_here.is_empty() {
        page.heading("Here");
        for action in of_here {
            line(&mut page, model, action, here);
        }
    }
    for group in Group::ALL {
        let of_group = others.iter().filter(|action| action.entry().group == group);
        let (works, elsewhere): (Vec<Action>, Vec<Action>) =
            of_group.partition(|action| action.entry().contexts.contains(here));
        page.heading(group.title());
        for action in works.into_iter().chain(elsewhere) {
            line(&mut page, model, action, here);
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

fn line(page: &mut Page, model: &Model, action: Action, here: Context) {
    let entry = action.entry();
    let works = entry.contexts.contains(here);
    let keys: Vec<String> = model.keymap.chords(action).map(ToString::to_string).collect();
    let keys = if keys.is_empty() { "palette".to_owned() } else { keys.join(", ") };
    let elsewhere = if works { "" } else { " (not here)" };
    page.fact(&keys, if works { Role::Text } else { Role::Muted }, format!("{}{elsewhere}", entry.description));
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
