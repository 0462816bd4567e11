//! AWS Backup recovery points and cross-region copy jobs, read in each region.

use serde::{Deserialize, Serialize};

use crate::id::{Arn, VaultName};
use crate::open_enum;
use crate::time::Timestamp;

open_enum! {
    pub enum CopyState {
        Created = "CREATED",
        Running = "RUNNING",
        Completed = "COMPLETED",
        Failed = "FAILED",
        Partial = "PARTIAL",
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupFacts {
    pub vaults: Vec<Vault>,
    /// Copies that *left* this region's vaults, newest first.
    pub copies: Vec<CopyJob>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vault {
    pub name: VaultName,
    pub recovery_points: u32,
    /// When the newest completed recovery point was made.
    pub newest: Option<Timestamp>,
    pub locked: Option<bool>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyJob {
    pub id: String,
    pub resource: Option<Arn>,
    pub destination_vault: Option<Arn>,
    pub state: CopyState,
    pub created_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    pub message: Option<String>,
}
