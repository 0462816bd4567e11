//! What a run sees: one snapshot, into which it reads what it needs when it needs it. It judges nothing itself.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::join_all;
use lifeboat_model::assessment::Assessment;
use lifeboat_model::id::Region;
use lifeboat_model::port::Observe;
use lifeboat_model::read::{PlannedRead, Service, Tempo};
use lifeboat_model::rules::{self, reads};
use lifeboat_model::runbook::Mode;
use lifeboat_model::snapshot::Snapshot;
use lifeboat_model::time::Duration;
use lifeboat_model::topology::Deployment;

use super::Surroundings;
use crate::findings::Findings;
use crate::watch::{ask, refresh_once};

/// How long one look waits for an answer: what is silent for longer says nothing to this look.
pub(super) const LOOK_PATIENCE: Duration = Duration::from_secs(5);
/// The same for a question beside the polls, which may have many pages.
const QUESTION_PATIENCE: Duration = Duration::from_mins(1);
/// How long a whole refresh may take where both regions should answer.
const PLANNED_PATIENCE: Duration = Duration::from_secs(20);
/// The same where one is known to be lost: its silence is no news, and clients wait.
const UNPLANNED_PATIENCE: Duration = Duration::from_secs(5);

pub(super) struct Sight<'a> {
    surroundings: &'a Surroundings,
    snapshot: Mutex<Snapshot>,
    /// What is asked beside the polls.
    findings: Mutex<Findings>,
}

impl<'a> Sight<'a> {
    pub(super) fn new(surroundings: &'a Surroundings) -> Self {
        Self { surroundings, snapshot: Mutex::new(surroundings.known.clone()), findings: Mutex::default() }
    }

    pub(super) fn deployment(&self) -> &'a Deployment {
        &self.surroundings.deployment
    }

    /// Never held while waiting. Whoever panicked holding it left whole readings behind.
    pub(super) fn snapshot(&self) -> MutexGuard<'_, Snapshot> {
        self.snapshot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same of what was asked beside the polls.
    pub(super) fn findings(&self) -> MutexGuard<'_, Findings> {
        self.findings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Just these questions, at the same time.
    pub(super) async fn find(&self, questions: &[PlannedRead]) {
        let Surroundings { deployment, cloud, clock, .. } = self.surroundings;
        let cloud: &dyn Observe = &**cloud;
        let answers = questions.iter().map(|question| {
            ask(&deployment.name, cloud, &**clock, &question.region, &question.read, QUESTION_PATIENCE)
        });
        let seen = join_all(answers).await;
        let mut findings = self.findings();
        for (question, observation) in questions.iter().zip(seen) {
            findings.take(question, observation.at, observation.outcome);
        }
    }

    pub(super) fn assess(&self, snapshot: &Snapshot) -> Assessment {
        let Surroundings { deployment, clock, history, .. } = self.surroundings;
        rules::assess(deployment, snapshot, history, Tempo::Fast, clock.now())
    }

    /// Everything there is to read.
    pub(super) async fn look_around(&self, mode: Mode) {
        let Surroundings { deployment, cloud, clock, .. } = self.surroundings;
        let limit = match mode {
            Mode::Planned => PLANNED_PATIENCE,
            Mode::Unplanned => UNPLANNED_PATIENCE,
        };
        let cloud: Arc<dyn Observe> = Arc::clone(cloud) as Arc<dyn Observe>;
        let seen = refresh_once(deployment, cloud, Arc::clone(clock), limit).await;
        let mut snapshot = self.snapshot();
        for observation in seen {
            snapshot.apply(observation);
        }
    }

    /// Just these, at the same time; metrics after the facts that name them.
    pub(super) async fn look(&self, wanted: &BTreeSet<(Region, Service)>) {
        let (metrics, facts): (Vec<_>, Vec<_>) = wanted.iter().partition(|(_, service)| *service == Service::Metrics);
        self.look_at(&facts).await;
        self.look_at(&metrics).await;
    }

    async fn look_at(&self, wanted: &[&(Region, Service)]) {
        let Surroundings { deployment, cloud, clock, .. } = self.surroundings;
        let mut asked = Vec::new();
        {
            let snapshot = self.snapshot();
            for (region, service) in wanted {
                let reads = reads::reads_of(deployment, &snapshot, clock.now(), region, *service);
                asked.extend(reads.into_iter().map(|read| (region, read)));
            }
        }
        let cloud: &dyn Observe = &**cloud;
        let answers =
            asked.iter().map(|(region, read)| ask(&deployment.name, cloud, &**clock, region, read, LOOK_PATIENCE));
        let seen = join_all(answers).await;
        let mut snapshot = self.snapshot();
        for observation in seen {
            snapshot.apply(observation);
        }
    }
}
