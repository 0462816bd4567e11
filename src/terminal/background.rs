//! Whether the terminal is light or dark, found without waiting: the question goes out with the first
//! frame, and the answer is picked out of the keys whenever it comes, even over a slow link, or never.

use lifeboat_tui::{Key, KeyCode};

/// Asks for the background colour (OSC 11).
pub(crate) const QUESTION: &[u8] = b"\x1b]11;?\x1b\\";

/// An answer is at most `11;rgba:hhhh/hhhh/hhhh/hhhh` and its end.
const LONGEST_ANSWER: usize = 40;

/// Which of the two kinds of theme is readable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Background {
    Dark,
    Light,
}

/// What a key turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Typed by a person, with whatever was held back before it.
    Typed(Vec<Key>),
    /// It may be part of an answer: more is needed to tell.
    Listening,
    Answer(Background),
}

/// Picks the answer out of the keys. Terminal libraries read `ESC ] 1 1 ; …` as alt+`]` and then plain characters.
#[derive(Debug)]
pub(crate) struct Listener {
    expecting: bool,
    held: Vec<Key>,
}

impl Listener {
    pub(crate) fn new(expecting: bool) -> Self {
        Self { expecting, held: Vec::new() }
    }

    /// Whether something is being held back.
    pub(crate) fn is_listening(&self) -> bool {
        !self.held.is_empty()
    }

    /// Nothing more came: what was held back was typed.
    pub(crate) fn give_up(&mut self) -> Vec<Key> {
        std::mem::take(&mut self.held)
    }

    pub(crate) fn hear(&mut self, key: Key) -> Verdict {
        if self.held.is_empty() {
            if self.expecting && key == alt(']') {
                self.held.push(key);
                return Verdict::Listening;
            }
            return Verdict::Typed(vec![key]);
        }
        self.held.push(key);
        if key == alt('\\') || key == Key::ctrl('g') {
            let text: String = self.held.iter().filter_map(|key| key.text()).collect();
            // One question, one answer; after it alt+`]` is a key again.
            self.expecting = false;
            let held = std::mem::take(&mut self.held);
            return parse(&text).map_or(Verdict::Typed(held), Verdict::Answer);
        }
        let possible = key.text().is_some_and(|letter| letter.is_ascii_alphanumeric() || ";:/".contains(letter));
        if possible && self.held.len() <= LONGEST_ANSWER {
            return Verdict::Listening;
        }
        Verdict::Typed(std::mem::take(&mut self.held))
    }
}

fn alt(letter: char) -> Key {
    Key::new(KeyCode::Char(letter), lifeboat_tui::Modifiers { alt: true, ..lifeboat_tui::Modifiers::default() })
}

/// `11;rgb:ffff/ffff/ffff`, with one to four hexadecimal digits a part, and perhaps a fourth part.
fn parse(text: &str) -> Option<Background> {
    let color = text.strip_prefix("11;")?;
    let parts = color.strip_prefix("rgb:").or_else(|| color.strip_prefix("rgba:"))?;
    let mut shares = parts.split('/').map(share);
    let (red, green, blue) = (shares.next()??, shares.next()??, shares.next()??);
    Some(if is_light(red, green, blue) { Background::Light } else { Background::Dark })
}

/// From 0 to 1.
fn share(digits: &str) -> Option<f64> {
    if digits.is_empty() || digits.len() > 4 {
        return None;
    }
    let value = u16::from_str_radix(digits, 16).ok()?;
    let most = 16_u32.pow(u32::try_from(digits.len()).ok()?) - 1;
    Some(f64::from(value) / f64::from(most))
}

/// Perceived brightness (Rec. 601): green counts most.
fn is_light(red: f64, green: f64, blue: f64) -> bool {
    0.299 * red + 0.587 * green + 0.114 * blue > 0.5
}

/// What `COLORFGBG` says (`15;0`: foreground; background), which some terminals set and which costs no question.
pub(crate) fn from_environment(colorfgbg: &str) -> Option<Background> {
    let background: u8 = colorfgbg.rsplit(';').next()?.parse().ok()?;
    match background {
        7 | 9..=15 => Some(Background::Light),
        0..=6 | 8 => Some(Background::Dark),
        16.. => None,
    }
}

/// Whether the terminal can be asked: these print the question instead of answering it.
pub(crate) fn can_be_asked(term: &str) -> bool {
    !matches!(term, "" | "linux" | "dumb" | "cons25" | "emacs") && !term.starts_with("vt")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the terminal library makes of an answer.
    fn answer(text: &str, end: Key) -> Vec<Key> {
        let mut keys = vec![alt(']')];
        keys.extend(text.chars().map(Key::char));
        keys.push(end);
        keys
    }

    fn hear(listener: &mut Listener, keys: &[Key]) -> Vec<Verdict> {
        keys.iter().map(|key| listener.hear(*key)).filter(|verdict| *verdict != Verdict::Listening).collect()
    }

    #[test]
    fn an_answer_is_taken_out_of_the_keys() {
        for (text, end, expected) in [
            ("11;rgb:0000/0000/0000", alt('\\'), Background::Dark),
            ("11;rgb:ffff/ffff/ffff", Key::ctrl('g'), Background::Light),
            ("11;rgb:fd/f6/e3", alt('\\'), Background::Light),
            ("11;rgba:1e1e/1e1e/2e2e/ffff", alt('\\'), Background::Dark),
        ] {
            let mut listener = Listener::new(true);
            let mut keys = vec![Key::char('j')];
            keys.extend(answer(text, end));
            keys.push(Key::char('k'));
            let expected =
                [Verdict::Typed(vec![Key::char('j')]), Verdict::Answer(expected), Verdict::Typed(vec![Key::char('k')])];
            assert_eq!(hear(&mut listener, &keys), expected, "{text}");
        }
    }

    #[test]
    fn typing_is_never_lost() {
        let mut listener = Listener::new(true);
        let keys = [alt(']'), Key::char('q'), Key::plain(KeyCode::Enter)];
        assert_eq!(hear(&mut listener, &keys), [Verdict::Typed(keys.to_vec())]);
        assert_eq!(listener.hear(alt(']')), Verdict::Listening);
        assert_eq!(listener.give_up(), [alt(']')]);
    }

    #[test]
    fn nothing_is_held_back_when_nothing_was_asked() {
        let mut listener = Listener::new(false);
        assert_eq!(listener.hear(alt(']')), Verdict::Typed(vec![alt(']')]));
    }

    #[test]
    fn an_endless_answer_is_given_up() {
        let mut listener = Listener::new(true);
        let keys = answer(&"1".repeat(100), alt('\\'));
        let heard: usize = hear(&mut listener, &keys)
            .into_iter()
            .map(|verdict| match verdict {
                Verdict::Typed(keys) => keys.len(),
                Verdict::Listening | Verdict::Answer(_) => 0,
            })
            .sum();
        assert_eq!(heard, keys.len());
    }

    #[test]
    fn the_environment_may_know_already() {
        assert_eq!(from_environment("15;0"), Some(Background::Dark));
        assert_eq!(from_environment("0;default;15"), Some(Background::Light));
        assert_eq!(from_environment("0;default"), None);
        assert_eq!(from_environment(""), None);
    }
}
