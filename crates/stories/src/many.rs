//! Many stories, side by side. Which thread tells which changes nothing.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use lifeboat_model::time::Duration;

use crate::tale::{Tale, Telling, tell};
use crate::tally::Tally;

/// What a range of seeds told.
#[derive(Clone, Debug, Default)]
pub struct Told {
    pub stories: u64,
    pub tally: Tally,
    /// Virtual time of all of them together.
    pub length: Duration,
    /// Those with violations, by seed.
    pub bad: Vec<Tale>,
}

/// Tells every seed of a range on so many threads; stops early once `enough` bad stories are known.
pub fn tell_all(seeds: Range<u64>, jobs: usize, telling: Telling, enough: usize) -> Told {
    let next = AtomicU64::new(seeds.start);
    let told = Mutex::new(Told::default());
    std::thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end || told.lock().unwrap_or_else(PoisonError::into_inner).bad.len() >= enough {
                        break;
                    }
                    let tale = tell_or_fail(seed, telling);
                    told.lock().unwrap_or_else(PoisonError::into_inner).take(tale);
                }
            });
        }
    });
    let mut told = told.into_inner().unwrap_or_else(PoisonError::into_inner);
    told.bad.sort_by_key(|tale| tale.seed);
    told
}

/// A panic is a violation like any other, and must name its seed.
fn tell_or_fail(seed: u64, telling: Telling) -> Tale {
    catch_unwind(AssertUnwindSafe(|| tell(seed, telling))).unwrap_or_else(|cause| {
        let words = cause
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| cause.downcast_ref::<&str>().copied())
            .unwrap_or("no words");
        Tale {
            seed,
            tally: Tally::default(),
            violations: vec![format!("it panicked: {words}")],
            trace: Vec::new(),
            length: Duration::ZERO,
            head: String::new(),
        }
    })
}

impl Told {
    fn take(&mut self, tale: Tale) {
        self.stories += 1;
        self.tally.add(&tale.tally);
        self.length = self.length.saturating_add(tale.length);
        if !tale.violations.is_empty() {
            self.bad.push(tale);
        }
    }
}
