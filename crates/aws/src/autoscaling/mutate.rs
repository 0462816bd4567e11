//! An Auto Scaling group's sizes.

use lifeboat_model::call::{Call, Capacity, Receipt};
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::id::GroupName;

use crate::hand::{Hand, failure, unsent};

pub(crate) async fn set_capacity(
    hand: &Hand,
    call: &Call,
    group: &GroupName,
    capacity: Capacity,
) -> Result<Receipt, CloudError> {
    let size = |count: u32| {
        i32::try_from(count).map_err(|_| unsent(call, CloudErrorKind::Invalid, "no group has so many instances"))
    };
    let answer = hand
        .once
        .autoscaling()
        .update_auto_scaling_group()
        .auto_scaling_group_name(group.as_str())
        .min_size(size(capacity.min)?)
        .desired_capacity(size(capacity.desired)?)
        .max_size(size(capacity.max)?)
        .send()
        .await
        .map_err(failure(call))?;
    Ok(hand.receipt(&answer))
}
