//! Waiting until what a step was to bring about is seen, and no longer than its time-out.

use std::collections::BTreeSet;

use lifeboat_model::plan::{Condition, Step};
use lifeboat_model::read::PlannedRead;
use lifeboat_model::time::{Duration, Timestamp, age};

use super::control::Halt;
use super::executor::Executor;
use super::step::Failed;
use crate::conditions::{self, Asked, Held, Seen};

/// Between two looks: a twenty-fifth of what has been waited already, so that looking adds little to short waits and
/// asks little of long ones.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(5);
const LONGEST_FOR_CANARIES: Duration = Duration::from_secs(2);

/// How waiting ended.
pub(super) enum Verified {
    Yes,
    /// Only sending the calls again helps.
    Again(String),
    Failed(Failed),
}

enum Judgement {
    Holds,
    NotYet(String),
    Again(String),
    Never(String),
}

impl Executor<'_> {
    /// `began_at`: nothing read before it counts. `ends_at` is counted by this process: one that died took none of it.
    pub(super) async fn verify(&self, step: &Step, began_at: Timestamp, ends_at: Timestamp) -> Result<Verified, Halt> {
        if step.verify.is_empty() {
            return Ok(Verified::Yes);
        }
        let first_look_at = self.now();
        let mut pending: Vec<&Condition> = step.verify.iter().collect();
        loop {
            self.look_at_conditions(&pending, began_at).await?;
            let missing = match self.judge_conditions(&mut pending, began_at) {
                Judgement::Holds => return Ok(Verified::Yes),
                Judgement::Never(why) => return Ok(Verified::Failed(why)),
                Judgement::Again(why) => return Ok(Verified::Again(why)),
                Judgement::NotYet(missing) => missing,
            };
            let now = self.now();
            if now >= ends_at {
                return Ok(Verified::Failed(format!("not seen within {} s: {missing}", step.timeout.as_secs())));
            }
            let pause = pause(&pending, first_look_at, began_at, now).min(age(ends_at, now));
            self.wait(pause).await?;
        }
    }

    async fn look_at_conditions(&self, pending: &[&Condition], began_at: Timestamp) -> Result<(), Halt> {
        let deployment = &self.surroundings.deployment;
        let wanted: BTreeSet<_> =
            pending.iter().flat_map(|condition| conditions::reads(condition, deployment)).collect();
        let questions = self.questions(pending, began_at);
        tokio::join!(self.sight.look(&wanted), self.sight.find(&questions));
        if pending.iter().any(|condition| matches!(condition, Condition::CanaryServed)) {
            self.seek_newest_canary(began_at).await?;
        }
        Ok(())
    }

    fn questions(&self, pending: &[&Condition], since: Timestamp) -> Vec<PlannedRead> {
        let plan = self.plan();
        let findings = self.sight.findings();
        let asked = Asked { plan: Some(&plan), findings: &findings, since };
        pending.iter().flat_map(|condition| conditions::asks(condition, &asked)).collect()
    }

    /// Leaves in `pending` what does not hold yet.
    fn judge_conditions(&self, pending: &mut Vec<&Condition>, began_at: Timestamp) -> Judgement {
        let plan = self.plan();
        let snapshot = self.sight.snapshot();
        let findings = self.sight.findings();
        let assessment = self.sight.assess(&snapshot);
        let canary = self.canary_view();
        let seen = Seen {
            deployment: &self.surroundings.deployment,
            snapshot: &snapshot,
            findings: &findings,
            plan: Some(&plan),
            assessment: &assessment,
            began_at,
            now: self.now(),
            canary: &canary,
        };
        let mut missing = Vec::new();
        let (mut again, mut never) = (None, None);
        pending.retain(|condition| match conditions::judge(condition, &seen) {
            Held::Yes => false,
            Held::NotYet(why) | Held::Unknown(why) => {
                missing.push(why);
                true
            }
            Held::Again(why) => {
                again.get_or_insert(why);
                true
            }
            Held::Never(why) => {
                never.get_or_insert(why);
                true
            }
        });
        match (never, again) {
            (Some(why), _) => Judgement::Never(why),
            // What is only waited for may be what the calls are still doing.
            (None, _) if !missing.is_empty() => Judgement::NotYet(missing.join("; ")),
            (None, Some(why)) => Judgement::Again(why),
            (None, None) => Judgement::Holds,
        }
    }
}

fn pause(pending: &[&Condition], first_look_at: Timestamp, began_at: Timestamp, now: Timestamp) -> Duration {
    let waits_for_canaries = pending.iter().any(|condition| matches!(condition, Condition::CanaryServed));
    let longest = if waits_for_canaries { LONGEST_FOR_CANARIES } else { LONGEST };
    let usual = (age(now, first_look_at) / 25).clamp(SHORTEST, longest);
    // What passes by itself is known to the moment.
    let lengths = pending.iter().filter_map(|condition| match condition {
        Condition::Elapsed { length } => Some(length.saturating_sub(age(now, began_at))),
        Condition::WriterIs { .. }
        | Condition::Synchronized { .. }
        | Condition::BacklogEmpty { .. }
        | Condition::ReplicationIs { .. }
        | Condition::CheckInverted { .. }
        | Condition::RecordIs { .. }
        | Condition::AnswersLeadTo { .. }
        | Condition::Leaves { .. }
        | Condition::GroupIs { .. }
        | Condition::InService { .. }
        | Condition::CapacityIs { .. }
        | Condition::ConcurrencyIs { .. }
        | Condition::EventSourceIs { .. }
        | Condition::AtRiskAtMost { .. }
        | Condition::CanaryServed
        | Condition::AlarmsQuiet { .. }
        | Condition::ChangeSetReady { .. }
        | Condition::StackComplete { .. }
        | Condition::StackIs { .. }
        | Condition::StackGone { .. }
        | Condition::StackProtected { .. }
        | Condition::DriftDetected { .. }
        | Condition::BucketEmpty { .. }
        | Condition::VaultEmpty { .. }
        | Condition::ParameterThere { .. }
        | Condition::ParameterGone { .. }
        | Condition::WriterEndpointKnown { .. }
        | Condition::NothingLeft { .. } => None,
    });
    let all_by_themselves = pending.iter().all(|condition| matches!(condition, Condition::Elapsed { .. }));
    match lengths.max() {
        Some(length) if all_by_themselves => length.max(Duration::from_millis(1)),
        Some(length) => length.clamp(Duration::from_millis(1), usual),
        None => usual,
    }
}
