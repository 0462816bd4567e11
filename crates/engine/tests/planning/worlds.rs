//! Simulated accounts at a moment, and what is known of their deployments then.

use std::sync::Arc;

use lifeboat_engine::planner::Known;
use lifeboat_engine::watch::refresh_once;
use lifeboat_model::assessment::{Assessment, RunHistory};
use lifeboat_model::read::Tempo;
use lifeboat_model::rules::assess;
use lifeboat_model::snapshot::Snapshot;
use lifeboat_model::time::{Duration, Timestamp};
use lifeboat_model::topology::Deployment;
use lifeboat_sim::{Scenario, SimCloud, scenario};

const LIMIT: Duration = Duration::from_secs(10);

pub(crate) struct World {
    pub(crate) cloud: SimCloud,
}

/// A deployment with what is known of it at one moment.
pub(crate) struct Look {
    pub(crate) deployment: Deployment,
    pub(crate) snapshot: Snapshot,
    pub(crate) assessment: Assessment,
    pub(crate) history: RunHistory,
    pub(crate) now: Timestamp,
}

impl World {
    pub(crate) fn at(scenario: Scenario, offset: Duration) -> Self {
        Self { cloud: SimCloud::at_offset(scenario, 1, offset) }
    }

    pub(crate) async fn calm() -> Self {
        Self::at(scenario::find("calm").unwrap(), Duration::from_mins(10))
    }

    pub(crate) async fn looks(&self) -> Vec<Look> {
        let mut looks = Vec::new();
        for deployment in self.cloud.deployments() {
            looks.push(self.look(deployment).await);
        }
        looks
    }

    pub(crate) async fn look(&self, deployment: Deployment) -> Look {
        let clock = self.cloud.clock();
        let mut snapshot = Snapshot::default();
        for observation in refresh_once(&deployment, Arc::new(self.cloud.clone()), self.cloud.clock(), LIMIT).await {
            snapshot.apply(observation);
        }
        let history = RunHistory::default();
        let now = clock.now();
        let assessment = assess(&deployment, &snapshot, &history, Tempo::Calm, now);
        Look { deployment, snapshot, assessment, history, now }
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
}
