//! Runs that the tests write down.

use lifeboat_engine::journal::{Journal, JournalError};
use lifeboat_model::call::{Call, Change, Receipt};
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::guard::{GuardName, GuardReport, Verdict};
use lifeboat_model::id::{Arn, DeploymentName, Region};
use lifeboat_model::objective::Objectives;
use lifeboat_model::plan::{PLAN_VERSION, Plan, Predicted, Step, StepId};
use lifeboat_model::port::Reality;
use lifeboat_model::read::Service;
use lifeboat_model::run::{
    Answer, Entry, Found, LedgerItem, Measured, Operator, RunEvent, RunId, RunOutcome, StepOutcome,
};
use lifeboat_model::runbook::{Mode, StepKind};
use lifeboat_model::time::{Duration, Timestamp};

pub(crate) const HOME: &str = "us-east-1";
pub(crate) const PARTNER: &str = "us-east-2";

/// So many seconds, and a bit, after the first.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::new(1_772_359_200 + seconds, 250_000_000).unwrap()
}

pub(crate) fn ann() -> Operator {
    Operator {
        arn: Some(Arn::from("arn:aws:sts::123456789012:assumed-role/dr-operator/ann")),
        user: "ann".to_owned(),
        host: "bridge".to_owned(),
        process: 4711,
    }
}

pub(crate) fn ben() -> Operator {
    Operator { arn: None, user: "ben".to_owned(), host: "laptop".to_owned(), process: 12 }
}

pub(crate) fn run(name: &str) -> RunId {
    RunId::new(name)
}

pub(crate) fn shop() -> DeploymentName {
    "shop".into()
}

pub(crate) fn step_id(text: &str) -> StepId {
    StepId::new(text)
}

pub(crate) fn invoke(payload: &str) -> Call {
    Call::InvokeFunction { region: PARTNER.into(), function: "warm-up".into(), payload: payload.to_owned() }
}

pub(crate) fn promote() -> Call {
    Call::FailoverGlobalCluster {
        global_cluster: "shop-global".into(),
        target: "arn:aws:rds:us-east-2:123456789012:cluster:shop-standby".into(),
        target_region: PARTNER.into(),
    }
}

pub(crate) fn step(id: &str, kind: StepKind, group: usize, calls: Vec<Call>) -> Step {
    Step {
        id: step_id(id),
        kind,
        title: id.to_owned(),
        group,
        reversible: Step::reversible(&calls),
        calls,
        verify: Vec::new(),
        guards: Vec::new(),
        temporary: false,
        expected: Some(Duration::from_mins(1)),
        expected_basis: "stated".to_owned(),
        timeout: Duration::from_mins(5),
        optional: false,
        inject: false,
        after: Vec::new(),
        repeats: None,
    }
}

pub(crate) fn plan() -> Plan {
    let dial = Call::UpdateEndpointGroup {
        group: "arn:aws:globalaccelerator::123456789012:accelerator/a/listener/l/endpoint-group/g".into(),
        dial_percent: Change::new(100.0, 33.3),
        weights: vec![("arn:alb".to_owned(), Change::new(128, 0))],
    };
    Plan {
        version: PLAN_VERSION,
        runbook: "failover".into(),
        mode: Mode::Unplanned,
        deployment: shop(),
        account: Some("123456789012".into()),
        from: HOME.into(),
        to: PARTNER.into(),
        drill: true,
        made_at: at(0),
        writer: None,
        guards: vec![GuardName::Access],
        steps: vec![
            step("promote", StepKind::AuroraFailover, 0, vec![promote()]),
            step("dial", StepKind::Accelerator, 1, vec![dial]),
            step("warm", StepKind::LambdaInvoke, 2, vec![invoke(r#"{"warm":true}"#)]),
        ],
        predicted: Predicted::default(),
        objectives: Objectives::default(),
        build: None,
        notes: Vec::new(),
    }
}

pub(crate) fn started() -> RunEvent {
    let plan = plan();
    let hash = plan.hash();
    RunEvent::RunStarted {
        plan: Box::new(plan),
        hash,
        by: ann(),
        reality: Some(Reality::Simulated("calm".to_owned())),
        incident_began_at: None,
    }
}

pub(crate) fn noted(text: &str) -> RunEvent {
    RunEvent::Noted { text: text.to_owned(), by: ann() }
}

pub(crate) fn ended(outcome: RunOutcome) -> RunEvent {
    RunEvent::RunEnded { outcome, reason: None, measured: Measured::default(), truth: None, ledger: Vec::new() }
}

pub(crate) fn failure(message: &str) -> CloudError {
    CloudError {
        kind: CloudErrorKind::OutcomeUnknown,
        service: Service::Aurora,
        region: Region::from(PARTNER),
        operation: "FailoverGlobalCluster".to_owned(),
        message: message.to_owned(),
        request_id: None,
        fix: None,
    }
}

/// One event of nearly every kind, as a run would write them.
pub(crate) fn eventful() -> Vec<RunEvent> {
    let promote_id = || step_id("promote");
    let receipt = || Receipt { request_id: Some("req-1".to_owned()), at: at(9), detail: Some("\"ok\"".to_owned()) };
    vec![
        started(),
        RunEvent::Approved { by: ann(), hash: plan().hash(), phrase: Some(plan().phrase()) },
        RunEvent::Overridden { guard: GuardName::Lag, reason: "the region is lost".to_owned(), by: ann() },
        RunEvent::GuardsJudged {
            step: None,
            reports: vec![GuardReport {
                guard: GuardName::Lag,
                verdict: Verdict::refuse("lag 9 s", "wait"),
                evidence: "9 s, over 1 s".to_owned(),
                read_at: Some(at(1)),
                overridden: Some("the region is lost".to_owned()),
            }],
        },
        RunEvent::StepStarted { step: promote_id(), attempt: 1 },
        RunEvent::CallStarted { step: promote_id(), index: 0, call: Box::new(promote()) },
        RunEvent::CallEnded { step: promote_id(), index: 0, outcome: Err(failure("no answer")) },
        RunEvent::CallProbed { step: promote_id(), index: 0, found: Found::Happened },
        RunEvent::StepEnded { step: promote_id(), outcome: StepOutcome::Done, elapsed: Duration::from_secs(41) },
        RunEvent::CanaryWritten { nonce: "n1".to_owned(), sent_at: at(8), outcome: Ok(at(9)) },
        RunEvent::CanaryWritten { nonce: "n2".to_owned(), sent_at: at(9), outcome: Err("503".to_owned()) },
        RunEvent::Question { step: step_id("warm"), text: "did it happen?\nlook".to_owned(), approves: None },
        RunEvent::Answered { step: step_id("warm"), answer: Answer::Retry, by: ben() },
        RunEvent::StepStarted { step: step_id("warm"), attempt: 2 },
        RunEvent::CallStarted { step: step_id("warm"), index: 0, call: Box::new(invoke(r#"{"warm":true}"#)) },
        RunEvent::CallEnded { step: step_id("warm"), index: 0, outcome: Ok(receipt()) },
        RunEvent::LedgerOpened {
            item: LedgerItem {
                step: step_id("dial"), what: "dials — “half”".to_owned(), restore: vec![promote()]
            },
        },
        RunEvent::LedgerKept { step: step_id("dial"), reason: "denied".to_owned() },
        ended(RunOutcome::Failed),
    ]
}

/// Writes the events a second apart.
pub(crate) fn write(journal: &dyn Journal, id: &RunId, events: &[RunEvent]) -> Result<Vec<Entry>, JournalError> {
    (0..).zip(events).map(|(second, event)| journal.append(id, &shop(), at(second), event)).collect()
}
