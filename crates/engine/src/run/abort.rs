//! Giving a run up: what was begun is taken back, last first, as far as it can be. Once the database has moved, nothing
//! leads clients, parameters or consumers back to where it no longer writes.

use lifeboat_model::call::{Call, Repetition, Reversal};
use lifeboat_model::plan::Step;
use lifeboat_model::run::{Found, RunEvent, RunOutcome, StepStatus};

use super::control::Halt;
use super::executor::Executor;
use super::recovery::Told;

/// What became of one call of a step that is taken back.
enum Past {
    Happened,
    DidNotHappen,
    Unclear(String),
}

impl Executor<'_> {
    pub(super) async fn give_up(&self) -> Result<(), Halt> {
        if self.plan().build.is_some() {
            return self.leave_standing();
        }
        let steps = self.recorder().memory.begun.clone();
        let promoted = self.find_promotion(&steps).await?;
        let mut left = Vec::new();
        for step in steps.iter().rev() {
            if !self.is_to_be_undone(step) {
                continue;
            }
            match &promoted {
                Some(why) if !step.temporary => left.push(format!("{}: {why}", step.title)),
                Some(_) | None => left.extend(self.undo(step).await?),
            }
        }
        self.restore_what_was_forgotten().await?;
        self.seek_all_canaries().await?;
        let reason = if left.is_empty() {
            "a person gave it up; everything that was done is taken back".to_owned()
        } else {
            format!("a person gave it up; not taken back: {}", left.join("; "))
        };
        self.close(RunOutcome::Aborted, Some(reason))
    }

    /// What was made of a deployment's stacks stays, and what was deleted is gone: taking a stack back would delete what
    /// others stand on, in an order that only another plan can tell.
    fn leave_standing(&self) -> Result<(), Halt> {
        let done: Vec<String> = {
            let recorder = self.recorder();
            let has_sent = |step: &&Step| recorder.memory.calls.keys().any(|(of, _)| *of == step.id);
            recorder.memory.begun.iter().filter(has_sent).map(|step| step.title.clone()).collect()
        };
        let reason = if done.is_empty() {
            "a person gave it up; nothing had been changed".to_owned()
        } else {
            let deployment = self.plan().deployment;
            format!(
                "a person gave it up; not taken back: {}. `lifeboat up` goes on from there, `lifeboat down {deployment}` \
                 takes it away",
                done.join("; ")
            )
        };
        self.close(RunOutcome::Aborted, Some(reason))
    }

    fn is_to_be_undone(&self, step: &Step) -> bool {
        let recorder = self.recorder();
        let has_sent = recorder.memory.calls.keys().any(|(of, _)| *of == step.id);
        has_sent && recorder.state.status(&step.id) != StepStatus::Undone && !recorder.memory.undone.contains(&step.id)
    }

    /// Why nothing that follows the database may go back, where it has moved, moves, or may have moved.
    async fn find_promotion(&self, steps: &[Step]) -> Result<Option<String>, Halt> {
        for step in steps.iter().filter(|step| step.kind.promotes()) {
            for (index, call) in self.sent(step) {
                match self.past(step, index, &call).await? {
                    Past::DidNotHappen => {}
                    Past::Happened => return Ok(Some(format!("the database has moved to {}", self.plan().to))),
                    Past::Unclear(_) => {
                        return Ok(Some(format!("the database may have moved to {}", self.plan().to)));
                    }
                }
            }
        }
        Ok(None)
    }

    fn sent(&self, step: &Step) -> Vec<(usize, Call)> {
        let sent = self.recorder().memory.calls_of(&step.id);
        sent.into_iter().map(|(index, attempted)| (index, attempted.record.call)).collect()
    }

    /// What was refused each time did nothing; of all else a look is taken now, because what was sent before may have
    /// arrived after the last one. Where nothing tells, an earlier look or a person's word counts, but for a promotion.
    async fn past(&self, step: &Step, index: usize, call: &Call) -> Result<Past, Halt> {
        let attempted = self.recorder().memory.calls.get(&(step.id.clone(), index)).cloned();
        let Some(attempted) = attempted.filter(|attempted| !attempted.was_only_refused()) else {
            return Ok(Past::DidNotHappen);
        };
        let told = attempted.told();
        if told == Told::Happened {
            return Ok(Past::Happened);
        }
        let found = self.look_for(call, attempted.record.started_at).await?;
        self.record(&RunEvent::CallProbed { step: step.id.clone(), index, found: found.clone() })?;
        Ok(match found {
            Found::Happened | Found::UnderWay => Past::Happened,
            Found::DidNotHappen => Past::DidNotHappen,
            Found::CannotTell { .. } if told == Told::DidNotHappen && !step.kind.promotes() => Past::DidNotHappen,
            Found::CannotTell { reason } => Past::Unclear(reason),
        })
    }

    /// Whether what is temporary, and may be put back as often as one likes, is put back though nothing was seen of it:
    /// an answer was missing at least once.
    fn may_still_arrive(&self, step: &Step, index: usize, call: &Call) -> bool {
        let recorder = self.recorder();
        let attempted = recorder.memory.calls.get(&(step.id.clone(), index));
        step.temporary
            && call.repetition() == Repetition::Idempotent
            && attempted.is_some_and(|attempted| !attempted.was_only_refused())
    }

    /// Takes a step's calls back, last first; what is left of it, each a sentence.
    async fn undo(&self, step: &Step) -> Result<Vec<String>, Halt> {
        self.record(&RunEvent::StepUndoStarted { step: step.id.clone() })?;
        let mut left = Vec::new();
        for (index, call) in self.sent(step).into_iter().rev() {
            let past = match self.past(step, index, &call).await? {
                Past::DidNotHappen if self.may_still_arrive(step, index, &call) => {
                    Past::Unclear("it may still arrive".to_owned())
                }
                past => past,
            };
            match (past, call.reversal()) {
                (Past::DidNotHappen, _) | (_, Reversal::NothingToUndo) => {}
                (Past::Happened | Past::Unclear(_), Reversal::Never(reason)) => {
                    left.push(format!("{}: {reason}", step.title));
                }
                (Past::Unclear(reason), Reversal::By(_)) if call.repetition() == Repetition::ProbeFirst => {
                    left.push(format!("{}: {} may have happened: {reason}", step.title, call.operation()));
                }
                (Past::Happened | Past::Unclear(_), Reversal::By(back)) => {
                    if let Err(reason) = self.take_back(&step.id, index, &back).await? {
                        left.push(format!("{}: {reason}", step.title));
                    }
                }
            }
        }
        if left.is_empty() {
            self.record(&RunEvent::StepUndone { step: step.id.clone() })?;
        } else if self.recorder().state.ledger.iter().any(|item| item.step == step.id) {
            self.record(&RunEvent::LedgerKept { step: step.id.clone(), reason: left.join("; ") })?;
        }
        Ok(left)
    }
}
