//! What was made beside the loop to be read in full, as a page: laid out for the columns that there are.

use lifeboat_model::document::{Block, Document, Table};
use lifeboat_model::run::RunId;

use crate::acting::words;
use crate::archive::Writing;
use crate::format;
use crate::look::Look;
use crate::model::Watched;
use crate::screens::Page;
use crate::theme::Role;

/// No column of a table is made narrower than this to make room.
const NARROWEST: usize = 6;
const GAP: usize = 2;
/// More lines than this of one piece are not wrapped again for every key; whoever wants them has a shell.
const MOST_LINES: usize = 3_000;

pub(super) fn page(look: &Look<'_>, watched: &Watched, writing: &Writing, columns: u16) -> Page {
    let told =
        watched.archive.reading.as_ref().filter(|reading| reading.writing == *writing).map(|reading| &reading.told);
    match told {
        Some(Some(Ok(document))) => match executed(watched, writing) {
            Some((where_it_is, run)) => under_way(look, document, usize::from(columns), &where_it_is, run),
            None => laid_out(look, document, usize::from(columns)),
        },
        Some(Some(Err(why))) => {
            let mut page = Page::new(title(writing));
            page.sentence(Role::Danger, format!("{} {why}", look.symbols.danger));
            page
        }
        Some(None) | None => {
            let mut page = Page::new(title(writing));
            page.sentence(Role::Unknown, "it is being read from the journal");
            page
        }
    }
}

/// Where the run is executed that the report is of, while it is.
fn executed<'a>(watched: &Watched, writing: &'a Writing) -> Option<(String, &'a RunId)> {
    let Writing::Report(id) = writing else { return None };
    let run = watched.run.as_ref().filter(|run| run.id() == Some(id) && !run.is_over() && run.ending().is_none())?;
    if run.here {
        return Some(("here".to_owned(), id));
    }
    let holder = watched.open_run().and_then(|open| open.holder.as_ref())?;
    Some((format!("by {}", words::person(holder)), id))
}

/// What the journal has of a run that somebody executes: it cannot know that, and nobody is to go on with it.
fn under_way(look: &Look<'_>, document: &Document, columns: usize, where_it_is: &str, run: &RunId) -> Page {
    let resume = format!("`lifeboat resume {run}`");
    let is_true = |block: &&Block| !matches!(block, Block::Warning(text) if text.contains(&resume));
    let known = Document { blocks: document.blocks.iter().filter(is_true).cloned().collect() };
    let mut page = laid_out(look, &known, columns);
    let mut first = Page::new("");
    let text = format!(
        "{} It is under way, executed {where_it_is}: this is how far it had got when this was opened, and what it comes to is measured at its end.",
        look.symbols.selected
    );
    first.sentence(Role::Accent, text);
    page.lines.splice(0..0, first.lines);
    page
}

fn title(writing: &Writing) -> String {
    match writing {
        Writing::Report(run) => format!("Report of {run}"),
        Writing::Comparison { before, after } => format!("{after} beside {before}"),
        Writing::Entry(sequence) => format!("Entry {sequence}"),
    }
}

fn laid_out(look: &Look<'_>, document: &Document, columns: usize) -> Page {
    let mut page = Page::new("");
    // What is not a heading stands behind the sign of the lists.
    let room = columns.saturating_sub(format::width(look.symbols.dash) + GAP);
    for block in &document.blocks {
        match block {
            Block::Title(text) => page.title.clone_from(text),
            Block::Heading(text) => page.heading(text),
            Block::Paragraph(text) => page.sentence(Role::Text, text.clone()),
            Block::Warning(text) => page.sentence(Role::Danger, format!("{} {text}", look.symbols.danger)),
            Block::List(items) => items.iter().for_each(|item| page.fact(look.symbols.dash, Role::Text, item.clone())),
            Block::Table(table) => tabulated(&mut page, table, room),
            Block::Literal(lines) => literal(&mut page, lines),
        }
    }
    page
}

fn literal(page: &mut Page, lines: &[String]) {
    for line in lines.iter().take(MOST_LINES) {
        page.exact(Role::Text, line.clone());
    }
    if let Some(more) = lines.len().checked_sub(MOST_LINES).filter(|more| *more > 0) {
        page.sentence(Role::Muted, format!("{more} more lines: `lifeboat journal export` prints all of them"));
    }
}

fn tabulated(page: &mut Page, table: &Table, room: usize) {
    let widths = widths(table, room);
    for (role, row) in std::iter::once((Role::Muted, &table.head)).chain(table.rows.iter().map(|row| (Role::Text, row)))
    {
        let cells: Vec<Vec<String>> = row.iter().zip(&widths).map(|(cell, width)| format::wrap(cell, *width)).collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or(0);
        for line in 0..height {
            let mut text = String::new();
            for (cell, width) in cells.iter().zip(&widths) {
                let said = cell.get(line).map_or("", String::as_str);
                text.push_str(said);
                text.push_str(&" ".repeat(width.saturating_sub(format::width(said)) + GAP));
            }
            page.exact(role, text.trim_end());
        }
    }
}

/// As wide as their cells, the widest made narrower until all fit; what does not fit beside goes on below.
fn widths(table: &Table, room: usize) -> Vec<usize> {
    let rows = || std::iter::once(&table.head).chain(&table.rows);
    let widest = |column: usize| rows().filter_map(|row| row.get(column)).map(|cell| format::width(cell)).max();
    let columns = table.head.len();
    let mut widths: Vec<usize> = (0..columns).map(|column| widest(column).unwrap_or(0).max(1)).collect();
    let room = room.saturating_sub(GAP * columns.saturating_sub(1));
    while widths.iter().sum::<usize>() > room {
        let Some(widest) = widths.iter_mut().max().filter(|widest| **widest > NARROWEST) else { break };
        *widest -= 1;
    }
    widths
}
