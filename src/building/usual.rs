//! How a deployment is called, and where its outputs are written, unless somebody says otherwise.

use std::collections::BTreeMap;

use lifeboat_blueprint::Blueprint;
use lifeboat_model::id::DeploymentName;

/// Where outputs files are written.
pub(crate) const OUTPUTS_FOLDER: &str = "cfn-outputs";
/// The parameter by which deployments of one blueprint are told apart.
const SUFFIX: &str = "EnvironmentSuffix";

/// The blueprint's name, with the suffix where that is not the usual one. `flags` hold values by the parameter's name,
/// `file` by its name or its configuration keys.
pub(crate) fn name(
    blueprint: &Blueprint,
    [flags, file]: [&BTreeMap<String, String>; 2],
    environment: &dyn Fn(&str) -> Option<String>,
) -> DeploymentName {
    let plain = &blueprint.manifest.name;
    let Some(parameter) = blueprint.manifest.parameter(SUFFIX) else { return DeploymentName::from(plain.as_str()) };
    let of_file = || parameter.configuration.iter().chain([&parameter.name]).find_map(|key| file.get(key)).cloned();
    let of_environment = || parameter.environment.iter().find_map(|variable| environment(variable));
    let suffix = flags.get(SUFFIX).cloned().or_else(of_file).or_else(of_environment);
    match suffix {
        Some(suffix) if suffix != parameter.default => DeploymentName::from(format!("{plain}-{suffix}")),
        Some(_) | None => DeploymentName::from(plain.as_str()),
    }
}
