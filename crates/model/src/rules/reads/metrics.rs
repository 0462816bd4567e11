//! Which metrics exist for a deployment now, how AWS addresses each, and which region's CloudWatch holds it.
//! Derived from live facts: after a role swap the same code asks for the series where they have moved to.

use std::collections::BTreeSet;

use super::QueriesByRegion;
use crate::id::{Arn, ClusterId, HealthCheckId, Region};
use crate::metric::{Measure, MetricKey, MetricQuery, Subject};
use crate::snapshot::Snapshot;
use crate::topology::{ApiTarget, BucketPair, Deployment, LoadBalancerKind, LoadBalancerTarget};

/// Every query that can be made with what is known, each once, by region and in a stable order.
pub fn queries(deployment: &Deployment, snapshot: &Snapshot) -> QueriesByRegion {
    let mut all = BTreeSet::new();
    aurora(deployment, snapshot, &mut all);
    tables(deployment, &mut all);
    for pair in &deployment.buckets {
        replication(pair, snapshot, &mut all);
        // Objects may be copied back as well, by rules that no configuration names.
        replication(&pair.reversed(), snapshot, &mut all);
    }
    for check in &deployment.health_checks {
        health_check(&check.id, &mut all);
    }
    for target in &deployment.load_balancers {
        load_balancer(target, &mut all);
    }
    for api in &deployment.apis {
        self::api(api, &mut all);
    }
    for function in &deployment.functions {
        for measure in
            [Measure::LambdaInvocations, Measure::LambdaErrors, Measure::LambdaThrottles, Measure::LambdaDuration]
        {
            let dimensions = [("FunctionName", function.name.as_str())];
            all.insert(query(measure, &function.region, Subject::Function(function.name.clone()), &dimensions));
        }
    }
    for accelerator in &deployment.accelerators {
        self::accelerator(accelerator, snapshot, &mut all);
    }
    let mut by_region = QueriesByRegion::new();
    for query in all {
        by_region.entry(query.key.region.clone()).or_default().push(query);
    }
    by_region
}

fn query(measure: Measure, region: &Region, subject: Subject, dimensions: &[(&str, &str)]) -> MetricQuery {
    let spec = measure.spec();
    MetricQuery {
        key: MetricKey { measure, region: region.clone(), subject },
        namespace: spec.namespace.to_owned(),
        name: spec.name.to_owned(),
        dimensions: dimensions.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        stat: spec.stat.to_owned(),
        period_s: spec.period_s,
    }
}

/// Member clusters of the pair, as either region describes them: one view is enough when the other region is silent.
pub fn member_clusters(deployment: &Deployment, snapshot: &Snapshot) -> BTreeSet<(Region, ClusterId)> {
    let mut members = BTreeSet::new();
    for region in deployment.regions.both() {
        let Some(facts) = snapshot.region(region).and_then(|here| here.aurora.value()) else { continue };
        if let Some(cluster) = &facts.cluster {
            members.insert((region.clone(), cluster.id.clone()));
        }
        let arns = facts.global.iter().flat_map(|global| &global.members).map(|member| &member.cluster);
        members.extend(arns.filter_map(|arn| Some((arn.region()?, arn.cluster_id()?))));
    }
    members.retain(|(region, _)| deployment.regions.contains(region));
    members
}

/// Lag exists only in the standby's region, and moves when roles do: both regions are asked, and one answers.
fn aurora(deployment: &Deployment, snapshot: &Snapshot, all: &mut BTreeSet<MetricQuery>) {
    for (region, cluster) in member_clusters(deployment, snapshot) {
        for measure in
            [Measure::AuroraRpoLag, Measure::AuroraReplicationLag, Measure::AuroraConnections, Measure::AuroraCpu]
        {
            let dimensions = [("DBClusterIdentifier", cluster.as_str())];
            all.insert(query(measure, &region, Subject::Cluster(cluster.clone()), &dimensions));
        }
    }
}

/// The source region holds it; every replica writes, so each region is a source.
fn tables(deployment: &Deployment, all: &mut BTreeSet<MetricQuery>) {
    for table in &deployment.tables {
        for from in deployment.regions.both() {
            let Some(to) = deployment.regions.other(from) else { continue };
            let subject = Subject::Replica { table: table.clone(), to: to.clone() };
            let dimensions = [("TableName", table.as_str()), ("ReceivingRegion", to.as_str())];
            all.insert(query(Measure::DynamoReplicationLatency, from, subject, &dimensions));
            // Latency is published for what is written; only this tells whether anything is.
            let subject = Subject::Table(table.clone());
            all.insert(query(Measure::DynamoConsumedWrites, from, subject, &[("TableName", table.as_str())]));
        }
    }
}

/// The rule ids of a pair, as the source bucket has them now. A rule is asked for even where it seems to publish no
/// metrics: the answer costs little, and settles it.
pub fn rule_ids(pair: &BucketPair, snapshot: &Snapshot) -> BTreeSet<String> {
    snapshot
        .region(&pair.source.region)
        .and_then(|here| here.buckets.value())
        .into_iter()
        .flatten()
        .filter(|bucket| bucket.name == pair.source.name)
        .flat_map(|bucket| &bucket.rules)
        .filter(|rule| rule.destination == pair.destination.name)
        .map(|rule| rule.id.clone())
        .collect()
}

/// Backlog is published where it arrives, failures where it comes from.
fn replication(pair: &BucketPair, snapshot: &Snapshot, all: &mut BTreeSet<MetricQuery>) {
    for rule in rule_ids(pair, snapshot) {
        let dimensions = [
            ("SourceBucket", pair.source.name.as_str()),
            ("DestinationBucket", pair.destination.name.as_str()),
            ("RuleId", rule.as_str()),
        ];
        let subject = Subject::Replication {
            source: pair.source.name.clone(),
            destination: pair.destination.name.clone(),
            rule: rule.clone(),
        };
        for measure in [Measure::S3ReplicationLatency, Measure::S3BytesPending, Measure::S3OperationsPending] {
            all.insert(query(measure, &pair.destination.region, subject.clone(), &dimensions));
        }
        all.insert(query(Measure::S3OperationsFailed, &pair.source.region, subject, &dimensions));
    }
}

fn health_check(id: &HealthCheckId, all: &mut BTreeSet<MetricQuery>) {
    for measure in [Measure::HealthCheckStatus, Measure::HealthCheckPercentHealthy] {
        let subject = Subject::HealthCheck(id.clone());
        all.insert(query(measure, &Region::route53(), subject, &[("HealthCheckId", id.as_str())]));
    }
}

fn load_balancer(target: &LoadBalancerTarget, all: &mut BTreeSet<MetricQuery>) {
    let Some(name) = target.metric_name() else { return };
    let whole = [("LoadBalancer", name)];
    let group = target.target_group_metric_name().map(|group| [("TargetGroup", group), ("LoadBalancer", name)]);
    let traffic = group.as_ref().map_or(&whole[..], |dimensions| &dimensions[..]);
    let mut add = |measure, dimensions: &[(&str, &str)]| {
        all.insert(query(measure, &target.region, Subject::LoadBalancer(target.arn.clone()), dimensions));
    };
    let (healthy, unhealthy) = match target.kind {
        LoadBalancerKind::Application => {
            add(Measure::AlbRequests, traffic);
            add(Measure::AlbTarget5xx, traffic);
            // What the balancer refuses itself belongs to no target group.
            add(Measure::AlbOwn5xx, &whole);
            (Measure::AlbHealthyHosts, Measure::AlbUnhealthyHosts)
        }
        LoadBalancerKind::Network => {
            // A Network Load Balancer publishes its flows for the whole only.
            add(Measure::NlbFlows, &whole);
            (Measure::NlbHealthyHosts, Measure::NlbUnhealthyHosts)
        }
    };
    // Hosts are counted for each target group, with both dimensions or not at all.
    if let Some(dimensions) = group {
        add(healthy, &dimensions);
        add(unhealthy, &dimensions);
    }
}

/// REST and HTTP APIs differ in spelling and in dimensions.
fn api(api: &ApiTarget, all: &mut BTreeSet<MetricQuery>) {
    let subject = Subject::Api(api.label().to_owned());
    match api {
        ApiTarget::Rest { region, api_name, stage } => {
            for measure in [Measure::RestApiRequests, Measure::RestApi5xx, Measure::RestApiLatency] {
                let dimensions = [("ApiName", api_name.as_str()), ("Stage", stage.as_str())];
                all.insert(query(measure, region, subject.clone(), &dimensions));
            }
        }
        ApiTarget::Http { region, api_id } => {
            for measure in [Measure::HttpApiRequests, Measure::HttpApi5xx, Measure::HttpApiLatency] {
                all.insert(query(measure, region, subject.clone(), &[("ApiId", api_id.as_str())]));
            }
        }
    }
}

/// Addressed by the tail of its ARN; its groups by their region, which needs the listener's id besides.
fn accelerator(arn: &Arn, snapshot: &Snapshot, all: &mut BTreeSet<MetricQuery>) {
    const MEASURES: [Measure; 3] =
        [Measure::AcceleratorFlows, Measure::AcceleratorHealthyEndpoints, Measure::AcceleratorUnhealthyEndpoints];
    let home = Region::accelerator();
    let Some(id) = arn.resource().and_then(|resource| resource.strip_prefix("accelerator/")) else { return };
    for measure in MEASURES {
        let subject = Subject::Accelerator { accelerator: arn.clone(), group: None };
        all.insert(query(measure, &home, subject, &[("Accelerator", id)]));
    }
    let known = snapshot.region(&home).and_then(|here| here.accelerators.value()).into_iter().flatten();
    let groups = known.filter(|accelerator| accelerator.arn == *arn).flat_map(|accelerator| &accelerator.groups);
    let mut seen = BTreeSet::new();
    for group in groups {
        let Some(listener) = listener_id(&group.arn) else { continue };
        // One listener speaks for a region: a second with a group there would be a second series of the same name.
        if !seen.insert(group.region.clone()) {
            continue;
        }
        for measure in MEASURES {
            let subject = Subject::Accelerator { accelerator: arn.clone(), group: Some(group.region.clone()) };
            let dimensions = [("Accelerator", id), ("Listener", listener), ("EndpointGroup", group.region.as_str())];
            all.insert(query(measure, &home, subject, &dimensions));
        }
    }
}

/// From `accelerator/A/listener/L/endpoint-group/G`.
fn listener_id(group: &Arn) -> Option<&str> {
    group.resource()?.split_once("/listener/")?.1.split('/').next()
}
