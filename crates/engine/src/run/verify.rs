//! Waiting until what a step was to bring about is seen, and no longer than its time-out.

use std::collections::BTreeSet;

use lifeboat_model::plan::{Condition, Step};
use lifeboat_model::time::{Duration, Timestamp, after, age};

use super::control::Halt;
use super::executor::Executor;
use super::step::Failed;
use crate::conditions::{self, Held, Seen};

/// Between two looks: a twenty-fifth of what has been waited already, so that looking adds little to short waits and
/// asks little of long ones.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(5);
const LONGEST_FOR_CANARIES: Duration = Duration::from_secs(2);

impl Executor<'_> {
    /// `began_at`: nothing read before it counts. The time-out counts from now: a process that died took none of it.
    pub(super) async fn verify(&self, step: &Step, began_at: Timestamp) -> Result<Result<(), Failed>, Halt> {
        if step.verify.is_empty() {
            return Ok(Ok(()));
        }
        let first_look_at = self.now();
        let ends_at = after(first_look_at, step.timeout);
        let mut pending: Vec<&Condition> = step.verify.iter().collect();
        loop {
            self.look_at_conditions(&pending, began_at).await?;
            let missing = match self.judge_conditions(&mut pending, began_at) {
                Ok(None) => return Ok(Ok(())),
                Ok(Some(missing)) => missing,
                Err(never) => return Ok(Err(never)),
            };
            let now = self.now();
            if now >= ends_at {
                return Ok(Err(format!("not seen within {} s: {missing}", step.timeout.as_secs())));
            }
            let pause = pause(&pending, first_look_at, began_at, now).min(age(ends_at, now));
            self.wait(pause).await?;
        }
    }

    async fn look_at_conditions(&self, pending: &[&Condition], began_at: Timestamp) -> Result<(), Halt> {
        let deployment = &self.surroundings.deployment;
        let wanted: BTreeSet<_> =
            pending.iter().flat_map(|condition| conditions::reads(condition, deployment)).collect();
        self.sight.look(&wanted).await;
        if pending.iter().any(|condition| matches!(condition, Condition::CanaryServed)) {
            self.seek_newest_canary(began_at).await?;
        }
        Ok(())
    }

    /// Leaves in `pending` what does not hold yet. `Ok(None)` when all holds; `Err` when one never will.
    fn judge_conditions(&self, pending: &mut Vec<&Condition>, began_at: Timestamp) -> Result<Option<String>, Failed> {
        let snapshot = self.sight.snapshot();
        let assessment = self.sight.assess(&snapshot);
        let canary = self.canary_view();
        let seen = Seen {
            deployment: &self.surroundings.deployment,
            snapshot: &snapshot,
            assessment: &assessment,
            began_at,
            now: self.now(),
            canary: &canary,
        };
        let mut missing = Vec::new();
        let mut never = None;
        pending.retain(|condition| match conditions::judge(condition, &seen) {
            Held::Yes => false,
            Held::NotYet(why) | Held::Unknown(why) => {
                missing.push(why);
                true
            }
            Held::Never(why) => {
                never.get_or_insert(why);
                true
            }
        });
        match never {
            Some(why) => Err(why),
            None => Ok((!missing.is_empty()).then(|| missing.join("; "))),
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
        | Condition::AlarmsQuiet { .. } => None,
    });
    let all_by_themselves = pending.iter().all(|condition| matches!(condition, Condition::Elapsed { .. }));
    match lengths.max() {
        Some(length) if all_by_themselves => length.max(Duration::from_millis(1)),
        Some(length) => length.clamp(Duration::from_millis(1), usual),
        None => usual,
    }
}
