//! A run with everything in it, as entries.

use lifeboat_engine::journal::{Journal, MemoryJournal};
use lifeboat_model::assessment::StoreKind;
use lifeboat_model::call::{Call, Change, Receipt};
use lifeboat_model::guard::{GuardName, GuardReport, Verdict};
use lifeboat_model::objective::Objectives;
use lifeboat_model::plan::{Plan, Predicted, Reversible};
use lifeboat_model::port::Reality;
use lifeboat_model::run::{
    Answer, Entry, Found, LedgerItem, Measured, Phases, RunEvent, RunOutcome, StepOutcome, TrueLoss,
};
use lifeboat_model::runbook::StepKind;
use lifeboat_model::time::{Duration, Timestamp};

use crate::samples::{ann, at, ben, failure, noted, plan, promote, run, shop, step, step_id};

pub(crate) fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

pub(crate) fn story_plan() -> Plan {
    let mute = Call::MuteAlarms {
        region: "us-east-1".into(),
        rule: "lifeboat-shop".to_owned(),
        alarms: vec!["shop-5xx".into()],
        until: at(3600),
    };
    let dial = Call::UpdateEndpointGroup {
        group: "arn:aws:globalaccelerator::123456789012:accelerator/a/listener/l/endpoint-group/g".into(),
        dial_percent: Change::new(100.0, 0.0),
        weights: Vec::new(),
    };
    let mut steps = vec![
        step("mute-us-east-1", StepKind::MuteAlarms, 0, vec![mute]),
        step("promote-shop-global", StepKind::AuroraFailover, 1, vec![promote()]),
        step("dial-us-east-1", StepKind::Accelerator, 2, vec![dial]),
        step("prove", StepKind::Canary, 3, Vec::new()),
        step("restore", StepKind::RestoreLedger, 4, Vec::new()),
    ];
    for (step, title) in steps.iter_mut().zip([
        "Mute 1 alarm in us-east-1",
        "Promote shop-standby in us-east-2",
        "Take us-east-1 out of the accelerator",
        "A write through the public name",
        "Put back what was temporary",
    ]) {
        title.clone_into(&mut step.title);
    }
    steps[0].temporary = true;
    steps[1].reversible = Reversible::No("writes that had not been replicated are lost".to_owned());
    steps[1].expected = Some(seconds(90));
    Plan {
        steps,
        predicted: Predicted {
            rto: Some(seconds(150)),
            rpo: [(StoreKind::Aurora, Some(seconds(2))), (StoreKind::S3, None)].into(),
            rpo_now: std::collections::BTreeMap::new(),
            length: Some(seconds(240)),
        },
        objectives: Objectives { rto: Some(seconds(120)), rpo: Some(seconds(5)), ..Objectives::default() },
        notes: vec!["What us-east-1 had not replicated is lost for good.".to_owned()],
        ..plan()
    }
}

fn guard(guard: GuardName, verdict: Verdict, evidence: &str, overridden: Option<&str>) -> GuardReport {
    let overridden = overridden.map(str::to_owned);
    GuardReport { guard, verdict, evidence: evidence.to_owned(), read_at: Some(at(0)), overridden }
}

fn canary(second: i64, acknowledged: bool) -> (i64, RunEvent) {
    let outcome =
        if acknowledged { Ok(at(second)) } else { Err("https://shop.example.com/orders: 503 | <busy>".to_owned()) };
    (second, RunEvent::CanaryWritten { nonce: format!("n{second}"), sent_at: at(second), outcome })
}

pub(crate) fn measured() -> Measured {
    Measured {
        rto: Some(seconds(125)),
        rto_at_least: None,
        served_since: Some(at(140)),
        rpo: [(StoreKind::Aurora, Some(seconds(3))), (StoreKind::S3, None)].into(),
        phases: Phases {
            detection: Some(seconds(12)),
            decision: Some(seconds(8)),
            execution: Some(seconds(110)),
            verification: Some(seconds(7)),
        },
        canaries_written: 40,
        canaries_failed: 25,
    }
}

/// What happens in the story and when, up to where it ends.
pub(crate) fn story() -> Vec<(i64, RunEvent)> {
    let plan = story_plan();
    let hash = plan.hash();
    let promote_id = || step_id("promote-shop-global");
    let mute_id = || step_id("mute-us-east-1");
    let mute = plan.steps[0].calls[0].clone();
    let dial = plan.steps[2].calls[0].clone();
    let restore = plan.steps[0].undo().unwrap();
    let receipt = |second| {
        let request_id = Some(format!("req-{second}"));
        Ok(Receipt { request_id, at: at(second), detail: None })
    };
    let phrase = Some(plan.phrase());
    let mut events = vec![
        (
            0,
            RunEvent::RunStarted {
                plan: Box::new(plan),
                hash: hash.clone(),
                by: ann(),
                reality: Some(Reality::Simulated("region-loss".to_owned())),
                incident_began_at: Some(Timestamp::new(1_772_359_180, 0).unwrap()),
            },
        ),
        (0, RunEvent::Approved { by: ben(), hash: hash.clone(), phrase: None }),
        (8, RunEvent::Approved { by: ann(), hash, phrase }),
        (8, RunEvent::Overridden { guard: GuardName::Lag, reason: "the region is lost".to_owned(), by: ann() }),
        (
            9,
            RunEvent::GuardsJudged {
                step: None,
                reports: vec![
                    guard(GuardName::Access, Verdict::Pass, "operator access", None),
                    guard(GuardName::Identity, Verdict::Pass, "account 123456789012", None),
                    guard(
                        GuardName::Lag,
                        Verdict::refuse("Aurora 9 s, over 5 s", "wait until it is within 5 s"),
                        "Aurora 9 s, DynamoDB no data",
                        Some("the region is lost"),
                    ),
                ],
            },
        ),
        (10, RunEvent::StepStarted { step: mute_id(), attempt: 1 }),
        (10, RunEvent::CallStarted { step: mute_id(), index: 0, call: Box::new(mute) }),
        (11, RunEvent::CallEnded { step: mute_id(), index: 0, outcome: receipt(11) }),
        (
            11,
            RunEvent::LedgerOpened {
                item: LedgerItem { step: mute_id(), what: "1 alarm of us-east-1 is muted".to_owned(), restore },
            },
        ),
        (12, RunEvent::StepEnded { step: mute_id(), outcome: StepOutcome::Done, elapsed: seconds(2) }),
        (12, RunEvent::FaultObserved { what: "us-east-1 does not answer".to_owned() }),
        (
            12,
            RunEvent::GuardsJudged {
                step: Some(promote_id()),
                reports: vec![guard(GuardName::Writer, Verdict::Pass, "shop-home is the writer", None)],
            },
        ),
        (13, RunEvent::StepStarted { step: promote_id(), attempt: 1 }),
        (13, RunEvent::CallStarted { step: promote_id(), index: 0, call: Box::new(promote()) }),
        (43, RunEvent::CallEnded { step: promote_id(), index: 0, outcome: Err(failure("no answer within 30 s")) }),
        (44, RunEvent::CallProbed { step: promote_id(), index: 0, found: Found::DidNotHappen }),
        (
            44,
            RunEvent::StepEnded {
                step: promote_id(),
                outcome: StepOutcome::Failed { reason: "the request was lost".to_owned() },
                elapsed: seconds(31),
            },
        ),
        (45, RunEvent::Question { step: promote_id(), text: "it did not happen: again?".to_owned(), approves: None }),
        (55, RunEvent::Answered { step: promote_id(), answer: Answer::Retry, by: ben() }),
        (56, RunEvent::StepStarted { step: promote_id(), attempt: 2 }),
        (56, RunEvent::CallStarted { step: promote_id(), index: 0, call: Box::new(promote()) }),
        (57, RunEvent::CallEnded { step: promote_id(), index: 0, outcome: receipt(57) }),
        (118, RunEvent::StepEnded { step: promote_id(), outcome: StepOutcome::Done, elapsed: seconds(62) }),
        (119, RunEvent::StepStarted { step: step_id("dial-us-east-1"), attempt: 1 }),
        (119, RunEvent::CallStarted { step: step_id("dial-us-east-1"), index: 0, call: Box::new(dial) }),
        (120, RunEvent::CallEnded { step: step_id("dial-us-east-1"), index: 0, outcome: receipt(120) }),
        (121, RunEvent::StepEnded { step: step_id("dial-us-east-1"), outcome: StepOutcome::Done, elapsed: seconds(2) }),
        (122, RunEvent::Paused { by: ben() }),
        (123, noted("clients call: it works again")),
        (124, RunEvent::Resumed { by: ben() }),
        (125, RunEvent::StepStarted { step: step_id("prove"), attempt: 1 }),
        (140, RunEvent::StepEnded { step: step_id("prove"), outcome: StepOutcome::Done, elapsed: seconds(15) }),
        (
            141,
            RunEvent::CanariesSought {
                store: StoreKind::Aurora,
                found: vec!["n1".to_owned(), "n2".to_owned()],
                missing: vec!["n3".to_owned()],
                unknown: Vec::new(),
            },
        ),
        (142, RunEvent::StepStarted { step: step_id("restore"), attempt: 1 }),
        (143, RunEvent::LedgerKept { step: mute_id(), reason: "us-east-1 does not answer".to_owned() }),
        (
            144,
            RunEvent::StepEnded {
                step: step_id("restore"),
                outcome: StepOutcome::Skipped { reason: "us-east-1 does not answer".to_owned() },
                elapsed: seconds(2),
            },
        ),
        (
            145,
            RunEvent::RunEnded {
                outcome: RunOutcome::Completed,
                reason: None,
                measured: measured(),
                truth: Some(TrueLoss {
                    rto: Duration::from_millis(124_200),
                    rto_longest: seconds(131),
                    rpo: [(StoreKind::Aurora, Duration::from_millis(2_800))].into(),
                }),
                ledger: Vec::new(),
            },
        ),
    ];
    events.extend((1..4).map(|second| canary(second, true)));
    events.extend((0..25).map(|nth| canary(5 + 5 * nth, false)));
    events.extend((130..142).map(|second| canary(second, true)));
    events.sort_by_key(|(second, _)| *second);
    events
}

/// The events as a journal keeps them.
pub(crate) fn kept(id: &str, events: &[(i64, RunEvent)]) -> Vec<Entry> {
    let journal = MemoryJournal::new();
    for (second, event) in events {
        journal.append(&run(id), &shop(), at(*second), event).unwrap();
    }
    journal.entries(&run(id)).unwrap()
}
