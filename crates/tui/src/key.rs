//! A key press in our own words, so that sessions can be written down and replayed anywhere.
//! The terminal library's own key type is named only where bytes are read, in the program.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum KeyCode {
    /// A character as typed: shift is already in it.
    Char(char),
    Enter,
    Escape,
    Tab,
    Backspace,
    Delete,
    Insert,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
    Function(u8),
}

/// Which modifiers are held. Three independent facts, so three flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Modifiers {
    pub ctrl: bool,
    pub alt: bool,
    /// Only beside a key that is no character: shift+tab.
    pub shift: bool,
}

/// One key press. Prints and parses as `j`, `G`, `ctrl+r`, `shift+tab`, `f5`; in tapes it is kept by its parts, because a
/// terminal may send what has no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    pub code: KeyCode,
    pub modifiers: Modifiers,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a key: {reason}")]
pub struct KeyError {
    pub text: String,
    pub reason: &'static str,
}

/// The named keys, in the one spelling that is printed.
const NAMED: &[(&str, KeyCode)] = &[
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Escape),
    ("tab", KeyCode::Tab),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
    ("space", KeyCode::Char(' ')),
    ("plus", KeyCode::Char('+')),
];

impl Key {
    /// The key in the form that bindings compare: a character carries its own shift, control makes letters lower case.
    pub fn new(code: KeyCode, modifiers: Modifiers) -> Self {
        let KeyCode::Char(letter) = code else { return Self { code, modifiers } };
        let typed = match (modifiers.ctrl, modifiers.shift) {
            (true, _) => letter.to_ascii_lowercase(),
            (false, true) => letter.to_ascii_uppercase(),
            (false, false) => letter,
        };
        Self { code: KeyCode::Char(typed), modifiers: Modifiers { shift: false, ..modifiers } }
    }

    pub fn plain(code: KeyCode) -> Self {
        Self::new(code, Modifiers::default())
    }

    pub fn char(letter: char) -> Self {
        Self::plain(KeyCode::Char(letter))
    }

    pub fn ctrl(letter: char) -> Self {
        Self::new(KeyCode::Char(letter), Modifiers { ctrl: true, ..Modifiers::default() })
    }

    /// The character that this key puts into a text, if it is one.
    pub fn text(self) -> Option<char> {
        let KeyCode::Char(letter) = self.code else { return None };
        (!self.modifiers.ctrl && !self.modifiers.alt && !letter.is_control()).then_some(letter)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Modifiers { ctrl, alt, shift } = self.modifiers;
        for (held, name) in [(ctrl, "ctrl+"), (alt, "alt+"), (shift, "shift+")] {
            if held {
                f.write_str(name)?;
            }
        }
        if let Some((name, _)) = NAMED.iter().find(|(_, code)| *code == self.code) {
            return f.write_str(name);
        }
        if let KeyCode::Char(letter) = self.code {
            write!(f, "{letter}")?;
        }
        if let KeyCode::Function(number) = self.code {
            write!(f, "f{number}")?;
        }
        Ok(())
    }
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let mut modifiers = Modifiers::default();
        let mut rest = text;
        while let Some((name, after)) = rest.split_once('+') {
            match name.to_ascii_lowercase().as_str() {
                "ctrl" => modifiers.ctrl = true,
                "alt" => modifiers.alt = true,
                "shift" => modifiers.shift = true,
                _ => break,
            }
            rest = after;
        }
        let code = parse_code(rest).map_err(|reason| KeyError { text: text.to_owned(), reason })?;
        Ok(Self::new(code, modifiers))
    }
}

fn parse_code(text: &str) -> Result<KeyCode, &'static str> {
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (None, _) => return Err("nothing stands after the modifiers"),
        (Some(letter), None) if letter.is_control() => return Err("control characters have names, such as `enter`"),
        (Some(letter), None) => return Ok(KeyCode::Char(letter)),
        (Some(_), Some(_)) => {}
    }
    let lower = text.to_ascii_lowercase();
    if let Some((_, code)) = NAMED.iter().find(|(name, _)| *name == lower) {
        return Ok(*code);
    }
    match lower.strip_prefix('f').and_then(|number| number.parse::<u8>().ok()) {
        Some(number @ 1..=24) => Ok(KeyCode::Function(number)),
        Some(_) => Err("function keys go from f1 to f24"),
        None => Err(
            "write a character, `enter`, `esc`, `tab`, `up`, `pagedown`, `f5` …, with `ctrl+`, `alt+`, `shift+` before it",
        ),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_print_as_they_are_written() {
        for text in ["j", "G", "ctrl+r", "alt+x", "shift+tab", "enter", "f12", "space", "plus", "ctrl+alt+delete", "/"]
        {
            assert_eq!(text.parse::<Key>().map(|key| key.to_string()), Ok(text.to_owned()));
        }
        assert_eq!("Ctrl+R".parse(), Ok(Key::ctrl('r')));
        assert_eq!("shift+g".parse(), Ok(Key::char('G')));
        assert_eq!("+".parse(), Ok(Key::char('+')));
    }

    #[test]
    fn what_is_no_key_says_why() {
        for text in ["", "ctrl+", "hyper+x", "f99", "entr"] {
            assert!(text.parse::<Key>().is_err(), "{text}");
        }
    }

    #[test]
    fn only_plain_characters_are_text() {
        assert_eq!(Key::char('y').text(), Some('y'));
        assert_eq!(Key::ctrl('y').text(), None);
        assert_eq!(Key::plain(KeyCode::Enter).text(), None);
    }

    fn any_key() -> impl Strategy<Value = Key> {
        let code = prop_oneof![
            any::<char>().prop_filter("printable", |c| !c.is_control()).prop_map(KeyCode::Char),
            (1u8..=24).prop_map(KeyCode::Function),
            proptest::sample::select(NAMED).prop_map(|(_, code)| code),
        ];
        (code, any::<bool>(), any::<bool>(), any::<bool>())
            .prop_map(|(code, ctrl, alt, shift)| Key::new(code, Modifiers { ctrl, alt, shift }))
    }

    proptest! {
        #[test]
        fn every_key_survives_being_written_down(key in any_key()) {
            prop_assert_eq!(key.to_string().parse::<Key>(), Ok(key));
        }
    }
}
