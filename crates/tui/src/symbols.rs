//! The signs that stand beside words, in Unicode and in plain ASCII. Each state has one, so that nothing rests on
//! colour; the widths are equal in both sets.

use lifeboat_model::assessment::Health;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SymbolSet {
    #[default]
    Unicode,
    Ascii,
}

/// What a line over time is drawn with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    /// Two points across and four up in each cell.
    Braille,
    /// One point a cell: in a single row by height, over several rows as a point on its stem.
    Letters { levels: [&'static str; 4], point: &'static str, stem: &'static str },
}

impl Curve {
    /// Points side by side in one cell.
    pub(crate) fn across(self) -> usize {
        match self {
            Self::Braille => 2,
            Self::Letters { .. } => 1,
        }
    }

    /// Points one above the other in one cell.
    pub(crate) fn up(self) -> usize {
        match self {
            Self::Braille => 4,
            Self::Letters { .. } => 1,
        }
    }
}

/// One set of signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Symbols {
    pub ok: &'static str,
    pub caution: &'static str,
    pub danger: &'static str,
    pub unknown: &'static str,
    pub selected: &'static str,
    pub arrow: &'static str,
    /// Between a place and what is in it.
    pub inside: &'static str,
    pub dot: &'static str,
    pub times: &'static str,
    pub dash: &'static str,
    /// At the cut of a shortened text.
    pub cut: &'static str,
    pub rising: &'static str,
    pub falling: &'static str,
    pub level: &'static str,
    /// Horizontal lines when the world is real and when it is a rehearsal.
    pub live_rule: &'static str,
    pub simulated_rule: &'static str,
    pub vertical: &'static str,
    pub curve: Curve,
    /// A stretch without data.
    pub gap: &'static str,
    /// Above the objective.
    pub over: &'static str,
    pub threshold: &'static str,
    pub cursor: &'static str,
    /// What is used up of something, and what is left of it.
    pub used: &'static str,
    pub left: &'static str,
}

const UNICODE: Symbols = Symbols {
    ok: "✔",
    caution: "▲",
    danger: "✖",
    unknown: "?",
    selected: "▸",
    arrow: "→",
    inside: "›",
    dot: "·",
    times: "×",
    dash: "–",
    cut: "…",
    rising: "↗",
    falling: "↘",
    level: "→",
    live_rule: "━",
    simulated_rule: "╌",
    vertical: "│",
    curve: Curve::Braille,
    gap: "·",
    over: "!",
    threshold: "┄",
    cursor: "█",
    used: "█",
    left: "░",
};

const ASCII: Symbols = Symbols {
    ok: "+",
    caution: "!",
    danger: "x",
    unknown: "?",
    selected: ">",
    arrow: ">",
    inside: ">",
    dot: "-",
    times: "x",
    dash: "-",
    cut: "~",
    rising: "/",
    falling: "\\",
    level: "=",
    live_rule: "=",
    simulated_rule: "-",
    vertical: "|",
    curve: Curve::Letters { levels: ["_", ".", "-", "'"], point: "*", stem: "|" },
    gap: ".",
    over: "!",
    threshold: "-",
    cursor: "_",
    used: "#",
    left: ".",
};

impl SymbolSet {
    pub fn symbols(self) -> &'static Symbols {
        match self {
            Self::Unicode => &UNICODE,
            Self::Ascii => &ASCII,
        }
    }

    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Unicode => Self::Ascii,
            Self::Ascii => Self::Unicode,
        }
    }

    /// Replaces what a plain terminal cannot draw. Sentences come from the rules and names from AWS, so it is done to
    /// the finished frame, where nothing can slip past.
    pub(crate) fn confine(self, area: Rect, buffer: &mut Buffer) {
        if self == Self::Unicode {
            return;
        }
        for position in area.intersection(*buffer.area()).positions() {
            if let Some(cell) = buffer.cell_mut(position)
                && !cell.symbol().is_ascii()
            {
                let plain = plain(cell.symbol());
                cell.set_symbol(plain);
            }
        }
    }

    /// The same for a text.
    pub fn confined(self, text: &str) -> String {
        let mut letter = [0; 4];
        let confine = |one: char| match self {
            Self::Ascii if !one.is_ascii() => plain(one.encode_utf8(&mut letter)).to_owned(),
            Self::Ascii | Self::Unicode => one.to_string(),
        };
        text.chars().map(confine).collect()
    }
}

/// The nearest single ASCII character.
fn plain(symbol: &str) -> &'static str {
    match symbol {
        "→" | "▸" | "›" | "≥" => ">",
        "←" | "‹" | "≤" => "<",
        "×" | "✖" => "x",
        "–" | "—" | "−" | "‐" => "-",
        "…" | "≈" => "~",
        "·" | "•" => ".",
        "’" | "‘" | "′" => "'",
        "“" | "”" | "″" => "\"",
        "µ" => "u",
        "\u{a0}" | "\u{202f}" => " ",
        "✔" => "+",
        "▲" => "!",
        "" => "",
        _ => "?",
    }
}

impl Symbols {
    pub fn health(&self, health: Health) -> &'static str {
        match health {
            Health::Healthy => self.ok,
            Health::Unknown => self.unknown,
            Health::Degraded => self.caution,
            Health::Down => self.danger,
        }
    }
}
