//! What the canaries of a run tell: since when clients can write or cannot, and where nobody looked. Answers overtake one
//! another and clients know only when they asked, so everything goes by when each was sent.

use lifeboat_model::time::{Duration, Timestamp, age};
use lifeboat_model::topology::CanaryTarget;

/// How long a canary is waited for before it counts as failed.
const PATIENCE: Duration = Duration::from_secs(5);
/// The same for what lies between two of them where it is not known here how far apart they are sent.
const FAR_APART: Duration = Duration::from_mins(1);

/// Between two canaries that lie further apart nobody looked: one waits for the one before it, and that for its answer.
pub(crate) fn apart(target: Option<&CanaryTarget>) -> Duration {
    target.map_or(FAR_APART, |target| target.interval.saturating_mul(2).saturating_add(PATIENCE))
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Sent {
    at: Timestamp,
    is_good: bool,
}

/// A row of canaries that failed, each after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outage {
    pub(crate) from: Timestamp,
    /// The first good one after it; `None` while it lasts.
    pub(crate) until: Option<Timestamp>,
    /// Whether there was none before it: since when it lasts is older than the run.
    pub(crate) is_first: bool,
}

/// A place in a strip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    Good,
    Failed,
    /// None was sent for a while.
    Unseen,
}

/// All of one run, the oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Canaries {
    sent: Vec<Sent>,
    pub(crate) acknowledged: u64,
    pub(crate) failed: u64,
    /// Since when none was acknowledged, and what the newest was answered.
    pub(crate) failing: Option<(Timestamp, String)>,
}

impl Canaries {
    pub(super) fn take(&mut self, at: Timestamp, failure: Option<&String>) {
        let place = self.sent.iter().rposition(|sent| sent.at <= at).map_or(0, |before| before + 1);
        let is_newest = place == self.sent.len();
        self.sent.insert(place, Sent { at, is_good: failure.is_none() });
        let count = if failure.is_none() { &mut self.acknowledged } else { &mut self.failed };
        *count = count.saturating_add(1);
        self.failing = match (self.failing.take(), failure) {
            (before, Some(why)) if is_newest => Some((before.map_or(at, |(since, _)| since), why.clone())),
            (_, None) if is_newest => None,
            // What comes late may have begun it, and is not what was answered last.
            (before, _) => before.and_then(|(_, why)| Some((self.since(false)?, why))),
        };
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.sent.is_empty()
    }

    pub(crate) fn first(&self) -> Option<Timestamp> {
        self.sent.first().map(|sent| sent.at)
    }

    pub(crate) fn newest(&self) -> Option<Timestamp> {
        self.sent.last().map(|sent| sent.at)
    }

    /// For how long none was sent, where that is clearly longer than the time between two. What is on its way to this
    /// screen is not missing yet.
    pub(crate) fn unseen_for(&self, now: Timestamp, apart: Duration) -> Option<Duration> {
        let silent = age(now, self.newest()?);
        (silent > apart.saturating_mul(2)).then_some(silent)
    }

    /// Since when all were acknowledged.
    pub(crate) fn good_since(&self) -> Option<Timestamp> {
        self.since(true)
    }

    fn since(&self, is_good: bool) -> Option<Timestamp> {
        self.sent.iter().rev().take_while(|sent| sent.is_good == is_good).last().map(|sent| sent.at)
    }

    pub(crate) fn good_in_a_row(&self) -> usize {
        self.sent.iter().rev().take_while(|sent| sent.is_good).count()
    }

    fn outages(&self) -> impl Iterator<Item = Outage> {
        let mut rows = self.sent.chunk_by(|one, other| one.is_good == other.is_good).enumerate().peekable();
        std::iter::from_fn(move || {
            loop {
                let (index, row) = rows.next()?;
                if let Some(first) = row.first().filter(|first| !first.is_good) {
                    let until = rows.peek().and_then(|(_, next)| next.first()).map(|next| next.at);
                    return Some(Outage { from: first.at, until, is_first: index == 0 });
                }
            }
        })
    }

    pub(crate) fn last_outage(&self) -> Option<Outage> {
        self.outages().last()
    }

    /// A single write that failed by itself does not stand for the outage that the run was about.
    pub(crate) fn longest_outage(&self) -> Option<Outage> {
        let length = |outage: &Outage| outage.until.map(|until| age(until, outage.from));
        self.outages().max_by_key(length)
    }

    /// Whether nobody looked for a while before clients were first seen unable to write, this time.
    pub(crate) fn is_begin_unseen(&self, apart: Duration) -> bool {
        let failing = self.sent.iter().rev().take_while(|sent| !sent.is_good).count();
        let first = self.sent.len().saturating_sub(failing);
        let before = first.checked_sub(1).and_then(|index| self.sent.get(index));
        let is_far = |before: &Sent| self.sent.get(first).is_some_and(|first| age(first.at, before.at) > apart);
        before.is_none_or(is_far)
    }

    /// The newest at the end, with a place for each time in which nobody looked; `until`: when the strip is drawn, of a run
    /// that goes on.
    pub(crate) fn strip(&self, room: usize, apart: Duration, until: Option<Timestamp>) -> Vec<Sign> {
        let mut signs = Vec::new();
        if until.is_some_and(|now| self.unseen_for(now, apart).is_some()) {
            signs.push(Sign::Unseen);
        }
        let mut after: Option<Timestamp> = None;
        for sent in self.sent.iter().rev() {
            if after.is_some_and(|after| age(after, sent.at) > apart) {
                signs.push(Sign::Unseen);
            }
            signs.push(if sent.is_good { Sign::Good } else { Sign::Failed });
            after = Some(sent.at);
            if signs.len() >= room {
                break;
            }
        }
        signs.truncate(room);
        signs.reverse();
        signs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const APART: Duration = Duration::from_secs(9);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// Two seconds apart: `.` was acknowledged, `X` failed, and in place of a blank none was sent.
    fn told(signs: &str) -> Canaries {
        let mut canaries = Canaries::default();
        for (second, sign) in (0..).step_by(2).zip(signs.chars()) {
            match sign {
                '.' => canaries.take(at(second), None),
                'X' => canaries.take(at(second), Some(&format!("refused at {second}"))),
                _ => {}
            }
        }
        canaries
    }

    fn drawn(canaries: &Canaries, until: Option<i64>) -> String {
        let letter = |sign| match sign {
            Sign::Good => '.',
            Sign::Failed => 'X',
            Sign::Unseen => '?',
        };
        canaries.strip(100, APART, until.map(at)).into_iter().map(letter).collect()
    }

    #[test]
    fn where_none_was_sent_for_a_while_the_strip_has_a_gap() {
        assert_eq!(drawn(&told("..X. .XX"), Some(14)), "..X..XX");
        assert_eq!(drawn(&told("....            XX"), Some(34)), "....?XX");
        assert_eq!(drawn(&told("...."), Some(6 + 18)), "....");
        assert_eq!(drawn(&told("...."), Some(6 + 19)), "....?");
        assert_eq!(drawn(&told("...."), None), "....");
        assert_eq!(told("....      XX").strip(3, APART, None), [Sign::Unseen, Sign::Failed, Sign::Failed]);
    }

    #[test]
    fn that_nobody_looked_is_known_only_after_clearly_longer_than_usual() {
        assert_eq!(told("..").unseen_for(at(20), APART), None);
        assert_eq!(told("..").unseen_for(at(21), APART), Some(Duration::from_secs(19)));
        assert_eq!(told("").unseen_for(at(1000), APART), None);
        assert!(told("....      XX").is_begin_unseen(APART) && told("XX").is_begin_unseen(APART));
        assert!(!told("....XX").is_begin_unseen(APART));
    }

    /// One that nobody answered is known five seconds after the ones that were sent behind it.
    #[test]
    fn an_answer_that_comes_late_changes_nothing_of_what_is_newer() {
        let mut canaries = Canaries::default();
        canaries.take(at(0), None);
        canaries.take(at(4), None);
        canaries.take(at(2), Some(&"no answer".to_owned()));
        assert_eq!((canaries.failing.clone(), canaries.good_since()), (None, Some(at(4))));
        assert_eq!(drawn(&canaries, None), ".X.");
        let mut canaries = Canaries::default();
        canaries.take(at(4), Some(&"refused".to_owned()));
        canaries.take(at(2), Some(&"no answer".to_owned()));
        assert_eq!(canaries.failing, Some((at(2), "refused".to_owned())));
    }

    #[test]
    fn outages_are_told_apart() {
        let canaries = told("X.XX..X");
        assert_eq!(canaries.longest_outage(), Some(Outage { from: at(4), until: Some(at(8)), is_first: false }));
        assert_eq!(canaries.last_outage(), Some(Outage { from: at(12), until: None, is_first: false }));
        assert_eq!(told("X.").last_outage(), Some(Outage { from: at(0), until: Some(at(2)), is_first: true }));
        assert_eq!(told("..").last_outage(), None);
    }
}
