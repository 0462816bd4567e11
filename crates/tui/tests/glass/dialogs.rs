//! Every kind of dialog has its pictures: at the three sizes, in colour, without, and in ASCII. Those that no other test
//! of a subject of its own takes are taken here.

use std::collections::BTreeSet;
use std::path::Path;

use lifeboat_model::plan::{PlanHash, StepId};
use lifeboat_model::run::RunEvent;
use lifeboat_model::runbook::Mode;
use lifeboat_tui::Model;
use lifeboat_tui::dialogs::confirm::{Confirm, What};
use lifeboat_tui::dialogs::reason::For;
use lifeboat_tui::dialogs::{About, Dialog};

use super::camera::photograph_of;
use super::hands::{SIZES, model, press, propose, run, sized};
use super::worlds::runs::{self, Telling};

/// Each kind of dialog with one of its pictures. A kind that is not among them does not compile: see [`kind`].
const PICTURES: [(&str, &str); 30] = [
    ("help", "help-failing"),
    ("palette", "palette-failing"),
    ("filter", "filter-failing"),
    ("answer", "run-answer-asking"),
    ("columns", "columns-failing"),
    ("greeting", "greeting-normal"),
    ("picker", "picker-read"),
    ("form", "form-ready"),
    ("page of an item", "alarm-page-failing"),
    ("page of a region", "region-page-failing"),
    ("forecast", "forecast-failing"),
    ("proposal", "proposal-ready"),
    ("incident", "incident-page"),
    ("decision", "decision-normal"),
    ("paper", "paper-written"),
    ("document", "history-report-told"),
    ("confirmation", "confirmation-opened"),
    ("approval", "approval-opened"),
    ("aborting", "aborting-opened"),
    ("giving up", "abort-typing"),
    ("raising access", "access-typing"),
    ("skipping", "skip-opened"),
    ("beginning of an incident", "incident-began"),
    ("what is known of an incident", "incident-known"),
    ("end of an incident", "incident-closing"),
    ("note", "note-writing"),
    ("overriding", "override-typing"),
    ("taking over", "taking-over-opened"),
    ("second approval of a plan", "second-plan"),
    ("second approval of a run", "second-run"),
];

/// What kind of dialog this is.
fn kind(dialog: &Dialog) -> &'static str {
    match dialog {
        Dialog::Help { .. } => "help",
        Dialog::Palette(_) => "palette",
        Dialog::Filter(_) => "filter",
        Dialog::Answer(asking) if asking.here => "answer",
        Dialog::Answer(_) => "taking over",
        Dialog::Columns(_) => "columns",
        Dialog::Greeting => "greeting",
        Dialog::Picker(_) => "picker",
        Dialog::Form(_) => "form",
        Dialog::Message { about, .. } => match about {
            About::Item { .. } => "page of an item",
            About::Region(_) => "page of a region",
            About::Forecast => "forecast",
            About::Proposal { .. } => "proposal",
            About::Incident => "incident",
            About::Decision => "decision",
            About::Paper { .. } => "paper",
            About::Document(_) => "document",
        },
        Dialog::Confirm(confirm) => match &confirm.what {
            What::Begin => "confirmation",
            What::Approve { .. } => "approval",
            What::SecondOfProposal => "second approval of a plan",
            What::SecondOfRun { .. } => "second approval of a run",
            What::Abort { .. } => "aborting",
            What::AbortLeft { .. } => "giving up",
            What::PutBack { .. } => "putting back",
            What::RaiseAccess => "raising access",
        },
        Dialog::Reason(reason) => match &reason.what {
            For::Skip { .. } => "skipping",
            For::IncidentBegan => "beginning of an incident",
            For::Incident { .. } => "what is known of an incident",
            For::IncidentOver => "end of an incident",
            For::Note => "note",
            For::Override { .. } => "overriding",
        },
    }
}

/// The plan of the middle of a run, which a person is asked to approve.
fn replanned() -> Telling {
    let mut telling = Telling::asking();
    let plan = Box::new(runs::plan(Mode::Unplanned));
    let hash = plan.hash();
    telling.tell(4, RunEvent::ModeChanged { mode: Mode::Unplanned, plan, hash: hash.clone(), by: runs::operator() });
    let text = "The plan is now failover. Approve it?".to_owned();
    telling.tell(3, RunEvent::Question { step: StepId::new("approval-2"), text, approves: Some(hash) });
    telling
}

fn opened(size: (u16, u16), telling: Telling, here: bool, keys: &str) -> Model {
    let mut model = sized(model(), size);
    run(&mut model, telling, here);
    press(&mut model, keys);
    model
}

fn photograph(wanted: &str, (name, state): (&str, &str), model: Model) {
    assert_eq!(model.dialogs.last().map(kind), Some(wanted));
    photograph_of(name, state, model);
}

#[test]
fn what_is_said_to_a_run_at_every_size() {
    for size in SIZES {
        photograph("approval", ("approval", "opened"), opened(size, replanned(), true, "8 a j enter f a i l"));
        photograph("aborting", ("aborting", "opened"), opened(size, Telling::running(), true, "8 a j j j enter a b"));
        photograph("skipping", ("skip", "opened"), opened(size, Telling::asking(), true, "8 a j enter b y"));
        photograph("answer", ("speaking", "opened"), opened(size, Telling::running(), true, "8 a"));
        photograph("taking over", ("taking-over", "opened"), opened(size, left(), false, "8 R"));
    }
}

/// As it stands while somebody types into it.
fn typing(mut model: Model, what: What, hash: PlanHash) -> Model {
    let confirm = Confirm { what, typed: "fai".to_owned(), hash: Some(hash), opened_at: None };
    model.dialogs.push(Dialog::Confirm(confirm));
    model
}

#[test]
fn the_approval_of_a_second_person_at_every_size() {
    for size in SIZES {
        let mut reading = sized(model(), size);
        press(&mut reading, "7 x");
        let proposal = runs::proposal(Mode::Planned, runs::passing());
        let hash = proposal.hash.clone();
        propose(&mut reading, proposal);
        let model = typing(reading, What::SecondOfProposal, hash);
        photograph("second approval of a plan", ("second", "plan"), model);

        let watching = opened(size, replanned(), false, "8");
        let question = watching.fleet[0].run.as_ref().unwrap().question().unwrap().clone();
        let hash = runs::plan(Mode::Unplanned).hash();
        let model = typing(watching, What::SecondOfRun { question }, hash);
        photograph("second approval of a run", ("second", "run"), model);
    }
}

/// Asked about, and executed by nobody any more.
fn left() -> Telling {
    let mut telling = Telling::asking();
    telling.over(2, lifeboat_model::run::RunOutcome::Stopped, Some("nobody answered"));
    telling
}

#[test]
fn every_kind_of_dialog_has_its_pictures() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots");
    for (kind, picture) in PICTURES {
        for (columns, rows) in SIZES {
            let file = folder.join(format!("{picture}-{columns}x{rows}.snap"));
            assert!(file.exists(), "{kind}: {}", file.display());
        }
    }
    let kinds: BTreeSet<&str> = PICTURES.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds.len(), PICTURES.len(), "one picture each will do");
}
