//! What can lie over a screen. The topmost has the keys; each knows its own state and drawing.

use lifeboat_model::guard::{GuardReport, Verdict};
use lifeboat_model::id::Region;
use serde::{Deserialize, Serialize};

use crate::action::Context;
use crate::archive::Writing;
use crate::look::Look;
use crate::screens::{Page, Screen};

pub mod answer;
pub mod columns;
pub mod confirm;
mod decision;
mod document;
pub mod filter;
pub mod form;
pub mod greeting;
pub mod help;
pub(crate) mod incident;
pub mod message;
pub mod palette;
pub mod picker;
mod proposal;
pub mod reason;
pub mod values;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Dialog {
    /// The keys that work on the screen below.
    Help {
        top: usize,
    },
    /// One thing in full. It names the thing and is drawn from what is known now, so that it does not grow old.
    Message {
        about: About,
        top: usize,
    },
    Palette(palette::Search),
    Filter(filter::Edit),
    /// What can be said to the run.
    Answer(answer::Asking),
    /// A phrase is being typed that something is done for.
    Confirm(confirm::Confirm),
    /// Which columns are shown.
    Columns(columns::Picking),
    /// Which value is copied.
    Values(values::Taking),
    /// What a first start says.
    Greeting,
    /// A line is being written.
    Reason(reason::Reason),
    /// Which blueprint is to be built.
    Picker(picker::Picker),
    /// What is chosen for it.
    Form(form::Form),
}

/// What a page is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum About {
    Item {
        screen: Screen,
        pane: usize,
        id: String,
    },
    Region(Region),
    Forecast,
    /// The plan that is proposed; `calls`: with each step's exact calls.
    Proposal {
        calls: bool,
    },
    /// The incident that is open, or was last.
    Incident,
    /// Whether to fail over at all.
    Decision,
    /// Where the paper copy of a plan is.
    Paper {
        path: String,
    },
    /// What is read from the journal in full.
    Document(Writing),
}

impl Dialog {
    pub(crate) fn context(&self) -> Context {
        match self {
            Self::Message { about: About::Proposal { .. }, .. } => Context::Proposal,
            Self::Help { .. } | Self::Message { .. } | Self::Greeting => Context::Reading,
            Self::Columns(_) => Context::Columns,
            Self::Values(_) => Context::Values,
            Self::Answer(_) => Context::Answer,
            Self::Confirm(_) => Context::Confirm,
            Self::Reason(_) => Context::Reason,
            Self::Picker(_) => Context::Picker,
            Self::Form(_) => Context::Form,
            Self::Palette(_) => Context::Palette,
            Self::Filter(_) => Context::Filter,
        }
    }
}

/// A guard as it stands on the page of a plan, for the page of a step too, where the keys of that page are not.
pub(crate) fn guard_lines(page: &mut Page, look: &Look<'_>, report: &GuardReport) {
    let fix = match &report.verdict {
        Verdict::Refuse { fix, .. } => Some(fix.clone()),
        Verdict::Pass | Verdict::Unknown { .. } => None,
    };
    proposal::guard(page, look, report, fix);
}
