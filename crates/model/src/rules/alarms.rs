//! Alarms of both regions, and which of them watch a series that has moved to the other region.

use super::evidence::Evidence;
use super::roles::Roles;
use crate::assessment::{AlarmAssessment, RoleBasis};
use crate::facts::alarm::{Alarm, AlarmState};
use crate::id::Region;
use crate::read::Service;

pub(super) fn assess(evidence: &Evidence<'_>, roles: &Roles) -> Vec<AlarmAssessment> {
    let mut assessed = Vec::new();
    for (region, here) in &evidence.snapshot.regions {
        let freshness = evidence.freshness(&here.alarms, Service::Alarms);
        for alarm in here.alarms.value().into_iter().flat_map(|facts| &facts.alarms) {
            assessed.push(AlarmAssessment {
                name: alarm.name.clone(),
                region: region.clone(),
                state: alarm.state.clone(),
                since: alarm.state_since,
                reason: alarm.reason.clone(),
                freshness,
                orphaned_by_role_swap: is_orphaned(roles, region, alarm),
                actions_enabled: alarm.actions_enabled,
            });
        }
    }
    assessed.sort_by(|a, b| {
        urgency(&a.state).cmp(&urgency(&b.state)).then_with(|| (&a.region, &a.name).cmp(&(&b.region, &b.name)))
    });
    assessed
}

fn urgency(state: &AlarmState) -> u8 {
    match state {
        AlarmState::Alarm => 0,
        AlarmState::InsufficientData | AlarmState::Other(_) => 1,
        AlarmState::Ok => 2,
    }
}

fn watches_lag(alarm: &Alarm) -> bool {
    let metric = alarm.metric.as_ref();
    metric.is_some_and(|metric| metric.namespace == "AWS/RDS" && metric.name.starts_with("AuroraGlobalDB"))
}

/// Whether an alarm in another region sees Aurora's lag.
pub(super) fn is_watched_elsewhere(evidence: &Evidence<'_>, region: &Region) -> bool {
    let others = evidence.snapshot.regions.iter().filter(|(other, _)| *other != region);
    let mut alarms = others.filter_map(|(_, here)| here.alarms.value()).flat_map(|facts| &facts.alarms);
    alarms.any(|alarm| watches_lag(alarm) && matches!(alarm.state, AlarmState::Ok | AlarmState::Alarm))
}

/// Aurora publishes its lag in the standby's region only. An alarm on it in the writer's region is not calm, it is blind.
fn is_orphaned(roles: &Roles, region: &Region, alarm: &Alarm) -> bool {
    alarm.state == AlarmState::InsufficientData
        && watches_lag(alarm)
        && roles.basis == RoleBasis::Writer
        && roles.active.as_ref() == Some(region)
}
