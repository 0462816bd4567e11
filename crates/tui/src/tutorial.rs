//! The guided rehearsal: which of its steps a session has reached, and what to say there. It goes on by what is so in the
//! model, never by time; whoever runs ahead is not held back, and whoever strays is told the way.

use lifeboat_model::assessment::Health;
use lifeboat_model::runbook::RunbookName;
use serde::{Deserialize, Serialize};

use crate::action::{Action, Context};
use crate::archive::Writing;
use crate::dialogs::{About, Dialog};
use crate::model::{Model, Watched};
use crate::screens::Screen;

/// The runbook that is rehearsed.
const FAILOVER: &str = "failover";

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Both regions are well; one of them is about to fall silent.
    #[default]
    Calm,
    Lost,
    Forecast,
    Runbooks,
    Plan,
    Confirm,
    Run,
    Report,
    End,
}

/// Whether this is the tutorial's world, and how far its guidance has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tutorial {
    #[default]
    Elsewhere,
    Guided(Stage),
    /// In its world, with the guidance over.
    Unguided,
}

impl Tutorial {
    pub fn stage(self) -> Option<Stage> {
        match self {
            Self::Guided(stage) => Some(stage),
            Self::Elsewhere | Self::Unguided => None,
        }
    }
}

impl Stage {
    pub const ALL: [Self; 9] = [
        Self::Calm,
        Self::Lost,
        Self::Forecast,
        Self::Runbooks,
        Self::Plan,
        Self::Confirm,
        Self::Run,
        Self::Report,
        Self::End,
    ];
}

/// What the strip says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guidance {
    /// From one.
    pub number: usize,
    /// What is to be seen.
    pub look: String,
    /// What to do next.
    pub act: String,
}

/// Goes as far as what is so allows.
pub(crate) fn follow(model: &mut Model) {
    let Some(mut stage) = model.tutorial.stage() else { return };
    while let Some(next) = after(model, stage) {
        stage = next;
    }
    model.tutorial = Tutorial::Guided(stage);
}

/// The next stage, once this one's end has come.
fn after(model: &Model, stage: Stage) -> Option<Stage> {
    let run = model.watched().and_then(|watched| watched.run.as_ref());
    let is_begun = run.is_some() || model.watched().is_some_and(|watched| watched.beginning.is_some());
    let is_over = run.is_some_and(crate::acting::LiveRun::is_over);
    // Who has begun the run needs no more leading to it.
    if stage < Stage::Run && is_begun {
        return Some(Stage::Run);
    }
    let (is_done, next) = match stage {
        Stage::Calm => (is_lost(model), Stage::Lost),
        Stage::Lost => (shows(model, |about| matches!(about, About::Forecast)), Stage::Forecast),
        Stage::Forecast => (!shows(model, |about| matches!(about, About::Forecast)), Stage::Runbooks),
        Stage::Runbooks => (is_failover_read(model), Stage::Plan),
        Stage::Plan => (is_confirming(model), Stage::Confirm),
        // It was closed, by a person or because the plan changed.
        Stage::Confirm => (!is_confirming(model), Stage::Plan),
        Stage::Run => (is_over, Stage::Report),
        Stage::Report => (shows(model, |about| matches!(about, About::Document(Writing::Report(_)))), Stage::End),
        Stage::End => (false, Stage::End),
    };
    is_done.then_some(next)
}

fn is_lost(model: &Model) -> bool {
    model.watched().is_some_and(|watched| {
        let regions = &watched.assessment.regions;
        regions.iter().any(|region| region.reachable == Some(false) || region.health == Health::Down)
    })
}

fn shows(model: &Model, is_wanted: impl Fn(&About) -> bool) -> bool {
    model.dialogs.iter().any(|dialog| matches!(dialog, Dialog::Message { about, .. } if is_wanted(about)))
}

fn is_confirming(model: &Model) -> bool {
    model.dialogs.iter().any(|dialog| matches!(dialog, Dialog::Confirm(_)))
}

fn is_plan_open(model: &Model) -> bool {
    shows(model, |about| matches!(about, About::Proposal { .. }))
}

fn is_failover_read(model: &Model) -> bool {
    let proposing = model.watched().and_then(|watched| watched.proposing.as_ref());
    is_plan_open(model) && proposing.is_some_and(|proposing| proposing.runbook == RunbookName::from(FAILOVER))
}

pub(crate) fn guidance(model: &Model) -> Option<Guidance> {
    let stage = model.tutorial.stage()?;
    let watched = model.watched()?;
    let number = Stage::ALL.iter().position(|one| *one == stage)? + 1;
    let (look, act) = match stage {
        Stage::Calm => calm(model, watched),
        Stage::Lost => lost(model, watched),
        Stage::Forecast => (
            "What a failover now would lose, store by store, and how long it would take. It grows while you wait."
                .to_owned(),
            "j and k scroll; esc closes this page".to_owned(),
        ),
        Stage::Runbooks => runbooks(model),
        Stage::Plan => plan(model),
        Stage::Confirm => (
            "The last word: what it costs, what cannot be undone. No paste and no repeated key confirms it.".to_owned(),
            "type the phrase that is shown, letter for letter, then enter".to_owned(),
        ),
        Stage::Run => run(model, watched),
        Stage::Report => (
            "The run is over: clients are served by the other region, proved by a write and not by a status."
                .to_owned(),
            format!("{} opens its report", on_run(model, Action::ReportRun)),
        ),
        Stage::End => (
            "RTO and RPO as measured by writes; what was not seen whole is said as such, never guessed. That is all."
                .to_owned(),
            format!(
                "{} ends the guidance; {} twice leaves; on real regions it goes the same way",
                key(model, Action::Tutorial),
                key(model, Action::Quit)
            ),
        ),
    };
    Some(Guidance { number, look, act })
}

fn key_in(model: &Model, action: Action, context: Context) -> String {
    model.keymap.shown(action, context).map_or_else(|| action.entry().name.to_owned(), ToString::to_string)
}

fn key(model: &Model, action: Action) -> String {
    key_in(model, action, Context::Screen(model.screen))
}

/// The key on the screen of the run, and how to get there from elsewhere.
fn on_run(model: &Model, action: Action) -> String {
    let pressed = key_in(model, action, Context::Screen(Screen::Run));
    if model.screen == Screen::Run { pressed } else { format!("{}, then {pressed}", key(model, Action::ShowRun)) }
}

fn calm(model: &Model, watched: &Watched) -> (String, String) {
    let regions = &watched.deployment.regions;
    (
        format!(
            "Two regions: {} serves clients, {} follows it. In a moment {} falls silent.",
            regions.home, regions.partner, regions.home
        ),
        format!(
            "look around: {} the stores' lag, {} health, {} alarms, {} back here",
            key(model, Action::ShowReplication),
            key(model, Action::ShowHealth),
            key(model, Action::ShowAlarms),
            key(model, Action::ShowOverview)
        ),
    )
}

fn lost(model: &Model, watched: &Watched) -> (String, String) {
    let home = &watched.deployment.regions.home;
    (
        format!("{home} is silent. Its numbers turn grey and keep their age: what is old is never shown as true."),
        format!("{} asks: what if you failed over now?", key(model, Action::ExplainForecast)),
    )
}

fn runbooks(model: &Model) -> (String, String) {
    let propose = key_in(model, Action::Propose, Context::Screen(Screen::Runbooks));
    if is_plan_open(model) {
        let look = "This is the plan of another runbook: with the region lost, a failover is wanted.".to_owned();
        return (look, format!("esc, put the cursor on {FAILOVER} with j, then {propose}"));
    }
    if model.screen != Screen::Runbooks {
        let look = "A runbook is a way from one region to the other; its guards are judged all the time.".to_owned();
        return (look, format!("{} shows the runbooks", key(model, Action::ShowRunbooks)));
    }
    let look = "switchover needs both regions; failover does without the lost one. Its guards must pass.".to_owned();
    let is_chosen = crate::screens::runbooks::chosen_name(model) == Some(FAILOVER.into());
    let act = if is_chosen {
        format!("{propose} makes its plan")
    } else {
        format!("j moves down to {FAILOVER}; then {propose} makes its plan")
    };
    (look, act)
}

fn plan(model: &Model) -> (String, String) {
    if !is_failover_read(model) {
        let propose = key_in(model, Action::Propose, Context::Screen(Screen::Runbooks));
        return (
            "The plan was closed, and nothing was begun.".to_owned(),
            format!("{} shows the runbooks; {propose} on {FAILOVER} makes its plan", key(model, Action::ShowRunbooks)),
        );
    }
    let refusing =
        model.watched().and_then(|watched| watched.proposal.as_ref()).map(|proposal| proposal.refusing().len());
    let begin = key_in(model, Action::Begin, Context::Proposal);
    match refusing {
        None => ("The plan is being made from what was read last.".to_owned(), "wait for it".to_owned()),
        Some(0) => (
            "Every guard passes. Below: what is lost, each step, the line from which nothing can be taken back."
                .to_owned(),
            format!("j and k scroll, enter shows the exact calls; {begin} goes on to the confirmation"),
        ),
        Some(_) => (
            "A guard refuses yet, and says why: it is judged anew every few seconds.".to_owned(),
            format!("wait until all pass, then {begin}"),
        ),
    }
}

fn run(model: &Model, watched: &Watched) -> (String, String) {
    let run = watched.run.as_ref();
    let asks = run.is_some_and(|run| run.question().is_some());
    if let Some(why) = watched.refused.as_ref().and_then(|why| why.lines().next()) {
        return (why.to_owned(), format!("{} shows the runbooks: try once more", key(model, Action::ShowRunbooks)));
    }
    if asks {
        return (
            "The run asks: it does nothing by itself that only a person can decide.".to_owned(),
            format!("{} lists the answers, each with what follows from it", on_run(model, Action::Answer)),
        );
    }
    if model.screen != Screen::Run {
        let look = "The failover is under way; it goes on whatever you look at.".to_owned();
        return (look, format!("{} shows it", key(model, Action::ShowRun)));
    }
    (
        "Each step against what was expected of it; canaries say when clients can write again; the recovery time counts."
            .to_owned(),
        format!("watch; enter on a step shows what AWS said; {} pauses", on_run(model, Action::PauseRun)),
    )
}
