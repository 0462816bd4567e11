//! Putting back what was temporary, last first. It never fails a run: what cannot be put back is kept, with the reason.

use lifeboat_model::call::{Call, Receipt, Repetition};
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::plan::StepId;
use lifeboat_model::run::{Found, LedgerItem, RunEvent};
use lifeboat_model::time::{Duration, after};

use super::calls::{Patience, Sequel, sequel};
use super::control::Halt;
use super::executor::Executor;
use super::step::Failed;

/// How long one call that takes something back is tried: a run that serves clients again does not wait for the rest.
const UNDO_PATIENCE: Duration = Duration::from_mins(1);
/// How often it is tried where nobody is there to be asked.
const TRIES_AT_SILENCE: u32 = 3;

impl Executor<'_> {
    /// Everything that is on the ledger.
    pub(super) async fn restore_ledger(&self) -> Result<(), Halt> {
        let items = self.recorder().state.ledger.clone();
        for item in items.iter().rev() {
            self.restore(item).await?;
        }
        Ok(())
    }

    /// Only what nobody has tried to put back yet.
    pub(super) async fn restore_what_was_forgotten(&self) -> Result<(), Halt> {
        let items: Vec<LedgerItem> = {
            let recorder = self.recorder();
            let is_untried = |item: &&LedgerItem| !recorder.state.kept.contains(&item.step);
            recorder.state.ledger.iter().filter(is_untried).cloned().collect()
        };
        for item in items.iter().rev() {
            self.restore(item).await?;
        }
        Ok(())
    }

    async fn restore(&self, item: &LedgerItem) -> Result<(), Halt> {
        let mut reasons = Vec::new();
        for (index, call) in item.restore.iter().enumerate() {
            if let Err(reason) = self.take_back(&item.step, index, call).await? {
                reasons.push(reason);
            }
        }
        let step = item.step.clone();
        if reasons.is_empty() {
            self.record(&RunEvent::LedgerClosed { step })
        } else {
            self.record(&RunEvent::LedgerKept { step, reason: reasons.join("; ") })
        }
    }

    /// One call that puts something back. Nobody knows how far an earlier hand came with it, so what must not be done
    /// twice is looked for first.
    pub(super) async fn take_back(&self, step: &StepId, index: usize, call: &Call) -> Result<Result<(), Failed>, Halt> {
        if call.repetition() == Repetition::ProbeFirst
            && matches!(self.probe(call, self.now()).await, Found::Happened | Found::UnderWay)
        {
            return Ok(Ok(()));
        }
        let mut patience = Patience::until(after(self.now(), UNDO_PATIENCE));
        let mut silences = 0;
        loop {
            let started = RunEvent::UndoCallStarted { step: step.clone(), index, call: Box::new(call.clone()) };
            self.record(&started)?;
            let sent_at = self.now();
            let outcome = self.perform(call).await?;
            self.record(&RunEvent::UndoCallEnded { step: step.clone(), index, outcome: outcome.clone() })?;
            let asked = match sequel(call, &outcome) {
                Sequel::Done => return Ok(Ok(())),
                // An earlier hand, or a person, took it away already.
                Sequel::Fails(_) if removes(call) && is_gone(&outcome) => return Ok(Ok(())),
                Sequel::Fails(reason) => return Ok(Err(reason)),
                Sequel::Later(asked) => asked,
                Sequel::Unknown => match self.look_for(call, sent_at).await? {
                    Found::Happened | Found::UnderWay => return Ok(Ok(())),
                    Found::DidNotHappen => None,
                    Found::CannotTell { .. } if call.repetition() == Repetition::Idempotent => None,
                    Found::CannotTell { reason } => {
                        return Ok(Err(format!("{} may or may not have happened: {reason}", call.operation())));
                    }
                },
            };
            let Err(error) = outcome else { return Ok(Ok(())) };
            silences += u32::from(error.kind == CloudErrorKind::Unreachable || error.kind.is_silence());
            match patience.next(self.now(), asked).filter(|_| silences < TRIES_AT_SILENCE) {
                Some(pause) => self.wait_through(pause).await?,
                None => return Ok(Err(error.to_string())),
            }
        }
    }
}

/// Whether a call leaves nothing where something was.
fn removes(call: &Call) -> bool {
    match call {
        Call::UnmuteAlarms { .. }
        | Call::DeleteItem { .. }
        | Call::DeleteChangeSet { .. }
        | Call::DeleteStack { .. }
        | Call::DeleteParameter { .. }
        | Call::EmptyBucket { .. }
        | Call::EmptyVault { .. } => true,
        Call::PutMarker { present, .. } => !present.to,
        Call::ChangeRecord { after, .. } => after.is_none(),
        Call::SwitchoverGlobalCluster { .. }
        | Call::FailoverGlobalCluster { .. }
        | Call::SetHealthCheckInverted { .. }
        | Call::PutMetric { .. }
        | Call::UpdateEndpointGroup { .. }
        | Call::SetCapacity { .. }
        | Call::SetFunctionConcurrency { .. }
        | Call::SetEventSource { .. }
        | Call::PutParameter { .. }
        | Call::MuteAlarms { .. }
        | Call::PublishNotice { .. }
        | Call::InvokeFunction { .. }
        | Call::PutItem { .. }
        | Call::PutReplication { .. }
        | Call::CreateChangeSet { .. }
        | Call::ExecuteChangeSet { .. }
        | Call::ContinueUpdateRollback { .. }
        | Call::SetTerminationProtection { .. }
        | Call::DetectDrift { .. }
        | Call::MakeManagedKey { .. }
        | Call::EnsureSecureParameter { .. } => false,
    }
}

fn is_gone(outcome: &Result<Receipt, CloudError>) -> bool {
    matches!(outcome, Err(error) if error.kind == CloudErrorKind::NotFound)
}
