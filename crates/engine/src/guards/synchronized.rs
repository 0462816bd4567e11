//! Replication leads to the region that is to become active and is caught up, in every store: going there loses nothing.

use std::collections::BTreeSet;

use lifeboat_model::facts::aurora::Synchronization;
use lifeboat_model::facts::dynamodb::{ReplicaStatus, TableStatus};
use lifeboat_model::id::Region;
use lifeboat_model::read::Service;
use lifeboat_model::wording::list;

use super::footing::Footing;
use super::global_cluster::{heard, short};
use super::needs::Needs;

pub(super) fn services(needs: &Needs<'_>) -> BTreeSet<(Region, Service)> {
    let mut all: BTreeSet<_> =
        [Service::Aurora, Service::DynamoDb].into_iter().flat_map(|service| needs.of_those_needed(service)).collect();
    all.extend(needs.regions().into_iter().filter(|it| *it == needs.plan.from).map(|from| (from, Service::S3)));
    all
}

pub(super) fn judge(on: &mut Footing<'_>) {
    aurora(on);
    tables(on);
    buckets(on);
}

fn aurora(on: &mut Footing<'_>) {
    let Some(id) = &on.deployment().global_cluster else {
        on.saw("there is no Aurora global cluster to synchronize");
        return;
    };
    let Some(heard) = heard(on) else { return };
    if let Some(status) = heard.under_way {
        on.refuse(format!("global cluster {id} is {status}"), "wait until the operation under way has ended");
    }
    let mut connected = Vec::new();
    for member in &heard.newest.members {
        let name = short(&member.cluster);
        // AWS tells it of secondaries; a writer is in step with itself.
        if member.is_writer {
            connected.push(name);
            continue;
        }
        match &member.synchronization {
            Some(Synchronization::Connected) => connected.push(name),
            Some(status) => on.refuse(
                format!("{name} is {status}: its copy is not complete"),
                "wait until it is connected again; `lifeboat status` shows it",
            ),
            None => on.gap(format!("whether {name} is synchronized is not told: Aurora must answer")),
        }
    }
    if heard.newest.member_in(&on.plan().to).is_none() {
        on.refuse(
            format!("{id} has no member in {}: nothing is replicated there", on.plan().to),
            format!("add a secondary cluster in {} to {id}", on.plan().to),
        );
    }
    if !connected.is_empty() {
        on.saw(format!("{} {} connected", list(&connected), if connected.len() == 1 { "is" } else { "are" }));
    }
}

fn tables(on: &mut Footing<'_>) {
    let plan = on.plan();
    if on.deployment().tables.is_empty() {
        return;
    }
    let asked = if on.is_unplanned() { vec![&plan.to] } else { vec![&plan.from, &plan.to] };
    for region in asked {
        let Some(read) = on.read(region, Service::DynamoDb, |here| &here.tables) else { continue };
        for name in &on.deployment().tables {
            let Some(table) = read.iter().find(|table| table.name == *name) else {
                on.gap(format!("table {name} is not described by {region}"));
                continue;
            };
            if !matches!(table.status, TableStatus::Active | TableStatus::Updating) {
                on.refuse(
                    format!("table {name} in {region} is {}", table.status),
                    format!(
                        "wait until it is ACTIVE: `aws dynamodb describe-table --table-name {name} --region {region}`"
                    ),
                );
            }
            let to = table.replicas.iter().find(|replica| replica.region == plan.to);
            match to.map(|replica| &replica.status) {
                Some(ReplicaStatus::Active) => {
                    on.saw(format!("{region} sees the replica of {name} in {} as ACTIVE", plan.to));
                }
                Some(status) => on.refuse(
                    format!("{region} sees the replica of {name} in {} as {status}", plan.to),
                    format!("wait until the replica in {} is ACTIVE", plan.to),
                ),
                None if *region == plan.to => on.saw(format!("{region} describes {name} as {}", table.status)),
                None => on.refuse(
                    format!("{region} knows no replica of {name} in {}", plan.to),
                    format!("add a replica of {name} in {}", plan.to),
                ),
            }
        }
    }
}

/// Objects written where clients are now must be copied to where they are to go.
fn buckets(on: &mut Footing<'_>) {
    let plan = on.plan();
    let ends: Vec<_> = on
        .deployment()
        .buckets
        .iter()
        .flat_map(|pair| [(&pair.source, &pair.destination), (&pair.destination, &pair.source)])
        .filter(|(source, _)| source.region == plan.from)
        .map(|(source, destination)| (source.name.clone(), destination.name.clone()))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    if ends.is_empty() {
        return;
    }
    if on.is_unplanned() {
        on.saw(format!("what {} copies is not asked of it in an unplanned run", plan.from));
        return;
    }
    let Some(read) = on.read(&plan.from, Service::S3, |here| &here.buckets) else { return };
    for (source, destination) in ends {
        let Some(bucket) = read.iter().find(|bucket| bucket.name == source) else {
            on.gap(format!("bucket {source} is not described by {}", plan.from));
            continue;
        };
        if bucket.rules.iter().any(|rule| rule.enabled && rule.destination == destination) {
            on.saw(format!("{source} is copied to {destination}"));
        } else {
            on.refuse(
                format!(
                    "no rule in force copies {source} to {destination}: what is written in {} stays there",
                    plan.from
                ),
                format!(
                    "give {source} a rule: `aws s3api put-bucket-replication --bucket {source} --region {} \
                     --replication-configuration file://RULES.json`; what was written before needs Batch Replication",
                    plan.from
                ),
            );
        }
    }
}
