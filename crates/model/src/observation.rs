//! A fact and the time it was read. No number is shown without its age.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::cloud_error::CloudError;
use crate::time::{Timestamp, age};

/// Answers overtake one another by less than this. What is stamped further back than that was stamped by a clock that
/// has been set back meanwhile, and is the newest there is.
const OVERTAKEN_BY: Duration = Duration::from_secs(30);

/// How far a stamp may lie ahead of a screen that tells the time in ticks, and still be believed.
const AHEAD_BY: Duration = Duration::from_secs(5);

/// A value and when it was read (the moment the answer arrived, by Lifeboat's own clock, UTC).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observed<T> {
    pub value: T,
    pub at: Timestamp,
}

impl<T> Observed<T> {
    pub fn new(value: T, at: Timestamp) -> Self {
        Self { value, at }
    }

    pub fn age(&self, now: Timestamp) -> Duration {
        age(now, self.at)
    }

    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Observed<U> {
        Observed { value: f(self.value), at: self.at }
    }

    pub fn as_ref(&self) -> Observed<&T> {
        Observed { value: &self.value, at: self.at }
    }
}

/// A failure to read, and for how long it has been failing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    pub error: CloudError,
    /// When the newest attempt failed.
    pub at: Timestamp,
    /// When the first attempt of this unbroken row of failures failed.
    pub since: Timestamp,
    /// How many attempts have failed in a row.
    pub attempts: u32,
}

/// All that is known of one thing that is read again and again: the last good value, and whether
/// reading it fails now. The value outlives the failure: it grows old in view.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading<T> {
    pub last: Option<Observed<T>>,
    /// `None` once the newest attempt succeeded.
    pub failure: Option<Failure>,
}

impl<T> Default for Reading<T> {
    fn default() -> Self {
        Self { last: None, failure: None }
    }
}

/// How far a reading can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Freshness {
    /// Nothing has been read yet, and nothing has failed.
    Pending,
    Fresh,
    /// There is a value, but it is older than twice and a half what its cadence promises, or reading it fails now.
    Stale,
    /// Reading failed and there never was a value.
    Unavailable,
}

fn is_overtaken(at: Timestamp, held: Timestamp) -> bool {
    held > at && age(held, at) <= OVERTAKEN_BY
}

impl<T> Reading<T> {
    /// Whether what arrived at `at` was overtaken by the answer that is held.
    pub(crate) fn is_overtaken(&self, at: Timestamp) -> bool {
        self.last.as_ref().is_some_and(|held| is_overtaken(at, held.at))
    }

    /// An answer that was overtaken by what is held changes nothing.
    pub fn succeed(&mut self, value: T, at: Timestamp) {
        if self.is_overtaken(at) {
            return;
        }
        self.last = Some(Observed::new(value, at));
        match &mut self.failure {
            Some(later) if is_overtaken(at, later.at) => later.since = later.since.max(at),
            Some(_) | None => self.failure = None,
        }
    }

    pub fn fail(&mut self, error: CloudError, at: Timestamp) {
        if self.is_overtaken(at) {
            return;
        }
        self.failure = Some(match self.failure.take() {
            None => Failure { error, at, since: at, attempts: 1 },
            Some(held) => {
                let (error, newest) = if is_overtaken(at, held.at) { (held.error, held.at) } else { (error, at) };
                Failure { error, at: newest, since: held.since.min(at), attempts: held.attempts.saturating_add(1) }
            }
        });
    }

    pub fn value(&self) -> Option<&T> {
        self.last.as_ref().map(|observed| &observed.value)
    }

    pub fn age(&self, now: Timestamp) -> Option<Duration> {
        self.last.as_ref().map(|observed| observed.age(now))
    }

    pub fn freshness(&self, now: Timestamp, cadence: Duration) -> Freshness {
        match (&self.last, &self.failure) {
            (None, None) => Freshness::Pending,
            (None, Some(_)) => Freshness::Unavailable,
            (Some(_), Some(_)) => Freshness::Stale,
            (Some(observed), None) if observed.age(now) > cadence.saturating_mul(5) / 2 => Freshness::Stale,
            // One of the two times is wrong, so how old the value is cannot be told.
            (Some(observed), None) if age(observed.at, now) > AHEAD_BY => Freshness::Stale,
            (Some(_), None) => Freshness::Fresh,
        }
    }

    /// The value, only when it may be acted upon.
    pub fn fresh_value(&self, now: Timestamp, cadence: Duration) -> Option<&T> {
        match self.freshness(now, cadence) {
            Freshness::Fresh => self.value(),
            Freshness::Pending | Freshness::Stale | Freshness::Unavailable => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud_error::CloudErrorKind;
    use crate::read::Service;

    const CADENCE: Duration = Duration::from_mins(1);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn silence() -> CloudError {
        CloudError {
            kind: CloudErrorKind::Timeout,
            service: Service::Aurora,
            region: "us-east-1".into(),
            operation: "DescribeGlobalClusters".to_owned(),
            message: String::new(),
            request_id: None,
            fix: None,
        }
    }

    #[test]
    fn an_answer_that_was_overtaken_changes_nothing() {
        let mut reading = Reading::default();
        reading.succeed("new", at(1000));
        reading.succeed("overtaken", at(971));
        reading.fail(silence(), at(999));
        assert_eq!((reading.value(), &reading.failure), (Some(&"new"), &None));
    }

    #[test]
    fn answers_are_taken_after_the_clock_was_set_back() {
        let mut reading = Reading::default();
        reading.succeed("before", at(10_000));
        reading.fail(silence(), at(10_010));
        reading.succeed("after", at(6_400));
        assert_eq!((reading.value(), &reading.failure), (Some(&"after"), &None));
        assert_eq!(reading.freshness(at(6_410), CADENCE), Freshness::Fresh);
    }

    #[test]
    fn failures_are_taken_after_the_clock_was_set_back() {
        let mut reading = Reading::default();
        reading.succeed("before", at(10_000));
        reading.fail(silence(), at(6_400));
        reading.fail(silence(), at(6_410));
        let failure = reading.failure.as_ref().unwrap();
        assert_eq!((failure.since, failure.at, failure.attempts), (at(6_400), at(6_410), 2));
        assert_eq!(reading.freshness(at(6_411), CADENCE), Freshness::Stale);
    }

    #[test]
    fn what_was_read_in_the_future_is_not_fresh() {
        let mut reading = Reading::default();
        reading.succeed("later", at(1000));
        assert_eq!(reading.freshness(at(996), CADENCE), Freshness::Fresh, "a tick behind");
        assert_eq!(reading.freshness(at(990), CADENCE), Freshness::Stale);
        assert_eq!(reading.fresh_value(at(990), CADENCE), None);
    }
}
