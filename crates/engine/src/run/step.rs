//! One step: guards, then the durable beginning, then its calls, then what must be seen, then the durable end.

use lifeboat_model::guard::{GuardName, GuardReport, Verdict};
use lifeboat_model::plan::Step;
use lifeboat_model::run::{Answer, RunEvent, StepOutcome, StepStatus};
use lifeboat_model::runbook::StepKind;
use lifeboat_model::time::{Duration, Timestamp, after, age};
use lifeboat_model::wording::span;

use super::control::Halt;
use super::executor::Executor;
use super::safeguards::Safeguard;
use super::verify::Verified;
use crate::guards;

/// How often guards that cannot tell are judged again before a person is asked: an answer may have been late.
const LOOKS_AT_UNKNOWN: u32 = 3;
const BETWEEN_LOOKS: Duration = Duration::from_secs(3);

/// Why a step cannot count as done, for people.
pub(super) type Failed = String;

/// Whether this hand has just begun the attempt, its guards judged a moment ago, or takes up what was begun before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beginning {
    Fresh,
    TakenUp,
}

impl Executor<'_> {
    /// To its end, whatever it takes: tries again and skips as people say.
    pub(super) async fn carry_out(&self, step: &Step) -> Result<(), Halt> {
        let mut failed = match self.status(&step.id) {
            StepStatus::Failed => self.recorder().memory.failures.get(&step.id).cloned(),
            StepStatus::Pending | StepStatus::Begun | StepStatus::Done | StepStatus::Skipped | StepStatus::Undone => {
                None
            }
        };
        loop {
            self.control.pass().await?;
            let ended = match failed.take() {
                Some(reason) => Err(reason),
                None => self.attempt(step).await?,
            };
            let Err(reason) = ended else { return Ok(()) };
            if step.optional {
                return Ok(());
            }
            match self.ask_about_failure(step, &reason).await? {
                Answer::Skip { reason } => return self.end(step, StepOutcome::Skipped { reason }, self.now()),
                Answer::Retry | Answer::Yes | Answer::No | Answer::Abort => {}
            }
        }
    }

    async fn attempt(&self, step: &Step) -> Result<Result<(), Failed>, Halt> {
        match self.status(&step.id) {
            StepStatus::Begun => self.go_on(step, Beginning::TakenUp).await,
            StepStatus::Pending | StepStatus::Failed => match self.begin(step).await? {
                Ok(beginning) => self.go_on(step, beginning).await,
                Err(reason) => Ok(Err(reason)),
            },
            StepStatus::Done | StepStatus::Skipped | StepStatus::Undone => Ok(Ok(())),
        }
    }

    /// Guards, then the beginning of an attempt; a refusal is a failed step that never began. Where an earlier attempt
    /// sent anything, guards are judged only once it is known that something is still to be sent: what it did may be
    /// just what they would forbid.
    async fn begin(&self, step: &Step) -> Result<Result<Beginning, Failed>, Halt> {
        let has_sent = !self.recorder().memory.calls_of(&step.id).is_empty();
        let beginning = if has_sent { Beginning::TakenUp } else { Beginning::Fresh };
        if beginning == Beginning::Fresh
            && let Err(reason) = self.pass_guards(step).await?
        {
            self.end(step, StepOutcome::Failed { reason: reason.clone() }, self.now())?;
            return Ok(Err(reason));
        }
        self.control.check()?;
        let attempt = self.began(&step.id).map_or(1, |(_, attempt)| attempt.saturating_add(1));
        self.record(&RunEvent::StepStarted { step: step.id.clone(), attempt })?;
        Ok(Ok(beginning))
    }

    /// From wherever an attempt stands to its end.
    async fn go_on(&self, step: &Step, beginning: Beginning) -> Result<Result<(), Failed>, Halt> {
        let began_at = self.began(&step.id).map_or_else(|| self.now(), |(at, _)| at);
        let done = match step.kind {
            StepKind::Approval => self.wait_for_approval().await.map(Ok),
            StepKind::RestoreLedger => self.restore_ledger().await.map(Ok),
            StepKind::MuteAlarms
            | StepKind::Notice
            | StepKind::Fence
            | StepKind::PauseConsumers
            | StepKind::AuroraSwitchover
            | StepKind::AuroraFailover
            | StepKind::DynamodbDrain
            | StepKind::S3Backlog
            | StepKind::S3ReverseReplication
            | StepKind::Capacity
            | StepKind::StartConsumers
            | StepKind::Parameter
            | StepKind::HealthCheckInversion
            | StepKind::RecordChange
            | StepKind::StandbyTakesOver
            | StepKind::Accelerator
            | StepKind::Traffic
            | StepKind::Canary
            | StepKind::LambdaInvoke
            | StepKind::WaitFor
            | StepKind::Stack
            | StepKind::DeleteStack
            | StepKind::ManagedKey
            | StepKind::GlobalWriterEndpoint
            | StepKind::SecureParameter
            | StepKind::DeleteParameter
            | StepKind::EmptyBucket
            | StepKind::EmptyVault
            | StepKind::ForeignRecords
            | StepKind::Leftovers
            | StepKind::DetectDrift => self.act_and_verify(step, beginning, began_at).await,
        }?;
        let outcome = match &done {
            Ok(()) => StepOutcome::Done,
            Err(reason) => StepOutcome::Failed { reason: reason.clone() },
        };
        self.end(step, outcome, began_at)?;
        Ok(done)
    }

    async fn act_and_verify(
        &self,
        step: &Step,
        beginning: Beginning,
        began_at: Timestamp,
    ) -> Result<Result<(), Failed>, Halt> {
        if let Err(reason) = self.make_calls(step, beginning).await? {
            return Ok(Err(reason));
        }
        let ends_at = after(self.now(), step.timeout);
        loop {
            let again = match self.verify(step, began_at, ends_at).await? {
                Verified::Yes => return Ok(Ok(())),
                Verified::Failed(reason) => return Ok(Err(reason)),
                Verified::Again(why) => why,
            };
            let Some(repeats) = step.repeats else { return Ok(Err(again)) };
            if after(self.now(), repeats.every) >= ends_at {
                return Ok(Err(format!("not seen within {}: {again}", span(step.timeout))));
            }
            self.wait(repeats.every).await?;
            if let Err(reason) = self.make_calls_again(step).await? {
                return Ok(Err(reason));
            }
        }
    }

    async fn wait_for_approval(&self) -> Result<(), Halt> {
        if self.is_approved() { Ok(()) } else { self.ask_for_approval().await }
    }

    fn end(&self, step: &Step, outcome: StepOutcome, began_at: Timestamp) -> Result<(), Halt> {
        let elapsed = age(self.now(), began_at);
        self.record(&RunEvent::StepEnded { step: step.id.clone(), outcome, elapsed })
    }

    /// Reads what the step's guards rest on, and judges them.
    pub(super) async fn pass_guards(&self, step: &Step) -> Result<Result<(), Failed>, Halt> {
        let guards = self.guards_of(step);
        if guards.is_empty() {
            return Ok(Ok(()));
        }
        let mut looks = 0;
        loop {
            looks += 1;
            let reports = self.judge_freshly(&guards).await;
            let is_only_unknown = reports
                .iter()
                .filter(|report| !report.allows())
                .all(|report| matches!(report.verdict, Verdict::Unknown { .. }));
            let refusal = refusal(&reports);
            if refusal.is_some() && is_only_unknown && looks < LOOKS_AT_UNKNOWN {
                self.wait(BETWEEN_LOOKS).await?;
                continue;
            }
            self.record(&RunEvent::GuardsJudged { step: Some(step.id.clone()), reports })?;
            return Ok(refusal.map_or(Ok(()), Err));
        }
    }

    pub(super) async fn judge_freshly(&self, guards: &[GuardName]) -> Vec<GuardReport> {
        let plan = self.plan();
        let wanted =
            guards.iter().flat_map(|guard| guards::services(*guard, &plan, &self.surroundings.deployment)).collect();
        let questions = guards::questions(guards, &plan);
        tokio::join!(self.sight.look(&wanted), self.sight.find(&questions));
        self.judge_guards(guards, &plan)
    }

    /// The step's own, and whatever its list says, the database before traffic.
    fn guards_of(&self, step: &Step) -> Vec<GuardName> {
        let mut guards =
            if self.safeguards.hold(Safeguard::GuardBeforeStep) { step.guards.clone() } else { Vec::new() };
        guards.retain(|guard| *guard != GuardName::DatabaseBeforeTraffic);
        let active_parameter_leads =
            self.surroundings.deployment.active_parameter.as_ref().is_some_and(|parameter| parameter.moves_traffic);
        let moves_traffic = step.kind.moves_traffic() || (step.kind == StepKind::Parameter && active_parameter_leads);
        let is_asked_for =
            step.guards.contains(&GuardName::DatabaseBeforeTraffic) && self.safeguards.hold(Safeguard::GuardBeforeStep);
        if (moves_traffic || is_asked_for) && self.safeguards.hold(Safeguard::DatabaseBeforeTraffic) {
            guards.push(GuardName::DatabaseBeforeTraffic);
        }
        guards
    }
}

/// What refuses, in one sentence.
pub(super) fn refusal(reports: &[GuardReport]) -> Option<Failed> {
    let refusals: Vec<_> = reports
        .iter()
        .filter(|report| !report.allows())
        .map(|report| match &report.verdict {
            Verdict::Pass => report.guard.to_string(),
            Verdict::Refuse { reason, fix } => format!("the guard {} refuses: {reason} ({fix})", report.guard),
            Verdict::Unknown { reason } => format!("the guard {} cannot tell: {reason}", report.guard),
        })
        .collect();
    (!refusals.is_empty()).then(|| refusals.join("; "))
}
