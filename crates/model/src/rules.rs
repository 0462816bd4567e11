//! The pure rules from facts to judgements. Each takes values and gives values; the time is an argument.

use crate::assessment::{Assessment, Health, RunHistory};
use crate::read::Tempo;
use crate::snapshot::Snapshot;
use crate::time::Timestamp;
use crate::topology::Deployment;

mod alarms;
pub mod aws_cli;
pub mod aws_show;
mod contradictions;
pub mod decision;
mod dependencies;
mod dns;
mod evidence;
mod forecast;
mod health_checks;
pub mod iam;
mod identity;
mod inventory;
mod parity;
pub mod reads;
mod regions;
mod roles;
mod stores;
mod traffic;

#[cfg(test)]
mod tests;

use evidence::Evidence;

pub use dns::region_of_record;

/// Judges everything known of `deployment` at `now`. `tempo` is the one the pollers run at: it decides what is stale.
pub fn assess(
    deployment: &Deployment,
    snapshot: &Snapshot,
    history: &RunHistory,
    tempo: Tempo,
    now: Timestamp,
) -> Assessment {
    let evidence = Evidence { deployment, snapshot, history, tempo, now };
    let identity = identity::assess(&evidence);
    let checks = health_checks::assess(&evidence);
    let signposts = dns::assess(&evidence, &checks);
    let roles = roles::decide(&evidence, &signposts);
    let regions = regions::assess(&evidence, &roles, &checks);
    let stores = stores::assess(&evidence, &roles);
    let alarms = alarms::assess(&evidence, &roles);
    let forecast = forecast::assess(
        &evidence,
        &forecast::Judged {
            roles: &roles,
            identity: &identity,
            regions: &regions,
            stores: &stores,
            checks: &checks,
            alarms: &alarms,
        },
    );
    let contradictions = contradictions::assess(&evidence, &roles, &regions, &stores, &checks, &signposts);
    Assessment {
        deployment: deployment.name.clone(),
        at: now,
        health: overall(regions.iter().map(|it| it.assessed.health).chain(stores.iter().map(|it| it.assessed.health))),
        identity,
        regions: regions.into_iter().map(|it| it.assessed).collect(),
        stores: stores.into_iter().map(|it| it.assessed).collect(),
        health_checks: checks,
        alarms,
        dns: signposts.into_iter().map(|it| it.assessed).collect(),
        forecast,
        contradictions,
        dependencies: dependencies::assess(&evidence),
        parity: parity::assess(&evidence),
        backups: inventory::backups(&evidence),
        stacks: inventory::stacks(&evidence, &roles),
    }
}

/// The worst of the parts: what is known to be ill outweighs what is unknown.
fn overall(parts: impl Iterator<Item = Health>) -> Health {
    parts.max().unwrap_or(Health::Unknown)
}
