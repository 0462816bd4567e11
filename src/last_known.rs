//! What was last known of a deployment, kept between commands: a region that is lost tells a process that begins then
//! nothing of its records, its replication or its lag. Only what a failover needs is kept, no parameter and no identity,
//! and it is never taken for fresh: every fact keeps the time at which it was read.
//!
//! Losing the file loses a convenience. No trouble with it may stand in anybody's way.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use lifeboat_model::id::{AccountId, DeploymentName};
use lifeboat_model::observation::Reading;
use lifeboat_model::snapshot::{RegionSnapshot, Snapshot};
use lifeboat_model::time::{Duration, before};
use serde::{Deserialize, Serialize};

/// Of another version nothing is read.
const VERSION: u32 = 1;
/// How much of each series: enough for what its recent maximum is taken from.
const SERIES_KEPT: Duration = Duration::from_mins(30);

#[derive(Serialize, Deserialize)]
struct Kept {
    version: u32,
    deployment: DeploymentName,
    /// The same name may stand for another account by now.
    account: Option<AccountId>,
    snapshot: Snapshot,
}

/// What was known, and of which account. Nothing where nothing is kept, or what is kept cannot be read.
pub(crate) fn load(folder: &Path, deployment: &DeploymentName) -> (Snapshot, Option<AccountId>) {
    let path = path(folder, deployment);
    let read = fs::read(&path).and_then(|bytes| serde_json::from_slice::<Kept>(&bytes).map_err(io::Error::from));
    match read {
        Ok(kept) if kept.version == VERSION && kept.deployment == *deployment => (kept.snapshot, kept.account),
        Ok(_) => (Snapshot::default(), None),
        Err(error) => {
            if error.kind() != io::ErrorKind::NotFound {
                tracing::warn!(%error, path = %path.display(), "what was last known cannot be read, and is left aside");
            }
            (Snapshot::default(), None)
        }
    }
}

/// Keeps what is known now, for whoever comes later. What a session did not get to hear stays as it was known before.
pub(crate) fn keep(folder: &Path, deployment: &DeploymentName, account: Option<&AccountId>, snapshot: &Snapshot) {
    let (before, of) = load(folder, deployment);
    let is_same = account.is_none() || of.is_none() || account == of.as_ref();
    let snapshot = needed(snapshot);
    let kept = Kept {
        version: VERSION,
        deployment: deployment.clone(),
        account: account.cloned().or(of),
        snapshot: if is_same { joined(before, snapshot) } else { snapshot },
    };
    let written = serde_json::to_vec(&kept).map_err(io::Error::from).and_then(|text| write(folder, deployment, &text));
    if let Err(error) = written {
        tracing::warn!(%error, folder = %folder.display(), "what is known now could not be kept");
    }
}

/// In place of the old one at once: nobody reads half of it.
fn write(folder: &Path, deployment: &DeploymentName, text: &[u8]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let path = path(folder, deployment);
    let temporary = path.with_extension(format!("{}.part", std::process::id()));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    file.write_all(text)?;
    fs::rename(&temporary, &path)
}

/// A name may hold what a file's name may not.
fn path(folder: &Path, deployment: &DeploymentName) -> PathBuf {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    let name: String = deployment.as_str().chars().map(|letter| if plain(letter) { letter } else { '_' }).collect();
    folder.join(format!("{name}.json"))
}

fn needed(snapshot: &Snapshot) -> Snapshot {
    let regions = snapshot.regions.iter().map(|(region, here)| (region.clone(), needed_of(here))).collect();
    let mut series = snapshot.series.clone();
    for points in series.values_mut() {
        if let Some(newest) = points.last().map(|point| point.at) {
            points.retain(|point| point.at >= before(newest, SERIES_KEPT));
        }
    }
    Snapshot { regions, series }
}

/// The newer where there is one.
fn joined(before: Snapshot, now: Snapshot) -> Snapshot {
    let mut all = before;
    for (region, here) in now.regions {
        let held = all.regions.remove(&region).unwrap_or_default();
        all.regions.insert(region, joined_region(held, here));
    }
    for (key, points) in now.series {
        if !points.is_empty() || !all.series.contains_key(&key) {
            all.series.insert(key, points);
        }
    }
    all
}

fn joined_region(before: RegionSnapshot, now: RegionSnapshot) -> RegionSnapshot {
    fn newer<T>(before: Reading<T>, now: Reading<T>) -> Reading<T> {
        if now.last.is_some() { now } else { before }
    }
    RegionSnapshot {
        aurora: newer(before.aurora, now.aurora),
        tables: newer(before.tables, now.tables),
        buckets: newer(before.buckets, now.buckets),
        health_checks: newer(before.health_checks, now.health_checks),
        records: newer(before.records, now.records),
        metrics: newer(before.metrics, now.metrics),
        target_groups: newer(before.target_groups, now.target_groups),
        accelerators: newer(before.accelerators, now.accelerators),
        scaling_groups: newer(before.scaling_groups, now.scaling_groups),
        ..RegionSnapshot::default()
    }
}

/// How reading failed is not kept: it is another day's failure.
fn needed_of(here: &RegionSnapshot) -> RegionSnapshot {
    RegionSnapshot {
        aurora: value_of(&here.aurora),
        tables: value_of(&here.tables),
        buckets: value_of(&here.buckets),
        health_checks: value_of(&here.health_checks),
        records: value_of(&here.records),
        metrics: value_of(&here.metrics),
        target_groups: value_of(&here.target_groups),
        accelerators: value_of(&here.accelerators),
        scaling_groups: value_of(&here.scaling_groups),
        ..RegionSnapshot::default()
    }
}

fn value_of<T: Clone>(reading: &Reading<T>) -> Reading<T> {
    Reading { last: reading.last.clone(), failure: None }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
    use lifeboat_model::facts::Facts;
    use lifeboat_model::id::Region;
    use lifeboat_model::read::Service;
    use lifeboat_model::snapshot::Observation;
    use lifeboat_model::time::Timestamp;

    use super::*;

    fn seen(region: &str, service: Service, outcome: Result<Facts, CloudError>) -> Observation {
        Observation {
            deployment: "shop/eu".into(),
            region: Region::from(region),
            service,
            at: Timestamp::UNIX_EPOCH,
            outcome,
        }
    }

    #[test]
    fn what_a_failover_needs_comes_back_as_old_as_it_was_and_nothing_secret_does() {
        let folder = tempfile::tempdir().unwrap();
        let mut snapshot = Snapshot::default();
        snapshot.apply(seen("us-east-1", Service::Records, Ok(Facts::Records(Vec::new()))));
        snapshot.apply(seen("us-east-1", Service::Parameters, Ok(Facts::Parameters(Vec::new()))));
        let name = DeploymentName::from("shop/eu");
        let account = AccountId::from("123456789012");
        keep(folder.path(), &name, Some(&account), &snapshot);
        let (loaded, of) = load(folder.path(), &name);
        let here = loaded.region(&Region::from("us-east-1")).unwrap();
        assert_eq!(here.records.last.as_ref().map(|last| last.at), Some(Timestamp::UNIX_EPOCH));
        assert!(here.parameters.last.is_none(), "parameters are not kept");
        assert_eq!(of, Some(account));
        let mode = fs::metadata(path(folder.path(), &name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn who_begins_in_the_disaster_does_not_forget_what_was_known_before() {
        let folder = tempfile::tempdir().unwrap();
        let name = DeploymentName::from("shop");
        let (home, account) = (Region::from("us-east-1"), AccountId::from("123456789012"));
        let mut calm = Snapshot::default();
        calm.apply(seen("us-east-1", Service::Records, Ok(Facts::Records(Vec::new()))));
        keep(folder.path(), &name, Some(&account), &calm);
        let mut lost = Snapshot::default();
        let timeout = CloudError {
            kind: CloudErrorKind::Timeout,
            service: Service::Records,
            region: home.clone(),
            operation: "ListResourceRecordSets".to_owned(),
            message: "timed out".to_owned(),
            request_id: None,
            fix: None,
        };
        lost.apply(seen("us-east-1", Service::Records, Err(timeout)));
        keep(folder.path(), &name, None, &lost);
        let (loaded, of) = load(folder.path(), &name);
        assert!(loaded.region(&home).unwrap().records.last.is_some());
        assert_eq!(of, Some(account));
        keep(folder.path(), &name, Some(&AccountId::from("210987654321")), &lost);
        assert!(load(folder.path(), &name).0.region(&home).unwrap().records.last.is_none(), "another account");
    }

    #[test]
    fn a_file_that_is_damaged_or_of_another_version_is_as_none() {
        let folder = tempfile::tempdir().unwrap();
        let name = DeploymentName::from("shop");
        for text in
            ["", "{", r#"{"version":0,"deployment":"shop","account":null,"snapshot":{"regions":{},"series":[]}}"#]
        {
            fs::write(path(folder.path(), &name), text).unwrap();
            assert_eq!(load(folder.path(), &name), (Snapshot::default(), None), "{text}");
        }
    }
}
