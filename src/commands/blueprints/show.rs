//! One blueprint, told: what it makes with its defaults, from which choices, in which order, and what that costs.

use std::collections::BTreeMap;

use lifeboat_blueprint::manifest::{Side, When};
use lifeboat_blueprint::{CostLine, StackSpec, StepSpec, counted, expected};
use serde_json::{Value, json};

use super::{ByDefault, plural};
use crate::output::{Emphasis, columns, number, wrap};

const WIDTH: usize = 100;

type Paint<'a> = &'a dyn Fn(Emphasis, &str) -> String;

pub(super) fn text(one: &ByDefault<'_>, paint: Paint<'_>) -> String {
    let manifest = &one.blueprint.manifest;
    let mut text = format!("{}  {}\n", paint(Emphasis::Strong, &manifest.name), one.blueprint.origin);
    text.push_str(&paragraph(&manifest.purpose, 0));
    for note in &manifest.notes {
        text.push_str(&paragraph(note, 2));
    }
    if manifest.protected {
        text.push_str("stacks are protected from deletion, and a teardown is refused\n");
    }
    section(&mut text, paint, "regions", &columns(&regions(one)));
    section(&mut text, paint, "choices", &columns(&choices(one)));
    section(&mut text, paint, "stacks, in an order in which they can be made", &columns(&stacks(one)));
    let steps: Vec<[String; 4]> = one.plan.steps.iter().map(step).collect();
    if !steps.is_empty() {
        section(&mut text, paint, "besides CloudFormation", &columns(&steps));
    }
    section(&mut text, paint, "resources", &columns(&sizes(one)));
    let outputs = manifest.outputs.keys.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>().join(", ");
    section(&mut text, paint, "outputs", &paragraph(&outputs, 0));
    section(&mut text, paint, "costs, in USD a month", &costs(one));
    text
}

fn paragraph(text: &str, indent: usize) -> String {
    let pad = " ".repeat(indent);
    let mut told = String::new();
    for line in wrap(text, WIDTH - indent) {
        told.push_str(&pad);
        told.push_str(&line);
        told.push('\n');
    }
    told
}

fn section(text: &mut String, paint: Paint<'_>, title: &str, body: &str) {
    text.push('\n');
    text.push_str(&paint(Emphasis::Strong, title));
    text.push('\n');
    for line in body.lines() {
        text.push_str("  ");
        text.push_str(line);
        text.push('\n');
    }
}

fn regions(one: &ByDefault<'_>) -> Vec<[String; 3]> {
    let row = |side: Side| {
        let choice = one.blueprint.manifest.region(side);
        [side.as_str().to_owned(), choice.default.to_string(), choice.parameter.clone()]
    };
    Side::BOTH.into_iter().map(row).collect()
}

fn choices(one: &ByDefault<'_>) -> Vec<[String; 3]> {
    let parameters = one.blueprint.manifest.parameters.iter();
    parameters
        .map(|parameter| {
            let default = if parameter.default.is_empty() { "none" } else { parameter.default.as_str() };
            [parameter.name.clone(), default.to_owned(), parameter.about.clone()]
        })
        .collect()
}

fn stacks(one: &ByDefault<'_>) -> Vec<[String; 4]> {
    one.plan
        .stacks
        .iter()
        .map(|stack| {
            let waits: Vec<&str> = stack.after.iter().chain(&stack.after_steps).map(String::as_str).collect();
            let after = if waits.is_empty() { "at once".to_owned() } else { format!("after {}", waits.join(", ")) };
            let count = stack.evaluated.resources.len();
            let noun = plural(count, "resource", "resources");
            [stack.id.clone(), stack.region.to_string(), format!("{count} {noun}, {}", usually(stack)), after]
        })
        .collect()
}

fn usually(stack: &StackSpec) -> String {
    let seconds = expected(&stack.evaluated).stack.create.as_secs();
    if seconds < 60 { format!("{seconds} s") } else { format!("{} min", seconds.div_ceil(60)) }
}

fn step(step: &StepSpec) -> [String; 4] {
    let when = match step.when {
        When::Create => "when it is made",
        When::Delete => "when it is taken away",
    };
    let kind = step.action.kind();
    [step.id.clone(), kind.to_owned(), when.to_owned(), step.why.clone().unwrap_or_default()]
}

fn sizes(one: &ByDefault<'_>) -> Vec<[String; 2]> {
    let mut rows = vec![["made with the defaults".to_owned(), one.resources().to_string()]];
    let Ok(Some(counted)) = counted(one.blueprint, &one.chosen) else { return rows };
    rows.push([
        "of the architecture".to_owned(),
        format!(
            "{} home + {} partner + {} of both = {}",
            counted.home,
            counted.partner,
            counted.global,
            counted.total()
        ),
    ]);
    if !counted.beyond.is_empty() {
        rows.push(["on top".to_owned(), counted.beyond.len().to_string()]);
    }
    for module in &one.blueprint.manifest.modules {
        rows.push([format!("  {}", module.name), module.resources.len().to_string()]);
    }
    rows
}

fn costs(one: &ByDefault<'_>) -> String {
    let cost = &one.cost;
    let mut rows: Vec<[String; 4]> = cost.lines.iter().map(cost_line).collect();
    let total = if cost.is_at_least() { "in all, at least" } else { "in all" };
    rows.push([format!("{:.2}", cost.total_usd), total.to_owned(), String::new(), String::new()]);
    let width = rows.iter().map(|[amount, ..]| amount.len()).max().unwrap_or(0);
    for [amount, ..] in &mut rows {
        *amount = format!("{amount:>width$}");
    }
    let mut text = columns(&rows);
    text.push_str(&paragraph(&format!("prices of {}: {}", cost.prices_of, cost.source), 0));
    for note in &cost.notes {
        text.push_str(&paragraph(note, 0));
    }
    if !cost.expected.is_empty() {
        let (from, to) = cost
            .expected
            .iter()
            .fold((0.0, 0.0), |(from, to), expected| (from + expected.usd_month_from, to + expected.usd_month_to));
        text.push_str(&paragraph(
            &format!("its owners expect {from:.2} to {to:.2}, for other use than is taken here"),
            0,
        ));
    }
    text
}

fn cost_line(line: &CostLine) -> [String; 4] {
    let amount = line.usd_month.map_or_else(|| "unknown".to_owned(), |usd| format!("{usd:.2}"));
    let price = match line.unit_price_usd {
        Some(usd) => {
            let mark = if line.looked_up { "" } else { ", not looked up" };
            format!("{} x {} for each {}{mark}", number(line.quantity), plain(usd), line.per)
        }
        None => line.resources.join(", "),
    };
    [amount, line.what.clone(), price, line.basis.clone()]
}

/// A price as it is written, however small.
fn plain(usd: f64) -> String {
    let text = format!("{usd:.10}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

pub(super) fn json(one: &ByDefault<'_>) -> Value {
    let manifest = &one.blueprint.manifest;
    let parameters: Vec<Value> = manifest
        .parameters
        .iter()
        .map(|parameter| {
            json!({
                "name": parameter.name,
                "type": parameter.kind.as_str(),
                "default": parameter.default,
                "allowed": parameter.allowed,
                "environment": parameter.environment,
                "configuration": parameter.configuration,
                "about": parameter.about,
            })
        })
        .collect();
    let counts = counted(one.blueprint, &one.chosen).ok().flatten().map(|counted| {
        json!({
            "home": counted.home,
            "partner": counted.partner,
            "global": counted.global,
            "total": counted.total(),
            "beyond": counted.beyond,
        })
    });
    let modules: BTreeMap<&str, usize> =
        manifest.modules.iter().map(|module| (module.name.as_str(), module.resources.len())).collect();
    json!({
        "version": 1,
        "name": manifest.name,
        "title": manifest.title,
        "purpose": manifest.purpose,
        "origin": one.blueprint.origin.to_string(),
        "notes": manifest.notes,
        "protected": manifest.protected,
        "regions": {
            "home": one.chosen.home.as_str(),
            "partner": one.chosen.partner.as_str(),
        },
        "parameters": parameters,
        "stacks": one.plan.stacks.iter().map(stack_json).collect::<Vec<_>>(),
        "steps": one.plan.steps.iter().map(step_json).collect::<Vec<_>>(),
        "outputs": manifest.outputs.keys.iter().map(|(key, _)| key).collect::<Vec<_>>(),
        "resources": one.resources(),
        "counts": counts,
        "modules": modules,
        "cost": cost_json(one),
    })
}

fn stack_json(stack: &StackSpec) -> Value {
    let durations = expected(&stack.evaluated);
    let resources: Vec<Value> = stack
        .evaluated
        .resources
        .iter()
        .map(|resource| json!({ "logical_id": resource.logical_id, "type": resource.resource_type }))
        .collect();
    json!({
        "id": stack.id,
        "name": stack.name.as_str(),
        "region": stack.region.as_str(),
        "template": stack.template,
        "after": stack.after,
        "after_steps": stack.after_steps,
        "expected_create_seconds": durations.stack.create.as_secs(),
        "expected_delete_seconds": durations.stack.delete.as_secs(),
        "resources": resources,
    })
}

fn step_json(step: &StepSpec) -> Value {
    let when = match step.when {
        When::Create => "create",
        When::Delete => "delete",
    };
    json!({
        "id": step.id,
        "kind": step.action.kind(),
        "when": when,
        "after": step.after,
        "before": step.before,
        "why": step.why,
    })
}

fn cost_json(one: &ByDefault<'_>) -> Value {
    let lines: Vec<Value> = one
        .cost
        .lines
        .iter()
        .map(|line| {
            json!({
                "what": line.what,
                "type": line.resource_type,
                "resources": line.resources,
                "unit_price_usd": line.unit_price_usd,
                "per": line.per,
                "quantity": number(line.quantity),
                "usd_month": line.usd_month.map(number),
                "basis": line.basis,
                "looked_up": line.looked_up,
            })
        })
        .collect();
    json!({
        "usd_month": number(one.cost.total_usd),
        "at_least": one.cost.is_at_least(),
        "prices_of": one.cost.prices_of,
        "source": one.cost.source,
        "notes": one.cost.notes,
        "lines": lines,
    })
}
