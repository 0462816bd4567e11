//! What came to pass in stories, by kind, so that it is seen that faults, crashes and refusals happen at all.

use std::collections::BTreeMap;
use std::fmt;

/// Everything that may come to pass and is counted.
macro_rules! happenings {
    ($($name:ident = $words:literal),+ $(,)?) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Happening { $($name),+ }

        impl Happening {
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $words),+ }
            }
        }
    };
}

happenings! {
    CannotPlan = "no plan could be made",
    WrongPhrase = "a wrong phrase was refused",
    Refused = "refused by a guard before it began",
    Overridden = "begun against a guard",
    Completed = "completed",
    Stopped = "stopped for a person",
    Failed = "failed",
    Aborted = "aborted",
    Planned = "planned runs",
    Unplanned = "unplanned runs",
    Drill = "drills",
    WentUnplanned = "went from planned to unplanned",
    DiedBeforeDurable = "died before an entry was durable",
    DiedAfterDurable = "died after an entry was durable",
    Killed = "killed at any moment",
    Resumed = "resumed",
    GivenUp = "given up by another process",
    Question = "questions put to people",
    Paused = "paused",
    RivalRefused = "second operators held off by the lock",
    Call = "calls performed",
    Promotion = "promotions",
    TrafficMoved = "moves of traffic",
    CallThrottled = "calls throttled",
    ReplyLost = "replies lost after success",
    ConnectionTorn = "connections torn before anything happened",
    LandedLate = "requests that arrived after they were given up",
    ProbedHappened = "probes: it happened",
    ProbedNot = "probes: it did not happen",
    ProbedUnderWay = "probes: under way",
    ProbedUnclear = "probes: cannot tell",
    StepFailed = "steps failed",
    StepSkipped = "steps skipped",
    StepUndone = "steps undone",
    LedgerClosed = "temporary changes put back",
    LedgerKept = "temporary changes kept, with a reason",
    CanaryFailed = "canaries failed",
    MeasuredAgainstTruth = "RTO and RPO held against the truth",
}

/// How often each came to pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally(BTreeMap<Happening, u64>);

impl Tally {
    pub(crate) fn count(&mut self, happening: Happening) {
        *self.0.entry(happening).or_default() += 1;
    }

    pub fn of(&self, happening: Happening) -> u64 {
        self.0.get(&happening).copied().unwrap_or_default()
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (happening, count) in &other.0 {
            *self.0.entry(*happening).or_default() += count;
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for happening in Happening::ALL {
            writeln!(f, "{:>8}  {}", self.of(*happening), happening.as_str())?;
        }
        Ok(())
    }
}
