//! The filter: words that rows must have, and with `!` words they must not. It works while it is typed.

use serde::{Deserialize, Serialize};

/// A filter being typed. The text itself is the screen's; this is what to go back to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    pub before: String,
}

/// A filter taken apart: every word must be found, no `!word` may be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    wanted: Vec<String>,
    unwanted: Vec<String>,
}

impl Terms {
    pub fn parse(text: &str) -> Self {
        let mut terms = Self::default();
        for word in text.split_whitespace() {
            match word.strip_prefix('!') {
                // A lone `!` is a word that is still being typed.
                Some("") => {}
                Some(unwanted) => terms.unwanted.push(unwanted.to_lowercase()),
                None => terms.wanted.push(word.to_lowercase()),
            }
        }
        terms
    }

    pub fn is_empty(&self) -> bool {
        self.wanted.is_empty() && self.unwanted.is_empty()
    }

    /// Whether a row with these texts is shown. Each word may be found in any of them.
    pub fn admits(&self, texts: &[&str]) -> bool {
        let lower: Vec<String> = texts.iter().map(|text| text.to_lowercase()).collect();
        let has = |word: &String| lower.iter().any(|text| text.contains(word.as_str()));
        self.wanted.iter().all(has) && !self.unwanted.iter().any(has)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_must_be_found_and_no_negated_one() {
        let row = ["payments-5xx", "us-east-1", "ALARM"];
        for (filter, shown) in [
            ("", true),
            ("pay", true),
            ("PAY east-1", true),
            ("pay east-2", false),
            ("!ok", true),
            ("!alarm", false),
            ("pay !east-2", true),
            ("!", true),
            ("  ", true),
        ] {
            assert_eq!(Terms::parse(filter).admits(&row), shown, "{filter:?}");
        }
    }
}
