//! What the terminal can show, by what its environment says. Asks the terminal nothing.

use lifeboat_tui::osc52::Passage;
use lifeboat_tui::theme::ColourDepth;
use supports_color::Stream;

use super::background::{self, Background};

/// Where a panic is provoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Provoked {
    /// When the first answer has been taken in.
    FirstAnswer,
    /// When a run that is executed here has sent its first call.
    MidRun,
}

/// The part of the environment that describes the terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Surroundings {
    pub(crate) term: Option<String>,
    pub(crate) colorfgbg: Option<String>,
    /// What stands between the program and the terminal.
    pub(crate) passage: Passage,
    /// For the tests of what happens when something panics; a release build does not listen.
    pub(crate) provoke_panic: Option<Provoked>,
}

impl Surroundings {
    #[expect(clippy::disallowed_methods, reason = "a terminal says what it is only in the environment")]
    pub(crate) fn read() -> Self {
        let get = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let term = get("TERM");
        let passage = match (get("TMUX"), get("STY")) {
            (Some(_), _) => Passage::Tmux,
            (None, Some(_)) => Passage::Screen,
            (None, None) => Passage::Direct,
        };
        let provoke_panic = get("LIFEBOAT_PROVOKE_PANIC")
            .map(|text| if text == "run" { Provoked::MidRun } else { Provoked::FirstAnswer });
        Self { term, colorfgbg: get("COLORFGBG"), passage, provoke_panic }
    }

    /// Light or dark, when the environment says so.
    pub(crate) fn background(&self) -> Option<Background> {
        self.colorfgbg.as_deref().and_then(background::from_environment)
    }

    /// Whether asking the terminal for its background is safe. GNU screen passes the question on and mangles the answer.
    pub(crate) fn background_can_be_asked(&self) -> bool {
        self.passage != Passage::Screen && background::can_be_asked(self.term.as_deref().unwrap_or_default())
    }
}

/// How many colours there are, `NO_COLOR` and `--no-color` included.
pub(crate) fn color_depth(no_color: bool) -> ColourDepth {
    if no_color {
        return ColourDepth::None;
    }
    match supports_color::on(Stream::Stdout) {
        None => ColourDepth::None,
        Some(level) if level.has_16m => ColourDepth::Rgb,
        Some(level) if level.has_256 => ColourDepth::Indexed,
        Some(_) => ColourDepth::Sixteen,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_terminals_that_answer_are_asked() {
        let on = |term: &str, passage| Surroundings {
            term: Some(term.to_owned()),
            colorfgbg: None,
            passage,
            provoke_panic: None,
        };
        assert!(on("xterm-256color", Passage::Direct).background_can_be_asked());
        assert!(on("tmux-256color", Passage::Tmux).background_can_be_asked());
        assert!(!on("screen", Passage::Screen).background_can_be_asked());
        assert!(!on("linux", Passage::Direct).background_can_be_asked());
        assert!(!Surroundings::default().background_can_be_asked());
    }
}
