//! Aurora global databases, from `rds:DescribeGlobalClusters` and, in each region, `rds:DescribeDBClusters`.

use serde::{Deserialize, Serialize};

use crate::id::{Arn, ClusterId, GlobalClusterId, InstanceId, Region};
use crate::open_enum;

/// What one region says. Both regions describe the same global cluster; when they disagree, both are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuroraFacts {
    /// `None` when this region's endpoint knows no such global cluster.
    pub global: Option<GlobalCluster>,
    /// The member cluster in this region.
    pub cluster: Option<Cluster>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GlobalCluster {
    pub id: GlobalClusterId,
    pub arn: Arn,
    pub status: String,
    pub engine: String,
    pub engine_version: String,
    pub deletion_protection: bool,
    /// The global writer endpoint, which follows the writer.
    pub endpoint: Option<String>,
    pub members: Vec<GlobalMember>,
    /// Present while a switchover or failover is under way.
    pub failover: Option<FailoverState>,
}

impl GlobalCluster {
    /// The one member that may write; `None` when none or several say so.
    pub fn writer(&self) -> Option<&GlobalMember> {
        let mut writers = self.members.iter().filter(|member| member.is_writer);
        match (writers.next(), writers.next()) {
            (Some(writer), None) => Some(writer),
            _ => None,
        }
    }

    pub fn member_in(&self, region: &Region) -> Option<&GlobalMember> {
        self.members.iter().find(|member| member.cluster.region().as_ref() == Some(region))
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GlobalMember {
    pub cluster: Arn,
    /// AWS's `IsWriter`: the only source of roles.
    pub is_writer: bool,
    pub synchronization: Option<Synchronization>,
}

open_enum! {
    /// AWS's `GlobalClusterMemberSynchronizationStatus`.
    pub enum Synchronization {
        Connected = "connected",
        PendingResync = "pending-resync",
    }
}

open_enum! {
    /// AWS's `FailoverState.Status`. The service sends `switching-over`, which its SDK's enum lacks.
    pub enum FailoverStatus {
        Pending = "pending",
        FailingOver = "failing-over",
        SwitchingOver = "switching-over",
        Cancelling = "cancelling",
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailoverState {
    pub status: FailoverStatus,
    pub from: Option<Arn>,
    pub to: Option<Arn>,
    /// `None` where AWS does not say.
    pub data_loss_allowed: Option<bool>,
}

/// A member cluster, as its own region describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cluster {
    pub id: ClusterId,
    pub arn: Arn,
    /// AWS's free-text status, such as `available`.
    pub status: String,
    pub engine: String,
    pub engine_version: String,
    pub endpoint: Option<String>,
    pub reader_endpoint: Option<String>,
    pub parameter_group: Option<String>,
    pub deletion_protection: bool,
    pub encrypted: bool,
    /// Days.
    pub backup_retention_days: Option<u32>,
    pub instances: Vec<Instance>,
    pub serverless: Option<ServerlessCapacity>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    pub id: InstanceId,
    /// The writer *within this cluster*: in a secondary cluster it still cannot write.
    pub is_cluster_writer: bool,
}

/// Bounds in halves of an Aurora capacity unit, so that they compare exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerlessCapacity {
    pub min_half_acu: u32,
    pub max_half_acu: u32,
}

/// A version of an engine that a region offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineVersion {
    pub engine: String,
    pub version: String,
    /// Whether its clusters may be members of a global database.
    pub global_databases: bool,
    /// AWS's word for it: `available`, `deprecated`.
    pub status: String,
}
