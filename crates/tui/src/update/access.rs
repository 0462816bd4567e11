//! Access raised and lowered from the screen: what keys and messages do to it. Whether it is raised, and for how long, is
//! told by the program, which alone holds the door.

use lifeboat_model::id::DeploymentName;
use lifeboat_model::time::Duration;

use super::{acting, plans};
use crate::dialogs::Dialog;
use crate::dialogs::confirm::{Confirm, What};
use crate::effect::Effect;
use crate::model::{Access, Model, Reach};

/// Asks for the name where access is read-only, and lowers it at once where it is not.
pub(super) fn toggle(model: &mut Model) -> Vec<Effect> {
    let Some(watched) = model.watched() else {
        model.say("there is no deployment that could be acted on");
        return Vec::new();
    };
    match (model.access_to(watched), model.pinned_here().map(str::to_owned)) {
        (Access::Operate, _) => vec![Effect::LowerAccess { deployment: watched.deployment.name.clone() }],
        (Access::ReadOnly, Some(why)) => {
            model.complain(format!("access stays read-only: {why}"));
            Vec::new()
        }
        (Access::ReadOnly, None) => {
            model.dialogs.push(Dialog::Confirm(Confirm::new(What::RaiseAccess, None, model.wall)));
            Vec::new()
        }
    }
}

/// The name is typed.
pub(super) fn raise(model: &mut Model, typed: String) -> Vec<Effect> {
    let Some(watched) = model.watched() else { return Vec::new() };
    vec![Effect::RaiseAccess { deployment: watched.deployment.name.clone(), typed }]
}

pub(super) fn changed(
    model: &mut Model,
    deployment: &DeploymentName,
    (access, left): (Access, Option<Duration>),
    why: Option<String>,
) -> Vec<Effect> {
    let as_opened = model.access;
    let is_shown = acting::is_shown(model, deployment);
    let Some(watched) = model.find_mut(deployment) else { return Vec::new() };
    watched.reach = match (access, left) {
        (Access::Operate, Some(left)) => Reach::Raised { left },
        (Access::ReadOnly, _) if as_opened == Access::Operate => Reach::Lowered,
        (Access::Operate, None) | (Access::ReadOnly, _) => Reach::AsOpened,
    };
    if is_shown && access == Access::ReadOnly {
        acting::abandon(model, "access is read-only again, and nothing was begun");
    }
    let Some(why) = why else { return Vec::new() };
    let of = if is_shown { String::new() } else { format!("{deployment}: ") };
    match access {
        Access::Operate => model.say(format!("{of}{why}")),
        Access::ReadOnly => model.complain(format!("{of}{why}")),
    }
    // What the guards said of a session that could only read is judged anew.
    match model.proposing().map(|(name, proposing)| (name.clone(), proposing.clone())) {
        Some((name, proposing)) if name == *deployment => {
            vec![plans::propose(name, &proposing)]
        }
        Some(_) | None => Vec::new(),
    }
}
