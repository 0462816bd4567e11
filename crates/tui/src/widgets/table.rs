//! Rows in columns. Columns have fixed widths, so that nothing jumps as numbers change; the least needed go first when
//! there is no room. Only the rows in view are asked for, so that a long table costs no more than a short one.

use std::cmp::Reverse;

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::text::{Line, Span};

use super::carve;
use crate::format;
use crate::look::Look;
use crate::scroll;
use crate::theme::Role;

#[derive(Clone, Copy)]
pub(crate) struct Column {
    pub(crate) title: &'static str,
    pub(crate) width: u16,
    /// Greater than `width` where it may grow into free room.
    pub(crate) at_most: u16,
    pub(crate) alignment: Alignment,
    /// 0 always stays; the greatest goes first.
    pub(crate) weight: u8,
    pub(crate) cut: Cut,
}

/// Where a text that is too long loses its letters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Sentences are read from their beginning.
    End,
    /// Names tell by both ends.
    Middle,
}

impl Column {
    pub(crate) const fn left(title: &'static str, width: u16) -> Self {
        Self { title, width, at_most: width, alignment: Alignment::Left, weight: 0, cut: Cut::End }
    }

    pub(crate) const fn right(title: &'static str, width: u16) -> Self {
        Self { alignment: Alignment::Right, ..Self::left(title, width) }
    }

    pub(crate) const fn growing(self, at_most: u16) -> Self {
        Self { at_most, ..self }
    }

    pub(crate) const fn named(self) -> Self {
        Self { cut: Cut::Middle, ..self }
    }

    pub(crate) const fn dropped(self, weight: u8) -> Self {
        Self { weight, ..self }
    }
}

/// What a choice among these columns is remembered by: a table that gets other columns is another table.
pub(crate) fn key(columns: &[Column]) -> String {
    columns.iter().map(|column| column.title).filter(|title| !title.is_empty()).collect::<Vec<_>>().join(" ")
}

/// What stands in one place of a table.
#[derive(Clone, Default)]
pub(crate) struct Cell {
    pieces: Vec<(Role, String)>,
}

impl Cell {
    pub(crate) fn new(role: Role, text: impl Into<String>) -> Self {
        Self { pieces: vec![(role, text.into())] }
    }

    pub(crate) fn of(pieces: Vec<(Role, String)>) -> Self {
        Self { pieces }
    }

    fn text(&self) -> String {
        self.pieces.iter().map(|(_, text)| text.as_str()).collect()
    }

    fn role(&self) -> Role {
        self.pieces.first().map_or(Role::Text, |(role, _)| *role)
    }

    fn width(&self) -> usize {
        self.pieces.iter().map(|(_, text)| format::width(text)).sum()
    }
}

impl From<(Role, String)> for Cell {
    fn from(piece: (Role, String)) -> Self {
        Self { pieces: vec![piece] }
    }
}

pub(crate) struct Table<'a> {
    pub(crate) columns: &'a [Column],
    pub(crate) len: usize,
    /// The selected row, and whether this table has the keys.
    pub(crate) selected: Option<usize>,
    pub(crate) focused: bool,
    /// What to say when there are no rows.
    pub(crate) empty: (Role, String),
}

impl Table<'_> {
    /// The columns that nobody has put away, by index.
    fn wanted(&self, look: &Look<'_>) -> Vec<usize> {
        let hidden = look.hidden(&key(self.columns));
        let is_wanted = |title: &str| hidden.is_none_or(|hidden| !hidden.contains(title));
        let columns = self.columns.iter().enumerate();
        columns.filter(|(_, column)| is_wanted(column.title)).map(|(index, _)| index).collect()
    }

    pub(crate) fn draw(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer, cells: impl Fn(usize) -> Vec<Cell>) {
        self.put_rows(look, area, buffer, cells, None::<fn(usize) -> Vec<Note>>);
    }

    /// The same, with what there is to say below each row while rows are free. Where more is to be said than there is
    /// room, the greatest need of all rows comes first; a text of the last column that is cut is a need of [`CUT_TEXT`].
    pub(crate) fn draw_told(
        &self,
        look: &Look<'_>,
        area: Rect,
        buffer: &mut Buffer,
        cells: impl Fn(usize) -> Vec<Cell>,
        notes: impl Fn(usize) -> Vec<Note>,
    ) {
        self.put_rows(look, area, buffer, cells, Some(notes));
    }

    fn put_rows(
        &self,
        look: &Look<'_>,
        area: Rect,
        buffer: &mut Buffer,
        cells: impl Fn(usize) -> Vec<Cell>,
        notes: Option<impl Fn(usize) -> Vec<Note>>,
    ) {
        let is_titled = self.columns.iter().any(|column| !column.title.is_empty());
        let (head, body) = carve::rows(area, u16::from(is_titled));
        let places = places(&self.wanted(look), self.columns, head.width);
        for (index, x, width) in &places {
            // Where there is no room at all, the row below is somebody else's.
            if let Some(column) = self.columns.get(*index).filter(|_| head.height > 0) {
                put(look, (head.x + x, head.y, *width), column, &Cell::new(Role::Muted, column.title), None, buffer);
            }
        }
        if self.len == 0 {
            return self.say_why_empty(look, body, buffer);
        }
        let free = usize::from(body.height).saturating_sub(self.len);
        let told = match notes {
            Some(notes) if free > 0 => self.told(look, (body, &places), free, &cells, notes),
            Some(_) | None => Vec::new(),
        };
        let seen = scroll::window(self.len, usize::from(body.height), self.selected.unwrap_or(0));
        let mut rows = body.rows();
        for index in seen {
            let Some(row) = rows.next() else { break };
            let chosen = (self.focused && self.selected == Some(index)).then_some(Role::Selection);
            if let Some(role) = chosen {
                buffer.set_style(row, look.style(role));
                buffer.set_span(row.x, row.y, &look.span(role, look.symbols.selected), 1);
            }
            let told = told.get(index);
            let mut cells = cells(index);
            if let (Some(first), Some(cell)) = (told.and_then(|told| told.rest.first()), cells.last_mut()) {
                *cell = Cell::new(cell.role(), first.clone());
            }
            for (place, x, width) in &places {
                if let (Some(cell), Some(column)) = (cells.get(*place), self.columns.get(*place)) {
                    put(look, (row.x + x, row.y, *width), column, cell, chosen, buffer);
                }
            }
            let role = cells.last().map_or(Role::Text, Cell::role);
            let rest = told.into_iter().flat_map(|told| told.rest.iter().skip(1));
            let rest = rest.map(|text| (places.last().map_or(0, |(_, x, _)| *x), role, text));
            let below = told.into_iter().flat_map(|told| &told.below);
            let below = below.map(|(role, text)| (note_place(&places), *role, text));
            for ((x, role, text), row) in rest.chain(below).zip(&mut rows) {
                buffer.set_span(row.x + x, row.y, &look.span(role, text.clone()), row.width.saturating_sub(x));
            }
        }
    }

    fn say_why_empty(&self, look: &Look<'_>, body: Rect, buffer: &mut Buffer) {
        let (role, text) = &self.empty;
        let room = usize::from(body.width.saturating_sub(3));
        let mut lines = format::wrap(text, room);
        let height = usize::from(body.height);
        if lines.len() > height {
            // The last that is seen shows that there is more.
            let rest = lines.split_off(height.saturating_sub(1)).join(" ");
            lines.push(look.truncate(&rest, room));
        }
        let lines = lines.into_iter().map(|text| Line::from(look.span(*role, format!("  {text}"))));
        super::pane::lines(lines, body, buffer);
    }

    /// What is said below each row, in `free` rows altogether.
    fn told(
        &self,
        look: &Look<'_>,
        (body, places): (Rect, &[(usize, u16, u16)]),
        mut free: usize,
        cells: &impl Fn(usize) -> Vec<Cell>,
        notes: impl Fn(usize) -> Vec<Note>,
    ) -> Vec<Told> {
        let x = note_place(places);
        let room = usize::from(body.width.saturating_sub(x + 1));
        let last = places.last().filter(|(index, ..)| index + 1 == self.columns.len());
        let last = last.map(|(_, _, width)| usize::from(*width)).filter(|width| *width > 0);
        let wants = |index: usize| -> Vec<Want> {
            let cell = cells(index).pop().unwrap_or_default();
            let rest = last.filter(|width| cell.width() > *width).map(|width| format::wrap(&cell.text(), width));
            let rest = rest.map(|lines| Want { need: CUT_TEXT, role: None, lines });
            let notes = notes(index).into_iter();
            let notes = notes.map(|note| Want {
                need: note.need,
                role: Some(note.role),
                lines: wrapped_note(look, &note, room),
            });
            rest.into_iter().chain(notes).collect()
        };
        let mut wanted: Vec<(usize, Want)> =
            (0..self.len).flat_map(|index| wants(index).into_iter().map(move |want| (index, want))).collect();
        // Within a need the row under the cursor comes first, then what needs little: many are helped before one is.
        let is_chosen = |index| self.focused && self.selected == Some(index);
        wanted.sort_by_key(|(index, want)| (Reverse(want.need), !is_chosen(*index), want.rows()));
        let mut told: Vec<Told> = (0..self.len).map(|_| Told::default()).collect();
        for (index, want) in wanted {
            let Some(told) = told.get_mut(index).filter(|_| want.rows() <= free) else { continue };
            free -= want.rows();
            match want.role {
                None => told.rest = want.lines,
                Some(role) => told.below.extend(want.lines.into_iter().map(|line| (role, line))),
            }
        }
        told
    }
}

/// More about a row, where rows are free.
pub(crate) struct Note {
    pub(crate) role: Role,
    pub(crate) label: &'static str,
    pub(crate) text: String,
    /// The greatest is met first; see [`CUT_TEXT`].
    pub(crate) need: u8,
}

/// How much the rest of a text is needed that its column cuts.
pub(crate) const CUT_TEXT: u8 = 2;

/// What is asked for beside a row's line.
struct Want {
    need: u8,
    /// `None`: it is the whole text of the last column, whose first line has a row already.
    role: Option<Role>,
    lines: Vec<String>,
}

impl Want {
    fn rows(&self) -> usize {
        self.lines.len().saturating_sub(usize::from(self.role.is_none()))
    }
}

/// What is said of a row besides its line.
#[derive(Default)]
struct Told {
    /// The text of the last column in lines, where there is room for all of it.
    rest: Vec<String>,
    below: Vec<(Role, String)>,
}

/// Notes begin below the second column: the first has the marks.
fn note_place(places: &[(usize, u16, u16)]) -> u16 {
    places.get(1).or_else(|| places.first()).map_or(0, |(_, x, _)| *x)
}

fn wrapped_note(look: &Look<'_>, note: &Note, room: usize) -> Vec<String> {
    let label = format!("{} {}: ", look.symbols.dash, note.label);
    let indent = " ".repeat(format::width(&label));
    let lines = format::wrap(&note.text, room.saturating_sub(indent.len()));
    let lead = |index| if index == 0 { &label } else { &indent };
    lines.into_iter().enumerate().map(|(index, line)| format!("{}{line}", lead(index))).collect()
}

/// Writes one cell into `width` columns at a place. `over` takes the place of its own roles.
fn put(
    look: &Look<'_>,
    (x, y, width): (u16, u16, u16),
    column: &Column,
    cell: &Cell,
    over: Option<Role>,
    buffer: &mut Buffer,
) {
    let room = usize::from(width);
    let used = cell.width();
    let offset = if column.alignment == Alignment::Right { room.saturating_sub(used) } else { 0 };
    let mut left = room;
    let mut spans: Vec<Span<'static>> = Vec::with_capacity(cell.pieces.len());
    for (role, text) in &cell.pieces {
        // Numbers are cut from the front only by a column that is too narrow for them, which tests forbid.
        let fitted = match left < format::width(text) {
            true if column.cut == Cut::Middle => format::truncate_middle(text, left, look.symbols.cut),
            true => format::truncate(text, left, look.symbols.cut),
            false => text.clone(),
        };
        left -= format::width(&fitted).min(left);
        spans.push(look.span(over.unwrap_or(*role), fitted));
    }
    let offset = u16::try_from(offset).unwrap_or(0);
    buffer.set_line(x + offset, y, &Line::from(spans), width - offset.min(width));
}

/// Which columns are shown, where each begins and how wide it is. The first column of all is the selection's mark.
fn places(wanted: &[usize], columns: &[Column], width: u16) -> Vec<(usize, u16, u16)> {
    const MARK: u16 = 1;
    let gap: u16 = if width >= 100 { 2 } else { 1 };
    let mut kept: Vec<usize> = wanted.to_vec();
    // Nothing touches the edge of the pane.
    let width = width.saturating_sub(1);
    let needed = |kept: &[usize]| -> u16 {
        let widths: u16 = kept.iter().filter_map(|index| columns.get(*index)).map(|column| column.width).sum();
        widths + gap * u16::try_from(kept.len().saturating_sub(1)).unwrap_or(0) + MARK
    };
    while needed(&kept) > width {
        let weight = |index: &usize| columns.get(*index).map_or(0, |column| column.weight);
        match kept.iter().copied().max_by_key(weight).filter(|worst| weight(worst) > 0) {
            Some(worst) => kept.retain(|index| *index != worst),
            None => break,
        }
    }
    let mut free = width.saturating_sub(needed(&kept));
    let mut widths: Vec<(usize, u16, u16)> = kept
        .iter()
        .filter_map(|index| columns.get(*index).map(|column| (*index, column.width, column.at_most)))
        .collect();
    // Free room is shared out evenly, a column at a time, so that no name takes all of it from a sentence.
    while free > 0 && widths.iter().any(|(_, shown, at_most)| shown < at_most) {
        for (_, shown, at_most) in &mut widths {
            if free > 0 && *shown < *at_most {
                *shown += 1;
                free -= 1;
            }
        }
    }
    let mut x = MARK;
    let mut placed = Vec::with_capacity(widths.len());
    for (index, wanted, _) in widths {
        // Where not even the needed columns fit, the last of them are cut.
        placed.push((index, x, wanted.min(width.saturating_sub(x))));
        x = x.saturating_add(wanted + gap);
    }
    placed
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const COLUMNS: &[Column] = &[
        Column::left("name", 10).growing(30),
        Column::right("lag", 8),
        Column::left("trend", 12).dropped(2),
        Column::left("note", 6).growing(100).dropped(1),
    ];

    #[test]
    fn the_least_needed_column_goes_first() {
        let shown =
            |width| places(&[0, 1, 2, 3], COLUMNS, width).iter().map(|(index, _, _)| *index).collect::<Vec<_>>();
        assert_eq!(shown(80), [0, 1, 2, 3]);
        assert_eq!(shown(30), [0, 1, 3]);
        assert_eq!(shown(21), [0, 1]);
    }

    proptest! {
        #[test]
        fn columns_neither_overlap_nor_leave_the_area(width in 0u16..300, wanted in proptest::sample::subsequence(vec![0, 1, 2, 3], 1..=4)) {
            let mut end = 1;
            for (_, x, shown) in places(&wanted, COLUMNS, width) {
                prop_assert!(x >= end || shown == 0);
                prop_assert!(shown == 0 || x + shown <= width);
                end = x + shown;
            }
        }
    }
}
