//! Sending calls, each once for each intent in the journal, and what follows from each kind of outcome.

use lifeboat_model::call::{Call, Receipt, Repetition};
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::plan::Step;
use lifeboat_model::run::{Found, LedgerItem, RunEvent};
use lifeboat_model::time::{Duration, Timestamp, after};

use super::control::Halt;
use super::executor::Executor;
use super::recovery::Standing;
use super::safeguards::Safeguard;
use super::step::{Beginning, Failed};
use crate::conditions::SETTLES;

/// When a request that has not been answered is given up as unknown. The ports have time-outs of their own; this one
/// is for a port that hangs.
const CALL_PATIENCE: Duration = Duration::from_mins(1);
/// The first pause before a call is sent again; each is twice the one before.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// How often a probe that cannot tell is made again: its reads may have been throttled.
const PROBES: u32 = 3;
/// Between two looks at a call that seems not to have happened: it may still be on its way, and so may the answer.
const SETTLES_IN: Duration = Duration::from_secs(3);

/// What follows from an outcome.
pub(super) enum Sequel {
    Done,
    /// Nothing happened; the same may be sent again after a while.
    Later(Option<Duration>),
    /// It may have happened.
    Unknown,
    /// Nothing happened, and sending it again will not help.
    Fails(Failed),
}

pub(super) fn sequel(call: &Call, outcome: &Result<Receipt, CloudError>) -> Sequel {
    let Err(error) = outcome else { return Sequel::Done };
    match &error.kind {
        CloudErrorKind::Throttled { retry_after } => Sequel::Later(*retry_after),
        CloudErrorKind::Unreachable => Sequel::Later(None),
        // Global Accelerator takes one change at a time, and says so with a conflict.
        CloudErrorKind::Conflict if matches!(call, Call::UpdateEndpointGroup { .. }) => Sequel::Later(None),
        CloudErrorKind::OutcomeUnknown
        | CloudErrorKind::Timeout
        | CloudErrorKind::ServiceFailure
        | CloudErrorKind::Malformed => Sequel::Unknown,
        CloudErrorKind::ExpiredCredentials | CloudErrorKind::MissingCredentials => {
            let renew = error.fix.as_ref().map_or_else(String::new, |fix| format!(" (`{fix}`)"));
            Sequel::Fails(format!("{error}; renew the credentials{renew}, then retry"))
        }
        CloudErrorKind::Conflict
        | CloudErrorKind::Invalid
        | CloudErrorKind::Denied { .. }
        | CloudErrorKind::NotFound => Sequel::Fails(match &error.fix {
            Some(fix) => format!("{error} ({fix})"),
            None => error.to_string(),
        }),
    }
}

/// Pauses that grow, within a limit of time.
pub(super) struct Patience {
    pause: Duration,
    ends_at: Timestamp,
}

impl Patience {
    pub(super) fn until(ends_at: Timestamp) -> Self {
        Self { pause: FIRST_PAUSE, ends_at }
    }

    /// How long to wait before the next attempt; `None` when it would be too late then.
    pub(super) fn next(&mut self, now: Timestamp, asked: Option<Duration>) -> Option<Duration> {
        let pause = asked.unwrap_or_default().max(self.pause);
        self.pause = self.pause.saturating_mul(2).min(LONGEST_PAUSE);
        (after(now, pause) < self.ends_at).then_some(pause)
    }
}

impl Executor<'_> {
    /// Every call of the step that is not known to be done, in order.
    pub(super) async fn make_calls(&self, step: &Step, beginning: Beginning) -> Result<Result<(), Failed>, Halt> {
        let mut guards_passed = beginning == Beginning::Fresh;
        for (index, call) in step.calls.iter().enumerate() {
            self.control.check()?;
            if self.standing(step, index, call).await? == Standing::Done {
                continue;
            }
            if !guards_passed {
                // Somebody else began this step, perhaps long ago.
                if let Err(reason) = self.pass_guards(step).await? {
                    return Ok(Err(reason));
                }
                guards_passed = true;
            }
            self.open_ledger(step)?;
            if let Err(reason) = self.make_call(step, index, call).await? {
                return Ok(Err(reason));
            }
        }
        Ok(Ok(()))
    }

    /// What is temporary must be known before it is there: whoever finds the journal knows what to put back.
    fn open_ledger(&self, step: &Step) -> Result<(), Halt> {
        let is_open = self.recorder().state.ledger.iter().any(|item| item.step == step.id);
        if !step.temporary || is_open {
            return Ok(());
        }
        let Some(restore) = step.undo() else {
            return self.note(format!("{}: it is temporary, and nothing can put it back", step.title));
        };
        let item = LedgerItem { step: step.id.clone(), what: step.title.clone(), restore };
        self.record(&RunEvent::LedgerOpened { item })
    }

    async fn make_call(&self, step: &Step, index: usize, call: &Call) -> Result<Result<(), Failed>, Halt> {
        let mut patience = Patience::until(after(self.now(), step.timeout));
        loop {
            self.control.check()?;
            let outcome = self.send(step, index, call).await?;
            let asked = match sequel(call, &outcome) {
                Sequel::Done => return Ok(Ok(())),
                Sequel::Fails(reason) => return Ok(Err(reason)),
                Sequel::Later(asked) => asked,
                Sequel::Unknown => {
                    if self.settle(step, index, call).await? {
                        return Ok(Ok(()));
                    }
                    None
                }
            };
            let Some(pause) = patience.next(self.now(), asked) else {
                return Ok(Err(gave_up(&outcome, step.timeout)));
            };
            self.wait(pause).await?;
        }
    }

    /// Once: intent, act, outcome.
    async fn send(&self, step: &Step, index: usize, call: &Call) -> Result<Result<Receipt, CloudError>, Halt> {
        let intent = RunEvent::CallStarted { step: step.id.clone(), index, call: Box::new(call.clone()) };
        let is_first = self.safeguards.hold(Safeguard::IntentBeforeAct);
        if is_first {
            self.record(&intent)?;
        }
        let outcome = self.perform(call).await?;
        if !is_first {
            self.record(&intent)?;
        }
        self.record(&RunEvent::CallEnded { step: step.id.clone(), index, outcome: outcome.clone() })?;
        Ok(outcome)
    }

    /// The act itself: nobody but a broken journal interrupts it.
    pub(super) async fn perform(&self, call: &Call) -> Result<Result<Receipt, CloudError>, Halt> {
        tokio::select! {
            biased;
            outcome = self.surroundings.cloud.perform(call) => Ok(outcome),
            () = self.control.broken() => Err(Halt::Broken),
            () = self.surroundings.clock.sleep(CALL_PATIENCE) => Ok(Err(hangs(call))),
        }
    }

    /// Finds out what became of a call of which nobody knows: `true` when it happened, `false` when it may be sent
    /// (again). What cannot be seen and must not happen twice is put to a person.
    pub(super) async fn settle(&self, step: &Step, index: usize, call: &Call) -> Result<bool, Halt> {
        if !self.safeguards.hold(Safeguard::ProbeBeforeRedo) {
            return Ok(false);
        }
        let found = match self.answered_before(step, index) {
            Some(reason) => Found::CannotTell { reason },
            None => self.look_for_and_record(step, index, call).await?,
        };
        let reason = match (found, call.repetition()) {
            (Found::Happened | Found::UnderWay, _) => return Ok(true),
            (Found::DidNotHappen, _) | (Found::CannotTell { .. }, Repetition::Idempotent) => return Ok(false),
            (Found::CannotTell { reason }, Repetition::ProbeFirst) => reason,
        };
        let text = format!(
            "{}: {} was sent to {} and nothing tells what became of it ({reason}). Did it happen? Yes goes on, no sends it.",
            step.title,
            call.operation(),
            call.endpoint_region()
        );
        let happened = self.ask_whether_it_happened(step, &text).await?;
        let found = if happened { Found::Happened } else { Found::DidNotHappen };
        self.record(&RunEvent::CallProbed { step: step.id.clone(), index, found })?;
        Ok(happened)
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
        let settled_at = after(sent_at, SETTLES);
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
                    if looks >= PROBES {
                        return Ok(found);
                    }
                }
            }
            self.wait_through(SETTLES_IN).await?;
        }
    }
}

fn hangs(call: &Call) -> CloudError {
    CloudError {
        kind: CloudErrorKind::OutcomeUnknown,
        service: call.service(),
        region: call.endpoint_region(),
        operation: call.operation().to_owned(),
        message: format!("no answer within {} s", CALL_PATIENCE.as_secs()),
        request_id: None,
        fix: None,
    }
}

fn gave_up(outcome: &Result<Receipt, CloudError>, limit: Duration) -> Failed {
    match outcome {
        Ok(_) => format!("not done within {} s", limit.as_secs()),
        Err(error) => format!("{error}; tried again for {} s", limit.as_secs()),
    }
}
