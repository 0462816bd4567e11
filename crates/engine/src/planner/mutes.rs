//! Who is told and who is not: alarms that stop acting, topics that are told.

use lifeboat_model::call::Call;
use lifeboat_model::id::AlarmName;
use lifeboat_model::runbook::StepSpec;
use lifeboat_model::time::Duration;

use super::part::{Part, text_of};
use super::scene::Scene;

/// CloudWatch's limit for one mute rule.
const ALARMS_PER_RULE: usize = 100;
/// SNS's limit for a subject.
const SUBJECT_LENGTH: usize = 100;

pub(super) fn mute(scene: &Scene<'_>, notes: &mut Vec<String>) -> Vec<Part> {
    if scene.known.deployment.alarms.is_empty() {
        return Vec::new();
    }
    let mut parts = Vec::new();
    for region in [&scene.from, &scene.to] {
        if !scene.may_ask(region) {
            notes.push(format!("Alarms of {region} are not muted: nothing is asked of it."));
            continue;
        }
        let Some(alarms) = scene.alarms(region) else {
            notes.push(format!("Alarms of {region} are not muted: they have not been read."));
            continue;
        };
        let mut names: Vec<AlarmName> = alarms.iter().map(|alarm| alarm.name.clone()).collect();
        names.sort();
        names.dedup();
        if names.is_empty() {
            continue;
        }
        let calls = (1..).zip(names.chunks(ALARMS_PER_RULE)).map(|(number, chunk)| Call::MuteAlarms {
            region: region.clone(),
            rule: rule(scene, number),
            alarms: chunk.to_vec(),
            // The plan's length decides, which is known once all of its steps are.
            until: scene.known.now,
        });
        let title = format!("Mute {} in {region}", count(names.len(), "alarm"));
        parts.push(
            Part::new(format!("mute-{region}"), title, Duration::from_mins(1)).calls(calls).at_once().temporary(),
        );
    }
    parts
}

fn rule(scene: &Scene<'_>, number: usize) -> String {
    let name = &scene.known.deployment.name;
    if number == 1 { format!("lifeboat-{name}") } else { format!("lifeboat-{name}-{number}") }
}

pub(super) fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

pub(super) fn notice(spec: &StepSpec, scene: &Scene<'_>, notes: &mut Vec<String>) -> Vec<Part> {
    let message = scene.fill_in(text_of(spec, "message"));
    let subject = subject(&scene.fill_in(text_of(spec, "subject")));
    let mut parts = Vec::new();
    for topic in &scene.known.deployment.topics {
        let call = Call::PublishNotice { topic: topic.clone(), subject: subject.clone(), message: message.clone() };
        let region = call.endpoint_region();
        if !scene.may_send(&call) {
            notes.push(format!("Topic {topic} is not told: nothing is asked of {region}."));
            continue;
        }
        let name = topic.resource().unwrap_or(topic.as_str());
        let title = format!("Tell {name} in {region}: {}", message.trim_end_matches('.'));
        parts.push(
            Part::new(format!("notice-{name}"), title, Duration::from_secs(30)).calls([call]).at_once().optional(),
        );
    }
    parts
}

/// What SNS takes: ASCII without line breaks, beginning with a letter, digit or punctuation.
fn subject(text: &str) -> String {
    let plain: String = text.chars().map(|letter| if (' '..='~').contains(&letter) { letter } else { '?' }).collect();
    plain.trim().chars().take(SUBJECT_LENGTH - 1).collect()
}
