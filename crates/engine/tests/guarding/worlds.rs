//! Worlds of the simulator, as a session sees them that was watching before anything went wrong: which guard stops
//! which run, in every scenario and every architecture.

use std::fmt::Write as _;

use lifeboat_model::guard::{GuardName, Verdict};
use lifeboat_model::runbook::Mode;
use lifeboat_model::time::Duration;
use lifeboat_sim::{Scenario, scenario};

use crate::stage::{Stage, look, watch};

/// What each of the two runs would be stopped by, `!` where a guard refuses and `?` where it cannot tell. Left out is
/// `database-before-traffic`, which is asked once the database has moved.
const STOPPED: &str = include_str!("worlds.txt");

const MODES: [(Mode, &str); 2] = [(Mode::Planned, "switchover"), (Mode::Unplanned, "failover")];

fn before_a_run() -> impl Iterator<Item = GuardName> {
    GuardName::COMPOSABLE.into_iter().filter(|guard| *guard != GuardName::DatabaseBeforeTraffic)
}

async fn table(scenario: &Scenario) -> String {
    let mut table = String::new();
    let seen = watch(scenario, Duration::from_mins(4)).await;
    for (mode, run) in MODES {
        for world in &seen {
            let stage = Stage::leaving_home(world.clone(), mode);
            let stops: Vec<String> = before_a_run()
                .filter_map(|guard| match stage.judge(guard).verdict {
                    Verdict::Pass => None,
                    Verdict::Refuse { .. } => Some(format!("{guard}!")),
                    Verdict::Unknown { .. } => Some(format!("{guard}?")),
                })
                .collect();
            let stops = if stops.is_empty() { "-".to_owned() } else { stops.join(" ") };
            writeln!(table, "{} {run} {}: {stops}", scenario.name, stage.deployment.name).unwrap();
        }
    }
    table
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "whoever changes a guard on purpose writes the table anew")]
async fn each_scenario_stops_the_runs_that_it_should() {
    let mut seen = String::new();
    for scenario in scenario::builtin() {
        seen.push_str(&table(&scenario).await);
    }
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/guarding/worlds.txt"), &seen).unwrap();
        return;
    }
    assert!(seen == STOPPED, "worlds.txt is no longer what is seen (UPDATE=1 writes it anew):\n{seen}");
}

#[tokio::test]
async fn in_the_calm_nothing_stops_any_run_at_any_time() {
    let calm = scenario::find("calm").unwrap();
    for offset in [Duration::from_secs(45), Duration::from_mins(10), Duration::from_hours(5)] {
        for (mode, run) in MODES {
            for seen in look(&calm, offset).await {
                let stage = Stage::leaving_home(seen, mode);
                for guard in before_a_run() {
                    let report = stage.judge(guard);
                    if guard == GuardName::TrafficLever && would_stay(&stage) {
                        assert!(matches!(report.verdict, Verdict::Refuse { .. }), "{report:?}");
                        continue;
                    }
                    let name = &stage.deployment.name;
                    assert_eq!(report.verdict, Verdict::Pass, "{guard} of {run} of {name} at {offset:?}");
                    assert!(report.read_at.is_none_or(|at| at <= stage.now), "{guard} of {name}");
                }
            }
        }
    }
}

/// Clients whose name moves by a failing check alone do not leave a region that is well, and this plan does not wait.
fn would_stay(stage: &Stage) -> bool {
    let promotes = stage.plan.steps.iter().any(|step| step.kind.promotes());
    stage.plan.mode == Mode::Unplanned && promotes && !stage.deployment.records.is_empty()
}

#[tokio::test]
async fn a_failover_from_a_lost_region_waits_for_nothing() {
    let lost = scenario::find("region-loss").unwrap();
    for world in watch(&lost, Duration::from_mins(4)).await {
        let stage = Stage::leaving_home(world, Mode::Unplanned);
        let has_moved_already = stage.assessment().forecast.from.as_ref() != Some(&stage.from());
        for guard in before_a_run().filter(|guard| *guard != GuardName::BothHealthy) {
            if guard == GuardName::Lag && has_moved_already {
                continue;
            }
            let report = stage.judge(guard);
            assert!(report.verdict.passes(), "{} {report:?}", stage.deployment.name);
        }
    }
}

/// A session that begins in the disaster has never read anything of the lost region.
#[tokio::test]
async fn a_session_that_begins_in_the_disaster_is_told_what_it_cannot_know() {
    let lost = scenario::find("region-loss").unwrap();
    for world in look(&lost, lost.onset().unwrap() + Duration::from_mins(4)).await {
        let stage = Stage::leaving_home(world, Mode::Unplanned);
        let name = stage.deployment.name.to_string();
        for guard in [GuardName::Freshness, GuardName::StandbyHealth, GuardName::Writer, GuardName::StillServing] {
            assert!(stage.judge(guard).verdict.passes(), "{name} {:?}", stage.judge(guard));
        }
        for guard in [GuardName::Capacity, GuardName::Parity] {
            let report = stage.judge(guard);
            assert!(report.verdict.passes(), "{name} {report:?}");
            assert!(report.evidence.contains("us-east-1 is lost and never told its"), "{name} {}", report.evidence);
        }
        // What was lost with the region stays unknown and is called that, or is the most that it can be.
        let lag = stage.judge(GuardName::Lag);
        assert!(lag.verdict.passes(), "{name} {lag:?}");
        let is_told = ["nobody knows how much of", "counting all since"].iter().any(|it| lag.evidence.contains(it));
        assert!(is_told, "{name} {}", lag.evidence);
    }
}
