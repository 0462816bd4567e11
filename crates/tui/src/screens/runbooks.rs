//! What each runbook would do now, and what would refuse it: the guards, judged again and again, each with its evidence
//! and what would mend it.

use lifeboat_model::guard::{GuardName, GuardReport, Verdict};
use lifeboat_model::preflight::{Last, LastRuns, OpenRun, Preflight, Standing};
use lifeboat_model::run::RunOutcome;
use lifeboat_model::runbook::{Mode, RunbookName};
use lifeboat_model::time::{self, Timestamp};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::run::outcome_sign;
use super::{Item, Page, Screen, filtered, order};
use crate::action::{Action, Context};
use crate::format;
use crate::look::Look;
use crate::model::{Access, Model, Watched};
use crate::theme::Role;
use crate::widgets::carve;
use crate::widgets::pane::Pane;
use crate::widgets::table::{Cell, Column, Table};

pub const PANES: &[&str] = &["Runbooks", "Guards"];

pub const SORTS: &[&str] = &["their own order", "what may run first", "shortest first", "name"];

const GUARDS: usize = 1;
const READY_FIRST: usize = 1;
const SHORTEST_FIRST: usize = 2;
const BY_NAME: usize = 3;

fn standing(model: &Model) -> Option<&Standing> {
    model.watched()?.standing.as_ref()
}

/// The runbook whose guards are shown.
fn chosen(model: &Model) -> Option<&Preflight> {
    let preflights = &standing(model)?.preflights;
    let items = runbook_items(model, preflights);
    let index = model.screens.of(Screen::Runbooks).cursor(0).index_in(&items)?;
    preflights.get(items.get(index)?.source)
}

/// The same by its name.
pub(crate) fn chosen_name(model: &Model) -> Option<RunbookName> {
    chosen(model).map(|preflight| preflight.runbook.clone())
}

/// The columns of a pane.
pub(crate) fn columns(pane: usize) -> &'static [Column] {
    if pane == GUARDS { GUARD_COLUMNS } else { COLUMNS }
}

pub(crate) fn items(model: &Model, pane: usize) -> Vec<Item> {
    match pane {
        GUARDS => chosen(model).map_or_else(Vec::new, |preflight| guard_items(model, preflight)),
        _ => standing(model).map_or_else(Vec::new, |standing| runbook_items(model, &standing.preflights)),
    }
}

fn runbook_items(model: &Model, preflights: &[Preflight]) -> Vec<Item> {
    let command = |preflight: &Preflight| format!("lifeboat run {}", preflight.runbook);
    let length = |preflight: &Preflight| preflight.plan.as_ref().ok().and_then(|plan| plan.length);
    let mut all: Vec<(usize, &Preflight)> = preflights.iter().enumerate().collect();
    match model.screens.of(Screen::Runbooks).sort {
        // Without a plan it stands last.
        READY_FIRST => all.sort_by_key(|(_, preflight)| preflight.refusals().unwrap_or(usize::MAX)),
        SHORTEST_FIRST => all.sort_by_key(|(_, preflight)| (length(preflight).is_none(), length(preflight))),
        BY_NAME => all.sort_by(|(_, one), (_, other)| one.runbook.cmp(&other.runbook)),
        _ => {}
    }
    all.into_iter().map(|(index, preflight)| Item::new(index, preflight.runbook.as_str(), command(preflight))).collect()
}

/// What refuses first, otherwise in the runbook's own order.
fn guard_items(model: &Model, preflight: &Preflight) -> Vec<Item> {
    let reports = preflight.reports.iter().enumerate();
    let mut shown = filtered(model, Screen::Runbooks, reports, |(_, report)| {
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

pub(crate) fn draw(model: &Model, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let Some(watched) = model.watched() else { return };
    let rows = |count: usize| u16::try_from(count).unwrap_or(u16::MAX).max(1).saturating_add(2);
    let count = |pane: usize| rows(items(model, pane).len());
    let parts = carve::shared(area, &[count(0), count(GUARDS)]);
    let at = |index: usize| parts.get(index).copied().unwrap_or_default();
    draw_runbooks(model, look, watched, at(0), buffer);
    draw_guards(model, look, at(GUARDS), buffer);
}

const COLUMNS: &[Column] = &[
    Column::left("RUNBOOK", 12).growing(20).named(),
    Column::left("STANDS", 14).growing(16),
    Column::left("TO", 11).growing(15),
    Column::right("EXPECTED", 9),
    Column::left("LAST", 18).dropped(1),
    Column::left("NEXT", 19).dropped(2),
    Column::left("PURPOSE", 12).growing(200).dropped(3),
];

/// The same in a narrow window: days gone and to come instead of dates, so that what is overdue is seen there too.
const NARROW_COLUMNS: &[Column] = &[
    Column::left("RUNBOOK", 11).growing(20).named(),
    Column::left("STANDS", 10).growing(14),
    Column::left("TO", 9).growing(15).named(),
    Column::right("EXPECTED", 9),
    Column::left("LAST", 11).growing(13),
    Column::left("NEXT", 12).growing(14),
    Column::left("PURPOSE", 12).growing(200).dropped(3),
];

/// As wide as the dates need.
const WIDE: u16 = 96;

fn draw_runbooks(model: &Model, look: &Look<'_>, watched: &Watched, area: Rect, buffer: &mut Buffer) {
    let state = model.screens.of(Screen::Runbooks);
    let focused = state.pane == 0;
    let (role, aside) = aside(look, watched);
    let order = order(model, Screen::Runbooks).map_or_else(String::new, |order| format!(", {order}"));
    let pane = Pane::new("Runbooks", focused).aside(role, aside, look).aside(Role::Muted, order, look);
    let body = pane.draw(look, area, buffer);
    let preflights = watched.standing.as_ref().map_or(&[][..], |standing| &standing.preflights);
    let items = runbook_items(model, preflights);
    let is_wide = body.width >= WIDE;
    let table = Table {
        columns: if is_wide { COLUMNS } else { NARROW_COLUMNS },
        len: items.len(),
        selected: state.cursor(0).index_in(&items),
        focused,
        empty: (Role::Unknown, "the runbooks have not been judged yet".to_owned()),
    };
    table.draw(look, body, buffer, |index| {
        let preflight = items.get(index).and_then(|item| preflights.get(item.source));
        preflight.map_or_else(Vec::new, |it| cells(look, it, is_wide))
    });
}

/// A run that is not over comes before everything else.
fn aside(look: &Look<'_>, watched: &Watched) -> (Role, String) {
    match &watched.standing {
        None => (Role::Unknown, String::new()),
        Some(Standing { open_run: Some(run), .. }) => {
            (Role::Caution, format!("{} {}", look.symbols.caution, open(run)))
        }
        Some(Standing { at, .. }) => (Role::Muted, format!("judged {} ago", look.age(*at))),
    }
}

fn open(run: &OpenRun) -> String {
    match &run.holder {
        Some(holder) => format!("{} is being executed by {} on {}", run.id, holder.user, holder.host),
        None => format!("{} is not over: lifeboat resume {}", run.id, run.id),
    }
}

fn cells(look: &Look<'_>, preflight: &Preflight, is_wide: bool) -> Vec<Cell> {
    let (role, words) = stands(look, preflight);
    let to = preflight.plan.as_ref().map_or_else(|_| look.symbols.dash.to_owned(), |plan| plan.to.to_string());
    let length = preflight.plan.as_ref().ok().and_then(|plan| plan.length);
    vec![
        Cell::new(Role::Text, preflight.runbook.as_str()),
        Cell::new(role, words),
        Cell::new(Role::Text, to),
        length.map_or_else(|| Cell::new(Role::Unknown, "not known"), |it| Cell::new(Role::Text, format::duration(it))),
        last(look, preflight, is_wide).into(),
        next(look, preflight, is_wide).into(),
        Cell::new(Role::Muted, preflight.purpose.clone()),
    ]
}

fn stands(look: &Look<'_>, preflight: &Preflight) -> (Role, String) {
    let only_access = preflight.reports.iter().all(|report| report.allows() || report.guard == GuardName::Access);
    match preflight.refusals() {
        None => (Role::Danger, format!("{} no plan", look.symbols.danger)),
        // What a session may do says nothing about the deployment.
        Some(1..) if only_access => (Role::Ok, format!("{} ready", look.symbols.ok)),
        Some(0) => (Role::Ok, format!("{} may run", look.symbols.ok)),
        Some(1) => (Role::Danger, format!("{} 1 refuses", look.symbols.danger)),
        Some(count) => (Role::Danger, format!("{} {count} refuse", look.symbols.danger)),
    }
}

/// The same where there is room to say what the session itself lacks.
fn stands_here(model: &Model, look: &Look<'_>, preflight: &Preflight) -> (Role, String) {
    let (role, words) = stands(look, preflight);
    if role != Role::Ok || model.access_here() == Access::Operate {
        return (role, words);
    }
    let key = model.keymap.shown(Action::RaiseAccess, Context::Screen(Screen::Runbooks));
    let key = key.map_or_else(|| "the palette".to_owned(), ToString::to_string);
    let way = if model.pinned_here().is_some() {
        "and access stays read-only".to_owned()
    } else {
        format!("raise access with {key}")
    };
    (role, format!("{} ready; {way}", look.symbols.ok))
}

fn next(look: &Look<'_>, preflight: &Preflight, is_wide: bool) -> (Role, String) {
    match (preflight.overdue_since, preflight.next) {
        (Some(since), _) => (Role::Caution, format!("{} overdue {}", look.symbols.caution, look.age(since))),
        (None, Some(at)) if is_wide => (Role::Text, look.date_and_time(at)),
        (None, Some(at)) => (Role::Text, format!("in {}", format::age(time::age(at, look.now)))),
        (None, None) => (Role::Muted, look.symbols.dash.to_owned()),
    }
}

/// The day of the newest run, how it ended, and whether it was a rehearsal.
fn last(look: &Look<'_>, preflight: &Preflight, is_wide: bool) -> (Role, String) {
    let Some(last) = &preflight.last else {
        return (Role::Unknown, format!("{} unknown", look.symbols.unknown));
    };
    let Some((run, is_rehearsal)) = last.newest() else { return (Role::Muted, "never".to_owned()) };
    let (role, mark) = ended(look, run);
    let kind = if is_rehearsal { "drill" } else { "real" };
    let when = if is_wide { look.date(run.started_at) } else { look.age(run.started_at) };
    (role, format!("{mark} {when} {kind}"))
}

fn ended(look: &Look<'_>, run: &Last) -> (Role, &'static str) {
    match run.outcome {
        Some(RunOutcome::Completed) if !run.went_well() => (Role::Caution, look.symbols.caution),
        Some(outcome) => outcome_sign(look, outcome),
        None => (Role::Caution, look.symbols.caution),
    }
}

/// The newest rehearsal and the newest run for real, each in a sentence.
fn last_facts(page: &mut Page, look: &Look<'_>, preflight: &Preflight) {
    let Some(LastRuns { rehearsal, real }) = &preflight.last else {
        let unknown = || format!("{} unknown: the journal has not been read", look.symbols.unknown);
        page.fact("rehearsed", Role::Unknown, unknown());
        return page.fact("last run", Role::Unknown, unknown());
    };
    for (label, run) in [("rehearsed", rehearsal), ("last run", real)] {
        let Some(run) = run else {
            page.fact(label, Role::Muted, "never");
            continue;
        };
        let (role, mark) = ended(look, run);
        let told = run.told(preflight.runbook.is_about_stacks());
        page.fact(label, role, format!("{}, {} ago", look.date_and_time(run.started_at), look.age(run.started_at)));
        page.fact("", role, format!("{mark} {told}"));
    }
}

const GUARD_COLUMNS: &[Column] = &[
    Column::left("VERDICT", 9),
    Column::left("GUARD", 15).growing(24).named(),
    Column::right("AGE", 6),
    Column::left("WHY", 20).growing(400),
];

fn draw_guards(model: &Model, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let state = model.screens.of(Screen::Runbooks);
    let focused = state.pane == GUARDS;
    let preflight = chosen(model);
    let name = preflight.map_or_else(String::new, |preflight| format!("Guards of {}", preflight.runbook));
    let title = super::titled(if name.is_empty() { "Guards" } else { &name }, &state.filter);
    let (role, summary) =
        preflight.map_or((Role::Muted, String::new()), |preflight| stands_here(model, look, preflight));
    let body = Pane::new(&title, focused).aside(role, summary, look).draw(look, area, buffer);
    let items = preflight.map_or_else(Vec::new, |preflight| guard_items(model, preflight));
    let table = Table {
        columns: GUARD_COLUMNS,
        len: items.len(),
        selected: state.cursor(GUARDS).index_in(&items),
        focused,
        empty: nothing(preflight),
    };
    table.draw(look, body, buffer, |index| {
        let report = items.get(index).zip(preflight).and_then(|(item, preflight)| preflight.reports.get(item.source));
        report.map_or_else(Vec::new, |report| guard_cells(look, report))
    });
}

fn nothing(preflight: Option<&Preflight>) -> (Role, String) {
    match preflight.map(|preflight| &preflight.plan) {
        Some(Err(why)) => (Role::Danger, format!("no plan: {}; {}", why.reason, why.fix)),
        Some(Ok(_)) => (Role::Muted, "no guard has these words".to_owned()),
        None => (Role::Unknown, "nothing has been judged yet".to_owned()),
    }
}

fn guard_cells(look: &Look<'_>, report: &GuardReport) -> Vec<Cell> {
    let (role, mark) = sign(look, &report.verdict);
    vec![
        Cell::new(role, format!("{mark} {}", word(&report.verdict))),
        Cell::new(Role::Text, report.guard.as_str()),
        Cell::new(Role::Muted, age(look, report.read_at)),
        Cell::new(if report.verdict.passes() { Role::Muted } else { role }, reason(report)),
    ]
}

fn age(look: &Look<'_>, read_at: Option<Timestamp>) -> String {
    read_at.map_or_else(|| look.symbols.dash.to_owned(), |at| look.age(at))
}

pub(crate) fn page(model: &Model, look: &Look<'_>, pane: usize, id: &str) -> Option<Page> {
    if pane == GUARDS {
        let report = chosen(model)?.reports.iter().find(|report| report.guard.as_str() == id)?;
        return Some(guard_page(look, report));
    }
    let watched = model.watched()?;
    let standing = watched.standing.as_ref()?;
    let preflight = standing.preflights.iter().find(|preflight| preflight.runbook.as_str() == id)?;
    Some(runbook_page(model, look, standing, preflight))
}

fn guard_page(look: &Look<'_>, report: &GuardReport) -> Page {
    let mut page = Page::new(format!("The guard {}", report.guard));
    let (role, mark) = sign(look, &report.verdict);
    page.fact("verdict", role, format!("{mark} {}", word(&report.verdict)));
    if !report.verdict.passes() {
        page.fact("why", role, reason(report));
    }
    if let Some(fix) = fix(&report.verdict) {
        page.fact("fix", Role::Text, fix);
    }
    page.fact("evidence", Role::Text, report.evidence.clone());
    if let Some(at) = report.read_at {
        page.fact("read", Role::Text, format!("{}, {} ago", look.date_and_time(at), look.age(at)));
    }
    let overriding = if report.guard.can_be_overridden() {
        format!("--override {}=REASON goes on against it, and is journaled", report.guard)
    } else {
        "cannot be overridden".to_owned()
    };
    page.fact("override", Role::Muted, overriding);
    page
}

fn runbook_page(model: &Model, look: &Look<'_>, standing: &Standing, preflight: &Preflight) -> Page {
    let mut page = Page::new(format!("The runbook {}", preflight.runbook));
    page.sentence(Role::Text, preflight.purpose.clone());
    let (role, words) = stands_here(model, look, preflight);
    page.fact("stands", role, words);
    let mode = match preflight.mode {
        Mode::Planned => "planned: both regions take part, nothing may be lost",
        Mode::Unplanned => "unplanned: nothing is asked of the region that is left",
    };
    page.fact("mode", Role::Text, mode);
    match &preflight.plan {
        Ok(plan) => {
            page.fact("leads", Role::Text, format!("{} {} {}", plan.from, look.symbols.arrow, plan.to));
            page.fact("steps", Role::Text, plan.steps.to_string());
            let length = plan.length.map_or_else(|| "not known".to_owned(), format::duration);
            page.fact("expected", Role::Text, length);
            page.fact("hash", Role::Muted, plan.hash.short());
        }
        Err(why) => {
            page.fact("no plan", Role::Danger, why.reason.clone());
            page.fact("fix", Role::Text, why.fix.clone());
        }
    }
    last_facts(&mut page, look, preflight);
    if preflight.overdue_since.is_some() || preflight.next.is_some() {
        let (role, words) = next(look, preflight, true);
        page.fact("schedule", role, words);
    }
    if let Some(run) = &standing.open_run {
        page.fact("open run", Role::Caution, open(run));
    }
    page.heading("From a shell");
    page.sentence(Role::Text, format!("lifeboat preflight {}", preflight.runbook));
    page.sentence(Role::Text, format!("lifeboat plan {}", preflight.runbook));
    page.sentence(Role::Text, format!("lifeboat run {} --operate", preflight.runbook));
    page
}
