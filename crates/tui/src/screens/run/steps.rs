//! The steps of a run, each against what was expected of it, with the line of reversibility across them.

use std::cmp::Reverse;

use lifeboat_model::plan::Step;
use lifeboat_model::run::{RunState, StepStatus};
use lifeboat_model::time::age;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{LONGEST_FIRST, NOT_OVER_FIRST, STORY, Scene};
use crate::acting::LiveRun;
use crate::format;
use crate::look::Look;
use crate::model::Model;
use crate::screens::{Item, Screen, filtered, order, titled};
use crate::theme::Role;
use crate::widgets::pane::Pane;
use crate::widgets::table::{Cell, Column, Table};

pub(super) const COLUMNS: &[Column] = &[
    Column::left("", 10),
    Column::left("STEP", 24).growing(120),
    Column::right("TOOK", 7),
    Column::right("EXPECTED", 12),
];

/// The sentence that is drawn across the steps.
const LINE: &str = "from here on not everything can be taken back";

/// A row of the table of steps.
#[derive(Clone, Copy)]
pub(super) enum Row<'a> {
    Step(&'a Step),
    LineOfReversibility,
}

pub(super) fn items(model: &Model, state: &RunState) -> Vec<Item> {
    let steps = state.plan.steps.iter().enumerate();
    let mut shown = filtered(model, Screen::Run, steps, |(_, step)| vec![step.title.as_str(), step.id.as_str()]);
    let run = model.watched().and_then(|watched| watched.run.as_ref());
    let took = |step: &Step| {
        let began = state.began.get(&step.id).filter(|_| state.status(&step.id) == StepStatus::Begun);
        began.map(|(at, _)| age(model.now, *at)).or_else(|| run?.length_of(&step.id))
    };
    match model.screens.of(Screen::Run).sort {
        LONGEST_FIRST => shown.sort_by_key(|(_, step)| Reverse(took(step))),
        NOT_OVER_FIRST => shown.sort_by_key(|(_, step)| urgency(state.status(&step.id))),
        _ => {}
    }
    shown.into_iter().map(|(index, step)| Item::new(index, step.id.as_str(), step.title.clone())).collect()
}

/// Smaller needs eyes sooner.
fn urgency(status: StepStatus) -> u8 {
    match status {
        StepStatus::Failed => 0,
        StepStatus::Begun => 1,
        StepStatus::Pending => 2,
        StepStatus::Skipped | StepStatus::Undone => 3,
        StepStatus::Done => 4,
    }
}

/// How a step stands: its sign and one word.
pub(crate) fn step_sign(look: &Look<'_>, run: &LiveRun, state: &RunState, step: &Step) -> (Role, String) {
    let symbols = look.symbols;
    let asks = !run.is_over() && run.question().is_some_and(|(of, _)| *of == step.id);
    if asks {
        return (Role::Caution, format!("{} asks", symbols.caution));
    }
    let (role, mark, word) = match state.status(&step.id) {
        // Nothing of it goes on until somebody has said what became of what it sent.
        StepStatus::Begun if state.is_unseen(&step.id) => (Role::Caution, symbols.caution, "not seen"),
        StepStatus::Done if run.is_undoing(&step.id) => (Role::Accent, symbols.selected, "undoing"),
        StepStatus::Pending => (Role::Muted, symbols.dot, "to come"),
        StepStatus::Begun if run.here || !run.is_stopped() => (Role::Accent, symbols.selected, "running"),
        StepStatus::Begun => (Role::Caution, symbols.caution, "begun"),
        StepStatus::Done => (Role::Ok, symbols.ok, "done"),
        StepStatus::Failed => (Role::Danger, symbols.danger, "FAILED"),
        StepStatus::Skipped => (Role::Caution, symbols.dash, "skipped"),
        StepStatus::Undone => (Role::Muted, symbols.dash, "undone"),
    };
    (role, format!("{mark} {word}"))
}

impl<'a> Scene<'a> {
    pub(super) fn rows(&self) -> Vec<Row<'a>> {
        // In another order than the plan's there is nothing that it could be drawn across.
        let line = self.state.plan.point_of_no_return().filter(|_| order(self.model, Screen::Run).is_none());
        let items = items(self.model, self.state);
        let mut rows = Vec::new();
        let mut is_drawn = false;
        for item in items {
            let Some(step) = self.state.plan.steps.get(item.source) else { continue };
            if !is_drawn && line.is_some_and(|line| step.group >= line) {
                is_drawn = true;
                rows.push(Row::LineOfReversibility);
            }
            rows.push(Row::Step(step));
        }
        rows
    }

    pub(super) fn draw_steps(&self, area: Rect, buffer: &mut Buffer) {
        if area.is_empty() {
            return;
        }
        let (look, state) = (self.look, self.model.screens.of(Screen::Run));
        let focused = state.pane != STORY;
        let rows = self.rows();
        let steps = &self.state.plan.steps;
        let done = steps
            .iter()
            .filter(|step| matches!(self.state.status(&step.id), StepStatus::Done | StepStatus::Skipped))
            .count();
        let title = titled("Steps", &state.filter);
        let order = order(self.model, Screen::Run).map_or_else(String::new, |order| format!(", {order}"));
        let items = items(self.model, self.state);
        let chosen = state.cursor(0).index_in(&items).and_then(|index| items.get(index));
        let selected = chosen
            .and_then(|item| rows.iter().position(|row| matches!(row, Row::Step(step) if step.id.as_str() == item.id)));
        let body = Pane::new(&title, focused)
            .aside(Role::Muted, format!("{done} of {} done{order}", steps.len()), look)
            .rows(rows.len(), selected, 1)
            .draw(look, area, buffer);
        let table = Table {
            columns: COLUMNS,
            len: rows.len(),
            selected,
            focused,
            empty: (Role::Muted, "no step has these words".to_owned()),
        };
        // What the other columns leave of the row.
        let room = usize::from(body.width).saturating_sub(40);
        table.draw(look, body, buffer, |index| match rows.get(index) {
            Some(Row::Step(step)) => self.cells(step),
            Some(Row::LineOfReversibility) => {
                let rule = look.rule();
                vec![
                    Cell::new(Role::Danger, rule.repeat(10)),
                    Cell::new(Role::Danger, format!("{LINE} {}", rule.repeat(room.saturating_sub(LINE.len()).min(70)))),
                ]
            }
            None => Vec::new(),
        });
    }

    fn cells(&self, step: &Step) -> Vec<Cell> {
        let look = self.look;
        let (role, sign) = step_sign(look, self.run, self.state, step);
        let attempt = self.state.began.get(&step.id).copied();
        let running = attempt.filter(|_| {
            self.state.status(&step.id) == StepStatus::Begun
                && !self.state.is_unseen(&step.id)
                && self.run.ending().is_none()
        });
        let took = running.map(|(at, _)| age(look.now, at)).or_else(|| self.run.length_of(&step.id));
        let left = running.zip(step.expected).map(|((at, _), expected)| {
            let so_far = age(look.now, at);
            match expected.checked_sub(so_far) {
                Some(left) => (Role::Text, format!("{} left", format::age(left))),
                None => (
                    Role::Caution,
                    format!("{} {} over", look.symbols.caution, format::age(so_far.saturating_sub(expected))),
                ),
            }
        });
        let is_late = took.zip(step.expected).is_some_and(|(took, expected)| took > expected.saturating_mul(2));
        let title = match attempt {
            Some((_, attempt)) if attempt > 1 => format!("{} (attempt {attempt})", step.title),
            Some(_) | None => step.title.clone(),
        };
        let expected = left.unwrap_or_else(|| match step.expected {
            Some(length) => (Role::Muted, format::duration(length)),
            None => (Role::Unknown, look.symbols.unknown.to_owned()),
        });
        let is_to_come = self.state.status(&step.id) == StepStatus::Pending;
        vec![
            Cell::new(role, sign),
            Cell::new(if is_to_come { Role::Muted } else { Role::Text }, title),
            Cell::new(if is_late { Role::Caution } else { Role::Text }, took.map_or_else(String::new, format::age)),
            expected.into(),
        ]
    }
}
