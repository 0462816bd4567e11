//! The tree itself: a row for each stack and for each of its resources that is unfolded, with how it is doing in AWS's own
//! words while that may be trusted, and what it was and when once it may not.

use lifeboat_model::facts::stack::{DriftStatus, Stack};
use lifeboat_model::observation::{Freshness, Reading};
use lifeboat_model::run::RunState;
use lifeboat_model::time::{Timestamp, age};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{EVENTS, EVERY, Row, is_open, rows};
use crate::estate::{Doing, KnownStack, ResourceRow, doing, kinds, under_way};
use crate::format;
use crate::look::Look;
use crate::model::{Model, Watched};
use crate::screens::{Item, Screen};
use crate::theme::Role;
use crate::widgets::table::{Cell, Column, Table};

pub(super) const COLUMNS: &[Column] = &[
    Column::left("STACK / RESOURCE", 26).growing(48).named(),
    Column::left("WHAT", 14).growing(26),
    Column::left("STATUS", 19).growing(32).named(),
    Column::right("CHANGED", 7),
    Column::right("$ A MONTH", 9).dropped(2),
    Column::left("DRIFT", 10).dropped(1),
    Column::left("WHY / PHYSICAL ID", 12).growing(80).dropped(3),
];

/// Its lines, each a row by its index or the name of a region, and which of them is selected.
pub(super) fn lines(model: &Model, watched: &Watched) -> (Vec<Option<usize>>, Option<usize>) {
    let state = model.screens.of(Screen::Stacks);
    let rows = rows(model, watched);
    let items: Vec<Item> = rows.iter().enumerate().map(|(index, row)| Item::new(index, row.id(), "")).collect();
    // Where each region begins stands its name.
    let mut lines: Vec<Option<usize>> = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|before| rows.get(before));
        if before.is_none_or(|before| before.stack().region != row.stack().region) {
            lines.push(None);
        }
        lines.push(Some(index));
    }
    let chosen = state.cursor(0).index_in(&items);
    let selected = lines.iter().position(|line| line.is_some() && *line == chosen);
    (lines, selected)
}

pub(super) fn draw(
    model: &Model,
    look: &Look<'_>,
    watched: &Watched,
    run: Option<&RunState>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let state = model.screens.of(Screen::Stacks);
    let rows = rows(model, watched);
    let (lines, selected) = lines(model, watched);
    let table = Table {
        columns: COLUMNS,
        len: lines.len(),
        selected,
        focused: state.pane != EVENTS,
        empty: (Role::Muted, "no stack and no resource has these words".to_owned()),
    };
    table.draw(look, area, buffer, |line| match lines.get(line) {
        Some(Some(index)) => rows.get(*index).map_or_else(Vec::new, |row| match row {
            Row::Stack(known) => stack_cells(look, known, is_open(model, known), run),
            Row::Resource(known, row) => resource_cells(look, known, *row),
        }),
        Some(None) => {
            let region = lines.get(line + 1).copied().flatten().and_then(|index| rows.get(index));
            let name = region.map_or_else(String::new, |row| row.stack().region.to_string());
            vec![Cell::new(Role::Heading, name)]
        }
        None => Vec::new(),
    });
}

/// The sign and the role of how something is doing.
pub(super) fn sign(look: &Look<'_>, doing: Doing) -> (Role, &'static str) {
    match doing {
        Doing::Failed => (Role::Danger, look.symbols.danger),
        Doing::Changing => (Role::Accent, look.symbols.selected),
        Doing::Settled => (Role::Ok, look.symbols.ok),
        Doing::Absent => (Role::Muted, look.symbols.dot),
    }
}

/// An answer may be newer than the last tick, and is no less true for that.
fn freshness<T>(look: &Look<'_>, reading: &Reading<T>) -> Freshness {
    let now = reading.last.as_ref().map_or(look.now, |last| last.at.max(look.now));
    reading.freshness(now, EVERY)
}

/// How a stack stands: while that may be trusted, else how it stood and when.
pub(super) fn stack_status(look: &Look<'_>, known: &KnownStack) -> (Role, String) {
    let freshness = freshness(look, &known.stack);
    let Some(last) = &known.stack.last else {
        let words = if freshness == Freshness::Unavailable { "unknown" } else { "not read yet" };
        return (Role::Unknown, format!("{} {words}", look.symbols.unknown));
    };
    let Some(stack) = &last.value else {
        return look.verdict((freshness, Some(last.at)), (Role::Muted, look.symbols.dash), ("not there", "not there"));
    };
    let status = stack.status.as_str();
    look.verdict((freshness, Some(last.at)), sign(look, doing(status)), (status, status))
}

fn changed(look: &Look<'_>, at: Option<Timestamp>) -> (Role, String) {
    at.map_or((Role::Muted, String::new()), |at| (Role::Muted, look.age(at)))
}

pub(super) fn drift(look: &Look<'_>, known: &KnownStack, stack: &Stack) -> (Role, String) {
    let (drifted, exchanged) = known.drift.value().map_or((0, 0), |all| {
        let drifted = known.drifted().count();
        (drifted, all.len() - drifted)
    });
    match &stack.drift {
        _ if drifted > 0 => (Role::Caution, format!("{} {drifted} differ", look.symbols.caution)),
        DriftStatus::Drifted if exchanged > 0 => (Role::Ok, "roles".to_owned()),
        DriftStatus::Drifted => (Role::Caution, format!("{} drifted", look.symbols.caution)),
        DriftStatus::InSync => (Role::Ok, "none".to_owned()),
        DriftStatus::NotChecked => (Role::Unknown, format!("{} never", look.symbols.unknown)),
        DriftStatus::Unknown | DriftStatus::Other(_) => (Role::Unknown, format!("{} unknown", look.symbols.unknown)),
    }
}

fn stack_cells(look: &Look<'_>, known: &KnownStack, open: bool, state: Option<&RunState>) -> Vec<Cell> {
    let stack = known.stack.value().and_then(Option::as_ref);
    let fold = if open { "-" } else { "+" };
    let going = state.and_then(|state| under_way(state, &known.region, &known.name));
    let count = match known.settled() {
        Some((done, all)) if done < all => format!("{done}/{all}"),
        Some((_, 1)) => "1 resource".to_owned(),
        Some((_, all)) => format!("{all} resources"),
        None if known.described.is_empty() => String::new(),
        None => format!("{} described", known.described.len()),
    };
    let what = match going {
        Some(going) => {
            let so_far = age(look.now, going.began);
            let left = match going.expected.map(|expected| (expected.checked_sub(so_far), expected)) {
                Some((Some(left), _)) => format!("{} left", format::age(left)),
                Some((None, expected)) => format!("{} over", format::age(so_far.saturating_sub(expected))),
                None => format::age(so_far),
            };
            (Role::Accent, format!("{count} {left}"))
        }
        None => (Role::Muted, count),
    };
    let failure = known.stack.failure.as_ref().map(|failure| (Role::Unknown, failure.error.to_string()));
    let why = said(failure.or_else(|| Some((Role::Text, stack?.status_reason.clone()?))));
    let money = known.bill.as_ref().map_or((Role::Unknown, look.symbols.unknown.to_owned()), |bill| {
        let mark = if bill.is_at_least || bill.has_guesses { "~" } else { "" };
        (Role::Text, format!("{mark}{}", format::dollars(bill.usd_month)))
    });
    vec![
        Cell::new(Role::Heading, format!("{fold} {}", known.name)),
        what.into(),
        stack_status(look, known).into(),
        changed(look, stack.and_then(|stack| stack.updated_at.or(stack.created_at))).into(),
        money.into(),
        stack.map_or((Role::Muted, String::new()), |stack| drift(look, known, stack)).into(),
        why.into(),
    ]
}

fn resource_cells(look: &Look<'_>, known: &KnownStack, row: ResourceRow<'_>) -> Vec<Cell> {
    let is_fresh = freshness(look, &known.resources) == Freshness::Fresh;
    let (role, mark) = if is_fresh { sign(look, row.doing()) } else { (Role::Stale, look.symbols.unknown) };
    let (status, at, why) = match row {
        ResourceRow::Listed(resource) => {
            let reason = resource.reason.clone().filter(|_| row.doing() != Doing::Settled);
            let why = reason.map(|reason| (role, reason));
            let why = why.or_else(|| Some((Role::Muted, resource.physical_id.clone()?)));
            (format!("{mark} {}", resource.status), resource.updated_at, said(why))
        }
        ResourceRow::Described(_) => {
            let gone = known.stack.value().is_some_and(Option::is_none);
            let words = if gone { "not there" } else { "to come" };
            (format!("{mark} {words}"), None, (Role::Muted, String::new()))
        }
    };
    let differs = known.drifted().any(|differing| differing.logical_id == row.logical_id());
    let drift = if differs {
        (Role::Caution, format!("{} differs", look.symbols.caution))
    } else {
        (Role::Muted, String::new())
    };
    vec![
        Cell::new(Role::Text, format!("    {}", row.logical_id())),
        Cell::new(Role::Muted, kinds::plain(row.resource_type())),
        Cell::new(role, status),
        changed(look, at).into(),
        Cell::default(),
        drift.into(),
        why.into(),
    ]
}

/// A cell that may have nothing to say.
fn said(text: Option<(Role, String)>) -> (Role, String) {
    text.unwrap_or((Role::Muted, String::new()))
}
