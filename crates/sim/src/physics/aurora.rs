//! An Aurora global database: asynchronous replication from one writer, switchover without loss, failover with the
//! loss of what had not arrived, best-effort fencing, and the old primary's slow return as a secondary.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::named::{Named, Nonce};
use crate::draw::{Draw, Topic};
use crate::faults::Conditions;
use crate::side::{Pair, Side};

/// A switchover that cannot synchronise in this time is given up, and the old writer writes again.
const SWITCHOVER_LIMIT_S: i64 = 600;
/// How much faster than real time a standby catches up.
const CATCH_UP: f64 = 6.0;
const LOSSES_KEPT: usize = 16;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Aurora {
    topics: Topics,
    pub(crate) writer: Side,
    pub(crate) phase: Phase,
    pub(crate) members: Pair<Member>,
    /// What each region's control plane says. They differ while the regions cannot reach each other.
    pub(crate) views: Pair<View>,
    /// The side whose control plane made the newest change, and so knows it.
    seat: Side,
    /// Everything committed up to here, in milliseconds of the world, has arrived in the standby.
    horizon_ms: f64,
    pub(crate) rpo_lag_ms: f64,
    /// Whether the regions heard each other a second ago.
    was_linked: bool,
    /// Commits, by second, that have not arrived.
    waiting: VecDeque<(i64, u32)>,
    pub(crate) acknowledged: u64,
    pub(crate) lost: u64,
    /// What unplanned failovers discarded, oldest first.
    pub(crate) losses: Vec<Loss>,
    /// Commits accepted by a writer that had been deposed: two writers at once.
    pub(crate) split_writes: u64,
    named: Named,
}

/// Commits that an unplanned failover discarded, and those that a deposed writer took after it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Loss {
    /// The first moment of which nothing survived, in milliseconds of the world, and the last.
    from_ms: f64,
    to_ms: f64,
    /// The newest second in which something was lost by it.
    at: i64,
}

impl Loss {
    pub(crate) fn ms(&self) -> f64 {
        (self.to_ms - self.from_ms).max(0.0)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Topics {
    lag: Topic,
    jitter: Topic,
    switchover: Topic,
    promotion: Topic,
    rebuild: Topic,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Member {
    pub(crate) accepts_writes: bool,
    pub(crate) synchronized: bool,
    /// When its new volume will be ready.
    pub(crate) rebuilt_at: Option<i64>,
    /// Commits on its volume.
    pub(crate) commits: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Phase {
    Steady,
    SwitchingOver { to: Side, since: i64, ready_at: i64 },
    FailingOver { to: Side, since: i64, ready_at: i64 },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct View {
    pub(crate) writer: Side,
    pub(crate) phase: Phase,
    pub(crate) synchronized: Pair<bool>,
}

/// Why a change of roles is refused. Nothing has changed then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    AlreadyWriter,
    Busy,
    NotSynchronized,
    NotHealthy,
}

impl Refusal {
    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::AlreadyWriter => "the target cluster is already the primary of the global cluster",
            Self::Busy => "the global cluster is switching or failing over",
            Self::NotSynchronized => "the target cluster is not synchronized with the primary",
            Self::NotHealthy => "a switchover needs both regions healthy and connected",
        }
    }
}

impl Aurora {
    pub(crate) fn new(global: &str, now: i64) -> Self {
        let member = |accepts_writes| Member { accepts_writes, synchronized: true, rebuilt_at: None, commits: 0 };
        let view = View { writer: Side::Home, phase: Phase::Steady, synchronized: Pair::new(true, true) };
        Self {
            topics: Topics {
                lag: Topic::new(global, "lag"),
                jitter: Topic::new(global, "lag-jitter"),
                switchover: Topic::new(global, "switchover"),
                promotion: Topic::new(global, "promotion"),
                rebuild: Topic::new(global, "rebuild"),
            },
            writer: Side::Home,
            phase: Phase::Steady,
            members: Pair::new(member(true), member(false)),
            views: Pair::new(view, view),
            seat: Side::Home,
            horizon_ms: now as f64 * 1000.0,
            rpo_lag_ms: 0.0,
            was_linked: true,
            waiting: VecDeque::with_capacity(64),
            acknowledged: 0,
            lost: 0,
            losses: Vec::new(),
            split_writes: 0,
            named: Named::default(),
        }
    }

    /// Whether an application in that region can commit. Applications use their own region's cluster.
    pub(crate) fn writable(&self, side: Side) -> bool {
        self.members.at(side).accepts_writes
    }

    /// The standby publishes lag as long as it hears of its primary and is not being rebuilt.
    pub(crate) fn lag_published_by(&self, conditions: &Conditions) -> Option<Side> {
        let standby = self.writer.other();
        let hears = !conditions.lost.at(self.writer) && !conditions.lost.at(standby);
        (hears && self.members.at(standby).synchronized).then_some(standby)
    }

    pub(crate) fn commit(&mut self, side: Side, now: i64, count: u32) {
        if count == 0 {
            return;
        }
        let many = u64::from(count);
        self.acknowledged += many;
        self.members.at_mut(side).commits += many;
        if side != self.writer {
            // A deposed writer that could not be fenced: its volume will be thrown away.
            self.lost += many;
            self.split_writes += many;
            if let Some(loss) = self.losses.last_mut() {
                loss.to_ms = (now + 1) as f64 * 1000.0;
                loss.at = now;
            }
            return;
        }
        match self.waiting.back_mut() {
            Some((second, waiting)) if *second == now => *waiting += count,
            _ => self.waiting.push_back((now, count)),
        }
    }

    /// A commit like any other, which can be looked for afterwards.
    pub(crate) fn commit_named(&mut self, side: Side, now: i64, nonce: Nonce) {
        self.commit(side, now, 1);
        self.named.put(side, now, nonce, side == self.writer);
    }

    pub(crate) fn has(&self, side: Side, nonce: Nonce) -> bool {
        self.named.has(side, nonce)
    }

    /// The newest loss.
    pub(crate) fn lost_ms(&self) -> Option<f64> {
        self.losses.last().map(Loss::ms)
    }

    /// How much time of commits was lost from a second on.
    pub(crate) fn lost_ms_since(&self, since: i64) -> f64 {
        self.losses.iter().filter(|loss| loss.at >= since).map(Loss::ms).sum()
    }

    /// How much time of the writer's commits has not arrived in the standby.
    pub(crate) fn waiting_ms(&self) -> f64 {
        let last = self.waiting.back().map(|(second, _)| (second + 1) as f64 * 1000.0);
        last.map_or(0.0, |last| (last - self.horizon_ms).max(0.0))
    }

    pub(crate) fn step(&mut self, draw: Draw, conditions: &Conditions, now: i64) {
        self.replicate(draw, conditions, now);
        match self.phase {
            Phase::Steady => {}
            Phase::SwitchingOver { to, since, ready_at } => self.switch(conditions, now, to, since, ready_at),
            Phase::FailingOver { to, ready_at, .. } => self.promote(conditions, now, to, ready_at),
        }
        self.rebuild(draw, conditions, now);
        self.tell(conditions);
    }

    /// Lets the control planes that can know say how it is.
    fn tell(&mut self, conditions: &Conditions) {
        for side in Side::BOTH {
            if !conditions.lost.at(side) && (side == self.seat || conditions.linked()) {
                *self.views.at_mut(side) = View {
                    writer: self.writer,
                    phase: self.phase,
                    synchronized: Pair::new(self.members.home.synchronized, self.members.partner.synchronized),
                };
            }
        }
    }

    fn replicate(&mut self, draw: Draw, conditions: &Conditions, now: i64) {
        let now_ms = now as f64 * 1000.0;
        let standby = self.writer.other();
        if !self.members.at(standby).synchronized {
            // There is nobody to replicate to: the horizon is where the new volume will begin.
            self.waiting.clear();
            self.named.forget_sending(self.writer);
            self.horizon_ms = now_ms;
            self.rpo_lag_ms = 0.0;
            return;
        }
        // Until the moment a link broke, commits had gone on arriving.
        let breaks = self.was_linked && !conditions.linked();
        let arrives = conditions.linked() || breaks;
        self.was_linked = conditions.linked();
        if arrives {
            let calm =
                draw.wander(self.topics.lag, now, 240).mul_add(90.0, 60.0) + draw.unit(self.topics.jitter, now) * 110.0;
            let reached = calm.mul_add(-conditions.aurora_slow, now_ms);
            let possible = 1000.0_f64.mul_add(CATCH_UP, self.horizon_ms);
            self.horizon_ms = self.horizon_ms.max(reached.min(possible));
        }
        self.rpo_lag_ms = (now_ms - self.horizon_ms).max(0.0);
        if !arrives {
            return;
        }
        while let Some((second, count)) = self.waiting.front().copied() {
            if second as f64 * 1000.0 > self.horizon_ms {
                break;
            }
            let missing = if breaks { self.missing_of(second, count) } else { 0 };
            self.members.at_mut(standby).commits += u64::from(count - missing);
            self.waiting.pop_front();
            if missing > 0 {
                self.waiting.push_front((second, missing));
                break;
            }
        }
        let horizon_ms = self.horizon_ms;
        self.named.arrive(self.writer, |second| second as f64 * 1000.0 <= horizon_ms);
    }

    /// Of the commits of one second, spread evenly over it, those after the horizon.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between none and all of them")]
    fn missing_of(&self, second: i64, count: u32) -> u32 {
        let after_ms = ((second + 1) as f64).mul_add(1000.0, -self.horizon_ms).clamp(0.0, 1000.0);
        (f64::from(count) * after_ms / 1000.0).ceil() as u32
    }

    fn switch(&mut self, conditions: &Conditions, now: i64, to: Side, since: i64, ready_at: i64) {
        let from = to.other();
        let ready = now >= ready_at && !conditions.promotion_stuck;
        if conditions.linked() && ready && self.waiting.is_empty() {
            self.members.at_mut(to).accepts_writes = true;
            self.writer = to;
            self.seat = to;
            self.phase = Phase::Steady;
            self.horizon_ms = now as f64 * 1000.0;
        } else if now - since >= SWITCHOVER_LIMIT_S && !conditions.lost.at(from) {
            self.members.at_mut(from).accepts_writes = true;
            self.phase = Phase::Steady;
        }
    }

    fn promote(&mut self, conditions: &Conditions, now: i64, to: Side, ready_at: i64) {
        if now < ready_at || *conditions.lost.at(to) || conditions.promotion_stuck {
            return;
        }
        let from = to.other();
        let lost: u64 = self.waiting.iter().map(|(_, count)| u64::from(*count)).sum();
        self.lost += lost;
        if self.losses.len() == LOSSES_KEPT {
            self.losses.remove(0);
        }
        let loss = Loss { from_ms: self.horizon_ms, to_ms: self.horizon_ms + self.waiting_ms(), at: now };
        self.losses.push(loss);
        self.waiting.clear();
        self.named.forget_sending(from);
        self.members.at_mut(to).accepts_writes = true;
        self.members.at_mut(from).synchronized = false;
        self.writer = to;
        self.seat = to;
        self.phase = Phase::Steady;
    }

    /// The deposed primary gets a new volume once it can be reached, and only then is it certainly fenced.
    fn rebuild(&mut self, draw: Draw, conditions: &Conditions, now: i64) {
        let standby = self.writer.other();
        if self.phase != Phase::Steady || self.members.at(standby).synchronized || !conditions.linked() {
            return;
        }
        let fenced = !conditions.fencing_fails || !self.members.at(standby).accepts_writes;
        if !fenced {
            return;
        }
        let commits = self.members.at(self.writer).commits;
        let topic = self.topics.rebuild;
        let member = self.members.at_mut(standby);
        member.accepts_writes = false;
        match member.rebuilt_at {
            None => member.rebuilt_at = Some(now + draw.seconds(topic, now, 600, 1800)),
            Some(at) if now >= at => {
                *member = Member { accepts_writes: false, synchronized: true, rebuilt_at: None, commits };
                self.horizon_ms = now as f64 * 1000.0;
                self.named.copy_to(standby);
            }
            Some(_) => {}
        }
    }

    pub(crate) fn switchover(
        &mut self,
        draw: Draw,
        conditions: &Conditions,
        now: i64,
        to: Side,
    ) -> Result<(), Refusal> {
        if self.phase != Phase::Steady {
            return Err(Refusal::Busy);
        }
        if to == self.writer {
            return Err(Refusal::AlreadyWriter);
        }
        if !conditions.linked() {
            return Err(Refusal::NotHealthy);
        }
        if !self.members.at(to).synchronized {
            return Err(Refusal::NotSynchronized);
        }
        let usual = draw.between(self.topics.switchover, now, 30.0, 60.0);
        // What has not arrived must arrive first, once writes have stopped.
        let behind = (self.rpo_lag_ms / 1000.0).floor();
        let ready_at = now + whole(usual.mul_add(conditions.promotion_slow, behind));
        self.phase = Phase::SwitchingOver { to, since: now, ready_at };
        self.members.at_mut(self.writer).accepts_writes = false;
        self.tell(conditions);
        Ok(())
    }

    pub(crate) fn failover(&mut self, draw: Draw, conditions: &Conditions, now: i64, to: Side) -> Result<(), Refusal> {
        if to == self.writer {
            return Err(Refusal::AlreadyWriter);
        }
        // A switchover that hangs on a lost region may be overruled; another failover may not.
        if matches!(self.phase, Phase::FailingOver { .. }) {
            return Err(Refusal::Busy);
        }
        if !self.members.at(to).synchronized {
            return Err(Refusal::NotSynchronized);
        }
        let usual = draw.between(self.topics.promotion, now, 40.0, 90.0);
        self.phase = Phase::FailingOver { to, since: now, ready_at: now + whole(usual * conditions.promotion_slow) };
        self.seat = to;
        // Best effort: only a writer that is reached, and obeys, stops at once. A lost one stopped by itself.
        let from = to.other();
        let reached = *conditions.lost.at(from) || conditions.linked();
        if reached && !conditions.fencing_fails {
            self.members.at_mut(from).accepts_writes = false;
        }
        self.tell(conditions);
        Ok(())
    }
}

#[expect(clippy::cast_possible_truncation, reason = "seconds of a promotion are far below 2^52")]
fn whole(seconds: f64) -> i64 {
    seconds.ceil() as i64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What happens to a database in a run of a property test.
    #[derive(Clone, Copy, Debug)]
    struct Course {
        cut_at: i64,
        cut_for: i64,
        home_lost: bool,
        fencing_fails: bool,
        change_at: i64,
        failover: bool,
    }

    fn conditions(course: Course, now: i64) -> Conditions {
        let mut conditions = Conditions::calm();
        if (course.cut_at..course.cut_at + course.cut_for).contains(&now) {
            conditions.partitioned = !course.home_lost;
            conditions.lost.home = course.home_lost;
            conditions.fencing_fails = course.fencing_fails;
        }
        conditions
    }

    fn run(seed: u64, course: Course, mut look: impl FnMut(i64, &Aurora, bool)) {
        let draw = Draw::new(seed);
        let mut aurora = Aurora::new("global", 0);
        let mut failed_over = false;
        for now in 1..4_000 {
            let conditions = conditions(course, now);
            if now == course.change_at {
                let asked = if course.failover {
                    aurora.failover(draw, &conditions, now, Side::Partner)
                } else {
                    aurora.switchover(draw, &conditions, now, Side::Partner)
                };
                failed_over = course.failover && asked.is_ok();
            }
            aurora.step(draw, &conditions, now);
            for side in Side::BOTH {
                if aurora.writable(side) && !conditions.lost.at(side) {
                    aurora.commit(side, now, 7);
                }
            }
            look(now, &aurora, failed_over);
        }
    }

    fn course() -> impl Strategy<Value = Course> {
        (1..600_i64, 0..900_i64, any::<bool>(), any::<bool>(), 1..900_i64, any::<bool>()).prop_map(
            |(cut_at, cut_for, home_lost, fencing_fails, change_at, failover)| Course {
                cut_at,
                cut_for,
                home_lost,
                fencing_fails,
                change_at,
                failover,
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        #[test]
        fn a_switchover_never_makes_two_writers_and_loses_nothing(seed: u64, mut course in course()) {
            course.failover = false;
            run(seed, course, |now, aurora, _| {
                assert!(!(aurora.writable(Side::Home) && aurora.writable(Side::Partner)), "at {now}");
                assert_eq!((aurora.lost, aurora.split_writes), (0, 0), "at {now}");
            });
        }

        #[test]
        fn what_was_acknowledged_is_found_or_lost(seed: u64, course in course()) {
            run(seed, course, |now, aurora, _| {
                let found = aurora.members.at(aurora.writer).commits;
                assert_eq!(aurora.acknowledged, found + aurora.lost, "at {now}");
            });
        }

        #[test]
        fn only_a_failover_without_fencing_makes_two_writers(seed: u64, course in course()) {
            run(seed, course, |now, aurora, failed_over| {
                if aurora.writable(Side::Home) && aurora.writable(Side::Partner) {
                    assert!(failed_over, "at {now}");
                    assert!(course.fencing_fails || course.cut_for > 0, "at {now}");
                }
            });
        }

        #[test]
        fn in_the_end_there_is_one_writer_and_a_synchronized_standby(seed: u64, course in course()) {
            let mut last = None;
            run(seed, course, |_, aurora, _| last = Some(aurora.clone()));
            let last = last.expect("it ran");
            prop_assert_eq!(last.phase, Phase::Steady);
            prop_assert!(last.writable(last.writer) && !last.writable(last.writer.other()));
            prop_assert!(last.members.home.synchronized && last.members.partner.synchronized);
            prop_assert_eq!(last.views.home, last.views.partner);
        }
    }

    #[test]
    fn calm_lag_is_below_a_second_and_slow_replication_is_not() {
        let draw = Draw::new(9);
        let mut aurora = Aurora::new("global", 0);
        let mut conditions = Conditions::calm();
        let mut worst = 0.0_f64;
        for now in 1..3_600 {
            aurora.step(draw, &conditions, now);
            worst = worst.max(aurora.rpo_lag_ms);
        }
        assert!((50.0..1_000.0).contains(&worst), "{worst}");
        conditions.aurora_slow = 40.0;
        for now in 3_600..3_700 {
            aurora.step(draw, &conditions, now);
        }
        assert!(aurora.rpo_lag_ms > 2_000.0, "{}", aurora.rpo_lag_ms);
    }
}
