//! Things by name, each asked of its own service. A part that cannot be asked fails the whole: what is not listed must
//! surely not be there.

use futures::future::try_join_all;
use lifeboat_model::cloud_error::CloudError;
use lifeboat_model::facts::leftover::{Found, Named};

use crate::clients::Endpoint;
use crate::{backup, dynamodb, kms, logs, rds, s3, secretsmanager, ssm};

pub(crate) async fn find(at: &Endpoint, names: &[Named]) -> Result<Vec<Found>, CloudError> {
    Ok(try_join_all(names.iter().map(|named| one(at, named))).await?.into_iter().flatten().collect())
}

async fn one(at: &Endpoint, named: &Named) -> Result<Vec<Found>, CloudError> {
    match named {
        Named::LogGroup(name) => logs::groups(at, named, name).await,
        Named::Secret(name) => secretsmanager::secrets(at, named, name).await,
        Named::SsmParameter(name) => ssm::named(at, named, name).await,
        Named::KmsKey(alias) => kms::keys(at, named, alias).await,
        Named::RecoveryPoint(vault) => backup::points(at, named, vault).await,
        Named::DbClusterSnapshot(cluster) => rds::snapshots(at, named, cluster).await,
        Named::Table(table) => dynamodb::named(at, named, table).await,
        Named::Bucket(bucket) => s3::taken(at, named, bucket).await,
    }
}
