//! What AWS does not let CloudFormation make or delete, in the words in which a stack's events then say so. A template
//! may be well-formed and still be refused: that is found out one resource at a time.

use lifeboat_model::id::Region;
use serde_json::Value;

use super::{Account, Key, Nature, Resource, Stack, physical};
use crate::draw::Topic;

/// How long a table from which a replica was made resists its deletion, and how often it then does.
const REPLICA_RULE_S: i64 = 86_400;
const REPLICA_RULE_CHANCE: f64 = 0.25;
/// How often an accelerator is still being changed.
const TRANSACTION_CHANCE: f64 = 0.1;

/// Types whose names are one space for the account, or for all of AWS.
const ONE_SPACE: &[&str] = &[
    "AWS::CloudWatch::Dashboard",
    "AWS::IAM::InstanceProfile",
    "AWS::IAM::Role",
    "AWS::RDS::GlobalCluster",
    "AWS::S3::Bucket",
];

/// Types of which AWS takes several of one name.
const MANY_OF_ONE_NAME: &[&str] = &[
    "AWS::ApiGateway::Stage",
    "AWS::ApiGatewayV2::Stage",
    "AWS::CodeDeploy::DeploymentGroup",
    "AWS::EC2::SecurityGroup",
    "AWS::Events::Rule",
    "AWS::GlobalAccelerator::Accelerator",
    "AWS::Lambda::Alias",
    "AWS::Route53::HostedZone",
    "AWS::Route53::RecordSet",
];

/// Versions of Aurora that a region offers here, with whether global databases may have them.
pub(crate) const ENGINES: &[(&str, &str)] = &[
    ("aurora-mysql", "8.0.mysql_aurora.3.04.3"),
    ("aurora-mysql", "8.0.mysql_aurora.3.08.2"),
    ("aurora-mysql", "8.0.mysql_aurora.3.10.0"),
    ("aurora-postgresql", "14.6"),
    ("aurora-postgresql", "15.10"),
    ("aurora-postgresql", "16.8"),
    ("aurora-postgresql", "17.5"),
];

fn text<'a>(properties: &'a Value, name: &str) -> &'a str {
    properties.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Why a resource cannot be made; `None` when it can.
pub(super) fn create(
    account: &Account,
    _: Nature<'_>,
    key: &Key,
    id: &str,
    kind: &str,
    sent: &Value,
) -> Option<String> {
    if let Some(why) = taken(account, key, id, kind, sent) {
        return Some(why);
    }
    match kind {
        "AWS::RDS::DBCluster" => cluster(account, &key.region, sent),
        "AWS::RDS::GlobalCluster" => engine(sent),
        "AWS::RDS::DBInstance" => absent_cluster(account, &key.region, sent),
        "AWS::S3::Bucket" => replication(account, sent),
        "AWS::SSM::Parameter" if text(sent, "Type") == "SecureString" => {
            Some("SecureString is not supported by AWS::SSM::Parameter".to_owned())
        }
        "AWS::Route53::HostedZone" => reserved(text(sent, "Name")),
        "AWS::Route53::RecordSet" => zone_is_there(account, sent),
        "AWS::Lambda::Function" => {
            let variables = sent.get("Environment").and_then(|own| own.get("Variables")).and_then(Value::as_object);
            variables.is_some_and(|own| own.contains_key("AWS_REGION")).then(|| {
                "Lambda was unable to configure your environment variables because the environment variables you have \
                 provided contains reserved keys that are currently not supported for modification. Reserved keys used in \
                 this request: AWS_REGION"
                    .to_owned()
            })
        }
        "AWS::CloudWatch::Alarm" => elsewhere(&key.region, sent),
        "AWS::ElasticLoadBalancingV2::LoadBalancer" | "AWS::ElasticLoadBalancingV2::TargetGroup" => {
            let name = text(sent, "Name");
            let what = if kind.ends_with("LoadBalancer") { "Load balancer" } else { "Target group" };
            (name.len() > 32).then(|| format!("{what} name '{name}' cannot be longer than '32' characters"))
        }
        "AWS::SecretsManager::Secret" => {
            account.contents.scheduled_secret(&key.region, text(sent, "Name")).then(|| {
                "You can't create this secret because a secret with this name is already scheduled for deletion."
                    .to_owned()
            })
        }
        _ => None,
    }
}

/// Somebody else has the name.
fn taken(account: &Account, key: &Key, id: &str, kind: &str, sent: &Value) -> Option<String> {
    let name = physical::named_by(kind).map(|property| text(sent, property)).filter(|name| !name.is_empty())?;
    if MANY_OF_ONE_NAME.contains(&kind) {
        return (kind == "AWS::Route53::RecordSet").then(|| record_taken(account, key, id, sent)).flatten();
    }
    let clashes = |stack: &Stack, own_id: &str, other: &Resource| {
        let here = ONE_SPACE.contains(&kind) || stack.key.region == key.region;
        let itself = stack.key == *key && own_id == id;
        let property = physical::named_by(kind).unwrap_or_default();
        let claimed = other.text(property) == name
            || other.replaced.as_ref().is_some_and(|old| text(&old.sent, property) == name);
        here && other.laid.kind == kind && other.id.is_some() && claimed && (!itself || other.text(property) == name)
    };
    for stack in account.stacks.values() {
        for (own_id, other) in &stack.resources {
            if !clashes(stack, own_id, other) {
                continue;
            }
            return Some(if stack.key == *key {
                format!("{name} already exists in stack {}", stack.id)
            } else if kind == "AWS::S3::Bucket" {
                format!("{name} already exists (Service: S3, Status Code: 409, HandlerErrorCode: AlreadyExists)")
            } else {
                format!(
                    "Resource of type '{kind}' with identifier '{name}' already exists. (HandlerErrorCode: AlreadyExists)"
                )
            });
        }
    }
    account.contents.keeps(&key.region, kind, name).then(|| {
        format!("Resource of type '{kind}' with identifier '{name}' already exists. (HandlerErrorCode: AlreadyExists)")
    })
}

fn record_taken(account: &Account, key: &Key, id: &str, sent: &Value) -> Option<String> {
    let (zone, name, kind) = (text(sent, "HostedZoneId"), text(sent, "Name"), text(sent, "Type"));
    let others = || {
        let all =
            account.stacks.values().flat_map(|stack| stack.resources.iter().map(move |(own, it)| (stack, own, it)));
        all.filter(|(stack, own, other)| {
            other.laid.kind == "AWS::Route53::RecordSet"
                && other.id.is_some()
                && !(stack.key == *key && *own == id)
                && other.text("HostedZoneId") == zone
                && other.text("Name").trim_end_matches('.') == name.trim_end_matches('.')
        })
        .map(|(_, _, other)| other)
    };
    if let Some(why) = shares_with_a_cname(account, sent, others().map(|other| other.text("Type").to_owned())) {
        return Some(why);
    }
    let there = others().any(|other| ["Type", "SetIdentifier"].iter().all(|part| text(sent, part) == other.text(part)));
    let foreign = account.contents.has_foreign_record(zone, name, kind);
    (there || foreign).then(|| {
        format!(
            "[Tried to create resource record set [name='{}', type='{}'] but it already exists] (Service: Route53, Status \
             Code: 400)",
            text(sent, "Name"),
            text(sent, "Type")
        )
    })
}

/// A CNAME is alone at its name, however it is routed: no record of another type stands beside one.
fn shares_with_a_cname(account: &Account, sent: &Value, others: impl Iterator<Item = String>) -> Option<String> {
    let (zone, name, kind) = (text(sent, "HostedZoneId"), text(sent, "Name"), text(sent, "Type"));
    let foreign = account
        .contents
        .foreign_records(zone)
        .filter(|own| own.name.as_str().trim_end_matches('.') == name.trim_end_matches('.'));
    let mut types = others.chain(foreign.map(|own| own.record_type.clone()));
    let other = types.find(|other| other != kind && (kind == "CNAME" || other == "CNAME"))?;
    Some(format!(
        "[RRSet of type {kind} with DNS name {name}. is not permitted because a conflicting RRSet of type {other} with the \
         same DNS name already exists in zone {zone}] (Service: Route53, Status Code: 400)"
    ))
}

/// Why a resource cannot be changed in place; `None` when it can.
pub(super) fn modify(account: &Account, key: &Key, id: &str, kind: &str, sent: &Value) -> Option<String> {
    (kind == "AWS::Route53::RecordSet").then(|| record_taken(account, key, id, sent)).flatten()
}

/// Why a resource cannot be made anew: CloudFormation makes the new one beside the old one, and under a name that the
/// template gives there is no second. Where a name counts only within what it belongs to, another of that name there is none.
pub(super) fn replace(kind: &str, was: &Value, sent: &Value) -> Option<String> {
    const WITHIN_ANOTHER: &[&str] = &[
        "AWS::ApiGateway::Stage",
        "AWS::ApiGatewayV2::Stage",
        "AWS::CodeDeploy::DeploymentGroup",
        "AWS::Events::Rule",
        "AWS::Lambda::Alias",
        "AWS::Route53::HostedZone",
        "AWS::Route53::RecordSet",
    ];
    let name = physical::named_by(kind).map(|property| (text(was, property), text(sent, property)));
    let (before, after) = name.filter(|_| !WITHIN_ANOTHER.contains(&kind))?;
    (!after.is_empty() && before == after).then(|| {
        format!(
            "CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename {after} and \
             update the stack again."
        )
    })
}

fn engine(sent: &Value) -> Option<String> {
    let (engine, version) = (text(sent, "Engine"), text(sent, "EngineVersion"));
    let known = version.is_empty() || ENGINES.iter().any(|(own, offered)| *own == engine && *offered == version);
    (!known).then(|| format!("Cannot find version {version} for {engine} (Service: Rds, Status Code: 400)"))
}

/// Member clusters that exist of a global cluster.
fn members<'a>(account: &'a Account, global: &'a str) -> impl Iterator<Item = (&'a Stack, &'a Resource)> {
    account.standing().filter(move |(_, own)| {
        own.laid.kind == "AWS::RDS::DBCluster" && own.text("GlobalClusterIdentifier") == global && !global.is_empty()
    })
}

fn cluster(account: &Account, region: &Region, sent: &Value) -> Option<String> {
    if let Some(why) = engine(sent) {
        return Some(why);
    }
    let global = text(sent, "GlobalClusterIdentifier");
    let managed = text(sent, "KmsKeyId");
    if managed.starts_with("alias/") && !account.contents.has_key(region, managed) {
        return Some(format!(
            "KMS key {managed} does not exist, is not enabled or you do not have permissions to access it"
        ));
    }
    if global.is_empty() {
        return None;
    }
    if !account
        .standing()
        .any(|(_, own)| own.laid.kind == "AWS::RDS::GlobalCluster" && own.id.as_deref() == Some(global))
    {
        return Some(format!("Global cluster {global} not found (Service: Rds, Status Code: 404)"));
    }
    let is_secondary = members(account, global).next().is_some();
    if is_secondary && (!text(sent, "MasterUsername").is_empty() || !text(sent, "MasterUserPassword").is_empty()) {
        return Some("Cannot specify user name for cross region replication cluster".to_owned());
    }
    if is_secondary && members(account, global).any(|(stack, _)| stack.key.region == *region) {
        return Some(format!("The region {region} already has a cluster of the global cluster {global}"));
    }
    None
}

fn absent_cluster(account: &Account, region: &Region, sent: &Value) -> Option<String> {
    let cluster = text(sent, "DBClusterIdentifier");
    (!cluster.is_empty() && account.find("AWS::RDS::DBCluster", region, cluster).is_none())
        .then(|| format!("DBCluster {cluster} not found (Service: Rds, Status Code: 404)"))
}

fn replication(account: &Account, sent: &Value) -> Option<String> {
    let rules = sent.get("ReplicationConfiguration")?.get("Rules")?.as_array()?;
    for rule in rules {
        let destination = rule.get("Destination").map(|own| text(own, "Bucket")).unwrap_or_default();
        let name = destination.rsplit(":::").next().unwrap_or_default();
        let Some((_, bucket)) = account.find_anywhere("AWS::S3::Bucket", name) else {
            return Some("Destination bucket must exist. (Service: S3, Status Code: 400)".to_owned());
        };
        let versioned = bucket.sent.get("VersioningConfiguration").is_some_and(|own| text(own, "Status") == "Enabled");
        if !versioned {
            return Some("Destination bucket must have versioning enabled. (Service: S3, Status Code: 400)".to_owned());
        }
    }
    None
}

fn reserved(name: &str) -> Option<String> {
    let name = name.trim_end_matches('.');
    ["example.com", "example.net", "example.org"]
        .iter()
        .any(|own| name == *own || name.ends_with(&format!(".{own}")))
        .then(|| format!("{name} is reserved by AWS! (Service: Route53, Status Code: 400)"))
}

fn zone_is_there(account: &Account, sent: &Value) -> Option<String> {
    let zone = text(sent, "HostedZoneId");
    (!zone.is_empty() && account.find_anywhere("AWS::Route53::HostedZone", zone).is_none())
        .then(|| format!("No hosted zone found with ID: {zone} (Service: Route53, Status Code: 404)"))
}

/// An alarm tells topics of its own region only.
fn elsewhere(region: &Region, sent: &Value) -> Option<String> {
    let actions = ["AlarmActions", "OKActions"].iter().filter_map(|name| sent.get(*name)?.as_array()).flatten();
    let regions = actions.filter_map(Value::as_str).filter_map(|arn| arn.split(':').nth(3));
    let other = regions.into_iter().find(|other| !other.is_empty() && *other != region.as_str())?;
    Some(format!(
        "Invalid region {other} specified. Only {region} is supported. (Service: CloudWatch, Status Code: 400)"
    ))
}

/// Why a resource cannot be deleted; `None` when it can.
pub(super) fn delete(
    account: &Account,
    nature: Nature<'_>,
    key: &Key,
    id: &str,
    kind: &str,
    physical: &str,
    sent: &Value,
) -> Option<String> {
    let now = account.now;
    let topic = Topic::new(&format!("{}/{}/{id}", key.region, key.name), "delete");
    match kind {
        "AWS::S3::Bucket" => (account.contents.versions(physical, now) > 0).then(|| {
            "The bucket you tried to delete is not empty. You must delete all versions in the bucket. (Service: S3, Status \
             Code: 409)"
                .to_owned()
        }),
        "AWS::Backup::BackupVault" => (account.contents.points(&key.region, physical, now) > 0).then(|| {
            format!("Backup vault {physical} cannot be deleted because it contains recovery points. (Service: Backup, Status Code: 400)")
        }),
        "AWS::Route53::HostedZone" => {
            let others = account.standing().any(|(_, own)| {
                own.laid.kind == "AWS::Route53::RecordSet" && own.text("HostedZoneId") == physical
            });
            (others || account.contents.foreign_records(physical).next().is_some()).then(|| {
                "The specified hosted zone contains non-required resource record sets and so cannot be deleted. (Service: \
                 Route53, Status Code: 400)"
                    .to_owned()
            })
        }
        "AWS::DynamoDB::GlobalTable" => {
            let (_, table) = account.find(kind, &key.region, physical)?;
            let replicas = table.sent.get("Replicas").and_then(Value::as_array).map_or(0, Vec::len);
            let young = now - table.made_at < REPLICA_RULE_S;
            (replicas > 1 && young && nature.draw.happens(topic.nth(1), now, REPLICA_RULE_CHANCE)).then(|| {
                format!(
                    "Replica cannot be deleted because it has acted as a source region for new replica(s) being added to \
                     the table {physical} in the last 24 hours. (Service: DynamoDb, Status Code: 400)"
                )
            })
        }
        "AWS::RDS::DBInstance" => last_of_the_writer(account, &key.region, text(sent, "DBClusterIdentifier")),
        "AWS::RDS::DBCluster" => writer(account, &key.region, text(sent, "GlobalClusterIdentifier")).then(|| {
            "Unable to delete cluster that is a primary member of global cluster while there are other global cluster \
             members (Service: Rds, Status Code: 400)"
                .to_owned()
        }),
        "AWS::RDS::GlobalCluster" => members(account, physical).next().is_some().then(|| {
            format!("Global Cluster arn:aws:rds::{}:global-cluster:{physical} is not empty (Service: Rds, Status Code: 400)", crate::ACCOUNT)
        }),
        "AWS::GlobalAccelerator::Accelerator" => {
            nature.draw.happens(topic.nth(2), now, TRANSACTION_CHANCE).then(|| {
                "TransactionInProgressException: a transaction is in progress on this accelerator (Service: GlobalAccelerator, \
                 Status Code: 400)"
                    .to_owned()
            })
        }
        _ => None,
    }
}

/// Whether the member of that region writes while others are there.
fn writer(account: &Account, region: &Region, global: &str) -> bool {
    let others = members(account, global).filter(|(stack, _)| stack.key.region != *region).count();
    others > 0 && account.writer_of(global).as_ref() == Some(region)
}

fn last_of_the_writer(account: &Account, region: &Region, cluster: &str) -> Option<String> {
    let (_, own) = account.find("AWS::RDS::DBCluster", region, cluster)?;
    let instances = account.standing().filter(|(stack, other)| {
        other.laid.kind == "AWS::RDS::DBInstance"
            && stack.key.region == *region
            && other.text("DBClusterIdentifier") == cluster
    });
    (instances.count() < 2 && writer(account, region, own.text("GlobalClusterIdentifier"))).then(|| {
        "Cannot delete the last instance of the master cluster. Delete the replica cluster before deleting the last master \
         cluster instance. (Service: Rds, Status Code: 400)"
            .to_owned()
    })
}

impl Account {
    /// The region whose member of a global cluster writes: the one it was last moved to, or the first.
    pub(crate) fn writer_of(&self, global: &str) -> Option<Region> {
        let there: Vec<(&Stack, &Resource)> = members(self, global).collect();
        if let Some(moved) = self.contents.moved_writer(global)
            && there.iter().any(|(stack, _)| stack.key.region == *moved)
        {
            return Some(moved.clone());
        }
        there
            .iter()
            .min_by_key(|(_, own)| (own.made_at, own.text("MasterUsername").is_empty()))
            .map(|(stack, _)| stack.key.region.clone())
    }
}
