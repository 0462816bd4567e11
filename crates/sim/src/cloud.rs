//! The two ports on a simulated account. Each deployment is a world of its own, stepped only when somebody asks, and
//! only as far as the clock says; what is read is computed from it and changes nothing.

mod answers;
mod canaries;
mod facts;
mod folding;
mod regional;
mod stacks;
mod standing;

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use lifeboat_model::call::{Call, Purpose, Receipt};
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::facts::Facts;
use lifeboat_model::id::{DeploymentName, Region};
use lifeboat_model::port::{Mutate, Observe, Reality, Usage};
use lifeboat_model::read::{Read, Service};
use lifeboat_model::rules::reads::requests;
use lifeboat_model::run::TrueLoss;
use lifeboat_model::time::{Clock, Timestamp, after};
use lifeboat_model::topology::{CanaryTarget, Deployment};
use serde::{Deserialize, Serialize};

use folding::Folding;
pub(crate) use stacks::{arn_of, tags_of};

use crate::EPOCH;
use crate::clock::{Pace, SharedClock, SimClock};
use crate::cloudformation::{Account, Nature, founding};
use crate::draw::{Draw, Topic};
use crate::faults::{self, Request};
use crate::kept::{Kept, SimError};
use crate::mutate;
use crate::past::Past;
use crate::scenario::Scenario;
use crate::side::Side;
use crate::truth::Truth;
use crate::world::{Setting, State, World};

/// How far back a world can be wound without beginning anew, in seconds between the states kept for it.
const KEEP_STATE_EVERY_S: i64 = 600;
const STATES_KEPT: usize = 3;

/// A simulated account in two regions and more. It holds each architecture once when it begins, unless its scenario says
/// that it is empty, and whatever is made in it.
#[derive(Clone)]
pub struct SimCloud {
    inner: Arc<Inner>,
}

struct Inner {
    scenario: Arc<Scenario>,
    seed: u64,
    draw: Draw,
    clock: Arc<SimClock>,
    folding: Folding,
    log: Mutex<Log>,
    requests: AtomicU64,
    metrics: AtomicU64,
}

/// Everything that was done to the account, and where that is kept.
struct Log {
    history: Arc<History>,
    kept: Option<Kept>,
}

/// What was done, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    pub(crate) entries: Vec<Entry>,
    /// Grows when the world is begun anew by another process: nothing of the one before is true of it.
    generation: u64,
}

/// A mutation: what was done, and after which second.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) second: i64,
    #[serde(flatten)]
    pub(crate) deed: Deed,
}

/// What an entry did.
#[expect(clippy::large_enum_variant, reason = "a world has few canaries for each call that matters, and all are kept")]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Deed {
    Call(Call),
    /// An acknowledged write of the console's own as a client.
    Canary {
        deployment: DeploymentName,
        nonce: String,
    },
}

/// One deployment's world.
pub(crate) struct Lane {
    /// Under which its states are kept.
    name: String,
    pub(crate) setting: Arc<Setting>,
    pub(crate) past: Past,
    running: Mutex<Option<Running>>,
}

struct Running {
    world: World,
    generation: u64,
    /// How many entries of the log it has seen.
    applied: usize,
    /// Earlier states, oldest first, with how many entries they had seen.
    earlier: VecDeque<(State, usize)>,
}

impl SimCloud {
    /// A world without memory, which stands still at a moment of its scenario.
    pub fn at_offset(scenario: Scenario, seed: u64, offset: Duration) -> Self {
        Self::new(scenario, seed, SimClock::new(offset, Pace::Stepped), Log { history: Arc::default(), kept: None })
    }

    /// A world without memory that begins now.
    pub fn fresh(scenario: Scenario, seed: u64, pace: Pace) -> Self {
        let log = Log { history: Arc::default(), kept: None };
        Self::new(scenario, seed, SimClock::new(Duration::ZERO, pace), log)
    }

    /// The world of this scenario and seed that is kept in `dir`: it has gone on since it was last looked at. A pace
    /// changes it for everybody who looks at it; `None` leaves it as it is kept. `fresh` begins it anew.
    pub fn open(
        dir: &Path,
        scenario: Scenario,
        seed: u64,
        pace: impl Into<Option<Pace>>,
        fresh: bool,
    ) -> Result<Self, SimError> {
        let (kept, opened) = Kept::open(dir, &scenario, seed, pace.into(), fresh)?;
        let clock = SimClock::new(opened.offset, opened.pace);
        let history = History { entries: opened.entries, generation: 0 };
        let log = Log { history: Arc::new(history), kept: Some(kept) };
        Ok(Self::new(scenario, seed, clock, log))
    }

    /// The same world with its clock held at this moment, for a look that must not outlive what it sees. What is
    /// changed through it is changed in it alone.
    #[must_use]
    pub fn moment(&self) -> Self {
        let inner = &self.inner;
        let log = Log { history: Arc::clone(&inner.log().history), kept: None };
        let clock = SimClock::new(self.offset(), Pace::Stepped);
        Self::new(inner.scenario.as_ref().clone(), inner.seed, clock, log)
    }

    /// The folder in which this very world is kept, with what else belongs to it: another one once it is begun anew.
    /// `None` for a world without memory.
    pub fn belongings(&self) -> Option<PathBuf> {
        self.inner.log().kept.as_ref().map(Kept::belongings)
    }

    fn new(scenario: Scenario, seed: u64, clock: Arc<SimClock>, log: Log) -> Self {
        let scenario = Arc::new(scenario);
        let first = if scenario.empty_account {
            Arc::new(Account::default())
        } else {
            founding::standing_five(scenario.standby_takes_over)
        };
        let folding = Folding::new(first, &scenario, seed);
        let inner = Inner {
            scenario,
            seed,
            draw: Draw::new(seed),
            clock,
            folding,
            log: Mutex::new(log),
            requests: AtomicU64::new(0),
            metrics: AtomicU64::new(0),
        };
        Self { inner: Arc::new(inner) }
    }

    /// The deployments that stand: at first five, named as their blueprints.
    pub fn deployments(&self) -> Vec<Deployment> {
        let (history, second) = self.inner.present();
        let lanes = self.inner.lanes(&history, second);
        lanes.iter().map(|lane| lane.setting.estate.deployment.clone()).collect()
    }

    pub fn scenario(&self) -> &Scenario {
        &self.inner.scenario
    }

    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(SharedClock(Arc::clone(&self.inner.clock)))
    }

    /// The clock itself, to step it by hand.
    pub fn sim_clock(&self) -> &SimClock {
        &self.inner.clock
    }

    /// Since offset zero.
    pub fn offset(&self) -> Duration {
        self.inner.clock.offset()
    }

    /// What really happened to a deployment's clients and data; `None` for one that is not of this account.
    pub fn truth(&self, deployment: &Deployment) -> Option<Truth> {
        let (history, second) = self.inner.present();
        let lanes = self.inner.lanes(&history, second);
        let lane = lanes.iter().find(|lane| lane.setting.estate.deployment.name == deployment.name)?;
        lane.with(&history, second, self.inner.keeper().as_ref(), |world| Some(facts::truth(world)))
    }

    /// An item as one region's replica has it: what a canary's reader would find.
    pub fn item(&self, region: &Region, table: &str, key: &str) -> Option<Vec<(String, String)>> {
        let (history, second) = self.inner.present();
        let lanes = self.inner.lanes(&history, second);
        let lane = lanes.iter().find(|lane| lane.setting.estate.table.as_str() == table)?;
        let side = lane.setting.estate.side_of(region)?;
        lane.with(&history, second, self.inner.keeper().as_ref(), |world| world.state.table.item(side, key).cloned())
    }

    /// The whole of every world's state as bytes: two histories are the same when these are.
    pub fn imprint(&self) -> Vec<u8> {
        let (history, second) = self.inner.present();
        let keeper = self.inner.keeper();
        let account = self.inner.account(&history, second);
        let lanes = self.inner.lanes(&history, second);
        let states = lanes.iter().flat_map(|lane| {
            lane.with(&history, second, keeper.as_ref(), |world| {
                postcard::to_allocvec(&world.state).unwrap_or_default()
            })
        });
        let stacks = if account.changed { account.imprint() } else { String::new() };
        states.chain(stacks.into_bytes()).collect()
    }

    /// The virtual time a request takes to be answered. None where time stands still.
    async fn travel(&self, region: &Region, operation: &str) {
        if self.inner.clock.pace() == Pace::Stepped {
            return;
        }
        let second = seconds(self.inner.clock.offset());
        let topic = Topic::new(region.as_str(), operation).nth(2);
        let length = self.inner.draw.between(topic, second, 0.02, 0.08);
        SharedClock(Arc::clone(&self.inner.clock)).sleep(Duration::from_secs_f64(length)).await;
    }
}

pub(crate) fn seconds(offset: Duration) -> i64 {
    i64::try_from(offset.as_secs()).unwrap_or(i64::MAX)
}

/// The instant of a world's second.
pub(crate) fn instant(second: i64) -> Timestamp {
    let seconds = jiff::SignedDuration::from_secs(second);
    EPOCH.checked_add(seconds).unwrap_or(EPOCH)
}

impl Inner {
    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What has been done, by whomever, and which second it is.
    fn present(&self) -> (Arc<History>, i64) {
        let mut log = self.log();
        log.follow(&self.clock);
        (Arc::clone(&log.history), seconds(self.clock.offset()))
    }

    /// Who keeps states on disk, for as long as one request lasts.
    fn keeper(&self) -> Option<Kept> {
        self.log().kept.clone()
    }

    fn error(&self, kind: CloudErrorKind, request: Request<'_>, message: Option<String>) -> CloudError {
        let second = seconds(self.clock.offset());
        let word = self.draw.word(Topic::new(request.region.as_str(), request.operation).nth(3), second);
        let answered = !kind.is_silence();
        CloudError {
            message: message.unwrap_or_else(|| in_words(&kind).to_owned()),
            fix: (kind == CloudErrorKind::ExpiredCredentials).then(|| "aws sso login".to_owned()),
            request_id: answered.then(|| format!("{word:016x}")),
            kind,
            service: request.service,
            region: request.region.clone(),
            operation: request.operation.to_owned(),
        }
    }

    fn nature(&self) -> Nature<'_> {
        Nature { scenario: &self.scenario, draw: self.draw }
    }

    /// The account after `second`.
    fn account(&self, history: &History, second: i64) -> Arc<Account> {
        self.folding.bring(self.nature(), history, second)
    }

    /// The worlds of the deployments that stand after `second`.
    fn lanes(&self, history: &History, second: i64) -> Arc<[Arc<Lane>]> {
        self.folding.lanes(&self.account(history, second), &self.scenario, self.seed)
    }

    /// Makes, mends or takes away what belongs to the account.
    fn provision(&self, call: &Call) -> Result<Receipt, CloudError> {
        let region = call.endpoint_region();
        let bare = Request {
            region: &region,
            service: call.service(),
            operation: call.operation(),
            changes: true,
            estate: None,
        };
        let lost = |error| self.error(CloudErrorKind::Unreachable, bare, Some(format!("nothing was changed: {error}")));
        let mut log = self.log();
        let mut changing = log.hold().map_err(lost)?;
        changing.follow(&self.clock);
        let history = Arc::clone(changing.history());
        let last = history.entries.last().map_or(0, |entry| entry.second);
        let second = seconds(self.clock.offset()).max(last);
        let lanes = self.lanes(&history, second);
        let owner = lanes.iter().find(|lane| mutate::owns(&lane.setting.estate, call));
        let request = Request { estate: owner.map(|lane| lane.setting.estate.as_ref()), ..bare };
        if let Some(kind) = faults::refusal(&self.scenario, self.draw, request, second) {
            // A request that finds nobody there changes nothing: that much is known.
            let kind = if kind == CloudErrorKind::Timeout { CloudErrorKind::Unreachable } else { kind };
            return Err(self.error(kind, request, None));
        }
        let mut held = self.folding.hold(self.nature(), &history, second);
        // A reader may have gone on while this waited; the past is not changed.
        let second = second.max(held.account().now);
        let mut account = held.account().clone();
        account.advance_to(self.nature(), second);
        let detail =
            account.apply(self.nature(), call).map_err(|(kind, message)| self.error(kind, request, Some(message)))?;
        changing.append(Entry { second, deed: Deed::Call(call.clone()) }).map_err(lost)?;
        held.replace(account, changing.history().entries.len());
        if faults::loses_reply(&self.scenario, self.draw, request, second) {
            return Err(self.error(CloudErrorKind::OutcomeUnknown, request, None));
        }
        Ok(self.receipt(&region, call.operation(), second, detail))
    }

    fn perform(&self, call: &Call) -> Result<Receipt, CloudError> {
        if call.purpose() == Purpose::Provisioning {
            return self.provision(call);
        }
        let region = call.endpoint_region();
        let (history, second) = self.present();
        let account = self.account(&history, second);
        let lanes = self.lanes(&history, second);
        let stands = |lane: &&Arc<Lane>| !account.changed || mutate::stands(&account, &lane.setting.estate, call);
        let owners: Vec<&Lane> = lanes
            .iter()
            .filter(|lane| mutate::owns(&lane.setting.estate, call))
            .filter(stands)
            .map(Arc::as_ref)
            .collect();
        let request = Request {
            region: &region,
            service: call.service(),
            operation: call.operation(),
            changes: true,
            estate: owners.first().map(|lane| lane.setting.estate.as_ref()),
        };
        let mut log = self.log();
        let mut changing = log.hold().map_err(|error| {
            self.error(CloudErrorKind::Unreachable, request, Some(format!("nothing was changed: {error}")))
        })?;
        changing.follow(&self.clock);
        let last = changing.history().entries.last().map_or(0, |entry| entry.second);
        let second = seconds(self.clock.offset()).max(last);
        if let Some(kind) = faults::refusal(&self.scenario, self.draw, request, second) {
            // A request that finds nobody there changes nothing: that much is known.
            let kind = if kind == CloudErrorKind::Timeout { CloudErrorKind::Unreachable } else { kind };
            return Err(self.error(kind, request, None));
        }
        if owners.is_empty() {
            return Err(self.error(CloudErrorKind::NotFound, request, None));
        }
        let history = Arc::clone(changing.history());
        let mut running: Vec<_> = owners.iter().map(|lane| lane.lock()).collect();
        let keeper = changing.keeper();
        for (lane, slot) in owners.iter().zip(&mut running) {
            lane.bring(slot, &history, second, keeper.as_ref());
        }
        // A reader may have gone on while this waited; the past is not changed.
        let second = running
            .iter()
            .filter_map(|slot| slot.as_ref().map(|running| running.world.state.now))
            .fold(second, i64::max);
        let mut outcome = Ok(None);
        let mut before = Vec::new();
        for slot in &mut running {
            let Some(running) = slot.as_mut() else { continue };
            running.world.advance_to(second);
            before.push((running.world.state.clone(), running.applied));
            outcome = running.world.apply(call);
            running.applied = history.entries.len() + 1;
            if outcome.is_err() {
                break;
            }
        }
        let kept = match &outcome {
            Ok(_) => changing.append(Entry { second, deed: Deed::Call(call.clone()) }).map_err(|error| {
                let message = format!("nothing was changed, since the simulated world could not be kept: {error}");
                self.error(CloudErrorKind::Unreachable, request, Some(message))
            }),
            Err((kind, message)) => Err(self.error(kind.clone(), request, Some(message.clone()))),
        };
        if let Err(error) = kept {
            for (slot, (state, applied)) in running.iter_mut().zip(before) {
                if let Some(running) = slot.as_mut() {
                    running.world.state = state;
                    running.applied = applied;
                }
            }
            return Err(error);
        }
        if faults::loses_reply(&self.scenario, self.draw, request, second) {
            return Err(self.error(CloudErrorKind::OutcomeUnknown, request, None));
        }
        Ok(self.receipt(&region, call.operation(), second, outcome.unwrap_or_default()))
    }

    fn receipt(&self, region: &Region, operation: &str, second: i64, detail: Option<String>) -> Receipt {
        let word = self.draw.word(Topic::new(region.as_str(), operation).nth(4), second);
        Receipt { request_id: Some(format!("{word:016x}")), at: after(EPOCH, self.clock.offset()), detail }
    }

    /// A client's write: no API, and so no control plane's outage and no credential, stands before it.
    fn write_canary(&self, lane: &Lane, nonce: &str) -> Result<Receipt, CloudError> {
        let estate = &lane.setting.estate;
        let region = estate.region(Side::Home);
        let request = Request {
            region,
            service: Service::Probes,
            operation: "POST",
            changes: true,
            estate: Some(estate.as_ref()),
        };
        let lost = |error| {
            let message = format!("nothing was written, since the simulated world could not be kept: {error}");
            self.error(CloudErrorKind::Unreachable, request, Some(message))
        };
        let mut log = self.log();
        let mut changing = log.hold().map_err(lost)?;
        changing.follow(&self.clock);
        let last = changing.history().entries.last().map_or(0, |entry| entry.second);
        let second = seconds(self.clock.offset()).max(last);
        let mut slot = lane.lock();
        lane.bring(&mut slot, changing.history(), second, changing.keeper().as_ref());
        let Some(running) = slot.as_mut() else { return Err(self.gone(request)) };
        // A reader may have gone on while this waited; the past is not changed.
        let second = running.world.state.now;
        let side = running.world.state.acknowledges_at(&lane.setting).map_err(|met| {
            let (kind, message) = canaries::in_words(met);
            self.error(kind, request, Some(message.to_owned()))
        })?;
        let deed = Deed::Canary { deployment: estate.deployment.name.clone(), nonce: nonce.to_owned() };
        changing.append(Entry { second, deed }).map_err(lost)?;
        running.world.state.accept_canary(&lane.setting, side, nonce);
        running.applied = changing.history().entries.len();
        Ok(self.receipt(region, "POST", second, Some(format!("acknowledged by {}", estate.region(side)))))
    }
}

fn in_words(kind: &CloudErrorKind) -> &'static str {
    match kind {
        CloudErrorKind::Throttled { .. } => "Rate exceeded",
        CloudErrorKind::Denied { .. } => "the identity may not do this",
        CloudErrorKind::ExpiredCredentials => "The security token included in the request is expired",
        CloudErrorKind::MissingCredentials => "no credentials were found",
        CloudErrorKind::NotFound => "no such resource here",
        CloudErrorKind::Conflict => "the resource's state forbids this",
        CloudErrorKind::Invalid => "the request was refused",
        CloudErrorKind::Timeout => "no answer in time",
        CloudErrorKind::OutcomeUnknown => "the request was sent and its answer never came",
        CloudErrorKind::Unreachable => "no connection could be made",
        CloudErrorKind::ServiceFailure => "the service is unavailable",
        CloudErrorKind::Malformed => "the answer could not be understood",
    }
}

impl Log {
    /// Takes in what other processes did to this world.
    fn follow(&mut self, clock: &SimClock) {
        let Some(kept) = &mut self.kept else { return };
        match kept.news(&self.history.entries) {
            Ok(None) => {}
            Ok(Some(news)) => {
                let generation = self.history.generation + u64::from(news.begun_anew);
                self.history = Arc::new(History { entries: news.entries, generation });
                if let Some((offset, pace)) = news.clock {
                    clock.set(offset, pace, news.begun_anew);
                }
            }
            Err(error) => tracing::warn!(%error, "the kept world cannot be read; going on with what is known of it"),
        }
    }

    /// Keeps other processes from changing this world at the same time.
    fn hold(&mut self) -> Result<Changing<'_>, SimError> {
        if let Some(kept) = &self.kept {
            kept.lock()?;
        }
        Ok(Changing { log: self })
    }
}

/// The log while nobody else may write to it.
struct Changing<'a> {
    log: &'a mut Log,
}

impl Changing<'_> {
    fn follow(&mut self, clock: &SimClock) {
        self.log.follow(clock);
    }

    fn history(&self) -> &Arc<History> {
        &self.log.history
    }

    fn keeper(&self) -> Option<Kept> {
        self.log.kept.clone()
    }

    fn append(&mut self, entry: Entry) -> Result<(), SimError> {
        if let Some(kept) = &mut self.log.kept {
            kept.append(&entry)?;
        }
        Arc::make_mut(&mut self.log.history).entries.push(entry);
        Ok(())
    }
}

impl Drop for Changing<'_> {
    fn drop(&mut self) {
        if let Some(kept) = &self.log.kept {
            kept.unlock();
        }
    }
}

impl Lane {
    fn lock(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The world as it is after `second`, for as long as `look` looks at it.
    pub(crate) fn with<T: Default>(
        &self,
        history: &History,
        second: i64,
        keeper: Option<&Kept>,
        look: impl FnOnce(&World) -> T,
    ) -> T {
        let mut slot = self.lock();
        self.bring(&mut slot, history, second, keeper);
        slot.as_ref().map(|running| look(&running.world)).unwrap_or_default()
    }

    /// Brings the world to `second`, having seen every entry up to it.
    fn bring(&self, slot: &mut Option<Running>, history: &History, second: i64, keeper: Option<&Kept>) {
        if slot.as_ref().is_some_and(|running| running.generation < history.generation) {
            *slot = None;
        }
        let entries = &history.entries;
        let running = slot.get_or_insert_with(|| self.begin(history, second, keeper));
        let unseen = entries.get(running.applied..).unwrap_or_default();
        if unseen.iter().any(|entry| entry.second < running.world.state.now) {
            self.wind_back(running, entries);
        }
        while let Some(entry) = entries.get(running.applied).filter(|entry| entry.second <= second) {
            Self::advance(running, entry.second, keeper.is_some());
            running.applied += 1;
            if let Err((kind, message)) = running.world.repeat(&entry.deed) {
                // It succeeded when it was first done, and the world is the same.
                tracing::warn!(?kind, message, "a kept change was refused when done again");
            }
        }
        Self::advance(running, second, keeper.is_some());
        if let Some(kept) = keeper {
            kept.checkpoint(&self.name, &running.world.state, running.applied, entries);
        }
    }

    fn begin(&self, history: &History, second: i64, keeper: Option<&Kept>) -> Running {
        let remembered = keeper.and_then(|kept| kept.remembered(&self.name, &history.entries, second));
        let (world, applied) = match remembered {
            Some((state, applied)) => (World { setting: Arc::clone(&self.setting), state }, applied),
            None => (World::new(Arc::clone(&self.setting)), self.before(&history.entries)),
        };
        Running { world, generation: history.generation, applied, earlier: VecDeque::new() }
    }

    /// How many entries were there before it: what was done to one of the same name is none of its past.
    fn before(&self, entries: &[Entry]) -> usize {
        entries.partition_point(|entry| entry.second < self.setting.estate.built_at)
    }

    /// Another process did something in what is this one's past.
    fn wind_back(&self, running: &mut Running, entries: &[Entry]) {
        let fits = |state: &State, applied: usize| {
            entries.get(applied..).is_some_and(|rest| rest.iter().all(|entry| entry.second >= state.now))
        };
        while let Some((state, applied)) = running.earlier.pop_back() {
            if fits(&state, applied) {
                running.world.state = state;
                running.applied = applied;
                return;
            }
        }
        running.world = World::new(Arc::clone(&self.setting));
        running.applied = self.before(entries);
    }

    fn advance(running: &mut Running, second: i64, keeps: bool) {
        while keeps && running.world.state.now < second {
            let next = (running.world.state.now.div_euclid(KEEP_STATE_EVERY_S) + 1) * KEEP_STATE_EVERY_S;
            if next > second {
                break;
            }
            running.world.advance_to(next);
            if second - next < KEEP_STATE_EVERY_S * 3 {
                if running.earlier.len() == STATES_KEPT {
                    running.earlier.pop_front();
                }
                running.earlier.push_back((running.world.state.clone(), running.applied));
            }
        }
        running.world.advance_to(second);
    }
}

#[async_trait]
impl Observe for SimCloud {
    async fn read(&self, region: &Region, read: &Read) -> Result<Facts, CloudError> {
        self.travel(region, regional::operation(read)).await;
        self.inner.requests.fetch_add(requests(read) as u64, Ordering::Relaxed);
        if let Read::Metrics { queries, .. } = read {
            self.inner.metrics.fetch_add(queries.len() as u64, Ordering::Relaxed);
        }
        self.inner.answer(region, read)
    }

    fn reality(&self) -> Reality {
        Reality::Simulated(self.inner.scenario.name.clone())
    }

    fn usage(&self) -> Usage {
        Usage {
            requests: self.inner.requests.load(Ordering::Relaxed),
            metrics: self.inner.metrics.load(Ordering::Relaxed),
        }
    }

    fn truth(&self, deployment: &DeploymentName, since: Timestamp) -> Option<TrueLoss> {
        let (history, second) = self.inner.present();
        let lanes = self.inner.lanes(&history, second);
        let lane = lanes.iter().find(|lane| lane.setting.estate.deployment.name == *deployment)?;
        let since = since.as_second() - EPOCH.as_second();
        lane.with(&history, second, self.inner.keeper().as_ref(), |world| Some(canaries::truth(world, since)))
    }
}

#[async_trait]
impl Mutate for SimCloud {
    async fn perform(&self, call: &Call) -> Result<Receipt, CloudError> {
        self.travel(&call.endpoint_region(), call.operation()).await;
        self.inner.requests.fetch_add(1, Ordering::Relaxed);
        self.inner.perform(call)
    }

    async fn write_canary(&self, canary: &CanaryTarget, nonce: &str) -> Result<Receipt, CloudError> {
        let (history, second) = self.inner.present();
        let lanes = self.inner.lanes(&history, second);
        let lane = lanes.iter().find(|lane| regional::is_canary_of(&lane.setting.estate, canary));
        let Some(lane) = lane else {
            let region = Region::route53();
            let request =
                Request { region: &region, service: Service::Probes, operation: "POST", changes: true, estate: None };
            let message = format!("no name server knows {}", canary.write_url);
            return Err(self.inner.error(CloudErrorKind::Unreachable, request, Some(message)));
        };
        self.travel(lane.setting.estate.region(Side::Home), "POST").await;
        self.inner.write_canary(lane, nonce)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let offset = self.clock.offset();
        let pace = self.clock.pace();
        let log = self.log.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = &mut log.kept
            && !matches!(pace, Pace::Real(_))
        {
            // Time that does not follow the machine's goes on where it stopped.
            if let Err(error) = kept.anchor(offset, pace) {
                tracing::warn!(%error, "the kept world's time could not be noted");
            }
        }
    }
}

/// Which services a silent region takes with it is decided where the request is made.
impl Inner {
    fn refused(&self, request: Request<'_>, second: i64) -> Option<CloudError> {
        faults::refusal(&self.scenario, self.draw, request, second).map(|kind| self.error(kind, request, None))
    }

    pub(crate) fn gone(&self, request: Request<'_>) -> CloudError {
        self.error(CloudErrorKind::NotFound, request, None)
    }

    fn request<'a>(region: &'a Region, read: &Read, lane: Option<&'a Lane>) -> Request<'a> {
        Request {
            region,
            service: read.service(),
            operation: regional::operation(read),
            changes: false,
            estate: lane.map(|lane| lane.setting.estate.as_ref()),
        }
    }

    /// Whether a service's API answers about a deployment at this second.
    fn answers(&self, region: &Region, service: Service, operation: &str, lane: &Lane, second: i64) -> bool {
        let request =
            Request { region, service, operation, changes: false, estate: Some(lane.setting.estate.as_ref()) };
        faults::refusal(&self.scenario, self.draw, request, second).is_none()
    }
}
