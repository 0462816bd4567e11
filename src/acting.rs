//! What commands that act, or show what acting would do, have in common: a deployment with its journal and runbooks, and
//! one look at it. Nothing in here acts or prints.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use lifeboat_engine::findings::Findings;
use lifeboat_engine::guards::Session;
use lifeboat_engine::journal::{self, Journal, MemoryJournal, SqliteJournal};
use lifeboat_engine::planner::{self, CannotPlan, Intent, Known};
use lifeboat_engine::preflight;
use lifeboat_engine::run::Surroundings;
use lifeboat_engine::sessions;
use lifeboat_engine::watch::refresh_once;
use lifeboat_model::assessment::{Assessment, RunHistory};
use lifeboat_model::guard::{GuardName, GuardReport, Verdict};
use lifeboat_model::id::{AccountId, DeploymentName};
use lifeboat_model::plan::Plan;
use lifeboat_model::read::Tempo;
use lifeboat_model::rules;
use lifeboat_model::run::{Operator, RunId};
use lifeboat_model::runbook::Runbook;
use lifeboat_model::snapshot::Snapshot;
use lifeboat_model::time::{Duration, Timestamp};

use crate::cli::Globals;
use crate::commands::Context;
use crate::config::env::{self, Environment};
use crate::exit::{Exit, Failure};
use crate::last_known;
use crate::runbooks;
use crate::wiring::{self, Wired, Wiring};

/// How long a look waits for AWS altogether.
pub(crate) const PATIENCE: Duration = Duration::from_secs(15);

/// What a single look is judged by: the numbers mean the same on AWS and on the simulator.
pub(crate) const TEMPO: Tempo = Tempo::Calm;

/// A deployment with all that is needed to plan for it, and to act where that is allowed.
pub(crate) struct Case {
    pub(crate) wiring: Wiring,
    pub(crate) wired: Wired,
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) runbooks: Vec<Runbook>,
    /// Who sits here; what AWS calls them is known after a look.
    person: Operator,
}

/// What was seen of a deployment at one moment.
pub(crate) struct View {
    pub(crate) snapshot: Snapshot,
    /// What was asked beside the polls.
    pub(crate) findings: Findings,
    pub(crate) assessment: Assessment,
    pub(crate) history: RunHistory,
    pub(crate) now: Timestamp,
}

impl View {
    /// Whether anything at all was read.
    pub(crate) fn has_anything(&self) -> bool {
        self.assessment.dependencies.iter().any(|dependency| dependency.last_answer.is_some())
    }
}

impl Case {
    /// For a look: a simulated world stands still meanwhile.
    pub(crate) async fn to_look(context: &mut Context<'_>) -> Result<Self, Failure> {
        let wiring = wiring::wire(context.globals, context.environment).await?;
        let journal = open_journal(wiring.journal.as_deref(), IfMissing::Nothing)?;
        Self::of(context, wiring, journal)
    }

    /// For a look that must not depend on the journal: without it, nothing is known of runs.
    pub(crate) async fn to_look_at_least(context: &mut Context<'_>) -> Result<Self, Failure> {
        let wiring = wiring::wire(context.globals, context.environment).await?;
        let opened = open_journal(wiring.journal.as_deref(), IfMissing::Nothing);
        let journal = match opened.and_then(|journal| legible(&*journal, &wiring).map(|()| journal)) {
            Ok(journal) => journal,
            Err(failure) => {
                told(context.output.note(&format!("note: nothing is known of runs: {}", failure.message)))?;
                Arc::new(MemoryJournal::new())
            }
        };
        Self::of(context, wiring, journal)
    }

    /// For acting: a simulated world goes on.
    pub(crate) async fn to_act(context: &mut Context<'_>) -> Result<Self, Failure> {
        let wiring = wiring::wire_to_act(context.globals, context.environment).await?;
        let journal = open_journal(wiring.journal.as_deref(), IfMissing::Make)?;
        Self::of(context, wiring, journal)
    }

    /// For whoever makes a deployment, or takes one away. `on_aws`: in AWS, though nothing is configured.
    pub(crate) async fn wiring(context: &mut Context<'_>, on_aws: bool, acts: bool) -> Result<Wiring, Failure> {
        // The deployment that is meant may be yet to be made: nobody chooses it among those that there are.
        let globals = Globals { deployment: None, on_aws, ..context.globals.clone() };
        if acts {
            wiring::wire_to_act(&globals, context.environment).await
        } else {
            wiring::wire(&globals, context.environment).await
        }
    }

    /// The same for a deployment that may be yet to be made.
    pub(crate) fn of_deployment(
        context: &mut Context<'_>,
        wiring: Wiring,
        wired: Wired,
        acts: bool,
    ) -> Result<Self, Failure> {
        let if_missing = if acts { IfMissing::Make } else { IfMissing::Nothing };
        let journal = open_journal(wiring.journal.as_deref(), if_missing)?;
        Self::about(context, wiring, wired, journal)
    }

    fn of(context: &mut Context<'_>, wiring: Wiring, journal: Arc<dyn Journal>) -> Result<Self, Failure> {
        let wired = wiring.selected().cloned().ok_or_else(|| {
            Failure::error("there is no deployment to look at").hint("`lifeboat up BLUEPRINT` makes one")
        })?;
        Self::about(context, wiring, wired, journal)
    }

    fn about(
        context: &mut Context<'_>,
        wiring: Wiring,
        wired: Wired,
        journal: Arc<dyn Journal>,
    ) -> Result<Self, Failure> {
        for notice in &wiring.notices {
            told(context.output.note(&format!("note: {}", notice.trim_end())))?;
        }
        let (runbooks, problems) = runbooks::all(wiring.folder.as_deref());
        for problem in problems {
            told(context.output.note(&format!("note: {problem}")))?;
        }
        let person = person(context.environment);
        Ok(Self { wiring, wired, journal, runbooks, person })
    }

    /// For a session that goes on, and has found out all that a command finds out.
    pub(crate) fn of_session(
        wiring: Wiring,
        wired: Wired,
        journal: Arc<dyn Journal>,
        runbooks: Vec<Runbook>,
        person: Operator,
    ) -> Self {
        Self { wiring, wired, journal, runbooks, person }
    }

    /// The same for another deployment of the same wiring.
    pub(crate) fn turn_to(&mut self, name: &DeploymentName) -> Result<(), Failure> {
        let found = self.wiring.deployments.iter().find(|wired| wired.deployment.name == *name).cloned();
        self.wired = found.ok_or_else(|| {
            Failure::error(format!("the run is of the deployment `{name}`, which is not configured here"))
                .hint("name the configuration that has it with `--config FILE`")
        })?;
        Ok(())
    }

    pub(crate) fn runbook(&self, name: &str) -> Result<Runbook, Failure> {
        runbooks::named(&self.runbooks, name)
    }

    pub(crate) fn name(&self) -> &DeploymentName {
        &self.wired.deployment.name
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.wiring.clock.now()
    }

    /// What earlier runs of the deployment tell.
    pub(crate) fn history(&self) -> Result<RunHistory, Failure> {
        journal::history(&*self.journal, self.name(), &self.wiring.reality).map_err(|error| journal_failure(&error))
    }

    /// Reads everything once and judges it.
    pub(crate) async fn look(&self, patience: Duration) -> Result<View, Failure> {
        let (wired, clock) = (&self.wired, &self.wiring.clock);
        let begun = clock.now();
        let observations = refresh_once(&wired.deployment, Arc::clone(&wired.cloud), Arc::clone(clock), patience).await;
        let now = clock.now().max(begun);
        let history = self.history()?;
        let judged = |before: Snapshot| {
            let mut snapshot = before;
            observations.iter().cloned().for_each(|observation| snapshot.apply(observation));
            let assessment = rules::assess(&wired.deployment, &snapshot, &history, TEMPO, now);
            (snapshot, assessment)
        };
        let (before, of) = self.last_known();
        let (mut snapshot, mut assessment) = judged(before);
        let account = assessment.identity.account.clone();
        if of.is_some() && account.is_some() && of != account {
            (snapshot, assessment) = judged(Snapshot::default());
        }
        if let Some(folder) = &self.wiring.last_known {
            last_known::keep(folder, self.name(), account.as_ref().or(of.as_ref()), &snapshot);
        }
        Ok(View { snapshot, findings: Findings::default(), assessment, history, now })
    }

    /// What earlier commands knew.
    fn last_known(&self) -> (Snapshot, Option<AccountId>) {
        let folder = self.wiring.last_known.as_deref();
        folder.map_or_else(Default::default, |folder| last_known::load(folder, self.name()))
    }

    pub(crate) fn plan(&self, runbook: &Runbook, drill: bool, view: &View) -> Result<Plan, CannotPlan> {
        planner::plan(runbook, &Intent { drill }, &self.known(view))
    }

    fn known<'a>(&'a self, view: &'a View) -> Known<'a> {
        Known {
            deployment: &self.wired.deployment,
            snapshot: &view.snapshot,
            assessment: &view.assessment,
            history: &view.history,
            now: view.now,
        }
    }

    /// Who acts: the person here, under the name that AWS gives them.
    pub(crate) fn operator(&self, view: &View) -> Operator {
        Operator { arn: view.assessment.identity.arn.clone(), ..self.person.clone() }
    }

    /// What the guards are to know of this session and of the runs before it.
    pub(crate) fn session(&self, view: &View) -> Result<Session, Failure> {
        let (operator, access) = (self.operator(view), self.wired.operator.is_some());
        sessions::session(&*self.journal, self.name(), operator, access).map_err(|error| journal_failure(&error))
    }

    /// Every guard of the plan, as it would be judged now.
    pub(crate) fn judge(
        &self,
        plan: &Plan,
        view: &View,
        session: &Session,
        overrides: &BTreeMap<GuardName, String>,
    ) -> Vec<GuardReport> {
        let mut reports = preflight::judge(plan, &self.known(view), (TEMPO, &view.findings), session, overrides);
        tell_of_pin(&mut reports, self.wiring.pins.get(self.name()));
        reports
    }

    /// Refuses a session that may not act on the deployment, and says what would help.
    pub(crate) fn needs_access(&self) -> Result<(), Failure> {
        self.wiring.refuse_pinned(self.name())?;
        if self.wired.operator.is_some() { Ok(()) } else { Err(no_access()) }
    }

    /// What a run acts in. Refuses a session that may not act.
    pub(crate) fn surroundings(&self, view: View, since: Option<Timestamp>) -> Result<Surroundings, Failure> {
        let operator = self.operator(&view);
        self.needs_access()?;
        let cloud = self.wired.operator.clone().ok_or_else(no_access)?;
        Ok(Surroundings {
            deployment: Arc::clone(&self.wired.deployment),
            cloud,
            clock: Arc::clone(&self.wiring.clock),
            journal: Arc::clone(&self.journal),
            operator,
            runbooks: self.runbooks.clone(),
            history: view.history,
            known: view.snapshot,
            incident_began_at: since,
        })
    }

    /// The run that is named, or the newest that may be gone on with; its deployment becomes this case's own.
    pub(crate) fn run(&mut self, named: Option<&str>) -> Result<RunId, Failure> {
        let heads = self.journal.runs(None).map_err(|error| journal_failure(&error))?;
        let head = match named {
            Some(name) => heads.iter().find(|head| head.id.as_str() == name).ok_or_else(|| no_such_run(name))?,
            None => heads
                .iter()
                .find(|head| head.is_open() && head.deployment == *self.name())
                .ok_or_else(|| no_open_run(self.name()))?,
        };
        let (id, deployment) = (head.id.clone(), head.deployment.clone());
        self.turn_to(&deployment)?;
        Ok(id)
    }
}

fn no_such_run(name: &str) -> Failure {
    Failure::usage(format!("this journal has no run `{name}`")).hint("`lifeboat runs` lists those it has")
}

fn no_open_run(deployment: &DeploymentName) -> Failure {
    Failure::usage(format!("no run of `{deployment}` waits to be gone on with"))
        .hint("`lifeboat runs` lists all that there were")
}

/// Refused for want of the right to act.
fn no_access() -> Failure {
    Failure::refused("access: this session may only read").hint("add `--operate`")
}

/// Whether the journal tells of the deployment that is looked at.
fn legible(journal: &dyn Journal, wiring: &Wiring) -> Result<(), Failure> {
    let Some(wired) = wiring.selected() else { return Ok(()) };
    let name = &wired.deployment.name;
    let told = journal::history(journal, name, &wiring.reality).map(|_| ());
    told.and_then(|()| journal::approvals(journal, name).map(|_| ())).map_err(|error| journal_failure(&error))
}

/// Where the configuration pins a deployment, no flag gives access to it: its guard says so instead of naming one.
pub(crate) fn tell_of_pin(reports: &mut [GuardReport], pin: Option<&String>) {
    let Some(why) = pin else { return };
    for report in reports.iter_mut().filter(|report| report.guard == GuardName::Access) {
        if let Verdict::Refuse { reason, fix } = &mut report.verdict {
            *reason = format!("it may only be read from here: {why}");
            "do it from where it is not pinned, or take that line out".clone_into(fix);
        }
    }
}

/// What becomes of a journal that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IfMissing {
    Make,
    /// It is read as an empty one: who only looks writes nothing.
    Nothing,
}

/// The journal in this folder; without one, a journal that lasts as long as the command.
pub(crate) fn open_journal(folder: Option<&Path>, if_missing: IfMissing) -> Result<Arc<dyn Journal>, Failure> {
    let there = folder.filter(|folder| if_missing == IfMissing::Make || folder.exists());
    let Some(folder) = there else { return Ok(Arc::new(MemoryJournal::new())) };
    let journal = SqliteJournal::open(folder).map_err(|error| journal_failure(&error))?;
    Ok(Arc::new(journal))
}

pub(crate) fn journal_failure(error: &journal::JournalError) -> Failure {
    let exit = match error {
        journal::JournalError::Damaged { .. } | journal::JournalError::NotUnderstood { .. } => Exit::JournalBroken,
        journal::JournalError::CannotOpen { .. }
        | journal::JournalError::TooNew { .. }
        | journal::JournalError::NotWritten { .. }
        | journal::JournalError::NotRead { .. }
        | journal::JournalError::Died { .. } => Exit::Error,
    };
    Failure { exit, message: error.to_string(), hint: None }
}

/// Why no plan can be made, as a command ends with it.
pub(crate) fn unplannable(error: &CannotPlan, view: &View) -> Failure {
    if view.has_anything() {
        return Failure::refused(format!("no plan can be made: {error}")).hint(error.fix());
    }
    let trouble = view.assessment.identity.trouble.as_ref();
    let why = trouble.map_or_else(|| "nothing answered".to_owned(), |(what, _)| what.clone());
    let fix = trouble.and_then(|(_, fix)| fix.clone()).unwrap_or_else(|| error.fix());
    Failure::error(format!("nothing could be read, and so nothing can be planned: {why}")).hint(fix)
}

/// The user, the machine and the process.
pub(crate) fn person(environment: &Environment) -> Operator {
    let user = environment
        .get(env::USER)
        .map_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()), ToOwned::to_owned);
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    Operator { arn: None, user, host, process: std::process::id() }
}

/// Printing can fail only when nobody reads.
fn told(outcome: std::io::Result<()>) -> Result<(), Failure> {
    outcome.map_err(|error| Failure::error(format!("standard error cannot be written to: {error}")))
}
