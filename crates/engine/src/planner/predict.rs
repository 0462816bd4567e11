//! What a plan is expected to cost, as sums over its own steps.

use std::collections::BTreeMap;

use lifeboat_model::assessment::{StoreAssessment, StoreKind};
use lifeboat_model::plan::{Plan, Predicted, Step};
use lifeboat_model::runbook::StepKind;
use lifeboat_model::time::Duration;

use super::scene::Scene;

/// What counts as recent. Longer, and the lag of an outage that is over would be told as loss to come.
const LATE: Duration = Duration::from_mins(5);

pub(super) fn predict(plan: &Plan, scene: &Scene<'_>) -> Predicted {
    let groups: Vec<&[Step]> = plan.groups().collect();
    Predicted {
        rto: rto(&groups, scene),
        rpo: rpo(scene),
        rpo_now: rpo_now(scene),
        length: groups.iter().map(|group| Plan::longest_way(group)).sum(),
    }
}

/// Planned: from the step that stops the writes on. Unplanned: from the run's beginning. In both until clients have
/// followed. `None` where nothing in the plan leads them.
fn rto(groups: &[&[Step]], scene: &Scene<'_>) -> Option<Duration> {
    let last = groups.iter().rposition(|group| group.iter().any(leads_clients))?;
    let stops = |step: &Step| step.kind == StepKind::Fence || step.kind.promotes() || step.kind.moves_traffic();
    let first = if scene.is_planned() { groups.iter().position(|group| group.iter().any(stops))? } else { 0 };
    groups.get(first..=last)?.iter().map(|group| Plan::longest_way(group)).sum()
}

/// What is at risk now, and no less than the lag was of late: the plan speaks of a moment that is yet to come, and lag
/// wanders.
fn loss(store: &StoreAssessment, scene: &Scene<'_>) -> Option<Duration> {
    let now = store.at_risk.as_ref()?.value;
    let is_nothing_pending = now.is_zero();
    if is_nothing_pending { Some(now) } else { Some(now).max(greatest_of_late(store, scene)) }
}

fn greatest_of_late(store: &StoreAssessment, scene: &Scene<'_>) -> Option<Duration> {
    let key = store.trend.as_ref()?;
    key.measure.spec().unit.length(scene.known.snapshot.greatest_within(key, LATE)?)
}

/// By store whose loss is told by what was of late, and would be another by what is: more than twice that and more than a
/// second, or on the other side of what was promised.
fn rpo_now(scene: &Scene<'_>) -> BTreeMap<StoreKind, Duration> {
    const NOISE: Duration = Duration::from_secs(1);
    if scene.is_planned() {
        return BTreeMap::new();
    }
    let at_risk = |store: &StoreAssessment| store.at_risk.as_ref().map(|risk| risk.value);
    let mut told = BTreeMap::new();
    for (kind, predicted) in rpo(scene) {
        let of_kind = scene.known.assessment.stores.iter().filter(|store| store.kind == kind);
        let now: Option<Vec<Duration>> = of_kind.map(at_risk).collect();
        let now = now.and_then(|all| all.into_iter().max());
        let Some((late, now)) = predicted.zip(now) else { continue };
        let target = scene.known.deployment.objectives.rpo_of(kind);
        let is_far = late > now.saturating_mul(2) && late > now.saturating_add(NOISE);
        let is_judged_otherwise = target.is_some_and(|target| late > target && now <= target);
        if is_far || is_judged_otherwise {
            told.insert(kind, now);
        }
    }
    told
}

fn leads_clients(step: &Step) -> bool {
    step.kind.moves_traffic()
}

fn rpo(scene: &Scene<'_>) -> BTreeMap<StoreKind, Option<Duration>> {
    let mut worst: BTreeMap<StoreKind, Option<Duration>> = BTreeMap::new();
    for store in &scene.known.assessment.stores {
        let lost = if scene.is_planned() { Some(Duration::ZERO) } else { loss(store, scene) };
        // One store that is unknown makes its kind unknown.
        let held = worst.entry(store.kind).or_insert(Some(Duration::ZERO));
        *held = held.zip(lost).map(|(held, lost)| held.max(lost));
    }
    worst
}
