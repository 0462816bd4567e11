//! What people want of a run that is under way, and how its parts are told. It decides nothing: whoever waits asks here
//! whether to go on.

use lifeboat_model::plan::{PlanHash, StepId};
use lifeboat_model::run::Answer;
use tokio::sync::watch;

use crate::approval::Approval;

/// Why a step does not go on. Greater outweighs smaller where steps side by side end differently.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Halt {
    /// Only a person can go on, and nobody is there.
    Stopped(String),
    /// The rest is to be planned anew without the region that is to be left.
    Unplanned,
    Abort,
    /// The journal cannot be written: nothing may be done any more.
    Broken,
}

#[expect(clippy::struct_excessive_bools, reason = "each is wished for or not, independently of the others")]
#[derive(Clone, Debug, Default)]
struct Wishes {
    closed: bool,
    paused: bool,
    abort: bool,
    unplanned: bool,
    broken: bool,
    said: Option<Said>,
}

impl Wishes {
    fn halt(&self) -> Option<Halt> {
        if self.broken {
            Some(Halt::Broken)
        } else if self.abort {
            Some(Halt::Abort)
        } else if self.unplanned {
            Some(Halt::Unplanned)
        } else {
            None
        }
    }
}

/// What a person said last.
#[derive(Clone, Debug)]
enum Said {
    Answer { step: StepId, question: String, answer: Answer },
    Approval(Approval),
}

#[derive(Debug)]
pub(super) struct Control {
    wishes: watch::Sender<Wishes>,
}

/// What waiting for a person ended with.
#[derive(Debug)]
pub(super) enum Heard {
    Answer(Answer),
    Approval(Approval),
    Halt(Halt),
    /// Nobody can say anything any more.
    Nobody,
}

impl Control {
    pub(super) fn new(paused: bool) -> Self {
        Self { wishes: watch::Sender::new(Wishes { paused, ..Wishes::default() }) }
    }

    pub(super) fn close(&self) {
        self.wishes.send_modify(|wishes| wishes.closed = true);
    }

    pub(super) fn pause(&self, paused: bool) {
        self.wishes.send_modify(|wishes| wishes.paused = paused);
    }

    pub(super) fn abort(&self) {
        self.wishes.send_modify(|wishes| wishes.abort = true);
    }

    pub(super) fn go_unplanned(&self, wanted: bool) {
        self.wishes.send_modify(|wishes| wishes.unplanned = wanted);
    }

    pub(super) fn break_off(&self) {
        self.wishes.send_modify(|wishes| wishes.broken = true);
    }

    pub(super) fn answer(&self, step: StepId, question: String, answer: Answer) {
        self.wishes.send_modify(|wishes| wishes.said = Some(Said::Answer { step, question, answer }));
    }

    pub(super) fn approve(&self, approval: Approval) {
        self.wishes.send_modify(|wishes| wishes.said = Some(Said::Approval(approval)));
    }

    /// Whether anything speaks against going on.
    pub(super) fn check(&self) -> Result<(), Halt> {
        self.wishes.borrow().halt().map_or(Ok(()), Err)
    }

    /// Ready as soon as something speaks against going on.
    pub(super) async fn halted(&self) -> Halt {
        self.until(Wishes::halt).await
    }

    pub(super) async fn broken(&self) {
        self.until(|wishes| wishes.broken.then_some(())).await;
    }

    /// Waits while the run is paused.
    pub(super) async fn pass(&self) -> Result<(), Halt> {
        self.until(|wishes| match (wishes.halt(), wishes.paused, wishes.closed) {
            (Some(halt), _, _) => Some(Err(halt)),
            (None, false, _) => Some(Ok(())),
            (None, true, true) => Some(Err(Halt::Stopped("it is paused, and nobody is there to resume it".to_owned()))),
            (None, true, false) => None,
        })
        .await
    }

    /// What a person says to this very question.
    pub(super) async fn hear(&self, step: &StepId, question: &str, approves: Option<&PlanHash>) -> Heard {
        let heard = self
            .until(|wishes| {
                if let Some(halt) = wishes.halt() {
                    return Some(Heard::Halt(halt));
                }
                match &wishes.said {
                    Some(Said::Answer { step: to, question: said, answer }) if to == step && said == question => {
                        Some(Heard::Answer(answer.clone()))
                    }
                    Some(Said::Approval(approval)) if approves == Some(approval.hash()) => {
                        Some(Heard::Approval(approval.clone()))
                    }
                    Some(_) | None => wishes.closed.then_some(Heard::Nobody),
                }
            })
            .await;
        self.wishes.send_modify(|wishes| wishes.said = None);
        heard
    }

    async fn until<T>(&self, mut ready: impl FnMut(&Wishes) -> Option<T>) -> T {
        let mut receiver = self.wishes.subscribe();
        loop {
            let found = ready(&receiver.borrow_and_update());
            if let Some(found) = found {
                return found;
            }
            if receiver.changed().await.is_err() {
                // The sender is this value's own: it outlives everybody who waits.
                std::future::pending::<()>().await;
            }
        }
    }
}
