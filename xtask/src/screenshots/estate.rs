//! What the glass is told of a deployment's stacks, as the program tells it: by its own sources, which are compiled in
//! because the program as a whole needs the AWS SDK, and these files do not. Nobody here made the deployment: its stacks
//! themselves say what was chosen for it.

use std::sync::Arc;

use lifeboat_blueprint::{Given, choose, find, stacks};
use lifeboat_engine::findings;
use lifeboat_model::id::DeploymentName;
use lifeboat_model::port::Observe;
use lifeboat_model::time::{Clock, Duration};
use lifeboat_model::topology::Deployment;
use lifeboat_tui::Msg;

use super::drafting;
use super::making::{Yard, in_words};

#[path = "../../../src/building/adopting.rs"]
mod adopting;
#[path = "../../../src/commands/drift/differences.rs"]
mod differences;
#[path = "../../../src/session/estate/told.rs"]
mod told;

pub(super) use told::Scene;

/// Far more than the simulator needs to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// What stands, by what its own stacks were given.
pub(super) async fn stood(
    deployment: &Deployment,
    cloud: Arc<dyn Observe>,
    clock: &Arc<dyn Clock>,
) -> Result<Yard, String> {
    let name = &deployment.name;
    let blueprint = deployment.blueprint.and_then(|blueprint| find(blueprint.as_str()));
    let blueprint = blueprint.ok_or_else(|| format!("{name} is of no blueprint"))?;
    let asked = adopting::questions(deployment);
    let known = findings::find(name, cloud, Arc::clone(clock), &asked, PATIENCE).await;
    let flags = adopting::parameters(&blueprint.manifest, deployment, &known);
    let given = Given { flags, ..Given::nothing(name.clone()) };
    let chosen = choose(&blueprint.manifest, &given).map_err(|found| in_words(&found))?;
    let stacks = stacks(blueprint, &chosen).map_err(|found| in_words(&found))?;
    Ok(Yard { blueprint, chosen, stacks })
}

pub(super) async fn seen(
    deployment: &Deployment,
    cloud: Arc<dyn Observe>,
    clock: &Arc<dyn Clock>,
) -> Result<Vec<Msg>, String> {
    let yard = stood(deployment, Arc::clone(&cloud), clock).await?;
    Ok(look(&deployment.name, &mut yard.scene(cloud), true, clock).await)
}

/// `is_new`: what it consists of was not told yet.
pub(super) async fn look(name: &DeploymentName, scene: &mut Scene, is_new: bool, clock: &Arc<dyn Clock>) -> Vec<Msg> {
    let news = told::look(name, scene, None, clock).await;
    told::messages(name, is_new.then_some(&*scene), news)
}
