//! Route 53's health checks: sixteen checkers in eight regions, each changing its mind after a row of equal answers,
//! and the rule that more than 18 % of them make an endpoint healthy.

use lifeboat_model::facts::route53::HealthCheckKind;
use lifeboat_model::id::{AlarmName, HealthCheckId, Region};
use serde::{Deserialize, Serialize};

use crate::side::Side;

/// Where the checkers are, two in each.
pub(crate) const CHECKER_REGIONS: [&str; 8] = [
    "us-east-1",
    "us-west-1",
    "us-west-2",
    "eu-west-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-northeast-1",
    "sa-east-1",
];
/// More than this share, in percent, makes an endpoint healthy.
pub(crate) const HEALTHY_ABOVE_PERCENT: f64 = 18.0;
/// Until a changed status has reached the name servers.
const PROPAGATION_S: i64 = 5;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Check {
    pub(crate) id: HealthCheckId,
    pub(crate) kind: HealthCheckKind,
    pub(crate) version: i64,
    pub(crate) side: Side,
    interval_s: i64,
    threshold: u8,
    pub(crate) inverted: bool,
    pub(crate) disabled: bool,
    /// The alarm that decides for a `CLOUDWATCH_METRIC` check.
    pub(crate) alarm: Option<(Region, AlarmName)>,
    /// The checks of which a `CALCULATED` one counts the healthy.
    pub(crate) children: Vec<HealthCheckId>,
    /// What a check that asks nothing itself was last told.
    pub(crate) told: Option<bool>,
    pub(crate) checkers: Vec<CheckerState>,
    /// What the name servers go by.
    pub(crate) effective: bool,
    changing_since: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CheckerState {
    /// Which of [`CHECKER_REGIONS`].
    pub(crate) region: u8,
    /// The second of its interval in which it asks.
    phase: i64,
    /// The side it shares a region with, and falls silent with.
    lives_with: Option<Side>,
    pub(crate) thinks_healthy: bool,
    pub(crate) last_passed: bool,
    streak: u8,
    pub(crate) asked_at: i64,
}

impl Check {
    pub(crate) fn new(
        id: HealthCheckId,
        kind: HealthCheckKind,
        side: Side,
        interval_s: u32,
        threshold: u32,
        lives_with: impl Fn(&str) -> Option<Side>,
        now: i64,
    ) -> Self {
        let interval = i64::from(interval_s);
        let checkers = (0..16_i64)
            .map(|index| {
                let region = u8::try_from(index / 2).unwrap_or_default();
                CheckerState {
                    region,
                    phase: index * interval / 16,
                    lives_with: CHECKER_REGIONS.get(usize::from(region)).and_then(|name| lives_with(name)),
                    thinks_healthy: true,
                    last_passed: true,
                    streak: 0,
                    asked_at: now - interval + index * interval / 16,
                }
            })
            .collect();
        Self {
            id,
            kind,
            version: 1,
            side,
            interval_s: interval,
            threshold: u8::try_from(threshold).unwrap_or(u8::MAX),
            inverted: false,
            disabled: false,
            alarm: None,
            children: Vec::new(),
            told: None,
            checkers,
            effective: true,
            changing_since: None,
        }
    }

    /// Inverted, and watching for what nobody has done yet: healthy until somebody does.
    pub(crate) fn watching_a_lever(mut self, alarm: Option<(Region, AlarmName)>) -> Self {
        self.inverted = true;
        self.alarm = alarm;
        for checker in &mut self.checkers {
            checker.thinks_healthy = false;
            checker.last_passed = false;
        }
        self
    }

    pub(crate) fn interval_s(&self) -> u32 {
        u32::try_from(self.interval_s).unwrap_or_default()
    }

    pub(crate) fn threshold(&self) -> u32 {
        u32::from(self.threshold)
    }

    /// Whether it goes by other checks or an alarm rather than by asking.
    pub(crate) fn is_told(&self) -> bool {
        matches!(self.kind, HealthCheckKind::Calculated | HealthCheckKind::CloudwatchMetric)
    }

    /// `good` is whether the endpoint answers well, or what it is told; `silent` tells which side's checkers cannot
    /// ask.
    pub(crate) fn step(&mut self, good: bool, silent: impl Fn(Side) -> bool, now: i64) {
        if self.is_told() {
            self.told = Some(good);
        } else {
            self.ask(good, &silent, now);
        }
        let decided = self.healthy(&silent);
        if decided == self.effective {
            self.changing_since = None;
        } else if now - *self.changing_since.get_or_insert(now) >= PROPAGATION_S {
            self.effective = decided;
            self.changing_since = None;
        }
    }

    fn ask(&mut self, good: bool, silent: &impl Fn(Side) -> bool, now: i64) {
        let slot = now.rem_euclid(self.interval_s.max(1));
        let threshold = self.threshold;
        for checker in &mut self.checkers {
            if checker.phase == slot && !checker.lives_with.is_some_and(silent) {
                checker.ask(good, threshold, now);
            }
        }
    }

    /// The share of reporting checkers that think it healthy, in percent.
    pub(crate) fn percent(&self, silent: impl Fn(Side) -> bool) -> f64 {
        let mut reporting = 0_u32;
        let mut healthy = 0_u32;
        for checker in &self.checkers {
            if !checker.lives_with.is_some_and(&silent) {
                reporting += 1;
                healthy += u32::from(checker.thinks_healthy);
            }
        }
        if reporting == 0 { 100.0 } else { 100.0 * f64::from(healthy) / f64::from(reporting) }
    }

    /// Disabled means healthy, whatever the checkers see; inversion exchanges the rest.
    pub(crate) fn healthy(&self, silent: impl Fn(Side) -> bool) -> bool {
        let raw = self.told.unwrap_or_else(|| self.percent(silent) > HEALTHY_ABOVE_PERCENT);
        self.disabled || raw != self.inverted
    }
}

impl CheckerState {
    fn ask(&mut self, good: bool, threshold: u8, now: i64) {
        self.streak = if good == self.last_passed { self.streak.saturating_add(1) } else { 1 };
        self.last_passed = good;
        self.asked_at = now;
        if self.streak >= threshold {
            self.thinks_healthy = good;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(interval_s: u32) -> Check {
        Check::new("a".into(), HealthCheckKind::Https, Side::Home, interval_s, 3, |_| None, 0)
    }

    #[test]
    fn three_of_sixteen_are_enough_and_two_are_not() {
        for (healthy, verdict) in [(16, true), (3, true), (2, false), (0, false)] {
            let mut check = check(30);
            for (index, checker) in check.checkers.iter_mut().enumerate() {
                checker.thinks_healthy = index < healthy;
            }
            assert_eq!(check.healthy(|_| false), verdict, "{healthy} of 16");
            check.inverted = true;
            assert_eq!(check.healthy(|_| false), !verdict, "{healthy} of 16, inverted");
            check.disabled = true;
            assert!(check.healthy(|_| false), "disabled is healthy, inverted or not");
        }
    }

    #[test]
    fn it_takes_threshold_times_interval_to_change_its_mind() {
        let mut check = check(30);
        let mut turned = None;
        for now in 1..200 {
            check.step(false, |_| false, now);
            if turned.is_none() && !check.effective {
                turned = Some(now);
            }
        }
        let turned = turned.expect("it becomes unhealthy");
        assert!((60..=100).contains(&turned), "{turned}");
    }

    proptest! {
        #[test]
        fn fewer_equal_answers_than_the_threshold_change_nothing(good_again_after in 1..60_i64) {
            let mut check = check(30);
            for now in 1..300 {
                check.step(now > good_again_after, |_| false, now);
                prop_assert!(check.effective, "{now}");
            }
        }
    }
}
