//! The guards of the runbook that is selected: each with its verdict, its evidence, the age of that, and what would mend
//! it, as far as there is room for it below the row; its page has all.

use lifeboat_model::guard::{GuardReport, Verdict};
use lifeboat_model::preflight::Preflight;
use lifeboat_model::time::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Book, GUARDS, admitted, chosen, filter, stands_here, way_to_plan};
use crate::acting::mending::{fix_here, past, past_here};
use crate::look::Look;
use crate::model::Model;
use crate::screens::{Item, Page, Screen, titled};
use crate::theme::Role;
use crate::widgets::pane::Pane;
use crate::widgets::table::{CUT_TEXT, Cell, Column, Note, Table};

/// What refuses first, otherwise in the runbook's own order.
pub(super) fn items(model: &Model, preflight: &Preflight) -> Vec<Item> {
    let reports = preflight.reports.iter().enumerate();
    let mut shown = admitted(model, GUARDS, reports, |(_, report)| {
        vec![report.guard.as_str(), word(&report.verdict), report.evidence.as_str()]
    });
    shown.sort_by_key(|(_, report)| urgency(&report.verdict));
    shown
        .into_iter()
        .map(|(index, report)| {
            let copy = fix(&report.verdict).unwrap_or(&report.evidence);
            Item::new(index, report.guard.as_str(), copy)
        })
        .collect()
}

/// Smaller needs eyes sooner.
fn urgency(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Refuse { .. } => 0,
        Verdict::Unknown { .. } => 1,
        Verdict::Pass => 2,
    }
}

fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Refuse { .. } => "refuse",
        Verdict::Unknown { .. } => "unknown",
    }
}

fn sign(look: &Look<'_>, verdict: &Verdict) -> (Role, &'static str) {
    match verdict {
        Verdict::Pass => (Role::Ok, look.symbols.ok),
        Verdict::Refuse { .. } => (Role::Danger, look.symbols.danger),
        Verdict::Unknown { .. } => (Role::Unknown, look.symbols.unknown),
    }
}

/// As a shell would have it.
fn fix(verdict: &Verdict) -> Option<&str> {
    match verdict {
        Verdict::Refuse { fix, .. } => Some(fix),
        Verdict::Pass | Verdict::Unknown { .. } => None,
    }
}

/// Why, where it does not pass; else what was seen.
fn reason(report: &GuardReport) -> &str {
    match &report.verdict {
        Verdict::Refuse { reason, .. } | Verdict::Unknown { reason } => reason,
        Verdict::Pass => &report.evidence,
    }
}

pub(super) const COLUMNS: &[Column] = &[
    Column::left("VERDICT", 9),
    Column::left("GUARD", 15).growing(24).named(),
    Column::right("AGE", 6),
    Column::left("WHY", 20).growing(400),
];

pub(super) fn draw(model: &Model, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let state = model.screens.of(Screen::Runbooks);
    let focused = state.pane == GUARDS;
    let book = chosen(model);
    let title = book.map_or_else(|| "Guards".to_owned(), |book| format!("Guards of {}", book.name()));
    let title = titled(&title, filter(model, GUARDS));
    let (role, summary) = book.map_or((Role::Muted, String::new()), |book| stands_here(model, look, book));
    let preflight = book.and_then(Book::judged);
    let items = preflight.map_or_else(Vec::new, |preflight| items(model, preflight));
    let selected = state.cursor(GUARDS).index_in(&items);
    let pane = Pane::new(&title, focused).aside(role, summary, look).rows(items.len(), selected, 1);
    let body = pane.draw(look, area, buffer);
    let table = Table { columns: COLUMNS, len: items.len(), selected, focused, empty: nothing(model, look, book) };
    let report =
        |index: usize| items.get(index).zip(preflight).and_then(|(item, preflight)| preflight.reports.get(item.source));
    let cells = |index| report(index).map_or_else(Vec::new, |report| cells(look, report));
    table.draw_told(look, body, buffer, cells, |index| {
        report(index).map_or_else(Vec::new, |report| notes(model, report))
    });
}

fn nothing(model: &Model, look: &Look<'_>, book: Option<Book<'_>>) -> (Role, String) {
    match book {
        Some(Book::Judged(preflight)) => match &preflight.plan {
            Err(why) => (Role::Danger, format!("no plan: {}; {}", why.reason, why.fix)),
            Ok(_) => (Role::Muted, "no guard has these words".to_owned()),
        },
        Some(Book::OfStacks(_)) => (
            Role::Unknown,
            format!(
                "{} {}: a plan of it asks every stack of both regions, and its guards are judged with it",
                look.symbols.unknown,
                way_to_plan(model)
            ),
        ),
        None => (Role::Unknown, "nothing has been judged yet".to_owned()),
    }
}

fn cells(look: &Look<'_>, report: &GuardReport) -> Vec<Cell> {
    let (role, mark) = sign(look, &report.verdict);
    vec![
        Cell::new(role, format!("{mark} {}", word(&report.verdict))),
        Cell::new(Role::Text, report.guard.as_str()),
        Cell::new(Role::Muted, age(look, report.read_at)),
        Cell::new(if report.verdict.passes() { Role::Muted } else { role }, reason(report)),
    ]
}

/// What would mend it comes before all of why, then what was seen, then how to go on against it.
fn notes(model: &Model, report: &GuardReport) -> Vec<Note> {
    let note = |role, label, need| move |text| Note { role, label, text, need };
    let is_told = report.verdict.passes() || report.evidence.is_empty() || report.evidence == reason(report);
    let seen = (!is_told).then(|| report.evidence.clone());
    let fix = fix_here(model, report).map(note(Role::Text, "fix", CUT_TEXT + 1));
    let seen = seen.map(note(Role::Muted, "seen", CUT_TEXT - 1));
    let past = past_here(model, report).map(note(Role::Muted, "or", 0));
    fix.into_iter().chain(seen).chain(past).collect()
}

fn age(look: &Look<'_>, read_at: Option<Timestamp>) -> String {
    read_at.map_or_else(|| look.symbols.dash.to_owned(), |at| look.age(at))
}

pub(super) fn page(model: &Model, look: &Look<'_>, id: &str) -> Option<Page> {
    let preflight = chosen(model).and_then(Book::judged)?;
    let report = preflight.reports.iter().find(|report| report.guard.as_str() == id)?;
    let mut page = Page::new(format!("The guard {}", report.guard));
    let (role, mark) = sign(look, &report.verdict);
    page.fact("verdict", role, format!("{mark} {}", word(&report.verdict)));
    if !report.verdict.passes() {
        page.fact("why", role, reason(report));
    }
    if let Some(fix) = fix_here(model, report) {
        page.fact("fix", Role::Text, fix);
    }
    page.fact("evidence", Role::Text, report.evidence.clone());
    if let Some(at) = report.read_at {
        page.fact("read", Role::Text, format!("{}, {} ago", look.date_and_time(at), look.age(at)));
    }
    let overriding = if report.guard.can_be_overridden() {
        format!("{} that is journaled; --override {}=REASON in a shell", past(model), report.guard)
    } else {
        "cannot be overridden".to_owned()
    };
    page.fact("override", Role::Muted, overriding);
    if let Some(fix) = fix(&report.verdict) {
        page.heading("From a shell");
        page.sentence(Role::Text, fix);
    }
    Some(page)
}
