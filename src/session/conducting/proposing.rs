//! Plans made to be read: of a runbook by the planner and the guards, of stacks by what `up` and `down` use, and what is
//! chosen of a blueprint. Made anew while somebody reads them; none is carried out here.

use std::time::Duration;

use lifeboat_engine::guards::Session;
use lifeboat_engine::journal::Journal;
use lifeboat_engine::planner::Intent;
use lifeboat_engine::preflight::{self, Ground};
use lifeboat_engine::sessions;
use lifeboat_model::runbook::{Runbook, RunbookName};
use lifeboat_model::time::Timestamp;
use lifeboat_tui::acting::Proposal;
use lifeboat_tui::drafting::Choice;
use lifeboat_tui::model::Watched;
use tokio::time::Instant;

use super::super::apart::Apart;
use super::super::standing::{Bench, Seen};
use super::super::{building, drafting};
use super::{Conductor, Told, Wanted, person, send};
use crate::acting::{IfMissing, journal_failure, open_journal, tell_of_pin};
use crate::building::Wish;
use crate::exit::Failure;
use crate::runbooks;

/// Between two plans of the same proposal, while it is read.
const EVERY: Duration = Duration::from_secs(5);
const EVERY_OF_STACKS: Duration = Duration::from_secs(20);

impl Conductor {
    pub(crate) fn propose(&mut self, watched: &Watched, wanted: Wanted) {
        self.wanted = Some((watched.deployment.name.clone(), wanted.clone()));
        let wish = Wish::or_drift(&wanted.runbook);
        let is_under_way = if wish.is_some() { self.planning } else { self.proposing };
        if is_under_way {
            // What is being made may be of another runbook: this one is made at the next tick.
            self.proposed_at = None;
            return;
        }
        let Some(desk) = &mut self.desk else { return };
        self.proposed_at = Some(Instant::now());
        if let Some(wish) = wish {
            self.planning = true;
            if wish == Wish::Provision {
                desk.propose(&watched.deployment);
            }
            let name = watched.deployment.name.clone();
            let mut site = desk.site_for(&name);
            // Access that has run out is none, even before the next tick takes it away.
            if !self.may_act(&name) {
                site.lock(&name);
            }
            let tell = self.tell.clone();
            Apart::let_go(async move {
                let outcome = building::proposal(&site, &name, wish, &wanted).await;
                let (outcome, built) = match outcome {
                    Ok((proposal, built)) => (Ok(Box::new(proposal)), Some(Box::new(built))),
                    Err(failure) => (Err(building::in_words(&failure)), None),
                };
                drop(tell.send(Told::Proposed { deployment: name, wanted, outcome, built }).await);
            });
            return;
        }
        self.proposing = true;
        let (bench, seen, tell) = (desk.bench.clone(), Seen::of(watched), self.tell.clone());
        // An answer may be newer than the last tick.
        let now = desk.clock.now().max(watched.assessment.at);
        let access = self.may_act(&watched.deployment.name);
        tokio::task::spawn_blocking(move || {
            let outcome = proposal(&Bench { access, ..bench }, &seen, &wanted, now);
            let deployment = seen.deployment.name;
            send(&tell, Told::Proposed { deployment, wanted, outcome: outcome.map(Box::new), built: None });
        });
    }

    /// Tells which blueprints there are.
    pub(crate) fn offer(&self) {
        let Some(desk) = &self.desk else { return };
        let (site, tell) = (desk.site(), self.tell.clone());
        tokio::task::spawn_blocking(move || send(&tell, Told::Blueprints(drafting::offers(&site))));
    }

    /// Judges what was chosen. What is chosen meanwhile waits, and of that only the newest.
    pub(crate) fn draft(&mut self, choice: Choice) {
        if self.drafting {
            self.choice = Some(choice);
            return;
        }
        let Some(desk) = &self.desk else { return };
        self.drafting = true;
        let (site, tell) = (desk.site(), self.tell.clone());
        tokio::task::spawn_blocking(move || {
            let outcome = drafting::draft(&site, &choice).map(Box::new);
            send(&tell, Told::Drafted { of: choice, outcome });
        });
    }
}

/// A plan of stacks asks every stack, and what is in them, of both regions.
pub(super) fn every(runbook: &RunbookName) -> Duration {
    if Wish::or_drift(runbook).is_some() { EVERY_OF_STACKS } else { EVERY }
}

pub(super) fn proposal(bench: &Bench, seen: &Seen, wanted: &Wanted, now: Timestamp) -> Result<Proposal, String> {
    let Wanted { runbook, drill, overrides, .. } = wanted;
    let named: Runbook = runbooks::named(&bench.runbooks, runbook.as_str()).map_err(|failure| failure.message)?;
    let journal = open_journal(bench.journal.as_deref(), IfMissing::Nothing).map_err(|failure| failure.message)?;
    let session = session(bench, seen, &*journal).map_err(|failure| failure.message)?;
    let Seen { deployment, snapshot, history, tempo, .. } = seen;
    let on = Ground { deployment, snapshot, history, tempo: *tempo, now, session: &session };
    let (plan, mut reports) = preflight::proposal(&named, &Intent { drill: *drill }, &on, overrides)
        .map_err(|error| format!("{error}; {}", error.fix()))?;
    tell_of_pin(&mut reports, bench.pins.get(&deployment.name));
    Ok(Proposal::new(runbook.clone(), *drill, plan, reports))
}

/// What the guards are to know of this session and of the runs before it.
pub(in crate::session) fn session(bench: &Bench, seen: &Seen, journal: &dyn Journal) -> Result<Session, Failure> {
    let (name, person) = (&seen.deployment.name, person(bench, &seen.assessment));
    sessions::session(journal, name, person, bench.access).map_err(|error| journal_failure(&error))
}
