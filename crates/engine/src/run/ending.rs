//! The ends of a run, and the last entry of each.

use lifeboat_model::run::{RunEvent, RunOutcome};

use super::control::Halt;
use super::executor::Executor;
use super::measure::{self, measured};

impl Executor<'_> {
    /// Every step is over; `failing`: why it failed all the same.
    pub(super) async fn finish(&self, failing: Option<String>) -> Result<(), Halt> {
        self.seek_all_canaries().await?;
        match failing {
            Some(reason) => self.close(RunOutcome::Failed, Some(reason)),
            None => self.close(RunOutcome::Completed, None),
        }
    }

    /// Only a person can go on; the run stays open.
    pub(super) fn stop(&self, reason: String) -> Result<(), Halt> {
        self.close(RunOutcome::Stopped, Some(reason))
    }

    pub(super) fn close(&self, outcome: RunOutcome, reason: Option<String>) -> Result<(), Halt> {
        let deployment = &self.surroundings.deployment;
        let (measured, since, ledger) = {
            let recorder = self.recorder();
            let since = measure::began_at(&recorder.entries).unwrap_or(recorder.state.started_at);
            (measured(&recorder.entries, deployment.canary.as_ref()), since, recorder.state.ledger.clone())
        };
        let truth = self.surroundings.cloud.truth(&deployment.name, since);
        self.record(&RunEvent::RunEnded { outcome, reason, measured, truth, ledger })
    }
}
