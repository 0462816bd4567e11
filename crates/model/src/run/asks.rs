//! What a run's question is about, read from what the run knows of the step it is asked of: which answers it takes, and
//! which of them stop the run.

use super::{Answer, RunState, StepStatus};
use crate::call::Call;
use crate::plan::StepId;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// Whether the plan, as it has become, is approved: nothing but its typed phrase does that.
    Approval,
    /// What is to become of a plan that guards refuse.
    Judgement,
    /// What is to become of a step that failed.
    Failure,
    /// Whether a call happened of which nothing can tell.
    WhetherItHappened,
}

impl Asks {
    /// Whether this is an answer to it.
    pub fn takes(self, answer: &Answer) -> bool {
        match (self, answer) {
            (Self::Approval, Answer::Yes) | (Self::WhetherItHappened, Answer::Retry) => false,
            (_, Answer::Yes | Answer::No | Answer::Retry | Answer::Skip { .. } | Answer::Abort) => true,
        }
    }

    /// Whether all that may follow from the answer is that the run stops and waits. Of a plan that guards refuse, a reason
    /// overrides what may be overridden, and otherwise stops it.
    pub fn is_stopped_by(self, answer: &Answer) -> bool {
        match (self, answer) {
            (Self::WhetherItHappened, Answer::Skip { .. }) | (Self::Judgement | Self::Failure, Answer::No) => true,
            (Self::Approval, answer) => *answer != Answer::Abort,
            (_, Answer::Yes | Answer::No | Answer::Retry | Answer::Skip { .. } | Answer::Abort) => false,
        }
    }

    /// The answers that it takes, each with what it means here, as they are typed beside a run without a console.
    pub fn typed(self) -> &'static str {
        match self {
            Self::Approval => "n(o: stop here)  a(bort)",
            Self::Judgement => "r(etry: judge again)  s(kip) REASON  n(o: stop here)  a(bort)  u(nplanned)",
            Self::Failure => "r(etry)  s(kip) REASON  n(o: stop here)  a(bort)  u(nplanned)",
            Self::WhetherItHappened => {
                "y(es: it happened)  n(o: it did not, send it)  s(top here) REASON  a(bort)  u(nplanned)"
            }
        }
    }
}

impl RunState {
    /// What the question that is open is about.
    pub fn asks(&self) -> Option<Asks> {
        let (step, _) = self.question.as_ref()?;
        Some(if self.approves.is_some() { Asks::Approval } else { self.asks_of(step) })
    }

    /// What a question of this step is about, but for an approval.
    pub fn asks_of(&self, step: &StepId) -> Asks {
        if self.is_unseen(step) {
            Asks::WhetherItHappened
        } else if self.status(step) == StepStatus::Failed && self.is_approved {
            Asks::Failure
        } else {
            Asks::Judgement
        }
    }

    /// Whether whoever looked last for what became of the step's call could not tell: only a person goes on from there.
    pub fn is_unseen(&self, step: &StepId) -> bool {
        self.unseen.contains_key(step)
    }

    /// That call.
    pub fn unseen_call(&self, step: &StepId) -> Option<&Call> {
        let index = *self.unseen.get(step)?;
        let sent = self.calls.get(&(step.clone(), index)).map(|record| &record.call);
        sent.or_else(|| self.plan.step(step)?.calls.get(index))
    }
}
