//! What a person at the glass asks for beside a run: access for a while, something written down, a plan on paper. None of
//! it acts, and none of it waits in the loop.

use lifeboat_engine::seconds::{self, Of};
use lifeboat_model::id::DeploymentName;
use lifeboat_model::plan::Plan;
use lifeboat_model::run::{RunEvent, RunId};
use lifeboat_model::time::Duration;
use lifeboat_tui::model::Watched;
use lifeboat_tui::{Access, Model, Msg, RequestId};

use super::super::raising::Raised;
use super::super::standing::Seen;
use super::super::{paper, writing};
use super::proposing::proposal;
use super::{Conductor, Told, Wanted, Writing, person, send};
use crate::acting::{IfMissing, open_journal};

impl Conductor {
    /// How long access still is raised; what has lapsed is lowered.
    pub(super) fn lapse(&mut self, model: &Model) -> Vec<Msg> {
        let left: Vec<(DeploymentName, Duration)> =
            self.raised.iter().map(|(name, raised)| (name.clone(), raised.left())).collect();
        let mut told = std::mem::take(&mut self.cut);
        for (deployment, left) in left {
            if left.is_zero() {
                match model.fleet.iter().find(|watched| watched.deployment.name == deployment) {
                    Some(watched) => told.extend(self.lower(watched, true)),
                    // Nobody looks at it any more; its door is shut all the same.
                    None => self.shut(&deployment),
                }
            } else {
                told.push(Msg::Access { deployment, access: Access::Operate, left: Some(left), why: None });
            }
        }
        told
    }

    /// Raises access once that stands in the journal.
    pub(crate) fn raise(&mut self, watched: &Watched, typed: String) -> Option<Msg> {
        let refused = |why: String| Some(Msg::Notice { text: format!("access stays read-only: {why}"), trouble: true });
        let name = watched.deployment.name.clone();
        let Some(desk) = &self.desk else { return refused("the clouds are not open yet".to_owned()) };
        let Some(wired) = desk.find(&name) else { return refused(format!("{name} is not there any more")) };
        if let Err(why) = wired.may_raise(&typed) {
            return refused(why);
        }
        if self.raising.contains(&name) {
            let text = format!("access to {name} is being raised: it is written into the journal first");
            return Some(Msg::Notice { text, trouble: false });
        }
        let event =
            RunEvent::AccessRaised { lasts_s: self.lasts.as_secs(), by: person(&desk.bench, &watched.assessment) };
        let (folder, at, tell) = (desk.bench.journal.clone(), desk.clock.now(), self.tell.clone());
        self.raising.insert(name.clone());
        self.pens.write(move || {
            let outcome =
                writing::log(folder.as_ref(), &name, at, &event).map(|_| ()).map_err(|failure| failure.message);
            send(&tell, Told::Raised { deployment: name, typed, outcome });
        });
        None
    }

    pub(super) fn raised(&mut self, deployment: DeploymentName, typed: &str, outcome: Result<(), String>) -> Msg {
        // It was lowered again while that was being written.
        let outcome = if self.raising.remove(&deployment) { outcome } else { Err("it was lowered again".to_owned()) };
        let wired = self.desk.as_mut().and_then(|desk| desk.find_mut(&deployment));
        let opened =
            outcome.and_then(|()| wired.map_or_else(|| Err("it is not there".to_owned()), |it| it.raise(typed)));
        if let Err(why) = opened {
            return Msg::Notice { text: format!("access stays read-only: {why}"), trouble: true };
        }
        let raised = Raised::now(self.lasts);
        let left = Some(raised.left());
        self.raised.insert(deployment.clone(), raised);
        self.proposed_at = None;
        let why = Some("access is raised: O lowers it, and it lapses by itself".to_owned());
        Msg::Access { deployment, access: Access::Operate, left, why }
    }

    fn shut(&mut self, deployment: &DeploymentName) {
        self.raised.remove(deployment);
        self.raising.remove(deployment);
        if let Some(wired) = self.desk.as_mut().and_then(|desk| desk.find_mut(deployment)) {
            wired.lower();
        }
    }

    /// Gives the door back at once. A run that is executed goes on, and is answered as before; nothing new is begun.
    pub(crate) fn lower(&mut self, watched: &Watched, lapsed: bool) -> Option<Msg> {
        let deployment = watched.deployment.name.clone();
        self.shut(&deployment);
        let cut = self.cut_what_only_begins(&deployment);
        self.cut.extend(cut);
        self.proposed_at = None;
        let desk = self.desk.as_ref()?;
        let event = RunEvent::AccessLowered { lapsed, by: person(&desk.bench, &watched.assessment) };
        let (folder, at, tell) = (desk.bench.journal.clone(), desk.clock.now(), self.tell.clone());
        let name = deployment.clone();
        self.pens.write(move || {
            if let Err(failure) = writing::log(folder.as_ref(), &name, at, &event) {
                let why = failure.message;
                send(&tell, Told::Trouble(format!("that access was lowered is not in the journal: {why}")));
            }
        });
        let goes_on = if self.runs.contains_key(&deployment) { "; the run that is executed here goes on" } else { "" };
        let why = if lapsed { "access has lapsed" } else { "access is lowered" };
        let why = Some(format!("{why}: this console only reads{goes_on}"));
        Some(Msg::Access { deployment, access: Access::ReadOnly, left: None, why })
    }

    /// Writes down what a person says of the deployment. A note belongs to the run that is executed here, where one is.
    pub(crate) fn write(&mut self, watched: &Watched, request: RequestId, what: Writing) -> Option<Msg> {
        let done = |outcome| Some(Msg::Done { request, outcome });
        let Some(desk) = &self.desk else {
            return done(Err("the clouds are not open yet: nothing was written".to_owned()));
        };
        let name = watched.deployment.name.clone();
        let by = person(&desk.bench, &watched.assessment);
        if let (Writing::Note { text }, Some(run)) = (&what, self.runs.get_mut(&name)) {
            // Done once the run tells that it is written.
            let handed = run.note(request, text, desk.clock.now());
            return handed.err().and_then(|why| done(Err(why.to_owned())));
        }
        let (folder, at, tell) = (desk.bench.journal.clone(), desk.clock.now(), self.tell.clone());
        self.pens.write(move || {
            let folder = folder.as_ref();
            let outcome = match what {
                Writing::Declare { began_at, text } => {
                    writing::log(folder, &name, at, &RunEvent::IncidentDeclared { began_at, text, by })
                }
                Writing::Close { text } => writing::log(folder, &name, at, &RunEvent::IncidentClosed { text, by }),
                Writing::Note { text } => writing::note(folder, &name, at, (&text, &by)),
            };
            let outcome = outcome.map_err(|failure| format!("nothing was written: {}", failure.message));
            send(&tell, Told::Written { deployment: name, request, outcome });
        });
        None
    }

    /// Writes down what a second person says of a plan. Whether they are one, the engine judges by what the journal has.
    pub(crate) fn second(&self, watched: &Watched, run: Option<RunId>, plan: Box<Plan>, typed: String) -> Option<Msg> {
        let Some(desk) = &self.desk else {
            let text = "the clouds are not open yet: nothing was approved".to_owned();
            return Some(Msg::Notice { text, trouble: true });
        };
        let (name, by) = (watched.deployment.name.clone(), person(&desk.bench, &watched.assessment));
        let (folder, at, tell) = (desk.bench.journal.clone(), desk.clock.now(), self.tell.clone());
        self.pens.write(move || {
            let of = Of { deployment: &name, run: run.as_ref(), shown: &plan };
            let opened = match &folder {
                Some(folder) => open_journal(Some(folder), IfMissing::Make).map_err(|failure| failure.message),
                // It would take the word, and nobody would ever read it.
                None => Err("this console keeps no journal, and whoever executes the plan would not learn of it".to_owned()),
            };
            let outcome = opened.and_then(|journal| {
                seconds::approve(&*journal, of, &typed, &by, at).map_err(|error| error.to_string())
            });
            let journal = folder.map_or_else(String::new, |folder| format!(" in the journal {}", folder.display()));
            send(
                &tell,
                match outcome {
                    Ok(hash) => Told::Said(format!(
                        "plan {} of {name} is approved by you as the second person, for an hour{journal}; who executes it lets it \
                         judge again",
                        hash.short()
                    )),
                    Err(why) => Told::Refused(format!("nothing was approved: {why}")),
                },
            );
        });
        None
    }

    /// Writes the plan to a file; where none was read, the one that would be made now.
    pub(crate) fn print(&self, watched: &Watched, wanted: Wanted, plan: Option<Box<Plan>>) -> Option<Msg> {
        let Some(desk) = &self.desk else {
            return Some(Msg::Printed { outcome: Err("the clouds are not open yet".to_owned()) });
        };
        let now = desk.clock.now().max(watched.assessment.at);
        let (bench, seen, tell) = (desk.bench.clone(), Seen::of(watched), self.tell.clone());
        self.pens.write(move || {
            let plan = match plan {
                Some(plan) => Ok(*plan),
                None => proposal(&bench, &seen, &wanted, now).map(|proposal| proposal.plan),
            };
            let outcome =
                plan.and_then(|plan| paper::write(&bench.paper, &plan, &seen.deployment, (&bench.reality, now)));
            send(&tell, Told::Printed(outcome.map(|path| path.display().to_string())));
        });
        None
    }
}
