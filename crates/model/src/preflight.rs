//! Where the runbooks of a deployment stand at one moment: what each would do, and what would refuse it. Made again and
//! again while the deployment is watched, so that nobody first hears of a refusal in an emergency.

use serde::{Deserialize, Serialize};

use crate::guard::GuardReport;
use crate::id::Region;
use crate::plan::PlanHash;
use crate::run::{Operator, RunId, RunOutcome};
use crate::runbook::{Mode, RunbookName};
use crate::time::{Duration, Timestamp};
use crate::wording::span;

/// One runbook.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preflight {
    pub runbook: RunbookName,
    pub purpose: String,
    pub mode: Mode,
    /// What it would do, or why no plan can be made and what would mend that.
    pub plan: Result<Planned, Unplannable>,
    /// In the runbook's own order; empty where there is no plan to judge.
    pub reports: Vec<GuardReport>,
    /// When a schedule wants it next, and since when a scheduled run is overdue.
    pub next: Option<Timestamp>,
    pub overdue_since: Option<Timestamp>,
    /// `None` while nobody has read what runs there were.
    #[serde(default)]
    pub last: Option<LastRuns>,
}

/// The newest runs of a runbook: `None` where there was none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LastRuns {
    /// As a drill.
    pub rehearsal: Option<Last>,
    pub real: Option<Last>,
}

impl LastRuns {
    /// The newer of the two, and whether it was a rehearsal.
    pub fn newest(&self) -> Option<(&Last, bool)> {
        let both = [self.rehearsal.as_ref().map(|last| (last, true)), self.real.as_ref().map(|last| (last, false))];
        both.into_iter().flatten().max_by_key(|(last, _)| last.started_at)
    }
}

/// How a runbook's run went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Last {
    pub id: RunId,
    pub started_at: Timestamp,
    /// Of its newest entry.
    pub last_at: Timestamp,
    /// `None` while it is going on, and when it was cut off.
    pub outcome: Option<RunOutcome>,
    /// How long clients could not write, and the least of it where the outage was not seen whole.
    pub rto: Option<Duration>,
    pub rto_at_least: Option<Duration>,
    /// What its plan was to keep to.
    pub rto_target: Option<Duration>,
}

impl Last {
    /// `completed, RTO 41 s, within the objective of 5 min`; of stacks no recovery time is told.
    pub fn told(&self, is_about_stacks: bool) -> String {
        let ended = self.outcome.map_or("not over", RunOutcome::as_str);
        if is_about_stacks {
            return ended.to_owned();
        }
        let rto = match (self.rto, self.rto_at_least) {
            (Some(Duration::ZERO), _) => "clients could always write".to_owned(),
            (Some(rto), _) => format!("RTO {}", span(rto)),
            (None, Some(least)) => format!("RTO at least {}", span(least)),
            (None, None) => "RTO not measured".to_owned(),
        };
        let against = match (self.rto, self.rto_target) {
            (Some(rto), Some(target)) if rto > target => format!(", over the objective of {}", span(target)),
            (Some(_), Some(target)) => format!(", within the objective of {}", span(target)),
            (Some(_), None) => ", no objective was set".to_owned(),
            (None, _) => String::new(),
        };
        format!("{ended}, {rto}{against}")
    }

    /// Whether it came to its end, and clients had to wait no longer than was promised.
    pub fn went_well(&self) -> bool {
        let is_over_it = self.rto.or(self.rto_at_least).zip(self.rto_target).is_some_and(|(rto, target)| rto > target);
        self.outcome == Some(RunOutcome::Completed) && !is_over_it
    }
}

impl Preflight {
    /// How many guards do not let it go on; `None` where there is no plan.
    pub fn refusals(&self) -> Option<usize> {
        self.plan.as_ref().ok().map(|_| self.reports.iter().filter(|report| !report.allows()).count())
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Planned {
    pub from: Region,
    pub to: Region,
    pub hash: PlanHash,
    pub phrase: String,
    pub steps: usize,
    /// `None` where a step has no expectation.
    pub length: Option<Duration>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unplannable {
    pub reason: String,
    pub fix: String,
}

/// A run that is not over, whoever began it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenRun {
    pub id: RunId,
    pub runbook: RunbookName,
    pub by: Operator,
    pub started_at: Timestamp,
    /// `Stopped` while it waits for a person; `None` while it was last seen going on.
    pub outcome: Option<RunOutcome>,
    /// Who executes it now; `None` when nobody does.
    pub holder: Option<Operator>,
}

/// Everything of a deployment that concerns runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    pub at: Timestamp,
    pub open_run: Option<OpenRun>,
    pub preflights: Vec<Preflight>,
    #[serde(default)]
    pub of_stacks: Vec<OfStacks>,
}

/// A runbook of the stacks. A plan of it asks every stack of both regions, so that it is made when somebody wants to read
/// it, and its guards are not judged again and again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OfStacks {
    pub runbook: RunbookName,
    pub purpose: String,
    /// Its newest run; it has no rehearsals.
    pub last: Option<Last>,
    /// How long the newest one took that completed.
    pub length: Option<Duration>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_told_by_its_end_and_by_what_was_promised() {
        let seconds = |length: Option<u64>| length.map(Duration::from_secs);
        let run = |outcome, rto: Option<u64>, at_least: Option<u64>, target: Option<u64>| Last {
            id: RunId::new("r1"),
            started_at: Timestamp::UNIX_EPOCH,
            last_at: Timestamp::UNIX_EPOCH,
            outcome,
            rto: seconds(rto),
            rto_at_least: seconds(at_least),
            rto_target: seconds(target),
        };
        let completed = Some(RunOutcome::Completed);
        for (last, told, well) in [
            (run(completed, Some(41), None, Some(300)), "completed, RTO 41 s, within the objective of 5 min", true),
            (
                run(completed, Some(301), None, Some(300)),
                "completed, RTO 5 min 1 s, over the objective of 5 min",
                false,
            ),
            (run(completed, Some(0), None, None), "completed, clients could always write, no objective was set", true),
            (run(Some(RunOutcome::Aborted), None, Some(400), Some(300)), "aborted, RTO at least 400 s", false),
            (run(None, None, None, Some(300)), "not over, RTO not measured", false),
        ] {
            assert_eq!(last.told(false), told.replace("400 s", "6 min 40 s"));
            assert_eq!(last.went_well(), well, "{told}");
        }
        assert_eq!(run(completed, None, None, None).told(true), "completed");
    }

    #[test]
    fn the_newest_of_both_counts() {
        let at = |second| Timestamp::new(second, 0).unwrap();
        let run = |second: i64| Last {
            id: RunId::new(second.to_string()),
            started_at: at(second),
            last_at: at(second + 9),
            outcome: Some(RunOutcome::Completed),
            rto: None,
            rto_at_least: None,
            rto_target: None,
        };
        let newest = |rehearsal: Option<i64>, real: Option<i64>| {
            let both = LastRuns { rehearsal: rehearsal.map(run), real: real.map(run) };
            both.newest().map(|(last, drill)| (last.started_at, drill))
        };
        assert_eq!(newest(None, None), None);
        assert_eq!(newest(Some(1), Some(2)), Some((at(2), false)));
        assert_eq!(newest(Some(3), Some(2)), Some((at(3), true)));
    }
}
