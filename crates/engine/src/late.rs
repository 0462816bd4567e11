//! Values that a plan can only name: what another stack tells, what a step finds out. From what was just read to the
//! value, or to why there is none. Pure: it asks nothing.

use lifeboat_model::call::{Call, LateValue, Settled};
use lifeboat_model::facts::Facts;
use lifeboat_model::id::{GlobalClusterId, Region, StackName};
use lifeboat_model::plan::{Condition, Plan, StepId};
use lifeboat_model::read::{PlannedRead, Read};
use lifeboat_model::time::Timestamp;

use crate::findings::{Findings, question};

/// What must be asked before a value can be told, as far as that is known by now: what names a cluster must be known
/// before the cluster can be asked.
pub(crate) fn questions(
    value: &LateValue,
    plan: Option<&Plan>,
    findings: &Findings,
    since: Timestamp,
) -> Vec<PlannedRead> {
    match value {
        LateValue::Literal(_) | LateValue::Previous => Vec::new(),
        LateValue::Output { region, stack, .. } => vec![stack_question(region, stack)],
        LateValue::Answer { step, .. } => match writer_endpoint(plan, step) {
            Some((region, global_cluster)) => {
                let mut asked = questions(global_cluster, plan, findings, since);
                asked.extend(cluster_question(region, global_cluster, plan, findings, since));
                asked
            }
            None => Vec::new(),
        },
        LateValue::Joined(parts) => parts.iter().flat_map(|part| questions(part, plan, findings, since)).collect(),
    }
}

pub(crate) fn stack_question(region: &Region, stack: &StackName) -> PlannedRead {
    question(region, Read::Stacks { stacks: vec![stack.clone()] })
}

/// Of a global cluster whose name may have to be asked for first.
pub(crate) fn cluster_question(
    region: &Region,
    global_cluster: &LateValue,
    plan: Option<&Plan>,
    findings: &Findings,
    since: Timestamp,
) -> Option<PlannedRead> {
    match answer(global_cluster, plan, findings, since) {
        Settled::Value(id) => Some(question(region, Read::Aurora { global_cluster: GlobalClusterId::from(id) })),
        Settled::Previous | Settled::Absent | Settled::Unknown => None,
    }
}

/// The only step of a manifest that answers something.
fn writer_endpoint<'a>(plan: Option<&'a Plan>, step: &str) -> Option<(&'a Region, &'a LateValue)> {
    plan?.step(&StepId::new(step))?.verify.iter().find_map(|condition| match condition {
        Condition::WriterEndpointKnown { region, global_cluster } => Some((region, global_cluster)),
        _ => None,
    })
}

/// What is known of a value by what was read since. A region that is silent keeps what its stacks said last.
pub(crate) fn answer(value: &LateValue, plan: Option<&Plan>, findings: &Findings, since: Timestamp) -> Settled {
    match value {
        LateValue::Literal(text) => Settled::Value(text.clone()),
        LateValue::Previous => Settled::Previous,
        LateValue::Output { region, stack, key, .. } => {
            let asked = stack_question(region, stack);
            match heard(&asked, findings, since) {
                Heard::Silent => Settled::Previous,
                Heard::Said(Facts::Stacks(stacks)) => {
                    let found = stacks.iter().find(|found| found.name == *stack && !found.is_deleted());
                    match found.map(|found| found.outputs.get(key)) {
                        Some(Some(text)) => Settled::Value(text.clone()),
                        Some(None) => Settled::Absent,
                        None => Settled::Unknown,
                    }
                }
                Heard::Nothing | Heard::Said(_) => Settled::Unknown,
            }
        }
        LateValue::Answer { step, .. } => {
            let Some((region, global_cluster)) = writer_endpoint(plan, step) else { return Settled::Unknown };
            let Some(asked) = cluster_question(region, global_cluster, plan, findings, since) else {
                return match answer(global_cluster, plan, findings, since) {
                    Settled::Previous => Settled::Previous,
                    Settled::Value(_) | Settled::Absent | Settled::Unknown => Settled::Unknown,
                };
            };
            match heard(&asked, findings, since) {
                Heard::Silent => Settled::Previous,
                Heard::Said(Facts::Aurora(facts)) => {
                    match facts.global.as_ref().and_then(|global| global.endpoint.clone()) {
                        Some(endpoint) => Settled::Value(endpoint),
                        None => Settled::Absent,
                    }
                }
                Heard::Nothing | Heard::Said(_) => Settled::Unknown,
            }
        }
        LateValue::Joined(parts) => joined(parts, plan, findings, since),
    }
}

fn joined(parts: &[LateValue], plan: Option<&Plan>, findings: &Findings, since: Timestamp) -> Settled {
    let mut text = String::new();
    for part in parts {
        match answer(part, plan, findings, since) {
            Settled::Value(value) => text.push_str(&value),
            other => return other,
        }
    }
    Settled::Value(text)
}

enum Heard<'a> {
    Said(&'a Facts),
    /// Nobody answers there.
    Silent,
    Nothing,
}

fn heard<'a>(asked: &PlannedRead, findings: &'a Findings, since: Timestamp) -> Heard<'a> {
    let Some(reading) = findings.get(asked) else { return Heard::Nothing };
    match (&reading.failure, &reading.last) {
        (Some(failure), _) if failure.error.kind.is_silence() => Heard::Silent,
        (None, Some(last)) if last.at >= since => Heard::Said(&last.value),
        (Some(_) | None, _) => Heard::Nothing,
    }
}

/// Why a call cannot be sent, for people.
pub(crate) fn missing(unsettled: &[LateValue], call: &Call) -> String {
    let names: Vec<String> = unsettled.iter().map(words).collect();
    format!("{} cannot be sent: {}", call.operation(), names.join("; "))
}

fn words(value: &LateValue) -> String {
    match value {
        LateValue::Literal(text) => format!("`{text}`"),
        LateValue::Previous => "there is nothing that it had before".to_owned(),
        LateValue::Output { region, stack, key, .. } => {
            format!("the stack {stack} in {region} does not tell its output {key}")
        }
        LateValue::Answer { step, .. } => format!("the step `{step}` has found nothing out"),
        LateValue::Joined(parts) => {
            let late = parts.iter().filter(|part| !part.is_settled()).map(words);
            late.collect::<Vec<_>>().join("; ")
        }
    }
}
