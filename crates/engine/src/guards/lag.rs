//! What would be lost, or must be waited for. A planned run waits for what has not been replicated, as long as its steps
//! may; an unplanned one loses it, which is within what was promised or is not.
//!
//! Once the region that is left has fallen silent, nobody measures any more, and an unplanned run does not ask it anyway.
//! The assessment then lets what was at risk grow by the time that has passed, so that it stays the most that can be
//! lost; an unplanned run is judged by that. What a region told nobody before it was lost stays unknown; that is said,
//! and holds nothing up: this guard is about waiting, and no waiting brings it back.

use std::collections::BTreeSet;

use lifeboat_model::assessment::{Dated, StoreAssessment, StoreKind};
use lifeboat_model::guard::GuardName;
use lifeboat_model::id::{BucketName, Region};
use lifeboat_model::observation::Freshness;
use lifeboat_model::read::Service;
use lifeboat_model::runbook::StepKind;
use lifeboat_model::time::{Duration, age, before};
use lifeboat_model::topology::{BucketPair, InRegion};
use lifeboat_model::wording::{ago, span};

use super::footing::{Footing, because};
use super::needs::Needs;

/// Lag that is longer than this and grows by nearly a minute in a minute is replication that stands still.
const STANDSTILL_FROM: Duration = Duration::from_mins(1);
const STANDSTILL_MS_PER_MINUTE: f64 = 45_000.0;
const GROWTH_OVER: Duration = Duration::from_mins(3);

pub(super) fn services(needs: &Needs<'_>) -> BTreeSet<(Region, Service)> {
    [Service::Aurora, Service::DynamoDb, Service::S3, Service::Metrics]
        .into_iter()
        .flat_map(|service| needs.of_those_needed(service))
        .collect()
}

pub(super) fn judge(on: &mut Footing<'_>) {
    let deployment = on.deployment();
    if deployment.global_cluster.is_none() && deployment.tables.is_empty() && deployment.buckets.is_empty() {
        on.saw("the deployment has no data store that is replicated");
        return;
    }
    if let Some(id) = &deployment.global_cluster {
        store(on, StoreKind::Aurora, id.as_str());
    }
    for table in &deployment.tables {
        store(on, StoreKind::DynamoDb, table.as_str());
    }
    for pair in &deployment.buckets {
        bucket(on, pair);
    }
}

/// What is copied away from the region that is left counts, whichever way the deployment names the pair; a way that a pair
/// of its own names is judged by that.
fn bucket(on: &mut Footing<'_>, pair: &BucketPair) {
    let from = &on.plan().from;
    let is_declared = pair.source.region == *from;
    let way = if is_declared { pair.clone() } else { pair.reversed() };
    let has_pair_of_its_own = || on.deployment().buckets.iter().any(|other| other.source == way.source);
    if way.source.region != *from || (!is_declared && has_pair_of_its_own()) {
        return;
    }
    match is_copied(on, &way.source, &way.destination) {
        Some(false) => {}
        // Nobody can tell where only one of the two ways is known to be copied at all.
        None if !is_declared => {}
        Some(true) | None => store_of_either(on, &way),
    }
}

/// The bucket of a way as the assessment names it: by the one that clients write to.
fn store_of_either(on: &mut Footing<'_>, way: &BucketPair) {
    let stores = &on.situation.assessment.stores;
    let is_known = |name: &str| stores.iter().any(|store| store.kind == StoreKind::S3 && store.name == name);
    let names = [way.source.name.as_str(), way.destination.name.as_str()];
    let name = names.into_iter().find(|name| is_known(name)).unwrap_or(names[0]);
    store(on, StoreKind::S3, name);
}

/// Whether a rule in force copies one bucket to the other; where none does, that refuses. `None` where it is not known.
fn is_copied(on: &mut Footing<'_>, source: &InRegion<BucketName>, to: &InRegion<BucketName>) -> Option<bool> {
    let read = on.of_the_left(Service::S3, |here| &here.buckets)?;
    let Some(bucket) = read.iter().find(|bucket| bucket.name == source.name) else {
        on.gap(format!("bucket {} is not described by {}: S3 must answer", source.name, source.region));
        return None;
    };
    let is_copied = bucket.rules.iter().any(|rule| rule.enabled && rule.destination == to.name);
    if !is_copied {
        let overriding = on.override_with(GuardName::Lag);
        on.refuse(
            format!("objects written to {} in {} are not copied to {}", source.name, source.region, to.region),
            format!(
                "give {} a replication rule to {} (`aws s3api put-bucket-replication --bucket {} --region {} \
                 --replication-configuration file://RULES.json`) and copy what was written before by Batch Replication, or \
                 {overriding}",
                source.name, to.name, source.name, source.region
            ),
        );
    }
    Some(is_copied)
}

fn store(on: &mut Footing<'_>, kind: StoreKind, name: &str) {
    let label = label(kind);
    let found = on.situation.assessment.stores.iter().find(|store| store.kind == kind && store.name == name);
    let Some(store) = found else {
        on.gap(format!("nothing is known of {label} {name}"));
        return;
    };
    let plan = on.plan();
    if store.writer_region.as_ref() == Some(&plan.to) {
        if kind == StoreKind::Aurora {
            on.saw(format!("Aurora {name} is written in {} already", plan.to));
        } else if on.is_lost() {
            on.saw(format!(
                "clients write {label} {name} in {} already; nobody knows how much of what {} took before is lost with it",
                plan.to, plan.from
            ));
        } else {
            on.gap(format!(
                "what {} has not replicated of {label} {name} is not told while {} is the active region",
                plan.from, plan.to
            ));
        }
        return;
    }
    let Some(at_risk) = &store.at_risk else {
        if on.is_lost() && kind != StoreKind::Aurora {
            on.saw(format!(
                "nobody knows how much of {label} {name} is lost{}: only {} could tell, which is lost, and waiting saves \
                 nothing of it",
                because(&store.reasons),
                plan.from
            ));
            return;
        }
        on.gap(format!(
            "what is at risk of {label} {name} is not known{}: CloudWatch metrics of {} must answer",
            because(&store.reasons),
            metrics_of(on, kind)
        ));
        return;
    };
    on.rests_on(at_risk.at);
    if on.is_unplanned() {
        unplanned(on, store, at_risk);
    } else {
        planned(on, store, at_risk);
    }
}

fn planned(on: &mut Footing<'_>, store: &StoreAssessment, at_risk: &Dated<Duration>) {
    let (label, name) = (label(store.kind), &store.name);
    if at_risk.freshness != Freshness::Fresh {
        stale(on, store, at_risk);
        return;
    }
    if let Some(growth) = growth_when_standing_still(on, store) {
        on.refuse(
            format!(
                "replication of {label} {name} stands still: its lag is {} and grows by {} a minute",
                store.lag.as_ref().map_or_else(String::new, |lag| span(lag.value)),
                span(growth)
            ),
            format!(
                "restore the link between {} and {}; `lifeboat status` shows the lag",
                on.plan().from,
                on.plan().to
            ),
        );
    }
    let at_risk = at_risk.value;
    let limit = match (timeout(on, store.kind), store.rpo_target) {
        (Some(timeout), _) => Some((timeout, "which the run waits for at most")),
        (None, Some(rpo)) => Some((rpo, "its RPO, as no step waits for it")),
        (None, None) => None,
    };
    match limit {
        None => {
            on.saw(format!("{} of {label} {name} at risk; no RPO is stated and no step waits for it", span(at_risk)));
        }
        Some((limit, why)) if at_risk > limit => {
            on.saw(format!("{} of {label} {name} at risk", span(at_risk)));
            on.refuse(
                format!("{} of {label} {name} are not replicated yet, over {}, {why}", span(at_risk), span(limit)),
                "wait until replication has caught up, or lower the write load; `lifeboat status` shows the lag",
            );
        }
        Some((limit, why)) => {
            on.saw(format!("{} of {label} {name} to be replicated, within {}, {why}", span(at_risk), span(limit)));
        }
    }
}

fn unplanned(on: &mut Footing<'_>, store: &StoreAssessment, at_risk: &Dated<Duration>) {
    let (label, name) = (label(store.kind), &store.name);
    let from = &on.plan().from;
    two_writers(on, store);
    let most = if at_risk.freshness == Freshness::Fresh {
        span(at_risk.value)
    } else if on.is_lost() || metrics_of(on, store.kind) == *from {
        format!(
            "at most {}, counting all since {from} was last measured {} ago",
            span(at_risk.value),
            ago(on.now(), at_risk.at)
        )
    } else {
        stale(on, store, at_risk);
        return;
    };
    match store.rpo_target {
        None => on.saw(format!("{label} {name} would lose {most}; no RPO is stated")),
        Some(rpo) if at_risk.value > rpo && on.is_lost() => on.saw(format!(
            "{label} {name} would lose {most}, over the RPO of {}; {from} is lost, and waiting saves nothing of it",
            span(rpo)
        )),
        Some(rpo) if at_risk.value > rpo => {
            on.saw(format!("{label} {name} would lose {most}, over the RPO of {}", span(rpo)));
            let accept = on.override_with(GuardName::Lag);
            on.refuse(
                format!("{} of {label} {name} would be lost, over the RPO of {}", span(at_risk.value), span(rpo)),
                format!("if waiting for {from} costs more, accept the loss: {accept}"),
            );
        }
        Some(rpo) => on.saw(format!("{label} {name} would lose {most}, within the RPO of {}", span(rpo))),
    }
}

/// While the region that is left lives and nothing arrives from it, a promotion makes a second writer.
fn two_writers(on: &mut Footing<'_>, store: &StoreAssessment) {
    let (from, to) = (&on.plan().from, &on.plan().to);
    if store.kind != StoreKind::Aurora || on.is_lost() || growth_when_standing_still(on, store).is_none() {
        return;
    }
    let lag = store.lag.as_ref().map_or_else(String::new, |lag| format!(" (its lag is {})", span(lag.value)));
    let accept = on.override_with(GuardName::Lag);
    on.refuse(
        format!(
            "{from} answers and nothing arrives from it{lag}: with a writer in {to} both would take writes of Aurora {}",
            store.name
        ),
        format!("restore the link between {from} and {to}, or fence what writes in {from} and then {accept}"),
    );
}

fn stale(on: &mut Footing<'_>, store: &StoreAssessment, at_risk: &Dated<Duration>) {
    let words = format!(
        "what is at risk of {} {} was last known {} ago: CloudWatch metrics of {} must answer",
        label(store.kind),
        store.name,
        ago(on.now(), at_risk.at),
        metrics_of(on, store.kind)
    );
    on.gap(words);
}

/// The region whose CloudWatch publishes how far a store lags.
fn metrics_of(on: &Footing<'_>, kind: StoreKind) -> Region {
    match kind {
        StoreKind::Aurora | StoreKind::S3 => on.plan().to.clone(),
        StoreKind::DynamoDb => on.plan().from.clone(),
    }
}

/// How long the plan waits for what a store has not replicated.
fn timeout(on: &Footing<'_>, kind: StoreKind) -> Option<Duration> {
    let waits = |step: StepKind| match kind {
        StoreKind::Aurora => step.promotes(),
        StoreKind::DynamoDb => step == StepKind::DynamodbDrain,
        StoreKind::S3 => step == StepKind::S3Backlog,
    };
    on.plan().steps.iter().filter(|step| waits(step.kind)).map(|step| step.timeout).min()
}

/// By how much the lag has grown a minute, where that is as fast as time passes.
fn growth_when_standing_still(on: &Footing<'_>, store: &StoreAssessment) -> Option<Duration> {
    store.lag.as_ref().filter(|lag| lag.value >= STANDSTILL_FROM)?;
    let points = on.situation.snapshot.points(store.trend.as_ref()?);
    let newest = points.last()?;
    let earliest = points.iter().find(|point| point.at >= before(newest.at, GROWTH_OVER))?;
    let minutes = age(newest.at, earliest.at).as_secs_f64() / 60.0;
    let to_millis = if store.kind == StoreKind::S3 { 1000.0 } else { 1.0 };
    let growth = (minutes >= 1.0).then(|| (newest.value - earliest.value) * to_millis / minutes)?;
    (growth >= STANDSTILL_MS_PER_MINUTE).then(|| Duration::try_from_secs_f64(growth / 1000.0).ok()).flatten()
}

fn label(kind: StoreKind) -> &'static str {
    match kind {
        StoreKind::Aurora => "Aurora",
        StoreKind::DynamoDb => "table",
        StoreKind::S3 => "bucket",
    }
}
