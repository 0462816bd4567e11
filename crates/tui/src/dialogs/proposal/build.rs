//! What a plan of stacks makes, changes or takes away, on the page of a proposal: what is lost, what will be refused and
//! until when, each stack with its resources, what it costs.

use std::collections::BTreeMap;

use lifeboat_model::plan::{Build, BuildStack, Plan, ResourceAction, StackAction};
use lifeboat_model::runbook::TEARDOWN;

use crate::estate::kinds;
use crate::format;
use crate::look::Look;
use crate::screens::Page;
use crate::theme::Role;

pub(super) fn tell(page: &mut Page, look: &Look<'_>, plan: &Plan, build: &Build) {
    lost(page, look, build);
    some(page, look, "What AWS refuses to delete at first, and why", &build.refusals, Role::Caution);
    some(page, look, "How much of it there is now", &build.forecast, Role::Text);
    costs(page, look, plan, build);
    page.heading("Stacks");
    let from = build.folder.as_deref().map_or_else(|| "built in".to_owned(), |folder| format!("in {folder}"));
    page.fact("blueprint", Role::Text, format!("{} ({from})", build.blueprint));
    for (key, value) in build.parameters.iter().filter(|(_, value)| !value.is_empty()) {
        page.fact("with", Role::Muted, format!("{key} = {value}"));
    }
    page.fact("in all", Role::Text, counted(build));
    for stack in &build.stacks {
        self::stack(page, look, stack);
    }
    some(page, look, "What CloudFormation cannot do, and the plan does", &build.beyond, Role::Text);
}

fn some(page: &mut Page, look: &Look<'_>, title: &str, sentences: &[String], role: Role) {
    if sentences.is_empty() {
        return;
    }
    page.heading(title);
    for sentence in sentences {
        page.fact(look.symbols.dash, role, sentence.clone());
    }
}

fn costs(page: &mut Page, look: &Look<'_>, plan: &Plan, build: &Build) {
    page.heading("What it costs");
    let when = if plan.runbook.as_str() == TEARDOWN { "a month, no longer" } else { "a month, while it stands" };
    page.fact("in all", Role::Heading, format!("{} {when}", format::dollars(build.usd_month)));
    let whole = plan.predicted.length.map_or_else(|| "not known".to_owned(), format::duration);
    page.fact("takes", if plan.predicted.length.is_some() { Role::Text } else { Role::Unknown }, whole);
    for line in &build.cost {
        let (role, usd) = match line.usd_month {
            Some(usd) => (Role::Text, format::dollars(usd)),
            None => (Role::Unknown, look.symbols.unknown.to_owned()),
        };
        page.fact("", role, format!("{usd}  {} ({})", line.what, line.basis));
    }
    page.fact("prices", Role::Muted, build.prices.clone());
}

/// Before the stacks themselves: what nobody can make again.
fn lost(page: &mut Page, look: &Look<'_>, build: &Build) {
    let lost: Vec<_> = build.loses_data().collect();
    if lost.is_empty() {
        return;
    }
    page.heading("Data are lost by it");
    for (stack, resource) in lost {
        let what = match resource.action {
            ResourceAction::Replace => "is REPLACED by an empty one",
            ResourceAction::Remove => "goes with all that it holds",
            ResourceAction::Add | ResourceAction::Modify | ResourceAction::Keep => "stays",
        };
        let kind = kinds::plain(&resource.resource_type);
        let text = format!("{} ({kind}) of {} in {} {what}", resource.logical_id, stack.name, stack.region);
        page.fact(look.symbols.danger, Role::Danger, text);
    }
}

fn counted(build: &Build) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for resource in build.stacks.iter().flat_map(|stack| &stack.resources) {
        *counts.entry(resource.action.as_str()).or_default() += 1;
    }
    let total: usize = counts.values().sum();
    let words: Vec<String> = counts.into_iter().map(|(action, count)| format!("{count} to {action}")).collect();
    let of = if words.is_empty() { String::new() } else { format!(", {total} resources: {}", words.join(", ")) };
    format!("{} stacks{of}", build.stacks.len())
}

fn stack(page: &mut Page, look: &Look<'_>, stack: &BuildStack) {
    let status = stack.status.as_deref().unwrap_or("not there");
    if stack.action == StackAction::Keep && stack.status.is_none() {
        page.fact("none", Role::Muted, format!("{} in {} is not there", stack.name, stack.region));
        return;
    }
    let expected = stack.expected.map_or_else(String::new, |length| format!(", {}", format::duration(length)));
    let role = if stack.action == StackAction::Delete { Role::Danger } else { Role::Heading };
    let text = format!("{} in {} (now {status}{expected})", stack.name, stack.region);
    page.fact(stack.action.as_str(), role, text);
    if matches!(stack.action, StackAction::Keep | StackAction::Leave) {
        return;
    }
    for resource in stack.resources.iter().filter(|resource| resource.action != ResourceAction::Keep) {
        let role = match resource.action {
            ResourceAction::Replace | ResourceAction::Remove => Role::Caution,
            ResourceAction::Add | ResourceAction::Modify | ResourceAction::Keep => Role::Text,
        };
        let module = resource.module.as_deref().map_or_else(String::new, |module| format!("  [{module}]"));
        let kind = kinds::plain(&resource.resource_type);
        page.fact("", role, format!("  {} {}, {kind}{module}", resource.action.as_str(), resource.logical_id));
    }
    let kept = stack.resources.iter().filter(|resource| resource.action == ResourceAction::Keep).count();
    if kept > 0 {
        page.fact("", Role::Muted, format!("  {} {kept} stay as they are", look.symbols.dash));
    }
}
