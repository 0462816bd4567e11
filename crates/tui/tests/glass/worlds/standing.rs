//! Where the runbooks stand in each state of the world.

use std::time::Duration;

use lifeboat_model::guard::{GuardName, GuardReport, Verdict};
use lifeboat_model::preflight::{Last, LastRuns, OfStacks, OpenRun, Planned, Preflight, Standing, Unplannable};
use lifeboat_model::run::{Operator, RunId, RunOutcome};
use lifeboat_model::runbook::{Mode, RunbookName};

use super::{HOME, PARTNER, State, ago, now};

pub(super) fn standing(state: State) -> Standing {
    let calm = matches!(state, State::Normal | State::Stale);
    Standing {
        at: ago(4),
        open_run: (state == State::Failing).then(|| OpenRun {
            id: RunId::new("failover-0301-1359"),
            runbook: RunbookName::new("failover"),
            by: operator(),
            started_at: ago(240),
            outcome: Some(RunOutcome::Stopped),
            holder: None,
        }),
        preflights: vec![
            preflight("switchover", "Move to the standby without losing anything", Mode::Planned, calm),
            preflight("failover", "Give the active region up and promote the standby", Mode::Unplanned, true),
            Preflight {
                plan: Err(Unplannable {
                    reason: "us-east-1 is active already".to_owned(),
                    fix: "there is nothing to fail back to".to_owned(),
                }),
                reports: Vec::new(),
                ..preflight("failback", "Return to the home region without losing anything", Mode::Planned, true)
            },
            Preflight {
                overdue_since: Some(ago(86_400 * 9)),
                ..preflight("drill", "Rehearse a switchover and prove it by writes", Mode::Planned, calm)
            },
        ],
        of_stacks: ["provision", "teardown", "drift"].into_iter().map(of_stacks).collect(),
    }
}

/// One that was run, of which it is known how long it takes, and others that never were.
fn of_stacks(name: &str) -> OfStacks {
    let last = (name == "provision").then(|| Last { rto_target: None, ..run(name, "real", 86_400 * 90, None) });
    OfStacks {
        runbook: name.into(),
        purpose: format!("What {name} is for"),
        length: last.is_some().then(|| Duration::from_mins(19)),
        last,
    }
}

fn operator() -> Operator {
    Operator { arn: None, user: "ada".to_owned(), host: "bridge".to_owned(), process: 4711 }
}

fn preflight(name: &str, purpose: &str, mode: Mode, calm: bool) -> Preflight {
    Preflight {
        runbook: RunbookName::new(name),
        purpose: purpose.to_owned(),
        mode,
        plan: Ok(Planned {
            from: HOME.into(),
            to: PARTNER.into(),
            hash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
            phrase: format!("{name} payments-aurora {PARTNER}"),
            steps: 11,
            length: Some(Duration::from_secs(214)),
        }),
        reports: reports(calm),
        next: Some(now() + jiff::SignedDuration::from_hours(24 * 12)),
        overdue_since: None,
        last: Some(last(name)),
    }
}

/// A rehearsal that kept what was promised, a real run that took longer, one that failed, and what never was.
fn last(name: &str) -> LastRuns {
    let rehearsal = run(name, "rehearsed", 86_400 * 12, Some(41));
    let failed = Last { outcome: Some(RunOutcome::Failed), ..run(name, "failed", 86_400 * 40, None) };
    match name {
        "switchover" => LastRuns { rehearsal: Some(rehearsal), real: None },
        "failover" => LastRuns { rehearsal: Some(rehearsal), real: Some(run(name, "real", 86_400 * 3, Some(412))) },
        "drill" => LastRuns { rehearsal: Some(failed), real: None },
        _ => LastRuns::default(),
    }
}

fn run(name: &str, kind: &str, seconds_ago: u64, rto_s: Option<u64>) -> Last {
    Last {
        id: RunId::new(format!("{name}-{kind}")),
        started_at: ago(seconds_ago),
        last_at: ago(seconds_ago - 300),
        outcome: Some(RunOutcome::Completed),
        rto: rto_s.map(Duration::from_secs),
        rto_at_least: None,
        rto_target: Some(Duration::from_mins(5)),
    }
}

fn reports(calm: bool) -> Vec<GuardReport> {
    let report = |guard, verdict, evidence: &str, seconds: Option<u64>| GuardReport {
        guard,
        verdict,
        evidence: evidence.to_owned(),
        read_at: seconds.map(ago),
        overridden: None,
    };
    let lag = if calm {
        report(GuardName::Lag, Verdict::Pass, "Aurora 84 ms, DynamoDB 9 s, S3 0 s: each within 1 min", Some(42))
    } else {
        report(
            GuardName::Lag,
            Verdict::unknown("S3's backlog has not been read for 6 min in us-east-2"),
            "Aurora 84 ms, DynamoDB 9 s, S3 not known",
            Some(360),
        )
    };
    let health = if calm {
        report(GuardName::BothHealthy, Verdict::Pass, "us-east-1 and us-east-2 are healthy", Some(5))
    } else {
        report(
            GuardName::BothHealthy,
            Verdict::refuse(
                "us-east-1 is down: nothing of it has answered for 4 min",
                "lifeboat run failover asks nothing of it",
            ),
            "us-east-1 down, us-east-2 healthy",
            Some(240),
        )
    };
    vec![
        report(
            GuardName::Access,
            Verdict::refuse("this session may only read", "begin it with --operate"),
            "read-only",
            None,
        ),
        report(GuardName::Identity, Verdict::Pass, "the caller is in account 123456789012", Some(12)),
        lag,
        health,
        report(GuardName::Writer, Verdict::Pass, "payments-home writes, as the plan says", Some(5)),
    ]
}
