//! Text that is compared with a file. `UPDATE=1` writes the files anew, for reading in a diff.

use std::fs;
use std::path::{Path, PathBuf};

pub(crate) fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// Compares, or updates. `Err` shows the first line that differs.
pub(crate) fn compare(path: &Path, actual: &str) -> Result<(), String> {
    if std::env::var_os("UPDATE").is_some() {
        fs::write(path, actual).expect("the golden file can be written");
        return Ok(());
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    if expected == actual {
        return Ok(());
    }
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let (wanted, seen) = (lines(&expected), lines(actual));
    let at = wanted.iter().zip(&seen).take_while(|(wanted, seen)| wanted == seen).count();
    let shown = |list: &[String]| list.get(at).cloned().unwrap_or_else(|| "(the end)".to_owned());
    Err(format!(
        "{} line {}:\n  wanted: {}\n  seen:   {}\n`UPDATE=1` accepts what is seen",
        path.display(),
        at + 1,
        shown(&wanted),
        shown(&seen)
    ))
}
