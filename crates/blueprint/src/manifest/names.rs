//! What a manifest names must be there in it: parameters, stacks, steps. And nothing may wait for itself.

use std::collections::BTreeSet;

use super::{Braced, CheckKind, Form, Manifest, OutputForm, Parameter, ParameterKind, When, Word};
use crate::mistake::{Mistakes, suggestion};
use crate::template::whole_pattern;

pub(super) fn check(manifest: &Manifest, mistakes: &mut Mistakes) {
    let mut names = Names { manifest, mistakes };
    names.distinct();
    for parameter in &manifest.parameters {
        names.default(parameter);
    }
    names.checks();
    names.stacks();
    names.steps();
    names.texts();
    names.sections();
    names.circle();
}

struct Names<'a, 'm> {
    manifest: &'a Manifest,
    mistakes: &'m mut Mistakes,
}

impl Names<'_, '_> {
    fn distinct(&mut self) {
        let stacks = self.manifest.stacks.iter().map(|stack| (&stack.id, stack.line));
        let steps = self.manifest.steps.iter().map(|step| (&step.id, step.line));
        let mut seen = BTreeSet::new();
        for (id, line) in stacks.chain(steps) {
            if !seen.insert(id.clone()) {
                self.mistakes.add(line, format!("there are two `{id}`"), "give one another id");
            }
            if id == "step" {
                self.mistakes.add(line, "`step` is a word of values in braces", "give it another id");
            }
        }
        let regions = [&self.manifest.home, &self.manifest.partner];
        for region in regions.into_iter().filter(|region| self.manifest.parameter(&region.parameter).is_some()) {
            let what = format!("`{}` is a region's parameter and another", region.parameter);
            self.mistakes.add(region.line, what, "leave it out of `parameters`");
        }
        if self.manifest.home.parameter == self.manifest.partner.parameter {
            self.mistakes.add(self.manifest.partner.line, "both regions have the same parameter", "name another");
        }
    }

    /// A default must be what a user may give.
    fn default(&mut self, parameter: &Parameter) {
        let default = parameter.default.as_str();
        let wrong = if !parameter.allowed.is_empty() && !parameter.allowed.iter().any(|allowed| allowed == default) {
            "is not among `allowed`"
        } else if parameter.pattern.as_deref().and_then(|p| whole_pattern(p).ok()).is_some_and(|p| !p.is_match(default))
        {
            "does not fit `pattern`"
        } else if parameter.max_length.is_some_and(|most| default.chars().count() as u64 > most) {
            "is longer than `max_length`"
        } else if parameter.kind == ParameterKind::Integer
            && default.parse::<i64>().is_ok_and(|number| {
                parameter.min.is_some_and(|least| number < least) || parameter.max.is_some_and(|most| number > most)
            })
        {
            "is not between `min` and `max`"
        } else {
            return;
        };
        self.mistakes.add(parameter.line, format!("the default of `{}` {wrong}", parameter.name), "change the default");
    }

    fn parameter(&mut self, name: &str, line: usize) {
        if self.manifest.parameter(name).is_none() {
            let known = self.manifest.parameters.iter().map(|parameter| parameter.name.as_str());
            let fix = suggestion(name, known);
            self.mistakes.add(line, format!("there is no parameter `{name}`"), fix);
        }
    }

    fn stack(&mut self, id: &str, line: usize) {
        if self.manifest.stack(id).is_none() {
            let fix = suggestion(id, self.manifest.stacks.iter().map(|stack| stack.id.as_str()));
            self.mistakes.add(line, format!("there is no stack `{id}`"), fix);
        }
    }

    fn step(&mut self, id: &str, line: usize) {
        let known = self.manifest.steps.iter().filter(|step| step.when == When::Create);
        if known.clone().all(|step| step.id != id) {
            let fix = suggestion(id, known.map(|step| step.id.as_str()));
            self.mistakes.add(line, format!("there is no step `{id}` when stacks are created"), fix);
        }
    }

    fn checks(&mut self) {
        for check in &self.manifest.checks {
            match &check.kind {
                CheckKind::RegionsDiffer | CheckKind::EngineVersion { .. } | CheckKind::Zones { .. } => {}
                CheckKind::UnreservedDomain { parameter } => self.parameter(parameter, check.line),
                CheckKind::Together { parameters, .. } => {
                    for parameter in parameters {
                        self.parameter(parameter, check.line);
                    }
                }
                CheckKind::Needs { parameter, needs, .. } => {
                    self.parameter(parameter, check.line);
                    self.parameter(needs, check.line);
                }
                CheckKind::NameLength { name, .. } => self.chosen(name),
            }
        }
    }

    fn stacks(&mut self) {
        for stack in &self.manifest.stacks {
            self.chosen(&stack.name);
            for (_, tag) in stack.tags.iter().chain(&self.manifest.tags) {
                self.chosen(tag);
            }
            for id in &stack.after {
                self.stack(id, stack.line);
            }
            for id in &stack.after_steps {
                self.step(id, stack.line);
            }
            if let Some(parameter) = &stack.only_if {
                self.parameter(parameter, stack.line);
            }
            for (_, input) in &stack.inputs {
                self.text(input);
            }
        }
    }

    fn steps(&mut self) {
        for step in &self.manifest.steps {
            for id in step.after.iter().chain(&step.before) {
                self.stack(id, step.line);
            }
            if let Some(parameter) = &step.only_if {
                self.parameter(parameter, step.line);
            }
            for text in step.kind.texts() {
                self.text(text);
            }
        }
    }

    /// A text that is needed before there is anything to answer.
    fn chosen(&mut self, text: &Braced) {
        self.text(text);
        if text.words().any(|word| matches!(word, Word::Output { .. } | Word::Step { .. } | Word::Nonce)) {
            let what = format!("`{}` must be known before anything is made", text.source);
            self.mistakes.add(text.line, what, "use parameters, regions and the deployment's name only");
        }
    }

    fn text(&mut self, text: &Braced) {
        for word in text.words() {
            match word {
                Word::Home | Word::Partner | Word::Deployment | Word::Nonce => {}
                Word::Parameter(name) => self.parameter(name, text.line),
                Word::Output { stack, list, .. } => {
                    self.stack(stack, text.line);
                    if *list && text.only_word().is_none() {
                        let what = format!("`{}` holds a list beside other text", text.source);
                        self.mistakes.add(text.line, what, "let the list stand alone");
                    }
                }
                Word::Step { id, .. } => self.step(id, text.line),
            }
        }
    }

    fn texts(&mut self) {
        let outputs = &self.manifest.outputs;
        for file in &outputs.files {
            self.chosen(file);
        }
        for (_, form) in &outputs.keys {
            match form {
                OutputForm::One(text) => self.text(text),
                OutputForm::List(texts) => texts.iter().for_each(|text| self.text(text)),
            }
        }
        for key in outputs.environment.iter().map(|(key, _)| key) {
            if outputs.keys.iter().all(|(known, _)| known != key) {
                let fix = suggestion(key, outputs.keys.iter().map(|(known, _)| known.as_str()));
                self.mistakes.add(1, format!("`outputs.environment` names `{key}`, which is no key"), fix);
            }
        }
        let manifest = self.manifest;
        self.form(&manifest.deployment);
        for addition in &manifest.deployment_if {
            self.parameter(&addition.parameter, addition.line);
            if let Some(unless) = &addition.unless {
                self.parameter(unless, addition.line);
            }
            self.form(&addition.adds);
        }
    }

    fn form(&mut self, form: &Form) {
        match form {
            Form::Text(text) => self.text(text),
            Form::Integer(_) | Form::Float(_) | Form::Bool(_) => {}
            Form::List(forms) => forms.iter().for_each(|form| self.form(form)),
            Form::Table(entries) => entries.iter().for_each(|(key, form)| {
                self.text(key);
                self.form(form);
            }),
        }
    }

    fn sections(&mut self) {
        let manifest = self.manifest;
        if let Some(aurora) = &manifest.teardown.aurora {
            self.text(&aurora.global_cluster);
            for id in &aurora.stacks {
                self.stack(id, aurora.line);
                if manifest.stack(id).is_some_and(|stack| stack.aurora_cluster.is_none()) {
                    self.mistakes.add(
                        aurora.line,
                        format!("stack `{id}` names no `aurora_cluster`"),
                        "add it to the stack",
                    );
                }
            }
        }
        for leftover in &manifest.teardown.leftovers {
            self.chosen(&leftover.name);
        }
        for refusal in &manifest.refusals {
            self.stack(&refusal.stack, refusal.line);
        }
        for drift in &manifest.expected_drift {
            self.stack(&drift.stack, drift.line);
        }
        for module in &manifest.modules {
            for (stack, _) in &module.resources {
                self.stack(stack, module.line);
            }
        }
        if let Some(counts) = &manifest.counts {
            let counted = counts
                .home_stacks
                .iter()
                .chain(&counts.partner_stacks)
                .chain(&counts.global_stacks)
                .chain(&counts.beyond_stacks);
            for id in counted.clone() {
                self.stack(id, counts.line);
            }
            for stack in manifest.stacks.iter().filter(|stack| counted.clone().all(|id| *id != stack.id)) {
                self.mistakes.add(
                    counts.line,
                    format!("`counts` names stack `{}` nowhere", stack.id),
                    "add it where it counts",
                );
            }
            if counts.home + counts.partner + counts.global != counts.total {
                self.mistakes.add(
                    counts.line,
                    "`total` is not the sum of home, partner and global",
                    "mend the numbers",
                );
            }
        }
    }

    /// Stacks and steps that wait for each other would never begin.
    fn circle(&mut self) {
        let manifest = self.manifest;
        let mut left: Vec<(&str, usize, BTreeSet<&str>)> =
            manifest.stacks.iter().map(|stack| (stack.id.as_str(), stack.line, manifest.waits_for(stack))).collect();
        let creating = manifest.steps.iter().filter(|step| step.when == When::Create);
        left.extend(creating.map(|step| (step.id.as_str(), step.line, step.waits_for())));
        let known: BTreeSet<&str> = left.iter().map(|(id, ..)| *id).collect();
        let mut done = BTreeSet::new();
        while !left.is_empty() {
            let before = left.len();
            left.retain(|(id, _, waits)| {
                // What is not there was told already.
                let ready = waits.iter().all(|other| done.contains(other) || !known.contains(other));
                if ready {
                    done.insert(*id);
                }
                !ready
            });
            if left.len() == before {
                let names: Vec<&str> = left.iter().map(|(id, ..)| *id).collect();
                let line = left.iter().map(|(_, line, _)| *line).min().unwrap_or(1);
                self.mistakes.add(line, format!("these wait for each other: {}", names.join(", ")), "break the circle");
                return;
            }
        }
    }
}
