//! What the tests of the glass do with it: open it, press keys, type, tell it what the program tells, and read what it
//! says. What must be true of any of it stands with the tests.

use lifeboat_model::incident::{Incident, Logbook};
use lifeboat_tui::acting::Proposal;
use lifeboat_tui::{Access, Effect, Key, Model, Msg, update};

use super::worlds::runs::{self, Telling};
use super::worlds::{self, NAME, State};

/// The three sizes at which everything must be readable.
pub(crate) const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];
/// What is typed for the switchover of [`worlds::runs`].
pub(crate) const PHRASE: &str = "switchover payments-aurora us-east-2";

/// Somebody who may act, when all is well.
pub(crate) fn model() -> Model {
    model_in(State::Normal)
}

pub(crate) fn model_in(state: State) -> Model {
    let mut model = reader_in(state);
    model.access = Access::Operate;
    model
}

/// Somebody who may only read.
pub(crate) fn reader_in(state: State) -> Model {
    sized(worlds::live(state), (120, 40))
}

pub(crate) fn sized(mut model: Model, (columns, rows): (u16, u16)) -> Model {
    let _ = update(&mut model, Msg::Resized { columns, rows });
    model
}

/// Presses keys, and gives what all of them ask of the world.
pub(crate) fn keys(model: &mut Model, keys: &str) -> Vec<Effect> {
    keys.split_whitespace().flat_map(|key| update(model, Msg::Key(key.parse::<Key>().unwrap()))).collect()
}

/// Presses keys of which the effects are not what a case is about.
pub(crate) fn press(model: &mut Model, keys: &str) {
    let _ = self::keys(model, keys);
}

pub(crate) fn type_in(model: &mut Model, text: &str) -> Vec<Effect> {
    text.chars().flat_map(|letter| update(model, Msg::Key(Key::char(letter)))).collect()
}

/// The sentence in the footer; empty where there is none.
pub(crate) fn said(model: &Model) -> String {
    model.notice.as_ref().map(|notice| notice.text.clone()).unwrap_or_default()
}

/// By the operator's own clock.
pub(crate) fn pass_minutes(model: &mut Model, minutes: u64) {
    let now = lifeboat_model::time::after(worlds::now(), std::time::Duration::from_mins(minutes));
    let _ = update(model, Msg::WallClock(now));
}

/// What came of a proposal that was asked for.
pub(crate) fn proposed(proposal: Proposal) -> Msg {
    let (deployment, runbook) = (proposal.plan.deployment.clone(), proposal.runbook.clone());
    Msg::Proposed { deployment, runbook, outcome: Ok(Box::new(proposal)) }
}

pub(crate) fn propose(model: &mut Model, proposal: Proposal) {
    let _ = update(model, proposed(proposal));
}

/// An incident that is not closed.
pub(crate) fn declare(model: &mut Model, began_ago: u64) {
    let incident = Incident {
        began_at: worlds::ago(began_ago),
        declared_at: worlds::ago(began_ago.min(60)),
        text: "writes fail".to_owned(),
        by: runs::operator(),
        notes: Vec::new(),
        closed: None,
    };
    let logbook = Logbook { incidents: vec![incident], notes: Vec::new() };
    let _ = update(model, Msg::Logbook { deployment: NAME.into(), logbook, past: Vec::new() });
}

pub(crate) fn run(model: &mut Model, telling: Telling, here: bool) {
    let _ = update(model, Msg::Run { deployment: NAME.into(), entries: telling.entries, here });
}
