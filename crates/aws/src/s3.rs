//! S3 buckets: versioning and the replication rules of which they are the source.

pub(crate) mod contents;
pub(crate) mod mutate;

use aws_sdk_s3::types::{
    DeleteMarkerReplicationStatus, Destination, MetricsStatus, ReplicationConfiguration, ReplicationRule as SdkRule,
    ReplicationRuleStatus, ReplicationTimeStatus, ReplicationTimeValue, SseKmsEncryptedObjectsStatus,
};
use futures::future::{join, join_all};
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::facts::leftover::{Found, Named};
use lifeboat_model::facts::s3::{Bucket, ReplicationRule, Versioning};
use lifeboat_model::id::{Arn, BucketName};
use lifeboat_model::read::Service;

use crate::clients::Endpoint;
use crate::partial::{Member, existing, gather};

pub(crate) async fn buckets(at: &Endpoint, names: &[BucketName]) -> Result<Vec<Bucket>, CloudError> {
    gather(join_all(names.iter().map(|name| bucket(at, name))).await)
}

async fn bucket(at: &Endpoint, name: &BucketName) -> Member<Bucket> {
    let (versioning, replication) = join(versioning(at, name), configuration(at, name)).await;
    // Without rules and without a bucket S3 answers alike, so the bucket's existence is versioning's to say.
    let Some(versioning) = existing(versioning)? else { return Ok(None) };
    let replication = replication?;
    let role = replication.as_ref().map(|found| Arn::from(found.role()));
    let rules = replication.iter().flat_map(|found| found.rules().iter().filter_map(rule)).collect();
    let by_kms = replication.iter().flat_map(|found| found.rules().iter().filter(|rule| is_by_kms(rule)));
    let by_kms = by_kms.map(|rule| rule.id().unwrap_or_default().to_owned()).collect();
    Ok(Some(Bucket { name: name.clone(), versioning, rules, role, by_kms }))
}

/// Whether anybody has a bucket of that name. S3 answers without a word, so only the status tells: whoever may not look
/// into a bucket is told so, and where it is in another region too.
pub(crate) async fn taken(at: &Endpoint, named: &Named, name: &BucketName) -> Result<Vec<Found>, CloudError> {
    let state = match at.s3().head_bucket().bucket(name.as_str()).send().await {
        Ok(_) => "in this account, or open to it",
        Err(error) => match error.raw_response().map(|answer| answer.status().as_u16()) {
            Some(403) => "somebody else's, or closed to you",
            Some(301) => "in another region",
            _ => {
                let failed = at.failure(Service::Discovery, "HeadBucket")(error);
                return if failed.kind == CloudErrorKind::NotFound { Ok(Vec::new()) } else { Err(failed) };
            }
        },
    };
    Ok(vec![Found {
        named: named.clone(),
        id: name.as_str().to_owned(),
        arn: None,
        state: Some(state.to_owned()),
        deleted_at: None,
        bytes: None,
    }])
}

async fn versioning(at: &Endpoint, name: &BucketName) -> Result<Versioning, CloudError> {
    let answer = at
        .s3()
        .get_bucket_versioning()
        .bucket(name.as_str())
        .send()
        .await
        .map_err(at.failure(Service::S3, "GetBucketVersioning"))?;
    Ok(answer.status().map_or(Versioning::Off, |status| status.as_str().into()))
}

/// `None` for a bucket that replicates nowhere, and for one that does not exist.
async fn configuration(at: &Endpoint, name: &BucketName) -> Result<Option<ReplicationConfiguration>, CloudError> {
    let answer = at
        .s3()
        .get_bucket_replication()
        .bucket(name.as_str())
        .send()
        .await
        .map_err(at.failure(Service::S3, "GetBucketReplication"));
    Ok(existing(answer)?.and_then(|found| found.replication_configuration))
}

fn rule(found: &SdkRule) -> Option<ReplicationRule> {
    let destination = found.destination()?;
    let time_control = destination.replication_time().filter(|time| *time.status() == ReplicationTimeStatus::Enabled);
    Some(ReplicationRule {
        id: found.id().unwrap_or_default().to_owned(),
        enabled: *found.status() == ReplicationRuleStatus::Enabled,
        destination: bucket_of(destination).into(),
        prefix: prefix(found).filter(|prefix| !prefix.is_empty()).map(str::to_owned),
        // Rules of the first version, which have no filter, replicate them without saying so.
        delete_markers: found.filter().is_none()
            || found.delete_marker_replication().and_then(|markers| markers.status())
                == Some(&DeleteMarkerReplicationStatus::Enabled),
        // Time control publishes the metrics too, whatever the rule says of them.
        metrics: time_control.is_some()
            || destination.metrics().is_some_and(|metrics| *metrics.status() == MetricsStatus::Enabled),
        time_control_minutes: time_control
            .and_then(|control| control.time())
            .and_then(ReplicationTimeValue::minutes)
            .and_then(|minutes| u32::try_from(minutes).ok()),
    })
}

fn is_by_kms(rule: &SdkRule) -> bool {
    let selected = rule.source_selection_criteria().and_then(|criteria| criteria.sse_kms_encrypted_objects());
    let copies = rule.destination().and_then(|destination| destination.encryption_configuration());
    selected.is_some_and(|objects| *objects.status() == SseKmsEncryptedObjectsStatus::Enabled)
        || copies.is_some_and(|encryption| encryption.replica_kms_key_id().is_some())
}

/// A destination's bucket by its name, which S3 gives as an ARN.
fn bucket_of(destination: &Destination) -> &str {
    destination.bucket().rsplit(':').next().unwrap_or(destination.bucket())
}

fn prefix(found: &SdkRule) -> Option<&str> {
    let filter = found.filter();
    let joined = filter.and_then(|filter| filter.and()).and_then(|and| and.prefix());
    let old = {
        #[expect(deprecated, reason = "rules of the first version keep their prefix there")]
        found.prefix()
    };
    filter.and_then(|filter| filter.prefix()).or(joined).or(old)
}
