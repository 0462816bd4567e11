//! Auto Scaling groups: bounds, wish and what serves.

pub(crate) mod mutate;

use aws_sdk_autoscaling::types::{AutoScalingGroup, Instance, LifecycleState};
use futures::future::try_join_all;
use lifeboat_model::cloud_error::CloudError;
use lifeboat_model::facts::capacity::ScalingGroup;
use lifeboat_model::id::GroupName;
use lifeboat_model::read::Service;

use crate::clients::Endpoint;

/// AWS's limit for one request.
const GROUPS_A_REQUEST: usize = 100;
const GROUPS_A_PAGE: i32 = 100;

/// Groups that do not exist are simply not in AWS's answer.
pub(crate) async fn groups(at: &Endpoint, names: &[GroupName]) -> Result<Vec<ScalingGroup>, CloudError> {
    let found = try_join_all(names.chunks(GROUPS_A_REQUEST).map(|some| described(at, some))).await?;
    Ok(found.into_iter().flatten().collect())
}

async fn described(at: &Endpoint, names: &[GroupName]) -> Result<Vec<ScalingGroup>, CloudError> {
    let mut pages = at
        .autoscaling()
        .describe_auto_scaling_groups()
        .set_auto_scaling_group_names(Some(names.iter().map(|name| name.as_str().to_owned()).collect()))
        .max_records(GROUPS_A_PAGE)
        .into_paginator()
        .items()
        .send();
    let mut groups = Vec::new();
    while let Some(found) = pages.next().await {
        let found = found.map_err(at.failure(Service::AutoScaling, "DescribeAutoScalingGroups"))?;
        groups.extend(group(&found));
    }
    Ok(groups)
}

fn group(found: &AutoScalingGroup) -> Option<ScalingGroup> {
    let bound = |value: Option<i32>| u32::try_from(value.unwrap_or(0)).unwrap_or(0);
    let serving = found.instances().iter().filter(|instance| serves(instance)).count();
    Some(ScalingGroup {
        name: found.auto_scaling_group_name()?.into(),
        min: bound(found.min_size()),
        desired: bound(found.desired_capacity()),
        max: bound(found.max_size()),
        in_service: u32::try_from(serving).unwrap_or(u32::MAX),
        suspended: found
            .suspended_processes()
            .iter()
            .filter_map(|process| process.process_name().map(str::to_owned))
            .collect(),
    })
}

fn serves(instance: &Instance) -> bool {
    let healthy = instance.health_status().is_some_and(|health| health.eq_ignore_ascii_case("healthy"));
    instance.lifecycle_state() == Some(&LifecycleState::InService) && healthy
}
