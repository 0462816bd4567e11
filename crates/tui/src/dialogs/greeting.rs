//! What a first start without a configuration says: what this is, that it is a simulation, how one is let act, and what
//! to try. Any key closes it, and those that it names do what it says as well.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::answer::{draw_box, inner_width};
use crate::action::{Action, Context};
use crate::format;
use crate::look::Look;
use crate::model::{Access, Model};
use crate::theme::Role;

/// What it names, beside the way to acting: each does what it says from here.
const TO_TRY: [(Action, &str); 3] = [
    (Action::ExplainForecast, "what would be lost if you failed over now, and how long it would take"),
    (Action::ShowRunbooks, "what a switchover, a failover or a drill would do, and what stands in its way"),
    (Action::Tutorial, "a failover from the loss of a region to the report, in five minutes, in a world of its own"),
];
/// Where to go from a simulation that nobody configured.
const OWN: &str = "Your own: `lifeboat config init` writes a configuration, `lifeboat import` adopts what runs already; \
                   without one you are here.";

/// Whether a key that asks for this does it as well as closing the greeting.
pub(crate) fn names(model: &Model, action: Action) -> bool {
    TO_TRY.iter().any(|(named, _)| *named == action) || (action == Action::RaiseAccess && may_be_raised(model))
}

fn may_be_raised(model: &Model) -> bool {
    model.access_here() == Access::ReadOnly && model.pinned_here().is_none()
}

fn says(model: &Model) -> Vec<(Role, String)> {
    let mut says = vec![
        (
            Role::Text,
            "Lifeboat watches an application that runs in two AWS regions: which one is active, how far the other \
             lags behind, what would be lost right now. From here you rehearse and carry out the move from one \
             region to the other."
                .to_owned(),
        ),
        (
            Role::Caution,
            if model.reality.is_simulated() {
                "Nothing here is real. This is a SIMULATION: two regions, their stores and their clients, computed on \
                 this machine. AWS is not asked anything."
            } else {
                "These are REAL regions. AWS is asked about them all the time; nothing is changed before a run is \
                 begun, and that wants its phrase typed."
            }
            .to_owned(),
        ),
    ];
    if model.access_here() == Access::ReadOnly {
        let text = match model.pinned_here() {
            Some(why) => format!("You may look at everything and change nothing: {why}."),
            None => format!(
                "You may look at everything, and change nothing before {} raises access, for half an hour, by typing the \
                 deployment's name: then a drill can be begun.",
                key(model, Action::RaiseAccess)
            ),
        };
        says.push((Role::Muted, text));
    }
    says.push((Role::Heading, "Three things to try".to_owned()));
    says
}

fn key(model: &Model, action: Action) -> String {
    let chord = model.keymap.shown(action, Context::Screen(model.screen));
    chord.map_or_else(|| action.entry().name.to_owned(), ToString::to_string)
}

pub(crate) fn draw(model: &Model, look: &Look<'_>, body: Rect, buffer: &mut Buffer) {
    let width = usize::from(inner_width(body));
    let is_low = body.height < 24;
    let mut rows: Vec<Line<'static>> = Vec::new();
    for (role, text) in says(model) {
        rows.extend(format::wrap(&text, width).into_iter().map(|line| Line::from(look.span(role, line))));
        if role != Role::Heading && !is_low {
            rows.push(Line::default());
        }
    }
    for (action, what) in TO_TRY {
        let key = key(model, action);
        let wrapped = format::wrap(what, width.saturating_sub(6));
        for (index, line) in wrapped.into_iter().enumerate() {
            let head = if index == 0 { key.as_str() } else { "" };
            rows.push(Line::from(vec![look.span(Role::Accent, format!("  {head:<4}")), look.span(Role::Text, line)]));
        }
    }
    if model.reality.is_simulated() {
        if !is_low {
            rows.push(Line::default());
        }
        rows.extend(format::wrap(OWN, width).into_iter().map(|line| Line::from(look.span(Role::Muted, line))));
    }
    draw_box(look, "Welcome to Lifeboat", "any key closes this", rows, body, buffer);
}

/// The same as text, for whoever copies it or is read to.
pub(crate) fn text(model: &Model) -> String {
    let mut text = String::from("Welcome to Lifeboat\n");
    for (_, said) in says(model) {
        text.push_str(&said);
        text.push('\n');
    }
    for (action, what) in TO_TRY {
        text.extend([key(model, action).as_str(), ": ", what, "\n"]);
    }
    text
}
