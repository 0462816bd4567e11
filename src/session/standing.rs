//! Where the runbooks of the deployment in view stand, judged beside the loop: planning and the journal's file take
//! longer than a frame may. One judgement is under way at a time; what changed meanwhile waits for the next.

use std::path::PathBuf;
use std::sync::Arc;

use lifeboat_engine::journal;
use lifeboat_engine::planner::Known;
use lifeboat_engine::preflight::{Runs, standing};
use lifeboat_model::assessment::{Assessment, RunHistory};
use lifeboat_model::id::DeploymentName;
use lifeboat_model::port::Reality;
use lifeboat_model::preflight::Standing;
use lifeboat_model::read::Tempo;
use lifeboat_model::run::Operator;
use lifeboat_model::runbook::Runbook;
use lifeboat_model::snapshot::Snapshot;
use lifeboat_model::time::{Duration, Timestamp, age};
use lifeboat_model::topology::Deployment;
use lifeboat_tui::Msg;
use lifeboat_tui::model::Watched;
use tokio::sync::mpsc;

use crate::acting::{IfMissing, open_journal, tell_of_pin};
use crate::exit::Failure;
use crate::last_known;
use crate::wiring::Pins;

use super::conducting::session;
use super::writing::{self, Written};

/// Between two judgements of the same deployment.
const EVERY: Duration = Duration::from_secs(5);
/// Between two writings of what is known.
const KEPT_EVERY: Duration = Duration::from_mins(1);

/// What the judging needs beyond the facts.
#[derive(Clone, Debug)]
pub(crate) struct Bench {
    pub(crate) runbooks: Arc<[Runbook]>,
    /// Opened anew each time: another process may have made it since.
    pub(crate) journal: Option<PathBuf>,
    /// Where what is known is kept for whoever comes later.
    pub(crate) last_known: Option<PathBuf>,
    /// Where plans are written to be printed.
    pub(crate) paper: PathBuf,
    pub(crate) access: bool,
    /// What may only be read from here.
    pub(crate) pins: Pins,
    pub(crate) person: Operator,
    pub(crate) reality: Reality,
}

/// What is known of a deployment at one moment, to be judged elsewhere: a copy of that, and not of all that the glass
/// keeps of it, which may be ten thousand entries.
pub(crate) struct Seen {
    pub(super) deployment: Deployment,
    pub(super) snapshot: Snapshot,
    pub(super) assessment: Assessment,
    pub(super) history: RunHistory,
    pub(super) tempo: Tempo,
}

impl Seen {
    pub(super) fn of(watched: &Watched) -> Self {
        let Watched { deployment, snapshot, assessment, history, tempo, .. } = watched;
        let (deployment, snapshot, assessment) = (deployment.clone(), snapshot.clone(), assessment.clone());
        Self { deployment, snapshot, assessment, history: history.clone(), tempo: *tempo }
    }
}

/// What was found out.
pub(crate) struct Judged {
    deployment: DeploymentName,
    outcome: Result<(Standing, RunHistory, Written), Failure>,
}

/// Judges again and again.
pub(crate) struct Judge {
    bench: Option<Bench>,
    found: mpsc::Sender<Judged>,
    under_way: bool,
    last: Option<(DeploymentName, Timestamp)>,
    /// Whether the session could act when it was judged last.
    access: bool,
    last_kept: Option<(DeploymentName, Timestamp)>,
    /// The trouble that was told, so that it is told once.
    told: Option<String>,
}

impl Judge {
    /// What is found out comes from the other end.
    pub(crate) fn new() -> (Self, mpsc::Receiver<Judged>) {
        let (found, judged) = mpsc::channel(1);
        (Self { bench: None, found, under_way: false, last: None, access: false, last_kept: None, told: None }, judged)
    }

    pub(crate) fn begin(&mut self, bench: Bench) {
        self.bench = Some(bench);
    }

    /// Begins a judgement where one is due.
    pub(crate) fn tick(&mut self, watched: &Watched, access: bool, now: Timestamp) {
        let Some(bench) = self.bench.clone().map(|bench| Bench { access, ..bench }) else { return };
        if self.access != access {
            (self.access, self.last) = (access, None);
        }
        let name = &watched.deployment.name;
        let is_recent = |done: &Option<(DeploymentName, Timestamp)>, every| {
            done.as_ref().is_some_and(|(last, at)| last == name && *at <= now && age(now, *at) < every)
        };
        if self.under_way || is_recent(&self.last, EVERY) || watched.snapshot.regions.is_empty() {
            return;
        }
        self.under_way = true;
        self.last = Some((name.clone(), now));
        let keeps = !is_recent(&self.last_kept, KEPT_EVERY);
        if keeps {
            self.last_kept = Some((name.clone(), now));
        }
        let (seen, found) = (Seen::of(watched), self.found.clone());
        tokio::task::spawn_blocking(move || {
            let outcome = judge(&bench, &seen, now);
            if let Some(folder) = bench.last_known.as_deref().filter(|_| keeps) {
                let account = seen.assessment.identity.account.as_ref();
                last_known::keep(folder, &seen.deployment.name, account, &seen.snapshot);
            }
            // Nobody listens any more when the console is being left.
            drop(found.blocking_send(Judged { deployment: seen.deployment.name, outcome }));
        });
    }

    /// What the glass is told of a judgement.
    pub(crate) fn messages(&mut self, judged: Judged) -> Vec<Msg> {
        self.under_way = false;
        let Judged { deployment, outcome } = judged;
        match outcome {
            Ok((standing, history, (logbook, past))) => {
                self.told = None;
                vec![
                    Msg::History { deployment: deployment.clone(), history },
                    Msg::Standing { deployment: deployment.clone(), standing },
                    Msg::Logbook { deployment, logbook, past },
                ]
            }
            Err(failure) if self.told.as_ref() == Some(&failure.message) => Vec::new(),
            Err(failure) => {
                self.told = Some(failure.message.clone());
                vec![Msg::Notice { text: failure.message, trouble: true }]
            }
        }
    }
}

fn judge(bench: &Bench, seen: &Seen, now: Timestamp) -> Result<(Standing, RunHistory, Written), Failure> {
    let journal = open_journal(bench.journal.as_deref(), IfMissing::Nothing)?;
    let broken = |error: journal::JournalError| crate::acting::journal_failure(&error);
    let name = &seen.deployment.name;
    let history = journal::history(&*journal, name, &bench.reality).map_err(broken)?;
    let runs = journal.runs(Some(name)).map_err(broken)?;
    let session = session(bench, seen, &*journal)?;
    let known = Known {
        deployment: &seen.deployment,
        snapshot: &seen.snapshot,
        assessment: &seen.assessment,
        history: &history,
        now,
    };
    let runs = Runs { runbooks: &bench.runbooks, runs: &runs, session: &session };
    let written = writing::read(&*journal, name).map_err(broken)?;
    let mut standing = standing(&runs, &known, seen.tempo);
    for preflight in &mut standing.preflights {
        tell_of_pin(&mut preflight.reports, bench.pins.get(name));
    }
    Ok((standing, history, written))
}
