//! Every data store in detail: lag with its age and trend in both directions, what is pending, what is at risk.

use lifeboat_model::assessment::{Dated, Health, StoreAssessment, StoreKind};
use lifeboat_model::metric::{Measure, MetricKey, Point, Subject, Unit};
use lifeboat_model::observation::Freshness;
use lifeboat_model::read::Service;
use lifeboat_model::time::{Duration, age};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{Item, Page, Screen, filtered};
use crate::format;
use crate::look::Look;
use crate::model::{Model, Watched};
use crate::theme::Role;
use crate::widgets::carve;
use crate::widgets::chart::{Chart, in_unit, quantity};
use crate::widgets::pane::{self, Pane};
use crate::widgets::sparkline::sparkline;
use crate::widgets::table::{Cell, Column, Table};

pub const PANES: &[&str] = &["Stores"];
pub const SORTS: &[&str] = &["kind", "most at risk", "name"];

pub(crate) fn items(model: &Model) -> Vec<Item> {
    items_of(model, Screen::Replication)
}

pub(crate) fn items_of(model: &Model, screen: Screen) -> Vec<Item> {
    let Some(watched) = model.watched() else { return Vec::new() };
    let stores = watched.assessment.stores.iter().enumerate();
    let mut shown =
        filtered(model, screen, stores, |(_, store)| vec![store.kind.as_str(), &store.name, store.health.as_str()]);
    match model.screens.of(screen).sort {
        // What is not known might be anything, so it comes first.
        1 => shown.sort_by_key(|(_, store)| {
            let risk = store.at_risk.as_ref().map(|risk| risk.value);
            (risk.is_some(), std::cmp::Reverse(risk))
        }),
        2 => shown.sort_by(|(_, a), (_, b)| a.name.cmp(&b.name)),
        _ => {}
    }
    shown.into_iter().map(|(index, store)| Item::new(index, id(store), store.name.clone())).collect()
}

pub(crate) fn id(store: &StoreAssessment) -> String {
    format!("{} {}", store.kind.as_str(), store.name)
}

fn found<'a>(watched: &'a Watched, wanted: &str) -> Option<&'a StoreAssessment> {
    watched.assessment.stores.iter().find(|store| id(store) == wanted)
}

/// The objectives of the stores, for the rule above them: one for all only where it is the same for all.
pub(crate) fn objective_words(watched: &Watched) -> String {
    let words = |rpo: Option<Duration>| rpo.map_or_else(|| "none".to_owned(), format::target);
    let mut stated: Vec<(StoreKind, Option<Duration>)> =
        watched.assessment.stores.iter().map(|store| (store.kind, store.rpo_target)).collect();
    stated.dedup();
    match stated.as_slice() {
        [] => watched
            .deployment
            .objectives
            .rpo
            .map_or_else(|| "no RPO stated".to_owned(), |rpo| format!("RPO {}", format::target(rpo))),
        [(_, first), rest @ ..] if rest.iter().all(|(_, other)| other == first) => {
            first.map_or_else(|| "no RPO stated".to_owned(), |rpo| format!("RPO {}", format::target(rpo)))
        }
        all => {
            let each: Vec<String> =
                all.iter().map(|(kind, rpo)| format!("{} {}", short_kind(*kind), words(*rpo))).collect();
            format!("RPO {}", each.join(", "))
        }
    }
}

/// Its health, as long as what is known of it is not old.
pub(crate) fn store_sign(look: &Look<'_>, store: &StoreAssessment) -> (Role, &'static str) {
    let newest = store.lag.as_ref().or(store.at_risk.as_ref()).map(|dated| dated.freshness);
    match (store.health, newest) {
        (Health::Healthy, Some(Freshness::Stale | Freshness::Pending | Freshness::Unavailable)) => {
            (Role::Stale, look.symbols.unknown)
        }
        (health, _) => (Look::health_role(health), look.symbols.health(health)),
    }
}

const TREND: u16 = 14;
const WIDE_TREND: u16 = 22;

const COLUMNS: &[Column] = &[
    Column::left("", 1),
    Column::left("STORE", 15).growing(44).named(),
    Column::right("LAG", 9),
    Column::right("AGE", 6),
    Column::left("3 HOURS", TREND),
    Column::right("PENDING", 11),
    Column::right("AT RISK", 11),
];

const WIDE_COLUMNS: &[Column] = &[
    Column::left("", 1),
    Column::left("STORE", 24).growing(60).named(),
    Column::right("LAG", 10),
    Column::right("AGE", 7),
    Column::left("3 HOURS", WIDE_TREND),
    Column::right("PENDING", 20),
    Column::right("AT RISK", 11),
];

pub(crate) fn columns() -> &'static [Column] {
    COLUMNS
}

pub(crate) fn table(
    look: &Look<'_>,
    watched: &Watched,
    items: &[Item],
    selected: Option<usize>,
    focused: bool,
    area: Rect,
    buffer: &mut Buffer,
) {
    let stores = &watched.assessment.stores;
    let empty = match watched.snapshot.newest() {
        None => (Role::Unknown, "nothing has been read yet".to_owned()),
        Some(_) if stores.is_empty() => (Role::Muted, "this deployment has no replicated stores".to_owned()),
        Some(_) => (Role::Muted, "no store has these words".to_owned()),
    };
    let wide = area.width >= 100;
    let (columns, trend) = if wide { (WIDE_COLUMNS, WIDE_TREND) } else { (COLUMNS, TREND) };
    let table = Table { columns, len: items.len(), selected, focused, empty };
    table.draw(look, area, buffer, |index| {
        let store = items.get(index).and_then(|item| stores.get(item.source));
        store.map_or_else(Vec::new, |store| cells(look, watched, store, usize::from(trend) - 2, wide))
    });
}

fn cells(look: &Look<'_>, watched: &Watched, store: &StoreAssessment, columns: usize, wide: bool) -> Vec<Cell> {
    let stale = store.lag.as_ref().is_some_and(|lag| lag.freshness != Freshness::Fresh);
    let age_role = if stale { Role::Caution } else { Role::Muted };
    let (sign_role, sign) = store_sign(look, store);
    vec![
        Cell::new(sign_role, sign),
        Cell::of(vec![(Role::Muted, format!("{} ", short_kind(store.kind))), (Role::Text, store.name.clone())]),
        look.dated(store.lag.as_ref(), |lag| format::duration(*lag), Role::Text).into(),
        Cell::new(age_role, store.lag.as_ref().map_or_else(|| look.symbols.dash.to_owned(), |lag| look.age(lag.at))),
        Cell::of(trend(look, watched, store, columns)),
        pending(look, store, wide),
        risk(look, store),
    ]
}

fn short_kind(kind: StoreKind) -> &'static str {
    match kind {
        StoreKind::Aurora => "aurora",
        StoreKind::DynamoDb => "dynamo",
        StoreKind::S3 => "s3",
    }
}

fn trend(look: &Look<'_>, watched: &Watched, store: &StoreAssessment, columns: usize) -> Vec<(Role, String)> {
    let Some(key) = &store.trend else { return vec![(Role::Unknown, format::NO_DATA.to_owned())] };
    let unit = key.measure.spec().unit;
    let objective = store.rpo_target.and_then(|rpo| in_unit(unit, rpo));
    let mut pieces = sparkline(look, watched.snapshot.points(key), columns, objective);
    if let Some(slope) = store.slope_ms_per_minute {
        let (role, sign) = slope_sign(look, slope);
        pieces.push((role, format!(" {sign}")));
    }
    pieces
}

/// Rising lag is a warning; less than a hundredth of a second a minute is noise.
fn slope_sign(look: &Look<'_>, slope_ms_per_minute: f64) -> (Role, &'static str) {
    const NOISE: f64 = 10.0;
    match slope_ms_per_minute {
        slope if slope > NOISE => (Role::Caution, look.symbols.rising),
        slope if slope < -NOISE => (Role::Ok, look.symbols.falling),
        _ => (Role::Muted, look.symbols.level),
    }
}

fn pending(look: &Look<'_>, store: &StoreAssessment, wide: bool) -> Cell {
    if store.kind != StoreKind::S3 {
        return Cell::new(Role::Muted, look.symbols.dash);
    }
    let objects = |unit: &str| {
        look.dated(store.pending_objects.as_ref(), |count| format!("{}{unit}", format::count(*count)), Role::Text)
    };
    let (bytes_role, bytes) = look.dated(store.pending_bytes.as_ref(), |bytes| format::bytes(*bytes), Role::Text);
    match (&store.pending_objects, &store.pending_bytes, wide) {
        (None, None, _) => Cell::new(Role::Unknown, format::NO_DATA),
        (Some(_), _, true) => {
            let (role, objects) = objects(" obj");
            let (_, bytes) = Look::unmarked(store.pending_bytes.as_ref(), |bytes| format::bytes(*bytes), Role::Text);
            Cell::of(vec![(role, objects), (Role::Muted, ", ".to_owned()), (bytes_role, bytes)])
        }
        (Some(count), Some(_), false) if count.value == 0 => objects(" obj").into(),
        (_, Some(_), _) => Cell::new(bytes_role, bytes),
        (Some(_), None, false) => objects(" obj").into(),
    }
}

/// How a store's data at risk stands to its own objective. A loss that is old may be greater by now: that it was within
/// the objective then says nothing, that it was over it does. Without an objective there is nothing to keep or miss.
pub(crate) fn risk_sign(look: &Look<'_>, store: &StoreAssessment) -> (Role, &'static str) {
    let freshness = store.at_risk.as_ref().map(|risk| risk.freshness);
    match (store.within_rpo, freshness) {
        (Some(false), _) => (Role::Danger, look.symbols.danger),
        (Some(true), Some(Freshness::Fresh)) => (Role::Ok, look.symbols.ok),
        (None, Some(Freshness::Fresh)) if store.rpo_target.is_none() => (Role::Text, " "),
        (_, _) => (Role::Unknown, look.symbols.unknown),
    }
}

fn risk(look: &Look<'_>, store: &StoreAssessment) -> Cell {
    let (role, mark) = risk_sign(look, store);
    let (value_role, value) = Look::unmarked(store.at_risk.as_ref(), |length| format::duration(*length), role);
    Cell::of(vec![(role, format!("{mark} ")), (value_role, value)])
}

/// Curves of the stores side by side, as many as there is room for.
pub(crate) fn charts(look: &Look<'_>, watched: &Watched, area: Rect, buffer: &mut Buffer) {
    const NARROWEST: u16 = 46;
    let stores: Vec<&StoreAssessment> =
        watched.assessment.stores.iter().filter(|store| store.trend.is_some()).collect();
    let count = u16::try_from(stores.len()).unwrap_or(u16::MAX).min(area.width / NARROWEST).max(1);
    if stores.is_empty() {
        return;
    }
    for (store, part) in stores.into_iter().zip(carve::equal_columns(area, count)) {
        if let Some(key) = &store.trend {
            chart(look, watched, store, key, &format!("{} {}", short_kind(store.kind), store.name), part, buffer);
        }
    }
}

/// One series with the objective of the store it belongs to.
fn chart(
    look: &Look<'_>,
    watched: &Watched,
    store: &StoreAssessment,
    key: &MetricKey,
    title: &str,
    area: Rect,
    buffer: &mut Buffer,
) {
    let unit = key.measure.spec().unit;
    let points = watched.snapshot.points(key);
    let newest = points.last().map_or_else(
        || (Role::Unknown, format::NO_DATA.to_owned()),
        |point| {
            let (role, mark) = point_sign(look, watched, key, point);
            (role, format!("{mark}{} {} ago", quantity(unit, point.value), look.age(point.at)))
        },
    );
    let body = Pane::new(title, false).aside(newest.0, newest.1, look).draw(look, area, buffer);
    let objective = store.rpo_target.and_then(|rpo| in_unit(unit, rpo));
    Chart { points, unit, objective }.draw(look, body, buffer);
}

/// The sign of the unknown, before a number.
const STALE_MARK: &str = "? ";
/// A point older than this is not the present.
const POINT_HOLDS: Duration = Duration::from_mins(5);

/// Whether the newest point of a series is the present, or only the last that was heard.
fn point_sign(look: &Look<'_>, watched: &Watched, key: &MetricKey, point: &Point) -> (Role, &'static str) {
    let cadence = Service::Metrics.cadence(watched.tempo);
    let reading = watched.snapshot.region(&key.region).map(|known| known.metrics.freshness(look.now, cadence));
    let is_old = age(look.now, point.at) > POINT_HOLDS;
    match reading {
        Some(Freshness::Fresh) if !is_old => (Role::Text, ""),
        _ => (Role::Stale, STALE_MARK),
    }
}

/// Every series that belongs to a store, the one of the direction in use first.
fn series<'a>(watched: &'a Watched, store: &'a StoreAssessment) -> Vec<&'a MetricKey> {
    let belongs = |key: &&MetricKey| match (&key.subject, store.kind, key.measure) {
        (Subject::Cluster(_), StoreKind::Aurora, Measure::AuroraRpoLag | Measure::AuroraReplicationLag) => true,
        (Subject::Replica { table, .. }, StoreKind::DynamoDb, _) => table.as_str() == store.name,
        (
            Subject::Replication { .. },
            StoreKind::S3,
            Measure::S3ReplicationLatency
            | Measure::S3BytesPending
            | Measure::S3OperationsPending
            | Measure::S3OperationsFailed,
        ) => same_pair(store, &key.subject),
        _ => false,
    };
    let mut keys: Vec<&MetricKey> = watched.snapshot.series.keys().filter(belongs).collect();
    // The direction in use, then what has data, then the rest.
    keys.sort_by_key(|key| (store.trend.as_ref() != Some(*key), watched.snapshot.points(key).is_empty(), key.measure));
    keys
}

/// Whether a replication is between the store's two buckets, in either direction.
fn same_pair(store: &StoreAssessment, subject: &Subject) -> bool {
    let Subject::Replication { source, destination, .. } = subject else { return false };
    match &store.trend {
        Some(MetricKey { subject: Subject::Replication { source: from, destination: to, .. }, .. }) => {
            (source == from && destination == to) || (source == to && destination == from)
        }
        _ => store.name.contains(source.as_str()) || store.name.contains(destination.as_str()),
    }
}

/// What people call the measures of stores; others go by AWS's name.
const CALLED: [(Measure, &str); 7] = [
    (Measure::AuroraRpoLag, "RPO lag"),
    (Measure::AuroraReplicationLag, "replication lag"),
    (Measure::DynamoReplicationLatency, "replication latency"),
    (Measure::S3ReplicationLatency, "replication latency"),
    (Measure::S3BytesPending, "bytes pending"),
    (Measure::S3OperationsPending, "operations pending"),
    (Measure::S3OperationsFailed, "operations failed"),
];

fn series_title(key: &MetricKey) -> String {
    let called = CALLED.iter().find(|(measure, _)| *measure == key.measure);
    let name = called.map_or(key.measure.spec().name, |(_, name)| *name);
    if let Subject::Replica { to, .. } = &key.subject {
        return format!("{name} {} to {to}", key.region);
    }
    if let Subject::Replication { source, destination, .. } = &key.subject {
        return format!("{name} {source} to {destination}");
    }
    format!("{name} in {}", key.region)
}

pub(crate) fn draw(model: &Model, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let Some(watched) = model.watched() else { return };
    let state = model.screens.of(Screen::Replication);
    let items = items(model);
    let height = u16::try_from(items.len()).unwrap_or(u16::MAX).clamp(1, (area.height / 3).max(2)) + 2;
    let (upper, lower) = carve::rows(area, height);
    let sort = SORTS.get(state.sort).copied().unwrap_or_default();
    let title = super::titled("Stores", &state.filter);
    let aside = format!("{}, by {sort}", objective_words(watched));
    let selected = state.cursor(0).index_in(&items);
    let pane = Pane::new(&title, true).aside(Role::Muted, aside, look).rows(items.len(), selected, 1);
    let body = pane.draw(look, upper, buffer);
    table(look, watched, &items, selected, true, body, buffer);
    let store = selected.and_then(|index| items.get(index)).and_then(|item| watched.assessment.stores.get(item.source));
    if let Some(store) = store {
        detail(look, watched, store, lower, buffer);
    }
}

fn detail(look: &Look<'_>, watched: &Watched, store: &StoreAssessment, area: Rect, buffer: &mut Buffer) {
    let facts = facts(look, store);
    let rows = u16::try_from(facts.len()).unwrap_or(u16::MAX).min(area.height / 2) + 1;
    let (upper, lower) = carve::rows(area, rows);
    let title = format!("{} {}", store.kind.as_str(), store.name);
    let body = Pane::new(&title, false).draw(look, upper, buffer);
    let width = usize::from(body.width.saturating_sub(14));
    let lines = facts.into_iter().map(|(label, role, text)| {
        Line::from(vec![look.span(Role::Muted, format!(" {label:12} ")), look.span(role, look.truncate(&text, width))])
    });
    pane::lines(lines, body, buffer);
    curves(look, watched, store, lower, buffer);
}

/// As many of the store's series as fit, two side by side where there is room.
fn curves(look: &Look<'_>, watched: &Watched, store: &StoreAssessment, area: Rect, buffer: &mut Buffer) {
    const LOWEST: u16 = 7;
    let keys = series(watched, store);
    if keys.is_empty() {
        let body = Pane::new("Three hours", false).draw(look, area, buffer);
        pane::lines([Line::from(look.span(Role::Unknown, " no series has been read"))], body, buffer);
        return;
    }
    let across: u16 = if area.width >= 110 && keys.len() > 1 { 2 } else { 1 };
    let wanted = u16::try_from(keys.len()).unwrap_or(u16::MAX).div_ceil(across);
    let down = wanted.min((area.height / LOWEST).max(1));
    let mut keys = keys.into_iter();
    let mut rest = area;
    for remaining in (1..=down).rev() {
        let (row, below) = carve::rows(rest, rest.height / remaining);
        rest = below;
        for (part, key) in carve::equal_columns(row, across).into_iter().zip(keys.by_ref()) {
            chart(look, watched, store, key, &series_title(key), part, buffer);
        }
    }
}

/// What is known of a store, in words.
fn facts(look: &Look<'_>, store: &StoreAssessment) -> Vec<(&'static str, Role, String)> {
    let aged = |dated: Option<&Dated<Duration>>| {
        let (role, text) = look.dated(dated, |length| format::duration(*length), Role::Text);
        (role, dated.map_or(text.clone(), |dated| format!("{text}, {} old", look.age(dated.at))))
    };
    let mut facts = Vec::new();
    let (role, sign) = store_sign(look, store);
    let was = if store.health == Health::Healthy && role != Role::Ok { "was " } else { "" };
    facts.push(("health", role, format!("{sign} {was}{}", store.health.as_str())));
    facts.extend(store.reasons.iter().map(|reason| ("", Role::Text, format!("{} {reason}", look.symbols.dash))));
    let writer = store
        .writer_region
        .as_ref()
        .map_or((Role::Unknown, "not known".to_owned()), |region| (Role::Text, region.to_string()));
    facts.push(("writes in", writer.0, writer.1));
    let (role, lag) = aged(store.lag.as_ref());
    let slope = store.slope_ms_per_minute.map_or_else(String::new, |slope| {
        let (_, sign) = slope_sign(look, slope);
        format!(", {sign} {} a minute over 15 minutes", signed(slope))
    });
    facts.push(("lag", role, format!("{lag}{slope}")));
    let (role, risk) = aged(store.at_risk.as_ref());
    let rule = match store.kind {
        StoreKind::Aurora => "the RPO lag, plus its age once it is old",
        StoreKind::DynamoDb => {
            "ten times the worst latency lately, or as long as it was written where that is less, plus its age once it is old"
        }
        StoreKind::S3 => "the replication latency while anything is pending, plus its age once it is old",
    };
    let is_fresh = store.at_risk.as_ref().is_some_and(|risk| risk.freshness == Freshness::Fresh);
    let verdict = match (store.within_rpo, store.rpo_target) {
        (Some(true), Some(rpo)) if is_fresh => format!(", within its RPO of {}", format::target(rpo)),
        (Some(false), Some(rpo)) => format!(", OVER its RPO of {}", format::target(rpo)),
        (_, Some(rpo)) => format!(", against an RPO of {}", format::target(rpo)),
        (_, None) => ", no objective".to_owned(),
    };
    facts.push(("at risk", role, format!("{risk}{verdict}; {rule}")));
    if store.kind == StoreKind::S3 {
        let (role, objects) = look.dated(store.pending_objects.as_ref(), |count| format::count(*count), Role::Text);
        let (_, bytes) = Look::unmarked(store.pending_bytes.as_ref(), |bytes| format::bytes(*bytes), Role::Text);
        let age = store
            .pending_objects
            .as_ref()
            .map_or_else(String::new, |pending| format!(", {} old", look.age(pending.at)));
        facts.push(("pending", role, format!("{objects} objects, {bytes}{age}")));
    }
    facts
}

fn signed(ms_per_minute: f64) -> String {
    let size = quantity(Unit::Milliseconds, ms_per_minute.abs());
    if ms_per_minute < 0.0 { format!("-{size}") } else { format!("+{size}") }
}

pub(crate) fn page(model: &Model, look: &Look<'_>, id: &str) -> Option<Page> {
    let watched = model.watched()?;
    let store = found(watched, id)?;
    let mut page = Page::new(format!("{} {}", store.kind.as_str(), store.name));
    for (label, role, text) in facts(look, store) {
        page.fact(label, role, text);
    }
    page.heading("Series");
    for key in series(watched, store) {
        let points = watched.snapshot.points(key);
        let unit = key.measure.spec().unit;
        let worst = points.iter().map(|point| point.value).fold(f64::NEG_INFINITY, f64::max);
        let newest = points.last().map_or_else(
            || format::NO_DATA.to_owned(),
            |point| {
                format!(
                    "{}, {} ago; worst of {} points {}",
                    quantity(unit, point.value),
                    look.age(point.at),
                    points.len(),
                    quantity(unit, worst)
                )
            },
        );
        page.fact(&series_title(key), Role::Text, newest);
    }
    Some(page)
}
