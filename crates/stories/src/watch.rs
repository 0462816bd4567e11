//! What must hold of every run, told from its journal alone and from what the simulated account knows to be true.

use std::collections::BTreeMap;

use lifeboat_engine::journal::{Journal as _, MemoryJournal};
use lifeboat_model::assessment::StoreKind;
use lifeboat_model::plan::{Plan, StepId};
use lifeboat_model::run::{Entry, RunEvent, RunId, RunOutcome, RunState};
use lifeboat_model::time::{Duration, Timestamp, age};
use lifeboat_model::topology::Deployment;

/// Guards that were judged longer before the step than this were not judged immediately before it.
const IMMEDIATELY: Duration = Duration::from_mins(1);
/// The simulated clients' own resolution, and a request's way there and back.
pub(crate) const RESOLUTION: Duration = Duration::from_secs(2);

/// Objects are on their way for so long; what clients who still follow an old answer wrote just now is not lost.
const ON_ITS_WAY: Duration = Duration::from_secs(12);

/// What canaries of one place can tell at all in a story.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measurable {
    /// Not where clients fail by chance: which of them do is each one's own luck.
    pub(crate) rto: bool,
    /// Not where data was left behind before the run, or is long on its way: no canary of the run is among it.
    pub(crate) rpo: bool,
}

/// What is wrong with a run as it stands in the journal; `legs` are the sequences at which its processes began.
pub(crate) fn examine(journal: &MemoryJournal, run: &RunId, legs: &[u64]) -> Vec<String> {
    let mut wrong = Vec::new();
    if let Err(broken) = journal.verify() {
        wrong.push(format!("the journal's chain: {broken}"));
    }
    let entries = match journal.entries(run) {
        Ok(entries) => entries,
        Err(error) => return vec![format!("the journal cannot be read: {error}")],
    };
    if entries.is_empty() {
        return wrong;
    }
    match RunState::of(&entries) {
        Err(malformed) => wrong.push(format!("the entries are no run: {malformed}")),
        Ok(state) => wrong.extend(ledger(&entries, &state)),
    }
    wrong.extend(guards(&entries, legs));
    wrong
}

/// Before the first call of each attempt, and of each process that goes on with one, the step's guards were judged, just
/// then, and let it go on; likewise before a step that sends nothing.
fn guards(entries: &[Entry], legs: &[u64]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut plan: Option<&Plan> = None;
    let mut attempts: BTreeMap<&StepId, Attempt> = BTreeMap::new();
    for (place, entry) in entries.iter().enumerate() {
        let earlier = entries.get(..place).unwrap_or_default();
        match &entry.event {
            RunEvent::RunStarted { plan: made, .. } | RunEvent::ModeChanged { plan: made, .. } => plan = Some(made),
            RunEvent::StepStarted { step, .. } => {
                let before = attempts.get(step).map_or(0, |attempt| attempt.began);
                let is_first = before == 0;
                attempts.insert(step, Attempt { began: entry.sequence, before, sent_in: None });
                let sends_nothing = plan.and_then(|plan| plan.step(step)).is_some_and(|step| step.calls.is_empty());
                if is_first && sends_nothing {
                    wrong.extend(judged_before(plan, step, entry, earlier, 0));
                }
            }
            RunEvent::CallStarted { step, .. } => {
                let leg = legs.iter().rev().find(|leg| **leg < entry.sequence).copied().unwrap_or_default();
                let Some(attempt) = attempts.get_mut(step).filter(|attempt| attempt.sent_in != Some(leg)) else {
                    continue;
                };
                attempt.sent_in = Some(leg);
                let since = attempt.before.max(if attempt.began < leg { leg } else { 0 });
                wrong.extend(judged_before(plan, step, entry, earlier, since));
            }
            _ => {}
        }
    }
    wrong
}

/// One attempt at a step, by sequences.
struct Attempt {
    began: u64,
    /// When the attempt before it began.
    before: u64,
    /// The process that sent its newest call.
    sent_in: Option<u64>,
}

fn judged_before(plan: Option<&Plan>, id: &StepId, entry: &Entry, earlier: &[Entry], since: u64) -> Option<String> {
    let step = plan?.step(id)?;
    if step.guards.is_empty() {
        return None;
    }
    let event = entry.event.name();
    let judged =
        earlier.iter().rev().take_while(|earlier| earlier.sequence > since).find_map(|earlier| match &earlier.event {
            RunEvent::GuardsJudged { step: Some(of), reports } if of == id => Some((earlier.at, reports)),
            _ => None,
        });
    let Some((at, reports)) = judged else {
        return Some(format!("{id}: its guards were not judged before `{event}`"));
    };
    if age(entry.at, at) > IMMEDIATELY {
        return Some(format!("{id}: its guards were judged {:?} before `{event}`", age(entry.at, at)));
    }
    if let Some(missing) = step.guards.iter().find(|guard| !reports.iter().any(|report| report.guard == **guard)) {
        return Some(format!("{id}: {missing} was not judged before `{event}`"));
    }
    let refusing = reports.iter().find(|report| !report.allows())?;
    Some(format!("{id}: it went on although {} refused", refusing.guard))
}

/// A run that is over says what it left behind, and has tried to put it back.
fn ledger(entries: &[Entry], state: &RunState) -> Vec<String> {
    let mut wrong = Vec::new();
    let Some((place, RunEvent::RunEnded { outcome, ledger, .. })) =
        entries.iter().enumerate().rev().find_map(|(place, entry)| {
            matches!(entry.event, RunEvent::RunEnded { .. }).then_some((place, &entry.event))
        })
    else {
        return wrong;
    };
    let then = entries.get(..=place).map(RunState::of);
    if let Some(Ok(then)) = then
        && then.ledger != *ledger
    {
        wrong.push("its end does not say what it left behind".to_owned());
    }
    if *outcome == RunOutcome::Completed {
        let forgotten = state.ledger.iter().filter(|item| !state.kept.contains(&item.step));
        wrong.extend(forgotten.map(|item| format!("it completed and forgot to put back {}", item.what)));
    }
    wrong
}

/// What the run measured, against what really happened; `None` where there is nothing to compare.
pub(crate) fn measured(entries: &[Entry], deployment: &Deployment, can: Measurable) -> Option<Vec<String>> {
    let canary = deployment.canary.as_ref()?;
    let last = entries.last()?;
    let RunEvent::RunEnded { outcome: RunOutcome::Completed, measured, truth: Some(truth), .. } = &last.event else {
        return None;
    };
    let precision = canary.interval.saturating_add(RESOLUTION);
    let mut wrong = Vec::new();
    let mut compared = false;
    let (seen_from, seen_to) = seen_before_the_outage(entries)?;
    let mut hold = |what: &str, told: Duration, true_length: Duration, allowed: Duration| {
        compared = true;
        if told.abs_diff(true_length) > allowed {
            wrong.push(format!("{what} was measured as {told:?} and was {true_length:?}"));
        }
    };
    // What nobody declared and no canary saw begin cannot be measured whole.
    if let Some(rto) = measured.rto.filter(|_| can.rto && was_seen_to_begin(entries)) {
        hold("RTO", rto, truth.rto, precision);
    }
    for (store, told) in measured.rpo.iter().filter(|_| can.rpo) {
        if let (Some(told), Some(true_length)) = (told, truth.rpo.get(store)) {
            // Of writes before the first canary, canaries tell nothing.
            let visible = age(seen_to, seen_from).saturating_add(canary.interval);
            let allowed = match store {
                StoreKind::S3 => precision.saturating_add(ON_ITS_WAY),
                StoreKind::Aurora | StoreKind::DynamoDb => precision,
            };
            hold(&format!("RPO of {}", store.as_str()), *told, (*true_length).min(visible), allowed);
        }
    }
    compared.then_some(wrong)
}

fn canaries(entries: &[Entry]) -> impl Iterator<Item = (Timestamp, bool)> {
    entries.iter().filter_map(|entry| match &entry.event {
        RunEvent::CanaryWritten { sent_at, outcome, .. } => Some((*sent_at, outcome.is_ok())),
        _ => None,
    })
}

/// From the first canary to the last.
pub(crate) fn canaries_span(entries: &[Entry]) -> Option<(Timestamp, Timestamp)> {
    let first = canaries(entries).map(|(at, _)| at).min()?;
    Some((first, canaries(entries).map(|(at, _)| at).max().unwrap_or(first)))
}

/// From the first canary to the first that failed, or to the last.
fn seen_before_the_outage(entries: &[Entry]) -> Option<(Timestamp, Timestamp)> {
    let (first, last) = canaries_span(entries)?;
    let failed = canaries(entries).filter(|(_, good)| !good).map(|(at, _)| at).min();
    Some((first, failed.unwrap_or(last)))
}

/// Whether clients were served when the first canary was sent, or somebody said since when they were not.
fn was_seen_to_begin(entries: &[Entry]) -> bool {
    let was_declared =
        entries.iter().any(|entry| matches!(&entry.event, RunEvent::RunStarted { incident_began_at: Some(_), .. }));
    was_declared || canaries(entries).min().is_some_and(|(_, good)| good)
}
