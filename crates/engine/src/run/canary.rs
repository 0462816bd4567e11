//! Canaries beside a run: one written every interval whatever the steps do, and looked for where the run leads. A
//! write in flight delays nothing, and a slow one does not hold back the next.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use futures::future::join_all;
use futures::stream::{FuturesUnordered, StreamExt};
use lifeboat_model::assessment::StoreKind;
use lifeboat_model::facts::Facts;
use lifeboat_model::facts::canary::Sighting;
use lifeboat_model::read::Read;
use lifeboat_model::run::RunEvent;
use lifeboat_model::runbook::Mode;
use lifeboat_model::time::{Duration, Timestamp, after};
use lifeboat_model::topology::{CanaryTarget, Deployment};

use super::control::Halt;
use super::executor::Executor;
use super::memory::{Memory, Written};
use crate::conditions::CanaryView;
use crate::watch::ask;

/// When a write that has not been acknowledged counts as failed: a client's own patience.
pub(super) const WRITE_PATIENCE: Duration = Duration::from_secs(5);
/// No interval is shorter, whatever the configuration says.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(100);
/// Canaries before the first act of a planned run, so that a failure before it is not taken for its doing.
const BASELINE: usize = 3;
/// However far apart they are, a planned run waits no longer for them.
const BASELINE_WITHIN: Duration = Duration::from_secs(20);
/// How many nonces one read asks for.
const SOUGHT_AT_ONCE: usize = 50;
const SEEK_PATIENCE: Duration = Duration::from_secs(30);
const BETWEEN_SEEKS: Duration = Duration::from_secs(5);
/// How long what is missing is sought: replication ends in a planned run, and in another may never.
const PLANNED_SEEKS_FOR: Duration = Duration::from_mins(1);
const UNPLANNED_SEEKS_FOR: Duration = Duration::from_secs(10);
/// After the last step, until clients are seen to be served.
const RECOVERS_WITHIN: Duration = Duration::from_mins(1);

pub(super) fn interval(canary: &CanaryTarget) -> Duration {
    canary.interval.max(SHORTEST_INTERVAL)
}

/// What conditions may know of canaries.
pub(super) fn view(memory: &Memory, deployment: &Deployment) -> CanaryView {
    let Some(target) = &deployment.canary else {
        return CanaryView { configured: false, last_good: None, last_failed: None };
    };
    let is_found = |written: &&Written| {
        target.read_urls.keys().all(|store| memory.found.get(store).is_some_and(|found| found.contains(&written.nonce)))
    };
    let of = |acknowledged: bool| memory.canaries.iter().filter(move |written| written.acknowledged == acknowledged);
    CanaryView {
        configured: true,
        last_good: of(true).filter(is_found).map(|written| written.sent_at).max(),
        last_failed: of(false).map(|written| written.sent_at).max(),
    }
}

impl Executor<'_> {
    /// Until it is dropped, or for ever where there is nothing to write.
    pub(super) async fn write_canaries(&self) -> Infallible {
        let Some(target) = &self.surroundings.deployment.canary else { return std::future::pending().await };
        let part = self.recorder().memory.parts;
        let mut flying = FuturesUnordered::new();
        let mut number = 0_u64;
        loop {
            number = number.saturating_add(1);
            flying.push(self.write_canary(target, part, number));
            let mut due = self.surroundings.clock.sleep(interval(target));
            loop {
                tokio::select! {
                    biased;
                    Some(written) = flying.next() => {
                        if self.record(&written).is_err() {
                            return std::future::pending().await;
                        }
                    }
                    () = &mut due => break,
                }
            }
        }
    }

    async fn write_canary(&self, target: &CanaryTarget, part: u32, number: u64) -> RunEvent {
        let nonce = format!("{}.{part}.{number}", self.recorder().state.id);
        let sent_at = self.now();
        let outcome = tokio::select! {
            biased;
            outcome = self.surroundings.cloud.write_canary(target, &nonce) => match outcome {
                Ok(_) => Ok(self.now()),
                Err(error) => Err(in_short(error.kind.label(), &error.message)),
            },
            () = self.surroundings.clock.sleep(WRITE_PATIENCE) => {
                Err(format!("no answer within {} s", WRITE_PATIENCE.as_secs()))
            }
        };
        RunEvent::CanaryWritten { nonce, sent_at, outcome }
    }

    /// Clients' own luck before anything is done to them. Where they suffer already, nobody waits for it.
    pub(super) async fn lay_baseline(&self) -> Result<(), Halt> {
        let Some(target) = &self.surroundings.deployment.canary else { return Ok(()) };
        let (mode, is_first) = {
            let recorder = self.recorder();
            (recorder.state.plan.mode, recorder.state.began.is_empty())
        };
        if mode == Mode::Unplanned || !is_first {
            return Ok(());
        }
        let ends_at = after(self.now(), BASELINE_WITHIN);
        while self.recorder().memory.canaries.len() < BASELINE && self.now() < ends_at {
            self.wait(interval(target)).await?;
        }
        Ok(())
    }

    /// Once the last step is done: until a canary sent after the last call was acknowledged, so that it is known how
    /// long clients could not write; not for ever. `false` when none was; `None` where nobody can know.
    pub(super) async fn await_recovery(&self) -> Result<Option<bool>, Halt> {
        let Some(target) = &self.surroundings.deployment.canary else { return Ok(None) };
        let ends_at = after(self.now(), RECOVERS_WITHIN);
        while !self.has_recovered() && self.now() < ends_at {
            self.wait(interval(target)).await?;
        }
        Ok(Some(self.has_recovered()))
    }

    fn has_recovered(&self) -> bool {
        let recorder = self.recorder();
        let last_call = recorder.memory.last_call_ended_at.unwrap_or(Timestamp::MIN);
        let newest = recorder.memory.canaries.iter().max_by_key(|written| written.sent_at);
        newest.is_some_and(|written| written.acknowledged && written.sent_at >= last_call)
    }

    /// Looks for the newest acknowledged canary since a moment in every store; what is found is recorded.
    pub(super) async fn seek_newest_canary(&self, since: Timestamp) -> Result<(), Halt> {
        let Some(target) = &self.surroundings.deployment.canary else { return Ok(()) };
        let newest = {
            let recorder = self.recorder();
            let acknowledged = recorder.memory.canaries.iter().filter(|written| written.acknowledged);
            let newest = acknowledged.filter(|written| written.sent_at >= since).max_by_key(|written| written.sent_at);
            newest.map(|written| written.nonce.clone())
        };
        let Some(nonce) = newest else { return Ok(()) };
        let wanted = target.read_urls.keys().map(|store| (*store, BTreeSet::from([nonce.clone()]))).collect();
        let sightings = self.seek(target, wanted).await;
        for (store, seen) in sightings {
            let found: Vec<_> =
                seen.into_iter().filter(|(_, found)| *found == Some(true)).map(|(nonce, _)| nonce).collect();
            let is_new =
                |nonce: &String| !self.recorder().memory.found.get(&store).is_some_and(|held| held.contains(nonce));
            if found.iter().any(is_new) {
                let (missing, unknown) = (Vec::new(), Vec::new());
                self.record(&RunEvent::CanariesSought { store, found, missing, unknown })?;
            }
        }
        Ok(())
    }

    /// Every acknowledged canary of the run, sought in every store until it is found or long enough.
    pub(super) async fn seek_all_canaries(&self) -> Result<(), Halt> {
        let Some(target) = &self.surroundings.deployment.canary else { return Ok(()) };
        let (mode, acknowledged) = {
            let recorder = self.recorder();
            let nonces: BTreeSet<_> = recorder
                .memory
                .canaries
                .iter()
                .filter(|written| written.acknowledged)
                .map(|written| written.nonce.clone())
                .collect();
            (recorder.state.plan.mode, nonces)
        };
        let patience = match mode {
            Mode::Planned => PLANNED_SEEKS_FOR,
            Mode::Unplanned => UNPLANNED_SEEKS_FOR,
        };
        let ends_at = after(self.now(), patience);
        let mut known: BTreeMap<StoreKind, BTreeMap<String, Option<bool>>> = target
            .read_urls
            .keys()
            .map(|store| (*store, acknowledged.iter().map(|nonce| (nonce.clone(), None)).collect()))
            .collect();
        loop {
            let wanted = known.iter().map(|(store, seen)| (*store, not_found(seen))).collect();
            for (store, seen) in self.seek(target, wanted).await {
                known.entry(store).or_default().extend(seen);
            }
            if known.values().all(|seen| not_found(seen).is_empty()) || self.now() >= ends_at {
                break;
            }
            self.wait_through(BETWEEN_SEEKS).await?;
        }
        for (store, seen) in known {
            let of = |wanted: Option<bool>| -> Vec<String> {
                seen.iter().filter(|(_, found)| **found == wanted).map(|(nonce, _)| nonce.clone()).collect()
            };
            let (found, missing, unknown) = (of(Some(true)), of(Some(false)), of(None));
            self.record(&RunEvent::CanariesSought { store, found, missing, unknown })?;
        }
        Ok(())
    }

    async fn seek(
        &self,
        target: &CanaryTarget,
        wanted: BTreeMap<StoreKind, BTreeSet<String>>,
    ) -> BTreeMap<StoreKind, BTreeMap<String, Option<bool>>> {
        let region = self.recorder().state.plan.to.clone();
        let mut asked = Vec::new();
        for (store, nonces) in wanted {
            let nonces: Vec<_> = nonces.into_iter().collect();
            asked.extend(nonces.chunks(SOUGHT_AT_ONCE).map(|nonces| (store, nonces.to_vec())));
        }
        let (deployment, cloud, clock) =
            (&self.surroundings.deployment.name, &*self.surroundings.cloud, &*self.surroundings.clock);
        let region = &region;
        let answers = asked.into_iter().map(|(store, nonces)| async move {
            let read = Read::Canaries { canary: target.clone(), store, nonces: nonces.clone() };
            let answer = ask(deployment, cloud, clock, region, &read, SEEK_PATIENCE).await;
            (store, nonces, answer.outcome)
        });
        let mut seen: BTreeMap<StoreKind, BTreeMap<String, Option<bool>>> = BTreeMap::new();
        for (store, nonces, outcome) in join_all(answers).await {
            let here = seen.entry(store).or_default();
            here.extend(nonces.into_iter().map(|nonce| (nonce, None)));
            if let Ok(Facts::Canaries(sightings)) = outcome {
                here.extend(sightings.into_iter().map(|Sighting { nonce, found }| (nonce, found)));
            }
        }
        seen
    }
}

fn not_found(seen: &BTreeMap<String, Option<bool>>) -> BTreeSet<String> {
    seen.iter().filter(|(_, found)| **found != Some(true)).map(|(nonce, _)| nonce.clone()).collect()
}

fn in_short(label: &str, message: &str) -> String {
    const ROOM: usize = 120;
    let whole = if message.is_empty() { label.to_owned() } else { format!("{label}: {message}") };
    if whole.chars().count() <= ROOM { whole } else { whole.chars().take(ROOM - 1).chain(['…']).collect() }
}
