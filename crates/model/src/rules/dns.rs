//! Where clients are sent: Route 53's own answer, what resolvers answer, and which region an answer belongs to.

use super::evidence::Evidence;
use crate::assessment::{AUTHORITY, DnsAnswerAssessment, DnsAssessment, HealthCheckAssessment};
use crate::facts::route53::{DnsAnswer, RecordSet, Routing, Vantage};
use crate::id::{DnsName, HealthCheckId, Region};
use crate::observation::Freshness;
use crate::read::Service;
use crate::time::Timestamp;
use crate::topology::Deployment;

/// A name with where it leads now.
pub(super) struct Signpost {
    pub(super) towards: Option<Region>,
    /// When that was true.
    pub(super) at: Option<Timestamp>,
    pub(super) assessed: DnsAssessment,
}

/// Whether a host name or address contains a region's code as a word of its own: `x.execute-api.us-east-1.amazonaws.com`.
pub(super) fn names_region(text: &str, region: &Region) -> bool {
    text.split(['.', '/', ':']).any(|word| word == region.as_str())
}

pub(super) fn assess(evidence: &Evidence<'_>, checks: &[HealthCheckAssessment]) -> Vec<Signpost> {
    evidence.deployment.records.iter().map(|target| signpost(evidence, &target.name, checks)).collect()
}

/// The records of a name, as last read.
pub(super) fn records_of<'a>(evidence: &Evidence<'a>, name: &DnsName) -> Vec<&'a RecordSet> {
    evidence
        .value(&Region::route53(), |here| &here.records)
        .into_iter()
        .flatten()
        .filter(|record| is_same(record.name.as_str(), name.as_str()))
        .collect()
}

/// The records of a name that clients are answered with: another type's TTL tells nothing of how fast they follow.
pub(super) fn address_records_of<'a>(evidence: &Evidence<'a>, name: &DnsName) -> Vec<&'a RecordSet> {
    let leads = |record: &&RecordSet| matches!(record.record_type.as_str(), "A" | "AAAA" | "CNAME");
    records_of(evidence, name).into_iter().filter(leads).collect()
}

/// The health checks on whose verdict Route 53 sends clients to a region.
pub(super) fn checks_of_region<'a>(evidence: &Evidence<'a>, region: &Region) -> Vec<&'a HealthCheckId> {
    evidence
        .deployment
        .records
        .iter()
        .flat_map(|target| records_of(evidence, &target.name))
        .filter(|record| region_of_record(evidence.deployment, record).as_ref() == Some(region))
        .filter_map(|record| record.health_check.as_ref())
        .collect()
}

fn is_same(one: &str, other: &str) -> bool {
    DnsName::normal(one) == DnsName::normal(other)
}

fn signpost(evidence: &Evidence<'_>, name: &DnsName, checks: &[HealthCheckAssessment]) -> Signpost {
    let observed = evidence.observed(&Region::route53(), |here| &here.answers);
    let freshness = evidence
        .reading(&Region::route53(), |here| &here.answers)
        .map_or(Freshness::Pending, |reading| evidence.freshness(reading, Service::Answers));
    let mut answers: Vec<DnsAnswerAssessment> = Vec::new();
    let mut authority = None;
    for answer in observed
        .iter()
        .flat_map(|observed| &observed.value)
        .filter(|answer| is_same(answer.name.as_str(), name.as_str()))
    {
        let at = observed.map_or(evidence.now, |observed| observed.at);
        let region = region_of_answer(evidence, name, answer);
        if answer.vantage == Vantage::Authority {
            authority = authority.or_else(|| Some((region.clone()?, at)));
        }
        answers.push(DnsAnswerAssessment {
            vantage: vantage(&answer.vantage),
            code: answer.code.clone(),
            values: answer.values.clone(),
            ttl_s: answer.ttl_s,
            region,
            at,
            freshness,
        });
    }
    let led = authority.or_else(|| by_resolvers(&answers)).or_else(|| by_records(evidence, name, checks));
    let (towards, at) = led.map_or((None, None), |(region, at)| (Some(region), Some(at)));
    Signpost {
        towards: towards.clone(),
        at,
        assessed: DnsAssessment { name: name.clone(), active_region: towards, answers },
    }
}

/// Where every resolver that can be placed sends clients: the data plane answers when Route 53's API does not.
fn by_resolvers(answers: &[DnsAnswerAssessment]) -> Option<(Region, Timestamp)> {
    let mut placed = answers.iter().filter_map(|answer| Some((answer.region.as_ref()?, answer.at)));
    let (region, at) = placed.next()?;
    placed.all(|(other, _)| other == region).then(|| (region.clone(), at))
}

fn vantage(vantage: &Vantage) -> String {
    match vantage {
        Vantage::Authority => AUTHORITY.to_owned(),
        Vantage::Resolver(name) => name.clone(),
    }
}

/// The region all of an answer's values belong to.
fn region_of_answer(evidence: &Evidence<'_>, name: &DnsName, answer: &DnsAnswer) -> Option<Region> {
    let mut regions = answer.values.iter().map(|value| region_of_value(evidence, name, value));
    let first = regions.next()??;
    regions.all(|region| region.as_ref() == Some(&first)).then_some(first)
}

fn region_of_value(evidence: &Evidence<'_>, name: &DnsName, value: &str) -> Option<Region> {
    region_by_name(evidence.deployment, value).or_else(|| {
        records_of(evidence, name)
            .into_iter()
            .find(|record| record.values.iter().any(|held| is_same(held, value)) || is_alias_to(record, value))
            .and_then(|record| region_of_record(evidence.deployment, record))
    })
}

fn is_alias_to(record: &RecordSet, value: &str) -> bool {
    let plain = |text: &str| text.trim_start_matches("dualstack.").to_owned();
    record.alias.as_ref().is_some_and(|alias| is_same(&plain(alias.target.as_str()), &plain(value)))
}

fn region_by_name(deployment: &Deployment, value: &str) -> Option<Region> {
    deployment.regions.both().into_iter().find(|region| names_region(value, region)).cloned()
}

/// The region a record stands for: by where it points, by what its health check watches, by how it routes, and last
/// by the role it was given.
pub fn region_of_record(deployment: &Deployment, record: &RecordSet) -> Option<Region> {
    let targets =
        record.values.iter().map(String::as_str).chain(record.alias.iter().map(|alias| alias.target.as_str()));
    let by_target = targets.into_iter().find_map(|target| region_by_name(deployment, target));
    let regions = &deployment.regions;
    by_target
        .or_else(|| {
            let check = record.health_check.as_ref()?;
            let target = deployment.health_checks.iter().find(|target| target.id == *check)?;
            target.watches.clone()
        })
        .or_else(|| match &record.routing {
            Routing::Latency(region) => Some(Region::from(region.as_str())).filter(|region| regions.contains(region)),
            Routing::Simple
            | Routing::FailoverPrimary
            | Routing::FailoverSecondary
            | Routing::Weighted(_)
            | Routing::Other(_) => None,
        })
        .or_else(|| {
            let identifier = record.set_identifier.as_ref()?;
            regions.both().into_iter().find(|region| identifier.contains(region.as_str())).cloned()
        })
        .or_else(|| match record.routing {
            Routing::FailoverPrimary => Some(regions.home.clone()),
            Routing::FailoverSecondary => Some(regions.partner.clone()),
            Routing::Simple | Routing::Weighted(_) | Routing::Latency(_) | Routing::Other(_) => None,
        })
}

/// What Route 53 must answer by its own rules: the primary unless its check fails; the secondary then, unless its
/// own check fails too (all failing counts as none failing).
fn by_records(
    evidence: &Evidence<'_>,
    name: &DnsName,
    checks: &[HealthCheckAssessment],
) -> Option<(Region, Timestamp)> {
    let read_at = evidence.observed(&Region::route53(), |here| &here.records)?.at;
    let records = records_of(evidence, name);
    let with = |routing: &Routing| records.iter().find(|record| record.routing == *routing);
    let (primary, secondary) = (with(&Routing::FailoverPrimary)?, with(&Routing::FailoverSecondary)?);
    let verdict = |record: &RecordSet| match &record.health_check {
        // A record without a check counts as healthy, always.
        None => Some((true, read_at)),
        Some(id) => {
            let passing = checks.iter().find(|check| check.id == *id)?.passing.as_ref()?;
            Some((passing.value, passing.at))
        }
    };
    let (primary_passes, primary_at) = verdict(primary)?;
    if primary_passes {
        return Some((region_of_record(evidence.deployment, primary)?, primary_at));
    }
    let (secondary_passes, secondary_at) = verdict(secondary)?;
    let chosen = if secondary_passes { secondary } else { primary };
    Some((region_of_record(evidence.deployment, chosen)?, primary_at.min(secondary_at)))
}
