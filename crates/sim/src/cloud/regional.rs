//! Which deployment a question is about, and how the API spells it.

use lifeboat_model::id::Region;
use lifeboat_model::read::Read;
use lifeboat_model::topology::CanaryTarget;

use crate::estate::Estate;
use crate::world::host_of as host;

/// The API operation a read begins with.
pub(super) fn operation(read: &Read) -> &'static str {
    match read {
        Read::Identity => "GetCallerIdentity",
        Read::Aurora { .. } => "DescribeGlobalClusters",
        Read::Tables { .. } => "DescribeTable",
        Read::Buckets { .. } => "GetBucketReplication",
        Read::HealthChecks { .. } => "GetHealthCheck",
        Read::Records { .. } | Read::ZoneRecords { .. } => "ListResourceRecordSets",
        Read::Answers { .. } => "TestDNSAnswer",
        Read::Metrics { .. } => "GetMetricData",
        Read::Alarms { .. } => "DescribeAlarms",
        Read::TargetGroups { .. } => "DescribeTargetHealth",
        Read::Functions { .. } => "GetFunctionConfiguration",
        Read::Accelerators { .. } => "DescribeAccelerator",
        Read::Parameters { .. } => "GetParametersByPath",
        Read::Stacks { .. } => "DescribeStacks",
        Read::Vaults { .. } => "DescribeBackupVault",
        Read::ScalingGroups { .. } => "DescribeAutoScalingGroups",
        Read::Quotas { .. } => "GetServiceQuota",
        Read::Probes { .. } | Read::Canaries { .. } => "GET",
        Read::StackResources { .. } => "ListStackResources",
        Read::Tagged { .. } => "GetResources",
        Read::StackEvents { .. } => "DescribeStackEvents",
        Read::ChangeSet { .. } => "DescribeChangeSet",
        Read::StackDrifts { .. } => "DescribeStackResourceDrifts",
        Read::DriftDetection { .. } => "DescribeStackDriftDetectionStatus",
        Read::StackTemplates { .. } => "GetTemplate",
        Read::TemplateVerdict { .. } => "ValidateTemplate",
        Read::BucketContents { .. } => "ListObjectVersions",
        Read::EngineVersions { .. } => "DescribeDBEngineVersions",
        Read::AvailabilityZones => "DescribeAvailabilityZones",
        // Several services are asked; each kind of thing has its own.
        Read::Named { .. } => "DescribeLogGroups",
    }
}

/// The region whose endpoint really serves a read: Route 53's is one for the whole world.
pub(super) fn endpoint(region: &Region, read: &Read) -> Region {
    match read {
        Read::HealthChecks { .. } | Read::Records { .. } | Read::Answers { .. } | Read::ZoneRecords { .. } => {
            Region::route53()
        }
        Read::Identity
        | Read::Aurora { .. }
        | Read::Tables { .. }
        | Read::Buckets { .. }
        | Read::Metrics { .. }
        | Read::Alarms { .. }
        | Read::TargetGroups { .. }
        | Read::Functions { .. }
        | Read::Accelerators { .. }
        | Read::Parameters { .. }
        | Read::Stacks { .. }
        | Read::Vaults { .. }
        | Read::ScalingGroups { .. }
        | Read::Quotas { .. }
        | Read::Probes { .. }
        | Read::Canaries { .. }
        | Read::StackResources { .. }
        | Read::Tagged { .. }
        | Read::StackEvents { .. }
        | Read::ChangeSet { .. }
        | Read::StackDrifts { .. }
        | Read::DriftDetection { .. }
        | Read::StackTemplates { .. }
        | Read::TemplateVerdict { .. }
        | Read::BucketContents { .. }
        | Read::EngineVersions { .. }
        | Read::AvailabilityZones
        | Read::Named { .. } => region.clone(),
    }
}

/// Whether any of what is asked for is this estate's.
pub(super) fn concerns(estate: &Estate, read: &Read) -> bool {
    let deployment = &estate.deployment;
    match read {
        Read::Identity | Read::Quotas { .. } | Read::Metrics { .. } | Read::Tagged { .. } => true,
        Read::Aurora { global_cluster } => deployment.global_cluster.as_ref() == Some(global_cluster),
        Read::Tables { tables } => tables.contains(&estate.table),
        Read::Buckets { buckets } => {
            buckets.iter().any(|bucket| estate.storage.buckets.find(|own| own == bucket).is_some())
        }
        Read::HealthChecks { checks } => estate.checks.iter().any(|own| checks.contains(&own.id)),
        Read::Records { records } | Read::Answers { records } => {
            records.iter().any(|record| deployment.records.contains(record))
        }
        Read::Alarms { selection, .. } => estate.alarms.iter().any(|own| {
            selection.names.iter().any(|name| name == own.name.as_str())
                || selection.prefixes.iter().any(|prefix| own.name.as_str().starts_with(prefix.as_str()))
        }),
        Read::TargetGroups { groups } => deployment
            .load_balancers
            .iter()
            .any(|own| own.target_group.as_ref().is_some_and(|arn| groups.contains(arn))),
        Read::Functions { functions } => estate.functions.iter().any(|own| functions.contains(&own.name)),
        Read::Accelerators { accelerators } => {
            estate.accelerator.as_ref().is_some_and(|own| accelerators.contains(&own.arn))
        }
        Read::Parameters { paths, .. } => {
            let names = |path: &str| estate.parameters.iter().any(|own| own.name.as_str().starts_with(path));
            paths.iter().any(|path| deployment.parameter_paths.contains(path) || names(path.as_str()))
        }
        Read::Stacks { stacks }
        | Read::StackResources { stacks }
        | Read::StackDrifts { stacks }
        | Read::StackTemplates { stacks } => estate.deployment.stacks.iter().any(|own| stacks.contains(&own.name)),
        Read::StackEvents { stack, .. } | Read::ChangeSet { stack, .. } => {
            estate.deployment.stacks.iter().any(|own| own.name == *stack)
        }
        Read::BucketContents { buckets } => {
            buckets.iter().any(|bucket| estate.storage.buckets.find(|own| own == bucket).is_some())
        }
        Read::ZoneRecords { zones } => deployment.records.iter().any(|record| zones.contains(&record.zone)),
        Read::Vaults { vaults } => {
            estate.vaults.as_ref().is_some_and(|own| own.find(|name| vaults.contains(name)).is_some())
        }
        Read::ScalingGroups { groups } => {
            estate.groups.as_ref().is_some_and(|own| own.find(|group| groups.contains(&group.name)).is_some())
        }
        Read::Probes { probes } => probes.iter().any(|probe| host_is_of(estate, &probe.url)),
        Read::Canaries { canary, .. } => is_canary_of(estate, canary),
        Read::DriftDetection { .. }
        | Read::TemplateVerdict { .. }
        | Read::EngineVersions { .. }
        | Read::AvailabilityZones
        | Read::Named { .. } => false,
    }
}

/// Whether a canary leads to this estate: by the URL that its clients are given, or by one region's own.
pub(super) fn is_canary_of(estate: &Estate, canary: &CanaryTarget) -> bool {
    let own = estate.deployment.canary.as_ref();
    own.is_some_and(|own| host(&own.write_url) == host(&canary.write_url))
}

fn host_is_of(estate: &Estate, url: &str) -> bool {
    let host = host(url);
    estate.doors.find(|door| door.answers_at(host)).is_some()
        || estate.deployment.public_name.as_ref().is_some_and(|name| name.as_str() == host)
}
