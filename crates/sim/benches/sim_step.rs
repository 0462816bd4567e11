//! What simulated time costs: a second of one architecture, a failover of ten minutes, and opening a world up to its
//! first whole refresh with three hours of history.
#![expect(clippy::expect_used, reason = "a benchmark fails as a test does")]

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use lifeboat_model::assessment::StoreKind;
use lifeboat_model::call::Call;
use lifeboat_model::port::{Mutate, Observe};
use lifeboat_model::read::Read;
use lifeboat_model::rules::reads;
use lifeboat_model::snapshot::{Observation, Snapshot};
use lifeboat_model::time::after;
use lifeboat_model::topology::{Blueprint, Deployment};
use lifeboat_sim::{EPOCH, Pace, Scenario, SimCloud, scenario};

fn builtin(name: &str) -> Scenario {
    scenario::find(name).expect("a built-in scenario")
}

fn deployment(cloud: &SimCloud) -> Deployment {
    let payments = |deployment: &Deployment| deployment.blueprint == Some(Blueprint::PaymentsAurora);
    cloud.deployments().into_iter().find(payments).expect("every blueprint has a deployment")
}

fn steps(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sim_step");
    group.throughput(Throughput::Elements(3_600));
    group.bench_function("an hour of one architecture", |bencher| {
        bencher.iter_batched(
            || {
                let cloud = SimCloud::fresh(builtin("calm"), 1, Pace::Stepped);
                let deployment = deployment(&cloud);
                black_box(cloud.truth(&deployment));
                (cloud, deployment)
            },
            |(cloud, deployment)| {
                cloud.sim_clock().advance(Duration::from_hours(1));
                cloud.truth(&deployment)
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

fn failover(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    criterion.bench_function("a failover of ten minutes", |bencher| {
        bencher.iter(|| {
            let cloud = SimCloud::fresh(builtin("region-loss"), 2, Pace::Stepped);
            let deployment = deployment(&cloud);
            cloud.sim_clock().advance(Duration::from_mins(3));
            runtime.block_on(cloud.perform(&promotion())).expect("the failover begins");
            cloud.sim_clock().advance(Duration::from_mins(7));
            cloud.truth(&deployment)
        });
    });
}

/// The same as a run sees it: a canary every five seconds, and what became of them sought at the end.
fn failover_with_canaries(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    criterion.bench_function("a failover of ten minutes with canaries", |bencher| {
        bencher.iter(|| {
            let cloud = SimCloud::fresh(builtin("region-loss"), 2, Pace::Stepped);
            let deployment = deployment(&cloud);
            let canary = deployment.canary.clone().expect("it has a canary");
            let mut nonces = Vec::new();
            for number in 0..120_u32 {
                let nonce = format!("run-{number}");
                if runtime.block_on(cloud.write_canary(&canary, &nonce)).is_ok() {
                    nonces.push(nonce);
                }
                if number == 36 {
                    runtime.block_on(cloud.perform(&promotion())).expect("the failover begins");
                }
                cloud.sim_clock().advance(Duration::from_secs(5));
            }
            let seek = |store: StoreKind| {
                let read = Read::Canaries { canary: canary.clone(), store, nonces: nonces.clone() };
                runtime.block_on(cloud.read(&deployment.regions.home, &read)).expect("it answers")
            };
            let seen = StoreKind::ALL.map(seek);
            (seen, Observe::truth(&cloud, &deployment.name, EPOCH))
        });
    });
}

fn promotion() -> Call {
    Call::FailoverGlobalCluster {
        global_cluster: "aurora-global-dev".into(),
        target: "arn:aws:rds:us-east-2:123456789012:cluster:aurora-dr-dev".into(),
        target_region: "us-east-2".into(),
    }
}

fn opening(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    criterion.bench_function("opening and reading everything", |bencher| {
        bencher.iter(|| {
            let cloud = SimCloud::at_offset(builtin("calm"), 1, Duration::ZERO);
            let deployment = deployment(&cloud);
            let mut snapshot = Snapshot::default();
            for _ in 0..2 {
                let now = after(EPOCH, cloud.offset());
                for planned in reads::planned_reads(&deployment, &snapshot, cloud.clock().now()) {
                    let outcome = runtime.block_on(cloud.read(&planned.region, &planned.read));
                    let (service, deployment) = (planned.read.service(), deployment.name.clone());
                    snapshot.apply(Observation { deployment, region: planned.region, service, at: now, outcome });
                }
            }
            snapshot
        });
    });
}

criterion_group!(benches, steps, failover, failover_with_canaries, opening);
criterion_main!(benches);
