//! Colours as themes write them, their nearest xterm index, and WCAG's contrast between two of them.

use ratatui::style::Color;
use serde::{Deserialize, Serialize};

/// For hints: how a colour can be written.
pub const FORMS: &str = "write `#rrggbb`, `default`, or a terminal colour such as `red` or `bright-blue`";

/// The sixteen names, in the order of the ANSI codes.
const ANSI: [(&str, Color); 16] = [
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("white", Color::Gray),
    ("bright-black", Color::DarkGray),
    ("bright-red", Color::LightRed),
    ("bright-green", Color::LightGreen),
    ("bright-yellow", Color::LightYellow),
    ("bright-blue", Color::LightBlue),
    ("bright-magenta", Color::LightMagenta),
    ("bright-cyan", Color::LightCyan),
    ("bright-white", Color::White),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Colour {
    /// The terminal's own foreground or background.
    Default,
    /// One of the sixteen, by ANSI code.
    Ansi(u8),
    Rgb(u8, u8, u8),
}

impl Colour {
    pub fn parse(text: &str) -> Option<Self> {
        if text == "default" {
            return Some(Self::Default);
        }
        if let Some(digits) = text.strip_prefix('#') {
            let number =
                u32::from_str_radix(digits, 16).ok().filter(|_| digits.len() == 6 && !digits.starts_with('+'))?;
            let [_, red, green, blue] = number.to_be_bytes();
            return Some(Self::Rgb(red, green, blue));
        }
        (0u8..).zip(ANSI).find(|(_, (name, _))| *name == text).map(|(code, _)| Self::Ansi(code))
    }

    pub(super) fn is_rgb(self) -> bool {
        matches!(self, Self::Rgb(..))
    }

    pub(super) fn exact(self) -> Color {
        match self {
            Self::Default => Color::Reset,
            Self::Ansi(code) => ANSI.get(usize::from(code)).map_or(Color::Reset, |(_, colour)| *colour),
            Self::Rgb(red, green, blue) => Color::Rgb(red, green, blue),
        }
    }

    /// The nearest of xterm's 240 fixed colours.
    pub(super) fn indexed(self) -> Color {
        let Self::Rgb(red, green, blue) = self else { return self.exact() };
        Color::Indexed((16..=255).min_by_key(|index| distance(*index, (red, green, blue))).unwrap_or(16))
    }

    /// The nearest of them that can be read on `bg` as it is shown: what is just readable may not be after both colours
    /// were moved.
    pub(super) fn indexed_on(self, bg: Self) -> Color {
        let nearest = self.indexed();
        let (Self::Rgb(red, green, blue), Color::Indexed(fg), Color::Indexed(ground)) = (self, nearest, bg.indexed())
        else {
            return nearest;
        };
        let needed = READABLE.min(contrast(self, bg).unwrap_or_default());
        let on_ground = |index: u8| contrast(rgb(index), rgb(ground)).unwrap_or_default();
        if on_ground(fg) >= needed {
            return nearest;
        }
        let readable = (16..=255).filter(|index| on_ground(*index) >= needed);
        readable.min_by_key(|index| distance(*index, (red, green, blue))).map_or(nearest, Color::Indexed)
    }
}

/// What WCAG asks of a text, level AA.
const READABLE: f64 = 4.5;

fn distance(index: u8, (red, green, blue): (u8, u8, u8)) -> u32 {
    let (r, g, b) = fixed(index);
    [(r, red), (g, green), (b, blue)].iter().map(|(a, b)| u32::from(a.abs_diff(*b)).pow(2)).sum()
}

fn rgb(index: u8) -> Colour {
    let (red, green, blue) = fixed(index);
    Colour::Rgb(red, green, blue)
}

/// What xterm's colour `index` (16 and above) looks like: a 6 × 6 × 6 cube, then 24 greys.
fn fixed(index: u8) -> (u8, u8, u8) {
    if index >= 232 {
        let grey = 8 + (index - 232) * 10;
        return (grey, grey, grey);
    }
    let level = |step: u8| if step == 0 { 0 } else { 55 + step * 40 };
    let cube = index.saturating_sub(16);
    (level(cube / 36), level(cube / 6 % 6), level(cube % 6))
}

/// WCAG 2's contrast ratio, 1 to 21; `None` where a colour is the terminal's own affair.
pub fn contrast(one: Colour, other: Colour) -> Option<f64> {
    let (a, b) = (luminance(one)?, luminance(other)?);
    Some((a.max(b) + 0.05) / (a.min(b) + 0.05))
}

fn luminance(colour: Colour) -> Option<f64> {
    let Colour::Rgb(red, green, blue) = colour else { return None };
    let linear = |channel: u8| {
        let share = f64::from(channel) / 255.0;
        if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    Some(0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_as_wcag_defines_it() {
        let (black, white) = (Colour::Rgb(0, 0, 0), Colour::Rgb(255, 255, 255));
        assert!((contrast(black, white).unwrap() - 21.0).abs() < 1e-9);
        assert!((contrast(white, white).unwrap() - 1.0).abs() < 1e-9);
        assert!((contrast(Colour::Rgb(0x76, 0x76, 0x76), white).unwrap() - 4.54).abs() < 0.01);
        assert_eq!(contrast(Colour::Default, white), None);
    }

    #[test]
    fn colours_parse_in_each_form_and_in_no_other() {
        assert_eq!(Colour::parse("#102030"), Some(Colour::Rgb(16, 32, 48)));
        assert_eq!(Colour::parse("bright-white"), Some(Colour::Ansi(15)));
        assert_eq!(Colour::parse("default"), Some(Colour::Default));
        for bad in ["#12345", "#+12345", "#gggggg", "ruby", "", "#1234567"] {
            assert_eq!(Colour::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_cubes_own_colours_map_to_themselves() {
        for index in 16..=255u8 {
            let (red, green, blue) = fixed(index);
            let Color::Indexed(found) = Colour::Rgb(red, green, blue).indexed() else { panic!("not indexed") };
            assert_eq!(fixed(found), (red, green, blue));
        }
    }
}
