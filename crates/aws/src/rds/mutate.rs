//! Promotions of an Aurora global database's standby.

use lifeboat_model::call::{Call, Receipt};
use lifeboat_model::cloud_error::CloudError;
use lifeboat_model::id::{Arn, GlobalClusterId};

use crate::hand::{Hand, failure};

/// Planned: the API waits for the standby to have everything before it moves the writer.
pub(crate) async fn switchover(
    hand: &Hand,
    call: &Call,
    global_cluster: &GlobalClusterId,
    target: &Arn,
) -> Result<Receipt, CloudError> {
    let answer = hand
        .once
        .rds()
        .switchover_global_cluster()
        .global_cluster_identifier(global_cluster.as_str())
        .target_db_cluster_identifier(target.as_str())
        .send()
        .await
        .map_err(failure(call))?;
    Ok(hand.receipt(&answer))
}

/// Unplanned. Without `AllowDataLoss` the API would make a switchover of it, and wait for a writer that is gone.
pub(crate) async fn failover(
    hand: &Hand,
    call: &Call,
    global_cluster: &GlobalClusterId,
    target: &Arn,
) -> Result<Receipt, CloudError> {
    let answer = hand
        .once
        .rds()
        .failover_global_cluster()
        .global_cluster_identifier(global_cluster.as_str())
        .target_db_cluster_identifier(target.as_str())
        .allow_data_loss(true)
        .send()
        .await
        .map_err(failure(call))?;
    Ok(hand.receipt(&answer))
}
