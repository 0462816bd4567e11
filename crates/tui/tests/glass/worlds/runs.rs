//! A plan with a step of each sort that the glass treats differently, and what a run of it tells, entry by entry.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use lifeboat_model::assessment::StoreKind;
use lifeboat_model::call::{Call, Change, Receipt};
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::guard::{GuardName, GuardReport, Verdict};
use lifeboat_model::objective::Objectives;
use lifeboat_model::plan::{PLAN_VERSION, Plan, Predicted, Step, StepId};
use lifeboat_model::port::Reality;
use lifeboat_model::preflight::OpenRun;
use lifeboat_model::read::Service;
use lifeboat_model::run::{
    Entry, Found, LedgerItem, Measured, Operator, Phases, RunEvent, RunId, RunOutcome, StepOutcome, TrueLoss,
};
use lifeboat_model::runbook::{Mode, StepKind};
use lifeboat_tui::acting::Proposal;

use super::{HOME, NAME, PARTNER, ago};

pub(crate) const RUN: &str = "switchover-0301-1359";

fn step(kind: StepKind, group: usize, id: &str, title: &str, calls: Vec<Call>, expected: Option<u64>) -> Step {
    Step {
        id: StepId::new(id),
        kind,
        title: title.to_owned(),
        group,
        reversible: Step::reversible(&calls),
        calls,
        verify: Vec::new(),
        guards: Vec::new(),
        temporary: kind == StepKind::MuteAlarms,
        expected: expected.map(Duration::from_secs),
        expected_basis: expected.map_or(String::new(), |_| "median of 4 runs".to_owned()),
        timeout: Duration::from_mins(5),
        optional: false,
        inject: false,
        after: Vec::new(),
        repeats: None,
    }
}

pub(crate) fn plan(mode: Mode) -> Plan {
    let mute = Call::MuteAlarms {
        region: PARTNER.into(),
        rule: "lifeboat-payments".to_owned(),
        alarms: vec!["payments-5xx".into()],
        until: ago(0),
    };
    let target = "arn:aws:rds:us-east-2:123456789012:cluster:payments-partner";
    let promote = match mode {
        Mode::Planned => Call::SwitchoverGlobalCluster {
            global_cluster: "payments-global".into(),
            target: target.into(),
            writer_region: HOME.into(),
        },
        Mode::Unplanned => Call::FailoverGlobalCluster {
            global_cluster: "payments-global".into(),
            target: target.into(),
            target_region: PARTNER.into(),
        },
    };
    let parameter = Call::PutParameter {
        region: PARTNER.into(),
        name: "/payments/active".into(),
        value: Change::new(HOME.to_owned(), PARTNER.to_owned()),
    };
    let lost = if mode == Mode::Planned { Duration::ZERO } else { Duration::from_millis(1300) };
    Plan {
        version: PLAN_VERSION,
        runbook: if mode == Mode::Planned { "switchover" } else { "failover" }.into(),
        mode,
        deployment: NAME.into(),
        account: Some("123456789012".into()),
        from: HOME.into(),
        to: PARTNER.into(),
        drill: false,
        made_at: ago(3),
        writer: Some("arn:aws:rds:us-east-1:123456789012:cluster:payments-home".into()),
        guards: vec![GuardName::Identity, GuardName::Lag, GuardName::Writer],
        steps: vec![
            step(StepKind::MuteAlarms, 0, "mute-1", "Mute 1 alarm in us-east-2", vec![mute], Some(2)),
            step(StepKind::Approval, 1, "approval-2", "Wait for the approval", Vec::new(), None),
            step(
                StepKind::AuroraSwitchover,
                2,
                "promote-3",
                "Promote payments-partner in us-east-2",
                vec![promote],
                Some(72),
            ),
            step(StepKind::Capacity, 2, "capacity-3", "Wait for payments-app in us-east-2", Vec::new(), Some(40)),
            step(StepKind::Parameter, 3, "parameter-4", "Say that us-east-2 is active", vec![parameter], Some(1)),
            step(StepKind::Canary, 4, "canary-5", "Write as a client does", Vec::new(), Some(90)),
            step(StepKind::RestoreLedger, 5, "restore-6", "Put back what was temporary", Vec::new(), Some(2)),
        ],
        predicted: Predicted {
            rto: Some(Duration::from_secs(95)),
            rpo: BTreeMap::from([
                (StoreKind::Aurora, Some(lost)),
                (StoreKind::DynamoDb, (mode == Mode::Planned).then_some(lost)),
            ]),
            rpo_now: BTreeMap::new(),
            length: Some(Duration::from_secs(167)),
        },
        objectives: Objectives {
            rpo: Some(Duration::from_mins(1)),
            rto: Some(Duration::from_mins(15)),
            ..Objectives::default()
        },
        build: None,
        notes: vec!["The old writer becomes a reader by itself.".to_owned()],
    }
}

fn report(guard: GuardName, verdict: Verdict, evidence: &str) -> GuardReport {
    GuardReport { guard, verdict, evidence: evidence.to_owned(), read_at: Some(ago(5)), overridden: None }
}

pub(crate) fn passing() -> Vec<GuardReport> {
    vec![
        report(GuardName::Identity, Verdict::Pass, "the caller is in account 123456789012"),
        report(GuardName::Lag, Verdict::Pass, "Aurora 84 ms, DynamoDB 9 s: each within 1 min"),
        report(GuardName::Writer, Verdict::Pass, "payments-home writes, as the plan says"),
    ]
}

pub(crate) fn refusing() -> Vec<GuardReport> {
    let mut reports = passing();
    reports[1].verdict = Verdict::unknown("S3's backlog has not been read for 6 min in us-east-2");
    reports[2].verdict = Verdict::refuse("a promotion is under way", "wait until it is over");
    reports
}

pub(crate) fn proposal(mode: Mode, reports: Vec<GuardReport>) -> Proposal {
    let plan = plan(mode);
    Proposal::new(plan.runbook.clone(), false, plan, reports)
}

pub(crate) fn operator() -> Operator {
    Operator { arn: None, user: "ada".to_owned(), host: "bridge".to_owned(), process: 4711 }
}

/// The same run as it stands among what is judged: how it ended as far as it did, and who executes it now.
pub(crate) fn open_run(outcome: Option<RunOutcome>, holder: Option<Operator>) -> OpenRun {
    let (id, by) = (RunId::new(RUN), operator());
    OpenRun { id, runbook: "switchover".into(), by, started_at: ago(65), outcome, holder }
}

/// Entries of one run, one after the other.
pub(crate) struct Telling {
    pub(crate) entries: Vec<Arc<Entry>>,
}

impl Telling {
    pub(crate) fn new(mode: Mode, seconds_ago: u64) -> Self {
        Self::of(plan(mode), seconds_ago)
    }

    pub(crate) fn of(plan: Plan, seconds_ago: u64) -> Self {
        let plan = Box::new(plan);
        let hash = plan.hash();
        let mut telling = Self { entries: Vec::new() };
        telling.tell(
            seconds_ago,
            RunEvent::RunStarted {
                plan,
                hash: hash.clone(),
                by: operator(),
                reality: Some(Reality::Live),
                incident_began_at: None,
            },
        );
        telling.tell(seconds_ago, RunEvent::Approved { by: operator(), hash, phrase: None });
        telling.tell(seconds_ago, RunEvent::GuardsJudged { step: None, reports: passing() });
        telling
    }

    /// The same with another plan.
    pub(crate) fn but(mut self, change: impl FnOnce(&mut Plan)) -> Self {
        if let Some(Entry { event: RunEvent::RunStarted { plan, .. }, .. }) =
            self.entries.first_mut().map(Arc::make_mut)
        {
            change(plan);
        }
        self
    }

    pub(crate) fn tell(&mut self, seconds_ago: u64, event: RunEvent) {
        let sequence = self.entries.len() as u64 + 1;
        self.entries.push(Arc::new(Entry {
            sequence,
            run: RunId::new(RUN),
            deployment: NAME.into(),
            at: ago(seconds_ago),
            event,
            previous: String::new(),
            hash: format!("{sequence:064}"),
        }));
    }

    pub(crate) fn begin(&mut self, seconds_ago: u64, step: &str) {
        self.tell(seconds_ago, RunEvent::StepStarted { step: StepId::new(step), attempt: 1 });
    }

    pub(crate) fn end(&mut self, seconds_ago: u64, step: &str, seconds: u64, outcome: StepOutcome) {
        let elapsed = Duration::from_secs(seconds);
        self.tell(seconds_ago, RunEvent::StepEnded { step: StepId::new(step), outcome, elapsed });
    }

    pub(crate) fn canary(&mut self, seconds_ago: u64, outcome: Result<(), &str>) {
        let sent_at = ago(seconds_ago);
        let outcome = outcome.map(|()| sent_at).map_err(str::to_owned);
        self.tell(seconds_ago, RunEvent::CanaryWritten { nonce: format!("n{seconds_ago}"), sent_at, outcome });
    }

    pub(crate) fn done(&mut self, began: u64, step: &str, seconds: u64) {
        self.begin(began, step);
        self.end(began - seconds, step, seconds, StepOutcome::Done);
    }

    /// Half a minute into the promotion; clients cannot write for twelve seconds.
    pub(crate) fn running() -> Self {
        let mut telling = Self::new(Mode::Planned, 65);
        for second in (13..65).rev().step_by(2) {
            telling.canary(second, Ok(()));
        }
        telling.begin(64, "mute-1");
        let item = LedgerItem {
            step: StepId::new("mute-1"),
            what: "the actions of 1 alarm muted in us-east-2".to_owned(),
            restore: Vec::new(),
        };
        telling.tell(64, RunEvent::LedgerOpened { item });
        telling.end(62, "mute-1", 2, StepOutcome::Done);
        telling.done(62, "approval-2", 0);
        telling.begin(32, "promote-3");
        let call = plan(Mode::Planned).steps[2].calls[0].clone();
        telling.tell(32, RunEvent::CallStarted { step: StepId::new("promote-3"), index: 0, call: Box::new(call) });
        let receipt = Receipt { request_id: Some("8f1c".to_owned()), at: ago(31), detail: None };
        telling.tell(31, RunEvent::CallEnded { step: StepId::new("promote-3"), index: 0, outcome: Ok(receipt) });
        telling.begin(32, "capacity-3");
        for second in (1..13).rev().step_by(2) {
            telling.canary(second, Err("connection refused"));
        }
        telling
    }

    /// What is under way is the last before the promotion.
    pub(crate) fn at_its_line() -> Self {
        let mut telling = Self::new(Mode::Unplanned, 30);
        telling.canary(28, Ok(()));
        telling.done(27, "mute-1", 2);
        telling.begin(25, "approval-2");
        telling
    }

    /// Nothing of it is done yet.
    pub(crate) fn begun(mode: Mode) -> Self {
        Self::new(mode, 10)
    }

    /// Clients are led, and can write again; what is temporary is still to be put back.
    pub(crate) fn served_again() -> Self {
        let mut telling = Self::led();
        telling.suffered();
        telling.begin(160, "canary-5");
        telling
    }

    /// As far as clients are led by it.
    fn led() -> Self {
        let mut telling = Self::new(Mode::Planned, 240);
        for (began, step, seconds) in [
            (239, "mute-1", 2),
            (237, "approval-2", 0),
            (236, "promote-3", 61),
            (236, "capacity-3", 20),
            (174, "parameter-4", 1),
        ] {
            telling.done(began, step, seconds);
        }
        telling
    }

    /// Half a minute of writes was refused.
    fn suffered(&mut self) {
        self.canary(230, Ok(()));
        self.canary(200, Err("connection refused"));
        self.canary(168, Ok(()));
    }

    /// The promotion failed, and a person is asked.
    pub(crate) fn asking() -> Self {
        let mut telling = Self::running();
        let error = CloudError {
            kind: CloudErrorKind::Conflict,
            service: Service::Aurora,
            region: PARTNER.into(),
            operation: "SwitchoverGlobalCluster".to_owned(),
            message: "InvalidGlobalClusterStateFault: a member is being modified".to_owned(),
            request_id: Some("9a2b".to_owned()),
            fix: None,
        };
        let reason = error.to_string();
        telling.end(20, "capacity-3", 12, StepOutcome::Done);
        telling.end(10, "promote-3", 22, StepOutcome::Failed { reason: reason.clone() });
        let text = format!(
            "Promote payments-partner in us-east-2: {reason}. Retry it, skip it with a reason, abort the run, go on unplanned?"
        );
        telling.tell(9, RunEvent::Question { step: StepId::new("promote-3"), text, approves: None });
        telling
    }

    /// The answer to the promotion was lost, and nothing tells what became of it.
    pub(crate) fn unseen() -> Self {
        let mut telling = Self::running();
        let error = CloudError {
            kind: CloudErrorKind::OutcomeUnknown,
            service: Service::Aurora,
            region: PARTNER.into(),
            operation: "SwitchoverGlobalCluster".to_owned(),
            message: "the answer was lost".to_owned(),
            request_id: None,
            fix: None,
        };
        let (step, reason) = (StepId::new("promote-3"), "nobody answers".to_owned());
        telling.tell(12, RunEvent::CallEnded { step: step.clone(), index: 0, outcome: Err(error) });
        telling.tell(10, RunEvent::CallProbed { step: step.clone(), index: 0, found: Found::CannotTell { reason } });
        let text =
            "Promote payments-partner in us-east-2: nothing tells what became of it. Did it happen? Yes goes on, \
                    no sends it."
                .to_owned();
        telling.tell(9, RunEvent::Question { step, text, approves: None });
        telling
    }

    /// The plan of the middle of a run, which a person is asked to approve.
    pub(crate) fn replanned() -> Self {
        let mut telling = Self::asking();
        let plan = Box::new(plan(Mode::Unplanned));
        let hash = plan.hash();
        telling.tell(4, RunEvent::ModeChanged { mode: Mode::Unplanned, plan, hash: hash.clone(), by: operator() });
        let text = "The plan is now failover. Approve it?".to_owned();
        telling.tell(3, RunEvent::Question { step: StepId::new("approval-2"), text, approves: Some(hash) });
        telling
    }

    /// Asked about, and executed by nobody any more.
    pub(crate) fn left() -> Self {
        let mut telling = Self::asking();
        telling.over(2, RunOutcome::Stopped, Some("nobody answered"));
        telling
    }

    /// Everything is done, and half a minute of writes was refused.
    pub(crate) fn completed() -> Self {
        let mut telling = Self::led();
        telling.done(172, "canary-5", 88);
        telling.done(80, "restore-6", 2);
        telling.suffered();
        telling.over(70, RunOutcome::Completed, None);
        telling
    }

    /// The run was given up in the middle of it.
    pub(crate) fn failed() -> Self {
        let mut telling = Self::asking();
        telling.over(3, RunOutcome::Failed, Some("Promote payments-partner in us-east-2: a member is being modified"));
        telling
    }

    pub(crate) fn over(&mut self, seconds_ago: u64, outcome: RunOutcome, reason: Option<&str>) {
        let is_good = outcome == RunOutcome::Completed;
        let measured = Measured {
            rto: is_good.then_some(Duration::from_secs(32)),
            rto_at_least: (!is_good).then_some(Duration::from_secs(12)),
            rpo: BTreeMap::from([(StoreKind::Aurora, Some(Duration::ZERO)), (StoreKind::DynamoDb, None)]),
            phases: Phases { execution: Some(Duration::from_secs(64)), ..Phases::default() },
            served_since: is_good.then(|| ago(10)),
            canaries_written: 2,
            canaries_failed: 1,
        };
        let truth = is_good.then(|| TrueLoss {
            rto: Duration::from_secs(30),
            rto_longest: Duration::from_secs(30),
            rpo: BTreeMap::from([(StoreKind::Aurora, Duration::ZERO)]),
        });
        let event =
            RunEvent::RunEnded { outcome, reason: reason.map(str::to_owned), measured, truth, ledger: Vec::new() };
        self.tell(seconds_ago, event);
    }
}
