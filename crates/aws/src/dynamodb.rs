//! DynamoDB tables and their replicas.

pub(crate) mod mutate;

use aws_sdk_dynamodb::types::TableDescription;
use futures::future::join_all;
use lifeboat_model::cloud_error::CloudError;
use lifeboat_model::facts::dynamodb::{Consistency, Replica, Table, TableStatus};
use lifeboat_model::facts::leftover::{Found, Named};
use lifeboat_model::id::{Arn, TableName};
use lifeboat_model::read::Service;

use crate::clients::Endpoint;
use crate::moment::timestamp;
use crate::partial::{existing, gather};

pub(crate) async fn tables(at: &Endpoint, names: &[TableName]) -> Result<Vec<Table>, CloudError> {
    gather(join_all(names.iter().map(async |name| existing(table(at, name).await))).await)
}

async fn table(at: &Endpoint, name: &TableName) -> Result<Table, CloudError> {
    const OPERATION: &str = "DescribeTable";
    let answer = at
        .dynamodb()
        .describe_table()
        .table_name(name.as_str())
        .send()
        .await
        .map_err(at.failure(Service::DynamoDb, OPERATION))?;
    let found =
        answer.table().ok_or_else(|| at.asked(Service::DynamoDb, OPERATION).malformed("no table in the answer"))?;
    Ok(described(name, found))
}

/// The table as this region has it, whatever becomes of it just now.
pub(crate) async fn named(at: &Endpoint, named: &Named, name: &TableName) -> Result<Vec<Found>, CloudError> {
    const OPERATION: &str = "DescribeTable";
    let answer = at.dynamodb().describe_table().table_name(name.as_str()).send().await;
    let answer = existing(answer.map_err(at.failure(Service::DynamoDb, OPERATION)))?;
    let found = answer.and_then(|answer| answer.table).map(|table| Found {
        named: named.clone(),
        id: name.as_str().to_owned(),
        arn: table.table_arn().map(Arn::from),
        state: table.table_status().map(|status| status.as_str().to_owned()),
        deleted_at: None,
        bytes: table.table_size_bytes().and_then(|bytes| u64::try_from(bytes).ok()),
    });
    Ok(found.into_iter().collect())
}

fn described(name: &TableName, found: &TableDescription) -> Table {
    Table {
        name: name.clone(),
        status: found.table_status().map_or_else(|| TableStatus::Other(String::new()), |status| status.as_str().into()),
        replicas: found
            .replicas()
            .iter()
            .filter_map(|replica| {
                Some(Replica {
                    region: replica.region_name()?.into(),
                    status: replica.replica_status()?.as_str().into(),
                })
            })
            .collect(),
        // AWS says nothing of tables with eventual consistency, which is its default.
        consistency: found.multi_region_consistency().map_or(Consistency::Eventual, |mode| mode.as_str().into()),
        item_count: found.item_count().and_then(|count| u64::try_from(count).ok()),
        deletion_protection: found.deletion_protection_enabled().unwrap_or(false),
        created_at: found.creation_date_time().and_then(timestamp),
    }
}
