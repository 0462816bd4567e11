//! A simulated account, a deployment of it and a journal, with a person who types the phrase and answers as told.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use lifeboat_engine::approval::Approval;
use lifeboat_engine::journal::{Journal, MemoryJournal};
use lifeboat_engine::planner::{self, Intent, Known};
use lifeboat_engine::run::{self, Order, RunError, Surroundings};
use lifeboat_engine::runbooks;
use lifeboat_engine::watch::refresh_once;
use lifeboat_model::assessment::RunHistory;
use lifeboat_model::guard::GuardName;
use lifeboat_model::plan::Plan;
use lifeboat_model::port::Mutate;
use lifeboat_model::read::Tempo;
use lifeboat_model::rules::assess;
use lifeboat_model::run::{Answer, Entry, Operator, RunEvent, RunId, RunState};
use lifeboat_model::runbook::StepKind;
use lifeboat_model::snapshot::Snapshot;
use lifeboat_model::time::{Timestamp, after};
use lifeboat_model::topology::{Blueprint, Deployment};
use lifeboat_sim::{EPOCH, Pace, SimCloud, scenario};
use tokio::sync::mpsc;

use crate::watchful::Watchful;

pub(crate) const HOUR: Duration = Duration::from_hours(1);

pub(crate) struct World {
    pub(crate) cloud: SimCloud,
    pub(crate) watchful: Arc<Watchful>,
    pub(crate) deployment: Arc<Deployment>,
    pub(crate) journal: Arc<MemoryJournal>,
}

impl World {
    /// Two minutes into a scenario, when whatever it has in store for the first minute has happened.
    pub(crate) fn new(scenario: &str, seed: u64, blueprint: Blueprint) -> Self {
        let scenario = scenario::find(scenario).expect("there is such a scenario");
        let cloud = SimCloud::fresh(scenario, seed, Pace::Max);
        let deployment =
            cloud.deployments().into_iter().find(|it| it.blueprint == Some(blueprint)).expect("it is there");
        cloud.sim_clock().advance(Duration::from_mins(2));
        let journal = Arc::new(MemoryJournal::new());
        let watchful = Arc::new(Watchful::new(cloud.clone(), Arc::clone(&journal)));
        Self { cloud, watchful, deployment: Arc::new(deployment), journal }
    }

    /// A deployment that says nothing of how it is written to.
    pub(crate) fn without_canary(mut self) -> Self {
        let mut deployment = (*self.deployment).clone();
        deployment.canary = None;
        self.deployment = Arc::new(deployment);
        self
    }

    pub(crate) fn surroundings(&self) -> Surroundings {
        Surroundings {
            deployment: Arc::clone(&self.deployment),
            cloud: Arc::clone(&self.watchful) as Arc<dyn Mutate>,
            clock: self.cloud.clock(),
            journal: Arc::clone(&self.journal) as Arc<dyn Journal>,
            operator: operator("ann"),
            runbooks: runbooks::builtin(),
            history: RunHistory::default(),
            known: Snapshot::default(),
            incident_began_at: self.lost_at(),
        }
    }

    /// When the region was lost, where the scenario takes one away: somebody declares it.
    fn lost_at(&self) -> Option<Timestamp> {
        let is_lost = self.cloud.scenario().name == "region-loss";
        is_lost.then(|| after(EPOCH, Duration::from_mins(1)))
    }

    pub(crate) async fn plan(&self, runbook: &str) -> Plan {
        let runbook = runbooks::builtin().into_iter().find(|it| it.name.as_str() == runbook).expect("it is built in");
        let clock = self.cloud.clock();
        let limit = Duration::from_secs(20);
        let seen = refresh_once(&self.deployment, Arc::new(self.cloud.clone()), Arc::clone(&clock), limit).await;
        let mut snapshot = Snapshot::default();
        for observation in seen {
            snapshot.apply(observation);
        }
        let (history, now) = (RunHistory::default(), clock.now());
        let assessment = assess(&self.deployment, &snapshot, &history, Tempo::Fast, now);
        let known = Known {
            deployment: &self.deployment,
            snapshot: &snapshot,
            assessment: &assessment,
            history: &history,
            now,
        };
        planner::plan(&runbook, &Intent::default(), &known).expect("a plan can be made")
    }

    pub(crate) fn approve(&self, plan: &Plan) -> Approval {
        Approval::by_phrase(plan, &plan.hash(), &plan.phrase(), operator("ann"), self.cloud.clock().now())
            .expect("the phrase is right")
    }

    /// From the plan to the end, with nobody there to answer.
    pub(crate) async fn run(&self, plan: Plan) -> Result<RunState, RunError> {
        let (orders, hears) = mpsc::channel(1);
        drop(orders);
        let surroundings = self.surroundings();
        let approval = self.approve(&plan);
        bounded(self, run::start(plan, approval, overrides(), &surroundings, hears, &mut |_| {})).await
    }

    /// The same with a person who says something to entries.
    pub(crate) async fn run_with(
        &self,
        plan: Plan,
        mut person: impl FnMut(&Entry) -> Option<Order> + Send,
    ) -> Result<RunState, RunError> {
        let (orders, hears) = mpsc::channel(64);
        let surroundings = self.surroundings();
        let approval = self.approve(&plan);
        let mut seen = |entry: &Entry| {
            if let Some(order) = person(entry) {
                orders.try_send(order).expect("there is room");
            }
        };
        bounded(self, run::start(plan, approval, overrides(), &surroundings, hears, &mut seen)).await
    }

    pub(crate) async fn resume(&self, run: &RunId) -> Result<RunState, RunError> {
        let surroundings = self.surroundings();
        let (orders, hears) = mpsc::channel(1);
        drop(orders);
        bounded(self, run::resume(run, &surroundings, hears, &mut |_| {})).await
    }

    pub(crate) async fn resume_with(
        &self,
        run: &RunId,
        mut person: impl FnMut(&Entry) -> Option<Order> + Send,
    ) -> Result<RunState, RunError> {
        let surroundings = self.surroundings();
        let (orders, hears) = mpsc::channel(64);
        let mut seen = |entry: &Entry| {
            if let Some(order) = person(entry) {
                orders.try_send(order).expect("there is room");
            }
        };
        bounded(self, run::resume(run, &surroundings, hears, &mut seen)).await
    }

    pub(crate) async fn abort(&self, run: &RunId) -> Result<RunState, RunError> {
        let surroundings = self.surroundings();
        let (orders, hears) = mpsc::channel(1);
        drop(orders);
        bounded(self, run::abort(run, &surroundings, hears, &mut |_| {})).await
    }

    pub(crate) fn only_run(&self) -> RunId {
        self.journal.runs(None).expect("it can be read").first().expect("there is a run").id.clone()
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.journal
            .records(None, 0)
            .expect("it can be read")
            .iter()
            .map(|it| it.entry().expect("it is whole"))
            .collect()
    }

    pub(crate) fn events(&self) -> Vec<RunEvent> {
        self.entries().into_iter().map(|entry| entry.event).collect()
    }

    pub(crate) fn journal_is_whole(&self) -> bool {
        self.journal.verify().is_ok()
    }

    pub(crate) fn region_of_writer(&self) -> Option<String> {
        let truth = self.cloud.truth(&self.deployment)?;
        truth.store(lifeboat_model::assessment::StoreKind::Aurora).map(|store| store.region.to_string())
    }
}

/// The simulated credentials last two hours, and the sum of all time-outs is more. A process that began in a lost
/// us-east-1 never read what Route 53 holds.
fn overrides() -> BTreeMap<GuardName, String> {
    BTreeMap::from([
        (GuardName::Credentials, "they last longer than the simulation".to_owned()),
        (GuardName::TrafficLever, "the health check of the lost region fails by itself".to_owned()),
    ])
}

/// No run may take for ever.
async fn bounded<T>(world: &World, work: impl Future<Output = T> + Send) -> T {
    tokio::select! {
        biased;
        done = work => done,
        () = world.cloud.clock().sleep(HOUR) => panic!("it is still running after an hour\n{}", told(&world.entries())),
    }
}

/// A person who types the phrase of each plan that is to be approved anew, and otherwise does as told.
pub(crate) fn approving(
    mut person: impl FnMut(&Entry) -> Option<Order> + Send,
) -> impl FnMut(&Entry) -> Option<Order> + Send {
    let mut plan = None;
    move |entry| match (&entry.event, &plan) {
        (RunEvent::ModeChanged { plan: changed, .. }, _) => {
            plan = Some(changed.clone());
            person(entry)
        }
        (RunEvent::Question { approves: Some(hash), .. }, Some(plan)) => {
            let approval = Approval::by_phrase(plan, hash, &plan.phrase(), operator("ann"), entry.at);
            Some(Order::Approve(approval.expect("the phrase is right")))
        }
        _ => refused(entry).or_else(|| person(entry)),
    }
}

/// What stands against a plan that was made anew is skipped: what was overridden before was another plan's.
pub(crate) fn refused(entry: &Entry) -> Option<Order> {
    let RunEvent::Question { text, .. } = &entry.event else { return None };
    let reason = "its functions are fenced".to_owned();
    text.contains("the guard traffic-lever refuses").then(|| reply(entry, Answer::Skip { reason }))?
}

/// An answer to the question of this entry.
pub(crate) fn reply(entry: &Entry, answer: Answer) -> Option<Order> {
    let RunEvent::Question { step, text, .. } = &entry.event else { return None };
    Some(Order::Answer { step: step.clone(), question: text.clone(), answer })
}

pub(crate) fn operator(name: &str) -> Operator {
    Operator {
        arn: Some(format!("arn:aws:sts::123456789012:assumed-role/operator/{name}").into()),
        user: name.to_owned(),
        host: "desk".to_owned(),
        process: 7,
    }
}

/// A run as lines, to be read in a failure.
pub(crate) fn told(entries: &[Entry]) -> String {
    let mut lines = String::new();
    for entry in entries.iter().filter(|it| !matches!(it.event, RunEvent::CanaryWritten { .. })) {
        let what = match &entry.event {
            RunEvent::RunStarted { plan, .. } => {
                let steps: Vec<_> = plan.steps.iter().map(|step| format!("{}:{}", step.group, step.id)).collect();
                format!("run_started {steps:?}")
            }
            RunEvent::GuardsJudged { step, reports } => {
                let refused: Vec<_> = reports.iter().filter(|it| !it.allows()).collect();
                format!("guards_judged {step:?} {} refused {refused:?}", reports.len())
            }
            RunEvent::ModeChanged { hash, .. } => format!("mode_changed {hash}"),
            RunEvent::CanariesSought { store, found, missing, unknown } => {
                format!("canaries_sought {store:?} {} {} {}", found.len(), missing.len(), unknown.len())
            }
            other => format!("{other:?}"),
        };
        lines.push_str(&format!("{:>4} {} {what}\n", entry.sequence, entry.at));
    }
    lines
}

/// Leaves of a plan what fences clients out, for good.
pub(crate) fn only_fence(plan: &mut Plan) {
    plan.steps.retain(|step| step.kind == StepKind::Fence);
    for step in &mut plan.steps {
        step.temporary = false;
    }
}
