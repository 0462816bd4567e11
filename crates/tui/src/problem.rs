//! A mistake in a file of the user's: where it is, what it is, and what to write instead.

use std::fmt;
use std::ops::Range;

/// One mistake. The caller knows the file's name and puts it before this.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// From 1.
    pub line: usize,
    pub what: String,
    pub fix: String,
}

impl Problem {
    pub(crate) fn at(source: &str, span: &Range<usize>, what: impl Into<String>, fix: impl Into<String>) -> Self {
        let before = source.get(..span.start).unwrap_or(source);
        Self { line: before.matches('\n').count() + 1, what: what.into(), fix: fix.into() }
    }

    /// The text is no TOML at all.
    pub(crate) fn syntax(source: &str, error: &toml::de::Error) -> Self {
        let span = error.span().unwrap_or_default();
        Self::at(source, &span, error.message().lines().next().unwrap_or("not TOML"), "correct the TOML on this line")
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}\n  hint: {}", self.line, self.what, self.fix)
    }
}

impl std::error::Error for Problem {}

/// The entry of `known` that was probably meant, if any looks like it.
pub(crate) fn nearest<'a>(text: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = |candidate: &str| strsim::jaro_winkler(text, candidate);
    known.max_by(|a, b| likeness(a).total_cmp(&likeness(b))).filter(|best| likeness(best) > 0.7)
}
