//! A series in one row, and the cutting of a series into columns that charts share. Each column shows the worst of its
//! time; a time without data is a gap, never zero.

use lifeboat_model::metric::Point;
use lifeboat_model::snapshot::SERIES_KEPT;
use lifeboat_model::time::Timestamp;

use crate::look::Look;
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

/// How many eighths of full height a value takes; at least one when there is anything.
pub(crate) fn eighths(value: f64, full: f64, rows: usize) -> usize {
    let steps = rows * 8;
    if full <= 0.0 || value <= 0.0 {
        return 0;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the number of steps")]
    let height = ((value / full).min(1.0) * steps as f64).ceil() as usize;
    height.clamp(1, steps)
}

/// One row. Above `objective` a column is an exclamation mark.
pub(crate) fn sparkline(
    look: &Look<'_>,
    points: &[Point],
    columns: usize,
    objective: Option<f64>,
) -> Vec<(Role, String)> {
    let buckets = bucketed(points, look.now, columns);
    let full = buckets.iter().flatten().fold(0.0_f64, |most, value| most.max(*value));
    let mut pieces: Vec<(Role, String)> = Vec::new();
    for bucket in buckets {
        let (role, sign) = match bucket {
            None => (Role::Muted, look.symbols.gap),
            Some(value) if objective.is_some_and(|objective| value > objective) => (Role::Danger, look.symbols.over),
            Some(value) => {
                let level = eighths(value, full, 1).saturating_sub(1);
                (Role::Chart, look.symbols.bars.get(level).copied().unwrap_or(look.symbols.gap))
            }
        };
        match pieces.last_mut() {
            Some((last, text)) if *last == role => text.push_str(sign),
            _ => pieces.push((role, sign.to_owned())),
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
            let height = eighths(value, full, rows);
            prop_assert!((1..=rows * 8).contains(&height));
        }
    }
}
