//! Reads the stacks of the deployment in view, beside the loop and beside the polls: only while somebody looks at them, or
//! while something is done to them. One look is under way at a time. It asks and compares; it judges and changes nothing.

use std::sync::Arc;
use std::time::Duration;

use lifeboat_model::id::DeploymentName;
use lifeboat_model::run::StepStatus;
use lifeboat_model::runbook::DRIFT;
use lifeboat_model::time::{Clock, Timestamp, age};
use lifeboat_tui::acting::LiveRun;
use lifeboat_tui::estate::{Doing, Estate, KnownStack, doing, is_about_stacks, stack_of};
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

mod told;

use told::{News, Place, Scene, look, messages, unread};

/// Between two looks at what is under way: of the reader's time, since it is the reader who waits.
const WHILE_BUILT: Duration = Duration::from_secs(3);
/// Between two looks at all the other stacks meanwhile.
const OTHERS: Duration = Duration::from_secs(30);
/// One look.
pub(crate) struct Surveyed {
    deployment: DeploymentName,
    scene: Scene,
    is_new: bool,
    news: Vec<News>,
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
        let told = messages(&deployment, is_new.then_some(&scene), news);
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
    let run = run.filter(|run| run.state().is_some_and(|state| state.plan.runbook.as_str() == DRIFT));
    run.is_some_and(|run| run.found_by_comparing(watched.estate.as_ref()).is_none())
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
        Ok(building) => {
            let whole = (&building.blueprint, &building.chosen);
            Scene::by_blueprint(whole, building.specs(), building.orphans(), Arc::clone(&building.wired().cloud))
        }
        Err(failure) => by_name(site, name, &failure),
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
    let cloud = wired.map_or_else(|| Arc::clone(&site.wiring.door.0), |wired| Arc::clone(&wired.cloud));
    Scene::of(Estate { gap: Some(gap), stacks, ..Estate::default() }, Vec::new(), cloud)
}
