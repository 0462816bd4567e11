//! Simulated accounts at a moment, what is known of their deployments then, and plans carried out on them by hand.

use std::sync::Arc;

use lifeboat_engine::planner::{CannotPlan, Intent, Known, plan};
use lifeboat_engine::runbooks;
use lifeboat_engine::watch::refresh_once;
use lifeboat_model::assessment::{Assessment, RunHistory};
use lifeboat_model::call::Call;
use lifeboat_model::cloud_error::CloudErrorKind;
use lifeboat_model::id::Region;
use lifeboat_model::plan::{Plan, Step};
use lifeboat_model::port::Mutate;
use lifeboat_model::read::Tempo;
use lifeboat_model::rules::assess;
use lifeboat_model::runbook::Runbook;
use lifeboat_model::snapshot::Snapshot;
use lifeboat_model::time::{Duration, Timestamp};
use lifeboat_model::topology::{Blueprint, Deployment};
use lifeboat_sim::{Scenario, SimCloud, scenario};

const LIMIT: Duration = Duration::from_secs(10);
/// Longer than any promotion, health check and TTL of the simulator.
const SETTLES: Duration = Duration::from_mins(5);

pub(crate) struct World {
    cloud: SimCloud,
}

/// A deployment with what is known of it at one moment.
#[derive(Clone)]
pub(crate) struct Look {
    pub(crate) deployment: Deployment,
    pub(crate) snapshot: Snapshot,
    pub(crate) assessment: Assessment,
    pub(crate) history: RunHistory,
    pub(crate) now: Timestamp,
}

pub(crate) fn runbook(name: &str) -> Runbook {
    runbooks::builtin().into_iter().find(|runbook| runbook.name.as_str() == name).unwrap()
}

impl World {
    pub(crate) fn at(scenario: Scenario, offset: Duration) -> Self {
        Self { cloud: SimCloud::at_offset(scenario, 1, offset) }
    }

    pub(crate) fn calm() -> Self {
        Self::at(scenario::find("calm").unwrap(), Duration::from_mins(10))
    }

    /// A minute or more after the home region was lost.
    pub(crate) fn home_lost(after: Duration) -> Self {
        let scenario = scenario::find("region-loss").unwrap();
        let onset = scenario.onset().unwrap();
        Self::at(scenario, onset + after)
    }

    /// Calm until a region is lost, two hours after the beginning.
    pub(crate) fn lost_later(region: &str) -> Self {
        let text = format!(
            "name = \"lost-later\"\npurpose = \"A region is lost.\"\nseed = 1\n\n\
             [[fault]]\nat = \"120m\"\nkind = \"region-loss\"\nregion = \"{region}\"\n"
        );
        Self::at(scenario::parse("lost-later.toml", &text).unwrap(), Duration::from_mins(10))
    }

    pub(crate) fn deployment(&self, blueprint: Blueprint) -> Deployment {
        self.cloud.deployments().into_iter().find(|it| it.blueprint == Some(blueprint)).unwrap()
    }

    pub(crate) fn advance(&self, length: Duration) {
        self.cloud.sim_clock().advance(length);
    }

    pub(crate) fn advance_to(&self, offset: Duration) {
        self.advance(offset.saturating_sub(self.cloud.offset()));
    }

    pub(crate) async fn look(&self, blueprint: Blueprint) -> Look {
        self.look_at(self.deployment(blueprint)).await
    }

    pub(crate) async fn look_at(&self, deployment: Deployment) -> Look {
        let clock = self.cloud.clock();
        let mut snapshot = Snapshot::default();
        for observation in refresh_once(&deployment, Arc::new(self.cloud.clone()), self.cloud.clock(), LIMIT).await {
            snapshot.apply(observation);
        }
        let history = RunHistory::default();
        let now = clock.now();
        let assessment = assess(&deployment, &snapshot, &history, Tempo::Fast, now);
        Look { deployment, snapshot, assessment, history, now }
    }

    /// Looks before and after something, as a console that was open does: what is gone is remembered.
    pub(crate) async fn look_again(&self, held: Look) -> Look {
        let clock = self.cloud.clock();
        let Look { deployment, mut snapshot, history, .. } = held;
        for observation in refresh_once(&deployment, Arc::new(self.cloud.clone()), self.cloud.clock(), LIMIT).await {
            snapshot.apply(observation);
        }
        let now = clock.now();
        let assessment = assess(&deployment, &snapshot, &history, Tempo::Fast, now);
        Look { deployment, snapshot, assessment, history, now }
    }

    /// Every call in order, with time for each step to show; then the ledger, and time again. Returns what was refused.
    pub(crate) async fn carry_out(&self, plan: &Plan) -> Vec<String> {
        let mut refused = Vec::new();
        for step in &plan.steps {
            refused.extend(self.perform(step.calls.clone()).await);
            if !step.calls.is_empty() {
                self.advance(SETTLES);
            }
        }
        for step in plan.steps.iter().rev().filter(|step| step.temporary) {
            refused.extend(self.perform(step.undo().unwrap()).await);
        }
        self.advance(SETTLES);
        refused
    }

    async fn perform(&self, calls: Vec<Call>) -> Vec<String> {
        let mut refused = Vec::new();
        for call in calls {
            // An accelerator takes the next change when it is done with the last.
            for _ in 0..10 {
                match self.cloud.perform(&call).await {
                    Ok(_) => break,
                    Err(error) if error.kind == CloudErrorKind::Conflict => self.advance(Duration::from_secs(5)),
                    Err(error) => {
                        refused.push(error.to_string());
                        break;
                    }
                }
            }
        }
        refused
    }
}

impl Look {
    pub(crate) fn known(&self) -> Known<'_> {
        Known {
            deployment: &self.deployment,
            snapshot: &self.snapshot,
            assessment: &self.assessment,
            history: &self.history,
            now: self.now,
        }
    }

    pub(crate) fn plan(&self, name: &str) -> Result<Plan, CannotPlan> {
        plan(&runbook(name), &Intent::default(), &self.known())
    }

    pub(crate) fn active(&self) -> Option<&Region> {
        self.assessment.forecast.from.as_ref()
    }
}

/// Steps of a plan by their kind's name.
pub(crate) fn steps<'a>(plan: &'a Plan, kind: &str) -> Vec<&'a Step> {
    plan.steps.iter().filter(|step| step.kind.as_str() == kind).collect()
}
