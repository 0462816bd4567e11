//! Runbooks planned and judged as they would be at their beginning, and nothing done: one of them to be proposed, or all
//! of them to show where they stand. Pure, and cheap enough to be made again whenever something new is known.

use std::collections::BTreeMap;

use lifeboat_model::assessment::RunHistory;
use lifeboat_model::guard::{GuardName, GuardReport};
use lifeboat_model::plan::Plan;
use lifeboat_model::policy::Schedule;
use lifeboat_model::preflight::{Last, LastRuns, OfStacks, OpenRun, Planned, Preflight, Standing, Unplannable};
use lifeboat_model::read::Tempo;
use lifeboat_model::rules;
use lifeboat_model::run::RunOutcome;
use lifeboat_model::runbook::{DRIFT, PROVISION, Runbook, RunbookName, TEARDOWN};
use lifeboat_model::snapshot::Snapshot;
use lifeboat_model::time::{Timestamp, age};
use lifeboat_model::topology::Deployment;

use crate::findings::Findings;
use crate::guards::{self, LockView, Session, Situation};
use crate::journal::RunHead;
use crate::planner::{self, CannotPlan, Intent, Known};
use crate::schedule;

/// All that a runbook is planned and judged from, at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    pub deployment: &'a Deployment,
    pub snapshot: &'a Snapshot,
    pub history: &'a RunHistory,
    /// At which the snapshot is read.
    pub tempo: Tempo,
    pub now: Timestamp,
    pub session: &'a Session,
}

/// What the runbook would do now, and what each of its guards says of that. What is known is assessed anew for it: guards
/// judge only what is of one moment.
pub fn proposal(
    runbook: &Runbook,
    intent: &Intent,
    on: &Ground<'_>,
    overrides: &BTreeMap<GuardName, String>,
) -> Result<(Plan, Vec<GuardReport>), CannotPlan> {
    let Ground { deployment, snapshot, history, tempo, now, session } = *on;
    let assessment = rules::assess(deployment, snapshot, history, tempo, now);
    let known = Known { deployment, snapshot, assessment: &assessment, history, now };
    let plan = planner::plan(runbook, intent, &known)?;
    let reports = judge(&plan, &known, (tempo, Findings::none()), session, overrides);
    Ok((plan, reports))
}

/// Every guard of a plan as it would be judged at its beginning. `seen`: the tempo at which the snapshot is read, and what
/// was asked beside the polls.
pub fn judge(
    plan: &Plan,
    known: &Known<'_>,
    (tempo, findings): (Tempo, &Findings),
    session: &Session,
    overrides: &BTreeMap<GuardName, String>,
) -> Vec<GuardReport> {
    let Known { deployment, snapshot, assessment, now, .. } = *known;
    let situation = Situation { deployment, snapshot, findings, assessment, tempo, now, plan, session };
    guards::judge_all(&plan.guards, &situation, overrides)
}

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
        of_stacks: OF_STACKS.into_iter().map(|(name, purpose)| of_stacks(name, purpose, of.runs)).collect(),
    }
}

/// No file has them: what they do is made from the blueprint and from what stands.
const OF_STACKS: [(&str, &str); 3] = [
    (PROVISION, "Make the stacks of a blueprint in both regions, or change them to what it says now"),
    (TEARDOWN, "Take the deployment away with all that it holds, in the order in which AWS lets it go"),
    (DRIFT, "Have CloudFormation compare every stack with what is there"),
];

/// What is known of it without a plan: how its runs went.
fn of_stacks(name: &str, purpose: &str, runs: &[RunHead]) -> OfStacks {
    let own = || runs.iter().filter(|head| head.runbook.as_str() == name);
    let completed = own().find(|head| head.outcome == Some(RunOutcome::Completed));
    OfStacks {
        runbook: name.into(),
        purpose: purpose.to_owned(),
        last: own().next().map(last),
        length: completed.map(|head| age(head.last_at, head.started_at)),
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
            let reports = judge(&plan, known, (tempo, Findings::none()), of.session, &BTreeMap::new());
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
        last: Some(last_runs(of.runs, &runbook.name)),
    }
}

/// The newest rehearsal of a runbook and its newest run for real, the newest run first in `runs`.
pub fn last_runs(runs: &[RunHead], runbook: &RunbookName) -> LastRuns {
    let newest = |drill: bool| runs.iter().find(|head| head.runbook == *runbook && head.drill == drill).map(last);
    LastRuns { rehearsal: newest(true), real: newest(false) }
}

fn last(head: &RunHead) -> Last {
    let measured = head.measured.as_ref();
    Last {
        id: head.id.clone(),
        started_at: head.started_at,
        last_at: head.last_at,
        outcome: head.outcome,
        rto: measured.and_then(|measured| measured.rto),
        rto_at_least: measured.and_then(|measured| measured.rto_at_least),
        rto_target: head.objectives.rto,
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
