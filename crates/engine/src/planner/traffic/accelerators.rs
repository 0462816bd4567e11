//! Global Accelerator: dials and weights of endpoint groups.

use lifeboat_model::call::{Call, Change};
use lifeboat_model::facts::global_accelerator::EndpointGroup;
use lifeboat_model::id::{Arn, Region};
use lifeboat_model::plan::Condition;

use super::super::scene::by_hand;
use super::{CannotPlan, Part, Scene, step};

/// What AWS gives an endpoint whose weight nobody set.
const DEFAULT_WEIGHT: u32 = 128;
const FULL: f64 = 100.0;

pub(super) fn parts(scene: &Scene<'_>, notes: &mut Vec<String>) -> Result<Vec<Part>, CannotPlan> {
    let mut parts = Vec::new();
    for arn in &scene.known.deployment.accelerators {
        parts.extend(part(scene, arn, notes)?);
    }
    Ok(parts)
}

fn part(scene: &Scene<'_>, arn: &Arn, notes: &mut Vec<String>) -> Result<Option<Part>, CannotPlan> {
    let Some(accelerator) = scene.accelerator(arn) else {
        if scene.is_planned() || scene.may_ask(&Region::accelerator()) {
            return Err(scene.not_read(format!("the endpoint groups of {arn}"), &Region::accelerator()));
        }
        notes.push(format!(
            "{arn} moves by itself once the endpoints of {} fail: its control plane is lost.",
            scene.from
        ));
        return Ok(None);
    };
    let groups = |region: &Region| -> Vec<&EndpointGroup> {
        accelerator.groups.iter().filter(|group| group.region == *region).collect()
    };
    let (own, left) = (groups(&scene.to), groups(&scene.from));
    if own.is_empty() {
        return Err(scene.not_read(format!("the endpoint group of {}", accelerator.name), &scene.to));
    }
    // The one that becomes active first: two calls are no transaction, and one region must go on serving.
    let opened = own.iter().map(|group| open(group, left.first().copied()));
    let calls: Vec<Call> = opened.chain(left.iter().map(|group| close(group))).collect();
    if !scene.may_ask(&Region::accelerator()) {
        for call in &calls {
            notes.push(by_hand(&format!("{} moves by itself; its groups cannot be set", accelerator.name), call));
        }
        return Ok(None);
    }
    let (length, basis) =
        scene.term("accelerator").unwrap_or((None, "nothing tells how long a change takes to the edge".to_owned()));
    let title = format!("Lead {} to {}, and weight {} out", accelerator.name, scene.to, scene.from);
    let verify: Vec<Condition> = calls.iter().filter_map(holds).collect();
    Ok(Some(step(scene, &accelerator.name, title).calls(calls).verify(verify).expected(length, basis)))
}

/// Dial 100 and every endpoint with a weight: that which it has, else that of the one that is left.
fn open(group: &EndpointGroup, model: Option<&EndpointGroup>) -> Call {
    let of_model = |index: usize| {
        let weight = model.and_then(|model| model.endpoints.get(index)).and_then(|endpoint| endpoint.weight);
        weight.filter(|weight| *weight > 0).unwrap_or(DEFAULT_WEIGHT)
    };
    change(group, FULL, |index, weight| if weight > 0 { weight } else { of_model(index) })
}

/// Dial 0 keeps no failover traffic out; weight 0 does.
fn close(group: &EndpointGroup) -> Call {
    change(group, 0.0, |_, _| 0)
}

fn change(group: &EndpointGroup, dial_percent: f64, weight: impl Fn(usize, u32) -> u32) -> Call {
    let weights = group.endpoints.iter().enumerate().map(|(index, endpoint)| {
        let now = endpoint.weight.unwrap_or(DEFAULT_WEIGHT);
        (endpoint.id.clone(), Change::new(now, weight(index, now)))
    });
    Call::UpdateEndpointGroup {
        group: group.arn.clone(),
        dial_percent: Change::new(group.dial_percent.unwrap_or(FULL), dial_percent),
        weights: weights.collect(),
    }
}

fn holds(call: &Call) -> Option<Condition> {
    let Call::UpdateEndpointGroup { group, dial_percent, weights } = call else { return None };
    Some(Condition::GroupIs {
        group: group.clone(),
        dial_percent: dial_percent.to,
        weights: weights.iter().map(|(id, weight)| (id.clone(), weight.to)).collect(),
    })
}
