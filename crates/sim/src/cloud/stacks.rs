//! What CloudFormation says of its stacks, and what services say of things that no deployment's physics are about:
//! change sets, events, drift, contents, versions, zones, and what is found by name or by tag.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat_model::facts::aurora::EngineVersion;
use lifeboat_model::facts::change_set::{
    ChangeAction, ChangeSet, ChangeSetStatus, Execution, Replacement, ResourceChange,
};
use lifeboat_model::facts::drift::{
    Detection, DetectionStatus, Difference, PropertyDrift, ResourceDrift, ResourceDriftStatus, StackDrift,
};
use lifeboat_model::facts::leftover::{Found, Named};
use lifeboat_model::facts::route53::RecordSet;
use lifeboat_model::facts::s3::BucketContents;
use lifeboat_model::facts::stack::{DriftStatus, Stack, StackEvent, StackResource, StackTemplate, TemplateVerdict};
use lifeboat_model::id::{Arn, BucketName, Region, StackName, ZoneId};
use lifeboat_model::time::Timestamp;
use serde_json::Value;

use super::instant;
use crate::ACCOUNT;
use crate::cloudformation::change::{self, Action};
use crate::cloudformation::refusals::ENGINES;
use crate::cloudformation::{self as cfn, Account, Key, Resource, deeds, physical};
use crate::faults::Conditions;
use crate::side::Side;
use crate::world::World;

/// Newest events of a stack that are told with it.
const EVENTS_TOLD: usize = 3;
/// Versions that a count goes through before it says "at least".
const COUNTED_AT_MOST: u64 = 10_000;
/// How long a look for drift takes.
const DETECTION_S: i64 = 12;

/// What a scenario's faults make of a deployment's stack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Marred {
    pub(super) half_deleted: bool,
    pub(super) drifted: bool,
}

impl Marred {
    /// A fault is about the stack that holds the region's bucket: there is one in each region.
    pub(super) fn of(stack: &cfn::Stack, region: Option<Side>, conditions: &Conditions) -> Self {
        let holds_bucket = stack.resources.values().any(|own| own.laid.kind == "AWS::S3::Bucket");
        let Some(side) = region.filter(|_| holds_bucket) else { return Self::default() };
        Self { half_deleted: *conditions.half_deleted.at(side), drifted: conditions.drift.at(side).stack }
    }
}

fn events(stack: &cfn::Stack) -> impl Iterator<Item = StackEvent> {
    stack.events.iter().enumerate().rev().map(|(place, event)| StackEvent {
        id: physical::uuid(&format!("event {place} of {}", stack.id)),
        at: instant(event.at),
        logical_id: event.logical_id.clone(),
        resource_type: event.kind.clone(),
        status: event.status.clone(),
        reason: event.reason.clone(),
    })
}

fn bucket_of(stack: &cfn::Stack) -> &str {
    let bucket = stack.resources.iter().find(|(_, own)| own.laid.kind == "AWS::S3::Bucket");
    bucket.map_or("", |(id, _)| id.as_str())
}

/// A stack as it is described.
pub(super) fn described(stack: &cfn::Stack, marred: Marred, drift: DriftStatus) -> Stack {
    let failed = marred.half_deleted.then(|| {
        format!("The following resource(s) failed to delete: [{}]. The bucket is not empty.", bucket_of(stack))
    });
    let mut told: Vec<StackEvent> = Vec::new();
    if marred.half_deleted {
        told.push(StackEvent {
            id: physical::uuid(&format!("half deletion of {}", stack.id)),
            at: instant(-1_800),
            logical_id: stack.key.name.to_string(),
            resource_type: "AWS::CloudFormation::Stack".to_owned(),
            status: "DELETE_FAILED".to_owned(),
            reason: failed.clone(),
        });
    }
    told.extend(events(stack).take(EVENTS_TOLD));
    told.truncate(EVENTS_TOLD);
    let no_echo = |name: &str| {
        let wanted = stack.wanted.as_ref();
        wanted.is_some_and(|wanted| wanted.sent.no_echo.contains(name))
    };
    let inputs = stack.wanted.iter().flat_map(|wanted| &wanted.inputs);
    Stack {
        name: stack.key.name.clone(),
        id: Some(Arn::new(stack.id.clone())),
        status: if marred.half_deleted { "DELETE_FAILED" } else { stack.status.as_str() }.to_owned(),
        status_reason: failed.or_else(|| stack.reason.clone()),
        drift: if marred.drifted { DriftStatus::Drifted } else { drift },
        drift_checked_at: stack.drift_asked_at.map(instant),
        created_at: Some(instant(stack.created_at)),
        updated_at: if marred.half_deleted { Some(instant(-1_800)) } else { stack.updated_at.map(instant) },
        termination_protection: stack.protected,
        parameters: inputs
            .map(|(name, value)| (name.clone(), if no_echo(name) { "****".to_owned() } else { value.clone() }))
            .collect(),
        outputs: stack.outputs.clone(),
        tags: stack.wanted.iter().flat_map(|wanted| wanted.tags.iter().cloned()).collect(),
        events: told,
    }
}

pub(super) fn resources(stack: &cfn::Stack) -> Vec<StackResource> {
    let begun = stack.resources.iter().filter(|(_, own)| !own.status.is_empty());
    begun
        .map(|(id, own)| StackResource {
            stack: stack.key.name.clone(),
            logical_id: id.clone(),
            physical_id: own.id.clone(),
            resource_type: own.laid.kind.clone(),
            status: own.status.to_owned(),
            reason: own.reason.clone(),
            updated_at: Some(instant(own.since)),
        })
        .collect()
}

/// A stack by its name, or by its id, under which one that is gone is still known.
pub(super) fn find<'a>(account: &'a Account, region: &Region, name: &StackName) -> Option<&'a cfn::Stack> {
    if !name.as_str().starts_with("arn:") {
        return account.stack(region, name);
    }
    let here = account.stacks.values().find(|stack| stack.id == name.as_str());
    here.or_else(|| account.gone.get(name.as_str())).map(std::sync::Arc::as_ref)
}

/// Newest first; `None` where there is no such stack.
pub(super) fn events_since(
    account: &Account,
    region: &Region,
    name: &StackName,
    since: Option<Timestamp>,
) -> Option<Vec<StackEvent>> {
    let stack = find(account, region, name)?;
    Some(events(stack).take_while(|event| since.is_none_or(|since| event.at >= since)).collect())
}

pub(super) fn change_set(
    account: &Account,
    region: &Region,
    name: &StackName,
    set: &str,
    second: i64,
) -> Option<ChangeSet> {
    let key = Key::new(region, name);
    let stack = account.stacks.get(&key)?;
    let own = account.change_set(&key, set)?;
    let ready = second >= own.ready_at;
    let (status, execution) = match (&own.outcome, ready) {
        (_, false) => (ChangeSetStatus::InProgress, Execution::Unavailable),
        (Ok(_), true) if own.executed => (ChangeSetStatus::Complete, Execution::Complete),
        (Ok(_), true) => (ChangeSetStatus::Complete, Execution::Available),
        (Err(_), true) => (ChangeSetStatus::Failed, Execution::Unavailable),
    };
    let changes = own.outcome.as_deref().unwrap_or_default();
    Some(ChangeSet {
        name: set.to_owned(),
        stack: name.clone(),
        id: Some(Arn::new(format!(
            "arn:aws:cloudformation:{region}:{ACCOUNT}:changeSet/{set}/{}",
            physical::uuid(&format!("{set} of {}", stack.id))
        ))),
        stack_id: Some(Arn::new(stack.id.clone())),
        status,
        execution,
        reason: own.outcome.as_ref().err().filter(|_| ready).cloned(),
        created_at: Some(instant(own.created_at)),
        changes: if ready { changes.iter().map(change_of).collect() } else { Vec::new() },
        parameters: own.wanted.inputs.clone(),
    })
}

fn change_of(changed: &change::Changed) -> ResourceChange {
    let (action, replacement) = match changed.action {
        Action::Add => (ChangeAction::Add, None),
        Action::Modify => (ChangeAction::Modify, Some(Replacement::No)),
        Action::Replace => (ChangeAction::Modify, Some(Replacement::Yes)),
        Action::MayReplace => (ChangeAction::Modify, Some(Replacement::Conditional)),
        Action::Remove => (ChangeAction::Remove, None),
    };
    let name = |property: &String| if property == "Tags" { property.clone() } else { format!("Properties.{property}") };
    ResourceChange {
        action,
        logical_id: changed.logical_id.clone(),
        physical_id: changed.id.clone(),
        resource_type: changed.kind.clone(),
        replacement,
        changed: changed.properties.iter().map(name).collect(),
    }
}

pub(super) fn templates(account: &Account, region: &Region, names: &[StackName]) -> Vec<StackTemplate> {
    let found = names.iter().filter_map(|name| account.stack(region, name));
    found
        .filter_map(|stack| {
            let body = stack.wanted.as_ref()?.sent.body.clone().into_owned();
            Some(StackTemplate { stack: stack.key.name.clone(), body })
        })
        .collect()
}

pub(super) fn verdict(body: &str) -> TemplateVerdict {
    let read = change::read(body).map_err(|(_, words)| words).and_then(|sent| sent.template());
    match read {
        Err(words) => TemplateVerdict { refused: Some(words), ..TemplateVerdict::default() },
        Ok(template) => TemplateVerdict {
            refused: None,
            capabilities: change::capability(&template).map(ToOwned::to_owned).into_iter().collect(),
            parameters: template.parameters.keys().cloned().collect(),
        },
    }
}

pub(super) fn contents(account: &Account, region: &Region, buckets: &[BucketName], second: i64) -> Vec<BucketContents> {
    let here = buckets.iter().filter(|name| account.contents.bucket_region(name.as_str()) == Some(region));
    here.map(|name| {
        let all = account.contents.versions(name.as_str(), second);
        BucketContents {
            name: name.clone(),
            versions: all.min(COUNTED_AT_MOST),
            delete_markers: 0,
            uploads: 0,
            is_more: all > COUNTED_AT_MOST,
        }
    })
    .collect()
}

pub(super) fn engine_versions(engine: &str, version: &str) -> Vec<EngineVersion> {
    let known = ENGINES.iter().filter(|(own, offered)| *own == engine && (version.is_empty() || *offered == version));
    known
        .map(|(engine, version)| EngineVersion {
            engine: (*engine).to_owned(),
            version: (*version).to_owned(),
            global_databases: true,
            status: "available".to_owned(),
        })
        .collect()
}

/// Everything that is called so.
pub(super) fn named(account: &Account, region: &Region, names: &[Named], second: i64) -> Vec<Found> {
    names.iter().flat_map(|name| called(account, region, name, second)).collect()
}

fn called(account: &Account, region: &Region, named: &Named, second: i64) -> Vec<Found> {
    let found = |id: &str, arn: Option<String>, state: Option<&str>| Found {
        named: named.clone(),
        id: id.to_owned(),
        arn: arn.map(Arn::new),
        state: state.map(ToOwned::to_owned),
        deleted_at: None,
        bytes: None,
    };
    let here = |kind: &'static str| {
        account.standing().filter(move |(stack, own)| own.laid.kind == kind && stack.key.region == *region)
    };
    let orphans = |kind: &'static str| account.contents.orphans(region).filter(move |own| own.kind == kind);
    let name = named.name();
    let below = |id: &str| id == name || id.strip_prefix(name).is_some_and(|rest| rest.starts_with('/'));
    match named {
        Named::LogGroup(_) => {
            let arn = |id: &str| Some(physical::arn("logs", region, &format!("log-group:{id}")));
            let stands = here("AWS::Logs::LogGroup").filter_map(|(_, own)| own.id.clone());
            let left = orphans("AWS::Logs::LogGroup").map(|own| own.id.clone());
            stands.chain(left).filter(|id| below(id)).map(|id| found(&id, arn(&id), None)).collect()
        }
        Named::Secret(_) => {
            let mut all: Vec<Found> = account
                .standing()
                .filter(|(_, own)| own.laid.kind == "AWS::SecretsManager::Secret" && own.text("Name") == name)
                .filter(|(stack, own)| stack.key.region == *region || is_replicated_to(own, region))
                .filter_map(|(stack, own)| {
                    let arn = own.id.as_ref()?.replace(stack.key.region.as_str(), region.as_str());
                    Some(found(name, Some(arn), None))
                })
                .collect();
            let left =
                orphans("AWS::SecretsManager::Secret").filter(|own| own.id.contains(&format!(":secret:{name}-")));
            all.extend(left.map(|own| found(name, Some(own.id.clone()), None)));
            all
        }
        Named::SsmParameter(_) => {
            let arn = |id: &str| Some(physical::arn("ssm", region, &format!("parameter{id}")));
            let plain = here("AWS::SSM::Parameter").filter_map(|(_, own)| own.id.clone());
            let left = orphans("AWS::SSM::Parameter").map(|own| own.id.clone());
            let secure = account.contents.secure_of(region).map(|(name, _)| (name.to_owned(), "SecureString"));
            let all = plain.chain(left).map(|id| (id, "String")).chain(secure);
            all.filter(|(id, _)| id == name).map(|(id, kind)| found(&id, arn(&id), Some(kind))).collect()
        }
        Named::KmsKey(arn) if arn.starts_with("arn:") => {
            let stands =
                here("AWS::KMS::Key").filter(|(stack, own)| arn_of(&stack.key.region, own).as_ref() == Some(arn));
            let stands = stands.filter_map(|(_, own)| own.id.clone());
            let left = orphans("AWS::KMS::Key").filter(|own| own.arn == *arn).map(|own| own.id.clone());
            let mut all: Vec<Found> =
                stands.chain(left).map(|id| found(&id, Some(arn.clone()), Some("Enabled"))).collect();
            let doomed = account
                .contents
                .doomed_keys(region, second)
                .filter(|(_, key, _)| arn.ends_with(&format!(":key/{key}")));
            all.extend(doomed.map(|(_, key, until)| Found {
                deleted_at: Some(instant(until)),
                ..found(key, Some(arn.clone()), Some("PendingDeletion"))
            }));
            all
        }
        Named::KmsKey(_) => {
            let own = here("AWS::KMS::Alias").filter(|(_, own)| own.id.as_deref() == Some(name));
            let mut all: Vec<Found> = own
                .map(|(_, own)| {
                    let key = own.text("TargetKeyId");
                    found(key, Some(physical::arn("kms", region, &format!("key/{key}"))), Some("Enabled"))
                })
                .collect();
            if account.contents.has_key(region, name) {
                let key = physical::uuid(&format!("{name} of {region}"));
                all.push(found(&key, Some(physical::arn("kms", region, &format!("key/{key}"))), Some("Enabled")));
            }
            let doomed = account.contents.doomed_keys(region, second).filter(|(alias, ..)| *alias == name);
            all.extend(doomed.map(|(_, key, until)| Found {
                deleted_at: Some(instant(until)),
                ..found(key, Some(physical::arn("kms", region, &format!("key/{key}"))), Some("PendingDeletion"))
            }));
            all
        }
        Named::RecoveryPoint(vault) => {
            let count = account.contents.points(region, vault.as_str(), second);
            (0..count)
                .map(|place| {
                    let id = physical::uuid(&format!("recovery point {place} of {vault} in {region}"));
                    let arn = physical::arn("backup", region, &format!("recovery-point:{id}"));
                    Found { bytes: Some(1 << 30), ..found(&id, Some(arn), Some("COMPLETED")) }
                })
                .collect()
        }
        Named::Table(_) => {
            let arn = |id: &str| Some(physical::arn("dynamodb", region, &format!("table/{id}")));
            let stands = account.standing().filter(|(stack, own)| {
                let is_here = stack.key.region == *region;
                match own.laid.kind.as_str() {
                    "AWS::DynamoDB::Table" => is_here,
                    "AWS::DynamoDB::GlobalTable" => is_here || has_replica(own, region),
                    _ => false,
                }
            });
            let left = orphans("AWS::DynamoDB::GlobalTable").chain(orphans("AWS::DynamoDB::Table"));
            let all = stands.filter_map(|(_, own)| own.id.clone()).chain(left.map(|own| own.id.clone()));
            all.filter(|id| id == name).map(|id| found(&id, arn(&id), Some("ACTIVE"))).collect()
        }
        // One space for all of AWS: it does not matter where.
        Named::Bucket(_) => {
            let stands = account.standing().filter(|(_, own)| own.laid.kind == "AWS::S3::Bucket");
            let all = stands.filter_map(|(_, own)| own.id.clone());
            let left = account.contents.all_orphans().filter(|own| own.kind == "AWS::S3::Bucket");
            let mut all = all.chain(left.map(|own| own.id.clone()));
            all.find(|id: &String| id == name).map(|id| found(&id, None, Some("in this account"))).into_iter().collect()
        }
        Named::DbClusterSnapshot(_) => {
            let own = account.contents.snapshots(region).filter(|own| own.cluster == name);
            own.map(|own| {
                let arn = physical::arn("rds", region, &format!("cluster-snapshot:{}", own.id));
                Found { bytes: Some(10 << 30), ..found(&own.id, Some(arn), Some("available")) }
            })
            .collect()
        }
    }
}

fn is_replicated_to(secret: &Resource, region: &Region) -> bool {
    let replicas = secret.sent.get("ReplicaRegions").and_then(Value::as_array);
    replicas.into_iter().flatten().any(|own| own.get("Region").and_then(Value::as_str) == Some(region.as_str()))
}

/// Every record of zones that stand: a zone's own two, those of stacks, and those that somebody else made.
pub(super) fn zone_records(account: &Account, zones: &[ZoneId], live: &[RecordSet]) -> Vec<RecordSet> {
    let mut all: Vec<RecordSet> = Vec::new();
    for zone in zones {
        let Some((_, own)) = account.find_anywhere("AWS::Route53::HostedZone", zone.as_str()) else { continue };
        all.extend(["NS", "SOA"].map(|kind| RecordSet {
            zone: zone.clone(),
            name: own.text("Name").into(),
            record_type: kind.to_owned(),
            set_identifier: None,
            routing: lifeboat_model::facts::route53::Routing::Simple,
            ttl_s: Some(if kind == "NS" { 172_800 } else { 900 }),
            values: servers(own),
            alias: None,
            health_check: None,
        }));
        let of_stacks = account.standing().filter(|(_, record)| {
            record.laid.kind == "AWS::Route53::RecordSet" && record.text("HostedZoneId") == zone.as_str()
        });
        let of_stacks = of_stacks.filter_map(|(_, record)| crate::blueprint::record_of(record));
        let foreign = account.contents.foreign_records(zone.as_str()).cloned();
        for record in of_stacks.chain(foreign) {
            let same = |other: &&RecordSet| {
                other.name == record.name
                    && other.record_type == record.record_type
                    && other.set_identifier == record.set_identifier
            };
            // What a run made of a record is what Route 53 has.
            all.push(live.iter().find(same).cloned().unwrap_or(record));
        }
    }
    all
}

fn servers(zone: &Resource) -> Vec<String> {
    let servers = zone.attributes.get("NameServers").and_then(Value::as_array);
    servers.into_iter().flatten().filter_map(Value::as_str).map(ToOwned::to_owned).collect()
}

/// What bears a tag, by ARN.
pub(super) fn tagged(
    account: &Account,
    region: &Region,
    key: &str,
    value: &str,
) -> BTreeMap<Arn, BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    for stack in account.stacks.values() {
        for own in stack.resources.values().filter(|own| own.stands) {
            let tags = tags_of(stack, own, region);
            if tags.get(key).is_none_or(|own| own != value) {
                continue;
            }
            let here = stack.key.region == *region;
            let replica = own.laid.kind == "AWS::DynamoDB::GlobalTable" && !here && has_replica(own, region);
            if let Some(arn) = arn_of(&stack.key.region, own).filter(|_| here || replica) {
                let arn = if replica { arn.replace(stack.key.region.as_str(), region.as_str()) } else { arn };
                found.insert(Arn::new(arn), tags);
            }
        }
    }
    for own in
        account.contents.orphans(region).filter(|own| own.tags.iter().any(|(name, of)| name == key && of == value))
    {
        found.insert(Arn::new(own.arn.clone()), own.tags.iter().cloned().collect());
    }
    found
}

/// What a resource bears in a region: its stack's tags, where CloudFormation hands them to its type, and its own.
pub(crate) fn tags_of(stack: &cfn::Stack, own: &Resource, region: &Region) -> BTreeMap<String, String> {
    let kind = own.laid.kind.as_str();
    let of_the_stack =
        stack.wanted.iter().filter(|_| change::takes_tags_of_its_stack(kind)).flat_map(|wanted| &wanted.tags);
    let mut tags: BTreeMap<String, String> = of_the_stack.cloned().collect();
    let replicas = own.sent.get("Replicas").and_then(Value::as_array).into_iter().flatten();
    let replica = replicas.into_iter().find(|own| own.get("Region").and_then(Value::as_str) == Some(region.as_str()));
    let lists = ["Tags", "HealthCheckTags", "HostedZoneTags"].map(|name| own.sent.get(name));
    let lists = lists.into_iter().chain([replica.and_then(|own| own.get("Tags"))]);
    for tag in lists.flatten().filter_map(Value::as_array).flatten() {
        let part = |name: &str| tag.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
        tags.extend(part("Key").zip(part("Value")));
    }
    tags
}

fn has_replica(table: &Resource, region: &Region) -> bool {
    let replicas = table.sent.get("Replicas").and_then(Value::as_array);
    replicas.into_iter().flatten().any(|own| own.get("Region").and_then(Value::as_str) == Some(region.as_str()))
}

/// A resource's ARN, where the tagging API tells of its type.
pub(crate) fn arn_of(region: &Region, resource: &Resource) -> Option<String> {
    let id = resource.id.as_deref()?;
    if id.starts_with("arn:") {
        let untagged = ["AWS::Lambda::Alias", "AWS::Lambda::Version", "AWS::Lambda::Url", "AWS::SNS::Subscription"];
        return (!untagged.contains(&resource.laid.kind.as_str())).then(|| id.to_owned());
    }
    Some(match resource.laid.kind.as_str() {
        "AWS::CloudWatch::Alarm"
        | "AWS::DynamoDB::GlobalTable"
        | "AWS::DynamoDB::Table"
        | "AWS::Lambda::Function"
        | "AWS::S3::Bucket"
        | "AWS::KMS::Key"
        | "AWS::Events::EventBus"
        | "AWS::Events::Rule" => resource.attribute("Arn").to_owned(),
        "AWS::Logs::LogGroup" => resource.attribute("Arn").trim_end_matches(":*").to_owned(),
        "AWS::RDS::DBCluster" => resource.attribute("DBClusterArn").to_owned(),
        "AWS::RDS::DBInstance" => resource.attribute("DBInstanceArn").to_owned(),
        "AWS::RDS::DBSubnetGroup" => physical::arn("rds", region, &format!("subgrp:{id}")),
        "AWS::RDS::GlobalCluster" => format!("arn:aws:rds::{ACCOUNT}:global-cluster:{id}"),
        "AWS::Backup::BackupVault" => resource.attribute("BackupVaultArn").to_owned(),
        "AWS::Backup::BackupPlan" => resource.attribute("BackupPlanArn").to_owned(),
        "AWS::ApiGateway::RestApi" => format!("arn:aws:apigateway:{region}::/restapis/{id}"),
        "AWS::ApiGatewayV2::Api" => format!("arn:aws:apigateway:{region}::/apis/{id}"),
        "AWS::Route53::HostedZone" => format!("arn:aws:route53:::hostedzone/{id}"),
        "AWS::Route53::HealthCheck" => format!("arn:aws:route53:::healthcheck/{id}"),
        "AWS::SSM::Parameter" => physical::arn("ssm", region, &format!("parameter{id}")),
        "AWS::EC2::VPC" => physical::arn("ec2", region, &format!("vpc/{id}")),
        "AWS::EC2::Subnet" => physical::arn("ec2", region, &format!("subnet/{id}")),
        "AWS::EC2::SecurityGroup" => physical::arn("ec2", region, &format!("security-group/{id}")),
        "AWS::EC2::RouteTable" => physical::arn("ec2", region, &format!("route-table/{id}")),
        "AWS::EC2::InternetGateway" => physical::arn("ec2", region, &format!("internet-gateway/{id}")),
        "AWS::EC2::NatGateway" => physical::arn("ec2", region, &format!("natgateway/{id}")),
        "AWS::EC2::EIP" => physical::arn("ec2", region, &format!("elastic-ip/{}", resource.attribute("AllocationId"))),
        "AWS::EC2::VPCPeeringConnection" => physical::arn("ec2", region, &format!("vpc-peering-connection/{id}")),
        "AWS::EC2::VPCEndpoint" => physical::arn("ec2", region, &format!("vpc-endpoint/{id}")),
        "AWS::EC2::LaunchTemplate" => physical::arn("ec2", region, &format!("launch-template/{id}")),
        _ => return None,
    })
}

/// How a look for drift stands.
pub(super) fn detection(
    account: &Account,
    region: &Region,
    asked: &str,
    second: i64,
    drifted: impl Fn(&cfn::Stack) -> u32,
) -> Option<Detection> {
    let stack = account.stacks.values().find(|stack| {
        stack.key.region == *region && stack.drift_asked_at.is_some_and(|at| deeds::detection(&stack.id, at) == asked)
    })?;
    let at = stack.drift_asked_at?;
    let over = second >= at + DETECTION_S;
    let count = drifted(stack);
    Some(Detection {
        id: asked.to_owned(),
        status: if over { DetectionStatus::Complete } else { DetectionStatus::InProgress },
        reason: None,
        drift: over.then_some(if count > 0 { DriftStatus::Drifted } else { DriftStatus::InSync }),
        drifted_resources: over.then_some(count),
        at: Some(instant(at)),
    })
}

/// What of a stack's resources is not as its template says, as its deployment's world has them.
pub(super) fn drift(stack: &cfn::Stack, world: Option<&World>, marred: Marred, second: i64) -> StackDrift {
    let asked = stack.drift_asked_at.filter(|at| second >= at + DETECTION_S);
    let Some(asked) = asked else { return StackDrift { stack: stack.key.name.clone(), resources: Vec::new() } };
    let compared = stack.resources.iter().filter(|(_, own)| own.stands);
    let resources = compared
        .map(|(id, own)| {
            // Before offset zero everything was as it had been made.
            let mut differences =
                world.filter(|_| asked >= 0).map(|world| differences(stack, own, world)).unwrap_or_default();
            if marred.drifted && own.laid.kind == "AWS::S3::Bucket" {
                differences.push(differing("/PublicAccessBlockConfiguration/BlockPublicAcls", "true", "false"));
            }
            ResourceDrift {
                logical_id: id.clone(),
                physical_id: own.id.clone(),
                resource_type: own.laid.kind.clone(),
                status: if differences.is_empty() {
                    ResourceDriftStatus::InSync
                } else {
                    ResourceDriftStatus::Modified
                },
                differences,
                checked_at: Some(instant(asked)),
            }
        })
        .collect();
    StackDrift { stack: stack.key.name.clone(), resources }
}

pub(super) fn drifted_resources(drift: &StackDrift) -> u32 {
    let modified = drift.resources.iter().filter(|own| own.status == ResourceDriftStatus::Modified).count();
    u32::try_from(modified).unwrap_or(u32::MAX)
}

fn differing(path: &str, expected: &str, actual: &str) -> PropertyDrift {
    PropertyDrift {
        path: path.to_owned(),
        difference: Difference::NotEqual,
        expected: expected.to_owned(),
        actual: actual.to_owned(),
    }
}

/// Only what a template sets is compared, as AWS does it.
fn differences(stack: &cfn::Stack, own: &Resource, world: &World) -> Vec<PropertyDrift> {
    let estate = &world.setting.estate;
    let state = &world.state;
    let id = own.id.as_deref().unwrap_or_default();
    let mut found = Vec::new();
    match own.laid.kind.as_str() {
        "AWS::SSM::Parameter" => {
            let place = estate.parameters.iter().position(|parameter| parameter.name.as_str() == id);
            let held = place.and_then(|place| state.parameters.get(place));
            if let (Some(held), Some(side)) = (held, estate.side_of(&stack.key.region)) {
                let actual = &held.at(side).value;
                if actual != own.text("Value") {
                    found.push(differing("/Value", own.text("Value"), actual));
                }
            }
        }
        "AWS::Route53::HealthCheck" => {
            if let Some(check) = state.checks.iter().find(|check| check.id.as_str() == id)
                && check.inverted
            {
                found.push(differing("/HealthCheckConfig/Inverted", "false", "true"));
            }
        }
        "AWS::Route53::RecordSet" => found.extend(record_differences(own, world)),
        "AWS::GlobalAccelerator::EndpointGroup" => {
            let side = estate.accelerator.as_ref().and_then(|known| known.groups.find(|arn| arn.as_str() == id));
            if let (Some(side), Some(live)) = (side, &state.accelerator) {
                let dial = own.sent.get("TrafficDialPercentage").and_then(Value::as_f64).unwrap_or(100.0);
                let now = *live.now.dials_percent.at(side);
                if (now - dial).abs() > f64::EPSILON {
                    found.push(differing("/TrafficDialPercentage", &dial.to_string(), &now.to_string()));
                }
            }
        }
        "AWS::S3::Bucket" => {
            let side = estate.storage.buckets.find(|bucket| bucket.as_str() == id);
            if let Some(side) = side
                && own.sent.get("ReplicationConfiguration").is_some()
            {
                let rules: BTreeSet<&str> = state.buckets.rules.at(side).iter().map(|rule| rule.id.as_str()).collect();
                if !rules.contains(estate.storage.rule.as_str()) {
                    let actual: Vec<&str> = rules.into_iter().collect();
                    found.push(differing("/ReplicationConfiguration", &estate.storage.rule, &actual.join(", ")));
                }
            }
        }
        _ => {}
    }
    found
}

fn record_differences(own: &Resource, world: &World) -> Vec<PropertyDrift> {
    let Some(made) = crate::blueprint::record_of(own) else { return Vec::new() };
    let same = |other: &&RecordSet| {
        other.name == made.name && other.record_type == made.record_type && other.set_identifier == made.set_identifier
    };
    let Some(live) = world.state.dns.records.iter().find(same) else { return Vec::new() };
    let mut found = Vec::new();
    if live.values != made.values {
        found.push(differing("/ResourceRecords", &made.values.join(","), &live.values.join(",")));
    }
    if live.alias != made.alias {
        let host =
            |record: &RecordSet| record.alias.as_ref().map_or_else(String::new, |alias| alias.target.to_string());
        found.push(differing("/AliasTarget", &host(&made), &host(live)));
    }
    if live.health_check != made.health_check {
        let id = |record: &RecordSet| record.health_check.as_ref().map_or_else(String::new, ToString::to_string);
        found.push(differing("/HealthCheckId", &id(&made), &id(live)));
    }
    found
}
