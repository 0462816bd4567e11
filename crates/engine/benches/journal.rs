//! What the journal costs: an entry made durable, a journal of 10,000 entries verified, and a run of 10,000 entries read
//! and folded: `cargo bench -p lifeboat-engine --bench journal`. What docs/ say of it comes from here.
#![expect(clippy::expect_used, reason = "a benchmark fails as a test does")]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use lifeboat_engine::journal::{Journal, MemoryJournal, SqliteJournal};
use lifeboat_model::id::DeploymentName;
use lifeboat_model::plan::{PLAN_VERSION, Plan, Predicted};
use lifeboat_model::run::{Operator, RunEvent, RunId, RunState};
use lifeboat_model::runbook::Mode;
use lifeboat_model::time::{Duration, Timestamp, after};
use rusqlite::Connection;
use tempfile::TempDir;

const ENTRIES: u64 = 10_000;

fn operator() -> Operator {
    Operator { arn: None, user: "ann".to_owned(), host: "bridge".to_owned(), process: 1 }
}

fn started() -> RunEvent {
    let plan = Plan {
        version: PLAN_VERSION,
        runbook: "failover".into(),
        mode: Mode::Unplanned,
        deployment: "shop".into(),
        account: None,
        from: "us-east-1".into(),
        to: "us-east-2".into(),
        drill: false,
        made_at: Timestamp::UNIX_EPOCH,
        writer: None,
        guards: Vec::new(),
        steps: Vec::new(),
        predicted: Predicted::default(),
        objectives: lifeboat_model::objective::Objectives::default(),
        build: None,
        notes: Vec::new(),
    };
    let hash = plan.hash();
    RunEvent::RunStarted { plan: Box::new(plan), hash, by: operator(), reality: None, incident_began_at: None }
}

/// What a long run writes most of.
fn canary(number: u64) -> RunEvent {
    let at = after(Timestamp::UNIX_EPOCH, Duration::from_secs(number));
    RunEvent::CanaryWritten { nonce: format!("shop-failover-20260301-100000.1.{number}"), sent_at: at, outcome: Ok(at) }
}

fn append(journal: &dyn Journal, number: u64) {
    let (run, deployment) = (RunId::new("r1"), DeploymentName::from("shop"));
    journal.append(&run, &deployment, Timestamp::UNIX_EPOCH, &canary(number)).expect("it is written");
}

fn begin(journal: &dyn Journal) {
    let (run, deployment) = (RunId::new("r1"), DeploymentName::from("shop"));
    journal.append(&run, &deployment, Timestamp::UNIX_EPOCH, &started()).expect("it is written");
}

fn on_disk() -> (TempDir, SqliteJournal) {
    let folder = TempDir::new().expect("a folder");
    let journal = SqliteJournal::open(folder.path()).expect("a journal");
    begin(&journal);
    (folder, journal)
}

/// The same entries without waiting for the disk at each: they are copied from a journal in memory.
fn filled() -> (TempDir, SqliteJournal) {
    let memory = MemoryJournal::new();
    begin(&memory);
    (1..ENTRIES).for_each(|number| append(&memory, number));
    let (folder, journal) = on_disk();
    let mut database = Connection::open(journal.path()).expect("the same database");
    let all = database.transaction().expect("one transaction");
    for record in memory.records(None, 1).expect("they are there") {
        let sequence = i64::try_from(record.sequence).expect("it is small");
        all.execute(
            "INSERT INTO entries (sequence, version, run, deployment, at, body, previous, hash) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            (
                sequence,
                record.version,
                record.run.as_str(),
                record.deployment.as_str(),
                record.at,
                record.body,
                record.previous,
                record.hash,
            ),
        )
        .expect("it follows the one before");
    }
    all.commit().expect("they are kept");
    (folder, journal)
}

fn appending(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("journal_append");
    group.throughput(Throughput::Elements(1));
    let (_folder, disk) = on_disk();
    let mut number = 0;
    group.bench_function("on the disk, durable", |bencher| {
        bencher.iter(|| {
            number += 1;
            append(&disk, number);
        });
    });
    // What the disk itself asks for one synchronised write of an entry's size, to compare with.
    let folder = TempDir::new().expect("a folder");
    let mut file = std::fs::File::create(folder.path().join("plain")).expect("a file");
    group.bench_function("the disk alone: one write and fdatasync", |bencher| {
        bencher.iter(|| {
            std::io::Write::write_all(&mut file, &[b'x'; 512]).expect("it is written");
            file.sync_data().expect("it is durable");
        });
    });
    group.bench_function("in memory", |bencher| {
        bencher.iter_batched_ref(
            || {
                let journal = MemoryJournal::new();
                begin(&journal);
                journal
            },
            |journal| append(journal, 1),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

fn reading(criterion: &mut Criterion) {
    let (_folder, journal) = filled();
    let run = RunId::new("r1");
    let mut group = criterion.benchmark_group("journal_of_10000");
    group.throughput(Throughput::Elements(ENTRIES));
    group.sample_size(20);
    group.bench_function("verified", |bencher| {
        bencher.iter(|| assert_eq!(black_box(journal.verify().expect("it is whole")).entries, ENTRIES));
    });
    group.bench_function("listed as runs", |bencher| bencher.iter(|| journal.runs(None).expect("they are there")));
    group.bench_function("one run read", |bencher| bencher.iter(|| journal.entries(&run).expect("it is there")));
    let entries = journal.entries(&run).expect("it is there");
    group.bench_function("one run folded", |bencher| {
        bencher.iter(|| RunState::of(black_box(&entries)).expect("it is a run"));
    });
    group.bench_function("one run reported", |bencher| {
        bencher.iter(|| lifeboat_engine::report::Report::of(black_box(&entries)).expect("it is a run"));
    });
    group.finish();
}

criterion_group!(benches, appending, reading);
criterion_main!(benches);
