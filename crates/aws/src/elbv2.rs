//! The health of load balancers' targets.

use aws_sdk_elasticloadbalancingv2::types::{
    TargetHealth as SdkHealth, TargetHealthDescription, TargetHealthReasonEnum,
};
use futures::future::join_all;
use lifeboat_model::cloud_error::CloudError;
use lifeboat_model::facts::load_balancing::{Target, TargetGroup, TargetHealth};
use lifeboat_model::id::Arn;
use lifeboat_model::read::Service;

use crate::clients::Endpoint;
use crate::partial::{existing, gather};

pub(crate) async fn target_groups(at: &Endpoint, groups: &[Arn]) -> Result<Vec<TargetGroup>, CloudError> {
    gather(join_all(groups.iter().map(async |group| existing(target_group(at, group).await))).await)
}

async fn target_group(at: &Endpoint, arn: &Arn) -> Result<TargetGroup, CloudError> {
    let answer = at
        .elbv2()
        .describe_target_health()
        .target_group_arn(arn.as_str())
        .send()
        .await
        .map_err(at.failure(Service::LoadBalancing, "DescribeTargetHealth"))?;
    Ok(TargetGroup {
        arn: arn.clone(),
        targets: answer.target_health_descriptions().iter().filter_map(target).collect(),
    })
}

fn target(found: &TargetHealthDescription) -> Option<Target> {
    let health = found.target_health();
    Some(Target {
        id: found.target()?.id()?.to_owned(),
        health: health
            .and_then(|health| health.state())
            .map_or_else(|| TargetHealth::Other(String::new()), |state| state.as_str().into()),
        reason: health.and_then(reason).map(str::to_owned),
    })
}

/// AWS's sentence where there is one, else its code.
fn reason(health: &SdkHealth) -> Option<&str> {
    health.description().or_else(|| health.reason().map(TargetHealthReasonEnum::as_str))
}
