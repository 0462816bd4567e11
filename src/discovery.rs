//! Finding what a deployment consists of: in an outputs file, in CloudFormation stacks, by a tag. What
//! cannot be known is said, not guessed.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use lifeboat_model::id::Region;
use lifeboat_model::port::Observe;
use lifeboat_model::time::Clock;
use lifeboat_model::topology::{Deployment, RegionPair};
use serde::Serialize;

use crate::config::file::Discover;
use crate::exit::Failure;

pub(crate) mod gaps;
pub(crate) mod outputs;
pub(crate) mod resources;
pub(crate) mod stacks;
pub(crate) mod tags;

/// How long a session's start may wait for discovery: a region that hangs must not keep the console shut.
const PATIENCE: Duration = Duration::from_secs(8);

/// What was found, and how sure it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Found {
    pub(crate) deployment: Deployment,
    /// What was not read but follows: a value and the rule it follows from.
    pub(crate) derived: Vec<Derived>,
    /// What the architecture has, and could not be known.
    pub(crate) unknown: Vec<Unknown>,
    /// What was read and is of no use here.
    pub(crate) unused: Vec<String>,
    /// What is odd.
    pub(crate) warnings: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Derived {
    pub(crate) what: String,
    pub(crate) value: String,
    pub(crate) from: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Unknown {
    pub(crate) what: String,
    /// What to add to the configuration, and where to look it up.
    pub(crate) fix: String,
}

impl Found {
    pub(crate) fn of(deployment: Deployment) -> Self {
        Self { deployment, derived: Vec::new(), unknown: Vec::new(), unused: Vec::new(), warnings: Vec::new() }
    }
}

/// Where discovery may look besides the cloud.
pub(crate) struct Place<'a> {
    /// The configuration's folder, from which outputs files are named.
    pub(crate) configuration: &'a Path,
    /// The data folder, in which the last discovery is remembered.
    pub(crate) memory: &'a Path,
}

/// `stated` with what is discovered added. In a disaster the region that would tell may be the lost one: then the
/// last discovery is used, and said to be.
pub(crate) async fn complete(
    stated: &Deployment,
    wanted: &Discover,
    place: &Place<'_>,
    cloud: &Arc<dyn Observe>,
    clock: &dyn Clock,
    notices: &mut Vec<String>,
) -> Result<Deployment, Failure> {
    let name = &stated.name;
    if let Discover::Outputs(path) = wanted {
        let path = place.configuration.join(path);
        let found = outputs::read_file(&path, &outputs::Hints::of(stated))?;
        return Ok(merge(stated, found.deployment));
    }
    let kept = place.memory.join("discovered").join(format!("{name}.json"));
    let search = async {
        match wanted {
            Discover::Stacks(wanted) => stacks::discover(stated, wanted, cloud.as_ref()).await,
            Discover::Tag { key, value } => tags::discover(stated, key, value, cloud.as_ref()).await,
            Discover::Outputs(_) => Ok(Found::of(stated.clone())),
        }
    };
    let outcome = tokio::select! {
        outcome = search => outcome.map_err(|error| error.to_string()),
        () = clock.sleep(PATIENCE) => Err(format!("no answer within {} seconds", PATIENCE.as_secs())),
    };
    match outcome {
        Ok(found) => {
            if found.unknown.is_empty() && found.warnings.is_empty() {
                remember(&kept, &found.deployment);
            }
            notices.extend(found.warnings.into_iter().map(|warning| format!("{name}: {warning}")));
            Ok(merge(stated, found.deployment))
        }
        Err(reason) => {
            if let Some(remembered) = recall(&kept) {
                notices.push(format!("{name}: discovery failed ({reason}): what it found the last time is used"));
                Ok(merge(stated, remembered))
            } else {
                notices
                    .push(format!("{name}: discovery failed ({reason}): only what the configuration states is shown"));
                Ok(stated.clone())
            }
        }
    }
}

/// A memory that cannot be written or read is none; the next discovery makes another.
fn remember(path: &Path, deployment: &Deployment) {
    let written = path
        .parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| serde_json::to_vec(deployment).map_err(Into::into))
        .and_then(|bytes| fs::write(path, bytes));
    if let Err(error) = written {
        tracing::warn!(path = %path.display(), %error, "the discovery cannot be remembered");
    }
}

fn recall(path: &Path) -> Option<Deployment> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// Both regions, and those whose endpoints serve what has no region.
pub(crate) fn places_to_ask(pair: &RegionPair) -> Vec<Region> {
    let mut regions = vec![pair.home.clone(), pair.partner.clone(), Region::route53(), Region::accelerator()];
    let mut seen = Vec::new();
    regions.retain(|region| {
        let new = !seen.contains(region);
        seen.push(region.clone());
        new
    });
    regions
}

/// What was stated wins; what was found fills the rest, and adds to lists.
pub(crate) fn merge(stated: &Deployment, found: Deployment) -> Deployment {
    fn add<T: PartialEq>(stated: &mut Vec<T>, found: Vec<T>) {
        for one in found {
            if !stated.contains(&one) {
                stated.push(one);
            }
        }
    }
    let mut merged = stated.clone();
    merged.blueprint = merged.blueprint.or(found.blueprint);
    merged.account = merged.account.or(found.account);
    merged.objectives.rpo = merged.objectives.rpo.or(found.objectives.rpo);
    if merged.objectives.rpo_by_store.is_empty() {
        merged.objectives.rpo_by_store = found.objectives.rpo_by_store;
    }
    merged.objectives.rto = merged.objectives.rto.or(found.objectives.rto);
    merged.objectives.expected_promotion = merged.objectives.expected_promotion.or(found.objectives.expected_promotion);
    merged.public_name = merged.public_name.or(found.public_name);
    merged.global_cluster = merged.global_cluster.or(found.global_cluster);
    add(&mut merged.tables, found.tables);
    add(&mut merged.buckets, found.buckets);
    for check in found.health_checks {
        if !merged.health_checks.iter().any(|known| known.id == check.id) {
            merged.health_checks.push(check);
        }
    }
    add(&mut merged.records, found.records);
    add(&mut merged.alarms.prefixes, found.alarms.prefixes);
    add(&mut merged.alarms.names, found.alarms.names);
    for balancer in found.load_balancers {
        if !merged.load_balancers.iter().any(|known| known.arn == balancer.arn) {
            merged.load_balancers.push(balancer);
        }
    }
    add(&mut merged.apis, found.apis);
    add(&mut merged.functions, found.functions);
    add(&mut merged.accelerators, found.accelerators);
    add(&mut merged.parameter_paths, found.parameter_paths);
    add(&mut merged.stacks, found.stacks);
    add(&mut merged.vaults, found.vaults);
    add(&mut merged.scaling_groups, found.scaling_groups);
    add(&mut merged.quotas, found.quotas);
    for probe in found.probes {
        if !merged.probes.iter().any(|known| known.url == probe.url) {
            merged.probes.push(probe);
        }
    }
    merged
}
