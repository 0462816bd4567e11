//! Where the runbooks of a deployment stand at one moment: what each would do, and what would refuse it. Made again and
//! again while the deployment is watched, so that nobody first hears of a refusal in an emergency.

use serde::{Deserialize, Serialize};

use crate::guard::GuardReport;
use crate::id::Region;
use crate::plan::PlanHash;
use crate::run::{Operator, RunId, RunOutcome};
use crate::runbook::{Mode, RunbookName};
use crate::time::{Duration, Timestamp};

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
}
