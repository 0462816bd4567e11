//! For windows too small for a screen: the lines that matter most, the most important first, down to a single character.

use lifeboat_model::assessment::{Health, Role as RegionRole};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{SMALLEST, footer};
use crate::look::Look;
use crate::model::{Model, Watched};
use crate::screens::overview;
use crate::theme::Role;
use crate::widgets::pane;

pub(super) fn draw(model: &Model, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let mut lines = Vec::new();
    let word = look.reality_word();
    let Some(watched) = model.watched() else {
        pane::lines([Line::from(look.span(look.reality_role(), format!("{word} no deployment")))], area, buffer);
        return;
    };
    let assessment = &watched.assessment;
    let health = assessment.health;
    let (risk_role, risk) = overview::loss_words(look, watched);
    lines.push(Line::from(vec![
        look.span(look.reality_role(), word),
        look.span(Look::health_role(health), format!(" {} {}", look.symbols.health(health), health.as_str())),
        look.span(risk_role, format!(" lose {risk}")),
    ]));
    lines.extend(footer::notice(model, look, area.width));
    lines.extend(run(look, watched));
    if watched.incident().is_some() {
        lines.push(Line::from(look.span(Role::Danger, format!("{} an incident is open", look.symbols.caution))));
    }
    lines.push(Line::from(look.span(Role::Heading, watched.deployment.name.to_string())));
    for region in &assessment.regions {
        let role = if region.reachable == Some(false) { Role::Stale } else { Look::health_role(region.health) };
        let mark = look.symbols.health(region.health);
        lines.push(Line::from(
            look.span(
                role,
                format!("{mark} {} {} {}", region.region, region_role(region.role), region.health.as_str()),
            ),
        ));
    }
    lines.push(match assessment.forecast.blockers.len() {
        // With nothing known there are no blockers either, and that is not readiness.
        0 if health == Health::Unknown => Line::from(look.span(Role::Unknown, "readiness not known")),
        0 => Line::from(look.span(Role::Ok, format!("{} ready to fail over", look.symbols.ok))),
        1 => Line::from(look.span(Role::Danger, format!("{} 1 blocker", look.symbols.danger))),
        more => Line::from(look.span(Role::Danger, format!("{} {more} blockers", look.symbols.danger))),
    });
    lines.push(Line::from(look.span(Role::Muted, format!("{} {}", look.time_of_day(model.now), look.zone()))));
    lines.push(Line::from(look.span(Role::Muted, format!("needs {}x{}; q quits", SMALLEST.0, SMALLEST.1))));
    pane::lines(lines, area, buffer);
}

/// A run that is not over, in the fewest words.
fn run(look: &Look<'_>, watched: &Watched) -> Option<Line<'static>> {
    let run = watched.run.as_ref().filter(|run| !run.is_over());
    let (role, words) = match run {
        Some(run) if run.question().is_some() => (Role::Danger, "a run asks: larger window"),
        Some(run) if run.ending().is_some() => (Role::Danger, "a run stopped, and is left open"),
        Some(run) if run.here => (Role::Caution, "a run is executed here"),
        Some(_) => (Role::Caution, "a run is not over"),
        None if watched.beginning.is_some() => (Role::Caution, "a run is being begun"),
        None => return None,
    };
    Some(Line::from(look.span(role, format!("{} {words}", look.symbols.caution))))
}

fn region_role(role: RegionRole) -> &'static str {
    match role {
        RegionRole::Active => "ACTIVE",
        RegionRole::Standby => "standby",
        RegionRole::Unknown => "role unknown",
    }
}
