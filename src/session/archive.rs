//! Reads the journal for the glass, beside the loop: what is asked meanwhile waits for the next reading, and a journal
//! that does not answer holds up nobody. What is read and how is in `archive/`.

use std::sync::Arc;
use std::time::Duration;

use lifeboat_model::document::Document;
use lifeboat_model::id::DeploymentName;
use lifeboat_model::time::{Clock, Timestamp};
use lifeboat_tui::acting::LiveRun;
use lifeboat_tui::archive::{Chain, Query, Shelf, Writing};
use lifeboat_tui::screens::Screen;
use lifeboat_tui::{Model, Msg};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::standing::Bench;

mod lines;
mod reading;
mod shelf;
mod writing;

use lines::Lines;

/// Between two readings while they are in view.
const EVERY: Duration = Duration::from_secs(3);
/// Between two of what is read in full.
const WRITTEN_EVERY: Duration = Duration::from_secs(5);
/// One of each kind is under way at most.
const FINDINGS: usize = 3;

/// What came of it.
pub(crate) enum Found {
    Read {
        asked: Asked,
        outcome: Result<Option<Box<Shelf>>, String>,
        at: Timestamp,
        kept: Box<Kept>,
    },
    Verified {
        at: Timestamp,
        chain: Chain,
    },
    Written {
        deployment: DeploymentName,
        writing: Writing,
        /// `None` where nothing was written in the journal since it was made.
        outcome: Option<Result<Box<Document>, String>>,
        /// Where the journal stood.
        head: Option<String>,
    },
}

type Asked = (DeploymentName, Query);

/// What is known from one reading to the next.
#[derive(Default)]
pub(crate) struct Kept {
    lines: Lines,
    /// What was told last, so that it is told once.
    told: Option<(Asked, Shelf)>,
}

/// Whether something is to be done, and whether it is being done: once at a time, and once more for whatever came
/// meanwhile.
#[derive(Default)]
struct Turn {
    waits: bool,
    under_way: bool,
}

impl Turn {
    fn ask(&mut self) {
        self.waits = true;
    }

    /// Whether to begin now.
    fn begin(&mut self) -> bool {
        let begins = self.waits && !self.under_way;
        if begins {
            (self.waits, self.under_way) = (false, true);
        }
        begins
    }

    fn end(&mut self) {
        self.under_way = false;
    }
}

/// Reads again and again.
pub(crate) struct Archivist {
    desk: Option<(Bench, Arc<dyn Clock>)>,
    find: mpsc::Sender<Found>,
    asked: Option<Asked>,
    reading: Turn,
    /// `None` while a reading has it.
    kept: Option<Box<Kept>>,
    /// Whether what is kept is not to be relied upon any more.
    forgets: bool,
    read_at: Option<Instant>,
    /// The newest entry that was read.
    newest: u64,
    verifying: Turn,
    /// What is to be read in full.
    to_write: Option<(DeploymentName, Writing)>,
    writing: Turn,
    /// What was made last, where the journal stood then, and when.
    written: Option<(Writing, Option<String>, Instant)>,
}

impl Archivist {
    /// What is found comes from the other end.
    pub(crate) fn new() -> (Self, mpsc::Receiver<Found>) {
        let (find, found) = mpsc::channel(FINDINGS);
        let archivist = Self {
            desk: None,
            find,
            asked: None,
            reading: Turn::default(),
            kept: Some(Box::default()),
            forgets: false,
            read_at: None,
            newest: 0,
            verifying: Turn::default(),
            to_write: None,
            writing: Turn::default(),
            written: None,
        };
        (archivist, found)
    }

    /// The clouds are open: whatever was asked for before is read now.
    pub(crate) fn begin(&mut self, bench: Bench, clock: Arc<dyn Clock>) {
        self.desk = Some((bench, clock));
        self.go_on();
    }

    pub(crate) fn read(&mut self, deployment: DeploymentName, query: Query) {
        self.asked = Some((deployment, query));
        self.reading.ask();
        self.go_on();
    }

    pub(crate) fn verify(&mut self) {
        self.verifying.ask();
        self.go_on();
    }

    pub(crate) fn write(&mut self, deployment: DeploymentName, writing: Writing) {
        self.to_write = Some((deployment, writing));
        self.written = None;
        self.writing.ask();
        self.go_on();
    }

    /// What time asks for: what is in view is read again, and at once where a run wrote on.
    pub(crate) fn tick(&mut self, model: &Model) {
        let Some(watched) = model.watched() else { return };
        let is_of_it = self.asked.as_ref().is_some_and(|(name, _)| *name == watched.deployment.name);
        let wrote_on = watched.run.as_ref().map_or(0, LiveRun::last_sequence) > self.newest;
        let is_due = self.read_at.is_none_or(|at| at.elapsed() >= EVERY) || wrote_on;
        if model.screen == Screen::History && is_of_it && is_due {
            self.reading.ask();
        }
        if let Some((name, writing)) = model.document_in_view() {
            let is_due = self.written.as_ref().is_some_and(|(_, _, at)| at.elapsed() >= WRITTEN_EVERY);
            // An entry never changes.
            if is_due && !matches!(writing, Writing::Entry(_)) {
                self.to_write = Some((name.clone(), writing.clone()));
                self.writing.ask();
            }
        }
        self.go_on();
    }

    /// Begins whatever waits and may be begun.
    fn go_on(&mut self) {
        let Some((bench, clock)) = self.desk.clone() else { return };
        if let Some(asked) = self.asked.clone()
            && self.reading.begin()
        {
            self.read_at = Some(Instant::now());
            let forgets = std::mem::take(&mut self.forgets);
            let mut kept = self.kept.take().filter(|_| !forgets).unwrap_or_default();
            let (bench, clock) = (bench.clone(), Arc::clone(&clock));
            self.beside(move || {
                let outcome = kept.read(&bench, &asked);
                Found::Read { asked, outcome, at: clock.now(), kept }
            });
        }
        if self.verifying.begin() {
            let bench = bench.clone();
            self.beside(move || {
                let chain = reading::verify(&bench);
                Found::Verified { at: clock.now(), chain }
            });
        }
        if let Some((deployment, writing)) = self.to_write.clone()
            && self.writing.begin()
        {
            let of_it = self.written.as_ref().filter(|(made, _, _)| *made == writing);
            let before = of_it.and_then(|(_, head, _)| head.clone());
            self.beside(move || {
                let (head, outcome) = writing::write(&bench, &writing, before.as_deref());
                Found::Written { deployment, writing, outcome, head }
            });
        }
    }

    fn beside(&self, work: impl FnOnce() -> Found + Send + 'static) {
        let find = self.find.clone();
        // Nobody listens any more when the console is being left.
        tokio::task::spawn_blocking(move || drop(find.blocking_send(work())));
    }

    /// What the glass is told.
    pub(crate) fn messages(&mut self, found: Found) -> Vec<Msg> {
        let told = match found {
            Found::Read { asked: (deployment, query), outcome, at, kept } => {
                self.reading.end();
                self.newest = kept.newest();
                self.kept = Some(kept);
                vec![Msg::Journal { deployment, query, at, outcome }]
            }
            Found::Verified { at, chain } => {
                self.verifying.end();
                // What was read before it was broken may not be what stands there now.
                self.forgets |= matches!(chain, Chain::Broken { .. });
                self.reading.ask();
                vec![Msg::Verified { at, chain }]
            }
            Found::Written { deployment, writing, outcome, head } => {
                self.writing.end();
                self.written = Some((writing.clone(), head, Instant::now()));
                outcome.map(|outcome| Msg::Document { deployment, writing, outcome }).into_iter().collect()
            }
        };
        self.go_on();
        told
    }
}
