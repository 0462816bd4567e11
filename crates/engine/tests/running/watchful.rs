//! The simulated account behind a door that lets nothing pass without its intent in the journal, and remembers what
//! went through.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use lifeboat_engine::journal::{Journal, MemoryJournal};
use lifeboat_model::call::{Call, Receipt};
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::facts::Facts;
use lifeboat_model::id::{DeploymentName, Region};
use lifeboat_model::port::{Mutate, Observe, Reality, Usage};
use lifeboat_model::read::Read;
use lifeboat_model::run::{RunEvent, TrueLoss};
use lifeboat_model::time::{Duration, Timestamp};
use lifeboat_model::topology::CanaryTarget;
use lifeboat_sim::SimCloud;

/// What comes of a call in place of the account's own answer.
pub(crate) enum Instead {
    /// It takes effect, and nobody is told.
    AnswerLost,
    /// It is accepted, and says so only after so long.
    Slow(Duration),
    /// It has no effect.
    Refused(CloudErrorKind),
}

/// Which calls are meant, and what comes of the next ones.
type Script = (fn(&Call) -> bool, VecDeque<Instead>);

/// Which reads are meant.
type Blindness = fn(&Read) -> bool;

pub(crate) struct Watchful {
    cloud: SimCloud,
    journal: Arc<MemoryJournal>,
    passed: Mutex<Vec<(Call, Result<Receipt, CloudError>)>>,
    /// How often each call is turned away before it is let through, and how.
    turns_away: Mutex<Option<(usize, CloudErrorKind)>>,
    scripts: Mutex<Vec<Script>>,
    /// What gets no answer any more.
    blind_to: Mutex<Option<Blindness>>,
}

impl Watchful {
    pub(crate) fn new(cloud: SimCloud, journal: Arc<MemoryJournal>) -> Self {
        Self {
            cloud,
            journal,
            passed: Mutex::default(),
            turns_away: Mutex::default(),
            scripts: Mutex::default(),
            blind_to: Mutex::default(),
        }
    }

    /// What comes of the next such calls, one after the other; then they are as ever.
    pub(crate) fn answer_next<const N: usize>(&self, picks: fn(&Call) -> bool, answers: [Instead; N]) {
        self.scripts.lock().expect("nobody panicked").push((picks, VecDeque::from(answers)));
    }

    /// From now on such reads get no answer.
    pub(crate) fn blind_to(&self, picks: Blindness) {
        *self.blind_to.lock().expect("nobody panicked") = Some(picks);
    }

    fn scripted(&self, call: &Call) -> Option<Instead> {
        let mut scripts = self.scripts.lock().expect("nobody panicked");
        scripts.iter_mut().filter(|(picks, _)| picks(call)).find_map(|(_, answers)| answers.pop_front())
    }

    /// From now on each call is refused so often before it reaches the account.
    pub(crate) fn turn_away(&self, times: usize, kind: CloudErrorKind) {
        *self.turns_away.lock().expect("nobody panicked") = Some((times, kind));
    }

    fn refusal(&self, call: &Call) -> Option<CloudError> {
        let (times, kind) = self.turns_away.lock().expect("nobody panicked").clone()?;
        let tried = self.passed().iter().filter(|(passed, _)| passed == call).count();
        (tried < times).then(|| failure(call, kind))
    }

    /// Every call that was sent, and what came of it.
    pub(crate) fn passed(&self) -> Vec<(Call, Result<Receipt, CloudError>)> {
        self.passed.lock().expect("nobody panicked").clone()
    }

    /// Those that were accepted, or whose answer was lost.
    pub(crate) fn accepted(&self) -> Vec<Call> {
        let may_have_happened = |outcome: &Result<Receipt, CloudError>| match outcome {
            Ok(_) => true,
            Err(error) => error.kind.is_silence() && error.kind != CloudErrorKind::Unreachable,
        };
        self.passed().into_iter().filter(|(_, outcome)| may_have_happened(outcome)).map(|(call, _)| call).collect()
    }

    pub(crate) fn promotions(&self) -> Vec<Call> {
        let promotes =
            |call: &Call| matches!(call, Call::SwitchoverGlobalCluster { .. } | Call::FailoverGlobalCluster { .. });
        self.accepted().into_iter().filter(promotes).collect()
    }

    /// How many intents of this call have no outcome yet.
    fn intents(&self, call: &Call) -> usize {
        let mut open = 0_usize;
        for record in self.journal.records(None, 0).expect("it can be read") {
            match record.entry().expect("it is whole").event {
                RunEvent::CallStarted { call: intended, .. } | RunEvent::UndoCallStarted { call: intended, .. } => {
                    open += usize::from(*intended == *call);
                }
                _ => {}
            }
        }
        let passed = self.passed().iter().filter(|(passed, _)| passed == call).count();
        open.saturating_sub(passed)
    }
}

fn failure(call: &Call, kind: CloudErrorKind) -> CloudError {
    CloudError {
        kind,
        service: call.service(),
        region: call.endpoint_region(),
        operation: call.operation().to_owned(),
        message: "not now".to_owned(),
        request_id: None,
        fix: None,
    }
}

#[async_trait]
impl Observe for Watchful {
    async fn read(&self, region: &Region, read: &Read) -> Result<Facts, CloudError> {
        if let Some(picks) = *self.blind_to.lock().expect("nobody panicked")
            && picks(read)
        {
            return Err(CloudError {
                kind: CloudErrorKind::Unreachable,
                service: read.service(),
                region: region.clone(),
                operation: "Describe".to_owned(),
                message: "nobody answers".to_owned(),
                request_id: None,
                fix: None,
            });
        }
        self.cloud.read(region, read).await
    }

    fn reality(&self) -> Reality {
        self.cloud.reality()
    }

    fn usage(&self) -> Usage {
        self.cloud.usage()
    }

    fn truth(&self, deployment: &DeploymentName, since: Timestamp) -> Option<TrueLoss> {
        Observe::truth(&self.cloud, deployment, since)
    }
}

#[async_trait]
impl Mutate for Watchful {
    async fn perform(&self, call: &Call) -> Result<Receipt, CloudError> {
        assert!(self.intents(call) > 0, "{call:?} left without an intent in the journal");
        let outcome = match (self.refusal(call), self.scripted(call)) {
            (Some(refusal), _) => Err(refusal),
            (None, Some(Instead::Refused(kind))) => Err(failure(call, kind)),
            (None, Some(Instead::AnswerLost)) => {
                self.cloud.perform(call).await.expect("it takes effect");
                Err(failure(call, CloudErrorKind::OutcomeUnknown))
            }
            (None, Some(Instead::Slow(length))) => {
                let clock = self.cloud.clock();
                clock.sleep(length).await;
                Ok(Receipt { request_id: None, at: clock.now(), detail: None })
            }
            (None, None) => self.cloud.perform(call).await,
        };
        self.passed.lock().expect("nobody panicked").push((call.clone(), outcome.clone()));
        outcome
    }

    async fn write_canary(&self, canary: &CanaryTarget, nonce: &str) -> Result<Receipt, CloudError> {
        self.cloud.write_canary(canary, nonce).await
    }
}
