//! A built-in blueprint with chosen values, and what is looked at in it, row by row.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat_blueprint::manifest::Manifest;
use lifeboat_blueprint::{Given, Resource, StackPlan, Value, choose, find, stacks};
use lifeboat_model::id::DeploymentName;
use serde_json::Value as Json;

const ROWS: &str = include_str!("../../../../blueprints/ROWS.md");

/// A row of the page: the blueprint it is of, and the references in its last column.
pub(crate) struct Row {
    pub(crate) blueprint: String,
    pub(crate) id: String,
    pub(crate) references: Vec<String>,
}

pub(crate) fn rows() -> Vec<Row> {
    let mut blueprint = String::new();
    let mut found = Vec::new();
    for line in ROWS.lines() {
        if let Some(name) = line.strip_prefix("## ") {
            name.clone_into(&mut blueprint);
        }
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [id, _, last] = cells.as_slice() else { continue };
        if id.len() == 6 && id.as_bytes()[3] == b'-' {
            let references = last.split('`').skip(1).step_by(2).map(str::to_owned).collect();
            found.push(Row { blueprint: blueprint.clone(), id: (*id).to_owned(), references });
        }
    }
    found
}

pub(crate) struct Built {
    pub(crate) manifest: &'static Manifest,
    pub(crate) plan: StackPlan,
    looked_at: BTreeSet<String>,
    wrong: Vec<String>,
}

impl Built {
    /// With the suffix `qa`, and what else is given.
    pub(crate) fn of(name: &str, given: &[(&str, &str)]) -> Self {
        let blueprint = find(name).unwrap();
        let mut flags: BTreeMap<String, String> = BTreeMap::from([("EnvironmentSuffix".to_owned(), "qa".to_owned())]);
        flags.extend(given.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        let given = Given { flags, ..Given::nothing(DeploymentName::from("prod")) };
        let chosen = choose(&blueprint.manifest, &given).unwrap();
        let plan = stacks(blueprint, &chosen).unwrap();
        Self { manifest: &blueprint.manifest, plan, looked_at: BTreeSet::new(), wrong: Vec::new() }
    }

    /// `stack.Resource`, where it is made.
    pub(crate) fn resource(&self, name: &str) -> Option<&Resource> {
        let (stack, id) = name.split_once('.').unwrap();
        self.plan.stack(stack).and_then(|stack| stack.evaluated.resource(id))
    }

    pub(crate) fn shown(&self, name: &str, path: &str) -> Option<Json> {
        self.resource(name)?.properties.at(path).map(Value::shown)
    }

    /// A property, as a reader would see it.
    pub(crate) fn is(&mut self, row: &str, name: &str, path: &str, wanted: impl Into<Json>) {
        self.looked_at.insert(row.to_owned());
        let (wanted, found) = (wanted.into(), self.shown(name, path));
        if found.as_ref() != Some(&wanted) {
            self.wrong.push(format!("{row}: {name} {path} is {found:?}, not {wanted}"));
        }
    }

    pub(crate) fn lacks(&mut self, row: &str, name: &str, path: &str) {
        self.looked_at.insert(row.to_owned());
        if let Some(found) = self.shown(name, path) {
            self.wrong.push(format!("{row}: {name} {path} is {found}, and must not be there"));
        }
        if self.resource(name).is_none() {
            self.wrong.push(format!("{row}: there is no {name}"));
        }
    }

    pub(crate) fn made(&mut self, row: &str, kind: &str, names: &[&str]) {
        self.looked_at.insert(row.to_owned());
        for name in names {
            let found = self.resource(name).map(|resource| resource.resource_type.clone());
            if found.as_deref() != Some(kind) {
                self.wrong.push(format!("{row}: {name} is {found:?}, not {kind}"));
            }
        }
    }

    pub(crate) fn not_made(&mut self, row: &str, names: &[&str]) {
        self.looked_at.insert(row.to_owned());
        let there: Vec<&&str> = names.iter().filter(|name| self.resource(name).is_some()).collect();
        if !there.is_empty() {
            self.wrong.push(format!("{row}: these must not be made: {there:?}"));
        }
    }

    /// An input of a stack, as it is written.
    pub(crate) fn input(&mut self, row: &str, stack: &str, key: &str, wanted: &str) {
        self.looked_at.insert(row.to_owned());
        let inputs = &self.plan.stack(stack).unwrap().inputs;
        let found = inputs.iter().find(|input| input.key == key).map(|input| input.value.to_string());
        if found.as_deref() != Some(wanted) {
            self.wrong.push(format!("{row}: {stack} is given {found:?} as {key}, not {wanted}"));
        }
    }

    pub(crate) fn tag(&mut self, row: &str, stack: &str, key: &str, wanted: &str) {
        self.looked_at.insert(row.to_owned());
        let tags = &self.plan.stack(stack).unwrap().tags;
        let found = tags.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str());
        if found != Some(wanted) {
            self.wrong.push(format!("{row}: {stack} is tagged {key}={found:?}, not {wanted}"));
        }
    }

    pub(crate) fn holds(&mut self, row: &str, holds: bool, what: &str) {
        self.looked_at.insert(row.to_owned());
        if !holds {
            self.wrong.push(format!("{row}: {what}"));
        }
    }

    /// A stack comes before another.
    pub(crate) fn before(&mut self, row: &str, first: &str, then: &str) {
        let at = |id: &str| self.plan.stacks.iter().position(|stack| stack.id == id).unwrap();
        let mut waits: BTreeSet<String> = BTreeSet::from([then.to_owned()]);
        // All that it waits for, directly or through others.
        loop {
            let more: BTreeSet<String> = self
                .plan
                .stacks
                .iter()
                .filter(|stack| waits.contains(&stack.id))
                .flat_map(|stack| stack.after.iter().cloned())
                .chain(waits.iter().cloned())
                .collect();
            if more == waits {
                break;
            }
            waits = more;
        }
        self.holds(row, at(first) < at(then) && waits.contains(first), &format!("{then} does not wait for {first}"));
    }

    /// Every text that stands somewhere in a property.
    pub(crate) fn says(&mut self, row: &str, name: &str, path: &str, texts: &[&str]) {
        let found = self.shown(name, path).unwrap_or_default().to_string();
        for text in texts {
            self.holds(row, found.contains(text), &format!("{name} {path} does not say {text}"));
        }
    }

    /// Fails with all that is wrong, or with the rows that nobody looked at.
    pub(crate) fn judge(self) {
        assert!(self.wrong.is_empty(), "{}", self.wrong.join("\n"));
        let of_the_program = |row: &Row| row.references.iter().all(|reference| reference == "program");
        let demanded: BTreeSet<String> = rows()
            .into_iter()
            .filter(|row| row.blueprint == self.manifest.name && !of_the_program(row))
            .map(|row| row.id)
            .collect();
        assert_eq!(self.looked_at, demanded, "rows that are looked at, and rows that there are");
    }

    /// For what was switched on: fails with what is wrong, whatever rows were looked at.
    pub(crate) fn judge_these(self) {
        assert!(self.wrong.is_empty(), "{}", self.wrong.join("\n"));
    }
}
