//! The runs that there were, a row each: how it ended, and what was measured against what was promised.

use std::cmp::Reverse;

use lifeboat_model::assessment::StoreKind;
use lifeboat_model::run::RunOutcome;
use lifeboat_model::time::{Duration, age};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{ALL, Item, LONGEST_FIRST, LONGEST_RTO_FIRST, OLDEST_FIRST, RUNS, Screen};
use crate::acting::words;
use crate::archive::{Archive, PastRun};
use crate::format;
use crate::look::Look;
use crate::model::{Model, Watched};
use crate::screens::{run as screen, titled};
use crate::theme::Role;
use crate::widgets::pane::Pane;
use crate::widgets::table::{Cell, Column, Table};

pub(super) const COLUMNS: &[Column] = &[
    Column::left("OUTCOME", 11),
    Column::left("RUN", 17).growing(30),
    Column::left("BEGUN", 11),
    Column::left("RTO", 18),
    Column::left("RPO, WORST", 17),
    Column::right("TOOK", 8).dropped(1),
    Column::left("FROM, TO", 19).growing(27).dropped(2),
    Column::left("BY", 8).growing(20).dropped(3),
    Column::right("ENTRIES", 7).dropped(4),
    Column::left("ID", 30).growing(48).named().dropped(5),
];

/// Those that are open first, then in the order that was chosen.
pub(super) fn items(model: &Model, archive: &Archive) -> Vec<Item> {
    let terms = super::terms(model, RUNS);
    let mut runs: Vec<(usize, &PastRun)> =
        archive.runs().iter().enumerate().filter(|(_, run)| terms.is_empty() || terms.admits(&words_of(run))).collect();
    match model.screens.of(Screen::History).sort {
        OLDEST_FIRST => runs.reverse(),
        LONGEST_FIRST => runs.sort_by_key(|(_, run)| Reverse(age(run.last_at, run.started_at))),
        LONGEST_RTO_FIRST => runs.sort_by_key(|(_, run)| Reverse(rto(run))),
        _ => {}
    }
    runs.sort_by_key(|(_, run)| !run.is_open());
    let all = Item::new(0, ALL, "lifeboat journal show");
    let rows = runs.into_iter().map(|(index, run)| Item::new(index, run.id.as_str(), run.id.as_str()));
    if archive.runs().is_empty() { Vec::new() } else { std::iter::once(all).chain(rows).collect() }
}

fn rto(run: &PastRun) -> Option<Duration> {
    let measured = run.measured.as_ref()?;
    measured.rto.or(measured.rto_at_least)
}

fn words_of(run: &PastRun) -> [&str; 8] {
    let outcome = run.outcome.map_or("open", RunOutcome::as_str);
    [
        run.id.as_str(),
        run.runbook.as_str(),
        if run.drill { "drill" } else { "" },
        outcome,
        run.from.as_str(),
        run.to.as_str(),
        run.by.user.as_str(),
        if run.is_open() { "open" } else { "" },
    ]
}

pub(super) fn draw(model: &Model, look: &Look<'_>, watched: &Watched, area: Rect, buffer: &mut Buffer) {
    let archive = &watched.archive;
    let state = model.screens.of(Screen::History);
    let focused = state.pane == RUNS;
    let title = titled("Runs", super::filter(model, RUNS));
    let (role, aside) = aside(look, archive);
    let items = items(model, archive);
    let selected = state.cursor(RUNS).index_in(&items);
    let pane = Pane::new(&title, focused).aside(role, aside, look).rows(items.len(), selected, 1);
    let body = pane.draw(look, area, buffer);
    let table = Table { columns: COLUMNS, len: items.len(), selected, focused, empty: empty(watched) };
    table.draw(look, body, buffer, |index| match items.get(index) {
        Some(item) if item.id == ALL => every(archive),
        Some(item) => archive.runs().get(item.source).map_or_else(Vec::new, |run| cells(model, look, archive, run)),
        None => Vec::new(),
    });
}

fn aside(look: &Look<'_>, archive: &Archive) -> (Role, String) {
    let runs = archive.runs();
    let open = runs.iter().filter(|run| run.is_open()).count();
    let older = archive.shelf.as_ref().map_or(0, |shelf| shelf.older_runs);
    let count = |number: usize, one: &str, many: &str| match number {
        1 => format!("1 {one}"),
        _ => format!("{} {many}", format::count(u64::try_from(number).unwrap_or(u64::MAX))),
    };
    let mut parts = Vec::new();
    if !runs.is_empty() {
        parts.push(count(runs.len(), "run", "runs"));
    }
    if older > 0 {
        parts.push(format!("{} are not listed", count(older, "older one", "older ones")));
    }
    let text = parts.join(", ");
    if open > 0 {
        return (Role::Caution, format!("{} {open} open, {text}", look.symbols.caution));
    }
    (Role::Muted, text)
}

fn empty(watched: &Watched) -> (Role, String) {
    let archive = &watched.archive;
    if let Some(said) = super::unread(archive) {
        return said;
    }
    let name = &watched.deployment.name;
    match archive.shelf.as_ref().map(|shelf| (shelf.exists, &shelf.runs)) {
        Some((_, Err(_))) => (Role::Unknown, "unknown: the runs cannot be read".to_owned()),
        Some((false, Ok(_))) => {
            (Role::Unknown, "there is no journal: no run was begun yet, or its folder was taken away".to_owned())
        }
        Some((true, Ok(_))) | None => (Role::Muted, format!("there has been no run of {name}")),
    }
}

/// The row that stands for all of them.
fn every(archive: &Archive) -> Vec<Cell> {
    let entries: u64 = archive.runs().iter().map(|run| run.entries).sum();
    vec![
        Cell::new(Role::Text, "all"),
        Cell::new(Role::Text, "every run"),
        // The journal has others beside them: notes, incidents, access.
        Cell::new(Role::Muted, "they hold"),
        Cell::new(Role::Muted, format!("{} entries", format::count(entries))),
    ]
}

fn cells(model: &Model, look: &Look<'_>, archive: &Archive, run: &PastRun) -> Vec<Cell> {
    let (role, outcome) = outcome(look, run);
    let arrow = look.symbols.arrow;
    vec![
        Cell::new(role, outcome),
        name(model, archive, run),
        Cell::new(Role::Text, super::day(look, run.started_at)),
        told_rto(look, run).into(),
        told_rpo(look, run).into(),
        Cell::new(Role::Text, format::age(age(run.last_at, run.started_at))),
        Cell::new(Role::Text, format!("{} {arrow} {}", run.from, run.to)),
        Cell::new(Role::Muted, run.by.user.clone()),
        Cell::new(Role::Muted, format::count(run.entries)),
        Cell::new(Role::Muted, run.id.as_str()),
    ]
}

fn outcome(look: &Look<'_>, run: &PastRun) -> (Role, String) {
    match (run.outcome, &run.holder) {
        (None | Some(RunOutcome::Stopped), Some(_)) => (Role::Accent, format!("{} RUNNING", look.symbols.selected)),
        (Some(outcome), _) => {
            let (role, mark) = screen::outcome_sign(look, outcome);
            (role, format!("{mark} {}", words::outcome(outcome)))
        }
        (None, None) => (Role::Caution, format!("{} CUT OFF", look.symbols.caution)),
    }
}

/// The runbook; whether it was a drill, of which world where that is not the one in view, and whether it is marked.
fn name(model: &Model, archive: &Archive, run: &PastRun) -> Cell {
    let mut pieces = Vec::new();
    if archive.marked.as_ref() == Some(&run.id) {
        pieces.push((Role::Accent, "= ".to_owned()));
    }
    pieces.push((Role::Text, run.runbook.to_string()));
    let of_other_world = run.reality.as_ref().filter(|reality| reality.is_simulated() != model.reality.is_simulated());
    if let Some(reality) = of_other_world {
        pieces.push((Role::Caution, if reality.is_simulated() { " SIM" } else { " LIVE" }.to_owned()));
    }
    // The runbook of that name is nothing else.
    if run.drill && run.runbook.as_str() != "drill" {
        pieces.push((Role::Muted, " drill".to_owned()));
    }
    Cell::of(pieces)
}

fn told_rto(look: &Look<'_>, run: &PastRun) -> (Role, String) {
    let none = (Role::Muted, look.symbols.dash.to_owned());
    if run.builds {
        return none;
    }
    let Some(measured) = &run.measured else {
        return if run.is_open() { none } else { (Role::Unknown, "not measured".to_owned()) };
    };
    let target = run.objectives.rto;
    let of = target.map_or_else(String::new, |target| format!(" of {}", format::target(target)));
    let sign = |rto: Duration| match target {
        Some(target) if rto > target => (Role::Danger, look.symbols.danger),
        Some(_) => (Role::Ok, look.symbols.ok),
        None => (Role::Text, look.symbols.dot),
    };
    match (measured.rto, measured.rto_at_least) {
        (Some(rto), _) => {
            let (role, mark) = sign(rto);
            (role, format!("{mark} {}{of}", format::duration(rto)))
        }
        // Not seen whole: it may be longer than what was promised, and is where this much is.
        (None, Some(least)) => {
            let over = target.is_some_and(|target| least > target);
            let (role, mark) =
                if over { (Role::Danger, look.symbols.danger) } else { (Role::Unknown, look.symbols.unknown) };
            (role, format!("{mark} >{}{of}", format::duration(least)))
        }
        (None, None) => (Role::Unknown, "not measured".to_owned()),
    }
}

/// The store that fared worst: one beyond its objective, else one of which nothing is known, else the greatest loss.
fn told_rpo(look: &Look<'_>, run: &PastRun) -> (Role, String) {
    let none = (Role::Muted, look.symbols.dash.to_owned());
    let Some(measured) = run.measured.as_ref().filter(|measured| !run.builds && !measured.rpo.is_empty()) else {
        return none;
    };
    let rank = |(kind, loss): &(StoreKind, Option<Duration>)| match loss {
        Some(loss) if run.objectives.rpo_of(*kind).is_some_and(|target| *loss > target) => (2, *loss),
        None => (1, Duration::ZERO),
        Some(loss) => (0, *loss),
    };
    let Some((kind, loss)) = measured.rpo.iter().map(|(kind, loss)| (*kind, *loss)).max_by_key(rank) else {
        return none;
    };
    let store = words::store(kind);
    match (loss, run.objectives.rpo_of(kind)) {
        (None, _) => (Role::Unknown, format!("{} {store}", look.symbols.unknown)),
        (Some(loss), Some(target)) if loss > target => {
            (Role::Danger, format!("{} {} {store}", look.symbols.danger, format::duration(loss)))
        }
        (Some(loss), Some(_)) => (Role::Ok, format!("{} {} {store}", look.symbols.ok, format::duration(loss))),
        (Some(loss), None) => (Role::Text, format!("{} {} {store}", look.symbols.dot, format::duration(loss))),
    }
}
