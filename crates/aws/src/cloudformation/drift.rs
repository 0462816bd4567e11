//! What CloudFormation last found to differ from the templates, and how a detection stands.

use aws_sdk_cloudformation::types::{PropertyDifference, StackResourceDrift};
use futures::future::join_all;
use lifeboat_model::cloud_error::CloudError;
use lifeboat_model::facts::drift::{
    Detection, DetectionStatus, Difference, PropertyDrift, ResourceDrift, ResourceDriftStatus, StackDrift,
};
use lifeboat_model::id::StackName;
use lifeboat_model::read::Service;

use crate::clients::Endpoint;
use crate::moment::timestamp;
use crate::partial::{existing, gather};

pub(crate) async fn drifts(at: &Endpoint, stacks: &[StackName]) -> Result<Vec<StackDrift>, CloudError> {
    gather(join_all(stacks.iter().map(async |stack| existing(drift(at, stack).await))).await)
}

async fn drift(at: &Endpoint, stack: &StackName) -> Result<StackDrift, CloudError> {
    let mut pages =
        at.cloudformation().describe_stack_resource_drifts().stack_name(stack.as_str()).into_paginator().send();
    let mut resources = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(at.failure(Service::Stacks, "DescribeStackResourceDrifts"))?;
        resources.extend(page.stack_resource_drifts().iter().map(resource));
    }
    Ok(StackDrift { stack: stack.clone(), resources })
}

fn resource(found: &StackResourceDrift) -> ResourceDrift {
    ResourceDrift {
        logical_id: found.logical_resource_id().unwrap_or_default().to_owned(),
        physical_id: found.physical_resource_id().map(str::to_owned),
        resource_type: found.resource_type().unwrap_or_default().to_owned(),
        status: found
            .stack_resource_drift_status()
            .map_or(ResourceDriftStatus::NotChecked, |status| status.as_str().into()),
        differences: found.property_differences().iter().filter_map(difference).collect(),
        checked_at: found.timestamp().and_then(timestamp),
    }
}

fn difference(found: &PropertyDifference) -> Option<PropertyDrift> {
    Some(PropertyDrift {
        path: found.property_path()?.to_owned(),
        difference: found
            .difference_type()
            .map_or_else(|| Difference::Other(String::new()), |difference| difference.as_str().into()),
        expected: found.expected_value().unwrap_or_default().to_owned(),
        actual: found.actual_value().unwrap_or_default().to_owned(),
    })
}

pub(crate) async fn detection(at: &Endpoint, id: &str) -> Result<Option<Detection>, CloudError> {
    let answer = at
        .cloudformation()
        .describe_stack_drift_detection_status()
        .stack_drift_detection_id(id)
        .send()
        .await
        .map_err(at.failure(Service::Stacks, "DescribeStackDriftDetectionStatus"));
    let Some(found) = existing(answer)? else { return Ok(None) };
    Ok(Some(Detection {
        id: id.to_owned(),
        status: found
            .detection_status()
            .map_or_else(|| DetectionStatus::Other(String::new()), |status| status.as_str().into()),
        reason: found.detection_status_reason().filter(|reason| !reason.is_empty()).map(str::to_owned),
        drift: found.stack_drift_status().map(|status| status.as_str().into()),
        drifted_resources: found.drifted_stack_resource_count().and_then(|count| u32::try_from(count).ok()),
        at: found.timestamp().and_then(timestamp),
    }))
}
