//! `teardown`: every stack is deleted before what it stands on, the reader of the database before its writer as AWS tells
//! the roles now; what holds a deletion up is emptied first; and in the end both regions are looked through for what is
//! left. Where a region is lost, it goes as far as it can and says what stays.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat_blueprint::manifest::When;
use lifeboat_blueprint::{InputValue, StackSpec, StepAction, StepSpec, durations};
use lifeboat_model::call::{Call, Change};
use lifeboat_model::facts::Facts;
use lifeboat_model::facts::aurora::GlobalCluster;
use lifeboat_model::facts::leftover::Named;
use lifeboat_model::facts::route53::RecordSet;
use lifeboat_model::facts::s3::Bucket;
use lifeboat_model::facts::stack::Stack;
use lifeboat_model::guard::GuardName;
use lifeboat_model::id::{BucketName, DnsName, GlobalClusterId, ParameterName, Region, StackName, VaultName, ZoneId};
use lifeboat_model::plan::{
    Build, BuildStack, Condition, Leftovers, PLAN_VERSION, Plan, Predicted, ResourceAction, SlowRefusal, StackAction,
    Step, StepId,
};
use lifeboat_model::read::{PlannedRead, Read};
use lifeboat_model::runbook::{RunbookName, StepKind, TEARDOWN};
use lifeboat_model::time::Duration;
use lifeboat_model::wording::{list, span};

use super::parts::{self, CLOSING_GROUP, Filling, step};
use super::{CannotBuild, DEPLOYMENT_TAG, Ground, Standing, lost_note, lost_regions, prove};
use crate::findings::question;
use crate::late::stack_question;

/// Between what was seen of one deletion, or of one page, and the next.
const BETWEEN_DELETIONS: Duration = Duration::from_secs(15);
const BETWEEN_PAGES: Duration = Duration::from_secs(1);
/// The slowest refusal that is known, of a table that was replicated a day ago, and an hour.
const REFUSED_FOR_AT_MOST: Duration = Duration::from_hours(25);
const EMPTIED_WITHIN: Duration = Duration::from_hours(6);
/// How long AWS's index of tags may name what is gone.
const LEFTOVERS_WITHIN: Duration = Duration::from_mins(10);

/// What must be asked before the plan can be made, as far as that is known by what was asked so far.
pub fn questions(ground: &Ground<'_>) -> Vec<PlannedRead> {
    let mut asked: Vec<PlannedRead> =
        ground.stacks.stacks.iter().map(|spec| stack_question(&spec.region, &spec.name)).collect();
    asked.extend(ground.earlier.iter().map(|earlier| stack_question(&earlier.region, &earlier.name)));
    let Ok(scene) = Scene::set(ground) else { return asked };
    if let Some(global_cluster) = scene.global_cluster() {
        let both = [&ground.chosen.home, &ground.chosen.partner];
        asked.extend(both.map(|region| cluster_question(region, &global_cluster)));
    }
    for own in ground.stacks.steps_of(When::Delete) {
        asked.extend(scene.questions_of(own));
    }
    asked
}

fn cluster_question(region: &Region, global_cluster: &GlobalClusterId) -> PlannedRead {
    question(region, Read::Aurora { global_cluster: global_cluster.clone() })
}

fn bucket_question(region: &Region, bucket: &BucketName) -> PlannedRead {
    question(region, Read::Buckets { buckets: vec![bucket.clone()] })
}

fn contents_question(region: &Region, bucket: &BucketName) -> PlannedRead {
    question(region, Read::BucketContents { buckets: vec![bucket.clone()] })
}

fn points_question(region: &Region, vault: &VaultName) -> PlannedRead {
    question(region, Read::Named { names: vec![Named::RecoveryPoint(vault.clone())] })
}

fn records_question(zone: &ZoneId) -> PlannedRead {
    question(&Region::route53(), Read::ZoneRecords { zones: vec![zone.clone()] })
}

fn resources_question(region: &Region, stack: &StackName) -> PlannedRead {
    question(region, Read::StackResources { stacks: vec![stack.clone()] })
}

struct Scene<'a> {
    ground: &'a Ground<'a>,
    found: Vec<(&'a StackSpec, Standing<'a>)>,
    lost: Vec<Region>,
}

impl<'a> Scene<'a> {
    fn set(ground: &'a Ground<'a>) -> Result<Self, CannotBuild> {
        let mut found = Vec::new();
        for spec in &ground.stacks.stacks {
            let standing = ground.standing(&spec.region, &spec.name)?;
            if let Some(stack) = standing.stack() {
                ground.prove_ours(spec, stack)?;
                let is_deleting = stack.status == "DELETE_IN_PROGRESS";
                if stack.is_in_progress() && !stack.is_in_review() && !is_deleting {
                    return Err(CannotBuild::Busy {
                        stack: spec.name.clone(),
                        region: spec.region.clone(),
                        status: stack.status.clone(),
                    });
                }
            }
            found.push((spec, standing));
        }
        let lost = lost_regions(&found);
        Ok(Self { ground, found, lost })
    }

    fn standing(&self, id: &str) -> Standing<'a> {
        self.found.iter().find(|(spec, _)| spec.id == id).map_or(Standing::Absent, |(_, standing)| *standing)
    }

    fn spec(&self, id: &str) -> Option<&'a StackSpec> {
        self.ground.stacks.stack(id)
    }

    /// What a text comes to by what the stacks tell now; `None` where one is gone, or says nothing of it.
    fn text(&self, value: &InputValue) -> Option<String> {
        match value {
            InputValue::Literal(text) => Some(text.clone()),
            InputValue::Output { id, key, .. } => self.standing(id).stack()?.outputs.get(key).cloned(),
            InputValue::StepAnswer { .. } => None,
            InputValue::Text(parts) => parts.iter().map(|part| self.text(part)).collect(),
        }
    }

    fn global_cluster(&self) -> Option<GlobalClusterId> {
        let aurora = self.ground.stacks.teardown.aurora.as_ref()?;
        aurora.stacks.iter().find(|id| self.standing(id).stack().is_some())?;
        self.text(&aurora.global_cluster).map(GlobalClusterId::from)
    }

    fn is_reachable(&self, region: &Region) -> bool {
        !self.lost.contains(region)
    }

    fn questions_of(&self, own: &StepSpec) -> Vec<PlannedRead> {
        match &own.action {
            StepAction::EmptyBucket { region, bucket, .. } => {
                let Some(bucket) = self.text(bucket).map(BucketName::from) else { return Vec::new() };
                vec![bucket_question(region, &bucket), contents_question(region, &bucket)]
            }
            StepAction::EmptyVault { region, vault } => {
                self.text(vault).map(VaultName::from).iter().map(|vault| points_question(region, vault)).collect()
            }
            StepAction::ForeignRecords { zone } => {
                let Some(zone) = self.text(zone).map(ZoneId::from) else { return Vec::new() };
                let stacks = self.found.iter().filter(|(_, standing)| standing.stack().is_some());
                let resources = stacks.map(|(spec, _)| resources_question(&spec.region, &spec.name));
                [records_question(&zone)].into_iter().chain(resources).collect()
            }
            StepAction::ManagedKey { .. }
            | StepAction::GlobalWriterEndpoint { .. }
            | StepAction::SecureParameter { .. }
            | StepAction::DeleteParameter { .. } => Vec::new(),
        }
    }

    /// Of the two stacks of a global database, the one with the reader before the one with the writer.
    fn roles(&self) -> Result<Option<Roles<'a>>, CannotBuild> {
        let (Some(aurora), Some(id)) = (&self.ground.stacks.teardown.aurora, self.global_cluster()) else {
            return Ok(None);
        };
        let unknown = |why: &str| CannotBuild::RolesUnknown { global_cluster: id.to_string(), why: why.to_owned() };
        let mut heard = Vec::new();
        for region in [&self.ground.chosen.home, &self.ground.chosen.partner] {
            let facts = self.ground.heard(&cluster_question(region, &id), || format!("the global cluster {id}"))?;
            if let Some(Facts::Aurora(facts)) = facts {
                heard.push(facts.global.as_ref());
            }
        }
        if heard.is_empty() {
            return Err(unknown("neither region answers"));
        }
        // One that is gone, or has no members left, has no roles either.
        let told: Vec<&GlobalCluster> = heard.into_iter().flatten().filter(|told| !told.members.is_empty()).collect();
        let Some(first) = told.first() else { return Ok(None) };
        if told.iter().any(|told| told.failover.is_some()) {
            return Err(unknown("a promotion is under way"));
        }
        let writers: BTreeSet<Option<Region>> =
            told.iter().map(|told| told.writer().and_then(|writer| writer.cluster.region())).collect();
        let (Some(Some(writer)), 1) = (writers.first(), writers.len()) else {
            return Err(unknown("the regions do not agree on one writer"));
        };
        if first.members.len() < 2 {
            return Ok(None);
        }
        let specs: Vec<&StackSpec> = aurora.stacks.iter().filter_map(|id| self.spec(id)).collect();
        let writing = specs.iter().find(|spec| spec.region == *writer);
        let reading = specs.iter().find(|spec| spec.region != *writer);
        Ok(writing.zip(reading).map(|(writer, reader)| Roles { writer, reader }))
    }
}

#[derive(Clone, Copy)]
struct Roles<'a> {
    writer: &'a StackSpec,
    reader: &'a StackSpec,
}

fn step_of(id: &str) -> StepId {
    StepId::new(format!("delete-{id}"))
}

pub fn teardown(ground: &Ground<'_>) -> Result<Plan, CannotBuild> {
    let scene = Scene::set(ground)?;
    let roles = scene.roles()?;
    let left = left_standing(&scene, roles);
    let mut notes: Vec<String> = lost_note(&scene.lost).into_iter().collect();
    let mut steps = vec![parts::approval(&format!("Take {} away, with all that it holds", ground.chosen.deployment))];
    let mut refusals = Vec::new();
    let mut work = own_steps(&scene, &left, &mut refusals)?;
    let orphans = orphans(&scene)?;
    work.extend(deletions(&scene, roles, &left, &work, &orphans));
    work.extend(orphans);
    let own: Vec<StepId> = work.iter().map(|step| step.id.clone()).collect();
    for step in &mut work {
        step.after.retain(|id| own.contains(id));
    }
    steps.extend(parts::in_order(work));
    steps.extend(looks(&scene, &left));
    if let Some(Roles { writer, reader }) = roles {
        notes.push(format!(
            "{} goes before {}: the reader of {} is in {} now, and a writer with a reader is not deleted.",
            reader.name,
            writer.name,
            scene.global_cluster().map(|id| id.to_string()).unwrap_or_default(),
            reader.region
        ));
    }
    notes.extend(kept_of_tables(&scene, &left));
    let build = build(&scene, &left, refusals);
    if build.stacks.iter().all(|stack| stack.action != StackAction::Delete) {
        notes.push("No stack of it stands: only what may be left is looked for.".to_owned());
    }
    let (from, to, mode) = ground.direction(&scene.lost);
    let mut plan = Plan {
        version: PLAN_VERSION,
        runbook: RunbookName::new(TEARDOWN),
        mode,
        deployment: ground.chosen.deployment.clone(),
        account: ground.account.cloned(),
        from,
        to,
        drill: false,
        made_at: ground.now,
        writer: None,
        guards: vec![
            GuardName::Access,
            GuardName::Lock,
            GuardName::Identity,
            GuardName::FreezeWindow,
            GuardName::Credentials,
            GuardName::SecondPerson,
            GuardName::Unprotected,
            GuardName::StacksAsPlanned,
        ],
        steps,
        predicted: Predicted::default(),
        objectives: ground.objectives.clone(),
        build: Some(build),
        notes,
    };
    plan.predicted.length = plan.groups().map(Plan::longest_way).sum();
    prove(&plan)?;
    Ok(plan)
}

/// Ids of stacks that cannot go because a region is lost: those in it, and where the reader of a database is in it, its
/// writer and whatever both stand on.
fn left_standing(scene: &Scene<'_>, roles: Option<Roles<'_>>) -> BTreeSet<String> {
    let mut left: BTreeSet<String> =
        scene.found.iter().filter(|(_, it)| it.is_lost()).map(|(spec, _)| spec.id.clone()).collect();
    let Some(Roles { writer, reader }) = roles.filter(|roles| left.contains(&roles.reader.id)) else { return left };
    let mut held = vec![writer.id.clone(), reader.id.clone()];
    while let Some(id) = held.pop() {
        if let Some(spec) = scene.spec(&id) {
            held.extend(spec.after.iter().filter(|id| !left.contains(*id)).cloned());
        }
        left.insert(id);
    }
    left
}

/// A stack goes once all that stand on it are gone, and what must be done before it is done.
fn deletions(
    scene: &Scene<'_>,
    roles: Option<Roles<'_>>,
    left: &BTreeSet<String>,
    own: &[Step],
    orphans: &[Step],
) -> Vec<Step> {
    let ground = scene.ground;
    let mut steps = Vec::new();
    for (spec, standing) in &scene.found {
        let Some(stack) = standing.stack().filter(|_| !left.contains(&spec.id)) else { continue };
        let is_pair = |other: &StackSpec| {
            roles.is_some_and(|it| {
                let pair = [it.writer.id.as_str(), it.reader.id.as_str()];
                pair.contains(&spec.id.as_str()) && pair.contains(&other.id.as_str())
            })
        };
        let dependents = ground.stacks.stacks.iter().filter(|other| other.after.contains(&spec.id) && !is_pair(other));
        let mut after: Vec<StepId> = dependents.map(|other| step_of(&other.id)).collect();
        if let Some(roles) = roles.filter(|roles| roles.writer.id == spec.id) {
            after.push(step_of(&roles.reader.id));
        }
        let before = ground.stacks.steps_of(When::Delete).filter(|own| own.before.contains(&spec.id));
        after.extend(before.map(|own| StepId::new(own.id.as_str())));
        // Steps of several calls have several steps.
        after.extend(own.iter().filter(|own| own.kind == StepKind::ForeignRecords).filter_map(|own| {
            let wanted = ground.stacks.steps_of(When::Delete).find(|it| own.id.as_str().starts_with(&it.id))?;
            wanted.before.contains(&spec.id).then(|| own.id.clone())
        }));
        after.extend(orphans.iter().map(|step| step.id.clone()));
        steps.push(deletion(ground, spec, stack).after(after));
    }
    steps
}

fn deletion(ground: &Ground<'_>, spec: &StackSpec, stack: &Stack) -> Step {
    let StackSpec { id, name, region, .. } = spec;
    let refusals: Vec<SlowRefusal> = ground
        .stacks
        .teardown
        .refusals
        .iter()
        .filter(|refusal| refusal.stack == *id)
        .map(|refusal| SlowRefusal {
            says: refusal.says.clone(),
            why: refusal.because.clone(),
            retry_after: refusal.retry,
        })
        .collect();
    let is_slow = !refusals.is_empty();
    let call = Call::DeleteStack { region: region.clone(), stack: name.clone() };
    let is_going = stack.status == "DELETE_IN_PROGRESS";
    let usual = durations::expected(&spec.evaluated).stack.delete;
    let step = step(step_of(id).as_str(), StepKind::DeleteStack, format!("Delete {name} in {region}"))
        .calls((!is_going).then_some(call))
        .until([Condition::StackGone { region: region.clone(), stack: name.clone(), refusals }])
        .repeats(BETWEEN_DELETIONS)
        .of_a_stack(ground, usual);
    if is_slow { step.at_most(REFUSED_FOR_AT_MOST) } else { step }
}

/// Stacks of parameters that were on once.
fn orphans(scene: &Scene<'_>) -> Result<Vec<Step>, CannotBuild> {
    let ground = scene.ground;
    let mut steps = Vec::new();
    for earlier in ground.earlier {
        let is_planned = scene.found.iter().any(|(spec, _)| spec.name == earlier.name && spec.region == earlier.region);
        if is_planned {
            continue;
        }
        if let Standing::Stands(_) = ground.standing(&earlier.region, &earlier.name)? {
            let (region, stack) = (earlier.region.clone(), earlier.name.clone());
            steps.push(
                step(step_of(&earlier.id).as_str(), StepKind::DeleteStack, format!("Delete {stack} in {region}"))
                    .calls([Call::DeleteStack { region: region.clone(), stack: stack.clone() }])
                    .until([Condition::StackGone { region, stack, refusals: Vec::new() }])
                    .repeats(BETWEEN_DELETIONS)
                    .of_a_stack(ground, Duration::from_mins(1)),
            );
        }
    }
    Ok(steps)
}

// ---- What must be done first

fn own_steps(scene: &Scene<'_>, left: &BTreeSet<String>, refusals: &mut Vec<String>) -> Result<Vec<Step>, CannotBuild> {
    let mut steps = Vec::new();
    for own in scene.ground.stacks.steps_of(When::Delete) {
        let after: Vec<StepId> = own.after.iter().map(|id| step_of(id)).collect();
        // What is done for stacks that stay is not done.
        let is_for_nothing = !own.before.is_empty()
            && own.before.iter().all(|id| left.contains(id) || scene.standing(id).stack().is_none());
        if is_for_nothing {
            continue;
        }
        let made = match &own.action {
            StepAction::EmptyBucket { region, bucket, stop_replication } => {
                empty_bucket(scene, own, region, bucket, *stop_replication, refusals)?.into_iter().collect()
            }
            StepAction::EmptyVault { region, vault } => {
                empty_vault(scene, own, region, vault, refusals)?.into_iter().collect()
            }
            StepAction::ForeignRecords { zone } => foreign_records(scene, own, zone, refusals)?,
            StepAction::DeleteParameter { regions, name } => delete_parameter(scene, own, regions, name),
            StepAction::ManagedKey { .. }
            | StepAction::GlobalWriterEndpoint { .. }
            | StepAction::SecureParameter { .. } => Vec::new(),
        };
        steps.extend(made.into_iter().map(|step: Step| step.after(after.clone())));
    }
    Ok(steps)
}

/// The buckets of the deployment that replicate, as their regions tell.
fn replicating<'a>(scene: &Scene<'a>) -> Vec<(&'a Region, &'a Bucket)> {
    let mut found = Vec::new();
    for own in scene.ground.stacks.steps_of(When::Delete) {
        let StepAction::EmptyBucket { region, bucket, .. } = &own.action else { continue };
        let Some(name) = scene.text(bucket).map(BucketName::from) else { continue };
        let reading = scene.ground.findings.get(&bucket_question(region, &name));
        let Some(Facts::Buckets(buckets)) = reading.and_then(|it| it.value()) else { continue };
        found.extend(buckets.iter().filter(|bucket| !bucket.rules.is_empty()).map(|bucket| (region, bucket)));
    }
    found
}

fn empty_bucket(
    scene: &Scene<'_>,
    own: &StepSpec,
    region: &Region,
    bucket: &InputValue,
    stop_replication: bool,
    refusals: &mut Vec<String>,
) -> Result<Option<Step>, CannotBuild> {
    let Some(name) = scene.text(bucket).map(BucketName::from).filter(|_| scene.is_reachable(region)) else {
        return Ok(None);
    };
    let contents = scene.ground.heard(&contents_question(region, &name), || format!("the bucket {name}"))?;
    if let Some(Facts::BucketContents(found)) = contents
        && let Some(found) = found.iter().find(|found| found.name == name && !found.is_empty())
    {
        let more = if found.is_more { "at least " } else { "" };
        refusals.push(format!(
            "{name} in {region} holds {more}{} versions, {} delete markers and {} unfinished uploads: a bucket that is \
             not empty is not deleted, so all of them are deleted first.",
            found.versions, found.delete_markers, found.uploads
        ));
    }
    let mut calls = Vec::new();
    if stop_replication {
        for (at, source) in replicating(scene) {
            let is_of_it = source.name == name || source.rules.iter().any(|rule| rule.destination == name);
            if is_of_it && scene.is_reachable(at) {
                calls.push(Call::PutReplication {
                    region: at.clone(),
                    bucket: source.name.clone(),
                    role: source.role.clone().unwrap_or_else(|| "".into()),
                    rules: Change::new(source.rules.clone(), Vec::new()),
                });
            }
        }
    }
    calls.push(Call::EmptyBucket { region: region.clone(), bucket: name.clone() });
    Ok(Some(
        step(&own.id, StepKind::EmptyBucket, format!("Empty {name} in {region}"))
            .calls(calls)
            .until([Condition::BucketEmpty { region: region.clone(), bucket: name }])
            .repeats(BETWEEN_PAGES)
            .taking(Duration::from_secs(10), "a second for each thousand versions")
            .at_most(EMPTIED_WITHIN),
    ))
}

fn empty_vault(
    scene: &Scene<'_>,
    own: &StepSpec,
    region: &Region,
    vault: &InputValue,
    refusals: &mut Vec<String>,
) -> Result<Option<Step>, CannotBuild> {
    let Some(name) = scene.text(vault).map(VaultName::from).filter(|_| scene.is_reachable(region)) else {
        return Ok(None);
    };
    let points = scene.ground.heard(&points_question(region, &name), || format!("the vault {name}"))?;
    if let Some(Facts::Named(points)) =
        points.filter(|points| !matches!(points, Facts::Named(found) if found.is_empty()))
    {
        refusals.push(format!(
            "{name} in {region} holds {} recovery points: a vault that is not empty is not deleted, so all of them are \
             deleted first.",
            points.len()
        ));
    }
    Ok(Some(
        step(&own.id, StepKind::EmptyVault, format!("Delete the recovery points of {name} in {region}"))
            .calls([Call::EmptyVault { region: region.clone(), vault: name.clone() }])
            .until([Condition::VaultEmpty { region: region.clone(), vault: name }])
            .repeats(BETWEEN_DELETIONS)
            .taking(Duration::from_secs(30), "usual for a vault")
            .at_most(EMPTIED_WITHIN),
    ))
}

/// Records that no stack of the deployment made: the plan names each, and nothing else is deleted.
fn foreign_records(
    scene: &Scene<'_>,
    own: &StepSpec,
    zone: &InputValue,
    refusals: &mut Vec<String>,
) -> Result<Vec<Step>, CannotBuild> {
    let ground = scene.ground;
    let Some(zone) = scene.text(zone).map(ZoneId::from) else { return Ok(Vec::new()) };
    let Some(Facts::ZoneRecords(records)) = ground.heard(&records_question(&zone), || format!("the zone {zone}"))?
    else {
        return Ok(Vec::new());
    };
    let mut made: BTreeSet<DnsName> = BTreeSet::new();
    for (spec, standing) in &scene.found {
        if standing.stack().is_none() {
            continue;
        }
        let asked = resources_question(&spec.region, &spec.name);
        let Some(Facts::StackResources(resources)) =
            ground.heard(&asked, || format!("the resources of {}", spec.name))?
        else {
            continue;
        };
        let records = resources.iter().filter(|resource| resource.resource_type.starts_with("AWS::Route53::RecordSet"));
        made.extend(records.filter_map(|resource| resource.physical_id.as_deref().map(DnsName::normal)));
    }
    let apex = records.iter().find(|record| record.record_type == "SOA").map(|record| record.name.clone());
    let is_foreign = |record: &&RecordSet| {
        let is_zones_own = matches!(record.record_type.as_str(), "SOA" | "NS") && Some(&record.name) == apex.as_ref();
        !is_zones_own && !made.contains(&DnsName::normal(record.name.as_str()))
    };
    let foreign: Vec<&RecordSet> = records.iter().filter(is_foreign).collect();
    if foreign.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<String> = foreign.iter().map(|record| format!("{} {}", record.record_type, record.name)).collect();
    refusals.push(format!(
        "The zone {zone} holds records that no stack of this deployment made: {}. A zone with records is not deleted, so \
         these are deleted first.",
        list(&names)
    ));
    let calls = foreign.iter().map(|record| Call::ChangeRecord {
        zone: zone.clone(),
        before: Some((*record).clone()),
        after: None,
    });
    let until = foreign.iter().map(|record| Condition::RecordIs {
        zone: zone.clone(),
        name: record.name.clone(),
        set_identifier: record.set_identifier.clone(),
        record: None,
    });
    let title = format!("Delete from the zone {zone} what no stack made: {}", list(&names));
    Ok(vec![step(&own.id, StepKind::ForeignRecords, title).calls(calls).until(until)])
}

fn delete_parameter(scene: &Scene<'_>, own: &StepSpec, regions: &[Region], name: &str) -> Vec<Step> {
    let name = ParameterName::from(name);
    let regions: Vec<&Region> = regions.iter().filter(|region| scene.is_reachable(region)).collect();
    if regions.is_empty() {
        return Vec::new();
    }
    let names: Vec<&str> = regions.iter().map(|region| region.as_str()).collect();
    let calls = regions.iter().map(|region| Call::DeleteParameter { region: (*region).clone(), name: name.clone() });
    let until = regions.iter().map(|region| Condition::ParameterGone { region: (*region).clone(), name: name.clone() });
    vec![
        step(&own.id, StepKind::DeleteParameter, format!("Delete the secret {name} in {}", list(&names)))
            .calls(calls)
            .until(until),
    ]
}

// ---- What is left

/// Both regions, and any other with a stack in it, but none that is lost.
fn looks(scene: &Scene<'_>, left: &BTreeSet<String>) -> Vec<Step> {
    let ground = scene.ground;
    let mut regions: BTreeMap<&Region, Leftovers> = BTreeMap::new();
    for region in [&ground.chosen.home, &ground.chosen.partner] {
        regions.entry(region).or_default();
    }
    for (spec, _) in scene.found.iter().filter(|(spec, _)| !left.contains(&spec.id)) {
        regions.entry(&spec.region).or_default().stacks.push(spec.name.clone());
    }
    for leftover in &ground.stacks.teardown.leftovers {
        regions.entry(&leftover.region).or_default().named.push(super::named(leftover));
    }
    let reachable = regions.into_iter().filter(|(region, _)| scene.is_reachable(region));
    reachable
        .map(|(region, mut looks)| {
            looks.tags = vec![(DEPLOYMENT_TAG.to_owned(), ground.chosen.deployment.to_string())];
            let mut step =
                step(format!("leftovers-{region}"), StepKind::Leftovers, format!("Look for what is left in {region}"))
                    .until([Condition::NothingLeft { region: region.clone(), looks }])
                    .taking(Duration::from_secs(5), "a second a request")
                    .at_most(LEFTOVERS_WITHIN)
                    .in_group(CLOSING_GROUP);
            step.optional = true;
            step
        })
        .collect()
}

/// What DynamoDB keeps by itself of tables that could be restored to a point in time.
fn kept_of_tables(scene: &Scene<'_>, left: &BTreeSet<String>) -> Option<String> {
    let gone = scene.found.iter().filter(|(spec, standing)| standing.stack().is_some() && !left.contains(&spec.id));
    let tables = gone.flat_map(|(spec, _)| &spec.evaluated.resources).filter(|own| {
        let replicas = own.properties.get("Replicas").map(|replicas| replicas.items()).unwrap_or_default();
        let is_on = |of: &lifeboat_blueprint::Value| {
            let switch = of.at("PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled");
            switch.and_then(lifeboat_blueprint::Value::scalar).as_deref() == Some("true")
        };
        match own.resource_type.as_str() {
            "AWS::DynamoDB::GlobalTable" => replicas.iter().any(is_on),
            "AWS::DynamoDB::Table" => is_on(&own.properties),
            _ => false,
        }
    });
    let names = tables.filter_map(|own| own.properties.get("TableName")?.as_str());
    let backups: Vec<String> = names.map(|name| format!("{name}$DeletedTableBackup")).collect();
    (!backups.is_empty()).then(|| {
        format!(
            "DynamoDB keeps {} for 35 days, in each region, because the table could be restored to a point in time: it can \
             be restored from, costs nothing, and goes by itself.",
            list(&backups.iter().map(String::as_str).collect::<Vec<_>>())
        )
    })
}

fn build(scene: &Scene<'_>, left: &BTreeSet<String>, mut refusals: Vec<String>) -> Build {
    let ground = scene.ground;
    let stack = |(spec, standing): &(&StackSpec, Standing<'_>)| {
        let action = if left.contains(&spec.id) {
            StackAction::Leave
        } else if standing.stack().is_some() {
            StackAction::Delete
        } else {
            StackAction::Keep
        };
        let is_deleted = action == StackAction::Delete;
        BuildStack {
            id: spec.id.clone(),
            name: spec.name.clone(),
            region: spec.region.clone(),
            action,
            status: standing.stack().map(|stack| stack.status.clone()),
            resources: if is_deleted { super::diff::whole(ground, spec, ResourceAction::Remove) } else { Vec::new() },
            expected: is_deleted.then(|| durations::expected(&spec.evaluated).stack.delete),
        }
    };
    let mut stacks: Vec<BuildStack> = scene.found.iter().map(stack).collect();
    for earlier in ground.earlier {
        let is_known = stacks.iter().any(|stack| stack.name == earlier.name && stack.region == earlier.region);
        let standing = ground.standing(&earlier.region, &earlier.name).ok().and_then(Standing::stack);
        if let Some(standing) = standing.filter(|_| !is_known) {
            stacks.push(BuildStack {
                id: earlier.id.clone(),
                name: earlier.name.clone(),
                region: earlier.region.clone(),
                action: StackAction::Delete,
                status: Some(standing.status.clone()),
                resources: Vec::new(),
                expected: None,
            });
        }
    }
    for refusal in &ground.stacks.teardown.refusals {
        if scene.standing(&refusal.stack).stack().is_some() {
            refusals.push(format!(
                "AWS may refuse to delete {} of the stack {} (\"{}\"): {}. It is tried again every {}.",
                refusal.resource,
                refusal.stack,
                refusal.says,
                refusal.because,
                span(refusal.retry)
            ));
        }
    }
    let (cost, usd_month, prices) = super::cost::of(ground);
    let why = ground.stacks.steps_of(When::Delete).filter_map(|step| step.why.clone());
    Build {
        blueprint: ground.blueprint.manifest.name.clone(),
        folder: super::folder(ground.blueprint),
        parameters: super::parameters(ground),
        protected: ground.blueprint.manifest.protected,
        stacks,
        beyond: why.collect(),
        cost,
        usd_month,
        prices,
        engines: Vec::new(),
        zones: Vec::new(),
        quotas: Vec::new(),
        names: Vec::new(),
        refusals,
    }
}
