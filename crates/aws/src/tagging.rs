//! Resources by tag, for discovery.

use std::collections::BTreeMap;

use aws_sdk_resourcegroupstagging::types::TagFilter;
use lifeboat_model::cloud_error::CloudError;
use lifeboat_model::id::Arn;
use lifeboat_model::read::Service;

use crate::clients::Endpoint;

pub(crate) async fn tagged(
    at: &Endpoint,
    key: &str,
    value: &str,
) -> Result<BTreeMap<Arn, BTreeMap<String, String>>, CloudError> {
    let mut pages = at
        .tagging()
        .get_resources()
        .tag_filters(TagFilter::builder().key(key).values(value).build())
        .into_paginator()
        .items()
        .send();
    let mut found = BTreeMap::new();
    while let Some(resource) = pages.next().await {
        let resource = resource.map_err(at.failure(Service::Discovery, "GetResources"))?;
        let Some(arn) = resource.resource_arn() else { continue };
        let tags = resource.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect();
        found.insert(Arn::from(arn), tags);
    }
    Ok(found)
}
