//! Deployments that are as large as any: what the benchmarks draw.

use lifeboat_model::facts::Facts;
use lifeboat_model::facts::alarm::AlarmFacts;
use lifeboat_model::port::Reality;
use lifeboat_model::snapshot::Observation;
use lifeboat_tui::{Key, Model, Msg, Opening, update};

use super::worlds;
use super::worlds::runs::Telling;
use super::worlds::{HOME, NAME, State};

pub(crate) const COLUMNS: u16 = 200;
pub(crate) const ROWS: u16 = 60;

/// One deployment with this many alarms, known from facts, judged by the real rules.
pub(crate) fn model(alarms: usize, deployments: usize) -> Model {
    let deployments = std::iter::once(NAME.to_owned()).chain((1..deployments).map(|index| format!("shop-{index}")));
    let deployments = deployments.map(|name| worlds::deployment(&name)).collect();
    let mut model = Model::new(Opening::new(Reality::Live, deployments, worlds::now()));
    let _ = update(&mut model, Msg::Resized { columns: COLUMNS, rows: ROWS });
    for (region, service, facts) in worlds::readings(State::Normal) {
        let facts = match facts {
            Facts::Alarms(known) if region == HOME => Facts::Alarms(many(&known, alarms)),
            other => other,
        };
        let at = worlds::ago(2);
        let observation =
            Observation { deployment: NAME.into(), region: region.into(), service, at, outcome: Ok(facts) };
        let _ = update(&mut model, Msg::Observed(observation));
    }
    model
}

/// As many alarms as this, of the kinds that are known.
pub(crate) fn many(known: &AlarmFacts, count: usize) -> AlarmFacts {
    let mut facts = known.clone();
    facts.alarms = (0..count)
        .map(|index| {
            let mut alarm = known.alarms[index % known.alarms.len()].clone();
            alarm.name = format!("payments-alarm-{index}").into();
            alarm
        })
        .collect();
    facts
}

/// The same in the middle of a run whose journal has this many entries already, most of them its canaries.
pub(crate) fn running(alarms: usize, entries: usize) -> Model {
    let mut model = model(alarms, 1);
    let mut telling = Telling::running();
    while telling.entries.len() < entries {
        telling.canary(1, Err("connection refused"));
    }
    let _ = update(&mut model, Msg::Run { deployment: NAME.into(), entries: telling.entries, here: true });
    model
}

pub(crate) fn pressed(model: &mut Model, keys: &[&str]) {
    for key in keys {
        let _ = update(model, Msg::Key(key.parse::<Key>().unwrap()));
    }
}
