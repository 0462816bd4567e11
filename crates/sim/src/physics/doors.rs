//! What each region would answer: to a health check's request, and to a client's write.

use crate::faults::Conditions;
use crate::side::{Pair, Side};

/// Why a region does not serve, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Good,
    /// Nobody there.
    Silent,
    /// The load balancer has no healthy target.
    NoTarget,
    /// The function refuses every invocation, or does not exist.
    Refused,
    /// Reads succeed; writes fail in the database.
    ReadOnly,
}

/// What one region's application rests on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ground {
    /// Healthy targets; `None` where nothing balances.
    pub(crate) healthy_targets: Option<u32>,
    /// Whether the function that serves may run.
    pub(crate) function_runs: bool,
    pub(crate) database_writable: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Doors {
    pub(crate) get: Pair<Answer>,
    pub(crate) write: Pair<Answer>,
}

impl Doors {
    pub(crate) fn open(conditions: &Conditions, ground: Pair<Ground>) -> Self {
        let get = Pair::from_fn(|side| answer(conditions, side, *ground.at(side)));
        let write = Pair::from_fn(|side| match *get.at(side) {
            Answer::Good if !ground.at(side).database_writable => Answer::ReadOnly,
            other => other,
        });
        Self { get, write }
    }
}

fn answer(conditions: &Conditions, side: Side, ground: Ground) -> Answer {
    if *conditions.lost.at(side) {
        Answer::Silent
    } else if ground.healthy_targets == Some(0) {
        Answer::NoTarget
    } else if !ground.function_runs {
        Answer::Refused
    } else {
        Answer::Good
    }
}
