//! When two record sets are the same: Route 53 answers in its own order and spelling.

use lifeboat_model::facts::route53::{Alias, RecordSet};
use lifeboat_model::id::DnsName;

pub(super) fn same_name(one: &DnsName, other: &DnsName) -> bool {
    DnsName::normal(one.as_str()) == DnsName::normal(other.as_str())
}

/// Whether both stand in the same place: at most one of them can exist.
pub(super) fn same_place(one: &RecordSet, other: &RecordSet) -> bool {
    one.zone == other.zone
        && same_name(&one.name, &other.name)
        && one.record_type == other.record_type
        && one.set_identifier == other.set_identifier
}

pub(super) fn same_record(one: &RecordSet, other: &RecordSet) -> bool {
    same_place(one, other)
        && one.routing == other.routing
        && one.ttl_s == other.ttl_s
        && one.health_check == other.health_check
        && same_alias(one.alias.as_ref(), other.alias.as_ref())
        && sorted(one) == sorted(other)
}

fn same_alias(one: Option<&Alias>, other: Option<&Alias>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => {
            one.zone == other.zone
                && one.evaluate_target_health == other.evaluate_target_health
                && same_name(&one.target, &other.target)
        }
        (Some(_), None) | (None, Some(_)) => false,
    }
}

fn sorted(record: &RecordSet) -> Vec<&str> {
    let mut values: Vec<&str> = record.values.iter().map(String::as_str).collect();
    values.sort_unstable();
    values
}
