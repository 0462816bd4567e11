//! What rows of canaries tell, and what they cannot.

use lifeboat_model::objective::Objectives;
use lifeboat_model::plan::{PLAN_VERSION, Plan, Predicted};
use lifeboat_model::run::{Operator, RunId};
use lifeboat_model::topology::CanaryTarget;

use super::*;

const INTERVAL: Duration = Duration::from_secs(5);

fn at(second: u64) -> Timestamp {
    Timestamp::from_second(i64::try_from(second).unwrap()).unwrap()
}

fn entry(second: u64, event: RunEvent) -> Entry {
    Entry {
        sequence: second + 1,
        run: RunId::new("r-1"),
        deployment: "shop".into(),
        at: at(second),
        event,
        previous: String::new(),
        hash: String::new(),
    }
}

fn begun(mode: Mode, drill: bool) -> Entry {
    let plan = Plan {
        version: PLAN_VERSION,
        runbook: "failover".into(),
        mode,
        deployment: "shop".into(),
        account: None,
        from: "us-east-1".into(),
        to: "us-east-2".into(),
        drill,
        made_at: at(0),
        writer: None,
        guards: Vec::new(),
        steps: Vec::new(),
        predicted: Predicted::default(),
        objectives: Objectives::default(),
        build: None,
        notes: Vec::new(),
    };
    let by = Operator { arn: None, user: "ann".to_owned(), host: "laptop".to_owned(), process: 1 };
    let hash = plan.hash();
    entry(0, RunEvent::RunStarted { plan: Box::new(plan), hash, by, reality: None, incident_began_at: None })
}

/// One canary each interval: `.` was acknowledged, `x` failed, and in place of a blank none was sent.
fn row(canaries: &str) -> Vec<Entry> {
    let mut entries = Vec::new();
    for (second, canary) in (0..).step_by(5).zip(canaries.chars()) {
        let outcome = match canary {
            '.' => Ok(at(second)),
            'x' => Err("503".to_owned()),
            _ => continue,
        };
        entries
            .push(entry(second, RunEvent::CanaryWritten { nonce: second.to_string(), sent_at: at(second), outcome }));
    }
    entries
}

fn canary() -> CanaryTarget {
    let read_urls = [(StoreKind::Aurora, "https://shop.example/{nonce}".to_owned())].into();
    CanaryTarget { write_url: "https://shop.example/".to_owned(), read_urls, interval: INTERVAL }
}

fn seconds(length: Option<Duration>) -> Option<u64> {
    length.map(|length| length.as_secs())
}

#[test]
fn an_outage_that_was_seen_whole_has_a_length_and_any_other_a_least() {
    for (canaries, rto, at_least) in [
        ("", None, None),
        ("....", Some(0), None),
        ("..xx..", Some(10), None),
        ("..x..xxx..", Some(15), None),
        // It lasts.
        ("..xxx", None, Some(10)),
        // It was there before anybody looked.
        ("xxx..", None, Some(10)),
        ("x", None, Some(0)),
        // No process sent any for a while.
        ("...          ...", None, None),
        ("...          xx..", None, Some(5)),
        ("..xx          ...", None, Some(5)),
        ("..xx..          ...", None, Some(5)),
        // Writes failed before and after: nothing says that any was taken in between.
        ("..x          x..", Some(60), None),
    ] {
        let told = measured(&row(canaries), Some(&canary()));
        assert_eq!((seconds(told.rto), seconds(told.rto_at_least)), (rto, at_least), "`{canaries}`");
    }
}

/// A person may have declared it too early: of that nothing is counted as seen.
#[test]
fn the_least_that_an_outage_lasted_is_what_canaries_saw_of_it_whatever_was_declared() {
    let Entry { event: RunEvent::RunStarted { plan, hash, by, reality, .. }, .. } = begun(Mode::Unplanned, false)
    else {
        unreachable!("it begins a run")
    };
    let declared = RunEvent::RunStarted {
        plan,
        hash,
        by,
        reality,
        incident_began_at: Some(Timestamp::from_second(-600).unwrap()),
    };
    let mut entries = vec![entry(0, declared)];
    entries.extend(row("xxx"));
    let told = measured(&entries, Some(&canary()));
    assert_eq!((told.rto, seconds(told.rto_at_least)), (None, Some(10)));
    assert_eq!(told.rto_in_short(), "RTO at least 10 s");
    assert_eq!(Measured::default().rto_in_short(), "RTO not measured");
}

/// An unplanned run that saw clients suffer nothing answers something that was before it: what nobody saw is no zero.
#[test]
fn an_unplanned_run_in_which_no_write_failed_tells_no_recovery_time() {
    for (mode, drill, canaries, rto) in [
        (Mode::Unplanned, false, "....", None),
        (Mode::Unplanned, false, "..xx..", Some(10)),
        (Mode::Unplanned, true, "....", Some(0)),
        (Mode::Planned, false, "....", Some(0)),
    ] {
        let mut entries = vec![begun(mode, drill)];
        entries.extend(row(canaries));
        let sought = |nonces: Vec<String>| RunEvent::CanariesSought {
            store: StoreKind::Aurora,
            found: nonces,
            missing: Vec::new(),
            unknown: Vec::new(),
        };
        entries.push(entry(60, sought((0..30).step_by(5).map(|nonce: u64| nonce.to_string()).collect())));
        let told = measured(&entries, Some(&canary()));
        assert_eq!((seconds(told.rto), told.rto_at_least), (rto, None), "{mode:?} {drill} {canaries}");
        assert_eq!(
            told.rpo.get(&StoreKind::Aurora).copied().flatten(),
            rto.map(|_| Duration::ZERO),
            "{mode:?} {canaries}"
        );
        assert_eq!(told.why_no_rto().is_some(), rto.is_none());
    }
}

#[test]
fn clients_are_served_since_the_first_good_canary_after_the_last_that_failed() {
    for (canaries, since) in [("", None), ("..", Some(0)), ("..xx..x.", Some(35)), ("..x", None), ("xx..", Some(10))] {
        let told = measured(&row(canaries), Some(&canary()));
        assert_eq!(told.served_since, since.map(at), "`{canaries}`");
    }
}

#[test]
fn what_is_lost_from_the_very_first_canary_on_is_more_than_canaries_count() {
    let sought = |missing: &[u64]| {
        let mut entries = row("......");
        let nonces = |wanted: bool| {
            (0..30)
                .step_by(5)
                .filter(|second| missing.contains(second) == wanted)
                .map(|it: u64| it.to_string())
                .collect()
        };
        let event = RunEvent::CanariesSought {
            store: StoreKind::Aurora,
            found: nonces(false),
            missing: nonces(true),
            unknown: Vec::new(),
        };
        entries.push(entry(60, event));
        let told = measured(&entries, Some(&canary()));
        told.rpo.get(&StoreKind::Aurora).copied().flatten().map(|length| length.as_secs())
    };
    assert_eq!(sought(&[]), Some(0));
    assert_eq!(sought(&[20]), Some(5));
    assert_eq!(sought(&[10, 15, 20]), Some(15));
    assert_eq!(sought(&[0, 5]), None);
    assert_eq!(sought(&[0, 5, 10, 15, 20, 25]), None);
}
