//! Each check by each region it is checked from: who sees it well and who does not.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat_model::assessment::HealthCheckAssessment;
use lifeboat_model::facts::route53::HealthCheck;
use lifeboat_model::observation::Freshness;
use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::text::{Line, Span};

use super::{CHECKS, check_state, checker_sign, described};
use crate::format;
use crate::look::Look;
use crate::model::{Model, Watched};
use crate::screens::{Screen, order, titled};
use crate::scroll;
use crate::theme::Role;
use crate::widgets::carve;
use crate::widgets::pane::{self, Pane};

/// The verdict, the share and the traps stand before the checkers.
const VERDICT: usize = 9;
/// With how long ago it was.
const AGED_VERDICT: usize = 19;
const PERCENT: usize = 9;
const GROUP: usize = 5;

pub(super) fn draw(model: &Model, look: &Look<'_>, watched: &Watched, area: Rect, buffer: &mut Buffer) {
    let state = model.screens.of(Screen::Health);
    let focused = state.pane == CHECKS;
    let items = super::items(model, CHECKS);
    let title = titled("Health checks", &state.filter);
    let rule = "a check passes while more than 18 % of its checkers do";
    let aside = order(model, Screen::Health).unwrap_or(rule);
    let body = Pane::new(&title, focused).aside(Role::Muted, aside, look).draw(look, area, buffer);
    let (head, body) = carve::rows(body, 1);
    let columns = Columns::of(look, watched, usize::from(head.width));
    pane::lines([head_line(look, &columns)], head, buffer);
    if items.is_empty() {
        let text = "  this deployment names no health check, or none has been read";
        pane::lines([Line::from(look.span(Role::Muted, text))], body, buffer);
        return;
    }
    let selected = state.cursor(CHECKS).index_in(&items);
    let seen = scroll::window(items.len(), usize::from(body.height), selected.unwrap_or(0));
    for (index, row) in seen.zip(body.rows()) {
        let Some(check) = items.get(index).and_then(|item| watched.assessment.health_checks.get(item.source)) else {
            continue;
        };
        buffer.set_line(row.x, row.y, &check_line(look, watched, check, &columns), row.width);
        if focused && selected == Some(index) {
            buffer.set_style(row, look.style(Role::Selection));
            buffer.set_span(row.x, row.y, &look.span(Role::Selection, look.symbols.selected), 1);
        }
    }
}

/// What the columns hold and how wide they are.
struct Columns {
    verdict: usize,
    name: usize,
    places: Vec<String>,
}

impl Columns {
    fn of(look: &Look<'_>, watched: &Watched, width: usize) -> Self {
        let places = places(look, watched);
        let verdicts = watched.assessment.health_checks.iter().filter_map(|check| check.passing.as_ref());
        let is_aged = verdicts.into_iter().any(|passing| passing.freshness != Freshness::Fresh);
        let verdict = if is_aged { AGED_VERDICT } else { VERDICT };
        let name = width.saturating_sub(4 + verdict + PERCENT + places.len() * (GROUP + 1)).clamp(12, 60);
        Self { verdict, name, places }
    }
}

/// The regions that check anything here, in order.
fn places(look: &Look<'_>, watched: &Watched) -> Vec<String> {
    let known = watched
        .assessment
        .health_checks
        .iter()
        .filter_map(|check| described(look, watched, &check.id).map(|(known, _)| known));
    let places: BTreeSet<&str> =
        known.flat_map(|check| &check.checkers).map(|checker| checker.region.as_str()).collect();
    places.into_iter().map(str::to_owned).collect()
}

/// `ap-southeast-1` as `apse1`.
pub(crate) fn abbreviated(region: &str) -> String {
    let mut parts = region.split('-');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let direction = match part {
            "northeast" => "ne",
            "northwest" => "nw",
            "southeast" => "se",
            "southwest" => "sw",
            "north" => "n",
            "south" => "s",
            "east" => "e",
            "west" => "w",
            "central" => "c",
            other => other,
        };
        text.push_str(direction);
    }
    text
}

fn head_line(look: &Look<'_>, columns: &Columns) -> Line<'static> {
    let (verdict, name) = (columns.verdict, columns.name);
    let mut text = format!(" {:verdict$}{:>PERCENT$}  {:name$}", "VERDICT", "HEALTHY", "CHECK");
    text.extend(columns.places.iter().map(|place| format!(" {:>GROUP$}", look.truncate(&abbreviated(place), GROUP))));
    Line::from(look.span(Role::Muted, text)).alignment(Alignment::Left)
}

fn check_line(look: &Look<'_>, watched: &Watched, check: &HealthCheckAssessment, columns: &Columns) -> Line<'static> {
    let (role, verdict) = check_state(look, check);
    let (percent_role, percent) =
        look.dated(check.healthy_percent.as_ref(), |percent| format::percent(*percent), Role::Text);
    let known = described(look, watched, &check.id);
    let width = columns.verdict;
    let mut spans: Vec<Span<'static>> =
        vec![look.span(role, format!(" {verdict:width$}")), look.span(percent_role, format!("{percent:>PERCENT$}  "))];
    spans.extend(name(look, check, known.map(|(known, _)| known), columns.name));
    let freshness = known.map_or(Freshness::Pending, |(_, seen)| seen.freshness);
    let seen = by_place(known.map(|(known, _)| known));
    for place in &columns.places {
        spans.push(look.span(Role::Text, " "));
        spans.extend(group(look, seen.get(place.as_str()).map_or(&[], Vec::as_slice), freshness));
    }
    Line::from(spans)
}

/// What is checked, with its traps: they make it lie.
fn name(
    look: &Look<'_>,
    check: &HealthCheckAssessment,
    known: Option<&HealthCheck>,
    width: usize,
) -> Vec<Span<'static>> {
    let flags: Vec<&str> = known
        .map(|known| [(known.inverted, "inverted"), (known.disabled, "disabled")])
        .into_iter()
        .flatten()
        .filter_map(|(set, word)| set.then_some(word))
        .collect();
    let trap = match (check.traps.is_empty(), flags.is_empty()) {
        (true, true) => String::new(),
        (_, false) => format!("{} {} ", look.symbols.caution, flags.join(", ")),
        (false, true) => format!("{} trap ", look.symbols.caution),
    };
    let region = check.region.as_ref().map_or("", |region| region.as_str());
    let text = if check.target.is_empty() { check.id.to_string() } else { check.target.clone() };
    let text = if region.is_empty() { text } else { format!("{region} {text}") };
    let trap = look.truncate(&trap, width);
    let room = width.saturating_sub(format::width(&trap));
    let text = look.truncate(&text, room);
    let space = " ".repeat(room.saturating_sub(format::width(&text)));
    vec![look.span(Role::Caution, trap), look.span(Role::Text, format!("{text}{space}"))]
}

fn by_place(known: Option<&HealthCheck>) -> BTreeMap<&str, Vec<bool>> {
    let mut places: BTreeMap<&str, Vec<bool>> = BTreeMap::new();
    for checker in known.iter().flat_map(|known| &known.checkers) {
        places.entry(&checker.region).or_default().push(checker.passed);
    }
    places
}

/// The checkers of one region, right-aligned in its column; a count when there are too many for signs.
fn group(look: &Look<'_>, passed: &[bool], freshness: Freshness) -> Vec<Span<'static>> {
    if passed.is_empty() {
        return vec![look.span(Role::Muted, format!("{:>GROUP$}", look.symbols.dash))];
    }
    if passed.len() > GROUP {
        let good = passed.iter().filter(|passed| **passed).count();
        let (role, _) = checker_sign(look, good == passed.len(), freshness);
        let mark = if freshness == Freshness::Fresh { "" } else { look.symbols.unknown };
        return vec![look.span(role, format!("{:>GROUP$}", format!("{mark}{good}/{}", passed.len())))];
    }
    let mut spans = vec![look.span(Role::Text, " ".repeat(GROUP - passed.len()))];
    spans.extend(passed.iter().map(|passed| {
        let (role, mark) = checker_sign(look, *passed, freshness);
        look.span(role, mark)
    }));
    spans
}
