//! Failover records. The primary is answered while its check passes, so it moves by inverting that check, by taking
//! an inversion back, or by exchanging what the two records point at.
//!
//! An inversion exchanges healthy and unhealthy: on a check that fails by itself it would lead clients *to* the region
//! that fails, and on one that asks an endpoint it would do so on the day that endpoint falls silent. Where a check
//! asks an endpoint, or fails, the records exchange what they point at instead, which holds whatever the check says;
//! such a check is inverted only where the records cannot be exchanged, or where a runbook asks for it by name.

use lifeboat_model::call::{Call, Change};
use lifeboat_model::facts::route53::{HealthCheck, HealthCheckKind, RecordSet, Routing};
use lifeboat_model::id::{DnsName, HealthCheckId, Region};
use lifeboat_model::observation::Freshness;
use lifeboat_model::plan::Condition;
use lifeboat_model::rules::aws_cli::inversion;
use lifeboat_model::rules::region_of_record;
use lifeboat_model::topology::RecordTarget;

use super::super::moved::names_lead_there;
use super::super::scene::by_hand;
use super::{Lever, Name, Part, Scene, dns_step, names_of, wait};

type Pair<'a> = (&'a RecordSet, &'a RecordSet);

/// `Err` says why nothing can move it.
pub(super) fn part(
    scene: &Scene<'_>,
    lever: Lever,
    name: &Name<'_>,
    (primary, secondary): Pair<'_>,
    notes: &mut Vec<String>,
) -> Result<Part, String> {
    match region_of_record(scene.known.deployment, primary) {
        Some(owner) if owner == scene.to => lead_back(scene, lever, name, primary, notes),
        Some(owner) if owner == scene.from => lead_away(scene, lever, name, (primary, secondary), notes),
        Some(_) | None => Err("nothing tells which region its primary record stands for".to_owned()),
    }
}

/// The primary record is that of the region that becomes active.
fn lead_back(
    scene: &Scene<'_>,
    lever: Lever,
    name: &Name<'_>,
    primary: &RecordSet,
    notes: &mut Vec<String>,
) -> Result<Part, String> {
    let Some(id) = &primary.health_check else { return Ok(wait(scene, name.target)) };
    let Some(check) = scene.check(id) else { return Err(format!("its health check {id} has not been read")) };
    if !check.inverted {
        return Ok(wait(scene, name.target));
    }
    if lever == Lever::Records {
        return Err(format!("its health check {id} is inverted, and no record changes that"));
    }
    let call = inverted(check, false);
    if !scene.may_send(&call) {
        let why = format!("The inversion of {id} cannot be taken back, and keeps clients away from {}", scene.to);
        notes.push(by_hand(&why, &call));
        return Err("Route 53's control plane is lost".to_owned());
    }
    Ok(by_check(scene, name, call, id, false))
}

/// The primary record is that of the region that is left.
fn lead_away(
    scene: &Scene<'_>,
    lever: Lever,
    name: &Name<'_>,
    pair: Pair<'_>,
    notes: &mut Vec<String>,
) -> Result<Part, String> {
    let check = pair.0.health_check.as_ref().and_then(|id| scene.check(id));
    if !scene.may_ask(&Region::route53()) {
        notes.extend(check.and_then(|check| stays(scene, &name.target.name, check)));
        notes.push(falls_back(scene, &name.target.name, pair.0.health_check.as_ref()));
        return Ok(wait(scene, name.target));
    }
    let may_be_inverted = |check: &&HealthCheck| match lever {
        Lever::Any => !asks_endpoint(check) || exchanged(scene, pair).is_none(),
        Lever::Inversion => true,
        Lever::Records => false,
    };
    if let Some(check) = check.filter(|check| may_be_inverted(check) && can_be_inverted(scene, check)) {
        if asks_endpoint(check) {
            notes.push(leads_back(scene, &name.target.name, &check.id));
        }
        return Ok(by_check(scene, name, inverted(check, true), &check.id, true));
    }
    let refused =
        || Err("its health check does not pass by itself, so inverting it would lead clients back".to_owned());
    if lever == Lever::Inversion {
        return refused();
    }
    match exchanged(scene, pair) {
        Some(changes) => Ok(by_records(scene, name, &changes)),
        None if check.is_some_and(|check| scene.passes(&check.id) == Some(false)) && !scene.is_planned() => {
            notes.push(falls_back(scene, &name.target.name, pair.0.health_check.as_ref()));
            Ok(wait(scene, name.target))
        }
        None => refused(),
    }
}

/// What holds clients in the region that is left: it answers and its health check passes.
pub(in super::super) fn holding<'a>(scene: &Scene<'a>, target: &'a RecordTarget) -> Option<&'a HealthCheckId> {
    scene.region_assessment(&scene.from).filter(|left| left.reachable == Some(true))?;
    let is_left = |record: &RecordSet| region_of_record(scene.known.deployment, record).as_ref() == Some(&scene.from);
    let names = names_of(scene, target)?;
    let primaries =
        names.iter().filter_map(|name| name.with(&Routing::FailoverPrimary)).filter(|record| is_left(record));
    primaries.filter_map(|record| record.health_check.as_ref()).find(|check| scene.passes(check) == Some(true))
}

/// While the region that is left is well to its health check, nothing leads clients away from it. A verdict that is older
/// than answers that lead elsewhere says nothing any more.
fn stays(scene: &Scene<'_>, name: &DnsName, check: &HealthCheck) -> Option<String> {
    if names_lead_there(scene) {
        return None;
    }
    let verdict = scene.verdict(&check.id).filter(|verdict| verdict.value)?;
    // Said by the time of the reading, and not by its age: a plan that is made anew is the same plan.
    let as_known = match verdict.freshness {
        Freshness::Fresh => "as it does now".to_owned(),
        Freshness::Stale | Freshness::Pending | Freshness::Unavailable => {
            format!(
                "as it did when it was read last, at {}; whether it does now is not known",
                verdict.at.strftime("%T UTC")
            )
        }
    };
    let from = &scene.from;
    Some(format!(
        "{name} stays with {from} as long as its health check passes, {as_known}: the run will wait for it, and then ask. \
         Where {from} is well enough to be asked, `lifeboat run switchover` moves it."
    ))
}

/// What has to be known when traffic moved by a failing check alone. The version of the check that day is not known.
pub(super) fn falls_back(scene: &Scene<'_>, name: &DnsName, check: Option<&HealthCheckId>) -> String {
    let from = &scene.from;
    let why = format!(
        "{name} moves by itself while the health check of {from} fails, and falls back to {from} as soon as it passes \
         again, whether or not its database can write. Hold it at that moment"
    );
    match check.cloned().or_else(|| watching(scene, from)) {
        Some(check) => format!("{why}: `{}`.", inversion(&check, true)),
        None => format!("{why} by inverting that check."),
    }
}

/// What has to be known while a check that asks an endpoint stands inverted.
fn leads_back(scene: &Scene<'_>, name: &DnsName, check: &HealthCheckId) -> String {
    let (from, back) = (&scene.from, inversion(check, false));
    format!(
        "Health check {check} stands inverted until {name} is led back: should what it asks in {from} fall silent, it passes \
         and leads clients back to {from}. Take the inversion back at that moment: `{back}`."
    )
}

fn inverted(check: &HealthCheck, to: bool) -> Call {
    Call::SetHealthCheckInverted {
        check: check.id.clone(),
        version: check.version,
        inverted: Change::new(check.inverted, to),
    }
}

/// Whether inverting it makes it fail, and goes on to.
fn can_be_inverted(scene: &Scene<'_>, check: &HealthCheck) -> bool {
    let passes_by_itself = !check.inverted && !check.disabled && scene.passes(&check.id) == Some(true);
    passes_by_itself && !(asks_endpoint(check) && scene.is_fenced())
}

fn asks_endpoint(check: &HealthCheck) -> bool {
    match check.kind {
        HealthCheckKind::Http
        | HealthCheckKind::Https
        | HealthCheckKind::HttpMatch
        | HealthCheckKind::HttpsMatch
        | HealthCheckKind::Tcp
        | HealthCheckKind::Other(_) => true,
        HealthCheckKind::Calculated | HealthCheckKind::CloudwatchMetric | HealthCheckKind::RecoveryControl => false,
    }
}

/// A name that can be moved only by inverting a check that asks what a fence would silence.
pub(in super::super) fn turns_on_functions_of_the_one_left(scene: &Scene<'_>) -> Option<DnsName> {
    if !scene.known.deployment.takeovers.is_empty() {
        return None;
    }
    let targets = scene.known.deployment.records.iter();
    let names = targets.filter_map(|target| names_of(scene, target)).flatten();
    for name in names {
        let Some(pair) = name.with(&Routing::FailoverPrimary).zip(name.with(&Routing::FailoverSecondary)) else {
            continue;
        };
        let is_left = region_of_record(scene.known.deployment, pair.0).as_ref() == Some(&scene.from);
        let check = pair.0.health_check.as_ref().and_then(|id| scene.check(id));
        if is_left && check.is_some_and(asks_endpoint) && exchanged(scene, pair).is_none() {
            return Some(name.target.name.clone());
        }
    }
    None
}

fn by_check(scene: &Scene<'_>, name: &Name<'_>, call: Call, check: &HealthCheckId, to: bool) -> Part {
    let doing = if to {
        format!("Invert the health check of {}", scene.from)
    } else {
        format!("Take back the inversion of the health check of {}", scene.to)
    };
    let title = format!("{doing}: {} leads to {}", name.target.name, scene.to);
    dns_step(scene, &name.target.name, title)
        .calls([call])
        .verify([Condition::CheckInverted { check: check.clone(), inverted: to }])
}

/// Each record as it is and as it is to be, in the order in which they change: after the first, both lead there.
fn exchanged(scene: &Scene<'_>, (primary, secondary): Pair<'_>) -> Option<[(RecordSet, RecordSet); 2]> {
    let mut first = pointing_as(primary, secondary);
    if first.health_check.is_none() {
        first.health_check = watching(scene, &scene.to);
    }
    // A primary record without a health check would be answered whatever became of its region.
    let is_watched =
        first.health_check.is_some() || first.alias.as_ref().is_some_and(|alias| alias.evaluate_target_health);
    is_watched.then(|| [(primary.clone(), first), (secondary.clone(), pointing_as(secondary, primary))])
}

/// A record in its own place that points where another one does.
fn pointing_as(record: &RecordSet, other: &RecordSet) -> RecordSet {
    RecordSet {
        ttl_s: other.ttl_s,
        values: other.values.clone(),
        alias: other.alias.clone(),
        health_check: other.health_check.clone(),
        ..record.clone()
    }
}

fn watching(scene: &Scene<'_>, region: &Region) -> Option<HealthCheckId> {
    let targets = scene.known.deployment.health_checks.iter();
    targets.filter(|target| target.watches.as_ref() == Some(region)).map(|target| target.id.clone()).next()
}

fn by_records(scene: &Scene<'_>, name: &Name<'_>, changes: &[(RecordSet, RecordSet)]) -> Part {
    let title = format!("Exchange what the records of {} point at: it leads to {}", name.target.name, scene.to);
    dns_step(scene, &name.target.name, title).calls(changes.iter().map(change)).verify(changes.iter().map(holds))
}

pub(super) fn change((before, after): &(RecordSet, RecordSet)) -> Call {
    Call::ChangeRecord { zone: before.zone.clone(), before: Some(before.clone()), after: Some(after.clone()) }
}

pub(super) fn holds((_, after): &(RecordSet, RecordSet)) -> Condition {
    Condition::RecordIs {
        zone: after.zone.clone(),
        name: after.name.clone(),
        set_identifier: after.set_identifier.clone(),
        record: Some(Box::new(after.clone())),
    }
}
