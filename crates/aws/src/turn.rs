//! Taking turns where AWS counts the requests of a whole account: Route 53 answers five a second, and whoever mends an
//! outage needs them too. What is asked here waits for its turn rather than being refused.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Duration, Instant};

/// One request in the long run.
const EVERY: Duration = Duration::from_millis(500);
/// How many may follow one another without a pause after a rest.
const BURST: u32 = 4;
const AT_ONCE: usize = 2;

/// Shared by all that ask.
#[derive(Clone, Debug)]
pub(crate) struct Turns(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    in_flight: Semaphore,
    /// When all that was let through will have been paid for.
    paid_at: Mutex<Instant>,
}

/// To be kept for as long as the request is under way.
#[derive(Debug)]
#[must_use = "the turn ends when it is dropped"]
pub(crate) struct Turn<'a> {
    /// `None` for whoever does not stand in line; otherwise only if the semaphore had been closed, which nobody does.
    _permit: Option<SemaphorePermit<'a>>,
}

impl Default for Turns {
    fn default() -> Self {
        Self(Arc::new(Inner { in_flight: Semaphore::new(AT_ONCE), paid_at: Mutex::new(Instant::now()) }))
    }
}

impl Turns {
    /// In the order of asking.
    pub(crate) async fn take(&self) -> Turn<'_> {
        let permit = self.0.in_flight.acquire().await.ok();
        tokio::time::sleep_until(self.next()).await;
        Turn { _permit: permit }
    }

    /// Past all who wait for those under way: a change may not stand behind questions that nobody answers.
    pub(crate) async fn take_ahead(&self) -> Turn<'_> {
        tokio::time::sleep_until(self.next()).await;
        Turn { _permit: None }
    }

    /// A leaky bucket: each request fills it by one, each half second empties it by one.
    fn next(&self) -> Instant {
        let now = Instant::now();
        let mut paid_at = self.0.paid_at.lock().unwrap_or_else(PoisonError::into_inner);
        let begins = (*paid_at).max(now);
        *paid_at = begins + EVERY;
        begins.checked_sub(EVERY * (BURST - 1)).unwrap_or(now).max(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When each of so many requests went out, where each takes so long.
    async fn sent(count: usize, takes: Duration) -> Vec<Duration> {
        let turns = Turns::default();
        let begun = Instant::now();
        let requests = (0..count).map(async |_| {
            let _turn = turns.take().await;
            let at = begun.elapsed();
            #[expect(
                clippy::disallowed_methods,
                reason = "a request that takes its time, in the runtime's virtual time"
            )]
            tokio::time::sleep(takes).await;
            at
        });
        futures::future::join_all(requests).await
    }

    #[tokio::test(start_paused = true)]
    async fn no_second_sees_more_than_the_burst_and_no_minute_more_than_two_a_second() {
        let sent = sent(40, Duration::ZERO).await;
        for (index, at) in sent.iter().enumerate() {
            let within = |length| sent.iter().filter(|other| **other >= *at && **other < *at + length).count();
            assert!(within(Duration::from_secs(1)) <= 5, "{index}: {sent:?}");
            assert!(within(Duration::from_secs(10)) <= 24, "{index}: {sent:?}");
        }
        assert_eq!(sent.iter().filter(|at| at.is_zero()).count(), 4, "a few are answered at once");
        assert_eq!(sent.last(), Some(&Duration::from_secs(18)));
    }

    #[tokio::test(start_paused = true)]
    async fn two_are_under_way_at_a_time() {
        let takes = Duration::from_secs(3);
        let sent = sent(6, takes).await;
        for at in &sent {
            assert!(sent.iter().filter(|other| **other <= *at && **other + takes > *at).count() <= 2, "{sent:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_does_not_wait_for_questions_that_nobody_answers() {
        let turns = Turns::default();
        let begun = Instant::now();
        let hanging = [turns.take().await, turns.take().await];
        let mut waiting = Box::pin(turns.take());
        assert!(futures::poll!(waiting.as_mut()).is_pending(), "a third question waits");
        let change = turns.take_ahead().await;
        assert_eq!(begun.elapsed(), Duration::ZERO);
        // It counts all the same: Route 53 does.
        drop(change);
        for _ in 0..4 {
            drop(turns.take_ahead().await);
        }
        assert!(begun.elapsed() >= EVERY, "{:?}", begun.elapsed());
        drop(hanging);
    }
}
