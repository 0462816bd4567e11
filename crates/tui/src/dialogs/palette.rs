//! The palette: any action, screen, deployment, blueprint, region or resource by a few letters of its name, those of the
//! deployment in view before those of the others. What was chosen lately comes first.

use std::ops::ControlFlow;

use lifeboat_model::id::{DeploymentName, Region};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Clear, Widget};
use serde::{Deserialize, Serialize};

use super::Dialog;
use crate::action::{Action, Context};
use crate::look::Look;
use crate::model::{Model, Watched};
use crate::screens::Screen;
use crate::theme::Role;
use crate::widgets::table::{Cell, Column, Table};
use crate::widgets::{carve, pane};

mod rows;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Search {
    pub typed: String,
    /// Index into what was found.
    pub selected: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    Action(Action),
    Deployment(DeploymentName),
    /// By its name.
    Theme(String),
    Region(Region),
    /// What can be built, as in [`crate::drafting::Offer::named`].
    Blueprint(String),
    /// A row of a screen, by its name there.
    Row {
        screen: Screen,
        pane: usize,
        id: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub choice: Choice,
    /// What is matched and remembered.
    pub name: String,
    /// How else it is called, as a resource is by AWS; empty where it is not.
    pub also: String,
    /// What kind of thing it is.
    pub kind: &'static str,
    pub detail: String,
    /// The deployment that it is of, where that is not the one in view: it is shown first.
    pub of: Option<DeploymentName>,
}

impl Candidate {
    /// Whether it leads to something being done to a deployment or a run, or ends the session.
    fn changes_something(&self) -> bool {
        let Choice::Action(action) = &self.choice else { return false };
        matches!(
            action,
            Action::Propose
                | Action::Begin
                | Action::TakeAway
                | Action::DetectDrift
                | Action::OverrideGuard
                | Action::ApprovePlan
                | Action::AbortRun
                | Action::ResumeRun
                | Action::PauseRun
                | Action::Answer
                | Action::RetryStep
                | Action::SkipStep
                | Action::GoUnplanned
                | Action::RaiseAccess
                | Action::WriteNote
                | Action::ShowIncident
                | Action::Quit
                | Action::QuitAnywhere
        )
    }

    fn new(choice: Choice, name: impl Into<String>, kind: &'static str, detail: impl Into<String>) -> Self {
        Self { choice, name: name.into(), also: String::new(), kind, detail: detail.into(), of: None }
    }
}

/// What was typed, word by word: a description has each of them as it stands, and not letters of it here and there.
struct Words<'a>(Vec<&'a str>);

impl<'a> Words<'a> {
    fn of(typed: &'a str) -> Self {
        Self(typed.split_whitespace().collect())
    }

    fn are_in(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.0.iter().all(|word| text.contains(word))
    }
}

/// How many choices are remembered.
pub(crate) const REMEMBERED: usize = 20;

/// How many rows of other deployments are found at most, and how many are looked at for that: a key must not cost more
/// because the fleet is large. More letters find what fewer do not.
const MOST_OF_OTHERS: usize = 200;
const MOST_LOOKED_AT: usize = 100_000;

/// Everything that can be chosen without naming another deployment.
pub fn candidates(model: &Model) -> Vec<Candidate> {
    let actions = Action::ALL.iter().map(|action| {
        let entry = action.entry();
        let kind = if entry.name.starts_with("show-") { "screen" } else { "action" };
        Candidate::new(Choice::Action(*action), entry.name, kind, entry.description)
    });
    let deployments = model.fleet.iter().map(|watched| {
        let (name, regions) = (&watched.deployment.name, &watched.deployment.regions);
        let detail = format!("show {} and {}", regions.home, regions.partner);
        Candidate::new(Choice::Deployment(name.clone()), name.to_string(), "deployment", detail)
    });
    let mut all: Vec<Candidate> = actions.chain(deployments).collect();
    // Known once somebody looked at them.
    all.extend(model.offers.iter().flatten().map(|offer| {
        let choice = Choice::Blueprint(offer.named.clone());
        Candidate::new(choice, offer.name.clone(), "blueprint", offer.purpose.clone())
    }));
    all.extend(model.display.themes.iter().map(|theme| {
        let name = format!("theme {}", theme.name);
        Candidate::new(Choice::Theme(theme.name.clone()), name, "theme", "show everything in these colours")
    }));
    if let Some(watched) = model.watched() {
        let seen = rows::each(&Look::of(model), watched, &mut |_, _, make| {
            all.push(make());
            ControlFlow::Continue(())
        });
        debug_assert!(seen.is_continue(), "all of them are wanted");
    }
    all
}

/// What fits the typed text, best first; without text, what was chosen lately and then everything.
pub fn found(model: &Model, typed: &str) -> Vec<Candidate> {
    search(model, typed).0
}

/// The same, and whether there is more of other deployments.
fn search(model: &Model, typed: &str) -> (Vec<Candidate>, bool) {
    // What is here before what is elsewhere, and names before descriptions; but what has a name elsewhere as it was typed
    // is meant, and not what has a few of its letters in a description here.
    const NAMED_HERE: u32 = 30_000;
    const NAMED_ELSEWHERE: u32 = 20_000;
    const DESCRIBED: u32 = 10_000;
    // Whoever types a word of a description may press Enter before reading what it is of.
    const CHANGES_SOMETHING: u32 = 0;
    let mut all = candidates(model);
    if typed.trim().is_empty() {
        // A stable sort: what was never chosen keeps the table's order.
        all.sort_by_key(|candidate| model.chosen.iter().position(|name| *name == candidate.name).unwrap_or(usize::MAX));
        return (all, false);
    }
    let wanted = typed.trim().to_lowercase();
    let words = Words::of(&wanted);
    let pattern = Pattern::parse(typed, CaseMatching::Ignore, Normalization::Smart);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut letters = Vec::new();
    let mut score = |text: &str| pattern.score(Utf32Str::new(text, &mut letters), &mut matcher);
    let mut scored: Vec<(u32, Candidate)> = all
        .into_iter()
        .filter_map(|candidate| {
            // A word of the description finds it too, after all that have it in their names.
            let by_name = score(&candidate.name).or_else(|| score(&candidate.also));
            let by_name = by_name.map(|score| score.saturating_add(NAMED_HERE));
            let rank = if candidate.changes_something() { CHANGES_SOMETHING } else { DESCRIBED };
            let found = by_name.or_else(|| words.are_in(&candidate.detail).then_some(rank));
            found.map(|score| (score, candidate))
        })
        .collect();
    let look = Look::of(model);
    let (mut found, mut looked_at) = (0, 0);
    let others = model.fleet.iter().enumerate().filter(|(index, _)| *index != model.selected);
    let enough = others.map(|(_, watched)| watched).try_for_each(|watched| {
        rows::each(&look, watched, &mut |name, also, make| {
            looked_at += 1;
            if let Some(score) = score(name).or_else(|| score(also)) {
                found += 1;
                let is_named = [name, also].iter().any(|text| text.to_lowercase().contains(&wanted));
                let rank = if is_named { NAMED_ELSEWHERE } else { 0 };
                scored.push((score.saturating_add(rank), elsewhere(watched, make())));
            }
            let is_enough = found == MOST_OF_OTHERS || looked_at == MOST_LOOKED_AT;
            if is_enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
    });
    scored.sort_by(|(a, _), (b, _)| b.cmp(a));
    (scored.into_iter().map(|(_, candidate)| candidate).collect(), enough.is_break())
}

fn elsewhere(watched: &Watched, candidate: Candidate) -> Candidate {
    let name = &watched.deployment.name;
    let detail =
        if candidate.detail.is_empty() { format!("of {name}") } else { format!("{name}: {}", candidate.detail) };
    Candidate { detail, of: Some(name.clone()), ..candidate }
}

/// Where an action is done that was chosen here.
pub(crate) enum Leading {
    Here,
    /// There first.
    To(Screen),
    /// In a dialog that opens elsewhere.
    Within(Vec<Context>),
}

/// `here`: where the palette was opened.
pub(crate) fn leading(model: &Model, here: Context, action: Action) -> Leading {
    let contexts = action.entry().contexts;
    let works_on = |screen: &Screen| contexts.contains(Context::Screen(*screen));
    if contexts.contains(here) || works_on(&model.screen) {
        return Leading::Here;
    }
    match Screen::ALL.into_iter().find(works_on) {
        Some(screen) => Leading::To(screen),
        None => Leading::Within(Context::ALL.into_iter().filter(|context| contexts.contains(*context)).collect()),
    }
}

/// As wide as its longest description needs, where there is room for that.
const WIDTHS: (u16, u16) = (90, 184);
const HEIGHT: u16 = 18;

const COLUMNS: &[Column] = &[
    Column::left("", 10),
    Column::left("", 20).growing(24),
    Column::left("", 12).growing(130).dropped(1),
    Column::right("", 13).dropped(2),
];

pub(crate) fn draw(model: &Model, look: &Look<'_>, search: &Search, body: Rect, buffer: &mut Buffer) {
    let width = body.width.saturating_sub(8).clamp(WIDTHS.0, WIDTHS.1);
    let outer = Rect { height: HEIGHT.min(body.height), ..carve::centred(body, width, body.height) };
    Clear.render(outer, buffer);
    buffer.set_style(outer, look.style(Role::Text));
    let (found, has_more) = self::search(model, &search.typed);
    let more = if has_more { " and more: type more letters" } else { "" };
    let count = match found.len() {
        0 => format!("nothing{more}"),
        count => format!("{} of {count}{more}", search.selected + 1),
    };
    let inner = pane::Pane::new("Palette", true).aside(Role::Muted, count, look).draw(look, outer, buffer);
    let (input, rest) = carve::rows(inner, 1);
    let (list, foot) = carve::rows(rest, rest.height.saturating_sub(1));
    let typed = Line::from(vec![
        look.span(Role::Accent, " : "),
        look.span(Role::Text, search.typed.clone()),
        look.span(Role::Accent, look.symbols.cursor),
    ]);
    pane::lines([typed], input, buffer);
    let table = Table {
        columns: COLUMNS,
        len: found.len(),
        selected: Some(search.selected.min(found.len().saturating_sub(1))),
        focused: true,
        empty: (Role::Muted, "nothing is called that; fewer letters find more".to_owned()),
    };
    table.draw(look, list, buffer, |index| {
        found.get(index).map_or_else(Vec::new, |candidate| cells(model, look, candidate))
    });
    pane::lines([Line::from(look.span(Role::Border, look.rule().repeat(usize::from(foot.width))))], foot, buffer);
}

fn cells(model: &Model, look: &Look<'_>, candidate: &Candidate) -> Vec<Cell> {
    let (role, last) = match &candidate.choice {
        Choice::Action(action) => keys(model, look, *action),
        Choice::Deployment(_) | Choice::Theme(_) | Choice::Region(_) | Choice::Blueprint(_) | Choice::Row { .. } => {
            (Role::Text, String::new())
        }
    };
    vec![
        Cell::new(Role::Muted, candidate.kind),
        Cell::new(Role::Heading, candidate.name.clone()),
        Cell::new(Role::Text, candidate.detail.clone()),
        Cell::new(role, last),
    ]
}

/// The key that does it here, or where choosing it leads.
fn keys(model: &Model, look: &Look<'_>, action: Action) -> (Role, String) {
    let below = model.dialogs.iter().rev().nth(1).map_or(Context::Screen(model.screen), Dialog::context);
    let to = |place: &str| (Role::Muted, format!("{} {place}", look.symbols.arrow));
    match leading(model, below, action) {
        Leading::Here => {
            let key = model.keymap.shown(action, below);
            let key = key.or_else(|| model.keymap.shown(action, Context::Screen(model.screen)));
            (Role::Accent, key.map(ToString::to_string).unwrap_or_default())
        }
        Leading::To(screen) => to(screen.title()),
        Leading::Within(contexts) => to(contexts.first().map_or("", |context| context.within())),
    }
}
