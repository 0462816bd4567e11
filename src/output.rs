//! The only printer: data to standard output, everything else to standard error. A reader that goes
//! away (`lifeboat status | head`) is not an error.

use std::io::{self, IsTerminal, Write};

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr};

use crate::exit::Failure;

/// Where and how a command prints.
pub(crate) struct Output {
    stdout: Box<dyn Write + Send>,
    stderr: Box<dyn Write + Send>,
    /// `--json`.
    pub(crate) json: bool,
    /// Whether standard output takes colour.
    pub(crate) color: bool,
    error_color: bool,
    /// The lines of the block that is drawn over next.
    block: usize,
}

/// The few emphases that text output uses. Each stands beside a word that says the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Emphasis {
    Good,
    Warning,
    Bad,
    Dim,
    Strong,
}

impl Emphasis {
    fn code(self) -> &'static str {
        match self {
            Self::Good => "32",
            Self::Warning => "33",
            Self::Bad => "31;1",
            Self::Dim => "2",
            Self::Strong => "1",
        }
    }
}

impl Output {
    /// Standard output and standard error, in colour where they are terminals that show it.
    pub(crate) fn standard(json: bool, color_allowed: bool) -> Self {
        let shows = |stream: supports_color::Stream| color_allowed && supports_color::on(stream).is_some();
        Self {
            color: io::stdout().is_terminal() && shows(supports_color::Stream::Stdout),
            error_color: io::stderr().is_terminal() && shows(supports_color::Stream::Stderr),
            stdout: Box::new(io::stdout()),
            stderr: Box::new(io::stderr()),
            json,
            block: 0,
        }
    }

    pub(crate) fn is_terminal() -> bool {
        io::stdout().is_terminal()
    }

    /// Data: what the command was asked for.
    pub(crate) fn data(&mut self, text: &str) -> io::Result<()> {
        self.stdout.write_all(text.as_bytes())?;
        if !text.ends_with('\n') {
            self.stdout.write_all(b"\n")?;
        }
        self.stdout.flush()
    }

    /// One value on one line, at once.
    pub(crate) fn json_line(&mut self, value: &serde_json::Value) -> io::Result<()> {
        self.data(&value.to_string())
    }

    /// A line that the next one is drawn over; only for a terminal.
    pub(crate) fn passing(&mut self, text: &str) -> io::Result<()> {
        self.clear_block()?;
        // A line that wraps would leave its first row behind.
        let columns = crossterm::terminal::size().map_or(80, |(columns, _)| usize::from(columns));
        write!(self.stdout, "\r\u{1b}[K{}", within(text, columns.saturating_sub(1)))?;
        self.stdout.flush()
    }

    /// The same of several lines: the next block, or the next line of data, is drawn over them. No more than the terminal
    /// has rows, because what has scrolled away cannot be drawn over.
    pub(crate) fn passing_block(&mut self, lines: &[String]) -> io::Result<()> {
        let (columns, rows) =
            crossterm::terminal::size().map_or((80, 24), |(columns, rows)| (usize::from(columns), usize::from(rows)));
        self.clear_block()?;
        let shown = lines.get(..lines.len().min(rows.saturating_sub(2))).unwrap_or(lines);
        for (number, line) in shown.iter().enumerate() {
            let begin = if number == 0 { "\r\u{1b}[K" } else { "\n\r\u{1b}[K" };
            write!(self.stdout, "{begin}{}", within(line, columns.saturating_sub(1)))?;
        }
        self.block = shown.len();
        self.stdout.flush()
    }

    /// Leaves the terminal as if no block had been drawn.
    fn clear_block(&mut self) -> io::Result<()> {
        for number in 0..self.block {
            let up = if number == 0 { "" } else { "\u{1b}[1A" };
            write!(self.stdout, "{up}\r\u{1b}[K")?;
        }
        self.block = 0;
        Ok(())
    }

    pub(crate) fn json(&mut self, value: &serde_json::Value) -> io::Result<()> {
        let mut text = serde_json::to_string_pretty(value)?;
        text.push('\n');
        self.data(&text)
    }

    /// Something besides the data that the user should know.
    pub(crate) fn note(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.stderr, "{text}")
    }

    pub(crate) fn failure(&mut self, failure: &Failure) -> io::Result<()> {
        let label = paint(self.error_color, Emphasis::Bad, "error");
        writeln!(self.stderr, "{label}: {}", failure.message)?;
        match &failure.hint {
            Some(hint) => writeln!(self.stderr, "\nhint: {hint}"),
            None => Ok(()),
        }
    }

    /// Text of clap's own: help and version are data, mistakes are not.
    pub(crate) fn usage(&mut self, error: &clap::Error) -> io::Result<()> {
        let text = error.render();
        let (to, color): (&mut dyn Write, bool) =
            if error.use_stderr() { (&mut self.stderr, self.error_color) } else { (&mut self.stdout, self.color) };
        if color {
            write!(to, "{}", text.ansi())?;
        } else {
            write!(to, "{text}")?;
        }
        to.flush()
    }

    pub(crate) fn paint(&self, emphasis: Emphasis, text: &str) -> String {
        paint(self.color, emphasis, text)
    }
}

/// As much of a line as so many columns show.
fn within(text: &str, columns: usize) -> &str {
    let mut taken = 0;
    let end = text.char_indices().find_map(|(at, letter)| {
        taken += letter.width().unwrap_or(0);
        (taken > columns).then_some(at)
    });
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

fn paint(color: bool, emphasis: Emphasis, text: &str) -> String {
    if color { format!("\u{1b}[{}m{text}\u{1b}[0m", emphasis.code()) } else { text.to_owned() }
}

/// Rows as aligned columns; the last is as wide as it is.
pub(crate) fn columns<const N: usize>(rows: &[[String; N]]) -> String {
    let widths: Vec<usize> = (0..N)
        .map(|at| rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.width()).max().unwrap_or(0))
        .collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.push_str(&" ".repeat(width.saturating_sub(cell.width()) + 2));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// At most six decimals, and none where there is nothing behind the point: what was 130 is not shown as 130.00000000000003.
#[expect(clippy::cast_possible_truncation, reason = "checked to be whole and within the exact range of f64")]
pub(crate) fn number(value: f64) -> serde_json::Value {
    let rounded = (value * 1e6).round() / 1e6;
    if rounded.fract() == 0.0 && rounded.abs() < 9e15 {
        serde_json::json!(rounded as i64)
    } else {
        serde_json::json!(rounded)
    }
}

/// Between a number and its unit: lines are not broken there. Plain spaces take its place once the lines are made.
pub(crate) const TIED: char = '\u{a0}';

/// Words on lines of at most `width`; a word longer than that has a line of its own, whole, so that it can be copied.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(|letter: char| letter.is_whitespace() && letter != TIED).filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    if lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_drawn_over_is_no_wider_than_the_terminal() {
        assert_eq!(within("promote", 3), "pro");
        assert_eq!(within("promote", 7), "promote");
        assert_eq!(within("日本語", 5), "日本", "a letter that is cut in half is left out");
    }
}
