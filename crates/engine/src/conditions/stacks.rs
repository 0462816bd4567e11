//! What must be seen of stacks before they count as made, changed or gone.

use lifeboat_model::facts::Facts;
use lifeboat_model::facts::drift::DetectionStatus;
use lifeboat_model::facts::stack::{self as facts, CLOCKS_DIFFER_BY, Stack, StackEvent};
use lifeboat_model::id::{Region, StackName};
use lifeboat_model::plan::SlowRefusal;
use lifeboat_model::read::{PlannedRead, Read};
use lifeboat_model::time::{Duration, Timestamp, after, before};
use lifeboat_model::wording::span;

use super::seen::{Judged, Silent};
use super::{Asked, Held, Seen};
use crate::findings::question;
use crate::questions;

/// How long a comparison is given of which nobody knows the id any more.
const COMPARED_WITHIN: Duration = Duration::from_mins(5);
/// The same where more would take one change for the next; who is further off waits until descriptions have settled.
const CLOCKS_DIFFER_LITTLE: Duration = Duration::from_secs(2);

/// What happened to it since it was begun, asked where something failed: the few newest events may not tell why.
pub(super) fn ask_events(region: &Region, stack: &StackName, began_at: Timestamp) -> PlannedRead {
    let since = Some(before(began_at, CLOCKS_DIFFER_BY));
    question(region, Read::StackEvents { stack: stack.clone(), since })
}

/// The stack itself, and why it failed where it was seen to have.
pub(super) fn asks(region: &Region, name: &StackName, asked: &Asked<'_>) -> Vec<PlannedRead> {
    let of_stack = questions::stack(region, name);
    let seen = asked.findings.get(&of_stack).and_then(|reading| reading.value());
    let has_failed = match seen {
        Some(Facts::Stacks(stacks)) => stacks.iter().any(|stack| stack.name == *name && has_failed(stack)),
        _ => false,
    };
    let events = has_failed.then(|| ask_events(region, name, asked.since));
    [of_stack].into_iter().chain(events).collect()
}

fn has_failed(stack: &Stack) -> bool {
    stack.status.ends_with("_FAILED") || stack.status.contains("ROLLBACK")
}

/// Why it failed; `None` until that has been asked.
fn why(seen: &Seen<'_>, region: &Region, stack: &Stack) -> Option<String> {
    let asked = ask_events(region, &stack.name, seen.began_at);
    let reading = seen.findings.get(&asked)?;
    match reading.value() {
        Some(Facts::StackEvents(events)) if reading.failure.is_none() => {
            // Asked side by side with the stack, they may be of the moment before it failed.
            if is_behind(events, stack) {
                return None;
            }
            let newest = Stack { events: events.clone(), ..stack.clone() };
            // Where nothing has happened since, it failed before.
            let told = first_failure(&newest).or_else(|| first_failure(stack));
            Some(told.unwrap_or_else(|| "AWS does not say why".to_owned()))
        }
        // Who may read stacks and not their events is told what the stack itself says.
        _ => Some(first_failure(stack).unwrap_or_else(|| "AWS does not say why".to_owned())),
    }
}

/// Whether the events end while that was still going on which the stack is over with.
fn is_behind(events: &[StackEvent], stack: &Stack) -> bool {
    let is_own = |event: &&StackEvent| {
        event.resource_type == "AWS::CloudFormation::Stack" && event.logical_id == stack.name.as_str()
    };
    events.iter().find(is_own).is_some_and(|event| event.status.ends_with("_IN_PROGRESS"))
}

fn another_answer(region: &Region) -> Silent {
    Silent(format!("CloudFormation in {region} gave another answer than was asked for"))
}

/// `None`: the region knows of no such stack.
pub(super) fn stack<'a>(seen: &Seen<'a>, region: &Region, name: &StackName) -> Result<Option<&'a Stack>, Silent> {
    let asked = questions::stack(region, name);
    match seen.found(&asked)?.value {
        Facts::Stacks(stacks) => Ok(stacks.iter().find(|stack| stack.name == *name && !stack.is_deleted())),
        _ => Err(another_answer(region)),
    }
}

/// What failed first in the stack's newest operation, in AWS's own words: what fails after it was only taken back.
pub fn first_failure(stack: &Stack) -> Option<String> {
    let begins = |event: &StackEvent| {
        event.resource_type == "AWS::CloudFormation::Stack"
            && event.logical_id == stack.name.as_str()
            && matches!(
                event.status.as_str(),
                "CREATE_IN_PROGRESS" | "UPDATE_IN_PROGRESS" | "DELETE_IN_PROGRESS" | "REVIEW_IN_PROGRESS"
            )
    };
    // Newest first, back to where the operation began.
    let length = stack.events.iter().position(begins).map_or(stack.events.len(), |place| place + 1);
    let newest = stack.events.get(..length).unwrap_or_default();
    let failure = facts::first_failure(newest).filter(|event| event.reason.is_some());
    match failure {
        Some(event) => {
            let reason = event.reason.as_deref().unwrap_or_default();
            Some(format!("{} ({}): {reason}", event.logical_id, event.resource_type))
        }
        None => stack.status_reason.clone(),
    }
}

fn because(stack: &Stack) -> String {
    first_failure(stack).map(|why| format!(": {why}")).unwrap_or_default()
}

/// Whether the stack is as it is by what was begun, and not as it was before: descriptions follow acts, and the change
/// before may be seconds old. One that was only ever created is so from the moment of its change set.
fn is_of_this(seen: &Seen<'_>, stack: &Stack) -> bool {
    let (touched, differ) = match stack.updated_at {
        Some(at) => (Some(at), CLOCKS_DIFFER_LITTLE),
        None => (stack.created_at, CLOCKS_DIFFER_BY),
    };
    let is_new = touched.is_some_and(|at| after(at, differ) >= seen.began_at);
    is_new || seen.elapsed(super::SETTLES).holds()
}

/// Whether AWS found nothing to change: then there was nothing to execute, and the stack stays as it was.
fn is_unchanged(seen: &Seen<'_>, region: &Region, stack: &Stack, change_set: &str) -> bool {
    let asked = questions::change_set(region, &stack.name, change_set);
    match seen.findings.get(&asked).and_then(|reading| reading.value()) {
        Some(Facts::ChangeSet(Some(set))) => set.is_empty(),
        _ => false,
    }
}

pub(super) fn complete(seen: &Seen<'_>, region: &Region, name: &StackName, change_set: &str) -> Judged {
    let Some(stack) = stack(seen, region, name)? else {
        return Ok(Held::Never(format!("{region} has no stack {name}: it was deleted meanwhile")));
    };
    let status = stack.status.as_str();
    Ok(match status {
        _ if stack.is_whole() && is_unchanged(seen, region, stack, change_set) => Held::Yes,
        _ if !status.ends_with("_IN_PROGRESS") && !is_of_this(seen, stack) => {
            Held::NotYet(format!("{name} is {status}, as it was before"))
        }
        "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "IMPORT_COMPLETE" => Held::Yes,
        // The new resources serve; only the old ones are still being removed.
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS" => Held::NotYet(format!("{name} removes what it no longer needs")),
        _ if status.ends_with("_IN_PROGRESS") && status.contains("ROLLBACK") => {
            Held::NotYet(format!("{name} failed and goes back ({status}){}", because(stack)))
        }
        _ if status.ends_with("_IN_PROGRESS") => Held::NotYet(format!("{name} is {status}")),
        _ => match why(seen, region, stack) {
            Some(why) => Held::Never(format!("{name} is {status}: {why}")),
            None => Held::NotYet(format!("{name} is {status}, and why is being asked")),
        },
    })
}

pub(super) fn gone(seen: &Seen<'_>, region: &Region, name: &StackName, refusals: &[SlowRefusal]) -> Judged {
    let Some(stack) = stack(seen, region, name)? else { return Ok(Held::Yes) };
    Ok(match stack.status.as_str() {
        "DELETE_IN_PROGRESS" => Held::NotYet(format!("{name} is being deleted")),
        "DELETE_FAILED" => refused(seen, region, stack, refusals),
        status if status.ends_with("_IN_PROGRESS") => Held::NotYet(format!("{name} is {status}")),
        // It was asked for a moment ago, and the description follows the act.
        status if seen.elapsed(super::SETTLES).holds() => {
            Held::Again(format!("{name} is {status}, as if nobody had deleted it{}", because(stack)))
        }
        status => Held::NotYet(format!("{name} is still {status}")),
    })
}

fn refused(seen: &Seen<'_>, region: &Region, stack: &Stack, refusals: &[SlowRefusal]) -> Held {
    let failed_at = stack.events.iter().find(|event| event.status == "DELETE_FAILED").map(|event| event.at);
    let is_of_this = failed_at.is_some_and(|at| after(at, CLOCKS_DIFFER_BY) >= seen.began_at);
    if !is_of_this && !seen.elapsed(super::SETTLES).holds() {
        return Held::NotYet(format!("{} is DELETE_FAILED, as it was before", stack.name));
    }
    let Some(why) = why(seen, region, stack) else {
        return Held::NotYet(format!("{} could not be deleted, and why is being asked", stack.name));
    };
    let known = refusals.iter().find(|refusal| why.contains(refusal.says.as_str()));
    let Some(refusal) = known else {
        return Held::Never(format!("{} could not be deleted: {why}", stack.name));
    };
    let failed_at = failed_at.unwrap_or(seen.began_at);
    let due = after(failed_at.max(seen.began_at), refusal.retry_after);
    if seen.now >= due {
        Held::Again(format!("{} was refused: {why}", stack.name))
    } else {
        let left = lifeboat_model::time::age(due, seen.now);
        Held::Later(format!(
            "{} could not be deleted: {why} ({}); tried again in {}",
            stack.name,
            refusal.why,
            span(left)
        ))
    }
}

pub(super) fn protected(seen: &Seen<'_>, region: &Region, name: &StackName, protected: bool) -> Judged {
    Ok(match stack(seen, region, name)? {
        None => Held::Never(format!("{region} has no stack {name}")),
        Some(stack) if stack.termination_protection == protected => Held::Yes,
        Some(_) if protected => Held::NotYet(format!("{name} is not protected from being deleted")),
        Some(_) => Held::NotYet(format!("{name} is protected from being deleted")),
    })
}

pub(super) fn is(seen: &Seen<'_>, region: &Region, name: &StackName, status: &str) -> Judged {
    Ok(match stack(seen, region, name)? {
        None => Held::Never(format!("{region} has no stack {name}")),
        Some(stack) if stack.status == status => Held::Yes,
        Some(stack) if stack.is_in_progress() => Held::NotYet(format!("{name} is {}", stack.status)),
        Some(stack) if seen.elapsed(super::SETTLES).holds() => {
            Held::Never(format!("{name} is {}{}", stack.status, because(stack)))
        }
        Some(stack) => Held::NotYet(format!("{name} is still {}", stack.status)),
    })
}

/// AWS dates a comparison by its beginning: that it is over says the comparison itself, asked by its id. Where another
/// process has begun it the id is lost with that one, and it is waited as long as one takes.
pub(super) fn drift_detected(seen: &Seen<'_>, region: &Region, name: &StackName) -> Judged {
    let Some(stack) = stack(seen, region, name)? else {
        return Ok(Held::Never(format!("{region} has no stack {name}")));
    };
    let is_compared = Held::NotYet(format!("{name} is being compared with what is there"));
    if let Some(asked) = seen.findings.comparison(region, name) {
        return Ok(match seen.found(&asked)?.value {
            Facts::DriftDetection(Some(detection)) => match detection.status {
                DetectionStatus::Complete => Held::Yes,
                DetectionStatus::Failed => {
                    let why = detection.reason.as_deref().unwrap_or("AWS does not say why");
                    Held::Never(format!("{name} could not be compared whole: {why}"))
                }
                DetectionStatus::InProgress | DetectionStatus::Other(_) => is_compared,
            },
            Facts::DriftDetection(None) => is_compared,
            _ => return Err(another_answer(region)),
        });
    }
    // It is AWS's clock that says when.
    let is_begun = stack.drift_checked_at.is_some_and(|at| after(at, CLOCKS_DIFFER_BY) >= seen.began_at);
    Ok(if is_begun { seen.elapsed(COMPARED_WITHIN) } else { is_compared })
}
