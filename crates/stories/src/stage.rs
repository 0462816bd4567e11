//! Virtual time and the one task of a story. Nothing here waits for the machine: when the task can go no further, time
//! jumps to whatever comes next, so that a story is the same wherever and however often it is told.

use std::collections::BTreeMap;
use std::future::Future;
use std::ops::ControlFlow;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use lifeboat_model::time::{Clock, Duration, Sleep, Timestamp};
use lifeboat_sim::SimCloud;

/// More turns than this without time passing, and the task spins.
const TURNS_AT_ONE_MOMENT: u32 = 10_000;

/// A simulated account whose time stands still unless the story moves it.
pub(crate) struct Stage {
    pub(crate) cloud: SimCloud,
    sleepers: Mutex<Sleepers>,
}

#[derive(Default)]
struct Sleepers {
    waiting: BTreeMap<(Duration, u64), Waker>,
    entered: u64,
}

/// The door to the stage's time.
#[derive(Clone)]
pub(crate) struct StageClock(pub(crate) Arc<Stage>);

impl Clock for StageClock {
    fn now(&self) -> Timestamp {
        self.0.cloud.clock().now()
    }

    fn sleep(&self, length: Duration) -> Sleep {
        let deadline = Stage::now(&self.0).saturating_add(length);
        Box::pin(Sleeper { stage: Arc::clone(&self.0), deadline, number: None })
    }
}

struct Sleeper {
    stage: Arc<Stage>,
    deadline: Duration,
    /// Given when it is first polled: a sleep that nobody waits for is no reason for time to pass.
    number: Option<u64>,
}

impl Future for Sleeper {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.stage.now() >= self.deadline {
            return Poll::Ready(());
        }
        let (stage, deadline) = (Arc::clone(&self.stage), self.deadline);
        let mut sleepers = stage.sleepers();
        let number = *self.number.get_or_insert_with(|| {
            sleepers.entered += 1;
            sleepers.entered
        });
        sleepers.waiting.insert((deadline, number), context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.stage.sleepers().waiting.remove(&(self.deadline, number));
        }
    }
}

/// What happens beside the task: people, other operators, requests still on their way, death.
pub(crate) trait Beside {
    /// After each turn of the task; `Break` cuts it off, as the death of its process does.
    fn look(&mut self, now: Duration) -> ControlFlow<()>;

    /// When something is to happen next.
    fn next_at(&self) -> Option<Duration>;

    /// Lets happen what is due.
    fn happen(&mut self, now: Duration) -> ControlFlow<()>;
}

/// What became of the task.
pub(crate) enum Driven<T> {
    Ready(T),
    CutOff,
    /// It will never end: why.
    Stuck(String),
}

#[derive(Default)]
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Stage {
    pub(crate) fn new(cloud: SimCloud) -> Arc<Self> {
        Arc::new(Self { cloud, sleepers: Mutex::default() })
    }

    /// Since offset zero.
    pub(crate) fn now(&self) -> Duration {
        self.cloud.offset()
    }

    fn sleepers(&self) -> MutexGuard<'_, Sleepers> {
        self.sleepers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves time on and wakes who was waiting for it.
    pub(crate) fn advance_to(&self, moment: Duration) {
        let length = moment.saturating_sub(self.now());
        self.cloud.sim_clock().advance(length);
        let mut sleepers = self.sleepers();
        let later = sleepers.waiting.split_off(&(moment + Duration::from_nanos(1), 0));
        let due = std::mem::replace(&mut sleepers.waiting, later);
        // Whoever was due is no reason for time to pass, however long it is kept.
        due.into_values().for_each(Waker::wake);
    }

    fn next_deadline(&self) -> Option<Duration> {
        self.sleepers().waiting.keys().next().map(|(deadline, _)| *deadline)
    }

    /// Turns the task until it ends, is cut off, or is seen never to end: nothing left to wait for, or beyond `limit`.
    pub(crate) fn drive<T>(
        &self,
        task: impl Future<Output = T>,
        limit: Duration,
        beside: &mut dyn Beside,
    ) -> Driven<T> {
        let ends_at = self.now().saturating_add(limit);
        let flag = Arc::new(Flag::default());
        let waker = Waker::from(Arc::clone(&flag));
        let mut context = Context::from_waker(&waker);
        let mut task = pin!(task);
        let mut turns = 0;
        loop {
            flag.0.store(false, Ordering::Relaxed);
            if let Poll::Ready(value) = task.as_mut().poll(&mut context) {
                // Whoever died with its last word never said it.
                return if beside.look(self.now()).is_break() { Driven::CutOff } else { Driven::Ready(value) };
            }
            if beside.look(self.now()).is_break() {
                return Driven::CutOff;
            }
            turns += 1;
            if turns > TURNS_AT_ONE_MOMENT {
                return Driven::Stuck(format!("it spins at {:?}", self.now()));
            }
            if flag.0.load(Ordering::Relaxed) {
                continue;
            }
            let next = match (self.next_deadline(), beside.next_at()) {
                (Some(one), Some(other)) => one.min(other),
                (Some(one), None) | (None, Some(one)) => one,
                (None, None) => return Driven::Stuck("it waits for nothing that could come".to_owned()),
            };
            if next > ends_at {
                return Driven::Stuck(format!("it has gone on for {limit:?}"));
            }
            if next > self.now() {
                turns = 0;
            }
            self.advance_to(next);
            if beside.happen(next).is_break() {
                return Driven::CutOff;
            }
        }
    }
}

/// Nothing beside the task.
pub(crate) struct Alone;

impl Beside for Alone {
    fn look(&mut self, _: Duration) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn next_at(&self) -> Option<Duration> {
        None
    }

    fn happen(&mut self, _: Duration) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use lifeboat_sim::{Pace, scenario};

    use super::*;

    fn stage() -> Arc<Stage> {
        Stage::new(SimCloud::fresh(scenario::find("calm").unwrap(), 1, Pace::Stepped))
    }

    #[test]
    fn time_passes_only_as_far_as_somebody_waits() {
        let stage = stage();
        let clock = StageClock(Arc::clone(&stage));
        let task = async {
            let long = clock.sleep(Duration::from_secs(50));
            clock.sleep(Duration::from_secs(10)).await;
            let between = stage.now();
            long.await;
            between
        };
        let Driven::Ready(between) = stage.drive(task, Duration::from_hours(1), &mut Alone) else { panic!() };
        assert_eq!((between.as_secs(), stage.now().as_secs()), (10, 50));
    }

    #[test]
    fn what_never_ends_is_found_out() {
        let stage = stage();
        let clock = StageClock(Arc::clone(&stage));
        let limit = Duration::from_hours(1);
        assert!(matches!(stage.drive(std::future::pending::<()>(), limit, &mut Alone), Driven::Stuck(_)));
        let forever = async {
            loop {
                clock.sleep(Duration::from_secs(1)).await;
            }
        };
        assert!(matches!(stage.drive::<()>(forever, limit, &mut Alone), Driven::Stuck(_)));
        let spins = async {
            loop {
                futures::pending!();
            }
        };
        assert!(matches!(stage.drive::<()>(spins, limit, &mut Alone), Driven::Stuck(_)));
    }
}
