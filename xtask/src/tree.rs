//! The project's files as Git knows them: what is built or ignored is not there. Reads and writes; judges nothing.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What went wrong, with the file it went wrong with.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {reason}")]
pub(crate) struct TreeError {
    path: String,
    reason: String,
}

impl TreeError {
    pub(crate) fn unreadable(path: &Path, reason: &impl fmt::Display) -> Self {
        Self { path: path.display().to_string(), reason: reason.to_string() }
    }
}

/// The working tree.
#[derive(Debug)]
pub(crate) struct Tree {
    root: PathBuf,
    files: Vec<PathBuf>,
}

impl Tree {
    /// Tracked files and new ones that are not ignored.
    pub(crate) fn open() -> Result<Self, TreeError> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_owned();
        let listed = Command::new("git")
            .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
            .current_dir(&root)
            .output()
            .map_err(|error| TreeError::unreadable(&root, &error))?;
        let text = String::from_utf8_lossy(&listed.stdout).into_owned();
        let mut files: Vec<PathBuf> = text
            .split('\0')
            .filter(|name| !name.is_empty())
            .map(PathBuf::from)
            .filter(|path| root.join(path).is_file())
            .collect();
        files.sort();
        files.dedup();
        Ok(Self { root, files })
    }

    /// Relative to the root, in order.
    pub(crate) fn files(&self) -> &[PathBuf] {
        &self.files
    }

    pub(crate) fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root.join(path)
    }

    pub(crate) fn read(&self, path: &Path) -> Result<String, TreeError> {
        std::fs::read_to_string(self.root.join(path)).map_err(|error| TreeError::unreadable(path, &error))
    }
}

/// One generated file, relative to the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Generated {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

/// What to do with what was generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Write,
    /// Write nothing; name what would change.
    Check,
}

/// Writes `wanted` into `folder`, or compares; what is in the folder and not wanted is stale. Gives the files that
/// differ (in [`Mode::Write`]: that were changed).
pub(crate) fn settle(tree: &Tree, folder: &str, wanted: &[Generated], mode: Mode) -> Result<Vec<PathBuf>, TreeError> {
    let mut changed = Vec::new();
    for file in wanted {
        if tree.read(&file.path).ok().as_deref() != Some(file.text.as_str()) {
            changed.push(file.path.clone());
            if mode == Mode::Write {
                write(tree, file)?;
            }
        }
    }
    for path in tree.files() {
        if path.starts_with(folder) && !wanted.iter().any(|file| file.path == *path) {
            changed.push(path.clone());
            if mode == Mode::Write {
                std::fs::remove_file(tree.path(path)).map_err(|error| TreeError::unreadable(path, &error))?;
            }
        }
    }
    Ok(changed)
}

fn write(tree: &Tree, file: &Generated) -> Result<(), TreeError> {
    let path = tree.path(&file.path);
    let written =
        path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&path, &file.text));
    written.map_err(|error| TreeError::unreadable(&file.path, &error))
}
