//! From planned to unplanned in the middle of a run: what is left is planned anew without the region that is to be left,
//! and approved anew. What both plans have in common is not done twice.

use lifeboat_model::plan::Plan;
use lifeboat_model::run::RunEvent;
use lifeboat_model::runbook::Mode;

use super::control::Halt;
use super::executor::Executor;
use crate::planner::{self, CannotPlan, Known};

impl Executor<'_> {
    pub(super) async fn go_unplanned(&self) -> Result<(), Halt> {
        self.control.go_unplanned(false);
        if self.plan().mode == Mode::Unplanned {
            return Ok(());
        }
        self.sight.look_around(Mode::Unplanned).await;
        match self.plan_unplanned() {
            Ok(plan) => {
                let hash = plan.hash();
                let by = self.surroundings.operator.clone();
                self.record(&RunEvent::ModeChanged { mode: Mode::Unplanned, plan: Box::new(plan), hash, by })
            }
            Err(error) => {
                self.note(format!("it cannot go on unplanned, and goes on as it was: {error} ({})", error.fix()))
            }
        }
    }

    fn plan_unplanned(&self) -> Result<Plan, CannotPlan> {
        let state = self.state();
        let snapshot = self.sight.snapshot();
        let assessment = self.sight.assess(&snapshot);
        let known = Known {
            deployment: &self.surroundings.deployment,
            snapshot: &snapshot,
            assessment: &assessment,
            history: &self.surroundings.history,
            now: self.now(),
        };
        planner::unplanned(&state.plan, &state.statuses, &known)
    }
}
