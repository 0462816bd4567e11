//! Where clients are led. Each lever makes one step for each name or accelerator; in unplanned mode nothing is asked of
//! a control plane that is lost, and then the step waits for what moves by itself.

use lifeboat_model::call::{Call, Change};
use lifeboat_model::facts::route53::{RecordSet, Routing};
use lifeboat_model::guard::GuardName;
use lifeboat_model::id::{DnsName, Region};
use lifeboat_model::plan::Condition;
use lifeboat_model::rules::region_of_record;
use lifeboat_model::runbook::StepKind;
use lifeboat_model::time::Duration;
use lifeboat_model::topology::{RecordTarget, Takeover, TakeoverLever};

use super::CannotPlan;
use super::part::Part;
use super::scene::{Scene, by_hand};

mod accelerators;
mod failover;
mod weights;

/// Checkers, propagation and the TTLs that clients hold, with room.
const TRAFFIC_TIMEOUT: Duration = Duration::from_mins(10);
const PARAMETER_TIMEOUT: Duration = Duration::from_mins(1);

pub(super) use failover::turns_on_functions_of_the_one_left;

/// Whatever the deployment has, data plane first.
pub(super) fn any(scene: &Scene<'_>, notes: &mut Vec<String>) -> Result<Vec<Part>, CannotPlan> {
    let mut parts = accelerators::parts(scene, notes)?;
    match lever(scene) {
        Some((takeover, on)) => parts.push(pull(scene, takeover, on)),
        None => parts.extend(names(scene, Lever::Any, notes)?),
    }
    if !scene.moves_clients() {
        notes.push(format!(
            "Nothing here moves the clients: they hold addresses of {}, and must be given those of {}.",
            scene.from, scene.to
        ));
    }
    Ok(parts)
}

pub(super) fn accelerator(scene: &Scene<'_>, notes: &mut Vec<String>) -> Result<Vec<Part>, CannotPlan> {
    if scene.known.deployment.accelerators.is_empty() {
        return Err(no_lever(scene, StepKind::Accelerator, "it has no accelerator"));
    }
    accelerators::parts(scene, notes)
}

pub(super) fn inversion(scene: &Scene<'_>, notes: &mut Vec<String>) -> Result<Vec<Part>, CannotPlan> {
    names(scene, Lever::Inversion, notes)
}

pub(super) fn record_change(scene: &Scene<'_>, notes: &mut Vec<String>) -> Result<Vec<Part>, CannotPlan> {
    names(scene, Lever::Records, notes)
}

pub(super) fn standby_takes_over(scene: &Scene<'_>, notes: &mut Vec<String>) -> Result<Vec<Part>, CannotPlan> {
    let Some((takeover, on)) = lever(scene) else {
        return Err(no_lever(scene, StepKind::StandbyTakesOver, "no lever is configured that would lead there"));
    };
    if takeover.region == scene.from && !scene.is_planned() {
        notes.push(format!("The lever in {} cannot be taken back: nothing is asked of it.", scene.from));
    }
    Ok(vec![pull(scene, takeover, on)])
}

/// By what a name may be moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lever {
    Any,
    Inversion,
    Records,
}

impl Lever {
    fn kind(self) -> StepKind {
        match self {
            Self::Any => StepKind::Traffic,
            Self::Inversion => StepKind::HealthCheckInversion,
            Self::Records => StepKind::RecordChange,
        }
    }
}

fn no_lever(scene: &Scene<'_>, kind: StepKind, why: &str) -> CannotPlan {
    CannotPlan::NoLever { kind, name: scene.known.deployment.name.to_string(), why: why.to_owned() }
}

// ------ Names.

fn names(scene: &Scene<'_>, lever: Lever, notes: &mut Vec<String>) -> Result<Vec<Part>, CannotPlan> {
    let mut parts = Vec::new();
    for target in &scene.known.deployment.records {
        parts.extend(name(scene, lever, target, notes)?);
    }
    Ok(parts)
}

/// The records of one name that decide where clients go: of one type each.
struct Name<'a> {
    target: &'a RecordTarget,
    records: Vec<&'a RecordSet>,
}

impl<'a> Name<'a> {
    fn with(&self, routing: &Routing) -> Option<&'a RecordSet> {
        self.records.iter().copied().find(|record| record.routing == *routing)
    }

    fn of_region(&self, scene: &Scene<'_>, region: &Region) -> Option<&'a RecordSet> {
        let stands_for =
            |record: &&&RecordSet| region_of_record(scene.known.deployment, record).as_ref() == Some(region);
        self.records.iter().find(stands_for).copied()
    }
}

/// The address records of a name, by their type.
fn names_of<'a>(scene: &Scene<'a>, target: &'a RecordTarget) -> Option<Vec<Name<'a>>> {
    let all = scene.records()?;
    let types = ["A", "AAAA", "CNAME"].into_iter();
    let names = types.map(|record_type| Name {
        target,
        records: all
            .iter()
            .filter(|record| record.record_type == record_type)
            .filter(|record| DnsName::normal(record.name.as_str()) == DnsName::normal(target.name.as_str()))
            .collect(),
    });
    Some(names.filter(|name| !name.records.is_empty()).collect())
}

fn name(
    scene: &Scene<'_>,
    lever: Lever,
    target: &RecordTarget,
    notes: &mut Vec<String>,
) -> Result<Vec<Part>, CannotPlan> {
    let by_type = match names_of(scene, target) {
        Some(by_type) if !by_type.is_empty() => by_type,
        Some(_) | None if scene.is_planned() => {
            return Err(scene.not_read(format!("the records of {}", target.name), &Region::route53()));
        }
        Some(_) | None => {
            notes.push(format!(
                "The records of {} are not known: the run waits until its answers lead there.",
                target.name
            ));
            notes.push(failover::falls_back(scene, &target.name, None));
            return Ok(vec![wait(scene, target)]);
        }
    };
    let mut parts = Vec::new();
    for name in by_type {
        parts.push(one_type(scene, lever, &name, notes)?);
    }
    Ok(parts)
}

fn one_type(scene: &Scene<'_>, lever: Lever, name: &Name<'_>, notes: &mut Vec<String>) -> Result<Part, CannotPlan> {
    let failover = name.with(&Routing::FailoverPrimary).zip(name.with(&Routing::FailoverSecondary));
    let moved = match failover {
        Some((primary, secondary)) => failover::part(scene, lever, name, (primary, secondary), notes),
        None if lever == Lever::Inversion => Err("its records are not failover records".to_owned()),
        None => weights::part(scene, name),
    };
    match moved {
        Ok(part) => Ok(part),
        Err(why) if scene.is_planned() => {
            Err(CannotPlan::NoLever { kind: lever.kind(), name: name.target.name.to_string(), why })
        }
        Err(why) => {
            notes.push(format!(
                "Nothing can move {} ({why}): the run waits until its answers lead there.",
                name.target.name
            ));
            Ok(wait(scene, name.target))
        }
    }
}

/// A step of traffic: never before the database, never away from the only region that serves.
fn step(scene: &Scene<'_>, id: &str, title: String) -> Part {
    let database = scene.known.deployment.global_cluster.is_some().then_some(GuardName::DatabaseBeforeTraffic);
    Part::new(format!("traffic-{id}"), title, TRAFFIC_TIMEOUT).guards(database).guards([GuardName::StillServing])
}

fn leads_there(scene: &Scene<'_>, name: &DnsName) -> Condition {
    Condition::AnswersLeadTo { name: name.clone(), region: scene.to.clone() }
}

/// A step of traffic by DNS, which clients follow once what they hold has expired.
fn dns_step(scene: &Scene<'_>, name: &DnsName, title: String) -> Part {
    let (length, basis) =
        scene.term("dns").unwrap_or((None, "nothing tells how long clients keep an answer".to_owned()));
    step(scene, name.as_str(), title).verify([leads_there(scene, name)]).expected(length, basis)
}

/// Nothing is done; it is seen to have moved. Without Route 53's own word, addresses may tell no region: then only a
/// write that is served tells that clients have left the region that serves nobody.
fn wait(scene: &Scene<'_>, target: &RecordTarget) -> Part {
    let part = dns_step(scene, &target.name, format!("Wait until {} leads to {}", target.name, scene.to));
    let mut answers = scene.known.assessment.dns.iter().filter(|it| it.name == target.name).flat_map(|it| &it.answers);
    let is_told = scene.may_ask(&Region::route53()) || answers.any(|answer| answer.region.is_some());
    if is_told || scene.known.deployment.canary.is_none() {
        return part;
    }
    Part { verify: vec![Condition::CanaryServed], ..part }
}

/// Where nothing can lead clients away from a region that answers: nothing is promoted away from them before they leave
/// by themselves. A run that waits in vain has changed nothing yet that cannot be taken back.
pub(super) fn leaving(scene: &Scene<'_>) -> Vec<Part> {
    let deployment = scene.known.deployment;
    let has_lever = lever(scene).is_some() || !deployment.accelerators.is_empty();
    if scene.is_planned() || scene.may_ask(&Region::route53()) || has_lever {
        return Vec::new();
    }
    let (length, basis) =
        scene.term("detection").unwrap_or((None, "nothing tells when its health check fails".to_owned()));
    let held = deployment.records.iter().filter_map(|target| Some((target, failover::holding(scene, target)?)));
    held.map(|(target, check)| {
        let title = format!("Wait until nothing holds clients of {} in {}", target.name, scene.from);
        let leaves = Condition::Leaves { name: target.name.clone(), region: scene.from.clone(), check: check.clone() };
        Part::new(format!("leaving-{}", target.name), title, TRAFFIC_TIMEOUT)
            .verify([leaves])
            .expected(length, basis.clone())
    })
    .collect()
}

// ------ A lever in the standby.

/// The lever to pull, and which way: the one that holds clients away from `to` is let go before another is pulled.
fn lever<'a>(scene: &Scene<'a>) -> Option<(&'a Takeover, bool)> {
    let takeovers = &scene.known.deployment.takeovers;
    let of = |region: &Region| takeovers.iter().find(|takeover| takeover.region == *region);
    let is_pulled = |takeover: &&Takeover| scene.passes(&takeover.check) == Some(false);
    let held = of(&scene.from).filter(is_pulled).filter(|_| scene.is_planned());
    held.map(|takeover| (takeover, false)).or_else(|| of(&scene.to).map(|takeover| (takeover, true)))
}

fn pull(scene: &Scene<'_>, takeover: &Takeover, on: bool) -> Part {
    let region = &takeover.region;
    let (call, what) = match &takeover.lever {
        TakeoverLever::Marker { bucket, key } => {
            let present = Change::new(!on, on);
            (
                Call::PutMarker { region: region.clone(), bucket: bucket.clone(), key: key.clone(), present },
                format!("object {key} in {bucket}"),
            )
        }
        TakeoverLever::Metric { metric, on: is_on, off } => {
            let (from, to) = if on { (*off, *is_on) } else { (*is_on, *off) };
            let value = Change::new(f64::from(from), f64::from(to));
            (Call::PutMetric { metric: metric.clone(), value }, format!("metric {}", metric.name))
        }
    };
    let doing = if on { "takes over" } else { "lets go" };
    let title = format!("{region} {doing} by {what}: clients are led to {}", scene.to);
    let (length, basis) =
        scene.term("dns").unwrap_or((None, "nothing tells how long clients keep an answer".to_owned()));
    let names = scene.known.deployment.records.iter().map(|record| leads_there(scene, &record.name));
    step(scene, &format!("lever-{region}"), title).calls([call]).verify(names).expected(length, basis)
}

// ------ The parameter that names the active region.

pub(super) fn parameter(scene: &Scene<'_>, notes: &mut Vec<String>) -> Vec<Part> {
    let deployment = scene.known.deployment;
    let Some(parameter) = &deployment.active_parameter else { return Vec::new() };
    let value = |region: &Region| parameter.value_for(&deployment.regions, region).unwrap_or_default().to_owned();
    let mut parts = Vec::new();
    for region in [&scene.to, &scene.from] {
        let call = Call::PutParameter {
            region: region.clone(),
            name: parameter.name.clone(),
            value: Change::new(value(&scene.from), value(&scene.to)),
        };
        if !scene.may_ask(region) {
            let why = format!("Parameter {} in {region} still names {}", parameter.name, scene.from);
            notes.push(by_hand(&why, &call));
            continue;
        }
        let title = format!("Set {} in {region} to {}", parameter.name, value(&scene.to));
        let mut part = Part::new(format!("parameter-{region}"), title, PARAMETER_TIMEOUT).calls([call]).at_once();
        if parameter.moves_traffic {
            let database = deployment.global_cluster.is_some().then_some(GuardName::DatabaseBeforeTraffic);
            part = part.guards(database).guards([GuardName::StillServing]);
        }
        parts.push(part);
    }
    parts
}
