//! What a run's entries tell of how long it took and what it cost. Pure: the same entries, the same numbers.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat_model::assessment::StoreKind;
use lifeboat_model::run::{Entry, Measured, Phases, RunEvent};
use lifeboat_model::runbook::Mode;
use lifeboat_model::time::{Duration, Timestamp, age};
use lifeboat_model::topology::CanaryTarget;

use super::canary::{WRITE_PATIENCE, interval};

/// One canary, by when it was sent.
struct Written<'a> {
    nonce: &'a str,
    sent_at: Timestamp,
    acknowledged: bool,
}

/// A row of canaries that failed, each after the other.
struct Outage {
    from: Timestamp,
    /// The first that failed: later than `from` where somebody declared that.
    first: Timestamp,
    /// The newest that failed.
    last: Timestamp,
    /// The first good one after it; `None` while it lasts.
    until: Option<Timestamp>,
    /// Whether a good one came just before it, or somebody declared since when it lasts.
    begin_is_known: bool,
    /// Whether the first good one came just after the last that failed.
    end_is_known: bool,
}

impl Outage {
    fn length(&self) -> Option<Duration> {
        self.until.filter(|_| self.begin_is_known && self.end_is_known).map(|until| age(until, self.from))
    }

    /// What canaries themselves saw of it: it may have begun and ended anywhere between a good one and one that failed.
    fn seen(&self) -> Duration {
        age(self.last, self.first)
    }
}

/// What the canaries of a run saw.
struct Watched {
    /// Whether the run answers an outage that it saw nothing of: it was over before the first canary, or there was none.
    has_missed: bool,
    outages: Vec<Outage>,
    /// Whether no process sent any for a while, with good ones on both sides: what happened in between nobody saw.
    has_gap: bool,
}

/// When what is measured began: the incident, where it was declared and clients suffered already, else the run.
pub(super) fn began_at(entries: &[Entry]) -> Option<Timestamp> {
    let started_at = entries.first().map(|entry| entry.at)?;
    let suffered = written(entries).first().is_some_and(|first| !first.acknowledged);
    Some(declared_at(entries).filter(|declared| suffered && *declared < started_at).unwrap_or(started_at))
}

/// From all of a run's entries, and the canary as its deployment has it.
pub fn measured(entries: &[Entry], canary: Option<&CanaryTarget>) -> Measured {
    let written = written(entries);
    let watched = watched(&written, entries, canary);
    let failed = written.iter().filter(|canary| !canary.acknowledged).count();
    Measured {
        rto: rto(&written, &watched),
        rto_at_least: rto_at_least(&watched),
        served_since: served_since(&written),
        rpo: canary.map(|canary| rpo(entries, &written, canary, watched.has_missed)).unwrap_or_default(),
        phases: phases(entries, &written, &watched.outages),
        canaries_written: written.len() as u64,
        canaries_failed: failed as u64,
    }
}

fn written(entries: &[Entry]) -> Vec<Written<'_>> {
    let mut written: Vec<_> = entries
        .iter()
        .filter_map(|entry| match &entry.event {
            RunEvent::CanaryWritten { nonce, sent_at, outcome } => {
                Some(Written { nonce, sent_at: *sent_at, acknowledged: outcome.is_ok() })
            }
            _ => None,
        })
        .collect();
    // Answers overtake one another; clients know only when they asked.
    written.sort_by(|one, other| (one.sent_at, one.nonce).cmp(&(other.sent_at, other.nonce)));
    written
}

fn declared_at(entries: &[Entry]) -> Option<Timestamp> {
    entries.iter().find_map(|entry| match &entry.event {
        RunEvent::RunStarted { incident_began_at, .. } => *incident_began_at,
        _ => None,
    })
}

/// An unplanned run is the answer to something that began before it. A rehearsal makes its fault itself, and one that was
/// begun as planned saw its clients first.
fn answers_an_outage(entries: &[Entry]) -> bool {
    entries.iter().any(|entry| match &entry.event {
        RunEvent::RunStarted { plan, .. } => plan.mode == Mode::Unplanned && !plan.drill,
        _ => false,
    })
}

/// From when on clients could write, to the end.
fn served_since(written: &[Written<'_>]) -> Option<Timestamp> {
    let good = written.iter().rev().take_while(|canary| canary.acknowledged);
    good.last().map(|canary| canary.sent_at)
}

fn watched(written: &[Written<'_>], entries: &[Entry], canary: Option<&CanaryTarget>) -> Watched {
    // Each waits for the one before it, and that one for its answer.
    let apart = canary.map_or(Duration::MAX, |canary| interval(canary) * 2 + WRITE_PATIENCE);
    let mut outages: Vec<Outage> = Vec::new();
    let mut has_gap = false;
    let mut before: Option<&Written<'_>> = None;
    for canary in written {
        let follows = before.is_some_and(|before| age(canary.sent_at, before.sent_at) <= apart);
        match (canary.acknowledged, outages.last_mut().filter(|outage| outage.until.is_none())) {
            (true, Some(outage)) => {
                outage.until = Some(canary.sent_at);
                outage.end_is_known = follows;
            }
            (false, Some(outage)) => outage.last = canary.sent_at,
            (false, None) => outages.push(Outage {
                from: canary.sent_at,
                first: canary.sent_at,
                last: canary.sent_at,
                until: None,
                begin_is_known: follows,
                end_is_known: true,
            }),
            (true, None) => has_gap |= before.is_some() && !follows,
        }
        before = Some(canary);
    }
    // The clock starts with the incident, not with the run that answers it.
    let first_failed = written.first().is_some_and(|first| !first.acknowledged);
    if let (true, Some(declared), Some(outage)) = (first_failed, declared_at(entries), outages.first_mut()) {
        outage.from = outage.from.min(declared);
        outage.begin_is_known = true;
    }
    let has_missed = outages.is_empty() && !written.is_empty() && answers_an_outage(entries);
    Watched { has_missed, outages, has_gap }
}

/// The longest outage: a single write that failed by itself does not stand for the one that the run was about.
fn rto(written: &[Written<'_>], watched: &Watched) -> Option<Duration> {
    if written.is_empty() || watched.has_gap || watched.has_missed {
        return None;
    }
    let lengths: Option<Vec<_>> = watched.outages.iter().map(Outage::length).collect();
    lengths.map(|lengths| lengths.into_iter().max().unwrap_or_default())
}

fn rto_at_least(watched: &Watched) -> Option<Duration> {
    let is_open = watched.has_gap || watched.outages.iter().any(|outage| outage.length().is_none());
    watched.outages.iter().map(Outage::seen).max().filter(|_| is_open)
}

fn rpo(
    entries: &[Entry],
    written: &[Written<'_>],
    canary: &CanaryTarget,
    has_missed: bool,
) -> BTreeMap<StoreKind, Option<Duration>> {
    let of = |store: StoreKind| {
        let lost = rpo_of(store, entries, written, interval(canary));
        // Its canaries may all have been written where clients had gone before it.
        lost.filter(|lost| !(has_missed && lost.is_zero()))
    };
    canary.read_urls.keys().map(|store| (*store, of(*store))).collect()
}

fn rpo_of(store: StoreKind, entries: &[Entry], written: &[Written<'_>], interval: Duration) -> Option<Duration> {
    let mut was_sought = false;
    let mut found = BTreeSet::new();
    let mut missing = BTreeSet::new();
    for entry in entries {
        if let RunEvent::CanariesSought { store: of, found: here, missing: not_here, .. } = &entry.event
            && *of == store
        {
            was_sought = true;
            found.extend(here.iter().map(String::as_str));
            missing.extend(not_here.iter().map(String::as_str));
        }
    }
    let acknowledged: Vec<_> = written.iter().filter(|canary| canary.acknowledged).collect();
    let is_told = |canary: &&Written<'_>| found.contains(canary.nonce) || missing.contains(canary.nonce);
    if !was_sought || acknowledged.is_empty() || !acknowledged.iter().all(is_told) {
        return None;
    }
    let lost: Vec<_> =
        acknowledged.iter().filter(|canary| !found.contains(canary.nonce)).map(|canary| canary.sent_at).collect();
    match (lost.first(), lost.last()) {
        // What clients wrote before the first canary may be lost as well, and nobody counts it.
        (Some(first), _) if acknowledged.first().is_some_and(|earliest| earliest.sent_at == *first) => None,
        (Some(first), Some(last)) => Some(age(*last, *first) + interval),
        // Where clients suffered before the first canary, what they lost was written before it too.
        (None, _) | (_, None) => written.first().filter(|first| first.acknowledged).map(|_| Duration::ZERO),
    }
}

fn phases(entries: &[Entry], written: &[Written<'_>], outages: &[Outage]) -> Phases {
    let planned_at = entries.iter().find_map(|entry| match &entry.event {
        RunEvent::RunStarted { plan, .. } => Some(plan.made_at),
        _ => None,
    });
    let approved_at = entries.iter().find_map(|entry| match &entry.event {
        RunEvent::Approved { phrase: Some(_), .. } => Some(entry.at),
        _ => None,
    });
    let answered_at = entries.iter().rev().find_map(|entry| match &entry.event {
        RunEvent::CallEnded { .. } => Some(entry.at),
        _ => None,
    });
    let began_at = declared_at(entries).or_else(|| outages.first().map(|outage| outage.from));
    let served_at = answered_at.and_then(|answered| {
        written.iter().find(|canary| canary.acknowledged && canary.sent_at >= answered).map(|canary| canary.sent_at)
    });
    let between = |from: Option<Timestamp>, to: Option<Timestamp>| {
        from.zip(to).filter(|(from, to)| from <= to).map(|(from, to)| age(to, from))
    };
    Phases {
        detection: between(began_at, planned_at),
        decision: between(planned_at, approved_at),
        execution: between(approved_at, answered_at),
        verification: between(answered_at, served_at),
    }
}

#[cfg(test)]
mod tests;
