//! AWS Backup: vaults with their newest recovery points, and the copies that left them.

pub(crate) mod mutate;

use std::cmp::Reverse;

use aws_sdk_backup::types::{CopyJob as SdkJob, RecoveryPointStatus};
use futures::future::{join, join_all};
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::facts::backup::{BackupFacts, CopyJob, CopyState, Vault};
use lifeboat_model::facts::leftover::{Found, Named};
use lifeboat_model::id::{Arn, VaultName};
use lifeboat_model::read::Service;
use lifeboat_model::time::Timestamp;

use crate::clients::Endpoint;
use crate::moment::timestamp;
use crate::partial::{Member, existing, gather, optional};

/// AWS's limit for a page of recovery points and of jobs.
const ITEMS_A_PAGE: i32 = 1000;

pub(crate) async fn vaults(at: &Endpoint, names: &[VaultName]) -> Result<BackupFacts, CloudError> {
    let (vaults, copies) = join(join_all(names.iter().map(|name| vault(at, name))), copies(at, names)).await;
    Ok(BackupFacts { vaults: gather(vaults)?, copies: optional(copies)?.unwrap_or_default() })
}

async fn vault(at: &Endpoint, name: &VaultName) -> Member<Vault> {
    let (described, newest) = join(described(at, name), newest(at, name)).await;
    let Some(vault) = existing(described)? else { return Ok(None) };
    Ok(Some(Vault { newest: newest?, ..vault }))
}

async fn described(at: &Endpoint, name: &VaultName) -> Result<Vault, CloudError> {
    let found = at
        .backup()
        .describe_backup_vault()
        .backup_vault_name(name.as_str())
        .send()
        .await
        .map_err(at.failure(Service::Backup, "DescribeBackupVault"))?;
    Ok(Vault {
        name: name.clone(),
        recovery_points: u32::try_from(found.number_of_recovery_points()).unwrap_or(0),
        newest: None,
        locked: found.locked(),
    })
}

/// AWS promises no order, so all are looked at.
async fn newest(at: &Endpoint, name: &VaultName) -> Result<Option<Timestamp>, CloudError> {
    let mut pages = at
        .backup()
        .list_recovery_points_by_backup_vault()
        .backup_vault_name(name.as_str())
        .max_results(ITEMS_A_PAGE)
        .into_paginator()
        .items()
        .send();
    let mut newest = None;
    while let Some(found) = pages.next().await {
        let found = found.map_err(at.failure(Service::Backup, "ListRecoveryPointsByBackupVault"))?;
        if found.status() == Some(&RecoveryPointStatus::Completed) {
            newest = newest.max(found.creation_date().and_then(timestamp));
        }
    }
    Ok(newest)
}

/// One page of this region's copy jobs: what goes wrong now is among the newest.
async fn copies(at: &Endpoint, vaults: &[VaultName]) -> Result<Vec<CopyJob>, CloudError> {
    let answer = at
        .backup()
        .list_copy_jobs()
        .max_results(ITEMS_A_PAGE)
        .send()
        .await
        .map_err(at.failure(Service::Backup, "ListCopyJobs"))?;
    let mut jobs: Vec<CopyJob> =
        answer.copy_jobs().iter().filter(|job| left_one_of(vaults, job)).filter_map(copy).collect();
    jobs.sort_by_key(|job| Reverse(job.created_at));
    Ok(jobs)
}

fn left_one_of(vaults: &[VaultName], job: &SdkJob) -> bool {
    let source = job.source_backup_vault_arn().and_then(|arn| arn.rsplit(':').next());
    source.is_some_and(|source| vaults.iter().any(|vault| vault.as_str() == source))
}

fn copy(found: &SdkJob) -> Option<CopyJob> {
    Some(CopyJob {
        id: found.copy_job_id()?.to_owned(),
        resource: found.resource_arn().map(Arn::from),
        destination_vault: found.destination_backup_vault_arn().map(Arn::from),
        state: found.state().map_or_else(|| CopyState::Other(String::new()), |state| state.as_str().into()),
        created_at: found.creation_date().and_then(timestamp),
        completed_at: found.completion_date().and_then(timestamp),
        message: found.status_message().map(str::to_owned),
    })
}

/// Every recovery point of a vault; none of a vault that is not there.
pub(crate) async fn points(at: &Endpoint, named: &Named, vault: &VaultName) -> Result<Vec<Found>, CloudError> {
    let answer = all_points(at, named, vault).await;
    Ok(of_a_vault(at, vault, answer).await?.unwrap_or_default())
}

async fn all_points(at: &Endpoint, named: &Named, vault: &VaultName) -> Result<Vec<Found>, CloudError> {
    let mut pages = at
        .backup()
        .list_recovery_points_by_backup_vault()
        .backup_vault_name(vault.as_str())
        .max_results(ITEMS_A_PAGE)
        .into_paginator()
        .items()
        .send();
    let mut points = Vec::new();
    while let Some(found) = pages.next().await {
        let found = found.map_err(at.failure(Service::Backup, "ListRecoveryPointsByBackupVault"))?;
        let Some(arn) = found.recovery_point_arn() else { continue };
        points.push(Found {
            named: named.clone(),
            id: arn.rsplit(':').next().unwrap_or(arn).to_owned(),
            arn: Some(Arn::from(arn)),
            state: found.status().map(|status| status.as_str().to_owned()),
            deleted_at: found.calculated_lifecycle().and_then(|lifecycle| lifecycle.delete_at()).and_then(timestamp),
            bytes: found.backup_size_in_bytes().and_then(|bytes| u64::try_from(bytes).ok()),
        });
    }
    Ok(points)
}

/// An answer about a vault; `None` where there is no such vault. AWS Backup says of a vault that is not there that access
/// to it is denied: only the list of all vaults tells the one from the other.
async fn of_a_vault<T>(
    at: &Endpoint,
    vault: &VaultName,
    answer: Result<T, CloudError>,
) -> Result<Option<T>, CloudError> {
    match existing(answer) {
        Err(error) if matches!(error.kind, CloudErrorKind::Denied { .. }) => match is_listed(at, vault).await {
            Ok(false) => Ok(None),
            Ok(true) | Err(_) => Err(error),
        },
        told => told,
    }
}

async fn is_listed(at: &Endpoint, vault: &VaultName) -> Result<bool, CloudError> {
    let mut pages = at.backup().list_backup_vaults().into_paginator().items().send();
    while let Some(listed) = pages.next().await {
        let listed = listed.map_err(at.failure(Service::Discovery, "ListBackupVaults"))?;
        if listed.backup_vault_name() == Some(vault.as_str()) {
            return Ok(true);
        }
    }
    Ok(false)
}
