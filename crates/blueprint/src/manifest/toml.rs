//! One table of a manifest, key by key: wrong types, missing and unknown keys are told at their lines, and reading goes
//! on. What a key means is not known here.

use std::ops::Range;

use lifeboat_model::id::Region;
use toml_edit::{Item, TableLike, Value};

use super::braces::{is_identifier, is_parameter};
use super::{Braced, Form, Place, Side};
use crate::mistake::{Mistakes, suggestion};
use crate::template::whole_pattern;

/// What is read, and what was found wrong so far.
pub(super) struct Source<'s> {
    pub(super) text: &'s str,
    pub(super) mistakes: Mistakes,
}

/// A table with the line it begins at, and what messages call it.
#[derive(Clone, Copy)]
pub(super) struct Table<'t> {
    pub(super) line: usize,
    pub(super) owner: &'t str,
    pub(super) entries: &'t dyn TableLike,
}

impl Source<'_> {
    pub(super) fn line(&self, span: Option<Range<usize>>) -> usize {
        let until = span.map_or(0, |span| span.start).min(self.text.len());
        1 + self.text.bytes().take(until).filter(|byte| *byte == b'\n').count()
    }

    fn value_line(&self, value: &Value, otherwise: usize) -> usize {
        value.span().map_or(otherwise, |span| self.line(Some(span)))
    }

    pub(super) fn key_line(&self, table: &dyn TableLike, key: &str) -> usize {
        let item = || table.get(key).and_then(Item::span);
        self.line(table.key(key).and_then(toml_edit::Key::span).or_else(item))
    }

    fn wrong(&mut self, table: &Table<'_>, key: &str, wanted: &str, fix: &str) {
        let line = self.key_line(table.entries, key);
        self.mistakes.add(line, format!("`{key}` of {} is not {wanted}", table.owner), fix);
    }

    pub(super) fn known_keys(&mut self, table: &Table<'_>, known: &[&str]) {
        for (key, _) in table.entries.iter().filter(|(key, _)| !known.contains(key)) {
            let line = self.key_line(table.entries, key);
            self.mistakes.add(line, format!("{} has no `{key}`", table.owner), suggestion(key, known.iter().copied()));
        }
    }

    /// Says that a key is missing, once, and only where nothing stands under it.
    pub(super) fn need<T>(&mut self, table: &Table<'_>, key: &str, value: Option<T>, example: &str) -> Option<T> {
        if value.is_none() && table.entries.get(key).is_none() {
            self.mistakes.add(table.line, format!("{} lacks `{key}`", table.owner), format!("add {key} = {example}"));
        }
        value
    }

    pub(super) fn text(&mut self, table: &Table<'_>, key: &str) -> Option<String> {
        let item = table.entries.get(key)?;
        match item.as_str() {
            Some("") => self.wrong(table, key, "filled in", "write a value, or leave the key out"),
            Some(text) => return Some(text.to_owned()),
            None => self.wrong(table, key, "text", &format!("write {key} = \"…\"")),
        }
        None
    }

    pub(super) fn needed_text(&mut self, table: &Table<'_>, key: &str, example: &str) -> Option<String> {
        let text = self.text(table, key);
        self.need(table, key, text, example)
    }

    pub(super) fn flag(&mut self, table: &Table<'_>, key: &str) -> Option<bool> {
        let item = table.entries.get(key)?;
        let flag = item.as_bool();
        if flag.is_none() {
            self.wrong(table, key, "true or false", &format!("write {key} = true"));
        }
        flag
    }

    pub(super) fn whole(&mut self, table: &Table<'_>, key: &str) -> Option<i64> {
        let item = table.entries.get(key)?;
        let number = item.as_integer();
        if number.is_none() {
            self.wrong(table, key, "a whole number", &format!("write {key} = 1"));
        }
        number
    }

    /// A whole number from `least` on.
    pub(super) fn count(&mut self, table: &Table<'_>, key: &str, least: u64) -> Option<u64> {
        let number = self.whole(table, key)?;
        let count = u64::try_from(number).ok().filter(|count| *count >= least);
        if count.is_none() {
            self.wrong(table, key, &format!("{least} or more"), "write a greater number");
        }
        count
    }

    pub(super) fn number(&mut self, table: &Table<'_>, key: &str) -> Option<f64> {
        let item = table.entries.get(key)?;
        let number = item.as_float().or_else(|| item.as_integer().map(|whole| whole as f64));
        let number = number.filter(|number| *number >= 0.0 && number.is_finite());
        if number.is_none() {
            self.wrong(table, key, "a number from 0", &format!("write {key} = 1.5"));
        }
        number
    }

    pub(super) fn braced_of(&mut self, text: &str, line: usize) -> Option<Braced> {
        match Braced::read(text, line) {
            Ok(braced) => Some(braced),
            Err((what, fix)) => {
                self.mistakes.add(line, what, fix);
                None
            }
        }
    }

    pub(super) fn braced(&mut self, table: &Table<'_>, key: &str) -> Option<Braced> {
        let text = self.text(table, key)?;
        let line = self.key_line(table.entries, key);
        self.braced_of(&text, line)
    }

    pub(super) fn needed_braced(&mut self, table: &Table<'_>, key: &str, example: &str) -> Option<Braced> {
        let braced = self.braced(table, key);
        self.need(table, key, braced, example)
    }

    /// A list of texts, each with its line; empty texts are refused.
    pub(super) fn texts(&mut self, table: &Table<'_>, key: &str) -> Vec<(String, usize)> {
        let Some(item) = table.entries.get(key) else { return Vec::new() };
        let line = self.key_line(table.entries, key);
        let Some(array) = item.as_array() else {
            self.wrong(table, key, "a list", &format!("write {key} = [\"…\"]"));
            return Vec::new();
        };
        let mut found: Vec<(String, usize)> = Vec::new();
        for value in array {
            let line = self.value_line(value, line);
            match value.as_str() {
                Some(text) if !text.is_empty() => found.push((text.to_owned(), line)),
                _ => self.mistakes.add(
                    line,
                    format!("`{key}` of {} holds something that is not text", table.owner),
                    "put it in quotes",
                ),
            }
        }
        found
    }

    pub(super) fn plain_texts(&mut self, table: &Table<'_>, key: &str) -> Vec<String> {
        self.texts(table, key).into_iter().map(|(text, _)| text).collect()
    }

    fn distinct(&mut self, table: &Table<'_>, key: &str, texts: &[(String, usize)]) {
        for (position, (text, line)) in texts.iter().enumerate() {
            if texts.iter().take(position).any(|(earlier, _)| earlier == text) {
                self.mistakes.add(*line, format!("`{key}` of {} names `{text}` twice", table.owner), "leave one out");
            }
        }
    }

    /// Names of stacks or steps.
    pub(super) fn identifiers(&mut self, table: &Table<'_>, key: &str) -> Vec<String> {
        let texts = self.texts(table, key);
        self.distinct(table, key, &texts);
        for (text, line) in texts.iter().filter(|(text, _)| !is_identifier(text)) {
            self.mistakes.add(
                *line,
                format!("`{text}` is no name"),
                "use lower-case letters, digits and single hyphens",
            );
        }
        texts.into_iter().map(|(text, _)| text).filter(|text| is_identifier(text)).collect()
    }

    pub(super) fn logical_ids(&mut self, table: &Table<'_>, key: &str) -> Vec<String> {
        let texts = self.texts(table, key);
        for (text, line) in texts.iter().filter(|(text, _)| !is_parameter(text)) {
            self.mistakes.add(*line, format!("`{text}` is no name of CloudFormation"), "use letters and digits only");
        }
        texts.into_iter().map(|(text, _)| text).filter(|text| is_parameter(text)).collect()
    }

    pub(super) fn logical_id(&mut self, table: &Table<'_>, key: &str) -> Option<String> {
        let text = self.text(table, key)?;
        if !is_parameter(&text) {
            self.wrong(table, key, "a name of CloudFormation", "use letters and digits only");
            return None;
        }
        Some(text)
    }

    pub(super) fn identifier(&mut self, table: &Table<'_>, key: &str) -> Option<String> {
        let text = self.text(table, key)?;
        if !is_identifier(&text) {
            self.wrong(table, key, "a name", "use lower-case letters, digits and single hyphens");
            return None;
        }
        Some(text)
    }

    /// Text that fits a pattern.
    pub(super) fn fitting(
        &mut self,
        table: &Table<'_>,
        key: &str,
        pattern: &str,
        wanted: &str,
        fix: &str,
    ) -> Option<String> {
        let text = self.text(table, key)?;
        if whole_pattern(pattern).is_ok_and(|pattern| !pattern.is_match(&text)) {
            self.wrong(table, key, wanted, fix);
            return None;
        }
        Some(text)
    }

    pub(super) fn choice<T: Copy>(&mut self, table: &Table<'_>, key: &str, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text(table, key)?;
        let found = choices.iter().find(|(name, _)| *name == text).map(|(_, choice)| *choice);
        if found.is_none() {
            let line = self.key_line(table.entries, key);
            let fix = suggestion(&text, choices.iter().map(|(name, _)| *name));
            self.mistakes.add(line, format!("there is no {key} `{text}`"), fix);
        }
        found
    }

    pub(super) fn region(&mut self, table: &Table<'_>, key: &str) -> Option<Region> {
        let text = self.text(table, key)?;
        if !is_region(&text) {
            self.wrong(table, key, "a region", "write a region's code, such as us-east-1");
            return None;
        }
        Some(Region::from(text))
    }

    pub(super) fn place(&mut self, table: &Table<'_>, key: &str) -> Option<Place> {
        let text = self.text(table, key)?;
        if let Some(side) = Side::BOTH.into_iter().find(|side| side.as_str() == text) {
            return Some(Place::Side(side));
        }
        if !is_region(&text) {
            self.wrong(table, key, "a region", "write home, partner, or a region's code");
            return None;
        }
        Some(Place::Fixed(Region::from(text)))
    }

    pub(super) fn sides(&mut self, table: &Table<'_>, key: &str) -> Option<Vec<Side>> {
        table.entries.get(key)?;
        let texts = self.texts(table, key);
        self.distinct(table, key, &texts);
        let mut found = Vec::new();
        for (text, line) in &texts {
            match Side::BOTH.into_iter().find(|side| side.as_str() == text) {
                Some(side) => found.push(side),
                None => self.mistakes.add(*line, format!("there is no region `{text}`"), "write home or partner"),
            }
        }
        if texts.is_empty() {
            self.wrong(table, key, "filled in", "write home, partner or both");
        }
        Some(found)
    }

    pub(super) fn table<'t>(&mut self, table: &Table<'t>, key: &str, owner: &'t str) -> Option<Table<'t>> {
        let item = table.entries.get(key)?;
        let line = self.key_line(table.entries, key);
        let Some(entries) = item.as_table_like() else {
            self.wrong(table, key, "a table", &format!("write it as [{key}]"));
            return None;
        };
        Some(Table { line, owner, entries })
    }

    /// A list of tables, written `[[…]]` or `[{ … }]`.
    pub(super) fn tables<'t>(&mut self, table: &Table<'t>, key: &str, owner: &'t str) -> Vec<Table<'t>> {
        let Some(item) = table.entries.get(key) else { return Vec::new() };
        let line = self.key_line(table.entries, key);
        if let Some(array) = item.as_array_of_tables() {
            return array.iter().map(|one| Table { line: self.line(one.span()), owner, entries: one }).collect();
        }
        let Some(array) = item.as_array() else {
            self.wrong(table, key, "a list of tables", &format!("write each as [[{key}]]"));
            return Vec::new();
        };
        let mut found = Vec::new();
        for value in array {
            let line = self.value_line(value, line);
            match value.as_inline_table() {
                Some(entries) => found.push(Table { line, owner, entries }),
                None => self.mistakes.add(line, format!("`{key}` holds something that is no table"), "write { … }"),
            }
        }
        found
    }

    /// A table of texts with words in braces.
    pub(super) fn braced_table(&mut self, table: &Table<'_>, key: &str, owner: &str) -> Vec<(String, Braced)> {
        let Some(inner) = self.table(&Table { owner, ..*table }, key, owner) else { return Vec::new() };
        let keys: Vec<&str> = inner.entries.iter().map(|(name, _)| name).collect();
        let mut found = Vec::new();
        for name in keys {
            if let Some(braced) = self.braced(&inner, name) {
                found.push((name.to_owned(), braced));
            }
        }
        found
    }

    pub(super) fn form_of_table(&mut self, table: &Table<'_>, without: &[&str]) -> Form {
        let mut found = Vec::new();
        for (key, item) in table.entries.iter().filter(|(key, _)| !without.contains(key)) {
            let line = self.key_line(table.entries, key);
            let (key, form) = (self.braced_of(key, line), self.form_of_item(item, line));
            if let (Some(key), Some(form)) = (key, form) {
                found.push((key, form));
            }
        }
        Form::Table(found)
    }

    fn form_of_item(&mut self, item: &Item, line: usize) -> Option<Form> {
        if let Some(value) = item.as_value() {
            return self.form_of_value(value, line);
        }
        if let Some(array) = item.as_array_of_tables() {
            let forms = array.iter().map(|entries| {
                let line = self.line(entries.span());
                self.form_of_table(&Table { line, owner: "the table", entries }, &[])
            });
            return Some(Form::List(forms.collect()));
        }
        let entries = item.as_table_like()?;
        Some(self.form_of_table(&Table { line, owner: "the table", entries }, &[]))
    }

    fn form_of_value(&mut self, value: &Value, line: usize) -> Option<Form> {
        let line = self.value_line(value, line);
        Some(match value {
            Value::String(text) => Form::Text(self.braced_of(text.value(), line)?),
            Value::Integer(number) => Form::Integer(*number.value()),
            Value::Float(number) => Form::Float(*number.value()),
            Value::Boolean(flag) => Form::Bool(*flag.value()),
            Value::Datetime(_) => {
                self.mistakes.add(line, "holds a date, which no configuration has", "leave it out");
                return None;
            }
            Value::Array(array) => {
                Form::List(array.iter().filter_map(|value| self.form_of_value(value, line)).collect())
            }
            Value::InlineTable(entries) => self.form_of_table(&Table { line, owner: "the table", entries }, &[]),
        })
    }
}

/// As the schema has it: two letters, words, a digit.
fn is_region(text: &str) -> bool {
    whole_pattern("[a-z]{2}(-[a-z]+)+-[0-9]").is_ok_and(|pattern| pattern.is_match(text))
}
