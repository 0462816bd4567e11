//! What each architecture demands, asked of what stands by another client, row by row.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use toml::Value as Toml;

use super::Yard;

const ROWS: &str = include_str!("../../emulators/rows.toml");

/// What stands, as the words in braces name it.
struct Words<'a> {
    yard: &'a Yard,
    outputs: BTreeMap<String, BTreeMap<String, String>>,
}

impl Words<'_> {
    fn word(&self, word: &str) -> String {
        match (word, word.split_once('.')) {
            ("home", _) => self.yard.regions[0].clone(),
            ("partner", _) => self.yard.regions[1].clone(),
            ("sfx", _) => self.yard.suffix.clone(),
            ("account", _) => self.yard.own.access_key_id.clone(),
            (_, Some((stack, key))) => {
                let told = self.outputs.get(stack).and_then(|outputs| outputs.get(key));
                told.unwrap_or_else(|| panic!("stack {stack} tells no {key}")).clone()
            }
            (unknown, None) => panic!("no word is `{unknown}`"),
        }
    }

    fn text(&self, text: &str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        // JMESPath has braces of its own, never with a word alone in them.
        while let Some((before, after)) = rest.split_once('{') {
            let (word, behind) = after.split_once('}').expect("a brace is closed");
            filled.push_str(before);
            filled.push_str(&self.word(word));
            rest = behind;
        }
        filled + rest
    }

    fn json(&self, value: &Toml) -> Value {
        match value {
            Toml::String(text) => Value::String(self.text(text)),
            Toml::Integer(number) => json!(number),
            Toml::Float(number) => json!(number),
            Toml::Boolean(flag) => json!(flag),
            Toml::Datetime(_) => panic!("rows have no times"),
            Toml::Array(items) => items.iter().map(|item| self.json(item)).collect(),
            Toml::Table(table) => table.iter().map(|(key, value)| (key.clone(), self.json(value))).collect(),
        }
    }
}

/// Every row of the blueprint holds of what stands; those that do not are told all at once.
pub(super) fn assert_met(yard: &Yard) {
    let rows: toml::Table = ROWS.parse().expect("the rows are TOML");
    let rows = rows[&yard.name].as_array().expect("a list of rows");
    let words = Words { yard, outputs: outputs(yard) };
    let asked: Vec<(String, Value, Value)> = rows
        .iter()
        .map(|row| {
            let row = row.as_array().expect("a row is a list");
            let [id, place, asked, given, at, wanted] = row.as_slice() else { panic!("a row has six parts: {row:?}") };
            let text = |part: &Toml| part.as_str().expect("a text").to_owned();
            let region = match text(place).as_str() {
                "home" => yard.regions[0].clone(),
                "partner" => yard.regions[1].clone(),
                "global" => "us-east-1".to_owned(),
                unknown => panic!("{unknown} is no place"),
            };
            let (service, operation) = asked.as_str().and_then(|it| it.split_once(' ')).expect("SERVICE OPERATION");
            let question = json!({
                "region": region, "service": service, "operation": operation,
                "arguments": words.json(given), "at": words.text(at.as_str().expect("a path")),
            });
            (text(id), question, words.json(wanted))
        })
        .collect();
    let questions: Vec<&Value> = asked.iter().map(|(_, question, _)| question).collect();
    let seen = yard.own.boto_given("seen.py", &[], &json!(questions).to_string());
    let wrong: Vec<String> = asked
        .iter()
        .zip(seen.as_array().expect("a list of answers"))
        .filter(|((_, _, wanted), seen)| !is_same(wanted, seen))
        .map(|((id, question, wanted), seen)| format!("{id}: {question}\n    is {seen}\n    not {wanted}"))
        .collect();
    assert!(wrong.is_empty(), "{} of {} rows of {}:\n{}", wrong.len(), asked.len(), yard.name, wrong.join("\n"));
}

/// Numbers are the same whether or not a point is written.
fn is_same(wanted: &Value, seen: &Value) -> bool {
    match (wanted, seen) {
        (Value::Number(wanted), Value::Number(seen)) => wanted.as_f64() == seen.as_f64(),
        (Value::Array(wanted), Value::Array(seen)) => {
            wanted.len() == seen.len() && wanted.iter().zip(seen).all(|(wanted, seen)| is_same(wanted, seen))
        }
        _ => wanted == seen,
    }
}

fn outputs(yard: &Yard) -> BTreeMap<String, BTreeMap<String, String>> {
    let stacks = yard.stacks().into_iter();
    stacks
        .map(|(id, region, name)| {
            let stack = yard.stack(&region, &name);
            let told = stack["outputs"].as_array().into_iter().flatten().map(|output| {
                let text = |key: &str| output[key].as_str().expect("outputs are texts").to_owned();
                (text("OutputKey"), text("OutputValue"))
            });
            (id, told.collect())
        })
        .collect()
}
