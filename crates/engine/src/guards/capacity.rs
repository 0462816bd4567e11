//! The region that is to become active can bear the load: instances, function concurrency, database and quotas, against
//! those of the region that is left, as it last told them.

use std::collections::BTreeSet;

use lifeboat_model::call::Call;
use lifeboat_model::facts::aurora::ServerlessCapacity;
use lifeboat_model::facts::capacity::ScalingGroup;
use lifeboat_model::facts::lambda::LambdaFacts;
use lifeboat_model::guard::GuardName;
use lifeboat_model::id::{FunctionName, GroupName, Region};
use lifeboat_model::read::Service;
use lifeboat_model::topology::{Deployment, InRegion};

use super::footing::Footing;
use super::needs::Needs;

pub(super) fn services(needs: &Needs<'_>) -> BTreeSet<(Region, Service)> {
    [Service::AutoScaling, Service::Lambda, Service::Aurora, Service::Quotas]
        .into_iter()
        .flat_map(|service| needs.of_those_needed(service))
        .collect()
}

pub(super) fn judge(on: &mut Footing<'_>) {
    let deployment = on.deployment();
    let has_any = !deployment.scaling_groups.is_empty()
        || !deployment.functions.is_empty()
        || !deployment.quotas.is_empty()
        || deployment.global_cluster.is_some();
    if !has_any {
        on.saw("the deployment has nothing whose capacity is its own to set");
        return;
    }
    groups(on);
    functions(on);
    aurora(on);
    quotas(on);
}

/// Things of both regions that belong together: by name, else by their place in their region's list.
pub(crate) fn counterpart<'d, T: PartialEq>(
    things: &'d [InRegion<T>],
    mine: &InRegion<T>,
    other: &Region,
) -> Option<&'d T> {
    let of_other: Vec<&T> = things.iter().filter(|it| it.region == *other).map(|it| &it.name).collect();
    if let Some(same) = of_other.iter().find(|name| ***name == mine.name) {
        return Some(same);
    }
    let place = things.iter().filter(|it| it.region == mine.region).position(|it| it.name == mine.name)?;
    of_other.get(place).copied()
}

// ---- Auto Scaling

fn groups(on: &mut Footing<'_>) {
    let (deployment, to, from) = (on.deployment(), &on.plan().to, &on.plan().from);
    let here: Vec<&InRegion<GroupName>> = deployment.scaling_groups.iter().filter(|it| it.region == *to).collect();
    if deployment.scaling_groups.is_empty() {
        return;
    }
    if here.is_empty() {
        on.refuse(
            format!("{from} has Auto Scaling groups and {to} has none"),
            format!("name the groups of {to} in the configuration, or make them"),
        );
        return;
    }
    let Some(read) = on.read(to, Service::AutoScaling, |here| &here.scaling_groups) else { return };
    let theirs = on.of_the_left(Service::AutoScaling, |here| &here.scaling_groups);
    for target in here {
        let Some(group) = read.iter().find(|group| group.name == target.name) else {
            on.refuse(
                format!("Auto Scaling group {} does not exist in {to}", target.name),
                "make it, or take it out of the configuration: `lifeboat config check`",
            );
            continue;
        };
        let wanted = counterpart(&deployment.scaling_groups, target, from)
            .zip(theirs)
            .and_then(|(name, theirs)| theirs.iter().find(|group| group.name == *name));
        one_group(on, group, wanted);
    }
}

fn one_group(on: &mut Footing<'_>, group: &ScalingGroup, wanted: Option<&ScalingGroup>) {
    let to = &on.plan().to;
    let ScalingGroup { name, desired, max, in_service, suspended, .. } = group;
    if let Some(process) =
        suspended.iter().find(|it| matches!(it.as_str(), "Launch" | "Terminate" | "AddToLoadBalancer"))
    {
        on.refuse(
            format!("{process} of group {name} in {to} is suspended: it cannot grow and be replaced"),
            format!(
                "`aws autoscaling resume-processes --auto-scaling-group-name {name} --scaling-processes {process} \
                 --region {to}`"
            ),
        );
    }
    let Some(wanted) = wanted else {
        if on.is_lost() {
            on.saw(format!("{name} in {to} has {in_service} of {desired} in service"));
        } else {
            on.gap(format!("what group {name} in {to} must replace in {} is not known", on.plan().from));
        }
        return;
    };
    let grows_to = grown_by_plan(on, name);
    on.saw(match grows_to {
        Some(size) => {
            format!("{name} has {in_service} of {} in service and is brought to {size} by the run", wanted.desired)
        }
        None => format!("{name} has {in_service} of {} in service", wanted.desired),
    });
    match grows_to {
        Some(size) if size < wanted.desired => on.refuse(
            format!("the run brings group {name} in {to} to {size}, {} are in use", wanted.desired),
            format!("make the plan again: `lifeboat plan {}`", on.plan().runbook),
        ),
        None if *in_service < wanted.desired => on.refuse(
            format!(
                "group {name} in {to} has {in_service} in service (of {desired}, at most {max}), {} are in use",
                wanted.desired
            ),
            format!(
                "add a `capacity` step to the runbook, or `aws autoscaling update-auto-scaling-group \
                 --auto-scaling-group-name {name} --desired-capacity {} --max-size {} --region {to}`",
                wanted.desired,
                wanted.max.max(*max)
            ),
        ),
        Some(_) | None => {}
    }
}

fn grown_by_plan(on: &Footing<'_>, name: &GroupName) -> Option<u32> {
    let calls = on.plan().steps.iter().flat_map(|step| &step.calls);
    let sizes = calls.filter_map(|call| {
        let Call::SetCapacity { region, group, capacity } = call else { return None };
        (*region == on.plan().to && group == name).then_some(capacity.to.desired)
    });
    sizes.reduce(|_, last| last)
}

// ---- Lambda

fn functions(on: &mut Footing<'_>) {
    let (deployment, to, from) = (on.deployment(), &on.plan().to, &on.plan().from);
    let here: Vec<&InRegion<FunctionName>> = deployment.functions.iter().filter(|it| it.region == *to).collect();
    if here.is_empty() {
        return;
    }
    let Some(read) = on.read(to, Service::Lambda, |here| &here.functions) else { return };
    let has_counterparts = deployment.functions.iter().any(|it| it.region == *from);
    let theirs = if has_counterparts { on.of_the_left(Service::Lambda, |here| &here.functions) } else { None };
    for target in here {
        let wanted = counterpart(&deployment.functions, target, from);
        one_function(on, &target.name, read, wanted.zip(theirs));
    }
    if let (Some(ours), Some(theirs)) = (read.account_concurrency, theirs.and_then(|facts| facts.account_concurrency)) {
        on.saw(format!("Lambda's account concurrency is {ours} in {to} and {theirs} in {from}"));
        if ours < theirs {
            on.refuse(
                format!("Lambda may run {ours} at once in {to}, {theirs} in {from}"),
                format!(
                    "`aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 \
                     --desired-value {theirs} --region {to}`"
                ),
            );
        }
    } else if theirs.is_some() {
        on.gap(format!("Lambda's account concurrency of {to} or {from} is not told: Lambda must answer"));
    }
}

fn one_function(
    on: &mut Footing<'_>,
    name: &FunctionName,
    read: &LambdaFacts,
    wanted: Option<(&FunctionName, &LambdaFacts)>,
) {
    let (to, from) = (&on.plan().to, &on.plan().from);
    let Some(function) = read.functions.iter().find(|function| function.name == *name) else {
        on.refuse(
            format!("function {name} does not exist in {to}"),
            "deploy it, or take it out of the configuration: `lifeboat config check`",
        );
        return;
    };
    if !matches!(function.state.as_str(), "Active" | "Inactive") {
        on.refuse(
            format!("function {name} in {to} is {}", function.state),
            format!("see why: `aws lambda get-function-configuration --function-name {name} --region {to}`"),
        );
    }
    let take_off =
        format!("take the limit off: `aws lambda delete-function-concurrency --function-name {name} --region {to}`");
    match function.reserved_concurrency {
        Some(0) if !is_opened_by_plan(on, name) => {
            on.refuse(format!("function {name} in {to} refuses every call: its concurrency is 0"), take_off);
        }
        Some(0) | None => {}
        Some(ours) => {
            let theirs = wanted.and_then(|(name, facts)| facts.functions.iter().find(|it| it.name == *name));
            match theirs.map(|function| function.reserved_concurrency) {
                // A fence, not a size.
                Some(Some(0)) | None => on.saw(format!("{name} in {to} may run {ours} at once")),
                Some(Some(theirs)) if theirs <= ours => {
                    on.saw(format!("{name} may run {ours} at once in {to}, {theirs} in {from}"));
                }
                Some(Some(theirs)) => {
                    on.refuse(format!("function {name} may run {ours} at once in {to}, {theirs} in {from}"), take_off);
                }
                Some(None) => on.refuse(
                    format!("function {name} may run {ours} at once in {to} and without a limit of its own in {from}"),
                    take_off,
                ),
            }
        }
    }
}

fn is_opened_by_plan(on: &Footing<'_>, name: &FunctionName) -> bool {
    on.plan().steps.iter().flat_map(|step| &step.calls).any(|call| {
        matches!(call, Call::SetFunctionConcurrency { region, function, reserved }
            if *region == on.plan().to && function == name && reserved.to != Some(0))
    })
}

// ---- Aurora

fn aurora(on: &mut Footing<'_>) {
    let Deployment { global_cluster: Some(id), .. } = on.deployment() else { return };
    let to = &on.plan().to;
    let Some(read) = on.read(to, Service::Aurora, |here| &here.aurora) else { return };
    let Some(cluster) = &read.cluster else {
        on.refuse(format!("{to} describes no cluster of {id}"), format!("add a secondary cluster in {to} to {id}"));
        return;
    };
    let (count, ending) = (cluster.instances.len(), if cluster.instances.len() == 1 { "" } else { "s" });
    on.saw(format!("{} in {to} has {count} DB instance{ending}", cluster.id));
    if cluster.instances.is_empty() {
        on.refuse(
            format!("cluster {} in {to} has no DB instance that could serve", cluster.id),
            format!(
                "`aws rds create-db-instance --db-cluster-identifier {} --engine {} --db-instance-identifier NAME \
                 --db-instance-class CLASS --region {to}`",
                cluster.id, cluster.engine
            ),
        );
    }
    let Some(theirs) = on.of_the_left(Service::Aurora, |here| &here.aurora) else { return };
    let Some(theirs) = &theirs.cluster else {
        on.gap(format!("{} describes no cluster of {id} to compare with", on.plan().from));
        return;
    };
    if let (Some(ours), Some(theirs)) = (cluster.serverless, theirs.serverless) {
        let ServerlessCapacity { max_half_acu, .. } = theirs;
        let acu = |halves: u32| f64::from(halves) / 2.0;
        if ours.max_half_acu < max_half_acu {
            on.refuse(
                format!(
                    "{} may grow to {} ACU, {} to {}",
                    cluster.id,
                    acu(ours.max_half_acu),
                    on.plan().from,
                    acu(max_half_acu)
                ),
                format!(
                    "`aws rds modify-db-cluster --db-cluster-identifier {} --serverless-v2-scaling-configuration \
                     MinCapacity={},MaxCapacity={} --region {to}`",
                    cluster.id,
                    acu(ours.min_half_acu),
                    acu(max_half_acu)
                ),
            );
        }
    }
}

// ---- quotas

fn quotas(on: &mut Footing<'_>) {
    let (deployment, to, from) = (on.deployment(), &on.plan().to, &on.plan().from);
    if deployment.quotas.is_empty() {
        return;
    }
    let Some(read) = on.read(to, Service::Quotas, |here| &here.quotas) else { return };
    let Some(theirs) = on.of_the_left(Service::Quotas, |here| &here.quotas) else { return };
    for target in &deployment.quotas {
        let is_it = |it: &&lifeboat_model::facts::capacity::Quota| {
            it.service_code == target.service_code && it.quota_code == target.quota_code
        };
        let (Some(ours), Some(theirs)) = (read.iter().find(is_it), theirs.iter().find(is_it)) else {
            on.gap(format!(
                "quota {} of {} is not told by both regions: Service Quotas must answer",
                target.quota_code, target.service_code
            ));
            continue;
        };
        on.saw(format!("quota {} is {} in {to} and {} in {from}", ours.name, ours.value, theirs.value));
        if ours.value < theirs.value {
            on.refuse(
                format!("quota {} is {} in {to}, {} in {from}", ours.name, ours.value, theirs.value),
                format!(
                    "`aws service-quotas request-service-quota-increase --service-code {} --quota-code {} \
                     --desired-value {} --region {to}`, or {}",
                    target.service_code,
                    target.quota_code,
                    theirs.value,
                    on.override_with(GuardName::Capacity)
                ),
            );
        }
    }
}
