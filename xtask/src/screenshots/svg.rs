//! A drawn buffer as SVG, on a grid of our own: text is stretched to its cells, and lines, blocks and
//! braille are drawn as shapes, so that the picture is the same with any font. Knows nothing of Lifeboat.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

mod glyph;

/// In units of the picture. Both are whole, so that shapes of neighbouring cells meet exactly.
const CELL_WIDTH: u32 = 9;
const CELL_HEIGHT: u32 = 20;
const FONT_SIZE: u32 = 15;
/// From the cell's top to the line that letters stand on.
const BASELINE: u32 = 15;
const MARGIN: u32 = 12;

/// The colours that a terminal itself brings: what `Reset` means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Paper {
    pub(crate) background: &'static str,
    pub(crate) foreground: &'static str,
}

impl Paper {
    pub(crate) const DARK: Self = Self { background: "#11151c", foreground: "#d5dae2" };
    pub(crate) const LIGHT: Self = Self { background: "#fdfdfb", foreground: "#22262c" };
}

/// How one cell looks, with everything resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is one attribute of a terminal's cell, and all combine")]
struct Look {
    foreground: String,
    background: Option<String>,
    bold: bool,
    dim: bool,
    italic: bool,
    underlined: bool,
    crossed_out: bool,
}

/// The picture, with `title` for those who cannot see it.
pub(crate) fn render(buffer: &Buffer, paper: Paper, title: &str) -> String {
    let area = buffer.area;
    let (width, height) =
        (u32::from(area.width) * CELL_WIDTH + 2 * MARGIN, u32::from(area.height) * CELL_HEIGHT + 2 * MARGIN);
    let mut svg = String::new();
    line(
        &mut svg,
        format_args!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" font-family="'DejaVu Sans Mono','Cascadia Mono',Menlo,Consolas,monospace" font-size="{FONT_SIZE}">"#
        ),
    );
    line(&mut svg, format_args!("<title>{}</title>", escape(title)));
    line(&mut svg, format_args!(r#"<rect width="{width}" height="{height}" rx="8" fill="{}"/>"#, paper.background));
    line(&mut svg, format_args!(r#"<g transform="translate({MARGIN} {MARGIN})">"#));
    for y in area.top()..area.bottom() {
        let cells: Vec<&Cell> = (area.left()..area.right()).filter_map(|x| buffer.cell((x, y))).collect();
        row(&mut svg, &cells, u32::from(y - area.top()) * CELL_HEIGHT, paper);
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}

fn line(svg: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let written = writeln!(svg, "{text}");
    debug_assert!(written.is_ok());
}

/// Backgrounds first, then what stands on them, in runs of one look.
fn row(svg: &mut String, cells: &[&Cell], top: u32, paper: Paper) {
    let looks: Vec<Look> = cells.iter().map(|cell| look(cell, paper)).collect();
    for (start, length) in runs(&looks, |a, b| a.background == b.background) {
        if let Some(background) = looks.get(start).and_then(|look| look.background.as_ref()) {
            let (x, width) = (to_x(start), to_x(length));
            line(
                svg,
                format_args!(r#"<rect x="{x}" y="{top}" width="{width}" height="{CELL_HEIGHT}" fill="{background}"/>"#),
            );
        }
    }
    for (start, length) in runs(&looks, |a, b| a == b) {
        let Some((look, run)) = looks.get(start).zip(cells.get(start..start + length)) else { continue };
        ink(svg, run, start, top, look);
    }
}

/// One run: shapes cell by cell, and the words between them, each stretched to exactly its cells.
fn ink(svg: &mut String, run: &[&Cell], start: usize, top: u32, look: &Look) {
    let mut words = String::new();
    let mut words_at = start;
    let mut covered = 0_usize;
    for (offset, cell) in run.iter().enumerate() {
        let symbol = cell.symbol();
        // The second half of a wide character is an empty cell that nothing is drawn for.
        if covered > 0 {
            covered -= 1;
            continue;
        }
        let x = start + offset;
        covered = unicode_width::UnicodeWidthStr::width(symbol).saturating_sub(1);
        match glyph::shape(symbol, to_x(x), top) {
            Some(path) => {
                flush(svg, &mut words, words_at, top, look);
                words_at = x + 1;
                let opacity = if look.dim { r#" opacity="0.6""# } else { "" };
                line(svg, format_args!(r#"<path d="{path}" fill="{}"{opacity}/>"#, look.foreground));
            }
            // Wide gaps end a text: stretching over them would shift letters in fonts with other spaces.
            None if symbol == " " && words.is_empty() => words_at = x + 1,
            None if symbol == " " && run.get(offset + 1).is_none_or(|next| next.symbol() == " ") => {
                flush(svg, &mut words, words_at, top, look);
                words_at = x + 1;
            }
            None => words.push_str(symbol),
        }
    }
    flush(svg, &mut words, words_at, top, look);
    underline(svg, run.len(), start, top, look);
}

fn flush(svg: &mut String, words: &mut String, at: usize, top: u32, look: &Look) {
    let cells = unicode_width::UnicodeWidthStr::width(words.as_str());
    if cells > 0 {
        let (x, y, width) = (to_x(at), top + BASELINE, to_x(cells));
        let mut style = String::new();
        for (set, attribute) in [
            (look.bold, r#" font-weight="bold""#),
            (look.italic, r#" font-style="italic""#),
            (look.dim, r#" opacity="0.6""#),
        ] {
            if set {
                style.push_str(attribute);
            }
        }
        line(
            svg,
            format_args!(
                r#"<text x="{x}" y="{y}" textLength="{width}" lengthAdjust="spacingAndGlyphs" fill="{}"{style} xml:space="preserve">{}</text>"#,
                look.foreground,
                escape(words)
            ),
        );
    }
    words.clear();
}

fn underline(svg: &mut String, cells: usize, start: usize, top: u32, look: &Look) {
    for (set, y) in [(look.underlined, top + BASELINE + 2), (look.crossed_out, top + CELL_HEIGHT / 2)] {
        if set {
            let (x, width) = (to_x(start), to_x(cells));
            line(svg, format_args!(r#"<rect x="{x}" y="{y}" width="{width}" height="1" fill="{}"/>"#, look.foreground));
        }
    }
}

fn to_x(cells: usize) -> u32 {
    u32::try_from(cells).unwrap_or(u32::MAX / CELL_WIDTH) * CELL_WIDTH
}

/// Start and length of each unbroken stretch whose neighbours are alike.
fn runs<T>(items: &[T], alike: impl Fn(&T, &T) -> bool) -> Vec<(usize, usize)> {
    let mut start = 0;
    items
        .chunk_by(alike)
        .map(|chunk| {
            let run = (start, chunk.len());
            start += chunk.len();
            run
        })
        .collect()
}

fn look(cell: &Cell, paper: Paper) -> Look {
    let has = |modifier| cell.modifier.contains(modifier);
    let foreground = hex(cell.fg);
    let background = hex(cell.bg);
    let (foreground, background) = if has(Modifier::REVERSED) {
        (
            background.unwrap_or_else(|| paper.background.to_owned()),
            Some(foreground.unwrap_or_else(|| paper.foreground.to_owned())),
        )
    } else {
        (foreground.unwrap_or_else(|| paper.foreground.to_owned()), background)
    };
    Look {
        foreground,
        background,
        bold: has(Modifier::BOLD),
        dim: has(Modifier::DIM),
        italic: has(Modifier::ITALIC),
        underlined: has(Modifier::UNDERLINED),
        crossed_out: has(Modifier::CROSSED_OUT),
    }
}

/// `None` for the terminal's own colour. The sixteen are xterm's.
fn hex(color: Color) -> Option<String> {
    let (red, green, blue) = match color {
        Color::Reset => return None,
        Color::Rgb(red, green, blue) => (red, green, blue),
        Color::Indexed(index) => indexed(index),
        Color::Black => indexed(0),
        Color::Red => indexed(1),
        Color::Green => indexed(2),
        Color::Yellow => indexed(3),
        Color::Blue => indexed(4),
        Color::Magenta => indexed(5),
        Color::Cyan => indexed(6),
        Color::Gray => indexed(7),
        Color::DarkGray => indexed(8),
        Color::LightRed => indexed(9),
        Color::LightGreen => indexed(10),
        Color::LightYellow => indexed(11),
        Color::LightBlue => indexed(12),
        Color::LightMagenta => indexed(13),
        Color::LightCyan => indexed(14),
        Color::White => indexed(15),
    };
    Some(format!("#{red:02x}{green:02x}{blue:02x}"))
}

fn indexed(index: u8) -> (u8, u8, u8) {
    const SIXTEEN: [(u8, u8, u8); 16] = [
        (0, 0, 0),
        (205, 0, 0),
        (0, 205, 0),
        (205, 205, 0),
        (0, 0, 238),
        (205, 0, 205),
        (0, 205, 205),
        (229, 229, 229),
        (127, 127, 127),
        (255, 0, 0),
        (0, 255, 0),
        (255, 255, 0),
        (92, 92, 255),
        (255, 0, 255),
        (0, 255, 255),
        (255, 255, 255),
    ];
    if let Some(color) = SIXTEEN.get(usize::from(index)) {
        return *color;
    }
    if index >= 232 {
        let gray = 8 + 10 * (index - 232);
        return (gray, gray, gray);
    }
    let step = |part: u8| if part == 0 { 0 } else { 55 + 40 * part };
    let cube = index - 16;
    (step(cube / 36), step(cube / 6 % 6), step(cube % 6))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use ratatui::style::Style;

    use super::*;

    #[test]
    fn colours_and_words_keep_their_cells() {
        let mut buffer = Buffer::with_lines(["ab  <c"]);
        buffer.set_style(
            ratatui::layout::Rect::new(0, 0, 2, 1),
            Style::new().fg(Color::Rgb(1, 2, 3)).bg(Color::Indexed(16)),
        );
        let svg = render(&buffer, Paper::DARK, "a & b");
        assert!(svg.contains("<title>a &amp; b</title>"), "{svg}");
        assert!(svg.contains(r##"<rect x="0" y="0" width="18" height="20" fill="#000000"/>"##), "{svg}");
        assert!(svg.contains(r##"<text x="0" y="15" textLength="18" lengthAdjust="spacingAndGlyphs" fill="#010203" xml:space="preserve">ab</text>"##), "{svg}");
        assert!(svg.contains(r#"x="36" y="15" textLength="18""#) && svg.contains("&lt;c"), "{svg}");
    }

    #[test]
    fn reversed_cells_exchange_paper_and_ink() {
        let mut buffer = Buffer::with_lines(["x"]);
        buffer.set_style(buffer.area, Style::new().add_modifier(Modifier::REVERSED));
        let svg = render(&buffer, Paper::DARK, "");
        assert!(svg.contains(&format!(r#"fill="{}"/>"#, Paper::DARK.foreground)), "{svg}");
        assert!(svg.contains(&format!(r#"fill="{}" xml:space"#, Paper::DARK.background)), "{svg}");
    }

    #[test]
    fn the_palette_is_xterms() {
        assert_eq!(indexed(196), (255, 0, 0));
        assert_eq!(indexed(255), (238, 238, 238));
        assert_eq!(indexed(16), (0, 0, 0));
        assert_eq!(indexed(110), (135, 175, 215));
    }
}
