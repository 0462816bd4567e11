//! What stands in Rust files: heads, doors to a cloud, debts, and files that no module names.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::Offence;
use crate::tree::{Tree, TreeError};

/// The only places that may name the port through which a cloud is changed: where it is declared, the
/// implementations, the one that hands it out, and the one that uses it. Stories wrap the simulator's.
const MAY_CHANGE: [&str; 6] = [
    "crates/model/src/port.rs",
    "crates/sim/",
    "crates/aws/",
    "crates/stories/",
    "crates/engine/src/run",
    "src/wiring.rs",
];

/// Debts that are written down are forgotten; those that must stand carry a reason and a place.
const DEBTS: [&str; 4] = ["TODO", "FIXME", "XXX", "HACK"];

pub(super) fn check(path: &Path, text: &str) -> Vec<Offence> {
    let mut found = Vec::new();
    // What Cargo itself requires to be there may say nothing more than that.
    if !text.trim_start().starts_with("//!") {
        found.push(Offence::whole(path, "begins without `//!`: say what the file owns and what it must not do"));
    }
    // This file names the words it looks for.
    if path.starts_with("xtask/src/tidy") {
        return found;
    }
    let may_change = MAY_CHANGE.iter().any(|allowed| path.to_string_lossy().starts_with(allowed)) || is_test(path);
    for (number, line) in text.lines().enumerate().map(|(index, line)| (index + 1, line)) {
        if let Some(debt) = DEBTS.iter().find(|debt| has_word(line, debt)) {
            found.push(Offence::at(path, number, format!("`{debt}`: do it, or write down where it is kept")));
        }
        if !may_change && has_word(code(line), "Mutate") {
            found.push(Offence::at(path, number, "names `Mutate`: only the executor, the ports and the wiring may"));
        }
        if !is_test(path) && (code(line).contains("#[allow(") || code(line).contains("#![allow(")) {
            found.push(Offence::at(path, number, "`allow` outlives its cause: use `expect` with a reason"));
        }
    }
    found
}

fn is_test(path: &Path) -> bool {
    path.iter().any(|part| part == "tests" || part == "benches" || part == "examples")
}

/// The line without its comment.
fn code(line: &str) -> &str {
    line.split("//").next().unwrap_or_default()
}

fn has_word(line: &str, word: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    line.match_indices(word).any(|(start, _)| {
        let before = line.get(..start).and_then(|text| text.chars().next_back());
        let after = line.get(start + word.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

/// Source files that no `mod` line leads to: they look alive and are never compiled.
pub(super) fn orphans(tree: &Tree) -> Result<Vec<Offence>, TreeError> {
    let mut declared = BTreeSet::new();
    let sources: Vec<&PathBuf> =
        tree.files().iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect();
    for path in &sources {
        declared.extend(declared_by(path, &tree.read(path)?));
    }
    Ok(sources
        .into_iter()
        .filter(|path| !is_root(path) && !declared.contains(*path))
        .map(|path| Offence::whole(path, "no module names this file: it is never compiled"))
        .collect())
}

/// A file that Cargo finds by itself.
fn is_root(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    let folder = path.parent().and_then(Path::file_name).unwrap_or_default();
    let of_a_folder = path.iter().any(|part| ["tests", "benches", "examples"].iter().any(|found| part == *found));
    ((folder == "src" || of_a_folder) && (name == "lib.rs" || name == "main.rs"))
        || ["tests", "benches", "examples", "bin"].iter().any(|found| folder == *found)
        || name == "build.rs"
}

/// The files to which the `mod` lines of `path` lead, also those within a `mod name { … }` or a `#[path]`.
fn declared_by(path: &Path, text: &str) -> Vec<PathBuf> {
    let parent = path.parent().unwrap_or(Path::new(""));
    let folder = if is_root(path) { parent.to_owned() } else { path.with_extension("") };
    let mut renamed: Option<PathBuf> = None;
    // `mod name {` opens a folder of its own; its end stands under its beginning.
    let mut inline: Vec<(usize, &str)> = Vec::new();
    let mut found = Vec::new();
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        let line = line.trim();
        if line == "}" && inline.last().is_some_and(|(begun, _)| *begun == indent) {
            inline.pop();
        } else if let Some(name) = line.strip_suffix(" {").and_then(declared_name) {
            inline.push((indent, name));
        } else if let Some(target) = line.strip_prefix("#[path = \"").and_then(|rest| rest.strip_suffix("\"]")) {
            renamed = Some(resolve(&parent.join(target)));
        } else if let Some(name) = module_name(line) {
            let within: PathBuf = inline.iter().map(|(_, name)| *name).collect();
            found.push(renamed.take().unwrap_or_else(|| folder.join(within).join(format!("{name}.rs"))));
        }
    }
    found
}

fn module_name(line: &str) -> Option<&str> {
    line.strip_suffix(';').and_then(declared_name)
}

/// The name in `pub(crate) mod name`.
fn declared_name(declaration: &str) -> Option<&str> {
    let (visibility, name) = declaration.rsplit_once("mod ")?;
    let visible = visibility.trim_end();
    (visible.is_empty() || visible == "pub" || (visible.starts_with("pub(") && visible.ends_with(')'))).then_some(name)
}

/// `a/b/../c` as `a/c`.
fn resolve(path: &Path) -> PathBuf {
    let mut resolved = PathBuf::new();
    for part in path {
        if part == ".." {
            resolved.pop();
        } else {
            resolved.push(part);
        }
    }
    resolved
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offences(path: &str, text: &str) -> Vec<String> {
        check(Path::new(path), text).into_iter().map(|offence| offence.to_string()).collect()
    }

    #[test]
    fn the_door_to_changing_a_cloud_is_named_in_few_places() {
        let text = "//! Owns something.\nuse lifeboat_model::port::Mutate;\n";
        assert_eq!(offences("crates/tui/src/update.rs", text).len(), 1);
        assert_eq!(offences("src/wiring.rs", text), [""; 0]);
        assert_eq!(offences("src/session.rs", "//! Head.\n// Mutate is not for us.\nfn Mutated() {}\n"), [""; 0]);
    }

    #[test]
    fn debts_and_headless_files_are_found() {
        assert_eq!(offences("src/a.rs", "fn main() {}\n").len(), 1);
        assert_eq!(offences("src/a.rs", "//! Head.\n// TODO later\n").len(), 1);
        assert_eq!(offences("src/a.rs", "//! Head.\nlet TODOS = 1;\n"), [""; 0]);
        assert_eq!(offences("src/a.rs", "//! Head.\n#[allow(dead_code)]\n").len(), 1);
    }

    #[test]
    fn modules_lead_to_their_files() {
        let declared = declared_by(Path::new("src/main.rs"), "mod a;\nmod c {\n    mod d;\n}\npub(crate) mod b;\n");
        let expected = ["src/a.rs", "src/c/d.rs", "src/b.rs"].map(PathBuf::from);
        assert_eq!(declared, expected);
        let nested = declared_by(Path::new("src/a.rs"), "    mod d;\n#[path = \"../tests/e.rs\"]\nmod e;\n");
        assert_eq!(nested, [PathBuf::from("src/a/d.rs"), PathBuf::from("tests/e.rs")]);
    }
}
