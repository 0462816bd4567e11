//! Whether the standby could carry the load: capacity, quotas, versions and parameters side by side, backups, stacks.

use lifeboat_model::assessment::{BackupRow, CapacityRow, Parity, StackRow};
use lifeboat_model::observation::Freshness;
use lifeboat_model::read::Service;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Item, Page, Screen, filtered};
use crate::look::Look;
use crate::model::{Model, Watched};
use crate::theme::Role;
use crate::widgets::carve;
use crate::widgets::pane::Pane;
use crate::widgets::table::{Cell, Column, Table};

pub const PANES: &[&str] = &["Side by side", "Backups", "Stacks"];
pub const SORTS: &[&str] = &["what differs first", "name"];

pub(crate) const PARITY: usize = 0;
pub(crate) const BACKUPS: usize = 1;
pub(crate) const STACKS: usize = 2;

pub(crate) fn items(model: &Model, pane: usize) -> Vec<Item> {
    let Some(watched) = model.watched() else { return Vec::new() };
    let assessment = &watched.assessment;
    let sort = model.screens.of(Screen::Capacity).sort;
    match pane {
        BACKUPS => {
            let rows = filtered(model, Screen::Capacity, assessment.backups.iter().enumerate(), |(_, row)| {
                vec![row.vault.as_str(), row.region.as_str(), row.trouble.as_deref().unwrap_or_default()]
            });
            rows.into_iter().map(|(index, row)| Item::new(index, backup_id(row), row.vault.clone())).collect()
        }
        STACKS => {
            let mut rows = filtered(model, Screen::Capacity, assessment.stacks.iter().enumerate(), |(_, row)| {
                vec![row.name.as_str(), row.region.as_str(), row.status.as_str(), row.drift.as_str()]
            });
            match sort {
                1 => rows.sort_by(|(_, a), (_, b)| (&a.name, &a.region).cmp(&(&b.name, &b.region))),
                _ => rows.sort_by_key(|(_, row)| std::cmp::Reverse(row.health)),
            }
            rows.into_iter().map(|(index, row)| Item::new(index, stack_id(row), row.name.clone())).collect()
        }
        _ => {
            let mut rows = filtered(model, Screen::Capacity, assessment.parity.iter().enumerate(), |(_, row)| {
                vec![row.what.as_str(), verdict(row.verdict), row.detail.as_str()]
            });
            match sort {
                1 => rows.sort_by(|(_, a), (_, b)| a.what.cmp(&b.what)),
                _ => rows.sort_by_key(|(_, row)| urgency(row.verdict)),
            }
            rows.into_iter().map(|(index, row)| Item::new(index, row.what.clone(), parity_text(watched, row))).collect()
        }
    }
}

/// Smaller needs eyes sooner.
fn urgency(parity: Parity) -> u8 {
    match parity {
        Parity::Different => 0,
        Parity::Unknown => 1,
        Parity::Expected => 2,
        Parity::Same => 3,
    }
}

fn verdict(parity: Parity) -> &'static str {
    match parity {
        Parity::Same => "same",
        Parity::Expected => "expected",
        Parity::Different => "different",
        Parity::Unknown => "unknown",
    }
}

/// How the sides compare; once a side is old, how they compared when it was read.
fn verdict_cell(look: &Look<'_>, row: &CapacityRow) -> (Role, String) {
    let parity = row.verdict;
    let (role, mark) = match parity {
        Parity::Same => (Role::Ok, look.symbols.ok),
        Parity::Expected => (Role::Muted, look.symbols.dot),
        Parity::Different => (Role::Danger, look.symbols.danger),
        Parity::Unknown => (Role::Unknown, look.symbols.unknown),
    };
    match row.last_read {
        None => (role, format!("{mark} {}", verdict(parity))),
        Some(at) => look.verdict((Freshness::Stale, Some(at)), (role, mark), (verdict(parity), verdict(parity))),
    }
}

fn parity_text(watched: &Watched, row: &CapacityRow) -> String {
    let side = |side: Option<&String>| side.cloned().unwrap_or_else(|| "not read".to_owned());
    let regions = &watched.deployment.regions;
    format!(
        "{}: {} {}, {} {}",
        row.what,
        regions.home,
        side(row.home.as_ref()),
        regions.partner,
        side(row.partner.as_ref())
    )
}

pub(crate) fn backup_id(row: &BackupRow) -> String {
    format!("{} {}", row.region, row.vault)
}

pub(crate) fn stack_id(row: &StackRow) -> String {
    format!("{} {}", row.region, row.name)
}

pub(crate) fn draw(model: &Model, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let Some(watched) = model.watched() else { return };
    let many = |count: usize| u16::try_from(count).unwrap_or(u16::MAX).max(1).saturating_add(2);
    let assessment = &watched.assessment;
    let needs = [many(assessment.parity.len()), many(assessment.backups.len()), many(assessment.stacks.len())];
    let parts = carve::shared(area, &needs);
    let at = |index: usize| parts.get(index).copied().unwrap_or_default();
    let (parity, backups, stacks) = (at(PARITY), at(BACKUPS), at(STACKS));
    draw_parity(model, look, watched, parity, buffer);
    draw_backups(model, look, watched, backups, buffer);
    draw_stacks(model, look, watched, stacks, buffer);
}

const PARITY_COLUMNS: &[Column] = &[
    Column::left("VERDICT", 11),
    Column::left("WHAT", 22).growing(44).named(),
    Column::left("HOME", 16).growing(30),
    Column::left("PARTNER", 16).growing(30),
    Column::left("DETAIL", 12).growing(200).dropped(1),
];

/// Where some verdicts are old, and say so.
const AGED_PARITY_COLUMNS: &[Column] = &[
    Column::left("VERDICT", 22),
    Column::left("WHAT", 20).growing(44).named(),
    Column::left("HOME", 14).growing(30),
    Column::left("PARTNER", 14).growing(30),
    Column::left("DETAIL", 12).growing(200).dropped(1),
];

fn draw_parity(model: &Model, look: &Look<'_>, watched: &Watched, area: Rect, buffer: &mut Buffer) {
    let state = model.screens.of(Screen::Capacity);
    let focused = state.pane == PARITY;
    let items = items(model, PARITY);
    let regions = &watched.deployment.regions;
    let title = super::titled("Side by side", &state.filter);
    let sort = SORTS.get(state.sort).copied().unwrap_or_default();
    let aside = format!("home {}, partner {}, {sort}", regions.home, regions.partner);
    let selected = state.cursor(PARITY).index_in(&items);
    let pane = Pane::new(&title, focused).aside(Role::Muted, aside, look).rows(items.len(), selected, 1);
    let body = pane.draw(look, area, buffer);
    let table = Table {
        columns: if watched.assessment.parity.iter().any(|row| row.last_read.is_some()) {
            AGED_PARITY_COLUMNS
        } else {
            PARITY_COLUMNS
        },
        len: items.len(),
        selected,
        focused,
        empty: (Role::Muted, "nothing to compare has been read".to_owned()),
    };
    table.draw(look, body, buffer, |index| {
        let row = items.get(index).and_then(|item| watched.assessment.parity.get(item.source));
        row.map_or_else(Vec::new, |row| {
            vec![
                verdict_cell(look, row).into(),
                Cell::new(Role::Text, row.what.clone()),
                side(row.home.as_ref()),
                side(row.partner.as_ref()),
                Cell::new(Role::Muted, row.detail.clone()),
            ]
        })
    });
}

fn side(value: Option<&String>) -> Cell {
    match value {
        Some(value) => Cell::new(Role::Text, value.clone()),
        None => Cell::new(Role::Unknown, "not read"),
    }
}

const BACKUP_COLUMNS: &[Column] = &[
    Column::left("", 1),
    Column::left("VAULT", 20).growing(36).named(),
    Column::left("REGION", 11).growing(15),
    Column::right("POINTS", 6),
    Column::right("NEWEST", 8),
    Column::right("NEWEST COPY", 11),
    Column::left("TROUBLE", 12).growing(200).dropped(1),
];

fn draw_backups(model: &Model, look: &Look<'_>, watched: &Watched, area: Rect, buffer: &mut Buffer) {
    let state = model.screens.of(Screen::Capacity);
    let focused = state.pane == BACKUPS;
    let items = items(model, BACKUPS);
    let selected = state.cursor(BACKUPS).index_in(&items);
    let body = Pane::new("Backups", focused).rows(items.len(), selected, 1).draw(look, area, buffer);
    let empty =
        if watched.deployment.vaults.is_empty() { "this deployment names no vault" } else { "nothing has been read" };
    let table =
        Table { columns: BACKUP_COLUMNS, len: items.len(), selected, focused, empty: (Role::Muted, empty.to_owned()) };
    table.draw(look, body, buffer, |index| {
        let row = items.get(index).and_then(|item| watched.assessment.backups.get(item.source));
        row.map_or_else(Vec::new, |row| backup_cells(look, row))
    });
}

fn backup_cells(look: &Look<'_>, row: &BackupRow) -> Vec<Cell> {
    let is_fresh = row.freshness == Freshness::Fresh;
    let (role, mark) = match &row.trouble {
        _ if !is_fresh => (Look::dated_role(row.freshness, Role::Unknown), look.symbols.unknown),
        Some(_) => (Role::Caution, look.symbols.caution),
        None => (Role::Ok, look.symbols.ok),
    };
    let number = Look::dated_role(row.freshness, Role::Text);
    let ago = |at: Option<_>| at.map_or_else(|| "none".to_owned(), |at| look.age(at));
    let points = row.recovery_points.to_string();
    vec![
        Cell::new(role, mark),
        Cell::new(Role::Text, row.vault.clone()),
        Cell::new(Role::Text, row.region.as_str()),
        Cell::new(number, if is_fresh { points } else { format!("{} {points}", look.symbols.unknown) }),
        Cell::new(number, ago(row.newest)),
        Cell::new(number, ago(row.newest_copy)),
        Cell::new(Role::Caution, row.trouble.clone().unwrap_or_default()),
    ]
}

/// The state of a stack while it may be trusted; else the state it was in, and when.
fn stack_state(look: &Look<'_>, watched: &Watched, row: &StackRow) -> (Role, &'static str, String) {
    let cadence = Service::Stacks.cadence(watched.tempo);
    let reading = watched.snapshot.region(&row.region).map(|known| &known.stacks);
    match reading.map(|stacks| (stacks.freshness(look.now, cadence), &stacks.last)) {
        Some((freshness @ Freshness::Stale, Some(last))) => (
            Look::dated_role(freshness, Role::Unknown),
            look.symbols.unknown,
            format!("{} {} ago", row.status, look.age(last.at)),
        ),
        _ => (Look::health_role(row.health), look.symbols.health(row.health), row.status.clone()),
    }
}

const STACK_COLUMNS: &[Column] = &[
    Column::left("", 1),
    Column::left("STACK", 22).growing(40).named(),
    Column::left("REGION", 11).growing(15),
    Column::left("STATUS", 16).growing(40),
    Column::left("DRIFT", 11).growing(14),
    Column::left("DETAIL", 12).growing(200).dropped(1),
];

fn draw_stacks(model: &Model, look: &Look<'_>, watched: &Watched, area: Rect, buffer: &mut Buffer) {
    let state = model.screens.of(Screen::Capacity);
    let focused = state.pane == STACKS;
    let items = items(model, STACKS);
    let selected = state.cursor(STACKS).index_in(&items);
    let body = Pane::new("Stacks", focused).rows(items.len(), selected, 1).draw(look, area, buffer);
    let empty =
        if watched.deployment.stacks.is_empty() { "this deployment names no stack" } else { "nothing has been read" };
    let table =
        Table { columns: STACK_COLUMNS, len: items.len(), selected, focused, empty: (Role::Muted, empty.to_owned()) };
    table.draw(look, body, buffer, |index| {
        let row = items.get(index).and_then(|item| watched.assessment.stacks.get(item.source));
        row.map_or_else(Vec::new, |row| {
            let (role, mark, status) = stack_state(look, watched, row);
            vec![
                Cell::new(role, mark),
                Cell::new(Role::Text, row.name.clone()),
                Cell::new(Role::Text, row.region.as_str()),
                Cell::new(role, status),
                Cell::new(if row.drift == "IN_SYNC" { Role::Muted } else { Role::Text }, row.drift.clone()),
                Cell::new(Role::Muted, row.detail.clone()),
            ]
        })
    });
}

/// The columns of a pane.
pub(crate) fn columns(pane: usize) -> &'static [Column] {
    match pane {
        BACKUPS => BACKUP_COLUMNS,
        STACKS => STACK_COLUMNS,
        _ => PARITY_COLUMNS,
    }
}

pub(crate) fn page(model: &Model, look: &Look<'_>, pane: usize, id: &str) -> Option<Page> {
    let watched = model.watched()?;
    let assessment = &watched.assessment;
    match pane {
        BACKUPS => assessment.backups.iter().find(|row| backup_id(row) == id).map(|row| backup_page(look, row)),
        STACKS => assessment.stacks.iter().find(|row| stack_id(row) == id).map(|row| stack_page(look, watched, row)),
        _ => assessment.parity.iter().find(|row| row.what == id).map(|row| parity_page(look, watched, row)),
    }
}

fn parity_page(look: &Look<'_>, watched: &Watched, row: &CapacityRow) -> Page {
    let mut page = Page::new(row.what.clone());
    let (role, words) = verdict_cell(look, row);
    page.fact("verdict", role, words);
    let regions = &watched.deployment.regions;
    for (region, side) in [(&regions.home, &row.home), (&regions.partner, &row.partner)] {
        let role = if side.is_some() { Role::Text } else { Role::Unknown };
        page.fact(region.as_str(), role, side.clone().unwrap_or_else(|| "not read".to_owned()));
    }
    page.fact("detail", Role::Text, row.detail.clone());
    page
}

fn backup_page(look: &Look<'_>, row: &BackupRow) -> Page {
    let mut page = Page::new(format!("{} in {}", row.vault, row.region));
    let moment = |at: Option<_>| {
        at.map_or_else(|| "none".to_owned(), |at| format!("{}, {} ago", look.date_and_time(at), look.age(at)))
    };
    page.fact("points", Role::Text, row.recovery_points.to_string());
    page.fact("newest", Role::Text, moment(row.newest));
    page.fact("copy in", Role::Text, moment(row.newest_copy));
    if let Some(trouble) = &row.trouble {
        page.fact("trouble", Role::Caution, trouble.clone());
    }
    page
}

fn stack_page(look: &Look<'_>, watched: &Watched, row: &StackRow) -> Page {
    let mut page = Page::new(format!("{} in {}", row.name, row.region));
    let (role, mark, status) = stack_state(look, watched, row);
    page.fact("status", role, format!("{mark} {status}"));
    page.fact("drift", Role::Text, row.drift.clone());
    if !row.detail.is_empty() {
        page.fact("detail", Role::Text, row.detail.clone());
    }
    let stacks = watched.snapshot.region(&row.region).and_then(|known| known.stacks.value());
    let Some(stack) = stacks.and_then(|stacks| stacks.iter().find(|stack| stack.name.as_str() == row.name)) else {
        return page;
    };
    page.fact("protection", Role::Text, if stack.termination_protection { "on: deletion is refused" } else { "off" });
    if !stack.outputs.is_empty() {
        page.heading("Outputs");
        for (key, value) in &stack.outputs {
            page.fact(key, Role::Text, value.clone());
        }
    }
    if !stack.events.is_empty() {
        page.heading("Events");
        for event in &stack.events {
            let reason = event.reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
            page.fact(
                &look.time_of_day(event.at),
                Role::Text,
                format!("{} {}{reason}", event.logical_id, event.status),
            );
        }
    }
    page
}
