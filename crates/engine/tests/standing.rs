//! Where the runbooks stand on the simulator: in calm weather everything may run, in a lost region only what leaves it.
#![expect(clippy::unwrap_used, reason = "steps that tests share")]

use std::sync::Arc;

use lifeboat_engine::guards::{LockView, Session};
use lifeboat_engine::planner::Known;
use lifeboat_engine::preflight::{Runs, standing};
use lifeboat_engine::runbooks;
use lifeboat_engine::watch::refresh_once;
use lifeboat_model::assessment::RunHistory;
use lifeboat_model::guard::GuardName;
use lifeboat_model::policy::Schedule;
use lifeboat_model::preflight::{Preflight, Standing};
use lifeboat_model::read::Tempo;
use lifeboat_model::rules::assess;
use lifeboat_model::run::Operator;
use lifeboat_model::snapshot::Snapshot;
use lifeboat_model::time::Duration;
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
        let runs = Runs { runbooks: &runbooks::builtin(), runs: &[], session };
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
