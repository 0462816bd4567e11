//! How a picture is taken and kept: its words, how every cell looks at each depth of colour, and what becomes of it in
//! ASCII, at whatever size it has. What must be true of all pictures is asserted here: that without colours and with few
//! the same is said, and that ASCII is ASCII.
//!
//! A record holds all of it and stays small. Letters stand for looks, each explained once for every depth; rows that look
//! alike are one line with their number; and of ASCII there is what each sign becomes, and only the lines that this does
//! not tell.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use lifeboat_tui::symbols::SymbolSet;
use lifeboat_tui::theme::ColourDepth;
use lifeboat_tui::{Model, view, view_text};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::Color;

/// The richest first: its looks give the letters their order.
const DEPTHS: [(&str, ColourDepth); 4] = [
    ("colours", ColourDepth::Rgb),
    ("256", ColourDepth::Indexed),
    ("16", ColourDepth::Sixteen),
    ("none", ColourDepth::None),
];

pub(crate) fn draw(model: &Model) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(model.display.columns, model.display.rows)).unwrap();
    terminal.draw(|frame| view(model, frame)).unwrap();
    terminal.backend().buffer().clone()
}

pub(crate) fn snapshot(name: &str, text: &str) {
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name.to_owned(), text);
    });
}

/// Takes the picture, and compares it with the one that is kept.
pub(crate) fn photograph_of(name: &str, state: &str, model: Model) {
    let size = (model.display.columns, model.display.rows);
    let title = format!("{name}-{state}-{}x{}", size.0, size.1);
    snapshot(&title, &record(&title, model));
}

fn record(title: &str, mut model: Model) -> String {
    let words = view_text(&model);
    let depths = DEPTHS.map(|(_, depth)| {
        model.display.depth = depth;
        draw(&model)
    });
    let [coloured, .., plain] = &depths;
    for ((name, _), buffer) in DEPTHS.iter().zip(&depths) {
        let is_same =
            buffer.content().iter().zip(coloured.content()).all(|(cell, other)| cell.symbol() == other.symbol());
        assert!(is_same, "{title} says something else with the colours: {name}");
    }
    assert!(has_colour(coloured), "{title}");
    assert!(!has_colour(plain), "{title} without colour has colour");

    model.display.symbols = SymbolSet::Ascii;
    let ascii = view_text(&model);
    assert!(ascii.is_ascii(), "{title} in ASCII is not: {ascii}");
    format!("{words}\n--- looks ---\n{}\n--- in ASCII ---\n{}", looks(&depths), in_ascii(&words, &ascii))
}

fn has_colour(buffer: &Buffer) -> bool {
    buffer.content().iter().any(|cell| cell.fg != Color::Reset || cell.bg != Color::Reset)
}

/// Every cell at every depth: what each letter means, then how many cells of which letter make each row.
fn looks(depths: &[Buffer; DEPTHS.len()]) -> String {
    let mut letters: Vec<[String; DEPTHS.len()]> = Vec::new();
    let mut rows: Vec<(usize, String)> = Vec::new();
    for row in depths[0].area().rows() {
        let mut parts: Vec<(usize, usize)> = Vec::new();
        for position in row.positions() {
            let look = depths.each_ref().map(|buffer| describe(&buffer[position]));
            let letter = letters.iter().position(|known| *known == look).unwrap_or_else(|| {
                letters.push(look);
                letters.len() - 1
            });
            match parts.last_mut() {
                Some((count, last)) if *last == letter => *count += 1,
                _ => parts.push((1, letter)),
            }
        }
        let line: Vec<String> = parts.iter().map(|(count, index)| format!("{count}{}", letter(*index))).collect();
        fold(&mut rows, line.join(" "));
    }
    let mut text = format!("  {}\n", DEPTHS.map(|(name, _)| name).join(" | "));
    for (index, look) in letters.iter().enumerate() {
        let _ = writeln!(text, "{} {}", letter(index), look.join(" | "));
    }
    for (count, row) in rows {
        let times = if count == 1 { String::new() } else { format!("{count} rows: ") };
        let _ = writeln!(text, "{times}{row}");
    }
    text
}

fn letter(index: usize) -> char {
    ('a'..='z').chain('A'..='Z').nth(index).unwrap()
}

fn fold(rows: &mut Vec<(usize, String)>, row: String) {
    match rows.last_mut() {
        Some((count, last)) if *last == row => *count += 1,
        _ => rows.push((1, row)),
    }
}

fn describe(cell: &Cell) -> String {
    let colour = |colour: Color| match colour {
        Color::Reset => "-".to_owned(),
        Color::Rgb(red, green, blue) => format!("{red:02x}{green:02x}{blue:02x}"),
        other => other.to_string(),
    };
    let modifiers = cell.modifier.iter_names().map(|(name, _)| name.chars().next().unwrap()).collect::<String>();
    let modifiers = if modifiers.is_empty() { String::new() } else { format!("+{modifiers}") };
    format!("{}/{}{modifiers}", colour(cell.fg), colour(cell.bg))
}

/// What most of each sign became, and the lines with their numbers that this does not tell.
fn in_ascii(words: &str, ascii: &str) -> String {
    assert_eq!(ascii.lines().count(), words.lines().count());
    let became = replacements(words, ascii);
    let mut text = String::new();
    for (sign, plain) in &became {
        let _ = write!(text, "{sign}{plain} ");
    }
    text.push('\n');
    for (number, (line, plain)) in (1..).zip(words.lines().zip(ascii.lines())) {
        let told: String = line.chars().map(|sign| *became.get(&sign).unwrap_or(&sign)).collect();
        if told != plain {
            let _ = writeln!(text, "{number:>2} {plain}");
        }
    }
    text
}

fn replacements(words: &str, ascii: &str) -> BTreeMap<char, char> {
    // A curve in letters is another curve: no dot of it becomes anything.
    let is_curve = |sign: char| ('\u{2800}'..='\u{28ff}').contains(&sign);
    let mut counts: BTreeMap<char, BTreeMap<char, usize>> = BTreeMap::new();
    for (line, plain) in words.lines().zip(ascii.lines()) {
        for (sign, plain) in line.chars().zip(plain.chars()).filter(|(sign, _)| !sign.is_ascii() && !is_curve(*sign)) {
            *counts.entry(sign).or_default().entry(plain).or_default() += 1;
        }
    }
    let commonest = |became: BTreeMap<char, usize>| became.into_iter().max_by_key(|(_, count)| *count).unwrap().0;
    counts.into_iter().map(|(sign, became)| (sign, commonest(became))).collect()
}
