//! From TOML to a [`Runbook`], key by key, so that every mistake is found with the line it stands on.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::SignedDuration;
use lifeboat_model::guard::GuardName;
use lifeboat_model::runbook::{Direction, Mode, Runbook, StepKind, StepSpec};
use lifeboat_model::time::Duration;
use toml_edit::{Document, Item, TableLike, Value};

use super::{Mistake, order, reference};

const RUNBOOK_KEYS: [&str; 7] = ["name", "purpose", "mode", "direction", "drill", "guards", "step"];
const STEP_KEYS: [&str; 8] = ["kind", "group", "title", "guards", "timeout", "optional", "inject", "with"];
const MODES: [(&str, Mode); 2] = [("planned", Mode::Planned), ("unplanned", Mode::Unplanned)];
const DIRECTIONS: [(&str, Direction); 2] = [("to-standby", Direction::ToStandby), ("to-home", Direction::ToHome)];

/// A length as runbooks write it: `90s`, `10m`, `1h 30m`. `None` for what is no length, or a negative one.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    text.parse::<SignedDuration>().ok().and_then(|length| Duration::try_from(length).ok())
}

pub(super) fn read(source: &str, origin: &str) -> Result<Runbook, Vec<Mistake>> {
    let mut reader = Reader { source, mistakes: Mistakes { origin, list: Vec::new() } };
    let document = match Document::parse(source) {
        Ok(document) => document,
        Err(error) => {
            let line = reader.line(error.span());
            reader.mistakes.add(
                line,
                format!("is not TOML: {}", error.message().replace('\n', " ")),
                "mend the syntax",
            );
            return Err(reader.mistakes.list);
        }
    };
    let runbook = reader.runbook(document.as_table());
    let mut mistakes = reader.mistakes;
    if let Some(runbook) = &runbook {
        order::check(runbook, &mut mistakes);
    }
    mistakes.list.sort_by_key(|mistake| mistake.line);
    match runbook {
        Some(runbook) if mistakes.list.is_empty() => Ok(runbook),
        _ => Err(mistakes.list),
    }
}

/// What was found wrong so far.
pub(super) struct Mistakes<'a> {
    origin: &'a str,
    list: Vec<Mistake>,
}

impl Mistakes<'_> {
    pub(super) fn add(&mut self, line: usize, what: impl Into<String>, fix: impl Into<String>) {
        self.list.push(Mistake { origin: self.origin.to_owned(), line, what: what.into(), fix: fix.into() });
    }
}

struct Reader<'a> {
    source: &'a str,
    mistakes: Mistakes<'a>,
}

impl Reader<'_> {
    fn line(&self, span: Option<Range<usize>>) -> usize {
        let until = span.map_or(0, |span| span.start).min(self.source.len());
        1 + self.source.bytes().take(until).filter(|byte| *byte == b'\n').count()
    }

    fn key_line(&self, table: &dyn TableLike, key: &str) -> usize {
        let item = || table.get(key).and_then(Item::span);
        self.line(table.key(key).and_then(toml_edit::Key::span).or_else(item))
    }

    fn runbook(&mut self, table: &dyn TableLike) -> Option<Runbook> {
        self.unknown_keys(table, &RUNBOOK_KEYS, "a runbook");
        let name = self.required_text(table, "name", 1, "name = \"my-runbook\"").filter(|name| {
            let good = is_name(name);
            if !good {
                let line = self.key_line(table, "name");
                self.mistakes.add(line, format!("`{name}` is no name"), "use lower-case letters, digits and hyphens");
            }
            good
        });
        let purpose = self.required_text(table, "purpose", 1, "purpose = \"What it is for, in one sentence.\"");
        let mode = self
            .required_text(table, "mode", 1, "mode = \"planned\" or \"unplanned\"")
            .and_then(|text| self.choice(table, "mode", &text, &MODES));
        let direction = match self.text(table, "direction") {
            None => Some(Direction::ToStandby),
            Some(text) => self.choice(table, "direction", &text, &DIRECTIONS),
        };
        let drill = self.switch(table, "drill");
        let guards = self.guards(table);
        let steps = self.steps(table);
        Some(Runbook {
            name: name?.as_str().into(),
            purpose: purpose?,
            mode: mode?,
            direction: direction?,
            drill,
            guards,
            steps: steps?,
        })
    }

    /// `None` where a step's kind is unknown: then nothing can be said of their order.
    fn steps(&mut self, table: &dyn TableLike) -> Option<Vec<StepSpec>> {
        let Some(item) = table.get("step") else {
            self.mistakes.add(1, "has no step", "add at least one [[step]]");
            return None;
        };
        let Some(array) = item.as_array_of_tables() else {
            let line = self.key_line(table, "step");
            self.mistakes.add(line, "`step` is not a list of tables", "write each step as [[step]]");
            return None;
        };
        let specs: Vec<Option<StepSpec>> = array.iter().map(|step| self.step(step)).collect();
        specs.into_iter().collect()
    }

    fn step(&mut self, table: &toml_edit::Table) -> Option<StepSpec> {
        let line = self.line(table.span());
        self.unknown_keys(table, &STEP_KEYS, "a step");
        let kind = self.required_text(table, "kind", line, "kind = \"approval\"").and_then(|text| {
            if StepKind::BUILDING.iter().any(|kind| kind.as_str() == text) {
                let line = self.key_line(table, "kind");
                let what = format!("`{text}` is a step of `provision` and `teardown` alone");
                self.mistakes.add(line, what, "leave it out: those plans are made from a blueprint");
                return None;
            }
            let kinds = StepKind::COMPOSABLE.map(|kind| (kind.as_str(), kind));
            self.choice(table, "kind", &text, &kinds)
        });
        let group = self.text(table, "group");
        if group.as_deref().is_some_and(|group| group.trim().is_empty()) {
            let line = self.key_line(table, "group");
            self.mistakes.add(line, "the group has no name", "name it, or leave `group` out");
        }
        let title = self.text(table, "title");
        let guards = self.guards(table);
        let timeout = self.timeout(table);
        let optional = self.switch(table, "optional");
        let inject = self.switch(table, "inject");
        let with = self.with(table, kind, line);
        Some(StepSpec { kind: kind?, group, title, guards, timeout, optional, inject, with, line })
    }

    fn timeout(&mut self, table: &dyn TableLike) -> Option<Duration> {
        let text = self.text(table, "timeout")?;
        let length = duration(&text).filter(|length| !length.is_zero());
        if length.is_none() {
            let line = self.key_line(table, "timeout");
            self.mistakes.add(line, format!("`{text}` is no timeout"), "write a duration such as \"90s\" or \"10m\"");
        }
        length
    }

    fn with(&mut self, table: &dyn TableLike, kind: Option<StepKind>, step_line: usize) -> BTreeMap<String, String> {
        let mut with = BTreeMap::new();
        let Some(item) = table.get("with") else {
            self.missing_parameters(kind, &with, step_line);
            return with;
        };
        let Some(given) = item.as_table_like() else {
            let line = self.key_line(table, "with");
            self.mistakes.add(line, "`with` is not a table", "write with = { parameter = \"value\" }");
            return with;
        };
        for (name, item) in given.iter() {
            let line = self.key_line(given, name);
            let Some(text) = item.as_value().and_then(text_of) else {
                self.mistakes.add(line, format!("`{name}` is neither text nor number"), "write it in quotes");
                continue;
            };
            if let Some(kind) = kind {
                self.parameter(kind, name, &text, line);
            }
            with.insert(name.to_owned(), text);
        }
        self.missing_parameters(kind, &with, step_line);
        with
    }

    fn parameter(&mut self, kind: StepKind, name: &str, text: &str, line: usize) {
        let reference = reference::of(kind);
        match reference.parameter(name) {
            Some(parameter) => {
                if let Some(why) = parameter.form.refuses(text) {
                    self.mistakes.add(line, format!("`{name}` is `{text}`"), format!("it {why}"));
                }
            }
            None if reference.parameters.is_empty() => {
                self.mistakes.add(line, format!("`{kind}` takes no parameters, and `{name}` is one"), "leave it out");
            }
            None => {
                let names: Vec<&str> = reference.parameters.iter().map(|parameter| parameter.name).collect();
                self.mistakes.add(line, format!("`{kind}` takes no parameter `{name}`"), suggestion(name, &names));
            }
        }
    }

    fn missing_parameters(&mut self, kind: Option<StepKind>, with: &BTreeMap<String, String>, line: usize) {
        let Some(kind) = kind else { return };
        let required = reference::of(kind).parameters.iter().filter(|parameter| parameter.default.is_none());
        for parameter in required.filter(|parameter| !with.contains_key(parameter.name)) {
            self.mistakes.add(
                line,
                format!("`{kind}` lacks its parameter `{}`", parameter.name),
                format!("add with = {{ {} = \"{}\" }}", parameter.name, parameter.example),
            );
        }
    }

    fn guards(&mut self, table: &dyn TableLike) -> Vec<GuardName> {
        let Some(item) = table.get("guards") else { return Vec::new() };
        let line = self.key_line(table, "guards");
        let Some(array) = item.as_array() else {
            self.mistakes.add(line, "`guards` is not a list", "write guards = [\"lag\"]");
            return Vec::new();
        };
        let mut guards = Vec::new();
        for value in array {
            let line = value.span().map_or(line, |span| self.line(Some(span)));
            let Some(text) = value.as_str() else {
                self.mistakes.add(line, "a guard's name is not text", "write it in quotes");
                continue;
            };
            let names = GuardName::COMPOSABLE.map(GuardName::as_str);
            match GuardName::parse(text).filter(|guard| !GuardName::BUILDING.contains(guard)) {
                None => self.mistakes.add(line, format!("there is no guard `{text}`"), suggestion(text, &names)),
                Some(guard) if guards.contains(&guard) => {
                    self.mistakes.add(line, format!("guard `{text}` is named twice"), "leave one out");
                }
                Some(guard) => guards.push(guard),
            }
        }
        guards
    }

    fn unknown_keys(&mut self, table: &dyn TableLike, known: &[&str], owner: &str) {
        for (key, _) in table.iter().filter(|(key, _)| !known.contains(key)) {
            let line = self.key_line(table, key);
            self.mistakes.add(line, format!("{owner} has no `{key}`"), suggestion(key, known));
        }
    }

    fn text(&mut self, table: &dyn TableLike, key: &str) -> Option<String> {
        let item = table.get(key)?;
        let text = item.as_str().map(str::to_owned);
        if text.is_none() {
            let line = self.key_line(table, key);
            self.mistakes.add(line, format!("`{key}` is not text"), format!("write {key} = \"…\""));
        }
        text
    }

    fn required_text(&mut self, table: &dyn TableLike, key: &str, line: usize, example: &str) -> Option<String> {
        if table.get(key).is_none() {
            self.mistakes.add(line, format!("`{key}` is missing"), format!("add {example}"));
            return None;
        }
        let text = self.text(table, key)?;
        if text.trim().is_empty() {
            let line = self.key_line(table, key);
            self.mistakes.add(line, format!("`{key}` is empty"), format!("write {example}"));
            return None;
        }
        Some(text)
    }

    fn switch(&mut self, table: &dyn TableLike, key: &str) -> bool {
        let Some(item) = table.get(key) else { return false };
        item.as_bool().unwrap_or_else(|| {
            let line = self.key_line(table, key);
            self.mistakes.add(line, format!("`{key}` is neither true nor false"), format!("write {key} = true"));
            false
        })
    }

    fn choice<T: Copy>(&mut self, table: &dyn TableLike, key: &str, text: &str, choices: &[(&str, T)]) -> Option<T> {
        let found = choices.iter().find(|(name, _)| *name == text).map(|(_, choice)| *choice);
        if found.is_none() {
            let line = self.key_line(table, key);
            let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            self.mistakes.add(line, format!("there is no {key} `{text}`"), suggestion(text, &names));
        }
        found
    }
}

fn is_name(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') && !text.starts_with('-')
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.value().clone()),
        Value::Integer(number) => Some(number.value().to_string()),
        Value::Boolean(switch) => Some(switch.value().to_string()),
        Value::Float(_) | Value::Datetime(_) | Value::Array(_) | Value::InlineTable(_) => None,
    }
}

/// What was probably meant, or what there is.
fn suggestion(text: &str, names: &[&str]) -> String {
    let nearest = names
        .iter()
        .map(|name| (strsim::damerau_levenshtein(text, name), *name))
        .filter(|(distance, name)| *distance <= 2.max(name.len() / 3))
        .min();
    match nearest {
        Some((_, name)) => format!("did you mean `{name}`?"),
        None => format!("there is {}", names.join(", ")),
    }
}
