//! Acting on behalf of the person at the glass, beside the loop: plans are made and judged, runs are executed and what
//! they tell is passed on, runs of other processes are read from the journal as they go on. One run a deployment; what
//! this process leaves undone is in the journal, for `lifeboat resume`.
//!
//! Here is what is known of all of it, and what comes back to the loop; each kind of work has a file of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use lifeboat_model::assessment::Assessment;
use lifeboat_model::guard::GuardName;
use lifeboat_model::id::DeploymentName;
use lifeboat_model::run::{Entry, Operator};
use lifeboat_model::runbook::RunbookName;
use lifeboat_model::time::{Clock, Duration, Timestamp};
use lifeboat_model::topology::Deployment;
use lifeboat_tui::acting::Proposal;
use lifeboat_tui::drafting::{Choice, Draft, Offer};
use lifeboat_tui::{Model, Msg, RequestId};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::building::Built;
use super::raising::Raised;
use super::standing::Bench;
use super::writing::{Pens, Written};
use crate::building::{Site, Wish};
use crate::wiring::Wired;

mod asked;
mod executing;
mod following;
mod proposing;

use executing::Conducted;
use following::tell_what_was_left;
use proposing::every;
pub(super) use proposing::session;

/// What may wait to be told. Entries that find no room are read from the journal instead, which has them all.
const TELLINGS: usize = 1024;

/// What comes back to the loop.
pub(crate) enum Told {
    Proposed {
        deployment: DeploymentName,
        wanted: Wanted,
        outcome: Result<Box<Proposal>, String>,
        /// What a plan of stacks was made from.
        built: Option<Box<Built>>,
    },
    /// The blueprints that there are.
    Blueprints(Vec<Offer>),
    /// What was chosen, judged.
    Drafted {
        of: Choice,
        outcome: Result<Box<Draft>, String>,
    },
    /// A deployment is there, or is another one now.
    Stands(Box<Wired>),
    /// Nothing of it is left.
    TakenAway(DeploymentName),
    /// What there is to say of a run that ended, or to what a person asked for.
    Said(String),
    /// Why something that a person asked for was not done. Said each time.
    Refused(String),
    /// One entry of a run that is executed here, as soon as it is durable.
    Entry {
        deployment: DeploymentName,
        entry: Arc<Entry>,
    },
    /// What the journal has of a run.
    Read {
        deployment: DeploymentName,
        entries: Vec<Arc<Entry>>,
        whole: bool,
    },
    /// All that the journal has of a run that is executed here, told by the run itself.
    Whole {
        deployment: DeploymentName,
        entries: Vec<Arc<Entry>>,
    },
    /// What is written of a deployment beside its runs.
    Logged {
        deployment: DeploymentName,
        written: Written,
    },
    /// The run is executed here no more.
    Left {
        deployment: DeploymentName,
        outcome: Result<(), String>,
    },
    /// Whether raising access stands in the journal: only then it is raised.
    Raised {
        deployment: DeploymentName,
        typed: String,
        outcome: Result<(), String>,
    },
    /// What a person wanted to have written down is written, or why not.
    Written {
        deployment: DeploymentName,
        request: RequestId,
        outcome: Result<Written, String>,
    },
    /// Where the paper copy is.
    Printed(Result<String, String>),
    Trouble(String),
}

/// Of which runbook a plan is wanted, and how.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wanted {
    pub(crate) runbook: RunbookName,
    pub(crate) drill: bool,
    /// What is to be made, where the runbook makes a deployment.
    pub(crate) choice: Option<Choice>,
    /// Guards that a person goes on against, with why.
    pub(crate) overrides: BTreeMap<GuardName, String>,
}

/// What a person wants to have written down.
pub(crate) enum Writing {
    Declare { began_at: Timestamp, text: String },
    Close { text: String },
    Note { text: String },
}

/// What is needed to act, once the clouds are open.
struct Desk {
    bench: Bench,
    wired: BTreeMap<DeploymentName, Wired>,
    /// The same of what is proposed and not made yet: whoever types its name may make it.
    unmade: BTreeMap<DeploymentName, Wired>,
    clock: Arc<dyn Clock>,
    site: Site,
}

impl Desk {
    /// Where stacks are made, with the doors that are open by now.
    fn site(&self) -> Site {
        let mut site = self.site.clone();
        for wired in &mut site.wiring.deployments {
            if let Some(now) = self.wired.get(&wired.deployment.name) {
                *wired = now.clone();
            }
        }
        site
    }

    /// The same for what is yet to be made, through the door that was opened for it.
    fn site_for(&self, name: &DeploymentName) -> Site {
        let mut site = self.site();
        if let Some(unmade) = self.unmade.get(name) {
            site.wiring.door = (Arc::clone(&unmade.cloud), unmade.operator.clone());
        }
        site
    }

    fn find(&self, name: &DeploymentName) -> Option<&Wired> {
        self.wired.get(name).or_else(|| self.unmade.get(name))
    }

    fn find_mut(&mut self, name: &DeploymentName) -> Option<&mut Wired> {
        self.wired.get_mut(name).or_else(|| self.unmade.get_mut(name))
    }

    /// What is proposed has a door of its own from then on: that of the account.
    fn propose(&mut self, deployment: &Deployment) {
        let name = &deployment.name;
        if self.find(name).is_none() {
            let wiring = &self.site.wiring;
            let (cloud, operator) = wiring.door.clone();
            let latch = wiring.door_latch.clone();
            let unmade = Wired { deployment: Arc::new(deployment.clone()), cloud, operator, latch };
            self.unmade.insert(name.clone(), unmade);
        }
    }
}

pub(crate) struct Conductor {
    desk: Option<Desk>,
    tell: mpsc::Sender<Told>,
    runs: BTreeMap<DeploymentName, Conducted>,
    /// Deployments to which access was raised on the screen.
    raised: BTreeMap<DeploymentName, Raised>,
    /// How long that lasts.
    lasts: Duration,
    /// Those of which it is being journaled that access is raised.
    raising: BTreeSet<DeploymentName>,
    /// The proposal under way, and when the last one was begun.
    proposing: bool,
    proposed_at: Option<Instant>,
    /// The same of plans of stacks: a region that does not answer keeps one of them waiting for minutes, and nobody who
    /// wants to fail over may wait for that.
    planning: bool,
    /// What was asked for last: a plan that was made of anything else is nobody's any more.
    wanted: Option<(DeploymentName, Wanted)>,
    /// What the plan of stacks that is shown was made from.
    built: Option<Box<Built>>,
    /// Whether choices are being judged, and those that wait for it.
    drafting: bool,
    choice: Option<Choice>,
    /// Deployments whose journal is being read.
    reading: BTreeSet<DeploymentName>,
    /// The trouble that was told, so that it is told once.
    told: Option<String>,
    /// What is being written down for a person.
    pens: Pens,
    /// What the next tick tells of runs that were cut off.
    cut: Vec<Msg>,
}

impl Conductor {
    /// What there is to tell comes from the other end.
    pub(crate) fn new(lasts: Duration) -> (Self, mpsc::Receiver<Told>) {
        let (tell, told) = mpsc::channel(TELLINGS);
        let conductor = Self {
            desk: None,
            tell,
            runs: BTreeMap::new(),
            raised: BTreeMap::new(),
            lasts,
            raising: BTreeSet::new(),
            proposing: false,
            proposed_at: None,
            planning: false,
            wanted: None,
            built: None,
            drafting: false,
            choice: None,
            reading: BTreeSet::new(),
            told: None,
            pens: Pens::new(),
            cut: Vec::new(),
        };
        (conductor, told)
    }

    /// Runs that are executed here go no further: what was begun is in the journal.
    pub(crate) fn stop(&mut self) {
        self.runs.clear();
    }

    /// Comes back when everything that a person wanted written down is, or when that takes too long.
    /// Gives whether all of it is.
    pub(crate) async fn written_down(&mut self) -> bool {
        self.pens.all_down().await
    }

    /// The clouds are open: runs that were left open are read first of all.
    pub(crate) fn begin(&mut self, bench: Bench, site: Site, clock: Arc<dyn Clock>) {
        let wired = &site.wiring.deployments;
        let wired: BTreeMap<_, _> = wired.iter().map(|wired| (wired.deployment.name.clone(), wired.clone())).collect();
        let (folder, tell) = (bench.journal.clone(), self.tell.clone());
        let names: Vec<DeploymentName> = wired.keys().cloned().collect();
        tokio::task::spawn_blocking(move || {
            if let Err(failure) = tell_what_was_left(folder.as_deref(), names, &tell) {
                send(&tell, Told::Trouble(failure.message));
            }
        });
        self.desk = Some(Desk { bench, wired, unmade: BTreeMap::new(), clock, site });
    }

    /// What time asks for: access lapses, a proposal that is read is made anew, and runs of others are followed.
    pub(crate) fn tick(&mut self, model: &Model) -> Vec<Msg> {
        if let Some((name, proposing)) = model.proposing()
            && self.proposed_at.is_none_or(|at| at.elapsed() >= every(&proposing.runbook))
        {
            let wanted = Wanted {
                runbook: proposing.runbook.clone(),
                drill: proposing.drill,
                choice: proposing.choice.clone(),
                overrides: proposing.overrides.clone(),
            };
            let name = name.clone();
            if let Some(watched) = model.fleet.iter().find(|watched| watched.deployment.name == name) {
                self.propose(watched, wanted);
            }
        }
        let missed: Vec<DeploymentName> = self
            .runs
            .iter()
            .filter(|(_, run)| run.missed.load(Ordering::SeqCst))
            .map(|(name, _)| name.clone())
            .collect();
        for name in missed {
            if let Some(watched) = model.fleet.iter().find(|watched| watched.deployment.name == name) {
                self.read(watched, true);
            }
        }
        if let Some(watched) = model.watched().filter(|watched| !self.runs.contains_key(&watched.deployment.name)) {
            self.read(watched, false);
        }
        self.forget_unmade(model);
        self.lapse(model)
    }

    /// What is proposed no more has no door, but for as long as access to it is raised.
    fn forget_unmade(&mut self, model: &Model) {
        let Self { desk: Some(desk), raised, raising, .. } = self else { return };
        let is_there = |name: &DeploymentName| model.fleet.iter().any(|watched| watched.deployment.name == *name);
        desk.unmade.retain(|name, _| is_there(name) || raised.contains_key(name) || raising.contains(name));
    }

    /// Whether a run of the deployment may be begun from here.
    pub(crate) fn may_act(&self, name: &DeploymentName) -> bool {
        self.door(name).is_some()
    }

    /// The deployment, while the door by which it is changed is open: access that has run out is none, even before the next
    /// tick takes it away.
    fn door(&self, name: &DeploymentName) -> Option<&Wired> {
        let has_run_out = self.raised.get(name).is_some_and(|raised| raised.left().is_zero());
        let wired = self.desk.as_ref().and_then(|desk| desk.find(name)).filter(|_| !has_run_out);
        wired.filter(|wired| wired.operator.is_some())
    }

    /// What the glass is told.
    pub(crate) fn messages(&mut self, told: Told) -> Vec<Msg> {
        match told {
            Told::Proposed { deployment, wanted, outcome, built } => {
                let under_way =
                    if Wish::or_drift(&wanted.runbook).is_some() { &mut self.planning } else { &mut self.proposing };
                *under_way = false;
                let is_wanted = self.wanted.as_ref().is_some_and(|(of, last)| (of, last) == (&deployment, &wanted));
                if !is_wanted {
                    self.proposed_at = None;
                    return Vec::new();
                }
                let runbook = wanted.runbook;
                // Of a plan that can no longer be made, what was shown last is still what it was made from.
                self.built = built.or_else(|| self.built.take());
                vec![Msg::Proposed { deployment, runbook, outcome }]
            }
            Told::Blueprints(offers) => vec![Msg::Blueprints(offers)],
            Told::Drafted { of, outcome } => {
                self.drafting = false;
                if let Some(newer) = self.choice.take() {
                    self.draft(newer);
                }
                vec![Msg::Drafted { of, outcome }]
            }
            Told::Stands(wired) => self.stands(*wired),
            Told::TakenAway(name) => {
                if let Some(desk) = &mut self.desk {
                    desk.wired.remove(&name);
                    // Whoever makes another of that name types it again.
                    self.raised.remove(&name);
                    self.raising.remove(&name);
                    desk.site.wiring.deployments.retain(|wired| wired.deployment.name != name);
                }
                vec![Msg::TakenAway(name)]
            }
            Told::Said(text) => vec![Msg::Notice { text, trouble: false }],
            Told::Refused(text) => vec![Msg::Notice { text, trouble: true }],
            Told::Entry { deployment, entry } => self.told_by_the_run(deployment, vec![entry]),
            Told::Whole { deployment, entries } => self.told_by_the_run(deployment, entries),
            Told::Read { deployment, entries, whole } => {
                self.reading.remove(&deployment);
                self.told = None;
                let Some(first) = entries.first() else { return Vec::new() };
                let Some(conducted) = self.runs.get(&deployment) else {
                    return vec![Msg::Run { deployment, entries, here: false }];
                };
                // What was read before a run was begun here, or of another one, would take its place on the screen.
                if !whole || conducted.run.as_ref() != Some(&first.run) {
                    conducted.missed.fetch_or(whole, Ordering::SeqCst);
                    return Vec::new();
                }
                self.told_by_the_run(deployment, entries)
            }
            Told::Logged { deployment, written: (logbook, past) } => vec![Msg::Logbook { deployment, logbook, past }],
            Told::Written { deployment, request, outcome } => match outcome {
                Ok((logbook, past)) => {
                    vec![Msg::Logbook { deployment, logbook, past }, Msg::Done { request, outcome: Ok(()) }]
                }
                Err(why) => vec![Msg::Done { request, outcome: Err(why) }],
            },
            Told::Printed(outcome) => vec![Msg::Printed { outcome }],
            Told::Raised { deployment, typed, outcome } => vec![self.raised(deployment, &typed, outcome)],
            Told::Left { deployment, outcome } => self.ended(deployment, outcome),
            Told::Trouble(text) => {
                for name in std::mem::take(&mut self.reading) {
                    if let Some(conducted) = self.runs.get(&name) {
                        conducted.missed.store(true, Ordering::SeqCst);
                    }
                }
                if self.told.as_ref() == Some(&text) {
                    return Vec::new();
                }
                self.told = Some(text.clone());
                vec![Msg::Notice { text, trouble: true }]
            }
        }
    }

    /// A run that is executed here says how it goes on.
    fn told_by_the_run(&mut self, deployment: DeploymentName, entries: Vec<Arc<Entry>>) -> Vec<Msg> {
        // One that was cut off says nothing any more: what it had written is read from the journal.
        let Some(conducted) = self.runs.get_mut(&deployment) else { return Vec::new() };
        if let Some(first) = entries.first() {
            conducted.run = Some(first.run.clone());
        }
        let noted = conducted.noted(&entries);
        std::iter::once(Msg::Run { deployment, entries, here: true }).chain(noted).collect()
    }

    /// It is one of those that there are from now on.
    fn stands(&mut self, mut wired: Wired) -> Vec<Msg> {
        let Some(desk) = &mut self.desk else { return Vec::new() };
        let name = wired.deployment.name.clone();
        // Its door is as it is by now: what a run began with may have lapsed, or been lowered, since.
        if let Some(known) = desk.find(&name) {
            (wired.operator, wired.latch) = (known.operator.clone(), known.latch.clone());
        }
        desk.unmade.remove(&name);
        let there = &mut desk.site.wiring.deployments;
        match there.iter_mut().find(|known| known.deployment.name == name) {
            Some(known) => *known = wired.clone(),
            None => there.push(wired.clone()),
        }
        let known = there.iter().map(|wired| wired.deployment.as_ref().clone()).collect();
        desk.wired.insert(name, wired);
        vec![Msg::Discovered(known)]
    }

    /// Where stacks are made by now.
    pub(crate) fn site(&self) -> Option<&Site> {
        self.desk.as_ref().map(|desk| &desk.site)
    }

    /// The deployments of which a run is executed here, and is not over.
    pub(crate) fn acting(&self) -> Vec<DeploymentName> {
        self.runs.iter().filter(|(_, run)| !run.is_over()).map(|(name, _)| name.clone()).collect()
    }

    /// Those of which a run is over, and what follows from it is not.
    pub(crate) fn settling(&self) -> Vec<DeploymentName> {
        self.runs.iter().filter(|(_, run)| run.is_settling()).map(|(name, _)| name.clone()).collect()
    }
}

/// From a thread that may wait. Nobody listens any more when the console is being left.
fn send(tell: &mpsc::Sender<Told>, told: Told) {
    drop(tell.blocking_send(told));
}

fn person(bench: &Bench, assessment: &Assessment) -> Operator {
    Operator { arn: assessment.identity.arn.clone(), ..bench.person.clone() }
}
