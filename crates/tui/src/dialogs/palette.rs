//! The palette: any action, screen, deployment, blueprint, region or resource of the deployment in view by a few letters of
//! its name. What was chosen lately comes first.

use lifeboat_model::id::{DeploymentName, Region};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Clear, Widget};
use serde::{Deserialize, Serialize};

use crate::action::{Action, Context};
use crate::look::Look;
use crate::model::Model;
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
    /// What kind of thing it is.
    pub kind: &'static str,
    pub detail: String,
}

/// How many choices are remembered.
pub(crate) const REMEMBERED: usize = 20;

/// Everything that can be chosen.
pub fn candidates(model: &Model) -> Vec<Candidate> {
    let actions = Action::ALL.iter().map(|action| {
        let entry = action.entry();
        let kind = if entry.name.starts_with("show-") { "screen" } else { "action" };
        Candidate {
            choice: Choice::Action(*action),
            name: entry.name.to_owned(),
            kind,
            detail: entry.description.to_owned(),
        }
    });
    let deployments = model.fleet.iter().map(|watched| {
        let regions = &watched.deployment.regions;
        Candidate {
            choice: Choice::Deployment(watched.deployment.name.clone()),
            name: watched.deployment.name.to_string(),
            kind: "deployment",
            detail: format!("show {} and {}", regions.home, regions.partner),
        }
    });
    let regions =
        model.watched().into_iter().flat_map(|watched| watched.deployment.regions.both()).map(|region| Candidate {
            choice: Choice::Region(region.clone()),
            name: region.to_string(),
            kind: "region",
            detail: "everything known of this region".to_owned(),
        });
    // Known once somebody looked at them.
    let blueprints = model.offers.iter().flatten().map(|offer| Candidate {
        choice: Choice::Blueprint(offer.named.clone()),
        name: offer.name.clone(),
        kind: "blueprint",
        detail: offer.purpose.clone(),
    });
    let rows = model.watched().into_iter().flat_map(|watched| rows::of(model, watched));
    actions.chain(deployments).chain(regions).chain(blueprints).chain(rows).collect()
}

/// What fits the typed text, best first; without text, what was chosen lately and then everything.
pub fn found(model: &Model, typed: &str) -> Vec<Candidate> {
    let mut all = candidates(model);
    if typed.trim().is_empty() {
        // A stable sort: what was never chosen keeps the table's order.
        all.sort_by_key(|candidate| model.chosen.iter().position(|name| *name == candidate.name).unwrap_or(usize::MAX));
        return all;
    }
    let pattern = Pattern::parse(typed, CaseMatching::Ignore, Normalization::Smart);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut letters = Vec::new();
    let mut score = |text: &str| pattern.score(Utf32Str::new(text, &mut letters), &mut matcher);
    let mut scored: Vec<(u32, Candidate)> = all
        .into_iter()
        .filter_map(|candidate| {
            // A word of the description finds it too, after all that have it in their names.
            let by_name = score(&candidate.name).map(|score| score.saturating_add(10_000));
            by_name.or_else(|| score(&candidate.detail)).map(|score| (score, candidate))
        })
        .collect();
    scored.sort_by(|(a, _), (b, _)| b.cmp(a));
    scored.into_iter().map(|(_, candidate)| candidate).collect()
}

const WIDTH: u16 = 90;
const HEIGHT: u16 = 18;

const COLUMNS: &[Column] = &[
    Column::left("", 10),
    Column::left("", 20).growing(24),
    Column::left("", 12).growing(60).dropped(1),
    Column::right("", 10).dropped(2),
];

pub(crate) fn draw(model: &Model, look: &Look<'_>, search: &Search, body: Rect, buffer: &mut Buffer) {
    let outer = Rect { height: HEIGHT.min(body.height), ..carve::centred(body, WIDTH, body.height) };
    Clear.render(outer, buffer);
    buffer.set_style(outer, look.style(Role::Text));
    let found = found(model, &search.typed);
    let count =
        if found.is_empty() { "nothing".to_owned() } else { format!("{} of {}", search.selected + 1, found.len()) };
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
    table.draw(look, list, buffer, |index| found.get(index).map_or_else(Vec::new, |candidate| cells(model, candidate)));
    pane::lines([Line::from(look.span(Role::Border, look.rule().repeat(usize::from(foot.width))))], foot, buffer);
}

fn cells(model: &Model, candidate: &Candidate) -> Vec<Cell> {
    let keys = match &candidate.choice {
        Choice::Action(action) => {
            model.keymap.shown(*action, Context::Screen(model.screen)).map(ToString::to_string).unwrap_or_default()
        }
        Choice::Deployment(_) | Choice::Region(_) | Choice::Blueprint(_) | Choice::Row { .. } => String::new(),
    };
    vec![
        Cell::new(Role::Muted, candidate.kind),
        Cell::new(Role::Heading, candidate.name.clone()),
        Cell::new(Role::Text, candidate.detail.clone()),
        Cell::new(Role::Accent, keys),
    ]
}
