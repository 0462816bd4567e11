//! What would mend a guard that does not pass, as somebody reads it who sits in front of the console: by its keys, where
//! there is one.

use lifeboat_model::guard::{GuardName, GuardReport, Verdict};

use crate::action::{Action, Context};
use crate::model::Model;

/// `None` where it passes, and where nothing is known that would mend it.
pub(crate) fn fix_here(model: &Model, report: &GuardReport) -> Option<String> {
    if !is_in_the_way(report) {
        return None;
    }
    if report.guard == GuardName::Access {
        return Some(match model.pinned_here() {
            Some(why) => format!("access stays read-only: {why}"),
            None => format!("{} raises it", key(model, Action::RaiseAccess)),
        });
    }
    match &report.verdict {
        Verdict::Refuse { fix, .. } => Some(fix.clone()),
        Verdict::Unknown { .. } | Verdict::Pass => None,
    }
}

/// How one goes on against it, where that may be.
pub(crate) fn past_here(model: &Model, report: &GuardReport) -> Option<String> {
    (is_in_the_way(report) && report.guard.can_be_overridden()).then(|| past(model))
}

/// How one goes on against a guard.
pub(crate) fn past(model: &Model) -> String {
    format!("{} on the plan's page goes on against it, with a reason", key(model, Action::OverrideGuard))
}

fn is_in_the_way(report: &GuardReport) -> bool {
    !report.verdict.passes() && report.overridden.is_none()
}

/// As it is on the page of a plan, where all of these are done.
fn key(model: &Model, action: Action) -> String {
    model.keymap.shown(action, Context::Proposal).map_or_else(|| "the palette".to_owned(), ToString::to_string)
}
