//! What must be seen of what stacks are made by and leave to others: change sets, buckets and vaults that are to be empty,
//! parameters, and what is left once everything is gone.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat_model::call::LateValue;
use lifeboat_model::facts::Facts;
use lifeboat_model::facts::change_set::{ChangeAction, ChangeSet, Replacement, ResourceChange};
use lifeboat_model::facts::leftover::{Found, Named};
use lifeboat_model::id::{Arn, BucketName, ParameterName, Region, StackName, VaultName};
use lifeboat_model::plan::{Leftovers, NoMoreThan};
use lifeboat_model::read::{PlannedRead, Read};
use lifeboat_model::wording::list;

use super::seen::{Judged, Silent};
use super::{Asked, Held, Seen};
use crate::findings::question;
use crate::{late, questions};

fn other_answer(asked: &PlannedRead) -> Silent {
    Silent(format!("{} in {} gave another answer than was asked for", asked.read.service(), asked.region))
}

// ---- Change sets

pub(super) fn change_set<'a>(
    seen: &Seen<'a>,
    region: &Region,
    stack: &StackName,
    name: &str,
) -> Result<Option<&'a ChangeSet>, Silent> {
    let asked = questions::change_set(region, stack, name);
    match seen.found(&asked)?.value {
        Facts::ChangeSet(found) => Ok(found.as_ref()),
        _ => Err(other_answer(&asked)),
    }
}

pub(super) fn change_set_ready(
    seen: &Seen<'_>,
    region: &Region,
    stack: &StackName,
    name: &str,
    only: &NoMoreThan,
) -> Judged {
    let Some(set) = change_set(seen, region, stack, name)? else {
        return Ok(Held::NotYet(format!("{region} does not know the change set of {stack} yet")));
    };
    if set.is_pending() {
        return Ok(Held::NotYet(format!("the change set of {stack} is {}", set.status)));
    }
    // Nothing to change is what was to be reached.
    if set.is_empty() {
        return Ok(Held::Yes);
    }
    if !set.is_ready() {
        let why = set.reason.as_deref().unwrap_or("AWS does not say why");
        return Ok(Held::Never(format!("the change set of {stack} is {}: {why}", set.status)));
    }
    let beyond: Vec<String> = set.changes.iter().filter(|change| !is_named(change, only)).map(words).collect();
    Ok(if beyond.is_empty() {
        Held::Yes
    } else {
        Held::Never(format!(
            "AWS would do more to {stack} than was approved: {}; give the run up and make the plan again, which then \
             names it",
            list(&beyond)
        ))
    })
}

/// Whether a change is among those that were approved. What is only added or modified is never lost.
fn is_named(change: &ResourceChange, only: &NoMoreThan) -> bool {
    match &change.action {
        ChangeAction::Remove => only.removes.contains(&change.logical_id) || only.replaces.contains(&change.logical_id),
        _ => !change.may_lose() || only.replaces.contains(&change.logical_id),
    }
}

fn words(change: &ResourceChange) -> String {
    let ResourceChange { logical_id, resource_type, .. } = change;
    match (&change.action, &change.replacement) {
        (ChangeAction::Remove, _) => format!("it removes {logical_id} ({resource_type})"),
        (_, Some(Replacement::Conditional)) => format!("it may REPLACE {logical_id} ({resource_type})"),
        _ => format!("it REPLACES {logical_id} ({resource_type})"),
    }
}

// ---- Buckets, vaults, parameters

pub(super) fn named<'a>(seen: &Seen<'a>, region: &Region, named: Named) -> Result<&'a [Found], Silent> {
    let asked = questions::named(region, named);
    match seen.found(&asked)?.value {
        Facts::Named(found) => Ok(found),
        _ => Err(other_answer(&asked)),
    }
}

pub(super) fn bucket_empty(seen: &Seen<'_>, region: &Region, bucket: &BucketName) -> Judged {
    let asked = questions::contents(region, bucket);
    let Facts::BucketContents(buckets) = seen.found(&asked)?.value else { return Err(other_answer(&asked)) };
    // A bucket that is not there holds nothing.
    let Some(found) = buckets.iter().find(|found| found.name == *bucket) else { return Ok(Held::Yes) };
    if found.is_empty() {
        return Ok(Held::Yes);
    }
    let more = if found.is_more { "at least " } else { "" };
    Ok(Held::Again(format!(
        "{bucket} still has {more}{} versions, {} delete markers and {} unfinished uploads",
        found.versions, found.delete_markers, found.uploads
    )))
}

pub(super) fn vault_empty(seen: &Seen<'_>, region: &Region, vault: &VaultName) -> Judged {
    let points = named(seen, region, Named::RecoveryPoint(vault.clone()))?;
    let is_going = |point: &&Found| point.state.as_deref() == Some("DELETING");
    let going = points.iter().filter(is_going).count();
    Ok(match points.len() {
        0 => Held::Yes,
        all if all == going => Held::NotYet(format!("{going} recovery points of {vault} are being deleted")),
        all => Held::Again(format!("{vault} still has {all} recovery points")),
    })
}

pub(super) fn has_parameter(seen: &Seen<'_>, region: &Region, name: &ParameterName) -> Result<bool, Silent> {
    Ok(!named(seen, region, Named::SsmParameter(name.clone()))?.is_empty())
}

/// Whether the region tells the endpoint that follows the writer.
pub(super) fn writer_endpoint(seen: &Seen<'_>, region: &Region, global_cluster: &LateValue) -> Judged {
    let Seen { plan, findings, began_at, .. } = *seen;
    let Some(asked) = late::cluster_question(region, global_cluster, plan, findings, began_at) else {
        return Err(Silent("which global cluster it is has not been told yet".to_owned()));
    };
    let Facts::Aurora(facts) = seen.found(&asked)?.value else { return Err(other_answer(&asked)) };
    Ok(match &facts.global {
        None => Held::NotYet(format!("{region} knows no such global cluster yet")),
        Some(global) if global.endpoint.is_some() => Held::Yes,
        Some(global) => Held::NotYet(format!("{} has no endpoint yet that follows the writer", global.id)),
    })
}

// ---- What is left

/// The tag by which everything that Lifeboat makes is found: each further one only narrows it.
fn ask_tagged(region: &Region, (key, value): &(String, String)) -> PlannedRead {
    question(region, Read::Tagged { key: key.clone(), value: value.clone() })
}

pub(super) fn ask_leftovers(region: &Region, looks: &Leftovers, seen: &Asked<'_>) -> Vec<PlannedRead> {
    let mut asked: Vec<PlannedRead> = looks.tags.first().map(|tag| ask_tagged(region, tag)).into_iter().collect();
    let tagged = asked.first().and_then(|asked| seen.findings.get(asked)).and_then(|reading| reading.value());
    if let Some(Facts::Tagged(tagged)) = tagged {
        let keys = tagged.iter().filter(|(arn, tags)| bears_all(tags, looks) && is_key(arn));
        asked.extend(keys.map(|(arn, _)| questions::named(region, key_of(arn))));
    }
    asked.extend(looks.named.iter().map(|named| questions::named(region, named.clone())));
    asked.extend(looks.stacks.iter().map(|stack| questions::stack(region, stack)));
    asked
}

fn bears_all(tags: &BTreeMap<String, String>, looks: &Leftovers) -> bool {
    looks.tags.iter().all(|(key, value)| tags.get(key) == Some(value))
}

fn is_key(arn: &Arn) -> bool {
    arn.as_str().contains(":kms:") && arn.as_str().contains(":key/")
}

fn key_of(arn: &Arn) -> Named {
    Named::KmsKey(arn.to_string())
}

/// Whether it is a stack that is looked for by itself.
fn is_told(arn: &Arn, looks: &Leftovers) -> bool {
    let Some((service, rest)) = arn.as_str().split_once(":stack/") else { return false };
    let name = rest.split('/').next().unwrap_or_default();
    service.contains(":cloudformation:") && looks.stacks.iter().any(|stack| stack.as_str() == name)
}

/// AWS's index of tags names what was deleted for a while; so this is waited for, and what is still named then is told.
pub(super) fn nothing_left(seen: &Seen<'_>, region: &Region, looks: &Leftovers) -> Judged {
    let mut left: BTreeSet<String> = BTreeSet::new();
    for name in &looks.stacks {
        if let Some(stack) = super::stacks::stack(seen, region, name)? {
            left.insert(format!("stack {name} ({})", stack.status));
        }
    }
    for name in &looks.named {
        left.extend(named(seen, region, name.clone())?.iter().filter_map(cost_of));
    }
    if let Some(tag) = looks.tags.first() {
        let asked = ask_tagged(region, tag);
        let Facts::Tagged(tagged) = seen.found(&asked)?.value else { return Err(other_answer(&asked)) };
        for (arn, _) in tagged.iter().filter(|(arn, tags)| bears_all(tags, looks) && !is_told(arn, looks)) {
            // A key that was deleted goes by itself after its waiting period; one that was kept stays, and costs.
            if is_key(arn) {
                left.extend(named(seen, region, key_of(arn))?.iter().filter_map(cost_of));
            } else {
                left.insert(arn.to_string());
            }
        }
    }
    let left: Vec<String> = left.into_iter().collect();
    Ok(if left.is_empty() { Held::Yes } else { Held::NotYet(format!("left in {region}: {}", left.join("; "))) })
}

/// What a thing is, and what it costs a month while it stays; `None` for what goes by itself and costs nothing.
fn cost_of(found: &Found) -> Option<String> {
    /// US dollars a GiB and month, by AWS's list prices of us-east-1.
    const LOGS: f64 = 0.03;
    const SNAPSHOT: f64 = 0.021;
    const RECOVERY_POINT: f64 = 0.021;
    const TABLE: f64 = 0.25;
    let stored = |price: f64| {
        #[expect(clippy::cast_precision_loss, reason = "dollars are told to the cent")]
        found.bytes.map(|bytes| bytes as f64 / 1_073_741_824.0 * price)
    };
    let (what, usd_month) = match &found.named {
        Named::LogGroup(_) => ("log group", stored(LOGS)),
        Named::Secret(_) if found.deleted_at.is_some() => ("secret that is scheduled for deletion", Some(0.0)),
        Named::Secret(_) => ("secret", Some(0.40)),
        Named::SsmParameter(_) => ("parameter", Some(0.0)),
        Named::KmsKey(_) if found.state.as_deref() == Some("PendingDeletion") => return None,
        Named::KmsKey(_) => ("key", Some(1.0)),
        Named::RecoveryPoint(_) => ("recovery point", stored(RECOVERY_POINT)),
        Named::DbClusterSnapshot(_) => ("snapshot", stored(SNAPSHOT)),
        Named::Table(_) => ("table", stored(TABLE)),
        Named::Bucket(_) => ("bucket", None),
    };
    let cost = match usd_month {
        Some(usd) => format!("${usd:.2} a month"),
        None => "AWS does not say how large it is".to_owned(),
    };
    Some(format!("{what} {} ({cost})", found.id))
}
