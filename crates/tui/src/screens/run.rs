//! A run while it is under way: what it asks, what is left of the recovery time, whether clients can write, each step
//! against what was expected of it. It shows what the run's entries tell, and nothing else.

use lifeboat_model::plan::{Step, StepId};
use lifeboat_model::run::{RunOutcome, RunState};
use lifeboat_model::time::{Duration, age};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{Item, Screen};
use crate::acting::LiveRun;
use crate::action::{Action, Context};
use crate::format;
use crate::look::Look;
use crate::model::{Model, Watched};
use crate::theme::Role;
use crate::widgets::carve;
use crate::widgets::pane::{self, Pane, wrapped};
use crate::widgets::table::Column;

mod head;
mod page;
mod question;
mod steps;
mod story;

pub(crate) use page::page;

pub const PANES: &[&str] = &["Steps", "What happened"];

pub const SORTS: &[&str] = &["in the order of the plan", "longest first", "what is not over first"];

const STORY: usize = 1;
const LONGEST_FIRST: usize = 1;
const NOT_OVER_FIRST: usize = 2;

fn shown(model: &Model) -> Option<(&Watched, &LiveRun, &RunState)> {
    let watched = model.watched()?;
    let run = watched.run.as_ref()?;
    Some((watched, run, run.state()?))
}

pub(crate) fn items(model: &Model, pane: usize) -> Vec<Item> {
    let Some((_, run, state)) = shown(model) else { return Vec::new() };
    if pane == STORY { story::items(model, run, state) } else { steps::items(model, state) }
}

/// Keeps the step that is under way under the cursor, until somebody puts the cursor elsewhere.
pub(crate) fn follow(model: &mut Model, before: Option<&StepId>) {
    let Some(now) = shown(model).and_then(|(_, run, _)| run.under_way().cloned()) else { return };
    let items = items(model, 0);
    let Some(index) = items.iter().position(|item| item.id == now.as_str()) else { return };
    if let Some(cursor) = model.screens.of_mut(Screen::Run).cursor_mut(0) {
        let follows = cursor.id.is_none() || cursor.id.as_deref() == before.map(StepId::as_str);
        if follows {
            cursor.put(index, &items);
        }
    }
}

pub(crate) fn draw(model: &Model, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let Some(watched) = model.watched() else { return };
    let Some(run) = watched.run.as_ref() else { return draw_none(look, watched, area, buffer) };
    let Some(state) = run.state() else {
        let why = run.trouble().unwrap_or("its first entry is missing");
        let text = format!("  the journal's entries are not a run that can be shown: {why}");
        return pane::lines([Line::from(look.span(Role::Danger, text))], area, buffer);
    };
    let scene = Scene { model, look, watched, run, state };
    let head = scene.head(area.width);
    let question = scene.question(area.width, area.height);
    let title = format!("Run {}", state.id);
    let (role, standing) = scene.standing();
    let needs = u16::try_from(head.len()).unwrap_or(u16::MAX).saturating_add(1);
    let (top, rest) = carve::rows(area, needs);
    let body = Pane::new(&title, false).aside(role, standing, look).draw(look, top, buffer);
    pane::lines(head, body, buffer);
    let (asked, rest) = carve::rows(rest, u16::try_from(question.len()).unwrap_or(0));
    pane::lines(question, asked, buffer);
    let steps = u16::try_from(scene.rows().len()).unwrap_or(u16::MAX).saturating_add(2);
    // What happened before is of less weight than what is to come.
    let story = if rest.height >= 18 { rest.height.saturating_sub(steps).max(rest.height / 3) } else { 0 };
    let focused_below = model.screens.of(Screen::Run).pane == STORY;
    let story = if story == 0 && focused_below { rest.height } else { story };
    let (above, below) = carve::rows(rest, rest.height.saturating_sub(story));
    scene.draw_steps(above, buffer);
    scene.draw_story(below, buffer);
}

/// What the head of the screen says, for whoever is told it.
pub(crate) fn told(model: &Model, look: &Look<'_>) -> Vec<String> {
    const WIDTH: u16 = 400;
    let Some(watched) = model.watched() else { return Vec::new() };
    let Some((run, state)) = watched.run.as_ref().and_then(|run| run.state().map(|state| (run, state))) else {
        let why = watched.beginning.clone().or_else(|| watched.refused.clone());
        return vec![why.unwrap_or_else(|| "No run is open.".to_owned())];
    };
    let scene = Scene { model, look, watched, run, state };
    let mut lines = vec![format!("Run {}: {}", state.id, scene.standing().1)];
    let text = |line: Line<'_>| {
        let said: String = line.spans.iter().map(|span| span.content.as_ref()).collect();
        said.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    lines.extend(scene.head(WIDTH).into_iter().chain(scene.question(WIDTH, 40)).map(text));
    lines.retain(|line| !line.is_empty());
    lines
}

/// Nothing is known of a run: what is about to be, or how to begin one.
fn draw_none(look: &Look<'_>, watched: &Watched, area: Rect, buffer: &mut Buffer) {
    let body = Pane::new("Run", true).draw(look, area, buffer);
    let mut says: Vec<(Role, String)> = Vec::new();
    match (&watched.beginning, &watched.refused) {
        (Some(what), _) => {
            says.push((Role::Heading, format!("{what}.")));
            says.push((Role::Text, "Everything is read once more, and every guard is judged on that.".to_owned()));
        }
        (None, Some(why)) => says.extend(refusal(look, why)),
        (None, None) => {
            says.push((Role::Heading, format!("No run of {} is open.", watched.deployment.name)));
            says.push((Role::Text, "On the screen of the runbooks (7), x makes the plan of the selected one, to be read before anything is begun.".to_owned()));
            says.push((Role::Text, "On the screen of the stacks (0), x makes the plan that takes the deployment away; b lists what can be built.".to_owned()));
        }
    }
    pane::lines(wrapped(look, says, body.width), body, buffer);
}

fn refusal(look: &Look<'_>, why: &str) -> Vec<(Role, String)> {
    why.lines()
        .enumerate()
        .map(|(index, line)| {
            if index == 0 {
                (Role::Danger, format!("{} {line}", look.symbols.danger))
            } else {
                (Role::Text, line.to_owned())
            }
        })
        .collect()
}

pub(crate) fn outcome_sign(look: &Look<'_>, outcome: RunOutcome) -> (Role, &'static str) {
    match outcome {
        RunOutcome::Completed => (Role::Ok, look.symbols.ok),
        RunOutcome::Stopped => (Role::Caution, look.symbols.caution),
        RunOutcome::Failed | RunOutcome::Aborted => (Role::Danger, look.symbols.danger),
    }
}

/// A measured recovery time beside its objective: how that is to be told, and the words to go after it.
pub(crate) fn rto_against(look: &Look<'_>, measured: Option<Duration>, target: Option<Duration>) -> (Role, String) {
    match (measured, target) {
        (Some(rto), Some(target)) if rto > target => {
            (Role::Danger, format!(", {} over the RTO of {}", look.symbols.danger, format::target(target)))
        }
        (Some(_), Some(target)) => {
            (Role::Ok, format!(", {} within the RTO of {}", look.symbols.ok, format::target(target)))
        }
        (Some(_), None) => (Role::Text, ", no RTO is set".to_owned()),
        (None, _) => (Role::Unknown, String::new()),
    }
}

/// Everything that is drawn, at hand.
struct Scene<'a> {
    model: &'a Model,
    look: &'a Look<'a>,
    watched: &'a Watched,
    run: &'a LiveRun,
    state: &'a RunState,
}

impl Scene<'_> {
    fn key(&self, action: Action) -> String {
        let context = Context::Screen(Screen::Run);
        self.model.keymap.shown(action, context).map_or_else(|| action.entry().name.to_owned(), ToString::to_string)
    }

    fn elapsed(&self) -> Duration {
        age(self.run.ended_at().unwrap_or(self.look.now), self.state.started_at)
    }
}

/// The step of a row, where the row is a step.
pub(crate) fn step<'a>(model: &'a Model, pane: usize, id: &str) -> Option<&'a Step> {
    let (_, _, state) = shown(model).filter(|_| pane != STORY)?;
    state.plan.steps.iter().find(|step| step.id.as_str() == id)
}

/// The columns of a pane that is a table.
pub(crate) fn columns(pane: usize) -> &'static [Column] {
    if pane == STORY { &[] } else { steps::COLUMNS }
}
