//! What a person takes along or puts away: commands and screens copied or written to a file, columns, silence, the
//! greeting. What is to be remembered is asked of the world whole, each time.

use super::{act, copy};
use crate::action::{Action, Context};
use crate::dialogs::{Dialog, columns, greeting, values};
use crate::effect::Effect;
use crate::key::Key;
use crate::keymap::Resolution;
use crate::model::Model;
use crate::remembered::Remembered;
use crate::screens::command;
use crate::tutorial::Tutorial;
use crate::view::view_text;

pub(super) fn copy_command(model: &mut Model) -> Vec<Effect> {
    match command::of_what_is_read(model) {
        Ok(text) => {
            let what = match text.lines().count() {
                1 => format!("`{text}`"),
                lines => format!("{lines} commands, the first: `{}`", text.lines().next().unwrap_or_default()),
            };
            copy(model, &what, text)
        }
        Err(why) => {
            model.say(format!("nothing copied: {why}"));
            Vec::new()
        }
    }
}

pub(super) fn dump_screen(model: &Model) -> Vec<Effect> {
    vec![Effect::Dump { text: view_text(model) }]
}

pub(super) fn choose_columns(model: &mut Model) {
    if columns::titles(model).is_empty() {
        model.say("the pane in view has no columns to choose from; tab goes to the next pane");
    } else {
        model.dialogs.push(Dialog::Columns(columns::Picking::default()));
    }
}

pub(super) fn toggle_column(model: &mut Model) -> Vec<Effect> {
    let Some(Dialog::Columns(picking)) = model.dialogs.last() else { return Vec::new() };
    match columns::toggle(model, picking.selected) {
        Ok(()) => vec![remember(model)],
        Err(why) => {
            model.say(why);
            Vec::new()
        }
    }
}

pub(super) fn toggle_silence(model: &mut Model) {
    model.attention.silenced = !model.attention.silenced;
    model.say(if model.attention.silenced {
        "silent: neither bell nor desktop notice until it is wanted again"
    } else {
        "bell and desktop notices call again"
    });
}

pub(super) fn greet(model: &mut Model) {
    model.dialogs.retain(|dialog| !matches!(dialog, Dialog::Greeting));
    model.dialogs.push(Dialog::Greeting);
}

/// Any key closes the greeting; one that it names does what it says as well, and the way out stays one.
pub(super) fn leave_greeting(model: &mut Model, key: Key) -> Vec<Effect> {
    model.dialogs.pop();
    let mut effects = Vec::new();
    if !model.greeted {
        model.greeted = true;
        effects.push(remember(model));
    }
    if let Resolution::Action(action) = model.keymap.resolve(Context::Screen(model.screen), &[key])
        && (greeting::names(model, action) || action == Action::QuitAnywhere)
    {
        effects.extend(act(model, action));
    }
    effects
}

/// Into the world of the tutorial, or out of its guidance. A run that is executed here is not left for it.
pub(super) fn tutorial(model: &mut Model) -> Vec<Effect> {
    match model.tutorial {
        Tutorial::Guided(_) => {
            model.tutorial = Tutorial::Unguided;
            model.say("the guidance is over; this world goes on until you leave it");
            return Vec::new();
        }
        Tutorial::Unguided => {
            model.say("this is the tutorial's world already: leave it, and `lifeboat tutorial` begins it anew");
            return Vec::new();
        }
        Tutorial::Elsewhere => {}
    }
    if !model.reality.is_simulated() {
        // A slip of a finger must not take what is real out of sight.
        model.complain("real regions are watched here: `lifeboat tutorial` begins it in another terminal");
        return Vec::new();
    }
    if model.fleet.iter().any(crate::model::Watched::is_acting_here) {
        model.complain("a run is executed here, and the tutorial would stop it");
        return Vec::new();
    }
    vec![Effect::Tutorial]
}

fn remember(model: &Model) -> Effect {
    Effect::Remember(Remembered {
        greeted: model.greeted,
        hidden: model.display.hidden.clone(),
        ..Remembered::default()
    })
}

/// Lists what there is to be copied.
pub(super) fn choose_value(model: &mut Model) {
    if values::values(model).is_empty() {
        return model.say("there is nothing to copy");
    }
    model.dialogs.push(Dialog::Values(values::Taking::default()));
}

pub(super) fn copy_chosen(model: &mut Model) -> Vec<Effect> {
    let Some(Dialog::Values(taking)) = model.dialogs.last() else { return Vec::new() };
    let chosen = values::values(model).into_iter().nth(taking.selected);
    model.dialogs.pop();
    let Some(value) = chosen else {
        model.say("it is not there any more: nothing was copied");
        return Vec::new();
    };
    copy(model, &format!("`{}`", value.text), value.text)
}
