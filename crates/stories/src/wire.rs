//! The line between the executor and the simulated account. It loses, delays and refuses requests as the weather wants,
//! and at the very moment a change leaves it looks whether it may: what is durable then is all that counts.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use futures::FutureExt as _;
use lifeboat_engine::journal::MemoryJournal;
use lifeboat_model::assessment::StoreKind;
use lifeboat_model::call::{Call, Receipt, Repetition};
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::facts::Facts;
use lifeboat_model::id::{DeploymentName, Region};
use lifeboat_model::plan::Plan;
use lifeboat_model::port::{Mutate, Observe, Reality, Usage};
use lifeboat_model::read::{Read, Service};
use lifeboat_model::run::TrueLoss;
use lifeboat_model::runbook::{Mode, StepKind};
use lifeboat_model::time::{Clock as _, Duration, Timestamp};
use lifeboat_model::topology::{CanaryTarget, Deployment};

use crate::chronicle::{Chronicle, Intent};
use crate::dice::Dice;
use crate::script::Weather;
use crate::stage::{Stage, StageClock};
use crate::tally::{Happening, Tally};

/// How long a region that is gone lets a request wait before its connection is given up.
const SILENCE: Duration = Duration::from_secs(3);
/// By then a request that was torn has arrived, or never will.
const LATEST_MS: u64 = 2000;

pub(crate) struct Wire {
    stage: Arc<Stage>,
    deployment: Deployment,
    dice: Dice,
    weather: Weather,
    /// Whether what happens is told in words, which costs time.
    traced: bool,
    inner: Mutex<Inner>,
}

struct Inner {
    chronicle: Chronicle,
    turns: u64,
    /// Requests that their senders have given up, by when they arrive.
    late: BTreeMap<(Duration, u64), (Call, Option<Intent>)>,
    /// Changes the account has accepted, by what they were meant for, with the newest entry at that time.
    accepted: Vec<(Intent, Call, u64)>,
    tally: Tally,
    violations: Vec<String>,
    trace: Vec<(Duration, String)>,
}

/// What becomes of one request on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Served,
    Throttled,
    Unanswered,
    Torn,
    Late,
}

impl Wire {
    pub(crate) fn new(
        stage: Arc<Stage>,
        deployment: Deployment,
        dice: Dice,
        weather: Weather,
        journal: Arc<MemoryJournal>,
        traced: bool,
    ) -> Arc<Self> {
        let inner = Inner {
            chronicle: Chronicle::new(journal),
            turns: 0,
            late: BTreeMap::new(),
            accepted: Vec::new(),
            tally: Tally::default(),
            violations: Vec::new(),
            trace: Vec::new(),
        };
        Arc::new(Self { stage, deployment, dice, weather, traced, inner: Mutex::new(inner) })
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn count(&self, happening: Happening) {
        self.inner().tally.count(happening);
    }

    pub(crate) fn violation(&self, words: impl Into<String>) {
        let (now, words) = (self.stage.now(), words.into());
        let mut inner = self.inner();
        // Each process of a run is looked over with all that came before it.
        if !inner.violations.contains(&words) {
            inner.trace.push((now, format!("VIOLATION {words}")));
            inner.violations.push(words);
        }
    }

    pub(crate) fn trace(&self, words: impl FnOnce() -> String) {
        if self.traced {
            let (now, words) = (self.stage.now(), words());
            self.inner().trace.push((now, words));
        }
    }

    /// What came to pass, what should not have, and how.
    pub(crate) fn told(&self) -> (Tally, Vec<String>, Vec<(Duration, String)>) {
        let inner = self.inner();
        (inner.tally.clone(), inner.violations.clone(), inner.trace.clone())
    }

    pub(crate) fn deployment_name(&self) -> DeploymentName {
        self.deployment.name.clone()
    }

    fn turn(&self) -> Dice {
        let mut inner = self.inner();
        inner.turns += 1;
        self.dice.nth(inner.turns)
    }

    fn fate(&self, dice: Dice) -> Fate {
        let weather = self.weather;
        if dice.on("throttled").percent(weather.throttled) {
            Fate::Throttled
        } else if dice.on("torn").percent(weather.torn) {
            Fate::Torn
        } else if dice.on("late").percent(weather.late) {
            Fate::Late
        } else if dice.on("unanswered").percent(weather.unanswered) {
            Fate::Unanswered
        } else {
            Fate::Served
        }
    }

    /// The database's writer as it really is; `None` where the deployment has no database that can be promoted.
    fn true_writer(&self) -> Option<Region> {
        let truth = self.stage.cloud.truth(&self.deployment)?;
        Some(truth.store(StoreKind::Aurora)?.region.clone())
    }

    // ---- What must hold when a change leaves

    fn look_at(&self, call: &Call) -> Option<Intent> {
        let writer = self.true_writer();
        let mut inner = self.inner();
        if let Err(error) = inner.chronicle.catch_up() {
            inner.violations.push(format!("the journal cannot be read: {error}"));
        }
        let mut wrong = Vec::new();
        let intent = inner.chronicle.open_intent(call);
        match (&intent, inner.chronicle.plan()) {
            (Some(intent), Some((plan, hash))) => {
                if !intent.undo && !inner.chronicle.is_approved(hash) {
                    wrong.push(format!("{} was sent by a plan that nobody approved", call.operation()));
                }
                wrong.extend(unplanned_asks_the_lost(plan, intent, call));
                wrong.extend(self.traffic_before_database(plan, intent, writer.as_ref()));
            }
            (None, _) | (_, None) => {
                wrong.push(format!("{} was sent without a durable intent", call.operation()));
            }
        }
        if let Some(intent) = &intent
            && let Some(words) = sent_again(&inner, intent, call)
        {
            wrong.push(words);
        }
        drop(inner);
        for words in wrong {
            self.violation(words);
        }
        intent
    }

    /// Clients may be led only to where the database can write.
    fn traffic_before_database(&self, plan: &Plan, intent: &Intent, writer: Option<&Region>) -> Option<String> {
        let step = plan.step(&intent.step)?;
        let parameter_leads = self.deployment.active_parameter.as_ref().is_some_and(|it| it.moves_traffic);
        let is_lead = step.kind == StepKind::Parameter && parameter_leads;
        if !step.kind.moves_traffic() && !is_lead {
            return None;
        }
        let towards = if intent.undo { &plan.from } else { &plan.to };
        let writer = writer?;
        (writer != towards)
            .then(|| format!("{} leads clients to {towards}, and the database writes in {writer}", intent.step))
    }

    // ---- What becomes of a change

    fn deliver(&self, call: &Call, intent: Option<&Intent>) -> Result<Receipt, CloudError> {
        // Time stands still while the account is asked, so it answers at once.
        let outcome = self.stage.cloud.perform(call).now_or_never().unwrap_or_else(|| Err(torn(call)));
        // The scenario's own lost replies are of changes that were made.
        let accepted = match &outcome {
            Ok(_) => true,
            Err(error) => error.kind == CloudErrorKind::OutcomeUnknown,
        };
        self.trace(|| {
            let words = match &outcome {
                Ok(_) => "accepted".to_owned(),
                Err(error) => format!("{}: {}", error.kind.label(), error.message),
            };
            format!("account: {} {words}", call.operation())
        });
        if !accepted {
            return outcome;
        }
        if outcome.is_err() {
            self.count(Happening::ReplyLost);
        }
        self.accept(call, intent);
        outcome
    }

    fn accept(&self, call: &Call, intent: Option<&Intent>) {
        let mut inner = self.inner();
        inner.tally.count(Happening::Call);
        let is_promotion = promotes(call);
        if is_promotion {
            inner.tally.count(Happening::Promotion);
        }
        let Some(intent) = intent else { return };
        let moves = inner
            .chronicle
            .plan()
            .and_then(|(plan, _)| plan.step(&intent.step))
            .is_some_and(|step| step.kind.moves_traffic());
        if moves {
            inner.tally.count(Happening::TrafficMoved);
        }
        // One that AWS gave up half-way may be asked for again, by a person's word.
        let twice = is_promotion
            && inner.accepted.iter().any(|(earlier, of, sequence)| {
                earlier.run == intent.run && of == call && !inner.chronicle.was_answered_since(&intent.step, *sequence)
            });
        let newest = inner.chronicle.entries().last().map_or(0, |entry| entry.sequence);
        inner.accepted.push((intent.clone(), call.clone(), newest));
        drop(inner);
        if twice {
            self.violation(format!("{} was performed twice in one run", call.operation()));
        }
    }

    fn let_land(&self, call: &Call, intent: Option<Intent>, in_ms: u64) {
        let at = self.stage.now() + Duration::from_millis(in_ms);
        let mut inner = self.inner();
        inner.turns += 1;
        let turn = inner.turns;
        inner.late.insert((at, turn), (call.clone(), intent));
    }

    pub(crate) fn next_landing(&self) -> Option<Duration> {
        self.inner().late.keys().next().map(|(at, _)| *at)
    }

    /// Lets arrive what has been on its way since its sender gave it up.
    pub(crate) fn land_due(&self) {
        loop {
            let now = self.stage.now();
            let due = {
                let mut inner = self.inner();
                match inner.late.first_entry().filter(|first| first.key().0 <= now) {
                    Some(first) => first.remove(),
                    None => return,
                }
            };
            self.count(Happening::LandedLate);
            self.trace(|| format!("wire: {} arrives late", due.0.operation()));
            // Nobody hears the answer.
            drop(self.deliver(&due.0, due.1.as_ref()));
        }
    }

    async fn travel(&self, dice: Dice, matter: &str) {
        StageClock(Arc::clone(&self.stage)).sleep(dice.on(matter).between_ms(10, 40)).await;
    }
}

/// A request between its sender and the account. Its sender's death does not stop it on its way.
struct InFlight<'a> {
    wire: &'a Wire,
    call: &'a Call,
    intent: Option<Intent>,
    dice: Dice,
    has_arrived: bool,
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        if !self.has_arrived && self.dice.on("survives").percent(50) {
            let in_ms = self.dice.on("survives").nth(1).below(LATEST_MS);
            self.wire.let_land(self.call, self.intent.take(), in_ms);
        }
    }
}

fn promotes(call: &Call) -> bool {
    matches!(call, Call::SwitchoverGlobalCluster { .. } | Call::FailoverGlobalCluster { .. })
}

/// What may not be done twice is not sent again once it was accepted, unless a person said so since.
fn sent_again(inner: &Inner, intent: &Intent, call: &Call) -> Option<String> {
    if call.repetition() == Repetition::Idempotent {
        return None;
    }
    let earlier = inner.accepted.iter().rev().find(|(of, accepted, _)| of == intent && accepted == call)?;
    let excused = inner.chronicle.was_answered_since(&intent.step, earlier.2);
    (!excused).then(|| format!("{} of {} was sent again after it had happened", call.operation(), intent.step))
}

/// A run without the active region asks it for no change, and a planned run never accepts loss.
fn unplanned_asks_the_lost(plan: &Plan, intent: &Intent, call: &Call) -> Option<String> {
    let is_global = matches!(call.service(), Service::HealthChecks | Service::Records | Service::GlobalAccelerator);
    match plan.mode {
        Mode::Unplanned if !intent.undo && !is_global && call.endpoint_region() == plan.from => {
            Some(format!("{} of {} is asked of {}, which is given up", call.operation(), intent.step, plan.from))
        }
        Mode::Planned if matches!(call, Call::FailoverGlobalCluster { .. }) => {
            Some(format!("{} accepts loss in a planned run", intent.step))
        }
        Mode::Planned | Mode::Unplanned => None,
    }
}

fn error(call: &Call, kind: CloudErrorKind, message: &str) -> CloudError {
    CloudError {
        kind,
        service: call.service(),
        region: call.endpoint_region(),
        operation: call.operation().to_owned(),
        message: message.to_owned(),
        request_id: None,
        fix: None,
    }
}

fn torn(call: &Call) -> CloudError {
    error(call, CloudErrorKind::OutcomeUnknown, "the connection broke before an answer came")
}

#[async_trait]
impl Observe for Wire {
    async fn read(&self, region: &Region, read: &Read) -> Result<Facts, CloudError> {
        let dice = self.turn();
        self.travel(dice, "read").await;
        if dice.on("blinded").percent(self.weather.blinded) {
            return Err(CloudError {
                kind: CloudErrorKind::Throttled { retry_after: None },
                service: read.service(),
                region: region.clone(),
                operation: "Describe".to_owned(),
                message: "Rate exceeded".to_owned(),
                request_id: None,
                fix: None,
            });
        }
        let answer = self.stage.cloud.read(region, read).await;
        if answer.as_ref().is_err_and(|error| error.kind.is_silence()) {
            StageClock(Arc::clone(&self.stage)).sleep(SILENCE).await;
        }
        answer
    }

    fn reality(&self) -> Reality {
        self.stage.cloud.reality()
    }

    fn usage(&self) -> Usage {
        self.stage.cloud.usage()
    }

    fn truth(&self, deployment: &DeploymentName, since: Timestamp) -> Option<TrueLoss> {
        Observe::truth(&self.stage.cloud, deployment, since)
    }
}

#[async_trait]
impl Mutate for Wire {
    async fn perform(&self, call: &Call) -> Result<Receipt, CloudError> {
        let dice = self.turn();
        let intent = self.look_at(call);
        let fate = self.fate(dice);
        self.trace(|| format!("wire: {} leaves, to be {fate:?}", call.operation()));
        let mut flight = InFlight { wire: self, call, intent: intent.clone(), dice, has_arrived: false };
        self.travel(dice, "there").await;
        flight.has_arrived = true;
        match fate {
            Fate::Throttled => {
                self.count(Happening::CallThrottled);
                let kind = CloudErrorKind::Throttled { retry_after: None };
                Err(error(call, kind, "Rate exceeded"))
            }
            Fate::Torn => {
                self.count(Happening::ConnectionTorn);
                Err(torn(call))
            }
            Fate::Late => {
                self.let_land(call, intent, dice.on("lands").below(LATEST_MS));
                Err(torn(call))
            }
            Fate::Unanswered => {
                let receipt = self.deliver(call, intent.as_ref())?;
                self.count(Happening::ReplyLost);
                drop(receipt);
                Err(torn(call))
            }
            Fate::Served => {
                let outcome = self.deliver(call, intent.as_ref());
                if outcome.as_ref().is_err_and(|error| error.kind == CloudErrorKind::Unreachable) {
                    StageClock(Arc::clone(&self.stage)).sleep(SILENCE).await;
                }
                self.travel(dice, "back").await;
                outcome
            }
        }
    }

    async fn write_canary(&self, canary: &CanaryTarget, nonce: &str) -> Result<Receipt, CloudError> {
        let outcome = self.stage.cloud.write_canary(canary, nonce).await;
        if outcome.is_err() {
            self.count(Happening::CanaryFailed);
        }
        outcome
    }
}
