//! What became of a call whose answer never came: looked for, and where it cannot be seen, asked.

use lifeboat_model::call::{Call, Repetition};
use lifeboat_model::plan::Step;
use lifeboat_model::run::{Found, RunEvent};
use lifeboat_model::time::{Duration, Timestamp, after};

use super::control::Halt;
use super::executor::Executor;
use super::safeguards::Safeguard;
use super::step::Failed;
use crate::conditions;

/// How often a probe that cannot tell is made again: its reads may have been throttled.
const PROBES: u32 = 3;
/// Between two looks at a call that seems not to have happened: it may still be on its way, and so may the answer.
const SETTLES_IN: Duration = Duration::from_secs(3);
/// How often a call that may happen twice is sent without anything being seen of it.
const SENT_UNSEEN: u32 = 3;
/// The same where stacks are made or deleted: nobody's clients wait for it, and nobody may be there to be asked.
const SENT_UNSEEN_OF_STACKS: u32 = 20;

/// What is to be done about a call that somebody may have sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Settled {
    Done,
    /// It may be sent (again).
    Open,
    /// Nobody knows, and nobody is asked.
    Failed(Failed),
}

impl Executor<'_> {
    /// Finds out what became of a call of which nobody knows. What cannot be seen and must not happen twice is put to a
    /// person, and so is what was sent again and again without an answer; a step that may fail waits for nobody.
    pub(super) async fn settle(&self, step: &Step, index: usize, call: &Call, sent: u32) -> Result<Settled, Halt> {
        if !self.safeguards.hold(Safeguard::ProbeBeforeRedo) {
            return Ok(Settled::Open);
        }
        let found = match self.answered_before(step, index) {
            Some(reason) => Found::CannotTell { reason },
            None => self.look_for_and_record(step, index, call).await?,
        };
        let reason = match found {
            Found::Happened | Found::UnderWay => return Ok(Settled::Done),
            Found::DidNotHappen => return Ok(Settled::Open),
            Found::CannotTell { reason } => reason,
        };
        let often = if self.plan().build.is_some() { SENT_UNSEEN_OF_STACKS } else { SENT_UNSEEN };
        if call.repetition() == Repetition::Idempotent && sent < often {
            return Ok(Settled::Open);
        }
        let what = format!(
            "{} was sent to {} and nothing tells what became of it ({reason})",
            call.operation(),
            call.endpoint_region()
        );
        if step.optional {
            return Ok(Settled::Failed(what));
        }
        let text = format!("{}: {what}. Did it happen? Yes goes on, no sends it.", step.title);
        let happened = self.ask_whether_it_happened(step, &text).await?;
        let found = if happened { Found::Happened } else { Found::DidNotHappen };
        self.record(&RunEvent::CallProbed { step: step.id.clone(), index, found })?;
        Ok(if happened { Settled::Done } else { Settled::Open })
    }

    async fn look_for_and_record(&self, step: &Step, index: usize, call: &Call) -> Result<Found, Halt> {
        let found = self.look_for(call, self.sent_at(step, index)).await?;
        self.record(&RunEvent::CallProbed { step: step.id.clone(), index, found: found.clone() })?;
        Ok(found)
    }

    /// What could not be told of a call, where a person's answer to it was not used up: the process died between.
    fn answered_before(&self, step: &Step, index: usize) -> Option<String> {
        if !self.has_left_over(&step.id) {
            return None;
        }
        let recorder = self.recorder();
        match &recorder.memory.calls.get(&(step.id.clone(), index))?.record.found {
            Some(Found::CannotTell { reason }) => Some(reason.clone()),
            Some(Found::Happened | Found::DidNotHappen | Found::UnderWay) | None => None,
        }
    }

    /// When the newest intent of a call was written down.
    pub(super) fn sent_at(&self, step: &Step, index: usize) -> Timestamp {
        let recorder = self.recorder();
        let attempted = recorder.memory.calls.get(&(step.id.clone(), index));
        attempted.map_or_else(|| self.now(), |attempted| attempted.record.started_at)
    }

    /// Looks until something tells, and twice before it believes that nothing happened to what must not happen twice.
    pub(super) async fn look_for(&self, call: &Call, sent_at: Timestamp) -> Result<Found, Halt> {
        let settled_at = after(sent_at, conditions::SETTLES);
        let cannot_be_seen = conditions::probe_reads(call, &self.surroundings.deployment).is_empty()
            && conditions::probe_asks(call).is_empty();
        let mut looks = 0;
        let mut was_absent = false;
        loop {
            let found = self.probe(call, sent_at).await;
            match &found {
                // What was sent a moment ago may be taken for under way because it may still arrive. A wait for the
                // end of what never began would last as long as its time-out.
                Found::UnderWay if call.repetition() == Repetition::ProbeFirst && self.now() <= settled_at => {}
                Found::Happened | Found::UnderWay => return Ok(found),
                Found::DidNotHappen => match call.repetition() {
                    Repetition::ProbeFirst if !was_absent => was_absent = true,
                    Repetition::ProbeFirst | Repetition::Idempotent => return Ok(found),
                },
                Found::CannotTell { .. } => {
                    was_absent = false;
                    looks += 1;
                    if looks >= PROBES || cannot_be_seen {
                        return Ok(found);
                    }
                }
            }
            self.wait_through(SETTLES_IN).await?;
        }
    }
}
