//! What earlier runs of the deployment measured of a plan's steps, in place of what is only supposed. What is expected is
//! all that it touches: how long is waited, and for what, is no matter of what it took before.

use lifeboat_model::assessment::RunHistory;
use lifeboat_model::plan::{Condition, Plan, Step};
use lifeboat_model::runbook::StepKind;
use lifeboat_model::time::Duration;
use lifeboat_model::wording::span;

/// As many lengths as are told one by one.
const TOLD: usize = 5;

/// Lets each step take what it took before, where that was measured. None of it is part of the plan's hash: a plan that
/// somebody is reading stays the same plan when another run ends.
pub(super) fn expect(plan: &mut Plan, history: &RunHistory) {
    for step in &mut plan.steps {
        let lengths = history.lengths_of(plan.mode, step);
        if let Some((length, basis)) = expected(step, lengths) {
            (step.expected, step.expected_basis) = (Some(length), basis);
        }
    }
}

fn expected(step: &Step, lengths: &[Duration]) -> Option<(Duration, String)> {
    if lasts_as_planned(step) {
        return None;
    }
    let (middle, told) = middle(lengths)?;
    match step.expected.filter(|known| waits_for_what_is_pending(step) && *known > middle) {
        Some(known) => Some((known, format!("{}; {told}", step.expected_basis))),
        None => Some((middle, told)),
    }
}

/// A person's word takes no time of the plan's, and a wait of a certain length takes that. A promotion's length is the
/// forecast's, which takes it from all promotions that were measured: a plan and the forecast beside it say one thing.
fn lasts_as_planned(step: &Step) -> bool {
    let is_of_time = |condition: &Condition| matches!(condition, Condition::Elapsed { .. });
    step.kind == StepKind::Approval || step.kind.promotes() || step.verify.iter().any(is_of_time)
}

/// How long it takes follows from what is on its way now: less of it before says nothing against more of it today.
fn waits_for_what_is_pending(step: &Step) -> bool {
    let is_pending = |condition: &Condition| {
        matches!(
            condition,
            Condition::BacklogEmpty { .. } | Condition::Synchronized { .. } | Condition::AtRiskAtMost { .. }
        )
    };
    step.verify.iter().any(is_pending)
}

/// The middle one, the longer of the two where there is none, and what it is the middle of.
fn middle(lengths: &[Duration]) -> Option<(Duration, String)> {
    let mut sorted = lengths.to_vec();
    sorted.sort_unstable();
    let middle = *sorted.get(sorted.len() / 2)?;
    let (shortest, longest) = (sorted.first()?, sorted.last()?);
    let told = match sorted.len() {
        1 => format!("{} in the one earlier run", span(middle)),
        2 => format!("the longer of 2 earlier runs: {}", listed(&sorted)),
        count @ ..=TOLD => format!("middle of {count} earlier runs: {}", listed(&sorted)),
        count => format!("middle of {count} earlier runs, {} to {}", span(*shortest), span(*longest)),
    };
    Some((middle, told))
}

/// `38, 41, 55 s`: a unit that all have is told once.
fn listed(lengths: &[Duration]) -> String {
    let spans: Vec<String> = lengths.iter().map(|length| span(*length)).collect();
    let parts: Vec<(&str, &str)> = spans.iter().filter_map(|span| span.split_once(' ')).collect();
    let units: Vec<&str> = parts.iter().map(|(_, unit)| *unit).collect();
    let is_one_unit = parts.len() == spans.len() && units.windows(2).all(|two| two.first() == two.last());
    match units.first().filter(|unit| is_one_unit && !unit.contains(' ')) {
        Some(unit) => {
            let numbers: Vec<&str> = parts.iter().map(|(number, _)| *number).collect();
            format!("{} {unit}", numbers.join(", "))
        }
        None => spans.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(lengths: &[u64]) -> Vec<Duration> {
        lengths.iter().map(|length| Duration::from_secs(*length)).collect()
    }

    #[test]
    fn the_middle_of_what_was_measured_is_expected_and_told() {
        for (lengths, middle_s, told) in [
            (&[41][..], 41, "41 s in the one earlier run"),
            (&[55, 41], 55, "the longer of 2 earlier runs: 41, 55 s"),
            (&[55, 38, 41], 41, "middle of 3 earlier runs: 38, 41, 55 s"),
            (&[41, 210, 38], 41, "middle of 3 earlier runs: 38 s, 41 s, 3 min 30 s"),
            (&[1, 2, 3, 4, 5, 6], 4, "middle of 6 earlier runs, 1 s to 6 s"),
        ] {
            assert_eq!(middle(&seconds(lengths)), Some((Duration::from_secs(middle_s), told.to_owned())));
        }
        assert_eq!(middle(&[]), None);
    }
}
