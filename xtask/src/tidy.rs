//! The layout's own rules, read from the files: which crate may name which, who may change a cloud, how
//! files begin and are called, what the book leads to. What the compiler and clippy already hold is not repeated here.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::tree::{self, Tree};

pub(crate) mod book;
mod names;
mod source;
mod walls;

/// One broken rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Offence {
    path: PathBuf,
    /// From 1; 0 for the file as a whole.
    line: usize,
    what: String,
}

impl Offence {
    fn whole(path: &Path, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line: 0, what: what.into() }
    }

    fn at(path: &Path, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, what: what.into() }
    }
}

impl fmt::Display for Offence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path.display(), self.what),
            line => write!(f, "{}:{line}: {}", self.path.display(), self.what),
        }
    }
}

/// Every broken rule of the tree, in order.
pub(crate) fn offences(tree: &Tree) -> Result<Vec<Offence>, tree::TreeError> {
    let mut found = walls::check(tree)?;
    for path in tree.files() {
        found.extend(names::check(path));
        if path.extension().is_some_and(|extension| extension == "rs") {
            found.extend(source::check(path, &tree.read(path)?));
        }
    }
    found.extend(source::orphans(tree)?);
    found.extend(book::check(tree)?);
    found.sort();
    Ok(found)
}
