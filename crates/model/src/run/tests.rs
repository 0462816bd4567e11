//! What entries fold to, and which changes of a step no run may make.

use super::*;
use crate::plan::tests::{plan, step};

fn operator() -> Operator {
    Operator { arn: None, user: "ada".to_owned(), host: "bridge".to_owned(), process: 7 }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn entries(events: Vec<RunEvent>) -> Vec<Entry> {
    let plan = plan(vec![step("one", 0, Vec::new()), step("two", 1, Vec::new())]);
    let hash = plan.hash();
    let first =
        RunEvent::RunStarted { plan: Box::new(plan), hash, by: operator(), reality: None, incident_began_at: None };
    std::iter::once(first)
        .chain(events)
        .zip(1_u64..)
        .map(|(event, sequence)| Entry {
            sequence,
            run: RunId::new("r1"),
            deployment: "shop".into(),
            at: at(i64::try_from(sequence).unwrap()),
            event,
            previous: String::new(),
            hash: String::new(),
        })
        .collect()
}

fn started(id: &str, attempt: u32) -> RunEvent {
    RunEvent::StepStarted { step: StepId::new(id), attempt }
}

fn ended(id: &str, outcome: StepOutcome) -> RunEvent {
    RunEvent::StepEnded { step: StepId::new(id), outcome, elapsed: Duration::from_secs(1) }
}

fn over(outcome: RunOutcome) -> RunEvent {
    RunEvent::RunEnded { outcome, reason: None, measured: Measured::default(), truth: None, ledger: Vec::new() }
}

fn failed() -> StepOutcome {
    StepOutcome::Failed { reason: "no answer".to_owned() }
}

#[test]
fn a_step_may_fail_and_be_tried_again_and_is_done_once() {
    let one = StepId::new("one");
    let state = RunState::of(&entries(vec![
        started("one", 1),
        ended("one", failed()),
        started("one", 2),
        ended("one", StepOutcome::Done),
    ]))
    .unwrap();
    assert_eq!(state.status(&one), StepStatus::Done);
    assert_eq!(state.began.get(&one), Some(&(at(4), 2)));
    assert_eq!(state.status(&StepId::new("two")), StepStatus::Pending);
}

#[test]
fn what_is_done_is_never_begun_again() {
    for end in [StepOutcome::Done, StepOutcome::Skipped { reason: "by hand".to_owned() }] {
        let wrong = RunState::of(&entries(vec![started("one", 1), ended("one", end), started("one", 2)]));
        assert!(matches!(wrong, Err(Malformed::Transition(_))), "{wrong:?}");
    }
}

#[test]
fn nothing_ends_that_was_not_begun() {
    let wrong = RunState::of(&entries(vec![ended("one", StepOutcome::Done)]));
    assert!(matches!(wrong, Err(Malformed::Transition(_))), "{wrong:?}");
}

#[test]
fn a_step_of_no_plan_is_refused() {
    let wrong = RunState::of(&entries(vec![started("three", 1)]));
    assert!(matches!(wrong, Err(Malformed::UnknownStep { .. })), "{wrong:?}");
}

#[test]
fn entries_without_a_beginning_are_no_run() {
    assert_eq!(RunState::of(&[]), Err(Malformed::Empty));
    let torn = entries(vec![started("one", 1)]).split_off(1);
    assert_eq!(RunState::of(&torn), Err(Malformed::NoBeginning("step_started")));
}

#[test]
fn a_run_that_stopped_is_not_over_and_goes_on() {
    let events = vec![started("one", 1), ended("one", failed()), over(RunOutcome::Stopped)];
    let stopped = RunState::of(&entries(events.clone())).unwrap();
    assert!(!stopped.is_over() && stopped.ended.is_some());
    let again = [events, vec![RunEvent::Resumed { by: operator() }, started("one", 2)]].concat();
    let resumed = RunState::of(&entries(again)).unwrap();
    assert_eq!((resumed.ended, resumed.status(&StepId::new("one"))), (None, StepStatus::Begun));
    let done = RunState::of(&entries(vec![over(RunOutcome::Completed)])).unwrap();
    assert!(done.is_over());
}

#[test]
fn what_is_temporary_stands_in_the_ledger_until_it_is_put_back() {
    let item = |id: &str| LedgerItem { step: StepId::new(id), what: id.to_owned(), restore: Vec::new() };
    let open = vec![
        RunEvent::LedgerOpened { item: item("one") },
        RunEvent::LedgerOpened { item: item("two") },
        RunEvent::LedgerKept { step: StepId::new("one"), reason: "denied".to_owned() },
        RunEvent::LedgerClosed { step: StepId::new("two") },
    ];
    let state = RunState::of(&entries(open.clone())).unwrap();
    assert_eq!(state.ledger, [item("one")]);
    assert!(state.kept.contains(&StepId::new("one")));
    let closed = [open, vec![RunEvent::LedgerClosed { step: StepId::new("one") }]].concat();
    let state = RunState::of(&entries(closed)).unwrap();
    assert!(state.ledger.is_empty() && state.kept.is_empty());
}

#[test]
fn a_new_plan_keeps_what_is_known_of_the_steps_that_stay() {
    let next = plan(vec![step("one", 0, Vec::new()), step("three", 1, Vec::new())]);
    let hash = next.hash();
    let changed = RunEvent::ModeChanged { mode: next.mode, plan: Box::new(next), hash: hash.clone(), by: operator() };
    let state =
        RunState::of(&entries(vec![started("one", 1), ended("one", StepOutcome::Done), changed, started("three", 1)]))
            .unwrap();
    assert_eq!(state.hash, hash);
    assert_eq!(state.status(&StepId::new("one")), StepStatus::Done);
    assert_eq!(state.status(&StepId::new("three")), StepStatus::Begun);
}

#[test]
fn every_event_is_written_under_its_own_name_and_read_back() {
    for entry in entries(vec![
        started("one", 1),
        ended("one", failed()),
        ended("two", StepOutcome::Done),
        RunEvent::Question { step: StepId::new("one"), text: "did it happen?".to_owned(), approves: None },
        RunEvent::Answered {
            step: StepId::new("one"),
            answer: Answer::Skip { reason: "by hand".to_owned() },
            by: operator(),
        },
        RunEvent::CanaryWritten { nonce: "r1-1".to_owned(), sent_at: at(3), outcome: Err("timed out".to_owned()) },
        over(RunOutcome::Failed),
    ]) {
        let value = serde_json::to_value(&entry.event).unwrap();
        assert_eq!(value.get("event").and_then(|name| name.as_str()), Some(entry.event.name()));
        let read: RunEvent = serde_json::from_value(value).unwrap();
        assert_eq!(read, entry.event);
    }
}

fn capacity() -> Call {
    let two = crate::call::Capacity { min: 1, desired: 2, max: 4 };
    let four = crate::call::Capacity { min: 1, desired: 4, max: 4 };
    Call::SetCapacity { region: "us-east-2".into(), group: "app".into(), capacity: crate::call::Change::new(two, four) }
}

fn sent(id: &str) -> RunEvent {
    RunEvent::CallStarted { step: StepId::new(id), index: 0, call: Box::new(capacity()) }
}

fn answered(id: &str, kind: Option<crate::cloud_error::CloudErrorKind>) -> RunEvent {
    let outcome = match kind {
        None => Ok(Receipt { request_id: None, at: at(1), detail: None }),
        Some(kind) => Err(CloudError {
            kind,
            service: crate::read::Service::AutoScaling,
            region: "us-east-2".into(),
            operation: "UpdateAutoScalingGroup".to_owned(),
            message: "no".to_owned(),
            request_id: None,
            fix: None,
        }),
    };
    RunEvent::CallEnded { step: StepId::new(id), index: 0, outcome }
}

#[test]
fn giving_up_takes_back_what_was_sent_at_any_attempt_unless_it_is_known_to_have_done_nothing() {
    use crate::cloud_error::CloudErrorKind;
    let one = || vec![("one".to_owned(), 1)];
    let refused = || answered("one", Some(CloudErrorKind::Invalid));
    let looked = RunEvent::CallProbed { step: StepId::new("one"), index: 0, found: Found::DidNotHappen };
    let undone = RunEvent::StepUndone { step: StepId::new("one") };
    let undoing = RunEvent::StepUndoStarted { step: StepId::new("one") };
    let begun = || started("one", 1);
    let again = || vec![ended("one", failed()), started("one", 2)];
    for (events, back) in [
        (vec![begun()], Vec::new()),
        (vec![begun(), sent("one")], one()),
        (vec![begun(), sent("one"), answered("one", None)], one()),
        (vec![begun(), sent("one"), refused()], Vec::new()),
        (vec![begun(), sent("one"), answered("one", Some(CloudErrorKind::OutcomeUnknown))], one()),
        // That the second sending was refused says nothing of the first.
        ([vec![begun(), sent("one"), answered("one", None)], again(), vec![sent("one"), refused()]].concat(), one()),
        ([vec![begun(), sent("one"), answered("one", None)], again()].concat(), one()),
        (vec![begun(), sent("one"), looked], Vec::new()),
        (vec![begun(), sent("one"), ended("one", StepOutcome::Done), undoing, undone], Vec::new()),
    ] {
        let told = format!("{events:?}");
        let undo = RunState::of(&entries(events)).unwrap().undo();
        assert_eq!((undo.back, undo.stays), (back, Vec::new()), "{told}");
    }
}
