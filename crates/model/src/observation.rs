//! A fact and the time it was read. No number is shown without its age.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::cloud_error::CloudError;
use crate::time::{Timestamp, age};

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

impl<T> Reading<T> {
    /// An answer that is older than what is held changes nothing: answers may overtake one another.
    pub fn succeed(&mut self, value: T, at: Timestamp) {
        if self.last.as_ref().is_some_and(|held| held.at > at) {
            return;
        }
        self.last = Some(Observed::new(value, at));
        match &mut self.failure {
            Some(later) if later.at > at => later.since = later.since.max(at),
            Some(_) | None => self.failure = None,
        }
    }

    pub fn fail(&mut self, error: CloudError, at: Timestamp) {
        if self.last.as_ref().is_some_and(|held| held.at > at) {
            return;
        }
        self.failure = Some(match self.failure.take() {
            None => Failure { error, at, since: at, attempts: 1 },
            Some(held) => {
                let (error, newest) = if held.at > at { (held.error, held.at) } else { (error, at) };
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
