//! What was chosen for a deployment that somebody else made, or of which nothing is kept: its stacks were given it, and
//! tell it. Which questions that takes, and what follows from their answers; the asking is done elsewhere.

use std::collections::BTreeMap;

use lifeboat_blueprint::manifest::Manifest;
use lifeboat_engine::findings::{self, Findings};
use lifeboat_model::facts::Facts;
use lifeboat_model::read::{PlannedRead, Read};
use lifeboat_model::topology::Deployment;

pub(crate) fn questions(deployment: &Deployment) -> Vec<PlannedRead> {
    deployment
        .stacks
        .iter()
        .map(|stack| findings::question(&stack.region, Read::Stacks { stacks: vec![stack.name.clone()] }))
        .collect()
}

/// By the parameters' names, the regions' among them.
pub(crate) fn parameters(manifest: &Manifest, deployment: &Deployment, known: &Findings) -> BTreeMap<String, String> {
    let mut parameters = BTreeMap::new();
    for question in questions(deployment) {
        let reading = known.get(&question);
        let Some(Facts::Stacks(stacks)) = reading.and_then(|reading| reading.value()) else { continue };
        for (key, value) in stacks.iter().flat_map(|stack| &stack.parameters) {
            if manifest.parameter(key).is_some() {
                parameters.insert(key.clone(), value.clone());
            }
        }
    }
    parameters.insert(manifest.home.parameter.clone(), deployment.regions.home.to_string());
    parameters.insert(manifest.partner.parameter.clone(), deployment.regions.partner.to_string());
    parameters
}
