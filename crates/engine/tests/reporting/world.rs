//! A simulated account with a journal, and whoever carries out runbooks in it.

use std::sync::Arc;

use lifeboat_engine::approval::Approval;
use lifeboat_engine::journal::{Journal, MemoryJournal};
use lifeboat_engine::planner::{self, Intent, Known};
use lifeboat_engine::run::{self, RunError, Surroundings};
use lifeboat_engine::runbooks;
use lifeboat_engine::watch::refresh_once;
use lifeboat_model::assessment::RunHistory;
use lifeboat_model::guard::GuardName;
use lifeboat_model::plan::Plan;
use lifeboat_model::read::Tempo;
use lifeboat_model::rules::assess;
use lifeboat_model::run::{Operator, RunState};
use lifeboat_model::snapshot::Snapshot;
use lifeboat_model::time::Duration;
use lifeboat_model::topology::{Blueprint, Deployment};
use lifeboat_sim::{Pace, SimCloud, scenario};
use tokio::sync::mpsc;

pub(crate) struct World {
    pub(crate) cloud: SimCloud,
    pub(crate) deployment: Arc<Deployment>,
    pub(crate) journal: Arc<MemoryJournal>,
}

impl World {
    /// Two minutes into a scenario, when whatever it has in store for the first minute has happened.
    pub(crate) fn new(scenario: &str, seed: u64, blueprint: Blueprint) -> Self {
        let cloud = SimCloud::fresh(scenario::find(scenario).unwrap(), seed, Pace::Max);
        let deployment = cloud.deployments().into_iter().find(|it| it.blueprint == Some(blueprint)).unwrap();
        cloud.sim_clock().advance(Duration::from_mins(2));
        Self { cloud, deployment: Arc::new(deployment), journal: Arc::new(MemoryJournal::new()) }
    }

    pub(crate) async fn plan(&self, runbook: &str) -> Plan {
        let runbook = runbooks::builtin().into_iter().find(|it| it.name.as_str() == runbook).unwrap();
        let (clock, limit) = (self.cloud.clock(), Duration::from_secs(20));
        let mut snapshot = Snapshot::default();
        for seen in refresh_once(&self.deployment, Arc::new(self.cloud.clone()), Arc::clone(&clock), limit).await {
            snapshot.apply(seen);
        }
        let (history, now) = (RunHistory::default(), clock.now());
        let assessment = &assess(&self.deployment, &snapshot, &history, Tempo::Fast, now);
        let known = Known { deployment: &self.deployment, snapshot: &snapshot, assessment, history: &history, now };
        planner::plan(&runbook, &Intent::default(), &known).unwrap()
    }

    /// Against every guard that a person may go on against, with nobody to answer.
    pub(crate) async fn carry_out(&self, plan: Plan) -> Result<RunState, RunError> {
        let (orders, hears) = mpsc::channel(1);
        drop(orders);
        let now = self.cloud.clock().now();
        let approval = Approval::by_phrase(&plan, &plan.hash(), &plan.phrase(), operator("ann"), now).unwrap();
        let guards = GuardName::COMPOSABLE.into_iter().filter(|it| it.can_be_overridden() && plan.guards.contains(it));
        let overrides = guards.map(|guard| (guard, "to be told".to_owned())).collect();
        let surroundings = Surroundings {
            deployment: Arc::clone(&self.deployment),
            cloud: Arc::new(self.cloud.clone()),
            clock: self.cloud.clock(),
            journal: Arc::clone(&self.journal) as Arc<dyn Journal>,
            operator: operator("ann"),
            runbooks: runbooks::builtin(),
            history: RunHistory::default(),
            known: Snapshot::default(),
            incident_began_at: None,
        };
        run::start(plan, approval, overrides, &surroundings, hears, &mut |_| {}).await
    }
}

pub(crate) fn operator(name: &str) -> Operator {
    Operator {
        arn: Some(format!("arn:aws:sts::123456789012:assumed-role/operator/{name}").into()),
        user: name.to_owned(),
        host: "desk".to_owned(),
        process: 7,
    }
}
