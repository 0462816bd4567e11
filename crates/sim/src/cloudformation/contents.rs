//! What stands in the way of a deletion, and what a deletion leaves: what buckets and vaults hold, records that no stack
//! made, network interfaces that come back late, keys, parameters and snapshots that CloudFormation knows nothing of.
//! Clients of a deployment write until somebody begins to take it away: whoever does that has told them to go.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat_model::facts::route53::RecordSet;
use lifeboat_model::id::{Region, ZoneId};
use serde_json::Value;

use super::{Nature, Resource};
use crate::draw::{Topic, digest};

/// Versions that one request deletes at most.
pub(crate) const PAGE: u64 = 1_000;
/// How often a client's object reaches a bucket.
const OBJECT_EVERY_S: i64 = 10;
/// The most that a bucket holds: what is older was deleted by its owners.
const OBJECTS_AT_MOST: u64 = 50_000;
/// Recovery points are kept for as many days.
const DAYS_KEPT: u64 = 7;
/// Until a deleted recovery point is no longer shown.
const SHOWN_AT_LEAST_S: i64 = 20;
const SHOWN_AT_MOST_S: i64 = 90;
/// Until Lambda gives back a function's network interfaces.
const INTERFACES_AT_LEAST_S: i64 = 60;
const INTERFACES_AT_MOST_S: i64 = 900;
/// Days until a key that was deleted is gone.
const KEY_WINDOW_S: i64 = 7 * 86_400;

#[derive(Clone, Debug, Default)]
pub(crate) struct Contents {
    buckets: BTreeMap<String, Bucket>,
    vaults: BTreeMap<(Region, String), Vault>,
    /// SecureStrings, which no stack can make.
    secure: BTreeMap<(Region, String), Secure>,
    /// Keys that AWS makes when they are first asked for.
    managed_keys: BTreeSet<(Region, String)>,
    /// Keys of one's own that are on their way out: region, alias, key, when it is gone.
    doomed_keys: Vec<(Region, String, String, i64)>,
    snapshots: Vec<Snapshot>,
    interfaces: BTreeMap<(Region, String), i64>,
    /// Records that runs or people made, by zone.
    foreign: Vec<RecordSet>,
    writers: BTreeMap<String, Region>,
    kept: Vec<Orphan>,
}

#[derive(Clone, Debug, Default)]
struct Bucket {
    region: Option<Region>,
    /// There already when it was first looked at.
    stock: u64,
    filled_from: Option<i64>,
    filled_until: Option<i64>,
    removed: u64,
}

#[derive(Clone, Debug, Default)]
struct Vault {
    stock: u64,
    filled_from: Option<i64>,
    filled_until: Option<i64>,
    removed: u64,
    /// When those that were removed are no longer shown.
    shown_until: i64,
    shown: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Secure {
    /// Stands for the value, which is nowhere.
    pub(crate) word: u64,
    pub(crate) made_at: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Snapshot {
    pub(crate) region: Region,
    pub(crate) id: String,
    pub(crate) cluster: String,
    pub(crate) made_at: i64,
}

/// What a stack let go of without deleting it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Orphan {
    pub(crate) region: Region,
    pub(crate) kind: String,
    pub(crate) id: String,
    pub(crate) arn: String,
    pub(crate) tags: Vec<(String, String)>,
    pub(crate) since: i64,
}

impl Bucket {
    fn versions(&self, now: i64) -> u64 {
        let filled = self.filled_from.map_or(0, |from| {
            let until = self.filled_until.unwrap_or(now).min(now);
            u64::try_from((until - from).max(0) / OBJECT_EVERY_S).unwrap_or_default()
        });
        (self.stock + filled).min(OBJECTS_AT_MOST).saturating_sub(self.removed)
    }
}

impl Vault {
    fn points(&self, now: i64) -> u64 {
        let days = self.filled_from.map_or(0, |from| {
            let until = self.filled_until.unwrap_or(now).min(now);
            // Every day at five in the morning, four hours before offset zero's time of day, and ten minutes long.
            let morning = |second: i64| (second + 4 * 3_600 - 600).div_euclid(86_400);
            u64::try_from((morning(until) - morning(from)).max(0)).unwrap_or_default()
        });
        let there = (self.stock + days).saturating_sub(self.removed).min(DAYS_KEPT);
        if now < self.shown_until { there + self.shown } else { there }
    }
}

impl Contents {
    /// Something was made.
    pub(super) fn made(&mut self, region: &Region, resource: &Resource) {
        let id = resource.id.clone().unwrap_or_default();
        match resource.laid.kind.as_str() {
            "AWS::S3::Bucket" => {
                self.buckets.insert(id, Bucket { region: Some(region.clone()), ..Bucket::default() });
            }
            "AWS::Backup::BackupVault" => {
                self.vaults.insert((region.clone(), id), Vault::default());
            }
            "AWS::Route53::HostedZone" => self.foreign.retain(|record| record.zone.as_str() != id),
            "AWS::RDS::GlobalCluster" => {
                self.writers.remove(&id);
            }
            _ => {}
        }
    }

    /// Something was deleted.
    pub(super) fn deleted(&mut self, nature: Nature<'_>, region: &Region, resource: &Resource, now: i64) {
        let id = resource.id.clone().unwrap_or_default();
        match resource.laid.kind.as_str() {
            "AWS::S3::Bucket" => {
                self.buckets.remove(&id);
            }
            "AWS::Backup::BackupVault" => {
                self.vaults.remove(&(region.clone(), id));
            }
            "AWS::RDS::GlobalCluster" => {
                self.writers.remove(&id);
            }
            "AWS::KMS::Key" => self.doomed_keys.push((region.clone(), String::new(), id, now + KEY_WINDOW_S)),
            "AWS::Lambda::Function" => self.give_back_later(nature, region, &id, &resource.sent, now),
            _ => {}
        }
    }

    fn give_back_later(&mut self, nature: Nature<'_>, region: &Region, id: &str, sent: &Value, now: i64) {
        let Some(network) = sent.get("VpcConfig") else { return };
        let topic = Topic::new(id, "network interfaces");
        let free_at = now + nature.draw.seconds(topic, now, INTERFACES_AT_LEAST_S, INTERFACES_AT_MOST_S);
        let named =
            ["SecurityGroupIds", "SubnetIds"].iter().filter_map(|list| network.get(*list)?.as_array()).flatten();
        for id in named.filter_map(Value::as_str) {
            let until = self.interfaces.entry((region.clone(), id.to_owned())).or_default();
            *until = (*until).max(free_at);
        }
    }

    /// A deployment lives: its clients fill what it has.
    pub(super) fn fill(&mut self, buckets: &[String], vaults: &[(Region, String)], now: i64) {
        for bucket in buckets {
            let bucket = self.buckets.entry(bucket.clone()).or_default();
            (bucket.filled_from, bucket.filled_until) = (bucket.filled_from.or(Some(now)), None);
        }
        for vault in vaults {
            let vault = self.vaults.entry(vault.clone()).or_default();
            (vault.filled_from, vault.filled_until) = (vault.filled_from.or(Some(now)), None);
        }
    }

    /// It had been there for long when the account was first looked at.
    pub(super) fn stock(&mut self, buckets: &[String], vaults: &[(Region, String)]) {
        for name in buckets {
            let bucket = self.buckets.entry(name.clone()).or_default();
            bucket.stock = 1_200 + digest(name.as_bytes()) % 2_400;
        }
        for vault in vaults {
            self.vaults.entry(vault.clone()).or_default().stock = DAYS_KEPT;
        }
    }

    /// Its clients are gone.
    pub(super) fn leave(&mut self, buckets: &[String], vaults: &[(Region, String)], now: i64) {
        for name in buckets {
            if let Some(bucket) = self.buckets.get_mut(name) {
                bucket.filled_until = bucket.filled_until.or(Some(now));
            }
        }
        for vault in vaults {
            if let Some(vault) = self.vaults.get_mut(vault) {
                vault.filled_until = vault.filled_until.or(Some(now));
            }
        }
    }

    pub(crate) fn versions(&self, bucket: &str, now: i64) -> u64 {
        self.buckets.get(bucket).map_or(0, |bucket| bucket.versions(now))
    }

    pub(crate) fn points(&self, region: &Region, vault: &str, now: i64) -> u64 {
        self.vaults.get(&(region.clone(), vault.to_owned())).map_or(0, |vault| vault.points(now))
    }

    /// One page of a bucket's versions goes. How many.
    pub(super) fn empty_bucket(&mut self, bucket: &str, now: i64) -> u64 {
        let Some(bucket) = self.buckets.get_mut(bucket) else { return 0 };
        let page = bucket.versions(now).min(PAGE);
        bucket.removed += page;
        page
    }

    /// All recovery points of a vault go, and are shown for a while yet. How many.
    pub(super) fn empty_vault(&mut self, nature: Nature<'_>, region: &Region, name: &str, now: i64) -> u64 {
        let Some(vault) = self.vaults.get_mut(&(region.clone(), name.to_owned())) else { return 0 };
        if now < vault.shown_until {
            return 0;
        }
        let there = vault.points(now);
        if there > 0 {
            vault.removed += there;
            vault.shown = there;
            vault.shown_until =
                now + nature.draw.seconds(Topic::new(name, "recovery points"), now, SHOWN_AT_LEAST_S, SHOWN_AT_MOST_S);
        }
        there
    }

    pub(crate) fn bucket_region(&self, bucket: &str) -> Option<&Region> {
        self.buckets.get(bucket)?.region.as_ref()
    }

    pub(super) fn interfaces_until(&self, region: &Region, id: &str) -> Option<i64> {
        self.interfaces.get(&(region.clone(), id.to_owned())).copied()
    }

    pub(crate) fn has_key(&self, region: &Region, alias: &str) -> bool {
        self.managed_keys.contains(&(region.clone(), alias.to_owned()))
    }

    pub(crate) fn make_key(&mut self, region: &Region, alias: &str) -> bool {
        self.managed_keys.insert((region.clone(), alias.to_owned()))
    }

    pub(crate) fn doomed_keys(&self, region: &Region, now: i64) -> impl Iterator<Item = (&str, &str, i64)> {
        let own = self.doomed_keys.iter().filter(move |(own, _, _, until)| own == region && *until > now);
        own.map(|(_, alias, key, until)| (alias.as_str(), key.as_str(), *until))
    }

    pub(crate) fn secure(&self, region: &Region, name: &str) -> Option<&Secure> {
        self.secure.get(&(region.clone(), name.to_owned()))
    }

    pub(crate) fn secure_of<'a>(&'a self, region: &'a Region) -> impl Iterator<Item = (&'a str, &'a Secure)> {
        self.secure.iter().filter(move |((own, _), _)| own == region).map(|((_, name), secure)| (name.as_str(), secure))
    }

    pub(crate) fn put_secure(&mut self, region: &Region, name: &str, word: u64, now: i64) {
        self.secure.insert((region.clone(), name.to_owned()), Secure { word, made_at: now });
    }

    pub(crate) fn delete_secure(&mut self, region: &Region, name: &str) {
        self.secure.remove(&(region.clone(), name.to_owned()));
    }

    pub(crate) fn snapshots<'a>(&'a self, region: &'a Region) -> impl Iterator<Item = &'a Snapshot> {
        self.snapshots.iter().filter(move |own| own.region == *region)
    }

    /// Aurora keeps what a lost writer had, whoever else may have it.
    pub(super) fn snapshot(&mut self, region: &Region, cluster: &str, now: i64) {
        let id = format!(
            "rds:unplanned-global-failover-{cluster}-{:08x}",
            digest(format!("{cluster}{now}").as_bytes()) >> 32
        );
        self.snapshots.push(Snapshot { region: region.clone(), id, cluster: cluster.to_owned(), made_at: now });
    }

    pub(super) fn move_writer(&mut self, global: &str, region: &Region) {
        self.writers.insert(global.to_owned(), region.clone());
    }

    pub(super) fn moved_writer(&self, global: &str) -> Option<&Region> {
        self.writers.get(global)
    }

    pub(crate) fn foreign_records<'a>(&'a self, zone: &'a str) -> impl Iterator<Item = &'a RecordSet> {
        self.foreign.iter().filter(move |record| record.zone.as_str() == zone)
    }

    pub(super) fn has_foreign_record(&self, zone: &str, name: &str, kind: &str) -> bool {
        self.foreign_records(zone).any(|record| record.name.as_str() == name && record.record_type == kind)
    }

    pub(super) fn change_foreign(&mut self, zone: &ZoneId, before: Option<&RecordSet>, after: Option<&RecordSet>) {
        let same = |one: &RecordSet, other: &RecordSet| {
            one.name == other.name && one.record_type == other.record_type && one.set_identifier == other.set_identifier
        };
        if let Some(before) = before {
            self.foreign.retain(|own| own.zone != *zone || !same(own, before));
        }
        self.foreign.extend(after.cloned());
    }

    pub(super) fn keep(&mut self, orphan: Orphan) {
        self.kept.push(orphan);
    }

    pub(crate) fn keeps(&self, region: &Region, kind: &str, id: &str) -> bool {
        self.kept.iter().any(|own| own.region == *region && own.kind == kind && own.id == id)
    }

    pub(crate) fn all_orphans(&self) -> impl Iterator<Item = &Orphan> {
        self.kept.iter()
    }

    pub(crate) fn orphans<'a>(&'a self, region: &'a Region) -> impl Iterator<Item = &'a Orphan> {
        self.kept.iter().filter(move |own| own.region == *region)
    }

    /// CloudFormation deletes secrets at once; nothing schedules one here yet but what a stack lets go of.
    pub(super) fn scheduled_secret(&self, region: &Region, name: &str) -> bool {
        self.orphans(region)
            .any(|own| own.kind == "AWS::SecretsManager::Secret" && own.id.contains(name) && !name.is_empty())
    }
}
