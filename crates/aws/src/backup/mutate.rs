//! Recovery points deleted, a page at a time: a vault goes only when it is empty.

use aws_sdk_backup::types::{RecoveryPointByBackupVault, RecoveryPointStatus};
use aws_types::request_id::RequestId;
use futures::future::join_all;
use lifeboat_model::call::{Call, Receipt};
use lifeboat_model::cloud_error::CloudError;
use lifeboat_model::id::VaultName;
use lifeboat_model::read::Service;

use crate::hand::{Hand, failure, looked};
use crate::partial::existing;

/// AWS Backup deletes them one by one.
const POINTS_A_PAGE: i32 = 100;
const POINTS_AT_ONCE: usize = 4;

pub(crate) async fn empty(hand: &Hand, call: &Call, vault: &VaultName) -> Result<Receipt, CloudError> {
    let Some(points) = looked(page(hand, vault).await)? else { return Ok(hand.noted("the vault is gone")) };
    let deletable: Vec<&str> =
        points.iter().filter(|point| can_go(point)).filter_map(|it| it.recovery_point_arn()).collect();
    if deletable.is_empty() {
        let left = if points.is_empty() { "nothing was left" } else { "what is left is on its way" };
        return Ok(hand.noted(left));
    }
    let mut deleted = Vec::new();
    for together in deletable.chunks(POINTS_AT_ONCE) {
        deleted.extend(join_all(together.iter().map(|arn| delete_one(hand, call, vault, arn))).await);
    }
    hand.page_of_many(deleted, "recovery points")
}

async fn delete_one(hand: &Hand, call: &Call, vault: &VaultName, arn: &str) -> Result<Option<String>, CloudError> {
    let delete = hand.once.backup().delete_recovery_point().backup_vault_name(vault.as_str()).recovery_point_arn(arn);
    let answer = existing(delete.send().await.map_err(failure(call)))?;
    Ok(answer.and_then(|answer| answer.request_id().map(str::to_owned)))
}

async fn page(hand: &Hand, vault: &VaultName) -> Result<Option<Vec<RecoveryPointByBackupVault>>, CloudError> {
    let answer = hand
        .at
        .backup()
        .list_recovery_points_by_backup_vault()
        .backup_vault_name(vault.as_str())
        .max_results(POINTS_A_PAGE)
        .send()
        .await
        .map_err(hand.at.failure(Service::Backup, "ListRecoveryPointsByBackupVault"));
    match super::of_a_vault(&hand.at, vault, answer).await? {
        Some(answer) => Ok(Some(answer.recovery_points.unwrap_or_default())),
        None => Ok(None),
    }
}

/// Members of a composite one go with it; one that is being made or deleted cannot be asked to.
fn can_go(point: &RecoveryPointByBackupVault) -> bool {
    let is_member = point.parent_recovery_point_arn().is_some() && !point.is_parent();
    !is_member && !matches!(point.status(), Some(RecoveryPointStatus::Deleting | RecoveryPointStatus::Creating))
}
