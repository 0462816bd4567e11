//! What commands that make a deployment, change it or take it away have in common: the blueprint and what was chosen for
//! it, the account to ask, and the plan that comes of both. Nothing in here acts or prints.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use lifeboat_blueprint::{Blueprint, Chosen, StackPlan, StackSpec, find, stacks};
use lifeboat_engine::findings::{self, Findings};
use lifeboat_engine::journal;
use lifeboat_engine::planner::building::drift;
use lifeboat_engine::planner::building::{CannotBuild, Earlier, Ground, provision, teardown};
use lifeboat_model::id::{DeploymentName, StackName};
use lifeboat_model::objective::Objectives;
use lifeboat_model::plan::{Build, Plan, StepId};
use lifeboat_model::read::PlannedRead;
use lifeboat_model::rules;
use lifeboat_model::run::{Entry, Operator, RunEvent, RunId};
use lifeboat_model::runbook::{DRIFT, PROVISION, Runbook, RunbookName, TEARDOWN};
use lifeboat_model::time::Duration;
use lifeboat_model::topology::{self, Deployment, InRegion};

use crate::acting::{Case, IfMissing, TEMPO, View, journal_failure, open_journal};
use crate::cli::{ApprovalArguments, BuildArguments};
use crate::commands::Context;
use crate::config::diagnostic::suggest;
use crate::config::env::{self, Environment};
use crate::exit::Failure;
use crate::provisioned::{self, Kept, KeptStack};
use crate::wiring::{Latch, Wired, Wiring};

mod adopting;
mod choosing;
mod following;
mod usual;

pub(crate) use choosing::{Decided, Meant, Undecided, Wanted, blueprint, blueprint_files, meant};
use choosing::{chosen, from_kept, mistakes};
pub(crate) use following::follow_up;
use usual::OUTPUTS_FOLDER;

/// How long one question beside the polls waits for its answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// What one answer makes it necessary to ask is asked in the next round; a teardown needs three.
const ROUNDS: u32 = 5;

/// What is to become of the deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    Provision,
    Teardown,
    /// It is only compared with its templates.
    Drift,
}

/// What a plan of stacks is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Look,
    /// A second person notes that they read it.
    Approve,
    Act,
}

impl Purpose {
    /// Of a command that acts unless it only approves.
    pub(crate) fn of(arguments: &ApprovalArguments) -> Self {
        if arguments.only_approves() { Self::Approve } else { Self::Act }
    }

    /// Refuses to act on what is pinned before anything is asked or made.
    fn allow(self, wiring: &Wiring, name: &DeploymentName) -> Result<(), Failure> {
        match self {
            Self::Act => wiring.refuse_pinned(name),
            Self::Look | Self::Approve => Ok(()),
        }
    }

    /// Whether the world goes on meanwhile, and a journal is made where there is none.
    fn is_to_write(self) -> bool {
        self != Self::Look
    }
}

impl Wish {
    pub(crate) fn of(runbook: &str) -> Option<Self> {
        match runbook {
            PROVISION => Some(Self::Provision),
            TEARDOWN => Some(Self::Teardown),
            _ => None,
        }
    }

    /// The same for who may ask for a comparison like for any other run.
    pub(crate) fn or_drift(runbook: &RunbookName) -> Option<Self> {
        Self::of(runbook.as_str()).or_else(|| (runbook.as_str() == DRIFT).then_some(Self::Drift))
    }
}

/// What stacks are made and taken away with by a session that goes on: the same that a command finds out for itself.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) wiring: Wiring,
    pub(crate) runbooks: Arc<[Runbook]>,
    pub(crate) person: Operator,
    pub(crate) environment: Environment,
}

impl Site {
    /// Who only looks makes no journal.
    pub(crate) fn case(&self, wired: Wired) -> Result<Case, Failure> {
        let if_missing = if wired.operator.is_some() { IfMissing::Make } else { IfMissing::Nothing };
        let journal = open_journal(self.wiring.journal.as_deref(), if_missing)?;
        Ok(Case::of_session(self.wiring.clone(), wired, journal, self.runbooks.to_vec(), self.person.clone()))
    }

    /// Only to be looked at: nothing of this deployment may be changed from here.
    pub(crate) fn lock(&mut self, name: &DeploymentName) {
        match self.wiring.deployments.iter_mut().find(|wired| wired.deployment.name == *name) {
            Some(wired) => wired.operator = None,
            None => self.wiring.door.1 = None,
        }
    }

    /// The profile that is noted beside what was made.
    pub(crate) fn profile(&self) -> Option<&str> {
        self.environment.get(env::AWS_PROFILE)
    }
}

/// A deployment to be made or taken away, with all that its plan needs.
pub(crate) struct Building {
    pub(crate) case: Case,
    pub(crate) wish: Wish,
    pub(crate) blueprint: Blueprint,
    pub(crate) chosen: Chosen,
    stacks: StackPlan,
    earlier: Vec<Earlier>,
    outputs_folder: PathBuf,
    kept: Option<Kept>,
    objectives: Objectives,
}

impl Building {
    /// For `up`, and for a look at what it would do.
    pub(crate) async fn to_provision(
        context: &mut Context<'_>,
        arguments: &BuildArguments,
        purpose: Purpose,
    ) -> Result<Self, Failure> {
        let acts = purpose.is_to_write();
        let wiring = Case::wiring(context, arguments.aws, acts).await?;
        let wanted = Wanted::of(arguments, context.globals.deployment.as_deref())?;
        let meant = meant(&wanted, wiring.provisioned.as_deref(), context.environment)?;
        let decided = meant.decide(&wanted, context.environment)?;
        purpose.allow(&wiring, &decided.chosen.deployment)?;
        Self::of(wiring, Wish::Provision, decided, |wiring, wired| Case::of_deployment(context, wiring, wired, acts))
    }

    /// The same for a session that goes on.
    pub(crate) fn to_provision_at(site: &Site, wanted: &Wanted) -> Result<Self, Failure> {
        let meant = meant(wanted, site.wiring.provisioned.as_deref(), &site.environment)?;
        let decided = meant.decide(wanted, &site.environment)?;
        Self::of(site.wiring.clone(), Wish::Provision, decided, |_, wired| site.case(wired))
    }

    /// For `down` and `drift`, and for a look at what they would do.
    pub(crate) async fn of_what_stands(
        context: &mut Context<'_>,
        named: Option<&str>,
        wish: Wish,
        purpose: Purpose,
    ) -> Result<Self, Failure> {
        let acts = purpose.is_to_write();
        let wiring = Case::wiring(context, false, acts).await?;
        let selected = wiring.selected().map(|wired| wired.deployment.name.clone());
        let name = match named.or(context.globals.deployment.as_deref()) {
            Some(name) => DeploymentName::from(name),
            None => selected.ok_or_else(|| Failure::usage("there is no deployment"))?,
        };
        purpose.allow(&wiring, &name)?;
        let decided = of_what_stands(&wiring, &name).await?;
        Self::of(wiring, wish, decided, |wiring, wired| Case::of_deployment(context, wiring, wired, acts))
    }

    /// The same for a session that goes on.
    pub(crate) async fn of_what_stands_at(site: &Site, name: &DeploymentName, wish: Wish) -> Result<Self, Failure> {
        let decided = of_what_stands(&site.wiring, name).await?;
        Self::of(site.wiring.clone(), wish, decided, |_, wired| site.case(wired))
    }

    fn of(
        wiring: Wiring,
        wish: Wish,
        decided: Decided,
        case: impl FnOnce(Wiring, Wired) -> Result<Case, Failure>,
    ) -> Result<Self, Failure> {
        let Decided { blueprint, chosen, kept, outputs_folder } = decided;
        let stacks =
            stacks(&blueprint, &chosen).map_err(|found| mistakes("the blueprint with what was chosen", &found))?;
        let known = wiring.deployments.iter().find(|wired| wired.deployment.name == chosen.deployment);
        let (cloud, operator) = match known {
            Some(wired) => (Arc::clone(&wired.cloud), wired.operator.clone()),
            None => wiring.door.clone(),
        };
        let mut earlier = kept.as_ref().map(Kept::earlier).unwrap_or_default();
        earlier.extend(known.iter().flat_map(|wired| named_in(&wired.deployment, &stacks)));
        let objectives = known.map(|wired| wired.deployment.objectives.clone()).unwrap_or_default();
        let deployment = Arc::new(bare(&blueprint, &chosen, &stacks, kept.as_ref(), known));
        let latch = Latch::Shut("it is being made: access is given when the session begins".to_owned());
        let case = case(wiring, Wired { deployment, cloud, operator, latch })?;
        Ok(Self { case, wish, blueprint, chosen, stacks, earlier, outputs_folder, kept, objectives })
    }

    fn ground<'a>(
        &'a self,
        findings: &'a Findings,
        view: &'a View,
        lengths: &'a BTreeMap<StepId, (Duration, usize)>,
    ) -> Ground<'a> {
        Ground {
            blueprint: &self.blueprint,
            chosen: &self.chosen,
            stacks: &self.stacks,
            earlier: &self.earlier,
            account: view.assessment.identity.account.as_ref(),
            objectives: &self.objectives,
            findings,
            lengths,
            now: view.now,
        }
    }

    /// Asks what must be known, and plans.
    pub(crate) async fn plan(&self, patience: Duration) -> Result<(Plan, View), Failure> {
        let mut view = self.case.look(patience).await?;
        let runbook = match self.wish {
            Wish::Provision => PROVISION,
            Wish::Teardown => TEARDOWN,
            Wish::Drift => DRIFT,
        };
        let lengths = journal::step_lengths(
            &*self.case.journal,
            runbook,
            &self.blueprint.manifest.name,
            &self.case.wiring.reality,
        )
        .map_err(|error| journal_failure(&error))?;
        let mut known = Findings::default();
        for _ in 0..ROUNDS {
            let asked = {
                let ground = self.ground(&known, &view, &lengths);
                match self.wish {
                    Wish::Provision => provision::questions(&ground),
                    Wish::Teardown => teardown::questions(&ground),
                    Wish::Drift => drift::questions(&ground),
                }
            };
            let missing: Vec<PlannedRead> = asked.into_iter().filter(|asked| known.get(asked).is_none()).collect();
            if missing.is_empty() {
                break;
            }
            known.join(self.ask(&missing).await);
        }
        let plan = {
            let ground = self.ground(&known, &view, &lengths);
            match self.wish {
                Wish::Provision => provision::provision(&ground),
                Wish::Teardown => teardown::teardown(&ground),
                Wish::Drift => drift::drift(&ground),
            }
        }
        .map_err(|error| cannot(&error))?;
        let guards = lifeboat_engine::guards::questions(&plan.guards, &plan);
        known.join(self.ask(&guards).await);
        view.findings = known;
        // Asking took its time, and what is judged is judged now.
        view.now = self.case.now().max(view.now);
        let deployment = &self.case.wired.deployment;
        view.assessment = rules::assess(deployment, &view.snapshot, &view.history, TEMPO, view.now);
        Ok((plan, view))
    }

    pub(crate) fn specs(&self) -> impl Iterator<Item = &StackSpec> {
        self.stacks.stacks.iter()
    }

    /// Stacks that it is known to have had, of parameters that are off now.
    pub(crate) fn orphans(&self) -> impl Iterator<Item = &Earlier> {
        let is_own = |one: &Earlier| self.specs().any(|spec| spec.name == one.name && spec.region == one.region);
        self.earlier.iter().filter(move |one| !is_own(one))
    }

    /// Whether it was made from choices that come to this plan.
    pub(crate) fn is_of(&self, plan: &Plan) -> bool {
        let manifest = &self.blueprint.manifest;
        let is_same = |build: &Build| {
            build.parameters.iter().all(|(key, value)| self.chosen.value(manifest, key) == Some(value.as_str()))
        };
        self.case.name() == &plan.deployment
            && self.wish == Wish::or_drift(&plan.runbook).unwrap_or(self.wish)
            && plan.build.as_ref().is_none_or(is_same)
    }

    /// What is known of the deployment while it is being made: where it is, and which stacks it is to have.
    pub(crate) fn wired(&self) -> &Wired {
        &self.case.wired
    }

    pub(crate) async fn ask(&self, questions: &[PlannedRead]) -> Findings {
        let Wired { deployment, cloud, .. } = &self.case.wired;
        let clock = Arc::clone(&self.case.wiring.clock);
        findings::find(&deployment.name, Arc::clone(cloud), clock, questions, PATIENCE).await
    }

    /// Has a run carried out: what it makes is known before it is begun, so that whoever finds it begun finds what it
    /// makes; and it is known as before where the run never began, since nothing was made and what was chosen for it
    /// holds for nobody.
    pub(crate) async fn around<T>(
        &self,
        plan: &Plan,
        profile: Option<&str>,
        run: impl Future<Output = T>,
    ) -> Result<T, Failure> {
        if self.wish != Wish::Provision {
            return Ok(run.await);
        }
        let before = self.newest_run()?;
        self.remember(plan, profile)?;
        let ended = run.await;
        if self.newest_run().is_ok_and(|newest| newest == before) {
            self.remember_as_before()?;
        }
        Ok(ended)
    }

    fn remember(&self, plan: &Plan, profile: Option<&str>) -> Result<(), Failure> {
        let Some(folder) = &self.case.wiring.provisioned else { return Ok(()) };
        let stacks: Vec<KeptStack> = self
            .stacks
            .stacks
            .iter()
            .map(|spec| KeptStack { id: spec.id.clone(), region: spec.region.to_string(), name: spec.name.to_string() })
            .collect();
        let mut kept = Kept::begin(&self.blueprint, &self.chosen, &stacks, &self.outputs_folder, profile);
        kept.account = plan.account.as_ref().map(ToString::to_string);
        provisioned::keep(folder, &kept.remembering(self.kept.as_ref()))
    }

    fn remember_as_before(&self) -> Result<(), Failure> {
        let Some(folder) = &self.case.wiring.provisioned else { return Ok(()) };
        provisioned::put_back(folder, self.case.name(), self.kept.as_ref())
    }

    /// The newest run of the deployment, by which it is told whether another was begun since.
    fn newest_run(&self) -> Result<Option<RunId>, Failure> {
        let heads = self.case.journal.runs(Some(self.case.name())).map_err(|error| journal_failure(&error))?;
        Ok(heads.into_iter().max_by_key(|head| head.started_at).map(|head| head.id))
    }
}

/// The stacks that the configuration itself names as the deployment's.
fn named_in(deployment: &Deployment, stacks: &StackPlan) -> Vec<Earlier> {
    let is_named = |spec: &&StackSpec| {
        deployment.stacks.iter().any(|named| named.name == spec.name && named.region == spec.region)
    };
    let of = |spec: &StackSpec| Earlier { id: spec.id.clone(), region: spec.region.clone(), name: spec.name.clone() };
    stacks.stacks.iter().filter(is_named).map(of).collect()
}

fn cannot(error: &CannotBuild) -> Failure {
    Failure::refused(format!("no plan can be made: {error}; nothing was begun")).hint(error.fix())
}

/// The deployment before anything of it is known but where it is and which stacks it has.
fn bare(
    blueprint: &Blueprint,
    chosen: &Chosen,
    stacks: &StackPlan,
    kept: Option<&Kept>,
    known: Option<&Wired>,
) -> Deployment {
    let mut deployment = Deployment::bare(chosen.deployment.clone(), chosen.home.clone(), chosen.partner.clone());
    deployment.blueprint = topology::Blueprint::parse(&blueprint.manifest.name);
    deployment.account = known
        .and_then(|wired| wired.deployment.account.clone())
        .or_else(|| kept.and_then(|kept| kept.account.as_deref().map(Into::into)));
    if let Some(wired) = known {
        deployment.policy = wired.deployment.policy.clone();
        deployment.objectives = wired.deployment.objectives.clone();
    }
    let pair = |spec: &&StackSpec| deployment.regions.contains(&spec.region);
    let here: Vec<InRegion<StackName>> =
        stacks.stacks.iter().filter(pair).map(|spec| InRegion::new(spec.region.clone(), spec.name.clone())).collect();
    deployment.stacks = here;
    deployment
}

/// What a deployment that there is was made from: as it was kept, else as its stacks tell.
async fn of_what_stands(wiring: &Wiring, name: &DeploymentName) -> Result<Decided, Failure> {
    let kept = match &wiring.provisioned {
        Some(folder) => provisioned::load(folder, name)?,
        None => None,
    };
    let (blueprint, chosen) = match &kept {
        Some(kept) => from_kept(kept)?,
        None => adopted(wiring, name).await?,
    };
    let outputs_folder =
        kept.as_ref().map_or_else(|| PathBuf::from(OUTPUTS_FOLDER), |kept| kept.outputs_folder.clone());
    Ok(Decided { blueprint, chosen, kept, outputs_folder })
}

/// A deployment that somebody else made, or of which nothing is kept: what its stacks were given says what was chosen.
async fn adopted(wiring: &Wiring, name: &DeploymentName) -> Result<(Blueprint, Chosen), Failure> {
    let wired = wiring.deployments.iter().find(|wired| wired.deployment.name == *name).ok_or_else(|| {
        Failure::usage(format!("there is no deployment `{name}`"))
            .hint(suggest(name.as_str(), wiring.deployments.iter().map(|wired| wired.deployment.name.as_str())))
    })?;
    let deployment = &wired.deployment;
    let Some(found) = deployment.blueprint.and_then(|blueprint| find(blueprint.as_str())) else {
        return Err(Failure::usage(format!("which blueprint `{name}` was made from is not known"))
            .hint("say it in its configuration: `blueprint = \"…\"`"));
    };
    let asked = adopting::questions(deployment);
    let known = findings::find(name, Arc::clone(&wired.cloud), Arc::clone(&wiring.clock), &asked, PATIENCE).await;
    let parameters = adopting::parameters(&found.manifest, deployment, &known);
    let chosen = chosen(found, name.clone(), &parameters, &BTreeMap::new())?;
    Ok((found.clone(), chosen))
}

/// Whoever makes stacks, or takes them away, does not write to the application meanwhile: that it does not answer is no
/// outage.
pub(crate) fn leave_clients_alone(case: &mut Case, before: &[Entry]) {
    let Some(RunEvent::RunStarted { plan, .. }) = before.first().map(|entry| &entry.event) else { return };
    if plan.build.is_some() {
        let deployment = Deployment { canary: None, ..(*case.wired.deployment).clone() };
        case.wired.deployment = Arc::new(deployment);
    }
}
