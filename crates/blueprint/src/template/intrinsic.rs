//! What can be said of a template's functions before anything is given: their form, and that what they name is there.

use std::collections::BTreeSet;

use super::Template;
use crate::mistake::{Mistakes, suggestion};
use crate::yaml::{Kind, Node};

pub(super) const PSEUDO: [&str; 8] = [
    "AWS::AccountId",
    "AWS::NoValue",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

/// Those that are evaluated here. What is read from other stacks is known, so that a rule can say why not.
const FUNCTIONS: [&str; 20] = [
    "Condition",
    "Fn::And",
    "Fn::Base64",
    "Fn::Cidr",
    "Fn::Equals",
    "Fn::FindInMap",
    "Fn::GetAZs",
    "Fn::GetAtt",
    "Fn::GetStackOutput",
    "Fn::If",
    "Fn::ImportValue",
    "Fn::Join",
    "Fn::Length",
    "Fn::Not",
    "Fn::Or",
    "Fn::Select",
    "Fn::Split",
    "Fn::Sub",
    "Fn::ToJsonString",
    "Ref",
];

pub(super) fn check(template: &Template, mistakes: &mut Mistakes) {
    let mut checker = Checker { template, mistakes };
    for condition in template.conditions.values() {
        checker.node(condition);
    }
    for assertion in &template.assertions {
        // Rules have functions of their own, and know no resources.
        if let Some(when) = &assertion.when {
            checker.node(when);
        }
        checker.node(&assertion.assert);
    }
    for resource in &template.resources {
        checker.condition_named(resource.condition.as_deref(), resource.line);
        for name in resource.depends_on.iter().filter(|name| template.resource(name).is_none()) {
            let known = template.resources.iter().map(|other| other.logical_id.as_str());
            let fix = suggestion(name, known);
            checker.mistakes.add(
                resource.line,
                format!("`{}` depends on `{name}`, which is not there", resource.logical_id),
                fix,
            );
        }
        checker.node(&resource.properties);
        for policy in &resource.policies {
            checker.node(policy);
        }
    }
    for output in template.outputs.values() {
        checker.condition_named(output.condition.as_deref(), output.line);
        checker.node(&output.value);
    }
}

struct Checker<'a, 'm> {
    template: &'a Template,
    mistakes: &'m mut Mistakes,
}

impl Checker<'_, '_> {
    fn node(&mut self, node: &Node) {
        if let Some((name, argument)) = node.function() {
            return self.function(node.line, name, argument);
        }
        for entry in node.entries() {
            if entry.key.starts_with("Fn::") {
                self.mistakes.add(entry.line, format!("`{}` stands beside other keys", entry.key), "put it alone");
            }
            self.node(&entry.value);
        }
        for item in node.items() {
            self.node(item);
        }
    }

    fn function(&mut self, line: usize, name: &str, argument: &Node) {
        match name {
            "Ref" => self.reference(argument),
            "Condition" => self.condition_named(argument.text(), argument.line),
            "Fn::GetAtt" => return self.attribute(argument),
            "Fn::Sub" => return self.sub(argument),
            "Fn::If" => {
                if self.arguments(name, argument, 3..=3, "[Condition, then, else]") {
                    let condition = argument.items().first();
                    match condition.map(|node| (node, node.text())) {
                        Some((node, Some(text))) => self.condition_named(Some(text), node.line),
                        Some((node, None)) => {
                            self.mistakes.add(node.line, node.wrong("the name of a condition"), "name a condition");
                        }
                        None => {}
                    }
                }
            }
            "Fn::Equals" => drop(self.arguments(name, argument, 2..=2, "[one, other]")),
            "Fn::And" | "Fn::Or" => drop(self.arguments(name, argument, 2..=10, "two to ten conditions")),
            "Fn::Not" => drop(self.arguments(name, argument, 1..=1, "[condition]")),
            "Fn::Join" => drop(self.arguments(name, argument, 2..=2, "[delimiter, list]")),
            "Fn::Split" => drop(self.arguments(name, argument, 2..=2, "[delimiter, text]")),
            "Fn::Select" => drop(self.arguments(name, argument, 2..=2, "[index, list]")),
            "Fn::FindInMap" => drop(self.arguments(name, argument, 3..=4, "[map, key, second key]")),
            "Fn::Cidr" => drop(self.arguments(name, argument, 3..=3, "[block, count, bits]")),
            "Fn::GetAZs" | "Fn::Base64" | "Fn::ImportValue" | "Fn::GetStackOutput" | "Fn::ToJsonString"
            | "Fn::Length" => {}
            other => {
                self.mistakes.add(
                    line,
                    format!("`{other}` is no function that is evaluated here"),
                    suggestion(other, FUNCTIONS),
                );
            }
        }
        self.node(argument);
    }

    fn arguments(&mut self, name: &str, argument: &Node, count: std::ops::RangeInclusive<usize>, form: &str) -> bool {
        let good = argument.is_list() && count.contains(&argument.items().len());
        if !good {
            self.mistakes.add(
                argument.line,
                format!("`{name}` has not the arguments it needs"),
                format!("write {form}"),
            );
        }
        good
    }

    fn reference(&mut self, argument: &Node) {
        match argument.text() {
            Some(name) => self.named(name, argument.line),
            None => self.mistakes.add(argument.line, argument.wrong("a name"), "name a parameter or a resource"),
        }
    }

    fn named(&mut self, name: &str, line: usize) {
        let there = PSEUDO.contains(&name)
            || self.template.parameters.contains_key(name)
            || self.template.resource(name).is_some();
        if !there {
            let parameters = self.template.parameters.keys().map(String::as_str);
            let resources = self.template.resources.iter().map(|resource| resource.logical_id.as_str());
            let fix = nearest(name, parameters.chain(resources).chain(PSEUDO));
            self.mistakes.add(line, format!("`{name}` is no parameter and no resource of this template"), fix);
        }
    }

    fn attribute(&mut self, argument: &Node) {
        match argument.items() {
            [id, attribute] if id.text().is_some() => {
                self.resource_named(id.text().unwrap_or_default(), id.line);
                self.node(attribute);
            }
            _ => {
                self.mistakes.add(
                    argument.line,
                    "`Fn::GetAtt` has not the arguments it needs",
                    "write Resource.Attribute",
                );
            }
        }
    }

    fn resource_named(&mut self, id: &str, line: usize) {
        if self.template.resource(id).is_none() {
            let known = self.template.resources.iter().map(|resource| resource.logical_id.as_str());
            let fix = nearest(id, known);
            self.mistakes.add(line, format!("`{id}` is no resource of this template"), fix);
        }
    }

    fn sub(&mut self, argument: &Node) {
        let (text, own) = match (&argument.kind, argument.items()) {
            (Kind::Text(text), _) => (text.as_str(), BTreeSet::new()),
            (_, [text, values]) if text.text().is_some() && values.is_map() => {
                self.node(values);
                (text.text().unwrap_or_default(), values.entries().iter().map(|entry| entry.key.as_str()).collect())
            }
            _ => {
                self.mistakes.add(
                    argument.line,
                    "`Fn::Sub` has not the arguments it needs",
                    "write text, or [text, {Name: value}]",
                );
                return;
            }
        };
        for name in pieces(text).into_iter().filter_map(Piece::name) {
            if own.contains(name) {
                continue;
            }
            match name.split_once('.') {
                Some((id, _)) => self.resource_named(id, argument.line),
                None => self.named(name, argument.line),
            }
        }
    }

    fn condition_named(&mut self, name: Option<&str>, line: usize) {
        let Some(name) = name else { return };
        if !self.template.conditions.contains_key(name) {
            let fix = nearest(name, self.template.conditions.keys().map(String::as_str));
            self.mistakes.add(line, format!("`{name}` is no condition of this template"), fix);
        }
    }
}

/// The nearest of many names, which are too many to list.
fn nearest<'a>(text: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let found = suggestion(text, names);
    if found.starts_with("did you mean") { found } else { "declare it, or name another".to_owned() }
}

/// A piece of the text of `Fn::Sub`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Literal(&'a str),
    Name(&'a str),
}

impl<'a> Piece<'a> {
    fn name(self) -> Option<&'a str> {
        match self {
            Self::Name(name) => Some(name),
            Self::Literal(_) => None,
        }
    }
}

/// The text parted at its `${…}`; `${!…}` stands for itself, without the exclamation mark.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((inside, behind)) = after.split_once('}') else { break };
        if !before.is_empty() {
            found.push(Piece::Literal(before));
        }
        if let Some(literal) = inside.strip_prefix('!') {
            found.extend([Piece::Literal("${"), Piece::Literal(literal), Piece::Literal("}")]);
        } else {
            found.push(Piece::Name(inside.trim()));
        }
        rest = behind;
    }
    if !rest.is_empty() {
        found.push(Piece::Literal(rest));
    }
    found
}
