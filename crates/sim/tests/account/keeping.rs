//! A kept world goes on between processes, and two of them see the same one.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lifeboat_model::assessment::StoreKind;
use lifeboat_model::call::{Call, Change};
use lifeboat_model::facts::Facts;
use lifeboat_model::port::{Mutate, Observe};
use lifeboat_model::read::Read;
use lifeboat_model::topology::Blueprint;
use lifeboat_sim::{Pace, SimCloud, SimError};

use crate::looking::{deployment, scenario};

fn open(dir: &Path, pace: Pace, fresh: bool) -> SimCloud {
    SimCloud::open(dir, scenario("calm"), 3, pace, fresh).unwrap_or_else(|error| panic!("{error}"))
}

fn fence(reserved: Option<u32>) -> Call {
    Call::SetFunctionConcurrency {
        region: "us-east-1".into(),
        function: "payment-processor-primary-dev".into(),
        reserved: Change { from: None, to: reserved },
    }
}

fn file(dir: &Path) -> PathBuf {
    let world = fs::read_dir(dir).expect("it is there").next().expect("one world").expect("readable").path();
    world.join("world.jsonl")
}

#[tokio::test]
async fn what_was_done_and_when_outlives_the_process() {
    let dir = tempfile::tempdir().expect("a folder");
    let first = open(dir.path(), Pace::Stepped, false);
    first.sim_clock().advance(Duration::from_secs(100));
    first.perform(&fence(Some(0))).await.expect("it is done");
    first.sim_clock().advance(Duration::from_secs(200));
    let imprint = first.imprint();
    drop(first);
    let second = open(dir.path(), Pace::Stepped, false);
    assert_eq!(second.offset(), Duration::from_mins(5));
    assert!(second.imprint() == imprint, "the world has changed while nobody looked");
    drop(second);
    let anew = open(dir.path(), Pace::Stepped, true);
    assert_eq!(anew.offset(), Duration::ZERO);
    anew.sim_clock().advance(Duration::from_mins(5));
    assert!(anew.imprint() != imprint, "a fresh world remembers nothing");
}

#[tokio::test]
async fn time_goes_on_with_the_machines_while_nobody_looks() {
    let dir = tempfile::tempdir().expect("a folder");
    drop(open(dir.path(), Pace::Real(100_000.0), false));
    let path = file(dir.path());
    // An hour and more ago, by the file's own account.
    let text = fs::read_to_string(&path).expect("readable");
    let line = text.lines().last().expect("the clock's line");
    let mut clock: serde_json::Value = serde_json::from_str(line).expect("JSON");
    clock["clock"]["pace"] = "1".into();
    clock["clock"]["offset_ms"] = 5_000.into();
    let wall: jiff::Timestamp = clock["clock"]["wall"].as_str().expect("a time").parse().expect("a time");
    let earlier = wall.checked_sub(jiff::SignedDuration::from_mins(70)).expect("in range");
    clock["clock"]["wall"] = earlier.to_string().into();
    fs::write(&path, text.replace(line, &clock.to_string())).expect("writable");
    let later = open(dir.path(), Pace::Real(1.0), false);
    assert!(later.offset() >= Duration::from_secs(70 * 60 + 5), "{:?}", later.offset());
    assert!(later.offset() < Duration::from_mins(90), "{:?}", later.offset());
}

#[tokio::test]
async fn a_change_by_one_process_is_seen_by_the_other_even_in_its_past() {
    let dir = tempfile::tempdir().expect("a folder");
    let one = open(dir.path(), Pace::Stepped, false);
    let other = open(dir.path(), Pace::Stepped, false);
    let payments = deployment(&one, Blueprint::PaymentsAurora);
    // The other has gone on for an hour before the first does something at the hundredth second.
    other.sim_clock().advance(Duration::from_hours(1));
    assert!(other.truth(&payments).is_some_and(|truth| truth.outages.is_empty()));
    one.sim_clock().advance(Duration::from_secs(100));
    one.perform(&fence(Some(0))).await.expect("it is done");
    let truth = other.truth(&payments).expect("it is there");
    assert_eq!(truth.outages.len(), 4, "{:?}", truth.outages);
    one.sim_clock().advance(Duration::from_secs(3_500));
    assert!(one.imprint() == other.imprint(), "the two see different worlds");
    // And in the other direction.
    other.perform(&fence(None)).await.expect("it is done");
    // Long enough for health checks and names to come back too.
    one.sim_clock().advance(Duration::from_mins(5));
    other.sim_clock().advance(Duration::from_mins(5));
    assert!(one.truth(&payments).is_some_and(|truth| truth.outages.iter().all(|outage| outage.ended.is_some())));
    assert!(one.imprint() == other.imprint(), "the two see different worlds");
}

#[tokio::test]
async fn a_world_begun_anew_by_one_process_is_new_for_the_other() {
    let dir = tempfile::tempdir().expect("a folder");
    let old = open(dir.path(), Pace::Stepped, false);
    old.sim_clock().advance(Duration::from_secs(100));
    old.perform(&fence(Some(0))).await.expect("it is done");
    let new = open(dir.path(), Pace::Stepped, true);
    assert!(new.imprint() == old.imprint(), "the old handle still shows the world that is gone");
    assert_eq!(old.offset(), Duration::ZERO);
}

#[tokio::test]
async fn another_seed_or_scenario_is_another_world_beside_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let calm = open(dir.path(), Pace::Stepped, false);
    calm.sim_clock().advance(Duration::from_secs(50));
    drop(calm);
    let other = SimCloud::open(dir.path(), scenario("calm"), 4, Pace::Stepped, false).expect("it opens");
    assert_eq!(other.offset(), Duration::ZERO);
    let lost = SimCloud::open(dir.path(), scenario("region-loss"), 3, Pace::Stepped, false).expect("it opens");
    assert_eq!(lost.offset(), Duration::ZERO);
    assert_eq!(open(dir.path(), Pace::Stepped, false).offset(), Duration::from_secs(50));
}

/// Two who begin a world at the same moment: the one who does not care about its pace must not take it from the other.
#[tokio::test]
async fn who_asks_for_no_pace_leaves_it_as_it_is() {
    let dir = tempfile::tempdir().expect("a folder");
    let pace_of = |seed: u64, pace: Option<Pace>, fresh: bool| {
        let opened = SimCloud::open(dir.path(), scenario("calm"), seed, pace, fresh).expect("it opens");
        opened.sim_clock().pace()
    };
    assert_eq!(pace_of(3, Some(Pace::Real(60.0)), false), Pace::Real(60.0));
    assert_eq!(pace_of(3, None, false), Pace::Real(60.0));
    assert_eq!(pace_of(3, None, true), Pace::Real(60.0), "begun anew, it goes on as the one before did");
    assert_eq!(pace_of(3, Some(Pace::Max), false), Pace::Max);
    assert_eq!(pace_of(99, None, false), Pace::Real(1.0));
}

#[tokio::test]
async fn a_state_written_down_gives_the_world_that_would_have_been_computed() {
    let dir = tempfile::tempdir().expect("a folder");
    let first = open(dir.path(), Pace::Stepped, false);
    first.sim_clock().advance(Duration::from_hours(7));
    let payments = deployment(&first, Blueprint::PaymentsAurora);
    first.truth(&payments).expect("it is there");
    first.perform(&fence(Some(0))).await.expect("it is done");
    drop(first);
    let state = file(dir.path()).with_file_name("payments-aurora.state");
    let whole = fs::read(&state).expect("a state was written down");
    let again = open(dir.path(), Pace::Stepped, false);
    again.sim_clock().advance(Duration::from_mins(5));
    let by_state = again.truth(&payments).expect("it is there");
    drop(again);
    // Damaged, it is not believed, and not missed.
    let mut broken = whole;
    let middle = broken.len() / 2;
    broken[middle] ^= 1;
    fs::write(&state, broken).expect("writable");
    let computed = open(dir.path(), Pace::Stepped, false).truth(&payments).expect("it is there");
    assert_eq!(by_state, computed);
}

#[tokio::test]
async fn a_damaged_file_names_its_line_and_the_cure() {
    let dir = tempfile::tempdir().expect("a folder");
    let cloud = open(dir.path(), Pace::Stepped, false);
    cloud.perform(&fence(Some(0))).await.expect("it is done");
    drop(cloud);
    let path = file(dir.path());
    let good = fs::read_to_string(&path).expect("readable");
    let cases = [
        (good.replace("payment-processor", "payment\u{0}processor").replacen("\"world\"", "\"word\"", 1), 1),
        (good.replacen("mutation", "mutatoin", 1), 3),
        (good.replacen("\"pace\":\"stepped\"", "\"pace\":\"backwards\"", 1), 2),
        (good.lines().skip(1).collect::<Vec<_>>().join("\n") + "\n", 1),
    ];
    for (text, expected) in cases {
        fs::write(&path, &text).expect("writable");
        match SimCloud::open(dir.path(), scenario("calm"), 3, Pace::Stepped, false).err() {
            Some(SimError::Damaged { line, ref fix, .. }) => {
                assert_eq!(line, expected, "{text}");
                assert!(fix.contains("--fresh"), "{fix}");
            }
            other => panic!("{other:?} for {text}"),
        }
    }
    // A last line that a crash cut short was never promised to anybody.
    fs::write(&path, format!("{good}{{\"mutation\":{{\"sec")).expect("writable");
    drop(open(dir.path(), Pace::Stepped, false));
    assert!(fs::read_to_string(&path).expect("readable").starts_with(&good));
    fs::write(&path, "nonsense\n").expect("writable");
    drop(open(dir.path(), Pace::Stepped, true));
}

#[tokio::test]
async fn a_kept_world_has_its_canaries_when_it_is_opened_again() {
    let dir = tempfile::tempdir().expect("a folder");
    let first = open(dir.path(), Pace::Stepped, false);
    let payments = deployment(&first, Blueprint::PaymentsAurora);
    let canary = payments.canary.clone().expect("it has a canary");
    for number in 0..40_u32 {
        first.sim_clock().advance(Duration::from_secs(5));
        let outcome = first.write_canary(&canary, &format!("canary-{number}")).await;
        assert_eq!(outcome.is_ok(), number <= 20, "{number}: {outcome:?}");
        if number == 20 {
            first.perform(&fence(Some(0))).await.expect("home refuses from here on");
        }
    }
    let imprint = first.imprint();
    let sought =
        |nonce: &str| Read::Canaries { canary: canary.clone(), store: StoreKind::S3, nonces: vec![nonce.to_owned()] };
    drop(first);
    let second = open(dir.path(), Pace::Stepped, false);
    assert!(second.imprint() == imprint, "the world has changed while nobody looked");
    second.perform(&fence(None)).await.expect("home serves again");
    for (nonce, there) in [("canary-20", true), ("canary-21", false)] {
        let Ok(Facts::Canaries(seen)) = second.read(&"us-east-1".into(), &sought(nonce)).await else {
            panic!("no answer")
        };
        assert_eq!(seen.first().and_then(|seen| seen.found), Some(there), "{nonce}");
    }
    // Another that computes every second anew comes to the same.
    second.sim_clock().advance(Duration::from_hours(13));
    let later = second.imprint();
    let text = fs::read_to_string(file(dir.path())).expect("readable");
    assert_eq!(text.matches("\"canary\":{\"deployment\":\"payments-aurora\"").count(), 21);
    let moment = second.moment();
    assert!(moment.imprint() == later, "what was kept and what is computed again differ");
}
