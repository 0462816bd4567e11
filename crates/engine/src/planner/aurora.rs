//! Who writes: the database's promotion.

use lifeboat_model::call::Call;
use lifeboat_model::guard::GuardName;
use lifeboat_model::id::{Arn, GlobalClusterId};
use lifeboat_model::plan::Condition;
use lifeboat_model::time::Duration;

use super::CannotPlan;
use super::part::Part;
use super::scene::Scene;

/// AWS speaks of minutes; a run that has waited this long asks a person.
const PROMOTION_TIMEOUT: Duration = Duration::from_mins(15);

pub(super) fn switchover(scene: &Scene<'_>, notes: &mut Vec<String>) -> Result<Vec<Part>, CannotPlan> {
    promotion(scene, notes, |global_cluster, target| {
        let call = Call::SwitchoverGlobalCluster { global_cluster, target, writer_region: scene.from.clone() };
        (call, vec![GuardName::Writer, GuardName::Synchronized])
    })
}

pub(super) fn failover(scene: &Scene<'_>, notes: &mut Vec<String>) -> Result<Vec<Part>, CannotPlan> {
    promotion(scene, notes, |global_cluster, target| {
        let call = Call::FailoverGlobalCluster { global_cluster, target, target_region: scene.to.clone() };
        (call, vec![GuardName::Writer])
    })
}

fn promotion(
    scene: &Scene<'_>,
    notes: &mut Vec<String>,
    call: impl FnOnce(GlobalClusterId, Arn) -> (Call, Vec<GuardName>),
) -> Result<Vec<Part>, CannotPlan> {
    let Some(global_cluster) = scene.known.deployment.global_cluster.clone() else { return Ok(Vec::new()) };
    let Some(target) = scene.target() else {
        return Err(scene.not_read(format!("the Aurora cluster of {global_cluster}"), &scene.to));
    };
    if scene.writer().as_ref() == Some(&target) {
        notes.push(format!("Aurora's writer is in {} already: nothing is promoted.", scene.to));
        return Ok(Vec::new());
    }
    let name = target.cluster_id().map_or_else(|| target.to_string(), |id| id.to_string());
    let (call, guards) = call(global_cluster.clone(), target.clone());
    let (length, basis) = scene.term("promotion").unwrap_or((None, "nothing tells how long it takes".to_owned()));
    let holds = Condition::WriterIs { global_cluster: global_cluster.clone(), target, target_region: scene.to.clone() };
    let part =
        Part::new(format!("promote-{global_cluster}"), format!("Promote {name} in {}", scene.to), PROMOTION_TIMEOUT);
    Ok(vec![part.calls([call]).verify([holds]).guards(guards).expected(length, basis)])
}
