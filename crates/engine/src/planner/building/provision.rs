//! `provision`: from a blueprint and what stands to a plan that makes what is missing, changes what differs and leaves the
//! rest as it is. What an earlier try left behind is cleared away by steps of the plan.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat_blueprint::manifest::{LeftoverKind, When};
use lifeboat_blueprint::{Ask, InputValue, StackSpec, StepAction, StepSpec, asks, durations};
use lifeboat_model::call::{Call, LateValue, StackInput, TemplateText};
use lifeboat_model::facts::Facts;
use lifeboat_model::facts::change_set::ChangeSet;
use lifeboat_model::facts::leftover::Named;
use lifeboat_model::facts::stack::Stack;
use lifeboat_model::guard::GuardName;
use lifeboat_model::id::{ParameterName, Region, StackName};
use lifeboat_model::plan::{
    Build, BuildResource, BuildStack, Condition, EngineWanted, NamesWanted, NoMoreThan, PLAN_VERSION, Plan, Predicted,
    QuotaWanted, ResourceAction, StackAction, Step, StepId, ZonesWanted, hexadecimal,
};
use lifeboat_model::read::{PlannedRead, Read};
use lifeboat_model::runbook::{PROVISION, RunbookName, StepKind};
use lifeboat_model::time::Duration;
use lifeboat_model::wording::list;
use sha2::{Digest, Sha256};

use super::diff::{self, Live, Now};
use super::parts::{self, BETWEEN_DELETIONS, Filling, step};
use super::{CannotBuild, Ground, Standing, lost_note, lost_regions, prove};
use crate::findings::question;
use crate::questions;

/// What must be asked before the plan can be made, as far as that is known by what was asked so far.
pub fn questions(ground: &Ground<'_>) -> Vec<PlannedRead> {
    let mut asked: Vec<PlannedRead> =
        ground.stacks.stacks.iter().map(|spec| questions::stack(&spec.region, &spec.name)).collect();
    asked.extend(ground.earlier.iter().map(|earlier| questions::stack(&earlier.region, &earlier.name)));
    for step in ground.stacks.steps_of(When::Create) {
        if let StepAction::SecureParameter { regions, name, .. } = &step.action {
            asked.extend(regions.iter().map(|region| parameter_question(region, name)));
        }
    }
    asked.extend(ground.stacks.steps_of(When::Create).filter_map(|own| writer_question(ground, own)));
    for spec in &ground.stacks.stacks {
        let Ok(Standing::Stands(stack)) = ground.standing(&spec.region, &spec.name) else { continue };
        if is_updatable(stack) {
            asked.push(template_question(spec));
            if let Some(call) = change_set(ground, spec, false, &[]) {
                asked.extend(change_set_question(&call));
            }
        }
    }
    asked
}

/// Of the global cluster whose writer's endpoint a step reads, once its id can be told.
fn writer_question(ground: &Ground<'_>, own: &StepSpec) -> Option<PlannedRead> {
    let StepAction::GlobalWriterEndpoint { region, global_cluster } = &own.action else { return None };
    let standing = |id: &str| {
        let spec = ground.stacks.stack(id);
        spec.and_then(|spec| ground.standing(&spec.region, &spec.name).ok()).unwrap_or(Standing::Absent)
    };
    match diff::now(global_cluster, &standing, &|_| false, &|_| None) {
        Now::Known(id) => Some(question(region, Read::Aurora { global_cluster: id.into() })),
        Now::Later | Now::Kept | Now::Absent => None,
    }
}

/// What a step would find out now.
fn answer(ground: &Ground<'_>, step: &str) -> Option<String> {
    let own = ground.stacks.steps.iter().find(|own| own.id == step)?;
    let asked = writer_question(ground, own)?;
    match ground.findings.get(&asked)?.value()? {
        Facts::Aurora(facts) => facts.global.as_ref()?.endpoint.clone(),
        _ => None,
    }
}

fn template_question(spec: &StackSpec) -> PlannedRead {
    question(&spec.region, Read::StackTemplates { stacks: vec![spec.name.clone()] })
}

fn parameter_question(region: &Region, name: &str) -> PlannedRead {
    questions::named(region, Named::SsmParameter(ParameterName::from(name)))
}

fn change_set_question(call: &Call) -> Option<PlannedRead> {
    match call {
        Call::CreateChangeSet { region, stack, change_set, .. } => {
            Some(questions::change_set(region, stack, change_set))
        }
        _ => None,
    }
}

fn is_updatable(stack: &Stack) -> bool {
    stack.is_whole() || matches!(stack.status.as_str(), "UPDATE_FAILED" | "UPDATE_ROLLBACK_FAILED")
}

/// What an earlier try left, which holds nothing that ever served.
fn is_left_over(status: &str) -> bool {
    matches!(
        status,
        "REVIEW_IN_PROGRESS" | "ROLLBACK_COMPLETE" | "ROLLBACK_FAILED" | "CREATE_FAILED" | "DELETE_IN_PROGRESS"
    )
}

/// A stack with what is to become of it.
struct Fate<'a> {
    spec: &'a StackSpec,
    standing: Standing<'a>,
    action: StackAction,
    resources: Vec<BuildResource>,
    /// What AWS's own change set would be called, and what it is made by.
    call: Option<Call>,
}

/// Makes the plan. One that would change nothing has a build that says so, and no steps but the approval.
pub fn provision(ground: &Ground<'_>) -> Result<Plan, CannotBuild> {
    let found = stand(ground)?;
    let lost = lost_regions(&found);
    let fates = fates(ground, &found, &lost)?;
    let mut notes: Vec<String> = lost_note(&lost).into_iter().collect();
    let mut steps = vec![parts::approval(&format!(
        "Make {} in {} and {}",
        ground.chosen.deployment, ground.chosen.home, ground.chosen.partner
    ))];
    steps.extend(parts::in_order(work(ground, &fates, &lost, &mut notes)?));
    let build = build(ground, &fates);
    if build.is_nothing() {
        notes.push("Everything stands as the blueprint has it: nothing is to be done.".to_owned());
    }
    for (stack, resource) in build.loses_data() {
        let what = if resource.action == ResourceAction::Replace { "REPLACES" } else { "REMOVES" };
        notes.push(format!(
            "It {what} {} ({}) of {} in {}: what it holds is lost.",
            resource.logical_id, resource.resource_type, stack.name, stack.region
        ));
    }
    notes.extend(super::cost::notes(ground));
    notes.extend(ground.blueprint.manifest.notes.iter().cloned());
    let (from, to, mode) = ground.direction(&lost);
    let makes_anything = build.stacks.iter().any(|stack| stack.action == StackAction::Create);
    let mut plan = Plan {
        version: PLAN_VERSION,
        runbook: RunbookName::new(PROVISION),
        mode,
        deployment: ground.chosen.deployment.clone(),
        account: ground.account.cloned(),
        from,
        to,
        drill: false,
        made_at: ground.now,
        writer: None,
        guards: guards(makes_anything),
        steps,
        predicted: Predicted::default(),
        objectives: ground.objectives.clone(),
        build: Some(build),
        notes,
    };
    plan.predicted.length = plan.groups().map(Plan::longest_way).sum();
    prove(&plan)?;
    Ok(plan)
}

fn guards(makes_anything: bool) -> Vec<GuardName> {
    let mut guards = vec![
        GuardName::Access,
        GuardName::Lock,
        GuardName::Identity,
        GuardName::FreezeWindow,
        GuardName::Credentials,
        GuardName::SecondPerson,
        GuardName::StacksAsPlanned,
    ];
    if makes_anything {
        guards.extend([GuardName::Offered, GuardName::NamesFree, GuardName::Quotas]);
    }
    guards.sort_unstable();
    guards
}

fn stand<'a>(ground: &Ground<'a>) -> Result<Vec<(&'a StackSpec, Standing<'a>)>, CannotBuild> {
    let mut found = Vec::new();
    for spec in &ground.stacks.stacks {
        let standing = ground.standing(&spec.region, &spec.name)?;
        if let Some(stack) = standing.stack() {
            ground.prove_ours(&spec.region, stack)?;
            // It served once, and what its deletion was refused for may be the data.
            if stack.status == "DELETE_FAILED" {
                return Err(CannotBuild::HalfDeleted { stack: spec.name.clone(), region: spec.region.clone() });
            }
            if !is_updatable(stack) && !is_left_over(&stack.status) {
                return Err(CannotBuild::Busy {
                    stack: spec.name.clone(),
                    region: spec.region.clone(),
                    status: stack.status.clone(),
                });
            }
        }
        found.push((spec, standing));
    }
    same_names(ground)?;
    Ok(found)
}

/// One deployment has one stack of each kind: parameters that name or place it otherwise would leave the first one
/// behind, with its data, under a name by which nobody would look for it.
fn same_names(ground: &Ground<'_>) -> Result<(), CannotBuild> {
    for earlier in ground.earlier {
        let Some(spec) = ground.stacks.stack(&earlier.id) else { continue };
        let is_it = |spec: &&StackSpec| spec.name == earlier.name && spec.region == earlier.region;
        if ground.stacks.stacks.iter().any(|spec| is_it(&spec)) {
            continue;
        }
        match ground.standing(&earlier.region, &earlier.name)? {
            Standing::Absent => {}
            Standing::Lost => return Err(CannotBuild::Lost { region: earlier.region.clone() }),
            Standing::Stands(_) => {
                return Err(CannotBuild::OtherName {
                    id: earlier.id.clone(),
                    stack: earlier.name.clone(),
                    region: earlier.region.clone(),
                    wanted: format!("{} in {}", spec.name, spec.region),
                });
            }
        }
    }
    Ok(())
}

/// In the order of the stacks, each after all that it waits for: what becomes of one decides what the next is told.
fn fates<'a>(
    ground: &Ground<'a>,
    found: &[(&'a StackSpec, Standing<'a>)],
    lost: &[Region],
) -> Result<Vec<Fate<'a>>, CannotBuild> {
    let standing = |id: &str| -> Standing<'a> {
        found.iter().find(|(spec, _)| spec.id == id).map_or(Standing::Absent, |(_, it)| *it)
    };
    let answer = |step: &str| answer(ground, step);
    let lives: Vec<Live<'_>> = found
        .iter()
        .filter_map(|(spec, it)| Some((spec, it.stack().filter(|stack| is_updatable(stack))?)))
        .map(|(spec, stack)| Live { spec, stack, inputs: inputs_now(spec, &standing, &|_| false, &answer) })
        .collect();
    if let Some(refused) = diff::permanent_change(ground, &lives) {
        return Err(refused);
    }
    let replaced = diff::replaced_by_parameters(ground, &lives);
    let mut fates: Vec<Fate<'a>> = Vec::new();
    for (spec, it) in found {
        let fate = match it {
            Standing::Lost => {
                Fate { spec, standing: *it, action: StackAction::Leave, resources: Vec::new(), call: None }
            }
            Standing::Stands(stack) if is_updatable(stack) => {
                let changes = |id: &str| {
                    let before = fates.iter().find(|fate| fate.spec.id == id);
                    before.is_some_and(|fate| matches!(fate.action, StackAction::Create | StackAction::Update))
                };
                let inputs = inputs_now(spec, &standing, &changes, &answer);
                update(ground, spec, *it, stack, &inputs, &replaced, lost)?
            }
            Standing::Absent | Standing::Stands(_) => Fate {
                spec,
                standing: *it,
                action: StackAction::Create,
                resources: diff::whole(ground, spec, ResourceAction::Add),
                call: change_set(ground, spec, true, lost),
            },
        };
        if fate.action == StackAction::Create {
            needs_nobody_lost(spec, &standing)?;
        }
        fates.push(fate);
    }
    Ok(fates)
}

/// What is made needs answers; what stands already can keep those that it has.
fn needs_nobody_lost<'a>(spec: &StackSpec, standing: &dyn Fn(&str) -> Standing<'a>) -> Result<(), CannotBuild> {
    fn asked(value: &InputValue) -> Vec<(&str, &Region)> {
        match value {
            InputValue::Literal(_) | InputValue::StepAnswer { .. } => Vec::new(),
            InputValue::Output { id, stack, .. } => vec![(id.as_str(), &stack.0)],
            InputValue::Text(parts) => parts.iter().flat_map(asked).collect(),
        }
    }
    let lost = spec.inputs.iter().flat_map(|input| asked(&input.value)).find(|(id, _)| standing(id).is_lost());
    match lost {
        Some((_, region)) => Err(CannotBuild::NeedsTheLost { stack: spec.name.clone(), region: region.clone() }),
        None => Ok(()),
    }
}

fn inputs_now<'a>(
    spec: &StackSpec,
    standing: &dyn Fn(&str) -> Standing<'a>,
    changes: &dyn Fn(&str) -> bool,
    answer: &dyn Fn(&str) -> Option<String>,
) -> BTreeMap<String, Now> {
    let now = |value: &InputValue| diff::now(value, standing, changes, answer);
    spec.inputs.iter().map(|input| (input.key.clone(), now(&input.value))).collect()
}

fn update<'a>(
    ground: &Ground<'a>,
    spec: &'a StackSpec,
    standing: Standing<'a>,
    stack: &Stack,
    inputs: &BTreeMap<String, Now>,
    replaced: &BTreeSet<String>,
    lost: &[Region],
) -> Result<Fate<'a>, CannotBuild> {
    let call = change_set(ground, spec, false, lost);
    let template = ground.heard(&template_question(spec), || format!("the template of {}", spec.name))?;
    let change_set = match call.as_ref().and_then(change_set_question) {
        Some(asked) => known_change_set(ground, &asked),
        None => None,
    };
    let known = diff::Known { live: diff::live_template(template, stack), change_set, replaced };
    let update = diff::update(ground, spec, stack, inputs, &known)
        .map_err(|why| CannotBuild::NotUnderstood { stack: spec.name.clone(), why })?;
    let is_whole = stack.status != "UPDATE_ROLLBACK_FAILED";
    let action = if update.is_nothing && is_whole { StackAction::Keep } else { StackAction::Update };
    Ok(Fate { spec, standing, action, resources: update.resources, call })
}

/// One that nobody could be asked for is only no help.
fn known_change_set<'a>(ground: &Ground<'a>, asked: &PlannedRead) -> Option<&'a ChangeSet> {
    let reading = ground.findings.get(asked).filter(|reading| reading.failure.is_none())?;
    match &reading.last.as_ref()?.value {
        Facts::ChangeSet(found) => found.as_ref(),
        _ => None,
    }
}

/// The call by which AWS works out what a stack would become. Its name is that of what it is made from, so that one that
/// was made before is found again.
fn change_set(ground: &Ground<'_>, spec: &StackSpec, creates: bool, lost: &[Region]) -> Option<Call> {
    let template = TemplateText::new(ground.template(spec)?.text.as_str());
    let inputs: Vec<StackInput> = spec
        .inputs
        .iter()
        .map(|input| StackInput { key: input.key.clone(), value: late(&input.value, lost) })
        .collect();
    let tags = ground.tags(spec);
    let made_from = serde_json::to_vec(&(template.sha256(), &inputs, &spec.capabilities, &tags)).ok()?;
    let name = hexadecimal(&Sha256::digest(made_from));
    Some(Call::CreateChangeSet {
        region: spec.region.clone(),
        stack: spec.name.clone(),
        change_set: format!("lifeboat-{}", name.get(..12).unwrap_or(&name)),
        creates,
        template,
        inputs,
        capabilities: spec.capabilities.clone(),
        tags,
    })
}

/// What a silent region would tell stays as it was.
pub(super) fn late(value: &InputValue, lost: &[Region]) -> LateValue {
    match value {
        InputValue::Literal(text) => LateValue::Literal(text.clone()),
        InputValue::Output { stack: (region, _), .. } if lost.contains(region) => LateValue::Previous,
        InputValue::Output { stack: (region, stack), key, optional, list, .. } => LateValue::Output {
            region: region.clone(),
            stack: stack.clone(),
            key: key.clone(),
            list: *list,
            optional: *optional,
        },
        InputValue::StepAnswer { step, optional } => LateValue::Answer { step: step.clone(), optional: *optional },
        InputValue::Text(parts) => LateValue::Joined(parts.iter().map(|part| late(part, lost)).collect()),
    }
}

// ---- Steps

fn step_of(id: &str) -> StepId {
    StepId::new(format!("stack-{id}"))
}

fn work(
    ground: &Ground<'_>,
    fates: &[Fate<'_>],
    lost: &[Region],
    notes: &mut Vec<String>,
) -> Result<Vec<Step>, CannotBuild> {
    let mut steps = Vec::new();
    let is_done = |id: &str| {
        fates.iter().any(|fate| fate.spec.id == id && matches!(fate.action, StackAction::Create | StackAction::Update))
    };
    let needed: BTreeSet<&str> = fates
        .iter()
        .filter(|fate| is_done(&fate.spec.id))
        .flat_map(|fate| fate.spec.after_steps.iter().map(String::as_str))
        .collect();
    let mut made: BTreeSet<&str> = BTreeSet::new();
    for own in ground.stacks.steps_of(When::Create) {
        // What nobody waits for is done where something is made at all.
        let is_wanted = needed.contains(own.id.as_str())
            || (own.before.is_empty() && fates.iter().any(|fate| fate.action == StackAction::Create))
            || own.before.iter().any(|id| is_done(id));
        if !is_wanted {
            continue;
        }
        if let Some(step) = own_step(ground, own, lost)? {
            made.insert(&own.id);
            let after = own.after.iter().filter(|id| is_done(id)).map(|id| step_of(id));
            steps.push(step.after(after));
        }
    }
    for fate in fates.iter().filter(|fate| is_done(&fate.spec.id)) {
        let stacks = fate.spec.after.iter().filter(|id| is_done(id)).map(|id| step_of(id));
        let own = fate.spec.after_steps.iter().filter(|id| made.contains(id.as_str())).map(StepId::new);
        steps.extend(steps_of_stack(ground, fate, stacks.chain(own).collect()));
    }
    orphans(ground, fates, notes)?;
    Ok(steps)
}

fn steps_of_stack(ground: &Ground<'_>, fate: &Fate<'_>, waits_for: Vec<StepId>) -> Vec<Step> {
    let Fate { spec, standing, action, resources, call } = fate;
    let StackSpec { id, name, region, .. } = spec;
    let Some(Call::CreateChangeSet { change_set, creates, .. }) = call else { return Vec::new() };
    let mut steps = Vec::new();
    let mut waits_for = waits_for;
    if let Some(step) = standing.stack().and_then(|stack| cleared(ground, spec, stack)) {
        waits_for.push(step.id.clone());
        steps.push(step);
    }
    let change_set_id = StepId::new(format!("change-set-{id}"));
    let away = Call::DeleteChangeSet { region: region.clone(), stack: name.clone(), change_set: change_set.clone() };
    steps.push(
        step(change_set_id.as_str(), StepKind::Stack, format!("Work out what {name} in {region} becomes"))
            .calls([away].into_iter().chain(call.clone()))
            .until([Condition::ChangeSetReady {
                region: region.clone(),
                stack: name.clone(),
                change_set: change_set.clone(),
                only: no_more_than(resources),
            }])
            .after(waits_for)
            .taking(durations::CHANGE_SET, "usual for a change set"),
    );
    let verb = if *action == StackAction::Create { "Make" } else { "Change" };
    steps.push(
        step(step_of(id).as_str(), StepKind::Stack, format!("{verb} {name} in {region}"))
            .calls([Call::ExecuteChangeSet {
                region: region.clone(),
                stack: name.clone(),
                change_set: change_set.clone(),
                creates: *creates,
            }])
            .until([Condition::StackComplete {
                region: region.clone(),
                stack: name.clone(),
                change_set: change_set.clone(),
            }])
            .after([change_set_id])
            .of_a_stack(ground, expected(spec, *action, resources)),
    );
    steps
}

fn expected(spec: &StackSpec, action: StackAction, resources: &[BuildResource]) -> Duration {
    if action == StackAction::Create {
        return durations::expected(&spec.evaluated).stack.create;
    }
    // Of an update only what changes takes time, and what order that has AWS decides.
    resources.iter().filter_map(|resource| resource.expected).max().unwrap_or(Duration::from_secs(20))
}

fn no_more_than(resources: &[BuildResource]) -> NoMoreThan {
    let of = |action: ResourceAction| -> Vec<String> {
        let some = resources.iter().filter(|resource| resource.action == action);
        some.map(|resource| resource.logical_id.clone()).collect()
    };
    NoMoreThan { replaces: of(ResourceAction::Replace), removes: of(ResourceAction::Remove) }
}

/// What must be out of the way before a change set can be made.
fn cleared(ground: &Ground<'_>, spec: &StackSpec, stack: &Stack) -> Option<Step> {
    let StackSpec { id, name, region, .. } = spec;
    let (region, stack_name) = (region.clone(), name.clone());
    let clear = |title: String| step(format!("clear-{id}"), StepKind::DeleteStack, title);
    let gone = Condition::StackGone { region: region.clone(), stack: stack_name.clone(), refusals: Vec::new() };
    match stack.status.as_str() {
        "UPDATE_ROLLBACK_FAILED" => Some(
            step(
                format!("roll-back-{id}"),
                StepKind::Stack,
                format!("Bring the stuck rollback of {name} in {region} to its end"),
            )
            .calls([Call::ContinueUpdateRollback { region: region.clone(), stack: stack_name.clone() }])
            .until([Condition::StackIs { region, stack: stack_name, status: "UPDATE_ROLLBACK_COMPLETE".to_owned() }])
            .of_a_stack(ground, Duration::from_mins(2)),
        ),
        "DELETE_IN_PROGRESS" => Some(
            clear(format!("Wait until {name} in {region}, which is being deleted, is gone"))
                .until([gone])
                .of_a_stack(ground, durations::expected(&spec.evaluated).stack.delete),
        ),
        status if is_left_over(status) => Some(
            clear(format!("Delete what is left of {name} in {region} ({status})"))
                .calls([Call::DeleteStack { region, stack: stack_name }])
                .until([gone])
                .repeats(BETWEEN_DELETIONS)
                .of_a_stack(ground, Duration::from_mins(1)),
        ),
        _ => None,
    }
}

/// What CloudFormation cannot do.
fn own_step(ground: &Ground<'_>, own: &StepSpec, lost: &[Region]) -> Result<Option<Step>, CannotBuild> {
    let reachable = |region: &Region| !lost.contains(region);
    Ok(match &own.action {
        StepAction::ManagedKey { region, alias } if reachable(region) => Some(
            step(&own.id, StepKind::ManagedKey, format!("Have AWS make {alias} in {region}"))
                .calls([Call::MakeManagedKey { region: region.clone(), alias: alias.clone() }]),
        ),
        StepAction::GlobalWriterEndpoint { region, global_cluster } if reachable(region) => Some(
            step(
                &own.id,
                StepKind::GlobalWriterEndpoint,
                format!("Read in {region} which endpoint follows the writer"),
            )
            .until([Condition::WriterEndpointKnown {
                region: region.clone(),
                global_cluster: late(global_cluster, lost),
            }]),
        ),
        StepAction::SecureParameter { regions, name, length } => {
            let regions: Vec<&Region> = regions.iter().filter(|region| reachable(region)).collect();
            secure_parameter(ground, own, &regions, name, *length)?
        }
        // Of teardowns, or of a region that does not answer.
        StepAction::ManagedKey { .. }
        | StepAction::GlobalWriterEndpoint { .. }
        | StepAction::DeleteParameter { .. }
        | StepAction::EmptyBucket { .. }
        | StepAction::EmptyVault { .. }
        | StepAction::ForeignRecords { .. } => None,
    })
}

/// One value for every region: where it is there already it is copied from, and generated where it is nowhere.
fn secure_parameter(
    ground: &Ground<'_>,
    own: &StepSpec,
    regions: &[&Region],
    name: &str,
    length: usize,
) -> Result<Option<Step>, CannotBuild> {
    let mut there = Vec::new();
    for region in regions {
        let found = ground.heard(&parameter_question(region, name), || format!("the parameter {name}"))?;
        let is_there = matches!(found, Some(Facts::Named(found)) if !found.is_empty());
        there.push((*region, is_there));
    }
    if there.iter().all(|(_, is_there)| *is_there) {
        return Ok(None);
    }
    let source = there.iter().find(|(_, is_there)| *is_there).or(there.first()).map(|(region, _)| *region);
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    let name = ParameterName::from(name);
    let ensure = |region: &Region| Call::EnsureSecureParameter {
        region: region.clone(),
        name: name.clone(),
        copy_from: source.filter(|source| *source != region).cloned(),
        length,
    };
    // What is copied from must be there first.
    let first = source.filter(|source| there.iter().any(|(region, is_there)| region == source && !is_there));
    let others = there.iter().filter(|(region, is_there)| !is_there && Some(*region) != source);
    let calls: Vec<Call> = first.into_iter().map(ensure).chain(others.map(|(region, _)| ensure(region))).collect();
    let names: Vec<&str> = there.iter().map(|(region, _)| region.as_str()).collect();
    let until =
        there.iter().map(|(region, _)| Condition::ParameterThere { region: (*region).clone(), name: name.clone() });
    Ok(Some(
        step(&own.id, StepKind::SecureParameter, format!("Write the secret {name} in {}", list(&names)))
            .calls(calls)
            .until(until),
    ))
}

/// Stacks of parameters that are off now: nothing needs them any more, and nobody would ever take them away.
fn orphans(ground: &Ground<'_>, fates: &[Fate<'_>], notes: &mut Vec<String>) -> Result<(), CannotBuild> {
    let is_planned = |name: &StackName, region: &Region| {
        fates.iter().any(|fate| fate.spec.name == *name && fate.spec.region == *region)
    };
    for earlier in ground.earlier.iter().filter(|it| !is_planned(&it.name, &it.region)) {
        if let Standing::Stands(_) = ground.standing(&earlier.region, &earlier.name)? {
            notes.push(format!(
                "The stack {} in {} belongs to parameters that are off now. It stays until `lifeboat down {}`.",
                earlier.name, earlier.region, ground.chosen.deployment
            ));
        }
    }
    Ok(())
}

// ---- What is told of it

fn build(ground: &Ground<'_>, fates: &[Fate<'_>]) -> Build {
    let stack = |fate: &Fate<'_>| BuildStack {
        id: fate.spec.id.clone(),
        name: fate.spec.name.clone(),
        region: fate.spec.region.clone(),
        action: fate.action,
        status: fate.standing.stack().map(|stack| stack.status.clone()),
        resources: fate.resources.clone(),
        expected: matches!(fate.action, StackAction::Create | StackAction::Update)
            .then(|| expected(fate.spec, fate.action, &fate.resources)),
    };
    let stacks: Vec<BuildStack> = fates.iter().map(stack).collect();
    let is_fresh = fates.iter().all(|fate| matches!(fate.standing, Standing::Absent));
    let beyond = ground.stacks.steps_of(When::Create).filter_map(|step| step.why.clone());
    let (cost, usd_month, prices) = super::cost::of(ground);
    Build {
        blueprint: ground.blueprint.manifest.name.clone(),
        folder: super::folder(ground.blueprint),
        parameters: super::parameters(ground),
        protected: ground.blueprint.manifest.protected,
        beyond: beyond.collect(),
        cost,
        usd_month,
        prices,
        engines: engines(ground),
        zones: zones(ground),
        quotas: quotas(&stacks),
        names: if is_fresh { names(ground) } else { Vec::new() },
        refusals: Vec::new(),
        forecast: Vec::new(),
        global_cluster: None,
        stacks,
    }
}

fn engines(ground: &Ground<'_>) -> Vec<EngineWanted> {
    let asked = asks(&ground.blueprint.manifest, ground.chosen);
    let wanted = asked.into_iter().filter_map(|ask| match ask {
        Ask::EngineVersion { region, engine, version } => Some(EngineWanted { region, engine, version }),
        Ask::Zones { .. } => None,
    });
    wanted.collect()
}

fn zones(ground: &Ground<'_>) -> Vec<ZonesWanted> {
    let asked = asks(&ground.blueprint.manifest, ground.chosen);
    let wanted = asked.into_iter().filter_map(|ask| match ask {
        Ask::Zones { region, count } => Some(ZonesWanted { region, count: u32::try_from(count).unwrap_or(u32::MAX) }),
        Ask::EngineVersion { .. } => None,
    });
    wanted.collect()
}

/// Names that outlive a teardown, and would refuse what is made under them.
fn names(ground: &Ground<'_>) -> Vec<NamesWanted> {
    let kept: BTreeSet<&str> = ground
        .stacks
        .steps_of(When::Create)
        .filter_map(|step| match &step.action {
            StepAction::SecureParameter { name, .. } => Some(name.as_str()),
            StepAction::ManagedKey { .. }
            | StepAction::GlobalWriterEndpoint { .. }
            | StepAction::DeleteParameter { .. }
            | StepAction::EmptyBucket { .. }
            | StepAction::EmptyVault { .. }
            | StepAction::ForeignRecords { .. } => None,
        })
        .collect();
    let mut wanted: BTreeMap<&Region, Vec<Named>> = BTreeMap::new();
    for leftover in &ground.stacks.teardown.leftovers {
        let is_in_the_way = match leftover.kind {
            LeftoverKind::LogGroup | LeftoverKind::Secret | LeftoverKind::KmsKey | LeftoverKind::Table => true,
            LeftoverKind::SsmParameter => !kept.contains(leftover.name.as_str()),
            LeftoverKind::RecoveryPoint | LeftoverKind::DbClusterSnapshot => false,
        };
        if is_in_the_way {
            wanted.entry(&leftover.region).or_default().push(super::named(leftover));
        }
    }
    // Of buckets not even the account is the only one that may have the name.
    for spec in &ground.stacks.stacks {
        let buckets = spec.evaluated.resources.iter().filter(|own| own.resource_type == "AWS::S3::Bucket");
        for name in buckets.filter_map(|own| own.properties.get("BucketName")?.as_str()) {
            wanted.entry(&spec.region).or_default().push(Named::Bucket(name.into()));
        }
    }
    wanted.into_iter().map(|(region, named)| NamesWanted { region: region.clone(), named }).collect()
}

/// Type, service, quota, and what there would be of it.
const QUOTAS: [(&str, &str, &str, &str); 7] = [
    ("AWS::EC2::VPC", "vpc", "L-F678F1CE", "VPCs"),
    ("AWS::EC2::EIP", "ec2", "L-0263D0A3", "Elastic IP addresses"),
    ("AWS::EC2::InternetGateway", "vpc", "L-A4707A72", "internet gateways"),
    ("AWS::RDS::DBCluster", "rds", "L-952B80B8", "DB clusters"),
    ("AWS::AutoScaling::AutoScalingGroup", "autoscaling", "L-CDE20ADC", "Auto Scaling groups"),
    ("AWS::KMS::Key", "kms", "L-C2F1777E", "keys"),
    ("AWS::S3::Bucket", "s3", "L-DC2B2D3D", "buckets"),
];

fn quotas(stacks: &[BuildStack]) -> Vec<QuotaWanted> {
    let mut counts: BTreeMap<(&Region, usize), u32> = BTreeMap::new();
    for stack in stacks.iter().filter(|stack| stack.action == StackAction::Create) {
        for resource in &stack.resources {
            if let Some(place) = QUOTAS.iter().position(|(kind, ..)| *kind == resource.resource_type) {
                *counts.entry((&stack.region, place)).or_default() += 1;
            }
        }
    }
    let wanted = counts.into_iter().filter_map(|((region, place), at_least)| {
        let (_, service_code, quota_code, what) = QUOTAS.get(place)?;
        Some(QuotaWanted {
            region: region.clone(),
            service_code: (*service_code).to_owned(),
            quota_code: (*quota_code).to_owned(),
            what: (*what).to_owned(),
            at_least,
        })
    });
    wanted.collect()
}
