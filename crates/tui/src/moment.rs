//! Moments of the past as people type them at 03:00: `now`, `-12m`, `02:48`.

use jiff::civil::Time;
use jiff::tz::Offset;
use jiff::{SignedDuration, Zoned};
use lifeboat_model::time::{Duration, Timestamp, before};

/// What may be typed, for whoever is asked.
pub(crate) const FORMS: &str = "now, -12m, -1h30m, or 02:48";

/// The moment that is meant, by the clock that times are shown by; never one that is yet to come.
pub(crate) fn past(typed: &str, now: Timestamp, zone: Offset) -> Result<Timestamp, String> {
    let typed = typed.trim();
    let wrong = || format!("`{typed}` is no time: write {FORMS}");
    if typed.eq_ignore_ascii_case("now") {
        return Ok(now);
    }
    if let Some(length) = typed.strip_prefix('-') {
        let ago = length.trim().parse::<SignedDuration>().ok().and_then(|ago| Duration::try_from(ago).ok());
        // A number alone could be of seconds or of minutes.
        return ago.filter(|_| length.contains(char::is_alphabetic)).map(|ago| before(now, ago)).ok_or_else(wrong);
    }
    let at = match typed.parse::<Timestamp>() {
        Ok(at) => at,
        Err(_) => time_of_day(typed, now, zone).ok_or_else(wrong)?,
    };
    if at > now { Err(format!("`{typed}` is yet to come")) } else { Ok(at) }
}

/// The last time it was that late.
fn time_of_day(typed: &str, now: Timestamp, zone: Offset) -> Option<Timestamp> {
    let (hour, minute) = typed.split_once(':')?;
    let time = Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()?;
    let here: Zoned = now.to_zoned(zone.to_time_zone());
    let on = |day: &Zoned| zone.to_timestamp(day.date().to_datetime(time)).ok();
    let today = on(&here)?;
    if today > now { on(&here.yesterday().ok()?) } else { Some(today) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(typed: &str, hours_east: i8) -> Result<String, String> {
        let now: Timestamp = "2026-01-05T03:00:30Z".parse().unwrap();
        past(typed, now, Offset::constant(hours_east)).map(|at| at.to_string())
    }

    #[test]
    fn what_people_type_is_the_moment_that_they_mean() {
        for (typed, hours_east, at) in [
            ("now", 0, "2026-01-05T03:00:30Z"),
            (" NOW ", 0, "2026-01-05T03:00:30Z"),
            ("-12m", 0, "2026-01-05T02:48:30Z"),
            ("-1h30m", 0, "2026-01-05T01:30:30Z"),
            ("- 90s", 0, "2026-01-05T02:59:00Z"),
            ("02:48", 0, "2026-01-05T02:48:00Z"),
            ("03:00", 0, "2026-01-05T03:00:00Z"),
            ("23:50", 0, "2026-01-04T23:50:00Z"),
            ("04:48", 2, "2026-01-05T02:48:00Z"),
            ("21:50", -5, "2026-01-05T02:50:00Z"),
            ("2026-01-05T02:00:00+01:00", 0, "2026-01-05T01:00:00Z"),
        ] {
            assert_eq!(told(typed, hours_east).as_deref(), Ok(at), "{typed}");
        }
    }

    #[test]
    fn what_is_no_moment_of_the_past_is_refused_with_the_forms_that_are() {
        for typed in ["", "-", "-12", "12m", "noon", "25:00", "10:61", "2:4:8", "--5m", "-5x", "\u{7f}"] {
            let why = told(typed, 0).unwrap_err();
            assert!(why.contains(FORMS), "{typed}: {why}");
        }
        assert_eq!(told("2026-01-05T04:00:00Z", 0), Err("`2026-01-05T04:00:00Z` is yet to come".to_owned()));
    }
}
