//! What data stores must be seen to be: who writes, what waits, what would be lost.

use std::collections::BTreeSet;

use lifeboat_model::assessment::{Dated, StoreAssessment, StoreKind};
use lifeboat_model::facts::aurora::{GlobalCluster, Synchronization};
use lifeboat_model::facts::s3::ReplicationRule;
use lifeboat_model::id::{Arn, BucketName, GlobalClusterId, Region};
use lifeboat_model::metric::{Measure, MetricKey, Subject};
use lifeboat_model::observation::{Freshness, Observed};
use lifeboat_model::read::Service;
use lifeboat_model::time::{Duration, Timestamp, after};
use lifeboat_model::topology::InRegion;
use lifeboat_model::wording::{list, span};

use super::seen::{Judged, Silent};
use super::{Held, Seen};

/// Metrics are told by the minute, dated by the period's end.
const PERIOD: Duration = Duration::from_mins(1);

// ---- Aurora

/// The global cluster by a region's own word.
pub(super) fn told_by<'a>(
    seen: &Seen<'a>,
    global_cluster: &GlobalClusterId,
    region: &Region,
) -> Result<Observed<&'a GlobalCluster>, Silent> {
    let said = seen.said(region, Service::Aurora, |here| &here.aurora)?;
    said.value
        .global
        .as_ref()
        .filter(|global| global.id == *global_cluster)
        .map(|global| Observed::new(global, said.at))
        .ok_or_else(|| Silent(format!("Aurora in {region} does not describe the global cluster {global_cluster}")))
}

/// Only the target's own region knows whether it may write; what the region that is left still believes is no matter.
pub(super) fn writer_is(
    seen: &Seen<'_>,
    global_cluster: &GlobalClusterId,
    target: &Arn,
    target_region: &Region,
) -> Judged {
    let global = told_by(seen, global_cluster, target_region)?.value;
    if let Some(failover) = &global.failover {
        return Ok(Held::NotYet(format!("{global_cluster} is {}", failover.status)));
    }
    Ok(match global.writer() {
        Some(writer) if writer.cluster == *target => Held::Yes,
        Some(writer) => Held::NotYet(format!("the writer is {}", writer.cluster)),
        None => Held::NotYet(format!("{global_cluster} has no one writer")),
    })
}

/// Both regions of the deployment have a member, and every member is connected.
pub(super) fn synchronized(seen: &Seen<'_>, global_cluster: &GlobalClusterId, region: &Region) -> Judged {
    let global = told_by(seen, global_cluster, region)?.value;
    if let Some(failover) = &global.failover {
        return Ok(Held::NotYet(format!("{global_cluster} is {}", failover.status)));
    }
    for region in seen.deployment.regions.both() {
        if global.member_in(region).is_none() {
            return Ok(Held::NotYet(format!("{global_cluster} has no member in {region}")));
        }
    }
    for member in &global.members {
        match &member.synchronization {
            Some(Synchronization::Connected) => {}
            // What is copied from itself needs no copying.
            None if member.is_writer => {}
            Some(status) => return Ok(Held::NotYet(format!("{} is {status}", member.cluster))),
            None => {
                return Err(Silent(format!(
                    "Aurora in {region} does not say whether {} is synchronized",
                    member.cluster
                )));
            }
        }
    }
    Ok(Held::Yes)
}

// ---- S3

/// Both figures of every rule, by a period that began after the beginning.
pub(super) fn backlog_empty(
    seen: &Seen<'_>,
    source: &InRegion<BucketName>,
    destination: &InRegion<BucketName>,
) -> Judged {
    let rules = known_rules(seen, source, destination);
    let enabled: Vec<&ReplicationRule> = rules.iter().copied().filter(|rule| rule.enabled).collect();
    if !rules.is_empty() && enabled.is_empty() {
        return Ok(Held::Never(format!("no rule replicates {} to {}", source.name, destination.name)));
    }
    if let Some(blind) = enabled.iter().find(|rule| !rule.metrics) {
        return Ok(Held::Never(format!("the rule {} of {} publishes no replication metrics", blind.id, source.name)));
    }
    seen.said(&destination.region, Service::Metrics, |here| &here.metrics)?;
    let disabled: BTreeSet<&str> = rules.iter().filter(|rule| !rule.enabled).map(|rule| rule.id.as_str()).collect();
    let mut ids: BTreeSet<&str> = enabled.iter().map(|rule| rule.id.as_str()).collect();
    ids.extend(measured_rules(seen, source, destination).filter(|rule| !disabled.contains(rule)));
    if ids.is_empty() {
        let words = format!("no rule from {} to {} is known", source.name, destination.name);
        return Err(Silent(format!("{words}, and {} publishes no backlog", destination.region)));
    }
    for rule in ids {
        for measure in [Measure::S3OperationsPending, Measure::S3BytesPending] {
            let key = backlog_key(measure, source, destination, rule);
            match newest_since(seen, &key) {
                None => return Ok(Held::NotYet(format!("no figure of {}'s backlog since this began", source.name))),
                // A figure that is no number is no zero.
                Some(0.0) => {}
                Some(pending) => {
                    let unit = if measure == Measure::S3BytesPending { "bytes" } else { "objects" };
                    return Ok(Held::NotYet(format!("{pending} {unit} of {} still wait", source.name)));
                }
            }
        }
    }
    Ok(Held::Yes)
}

/// The rules from one bucket to the other, as last read, however long ago: they are addresses of series here, and
/// what they say is never what makes the condition hold.
fn known_rules<'a>(
    seen: &Seen<'a>,
    source: &InRegion<BucketName>,
    destination: &InRegion<BucketName>,
) -> Vec<&'a ReplicationRule> {
    let buckets = seen.snapshot.region(&source.region).and_then(|here| here.buckets.value());
    let source = buckets.into_iter().flatten().find(|bucket| bucket.name == source.name);
    source.into_iter().flat_map(|bucket| &bucket.rules).filter(|rule| rule.destination == destination.name).collect()
}

/// The rules whose backlog was ever asked for.
fn measured_rules<'a>(
    seen: &Seen<'a>,
    source: &InRegion<BucketName>,
    destination: &InRegion<BucketName>,
) -> impl Iterator<Item = &'a str> {
    seen.snapshot.series.keys().filter_map(move |key| match &key.subject {
        Subject::Replication { source: from, destination: to, rule }
            if *from == source.name && *to == destination.name =>
        {
            Some(rule.as_str())
        }
        Subject::Replication { .. }
        | Subject::Cluster(_)
        | Subject::Table(_)
        | Subject::Replica { .. }
        | Subject::HealthCheck(_)
        | Subject::LoadBalancer(_)
        | Subject::Api(_)
        | Subject::Function(_)
        | Subject::Accelerator { .. } => None,
    })
}

fn backlog_key(
    measure: Measure,
    source: &InRegion<BucketName>,
    destination: &InRegion<BucketName>,
    rule: &str,
) -> MetricKey {
    MetricKey {
        measure,
        region: destination.region.clone(),
        subject: Subject::Replication {
            source: source.name.clone(),
            destination: destination.name.clone(),
            rule: rule.to_owned(),
        },
    }
}

/// The newest point whose period began after the beginning: an earlier one also tells of what was before.
fn newest_since(seen: &Seen<'_>, key: &MetricKey) -> Option<f64> {
    let newest = seen.snapshot.points(key).last()?;
    (newest.at >= seen.began_at).then_some(newest.value)
}

pub(super) fn replication_is(
    seen: &Seen<'_>,
    region: &Region,
    bucket: &BucketName,
    rules: &[ReplicationRule],
) -> Judged {
    let said = seen.said(region, Service::S3, |here| &here.buckets)?;
    let Some(found) = said.value.iter().find(|found| found.name == *bucket) else {
        return Ok(Held::Never(format!("{region} has no bucket {bucket}")));
    };
    Ok(if same_rules(&found.rules, rules) {
        Held::Yes
    } else {
        let ids: Vec<&str> = found.rules.iter().map(|rule| rule.id.as_str()).collect();
        let ids = if ids.is_empty() { "none".to_owned() } else { list(&ids) };
        Held::NotYet(format!("the rules of {bucket} are {ids}, and not as they should be"))
    })
}

/// S3 keeps rules in an order of its own.
pub(super) fn same_rules(some: &[ReplicationRule], others: &[ReplicationRule]) -> bool {
    some.len() == others.len()
        && some.iter().all(|rule| others.contains(rule))
        && others.iter().all(|rule| some.contains(rule))
}

// ---- What would be lost

pub(super) fn at_risk_at_most(seen: &Seen<'_>, kind: StoreKind, bound: Duration) -> Judged {
    let mut stores = seen.assessment.stores.iter().filter(|store| store.kind == kind).peekable();
    if stores.peek().is_none() {
        return Err(Silent(format!("nothing is known of {} {}", seen.deployment.name, kind.as_str())));
    }
    for store in stores {
        if let Some(trend) = &store.trend {
            seen.said(&trend.region, Service::Metrics, |here| &here.metrics)?;
        }
        let at_risk = at_risk_since(seen, store)?;
        if at_risk > bound {
            let words = format!("{} of {} at risk, more than {}", span(at_risk), store.name, span(bound));
            return Ok(Held::NotYet(words));
        }
    }
    Ok(Held::Yes)
}

/// A store's data at risk, where all of what it was told by began after the beginning.
fn at_risk_since(seen: &Seen<'_>, store: &StoreAssessment) -> Result<Duration, Silent> {
    let silent = |words: &str| {
        let region = store.trend.as_ref().map(|key| format!(" ({})", key.region)).unwrap_or_default();
        Silent(format!("{words} of {}{region}", store.name))
    };
    let at_risk = store.at_risk.as_ref().ok_or_else(|| silent("nothing tells the data at risk"))?;
    if at_risk.freshness != Freshness::Fresh {
        return Err(silent("nothing new tells the data at risk"));
    }
    if !began_since(at_risk, seen.began_at) {
        return Err(silent("nothing read since this began tells the data at risk"));
    }
    Ok(at_risk.value)
}

/// A number is dated by its period's end, or by now while the period still fills; so a date one period after the
/// beginning is what proves that the period began after it.
fn began_since<T>(dated: &Dated<T>, began_at: Timestamp) -> bool {
    dated.at >= after(began_at, PERIOD)
}
