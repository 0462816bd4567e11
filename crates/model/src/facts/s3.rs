//! S3 buckets and their replication rules, from `s3:GetReplicationConfiguration` and
//! `s3:GetBucketVersioning`. Backlog is a metric, read in the destination's region.

use serde::{Deserialize, Serialize};

use crate::id::{Arn, BucketName};
use crate::open_enum;

open_enum! {
    pub enum Versioning {
        Enabled = "Enabled",
        Suspended = "Suspended",
        Off = "Off",
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    pub name: BucketName,
    pub versioning: Versioning,
    /// Rules for which this bucket is the source.
    pub rules: Vec<ReplicationRule>,
    /// The role that replication from this bucket runs as; `None` without rules.
    pub role: Option<Arn>,
    /// Rules, by id, that copy what KMS encrypts or encrypt the copies by KMS: with keys of their own.
    #[serde(default)]
    pub by_kms: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplicationRule {
    pub id: String,
    pub enabled: bool,
    pub destination: BucketName,
    pub prefix: Option<String>,
    pub delete_markers: bool,
    /// Whether replication metrics are published: without them the backlog cannot be known.
    pub metrics: bool,
    /// Replication Time Control's threshold in minutes, where switched on.
    pub time_control_minutes: Option<u32>,
}

/// What must go before a bucket can.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketContents {
    pub name: BucketName,
    /// Of objects, the current ones among them.
    pub versions: u64,
    pub delete_markers: u64,
    /// Uploads that were begun and never finished.
    pub uploads: u64,
    /// Whether there is more than was counted.
    pub is_more: bool,
}

impl BucketContents {
    pub fn is_empty(&self) -> bool {
        self.versions == 0 && self.delete_markers == 0 && self.uploads == 0 && !self.is_more
    }
}
