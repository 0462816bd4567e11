//! The account as the log of deeds makes it, brought forward as far as somebody asks, and the deployments' worlds that
//! stand in it. An account in which no stack was changed is the one that was there at first, and costs nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lifeboat_model::call::Call;
use lifeboat_model::id::DeploymentName;

use super::{Deed, History, Lane};
use crate::cloudformation::{Account, Nature};
use crate::past::Past;
use crate::scenario::Scenario;
use crate::world::Setting;

pub(super) struct Folding {
    /// As it is when a world begins.
    first: Arc<Account>,
    now: Mutex<Folded>,
    lanes: Mutex<Lanes>,
}

struct Folded {
    account: Arc<Account>,
    generation: u64,
    /// How many entries of the log it has seen.
    applied: usize,
}

type Roll = Vec<(DeploymentName, i64)>;

struct Lanes {
    roll: Roll,
    list: Arc<[Arc<Lane>]>,
    known: BTreeMap<(DeploymentName, i64), Arc<Lane>>,
}

/// An account while nobody else may change it.
pub(super) struct Held<'a>(MutexGuard<'a, Folded>);

impl Folding {
    pub(super) fn new(first: Arc<Account>, scenario: &Arc<Scenario>, seed: u64) -> Self {
        let mut lanes = Lanes { roll: Vec::new(), list: Arc::from([]), known: BTreeMap::new() };
        lanes.follow(&first, scenario, seed);
        let now = Folded { account: Arc::clone(&first), generation: 0, applied: 0 };
        Self { first, now: Mutex::new(now), lanes: Mutex::new(lanes) }
    }

    /// The account after `second`, having seen every entry up to it.
    pub(super) fn bring(&self, nature: Nature<'_>, history: &History, second: i64) -> Arc<Account> {
        Arc::clone(&self.hold(nature, history, second).0.account)
    }

    pub(super) fn hold(&self, nature: Nature<'_>, history: &History, second: i64) -> Held<'_> {
        let mut folded = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        folded.bring(&self.first, nature, history, second);
        Held(folded)
    }

    /// The worlds of the deployments that stand.
    pub(super) fn lanes(&self, account: &Account, scenario: &Arc<Scenario>, seed: u64) -> Arc<[Arc<Lane>]> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        lanes.follow(account, scenario, seed);
        Arc::clone(&lanes.list)
    }
}

impl Held<'_> {
    pub(super) fn account(&self) -> &Account {
        &self.0.account
    }

    /// Takes the place of the account, now that the log has one entry more.
    pub(super) fn replace(&mut self, account: Account, applied: usize) {
        self.0.account = Arc::new(account);
        self.0.applied = applied;
    }
}

fn heeded(deed: &Deed) -> Option<&Call> {
    match deed {
        Deed::Call(call) if Account::heeds(call) => Some(call),
        Deed::Call(_) | Deed::Canary { .. } => None,
    }
}

impl Folded {
    fn bring(&mut self, first: &Arc<Account>, nature: Nature<'_>, history: &History, second: i64) {
        let entries = &history.entries;
        let unseen = entries.get(self.applied..).unwrap_or_default();
        let late =
            |account: &Account| unseen.iter().any(|entry| heeded(&entry.deed).is_some() && entry.second < account.now);
        if self.generation < history.generation || self.applied > entries.len() || late(&self.account) {
            (self.account, self.applied, self.generation) = (Arc::clone(first), 0, history.generation);
        }
        while let Some(entry) = entries.get(self.applied).filter(|entry| entry.second <= second) {
            if let Some(call) = heeded(&entry.deed) {
                let account = Arc::make_mut(&mut self.account);
                account.advance_to(nature, entry.second);
                if let Err((kind, message)) = account.apply(nature, call) {
                    // It succeeded when it was first done, and the account is the same.
                    tracing::warn!(?kind, message, "a kept change was refused when done again");
                }
            }
            self.applied += 1;
        }
        if !self.account.is_at_rest() {
            Arc::make_mut(&mut self.account).advance_to(nature, second);
        }
    }
}

impl Lanes {
    fn follow(&mut self, account: &Account, scenario: &Arc<Scenario>, seed: u64) {
        let same = self.roll.len() == account.founded.len()
            && self.roll.iter().all(|(name, since)| account.founded.get(name).is_some_and(|own| own.since == *since));
        if same {
            return;
        }
        let mut founded: Vec<_> = account.founded.values().collect();
        founded.sort_by_key(|own| (own.since, own.blueprint, own.name.clone()));
        let mut list = Vec::new();
        for own in founded {
            let Some(estate) = &own.estate else { continue };
            let key = (own.name.clone(), own.since);
            let lane = self.known.entry(key.clone()).or_insert_with(|| {
                Arc::new(Lane {
                    // One that is made again under a name begins anew.
                    name: if own.since < 0 { own.name.to_string() } else { format!("{}-{}", own.name, own.since) },
                    setting: Arc::new(Setting::new(Arc::clone(estate), Arc::clone(scenario), seed)),
                    past: Past::default(),
                    running: Mutex::new(None),
                })
            });
            list.push(Arc::clone(lane));
        }
        self.roll = account.founded.values().map(|own| (own.name.clone(), own.since)).collect();
        self.list = list.into();
    }
}
