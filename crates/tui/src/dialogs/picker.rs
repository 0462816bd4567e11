//! The blueprints that can be built, one under the cursor told in full: what it is for, what it makes, what that costs and
//! how long it takes.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Clear, Widget};
use serde::{Deserialize, Serialize};

use crate::drafting::{Offer, Size};
use crate::format;
use crate::look::Look;
use crate::model::Model;
use crate::screens::stacks::month;
use crate::theme::Role;
use crate::widgets::table::{Cell, Column, Table};
use crate::widgets::{carve, pane};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picker {
    /// Index into the offers.
    pub selected: usize,
}

pub(crate) fn offers(model: &Model) -> &[Offer] {
    model.offers.as_deref().unwrap_or_default()
}

const COLUMNS: &[Column] = &[
    Column::left("BLUEPRINT", 20).growing(34).named(),
    Column::right("STACKS", 6),
    Column::right("RESOURCES", 9),
    Column::right("$ A MONTH", 10),
    Column::right("TAKES", 7),
    Column::left("FROM", 8).growing(60).named(),
];

pub(crate) fn draw(model: &Model, look: &Look<'_>, picker: &Picker, body: Rect, buffer: &mut Buffer) {
    Clear.render(body, buffer);
    buffer.set_style(body, look.style(Role::Text));
    let offers = offers(model);
    let inner = pane::Pane::new("What can be built", true)
        .aside(Role::Muted, "enter chooses, esc leaves", look)
        .draw(look, body, buffer);
    let height = u16::try_from(offers.len()).unwrap_or(u16::MAX).saturating_add(1).min(inner.height / 2).max(3);
    let (list, rest) = carve::rows(inner, height);
    let empty = if model.offers.is_some() { "there is no blueprint" } else { "the blueprints are being read" };
    let table = Table {
        columns: COLUMNS,
        len: offers.len(),
        selected: Some(picker.selected),
        focused: true,
        empty: (Role::Muted, empty.to_owned()),
    };
    table.draw(look, list, buffer, |index| offers.get(index).map_or_else(Vec::new, |offer| cells(look, offer)));
    let rule = look.rule().repeat(usize::from(rest.width));
    let mut lines = vec![Line::from(look.span(Role::Border, rule))];
    lines.extend(offers.get(picker.selected).into_iter().flat_map(|offer| about(look, offer, rest.width)));
    pane::lines(lines, rest, buffer);
}

fn cells(look: &Look<'_>, offer: &Offer) -> Vec<Cell> {
    let Some(size) = &offer.size else {
        let count = offer.mistakes.len();
        let noun = if count == 1 { "mistake" } else { "mistakes" };
        let said = format!("{} {count} {noun}", look.symbols.danger);
        let mut cells = vec![Cell::new(Role::Text, offer.name.clone())];
        cells.extend(std::iter::repeat_with(Cell::default).take(4));
        cells.push(Cell::new(Role::Danger, said));
        return cells;
    };
    let mark = if size.bill.is_at_least || size.bill.has_guesses { "~" } else { "" };
    vec![
        Cell::new(Role::Heading, offer.name.clone()),
        Cell::new(Role::Text, size.stacks.to_string()),
        Cell::new(Role::Text, size.resources.to_string()),
        Cell::new(Role::Text, format!("{mark}{}", format::dollars(size.bill.usd_month))),
        Cell::new(Role::Text, format::age(size.expected)),
        Cell::new(Role::Muted, offer.origin.clone()),
    ]
}

fn about(look: &Look<'_>, offer: &Offer, width: u16) -> Vec<Line<'static>> {
    let mut says = vec![(Role::Heading, offer.purpose.clone())];
    says.extend(offer.mistakes.iter().map(|mistake| (Role::Danger, format!("{} {mistake}", look.symbols.danger))));
    if let Some(size) = &offer.size {
        says.extend(in_words(size));
    }
    if !offer.options.is_empty() {
        says.push((Role::Muted, "Off unless it is switched on:".to_owned()));
        says.extend(offer.options.iter().map(|option| (Role::Text, format!("{} {option}", look.symbols.dash))));
    }
    says.extend(offer.notes.iter().map(|note| (Role::Muted, note.clone())));
    let room = usize::from(width.saturating_sub(4));
    says.into_iter()
        .flat_map(|(role, text)| {
            format::wrap(&text, room).into_iter().map(move |line| (role, line)).collect::<Vec<_>>()
        })
        .map(|(role, line)| Line::from(look.span(role, format!("  {line}"))))
        .collect()
}

/// What it comes to, each a sentence.
pub(crate) fn in_words(size: &Size) -> Vec<(Role, String)> {
    let mut says = vec![(
        Role::Text,
        format!(
            "{} stacks with {} resources in {} and {}, in about {}; {}",
            size.stacks,
            size.resources,
            size.home,
            size.partner,
            format::age(size.expected),
            month(&size.bill)
        ),
    )];
    says.extend(size.counted.iter().map(|counted| (Role::Text, format!("of the architecture: {counted}"))));
    says.extend(size.prices.iter().map(|note| (Role::Muted, note.clone())));
    says
}
