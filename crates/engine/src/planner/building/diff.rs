//! What an update would do to a stack's resources, as far as it can be told without AWS: the template as it stands with
//! the parameters it stands with, beside the new one. Where AWS has worked out a change set of the same, its word counts.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat_blueprint::manifest::Word;
use lifeboat_blueprint::{
    Evaluated, InputValue, ParameterValue, Resource, StackSpec, Template, TemplateSetting, durations,
};
use lifeboat_model::facts::Facts;
use lifeboat_model::facts::change_set::{ChangeAction, ChangeSet, ResourceChange};
use lifeboat_model::facts::stack::Stack;
use lifeboat_model::plan::{BuildResource, ResourceAction};

use super::{CannotBuild, Ground, Standing, holds_data};

/// A parameter's value, as far as it is known before anything is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Now {
    Known(String),
    /// The stack that tells it is yet to be made, or changes with this plan.
    Later,
    /// Its region is silent: what the stack has stays.
    Kept,
    /// It is optional, and not there: the template's default holds.
    Absent,
}

pub(super) fn now<'a>(
    value: &InputValue,
    standing: &dyn Fn(&str) -> Standing<'a>,
    changes: &dyn Fn(&str) -> bool,
    answer: &dyn Fn(&str) -> Option<String>,
) -> Now {
    match value {
        InputValue::Literal(text) => Now::Known(text.clone()),
        InputValue::Output { id, key, optional, .. } => match standing(id) {
            Standing::Lost => Now::Kept,
            Standing::Absent => Now::Later,
            Standing::Stands(_) if changes(id) => Now::Later,
            Standing::Stands(stack) => match stack.outputs.get(key) {
                Some(text) => Now::Known(text.clone()),
                None if *optional => Now::Absent,
                None => Now::Later,
            },
        },
        InputValue::StepAnswer { step, .. } => answer(step).map_or(Now::Later, Now::Known),
        InputValue::Text(parts) => {
            let mut text = String::new();
            for part in parts {
                match now(part, standing, changes, answer) {
                    Now::Known(known) => text.push_str(&known),
                    other => return other,
                }
            }
            Now::Known(text)
        }
    }
}

/// Resources of a stack that is made or taken away: all of them.
pub(super) fn whole(ground: &Ground<'_>, spec: &StackSpec, action: ResourceAction) -> Vec<BuildResource> {
    let expected = durations::expected(&spec.evaluated);
    let of = |resource: &Resource| {
        let usual = expected.resources.get(&resource.logical_id);
        let usual = usual.map(|usual| if action == ResourceAction::Remove { usual.delete } else { usual.create });
        described(ground, spec, &resource.logical_id, &resource.resource_type, action, usual)
    };
    spec.evaluated.in_order().into_iter().map(of).collect()
}

fn described(
    ground: &Ground<'_>,
    spec: &StackSpec,
    logical_id: &str,
    resource_type: &str,
    action: ResourceAction,
    expected: Option<lifeboat_model::time::Duration>,
) -> BuildResource {
    BuildResource {
        logical_id: logical_id.to_owned(),
        resource_type: resource_type.to_owned(),
        module: ground.blueprint.manifest.module(&spec.id, logical_id).map(str::to_owned),
        action,
        holds_data: holds_data(resource_type),
        expected,
    }
}

/// What is known of an update.
pub(super) struct Update {
    pub(super) resources: Vec<BuildResource>,
    /// Whether nothing at all is to be changed, for certain.
    pub(super) is_nothing: bool,
}

/// What was read of a stack beside itself.
pub(super) struct Known<'a> {
    /// The template's text as it stands.
    pub(super) live: Option<&'a str>,
    /// Of the same template and inputs, where AWS has worked it out already.
    pub(super) change_set: Option<&'a ChangeSet>,
    /// What the manifest says that its parameters replace.
    pub(super) replaced: &'a BTreeSet<String>,
}

/// `inputs`: the new parameters.
pub(super) fn update(
    ground: &Ground<'_>,
    spec: &StackSpec,
    stack: &Stack,
    inputs: &BTreeMap<String, Now>,
    known: &Known<'_>,
) -> Result<Update, String> {
    let Known { live, change_set, .. } = *known;
    if let Some(set) = change_set.filter(|set| set.is_ready()) {
        return Ok(by_aws(ground, spec, set));
    }
    let template = ground.template(spec).ok_or_else(|| format!("there is no template {}", spec.template))?;
    let same_text = live == Some(template.text.as_str());
    let same_inputs = inputs.iter().all(|(key, value)| is_as_it_was(key, value, stack));
    let same_tags = ground.tags(spec).iter().all(|(key, value)| stack.tags.get(key) == Some(value));
    let told_defaults =
        template.parameters.keys().all(|key| inputs.contains_key(key) || is_default(template, key, stack));
    if same_text && same_inputs && same_tags && told_defaults {
        let resources = whole(ground, spec, ResourceAction::Keep);
        return Ok(Update { resources, is_nothing: true });
    }
    let awaits_others = inputs.values().any(|value| *value == Now::Later);
    let before = before(spec, stack, template, live)?;
    let after = after(spec, stack, template, inputs)?;
    Ok(Update { resources: compared(ground, spec, &before, &after, known.replaced, awaits_others), is_nothing: false })
}

fn is_as_it_was(key: &str, value: &Now, stack: &Stack) -> bool {
    match value {
        Now::Known(text) => stack.parameters.get(key) == Some(text),
        Now::Kept => true,
        Now::Later | Now::Absent => false,
    }
}

/// A parameter that nobody sets is as its default, also in the stack.
fn is_default(template: &Template, key: &str, stack: &Stack) -> bool {
    let default = template.parameters.get(key).and_then(|parameter| parameter.default.clone());
    stack.parameters.get(key).cloned().or(default.clone()) == default
}

fn before(spec: &StackSpec, stack: &Stack, template: &Template, live: Option<&str>) -> Result<Evaluated, String> {
    let parsed;
    let template = match live {
        Some(text) if text != template.text => {
            parsed = Template::read(&spec.template, text).map_err(|mistakes| first(&mistakes))?;
            &parsed
        }
        Some(_) | None => template,
    };
    let known = stack.parameters.iter().filter(|(key, _)| template.parameters.contains_key(*key));
    let parameters = known.map(|(key, text)| (key.clone(), ParameterValue::Known(text.clone()))).collect();
    evaluate(spec, template, parameters)
}

fn after(
    spec: &StackSpec,
    stack: &Stack,
    template: &Template,
    inputs: &BTreeMap<String, Now>,
) -> Result<Evaluated, String> {
    let mut parameters = BTreeMap::new();
    for (key, value) in inputs {
        let value = match value {
            Now::Known(text) => ParameterValue::Known(text.clone()),
            Now::Kept => match stack.parameters.get(key) {
                Some(text) => ParameterValue::Known(text.clone()),
                None => continue,
            },
            // What another stack will tell is most likely what it tells now; AWS's change set has the last word.
            Now::Later => match stack.parameters.get(key) {
                Some(text) => ParameterValue::Known(text.clone()),
                None => ParameterValue::Later(format!("{{{key}}}")),
            },
            Now::Absent => continue,
        };
        parameters.insert(key.clone(), value);
    }
    evaluate(spec, template, parameters)
}

fn evaluate(
    spec: &StackSpec,
    template: &Template,
    parameters: BTreeMap<String, ParameterValue>,
) -> Result<Evaluated, String> {
    let setting = TemplateSetting {
        stack_name: spec.name.clone(),
        region: spec.region.clone(),
        account: None,
        parameters,
        zones: Vec::new(),
    };
    template.evaluate(&setting).map_err(|mistakes| first(&mistakes))
}

fn first(mistakes: &[lifeboat_blueprint::Mistake]) -> String {
    mistakes.first().map_or_else(|| "it is not understood".to_owned(), ToString::to_string)
}

fn compared(
    ground: &Ground<'_>,
    spec: &StackSpec,
    before: &Evaluated,
    after: &Evaluated,
    replaced: &BTreeSet<String>,
    // Whether other stacks are yet to tell something.
    awaits_others: bool,
) -> Vec<BuildResource> {
    let mut resources = Vec::new();
    for resource in after.in_order() {
        let action = match before.resource(&resource.logical_id) {
            None => ResourceAction::Add,
            Some(old) if old.resource_type != resource.resource_type => ResourceAction::Replace,
            Some(old) => {
                let is_same = old.properties == resource.properties && old.tags == resource.tags;
                match (is_same, replaced.contains(&resource.logical_id)) {
                    (true, false) => ResourceAction::Keep,
                    // What another stack will tell may be just what replaces it: better told in vain than not.
                    (true, true) if !awaits_others => ResourceAction::Keep,
                    (_, true) => ResourceAction::Replace,
                    (false, false) => ResourceAction::Modify,
                }
            }
        };
        let usual = durations::usual(&resource.resource_type).create;
        let expected = (action != ResourceAction::Keep).then_some(usual);
        resources.push(described(ground, spec, &resource.logical_id, &resource.resource_type, action, expected));
    }
    for old in before.resources.iter().filter(|old| after.resource(&old.logical_id).is_none()) {
        let usual = durations::usual(&old.resource_type).delete;
        let action = ResourceAction::Remove;
        resources.push(described(ground, spec, &old.logical_id, &old.resource_type, action, Some(usual)));
    }
    resources
}

/// What the manifest says that a change of its parameters replaces, wherever in the deployment it is made.
pub(super) fn replaced_by_parameters(ground: &Ground<'_>, all: &[Live<'_>]) -> BTreeSet<String> {
    let changed = |name: &str| {
        all.iter().any(|live| {
            let fed = keys_fed_by(ground, live.spec, name);
            fed.iter().any(|key| live.inputs.get(*key).is_some_and(|value| !is_as_it_was(key, value, live.stack)))
        })
    };
    let parameters = ground.blueprint.manifest.parameters.iter().filter(|parameter| changed(&parameter.name));
    parameters.flat_map(|parameter| parameter.replaces.clone()).collect()
}

/// A stack that stands, with what its parameters would be.
pub(super) struct Live<'a> {
    pub(super) spec: &'a StackSpec,
    pub(super) stack: &'a Stack,
    pub(super) inputs: BTreeMap<String, Now>,
}

/// The parameters of a stack's template that are the manifest's own, under whatever name.
fn keys_fed_by<'a>(ground: &Ground<'a>, spec: &StackSpec, name: &'a str) -> Vec<&'a str> {
    let is_it = |word: Option<&Word>| matches!(word, Some(Word::Parameter(own)) if own == name);
    let inputs = ground.blueprint.manifest.stack(&spec.id).map(|stack| stack.inputs.as_slice()).unwrap_or_default();
    let fed = inputs.iter().filter(|(_, text)| is_it(text.only_word())).map(|(key, _)| key.as_str());
    let by_name = inputs.iter().all(|(key, _)| key != name).then_some(name);
    fed.chain(by_name).collect()
}

/// A parameter that would change although what it replaces cannot be replaced, and where that stands.
pub(super) fn permanent_change(ground: &Ground<'_>, all: &[Live<'_>]) -> Option<CannotBuild> {
    let otherwise = |live: &Live<'_>, name: &str| {
        keys_fed_by(ground, live.spec, name).iter().any(|key| {
            match (live.inputs.get(*key), live.stack.parameters.get(*key)) {
                (Some(Now::Known(wanted)), Some(was)) => wanted != was,
                // A template that did not have it yet, or a region that does not answer.
                (_, _) => false,
            }
        })
    };
    for parameter in &ground.blueprint.manifest.parameters {
        let Some(why) = &parameter.permanent else { continue };
        if !all.iter().any(|live| otherwise(live, &parameter.name)) {
            continue;
        }
        let holds = |live: &&Live<'_>| parameter.replaces.iter().find(|id| live.spec.evaluated.resource(id).is_some());
        if let Some((live, resource)) = all.iter().find_map(|live| Some((live, holds(&live)?))) {
            return Some(CannotBuild::Permanent {
                deployment: ground.chosen.deployment.clone(),
                parameter: parameter.name.clone(),
                stack: live.spec.name.clone(),
                resource: resource.clone(),
                why: why.clone(),
            });
        }
    }
    None
}

/// What AWS itself has worked out.
fn by_aws(ground: &Ground<'_>, spec: &StackSpec, set: &ChangeSet) -> Update {
    let action = |change: &ResourceChange| match &change.action {
        ChangeAction::Add | ChangeAction::Import => ResourceAction::Add,
        ChangeAction::Remove => ResourceAction::Remove,
        ChangeAction::Modify if !change.may_lose() => ResourceAction::Modify,
        ChangeAction::Modify | ChangeAction::Dynamic | ChangeAction::Other(_) => ResourceAction::Replace,
    };
    let changed = set.changes.iter().map(|change| {
        let (action, kind) = (action(change), change.resource_type.as_str());
        let usual = durations::usual(kind);
        let expected = if action == ResourceAction::Remove { usual.delete } else { usual.create };
        described(ground, spec, &change.logical_id, kind, action, Some(expected))
    });
    let mut resources: Vec<BuildResource> = changed.collect();
    for resource in spec.evaluated.in_order() {
        if set.changes.iter().all(|change| change.logical_id != resource.logical_id) {
            let (id, kind) = (&resource.logical_id, &resource.resource_type);
            resources.push(described(ground, spec, id, kind, ResourceAction::Keep, None));
        }
    }
    Update { resources, is_nothing: false }
}

/// The template's text as the stack stands, from what was asked.
pub(super) fn live_template<'a>(facts: Option<&'a Facts>, stack: &Stack) -> Option<&'a str> {
    match facts {
        Some(Facts::StackTemplates(found)) => {
            found.iter().find(|template| template.stack == stack.name).map(|template| template.body.as_str())
        }
        _ => None,
    }
}
