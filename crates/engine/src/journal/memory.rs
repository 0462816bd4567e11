//! A journal in memory, for simulations: what the one on disk keeps, as it keeps it, and a process that can be made to
//! die at any entry.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lifeboat_model::id::DeploymentName;
use lifeboat_model::run::{Entry, Operator, RunEvent, RunId};
use lifeboat_model::time::Timestamp;

use super::approvals::begins_a_run;
use super::chain::Walk;
use super::listing::{run_head, standing};
use super::redaction::redacted;
use super::{Head, Journal, JournalError, Lock, LockError, NotVerified, Record, RunHead, Verified};

/// On which side of becoming durable a process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dies {
    /// The entry is lost with the process.
    BeforeDurable,
    /// The entry is kept, and nobody is told.
    AfterDurable,
}

/// A journal that lives as long as the value.
#[derive(Debug, Default)]
pub struct MemoryJournal {
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    records: Vec<Record>,
    dies_at: Option<(u64, Dies)>,
    /// The entry at which the process died.
    died_at: Option<u64>,
    /// How often it was brought back: locks of an earlier life are nobody's.
    lives: u64,
    locks: BTreeMap<DeploymentName, (Operator, Timestamp)>,
}

impl MemoryJournal {
    pub fn new() -> Self {
        Self::default()
    }

    /// The process is to die at the append that would be entry `sequence`, counted over all runs from 1. From then on
    /// nothing is written, until [`revive`](Self::revive).
    pub fn dies_at(&self, sequence: u64, when: Dies) {
        self.kept().dies_at = Some((sequence, when));
    }

    /// Whether the process has died where it was asked to.
    pub fn is_dead(&self) -> bool {
        self.kept().died_at.is_some()
    }

    /// A new process with the same journal. Locks of the dead one are given back, as the kernel does.
    pub fn revive(&self) {
        let mut kept = self.kept();
        kept.dies_at = None;
        kept.died_at = None;
        kept.lives += 1;
        kept.locks.clear();
    }

    /// Changes what an entry says, as somebody with a database tool would, who knows nothing of the chain.
    pub fn tamper(&self, sequence: u64, change: impl FnOnce(&mut String)) {
        let mut kept = self.kept();
        if let Some(record) = kept.records.iter_mut().find(|record| record.sequence == sequence) {
            change(&mut record.body);
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn head(&self) -> Head {
        match self.records.last() {
            Some(last) => Head { sequence: last.sequence, hash: last.hash.clone() },
            None => Head::none(),
        }
    }

    fn runs(&self) -> Result<Vec<RunHead>, JournalError> {
        let mut by_run: BTreeMap<&RunId, Vec<&Record>> = BTreeMap::new();
        for record in &self.records {
            by_run.entry(&record.run).or_default().push(record);
        }
        let mut heads = Vec::new();
        for records in by_run.into_values() {
            let (Some(first), Some(last)) = (records.first(), records.last()) else { continue };
            if !begins_a_run(first) {
                continue;
            }
            let mut stands = None;
            for record in records.iter().rev() {
                stands = standing(record)?;
                if stands.is_some() {
                    break;
                }
            }
            let count = u64::try_from(records.len()).unwrap_or(u64::MAX);
            heads.push((first.sequence, run_head(first, last, stands.as_ref(), count)?));
        }
        heads.sort_by_key(|(sequence, _)| std::cmp::Reverse(*sequence));
        Ok(heads.into_iter().map(|(_, head)| head).collect())
    }
}

impl Journal for MemoryJournal {
    fn append(
        &self,
        run: &RunId,
        deployment: &DeploymentName,
        at: Timestamp,
        event: &RunEvent,
    ) -> Result<Entry, JournalError> {
        let mut kept = self.kept();
        let head = kept.head();
        let sequence = head.sequence.saturating_add(1);
        if let Some(sequence) = kept.died_at {
            return Err(JournalError::Died { sequence });
        }
        let dies = kept.dies_at.filter(|(at, _)| *at == sequence).map(|(_, when)| when);
        if dies.is_some() {
            kept.died_at = Some(sequence);
        }
        if dies == Some(Dies::BeforeDurable) {
            return Err(JournalError::Died { sequence });
        }
        let event = redacted(event);
        let body = serde_json::to_string(&event).map_err(|error| JournalError::NotWritten {
            place: "in memory".to_owned(),
            why: error.to_string(),
            fix: "report it".to_owned(),
        })?;
        let record = Record::after(&head, run, deployment, at, body);
        let entry = record.with(event, at);
        kept.records.push(record);
        if dies.is_some() { Err(JournalError::Died { sequence }) } else { Ok(entry) }
    }

    fn records(&self, run: Option<&RunId>, after: u64) -> Result<Vec<Record>, JournalError> {
        let wanted = |record: &&Record| record.sequence > after && run.is_none_or(|run| record.run == *run);
        Ok(self.kept().records.iter().filter(wanted).cloned().collect())
    }

    fn some_records(&self, run: Option<&RunId>, after: u64, at_most: usize) -> Result<Vec<Record>, JournalError> {
        let mut records = self.records(run, after)?;
        records.truncate(at_most);
        Ok(records)
    }

    fn runs(&self, deployment: Option<&DeploymentName>) -> Result<Vec<RunHead>, JournalError> {
        let mut heads = self.kept().runs()?;
        heads.retain(|head| deployment.is_none_or(|deployment| head.deployment == *deployment));
        Ok(heads)
    }

    fn head(&self) -> Result<Head, JournalError> {
        Ok(self.kept().head())
    }

    fn verify(&self) -> Result<Verified, NotVerified> {
        let kept = self.kept();
        let mut walk = Walk::new(Some(kept.head()));
        for record in &kept.records {
            walk.step(record)?;
        }
        Ok(walk.end("")?)
    }

    fn lock(&self, deployment: &DeploymentName, by: &Operator, at: Timestamp) -> Result<Box<dyn Lock>, LockError> {
        let mut kept = self.kept();
        if let Some((by, since)) = kept.locks.get(deployment).cloned() {
            return Err(LockError::Held { by, since });
        }
        kept.locks.insert(deployment.clone(), (by.clone(), at));
        Ok(Box::new(Held { deployment: deployment.clone(), life: kept.lives, kept: Arc::clone(&self.kept) }))
    }

    fn holder(&self, deployment: &DeploymentName) -> Result<Option<(Operator, Timestamp)>, JournalError> {
        Ok(self.kept().locks.get(deployment).cloned())
    }
}

#[derive(Debug)]
struct Held {
    deployment: DeploymentName,
    life: u64,
    kept: Arc<Mutex<Kept>>,
}

impl Held {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lock for Held {
    fn deployment(&self) -> &DeploymentName {
        &self.deployment
    }

    fn is_held(&self) -> bool {
        self.kept().lives == self.life
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut kept = self.kept();
        if kept.lives == self.life {
            kept.locks.remove(&self.deployment);
        }
    }
}
