//! Names: the suffix in all of them, within AWS's limits, and distinct where an account has one space for both regions.

use std::collections::BTreeMap;

use super::{At, Finding, Findings, Rule, mentions};
use crate::blueprint::Blueprint;
use crate::manifest::MANIFEST_FILE;
use crate::yaml::Node;

const SUFFIX: &str = "EnvironmentSuffix";
/// As `ap-southeast-1` has.
const LONGEST_REGION: usize = 14;

/// What has a name: its property, and the most characters that AWS takes.
const NAMED: [(&str, &str, usize); 28] = [
    ("AWS::ApiGateway::RestApi", "Name", 255),
    ("AWS::AutoScaling::AutoScalingGroup", "AutoScalingGroupName", 255),
    ("AWS::Backup::BackupVault", "BackupVaultName", 50),
    ("AWS::CloudWatch::Alarm", "AlarmName", 255),
    ("AWS::CloudWatch::Dashboard", "DashboardName", 255),
    ("AWS::CodeDeploy::Application", "ApplicationName", 100),
    ("AWS::DynamoDB::GlobalTable", "TableName", 255),
    ("AWS::EC2::LaunchTemplate", "LaunchTemplateName", 128),
    ("AWS::EC2::SecurityGroup", "GroupName", 255),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "Name", 32),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", "Name", 32),
    ("AWS::Events::Endpoint", "Name", 64),
    ("AWS::Events::EventBus", "Name", 256),
    ("AWS::Events::Rule", "Name", 64),
    ("AWS::GlobalAccelerator::Accelerator", "Name", 64),
    ("AWS::IAM::InstanceProfile", "InstanceProfileName", 128),
    ("AWS::IAM::Role", "RoleName", 64),
    ("AWS::KMS::Alias", "AliasName", 256),
    ("AWS::Lambda::Function", "FunctionName", 64),
    ("AWS::Logs::LogGroup", "LogGroupName", 512),
    ("AWS::RDS::DBCluster", "DBClusterIdentifier", 63),
    ("AWS::RDS::DBInstance", "DBInstanceIdentifier", 63),
    ("AWS::RDS::DBSubnetGroup", "DBSubnetGroupName", 255),
    ("AWS::RDS::GlobalCluster", "GlobalClusterIdentifier", 63),
    ("AWS::S3::Bucket", "BucketName", 63),
    ("AWS::SNS::Topic", "TopicName", 256),
    ("AWS::SSM::Parameter", "Name", 1011),
    ("AWS::SecretsManager::Secret", "Name", 512),
];

/// Those whose names are one space for the whole account.
const OF_THE_ACCOUNT: [&str; 3] = ["AWS::CloudWatch::Dashboard", "AWS::IAM::InstanceProfile", "AWS::IAM::Role"];

pub(super) fn look(at: &At<'_>, found: &mut Findings) {
    let Some((_, property, most)) = NAMED.iter().find(|(name, ..)| at.is(name)) else { return };
    for name in at.all(&[property]) {
        let Some(name) = name else {
            found.whole(at, Rule::B28, format!("has no {property}"), format!("name it, with ${{{SUFFIX}}}"));
            continue;
        };
        if !mentions(name, SUFFIX) {
            found.add(at, name.line, Rule::B28, "has a name without the suffix", format!("add ${{{SUFFIX}}} to it"));
        }
        if let Some(length) = longest(at, name).filter(|length| length > most) {
            let what = format!("has a name that can come to {length} characters");
            found.add(at, name.line, Rule::B29, what, format!("let it be {most} at most"));
        }
        if OF_THE_ACCOUNT.contains(&at.resource.resource_type.as_str()) && !says_whose(name) {
            let fix = "add ${AWS::Region}, or what it is for";
            found.add(at, name.line, Rule::B30, "has a name that says neither region nor purpose", fix);
        }
    }
}

fn text_of(name: &Node) -> Option<&str> {
    match name.function() {
        Some(("Fn::Sub", argument)) => argument.text().or_else(|| argument.items().first().and_then(Node::text)),
        Some(_) => None,
        None => name.text(),
    }
}

/// The literal text, and the names in it.
fn parts(text: &str) -> (String, Vec<&str>) {
    let (mut literal, mut names, mut rest) = (String::new(), Vec::new(), text);
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, behind)) = after.split_once('}') else { break };
        literal.push_str(before);
        names.push(name);
        rest = behind;
    }
    literal.push_str(rest);
    (literal, names)
}

/// With the longest suffix and region; `None` where the name is not written out.
fn longest(at: &At<'_>, name: &Node) -> Option<usize> {
    let (literal, names) = parts(text_of(name)?);
    // Without a greatest length there is no longest name: that is told once, of the parameter.
    let suffix = usize::try_from(at.place.manifest.parameter(SUFFIX)?.max_length?).ok()?;
    let room = |name: &str| match name {
        SUFFIX => suffix,
        "AWS::Region" => LONGEST_REGION,
        "AWS::AccountId" => 12,
        other => at.place.template.parameters.get(other).map_or(0, |parameter| {
            let length = parameter.max_length.and_then(|length| usize::try_from(length).ok());
            length.or_else(|| parameter.default.as_ref().map(|default| default.chars().count())).unwrap_or(0)
        }),
    };
    Some(names.into_iter().map(room).fold(literal.chars().count(), usize::saturating_add))
}

/// Two words besides the suffix, or the region.
fn says_whose(name: &Node) -> bool {
    let Some(text) = text_of(name) else { return true };
    let (literal, names) = parts(text);
    let words = literal.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.count() >= 2 || names.iter().any(|name| *name != SUFFIX)
}

/// Two of a blueprint whose names come out alike, and stacks whose names lack the suffix.
pub(super) fn account(blueprint: &Blueprint, found: &mut Findings) {
    let manifest = &blueprint.manifest;
    if let Some(suffix) = manifest.parameter(SUFFIX).filter(|suffix| suffix.max_length.is_none()) {
        let what = format!("`{SUFFIX}` may be of any length, and so may every name");
        found.in_file(MANIFEST_FILE, suffix.line, Rule::B29, what, "add max_length = 15");
    }
    let mut seen: BTreeMap<(&str, String), String> = BTreeMap::new();
    for stack in &manifest.stacks {
        if !stack.name.source.contains(&format!("{{{SUFFIX}}}")) {
            let what = format!("stack `{}` has a name without the suffix", stack.id);
            found.in_file(MANIFEST_FILE, stack.name.line, Rule::B28, what, format!("add {{{SUFFIX}}} to it"));
        }
        let Some(template) = blueprint.template_of(stack) else { continue };
        let region = match &stack.region {
            crate::manifest::Place::Side(side) => side.as_str(),
            crate::manifest::Place::Fixed(region) => region.as_str(),
        };
        for resource in &template.resources {
            let named = NAMED.iter().find(|(name, ..)| resource.resource_type == *name);
            let Some((kind, property, _)) = named.filter(|(name, ..)| OF_THE_ACCOUNT.contains(name)) else { continue };
            let Some(node) = resource.property(&[property]) else { continue };
            let Some(text) = text_of(node) else { continue };
            let name = text.replace("${AWS::Region}", region);
            let owner = format!("{}.{}", stack.id, resource.logical_id);
            if let Some(other) = seen.insert((kind, name), owner.clone()) {
                found.list.push(Finding {
                    file: template.file.clone(),
                    line: node.line,
                    rule: Rule::B30,
                    resource: Some(resource.logical_id.clone()),
                    what: format!("has the same name in {owner} as {other}"),
                    fix: "give each its own".to_owned(),
                });
            }
        }
    }
}
