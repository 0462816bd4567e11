//! Where the parts of the overview lie, for each size of window. What there is decides what each part gets, so that no
//! room lies idle while something is cut.

use lifeboat_model::assessment::Assessment;
use ratatui::layout::Rect;

use super::forecast;
use crate::look::Look;
use crate::model::{Model, Watched};
use crate::widgets::carve;

pub(super) struct Arrangement {
    pub(super) regions: Rect,
    pub(super) stores: Rect,
    /// Only where there is room for curves.
    pub(super) charts: Option<Rect>,
    pub(super) forecast: Rect,
    pub(super) checks: Rect,
    pub(super) dns: Rect,
    pub(super) alarms: Rect,
}

/// Below this a curve says nothing that the row of the store does not.
const LOWEST_CHART: u16 = 8;
const HIGHEST_CHART: u16 = 16;
/// The title, the health, one reason, the traffic.
const LOWEST_REGIONS: u16 = 4;

fn many(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

impl Arrangement {
    pub(super) fn of(model: &Model, look: &Look<'_>, area: Rect, watched: &Watched) -> Self {
        let assessment = &watched.assessment;
        let roomy = area.height >= 30;
        let is_blocked = !assessment.forecast.blockers.is_empty() || !assessment.contradictions.is_empty();
        let split = area.width * if is_blocked { 60 } else { 54 } / 100;
        let wanted = many(forecast::wanted(model, look, watched, split));
        let beside = many(assessment.health_checks.len() + assessment.dns.len()) + 6;
        let most = if roomy { 10 } else { 4 };
        let stores_height = 2 + many(assessment.stores.len()).clamp(1, most);
        // What is in the way says why a region is ill as well: where both cannot be, the reasons give way.
        let left = area.height.saturating_sub(stores_height + wanted);
        let highest = if is_blocked { left.max(LOWEST_REGIONS) } else { area.height };
        let (regions, rest) = carve::rows(area, regions_height(look, area, assessment, roomy).min(highest));
        let (stores, rest) = carve::rows(rest, stores_height);
        let spare = rest.height.saturating_sub(wanted.max(beside));
        let (charts, rest) = if area.width >= 100 && spare >= LOWEST_CHART && !assessment.stores.is_empty() {
            let (charts, rest) = carve::rows(rest, spare.min(HIGHEST_CHART));
            (Some(charts), rest)
        } else {
            (None, rest)
        };
        let (forecast, side) = carve::columns(rest, split);
        let checks = many(assessment.health_checks.len()).max(1) + 1;
        let names = many(assessment.dns.len()).max(1) + 1;
        if side.width >= 80 {
            let (left, alarms) = carve::columns(side, side.width / 2);
            let (checks, dns) = carve::rows(left, checks.min(left.height * 2 / 3));
            return Self { regions, stores, charts, forecast, checks, dns, alarms };
        }
        let (checks, below) = carve::rows(side, checks.min(side.height / 3));
        let (dns, alarms) = carve::rows(below, names.min(side.height / 4).max(2));
        Self { regions, stores, charts, forecast, checks, dns, alarms }
    }
}

/// The title, health, traffic, and as many reasons as the worse off region has.
fn regions_height(look: &Look<'_>, area: Rect, assessment: &Assessment, roomy: bool) -> u16 {
    let width = usize::from(area.width / 2).saturating_sub(3);
    let lines = assessment.regions.iter().map(|region| super::region_lines(look, region, width, 16).len()).max();
    let most = if roomy { 9 } else { 4 };
    (1 + many(lines.unwrap_or(1))).clamp(2, most)
}
