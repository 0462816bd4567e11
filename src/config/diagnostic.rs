//! Mistakes in a configuration: where each is, what stands there, what to write instead. All are
//! gathered in one pass, so that a file is mended once.

#![expect(clippy::format_push_string, reason = "short texts, and `write!` to a string has an error that cannot happen")]

use std::ops::Range;

use unicode_width::UnicodeWidthStr;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    /// The file is not used until it is mended.
    Error,
    /// The file is used, but it will hardly do what was meant.
    Warning,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Diagnostic {
    pub(crate) severity: Severity,
    /// Bytes of the file that are at fault.
    pub(crate) span: Range<usize>,
    pub(crate) message: String,
    pub(crate) fix: Option<String>,
    /// Whether the line holds what must not be shown.
    pub(crate) secret: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Diagnostics {
    list: Vec<Diagnostic>,
    /// Set while parts of the file could not be understood: what seems absent may stand there.
    incomplete: bool,
}

impl Diagnostics {
    pub(crate) fn error(&mut self, span: Range<usize>, message: impl Into<String>, fix: impl Into<Option<String>>) {
        self.push(Severity::Error, span, message.into(), fix.into());
    }

    /// A mistake whose line is not to be shown.
    pub(crate) fn secret(&mut self, span: Range<usize>, message: &str, fix: &str) {
        let (message, fix) = (message.to_owned(), Some(fix.to_owned()));
        self.list.push(Diagnostic { severity: Severity::Error, span, message, fix, secret: true });
    }

    /// Something that should be there and is not.
    pub(crate) fn absent(&mut self, span: Range<usize>, message: impl Into<String>, fix: impl Into<Option<String>>) {
        if !self.incomplete {
            self.error(span, message, fix);
        }
    }

    /// From here on, absences are not mistakes.
    pub(crate) fn forgive_absences(&mut self) {
        self.incomplete = true;
    }

    pub(crate) fn warning(&mut self, span: Range<usize>, message: impl Into<String>, fix: impl Into<Option<String>>) {
        self.push(Severity::Warning, span, message.into(), fix.into());
    }

    fn push(&mut self, severity: Severity, span: Range<usize>, message: String, fix: Option<String>) {
        let diagnostic = Diagnostic { severity, span, message, fix, secret: false };
        if !self.list.contains(&diagnostic) {
            self.list.push(diagnostic);
        }
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.list.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Keeps those for which `wanted` holds, given each with its number in the order of finding.
    pub(crate) fn retain(&mut self, wanted: impl Fn(&Diagnostic, usize) -> bool) {
        let mut number = 0;
        self.list.retain(|diagnostic| {
            number += 1;
            wanted(diagnostic, number - 1)
        });
    }

    /// Whether parts of the file are not TOML.
    pub(crate) fn has_syntax_errors(&self) -> bool {
        self.incomplete
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(crate) fn count(&self, severity: Severity) -> usize {
        self.list.iter().filter(|diagnostic| diagnostic.severity == severity).count()
    }

    /// In the order of the file.
    pub(crate) fn sorted(&self) -> Vec<&Diagnostic> {
        let mut list: Vec<&Diagnostic> = self.list.iter().collect();
        list.sort_by_key(|diagnostic| (diagnostic.span.start, diagnostic.severity));
        list
    }

    /// Everything, as a terminal shows it: `file:line:column`, the line, a mark under the text at fault, the fix.
    pub(crate) fn render(&self, file: &str, text: &str) -> String {
        self.sorted().iter().map(|diagnostic| diagnostic.render(file, text)).collect::<Vec<_>>().join("\n")
    }
}

impl Diagnostic {
    fn render(&self, file: &str, text: &str) -> String {
        let place = Place::of(text, self.span.start);
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let mut shown = format!("{file}:{}:{}: {severity}: {}\n", place.line, place.column, self.message);
        if !place.text.trim().is_empty() && !self.secret {
            let marked = text.get(self.span.clone()).unwrap_or_default().lines().next().unwrap_or_default();
            let before: String =
                place.before.chars().map(|letter| if letter == '\t' { '\t' } else { ' ' }).collect::<String>();
            let before = if before.contains('\t') { before } else { " ".repeat(place.before.width()) };
            let marks = "^".repeat(marked.width().max(1));
            shown.push_str(&format!("    {}\n    {before}{marks}\n", place.text.trim_end()));
        }
        if let Some(fix) = &self.fix {
            shown.push_str(&format!("    fix: {fix}\n"));
        }
        shown
    }
}

/// Where a byte of a text is, for people: lines and columns count from one, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place<'t> {
    pub(crate) line: usize,
    pub(crate) column: usize,
    /// The whole line.
    pub(crate) text: &'t str,
    /// What stands on the line before the place.
    pub(crate) before: &'t str,
}

impl<'t> Place<'t> {
    pub(crate) fn of(text: &'t str, byte: usize) -> Self {
        let byte = (0..=byte.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let (head, tail) = text.split_at(byte);
        let begin = head.rfind('\n').map_or(0, |at| at + 1);
        let end = tail.find('\n').map_or(text.len(), |at| byte + at);
        let before = head.get(begin..).unwrap_or_default();
        Self {
            line: head.matches('\n').count() + 1,
            column: before.chars().count() + 1,
            text: text.get(begin..end).unwrap_or_default(),
            before,
        }
    }
}

/// The one of `known` that `word` was probably meant to be.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_ascii_lowercase();
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, &candidate.to_ascii_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.len().max(word.len()) / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// More names than this are no help on a line.
const LISTED: usize = 12;

/// `did you mean …?`, or what there is to choose from.
pub(crate) fn suggest<'a>(word: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    if let Some(candidate) = nearest(word, known.clone()) {
        format!("did you mean `{candidate}`?")
    } else {
        let all: Vec<String> = known.into_iter().map(|candidate| format!("`{candidate}`")).collect();
        if all.len() > LISTED {
            return "`lifeboat config init --print` shows what is known here".to_owned();
        }
        format!("known here: {}", all.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_counts_lines_and_characters_from_one() {
        let text = "a = 1\nbß = 2\n";
        let place = Place::of(text, text.find('2').unwrap());
        assert_eq!((place.line, place.column, place.text), (2, 6, "bß = 2"));
        assert_eq!(Place::of("", 99).line, 1);
    }

    #[test]
    fn a_typing_error_finds_its_word_and_nonsense_finds_none() {
        assert_eq!(nearest("regoin", ["region", "name"]), Some("region"));
        assert_eq!(nearest("Home", ["home", "partner"]), Some("home"));
        assert_eq!(nearest("xylophone", ["home", "partner"]), None);
    }

    #[test]
    fn the_mark_stands_under_the_text_at_fault() {
        let mut diagnostics = Diagnostics::default();
        diagnostics.error(4..9, "wrong", Some("mend it".to_owned()));
        let shown = diagnostics.render("x.toml", "a = \"b c\"\n");
        assert_eq!(shown, "x.toml:1:5: error: wrong\n    a = \"b c\"\n        ^^^^^\n    fix: mend it\n");
    }
}
