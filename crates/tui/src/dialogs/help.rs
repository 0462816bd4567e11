//! The help: what is possible here and on few other screens, then everything else that works here by heading, with its
//! keys; what the signs mean; and in a few lines what works elsewhere, and where.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::message;
use crate::action::{Action, Context, Group};
use crate::look::Look;
use crate::model::Model;
use crate::screens::{Page, Screen};
use crate::theme::Role;

/// The heading of what is possible here and on few other screens.
pub(crate) const HERE: &str = "Here";

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
    for (heading, actions) in possible(here) {
        page.heading(heading);
        for action in actions {
            line(&mut page, model, action);
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
    elsewhere(&mut page, model, here);
    page
}

/// What works here, by heading: first what does so on few other screens.
pub(crate) fn possible(here: Context) -> Vec<(&'static str, Vec<Action>)> {
    let works = Action::ALL.iter().copied().filter(|action| action.entry().contexts.contains(here));
    let (mut of_here, others): (Vec<Action>, Vec<Action>) = works.partition(|action| is_of(*action, here));
    // As the footer has them; what it has no room for comes after.
    of_here.sort_by_key(|action| action.entry().footer.unwrap_or(u8::MAX));
    let groups = Group::ALL.into_iter().map(|group| {
        let of_group = others.iter().copied().filter(|action| action.entry().group == group);
        (group.title(), of_group.collect())
    });
    let all = std::iter::once((HERE, of_here)).chain(groups);
    all.filter(|(_, actions): &(_, Vec<Action>)| !actions.is_empty()).collect()
}

/// What does not work here, in as few lines as there are places where it does.
fn elsewhere(page: &mut Page, model: &Model, here: Context) {
    let mut places: Vec<(&str, Vec<String>)> = Vec::new();
    for action in Action::ALL.iter().filter(|action| !action.entry().contexts.contains(here)) {
        let entry = action.entry();
        let key = model.keymap.chords(*action).next().map_or_else(String::new, |chord| format!("{chord} "));
        let named = format!("{key}{}", entry.label);
        match places.iter_mut().find(|(place, _)| *place == entry.contexts.place()) {
            Some((_, listed)) => listed.push(named),
            None => places.push((entry.contexts.place(), vec![named])),
        }
    }
    page.heading("Not here");
    for (place, listed) in places {
        page.fact("", Role::Muted, format!("{place}: {}", listed.join(", ")));
    }
    let help =
        model.keymap.shown(Action::OpenHelp, here).map_or_else(String::new, |key| format!("; {key} there says more"));
    page.fact("", Role::Muted, format!("the palette finds all of it by name, and leads there{help}"));
}

/// By its first key, which leaves room for what it does; the others stand after that.
fn line(page: &mut Page, model: &Model, action: Action) {
    let mut keys = model.keymap.chords(action).map(ToString::to_string);
    let first = keys.next().unwrap_or_else(|| "palette".to_owned());
    let others: Vec<String> = keys.collect();
    let also = if others.is_empty() { String::new() } else { format!(" (also {})", others.join(", ")) };
    page.fact(&first, Role::Text, format!("{}{also}", action.entry().description));
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
