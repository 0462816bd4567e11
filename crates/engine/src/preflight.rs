//! Where every runbook of a deployment stands now: planned and judged as it would be at its beginning, and nothing done.
//! Pure, and cheap enough to be made again whenever something new is known.

use std::collections::BTreeMap;

use lifeboat_model::policy::Schedule;
use lifeboat_model::preflight::{OpenRun, Planned, Preflight, Standing, Unplannable};
use lifeboat_model::read::Tempo;
use lifeboat_model::run::RunOutcome;
use lifeboat_model::runbook::{Runbook, RunbookName};
use lifeboat_model::time::Timestamp;

use crate::findings::Findings;
use crate::guards::{self, LockView, Session, Situation};
use crate::journal::RunHead;
use crate::planner::{self, Intent, Known};
use crate::schedule;

/// What there is to judge, and what is known of the runs before.
#[derive(Clone, Copy, Debug)]
pub struct Runs<'a> {
    pub runbooks: &'a [Runbook],
    /// Of this deployment, the newest first.
    pub runs: &'a [RunHead],
    pub session: &'a Session,
}

/// Judges all runbooks at `known.now`. `tempo` is the one at which the snapshot is read.
pub fn standing(of: &Runs<'_>, known: &Known<'_>, tempo: Tempo) -> Standing {
    Standing {
        at: known.now,
        open_run: open_run(of),
        preflights: of.runbooks.iter().map(|runbook| preflight(runbook, of, known, tempo)).collect(),
    }
}

fn open_run(of: &Runs<'_>) -> Option<OpenRun> {
    let head = of.runs.iter().find(|head| head.is_open())?;
    let holder = match &of.session.lock {
        LockView::Held { by, .. } => Some(by.clone()),
        LockView::Mine => Some(of.session.operator.clone()),
        LockView::Free => None,
    };
    Some(OpenRun {
        id: head.id.clone(),
        runbook: head.runbook.clone(),
        by: head.by.clone(),
        started_at: head.started_at,
        outcome: head.outcome,
        holder,
    })
}

fn preflight(runbook: &Runbook, of: &Runs<'_>, known: &Known<'_>, tempo: Tempo) -> Preflight {
    let (next, overdue_since) = due(&known.deployment.policy.schedules, of.runs, &runbook.name, known.now);
    let (plan, reports) = match planner::plan(runbook, &Intent::default(), known) {
        Err(why) => (Err(Unplannable { reason: why.to_string(), fix: why.fix() }), Vec::new()),
        Ok(plan) => {
            let situation = Situation {
                deployment: known.deployment,
                snapshot: known.snapshot,
                findings: Findings::none(),
                assessment: known.assessment,
                tempo,
                now: known.now,
                plan: &plan,
                session: of.session,
            };
            let reports = guards::judge_all(&plan.guards, &situation, &BTreeMap::new());
            let planned = Planned {
                hash: plan.hash(),
                phrase: plan.phrase(),
                steps: plan.steps.len(),
                length: plan.predicted.length,
                from: plan.from,
                to: plan.to,
            };
            (Ok(planned), reports)
        }
    };
    Preflight {
        runbook: runbook.name.clone(),
        purpose: runbook.purpose.clone(),
        mode: runbook.mode,
        plan,
        reports,
        next,
        overdue_since,
    }
}

/// The soonest of the runbook's schedules, and since when the longest overdue one is. A run counts once it completed.
fn due(
    schedules: &[Schedule],
    runs: &[RunHead],
    runbook: &RunbookName,
    now: Timestamp,
) -> (Option<Timestamp>, Option<Timestamp>) {
    let completed = runs.iter().filter(|head| head.runbook == *runbook && head.outcome == Some(RunOutcome::Completed));
    let last = completed.map(|head| head.started_at).max();
    let of_runbook = schedules.iter().filter(|schedule| schedule.runbook == *runbook);
    // The configuration was checked when it was read, so that what cannot be told here is merely not shown.
    let all: Vec<_> = of_runbook.filter_map(|schedule| schedule::due(schedule, last, now).ok()).collect();
    (all.iter().map(|due| due.next).min(), all.iter().filter_map(|due| due.overdue_since).min())
}
