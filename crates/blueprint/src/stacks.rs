//! What a blueprint comes to with chosen values: its stacks in an order in which they can be made, with all that is
//! known now filled in, and the steps between them. What only a stack can tell stays named by that stack.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use lifeboat_model::id::{Region, StackName};

use crate::blueprint::Blueprint;
use crate::chosen::Chosen;
use crate::manifest::{
    Braced, LeftoverKind, MANIFEST_FILE, Manifest, Piece, Refusal, Side, Stack, Step, StepKind, When, Word,
};
use crate::mistake::Mistake;
use crate::template::{Evaluated, ParameterValue, Template, TemplateSetting};

/// All that a deployment of the blueprint consists of.
#[derive(Clone, Debug, PartialEq)]
pub struct StackPlan {
    /// Each after all that it waits for.
    pub stacks: Vec<StackSpec>,
    pub steps: Vec<StepSpec>,
    pub teardown: TeardownSpec,
}

#[derive(Clone, Debug, PartialEq)]
pub struct StackSpec {
    /// Within the manifest.
    pub id: String,
    pub name: StackName,
    pub region: Region,
    /// The template's file.
    pub template: String,
    /// Those parameters of the template that are not left to its defaults.
    pub inputs: Vec<Input>,
    pub capabilities: Vec<String>,
    /// Those of the caller, the manifest and the stack, in that order of weakness.
    pub tags: Vec<(String, String)>,
    /// Stacks.
    pub after: Vec<String>,
    pub after_steps: Vec<String>,
    /// The logical id of the member of the global database in it.
    pub aurora_cluster: Option<String>,
    /// What it will hold, as far as that can be known now.
    pub evaluated: Evaluated,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    pub key: String,
    pub value: InputValue,
}

/// A value of which parts may only be known once something was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputValue {
    Literal(String),
    Output {
        /// Its id within the manifest.
        id: String,
        stack: (Region, StackName),
        key: String,
        /// It may be absent: then the template's default holds.
        optional: bool,
        list: bool,
    },
    StepAnswer {
        step: String,
        optional: bool,
    },
    /// One after the other.
    Text(Vec<InputValue>),
}

impl InputValue {
    pub fn literal(&self) -> Option<&str> {
        match self {
            Self::Literal(text) => Some(text),
            Self::Output { .. } | Self::StepAnswer { .. } | Self::Text(_) => None,
        }
    }
}

impl fmt::Display for InputValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(text) => f.write_str(text),
            Self::Output { id, key, .. } => write!(f, "{{{id}.{key}}}"),
            Self::StepAnswer { step, .. } => write!(f, "{{step.{step}}}"),
            Self::Text(parts) => parts.iter().try_for_each(|part| part.fmt(f)),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepSpec {
    pub id: String,
    pub when: When,
    /// When creating, stacks that must stand; when deleting, stacks that must be gone.
    pub after: Vec<String>,
    /// Stacks that wait for it.
    pub before: Vec<String>,
    pub why: Option<String>,
    pub action: StepAction,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepAction {
    ManagedKey { region: Region, alias: String },
    GlobalWriterEndpoint { region: Region, global_cluster: InputValue },
    SecureParameter { regions: Vec<Region>, name: String, length: usize },
    DeleteParameter { regions: Vec<Region>, name: String },
    EmptyBucket { region: Region, bucket: InputValue, stop_replication: bool },
    EmptyVault { region: Region, vault: InputValue },
    ForeignRecords { zone: InputValue },
}

impl StepAction {
    /// As manifests call it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ManagedKey { .. } => "managed-key",
            Self::GlobalWriterEndpoint { .. } => "global-writer-endpoint",
            Self::SecureParameter { .. } => "secure-parameter",
            Self::DeleteParameter { .. } => "delete-parameter",
            Self::EmptyBucket { .. } => "empty-bucket",
            Self::EmptyVault { .. } => "empty-vault",
            Self::ForeignRecords { .. } => "foreign-records",
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TeardownSpec {
    pub aurora: Option<AuroraSpec>,
    pub leftovers: Vec<LeftoverSpec>,
    /// Of stacks that there are.
    pub refusals: Vec<Refusal>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuroraSpec {
    pub global_cluster: InputValue,
    /// Ids within the manifest.
    pub stacks: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftoverSpec {
    pub kind: LeftoverKind,
    pub region: Region,
    pub name: String,
}

impl StackPlan {
    pub fn stack(&self, id: &str) -> Option<&StackSpec> {
        self.stacks.iter().find(|stack| stack.id == id)
    }

    pub fn steps_of(&self, when: When) -> impl Iterator<Item = &StepSpec> {
        self.steps.iter().filter(move |step| step.when == when)
    }
}

/// The stacks and steps that there are with the values that were chosen.
pub fn stacks(blueprint: &Blueprint, chosen: &Chosen) -> Result<StackPlan, Vec<Mistake>> {
    let mut filler = Filler::new(blueprint, chosen);
    let order = filler.order();
    let mut found = Vec::new();
    for stack in order {
        found.extend(filler.stack(stack));
    }
    let steps = blueprint.manifest.steps.iter().filter_map(|step| filler.step(step)).collect();
    let teardown = filler.teardown();
    if filler.mistakes.is_empty() {
        Ok(StackPlan { stacks: found, steps, teardown })
    } else {
        filler.mistakes.sort();
        filler.mistakes.dedup();
        Err(filler.mistakes)
    }
}

struct Filler<'a> {
    manifest: &'a Manifest,
    blueprint: &'a Blueprint,
    chosen: &'a Chosen,
    /// Of the stacks that there are, so far as they were evaluated: what each output is, where that is known already.
    outputs: BTreeMap<&'a str, BTreeMap<String, Option<String>>>,
    mistakes: Vec<Mistake>,
}

/// A text with what is known filled in.
enum Filled {
    Value(InputValue),
    /// It holds something optional that will not be there.
    Absent,
}

impl<'a> Filler<'a> {
    fn new(blueprint: &'a Blueprint, chosen: &'a Chosen) -> Self {
        Self { manifest: &blueprint.manifest, blueprint, chosen, outputs: BTreeMap::new(), mistakes: Vec::new() }
    }

    fn is_there(&self, only_if: Option<&String>) -> bool {
        only_if.is_none_or(|parameter| self.chosen.is_on(parameter))
    }

    /// The stacks that there are, each after all that it waits for; the manifest has no circles.
    fn order(&self) -> Vec<&'a Stack> {
        let manifest = self.manifest;
        let mut left: Vec<(&str, Option<&'a Stack>, BTreeSet<&str>)> =
            manifest.stacks.iter().map(|stack| (stack.id.as_str(), Some(stack), manifest.waits_for(stack))).collect();
        let creating = manifest.steps.iter().filter(|step| step.when == When::Create);
        left.extend(creating.map(|step| (step.id.as_str(), None, step.waits_for())));
        let mut done: BTreeSet<&str> = BTreeSet::new();
        let mut order = Vec::new();
        loop {
            let (ready, waiting): (Vec<_>, Vec<_>) =
                left.into_iter().partition(|(_, _, waits)| waits.iter().all(|other| done.contains(other)));
            if ready.is_empty() {
                break;
            }
            done.extend(ready.iter().map(|(id, ..)| *id));
            order.extend(ready.into_iter().filter_map(|(_, stack, _)| stack));
            left = waiting;
        }
        order.retain(|stack| self.is_there(stack.only_if.as_ref()));
        order
    }

    fn mistake(&mut self, line: usize, what: String, fix: &str) {
        self.mistakes.push(Mistake { file: MANIFEST_FILE.to_owned(), line, what, fix: fix.to_owned() });
    }

    fn stack(&mut self, stack: &'a Stack) -> Option<StackSpec> {
        let Some(template) = self.blueprint.template_of(stack) else {
            self.mistake(stack.line, format!("there is no template `{}`", stack.template), "name one of this folder");
            return None;
        };
        let name = self.stack_name(stack);
        let region = self.chosen.place(&stack.region);
        let inputs = self.inputs(stack, template);
        let parameters = inputs.iter().map(|input| (input.key.clone(), self.parameter(&input.value))).collect();
        let setting = TemplateSetting {
            stack_name: name.clone(),
            region: region.clone(),
            account: None,
            parameters,
            zones: Vec::new(),
        };
        let evaluated = template.evaluate(&setting).map_err(|found| self.mistakes.extend(found)).ok()?;
        let outputs = evaluated.outputs.iter().map(|(key, value)| (key.clone(), value.scalar()));
        self.outputs.insert(&stack.id, outputs.collect());
        let there = |id: &&str| self.manifest.stack(id).is_some_and(|other| self.is_there(other.only_if.as_ref()));
        let step_there = |id: &&str| self.manifest.step(id).is_some_and(|step| self.is_there(step.only_if.as_ref()));
        let waits = self.manifest.waits_for(stack);
        Some(StackSpec {
            id: stack.id.clone(),
            name,
            region,
            template: stack.template.clone(),
            inputs,
            capabilities: stack.capabilities.clone(),
            tags: self.tags(stack),
            after: waits.iter().copied().filter(there).map(str::to_owned).collect(),
            after_steps: waits.iter().copied().filter(step_there).map(str::to_owned).collect(),
            aurora_cluster: stack.aurora_cluster.clone(),
            evaluated,
        })
    }

    fn stack_name(&mut self, stack: &Stack) -> StackName {
        let name = self.chosen.text(&stack.name);
        let good = name.starts_with(|first: char| first.is_ascii_alphabetic())
            && name.len() <= 128
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !good {
            let fix =
                "a stack's name has letters, digits and hyphens, begins with a letter and has at most 128 of them";
            self.mistake(stack.name.line, format!("`{name}` is no name of a stack"), fix);
        }
        StackName::from(name)
    }

    fn tags(&self, stack: &Stack) -> Vec<(String, String)> {
        let mut tags: Vec<(String, String)> =
            self.chosen.tags.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        for (key, text) in self.manifest.tags.iter().chain(&stack.tags) {
            let value = self.chosen.text(text);
            match tags.iter_mut().find(|(known, _)| known == key) {
                Some((_, known)) => *known = value,
                None => tags.push((key.clone(), value)),
            }
        }
        tags
    }

    fn inputs(&mut self, stack: &Stack, template: &Template) -> Vec<Input> {
        let mut found = Vec::new();
        for key in template.parameters.keys() {
            let value = match stack.inputs.iter().find(|(name, _)| name == key) {
                Some((_, text)) => match self.fill(text) {
                    Some(Filled::Value(value)) => Some(value),
                    Some(Filled::Absent) | None => None,
                },
                None => self.chosen.value(self.manifest, key).map(|text| InputValue::Literal(text.to_owned())),
            };
            found.extend(value.map(|value| Input { key: key.clone(), value }));
        }
        found
    }

    /// `None` where a mistake was told.
    fn fill(&mut self, text: &Braced) -> Option<Filled> {
        let mut parts: Vec<InputValue> = Vec::new();
        for piece in &text.pieces {
            let part = match piece {
                Piece::Literal(text) => InputValue::Literal(text.clone()),
                Piece::Word(word) => match self.word(text, word)? {
                    Filled::Value(value) => value,
                    Filled::Absent => return Some(Filled::Absent),
                },
            };
            match (parts.last_mut(), part) {
                (Some(InputValue::Literal(before)), InputValue::Literal(after)) => before.push_str(&after),
                (_, part) => parts.push(part),
            }
        }
        Some(Filled::Value(match parts.len() {
            0 => InputValue::Literal(String::new()),
            1 => parts.remove(0),
            _ => InputValue::Text(parts),
        }))
    }

    fn word(&mut self, text: &Braced, word: &Word) -> Option<Filled> {
        match word {
            Word::Output { stack, key, optional, list } => self.output(text, stack, key, *optional, *list),
            Word::Step { id, optional } => {
                let there = self.manifest.step(id).is_some_and(|step| self.is_there(step.only_if.as_ref()));
                if there {
                    return Some(Filled::Value(InputValue::StepAnswer { step: id.clone(), optional: *optional }));
                }
                self.absent(text, *optional)
            }
            Word::Parameter(_) | Word::Home | Word::Partner | Word::Deployment | Word::Nonce => {
                let Some(known) = self.chosen.word(word) else {
                    self.mistake(text.line, format!("nothing was chosen for `{word}`"), "choose a value");
                    return None;
                };
                Some(Filled::Value(InputValue::Literal(known)))
            }
        }
    }

    fn output(&mut self, text: &Braced, stack: &str, key: &str, optional: bool, list: bool) -> Option<Filled> {
        let declared = self.manifest.stack(stack);
        let there = self.outputs.get(stack).is_some_and(|outputs| outputs.contains_key(key));
        match declared {
            Some(of) if there => Some(Filled::Value(InputValue::Output {
                id: of.id.clone(),
                stack: (self.chosen.place(&of.region), StackName::from(self.chosen.text(&of.name))),
                key: key.to_owned(),
                optional,
                list,
            })),
            _ => self.absent(text, optional),
        }
    }

    fn absent(&mut self, text: &Braced, optional: bool) -> Option<Filled> {
        if optional {
            return Some(Filled::Absent);
        }
        let what = format!("`{}` is not there with these parameters", text.source);
        self.mistake(text.line, what, "mark it with ?, or choose other values");
        None
    }

    /// What a template is evaluated with: the value itself where it is known already.
    fn parameter(&self, value: &InputValue) -> ParameterValue {
        match self.known(value) {
            Some(text) => ParameterValue::Known(text),
            None => ParameterValue::Later(value.to_string()),
        }
    }

    fn known(&self, value: &InputValue) -> Option<String> {
        match value {
            InputValue::Literal(text) => Some(text.clone()),
            InputValue::Output { id, key, .. } => self.outputs.get(id.as_str())?.get(key)?.clone(),
            InputValue::StepAnswer { .. } => None,
            InputValue::Text(parts) => parts.iter().map(|part| self.known(part)).collect(),
        }
    }

    fn step(&mut self, step: &Step) -> Option<StepSpec> {
        if !self.is_there(step.only_if.as_ref()) {
            return None;
        }
        let action = self.action(&step.kind)?;
        let there = |ids: &[String]| -> Vec<String> {
            ids.iter().filter(|id| self.outputs.contains_key(id.as_str())).cloned().collect()
        };
        let mut after = there(&step.after);
        if step.when == When::Create {
            let asked: Vec<String> = step.waits_for().into_iter().map(str::to_owned).collect();
            after.extend(there(&asked));
            after.sort();
            after.dedup();
        }
        let before = there(&step.before);
        Some(StepSpec { id: step.id.clone(), when: step.when, after, before, why: step.why.clone(), action })
    }

    /// `None` too where what it works on will not be there.
    fn action(&mut self, kind: &StepKind) -> Option<StepAction> {
        let chosen = self.chosen;
        let regions = |sides: &[Side]| sides.iter().map(|side| chosen.region(*side).clone()).collect();
        Some(match kind {
            StepKind::ManagedKey { region, alias } => {
                StepAction::ManagedKey { region: chosen.place(region), alias: alias.clone() }
            }
            StepKind::GlobalWriterEndpoint { region, global_cluster } => {
                let global_cluster = self.needed(global_cluster)?;
                StepAction::GlobalWriterEndpoint { region: chosen.place(region), global_cluster }
            }
            StepKind::SecureParameter { regions: sides, name, length } => {
                StepAction::SecureParameter { regions: regions(sides), name: chosen.text(name), length: *length }
            }
            StepKind::DeleteParameter { regions: sides, name } => {
                StepAction::DeleteParameter { regions: regions(sides), name: chosen.text(name) }
            }
            StepKind::EmptyBucket { region, bucket, stop_replication } => StepAction::EmptyBucket {
                region: chosen.place(region),
                bucket: self.needed(bucket)?,
                stop_replication: *stop_replication,
            },
            StepKind::EmptyVault { region, vault } => {
                StepAction::EmptyVault { region: chosen.place(region), vault: self.needed(vault)? }
            }
            StepKind::ForeignRecords { zone } => StepAction::ForeignRecords { zone: self.needed(zone)? },
        })
    }

    fn needed(&mut self, text: &Braced) -> Option<InputValue> {
        match self.fill(text)? {
            Filled::Value(value) => Some(value),
            Filled::Absent => None,
        }
    }

    fn teardown(&mut self) -> TeardownSpec {
        let manifest = self.manifest;
        let aurora = manifest.teardown.aurora.as_ref().and_then(|aurora| {
            let global_cluster = self.needed(&aurora.global_cluster)?;
            Some(AuroraSpec { global_cluster, stacks: aurora.stacks.clone() })
        });
        let mut leftovers = Vec::new();
        for leftover in &manifest.teardown.leftovers {
            for side in &leftover.regions {
                leftovers.push(LeftoverSpec {
                    kind: leftover.kind,
                    region: self.chosen.region(*side).clone(),
                    name: self.chosen.text(&leftover.name),
                });
            }
        }
        let refusals = manifest.refusals.iter().filter(|refusal| self.outputs.contains_key(refusal.stack.as_str()));
        TeardownSpec { aurora, leftovers, refusals: refusals.cloned().collect() }
    }
}
