//! CloudWatch Logs: the groups that Lambda and others make for themselves, which outlive stacks.

use lifeboat_model::cloud_error::CloudError;
use lifeboat_model::facts::leftover::{Found, Named};
use lifeboat_model::id::Arn;
use lifeboat_model::read::Service;

use crate::clients::Endpoint;

/// The group of that name and those beneath it; a name that merely begins alike is another deployment's.
pub(crate) async fn groups(at: &Endpoint, named: &Named, name: &str) -> Result<Vec<Found>, CloudError> {
    let mut pages = at.logs().describe_log_groups().log_group_name_prefix(name).into_paginator().items().send();
    let mut found = Vec::new();
    while let Some(group) = pages.next().await {
        let group = group.map_err(at.failure(Service::Discovery, "DescribeLogGroups"))?;
        let Some(own) = group.log_group_name() else { continue };
        if own.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
            found.push(Found {
                named: named.clone(),
                id: own.to_owned(),
                arn: group.log_group_arn().or(group.arn()).map(Arn::from),
                state: None,
                deleted_at: None,
                bytes: group.stored_bytes().and_then(|bytes| u64::try_from(bytes).ok()),
            });
        }
    }
    Ok(found)
}
