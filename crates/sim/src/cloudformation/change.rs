//! What a template and its inputs come to, what of a stack would change by them, and what CloudFormation refuses before
//! it begins, in its own words.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lifeboat_blueprint::template::{Evaluated, Template, TemplateSetting};
use lifeboat_blueprint::{ParameterValue, Reference, Value};
use lifeboat_model::cloud_error::CloudErrorKind;
use lifeboat_model::id::AccountId;

use super::{Account, ChangeSet, Key, Resource, Sent, Stack, Status, Wanted};
use crate::ACCOUNT;
use crate::draw::Topic;
use crate::mutate::Refused;

/// The longest template that is sent with a request.
const TEMPLATE_BYTES: usize = 51_200;
const TAKES_AT_LEAST_S: i64 = 2;
const TAKES_AT_MOST_S: i64 = 6;

/// A resource as a template has it with its inputs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Laid {
    pub(crate) kind: String,
    pub(crate) properties: Value,
    pub(crate) depends_on: BTreeSet<String>,
    /// Whether it stays when the stack lets go of it.
    pub(crate) retained: bool,
}

/// What one change does to a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Changed {
    pub(crate) logical_id: String,
    pub(crate) kind: String,
    pub(crate) id: Option<String>,
    pub(crate) action: Action,
    /// Properties by name; `Tags` alone for those of the stack.
    pub(crate) properties: BTreeSet<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Add,
    Modify,
    Replace,
    /// Replaced only if what it refers to comes out otherwise.
    MayReplace,
    Remove,
}

/// Properties whose change makes a resource anew, by type.
const REPLACES: &[(&str, &[&str])] = &[
    ("AWS::ApiGateway::BasePathMapping", &["DomainName"]),
    ("AWS::ApiGateway::Deployment", &["RestApiId"]),
    ("AWS::ApiGateway::DomainName", &["DomainName"]),
    ("AWS::ApiGateway::Method", &["HttpMethod", "ResourceId", "RestApiId"]),
    ("AWS::ApiGateway::Resource", &["ParentId", "PathPart", "RestApiId"]),
    ("AWS::ApiGateway::Stage", &["RestApiId", "StageName"]),
    ("AWS::ApiGatewayV2::Api", &["ProtocolType"]),
    ("AWS::ApiGatewayV2::ApiMapping", &["DomainName"]),
    ("AWS::ApiGatewayV2::DomainName", &["DomainName"]),
    ("AWS::ApiGatewayV2::Integration", &["ApiId"]),
    ("AWS::ApiGatewayV2::Route", &["ApiId"]),
    ("AWS::ApiGatewayV2::Stage", &["ApiId", "StageName"]),
    ("AWS::AutoScaling::AutoScalingGroup", &["AutoScalingGroupName"]),
    ("AWS::Backup::BackupSelection", &["BackupPlanId", "BackupSelection"]),
    ("AWS::Backup::BackupVault", &["BackupVaultName", "EncryptionKeyArn"]),
    ("AWS::Backup::RestoreTestingPlan", &["RestoreTestingPlanName"]),
    ("AWS::Backup::RestoreTestingSelection", &["RestoreTestingPlanName", "RestoreTestingSelectionName"]),
    ("AWS::CloudWatch::Alarm", &["AlarmName"]),
    ("AWS::CloudWatch::Dashboard", &["DashboardName"]),
    ("AWS::CodeDeploy::Application", &["ApplicationName", "ComputePlatform"]),
    ("AWS::CodeDeploy::DeploymentGroup", &["ApplicationName", "DeploymentGroupName"]),
    ("AWS::DynamoDB::GlobalTable", &["KeySchema", "LocalSecondaryIndexes", "TableName"]),
    ("AWS::DynamoDB::Table", &["KeySchema", "LocalSecondaryIndexes", "TableName"]),
    ("AWS::EC2::EIP", &["Domain"]),
    ("AWS::EC2::LaunchTemplate", &["LaunchTemplateName"]),
    ("AWS::EC2::NatGateway", &["AllocationId", "ConnectivityType", "SubnetId"]),
    ("AWS::EC2::Route", &["DestinationCidrBlock", "RouteTableId"]),
    ("AWS::EC2::RouteTable", &["VpcId"]),
    ("AWS::EC2::SecurityGroup", &["GroupDescription", "GroupName", "VpcId"]),
    ("AWS::EC2::Subnet", &["AvailabilityZone", "CidrBlock", "VpcId"]),
    ("AWS::EC2::SubnetRouteTableAssociation", &["SubnetId"]),
    ("AWS::EC2::VPC", &["CidrBlock"]),
    ("AWS::EC2::VPCEndpoint", &["ServiceName", "VpcEndpointType", "VpcId"]),
    ("AWS::EC2::VPCGatewayAttachment", &["VpcId"]),
    ("AWS::EC2::VPCPeeringConnection", &["PeerRegion", "PeerVpcId", "VpcId"]),
    ("AWS::ElasticLoadBalancingV2::Listener", &["LoadBalancerArn"]),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", &["Name", "Scheme", "Type"]),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", &["Name", "Port", "Protocol", "TargetType", "VpcId"]),
    ("AWS::Events::Endpoint", &["Name"]),
    ("AWS::Events::EventBus", &["Name"]),
    ("AWS::Events::Rule", &["EventBusName", "Name"]),
    ("AWS::GlobalAccelerator::EndpointGroup", &["EndpointGroupRegion", "ListenerArn"]),
    ("AWS::GlobalAccelerator::Listener", &["AcceleratorArn"]),
    ("AWS::IAM::InstanceProfile", &["InstanceProfileName"]),
    ("AWS::IAM::Role", &["RoleName"]),
    ("AWS::KMS::Alias", &["AliasName"]),
    ("AWS::Lambda::Alias", &["FunctionName", "Name"]),
    ("AWS::Lambda::Function", &["FunctionName", "PackageType"]),
    ("AWS::Lambda::Permission", &["Action", "FunctionName", "FunctionUrlAuthType", "Principal", "SourceArn"]),
    ("AWS::Lambda::Url", &["Qualifier", "TargetFunctionArn"]),
    ("AWS::Lambda::Version", &["FunctionName"]),
    ("AWS::Logs::LogGroup", &["LogGroupName"]),
    (
        "AWS::RDS::DBCluster",
        &[
            "DBClusterIdentifier",
            "DBSubnetGroupName",
            "DatabaseName",
            "EngineMode",
            "KmsKeyId",
            "MasterUsername",
            "StorageEncrypted",
        ],
    ),
    (
        "AWS::RDS::DBInstance",
        &["DBClusterIdentifier", "DBInstanceIdentifier", "Engine", "KmsKeyId", "StorageEncrypted"],
    ),
    ("AWS::RDS::DBSubnetGroup", &["DBSubnetGroupName"]),
    (
        "AWS::RDS::GlobalCluster",
        &["Engine", "GlobalClusterIdentifier", "SourceDBClusterIdentifier", "StorageEncrypted"],
    ),
    ("AWS::Route53::HostedZone", &["Name"]),
    ("AWS::Route53::RecordSet", &["HostedZoneId", "HostedZoneName", "Name"]),
    ("AWS::S3::Bucket", &["BucketName"]),
    ("AWS::SNS::Subscription", &["Endpoint", "Protocol", "TopicArn"]),
    ("AWS::SNS::Topic", &["FifoTopic", "TopicName"]),
    ("AWS::SQS::Queue", &["FifoQueue", "QueueName"]),
    ("AWS::SSM::Parameter", &["Name"]),
    ("AWS::SecretsManager::Secret", &["Name"]),
];

/// Parts of a health check's configuration that cannot be changed.
const FIXED_OF_HEALTH_CHECKS: [&str; 3] = ["Type", "RequestInterval", "MeasureLatency"];

/// Types that take no tags, so that a stack's tags change nothing of them.
const UNTAGGED: &[&str] = &[
    "AWS::ApiGateway::BasePathMapping",
    "AWS::ApiGateway::Deployment",
    "AWS::ApiGateway::Method",
    "AWS::ApiGateway::Resource",
    "AWS::ApiGatewayV2::ApiMapping",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
    "AWS::AutoScaling::AutoScalingGroup",
    "AWS::Backup::BackupSelection",
    "AWS::Backup::RestoreTestingSelection",
    "AWS::CloudWatch::Dashboard",
    "AWS::CodeDeploy::DeploymentGroup",
    "AWS::DynamoDB::GlobalTable",
    "AWS::EC2::Route",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPCGatewayAttachment",
    "AWS::ElasticLoadBalancingV2::Listener",
    "AWS::Events::Endpoint",
    "AWS::Events::Rule",
    "AWS::GlobalAccelerator::EndpointGroup",
    "AWS::GlobalAccelerator::Listener",
    "AWS::IAM::InstanceProfile",
    "AWS::KMS::Alias",
    "AWS::Lambda::Alias",
    "AWS::Lambda::Permission",
    "AWS::Lambda::Url",
    "AWS::Lambda::Version",
    "AWS::Route53::HealthCheck",
    "AWS::Route53::HostedZone",
    "AWS::Route53::RecordSet",
    "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy",
];

/// Whether CloudFormation hands a stack's tags to resources of this type.
pub(crate) fn takes_tags_of_its_stack(kind: &str) -> bool {
    !UNTAGGED.contains(&kind)
}

/// What a change set is made from.
pub(crate) struct Request<'a> {
    pub(crate) key: Key,
    pub(crate) name: &'a str,
    pub(crate) creates: bool,
    pub(crate) body: &'a str,
    /// Settled, but for those that stay as they were.
    pub(crate) inputs: Vec<(String, Option<String>)>,
    pub(crate) capabilities: &'a [String],
    pub(crate) tags: &'a [(String, String)],
}

fn invalid(message: impl Into<String>) -> Refused {
    (CloudErrorKind::Invalid, message.into())
}

fn not_found(message: impl Into<String>) -> Refused {
    (CloudErrorKind::NotFound, message.into())
}

fn conflict(message: impl Into<String>) -> Refused {
    (CloudErrorKind::Conflict, message.into())
}

/// What a template and its inputs come to.
pub(crate) fn evaluate(key: &Key, wanted: &Wanted) -> Result<Evaluated, String> {
    let setting = TemplateSetting {
        stack_name: key.name.clone(),
        region: key.region.clone(),
        account: Some(AccountId::from(ACCOUNT)),
        parameters: wanted
            .inputs
            .iter()
            .map(|(name, value)| (name.clone(), ParameterValue::Known(value.clone())))
            .collect(),
        zones: Account::zones(&key.region),
    };
    wanted.sent.template()?.evaluate(&setting).map_err(|mistakes| {
        let words: Vec<String> = mistakes.iter().map(|mistake| mistake.what.clone()).collect();
        format!("Template error: {}", words.join("; "))
    })
}

pub(crate) fn laid(evaluated: &Evaluated) -> BTreeMap<String, Laid> {
    evaluated
        .resources
        .iter()
        .map(|resource| {
            let laid = Laid {
                kind: resource.resource_type.clone(),
                properties: resource.properties.clone(),
                depends_on: resource.depends_on.clone(),
                retained: resource.deletion_policy.as_deref() == Some("Retain"),
            };
            (resource.logical_id.clone(), laid)
        })
        .collect()
}

/// The capabilities that a template asks for.
pub(crate) fn capability(template: &Template) -> Option<&'static str> {
    let names: Vec<&str> =
        ["RoleName", "UserName", "GroupName", "PolicyName", "InstanceProfileName", "ManagedPolicyName"].into();
    let iam = |kind: &str| {
        matches!(
            kind,
            "AWS::IAM::Role"
                | "AWS::IAM::User"
                | "AWS::IAM::Group"
                | "AWS::IAM::Policy"
                | "AWS::IAM::ManagedPolicy"
                | "AWS::IAM::InstanceProfile"
                | "AWS::IAM::AccessKey"
                | "AWS::IAM::UserToGroupAddition"
        )
    };
    let mut asked = None;
    for declared in template.resources.iter().filter(|declared| iam(&declared.resource_type)) {
        if declared.properties.entries().iter().any(|entry| names.contains(&entry.key.as_str())) {
            return Some("CAPABILITY_NAMED_IAM");
        }
        asked = Some("CAPABILITY_IAM");
    }
    asked
}

/// A template as CloudFormation reads it, or its refusal.
pub(crate) fn read(body: &str) -> Result<Arc<Sent>, Refused> {
    if body.len() > TEMPLATE_BYTES {
        return Err(invalid(format!(
            "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length \
             less than or equal to {TEMPLATE_BYTES}"
        )));
    }
    let template = parsed(body).map_err(invalid)?;
    Ok(Arc::new(Sent::new(Cow::Owned(body.to_owned()), template)))
}

pub(crate) fn parsed(body: &str) -> Result<Template, String> {
    Template::read("template", body).map_err(|mistakes| {
        let words: Vec<String> = mistakes.iter().map(|mistake| mistake.what.clone()).collect();
        format!("Template format error: {}", words.join("; "))
    })
}

fn inputs(
    request: &Request<'_>,
    template: &Template,
    stack: Option<&Stack>,
) -> Result<BTreeMap<String, String>, Refused> {
    let unknown: Vec<&str> = request
        .inputs
        .iter()
        .map(|(name, _)| name.as_str())
        .filter(|name| !template.parameters.contains_key(*name))
        .collect();
    if !unknown.is_empty() {
        return Err(invalid(format!("Parameters: [{}] do not exist in the template", unknown.join(", "))));
    }
    let before = stack.and_then(|stack| stack.wanted.as_ref()).map(|wanted| &wanted.inputs);
    let mut given = BTreeMap::new();
    for (name, value) in &request.inputs {
        let value = match value {
            Some(value) => Some(value.clone()),
            None => before.and_then(|before| before.get(name)).cloned(),
        };
        let value = value.ok_or_else(|| {
            invalid(format!("Invalid input for parameter key {name}. Cannot specify usePreviousValue as true for a parameter key not in the previous template"))
        })?;
        given.insert(name.clone(), value);
    }
    let mut missing = Vec::new();
    for (name, parameter) in &template.parameters {
        match given.get(name).or(parameter.default.as_ref()) {
            None => missing.push(name.as_str()),
            Some(value) => {
                if let Some(why) = parameter.refuses(value) {
                    return Err(invalid(format!("Parameter '{name}' failed to satisfy constraint: {why}")));
                }
                given.insert(name.clone(), value.clone());
            }
        }
    }
    if missing.is_empty() {
        Ok(given)
    } else {
        Err(invalid(format!("Parameters: [{}] must have values", missing.join(", "))))
    }
}

impl Account {
    /// Begins to work out what a stack would become.
    pub(crate) fn create_change_set(
        &mut self,
        nature: super::Nature<'_>,
        request: &Request<'_>,
    ) -> Result<(), Refused> {
        let key = &request.key;
        let name = (key.clone(), request.name.to_owned());
        let sent = read(request.body)?;
        let stack = self.stacks.get(key).map(Arc::as_ref);
        if let Some(known) = self.change_sets.get(&name) {
            // The same request again, as its token says.
            let given = request.inputs.iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
            let same = known.wanted.sent.body == sent.body
                && known.creates == request.creates
                && given.into_iter().all(|(name, value)| known.wanted.inputs.get(name) == Some(value))
                && known.wanted.tags == request.tags;
            let words = format!("ChangeSet [{}] already exists", request.name);
            return if same { Ok(()) } else { Err(conflict(words)) };
        }
        match stack {
            Some(stack) if request.creates && stack.status != Status::ReviewInProgress => {
                return Err(invalid(format!(
                    "Stack [{}] already exists and cannot be created again with the changeSet [{}].",
                    key.name, request.name
                )));
            }
            Some(stack) if !request.creates && !stack.status.takes_update() => {
                return Err(invalid(format!(
                    "Stack:{} is in {} state and can not be updated.",
                    stack.id, stack.status
                )));
            }
            None if !request.creates => return Err(invalid(format!("Stack [{}] does not exist", key.name))),
            Some(_) | None => {}
        }
        let template = sent.template().map_err(invalid)?;
        let inputs = inputs(request, &template, stack)?;
        if let Some(asked) = capability(&template) {
            let has = |name: &str| request.capabilities.iter().any(|own| own == name);
            if !has("CAPABILITY_NAMED_IAM") && (asked == "CAPABILITY_NAMED_IAM" || !has(asked)) {
                return Err(invalid(format!("Requires capabilities : [{asked}]")));
            }
        }
        let wanted = Wanted { sent, inputs, tags: request.tags.to_vec() };
        let outcome = self.changes(key, &wanted, request.creates).and_then(|changes| {
            if changes.is_empty() {
                Err("The submitted information didn't contain changes. Submit different information to create a change set."
                    .to_owned())
            } else {
                Ok(changes)
            }
        });
        let topic = Topic::new(&format!("{}/{}", key.region, key.name), request.name);
        let takes = nature.draw.seconds(topic, self.now, TAKES_AT_LEAST_S, TAKES_AT_MOST_S);
        if !self.stacks.contains_key(key) {
            self.review(key, &wanted);
        }
        let set = ChangeSet {
            creates: request.creates,
            created_at: self.now,
            ready_at: self.now + takes,
            outcome,
            executed: false,
            wanted,
        };
        self.change_sets.insert(name, Arc::new(set));
        Ok(())
    }

    /// A stack that is only known by name.
    fn review(&mut self, key: &Key, wanted: &Wanted) {
        let mut stack = Stack {
            id: self.new_stack_id(key),
            key: key.clone(),
            status: Status::ReviewInProgress,
            reason: None,
            created_at: self.now,
            updated_at: None,
            protected: false,
            wanted: Some(wanted.clone()),
            outputs: BTreeMap::new(),
            resources: BTreeMap::new(),
            events: Vec::new(),
            drift_asked_at: None,
            work: None,
            before: None,
        };
        stack.become_(self.now, Status::ReviewInProgress, Some("User Initiated"));
        self.stacks.insert(key.clone(), Arc::new(stack));
    }

    pub(crate) fn execute_change_set(
        &mut self,
        nature: super::Nature<'_>,
        key: &Key,
        name: &str,
    ) -> Result<(), Refused> {
        let set = self.change_sets.get(&(key.clone(), name.to_owned())).cloned();
        let set = set.ok_or_else(|| not_found(format!("ChangeSet [{name}] does not exist")))?;
        let in_status = |status: &str| {
            conflict(format!("ChangeSet [{name}] cannot be executed in its current status of [{status}]"))
        };
        if set.executed {
            return Err(in_status("EXECUTE_COMPLETE"));
        }
        if self.now < set.ready_at {
            return Err(in_status("CREATE_IN_PROGRESS"));
        }
        if set.outcome.is_err() {
            return Err(in_status("FAILED"));
        }
        let stack = self.stacks.get(key).ok_or_else(|| not_found(format!("Stack [{}] does not exist", key.name)))?;
        if stack.status != Status::ReviewInProgress && !stack.status.takes_update() {
            return Err(conflict(format!("Stack:{} is in {} state and can not be updated.", stack.id, stack.status)));
        }
        // Whatever else was worked out is out of date now.
        self.change_sets.retain(|(own, other), _| own != key || other == name);
        if let Some(set) = self.change_sets.get_mut(&(key.clone(), name.to_owned())) {
            Arc::make_mut(set).executed = true;
        }
        if set.creates {
            self.begin_create(nature, key, set.wanted.clone());
        } else {
            let changes = set.outcome.as_deref().unwrap_or_default().to_vec();
            self.begin_update(nature, key, set.wanted.clone(), &changes);
        }
        Ok(())
    }

    pub(crate) fn delete_change_set(&mut self, key: &Key, name: &str) -> Result<(), Refused> {
        if !self.stacks.contains_key(key) {
            return Err(not_found(format!("Stack [{}] does not exist", key.name)));
        }
        self.change_sets.remove(&(key.clone(), name.to_owned()));
        Ok(())
    }

    /// What would change of a stack.
    fn changes(&self, key: &Key, wanted: &Wanted, creates: bool) -> Result<Vec<Changed>, String> {
        let evaluated = evaluate(key, wanted)?;
        let laid = laid(&evaluated);
        let empty = BTreeMap::new();
        let stack = self.stacks.get(key).filter(|_| !creates);
        let before = stack.map_or(&empty, |stack| &stack.resources);
        let tags_change = stack.and_then(|stack| stack.wanted.as_ref()).is_some_and(|old| old.tags != wanted.tags);
        let mut changes: BTreeMap<String, Changed> = BTreeMap::new();
        for resource in evaluated.in_order() {
            let id = &resource.logical_id;
            let Some(now) = laid.get(id) else { continue };
            let change = match before.get(id) {
                None => Some(Changed {
                    logical_id: id.clone(),
                    kind: now.kind.clone(),
                    id: None,
                    action: Action::Add,
                    properties: BTreeSet::new(),
                }),
                Some(old) if old.laid.kind != now.kind => {
                    return Err(format!(
                        "Update of resource type is not permitted. The new template modifies resource type of the \
                         following resources: [{id}]"
                    ));
                }
                Some(old) => modification(id, old, now, &changes, tags_change),
            };
            if let Some(change) = change {
                changes.insert(id.clone(), change);
            }
        }
        for (id, old) in before.iter().filter(|(id, _)| !laid.contains_key(*id)) {
            let removed = Changed {
                logical_id: id.clone(),
                kind: old.laid.kind.clone(),
                id: old.id.clone(),
                action: Action::Remove,
                properties: BTreeSet::new(),
            };
            changes.insert(id.clone(), removed);
        }
        if changes.is_empty() && stack.is_some_and(|stack| outputs_change(stack, &evaluated)) {
            // AWS makes a change set of outputs alone, with no resource in it; nobody here asks for one.
            return Err("No updates are to be performed.".to_owned());
        }
        Ok(changes.into_values().collect())
    }
}

fn outputs_change(stack: &Stack, evaluated: &Evaluated) -> bool {
    evaluated.outputs.keys().collect::<Vec<_>>() != stack.outputs.keys().collect::<Vec<_>>()
}

fn modification(
    id: &str,
    old: &Resource,
    now: &Laid,
    changes: &BTreeMap<String, Changed>,
    tags_change: bool,
) -> Option<Changed> {
    let mut properties: BTreeSet<String> = BTreeSet::new();
    let mut action = Action::Modify;
    let names = old.laid.properties.entries().iter().chain(now.properties.entries()).map(|(name, _)| name);
    for name in names.collect::<BTreeSet<_>>() {
        let (was, is) = (old.laid.properties.get(name), now.properties.get(name));
        let replaced = |reference: &Reference| {
            let change = reference.logical_id().and_then(|id| changes.get(id));
            change.is_some_and(|change| matches!(change.action, Action::Replace | Action::MayReplace))
        };
        let follows = is.is_some_and(|is| is.references().iter().any(replaced));
        if was == is && !follows {
            continue;
        }
        if replaces(&now.kind, name, was, is) {
            action = match (action, was == is) {
                (Action::Replace, _) | (_, false) => Action::Replace,
                (_, true) => Action::MayReplace,
            };
        }
        properties.insert(name.clone());
    }
    if tags_change && !UNTAGGED.contains(&now.kind.as_str()) {
        properties.insert("Tags".to_owned());
    }
    (!properties.is_empty()).then(|| Changed {
        logical_id: id.to_owned(),
        kind: now.kind.clone(),
        id: old.id.clone(),
        action,
        properties,
    })
}

/// Whether a property's change makes the resource anew.
fn replaces(kind: &str, property: &str, was: Option<&Value>, is: Option<&Value>) -> bool {
    if kind == "AWS::Route53::HealthCheck" && property == "HealthCheckConfig" {
        let part = |value: Option<&Value>, name: &str| value.and_then(|value| value.get(name)).cloned();
        return FIXED_OF_HEALTH_CHECKS.iter().any(|name| part(was, name) != part(is, name));
    }
    REPLACES.iter().any(|(own, names)| *own == kind && names.contains(&property))
}

/// The same of properties as they are sent.
pub(super) fn replaces_settled(kind: &str, was: &serde_json::Value, is: &serde_json::Value) -> bool {
    if kind == "AWS::Route53::HealthCheck" {
        let part = |value: &serde_json::Value, name: &str| {
            value.get("HealthCheckConfig").and_then(|own| own.get(name)).cloned()
        };
        return FIXED_OF_HEALTH_CHECKS.iter().any(|name| part(was, name) != part(is, name));
    }
    let fixed = REPLACES.iter().find(|(own, _)| *own == kind).map(|(_, names)| *names).unwrap_or_default();
    fixed.iter().any(|name| was.get(name) != is.get(name))
}
