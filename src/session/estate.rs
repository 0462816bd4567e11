//! Reads the stacks of the deployment in view, beside the loop and beside the polls: only while somebody looks at them, or
//! while something is done to them. One look is under way at a time. It asks and compares; it judges and changes nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use lifeboat_blueprint::manifest::ExpectedDrift;
use lifeboat_blueprint::{Origin, cost};
use lifeboat_engine::findings::{self, Findings, question};
use lifeboat_engine::planner::building::Earlier;
use lifeboat_model::facts::Facts;
use lifeboat_model::facts::drift::ResourceDrift;
use lifeboat_model::facts::stack::{Stack, StackResource};
use lifeboat_model::id::{DeploymentName, Region, StackName};
use lifeboat_model::observation::Reading;
use lifeboat_model::port::Observe;
use lifeboat_model::read::{PlannedRead, Read};
use lifeboat_model::run::StepStatus;
use lifeboat_model::runbook::DRIFT;
use lifeboat_model::time::{Clock, Timestamp, age};
use lifeboat_tui::acting::LiveRun;
use lifeboat_tui::estate::{
    Described, Differing, Doing, Estate, KnownStack, StackNews, StackPart, doing, is_about_stacks, stack_of,
};
use lifeboat_tui::model::{Stage, Watched};
use lifeboat_tui::screens::{Screen, stacks::EVERY};
use lifeboat_tui::{Model, Msg};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::apart::Apart;
use super::drafting;
use crate::building::{Building, Site, Wish};
use crate::commands::drift::differences;
use crate::exit::Failure;

/// Between two looks at what is under way: of the reader's time, since it is the reader who waits.
const WHILE_BUILT: Duration = Duration::from_secs(3);
/// Between two looks at all the other stacks meanwhile.
const OTHERS: Duration = Duration::from_secs(30);
/// How long one answer is waited for.
const PATIENCE: lifeboat_model::time::Duration = lifeboat_model::time::Duration::from_secs(30);

/// Where a stack is.
type Place = (Region, StackName);

/// A stack, where it is known whether there is one.
#[derive(Clone, Debug, Default, PartialEq)]
enum Seen<T> {
    #[default]
    Unknown,
    Absent,
    Stands(T),
}

impl<T> Seen<T> {
    fn stack(self) -> Option<T> {
        match self {
            Self::Stands(stack) => Some(stack),
            Self::Unknown | Self::Absent => None,
        }
    }
}

/// What was told of a stack last: the same is not told again.
#[derive(Clone, Debug, Default)]
struct Last {
    stack: Seen<Stack>,
    resources: Option<Vec<StackResource>>,
    drift: Option<Vec<Differing>>,
    /// The detection that the differences are of.
    drift_of: Option<Timestamp>,
}

/// What a deployment consists of, found out once and kept while it is looked at.
struct Scene {
    estate: Estate,
    /// What runs exchange, by the manifest.
    expected: Vec<ExpectedDrift>,
    cloud: Arc<dyn Observe>,
    last: BTreeMap<Place, Last>,
}

/// One look.
pub(crate) struct Surveyed {
    deployment: DeploymentName,
    scene: Scene,
    is_new: bool,
    news: Vec<(Place, Timestamp, StackNews)>,
}

pub(crate) struct Surveyor {
    site: Option<Site>,
    found: mpsc::Sender<Surveyed>,
    under_way: bool,
    scene: Option<(DeploymentName, Scene)>,
    /// When the last look was begun: by the cloud's clock, and by the reader's.
    last: Option<(DeploymentName, Timestamp, Instant)>,
    all_at: Option<Instant>,
    /// Somebody wants it read now.
    asked: bool,
}

impl Surveyor {
    /// What is found comes from the other end.
    pub(crate) fn new() -> (Self, mpsc::Receiver<Surveyed>) {
        let (found, surveyed) = mpsc::channel(1);
        let surveyor =
            Self { site: None, found, under_way: false, scene: None, last: None, all_at: None, asked: false };
        (surveyor, surveyed)
    }

    pub(crate) fn begin(&mut self, site: Site) {
        self.site = Some(site);
    }

    /// What a deployment consists of is another thing now.
    pub(crate) fn forget(&mut self, site: Site) {
        (self.site, self.scene, self.last) = (Some(site), None, None);
    }

    /// At the next tick, whatever the cadence says.
    pub(crate) fn refresh(&mut self) {
        self.asked = true;
    }

    /// Begins a look where one is due.
    pub(crate) fn tick(&mut self, model: &Model, clock: &Arc<dyn Clock>) {
        let (Some(site), Some(watched)) = (self.site.clone(), model.watched()) else { return };
        let going = building_run(watched);
        let is_compared = model.screen == Screen::Run && has_unread_drift(watched);
        let is_seen = model.screen == Screen::Stacks || going.is_some() || is_compared;
        if self.under_way || !is_seen || watched.stage == Stage::Gone {
            return;
        }
        // Nothing is there yet, and nothing is being made.
        if watched.stage == Stage::Unmade && going.is_none() {
            return;
        }
        let name = &watched.deployment.name;
        let now = clock.now();
        let is_due = match self.last.as_ref().filter(|(last, ..)| last == name) {
            None => true,
            Some((_, _, at)) if going.is_some() || is_compared => at.elapsed() >= WHILE_BUILT,
            Some((_, at, _)) => self.asked || *at > now || age(now, *at) >= EVERY,
        };
        if !is_due {
            return;
        }
        let whole = going.is_none() || self.asked || self.all_at.is_none_or(|at| at.elapsed() >= OTHERS);
        let only = if whole { None } else { going.map(restless) };
        if whole {
            self.all_at = Some(Instant::now());
        }
        (self.under_way, self.asked) = (true, false);
        self.last = Some((name.clone(), now, Instant::now()));
        let known = self.scene.take().filter(|(of, _)| of == name).map(|(_, scene)| scene);
        let (name, found, clock) = (name.clone(), self.found.clone(), Arc::clone(clock));
        Apart::let_go(async move {
            let (mut scene, is_new) = match known {
                Some(scene) => (scene, false),
                None => (set(&site, &name).await, true),
            };
            let news = look(&name, &mut scene, only.as_deref(), &clock).await;
            // Nobody listens any more when the console is being left.
            drop(found.send(Surveyed { deployment: name, scene, is_new, news }).await);
        });
    }

    /// What the glass is told of a look.
    pub(crate) fn messages(&mut self, surveyed: Surveyed) -> Vec<Msg> {
        self.under_way = false;
        let Surveyed { deployment, scene, is_new, news } = surveyed;
        // What it consists of was found to be another thing meanwhile: it is looked at anew.
        if self.last.as_ref().is_none_or(|(last, ..)| *last != deployment) {
            return Vec::new();
        }
        let mut told = Vec::new();
        if is_new {
            told.push(Msg::Estate { deployment: deployment.clone(), estate: Box::new(scene.estate.clone()) });
        }
        told.extend(news.into_iter().map(|((region, stack), at, news)| Msg::StackRead {
            deployment: deployment.clone(),
            region,
            stack,
            at,
            news,
        }));
        self.scene = Some((deployment, scene));
        told
    }
}

/// The run that makes, deletes or compares stacks, while it is under way.
fn building_run(watched: &Watched) -> Option<(&Watched, &LiveRun)> {
    let run = watched.run.as_ref().filter(|run| !run.is_over())?;
    run.state().filter(|state| is_about_stacks(&state.plan)).map(|_| (watched, run))
}

/// Whether a comparison is over, and what it found was not read yet: the screen of its run tells it.
fn has_unread_drift(watched: &Watched) -> bool {
    let run = watched.run.as_ref().filter(|run| run.is_over());
    let Some(state) = run.and_then(LiveRun::state).filter(|state| state.plan.runbook.as_str() == DRIFT) else {
        return false;
    };
    watched.estate.as_ref().is_none_or(|estate| estate.drifted_since(state.started_at).is_none())
}

/// The stacks that something is done to: by the run, or by AWS's own word.
fn restless((watched, run): (&Watched, &LiveRun)) -> Vec<Place> {
    let state = run.state();
    let steps = state.iter().flat_map(|state| {
        let begun = state.plan.steps.iter().filter(|step| state.status(&step.id) == StepStatus::Begun);
        begun.filter_map(stack_of).map(|(region, stack)| (region.clone(), stack.clone()))
    });
    let changing = watched.estate.iter().flat_map(|estate| &estate.stacks).filter(|known| {
        let is_changing = |status: &str| doing(status) == Doing::Changing;
        known.stack.value().and_then(Option::as_ref).is_some_and(|stack| is_changing(&stack.status))
    });
    let mut places: Vec<Place> =
        steps.chain(changing.map(|known| (known.region.clone(), known.name.clone()))).collect();
    places.sort();
    places.dedup();
    places
}

/// What the deployment consists of: by its blueprint, else by the stacks that its configuration names.
async fn set(site: &Site, name: &DeploymentName) -> Scene {
    match Building::of_what_stands_at(site, name, Wish::Drift).await {
        Ok(building) => by_blueprint(&building),
        Err(failure) => by_name(site, name, &failure),
    }
}

fn unread(id: &str, region: &Region, name: &StackName) -> KnownStack {
    KnownStack {
        id: id.to_owned(),
        name: name.clone(),
        region: region.clone(),
        bill: None,
        described: Vec::new(),
        stack: Reading::default(),
        resources: Reading::default(),
        drift: Reading::default(),
    }
}

fn by_blueprint(building: &Building) -> Scene {
    let (blueprint, chosen) = (&building.blueprint, &building.chosen);
    let bills = drafting::bills(blueprint, chosen);
    let mut stacks: Vec<KnownStack> = building
        .specs()
        .map(|spec| KnownStack {
            bill: bills.get(&spec.id).cloned(),
            described: spec
                .evaluated
                .resources
                .iter()
                .map(|resource| Described {
                    logical_id: resource.logical_id.clone(),
                    resource_type: resource.resource_type.clone(),
                })
                .collect(),
            ..unread(&spec.id, &spec.region, &spec.name)
        })
        .collect();
    stacks.extend(building.orphans().map(|Earlier { id, region, name }| unread(id, region, name)));
    let cost = cost(blueprint, chosen).ok();
    let from = match &blueprint.origin {
        Origin::BuiltIn => format!("{} (built in)", blueprint.name()),
        Origin::Folder(path) => format!("{} in {path}", blueprint.name()),
    };
    Scene {
        estate: Estate {
            blueprint: Some(from),
            gap: None,
            protected: blueprint.manifest.protected,
            bill: cost.as_ref().map(drafting::bill),
            prices: cost.as_ref().map(drafting::prices).unwrap_or_default(),
            stacks,
        },
        expected: blueprint.manifest.expected_drift.clone(),
        cloud: Arc::clone(&building.wired().cloud),
        last: BTreeMap::new(),
    }
}

/// Nobody here made it: what its configuration names is read all the same, and what is missing is said.
fn by_name(site: &Site, name: &DeploymentName, failure: &Failure) -> Scene {
    let wired = site.wiring.deployments.iter().find(|wired| wired.deployment.name == *name);
    let stacks: Vec<KnownStack> = wired
        .iter()
        .flat_map(|wired| &wired.deployment.stacks)
        .map(|stack| unread(stack.name.as_str(), &stack.region, &stack.name))
        .collect();
    let fix = failure.hint.as_deref().map_or_else(String::new, |hint| format!("\n{hint}"));
    let gap = if stacks.is_empty() {
        format!(
            "no stack of {name} is known to Lifeboat: {}{fix}\nname its stacks under `stacks` of the deployment in the \
             configuration, region by region, and they are shown here",
            failure.message
        )
    } else {
        format!("what its stacks should hold, and what they cost, is not known: {}{fix}", failure.message)
    };
    Scene {
        estate: Estate { gap: Some(gap), stacks, ..Estate::default() },
        expected: Vec::new(),
        cloud: wired.map_or_else(|| Arc::clone(&site.wiring.door.0), |wired| Arc::clone(&wired.cloud)),
        last: BTreeMap::new(),
    }
}

fn ask_stack((region, name): &Place) -> PlannedRead {
    question(region, Read::Stacks { stacks: vec![name.clone()] })
}

fn ask_resources((region, name): &Place) -> PlannedRead {
    question(region, Read::StackResources { stacks: vec![name.clone()] })
}

fn ask_drift((region, name): &Place) -> PlannedRead {
    question(region, Read::StackDrifts { stacks: vec![name.clone()] })
}

/// Asks, and tells what is new. `only`: these stacks, and not all.
async fn look(
    name: &DeploymentName,
    scene: &mut Scene,
    only: Option<&[Place]>,
    clock: &Arc<dyn Clock>,
) -> Vec<(Place, Timestamp, StackNews)> {
    let all = scene.estate.stacks.iter().map(|known| (known.region.clone(), known.name.clone()));
    let places: Vec<Place> = all.filter(|place| only.is_none_or(|only| only.contains(place))).collect();
    let ask = |asked: Vec<PlannedRead>| {
        let (cloud, clock) = (Arc::clone(&scene.cloud), Arc::clone(clock));
        async move { findings::find(name, cloud, clock, &asked, PATIENCE).await }
    };
    let mut found: Findings = ask(places.iter().map(ask_stack).collect()).await;
    // Of a stack that is not there there is nothing else to ask, and of one that was never compared no difference.
    let is_there = |place: &&Place| stack_in(&found, place).stack().is_some();
    let standing: Vec<Place> = places.iter().filter(is_there).cloned().collect();
    let compared = |place: &&Place| {
        let checked = stack_in(&found, place).stack().and_then(|stack| stack.drift_checked_at);
        checked.is_some() && scene.last.get(*place).is_none_or(|last| last.drift_of != checked)
    };
    let mut asked: Vec<PlannedRead> = standing.iter().map(ask_resources).collect();
    asked.extend(standing.iter().filter(compared).map(ask_drift));
    let more = ask(asked).await;
    found.join(more);
    let mut news = Vec::new();
    for place in places {
        let id = scene.estate.stack(&place.0, &place.1).map_or_else(String::new, |known| known.id.clone());
        let last = scene.last.entry(place.clone()).or_default();
        for told in [
            of_stack(&found, &place, last),
            of_resources(&found, &place, last),
            of_drift(&found, &place, &id, &scene.expected, last),
        ] {
            news.extend(told.map(|(at, news)| (place.clone(), at, news)));
        }
    }
    news
}

fn stack_in<'a>(found: &'a Findings, place: &Place) -> Seen<&'a Stack> {
    let reading = found.get(&ask_stack(place)).filter(|reading| reading.failure.is_none());
    let Some(Facts::Stacks(stacks)) = reading.and_then(Reading::value) else { return Seen::Unknown };
    match stacks.iter().find(|stack| stack.name == place.1 && !stack.is_deleted()) {
        Some(stack) => Seen::Stands(stack),
        None => Seen::Absent,
    }
}

/// The answer, or why there is none.
fn heard<'a>(
    found: &'a Findings,
    asked: &PlannedRead,
    part: StackPart,
) -> Option<(Timestamp, Result<&'a Facts, StackNews>)> {
    let reading = found.get(asked)?;
    match (&reading.failure, &reading.last) {
        (Some(failure), _) => Some((failure.at, Err(StackNews::Failed(part, failure.error.clone())))),
        (None, Some(last)) => Some((last.at, Ok(&last.value))),
        (None, None) => None,
    }
}

fn of_stack(found: &Findings, place: &Place, last: &mut Last) -> Option<(Timestamp, StackNews)> {
    match heard(found, &ask_stack(place), StackPart::Stack)? {
        (at, Err(failed)) => Some((at, failed)),
        (at, Ok(_)) => {
            let now = match stack_in(found, place) {
                Seen::Unknown => return None,
                Seen::Absent => Seen::Absent,
                Seen::Stands(stack) => Seen::Stands(stack.clone()),
            };
            if last.stack == now {
                return Some((at, StackNews::Unchanged(StackPart::Stack)));
            }
            if now == Seen::Absent {
                // What it held went with it.
                (last.resources, last.drift, last.drift_of) = (None, None, None);
            }
            last.stack = now.clone();
            Some((at, StackNews::Stack(now.stack().map(Box::new))))
        }
    }
}

fn of_resources(found: &Findings, place: &Place, last: &mut Last) -> Option<(Timestamp, StackNews)> {
    let nothing = |at| (at, StackNews::Resources(Vec::new()));
    let Some((at, heard)) = heard(found, &ask_resources(place), StackPart::Resources) else {
        // There is no such stack: that it holds nothing is known as well.
        let at = found.get(&ask_stack(place))?.last.as_ref()?.at;
        return (stack_in(found, place) == Seen::Absent).then(|| nothing(at));
    };
    match heard {
        Err(failed) => Some((at, failed)),
        Ok(Facts::StackResources(resources)) if last.resources.as_ref() == Some(resources) => {
            Some((at, StackNews::Unchanged(StackPart::Resources)))
        }
        Ok(Facts::StackResources(resources)) => {
            last.resources = Some(resources.clone());
            Some((at, StackNews::Resources(resources.clone())))
        }
        Ok(_) => None,
    }
}

fn of_drift(
    found: &Findings,
    place: &Place,
    id: &str,
    expected: &[ExpectedDrift],
    last: &mut Last,
) -> Option<(Timestamp, StackNews)> {
    let (at, heard) = heard(found, &ask_drift(place), StackPart::Drift)?;
    let drifts = match heard {
        Err(failed) => return Some((at, failed)),
        Ok(Facts::StackDrifts(drifts)) => drifts,
        Ok(_) => return None,
    };
    let resources = drifts.iter().filter(|drift| drift.stack == place.1).flat_map(|drift| &drift.resources);
    let differing: Vec<Differing> = resources.flat_map(|resource| differing(id, resource, expected)).collect();
    last.drift_of = stack_in(found, place).stack().and_then(|stack| stack.drift_checked_at);
    if last.drift.as_ref() == Some(&differing) {
        return Some((at, StackNews::Unchanged(StackPart::Drift)));
    }
    last.drift = Some(differing.clone());
    Some((at, StackNews::Drift(differing)))
}

/// What differs, with what runs exchange told apart, as `lifeboat drift` does.
fn differing(id: &str, resource: &ResourceDrift, expected: &[ExpectedDrift]) -> Vec<Differing> {
    differences(id, resource, expected)
        .into_iter()
        .map(|difference| Differing {
            logical_id: difference.resource.logical_id.clone(),
            resource_type: difference.resource.resource_type.clone(),
            what: difference.what(),
            because: difference.because.map(str::to_owned),
        })
        .collect()
}
