//! What a template comes to with given parameters: the resources and outputs that will be there, each with what it
//! waits for. What only the cloud can know stays a reference; what cannot be decided without it is a mistake, not a guess.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat_model::id::{AccountId, Region, StackName};

use super::intrinsic::{self, PSEUDO, Piece};
use super::{Declaration, Mistake, Mistakes, ParameterValue, Template};
use crate::value::{Later, Reference, Value};
use crate::yaml::{Kind, Node};

/// Where and with what a template is evaluated.
#[derive(Clone, Debug)]
pub struct TemplateSetting {
    pub stack_name: StackName,
    pub region: Region,
    /// Left as a reference where it is not known.
    pub account: Option<AccountId>,
    pub parameters: BTreeMap<String, ParameterValue>,
    /// Of the stack's region, in order; left as a reference where it is empty.
    pub zones: Vec<String>,
}

/// What a stack of the template will hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluated {
    /// In the template's order.
    pub resources: Vec<Resource>,
    pub outputs: BTreeMap<String, Value>,
    /// Those that something asked for.
    pub conditions: BTreeMap<String, bool>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    pub logical_id: String,
    pub line: usize,
    pub resource_type: String,
    /// A map.
    pub properties: Value,
    /// What is named in `DependsOn`, and what is referred to.
    pub depends_on: BTreeSet<String>,
    pub condition: Option<String>,
    pub deletion_policy: Option<String>,
    pub update_replace_policy: Option<String>,
    /// Its own; those of the stack come on top.
    pub tags: BTreeMap<String, Value>,
}

impl Evaluated {
    pub fn resource(&self, logical_id: &str) -> Option<&Resource> {
        self.resources.iter().find(|resource| resource.logical_id == logical_id)
    }

    /// The resources in an order in which each comes after all that it waits for.
    pub fn in_order(&self) -> Vec<&Resource> {
        let mut left: Vec<&Resource> = self.resources.iter().collect();
        let mut done: BTreeSet<&str> = BTreeSet::new();
        let mut order = Vec::new();
        loop {
            let (ready, waiting): (Vec<_>, Vec<_>) = left
                .into_iter()
                .partition(|resource| resource.depends_on.iter().all(|name| done.contains(name.as_str())));
            if ready.is_empty() {
                return order;
            }
            done.extend(ready.iter().map(|resource| resource.logical_id.as_str()));
            order.extend(ready);
            left = waiting;
        }
    }
}

impl Template {
    pub fn evaluate(&self, setting: &TemplateSetting) -> Result<Evaluated, Vec<Mistake>> {
        let mut evaluator = Evaluator {
            template: self,
            setting,
            parameters: BTreeMap::new(),
            conditions: BTreeMap::new(),
            pending: Vec::new(),
            mistakes: Mistakes::of(&self.file),
        };
        evaluator.parameters();
        evaluator.assertions();
        let resources: Vec<Resource> = self.resources.iter().filter_map(|one| evaluator.resource(one)).collect();
        let outputs = evaluator.outputs();
        let Evaluator { conditions, mut mistakes, .. } = evaluator;
        let evaluated = Evaluated { resources, outputs, conditions };
        absent(self, &evaluated, &mut mistakes);
        if mistakes.is_empty() && evaluated.in_order().len() < evaluated.resources.len() {
            let order = evaluated.in_order();
            let stuck = evaluated.resources.iter().filter(|resource| !order.contains(resource));
            let names: Vec<&str> = stuck.map(|resource| resource.logical_id.as_str()).collect();
            mistakes.add(1, format!("these wait for each other: {}", names.join(", ")), "break the circle");
        }
        mistakes.judge(evaluated)
    }
}

/// Says what refers to a resource that is not made.
fn absent(template: &Template, evaluated: &Evaluated, mistakes: &mut Mistakes) {
    let gone = |value: &Value| -> Vec<String> {
        let references = value.references();
        let ids = references.iter().filter_map(Reference::logical_id);
        ids.filter(|id| evaluated.resource(id).is_none()).map(str::to_owned).collect()
    };
    for resource in &evaluated.resources {
        for id in gone(&resource.properties) {
            let what = format!("`{}` refers to `{id}`, which is not made with these parameters", resource.logical_id);
            mistakes.add(resource.line, what, "refer to it under its condition only");
        }
    }
    for (name, value) in &evaluated.outputs {
        for id in gone(value) {
            let line = template.outputs.get(name).map_or(0, |output| output.line);
            let what = format!("output `{name}` refers to `{id}`, which is not made with these parameters");
            mistakes.add(line, what, "give the output the same condition");
        }
    }
}

struct Evaluator<'a> {
    template: &'a Template,
    setting: &'a TemplateSetting,
    parameters: BTreeMap<String, Value>,
    conditions: BTreeMap<String, bool>,
    /// The conditions that are being decided, so that a circle of them ends.
    pending: Vec<String>,
    mistakes: Mistakes,
}

impl Evaluator<'_> {
    fn parameters(&mut self) {
        for name in self.setting.parameters.keys().filter(|name| !self.template.parameters.contains_key(*name)) {
            let fix = crate::mistake::suggestion(name, self.template.parameters.keys().map(String::as_str));
            self.mistakes.add(1, format!("the template has no parameter `{name}`"), fix);
        }
        for (name, parameter) in &self.template.parameters {
            let given = self.setting.parameters.get(name);
            if let Some(ParameterValue::Known(text)) = given
                && let Some(why) = parameter.refuses(text)
            {
                self.mistakes.add(parameter.line, format!("`{text}` as `{name}` {why}"), "give another value");
            }
            match parameter.value(name, given) {
                Some(value) => {
                    self.parameters.insert(name.clone(), value);
                }
                None => {
                    self.mistakes.add(parameter.line, format!("`{name}` is given no value"), "give one, or a default");
                }
            }
        }
    }

    fn assertions(&mut self) {
        for assertion in &self.template.assertions {
            let asked = assertion.when.as_ref().is_none_or(|when| self.truth(when));
            if asked && !self.truth(&assertion.assert) {
                self.mistakes.add(
                    assertion.line,
                    format!("rule `{}`: {}", assertion.rule, assertion.says),
                    "give other values",
                );
            }
        }
    }

    fn resource(&mut self, declared: &Declaration) -> Option<Resource> {
        if let Some(condition) = &declared.condition
            && !self.condition(condition, declared.line)
        {
            return None;
        }
        let properties = self.value(&declared.properties).unwrap_or(Value::Map(Vec::new()));
        let policies: Vec<Value> = declared.policies.iter().filter_map(|policy| self.value(policy)).collect();
        let mut depends_on: BTreeSet<String> = BTreeSet::new();
        for name in &declared.depends_on {
            // What is not made is not waited for.
            let there = self.template.resource(name).is_some_and(|other| {
                other.condition.as_ref().is_none_or(|condition| self.condition(condition, declared.line))
            });
            if there {
                depends_on.insert(name.clone());
            }
        }
        for value in std::iter::once(&properties).chain(&policies) {
            depends_on.extend(value.references().iter().filter_map(Reference::logical_id).map(str::to_owned));
        }
        depends_on.remove(&declared.logical_id);
        Some(Resource {
            logical_id: declared.logical_id.clone(),
            line: declared.line,
            resource_type: declared.resource_type.clone(),
            tags: tags(&properties),
            properties,
            depends_on,
            condition: declared.condition.clone(),
            deletion_policy: declared.deletion_policy.clone(),
            update_replace_policy: declared.update_replace_policy.clone(),
        })
    }

    fn outputs(&mut self) -> BTreeMap<String, Value> {
        let mut found = BTreeMap::new();
        for (name, output) in &self.template.outputs {
            if let Some(condition) = &output.condition
                && !self.condition(condition, output.line)
            {
                continue;
            }
            if let Some(value) = self.value(&output.value) {
                found.insert(name.clone(), value);
            }
        }
        found
    }

    fn condition(&mut self, name: &str, line: usize) -> bool {
        if let Some(known) = self.conditions.get(name) {
            return *known;
        }
        if self.pending.iter().any(|pending| pending == name) {
            self.mistakes.add(line, format!("condition `{name}` depends on itself"), "break the circle");
            return false;
        }
        let Some(node) = self.template.conditions.get(name) else {
            self.mistakes.add(line, format!("`{name}` is no condition of this template"), "declare it");
            return false;
        };
        self.pending.push(name.to_owned());
        let holds = self.truth(node);
        self.pending.pop();
        self.conditions.insert(name.to_owned(), holds);
        holds
    }

    fn truth(&mut self, node: &Node) -> bool {
        let Some((name, argument)) = node.function() else {
            return node.boolean().unwrap_or_else(|| {
                self.mistakes.add(node.line, node.wrong("a condition"), "write !Equals, !And, !Or or !Not");
                false
            });
        };
        match name {
            "Condition" => argument.text().is_some_and(|name| self.condition(name, argument.line)),
            "Fn::Not" => argument.items().first().is_some_and(|inner| !self.truth(inner)),
            // Every part is asked, so that every mistake is told.
            "Fn::And" | "Fn::Or" => {
                let parts: Vec<bool> = argument.items().iter().map(|inner| self.truth(inner)).collect();
                if name == "Fn::And" { !parts.contains(&false) } else { parts.contains(&true) }
            }
            "Fn::Equals" => {
                let sides: Vec<Value> =
                    argument.items().iter().map(|side| self.value(side).unwrap_or(Value::Null)).collect();
                let [one, other] = sides.as_slice() else { return false };
                same(one, other).unwrap_or_else(|| {
                    self.mistakes.add(
                        argument.line,
                        format!("whether {one} is `{other}` cannot be known before it is made"),
                        "let the condition ask a parameter",
                    );
                    false
                })
            }
            other => {
                self.mistakes.add(
                    argument.line,
                    format!("`{other}` is no condition"),
                    "write !Equals, !And, !Or or !Not",
                );
                false
            }
        }
    }

    /// `None` is `AWS::NoValue`.
    fn value(&mut self, node: &Node) -> Option<Value> {
        if let Some((name, argument)) = node.function() {
            return self.function(name, argument);
        }
        Some(match &node.kind {
            Kind::Null => Value::Null,
            Kind::Bool(flag) => Value::Bool(*flag),
            Kind::Number(number) => Value::Number(number.clone()),
            Kind::Text(text) => Value::text(text),
            Kind::List(items) => Value::List(items.iter().filter_map(|item| self.value(item)).collect()),
            Kind::Map(entries) => {
                let made = entries.iter().filter_map(|entry| Some((entry.key.clone(), self.value(&entry.value)?)));
                Value::Map(made.collect())
            }
        })
    }

    fn function(&mut self, name: &str, argument: &Node) -> Option<Value> {
        match name {
            "Ref" => return self.reference(argument.text().unwrap_or_default(), argument.line),
            "Condition" => {
                return Some(Value::Bool(argument.text().is_some_and(|name| self.condition(name, argument.line))));
            }
            "Fn::If" => {
                let [condition, then, otherwise] = argument.items() else { return self.unfit(name, argument) };
                let holds = condition.text().is_some_and(|name| self.condition(name, condition.line));
                return self.value(if holds { then } else { otherwise });
            }
            "Fn::Equals" | "Fn::Not" | "Fn::And" | "Fn::Or" => {
                // A condition where a value must be is what `truth` is asked for by those that may hold one.
                self.mistakes.add(
                    argument.line,
                    format!("`{name}` stands where a value must be"),
                    "name a condition in !If",
                );
                return Some(Value::Null);
            }
            _ => {}
        }
        Some(match name {
            "Fn::GetAtt" => {
                let [id, attribute] = argument.items() else { return self.unfit(name, argument) };
                let attribute = self.scalar(attribute)?;
                let logical_id = id.text().unwrap_or_default().to_owned();
                Value::Later(Later::Of(Reference::GetAtt { logical_id, attribute }))
            }
            "Fn::Sub" => self.sub(argument)?,
            "Fn::Join" => {
                let [delimiter, list] = argument.items() else { return self.unfit(name, argument) };
                let delimiter = self.scalar(delimiter)?;
                let list = self.value(list)?;
                self.made(Later::Join { delimiter, list: Box::new(list) }, argument.line)
            }
            "Fn::Split" => {
                let [delimiter, text] = argument.items() else { return self.unfit(name, argument) };
                let delimiter = self.scalar(delimiter)?;
                let text = self.value(text)?;
                self.made(Later::Split { delimiter, text: Box::new(text) }, argument.line)
            }
            "Fn::Select" => self.select(argument)?,
            "Fn::GetAZs" => {
                let region = self.scalar(argument)?;
                self.zones(&region)
            }
            "Fn::FindInMap" => self.find_in_map(argument)?,
            "Fn::Base64" => {
                let inner = self.value(argument)?;
                self.made(Later::Base64(Box::new(inner)), argument.line)
            }
            "Fn::ToJsonString" => {
                let inner = self.value(argument)?;
                self.made(Later::Json(Box::new(inner)), argument.line)
            }
            "Fn::Length" => {
                let inner = self.value(argument)?;
                self.made(Later::Length(Box::new(inner)), argument.line)
            }
            "Fn::Cidr" => self.cidr(argument)?,
            "Fn::ImportValue" | "Fn::GetStackOutput" => {
                self.mistakes.add(
                    argument.line,
                    format!("`{name}` needs an answer from another stack while this one is updated"),
                    "take it as a parameter",
                );
                Value::Null
            }
            other => {
                self.mistakes.add(
                    argument.line,
                    format!("`{other}` is no function that is evaluated here"),
                    "write its value",
                );
                Value::Null
            }
        })
    }

    fn unfit(&mut self, name: &str, argument: &Node) -> Option<Value> {
        self.mistakes.add(
            argument.line,
            format!("`{name}` has not the arguments it needs"),
            "see CloudFormation's reference",
        );
        None
    }

    fn reference(&mut self, name: &str, line: usize) -> Option<Value> {
        if PSEUDO.contains(&name) {
            return self.pseudo(name);
        }
        if let Some(value) = self.parameters.get(name) {
            return Some(value.clone());
        }
        if self.template.resource(name).is_some() {
            return Some(Value::Later(Later::Of(Reference::Ref(name.to_owned()))));
        }
        // A parameter without a value was told already.
        if !self.template.parameters.contains_key(name) {
            self.mistakes.add(line, format!("`{name}` is no parameter and no resource of this template"), "declare it");
        }
        Some(Value::Null)
    }

    fn pseudo(&self, name: &str) -> Option<Value> {
        let region = self.setting.region.as_str();
        Some(match name {
            "AWS::NoValue" => return None,
            "AWS::AccountId" => match &self.setting.account {
                Some(account) => Value::text(account.as_str()),
                None => Value::Later(Later::Of(Reference::Account)),
            },
            "AWS::NotificationARNs" => Value::List(Vec::new()),
            "AWS::Partition" => Value::text(partition(region)),
            "AWS::Region" => Value::text(region),
            "AWS::StackName" => Value::text(self.setting.stack_name.as_str()),
            "AWS::URLSuffix" => {
                Value::text(if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" })
            }
            // The only one left.
            _ => Value::Later(Later::Of(Reference::StackId)),
        })
    }

    fn sub(&mut self, argument: &Node) -> Option<Value> {
        let (text, own) = match (&argument.kind, argument.items()) {
            (Kind::Text(text), _) => (text.as_str(), None),
            (_, [text, values]) => (text.text()?, Some(values)),
            _ => return self.unfit("Fn::Sub", argument),
        };
        let mut parts = Vec::new();
        for piece in intrinsic::pieces(text) {
            parts.push(match piece {
                Piece::Literal(text) => Value::text(text),
                Piece::Name(name) => match (own.and_then(|own| own.get(name)), name.split_once('.')) {
                    (Some(node), _) => self.value(node)?,
                    (None, Some((id, attribute))) => Value::Later(Later::Of(Reference::GetAtt {
                        logical_id: id.to_owned(),
                        attribute: attribute.to_owned(),
                    })),
                    (None, None) => self.reference(name, argument.line)?,
                },
            });
        }
        Some(self.made(Later::Join { delimiter: String::new(), list: Box::new(Value::List(parts)) }, argument.line))
    }

    fn select(&mut self, argument: &Node) -> Option<Value> {
        let [index, list] = argument.items() else { return self.unfit("Fn::Select", argument) };
        let Some(index) = self.scalar(index)?.parse::<usize>().ok() else {
            self.mistakes.add(argument.line, "`Fn::Select` is given no index", "write a number from 0");
            return Some(Value::Null);
        };
        let list = self.value(list)?;
        let Value::List(items) = &list else {
            return Some(self.made(Later::Select { index, list: Box::new(list) }, argument.line));
        };
        if let Some(item) = items.get(index) {
            return Some(item.clone());
        }
        self.mistakes.add(
            argument.line,
            format!("there is no item {index} in a list of {}", items.len()),
            "select one that is there",
        );
        Some(Value::Null)
    }

    fn zones(&self, region: &str) -> Value {
        let here = region.is_empty() || region == self.setting.region.as_str();
        if here && !self.setting.zones.is_empty() {
            return Value::List(self.setting.zones.iter().map(Value::text).collect());
        }
        let region = if region.is_empty() { self.setting.region.as_str() } else { region };
        Value::Later(Later::Of(Reference::Zones { region: region.to_owned() }))
    }

    fn find_in_map(&mut self, argument: &Node) -> Option<Value> {
        let [map, first, second, ..] = argument.items() else { return self.unfit("Fn::FindInMap", argument) };
        let (map, first, second) = (self.scalar(map)?, self.scalar(first)?, self.scalar(second)?);
        let template = self.template;
        let found = template.mappings.get(&map).and_then(|node| node.get(&first)).and_then(|node| node.get(&second));
        let default = argument.items().get(3).and_then(|node| node.get("DefaultValue"));
        if let Some(node) = found.or(default) {
            return self.value(node);
        }
        self.mistakes.add(argument.line, format!("mapping `{map}` has no `{first}`, `{second}`"), "add it");
        Some(Value::Null)
    }

    fn cidr(&mut self, argument: &Node) -> Option<Value> {
        let [block, count, bits] = argument.items() else { return self.unfit("Fn::Cidr", argument) };
        let block = self.value(block)?;
        let (count, bits) = (self.scalar(count)?.parse().ok(), self.scalar(bits)?.parse().ok());
        let (Some(count), Some(bits)) = (count, bits) else { return self.unfit("Fn::Cidr", argument) };
        Some(self.made(Later::Cidr { block: Box::new(block), count, bits }, argument.line))
    }

    /// Text that has to be known now.
    fn scalar(&mut self, node: &Node) -> Option<String> {
        let value = self.value(node)?;
        let text = value.scalar();
        if text.is_none() {
            self.mistakes.add(node.line, format!("`{value}` is not text that is known now"), "write it out");
        }
        text
    }

    /// The value itself where nothing in it is left to know.
    fn made(&mut self, later: Later, line: usize) -> Value {
        let value = Value::Later(later);
        if !value.is_known() {
            return value;
        }
        match value.settle(&|_| None) {
            Ok(known) => from_json(known),
            Err(why) => {
                self.mistakes.add(line, why.to_string(), "mend the arguments");
                Value::Null
            }
        }
    }
}

fn from_json(json: serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(flag) => Value::Bool(flag),
        serde_json::Value::Number(number) => Value::Number(number),
        serde_json::Value::String(text) => Value::Text(text),
        serde_json::Value::Array(items) => Value::List(items.into_iter().map(from_json).collect()),
        serde_json::Value::Object(entries) => {
            Value::Map(entries.into_iter().map(|(key, value)| (key, from_json(value))).collect())
        }
    }
}

/// Whether the two are the same; `None` where that cannot be known yet.
fn same(one: &Value, other: &Value) -> Option<bool> {
    if let (Some(one), Some(other)) = (one.scalar(), other.scalar()) {
        return Some(one == other);
    }
    if one == other {
        return Some(true);
    }
    if one.is_known() && other.is_known() {
        return Some(false);
    }
    // What is handed over later is something: an input that may be absent is left to its default instead.
    let empty = |value: &Value| matches!(value, Value::Text(text) if text.is_empty());
    (empty(one) || empty(other)).then_some(false)
}

fn tags(properties: &Value) -> BTreeMap<String, Value> {
    let Some(tags) = properties.get("Tags") else { return BTreeMap::new() };
    let listed = tags.items().iter().filter_map(|tag| Some((tag.get("Key")?.scalar()?, tag.get("Value")?.clone())));
    let mapped = tags.entries().iter().map(|(key, value)| (key.clone(), value.clone()));
    listed.chain(mapped).collect()
}

/// As ARNs of the region begin.
pub(crate) fn partition(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}
