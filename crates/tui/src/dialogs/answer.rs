//! What can be said to a run, as a list: each choice with what follows from it. It opens on the most harmless one.

use lifeboat_model::run::RunId;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Clear, Widget};
use serde::{Deserialize, Serialize};

use crate::acting::choices::{self, Choice};
use crate::acting::{LiveRun, Question};
use crate::format;
use crate::look::Look;
use crate::model::{Model, Watched};
use crate::theme::Role;
use crate::widgets::{carve, pane};

/// What was asked, or that nothing was, when the choices were opened. Once that is another matter they are closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asking {
    /// The run that is spoken to, whichever is shown by then.
    #[serde(default)]
    pub run: Option<RunId>,
    pub question: Option<Question>,
    /// Whether the run was executed here.
    pub here: bool,
    /// Index into the choices.
    pub selected: usize,
}

impl Asking {
    pub(crate) fn of(run: &LiveRun) -> Self {
        Self { run: run.id().cloned(), question: run.question().cloned(), here: run.here, selected: 0 }
    }

    /// Whether it still is what the run wants to know.
    pub(crate) fn still_holds(&self, run: &LiveRun) -> bool {
        self.run.as_ref() == run.id()
            && self.question.as_ref() == run.question()
            && self.here == run.here
            && !run.is_over()
    }
}

pub(crate) fn choices(model: &Model) -> Vec<Choice> {
    let watched = model.watched();
    watched.and_then(|watched| Some(choices::of(watched, watched.run.as_ref()?))).unwrap_or_default()
}

const WIDTH: u16 = 84;

pub(super) fn inner_width(body: Rect) -> u16 {
    WIDTH.min(body.width).saturating_sub(4)
}

pub(crate) fn draw(model: &Model, look: &Look<'_>, asking: &Asking, body: Rect, buffer: &mut Buffer) {
    let choices = choices(model);
    let mut rows = rows(look, asking, &choices, body, Told::InFull);
    // The question is worth more than what follows from a choice that nobody is about to make.
    if rows.len() > usize::from(body.height.saturating_sub(3)) {
        rows = self::rows(look, asking, &choices, body, Told::Chosen);
    }
    let title = match (asking.here, asking.question.is_some()) {
        // Nobody here is heard by it: the question is told, and answered by whoever goes on with it.
        (false, _) => "A run that is not executed here",
        (true, true) => "Your answer",
        (true, false) => "What you can say to the run",
    };
    draw_box(look, title, "enter chooses, esc leaves", rows, body, buffer);
}

/// Of which choices all is told that follows from them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    InFull,
    /// Of the one under the cursor; of the others as much as a line holds.
    Chosen,
}

fn rows(look: &Look<'_>, asking: &Asking, choices: &[Choice], body: Rect, told: Told) -> Vec<Line<'static>> {
    let width = usize::from(inner_width(body));
    let mut rows = Vec::new();
    if let Some((_, text)) = &asking.question {
        rows.extend(format::wrap(text, width).into_iter().map(|line| Line::from(look.span(Role::Caution, line))));
        if told == Told::InFull {
            rows.push(Line::default());
        }
    }
    for (index, choice) in choices.iter().enumerate() {
        let is_selected = index == asking.selected;
        let (mark, of_mark, role) = if is_selected {
            (look.symbols.selected, Role::Focus, Role::Selection)
        } else {
            (" ", Role::Text, Role::Heading)
        };
        rows.push(Line::from(vec![look.span(of_mark, format!("{mark} ")), look.span(role, choice.name)]));
        let room = width.saturating_sub(4);
        let lines = if is_selected || told == Told::InFull {
            format::wrap(&choice.consequence, room)
        } else {
            vec![look.truncate(&choice.consequence, room)]
        };
        let role = if is_selected { Role::Text } else { Role::Muted };
        rows.extend(lines.into_iter().map(|line| Line::from(look.span(role, format!("    {line}")))));
    }
    rows
}

/// A box over what is below, as high as its lines need; where there is not enough room the first lines give way, since
/// what is typed or chosen stands last.
pub(super) fn draw_box(
    look: &Look<'_>,
    title: &str,
    aside: &str,
    rows: Vec<Line<'static>>,
    body: Rect,
    buffer: &mut Buffer,
) {
    let wanted = u16::try_from(rows.len()).unwrap_or(u16::MAX).saturating_add(2).min(body.height);
    let outer = carve::centred(body, WIDTH, wanted);
    let around =
        Rect { x: outer.x.saturating_sub(1), width: outer.width.saturating_add(2), ..outer }.intersection(body);
    Clear.render(around, buffer);
    buffer.set_style(around, look.style(Role::Text));
    let inner = pane::Pane::new(title, true).aside(Role::Muted, aside, look).draw(look, outer, buffer);
    let (text, foot) = carve::rows(inner, inner.height.saturating_sub(1));
    let skipped = rows.len().saturating_sub(usize::from(text.height));
    pane::lines(rows.into_iter().skip(skipped), carve::indented(text, 2), buffer);
    pane::lines([Line::from(look.span(Role::Border, look.rule().repeat(usize::from(foot.width))))], foot, buffer);
}

/// The choices in a row of words, for who reads the screen only.
pub(crate) fn in_short(watched: &Watched, run: &LiveRun) -> String {
    // Some have a comma of their own.
    let names: Vec<&str> = choices::of(watched, run).iter().map(|choice| choice.name).collect();
    names.join("; ")
}
