//! What a typed line means: a key by its name, an action by its name, a row by its number, `/words` for the filter, or the
//! text that is asked for. A line is never half understood: it is one of these or nothing is done.

use super::filling;
use crate::action::{Action, Context};
use crate::dialogs::{Dialog, answer, help, picker};
use crate::key::{Key, KeyCode};
use crate::keymap::{Chord, Resolution};
use crate::model::Model;
use crate::msg::Msg;
use crate::problem::nearest;
use crate::screens;
use crate::update::context;

/// What is to follow from a line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heard {
    /// For `update`, in order.
    pub msgs: Vec<Msg>,
    /// What is said at once.
    pub say: Vec<String>,
    /// Whether what is in view is to be told again.
    pub again: bool,
}

impl Heard {
    pub(super) fn keys(keys: impl IntoIterator<Item = Key>) -> Self {
        Self { msgs: keys.into_iter().map(Msg::Key).collect(), ..Self::default() }
    }

    pub(super) fn action(action: Action) -> Self {
        Self { msgs: vec![Msg::Action(action)], ..Self::default() }
    }

    pub(super) fn say(text: impl Into<String>) -> Self {
        Self { say: vec![text.into()], ..Self::default() }
    }
}

/// More than a name, a phrase or a reason ever is.
const LONGEST: usize = 200;

pub fn hear(model: &Model, line: &str) -> Heard {
    let line: String = line.chars().filter(|letter| !letter.is_control()).collect();
    let line = line.trim();
    if line.chars().count() > LONGEST {
        return Heard::say(format!("a line has {LONGEST} letters at most, and nothing of this one was taken"));
    }
    match (model.dialogs.last(), context(model)) {
        (Some(Dialog::Greeting), _) => Heard::keys([Key::plain(KeyCode::Escape)]).with_again(),
        // An empty line confirms nothing and asks for nothing: it has everything told again.
        _ if line.is_empty() => Heard::default().with_again(),
        (Some(Dialog::Form(_)), _) => filling::hear(model, line),
        (_, context) if context.takes_text() => typed(line),
        (Some(Dialog::Answer(_) | Dialog::Picker(_)), _) if line.parse::<usize>().is_ok() => choice(model, line),
        (_, context) => spoken(model, context, line),
    }
}

impl Heard {
    fn with_again(self) -> Self {
        Self { again: true, ..self }
    }
}

/// Text where text is asked for, and the Enter after it; `esc` leaves without.
fn typed(line: &str) -> Heard {
    if line == "esc" {
        return Heard::keys([Key::plain(KeyCode::Escape)]);
    }
    // What was typed before and not taken is no part of this line.
    let mut heard = Heard::action(Action::EraseLine);
    heard.msgs.extend(line.chars().map(|letter| Msg::Key(Key::char(letter))));
    heard.msgs.push(Msg::Key(Key::plain(KeyCode::Enter)));
    heard
}

/// An answer, or a blueprint, by its number.
fn choice(model: &Model, line: &str) -> Heard {
    let count = match model.dialogs.last() {
        Some(Dialog::Picker(_)) => picker::offers(model).len(),
        _ => answer::choices(model).len(),
    };
    let number = line.parse::<usize>().unwrap_or(0);
    // Nothing is chosen by a slip: the last of them is not what somebody meant by a number beyond it.
    if number == 0 || number > count {
        return Heard::say(format!("there are {count}, counted from 1, and nothing was chosen"));
    }
    let mut heard = Heard::action(Action::MoveTop);
    heard.msgs.extend((1..number).map(|_| Msg::Action(Action::MoveDown)));
    heard.msgs.push(Msg::Key(Key::plain(KeyCode::Enter)));
    heard
}

fn spoken(model: &Model, context: Context, line: &str) -> Heard {
    match line {
        "?" | "help" => return Heard { say: possible(model, context), ..Heard::default() },
        "? all" | "help all" => return Heard { say: explained(model, context), ..Heard::default() },
        _ => {}
    }
    if let Some(words) = line.strip_prefix('/') {
        return filter(context, words.trim());
    }
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    match (word, rest.trim().parse::<usize>()) {
        ("row", Ok(number)) => return row(model, number, false),
        ("open", Ok(number)) => return row(model, number, true),
        ("pane", Ok(number)) => return pane(model, number),
        _ => {}
    }
    if let Some(action) = Action::named(line) {
        return asked(context, action);
    }
    let Ok(chord) = Chord::parse(line) else { return unknown(line) };
    match model.keymap.resolve(context, chord.keys()) {
        Resolution::Action(_) => Heard::keys(chord.keys().iter().copied()),
        Resolution::Begun => Heard::say(format!("{line} is only the beginning of a key")),
        Resolution::Unbound => unknown(line),
    }
}

fn asked(context: Context, action: Action) -> Heard {
    if action.entry().contexts.contains(context) {
        Heard::action(action)
    } else {
        Heard::say(format!("{} does nothing here; `?` lists what does", action.entry().name))
    }
}

fn unknown(line: &str) -> Heard {
    let names = Action::ALL.iter().map(|action| action.entry().name);
    let meant = nearest(line, names).map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
    Heard::say(format!("`{line}` means nothing here{meant} `?` lists what does"))
}

fn filter(context: Context, words: &str) -> Heard {
    if !matches!(context, Context::Screen(_)) {
        return Heard::say("a filter is for the rows of a screen");
    }
    let mut heard = Heard::action(Action::OpenFilter);
    heard.msgs.push(Msg::Action(Action::EraseLine));
    heard.msgs.extend(words.chars().map(|letter| Msg::Key(Key::char(letter))));
    heard.msgs.push(Msg::Key(Key::plain(KeyCode::Enter)));
    heard
}

fn row(model: &Model, number: usize, opens: bool) -> Heard {
    let pane = model.screens.of(model.screen).pane;
    let rows = screens::items(model, model.screen, pane).len();
    if !model.dialogs.is_empty() || number == 0 || number > rows {
        return Heard::say(format!("this pane has {rows} rows, counted from 1"));
    }
    let mut heard = Heard::action(Action::MoveTop);
    heard.msgs.extend((1..number).map(|_| Msg::Action(Action::MoveDown)));
    if opens {
        heard.msgs.push(Msg::Action(Action::Open));
    }
    heard
}

fn pane(model: &Model, number: usize) -> Heard {
    let panes = model.screen.panes();
    let Some(wanted) = number.checked_sub(1).filter(|wanted| *wanted < panes.len()) else {
        return Heard::say(format!("the panes here: {}", panes.join(", ")));
    };
    let steps = (wanted + panes.len() - model.screens.of(model.screen).pane) % panes.len();
    Heard { msgs: (0..steps).map(|_| Msg::Action(Action::FocusNext)).collect(), again: true, ..Heard::default() }
}

/// What can be typed here: what works on few other screens in full, the rest by name.
fn possible(model: &Model, context: Context) -> Vec<String> {
    let mut lines = vec![
        "Here a line is one of these; an empty line tells everything again:".to_owned(),
        "  row N, open N: goes to a row of this pane, or opens it; pane N: goes to another pane".to_owned(),
        "  /words: shows only rows with these words; /!word hides those that have it; / alone shows all".to_owned(),
    ];
    let (of_here, others): (Vec<_>, Vec<_>) =
        help::possible(context).into_iter().partition(|(heading, _)| *heading == help::HERE);
    lines.extend(of_here.iter().flat_map(|(_, actions)| actions).map(|action| in_full(model, context, *action)));
    lines.extend(others.into_iter().map(|(heading, actions)| {
        let names: Vec<String> = actions.into_iter().map(|action| named(model, context, action)).collect();
        format!("  {heading}: {}", names.join(", "))
    }));
    lines.push("`?` once more tells what each of these does.".to_owned());
    lines
}

/// The rest of it in full.
fn explained(model: &Model, context: Context) -> Vec<String> {
    let others = help::possible(context).into_iter().filter(|(heading, _)| *heading != help::HERE);
    let told = others.flat_map(|(heading, actions)| {
        let actions = actions.into_iter().map(|action| in_full(model, context, action));
        std::iter::once(format!("{heading}:")).chain(actions)
    });
    told.collect()
}

/// By its name and its key.
fn named(model: &Model, context: Context, action: Action) -> String {
    let key = model.keymap.shown(action, context).map_or_else(String::new, |chord| format!(" ({chord})"));
    format!("{}{key}", action.entry().name)
}

fn in_full(model: &Model, context: Context, action: Action) -> String {
    format!("  {}: {}", named(model, context, action), action.entry().description)
}
