//! "If you failed over now": what would be lost, how long it would take, what is in the way. An unknown part makes the
//! whole unknown, and nothing known is never "ready".

use lifeboat_model::assessment::{Blocker, Contradiction, Forecast, RtoTerm, StoreAssessment};
use lifeboat_model::time::Duration;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{FORECAST, is_known};
use crate::format;
use crate::look::Look;
use crate::model::{Model, Watched};
use crate::screens::{Item, Page, Screen};
use crate::theme::Role;
use crate::widgets::pane::Pane;

pub(super) fn items(model: &Model, forecast: &Forecast, contradictions: &[Contradiction]) -> Vec<Item> {
    let blockers =
        forecast.blockers.iter().map(|blocker| (&blocker.what, format!("{}: {}", blocker.what, blocker.fix)));
    let warnings = forecast.warnings.iter().map(|warning| (warning, warning.clone()));
    let contradictory = contradictions.iter().map(|contradiction| (&contradiction.what, contradiction.what.clone()));
    let all = blockers.chain(warnings).chain(contradictory).enumerate();
    // How long ago the last rehearsal was has a line of its own, always; said twice it would push out what is new.
    let told = all.filter(|(index, (what, _))| *index < forecast.blockers.len() || !what.contains("rehears"));
    super::filtered(model, Screen::Overview, told, |(_, (what, _))| vec![what.as_str()])
        .into_iter()
        .map(|(index, (what, copy))| Item::new(index, what.as_str(), copy))
        .collect()
}

const TITLE: &str = "If you failed over now";

fn direction(look: &Look<'_>, forecast: &Forecast) -> String {
    match (&forecast.from, &forecast.to) {
        (Some(from), Some(to)) => format!("{TITLE}: {from} {} {to}", look.symbols.arrow),
        (None, Some(to)) => format!("{TITLE}, to {to}"),
        (_, None) => TITLE.to_owned(),
    }
}

fn readiness(look: &Look<'_>, forecast: &Forecast) -> (Role, String) {
    match forecast.blockers.len() {
        0 if !is_known(forecast) => (Role::Unknown, format!("{} NOT KNOWN", look.symbols.unknown)),
        0 => (Role::Ok, format!("{} READY", look.symbols.ok)),
        1 => (Role::Danger, format!("{} 1 BLOCKER", look.symbols.danger)),
        count => (Role::Danger, format!("{} {count} BLOCKERS", look.symbols.danger)),
    }
}

/// A value against its target: the value, whether it is met, and the target.
fn against(look: &Look<'_>, value: Option<Duration>, target: Option<Duration>, name: &str) -> Vec<Span<'static>> {
    let target_words =
        target.map_or_else(|| format!("no {name} stated"), |target| format!("{name} {}", format::target(target)));
    let (role, mark) = match (value, target) {
        (None, _) => (Role::Unknown, look.symbols.unknown),
        (Some(_), None) => (Role::Text, " "),
        (Some(value), Some(target)) if value <= target => (Role::Ok, look.symbols.ok),
        (Some(_), Some(_)) => (Role::Danger, look.symbols.danger),
    };
    let value = value.map_or_else(|| "not known".to_owned(), format::duration);
    vec![look.span(role, format!("{mark} {value}")), look.span(Role::Muted, format!("  {target_words}"))]
}

fn rpo_line(look: &Look<'_>, forecast: &Forecast) -> Line<'static> {
    let mut spans = vec![look.span(Role::Muted, "lose up to  ")];
    let value = forecast.rpo.as_ref().map(|rpo| rpo.value);
    spans.extend(against(look, value, forecast.rpo_target, "RPO"));
    if let Some(rpo) = &forecast.rpo {
        let role = Look::dated_role(rpo.freshness, Role::Muted);
        spans.push(look.span(role, format!("  {} old", look.age(rpo.at))));
    }
    Line::from(spans)
}

fn rto_line(look: &Look<'_>, forecast: &Forecast) -> Line<'static> {
    let mut spans = vec![look.span(Role::Muted, "be back in  ")];
    let least = forecast.rto_at_least;
    if forecast.rto.is_none() && !least.is_zero() {
        let over = forecast.rto_target.is_some_and(|target| least > target);
        let (role, mark) =
            if over { (Role::Danger, look.symbols.danger) } else { (Role::Unknown, look.symbols.unknown) };
        let target = forecast
            .rto_target
            .map_or_else(|| "no RTO stated".to_owned(), |target| format!("RTO {}", format::target(target)));
        spans.push(look.span(role, format!("{mark} at least {}", format::duration(least))));
        spans.push(look.span(Role::Muted, format!("  {target}")));
    } else {
        spans.extend(against(look, forecast.rto, forecast.rto_target, "RTO"));
    }
    Line::from(spans)
}

fn term_words(term: &RtoTerm) -> String {
    term.length.map_or_else(
        || format!("{} not known", term.name),
        |length| format!("{} {}", term.name, format::duration(length)),
    )
}

fn rehearsed(look: &Look<'_>, forecast: &Forecast) -> (Role, String) {
    match forecast.last_rehearsed {
        Some(at) => (Role::Text, format!("last rehearsed {} ago", look.age(at))),
        None => (Role::Caution, format!("{} never rehearsed", look.symbols.caution)),
    }
}

pub(super) fn draw(model: &Model, look: &Look<'_>, watched: &Watched, area: Rect, buffer: &mut Buffer) {
    let forecast = &watched.assessment.forecast;
    let focused = model.screens.of(Screen::Overview).pane == FORECAST;
    let (role, words) = readiness(look, forecast);
    let full = direction(look, forecast);
    // The verdict must be seen; the direction gives way to it.
    let fits = format::width(&full) + format::width(&words) + 8 <= usize::from(area.width);
    let title = if fits { full } else { TITLE.to_owned() };
    let body = Pane::new(&title, focused).aside(role, words, look).draw(look, area, buffer);
    let width = usize::from(body.width).saturating_sub(2);
    let height = usize::from(body.height);

    let mut head = vec![rpo_line(look, forecast), rto_line(look, forecast)];
    let roomy = height >= 14;
    if roomy {
        head.extend(store_lines(look, watched, width));
        head.extend(term_lines(look, forecast, width));
    } else {
        let sum: Vec<String> = forecast.rto_terms.iter().map(term_words).collect();
        let sum = format::wrap(&format!("= {}", sum.join(" + ")), width.saturating_sub(2));
        head.extend(sum.into_iter().take(2).map(|line| Line::from(look.span(Role::Muted, format!("  {line}")))));
    }
    let (role, words) = rehearsed(look, forecast);
    head.push(Line::from(look.span(role, words)));

    let room = height.saturating_sub(head.len());
    let chosen = model
        .screens
        .of(Screen::Overview)
        .cursor(FORECAST)
        .index_in(&super::items(model, FORECAST))
        .filter(|_| focused);
    head.extend(finding_lines(look, watched, &super::items(model, FORECAST), chosen, width, room));
    for (line, row) in head.into_iter().zip(body.rows()) {
        buffer.set_line(row.x + 1, row.y, &line, row.width.saturating_sub(1));
    }
}

/// What each store would lose, under the sum.
fn store_lines(look: &Look<'_>, watched: &Watched, width: usize) -> Vec<Line<'static>> {
    let line = |store: &StoreAssessment| {
        let (role, risk) = Look::dated(store.at_risk.as_ref(), |length| format::duration(*length), Role::Text);
        let name = look.truncate(&format!("{} {}", store.kind.as_str(), store.name), width.saturating_sub(26));
        Line::from(vec![look.span(role, format!("{:12}{risk:>9}", "")), look.span(Role::Muted, format!("  {name}"))])
    };
    watched.assessment.stores.iter().map(line).collect()
}

fn term_lines(look: &Look<'_>, forecast: &Forecast, width: usize) -> Vec<Line<'static>> {
    let line = |term: &RtoTerm| {
        let (role, length) = match term.length {
            Some(length) => (Role::Text, format::duration(length)),
            None => (Role::Unknown, "not known".to_owned()),
        };
        let basis = look.truncate(&format!("{}: {}", term.name, term.basis), width.saturating_sub(24));
        Line::from(vec![look.span(role, format!("{:12}{length:>9}", "")), look.span(Role::Muted, format!("  {basis}"))])
    };
    forecast.rto_terms.iter().map(line).collect()
}

/// What is in the way, what should be known, what contradicts: each in one line or two, the selected one marked.
fn finding_lines(
    look: &Look<'_>,
    watched: &Watched,
    items: &[Item],
    chosen: Option<usize>,
    width: usize,
    room: usize,
) -> Vec<Line<'static>> {
    let forecast = &watched.assessment.forecast;
    let (blockers, warnings) = (forecast.blockers.len(), forecast.warnings.len());
    if items.is_empty() && is_known(forecast) && blockers == 0 {
        return vec![Line::from(look.span(Role::Ok, format!("{} nothing is in the way", look.symbols.ok)))];
    }
    let kind = |item: &Item| match item.source {
        source if source < blockers => (Role::Danger, look.symbols.danger),
        source if source < blockers + warnings => (Role::Caution, look.symbols.caution),
        _ => (Role::Caution, look.symbols.unknown),
    };
    let whole: Vec<Line<'static>> = items
        .iter()
        .enumerate()
        .flat_map(|(index, item)| {
            let (role, mark) = kind(item);
            let role = if chosen == Some(index) { Role::Selection } else { role };
            whole_finding(look, item, (role, mark), forecast.blockers.get(item.source), width)
        })
        .collect();
    if whole.len() <= room {
        return whole;
    }
    // Where there is no room for all in full, each has a line, and the last says how many more there are.
    let seen = crate::scroll::window(items.len(), room, chosen.unwrap_or(0));
    let end = seen.end;
    let line = |(index, item): (usize, &Item)| {
        let (role, mark) = kind(item);
        let role = if chosen == Some(index) { Role::Selection } else { role };
        let hidden = if index + 1 == end { items.len() - end } else { 0 };
        let more = if hidden > 0 { format!(" (+{hidden})") } else { String::new() };
        let text = look.truncate(&item.id, width.saturating_sub(2 + more.len()));
        Line::from(look.span(role, format!("{mark} {text}{more}")))
    };
    items.iter().enumerate().skip(seen.start).take(seen.len()).map(line).collect()
}

/// A finding with all its words, and below a blocker what mends it.
fn whole_finding(
    look: &Look<'_>,
    item: &Item,
    (role, mark): (Role, &'static str),
    blocker: Option<&Blocker>,
    width: usize,
) -> Vec<Line<'static>> {
    let wrapped = |mark: &str, indent: usize, role: Role, text: &str| -> Vec<Line<'static>> {
        let lines = format::wrap(text, width.saturating_sub(indent + 2)).into_iter().enumerate();
        let space = " ".repeat(indent);
        lines
            .map(|(index, line)| {
                let head = if index == 0 { mark } else { " " };
                Line::from(look.span(role, format!("{space}{head} {line}")))
            })
            .collect()
    };
    let mut lines = wrapped(mark, 0, role, &item.id);
    if let Some(blocker) = blocker {
        lines.extend(wrapped(look.symbols.arrow, 2, Role::Muted, &blocker.fix));
    }
    lines
}

/// Everything a failover now would mean.
pub(crate) fn page(look: &Look<'_>, watched: &Watched) -> Page {
    let assessment = &watched.assessment;
    let forecast = &assessment.forecast;
    let mut page = Page::new(direction(look, forecast));
    let (role, words) = readiness(look, forecast);
    page.fact("readiness", role, words);
    let (role, words) = rehearsed(look, forecast);
    page.fact("rehearsal", role, words);
    page.heading("What would be lost");
    let (role, total) = Look::dated(forecast.rpo.as_ref(), |length| format::duration(*length), Role::Text);
    let target = forecast.rpo_target.map_or("none stated".to_owned(), format::target);
    page.fact("at worst", role, format!("{total}, against an RPO of {target}"));
    for store in &assessment.stores {
        let (role, risk) = Look::dated(store.at_risk.as_ref(), |length| format::duration(*length), Role::Text);
        let age = store.at_risk.as_ref().map_or_else(String::new, |risk| format!(", {} old", look.age(risk.at)));
        page.fact(store.kind.as_str(), role, format!("{}: {risk}{age}", store.name));
    }
    page.heading("How long it would take");
    let total = forecast
        .rto
        .map_or_else(|| format!("not known; at least {}", format::duration(forecast.rto_at_least)), format::duration);
    let target = forecast.rto_target.map_or("none stated".to_owned(), format::target);
    page.fact("in all", Role::Text, format!("{total}, against an RTO of {target}"));
    for term in &forecast.rto_terms {
        let (role, length) = term
            .length
            .map_or((Role::Unknown, "not known".to_owned()), |length| (Role::Text, format::duration(length)));
        page.fact(&term.name, role, format!("{length} ({})", term.basis));
    }
    if !forecast.blockers.is_empty() {
        page.heading("What refuses it");
        for blocker in &forecast.blockers {
            page.fact(look.symbols.danger, Role::Danger, blocker.what.clone());
            page.fact("", Role::Text, format!("{} {}", look.symbols.arrow, blocker.fix));
        }
    }
    if !forecast.warnings.is_empty() {
        page.heading("What should be known first");
        for warning in &forecast.warnings {
            page.fact(look.symbols.caution, Role::Caution, warning.clone());
        }
    }
    if !assessment.contradictions.is_empty() {
        page.heading("What cannot both be true");
        for contradiction in &assessment.contradictions {
            page.fact(look.symbols.unknown, Role::Caution, contradiction.what.clone());
        }
    }
    page
}
