//! An endpoint group's dial and weights.

use aws_sdk_globalaccelerator::types::{EndpointConfiguration, EndpointDescription};
use lifeboat_model::call::{Call, Change, Receipt};
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::id::Arn;
use lifeboat_model::read::Service;

use crate::hand::{Hand, failure, looked, unsent};

/// Where weights are named, the API takes the group's endpoints as a whole: those that the call does not name are read
/// first and sent back as they are. An attachment by which an endpoint of another account came in is not told by the
/// API, and so cannot be sent back. Where no weight is named, no endpoint is sent, and all stay as they are.
pub(crate) async fn update_group(
    hand: &Hand,
    call: &Call,
    group: &Arn,
    dial_percent: f64,
    weights: &[(String, Change<u32>)],
) -> Result<Receipt, CloudError> {
    let endpoints =
        if weights.is_empty() { None } else { Some(whole(call, &looked(endpoints(hand, group).await)?, weights)?) };
    #[expect(clippy::cast_possible_truncation, reason = "the API takes a percentage in single precision")]
    let dial = dial_percent as f32;
    let answer = hand
        .once
        .global_accelerator()
        .update_endpoint_group()
        .endpoint_group_arn(group.as_str())
        .traffic_dial_percentage(dial)
        .set_endpoint_configurations(endpoints)
        .send()
        .await
        .map_err(failure(call))?;
    Ok(hand.receipt(&answer))
}

async fn endpoints(hand: &Hand, group: &Arn) -> Result<Vec<EndpointDescription>, CloudError> {
    const OPERATION: &str = "DescribeEndpointGroup";
    let answer = hand
        .at
        .global_accelerator()
        .describe_endpoint_group()
        .endpoint_group_arn(group.as_str())
        .send()
        .await
        .map_err(hand.at.failure(Service::GlobalAccelerator, OPERATION))?;
    let found = answer.endpoint_group.and_then(|found| found.endpoint_descriptions);
    found.ok_or_else(|| hand.at.asked(Service::GlobalAccelerator, OPERATION).malformed("no endpoints in the answer"))
}

/// Every endpoint of the group, with the weights that are to be.
fn whole(
    call: &Call,
    found: &[EndpointDescription],
    weights: &[(String, Change<u32>)],
) -> Result<Vec<EndpointConfiguration>, CloudError> {
    // To name an endpoint that is not there would add it.
    let stranger = weights.iter().find(|(id, _)| !found.iter().any(|it| it.endpoint_id() == Some(id.as_str())));
    if let Some((id, _)) = stranger {
        return Err(unsent(call, CloudErrorKind::NotFound, &format!("{id} is not in the group now")));
    }
    let wanted = |it: &EndpointDescription| {
        let named = weights.iter().find(|(id, _)| it.endpoint_id() == Some(id.as_str()));
        named.and_then(|(_, weight)| i32::try_from(weight.to).ok()).or(it.weight())
    };
    let kept = |it: &EndpointDescription| {
        EndpointConfiguration::builder()
            .set_endpoint_id(it.endpoint_id().map(str::to_owned))
            .set_weight(wanted(it))
            .set_client_ip_preservation_enabled(it.client_ip_preservation_enabled())
            .build()
    };
    Ok(found.iter().map(kept).collect())
}
