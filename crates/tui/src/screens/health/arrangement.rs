//! Where the parts of the health screen lie.

use ratatui::layout::Rect;

use super::targets;
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
    pub(super) fn of(area: Rect, watched: &Watched) -> Self {
        let assessment = &watched.assessment;
        let rows = |count: usize, around: u16| u16::try_from(count).unwrap_or(u16::MAX).max(1).saturating_add(around);
        let answers = rows(super::answers(assessment).count(), 2);
        let found = rows(targets(watched).len(), 2);
        let contradictions = rows(assessment.contradictions.len(), 2);
        let (checks, rest) = carve::rows(area, rows(assessment.health_checks.len(), 2).min(area.height / 3));
        if area.width >= 160 {
            let (left, right) = carve::columns(rest, rest.width / 2);
            let (answers, targets) = carve::rows(left, answers.min(left.height / 2));
            let (contradictions, dependencies) = carve::rows(right, contradictions.min(right.height / 3));
            return Self { checks, answers, targets, contradictions, dependencies };
        }
        let (answers, rest) = carve::rows(rest, answers.min(rest.height / 3).max(3));
        let (targets, rest) = carve::rows(rest, found.min(rest.height / 3).max(3));
        let (contradictions, dependencies) = carve::rows(rest, contradictions.min(rest.height / 2).max(3));
        Self { checks, answers, targets, contradictions, dependencies }
    }
}
