//! A console that acts, in one task and in virtual time: the real glass, and beside it the real planner, guards, executor
//! and journal on a simulated account. Nothing of the machine gets in: the same tree tells the same run.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lifeboat_engine::approval::Approval;
use lifeboat_engine::guards::Session;
use lifeboat_engine::journal::{self, Journal, MemoryJournal};
use lifeboat_engine::planner::{Intent, Known};
use lifeboat_engine::preflight::{self, Ground, Runs};
use lifeboat_engine::report::{self, Report};
use lifeboat_engine::run::{self, Surroundings};
use lifeboat_engine::runbooks;
use lifeboat_engine::sessions;
use lifeboat_engine::watch::refresh_once;
use lifeboat_model::document::Document;
use lifeboat_model::id::DeploymentName;
use lifeboat_model::plan::Plan;
use lifeboat_model::port::Observe;
use lifeboat_model::read::Tempo;
use lifeboat_model::run::{Entry, Operator, RunEvent};
use lifeboat_model::runbook::{Runbook, RunbookName};
use lifeboat_model::time::Clock;
use lifeboat_model::topology::{Blueprint, Deployment};
use lifeboat_sim::{Pace, SimCloud, scenario};
use lifeboat_tui::acting::Proposal;
use lifeboat_tui::archive::Writing;
use lifeboat_tui::model::Watched;
use lifeboat_tui::{Access, Effect, Key, Model, Msg, Opening, RequestId, update};
use tokio::sync::mpsc;

use super::making::{self, Yard};
use super::{LIMIT, SEED, archive, drafting, estate};

/// Between two looks of whoever watches a run.
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);
/// As often as the program tells the glass the time.
const TICK: Duration = Duration::from_millis(250);
/// What may wait to be told.
const NEWS: usize = 4096;
/// No run of a picture takes longer, however it goes.
const LONGEST_RUN: Duration = Duration::from_hours(2);

/// Called with all that is new of a run, and with the glass as it is then, and without an entry whenever the glass has
/// read something; `Break` leaves the run as it is.
pub(super) type Onlooker<'a> = &'a mut dyn FnMut(&Model, Option<&Entry>) -> Result<ControlFlow<()>, String>;

pub(super) struct Desk {
    cloud: SimCloud,
    deployment: Arc<Deployment>,
    journal: Arc<MemoryJournal>,
    runbooks: Vec<Runbook>,
    pub(super) model: Model,
    /// What was confirmed and is not begun yet.
    begins: Option<(Plan, Approval)>,
    /// What is known of the stacks that a plan is of.
    yard: Option<Yard>,
}

impl Desk {
    /// At the beginning of a scenario.
    pub(super) fn open(scenario: &str, blueprint: Blueprint) -> Result<Self, String> {
        let found = scenario::find(scenario).ok_or_else(|| format!("there is no scenario `{scenario}`"))?;
        let cloud = SimCloud::fresh(found, SEED, Pace::Max);
        let deployments = cloud.deployments();
        let deployment = deployments.iter().find(|deployment| deployment.blueprint == Some(blueprint)).cloned();
        let deployment = deployment.ok_or_else(|| format!("{scenario} has no {blueprint}"))?;
        let model = Model::new(Opening {
            selected: Some(deployment.name.clone()),
            access: Access::Operate,
            tempo: Tempo::Fast,
            columns: 120,
            rows: 40,
            ..Opening::new(cloud.reality(), deployments, cloud.clock().now())
        });
        let journal = Arc::new(MemoryJournal::new());
        Ok(Self {
            cloud,
            deployment: Arc::new(deployment),
            journal,
            runbooks: runbooks::builtin(),
            model,
            begins: None,
            yard: None,
        })
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.cloud.clock()
    }

    fn watched(&self) -> Result<&Watched, String> {
        self.model.watched().ok_or_else(|| "no deployment is in view".to_owned())
    }

    /// Nobody looks for so long.
    pub(super) fn let_pass(&self, length: Duration) {
        self.cloud.sim_clock().advance(length);
    }

    /// Somebody reads, or types: the glass goes on with its time, is read anew, and so is the plan on its page.
    pub(super) async fn wait(&mut self, length: Duration) -> Result<(), String> {
        let ends = self.cloud.offset().saturating_add(length);
        while self.cloud.offset() < ends {
            self.let_pass(TICK);
            let now = Msg::Tick(self.clock().now());
            drop(update(&mut self.model, now));
        }
        self.look().await?;
        let proposing = self.watched()?.proposing.clone();
        let Some(proposing) = proposing.filter(|proposing| proposing.choice.is_none()) else { return Ok(()) };
        let outcome = self.proposal(&proposing.runbook, proposing.drill).map(Box::new);
        let runbook = proposing.runbook;
        self.tell(Msg::Proposed { deployment: self.deployment.name.clone(), runbook, outcome })
    }

    /// Reads everything of the deployment, and judges it and its runbooks.
    pub(super) async fn look(&mut self) -> Result<(), String> {
        for msg in observed(&self.cloud, &self.deployment).await {
            drop(update(&mut self.model, msg));
        }
        self.judge()
    }

    /// Reads the stacks, as the program does while their screen is in view.
    pub(super) async fn survey(&mut self) -> Result<(), String> {
        let (clock, cloud): (_, Arc<dyn Observe>) = (self.clock(), Arc::new(self.cloud.clone()));
        for msg in estate::seen(&self.deployment, cloud, &clock).await? {
            drop(update(&mut self.model, msg));
        }
        drop(update(&mut self.model, Msg::Tick(clock.now())));
        Ok(())
    }

    /// The plan of stacks that is on its page: to make what was chosen, or to take away what stands.
    pub(super) async fn plan_stacks(&mut self) -> Result<(), String> {
        let (cloud, clock): (Arc<dyn Observe>, _) = (Arc::new(self.cloud.clone()), self.clock());
        let proposing = self.watched()?.proposing.clone().ok_or("nothing is proposed")?;
        let yard = match &proposing.choice {
            Some(choice) => making::chosen(choice)?,
            None => estate::stood(&self.deployment, Arc::clone(&cloud), &clock).await?,
        };
        if proposing.choice.is_some() {
            self.deployment = Arc::new(yard.bare());
        }
        for msg in observed(&self.cloud, &self.deployment).await {
            drop(update(&mut self.model, msg));
        }
        let logbook = archive::logbook(&*self.journal, &self.deployment.name)?;
        drop(update(&mut self.model, logbook));
        let history = self.history()?;
        let watched = self.watched()?;
        let ground = making::Ground {
            deployment: &self.deployment,
            snapshot: &watched.snapshot,
            assessment: &watched.assessment,
            history: &history,
            session: &self.session()?,
            reality: &self.cloud.reality(),
        };
        let proposal = making::plan(&yard, &proposing.runbook, &ground, &*self.journal, (cloud, clock)).await?;
        self.yard = Some(yard);
        let (deployment, runbook) = (self.deployment.name.clone(), proposing.runbook);
        self.tell(Msg::Proposed { deployment, runbook, outcome: Ok(Box::new(proposal)) })
    }

    fn judge(&mut self) -> Result<(), String> {
        let (deployment, session, history) = (self.deployment.name.clone(), self.session()?, self.history()?);
        let heads = self.journal.runs(Some(&deployment)).map_err(|error| error.to_string())?;
        let watched = self.watched()?;
        let known = Known {
            deployment: &self.deployment,
            snapshot: &watched.snapshot,
            assessment: &watched.assessment,
            history: &history,
            now: watched.assessment.at,
        };
        let runs = Runs { runbooks: &self.runbooks, runs: &heads, session: &session };
        let standing = preflight::standing(&runs, &known, watched.tempo);
        let logbook = archive::logbook(&*self.journal, &deployment)?;
        for msg in [
            logbook,
            Msg::History { deployment: deployment.clone(), history },
            Msg::Standing { deployment, standing },
            Msg::Tick(self.clock().now()),
        ] {
            drop(update(&mut self.model, msg));
        }
        Ok(())
    }

    fn history(&self) -> Result<lifeboat_model::assessment::RunHistory, String> {
        journal::history(&*self.journal, &self.deployment.name, &self.cloud.reality())
            .map_err(|error| error.to_string())
    }

    fn session(&self) -> Result<Session, String> {
        sessions::session(&*self.journal, &self.deployment.name, self.operator()?, true)
            .map_err(|error| error.to_string())
    }

    /// Somebody who is nobody, under the name that the account gives them.
    fn operator(&self) -> Result<Operator, String> {
        let arn = self.watched()?.assessment.identity.arn.clone();
        Ok(Operator { arn, user: "ann".to_owned(), host: "desk".to_owned(), process: 1 })
    }

    /// Presses keys, parted by blanks.
    pub(super) fn press(&mut self, keys: &str) -> Result<(), String> {
        for key in keys.split_whitespace() {
            self.hit(key.parse().map_err(|error| format!("`{key}`: {error}"))?)?;
        }
        Ok(())
    }

    pub(super) fn type_in(&mut self, text: &str) -> Result<(), String> {
        text.chars().try_for_each(|letter| self.hit(Key::char(letter)))
    }

    fn hit(&mut self, key: Key) -> Result<(), String> {
        self.tell(Msg::Key(key))
    }

    /// Does at once what the program does beside its loop.
    fn answer(&mut self, effect: Effect) -> Result<(), String> {
        let at = self.clock().now();
        let journal = &*self.journal;
        let msg = match effect {
            Effect::Propose { deployment, runbook, drill, choice: None, overrides }
                if overrides.is_empty() && !runbook.is_about_stacks() =>
            {
                let outcome = self.proposal(&runbook, drill).map(Box::new);
                Msg::Proposed { deployment, runbook, outcome }
            }
            Effect::Begin { plan, phrase, overrides, .. } if overrides.is_empty() => {
                let approval = Approval::by_phrase(&plan, &plan.hash(), &phrase, self.operator()?, at);
                self.begins = Some((*plan, approval.map_err(|error| error.to_string())?));
                return Ok(());
            }
            Effect::ReadJournal { deployment, query } => {
                let shelf = archive::shelf(journal, &deployment, &query, &self.cloud.reality());
                Msg::Journal { deployment, query, at, outcome: Ok(Some(Box::new(shelf))) }
            }
            Effect::VerifyJournal => Msg::Verified { at, chain: archive::chain(journal) },
            Effect::ReadDocument { deployment, writing } => {
                let outcome = document(journal, &writing).map(Box::new);
                Msg::Document { deployment, writing, outcome }
            }
            Effect::Blueprints => Msg::Blueprints(drafting::offers()),
            Effect::Draft { choice } => {
                let stands =
                    |name: &DeploymentName| self.model.fleet.iter().any(|known| known.deployment.name == *name);
                let outcome = drafting::draft(&choice, stands).map(Box::new);
                Msg::Drafted { of: choice, outcome }
            }
            Effect::DeclareIncident { request, deployment, began_at, text } => {
                let event = RunEvent::IncidentDeclared { began_at, text, by: self.operator()? };
                journal::log(journal, &deployment, at, &event).map_err(|error| error.to_string())?;
                self.written(request, &deployment)?
            }
            Effect::Note { request, deployment, text } => {
                journal::note(journal, &deployment, at, &text, &self.operator()?).map_err(|error| error.to_string())?;
                self.written(request, &deployment)?
            }
            // Asks the clouds first: see `plan_stacks`.
            Effect::Propose { runbook, overrides, .. } if runbook.is_about_stacks() && overrides.is_empty() => {
                return Ok(());
            }
            // Nobody hears them in a picture.
            Effect::Alert { .. } | Effect::Remember(_) | Effect::SetTempo { .. } => return Ok(()),
            effect @ (Effect::Propose { .. }
            | Effect::Begin { .. }
            | Effect::Print { .. }
            | Effect::ApproveAsSecond { .. }
            | Effect::Abort { .. }
            | Effect::RaiseAccess { .. }
            | Effect::LowerAccess { .. }
            | Effect::CloseIncident { .. }
            | Effect::Quit
            | Effect::Copy { .. }
            | Effect::Refresh { .. }
            | Effect::Redraw
            | Effect::Dump { .. }
            | Effect::Tutorial
            | Effect::Resume { .. }
            | Effect::Say { .. }) => return Err(format!("no picture asks for this: {effect:?}")),
        };
        self.tell(msg)
    }

    /// What is in the journal now reaches the glass with the word that it was written.
    fn written(&mut self, request: RequestId, deployment: &DeploymentName) -> Result<Msg, String> {
        drop(update(&mut self.model, archive::logbook(&*self.journal, deployment)?));
        Ok(Msg::Done { request, outcome: Ok(()) })
    }

    fn tell(&mut self, msg: Msg) -> Result<(), String> {
        update(&mut self.model, msg).into_iter().try_for_each(|effect| self.answer(effect))
    }

    fn proposal(&self, name: &RunbookName, drill: bool) -> Result<Proposal, String> {
        let runbook = self.runbooks.iter().find(|runbook| runbook.name == *name);
        let runbook = runbook.ok_or_else(|| format!("there is no runbook `{name}`"))?;
        let (session, history, now) = (self.session()?, self.history()?, self.clock().now());
        let watched = self.watched()?;
        let Watched { deployment, snapshot, tempo, .. } = watched;
        let on = Ground { deployment, snapshot, history: &history, tempo: *tempo, now, session: &session };
        let (plan, reports) = preflight::proposal(runbook, &Intent { drill }, &on, &BTreeMap::new())
            .map_err(|error| error.to_string())?;
        Ok(Proposal::new(name.clone(), drill, plan, reports))
    }

    /// Carries out what was confirmed, to its end or as far as somebody wants it, and watches meanwhile as a console does.
    pub(super) async fn conduct(&mut self, seen_by: Onlooker<'_>) -> Result<(), String> {
        let (plan, approval) = self.begins.take().ok_or("nothing was confirmed")?;
        let deployment = match &self.yard {
            // Whoever makes stacks, or takes them away, does not write to the application meanwhile.
            Some(_) => Arc::new(Deployment { canary: None, ..(*self.deployment).clone() }),
            None => Arc::clone(&self.deployment),
        };
        let surroundings = Surroundings {
            deployment,
            cloud: Arc::new(self.cloud.clone()),
            clock: self.clock(),
            journal: Arc::clone(&self.journal) as Arc<dyn Journal>,
            operator: approval.by().clone(),
            runbooks: self.runbooks.clone(),
            history: self.history()?,
            known: self.watched()?.snapshot.clone(),
            incident_began_at: self.watched()?.incident().map(|incident| incident.began_at),
        };
        let name = self.deployment.name.clone();
        let (tell, mut told) = mpsc::channel(NEWS);
        let tells = tell.clone();
        let missed = Arc::new(AtomicBool::new(false));
        let misses = Arc::clone(&missed);
        let mut seen = move |entry: &Entry| {
            if tells.try_send(News::Entry(Box::new(entry.clone()))).is_err() {
                misses.store(true, Ordering::Relaxed);
            }
        };
        // Somebody sits there who says nothing.
        let (_orders, heard) = mpsc::channel(1);
        let mut run = std::pin::pin!(run::start(plan, approval, BTreeMap::new(), &surroundings, heard, &mut seen));
        let yard = self.yard.as_ref();
        let mut watch = std::pin::pin!(watch(&self.cloud, &self.deployment, yard, &tell));
        let mut limit = self.clock().sleep(LONGEST_RUN);
        let outcome = loop {
            tokio::select! {
                biased;
                Some(news) = told.recv() => match news {
                    News::Seen(msg) => {
                        drop(update(&mut self.model, *msg));
                        if seen_by(&self.model, None)?.is_break() {
                            return Ok(());
                        }
                    }
                    News::Entry(entry) => {
                        if hear(&mut self.model, &name, &entry, seen_by)?.is_break() {
                            return Ok(());
                        }
                    }
                },
                outcome = &mut run => break outcome,
                () = &mut watch => return Err("nobody watches any more".to_owned()),
                () = &mut limit => return Err("a run goes on and on".to_owned()),
            }
        };
        while let Ok(News::Entry(entry)) = told.try_recv() {
            if hear(&mut self.model, &name, &entry, seen_by)?.is_break() {
                return Ok(());
            }
        }
        if missed.load(Ordering::Relaxed) {
            return Err("entries found no room".to_owned());
        }
        let outcome = outcome.map(drop).map_err(|error| error.to_string());
        drop(update(&mut self.model, Msg::RunLeft { deployment: name, outcome: outcome.clone() }));
        outcome
    }
}

/// What is told while a run goes on.
enum News {
    Entry(Box<Entry>),
    Seen(Box<Msg>),
}

/// An entry reaches the glass at its own moment.
fn hear(
    model: &mut Model,
    name: &DeploymentName,
    entry: &Entry,
    seen_by: Onlooker<'_>,
) -> Result<ControlFlow<()>, String> {
    drop(update(model, Msg::Run { deployment: name.clone(), entries: vec![Arc::new(entry.clone())], here: true }));
    drop(update(model, Msg::Tick(entry.at)));
    seen_by(model, Some(entry))
}

/// Looks again and again, and lets the glass's time go on.
async fn watch(cloud: &SimCloud, deployment: &Deployment, yard: Option<&Yard>, tell: &mpsc::Sender<News>) {
    let (observer, clock): (Arc<dyn Observe>, _) = (Arc::new(cloud.clone()), cloud.clock() as Arc<dyn Clock>);
    let mut scene = yard.map(|yard| yard.scene(observer));
    let mut is_new = true;
    loop {
        let mut seen = observed(cloud, deployment).await;
        if let Some(scene) = &mut scene {
            let of_stacks = estate::look(&deployment.name, scene, is_new, &clock).await;
            // Reading took its time, and nothing that was read is of the future.
            seen.push(Msg::Tick(clock.now()));
            seen.extend(of_stacks);
            is_new = false;
        }
        for msg in seen {
            drop(tell.send(News::Seen(Box::new(msg))).await);
        }
        cloud.clock().sleep(BETWEEN_LOOKS).await;
    }
}

async fn observed(cloud: &SimCloud, deployment: &Deployment) -> Vec<Msg> {
    let (clock, observer): (_, Arc<dyn Observe>) = (cloud.clock(), Arc::new(cloud.clone()));
    let observations = refresh_once(deployment, observer, Arc::clone(&clock), LIMIT).await;
    let now = Msg::Tick(clock.now());
    observations.into_iter().map(Msg::Observed).chain([now]).collect()
}

fn document(journal: &dyn Journal, writing: &Writing) -> Result<Document, String> {
    let of = |run| Report::of_run(journal, run).map_err(|error| error.to_string());
    match writing {
        Writing::Report(run) => Ok(report::document(&of(run)?)),
        Writing::Comparison { before, after } => {
            Ok(report::comparison_document(&report::compare(&of(before)?, &of(after)?)))
        }
        Writing::Entry(sequence) => Err(format!("no picture shows the entry {sequence}")),
    }
}
