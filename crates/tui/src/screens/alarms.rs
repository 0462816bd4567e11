//! Alarms of both regions, the worst first, and what changed lately.

use lifeboat_model::assessment::{AlarmAssessment, Assessment};
use lifeboat_model::facts::alarm::{AlarmChange, AlarmState};
use lifeboat_model::id::Region;
use lifeboat_model::observation::Freshness;
use lifeboat_model::read::Service;
use lifeboat_model::time::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{Item, Page, Screen, filtered};
use crate::format;
use crate::look::Look;
use crate::model::{Model, Watched};
use crate::theme::Role;
use crate::widgets::carve;
use crate::widgets::pane::Pane;
use crate::widgets::table::{Cell, Column, Table};

pub const PANES: &[&str] = &["Alarms", "History"];
pub const SORTS: &[&str] = &["state", "newest change", "name", "region"];

/// The order in which what needs eyes comes first.
pub(crate) const BY_STATE: usize = 0;
const HISTORY: usize = 1;

pub(crate) fn items(model: &Model, pane: usize) -> Vec<Item> {
    match pane {
        HISTORY => history_items(model),
        _ => alarm_items(model, Screen::Alarms, model.screens.of(Screen::Alarms).sort),
    }
}

pub(crate) fn alarm_items(model: &Model, screen: Screen, sort: usize) -> Vec<Item> {
    let Some(watched) = model.watched() else { return Vec::new() };
    let alarms = watched.assessment.alarms.iter().enumerate();
    let mut shown = filtered(model, screen, alarms, |(_, alarm)| {
        vec![alarm.name.as_str(), alarm.region.as_str(), alarm.state.as_str(), alarm.reason.as_str()]
    });
    match sort {
        1 => shown.sort_by_key(|(_, alarm)| std::cmp::Reverse(alarm.since)),
        2 => shown.sort_by(|(_, a), (_, b)| a.name.cmp(&b.name)),
        3 => shown.sort_by(|(_, a), (_, b)| (&a.region, &a.name).cmp(&(&b.region, &b.name))),
        _ => shown.sort_by_key(|(_, alarm)| (severity(alarm), std::cmp::Reverse(alarm.since))),
    }
    shown.into_iter().map(|(index, alarm)| Item::new(index, id(alarm), alarm.name.as_str())).collect()
}

pub(crate) fn id(alarm: &AlarmAssessment) -> String {
    format!("{} {}", alarm.region, alarm.name)
}

/// Smaller needs eyes sooner.
fn severity(alarm: &AlarmAssessment) -> u8 {
    match &alarm.state {
        AlarmState::Alarm => 0,
        AlarmState::Other(_) => 1,
        AlarmState::InsufficientData if alarm.orphaned_by_role_swap => 3,
        AlarmState::InsufficientData => 2,
        // It may ring by now.
        AlarmState::Ok if alarm.freshness != Freshness::Fresh => 3,
        AlarmState::Ok => 4,
    }
}

/// Changes of all regions, newest first.
fn history(watched: &Watched) -> Vec<(&Region, &AlarmChange)> {
    let regions = watched.snapshot.regions.iter();
    let mut changes: Vec<(&Region, &AlarmChange)> = regions
        .filter_map(|(region, known)| known.alarms.value().map(|facts| (region, facts)))
        .flat_map(|(region, facts)| facts.history.iter().map(move |change| (region, change)))
        .collect();
    changes.sort_by_key(|(_, change)| std::cmp::Reverse(change.at));
    changes
}

fn history_items(model: &Model) -> Vec<Item> {
    let Some(watched) = model.watched() else { return Vec::new() };
    let changes = history(watched);
    let shown = filtered(model, Screen::Alarms, changes.into_iter().enumerate(), |(_, (region, change))| {
        vec![change.name.as_str(), region.as_str(), change.summary.as_str()]
    });
    let item = |(index, (region, change)): (usize, (&Region, &AlarmChange))| {
        Item::new(
            index,
            format!("{region} {} {}", change.name, change.at),
            format!("{} {} {}", change.at, change.name, change.summary),
        )
    };
    shown.into_iter().map(item).collect()
}

/// When the alarms of its region were last read.
fn read_at(watched: &Watched, alarm: &AlarmAssessment) -> Option<Timestamp> {
    watched.snapshot.region(&alarm.region)?.contact(Service::Alarms).answered_at
}

/// The state with its sign.
pub(crate) fn state(look: &Look<'_>, watched: &Watched, alarm: &AlarmAssessment) -> (Role, String) {
    state_at(look, alarm, read_at(watched, alarm))
}

fn state_at(look: &Look<'_>, alarm: &AlarmAssessment, read_at: Option<Timestamp>) -> (Role, String) {
    let (role, mark, word) = match &alarm.state {
        AlarmState::Ok => (Role::Ok, look.symbols.ok, "OK"),
        AlarmState::Alarm => (Role::Danger, look.symbols.danger, "ALARM"),
        AlarmState::InsufficientData if alarm.orphaned_by_role_swap => (Role::Muted, look.symbols.unknown, "orphaned"),
        AlarmState::InsufficientData => (Role::Unknown, look.symbols.unknown, "no data"),
        AlarmState::Other(other) => (Role::Unknown, look.symbols.unknown, other.as_str()),
    };
    look.verdict((alarm.freshness, read_at), (role, mark), (word, word))
}

/// How many alarms are in which state, each counted once. What was not read lately is in no state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Census {
    pub(crate) ringing: usize,
    pub(crate) no_data: usize,
    pub(crate) unread: usize,
    pub(crate) calm: usize,
}

impl Census {
    pub(crate) fn of(assessment: &Assessment) -> Self {
        let mut census = Self::default();
        for alarm in &assessment.alarms {
            let place = match (alarm.freshness, &alarm.state) {
                (Freshness::Stale | Freshness::Pending | Freshness::Unavailable, _) => &mut census.unread,
                (Freshness::Fresh, AlarmState::Alarm) => &mut census.ringing,
                (Freshness::Fresh, AlarmState::Ok) => &mut census.calm,
                (Freshness::Fresh, AlarmState::InsufficientData | AlarmState::Other(_)) => &mut census.no_data,
            };
            *place += 1;
        }
        census
    }

    /// Nothing rings, and nothing is hidden that might.
    pub(crate) fn sign(self, look: &Look<'_>) -> (Role, &'static str) {
        match self {
            Self { ringing: 1.., .. } => (Role::Danger, look.symbols.danger),
            Self { unread: 1.., .. } | Self { no_data: 1.., .. } => (Role::Unknown, look.symbols.unknown),
            Self { calm: 0, .. } => (Role::Muted, look.symbols.dash),
            Self { .. } => (Role::Ok, look.symbols.ok),
        }
    }
}

/// How many ring and how many cannot be told, for the rule above them, in at most `room` columns as far as it goes.
pub(crate) fn summary(look: &Look<'_>, watched: &Watched, room: usize) -> (Role, String) {
    let census = Census::of(&watched.assessment);
    let (role, mark) = census.sign(look);
    if census == Census::default() {
        return (role, String::new());
    }
    let unread = watched.assessment.alarms.iter().filter(|alarm| alarm.freshness != Freshness::Fresh);
    let oldest = unread.filter_map(|alarm| read_at(watched, alarm)).min();
    let said = |with_age: bool| {
        let mut said = vec![format!("{mark} {} in ALARM", census.ringing)];
        if census.no_data > 0 {
            said.push(format!("{} no data", census.no_data));
        }
        if census.unread > 0 {
            let age = oldest.filter(|_| with_age).map_or_else(String::new, |at| format!(" for {}", look.age(at)));
            said.push(format!("{} not read{age}", census.unread));
        }
        said.join(", ")
    };
    let untold = census.no_data + census.unread;
    let short = match untold {
        0 => format!("{mark} {} ALARM", census.ringing),
        untold => format!("{mark} {} ALARM, {untold} {}", census.ringing, look.symbols.unknown),
    };
    let unknown = format!("{mark} {} ALARM, {untold} unknown", census.ringing);
    let fitting = [said(true), said(false), unknown].into_iter().find(|text| format::width(text) <= room);
    (role, fitting.unwrap_or(short))
}

/// One alarm in one line.
pub(crate) fn line(look: &Look<'_>, watched: &Watched, alarm: &AlarmAssessment, width: u16) -> Line<'static> {
    const LEAST_NAME: usize = 14;
    let (role, mut state) = state(look, watched, alarm);
    if alarm.freshness != Freshness::Fresh && usize::from(width) < format::width(&state) + LEAST_NAME + 8 {
        // Which alarm it is tells more than how old the news is, which the rule above says of all.
        let words = state_at(look, alarm, None);
        state = words.1;
    }
    // How long it has been so is worth saying only of what is so.
    let since = alarm.since.filter(|_| alarm.freshness == Freshness::Fresh);
    let since = since.map_or_else(String::new, |since| format!(" {}", look.age(since)));
    let used = format::width(&state) + since.len() + 4;
    let region = alarm.region.as_str();
    let whole = used + alarm.name.as_str().len() + region.len() <= usize::from(width);
    let region = if whole { region.to_owned() } else { super::health::matrix::abbreviated(region) };
    let room = usize::from(width).saturating_sub(used + region.len());
    let name = format::truncate_middle(alarm.name.as_str(), room, look.symbols.cut);
    Line::from(vec![
        look.span(role, state),
        look.span(Role::Text, format!(" {name}")),
        look.span(Role::Muted, format!(" {region}{since}")),
    ])
}

const COLUMNS: &[Column] = &[
    Column::left("STATE", 10),
    Column::left("ALARM", 24).growing(44).named(),
    Column::left("REGION", 11).growing(15),
    Column::right("SINCE", 7),
    Column::left("ACTIONS", 8).dropped(2),
    Column::left("REASON", 12).growing(200).dropped(1),
];

/// Where some states are old, and say so.
const AGED_COLUMNS: &[Column] = &[
    Column::left("STATE", 17).growing(22),
    Column::left("ALARM", 24).growing(44).named(),
    Column::left("REGION", 11).growing(15),
    Column::right("SINCE", 7),
    Column::left("ACTIONS", 8).dropped(1),
    Column::left("REASON", 12).growing(200).dropped(2),
];

const HISTORY_COLUMNS: &[Column] = &[
    Column::left("WHEN", 19),
    Column::right("AGO", 7).dropped(1),
    Column::left("REGION", 11).growing(15),
    Column::left("ALARM", 16).growing(44).named(),
    Column::left("CHANGE", 16).growing(200),
];

pub(crate) fn draw(model: &Model, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let Some(watched) = model.watched() else { return };
    let rows = |count: usize| u16::try_from(count).unwrap_or(u16::MAX).max(1).saturating_add(2);
    let parts = carve::shared(area, &[rows(watched.assessment.alarms.len()), rows(history(watched).len())]);
    let at = |index: usize| parts.get(index).copied().unwrap_or_default();
    draw_alarms(model, look, watched, at(0), buffer);
    draw_history(model, look, watched, at(HISTORY), buffer);
}

fn draw_alarms(model: &Model, look: &Look<'_>, watched: &Watched, area: Rect, buffer: &mut Buffer) {
    let state_of_screen = model.screens.of(Screen::Alarms);
    let focused = state_of_screen.pane == 0;
    let items = items(model, 0);
    let sort = SORTS.get(state_of_screen.sort).copied().unwrap_or_default();
    let title = super::titled("Alarms", &state_of_screen.filter);
    let (role, ringing) =
        summary(look, watched, usize::from(area.width).saturating_sub(format::width(&title) + sort.len() + 14));
    let is_aged = watched.assessment.alarms.iter().any(|alarm| alarm.freshness != Freshness::Fresh);
    let by = if ringing.is_empty() { format!("by {sort}") } else { format!(", by {sort}") };
    let pane = Pane::new(&title, focused).aside(role, ringing, look).aside(Role::Muted, by, look);
    let selected = state_of_screen.cursor(0).index_in(&items);
    let body = pane.rows(items.len(), selected, 1).draw(look, area, buffer);
    let table = Table {
        columns: if is_aged { AGED_COLUMNS } else { COLUMNS },
        len: items.len(),
        selected,
        focused,
        empty: (Role::Muted, empty(watched).to_owned()),
    };
    table.draw(look, body, buffer, |index| {
        let alarm = items.get(index).and_then(|item| watched.assessment.alarms.get(item.source));
        alarm.map_or_else(Vec::new, |alarm| cells(look, watched, alarm))
    });
}

fn empty(watched: &Watched) -> &'static str {
    match (watched.assessment.alarms.is_empty(), watched.deployment.alarms.is_empty()) {
        (true, true) => "this deployment names no alarms",
        (true, false) => "no alarm has been read yet",
        (false, _) => "no alarm has these words",
    }
}

fn cells(look: &Look<'_>, watched: &Watched, alarm: &AlarmAssessment) -> Vec<Cell> {
    let actions = if alarm.actions_enabled {
        (Role::Muted, "on".to_owned())
    } else {
        (Role::Caution, format!("{} muted", look.symbols.caution))
    };
    let reason = if alarm.orphaned_by_role_swap {
        "its series is published in the other region while this one is active".to_owned()
    } else {
        alarm.reason.clone()
    };
    vec![
        state(look, watched, alarm).into(),
        Cell::new(Role::Text, alarm.name.as_str()),
        Cell::new(Role::Text, alarm.region.as_str()),
        Cell::new(Role::Muted, alarm.since.map_or_else(|| look.symbols.dash.to_owned(), |since| look.age(since))),
        actions.into(),
        Cell::new(Role::Muted, reason),
    ]
}

fn draw_history(model: &Model, look: &Look<'_>, watched: &Watched, area: Rect, buffer: &mut Buffer) {
    let state = model.screens.of(Screen::Alarms);
    let focused = state.pane == HISTORY;
    let items = history_items(model);
    let changes = history(watched);
    let title = super::titled("History", &state.filter);
    let selected = state.cursor(HISTORY).index_in(&items);
    let pane = Pane::new(&title, focused).aside(Role::Muted, look.zone(), look).rows(items.len(), selected, 1);
    let body = pane.draw(look, area, buffer);
    let table = Table {
        columns: HISTORY_COLUMNS,
        len: items.len(),
        selected,
        focused,
        empty: (Role::Muted, "no change has been read".to_owned()),
    };
    table.draw(look, body, buffer, |index| {
        let change = items.get(index).and_then(|item| changes.get(item.source));
        change.map_or_else(Vec::new, |(region, change)| history_cells(look, region, change))
    });
}

fn history_cells(look: &Look<'_>, region: &Region, change: &AlarmChange) -> Vec<Cell> {
    let (role, text) = match (&change.from, &change.to) {
        (from, Some(to)) => {
            let role = match to {
                AlarmState::Ok => Role::Ok,
                AlarmState::Alarm => Role::Danger,
                AlarmState::InsufficientData | AlarmState::Other(_) => Role::Unknown,
            };
            let from = from.as_ref().map_or(look.symbols.unknown, AlarmState::as_str);
            (role, format!("{from} {} {to}", look.symbols.arrow))
        }
        (_, None) => (Role::Text, change.summary.clone()),
    };
    vec![
        Cell::new(Role::Text, look.date_and_time(change.at)),
        Cell::new(Role::Muted, look.age(change.at)),
        Cell::new(Role::Text, region.as_str()),
        Cell::new(Role::Text, change.name.as_str()),
        Cell::new(role, text),
    ]
}

/// The columns of a pane.
pub(crate) fn columns(pane: usize) -> &'static [Column] {
    if pane == HISTORY { HISTORY_COLUMNS } else { COLUMNS }
}

pub(crate) fn page(model: &Model, look: &Look<'_>, pane: usize, id: &str) -> Option<Page> {
    let watched = model.watched()?;
    let alarm = if pane == HISTORY {
        let index = history_items(model).into_iter().find(|item| item.id == id)?.source;
        let (region, change) = history(watched).into_iter().nth(index)?;
        watched.assessment.alarms.iter().find(|alarm| alarm.region == *region && alarm.name == change.name)?
    } else {
        watched.assessment.alarms.iter().find(|alarm| self::id(alarm) == id)?
    };
    Some(alarm_page(look, watched, alarm))
}

fn alarm_page(look: &Look<'_>, watched: &Watched, alarm: &AlarmAssessment) -> Page {
    let mut page = Page::new(format!("{} in {}", alarm.name, alarm.region));
    let (role, words) = state(look, watched, alarm);
    page.fact("state", role, words);
    if let Some(at) = read_at(watched, alarm) {
        page.fact("read", Role::Text, format!("{} ago", look.age(at)));
    }
    if let Some(since) = alarm.since {
        page.fact("since", Role::Text, format!("{}, {} ago", look.date_and_time(since), look.age(since)));
    }
    page.fact("reason", Role::Text, alarm.reason.clone());
    if alarm.orphaned_by_role_swap {
        page.fact(
            "orphaned",
            Role::Caution,
            "the series it watches is published in the other region while this one is active",
        );
    }
    page.fact("actions", Role::Text, if alarm.actions_enabled { "enabled" } else { "disabled: nobody is told" });
    let facts = watched.snapshot.region(&alarm.region).and_then(|known| known.alarms.value());
    let known = facts.and_then(|facts| facts.alarms.iter().find(|known| known.name == alarm.name));
    if let Some(metric) = known.and_then(|known| known.metric.as_ref()) {
        page.heading("What it watches");
        page.fact("metric", Role::Text, format!("{} {}", metric.namespace, metric.name));
        for (name, value) in &metric.dimensions {
            page.fact(name, Role::Text, value.clone());
        }
        let threshold = metric.threshold.map_or("no threshold".to_owned(), |threshold| threshold.to_string());
        page.fact("threshold", Role::Text, format!("{} {threshold}", metric.comparison));
        if let (Some(period), Some(periods)) = (metric.period_s, metric.evaluation_periods) {
            page.fact("evaluated", Role::Text, format!("{periods} {} {period} s", look.symbols.times));
        }
        if let Some(missing) = &metric.missing_data {
            page.fact("missing data", Role::Text, missing.clone());
        }
    }
    page.heading("Changes");
    for (_, change) in
        history(watched).into_iter().filter(|(region, change)| **region == alarm.region && change.name == alarm.name)
    {
        page.fact(&look.date_and_time(change.at), Role::Text, change.summary.clone());
    }
    page
}
