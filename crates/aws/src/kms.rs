//! Keys by their aliases or ARNs, and the keys that AWS makes for itself when somebody first asks for them.

use lifeboat_model::call::{Call, Receipt};
use lifeboat_model::cloud_error::CloudError;
use lifeboat_model::facts::leftover::{Found, Named};
use lifeboat_model::id::Arn;
use lifeboat_model::read::Service;

use crate::clients::Endpoint;
use crate::hand::{Hand, failure};
use crate::moment::timestamp;
use crate::partial::existing;

/// The key of an alias, or of an ARN. AWS lists its own aliases before their keys exist: such a key is not there.
pub(crate) async fn keys(at: &Endpoint, named: &Named, alias: &str) -> Result<Vec<Found>, CloudError> {
    if alias.starts_with("arn:") {
        return Ok(existing(key_of(at, named, alias).await)?.into_iter().collect());
    }
    let mut pages = at.kms().list_aliases().into_paginator().items().send();
    while let Some(listed) = pages.next().await {
        let listed = listed.map_err(at.failure(Service::Discovery, "ListAliases"))?;
        if listed.alias_name() == Some(alias) {
            return match listed.target_key_id() {
                Some(key) => Ok(existing(key_of(at, named, key).await)?.into_iter().collect()),
                None => Ok(Vec::new()),
            };
        }
    }
    Ok(Vec::new())
}

async fn key_of(at: &Endpoint, named: &Named, key: &str) -> Result<Found, CloudError> {
    const OPERATION: &str = "DescribeKey";
    let answer = at.kms().describe_key().key_id(key).send().await.map_err(at.failure(Service::Keys, OPERATION))?;
    let found =
        answer.key_metadata().ok_or_else(|| at.asked(Service::Keys, OPERATION).malformed("no key in the answer"))?;
    Ok(Found {
        named: named.clone(),
        id: found.key_id().to_owned(),
        arn: found.arn().map(Arn::from),
        state: found.key_state().map(|state| state.as_str().to_owned()),
        deleted_at: found.deletion_date().and_then(timestamp),
        bytes: None,
    })
}

/// Being described makes a key that AWS manages, where there is none yet. The receipt tells its ARN.
pub(crate) async fn make_managed(hand: &Hand, call: &Call, alias: &str) -> Result<Receipt, CloudError> {
    let answer = hand.once.kms().describe_key().key_id(alias).send().await.map_err(failure(call))?;
    let arn = answer.key_metadata().and_then(|key| key.arn()).map(str::to_owned);
    Ok(Receipt { detail: arn, ..hand.receipt(&answer) })
}
