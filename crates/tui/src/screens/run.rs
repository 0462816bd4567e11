//! A run while it is under way: what it asks, what is left of the recovery time, whether clients can write, each step
//! against what was expected of it. It shows what the run's entries tell, and nothing else.

use lifeboat_model::plan::{Reversible, Step, StepId};
use lifeboat_model::run::{RunOutcome, RunState, StepStatus};
use lifeboat_model::time::{Duration, age};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Item, Page, Screen, filtered};
use crate::acting::{LiveRun, WindingUp, choices, outlook, story, words};
use crate::action::{Action, Context};
use crate::dialogs::answer;
use crate::estate::{is_about_stacks, stack_of};
use crate::format;
use crate::look::Look;
use crate::model::{Model, Watched};
use crate::theme::Role;
use crate::view::fitted;
use crate::widgets::carve;
use crate::widgets::pane::{self, Pane};
use crate::widgets::table::{Cell, Column, Table};

pub const PANES: &[&str] = &["Steps", "What happened"];

const STORY: usize = 1;
/// From this share of the recovery time on it is said to run out.
const RUNNING_OUT_PERCENT: u128 = 75;

fn shown(model: &Model) -> Option<(&Watched, &LiveRun, &RunState)> {
    let watched = model.watched()?;
    let run = watched.run.as_ref()?;
    Some((watched, run, run.state()?))
}

pub(crate) fn items(model: &Model, pane: usize) -> Vec<Item> {
    let Some((_, run, state)) = shown(model) else { return Vec::new() };
    if pane == STORY { story_items(model, run, state) } else { step_items(model, state) }
}

fn step_items(model: &Model, state: &RunState) -> Vec<Item> {
    let steps = state.plan.steps.iter().enumerate();
    filtered(model, Screen::Run, steps, |(_, step)| vec![step.title.as_str(), step.id.as_str()])
        .into_iter()
        .map(|(index, step)| Item::new(index, step.id.as_str(), step.title.clone()))
        .collect()
}

/// The newest first: that is what is looked for.
fn story_items(model: &Model, run: &LiveRun, state: &RunState) -> Vec<Item> {
    let told: Vec<(u64, String)> =
        run.story().rev().map(|entry| (entry.sequence, story::sentence(&state.plan, entry).1)).collect();
    filtered(model, Screen::Run, told.iter().enumerate(), |(_, (_, said))| vec![said.as_str()])
        .into_iter()
        .map(|(index, (sequence, said))| Item::new(index, sequence.to_string(), said.clone()))
        .collect()
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

fn wrapped(look: &Look<'_>, says: Vec<(Role, String)>, width: u16) -> Vec<Line<'static>> {
    let room = usize::from(width.saturating_sub(4));
    says.into_iter()
        .flat_map(|(role, text)| {
            format::wrap(&text, room).into_iter().map(move |line| (role, line)).collect::<Vec<_>>()
        })
        .map(|(role, line)| Line::from(look.span(role, format!("  {line}"))))
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

/// How a step stands: its sign and one word.
pub(crate) fn step_sign(look: &Look<'_>, run: &LiveRun, state: &RunState, step: &Step) -> (Role, String) {
    let symbols = look.symbols;
    let asks = !run.is_over() && state.question.as_ref().is_some_and(|(of, _)| *of == step.id);
    if asks {
        return (Role::Caution, format!("{} asks", symbols.caution));
    }
    let (role, mark, word) = match state.status(&step.id) {
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

const COLUMNS: &[Column] = &[
    Column::left("", 10),
    Column::left("STEP", 24).growing(120),
    Column::right("TOOK", 7),
    Column::right("EXPECTED", 12),
];

/// The sentence that is drawn across the steps.
const LINE: &str = "from here on not everything can be taken back";

/// A row of the table of steps.
#[derive(Clone, Copy)]
enum Row<'a> {
    Step(&'a Step),
    LineOfReversibility,
}

/// Everything that is drawn, at hand.
struct Scene<'a> {
    model: &'a Model,
    look: &'a Look<'a>,
    watched: &'a Watched,
    run: &'a LiveRun,
    state: &'a RunState,
}

impl<'a> Scene<'a> {
    fn key(&self, action: Action) -> String {
        let context = Context::Screen(Screen::Run);
        self.model.keymap.shown(action, context).map_or_else(|| action.entry().name.to_owned(), ToString::to_string)
    }

    fn elapsed(&self) -> Duration {
        let end = self.run.ending().map_or(self.look.now, |ending| ending.at);
        age(end, self.state.started_at)
    }

    /// The run in a word, at the right end of its head.
    fn standing(&self) -> (Role, String) {
        let (look, took) = (self.look, format::age(self.elapsed()));
        if let Some(ending) = self.run.ending() {
            let (role, mark) = outcome_sign(look, ending.outcome);
            return (role, format!("{mark} {} {took}", words::outcome(ending.outcome)));
        }
        let (caution, running) = (look.symbols.caution, look.symbols.selected);
        if self.is_left() {
            (Role::Caution, format!("{caution} NOBODY EXECUTES IT {took}"))
        } else if self.state.question.is_some() {
            (Role::Caution, format!("{caution} ASKS {took}"))
        } else if self.state.paused {
            (Role::Caution, format!("{caution} PAUSED {took}"))
        } else if self.run.is_given_up() {
            (Role::Caution, format!("{caution} ABORTING {took}"))
        } else {
            (Role::Accent, format!("{running} RUNNING {took}"))
        }
    }

    fn head(&self, width: u16) -> Vec<Line<'static>> {
        let mut lines = Vec::new();
        if let Some(why) = &self.watched.refused {
            lines.extend(wrapped(self.look, refusal(self.look, why), width));
        }
        if let Some(trouble) = self.run.trouble() {
            let said = vec![(
                Role::Danger,
                format!("{} the journal is not understood from here on: {trouble}", self.look.symbols.danger),
            )];
            lines.extend(wrapped(self.look, said, width));
        }
        lines.push(self.who(width));
        lines.extend(self.ended(width));
        if self.is_about_stacks() {
            lines.extend(self.stacks(width));
        } else {
            // Of a run that is over it is known what was measured.
            if !self.run.is_over() {
                lines.push(self.rto(width));
            }
            lines.extend(self.winding_up(width));
            lines.push(self.clients(width));
            lines.push(self.sides(width));
        }
        lines.extend(self.ledger(width));
        lines
    }

    /// Why it goes on though no step is left.
    fn winding_up(&self, width: u16) -> Option<Line<'static>> {
        let said = match self.run.winding_up()? {
            WindingUp::Effect => {
                "no effect of what was injected is seen yet; without one the drill fails (minutes at most)"
            }
            WindingUp::Measuring => "every step is over; the canaries are looked for in every store",
        };
        Some(self.row("waits", vec![(0, vec![self.look.span(Role::Accent, said)])], width))
    }

    fn row(&self, label: &str, groups: Vec<(u8, Vec<Span<'static>>)>, width: u16) -> Line<'static> {
        let look = self.look;
        let gap = look.span(Role::Muted, "  ");
        let line = fitted(groups, width.saturating_sub(10), &gap);
        let mut spans = vec![look.span(Role::Muted, format!(" {label:<8} "))];
        spans.extend(line.spans);
        Line::from(spans)
    }

    fn who(&self, width: u16) -> Line<'static> {
        let (look, plan) = (self.look, &self.state.plan);
        let drill = if plan.drill { "DRILL, " } else { "" };
        let what = if self.is_about_stacks() {
            vec![look.span(Role::Heading, format!("{} of {}", plan.runbook, plan.deployment))]
        } else {
            vec![
                look.span(Role::Heading, format!("{} {} {}", plan.from, look.symbols.arrow, plan.to)),
                look.span(Role::Text, format!(", {drill}{}", words::mode_word(plan.mode))),
            ]
        };
        let mut groups =
            vec![(0, what), (3, vec![look.span(Role::Muted, format!("begun by {}", words::person(&self.state.by)))])];
        groups.push((1, vec![self.executed_by()]));
        self.row("run", groups, width)
    }

    /// Whether it waits for somebody to go on with it; not before it is known that nobody does.
    fn is_left(&self) -> bool {
        let open = self.watched.standing.as_ref().and_then(|standing| standing.open_run.as_ref());
        let is_held = open.is_none_or(|open| self.run.id() != Some(&open.id) || open.holder.is_some());
        !self.run.here && !self.run.is_over() && self.watched.beginning.is_none() && !is_held
    }

    fn executed_by(&self) -> Span<'static> {
        let look = self.look;
        if let Some(what) = self.watched.beginning.as_ref().filter(|_| !self.run.here) {
            return look.span(Role::Accent, what.clone());
        }
        if self.watched.is_settling_here() {
            return look.span(Role::Accent, "over; what follows from it is being written");
        }
        if self.run.is_over() {
            return look.span(Role::Muted, "over");
        }
        if self.run.here {
            return look.span(Role::Text, "executed here");
        }
        let open = self.watched.standing.as_ref().and_then(|standing| standing.open_run.as_ref());
        match open.filter(|open| self.run.id() == Some(&open.id)) {
            Some(open) => match &open.holder {
                Some(holder) => {
                    look.span(Role::Text, format!("executed by {}, process {}", words::person(holder), holder.process))
                }
                None => look.span(
                    Role::Caution,
                    format!(
                        "{} nobody executes it: {} goes on with it",
                        look.symbols.caution,
                        self.key(Action::ResumeRun)
                    ),
                ),
            },
            None => look.span(Role::Unknown, format!("{} who executes it is not known yet", look.symbols.unknown)),
        }
    }

    /// How it ended, where it did.
    fn ended(&self, width: u16) -> Vec<Line<'static>> {
        let Some(ending) = self.run.ending() else { return Vec::new() };
        let (role, mark) = outcome_sign(self.look, ending.outcome);
        let mut says = Vec::new();
        if let Some(why) = &ending.reason {
            says.push((role, format!("{mark} {}: {why}", words::outcome(ending.outcome))));
        }
        if !self.is_about_stacks() {
            let lost: Vec<String> = words::rpo(&ending.measured, ending.truth.as_ref())
                .into_iter()
                .map(|(kind, said)| format!("{} {said}", words::store(kind)))
                .collect();
            let lost = if lost.is_empty() { "not measured".to_owned() } else { lost.join(", ") };
            let rto = words::rto(&ending.measured, ending.truth.as_ref());
            let (role, against) = rto_against(self.look, ending.measured.rto, self.state.plan.objectives.rto);
            says.push((role, format!("RTO {rto}{against}")));
            says.push((Role::Text, format!("RPO {lost}")));
        }
        says.push((Role::Muted, format!("{} opens the report", self.key(Action::ReportRun))));
        wrapped(self.look, says, width)
    }

    fn is_about_stacks(&self) -> bool {
        is_about_stacks(&self.state.plan)
    }

    /// How far the stacks are, and how long the rest should take: no client is part of it.
    fn stacks(&self, width: u16) -> Vec<Line<'static>> {
        let (look, plan) = (self.look, &self.state.plan);
        let of: Vec<&Step> = plan.steps.iter().filter(|step| stack_of(step).is_some()).collect();
        let is_done = |step: &&&Step| self.state.status(&step.id) == StepStatus::Done;
        let count = format!("{} of {} stacks done", of.iter().filter(is_done).count(), of.len());
        let where_more = format!("{} shows each resource", self.key(Action::ShowStacks));
        let mut lines = vec![self.row(
            "stacks",
            vec![(0, vec![look.span(Role::Text, count)]), (1, vec![look.span(Role::Muted, where_more)])],
            width,
        )];
        if !self.run.is_over() {
            let took = self.elapsed();
            let (role, said) = match plan.predicted.length.map(|length| (length.checked_sub(took), length)) {
                Some((Some(left), length)) => {
                    (Role::Text, format!("about {} left of {}", format::age(left), format::duration(length)))
                }
                Some((None, length)) => {
                    let over = format::age(took.saturating_sub(length));
                    (
                        Role::Caution,
                        format!(
                            "{} {over} longer than the {} expected",
                            look.symbols.caution,
                            format::duration(length)
                        ),
                    )
                }
                None => (Role::Unknown, format!("{} how long is not known", look.symbols.unknown)),
            };
            lines.push(self.row("ends", vec![(0, vec![look.span(role, said)])], width));
        }
        lines
    }

    /// How much of the recovery time is used up.
    fn rto(&self, width: u16) -> Line<'static> {
        let look = self.look;
        let Some((from, declared)) = self.run.counts_from() else { return Line::default() };
        let end = self.run.ending().map_or(look.now, |ending| ending.at);
        let used = age(end, from);
        let since = if declared { "since the incident began" } else { "since the run began" };
        let incident = self.unknown_incident(declared);
        let Some(target) = self.state.plan.objectives.rto.filter(|target| !target.is_zero()) else {
            let said = format!("{} {since}; no RTO is set", format::age(used));
            return self.row("RTO", vec![(0, vec![look.span(Role::Text, said)]), (1, incident)], width);
        };
        let percent = used.as_millis().saturating_mul(100).checked_div(target.as_millis()).unwrap_or(u128::MAX);
        let role = match percent {
            0..RUNNING_OUT_PERCENT => Role::Ok,
            RUNNING_OUT_PERCENT..=100 => Role::Caution,
            _ => Role::Danger,
        };
        let cells = if width >= 110 { 40_usize } else { 20 };
        let filled = usize::try_from(percent.min(100)).unwrap_or(100).saturating_mul(cells).div_ceil(100).min(cells);
        let bar = vec![
            look.span(role, look.symbols.used.repeat(filled)),
            look.span(Role::Border, look.symbols.left.repeat(cells - filled)),
        ];
        let words = match target.checked_sub(used) {
            Some(left) if !self.run.is_over() => {
                format!("{} of {}, {} left", format::age(used), format::target(target), format::age(left))
            }
            Some(_) => format!("{} of {}", format::age(used), format::target(target)),
            None => format!(
                "{} {} over {}",
                look.symbols.danger,
                format::age(used.saturating_sub(target)),
                format::target(target)
            ),
        };
        self.row(
            "RTO",
            vec![
                (0, bar),
                (0, vec![look.span(role, words)]),
                (1, incident),
                (2, self.outlook(used, target)),
                (4, vec![look.span(Role::Muted, since)]),
            ],
            width,
        )
    }

    /// Time may have run for longer than the run: nobody can tell before the journal was read.
    fn unknown_incident(&self, declared: bool) -> Vec<Span<'static>> {
        if declared || self.run.is_over() || self.watched.knows_of_incidents() {
            return Vec::new();
        }
        vec![self.look.span(Role::Unknown, format!("{} incident: not known", self.look.symbols.unknown))]
    }

    /// When clients will be served again, if what is to come takes as long as it is expected to.
    fn outlook(&self, used: Duration, target: Duration) -> Vec<Span<'static>> {
        let look = self.look;
        let waits_for_nobody = self.run.ending().is_none() && self.state.question.is_none() && !self.is_left();
        let left = outlook::until_served(self.state, look.now).filter(|left| waits_for_nobody && !left.is_zero());
        let Some(left) = left else { return Vec::new() };
        let ends = used.saturating_add(left);
        let (role, mark) =
            if ends > target { (Role::Danger, look.symbols.danger) } else { (Role::Ok, look.symbols.ok) };
        vec![look.span(role, format!("{mark} ends about {}", format::age(ends)))]
    }

    /// Whether clients can write, and how it has been lately.
    fn clients(&self, width: u16) -> Line<'static> {
        let (look, canaries) = (self.look, self.run.canaries());
        if canaries.strip.is_empty() {
            let none = if self.watched.deployment.canary.is_none() {
                "no canary is configured: whether clients can write is not seen"
            } else {
                "no canary was written yet"
            };
            return self.row(
                "clients",
                vec![(0, vec![look.span(Role::Unknown, format!("{} {none}", look.symbols.unknown))])],
                width,
            );
        }
        let room = usize::from(width).saturating_sub(62).clamp(10, 100);
        let newest = canaries.strip.get(canaries.strip.len().saturating_sub(room)..).unwrap_or_default();
        let mut strip: Vec<Span<'static>> = Vec::new();
        for run in newest.chunk_by(|one, other| one == other) {
            let good = run.first().copied().unwrap_or(true);
            let (role, sign) = if good { (Role::Ok, ".") } else { (Role::Danger, "X") };
            strip.push(look.span(role, sign.repeat(run.len())));
        }
        let (role, word) = match &canaries.failing {
            None => (Role::Ok, format!("{} they can write", look.symbols.ok)),
            Some((since, _)) => {
                let end = self.run.ending().map_or(look.now, |ending| ending.at);
                (
                    Role::Danger,
                    format!("{} they cannot write for {}", look.symbols.danger, format::age(age(end, *since))),
                )
            }
        };
        let counts =
            format!("{} good, {} failed", format::count(canaries.acknowledged), format::count(canaries.failed));
        self.row(
            "clients",
            vec![(0, vec![look.span(role, word)]), (2, strip), (1, vec![look.span(Role::Muted, counts)])],
            width,
        )
    }

    /// Both regions and every store, as the screens beside tell them.
    fn sides(&self, width: u16) -> Line<'static> {
        let look = self.look;
        let assessment = &self.watched.assessment;
        let mut groups = Vec::new();
        for region in &assessment.regions {
            let (role, mark) = if region.reachable == Some(false) {
                (Role::Stale, look.symbols.unknown)
            } else {
                (Look::health_role(region.health), look.symbols.health(region.health))
            };
            let silent = if region.reachable == Some(false) { "silent" } else { region.health.as_str() };
            groups.push((0, vec![look.span(role, format!("{mark} {} {silent}", region.region))]));
        }
        for store in &assessment.stores {
            let role = if store.within_rpo == Some(false) { Role::Danger } else { Role::Text };
            let (role, lag) = look.dated(store.at_risk.as_ref(), |lag| format::duration(*lag), role);
            groups.push((
                2,
                vec![look.span(Role::Muted, format!("{} ", words::store(store.kind))), look.span(role, lag)],
            ));
        }
        self.row("now", groups, width)
    }

    /// What is still to be put back.
    fn ledger(&self, width: u16) -> Vec<Line<'static>> {
        let (look, items) = (self.look, &self.state.ledger);
        if items.is_empty() {
            return Vec::new();
        }
        let kept = items.iter().filter(|item| self.state.kept.contains(&item.step)).count();
        let said: Vec<&str> = items.iter().map(|item| item.what.as_str()).collect();
        let how = if self.run.has_left_changes() && !self.run.here {
            format!(" ({} tries it)", self.key(Action::ResumeRun))
        } else {
            String::new()
        };
        let (role, count) = if kept > 0 {
            (Role::Danger, format!("{} {kept} could not be put back{how}: ", look.symbols.danger))
        } else if self.run.is_over() {
            (Role::Caution, format!("{} {} still to be put back{how}: ", look.symbols.caution, items.len()))
        } else {
            (Role::Text, format!("{}: ", items.len()))
        };
        let room = usize::from(width.saturating_sub(11));
        let text = look.truncate(&format!("{count}{}", said.join("; ")), room);
        vec![self.row("put back", vec![(0, vec![look.span(role, text)])], width)]
    }

    /// What is asked, in full, and with which keys it is answered.
    fn question(&self, width: u16, height: u16) -> Vec<Line<'static>> {
        let look = self.look;
        let Some((step, text)) = self.run.question().filter(|_| !self.run.is_over()) else { return Vec::new() };
        let room = usize::from(width.saturating_sub(4));
        let mut rows = format::wrap(text, room);
        // Under it stand its keys, and below them the steps.
        let most = usize::from(height / 3).max(3);
        let cut = rows.len() > most;
        rows.truncate(most);
        if cut && let Some(last) = rows.last_mut() {
            *last = format!(
                "{} {} (all of it: {})",
                look.truncate(last, room.saturating_sub(20)),
                look.symbols.cut,
                self.key(Action::Answer)
            );
        }
        let title = self.state.plan.step(step).map_or(step.as_str(), |step| step.title.as_str());
        let mark = look.symbols.caution;
        let mut lines = vec![Line::from(
            look.span(Role::Banner, look.truncate(&format!(" {mark} QUESTION about: {title} "), usize::from(width))),
        )];
        lines.extend(rows.into_iter().map(|row| Line::from(look.span(Role::Heading, format!("  {row}")))));
        let how = if self.run.here {
            format!("  {} answers: {}", self.key(Action::Answer), answer::in_short(self.run))
        } else if choices::of(self.run).is_empty() {
            String::new()
        } else {
            "  it is answered where it is executed, or by going on with it once nobody does".to_owned()
        };
        lines.push(Line::from(look.span(Role::Accent, look.truncate(&how, usize::from(width)))));
        lines
    }

    fn rows(&self) -> Vec<Row<'a>> {
        let line = self.state.plan.point_of_no_return();
        let items = step_items(self.model, self.state);
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

    fn draw_steps(&self, area: Rect, buffer: &mut Buffer) {
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
        let title = super::titled("Steps", &state.filter);
        let body = Pane::new(&title, focused)
            .aside(Role::Muted, format!("{done} of {} done", steps.len()), look)
            .draw(look, area, buffer);
        let items = step_items(self.model, self.state);
        let chosen = state.cursor(0).index_in(&items).and_then(|index| items.get(index));
        let selected = chosen
            .and_then(|item| rows.iter().position(|row| matches!(row, Row::Step(step) if step.id.as_str() == item.id)));
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
        let running =
            attempt.filter(|_| self.state.status(&step.id) == StepStatus::Begun && self.run.ending().is_none());
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

    fn draw_story(&self, area: Rect, buffer: &mut Buffer) {
        const COLUMNS: &[Column] = &[Column::left("", 8), Column::left("", 40).growing(400)];
        if area.is_empty() {
            return;
        }
        let (look, state) = (self.look, self.model.screens.of(Screen::Run));
        let focused = state.pane == STORY;
        let title = super::titled("What happened", &state.filter);
        let body = Pane::new(&title, focused).aside(Role::Muted, "newest first", look).draw(look, area, buffer);
        let items = story_items(self.model, self.run, self.state);
        let entries: Vec<_> = self.run.story().rev().collect();
        let table = Table {
            columns: COLUMNS,
            len: items.len(),
            selected: state.cursor(STORY).index_in(&items),
            focused,
            empty: (Role::Muted, "nothing that happened has these words".to_owned()),
        };
        table.draw(look, body, buffer, |index| {
            let entry = items.get(index).and_then(|item| entries.get(item.source));
            entry.map_or_else(Vec::new, |entry| {
                let (role, said) = story::sentence(&self.state.plan, entry);
                vec![Cell::new(Role::Muted, look.time_of_day(entry.at)), Cell::new(role, said)]
            })
        });
    }
}

pub(crate) fn page(model: &Model, look: &Look<'_>, pane: usize, id: &str) -> Option<Page> {
    let (_, run, state) = shown(model)?;
    if pane == STORY {
        let entry = run.story().find(|entry| entry.sequence.to_string() == id)?;
        let mut page = Page::new("What happened");
        page.fact("at", Role::Text, look.date_and_time(entry.at));
        let (role, said) = story::sentence(&state.plan, entry);
        page.sentence(role, said);
        page.fact("entry", Role::Muted, format!("{} of the journal, {}", entry.sequence, entry.event.name()));
        page.fact("hash", Role::Muted, entry.hash.clone());
        return Some(page);
    }
    let step = state.plan.steps.iter().find(|step| step.id.as_str() == id)?;
    Some(step_page(look, run, state, step))
}

/// The step of a row, where the row is a step.
pub(crate) fn step<'a>(model: &'a Model, pane: usize, id: &str) -> Option<&'a Step> {
    let (_, _, state) = shown(model).filter(|_| pane != STORY)?;
    state.plan.steps.iter().find(|step| step.id.as_str() == id)
}

/// The columns of a pane that is a table.
pub(crate) fn columns(pane: usize) -> &'static [Column] {
    if pane == STORY { &[] } else { COLUMNS }
}

/// A step with what was sent for it, and what AWS said to that.
fn step_page(look: &Look<'_>, run: &LiveRun, state: &RunState, step: &Step) -> Page {
    let mut page = Page::new(step.title.clone());
    let (role, word) = step_sign(look, run, state, step);
    page.fact("stands", role, word);
    if let Some(reason) = run.reason_of(&step.id) {
        page.fact("why", Role::Danger, reason);
    }
    if let Some((at, attempt)) = state.began.get(&step.id) {
        page.fact("begun", Role::Text, format!("{}, attempt {attempt}", look.date_and_time(*at)));
    }
    if let Some(took) = run.length_of(&step.id) {
        page.fact("took", Role::Text, format::duration(took));
    }
    page.fact("expected", Role::Text, words::expected(step));
    page.fact("given up", Role::Text, format!("after {}", format::target(step.timeout)));
    match &step.reversible {
        Reversible::Yes => page.fact(
            "undo",
            Role::Text,
            if step.temporary { "put back before the run ends" } else { "can be taken back" },
        ),
        Reversible::NothingToUndo => page.fact("undo", Role::Muted, "leaves nothing to take back"),
        Reversible::No(reason) => page.fact("undo", Role::Danger, format!("cannot be taken back: {reason}")),
    }
    page.fact("kind", Role::Muted, format!("{}, {}", step.kind, step.id));
    page.heading("Calls");
    if step.calls.is_empty() {
        page.sentence(Role::Muted, "it changes nothing by itself");
    }
    for (index, call) in step.calls.iter().enumerate() {
        let place = format!("{} in {}", call.operation(), call.endpoint_region());
        let record = state.calls.get(&(step.id.clone(), index));
        let (role, said) = match record.map(|record| (&record.outcome, &record.found)) {
            None => (Role::Muted, "not sent yet".to_owned()),
            Some((Some(Ok(receipt)), _)) => {
                let id = receipt.request_id.as_ref().map_or_else(String::new, |id| format!(", request {id}"));
                (Role::Ok, format!("{} accepted at {}{id}", look.symbols.ok, look.time_of_day(receipt.at)))
            }
            Some((Some(Err(error)), _)) => (Role::Danger, format!("{} {error}", look.symbols.danger)),
            Some((None, Some(found))) => {
                (Role::Caution, format!("{} sent, and {}", look.symbols.caution, story::probed(found)))
            }
            Some((None, None)) => (Role::Accent, "sent, and not answered yet".to_owned()),
        };
        page.fact(&format!("{}", index + 1), Role::Heading, place);
        page.fact("", role, said);
        if let Some(fix) = record.and_then(|record| record.outcome.as_ref()?.as_ref().err()?.fix.clone()) {
            page.fact("", Role::Text, format!("fix: {fix}"));
        }
        let commands = lifeboat_model::rules::aws_cli::command(call);
        if !commands.is_empty() {
            page.fact("", Role::Muted, lifeboat_model::rules::aws_cli::posix(&commands));
        }
    }
    let reports = run.reports_of(&step.id);
    if !reports.is_empty() {
        page.heading("Its guards, when they were judged last");
        for report in reports {
            crate::dialogs::guard_lines(&mut page, look, report);
        }
    }
    page
}
