//! Watching a deployment: a poller for each service of each region, and a meter of what it costs.
//! Nothing here judges what is seen; nothing here waits for whoever listens; nothing here can change a cloud.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lifeboat_model::assessment::CostRate;
use lifeboat_model::facts::Facts;
use lifeboat_model::id::DeploymentName;
use lifeboat_model::port::Observe;
use lifeboat_model::read::{Read, Service, Tempo};
use lifeboat_model::rules::reads;
use lifeboat_model::snapshot::Observation;
use lifeboat_model::time::{Clock, Duration};
use lifeboat_model::topology::Deployment;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

mod asking;
pub mod backoff;
pub mod cadence;
pub mod cost;
mod known;
mod poller;
mod refresh;

pub(crate) use asking::ask;
pub use refresh::refresh_once;

use cost::{Counts, Meter};
use known::Known;
use poller::Poller;

/// How often the cost is said anew.
const COST_CADENCE: Duration = Duration::from_secs(15);

/// What a watch tells.
#[expect(clippy::large_enum_variant, reason = "nearly every event is an observation")]
#[derive(Clone, Debug, PartialEq)]
pub enum WatchEvent {
    Observation(Observation),
    /// The rate is that of the port given to the watch: deployments that share a port share its count.
    Cost {
        deployment: DeploymentName,
        rate: CostRate,
    },
}

/// Pollers at work. Dropping it stops them.
#[derive(Debug)]
pub struct Watch {
    shared: Arc<Shared>,
    /// Aborts its tasks when dropped.
    _tasks: JoinSet<()>,
}

impl Watch {
    /// Spawns the pollers on the runtime of the caller; the first reads are under way at once. `out` bounds what is
    /// held for a listener that is behind: at most one observation a poller waits besides.
    pub fn start(
        deployment: Arc<Deployment>,
        cloud: Arc<dyn Observe>,
        clock: Arc<dyn Clock>,
        tempo: Tempo,
        out: mpsc::Sender<WatchEvent>,
    ) -> Self {
        let shared = Arc::new(Shared {
            deployment,
            cloud,
            clock,
            out,
            tempo: watch::Sender::new(tempo),
            refresh: watch::Sender::new(0),
            learnt: watch::Sender::new(0),
            known: Mutex::default(),
            alarm_requests: AtomicU64::new(0),
        });
        let mut tasks = JoinSet::new();
        for (region, service) in reads::polled(&shared.deployment) {
            tasks.spawn(Poller::new(Arc::clone(&shared), region, service).run());
        }
        tasks.spawn(tell_cost(Arc::clone(&shared)));
        Self { shared, _tasks: tasks }
    }

    /// Takes effect on the polls that are waited for, too.
    pub fn set_tempo(&self, tempo: Tempo) {
        self.shared.tempo.send_replace(tempo);
    }

    /// Asks everything now, whatever the cadence or the back-off say.
    pub fn refresh(&self) {
        self.shared.refresh.send_modify(|count| *count = count.wrapping_add(1));
    }
}

/// What the pollers of one watch have in common.
struct Shared {
    deployment: Arc<Deployment>,
    cloud: Arc<dyn Observe>,
    clock: Arc<dyn Clock>,
    out: mpsc::Sender<WatchEvent>,
    tempo: watch::Sender<Tempo>,
    refresh: watch::Sender<u64>,
    /// Grows whenever a fact was learnt from which reads follow.
    learnt: watch::Sender<u64>,
    known: Mutex<Known>,
    alarm_requests: AtomicU64,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("deployment", &self.deployment.name).finish_non_exhaustive()
    }
}

impl Shared {
    fn known(&self) -> MutexGuard<'_, Known> {
        // A poller that panicked left whole facts behind: each is written in one assignment.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn learn(&self, observation: &Observation) {
        self.known().learn(observation);
        let names = match &observation.outcome {
            Ok(Facts::Aurora(_) | Facts::Buckets(_) | Facts::Accelerators(_)) => true,
            Ok(_) => false,
            // Metrics that waited for it must wait no longer.
            Err(_) => matches!(observation.service, Service::Aurora | Service::S3 | Service::GlobalAccelerator),
        };
        if names {
            self.learnt.send_modify(|count| *count = count.wrapping_add(1));
        }
    }

    fn count(&self, read: &Read) {
        if read.service() == Service::Alarms {
            self.alarm_requests.fetch_add(reads::requests(read) as u64, Ordering::Relaxed);
        }
    }

    fn estimate(&self) -> reads::Hourly {
        let tempo = *self.tempo.borrow();
        reads::hourly(&self.deployment, self.known().snapshot(), tempo, self.clock.now())
    }
}

/// Says what watching costs, now and then, until nobody listens.
async fn tell_cost(shared: Arc<Shared>) {
    let mut meter = Meter::new(shared.clock.now());
    while !shared.out.is_closed() {
        let counts =
            Counts { usage: shared.cloud.usage(), alarm_requests: shared.alarm_requests.load(Ordering::Relaxed) };
        let rate = meter.rate(shared.clock.now(), counts, shared.estimate());
        // A listener without room misses this one and gets the next.
        drop(shared.out.try_send(WatchEvent::Cost { deployment: shared.deployment.name.clone(), rate }));
        tokio::select! {
            () = shared.out.closed() => {}
            () = shared.clock.sleep(COST_CADENCE) => {}
        }
    }
}
