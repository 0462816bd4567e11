//! Putting a question to a person, and waiting for the answer as long as somebody can give one.

use std::sync::PoisonError;

use lifeboat_model::call::Call;
use lifeboat_model::guard::GuardReport;
use lifeboat_model::plan::{Plan, PlanHash, Step, StepId};
use lifeboat_model::run::{Answer, RunEvent, RunState};
use lifeboat_model::runbook::{Mode, StepKind};
use lifeboat_model::time::Duration;
use lifeboat_model::wording::span;

use super::control::{Halt, Heard};
use super::executor::Executor;
use super::step::refusal;
use crate::approval::Approval;

/// How long a question waits for an answer: nobody thinks about it for longer, and `resume` asks again.
const ANSWERED_WITHIN: Duration = Duration::from_hours(1);

/// What came back to a question.
enum Reply {
    Answer(Answer),
    Approval(Approval),
}

/// An approval has a time-out of its own; other steps' are times of machines.
fn patience(step: &Step) -> Duration {
    if step.kind == StepKind::Approval { step.timeout } else { step.timeout.max(ANSWERED_WITHIN) }
}

/// What a plan's approval gives up, as far as it is known.
fn loss(plan: &Plan) -> String {
    let parts: Vec<String> = plan
        .predicted
        .rpo
        .iter()
        .map(|(store, lost)| format!("{} {}", store.as_str(), lost.map_or_else(|| "not known".to_owned(), span)))
        .collect();
    match plan.mode {
        Mode::Planned => "nothing is to be lost".to_owned(),
        Mode::Unplanned if parts.is_empty() => "what had not been replicated is lost".to_owned(),
        Mode::Unplanned => format!("what had not been replicated is lost ({})", parts.join(", ")),
    }
}

impl Executor<'_> {
    /// An answer that an earlier process was given to this very question, and did nothing about, counts once.
    pub(super) async fn ask(&self, step: &Step, text: &str) -> Result<Answer, Halt> {
        match self.put(step, text, None).await? {
            Reply::Answer(answer) => Ok(answer),
            Reply::Approval(_) => Err(Halt::Stopped(format!("it waits for an answer: {text}"))),
        }
    }

    /// Waits for the reply, though not for ever: whoever left the terminal holds the lock, and perhaps a fence.
    async fn put(&self, step: &Step, text: &str, approves: Option<&PlanHash>) -> Result<Reply, Halt> {
        let _floor = self.floor.lock().await;
        // Nothing but a phrase approves a plan, and whatever else was said to it only stopped the run.
        if approves.is_none()
            && let Some(answer) = self.take_left_over(&step.id, text)
        {
            return Ok(Reply::Answer(answer));
        }
        self.control.check()?;
        let question = self.pose(&step.id, text, approves)?;
        let limit = patience(step);
        let heard = tokio::select! {
            biased;
            heard = self.control.hear(&step.id, &question, approves) => heard,
            () = self.surroundings.clock.sleep(limit) => {
                return Err(Halt::Stopped(format!("nobody answered within {}: {text}", span(limit))));
            }
        };
        match heard {
            Heard::Halt(halt) => Err(halt),
            Heard::Nobody => Err(Halt::Stopped(format!("it waits for an answer: {text}"))),
            Heard::Approval(approval) => Ok(Reply::Approval(approval)),
            Heard::Answer(answer) => {
                let by = self.surroundings.operator.clone();
                self.record(&RunEvent::Answered { step: step.id.clone(), answer: answer.clone(), by })?;
                Ok(Reply::Answer(answer))
            }
        }
    }

    /// The question as it stands in the journal, which is what people see of it.
    fn pose(&self, step: &StepId, text: &str, approves: Option<&PlanHash>) -> Result<String, Halt> {
        let asked = |state: &RunState| state.question.clone().filter(|(asked, _)| asked == step).map(|(_, said)| said);
        let before = asked(&self.recorder().state).filter(|said| said == text);
        if let Some(said) = before {
            return Ok(said);
        }
        let (step, text) = (step.clone(), text.to_owned());
        self.record(&RunEvent::Question { step: step.clone(), text: text.clone(), approves: approves.cloned() })?;
        Ok(asked(&self.recorder().state).unwrap_or(text))
    }

    fn take_left_over(&self, step: &StepId, text: &str) -> Option<Answer> {
        let mut left_over = self.left_over.lock().unwrap_or_else(PoisonError::into_inner);
        left_over.remove(step).filter(|(asked, _)| asked == text).map(|(_, answer)| answer)
    }

    /// Whether this step's question was answered before, and nothing has followed from it.
    pub(super) fn has_left_over(&self, step: &StepId) -> bool {
        self.left_over.lock().unwrap_or_else(PoisonError::into_inner).contains_key(step)
    }

    /// What is to become of a step that failed: `Retry`, `Skip`, or a halt.
    pub(super) async fn ask_about_failure(&self, step: &Step, reason: &str) -> Result<Answer, Halt> {
        let plan = self.plan();
        let go_unplanned = match plan.mode {
            Mode::Planned if plan.build.is_none() => ", go on unplanned",
            Mode::Planned | Mode::Unplanned => "",
        };
        let text = if self.is_spent(step) {
            format!(
                "{}: {reason}. What it executed can be executed only once, so that retrying it comes to the same: mend \
                 the cause and abort the run, and the next `lifeboat up` goes on from what stands; or skip it with a \
                 reason?",
                step.title
            )
        } else {
            format!("{}: {reason}. Retry it, skip it with a reason, abort the run{go_unplanned}?", step.title)
        };
        match self.ask(step, &text).await? {
            answer @ (Answer::Retry | Answer::Skip { .. }) => Ok(answer),
            Answer::Yes => Ok(Answer::Retry),
            Answer::No => Err(Halt::Stopped(format!("{}: {reason}", step.title))),
            Answer::Abort => Err(Halt::Abort),
        }
    }

    /// Whether what the step executes is used up: a change set is no more once its execution was begun.
    fn is_spent(&self, step: &Step) -> bool {
        self.recorder().memory.calls_of(&step.id).iter().any(|(_, attempted)| {
            let is_execution = matches!(attempted.record.call, Call::ExecuteChangeSet { .. });
            is_execution && matches!(attempted.record.outcome, Some(Ok(_)))
        })
    }

    /// Whether a call happened that nothing can tell of.
    pub(super) async fn ask_whether_it_happened(&self, step: &Step, text: &str) -> Result<bool, Halt> {
        match self.ask(step, text).await? {
            Answer::Yes => Ok(true),
            Answer::No => Ok(false),
            // No answer to this: to send it again is to say that it did not happen, and nobody has said that.
            Answer::Retry => Err(Halt::Stopped(format!("it waits for an answer: {text}"))),
            // Nothing more of it is done: what it left behind is for the person who says so.
            Answer::Skip { reason } => Err(Halt::Stopped(format!("{}: {reason}", step.title))),
            Answer::Abort => Err(Halt::Abort),
        }
    }

    /// The plan as it stands now is not the one that was approved: its guards are judged as those of a new one, and a
    /// person is asked.
    pub(super) async fn ask_for_approval(&self) -> Result<(), Halt> {
        let (state, step) = loop {
            let state = self.state();
            let approval = state.plan.steps.iter().find(|step| step.kind == StepKind::Approval);
            let Some(step) = approval.or_else(|| state.plan.steps.first()).cloned() else { return Ok(()) };
            let reports = self.judge_plan(&state.plan)?;
            let Some(refusal) = refusal(&reports) else { break (state, step) };
            let text = format!(
                "The plan is now {}, and {refusal}. Judge again, or skip what refuses with a reason?",
                state.hash.short()
            );
            match self.ask(&step, &text).await? {
                Answer::Yes | Answer::Retry => {
                    self.sight.look_around(state.plan.mode).await;
                    self.plan_again()?;
                }
                Answer::Skip { reason } if can_be_overridden(&reports) => self.override_all(&reports, &reason)?,
                Answer::No | Answer::Skip { .. } => return Err(Halt::Stopped(refusal)),
                Answer::Abort => return Err(Halt::Abort),
            }
        };
        let text = format!(
            "The plan is now {} ({}): {}. Approve it? Only its phrase does: {}",
            format_args!("{} {} to {}", state.plan.runbook, state.plan.deployment, state.plan.to),
            state.hash.short(),
            loss(&state.plan),
            state.plan.phrase()
        );
        match self.put(&step, &text, Some(&state.hash)).await? {
            Reply::Approval(approval) => self.record(&RunEvent::Approved {
                by: approval.by().clone(),
                hash: state.hash,
                phrase: Some(approval.phrase().to_owned()),
            }),
            Reply::Answer(Answer::Abort) => Err(Halt::Abort),
            Reply::Answer(Answer::Yes | Answer::No | Answer::Retry | Answer::Skip { .. }) => {
                Err(Halt::Stopped(format!("the plan {} is not approved", state.hash.short())))
            }
        }
    }

    fn judge_plan(&self, plan: &Plan) -> Result<Vec<GuardReport>, Halt> {
        let reports = self.judge_guards(&plan.guards, plan);
        self.record(&RunEvent::GuardsJudged { step: None, reports: reports.clone() })?;
        Ok(reports)
    }

    /// Break-glass for a plan that was made in the middle of a run: what was overridden before was another plan's.
    fn override_all(&self, reports: &[GuardReport], reason: &str) -> Result<(), Halt> {
        for report in reports.iter().filter(|report| !report.allows()) {
            let by = self.surroundings.operator.clone();
            self.record(&RunEvent::Overridden { guard: report.guard, reason: reason.to_owned(), by })?;
        }
        Ok(())
    }
}

/// Whether nothing stands against a plan but what a person may go on against.
fn can_be_overridden(reports: &[GuardReport]) -> bool {
    reports.iter().filter(|report| !report.allows()).all(|report| report.guard.can_be_overridden())
}
