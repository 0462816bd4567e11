//! A plan on paper: everything a person needs to do it by hand in a room without Lifeboat, with literal names and
//! commands, boxes to tick, and blanks for what only people know.

#![expect(clippy::format_push_string, reason = "short texts, and `write!` to a string has an error that cannot happen")]

use lifeboat_model::plan::{Build, Plan, Reversible, StackAction, Step};
use lifeboat_model::port::Reality;
use lifeboat_model::rules::aws_cli::{command, posix};
use lifeboat_model::topology::Deployment;
use lifeboat_model::wording::span;

use super::words;

/// A blank to be filled in by hand.
const BLANK: &str = "______________________";

pub(crate) fn of(plan: &Plan, deployment: &Deployment, reality: &Reality) -> String {
    let mut text = format!("# {}\n\n", plan.phrase());
    facts(&mut text, plan, deployment, reality);
    if let Some(build) = &plan.build {
        stacks(&mut text, build);
    }
    people(&mut text);
    before(&mut text, plan);
    text.push_str("\n## Steps\n");
    for (number, steps, line) in words::groups(plan) {
        if line {
            text.push_str("\n---\n\n**Above this line everything can be undone, below it not.** ");
            text.push_str(&format!("Lost from here on: {}.\n\n", words::loss_in_short(plan)));
            text.push_str(&format!("Decided by {BLANK} at {BLANK}\n\n---\n"));
        }
        if steps.len() > 1 {
            text.push_str(&format!("\n*{number}: the next {} side by side.*\n", steps.len()));
        }
        for step in steps {
            self::step(&mut text, number, step);
        }
    }
    after(&mut text);
    text
}

fn facts(text: &mut String, plan: &Plan, deployment: &Deployment, reality: &Reality) {
    let unknown = || "not known".to_owned();
    let world = match reality {
        Reality::Live => "the real account".to_owned(),
        Reality::Simulated(scenario) => format!("a rehearsal on the simulator, {scenario}"),
    };
    let length = |length: Option<lifeboat_model::time::Duration>| length.map_or_else(unknown, span);
    let mut rows = vec![
        ("of", world),
        ("kind", format!("{}{}", words::mode(plan.mode), if plan.drill { ", a drill" } else { "" })),
        ("from", plan.from.to_string()),
        ("to", plan.to.to_string()),
        ("account", plan.account.as_ref().map_or_else(unknown, ToString::to_string)),
        ("writer when planned", plan.writer.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string)),
        ("public name", deployment.public_name.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string)),
        ("clients can write again after", length(plan.predicted.rto)),
        ("the whole takes", length(plan.predicted.length)),
    ];
    rows.extend(words::losses(plan).into_iter().map(|(store, loss)| (store, format!("loses {loss}"))));
    rows.push(("planned at", format!("{:.0}", plan.made_at)));
    rows.push(("plan", plan.hash().to_string()));
    text.push_str("| | |\n|---|---|\n");
    for (what, value) in rows {
        text.push_str(&format!("| {what} | {} |\n", value.replace('|', "\\|")));
    }
    text.push_str("\nTrue of the moment it was planned at. Print a new one after every change, and after every run.\n");
}

fn stacks(text: &mut String, build: &Build) {
    text.push_str("\n## Stacks\n\n| | stack | region | resources | takes |\n|---|---|---|---|---|\n");
    for stack in &build.stacks {
        let takes = stack.expected.map_or_else(String::new, span);
        let is_absent = stack.action == StackAction::Keep && stack.status.is_none();
        let action = if is_absent { "not there" } else { stack.action.as_str() };
        let (name, region) = (&stack.name, &stack.region);
        text.push_str(&format!("| {action} | {name} | {region} | {} | {takes} |\n", stack.resources.len()));
    }
    for (stack, resource) in build.loses_data() {
        let (action, id, kind) = (resource.action.as_str(), &resource.logical_id, &resource.resource_type);
        text.push_str(&format!("- **DATA IS LOST:** {action} {id} ({kind}) of {}\n", stack.name));
    }
    text.push_str(&format!("\nCost: ${:.2} a month (prices {}).\n", build.usd_month, build.prices));
    for sentence in build.beyond.iter().chain(&build.refusals).chain(&build.forecast) {
        text.push_str(&format!("- {sentence}\n"));
    }
}

fn people(text: &mut String) {
    text.push_str("\n## Who to call\n\n| | name | number |\n|---|---|---|\n");
    for role in
        ["decides", "operates", "second person", "database", "network and DNS", "speaks to customers", "AWS support"]
    {
        text.push_str(&format!("| {role} | {BLANK} | {BLANK} |\n"));
    }
}

fn before(text: &mut String, plan: &Plan) {
    text.push_str("\n## Before\n\n");
    text.push_str("- [ ] credentials that may act: `aws sts get-caller-identity`");
    if let Some(account) = &plan.account {
        text.push_str(&format!(" shows account {account}"));
    }
    text.push('\n');
    for guard in &plan.guards {
        text.push_str(&format!("- [ ] {guard}\n"));
    }
    for note in &plan.notes {
        text.push_str(&format!("- note: {note}\n"));
    }
    text.push_str(&format!("\nBegan at {BLANK}\n"));
}

fn step(text: &mut String, number: usize, step: &Step) {
    text.push_str(&format!("\n### [ ] {number}. {}\n\n", step.title));
    text.push_str(&format!("Expected: {}; give it up after {}.", words::expected(step), span(step.timeout)));
    if step.optional {
        text.push_str(" Go on without it if it fails.");
    }
    text.push_str("\n\n");
    block(text, step.calls.iter());
    if step.verify.is_empty() && step.calls.is_empty() {
        text.push_str("Done when a person says so.\n");
    }
    for condition in &step.verify {
        text.push_str(&format!("- [ ] {}\n", words::condition(condition)));
    }
    match &step.reversible {
        Reversible::NothingToUndo => {}
        Reversible::No(reason) => text.push_str(&format!("\n**Cannot be undone:** {reason}.\n")),
        Reversible::Yes => {
            let undo = step.undo().unwrap_or_default();
            let when = if step.temporary { "Put back at the end" } else { "To undo" };
            text.push_str(&format!("\n{when}:\n\n"));
            block(text, undo.iter());
        }
    }
    text.push_str(&format!("\nDone at {BLANK} by {BLANK}\n"));
}

fn block<'a>(text: &mut String, calls: impl Iterator<Item = &'a lifeboat_model::call::Call>) {
    let said: Vec<String> = calls
        .map(|call| match command(call) {
            commands if commands.is_empty() => format!("# no command says {}: do it in the console", call.operation()),
            commands => posix(&commands),
        })
        .collect();
    if !said.is_empty() {
        text.push_str(&format!("```sh\n{}\n```\n\n", said.join("\n")));
    }
}

fn after(text: &mut String) {
    text.push_str("\n## After\n\n");
    for line in [
        "everything that was temporary is put back",
        "a write through the public name succeeds and is found",
        "those who were told of the beginning are told of the end",
    ] {
        text.push_str(&format!("- [ ] {line}\n"));
    }
    text.push_str(&format!("\nEnded at {BLANK}\n"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::plan::example;

    #[test]
    fn every_call_stands_on_the_paper_with_its_literal_names() {
        let plan = example::failover();
        let text = of(&plan, &example::deployment(), &Reality::Live);
        for call in plan.steps.iter().flat_map(|step| &step.calls) {
            assert!(text.contains(&posix(&command(call))), "{call:?}");
        }
        assert!(text.contains("arn:aws:rds:us-east-2:123456789012:cluster:aurora-dr-dev"));
    }

    #[test]
    fn the_decision_is_signed_above_what_cannot_be_undone() {
        let text = of(&example::failover(), &example::deployment(), &Reality::Live);
        let line = text.find("Decided by").unwrap();
        assert!(line < text.find("failover-global-cluster").unwrap());
        assert!(text.find("put-function-concurrency").unwrap() < line);
    }

    #[test]
    fn how_to_put_back_what_is_temporary_is_said_with_it() {
        let text = of(&example::failover(), &example::deployment(), &Reality::Live);
        assert!(text.contains("Put back at the end:\n\n```sh\naws lambda delete-function-concurrency"), "{text}");
    }
}
