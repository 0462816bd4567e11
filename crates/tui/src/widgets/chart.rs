//! A series over three hours, with its units, its times, its gaps and the objective.

use lifeboat_model::metric::{Point, Unit};
use lifeboat_model::snapshot::SERIES_KEPT;
use lifeboat_model::time::{Duration, before};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::sparkline::{braille, bucketed, steps_of};
use super::{carve, pane};
use crate::format;
use crate::look::Look;
use crate::symbols::Curve;
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
    unit.length(value).map_or_else(|| quantity(unit, value), format::target)
}

impl Chart<'_> {
    /// Draws the curve; the last row holds the times.
    pub(crate) fn draw(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
        let (plot, times) = carve::rows(area, area.height.saturating_sub(1));
        let (axis, field) = carve::columns(plot, AXIS);
        if field.is_empty() {
            return;
        }
        let buckets = bucketed(self.points, look.now, usize::from(field.width) * look.symbols.curve.across());
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
        Self::times(look, buckets.len().div_ceil(look.symbols.curve.across()), times, buffer);
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
        let (curve, height) = (look.symbols.curve, usize::from(field.height));
        let objective_row = near.map(|objective| row_of(objective, full, height));
        let line = trace(buckets, full, height * curve.up());
        let cells = buckets.chunks(curve.across()).zip(line.chunks(curve.across()));
        for (x, (values, dots)) in (field.x..field.right()).zip(cells) {
            let over = values.iter().flatten().any(|value| self.objective.is_some_and(|objective| *value > objective));
            for (row, y) in (field.top()..field.bottom()).rev().enumerate() {
                let (role, sign) = match sign_in(curve, dots, row) {
                    Some(sign) => (if over { Role::Danger } else { Role::Chart }, sign),
                    None if row == 0 && values.iter().all(Option::is_none) => {
                        (Role::Muted, look.symbols.gap.to_owned())
                    }
                    None if objective_row == Some(row) => (Role::Threshold, look.symbols.threshold.to_owned()),
                    None => continue,
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
    steps_of(value, full, height).saturating_sub(1)
}

/// From which height to which the line runs in each column, so that steep stretches hold together. Nothing is drawn over
/// a time without data.
fn trace(buckets: &[Option<f64>], full: f64, steps: usize) -> Vec<Option<(usize, usize)>> {
    let mut before: Option<usize> = None;
    buckets
        .iter()
        .map(|bucket| {
            let here = bucket.map(|value| steps_of(value, full, steps).saturating_sub(1));
            let run = here.map(|here| match before {
                Some(before) if before < here => (before + 1, here),
                Some(before) if before > here => (here, before - 1),
                Some(_) | None => (here, here),
            });
            before = here;
            run
        })
        .collect()
}

/// The sign of one cell of the line, `row` rows from the bottom; `None` where the line does not pass.
fn sign_in(curve: Curve, dots: &[Option<(usize, usize)>], row: usize) -> Option<String> {
    let is_in = |run: Option<(usize, usize)>, step: usize| run.is_some_and(|(low, high)| (low..=high).contains(&step));
    match curve {
        Curve::Braille => {
            let up = curve.up();
            let all = dots.iter().enumerate().flat_map(|(column, run)| {
                (0..up).filter(move |height| is_in(*run, row * up + height)).map(move |height| (column, height))
            });
            let all: Vec<(usize, usize)> = all.collect();
            (!all.is_empty()).then(|| braille(all))
        }
        Curve::Letters { point, stem, .. } => {
            let run = dots.first().copied().flatten()?;
            let (low, high) = run;
            is_in(Some(run), row).then(|| if low == high || row == high { point } else { stem }.to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_holds_together_and_breaks_where_nothing_was_measured() {
        let line = trace(&[Some(1.0), Some(8.0), None, Some(8.0), Some(6.0)], 8.0, 8);
        assert_eq!(line, [Some((0, 0)), Some((1, 7)), None, Some((7, 7)), Some((5, 6))]);
    }

    #[test]
    fn what_was_measured_as_nothing_is_drawn_at_the_bottom() {
        assert_eq!(trace(&[Some(0.0)], 8.0, 8), [Some((0, 0))]);
        assert_eq!(sign_in(Curve::Braille, &[Some((0, 0)), None], 0).as_deref(), Some("⡀"));
        assert_eq!(sign_in(Curve::Braille, &[None, Some((3, 3))], 0).as_deref(), Some("⠈"));
        assert_eq!(sign_in(Curve::Braille, &[None, None], 0), None);
    }
}
