//! What happened in a run, the newest first, as its entries tell it.

use lifeboat_model::run::RunState;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{STORY, Scene};
use crate::acting::{LiveRun, story};
use crate::model::Model;
use crate::screens::newest_first::NewestFirst;
use crate::screens::{Item, Screen, filtered, titled};
use crate::theme::Role;
use crate::widgets::table::{Cell, Column};

const COLUMNS: &[Column] = &[Column::left("", 8), Column::left("", 40).growing(400)];

/// The newest first: that is what is looked for.
pub(super) fn items(model: &Model, run: &LiveRun, state: &RunState) -> Vec<Item> {
    let told: Vec<(u64, String)> =
        run.story().rev().map(|entry| (entry.sequence, story::sentence(&state.plan, entry).1)).collect();
    filtered(model, Screen::Run, told.iter().enumerate(), |(_, (_, said))| vec![said.as_str()])
        .into_iter()
        .map(|(index, (sequence, said))| Item::new(index, sequence.to_string(), said.clone()))
        .collect()
}

impl Scene<'_> {
    pub(super) fn draw_story(&self, area: Rect, buffer: &mut Buffer) {
        let entries: Vec<_> = self.run.story().rev().collect();
        let pane = NewestFirst {
            screen: Screen::Run,
            pane: STORY,
            title: &titled("What happened", &self.model.screens.of(Screen::Run).filter),
            columns: COLUMNS,
            items: &items(self.model, self.run, self.state),
            empty: "nothing that happened has these words",
        };
        pane.draw(self.model, self.look, area, buffer, |item| {
            entries.get(item.source).map_or_else(Vec::new, |entry| {
                let (role, said) = story::sentence(&self.state.plan, entry);
                vec![Cell::new(Role::Muted, self.look.time_of_day(entry.at)), Cell::new(role, said)]
            })
        });
    }
}
