//! What a plan makes, changes or takes away, before its steps: stack by stack with every resource, what is lost by it,
//! what it costs and how long it takes.

use std::collections::BTreeMap;

use lifeboat_model::plan::{Build, BuildResource, BuildStack, Plan, ResourceAction, StackAction};
use lifeboat_model::runbook::TEARDOWN;
use lifeboat_model::wording::span;

use super::Page;
use crate::output::Emphasis;

const NOT_THERE: &str = "not there";

pub(super) fn tell(page: &mut Page<'_>, plan: &Plan, build: &Build) {
    let from = build.folder.as_deref().map_or_else(|| "built in".to_owned(), |folder| format!("in {folder}"));
    page.paragraph("blueprint: ", &format!("{} ({from})", build.blueprint));
    let parameters: Vec<String> = build
        .parameters
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    page.paragraph("with:      ", &parameters.join("  "));
    lost(page, build);
    page.title("Stacks");
    page.paragraph("  ", &counted(build));
    for stack in &build.stacks {
        self::stack(page, stack);
    }
    cost(page, plan, build);
    some(page, "What CloudFormation cannot do", &build.beyond);
    some(page, "What AWS refuses to delete at first", &build.refusals);
    some(page, "How much of it there is now", &build.forecast);
}

fn some(page: &mut Page<'_>, title: &str, sentences: &[String]) {
    if sentences.is_empty() {
        return;
    }
    page.title(title);
    for sentence in sentences {
        page.paragraph("  - ", sentence);
    }
}

/// In red, before anything else: what nobody can make again.
fn lost(page: &mut Page<'_>, build: &Build) {
    let lost: Vec<(&BuildStack, &BuildResource)> = build.loses_data().collect();
    if lost.is_empty() {
        return;
    }
    let title = page.paint(Emphasis::Bad, "DATA IS LOST BY IT");
    page.lines.push(String::new());
    page.lines.push(title);
    for (stack, resource) in lost {
        let what = match resource.action {
            ResourceAction::Replace => "is REPLACED by an empty one",
            ResourceAction::Remove => "goes with all that it holds",
            ResourceAction::Add | ResourceAction::Modify | ResourceAction::Keep => "stays",
        };
        let BuildResource { logical_id, resource_type, .. } = resource;
        page.paragraph("  - ", &format!("{logical_id} ({resource_type}) of {} in {} {what}", stack.name, stack.region));
    }
}

fn counted(build: &Build) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for resource in build.stacks.iter().flat_map(|stack| &stack.resources) {
        *counts.entry(resource.action.as_str()).or_default() += 1;
    }
    let total: usize = counts.values().sum();
    let words: Vec<String> = counts.into_iter().map(|(action, count)| format!("{count} to {action}")).collect();
    if words.is_empty() {
        format!("{} stacks", build.stacks.len())
    } else {
        format!("{} stacks, {total} resources: {}", build.stacks.len(), words.join(", "))
    }
}

fn stack(page: &mut Page<'_>, stack: &BuildStack) {
    // Of one that is not there nothing is kept either.
    if stack.action == StackAction::Keep && stack.status.is_none() {
        page.lines.push(format!("  {} {} in {}", page.paint(Emphasis::Strong, NOT_THERE), stack.name, stack.region));
        return;
    }
    let status = stack.status.as_deref().unwrap_or(NOT_THERE);
    let expected = stack.expected.map(|length| format!(", {}", span(length))).unwrap_or_default();
    let action = match stack.action {
        StackAction::Delete => page.paint(Emphasis::Bad, "delete"),
        StackAction::Create | StackAction::Update | StackAction::Keep | StackAction::Leave => {
            page.paint(Emphasis::Strong, stack.action.as_str())
        }
    };
    page.lines.push(format!("  {action} {} in {} (now {status}{expected})", stack.name, stack.region));
    if matches!(stack.action, StackAction::Keep | StackAction::Leave) {
        return;
    }
    for resource in stack.resources.iter().filter(|resource| resource.action != ResourceAction::Keep) {
        let action = format!("{:<7}", resource.action.as_str());
        let action = match resource.action {
            ResourceAction::Replace | ResourceAction::Remove => page.paint(Emphasis::Bad, &action),
            ResourceAction::Add | ResourceAction::Modify | ResourceAction::Keep => action,
        };
        let module = resource.module.as_deref().map(|module| format!("  [{module}]")).unwrap_or_default();
        page.lines.push(format!("    {action} {}  {}{module}", resource.logical_id, resource.resource_type));
    }
    let kept = stack.resources.iter().filter(|resource| resource.action == ResourceAction::Keep).count();
    if kept > 0 {
        page.lines.push(format!("    {kept} stay as they are"));
    }
}

fn cost(page: &mut Page<'_>, plan: &Plan, build: &Build) {
    page.title("What it costs");
    for line in &build.cost {
        let usd = line.usd_month.map_or_else(|| "?".to_owned(), |usd| format!("${usd:.2}"));
        page.paragraph(&format!("  {usd:>10}  "), &format!("{} ({})", line.what, line.basis));
    }
    let total = page.paint(Emphasis::Strong, &format!("{:>10}", format!("${:.2}", build.usd_month)));
    let when = if plan.runbook.as_str() == TEARDOWN { "a month, no longer" } else { "a month, while it stands" };
    page.lines.push(format!("  {total}  {when}"));
    page.paragraph("  ", &format!("prices: {}", build.prices));
    let whole = plan.predicted.length.map_or_else(|| "not known".to_owned(), span);
    page.paragraph("  ", &format!("expected to take {whole}"));
}
