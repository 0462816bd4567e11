//! What serves: functions, their event sources, instances.

use lifeboat_model::call::{Call, Capacity, Change};
use lifeboat_model::facts::lambda::{EventSource, Function};
use lifeboat_model::id::{FunctionName, Region};
use lifeboat_model::plan::Condition;
use lifeboat_model::runbook::{StepKind, StepSpec};
use lifeboat_model::time::Duration;

use super::CannotPlan;
use super::mutes::count;
use super::part::{Part, number_of, text_of};
use super::scene::Scene;
use super::traffic;
use crate::guards::counterpart;

const SETTING_TIMEOUT: Duration = Duration::from_mins(2);
/// Lambda enables and disables an event source in about a minute.
const SOURCE_TIMEOUT: Duration = Duration::from_mins(5);
const CAPACITY_TIMEOUT: Duration = Duration::from_mins(15);
const ENABLED: &str = "Enabled";
const DISABLED: &str = "Disabled";

pub(super) fn fence(spec: &StepSpec, scene: &Scene<'_>, notes: &mut Vec<String>) -> Result<Vec<Part>, CannotPlan> {
    let from = &scene.from;
    if !scene.may_ask(from) || !scene.has_functions_on_both_sides() {
        return Ok(Vec::new());
    }
    if !scene.moves_clients() {
        notes.push(format!(
            "Functions of {from} are not fenced: nothing here moves the clients, so it would only be an outage."
        ));
        return Ok(Vec::new());
    }
    if let Some(name) = traffic::turns_on_functions_of_the_one_left(scene) {
        notes.push(format!(
            "Functions of {from} are not fenced: the health check that {name} is moved by asks them, and inverting a check \
             that fails would lead clients back."
        ));
        return Ok(Vec::new());
    }
    let mut parts = Vec::new();
    for function in live(spec, scene, from, notes)? {
        if function.reserved_concurrency == Some(0) {
            notes.push(format!("Function {} in {from} refuses every call already, and is left so.", function.name));
            continue;
        }
        let part = Part::new(
            format!("fence-{}", function.name),
            format!("Fence {} in {from}: it refuses every call", function.name),
            SETTING_TIMEOUT,
        );
        let call = Call::SetFunctionConcurrency {
            region: from.clone(),
            function: function.name.clone(),
            reserved: Change::new(function.reserved_concurrency, Some(0)),
        };
        let holds =
            Condition::ConcurrencyIs { region: from.clone(), function: function.name.clone(), reserved: Some(0) };
        parts.push(part.calls([call]).verify([holds]).at_once().temporary());
    }
    Ok(parts)
}

pub(super) fn pause_consumers(
    spec: &StepSpec,
    scene: &Scene<'_>,
    notes: &mut Vec<String>,
) -> Result<Vec<Part>, CannotPlan> {
    let from = &scene.from;
    if !scene.may_ask(from) || scene.functions_in(from).next().is_none() {
        return Ok(Vec::new());
    }
    // Where the other side's begin in this run, consuming changes sides, and going back is another run.
    let changes_sides = scene.runbook.steps.iter().any(|spec| spec.kind == StepKind::StartConsumers)
        && scene.live_functions(&scene.to).unwrap_or_default().iter().flat_map(|it| &it.event_sources).any(is_paused);
    let mut parts = Vec::new();
    for function in live(spec, scene, from, notes)? {
        for source in function.event_sources.iter().filter(|source| !is_paused(source)) {
            let part = source_part(from, function, source, false);
            parts.push(if changes_sides { part } else { part.temporary() });
        }
    }
    Ok(parts)
}

pub(super) fn start_consumers(
    spec: &StepSpec,
    scene: &Scene<'_>,
    notes: &mut Vec<String>,
) -> Result<Vec<Part>, CannotPlan> {
    let to = &scene.to;
    if scene.functions_in(to).next().is_none() {
        return Ok(Vec::new());
    }
    let functions = live(spec, scene, to, notes)?;
    let paused = functions.into_iter().flat_map(|function| {
        function.event_sources.iter().filter(|source| is_paused(source)).map(move |source| (function, source))
    });
    Ok(paused.map(|(function, source)| source_part(to, function, source, true)).collect())
}

fn is_paused(source: &EventSource) -> bool {
    source.state == DISABLED || source.state == "Disabling"
}

fn source_part(region: &Region, function: &Function, source: &EventSource, on: bool) -> Part {
    let (verb, doing) = if on { ("start", "Start") } else { ("pause", "Pause") };
    let fed_by = source.source.as_ref().and_then(|arn| arn.resource()).unwrap_or(&source.uuid);
    let part = Part::new(
        format!("{verb}-{}", function.name),
        format!("{doing} {} in {region} on {fed_by}", function.name),
        SOURCE_TIMEOUT,
    );
    let was = source.state == ENABLED || source.state == "Enabling";
    part.calls([Call::SetEventSource {
        region: region.clone(),
        uuid: source.uuid.clone(),
        enabled: Change::new(was, on),
    }])
    .verify([Condition::EventSourceIs { region: region.clone(), uuid: source.uuid.clone(), enabled: on }])
    .expected(Some(Duration::from_secs(10)), "Lambda's own pace")
}

/// The deployment's functions of a region that a step is about, as they are.
fn live<'a>(
    spec: &StepSpec,
    scene: &Scene<'a>,
    region: &Region,
    notes: &mut Vec<String>,
) -> Result<Vec<&'a Function>, CannotPlan> {
    let prefix = text_of(spec, "functions");
    let Some(live) = scene.live_functions(region) else {
        return Err(scene.not_read("the concurrency of the functions", region));
    };
    let mut found = Vec::new();
    for name in scene.functions_in(region).filter(|name| name.as_str().starts_with(prefix)) {
        match live.iter().find(|function| function.name == *name) {
            Some(function) => found.push(function),
            None => notes.push(format!("Function {name} does not exist in {region}, and is left out.")),
        }
    }
    Ok(found)
}

pub(super) fn invoke(spec: &StepSpec, scene: &Scene<'_>) -> Result<Vec<Part>, CannotPlan> {
    let name = FunctionName::from(text_of(spec, "function"));
    let region = if text_of(spec, "region") == "from" { &scene.from } else { &scene.to };
    if !scene.functions_in(region).any(|own| *own == name) {
        return Err(CannotPlan::NotThere { what: format!("function {name} in {region}"), line: spec.line });
    }
    if !scene.may_ask(region) {
        return Ok(Vec::new());
    }
    let part = Part::new(format!("invoke-{name}"), format!("Invoke {name} in {region}"), Duration::from_mins(15));
    let call = Call::InvokeFunction {
        region: region.clone(),
        function: name,
        payload: scene.fill_in(text_of(spec, "payload")),
    };
    Ok(vec![part.calls([call]).at_once()])
}

// ------ Instances.

pub(super) fn capacity(spec: &StepSpec, scene: &Scene<'_>, notes: &mut Vec<String>) -> Result<Vec<Part>, CannotPlan> {
    let groups = &scene.known.deployment.scaling_groups;
    let mut parts = Vec::new();
    for target in groups.iter().filter(|it| it.region == scene.to) {
        let own = &target.name;
        let Some(model) = counterpart(groups, target, &scene.from) else {
            notes.push(format!("Group {own} keeps its size: none of {} belongs to it.", scene.from));
            continue;
        };
        let Some(here) = scene.scaling_group(&scene.to, own) else {
            return Err(scene.not_read(format!("the size of group {own}"), &scene.to));
        };
        let Some(there) = scene.scaling_group(&scene.from, model) else {
            notes.push(format!("Group {own} keeps its size: that of {model} in {} is not known.", scene.from));
            continue;
        };
        let percent = number_of(spec, "percent");
        let wanted = |count: u32| count.saturating_mul(percent).div_ceil(100);
        let min = here.min.max(wanted(there.min));
        let desired = here.desired.max(wanted(there.desired)).max(min);
        let to = Capacity { min, desired, max: here.max.max(wanted(there.max)).max(desired) };
        let from = Capacity { min: here.min, desired: here.desired, max: here.max };
        let is_there = here.in_service >= to.desired;
        if from == to && is_there {
            continue;
        }
        let title = format!(
            "Bring {own} in {} to {}",
            scene.to,
            count(usize::try_from(to.desired).unwrap_or(usize::MAX), "instance")
        );
        let mut part = Part::new(format!("capacity-{own}"), title, CAPACITY_TIMEOUT);
        if from != to {
            part = part
                .calls([Call::SetCapacity {
                    region: scene.to.clone(),
                    group: own.clone(),
                    capacity: Change::new(from, to),
                }])
                .verify([Condition::CapacityIs { region: scene.to.clone(), group: own.clone(), capacity: to }]);
        }
        let in_service = Condition::InService { region: scene.to.clone(), group: own.clone(), at_least: to.desired };
        let (length, basis) = if is_there {
            (Some(Duration::from_secs(1)), "its instances are in service already")
        } else {
            (None, "how long instances take to start has not been measured")
        };
        parts.push(part.verify([in_service]).expected(length, basis));
    }
    Ok(parts)
}
