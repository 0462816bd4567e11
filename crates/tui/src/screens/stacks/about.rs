//! One stack, one resource or one event in full.

use lifeboat_model::facts::stack::{Stack, StackEvent};
use lifeboat_model::observation::Reading;

use super::month;
use super::tree::{drift, sign, stack_status};
use crate::estate::{Estate, KnownStack, ResourceRow, doing, kinds};
use crate::look::Look;
use crate::screens::Page;
use crate::theme::Role;

/// Why something is not read, where it is not.
fn trouble<T>(page: &mut Page, look: &Look<'_>, label: &str, reading: &Reading<T>) {
    if let Some(failure) = &reading.failure {
        let text = format!("{} since {}: {}", look.symbols.unknown, look.date_and_time(failure.since), failure.error);
        page.fact(label, Role::Unknown, text);
        if let Some(fix) = &failure.error.fix {
            page.fact("", Role::Text, format!("fix: {fix}"));
        }
    }
}

fn read<T>(look: &Look<'_>, reading: &Reading<T>) -> (Role, String) {
    match &reading.last {
        Some(last) => (Role::Muted, format!("{} ago, {}", look.age(last.at), look.date_and_time(last.at))),
        None => (Role::Unknown, format!("{} not yet", look.symbols.unknown)),
    }
}

pub(super) fn stack(look: &Look<'_>, estate: &Estate, known: &KnownStack) -> Page {
    let mut page = Page::new(format!("{} in {}", known.name, known.region));
    let (role, status) = stack_status(look, known);
    page.fact("stands", role, status);
    trouble(&mut page, look, "not read", &known.stack);
    let (role, at) = read(look, &known.stack);
    page.fact("read", role, at);
    match &known.bill {
        Some(bill) => {
            page.fact("costs", Role::Text, month(bill));
            for note in &estate.prices {
                page.fact("", Role::Muted, note.clone());
            }
        }
        None => page.fact("costs", Role::Unknown, format!("{} no blueprint says what it costs", look.symbols.unknown)),
    }
    if let Some(stack) = known.stack.value().and_then(Option::as_ref) {
        facts(&mut page, look, known, stack);
    }
    differences(&mut page, look, known);
    page.heading("Resources");
    trouble(&mut page, look, "not read", &known.resources);
    for row in known.rows() {
        let (role, mark) = sign(look, row.doing());
        let status = match row {
            ResourceRow::Listed(resource) => resource.status.as_str(),
            ResourceRow::Described(_) => "not listed by AWS",
        };
        page.fact(row.logical_id(), role, format!("{mark} {status}, {}", kinds::plain(row.resource_type())));
    }
    if let Some(stack) = known.stack.value().and_then(Option::as_ref) {
        told(&mut page, look, stack);
    }
    page
}

fn facts(page: &mut Page, look: &Look<'_>, known: &KnownStack, stack: &Stack) {
    if let Some(reason) = &stack.status_reason {
        page.fact("why", Role::Text, reason.clone());
    }
    if let Some(at) = stack.created_at {
        page.fact("made", Role::Text, look.date_and_time(at));
    }
    if let Some(at) = stack.updated_at {
        page.fact("changed", Role::Text, look.date_and_time(at));
    }
    let protection = if stack.termination_protection { "on: AWS refuses to delete it" } else { "off" };
    page.fact("protection", Role::Text, protection);
    let (role, said) = drift(look, known, stack);
    let at = stack.drift_checked_at.map_or_else(String::new, |at| format!(", looked for {} ago", look.age(at)));
    page.fact("drift", role, format!("{said}{at}"));
}

/// What is no longer as the template has it, and what a run changed.
fn differences(page: &mut Page, look: &Look<'_>, known: &KnownStack) {
    trouble(page, look, "drift not read", &known.drift);
    let Some(differing) = known.drift.value().filter(|differing| !differing.is_empty()) else { return };
    page.heading("What differs from its template");
    for one in differing {
        match &one.because {
            None => page.fact(&one.logical_id, Role::Caution, format!("{} {}", look.symbols.caution, one.what)),
            Some(because) => page.fact(&one.logical_id, Role::Text, format!("{} (a role: {because})", one.what)),
        }
    }
}

fn told(page: &mut Page, look: &Look<'_>, stack: &Stack) {
    if !stack.outputs.is_empty() {
        page.heading("Outputs");
        for (key, value) in &stack.outputs {
            page.fact(key, Role::Text, value.clone());
        }
    }
    if !stack.parameters.is_empty() {
        page.heading("Parameters it was given");
        for (key, value) in &stack.parameters {
            page.fact(key, Role::Text, value.clone());
        }
    }
    if !stack.events.is_empty() {
        page.heading("Newest events");
        for event in &stack.events {
            let (role, mark) = sign(look, doing(&event.status));
            let why = event.reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
            let text = format!("{mark} {} {}{why}", event.status, event.logical_id);
            page.fact(&look.day_and_time(event.at), role, text);
        }
    }
}

pub(super) fn resource(look: &Look<'_>, known: &KnownStack, row: ResourceRow<'_>) -> Page {
    let mut page = Page::new(format!("{} of {}", row.logical_id(), known.name));
    page.fact("what", Role::Heading, kinds::plain(row.resource_type()));
    page.fact("type", Role::Muted, row.resource_type());
    page.fact("region", Role::Text, known.region.to_string());
    let (role, mark) = sign(look, row.doing());
    match row {
        ResourceRow::Listed(resource) => {
            page.fact("stands", role, format!("{mark} {}", resource.status));
            if let Some(reason) = &resource.reason {
                page.fact("why", role, reason.clone());
            }
            match &resource.physical_id {
                Some(id) => page.fact("physical id", Role::Text, id.clone()),
                None => page.fact("physical id", Role::Unknown, "none yet"),
            }
            if let Some(at) = resource.updated_at {
                page.fact("since", Role::Text, format!("{}, {} ago", look.date_and_time(at), look.age(at)));
            }
        }
        ResourceRow::Described(_) => page.fact("stands", role, "the blueprint has it, and AWS does not list it"),
    }
    let (role, at) = read(look, &known.resources);
    page.fact("read", role, at);
    let of = known.drift.value().into_iter().flatten().filter(|one| one.logical_id == row.logical_id());
    for one in of {
        let why = one.because.as_ref().map_or_else(String::new, |because| format!(" (a role: {because})"));
        page.fact("differs", Role::Caution, format!("{}{why}", one.what));
    }
    let stack = known.stack.value().and_then(Option::as_ref);
    let events = stack.into_iter().flat_map(|stack| &stack.events).filter(|event| event.logical_id == row.logical_id());
    let mut is_first = true;
    for event in events {
        if std::mem::take(&mut is_first) {
            page.heading("Its newest events");
        }
        let (role, mark) = sign(look, doing(&event.status));
        let why = event.reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
        page.fact(&look.day_and_time(event.at), role, format!("{mark} {}{why}", event.status));
    }
    page
}

pub(super) fn event(look: &Look<'_>, known: &KnownStack, event: &StackEvent) -> Page {
    let mut page = Page::new(format!("Event of {}", known.name));
    page.fact("at", Role::Text, format!("{}, {} ago", look.date_and_time(event.at), look.age(event.at)));
    let (role, mark) = sign(look, doing(&event.status));
    page.fact("status", role, format!("{mark} {}", event.status));
    page.fact("resource", Role::Text, event.logical_id.clone());
    page.fact("what", Role::Text, kinds::plain(&event.resource_type));
    page.fact("region", Role::Text, known.region.to_string());
    if let Some(reason) = &event.reason {
        page.fact("AWS says", role, reason.clone());
    }
    page
}
