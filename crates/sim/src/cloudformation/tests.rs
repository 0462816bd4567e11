//! Stacks as they are made, changed and taken away: whole, and with something failing at each of their resources.

mod failing;
mod refusing;
mod updating;
mod whole;

use std::collections::BTreeSet;

use lifeboat_blueprint::{Chosen, StackPlan, StackSpec, StepAction};
use lifeboat_model::call::{Call, LateValue, StackInput, TemplateText};
use lifeboat_model::topology::Blueprint;

use super::*;
use crate::mutate::Refused;
use crate::scenario::{Scenario, parse};

/// What is said of a bucket or a vault in which there was nothing to delete.
const EMPTY: &str = "nothing was left";
/// Longer than any operation takes.
const LONG_S: i64 = 4 * 3_600;

fn calm() -> Scenario {
    scenario("")
}

fn scenario(faults: &str) -> Scenario {
    let head = "name = \"test\"\npurpose = \"A test.\"\nempty_account = true\n";
    parse("test.toml", &format!("{head}{faults}")).unwrap_or_else(|error| panic!("{error}; {}", error.fix))
}

/// A resource of a stack that fails for as long as `seconds`.
fn failing(stack: &StackName, resource: &str, operation: &str, seconds: i64) -> Scenario {
    scenario(&format!(
        "[[fault]]\nat = \"0s\"\nfor = \"{seconds}s\"\nkind = \"resource-failure\"\nstacks = [\"{stack}\"]\nresources = \
         [\"{resource}\"]\noperations = [\"{operation}\"]\nsays = \"It failed.\"\n"
    ))
}

fn nature(scenario: &Scenario) -> Nature<'_> {
    Nature { scenario, draw: Draw::new(7) }
}

fn chosen(blueprint: Blueprint, suffix: &str) -> Chosen {
    let built_in = lifeboat_blueprint::find(blueprint.as_str()).expect("it is built in");
    let mut chosen = Chosen::defaults(&built_in.manifest, DeploymentName::from(blueprint.as_str()));
    chosen.values.insert("EnvironmentSuffix".to_owned(), suffix.to_owned());
    chosen
}

fn plan(blueprint: Blueprint, chosen: &Chosen) -> StackPlan {
    let built_in = lifeboat_blueprint::find(blueprint.as_str()).expect("it is built in");
    lifeboat_blueprint::stacks(built_in, chosen).unwrap_or_else(|mistakes| panic!("{mistakes:?}"))
}

fn key(spec: &StackSpec) -> Key {
    Key::new(&spec.region, &spec.name)
}

/// The call that makes the change set of a stack, with everything in it known.
fn change_set(
    account: &Account,
    blueprint: Blueprint,
    plan: &StackPlan,
    spec: &StackSpec,
    name: &str,
    creates: bool,
) -> Call {
    let files = lifeboat_blueprint::builtin_files(blueprint.as_str());
    let (_, body) = files.iter().find(|(file, _)| *file == spec.template).expect("its template");
    let inputs = spec.inputs.iter().filter_map(|input| {
        let value = account.answer(plan, &input.value)?;
        Some(StackInput { key: input.key.clone(), value: LateValue::Literal(value) })
    });
    let mut tags = spec.tags.clone();
    tags.push((BLUEPRINT_TAG.to_owned(), blueprint.as_str().to_owned()));
    Call::CreateChangeSet {
        region: spec.region.clone(),
        stack: spec.name.clone(),
        change_set: name.to_owned(),
        creates,
        template: TemplateText::new(*body),
        inputs: inputs.collect(),
        capabilities: spec.capabilities.clone(),
        tags,
    }
}

fn execute(spec: &StackSpec, name: &str, creates: bool) -> Call {
    Call::ExecuteChangeSet {
        region: spec.region.clone(),
        stack: spec.name.clone(),
        change_set: name.to_owned(),
        creates,
    }
}

fn delete(spec: &StackSpec) -> Call {
    Call::DeleteStack { region: spec.region.clone(), stack: spec.name.clone() }
}

fn wait(account: &mut Account, nature: Nature<'_>, seconds: i64) {
    let until = account.now.max(0) + seconds;
    account.advance_to(nature, until);
}

/// Until nothing is under way.
fn rest(account: &mut Account, nature: Nature<'_>) {
    let until = account.now.max(0) + LONG_S;
    while let Some((at, ..)) = account.next().filter(|(at, ..)| *at <= until) {
        account.advance_to(nature, at);
    }
    assert!(account.is_at_rest(), "it does not come to rest: {:?}", statuses(account));
}

fn statuses(account: &Account) -> Vec<String> {
    account.stacks.values().map(|stack| format!("{} {}: {:?}", stack.key.name, stack.status, stack.reason)).collect()
}

/// Makes a stack, to whatever end.
fn make(account: &mut Account, nature: Nature<'_>, blueprint: Blueprint, plan: &StackPlan, spec: &StackSpec) -> Status {
    let call = change_set(account, blueprint, plan, spec, "first", true);
    apply(account, nature, &call).expect("it is taken");
    wait(account, nature, 10);
    apply(account, nature, &execute(spec, "first", true)).expect("it is executed");
    rest(account, nature);
    status(account, spec)
}

fn status(account: &Account, spec: &StackSpec) -> Status {
    account.stacks.get(&key(spec)).map_or(Status::DeleteComplete, |stack| stack.status)
}

fn apply(account: &mut Account, nature: Nature<'_>, call: &Call) -> Result<Option<String>, Refused> {
    account.apply(nature, call)
}

fn steps(account: &mut Account, nature: Nature<'_>, plan: &StackPlan) {
    for step in &plan.steps {
        match &step.action {
            StepAction::ManagedKey { region, alias } => {
                let call = Call::MakeManagedKey { region: region.clone(), alias: alias.clone() };
                apply(account, nature, &call).expect("AWS makes it");
            }
            StepAction::SecureParameter { regions, name, .. } => {
                for region in regions {
                    let copy_from = regions.first().filter(|first| *first != region).cloned();
                    let name = name.as_str().into();
                    let call = Call::EnsureSecureParameter { region: region.clone(), name, copy_from, length: 40 };
                    apply(account, nature, &call).expect("it is made");
                }
            }
            StepAction::GlobalWriterEndpoint { .. }
            | StepAction::DeleteParameter { .. }
            | StepAction::EmptyBucket { .. }
            | StepAction::EmptyVault { .. }
            | StepAction::ForeignRecords { .. } => {}
        }
    }
}

/// Every stack of a blueprint, each after those that it waits for.
fn make_all(account: &mut Account, nature: Nature<'_>, blueprint: Blueprint, chosen: &Chosen) -> StackPlan {
    let plan = plan(blueprint, chosen);
    steps(account, nature, &plan);
    for spec in &plan.stacks {
        assert_eq!(make(account, nature, blueprint, &plan, spec), Status::CreateComplete, "{:?}", statuses(account));
    }
    plan
}

/// Empties what must be empty before it can go.
fn empty_all(account: &mut Account, nature: Nature<'_>) {
    let buckets: Vec<(Region, String)> = standing_of(account, "AWS::S3::Bucket");
    for (region, bucket) in buckets {
        let call = Call::EmptyBucket { region, bucket: bucket.as_str().into() };
        while apply(account, nature, &call).expect("it is there").as_deref() != Some(EMPTY) {}
    }
    let vaults: Vec<(Region, String)> = standing_of(account, "AWS::Backup::BackupVault");
    for (region, vault) in vaults {
        apply(account, nature, &Call::EmptyVault { region, vault: vault.as_str().into() }).expect("it is there");
    }
    wait(account, nature, 120);
}

fn standing_of(account: &Account, kind: &str) -> Vec<(Region, String)> {
    let own = account.standing().filter(|(_, own)| own.laid.kind == kind);
    own.map(|(stack, own)| (stack.key.region.clone(), own.id.clone().unwrap_or_default())).collect()
}

/// Deletes a stack, and again where AWS refuses slowly.
fn delete_whole(account: &mut Account, nature: Nature<'_>, spec: &StackSpec) {
    for _ in 0..60 {
        apply(account, nature, &delete(spec)).expect("it is taken");
        rest(account, nature);
        if status(account, spec) == Status::DeleteComplete {
            return;
        }
        wait(account, nature, 1_800);
    }
    panic!("it cannot be deleted: {:?}", statuses(account));
}

fn standing_ids(account: &Account) -> BTreeSet<String> {
    account.standing().map(|(stack, own)| format!("{} {:?}", stack.key.name, own.id)).collect()
}
