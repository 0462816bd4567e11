//! What must have arrived: tables that drain, buckets without a backlog, objects that are copied back.

use lifeboat_model::assessment::StoreKind;
use lifeboat_model::call::{Call, Change};
use lifeboat_model::facts::dynamodb::Consistency;
use lifeboat_model::facts::s3::{Bucket, ReplicationRule};
use lifeboat_model::id::{Arn, BucketName, Region, TableName};
use lifeboat_model::observation::{Freshness, Reading};
use lifeboat_model::plan::Condition;
use lifeboat_model::runbook::StepSpec;
use lifeboat_model::time::Duration;
use lifeboat_model::topology::InRegion;
use lifeboat_model::wording::{ago, span};

use super::CannotPlan;
use super::part::{Part, length_of, number_of, text_of};
use super::scene::Scene;

/// What the assessment puts at risk, in recent maxima of the latency.
const MAXIMA_AT_RISK: u32 = 10;
/// Replication Time Control promises a quarter of an hour.
const BACKLOG_TIMEOUT: Duration = Duration::from_mins(30);
const RULES_TIMEOUT: Duration = Duration::from_mins(2);

// ------ Tables.

pub(super) fn drain(spec: &StepSpec, scene: &Scene<'_>, notes: &mut Vec<String>) -> Result<Vec<Part>, CannotPlan> {
    let tables = &scene.known.deployment.tables;
    if tables.is_empty() || !scene.is_planned() {
        return Ok(Vec::new());
    }
    if scene.writes_go_on() {
        notes.push(format!(
            "Nothing stops the writes to tables in {} before clients have moved, so there is nothing to wait for: both \
             replicas take writes, nothing is lost, and of two writes to one item the later one holds.",
            scene.from
        ));
        return Ok(Vec::new());
    }
    let mut parts = Vec::new();
    for table in tables {
        parts.extend(drained(spec, scene, table)?);
    }
    Ok(parts)
}

fn drained(spec: &StepSpec, scene: &Scene<'_>, table: &TableName) -> Result<Option<Part>, CannotPlan> {
    if is_strong(scene, table) {
        return Ok(None);
    }
    let at_risk = scene.store(StoreKind::DynamoDb, table.as_str()).and_then(|store| store.at_risk.as_ref());
    let Some(at_risk) = at_risk else { return Err(CannotPlan::LatencyUnknown { table: table.to_string() }) };
    let maximum = at_risk.value / MAXIMA_AT_RISK;
    let factor = number_of(spec, "factor");
    let wanted = maximum.saturating_mul(factor);
    let at_least = length_of(spec, "at-least");
    let told = match at_risk.freshness {
        Freshness::Fresh => String::new(),
        Freshness::Pending | Freshness::Stale | Freshness::Unavailable => {
            format!(", as known {} ago", ago(scene.known.now, at_risk.at))
        }
    };
    let basis = if wanted < at_least {
        format!("the least that is waited{told}")
    } else {
        format!("{factor} × {}, rounded up{told}", span(maximum))
    };
    let length = in_whole_turns(wanted.max(at_least));
    let title = format!("Wait {} while {table} drains", span(length));
    let part = Part::new(format!("drain-{table}"), title, length.saturating_add(Duration::from_mins(1)));
    Ok(Some(part.verify([Condition::Elapsed { length }]).expected(Some(length), basis)))
}

/// Rounded up to five seconds. Latencies waver all the time, and a plan that is another one with each of them can neither
/// be read nor approved.
fn in_whole_turns(length: Duration) -> Duration {
    const TURN: Duration = Duration::from_secs(5);
    let turns = length.as_nanos().div_ceil(TURN.as_nanos());
    TURN.saturating_mul(u32::try_from(turns).unwrap_or(u32::MAX))
}

/// A table of strong consistency has nothing on its way.
fn is_strong(scene: &Scene<'_>, table: &TableName) -> bool {
    [&scene.to, &scene.from].into_iter().any(|region| {
        let tables = scene.known.snapshot.region(region).map(|here| &here.tables).and_then(Reading::value);
        tables.into_iter().flatten().any(|own| own.name == *table && own.consistency == Consistency::Strong)
    })
}

// ------ Buckets.

/// One way in which objects can go.
struct Way {
    source: InRegion<BucketName>,
    destination: InRegion<BucketName>,
}

impl Way {
    fn back(self) -> Self {
        Self { source: self.destination, destination: self.source }
    }

    fn live<'a>(&self, scene: &Scene<'a>) -> Option<&'a Bucket> {
        scene.bucket(&self.source.region, &self.source.name)
    }

    fn rules<'a>(&self, scene: &Scene<'a>) -> Vec<&'a ReplicationRule> {
        let rules = self.live(scene).map(|bucket| bucket.rules.as_slice()).unwrap_or_default();
        rules.iter().filter(|rule| rule.enabled && rule.destination == self.destination.name).collect()
    }
}

/// Forward is from the region that is left to the one that becomes active, whichever way the deployment names it.
fn forward(scene: &Scene<'_>) -> Vec<Way> {
    let mut ways: Vec<Way> = Vec::new();
    for pair in &scene.known.deployment.buckets {
        let way = Way { source: pair.source.clone(), destination: pair.destination.clone() };
        let way = if way.source.region == scene.from { way } else { way.back() };
        let is_ours = way.source.region == scene.from && way.destination.region == scene.to;
        let is_new = !ways.iter().any(|held| held.source == way.source && held.destination == way.destination);
        if is_ours && is_new {
            ways.push(way);
        }
    }
    ways
}

fn ways(spec: &StepSpec, scene: &Scene<'_>) -> Vec<Way> {
    let reverse = || forward(scene).into_iter().map(Way::back);
    match text_of(spec, "direction") {
        "forward" => forward(scene),
        "reverse" => reverse().collect(),
        _ => forward(scene).into_iter().chain(reverse()).collect(),
    }
}

pub(super) fn backlog(spec: &StepSpec, scene: &Scene<'_>, notes: &mut Vec<String>) -> Vec<Part> {
    if !scene.is_planned() {
        return Vec::new();
    }
    let mut parts = Vec::new();
    for way in ways(spec, scene) {
        let (source, destination) = (&way.source, &way.destination);
        let rules = way.rules(scene);
        if rules.is_empty() {
            if source.region == scene.from && !is_set_up_by_this_run(scene) {
                notes.push(format!(
                    "Nothing copies objects from {} in {} to {}: what is only there stays there.",
                    source.name, source.region, destination.region
                ));
            }
            continue;
        }
        if !rules.iter().any(|rule| rule.metrics) {
            notes.push(format!(
                "How much of {} waits to be copied to {} is not known, because its rules publish no metrics; it goes \
                 on being copied after the move.",
                source.name, destination.region
            ));
            continue;
        }
        if source.region == scene.from && scene.writes_go_on() {
            notes.push(format!(
                "Clients go on writing to {} until they have moved, so it is never all copied before; what is written \
                 last arrives in {} after the move.",
                source.name, destination.region
            ));
            continue;
        }
        let title = format!("Wait until everything in {} is copied to {}", source.name, destination.region);
        let holds = Condition::BacklogEmpty { source: source.clone(), destination: destination.clone() };
        let (length, basis) = length_of_copying(scene, source);
        parts.push(
            Part::new(format!("backlog-{}", source.name), title, BACKLOG_TIMEOUT)
                .verify([holds])
                .expected(Some(length), basis),
        );
    }
    parts
}

/// An object that waits now is not copied sooner than those before it were.
fn length_of_copying(scene: &Scene<'_>, source: &InRegion<BucketName>) -> (Duration, String) {
    const BETWEEN_METRICS: Duration = Duration::from_mins(1);
    let store = scene.store(StoreKind::S3, source.name.as_str());
    let store = store.filter(|store| store.writer_region.as_ref() == Some(&source.region));
    match store.and_then(|store| store.at_risk.as_ref()).map(|behind| behind.value) {
        Some(behind) if behind > BETWEEN_METRICS => (behind, format!("copies are {} behind now", span(behind))),
        Some(_) | None => (BETWEEN_METRICS, "metrics come a minute apart".to_owned()),
    }
}

fn is_set_up_by_this_run(scene: &Scene<'_>) -> bool {
    scene.runbook.steps.iter().any(|spec| {
        spec.kind == lifeboat_model::runbook::StepKind::S3ReverseReplication && text_of(spec, "direction") != "reverse"
    })
}

// ------ Copying the other way.

pub(super) fn replicate(spec: &StepSpec, scene: &Scene<'_>, notes: &mut Vec<String>) -> Result<Vec<Part>, CannotPlan> {
    if !scene.is_planned() {
        for way in forward(scene) {
            notes.push(format!(
                "Nothing copies objects from {} back to {}: its bucket cannot be reached. `failback` sets that up first.",
                way.destination.name, scene.from
            ));
        }
        return Ok(Vec::new());
    }
    let mut parts = Vec::new();
    for way in ways(spec, scene) {
        parts.extend(mirrored(spec, scene, &way, notes)?);
    }
    Ok(parts)
}

fn mirrored(
    spec: &StepSpec,
    scene: &Scene<'_>,
    way: &Way,
    notes: &mut Vec<String>,
) -> Result<Option<Part>, CannotPlan> {
    let (source, destination) = (&way.source, &way.destination);
    if !way.rules(scene).is_empty() {
        return Ok(None);
    }
    let Some(bucket) = way.live(scene) else {
        return Err(scene.not_read(format!("the replication of bucket {}", source.name), &source.region));
    };
    let back = Way { source: destination.clone(), destination: source.clone() };
    let models = back.rules(scene);
    let role = bucket
        .role
        .clone()
        .or_else(|| scene.known.deployment.replication_role.clone())
        .or_else(|| back.live(scene).and_then(|bucket| bucket.role.clone()));
    let (false, Some(role)) = (models.is_empty(), role) else {
        notes.push(format!(
            "Nothing copies objects from {} to {}, and no rule of the other direction shows how it should be done.",
            source.name, destination.name
        ));
        return Ok(None);
    };
    let is_by_kms = |rule: &&&ReplicationRule| back.live(scene).is_some_and(|bucket| bucket.by_kms.contains(&rule.id));
    if let Some(model) = models.iter().find(is_by_kms) {
        // A mirror without the keys of this side would copy only what KMS does not encrypt, and look complete.
        notes.push(format!(
            "Nothing copies objects from {} to {}: rule {} of the other direction copies by KMS keys, and which keys its \
             mirror needs is not known. Give {} a rule of its own; until it has one, what is written there is nowhere else.",
            source.name, destination.name, model.id, source.name
        ));
        return Ok(None);
    }
    let rules = with_mirrors(bucket, &models, &destination.name, text_of(spec, "rule"));
    if source.region == scene.from {
        notes.push(format!(
            "Objects that were written to {} before its rule began are not copied by it: copy them with S3 Batch \
             Replication before you rely on {}.",
            source.name, scene.to
        ));
    }
    Ok(Some(replication_part(bucket, &source.region, &destination.region, role, rules)))
}

/// The bucket's rules with one for each of the other direction; a rule that is merely switched off is switched on.
fn with_mirrors(
    bucket: &Bucket,
    models: &[&ReplicationRule],
    destination: &BucketName,
    id: &str,
) -> Vec<ReplicationRule> {
    let mut rules = bucket.rules.clone();
    let mut is_there = false;
    for rule in rules.iter_mut().filter(|rule| rule.destination == *destination) {
        rule.enabled = true;
        is_there = true;
    }
    if !is_there {
        rules.extend((1..).zip(models).map(|(number, model)| ReplicationRule {
            id: if number == 1 { id.to_owned() } else { format!("{id}-{number}") },
            destination: destination.clone(),
            enabled: true,
            ..(*model).clone()
        }));
    }
    rules
}

fn replication_part(
    bucket: &Bucket,
    source: &Region,
    destination: &Region,
    role: Arn,
    rules: Vec<ReplicationRule>,
) -> Part {
    let title = format!("Copy new objects of {} in {source} to {destination}", bucket.name);
    let call = Call::PutReplication {
        region: source.clone(),
        bucket: bucket.name.clone(),
        role,
        rules: Change::new(bucket.rules.clone(), rules.clone()),
    };
    let holds = Condition::ReplicationIs { region: source.clone(), bucket: bucket.name.clone(), rules };
    Part::new(format!("replicate-{}", bucket.name), title, RULES_TIMEOUT).calls([call]).verify([holds]).at_once()
}
