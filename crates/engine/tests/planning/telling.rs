//! A plan as text, for goldens: what would be sent where, in which order, and what is waited for. No times of day.

use std::fmt::Write;

use lifeboat_model::call::{Call, Plane};
use lifeboat_model::plan::{Plan, Reversible, Step};
use lifeboat_model::rules::aws_cli::{command, posix};
use lifeboat_model::wording::span;

pub(crate) fn text(plan: &Plan) -> String {
    let mut text = String::new();
    let drill = if plan.drill { ", a drill" } else { "" };
    writeln!(text, "{} {} {} -> {}{drill}", plan.runbook, plan.deployment, plan.from, plan.to).unwrap();
    let guards: Vec<&str> = plan.guards.iter().map(|guard| guard.as_str()).collect();
    writeln!(text, "guards: {}", guards.join(" ")).unwrap();
    let length = |length: Option<_>| length.map_or_else(|| "unknown".to_owned(), span);
    write!(text, "predicted: length {}, RTO {}", length(plan.predicted.length), length(plan.predicted.rto)).unwrap();
    for (store, loss) in &plan.predicted.rpo {
        write!(text, ", RPO {} {}", store.as_str(), length(*loss)).unwrap();
    }
    text.push('\n');
    for step in &plan.steps {
        tell(&mut text, step);
    }
    for note in &plan.notes {
        writeln!(text, "note: {note}").unwrap();
    }
    text
}

fn tell(text: &mut String, step: &Step) {
    writeln!(text, "\n{}. {} [{}] {}", step.group, step.id, step.kind, step.title).unwrap();
    for call in &step.calls {
        let plane = match call.plane() {
            Plane::Control => "control",
            Plane::Data => "data",
        };
        writeln!(text, "   {} at {} ({plane})", call.operation(), call.endpoint_region()).unwrap();
        writeln!(text, "     {}", posix(&command(&timeless(call)))).unwrap();
    }
    for condition in &step.verify {
        writeln!(text, "   until {}", serde_json::to_string(condition).unwrap()).unwrap();
    }
    let guards: Vec<&str> = step.guards.iter().map(|guard| guard.as_str()).collect();
    if !guards.is_empty() {
        writeln!(text, "   guards: {}", guards.join(" ")).unwrap();
    }
    let expected = step.expected.map_or_else(|| "unknown".to_owned(), span);
    write!(text, "   expected {expected} ({}), at most {}", step.expected_basis, span(step.timeout)).unwrap();
    let reversible = match &step.reversible {
        Reversible::Yes => ", reversible",
        Reversible::NothingToUndo => "",
        Reversible::No(_) => ", IRREVERSIBLE",
    };
    text.push_str(reversible);
    for (is, word) in
        [(step.temporary, ", temporary"), (step.optional, ", optional"), (step.inject, ", INJECTED FAULT")]
    {
        if is {
            text.push_str(word);
        }
    }
    text.push('\n');
}

fn timeless(call: &Call) -> Call {
    let mut call = call.clone();
    if let Call::MuteAlarms { until, .. } = &mut call {
        *until = lifeboat_sim::EPOCH;
    }
    call
}
