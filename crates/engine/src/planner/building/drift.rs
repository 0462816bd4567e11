//! `drift`: CloudFormation is made to compare every stack with what is there. It changes nothing of the deployment, and
//! still goes through the executor as every request does that is not a read.

use lifeboat_model::call::Call;
use lifeboat_model::guard::GuardName;
use lifeboat_model::plan::{Condition, PLAN_VERSION, Plan, Predicted};
use lifeboat_model::read::PlannedRead;
use lifeboat_model::runbook::{DRIFT, RunbookName, StepKind};
use lifeboat_model::time::Duration;

use super::parts::{APPROVAL_GROUP, Filling, step};
use super::{CannotBuild, Ground, Standing, lost_note, prove};
use crate::questions;

const DETECTED_WITHIN: Duration = Duration::from_mins(15);

pub fn questions(ground: &Ground<'_>) -> Vec<PlannedRead> {
    ground.stacks.stacks.iter().map(|spec| questions::stack(&spec.region, &spec.name)).collect()
}

pub fn drift(ground: &Ground<'_>) -> Result<Plan, CannotBuild> {
    let (mut steps, mut lost) = (Vec::new(), Vec::new());
    for spec in &ground.stacks.stacks {
        let (region, stack) = (spec.region.clone(), spec.name.clone());
        match ground.standing(&region, &stack)? {
            Standing::Lost => lost.push(region),
            Standing::Absent => {}
            Standing::Stands(_) => steps.push(
                step(
                    format!("detect-{}", spec.id),
                    StepKind::DetectDrift,
                    format!("Compare {stack} in {region} with what is there"),
                )
                .calls([Call::DetectDrift { region: region.clone(), stack: stack.clone() }])
                .until([Condition::DriftDetected { region, stack }])
                .taking(Duration::from_secs(30), "usual for a detection")
                .at_most(DETECTED_WITHIN)
                .in_group(APPROVAL_GROUP),
            ),
        }
    }
    lost.sort();
    lost.dedup();
    let (from, to, mode) = ground.direction(&lost);
    let mut plan = Plan {
        version: PLAN_VERSION,
        runbook: RunbookName::new(DRIFT),
        mode,
        deployment: ground.chosen.deployment.clone(),
        account: ground.account.cloned(),
        from,
        to,
        drill: false,
        made_at: ground.now,
        writer: None,
        guards: vec![GuardName::Access, GuardName::Lock, GuardName::Identity, GuardName::Credentials],
        steps,
        predicted: Predicted::default(),
        objectives: ground.objectives.clone(),
        build: None,
        notes: lost_note(&lost).into_iter().collect(),
    };
    plan.predicted.length = plan.groups().map(Plan::longest_way).sum();
    prove(&plan)?;
    Ok(plan)
}
