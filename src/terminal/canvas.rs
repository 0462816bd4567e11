//! Where frames are drawn before they are sent: ratatui's backend over a byte buffer. It knows the size it
//! was told, so that drawing asks the terminal nothing, and whether a frame changed anything at all.

use std::io;

use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::queue;
use crossterm::terminal::{BeginSynchronizedUpdate, Clear, EndSynchronizedUpdate};
use ratatui::Frame;
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

/// The screen as it was last handed over.
pub(crate) struct Canvas(ratatui::Terminal<Pending>);

impl Canvas {
    pub(crate) fn new(size: Size) -> io::Result<Self> {
        // The clipboard and the background question bypass ratatui; everything else about colour is the theme's.
        crossterm::style::force_color_output(true);
        let pending =
            Pending { bytes: Vec::new(), size, touched: false, cursor: None, cursor_shown: Some(Position::ORIGIN) };
        ratatui::Terminal::new(pending).map(Self)
    }

    pub(crate) fn resize(&mut self, size: Size) {
        self.0.backend_mut().size = size;
    }

    pub(crate) fn size(&self) -> Size {
        self.0.backend().size
    }

    /// The next frame clears the terminal and sends every cell.
    pub(crate) fn forget(&mut self) -> io::Result<()> {
        let backend = self.0.backend_mut();
        backend.cursor_shown = Some(Position::ORIGIN);
        self.0.clear()
    }

    /// Draws into `bytes` (which is emptied first) what must be sent for the terminal to show it; nothing when it
    /// shows it already.
    pub(crate) fn draw(&mut self, view: impl FnOnce(&mut Frame<'_>), bytes: &mut Vec<u8>) -> io::Result<()> {
        let backend = self.0.backend_mut();
        // What a call of `forget` left there belongs to this frame.
        let mut cleared = std::mem::take(&mut backend.bytes);
        std::mem::swap(&mut backend.bytes, bytes);
        backend.bytes.clear();
        queue!(backend.bytes, BeginSynchronizedUpdate)?;
        backend.bytes.append(&mut cleared);
        self.0.draw(view)?;
        let backend = self.0.backend_mut();
        backend.settle_cursor()?;
        queue!(backend.bytes, EndSynchronizedUpdate)?;
        std::mem::swap(&mut backend.bytes, bytes);
        if !std::mem::take(&mut backend.touched) {
            bytes.clear();
        }
        Ok(())
    }
}

/// Bytes on their way to the terminal.
struct Pending {
    bytes: Vec<u8>,
    size: Size,
    /// Whether anything was put into `bytes` that changes the screen.
    touched: bool,
    /// Where this frame wants the cursor.
    cursor: Option<Position>,
    /// Where the terminal has it; `None` while hidden.
    cursor_shown: Option<Position>,
}

impl Pending {
    /// Cells move the cursor, so a shown one is placed anew after them; a hidden one stays hidden.
    fn settle_cursor(&mut self) -> io::Result<()> {
        match (self.cursor, self.cursor_shown) {
            (None, None) => {}
            (Some(wanted), Some(shown)) if wanted == shown && !self.touched => {}
            (None, Some(_)) => {
                queue!(self.bytes, Hide)?;
                self.touched = true;
            }
            (Some(wanted), _) => {
                queue!(self.bytes, MoveTo(wanted.x, wanted.y), Show)?;
                self.touched = true;
            }
        }
        self.cursor_shown = self.cursor;
        Ok(())
    }
}

impl Backend for Pending {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut content = content.peekable();
        if content.peek().is_none() {
            return Ok(());
        }
        self.touched = true;
        CrosstermBackend::new(&mut self.bytes).draw(content)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.cursor = None;
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.cursor = Some(self.cursor.unwrap_or(Position::ORIGIN));
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.cursor.unwrap_or(Position::ORIGIN))
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.cursor = Some(position.into());
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.touched = true;
        queue!(
            self.bytes,
            Clear(match clear_type {
                ClearType::All => crossterm::terminal::ClearType::All,
                ClearType::AfterCursor => crossterm::terminal::ClearType::FromCursorDown,
                ClearType::BeforeCursor => crossterm::terminal::ClearType::FromCursorUp,
                ClearType::CurrentLine => crossterm::terminal::ClearType::CurrentLine,
                ClearType::UntilNewLine => crossterm::terminal::ClearType::UntilNewLine,
            })
        )
    }

    fn size(&self) -> io::Result<Size> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.size, pixels: Size::default() })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(canvas: &mut Canvas, text: &str, cursor: Option<Position>) -> String {
        let mut bytes = Vec::new();
        let view = |frame: &mut Frame<'_>| {
            frame.render_widget(text, frame.area());
            if let Some(position) = cursor {
                frame.set_cursor_position(position);
            }
        };
        canvas.draw(view, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_frame_that_changes_nothing_sends_nothing() {
        let mut canvas = Canvas::new(Size::new(10, 2)).unwrap();
        assert!(drawn(&mut canvas, "lag 20 ms", None).contains("lag"));
        assert_eq!(drawn(&mut canvas, "lag 20 ms", None), "");
        let changed = drawn(&mut canvas, "lag 21 ms", None);
        assert!(changed.contains('1') && !changed.contains("lag"), "{changed:?}");
        assert!(changed.starts_with("\x1b[?2026h") && changed.ends_with("\x1b[?2026l"), "{changed:?}");
    }

    #[test]
    fn a_cursor_is_placed_once_and_again_after_cells() {
        let mut canvas = Canvas::new(Size::new(10, 2)).unwrap();
        let at = Some(Position::new(3, 0));
        assert!(drawn(&mut canvas, "ab", at).contains("\x1b[1;4H\x1b[?25h"));
        assert_eq!(drawn(&mut canvas, "ab", at), "");
        assert!(drawn(&mut canvas, "ac", at).contains("\x1b[1;4H\x1b[?25h"));
        assert!(drawn(&mut canvas, "ac", None).contains("\x1b[?25l"));
        assert_eq!(drawn(&mut canvas, "ac", None), "");
    }

    #[test]
    fn after_forgetting_everything_is_sent_again() {
        let mut canvas = Canvas::new(Size::new(10, 2)).unwrap();
        drawn(&mut canvas, "lag", None);
        canvas.forget().unwrap();
        let again = drawn(&mut canvas, "lag", None);
        assert!(again.contains("\x1b[2J") && again.contains("lag"), "{again:?}");
    }

    #[test]
    fn a_new_size_is_drawn_whole() {
        let mut canvas = Canvas::new(Size::new(10, 2)).unwrap();
        drawn(&mut canvas, "lag", None);
        canvas.resize(Size::new(1, 1));
        assert!(drawn(&mut canvas, "lag", None).contains('l'));
        canvas.resize(Size::new(0, 0));
        drawn(&mut canvas, "lag", None);
    }
}
