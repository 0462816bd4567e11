//! The only door to time. Instants are UTC ([`Timestamp`]); lengths are [`Duration`]s and never negative.

use std::pin::Pin;

pub use jiff::Timestamp;
pub use std::time::Duration;

/// A future that is ready once the clock has moved on far enough.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Where the time comes from: the machine's clock for AWS, virtual time for the simulator.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;

    /// Ready when `now()` has advanced by `length`.
    fn sleep(&self, length: Duration) -> Sleep;
}

/// How long before `now` the instant `then` lies; zero when it lies after it (clocks differ).
pub fn age(now: Timestamp, then: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(then)).unwrap_or_default()
}

/// `instant + length`, held at the ends of time rather than failing.
pub fn after(instant: Timestamp, length: Duration) -> Timestamp {
    instant.checked_add(length).unwrap_or(Timestamp::MAX)
}

/// `instant - length`, held at the ends of time rather than failing.
pub fn before(instant: Timestamp, length: Duration) -> Timestamp {
    instant.checked_sub(length).unwrap_or(Timestamp::MIN)
}
