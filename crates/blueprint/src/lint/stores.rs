//! What holds data: databases, tables, buckets, keys. It must go with its stack, and be replicated as AWS takes it.

use super::{At, Findings, Rule, branches, items, mentions};
use crate::manifest::{Place, Side};
use crate::yaml::Node;

/// What holds something that a deletion would take along.
const STATEFUL: [&str; 22] = [
    "AWS::Backup::BackupVault",
    "AWS::Cognito::UserPool",
    "AWS::DynamoDB::GlobalTable",
    "AWS::DynamoDB::Table",
    "AWS::EC2::Volume",
    "AWS::EFS::FileSystem",
    "AWS::ElastiCache::CacheCluster",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::KMS::Key",
    "AWS::KMS::ReplicaKey",
    "AWS::Kinesis::Stream",
    "AWS::Lambda::Version",
    "AWS::Logs::LogGroup",
    "AWS::Neptune::DBCluster",
    "AWS::OpenSearchService::Domain",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::RDS::GlobalCluster",
    "AWS::Route53::HostedZone",
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
    "AWS::SecretsManager::Secret",
];

pub(super) fn look(at: &At<'_>, found: &mut Findings) {
    policies(at, found);
    match at.resource.resource_type.as_str() {
        "AWS::RDS::DBCluster" => cluster(at, found),
        "AWS::RDS::DBInstance" => unprotected(at, found, false),
        "AWS::RDS::GlobalCluster" => global_cluster(at, found),
        "AWS::DynamoDB::GlobalTable" => global_table(at, found),
        "AWS::DynamoDB::Table" if at.resource.property(&["Replicas"]).is_some() => {
            found.whole(at, Rule::B07, "has no replicas in this type", "make it an AWS::DynamoDB::GlobalTable");
        }
        "AWS::S3::Bucket" => bucket(at, found),
        "AWS::ElasticLoadBalancingV2::LoadBalancer" => load_balancer(at, found),
        "AWS::KMS::Key" | "AWS::KMS::ReplicaKey" if !at.always(&["PendingWindowInDays"], "7") => {
            found.whole(at, Rule::B27, "is not deleted after 7 days", "add PendingWindowInDays: 7");
        }
        "AWS::EC2::Subnet" if !at.present(&["AvailabilityZone"]) && !at.present(&["AvailabilityZoneId"]) => {
            found.whole(at, Rule::B22, "names no zone", "add AvailabilityZone: !Select [0, !GetAZs '']");
        }
        "AWS::RDS::DBSubnetGroup" => subnet_group(at, found),
        "AWS::SSM::Parameter" if at.has(&["Type"], "SecureString") => {
            found.whole(at, Rule::B21, "is a SecureString", "let a step of kind secure-parameter write it");
        }
        _ => {}
    }
}

fn policies(at: &At<'_>, found: &mut Findings) {
    let resource = at.resource;
    let policies =
        [("DeletionPolicy", &resource.deletion_policy), ("UpdateReplacePolicy", &resource.update_replace_policy)];
    for (key, policy) in policies {
        match policy.as_deref() {
            Some("Delete") => {}
            Some(other) => found.whole(at, Rule::B01, format!("has {key} {other}"), format!("write {key}: Delete")),
            None if STATEFUL.contains(&resource.resource_type.as_str()) => {
                found.whole(at, Rule::B01, format!("has no {key}"), format!("add {key}: Delete"));
            }
            None => {}
        }
    }
}

fn unprotected(at: &At<'_>, found: &mut Findings, must_say: bool) {
    let on = at.any(&["DeletionProtection"]).iter().any(|node| node.boolean() != Some(false));
    if on || (must_say && !at.always(&["DeletionProtection"], "false")) {
        found.whole(at, Rule::B02, "is protected from deletion, or does not say", "write DeletionProtection: false");
    }
}

fn literal_version(at: &At<'_>, found: &mut Findings) {
    let Some(version) = at.resource.property(&["EngineVersion"]) else { return };
    if version.scalar().is_none() {
        found.add(at, version.line, Rule::B05, "has a version that is no literal", "write the version out");
    }
}

fn cluster(at: &At<'_>, found: &mut Findings) {
    unprotected(at, found, true);
    if !at.always(&["BackupRetentionPeriod"], "1") {
        found.whole(at, Rule::B02, "keeps backups for another time than one day", "write BackupRetentionPeriod: 1");
    }
    if at.any(&["ManageMasterUserPassword"]).iter().any(|node| node.boolean() != Some(false)) {
        found.whole(at, Rule::B03, "has a managed password", "use a secret, and a dynamic reference to it");
    }
    let standby = at.place.stacks.iter().any(|stack| stack.region == Place::Side(Side::Partner));
    if standby && at.resource.property(&["GlobalClusterIdentifier"]).is_some() {
        for key in ["MasterUsername", "MasterUserPassword", "DatabaseName"] {
            if let Some(node) = at.any(&[key]).first() {
                found.add(at, node.line, Rule::B03, format!("has {key} although it is a standby"), "leave it out");
            }
        }
    }
    let encrypted = at.any(&["StorageEncrypted"]).iter().any(|node| node.boolean() != Some(false));
    if encrypted && !at.present(&["KmsKeyId"]) {
        found.whole(at, Rule::B04, "is encrypted and names no key", "add KmsKeyId, alias/aws/rds if no other");
    }
    literal_version(at, found);
}

fn global_cluster(at: &At<'_>, found: &mut Findings) {
    unprotected(at, found, true);
    literal_version(at, found);
    if let Some(node) = at.any(&["SourceDBClusterIdentifier"]).first() {
        found.add(at, node.line, Rule::B06, "is made from a cluster", "make it empty, and let both clusters join it");
    }
}

fn global_table(at: &At<'_>, found: &mut Findings) {
    let lists = at.all(&["Replicas"]);
    for list in &lists {
        let replicas = list.map(items).unwrap_or_default();
        let own = replicas.iter().any(|replica| replica.get("Region").is_some_and(|region| is_own(at, region)));
        if replicas.len() != 2 || !own {
            let line = list.map_or(at.resource.line, |node| node.line);
            let fix = "list Region: !Ref AWS::Region, and the other region";
            found.add(at, line, Rule::B07, "does not list its own region and one other", fix);
        }
        let protected = |replica: &&&Node| {
            let on = branches(replica, &["DeletionProtectionEnabled"]);
            on.into_iter().flatten().any(|node| node.boolean() != Some(false))
        };
        if let Some(replica) = replicas.iter().find(protected) {
            found.add(at, replica.line, Rule::B02, "has a protected replica", "leave DeletionProtectionEnabled out");
        }
    }
    if !at.always(&["StreamSpecification", "StreamViewType"], "NEW_AND_OLD_IMAGES") {
        let fix = "add StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}";
        found.whole(at, Rule::B07, "has no stream of new and old images", fix);
    }
}

/// Whether it names the region of the stack itself.
fn is_own(at: &At<'_>, region: &Node) -> bool {
    let manifest = at.place.manifest;
    let all_in = |side: Side| {
        !at.place.stacks.is_empty() && at.place.stacks.iter().all(|stack| stack.region == Place::Side(side))
    };
    mentions(region, "AWS::Region")
        || (mentions(region, &manifest.home.parameter) && all_in(Side::Home))
        || (mentions(region, &manifest.partner.parameter) && all_in(Side::Partner))
}

fn bucket(at: &At<'_>, found: &mut Findings) {
    if !at.always(&["VersioningConfiguration", "Status"], "Enabled") {
        found.whole(at, Rule::B08, "is not versioned", "add VersioningConfiguration: {Status: Enabled}");
    }
    if !at.present(&["BucketEncryption", "ServerSideEncryptionConfiguration"]) {
        found.whole(at, Rule::B09, "says nothing of encryption", "add BucketEncryption");
    }
    for key in ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"] {
        if !at.always(&["PublicAccessBlockConfiguration", key], "true") {
            let what = format!("is not closed to the public: {key}");
            found.whole(at, Rule::B09, what, format!("add {key}: true to PublicAccessBlockConfiguration"));
        }
    }
    for list in at.any(&["ReplicationConfiguration", "Rules"]) {
        for rule in items(list) {
            for key in ["Id", "Priority", "Filter", "DeleteMarkerReplication"] {
                if branches(rule, &[key]).iter().any(Option::is_none) {
                    found.add(at, rule.line, Rule::B08, format!("has a rule without {key}"), format!("add {key}"));
                }
            }
            replication_time(at, rule, found);
        }
    }
}

fn replication_time(at: &At<'_>, rule: &Node, found: &mut Findings) {
    let minutes = |path: &[&str]| -> Vec<Option<String>> {
        branches(rule, path).into_iter().map(|node| node.and_then(Node::scalar)).collect()
    };
    let is_15 = |found: &[Option<String>]| found.iter().all(|text| text.as_deref() == Some("15"));
    let timed = branches(rule, &["Destination", "ReplicationTime"]).iter().any(Option::is_some);
    let metrics = minutes(&["Destination", "Metrics", "EventThreshold", "Minutes"]);
    let good = if timed {
        is_15(&minutes(&["Destination", "ReplicationTime", "Time", "Minutes"])) && is_15(&metrics)
    } else {
        metrics.iter().all(|text| text.as_deref().is_none_or(|text| text == "15"))
    };
    if !good {
        let fix = "write Time: {Minutes: 15}, and Metrics with EventThreshold: {Minutes: 15}";
        found.add(at, rule.line, Rule::B10, "replicates in another time than 15 minutes", fix);
    }
}

fn load_balancer(at: &At<'_>, found: &mut Findings) {
    for attributes in at.any(&["LoadBalancerAttributes"]) {
        for attribute in items(attributes) {
            let key = attribute.get("Key").and_then(Node::text);
            let value = attribute.get("Value").and_then(Node::scalar);
            if key == Some("deletion_protection.enabled") && value.as_deref() != Some("false") {
                found.add(at, attribute.line, Rule::B02, "is protected from deletion", "write Value: 'false'");
            }
        }
    }
}

fn subnet_group(at: &At<'_>, found: &mut Findings) {
    for list in at.any(&["SubnetIds"]) {
        // A list that is handed in is not seen here.
        if !list.is_list() {
            continue;
        }
        let subnets = items(list);
        let zones: Vec<Option<&Node>> = subnets
            .iter()
            .filter_map(|subnet| at.place.template.resource(super::about(subnet)?))
            .map(|subnet| subnet.property(&["AvailabilityZone"]).or_else(|| subnet.property(&["AvailabilityZoneId"])))
            .collect();
        let apart = zones.len() < subnets.len()
            || zones.iter().enumerate().any(|(n, zone)| zones.iter().skip(n + 1).any(|other| !alike(*zone, *other)));
        if subnets.len() < 2 || !apart {
            found.add(at, list.line, Rule::B22, "has subnets in fewer than two zones", "name subnets of two zones");
        }
    }
}

/// Whether two nodes say the same, wherever they stand.
pub(super) fn alike(one: Option<&Node>, other: Option<&Node>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => {
            let same_list = one.items().len() == other.items().len()
                && one.items().iter().zip(other.items()).all(|(one, other)| alike(Some(one), Some(other)));
            let same_map = one.entries().len() == other.entries().len()
                && one
                    .entries()
                    .iter()
                    .zip(other.entries())
                    .all(|(one, other)| one.key == other.key && alike(Some(&one.value), Some(&other.value)));
            one.scalar() == other.scalar() && one.is_list() == other.is_list() && same_list && same_map
        }
        (None, None) => true,
        _ => false,
    }
}
