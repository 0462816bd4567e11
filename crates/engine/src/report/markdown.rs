//! A page as Markdown that is readable as plain text: lines of a hundred columns, tables whose columns stand in line.

use lifeboat_model::document::{Block, Document, Table};

use super::{Report, telling};

/// What lines and tables fit into. Commands are never broken: they are there to be copied.
const COLUMNS: usize = 100;
/// No column of a table is made narrower than this to make room.
const NARROWEST: usize = 8;

/// The report, for people.
pub fn markdown(report: &Report) -> String {
    write(&telling::page(report))
}

pub(super) fn write(page: &Document) -> String {
    let mut text = String::new();
    for block in &page.blocks {
        if !text.is_empty() {
            text.push('\n');
        }
        match block {
            Block::Title(title) => text.push_str(&format_line("# ", title)),
            Block::Heading(heading) => text.push_str(&format_line("## ", heading)),
            Block::Paragraph(paragraph) => text.push_str(&wrapped(&escaped(paragraph), "", "")),
            Block::Warning(warning) => text.push_str(&wrapped(&format!("**{}**", escaped(warning)), "> ", "> ")),
            Block::List(items) => items.iter().for_each(|item| text.push_str(&wrapped(&escaped(item), "- ", "  "))),
            Block::Table(table) => text.push_str(&tabulated(table)),
            Block::Literal(lines) => text.push_str(&fenced(lines)),
        }
    }
    text
}

fn format_line(mark: &str, text: &str) -> String {
    format!("{mark}{}\n", escaped(text))
}

/// On one line, with nothing in it that Markdown would take for its own; a command between backticks stays one.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for letter in one_line.chars() {
        if matches!(letter, '\\' | '*' | '[' | '<' | '|') {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

/// How many columns a text takes; what it is made of here is as wide as it is long.
fn width(text: &str) -> usize {
    text.chars().count()
}

fn wrapped(text: &str, first: &str, rest: &str) -> String {
    let mut out = String::new();
    let mut line = first.to_owned();
    let mut is_empty = true;
    for word in text.split(' ') {
        if !is_empty && width(&line) + 1 + width(word) > COLUMNS {
            out.push_str(&line);
            out.push('\n');
            rest.clone_into(&mut line);
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    out.push_str(&line);
    out.push('\n');
    out
}

fn fenced(lines: &[String]) -> String {
    // Longer than any fence within.
    let longest = lines.iter().map(|line| line.chars().take_while(|letter| *letter == '`').count()).max();
    let fence = "`".repeat(longest.unwrap_or_default().max(2) + 1);
    format!("{fence}\n{}\n{fence}\n", lines.join("\n"))
}

fn tabulated(table: &Table) -> String {
    let rows: Vec<Vec<String>> = std::iter::once(&table.head)
        .chain(&table.rows)
        .map(|row| row.iter().map(|cell| escaped(cell)).collect())
        .collect();
    let widths = widths(&rows, table.head.len());
    let mut out = String::new();
    for (index, row) in rows.iter().enumerate() {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| fitted(cell, *width)).collect();
        out.push_str(&row_of(&cells));
        if index == 0 {
            let lines: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
            out.push_str(&row_of(&lines));
        }
    }
    out
}

fn row_of(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

/// As wide as their cells, the widest made narrower until all fit.
fn widths(rows: &[Vec<String>], columns: usize) -> Vec<usize> {
    let widest = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| width(cell)).max();
    let mut widths: Vec<usize> = (0..columns).map(|column| widest(column).unwrap_or_default().max(3)).collect();
    let room = COLUMNS.saturating_sub(3 * columns + 1);
    while widths.iter().sum::<usize>() > room {
        let Some(widest) = widths.iter_mut().max() else { break };
        if *widest <= NARROWEST {
            break;
        }
        *widest -= 1;
    }
    widths
}

fn fitted(cell: &str, columns: usize) -> String {
    let excess = width(cell) > columns;
    if !excess {
        return format!("{cell:<columns$}");
    }
    let mut kept: String = cell.chars().take(columns.saturating_sub(1)).collect();
    // Half of an escape would escape what follows.
    if kept.ends_with('\\') {
        kept.pop();
    }
    kept.push('…');
    format!("{kept:<columns$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_before_the_hundredth_column_and_lose_no_word() {
        let text = "a word after another ".repeat(40);
        let wrapped = wrapped(text.trim(), "- ", "  ");
        assert!(wrapped.lines().all(|line| width(line) <= COLUMNS), "{wrapped}");
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&wrapped)[1..], words(&text));
    }

    #[test]
    fn a_table_stays_within_a_hundred_columns_whatever_stands_in_it() {
        let long = |letter: &str| letter.repeat(150);
        let mut page = Document::default();
        page.table(
            ["a", "b", "c"],
            vec![[long("x"), "1 s".to_owned(), long("|")], [long("y"), long("\\"), String::new()]],
        );
        let text = write(&page);
        assert!(text.lines().all(|line| width(line) == COLUMNS), "{text}");
    }

    #[test]
    fn a_short_table_is_no_wider_than_it_must_be() {
        let mut page = Document::default();
        page.table(["", "length"], vec![["RTO".to_owned(), "9 s".to_owned()]]);
        assert_eq!(write(&page), "|     | length |\n| --- | ------ |\n| RTO | 9 s    |\n");
    }

    #[test]
    fn text_is_not_taken_for_markdown() {
        let mut page = Document::default();
        page.paragraph("a *b* <i>c</i> [d](e) `f`\n# g | h");
        assert_eq!(write(&page), "a \\*b\\* \\<i>c\\</i> \\[d](e) `f` # g \\| h\n");
    }

    #[test]
    fn literal_lines_cannot_end_their_block() {
        let mut page = Document::default();
        page.literal("aws a\n````\nb");
        assert_eq!(write(&page), "`````\naws a\n````\nb\n`````\n");
    }
}
