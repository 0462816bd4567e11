//! Pictures of stacks that are made and taken away: the plan that says what would be deleted, and a deployment in the middle
//! of being made. The plans are the planner's, and the run is carried out on the simulated account.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use lifeboat_blueprint::{Blueprint, Chosen, Given, Mistake, StackPlan, choose, find, stacks};
use lifeboat_engine::findings::{self, Findings};
use lifeboat_engine::guards::{self, Session};
use lifeboat_engine::journal::{self, Journal};
use lifeboat_engine::planner::Known;
use lifeboat_engine::planner::building::{self as planning, provision, teardown};
use lifeboat_engine::preflight;
use lifeboat_model::assessment::{Assessment, RunHistory};
use lifeboat_model::plan::StepId;
use lifeboat_model::port::{Observe, Reality};
use lifeboat_model::read::{PlannedRead, Tempo};
use lifeboat_model::run::Entry;
use lifeboat_model::runbook::{RunbookName, TEARDOWN};
use lifeboat_model::snapshot::Snapshot;
use lifeboat_model::time::{Clock, Timestamp};
use lifeboat_model::topology::{self, Deployment, InRegion};
use lifeboat_tui::acting::Proposal;
use lifeboat_tui::drafting::Choice;
use lifeboat_tui::estate::KnownStack;
use lifeboat_tui::{Model, Msg, update};

use super::building::fill_in;
use super::desk::Desk;
use super::estate::Scene;
use super::{Taken, drafting, picture};

const COLUMNS: u16 = 120;
const ROWS: u16 = 40;
const LOOKS: Duration = Duration::from_secs(8);
/// Far more than the simulator needs to answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// What is asked may follow from what was answered, this many times over.
const ROUNDS: usize = 4;

/// A blueprint with what is chosen for it, and the stacks that it comes to.
pub(super) struct Yard {
    pub(super) blueprint: &'static Blueprint,
    pub(super) chosen: Chosen,
    pub(super) stacks: StackPlan,
}

impl Yard {
    pub(super) fn scene(&self, cloud: Arc<dyn Observe>) -> Scene {
        Scene::by_blueprint((self.blueprint, &self.chosen), self.stacks.stacks.iter(), std::iter::empty(), cloud)
    }

    /// The deployment before anything of it is there.
    pub(super) fn bare(&self) -> Deployment {
        let Chosen { deployment, home, partner, .. } = &self.chosen;
        let mut bare = Deployment::bare(deployment.clone(), home.clone(), partner.clone());
        bare.blueprint = topology::Blueprint::parse(self.blueprint.name());
        let own = self.stacks.stacks.iter().filter(|spec| bare.regions.contains(&spec.region));
        bare.stacks = own.map(|spec| InRegion::new(spec.region.clone(), spec.name.clone())).collect();
        bare
    }
}

pub(super) fn in_words(found: &[Mistake]) -> String {
    found.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// What was chosen in the form.
pub(super) fn chosen(choice: &Choice) -> Result<Yard, String> {
    let blueprint = find(&choice.blueprint).ok_or_else(|| format!("there is no blueprint `{}`", choice.blueprint))?;
    let given = Given { flags: choice.values.clone(), ..Given::nothing(drafting::name(blueprint, choice)) };
    let chosen = choose(&blueprint.manifest, &given).map_err(|found| in_words(&found))?;
    let stacks = stacks(blueprint, &chosen).map_err(|found| in_words(&found))?;
    Ok(Yard { blueprint, chosen, stacks })
}

/// What is known where a plan of stacks is made.
pub(super) struct Ground<'a> {
    pub(super) deployment: &'a Deployment,
    pub(super) snapshot: &'a Snapshot,
    pub(super) assessment: &'a Assessment,
    pub(super) history: &'a RunHistory,
    pub(super) session: &'a Session,
    pub(super) reality: &'a Reality,
}

/// Of which step it is known how long it took, and in how many runs.
type Lengths = BTreeMap<StepId, (Duration, usize)>;

fn of_stacks<'a>(
    yard: &'a Yard,
    ground: &'a Ground<'_>,
    (findings, lengths): (&'a Findings, &'a Lengths),
    now: Timestamp,
) -> planning::Ground<'a> {
    planning::Ground {
        blueprint: yard.blueprint,
        chosen: &yard.chosen,
        stacks: &yard.stacks,
        earlier: &[],
        account: ground.assessment.identity.account.as_ref(),
        objectives: &ground.deployment.objectives,
        findings,
        lengths,
        now,
    }
}

/// Asks what must be known, and plans, as the program does.
pub(super) async fn plan(
    yard: &Yard,
    runbook: &RunbookName,
    ground: &Ground<'_>,
    journal: &dyn Journal,
    (cloud, clock): (Arc<dyn Observe>, Arc<dyn Clock>),
) -> Result<Proposal, String> {
    let is_teardown = runbook.as_str() == TEARDOWN;
    let lengths = journal::step_lengths(journal, runbook.as_str(), yard.blueprint.name(), ground.reality)
        .map_err(|error| error.to_string())?;
    let now = clock.now();
    let ask = |asked: Vec<PlannedRead>| {
        let (cloud, clock) = (Arc::clone(&cloud), Arc::clone(&clock));
        async move { findings::find(&ground.deployment.name, cloud, clock, &asked, PATIENCE).await }
    };
    let mut known = Findings::default();
    for _ in 0..ROUNDS {
        let asked = {
            let on = of_stacks(yard, ground, (&known, &lengths), now);
            if is_teardown { teardown::questions(&on) } else { provision::questions(&on) }
        };
        let missing: Vec<PlannedRead> = asked.into_iter().filter(|asked| known.get(asked).is_none()).collect();
        if missing.is_empty() {
            break;
        }
        known.join(ask(missing).await);
    }
    let plan = {
        let on = of_stacks(yard, ground, (&known, &lengths), now);
        if is_teardown { teardown::teardown(&on) } else { provision::provision(&on) }
    };
    let plan = plan.map_err(|error| error.to_string())?;
    known.join(ask(guards::questions(&plan.guards, &plan)).await);
    let seen = Known {
        deployment: ground.deployment,
        snapshot: ground.snapshot,
        assessment: ground.assessment,
        history: ground.history,
        now: clock.now(),
    };
    let reports = preflight::judge(&plan, &seen, (Tempo::Fast, &known), ground.session, &BTreeMap::new());
    Ok(Proposal::new(runbook.clone(), false, plan, reports))
}

pub(super) async fn pictures() -> Result<Vec<Taken>, String> {
    let mut all = vec![taken_away().await?];
    all.extend(made().await?);
    Ok(all)
}

async fn sit_down() -> Result<Desk, String> {
    let mut desk = Desk::open("calm", topology::Blueprint::PaymentsAurora)?;
    for _ in 0..2 {
        desk.let_pass(LOOKS);
        desk.look().await?;
    }
    Ok(desk)
}

async fn taken_away() -> Result<Taken, String> {
    let mut desk = sit_down().await?;
    desk.press("0")?;
    desk.survey().await?;
    desk.press("x")?;
    desk.plan_stacks().await?;
    taken(&desk.model, ("teardown-plan", "The plan that takes a deployment away: what refuses, what goes, what stays"))
}

/// When the pictures are taken a stack stands, another is under way, and so much of that is there already.
const RESOURCES: usize = 8;

async fn made() -> Result<Vec<Taken>, String> {
    let mut desk = sit_down().await?;
    fill_in(&mut desk)?;
    desk.press("enter")?;
    desk.plan_stacks().await?;
    let mut all = vec![taken(
        &desk.model,
        ("provision-plan", "The plan that makes a deployment: its stacks in order, what each costs"),
    )?];
    desk.press("x")?;
    let phrase = desk.model.watched().and_then(|watched| watched.proposal.as_ref()).map(|it| it.plan.phrase());
    desk.type_in(&phrase.ok_or("nothing is proposed")?)?;
    desk.press("enter")?;
    let mut seen = |model: &Model, _: Option<&Entry>| {
        if !is_halfway(model) {
            return Ok(ControlFlow::Continue(()));
        }
        all.push(taken(
            model,
            ("provisioning", "Stacks being made: what is done, what is under way, what is to come"),
        )?);
        let mut model = model.clone();
        let key = "0".parse().map_err(|error| format!("{error}"))?;
        drop(update(&mut model, Msg::Key(key)));
        all.push(taken(&model, ("stacks-made", "The same, stack by stack and resource by resource"))?);
        Ok(ControlFlow::Break(()))
    };
    desk.conduct(&mut seen).await?;
    if all.len() == 3 { Ok(all) } else { Err("the stacks were made before anybody looked".to_owned()) }
}

fn is_halfway(model: &Model) -> bool {
    let Some(estate) = model.watched().and_then(|watched| watched.estate.as_ref()) else { return false };
    let is = |known: &KnownStack, status: &str| {
        known.stack.value().and_then(Option::as_ref).is_some_and(|stack| stack.status == status)
    };
    let made = |known: &KnownStack| {
        let all = known.resources.value().into_iter().flatten();
        all.filter(|resource| resource.status == "CREATE_COMPLETE").count()
    };
    estate.stacks.iter().any(|known| is(known, "CREATE_COMPLETE"))
        && estate.stacks.iter().any(|known| is(known, "CREATE_IN_PROGRESS") && made(known) >= RESOURCES)
}

fn taken(model: &Model, (name, title): (&'static str, &'static str)) -> Result<Taken, String> {
    let mut model = model.clone();
    drop(update(&mut model, Msg::Resized { columns: COLUMNS, rows: ROWS }));
    let caption = format!("Scenario `calm`, `payments-aurora`, {COLUMNS}×{ROWS}.");
    picture(&model, name, title, caption)
}
