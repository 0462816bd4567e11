//! What a deployment's stacks and steps answered, and what is made of it: the outputs file with the architecture's own
//! keys, and the deployment as the configuration knows it. What is missing is named; nothing is made up.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use lifeboat_model::id::AccountId;
use serde_json::{Map, Value};

use crate::chosen::Chosen;
use crate::manifest::{Braced, Form, Manifest, OutputForm, Piece, Word};

/// The answers, by the manifest's ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gathered {
    pub account: Option<AccountId>,
    /// Of every stack that there is.
    pub outputs: BTreeMap<String, BTreeMap<String, String>>,
    pub steps: BTreeMap<String, String>,
}

/// An answer that is not there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missing {
    /// What cannot be told without it.
    pub key: String,
    /// As the manifest writes it.
    pub word: String,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` needs {}, which is not known", self.key, self.word)
    }
}

impl std::error::Error for Missing {}

/// A text with all of its words said.
enum Said {
    Text(String),
    List(Vec<String>),
    /// It holds something optional that is not there.
    Absent,
}

struct Sayer<'a> {
    chosen: &'a Chosen,
    gathered: &'a Gathered,
    missing: Vec<Missing>,
}

impl Sayer<'_> {
    fn word(&mut self, key: &str, word: &Word) -> Said {
        let (found, optional, list) = match word {
            Word::Output { stack, key, optional, list } => {
                (self.gathered.outputs.get(stack).and_then(|outputs| outputs.get(key)).cloned(), *optional, *list)
            }
            Word::Step { id, optional } => (self.gathered.steps.get(id).cloned(), *optional, false),
            Word::Parameter(_) | Word::Home | Word::Partner | Word::Deployment | Word::Nonce => {
                (self.chosen.word(word), false, false)
            }
        };
        match found {
            Some(text) if list => {
                let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
                Said::List(parts.map(str::to_owned).collect())
            }
            Some(text) => Said::Text(text),
            None => {
                if !optional {
                    self.missing.push(Missing { key: key.to_owned(), word: word.to_string() });
                }
                Said::Absent
            }
        }
    }

    fn text(&mut self, key: &str, text: &Braced) -> Said {
        if let Some(word) = text.only_word() {
            return self.word(key, word);
        }
        let mut made = String::new();
        for piece in &text.pieces {
            match piece {
                Piece::Literal(text) => made.push_str(text),
                Piece::Word(word) => match self.word(key, word) {
                    Said::Text(text) => made.push_str(&text),
                    Said::List(parts) => made.push_str(&parts.join(",")),
                    Said::Absent => return Said::Absent,
                },
            }
        }
        Said::Text(made)
    }

    /// `None` where something optional is absent: then the key is left out.
    fn value(&mut self, key: &str, text: &Braced) -> Option<Value> {
        match self.text(key, text) {
            Said::Text(text) => Some(text.into()),
            Said::List(parts) => Some(parts.into_iter().collect()),
            Said::Absent => None,
        }
    }

    fn form(&mut self, key: &str, form: &Form) -> Option<Value> {
        Some(match form {
            Form::Text(text) => return self.value(key, text),
            Form::Integer(number) => (*number).into(),
            Form::Float(number) => (*number).into(),
            Form::Bool(flag) => (*flag).into(),
            Form::List(forms) => {
                let mut items = Vec::new();
                for form in forms {
                    match self.form(key, form) {
                        // A list within a list of texts adds its own.
                        Some(Value::Array(parts)) => items.extend(parts),
                        Some(item) => items.push(item),
                        None => {}
                    }
                }
                Value::Array(items)
            }
            Form::Table(entries) => {
                let mut table = Map::new();
                for (name, form) in entries {
                    let Said::Text(name) = self.text(key, name) else { continue };
                    let below = format!("{key}.{name}");
                    if let Some(value) = self.form(&below, form) {
                        table.insert(name, value);
                    }
                }
                Value::Object(table)
            }
        })
    }

    fn judge<T>(mut self, value: T) -> Result<T, Vec<Missing>> {
        if self.missing.is_empty() {
            return Ok(value);
        }
        self.missing.sort();
        self.missing.dedup();
        Err(self.missing)
    }
}

/// The outputs file's content, key by key as the architecture names them; a list is a list.
pub fn outputs_file(
    manifest: &Manifest,
    chosen: &Chosen,
    gathered: &Gathered,
) -> Result<Map<String, Value>, Vec<Missing>> {
    let mut sayer = Sayer { chosen, gathered, missing: Vec::new() };
    let mut found = Map::new();
    for (key, form) in &manifest.outputs.keys {
        let value = match form {
            OutputForm::One(text) => sayer.value(key, text),
            OutputForm::List(texts) => {
                let mut items = Vec::new();
                for text in texts {
                    match sayer.text(key, text) {
                        Said::Text(text) => items.push(text),
                        Said::List(parts) => items.extend(parts),
                        Said::Absent => {}
                    }
                }
                Some(items.into_iter().collect())
            }
        };
        if let Some(value) = value {
            found.insert(key.clone(), value);
        }
    }
    sayer.judge(found)
}

/// What the outputs file is called; it may have several names.
pub fn outputs_file_names(manifest: &Manifest, chosen: &Chosen) -> Vec<String> {
    manifest.outputs.files.iter().map(|file| chosen.text(file)).collect()
}

/// The outputs that variables of the environment tell, where there is no file.
pub fn outputs_of_environment(
    manifest: &Manifest,
    environment: &dyn Fn(&str) -> Option<String>,
) -> BTreeMap<String, String> {
    let told = manifest.outputs.environment.iter().filter_map(|(key, variable)| {
        environment(variable).filter(|text| !text.is_empty()).map(|text| (key.clone(), text))
    });
    told.collect()
}

/// The deployment as the configuration has it under `[deployments.NAME]`.
pub fn deployment(
    manifest: &Manifest,
    chosen: &Chosen,
    gathered: &Gathered,
) -> Result<Map<String, Value>, Vec<Missing>> {
    let mut sayer = Sayer { chosen, gathered, missing: Vec::new() };
    let mut table = known_already(manifest, chosen, gathered);
    if let Some(Value::Object(own)) = sayer.form("deployment", &manifest.deployment) {
        merge(&mut table, own);
    }
    for addition in &manifest.deployment_if {
        let on =
            chosen.is_on(&addition.parameter) && !addition.unless.as_ref().is_some_and(|unless| chosen.is_on(unless));
        if on && let Some(Value::Object(adds)) = sayer.form("deployment", &addition.adds) {
            merge(&mut table, adds);
        }
    }
    sayer.judge(table)
}

/// The same as a piece of a configuration file.
pub fn deployment_toml(manifest: &Manifest, chosen: &Chosen, gathered: &Gathered) -> Result<String, Vec<Missing>> {
    let table = deployment(manifest, chosen, gathered)?;
    let mut named = Map::new();
    named.insert(chosen.deployment.to_string(), Value::Object(table));
    let mut whole = Map::new();
    whole.insert("deployments".to_owned(), Value::Object(named));
    // Every value came from TOML, and there is none that TOML has not.
    Ok(toml::to_string(&Value::Object(whole)).unwrap_or_default())
}

fn known_already(manifest: &Manifest, chosen: &Chosen, gathered: &Gathered) -> Map<String, Value> {
    let mut table = Map::new();
    table.insert("home".to_owned(), chosen.home.as_str().into());
    table.insert("partner".to_owned(), chosen.partner.as_str().into());
    if let Some(account) = &gathered.account {
        table.insert("account".to_owned(), account.as_str().into());
    }
    if crate::blueprint::builtin_names().any(|name| name == manifest.name) {
        table.insert("blueprint".to_owned(), manifest.name.as_str().into());
    }
    if !manifest.objectives.is_empty() {
        let objectives = manifest.objectives.iter().map(|(key, length)| (key.clone(), length.as_str().into()));
        table.insert("objectives".to_owned(), Value::Object(objectives.collect()));
    }
    let mut stacks = Map::new();
    for region in [&chosen.home, &chosen.partner] {
        // What stands in a third region is no part of what the configuration watches.
        let here = manifest
            .stacks
            .iter()
            .filter(|stack| chosen.place(&stack.region) == *region && gathered.outputs.contains_key(&stack.id));
        let names: Vec<Value> = here.map(|stack| chosen.text(&stack.name).into()).collect();
        if !names.is_empty() {
            stacks.insert(region.to_string(), Value::Array(names));
        }
    }
    if !stacks.is_empty() {
        table.insert("stacks".to_owned(), Value::Object(stacks));
    }
    table
}

/// Tables are merged and lists added to; what stood alone gives way.
fn merge(into: &mut Map<String, Value>, adds: Map<String, Value>) {
    for (key, value) in adds {
        match (into.get_mut(&key), value) {
            (Some(Value::Object(there)), Value::Object(more)) => merge(there, more),
            (Some(Value::Array(there)), Value::Array(more)) => there.extend(more),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}
