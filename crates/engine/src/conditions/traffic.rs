//! What leads clients must be seen to be: health checks, records, answers, endpoint groups.

use lifeboat_model::assessment::{AUTHORITY, DnsAnswerAssessment, HealthCheckAssessment};
use lifeboat_model::facts::Facts;
use lifeboat_model::facts::global_accelerator::{Accelerator, EndpointGroup};
use lifeboat_model::facts::route53::{HealthCheck, RecordSet};
use lifeboat_model::id::{Arn, DnsName, HealthCheckId, Region, ZoneId};
use lifeboat_model::read::Service;
use lifeboat_model::wording::list;

use super::records::{same_name, same_place, same_record};
use super::seen::{Judged, Silent};
use super::{Held, Seen};
use crate::questions;

/// What leads clients; other types at the same name (a zone's own `NS` and `SOA`, `TXT`) are nobody's to wait for.
const ADDRESS_TYPES: [&str; 3] = ["A", "AAAA", "CNAME"];

pub(super) fn check<'a>(seen: &Seen<'a>, id: &HealthCheckId) -> Result<Option<&'a HealthCheck>, Silent> {
    let said = seen.said(&Region::route53(), Service::HealthChecks, |here| &here.health_checks)?;
    Ok(said.value.iter().find(|check| check.id == *id))
}

pub(super) fn check_inverted(seen: &Seen<'_>, id: &HealthCheckId, inverted: bool) -> Judged {
    Ok(match check(seen, id)? {
        None => Held::Never(format!("Route 53 has no health check {id}")),
        Some(check) if check.inverted == inverted => Held::Yes,
        Some(_) => Held::NotYet(format!("health check {id} is {}inverted", if inverted { "not " } else { "" })),
    })
}

pub(super) fn records<'a>(seen: &Seen<'a>) -> Result<&'a [RecordSet], Silent> {
    Ok(seen.said(&Region::route53(), Service::Records, |here| &here.records)?.value)
}

pub(super) fn record_is(
    seen: &Seen<'_>,
    zone: &ZoneId,
    name: &DnsName,
    set_identifier: Option<&str>,
    wanted: Option<&RecordSet>,
) -> Judged {
    let mut here = records(seen)?.iter().filter(|record| {
        record.zone == *zone && same_name(&record.name, name) && record.set_identifier.as_deref() == set_identifier
    });
    Ok(match wanted {
        Some(wanted) if here.any(|record| same_record(record, wanted)) => Held::Yes,
        Some(_) => Held::NotYet(format!("the record of {name} is not as it should be")),
        None if here.any(|record| ADDRESS_TYPES.contains(&record.record_type.as_str())) => {
            Held::NotYet(format!("the record of {name} is still there"))
        }
        None => Held::Yes,
    })
}

pub(super) fn zone_records<'a>(seen: &Seen<'a>, zone: &ZoneId) -> Result<&'a [RecordSet], Silent> {
    match seen.found(&questions::zone(zone))?.value {
        Facts::ZoneRecords(records) => Ok(records),
        _ => Err(Silent(format!("Route 53 ({}) gave another answer than was asked for", Region::route53()))),
    }
}

pub(super) fn records_gone(seen: &Seen<'_>, zone: &ZoneId, gone: &[RecordSet]) -> Judged {
    let here = zone_records(seen, zone)?;
    let left: Vec<String> = gone
        .iter()
        .filter(|record| here.iter().any(|found| same_place(found, record)))
        .map(|record| format!("{} {}", record.record_type, record.name))
        .collect();
    Ok(if left.is_empty() { Held::Yes } else { Held::NotYet(format!("{zone} still has {}", list(&left))) })
}

/// By Route 53's own answer: what resolvers still hold runs out by itself. Where its API is silent, as it is with
/// us-east-1, its name servers still answer: then every resolver that can be placed must have followed.
pub(super) fn answers_lead_to(seen: &Seen<'_>, name: &DnsName, region: &Region) -> Judged {
    seen.said(&Region::route53(), Service::Answers, |here| &here.answers)?;
    let fresh: Vec<&DnsAnswerAssessment> = seen
        .assessment
        .dns
        .iter()
        .filter(|assessed| same_name(&assessed.name, name))
        .flat_map(|assessed| &assessed.answers)
        .filter(|answer| answer.at >= seen.began_at)
        .collect();
    let Some(authority) = fresh.iter().find(|answer| answer.vantage == AUTHORITY) else {
        return Err(Silent(format!("Route 53 ({}) has not said where {name} leads", Region::route53())));
    };
    if let Some(led) = &authority.region {
        return Ok(led_to(name, led, region));
    }
    if is_word_of_dns(&authority.code) {
        return match led_by_rules(seen, name) {
            Some(led) => Ok(led_to(name, led, region)),
            None => Err(Silent(format!(
                "Route 53 ({}) answers {} for {name}, which is of no known region",
                Region::route53(),
                authority.code
            ))),
        };
    }
    let followed: Vec<&Region> = fresh.iter().filter_map(|answer| answer.region.as_ref()).collect();
    match (followed.iter().find(|led| **led != region), followed.first()) {
        (Some(behind), _) => Ok(led_to(name, behind, region)),
        (None, Some(_)) => Ok(Held::Yes),
        (None, None) => Err(Silent(format!(
            "Route 53 ({}) does not say where {name} leads ({}), and no resolver's answer is of a known region",
            Region::route53(),
            authority.code
        ))),
    }
}

/// Where Route 53 leads by its own rules, from records and verdicts that are both of since the beginning. An alias is
/// answered with its target's addresses, and addresses tell no region.
fn led_by_rules<'a>(seen: &Seen<'a>, name: &DnsName) -> Option<&'a Region> {
    records(seen).ok()?;
    let is_since =
        |check: &HealthCheckAssessment| check.passing.as_ref().is_some_and(|dated| dated.at >= seen.began_at);
    if !seen.assessment.health_checks.iter().all(is_since) {
        return None;
    }
    let assessed = seen.assessment.dns.iter().find(|assessed| same_name(&assessed.name, name))?;
    assessed.active_region.as_ref()
}

/// A silence of the region since the beginning counts as much as a check that fails: Route 53 will see it too.
pub(super) fn leaves(seen: &Seen<'_>, name: &DnsName, region: &Region, check: &HealthCheckId) -> Judged {
    let is_silent = |region: &Region, service: Service| {
        let contact = seen.snapshot.region(region).map(|here| here.contact(service));
        contact.and_then(|contact| contact.failure).is_some_and(|failure| failure.error.kind.is_silence())
    };
    if is_silent(region, Service::Aurora) && (*region != Region::route53() || is_silent(region, Service::HealthChecks))
    {
        return Ok(Held::Yes);
    }
    let verdict = seen.assessment.health_checks.iter().find(|it| it.id == *check).and_then(|it| it.passing.as_ref());
    match verdict.filter(|dated| dated.at >= seen.began_at) {
        Some(dated) if dated.value => {
            Ok(Held::NotYet(format!("health check {check} passes: {name} stays with {region}")))
        }
        Some(_) => Ok(Held::Yes),
        None => Err(Silent(format!(
            "Route 53 ({}) has not said since this began whether health check {check} passes",
            Region::route53()
        ))),
    }
}

fn led_to(name: &DnsName, led: &Region, wanted: &Region) -> Held {
    if led == wanted { Held::Yes } else { Held::NotYet(format!("{name} leads to {led}")) }
}

/// `NOERROR`, `NXDOMAIN`, …: Route 53 has spoken. A failure to ask it is told in words.
fn is_word_of_dns(code: &str) -> bool {
    !code.is_empty() && code.bytes().all(|b| b.is_ascii_uppercase())
}

pub(super) fn endpoint_group<'a>(
    seen: &Seen<'a>,
    arn: &Arn,
) -> Result<Option<(&'a Accelerator, &'a EndpointGroup)>, Silent> {
    let said = seen.said(&Region::accelerator(), Service::GlobalAccelerator, |here| &here.accelerators)?;
    let mut groups =
        said.value.iter().flat_map(|accelerator| accelerator.groups.iter().map(move |group| (accelerator, group)));
    Ok(groups.find(|(_, group)| group.arn == *arn))
}

/// Whether the dial stands at that percentage. Dials are whole or simple fractions, kept as they were given.
pub(super) fn dial_is(group: &EndpointGroup, percent: f64) -> bool {
    group.dial_percent.is_some_and(|dial| (dial - percent).abs() < 0.01)
}

pub(super) fn weight_is(group: &EndpointGroup, endpoint: &str, weight: u32) -> bool {
    group.endpoints.iter().any(|held| held.id == endpoint && held.weight == Some(weight))
}

pub(super) fn group_is(seen: &Seen<'_>, arn: &Arn, percent: f64, weights: &[(String, u32)]) -> Judged {
    let Some((accelerator, group)) = endpoint_group(seen, arn)? else {
        return Ok(Held::Never(format!("Global Accelerator has no endpoint group {arn}")));
    };
    if !dial_is(group, percent) {
        return Ok(Held::NotYet(match group.dial_percent {
            Some(dial) => format!("the dial of {} is at {dial} %", group.region),
            None => format!("the dial of {} is not told", group.region),
        }));
    }
    if let Some((endpoint, _)) = weights.iter().find(|(endpoint, weight)| !weight_is(group, endpoint, *weight)) {
        return Ok(Held::NotYet(format!("the weight of {endpoint} is not as it should be")));
    }
    // What its API has taken is not at the edges yet.
    if accelerator.status != "DEPLOYED" {
        return Ok(Held::NotYet(format!("accelerator {} is {}", accelerator.name, accelerator.status)));
    }
    Ok(Held::Yes)
}
