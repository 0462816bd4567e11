//! Canaries as a run writes and seeks them: acknowledged exactly where a client's write would be, found where each
//! store's own way of replicating has brought them, and as good a measure of loss as their interval allows.

use std::collections::BTreeMap;
use std::time::Duration;

use lifeboat_model::assessment::StoreKind;
use lifeboat_model::call::{Call, Receipt};
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::facts::Facts;
use lifeboat_model::port::{Mutate, Observe};
use lifeboat_model::read::Read;
use lifeboat_model::run::TrueLoss;
use lifeboat_model::time::{Timestamp, age};
use lifeboat_model::topology::{Blueprint, Deployment};
use lifeboat_sim::{EPOCH, Pace, SimCloud};

use crate::looking::{deployment, scenario};

const INTERVAL: Duration = Duration::from_secs(5);

/// Somebody who writes canaries to one deployment and remembers which were acknowledged.
pub(crate) struct Writer {
    pub(crate) cloud: SimCloud,
    pub(crate) deployment: Deployment,
    written: Vec<(String, Timestamp, bool)>,
}

impl Writer {
    pub(crate) fn new(cloud: &SimCloud, blueprint: Blueprint) -> Self {
        Self { cloud: cloud.clone(), deployment: deployment(cloud, blueprint), written: Vec::new() }
    }

    pub(crate) async fn write(&mut self) -> Result<(), CloudError> {
        self.write_for_receipt().await.map(drop)
    }

    pub(crate) async fn write_for_receipt(&mut self) -> Result<Receipt, CloudError> {
        let canary = self.deployment.canary.clone().expect("it can be measured");
        let nonce = format!("{}-{}", self.deployment.name, self.written.len());
        let outcome = self.cloud.write_canary(&canary, &nonce).await;
        self.written.push((nonce, self.cloud.clock().now(), outcome.is_ok()));
        outcome
    }

    /// The nonce of the newest.
    pub(crate) fn newest(&self) -> String {
        self.written.last().expect("something was written").0.clone()
    }

    /// Writes one each interval for so many seconds.
    pub(crate) async fn go_on(&mut self, seconds: u64) {
        for _ in 0..seconds / INTERVAL.as_secs() {
            drop(self.write().await);
            self.cloud.sim_clock().advance(INTERVAL);
        }
    }

    /// Which of the acknowledged ones a store has: nonce to found.
    pub(crate) async fn seek(&self, store: StoreKind) -> Result<BTreeMap<String, Option<bool>>, CloudError> {
        let canary = self.deployment.canary.clone().expect("it can be measured");
        let nonces = self.written.iter().filter(|(_, _, good)| *good).map(|(nonce, ..)| nonce.clone()).collect();
        match self.cloud.read(&self.deployment.regions.home, &Read::Canaries { canary, store, nonces }).await? {
            Facts::Canaries(seen) => Ok(seen.into_iter().map(|seen| (seen.nonce, seen.found)).collect()),
            other => panic!("{other:?}"),
        }
    }

    /// As a run measures it: the longest row of failures, and by store the time of what is missing.
    async fn measured(&self) -> (Duration, BTreeMap<StoreKind, Duration>) {
        let mut rto = Duration::ZERO;
        let mut failing_since = None;
        for (_, at, good) in &self.written {
            match (failing_since, good) {
                (None, false) => failing_since = Some(*at),
                (Some(since), true) => {
                    rto = rto.max(age(*at, since));
                    failing_since = None;
                }
                (None, true) | (Some(_), false) => {}
            }
        }
        let mut rpo = BTreeMap::new();
        for store in self.deployment.canary.iter().flat_map(|canary| canary.read_urls.keys()) {
            let found = self.seek(*store).await.expect("the store can be asked");
            let missing = |(nonce, at, good): &&(String, Timestamp, bool)| {
                good.then(|| found.get(nonce).copied().flatten().expect("it is known")).is_some_and(|found| !found)
                    && *at >= EPOCH
            };
            let missing: Vec<Timestamp> = self.written.iter().filter(missing).map(|(_, at, _)| *at).collect();
            let time = missing.first().zip(missing.last()).map(|(first, last)| age(*last, *first) + INTERVAL);
            rpo.insert(*store, time.unwrap_or_default());
        }
        (rto, rpo)
    }

    fn truth(&self, since: Timestamp) -> TrueLoss {
        Observe::truth(&self.cloud, &self.deployment.name, since).expect("the simulator knows")
    }
}

fn begin(name: &str, seed: u64) -> SimCloud {
    SimCloud::fresh(scenario(name), seed, Pace::Stepped)
}

/// The partner cluster's promotion, for architectures with a database.
pub(crate) fn failover(deployment: &Deployment) -> Option<Call> {
    let global_cluster = deployment.global_cluster.clone()?;
    let name = match deployment.blueprint? {
        Blueprint::Ecommerce => "ecommerce-aurora-secondary-dev",
        Blueprint::PaymentsAurora => "aurora-dr-dev",
        Blueprint::GlobalAccelerator => "accelerated-secondary-dev",
        Blueprint::Serverless | Blueprint::PaymentsServerless => return None,
    };
    let target_region = deployment.regions.partner.clone();
    let target = format!("arn:aws:rds:{target_region}:123456789012:cluster:{name}").into();
    Some(Call::FailoverGlobalCluster { global_cluster, target, target_region })
}

fn near(measured: Duration, truth: Duration) -> bool {
    measured.abs_diff(truth) <= INTERVAL + Duration::from_secs(1)
}

#[tokio::test]
async fn every_deployment_can_be_measured_in_each_of_its_stores() {
    let cloud = begin("calm", 1);
    for blueprint in Blueprint::ALL {
        let mut writer = Writer::new(&cloud, blueprint);
        let canary = writer.deployment.canary.clone().expect("it has a canary");
        assert_eq!(canary.read_urls.contains_key(&StoreKind::Aurora), writer.deployment.global_cluster.is_some());
        assert_eq!(canary.interval, INTERVAL);
        writer.write().await.unwrap_or_else(|error| panic!("{blueprint}: {error:?}"));
        for store in canary.read_urls.keys() {
            assert!(writer.seek(*store).await.expect("it answers").values().all(|found| *found == Some(true)));
        }
        let never = Read::Canaries { canary, store: StoreKind::DynamoDb, nonces: vec!["never".to_owned()] };
        let Ok(Facts::Canaries(seen)) = cloud.read(&"us-east-1".into(), &never).await else { panic!("no answer") };
        assert_eq!(seen.first().map(|seen| seen.found), Some(Some(false)), "{blueprint}");
    }
}

#[tokio::test]
async fn what_canaries_measure_is_within_an_interval_of_the_truth_in_a_region_loss() {
    for blueprint in [Blueprint::Ecommerce, Blueprint::PaymentsAurora, Blueprint::GlobalAccelerator] {
        for seed in 0..8 {
            let cloud = begin("region-loss", seed);
            let mut writer = Writer::new(&cloud, blueprint);
            cloud.sim_clock().advance(Duration::from_secs(seed % 5));
            writer.go_on(120).await;
            let asked = cloud.clock().now();
            cloud.perform(&failover(&writer.deployment).expect("it has Aurora")).await.expect("it begins");
            writer.go_on(400).await;
            let truth = writer.truth(asked);
            let (rto, rpo) = writer.measured().await;
            assert!(truth.rto >= Duration::from_secs(90), "{blueprint}, seed {seed}: {truth:?}");
            assert!(truth.rto_longest >= truth.rto);
            assert!(near(rto, truth.rto), "{blueprint}, seed {seed}: measured {rto:?}, {truth:?}");
            for (store, measured) in &rpo {
                let really = truth.rpo.get(store).copied().expect("it is known of every store");
                assert!(near(*measured, really), "{blueprint}, seed {seed}, {store:?}: {rpo:?}, {truth:?}");
            }
            let lost = |store: StoreKind| truth.rpo.get(&store).is_some_and(|lost| *lost > Duration::ZERO);
            assert!(lost(StoreKind::Aurora) && lost(StoreKind::S3), "{blueprint}, seed {seed}: {truth:?}");
            assert_eq!(writer.truth(cloud.clock().now()).rto, Duration::ZERO, "nothing is wrong any more");
        }
    }
}

#[tokio::test]
async fn every_way_to_lose_writes_is_measured_within_an_interval() {
    for name in ["split-brain-risk", "replica-lag", "partition", "region-returns", "stuck-dns", "slow-promotion"] {
        for seed in 0..4 {
            let cloud = begin(name, seed);
            let mut writer = Writer::new(&cloud, Blueprint::PaymentsAurora);
            let since = cloud.clock().now();
            writer.go_on(240).await;
            cloud.perform(&failover(&writer.deployment).expect("it has Aurora")).await.expect("it begins");
            writer.go_on(300).await;
            // A region that cannot be asked tells nothing of what it has.
            if writer.seek(StoreKind::Aurora).await.is_ok_and(|seen| seen.values().all(Option::is_some)) {
                let truth = writer.truth(since);
                let (rto, rpo) = writer.measured().await;
                let still_failing = writer.write().await.is_err();
                assert!(still_failing || near(rto, truth.rto), "{name}, seed {seed}: measured {rto:?}, {truth:?}");
                for (store, measured) in &rpo {
                    let really = truth.rpo.get(store).copied().expect("it is known of every store");
                    assert!(near(*measured, really), "{name}, seed {seed}, {store:?}: {rpo:?}, {truth:?}");
                }
            }
        }
    }
}

#[tokio::test]
async fn commits_to_a_deposed_writer_are_there_until_it_is_rebuilt_and_never_at_the_writer() {
    let cloud = begin("split-brain-risk", 6);
    let mut writer = Writer::new(&cloud, Blueprint::PaymentsAurora);
    writer.go_on(120).await;
    cloud.perform(&failover(&writer.deployment).expect("it has Aurora")).await.expect("it begins");
    cloud.sim_clock().advance(Duration::from_mins(2));
    writer.write().await.expect("the deposed writer acknowledges it");
    let deposed = writer.newest();
    let seen = writer.seek(StoreKind::Aurora).await.expect("home answers");
    assert_eq!(seen.get(&deposed), Some(&None), "the writer cannot be reached from there, and the other tells nothing");
    // The link is back after half an hour, and the deposed volume is thrown away.
    cloud.sim_clock().advance(Duration::from_hours(2));
    let seen = writer.seek(StoreKind::Aurora).await.expect("home answers");
    assert_eq!(seen.get(&deposed), Some(&Some(false)));
    assert_eq!(seen.values().next(), Some(&Some(true)), "what was written in calm is everywhere");
    let items = writer.seek(StoreKind::DynamoDb).await.expect("home answers");
    assert_eq!(items.get(&deposed), Some(&Some(true)), "a table takes writes on both sides");
}

#[tokio::test]
async fn what_a_lost_region_holds_is_missing_until_it_returns() {
    let cloud = begin("region-returns", 20);
    let mut writer = Writer::new(&cloud, Blueprint::PaymentsServerless);
    // One in the last moment before the region is lost.
    cloud.sim_clock().advance(Duration::from_secs(59));
    writer.write().await.expect("it is acknowledged");
    let last = writer.newest();
    cloud.sim_clock().advance(Duration::from_secs(61));
    assert_eq!(writer.seek(StoreKind::S3).await.expect_err("nobody there").kind, CloudErrorKind::Unreachable);
    let since = cloud.clock().now();
    cloud.sim_clock().advance(Duration::from_mins(3));
    let objects = writer.seek(StoreKind::S3).await.expect("the standby answers");
    assert_eq!(objects.get(&last), Some(&Some(false)), "its object waits in the lost region");
    let missing = writer.truth(since).rpo.get(&StoreKind::S3).copied().unwrap_or_default();
    assert!((1..=20).contains(&missing.as_secs()), "{missing:?}");
    let later = writer.truth(cloud.clock().now());
    assert!(later.rpo.values().all(Duration::is_zero), "it was missing before anybody asked: {later:?}");
    cloud.sim_clock().advance(Duration::from_mins(20));
    let objects = writer.seek(StoreKind::S3).await.expect("it answers");
    assert_eq!(objects.get(&last), Some(&Some(true)), "and arrives once the region is back");
}

#[tokio::test]
async fn a_canary_fails_exactly_when_clients_of_its_vantage_do() {
    for name in ["gray-failure", "region-loss", "half-deleted", "calm"] {
        for blueprint in Blueprint::ALL {
            let cloud = begin(name, 3);
            let writer = Writer::new(&cloud, blueprint);
            let canary = writer.deployment.canary.clone().expect("it has a canary");
            for second in 1..240_u32 {
                cloud.sim_clock().advance(Duration::from_secs(1));
                let good = cloud.write_canary(&canary, &second.to_string()).await.is_ok();
                let outages = cloud.truth(&writer.deployment).expect("it is there").outages;
                let failing = outages.iter().any(|outage| outage.vantage == "us-east-1" && outage.ended.is_none());
                assert_eq!(good, !failing, "{name}, {blueprint}, second {second}");
            }
        }
    }
}

#[tokio::test]
async fn canaries_pass_by_every_api_that_fails() {
    for name in ["lost-replies", "throttled-changes", "denied-changes", "expired-credentials"] {
        let cloud = begin(name, 1);
        let mut writer = Writer::new(&cloud, Blueprint::GlobalAccelerator);
        // Where a region is lost as well, clients are elsewhere by then.
        cloud.sim_clock().advance(Duration::from_secs(30));
        writer.write().await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(writer.seek(StoreKind::Aurora).await.expect("it answers").len(), 1);
    }
    let elsewhere = Writer::new(&begin("calm", 1), Blueprint::Ecommerce);
    let mut canary = elsewhere.deployment.canary.clone().expect("it has a canary");
    canary.write_url = "https://nobody.example.com/canary".to_owned();
    let error = elsewhere.cloud.write_canary(&canary, "a").await.expect_err("no such name");
    assert_eq!((error.kind, error.region.as_str()), (CloudErrorKind::Unreachable, "us-east-1"));
}
