//! When to read often without being asked: while the deployment in view is ill, until it has been well for
//! ten minutes. What the operator asks for holds until health changes its mind.

use std::collections::BTreeMap;

use lifeboat_model::assessment::Health;
use lifeboat_model::id::DeploymentName;
use lifeboat_model::read::Tempo;
use lifeboat_model::time::{Duration, Timestamp, age};

/// How long all must be well before reading calmly again: what fails once often fails again soon.
const CONVALESCENCE: Duration = Duration::from_mins(10);

/// What is remembered of one deployment.
#[derive(Debug, Default)]
struct Patient {
    /// Since when it has been well without a break, or since when the operator has wanted it read often.
    well_since: Option<Timestamp>,
    /// The operator wants calm although it is ill.
    hushed: bool,
}

/// Decides for the deployment in view; the others keep the tempo they have.
#[derive(Debug)]
pub(crate) struct TempoKeeper {
    /// The tempo of a healthy deployment. Fast means that there is nothing to decide.
    usual: Tempo,
    patients: BTreeMap<DeploymentName, Patient>,
}

impl TempoKeeper {
    pub(crate) fn new(usual: Tempo) -> Self {
        Self { usual, patients: BTreeMap::new() }
    }

    /// The tempo to change to, if any.
    pub(crate) fn judge(
        &mut self,
        name: &DeploymentName,
        health: Health,
        tempo: Tempo,
        now: Timestamp,
    ) -> Option<Tempo> {
        if self.usual == Tempo::Fast {
            return None;
        }
        let patient = self.patients.entry(name.clone()).or_default();
        match health {
            Health::Degraded | Health::Down => {
                patient.well_since = None;
                (tempo == Tempo::Calm && !patient.hushed).then_some(Tempo::Fast)
            }
            // Not known to be ill is no reason to hurry; not known to be well is no reason to stop.
            Health::Unknown => {
                patient.well_since = None;
                None
            }
            Health::Healthy => {
                patient.hushed = false;
                let since = *patient.well_since.get_or_insert(now);
                (tempo == Tempo::Fast && age(now, since) >= CONVALESCENCE).then_some(Tempo::Calm)
            }
        }
    }

    /// The operator has asked for this tempo.
    pub(crate) fn asked(&mut self, name: &DeploymentName, tempo: Tempo, now: Timestamp) {
        let patient = self.patients.entry(name.clone()).or_default();
        patient.hushed = tempo == Tempo::Calm;
        // Asked for while all is well: ten minutes from now, not at once.
        patient.well_since = patient.well_since.map(|_| now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn keeper() -> (TempoKeeper, DeploymentName) {
        (TempoKeeper::new(Tempo::Calm), DeploymentName::from("payments"))
    }

    #[test]
    fn illness_is_watched_closely_until_ten_minutes_of_health() {
        let (mut keeper, name) = keeper();
        assert_eq!(keeper.judge(&name, Health::Healthy, Tempo::Calm, at(0)), None);
        assert_eq!(keeper.judge(&name, Health::Down, Tempo::Calm, at(10)), Some(Tempo::Fast));
        assert_eq!(keeper.judge(&name, Health::Healthy, Tempo::Fast, at(20)), None);
        assert_eq!(keeper.judge(&name, Health::Degraded, Tempo::Fast, at(400)), None);
        assert_eq!(keeper.judge(&name, Health::Healthy, Tempo::Fast, at(500)), None);
        assert_eq!(keeper.judge(&name, Health::Healthy, Tempo::Fast, at(1099)), None);
        assert_eq!(keeper.judge(&name, Health::Healthy, Tempo::Fast, at(1100)), Some(Tempo::Calm));
    }

    #[test]
    fn the_unknown_neither_hurries_nor_calms() {
        let (mut keeper, name) = keeper();
        assert_eq!(keeper.judge(&name, Health::Unknown, Tempo::Calm, at(0)), None);
        assert_eq!(keeper.judge(&name, Health::Healthy, Tempo::Fast, at(1)), None);
        assert_eq!(keeper.judge(&name, Health::Unknown, Tempo::Fast, at(590)), None);
        assert_eq!(keeper.judge(&name, Health::Healthy, Tempo::Fast, at(700)), None);
    }

    #[test]
    fn what_the_operator_asks_for_holds() {
        let (mut keeper, name) = keeper();
        assert_eq!(keeper.judge(&name, Health::Healthy, Tempo::Calm, at(0)), None);
        keeper.asked(&name, Tempo::Fast, at(1000));
        assert_eq!(keeper.judge(&name, Health::Healthy, Tempo::Fast, at(1001)), None);
        assert_eq!(keeper.judge(&name, Health::Healthy, Tempo::Fast, at(1600)), Some(Tempo::Calm));
        keeper.asked(&name, Tempo::Calm, at(1700));
        assert_eq!(keeper.judge(&name, Health::Down, Tempo::Calm, at(1701)), None);
        assert_eq!(keeper.judge(&name, Health::Healthy, Tempo::Calm, at(1702)), None);
        assert_eq!(keeper.judge(&name, Health::Down, Tempo::Calm, at(1703)), Some(Tempo::Fast));
    }

    #[test]
    fn where_reading_often_is_usual_nothing_is_decided() {
        let mut keeper = TempoKeeper::new(Tempo::Fast);
        let name = DeploymentName::from("payments");
        assert_eq!(keeper.judge(&name, Health::Healthy, Tempo::Fast, at(0)), None);
        assert_eq!(keeper.judge(&name, Health::Healthy, Tempo::Fast, at(10_000)), None);
    }
}
