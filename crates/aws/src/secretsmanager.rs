//! Secrets by name, those too that are only scheduled for deletion: their names cannot be used again until they are gone.
//! No value is ever asked for.

use aws_sdk_secretsmanager::types::{Filter, FilterNameStringType};
use lifeboat_model::cloud_error::CloudError;
use lifeboat_model::facts::leftover::{Found, Named};
use lifeboat_model::id::Arn;
use lifeboat_model::read::Service;

use crate::clients::Endpoint;
use crate::moment::timestamp;

pub(crate) async fn secrets(at: &Endpoint, named: &Named, name: &str) -> Result<Vec<Found>, CloudError> {
    let mut pages = at
        .secretsmanager()
        .list_secrets()
        .include_planned_deletion(true)
        .filters(Filter::builder().key(FilterNameStringType::Name).values(name).build())
        .into_paginator()
        .send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(at.failure(Service::Discovery, "ListSecrets"))?;
        // The filter goes by the beginning of names.
        for secret in page.secret_list().iter().filter(|secret| secret.name() == Some(name)) {
            found.push(Found {
                named: named.clone(),
                id: name.to_owned(),
                arn: secret.arn().map(Arn::from),
                state: secret.deleted_date().map(|_| "scheduled for deletion".to_owned()),
                deleted_at: secret.deleted_date().and_then(timestamp),
                bytes: None,
            });
        }
    }
    Ok(found)
}
