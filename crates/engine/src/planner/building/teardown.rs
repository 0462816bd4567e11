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
use lifeboat_model::facts::stack::{Stack, StackResource};
use lifeboat_model::guard::GuardName;
use lifeboat_model::id::{
    Arn, BucketName, DnsName, GlobalClusterId, ParameterName, Region, StackName, VaultName, ZoneId,
};
use lifeboat_model::plan::{
    Build, BuildStack, Condition, Leftovers, PLAN_VERSION, Plan, Predicted, ResourceAction, SlowRefusal, StackAction,
    Step, StepId,
};
use lifeboat_model::read::{PlannedRead, Read};
use lifeboat_model::runbook::{RunbookName, StepKind, TEARDOWN};
use lifeboat_model::time::Duration;
use lifeboat_model::wording::{list, span};

use super::parts::{self, BETWEEN_DELETIONS, CLOSING_GROUP, Filling, step};
use super::{CannotBuild, DEPLOYMENT_TAG, Ground, Standing, lost_note, lost_regions, prove};
use crate::findings::question;
use crate::questions;

mod orphans;

use orphans::Orphan;

/// Between what was seen of one page and the next.
const BETWEEN_PAGES: Duration = Duration::from_secs(1);
/// The slowest refusal that is known, of a table that was replicated a day ago, and an hour.
const REFUSED_FOR_AT_MOST: Duration = Duration::from_hours(25);
/// AWS's words for what fills up again.
const BUCKET_NOT_EMPTY: &str = "bucket you tried to delete is not empty";
const VAULT_NOT_EMPTY: &str = "contains recovery points";
const EMPTIED_WITHIN: Duration = Duration::from_hours(6);
/// How long AWS's index of tags may name what is gone.
const LEFTOVERS_WITHIN: Duration = Duration::from_mins(10);

/// What must be asked before the plan can be made, as far as that is known by what was asked so far.
pub fn questions(ground: &Ground<'_>) -> Vec<PlannedRead> {
    let mut asked: Vec<PlannedRead> =
        ground.stacks.stacks.iter().map(|spec| questions::stack(&spec.region, &spec.name)).collect();
    asked.extend(ground.earlier.iter().map(|earlier| questions::stack(&earlier.region, &earlier.name)));
    let Ok(scene) = Scene::set(ground) else { return asked };
    if let Some(global_cluster) = scene.global_cluster() {
        asked.extend(scene.cluster_questions(&global_cluster));
    }
    for own in ground.stacks.steps_of(When::Delete) {
        asked.extend(scene.questions_of(own));
    }
    asked.extend(scene.questions_of_orphans());
    asked
}

fn cluster_question(region: &Region, global_cluster: &GlobalClusterId) -> PlannedRead {
    question(region, Read::Aurora { global_cluster: global_cluster.clone() })
}

fn bucket_question(region: &Region, bucket: &BucketName) -> PlannedRead {
    question(region, Read::Buckets { buckets: vec![bucket.clone()] })
}

fn points_question(region: &Region, vault: &VaultName) -> PlannedRead {
    questions::named(region, Named::RecoveryPoint(vault.clone()))
}

fn resources_question(region: &Region, stack: &StackName) -> PlannedRead {
    question(region, Read::StackResources { stacks: vec![stack.clone()] })
}

/// Of a stack at which somebody else is at work it cannot be told what it will be.
fn is_at_rest(region: &Region, stack: &Stack) -> Result<(), CannotBuild> {
    let is_deleting = stack.status == "DELETE_IN_PROGRESS";
    if stack.is_in_progress() && !stack.is_in_review() && !is_deleting {
        return Err(CannotBuild::Busy {
            stack: stack.name.clone(),
            region: region.clone(),
            status: stack.status.clone(),
        });
    }
    Ok(())
}

/// What is told of deletions: what AWS refuses at first, and how much there was of it when the plan was made. Only the
/// first is part of what is approved: clients write on while somebody reads the plan.
#[derive(Default)]
struct Told {
    refusals: Vec<String>,
    forecast: Vec<String>,
}

struct Scene<'a> {
    ground: &'a Ground<'a>,
    found: Vec<(&'a StackSpec, Standing<'a>)>,
    /// What was made once and is no part of what the blueprint comes to now.
    orphans: Vec<Orphan<'a>>,
    lost: Vec<Region>,
}

impl<'a> Scene<'a> {
    fn set(ground: &'a Ground<'a>) -> Result<Self, CannotBuild> {
        let mut found = Vec::new();
        for spec in &ground.stacks.stacks {
            let standing = ground.standing(&spec.region, &spec.name)?;
            if let Some(stack) = standing.stack() {
                ground.prove_ours(&spec.region, stack)?;
                is_at_rest(&spec.region, stack)?;
            }
            found.push((spec, standing));
        }
        let orphans = orphans::find(ground)?;
        let mut lost = lost_regions(&found);
        lost.extend(orphans.iter().filter(|orphan| orphan.standing.is_lost()).map(|orphan| orphan.region.clone()));
        lost.sort();
        lost.dedup();
        Ok(Self { ground, found, orphans, lost })
    }

    /// All stacks that stand, whichever parameters they were made with.
    fn standing_stacks(&self) -> impl Iterator<Item = (&'a Region, &'a StackName)> {
        let found = self.found.iter().filter(|(_, standing)| standing.stack().is_some());
        let orphans = self.orphans.iter().filter(|orphan| orphan.standing.stack().is_some());
        found.map(|(spec, _)| (&spec.region, &spec.name)).chain(orphans.map(|orphan| (orphan.region, orphan.name)))
    }

    /// All that a stack holds, as AWS lists it.
    fn resources(&self, region: &Region, stack: &StackName) -> Result<&'a [StackResource], CannotBuild> {
        let asked = resources_question(region, stack);
        match self.ground.must_hear(&asked, || format!("the resources of {stack}"))? {
            Facts::StackResources(resources) => Ok(resources),
            _ => Err(CannotBuild::NotAsked { what: format!("the resources of {stack}"), region: region.clone() }),
        }
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
        self.text(&aurora.global_cluster).or_else(|| self.given(&aurora.global_cluster)).map(GlobalClusterId::from)
    }

    /// What a stack that does not answer would tell, by what it told others: a stack that stands was made with it.
    fn given(&self, value: &InputValue) -> Option<String> {
        self.found.iter().find_map(|(spec, standing)| {
            let stack = standing.stack()?;
            let input = spec.inputs.iter().find(|input| is_same_answer(&input.value, value))?;
            stack.parameters.get(&input.key).filter(|told| !told.is_empty()).cloned()
        })
    }

    fn is_reachable(&self, region: &Region) -> bool {
        !self.lost.contains(region)
    }

    fn questions_of(&self, own: &StepSpec) -> Vec<PlannedRead> {
        match &own.action {
            StepAction::EmptyBucket { region, bucket, .. } => {
                let Some(bucket) = self.text(bucket).map(BucketName::from) else { return Vec::new() };
                vec![bucket_question(region, &bucket), questions::contents(region, &bucket)]
            }
            StepAction::EmptyVault { region, vault } => {
                self.text(vault).map(VaultName::from).iter().map(|vault| points_question(region, vault)).collect()
            }
            StepAction::ForeignRecords { zone } => {
                let Some(zone) = self.text(zone).map(ZoneId::from) else { return Vec::new() };
                self.zone_questions(&zone)
            }
            StepAction::ManagedKey { .. }
            | StepAction::GlobalWriterEndpoint { .. }
            | StepAction::SecureParameter { .. }
            | StepAction::DeleteParameter { .. } => Vec::new(),
        }
    }

    /// The buckets of the deployment whose names are known.
    fn buckets(&self) -> Vec<(Region, BucketName)> {
        let own = self.ground.stacks.steps_of(When::Delete).filter_map(|own| match &own.action {
            StepAction::EmptyBucket { region, bucket, .. } => Some((region.clone(), self.text(bucket)?.into())),
            StepAction::ManagedKey { .. }
            | StepAction::GlobalWriterEndpoint { .. }
            | StepAction::SecureParameter { .. }
            | StepAction::DeleteParameter { .. }
            | StepAction::EmptyVault { .. }
            | StepAction::ForeignRecords { .. } => None,
        });
        own.chain(self.orphaned_buckets()).collect()
    }

    fn zone_questions(&self, zone: &ZoneId) -> Vec<PlannedRead> {
        let resources = self.standing_stacks().map(|(region, stack)| resources_question(region, stack));
        [questions::zone(zone)].into_iter().chain(resources).collect()
    }

    /// Of the two stacks of a global database, the one with the reader before the one with the writer. `None` only where
    /// there is no order to keep: what cannot be told refuses, since the order of the manifest is that of the first day.
    fn roles(&self) -> Result<Option<Roles<'a>>, CannotBuild> {
        let Some(aurora) = &self.ground.stacks.teardown.aurora else { return Ok(None) };
        let specs: Vec<&StackSpec> = aurora.stacks.iter().filter_map(|id| self.spec(id)).collect();
        let stands = specs.iter().any(|spec| self.standing(&spec.id).stack().is_some());
        let is_pair = specs.iter().filter(|spec| !matches!(self.standing(&spec.id), Standing::Absent)).count() > 1;
        if !stands || !is_pair {
            return Ok(None);
        }
        let Some(id) = self.global_cluster() else {
            return Err(CannotBuild::RolesUnknown {
                global_cluster: format!("the global cluster of {}", self.ground.chosen.deployment),
                why: "no stack that answers tells its name".to_owned(),
            });
        };
        let Some(cluster) = self.writer_of(&id)? else { return Ok(None) };
        let region = cluster.region();
        let writing = specs.iter().copied().find(|spec| Some(&spec.region) == region.as_ref());
        let reading = specs.iter().copied().find(|spec| Some(&spec.region) != region.as_ref());
        match (writing, reading) {
            (Some(writer), Some(reader)) => Ok(Some(Roles { global_cluster: id, cluster, writer, reader })),
            _ => Err(CannotBuild::RolesUnknown {
                global_cluster: id.to_string(),
                why: "its writer is in neither region of the deployment".to_owned(),
            }),
        }
    }

    fn cluster_questions(&self, id: &GlobalClusterId) -> impl Iterator<Item = PlannedRead> {
        [&self.ground.chosen.home, &self.ground.chosen.partner].into_iter().map(|region| cluster_question(region, id))
    }

    /// The cluster that writes; `None` where no other cluster reads from it.
    fn writer_of(&self, id: &GlobalClusterId) -> Result<Option<Arn>, CannotBuild> {
        let unknown = |why: &str| CannotBuild::RolesUnknown { global_cluster: id.to_string(), why: why.to_owned() };
        let mut heard = Vec::new();
        for asked in self.cluster_questions(id) {
            if let Some(Facts::Aurora(facts)) = self.ground.heard(&asked, || format!("the global cluster {id}"))? {
                heard.push(facts.global.as_ref());
            }
        }
        if heard.is_empty() {
            return Err(unknown("neither region answers"));
        }
        // One that is gone, or has no members left, has no roles either.
        let told: Vec<&GlobalCluster> = heard.into_iter().flatten().filter(|told| !told.members.is_empty()).collect();
        if told.iter().any(|told| told.failover.is_some()) {
            return Err(unknown("a promotion is under way"));
        }
        let writers: BTreeSet<Option<&Arn>> =
            told.iter().map(|told| told.writer().map(|writer| &writer.cluster)).collect();
        match (told.first(), writers.first(), writers.len()) {
            (None, ..) => Ok(None),
            (Some(_), Some(Some(cluster)), 1) => {
                Ok((told.iter().any(|told| told.members.len() > 1)).then(|| (*cluster).clone()))
            }
            _ => Err(unknown("the regions do not agree on one writer")),
        }
    }
}

/// Whether both are the same output of the same stack.
fn is_same_answer(one: &InputValue, other: &InputValue) -> bool {
    match (one, other) {
        (InputValue::Output { id, key, .. }, InputValue::Output { id: other_id, key: other_key, .. }) => {
            id == other_id && key == other_key
        }
        (
            InputValue::Output { .. } | InputValue::Literal(_) | InputValue::StepAnswer { .. } | InputValue::Text(_),
            _,
        ) => false,
    }
}

struct Roles<'a> {
    global_cluster: GlobalClusterId,
    /// The cluster that writes.
    cluster: Arn,
    writer: &'a StackSpec,
    reader: &'a StackSpec,
}

fn step_of(id: &str) -> StepId {
    StepId::new(format!("delete-{id}"))
}

pub fn teardown(ground: &Ground<'_>) -> Result<Plan, CannotBuild> {
    let scene = Scene::set(ground)?;
    let roles = scene.roles()?;
    let left = left_standing(&scene, roles.as_ref());
    let mut notes: Vec<String> = lost_note(&scene.lost).into_iter().collect();
    let mut steps = vec![parts::approval(&format!("Take {} away, with all that it holds", ground.chosen.deployment))];
    let mut told = Told::default();
    let mut work = own_steps(&scene, &left, &mut told)?;
    let orphans = scene.orphan_steps(&mut told)?;
    work.extend(deletions(&scene, roles.as_ref(), &left, &work, &orphans));
    work.extend(orphans);
    let own: Vec<StepId> = work.iter().map(|step| step.id.clone()).collect();
    for step in &mut work {
        step.after.retain(|id| own.contains(id));
    }
    steps.extend(parts::in_order(work));
    steps.extend(looks(&scene, &left));
    if let Some(Roles { writer, reader, global_cluster, .. }) = &roles {
        notes.push(format!(
            "{} goes before {}: the reader of {} is in {} now, and a writer with a reader is not deleted.",
            reader.name, writer.name, global_cluster, reader.region
        ));
    }
    notes.extend(kept_of_tables(&scene, &left));
    let mut build = build(&scene, &left, told)?;
    let mut guards = vec![
        GuardName::Access,
        GuardName::Lock,
        GuardName::Identity,
        GuardName::FreezeWindow,
        GuardName::Credentials,
        GuardName::SecondPerson,
        GuardName::Unprotected,
        GuardName::StacksAsPlanned,
    ];
    // The order is for these roles and no others: they are compared again before the run and before the reader goes.
    if let Some(roles) = &roles {
        build.global_cluster = Some(roles.global_cluster.clone());
        guards.push(GuardName::Writer);
        let reader = step_of(&roles.reader.id);
        for step in steps.iter_mut().filter(|step| step.id == reader) {
            step.guards.push(GuardName::Writer);
        }
    }
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
        writer: roles.map(|roles| roles.cluster),
        guards,
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

/// Whether a stack that does not answer may have made records: then nobody can tell which ones no stack made.
fn may_hide_records(scene: &Scene<'_>) -> bool {
    let makes_records = |spec: &StackSpec| {
        spec.evaluated.resources.iter().any(|it| it.resource_type.starts_with("AWS::Route53::RecordSet"))
    };
    scene.found.iter().any(|(spec, standing)| standing.is_lost() && makes_records(spec))
        || scene.orphans.iter().any(|orphan| orphan.standing.is_lost())
}

/// Ids of stacks that cannot go because a region is lost: those in it; where the reader of a database is in it, its
/// writer; a zone in which a stack there may have made records; and whatever these stand on.
fn left_standing(scene: &Scene<'_>, roles: Option<&Roles<'_>>) -> BTreeSet<String> {
    let mut left: BTreeSet<String> =
        scene.found.iter().filter(|(_, it)| it.is_lost()).map(|(spec, _)| spec.id.clone()).collect();
    let mut held: Vec<String> = Vec::new();
    if let Some(Roles { writer, reader, .. }) = roles.filter(|roles| left.contains(&roles.reader.id)) {
        held.extend([writer.id.clone(), reader.id.clone()]);
    }
    if may_hide_records(scene) {
        let zones = scene.ground.stacks.steps_of(When::Delete);
        let zones = zones.filter(|own| matches!(own.action, StepAction::ForeignRecords { .. }));
        held.extend(zones.flat_map(|own| own.before.iter().cloned()));
    }
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
    roles: Option<&Roles<'_>>,
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
        let orphans = orphans.iter().filter(|step| step.kind == StepKind::DeleteStack);
        after.extend(orphans.map(|step| step.id.clone()));
        steps.push(deletion(scene, spec, stack).after(after));
    }
    steps
}

fn deletion(scene: &Scene<'_>, spec: &StackSpec, stack: &Stack) -> Step {
    let usual = durations::expected(&spec.evaluated).stack.delete;
    let own = scene.ground.stacks.steps_of(When::Delete).filter(|own| own.before.contains(&spec.id));
    let emptying = own.filter_map(|own| match &own.action {
        StepAction::EmptyBucket { region, bucket, .. } if scene.is_reachable(region) => {
            Some(Call::EmptyBucket { region: region.clone(), bucket: scene.text(bucket)?.into() })
        }
        StepAction::EmptyVault { region, vault } if scene.is_reachable(region) => {
            Some(Call::EmptyVault { region: region.clone(), vault: scene.text(vault)?.into() })
        }
        StepAction::EmptyBucket { .. }
        | StepAction::EmptyVault { .. }
        | StepAction::ManagedKey { .. }
        | StepAction::GlobalWriterEndpoint { .. }
        | StepAction::SecureParameter { .. }
        | StepAction::DeleteParameter { .. }
        | StepAction::ForeignRecords { .. } => None,
    });
    let emptying = emptying.collect();
    deletion_of(
        scene.ground,
        Deletion { step: step_of(&spec.id), id: &spec.id, region: &spec.region, stack, usual, emptying },
    )
}

/// A stack that is to go.
struct Deletion<'a> {
    step: StepId,
    /// Of the stack within the manifest.
    id: &'a str,
    region: &'a Region,
    stack: &'a Stack,
    usual: Duration,
    /// What empties again, just before, what may have been filled since it was emptied, by clients, by logs on their way,
    /// by a backup. It goes out anew with each try.
    emptying: Vec<Call>,
}

fn deletion_of(ground: &Ground<'_>, deletion: Deletion<'_>) -> Step {
    let Deletion { step: id_of_step, id, region, stack, usual, emptying } = deletion;
    let known = ground.blueprint.manifest.refusals.iter().filter(|refusal| refusal.stack == id);
    let mut refusals: Vec<SlowRefusal> = known
        .map(|refusal| SlowRefusal {
            says: refusal.says.clone(),
            why: refusal.because.clone(),
            retry_after: refusal.retry,
        })
        .collect();
    let is_slow = !refusals.is_empty();
    let is_bucket = |call: &Call| matches!(call, Call::EmptyBucket { .. });
    for says in emptying.iter().map(|call| if is_bucket(call) { BUCKET_NOT_EMPTY } else { VAULT_NOT_EMPTY }) {
        if refusals.iter().all(|refusal| refusal.says != says) {
            let why = "it was filled again since it was emptied".to_owned();
            refusals.push(SlowRefusal { says: says.to_owned(), why, retry_after: Duration::ZERO });
        }
    }
    let name = &stack.name;
    // Sent too where a deletion is under way, which it does not disturb: whoever began that one may see it refused.
    let delete = Call::DeleteStack { region: region.clone(), stack: name.clone() };
    let step = step(id_of_step.as_str(), StepKind::DeleteStack, format!("Delete {name} in {region}"))
        .calls(emptying.into_iter().chain([delete]))
        .until([Condition::StackGone { region: region.clone(), stack: name.clone(), refusals }])
        .repeats(BETWEEN_DELETIONS)
        .of_a_stack(ground, usual);
    if is_slow { step.at_most(REFUSED_FOR_AT_MOST) } else { step }
}

// ---- What must be done first

fn own_steps(scene: &Scene<'_>, left: &BTreeSet<String>, told: &mut Told) -> Result<Vec<Step>, CannotBuild> {
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
                match scene.text(bucket).map(BucketName::from).filter(|_| scene.is_reachable(region)) {
                    Some(name) => vec![empty_bucket(scene, &own.id, region, &name, *stop_replication, told)?],
                    None => Vec::new(),
                }
            }
            StepAction::EmptyVault { region, vault } => {
                match scene.text(vault).map(VaultName::from).filter(|_| scene.is_reachable(region)) {
                    Some(name) => vec![empty_vault(scene, &own.id, region, &name, told)?],
                    None => Vec::new(),
                }
            }
            StepAction::ForeignRecords { zone } => match scene.text(zone).map(ZoneId::from) {
                Some(zone) => foreign_records(scene, &own.id, &zone, told)?.into_iter().collect(),
                None => Vec::new(),
            },
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
fn replicating<'a>(scene: &Scene<'a>) -> Result<Vec<(Region, &'a Bucket)>, CannotBuild> {
    let mut found = Vec::new();
    for (region, name) in scene.buckets().into_iter().filter(|(region, _)| scene.is_reachable(region)) {
        let what = || format!("the rules of {name}");
        // What still replicates fills again what was emptied.
        let Facts::Buckets(buckets) = scene.ground.must_hear(&bucket_question(&region, &name), what)? else {
            return Err(other_answer(what(), &region));
        };
        found.extend(buckets.iter().filter(|bucket| !bucket.rules.is_empty()).map(|bucket| (region.clone(), bucket)));
    }
    Ok(found)
}

fn other_answer(what: String, region: &Region) -> CannotBuild {
    CannotBuild::NotAsked { what, region: region.clone() }
}

fn empty_bucket(
    scene: &Scene<'_>,
    id: &str,
    region: &Region,
    name: &BucketName,
    stop_replication: bool,
    told: &mut Told,
) -> Result<Step, CannotBuild> {
    told.refusals.push(format!("{name} in {region} is emptied first: a bucket that is not empty is not deleted."));
    match scene.ground.heard(&questions::contents(region, name), || format!("the bucket {name}"))? {
        None => told.forecast.push(format!("How much {name} in {region} holds is not known: nobody answers.")),
        Some(Facts::BucketContents(found)) => {
            let found = found.iter().filter(|found| found.name == *name && !found.is_empty());
            told.forecast.extend(found.map(|found| {
                let more = if found.is_more { "at least " } else { "" };
                format!(
                    "{name} in {region} holds {more}{} versions, {} delete markers and {} unfinished uploads.",
                    found.versions, found.delete_markers, found.uploads
                )
            }));
        }
        Some(_) => return Err(other_answer(format!("the bucket {name}"), region)),
    }
    let mut calls = Vec::new();
    if stop_replication {
        for (at, source) in replicating(scene)? {
            if source.name == *name || source.rules.iter().any(|rule| rule.destination == *name) {
                calls.push(Call::PutReplication {
                    region: at,
                    bucket: source.name.clone(),
                    role: source.role.clone().unwrap_or_else(|| "".into()),
                    rules: Change::new(source.rules.clone(), Vec::new()),
                });
            }
        }
    }
    calls.push(Call::EmptyBucket { region: region.clone(), bucket: name.clone() });
    Ok(step(id, StepKind::EmptyBucket, format!("Empty {name} in {region}"))
        .calls(calls)
        .until([Condition::BucketEmpty { region: region.clone(), bucket: name.clone() }])
        .repeats(BETWEEN_PAGES)
        .taking(Duration::from_secs(10), "a second for each thousand versions")
        .at_most(EMPTIED_WITHIN))
}

fn empty_vault(
    scene: &Scene<'_>,
    id: &str,
    region: &Region,
    name: &VaultName,
    told: &mut Told,
) -> Result<Step, CannotBuild> {
    told.refusals.push(format!("{name} in {region} is emptied first: a vault that is not empty is not deleted."));
    match scene.ground.heard(&points_question(region, name), || format!("the vault {name}"))? {
        None => told.forecast.push(format!("How much {name} in {region} holds is not known: nobody answers.")),
        Some(Facts::Named(points)) if points.is_empty() => {}
        Some(Facts::Named(points)) => {
            told.forecast.push(format!("{name} in {region} holds {} recovery points.", points.len()));
        }
        Some(_) => return Err(other_answer(format!("the vault {name}"), region)),
    }
    Ok(step(id, StepKind::EmptyVault, format!("Delete the recovery points of {name} in {region}"))
        .calls([Call::EmptyVault { region: region.clone(), vault: name.clone() }])
        .until([Condition::VaultEmpty { region: region.clone(), vault: name.clone() }])
        .repeats(BETWEEN_DELETIONS)
        .taking(Duration::from_secs(30), "usual for a vault")
        .at_most(EMPTIED_WITHIN))
}

/// Records that no stack of the deployment made: the plan names each, and nothing else is deleted.
fn foreign_records(scene: &Scene<'_>, id: &str, zone: &ZoneId, told: &mut Told) -> Result<Option<Step>, CannotBuild> {
    let ground = scene.ground;
    let Facts::ZoneRecords(records) = ground.must_hear(&questions::zone(zone), || format!("the zone {zone}"))? else {
        return Err(other_answer(format!("the zone {zone}"), &Region::route53()));
    };
    let mut made: BTreeSet<DnsName> = BTreeSet::new();
    for (region, stack) in scene.standing_stacks() {
        let resources = scene.resources(region, stack)?.iter();
        let records = resources.filter(|resource| resource.resource_type.starts_with("AWS::Route53::RecordSet"));
        made.extend(records.filter_map(|resource| resource.physical_id.as_deref().map(DnsName::normal)));
    }
    let apex = records.iter().find(|record| record.record_type == "SOA").map(|record| record.name.clone());
    let is_foreign = |record: &&RecordSet| {
        let is_zones_own = matches!(record.record_type.as_str(), "SOA" | "NS") && Some(&record.name) == apex.as_ref();
        !is_zones_own && !made.contains(&DnsName::normal(record.name.as_str()))
    };
    let foreign: Vec<&RecordSet> = records.iter().filter(is_foreign).collect();
    if foreign.is_empty() {
        return Ok(None);
    }
    let names: Vec<String> = foreign.iter().map(|record| format!("{} {}", record.record_type, record.name)).collect();
    told.refusals.push(format!(
        "The zone {zone} holds records that no stack of this deployment made: {}. A zone with records is not deleted, so \
         these are deleted first.",
        list(&names)
    ));
    let calls = foreign.iter().map(|record| Call::ChangeRecord {
        zone: zone.clone(),
        before: Some((*record).clone()),
        after: None,
    });
    let gone: Vec<RecordSet> = foreign.iter().map(|record| (*record).clone()).collect();
    let until = [Condition::RecordsGone { zone: zone.clone(), records: gone }];
    let title = format!("Delete from the zone {zone} what no stack made: {}", list(&names));
    Ok(Some(step(id, StepKind::ForeignRecords, title).calls(calls).until(until)))
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
    for orphan in scene.orphans.iter().filter(|orphan| !orphan.standing.is_lost()) {
        regions.entry(orphan.region).or_default().stacks.push(orphan.name.clone());
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
        let replicas = own.properties.get("Replicas").map(lifeboat_blueprint::Value::items).unwrap_or_default();
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

fn build(scene: &Scene<'_>, left: &BTreeSet<String>, told: Told) -> Result<Build, CannotBuild> {
    let Told { mut refusals, forecast } = told;
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
    for orphan in &scene.orphans {
        stacks.push(scene.build_of(orphan)?);
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
    Ok(Build {
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
        forecast,
        global_cluster: None,
    })
}
