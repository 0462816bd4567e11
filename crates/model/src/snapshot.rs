//! All that is known of one deployment at one moment: every reading of every region, with ages and failures.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::cloud_error::CloudError;
use crate::facts::Facts;
use crate::facts::alarm::{AlarmChange, AlarmFacts};
use crate::facts::aurora::AuroraFacts;
use crate::facts::backup::BackupFacts;
use crate::facts::capacity::{Quota, ScalingGroup};
use crate::facts::dynamodb::Table;
use crate::facts::global_accelerator::Accelerator;
use crate::facts::identity::CallerIdentity;
use crate::facts::lambda::LambdaFacts;
use crate::facts::load_balancing::TargetGroup;
use crate::facts::parameter::Parameter;
use crate::facts::probe::Probe;
use crate::facts::route53::{DnsAnswer, HealthCheck, RecordSet};
use crate::facts::s3::Bucket;
use crate::facts::stack::Stack;
use crate::id::{DeploymentName, Region};
use crate::metric::{MetricKey, Point, Series};
use crate::observation::{Failure, Reading};
use crate::read::Service;
use crate::time::{Duration, Timestamp, before};

/// How much of each series is kept, and read at the start.
pub const SERIES_KEPT: Duration = Duration::from_hours(3);

/// How much alarm history is kept, and read at the start.
pub const HISTORY_KEPT: Duration = Duration::from_hours(24);

/// More changes than this in a day are a flapping alarm, not history.
const HISTORY_LIMIT: usize = 1000;

/// Newest first, each change once.
fn join_history(newer: Vec<AlarmChange>, older: Vec<AlarmChange>) -> Vec<AlarmChange> {
    let mut all = newer;
    for change in older {
        if !all.contains(&change) {
            all.push(change);
        }
    }
    all.sort_by(|a, b| (b.at, &a.name, &a.summary).cmp(&(a.at, &b.name, &b.summary)));
    all
}

/// The outcome of one poll: stamped once, by whoever made it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    pub deployment: DeploymentName,
    /// The region whose endpoint was asked.
    pub region: Region,
    pub service: Service,
    /// When the answer, or the failure, arrived.
    pub at: Timestamp,
    pub outcome: Result<Facts, CloudError>,
}

/// What one region's endpoints have said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RegionSnapshot {
    pub identity: Reading<CallerIdentity>,
    pub aurora: Reading<AuroraFacts>,
    pub tables: Reading<Vec<Table>>,
    pub buckets: Reading<Vec<Bucket>>,
    pub health_checks: Reading<Vec<HealthCheck>>,
    pub records: Reading<Vec<RecordSet>>,
    pub answers: Reading<Vec<DnsAnswer>>,
    /// The series themselves are in [`Snapshot::series`], merged over many answers.
    pub metrics: Reading<()>,
    pub alarms: Reading<AlarmFacts>,
    pub target_groups: Reading<Vec<TargetGroup>>,
    pub functions: Reading<LambdaFacts>,
    pub accelerators: Reading<Vec<Accelerator>>,
    pub parameters: Reading<Vec<Parameter>>,
    pub stacks: Reading<Vec<Stack>>,
    pub backup: Reading<BackupFacts>,
    pub scaling_groups: Reading<Vec<ScalingGroup>>,
    pub quotas: Reading<Vec<Quota>>,
    pub probes: Reading<Vec<Probe>>,
}

/// When a service of a region last answered, and how it fails now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contact<'a> {
    pub service: Service,
    pub answered_at: Option<Timestamp>,
    pub failure: Option<&'a Failure>,
}

impl Contact<'_> {
    /// Whether anything was ever asked of it.
    pub fn was_asked(&self) -> bool {
        self.answered_at.is_some() || self.failure.is_some()
    }
}

impl RegionSnapshot {
    pub fn contact(&self, service: Service) -> Contact<'_> {
        fn of<T>(service: Service, reading: &Reading<T>) -> Contact<'_> {
            Contact {
                service,
                answered_at: reading.last.as_ref().map(|last| last.at),
                failure: reading.failure.as_ref(),
            }
        }
        match service {
            Service::Identity => of(service, &self.identity),
            Service::Aurora => of(service, &self.aurora),
            Service::DynamoDb => of(service, &self.tables),
            Service::S3 => of(service, &self.buckets),
            Service::HealthChecks => of(service, &self.health_checks),
            Service::Records => of(service, &self.records),
            Service::Answers => of(service, &self.answers),
            Service::Metrics => of(service, &self.metrics),
            Service::Alarms => of(service, &self.alarms),
            Service::LoadBalancing => of(service, &self.target_groups),
            Service::Lambda => of(service, &self.functions),
            Service::GlobalAccelerator => of(service, &self.accelerators),
            Service::Parameters => of(service, &self.parameters),
            Service::Stacks => of(service, &self.stacks),
            Service::Backup => of(service, &self.backup),
            Service::AutoScaling => of(service, &self.scaling_groups),
            Service::Quotas => of(service, &self.quotas),
            Service::Probes => of(service, &self.probes),
            Service::Discovery | Service::Notices | Service::Keys | Service::Network => {
                Contact { service, answered_at: None, failure: None }
            }
        }
    }

    /// Every service of which something was asked here.
    pub fn contacts(&self) -> impl Iterator<Item = Contact<'_>> {
        Service::POLLED.into_iter().map(|service| self.contact(service)).filter(Contact::was_asked)
    }

    /// History is asked for from the last answer on, so what is new joins what is held.
    fn hear_alarms(&mut self, mut facts: AlarmFacts, at: Timestamp) {
        let newest = self.alarms.last.as_ref().map_or(at, |held| held.at.max(at));
        let held = self.alarms.last.as_mut().map(|held| std::mem::take(&mut held.value.history)).unwrap_or_default();
        let mut history = join_history(std::mem::take(&mut facts.history), held);
        history.retain(|change| change.at >= before(newest, HISTORY_KEPT));
        history.truncate(HISTORY_LIMIT);
        self.alarms.succeed(facts, at);
        if let Some(last) = &mut self.alarms.last {
            last.value.history = history;
        }
    }

    fn fail(&mut self, service: Service, error: CloudError, at: Timestamp) {
        match service {
            Service::Identity => self.identity.fail(error, at),
            Service::Aurora => self.aurora.fail(error, at),
            Service::DynamoDb => self.tables.fail(error, at),
            Service::S3 => self.buckets.fail(error, at),
            Service::HealthChecks => self.health_checks.fail(error, at),
            Service::Records => self.records.fail(error, at),
            Service::Answers => self.answers.fail(error, at),
            Service::Metrics => self.metrics.fail(error, at),
            Service::Alarms => self.alarms.fail(error, at),
            Service::LoadBalancing => self.target_groups.fail(error, at),
            Service::Lambda => self.functions.fail(error, at),
            Service::GlobalAccelerator => self.accelerators.fail(error, at),
            Service::Parameters => self.parameters.fail(error, at),
            Service::Stacks => self.stacks.fail(error, at),
            Service::Backup => self.backup.fail(error, at),
            Service::AutoScaling => self.scaling_groups.fail(error, at),
            Service::Quotas => self.quotas.fail(error, at),
            Service::Probes => self.probes.fail(error, at),
            Service::Discovery | Service::Notices | Service::Keys | Service::Network => {}
        }
    }
}

/// Everything observed of one deployment. Facts of a region that stops answering stay and grow old.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// By the region whose endpoint was asked: besides the pair, us-east-1 (Route 53) and us-west-2 (Global Accelerator).
    pub regions: BTreeMap<Region, RegionSnapshot>,
    #[serde(with = "series_as_list")]
    pub series: BTreeMap<MetricKey, Vec<Point>>,
}

impl Snapshot {
    pub fn region(&self, region: &Region) -> Option<&RegionSnapshot> {
        self.regions.get(region)
    }

    pub fn points(&self, key: &MetricKey) -> &[Point] {
        self.series.get(key).map_or(&[], Vec::as_slice)
    }

    /// The greatest of a series' points in the given time up to and including the newest; `None` without any.
    pub fn greatest_within(&self, key: &MetricKey, span: Duration) -> Option<f64> {
        let points = self.points(key);
        let oldest = before(points.last()?.at, span);
        points.iter().filter(|point| point.at > oldest).map(|point| point.value).reduce(f64::max)
    }

    /// The newest answer of all.
    pub fn newest(&self) -> Option<Timestamp> {
        self.regions.values().flat_map(RegionSnapshot::contacts).filter_map(|contact| contact.answered_at).max()
    }

    pub fn apply(&mut self, observation: Observation) {
        let Observation { region, service, at, outcome, .. } = observation;
        let here = self.regions.entry(region).or_default();
        match outcome {
            Err(error) => here.fail(service, error, at),
            Ok(Facts::Identity(facts)) => here.identity.succeed(facts, at),
            Ok(Facts::Aurora(facts)) => here.aurora.succeed(facts, at),
            Ok(Facts::Tables(facts)) => here.tables.succeed(facts, at),
            Ok(Facts::Buckets(facts)) => here.buckets.succeed(facts, at),
            Ok(Facts::HealthChecks(facts)) => here.health_checks.succeed(facts, at),
            Ok(Facts::Records(facts)) => here.records.succeed(facts, at),
            Ok(Facts::Answers(facts)) => here.answers.succeed(facts, at),
            Ok(Facts::Alarms(facts)) => here.hear_alarms(facts, at),
            Ok(Facts::TargetGroups(facts)) => here.target_groups.succeed(facts, at),
            Ok(Facts::Functions(facts)) => here.functions.succeed(facts, at),
            Ok(Facts::Accelerators(facts)) => here.accelerators.succeed(facts, at),
            Ok(Facts::Parameters(facts)) => here.parameters.succeed(facts, at),
            Ok(Facts::Stacks(facts)) => here.stacks.succeed(facts, at),
            Ok(Facts::Vaults(facts)) => here.backup.succeed(facts, at),
            Ok(Facts::ScalingGroups(facts)) => here.scaling_groups.succeed(facts, at),
            Ok(Facts::Quotas(facts)) => here.quotas.succeed(facts, at),
            Ok(Facts::Probes(facts)) => here.probes.succeed(facts, at),
            Ok(Facts::Metrics(series)) => {
                let is_newest = !here.metrics.is_overtaken(at);
                here.metrics.succeed((), at);
                for series in series {
                    self.merge(series, at, is_newest);
                }
            }
            // What discovery and runs ask for themselves is theirs to keep.
            Ok(
                Facts::StackResources(_)
                | Facts::Tagged(_)
                | Facts::Canaries(_)
                | Facts::StackEvents(_)
                | Facts::ChangeSet(_)
                | Facts::StackDrifts(_)
                | Facts::DriftDetection(_)
                | Facts::StackTemplates(_)
                | Facts::TemplateVerdict(_)
                | Facts::BucketContents(_)
                | Facts::EngineVersions(_)
                | Facts::AvailabilityZones(_)
                | Facts::Named(_)
                | Facts::ZoneRecords(_),
            ) => {}
        }
    }

    /// Newer answers replace the points they repeat: the last period of a window is still filling when first read.
    /// A series without points is kept too: it was asked for, and AWS has nothing.
    fn merge(&mut self, series: Series, now: Timestamp, is_newest: bool) {
        let kept = self.series.entry(series.key).or_default();
        for point in series.points {
            match kept.binary_search_by(|held| held.at.cmp(&point.at)) {
                Ok(index) => {
                    if let Some(held) = kept.get_mut(index).filter(|_| is_newest) {
                        *held = point;
                    }
                }
                Err(index) => kept.insert(index, point),
            }
        }
        let oldest = before(kept.last().map_or(now, |newest| newest.at.max(now)), SERIES_KEPT);
        kept.retain(|point| point.at >= oldest);
    }
}

mod series_as_list {
    //! JSON has no maps with structured keys.
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::metric::{MetricKey, Point};

    pub(super) fn serialize<S: Serializer>(
        series: &BTreeMap<MetricKey, Vec<Point>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        series.iter().collect::<Vec<_>>().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<MetricKey, Vec<Point>>, D::Error> {
        Vec::<(MetricKey, Vec<Point>)>::deserialize(deserializer).map(|list| list.into_iter().collect())
    }
}
