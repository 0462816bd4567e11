//! What every implementation of `Observe` owes its callers, and every one of `Mutate`: one suite, run on the simulator
//! and on the AWS layer.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use lifeboat_model::call::TemplateText;
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::facts::Facts;
use lifeboat_model::facts::leftover::Named;
use lifeboat_model::id::{Region, StackName};
use lifeboat_model::metric::{Measure, MetricKey, MetricQuery, Series, Window};
use lifeboat_model::port::Observe;
use lifeboat_model::read::Read;
use lifeboat_model::rules::reads::planned_reads;
use lifeboat_model::snapshot::{Observation, Snapshot};
use lifeboat_model::time::{Timestamp, before};
use lifeboat_model::topology::Deployment;

pub(crate) mod changes;
mod on_aws;
mod on_simulator;
pub(crate) mod provisioning;

/// One implementation, and what is known to exist behind it.
pub(crate) struct World {
    cloud: Arc<dyn Observe>,
    deployment: Deployment,
    now: Timestamp,
    /// Reads that the emulator behind it cannot serve, by their names here.
    unserved: BTreeSet<&'static str>,
}

impl World {
    async fn read(&self, region: &Region, read: Read) -> Facts {
        self.try_read(region, read.clone())
            .await
            .unwrap_or_else(|error| panic!("{} of {region}: {error:?}", name(&read)))
    }

    async fn try_read(&self, region: &Region, read: Read) -> Result<Facts, CloudError> {
        self.cloud.read(region, &read).await
    }

    /// Every read of a whole refresh, in both of its stages: metrics depend on what the first stage found.
    async fn refresh(&self) -> Vec<(Region, Read, Result<Facts, CloudError>)> {
        let mut snapshot = Snapshot::default();
        let mut outcomes = Vec::new();
        for stage in ["facts", "metrics"] {
            for planned in planned_reads(&self.deployment, &snapshot.clone(), self.now) {
                if matches!(planned.read, Read::Metrics { .. }) != (stage == "metrics") {
                    continue;
                }
                let outcome = self.cloud.read(&planned.region, &planned.read).await;
                snapshot.apply(Observation {
                    deployment: self.deployment.name.clone(),
                    region: planned.region.clone(),
                    service: planned.read.service(),
                    at: self.now,
                    outcome: outcome.clone(),
                });
                outcomes.push((planned.region, planned.read, outcome));
            }
        }
        outcomes
    }

    /// The queries of a whole refresh.
    async fn queries(&self) -> Vec<MetricQuery> {
        let queries = self.refresh().await.into_iter().flat_map(|(_, read, _)| match read {
            Read::Metrics { queries, .. } => queries,
            _ => Vec::new(),
        });
        queries.collect()
    }

    async fn series(&self, query: &MetricQuery, window: Window) -> Option<Series> {
        let read = Read::Metrics { queries: vec![query.clone()], window };
        match self.read(&query.key.region, read).await {
            Facts::Metrics(mut series) => series.pop(),
            other => panic!("metrics are answered with {other:?}"),
        }
    }

    /// The last `minutes` whole minutes.
    fn window(&self, minutes: u64) -> Window {
        let to = whole_minute(self.now);
        Window { from: before(to, Duration::from_secs(60 * minutes)), to }
    }
}

/// A world behind an implementation that serves everything.
pub(crate) fn world(cloud: Arc<dyn Observe>, deployment: Deployment, now: Timestamp) -> World {
    World { cloud, deployment, now, unserved: BTreeSet::new() }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").field("deployment", &self.deployment.name).finish_non_exhaustive()
    }
}

fn whole_minute(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second().div_euclid(60) * 60).expect("a minute of this century")
}

/// A read's own name, for messages and for lists of what an emulator lacks.
fn name(read: &Read) -> &'static str {
    match read {
        Read::Identity => "identity",
        Read::Aurora { .. } => "aurora",
        Read::Tables { .. } => "tables",
        Read::Buckets { .. } => "buckets",
        Read::HealthChecks { .. } => "health-checks",
        Read::Records { .. } => "records",
        Read::Answers { .. } => "answers",
        Read::Metrics { .. } => "metrics",
        Read::Alarms { .. } => "alarms",
        Read::TargetGroups { .. } => "target-groups",
        Read::Functions { .. } => "functions",
        Read::Accelerators { .. } => "accelerators",
        Read::Parameters { .. } => "parameters",
        Read::Stacks { .. } => "stacks",
        Read::Vaults { .. } => "vaults",
        Read::ScalingGroups { .. } => "scaling-groups",
        Read::Quotas { .. } => "quotas",
        Read::Probes { .. } => "probes",
        Read::Canaries { .. } => "canaries",
        Read::StackResources { .. } => "stack-resources",
        Read::Tagged { .. } => "tagged",
        Read::StackEvents { .. } => "stack-events",
        Read::ChangeSet { .. } => "change-set",
        Read::StackDrifts { .. } => "stack-drifts",
        Read::DriftDetection { .. } => "drift-detection",
        Read::StackTemplates { .. } => "stack-templates",
        Read::TemplateVerdict { .. } => "template-verdict",
        Read::BucketContents { .. } => "bucket-contents",
        Read::EngineVersions { .. } => "engine-versions",
        Read::AvailabilityZones => "availability-zones",
        Read::Named { .. } => "named",
        Read::ZoneRecords { .. } => "zone-records",
    }
}

/// The name of the read that facts answer.
fn answered(facts: &Facts) -> &'static str {
    match facts {
        Facts::Identity(_) => "identity",
        Facts::Aurora(_) => "aurora",
        Facts::Tables(_) => "tables",
        Facts::Buckets(_) => "buckets",
        Facts::HealthChecks(_) => "health-checks",
        Facts::Records(_) => "records",
        Facts::Answers(_) => "answers",
        Facts::Metrics(_) => "metrics",
        Facts::Alarms(_) => "alarms",
        Facts::TargetGroups(_) => "target-groups",
        Facts::Functions(_) => "functions",
        Facts::Accelerators(_) => "accelerators",
        Facts::Parameters(_) => "parameters",
        Facts::Stacks(_) => "stacks",
        Facts::Vaults(_) => "vaults",
        Facts::ScalingGroups(_) => "scaling-groups",
        Facts::Quotas(_) => "quotas",
        Facts::Probes(_) => "probes",
        Facts::Canaries(_) => "canaries",
        Facts::StackResources(_) => "stack-resources",
        Facts::Tagged(_) => "tagged",
        Facts::StackEvents(_) => "stack-events",
        Facts::ChangeSet(_) => "change-set",
        Facts::StackDrifts(_) => "stack-drifts",
        Facts::DriftDetection(_) => "drift-detection",
        Facts::StackTemplates(_) => "stack-templates",
        Facts::TemplateVerdict(_) => "template-verdict",
        Facts::BucketContents(_) => "bucket-contents",
        Facts::EngineVersions(_) => "engine-versions",
        Facts::AvailabilityZones(_) => "availability-zones",
        Facts::Named(_) => "named",
        Facts::ZoneRecords(_) => "zone-records",
    }
}

/// What is only asked by whoever makes, compares or takes away a deployment.
fn of_provisioning(deployment: &Deployment, stack: &StackName) -> Vec<Read> {
    let home = &deployment.regions.home;
    let buckets = deployment.buckets.iter().flat_map(|pair| [&pair.source, &pair.destination]);
    vec![
        Read::StackEvents { stack: stack.clone(), since: None },
        Read::ChangeSet { stack: stack.clone(), change_set: "nobodys".to_owned() },
        Read::StackDrifts { stacks: vec![stack.clone()] },
        Read::DriftDetection { detection: "00000000-0000-0000-0000-000000000000".to_owned() },
        Read::StackTemplates { stacks: vec![stack.clone()] },
        Read::TemplateVerdict { template: TemplateText::new("Resources:\n  Topic: {Type: AWS::SNS::Topic}\n") },
        Read::BucketContents {
            buckets: buckets.filter(|bucket| bucket.region == *home).map(|bucket| bucket.name.clone()).collect(),
        },
        Read::EngineVersions { engine: "aurora-postgresql".to_owned(), version: "14.6".to_owned() },
        Read::AvailabilityZones,
        Read::Named { names: vec![Named::LogGroup("/nobodys".to_owned()), Named::KmsKey("alias/nobodys".to_owned())] },
        Read::ZoneRecords { zones: deployment.records.iter().map(|record| record.zone.clone()).collect() },
    ]
}

/// Every read of a refresh, those of discovery and those of provisioning, are answered with facts of their own kind.
async fn every_read_is_answered_by_its_own_facts(world: &World) -> BTreeSet<&'static str> {
    let mut outcomes = world.refresh().await;
    let home = world.deployment.regions.home.clone();
    let stacks = world.deployment.stacks.iter().filter(|stack| stack.region == home).map(|stack| stack.name.clone());
    let stacks: Vec<StackName> = stacks.collect();
    let beside = stacks.first().map(|stack| of_provisioning(&world.deployment, stack)).unwrap_or_default();
    let discovery =
        [Read::StackResources { stacks }, Read::Tagged { key: "Environment".to_owned(), value: "dev".to_owned() }];
    for read in discovery.into_iter().chain(beside) {
        let outcome = world.try_read(&home, read.clone()).await;
        outcomes.push((home.clone(), read, outcome));
    }
    let mut seen = BTreeSet::new();
    for (region, read, outcome) in outcomes {
        let asked = name(&read);
        if world.unserved.contains(asked) {
            continue;
        }
        let facts = outcome.unwrap_or_else(|error| panic!("{asked} of {region}: {error:?}"));
        assert_eq!(answered(&facts), asked, "in {region}");
        seen.insert(asked);
    }
    seen
}

/// Both regions name one writer, the same one, and each describes its own member cluster.
async fn the_writer_is_told_by_the_cloud(world: &World) -> Region {
    let Some(global_cluster) = world.deployment.global_cluster.clone() else { panic!("{world:?} has no Aurora") };
    let mut writers = BTreeSet::new();
    for region in world.deployment.regions.both() {
        let facts = match world.read(region, Read::Aurora { global_cluster: global_cluster.clone() }).await {
            Facts::Aurora(facts) => facts,
            other => panic!("{other:?}"),
        };
        let global = facts.global.expect("the global cluster exists");
        assert_eq!(global.id, global_cluster);
        assert_eq!(global.members.len(), 2);
        writers.insert(global.writer().expect("one member writes").cluster.clone());
        let cluster = facts.cluster.expect("each region has a member");
        assert_eq!(cluster.arn.region().as_ref(), Some(region), "a region describes its own cluster");
        assert_eq!(Some(&cluster.arn), global.member_in(region).map(|member| &member.cluster));
        assert!(!cluster.instances.is_empty(), "{} has instances", cluster.id);
    }
    assert_eq!(writers.len(), 1, "both regions name the same writer");
    writers.pop_first().and_then(|arn| arn.region()).expect("a cluster's ARN names its region")
}

/// A list is as long as what exists of it: a name that does not exist neither fails the others nor appears.
async fn what_does_not_exist_is_left_out(world: &World) {
    let deployment = &world.deployment;
    let home = &deployment.regions.home;
    let route53 = Region::route53();
    let bucket = deployment.buckets.first().expect("there is replication").source.name.clone();
    let function = deployment.functions.iter().find(|function| function.region == *home).expect("a function at home");
    let stack = deployment.stacks.iter().find(|stack| stack.region == *home).expect("a stack at home");
    let check = deployment.health_checks.first().expect("there are health checks").id.clone();
    let table = deployment.tables.first().expect("there are tables").clone();

    let tables = world.read(home, Read::Tables { tables: vec!["no-such-table".into(), table.clone()] }).await;
    let Facts::Tables(tables) = tables else { panic!("{tables:?}") };
    assert_eq!(tables.iter().map(|found| &found.name).collect::<Vec<_>>(), [&table]);

    let buckets = world.read(home, Read::Buckets { buckets: vec!["no-such-bucket-here".into(), bucket.clone()] }).await;
    let Facts::Buckets(buckets) = buckets else { panic!("{buckets:?}") };
    assert_eq!(buckets.iter().map(|found| &found.name).collect::<Vec<_>>(), [&bucket]);

    let nobody = "00000000-0000-4000-8000-000000000000";
    let checks = world.read(&route53, Read::HealthChecks { checks: vec![nobody.into(), check.clone()] }).await;
    let Facts::HealthChecks(checks) = checks else { panic!("{checks:?}") };
    assert_eq!(checks.iter().map(|found| &found.id).collect::<Vec<_>>(), [&check]);

    let functions =
        world.read(home, Read::Functions { functions: vec!["no-such-function".into(), function.name.clone()] }).await;
    let Facts::Functions(functions) = functions else { panic!("{functions:?}") };
    assert_eq!(functions.functions.iter().map(|found| &found.name).collect::<Vec<_>>(), [&function.name]);

    let stacks = world.read(home, Read::Stacks { stacks: vec!["no-such-stack".into(), stack.name.clone()] }).await;
    let Facts::Stacks(stacks) = stacks else { panic!("{stacks:?}") };
    assert_eq!(stacks.iter().map(|found| &found.name).collect::<Vec<_>>(), [&stack.name]);

    let missing = world.read(home, Read::Aurora { global_cluster: "no-such-global-cluster".into() }).await;
    let Facts::Aurora(missing) = missing else { panic!("{missing:?}") };
    assert!(missing.global.is_none() && missing.cluster.is_none(), "{missing:?}");
}

/// Whoever asks for a window gets points of that window only, oldest first and one a period.
async fn points_keep_to_their_window(world: &World) {
    let query = lag_query(world).await;
    let window = world.window(7);
    let series = world.series(&query, window).await.expect("the lag is published");
    assert!(!series.points.is_empty(), "the lag is published every minute");
    assert!(series.points.len() <= 7, "{:?}", series.points);
    for point in &series.points {
        assert!(point.at >= window.from && point.at < window.to, "{} is not within {window:?}", point.at);
        assert_eq!(point.at, whole_minute(point.at), "points are at the start of their period");
    }
    assert!(series.points.windows(2).all(|pair| pair[0].at < pair[1].at), "oldest first, none twice");
}

/// A series that nobody publishes has no points: no data is not zero.
async fn what_nobody_publishes_has_no_points(world: &World) {
    let mut query = lag_query(world).await;
    for (_, value) in &mut query.dimensions {
        "no-such-cluster".clone_into(value);
    }
    let series = world.series(&query, world.window(30)).await;
    assert!(series.is_none_or(|series| series.points.is_empty()));
}

/// Aurora's lag is asked of the standby's region, whichever region that is.
async fn lag_is_read_where_the_standby_is(world: &World) {
    let writer = the_writer_is_told_by_the_cloud(world).await;
    let standby = world.deployment.regions.other(&writer).expect("the writer is one of the pair").clone();
    let query = lag_query(world).await;
    assert_eq!(query.key.region, standby);
    let series = world.series(&query, world.window(10)).await.expect("the lag is published");
    assert!(!series.points.is_empty());
}

async fn lag_query(world: &World) -> MetricQuery {
    let writer = the_writer_is_told_by_the_cloud(world).await;
    let queries = world.queries().await;
    let of_standby = |key: &MetricKey| key.measure == Measure::AuroraRpoLag && key.region != writer;
    queries.into_iter().find(|query| of_standby(&query.key)).expect("a refresh asks for Aurora's lag")
}

/// The meter counts what was asked, and metrics apart, because AWS bills them apart.
async fn usage_counts_up(world: &World) {
    let query = lag_query(world).await;
    let before = world.cloud.usage();
    world.series(&query, world.window(5)).await;
    let after = world.cloud.usage();
    assert_eq!(after.requests, before.requests + 1);
    assert_eq!(after.metrics, before.metrics + 1);
    world.read(&world.deployment.regions.home, Read::Identity).await;
    assert_eq!(world.cloud.usage().requests, after.requests + 1);
    assert_eq!(world.cloud.usage().metrics, after.metrics);
}

/// A failure says what kind it is, of whom it was asked, and in whose words.
fn assert_failed(
    outcome: Result<Facts, CloudError>,
    region: &Region,
    is: impl Fn(&CloudErrorKind) -> bool,
) -> CloudError {
    let error = outcome.expect_err("it was made to fail");
    assert!(is(&error.kind), "{error:?}");
    assert_eq!(error.region, *region, "{error:?}");
    assert!(!error.operation.is_empty() && !error.message.is_empty(), "{error:?}");
    error
}

/// The whole suite, in one world.
async fn holds(world: &World) {
    the_writer_is_told_by_the_cloud(world).await;
    what_does_not_exist_is_left_out(world).await;
    points_keep_to_their_window(world).await;
    what_nobody_publishes_has_no_points(world).await;
    lag_is_read_where_the_standby_is(world).await;
    usage_counts_up(world).await;
}
