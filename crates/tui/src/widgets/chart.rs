//! A series over three hours, with its units, its times, its gaps and the objective.

use lifeboat_model::metric::{Point, Unit};
use lifeboat_model::snapshot::SERIES_KEPT;
use lifeboat_model::time::{Duration, before};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::sparkline::{bucketed, eighths};
use super::{carve, pane};
use crate::format;
use crate::look::Look;
use crate::theme::Role;

const AXIS: u16 = 10;

pub(crate) struct Chart<'a> {
    pub(crate) points: &'a [Point],
    pub(crate) unit: Unit,
    /// In the series' unit.
    pub(crate) objective: Option<f64>,
}

/// A value of a series in words.
pub(crate) fn quantity(unit: Unit, value: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "negative becomes zero, too large the largest"
    )]
    let whole = value.ceil() as u64;
    match unit {
        _ if !value.is_finite() => format::NO_DATA.to_owned(),
        Unit::Milliseconds => length(value / 1000.0),
        Unit::Seconds => length(value),
        Unit::Bytes => format::bytes(whole),
        Unit::Count | Unit::Status => format::count(whole),
        Unit::Percent => format::percent(value),
    }
}

fn length(seconds: f64) -> String {
    Duration::try_from_secs_f64(seconds.max(0.0)).map_or_else(|_| format::NO_DATA.to_owned(), format::duration)
}

/// A span of time in a series' unit, where that is a unit of time.
pub(crate) fn in_unit(unit: Unit, length: Duration) -> Option<f64> {
    match unit {
        Unit::Milliseconds => Some(length.as_secs_f64() * 1000.0),
        Unit::Seconds => Some(length.as_secs_f64()),
        Unit::Bytes | Unit::Count | Unit::Percent | Unit::Status => None,
    }
}

/// An objective as its owner wrote it.
fn objective_words(unit: Unit, value: f64) -> String {
    let seconds = match unit {
        Unit::Milliseconds => value / 1000.0,
        Unit::Seconds => value,
        Unit::Bytes | Unit::Count | Unit::Percent | Unit::Status => return quantity(unit, value),
    };
    Duration::try_from_secs_f64(seconds).map_or_else(|_| quantity(unit, value), format::target)
}

impl Chart<'_> {
    /// Draws the curve; the last row holds the times.
    pub(crate) fn draw(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
        let (plot, times) = carve::rows(area, area.height.saturating_sub(1));
        let (axis, field) = carve::columns(plot, AXIS);
        if field.is_empty() {
            return;
        }
        let buckets = bucketed(self.points, look.now, usize::from(field.width));
        let most = buckets.iter().flatten().fold(0.0_f64, |most, value| most.max(*value));
        if buckets.iter().all(Option::is_none) {
            let text = format!("{} in the last three hours", format::NO_DATA);
            pane::lines([Line::from(look.span(Role::Unknown, text))], field, buffer);
            return;
        }
        // The objective is drawn where it can be seen beside the curve; else it is only named.
        let near = self.objective.filter(|objective| *objective <= most * 4.0);
        let full = near.map_or(most, |objective| most.max(objective * 1.1)).max(f64::MIN_POSITIVE);
        self.curve(look, &buckets, full, near, field, buffer);
        self.scale(look, full, near, axis, buffer);
        Self::times(look, buckets.len(), times, buffer);
    }

    fn curve(
        &self,
        look: &Look<'_>,
        buckets: &[Option<f64>],
        full: f64,
        near: Option<f64>,
        field: Rect,
        buffer: &mut Buffer,
    ) {
        let height = usize::from(field.height);
        let objective_row = near.map(|objective| row_of(objective, full, height));
        for (column, bucket) in (0u16..).zip(buckets) {
            let x = field.x.saturating_add(column);
            if x >= field.right() {
                break;
            }
            let filled = bucket.map_or(0, |value| eighths(value, full, height));
            for (row, y) in (field.top()..field.bottom()).rev().enumerate() {
                let (role, sign) = match (bucket, filled.saturating_sub(row * 8)) {
                    (None, _) if row == 0 => (Role::Muted, look.symbols.gap),
                    (Some(_), 0) if row == 0 => (Role::Chart, look.symbols.bars.first().copied().unwrap_or(" ")),
                    (_, 0) | (None, _) if objective_row == Some(row) => (Role::Threshold, look.symbols.threshold),
                    (_, 0) | (None, _) => continue,
                    (Some(value), level) => {
                        let over = self.objective.is_some_and(|objective| *value > objective);
                        let sign = look.symbols.bars.get(level.min(8) - 1).copied().unwrap_or(" ");
                        (if over { Role::Danger } else { Role::Chart }, sign)
                    }
                };
                buffer.set_span(x, y, &look.span(role, sign), 1);
            }
        }
    }

    fn scale(&self, look: &Look<'_>, full: f64, near: Option<f64>, axis: Rect, buffer: &mut Buffer) {
        let height = usize::from(axis.height);
        let mut label = |row: usize, role: Role, text: String| {
            let text = format::truncate(&text, usize::from(AXIS), look.symbols.cut);
            let y = axis.bottom().saturating_sub(u16::try_from(row + 1).unwrap_or(1));
            let x = axis.x + AXIS.saturating_sub(u16::try_from(format::width(&text)).unwrap_or(AXIS));
            buffer.set_span(x, y, &look.span(role, text), AXIS);
        };
        if height > 1 {
            label(0, Role::Muted, "0".to_owned());
        }
        label(height - 1, Role::Muted, quantity(self.unit, full));
        if height >= 7 && near.is_none() {
            label(
                (height - 1) / 2,
                Role::Muted,
                quantity(self.unit, full * ((height - 1) / 2 + 1) as f64 / height as f64),
            );
        }
        if let Some(objective) = near {
            label(
                row_of(objective, full, height),
                Role::Threshold,
                format!("RPO {}", objective_words(self.unit, objective)),
            );
        }
    }

    fn times(look: &Look<'_>, columns: usize, times: Rect, buffer: &mut Buffer) {
        let (_, field) = carve::columns(times, AXIS);
        let columns = u16::try_from(columns).unwrap_or(u16::MAX).min(field.width);
        let hours = SERIES_KEPT.as_secs() / 3600;
        for hour in 0..hours {
            let back = Duration::from_secs(3600 * (hours - hour));
            let x = field.x + columns * u16::try_from(hour).unwrap_or(0) / u16::try_from(hours).unwrap_or(1).max(1);
            let text = look.hour_and_minute(before(look.now, back));
            buffer.set_span(x, field.y, &look.span(Role::Muted, text), field.right().saturating_sub(x));
        }
        let now = "now";
        let x = field.x + columns.saturating_sub(3);
        buffer.set_span(x, field.y, &look.span(Role::Muted, now), field.right().saturating_sub(x));
    }
}

/// Which row, from the bottom, a value lies in.
fn row_of(value: f64, full: f64, height: usize) -> usize {
    (eighths(value, full, height).saturating_sub(1) / 8).min(height.saturating_sub(1))
}
