//! One item of a table, whole: keys and attributes are strings.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use lifeboat_model::call::{Call, Receipt};
use lifeboat_model::cloud_error::CloudError;
use lifeboat_model::id::TableName;

use crate::hand::{Hand, failure};

type Named<'a> = (&'a String, &'a String);

fn strings<'a>(pairs: impl IntoIterator<Item = Named<'a>>) -> HashMap<String, AttributeValue> {
    pairs.into_iter().map(|(name, value)| (name.clone(), AttributeValue::S(value.clone()))).collect()
}

pub(crate) async fn put(
    hand: &Hand,
    call: &Call,
    table: &TableName,
    key: Named<'_>,
    attributes: &[(String, String)],
) -> Result<Receipt, CloudError> {
    let named = attributes.iter().map(|(name, value)| (name, value));
    let answer = hand
        .once
        .dynamodb()
        .put_item()
        .table_name(table.as_str())
        .set_item(Some(strings(named.chain([key]))))
        .send()
        .await
        .map_err(failure(call))?;
    Ok(hand.receipt(&answer))
}

pub(crate) async fn delete(hand: &Hand, call: &Call, table: &TableName, key: Named<'_>) -> Result<Receipt, CloudError> {
    let answer = hand
        .once
        .dynamodb()
        .delete_item()
        .table_name(table.as_str())
        .set_key(Some(strings([key])))
        .send()
        .await
        .map_err(failure(call))?;
    Ok(hand.receipt(&answer))
}
