//! A template's parameters: what each may be, and what a value of it is within the template.

use regex_lite::Regex;
use serde_json::Number;

use super::Mistakes;
use crate::mistake::suggestion;
use crate::value::{Later, Reference, Value};
use crate::yaml::{Entry, Node};

#[derive(Clone, Debug, PartialEq)]
pub struct TemplateParameter {
    pub line: usize,
    /// As written: `String`, `Number`, `List<AWS::EC2::Subnet::Id>`, …
    pub parameter_type: String,
    pub default: Option<String>,
    pub allowed: Vec<String>,
    pub pattern: Option<String>,
    pub min_length: Option<u64>,
    pub max_length: Option<u64>,
    pub min_value: Option<f64>,
    pub max_value: Option<f64>,
    /// What a refusal says.
    pub constraint: Option<String>,
    pub description: Option<String>,
    pub no_echo: bool,
}

/// What a parameter of a template is given.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ParameterValue {
    Known(String),
    /// An output of another stack, say: written as a reader would name it.
    Later(String),
}

const KEYS: [&str; 11] = [
    "AllowedPattern",
    "AllowedValues",
    "ConstraintDescription",
    "Default",
    "Description",
    "MaxLength",
    "MaxValue",
    "MinLength",
    "MinValue",
    "NoEcho",
    "Type",
];

pub(super) fn read(entry: &Entry, mistakes: &mut Mistakes) -> Option<TemplateParameter> {
    let node = &entry.value;
    for key in node.entries().iter().filter(|key| !KEYS.contains(&key.key.as_str())) {
        mistakes.add(key.line, format!("a parameter has no `{}`", key.key), suggestion(&key.key, KEYS));
    }
    let Some(parameter_type) = node.get("Type").and_then(Node::text) else {
        mistakes.add(entry.line, format!("parameter `{}` has no `Type`", entry.key), "add Type: String");
        return None;
    };
    if !is_type(parameter_type) {
        mistakes.add(
            entry.line,
            format!("`{parameter_type}` is no type of a parameter"),
            "use String, Number, CommaDelimitedList or a type of AWS",
        );
    }
    let scalar = |key: &str| node.get(key).and_then(Node::scalar);
    let number = |key: &str| node.get(key).and_then(Node::number);
    let whole = |key: &str| scalar(key).and_then(|text| text.parse::<u64>().ok());
    let pattern = scalar("AllowedPattern");
    if let Some(pattern) = &pattern
        && let Err(error) = whole_pattern(pattern)
    {
        mistakes.add(entry.line, format!("`{pattern}` is no pattern: {error}"), "mend the pattern");
    }
    let parameter = TemplateParameter {
        line: entry.line,
        parameter_type: parameter_type.to_owned(),
        default: scalar("Default"),
        allowed: node
            .get("AllowedValues")
            .map(Node::items)
            .unwrap_or_default()
            .iter()
            .filter_map(Node::scalar)
            .collect(),
        pattern,
        min_length: whole("MinLength"),
        max_length: whole("MaxLength"),
        min_value: number("MinValue"),
        max_value: number("MaxValue"),
        constraint: scalar("ConstraintDescription"),
        description: scalar("Description"),
        no_echo: node.get("NoEcho").and_then(Node::boolean).unwrap_or(false),
    };
    if let Some(default) = &parameter.default
        && let Some(why) = parameter.refuses(default)
    {
        mistakes.add(entry.line, format!("the default `{default}` of `{}` {why}", entry.key), "change the default");
    }
    Some(parameter)
}

fn is_type(text: &str) -> bool {
    let inner = text.strip_prefix("List<").and_then(|rest| rest.strip_suffix('>')).unwrap_or(text);
    matches!(inner, "String" | "Number" | "CommaDelimitedList") || inner.starts_with("AWS::")
}

/// A pattern that the whole of a value must fit.
pub(crate) fn whole_pattern(pattern: &str) -> Result<Regex, regex_lite::Error> {
    Regex::new(&format!("^(?:{pattern})$"))
}

impl TemplateParameter {
    pub fn is_list(&self) -> bool {
        self.parameter_type.starts_with("List<") || self.parameter_type == "CommaDelimitedList"
    }

    /// Whether AWS puts something else in the value's place: what a parameter of Parameter Store holds.
    pub fn is_looked_up(&self) -> bool {
        self.parameter_type.starts_with("AWS::SSM::Parameter::Value<")
    }

    /// Why CloudFormation would not take the value.
    pub fn refuses(&self, text: &str) -> Option<String> {
        let is_allowed = |text: &str| self.allowed.iter().any(|allowed| allowed == text);
        let fits = if self.is_list() { text.split(',').map(str::trim).all(is_allowed) } else { is_allowed(text) };
        if !self.allowed.is_empty() && !fits {
            return Some(format!("is none of {}", self.allowed.join(", ")));
        }
        let length = text.chars().count() as u64;
        if let Some(least) = self.min_length.filter(|least| length < *least) {
            return Some(format!("has {length} characters, and needs {least}"));
        }
        if let Some(most) = self.max_length.filter(|most| length > *most) {
            return Some(format!("has {length} characters, and may have {most}"));
        }
        if let Some(pattern) = &self.pattern
            && whole_pattern(pattern).is_ok_and(|pattern| !pattern.is_match(text))
        {
            return Some(match &self.constraint {
                Some(constraint) => format!("must be {constraint}"),
                None => format!("does not fit {pattern}"),
            });
        }
        if self.parameter_type != "Number" {
            return None;
        }
        let Ok(number) = text.parse::<f64>() else { return Some("is no number".to_owned()) };
        if let Some(least) = self.min_value.filter(|least| number < *least) {
            return Some(format!("is less than {least}"));
        }
        self.max_value.filter(|most| number > *most).map(|most| format!("is more than {most}"))
    }

    /// What `Ref` says within the template.
    pub(super) fn value(&self, name: &str, given: Option<&ParameterValue>) -> Option<Value> {
        let later = |told: String| {
            let of = Value::Later(Later::Of(Reference::Parameter { name: name.to_owned(), told }));
            if self.is_list() && !self.is_looked_up() {
                Value::Later(Later::Split { delimiter: ",".to_owned(), text: Box::new(of) })
            } else {
                of
            }
        };
        let known = match given {
            Some(ParameterValue::Later(told)) => return Some(later(told.clone())),
            Some(ParameterValue::Known(text)) => text,
            None => self.default.as_ref()?,
        };
        Some(if self.is_looked_up() {
            later(format!("<value of {known}>"))
        } else if self.is_list() {
            Value::List(known.split(',').map(|part| Value::text(part.trim())).collect())
        } else {
            self.number(known).unwrap_or_else(|| Value::text(known))
        })
    }

    fn number(&self, text: &str) -> Option<Value> {
        if self.parameter_type != "Number" {
            return None;
        }
        let whole = text.parse::<i64>().ok().map(Number::from);
        whole.or_else(|| text.parse::<f64>().ok().and_then(Number::from_f64)).map(Value::Number)
    }
}
