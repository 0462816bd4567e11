//! From planned to unplanned in the middle of a run: what is left is planned anew without the region that is to be left,
//! and approved anew. What both plans have in common is not done twice.

use lifeboat_model::plan::Plan;
use lifeboat_model::run::RunEvent;
use lifeboat_model::runbook::{Direction, Mode, Runbook};

use super::control::Halt;
use super::executor::Executor;
use crate::planner::{self, Intent, Known};

impl Executor<'_> {
    pub(super) async fn go_unplanned(&self) -> Result<(), Halt> {
        self.control.go_unplanned(false);
        let plan = self.plan();
        if plan.mode == Mode::Unplanned {
            return Ok(());
        }
        self.sight.look_around(Mode::Unplanned).await;
        match self.plan_unplanned(&plan) {
            Ok(plan) => {
                let hash = plan.hash();
                let by = self.surroundings.operator.clone();
                self.record(&RunEvent::ModeChanged { mode: Mode::Unplanned, plan: Box::new(plan), hash, by })
            }
            Err(why) => self.note(format!("it cannot go on unplanned, and goes on as it was: {why}")),
        }
    }

    fn plan_unplanned(&self, plan: &Plan) -> Result<Plan, String> {
        let runbook = self
            .unplanned_runbook()
            .ok_or_else(|| "no runbook leads to the standby without the region that is left".to_owned())?;
        let snapshot = self.sight.snapshot();
        let assessment = self.sight.assess(&snapshot);
        let known = Known {
            deployment: &self.surroundings.deployment,
            snapshot: &snapshot,
            assessment: &assessment,
            history: &self.surroundings.history,
            now: self.now(),
        };
        let unplanned = planner::plan(runbook, &Intent { drill: plan.drill }, &known)
            .map_err(|error| format!("{error} ({})", error.fix()))?;
        if (&unplanned.from, &unplanned.to) != (&plan.from, &plan.to) {
            return Err(format!(
                "it would lead from {} to {}, and this run leads from {} to {}",
                unplanned.from, unplanned.to, plan.from, plan.to
            ));
        }
        Ok(unplanned)
    }

    /// The built-in one where it is there.
    fn unplanned_runbook(&self) -> Option<&Runbook> {
        let fits = |runbook: &&Runbook| {
            runbook.mode == Mode::Unplanned && runbook.direction == Direction::ToStandby && !runbook.drill
        };
        let fitting = || self.surroundings.runbooks.iter().filter(fits);
        fitting().find(|runbook| runbook.name.as_str() == "failover").or_else(|| fitting().next())
    }
}
