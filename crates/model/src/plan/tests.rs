//! What makes two plans the same, and what a plan says of its steps.

use super::*;
use crate::call::Change;

pub(crate) fn step(id: &str, group: usize, calls: Vec<Call>) -> Step {
    Step {
        id: StepId::new(id),
        kind: StepKind::Parameter,
        title: id.to_owned(),
        group,
        reversible: Step::reversible(&calls),
        calls,
        verify: Vec::new(),
        guards: Vec::new(),
        temporary: false,
        expected: Some(Duration::from_secs(5)),
        expected_basis: "stated".to_owned(),
        timeout: Duration::from_mins(5),
        optional: false,
        inject: false,
        after: Vec::new(),
        repeats: None,
    }
}

pub(crate) fn plan(steps: Vec<Step>) -> Plan {
    Plan {
        version: PLAN_VERSION,
        runbook: RunbookName::new("failover"),
        mode: Mode::Unplanned,
        deployment: "shop".into(),
        account: Some("123456789012".into()),
        from: "us-east-1".into(),
        to: "us-east-2".into(),
        drill: false,
        made_at: Timestamp::UNIX_EPOCH,
        writer: None,
        guards: vec![GuardName::Access],
        steps,
        predicted: Predicted::default(),
        objectives: Objectives::default(),
        build: None,
        notes: Vec::new(),
    }
}

fn parameter(value: &Change<&str>) -> Call {
    Call::PutParameter {
        region: "us-east-2".into(),
        name: "/shop/active-region".into(),
        value: Change { from: value.from.map(str::to_owned), to: value.to.to_owned() },
    }
}

fn muted(until_s: i64) -> Call {
    Call::MuteAlarms {
        region: "us-east-2".into(),
        rule: "lifeboat-shop".to_owned(),
        alarms: vec!["lag".into()],
        until: Timestamp::from_second(until_s).unwrap(),
    }
}

fn promotion() -> Call {
    Call::FailoverGlobalCluster {
        global_cluster: "shop".into(),
        target: "arn:aws:rds:us-east-2:123456789012:cluster:shop-dr".into(),
        target_region: "us-east-2".into(),
    }
}

#[test]
fn a_plan_made_again_from_the_same_facts_has_the_same_hash() {
    let one = plan(vec![step("mute", 0, vec![muted(100)])]);
    let mut other = plan(vec![step("mute", 0, vec![muted(200)])]);
    other.made_at = Timestamp::from_second(60).unwrap();
    other.predicted.rto = Some(Duration::from_secs(90));
    other.steps[0].expected = None;
    assert_eq!(one.hash(), other.hash());
    assert_eq!(one.hash().as_str().len(), 64);
}

#[test]
fn whatever_would_be_done_otherwise_changes_the_hash() {
    let base = plan(vec![step("tell", 0, vec![parameter(&Change::new("us-east-1", "us-east-2"))])]);
    let mut variants = vec![base.clone(); 8];
    variants[0].to = "us-west-2".into();
    variants[1].mode = Mode::Planned;
    variants[2].steps[0].calls = vec![parameter(&Change::new("us-east-1", "us-west-2"))];
    variants[3].steps[0].guards.push(GuardName::Lag);
    variants[4].steps.push(step("again", 1, Vec::new()));
    variants[5].account = None;
    variants[6].guards.clear();
    variants[7].drill = true;
    for variant in variants {
        assert_ne!(base.hash(), variant.hash(), "{variant:?}");
    }
}

#[test]
fn a_step_does_as_another_whatever_is_expected_of_it_and_wherever_it_stands() {
    let one = step("mute", 0, vec![muted(100)]);
    let mut later = step("mute", 3, vec![muted(200)]);
    later.expected = None;
    assert!(one.does_as(&later));
    let mut patient = one.clone();
    patient.timeout = Duration::from_mins(6);
    let mut other = one.clone();
    other.calls.push(promotion());
    assert!(!one.does_as(&patient) && !one.does_as(&other));
}

#[test]
fn a_step_is_taken_back_call_by_call_from_the_last() {
    let there = |from, to| parameter(&Change::new(from, to));
    let two = step("two", 0, vec![there("a", "b"), there("b", "c")]);
    assert_eq!(two.undo(), Some(vec![there("c", "b"), there("b", "a")]));
    assert_eq!(two.reversible, Reversible::Yes);
    let unknown = step("unknown", 0, vec![there("a", "b"), parameter(&Change { from: None, to: "c" })]);
    assert_eq!(unknown.undo(), None);
    assert!(!unknown.is_reversible());
    assert_eq!(step("wait", 0, Vec::new()).reversible, Reversible::NothingToUndo);
}

#[test]
fn the_line_of_reversibility_lies_above_the_first_group_with_a_promotion() {
    let plan = plan(vec![
        step("mute", 0, vec![muted(1)]),
        step("promote", 1, vec![promotion()]),
        step("grow", 1, Vec::new()),
        step("tell", 2, vec![parameter(&Change::new("a", "b"))]),
    ]);
    assert_eq!(plan.point_of_no_return(), Some(1));
    let groups: Vec<usize> = plan.groups().map(<[Step]>::len).collect();
    assert_eq!(groups, [1, 2, 1]);
    assert_eq!(plan.phrase(), "failover shop us-east-2");
}

#[test]
fn a_plan_survives_being_written_down() {
    let plan = plan(vec![step("promote", 0, vec![promotion()]), step("mute", 1, vec![muted(7)])]);
    let text = serde_json::to_string(&plan).unwrap();
    let read: Plan = serde_json::from_str(&text).unwrap();
    assert_eq!(read, plan);
    assert_eq!(read.hash(), plan.hash());
}
