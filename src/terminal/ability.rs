//! What the terminal can show, by what its environment says. Asks the terminal nothing.

use std::time::Duration;

use lifeboat_tui::alert::Means;
use lifeboat_tui::osc52::Passage;
use lifeboat_tui::theme::ColourDepth;
use supports_color::Stream;

use super::background::{self, Background};
use crate::config::Notices;

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
    /// The program whose window it is, as far as it says so.
    pub(crate) terminal: Option<String>,
    /// Built on VTE, as GNOME's terminal and its kin.
    pub(crate) vte: bool,
    /// For the tests of what happens when something panics; a release build does not listen.
    pub(crate) provoke_panic: Option<Provoked>,
    /// For the test of access that lapses: sooner than it does, in a debug build alone.
    pub(crate) access_lasts: Option<Duration>,
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
        Self {
            term,
            colorfgbg: get("COLORFGBG"),
            passage,
            terminal: get("TERM_PROGRAM").or_else(|| get("KITTY_WINDOW_ID").map(|_| "kitty".to_owned())),
            vte: get("VTE_VERSION").is_some(),
            provoke_panic: get("LIFEBOAT_PROVOKE_PANIC")
                .map(|text| if text == "run" { Provoked::MidRun } else { Provoked::FirstAnswer }),
            access_lasts: get("LIFEBOAT_ACCESS_LASTS_S")
                .filter(|_| cfg!(debug_assertions))
                .and_then(|seconds| seconds.parse().ok())
                .map(Duration::from_secs),
        }
    }

    /// By which means a notice on the desktop is asked for: by the one that this terminal is known to understand, else by
    /// both, since a terminal passes over what it does not know. Consoles of the kernel have no desktop and may take the
    /// sequence for a palette's.
    pub(crate) fn notices(&self, wanted: Notices) -> Means {
        let bell = matches!(wanted, Notices::All | Notices::Bell);
        let desktop = matches!(wanted, Notices::All | Notices::Desktop);
        let term = self.term.as_deref().unwrap_or_default();
        let has_desktop = desktop && !matches!(term, "linux" | "dumb" | "") && !term.starts_with("vt");
        let nine = matches!(self.terminal.as_deref(), Some("iTerm.app" | "WezTerm" | "kitty" | "ghostty"));
        let seven = self.vte || term.starts_with("foot") || term.starts_with("rxvt");
        Means { bell, osc_9: has_desktop && (nine || !seven), osc_777: has_desktop && (seven || !nine) }
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
    fn a_terminal_is_called_in_the_language_it_knows() {
        let on = |term: &str, terminal: Option<&str>| Surroundings {
            term: Some(term.to_owned()),
            terminal: terminal.map(str::to_owned),
            ..Surroundings::default()
        };
        let means = |bell, osc_9, osc_777| Means { bell, osc_9, osc_777 };
        assert_eq!(on("xterm-256color", Some("iTerm.app")).notices(Notices::All), means(true, true, false));
        assert_eq!(on("foot", None).notices(Notices::All), means(true, false, true));
        assert_eq!(on("tmux-256color", Some("tmux")).notices(Notices::Desktop), means(false, true, true));
        assert_eq!(on("linux", None).notices(Notices::All), means(true, false, false));
        assert_eq!(on("xterm", None).notices(Notices::Bell), means(true, false, false));
        assert_eq!(on("xterm", None).notices(Notices::None), means(false, false, false));
    }

    #[test]
    fn only_terminals_that_answer_are_asked() {
        let on = |term: &str, passage| Surroundings { term: Some(term.to_owned()), passage, ..Surroundings::default() };
        assert!(on("xterm-256color", Passage::Direct).background_can_be_asked());
        assert!(on("tmux-256color", Passage::Tmux).background_can_be_asked());
        assert!(!on("screen", Passage::Screen).background_can_be_asked());
        assert!(!on("linux", Passage::Direct).background_can_be_asked());
        assert!(!Surroundings::default().background_can_be_asked());
    }
}
