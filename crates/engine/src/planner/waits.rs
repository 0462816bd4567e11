//! Steps that change nothing: a person's word, a condition, the proof, and the ledger.

use lifeboat_model::assessment::StoreKind;
use lifeboat_model::plan::Condition;
use lifeboat_model::runbook::StepSpec;
use lifeboat_model::time::Duration;
use lifeboat_model::wording::span;

use super::part::{Part, length_of, text_of};
use super::scene::Scene;

/// A question waits for a person, not for a clock; it ends one day so that a forgotten run says so.
const PATIENCE: Duration = Duration::from_hours(24);
const CANARY_TIMEOUT: Duration = Duration::from_mins(10);
const WAIT_TIMEOUT: Duration = Duration::from_mins(30);
const RESTORE_TIMEOUT: Duration = Duration::from_mins(15);

pub(super) fn approval(spec: &StepSpec, scene: &Scene<'_>) -> Part {
    let title = scene.fill_in(text_of(spec, "text"));
    Part::new("approve", title, PATIENCE).expected(Some(Duration::ZERO), "the phrase typed at the start counts for it")
}

pub(super) fn canary(scene: &Scene<'_>, notes: &mut Vec<String>) -> Vec<Part> {
    let Some(canary) = &scene.known.deployment.canary else {
        notes.push(
            "No canary is configured: nothing proves that clients can write again, and neither RTO nor RPO is measured."
                .to_owned(),
        );
        return Vec::new();
    };
    let part = Part::new("canary", "Prove by a write that clients are served", CANARY_TIMEOUT)
        .verify([Condition::CanaryServed])
        .expected(Some(canary.interval), format!("one canary every {}", span(canary.interval)));
    vec![part]
}

pub(super) fn restore() -> Part {
    Part::new("restore", "Put back what was temporary", RESTORE_TIMEOUT)
        .expected(Some(Duration::from_secs(5)), "a second a request")
}

pub(super) fn wait_for(spec: &StepSpec, scene: &Scene<'_>, notes: &mut Vec<String>) -> Vec<Part> {
    match text_of(spec, "condition") {
        "synchronized" => synchronized(scene),
        "alarms-quiet" => vec![alarms_quiet(spec, scene)],
        "at-risk-at-most" => vec![at_risk(spec)],
        "elapsed" => vec![elapsed(length_of(spec, "length"))],
        "answers-lead-there" => answers(scene),
        "canary-served" => canary(scene, notes),
        _ => Vec::new(),
    }
}

fn synchronized(scene: &Scene<'_>) -> Vec<Part> {
    let Some(global_cluster) = scene.known.deployment.global_cluster.clone() else { return Vec::new() };
    let region = if scene.is_planned() { &scene.from } else { &scene.to };
    let part = Part::new(
        format!("synchronized-{global_cluster}"),
        format!("Wait until both members of {global_cluster} are synchronized"),
        WAIT_TIMEOUT,
    )
    .verify([Condition::Synchronized { global_cluster, region: region.clone() }])
    .expected(Some(Duration::ZERO), "no time where they are already; after a failover minutes to hours");
    vec![part]
}

fn alarms_quiet(spec: &StepSpec, scene: &Scene<'_>) -> Part {
    let region = if text_of(spec, "region") == "from" { &scene.from } else { &scene.to };
    Part::new(format!("quiet-{region}"), format!("Wait until no alarm of {region} is in ALARM"), WAIT_TIMEOUT)
        .verify([Condition::AlarmsQuiet { region: region.clone() }])
        .expected(Some(Duration::ZERO), "no time where they are already")
}

fn at_risk(spec: &StepSpec) -> Part {
    let name = text_of(spec, "store");
    let store = StoreKind::ALL.into_iter().find(|kind| kind.as_str() == name).unwrap_or(StoreKind::Aurora);
    let bound = length_of(spec, "bound");
    Part::new(
        format!("at-risk-{}", store.as_str()),
        format!("Wait until at most {} of {} would be lost", span(bound), store.as_str()),
        WAIT_TIMEOUT,
    )
    .verify([Condition::AtRiskAtMost { store, bound }])
    .expected(Some(Duration::ZERO), "no time where it is so already")
}

fn elapsed(length: Duration) -> Part {
    Part::new("wait", format!("Wait {}", span(length)), length.saturating_add(Duration::from_mins(1)))
        .verify([Condition::Elapsed { length }])
        .expected(Some(length), "as the runbook says")
}

fn answers(scene: &Scene<'_>) -> Vec<Part> {
    scene
        .known
        .deployment
        .records
        .iter()
        .map(|record| {
            let title = format!("Wait until {} leads to {}", record.name, scene.to);
            Part::new(format!("answers-{}", record.name), title, WAIT_TIMEOUT)
                .verify([Condition::AnswersLeadTo { name: record.name.clone(), region: scene.to.clone() }])
                .expected(None, "nothing in the step makes it so")
        })
        .collect()
}
