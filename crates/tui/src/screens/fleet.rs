//! All deployments, a row each, from the judgement of each one. Only rows in view are drawn.

use lifeboat_model::assessment::{Assessment, Role as RegionRole};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Item, Page, Screen, alarms, filtered};
use crate::format;
use crate::look::Look;
use crate::model::{Model, Stage, Watched};
use crate::screens::overview;
use crate::theme::Role;
use crate::widgets::pane::Pane;
use crate::widgets::table::{Cell, Column, Table};

pub const PANES: &[&str] = &["Deployments"];
pub const SORTS: &[&str] = &["configuration", "worst first", "most at risk", "name"];

pub(crate) fn items(model: &Model) -> Vec<Item> {
    let all = model.fleet.iter().enumerate();
    let mut shown = filtered(model, Screen::Fleet, all, |(_, watched)| {
        let regions = &watched.deployment.regions;
        vec![
            watched.deployment.name.as_str(),
            regions.home.as_str(),
            regions.partner.as_str(),
            watched.assessment.health.as_str(),
        ]
    });
    match model.screens.of(Screen::Fleet).sort {
        1 => shown.sort_by_key(|(_, watched)| std::cmp::Reverse(watched.assessment.health)),
        2 => shown.sort_by_cached_key(|(_, watched)| {
            // What is not known might be anything, so it comes first.
            let risk = watched.assessment.forecast.rpo.as_ref().map(|rpo| rpo.value);
            (risk.is_some(), std::cmp::Reverse(risk))
        }),
        3 => shown.sort_by(|(_, a), (_, b)| a.deployment.name.cmp(&b.deployment.name)),
        _ => {}
    }
    shown
        .into_iter()
        .map(|(index, watched)| Item::new(index, watched.deployment.name.as_str(), watched.deployment.name.as_str()))
        .collect()
}

const COLUMNS: &[Column] = &[
    Column::left("HEALTH", 10),
    Column::left("DEPLOYMENT", 20).growing(40).named(),
    Column::left("ACTIVE", 11).growing(16),
    Column::right("AT RISK", 11),
    Column::left("FAILOVER", 12).growing(14),
    Column::right("ALARMS", 6).dropped(1),
    Column::right("CONTRADICTIONS", 14).dropped(3),
    Column::right("AGE", 6).dropped(2),
];

pub(crate) fn columns() -> &'static [Column] {
    COLUMNS
}

pub(crate) fn draw(model: &Model, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let state = model.screens.of(Screen::Fleet);
    let items = items(model);
    let sort = SORTS.get(state.sort).copied().unwrap_or_default();
    let title = super::titled("Deployments", &state.filter);
    let all = model.fleet.len();
    let count = if items.len() == all { all.to_string() } else { format!("{} of {all}", items.len()) };
    let aside = format!("{} is shown; {count}, by {sort}", look.symbols.arrow);
    let selected = state.cursor(0).index_in(&items);
    let pane = Pane::new(&title, true).aside(Role::Muted, aside, look).rows(items.len(), selected, 1);
    let body = pane.draw(look, area, buffer);
    let table = Table {
        columns: COLUMNS,
        len: items.len(),
        selected,
        focused: true,
        empty: (Role::Muted, "no deployment has these words".to_owned()),
    };
    table.draw(look, body, buffer, |index| {
        let watched = items.get(index).and_then(|item| model.fleet.get(item.source));
        watched.map_or_else(Vec::new, |watched| cells(model, look, watched))
    });
}

fn cells(model: &Model, look: &Look<'_>, watched: &Watched) -> Vec<Cell> {
    let assessment = &watched.assessment;
    let health = assessment.health;
    let shown = model.watched().is_some_and(|shown| shown.deployment.name == watched.deployment.name);
    let (mark, name_role) = if shown { (look.symbols.arrow, Role::Heading) } else { (" ", Role::Text) };
    let name = || Cell::of(vec![(Role::Accent, format!("{mark} ")), (name_role, watched.deployment.name.to_string())]);
    let absent = match watched.stage {
        Stage::Standing => None,
        Stage::Unmade => Some("not made"),
        Stage::Gone => Some("gone"),
    };
    if let Some(word) = absent {
        let word = format!("{} {word}", look.symbols.dash);
        return vec![Cell::new(Role::Muted, word), name()];
    }
    vec![
        Cell::new(Look::health_role(health), format!("{} {}", look.symbols.health(health), health.as_str())),
        name(),
        active(look, assessment).into(),
        at_risk(look, assessment),
        readiness(look, assessment).into(),
        ringing(look, assessment).into(),
        contradictions(look, assessment).into(),
        age(look, watched).into(),
    ]
}

fn active(look: &Look<'_>, assessment: &Assessment) -> (Role, String) {
    let mut active = assessment.regions.iter().filter(|region| region.role == RegionRole::Active);
    match (active.next(), active.next()) {
        (Some(region), None) => (Role::Text, region.region.to_string()),
        (Some(_), Some(_)) => (Role::Danger, format!("{} both", look.symbols.danger)),
        (None, _) => (Role::Unknown, "not known".to_owned()),
    }
}

/// The worst store's data at risk, marked by whether the objective is kept.
fn at_risk(look: &Look<'_>, assessment: &Assessment) -> Cell {
    let (role, mark) = overview::loss_sign(look, assessment);
    let (value_role, value) = Look::unmarked(assessment.forecast.rpo.as_ref(), |rpo| format::duration(*rpo), role);
    Cell::of(vec![(role, format!("{mark} ")), (value_role, value)])
}

fn readiness(look: &Look<'_>, assessment: &Assessment) -> (Role, String) {
    match assessment.forecast.blockers.len() {
        0 if !overview::is_known(&assessment.forecast) => (Role::Unknown, "not known".to_owned()),
        0 => (Role::Ok, format!("{} ready", look.symbols.ok)),
        1 => (Role::Danger, format!("{} 1 blocker", look.symbols.danger)),
        count => (Role::Danger, format!("{} {count} blockers", look.symbols.danger)),
    }
}

/// How many ring, and whether that is all there is to know.
fn ringing(look: &Look<'_>, assessment: &Assessment) -> (Role, String) {
    let census = alarms::Census::of(assessment);
    match (census.sign(look), assessment.alarms.len()) {
        ((role, mark), 0) => (role, mark.to_owned()),
        // That nothing rings where nothing was read is not known.
        ((role, mark), _) => (role, format!("{mark} {}", census.ringing)),
    }
}

fn contradictions(look: &Look<'_>, assessment: &Assessment) -> (Role, String) {
    match assessment.contradictions.len() {
        0 => (Role::Text, "0".to_owned()),
        count => (Role::Caution, format!("{} {count}", look.symbols.caution)),
    }
}

fn age(look: &Look<'_>, watched: &Watched) -> (Role, String) {
    watched
        .snapshot
        .newest()
        .map_or_else(|| (Role::Unknown, "never".to_owned()), |newest| (Role::Muted, look.age(newest)))
}

/// A deployment is opened, not read; its page is what a failover of it would mean.
pub(crate) fn page(model: &Model, look: &Look<'_>, id: &str) -> Option<Page> {
    let watched = model.fleet.iter().find(|watched| watched.deployment.name.as_str() == id)?;
    Some(overview::forecast_page(look, watched))
}
