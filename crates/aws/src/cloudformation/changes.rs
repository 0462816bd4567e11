//! What happened to a stack, and what a change set would do to it.

use aws_sdk_cloudformation::types::{Change as SdkChange, ResourceChange as SdkResourceChange};
use lifeboat_model::cloud_error::CloudError;
use lifeboat_model::facts::change_set::{ChangeAction, ChangeSet, ChangeSetStatus, Execution, ResourceChange};
use lifeboat_model::facts::stack::StackEvent;
use lifeboat_model::id::{Arn, StackName};
use lifeboat_model::read::Service;
use lifeboat_model::time::Timestamp;

use super::event;
use crate::clients::Endpoint;
use crate::moment::timestamp;
use crate::partial::existing;

/// Newest first, as AWS pages them, so that no page is asked for that only holds what is older.
pub(crate) async fn events(
    at: &Endpoint,
    stack: &StackName,
    since: Option<Timestamp>,
) -> Result<Vec<StackEvent>, CloudError> {
    Ok(existing(events_since(at, stack, since).await)?.unwrap_or_default())
}

async fn events_since(
    at: &Endpoint,
    stack: &StackName,
    since: Option<Timestamp>,
) -> Result<Vec<StackEvent>, CloudError> {
    let mut pages = at.cloudformation().describe_stack_events().stack_name(stack.as_str()).into_paginator().send();
    let mut events = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(at.failure(Service::Stacks, "DescribeStackEvents"))?;
        let found: Vec<StackEvent> = page.stack_events().iter().filter_map(event).collect();
        let is_older = |event: &StackEvent| since.is_some_and(|since| event.at < since);
        let is_last = found.iter().any(is_older);
        events.extend(found.into_iter().filter(|event| !is_older(event)));
        if is_last {
            break;
        }
    }
    events.sort_by_key(|event| std::cmp::Reverse(event.at));
    Ok(events)
}

pub(crate) async fn change_set(at: &Endpoint, stack: &StackName, name: &str) -> Result<Option<ChangeSet>, CloudError> {
    existing(described(at, stack, name).await)
}

async fn described(at: &Endpoint, stack: &StackName, name: &str) -> Result<ChangeSet, CloudError> {
    const OPERATION: &str = "DescribeChangeSet";
    let mut pages = at
        .cloudformation()
        .describe_change_set()
        .stack_name(stack.as_str())
        .change_set_name(name)
        .into_paginator()
        .send();
    let mut whole: Option<ChangeSet> = None;
    while let Some(page) = pages.next().await {
        let page = page.map_err(at.failure(Service::Stacks, OPERATION))?;
        let pair = |key: Option<&str>, value: Option<&str>| Some((key?.to_owned(), value?.to_owned()));
        let set = whole.get_or_insert_with(|| ChangeSet {
            name: name.to_owned(),
            stack: stack.clone(),
            id: page.change_set_id().map(Arn::from),
            stack_id: page.stack_id().map(Arn::from),
            status: page
                .status()
                .map_or_else(|| ChangeSetStatus::Other(String::new()), |status| status.as_str().into()),
            execution: page
                .execution_status()
                .map_or_else(|| Execution::Other(String::new()), |status| status.as_str().into()),
            reason: page.status_reason().filter(|reason| !reason.is_empty()).map(str::to_owned),
            created_at: page.creation_time().and_then(timestamp),
            changes: Vec::new(),
            parameters: page
                .parameters()
                .iter()
                .filter_map(|it| pair(it.parameter_key(), it.resolved_value().or(it.parameter_value())))
                .collect(),
        });
        set.changes.extend(page.changes().iter().filter_map(SdkChange::resource_change).map(resource_change));
    }
    whole.ok_or_else(|| at.asked(Service::Stacks, OPERATION).malformed("no change set in the answer"))
}

fn resource_change(found: &SdkResourceChange) -> ResourceChange {
    let action = found.action().map_or_else(|| ChangeAction::Other(String::new()), |action| action.as_str().into());
    let mut changed: Vec<String> = found.details().iter().filter_map(|detail| target(detail.target()?)).collect();
    if changed.is_empty() {
        changed = found.scope().iter().map(|scope| scope.as_str().to_owned()).collect();
    }
    changed.sort();
    changed.dedup();
    ResourceChange {
        replacement: found
            .replacement()
            .filter(|_| action == ChangeAction::Modify)
            .map(|replacement| replacement.as_str().into()),
        action,
        logical_id: found.logical_resource_id().unwrap_or_default().to_owned(),
        physical_id: found.physical_resource_id().filter(|id| !id.is_empty()).map(str::to_owned),
        resource_type: found.resource_type().unwrap_or_default().to_owned(),
        changed,
    }
}

fn target(found: &aws_sdk_cloudformation::types::ResourceTargetDefinition) -> Option<String> {
    let attribute = found.attribute()?.as_str();
    Some(match found.name().filter(|name| !name.is_empty()) {
        Some(name) => format!("{attribute}.{name}"),
        None => attribute.to_owned(),
    })
}
