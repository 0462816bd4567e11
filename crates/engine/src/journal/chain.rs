//! The chain: what of an entry is hashed, and the walk that finds the first entry that is not as it was written. It
//! reads nothing by itself.

use lifeboat_model::plan::hexadecimal;
use lifeboat_model::run::RunId;
use lifeboat_model::time::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Head, Record};

/// The version of an entry's form and of the bytes that are hashed.
pub const FORMAT_VERSION: u32 = 1;

/// What stands in the place of the hash before the first.
const NOTHING_BEFORE: &str = "0000000000000000000000000000000000000000000000000000000000000000";

impl Head {
    /// Of a journal without an entry.
    pub(super) fn none() -> Self {
        Self { sequence: 0, hash: NOTHING_BEFORE.to_owned() }
    }
}

/// SHA-256, in hexadecimal, over the entry's fields in this order, each as `LENGTH:BYTES,` with the length in bytes: so
/// that no two different entries give the same bytes, whatever their fields hold.
pub(super) fn hash(record: &Record) -> String {
    let version = record.version.to_string();
    let sequence = record.sequence.to_string();
    let fields: [&str; 7] = [
        &record.previous,
        &version,
        &sequence,
        record.run.as_str(),
        record.deployment.as_str(),
        &record.at,
        &record.body,
    ];
    let mut digest = Sha256::new();
    for field in fields {
        digest.update(field.len().to_string());
        digest.update(":");
        digest.update(field);
        digest.update(",");
    }
    hexadecimal(&digest.finalize())
}

/// A journal that is whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    pub entries: u64,
    pub head: Head,
    pub tail: Tail,
}

/// Whether entries at the end can be missing unseen: the chain alone cannot tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tail {
    /// The head that was kept beside the journal is in it.
    Attested { sequence: u64 },
    /// No head was kept beside it, or it cannot be read.
    Unattested { why: String },
}

/// The first entry that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("the journal is broken at entry {sequence}{}: {why}", of_run(run.as_ref()))]
pub struct Broken {
    pub sequence: u64,
    /// As it stands in the entry; `None` where the entry is missing.
    pub run: Option<RunId>,
    pub why: String,
}

fn of_run(run: Option<&RunId>) -> String {
    run.map(|run| format!(" of run {run}")).unwrap_or_default()
}

/// Goes from entry to entry.
#[derive(Debug)]
pub(super) struct Walk {
    head: Head,
    last_run: Option<RunId>,
    /// The head that was kept elsewhere, and whether it has been met.
    kept: Option<Head>,
    met: bool,
}

impl Walk {
    pub(super) fn new(kept: Option<Head>) -> Self {
        Self { head: Head::none(), last_run: None, kept, met: false }
    }

    /// Takes in the next entry.
    pub(super) fn step(&mut self, record: &Record) -> Result<(), Broken> {
        let expected = self.head.sequence.saturating_add(1);
        if record.sequence != expected {
            return Err(self.misplaced(record, expected));
        }
        let broken = |why: &str| Err(Broken::at(record, why));
        if record.previous != self.head.hash {
            return broken("it does not follow the entry before it: one of the two was put there or replaced");
        }
        if record.version == 0 || record.version > FORMAT_VERSION {
            return broken("its version is none that this Lifeboat knows");
        }
        if record.hash != hash(record) {
            return broken("its content is not what was hashed when it was written: it was changed");
        }
        if record.event_name().is_none() || record.at.parse::<Timestamp>().is_err() {
            return broken("it is no event: it was not written by Lifeboat");
        }
        if let Some(kept) = self.kept.as_ref().filter(|kept| kept.sequence == record.sequence) {
            if kept.hash != record.hash {
                return broken("it is another than the one that was written: this is not the same journal");
            }
            self.met = true;
        }
        self.head = Head { sequence: record.sequence, hash: record.hash.clone() };
        self.last_run = Some(record.run.clone());
        Ok(())
    }

    fn misplaced(&self, record: &Record, expected: u64) -> Broken {
        if record.sequence > expected {
            let why = format!("it is missing: entry {} follows entry {}", record.sequence, self.head.sequence);
            return Broken { sequence: expected, run: None, why };
        }
        Broken::at(record, "it stands where no entry may: sequences begin at 1 and grow by 1")
    }

    /// After the last entry.
    pub(super) fn end(self, no_kept_head: &str) -> Result<Verified, Broken> {
        let tail = match self.kept {
            None => Tail::Unattested { why: no_kept_head.to_owned() },
            Some(kept) if self.met || kept.sequence == 0 => Tail::Attested { sequence: kept.sequence },
            Some(kept) => {
                let sequence = self.head.sequence.saturating_add(1);
                let why = format!("it is missing, as is everything after it: there were {} entries", kept.sequence);
                return Err(Broken { sequence, run: None, why });
            }
        };
        Ok(Verified { entries: self.head.sequence, head: self.head, tail })
    }

    /// The entry that was reached, for what goes wrong outside of the entries.
    pub(super) fn next_is_unreadable(&self, why: impl Into<String>) -> Broken {
        Broken { sequence: self.head.sequence.saturating_add(1), run: None, why: why.into() }
    }
}

impl Broken {
    fn at(record: &Record, why: &str) -> Self {
        Self { sequence: record.sequence, run: Some(record.run.clone()), why: why.to_owned() }
    }
}
