//! Records without failover: weights that are exchanged, and a plain name that points at the other region.

use lifeboat_model::facts::route53::{RecordSet, Routing};
use lifeboat_model::id::{DnsName, Region};
use lifeboat_model::rules::region_of_record;

use super::failover::{change, holds};
use super::{Name, Part, Scene, dns_step, wait};

/// `Err` says why nothing can move it.
pub(super) fn part(scene: &Scene<'_>, name: &Name<'_>) -> Result<Part, String> {
    let changes = match name.records.as_slice() {
        [only] if only.routing == Routing::Simple => plain(scene, only)?,
        records if records.iter().all(|record| matches!(record.routing, Routing::Weighted(_))) => {
            weighted(scene, name)?
        }
        _ => return Err("its routing follows the clients, not the regions".to_owned()),
    };
    if changes.is_empty() {
        return Ok(wait(scene, name.target));
    }
    if !scene.may_ask(&Region::route53()) {
        return Err("Route 53's control plane is lost".to_owned());
    }
    let title = format!("Change the records of {}: it leads to {}", name.target.name, scene.to);
    Ok(dns_step(scene, &name.target.name, title).calls(changes.iter().map(change)).verify(changes.iter().map(holds)))
}

/// The weight of the one that is left goes to the one that becomes active, which comes first: one goes on serving.
fn weighted(scene: &Scene<'_>, name: &Name<'_>) -> Result<Vec<(RecordSet, RecordSet)>, String> {
    let (Some(own), Some(left)) = (name.of_region(scene, &scene.to), name.of_region(scene, &scene.from)) else {
        return Err("nothing tells which region its records stand for".to_owned());
    };
    let weight = |record: &RecordSet| match record.routing {
        Routing::Weighted(weight) => weight,
        Routing::Simple
        | Routing::FailoverPrimary
        | Routing::FailoverSecondary
        | Routing::Latency(_)
        | Routing::Other(_) => 0,
    };
    let raised = if weight(own) > 0 { weight(own) } else { weight(left).max(1) };
    let mut changes = Vec::new();
    for (record, to) in [(own, raised), (left, 0)] {
        if weight(record) != to {
            changes.push((record.clone(), RecordSet { routing: Routing::Weighted(to), ..record.clone() }));
        }
    }
    Ok(changes)
}

/// A plain name is pointed at the host that Lifeboat asks in the other region.
fn plain(scene: &Scene<'_>, record: &RecordSet) -> Result<Vec<(RecordSet, RecordSet)>, String> {
    if region_of_record(scene.known.deployment, record).as_ref() == Some(&scene.to) {
        return Ok(Vec::new());
    }
    let host = |region: &Region| {
        let probes = scene.known.deployment.probes.iter();
        let url =
            probes.filter(|probe| probe.region.as_ref() == Some(region)).map(|probe| probe.url.as_str()).next()?;
        let authority = url.split_once("://")?.1.split(['/', '?', '#']).next()?;
        Some(DnsName::normal(authority.split(':').next()?))
    };
    let (Some(left), Some(own)) = (host(&scene.from), host(&scene.to)) else {
        return Err("no probe tells what it should point at".to_owned());
    };
    let points_at_left =
        record.alias.is_none() && matches!(record.values.as_slice(), [only] if DnsName::normal(only) == left);
    if !points_at_left {
        return Err("it does not point at the host that is probed in the region that is left".to_owned());
    }
    Ok(vec![(record.clone(), RecordSet { values: vec![own.to_string()], ..record.clone() })])
}
