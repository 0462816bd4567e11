//! Where the parts of the health screen lie.

use ratatui::layout::Rect;

use super::targets;
use crate::look::Look;
use crate::model::Watched;
use crate::widgets::carve;

pub(super) struct Arrangement {
    pub(super) checks: Rect,
    pub(super) answers: Rect,
    pub(super) targets: Rect,
    pub(super) contradictions: Rect,
    pub(super) dependencies: Rect,
}

impl Arrangement {
    pub(super) fn of(look: &Look<'_>, area: Rect, watched: &Watched) -> Self {
        let assessment = &watched.assessment;
        let rows = |count: usize, around: u16| u16::try_from(count).unwrap_or(u16::MAX).max(1).saturating_add(around);
        let answers = rows(super::answers(assessment).count(), 2);
        let found = rows(targets(look, watched).len(), 2);
        let contradictions = rows(assessment.contradictions.len(), 1);
        let checks = rows(assessment.health_checks.len(), 2);
        let dependencies = rows(assessment.dependencies.len(), 2);
        if area.width >= 160 {
            let (checks, rest) = carve::rows(area, checks.min(area.height / 3));
            let (left, right) = carve::columns(rest, rest.width / 2);
            let left = carve::shared(left, &[answers, found]);
            let right = carve::shared(right, &[contradictions, dependencies]);
            let at = |parts: &[Rect], index: usize| parts.get(index).copied().unwrap_or_default();
            return Self {
                checks,
                answers: at(&left, 0),
                targets: at(&left, 1),
                contradictions: at(&right, 0),
                dependencies: at(&right, 1),
            };
        }
        let parts = carve::shared(area, &[checks, answers, found, contradictions, dependencies]);
        let at = |index: usize| parts.get(index).copied().unwrap_or_default();
        Self { checks: at(0), answers: at(1), targets: at(2), contradictions: at(3), dependencies: at(4) }
    }
}
