//! The way to each kind of dialog in each state of the world, by the keys that lead there; and where there is no way, what
//! is said of it.

use lifeboat_model::guard::{GuardName, GuardReport, Verdict};
use lifeboat_model::run::RunOutcome;
use lifeboat_model::runbook::Mode;
use lifeboat_tui::archive::Writing;
use lifeboat_tui::drafting::Choice;
use lifeboat_tui::{Access, Action, Effect, Model, Msg, update};

use super::Kind;
use crate::hands::{keys, model_in, press, propose, run, said, sized, type_in};
use crate::worlds::runs::{self, Telling};
use crate::worlds::{NAME, State, estates, past};
use crate::{incident, leftovers, running, seconds};

/// In what the world is when a dialog is opened over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    Empty,
    Normal,
    Stale,
    /// The home region is silent, and a run that somebody began is executed by nobody any more.
    Failing,
    /// A switchover is executed here.
    Running,
}

impl Moment {
    pub(crate) const ALL: [Self; 5] = [Self::Empty, Self::Normal, Self::Stale, Self::Failing, Self::Running];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Empty | Self::Normal | Self::Stale | Self::Failing => self.state().name(),
        }
    }

    /// What is read of the deployment.
    fn state(self) -> State {
        match self {
            Self::Empty => State::Empty,
            Self::Normal | Self::Running => State::Normal,
            Self::Stale => State::Stale,
            Self::Failing => State::Failing,
        }
    }
}

type Size = (u16, u16);

/// What is said or shown where the way to a kind does not lead to it; `None` where it opens.
pub(crate) fn cannot(kind: Kind, moment: Moment) -> Option<&'static str> {
    use Moment::{Empty, Failing, Normal, Running, Stale};
    match (kind, moment) {
        (Kind::Values, Empty) => Some("there is nothing to copy"),
        (Kind::PageOfItem | Kind::Document, Empty) => Some("there is nothing to open"),
        (Kind::Proposal | Kind::Confirmation | Kind::SecondOfPlan | Kind::Overriding, Empty) => {
            Some("no runbook is selected: they are judged once the deployment has been read")
        }
        (Kind::Paper, Empty) => Some("there is no paper copy yet: runbooks are judged once"),
        (Kind::Incident | Kind::IncidentBegan | Kind::IncidentKnown | Kind::IncidentOver, Empty) => {
            Some("whether an incident is declared is not known: the journal was not read yet")
        }
        (Kind::Overriding, Normal) => Some("no guard refuses: there is nothing to override"),
        (Kind::Overriding, Running) => Some("nobody may override lock"),
        (Kind::Confirmation, Running) => Some("a run of this deployment is executed here already"),
        (Kind::Answer | Kind::Approval | Kind::SecondOfRun | Kind::Aborting | Kind::Skipping, Failing) => {
            Some("nobody executes it: R goes on with it here, A gives it up")
        }
        (
            Kind::Answer | Kind::Approval | Kind::SecondOfRun | Kind::Aborting | Kind::Skipping,
            Empty | Normal | Stale,
        ) => Some("no run is known that could be answered"),
        (Kind::TakingOver, Empty | Normal | Stale) | (Kind::PuttingBack, Empty) => {
            Some("no run is known that could be gone on with")
        }
        (Kind::TakingOver | Kind::PuttingBack, Running) => Some("it is executed here already"),
        (Kind::PuttingBack, Failing) => Some("failover-0301-1359 is not over, and comes first"),
        (Kind::GivingUp, Empty | Normal | Stale) => Some("no run is known that could be given up"),
        // The same key says it to the run itself.
        (Kind::GivingUp, Running) => Some("Abort switchover"),
        _ => None,
    }
}

/// After all that leads to it.
pub(crate) fn opened(kind: Kind, moment: Moment, size: Size) -> Model {
    match kind {
        Kind::Help => looking(moment, size, "?"),
        Kind::Palette => looking(moment, size, ":"),
        Kind::Filter => looking(moment, size, "4 / 5 x x"),
        Kind::Columns => looking(moment, size, "4 C"),
        Kind::Values => looking(moment, size, "2 V down"),
        Kind::PageOfItem => looking(moment, size, "4 enter"),
        Kind::PageOfRegion => looking(moment, size, ": u s - e a s t - 2 enter"),
        Kind::Forecast => looking(moment, size, "w"),
        Kind::Decision => looking(moment, size, "D"),
        Kind::Note => then(world(moment, size), "m", "asked the team"),
        Kind::Greeting => {
            let mut model = looking(moment, size, "1");
            let _ = update(&mut model, Msg::Action(Action::ShowGreeting));
            model
        }
        Kind::Picker => choosing(moment, size),
        Kind::Form => filling(moment, size),
        Kind::Proposal => proposing(moment, size, judged(moment)),
        Kind::Confirmation => beginning(moment, size),
        Kind::Overriding => then(proposing(moment, size, judged(moment)), "!", "logs only"),
        Kind::SecondOfPlan => approving_a_plan(moment, size),
        Kind::Paper => printed(moment, size),
        Kind::Document => read_in_full(moment, size),
        Kind::Incident => logged(moment, size, "i"),
        Kind::IncidentOver => then(logged(moment, size, "i i"), "", "the zone is"),
        Kind::IncidentBegan => then(world(moment, size), "i", "-12"),
        Kind::IncidentKnown => then(then(world(moment, size), "i", "-12m"), "enter", "writes f"),
        Kind::RaisingAccess => raising(moment, size),
        Kind::Answer => beside(moment, size, Telling::running(), "8 a", ""),
        Kind::Aborting => beside(moment, size, Telling::running(), "8 a j j j enter", "abo"),
        Kind::Skipping => beside(moment, size, Telling::asking(), "8 a j enter", "by ha"),
        Kind::Approval => beside(moment, size, Telling::replanned(), "8 a j enter", "fail"),
        Kind::TakingOver => beside(moment, size, Telling::running(), "8 R", ""),
        Kind::GivingUp => beside(moment, size, Telling::running(), "8 A", "abo"),
        Kind::PuttingBack => putting_back(moment, size),
        Kind::SecondOfRun => approving_a_run(moment, size),
    }
}

fn world(moment: Moment, size: Size) -> Model {
    match moment {
        Moment::Running => running::acting(size, Telling::running()),
        Moment::Empty | Moment::Normal | Moment::Stale | Moment::Failing => sized(model_in(moment.state()), size),
    }
}

fn looking(moment: Moment, size: Size, keys: &str) -> Model {
    then(world(moment, size), keys, "")
}

/// Goes on by these keys for as long as nothing is said instead of opening, and types at the end.
fn then(mut model: Model, keys: &str, typed: &str) -> Model {
    for key in keys.split_whitespace() {
        if !said(&model).is_empty() {
            return model;
        }
        press(&mut model, key);
    }
    if said(&model).is_empty() {
        type_in(&mut model, typed);
    }
    model
}

// ---- Stacks

fn choosing(moment: Moment, size: Size) -> Model {
    let mut model = looking(moment, size, "b");
    let _ = update(&mut model, Msg::Blueprints(estates::offers()));
    model
}

fn filling(moment: Moment, size: Size) -> Model {
    let mut model = then(choosing(moment, size), "enter", "");
    let of = Choice::of(NAME);
    let outcome = Ok(Box::new(estates::draft(&of)));
    let _ = update(&mut model, Msg::Drafted { of, outcome });
    model
}

// ---- Plans

/// What the guards say of a switchover now.
fn judged(moment: Moment) -> Vec<GuardReport> {
    let mut reports = runs::passing();
    match moment {
        Moment::Empty | Moment::Normal => {}
        Moment::Stale => reports[1].verdict = runs::refusing()[1].verdict.clone(),
        Moment::Failing => reports = runs::refusing(),
        Moment::Running => {
            let verdict = Verdict::refuse("ada on bridge holds the lock", "wait for the end of its run");
            let evidence = "the run switchover-0301-1359".to_owned();
            reports.push(GuardReport { guard: GuardName::Lock, verdict, evidence, read_at: None, overridden: None });
        }
    }
    reports
}

/// On the page of a switchover that was asked for, and that the guards judged so.
fn proposing(moment: Moment, size: Size, reports: Vec<GuardReport>) -> Model {
    let mut model = looking(moment, size, "7 x");
    propose(&mut model, runs::proposal(Mode::Planned, reports));
    model
}

/// A switchover while all is well; once it is not, a failover, of which less is asked.
fn beginning(moment: Moment, size: Size) -> Model {
    match moment {
        Moment::Empty | Moment::Normal | Moment::Running => {
            then(proposing(moment, size, runs::passing()), "x", "switch")
        }
        Moment::Stale | Moment::Failing => {
            let mut model = looking(moment, size, "7 j x");
            propose(&mut model, runs::proposal(Mode::Unplanned, runs::passing()));
            then(model, "x", "failo")
        }
    }
}

fn approving_a_plan(moment: Moment, size: Size) -> Model {
    let mut model = looking(moment, size, "7");
    model.fleet[0].deployment.policy.two_person = true;
    press(&mut model, "x");
    let mut reports = judged(moment);
    reports.push(seconds::refusing());
    propose(&mut model, runs::proposal(Mode::Planned, reports));
    then(model, "a", "switch")
}

fn printed(moment: Moment, size: Size) -> Model {
    let mut model = world(moment, size);
    let screen = if moment == Moment::Running { "8" } else { "7" };
    if keys(&mut model, &format!("{screen} P")).iter().any(|effect| matches!(effect, Effect::Print { .. })) {
        let path = "/home/ada/.local/share/lifeboat/paper/payments-aurora-switchover-20260301-140307.md".to_owned();
        let _ = update(&mut model, Msg::Printed { outcome: Ok(path) });
    }
    model
}

// ---- What is written down

/// The report of the run that is under way, or of the first of those that there were.
fn read_in_full(moment: Moment, size: Size) -> Model {
    let mut model = world(moment, size);
    let asked = if moment == Moment::Running {
        keys(&mut model, "8 o")
    } else {
        let effects = keys(&mut model, "9");
        if moment != Moment::Empty {
            past::answer(&mut model, effects, &|query| Ok(past::shelf(query, 1_234)));
        }
        // Those that are open come first.
        keys(&mut model, "j j j j enter")
    };
    for effect in asked {
        if let Effect::ReadDocument { deployment, writing: writing @ Writing::Report(_) } = effect {
            let outcome = Ok(Box::new(past::document()));
            let _ = update(&mut model, Msg::Document { deployment, writing, outcome });
        }
    }
    model
}

/// With an incident that is open.
fn logged(moment: Moment, size: Size, keys: &str) -> Model {
    let mut model = world(moment, size);
    if moment != Moment::Empty {
        incident::logged(&mut model, vec![incident::incident()]);
    }
    then(model, keys, "")
}

// ---- Runs

/// Somebody who may only read. A run that is under way is another's.
fn raising(moment: Moment, size: Size) -> Model {
    let mut model = world(moment, size);
    model.access = Access::ReadOnly;
    if moment == Moment::Running {
        run(&mut model, Telling::running(), false);
    }
    then(model, "1 O", "pay")
}

/// Beside the run that there is: one that tells this while one is executed here, and one that was left where a region fails.
fn beside(moment: Moment, size: Size, telling: Telling, keys: &str, typed: &str) -> Model {
    let model = match moment {
        Moment::Running => running::acting(size, telling),
        Moment::Failing => left(size),
        Moment::Empty | Moment::Normal | Moment::Stale => world(moment, size),
    };
    then(model, keys, typed)
}

fn left(size: Size) -> Model {
    let mut model = world(Moment::Failing, size);
    run(&mut model, Telling::left(), false);
    let mut standing = model.fleet[0].standing.clone().unwrap();
    standing.open_run = Some(runs::open_run(Some(RunOutcome::Stopped), None));
    let _ = update(&mut model, Msg::Standing { deployment: NAME.into(), standing });
    model
}

fn putting_back(moment: Moment, size: Size) -> Model {
    let mut model = world(moment, size);
    if !matches!(moment, Moment::Empty | Moment::Running) {
        run(&mut model, leftovers::aborted(), false);
    }
    then(model, "8 R", "put b")
}

/// From another screen than the one that executes it.
fn approving_a_run(moment: Moment, size: Size) -> Model {
    let mut model = match moment {
        Moment::Running => running::acting(size, seconds::telling()),
        Moment::Failing => left(size),
        Moment::Empty | Moment::Normal | Moment::Stale => world(moment, size),
    };
    model.fleet[0].deployment.policy.two_person = true;
    if moment == Moment::Running {
        run(&mut model, seconds::telling(), false);
    }
    then(model, "8 a j enter", "fai")
}
