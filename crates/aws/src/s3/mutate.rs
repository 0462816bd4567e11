//! An object whose presence moves traffic, and a bucket's replication rules.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    DeleteMarkerReplication, DeleteMarkerReplicationStatus, Destination, Metrics, MetricsStatus,
    ReplicationConfiguration, ReplicationRule as SdkRule, ReplicationRuleFilter, ReplicationRuleStatus,
    ReplicationTime, ReplicationTimeStatus, ReplicationTimeValue,
};
use aws_smithy_types::error::operation::BuildError;
use lifeboat_model::call::{Call, Receipt};
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::facts::s3::ReplicationRule;
use lifeboat_model::id::{Arn, BucketName};

use super::{bucket_of, configuration, prefix};
use crate::hand::{Hand, failure, incomplete, looked, unsent};

/// An empty object, there or not: its presence is all it says.
pub(crate) async fn put_marker(
    hand: &Hand,
    call: &Call,
    bucket: &BucketName,
    key: &str,
    present: bool,
) -> Result<Receipt, CloudError> {
    let s3 = hand.once.s3();
    if present {
        let put = s3.put_object().bucket(bucket.as_str()).key(key).body(ByteStream::from_static(b""));
        let answer = put.send().await.map_err(failure(call))?;
        Ok(hand.receipt(&answer))
    } else {
        let delete = s3.delete_object().bucket(bucket.as_str()).key(key);
        let answer = delete.send().await.map_err(failure(call))?;
        Ok(hand.receipt(&answer))
    }
}

/// S3 takes a bucket's rules as a whole. What an existing rule says beyond what Lifeboat knows of rules (tags, storage
/// class, owner, encryption, priority) is read first and sent back as it is; rules of the old form become rules of the
/// new, because one configuration may not hold both.
pub(crate) async fn put_replication(
    hand: &Hand,
    call: &Call,
    bucket: &BucketName,
    role: &Arn,
    rules: &[ReplicationRule],
) -> Result<Receipt, CloudError> {
    if rules.is_empty() {
        let delete = hand.once.s3().delete_bucket_replication().bucket(bucket.as_str());
        let answer = delete.send().await.map_err(failure(call))?;
        return Ok(hand.receipt(&answer));
    }
    let existing = looked(configuration(&hand.at, bucket).await)?.map(|found| found.rules).unwrap_or_default();
    let rules = merged(role, rules, &existing).map_err(incomplete(call))?;
    let Some(rules) = rules else {
        return Err(unsent(call, CloudErrorKind::Invalid, "there are more rules than priorities"));
    };
    let whole = ReplicationConfiguration::builder()
        .role(role.as_str())
        .set_rules(Some(rules))
        .build()
        .map_err(incomplete(call))?;
    let answer = hand
        .once
        .s3()
        .put_bucket_replication()
        .bucket(bucket.as_str())
        .replication_configuration(whole)
        .send()
        .await
        .map_err(failure(call))?;
    Ok(hand.receipt(&answer))
}

/// The wanted rules, each with what the existing one of its name says beyond them. `None` where priorities run out.
fn merged(role: &Arn, wanted: &[ReplicationRule], existing: &[SdkRule]) -> Result<Option<Vec<SdkRule>>, BuildError> {
    let of = |rule: &ReplicationRule| existing.iter().find(|found| found.id() == Some(rule.id.as_str()));
    let mut taken: Vec<i32> = wanted.iter().filter_map(|rule| of(rule)?.priority()).collect();
    let mut rules = Vec::new();
    for rule in wanted {
        let found = of(rule);
        let priority = match found.and_then(SdkRule::priority) {
            Some(priority) => priority,
            None => match (1..=i32::MAX).find(|priority| !taken.contains(priority)) {
                Some(free) => free,
                None => return Ok(None),
            },
        };
        taken.push(priority);
        rules.push(sdk_rule(role, rule, found, priority)?);
    }
    Ok(Some(rules))
}

fn sdk_rule(
    role: &Arn,
    wanted: &ReplicationRule,
    found: Option<&SdkRule>,
    priority: i32,
) -> Result<SdkRule, BuildError> {
    let status = if wanted.enabled { ReplicationRuleStatus::Enabled } else { ReplicationRuleStatus::Disabled };
    let markers = if wanted.delete_markers {
        DeleteMarkerReplicationStatus::Enabled
    } else {
        DeleteMarkerReplicationStatus::Disabled
    };
    SdkRule::builder()
        .id(&wanted.id)
        .priority(priority)
        .status(status)
        .filter(filter(wanted, found))
        .set_source_selection_criteria(found.and_then(|found| found.source_selection_criteria.clone()))
        .set_existing_object_replication(found.and_then(|found| found.existing_object_replication.clone()))
        .destination(destination(role, wanted, found)?)
        .delete_marker_replication(DeleteMarkerReplication::builder().status(markers).build())
        .build()
}

/// What selects objects: as it is, tags included, where the prefix does not change.
fn filter(wanted: &ReplicationRule, found: Option<&SdkRule>) -> ReplicationRuleFilter {
    let prefix_wanted = wanted.prefix.clone().unwrap_or_default();
    let same = |found: &&SdkRule| prefix(found).unwrap_or_default() == prefix_wanted;
    match found.filter(same).and_then(|found| found.filter.clone()) {
        Some(filter) => filter,
        None => ReplicationRuleFilter::builder().prefix(prefix_wanted).build(),
    }
}

fn destination(role: &Arn, wanted: &ReplicationRule, found: Option<&SdkRule>) -> Result<Destination, BuildError> {
    let kept = found
        .and_then(|found| found.destination.as_ref())
        .filter(|destination| bucket_of(destination) == wanted.destination.as_str());
    let partition = role.as_str().split(':').nth(1).unwrap_or("aws");
    let arn = match kept {
        Some(kept) => kept.bucket.clone(),
        None => format!("arn:{partition}:s3:::{}", wanted.destination),
    };
    let minutes = wanted
        .time_control_minutes
        .map(|minutes| ReplicationTimeValue::builder().minutes(i32::try_from(minutes).unwrap_or(i32::MAX)).build());
    let time = minutes
        .clone()
        .map(|time| ReplicationTime::builder().status(ReplicationTimeStatus::Enabled).time(time).build());
    let metrics =
        wanted.metrics.then(|| Metrics::builder().status(MetricsStatus::Enabled).set_event_threshold(minutes).build());
    Destination::builder()
        .bucket(arn)
        .set_account(kept.and_then(|kept| kept.account.clone()))
        .set_storage_class(kept.and_then(|kept| kept.storage_class.clone()))
        .set_access_control_translation(kept.and_then(|kept| kept.access_control_translation.clone()))
        .set_encryption_configuration(kept.and_then(|kept| kept.encryption_configuration.clone()))
        .set_replication_time(time.transpose()?)
        .set_metrics(metrics.transpose()?)
        .build()
}
