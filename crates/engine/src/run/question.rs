//! Putting a question to a person, and waiting for the answer as long as somebody can give one.

use lifeboat_model::plan::{Step, StepId};
use lifeboat_model::run::{Answer, RunEvent};
use lifeboat_model::runbook::{Mode, StepKind};

use super::control::{Halt, Heard};
use super::executor::Executor;

impl Executor<'_> {
    /// An answer that was given before and not used up counts: whoever gave it may have lost the process to it.
    pub(super) async fn ask(&self, step: &StepId, text: &str) -> Result<Answer, Halt> {
        let _floor = self.floor.lock().await;
        let given = {
            let recorder = self.recorder();
            let asked_before =
                recorder.state.question.as_ref().is_some_and(|(asked, said)| asked == step && said == text);
            (recorder.state.answers.get(step).cloned(), asked_before)
        };
        let asked_before = match given {
            (Some(answer), _) => return Ok(answer),
            (None, asked_before) => asked_before,
        };
        self.control.check()?;
        if !asked_before {
            self.record(&RunEvent::Question { step: step.clone(), text: text.to_owned() })?;
        }
        match self.control.hear(step).await {
            Heard::Halt(halt) => Err(halt),
            Heard::Nobody => Err(Halt::Stopped(format!("it waits for an answer: {text}"))),
            Heard::Answer(answer) => {
                let by = self.surroundings.operator.clone();
                self.record(&RunEvent::Answered { step: step.clone(), answer: answer.clone(), by })?;
                Ok(answer)
            }
        }
    }

    /// What is to become of a step that failed: `Retry`, `Skip`, or a halt.
    pub(super) async fn ask_about_failure(&self, step: &Step, reason: &str) -> Result<Answer, Halt> {
        let go_unplanned = match self.plan().mode {
            Mode::Planned => ", go on unplanned",
            Mode::Unplanned => "",
        };
        let text = format!("{}: {reason}. Retry it, skip it with a reason, abort the run{go_unplanned}?", step.title);
        match self.ask(&step.id, &text).await? {
            answer @ (Answer::Retry | Answer::Skip { .. }) => Ok(answer),
            Answer::Yes => Ok(Answer::Retry),
            Answer::No => Err(Halt::Stopped(format!("{}: {reason}", step.title))),
            Answer::Abort => Err(Halt::Abort),
        }
    }

    /// Whether a call happened that nothing can tell of.
    pub(super) async fn ask_whether_it_happened(&self, step: &Step, text: &str) -> Result<bool, Halt> {
        match self.ask(&step.id, text).await? {
            Answer::Yes => Ok(true),
            Answer::No | Answer::Retry => Ok(false),
            // Nothing more of it is done: what it left behind is for the person who says so.
            Answer::Skip { reason } => Err(Halt::Stopped(format!("{}: {reason}", step.title))),
            Answer::Abort => Err(Halt::Abort),
        }
    }

    /// The plan as it stands now is not the one that was approved.
    pub(super) async fn ask_for_approval(&self) -> Result<(), Halt> {
        let state = self.state();
        let approval = state.plan.steps.iter().find(|step| step.kind == StepKind::Approval);
        let Some(step) = approval.or_else(|| state.plan.steps.first()) else { return Ok(()) };
        let loss = match state.plan.mode {
            Mode::Planned => "nothing may be lost",
            Mode::Unplanned => "what had not been replicated is lost",
        };
        let text = format!(
            "The plan is now {} {} to {} ({}): {loss}. Approve it?",
            state.plan.runbook,
            state.plan.deployment,
            state.plan.to,
            state.hash.short()
        );
        match self.ask(&step.id, &text).await? {
            Answer::Yes => {
                let by = self.surroundings.operator.clone();
                self.record(&RunEvent::Approved { by, hash: state.hash, phrase: None })
            }
            Answer::No | Answer::Retry | Answer::Skip { .. } => {
                Err(Halt::Stopped(format!("the plan {} is not approved", state.hash.short())))
            }
            Answer::Abort => Err(Halt::Abort),
        }
    }
}
