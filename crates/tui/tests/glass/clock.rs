//! What the screen of a run says of clients and of the recovery time: what was seen, since when, and that nobody looked
//! where nobody did.

use std::collections::BTreeMap;
use std::time::Duration;

use lifeboat_model::assessment::Health;
use lifeboat_model::run::{RunEvent, RunOutcome};
use lifeboat_model::runbook::Mode;
use lifeboat_model::time::after;
use lifeboat_model::topology::CanaryTarget;
use lifeboat_tui::linear::screen;
use lifeboat_tui::{Model, Msg, update, view_text};

use super::hands::{self, press, run};
use super::running::acting;
use super::worlds::runs::{self, Telling};
use super::worlds::{self, NAME, estates};

/// One every two seconds: nobody looked where none was sent for nine.
fn watched_every_two_seconds(model: &mut Model) {
    model.fleet[0].deployment.canary = Some(CanaryTarget {
        write_url: "https://payments.example/".to_owned(),
        read_urls: BTreeMap::new(),
        interval: Duration::from_secs(2),
    });
}

fn on_screen(telling: Telling, size: (u16, u16)) -> Model {
    let mut model = acting(size, telling);
    watched_every_two_seconds(&mut model);
    press(&mut model, "8");
    model
}

fn shown(telling: Telling) -> String {
    view_text(&on_screen(telling, (80, 24)))
}

/// As after the loss of its terminal.
fn left(telling: Telling, size: (u16, u16)) -> Model {
    let mut model = on_screen(Telling::begun(Mode::Planned), size);
    model.fleet[0].run = None;
    run(&mut model, telling, false);
    let mut standing = model.fleet[0].standing.clone().unwrap();
    standing.open_run.as_mut().unwrap().holder = None;
    let _ = update(&mut model, Msg::Standing { deployment: NAME.into(), standing });
    model
}

/// Those of `seconds`, two apart, the oldest first.
fn canaries(telling: &mut Telling, seconds: std::ops::RangeInclusive<u64>, outcome: Result<(), &str>) {
    for second in seconds.rev().step_by(2) {
        telling.canary(second, outcome);
    }
}

fn put_down(model: &mut Model, region: &str) {
    for one in &mut model.fleet[0].assessment.regions {
        if one.region.as_str() == region {
            one.health = Health::Down;
        }
    }
}

#[test]
fn what_nobody_looked_at_is_not_told_as_it_was() {
    let telling = || {
        let mut telling = Telling::new(Mode::Planned, 200);
        canaries(&mut telling, 160..=166, Ok(()));
        telling.begin(163, "mute-1");
        telling
    };
    let model = left(telling(), (120, 40));
    let text = view_text(&model);
    assert!(text.contains("NOBODY EXECUTES IT"), "{text}");
    assert!(text.contains("? not looked at for 2m40s; they could write then  ....?"), "{text}");
    assert!(text.contains("? whether there is an outage is not known"), "{text}");
    assert!(!text.contains("they can write"), "{text}");
    let lines = screen(&model).join("\n");
    assert!(lines.contains("? not looked at for 2m40s; they could write then"), "{lines}");
    // The hole stays in view when somebody goes on with it.
    let mut telling = telling();
    telling.canary(4, Err("connection refused"));
    telling.canary(2, Err("connection refused"));
    let text = view_text(&on_screen(telling, (120, 40)));
    assert!(text.contains("they cannot write for at least 4s  ....?XX"), "{text}");
}

#[test]
fn where_no_canary_tells_and_the_region_of_clients_is_down_the_clock_runs() {
    let mut telling = Telling::new(Mode::Planned, 200);
    canaries(&mut telling, 160..=166, Ok(()));
    let mut model = left(telling, (120, 40));
    put_down(&mut model, worlds::HOME);
    let text = view_text(&model);
    assert!(text.contains("2m40s of 15 min, 12m20s left  since a write was good"), "{text}");
    assert!(!text.contains("no outage seen"), "{text}");
}

#[test]
fn a_run_that_stands_still_tells_what_was_and_when_it_was_seen_last() {
    let mut model = left(Telling::left(), (120, 40));
    let before = view_text(&model);
    assert!(before.contains("they could not write when last looked, at 14:03:05; nobody looks now"), "{before}");
    assert!(before.contains("RTO so far at least 12 s"), "{before}");
    assert!(!before.contains("they cannot write") && !before.contains("15 min"), "{before}");
    let _ = update(&mut model, Msg::Tick(after(worlds::now(), Duration::from_mins(13))));
    let text = view_text(&model);
    assert!(text.contains("they could not write when last looked, at 14:03:05; nobody looks now"), "{text}");
    assert_eq!(text.matches("RTO ").count(), before.matches("RTO ").count(), "{text}");
}

#[test]
fn what_was_seen_of_a_run_that_is_over_is_told_as_past() {
    let text = view_text(&on_screen(Telling::completed(), (120, 40)));
    assert!(
        text.contains("they could write when last looked, at 14:00:19") && !text.contains("nobody looks"),
        "{text}"
    );
    // Not measured whole, and missed all the same.
    let mut telling = Telling::asking();
    telling = telling.but(|plan| plan.objectives.rto = Some(Duration::from_secs(10)));
    telling.over(2, RunOutcome::Stopped, None);
    let text = view_text(&left(telling, (120, 40)));
    assert!(text.contains("RTO so far at least 12 s: the outage was not seen whole, ✖ over the RTO of 10 s"), "{text}");
}

/// What is promised is how long clients cannot write, and not how long a run takes.
#[test]
fn the_clock_counts_the_outage_and_ends_with_it() {
    assert!(shown(Telling::served_again()).contains("clients can write again after 32s of 15 min"));
    let text = shown(Telling::running());
    assert!(text.contains("12s of 15 min, 14m48s left  since writes failed"), "{text}");
    // What was before it is counted from the run where nobody declared it.
    let mut telling = Telling::begun(Mode::Unplanned);
    telling.canary(8, Err("connection refused"));
    let text = shown(telling);
    assert!(text.contains("they cannot write for at least 8s"), "{text}");
    assert!(text.contains("10s of 15 min, 14m50s left  since the run began"), "{text}");
    // Nothing tells: what it answers goes on.
    let text = shown(Telling::begun(Mode::Unplanned));
    assert!(text.contains("10s of 15 min, 14m50s left  since the run began"), "{text}");
}

fn declared(telling: &mut Telling, seconds_ago: u64) {
    let first = std::sync::Arc::make_mut(&mut telling.entries[0]);
    if let RunEvent::RunStarted { incident_began_at, .. } = &mut first.event {
        *incident_began_at = Some(worlds::ago(seconds_ago));
    }
}

#[test]
fn no_outage_is_made_of_writes_that_never_failed() {
    let mut telling = Telling::new(Mode::Unplanned, 1300);
    declared(&mut telling, 1400);
    canaries(&mut telling, 2..=1200, Ok(()));
    let mut model = on_screen(telling, (120, 40));
    hands::declare(&mut model, 1400);
    let text = view_text(&model);
    assert!(text.contains("no outage seen: no write failed since 13:43:07  RTO 15 min"), "{text}");
    assert!(text.contains("RTO: no outage seen: no write failed since 13:43:07"), "{text}");
    assert!(!text.contains("over 15 min") && !text.contains("is over by"), "{text}");
}

#[test]
fn a_paused_failover_whose_clients_can_write_again_runs_no_clock() {
    let telling = |good: u64| {
        let mut telling = Telling::new(Mode::Unplanned, 1300);
        declared(&mut telling, 1400);
        telling.begin(1290, "mute-1");
        telling.end(1288, "mute-1", 2, lifeboat_model::run::StepOutcome::Done);
        telling.tell(1200, RunEvent::Paused { by: runs::operator() });
        canaries(&mut telling, 2 * good + 2..=1298, Err("connection refused"));
        canaries(&mut telling, 2..=2 * good, Ok(()));
        telling
    };
    let mut model = on_screen(telling(46), (120, 40));
    hands::declare(&mut model, 1400);
    let text = view_text(&model);
    // 1400 s before now it began, 92 s before now the first write was good.
    assert!(text.contains("✖ clients can write again after 21m48s, 6m48s over 15 min  since the incident"), "{text}");
    assert!(text.contains("RTO: clients can write again, after 21m48s"), "{text}");
    // One good write of a region that fails now and then shows nothing.
    let text = view_text(&on_screen(telling(2), (120, 40)));
    assert!(text.contains("✖ 8m20s over 15 min  since the incident  ? paused: end not known"), "{text}");
}

#[test]
fn a_step_that_is_late_moves_no_promise() {
    let telling = || {
        let mut telling = Telling::running();
        telling = telling.but(|plan| {
            for step in plan.steps.iter_mut().filter(|step| step.id.as_str() == "promote-3") {
                step.expected = Some(Duration::from_secs(20));
            }
        });
        telling
    };
    let text = view_text(&on_screen(telling(), (120, 40)));
    // 12 s of the outage, and what is to come: 8 s of the wait beside it, then 1 s and 90 s.
    assert!(text.contains("▲ late by 12s: not before 1m51s"), "{text}");
    assert!(!text.contains("ends about"), "{text}");
    let mut paused = telling();
    paused.tell(3, RunEvent::Paused { by: runs::operator() });
    let text = view_text(&on_screen(paused, (120, 40)));
    assert!(text.contains("? paused: end not known") && !text.contains("late by"), "{text}");
    assert!(view_text(&on_screen(Telling::asking(), (120, 40))).contains("? it asks: end not known"));
}

#[test]
fn what_is_left_of_a_build_is_what_is_left_of_its_steps() {
    let mut model = hands::model();
    for msg in estates::being_made() {
        let _ = update(&mut model, msg);
    }
    press(&mut model, "8");
    let on_time = view_text(&model);
    assert!(on_time.contains("about 2m30s left of"), "{on_time}");
    // Ten minutes later nothing is nearer its end.
    let _ = update(&mut model, Msg::Tick(after(worlds::now(), Duration::from_mins(10))));
    let text = view_text(&model);
    assert!(text.contains("late by 8m50s: not over before another 2m30s"), "{text}");
}
