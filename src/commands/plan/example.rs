//! A plan with a step of each sort that the renderers treat differently, for their tests.

use std::collections::BTreeMap;

use lifeboat_model::assessment::StoreKind;
use lifeboat_model::call::{Call, Change};
use lifeboat_model::guard::GuardName;
use lifeboat_model::objective::Objectives;
use lifeboat_model::plan::{
    Build, BuildStack, Condition, PLAN_VERSION, Plan, Predicted, Reversible, StackAction, Step, StepId,
};
use lifeboat_model::runbook::{Mode, StepKind};
use lifeboat_model::time::{Duration, Timestamp};
use lifeboat_model::topology::Deployment;

const TARGET: &str = "arn:aws:rds:us-east-2:123456789012:cluster:aurora-dr-dev";

/// Stands in for the AWS CLI: writes its words and how often it may try to `$LOG`, does what `more` says, and says what
/// the failover's waits want to see. The writer is the old one until a failover was asked for.
pub(crate) fn aws(more: &str) -> String {
    format!(
        r#"#!/bin/sh
echo "$* attempts=${{AWS_MAX_ATTEMPTS-}}" >> "$LOG"
{more}
case "$*" in
    *get-caller-identity*) echo 123456789012 ;;
    *FailoverState*) echo None ;;
    *describe-global-clusters*) grep -q failover-global-cluster "$LOG" && echo {TARGET} || echo other ;;
    *get-function-concurrency*) echo 0 ;;
    *describe-auto-scaling-groups*) echo 4 ;;
esac
"#
    )
}

pub(crate) fn deployment() -> Deployment {
    Deployment::bare("payments-aurora", "us-east-1", "us-east-2")
}

pub(crate) fn step(kind: StepKind, group: usize, title: &str, calls: Vec<Call>, verify: Vec<Condition>) -> Step {
    Step {
        id: StepId::new(format!("{kind}-{group}")),
        kind,
        title: title.to_owned(),
        group,
        reversible: Step::reversible(&calls),
        calls,
        verify,
        guards: Vec::new(),
        temporary: false,
        expected: None,
        expected_basis: String::new(),
        timeout: Duration::from_mins(5),
        optional: false,
        inject: false,
        after: Vec::new(),
        repeats: None,
    }
}

pub(crate) fn failover() -> Plan {
    let at: Timestamp = "2026-01-05T09:02:00Z".parse().unwrap();
    let mute = Call::MuteAlarms {
        region: "us-east-2".into(),
        rule: "lifeboat-payments-aurora".to_owned(),
        alarms: vec!["aurora-lag".into()],
        until: at,
    };
    let fence = Call::SetFunctionConcurrency {
        region: "us-east-2".into(),
        function: "pay-dr".into(),
        reserved: Change::new(None, Some(0)),
    };
    let fenced = Condition::ConcurrencyIs { region: "us-east-2".into(), function: "pay-dr".into(), reserved: Some(0) };
    let promotion = Call::FailoverGlobalCluster {
        global_cluster: "aurora-global-dev".into(),
        target: TARGET.into(),
        target_region: "us-east-2".into(),
    };
    let promoted = Condition::WriterIs {
        global_cluster: "aurora-global-dev".into(),
        target: TARGET.into(),
        target_region: "us-east-2".into(),
    };
    let in_service = Condition::InService { region: "us-east-2".into(), group: "web-dr".into(), at_least: 4 };
    let parameter = Call::PutParameter {
        region: "us-east-1".into(),
        name: "/payments/active".into(),
        value: Change::new("us-east-1".to_owned(), "us-east-2".to_owned()),
    };
    let mut muting = step(StepKind::MuteAlarms, 0, "Mute 1 alarm in us-east-2", vec![mute], Vec::new());
    let mut fencing = step(StepKind::Fence, 1, "Fence pay-dr", vec![fence], vec![fenced]);
    muting.temporary = true;
    fencing.temporary = true;
    let mut promoting =
        step(StepKind::AuroraFailover, 2, "Promote aurora-dr-dev in us-east-2", vec![promotion], vec![promoted]);
    promoting.guards = vec![GuardName::Writer];
    promoting.expected = Some(Duration::from_mins(1));
    promoting.expected_basis = "median of 4 runs".to_owned();
    let growing = step(StepKind::Capacity, 2, "Wait for web-dr", Vec::new(), vec![in_service]);
    let telling = step(StepKind::Parameter, 3, "Say that us-east-2 is active", vec![parameter], Vec::new());
    let proving = step(StepKind::Canary, 4, "Write as a client does", Vec::new(), vec![Condition::CanaryServed]);
    let restoring = step(StepKind::RestoreLedger, 5, "Put back what was temporary", Vec::new(), Vec::new());
    debug_assert!(matches!(promoting.reversible, Reversible::No(_)));
    Plan {
        version: PLAN_VERSION,
        runbook: "failover".into(),
        mode: Mode::Unplanned,
        deployment: "payments-aurora".into(),
        account: Some("123456789012".into()),
        from: "us-east-1".into(),
        to: "us-east-2".into(),
        drill: false,
        made_at: at,
        writer: Some("arn:aws:rds:us-east-1:123456789012:cluster:aurora-primary-dev".into()),
        guards: vec![GuardName::Access, GuardName::Lag],
        steps: vec![muting, fencing, promoting, growing, telling, proving, restoring],
        predicted: Predicted {
            rto: Some(Duration::from_secs(95)),
            rpo: BTreeMap::from([(StoreKind::Aurora, Some(Duration::from_millis(1300))), (StoreKind::DynamoDb, None)]),
            rpo_now: BTreeMap::new(),
            length: None,
        },
        objectives: Objectives::default(),
        build: None,
        notes: vec!["The old writer must be fenced by hand once it is back.".to_owned()],
    }
}

/// Of a teardown that finds one stack, and not the other.
pub(crate) fn build() -> Build {
    let stack = |id: &str, action, status: Option<&str>| BuildStack {
        id: id.to_owned(),
        name: format!("shop-{id}").into(),
        region: "us-east-1".into(),
        action,
        status: status.map(str::to_owned),
        resources: Vec::new(),
        expected: None,
    };
    Build {
        blueprint: "shop".to_owned(),
        folder: None,
        parameters: BTreeMap::new(),
        protected: false,
        stacks: vec![
            stack("stores", StackAction::Delete, Some("CREATE_COMPLETE")),
            stack("primary", StackAction::Keep, None),
        ],
        beyond: Vec::new(),
        cost: Vec::new(),
        usd_month: 0.0,
        prices: "of no day".to_owned(),
        engines: Vec::new(),
        zones: Vec::new(),
        quotas: Vec::new(),
        names: Vec::new(),
        refusals: Vec::new(),
        forecast: vec!["assets in us-east-1 holds 3 versions.".to_owned()],
        global_cluster: None,
    }
}
