//! Both regions run the same: engine versions, code, parameters. Values of parameters that differ are told and no
//! refusal: addresses of a region do so by design, and what they mean is not known here.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat_model::facts::parameter::Parameter;
use lifeboat_model::guard::GuardName;
use lifeboat_model::id::{ParameterName, Region};
use lifeboat_model::observation::Reading;
use lifeboat_model::read::Service;
use lifeboat_model::snapshot::RegionSnapshot;

use super::footing::Footing;
use super::needs::Needs;

pub(super) fn services(needs: &Needs<'_>) -> BTreeSet<(Region, Service)> {
    let mut pair = [&needs.plan.from, &needs.plan.to].into_iter();
    let have_functions = pair.all(|region| needs.deployment.functions.iter().any(|it| it.region == *region));
    let functions = have_functions.then_some(Service::Lambda);
    [Service::Aurora, Service::Parameters]
        .into_iter()
        .chain(functions)
        .flat_map(|service| needs.of_those_needed(service))
        .collect()
}

pub(super) fn judge(on: &mut Footing<'_>) {
    let deployment = on.deployment();
    let has_any = deployment.global_cluster.is_some()
        || !deployment.functions.is_empty()
        || !deployment.parameter_paths.is_empty();
    if !has_any {
        on.saw("the deployment has no engine, function or parameter to compare");
        return;
    }
    engine(on);
    code(on);
    parameters(on);
}

/// Both sides: the one that is left fresh in a planned run; in an unplanned one as it last was.
fn both<'a, T>(
    on: &mut Footing<'a>,
    service: Service,
    of: impl Fn(&'a RegionSnapshot) -> &'a Reading<T>,
) -> Option<(&'a T, &'a T)> {
    let plan = on.plan();
    let ours = on.read(&plan.to, service, &of);
    let theirs = on.of_the_left(service, &of);
    ours.zip(theirs)
}

fn engine(on: &mut Footing<'_>) {
    let Some(id) = &on.deployment().global_cluster else { return };
    let (to, from) = (&on.plan().to, &on.plan().from);
    let Some((ours, theirs)) = both(on, Service::Aurora, |here| &here.aurora) else { return };
    let (Some(ours), Some(theirs)) = (&ours.cluster, &theirs.cluster) else {
        on.gap(format!("not both regions describe a cluster of {id}: Aurora must answer in {to} and {from}"));
        return;
    };
    let told =
        |cluster: &lifeboat_model::facts::aurora::Cluster| format!("{} {}", cluster.engine, cluster.engine_version);
    let (ours_told, theirs_told) = (told(ours), told(theirs));
    if ours_told == theirs_told {
        on.saw(format!("{ours_told} in both regions"));
        return;
    }
    on.saw(format!("{ours_told} in {to}, {theirs_told} in {from}"));
    on.refuse(
        format!("Aurora runs {ours_told} in {to} and {theirs_told} in {from}; a managed switchover wants the same"),
        format!(
            "`aws rds modify-db-cluster --db-cluster-identifier {} --engine-version {} --apply-immediately --region {to}`",
            ours.id, theirs.engine_version
        ),
    );
}

fn code(on: &mut Footing<'_>) {
    let (deployment, to, from) = (on.deployment(), &on.plan().to, &on.plan().from);
    let names = |region: &Region| -> Vec<_> {
        deployment.functions.iter().filter(|it| it.region == *region).map(|it| &it.name).collect()
    };
    let (here, there) = (names(to), names(from));
    if here.is_empty() || there.is_empty() {
        return;
    }
    let Some((ours, theirs)) = both(on, Service::Lambda, |here| &here.functions) else { return };
    let mut alike = 0_usize;
    for (place, name) in here.iter().enumerate() {
        let other = there.iter().find(|it| *it == name).or_else(|| there.get(place));
        let Some(other) = other else { continue };
        let hash = |facts: &lifeboat_model::facts::lambda::LambdaFacts, name: &lifeboat_model::id::FunctionName| {
            facts.functions.iter().find(|it| it.name == *name).and_then(|it| it.code_sha256.clone())
        };
        match (hash(ours, name), hash(theirs, other)) {
            (Some(one), Some(two)) if one == two => alike += 1,
            (Some(_), Some(_)) => on.refuse(
                format!("function {name} in {to} runs other code than {other} in {from}"),
                format!(
                    "deploy the code of {from}: `aws lambda update-function-code --function-name {name} --region {to}`"
                ),
            ),
            (None, _) | (_, None) => {
                on.gap(format!("the code of {name} in {to} or of {other} in {from} is not told: Lambda must answer"));
            }
        }
    }
    on.saw(format!("{alike} of {} functions run the same code in both regions", here.len()));
}

fn parameters(on: &mut Footing<'_>) {
    if on.deployment().parameter_paths.is_empty() {
        return;
    }
    let (to, from) = (&on.plan().to, &on.plan().from);
    let Some((ours, theirs)) = both(on, Service::Parameters, |here| &here.parameters) else { return };
    let index = |all: &[Parameter]| -> BTreeMap<ParameterName, Parameter> {
        all.iter().map(|it| (it.name.clone(), it.clone())).collect()
    };
    let (ours, theirs) = (index(ours), index(theirs));
    let (mut alike, mut differ, mut hidden) = (0_usize, Vec::new(), 0_usize);
    for (name, wanted) in &theirs {
        let Some(held) = ours.get(name) else {
            on.refuse(
                format!("parameter {name} is missing in {to}"),
                format!("`aws ssm put-parameter --name {name} --type {} --value VALUE --region {to}`", wanted.kind),
            );
            continue;
        };
        if held.kind != wanted.kind {
            on.refuse(
                format!("parameter {name} is a {} in {to} and a {} in {from}", held.kind, wanted.kind),
                format!("make it a {} in {to}, or {}", wanted.kind, on.override_with(GuardName::Parity)),
            );
            continue;
        }
        match (&held.digest, &wanted.digest) {
            (Some(one), Some(other)) if one == other => alike += 1,
            (Some(_), Some(_)) => differ.push(name.to_string()),
            (None, _) | (_, None) => hidden += 1,
        }
    }
    let differing =
        if differ.is_empty() { String::new() } else { format!("; {} differ: {}", differ.len(), differ.join(", ")) };
    let unread = if hidden == 0 { String::new() } else { format!("; {hidden} are secret and were not compared") };
    on.saw(format!("{alike} of {} parameters of {from} are the same in {to}{differing}{unread}", theirs.len()));
}
