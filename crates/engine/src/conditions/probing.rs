//! What became of a call that was begun and whose answer never came, told by the state it should have left.

use lifeboat_model::call::{Call, Change};
use lifeboat_model::facts::aurora::GlobalCluster;
use lifeboat_model::facts::change_set::Execution;
use lifeboat_model::facts::global_accelerator::EndpointGroup;
use lifeboat_model::facts::route53::RecordSet;
use lifeboat_model::id::{Arn, GlobalClusterId, HealthCheckId, Region, StackName};
use lifeboat_model::observation::Observed;
use lifeboat_model::read::Service;
use lifeboat_model::run::Found;
use lifeboat_model::time::{Duration, after};

use super::records::{same_place, same_record};
use super::seen::Silent;
use super::{Held, Seen, building, compute, stacks, stores, traffic};

/// How long after its intent a promotion may be under way without showing: AWS's descriptions follow its actions, and
/// a request that left late arrives later still. A promotion that is taken for not begun would be begun twice.
pub const SETTLES: Duration = Duration::from_secs(30);

type Probed = Result<Found, Silent>;

/// What became of a call, by what has been read since its intent was written down.
pub fn probe(call: &Call, seen: &Seen<'_>) -> Found {
    let probed = match call {
        Call::SwitchoverGlobalCluster { global_cluster, target, writer_region } => {
            switchover(seen, global_cluster, target, writer_region)
        }
        Call::FailoverGlobalCluster { global_cluster, target, target_region } => {
            stores::told_by(seen, global_cluster, target_region).map(|told| promotion(seen, &told, target))
        }
        Call::SetHealthCheckInverted { check, version, inverted } => inversion(seen, check, *version, inverted),
        // What is deleted may be no record that the deployment is watched by.
        Call::ChangeRecord { zone, before, after: None } => {
            traffic::zone_records(seen, zone).map(|records| record_change(records, before.as_ref(), None))
        }
        Call::ChangeRecord { before, after, .. } => {
            traffic::records(seen).map(|records| record_change(records, before.as_ref(), after.as_ref()))
        }
        Call::UpdateEndpointGroup { group, dial_percent, weights } => {
            endpoint_group(seen, group, dial_percent, weights)
        }
        Call::SetCapacity { region, group, capacity } => {
            compute::scaling_group(seen, region, group).map(|found| match found {
                None => cannot_tell(format!("{region} has no Auto Scaling group {group}")),
                Some(found) => changed(capacity, &compute::sizes(found), group.as_str()),
            })
        }
        Call::SetFunctionConcurrency { region, function, reserved } => {
            compute::function(seen, region, function).map(|found| match found {
                None => cannot_tell(format!("{region} has no function {function}")),
                Some(found) => changed(reserved, &found.reserved_concurrency, function.as_str()),
            })
        }
        Call::SetEventSource { region, uuid, enabled } => event_source(seen, region, uuid, enabled.to),
        Call::PutReplication { region, bucket, rules, .. } => {
            seen.said(region, Service::S3, |here| &here.buckets).map(|said| {
                let found = said.value.iter().find(|found| found.name == *bucket);
                match found {
                    None => cannot_tell(format!("{region} has no bucket {bucket}")),
                    Some(found) => told(
                        stores::same_rules(&found.rules, &rules.to),
                        rules.from.as_ref().map(|from| stores::same_rules(&found.rules, from)),
                        bucket.as_str(),
                    ),
                }
            })
        }
        Call::PutMetric { .. } => Ok(cannot_tell("a metric does not tell who wrote its points")),
        Call::PutMarker { .. } => Ok(cannot_tell("objects are not read")),
        Call::PutParameter { .. } => Ok(cannot_tell("values of parameters are not read")),
        Call::MuteAlarms { .. } | Call::UnmuteAlarms { .. } => Ok(cannot_tell("mute rules are not read")),
        Call::PutItem { .. } | Call::DeleteItem { .. } => Ok(cannot_tell("items of tables are not read")),
        Call::PublishNotice { .. } => Ok(cannot_tell("a notice leaves no trace that can be read")),
        Call::InvokeFunction { .. } => Ok(cannot_tell("what a function did is known to itself alone")),
        Call::CreateChangeSet { region, stack, change_set, .. } => {
            building::change_set(seen, region, stack, change_set).map(|found| happened(found.is_some()))
        }
        Call::DeleteChangeSet { region, stack, change_set } => {
            building::change_set(seen, region, stack, change_set).map(|found| happened(found.is_none()))
        }
        Call::ExecuteChangeSet { region, stack, change_set, .. } => execution(seen, region, stack, change_set),
        Call::DeleteStack { region, stack } => stacks::stack(seen, region, stack)
            .map(|found| happened(found.is_none_or(|stack| stack.status == "DELETE_IN_PROGRESS"))),
        Call::ContinueUpdateRollback { region, stack } => stacks::stack(seen, region, stack)
            .map(|found| happened(found.is_some_and(|stack| stack.status != "UPDATE_ROLLBACK_FAILED"))),
        Call::SetTerminationProtection { region, stack, on } => stacks::stack(seen, region, stack)
            .map(|found| happened(found.is_some_and(|stack| stack.termination_protection == on.to))),
        Call::DetectDrift { region, stack } => stacks::stack(seen, region, stack).map(|found| {
            let checked = found.and_then(|stack| stack.drift_checked_at);
            happened(checked.is_some_and(|at| at >= seen.began_at))
        }),
        Call::EnsureSecureParameter { region, name, .. } => building::has_parameter(seen, region, name).map(happened),
        Call::DeleteParameter { region, name } => {
            building::has_parameter(seen, region, name).map(|is_there| happened(!is_there))
        }
        Call::EmptyBucket { region, bucket } => {
            building::bucket_empty(seen, region, bucket).map(|held| happened(held.holds()))
        }
        Call::EmptyVault { region, vault } => {
            building::vault_empty(seen, region, vault).map(|held| happened(!matches!(held, Held::Again(_))))
        }
        Call::MakeManagedKey { .. } => Ok(cannot_tell("that a key was described leaves no trace")),
    };
    probed.unwrap_or_else(|Silent(reason)| Found::CannotTell { reason })
}

fn cannot_tell(reason: impl Into<String>) -> Found {
    Found::CannotTell { reason: reason.into() }
}

fn happened(did: bool) -> Found {
    if did { Found::Happened } else { Found::DidNotHappen }
}

// ---- Stacks

/// A change set that was executed keeps saying so, unless it is gone: then the stack tells.
fn execution(seen: &Seen<'_>, region: &Region, name: &StackName, change_set: &str) -> Probed {
    if let Some(set) = building::change_set(seen, region, name, change_set)? {
        return Ok(match set.execution {
            Execution::InProgress | Execution::Complete | Execution::Failed => Found::Happened,
            Execution::Available | Execution::Unavailable | Execution::Obsolete => Found::DidNotHappen,
            Execution::Other(_) => cannot_tell(format!("the change set's execution is {}", set.execution)),
        });
    }
    Ok(match stacks::stack(seen, region, name)? {
        None => Found::DidNotHappen,
        Some(stack) if stack.is_in_review() => Found::DidNotHappen,
        Some(stack) if stack.is_in_progress() => Found::Happened,
        Some(stack) => cannot_tell(format!("the change set is gone, and {name} is {}", stack.status)),
    })
}

// ---- Promotions

/// Asked of the writer's region, done in the target's: either may know of it first.
fn switchover(seen: &Seen<'_>, global_cluster: &GlobalClusterId, target: &Arn, writer_region: &Region) -> Probed {
    let Some(target_region) = target.region() else {
        return Ok(cannot_tell(format!("{target} names no region")));
    };
    if let Ok(there) = stores::told_by(seen, global_cluster, writer_region)
        && there.value.failover.is_some()
    {
        return Ok(promotion(seen, &there, target));
    }
    stores::told_by(seen, global_cluster, &target_region).map(|told| promotion(seen, &told, target))
}

fn promotion(seen: &Seen<'_>, told: &Observed<&GlobalCluster>, target: &Arn) -> Found {
    let global = told.value;
    if let Some(failover) = &global.failover {
        return match &failover.to {
            Some(to) if to != target => cannot_tell(format!("somebody else's promotion, of {to}, is under way")),
            Some(_) | None => Found::UnderWay,
        };
    }
    match global.writer() {
        Some(writer) if writer.cluster == *target => Found::Happened,
        // Between two writers there is none.
        None => Found::UnderWay,
        Some(_) if told.at < after(seen.began_at, SETTLES) => Found::UnderWay,
        Some(_) => Found::DidNotHappen,
    }
}

// ---- Traffic

/// Every update counts the version up by one, and is refused unless it names the newest.
fn inversion(seen: &Seen<'_>, id: &HealthCheckId, version: i64, inverted: &Change<bool>) -> Probed {
    let Some(check) = traffic::check(seen, id)? else {
        return Ok(cannot_tell(format!("Route 53 has no health check {id}")));
    };
    let somebody_else = || cannot_tell(format!("somebody else changed health check {id}: it is at {}", check.version));
    Ok(if check.version == version {
        Found::DidNotHappen
    } else if check.version > version && check.inverted == inverted.to {
        Found::Happened
    } else {
        somebody_else()
    })
}

fn record_change(records: &[RecordSet], before: Option<&RecordSet>, after: Option<&RecordSet>) -> Found {
    let stands = |wanted: &RecordSet| records.iter().any(|record| same_record(record, wanted));
    let is_free = |place: &RecordSet| !records.iter().any(|record| same_place(record, place));
    let (happened, did_not) = match (before, after) {
        (None, None) => return cannot_tell("it changes nothing"),
        (None, Some(after)) => (stands(after), is_free(after)),
        (Some(before), None) => (is_free(before), stands(before)),
        (Some(before), Some(after)) if same_place(before, after) => (stands(after), stands(before)),
        (Some(before), Some(after)) => (stands(after) && is_free(before), stands(before) && is_free(after)),
    };
    let name = after.or(before).map(|record| record.name.to_string()).unwrap_or_default();
    told(happened, Some(did_not), &format!("the record of {name}"))
}

fn endpoint_group(seen: &Seen<'_>, arn: &Arn, dial: &Change<f64>, weights: &[(String, Change<u32>)]) -> Probed {
    let Some((_, group)) = traffic::endpoint_group(seen, arn)? else {
        return Ok(cannot_tell(format!("Global Accelerator has no endpoint group {arn}")));
    };
    let happened = traffic::dial_is(group, dial.to)
        && weights.iter().all(|(endpoint, weight)| traffic::weight_is(group, endpoint, weight.to));
    Ok(told(happened, as_before(group, dial, weights), arn.as_str()))
}

/// Whether the group is as it was; `None` where it is not known how it was.
fn as_before(group: &EndpointGroup, dial: &Change<f64>, weights: &[(String, Change<u32>)]) -> Option<bool> {
    let mut same = traffic::dial_is(group, dial.from?);
    for (endpoint, weight) in weights {
        same &= traffic::weight_is(group, endpoint, weight.from?);
    }
    Some(same)
}

// ---- Values

/// What became of a change whose value is seen.
fn changed<T: PartialEq>(change: &Change<T>, found: &T, what: &str) -> Found {
    told(*found == change.to, change.from.as_ref().map(|from| found == from), what)
}

/// `as_before` is `None` where it is not known what it was.
fn told(as_wanted: bool, as_before: Option<bool>, what: &str) -> Found {
    match (as_wanted, as_before) {
        (true, _) => Found::Happened,
        (false, Some(true) | None) => Found::DidNotHappen,
        (false, Some(false)) => {
            cannot_tell(format!("{what} is neither as it was nor as it was to be: somebody else changed it"))
        }
    }
}

fn event_source(seen: &Seen<'_>, region: &Region, uuid: &str, enabled: bool) -> Probed {
    let Some(source) = compute::event_source(seen, region, uuid)? else {
        return Ok(cannot_tell(format!("{region} has no event source {uuid}")));
    };
    let state = source.state.as_str();
    Ok(if state == compute::settled_state(enabled) {
        Found::Happened
    } else if state == compute::settled_state(!enabled) {
        Found::DidNotHappen
    } else if matches!(state, "Enabling" | "Disabling" | "Updating" | "Creating") {
        Found::UnderWay
    } else {
        cannot_tell(format!("event source {uuid} is {state}"))
    })
}
