//! The journal's entries of one deployment, a line each, kept from one reading to the next: what is new is added, and
//! which of them are in view is found among them.

use std::collections::BTreeMap;

use lifeboat_engine::journal::{Journal, JournalError, Record};
use lifeboat_model::id::DeploymentName;
use lifeboat_model::plan::{Plan, StepId};
use lifeboat_model::run::{RunEvent, RunId};
use lifeboat_tui::acting::story;
use lifeboat_tui::archive::{JournalLine, Place, Query, WINDOW, Window};
use lifeboat_tui::dialogs::filter::Terms;
use lifeboat_tui::theme::Role;

/// As many records are held unread at once.
const AT_ONCE: usize = 500;
/// As much of a hash as tells two entries apart for a reader.
const HASH: usize = 12;

#[derive(Default)]
pub(super) struct Lines {
    of: Option<DeploymentName>,
    /// The oldest first.
    all: Vec<JournalLine>,
    /// The newest entry that was looked at, whosever it is.
    last: u64,
    last_hash: String,
    /// What the steps of each run are called.
    titles: BTreeMap<RunId, BTreeMap<StepId, String>>,
}

impl Lines {
    pub(super) fn newest(&self) -> u64 {
        self.last
    }

    /// Adds what was written since. Another deployment's, and those of another journal in its place, are read anew.
    pub(super) fn catch_up(&mut self, journal: &dyn Journal, deployment: &DeploymentName) -> Result<(), JournalError> {
        let is_other = self.of.as_ref() != Some(deployment);
        if is_other || (self.last > 0 && !self.is_continued(journal)?) {
            *self = Self { of: Some(deployment.clone()), ..Self::default() };
        }
        loop {
            let records = journal.some_records(None, self.last, AT_ONCE)?;
            for record in &records {
                self.last = record.sequence;
                self.last_hash.clone_from(&record.hash);
                if record.deployment == *deployment {
                    let line = self.line(record);
                    self.all.push(line);
                }
            }
            if records.len() < AT_ONCE {
                return Ok(());
            }
        }
    }

    fn is_continued(&self, journal: &dyn Journal) -> Result<bool, JournalError> {
        let there = journal.some_records(None, self.last - 1, 1)?;
        Ok(there.first().is_some_and(|record| record.sequence == self.last && record.hash == self.last_hash))
    }

    fn line(&mut self, record: &Record) -> JournalLine {
        let event = record.event_name().unwrap_or_else(|| "?".to_owned());
        let (role, text) = match record.entry() {
            Ok(entry) => {
                if let RunEvent::RunStarted { plan, .. } | RunEvent::ModeChanged { plan, .. } = &entry.event {
                    self.titles.entry(record.run.clone()).or_default().extend(titles(plan));
                }
                let none = BTreeMap::new();
                story::line(self.titles.get(&record.run).unwrap_or(&none), &entry.event)
            }
            Err(_) => (Role::Caution, format!("`{event}`: not understood by this Lifeboat")),
        };
        JournalLine {
            sequence: record.sequence,
            run: record.run.clone(),
            at: record.at().ok(),
            event,
            role,
            text,
            hash: record.hash.chars().take(HASH).collect(),
        }
    }

    pub(super) fn window(&self, query: &Query) -> Window {
        let terms = Terms::parse(&query.filter);
        let is_wanted = |line: &&JournalLine| {
            query.run.as_ref().is_none_or(|run| line.run == *run)
                && (terms.is_empty()
                    || terms.admits(&[&line.text, &line.event, line.run.as_str(), &line.sequence.to_string()]))
        };
        let mut wanted: Vec<&JournalLine> = self.all.iter().filter(is_wanted).collect();
        if !query.oldest_first {
            wanted.reverse();
        }
        let total = wanted.len();
        let last = total.saturating_sub(WINDOW);
        let offset = match query.place {
            Place::Start => 0,
            Place::End => last,
            Place::Around(sequence) => {
                nearest(&wanted, sequence, query.oldest_first).saturating_sub(WINDOW / 2).min(last)
            }
        };
        let lines = wanted.into_iter().skip(offset).take(WINDOW).cloned().collect();
        Window { lines, offset, total }
    }
}

/// Where an entry stands, or would stand.
fn nearest(lines: &[&JournalLine], sequence: u64, oldest_first: bool) -> usize {
    lines.partition_point(|line| if oldest_first { line.sequence < sequence } else { line.sequence > sequence })
}

fn titles(plan: &Plan) -> impl Iterator<Item = (StepId, String)> {
    plan.steps.iter().map(|step| (step.id.clone(), step.title.clone()))
}
