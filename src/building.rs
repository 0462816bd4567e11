//! What commands that make a deployment, change it or take it away have in common: the blueprint and what was chosen for
//! it, the account to ask, and the plan that comes of both. Nothing in here acts or prints.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lifeboat_blueprint::StackSpec;
use lifeboat_blueprint::{
    Blueprint, Chosen, Gathered, Given, Mistake, Origin, StackPlan, builtin_files, builtin_names, choose, find,
    is_blueprint_file, outputs_file, outputs_file_names, stacks,
};
use lifeboat_engine::findings::{self, Findings};
use lifeboat_engine::journal;
use lifeboat_engine::planner::building::drift::{self, DRIFT};
use lifeboat_engine::planner::building::{CannotBuild, Earlier, Ground, provision, teardown};
use lifeboat_model::facts::Facts;
use lifeboat_model::id::{DeploymentName, GlobalClusterId, Region, StackName};
use lifeboat_model::objective::Objectives;
use lifeboat_model::plan::{Plan, StepId};
use lifeboat_model::read::{PlannedRead, Read};
use lifeboat_model::rules;
use lifeboat_model::run::{Entry, RunEvent, RunId, RunOutcome};
use lifeboat_model::runbook::{PROVISION, TEARDOWN};
use lifeboat_model::time::Duration;
use lifeboat_model::topology::{self, Deployment, InRegion};

use crate::acting::{Case, TEMPO, View, journal_failure};
use crate::cli::BuildArguments;
use crate::commands::Context;
use crate::config::diagnostic::suggest;
use crate::exit::{Exit, Failure};
use crate::provisioned::{self, Kept, KeptStack};
use crate::wiring::{Latch, Wired};

/// How long one question beside the polls waits for its answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// What one answer makes it necessary to ask is asked in the next round; a teardown needs three.
const ROUNDS: u32 = 5;
/// Health checks and metrics tell of what was just made after minutes, which in a hurried world would never pass.
const FIRST_METRICS: Duration = Duration::from_mins(10);
/// Where outputs files are written unless somebody says otherwise.
const OUTPUTS_FOLDER: &str = "cfn-outputs";
/// The parameter by which deployments of one blueprint are told apart.
const SUFFIX: &str = "EnvironmentSuffix";

/// What is to become of the deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    Provision,
    Teardown,
    /// It is only compared with its templates.
    Drift,
}

impl Wish {
    pub(crate) fn of(runbook: &str) -> Option<Self> {
        match runbook {
            PROVISION => Some(Self::Provision),
            TEARDOWN => Some(Self::Teardown),
            _ => None,
        }
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

fn mistakes(what: &str, found: &[Mistake]) -> Failure {
    let noun = if found.len() == 1 { "mistake" } else { "mistakes" };
    let lines: Vec<String> = found.iter().map(|mistake| format!("  {mistake}")).collect();
    Failure::usage(format!("{what} has {} {noun}; nothing was begun\n{}", found.len(), lines.join("\n")))
}

/// A built-in blueprint by its name, or a folder of the same form by its path.
pub(crate) fn blueprint(named: &str) -> Result<Blueprint, Failure> {
    if let Some(found) = find(named) {
        return Ok(found.clone());
    }
    let (files, origin) = blueprint_files(named)?;
    lifeboat_blueprint::read(&files, origin).map_err(|found| mistakes(&format!("the blueprint in `{named}`"), &found))
}

/// The same, as the texts of its files by their names.
pub(crate) fn blueprint_files(named: &str) -> Result<(BTreeMap<String, String>, Origin), Failure> {
    let built_in = builtin_files(named);
    if !built_in.is_empty() {
        let files = built_in.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned()));
        return Ok((files.collect(), Origin::BuiltIn));
    }
    let path = Path::new(named);
    if !path.is_dir() {
        return Err(Failure::usage(format!("there is no blueprint `{named}`")).hint(format!(
            "{}\n`lifeboat blueprints list` lists them; a path to a folder is one of your own",
            suggest(named, builtin_names().collect::<Vec<_>>())
        )));
    }
    let unreadable = |error: &dyn std::fmt::Display| {
        Failure::error(format!("the blueprint in `{named}` cannot be read: {error}")).hint("see that you may read it")
    };
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(path).map_err(|error| unreadable(&error))? {
        let entry = entry.map_err(|error| unreadable(&error))?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if is_blueprint_file(&name) {
            files.insert(name, fs::read_to_string(entry.path()).map_err(|error| unreadable(&error))?);
        }
    }
    let origin = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    Ok((files, Origin::Folder(origin.display().to_string())))
}

/// `KEY=VALUE`, each once.
fn pairs(option: &str, given: &[String]) -> Result<BTreeMap<String, String>, Failure> {
    let mut pairs = BTreeMap::new();
    for text in given {
        let Some((key, value)) = text.split_once('=') else {
            return Err(
                Failure::usage(format!("`{option} {text}` has no value")).hint(format!("write `{option} KEY=VALUE`"))
            );
        };
        if pairs.insert(key.trim().to_owned(), value.to_owned()).is_some() {
            return Err(Failure::usage(format!("`{option} {key}` is given twice")).hint("leave one out"));
        }
    }
    Ok(pairs)
}

/// Of a file in TOML or JSON: one table of texts, numbers and switches.
fn parameter_file(path: &Path) -> Result<BTreeMap<String, String>, Failure> {
    let shown = path.display();
    let wrong = |why: String| {
        Failure::usage(format!("the parameter file `{shown}` cannot be used: {why}"))
            .hint("write one table, such as `environmentSuffix = \"dev\"`, in TOML or JSON")
    };
    let text = fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let is_json = path.extension().is_some_and(|ending| ending == "json");
    let table: toml::Table = if is_json {
        serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?
    } else {
        toml::from_str(&text).map_err(|error| wrong(error.to_string()))?
    };
    table
        .into_iter()
        .map(|(key, value)| {
            let text = match value {
                toml::Value::String(text) => text,
                toml::Value::Integer(number) => number.to_string(),
                toml::Value::Boolean(switch) => switch.to_string(),
                toml::Value::Float(number) => number.to_string(),
                toml::Value::Datetime(_) | toml::Value::Array(_) | toml::Value::Table(_) => {
                    return Err(wrong(format!("`{key}` is neither text nor number")));
                }
            };
            Ok((key, text))
        })
        .collect()
}

/// Which deployment is meant, and of which blueprint.
struct Meant {
    blueprint: Blueprint,
    name: DeploymentName,
    kept: Option<Kept>,
}

impl Building {
    /// For `up`, and for a look at what it would do.
    pub(crate) async fn to_provision(
        context: &mut Context<'_>,
        arguments: &BuildArguments,
        acts: bool,
    ) -> Result<Self, Failure> {
        let wiring = Case::wiring(context, arguments.aws, acts).await?;
        let store = wiring.provisioned.clone();
        let asked = arguments.name.as_deref().or(context.globals.deployment.as_deref());
        let flags = pairs("--param", &arguments.parameters)?;
        let mut file = match &arguments.parameter_file {
            Some(path) => parameter_file(path)?,
            None => BTreeMap::new(),
        };
        let meant = meant(arguments.blueprint.as_deref(), asked, store.as_deref(), &flags, &file, context)?;
        let Meant { blueprint, name, kept } = meant;
        // What was chosen before holds until somebody chooses otherwise.
        for (key, value) in kept.iter().flat_map(|kept| &kept.parameters) {
            file.entry(key.clone()).or_insert_with(|| value.clone());
        }
        let mut tags = kept.as_ref().map(|kept| kept.tags.clone()).unwrap_or_default();
        tags.extend(pairs("--tag", &arguments.tags)?);
        let environment = context.environment;
        let given = Given {
            deployment: name.clone(),
            flags,
            configuration: file,
            environment: &|variable| environment.outside(variable),
            tags,
        };
        let chosen = choose(&blueprint.manifest, &given).map_err(|found| mistakes("what was chosen for it", &found))?;
        let outputs_folder = arguments
            .outputs
            .clone()
            .or_else(|| kept.as_ref().map(|kept| kept.outputs_folder.clone()))
            .unwrap_or_else(|| PathBuf::from(OUTPUTS_FOLDER));
        Self::of(context, wiring, acts, Wish::Provision, blueprint, chosen, kept, outputs_folder)
    }

    /// For `down` and `drift`, and for a look at what they would do.
    pub(crate) async fn of_what_stands(
        context: &mut Context<'_>,
        named: Option<&str>,
        wish: Wish,
        acts: bool,
    ) -> Result<Self, Failure> {
        let wiring = Case::wiring(context, false, acts).await?;
        let selected = wiring.selected().map(|wired| wired.deployment.name.clone());
        let name = match named.or(context.globals.deployment.as_deref()) {
            Some(name) => DeploymentName::from(name),
            None => selected.ok_or_else(|| Failure::usage("there is no deployment"))?,
        };
        let kept = match &wiring.provisioned {
            Some(folder) => provisioned::load(folder, &name)?,
            None => None,
        };
        let (blueprint, chosen) = match &kept {
            Some(kept) => from_kept(kept)?,
            None => adopted(&wiring, &name).await?,
        };
        let outputs_folder =
            kept.as_ref().map_or_else(|| PathBuf::from(OUTPUTS_FOLDER), |kept| kept.outputs_folder.clone());
        Self::of(context, wiring, acts, wish, blueprint, chosen, kept, outputs_folder)
    }

    #[expect(clippy::too_many_arguments, reason = "it is where two ways meet, and nobody else calls it")]
    fn of(
        context: &mut Context<'_>,
        wiring: crate::wiring::Wiring,
        acts: bool,
        wish: Wish,
        blueprint: Blueprint,
        chosen: Chosen,
        kept: Option<Kept>,
        outputs_folder: PathBuf,
    ) -> Result<Self, Failure> {
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
        let latch = Latch::Shut("access is raised in the console only");
        let wired = Wired { deployment, cloud, operator, latch };
        let case = Case::of_deployment(context, wiring, wired, acts)?;
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

    pub(crate) async fn ask(&self, questions: &[PlannedRead]) -> Findings {
        let Wired { deployment, cloud, .. } = &self.case.wired;
        let clock = Arc::clone(&self.case.wiring.clock);
        findings::find(&deployment.name, Arc::clone(cloud), clock, questions, PATIENCE).await
    }

    /// What is known of the deployment before anything of it is made.
    pub(crate) fn remember(&self, plan: &Plan, profile: Option<&str>) -> Result<(), Failure> {
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

    /// As it was before: a run that never began has made nothing, and what was chosen for it holds for nobody.
    pub(crate) fn remember_as_before(&self) -> Result<(), Failure> {
        let Some(folder) = &self.case.wiring.provisioned else { return Ok(()) };
        provisioned::put_back(folder, self.case.name(), self.kept.as_ref())
    }

    /// The newest run of the deployment, by which it is told whether another was begun since.
    pub(crate) fn newest_run(&self) -> Result<Option<RunId>, Failure> {
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

fn meant(
    named: Option<&str>,
    asked: Option<&str>,
    store: Option<&Path>,
    flags: &BTreeMap<String, String>,
    file: &BTreeMap<String, String>,
    context: &Context<'_>,
) -> Result<Meant, Failure> {
    let load = |name: &DeploymentName| match store {
        Some(folder) => provisioned::load(folder, name),
        None => Ok(None),
    };
    let Some(named) = named else {
        let name = asked.map(DeploymentName::from).ok_or_else(|| {
            Failure::usage("which blueprint is not said").hint("`lifeboat blueprints list` lists them")
        })?;
        let kept = load(&name)?.ok_or_else(|| {
            Failure::usage(format!("nothing is kept of a deployment `{name}`, so its blueprint is not known"))
                .hint("name it: `lifeboat up BLUEPRINT --name NAME`")
        })?;
        let (blueprint, _) = from_kept(&kept)?;
        return Ok(Meant { blueprint, name, kept: Some(kept) });
    };
    let blueprint = blueprint(named)?;
    let name = match asked {
        Some(name) => DeploymentName::from(name),
        None => usual_name(&blueprint, flags, file, context),
    };
    let kept = load(&name)?;
    if let Some(kept) = &kept
        && kept.blueprint != blueprint.manifest.name
    {
        return Err(Failure::usage(format!(
            "the deployment `{name}` was made from the blueprint `{}`, not from `{}`",
            kept.blueprint, blueprint.manifest.name
        ))
        .hint("choose another name with `--name NAME`"));
    }
    Ok(Meant { blueprint, name, kept })
}

/// The blueprint's name, with the suffix where that is not the usual one.
fn usual_name(
    blueprint: &Blueprint,
    flags: &BTreeMap<String, String>,
    file: &BTreeMap<String, String>,
    context: &Context<'_>,
) -> DeploymentName {
    let plain = &blueprint.manifest.name;
    let Some(parameter) = blueprint.manifest.parameter(SUFFIX) else { return DeploymentName::from(plain.as_str()) };
    let of_file = || parameter.configuration.iter().chain([&parameter.name]).find_map(|key| file.get(key)).cloned();
    let of_environment = || parameter.environment.iter().find_map(|variable| context.environment.outside(variable));
    let suffix = flags.get(SUFFIX).cloned().or_else(of_file).or_else(of_environment);
    match suffix {
        Some(suffix) if suffix != parameter.default => DeploymentName::from(format!("{plain}-{suffix}")),
        Some(_) | None => DeploymentName::from(plain.as_str()),
    }
}

fn from_kept(kept: &Kept) -> Result<(Blueprint, Chosen), Failure> {
    let blueprint = match &kept.folder {
        None => blueprint(&kept.blueprint)?,
        Some(folder) => blueprint(&folder.display().to_string())?,
    };
    let chosen = chosen(&blueprint, DeploymentName::from(kept.name.as_str()), &kept.parameters, &kept.tags)?;
    Ok((blueprint, chosen))
}

fn chosen(
    blueprint: &Blueprint,
    name: DeploymentName,
    parameters: &BTreeMap<String, String>,
    tags: &BTreeMap<String, String>,
) -> Result<Chosen, Failure> {
    let given = Given { flags: parameters.clone(), tags: tags.clone(), ..Given::nothing(name) };
    choose(&blueprint.manifest, &given).map_err(|found| mistakes("what it was made with", &found))
}

/// A deployment that somebody else made, or of which nothing is kept: what its stacks were given says what was chosen.
async fn adopted(wiring: &crate::wiring::Wiring, name: &DeploymentName) -> Result<(Blueprint, Chosen), Failure> {
    let wired = wiring.deployments.iter().find(|wired| wired.deployment.name == *name).ok_or_else(|| {
        Failure::usage(format!("there is no deployment `{name}`"))
            .hint(suggest(name.as_str(), wiring.deployments.iter().map(|wired| wired.deployment.name.as_str())))
    })?;
    let deployment = &wired.deployment;
    let Some(found) = deployment.blueprint.and_then(|blueprint| find(blueprint.as_str())) else {
        return Err(Failure::usage(format!("which blueprint `{name}` was made from is not known"))
            .hint("say it in its configuration: `blueprint = \"…\"`"));
    };
    let asked: Vec<PlannedRead> = deployment
        .stacks
        .iter()
        .map(|stack| findings::question(&stack.region, Read::Stacks { stacks: vec![stack.name.clone()] }))
        .collect();
    let known = findings::find(name, Arc::clone(&wired.cloud), Arc::clone(&wiring.clock), &asked, PATIENCE).await;
    let mut parameters = BTreeMap::new();
    for question in &asked {
        let reading = known.get(question);
        let Some(Facts::Stacks(stacks)) = reading.and_then(|reading| reading.value()) else { continue };
        for (key, value) in stacks.iter().flat_map(|stack| &stack.parameters) {
            if found.manifest.parameter(key).is_some() {
                parameters.insert(key.clone(), value.clone());
            }
        }
    }
    parameters.insert(found.manifest.home.parameter.clone(), deployment.regions.home.to_string());
    parameters.insert(found.manifest.partner.parameter.clone(), deployment.regions.partner.to_string());
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

/// What follows from a run of `provision` or `teardown` that ended, whoever began it: outputs are written, what is kept
/// is brought up to date, or forgotten once nothing is left.
pub(crate) async fn follow_up(context: &mut Context<'_>, case: &Case) -> Result<(), Failure> {
    let heads = case.journal.runs(Some(case.name())).map_err(|error| journal_failure(&error))?;
    let Some(head) = heads.first() else { return Ok(()) };
    let (Some(wish), Some(RunOutcome::Completed)) = (Wish::of(head.runbook.as_str()), head.outcome) else {
        return Ok(());
    };
    let Some(folder) = &case.wiring.provisioned else { return Ok(()) };
    if wish == Wish::Teardown {
        return provisioned::forget(folder, case.name());
    }
    let Some(kept) = provisioned::load(folder, case.name())? else { return Ok(()) };
    let kept = refreshed(case, kept).await?;
    provisioned::keep(folder, &kept)?;
    if case.wiring.is_hurried {
        case.wiring.clock.sleep(FIRST_METRICS).await;
    }
    write_outputs(context, &kept)
}

/// With what the stacks tell now.
async fn refreshed(case: &Case, mut kept: Kept) -> Result<Kept, Failure> {
    let (blueprint, chosen) = from_kept(&kept)?;
    let plan = stacks(&blueprint, &chosen).map_err(|found| mistakes("the blueprint with what was chosen", &found))?;
    let question =
        |region: &Region, name: &StackName| findings::question(region, Read::Stacks { stacks: vec![name.clone()] });
    let asked: Vec<PlannedRead> = plan.stacks.iter().map(|spec| question(&spec.region, &spec.name)).collect();
    let (cloud, clock) = (&case.wired.cloud, &case.wiring.clock);
    let known = findings::find(case.name(), Arc::clone(cloud), Arc::clone(clock), &asked, PATIENCE).await;
    for spec in &plan.stacks {
        let reading = known.get(&question(&spec.region, &spec.name));
        let Some(Facts::Stacks(stacks)) = reading.and_then(|reading| reading.value()) else { continue };
        if let Some(stack) = stacks.iter().find(|stack| stack.name == spec.name && stack.is_complete()) {
            kept.outputs.insert(spec.id.clone(), stack.outputs.clone());
        }
    }
    kept.answers.extend(answers(case, &plan, &kept).await);
    let table = lifeboat_blueprint::deployment(&blueprint.manifest, &chosen, &kept.gathered());
    match table {
        Ok(table) => kept.deployment = toml::Table::try_from(table).ok(),
        Err(missing) => return Err(not_told("how it is watched", &missing)),
    }
    Ok(kept)
}

/// What steps found out: the endpoint that follows the writer.
async fn answers(case: &Case, plan: &StackPlan, kept: &Kept) -> BTreeMap<String, String> {
    let mut answers = BTreeMap::new();
    for step in &plan.steps {
        let lifeboat_blueprint::StepAction::GlobalWriterEndpoint { region, global_cluster } = &step.action else {
            continue;
        };
        let Some(id) = text(global_cluster, kept) else { continue };
        let asked = findings::question(region, Read::Aurora { global_cluster: GlobalClusterId::from(id) });
        let (cloud, clock) = (&case.wired.cloud, &case.wiring.clock);
        let questions = std::slice::from_ref(&asked);
        let known = findings::find(case.name(), Arc::clone(cloud), Arc::clone(clock), questions, PATIENCE).await;
        if let Some(Facts::Aurora(facts)) = known.get(&asked).and_then(|reading| reading.value())
            && let Some(endpoint) = facts.global.as_ref().and_then(|global| global.endpoint.clone())
        {
            answers.insert(step.id.clone(), endpoint);
        }
    }
    answers
}

fn text(value: &lifeboat_blueprint::InputValue, kept: &Kept) -> Option<String> {
    use lifeboat_blueprint::InputValue;
    match value {
        InputValue::Literal(text) => Some(text.clone()),
        InputValue::Output { id, key, .. } => kept.outputs.get(id)?.get(key).cloned(),
        InputValue::StepAnswer { step, .. } => kept.answers.get(step).cloned(),
        InputValue::Text(parts) => parts.iter().map(|part| text(part, kept)).collect(),
    }
}

fn not_told(what: &str, missing: &[lifeboat_blueprint::Missing]) -> Failure {
    let lines: Vec<String> = missing.iter().map(|missing| format!("  {missing}")).collect();
    Failure {
        exit: Exit::RunFailed,
        ..Failure::error(format!("everything stands, but {what} cannot be told\n{}", lines.join("\n")))
    }
    .hint("see what the stacks tell with `aws cloudformation describe-stacks`, and `lifeboat up` again")
}

/// With the architecture's own keys, under its own names.
fn write_outputs(context: &mut Context<'_>, kept: &Kept) -> Result<(), Failure> {
    let (blueprint, chosen) = from_kept(kept)?;
    let gathered: Gathered = kept.gathered();
    let table = outputs_file(&blueprint.manifest, &chosen, &gathered)
        .map_err(|missing| not_told("its outputs file", &missing))?;
    let mut text = serde_json::to_string_pretty(&table).unwrap_or_default();
    text.push('\n');
    let folder = &kept.outputs_folder;
    for name in outputs_file_names(&blueprint.manifest, &chosen) {
        let path = folder.join(name);
        let failed = |error: std::io::Error| {
            let failure =
                Failure::error(format!("everything stands, but `{}` could not be written: {error}", path.display()));
            Failure { exit: Exit::RunFailed, ..failure }
                .hint("`lifeboat up` again with `--outputs DIR` writes it elsewhere")
        };
        fs::create_dir_all(folder).map_err(failed)?;
        fs::write(&path, &text).map_err(failed)?;
        let told = context.output.note(&format!("outputs written to `{}`", path.display()));
        told.map_err(|error| Failure::error(error.to_string()))?;
    }
    Ok(())
}
