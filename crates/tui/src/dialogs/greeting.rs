//! What a first start without a configuration says: what this is, that it is a simulation, and three things to try. Any
//! key closes it, and those that it names do what it says as well.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::answer::{draw_box, inner_width};
use crate::action::{Action, Context};
use crate::format;
use crate::look::Look;
use crate::model::Model;
use crate::theme::Role;

/// The three things to try.
pub(crate) const TO_TRY: [(Action, &str); 3] = [
    (Action::ExplainForecast, "what would be lost if you failed over now, and how long it would take"),
    (Action::ShowRunbooks, "what a switchover or a failover would do, and what stands in its way"),
    (Action::Tutorial, "a failover from the loss of a region to the report, in five minutes, in a world of its own"),
];

fn says(model: &Model) -> Vec<(Role, String)> {
    let access = "You may look at everything: without `--operate` nothing can be changed, not even in the simulation.";
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
            "Nothing here is real. No configuration names a deployment, so this is a SIMULATION: two regions, their \
             stores and their clients, computed on this machine. AWS is not asked anything."
                .to_owned(),
        ),
    ];
    if model.access == crate::model::Access::ReadOnly {
        says.push((Role::Muted, access.to_owned()));
    }
    says.push((Role::Heading, "Three things to try".to_owned()));
    says
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
        let chord = model.keymap.shown(action, Context::Screen(model.screen));
        let key = chord.map_or_else(|| action.entry().name.to_owned(), ToString::to_string);
        let wrapped = format::wrap(what, width.saturating_sub(6));
        for (index, line) in wrapped.into_iter().enumerate() {
            let head = if index == 0 { key.as_str() } else { "" };
            rows.push(Line::from(vec![look.span(Role::Accent, format!("  {head:<4}")), look.span(Role::Text, line)]));
        }
    }
    if !is_low {
        rows.push(Line::default());
    }
    let real = "Your own: `lifeboat config init` writes a configuration, `lifeboat import` adopts what runs already.";
    rows.extend(format::wrap(real, width).into_iter().map(|line| Line::from(look.span(Role::Muted, line))));
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
        let chord = model.keymap.shown(action, Context::Screen(model.screen));
        let key = chord.map_or_else(|| action.entry().name.to_owned(), ToString::to_string);
        text.extend([key.as_str(), ": ", what, "\n"]);
    }
    text
}
