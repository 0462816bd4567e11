//! What the glass is told of a deployment's stacks: what it consists of by its blueprint, which questions a look takes, and
//! what of their answers is new. It asks and compares; when it is looked is decided elsewhere, and nothing is judged here.

use std::collections::BTreeMap;
use std::sync::Arc;

use lifeboat_blueprint::manifest::ExpectedDrift;
use lifeboat_blueprint::{Blueprint, Chosen, Origin, StackSpec, cost};
use lifeboat_engine::findings::{self, Findings, question};
use lifeboat_engine::planner::building::Earlier;
use lifeboat_model::facts::Facts;
use lifeboat_model::facts::drift::ResourceDrift;
use lifeboat_model::facts::stack::{Stack, StackResource};
use lifeboat_model::id::{DeploymentName, Region, StackName};
use lifeboat_model::observation::Reading;
use lifeboat_model::port::Observe;
use lifeboat_model::read::{PlannedRead, Read};
use lifeboat_model::time::{Clock, Duration, Timestamp, after};
use lifeboat_tui::Msg;
use lifeboat_tui::estate::{Described, Differing, Estate, KnownStack, StackNews, StackPart};

use super::differences::differences;
use super::drafting;

/// How long one answer is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// A comparison is dated by when it was asked for, and what is read of it meanwhile is what it has found so far: so long it
/// is read again at each look.
const COMPARING_LASTS_AT_MOST: Duration = Duration::from_mins(30);

/// Where a stack is.
pub(crate) type Place = (Region, StackName);

/// What was read of a stack, and when.
pub(crate) type News = (Place, Timestamp, StackNews);

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
    /// When the differences were read last.
    drift_read_at: Option<Timestamp>,
}

/// What a deployment consists of, found out once and kept while it is looked at.
pub(crate) struct Scene {
    estate: Estate,
    /// What runs exchange, by the manifest.
    expected: Vec<ExpectedDrift>,
    cloud: Arc<dyn Observe>,
    last: BTreeMap<Place, Last>,
}

/// Known to be part of it, and not looked at yet.
pub(crate) fn unread(id: &str, region: &Region, name: &StackName) -> KnownStack {
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

impl Scene {
    /// What a deployment consists of by its blueprint. `orphans`: stacks that it is known to have had, of parameters that
    /// are off now.
    pub(crate) fn by_blueprint<'a>(
        (blueprint, chosen): (&Blueprint, &Chosen),
        specs: impl Iterator<Item = &'a StackSpec>,
        orphans: impl Iterator<Item = &'a Earlier>,
        cloud: Arc<dyn Observe>,
    ) -> Self {
        let bills = drafting::bills(blueprint, chosen);
        let described = |spec: &StackSpec| KnownStack {
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
        };
        let mut stacks: Vec<KnownStack> = specs.map(described).collect();
        stacks.extend(orphans.map(|Earlier { id, region, name }| unread(id, region, name)));
        let cost = cost(blueprint, chosen).ok();
        let from = match &blueprint.origin {
            Origin::BuiltIn => format!("{} (built in)", blueprint.name()),
            Origin::Folder(path) => format!("{} in {path}", blueprint.name()),
        };
        let estate = Estate {
            blueprint: Some(from),
            gap: None,
            protected: blueprint.manifest.protected,
            bill: cost.as_ref().map(drafting::bill),
            prices: cost.as_ref().map(drafting::prices).unwrap_or_default(),
            stacks,
        };
        Self::of(estate, blueprint.manifest.expected_drift.clone(), cloud)
    }

    /// Of which nothing was read yet.
    pub(crate) fn of(estate: Estate, expected: Vec<ExpectedDrift>, cloud: Arc<dyn Observe>) -> Self {
        Self { estate, expected, cloud, last: BTreeMap::new() }
    }
}

/// What the glass is told of a look. `new`: what the deployment consists of, where that is news itself.
pub(crate) fn messages(deployment: &DeploymentName, new: Option<&Scene>, news: Vec<News>) -> Vec<Msg> {
    let estate =
        new.map(|scene| Msg::Estate { deployment: deployment.clone(), estate: Box::new(scene.estate.clone()) });
    let read = news.into_iter().map(|((region, stack), at, news)| Msg::StackRead {
        deployment: deployment.clone(),
        region,
        stack,
        at,
        news,
    });
    estate.into_iter().chain(read).collect()
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
pub(crate) async fn look(
    name: &DeploymentName,
    scene: &mut Scene,
    only: Option<&[Place]>,
    clock: &Arc<dyn Clock>,
) -> Vec<News> {
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
        let read_at = scene.last.get(*place).and_then(|last| last.drift_read_at);
        checked.is_some_and(|begun| read_at.is_none_or(|at| at < after(begun, COMPARING_LASTS_AT_MOST)))
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
                (last.resources, last.drift, last.drift_read_at) = (None, None, None);
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
    last.drift_read_at = Some(at);
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
