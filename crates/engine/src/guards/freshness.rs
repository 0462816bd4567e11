//! What the plan's steps rest on was read lately, from the regions that the run needs.

use std::collections::BTreeSet;

use lifeboat_model::guard::GuardName;
use lifeboat_model::id::Region;
use lifeboat_model::plan::Plan;
use lifeboat_model::read::Service;
use lifeboat_model::runbook::Mode;

use super::footing::Footing;
use super::needs::Needs;
use crate::conditions;

/// What says who is who and what is at risk, whatever the steps are.
const ALWAYS: [Service; 5] = [Service::Identity, Service::Aurora, Service::DynamoDb, Service::S3, Service::Metrics];

pub(super) fn services(needs: &Needs<'_>) -> BTreeSet<(Region, Service)> {
    let always = ALWAYS.into_iter().flat_map(|service| needs.of_those_needed(service));
    let is_lost = |region: &Region| needs.plan.mode == Mode::Unplanned && *region == needs.plan.from;
    always.chain(of_steps(needs)).filter(|(region, _)| !is_lost(region)).collect()
}

/// What each call changes and each condition looks at.
fn of_steps(needs: &Needs<'_>) -> BTreeSet<(Region, Service)> {
    let Plan { steps, .. } = needs.plan;
    let calls = steps.iter().flat_map(|step| &step.calls).map(|call| (call.endpoint_region(), call.service()));
    let conditions = steps.iter().flat_map(|step| &step.verify).flat_map(|it| conditions::reads(it, needs.deployment));
    calls.chain(conditions).collect()
}

pub(super) fn judge(on: &mut Footing<'_>) {
    let needed = super::services(GuardName::Freshness, on.plan(), on.deployment());
    let regions: BTreeSet<&Region> = needed.iter().map(|(region, _)| region).collect();
    let named: Vec<&str> = regions.into_iter().map(Region::as_str).collect();
    let named = lifeboat_model::wording::list(&named);
    let stale = needed.iter().filter(|(region, service)| !on.is_fresh(region, *service)).count();
    if needed.is_empty() {
        on.gap("nothing is read for this deployment in the regions that the run needs");
    } else {
        let lost = if on.is_unplanned() { format!("; {} is not needed", on.plan().from) } else { String::new() };
        on.saw(format!("{} of {} readings of {named} are fresh{lost}", needed.len() - stale, needed.len()));
    }
}
