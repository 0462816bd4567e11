//! Changes by Route 53's control plane: the sense of a health check, and records.

use aws_sdk_route53::types::{
    AliasTarget, Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, ResourceRecordSetFailover,
    ResourceRecordSetRegion, RrType,
};
use lifeboat_model::call::{Call, Receipt};
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::facts::route53::{Alias, RecordSet, Routing};
use lifeboat_model::id::{HealthCheckId, ZoneId};

use crate::hand::{Hand, failure, incomplete, unsent};

/// Of a certain version only, and nothing but the sense: what is not named stays as it is.
pub(crate) async fn set_inverted(
    hand: &Hand,
    call: &Call,
    check: &HealthCheckId,
    version: i64,
    inverted: bool,
) -> Result<Receipt, CloudError> {
    let _turn = hand.at.route53_turns.take_ahead().await;
    let answer = hand
        .once
        .route53()
        .update_health_check()
        .health_check_id(check.as_str())
        .health_check_version(version)
        .inverted(inverted)
        .send()
        .await
        .map_err(failure(call))?;
    Ok(hand.receipt(&answer))
}

/// In one batch, which Route 53 takes as a whole or not at all.
pub(crate) async fn change_record(
    hand: &Hand,
    call: &Call,
    zone: &ZoneId,
    before: Option<&RecordSet>,
    after: Option<&RecordSet>,
) -> Result<Receipt, CloudError> {
    let changes = changes(call, before, after)?;
    let batch = ChangeBatch::builder().set_changes(Some(changes)).build().map_err(incomplete(call))?;
    let _turn = hand.at.route53_turns.take_ahead().await;
    let answer = hand
        .once
        .route53()
        .change_resource_record_sets()
        .hosted_zone_id(zone.as_str())
        .change_batch(batch)
        .send()
        .await
        .map_err(failure(call))?;
    Ok(hand.receipt(&answer))
}

/// A set that keeps its identity is replaced; one that gets another is deleted, with the very values it is believed to
/// have, and made anew.
fn changes(call: &Call, before: Option<&RecordSet>, after: Option<&RecordSet>) -> Result<Vec<Change>, CloudError> {
    match (before, after) {
        (None, None) => Err(unsent(call, CloudErrorKind::Invalid, "no record is named")),
        (None, Some(new)) => Ok(vec![change(call, ChangeAction::Create, new)?]),
        (Some(old), None) => Ok(vec![change(call, ChangeAction::Delete, old)?]),
        (Some(old), Some(new)) if is_same_set(old, new) => Ok(vec![change(call, ChangeAction::Upsert, new)?]),
        (Some(old), Some(new)) => {
            Ok(vec![change(call, ChangeAction::Delete, old)?, change(call, ChangeAction::Create, new)?])
        }
    }
}

fn is_same_set(one: &RecordSet, other: &RecordSet) -> bool {
    one.name == other.name && one.record_type == other.record_type && one.set_identifier == other.set_identifier
}

fn change(call: &Call, action: ChangeAction, record: &RecordSet) -> Result<Change, CloudError> {
    let set = record_set(call, record)?;
    Change::builder().action(action).resource_record_set(set).build().map_err(incomplete(call))
}

fn record_set(call: &Call, record: &RecordSet) -> Result<ResourceRecordSet, CloudError> {
    let set = ResourceRecordSet::builder()
        .name(record.name.as_str())
        .r#type(RrType::from(record.record_type.as_str()))
        .set_set_identifier(record.set_identifier.clone())
        .set_ttl(record.ttl_s.map(i64::from))
        .set_health_check_id(record.health_check.as_ref().map(|check| check.as_str().to_owned()));
    let set = match &record.routing {
        Routing::Simple => set,
        Routing::FailoverPrimary => set.failover(ResourceRecordSetFailover::Primary),
        Routing::FailoverSecondary => set.failover(ResourceRecordSetFailover::Secondary),
        Routing::Weighted(weight) => set.weight(i64::from(*weight)),
        Routing::Latency(region) => set.region(ResourceRecordSetRegion::from(region.as_str())),
        Routing::Other(policy) => {
            let why = format!("{} has {policy} routing, of which only the name is known", record.name);
            return Err(unsent(call, CloudErrorKind::Invalid, &why));
        }
    };
    let values = record.values.iter().map(|value| ResourceRecord::builder().value(value).build());
    let values = values.collect::<Result<Vec<_>, _>>().map_err(incomplete(call))?;
    let set = set.set_resource_records((!values.is_empty()).then_some(values));
    let alias = record.alias.as_ref().map(|alias| alias_target(call, alias)).transpose()?;
    set.set_alias_target(alias).build().map_err(incomplete(call))
}

fn alias_target(call: &Call, alias: &Alias) -> Result<AliasTarget, CloudError> {
    AliasTarget::builder()
        .hosted_zone_id(alias.zone.as_str())
        .dns_name(alias.target.as_str())
        .evaluate_target_health(alias.evaluate_target_health)
        .build()
        .map_err(incomplete(call))
}
