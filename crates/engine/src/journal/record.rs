//! An entry as it is stored: text whose every byte is part of its hash.

use lifeboat_model::id::DeploymentName;
use lifeboat_model::run::{Entry, RunEvent, RunId};
use lifeboat_model::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{JournalError, chain};

/// One entry, unread. Serialised it is what `lifeboat journal export` prints: `body` is a text that holds JSON, so that
/// whoever reads it can hash the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The version of the form in which it was written.
    pub version: u32,
    pub sequence: u64,
    pub run: RunId,
    pub deployment: DeploymentName,
    /// UTC, RFC 3339.
    pub at: String,
    /// The event, as one JSON object.
    pub body: String,
    pub previous: String,
    pub hash: String,
}

#[derive(Deserialize)]
struct Named {
    event: String,
}

impl Record {
    /// What is to be written next after `previous`.
    pub(super) fn after(
        previous: &super::Head,
        run: &RunId,
        deployment: &DeploymentName,
        at: Timestamp,
        body: String,
    ) -> Self {
        let mut record = Self {
            version: chain::FORMAT_VERSION,
            sequence: previous.sequence.saturating_add(1),
            run: run.clone(),
            deployment: deployment.clone(),
            at: at.to_string(),
            body,
            previous: previous.hash.clone(),
            hash: String::new(),
        };
        record.hash = chain::hash(&record);
        record
    }

    /// The event's name, known to this Lifeboat or not; `None` where the body is no event at all.
    pub fn event_name(&self) -> Option<String> {
        serde_json::from_str::<Named>(&self.body).ok().map(|named| named.event)
    }

    pub fn at(&self) -> Result<Timestamp, JournalError> {
        self.at.parse().map_err(|error| self.not_understood(&error))
    }

    /// The event, read.
    pub fn entry(&self) -> Result<Entry, JournalError> {
        let event = serde_json::from_str(&self.body).map_err(|error| match self.event_name() {
            Some(name) => self.not_understood(&format!("`{name}`: {error}")),
            None => self.not_understood(&error),
        })?;
        Ok(self.with(event, self.at()?))
    }

    pub(super) fn with(&self, event: RunEvent, at: Timestamp) -> Entry {
        Entry {
            sequence: self.sequence,
            run: self.run.clone(),
            deployment: self.deployment.clone(),
            at,
            event,
            previous: self.previous.clone(),
            hash: self.hash.clone(),
        }
    }

    pub(super) fn not_understood(&self, why: &dyn std::fmt::Display) -> JournalError {
        JournalError::NotUnderstood { sequence: self.sequence, run: self.run.clone(), why: why.to_string() }
    }
}
