//! Which screens there are, what all of them have in common, and nothing else: each routes to its own file.
//! A screen has panes, a pane has items in an order; `update` and `view` ask for the same items, so that what is
//! selected is what is seen.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::action::Action;
use crate::archive::Writing;
use crate::dialogs::filter;
use crate::look::Look;
use crate::model::Model;
use crate::scroll::{self, Step};
use crate::theme::Role;
use crate::widgets::table::Column;

pub mod alarms;
pub mod capacity;
pub(crate) mod command;
pub mod fleet;
pub mod health;
pub mod history;
pub(crate) mod newest_first;
pub mod overview;
pub mod replication;
pub mod run;
pub mod runbooks;
pub mod stacks;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Screen {
    #[default]
    Overview,
    Replication,
    Health,
    Alarms,
    Capacity,
    Fleet,
    Runbooks,
    Run,
    History,
    Stacks,
}

impl Screen {
    pub const ALL: [Self; 10] = [
        Self::Overview,
        Self::Replication,
        Self::Health,
        Self::Alarms,
        Self::Capacity,
        Self::Fleet,
        Self::Runbooks,
        Self::Run,
        Self::History,
        Self::Stacks,
    ];

    /// As the command line names it.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|screen| screen.title().eq_ignore_ascii_case(name))
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Replication => "Replication",
            Self::Health => "Health",
            Self::Alarms => "Alarms",
            Self::Capacity => "Capacity",
            Self::Fleet => "Fleet",
            Self::Runbooks => "Runbooks",
            Self::Run => "Run",
            Self::History => "History",
            Self::Stacks => "Stacks",
        }
    }

    /// What it is called where the titles of all do not fit beside each other.
    pub fn short(self) -> &'static str {
        match self {
            Self::Overview => "Over",
            Self::Replication => "Repl",
            Self::Health => "Health",
            Self::Alarms => "Alarm",
            Self::Capacity => "Cap",
            Self::Fleet => "Fleet",
            Self::Runbooks => "Books",
            Self::Run => "Run",
            Self::History => "Hist",
            Self::Stacks => "CFN",
        }
    }

    /// The names of its panes, in the order of the tab key.
    pub fn panes(self) -> &'static [&'static str] {
        match self {
            Self::Overview => overview::PANES,
            Self::Replication => replication::PANES,
            Self::Health => health::PANES,
            Self::Alarms => alarms::PANES,
            Self::Capacity => capacity::PANES,
            Self::Fleet => fleet::PANES,
            Self::Runbooks => runbooks::PANES,
            Self::Run => run::PANES,
            Self::History => history::PANES,
            Self::Stacks => stacks::PANES,
        }
    }

    /// What is asked for to be shown it.
    pub(crate) fn action(self) -> Action {
        match self {
            Self::Overview => Action::ShowOverview,
            Self::Replication => Action::ShowReplication,
            Self::Health => Action::ShowHealth,
            Self::Alarms => Action::ShowAlarms,
            Self::Capacity => Action::ShowCapacity,
            Self::Fleet => Action::ShowFleet,
            Self::Runbooks => Action::ShowRunbooks,
            Self::Run => Action::ShowRun,
            Self::History => Action::ShowHistory,
            Self::Stacks => Action::ShowStacks,
        }
    }

    /// The orders its rows can be put in, the first being the one at the start.
    pub fn sorts(self) -> &'static [&'static str] {
        match self {
            // Its table is that of the stores.
            Self::Overview | Self::Replication => replication::SORTS,
            Self::Health => health::SORTS,
            Self::Runbooks => runbooks::SORTS,
            Self::Run => run::SORTS,
            Self::Stacks => stacks::SORTS,
            Self::Alarms => alarms::SORTS,
            Self::Capacity => capacity::SORTS,
            Self::Fleet => fleet::SORTS,
            Self::History => history::SORTS,
        }
    }

    pub fn is_sortable(self) -> bool {
        !self.sorts().is_empty()
    }
}

/// What is selected in a pane: by its name, so that the selection stays on it when rows come, go or change places.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    pub id: Option<String>,
    /// Where it was last, for when it is gone.
    pub index: usize,
}

impl Cursor {
    /// Where it stands among these items; `None` when there are none.
    pub(crate) fn index_in(&self, items: &[Item]) -> Option<usize> {
        let by_name = self.id.as_ref().and_then(|id| items.iter().position(|item| item.id == *id));
        by_name.or_else(|| items.len().checked_sub(1).map(|last| self.index.min(last)))
    }

    pub(crate) fn put(&mut self, index: usize, items: &[Item]) {
        self.index = index;
        self.id = items.get(index).map(|item| item.id.clone());
    }
}

/// The state every screen has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScreenState {
    /// Index into the screen's panes.
    pub pane: usize,
    /// One a pane, grown as needed.
    cursors: Vec<Cursor>,
    pub filter: String,
    /// The pane in which the filter was opened, where panes have filters of their own.
    #[serde(default)]
    pub filter_pane: usize,
    /// Index into the screen's orders.
    pub sort: usize,
    /// Whether something is unfolded, by its name, where somebody chose.
    #[serde(default)]
    pub folds: BTreeMap<String, bool>,
}

impl ScreenState {
    pub fn cursor(&self, pane: usize) -> Cursor {
        self.cursors.get(pane).cloned().unwrap_or_default()
    }

    pub(crate) fn cursor_mut(&mut self, pane: usize) -> Option<&mut Cursor> {
        if self.cursors.len() <= pane {
            self.cursors.resize_with(pane + 1, Cursor::default);
        }
        self.cursors.get_mut(pane)
    }
}

/// The state of each screen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Screens {
    overview: ScreenState,
    replication: ScreenState,
    health: ScreenState,
    alarms: ScreenState,
    capacity: ScreenState,
    fleet: ScreenState,
    #[serde(default)]
    runbooks: ScreenState,
    #[serde(default)]
    run: ScreenState,
    #[serde(default)]
    history: ScreenState,
    #[serde(default)]
    stacks: ScreenState,
}

impl Screens {
    pub fn of(&self, screen: Screen) -> &ScreenState {
        match screen {
            Screen::Overview => &self.overview,
            Screen::Replication => &self.replication,
            Screen::Health => &self.health,
            Screen::Alarms => &self.alarms,
            Screen::Capacity => &self.capacity,
            Screen::Fleet => &self.fleet,
            Screen::Runbooks => &self.runbooks,
            Screen::Run => &self.run,
            Screen::History => &self.history,
            Screen::Stacks => &self.stacks,
        }
    }

    pub(crate) fn of_mut(&mut self, screen: Screen) -> &mut ScreenState {
        match screen {
            Screen::Overview => &mut self.overview,
            Screen::Replication => &mut self.replication,
            Screen::Health => &mut self.health,
            Screen::Alarms => &mut self.alarms,
            Screen::Capacity => &mut self.capacity,
            Screen::Fleet => &mut self.fleet,
            Screen::Runbooks => &mut self.runbooks,
            Screen::Run => &mut self.run,
            Screen::History => &mut self.history,
            Screen::Stacks => &mut self.stacks,
        }
    }

    /// What was selected on that screen means nothing any more.
    pub(crate) fn forget_cursors(&mut self, screen: Screen) {
        self.of_mut(screen).cursors.clear();
    }

    /// Another deployment is shown: what was selected in the one before means nothing now.
    pub(crate) fn forget_selections(&mut self) {
        for screen in Screen::ALL {
            if screen != Screen::Fleet {
                let state = self.of_mut(screen);
                state.cursors.clear();
                state.folds.clear();
            }
        }
    }
}

/// One row of a pane, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Unique in its pane.
    pub id: String,
    /// Where it is in the list it comes from.
    pub source: usize,
    /// What the copy key copies.
    pub copy: String,
}

impl Item {
    pub(crate) fn new(source: usize, id: impl Into<String>, copy: impl Into<String>) -> Self {
        Self { id: id.into(), source, copy: copy.into() }
    }
}

/// Everything about one thing, to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    pub title: String,
    pub lines: Vec<PageLine>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageLine {
    /// Empty for a sentence.
    pub label: String,
    pub text: String,
    pub role: Role,
    /// Whether its blanks are its own: it is broken at the edge and not between words.
    pub exact: bool,
}

impl Page {
    pub(crate) fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), lines: Vec::new() }
    }

    pub(crate) fn fact(&mut self, label: &str, role: Role, text: impl Into<String>) {
        self.lines.push(PageLine { label: label.to_owned(), text: text.into(), role, exact: false });
    }

    /// A line of a table or of what is to be copied.
    pub(crate) fn exact(&mut self, role: Role, text: impl Into<String>) {
        self.lines.push(PageLine { label: String::new(), text: text.into(), role, exact: true });
    }

    pub(crate) fn sentence(&mut self, role: Role, text: impl Into<String>) {
        self.fact("", role, text);
    }

    pub(crate) fn heading(&mut self, text: &str) {
        if !self.lines.is_empty() {
            self.sentence(Role::Text, "");
        }
        self.sentence(Role::Heading, text);
    }
}

/// What to do when an item is opened.
pub(crate) enum Opened {
    /// Show its page.
    Page,
    /// Go where there is more, with this selected there.
    Goto { screen: Screen, pane: usize, id: String },
    /// Show this deployment.
    Deployment(usize),
    /// Have this read from the journal, and show it.
    Writing(Writing),
}

/// Keeps what the screen's filter lets through, judged by the words of each entry.
pub(crate) fn filtered<'a, T>(
    model: &Model,
    screen: Screen,
    all: impl IntoIterator<Item = T>,
    words: impl Fn(&T) -> Vec<&'a str>,
) -> Vec<T>
where
    T: 'a,
{
    let filter = filter::Terms::parse(&model.screens.of(screen).filter);
    all.into_iter().filter(|entry| filter.is_empty() || filter.admits(&words(entry))).collect()
}

/// The rows of a pane as they stand, filter and order applied.
pub fn items(model: &Model, screen: Screen, pane: usize) -> Vec<Item> {
    match screen {
        Screen::Overview => overview::items(model, pane),
        Screen::Replication => replication::items(model),
        Screen::Health => health::items(model, pane),
        Screen::Alarms => alarms::items(model, pane),
        Screen::Capacity => capacity::items(model, pane),
        Screen::Fleet => fleet::items(model),
        Screen::Runbooks => runbooks::items(model, pane),
        Screen::Run => run::items(model, pane),
        Screen::History => history::items(model, pane),
        Screen::Stacks => stacks::items(model, pane),
    }
}

/// The page of an item. `None` when it is not there any more.
pub(crate) fn page(model: &Model, look: &Look<'_>, screen: Screen, pane: usize, id: &str) -> Option<Page> {
    match screen {
        Screen::Overview => overview::page(model, look, pane, id),
        Screen::Replication => replication::page(model, look, id),
        Screen::Health => health::page(model, look, pane, id),
        Screen::Alarms => alarms::page(model, look, pane, id),
        Screen::Capacity => capacity::page(model, look, pane, id),
        Screen::Fleet => fleet::page(model, look, id),
        Screen::Runbooks => runbooks::page(model, look, pane, id),
        Screen::Run => run::page(model, look, pane, id),
        Screen::History => history::page(model, look, pane, id),
        Screen::Stacks => stacks::page(model, look, pane, id),
    }
}

pub(crate) fn opened(screen: Screen, pane: usize, item: &Item) -> Opened {
    match screen {
        Screen::Overview => overview::opened(pane, item),
        Screen::Fleet => Opened::Deployment(item.source),
        Screen::History => history::opened(pane, item),
        Screen::Replication
        | Screen::Health
        | Screen::Alarms
        | Screen::Capacity
        | Screen::Runbooks
        | Screen::Run
        | Screen::Stacks => Opened::Page,
    }
}

/// The columns of the pane that has the keys; none where it is no table.
pub(crate) fn columns(model: &Model) -> &'static [Column] {
    let pane = model.screens.of(model.screen).pane;
    match model.screen {
        Screen::Overview if pane == overview::STORES => replication::columns(),
        Screen::Overview => &[],
        Screen::History => history::columns(pane),
        Screen::Stacks => stacks::columns(pane),
        Screen::Replication => replication::columns(),
        Screen::Health => health::columns(pane),
        Screen::Alarms => alarms::columns(pane),
        Screen::Capacity => capacity::columns(pane),
        Screen::Fleet => fleet::columns(),
        Screen::Runbooks => runbooks::columns(pane),
        Screen::Run => run::columns(pane),
    }
}

pub(crate) fn draw(model: &Model, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    match model.screen {
        Screen::Overview => overview::draw(model, look, area, buffer),
        Screen::Replication => replication::draw(model, look, area, buffer),
        Screen::Health => health::draw(model, look, area, buffer),
        Screen::Alarms => alarms::draw(model, look, area, buffer),
        Screen::Capacity => capacity::draw(model, look, area, buffer),
        Screen::Fleet => fleet::draw(model, look, area, buffer),
        Screen::Runbooks => runbooks::draw(model, look, area, buffer),
        Screen::Run => run::draw(model, look, area, buffer),
        Screen::History => history::draw(model, look, area, buffer),
        Screen::Stacks => stacks::draw(model, look, area, buffer),
    }
}

/// The item under the cursor of the pane that has the keys.
pub(crate) fn selected(model: &Model) -> Option<(usize, Item)> {
    let state = model.screens.of(model.screen);
    let items = items(model, model.screen, state.pane);
    let index = state.cursor(state.pane).index_in(&items)?;
    items.into_iter().nth(index).map(|item| (state.pane, item))
}

/// Moves the cursor of the pane that has the keys.
pub(crate) fn step(model: &mut Model, step: Step) {
    let screen = model.screen;
    let pane = model.screens.of(screen).pane;
    let items = items(model, screen, pane);
    if let Some(cursor) = model.screens.of_mut(screen).cursor_mut(pane) {
        let index = cursor.index_in(&items).unwrap_or(0);
        cursor.put(scroll::moved(index, items.len(), step), &items);
    }
}

/// The order that was chosen, for the rule above the rows; nothing of the one at the start.
pub(crate) fn order(model: &Model, screen: Screen) -> Option<&'static str> {
    let sort = model.screens.of(screen).sort;
    screen.sorts().get(sort).copied().filter(|_| sort > 0)
}

/// The filter that is on a pane: on each of a screen, except where every pane has its own.
pub(crate) fn filter_of(model: &Model, screen: Screen, pane: usize) -> &str {
    let state = model.screens.of(screen);
    let is_own = matches!(screen, Screen::Runbooks | Screen::History);
    if is_own && state.filter_pane != pane { "" } else { state.filter.trim() }
}

/// A pane's title, with the filter that hides some of its rows.
pub(crate) fn titled(title: &str, filter: &str) -> String {
    if filter.trim().is_empty() { title.to_owned() } else { format!("{title} with \"{}\"", filter.trim()) }
}
