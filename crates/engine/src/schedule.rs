//! When runs are due and when they may not be: cron expressions of five fields in IANA time zones. It reads no clock:
//! the time is an argument.
//!
//! Where clocks change, an expression with a fixed hour happens once a day: a time that a spring night leaves out is
//! made up for at the first moment after the gap, and one that an autumn night has twice counts the first time only.
//! An expression with `*` or a step in its minutes or hours follows the clock on the wall: it skips what is left out and
//! happens twice in what is repeated.

use croner::Cron;
use croner::errors::CronError;
use croner::parser::{CronParser, Seconds, Year};
use jiff::Zoned;
use jiff::tz::TimeZone;
use lifeboat_model::policy::{FreezeWindow, Schedule};
use lifeboat_model::time::{Duration, Timestamp, after as later, before};

/// What nobody has run is overdue since the newest occurrence of this long: a little more than a yearly one.
const LOOKS_BACK: Duration = Duration::from_hours(24 * 400);

/// A time table that cannot be read, or that has no occurrence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    #[error("`{cron}` is no cron expression of five fields, minute to day of the week: {why}")]
    Cron { cron: String, why: String },
    #[error("`{time_zone}` is no time zone of the IANA database, such as `Europe/Amsterdam`")]
    TimeZone { time_zone: String },
    #[error("`{cron}` never happens")]
    Never { cron: String },
}

/// When a run is due, and since when it is missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    pub next: Timestamp,
    /// The newest occurrence that has passed and was followed by no run.
    pub overdue_since: Option<Timestamp>,
}

/// An expression with its zone, both understood.
struct TimeTable<'a> {
    text: &'a str,
    cron: Cron,
    zone: TimeZone,
}

/// Whether a cron expression and a zone can be used, for whoever reads them from a file.
pub fn check(cron: &str, time_zone: &str) -> Result<(), ScheduleError> {
    let table = TimeTable::read(cron, time_zone)?;
    table.next(Timestamp::UNIX_EPOCH).map(|_| ())
}

/// Whether a time zone is one of the IANA database.
pub fn zone(time_zone: &str) -> Result<TimeZone, ScheduleError> {
    TimeZone::get(time_zone).map_err(|_| ScheduleError::TimeZone { time_zone: time_zone.to_owned() })
}

/// The first occurrence after `after`.
pub fn next(schedule: &Schedule, after: Timestamp) -> Result<Timestamp, ScheduleError> {
    TimeTable::read(&schedule.cron, &schedule.time_zone)?.next(after)
}

/// When the next run is due, and whether the newest due one was missed: no run began at it or since.
pub fn due(schedule: &Schedule, last_run: Option<Timestamp>, now: Timestamp) -> Result<Due, ScheduleError> {
    let table = TimeTable::read(&schedule.cron, &schedule.time_zone)?;
    let passed = table.newest(now)?.filter(|at| *at >= before(now, LOOKS_BACK));
    let overdue_since = passed.filter(|at| last_run.is_none_or(|run| run < *at));
    Ok(Due { next: table.next(now)?, overdue_since })
}

/// The freeze window that is open and when it ends; of several the one that ends last.
pub fn open_window(
    windows: &[FreezeWindow],
    now: Timestamp,
) -> Result<Option<(&FreezeWindow, Timestamp)>, ScheduleError> {
    let mut open: Option<(&FreezeWindow, Timestamp)> = None;
    for window in windows {
        let table = TimeTable::read(&window.cron, &window.time_zone)?;
        // Of occurrences of one window the newest ends last.
        let ends = table.newest(now)?.map(|began| later(began, window.lasts)).filter(|ends| *ends > now);
        if let Some(ends) = ends.filter(|ends| open.is_none_or(|(_, other)| *ends > other)) {
            open = Some((window, ends));
        }
    }
    Ok(open)
}

impl<'a> TimeTable<'a> {
    fn read(text: &'a str, time_zone: &str) -> Result<Self, ScheduleError> {
        let refused = |why: String| ScheduleError::Cron { cron: text.to_owned(), why };
        let fields = text.split_whitespace().count();
        if fields != 5 {
            return Err(refused(format!("it has {fields} {}", if fields == 1 { "field" } else { "fields" })));
        }
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let cron = parser.parse(text).map_err(|error| refused(error.to_string()))?;
        Ok(Self { text, cron, zone: zone(time_zone)? })
    }

    fn next(&self, after: Timestamp) -> Result<Timestamp, ScheduleError> {
        let start = after.to_zoned(self.zone.clone());
        let found = self.cron.find_next_occurrence(&start, false);
        found.map(|at| at.timestamp()).map_err(|error| self.cannot(&error))
    }

    /// The newest occurrence at or before `now`.
    fn newest(&self, now: Timestamp) -> Result<Option<Timestamp>, ScheduleError> {
        let start: Zoned = now.to_zoned(self.zone.clone());
        match self.cron.find_previous_occurrence(&start, true) {
            Ok(at) => Ok(Some(at.timestamp())),
            Err(CronError::TimeSearchLimitExceeded) => Ok(None),
            Err(error) => Err(self.cannot(&error)),
        }
    }

    fn cannot(&self, error: &CronError) -> ScheduleError {
        match error {
            CronError::TimeSearchLimitExceeded => ScheduleError::Never { cron: self.text.to_owned() },
            other => ScheduleError::Cron { cron: self.text.to_owned(), why: other.to_string() },
        }
    }
}

#[cfg(test)]
mod tests;
