//! What may forbid making, changing or taking away the deployment itself: what protects it, what the regions offer, which
//! names are taken, and whether its stacks are still as they were when the plan was made.

use lifeboat_model::facts::Facts;
use lifeboat_model::facts::leftover::Named;
use lifeboat_model::facts::stack::Stack;
use lifeboat_model::guard::GuardName;
use lifeboat_model::id::{GlobalClusterId, Region};
use lifeboat_model::plan::{Build, BuildStack, EngineWanted, NamesWanted, Plan, QuotaWanted, StackAction, ZonesWanted};
use lifeboat_model::read::{PlannedRead, Read};
use lifeboat_model::runbook::Mode;
use lifeboat_model::time::Duration;
use lifeboat_model::topology::QuotaTarget;
use lifeboat_model::wording::{ago, lasting, list};

use super::footing::Footing;
use super::global_cluster::{short, told, writers};
use crate::findings::question;
use crate::questions;

/// What was asked longer ago than this is asked again before it is judged.
const RECENT: Duration = Duration::from_mins(5);

fn stack_question(stack: &BuildStack) -> PlannedRead {
    questions::stack(&stack.region, &stack.name)
}

fn touched(build: &Build) -> impl Iterator<Item = &BuildStack> {
    build.stacks.iter().filter(|stack| stack.action != StackAction::Leave)
}

pub(super) fn stacks(build: &Build) -> Vec<PlannedRead> {
    touched(build).map(stack_question).collect()
}

fn quota_question(wanted: &QuotaWanted) -> PlannedRead {
    let quotas = vec![QuotaTarget { service_code: wanted.service_code.clone(), quota_code: wanted.quota_code.clone() }];
    question(&wanted.region, Read::Quotas { quotas })
}

pub(super) fn quotas(build: &Build) -> Vec<PlannedRead> {
    build.quotas.iter().map(quota_question).collect()
}

impl<'a> Footing<'a> {
    /// The answer to a question beside the polls, or a gap that says who must answer.
    fn answer(&mut self, asked: &PlannedRead) -> Option<&'a Facts> {
        let findings = self.situation.findings;
        let (now, service, region) = (self.now(), asked.read.service(), &asked.region);
        let reading = findings.get(asked);
        if let Some(failure) = reading.and_then(|reading| reading.failure.as_ref()) {
            let lasting = lasting(now, failure.since);
            self.gap(format!("{service} in {region} must answer: it has failed{lasting} ({})", failure.error));
            return None;
        }
        if let Some(last) = findings.recent(asked, now, RECENT) {
            self.rests_on(last.at);
            return Some(last.value);
        }
        self.gap(match reading.and_then(|reading| reading.last.as_ref()) {
            Some(last) => format!("{service} in {region} was last asked {} ago", ago(now, last.at)),
            None => format!("{service} in {region} has not been asked yet"),
        });
        None
    }

    fn build(&mut self) -> Option<&'a Build> {
        let build = self.plan().build.as_ref();
        if build.is_none() {
            self.gap("the plan says nothing of stacks");
        }
        build
    }

    /// Those of this name that the region knows, one or none; `None` where that is not known.
    fn stack(&mut self, wanted: &BuildStack) -> Option<Vec<&'a Stack>> {
        let facts = self.answer(&stack_question(wanted))?;
        if let Facts::Stacks(stacks) = facts {
            return Some(stacks.iter().filter(|stack| stack.name == wanted.name && !stack.is_deleted()).collect());
        }
        self.gap(format!("CloudFormation in {} gave another answer than was asked for", wanted.region));
        None
    }
}

pub(super) fn unprotected(on: &mut Footing<'_>) {
    let Some(build) = on.build() else { return };
    if build.protected {
        on.refuse(
            format!("the blueprint {} says `protected = true`", build.blueprint),
            "write `protected = false` in its manifest, update the stacks with `lifeboat up`, and try again",
        );
    }
    let mut protected = Vec::new();
    for wanted in touched(build) {
        if on.stack(wanted).into_iter().flatten().any(|stack| stack.termination_protection) {
            protected.push(format!("{} in {}", wanted.name, wanted.region));
        }
    }
    if protected.is_empty() {
        on.saw("no stack is protected from being deleted");
    } else {
        on.refuse(
            format!("protected from being deleted: {}", list(&protected)),
            "take the protection off, for each: `aws cloudformation update-termination-protection \
             --no-enable-termination-protection --stack-name NAME --region REGION`",
        );
    }
}

/// A stack that somebody else changed since is not the one that was approved to be changed.
pub(super) fn as_planned(on: &mut Footing<'_>) {
    let Some(build) = on.build() else { return };
    let mut same = 0_usize;
    for wanted in touched(build) {
        let Some(found) = on.stack(wanted) else { continue };
        let status = found.first().map(|stack| stack.status.as_str());
        if status == wanted.status.as_deref() {
            same += 1;
        } else {
            let words = |status: Option<&str>| status.map_or_else(|| "not there".to_owned(), str::to_owned);
            on.refuse(
                format!(
                    "{} in {} is {}, and the plan is for one that is {}",
                    wanted.name,
                    wanted.region,
                    words(status),
                    words(wanted.status.as_deref())
                ),
                "make the plan again",
            );
        }
    }
    on.saw(format!("{same} of {} stacks are as the plan has them", build.stacks.len()));
}

fn cluster_question(region: &Region, global_cluster: &GlobalClusterId) -> PlannedRead {
    question(region, Read::Aurora { global_cluster: global_cluster.clone() })
}

/// A region that is given up is not asked.
fn who_tell(plan: &Plan) -> impl Iterator<Item = &Region> {
    let other = (plan.mode == Mode::Planned).then_some(&plan.from);
    [Some(&plan.to), other].into_iter().flatten()
}

pub(super) fn clusters(plan: &Plan, build: &Build) -> Vec<PlannedRead> {
    let Some(id) = &build.global_cluster else { return Vec::new() };
    who_tell(plan).map(|region| cluster_question(region, id)).collect()
}

/// The stack of the reader goes before that of the writer: a plan is for the writer that it names, and no other.
pub(super) fn same_writer(on: &mut Footing<'_>) {
    let Some(build) = on.build() else { return };
    let plan = on.plan();
    let (Some(id), Some(planned)) = (&build.global_cluster, &plan.writer) else {
        on.gap("the plan does not know which stack holds the writer");
        return;
    };
    for region in who_tell(plan) {
        let Some(facts) = on.answer(&cluster_question(region, id)) else { continue };
        let Facts::Aurora(facts) = facts else {
            on.gap(format!("RDS in {region} gave another answer than was asked for"));
            continue;
        };
        let Some(global) = facts.global.as_ref().filter(|global| !global.members.is_empty()) else {
            on.saw(format!("{region} knows of no member of {id} any more"));
            continue;
        };
        on.saw(format!("by the word of {region} the writer of {id} is {}", told(global)));
        if let Some(failover) = &global.failover {
            on.refuse(format!("global cluster {id} is {}", failover.status), "wait until it is over");
        }
        if writers(global).as_slice() != [planned] {
            on.refuse(
                format!("the writer of {id} is {}, the plan is for {}", told(global), short(planned)),
                "make the plan again: which stack goes first is decided by the roles",
            );
        }
    }
}

pub(super) fn within_quotas(on: &mut Footing<'_>) {
    let Some(build) = on.build() else { return };
    let mut seen = Vec::new();
    for wanted in &build.quotas {
        let QuotaWanted { region, what, at_least, service_code, quota_code } = wanted;
        let Some(facts) = on.answer(&quota_question(wanted)) else { continue };
        let found = match facts {
            Facts::Quotas(quotas) => quotas.iter().find(|quota| quota.quota_code == *quota_code),
            _ => None,
        };
        match found {
            // AWS itself refuses what does not fit; a quota that there is not is none that forbids.
            None => seen.push(format!("Service Quotas in {region} knows none for {what}")),
            Some(quota) if quota.value < f64::from(*at_least) => on.refuse(
                format!("{region} allows {} {what} and the plan makes {at_least}", quota.value),
                format!(
                    "`aws service-quotas request-service-quota-increase --service-code {service_code} --quota-code \
                     {quota_code} --desired-value {at_least} --region {region}`, or `{}`",
                    on.override_with(GuardName::Quotas)
                ),
            ),
            Some(quota) => seen.push(format!("{region} allows {} {what}, {at_least} are made", quota.value)),
        }
    }
    on.saw(if seen.is_empty() {
        "nothing is made that a quota is known for".to_owned()
    } else {
        format!("{}; how many are in use already is not read", seen.join("; "))
    });
}

fn engine_question(wanted: &EngineWanted) -> PlannedRead {
    let (engine, version) = (wanted.engine.clone(), wanted.version.clone());
    question(&wanted.region, Read::EngineVersions { engine, version })
}

fn zones_question(wanted: &ZonesWanted) -> PlannedRead {
    question(&wanted.region, Read::AvailabilityZones)
}

pub(super) fn offers(build: &Build) -> Vec<PlannedRead> {
    build.engines.iter().map(engine_question).chain(build.zones.iter().map(zones_question)).collect()
}

pub(super) fn offered(on: &mut Footing<'_>) {
    let Some(build) = on.build() else { return };
    if build.engines.is_empty() && build.zones.is_empty() {
        on.saw("the blueprint asks for no version and no number of zones");
    }
    for wanted in &build.engines {
        engine_offered(on, wanted);
    }
    for wanted in &build.zones {
        let ZonesWanted { region, count } = wanted;
        match on.answer(&zones_question(wanted)) {
            Some(Facts::AvailabilityZones(zones)) if zones.len() < *count as usize => on.refuse(
                format!("{region} offers this account {} Availability Zones and {count} are needed", zones.len()),
                "choose another region",
            ),
            Some(Facts::AvailabilityZones(zones)) => on.saw(format!("{region} has {} zones", zones.len())),
            Some(_) => on.gap(format!("EC2 in {region} gave another answer than was asked for")),
            None => {}
        }
    }
}

fn engine_offered(on: &mut Footing<'_>, wanted: &EngineWanted) {
    let EngineWanted { region, engine, version } = wanted;
    let Some(facts) = on.answer(&engine_question(wanted)) else { return };
    let Facts::EngineVersions(versions) = facts else {
        on.gap(format!("RDS in {region} gave another answer than was asked for"));
        return;
    };
    let fix = format!(
        "see what there is with `aws rds describe-db-engine-versions --engine {engine} --region {region}`, and change the \
         version in the blueprint, exported with `lifeboat blueprints export`"
    );
    match versions.iter().find(|found| found.engine == *engine && found.version == *version) {
        None => on.refuse(format!("{region} does not offer {engine} {version}"), fix),
        Some(found) if !found.global_databases => {
            on.refuse(format!("{engine} {version} in {region} is not for global databases"), fix);
        }
        Some(found) if found.status == "available" => on.saw(format!("{region} offers {engine} {version}")),
        Some(found) => on.saw(format!("{region} offers {engine} {version}, which is {}", found.status)),
    }
}

fn name_question(region: &Region, named: &Named) -> PlannedRead {
    question(region, Read::Named { names: vec![named.clone()] })
}

pub(super) fn names(build: &Build) -> Vec<PlannedRead> {
    let of = |wanted: &NamesWanted| -> Vec<PlannedRead> {
        wanted.named.iter().map(|named| name_question(&wanted.region, named)).collect()
    };
    build.names.iter().flat_map(of).collect()
}

pub(super) fn names_free(on: &mut Footing<'_>) {
    let Some(build) = on.build() else { return };
    let mut free = 0_usize;
    for NamesWanted { region, named } in &build.names {
        for named in named {
            match on.answer(&name_question(region, named)) {
                Some(Facts::Named(found)) if found.is_empty() => free += 1,
                Some(Facts::Named(found)) if matches!(named, Named::Bucket(_)) => on.refuse(
                    format!(
                        "a bucket is called {} already ({})",
                        named.name(),
                        found.first().and_then(|found| found.state.as_deref()).unwrap_or("whose it is, S3 does not say")
                    ),
                    "choose another suffix, for example with `--param EnvironmentSuffix=NAME`: the names of buckets are one \
                     space for all of AWS; or delete it, if it is yours",
                ),
                Some(Facts::Named(found)) => {
                    let ids: Vec<&str> = found.iter().map(|found| found.id.as_str()).collect();
                    on.refuse(
                        format!("{region} has {} already, which an earlier deployment left", list(&ids)),
                        "delete it, or choose other names, for example with `--param EnvironmentSuffix=NAME`",
                    );
                }
                Some(_) => on.gap(format!("{region} gave another answer than was asked for")),
                None => {}
            }
        }
    }
    on.saw(if build.names.is_empty() {
        "parts of it stand already: what is made takes the names that go with them".to_owned()
    } else {
        format!("{free} names are free")
    });
}
