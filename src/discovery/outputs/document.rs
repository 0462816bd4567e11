//! The outputs file as keys and values, whatever it is wrapped in: flat, a table for each stack, values
//! with their types beside them, or a whole exported stack. What the keys mean is not known here.

use serde_json::{Map, Value};

use crate::config::diagnostic::Place;
use crate::exit::Failure;

/// One key with its value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Output {
    pub(crate) key: String,
    pub(crate) value: Value,
}

pub(crate) struct Document<'a> {
    pub(crate) text: &'a str,
    pub(crate) file: &'a str,
    pub(crate) outputs: Vec<Output>,
}

impl<'a> Document<'a> {
    pub(crate) fn parse(text: &'a str, file: &'a str) -> Result<Self, Failure> {
        let value: Value = serde_json::from_str(text).map_err(|error| not_json(text, file, &error))?;
        let Value::Object(top) = value else {
            return Err(Failure::error(format!(
                "{file}:1:1: the file must hold an object, and holds {}",
                describe(&value)
            ))
            .hint("`{\"key\": \"value\", …}`, as `pulumi stack output --json` prints it"));
        };
        let mut document = Self { text, file, outputs: Vec::new() };
        match exported_stack(&top) {
            Some(outputs) => document.take(outputs)?,
            None => document.take(&top)?,
        }
        if document.outputs.is_empty() {
            return Err(Failure::error(format!("{file}: there are no outputs in it"))
                .hint("an empty file is what a stack that is not deployed gives: deploy it, then export again"));
        }
        Ok(document)
    }

    fn take(&mut self, table: &Map<String, Value>) -> Result<(), Failure> {
        for (key, value) in table {
            match value {
                Value::Object(inner) if inner.contains_key("value") => self.add(key, unwrapped(value))?,
                Value::Object(inner) if !is_secret(inner) => {
                    for (key, value) in inner {
                        self.add(key, unwrapped(value))?;
                    }
                }
                _ => self.add(key, value)?,
            }
        }
        Ok(())
    }

    fn add(&mut self, key: &str, value: &Value) -> Result<(), Failure> {
        match self.outputs.iter().find(|output| output.key == key) {
            None => self.outputs.push(Output { key: key.to_owned(), value: value.clone() }),
            Some(earlier) if earlier.value == *value => {}
            Some(_) => {
                let message = format!("`{key}` stands in two stacks with different values");
                return Err(Failure::error(format!("{}:{}", self.file, self.at(key, &message)))
                    .hint("import the stacks of one deployment only"));
            }
        }
        Ok(())
    }

    /// `line:column: message`, at the key's first place in the text.
    pub(crate) fn at(&self, key: &str, message: &str) -> String {
        let quoted = format!("\"{key}\"");
        let place = Place::of(self.text, self.text.find(&quoted).unwrap_or(0));
        format!("{}:{}: {message}", place.line, place.column)
    }

    /// The value as strings: one, a list of them, or several with commas between. `Err` names the place.
    pub(crate) fn texts(&self, output: &Output) -> Result<Vec<String>, String> {
        let wrong = |found: &Value| {
            let mut message = format!("`{}` must be a string, and holds {}", output.key, describe(found));
            if matches!(found, Value::Object(table) if is_secret(table)) {
                message.push_str(": export with `--show-secrets`");
            }
            Err(self.at(&output.key, &message))
        };
        match &output.value {
            Value::String(text) if text.starts_with("arn:") && text.contains(",arn:") => {
                Ok(text.split(',').map(|part| part.trim().to_owned()).collect())
            }
            Value::String(text) => Ok(vec![text.clone()]),
            Value::Array(list) => {
                let mut texts = Vec::new();
                for value in list {
                    match value {
                        Value::String(text) => texts.push(text.clone()),
                        other => return wrong(other),
                    }
                }
                Ok(texts)
            }
            other => wrong(other),
        }
    }
}

fn not_json(text: &str, file: &str, error: &serde_json::Error) -> Failure {
    let hint = "export again: `pulumi stack output --json > flat-outputs.json`";
    if text.trim().is_empty() {
        return Failure::error(format!("{file}: the file is empty")).hint(hint);
    }
    let what = error.to_string();
    let what = what.split(" at line ").next().unwrap_or(&what);
    Failure::error(format!("{file}:{}:{}: the file is not JSON: {what}", error.line(), error.column())).hint(hint)
}

/// The outputs of the stack itself in what `pulumi stack export` prints.
fn exported_stack(top: &Map<String, Value>) -> Option<&Map<String, Value>> {
    let resources = top.get("deployment")?.get("resources")?.as_array()?;
    let stack = resources
        .iter()
        .find(|resource| resource.get("type").and_then(Value::as_str) == Some("pulumi:pulumi:Stack"))?;
    stack.get("outputs")?.as_object()
}

/// `{"value": …, "type": …}` and the like stand for their value.
fn unwrapped(value: &Value) -> &Value {
    value.as_object().and_then(|table| table.get("value")).unwrap_or(value)
}

fn is_secret(table: &Map<String, Value>) -> bool {
    table.contains_key("ciphertext") || table.contains_key("4dabf18193072939515e22adb298388d")
}

pub(crate) fn describe(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(table) if is_secret(table) => "an encrypted secret",
        Value::Object(_) => "an object",
    }
}
