//! A CloudFormation template as it is written: parameters, conditions, resources and outputs with their lines, checked
//! for what can be said of it alone. What it comes to with given parameters is in `evaluate`; whether it is a good
//! template is in `lint`.

mod evaluate;
mod intrinsic;
mod parameter;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub use evaluate::{Evaluated, Resource, TemplateSetting};
pub(crate) use parameter::whole_pattern;
pub use parameter::{ParameterValue, TemplateParameter};

use crate::mistake::{Mistake, Mistakes, suggestion};
use crate::yaml::{self, Entry, Node};

/// One template file.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    pub file: String,
    /// As it was written, and as AWS is sent it.
    pub text: String,
    /// As AWS counts them against its limit.
    pub bytes: usize,
    pub description: Option<String>,
    pub parameters: BTreeMap<String, TemplateParameter>,
    pub mappings: BTreeMap<String, Node>,
    pub conditions: BTreeMap<String, Node>,
    pub assertions: Vec<Assertion>,
    /// In the template's order.
    pub resources: Vec<Declaration>,
    pub outputs: BTreeMap<String, OutputDeclaration>,
    /// The whole, for rules that look everywhere.
    pub root: Node,
}

/// A resource as it is declared, with its functions unevaluated.
#[derive(Clone, Debug, PartialEq)]
pub struct Declaration {
    pub logical_id: String,
    pub line: usize,
    pub resource_type: String,
    pub condition: Option<String>,
    pub depends_on: BTreeSet<String>,
    pub deletion_policy: Option<String>,
    pub update_replace_policy: Option<String>,
    /// A map; empty where there is none.
    pub properties: Node,
    /// How it is made and updated: references in it are waited for too.
    pub policies: Vec<Node>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct OutputDeclaration {
    pub line: usize,
    pub condition: Option<String>,
    pub value: Node,
}

/// One assertion of the template's `Rules`.
#[derive(Clone, Debug, PartialEq)]
pub struct Assertion {
    pub line: usize,
    pub rule: String,
    pub when: Option<Node>,
    pub assert: Node,
    pub says: String,
}

const SECTIONS: [&str; 10] = [
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
    "Transform",
];

const RESOURCE_KEYS: [&str; 9] = [
    "Condition",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "Metadata",
    "Properties",
    "Type",
    "UpdatePolicy",
    "UpdateReplacePolicy",
];

impl Template {
    pub fn read(file: &str, text: &str) -> Result<Self, Vec<Mistake>> {
        let mut mistakes = Mistakes::of(file);
        let Some(root) = yaml::read(text, &mut mistakes) else { return Err(mistakes.into_list()) };
        let template = Reader { mistakes: &mut mistakes }.template(file, text, root);
        if let Some(template) = &template {
            intrinsic::check(template, &mut mistakes);
        }
        match template {
            Some(template) => mistakes.judge(template),
            None => Err(mistakes.into_list()),
        }
    }

    pub fn resource(&self, logical_id: &str) -> Option<&Declaration> {
        self.resources.iter().find(|resource| resource.logical_id == logical_id)
    }

    pub fn needs_named_iam(&self) -> bool {
        self.resources.iter().any(|resource| resource.resource_type.starts_with("AWS::IAM::"))
    }
}

impl Declaration {
    pub fn property(&self, path: &[&str]) -> Option<&Node> {
        self.properties.at(path)
    }
}

struct Reader<'m> {
    mistakes: &'m mut Mistakes,
}

impl Reader<'_> {
    fn template(&mut self, file: &str, text: &str, root: Node) -> Option<Template> {
        if !root.is_map() {
            self.mistakes.add(root.line, root.wrong("a template"), "write a map with `Resources`");
            return None;
        }
        self.known_keys(root.entries(), &SECTIONS, "a template");
        if let Some(transform) = root.get("Transform") {
            self.mistakes.add(
                transform.line,
                "a transform is expanded by AWS only, so what it makes cannot be shown before it is made",
                "write out what it stands for",
            );
        }
        let resources = self.resources(&root);
        if resources.is_empty() && root.get("Resources").is_none() {
            self.mistakes.add(root.line, "has no `Resources`", "add at least one resource");
        }
        Some(Template {
            file: file.to_owned(),
            text: text.to_owned(),
            bytes: text.len(),
            description: root.get("Description").and_then(Node::scalar),
            parameters: self.parameters(&root),
            mappings: self.section(&root, "Mappings").iter().map(|e| (e.key.clone(), e.value.clone())).collect(),
            conditions: self.section(&root, "Conditions").iter().map(|e| (e.key.clone(), e.value.clone())).collect(),
            assertions: self.assertions(&root),
            resources,
            outputs: self.outputs(&root),
            root,
        })
    }

    fn section<'a>(&mut self, root: &'a Node, name: &str) -> &'a [Entry] {
        let Some(node) = root.get(name) else { return &[] };
        if !node.is_map() {
            self.mistakes.add(
                node.line,
                format!("`{name}`: {}", node.wrong("a map")),
                format!("write {name} as a map"),
            );
            return &[];
        }
        for entry in node.entries().iter().filter(|entry| !is_logical_id(&entry.key)) {
            self.mistakes.add(
                entry.line,
                format!("`{}` in `{name}` is not alphanumeric", entry.key),
                "use letters and digits only",
            );
        }
        node.entries()
    }

    fn known_keys(&mut self, entries: &[Entry], known: &[&str], owner: &str) {
        for entry in entries.iter().filter(|entry| !known.contains(&entry.key.as_str())) {
            self.mistakes.add(
                entry.line,
                format!("{owner} has no `{}`", entry.key),
                suggestion(&entry.key, known.iter().copied()),
            );
        }
    }

    fn parameters(&mut self, root: &Node) -> BTreeMap<String, TemplateParameter> {
        let mut found = BTreeMap::new();
        for entry in self.section(root, "Parameters") {
            if let Some(parameter) = parameter::read(entry, self.mistakes) {
                found.insert(entry.key.clone(), parameter);
            }
        }
        found
    }

    fn resources(&mut self, root: &Node) -> Vec<Declaration> {
        let entries = self.section(root, "Resources");
        entries.iter().filter_map(|entry| self.resource(entry)).collect()
    }

    fn resource(&mut self, entry: &Entry) -> Option<Declaration> {
        let node = &entry.value;
        if !node.is_map() {
            self.mistakes.add(
                entry.line,
                format!("resource `{}`: {}", entry.key, node.wrong("a map")),
                "write it with a `Type`",
            );
            return None;
        }
        self.known_keys(node.entries(), &RESOURCE_KEYS, "a resource");
        let resource_type = self.word(node, "Type");
        if resource_type.is_none() && node.get("Type").is_none() {
            self.mistakes.add(entry.line, format!("resource `{}` has no `Type`", entry.key), "add Type: AWS::…");
        }
        let depends_on = self.depends_on(node);
        let condition = self.word(node, "Condition");
        let deletion_policy = self.word(node, "DeletionPolicy");
        let update_replace_policy = self.word(node, "UpdateReplacePolicy");
        let properties = match node.get("Properties") {
            Some(properties) if properties.is_map() => properties.clone(),
            Some(other) => {
                self.mistakes.add(other.line, format!("`Properties`: {}", other.wrong("a map")), "write them as a map");
                return None;
            }
            None => Node { line: entry.line, kind: yaml::Kind::Map(Vec::new()) },
        };
        Some(Declaration {
            logical_id: entry.key.clone(),
            line: entry.line,
            resource_type: resource_type?,
            condition,
            depends_on,
            deletion_policy,
            update_replace_policy,
            properties,
            policies: ["CreationPolicy", "UpdatePolicy"].iter().filter_map(|key| node.get(key).cloned()).collect(),
        })
    }

    fn depends_on(&mut self, node: &Node) -> BTreeSet<String> {
        let Some(given) = node.get("DependsOn") else { return BTreeSet::new() };
        let names = if given.is_list() { given.items() } else { std::slice::from_ref(given) };
        let mut found = BTreeSet::new();
        for name in names {
            match name.text() {
                Some(text) => {
                    found.insert(text.to_owned());
                }
                None => self.mistakes.add(name.line, name.wrong("a logical id"), "name a resource of this template"),
            }
        }
        found
    }

    fn word(&mut self, node: &Node, key: &str) -> Option<String> {
        let value = node.get(key)?;
        let text = value.text().map(str::to_owned);
        if text.is_none() {
            self.mistakes.add(value.line, format!("`{key}`: {}", value.wrong("text")), format!("write {key} as text"));
        }
        text
    }

    fn outputs(&mut self, root: &Node) -> BTreeMap<String, OutputDeclaration> {
        let mut found = BTreeMap::new();
        for entry in self.section(root, "Outputs") {
            let condition = self.word(&entry.value, "Condition");
            match entry.value.get("Value") {
                Some(value) => {
                    let output = OutputDeclaration { line: entry.line, condition, value: value.clone() };
                    found.insert(entry.key.clone(), output);
                }
                None => {
                    self.mistakes.add(entry.line, format!("output `{}` has no `Value`", entry.key), "add its `Value`");
                }
            }
        }
        found
    }

    fn assertions(&mut self, root: &Node) -> Vec<Assertion> {
        let mut found = Vec::new();
        for rule in self.section(root, "Rules") {
            let Some(assertions) = rule.value.get("Assertions") else {
                self.mistakes.add(rule.line, format!("rule `{}` asserts nothing", rule.key), "add `Assertions`");
                continue;
            };
            for assertion in assertions.items() {
                let Some(assert) = assertion.get("Assert") else {
                    self.mistakes.add(assertion.line, "an assertion has no `Assert`", "add it");
                    continue;
                };
                found.push(Assertion {
                    line: assertion.line,
                    rule: rule.key.clone(),
                    when: rule.value.get("RuleCondition").cloned(),
                    assert: assert.clone(),
                    says: assertion.get("AssertDescription").and_then(Node::scalar).unwrap_or_else(|| rule.key.clone()),
                });
            }
        }
        found
    }
}

pub(crate) fn is_logical_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric())
}
