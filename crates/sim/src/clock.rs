//! Virtual time: at real pace or n times it, standing still, or as fast as everybody's sleep allows. The one file of
//! the simulator that looks at the machine's clock.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use lifeboat_model::time::{Clock, Sleep, Timestamp, after};
use tokio::time::Instant;

/// How virtual time passes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// This many virtual seconds a second.
    Real(f64),
    /// To the next moment anybody waits for, as soon as everybody waits.
    Max,
    /// Only when told to.
    Stepped,
}

impl Pace {
    /// Beyond this, what a console reads is past before it is drawn.
    pub const GREATEST: f64 = 1000.0;

    /// From `1`, `10`, `0.5` or `max`.
    /// `None` for what is no number, not more than zero, or more than [`Pace::GREATEST`].
    pub fn parse(text: &str) -> Option<Self> {
        if text == "max" {
            return Some(Self::Max);
        }
        let factor: f64 = text.parse().ok()?;
        (factor > 0.0 && factor <= Self::GREATEST).then_some(Self::Real(factor))
    }
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Real(factor) => write!(f, "{factor}"),
            Self::Max => f.pad("max"),
            Self::Stepped => f.pad("stepped"),
        }
    }
}

/// How often a sleeper looks again, without anything having happened, before it believes that everybody sleeps.
const QUIET_POLLS: u32 = 64;

/// The clock of one simulated account.
#[derive(Debug)]
pub struct SimClock {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    pace: Pace,
    /// Virtual time at `anchor`, from offset zero.
    base: Duration,
    /// `None` where time does not follow the machine's.
    anchor: Option<Instant>,
    sleepers: BTreeMap<(Duration, u64), Option<Waker>>,
    next_sleeper: u64,
    /// Grows with everything that happens; what stands still while it does is asleep.
    generation: u64,
}

impl SimClock {
    /// Begins at this offset and goes on at this pace.
    pub fn new(offset: Duration, pace: Pace) -> Arc<Self> {
        let anchor = matches!(pace, Pace::Real(_)).then(Instant::now);
        let inner = Inner { pace, base: offset, anchor, sleepers: BTreeMap::new(), next_sleeper: 0, generation: 0 };
        Arc::new(Self { inner: Mutex::new(inner) })
    }

    /// Since offset zero.
    pub fn offset(&self) -> Duration {
        self.lock().offset()
    }

    pub fn pace(&self) -> Pace {
        self.lock().pace
    }

    /// Moves time on by hand and wakes who was waiting for it.
    pub fn advance(&self, length: Duration) {
        let mut inner = self.lock();
        inner.base = inner.base.saturating_add(length);
        inner.wake_due();
    }

    /// Puts time right when another process has moved this world's clock. It goes back only when the world was begun
    /// anew.
    pub(crate) fn set(&self, offset: Duration, pace: Pace, begun_anew: bool) {
        let mut inner = self.lock();
        inner.base = if begun_anew { offset } else { offset.max(inner.offset()) };
        inner.pace = pace;
        inner.anchor = matches!(pace, Pace::Real(_)).then(Instant::now);
        inner.wake_due();
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sleep_until(self: &Arc<Self>, deadline: Duration) -> Sleep {
        Box::pin(Sleeper { clock: Arc::clone(self), deadline, number: None, seen: 0, quiet: 0 })
    }
}

impl Inner {
    fn offset(&self) -> Duration {
        match (self.pace, self.anchor) {
            (Pace::Real(factor), Some(anchor)) => {
                self.base.saturating_add(anchor.elapsed().mul_f64(factor.clamp(0.0, 100_000.0)))
            }
            (Pace::Real(_) | Pace::Max | Pace::Stepped, _) => self.base,
        }
    }

    fn enter(&mut self, deadline: Duration) -> u64 {
        let number = self.next_sleeper;
        self.next_sleeper += 1;
        self.generation += 1;
        self.sleepers.insert((deadline, number), None);
        number
    }

    fn wake_due(&mut self) {
        self.generation += 1;
        let now = self.offset();
        for ((deadline, _), waker) in &mut self.sleepers {
            if *deadline > now {
                break;
            }
            if let Some(waker) = waker.take() {
                waker.wake();
            }
        }
    }
}

/// Sleeps until the clock says so, or until everybody else sleeps too and this one is next.
struct Sleeper {
    clock: Arc<SimClock>,
    deadline: Duration,
    /// Given when it is first polled: a sleep that nobody waits for holds up nobody.
    number: Option<u64>,
    seen: u64,
    quiet: u32,
}

impl Future for Sleeper {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let clock = Arc::clone(&self.clock);
        let mut inner = clock.lock();
        if inner.offset() >= self.deadline {
            return Poll::Ready(());
        }
        let deadline = self.deadline;
        let key = (deadline, *self.number.get_or_insert_with(|| inner.enter(deadline)));
        let is_next = inner.sleepers.keys().next() == Some(&key);
        let generation = inner.generation;
        if self.seen == generation {
            self.quiet = self.quiet.saturating_add(1);
        } else {
            self.seen = generation;
            self.quiet = 0;
        }
        if inner.pace == Pace::Max && is_next && self.quiet >= QUIET_POLLS {
            inner.base = self.deadline;
            inner.wake_due();
            return Poll::Ready(());
        }
        if let Some(waker) = inner.sleepers.get_mut(&key) {
            *waker = Some(context.waker().clone());
        }
        if inner.pace == Pace::Max && is_next {
            // Look again after the others have had their turn.
            context.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        let mut inner = self.clock.lock();
        let Some(number) = self.number else { return };
        inner.sleepers.remove(&(self.deadline, number));
        inner.generation += 1;
        if inner.pace == Pace::Max {
            // Somebody else is next now and must notice.
            if let Some(waker) = inner.sleepers.values_mut().next().and_then(Option::take) {
                waker.wake();
            }
        }
    }
}

/// The door to a shared clock.
#[derive(Clone, Debug)]
pub(crate) struct SharedClock(pub(crate) Arc<SimClock>);

impl Clock for SharedClock {
    fn now(&self) -> Timestamp {
        after(crate::EPOCH, self.0.offset())
    }

    fn sleep(&self, length: Duration) -> Sleep {
        let (pace, deadline) = {
            let inner = self.0.lock();
            (inner.pace, inner.offset().saturating_add(length))
        };
        match pace {
            Pace::Real(factor) => real_sleep(length.div_f64(factor.max(1e-6))),
            Pace::Max | Pace::Stepped => self.0.sleep_until(deadline),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the clock: at real pace, virtual sleep is the machine's")]
fn real_sleep(length: Duration) -> Sleep {
    Box::pin(tokio::time::sleep(length))
}

/// The machine's own time, by which a kept world goes on between processes.
#[expect(clippy::disallowed_methods, reason = "this is the clock: a kept world's anchor is the machine's time")]
pub(crate) fn wall() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paces_are_read_as_they_are_written() {
        assert_eq!(Pace::parse("1"), Some(Pace::Real(1.0)));
        assert_eq!(Pace::parse("0.5"), Some(Pace::Real(0.5)));
        assert_eq!(Pace::parse("max"), Some(Pace::Max));
        for wrong in ["", "0", "-1", "fast", "NaN", "inf"] {
            assert_eq!(Pace::parse(wrong), None, "{wrong}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn at_ten_times_real_pace_ten_seconds_take_one() {
        let clock = SharedClock(SimClock::new(Duration::ZERO, Pace::Real(10.0)));
        let before = Instant::now();
        clock.sleep(Duration::from_secs(10)).await;
        assert_eq!(before.elapsed(), Duration::from_secs(1));
        assert_eq!(clock.0.offset(), Duration::from_secs(10));
    }

    #[tokio::test]
    async fn a_stepped_clock_wakes_only_who_is_due() {
        let clock = SharedClock(SimClock::new(Duration::ZERO, Pace::Stepped));
        let early = tokio::spawn(clock.sleep(Duration::from_secs(5)));
        let late = tokio::spawn(clock.sleep(Duration::from_secs(50)));
        tokio::task::yield_now().await;
        clock.0.advance(Duration::from_secs(5));
        early.await.expect("the early sleeper wakes");
        assert!(!late.is_finished());
        clock.0.advance(Duration::from_secs(45));
        late.await.expect("the late sleeper wakes");
    }

    #[tokio::test]
    async fn at_full_pace_time_jumps_in_the_order_of_the_sleepers() {
        let clock = SharedClock(SimClock::new(Duration::ZERO, Pace::Max));
        let order = Arc::new(Mutex::new(Vec::new()));
        let sleepers: Vec<_> = [30_u64, 10, 20]
            .into_iter()
            .map(|seconds| {
                let (clock, order) = (clock.clone(), Arc::clone(&order));
                tokio::spawn(async move {
                    clock.sleep(Duration::from_secs(seconds)).await;
                    order.lock().expect("no one panicked").push((seconds, clock.0.offset().as_secs()));
                })
            })
            .collect();
        for sleeper in sleepers {
            sleeper.await.expect("every sleeper wakes");
        }
        assert_eq!(*order.lock().expect("no one panicked"), [(10, 10), (20, 20), (30, 30)]);
    }

    #[tokio::test]
    async fn a_sleeper_that_gives_up_lets_the_next_one_go() {
        let clock = SharedClock(SimClock::new(Duration::ZERO, Pace::Max));
        let given_up = clock.sleep(Duration::from_secs(1));
        let waits = tokio::spawn(clock.sleep(Duration::from_hours(1)));
        tokio::task::yield_now().await;
        drop(given_up);
        waits.await.expect("the other goes on");
        assert_eq!(clock.0.offset(), Duration::from_hours(1));
    }
}
