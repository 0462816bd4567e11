//! A line that is written down: why something is done against advice, what is known of an incident, a note. The journal
//! keeps it beside the person's name.

use lifeboat_model::guard::GuardName;
use lifeboat_model::time::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use serde::{Deserialize, Serialize};

use super::answer::{draw_box, inner_width};
use crate::acting::Question;
use crate::format;
use crate::look::Look;
use crate::moment;
use crate::theme::Role;

/// What the line is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum For {
    /// Why the step is skipped that the run asks about.
    Skip {
        question: Question,
    },
    /// When the incident began, and then what is known of it.
    IncidentBegan,
    Incident {
        began_at: Timestamp,
    },
    IncidentOver,
    Note,
    /// Why the guard is gone on against.
    Override {
        guard: GuardName,
        refusal: String,
    },
}

impl For {
    /// What is said to who presses Enter over an empty line.
    pub(crate) fn wanted(&self) -> String {
        match self {
            Self::Skip { .. } => "write first why it is skipped, as the journal will have it".to_owned(),
            Self::IncidentBegan => format!("write first when it began: {}", moment::FORMS),
            Self::Incident { .. } => "write first what is known of it, as the journal will have it".to_owned(),
            Self::IncidentOver => "write first how it ended, as the journal will have it".to_owned(),
            Self::Note => "write first what is to be remembered, as the journal will have it".to_owned(),
            Self::Override { guard, .. } => {
                format!("write first why {guard} is gone on against, as the journal will have it")
            }
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    pub what: For,
    pub typed: String,
}

impl Reason {
    pub(crate) fn new(what: For) -> Self {
        Self { what, typed: String::new() }
    }
}

/// The title, what it is about, what is asked for, and what enter does.
fn words(look: &Look<'_>, what: &For) -> (&'static str, String, String, &'static str) {
    match what {
        For::Skip { question: (_, text) } => (
            "Skip it, because",
            text.clone(),
            "Why, as the journal will have it; Enter skips, Esc leaves:".to_owned(),
            "enter skips, esc leaves",
        ),
        For::IncidentBegan => (
            "Declare an incident",
            "From its beginning on the recovery time counts: of every run that is begun from here while it is open."
                .to_owned(),
            format!("When did it begin? {} (times are in {}):", moment::FORMS, look.zone()),
            "enter goes on, esc leaves",
        ),
        For::Incident { began_at } => (
            "Declare an incident",
            format!("It began {} ago, at {} {}.", look.age(*began_at), look.date_and_time(*began_at), look.zone()),
            "What is known of it, as the journal will have it; Enter declares it, Esc leaves:".to_owned(),
            "enter declares, esc leaves",
        ),
        For::IncidentOver => (
            "Close the incident",
            "Its timer ends here. What is in the journal stays there.".to_owned(),
            "How it ended, as the journal will have it; Enter closes it, Esc leaves it open:".to_owned(),
            "enter closes it, esc leaves",
        ),
        For::Override { guard, refusal } => (
            "Go on against a guard",
            format!(
                "{guard} refuses: {refusal}. For this plan alone it is gone on against, and the journal says who did."
            ),
            "Why, as the journal will have it; Enter overrides it, Esc leaves it standing:".to_owned(),
            "enter overrides, esc leaves",
        ),
        For::Note => (
            "A note for the journal",
            "It stands beside your name and the time, and nobody can change it afterwards.".to_owned(),
            "What is to be remembered; Enter writes it, Esc leaves:".to_owned(),
            "enter writes, esc leaves",
        ),
    }
}

pub(crate) fn draw(look: &Look<'_>, reason: &Reason, body: Rect, buffer: &mut Buffer) {
    let width = usize::from(inner_width(body));
    let (title, about, wanted, aside) = words(look, &reason.what);
    let lines = |role, text: &str| -> Vec<Line<'static>> {
        format::wrap(text, width).into_iter().map(|line| Line::from(look.span(role, line))).collect()
    };
    let mut rows = lines(Role::Caution, &about);
    rows.push(Line::default());
    rows.extend(lines(Role::Muted, &wanted));
    let typed = format::wrap(&reason.typed, width.saturating_sub(3));
    let last = typed.last().cloned().unwrap_or_default();
    rows.push(Line::from(vec![
        look.span(Role::Accent, "> "),
        look.span(Role::Text, last),
        look.span(Role::Accent, look.symbols.cursor),
    ]));
    draw_box(look, title, aside, rows, body, buffer);
}
