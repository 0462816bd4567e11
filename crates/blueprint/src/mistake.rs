//! What is wrong with a file, where, and what to do about it. All mistakes of a reading are told at once.

use std::fmt;

/// One mistake, at its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    /// The file within the blueprint's folder, or what else the value came from: a flag, a variable, a key.
    pub file: String,
    /// From 1; 0 where there are no lines.
    pub line: usize,
    pub what: String,
    pub fix: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        write!(f, ": {}; {}", self.what, self.fix)
    }
}

impl std::error::Error for Mistake {}

/// What was found wrong with one file so far.
#[derive(Debug)]
pub(crate) struct Mistakes {
    file: String,
    list: Vec<Mistake>,
}

impl Mistakes {
    pub(crate) fn of(file: &str) -> Self {
        Self { file: file.to_owned(), list: Vec::new() }
    }

    pub(crate) fn add(&mut self, line: usize, what: impl Into<String>, fix: impl Into<String>) {
        let mistake = Mistake { file: self.file.clone(), line, what: what.into(), fix: fix.into() };
        // One cause can be met on several ways to it; it is told once.
        if !self.list.contains(&mistake) {
            self.list.push(mistake);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(crate) fn into_list(mut self) -> Vec<Mistake> {
        self.list.sort();
        self.list
    }

    /// `Ok` where nothing was found.
    pub(crate) fn judge<T>(self, value: T) -> Result<T, Vec<Mistake>> {
        if self.is_empty() { Ok(value) } else { Err(self.into_list()) }
    }
}

/// What was probably meant, or what there is.
pub(crate) fn suggestion<'a>(text: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    let nearest = names
        .iter()
        .map(|name| (strsim::damerau_levenshtein(text, name), *name))
        .filter(|(distance, name)| *distance <= 2.max(name.len() / 3))
        .min();
    match nearest {
        Some((_, name)) => format!("did you mean `{name}`?"),
        None if names.is_empty() => "leave it out".to_owned(),
        None => format!("there is {}", names.join(", ")),
    }
}
