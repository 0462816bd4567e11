//! Sending calls, each once for each intent in the journal, and what follows from each kind of outcome.

use lifeboat_model::call::{Call, Receipt};
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::plan::Step;
use lifeboat_model::run::{LedgerItem, RunEvent};
use lifeboat_model::time::{Duration, Timestamp, after};

use super::control::Halt;
use super::executor::Executor;
use super::safeguards::Safeguard;
use super::settling::Settled;
use super::step::{Beginning, Failed};

/// When a request that has not been answered is given up as unknown. The ports have time-outs of their own; this one
/// is for a port that hangs.
const CALL_PATIENCE: Duration = Duration::from_mins(1);
/// The same for a function, which answers when it has ended: Lambda's own limit, and a little for the way.
const INVOCATION_PATIENCE: Duration = Duration::from_mins(16);
/// The first pause before a call is sent again; each is twice the one before.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

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
        // There is one of this name already: perhaps by an earlier sending.
        CloudErrorKind::Conflict if matches!(call, Call::CreateChangeSet { .. }) => Sequel::Unknown,
        // Nothing is there that could be deleted.
        CloudErrorKind::NotFound if is_deletion(call) => Sequel::Done,
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

/// Whether a call is done where there is nothing that it could do.
fn is_deletion(call: &Call) -> bool {
    matches!(
        call,
        Call::DeleteChangeSet { .. }
            | Call::DeleteStack { .. }
            | Call::DeleteParameter { .. }
            | Call::EmptyBucket { .. }
            | Call::EmptyVault { .. }
    )
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
            match self.standing(step, index, &self.sent_as(step, index, call)).await? {
                Settled::Done => continue,
                Settled::Failed(reason) => return Ok(Err(reason)),
                Settled::Open => {}
            }
            if !guards_passed {
                // Somebody else began this step, perhaps long ago.
                if let Err(reason) = self.pass_guards(step).await? {
                    return Ok(Err(reason));
                }
                guards_passed = true;
            }
            let settled = match self.settle_late(call).await? {
                Ok(settled) => settled,
                Err(reason) => return Ok(Err(reason)),
            };
            if self.is_needless(&settled).await? {
                continue;
            }
            self.open_ledger(step)?;
            if let Err(reason) = self.make_call(step, index, &settled).await? {
                return Ok(Err(reason));
            }
        }
        Ok(Ok(()))
    }

    /// All of them, once more: what one sending did was seen not to be enough.
    pub(super) async fn make_calls_again(&self, step: &Step) -> Result<Result<(), Failed>, Halt> {
        for (index, call) in step.calls.iter().enumerate() {
            self.control.check()?;
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
        let mut unknown = 0;
        loop {
            self.control.check()?;
            let outcome = self.send(step, index, call).await?;
            let asked = match sequel(call, &outcome) {
                Sequel::Done => return Ok(Ok(())),
                Sequel::Fails(reason) => return Ok(Err(reason)),
                Sequel::Later(asked) => asked,
                Sequel::Unknown => {
                    unknown += 1;
                    match self.settle(step, index, call, unknown).await? {
                        Settled::Done => return Ok(Ok(())),
                        Settled::Failed(reason) => return Ok(Err(reason)),
                        Settled::Open => None,
                    }
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
        if let (Call::DetectDrift { region, stack }, Ok(Receipt { detail: Some(detection), .. })) = (call, &outcome) {
            self.sight.findings().compares(region, stack, detection);
        }
        if !is_first {
            self.record(&intent)?;
        }
        self.record(&RunEvent::CallEnded { step: step.id.clone(), index, outcome: outcome.clone() })?;
        Ok(outcome)
    }

    /// The act itself: nobody but a broken journal interrupts it.
    pub(super) async fn perform(&self, call: &Call) -> Result<Result<Receipt, CloudError>, Halt> {
        self.may_act()?;
        tokio::select! {
            biased;
            outcome = self.surroundings.cloud.perform(call) => Ok(outcome),
            () = self.control.broken() => Err(Halt::Broken),
            () = self.surroundings.clock.sleep(patience(call)) => Ok(Err(hangs(call))),
        }
    }
}

fn patience(call: &Call) -> Duration {
    if matches!(call, Call::InvokeFunction { .. }) { INVOCATION_PATIENCE } else { CALL_PATIENCE }
}

fn hangs(call: &Call) -> CloudError {
    CloudError {
        kind: CloudErrorKind::OutcomeUnknown,
        service: call.service(),
        region: call.endpoint_region(),
        operation: call.operation().to_owned(),
        message: format!("no answer within {} s", patience(call).as_secs()),
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
