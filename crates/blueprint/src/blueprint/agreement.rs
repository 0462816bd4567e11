//! Whether a manifest and its templates speak of the same things: parameters, inputs, outputs, defaults, resources.

use std::collections::BTreeSet;

use super::Blueprint;
use crate::manifest::{Braced, Form, MANIFEST_FILE, Manifest, OutputForm, Parameter, Stack, StepKind, Word};
use crate::mistake::{Mistake, suggestion};
use crate::template::{Template, TemplateParameter};

/// All on which they differ. Of a template that `unreadable` says could not be read nothing more is said.
pub(crate) fn disagreements(blueprint: &Blueprint, unreadable: &dyn Fn(&str) -> bool) -> Vec<Mistake> {
    let mut agreement = Agreement { blueprint, unreadable, found: Vec::new() };
    for stack in &blueprint.manifest.stacks {
        agreement.stack(stack);
    }
    agreement.unused();
    agreement.words();
    agreement.resources();
    let mut found = agreement.found;
    found.sort();
    found.dedup();
    found
}

struct Agreement<'a> {
    blueprint: &'a Blueprint,
    unreadable: &'a dyn Fn(&str) -> bool,
    found: Vec<Mistake>,
}

/// Where a conditional output is asked for without a question mark, and that is right because something else asks first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Always,
    UnderACondition,
}

impl<'a> Agreement<'a> {
    fn add(&mut self, file: &str, line: usize, what: String, fix: impl Into<String>) {
        self.found.push(Mistake { file: file.to_owned(), line, what, fix: fix.into() });
    }

    fn in_manifest(&mut self, line: usize, what: String, fix: impl Into<String>) {
        self.add(MANIFEST_FILE, line, what, fix);
    }

    fn manifest(&self) -> &'a Manifest {
        &self.blueprint.manifest
    }

    fn stack(&mut self, stack: &'a Stack) {
        let Some(template) = self.blueprint.template_of(stack) else {
            if !(self.unreadable)(&stack.template) {
                let known = self.blueprint.templates.keys().map(String::as_str);
                let fix = suggestion(&stack.template, known);
                self.in_manifest(stack.line, format!("there is no template `{}`", stack.template), fix);
            }
            return;
        };
        for (key, text) in &stack.inputs {
            if !template.parameters.contains_key(key) {
                let fix = suggestion(key, template.parameters.keys().map(String::as_str));
                let what = format!("`{}` is given `{key}`, which is no parameter of {}", stack.id, stack.template);
                self.in_manifest(text.line, what, fix);
            }
        }
        for (name, parameter) in &template.parameters {
            self.fed(stack, name, parameter);
            self.in_the_open(stack, name, parameter);
        }
        if template.needs_named_iam() == stack.capabilities.is_empty() {
            let (has, fix) = if stack.capabilities.is_empty() {
                ("makes roles, and has no capability", "add CAPABILITY_NAMED_IAM")
            } else {
                ("makes no roles, and has a capability", "write capabilities = []")
            };
            self.in_manifest(stack.line, format!("stack `{}` {has}", stack.id), fix);
        }
        if let Some(id) = &stack.aurora_cluster {
            self.resource(&stack.id, id, stack.line);
        }
    }

    /// Every parameter of a template is fed by an input, by a choice of the same name, or by its own default.
    fn fed(&mut self, stack: &Stack, name: &str, parameter: &TemplateParameter) {
        if stack.inputs.iter().any(|(key, _)| key == name) {
            return;
        }
        let manifest = self.manifest();
        if [&manifest.home, &manifest.partner].iter().any(|region| region.parameter == name) {
            return;
        }
        match manifest.parameter(name) {
            Some(chosen) => self.alike(stack, chosen, parameter),
            None if parameter.default.is_none() => self.add(
                &stack.template,
                parameter.line,
                format!("`{name}` is fed by nothing in stack `{}`", stack.id),
                "add it to the stack's inputs, or give it a default",
            ),
            None => {}
        }
    }

    /// What is chosen is printed, hashed and kept: a secret must not come by that way.
    fn in_the_open(&mut self, stack: &Stack, name: &str, parameter: &TemplateParameter) {
        let is_input = stack.inputs.iter().any(|(key, _)| key == name);
        if parameter.no_echo && (is_input || self.manifest().parameter(name).is_some()) {
            self.add(
                &stack.template,
                parameter.line,
                format!(
                    "`{name}` is NoEcho, and stack `{}` is given it by the manifest, which keeps no secrets",
                    stack.id
                ),
                "have a step `secure-parameter` make the secret, and resolve it in the template with \
                 {{resolve:ssm-secure:NAME}}",
            );
        }
    }

    fn alike(&mut self, stack: &Stack, chosen: &Parameter, parameter: &TemplateParameter) {
        let name = &chosen.name;
        let mut differ = |what: String| {
            self.add(&stack.template, parameter.line, what, "write the same in manifest and template");
        };
        if let Some(default) = parameter.default.as_ref().filter(|default| **default != chosen.default) {
            differ(format!("the default of `{name}` is `{default}`, and `{}` in the manifest", chosen.default));
        }
        if !chosen.allowed.is_empty() && chosen.allowed != parameter.allowed {
            differ(format!("`{name}` may be other values here than in the manifest"));
        }
        if chosen.pattern.is_some() && chosen.pattern != parameter.pattern {
            differ(format!("`{name}` has another pattern here than in the manifest"));
        }
    }

    fn unused(&mut self) {
        let used: BTreeSet<&str> = self.manifest().stacks.iter().map(|stack| stack.template.as_str()).collect();
        for file in self.blueprint.templates.keys().filter(|file| !used.contains(file.as_str())) {
            self.add(file, 0, "no stack is made of it".to_owned(), "name it in a stack, or take it away");
        }
    }

    fn words(&mut self) {
        let manifest = self.manifest();
        for stack in &manifest.stacks {
            for (_, text) in &stack.inputs {
                // Whether it is there is asked again with the values that were chosen.
                self.text(text, Asked::UnderACondition);
            }
        }
        for step in &manifest.steps {
            let asked = if step.only_if.is_some() { Asked::UnderACondition } else { Asked::Always };
            for text in step.kind.texts() {
                self.text(text, asked);
            }
        }
        for (_, form) in &manifest.outputs.keys {
            match form {
                OutputForm::One(text) => self.text(text, Asked::Always),
                OutputForm::List(texts) => texts.iter().for_each(|text| self.text(text, Asked::Always)),
            }
        }
        self.form(&manifest.deployment, Asked::Always);
        for addition in &manifest.deployment_if {
            self.form(&addition.adds, Asked::UnderACondition);
        }
        if let Some(aurora) = &manifest.teardown.aurora {
            self.text(&aurora.global_cluster, Asked::Always);
        }
    }

    fn form(&mut self, form: &'a Form, asked: Asked) {
        match form {
            Form::Text(text) => self.text(text, asked),
            Form::Integer(_) | Form::Float(_) | Form::Bool(_) => {}
            Form::List(forms) => forms.iter().for_each(|form| self.form(form, asked)),
            Form::Table(entries) => entries.iter().for_each(|(key, form)| {
                self.text(key, asked);
                self.form(form, asked);
            }),
        }
    }

    fn text(&mut self, text: &Braced, asked: Asked) {
        for word in text.words() {
            if let Word::Output { stack, key, optional, .. } = word {
                self.output(text, stack, key, *optional || asked == Asked::UnderACondition);
            }
            if let Word::Step { id, .. } = word
                && self
                    .manifest()
                    .step(id)
                    .is_some_and(|step| !matches!(step.kind, StepKind::GlobalWriterEndpoint { .. }))
            {
                self.in_manifest(
                    text.line,
                    format!("step `{id}` finds nothing out"),
                    "name one of kind global-writer-endpoint",
                );
            }
        }
    }

    fn output(&mut self, text: &Braced, stack: &str, key: &str, may_be_absent: bool) {
        let Some(stack) = self.manifest().stack(stack) else { return };
        let Some(template) = self.blueprint.template_of(stack) else { return };
        match template.outputs.get(key) {
            None => {
                let fix = suggestion(key, template.outputs.keys().map(String::as_str));
                self.in_manifest(text.line, format!("{} has no output `{key}`", stack.template), fix);
            }
            Some(output) => {
                let sometimes = output.condition.is_some() || stack.only_if.is_some();
                if sometimes && !may_be_absent {
                    let what = format!("`{}` is there only under a condition", text.source);
                    self.in_manifest(
                        text.line,
                        what,
                        format!("write {{{}.{key}?}}, or move it under the condition", stack.id),
                    );
                }
            }
        }
    }

    fn resources(&mut self) {
        let manifest = self.manifest();
        for refusal in &manifest.refusals {
            self.resource(&refusal.stack, &refusal.resource, refusal.line);
        }
        for drift in &manifest.expected_drift {
            self.resource(&drift.stack, &drift.resource, drift.line);
        }
        let mut counted = BTreeSet::new();
        for module in &manifest.modules {
            for (stack, id) in &module.resources {
                self.resource(stack, id, module.line);
                if !counted.insert((stack, id)) {
                    self.in_manifest(module.line, format!("`{stack}.{id}` is in two modules"), "leave one out");
                }
            }
        }
        for parameter in &manifest.parameters {
            for id in &parameter.replaces {
                if self.blueprint.templates.values().all(|template| template.resource(id).is_none()) {
                    self.in_manifest(
                        parameter.line,
                        format!("`{id}` is a resource of no template"),
                        "name one that is there",
                    );
                }
            }
        }
        if let Some(counts) = &manifest.counts {
            for name in counts.also.iter().chain(&counts.without) {
                if self.blueprint.templates.values().all(|template| !template.conditions.contains_key(name)) {
                    self.in_manifest(
                        counts.line,
                        format!("`{name}` is a condition of no template"),
                        "name one that is there",
                    );
                }
            }
        }
    }

    fn resource(&mut self, stack: &str, id: &str, line: usize) {
        let Some(stack) = self.manifest().stack(stack) else { return };
        let Some(template) = self.blueprint.template_of(stack) else { return };
        if template.resource(id).is_none() {
            let fix = nearest(template, id);
            self.in_manifest(line, format!("{} has no resource `{id}`", stack.template), fix);
        }
    }
}

fn nearest(template: &Template, id: &str) -> String {
    suggestion(id, template.resources.iter().map(|resource| resource.logical_id.as_str()))
}
