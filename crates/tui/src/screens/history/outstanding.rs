//! What runs left that is still to be put back, whichever of them it was.

use lifeboat_model::rules::aws_cli;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Item, OUTSTANDING, Screen};
use crate::archive::{Archive, Outstanding};
use crate::look::Look;
use crate::model::{Model, Watched};
use crate::screens::{Page, titled};
use crate::theme::Role;
use crate::widgets::pane::Pane;
use crate::widgets::table::{Cell, Column, Table};

const COLUMNS: &[Column] = &[
    Column::left("", 40).growing(90),
    Column::left("", 10),
    Column::left("", 12).growing(30).dropped(1),
    Column::left("", 24).growing(120),
];

fn all(archive: &Archive) -> &[Outstanding] {
    match archive.shelf.as_ref().map(|shelf| &shelf.outstanding) {
        Some(Ok(all)) => all,
        Some(Err(_)) | None => &[],
    }
}

fn id(one: &Outstanding) -> String {
    format!("{} {}", one.run, one.item.step)
}

pub(super) fn items(model: &Model, archive: &Archive) -> Vec<Item> {
    let terms = super::terms(model, OUTSTANDING);
    let is_shown = |one: &Outstanding| {
        terms.is_empty() || terms.admits(&[one.item.what.as_str(), one.run.as_str(), one.runbook.as_str()])
    };
    let shown = all(archive).iter().enumerate().filter(|(_, one)| is_shown(one));
    shown.map(|(index, one)| Item::new(index, id(one), undone_by(one))).collect()
}

/// What puts it back: the run itself, gone on with, whether or not it is over.
fn undone_by(one: &Outstanding) -> String {
    format!("lifeboat resume {} --operate", one.run)
}

fn commands(one: &Outstanding) -> String {
    let commands: Vec<Vec<String>> = one.item.restore.iter().flat_map(aws_cli::command).collect();
    if commands.is_empty() { String::new() } else { aws_cli::posix(&commands) }
}

pub(super) fn draw(model: &Model, look: &Look<'_>, watched: &Watched, area: Rect, buffer: &mut Buffer) {
    let archive = &watched.archive;
    let state = model.screens.of(Screen::History);
    let focused = state.pane == OUTSTANDING;
    let title = titled("To put back", super::filter(model, OUTSTANDING));
    let (role, aside) = match all(archive).len() {
        0 => (Role::Muted, String::new()),
        1 => (Role::Caution, format!("{} 1 temporary change is still there", look.symbols.caution)),
        count => (Role::Caution, format!("{} {count} temporary changes are still there", look.symbols.caution)),
    };
    let body = Pane::new(&title, focused).aside(role, aside, look).draw(look, area, buffer);
    let items = items(model, archive);
    let table = Table {
        columns: COLUMNS,
        len: items.len(),
        selected: state.cursor(OUTSTANDING).index_in(&items),
        focused,
        empty: empty(model, look, archive),
    };
    table.draw(look, body, buffer, |index| {
        let one = items.get(index).and_then(|item| all(archive).get(item.source));
        one.map_or_else(Vec::new, |one| cells(look, one))
    });
}

fn cells(look: &Look<'_>, one: &Outstanding) -> Vec<Cell> {
    let (role, mark) = sign(look, one);
    vec![
        Cell::new(role, format!("{mark} {}", one.item.what)),
        Cell::new(Role::Text, format!("for {}", look.age(one.since))),
        Cell::new(Role::Muted, one.runbook.to_string()),
        Cell::new(Role::Muted, undone_by(one).replace('\n', "; ")),
    ]
}

fn sign(look: &Look<'_>, one: &Outstanding) -> (Role, &'static str) {
    if one.kept.is_some() { (Role::Danger, look.symbols.danger) } else { (Role::Caution, look.symbols.caution) }
}

fn empty(model: &Model, look: &Look<'_>, archive: &Archive) -> (Role, String) {
    if let Some(said) = super::unread(archive) {
        return said;
    }
    if archive.shelf.as_ref().is_some_and(|shelf| !shelf.exists) {
        return (Role::Unknown, format!("{} unknown: there is no journal", look.symbols.unknown));
    }
    match archive.shelf.as_ref().map(|shelf| &shelf.outstanding) {
        Some(Err(_)) => (Role::Unknown, format!("{} unknown: the journal cannot be read", look.symbols.unknown)),
        Some(Ok(all)) if !all.is_empty() && !super::filter(model, OUTSTANDING).is_empty() => {
            (Role::Muted, "nothing has these words".to_owned())
        }
        Some(Ok(_)) | None => (Role::Ok, format!("{} nothing is left to put back", look.symbols.ok)),
    }
}

pub(super) fn page(look: &Look<'_>, archive: &Archive, wanted: &str) -> Option<Page> {
    let one = all(archive).iter().find(|one| id(one) == wanted)?;
    let mut page = Page::new(one.item.what.clone());
    let (role, mark) = sign(look, one);
    let stands = if one.kept.is_some() { "could not be put back" } else { "has not been put back" };
    page.fact("stands", role, format!("{mark} it is still there: it {stands}"));
    if let Some(why) = &one.kept {
        page.fact("why", Role::Danger, why.clone());
    }
    page.fact("since", Role::Text, format!("{}, for {}", look.date_and_time(one.since), look.age(one.since)));
    page.fact("by", Role::Text, format!("{}, in its step {}", one.run, one.item.step));
    page.sentence(Role::Muted, "As the journal tells: it cannot know what a person has put back by hand.");
    page.heading("What puts it back");
    let text = if one.is_open {
        "Its run is not over: going on with it, or taking it back, puts this back as well (R on its screen)."
    } else {
        "Its run is over: gone on with, it puts this back and does nothing else (R on its screen, where it is shown)."
    };
    page.sentence(Role::Text, text);
    page.sentence(Role::Text, format!("lifeboat resume {} --operate", one.run));
    let commands = commands(one);
    for line in commands.lines() {
        page.exact(Role::Text, line);
    }
    if commands.is_empty() {
        for call in &one.item.restore {
            page.sentence(Role::Text, format!("{} in {}", call.operation(), call.endpoint_region()));
        }
    }
    Some(page)
}
