//! What each runbook would do now, and what would refuse it: the guards, judged again and again, each with its evidence
//! and what would mend it. Those of the stacks are listed with what is known of them without a plan.

use lifeboat_model::guard::{GuardName, Verdict};
use lifeboat_model::preflight::{Last, OfStacks, OpenRun, Preflight, Standing};
use lifeboat_model::run::RunOutcome;
use lifeboat_model::runbook::{DRIFT, Mode, PROVISION, RunbookName, TEARDOWN};
use lifeboat_model::time::{self, Duration};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::run::outcome_sign;
use super::{Item, Page, Screen, filter_of, order, titled};
use crate::action::{Action, Context};
use crate::dialogs::filter::Terms;
use crate::format;
use crate::look::Look;
use crate::model::{Access, Model, Watched};
use crate::theme::Role;
use crate::widgets::carve;
use crate::widgets::pane::Pane;
use crate::widgets::table::{Cell, Column, Table};

mod guards;

pub const PANES: &[&str] = &["Runbooks", "Guards"];

pub const SORTS: &[&str] = &["their own order", "what may run first", "shortest first", "name"];

const GUARDS: usize = 1;
const READY_FIRST: usize = 1;
const SHORTEST_FIRST: usize = 2;
const BY_NAME: usize = 3;

/// A row of the list.
#[derive(Clone, Copy)]
enum Book<'a> {
    Judged(&'a Preflight),
    OfStacks(&'a OfStacks),
}

impl<'a> Book<'a> {
    fn name(self) -> &'a RunbookName {
        match self {
            Self::Judged(preflight) => &preflight.runbook,
            Self::OfStacks(book) => &book.runbook,
        }
    }

    fn purpose(self) -> &'a str {
        match self {
            Self::Judged(preflight) => &preflight.purpose,
            Self::OfStacks(book) => &book.purpose,
        }
    }

    fn judged(self) -> Option<&'a Preflight> {
        match self {
            Self::Judged(preflight) => Some(preflight),
            Self::OfStacks(_) => None,
        }
    }

    /// Without a plan, and without a judgement, it stands last.
    fn refusals(self) -> usize {
        self.judged().and_then(Preflight::refusals).unwrap_or(usize::MAX)
    }

    fn length(self) -> Option<Duration> {
        match self {
            Self::Judged(preflight) => preflight.plan.as_ref().ok().and_then(|plan| plan.length),
            Self::OfStacks(book) => book.length,
        }
    }

    /// From a shell.
    fn command(self) -> String {
        match self.name().as_str() {
            PROVISION => "lifeboat up".to_owned(),
            TEARDOWN => "lifeboat down".to_owned(),
            DRIFT => "lifeboat drift".to_owned(),
            name => format!("lifeboat run {name}"),
        }
    }
}

fn books(watched: &Watched) -> Vec<Book<'_>> {
    let Some(standing) = &watched.standing else { return Vec::new() };
    let of_stacks = standing.of_stacks.iter().map(Book::OfStacks);
    standing.preflights.iter().map(Book::Judged).chain(of_stacks).collect()
}

/// The runbook whose guards are shown.
fn chosen(model: &Model) -> Option<Book<'_>> {
    let books = books(model.watched()?);
    let items = book_items(model, &books);
    let index = model.screens.of(Screen::Runbooks).cursor(0).index_in(&items)?;
    books.get(items.get(index)?.source).copied()
}

/// The same by its name.
pub(crate) fn chosen_name(model: &Model) -> Option<RunbookName> {
    chosen(model).map(|book| book.name().clone())
}

/// What a runbook is for, as it says itself.
pub(crate) fn purpose<'a>(watched: &'a Watched, runbook: &RunbookName) -> Option<&'a str> {
    books(watched).into_iter().find(|book| book.name() == runbook).map(Book::purpose)
}

/// The columns of a pane.
pub(crate) fn columns(pane: usize) -> &'static [Column] {
    if pane == GUARDS { guards::COLUMNS } else { COLUMNS }
}

/// The filter, where it is this pane's.
fn filter(model: &Model, pane: usize) -> &str {
    filter_of(model, Screen::Runbooks, pane)
}

fn admitted<'a, T: 'a>(
    model: &Model,
    pane: usize,
    all: impl IntoIterator<Item = T>,
    words: impl Fn(&T) -> Vec<&'a str>,
) -> Vec<T> {
    let terms = Terms::parse(filter(model, pane));
    all.into_iter().filter(|entry| terms.is_empty() || terms.admits(&words(entry))).collect()
}

pub(crate) fn items(model: &Model, pane: usize) -> Vec<Item> {
    match pane {
        GUARDS => {
            let judged = chosen(model).and_then(Book::judged);
            judged.map_or_else(Vec::new, |preflight| guards::items(model, preflight))
        }
        _ => model.watched().map_or_else(Vec::new, |watched| book_items(model, &books(watched))),
    }
}

fn book_items(model: &Model, books: &[Book<'_>]) -> Vec<Item> {
    let all = books.iter().copied().enumerate();
    let mut all =
        admitted(model, 0, all, |(_, book)| vec![book.name().as_str(), book.purpose(), stand(*book), due(*book)]);
    match model.screens.of(Screen::Runbooks).sort {
        READY_FIRST => all.sort_by_key(|(_, book)| book.refusals()),
        SHORTEST_FIRST => all.sort_by_key(|(_, book)| (book.length().is_none(), book.length())),
        BY_NAME => all.sort_by(|(_, one), (_, other)| one.name().cmp(other.name())),
        _ => {}
    }
    all.into_iter().map(|(index, book)| Item::new(index, book.name().as_str(), book.command())).collect()
}

pub(crate) fn draw(model: &Model, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let Some(watched) = model.watched() else { return };
    let rows = |count: usize| u16::try_from(count).unwrap_or(u16::MAX).max(1).saturating_add(2);
    let count = |pane: usize| rows(items(model, pane).len());
    let parts = carve::shared(area, &[count(0), count(GUARDS)]);
    let at = |index: usize| parts.get(index).copied().unwrap_or_default();
    draw_runbooks(model, look, watched, at(0), buffer);
    guards::draw(model, look, at(GUARDS), buffer);
}

const COLUMNS: &[Column] = &[
    Column::left("RUNBOOK", 12).growing(20).named(),
    Column::left("STANDS", 14).growing(16),
    Column::left("TO", 11).growing(15),
    Column::right("EXPECTED", 9),
    Column::left("REHEARSED", 12),
    Column::left("REAL RUN", 12),
    Column::left("NEXT", 19).dropped(1),
    Column::left("PURPOSE", 24).growing(200).dropped(2),
];

/// The same in a narrow window: days gone and to come instead of dates, so that what is overdue is seen there too.
const NARROW_COLUMNS: &[Column] = &[
    Column::left("RUNBOOK", 10).growing(20).named(),
    Column::left("STANDS", 12).growing(14),
    Column::left("TO", 9).growing(15).named(),
    Column::right("EXPECTED", 9),
    Column::left("REHEARSED", 9),
    Column::left("REAL RUN", 8),
    Column::left("NEXT", 12).growing(14),
    Column::left("PURPOSE", 24).growing(200).dropped(2),
];

/// As wide as the dates need.
const WIDE: u16 = 104;

fn draw_runbooks(model: &Model, look: &Look<'_>, watched: &Watched, area: Rect, buffer: &mut Buffer) {
    let state = model.screens.of(Screen::Runbooks);
    let focused = state.pane == 0;
    let (role, aside) = aside(look, watched);
    let order = order(model, Screen::Runbooks).map_or_else(String::new, |order| format!(", {order}"));
    let title = titled("Runbooks", filter(model, 0));
    let books = books(watched);
    let items = book_items(model, &books);
    let selected = state.cursor(0).index_in(&items);
    let pane = Pane::new(&title, focused).aside(role, aside, look).aside(Role::Muted, order, look);
    let body = pane.rows(items.len(), selected, 1).draw(look, area, buffer);
    let is_wide = body.width >= WIDE;
    let table = Table {
        columns: if is_wide { COLUMNS } else { NARROW_COLUMNS },
        len: items.len(),
        selected,
        focused,
        empty: if books.is_empty() {
            (Role::Unknown, "the runbooks have not been judged yet".to_owned())
        } else {
            (Role::Muted, "no runbook has these words".to_owned())
        },
    };
    table.draw(look, body, buffer, |index| {
        let book = items.get(index).and_then(|item| books.get(item.source));
        book.map_or_else(Vec::new, |book| cells(look, *book, is_wide))
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

fn cells(look: &Look<'_>, book: Book<'_>, is_wide: bool) -> Vec<Cell> {
    let planned = book.judged().and_then(|preflight| preflight.plan.as_ref().ok());
    let to = planned.map_or_else(|| look.symbols.dash.to_owned(), |plan| plan.to.to_string());
    let [rehearsed, real] = lasts(book).map(|last| ended_when(look, last, book.name().is_about_stacks(), is_wide));
    vec![
        Cell::new(Role::Text, book.name().as_str()),
        stands(look, book).into(),
        Cell::new(Role::Text, to),
        book.length()
            .map_or_else(|| Cell::new(Role::Unknown, "not known"), |it| Cell::new(Role::Text, format::duration(it))),
        rehearsed.into(),
        real.into(),
        next(look, book, is_wide).into(),
        Cell::new(Role::Muted, book.purpose()),
    ]
}

/// How it stands, in words that a filter finds.
fn stand(book: Book<'_>) -> &'static str {
    let Book::Judged(preflight) = book else { return "not judged" };
    let only_access = preflight.reports.iter().all(|report| report.allows() || report.guard == GuardName::Access);
    match preflight.refusals() {
        None => "no plan",
        Some(0) => "may run",
        // What a session may do says nothing about the deployment.
        Some(_) if only_access => "ready",
        Some(_) if refuses(preflight) => "block",
        Some(_) => "unknown",
    }
}

/// Whether a guard says no, and not only that it cannot tell.
fn refuses(preflight: &Preflight) -> bool {
    let mut open = preflight.reports.iter().filter(|report| !report.allows() && report.guard != GuardName::Access);
    open.any(|report| matches!(report.verdict, Verdict::Refuse { .. }))
}

fn due(book: Book<'_>) -> &'static str {
    let is_overdue = book.judged().is_some_and(|preflight| preflight.overdue_since.is_some());
    if is_overdue { "overdue" } else { "" }
}

fn stands(look: &Look<'_>, book: Book<'_>) -> (Role, String) {
    match (stand(book), book.refusals()) {
        ("block", 1) => (Role::Danger, format!("{} 1 blocks", look.symbols.danger)),
        ("block", count) => (Role::Danger, format!("{} {count} block", look.symbols.danger)),
        ("unknown", count) => (Role::Unknown, format!("{} {count} unknown", look.symbols.unknown)),
        (word @ "no plan", _) => (Role::Danger, format!("{} {word}", look.symbols.danger)),
        (word @ "not judged", _) => (Role::Unknown, format!("{} {word}", look.symbols.unknown)),
        (word, _) => (Role::Ok, format!("{} {word}", look.symbols.ok)),
    }
}

/// The same where there is room to say what the session itself lacks.
fn stands_here(model: &Model, look: &Look<'_>, book: Book<'_>) -> (Role, String) {
    let (role, words) = stands(look, book);
    if stand(book) == "not judged" {
        return (role, format!("{} {}", look.symbols.unknown, way_to_plan(model)));
    }
    if role != Role::Ok || model.access_here() == Access::Operate {
        return (role, words);
    }
    let way = if model.pinned_here().is_some() {
        "and access stays read-only".to_owned()
    } else {
        format!("raise access with {}", key(model, Action::RaiseAccess))
    };
    (role, format!("{} ready; {way}", look.symbols.ok))
}

fn way_to_plan(model: &Model) -> String {
    format!("not judged: {} makes the plan", key(model, Action::Propose))
}

fn key(model: &Model, action: Action) -> String {
    let key = model.keymap.shown(action, Context::Screen(Screen::Runbooks));
    key.map_or_else(|| "the palette".to_owned(), ToString::to_string)
}

fn next(look: &Look<'_>, book: Book<'_>, is_wide: bool) -> (Role, String) {
    let due = book.judged().map_or((None, None), |preflight| (preflight.overdue_since, preflight.next));
    match due {
        (Some(since), _) => (Role::Caution, format!("{} overdue {}", look.symbols.caution, look.age(since))),
        (None, Some(at)) if is_wide => (Role::Text, look.date_and_time(at)),
        (None, Some(at)) => (Role::Text, format!("in {}", format::age(time::age(at, look.now)))),
        (None, None) => (Role::Muted, look.symbols.dash.to_owned()),
    }
}

/// What is known of the newest run of a kind.
#[derive(Clone, Copy)]
enum Newest<'a> {
    /// Nobody has read what runs there were.
    Unread,
    Never,
    /// There is no such kind of it.
    Nothing,
    Was(&'a Last),
}

/// The newest rehearsal, and the newest run for real.
fn lasts(book: Book<'_>) -> [Newest<'_>; 2] {
    match book {
        Book::Judged(Preflight { last: None, .. }) => [Newest::Unread, Newest::Unread],
        Book::Judged(Preflight { last: Some(last), .. }) => {
            [newest(last.rehearsal.as_ref()), newest(last.real.as_ref())]
        }
        // Stacks are made and deleted for real, or not at all.
        Book::OfStacks(book) => [Newest::Nothing, newest(book.last.as_ref())],
    }
}

fn newest(last: Option<&Last>) -> Newest<'_> {
    last.map_or(Newest::Never, Newest::Was)
}

/// Its day and how it ended.
fn ended_when(look: &Look<'_>, last: Newest<'_>, is_about_stacks: bool, is_wide: bool) -> (Role, String) {
    match last {
        Newest::Unread => (Role::Unknown, format!("{} unknown", look.symbols.unknown)),
        Newest::Never => (Role::Muted, "never".to_owned()),
        Newest::Nothing => (Role::Muted, look.symbols.dash.to_owned()),
        Newest::Was(run) => {
            let (role, mark) = ended(look, run, is_about_stacks);
            let when = if is_wide { look.date(run.started_at) } else { look.age(run.started_at) };
            (role, format!("{mark} {when}"))
        }
    }
}

/// How it went. That it came to its end says nothing of an objective that was not measured.
fn ended(look: &Look<'_>, run: &Last, is_about_stacks: bool) -> (Role, &'static str) {
    let is_unmeasured = !is_about_stacks && run.rto.is_none();
    match run.outcome {
        Some(RunOutcome::Completed) if !run.went_well() => (Role::Danger, look.symbols.danger),
        Some(RunOutcome::Completed) if is_unmeasured => (Role::Unknown, look.symbols.unknown),
        Some(outcome) => outcome_sign(look, outcome),
        None => (Role::Caution, look.symbols.caution),
    }
}

/// The newest rehearsal and the newest run for real, each in a sentence.
fn last_facts(page: &mut Page, look: &Look<'_>, book: Book<'_>) {
    for (label, newest) in ["rehearsed", "last run"].into_iter().zip(lasts(book)) {
        match newest {
            Newest::Unread => {
                let unknown = format!("{} unknown: the journal has not been read", look.symbols.unknown);
                page.fact(label, Role::Unknown, unknown);
            }
            Newest::Never => page.fact(label, Role::Muted, "never"),
            Newest::Nothing => page.fact(label, Role::Muted, "stacks are made and deleted for real, or not at all"),
            Newest::Was(run) => {
                let (role, mark) = ended(look, run, book.name().is_about_stacks());
                let told = run.told(book.name().is_about_stacks());
                let when = format!("{}, {} ago", look.date_and_time(run.started_at), look.age(run.started_at));
                page.fact(label, role, when);
                page.fact("", role, format!("{mark} {told}"));
            }
        }
    }
}

pub(crate) fn page(model: &Model, look: &Look<'_>, pane: usize, id: &str) -> Option<Page> {
    if pane == GUARDS {
        return guards::page(model, look, id);
    }
    let watched = model.watched()?;
    let book = books(watched).into_iter().find(|book| book.name().as_str() == id)?;
    let mut page = Page::new(format!("The runbook {}", book.name()));
    page.sentence(Role::Text, book.purpose());
    let (role, words) = stands_here(model, look, book);
    page.fact("stands", role, words);
    match book {
        Book::Judged(preflight) => plan_facts(&mut page, look, preflight),
        Book::OfStacks(book) => {
            page.fact("", Role::Text, "a plan of it asks every stack of both regions: it is made when it is wanted");
            let (role, length) = match book.length {
                Some(length) => {
                    (Role::Text, format!("{}, as the newest that completed took", format::duration(length)))
                }
                None => (Role::Unknown, "not known: none completed".to_owned()),
            };
            page.fact("expected", role, length);
        }
    }
    last_facts(&mut page, look, book);
    if book.judged().is_some_and(|preflight| preflight.overdue_since.is_some() || preflight.next.is_some()) {
        let (role, words) = next(look, book, true);
        page.fact("schedule", role, words);
    }
    if let Some(run) = watched.standing.as_ref().and_then(|standing| standing.open_run.as_ref()) {
        page.fact("open run", Role::Caution, open(run));
    }
    page.heading("From a shell");
    match book {
        Book::Judged(_) => {
            page.sentence(Role::Text, format!("lifeboat preflight {}", book.name()));
            page.sentence(Role::Text, format!("lifeboat plan {}", book.name()));
            page.sentence(Role::Text, format!("{} --operate", book.command()));
        }
        Book::OfStacks(_) => page.sentence(Role::Text, book.command()),
    }
    Some(page)
}

fn plan_facts(page: &mut Page, look: &Look<'_>, preflight: &Preflight) {
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
}
