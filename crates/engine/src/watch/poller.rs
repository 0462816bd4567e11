//! One poller: one service of one region, one request in flight. Nothing it meets can delay another poller.

use std::collections::BTreeSet;
use std::sync::Arc;

use lifeboat_model::id::Region;
use lifeboat_model::metric::MetricKey;
use lifeboat_model::read::{Read, Service, Tempo};
use lifeboat_model::snapshot::Observation;
use lifeboat_model::time::{Duration, Timestamp, after, age};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::watch::Receiver;

use super::asking::ask;
use super::backoff::{Backoff, seed_of};
use super::cadence::until_next;
use super::known::series_asked;
use super::{Shared, WatchEvent};

/// How long one read may take. The AWS layer gives up sooner by itself; this bounds what does not.
const PATIENCE: Duration = Duration::from_secs(30);

/// The same where requests take turns, of which those of a fleet may be many: waiting for one is not silence.
const PATIENCE_IN_TURN: Duration = Duration::from_secs(90);

/// How long metrics wait for the facts that name them: past this, what needs no naming goes out alone.
pub(super) const NAMES_PATIENCE: Duration = Duration::from_secs(5);

pub(super) struct Poller {
    shared: Arc<Shared>,
    region: Region,
    service: Service,
    seed: u64,
    backoff: Backoff,
    polls: u64,
    /// The series asked for last: when the facts name others, they are asked for at once.
    asked: BTreeSet<MetricKey>,
    refresh: Receiver<u64>,
    tempo: Receiver<Tempo>,
    learnt: Receiver<u64>,
}

/// How the last poll went, as far as the next one cares.
#[derive(Clone, Copy)]
enum Next {
    /// Nothing can be asked before other facts are known.
    WhenNamed,
    /// After a failure.
    After(Duration),
    /// After success: a change of tempo changes the wait.
    OnCadence,
}

impl Poller {
    pub(super) fn new(shared: Arc<Shared>, region: Region, service: Service) -> Self {
        let seed = seed_of(&[shared.deployment.name.as_str(), region.as_str(), service.label()]);
        Self {
            refresh: shared.refresh.subscribe(),
            tempo: shared.tempo.subscribe(),
            learnt: shared.learnt.subscribe(),
            shared,
            region,
            service,
            seed,
            backoff: Backoff::new(seed),
            polls: 0,
            asked: BTreeSet::new(),
        }
    }

    /// Polls until dropped, or until nobody listens any more.
    pub(super) async fn run(mut self) {
        self.wait_for_names().await;
        while !self.shared.out.is_closed() {
            // A refresh asked for from here on wants an answer that is newer than this poll's.
            self.refresh.mark_unchanged();
            let begun = self.shared.clock.now();
            let next = self.poll().await;
            self.pause(begun, next).await;
        }
    }

    /// At the start, metrics go out once with everything named, rather than twice.
    async fn wait_for_names(&mut self) {
        if self.service != Service::Metrics {
            return;
        }
        let patience = self.shared.clock.sleep(NAMES_PATIENCE);
        let named = async {
            while !self.shared.known().is_ready_for_metrics(&self.shared.deployment, &self.region) {
                if self.learnt.changed().await.is_err() {
                    return;
                }
            }
        };
        tokio::select! {
            biased;
            () = named => {}
            () = patience => {}
        }
    }

    async fn poll(&mut self) -> Next {
        self.learnt.mark_unchanged();
        let reads = self.reads();
        if reads.is_empty() {
            return Next::WhenNamed;
        }
        self.asked = series_asked(&reads);
        self.polls = self.polls.wrapping_add(1);
        for read in &reads {
            let shared = &self.shared;
            let observation =
                ask(&shared.deployment.name, &*shared.cloud, &*shared.clock, &self.region, read, self.patience()).await;
            shared.count(read);
            let failure = observation.outcome.as_ref().err().map(|error| error.kind.clone());
            self.deliver(observation).await;
            if let Some(kind) = failure {
                return Next::After(self.backoff.fail(&kind, self.cadence()));
            }
        }
        self.backoff.succeed();
        Next::OnCadence
    }

    fn patience(&self) -> Duration {
        if matches!(self.service, Service::HealthChecks | Service::Records | Service::Answers) {
            PATIENCE_IN_TURN
        } else {
            PATIENCE
        }
    }

    fn cadence(&self) -> Duration {
        self.service.cadence(*self.shared.tempo.borrow())
    }

    fn reads(&self) -> Vec<Read> {
        let now = self.shared.clock.now();
        self.shared.known().reads(&self.shared.deployment, now, &self.region, self.service)
    }

    /// Hands the observation over. A listener that is behind holds up nobody: this poller waits for room until its
    /// next poll is due, and then lets the old observation go, for a newer one is about to be made. What was not
    /// delivered is not learnt, so the next window of metrics covers it again.
    async fn deliver(&self, observation: Observation) {
        let room = match self.shared.out.try_reserve() {
            Ok(room) => room,
            Err(TrySendError::Closed(())) => return,
            Err(TrySendError::Full(())) => tokio::select! {
                biased;
                room = self.shared.out.reserve() => match room {
                    Ok(room) => room,
                    Err(_) => return,
                },
                () = self.shared.clock.sleep(self.cadence()) => {
                    tracing::debug!(region = %self.region, service = %self.service, "observation not taken in time");
                    return;
                }
            },
        };
        self.shared.learn(&observation);
        room.send(WatchEvent::Observation(observation));
    }

    /// Waits for whatever comes first: the next poll's time, a refresh, or, for metrics, facts that name new series.
    async fn pause(&mut self, begun: Timestamp, next: Next) {
        let ended = self.shared.clock.now();
        loop {
            let (from, length) = match next {
                Next::WhenNamed => (ended, self.cadence()),
                Next::After(wait) => (ended, wait),
                Next::OnCadence => {
                    (begun, until_next(self.service, *self.tempo.borrow_and_update(), self.seed, self.polls))
                }
            };
            // Never longer than the whole wait: the clock may have been set back since it began.
            let wait = age(after(from, length), self.shared.clock.now()).min(length);
            tokio::select! {
                biased;
                () = self.shared.out.closed() => return,
                _ = self.refresh.changed() => return,
                _ = self.tempo.changed() => {}
                _ = self.learnt.changed(), if self.service == Service::Metrics => {
                    if !matches!(next, Next::After(_)) && !series_asked(&self.reads()).is_subset(&self.asked) {
                        return;
                    }
                }
                () = self.shared.clock.sleep(wait) => return,
            }
        }
    }
}
