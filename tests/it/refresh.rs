//! Measurements of one refresh against AWS at a distance. They are programs, not tests: they assert nothing about
//! time, and run only when asked for (the commands are in `docs/benchmarks.md`).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lifeboat_engine::clock::SystemClock;
use lifeboat_engine::watch::refresh_once;
use lifeboat_model::id::Arn;
use lifeboat_model::read::{OPERATIONS, Tempo};
use lifeboat_model::time::Clock;
use lifeboat_model::topology::Deployment;

use crate::it::harness::ministack;
use crate::it::observer::{Keys, observer_with, settings};
use crate::it::program::Deployed;
use crate::it::proxy::{Matching, Recorded};
use crate::it::recorded;

/// What each request takes, besides the emulator's own time.
const DISTANCE: Duration = Duration::from_millis(100);

/// The longest chain of requests that need one another: an accelerator's listeners, their endpoint groups, and the
/// metrics of those groups. Aurora's is as long: the global cluster, its member here, and the member's metrics.
const LONGEST_CHAIN: u32 = 3;

/// How often each is measured; the middle one is told.
const TIMES: usize = 9;

/// Every kind of resource there is, the accelerator by recorded answers.
fn largest(deployed: &Deployed) -> Deployment {
    let arn = "arn:aws:globalaccelerator::123456789012:accelerator/1234abcd-abcd-1234-abcd-1234abcdefgh";
    let mut deployment = deployed.filled.deployment();
    deployment.accelerators = vec![Arn::from(arn)];
    for (operation, answer) in recorded::accelerator(arn, ["us-east-1", "us-east-2"]) {
        deployed.inject(Matching::operation(operation), answer);
    }
    deployment
}

fn by_operation(requests: &[Recorded]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for request in requests {
        *counts.entry(request.operation.as_str()).or_default() += 1;
    }
    counts
}

/// Requests of services that are asked every minute when nothing happens; the others are asked every five or more.
fn every_minute(requests: &[Recorded]) -> usize {
    let cadence = |request: &Recorded| {
        let operation = OPERATIONS.iter().find(|operation| operation.name == request.operation);
        operation.map(|operation| operation.service.cadence(Tempo::Calm))
    };
    requests.iter().filter(|request| cadence(request).is_some_and(|cadence| cadence <= Duration::from_mins(1))).count()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement: see docs/benchmarks.md"]
async fn one_refresh_against_its_longest_chain() {
    let deployed = Deployed::on(ministack());
    let deployment = largest(&deployed);
    let limit = Duration::from_secs(30);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let cloud = Arc::new(observer_with(&Keys::of(&deployed.account), settings(&deployed.account, &deployed.resolver)));

    // Once at no distance: connections, credentials and the emulator are warm afterwards, as in a running console.
    let warm = refresh_once(&deployment, cloud.clone(), Arc::clone(&clock), limit).await;
    let failed: Vec<_> = warm.iter().filter_map(|observation| observation.outcome.as_ref().err()).collect();
    assert!(failed.is_empty(), "{failed:#?}");
    deployed.proxy.take();

    let mut lengths = BTreeMap::new();
    for distance in [Duration::ZERO, DISTANCE] {
        deployed.proxy.set_distance(distance);
        let mut measured = Vec::new();
        for _ in 0..TIMES {
            let begun = Instant::now();
            refresh_once(&deployment, cloud.clone(), Arc::clone(&clock), limit).await;
            measured.push(begun.elapsed());
        }
        measured.sort_unstable();
        lengths.insert(distance, measured[TIMES / 2]);
    }
    deployed.proxy.set_distance(Duration::ZERO);
    deployed.proxy.take();
    refresh_once(&deployment, cloud, clock, limit).await;
    let requests = deployed.proxy.take();

    let chain = DISTANCE * LONGEST_CHAIN;
    println!("one refresh, both regions, {} requests", requests.len());
    println!("  of those, of services asked every minute: {}", every_minute(&requests));
    println!("  {:?}", by_operation(&requests));
    for (distance, length) in &lengths {
        println!("  {:>4} ms a request: {:>4} ms", distance.as_millis(), length.as_millis());
    }
    println!(
        "  against the longest chain ({LONGEST_CHAIN} requests, {} ms): {:.2}",
        chain.as_millis(),
        lengths[&DISTANCE].as_secs_f64() / chain.as_secs_f64()
    );
}
