//! Things that a deployment's stacks do not list: what a teardown may leave behind, found by name because much of it bears
//! no tag, and what a step made that CloudFormation cannot.

use serde::{Deserialize, Serialize};

use crate::id::{Arn, BucketName, ClusterId, ParameterName, TableName, VaultName};
use crate::time::Timestamp;

/// What is looked for, as it is named.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", content = "name", rename_all = "kebab-case")]
pub enum Named {
    /// By its whole name, and all whose names go on after it with a slash.
    LogGroup(String),
    /// One that is scheduled for deletion too.
    Secret(String),
    SsmParameter(ParameterName),
    /// By its alias, or by its own ARN.
    KmsKey(String),
    /// All of a vault.
    RecoveryPoint(VaultName),
    /// All of a cluster, those among them that Aurora made by itself.
    DbClusterSnapshot(ClusterId),
    /// One region's replica of a global table too.
    Table(TableName),
    /// Anybody's: the names of buckets are one space for all of AWS.
    Bucket(BucketName),
}

impl Named {
    pub fn name(&self) -> &str {
        match self {
            Self::LogGroup(name) | Self::Secret(name) | Self::KmsKey(name) => name,
            Self::SsmParameter(name) => name.as_str(),
            Self::RecoveryPoint(vault) => vault.as_str(),
            Self::DbClusterSnapshot(cluster) => cluster.as_str(),
            Self::Table(table) => table.as_str(),
            Self::Bucket(bucket) => bucket.as_str(),
        }
    }
}

/// One thing that is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// What was looked for.
    pub named: Named,
    /// Its own name or id.
    pub id: String,
    pub arn: Option<Arn>,
    /// AWS's word for how it is, where it has one: `PendingDeletion`, `COMPLETED`, `available`.
    pub state: Option<String>,
    /// When it goes, or went, by itself.
    pub deleted_at: Option<Timestamp>,
    /// What it keeps, in bytes, where AWS says; snapshots of Aurora in whole gibibytes.
    pub bytes: Option<u64>,
}
