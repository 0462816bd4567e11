//! What is known of a call that somebody may have sent: by this process, one that died, or an earlier attempt.

use std::cell::LazyCell;

use lifeboat_model::call::{Call, Repetition};
use lifeboat_model::plan::Step;
use lifeboat_model::run::{CallRecord, Found};
use lifeboat_model::time::Timestamp;

use super::calls::{Sequel, sequel};
use super::control::Halt;
use super::executor::Executor;
use super::settling::Settled;
use crate::conditions::{self, Seen};

/// What the entries alone say of one sending of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Happened,
    DidNotHappen,
    /// Anything may have happened.
    Nothing,
}

pub(super) fn told(record: &CallRecord) -> Told {
    match (&record.found, &record.outcome) {
        (Some(Found::Happened | Found::UnderWay), _) => Told::Happened,
        (Some(Found::DidNotHappen), _) => Told::DidNotHappen,
        (Some(Found::CannotTell { .. }), _) | (None, None) => Told::Nothing,
        (None, Some(outcome)) => match sequel(&record.call, outcome) {
            Sequel::Done => Told::Happened,
            Sequel::Later(_) | Sequel::Fails(_) => Told::DidNotHappen,
            Sequel::Unknown => Told::Nothing,
        },
    }
}

/// Whether this sending was answered with a refusal. A conflict is none: what stands in its way may be an earlier
/// sending of the same.
pub(super) fn is_refused(record: &CallRecord) -> bool {
    match &record.outcome {
        None | Some(Ok(_)) => false,
        Some(outcome @ Err(error)) => match sequel(&record.call, outcome) {
            Sequel::Later(_) | Sequel::Fails(_) => error.kind.changed_nothing(),
            Sequel::Done | Sequel::Unknown => false,
        },
    }
}

impl Executor<'_> {
    /// Whether the call is still to be sent; what nobody knows is looked for first.
    pub(super) async fn standing(&self, step: &Step, index: usize, call: &Call) -> Result<Settled, Halt> {
        let attempted = self.recorder().memory.calls.get(&(step.id.clone(), index)).cloned();
        let Some(attempted) = attempted else { return Ok(Settled::Open) };
        if attempted.record.call != *call {
            // A plan made anew reaches the same by another call: what counts is whether it is reached.
            let is_reached = matches!(self.probe(call, self.now()).await, Found::Happened);
            return Ok(if is_reached { Settled::Done } else { Settled::Open });
        }
        let is_of_this_attempt = self.began(&step.id).is_some_and(|(_, attempt)| attempt == attempted.attempt);
        match (attempted.told(), is_of_this_attempt) {
            (Told::Happened, true) => Ok(Settled::Done),
            (Told::DidNotHappen, _) => Ok(Settled::Open),
            (Told::Nothing, _) => self.settle(step, index, call, 0).await,
            (Told::Happened, false) => self.still_holds(&attempted.record).await,
        }
    }

    /// Whether what an earlier attempt did is still so. What may be done twice is done again; of the rest, only what is
    /// seen not to be there.
    async fn still_holds(&self, record: &CallRecord) -> Result<Settled, Halt> {
        match record.call.repetition() {
            Repetition::Idempotent => Ok(Settled::Open),
            Repetition::ProbeFirst => Ok(match self.look_for(&record.call, record.started_at).await? {
                Found::Happened | Found::UnderWay | Found::CannotTell { .. } => Settled::Done,
                Found::DidNotHappen => Settled::Open,
            }),
        }
    }

    /// One look at what a call would have changed. Only what was read since it was sent counts.
    pub(super) async fn probe(&self, call: &Call, began_at: Timestamp) -> Found {
        let deployment = &self.surroundings.deployment;
        let (wanted, questions) = (conditions::probe_reads(call, deployment), conditions::probe_asks(call));
        tokio::join!(self.sight.look(&wanted), self.sight.find(&questions));
        let plan = self.plan();
        let snapshot = self.sight.snapshot();
        let findings = self.sight.findings();
        let assessment = LazyCell::new(|| self.sight.assess(&snapshot));
        let canary = self.canary_view();
        let seen = Seen {
            deployment,
            snapshot: &snapshot,
            findings: &findings,
            plan: Some(&plan),
            assessment: &assessment,
            began_at,
            now: self.now(),
            canary: &canary,
        };
        conditions::probe(call, &seen)
    }
}
