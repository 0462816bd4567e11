//! What the glass is told of the built-in blueprints and of choices for them, as the program tells it: by its own sources,
//! which are compiled in because the program as a whole needs the AWS SDK, and these files do not. Whoever chooses here has
//! made nothing before, and no variable of the machine is looked at.

use std::collections::BTreeMap;

use lifeboat_blueprint::{Blueprint, Given, builtin, choose, find};
use lifeboat_model::id::DeploymentName;
use lifeboat_tui::drafting::{Choice, Draft, Offer};

#[path = "../../../src/session/drafting/told.rs"]
mod told;
#[path = "../../../src/building/usual.rs"]
mod usual;

pub(super) use told::{bill, bills, prices};

pub(super) fn offers() -> Vec<Offer> {
    builtin().iter().map(|blueprint| told::offer(blueprint.name(), blueprint)).collect()
}

fn usual_name(blueprint: &Blueprint, choice: &Choice) -> DeploymentName {
    usual::name(blueprint, [&choice.values, &BTreeMap::new()], &|_: &str| None)
}

/// What the deployment will be called.
pub(super) fn name(blueprint: &Blueprint, choice: &Choice) -> DeploymentName {
    choice.name.as_deref().map_or_else(|| usual_name(blueprint, choice), DeploymentName::from)
}

/// `is_known`: whether a deployment of that name stands.
pub(super) fn draft(choice: &Choice, is_known: impl Fn(&DeploymentName) -> bool) -> Result<Draft, String> {
    let blueprint = find(&choice.blueprint).ok_or_else(|| format!("there is no blueprint `{}`", choice.blueprint))?;
    let (manifest, nowhere) = (&blueprint.manifest, |_: &str| None);
    let usual = usual_name(blueprint, choice);
    let name = name(blueprint, choice);
    let given = Given { flags: choice.values.clone(), ..Given::nothing(name) };
    let judged = choose(manifest, &given).map_err(|found| told::complaints(manifest, &found)).and_then(|chosen| {
        let outputs = usual::OUTPUTS_FOLDER.to_owned();
        told::outcome(blueprint, &chosen, is_known(&chosen.deployment), outputs)
    });
    let fields = told::fields(&nowhere, manifest, BTreeMap::new(), usual.to_string());
    Ok(told::drafted(choice, blueprint, fields, judged))
}
