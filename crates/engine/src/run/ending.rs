//! The ends of a run, and the last entry of each.

use lifeboat_model::plan::{BuildStack, StackAction, Step};
use lifeboat_model::run::{RunEvent, RunOutcome, StepStatus};
use lifeboat_model::runbook::StepKind;

use super::control::Halt;
use super::executor::Executor;
use super::measure::{self, measured};

/// Without these nobody can say that it led anywhere, whatever a person knows of the rest.
fn is_what_it_is_for(step: &Step) -> bool {
    step.kind.promotes()
        || matches!(step.kind, StepKind::Canary | StepKind::Stack | StepKind::DeleteStack | StepKind::Leftovers)
}

fn in_words(what: &str, steps: &[Step]) -> Option<String> {
    let titles: Vec<&str> = steps.iter().map(|step| step.title.as_str()).collect();
    (!titles.is_empty()).then(|| format!("{what}: {}", titles.join(", ")))
}

impl Executor<'_> {
    /// Every step is over; `failing`: why it failed all the same.
    pub(super) async fn finish(&self, mut failing: Vec<String>) -> Result<(), Halt> {
        self.seek_all_canaries().await?;
        let (essential, others): (Vec<Step>, Vec<Step>) = self.skipped().into_iter().partition(is_what_it_is_for);
        failing.extend(in_words("what the run is for was skipped", &essential));
        failing.extend(self.what_is_left());
        let outcome = if failing.is_empty() { RunOutcome::Completed } else { RunOutcome::Failed };
        failing.extend(in_words("skipped", &others));
        self.close(outcome, (!failing.is_empty()).then(|| failing.join("; ")))
    }

    /// A teardown that leaves something behind says so, and does not count as done.
    fn what_is_left(&self) -> Vec<String> {
        let recorder = self.recorder();
        let stays = |stack: &&BuildStack| stack.action == StackAction::Leave;
        let stacks = recorder.state.plan.build.iter().flat_map(|build| &build.stacks).filter(stays);
        let untouched = stacks.map(|stack| {
            format!(
                "nothing was done to {} in {}, which did not answer when the plan was made",
                stack.name, stack.region
            )
        });
        let looks = recorder.state.plan.steps.iter().filter(|step| step.kind == StepKind::Leftovers);
        let left = looks
            .filter(|step| recorder.state.status(&step.id) == StepStatus::Failed)
            .filter_map(|step| recorder.memory.failures.get(&step.id).cloned());
        untouched.chain(left).collect()
    }

    fn skipped(&self) -> Vec<Step> {
        let recorder = self.recorder();
        let is_skipped = |step: &&Step| recorder.state.status(&step.id) == StepStatus::Skipped;
        recorder.state.plan.steps.iter().filter(is_skipped).cloned().collect()
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
