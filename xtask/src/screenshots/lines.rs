//! A picture of the console told as lines: what the program's own teller says while a region is lost and a few lines are
//! typed, as it would stand in a terminal or be read aloud.

use std::time::Duration;

use lifeboat_sim::{SimCloud, scenario};
use lifeboat_tui::symbols::SymbolSet;
use lifeboat_tui::{Model, Msg, update};
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Line;

use super::{FIRST_LOOK_S, SEED, Shot, Taken, look, opened, svg};

#[path = "../../../src/session/linear.rs"]
mod linear;

const SHOT: Shot = Shot::calm("linear", "The same console as lines of text, for screen readers and pipes");
/// One after the other, each with what is told after it.
const TYPED: [&str; 1] = ["show-alarms"];
const COLUMNS: usize = 120;
/// More are told, and would make nothing clearer.
const ROWS: usize = 74;

pub(super) async fn picture() -> Result<Taken, String> {
    let found = scenario::find(SHOT.scenario).ok_or_else(|| format!("there is no scenario `{}`", SHOT.scenario))?;
    let at = |offset_s| SimCloud::at_offset(found.clone(), SEED, Duration::from_secs(offset_s));
    let mut model = opened(&SHOT, &at(FIRST_LOOK_S));
    model.display.symbols = SymbolSet::Ascii;
    for offset_s in [FIRST_LOOK_S, SHOT.offset_s] {
        look(&mut model, at(offset_s)).await?;
    }
    let lines = told(&mut model)?;
    let folded: Vec<Line<'_>> = lines.iter().flat_map(|(line, style)| folded(line, *style)).take(ROWS).collect();
    let buffer = Buffer::with_lines(folded);
    let caption = format!("Scenario `{}` after {} s, `lifeboat --linear`.", SHOT.scenario, SHOT.offset_s);
    Ok(Taken { name: SHOT.name, title: SHOT.title, caption, text: svg::render(&buffer, svg::Paper::DARK, SHOT.title) })
}

/// All that is told, with what is typed between.
fn told(model: &mut Model) -> Result<Vec<(String, Style)>, String> {
    let mut teller = linear::Teller::new();
    let mut lines = said(&mut teller, model)?;
    for typed in TYPED {
        lines.push((typed.to_owned(), Style::new().add_modifier(Modifier::BOLD).fg(Color::LightCyan)));
        for msg in teller.hear(model, typed) {
            drop(update(model, msg));
        }
        drop(update(model, Msg::Tick(model.now)));
        lines.extend(said(&mut teller, model)?);
    }
    Ok(lines)
}

fn said(teller: &mut linear::Teller, model: &Model) -> Result<Vec<(String, Style)>, String> {
    let mut bytes = Vec::new();
    teller.tell(model, &mut bytes);
    let text = String::from_utf8(bytes).map_err(|error| error.to_string())?;
    Ok(text.lines().map(|line| (line.to_owned(), Style::new())).collect())
}

/// Broken between words, where there is no more room; what goes on stands a little to the right.
fn folded(line: &str, style: Style) -> Vec<Line<'static>> {
    let indent = line.len() - line.trim_start().len() + 4;
    let mut pieces: Vec<String> = vec![String::new()];
    for (index, word) in line.split(' ').enumerate() {
        let last = pieces.last().map_or(0, |piece| piece.chars().count());
        if last + word.chars().count() + 1 > COLUMNS && last > indent {
            pieces.push(format!("{:indent$}{word}", ""));
        } else if let Some(piece) = pieces.last_mut() {
            if index > 0 {
                piece.push(' ');
            }
            piece.push_str(word);
        }
    }
    pieces.into_iter().map(|piece| Line::styled(format!("{piece:COLUMNS$}"), style)).collect()
}
