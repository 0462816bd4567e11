//! Somebody who sees the simulated account at every moment and at no cost, and so knows the first moment at which each
//! step of a run could have been over: the physics' critical path. What a run takes beyond it is the executor's own.

use std::cell::LazyCell;
use std::collections::BTreeMap;
use std::fmt;

use futures::FutureExt as _;
use lifeboat_engine::conditions::{self, CanaryView, Seen};
use lifeboat_engine::findings::Findings;
use lifeboat_model::assessment::RunHistory;
use lifeboat_model::facts::Facts;
use lifeboat_model::id::Region;
use lifeboat_model::plan::{Condition, Plan, StepId};
use lifeboat_model::port::Observe as _;
use lifeboat_model::read::{Read, Service, Tempo};
use lifeboat_model::rules::{assess, reads};
use lifeboat_model::run::{Entry, RunEvent};
use lifeboat_model::snapshot::{Observation, Snapshot};
use lifeboat_model::time::{Duration, Timestamp, age};
use lifeboat_model::topology::{CanaryTarget, Deployment};

use crate::stage::Stage;

/// How often it looks: what it is off by in each step, at most.
const EVERY: Duration = Duration::from_millis(50);

pub(crate) struct Onlooker {
    deployment: Deployment,
    plan: Option<Plan>,
    snapshot: Snapshot,
    steps: BTreeMap<StepId, Passage>,
    /// Canaries that were acknowledged, by when they were sent.
    canaries: BTreeMap<Timestamp, String>,
    /// When the newest of them was sent that every store has.
    last_good: Option<Timestamp>,
    begun_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    next: Duration,
}

/// One step's way through a run.
#[derive(Clone, Copy, Debug)]
struct Passage {
    began_at: Timestamp,
    /// When its newest call was answered.
    answered_at: Option<Timestamp>,
    /// Calls that have left and were not answered.
    unanswered: u32,
    /// When it was last seen that something was still missing.
    missing_at: Option<Timestamp>,
    /// The first moment at which all that had to be seen of it could be seen.
    held_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
}

impl Onlooker {
    pub(crate) fn new(deployment: Deployment, now: Duration) -> Self {
        Self {
            deployment,
            plan: None,
            snapshot: Snapshot::default(),
            steps: BTreeMap::new(),
            canaries: BTreeMap::new(),
            last_good: None,
            begun_at: None,
            ended_at: None,
            next: now,
        }
    }

    pub(crate) fn next_at(&self) -> Duration {
        self.next
    }

    pub(crate) fn hear(&mut self, entry: &Entry) {
        match &entry.event {
            RunEvent::RunStarted { plan, .. } => {
                self.plan = Some(plan.as_ref().clone());
                self.begun_at = Some(entry.at);
            }
            RunEvent::StepStarted { step, .. } => {
                let passage = Passage {
                    began_at: entry.at,
                    answered_at: None,
                    unanswered: 0,
                    missing_at: None,
                    held_at: None,
                    ended_at: None,
                };
                self.steps.insert(step.clone(), passage);
            }
            RunEvent::CallStarted { step, .. } => self.change(step, |passage| passage.unanswered += 1),
            RunEvent::CallEnded { step, .. } => self.change(step, |passage| {
                passage.unanswered = passage.unanswered.saturating_sub(1);
                passage.answered_at = Some(entry.at);
            }),
            // What is put back is put back by the step that is under way just then.
            RunEvent::UndoCallEnded { .. } => {
                for passage in self.steps.values_mut().filter(|passage| passage.ended_at.is_none()) {
                    passage.answered_at = Some(entry.at);
                }
            }
            RunEvent::StepEnded { step, .. } => self.change(step, |passage| passage.ended_at = Some(entry.at)),
            RunEvent::CanaryWritten { nonce, sent_at, outcome: Ok(_) } => {
                self.canaries.insert(*sent_at, nonce.clone());
            }
            RunEvent::RunEnded { .. } => self.ended_at = Some(entry.at),
            RunEvent::CanaryWritten { outcome: Err(_), .. }
            | RunEvent::CanariesSought { .. }
            | RunEvent::Approved { .. }
            | RunEvent::Overridden { .. }
            | RunEvent::GuardsJudged { .. }
            | RunEvent::CallProbed { .. }
            | RunEvent::StepUndoStarted { .. }
            | RunEvent::StepUndone { .. }
            | RunEvent::UndoCallStarted { .. }
            | RunEvent::Question { .. }
            | RunEvent::Answered { .. }
            | RunEvent::LedgerOpened { .. }
            | RunEvent::LedgerClosed { .. }
            | RunEvent::LedgerKept { .. }
            | RunEvent::FaultObserved { .. }
            | RunEvent::ModeChanged { .. }
            | RunEvent::Paused { .. }
            | RunEvent::Resumed { .. }
            | RunEvent::GivenUp { .. }
            | RunEvent::Noted { .. }
            | RunEvent::IncidentDeclared { .. }
            | RunEvent::IncidentClosed { .. }
            | RunEvent::AccessRaised { .. }
            | RunEvent::AccessLowered { .. } => {}
        }
    }

    fn change(&mut self, step: &StepId, with: impl FnOnce(&mut Passage)) {
        if let Some(passage) = self.steps.get_mut(step) {
            with(passage);
        }
    }

    /// Looks at whatever a step waits for.
    pub(crate) fn look(&mut self, stage: &Stage) {
        self.next = stage.now() + EVERY;
        let now = stage.cloud.clock().now();
        let waiting: Vec<(StepId, Passage)> = self
            .steps
            .iter()
            .filter(|(_, passage)| passage.held_at.is_none() && passage.ended_at.is_none() && passage.unanswered == 0)
            .map(|(id, passage)| (id.clone(), *passage))
            .collect();
        for (id, passage) in waiting {
            let Some(step) = self.plan.as_ref().and_then(|plan| plan.step(&id)).cloned() else { continue };
            // Between two calls of a step nothing is seen of it yet.
            if step.verify.is_empty() || (!step.calls.is_empty() && passage.answered_at.is_none()) {
                continue;
            }
            step.verify.iter().for_each(|condition| self.read_for(condition, stage, now));
            let holds = self.holds(&step.verify, passage.began_at, now);
            self.change(
                &id,
                |passage| if holds { passage.held_at = Some(now) } else { passage.missing_at = Some(now) },
            );
        }
    }

    fn read_for(&mut self, condition: &Condition, stage: &Stage, now: Timestamp) {
        if *condition == Condition::CanaryServed {
            self.seek(stage);
        }
        let wanted = conditions::reads(condition, &self.deployment);
        // Facts name the metrics.
        let (metrics, facts): (Vec<_>, Vec<_>) =
            wanted.into_iter().partition(|(_, service)| *service == Service::Metrics);
        for (region, service) in facts.into_iter().chain(metrics) {
            for read in reads::reads_of(&self.deployment, &self.snapshot, now, &region, service) {
                let Some(outcome) = stage.cloud.read(&region, &read).now_or_never() else { continue };
                self.snapshot.apply(Observation {
                    deployment: self.deployment.name.clone(),
                    region: region.clone(),
                    service: read.service(),
                    at: now,
                    outcome,
                });
            }
        }
    }

    /// Whether the newest canary is in every store.
    fn seek(&mut self, stage: &Stage) {
        let (Some(canary), Some((sent_at, nonce))) = (&self.deployment.canary, self.canaries.last_key_value()) else {
            return;
        };
        let Some(to) = self.plan.as_ref().map(|plan| &plan.to) else { return };
        if canary.read_urls.keys().all(|store| is_found(stage, to, canary, *store, nonce)) {
            self.last_good = Some(*sent_at);
        }
    }

    fn holds(&self, wanted: &[Condition], began_at: Timestamp, now: Timestamp) -> bool {
        let assessment =
            LazyCell::new(|| assess(&self.deployment, &self.snapshot, &RunHistory::default(), Tempo::Fast, now));
        let canary =
            CanaryView { configured: self.deployment.canary.is_some(), last_good: self.last_good, last_failed: None };
        let seen = Seen {
            deployment: &self.deployment,
            snapshot: &self.snapshot,
            findings: Findings::none(),
            plan: None,
            assessment: &assessment,
            began_at,
            now,
            canary: &canary,
        };
        wanted.iter().all(|condition| conditions::judge(condition, &seen).holds())
    }

    /// What it saw, where the run was seen to its end.
    pub(crate) fn seen(&self) -> Option<Paths> {
        let plan = self.plan.as_ref()?;
        let first = self.steps.values().map(|passage| passage.began_at).min()?;
        let last = self.steps.values().filter_map(|passage| passage.ended_at).max()?;
        let mut critical = Duration::ZERO;
        for group in plan.groups() {
            let passages = group.iter().filter_map(|step| self.steps.get(&step.id));
            let spans = passages.map(|passage| (passage.began_at, passage.could_end_at()));
            let Some((began, ended)) = spans.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1))) else {
                continue;
            };
            critical = critical.saturating_add(age(ended, began));
        }
        Some(Paths {
            runs: 1,
            before: age(first, self.begun_at?),
            steps: age(last, first),
            after: age(self.ended_at?, last),
            critical,
        })
    }
}

fn is_found(
    stage: &Stage,
    region: &Region,
    canary: &CanaryTarget,
    store: lifeboat_model::assessment::StoreKind,
    nonce: &str,
) -> bool {
    let read = Read::Canaries { canary: canary.clone(), store, nonces: vec![nonce.to_owned()] };
    match stage.cloud.read(region, &read).now_or_never() {
        Some(Ok(Facts::Canaries(sightings))) => sightings.iter().all(|sighting| sighting.found == Some(true)),
        Some(_) | None => false,
    }
}

impl Passage {
    fn could_end_at(&self) -> Timestamp {
        // A run that notices between two looks of this one ends a step that was not yet seen to hold.
        let could = self.held_at.or(self.missing_at).or(self.answered_at).unwrap_or(self.began_at);
        // It looks now and then too; nothing is over later than it was.
        self.ended_at.map_or(could, |ended| could.min(ended))
    }
}

/// How long runs took, and how long they had to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Paths {
    pub runs: u32,
    /// From being asked for to the first step: everything is read, and the guards judged.
    pub before: Duration,
    /// From the first step's beginning to the last one's end.
    pub steps: Duration,
    /// What of that the services take, whoever asks: from group to group the longest step.
    pub critical: Duration,
    /// From the last step's end to the run's: what was written is sought.
    pub after: Duration,
}

impl Paths {
    pub fn add(&mut self, other: &Self) {
        self.runs += other.runs;
        self.before += other.before;
        self.steps += other.steps;
        self.critical += other.critical;
        self.after += other.after;
    }

    /// What the executor's own pauses and judgements add to the steps, in percent of the critical path.
    pub fn own_percent(&self) -> f64 {
        let own = self.steps.saturating_sub(self.critical);
        100.0 * own.as_secs_f64() / self.critical.as_secs_f64()
    }
}

impl fmt::Display for Paths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let each = |length: Duration| length.as_secs_f64() / f64::from(self.runs.max(1));
        writeln!(
            f,
            "{} runs watched: steps {:.2} s, of which the services' critical path {:.2} s: the executor's own time is \
             {:.2} % of it",
            self.runs,
            each(self.steps),
            each(self.critical),
            self.own_percent()
        )?;
        write!(
            f,
            "before the first step {:.2} s (everything is read, a lost region's silence included), after the last \
             {:.2} s (what was written is sought)",
            each(self.before),
            each(self.after)
        )
    }
}
