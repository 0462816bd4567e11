//! What arrives from the terminal: a thread of its own reads and translates; the session only receives.
//! The terminal library's event types are named nowhere else.

use std::io::{self, BufRead as _};
use std::time::Duration;

use crossterm::event::{Event, KeyCode as Code, KeyEvent, KeyEventKind, KeyModifiers};
use lifeboat_tui::{Key, KeyCode, Modifiers};
use tokio::sync::mpsc;

use super::background::{Background, Listener, Verdict};

/// A held key repeats some thirty times a second and a paste is one event: this is more than a session can be behind
/// by without being stopped, and then the terminal's own buffer takes over.
const CAPACITY: usize = 256;

/// More than a name, an ARN or a filter ever is; the rest of a mistaken paste is dropped.
const PASTE_LIMIT_CHARS: usize = 4096;

/// How long an answer about the background, once begun, may pause before it is taken for typing.
const ANSWER_PAUSE: Duration = Duration::from_millis(250);

/// One thing that happened at the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    Key(Key),
    /// A whole line, from somebody who is told the console as lines.
    Line(String),
    Paste(String),
    Resized {
        width: u16,
        height: u16,
    },
    Background(Background),
}

/// Starts reading. The thread lives as long as the process: it cannot be woken from a read, and need not be.
pub(crate) fn start(expect_background: bool) -> io::Result<mpsc::Receiver<Input>> {
    let (send, receive) = mpsc::channel(CAPACITY);
    std::thread::Builder::new().name("terminal-input".to_owned()).spawn(move || {
        let mut listener = Listener::new(expect_background);
        loop {
            let inputs = match next_event(listener.is_listening()) {
                Ok(Some(event)) => translate(event, &mut listener),
                // Silence in the middle of an answer: it was typing after all.
                Ok(None) => listener.give_up().into_iter().map(Input::Key).collect(),
                // The terminal is gone; the writer and SIGHUP tell the session.
                Err(error) => {
                    tracing::debug!(%error, "the terminal cannot be read any more");
                    return;
                }
            };
            for input in inputs {
                if send.blocking_send(input).is_err() {
                    return;
                }
            }
        }
    })?;
    Ok(receive)
}

/// Starts reading lines from standard input, whatever it is. It ends when there are no more.
pub(crate) fn start_lines() -> io::Result<mpsc::Receiver<Input>> {
    let (send, receive) = mpsc::channel(CAPACITY);
    std::thread::Builder::new().name("terminal-input".to_owned()).spawn(move || {
        let mut input = io::stdin().lock();
        let mut bytes = Vec::new();
        loop {
            bytes.clear();
            match input.read_until(b'\n', &mut bytes) {
                Ok(0) => return,
                Ok(_) => {
                    let line: String = String::from_utf8_lossy(&bytes).chars().take(PASTE_LIMIT_CHARS).collect();
                    if send.blocking_send(Input::Line(line.trim_end().to_owned())).is_err() {
                        return;
                    }
                }
                Err(error) => {
                    tracing::debug!(%error, "no more lines can be read");
                    return;
                }
            }
        }
    })?;
    Ok(receive)
}

fn next_event(in_answer: bool) -> io::Result<Option<Event>> {
    if in_answer && !crossterm::event::poll(ANSWER_PAUSE)? {
        return Ok(None);
    }
    crossterm::event::read().map(Some)
}

fn translate(event: Event, listener: &mut Listener) -> Vec<Input> {
    match event {
        Event::Key(press) => match key(press) {
            None => Vec::new(),
            Some(key) => match listener.hear(key) {
                Verdict::Typed(keys) => keys.into_iter().map(Input::Key).collect(),
                Verdict::Listening => Vec::new(),
                Verdict::Answer(background) => vec![Input::Background(background)],
            },
        },
        Event::Paste(text) => vec![Input::Paste(text.chars().take(PASTE_LIMIT_CHARS).collect())],
        Event::Resize(width, height) => vec![Input::Resized { width, height }],
        Event::FocusGained | Event::FocusLost | Event::Mouse(_) => Vec::new(),
    }
}

/// `None` for what no binding can name: modifiers alone, media keys, releases.
fn key(event: KeyEvent) -> Option<Key> {
    if event.kind == KeyEventKind::Release {
        return None;
    }
    let (code, tabbed_back) = match event.code {
        Code::Char(letter) => (KeyCode::Char(letter), false),
        Code::Enter => (KeyCode::Enter, false),
        Code::Esc => (KeyCode::Escape, false),
        Code::Tab => (KeyCode::Tab, false),
        Code::BackTab => (KeyCode::Tab, true),
        Code::Backspace => (KeyCode::Backspace, false),
        Code::Delete => (KeyCode::Delete, false),
        Code::Insert => (KeyCode::Insert, false),
        Code::Up => (KeyCode::Up, false),
        Code::Down => (KeyCode::Down, false),
        Code::Left => (KeyCode::Left, false),
        Code::Right => (KeyCode::Right, false),
        Code::Home => (KeyCode::Home, false),
        Code::End => (KeyCode::End, false),
        Code::PageUp => (KeyCode::PageUp, false),
        Code::PageDown => (KeyCode::PageDown, false),
        Code::F(number) => (KeyCode::Function(number), false),
        Code::Null
        | Code::CapsLock
        | Code::ScrollLock
        | Code::NumLock
        | Code::PrintScreen
        | Code::Pause
        | Code::Menu
        | Code::KeypadBegin
        | Code::Media(_)
        | Code::Modifier(_) => return None,
    };
    let modifiers = Modifiers {
        ctrl: event.modifiers.contains(KeyModifiers::CONTROL),
        alt: event.modifiers.contains(KeyModifiers::ALT),
        shift: tabbed_back || event.modifiers.contains(KeyModifiers::SHIFT),
    };
    Some(Key::new(code, modifiers))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(event: Event) -> Vec<Input> {
        translate(event, &mut Listener::new(false))
    }

    #[test]
    fn keys_arrive_as_bindings_name_them() {
        for (code, modifiers, expected) in [
            (Code::Char('j'), KeyModifiers::NONE, "j"),
            (Code::Char('G'), KeyModifiers::SHIFT, "G"),
            (Code::Char('c'), KeyModifiers::CONTROL, "ctrl+c"),
            (Code::BackTab, KeyModifiers::SHIFT, "shift+tab"),
            (Code::BackTab, KeyModifiers::NONE, "shift+tab"),
            (Code::F(5), KeyModifiers::NONE, "f5"),
            (Code::Char('x'), KeyModifiers::ALT, "alt+x"),
        ] {
            let event = Event::Key(KeyEvent::new(code, modifiers));
            assert_eq!(heard(event), [Input::Key(expected.parse().unwrap())], "{expected}");
        }
    }

    #[test]
    fn a_release_is_not_a_second_press() {
        let release = KeyEvent::new_with_kind(Code::Enter, KeyModifiers::NONE, KeyEventKind::Release);
        assert_eq!(heard(Event::Key(release)), []);
    }

    #[test]
    fn a_paste_is_one_event_and_bounded() {
        let text = "é".repeat(PASTE_LIMIT_CHARS + 100);
        assert_eq!(heard(Event::Paste(text)), [Input::Paste("é".repeat(PASTE_LIMIT_CHARS))]);
    }
}
