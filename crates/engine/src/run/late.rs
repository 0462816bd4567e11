//! Calls that hold what only other stacks or steps can tell: settled from what was read just before they are sent, and
//! journaled as they are sent.

use lifeboat_model::call::Call;
use lifeboat_model::plan::Step;
use lifeboat_model::time::Duration;

use super::control::Halt;
use super::executor::Executor;
use super::step::Failed;
use crate::{late, questions};

/// How often what cannot be told is asked again: an answer may have been late, and an endpoint may not be there yet.
const LOOKS: u32 = 3;
const BETWEEN_LOOKS: Duration = Duration::from_secs(3);
/// What names a cluster must be known before the cluster can be asked.
const ROUNDS: u32 = 2;

impl Executor<'_> {
    /// The call as it may be sent, or why it may not.
    pub(super) async fn settle_late(&self, call: &Call) -> Result<Result<Call, Failed>, Halt> {
        if call.is_settled() {
            return Ok(Ok(call.clone()));
        }
        let plan = self.plan();
        let mut looks = 0;
        loop {
            looks += 1;
            let since = self.now();
            for _ in 0..ROUNDS {
                let asked: Vec<_> = {
                    let findings = self.sight.findings();
                    call.late()
                        .into_iter()
                        .flat_map(|value| late::questions(value, Some(&plan), &findings, since))
                        .collect()
                };
                self.sight.find(&asked).await;
            }
            let settled = {
                let findings = self.sight.findings();
                call.settle(&|value| late::answer(value, Some(&plan), &findings, since))
            };
            match settled {
                Ok(call) => return Ok(Ok(call)),
                Err(unsettled) if looks >= LOOKS => return Ok(Err(late::missing(&unsettled, call))),
                Err(_) => self.wait(BETWEEN_LOOKS).await?,
            }
        }
    }

    /// What an earlier hand sent for this call of the plan, where what it left open was filled in.
    pub(super) fn sent_as(&self, step: &Step, index: usize, call: &Call) -> Call {
        if call.is_settled() {
            return call.clone();
        }
        let recorder = self.recorder();
        let attempted = recorder.memory.calls.get(&(step.id.clone(), index));
        attempted.map(|attempted| &attempted.record.call).filter(|sent| is_of(sent, call)).unwrap_or(call).clone()
    }

    /// Whether AWS found nothing to change: then there is nothing to execute, and it would refuse to.
    pub(super) async fn is_needless(&self, call: &Call) -> Result<bool, Halt> {
        let Call::ExecuteChangeSet { creates: false, region, stack, change_set } = call else { return Ok(false) };
        let asked = questions::change_set(region, stack, change_set);
        self.sight.find(std::slice::from_ref(&asked)).await;
        let is_empty = {
            let findings = self.sight.findings();
            let heard = findings.get(&asked).filter(|reading| reading.failure.is_none());
            heard.and_then(|reading| reading.last.as_ref()).is_some_and(|last| match &last.value {
                lifeboat_model::facts::Facts::ChangeSet(Some(set)) => set.is_empty(),
                _ => false,
            })
        };
        if is_empty {
            self.note(format!("{stack} in {region}: AWS found nothing to change"))?;
        }
        Ok(is_empty)
    }
}

/// Whether one call is the other with what was late filled in.
fn is_of(sent: &Call, planned: &Call) -> bool {
    let (
        Call::CreateChangeSet { region, stack, change_set, creates, template, .. },
        Call::CreateChangeSet {
            region: region_planned,
            stack: stack_planned,
            change_set: change_set_planned,
            creates: creates_planned,
            template: template_planned,
            ..
        },
    ) = (sent, planned)
    else {
        return false;
    };
    (region, stack, change_set, creates, template)
        == (region_planned, stack_planned, change_set_planned, creates_planned, template_planned)
}
