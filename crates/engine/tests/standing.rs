//! Where the runbooks stand on the simulator: in calm weather everything may run, in a lost region only what leaves it.
#![expect(clippy::unwrap_used, reason = "steps that tests share")]

use std::sync::Arc;

use lifeboat_engine::guards::{LockView, Session};
use lifeboat_engine::journal::RunHead;
use lifeboat_engine::planner::Known;
use lifeboat_engine::preflight::{Runs, standing};
use lifeboat_engine::runbooks;
use lifeboat_engine::watch::refresh_once;
use lifeboat_model::assessment::RunHistory;
use lifeboat_model::guard::GuardName;
use lifeboat_model::objective::Objectives;
use lifeboat_model::policy::Schedule;
use lifeboat_model::preflight::{Preflight, Standing};
use lifeboat_model::read::Tempo;
use lifeboat_model::rules::assess;
use lifeboat_model::run::{Operator, RunId, RunOutcome};
use lifeboat_model::snapshot::Snapshot;
use lifeboat_model::time::{Duration, Timestamp};
use lifeboat_sim::{SimCloud, scenario};

fn session(access: bool) -> Session {
    Session {
        access,
        operator: Operator { arn: None, user: "ada".to_owned(), host: "bridge".to_owned(), process: 1 },
        lock: LockView::Free,
        open_run: None,
        last_run_ended: None,
        approvals: Vec::new(),
    }
}

async fn stand(scenario: &str, offset: Duration, session: &Session) -> Vec<(String, Standing)> {
    stand_after(scenario, offset, session, &[]).await
}

async fn stand_after(scenario: &str, offset: Duration, session: &Session, runs: &[RunHead]) -> Vec<(String, Standing)> {
    let cloud = SimCloud::at_offset(scenario::find(scenario).unwrap(), 1, offset);
    let clock = cloud.clock();
    let mut all = Vec::new();
    for mut deployment in cloud.deployments() {
        deployment.policy.schedules = vec![Schedule {
            runbook: "drill".into(),
            drill: true,
            cron: "0 9 1 * *".to_owned(),
            time_zone: "Europe/Amsterdam".to_owned(),
        }];
        let mut snapshot = Snapshot::default();
        for observation in
            refresh_once(&deployment, Arc::new(cloud.clone()), cloud.clock(), Duration::from_secs(10)).await
        {
            snapshot.apply(observation);
        }
        let (history, now) = (RunHistory::default(), clock.now());
        let assessment = assess(&deployment, &snapshot, &history, Tempo::Fast, now);
        let known =
            Known { deployment: &deployment, snapshot: &snapshot, assessment: &assessment, history: &history, now };
        let runs = Runs { runbooks: &runbooks::builtin(), runs, session };
        all.push((deployment.name.to_string(), standing(&runs, &known, Tempo::Fast)));
    }
    all
}

fn of<'a>(standing: &'a Standing, runbook: &str) -> &'a Preflight {
    standing.preflights.iter().find(|preflight| preflight.runbook.as_str() == runbook).unwrap()
}

fn refusing(preflight: &Preflight) -> Vec<GuardName> {
    preflight.reports.iter().filter(|report| !report.allows()).map(|report| report.guard).collect()
}

#[tokio::test]
async fn in_calm_weather_everything_but_the_way_back_may_run() {
    for (name, standing) in stand("calm", Duration::from_mins(10), &session(true)).await {
        for runbook in ["switchover", "failover", "drill"] {
            let preflight = of(&standing, runbook);
            assert!(preflight.plan.is_ok(), "{name} {runbook}: {:?}", preflight.plan);
            assert_eq!(refusing(preflight), [], "{name} {runbook}: {:#?}", preflight.reports);
        }
        let back = of(&standing, "failback");
        assert!(back.plan.is_err() && back.reports.is_empty(), "{name}: home is active already");
        let drill = of(&standing, "drill");
        assert!(
            drill.overdue_since.is_some() && drill.next.is_some_and(|next| next > standing.at),
            "{name}: {drill:?}"
        );
        assert_eq!(of(&standing, "switchover").next, None);
    }
}

#[tokio::test]
async fn who_may_only_read_is_refused_by_that_guard_alone() {
    for (name, standing) in stand("calm", Duration::from_mins(10), &session(false)).await {
        assert_eq!(refusing(of(&standing, "switchover")), [GuardName::Access], "{name}");
    }
}

#[tokio::test]
async fn a_lost_region_refuses_what_needs_it_and_lets_go_what_leaves_it() {
    for (name, standing) in stand("region-loss", Duration::from_mins(5), &session(true)).await {
        let switchover = of(&standing, "switchover");
        assert!(switchover.plan.is_err() || refusing(switchover).contains(&GuardName::BothHealthy), "{name}");
        let failover = of(&standing, "failover");
        assert!(failover.plan.is_ok(), "{name}: {:?}", failover.plan);
        // It looks for the first time: where Route 53's records lie with the lost region, nobody has told it of them.
        let is_expected = |guard: &GuardName| *guard == GuardName::TrafficLever;
        assert!(refusing(failover).iter().all(is_expected), "{name}: {:?}", failover.reports);
    }
}

#[tokio::test]
async fn runbooks_of_the_stacks_are_told_by_how_their_runs_went() {
    let calm = stand("calm", Duration::from_mins(10), &session(true)).await;
    let names: Vec<&str> = calm[0].1.of_stacks.iter().map(|book| book.runbook.as_str()).collect();
    assert_eq!(names, ["provision", "teardown", "drift"]);
    assert!(calm[0].1.of_stacks.iter().all(|book| book.last.is_none() && book.length.is_none()));

    let at = |second| Timestamp::new(second, 0).unwrap();
    let run = |runbook: &str, began, outcome| RunHead {
        id: RunId::new(format!("{runbook}-{began}")),
        deployment: "web".into(),
        runbook: runbook.into(),
        drill: false,
        reality: None,
        started_at: at(began),
        last_at: at(began + 100),
        outcome,
        by: session(true).operator,
        from: "eu-west-1".into(),
        to: "eu-central-1".into(),
        entries: 9,
        objectives: Objectives::default(),
        measured: None,
        builds: true,
        left: 0,
    };
    let completed = Some(RunOutcome::Completed);
    // The newest first.
    let runs = [
        run("teardown", 9_000, None),
        run("provision", 5_000, Some(RunOutcome::Failed)),
        run("provision", 1_000, completed),
    ];
    let told = stand_after("calm", Duration::from_mins(10), &session(true), &runs).await;
    let [provision, teardown, drift] = &told[0].1.of_stacks[..] else { panic!("{told:?}") };
    assert_eq!(provision.last.as_ref().map(|last| last.started_at), Some(at(5_000)));
    assert_eq!(provision.length, Some(Duration::from_secs(100)), "of the newest that completed");
    assert_eq!(teardown.last.as_ref().map(|last| last.outcome), Some(None));
    assert_eq!(teardown.length, None);
    assert_eq!(drift.last, None);
}
