//! DynamoDB global tables, from `dynamodb:DescribeTable` in each region. There is nothing to promote:
//! every replica is always writable.

use serde::{Deserialize, Serialize};

use crate::id::{Region, TableName};
use crate::open_enum;
use crate::time::Timestamp;

open_enum! {
    pub enum TableStatus {
        Active = "ACTIVE",
        Creating = "CREATING",
        Updating = "UPDATING",
        Deleting = "DELETING",
        Inaccessible = "INACCESSIBLE_ENCRYPTION_CREDENTIALS",
    }
}

open_enum! {
    pub enum ReplicaStatus {
        Active = "ACTIVE",
        Creating = "CREATING",
        Updating = "UPDATING",
        Deleting = "DELETING",
        RegionDisabled = "REGION_DISABLED",
        ReplicationNotAuthorized = "REPLICATION_NOT_AUTHORIZED",
    }
}

open_enum! {
    /// MREC loses what has not arrived; MRSC loses nothing and publishes no latency metric.
    pub enum Consistency {
        Eventual = "EVENTUAL",
        Strong = "STRONG",
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    pub name: TableName,
    pub status: TableStatus,
    /// The other replicas, as this region sees them; may or may not list the region itself.
    pub replicas: Vec<Replica>,
    pub consistency: Consistency,
    /// Updated by AWS about every six hours.
    pub item_count: Option<u64>,
    pub deletion_protection: bool,
    pub created_at: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replica {
    pub region: Region,
    pub status: ReplicaStatus,
}
