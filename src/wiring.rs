//! From configuration and flags to the ports, clocks and deployments that commands work with. The only
//! file that names both AWS and the simulator, and the only one that hands out the right to change anything.
//! It starts nothing and prints nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lifeboat_aws::{AwsObserver, AwsOperator, AwsSettings};
use lifeboat_engine::clock::SystemClock;
use lifeboat_model::id::DeploymentName;
use lifeboat_model::port::{Mutate, Observe, Reality};
use lifeboat_model::read::Tempo;
use lifeboat_model::time::{Clock, Timestamp};
use lifeboat_model::topology::{Blueprint, Deployment};
use lifeboat_sim::{Pace, Scenario, SimCloud, scenario};
use lifeboat_tui::keymap::Keymap;
use lifeboat_tui::model::Access;
use lifeboat_tui::theme::Theme;

use crate::cli::{Globals, PaceArgument};
use crate::config::diagnostic::suggest;
use crate::config::env::Environment;
use crate::config::file::{self, DeploymentEntry};
use crate::config::layers::Origin;
use crate::config::{self, Config, Console};
use crate::exit::Failure;
use crate::{discovery, provisioned, themes};

/// What happens in the tutorial's world.
const TUTORIAL: &str = include_str!("commands/tutorial.toml");
/// The scenario shown when nothing is configured.
pub(crate) const CALM: &str = "calm";
/// The simulator's deployment shown first.
pub(crate) const FIRST: Blueprint = Blueprint::PaymentsAurora;

/// A deployment and the door to the cloud it is in: profiles and endpoints may differ from one to the next.
#[derive(Clone)]
pub(crate) struct Wired {
    pub(crate) deployment: Arc<Deployment>,
    pub(crate) cloud: Arc<dyn Observe>,
    /// The same door for somebody who may change what is behind it: with `--operate`, or while access is raised.
    pub(crate) operator: Option<Arc<dyn Mutate>>,
    /// What that door is made from once somebody raises access.
    pub(crate) latch: Latch,
}

impl Wired {
    /// Makes the operator's door for whoever types the deployment's name. Nothing that can change anything exists before.
    pub(crate) fn raise(&mut self, typed: &str) -> Result<(), String> {
        self.may_raise(typed)?;
        self.operator = match &self.latch {
            Latch::Simulated(cloud) => Some(Arc::new(cloud.clone())),
            Latch::Aws(settings) => Some(Arc::new(AwsOperator::new(settings.as_ref().clone()))),
            Latch::Shut(_) => None,
        };
        Ok(())
    }

    /// Whether what was typed would open it.
    pub(crate) fn may_raise(&self, typed: &str) -> Result<(), String> {
        if let Latch::Shut(why) = &self.latch {
            return Err(why.clone());
        }
        let name = &self.deployment.name;
        if typed == name.as_str() {
            Ok(())
        } else {
            Err(format!("it is raised by typing the deployment's name: {name}"))
        }
    }

    /// Gives the door back. A run that goes through it already has its own hold of it, and goes on.
    pub(crate) fn lower(&mut self) {
        self.operator = None;
    }
}

/// What the door of somebody who may act is made from. It can read what any session can, and change nothing.
#[derive(Clone)]
pub(crate) enum Latch {
    Simulated(SimCloud),
    Aws(Box<AwsSettings>),
    /// Nothing is to be changed from this session, with why.
    Shut(String),
}

/// Why access cannot be raised, where it cannot.
pub(crate) fn pinned(globals: &Globals) -> Option<String> {
    if globals.read_only {
        Some("this session was started with `--read-only`".to_owned())
    } else if globals.at_offset.is_some() {
        Some("nothing can be done in a world that stands still; leave `--at-offset` out".to_owned())
    } else {
        None
    }
}

/// Deployments of which nothing may be changed from this machine, each with where that stands.
pub(crate) type Pins = BTreeMap<DeploymentName, String>;

/// Those that the configuration pins to reading.
fn pins(config: &Config) -> Pins {
    let file = config.file.as_ref().map(|file| file.value.display().to_string()).unwrap_or_default();
    let pinned = config.deployments.iter().filter(|entry| entry.access.read_only);
    let why = |entry: &DeploymentEntry| {
        let line = entry.lines.get("access").copied().unwrap_or_default();
        format!("the configuration pins it ({file}, line {line})")
    };
    pinned.map(|entry| (entry.deployment.name.clone(), why(entry))).collect()
}

/// A cloud to read, and for somebody who may change it, to change.
pub(crate) type Door = (Arc<dyn Observe>, Option<Operating>);

/// The port through which a deployment is changed, on its way to the executor.
pub(crate) type Operating = Arc<dyn Mutate>;

/// Looks again which deployments there are.
pub(crate) type There = Arc<dyn Fn() -> Vec<Deployment> + Send + Sync>;

/// Everything a session needs.
#[derive(Clone)]
pub(crate) struct Wiring {
    pub(crate) reality: Reality,
    /// Never empty.
    pub(crate) deployments: Vec<Wired>,
    /// The one to show first; an index into `deployments`.
    pub(crate) selected: usize,
    pub(crate) clock: Arc<dyn Clock>,
    /// Where the journal of these deployments is kept; `None` for a world without memory.
    pub(crate) journal: Option<PathBuf>,
    /// Where what was last known of these deployments is kept; `None` for a world without memory.
    pub(crate) last_known: Option<PathBuf>,
    /// Where what Lifeboat keeps of deployments that it made is; `None` for a world without memory.
    pub(crate) provisioned: Option<PathBuf>,
    /// The account itself, for what is yet to be made in it.
    pub(crate) door: Door,
    /// What its operator's door is made from once somebody raises access to what is yet to be made.
    pub(crate) door_latch: Latch,
    /// The deployments that there are by now: some may have been made, and some taken away, since this was put together.
    pub(crate) there: There,
    /// Whether virtual time stands still unless somebody waits: between two commands no second passes.
    pub(crate) is_hurried: bool,
    /// Where the configuration stands, with the user's own runbooks beside it; `None` without one.
    pub(crate) folder: Option<PathBuf>,
    /// What may only be read from here, though the session may act elsewhere.
    pub(crate) pins: Pins,
    /// What the user should know of the way this was put together, each a sentence.
    pub(crate) notices: Vec<String>,
}

impl Wiring {
    /// Refuses whoever would change what is pinned: no flag of the command would help.
    pub(crate) fn refuse_pinned(&self, name: &DeploymentName) -> Result<(), Failure> {
        match self.pins.get(name) {
            None => Ok(()),
            Some(why) => Err(Failure::refused(format!("access: nothing of `{name}` may be changed from here: {why}"))
                .hint("do it from where it is not pinned, or take that line out; `--operate` does not lift it")),
        }
    }

    pub(crate) fn selected(&self) -> Option<&Wired> {
        self.deployments.get(self.selected)
    }
}

/// What is known before any cloud is opened or asked: enough to draw a first frame from, which waits for nobody.
pub(crate) struct Outline {
    config: Config,
    pub(crate) reality: Reality,
    pub(crate) access: Access,
    /// Never empty. Those that are yet to be discovered have no more than their names and regions.
    pub(crate) deployments: Vec<Deployment>,
    /// The one to show first; an index into `deployments`.
    pub(crate) selected: usize,
    pub(crate) tempo: Tempo,
    pub(crate) themes: Vec<Theme>,
    pub(crate) notices: Vec<String>,
}

impl Outline {
    pub(crate) fn console(&self) -> &Console {
        &self.config.console
    }

    pub(crate) fn keymap(&self) -> &Keymap {
        &self.config.keymap
    }

    /// Whether a configuration was found.
    pub(crate) fn configuration(&self) -> Option<&Path> {
        self.config.file.as_ref().map(|file| file.value.as_path())
    }

    /// What may only be read from here.
    pub(crate) fn pins(&self) -> Pins {
        pins(&self.config)
    }

    pub(crate) fn data_dir(&self) -> &Path {
        &self.config.data_dir.value
    }
}

/// Reads the configuration and finds every mistake that can be found without a cloud.
pub(crate) fn outline(globals: &Globals, environment: &Environment) -> Result<Outline, Failure> {
    let mut config = configuration(globals, environment)?;
    let simulated = globals.simulate.is_some() || (config.deployments.is_empty() && !globals.on_aws);
    if simulated && globals.simulate.is_none() {
        no_mistaking(&config)?;
    }
    if !simulated && let Some(flag) = simulator_flag(globals) {
        return Err(Failure::usage(format!(
            "`{flag}` is for the simulator, and the configuration names real deployments"
        ))
        .hint(format!("add `--simulate`, or leave `{flag}` out")));
    }
    let mut notices = Vec::new();
    notices.extend(config.warnings.clone());
    let known = themes::Known::beside(config.file.as_ref().map(|file| file.value.as_path()));
    notices.extend(known.problems());
    if let Some(theme) = &config.console.theme
        && let Err(missing) = known.named(&theme.value)
    {
        let what = format!("{} ({})", missing.what, theme.origin);
        match theme.origin {
            Origin::Flag(_) => return Err(Failure::usage(what).hint(missing.fix)),
            Origin::Environment(_) => notices.push(format!("{what}; the usual one is taken: {}", missing.fix)),
            // Told with the rest of the file's mistakes.
            Origin::File(_) | Origin::Default => {}
        }
        config.console.theme = None;
    }
    let themes = known.themes;
    let (reality, deployments) = if simulated {
        let scenario = wanted(globals)?;
        let deployments =
            Blueprint::ALL.map(|blueprint| rehearsed(&config, lifeboat_sim::blueprint::outline(blueprint)));
        (Reality::Simulated(scenario.name), deployments.to_vec())
    } else {
        (Reality::Live, config.deployments.iter().map(|entry| entry.deployment.clone()).collect())
    };
    // A simulated account may have more by now than it began with: what it has is known once it is opened.
    let selected = match select(&config, &deployments, simulated) {
        Err(_) if simulated => 0,
        selected => selected?,
    };
    let usual_tempo = if simulated { Tempo::Fast } else { Tempo::Calm };
    let tempo = config.console.tempo.as_ref().map_or(usual_tempo, |tempo| tempo.value);
    let access = if globals.operate { Access::Operate } else { Access::ReadOnly };
    Ok(Outline { config, reality, access, deployments, selected, tempo, themes, notices })
}

/// Who names a deployment of a machine that has worked on real ones does not mean the simulator's of that name: it may
/// just have been taken away.
fn no_mistaking(config: &Config) -> Result<(), Failure> {
    match &config.deployment {
        Some(wanted) if has_live_journal(config) => Err(Failure::usage(format!(
            "no deployment `{}` is configured ({}), and none is left that Lifeboat made",
            wanted.value, wanted.origin
        ))
        .hint(
            "`lifeboat runs` tells what became of it; `--simulate` looks at the simulator's of that name; `lifeboat \
             import` configures one",
        )),
        Some(_) | None => Ok(()),
    }
}

fn has_live_journal(config: &Config) -> bool {
    config.data_dir.value.join(JOURNAL).is_dir()
}

/// Puts a session together. Only discovery asks a cloud anything here.
/// For one look: a simulated world stands still meanwhile, however fast it goes on.
pub(crate) async fn wire(globals: &Globals, environment: &Environment) -> Result<Wiring, Failure> {
    put_together(globals, outline(globals, environment)?, Look::Once).await
}

/// The same for a command that waits and acts: a simulated world goes on meanwhile.
pub(crate) async fn wire_to_act(globals: &Globals, environment: &Environment) -> Result<Wiring, Failure> {
    if globals.at_offset.is_some() {
        return Err(Failure::usage("nothing can be done in a world that stands still")
            .hint("leave `--at-offset` out; `--fresh` begins a world anew"));
    }
    put_together(globals, outline(globals, environment)?, Look::Watching).await
}

/// What can be told without asking any cloud: where the journal is, and what was configured.
pub(crate) struct Records {
    pub(crate) journal: Option<PathBuf>,
    pub(crate) deployments: Vec<Deployment>,
    /// The one that is meant where none is named.
    pub(crate) selected: Option<DeploymentName>,
    pub(crate) now: Timestamp,
}

pub(crate) fn records(globals: &Globals, environment: &Environment) -> Result<Records, Failure> {
    let config = configuration(globals, environment)?;
    // What was done in AWS stays told after the last deployment there is taken away.
    if globals.simulate.is_none() && config.deployments.is_empty() && has_live_journal(&config) {
        let journal = Some(config.data_dir.value.join(JOURNAL));
        let selected = config.deployment.as_ref().map(|named| DeploymentName::from(named.value.as_str()));
        return Ok(Records { journal, deployments: Vec::new(), selected, now: SystemClock.now() });
    }
    let outline = outline(globals, environment)?;
    let (journal, now) = match &outline.reality {
        Reality::Live => (Some(outline.config.data_dir.value.join(JOURNAL)), SystemClock.now()),
        Reality::Simulated(_) => {
            let world = simulator(globals, &outline.config, Look::Once)?;
            (world.journal, world.clock.now())
        }
    };
    let selected = outline.deployments.get(outline.selected).map(|deployment| deployment.name.clone());
    Ok(Records { journal, deployments: outline.deployments, selected, now })
}

/// From the outline to the clouds themselves, to be watched.
pub(crate) async fn connect(globals: &Globals, outline: Outline) -> Result<Wiring, Failure> {
    put_together(globals, outline, Look::Watching).await
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    Once,
    Watching,
}

async fn put_together(globals: &Globals, outline: Outline, look: Look) -> Result<Wiring, Failure> {
    let Outline { config, reality, selected, mut notices, .. } = outline;
    let world = match &reality {
        Reality::Simulated(_) => simulator(globals, &config, look)?,
        Reality::Live => aws(globals, &config, &mut notices).await?,
    };
    let pins = pins(&config);
    let World { reality, deployments, clock, journal, last_known, provisioned, door, door_latch, there, is_hurried } =
        world;
    let folder = config.file.as_ref().and_then(|file| file.value.parent()).map(Path::to_owned);
    let selected = if reality.is_simulated() && !deployments.is_empty() {
        let there: Vec<Deployment> = deployments.iter().map(|wired| (*wired.deployment).clone()).collect();
        select(&config, &there, true)?
    } else {
        selected
    };
    Ok(Wiring {
        reality,
        deployments,
        selected,
        clock,
        journal,
        last_known,
        provisioned,
        door,
        door_latch,
        there,
        is_hurried,
        folder,
        pins,
        notices,
    })
}

/// With `--simulate` a broken or missing file must not keep anyone from rehearsing: it is not read unless asked for.
fn configuration(globals: &Globals, environment: &Environment) -> Result<Config, Failure> {
    match config::load(globals, environment) {
        // Freeze windows and second persons of the same name are none of the tutorial's.
        Ok(config) if globals.rehearsal => Ok(Config { deployments: Vec::new(), ..config }),
        Ok(config) => Ok(config),
        Err(failure) if globals.simulate.is_none() || globals.config.is_some() => Err(failure),
        Err(failure) => {
            let mut config = config::without_file(globals, environment)?;
            config.warnings = Some(format!("the configuration is left aside: {}", failure.message));
            Ok(config)
        }
    }
}

struct World {
    reality: Reality,
    deployments: Vec<Wired>,
    clock: Arc<dyn Clock>,
    journal: Option<PathBuf>,
    last_known: Option<PathBuf>,
    provisioned: Option<PathBuf>,
    door: Door,
    door_latch: Latch,
    there: There,
    is_hurried: bool,
}

/// The journal's folder, in the data folder or among a simulated world's belongings.
const JOURNAL: &str = "journal";
/// Beside it.
const LAST_KNOWN: &str = "last-known";

/// The first flag that only the simulator understands.
fn simulator_flag(globals: &Globals) -> Option<&'static str> {
    let flags = [
        ("--seed", globals.seed.is_some()),
        ("--at-offset", globals.at_offset.is_some()),
        ("--pace", globals.pace.is_some()),
        ("--fresh", globals.fresh),
    ];
    flags.into_iter().find_map(|(flag, given)| given.then_some(flag))
}

fn simulator(globals: &Globals, config: &Config, look: Look) -> Result<World, Failure> {
    let scenario = wanted(globals)?;
    let seed = globals.seed.unwrap_or(scenario.seed);
    let pace = globals.pace.map(|pace| match pace {
        PaceArgument::Max => Pace::Max,
        PaceArgument::Times(times) => Pace::Real(times),
    });
    let name = scenario.name.clone();
    let cloud = match globals.at_offset {
        Some(offset) => {
            for (flag, given) in [("--fresh", globals.fresh), ("--pace", globals.pace.is_some())] {
                if given {
                    return Err(Failure::usage(format!("`{flag}` means nothing with `--at-offset`"))
                        .hint("`--at-offset` is a world without memory that stands still: leave one of them out"));
                }
            }
            SimCloud::at_offset(scenario, seed, offset)
        }
        None => open(&config.data_dir.value, scenario, seed, pace, globals.fresh)?,
    };
    let belongings = |name: &str| cloud.belongings().map(|folder| folder.join(name));
    let (journal, last_known) = (belongings(JOURNAL), belongings(LAST_KNOWN));
    let provisioned = belongings(provisioned::FOLDER);
    let is_hurried = cloud.sim_clock().pace() == Pace::Max;
    let cloud = if look == Look::Once { cloud.moment() } else { cloud };
    let clock = cloud.clock();
    let door: Door = (
        Arc::new(cloud.clone()) as Arc<dyn Observe>,
        globals.operate.then(|| Arc::new(cloud.clone()) as Arc<dyn Mutate>),
    );
    let there: There = {
        let (cloud, folder, config) = (cloud.clone(), provisioned.clone(), config.clone());
        Arc::new(move || {
            let mut there = cloud.deployments();
            for made in folder.iter().flat_map(|folder| made_here(folder)) {
                // What the account itself knows of a deployment is more than what is kept while it is being made.
                if there.iter().all(|known| known.name != made.name) {
                    there.push(made);
                }
            }
            there.into_iter().map(|deployment| rehearsed(&config, deployment)).collect()
        })
    };
    let door_latch = pinned(globals).map_or_else(|| Latch::Simulated(cloud.clone()), Latch::Shut);
    let pins = pins(config);
    let deployments = there()
        .into_iter()
        .map(|deployment| {
            let pin = pins.get(&deployment.name);
            Wired {
                deployment: Arc::new(deployment),
                cloud: Arc::clone(&door.0),
                operator: door.1.clone().filter(|_| pin.is_none()),
                latch: pin.map_or_else(|| door_latch.clone(), |why| Latch::Shut(why.clone())),
            }
        })
        .collect();
    Ok(World {
        reality: Reality::Simulated(name),
        deployments,
        clock,
        journal,
        last_known,
        provisioned,
        door,
        door_latch,
        there,
        is_hurried,
    })
}

/// What was made here, or begun to be made. What of it cannot be read is told to whoever names it.
fn made_here(folder: &Path) -> Vec<Deployment> {
    let (kept, _) = provisioned::all(folder);
    let made = kept.iter().flat_map(|kept| file::parse(&kept.configuration()).0.deployments);
    made.map(|entry| entry.deployment).collect()
}

/// A simulated deployment under the rules that the configuration gives one of its name: schedules, freeze windows and
/// the second person are rehearsed too.
fn rehearsed(config: &Config, deployment: Deployment) -> Deployment {
    let own = config.deployments.iter().find(|entry| entry.deployment.name == deployment.name);
    match own {
        Some(entry) => Deployment { policy: entry.deployment.policy.clone(), ..deployment },
        None => deployment,
    }
}

fn open(data_dir: &Path, scenario: Scenario, seed: u64, pace: Option<Pace>, fresh: bool) -> Result<SimCloud, Failure> {
    let shown = data_dir.display().to_string();
    SimCloud::open(data_dir, scenario, seed, pace, fresh).map_err(|error| {
        Failure::error(format!("the simulated world kept in `{shown}` cannot be opened: {error}")).hint(
            "`--fresh` begins it anew, `--data-dir DIR` keeps it elsewhere, `--at-offset SECONDS` needs no folder",
        )
    })
}

/// The scenario that is asked for.
fn wanted(globals: &Globals) -> Result<Scenario, Failure> {
    if globals.rehearsal {
        return scenario::parse("tutorial.toml", TUTORIAL).map_err(|error| Failure::error(error.to_string()));
    }
    scenario(globals.simulate.as_deref().unwrap_or(CALM))
}

/// A built-in scenario by name, or the user's by path.
pub(crate) fn scenario(name: &str) -> Result<Scenario, Failure> {
    if let Some(found) = scenario::find(name) {
        return Ok(found);
    }
    if name.contains(std::path::MAIN_SEPARATOR) || Path::new(name).extension().is_some_and(|ending| ending == "toml") {
        if !Path::new(name).exists() {
            return Err(Failure::usage(format!("there is no scenario file `{name}`"))
                .hint("`lifeboat scenarios` lists those that are built in"));
        }
        return scenario::load(Path::new(name)).map_err(|error| {
            Failure::error(error.to_string()).hint("`lifeboat scenarios` lists those that are built in")
        });
    }
    let known: Vec<String> = scenario::builtin().into_iter().map(|scenario| scenario.name).collect();
    let hint = suggest(name, known.iter().map(String::as_str));
    Err(Failure::usage(format!("there is no scenario `{name}`"))
        .hint(format!("{hint}\n`lifeboat scenarios` lists them; a path to a `.toml` file is one of your own")))
}

async fn aws(globals: &Globals, config: &Config, notices: &mut Vec<String>) -> Result<World, Failure> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let folder = config.file.as_ref().and_then(|file| file.value.parent()).unwrap_or(Path::new("."));
    let pins = pins(config);
    // Side by side: one deployment whose region hangs must not keep the others waiting.
    let wired = futures::future::join_all(config.deployments.iter().map(|entry| {
        let place = discovery::Place { configuration: folder, memory: &config.data_dir.value };
        let clock = Arc::clone(&clock);
        let pin = pinned(globals).or_else(|| pins.get(&entry.deployment.name).cloned());
        async move {
            let (cloud, operator) = doors(globals, entry);
            let mut told = Vec::new();
            let deployment = match &entry.discover {
                None => entry.deployment.clone(),
                Some(wanted) => {
                    discovery::complete(&entry.deployment, wanted, &place, &cloud, clock.as_ref(), &mut told).await?
                }
            };
            let latch = pin.map_or_else(|| Latch::Aws(Box::new(settings(&entry.access))), Latch::Shut);
            Ok::<_, Failure>((Wired { deployment: Arc::new(deployment), cloud, operator, latch }, told))
        }
    }))
    .await;
    let mut deployments = Vec::new();
    for outcome in wired {
        let (wired, told) = outcome?;
        notices.extend(told);
        deployments.push(wired);
    }
    let kept = |name: &str| Some(config.data_dir.value.join(name));
    let (journal, last_known) = (kept(JOURNAL), kept(LAST_KNOWN));
    let provisioned = kept(provisioned::FOLDER);
    let door = doors_of(globals, &file::Access::default());
    let account = || Latch::Aws(Box::new(settings(&file::Access::default())));
    let door_latch = pinned(globals).map_or_else(account, Latch::Shut);
    let there: There = {
        let folder = provisioned.clone();
        Arc::new(move || folder.iter().flat_map(|folder| made_here(folder)).collect())
    };
    Ok(World {
        reality: Reality::Live,
        deployments,
        clock,
        journal,
        last_known,
        provisioned,
        door,
        door_latch,
        there,
        is_hurried: false,
    })
}

/// The door to read through, and with `--operate` the same one to act through.
fn doors(globals: &Globals, entry: &DeploymentEntry) -> Door {
    doors_of(globals, &entry.access)
}

fn doors_of(globals: &Globals, access: &file::Access) -> Door {
    let settings = settings(access);
    if globals.operate && !access.read_only {
        let operator = Arc::new(AwsOperator::new(settings));
        (Arc::clone(&operator) as Arc<dyn Observe>, Some(operator))
    } else {
        (Arc::new(AwsObserver::new(settings)), None)
    }
}

fn settings(access: &file::Access) -> AwsSettings {
    AwsSettings {
        profile: access.profile.clone(),
        role_arn: access.role_arn.clone(),
        endpoint_urls: access.endpoint_urls.clone(),
        resolvers: access.resolvers.clone(),
        ..AwsSettings::default()
    }
}

/// The door for a look around before there is a configuration: the simulator where it is asked for, else AWS.
pub(crate) fn explorer(
    globals: &Globals,
    environment: &Environment,
    access: &file::Access,
) -> Result<Arc<dyn Observe>, Failure> {
    if globals.simulate.is_none() {
        return Ok(Arc::new(AwsObserver::new(settings(access))));
    }
    let world = simulator(globals, &config::without_file(globals, environment)?, Look::Once)?;
    world
        .deployments
        .first()
        .map(|wired| Arc::clone(&wired.cloud))
        .ok_or_else(|| Failure::error("the simulator is empty"))
}

fn select(config: &Config, deployments: &[Deployment], simulated: bool) -> Result<usize, Failure> {
    let position = |name: &str| deployments.iter().position(|deployment| deployment.name.as_str() == name);
    let Some(wanted) = &config.deployment else {
        return Ok(if simulated { position(FIRST.as_str()).unwrap_or(0) } else { 0 });
    };
    if let Some(found) = position(&wanted.value) {
        return Ok(found);
    }
    // The file's own choice is among its own deployments, and says nothing about the simulator's.
    if simulated && matches!(wanted.origin, config::layers::Origin::File(_)) {
        return Ok(position(FIRST.as_str()).unwrap_or(0));
    }
    let names: Vec<&str> = deployments.iter().map(|deployment| deployment.name.as_str()).collect();
    let place = if simulated { "on the simulator" } else { "in the configuration" };
    Err(Failure::usage(format!("there is no deployment `{}` {place} ({})", wanted.value, wanted.origin))
        .hint(suggest(&wanted.value, names)))
}
