//! "If you failed over now": what would be lost, how long it would take, what is in the way. An unknown part makes the
//! whole unknown, and nothing known is never "ready". What is in the way comes first and has all the room there is;
//! what has none is counted.

use lifeboat_model::assessment::{Assessment, Forecast, RtoTerm, StoreAssessment};
use lifeboat_model::observation::Freshness;
use lifeboat_model::time::Duration;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{FORECAST, is_known, replication};
use crate::action::{Action, Context};
use crate::format;
use crate::look::Look;
use crate::model::{Model, Watched};
use crate::screens::{Item, Page, Screen};
use crate::theme::Role;
use crate::widgets::pane::Pane;

mod findings;

use findings::{Finding, Kind};

/// What is in the way, what contradicts, what should be known, in this order.
pub(super) fn items(model: &Model, assessment: &Assessment) -> Vec<Item> {
    let forecast = &assessment.forecast;
    let blockers =
        forecast.blockers.iter().map(|blocker| (&blocker.what, format!("{}: {}", blocker.what, blocker.fix)));
    let contradictions = assessment.contradictions.iter().map(|found| (&found.what, found.what.clone()));
    let warnings = forecast.warnings.iter().map(|warning| (warning, warning.clone()));
    let all = blockers.chain(contradictions).chain(warnings).enumerate();
    // How long ago the last rehearsal was has a line of its own, always; said twice it would push out what is new.
    let rehearsal = forecast.rehearsal_warning(assessment.at);
    let told = all.filter(|(index, (what, _))| {
        Kind::of(assessment, *index) != Kind::Warning || rehearsal.as_ref() != Some(*what)
    });
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
        // Nothing is in its way, and it would still not keep what was promised.
        0 if forecast.rto.zip(forecast.rto_target).is_some_and(|(rto, target)| rto > target) => {
            (Role::Caution, format!("{} READY, OVER RTO", look.symbols.caution))
        }
        0 => (Role::Ok, format!("{} READY", look.symbols.ok)),
        1 => (Role::Danger, format!("{} 1 BLOCKER", look.symbols.danger)),
        count => (Role::Danger, format!("{} {count} BLOCKERS", look.symbols.danger)),
    }
}

fn contradictory(look: &Look<'_>, assessment: &Assessment) -> Option<String> {
    match assessment.contradictions.len() {
        0 => None,
        1 => Some(format!("{} 1 CONTRADICTION", look.symbols.caution)),
        count => Some(format!("{} {count} CONTRADICTIONS", look.symbols.caution)),
    }
}

/// What there is to say beside the worst loss: that a store misses its objective, whichever it is; else how the one that
/// loses most keeps its own, where it has one.
pub(crate) fn loss_sign(look: &Look<'_>, assessment: &Assessment) -> (Role, &'static str) {
    let forecast = &assessment.forecast;
    if forecast.rpo_met == Some(false) {
        return (Role::Danger, look.symbols.danger);
    }
    if let Some(store) = worst(assessment) {
        return replication::risk_sign(look, store);
    }
    let is_fresh = forecast.rpo.as_ref().is_some_and(|rpo| rpo.freshness == Freshness::Fresh);
    match (forecast.rpo_met, &forecast.rpo, forecast.rpo_target) {
        (Some(true), Some(_), Some(_)) if is_fresh => (Role::Ok, look.symbols.ok),
        (_, Some(_), None) if is_fresh => (Role::Text, " "),
        (_, _, _) => (Role::Unknown, look.symbols.unknown),
    }
}

/// The stores that miss their objectives, by kind.
pub(crate) fn over_their_rpo(assessment: &Assessment) -> Vec<&'static str> {
    let over = assessment.stores.iter().filter(|store| store.within_rpo == Some(false));
    let mut kinds: Vec<&str> = over.map(|store| store.kind.as_str()).collect();
    kinds.dedup();
    kinds
}

/// What would be lost, in the fewest words.
pub(crate) fn loss_words(look: &Look<'_>, watched: &Watched) -> (Role, String) {
    let forecast = &watched.assessment.forecast;
    let (role, mark) = loss_sign(look, &watched.assessment);
    let (role, value) = Look::unmarked(forecast.rpo.as_ref(), |length| format::duration(*length), role);
    let of = forecast.rpo_store.as_ref().map_or_else(String::new, |(kind, _)| format!(" of {}", kind.as_str()));
    (role, format!("{mark} {value}{of}").trim_start().to_owned())
}

/// The store that would lose most.
fn worst(assessment: &Assessment) -> Option<&StoreAssessment> {
    let (kind, name) = assessment.forecast.rpo_store.as_ref()?;
    assessment.stores.iter().find(|store| store.kind == *kind && store.name == *name)
}

fn rpo_words(target: Option<Duration>) -> String {
    target.map_or_else(|| "no RPO stated".to_owned(), |target| format!("RPO {}", format::target(target)))
}

/// How much of which store, against that store's own objective; and whichever other store misses its own.
fn loss_lines(look: &Look<'_>, assessment: &Assessment, width: usize) -> Vec<Line<'static>> {
    let forecast = &assessment.forecast;
    let store = worst(assessment);
    let (role, mark) = store.map_or_else(|| loss_sign(look, assessment), |store| replication::risk_sign(look, store));
    let target = store.map_or(forecast.rpo_target, |store| store.rpo_target);
    let (value_role, value) = match &forecast.rpo {
        Some(rpo) => (Look::dated_role(rpo.freshness, role), format::duration(rpo.value)),
        None => (Role::Unknown, "not known".to_owned()),
    };
    let target = format!("  {}", rpo_words(target));
    let mut age = forecast.rpo.as_ref().map_or_else(String::new, |rpo| format!("  {} old", look.age(rpo.at)));
    let value = format!("{mark} {value}");
    let label = "lose up to  ";
    let used = format::width(label) + format::width(&value) + format::width(&target);
    let of = store.map_or_else(String::new, |store| format!(" of {} {}", store.kind.as_str(), store.name));
    if used + format::width(&of) + age.len() > width {
        // Which store tells more than how many seconds ago: the table of stores has the age too.
        age.clear();
    }
    let room = width.saturating_sub(used + age.len());
    let of = if room >= 10 { format::truncate_middle(&of, room, look.symbols.cut) } else { String::new() };
    let mut lines = vec![Line::from(vec![
        look.span(Role::Muted, label),
        look.span(value_role, value),
        look.span(Role::Text, of),
        look.span(Role::Muted, target),
        look.span(forecast.rpo.as_ref().map_or(Role::Muted, |rpo| Look::dated_role(rpo.freshness, Role::Muted)), age),
    ])];
    let others = assessment
        .stores
        .iter()
        .filter(|other| other.within_rpo == Some(false) && store.is_some_and(|worst| !std::ptr::eq(worst, *other)));
    // That another store misses its objective must not hide behind one that loses more and may.
    if store.is_some_and(|worst| worst.within_rpo != Some(false)) {
        lines.extend(others.map(|other| {
            let (role, mark) = replication::risk_sign(look, other);
            let value = other.at_risk.as_ref().map_or_else(String::new, |risk| format::duration(risk.value));
            let text = format!("{mark} {value} of {} {}", other.kind.as_str(), other.name);
            let target = format!("  {}", rpo_words(other.rpo_target));
            let room = width.saturating_sub(12 + format::width(&target));
            let text = format::truncate_middle(&text, room, look.symbols.cut);
            Line::from(vec![look.span(role, format!("{:12}{text}", "")), look.span(Role::Muted, target)])
        }));
    }
    lines
}

fn rto_line(look: &Look<'_>, forecast: &Forecast) -> Line<'static> {
    let (symbols, target) = (look.symbols, forecast.rto_target);
    let (role, text) = match (forecast.rto, forecast.rto_at_least) {
        (Some(rto), _) => {
            let (role, mark) = match target {
                None => (Role::Text, " "),
                Some(target) if rto <= target => (Role::Ok, symbols.ok),
                Some(_) => (Role::Danger, symbols.danger),
            };
            (role, format!("{mark} {}", format::duration(rto)))
        }
        (None, least) if least.is_zero() => (Role::Unknown, format!("{} not known", symbols.unknown)),
        (None, least) if target.is_some_and(|target| least > target) => {
            (Role::Danger, format!("{} at least {}", symbols.danger, format::duration(least)))
        }
        (None, least) => (Role::Unknown, format!("{} at least {}", symbols.unknown, format::duration(least))),
    };
    let target = target.map_or_else(|| "no RTO stated".to_owned(), |target| format!("RTO {}", format::target(target)));
    Line::from(vec![
        look.span(Role::Muted, "be back in  "),
        look.span(role, text),
        look.span(Role::Muted, format!("  {target}")),
    ])
}

fn term_words(term: &RtoTerm) -> String {
    term.length.map_or_else(
        || format!("{} not known", term.name),
        |length| format!("{} {}", term.name, format::duration(length)),
    )
}

fn rehearsed(look: &Look<'_>, watched: &Watched) -> (Role, String) {
    let assessment = &watched.assessment;
    let forecast = &assessment.forecast;
    let is_too_long_ago = forecast.rehearsal_warning(assessment.at).is_some();
    match forecast.last_rehearsed {
        Some(at) if is_too_long_ago => {
            (Role::Caution, format!("{} last rehearsed {} ago", look.symbols.caution, look.age(at)))
        }
        Some(at) => (Role::Text, format!("last rehearsed {} ago", look.age(at))),
        // What was never rehearsed and what nobody looked up are two things.
        None if watched.logbook.is_none() => {
            (Role::Unknown, format!("{} the journal was not read yet", look.symbols.unknown))
        }
        None => (Role::Caution, format!("{} never rehearsed", look.symbols.caution)),
    }
}

pub(super) fn draw(model: &Model, look: &Look<'_>, watched: &Watched, area: Rect, buffer: &mut Buffer) {
    let assessment = &watched.assessment;
    let forecast = &assessment.forecast;
    let focused = model.screens.of(Screen::Overview).pane == FORECAST;
    let (role, words) = readiness(look, forecast);
    let contradictory = contradictory(look, assessment);
    let full = direction(look, forecast);
    // The verdict must be seen; the direction gives way to it.
    let verdict = format::width(&words) + contradictory.as_ref().map_or(0, |words| format::width(words) + 2);
    let fits = |title: &str| format::width(title) + verdict + 8 <= usize::from(area.width);
    let title = [full.as_str(), TITLE, "Failover now"].into_iter().find(|title| fits(title)).unwrap_or("Failover");
    let mut pane = Pane::new(title, focused);
    if let Some(words) = contradictory.filter(|_| fits(title)) {
        pane = pane.aside(Role::Caution, format!("{words}  "), look);
    }
    let body = pane.aside(role, words, look).draw(look, area, buffer);
    let width = usize::from(body.width).saturating_sub(2);
    let lines = Composition::of(model, look, watched, width).fitted(look, usize::from(body.height));
    for (line, row) in lines.into_iter().zip(body.rows()) {
        buffer.set_line(row.x + 1, row.y, &line, row.width.saturating_sub(1));
    }
}

/// How many rows the panel would like, its title included.
pub(super) fn wanted(model: &Model, look: &Look<'_>, watched: &Watched, width: u16) -> usize {
    1 + Composition::of(model, look, watched, usize::from(width).saturating_sub(2)).whole_height()
}

/// Everything the panel has to say, before it is known how much of it fits.
struct Composition {
    headline: Vec<Line<'static>>,
    findings: Vec<Finding>,
    chosen: Option<usize>,
    /// Something is in the way or cannot be true: that comes before how the numbers are made up.
    is_pressing: bool,
    rehearsed: Line<'static>,
    terms: Vec<Line<'static>>,
    /// The terms with where each comes from, and what each store would lose.
    detailed: Vec<Line<'static>>,
    /// The key that shows all of it.
    key: String,
}

impl Composition {
    fn of(model: &Model, look: &Look<'_>, watched: &Watched, width: usize) -> Self {
        let assessment = &watched.assessment;
        let forecast = &assessment.forecast;
        let mut headline = loss_lines(look, assessment, width);
        headline.push(rto_line(look, forecast));
        let items = items(model, assessment);
        let state = model.screens.of(Screen::Overview);
        let chosen = state.cursor(FORECAST).index_in(&items).filter(|_| state.pane == FORECAST);
        let is_pressing = !forecast.blockers.is_empty() || !assessment.contradictions.is_empty();
        if items.is_empty() && is_known(forecast) && !is_pressing {
            headline.push(Line::from(look.span(Role::Ok, format!("{} nothing is in the way", look.symbols.ok))));
        }
        let (role, words) = rehearsed(look, watched);
        let sum: Vec<String> = forecast.rto_terms.iter().map(term_words).collect();
        let sum = if sum.is_empty() { Vec::new() } else { format::wrap(&format!("= {}", sum.join(" + ")), width) };
        let key = model.keymap.shown(Action::ExplainForecast, Context::Screen(Screen::Overview));
        Self {
            headline,
            findings: items.iter().map(|item| Finding::of(look, assessment, item, width)).collect(),
            chosen,
            is_pressing,
            rehearsed: Line::from(look.span(role, words)),
            terms: sum.into_iter().map(|line| Line::from(look.span(Role::Muted, line))).collect(),
            detailed: store_lines(look, watched, width).into_iter().chain(term_lines(look, forecast, width)).collect(),
            key: key.map_or_else(String::new, |key| format!(" ({key})")),
        }
    }

    fn findings_height(&self) -> usize {
        self.findings.iter().map(Finding::height).sum()
    }

    fn whole_height(&self) -> usize {
        let terms = if self.is_pressing { self.terms.len() } else { self.detailed.len() };
        self.headline.len() + 1 + self.findings_height() + terms
    }

    /// The lines for this many rows.
    fn fitted(self, look: &Look<'_>, height: usize) -> Vec<Line<'static>> {
        let room = height.saturating_sub(self.headline.len());
        let all = self.findings_height();
        let terms = if all + 1 + self.detailed.len() <= room { self.detailed } else { self.terms };
        let mut lines = self.headline;
        if self.is_pressing {
            let found = findings::fitted(look, &self.findings, self.chosen, room, &self.key);
            let left = room.saturating_sub(found.len());
            lines.extend(found);
            lines.extend(std::iter::once(self.rehearsed).chain(terms).take(left));
        } else {
            let least = usize::from(!self.findings.is_empty());
            let above: Vec<Line<'static>> = terms.into_iter().chain([self.rehearsed]).collect();
            let above: Vec<Line<'static>> = above.into_iter().take(room.saturating_sub(least)).collect();
            let room = room.saturating_sub(above.len());
            lines.extend(above);
            lines.extend(findings::fitted(look, &self.findings, self.chosen, room, &self.key));
        }
        lines
    }
}

/// What each store would lose, under the sum.
fn store_lines(look: &Look<'_>, watched: &Watched, width: usize) -> Vec<Line<'static>> {
    let line = |store: &StoreAssessment| {
        let (sign, mark) = replication::risk_sign(look, store);
        let (role, risk) = Look::unmarked(store.at_risk.as_ref(), |length| format::duration(*length), sign);
        let name = look.truncate(&format!("{} {}", store.kind.as_str(), store.name), width.saturating_sub(25));
        Line::from(vec![
            look.span(sign, format!("{:12}{mark} ", "")),
            look.span(role, format!("{risk:>9}")),
            look.span(Role::Muted, format!("  {name}")),
        ])
    };
    watched.assessment.stores.iter().map(line).collect()
}

fn term_lines(look: &Look<'_>, forecast: &Forecast, width: usize) -> Vec<Line<'static>> {
    let line = |term: &RtoTerm| {
        let (role, length) = match term.length {
            Some(length) => (Role::Text, format::duration(length)),
            None => (Role::Unknown, "not known".to_owned()),
        };
        let basis = look.truncate(&format!("{}: {}", term.name, term.basis), width.saturating_sub(25));
        Line::from(vec![look.span(role, format!("{:14}{length:>9}", "")), look.span(Role::Muted, format!("  {basis}"))])
    };
    forecast.rto_terms.iter().map(line).collect()
}

/// Everything a failover now would mean.
pub(crate) fn page(look: &Look<'_>, watched: &Watched) -> Page {
    let assessment = &watched.assessment;
    let forecast = &assessment.forecast;
    let mut page = Page::new(direction(look, forecast));
    let (role, words) = readiness(look, forecast);
    page.fact("readiness", role, words);
    let (role, words) = rehearsed(look, watched);
    page.fact("rehearsal", role, words);
    page.heading("What would be lost");
    let (role, total) = loss_words(look, watched);
    let whose = worst(assessment).map_or_else(String::new, |store| format!(" {}", store.name));
    page.fact("at worst", role, format!("{total}{whose}"));
    for store in &assessment.stores {
        let (sign, mark) = replication::risk_sign(look, store);
        let (role, risk) = Look::unmarked(store.at_risk.as_ref(), |length| format::duration(*length), sign);
        let age = store.at_risk.as_ref().map_or_else(String::new, |risk| format!(", {} old", look.age(risk.at)));
        let target = rpo_words(store.rpo_target);
        page.fact(store.kind.as_str(), role, format!("{}: {mark} {risk}{age}; {target}", store.name));
    }
    page.heading("How long it would take");
    let total = match (forecast.rto, forecast.rto_at_least) {
        (Some(rto), _) => format::duration(rto),
        (None, least) if least.is_zero() => "not known".to_owned(),
        (None, least) => format!("not known; at least {}", format::duration(least)),
    };
    // What is configured is known before anything was read; of what is yet to be found it is not.
    let target = match forecast.rto_target.or(watched.deployment.objectives.rto) {
        Some(target) => format!("against an RTO of {}", format::target(target)),
        None if watched.snapshot.regions.is_empty() => "its RTO is not known yet".to_owned(),
        None => "no RTO is stated".to_owned(),
    };
    page.fact("in all", Role::Text, format!("{total}, {target}"));
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
    if !assessment.contradictions.is_empty() {
        page.heading("What cannot both be true");
        for contradiction in &assessment.contradictions {
            page.fact(look.symbols.caution, Role::Caution, contradiction.what.clone());
        }
    }
    if !forecast.warnings.is_empty() {
        page.heading("What should be known first");
        for warning in &forecast.warnings {
            page.fact(look.symbols.caution, Role::Caution, warning.clone());
        }
    }
    page
}
