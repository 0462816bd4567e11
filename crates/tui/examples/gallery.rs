//! Draws screens of made-up worlds as SVG, to be looked at: `cargo run -p lifeboat-tui --example gallery -- FOLDER`.
//! With a second argument, only pictures whose name contains it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::let_underscore_must_use,
    clippy::print_stdout,
    reason = "a workbench, not the program"
)]

use std::fmt::Write as _;

use lifeboat_tui::symbols::SymbolSet;
use lifeboat_tui::theme::ColourDepth;
use lifeboat_tui::{Key, Model, Msg, update, view};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};

#[allow(dead_code, reason = "tests use more of it")]
#[path = "../tests/glass/worlds.rs"]
mod worlds;

use worlds::State;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().unwrap_or_else(|| "gallery".to_owned());
    let wanted = arguments.next().unwrap_or_default();
    std::fs::create_dir_all(&folder).unwrap();
    for state in State::ALL.into_iter().chain(State::NIGHTS) {
        for (columns, rows) in [(80, 24), (120, 40), (200, 60)] {
            for (name, keys) in [
                ("overview", ""),
                ("replication", "2"),
                ("health", "3"),
                ("alarms", "4"),
                ("capacity", "5"),
                ("fleet", "6"),
                ("help", "?"),
                ("palette", ":"),
                ("forecast", "w"),
                ("filter", "4 / p a y"),
            ] {
                let title = format!("{name}-{}-{columns}x{rows}", state.name());
                if !title.contains(&wanted) {
                    continue;
                }
                let mut model = if matches!(state, State::Normal | State::Stale | State::Empty) {
                    worlds::live(state)
                } else {
                    worlds::simulated(state)
                };
                if let Some(theme) = std::env::args().nth(3) {
                    model.display.theme =
                        model.display.themes.iter().position(|known| known.name == theme).unwrap_or(0);
                }
                match std::env::args().nth(4).as_deref() {
                    Some("ascii") => model.display.symbols = SymbolSet::Ascii,
                    Some("none") => model.display.depth = ColourDepth::None,
                    _ => {}
                }
                let svg = svg(&screen(model, columns, rows, keys));
                std::fs::write(format!("{folder}/{title}.svg"), svg).unwrap();
                println!("{title}");
            }
        }
    }
}

fn screen(mut model: Model, columns: u16, rows: u16, keys: &str) -> Buffer {
    let _ = update(&mut model, Msg::Resized { columns, rows });
    for key in keys.split_whitespace() {
        let _ = update(&mut model, Msg::Key(key.parse::<Key>().unwrap()));
    }
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal.draw(|frame| view(&model, frame)).unwrap();
    terminal.backend().buffer().clone()
}

fn hex(colour: Color, otherwise: &str) -> String {
    match colour {
        Color::Rgb(red, green, blue) => format!("#{red:02x}{green:02x}{blue:02x}"),
        Color::Black => "#000000".to_owned(),
        Color::Red => "#cd3131".to_owned(),
        Color::Green => "#0dbc79".to_owned(),
        Color::Yellow => "#e5e510".to_owned(),
        Color::Magenta => "#bc3fbc".to_owned(),
        Color::Cyan => "#11a8cd".to_owned(),
        Color::White => "#ffffff".to_owned(),
        _ => otherwise.to_owned(),
    }
}

fn svg(buffer: &Buffer) -> String {
    const WIDE: f64 = 8.4;
    const HIGH: f64 = 17.0;
    let area = *buffer.area();
    let (width, height) = (f64::from(area.width) * WIDE, f64::from(area.height) * HIGH);
    let mut svg = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' font-family='DejaVu Sans Mono' font-size='14'>\n\
         <rect width='100%' height='100%' fill='#101216'/>\n"
    );
    for position in area.positions() {
        let cell = &buffer[position];
        let (mut fg, mut bg) = (hex(cell.fg, "#cccccc"), hex(cell.bg, "#101216"));
        if cell.modifier.contains(Modifier::REVERSED) {
            std::mem::swap(&mut fg, &mut bg);
        }
        let (x, y) = (f64::from(position.x) * WIDE, f64::from(position.y) * HIGH);
        let _ = writeln!(svg, "<rect x='{x:.1}' y='{y:.1}' width='{:.1}' height='{HIGH}' fill='{bg}'/>", WIDE + 0.3);
        if cell.symbol() != " " {
            let text = cell.symbol().replace('&', "&amp;").replace('<', "&lt;");
            let weight = if cell.modifier.contains(Modifier::BOLD) { " font-weight='bold'" } else { "" };
            let slant = if cell.modifier.contains(Modifier::ITALIC) { " font-style='italic'" } else { "" };
            let line = if cell.modifier.contains(Modifier::UNDERLINED) { " text-decoration='underline'" } else { "" };
            let dim = if cell.modifier.contains(Modifier::DIM) { " opacity='0.6'" } else { "" };
            let _ = writeln!(
                svg,
                "<text x='{x:.1}' y='{:.1}' fill='{fg}'{weight}{slant}{line}{dim}>{text}</text>",
                y + 13.0
            );
        }
    }
    svg.push_str("</svg>\n");
    svg
}
