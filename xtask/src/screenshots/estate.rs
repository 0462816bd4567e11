//! What the glass is told of a deployment's stacks, as the program tells it: by its own sources, which are compiled in
//! because the program as a whole needs the AWS SDK, and these files do not. Nobody here made the deployment: its stacks
//! themselves say what was chosen for it.

use std::sync::Arc;

use lifeboat_blueprint::{Given, Mistake, choose, find, stacks};
use lifeboat_engine::findings;
use lifeboat_model::port::Observe;
use lifeboat_model::time::{Clock, Duration};
use lifeboat_model::topology::Deployment;
use lifeboat_tui::Msg;

use super::drafting;

#[path = "../../../src/building/adopting.rs"]
mod adopting;
#[path = "../../../src/commands/drift/differences.rs"]
mod differences;
#[path = "../../../src/session/estate/told.rs"]
mod told;

/// Far more than the simulator needs to answer.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) async fn seen(
    deployment: &Deployment,
    cloud: Arc<dyn Observe>,
    clock: &Arc<dyn Clock>,
) -> Result<Vec<Msg>, String> {
    let name = &deployment.name;
    let blueprint = deployment.blueprint.and_then(|blueprint| find(blueprint.as_str()));
    let blueprint = blueprint.ok_or_else(|| format!("{name} is of no blueprint"))?;
    let asked = adopting::questions(deployment);
    let known = findings::find(name, Arc::clone(&cloud), Arc::clone(clock), &asked, PATIENCE).await;
    let flags = adopting::parameters(&blueprint.manifest, deployment, &known);
    let given = Given { flags, ..Given::nothing(name.clone()) };
    let chosen = choose(&blueprint.manifest, &given).map_err(|found| in_words(&found))?;
    let plan = stacks(blueprint, &chosen).map_err(|found| in_words(&found))?;
    let (whole, specs) = ((blueprint, &chosen), plan.stacks.iter());
    let mut scene = told::Scene::by_blueprint(whole, specs, std::iter::empty(), cloud);
    let news = told::look(name, &mut scene, None, clock).await;
    Ok(told::messages(name, Some(&scene), news))
}

fn in_words(found: &[Mistake]) -> String {
    found.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
