//! Global Accelerator: accelerators with the endpoint groups behind all their listeners.

pub(crate) mod mutate;

use aws_sdk_globalaccelerator::types::{Accelerator as SdkAccelerator, EndpointDescription, EndpointGroup as SdkGroup};
use futures::future::{join, join_all, try_join_all};
use lifeboat_model::cloud_error::CloudError;
use lifeboat_model::facts::global_accelerator::{Accelerator, Endpoint as AcceleratorEndpoint, EndpointGroup};
use lifeboat_model::id::{Arn, DnsName};
use lifeboat_model::read::Service;

use crate::clients::Endpoint;
use crate::partial::{Member, existing, gather};

pub(crate) async fn accelerators(at: &Endpoint, arns: &[Arn]) -> Result<Vec<Accelerator>, CloudError> {
    gather(join_all(arns.iter().map(|arn| accelerator(at, arn))).await)
}

async fn accelerator(at: &Endpoint, arn: &Arn) -> Member<Accelerator> {
    let (described, groups) = join(described(at, arn), groups(at, arn)).await;
    let Some(found) = existing(described)? else { return Ok(None) };
    Ok(Some(Accelerator { groups: groups?, ..found }))
}

async fn described(at: &Endpoint, arn: &Arn) -> Result<Accelerator, CloudError> {
    const OPERATION: &str = "DescribeAccelerator";
    let answer = at
        .global_accelerator()
        .describe_accelerator()
        .accelerator_arn(arn.as_str())
        .send()
        .await
        .map_err(at.failure(Service::GlobalAccelerator, OPERATION))?;
    let found = answer
        .accelerator()
        .ok_or_else(|| at.asked(Service::GlobalAccelerator, OPERATION).malformed("no accelerator in the answer"))?;
    Ok(plain(arn, found))
}

fn plain(arn: &Arn, found: &SdkAccelerator) -> Accelerator {
    Accelerator {
        arn: arn.clone(),
        name: found.name().unwrap_or_default().to_owned(),
        enabled: found.enabled().unwrap_or(false),
        status: found.status().map(|status| status.as_str().to_owned()).unwrap_or_default(),
        dns_name: found.dns_name().map(DnsName::normal),
        addresses: found.ip_sets().iter().flat_map(|set| set.ip_addresses().iter().cloned()).collect(),
        groups: Vec::new(),
    }
}

/// Which groups there are is known from the listeners alone: hence a chain of two.
async fn groups(at: &Endpoint, arn: &Arn) -> Result<Vec<EndpointGroup>, CloudError> {
    let mut listeners = Vec::new();
    let mut pages =
        at.global_accelerator().list_listeners().accelerator_arn(arn.as_str()).into_paginator().items().send();
    while let Some(listener) = pages.next().await {
        let listener = listener.map_err(at.failure(Service::GlobalAccelerator, "ListListeners"))?;
        listeners.extend(listener.listener_arn().map(str::to_owned));
    }
    let found = try_join_all(listeners.iter().map(|listener| groups_of(at, listener))).await?;
    Ok(found.into_iter().flatten().collect())
}

async fn groups_of(at: &Endpoint, listener: &str) -> Result<Vec<EndpointGroup>, CloudError> {
    let mut pages =
        at.global_accelerator().list_endpoint_groups().listener_arn(listener).into_paginator().items().send();
    let mut groups = Vec::new();
    while let Some(found) = pages.next().await {
        let found = found.map_err(at.failure(Service::GlobalAccelerator, "ListEndpointGroups"))?;
        groups.extend(group(&found));
    }
    Ok(groups)
}

fn group(found: &SdkGroup) -> Option<EndpointGroup> {
    let number = |value: Option<i32>| value.and_then(|value| u32::try_from(value).ok());
    Some(EndpointGroup {
        arn: found.endpoint_group_arn()?.into(),
        region: found.endpoint_group_region()?.into(),
        dial_percent: found.traffic_dial_percentage().map(f64::from),
        interval_s: number(found.health_check_interval_seconds()),
        threshold: number(found.threshold_count()),
        endpoints: found.endpoint_descriptions().iter().filter_map(endpoint).collect(),
    })
}

fn endpoint(found: &EndpointDescription) -> Option<AcceleratorEndpoint> {
    Some(AcceleratorEndpoint {
        id: found.endpoint_id()?.to_owned(),
        weight: found.weight().and_then(|weight| u32::try_from(weight).ok()),
        health: found.health_state().map(|health| health.as_str().into()),
        reason: found.health_reason().map(str::to_owned),
    })
}
