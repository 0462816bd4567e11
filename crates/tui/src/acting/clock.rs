//! The clock of the recovery: since when clients cannot write, and whether they can again. It goes by what canaries saw; where
//! none tells, by what the rules say of the region in which clients are; and where neither does, it says that it is not
//! known.

use lifeboat_model::assessment::Health;
use lifeboat_model::run::RunOutcome;
use lifeboat_model::time::Timestamp;

use super::canaries::{Outage, apart};
use super::{LiveRun, outlook};
use crate::model::Watched;

/// As many writes in a row show that clients are served, where nothing of the run led them yet: of a region that fails
/// half of all writes, one succeeds now and then.
const AGAIN: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clock {
    /// Clients cannot write, or nobody saw that they can.
    Running { from: Timestamp, since: Since },
    /// They could, and can again.
    Served { from: Timestamp, since: Since, at: Timestamp },
    /// Canaries are sent, and none failed.
    NoOutage { since: Timestamp },
    /// Nobody sees how clients fare, and nothing says that they suffer.
    Unknown,
}

/// From what it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Since {
    Incident,
    Run,
    FirstFailed,
    LastGood,
}

impl Since {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Incident => "since the incident",
            Self::Run => "since the run began",
            Self::FirstFailed => "since writes failed",
            Self::LastGood => "since a write was good",
        }
    }
}

pub(crate) fn of(run: &LiveRun, watched: &Watched, now: Timestamp) -> Option<Clock> {
    let state = run.state()?;
    let (began, declared) = run.counts_from()?;
    let since_began = if declared { Since::Incident } else { Since::Run };
    let is_led = outlook::are_led(state);
    let clients = if is_led { &state.plan.to } else { &state.plan.from };
    let is_down = watched.assessment.regions.iter().any(|one| one.region == *clients && one.health == Health::Down);
    let canaries = run.canaries();
    let Some(newest) = canaries.newest() else {
        let suffers = run.answers_an_outage() || is_down;
        return Some(if suffers { Clock::Running { from: began, since: since_began } } else { Clock::Unknown });
    };
    let begin = |outage: Outage| {
        if outage.is_first { (began.min(outage.from), since_began) } else { (outage.from, Since::FirstFailed) }
    };
    let running = |(from, since)| Clock::Running { from, since };
    if canaries.failing.is_some() {
        return canaries.last_outage().map(begin).map(running);
    }
    // Of a run that is over nobody looks any more, and what is after it is no part of it.
    let is_over = state.ended.is_some_and(|(outcome, _)| outcome != RunOutcome::Stopped);
    let is_stopped = state.ended.is_some() && !is_over;
    let is_unseen =
        is_stopped || (!is_over && canaries.unseen_for(now, apart(watched.deployment.canary.as_ref())).is_some());
    if is_unseen && is_down {
        return Some(Clock::Running { from: newest, since: Since::LastGood });
    }
    let Some(longest) = canaries.longest_outage() else {
        let since = canaries.first()?;
        return Some(if is_unseen { Clock::Unknown } else { Clock::NoOutage { since } });
    };
    if !is_led && !is_over && canaries.good_in_a_row() < AGAIN {
        return canaries.last_outage().map(begin).map(running);
    }
    let (from, since) = begin(longest);
    Some(Clock::Served { from, since, at: longest.until? })
}
