//! CloudWatch's store: a point a minute for each series, kept where AWS publishes it. A minute in which nothing was
//! published has no point; there is no zero for "unknown".

use lifeboat_model::facts::route53::HealthCheckKind;
use lifeboat_model::id::Region;
use lifeboat_model::metric::{Measure, MetricQuery};
use lifeboat_model::topology::LoadBalancerKind;
use serde::{Deserialize, Serialize};

use crate::estate::{Estate, Watched};
use crate::side::{Pair, Side};

/// Minutes that are kept: more than any reader looks back.
pub(crate) const MINUTES_KEPT: usize = 200;

/// The one part of an address that the world's state decides.
pub(crate) const RULE_ID: &str = "RuleId";

/// A series' place in the store. [`Slot::NONE`] is nobody's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot(usize);

impl Slot {
    pub(crate) const NONE: Self = Self(usize::MAX);
}

impl Default for Slot {
    fn default() -> Self {
        Self::NONE
    }
}

/// Every series of one deployment, by its address.
#[derive(Debug, Default)]
pub(crate) struct Catalog {
    entries: Vec<Entry>,
    pub(crate) slots: Slots,
}

#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) measure: Measure,
    pub(crate) region: Region,
    /// Sorted by name.
    pub(crate) dimensions: Vec<(String, String)>,
}

#[derive(Debug, Default)]
pub(crate) struct Slots {
    pub(crate) sides: Pair<SideSlots>,
    /// By the check's place in the list.
    pub(crate) checks: Vec<(Slot, Slot)>,
    pub(crate) flows: Slot,
    pub(crate) healthy_endpoints: Slot,
    pub(crate) unhealthy_endpoints: Slot,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct SideSlots {
    pub(crate) rpo_lag: Slot,
    pub(crate) replication_lag: Slot,
    pub(crate) connections: Slot,
    pub(crate) cpu: Slot,
    /// Replication that begins on this side.
    pub(crate) table_latency: Slot,
    pub(crate) table_writes: Slot,
    pub(crate) bucket_latency: Slot,
    pub(crate) bucket_bytes: Slot,
    pub(crate) bucket_operations: Slot,
    pub(crate) bucket_failed: Slot,
    pub(crate) balancer_requests: Slot,
    pub(crate) balancer_errors: Slot,
    pub(crate) balancer_refusals: Slot,
    pub(crate) balancer_flows: Slot,
    pub(crate) healthy_hosts: Slot,
    pub(crate) unhealthy_hosts: Slot,
    pub(crate) api_requests: Slot,
    pub(crate) api_errors: Slot,
    pub(crate) api_latency: Slot,
    pub(crate) invocations: Slot,
    pub(crate) invocation_errors: Slot,
    pub(crate) throttles: Slot,
    pub(crate) duration: Slot,
    pub(crate) group_flows: Slot,
    pub(crate) group_healthy: Slot,
    pub(crate) group_unhealthy: Slot,
}

impl Catalog {
    pub(crate) fn of(estate: &Estate) -> Self {
        let mut catalog = Self::default();
        for side in Side::BOTH {
            let slots = catalog.side(estate, side);
            *catalog.slots.sides.at_mut(side) = slots;
        }
        let route53 = Region::route53();
        for check in &estate.checks {
            let dimensions = [("HealthCheckId", check.id.as_str())];
            let status = catalog.add(Measure::HealthCheckStatus, &route53, &dimensions);
            let asks_itself = !matches!(check.kind, HealthCheckKind::Calculated | HealthCheckKind::CloudwatchMetric);
            let percent = if asks_itself {
                catalog.add(Measure::HealthCheckPercentHealthy, &route53, &dimensions)
            } else {
                Slot::NONE
            };
            catalog.slots.checks.push((status, percent));
        }
        catalog
    }

    fn side(&mut self, estate: &Estate, side: Side) -> SideSlots {
        let region = estate.region(side);
        let door = estate.doors.at(side);
        let mut slots = SideSlots::default();
        if let Some(aurora) = &estate.aurora {
            let dimensions = [("DBClusterIdentifier", aurora.clusters.at(side).as_str())];
            slots.rpo_lag = self.add(Measure::AuroraRpoLag, region, &dimensions);
            slots.replication_lag = self.add(Measure::AuroraReplicationLag, region, &dimensions);
            slots.connections = self.add(Measure::AuroraConnections, region, &dimensions);
            slots.cpu = self.add(Measure::AuroraCpu, region, &dimensions);
        }
        let other = estate.region(side.other());
        let dimensions = [("TableName", estate.table.as_str()), ("ReceivingRegion", other.as_str())];
        slots.table_latency = self.add(Measure::DynamoReplicationLatency, region, &dimensions);
        let own = [("TableName", estate.table.as_str())];
        slots.table_writes = self.add(Measure::DynamoConsumedWrites, region, &own);
        let buckets = &estate.storage.buckets;
        let dimensions =
            [("SourceBucket", buckets.at(side).as_str()), ("DestinationBucket", buckets.at(side.other()).as_str())];
        slots.bucket_latency = self.add(Measure::S3ReplicationLatency, other, &dimensions);
        slots.bucket_bytes = self.add(Measure::S3BytesPending, other, &dimensions);
        slots.bucket_operations = self.add(Measure::S3OperationsPending, other, &dimensions);
        slots.bucket_failed = self.add(Measure::S3OperationsFailed, region, &dimensions);
        if let Some(balancer) = &door.balancer {
            let name = tail(balancer.arn.resource(), "loadbalancer/");
            let group = balancer.target_group.resource().unwrap_or_default();
            let both = [("LoadBalancer", name), ("TargetGroup", group)];
            match balancer.kind {
                LoadBalancerKind::Application => {
                    slots.balancer_requests = self.add(Measure::AlbRequests, region, &both);
                    slots.balancer_errors = self.add(Measure::AlbTarget5xx, region, &both);
                    slots.balancer_refusals = self.add(Measure::AlbOwn5xx, region, &[("LoadBalancer", name)]);
                    slots.healthy_hosts = self.add(Measure::AlbHealthyHosts, region, &both);
                    slots.unhealthy_hosts = self.add(Measure::AlbUnhealthyHosts, region, &both);
                }
                LoadBalancerKind::Network => {
                    slots.balancer_flows = self.add(Measure::NlbFlows, region, &[("LoadBalancer", name)]);
                    slots.healthy_hosts = self.add(Measure::NlbHealthyHosts, region, &both);
                    slots.unhealthy_hosts = self.add(Measure::NlbUnhealthyHosts, region, &both);
                }
            }
        }
        if let Some(api) = &door.api {
            let dimensions = [("ApiName", api.name.as_str()), ("Stage", api.stage.as_str())];
            slots.api_requests = self.add(Measure::RestApiRequests, region, &dimensions);
            slots.api_errors = self.add(Measure::RestApi5xx, region, &dimensions);
            slots.api_latency = self.add(Measure::RestApiLatency, region, &dimensions);
        }
        if let Some(function) = &door.function {
            let dimensions = [("FunctionName", function.as_str())];
            slots.invocations = self.add(Measure::LambdaInvocations, region, &dimensions);
            slots.invocation_errors = self.add(Measure::LambdaErrors, region, &dimensions);
            slots.throttles = self.add(Measure::LambdaThrottles, region, &dimensions);
            slots.duration = self.add(Measure::LambdaDuration, region, &dimensions);
        }
        if let Some(accelerator) = &estate.accelerator {
            let home = Region::accelerator();
            let id = tail(accelerator.arn.resource(), "accelerator/");
            let listener = accelerator.listener.as_str().rsplit('/').next().unwrap_or_default();
            let group = [("Accelerator", id), ("EndpointGroup", region.as_str()), ("Listener", listener)];
            slots.group_flows = self.add(Measure::AcceleratorFlows, &home, &group);
            slots.group_healthy = self.add(Measure::AcceleratorHealthyEndpoints, &home, &group);
            slots.group_unhealthy = self.add(Measure::AcceleratorUnhealthyEndpoints, &home, &group);
            if side == Side::Home {
                let whole = [("Accelerator", id)];
                self.slots.flows = self.add(Measure::AcceleratorFlows, &home, &whole);
                self.slots.healthy_endpoints = self.add(Measure::AcceleratorHealthyEndpoints, &home, &whole);
                self.slots.unhealthy_endpoints = self.add(Measure::AcceleratorUnhealthyEndpoints, &home, &whole);
            }
        }
        slots
    }

    fn add(&mut self, measure: Measure, region: &Region, dimensions: &[(&str, &str)]) -> Slot {
        let mut dimensions: Vec<_> =
            dimensions.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        dimensions.sort();
        self.entries.push(Entry { measure, region: region.clone(), dimensions });
        Slot(self.entries.len() - 1)
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn entry(&self, slot: Slot) -> Option<&Entry> {
        self.entries.get(slot.0)
    }

    /// The series AWS would find for a query asked of `region`: every part of the address must fit. Which rules a
    /// bucket has changes while the world goes on, so whether the rule is one of them is for the state to say.
    pub(crate) fn find(&self, region: &Region, query: &MetricQuery) -> Option<(Slot, Measure)> {
        let mut dimensions: Vec<_> = query.dimensions.iter().filter(|(name, _)| name != RULE_ID).cloned().collect();
        dimensions.sort();
        let found = self.entries.iter().position(|entry| {
            let spec = entry.measure.spec();
            entry.region == *region
                && spec.namespace == query.namespace
                && spec.name == query.name
                && spec.stat == query.stat
                && entry.dimensions == dimensions
        })?;
        self.entries.get(found).map(|entry| (Slot(found), entry.measure))
    }

    /// The series an alarm watches.
    pub(crate) fn watched(&self, estate: &Estate, watched: Watched) -> Slot {
        let own = self.slots.sides.at(watched.side);
        let arriving = self.slots.sides.at(watched.side.other());
        match watched.measure {
            Measure::AuroraRpoLag => own.rpo_lag,
            Measure::AuroraReplicationLag => own.replication_lag,
            Measure::AuroraConnections => own.connections,
            Measure::AuroraCpu => own.cpu,
            Measure::DynamoReplicationLatency => own.table_latency,
            Measure::DynamoConsumedWrites => own.table_writes,
            Measure::S3ReplicationLatency => arriving.bucket_latency,
            Measure::S3BytesPending => arriving.bucket_bytes,
            Measure::S3OperationsPending => arriving.bucket_operations,
            Measure::S3OperationsFailed => own.bucket_failed,
            Measure::HealthCheckStatus | Measure::HealthCheckPercentHealthy => {
                let place = estate.checks.iter().position(|check| check.side == watched.side);
                let slots = place.and_then(|place| self.slots.checks.get(place)).copied().unwrap_or_default();
                if watched.measure == Measure::HealthCheckStatus { slots.0 } else { slots.1 }
            }
            Measure::AlbRequests => own.balancer_requests,
            Measure::AlbTarget5xx => own.balancer_errors,
            Measure::AlbOwn5xx => own.balancer_refusals,
            Measure::NlbFlows => own.balancer_flows,
            Measure::AlbHealthyHosts | Measure::NlbHealthyHosts => own.healthy_hosts,
            Measure::AlbUnhealthyHosts | Measure::NlbUnhealthyHosts => own.unhealthy_hosts,
            Measure::RestApiRequests | Measure::HttpApiRequests => own.api_requests,
            Measure::RestApi5xx | Measure::HttpApi5xx => own.api_errors,
            Measure::RestApiLatency | Measure::HttpApiLatency => own.api_latency,
            Measure::LambdaInvocations => own.invocations,
            Measure::LambdaErrors => own.invocation_errors,
            Measure::LambdaThrottles => own.throttles,
            Measure::LambdaDuration => own.duration,
            Measure::AcceleratorFlows => own.group_flows,
            Measure::AcceleratorHealthyEndpoints => own.group_healthy,
            Measure::AcceleratorUnhealthyEndpoints => own.group_unhealthy,
        }
    }
}

fn tail<'a>(resource: Option<&'a str>, prefix: &str) -> &'a str {
    resource.and_then(|resource| resource.strip_prefix(prefix)).unwrap_or_default()
}

/// How a minute's samples become its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fold {
    Largest,
    Smallest,
    Sum,
    Mean,
}

impl Fold {
    pub(crate) fn of(stat: &str) -> Self {
        match stat {
            "Minimum" => Self::Smallest,
            "Sum" => Self::Sum,
            "Average" => Self::Mean,
            // `Maximum`, and percentiles: of a minute's samples the simulator keeps the worst.
            _ => Self::Largest,
        }
    }

    fn together(self, held: f64, sample: f64) -> f64 {
        match self {
            Self::Largest => held.max(sample),
            Self::Smallest => held.min(sample),
            Self::Sum | Self::Mean => held + sample,
        }
    }

    /// Several points as one of a longer period.
    pub(crate) fn longer(self, points: &[f64]) -> Option<f64> {
        let (first, rest) = points.split_first()?;
        let folded = rest.iter().fold(*first, |held, point| self.together(held, *point));
        Some(if self == Self::Mean { folded / points.len() as f64 } else { folded })
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Metrics {
    folding: Vec<Folding>,
    /// `MINUTES_KEPT` points for each series; the place of a minute is its number modulo that.
    points: Vec<f64>,
    /// The newest minute that is complete.
    newest: i64,
    oldest: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Folding {
    fold: u8,
    samples: u32,
    value: f64,
}

const FOLDS: [Fold; 4] = [Fold::Largest, Fold::Smallest, Fold::Sum, Fold::Mean];

impl Metrics {
    pub(crate) fn new(catalog: &Catalog, now: i64) -> Self {
        let folding = catalog
            .entries
            .iter()
            .map(|entry| {
                let fold = Fold::of(entry.measure.spec().stat);
                let place = FOLDS.iter().position(|known| *known == fold).unwrap_or_default();
                Folding { fold: u8::try_from(place).unwrap_or_default(), samples: 0, value: 0.0 }
            })
            .collect();
        let minute = now.div_euclid(60);
        Self { folding, points: vec![f64::NAN; catalog.len() * MINUTES_KEPT], newest: minute - 1, oldest: minute }
    }

    pub(crate) fn publish(&mut self, slot: Slot, sample: f64) {
        if let Some(folding) = self.folding.get_mut(slot.0) {
            let fold = FOLDS.get(usize::from(folding.fold)).copied().unwrap_or(Fold::Largest);
            folding.value = if folding.samples == 0 { sample } else { fold.together(folding.value, sample) };
            folding.samples += 1;
        }
    }

    /// Ends the minute.
    pub(crate) fn close(&mut self, minute: i64) {
        for (slot, folding) in self.folding.iter_mut().enumerate() {
            let value = match (folding.samples, FOLDS.get(usize::from(folding.fold))) {
                (0, _) => f64::NAN,
                (samples, Some(Fold::Mean)) => folding.value / f64::from(samples),
                (_, _) => folding.value,
            };
            folding.samples = 0;
            if let Some(point) = self.points.get_mut(place(slot, minute)) {
                *point = value;
            }
        }
        self.newest = minute;
        self.oldest = self.oldest.max(minute - i64::try_from(MINUTES_KEPT).unwrap_or(i64::MAX) + 1);
    }

    /// The point of a complete minute, where there is one.
    pub(crate) fn point(&self, slot: Slot, minute: i64) -> Option<f64> {
        if minute < self.oldest || minute > self.newest {
            return None;
        }
        self.points.get(place(slot.0, minute)).copied().filter(|point| !point.is_nan())
    }

    /// The first minute of which this store knows anything.
    pub(crate) fn oldest(&self) -> i64 {
        self.oldest
    }
}

fn place(slot: usize, minute: i64) -> usize {
    let kept = i64::try_from(MINUTES_KEPT).unwrap_or(i64::MAX);
    slot.saturating_mul(MINUTES_KEPT).saturating_add(usize::try_from(minute.rem_euclid(kept)).unwrap_or_default())
}
