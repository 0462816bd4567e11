//! CloudFormation: stacks as they stand, and the resources in them.

pub(crate) mod changes;
pub(crate) mod drift;
pub(crate) mod mutate;

use std::cmp::Reverse;

use aws_sdk_cloudformation::types::{Stack as SdkStack, StackEvent as SdkEvent, TemplateStage};
use futures::future::join_all;
use lifeboat_model::call::TemplateText;
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::facts::stack::{DriftStatus, Stack, StackEvent, StackResource, StackTemplate, TemplateVerdict};
use lifeboat_model::id::{Arn, StackName};
use lifeboat_model::read::Service;

use crate::clients::Endpoint;
use crate::moment::timestamp;
use crate::partial::{Member, existing, gather, optional};

pub(crate) async fn stacks(at: &Endpoint, names: &[StackName]) -> Result<Vec<Stack>, CloudError> {
    gather(join_all(names.iter().map(|name| stack(at, name))).await)
}

async fn stack(at: &Endpoint, name: &StackName) -> Member<Stack> {
    let Some(mut stack) = existing(described(at, name).await)? else { return Ok(None) };
    if !is_at_rest(&stack.status) {
        stack.events = optional(events(at, name).await)?.unwrap_or_default();
    }
    Ok(Some(stack))
}

/// A stack that was rolled back rests too, but the question why is open: its events are asked for.
fn is_at_rest(status: &str) -> bool {
    status.ends_with("_COMPLETE") && !status.contains("ROLLBACK")
}

async fn described(at: &Endpoint, name: &StackName) -> Result<Stack, CloudError> {
    const OPERATION: &str = "DescribeStacks";
    let answer = at
        .cloudformation()
        .describe_stacks()
        .stack_name(name.as_str())
        .send()
        .await
        .map_err(at.failure(Service::Stacks, OPERATION))?;
    let found = answer
        .stacks()
        .first()
        .ok_or_else(|| at.asked(Service::Stacks, OPERATION).malformed("no stack in the answer"))?;
    Ok(plain(name, found))
}

fn plain(name: &StackName, found: &SdkStack) -> Stack {
    let drift = found.drift_information();
    let pair = |key: Option<&str>, value: Option<&str>| Some((key?.to_owned(), value.unwrap_or_default().to_owned()));
    Stack {
        name: name.clone(),
        id: found.stack_id().map(Arn::from),
        status: found.stack_status().map(|status| status.as_str().to_owned()).unwrap_or_default(),
        status_reason: found.stack_status_reason().filter(|reason| !reason.is_empty()).map(str::to_owned),
        drift: drift
            .and_then(|drift| drift.stack_drift_status())
            .map_or(DriftStatus::NotChecked, |status| status.as_str().into()),
        drift_checked_at: drift.and_then(|drift| drift.last_check_timestamp()).and_then(timestamp),
        created_at: found.creation_time().and_then(timestamp),
        updated_at: found.last_updated_time().and_then(timestamp),
        termination_protection: found.enable_termination_protection().unwrap_or(false),
        parameters: found.parameters().iter().filter_map(|it| pair(it.parameter_key(), it.parameter_value())).collect(),
        outputs: found.outputs().iter().filter_map(|output| pair(output.output_key(), output.output_value())).collect(),
        tags: found.tags().iter().filter_map(|tag| pair(tag.key(), tag.value())).collect(),
        events: Vec::new(),
    }
}

/// Enough to see what failed; AWS gives a hundred a page, newest first.
const EVENTS_KEPT: usize = 8;

async fn events(at: &Endpoint, name: &StackName) -> Result<Vec<StackEvent>, CloudError> {
    let answer = at
        .cloudformation()
        .describe_stack_events()
        .stack_name(name.as_str())
        .send()
        .await
        .map_err(at.failure(Service::Stacks, "DescribeStackEvents"))?;
    let mut events: Vec<StackEvent> = answer.stack_events().iter().filter_map(event).collect();
    events.sort_by_key(|event| Reverse(event.at));
    events.truncate(EVENTS_KEPT);
    Ok(events)
}

fn event(found: &SdkEvent) -> Option<StackEvent> {
    Some(StackEvent {
        id: found.event_id().unwrap_or_default().to_owned(),
        at: timestamp(found.timestamp()?)?,
        logical_id: found.logical_resource_id().unwrap_or_default().to_owned(),
        resource_type: found.resource_type().unwrap_or_default().to_owned(),
        status: found.resource_status().map(|status| status.as_str().to_owned()).unwrap_or_default(),
        reason: found.resource_status_reason().map(str::to_owned),
    })
}

pub(crate) async fn resources(at: &Endpoint, stacks: &[StackName]) -> Result<Vec<StackResource>, CloudError> {
    let found = join_all(stacks.iter().map(async |stack| existing(resources_of(at, stack).await))).await;
    Ok(gather(found)?.into_iter().flatten().collect())
}

async fn resources_of(at: &Endpoint, stack: &StackName) -> Result<Vec<StackResource>, CloudError> {
    let mut pages =
        at.cloudformation().list_stack_resources().stack_name(stack.as_str()).into_paginator().items().send();
    let mut resources = Vec::new();
    while let Some(found) = pages.next().await {
        let found = found.map_err(at.failure(Service::Discovery, "ListStackResources"))?;
        resources.push(StackResource {
            stack: stack.clone(),
            logical_id: found.logical_resource_id().unwrap_or_default().to_owned(),
            physical_id: found.physical_resource_id().map(str::to_owned),
            resource_type: found.resource_type().unwrap_or_default().to_owned(),
            status: found.resource_status().map(|status| status.as_str().to_owned()).unwrap_or_default(),
            reason: found.resource_status_reason().filter(|reason| !reason.is_empty()).map(str::to_owned),
            updated_at: found.last_updated_timestamp().and_then(timestamp),
        });
    }
    Ok(resources)
}

pub(crate) async fn templates(at: &Endpoint, stacks: &[StackName]) -> Result<Vec<StackTemplate>, CloudError> {
    gather(join_all(stacks.iter().map(async |stack| existing(template(at, stack).await))).await)
}

async fn template(at: &Endpoint, stack: &StackName) -> Result<StackTemplate, CloudError> {
    let answer = at
        .cloudformation()
        .get_template()
        .stack_name(stack.as_str())
        .template_stage(TemplateStage::Original)
        .send()
        .await
        .map_err(at.failure(Service::Stacks, "GetTemplate"))?;
    Ok(StackTemplate { stack: stack.clone(), body: answer.template_body().unwrap_or_default().to_owned() })
}

/// A template that is refused is an answer, not a failure to answer.
pub(crate) async fn verdict(at: &Endpoint, template: &TemplateText) -> Result<TemplateVerdict, CloudError> {
    let answer = at
        .cloudformation()
        .validate_template()
        .template_body(template.body())
        .send()
        .await
        .map_err(at.failure(Service::Stacks, "ValidateTemplate"));
    match answer {
        Ok(found) => Ok(TemplateVerdict {
            refused: None,
            capabilities: found.capabilities().iter().map(|capability| capability.as_str().to_owned()).collect(),
            parameters: found.parameters().iter().filter_map(|it| it.parameter_key().map(str::to_owned)).collect(),
        }),
        Err(error) if error.kind == CloudErrorKind::Invalid => {
            Ok(TemplateVerdict { refused: Some(error.message), ..TemplateVerdict::default() })
        }
        Err(error) => Err(error),
    }
}
