//! Health in detail: each check by each of its checkers, DNS answers by vantage, targets and probes, signals that
//! contradict each other, and what depends on a service that is down.

use lifeboat_model::assessment::{Assessment, Dependency, DnsAnswerAssessment, DnsAssessment, HealthCheckAssessment};
use lifeboat_model::facts::load_balancing::TargetGroup;
use lifeboat_model::facts::probe::{Probe, ProbeOutcome};
use lifeboat_model::facts::route53::HealthCheck;
use lifeboat_model::id::{Arn, HealthCheckId, Region};
use lifeboat_model::observation::{Freshness, Reading};
use lifeboat_model::read::{Service, Tempo};
use lifeboat_model::time::{Duration, Timestamp, age};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Item, Page, Screen, filtered, order as order_of};
use crate::format;
use crate::look::Look;
use crate::model::{Model, Watched};
use crate::theme::Role;
use crate::widgets::pane::Pane;
use crate::widgets::table::{Cell, Column, Table};

mod arrangement;
pub(crate) mod matrix;
mod order;

pub use order::SORTS;

pub const PANES: &[&str] = &["Health checks", "DNS answers", "Targets and probes", "Contradictions", "Dependencies"];

pub(crate) const CHECKS: usize = 0;
pub(crate) const ANSWERS: usize = 1;
pub(crate) const TARGETS: usize = 2;
const CONTRADICTIONS: usize = 3;

pub(crate) fn items(model: &Model, pane: usize) -> Vec<Item> {
    let Some(watched) = model.watched() else { return Vec::new() };
    let items = match pane {
        CHECKS => check_items(model, Screen::Health),
        ANSWERS => answer_items(model, &watched.assessment),
        TARGETS => target_items(model, &Look::of(model), watched),
        CONTRADICTIONS => {
            let all = watched.assessment.contradictions.iter().enumerate();
            let shown = filtered(model, Screen::Health, all, |(_, contradiction)| vec![contradiction.what.as_str()]);
            shown.into_iter().map(|(index, one)| Item::new(index, one.what.as_str(), one.what.as_str())).collect()
        }
        _ => dependency_items(model, &watched.assessment),
    };
    order::ordered(model, watched, pane, items)
}

pub(crate) fn check_items(model: &Model, screen: Screen) -> Vec<Item> {
    let Some(watched) = model.watched() else { return Vec::new() };
    let checks = watched.assessment.health_checks.iter().enumerate();
    let shown = filtered(model, screen, checks, |(_, check)| {
        vec![
            check.id.as_str(),
            check.target.as_str(),
            check.region.as_ref().map_or("", |region| region.as_str()),
            check.health.as_str(),
        ]
    });
    shown.into_iter().map(|(index, check)| Item::new(index, check.id.as_str(), check.id.as_str())).collect()
}

fn answers(assessment: &Assessment) -> impl Iterator<Item = (&DnsAssessment, &DnsAnswerAssessment)> {
    assessment.dns.iter().flat_map(|dns| dns.answers.iter().map(move |answer| (dns, answer)))
}

fn answer_items(model: &Model, assessment: &Assessment) -> Vec<Item> {
    let shown = filtered(model, Screen::Health, answers(assessment).enumerate(), |(_, (dns, answer))| {
        vec![dns.name.as_str(), answer.vantage.as_str(), answer.region.as_ref().map_or("", |region| region.as_str())]
    });
    let item = |(index, (dns, answer)): (usize, (&DnsAssessment, &DnsAnswerAssessment))| {
        Item::new(index, format!("{} {}", dns.name, answer.vantage), answer.values.join(" "))
    };
    shown.into_iter().map(item).collect()
}

/// What stands behind the front doors, and what a client sees of them.
enum Target<'a> {
    Group(&'a Region, &'a TargetGroup, Seen),
    Probe(&'a Probe, Seen),
}

/// When something was read, and whether that may still be trusted.
#[derive(Clone, Copy)]
struct Seen {
    at: Timestamp,
    freshness: Freshness,
}

fn seen<'a, T>(
    reading: &'a Reading<Vec<T>>,
    service: Service,
    look: &Look<'_>,
    tempo: Tempo,
) -> Option<(&'a [T], Seen)> {
    let last = reading.last.as_ref()?;
    let freshness = reading.freshness(look.now, service.cadence(tempo));
    Some((&last.value, Seen { at: last.at, freshness }))
}

fn targets<'a>(look: &Look<'_>, watched: &'a Watched) -> Vec<Target<'a>> {
    let tempo = watched.tempo;
    let regions = &watched.snapshot.regions;
    let groups = regions.iter().filter_map(|(region, known)| {
        seen(&known.target_groups, Service::LoadBalancing, look, tempo).map(|(groups, seen)| (region, groups, seen))
    });
    let probes = regions.values().filter_map(|known| seen(&known.probes, Service::Probes, look, tempo));
    let groups =
        groups.flat_map(|(region, groups, seen)| groups.iter().map(move |group| Target::Group(region, group, seen)));
    let probes = probes.flat_map(|(probes, seen)| probes.iter().map(move |probe| Target::Probe(probe, seen)));
    groups.chain(probes).collect()
}

impl Target<'_> {
    fn name(&self) -> &str {
        match self {
            Self::Group(_, group, _) => group.arn.resource().unwrap_or(group.arn.as_str()),
            Self::Probe(probe, _) => &probe.target.url,
        }
    }

    fn region(&self) -> &str {
        match self {
            Self::Group(region, ..) => region.as_str(),
            Self::Probe(probe, _) => probe.target.region.as_ref().map_or("public name", |region| region.as_str()),
        }
    }

    fn id(&self) -> String {
        format!("{} {}", self.region(), self.name())
    }

    fn seen(&self) -> Seen {
        match self {
            Self::Group(_, _, seen) | Self::Probe(_, seen) => *seen,
        }
    }

    fn state(&self, look: &Look<'_>) -> (Role, String) {
        let (role, mark, words) = self.last_state(look);
        let seen = self.seen();
        look.verdict((seen.freshness, Some(seen.at)), (role, mark), (&words, &words))
    }

    fn last_state(&self, look: &Look<'_>) -> (Role, &'static str, String) {
        let symbols = look.symbols;
        match self {
            Self::Group(_, group, _) => match (group.healthy(), group.targets.len()) {
                (_, 0) => (Role::Danger, symbols.danger, "no targets".to_owned()),
                (0, all) => (Role::Danger, symbols.danger, format!("0 of {all} healthy")),
                (healthy, all) if healthy < all => {
                    (Role::Caution, symbols.caution, format!("{healthy} of {all} healthy"))
                }
                (_, all) => (Role::Ok, symbols.ok, format!("all {all} healthy")),
            },
            Self::Probe(probe, _) => match &probe.outcome {
                ProbeOutcome::Answered { status, latency } => {
                    let (role, mark) =
                        if probe.outcome.is_good() { (Role::Ok, symbols.ok) } else { (Role::Danger, symbols.danger) };
                    (role, mark, format!("{status} in {}", format::duration(*latency)))
                }
                ProbeOutcome::Failed { reason } => (Role::Danger, symbols.danger, reason.clone()),
            },
        }
    }

    fn age(&self, look: &Look<'_>) -> String {
        look.age(self.seen().at)
    }
}

/// Every target and probe whatever the filter: the id of its row, its name, and its region in words.
pub(crate) fn all_targets(look: &Look<'_>, watched: &Watched) -> Vec<(String, String, String)> {
    let all = targets(look, watched);
    all.iter().map(|target| (target.id(), target.name().to_owned(), target.region().to_owned())).collect()
}

/// Where the target group of this row is, when it is one.
pub(crate) fn target_group(model: &Model, id: &str) -> Option<(Region, Arn)> {
    let watched = model.watched()?;
    let found = targets(&Look::of(model), watched).into_iter().find(|target| target.id() == id)?;
    match found {
        Target::Group(region, group, _) => Some((region.clone(), group.arn.clone())),
        Target::Probe(..) => None,
    }
}

fn target_items(model: &Model, look: &Look<'_>, watched: &Watched) -> Vec<Item> {
    let all = targets(look, watched);
    let shown =
        filtered(model, Screen::Health, all.iter().enumerate(), |(_, target)| vec![target.name(), target.region()]);
    shown.into_iter().map(|(index, target)| Item::new(index, target.id(), target.name())).collect()
}

fn dependency_items(model: &Model, assessment: &Assessment) -> Vec<Item> {
    let mut shown = filtered(model, Screen::Health, assessment.dependencies.iter().enumerate(), |(_, dependency)| {
        vec![dependency.service.label(), dependency.region.as_str()]
    });
    // What is down first, then what was never asked; the rest as it comes.
    shown.sort_by_key(|(_, dependency)| match dependency.ok {
        Some(false) => 0,
        None => 1,
        Some(true) => 2,
    });
    shown
        .into_iter()
        .map(|(index, dependency)| Item::new(index, dependency_id(dependency), dependency_id(dependency)))
        .collect()
}

fn dependency_id(dependency: &Dependency) -> String {
    format!("{} {}", dependency.region, dependency.service)
}

/// Route 53's verdict on a check, with its sign.
pub(crate) fn check_state(look: &Look<'_>, check: &HealthCheckAssessment) -> (Role, String) {
    let Some(passing) = &check.passing else {
        return (Role::Unknown, format!("{} no data", look.symbols.unknown));
    };
    let (sign, words) = if passing.value {
        ((Role::Ok, look.symbols.ok), ("pass", "passed"))
    } else {
        ((Role::Danger, look.symbols.danger), ("FAIL", "FAILED"))
    };
    look.verdict((passing.freshness, Some(passing.at)), sign, words)
}

/// Whether a service answers, and since when not.
pub(crate) fn dependency_state(look: &Look<'_>, dependency: &Dependency) -> (Role, String) {
    match (dependency.ok, &dependency.failure, dependency.last_answer) {
        (None, _, _) => (Role::Unknown, format!("{} not asked yet", look.symbols.unknown)),
        (Some(true), _, Some(at)) => (Role::Ok, format!("{} answered {} ago", look.symbols.ok, look.age(at))),
        (Some(true), _, None) => (Role::Ok, format!("{} answers", look.symbols.ok)),
        (Some(false), Some((reason, since)), _) => {
            (Role::Danger, format!("{} {reason} for {}", look.symbols.danger, look.age(*since)))
        }
        (Some(false), None, _) => (Role::Danger, format!("{} does not answer", look.symbols.danger)),
    }
}

pub(crate) fn draw(model: &Model, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let Some(watched) = model.watched() else { return };
    let places = arrangement::Arrangement::of(look, area, watched);
    matrix::draw(model, look, watched, places.checks, buffer);
    draw_answers(model, look, watched, places.answers, buffer);
    draw_targets(model, look, watched, places.targets, buffer);
    draw_contradictions(model, look, watched, places.contradictions, buffer);
    draw_dependencies(model, look, watched, places.dependencies, buffer);
}

/// A pane of this screen that is a table.
fn draw_table(
    (model, look): (&Model, &Look<'_>),
    pane: usize,
    columns: &[Column],
    empty: &str,
    area: Rect,
    buffer: &mut Buffer,
    cells: impl Fn(&Item) -> Vec<Cell>,
) {
    let state = model.screens.of(Screen::Health);
    let items = items(model, pane);
    let title = super::titled(PANES.get(pane).copied().unwrap_or_default(), &state.filter);
    let focused = state.pane == pane;
    let order = order_of(model, Screen::Health).unwrap_or_default();
    let selected = state.cursor(pane).index_in(&items);
    let pane = Pane::new(&title, focused).aside(Role::Muted, order, look).rows(items.len(), selected, 1);
    let body = pane.draw(look, area, buffer);
    let table = Table { columns, len: items.len(), selected, focused, empty: (Role::Muted, empty.to_owned()) };
    table.draw(look, body, buffer, |index| items.get(index).map_or_else(Vec::new, &cells));
}

const ANSWER_COLUMNS: &[Column] = &[
    Column::left("LEADS TO", 13).growing(30),
    Column::left("ASKED OF", 12).growing(24).named(),
    Column::left("NAME", 14).growing(34).named().dropped(2),
    Column::left("TTL LEFT", 9),
    Column::left("ANSWER", 12).growing(60).dropped(1),
    Column::right("AGE", 6),
];

fn draw_answers(model: &Model, look: &Look<'_>, watched: &Watched, area: Rect, buffer: &mut Buffer) {
    let all: Vec<_> = answers(&watched.assessment).collect();
    draw_table((model, look), ANSWERS, ANSWER_COLUMNS, "no answer has been read", area, buffer, |item| {
        all.get(item.source).map_or_else(Vec::new, |(dns, answer)| answer_cells(look, dns, answer))
    });
}

fn answer_cells(look: &Look<'_>, dns: &DnsAssessment, answer: &DnsAnswerAssessment) -> Vec<Cell> {
    let good = answer.code == "NOERROR";
    let (role, target) = match &answer.region {
        _ if !good => (Role::Danger, format!("{} {}", look.symbols.danger, answer.code)),
        Some(region) if dns.active_region.is_some() && dns.active_region != answer.region => {
            (Role::Caution, format!("{} {region}", look.symbols.caution))
        }
        Some(region) => (Role::Text, region.to_string()),
        None => (Role::Unknown, format!("{} not known", look.symbols.unknown)),
    };
    let (role, target) = match answer.freshness {
        Freshness::Fresh => (role, target),
        Freshness::Stale | Freshness::Pending | Freshness::Unavailable => {
            let told = answer.region.as_ref().map_or(answer.code.as_str(), |region| region.as_str());
            (Look::dated_role(answer.freshness, role), format!("{} {told}", look.symbols.unknown))
        }
    };
    vec![
        Cell::new(role, target),
        Cell::new(Role::Text, answer.vantage.clone()),
        Cell::new(Role::Text, dns.name.as_str()),
        Cell::new(Role::Muted, kept_for(look, answer)),
        Cell::new(Role::Muted, answer.values.join(" ")),
        Cell::new(Role::Muted, look.age(answer.at)),
    ]
}

/// How much longer this answer may be kept, counted down from when it was given.
fn kept_for(look: &Look<'_>, answer: &DnsAnswerAssessment) -> String {
    let Some(ttl) = answer.ttl_s else { return look.symbols.dash.to_owned() };
    let left = Duration::from_secs(u64::from(ttl)).saturating_sub(age(look.now, answer.at));
    if left.is_zero() { "expired".to_owned() } else { format::age(left) }
}

const TARGET_COLUMNS: &[Column] = &[
    Column::left("STATE", 24).growing(40),
    Column::left("WHERE", 11).growing(15),
    Column::left("WHAT", 20).growing(70).named(),
    Column::right("AGE", 6),
];

fn draw_targets(model: &Model, look: &Look<'_>, watched: &Watched, area: Rect, buffer: &mut Buffer) {
    let all = targets(look, watched);
    draw_table((model, look), TARGETS, TARGET_COLUMNS, "none has been read", area, buffer, |item| {
        all.get(item.source).map_or_else(Vec::new, |target| {
            vec![
                target.state(look).into(),
                Cell::new(Role::Text, target.region()),
                Cell::new(Role::Text, target.name()),
                Cell::new(Role::Muted, target.age(look)),
            ]
        })
    });
}

const CONTRADICTION_COLUMNS: &[Column] = &[Column::left("", 1), Column::left("", 40).growing(400)];

fn draw_contradictions(model: &Model, look: &Look<'_>, watched: &Watched, area: Rect, buffer: &mut Buffer) {
    let all = &watched.assessment.contradictions;
    draw_table(
        (model, look),
        CONTRADICTIONS,
        CONTRADICTION_COLUMNS,
        "no signals contradict each other",
        area,
        buffer,
        |item| {
            all.get(item.source).map_or_else(Vec::new, |one| {
                vec![Cell::new(Role::Caution, look.symbols.caution), Cell::new(Role::Text, one.what.clone())]
            })
        },
    );
}

const DEPENDENCY_COLUMNS: &[Column] = &[
    Column::left("STATE", 22).growing(28),
    Column::left("REGION", 11).growing(15),
    Column::left("SERVICE", 18).growing(24),
    Column::left("WHAT RESTS ON IT", 16).growing(200).dropped(1),
];

fn draw_dependencies(model: &Model, look: &Look<'_>, watched: &Watched, area: Rect, buffer: &mut Buffer) {
    let all = &watched.assessment.dependencies;
    draw_table(
        (model, look),
        CONTRADICTIONS + 1,
        DEPENDENCY_COLUMNS,
        "nothing has been asked yet",
        area,
        buffer,
        |item| {
            all.get(item.source).map_or_else(Vec::new, |dependency| {
                vec![
                    dependency_state(look, dependency).into(),
                    Cell::new(Role::Text, dependency.region.as_str()),
                    Cell::new(Role::Text, dependency.service.label()),
                    Cell::new(if dependency.ok == Some(false) { Role::Text } else { Role::Muted }, resting(dependency)),
                ]
            })
        },
    );
}

/// What is shown from it and done through it; while it is down, what is therefore not known and cannot be done.
fn resting(dependency: &Dependency) -> String {
    let (facts, actions) = (dependency.facts.join(", "), dependency.actions.join(", "));
    let is_down = dependency.ok == Some(false);
    match (facts.is_empty(), actions.is_empty(), is_down) {
        (true, true, _) => String::new(),
        (false, true, true) => format!("not known: {facts}"),
        (true, false, true) => format!("cannot: {actions}"),
        (false, false, true) => format!("not known: {facts}; cannot: {actions}"),
        (false, true, false) => facts,
        (true, false, false) => actions,
        (false, false, false) => format!("{facts}; {actions}"),
    }
}

/// The columns of a pane that is a table.
pub(crate) fn columns(pane: usize) -> &'static [Column] {
    match pane {
        ANSWERS => ANSWER_COLUMNS,
        TARGETS => TARGET_COLUMNS,
        CHECKS | CONTRADICTIONS => &[],
        _ => DEPENDENCY_COLUMNS,
    }
}

pub(crate) fn page(model: &Model, look: &Look<'_>, pane: usize, id: &str) -> Option<Page> {
    let watched = model.watched()?;
    let assessment = &watched.assessment;
    match pane {
        CHECKS => assessment
            .health_checks
            .iter()
            .find(|check| check.id.as_str() == id)
            .map(|check| check_page(look, watched, check)),
        ANSWERS => {
            let (dns, _) =
                answers(assessment).find(|(dns, answer)| format!("{} {}", dns.name, answer.vantage) == id)?;
            name_page(look, assessment, dns.name.as_str())
        }
        TARGETS => {
            targets(look, watched).into_iter().find(|target| target.id() == id).map(|target| target_page(look, &target))
        }
        CONTRADICTIONS => assessment.contradictions.iter().find(|one| one.what == id).map(|one| {
            let mut page = Page::new("Two signals that cannot both be right");
            page.sentence(Role::Caution, one.what.clone());
            page
        }),
        _ => assessment.dependencies.iter().find(|one| dependency_id(one) == id).map(|one| dependency_page(look, one)),
    }
}

/// The check as Route 53 describes it, and whether that is still so.
fn described<'a>(look: &Look<'_>, watched: &'a Watched, id: &HealthCheckId) -> Option<(&'a HealthCheck, Seen)> {
    let regions = watched.snapshot.regions.values();
    regions
        .filter_map(|known| seen(&known.health_checks, Service::HealthChecks, look, watched.tempo))
        .find_map(|(checks, seen)| checks.iter().find(|check| check.id == *id).map(|check| (check, seen)))
}

fn check_page(look: &Look<'_>, watched: &Watched, check: &HealthCheckAssessment) -> Page {
    let mut page = Page::new(format!("Health check {}", check.id));
    let (role, words) = check_state(look, check);
    page.fact("verdict", role, words);
    page.fact("asks", Role::Text, check.target.clone());
    page.fact("watches", Role::Text, check.region.as_ref().map_or("no region in particular", |region| region.as_str()));
    let (role, percent) = look.dated(check.healthy_percent.as_ref(), |percent| format::percent(*percent), Role::Text);
    page.fact("healthy", role, format!("{percent} of its checkers; more than 18 % is enough to pass"));
    for trap in &check.traps {
        page.fact("trap", Role::Caution, format!("{} {trap}", look.symbols.caution));
    }
    let Some((described, seen)) = described(look, watched, &check.id) else { return page };
    if let (Some(interval), Some(threshold)) = (described.interval_s, described.threshold) {
        page.fact("decides", Role::Text, format!("{interval} s {} {threshold}", look.symbols.times));
    }
    let heading = match seen.freshness {
        Freshness::Fresh => "Checkers".to_owned(),
        Freshness::Stale | Freshness::Pending | Freshness::Unavailable => {
            format!("Checkers, as they were {} ago", look.age(seen.at))
        }
    };
    page.heading(&heading);
    for checker in &described.checkers {
        let (role, mark) = checker_sign(look, checker.passed, seen.freshness);
        page.fact(&checker.region, role, format!("{mark} {} ({})", checker.status, checker.address));
    }
    page
}

/// A name and who is told what.
pub(crate) fn name_page(look: &Look<'_>, assessment: &Assessment, name: &str) -> Option<Page> {
    let dns = assessment.dns.iter().find(|dns| dns.name.as_str() == name)?;
    let mut page = Page::new(dns.name.to_string());
    let active = dns
        .active_region
        .as_ref()
        .map_or((Role::Unknown, "not known".to_owned()), |region| (Role::Text, region.to_string()));
    page.fact("leads to", active.0, active.1);
    page.heading("Answers");
    for answer in &dns.answers {
        let region = answer.region.as_ref().map_or("region not known", |region| region.as_str());
        let text = format!(
            "{region}: {} {}, kept for {}, {} old",
            answer.code,
            answer.values.join(" "),
            kept_for(look, answer),
            look.age(answer.at)
        );
        let text = match answer.freshness {
            Freshness::Fresh => text,
            Freshness::Stale | Freshness::Pending | Freshness::Unavailable => {
                format!("{} {text}", look.symbols.unknown)
            }
        };
        page.fact(&answer.vantage, Look::dated_role(answer.freshness, Role::Text), text);
    }
    Some(page)
}

fn target_page(look: &Look<'_>, target: &Target<'_>) -> Page {
    let mut page = Page::new(target.name());
    let (role, state) = target.state(look);
    page.fact("state", role, state);
    page.fact("where", Role::Text, target.region());
    page.fact("age", Role::Text, target.age(look));
    if let Target::Group(_, group, _) = target {
        page.heading("Targets");
        for one in &group.targets {
            let reason = one.reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
            let was = if target.seen().freshness == Freshness::Fresh { "" } else { "was " };
            page.fact(
                &one.id,
                Look::dated_role(target.seen().freshness, Role::Text),
                format!("{was}{}{reason}", one.health),
            );
        }
    }
    page
}

fn dependency_page(look: &Look<'_>, dependency: &Dependency) -> Page {
    let mut page = Page::new(format!("{} in {}", dependency.service, dependency.region));
    let (role, state) = dependency_state(look, dependency);
    page.fact("state", role, state);
    if let Some(at) = dependency.last_answer {
        page.fact("last answer", Role::Text, format!("{}, {} ago", look.date_and_time(at), look.age(at)));
    }
    if let Some(fix) = &dependency.fix {
        page.fact("fix", Role::Accent, fix.clone());
    }
    for fact in &dependency.facts {
        page.fact("shows", Role::Text, fact.clone());
    }
    for action in &dependency.actions {
        page.fact("needed to", Role::Text, action.clone());
    }
    page
}

/// What one checker saw, as long as that may be trusted.
fn checker_sign(look: &Look<'_>, passed: bool, freshness: Freshness) -> (Role, &'static str) {
    match (freshness, passed) {
        (Freshness::Fresh, true) => (Role::Ok, look.symbols.ok),
        (Freshness::Fresh, false) => (Role::Danger, look.symbols.danger),
        (Freshness::Stale | Freshness::Pending | Freshness::Unavailable, _) => {
            (Look::dated_role(freshness, Role::Unknown), look.symbols.unknown)
        }
    }
}
