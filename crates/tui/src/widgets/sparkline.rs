//! A series in one row, and the cutting of a series into columns that charts share. Each column shows the worst of its
//! time; a time without data is a gap, never zero.

use lifeboat_model::metric::Point;
use lifeboat_model::snapshot::SERIES_KEPT;
use lifeboat_model::time::Timestamp;

use crate::look::Look;
use crate::symbols::Curve;
use crate::theme::Role;

const PERIOD_S: i64 = 60;

/// The worst value of each column over the kept time, oldest first, in at most `columns` columns. Columns are whole
/// periods, so that a point is never lost between two of them.
pub(crate) fn bucketed(points: &[Point], now: Timestamp, columns: usize) -> Vec<Option<f64>> {
    let periods = i64::try_from(SERIES_KEPT.as_secs()).unwrap_or(i64::MAX) / PERIOD_S;
    let columns = i64::try_from(columns).unwrap_or(i64::MAX);
    if columns <= 0 {
        return Vec::new();
    }
    let periods_each = (periods + columns - 1) / columns;
    let count = periods / periods_each.max(1);
    let last_minute = now.as_second().div_euclid(PERIOD_S);
    let mut buckets: Vec<Option<f64>> = vec![None; usize::try_from(count).unwrap_or(0)];
    for point in points.iter().filter(|point| point.value.is_finite()) {
        let back = last_minute - point.at.as_second().div_euclid(PERIOD_S);
        let column = count - 1 - back.div_euclid(periods_each.max(1));
        if let Some(bucket) = usize::try_from(column).ok().and_then(|column| buckets.get_mut(column)) {
            *bucket = Some(bucket.map_or(point.value, |worst| worst.max(point.value)));
        }
    }
    buckets
}

/// How many of `steps` steps of full height a value takes; at least one when there is anything.
pub(crate) fn steps_of(value: f64, full: f64, steps: usize) -> usize {
    if full <= 0.0 || value <= 0.0 {
        return 0;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the number of steps")]
    let height = ((value / full).min(1.0) * steps as f64).ceil() as usize;
    height.clamp(1, steps)
}

/// The Braille sign with these dots, each a column (0 or 1) and a height from the bottom (0 to 3).
pub(crate) fn braille(dots: impl IntoIterator<Item = (usize, usize)>) -> String {
    const BLANK: u32 = 0x2800;
    const DOTS: [[u32; 4]; 2] = [[0x40, 0x04, 0x02, 0x01], [0x80, 0x20, 0x10, 0x08]];
    let bits = dots
        .into_iter()
        .filter_map(|(column, height)| DOTS.get(column).and_then(|column| column.get(height)))
        .fold(0, |bits, dot| bits | dot);
    char::from_u32(BLANK + bits).map_or_else(String::new, String::from)
}

/// The height of a sparkline: a quiet series runs through its middle, and an objective that is near is in view.
fn full_height(buckets: &[Option<f64>], objective: Option<f64>) -> f64 {
    let mut values: Vec<f64> = buckets.iter().flatten().copied().collect();
    values.sort_by(f64::total_cmp);
    let most = values.last().copied().unwrap_or(0.0);
    let median = values.get(values.len() / 2).copied().unwrap_or(0.0);
    let near = objective.filter(|objective| *objective <= most * 4.0).unwrap_or(0.0);
    most.max(median * 2.0).max(near)
}

/// One row. Above `objective` a column is an exclamation mark.
pub(crate) fn sparkline(
    look: &Look<'_>,
    points: &[Point],
    columns: usize,
    objective: Option<f64>,
) -> Vec<(Role, String)> {
    let curve = look.symbols.curve;
    let buckets = bucketed(points, look.now, columns * curve.across());
    let full = full_height(&buckets, objective);
    let mut pieces: Vec<(Role, String)> = Vec::new();
    for cell in buckets.chunks(curve.across()) {
        let is_over = cell.iter().flatten().any(|value| objective.is_some_and(|objective| *value > objective));
        let levels = cell.iter().map(|value| value.map(|value| steps_of(value, full, 4).saturating_sub(1)));
        let (role, sign) = if is_over {
            (Role::Danger, look.symbols.over.to_owned())
        } else if cell.iter().all(Option::is_none) {
            (Role::Muted, look.symbols.gap.to_owned())
        } else {
            let sign = match curve {
                Curve::Braille => {
                    braille(levels.enumerate().filter_map(|(column, level)| level.map(|level| (column, level))))
                }
                Curve::Letters { levels: signs, .. } => {
                    levels.flatten().filter_map(|level| signs.get(level).copied()).collect()
                }
            };
            (Role::Chart, sign)
        };
        match pieces.last_mut() {
            Some((last, text)) if *last == role => text.push_str(&sign),
            _ => pieces.push((role, sign)),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn now() -> Timestamp {
        "2026-03-01T12:00:30Z".parse().unwrap()
    }

    fn point(minutes_ago: i64, value: f64) -> Point {
        Point { at: Timestamp::from_second(now().as_second() - 30 - 60 * minutes_ago).unwrap(), value }
    }

    #[test]
    fn what_was_not_measured_is_a_gap_and_not_zero() {
        let buckets = bucketed(&[point(0, 5.0), point(179, 7.0)], now(), 180);
        assert_eq!(buckets.len(), 180);
        assert_eq!((buckets[0], buckets[1], buckets[179]), (Some(7.0), None, Some(5.0)));
    }

    #[test]
    fn a_column_shows_the_worst_of_its_time() {
        let points: Vec<Point> = (0..180).map(|minute| point(minute, if minute == 3 { 90.0 } else { 1.0 })).collect();
        let buckets = bucketed(&points, now(), 12);
        assert_eq!(buckets.len(), 12);
        assert_eq!(buckets[11], Some(90.0));
        assert!(buckets[..11].iter().all(|value| *value == Some(1.0)));
    }

    proptest! {
        #[test]
        fn a_full_series_has_no_gaps_at_any_width(columns in 1usize..250, shift in 0i64..60) {
            let now = Timestamp::from_second(now().as_second() + shift).unwrap();
            let points: Vec<Point> = (0..=181)
                .map(|minute| Point { at: Timestamp::from_second((now.as_second().div_euclid(60) - minute) * 60).unwrap(), value: 1.0 })
                .collect();
            let buckets = bucketed(&points, now, columns);
            prop_assert!(buckets.len() <= columns);
            prop_assert!(buckets.iter().all(Option::is_some));
        }

        #[test]
        fn what_exists_is_seen(value in 1e-9_f64..1e12, full in 1e-9_f64..1e12, rows in 1usize..20) {
            let height = steps_of(value, full, rows * 4);
            prop_assert!((1..=rows * 4).contains(&height));
        }
    }
}
