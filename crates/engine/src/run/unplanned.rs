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
        if self.plan().build.is_some() {
            return self.note("stacks are not made or deleted unplanned: it goes on as it was");
        }
        if self.plan().mode == Mode::Unplanned {
            return Ok(());
        }
        self.sight.look_around(Mode::Unplanned).await;
        match self.plan_unplanned() {
            Ok(plan) => self.change_plan(plan),
            Err(error) => {
                self.note(format!("it cannot go on unplanned, and goes on as it was: {error} ({})", error.fix()))
            }
        }
    }

    /// A plan nobody has approved yet is made anew where what it was made from has changed: a promotion that was under
    /// way then has ended since, and the plan must believe what is true now.
    pub(super) fn plan_again(&self) -> Result<(), Halt> {
        let state = self.state();
        if state.plan.mode == Mode::Planned {
            return Ok(());
        }
        match self.plan_unplanned() {
            Ok(plan) if plan.hash() != state.hash => self.change_plan(plan),
            Ok(_) => Ok(()),
            Err(error) => self.note(format!("its plan stays as it is: {error} ({})", error.fix())),
        }
    }

    fn change_plan(&self, plan: Plan) -> Result<(), Halt> {
        let hash = plan.hash();
        let by = self.surroundings.operator.clone();
        self.record(&RunEvent::ModeChanged { mode: Mode::Unplanned, plan: Box::new(plan), hash, by })
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
        let written = self.surroundings.runbooks.iter().find(|runbook| runbook.name == state.plan.runbook);
        planner::unplanned(&state.plan, &state.statuses, written, &known)
    }
}
