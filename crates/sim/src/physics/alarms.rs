//! CloudWatch alarms: once a minute, each in its own region, on the last points of one series. Missing points are
//! treated as the alarm says, and a series that has moved away leaves the alarm without data, not in alarm.

use lifeboat_model::facts::alarm::AlarmState;
use serde::{Deserialize, Serialize};

use super::metrics::{Metrics, Slot};
use crate::estate::{AlarmEstate, MissingData};

/// Two more minutes without data before an alarm gives up: points arrive late.
const PATIENCE: i64 = 2;
const HISTORY_KEPT: usize = 400;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Alarms {
    pub(crate) states: Vec<Alarm>,
    /// Oldest first.
    pub(crate) history: Vec<Changed>,
    /// Notices its actions sent.
    pub(crate) notices: Vec<Changed>,
    pub(crate) mutes: Vec<Mute>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Alarm {
    pub(crate) state: AlarmState,
    pub(crate) since: i64,
    /// The value that decided, where one did.
    pub(crate) datapoint: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Changed {
    /// Which alarm, by its place in the list.
    pub(crate) alarm: u8,
    pub(crate) at: i64,
    pub(crate) from: AlarmState,
    pub(crate) to: AlarmState,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mute {
    pub(crate) rule: String,
    pub(crate) region: String,
    pub(crate) alarms: Vec<String>,
    pub(crate) until: i64,
}

impl Alarms {
    /// Each in the state in which it is until it is judged first.
    pub(crate) fn new(count: usize, state: AlarmState, since: i64) -> Self {
        let alarm = Alarm { state, since, datapoint: None };
        Self { states: vec![alarm; count], history: Vec::new(), notices: Vec::new(), mutes: Vec::new() }
    }

    /// As they have been for long: nobody remembers how they came to it.
    pub(crate) fn settle(&mut self, since: i64) {
        self.history.clear();
        self.notices.clear();
        for alarm in &mut self.states {
            alarm.since = since;
        }
    }

    /// Judges every alarm whose region works, after `minute` has ended.
    pub(crate) fn evaluate(
        &mut self,
        estates: &[AlarmEstate],
        slots: &[Slot],
        metrics: &Metrics,
        works: impl Fn(&AlarmEstate) -> bool,
        minute: i64,
        now: i64,
    ) {
        for (place, (estate, slot)) in estates.iter().zip(slots).enumerate() {
            let Some(alarm) = self.states.get_mut(place).filter(|_| works(estate)) else { continue };
            let (state, datapoint) = judge(estate, *slot, metrics, minute, &alarm.state);
            if state == alarm.state {
                continue;
            }
            let from = std::mem::replace(&mut alarm.state, state.clone());
            alarm.since = now;
            alarm.datapoint = datapoint;
            let changed = Changed { alarm: u8::try_from(place).unwrap_or(u8::MAX), at: now, from, to: state };
            let muted = self.mutes.iter().any(|mute| {
                mute.until > now
                    && mute.region == estate.region.as_str()
                    && mute.alarms.iter().any(|name| name == estate.name.as_str())
            });
            if !muted {
                push(&mut self.notices, changed.clone());
            }
            push(&mut self.history, changed);
        }
    }
}

fn push(list: &mut Vec<Changed>, changed: Changed) {
    if list.len() == HISTORY_KEPT {
        list.remove(0);
    }
    list.push(changed);
}

fn judge(
    estate: &AlarmEstate,
    slot: Slot,
    metrics: &Metrics,
    minute: i64,
    held: &AlarmState,
) -> (AlarmState, Option<f64>) {
    let periods = i64::from(estate.evaluation_periods);
    let mut breaching = 0;
    let mut present = 0;
    let mut missing = 0;
    let mut newest = None;
    for back in 0..periods {
        match metrics.point(slot, minute - back) {
            Some(value) => {
                present += 1;
                newest = newest.or(Some(value));
                breaching += i64::from(estate.comparison.breached(value, estate.threshold));
            }
            None => missing += 1,
        }
    }
    let silent = (0..periods + PATIENCE).all(|back| metrics.point(slot, minute - back).is_none());
    let decided = |breaching: i64| if breaching >= periods { AlarmState::Alarm } else { AlarmState::Ok };
    let state = match estate.missing {
        // One late point alone is no alarm: silence is, or silence beside a breach.
        MissingData::Breaching if missing > 0 && breaching == 0 && !silent => held.clone(),
        MissingData::Breaching => decided(breaching + missing),
        MissingData::Missing if silent => AlarmState::InsufficientData,
        // What is there decides when it can; when it cannot, nothing changes.
        MissingData::Missing | MissingData::Ignore if missing > 0 && (present == 0 || breaching > 0) => held.clone(),
        MissingData::Missing | MissingData::Ignore | MissingData::NotBreaching => decided(breaching),
    };
    (state, newest)
}
