//! Stacks that were made for the deployment once and are no part of what its blueprint comes to now: of parameters that
//! are off, or under other names. What AWS lists of them says what they hold, what must be emptied first, and which of
//! two stacks of a database holds the writer; the manifest says which of them stands on which.

use std::collections::BTreeSet;

use lifeboat_model::call::Call;
use lifeboat_model::facts::stack::{Stack, StackResource};
use lifeboat_model::id::{BucketName, GlobalClusterId, Region, StackName, VaultName, ZoneId};
use lifeboat_model::plan::{BuildResource, BuildStack, ResourceAction, StackAction, Step, StepId};
use lifeboat_model::read::PlannedRead;
use lifeboat_model::time::Duration;

use super::super::parts::Filling;
use super::super::{CannotBuild, Ground, Standing, holds_data};
use super::{
    Deletion, Scene, Told, bucket_question, deletion_of, empty_bucket, empty_vault, foreign_records, is_at_rest,
    points_question, resources_question,
};
use crate::questions;

/// How long a stack takes of which only a list is known.
const USUAL: Duration = Duration::from_mins(5);

pub(super) struct Orphan<'a> {
    /// Within the manifest, which may not know it any more.
    pub(super) id: &'a str,
    pub(super) region: &'a Region,
    pub(super) name: &'a StackName,
    pub(super) standing: Standing<'a>,
}

/// Those that stand, and those of which that is not known.
pub(super) fn find<'a>(ground: &'a Ground<'a>) -> Result<Vec<Orphan<'a>>, CannotBuild> {
    let mut found: Vec<Orphan<'a>> = Vec::new();
    for earlier in ground.earlier {
        let is_it = |name: &StackName, region: &Region| *name == earlier.name && *region == earlier.region;
        let is_planned = ground.stacks.stacks.iter().any(|spec| is_it(&spec.name, &spec.region));
        if is_planned || found.iter().any(|orphan| is_it(orphan.name, orphan.region)) {
            continue;
        }
        let standing = ground.standing(&earlier.region, &earlier.name)?;
        if let Some(stack) = standing.stack() {
            ground.prove_ours(&earlier.region, stack)?;
            is_at_rest(&earlier.region, stack)?;
        }
        if !matches!(standing, Standing::Absent) {
            found.push(Orphan { id: &earlier.id, region: &earlier.region, name: &earlier.name, standing });
        }
    }
    Ok(found)
}

fn deletion_id(orphan: &Orphan<'_>) -> StepId {
    StepId::new(format!("delete-{}-{}", orphan.name, orphan.region))
}

fn of_type<'a>(resources: &'a [StackResource], resource_type: &str) -> impl Iterator<Item = &'a str> {
    let is_there = move |resource: &&StackResource| resource.status != "DELETE_COMPLETE";
    let of_type = resources.iter().filter(is_there).filter(move |resource| resource.resource_type == resource_type);
    of_type.filter_map(|resource| resource.physical_id.as_deref())
}

impl<'a> Scene<'a> {
    fn standing_orphans(&self) -> impl Iterator<Item = (&Orphan<'a>, &'a Stack)> {
        self.orphans.iter().filter_map(|orphan| Some((orphan, orphan.standing.stack()?)))
    }

    /// As far as they can be known by what was asked so far.
    pub(super) fn questions_of_orphans(&self) -> Vec<PlannedRead> {
        let mut asked = Vec::new();
        for (orphan, _) in self.standing_orphans() {
            let region = orphan.region;
            asked.push(resources_question(region, orphan.name));
            let Ok(resources) = self.resources(region, orphan.name) else { continue };
            for bucket in of_type(resources, "AWS::S3::Bucket").map(BucketName::from) {
                asked.extend([bucket_question(region, &bucket), questions::contents(region, &bucket)]);
            }
            let vaults = of_type(resources, "AWS::Backup::BackupVault").map(VaultName::from);
            asked.extend(vaults.map(|vault| points_question(region, &vault)));
            let zones = of_type(resources, "AWS::Route53::HostedZone").map(ZoneId::from);
            asked.extend(zones.flat_map(|zone| self.zone_questions(&zone)));
            let clusters = of_type(resources, "AWS::RDS::GlobalCluster").map(GlobalClusterId::from);
            asked.extend(clusters.flat_map(|id| self.cluster_questions(&id).collect::<Vec<_>>()));
        }
        asked
    }

    /// The buckets that they hold.
    pub(super) fn orphaned_buckets(&self) -> Vec<(Region, BucketName)> {
        let orphans = self.standing_orphans();
        orphans
            .filter_map(|(orphan, _)| Some((orphan.region, self.resources(orphan.region, orphan.name).ok()?)))
            .flat_map(|(region, resources)| {
                of_type(resources, "AWS::S3::Bucket").map(|bucket| (region.clone(), BucketName::from(bucket)))
            })
            .collect()
    }

    /// Each is deleted once all that stand on it are gone and what would hold its deletion up is emptied.
    pub(super) fn orphan_steps(&self, told: &mut Told) -> Result<Vec<Step>, CannotBuild> {
        let mut steps = Vec::new();
        for (orphan, stack) in self.standing_orphans() {
            let region = orphan.region;
            let resources = self.resources(region, orphan.name)?;
            let (mut first, mut emptying) = (Vec::new(), Vec::new());
            for name in of_type(resources, "AWS::S3::Bucket") {
                emptying.push(Call::EmptyBucket { region: region.clone(), bucket: name.into() });
                first.push(empty_bucket(self, &format!("empty-{name}"), region, &name.into(), true, told)?);
            }
            for name in of_type(resources, "AWS::Backup::BackupVault") {
                emptying.push(Call::EmptyVault { region: region.clone(), vault: name.into() });
                first.push(empty_vault(self, &format!("empty-{name}-{region}"), region, &name.into(), told)?);
            }
            for zone in of_type(resources, "AWS::Route53::HostedZone") {
                first.extend(foreign_records(self, &format!("foreign-records-{zone}"), &zone.into(), told)?);
            }
            let mut after: Vec<StepId> = first.iter().map(|step| step.id.clone()).collect();
            after.extend(self.standing_on(orphan)?.into_iter().map(deletion_id));
            steps.extend(first);
            let step = deletion_id(orphan);
            let deletion = Deletion { step, id: orphan.id, region, stack, usual: USUAL, emptying };
            steps.push(deletion_of(self.ground, deletion).after(after));
        }
        Ok(steps)
    }

    /// The others that must go before this one. One that the manifest does not know may stand on any of them.
    fn standing_on(&self, orphan: &Orphan<'a>) -> Result<Vec<&Orphan<'a>>, CannotBuild> {
        let manifest = &self.ground.blueprint.manifest;
        let is_known = |id: &str| manifest.stack(id).is_some();
        let mut found: Vec<&Orphan<'a>> = Vec::new();
        let pair = self.database_pair(orphan)?;
        for (place, (other, _)) in self.standing_orphans().enumerate() {
            if other.name == orphan.name && other.region == orphan.region {
                continue;
            }
            let is_before = match (is_known(orphan.id), is_known(other.id)) {
                _ if pair.as_ref().is_some_and(|pair| pair.is_of(other)) => {
                    pair.as_ref().is_some_and(|pair| pair.is_writer)
                }
                (true, true) => self.waits_for(other.id).contains(orphan.id),
                (true, false) => true,
                (false, true) => false,
                // One after the other, the last that was made first.
                (false, false) => {
                    let own = self.standing_orphans().position(|(it, _)| it.name == orphan.name);
                    own.is_some_and(|own| own < place)
                }
            };
            if is_before {
                found.push(other);
            }
        }
        Ok(found)
    }

    /// The stacks that a stack of the manifest waits for, those that its steps wait for among them.
    fn waits_for(&self, id: &str) -> BTreeSet<&'a str> {
        let manifest = &self.ground.blueprint.manifest;
        let mut found = BTreeSet::new();
        let mut open: Vec<&'a str> =
            manifest.stack(id).map(|stack| manifest.waits_for(stack)).into_iter().flatten().collect();
        while let Some(next) = open.pop() {
            if let Some(step) = manifest.step(next) {
                open.extend(step.waits_for());
            } else {
                found.insert(next);
            }
        }
        found
    }

    /// Where two of them hold the clusters of one global database: the other one, and which of them writes.
    fn database_pair(&self, orphan: &Orphan<'a>) -> Result<Option<Pair<'a>>, CannotBuild> {
        const CLUSTER: &str = "AWS::RDS::DBCluster";
        let clusters = |orphan: &Orphan<'a>| -> Result<Vec<&'a str>, CannotBuild> {
            Ok(of_type(self.resources(orphan.region, orphan.name)?, CLUSTER).collect())
        };
        let own = clusters(orphan)?;
        if own.is_empty() {
            return Ok(None);
        }
        let mut others = Vec::new();
        let mut databases: BTreeSet<GlobalClusterId> = BTreeSet::new();
        for (other, _) in self.standing_orphans() {
            let resources = self.resources(other.region, other.name)?;
            databases.extend(of_type(resources, "AWS::RDS::GlobalCluster").map(GlobalClusterId::from));
            let is_itself = other.name == orphan.name && other.region == orphan.region;
            let held = clusters(other)?;
            if !is_itself && !held.is_empty() {
                others.push((other, held));
            }
        }
        if others.is_empty() {
            return Ok(None);
        }
        let unknown = |why: &str| CannotBuild::RolesUnknown {
            global_cluster: format!("the database of {} in {}", orphan.name, orphan.region),
            why: why.to_owned(),
        };
        let (Some(id), 1) = (databases.first(), databases.len()) else {
            return Err(unknown("no single stack of these parameters tells the name of its global cluster"));
        };
        let Some(writer) = self.writer_of(id)? else { return Ok(None) };
        let is_in = |region: &Region, clusters: &[&str]| {
            writer.region().as_ref() == Some(region)
                && writer.cluster_id().is_some_and(|id| clusters.contains(&id.as_str()))
        };
        let is_writer = is_in(orphan.region, &own);
        if !is_writer && !others.iter().any(|(other, clusters)| is_in(other.region, clusters)) {
            return Err(unknown("its writer is in none of its stacks"));
        }
        Ok(Some(Pair { others: others.into_iter().map(|(other, _)| (other.region, other.name)).collect(), is_writer }))
    }

    /// As the plan shows it.
    pub(super) fn build_of(&self, orphan: &Orphan<'a>) -> Result<BuildStack, CannotBuild> {
        let stack = orphan.standing.stack();
        let resources = match stack {
            Some(_) => self.resources(orphan.region, orphan.name)?,
            None => &[],
        };
        let is_there = |resource: &&StackResource| resource.status != "DELETE_COMPLETE";
        let described = |resource: &StackResource| BuildResource {
            logical_id: resource.logical_id.clone(),
            resource_type: resource.resource_type.clone(),
            module: self.ground.blueprint.manifest.module(orphan.id, &resource.logical_id).map(str::to_owned),
            action: ResourceAction::Remove,
            holds_data: holds_data(&resource.resource_type),
            expected: None,
        };
        Ok(BuildStack {
            id: orphan.id.to_owned(),
            name: orphan.name.clone(),
            region: orphan.region.clone(),
            action: if stack.is_some() { StackAction::Delete } else { StackAction::Leave },
            status: stack.map(|stack| stack.status.clone()),
            resources: resources.iter().filter(is_there).map(described).collect(),
            expected: None,
        })
    }
}

struct Pair<'a> {
    others: Vec<(&'a Region, &'a StackName)>,
    is_writer: bool,
}

impl Pair<'_> {
    fn is_of(&self, other: &Orphan<'_>) -> bool {
        self.others.iter().any(|(region, name)| *region == other.region && *name == other.name)
    }
}
