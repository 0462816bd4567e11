//! Facts as the account's stacks have them: what is no longer there is taken out of what a deployment's world says, and
//! of what stands without a world (half made, or made from a blueprint of the user's own) that is told which is known.

use lifeboat_model::facts::Facts;
use lifeboat_model::facts::alarm::{Alarm, AlarmMetric, AlarmState};
use lifeboat_model::facts::aurora::{AuroraFacts, Cluster, GlobalCluster, GlobalMember, Instance, Synchronization};
use lifeboat_model::facts::backup::Vault;
use lifeboat_model::facts::capacity::ScalingGroup;
use lifeboat_model::facts::dynamodb::{Consistency, Replica, ReplicaStatus, Table, TableStatus};
use lifeboat_model::facts::global_accelerator::{Accelerator, Endpoint, EndpointGroup, EndpointHealth};
use lifeboat_model::facts::lambda::Function;
use lifeboat_model::facts::load_balancing::TargetGroup;
use lifeboat_model::facts::parameter::{Parameter, ParameterKind};
use lifeboat_model::facts::probe::ProbeOutcome;
use lifeboat_model::facts::route53::{HealthCheck, HealthCheckKind, RecordSet, Vantage};
use lifeboat_model::facts::s3::{Bucket, Versioning};
use lifeboat_model::id::{Arn, DnsName, Region};
use lifeboat_model::read::Read;
use lifeboat_model::topology::RecordTarget;
use serde_json::Value;

use super::{facts, instant};
use crate::ACCOUNT;
use crate::cloudformation::founding::writer_endpoint;
use crate::cloudformation::{Account, Resource, physical};
use crate::estate::Estate;
use crate::world::host_of;

const GLOBAL_CLUSTER: &str = "AWS::RDS::GlobalCluster";
const CLUSTER: &str = "AWS::RDS::DBCluster";
const INSTANCE: &str = "AWS::RDS::DBInstance";
const TABLE: &str = "AWS::DynamoDB::GlobalTable";
const BUCKET: &str = "AWS::S3::Bucket";
const CHECK: &str = "AWS::Route53::HealthCheck";
const ZONE: &str = "AWS::Route53::HostedZone";
const RECORD: &str = "AWS::Route53::RecordSet";
const ALARM: &str = "AWS::CloudWatch::Alarm";
const TARGETS: &str = "AWS::ElasticLoadBalancingV2::TargetGroup";
const FUNCTION: &str = "AWS::Lambda::Function";
const ACCELERATOR: &str = "AWS::GlobalAccelerator::Accelerator";
const GROUP: &str = "AWS::GlobalAccelerator::EndpointGroup";
const PARAMETER: &str = "AWS::SSM::Parameter";
const VAULT: &str = "AWS::Backup::BackupVault";
const SCALING_GROUP: &str = "AWS::AutoScaling::AutoScalingGroup";

/// An account in which stacks were changed, asked in one region.
pub(super) struct Standing<'a> {
    pub(super) account: &'a Account,
    pub(super) region: &'a Region,
    pub(super) second: i64,
    /// Of the deployments whose worlds have spoken.
    pub(super) estates: Vec<&'a Estate>,
}

impl Standing<'_> {
    fn here(&self, kind: &str, id: &str) -> Option<&Resource> {
        self.account.find(kind, self.region, id).map(|(_, own)| own)
    }

    fn anywhere(&self, kind: &str, id: &str) -> Option<&Resource> {
        self.account.find_anywhere(kind, id).map(|(_, own)| own)
    }

    /// What the worlds said, as the stacks have it.
    pub(super) fn amend(&self, facts: &mut Facts, read: &Read) {
        match (facts, read) {
            (Facts::Aurora(found), Read::Aurora { global_cluster }) => self.aurora(found, global_cluster.as_str()),
            (Facts::Tables(found), Read::Tables { tables }) => {
                found.retain(|own| self.anywhere(TABLE, own.name.as_str()).is_some());
                for name in tables.iter().filter(|name| !found.iter().any(|own| own.name == **name)).collect::<Vec<_>>()
                {
                    found.extend(self.table(name.as_str()));
                }
            }
            (Facts::Buckets(found), Read::Buckets { buckets }) => {
                found.retain(|own| self.here(BUCKET, own.name.as_str()).is_some());
                for name in
                    buckets.iter().filter(|name| !found.iter().any(|own| own.name == **name)).collect::<Vec<_>>()
                {
                    found.extend(self.bucket(name.as_str()));
                }
            }
            (Facts::HealthChecks(found), Read::HealthChecks { checks }) => {
                let by_hand = |id: &str| {
                    self.estates
                        .iter()
                        .any(|estate| estate.deployment.takeovers.iter().any(|own| own.check.as_str() == id))
                };
                found.retain(|own| self.anywhere(CHECK, own.id.as_str()).is_some() || by_hand(own.id.as_str()));
                for id in checks.iter().filter(|id| !found.iter().any(|own| own.id == **id)).collect::<Vec<_>>() {
                    found.extend(self.check(id.as_str()));
                }
            }
            (Facts::Records(found), Read::Records { records }) => self.records(found, records),
            (Facts::Answers(found), Read::Answers { records }) => {
                for answer in found.iter_mut() {
                    let zone = records.iter().find(|target| target.name == answer.name).map(|target| &target.zone);
                    let gone = zone.is_some_and(|zone| self.anywhere(ZONE, zone.as_str()).is_none());
                    if gone && answer.vantage == Vantage::Authority {
                        "no such hosted zone".clone_into(&mut answer.code);
                    }
                    if gone {
                        answer.values.clear();
                        answer.ttl_s = None;
                    }
                    if gone && answer.vantage != Vantage::Authority {
                        "NXDOMAIN".clone_into(&mut answer.code);
                    }
                }
            }
            (Facts::Alarms(found), Read::Alarms { selection, .. }) => {
                found.alarms.retain(|own| self.here(ALARM, own.name.as_str()).is_some());
                let known: Vec<String> = found.alarms.iter().map(|own| own.name.to_string()).collect();
                let asked = |name: &str| {
                    selection.names.iter().any(|own| own == name)
                        || selection.prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()))
                };
                let others = self.account.standing().filter(|(stack, own)| {
                    let id = own.id.as_deref().unwrap_or_default();
                    own.laid.kind == ALARM
                        && stack.key.region == *self.region
                        && asked(id)
                        && !known.iter().any(|name| name == id)
                });
                found.alarms.extend(others.map(|(_, own)| Self::alarm(own)));
            }
            (Facts::TargetGroups(found), Read::TargetGroups { groups }) => {
                found.retain(|own| self.here(TARGETS, own.arn.as_str()).is_some());
                for arn in groups.iter().filter(|arn| !found.iter().any(|own| own.arn == **arn)).collect::<Vec<_>>() {
                    // Nothing is known of what is registered with it.
                    found.extend(
                        self.here(TARGETS, arn.as_str()).map(|_| TargetGroup { arn: arn.clone(), targets: Vec::new() }),
                    );
                }
            }
            (Facts::Functions(found), Read::Functions { functions }) => {
                found.functions.retain(|own| self.here(FUNCTION, own.name.as_str()).is_some());
                let missing: Vec<_> =
                    functions.iter().filter(|name| !found.functions.iter().any(|own| own.name == **name)).collect();
                for name in missing {
                    found.functions.extend(self.here(FUNCTION, name.as_str()).map(|own| Function {
                        name: name.clone(),
                        state: "Active".to_owned(),
                        runtime: Some(own.text("Runtime").to_owned()),
                        code_sha256: Some(facts::code_digest(
                            &own.sent.get("Code").map(Value::to_string).unwrap_or_default(),
                            false,
                        )),
                        reserved_concurrency: None,
                        event_sources: Vec::new(),
                    }));
                }
            }
            (Facts::Accelerators(found), Read::Accelerators { accelerators }) => {
                found.retain(|own| self.anywhere(ACCELERATOR, own.arn.as_str()).is_some());
                for own in found.iter_mut() {
                    own.groups.retain(|group| self.anywhere(GROUP, group.arn.as_str()).is_some());
                }
                for arn in
                    accelerators.iter().filter(|arn| !found.iter().any(|own| own.arn == **arn)).collect::<Vec<_>>()
                {
                    found.extend(self.accelerator(arn));
                }
            }
            (Facts::Parameters(found), Read::Parameters { paths, decrypt }) => {
                self.parameters(found, *decrypt, |name| paths.iter().any(|path| name.starts_with(path.as_str())));
            }
            (Facts::Vaults(found), Read::Vaults { vaults }) => {
                found.vaults.retain(|own| self.here(VAULT, own.name.as_str()).is_some());
                for own in &mut found.vaults {
                    let points = self.account.contents.points(self.region, own.name.as_str(), self.second);
                    own.recovery_points = u32::try_from(points).unwrap_or(u32::MAX);
                    own.newest = own.newest.filter(|_| points > 0);
                }
                for name in
                    vaults.iter().filter(|name| !found.vaults.iter().any(|own| own.name == **name)).collect::<Vec<_>>()
                {
                    found.vaults.extend(self.here(VAULT, name.as_str()).map(|_| {
                        Vault {
                            name: name.clone(),
                            recovery_points: u32::try_from(self.account.contents.points(
                                self.region,
                                name.as_str(),
                                self.second,
                            ))
                            .unwrap_or(u32::MAX),
                            newest: None,
                            locked: Some(false),
                        }
                    }));
                }
            }
            (Facts::ScalingGroups(found), Read::ScalingGroups { groups }) => {
                found.retain(|own| self.here(SCALING_GROUP, own.name.as_str()).is_some());
                for name in groups.iter().filter(|name| !found.iter().any(|own| own.name == **name)).collect::<Vec<_>>()
                {
                    found.extend(self.here(SCALING_GROUP, name.as_str()).map(|own| {
                        let size = |property: &str| own.text(property).parse().unwrap_or_default();
                        let min = size("MinSize");
                        ScalingGroup {
                            name: name.clone(),
                            min,
                            desired: min,
                            max: size("MaxSize"),
                            in_service: min,
                            suspended: Vec::new(),
                        }
                    }));
                }
            }
            (Facts::Probes(found), Read::Probes { .. }) => {
                for probe in found.iter_mut().filter(|probe| !self.answers(&probe.target.url)) {
                    probe.outcome = ProbeOutcome::Failed { reason: "no such host".to_owned() };
                }
            }
            (_, _) => {}
        }
    }

    fn aurora(&self, found: &mut AuroraFacts, global: &str) {
        let Some(own) = self.anywhere(GLOBAL_CLUSTER, global) else {
            *found = AuroraFacts::default();
            return;
        };
        if let Some(facts) = &mut found.global {
            facts.members.retain(|member| {
                let id = member.cluster.cluster_id();
                let region = member.cluster.region();
                id.zip(region).is_some_and(|(id, region)| self.account.find(CLUSTER, &region, id.as_str()).is_some())
            });
            // With one member gone there is nothing to be in step with.
            if let [only] = facts.members.as_mut_slice() {
                only.is_writer = true;
            }
        } else {
            found.global = Some(self.global(own, global));
        }
        let stands = |id: &str| self.here(CLUSTER, id).is_some();
        if found.cluster.as_ref().is_some_and(|cluster| !stands(cluster.id.as_str())) {
            found.cluster = None;
        }
        match &mut found.cluster {
            Some(cluster) => cluster.instances.retain(|instance| self.here(INSTANCE, instance.id.as_str()).is_some()),
            None => found.cluster = self.cluster(global),
        }
    }

    fn global(&self, own: &Resource, global: &str) -> GlobalCluster {
        let writer = self.account.writer_of(global);
        let members = self
            .account
            .standing()
            .filter(|(_, own)| own.laid.kind == CLUSTER && own.text("GlobalClusterIdentifier") == global);
        GlobalCluster {
            id: global.into(),
            arn: Arn::new(format!("arn:aws:rds::{ACCOUNT}:global-cluster:{global}")),
            status: "available".to_owned(),
            engine: own.text("Engine").to_owned(),
            engine_version: own.text("EngineVersion").to_owned(),
            deletion_protection: false,
            endpoint: Some(writer_endpoint(global)),
            members: members
                .map(|(stack, own)| GlobalMember {
                    cluster: own.attribute("DBClusterArn").into(),
                    is_writer: writer.as_ref() == Some(&stack.key.region),
                    synchronization: Some(Synchronization::Connected),
                })
                .collect(),
            failover: None,
        }
    }

    fn cluster(&self, global: &str) -> Option<Cluster> {
        let (_, own) = self.account.standing().find(|(stack, own)| {
            own.laid.kind == CLUSTER
                && stack.key.region == *self.region
                && own.text("GlobalClusterIdentifier") == global
        })?;
        let id = own.id.as_deref()?;
        let is_writer = self.account.writer_of(global).as_ref() == Some(self.region);
        let instances = self.account.standing().filter(|(stack, other)| {
            other.laid.kind == INSTANCE && stack.key.region == *self.region && other.text("DBClusterIdentifier") == id
        });
        Some(Cluster {
            id: id.into(),
            arn: own.attribute("DBClusterArn").into(),
            status: "available".to_owned(),
            engine: own.text("Engine").to_owned(),
            engine_version: own.text("EngineVersion").to_owned(),
            endpoint: Some(physical::cluster_endpoint(id, self.region)),
            reader_endpoint: Some(physical::reader_endpoint(id, self.region)),
            parameter_group: None,
            deletion_protection: false,
            encrypted: own.sent.get("StorageEncrypted").and_then(Value::as_bool).unwrap_or_default(),
            backup_retention_days: Some(1),
            instances: instances
                .filter_map(|(_, other)| {
                    Some(Instance { id: other.id.as_deref()?.into(), is_cluster_writer: is_writer })
                })
                .collect(),
            serverless: None,
        })
    }

    fn table(&self, name: &str) -> Option<Table> {
        let (stack, own) = self.account.find_anywhere(TABLE, name)?;
        let replicas = own.sent.get("Replicas").and_then(Value::as_array);
        let regions: Vec<Region> = replicas
            .into_iter()
            .flatten()
            .filter_map(|replica| replica.get("Region").and_then(Value::as_str))
            .map(Region::from)
            .collect();
        (stack.key.region == *self.region || regions.contains(self.region)).then(|| Table {
            name: name.into(),
            status: TableStatus::Active,
            replicas: regions.into_iter().map(|region| Replica { region, status: ReplicaStatus::Active }).collect(),
            consistency: Consistency::Eventual,
            item_count: Some(0),
            deletion_protection: false,
            created_at: Some(instant(own.made_at)),
        })
    }

    fn bucket(&self, name: &str) -> Option<Bucket> {
        let own = self.here(BUCKET, name)?;
        let versioning =
            own.sent.get("VersioningConfiguration").and_then(|own| own.get("Status")).and_then(Value::as_str);
        Some(Bucket {
            name: name.into(),
            versioning: versioning.map_or(Versioning::Off, Versioning::from),
            rules: Vec::new(),
            role: None,
            by_kms: Vec::new(),
        })
    }

    fn check(&self, id: &str) -> Option<HealthCheck> {
        let own = self.anywhere(CHECK, id)?;
        let config = own.sent.get("HealthCheckConfig")?;
        let text = |name: &str| config.get(name).and_then(Value::as_str).unwrap_or_default();
        let number =
            |name: &str| config.get(name).and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok());
        Some(HealthCheck {
            id: id.into(),
            version: 1,
            kind: HealthCheckKind::from(text("Type")),
            target: format!("{}{}", text("FullyQualifiedDomainName"), text("ResourcePath")),
            interval_s: number("RequestInterval"),
            threshold: number("FailureThreshold"),
            inverted: config.get("Inverted").and_then(Value::as_bool).unwrap_or_default(),
            disabled: config.get("Disabled").and_then(Value::as_bool).unwrap_or_default(),
            alarm: None,
            children: Vec::new(),
            // Nobody has asked it yet, as far as is known.
            checkers: Vec::new(),
        })
    }

    fn records(&self, found: &mut Vec<RecordSet>, asked: &[RecordTarget]) {
        found.retain(|record| self.anywhere(ZONE, record.zone.as_str()).is_some());
        found.retain(|record| {
            let of_a_stack = self.account.standing().any(|(_, own)| own.laid.kind == RECORD && is_record(own, record));
            let foreign =
                self.account.contents.foreign_records(record.zone.as_str()).any(|own| own.name == record.name);
            of_a_stack || foreign
        });
        let of_stacks = self.account.standing().filter(|(_, own)| own.laid.kind == RECORD);
        for (_, own) in of_stacks {
            let Some(record) = crate::blueprint::record_of(own) else { continue };
            let is_asked = asked.iter().any(|target| target.zone == record.zone && target.name == record.name);
            if is_asked && !found.iter().any(|known| is_record(own, known)) {
                found.push(record);
            }
        }
    }

    fn alarm(own: &Resource) -> Alarm {
        let number =
            |name: &str| own.sent.get(name).and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok());
        let dimensions = own.sent.get("Dimensions").and_then(Value::as_array);
        Alarm {
            name: own.id.as_deref().unwrap_or_default().into(),
            arn: Some(own.attribute("Arn").into()),
            state: AlarmState::InsufficientData,
            state_since: Some(instant(own.made_at)),
            reason: "Unchecked: Initial alarm creation".to_owned(),
            actions_enabled: true,
            metric: Some(AlarmMetric {
                namespace: own.text("Namespace").to_owned(),
                name: own.text("MetricName").to_owned(),
                dimensions: dimensions
                    .into_iter()
                    .flatten()
                    .filter_map(|part| {
                        Some((part.get("Name")?.as_str()?.to_owned(), part.get("Value")?.as_str()?.to_owned()))
                    })
                    .collect(),
                threshold: own.sent.get("Threshold").and_then(Value::as_f64),
                comparison: own.text("ComparisonOperator").to_owned(),
                period_s: number("Period"),
                evaluation_periods: number("EvaluationPeriods"),
                missing_data: Some(own.text("TreatMissingData").to_owned()).filter(|text| !text.is_empty()),
            }),
        }
    }

    fn accelerator(&self, arn: &Arn) -> Option<Accelerator> {
        let own = self.anywhere(ACCELERATOR, arn.as_str())?;
        let listener = format!("{arn}/listener/");
        let groups = self
            .account
            .standing()
            .filter(|(_, group)| group.laid.kind == GROUP && group.text("ListenerArn").starts_with(&listener));
        let addresses = own.attributes.get("Ipv4Addresses").and_then(Value::as_array);
        Some(Accelerator {
            arn: arn.clone(),
            name: own.text("Name").to_owned(),
            enabled: true,
            status: "DEPLOYED".to_owned(),
            dns_name: Some(DnsName::new(own.attribute("DnsName"))),
            addresses: addresses.into_iter().flatten().filter_map(Value::as_str).map(ToOwned::to_owned).collect(),
            groups: groups.map(|(_, group)| endpoint_group(group)).collect(),
        })
    }

    fn parameters(&self, found: &mut Vec<Parameter>, decrypt: bool, asked: impl Fn(&str) -> bool) {
        let deployed = |name: &str| {
            self.estates.iter().any(|estate| estate.parameters.iter().any(|own| own.name.as_str() == name))
        };
        found.retain(|own| {
            let name = own.name.as_str();
            let secure = self.account.contents.secure(self.region, name).is_some();
            // One that people put there by hand is no stack's.
            self.here(PARAMETER, name).is_some() || secure || !deployed(name)
        });
        let known: Vec<String> = found.iter().map(|own| own.name.to_string()).collect();
        let new = |name: &str| asked(name) && !known.iter().any(|own| own == name);
        let plain = self.account.standing().filter(|(stack, own)| {
            own.laid.kind == PARAMETER && stack.key.region == *self.region && new(own.id.as_deref().unwrap_or_default())
        });
        found.extend(plain.map(|(_, own)| Parameter {
            name: own.id.as_deref().unwrap_or_default().into(),
            kind: ParameterKind::Plain,
            version: 1,
            modified_at: Some(instant(own.made_at)),
            digest: Some(facts::value_digest(own.text("Value"))),
        }));
        let secure = self.account.contents.secure_of(self.region).filter(|(name, _)| new(name));
        found.extend(secure.map(|(name, own)| Parameter {
            name: name.into(),
            kind: ParameterKind::Secure,
            version: 1,
            modified_at: Some(instant(own.made_at)),
            digest: decrypt.then(|| facts::value_digest(&own.word.to_string())),
        }));
    }

    /// Whether what an URL leads to is still there.
    fn answers(&self, url: &str) -> bool {
        let host = host_of(url);
        let known = |estate: &&Estate| {
            estate.doors.find(|door| door.answers_at(host)).is_some()
                || estate.deployment.public_name.as_ref().is_some_and(|name| name.as_str() == host)
        };
        if !self.estates.iter().any(known) {
            return true;
        }
        let label = host.split('.').next().unwrap_or_default();
        self.account.standing().any(|(_, own)| match own.laid.kind.as_str() {
            "AWS::ElasticLoadBalancingV2::LoadBalancer" => own.attribute("DNSName") == host,
            "AWS::ApiGateway::RestApi" | "AWS::ApiGatewayV2::Api" => own.id.as_deref() == Some(label),
            "AWS::Lambda::Url" => host_of(own.attribute("FunctionUrl")) == host,
            ACCELERATOR => own.attribute("DnsName") == host,
            RECORD => own.text("Name").trim_end_matches('.') == host,
            _ => false,
        })
    }
}

/// Whether a record is the one that a stack made.
fn is_record(own: &Resource, record: &RecordSet) -> bool {
    own.text("HostedZoneId") == record.zone.as_str()
        && own.text("Name").trim_end_matches('.') == record.name.as_str().trim_end_matches('.')
        && own.text("Type") == record.record_type
        && Some(own.text("SetIdentifier")).filter(|id| !id.is_empty()) == record.set_identifier.as_deref()
}

fn endpoint_group(own: &Resource) -> EndpointGroup {
    let number = |name: &str| own.sent.get(name).and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok());
    let endpoints = own.sent.get("EndpointConfigurations").and_then(Value::as_array);
    EndpointGroup {
        arn: own.id.as_deref().unwrap_or_default().into(),
        region: own.text("EndpointGroupRegion").into(),
        dial_percent: own.sent.get("TrafficDialPercentage").and_then(Value::as_f64),
        interval_s: number("HealthCheckIntervalSeconds"),
        threshold: number("ThresholdCount"),
        endpoints: endpoints
            .into_iter()
            .flatten()
            .filter_map(|part| {
                Some(Endpoint {
                    id: part.get("EndpointId")?.as_str()?.to_owned(),
                    weight: part.get("Weight").and_then(Value::as_u64).and_then(|weight| u32::try_from(weight).ok()),
                    health: Some(EndpointHealth::Initial),
                    reason: None,
                })
            })
            .collect(),
    }
}
