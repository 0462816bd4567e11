//! Every kind of dialog in every state of the world, at the three sizes: as a picture where it can be opened, and where it
//! cannot, by what is said instead. The pictures that are kept are just these: see the last test.

use std::collections::BTreeSet;
use std::path::Path;

use lifeboat_tui::dialogs::confirm::What;
use lifeboat_tui::dialogs::reason::For;
use lifeboat_tui::dialogs::{About, Dialog};
use lifeboat_tui::view_text;

use super::camera::photograph_of;
use super::hands::{SIZES, said};
use ways::{Moment, cannot, opened};

#[path = "dialogs/ways.rs"]
mod ways;

macro_rules! kinds {
    ($($kind:ident = $name:literal,)+) => {
        /// What a dialog is about; each is opened in its own way.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Kind { $($kind,)+ }

        impl Kind {
            const ALL: &[Self] = &[$(Self::$kind),+];

            fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)+ }
            }
        }
    };
}

kinds! {
    Help = "help",
    Palette = "palette",
    Filter = "filter",
    Answer = "answer",
    TakingOver = "taking-over",
    Columns = "columns",
    Values = "values",
    Greeting = "greeting",
    Picker = "picker",
    Form = "form",
    PageOfItem = "page-of-item",
    PageOfRegion = "page-of-region",
    Forecast = "forecast",
    Proposal = "proposal",
    Incident = "incident",
    Decision = "decision",
    Paper = "paper",
    Document = "document",
    Confirmation = "confirmation",
    Approval = "approval",
    SecondOfPlan = "second-of-plan",
    SecondOfRun = "second-of-run",
    Aborting = "aborting",
    GivingUp = "giving-up",
    PuttingBack = "putting-back",
    RaisingAccess = "raising-access",
    Skipping = "skipping",
    IncidentBegan = "incident-began",
    IncidentKnown = "incident-known",
    IncidentOver = "incident-over",
    Note = "note",
    Overriding = "overriding",
}

/// A dialog that the program can open and that is of no kind here does not compile.
fn kind(dialog: &Dialog) -> Kind {
    match dialog {
        Dialog::Help { .. } => Kind::Help,
        Dialog::Palette(_) => Kind::Palette,
        Dialog::Filter(_) => Kind::Filter,
        Dialog::Answer(asking) if asking.here => Kind::Answer,
        Dialog::Answer(_) => Kind::TakingOver,
        Dialog::Columns(_) => Kind::Columns,
        Dialog::Values(_) => Kind::Values,
        Dialog::Greeting => Kind::Greeting,
        Dialog::Picker(_) => Kind::Picker,
        Dialog::Form(_) => Kind::Form,
        Dialog::Message { about, .. } => match about {
            About::Item { .. } => Kind::PageOfItem,
            About::Region(_) => Kind::PageOfRegion,
            About::Forecast => Kind::Forecast,
            About::Proposal { .. } => Kind::Proposal,
            About::Incident => Kind::Incident,
            About::Decision => Kind::Decision,
            About::Paper { .. } => Kind::Paper,
            About::Document(_) => Kind::Document,
        },
        Dialog::Confirm(confirm) => match &confirm.what {
            What::Begin => Kind::Confirmation,
            What::Approve { .. } => Kind::Approval,
            What::SecondOfProposal => Kind::SecondOfPlan,
            What::SecondOfRun { .. } => Kind::SecondOfRun,
            What::Abort { .. } => Kind::Aborting,
            What::AbortLeft { .. } => Kind::GivingUp,
            What::PutBack { .. } => Kind::PuttingBack,
            What::RaiseAccess => Kind::RaisingAccess,
        },
        Dialog::Reason(reason) => match &reason.what {
            For::Skip { .. } => Kind::Skipping,
            For::IncidentBegan => Kind::IncidentBegan,
            For::Incident { .. } => Kind::IncidentKnown,
            For::IncidentOver => Kind::IncidentOver,
            For::Note => Kind::Note,
            For::Override { .. } => Kind::Overriding,
        },
    }
}

fn look_at(moment: Moment) {
    for size in SIZES {
        for wanted in Kind::ALL {
            let model = opened(*wanted, moment, size);
            let found = model.dialogs.last().map(kind);
            let title = format!("{wanted:?} in {moment:?}: {:?}\n{}", said(&model), view_text(&model));
            if let Some(words) = cannot(*wanted, moment) {
                assert_ne!(found, Some(*wanted), "{title}");
                assert!(said(&model).contains(words) || view_text(&model).contains(words), "{title}");
            } else {
                assert_eq!(found, Some(*wanted), "{title}");
                photograph_of(&format!("dialog-{}", wanted.name()), moment.name(), model);
            }
        }
    }
}

#[test]
fn every_kind_of_dialog_before_anything_is_read() {
    look_at(Moment::Empty);
}

#[test]
fn every_kind_of_dialog_while_all_is_well() {
    look_at(Moment::Normal);
}

#[test]
fn every_kind_of_dialog_over_facts_that_are_old() {
    look_at(Moment::Stale);
}

#[test]
fn every_kind_of_dialog_while_a_region_fails() {
    look_at(Moment::Failing);
}

#[test]
fn every_kind_of_dialog_while_a_run_is_under_way() {
    look_at(Moment::Running);
}

/// None is missing, and none is left of what can no longer be opened.
#[test]
fn every_kind_of_dialog_has_its_pictures() {
    let mut wanted = BTreeSet::new();
    for kind in Kind::ALL {
        for moment in Moment::ALL.into_iter().filter(|moment| cannot(*kind, *moment).is_none()) {
            for (columns, rows) in SIZES {
                wanted.insert(format!("dialog-{}-{}-{columns}x{rows}.snap", kind.name(), moment.name()));
            }
        }
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots");
    let kept: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("dialog-"))
        .collect();
    let missing: Vec<&String> = wanted.difference(&kept).collect();
    let left: Vec<&String> = kept.difference(&wanted).collect();
    assert!(missing.is_empty() && left.is_empty(), "missing: {missing:?}\nleft over: {left:?}");
}
