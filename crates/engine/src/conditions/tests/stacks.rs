//! What is made of stacks and of what was asked of them beside the polls.

use std::collections::BTreeMap;

use lifeboat_model::facts::change_set::{ChangeSet, ChangeSetStatus, Execution};
use lifeboat_model::facts::drift::{Detection, DetectionStatus};
use lifeboat_model::facts::stack::{DriftStatus, Stack, StackEvent};
use lifeboat_model::plan::SlowRefusal;
use lifeboat_model::read::PlannedRead;

use super::super::{Asked, asks, probe_asks};
use super::*;

const CHANGE_SET: &str = "lifeboat-1";

fn failure(second: i64, status: &str, reason: &str) -> StackEvent {
    StackEvent {
        id: String::new(),
        at: at(second),
        logical_id: "Table".to_owned(),
        resource_type: "AWS::DynamoDB::GlobalTable".to_owned(),
        status: status.to_owned(),
        reason: Some(reason.to_owned()),
    }
}

fn stack(status: &str, touched: i64) -> Stack {
    Stack {
        name: "shop".into(),
        id: None,
        status: status.to_owned(),
        status_reason: None,
        drift: DriftStatus::NotChecked,
        drift_checked_at: None,
        created_at: Some(at(0)),
        updated_at: Some(at(touched)),
        termination_protection: false,
        parameters: BTreeMap::new(),
        outputs: BTreeMap::new(),
        tags: BTreeMap::new(),
        events: vec![failure(touched, "UPDATE_FAILED", "the quota is reached")],
    }
}

/// One that AWS found nothing to change in, or that waits to be executed.
fn change_set(is_empty: bool) -> ChangeSet {
    ChangeSet {
        name: CHANGE_SET.to_owned(),
        stack: "shop".into(),
        id: None,
        stack_id: None,
        status: if is_empty { ChangeSetStatus::Failed } else { ChangeSetStatus::Complete },
        execution: if is_empty { Execution::Unavailable } else { Execution::Complete },
        reason: is_empty.then(|| "The submitted information didn't contain changes.".to_owned()),
        created_at: Some(at(BEGAN)),
        changes: Vec::new(),
        parameters: BTreeMap::new(),
    }
}

impl Scene {
    /// Answered ten seconds after the beginning.
    pub(super) fn answers(mut self, region: &str, read: Read, facts: Facts) -> Self {
        let asked = PlannedRead { region: region.into(), read };
        self.findings.take(&asked, at(BEGAN + 10), Ok(facts));
        self
    }

    fn has(self, stack: Stack) -> Self {
        let of_stack = Read::Stacks { stacks: vec!["shop".into()] };
        self.answers(HOME, of_stack, Facts::Stacks(vec![stack]))
    }

    fn at(mut self, second: i64) -> Self {
        self.now = at(second);
        self
    }

    fn has_set(self, set: ChangeSet) -> Self {
        let read = Read::ChangeSet { stack: "shop".into(), change_set: CHANGE_SET.to_owned() };
        self.answers(HOME, read, Facts::ChangeSet(Some(set)))
    }

    /// Nothing has happened since it was begun.
    fn has_no_events(self) -> Self {
        let since = Some(at(BEGAN - 60));
        self.answers(HOME, Read::StackEvents { stack: "shop".into(), since }, Facts::StackEvents(Vec::new()))
    }
}

fn complete() -> Condition {
    Condition::StackComplete { region: HOME.into(), stack: "shop".into(), change_set: CHANGE_SET.to_owned() }
}

#[test]
fn a_stack_is_complete_by_what_was_begun_or_where_nothing_was_to_be_changed() {
    let before = |status: &str| Scene::new().at(BEGAN + 12).has(stack(status, 100));
    for status in ["UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"] {
        not_yet(&before(status).has_set(change_set(false)).judge(&complete()), "as it was before");
        // What an earlier try left is whole, and AWS says that there is nothing to do.
        assert_eq!(before(status).has_set(change_set(true)).judge(&complete()), Held::Yes, "{status}");
    }
    let now = Scene::new().has(stack("UPDATE_COMPLETE", BEGAN + 5)).has_set(change_set(false));
    assert_eq!(now.judge(&complete()), Held::Yes);
}

#[test]
fn a_stack_that_went_back_never_is_complete_and_says_why_though_nothing_happened_since() {
    let scene = Scene::new().has(stack("UPDATE_ROLLBACK_COMPLETE", BEGAN - 500)).has_set(change_set(false));
    let asked_for = {
        let seen = Asked { plan: None, findings: &scene.findings, since: at(BEGAN) };
        asks(&complete(), &seen)
    };
    assert!(asked_for.iter().any(|asked| matches!(asked.read, Read::StackEvents { .. })), "{asked_for:?}");
    not_yet(&scene.judge(&complete()), "why is being asked");
    never(&scene.has_no_events().judge(&complete()), "the quota is reached");
}

#[test]
fn a_deletion_that_failed_before_is_not_the_one_that_was_begun() {
    let gone = Condition::StackGone {
        region: HOME.into(),
        stack: "shop".into(),
        refusals: vec![SlowRefusal {
            says: "being copied".to_owned(),
            why: "AWS copies it".to_owned(),
            retry_after: Duration::from_mins(2),
        }],
    };
    let failed = |second| {
        let events = vec![failure(second, "DELETE_FAILED", "it is being copied")];
        Stack { events, ..stack("DELETE_FAILED", second) }
    };
    not_yet(&Scene::new().at(BEGAN + 12).has(failed(100)).judge(&gone), "as it was before");
    let waits = Scene::new().at(BEGAN + 12).has(failed(BEGAN + 5)).has_no_events().judge(&gone);
    assert!(matches!(&waits, Held::Later(why) if why.contains("tried again in")), "{waits:?}");
    let due = Scene::new().at(BEGAN + 130).has(failed(BEGAN + 5)).has_no_events();
    assert!(matches!(due.judge(&gone), Held::Again(_)), "{:?}", due.judge(&gone));
}

/// AWS dates a comparison by its beginning, and what is told of it before it is over is what it has found so far.
#[test]
fn a_comparison_is_over_when_it_says_so_and_not_when_it_is_dated() {
    let compared = Condition::DriftDetected { region: HOME.into(), stack: "shop".into() };
    let dated = || Stack { drift_checked_at: Some(at(BEGAN + 1)), ..stack("CREATE_COMPLETE", 0) };
    let detection = |status, reason: Option<&str>| {
        let (id, reason) = ("d-1".to_owned(), reason.map(str::to_owned));
        let told = Detection { id: id.clone(), status, reason, drift: None, drifted_resources: None, at: None };
        let asked = Read::DriftDetection { detection: id };
        let mut scene =
            Scene::new().at(BEGAN + 12).has(dated()).answers(HOME, asked, Facts::DriftDetection(Some(told)));
        scene.findings.compares(&HOME.into(), &"shop".into(), "d-1");
        scene.judge(&compared)
    };
    not_yet(&detection(DetectionStatus::InProgress, None), "is being compared");
    never(&detection(DetectionStatus::Failed, Some("access denied")), "access denied");
    assert_eq!(detection(DetectionStatus::Complete, None), Held::Yes);
    // It is asked for by the id that beginning it gave.
    let mut scene = Scene::new().has(dated());
    scene.findings.compares(&HOME.into(), &"shop".into(), "d-1");
    let asked = asks(&compared, &Asked { plan: None, findings: &scene.findings, since: at(BEGAN) });
    assert!(asked.iter().any(|asked| matches!(asked.read, Read::DriftDetection { .. })), "{asked:?}");
    // Begun by a process that is gone: as long as one takes.
    not_yet(&Scene::new().at(BEGAN + 12).has(dated()).judge(&compared), "to go");
    assert_eq!(Scene::new().at(BEGAN + 301).has(dated()).judge(&compared), Held::Yes);
    let old = Stack { drift_checked_at: Some(at(BEGAN - 100)), ..dated() };
    not_yet(&Scene::new().at(BEGAN + 301).has(old).judge(&compared), "is being compared");
}

// ---- Records that no stack made

fn foreign(record_type: &str) -> RecordSet {
    RecordSet {
        zone: "Z1".into(),
        name: "_proof.shop.test".into(),
        record_type: record_type.to_owned(),
        set_identifier: None,
        routing: Routing::Simple,
        ttl_s: Some(300),
        values: vec!["proof".to_owned()],
        alias: None,
        health_check: None,
    }
}

/// The deployment is not watched by any of these names, and no poll asks for them.
#[test]
fn records_are_gone_once_the_zone_itself_says_so_whatever_their_type() {
    let zone = || Read::ZoneRecords { zones: vec!["Z1".into()] };
    for record_type in ["CNAME", "TXT", "CAA"] {
        let gone = Condition::RecordsGone { zone: "Z1".into(), records: vec![foreign(record_type)] };
        let delete = Call::ChangeRecord { zone: "Z1".into(), before: Some(foreign(record_type)), after: None };
        assert!(reads(&gone, &Scene::new().deployment).is_empty());
        assert_eq!(probe_asks(&delete).len(), 1);
        unknown(&Scene::new().judge(&gone), "has not been asked");
        cannot_tell(&Scene::new().probe(&delete), "has not been asked");
        let there = Scene::new().answers("us-east-1", zone(), Facts::ZoneRecords(vec![foreign(record_type)]));
        not_yet(&there.judge(&gone), record_type);
        assert_eq!(there.probe(&delete), Found::DidNotHappen);
        let empty = Scene::new().answers("us-east-1", zone(), Facts::ZoneRecords(Vec::new()));
        assert_eq!(empty.judge(&gone), Held::Yes);
        assert_eq!(empty.probe(&delete), Found::Happened);
    }
}
