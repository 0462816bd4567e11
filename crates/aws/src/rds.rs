//! Aurora: the global cluster as this region tells it, and its member cluster here.

pub(crate) mod mutate;

use aws_sdk_rds::types::{
    DbCluster, FailoverState as SdkFailover, GlobalCluster as SdkGlobal, GlobalClusterMember,
    ServerlessV2ScalingConfigurationInfo,
};
use lifeboat_model::cloud_error::CloudError;
use lifeboat_model::facts::aurora::{
    AuroraFacts, Cluster, EngineVersion, FailoverState, GlobalCluster, GlobalMember, Instance, ServerlessCapacity,
};
use lifeboat_model::facts::leftover::{Found, Named};
use lifeboat_model::id::{Arn, ClusterId, GlobalClusterId};
use lifeboat_model::read::Service;

use crate::clients::Endpoint;
use crate::partial::existing;

pub(crate) async fn aurora(at: &Endpoint, id: &GlobalClusterId) -> Result<AuroraFacts, CloudError> {
    let Some(global) = existing(global_cluster(at, id).await)?.flatten() else {
        return Ok(AuroraFacts::default());
    };
    // Which cluster stands in this region is known from the members alone: hence a chain of two.
    let cluster = match global.member_in(&at.region) {
        Some(member) => existing(cluster(at, &member.cluster).await)?.flatten(),
        None => None,
    };
    Ok(AuroraFacts { global: Some(global), cluster })
}

async fn global_cluster(at: &Endpoint, id: &GlobalClusterId) -> Result<Option<GlobalCluster>, CloudError> {
    let answer = at
        .rds()
        .describe_global_clusters()
        .global_cluster_identifier(id.as_str())
        .send()
        .await
        .map_err(at.failure(Service::Aurora, "DescribeGlobalClusters"))?;
    // The identifier is asked for and yet checked: a filter that is ignored must not show a stranger's roles.
    let named = |found: &&SdkGlobal| {
        found.global_cluster_identifier().is_some_and(|found| found.eq_ignore_ascii_case(id.as_str()))
    };
    Ok(answer.global_clusters().iter().find(named).map(|found| global(id, found)))
}

async fn cluster(at: &Endpoint, arn: &Arn) -> Result<Option<Cluster>, CloudError> {
    let id = arn.cluster_id();
    let answer = at
        .rds()
        .describe_db_clusters()
        .db_cluster_identifier(id.as_ref().map_or(arn.as_str(), |id| id.as_str()))
        .send()
        .await
        .map_err(at.failure(Service::Aurora, "DescribeDBClusters"))?;
    let same = |found: &&DbCluster| found.db_cluster_arn() == Some(arn.as_str());
    Ok(answer.db_clusters().iter().find(same).map(|found| member_cluster(arn, found)))
}

fn global(id: &GlobalClusterId, found: &SdkGlobal) -> GlobalCluster {
    GlobalCluster {
        id: id.clone(),
        arn: text(found.global_cluster_arn()).into(),
        status: text(found.status()),
        engine: text(found.engine()),
        engine_version: text(found.engine_version()),
        deletion_protection: found.deletion_protection().unwrap_or(false),
        endpoint: found.endpoint().map(str::to_owned),
        members: found.global_cluster_members().iter().filter_map(member).collect(),
        failover: found.failover_state().and_then(failover),
    }
}

fn member(found: &GlobalClusterMember) -> Option<GlobalMember> {
    Some(GlobalMember {
        cluster: found.db_cluster_arn()?.into(),
        is_writer: found.is_writer().unwrap_or(false),
        synchronization: found.synchronization_status().map(|status| status.as_str().into()),
    })
}

fn failover(found: &SdkFailover) -> Option<FailoverState> {
    Some(FailoverState {
        status: found.status()?.as_str().into(),
        from: found.from_db_cluster_arn().map(Arn::from),
        to: found.to_db_cluster_arn().map(Arn::from),
        data_loss_allowed: found.is_data_loss_allowed(),
    })
}

fn member_cluster(arn: &Arn, found: &DbCluster) -> Cluster {
    Cluster {
        id: text(found.db_cluster_identifier()).into(),
        arn: arn.clone(),
        status: text(found.status()),
        engine: text(found.engine()),
        engine_version: text(found.engine_version()),
        endpoint: found.endpoint().map(str::to_owned),
        reader_endpoint: found.reader_endpoint().map(str::to_owned),
        parameter_group: found.db_cluster_parameter_group().map(str::to_owned),
        deletion_protection: found.deletion_protection().unwrap_or(false),
        encrypted: found.storage_encrypted().unwrap_or(false),
        backup_retention_days: found.backup_retention_period().and_then(|days| u32::try_from(days).ok()),
        instances: found
            .db_cluster_members()
            .iter()
            .filter_map(|member| {
                Some(Instance {
                    id: member.db_instance_identifier()?.into(),
                    is_cluster_writer: member.is_cluster_writer().unwrap_or(false),
                })
            })
            .collect(),
        serverless: found.serverless_v2_scaling_configuration().and_then(capacity),
    }
}

fn capacity(found: &ServerlessV2ScalingConfigurationInfo) -> Option<ServerlessCapacity> {
    Some(ServerlessCapacity {
        min_half_acu: half_units(found.min_capacity()?)?,
        max_half_acu: half_units(found.max_capacity()?)?,
    })
}

/// AWS gives capacity units as decimals in steps of a half.
fn half_units(units: f64) -> Option<u32> {
    let halves = (units * 2.0).round();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be a small whole number")]
    (0.0..=100_000.0).contains(&halves).then_some(halves as u32)
}

fn text(found: Option<&str>) -> String {
    found.unwrap_or_default().to_owned()
}

/// Every version of an engine that begins so, as this region offers it.
pub(crate) async fn engine_versions(
    at: &Endpoint,
    engine: &str,
    version: &str,
) -> Result<Vec<EngineVersion>, CloudError> {
    let mut pages =
        at.rds().describe_db_engine_versions().engine(engine).engine_version(version).into_paginator().items().send();
    let mut versions = Vec::new();
    while let Some(found) = pages.next().await {
        let found = found.map_err(at.failure(Service::Aurora, "DescribeDBEngineVersions"))?;
        versions.push(EngineVersion {
            engine: text(found.engine()),
            version: text(found.engine_version()),
            global_databases: found.supports_global_databases().unwrap_or(false),
            status: text(found.status()),
        });
    }
    Ok(versions)
}

/// A cluster's snapshots, those of clusters that are gone among them.
pub(crate) async fn snapshots(at: &Endpoint, named: &Named, cluster: &ClusterId) -> Result<Vec<Found>, CloudError> {
    Ok(existing(snapshots_of(at, named, cluster).await)?.unwrap_or_default())
}

async fn snapshots_of(at: &Endpoint, named: &Named, cluster: &ClusterId) -> Result<Vec<Found>, CloudError> {
    const GIBIBYTE: u64 = 1 << 30;
    let mut pages = at
        .rds()
        .describe_db_cluster_snapshots()
        .db_cluster_identifier(cluster.as_str())
        .into_paginator()
        .items()
        .send();
    let mut snapshots = Vec::new();
    while let Some(found) = pages.next().await {
        let found = found.map_err(at.failure(Service::Discovery, "DescribeDBClusterSnapshots"))?;
        // A filter that is ignored must not show a stranger's.
        if !found.db_cluster_identifier().is_some_and(|id| id.eq_ignore_ascii_case(cluster.as_str())) {
            continue;
        }
        let gibibytes = found.allocated_storage().and_then(|size| u64::try_from(size).ok());
        snapshots.push(Found {
            named: named.clone(),
            id: text(found.db_cluster_snapshot_identifier()),
            arn: found.db_cluster_snapshot_arn().map(Arn::from),
            state: found.status().map(str::to_owned),
            deleted_at: None,
            bytes: gibibytes.map(|size| size.saturating_mul(GIBIBYTE)),
        });
    }
    Ok(snapshots)
}
