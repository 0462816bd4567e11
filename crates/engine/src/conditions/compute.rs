//! What serves and watches must be seen to be: Auto Scaling groups, functions, event sources, alarms.

use lifeboat_model::call::Capacity;
use lifeboat_model::facts::alarm::AlarmState;
use lifeboat_model::facts::capacity::ScalingGroup;
use lifeboat_model::facts::lambda::{EventSource, Function};
use lifeboat_model::id::{FunctionName, GroupName, Region};
use lifeboat_model::read::Service;
use lifeboat_model::wording::list;

use super::seen::{Judged, Silent};
use super::{Held, Seen};

pub(super) fn scaling_group<'a>(
    seen: &Seen<'a>,
    region: &Region,
    name: &GroupName,
) -> Result<Option<&'a ScalingGroup>, Silent> {
    let said = seen.said(region, Service::AutoScaling, |here| &here.scaling_groups)?;
    Ok(said.value.iter().find(|group| group.name == *name))
}

fn no_group(region: &Region, name: &GroupName) -> Held {
    Held::Never(format!("{region} has no Auto Scaling group {name}"))
}

pub(super) fn in_service(seen: &Seen<'_>, region: &Region, name: &GroupName, at_least: u32) -> Judged {
    Ok(match scaling_group(seen, region, name)? {
        None => no_group(region, name),
        Some(group) if group.in_service >= at_least => Held::Yes,
        Some(group) => Held::NotYet(format!("{} of {at_least} instances of {name} are in service", group.in_service)),
    })
}

pub(super) fn sizes(group: &ScalingGroup) -> Capacity {
    Capacity { min: group.min, desired: group.desired, max: group.max }
}

pub(super) fn capacity_is(seen: &Seen<'_>, region: &Region, name: &GroupName, wanted: Capacity) -> Judged {
    Ok(match scaling_group(seen, region, name)?.map(sizes) {
        None => no_group(region, name),
        Some(sizes) if sizes == wanted => Held::Yes,
        Some(Capacity { min, desired, max }) => {
            Held::NotYet(format!("{name} is at {desired}, between {min} and {max}"))
        }
    })
}

pub(super) fn function<'a>(
    seen: &Seen<'a>,
    region: &Region,
    name: &FunctionName,
) -> Result<Option<&'a Function>, Silent> {
    let said = seen.said(region, Service::Lambda, |here| &here.functions)?;
    Ok(said.value.functions.iter().find(|function| function.name == *name))
}

pub(super) fn concurrency_is(seen: &Seen<'_>, region: &Region, name: &FunctionName, reserved: Option<u32>) -> Judged {
    Ok(match function(seen, region, name)? {
        None => Held::Never(format!("{region} has no function {name}")),
        Some(function) if function.reserved_concurrency == reserved => Held::Yes,
        Some(function) => Held::NotYet(match function.reserved_concurrency {
            Some(held) => format!("the reserved concurrency of {name} is {held}"),
            None => format!("{name} has no reserved concurrency"),
        }),
    })
}

pub(super) fn event_source<'a>(
    seen: &Seen<'a>,
    region: &Region,
    uuid: &str,
) -> Result<Option<&'a EventSource>, Silent> {
    let said = seen.said(region, Service::Lambda, |here| &here.functions)?;
    Ok(said.value.functions.iter().flat_map(|function| &function.event_sources).find(|source| source.uuid == uuid))
}

/// The state an event source is in once it is switched on or off.
pub(super) fn settled_state(enabled: bool) -> &'static str {
    if enabled { "Enabled" } else { "Disabled" }
}

pub(super) fn event_source_is(seen: &Seen<'_>, region: &Region, uuid: &str, enabled: bool) -> Judged {
    Ok(match event_source(seen, region, uuid)? {
        None => Held::Never(format!("{region} has no event source {uuid}")),
        Some(source) if source.state == settled_state(enabled) => Held::Yes,
        Some(source) => Held::NotYet(format!("event source {uuid} is {}", source.state)),
    })
}

pub(super) fn alarms_quiet(seen: &Seen<'_>, region: &Region) -> Judged {
    if seen.deployment.alarms.is_empty() {
        return Ok(Held::Never("the configuration names no alarms, whose silence would prove something".to_owned()));
    }
    let said = seen.said(region, Service::Alarms, |here| &here.alarms)?;
    let alarms = &said.value.alarms;
    if alarms.is_empty() {
        return Err(Silent(format!("{region} has none of the alarms that the configuration names")));
    }
    let loud: Vec<&str> =
        alarms.iter().filter(|alarm| alarm.state == AlarmState::Alarm).map(|alarm| alarm.name.as_str()).collect();
    Ok(if loud.is_empty() { Held::Yes } else { Held::NotYet(format!("in ALARM: {}", list(&loud))) })
}
