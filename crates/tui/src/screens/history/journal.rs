//! The journal, an entry a row, and whether it is whole.

use lifeboat_model::time::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{Item, JOURNAL, Screen};
use crate::archive::{Archive, Chain, JournalLine};
use crate::format;
use crate::look::Look;
use crate::model::{Model, Watched};
use crate::screens::{Page, titled};
use crate::theme::Role;
use crate::widgets::carve;
use crate::widgets::pane::{self, Pane};
use crate::widgets::table::{Cell, Column, Table};

pub(super) const COLUMNS: &[Column] = &[
    Column::right("ENTRY", 7),
    Column::left("AT", 14),
    Column::left("WHAT HAPPENED", 30).growing(400),
    Column::left("RUN", 20).growing(44).named().dropped(1),
    Column::left("HASH", 8),
];

/// Those that are held of the list.
pub(super) fn items(archive: &Archive) -> Vec<Item> {
    let lines = archive.answered().map_or(&[][..], |window| &window.lines);
    let copy = |line: &JournalLine| format!("{} {} {}", line.sequence, line.run, line.text);
    lines.iter().enumerate().map(|(index, line)| Item::new(index, line.sequence.to_string(), copy(line))).collect()
}

pub(super) fn draw(model: &Model, look: &Look<'_>, watched: &Watched, area: Rect, buffer: &mut Buffer) {
    let archive = &watched.archive;
    let state = model.screens.of(Screen::History);
    let focused = state.pane == JOURNAL;
    let asked = archive.asked.as_ref();
    let of = match asked.and_then(|query| query.run.as_ref()) {
        Some(run) => archive
            .run(run)
            .map_or_else(|| run.to_string(), |run| format!("{} {}", run.runbook, super::day(look, run.started_at))),
        None => "all runs".to_owned(),
    };
    let title = titled(&format!("Journal: {of}"), super::filter(model, JOURNAL));
    // The title and what stands around both.
    let room = usize::from(area.width).saturating_sub(format::width(&title) + 8);
    let (role, chain) = standing(model, look, room);
    let body = Pane::new(&title, focused).aside(role, chain, look).draw(look, area, buffer);
    let body = draw_broken(model, look, body, buffer);
    let window = archive.answered();
    let lines = window.map_or(&[][..], |window| &window.lines);
    let items = if lines.is_empty() { Vec::new() } else { items(archive) };
    let table = Table {
        columns: COLUMNS,
        len: lines.len(),
        selected: state.cursor(JOURNAL).index_in(&items),
        focused,
        empty: empty(model, archive),
    };
    table.draw(look, body, buffer, |index| lines.get(index).map_or_else(Vec::new, |line| cells(look, line)));
}

fn cells(look: &Look<'_>, line: &JournalLine) -> Vec<Cell> {
    vec![
        Cell::new(Role::Muted, line.sequence.to_string()),
        line.at.map_or_else(|| Cell::new(Role::Danger, "no time"), |at| Cell::new(Role::Muted, look.day_and_time(at))),
        Cell::new(line.role, line.text.clone()),
        Cell::new(Role::Muted, line.run.as_str()),
        Cell::new(Role::Muted, line.hash.get(..8).unwrap_or(&line.hash)),
    ]
}

fn empty(model: &Model, archive: &Archive) -> (Role, String) {
    if let Some(said) = super::unread(archive) {
        return said;
    }
    match archive.shelf.as_ref().map(|shelf| &shelf.window) {
        Some(Err(_)) => (Role::Unknown, "unknown: the entries cannot be read".to_owned()),
        _ if archive.answered().is_none() => (Role::Unknown, "the entries are being read".to_owned()),
        _ if !super::filter(model, JOURNAL).is_empty() => (Role::Muted, "no entry has these words".to_owned()),
        _ => (Role::Muted, "nothing has been written yet".to_owned()),
    }
}

/// Whether the chain is whole, in as many words as there is room for.
fn standing(model: &Model, look: &Look<'_>, room: usize) -> (Role, String) {
    let proof = &model.proof;
    let time = |at: Timestamp| look.time_of_day(at);
    match &proof.last {
        _ if proof.under_way => (Role::Accent, "the chain is being verified".to_owned()),
        None => (Role::Unknown, format!("{} chain not verified yet", look.symbols.unknown)),
        Some((at, Chain::Whole { entries, .. }))
            if newest_since(model, *at).is_some_and(|newest| newest < *entries) =>
        {
            let there = newest_since(model, *at).unwrap_or(0);
            let count = format::count(*entries);
            (Role::Danger, format!("{} {count} were whole {}, now {there} are there", look.symbols.danger, time(*at)))
        }
        Some((at, Chain::Whole { entries, .. })) => {
            let newer = model
                .watched()
                .and_then(|watched| watched.archive.shelf.as_ref())
                .map_or(0, |shelf| shelf.newest.saturating_sub(*entries));
            let newer = if newer > 0 { format!(", {} newer", format::count(newer)) } else { String::new() };
            let (mark, at, count) = (look.symbols.ok, time(*at), format::count(*entries));
            let said = [
                format!("{mark} chain whole, all {} of the journal verified {at}{newer}", entries_word(*entries)),
                format!("{mark} chain whole, {} verified {at}{newer}", entries_word(*entries)),
                format!("{mark} whole, {count} verified {at}{newer}"),
                format!("{mark} whole, {count} verified {at}"),
            ];
            let fitting = said.iter().find(|said| format::width(said) <= room);
            (Role::Ok, fitting.cloned().unwrap_or_else(|| format!("{mark} whole at {at}")))
        }
        Some((at, Chain::Broken { sequence, .. })) => {
            (Role::Danger, format!("{} BROKEN at entry {sequence}, verified {}", look.symbols.danger, time(*at)))
        }
        Some((at, Chain::Unreadable { .. })) => {
            (Role::Unknown, format!("{} chain could not be verified {}", look.symbols.unknown, time(*at)))
        }
    }
}

/// The newest entry, where the journal was read after that time.
fn newest_since(model: &Model, at: Timestamp) -> Option<u64> {
    let archive = &model.watched()?.archive;
    let is_later = archive.read_at.is_some_and(|read| read > at);
    archive.shelf.as_ref().filter(|_| is_later).map(|shelf| shelf.newest)
}

fn entries_word(count: u64) -> String {
    if count == 1 { "1 entry".to_owned() } else { format!("{} entries", format::count(count)) }
}

/// What is wrong with it, in full: no title may push that aside.
fn draw_broken(model: &Model, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Rect {
    let (role, text) = match &model.proof.last {
        Some((_, Chain::Broken { sequence, run, why })) => {
            let of = run.as_ref().map_or_else(String::new, |run| format!(" of {run}"));
            let meaning = "nothing from there on proves anything";
            (Role::Danger, format!("{} BROKEN at entry {sequence}{of}: {why}; {meaning}", look.symbols.danger))
        }
        Some((_, Chain::Unreadable { why })) => {
            (Role::Unknown, format!("{} whether it is whole is not known: {why}", look.symbols.unknown))
        }
        Some((_, Chain::Whole { .. })) | None => return area,
    };
    let lines = format::wrap(&text, usize::from(area.width.saturating_sub(3)));
    let (top, rest) = carve::rows(area, u16::try_from(lines.len()).unwrap_or(u16::MAX).min(area.height));
    pane::lines(lines.into_iter().map(|line| Line::from(look.span(role, format!("  {line}")))), top, buffer);
    rest
}

/// The journal itself, and the proof that nobody changed it.
pub(super) fn page(model: &Model, look: &Look<'_>, watched: &Watched) -> Page {
    let mut page = Page::new("The journal");
    let archive = &watched.archive;
    let (role, said) = standing(model, look, usize::MAX);
    page.fact("chain", role, said);
    match &model.proof.last {
        Some((at, chain)) => {
            page.fact("verified", Role::Text, format!("{}, {} ago", look.date_and_time(*at), look.age(*at)));
            proved(&mut page, chain);
        }
        None => page.sentence(Role::Unknown, "it has not been verified since the console was opened"),
    }
    if let Some(shelf) = &archive.shelf {
        let file = shelf.file.clone().unwrap_or_else(|| "none is kept".to_owned());
        page.fact("file", Role::Text, file);
        page.fact("newest entry", Role::Text, shelf.newest.to_string());
        let entries: u64 = archive.runs().iter().map(|run| run.entries).sum();
        let text = format!("{}, {}", runs_word(archive.runs().len()), entries_word(entries));
        page.fact("of this deployment", Role::Text, text);
        page.sentence(
            Role::Muted,
            "The chain is that of the whole journal: runs of every deployment, and what stands beside them: notes, incidents, \
             access that was raised and lowered.",
        );
    }
    page.heading("From a shell");
    page.sentence(Role::Text, "lifeboat journal verify");
    page.sentence(Role::Text, "lifeboat journal show");
    page.sentence(Role::Text, "lifeboat runs");
    page
}

fn runs_word(count: usize) -> String {
    if count == 1 { "1 run".to_owned() } else { format!("{count} runs") }
}

fn proved(page: &mut Page, chain: &Chain) {
    match chain {
        Chain::Whole { hash, unattested, .. } => {
            page.fact("newest hash", Role::Text, hash.clone());
            let (role, said) = match unattested {
                None => (Role::Ok, "the newest entry that was written is in it".to_owned()),
                Some(why) => (Role::Caution, format!("entries missing at its end would not be noticed: {why}")),
            };
            page.fact("its end", role, said);
        }
        Chain::Broken { sequence, run, why } => {
            page.fact("broken at", Role::Danger, format!("entry {sequence}"));
            page.fact("of", Role::Text, run.as_ref().map_or_else(|| "no run".to_owned(), ToString::to_string));
            page.fact("why", Role::Danger, why.clone());
            page.sentence(
                Role::Text,
                "Keep the file as it is, with the one that holds its head: both are evidence. Nothing from there on \
                 proves anything; what stands before it is as it was written.",
            );
        }
        Chain::Unreadable { why } => page.fact("why", Role::Unknown, why.clone()),
    }
}
