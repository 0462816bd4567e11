//! Values that a plan can only name: what another stack tells, what a step finds out. From what was just read to the
//! value, or to why there is none. Pure: it asks nothing.

use lifeboat_model::call::{Call, LateValue, Settled};
use lifeboat_model::facts::Facts;
use lifeboat_model::id::{GlobalClusterId, Region};
use lifeboat_model::plan::{Condition, Plan, StepId};
use lifeboat_model::read::{PlannedRead, Read};
use lifeboat_model::time::Timestamp;

use crate::findings::{Findings, question};
use crate::questions;

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
        LateValue::Output { region, stack, .. } => vec![questions::stack(region, stack)],
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

/// What is known of a value by what was read since. That a region is silent for a moment says nothing of what its stacks
/// tell now: what was lost when the plan was made, the plan itself keeps as it was.
pub(crate) fn answer(value: &LateValue, plan: Option<&Plan>, findings: &Findings, since: Timestamp) -> Settled {
    match value {
        LateValue::Literal(text) => Settled::Value(text.clone()),
        LateValue::Previous => Settled::Previous,
        LateValue::Output { region, stack, key, .. } => {
            let asked = questions::stack(region, stack);
            match heard(&asked, findings, since) {
                Some(Facts::Stacks(stacks)) => {
                    let found = stacks.iter().find(|found| found.name == *stack && !found.is_deleted());
                    match found.map(|found| found.outputs.get(key)) {
                        Some(Some(text)) => Settled::Value(text.clone()),
                        Some(None) => Settled::Absent,
                        None => Settled::Unknown,
                    }
                }
                Some(_) | None => Settled::Unknown,
            }
        }
        LateValue::Answer { step, .. } => {
            let Some((region, global_cluster)) = writer_endpoint(plan, step) else { return Settled::Unknown };
            let Some(asked) = cluster_question(region, global_cluster, plan, findings, since) else {
                // What keeps the cluster it had keeps its endpoint too.
                return match answer(global_cluster, plan, findings, since) {
                    Settled::Previous => Settled::Previous,
                    Settled::Value(_) | Settled::Absent | Settled::Unknown => Settled::Unknown,
                };
            };
            match heard(&asked, findings, since) {
                Some(Facts::Aurora(facts)) => match facts.global.as_ref().and_then(|global| global.endpoint.clone()) {
                    Some(endpoint) => Settled::Value(endpoint),
                    None => Settled::Absent,
                },
                Some(_) | None => Settled::Unknown,
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

fn heard<'a>(asked: &PlannedRead, findings: &'a Findings, since: Timestamp) -> Option<&'a Facts> {
    let reading = findings.get(asked).filter(|reading| reading.failure.is_none())?;
    reading.last.as_ref().filter(|last| last.at >= since).map(|last| &last.value)
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

#[cfg(test)]
mod tests {
    use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
    use lifeboat_model::id::StackName;
    use lifeboat_model::read::Service;

    use super::*;

    /// Keeping what it had would change nothing, and count as done.
    #[test]
    fn what_a_silent_region_would_tell_is_unknown_and_never_what_it_was_before() {
        let (region, stack) = (Region::from("us-east-1"), StackName::from("shop"));
        let value = LateValue::Output {
            region: region.clone(),
            stack: stack.clone(),
            key: "Endpoint".to_owned(),
            list: false,
            optional: true,
        };
        let mut findings = Findings::default();
        assert_eq!(answer(&value, None, &findings, Timestamp::UNIX_EPOCH), Settled::Unknown);
        let error = CloudError {
            kind: CloudErrorKind::Timeout,
            service: Service::Stacks,
            region: region.clone(),
            operation: "DescribeStacks".to_owned(),
            message: "no answer".to_owned(),
            request_id: None,
            fix: None,
        };
        findings.take(&questions::stack(&region, &stack), Timestamp::UNIX_EPOCH, Err(error));
        assert_eq!(answer(&value, None, &findings, Timestamp::UNIX_EPOCH), Settled::Unknown);
        // What was lost when the plan was made, the plan keeps.
        assert_eq!(answer(&LateValue::Previous, None, &findings, Timestamp::UNIX_EPOCH), Settled::Previous);
    }
}
