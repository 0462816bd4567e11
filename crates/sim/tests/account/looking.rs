//! How the tests look at a simulated account: one whole refresh, as a console makes it, judged by the model's rules.

use std::time::Duration;

use lifeboat_model::assessment::{Assessment, RunHistory};
use lifeboat_model::port::Observe;
use lifeboat_model::read::Tempo;
use lifeboat_model::rules::{assess, reads};
use lifeboat_model::snapshot::{Observation, Snapshot};
use lifeboat_model::time::after;
use lifeboat_model::topology::{Blueprint, Deployment};
use lifeboat_sim::{EPOCH, Scenario, SimCloud, scenario};

pub(crate) fn scenario(name: &str) -> Scenario {
    scenario::find(name).unwrap_or_else(|| panic!("there is a scenario `{name}`"))
}

pub(crate) fn at(name: &str, offset: u64) -> SimCloud {
    let scenario = scenario(name);
    let seed = scenario.seed;
    SimCloud::at_offset(scenario, seed, Duration::from_secs(offset))
}

pub(crate) fn deployment(cloud: &SimCloud, blueprint: Blueprint) -> Deployment {
    let found = cloud.deployments().into_iter().find(|deployment| deployment.blueprint == Some(blueprint));
    found.expect("every blueprint has a deployment")
}

/// Asks everything, twice: the second time with what the first has told.
pub(crate) async fn refresh(cloud: &SimCloud, deployment: &Deployment, snapshot: &mut Snapshot) {
    for _ in 0..2 {
        let now = after(EPOCH, cloud.offset());
        for planned in reads::planned_reads(deployment, snapshot, now) {
            let outcome = cloud.read(&planned.region, &planned.read).await;
            let service = planned.read.service();
            let deployment = deployment.name.clone();
            snapshot.apply(Observation { deployment, region: planned.region, service, at: now, outcome });
        }
    }
}

pub(crate) async fn snapshot(cloud: &SimCloud, blueprint: Blueprint) -> (Deployment, Snapshot) {
    let deployment = deployment(cloud, blueprint);
    let mut snapshot = Snapshot::default();
    refresh(cloud, &deployment, &mut snapshot).await;
    (deployment, snapshot)
}

pub(crate) async fn assessed(cloud: &SimCloud, blueprint: Blueprint) -> Assessment {
    let (deployment, snapshot) = snapshot(cloud, blueprint).await;
    judge(cloud, &deployment, &snapshot)
}

pub(crate) fn judge(cloud: &SimCloud, deployment: &Deployment, snapshot: &Snapshot) -> Assessment {
    assess(deployment, snapshot, &RunHistory::default(), Tempo::Fast, after(EPOCH, cloud.offset()))
}
