//! Moments as people type them: RFC 3339, or a time of day in this machine's zone.

use jiff::Zoned;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use lifeboat_model::time::Timestamp;

use crate::exit::Failure;

/// Which of the days a time of day is meant on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// The next time it is that late.
    Coming,
    /// The last time it was that late.
    Past,
}

/// `2026-01-05T09:30:00Z`, or `09:30`.
pub(crate) fn moment(
    option: &str,
    text: &str,
    now: Timestamp,
    side: Side,
    zone: &TimeZone,
) -> Result<Timestamp, Failure> {
    let wrong = || {
        Failure::usage(format!("`{option} {text}` is not a time"))
            .hint("write RFC 3339 (`2026-01-05T09:30:00Z`), or `09:30` in this machine's time zone")
    };
    let at = match text.parse::<Timestamp>() {
        Ok(at) => at,
        Err(_) => time_of_day(text, now, side, zone).ok_or_else(wrong)?,
    };
    match side {
        Side::Coming if at < now => Err(Failure::usage(format!("`{option} {text}` is past: it is {now:.0}"))),
        Side::Past if at > now => Err(Failure::usage(format!("`{option} {text}` is yet to come: it is {now:.0}"))),
        Side::Coming | Side::Past => Ok(at),
    }
}

fn time_of_day(text: &str, now: Timestamp, side: Side, zone: &TimeZone) -> Option<Timestamp> {
    let (hour, minute) = text.split_once(':')?;
    let time = Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()?;
    let here = now.to_zoned(zone.clone());
    let on = |day: Zoned| day.date().to_datetime(time).to_zoned(zone.clone()).ok().map(|at| at.timestamp());
    let today = on(here.clone())?;
    match side {
        Side::Coming if today <= now => on(here.tomorrow().ok()?),
        Side::Past if today > now => on(here.yesterday().ok()?),
        Side::Coming | Side::Past => Some(today),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str, side: Side) -> Option<String> {
        let now: Timestamp = "2026-01-05T09:00:00Z".parse().unwrap();
        let zone = TimeZone::get("Europe/Amsterdam").unwrap();
        moment("--at", text, now, side, &zone).ok().map(|at| at.to_string())
    }

    #[test]
    fn a_time_of_day_is_the_next_or_the_last_of_this_machine() {
        assert_eq!(told("10:30", Side::Coming).as_deref(), Some("2026-01-05T09:30:00Z"));
        assert_eq!(told("09:30", Side::Coming).as_deref(), Some("2026-01-06T08:30:00Z"));
        assert_eq!(told("09:30", Side::Past).as_deref(), Some("2026-01-05T08:30:00Z"));
        assert_eq!(told("10:30", Side::Past).as_deref(), Some("2026-01-04T09:30:00Z"));
    }

    #[test]
    fn what_is_no_time_or_on_the_wrong_side_is_refused() {
        for wrong in ["noon", "25:00", "10:61", "2026-01-05", "2026-01-05T08:59:59Z"] {
            assert_eq!(told(wrong, Side::Coming), None, "{wrong}");
        }
        assert_eq!(told("2026-01-05T09:30:00+01:00", Side::Past).as_deref(), Some("2026-01-05T08:30:00Z"));
    }
}
