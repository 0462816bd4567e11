//! Backups and stacks, region by region.

use super::evidence::Evidence;
use super::roles::Roles;
use crate::assessment::{BackupRow, Health, StackRow};
use crate::facts::backup::{BackupFacts, CopyState, Vault};
use crate::facts::stack::{DriftStatus, Stack};
use crate::id::{StackName, VaultName};
use crate::observation::Freshness;
use crate::read::Service;
use crate::time::Timestamp;
use crate::topology::InRegion;

pub(super) fn backups(evidence: &Evidence<'_>) -> Vec<BackupRow> {
    evidence.deployment.vaults.iter().map(|target| backup(evidence, target)).collect()
}

fn backup(evidence: &Evidence<'_>, target: &InRegion<VaultName>) -> BackupRow {
    let reading = evidence.reading(&target.region, |here| &here.backup);
    let facts = reading.and_then(crate::observation::Reading::value);
    let vault = facts.and_then(|facts| facts.vaults.iter().find(|vault| vault.name == target.name));
    BackupRow {
        region: target.region.clone(),
        vault: target.name.as_str().to_owned(),
        recovery_points: vault.map_or(0, |vault| vault.recovery_points),
        newest: vault.and_then(|vault| vault.newest),
        freshness: reading.map_or(Freshness::Pending, |reading| match vault {
            // A count may only be shown where there is one.
            None if facts.is_some() => Freshness::Unavailable,
            None | Some(_) => evidence.freshness(reading, Service::Backup),
        }),
        newest_copy: newest_copy(evidence, target),
        trouble: backup_trouble(target, facts, vault),
    }
}

/// Copies are listed where they leave from, so the other region is asked what has arrived here.
fn newest_copy(evidence: &Evidence<'_>, target: &InRegion<VaultName>) -> Option<Timestamp> {
    let from = evidence.deployment.regions.other(&target.region)?;
    evidence
        .value(from, |here| &here.backup)?
        .copies
        .iter()
        .filter(|copy| copy.state == CopyState::Completed && is_to(copy.destination_vault.as_ref(), target))
        .filter_map(|copy| copy.completed_at)
        .max()
}

fn is_to(arn: Option<&crate::id::Arn>, target: &InRegion<VaultName>) -> bool {
    arn.is_some_and(|arn| {
        arn.region().as_ref() == Some(&target.region)
            && arn.resource().and_then(|resource| resource.strip_prefix("backup-vault:")) == Some(target.name.as_str())
    })
}

fn backup_trouble(target: &InRegion<VaultName>, facts: Option<&BackupFacts>, vault: Option<&Vault>) -> Option<String> {
    let facts = facts?;
    let Some(vault) = vault else { return Some(format!("{} does not know this vault", target.region)) };
    let failed = facts.copies.first().filter(|copy| matches!(copy.state, CopyState::Failed | CopyState::Partial));
    if let Some(copy) = failed {
        let why = copy.message.as_deref().unwrap_or("AWS gives no reason");
        return Some(format!("the newest copy out of {} is {}: {why}", target.region, copy.state));
    }
    (vault.recovery_points > 0 && vault.newest.is_none())
        .then(|| "it holds recovery points, none of them completed".to_owned())
}

pub(super) fn stacks(evidence: &Evidence<'_>, roles: &Roles) -> Vec<StackRow> {
    evidence.deployment.stacks.iter().map(|target| stack(evidence, roles, target)).collect()
}

fn stack(evidence: &Evidence<'_>, roles: &Roles, target: &InRegion<StackName>) -> StackRow {
    let stacks = evidence.value(&target.region, |here| &here.stacks);
    let Some(stack) = stacks.and_then(|stacks| stacks.iter().find(|stack| stack.name == target.name)) else {
        let (health, detail) = match stacks {
            None => (Health::Unknown, "not read yet".to_owned()),
            Some(_) => (Health::Unknown, format!("{} does not know this stack", target.region)),
        };
        return StackRow {
            region: target.region.clone(),
            name: target.name.as_str().to_owned(),
            status: String::new(),
            drift: String::new(),
            health,
            detail,
        };
    };
    let swapped = roles.active.as_ref() == Some(&evidence.deployment.regions.partner);
    let (health, detail) = stack_health(stack, swapped);
    StackRow {
        region: target.region.clone(),
        name: stack.name.as_str().to_owned(),
        status: stack.status.clone(),
        drift: stack.drift.as_str().to_owned(),
        health,
        detail,
    }
}

fn stack_health(stack: &Stack, swapped: bool) -> (Health, String) {
    if stack.status.contains("FAILED") || stack.status.contains("ROLLBACK") {
        return (Health::Degraded, stack.status_reason.clone().unwrap_or_default());
    }
    if stack.status.ends_with("IN_PROGRESS") {
        let newest = stack.events.first();
        let detail = newest.map(|event| format!("{} {}", event.logical_id, event.status)).unwrap_or_default();
        return (Health::Unknown, detail);
    }
    match (&stack.drift, swapped) {
        (DriftStatus::Drifted, true) => (Health::Healthy, "drift is expected while the roles are swapped".to_owned()),
        (DriftStatus::Drifted, false) => (Health::Degraded, "something was changed beside the template".to_owned()),
        (DriftStatus::InSync | DriftStatus::NotChecked | DriftStatus::Unknown | DriftStatus::Other(_), _) => {
            (Health::Healthy, String::new())
        }
    }
}
