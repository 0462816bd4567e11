//! Which reads a deployment needs, and of which region each is asked. What can be asked is in the deployment;
//! which metrics there are follows from facts already read (live cluster ids, replication rules, endpoint groups).

use std::collections::{BTreeMap, BTreeSet};

use crate::id::Region;
use crate::metric::{MetricQuery, Window};
use crate::read::{PlannedRead, Read, Service, Tempo};
use crate::snapshot::{HISTORY_KEPT, SERIES_KEPT, Snapshot};
use crate::time::{Duration, Timestamp, before};
use crate::topology::{Deployment, InRegion, ProbeTarget};

pub mod metrics;

/// AWS's limit of one `GetMetricData` request.
pub const QUERIES_PER_REQUEST: usize = 500;

/// Points arrive late, and the newest period is still filling: each read looks back over this much again. It costs
/// nothing, since AWS bills metrics, not points.
const OVERLAP: Duration = Duration::from_mins(5);

/// CloudWatch's data are a minute apart; windows are aligned to it.
const PERIOD_S: i64 = 60;

/// Every read of one whole refresh. Metrics that depend on facts not read yet are left out until they are.
pub fn planned_reads(deployment: &Deployment, snapshot: &Snapshot, now: Timestamp) -> Vec<PlannedRead> {
    polled(deployment)
        .into_iter()
        .flat_map(|(region, service)| {
            reads_of(deployment, snapshot, now, &region, service)
                .into_iter()
                .map(move |read| PlannedRead { region: region.clone(), read })
        })
        .collect()
}

/// Everything that is polled: which service of which region. It depends on the deployment alone.
pub fn polled(deployment: &Deployment) -> BTreeSet<(Region, Service)> {
    let metric_regions = metric_regions(deployment);
    Service::POLLED
        .into_iter()
        .flat_map(|service| {
            let regions = match service {
                Service::Metrics => metric_regions.clone(),
                other => regions_of(deployment, other),
            };
            regions.into_iter().map(move |region| (region, service))
        })
        .collect()
}

/// What one poll asks: mostly one read, none while nothing can be asked yet, several metrics reads past the limit
/// of one request.
pub fn reads_of(
    deployment: &Deployment,
    snapshot: &Snapshot,
    now: Timestamp,
    region: &Region,
    service: Service,
) -> Vec<Read> {
    if service == Service::Metrics {
        let queries = metrics::queries(deployment, snapshot).remove(region).unwrap_or_default();
        let window = metric_window(snapshot, region, &queries, now);
        return queries
            .chunks(QUERIES_PER_REQUEST)
            .map(|chunk| Read::Metrics { queries: chunk.to_vec(), window })
            .collect();
    }
    if !regions_of(deployment, service).contains(region) {
        return Vec::new();
    }
    read_of(deployment, snapshot, now, region, service).into_iter().collect()
}

/// The reads whose answers decide which metrics a region is asked for: the first stage of the second stage.
pub fn metrics_wait_for(deployment: &Deployment, region: &Region) -> BTreeSet<(Region, Service)> {
    let mut first = BTreeSet::new();
    if deployment.global_cluster.is_some() && deployment.regions.contains(region) {
        first.insert((region.clone(), Service::Aurora));
    }
    for pair in &deployment.buckets {
        if pair.source.region == *region || pair.destination.region == *region {
            first.insert((pair.source.region.clone(), Service::S3));
            first.insert((pair.destination.region.clone(), Service::S3));
        }
    }
    if !deployment.accelerators.is_empty() && *region == Region::accelerator() {
        first.insert((Region::accelerator(), Service::GlobalAccelerator));
    }
    first
}

/// How many API requests a read costs, as the AWS layer sends them in the calm case: used to say what watching will
/// cost before it has been measured. Answers of resolvers and probes are no API requests.
pub fn requests(read: &Read) -> usize {
    match read {
        Read::Identity
        | Read::Metrics { .. }
        | Read::Tagged { .. }
        | Read::StackEvents { .. }
        | Read::ChangeSet { .. }
        | Read::DriftDetection { .. }
        | Read::TemplateVerdict { .. }
        | Read::EngineVersions { .. }
        | Read::AvailabilityZones => 1,
        Read::Aurora { .. } => 2,
        Read::Tables { tables } => tables.len(),
        Read::Buckets { buckets } | Read::BucketContents { buckets } => 2 * buckets.len(),
        Read::HealthChecks { checks } => 2 * checks.len(),
        Read::Records { records } | Read::Answers { records } => records.len(),
        Read::Alarms { selection, .. } => 1 + selection.prefixes.len() + selection.names.len().div_ceil(100),
        Read::TargetGroups { groups } => groups.len(),
        Read::Functions { functions } => 3 * functions.len() + 1,
        Read::Accelerators { accelerators } => 3 * accelerators.len(),
        Read::Parameters { paths, .. } => paths.len(),
        Read::Stacks { stacks } => 2 * stacks.len(),
        Read::Vaults { vaults } => 2 * vaults.len() + 1,
        Read::ScalingGroups { groups } => groups.len().div_ceil(50),
        Read::Quotas { quotas } => quotas.len(),
        Read::Probes { .. } | Read::Canaries { .. } => 0,
        Read::StackResources { stacks } | Read::StackDrifts { stacks } | Read::StackTemplates { stacks } => {
            stacks.len()
        }
        Read::Named { names } => names.len(),
        Read::ZoneRecords { zones } => zones.len(),
    }
}

/// What watching asks in an hour.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Hourly {
    pub requests: f64,
    /// Metrics asked for by `GetMetricData`.
    pub metrics: f64,
    /// Of the requests, those to CloudWatch that are billed one by one: alarms and their history.
    pub alarm_requests: f64,
}

/// By the cadences, with what is known now.
pub fn hourly(deployment: &Deployment, snapshot: &Snapshot, tempo: Tempo, now: Timestamp) -> Hourly {
    let mut hourly = Hourly::default();
    for PlannedRead { read, .. } in planned_reads(deployment, snapshot, now) {
        let polls = 3600.0 / read.service().cadence(tempo).as_secs_f64();
        let sent = polls * requests(&read) as f64;
        hourly.requests += sent;
        if let Read::Metrics { queries, .. } = &read {
            hourly.metrics += polls * queries.len() as f64;
        }
        if read.service() == Service::Alarms {
            hourly.alarm_requests += sent;
        }
    }
    hourly
}

fn pair(deployment: &Deployment) -> BTreeSet<Region> {
    deployment.regions.both().into_iter().cloned().collect()
}

fn only_if(condition: bool, regions: BTreeSet<Region>) -> BTreeSet<Region> {
    if condition { regions } else { BTreeSet::new() }
}

fn regions_in<T>(things: &[InRegion<T>]) -> BTreeSet<Region> {
    things.iter().map(|thing| thing.region.clone()).collect()
}

/// Where a service other than CloudWatch metrics is asked.
fn regions_of(deployment: &Deployment, service: Service) -> BTreeSet<Region> {
    let route53 = || BTreeSet::from([Region::route53()]);
    match service {
        Service::Identity => pair(deployment),
        Service::Aurora => only_if(deployment.global_cluster.is_some(), pair(deployment)),
        Service::DynamoDb => only_if(!deployment.tables.is_empty(), pair(deployment)),
        Service::S3 => deployment
            .buckets
            .iter()
            .flat_map(|pair| [pair.source.region.clone(), pair.destination.region.clone()])
            .collect(),
        Service::HealthChecks => only_if(!deployment.health_checks.is_empty(), route53()),
        Service::Records | Service::Answers => only_if(!deployment.records.is_empty(), route53()),
        Service::Metrics => metric_regions(deployment),
        Service::Alarms => {
            let mut regions = pair(deployment);
            // An alarm sees its own region's metrics only, and those of health checks are in us-east-1.
            if !deployment.health_checks.is_empty() {
                regions.insert(Region::route53());
            }
            only_if(!deployment.alarms.is_empty(), regions)
        }
        Service::LoadBalancing => deployment
            .load_balancers
            .iter()
            .filter(|target| target.target_group.is_some())
            .map(|target| target.region.clone())
            .collect(),
        Service::Lambda => regions_in(&deployment.functions),
        Service::GlobalAccelerator => {
            only_if(!deployment.accelerators.is_empty(), BTreeSet::from([Region::accelerator()]))
        }
        Service::Parameters => only_if(!deployment.parameter_paths.is_empty(), pair(deployment)),
        Service::Stacks => regions_in(&deployment.stacks),
        Service::Backup => regions_in(&deployment.vaults),
        Service::AutoScaling => regions_in(&deployment.scaling_groups),
        Service::Quotas => only_if(!deployment.quotas.is_empty(), pair(deployment)),
        Service::Probes => deployment.probes.iter().map(|probe| probe_region(deployment, probe)).collect(),
        Service::Discovery | Service::Notices | Service::Keys | Service::Network => BTreeSet::new(),
    }
}

/// A probe of the public name is kept with the home region's.
fn probe_region(deployment: &Deployment, probe: &ProbeTarget) -> Region {
    probe.region.clone().unwrap_or_else(|| deployment.regions.home.clone())
}

/// The regions whose CloudWatch may hold something of the deployment's, whether or not that is known by name yet.
fn metric_regions(deployment: &Deployment) -> BTreeSet<Region> {
    let mut regions = BTreeSet::new();
    if deployment.global_cluster.is_some() || !deployment.tables.is_empty() {
        regions.extend(pair(deployment));
    }
    regions.extend(regions_of(deployment, Service::S3));
    regions.extend(deployment.load_balancers.iter().map(|target| target.region.clone()));
    regions.extend(deployment.apis.iter().map(|api| api.region().clone()));
    regions.extend(regions_in(&deployment.functions));
    regions.extend(regions_of(deployment, Service::HealthChecks));
    regions.extend(regions_of(deployment, Service::GlobalAccelerator));
    regions
}

/// The one read of a service other than metrics, in a region of [`regions_of`].
fn read_of(
    deployment: &Deployment,
    snapshot: &Snapshot,
    now: Timestamp,
    region: &Region,
    service: Service,
) -> Option<Read> {
    match service {
        Service::Identity => Some(Read::Identity),
        Service::Aurora => deployment.global_cluster.clone().map(|global_cluster| Read::Aurora { global_cluster }),
        Service::DynamoDb => Some(Read::Tables { tables: deployment.tables.clone() }),
        Service::S3 => {
            let ends = deployment.buckets.iter().flat_map(|pair| [&pair.source, &pair.destination]);
            let buckets: BTreeSet<_> = ends.filter(|end| end.region == *region).map(|end| end.name.clone()).collect();
            Some(Read::Buckets { buckets: buckets.into_iter().collect() })
        }
        Service::HealthChecks => {
            Some(Read::HealthChecks { checks: deployment.health_checks.iter().map(|check| check.id.clone()).collect() })
        }
        Service::Records => Some(Read::Records { records: deployment.records.clone() }),
        Service::Answers => Some(Read::Answers { records: deployment.records.clone() }),
        Service::Metrics | Service::Discovery | Service::Notices | Service::Keys | Service::Network => None,
        Service::Alarms => Some(Read::Alarms {
            selection: deployment.alarms.clone(),
            history_since: history_since(snapshot, region, now),
        }),
        Service::LoadBalancing => Some(Read::TargetGroups {
            groups: deployment
                .load_balancers
                .iter()
                .filter(|target| target.region == *region)
                .filter_map(|target| target.target_group.clone())
                .collect(),
        }),
        Service::Lambda => Some(Read::Functions { functions: names_in(&deployment.functions, region) }),
        Service::GlobalAccelerator => Some(Read::Accelerators { accelerators: deployment.accelerators.clone() }),
        Service::Parameters => Some(Read::Parameters {
            paths: deployment.parameter_paths.clone(),
            decrypt: deployment.compare_secure_parameters,
        }),
        Service::Stacks => Some(Read::Stacks { stacks: names_in(&deployment.stacks, region) }),
        Service::Backup => Some(Read::Vaults { vaults: names_in(&deployment.vaults, region) }),
        Service::AutoScaling => Some(Read::ScalingGroups { groups: names_in(&deployment.scaling_groups, region) }),
        Service::Quotas => Some(Read::Quotas { quotas: deployment.quotas.clone() }),
        Service::Probes => Some(Read::Probes {
            probes: deployment
                .probes
                .iter()
                .filter(|probe| probe_region(deployment, probe) == *region)
                .cloned()
                .collect(),
        }),
    }
}

fn names_in<T: Clone>(things: &[InRegion<T>], region: &Region) -> Vec<T> {
    things.iter().filter(|thing| thing.region == *region).map(|thing| thing.name.clone()).collect()
}

fn history_since(snapshot: &Snapshot, region: &Region, now: Timestamp) -> Timestamp {
    let earliest = before(now, HISTORY_KEPT);
    snapshot
        .region(region)
        .and_then(|here| here.alarms.last.as_ref())
        .map_or(earliest, |last| before(last.at.min(now), OVERLAP).max(earliest))
}

/// From a little before the last answer, so that an outage leaves no hole; from the beginning of what is kept while
/// any series has never been asked for.
fn metric_window(snapshot: &Snapshot, region: &Region, queries: &[MetricQuery], now: Timestamp) -> Window {
    let earliest = before(now, SERIES_KEPT);
    let all_known = queries.iter().all(|query| snapshot.series.contains_key(&query.key));
    let last = snapshot.region(region).and_then(|here| here.metrics.last.as_ref()).filter(|_| all_known);
    let from = last.map_or(earliest, |last| before(last.at.min(now), OVERLAP).max(earliest));
    Window { from: aligned(from, Rounding::Down), to: aligned(now, Rounding::Up) }
}

#[derive(Clone, Copy)]
enum Rounding {
    Down,
    Up,
}

fn aligned(at: Timestamp, rounding: Rounding) -> Timestamp {
    let second = at.as_second();
    let down = second - second.rem_euclid(PERIOD_S);
    let whole = match rounding {
        Rounding::Down => down,
        Rounding::Up if down == second && at.subsec_nanosecond() == 0 => down,
        Rounding::Up => down + PERIOD_S,
    };
    Timestamp::from_second(whole).unwrap_or(at)
}

/// Queries by the region that holds them.
pub type QueriesByRegion = BTreeMap<Region, Vec<MetricQuery>>;
