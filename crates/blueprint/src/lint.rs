//! What must be so of a blueprint and what neither AWS nor its linters say in time: the rules B01 to B34, for those of
//! users as for the built-in ones. A rule looks at what is written, in every branch of every condition; it never asks
//! what was chosen.

mod alarms;
mod functions;
mod names;
mod stores;
mod traffic;
mod whole;

#[cfg(test)]
mod tests;

use std::fmt;

use crate::blueprint::Blueprint;
use crate::manifest::{Manifest, Stack};
use crate::template::{Declaration, Template};
use crate::yaml::Node;

/// A breach of a rule, where it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    pub file: String,
    pub line: usize,
    pub rule: Rule,
    /// The logical id, where it is about one.
    pub resource: Option<String>,
    pub what: String,
    pub fix: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        write!(f, ": {} ", self.rule)?;
        if let Some(resource) = &self.resource {
            write!(f, "{resource} ")?;
        }
        write!(f, "{}; {}", self.what, self.fix)
    }
}

macro_rules! rules {
    ($($name:ident $must:literal $because:literal),+ $(,)?) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule { $($name),+ }

        impl Rule {
            pub const ALL: &[Self] = &[$(Self::$name),+];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),+ }
            }

            /// What must be so.
            pub fn must(self) -> &'static str {
                match self { $(Self::$name => $must),+ }
            }

            /// Empty where it needs no reason.
            pub fn because(self) -> &'static str {
                match self { $(Self::$name => $because),+ }
            }
        }
    };
}

rules! {
    B01 "`DeletionPolicy` and `UpdateReplacePolicy` are `Delete` on everything that holds data; nothing is retained or snapshotted" "a cluster leaves a snapshot by default",
    B02 "no deletion protection, one day of backups" "a teardown must not be refused",
    B03 "a standby cluster has no user, password or database; no cluster has a managed password" "AWS refuses them for members of a global database",
    B04 "an encrypted cluster names its key" "a standby cannot use the other region's",
    B05 "engine versions are literals" "a version in a parameter is checked by nobody before it is too late",
    B06 "a global cluster has no source cluster" "it could not be deleted after it",
    B07 "a global table lists its own region and the other, with a stream of new and old images" "the template passes without, and AWS refuses",
    B08 "a replicated bucket is versioned; its rules have id, priority, filter and a word on delete markers" "the same",
    B09 "buckets are encrypted and closed to the public" "",
    B10 "replication time and its metrics are 15 minutes" "AWS knows no other",
    B11 "a health check has an interval of 10 or 30, a host without scheme, a path if and only if it speaks HTTP, and is not disabled" "a disabled check is always healthy",
    B12 "failover records have a `SetIdentifier`, the primary one a health check" "without it nothing fails over",
    B13 "an API's deployment waits for every method and names no stage" "it is a snapshot, and two stages of one name clash",
    B14 "a function URL has both permissions" "with one it answers 403",
    B15 "no function sets `AWS_REGION`" "it is Lambda's own",
    B16 "a function waits for its log group" "the one that Lambda makes outlives the stack",
    B17 "inline code has at most 4,096 characters" "",
    B18 "alarms on host counts have target group and load balancer" "by either alone there is no such metric",
    B19 "alarms on health checks are in a stack of us-east-1" "there are no data elsewhere",
    B20 "every alarm says what missing data mean, and one on DynamoDB that they are ignored" "CloudWatch ignores them there, whatever is said",
    B21 "no SecureString" "CloudFormation cannot make one",
    B22 "subnets name their zone; a database has at least two" "",
    B23 "no topic under `alias/aws/sns`" "alarms cannot publish to it",
    B24 "an accelerator's health checks have an interval of 10 or 30" "",
    B25 "a global endpoint has exactly two buses, of one name" "",
    B26 "no desired capacity, no reserved concurrency" "runs change them",
    B27 "keys are deleted after 7 days" "the shortest there is",
    B28 "everything that has a name has the suffix in it" "two deployments in one account",
    B29 "names stay within AWS's limits with the longest suffix" "a literal passes the lint at any length",
    B30 "roles and dashboards say which region or purpose they are of" "their names are one space for the account",
    B31 "no imports, no outputs read from other stacks" "they would need the other region's answer",
    B32 "no example domains" "Route 53 refuses them",
    B33 "a template has at most 51,200 bytes" "more needs a bucket to be sent through",
    B34 "parameters, inputs, outputs and defaults of templates and manifest agree" "",
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// All breaches, by file and line.
pub fn lint(blueprint: &Blueprint) -> Vec<Finding> {
    let mut found = Findings::default();
    for template in blueprint.templates.values() {
        let place = Place::of(blueprint, template);
        for resource in &template.resources {
            let at = At { place: &place, resource };
            stores::look(&at, &mut found);
            traffic::look(&at, &mut found);
            alarms::look(&at, &mut found);
            functions::look(&at, &mut found);
            names::look(&at, &mut found);
        }
        whole::template(&place, &mut found);
    }
    names::account(blueprint, &mut found);
    whole::blueprint(blueprint, &mut found);
    let mut list = found.list;
    list.sort();
    list.dedup();
    list
}

/// A template, and where its stacks are.
struct Place<'a> {
    blueprint: &'a Blueprint,
    manifest: &'a Manifest,
    template: &'a Template,
    stacks: Vec<&'a Stack>,
}

impl<'a> Place<'a> {
    fn of(blueprint: &'a Blueprint, template: &'a Template) -> Self {
        let manifest = &blueprint.manifest;
        let stacks = manifest.stacks.iter().filter(|stack| stack.template == template.file).collect();
        Self { blueprint, manifest, template, stacks }
    }
}

/// One resource of a template.
struct At<'a> {
    place: &'a Place<'a>,
    resource: &'a Declaration,
}

impl<'a> At<'a> {
    fn is(&self, resource_type: &str) -> bool {
        self.resource.resource_type == resource_type
    }

    /// What stands at a path, in every branch; `None` for a branch in which nothing does.
    fn all(&self, path: &[&str]) -> Vec<Option<&'a Node>> {
        branches(&self.resource.properties, path)
    }

    /// What stands at a path, in those branches in which something does.
    fn any(&self, path: &[&str]) -> Vec<&'a Node> {
        self.all(path).into_iter().flatten().collect()
    }

    /// Whether the path has the text in every branch.
    fn always(&self, path: &[&str], wanted: &str) -> bool {
        let found = self.all(path);
        !found.is_empty() && found.iter().all(|node| node.and_then(Node::scalar).is_some_and(|text| text == wanted))
    }

    /// Whether the path has the text in some branch.
    fn has(&self, path: &[&str], text: &str) -> bool {
        self.any(path).iter().any(|node| node.text() == Some(text))
    }

    /// Whether the path has something in every branch.
    fn present(&self, path: &[&str]) -> bool {
        self.all(path).iter().all(Option::is_some)
    }
}

/// Every value that a node may come to by the conditions in it; `None` where it is left out.
fn choices(node: &Node) -> Vec<Option<&Node>> {
    match node.function() {
        Some(("Fn::If", argument)) => argument.items().iter().skip(1).flat_map(choices).collect(),
        Some(("Ref", name)) if name.text() == Some("AWS::NoValue") => vec![None],
        _ => vec![Some(node)],
    }
}

fn branches<'a>(node: &'a Node, path: &[&str]) -> Vec<Option<&'a Node>> {
    let mut found = Vec::new();
    for choice in choices(node) {
        match (choice, path.split_first()) {
            (None, _) => found.push(None),
            (Some(node), None) => found.push(Some(node)),
            (Some(node), Some((first, rest))) => match node.at(&[first]) {
                Some(below) => found.extend(branches(below, rest)),
                None => found.push(None),
            },
        }
    }
    found
}

/// The items of a list, in every branch of it and of each.
fn items(node: &Node) -> Vec<&Node> {
    let lists = choices(node).into_iter().flatten();
    lists.flat_map(Node::items).flat_map(choices).flatten().collect()
}

/// Whether a name stands in it: by `Ref`, or in the text of a `Sub`.
fn mentions(node: &Node, name: &str) -> bool {
    let inside = format!("${{{name}}}");
    let mut found = false;
    node.visit(&mut |node| {
        found |= match node.function() {
            Some(("Ref", argument)) => argument.text() == Some(name),
            _ => node.text().is_some_and(|text| text.contains(&inside)),
        };
    });
    found
}

/// The resource that it is about: by `Ref`, `GetAtt`, or the first name in the text of a `Sub`.
fn about(node: &Node) -> Option<&str> {
    match node.function()? {
        ("Ref", argument) => argument.text(),
        ("Fn::GetAtt", argument) => argument.items().first().and_then(Node::text),
        ("Fn::Sub", argument) => {
            let text = argument.text()?;
            let (_, rest) = text.split_once("${")?;
            let (name, _) = rest.split_once('}')?;
            Some(name.split_once('.').map_or(name, |(id, _)| id))
        }
        _ => None,
    }
}

#[derive(Default)]
struct Findings {
    list: Vec<Finding>,
}

impl Findings {
    fn add(&mut self, at: &At<'_>, line: usize, rule: Rule, what: impl Into<String>, fix: impl Into<String>) {
        self.list.push(Finding {
            file: at.place.template.file.clone(),
            line,
            rule,
            resource: Some(at.resource.logical_id.clone()),
            what: what.into(),
            fix: fix.into(),
        });
    }

    /// At the resource's own line.
    fn whole(&mut self, at: &At<'_>, rule: Rule, what: impl Into<String>, fix: impl Into<String>) {
        self.add(at, at.resource.line, rule, what, fix);
    }

    fn in_file(&mut self, file: &str, line: usize, rule: Rule, what: impl Into<String>, fix: impl Into<String>) {
        self.list.push(Finding {
            file: file.to_owned(),
            line,
            rule,
            resource: None,
            what: what.into(),
            fix: fix.into(),
        });
    }
}
