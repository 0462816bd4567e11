//! Typed reading of one TOML table against its schema: every wrong type, unknown key and malformed value
//! becomes a diagnostic at its place, and reading goes on. What a deployment means is not known here.

use std::ops::Range;
use std::time::Duration;

use jiff::SignedDuration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use lifeboat_model::id::{Arn, Region};

use crate::config::diagnostic::{Diagnostics, nearest, suggest};
use crate::config::schema::Section;

/// A value and the bytes it was written with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said<T> {
    pub(crate) value: T,
    pub(crate) span: Range<usize>,
}

impl<T> Said<T> {
    pub(crate) fn new(value: T, span: Range<usize>) -> Self {
        Self { value, span }
    }

    pub(crate) fn and_then<U>(self, f: impl FnOnce(T, &Range<usize>) -> Option<U>) -> Option<Said<U>> {
        f(self.value, &self.span).map(|value| Said { value, span: self.span })
    }
}

type Value<'a> = Spanned<DeValue<'a>>;

/// Names, and the region they are in; `None` means both.
pub(crate) type RegionalNames = (Option<Said<String>>, Vec<Said<String>>);

/// One table of the file, with its schema.
pub(crate) struct Table<'a> {
    section: &'static Section,
    /// As messages name it: `[deployments.prod]`, `aurora` of it, …
    title: String,
    span: Range<usize>,
    entries: &'a DeTable<'a>,
}

impl<'a> Table<'a> {
    /// Says at once which keys are unknown.
    pub(crate) fn open(
        section: &'static Section,
        title: String,
        table: &'a DeTable<'a>,
        span: Range<usize>,
        out: &mut Diagnostics,
    ) -> Self {
        for key in table.keys() {
            let name = key.get_ref().as_ref();
            if section.key(name).is_none() {
                out.error(key.span(), format!("unknown key `{name}` in {title}"), suggest(name, section.names()));
            }
        }
        Self { section, title, span, entries: table }
    }

    pub(crate) fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    pub(crate) fn title(&self) -> &str {
        &self.title
    }

    pub(crate) fn value(&self, key: &str) -> Option<&'a Value<'a>> {
        debug_assert!(self.section.key(key).is_some(), "`{key}` is not in the schema of {}", self.section.title);
        self.entries.get(key)
    }

    fn wrong_type(&self, key: &str, value: &Value<'_>, wanted: &str, out: &mut Diagnostics) {
        let example = self.section.key(key).map(|key| format!("for example `{key} = {}`", key.example, key = key.name));
        let found = describe(value.get_ref());
        out.error(value.span(), format!("`{key}` must be {wanted}, and is {found}"), example);
    }

    /// Says that a key without which the table means nothing is absent.
    pub(crate) fn need<T>(&self, key: &str, value: Option<T>, out: &mut Diagnostics) -> Option<T> {
        if value.is_none() && self.entries.get(key).is_none() {
            let example = self.section.key(key).map(|key| format!("add `{} = {}`", key.name, key.example));
            out.absent(self.span(), format!("{} lacks `{key}`", self.title), example);
        }
        value
    }

    pub(crate) fn text(&self, key: &str, out: &mut Diagnostics) -> Option<Said<String>> {
        let value = self.value(key)?;
        match value.get_ref().as_str() {
            Some(text) if text.trim().is_empty() => {
                out.error(value.span(), format!("`{key}` is empty"), "remove the line, or state a value".to_owned());
                None
            }
            Some(text) => Some(Said::new(text.to_owned(), value.span())),
            None => {
                self.wrong_type(key, value, "a string", out);
                None
            }
        }
    }

    pub(crate) fn flag(&self, key: &str, out: &mut Diagnostics) -> Option<Said<bool>> {
        let value = self.value(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong_type(key, value, "`true` or `false`", out);
        }
        flag.map(|flag| Said::new(flag, value.span()))
    }

    pub(crate) fn whole(&self, key: &str, out: &mut Diagnostics) -> Option<Said<i32>> {
        let value = self.value(key)?;
        let number = match value.get_ref() {
            DeValue::Integer(number) => i32::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        if number.is_none() {
            self.wrong_type(key, value, "a whole number", out);
        }
        number.map(|number| Said::new(number, value.span()))
    }

    pub(crate) fn texts(&self, key: &str, out: &mut Diagnostics) -> Vec<Said<String>> {
        let Some(value) = self.value(key) else { return Vec::new() };
        if let DeValue::Array(_) = value.get_ref() {
            texts(value, key, out)
        } else {
            self.wrong_type(key, value, "a list of strings", out);
            Vec::new()
        }
    }

    pub(crate) fn length(&self, key: &str, out: &mut Diagnostics) -> Option<Said<Duration>> {
        let value = self.value(key)?;
        let Some(text) = value.get_ref().as_str() else {
            self.wrong_type(key, value, "a length of time in quotes", out);
            return None;
        };
        let length = text.trim().parse::<SignedDuration>().ok().and_then(|length| Duration::try_from(length).ok());
        if length.is_none() {
            out.error(
                value.span(),
                format!("`{text}` is not a length of time"),
                "write a number with its unit: `500ms`, `30s`, `2m`, `1h 30m`".to_owned(),
            );
        }
        length.map(|length| Said::new(length, value.span()))
    }

    pub(crate) fn region(&self, key: &str, out: &mut Diagnostics) -> Option<Said<Region>> {
        self.text(key, out)?.and_then(|text, span| region(&text, span, out))
    }

    pub(crate) fn table(&self, key: &str, section: &'static Section, out: &mut Diagnostics) -> Option<Table<'a>> {
        let value = self.value(key)?;
        if let DeValue::Table(table) = value.get_ref() {
            let title = if section.title.starts_with('[') {
                section.title.to_owned()
            } else {
                format!("`{key}` of {}", self.title)
            };
            Some(Table::open(section, title, table, value.span(), out))
        } else {
            self.wrong_type(key, value, "a table", out);
            None
        }
    }

    /// A list of tables, written `[{ … }]` or `[[…]]`.
    pub(crate) fn tables(&self, key: &str, section: &'static Section, out: &mut Diagnostics) -> Vec<Table<'a>> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let DeValue::Array(array) = value.get_ref() else {
            self.wrong_type(key, value, "a list of tables", out);
            return Vec::new();
        };
        let mut tables = Vec::new();
        for (number, element) in array.iter().enumerate() {
            match element.get_ref() {
                DeValue::Table(table) => {
                    let title = format!("`{key}` number {} of {}", number + 1, self.title);
                    tables.push(Table::open(section, title, table, element.span(), out));
                }
                _ => self.wrong_type(key, element, "a list of tables", out),
            }
        }
        tables
    }

    /// Keys that are names, each with a string: `endpoint_urls`.
    pub(crate) fn named_texts(&self, key: &str, out: &mut Diagnostics) -> Vec<(Said<String>, Said<String>)> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let DeValue::Table(table) = value.get_ref() else {
            self.wrong_type(key, value, "a table", out);
            return Vec::new();
        };
        let mut pairs = Vec::new();
        for (name, inner) in table {
            match inner.get_ref().as_str() {
                Some(text) => pairs.push((
                    Said::new(name.get_ref().to_string(), name.span()),
                    Said::new(text.to_owned(), inner.span()),
                )),
                None => self.wrong_type(key, inner, "a table of strings", out),
            }
        }
        pairs
    }

    /// Names in regions: a list that holds for both, or a list for each region. `None` as region means both.
    pub(crate) fn regional(&self, key: &str, out: &mut Diagnostics) -> Vec<RegionalNames> {
        let Some(value) = self.value(key) else { return Vec::new() };
        match value.get_ref() {
            DeValue::Array(_) => vec![(None, texts(value, key, out))],
            DeValue::Table(table) => {
                let mut groups = Vec::new();
                for (name, inner) in table {
                    let region = Said::new(name.get_ref().to_string(), name.span());
                    match inner.get_ref() {
                        DeValue::Array(_) => groups.push((Some(region), texts(inner, key, out))),
                        _ => self.wrong_type(key, inner, "a list of names for each region", out),
                    }
                }
                groups
            }
            _ => {
                self.wrong_type(key, value, "a list of names, or a list for each region", out);
                Vec::new()
            }
        }
    }
}

fn texts(value: &Value<'_>, key: &str, out: &mut Diagnostics) -> Vec<Said<String>> {
    let DeValue::Array(array) = value.get_ref() else { return Vec::new() };
    let mut list: Vec<Said<String>> = Vec::new();
    for element in array {
        match element.get_ref().as_str() {
            Some(text) if text.trim().is_empty() => {
                out.error(element.span(), format!("an empty name in `{key}`"), "remove it".to_owned());
            }
            Some(text) if list.iter().any(|earlier| earlier.value == text) => {
                out.error(element.span(), format!("`{text}` is listed twice in `{key}`"), "remove one".to_owned());
            }
            Some(text) => list.push(Said::new(text.to_owned(), element.span())),
            None => {
                let found = describe(element.get_ref());
                out.error(
                    element.span(),
                    format!("`{key}` must hold strings, and holds {found}"),
                    "put it in quotes".to_owned(),
                );
            }
        }
    }
    list
}

pub(crate) fn describe(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("the string `{text}`"),
        DeValue::Integer(number) => format!("the number {number}"),
        DeValue::Float(number) => format!("the number {number}"),
        DeValue::Boolean(flag) => format!("`{flag}`"),
        DeValue::Datetime(when) => format!("the date {when}"),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

/// Regions that AWS has opened, for hints only: others of the right shape are taken with a warning.
const REGIONS: &[&str] = &[
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
];

/// Whether AWS has opened it, as far as this version knows.
pub(crate) fn is_known_region(text: &str) -> bool {
    REGIONS.contains(&text)
}

pub(crate) fn region(text: &str, span: &Range<usize>, out: &mut Diagnostics) -> Option<Region> {
    let hint = nearest(text, REGIONS.iter().copied()).map(|near| format!("did you mean `{near}`?"));
    if !Region::is_well_formed(text) {
        let fix = hint.unwrap_or_else(|| "write a region code, such as `us-east-1`".to_owned());
        out.error(span.clone(), format!("`{text}` is not a region"), fix);
        return None;
    }
    if !is_known_region(text) {
        let fix = hint.unwrap_or_else(|| "nothing to do, if AWS has opened it since".to_owned());
        out.warning(span.clone(), format!("`{text}` is not a region that this version knows"), fix);
    }
    Some(Region::from(text))
}

/// An ARN of `service`, and of a resource that begins with `resource`.
pub(crate) fn arn(
    text: &Said<String>,
    service: &str,
    resource: &str,
    example: &str,
    out: &mut Diagnostics,
) -> Option<Arn> {
    let parsed = Arn::from(text.value.as_str());
    let parts: Vec<&str> = text.value.splitn(6, ':').collect();
    let wrong = match parts.as_slice() {
        ["arn", partition, named, _, _, what] if partition.starts_with("aws") => {
            if *named == service && what.starts_with(resource) {
                return Some(parsed);
            }
            format!("`{}` is an ARN of `{named}`, not of `{service}:…:{resource}…`", text.value)
        }
        _ => format!("`{}` is not an ARN", text.value),
    };
    out.error(text.span.clone(), wrong, format!("for example `{example}`"));
    None
}
