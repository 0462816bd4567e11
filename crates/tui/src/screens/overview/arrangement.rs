//! Where the parts of the overview lie, for each size of window.

use lifeboat_model::assessment::Assessment;
use ratatui::layout::Rect;

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

impl Arrangement {
    pub(super) fn of(area: Rect, assessment: &Assessment) -> Self {
        let many = |count: usize| u16::try_from(count).unwrap_or(u16::MAX);
        let (roomy, vast) = (area.height >= 30, area.height >= 46 && area.width >= 100);
        let (regions, rest) = carve::rows(area, if roomy { 6 } else { 4 });
        let most = if roomy { 10 } else { 4 };
        let (stores, rest) = carve::rows(rest, 2 + many(assessment.stores.len()).clamp(1, most));
        let (charts, rest) = if vast && !assessment.stores.is_empty() {
            let (charts, rest) = carve::rows(rest, 13 + (area.height - 46) / 3);
            (Some(charts), rest)
        } else {
            (None, rest)
        };
        let (forecast, side) = carve::columns(rest, rest.width * 54 / 100);
        let checks = many(assessment.health_checks.len()).max(1) + 1;
        let names = many(assessment.dns.len()).max(1) + 1;
        if side.width >= 80 {
            let (left, alarms) = carve::columns(side, side.width / 2);
            let (checks, dns) = carve::rows(left, checks.min(left.height * 2 / 3));
            return Self { regions, stores, charts, forecast, checks, dns, alarms };
        }
        let (checks, below) = carve::rows(side, checks.min(side.height / 3));
        let (dns, alarms) = carve::rows(below, names.min(side.height / 4));
        Self { regions, stores, charts, forecast, checks, dns, alarms }
    }
}
