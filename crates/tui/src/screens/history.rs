//! What happened before: every run of the deployment, what the journal holds of them and whether it is whole, and what
//! they left that is still to be put back.

use lifeboat_model::run::RunId;
use lifeboat_model::time::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{Item, Opened, Page, Screen};
use crate::archive::{Archive, Query, Shelf, Writing};
use crate::dialogs::filter::Terms;
use crate::format;
use crate::look::Look;
use crate::model::{Model, Watched};
use crate::theme::Role;
use crate::widgets::carve;
use crate::widgets::pane;
use crate::widgets::table::Column;

mod journal;
mod outstanding;
mod runs;

pub const PANES: &[&str] = &["Runs", "Journal", "To put back"];
pub const SORTS: &[&str] = &["newest first", "oldest first", "longest first", "longest RTO first"];

pub(crate) const RUNS: usize = 0;
pub(crate) const JOURNAL: usize = 1;
const OUTSTANDING: usize = 2;

const OLDEST_FIRST: usize = 1;
const LONGEST_FIRST: usize = 2;
const LONGEST_RTO_FIRST: usize = 3;

/// The row that stands for every run, whose entries are then all that there are.
const ALL: &str = "*";

fn archive(model: &Model) -> Option<&Archive> {
    model.watched().map(|watched| &watched.archive)
}

/// The filter, where it is this pane's.
fn filter(model: &Model, pane: usize) -> &str {
    super::filter_of(model, Screen::History, pane)
}

fn terms(model: &Model, pane: usize) -> Terms {
    Terms::parse(filter(model, pane))
}

pub(crate) fn items(model: &Model, pane: usize) -> Vec<Item> {
    let Some(archive) = archive(model) else { return Vec::new() };
    match pane {
        JOURNAL => journal::items(archive),
        OUTSTANDING => outstanding::items(model, archive),
        _ => runs::items(model, archive),
    }
}

/// The columns of a pane that is a table with titles.
pub(crate) fn columns(pane: usize) -> &'static [Column] {
    match pane {
        RUNS => runs::COLUMNS,
        JOURNAL => journal::COLUMNS,
        _ => &[],
    }
}

/// How many rows there are of a pane of which only some are held.
pub(crate) fn found(model: &Model, pane: usize) -> Option<usize> {
    if pane != JOURNAL {
        return None;
    }
    archive(model)?.answered().map(|window| window.total)
}

/// The run under the cursor; `None` where all are meant.
pub(crate) fn chosen_run(model: &Model) -> Option<RunId> {
    let id = model.screens.of(Screen::History).cursor(RUNS).id?;
    let run = RunId::new(id);
    archive(model)?.run(&run).map(|run| run.id.clone())
}

/// The entries that the screen shows, as they are to be asked for.
pub(crate) fn query(model: &Model) -> Query {
    let state = model.screens.of(Screen::History);
    Query {
        run: chosen_run(model),
        filter: filter(model, JOURNAL).to_owned(),
        oldest_first: state.sort == OLDEST_FIRST,
        ..Query::default()
    }
}

pub(crate) fn opened(pane: usize, item: &Item) -> Opened {
    match pane {
        RUNS if item.id != ALL => Opened::Writing(Writing::Report(RunId::new(item.id.clone()))),
        JOURNAL => item.id.parse().map_or(Opened::Page, |sequence| Opened::Writing(Writing::Entry(sequence))),
        _ => Opened::Page,
    }
}

pub(crate) fn page(model: &Model, look: &Look<'_>, pane: usize, id: &str) -> Option<Page> {
    let watched = model.watched()?;
    match pane {
        OUTSTANDING => outstanding::page(look, &watched.archive, id),
        RUNS => Some(journal::page(model, look, watched)),
        _ => None,
    }
}

pub(crate) fn draw(model: &Model, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let Some(watched) = model.watched() else { return };
    let area = draw_trouble(look, watched, area, buffer);
    let pane = model.screens.of(Screen::History).pane;
    let rows = |count: usize| u16::try_from(count).unwrap_or(u16::MAX);
    // What is to be put back is seen wherever the keys are.
    let left = rows(items(model, OUTSTANDING).len()).max(1);
    let least = if pane == OUTSTANDING { area.height / 2 } else { 4.min(area.height / 3) };
    let (above, below) = carve::rows(area, area.height.saturating_sub(left.saturating_add(1).min(least.max(2))));
    let runs = rows(items(model, RUNS).len()).max(1).saturating_add(2);
    // The pane that has the keys has most of the room.
    let share = if pane == JOURNAL { above.height / 3 } else { above.height * 3 / 5 };
    let (upper, lower) = carve::rows(above, runs.min(share.max(4)));
    runs::draw(model, look, watched, upper, buffer);
    journal::draw(model, look, watched, lower, buffer);
    outstanding::draw(model, look, watched, below, buffer);
}

/// Why the journal cannot be read, or that it is waited for, over what was read of it before.
fn draw_trouble(look: &Look<'_>, watched: &Watched, area: Rect, buffer: &mut Buffer) -> Rect {
    let Some((role, text)) = trouble(look, &watched.archive) else { return area };
    let lines = format::wrap(&text, usize::from(area.width.saturating_sub(2)));
    let (top, rest) = carve::rows(area, u16::try_from(lines.len()).unwrap_or(u16::MAX).min(area.height / 3));
    pane::lines(lines.into_iter().map(|line| Line::from(look.span(role, format!(" {line}")))), top, buffer);
    rest
}

fn trouble(look: &Look<'_>, archive: &Archive) -> Option<(Role, String)> {
    let before = archive.read_at.map(|at| format!("what is shown was read {} ago", look.age(at)));
    match (&archive.trouble, archive.shelf.as_ref().and_then(Shelf::trouble), before) {
        (Some(why), _, before) => {
            let before = before.unwrap_or_else(|| "nothing is known of what happened before".to_owned());
            Some((Role::Danger, format!("{} {why}; {before}", look.symbols.danger)))
        }
        // Whoever waits for it must not take what is old for what is.
        (None, _, Some(before)) if archive.is_awaited() => {
            Some((Role::Unknown, format!("{} reading{} {before}", look.symbols.unknown, look.symbols.cut)))
        }
        (None, Some(why), _) => Some((Role::Danger, format!("{} {why}", look.symbols.danger))),
        (None, None, _) => None,
    }
}

/// The day and the minute, or the date where that was another year: the rest is on the page.
fn day(look: &Look<'_>, at: Timestamp) -> String {
    let (whole, now) = (look.date_and_time(at), look.date_and_time(look.now));
    let part = if whole.get(..4) == now.get(..4) { whole.get(5..16) } else { whole.get(..10) };
    part.unwrap_or(&whole).to_owned()
}

/// What an empty pane says, before there is anything to say of its own.
fn unread(archive: &Archive) -> Option<(Role, String)> {
    match (&archive.shelf, &archive.trouble) {
        (Some(_), _) => None,
        (None, Some(_)) => Some((Role::Unknown, "unknown: the journal cannot be read".to_owned())),
        (None, None) => Some((Role::Unknown, "the journal is being read".to_owned())),
    }
}
