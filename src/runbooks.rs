//! The runbooks there are: those that come with the program, and the user's own from the folder `runbooks` beside the
//! configuration. A runbook of the user's takes the place of a built-in one of the same name.

use std::fs;
use std::path::Path;

use lifeboat_engine::runbooks;
use lifeboat_model::runbook::Runbook;

use crate::config::diagnostic::suggest;
use crate::exit::Failure;

/// The folder beside the configuration.
const FOLDER: &str = "runbooks";

/// Every runbook, and what is wrong with those that could not be read. `folder` is the configuration's.
pub(crate) fn all(folder: Option<&Path>) -> (Vec<Runbook>, Vec<String>) {
    let mut all = runbooks::builtin();
    let mut problems = Vec::new();
    let Some(folder) = folder.map(|folder| folder.join(FOLDER)) else { return (all, problems) };
    let Ok(entries) = fs::read_dir(&folder) else { return (all, problems) };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    paths.sort();
    for path in paths {
        let shown = path.display().to_string();
        match fs::read_to_string(&path) {
            Err(error) => problems.push(format!("the runbook `{shown}` cannot be read: {error}")),
            Ok(source) => match runbooks::parse(&source, &shown) {
                Ok(runbook) => {
                    all.retain(|known| known.name != runbook.name);
                    all.push(runbook);
                }
                Err(mistakes) => problems.extend(mistakes.iter().map(ToString::to_string)),
            },
        }
    }
    (all, problems)
}

pub(crate) fn named(runbooks: &[Runbook], name: &str) -> Result<Runbook, Failure> {
    let found = runbooks.iter().find(|runbook| runbook.name.as_str() == name).cloned();
    found.ok_or_else(|| {
        Failure::usage(format!("there is no runbook `{name}`"))
            .hint(suggest(name, runbooks.iter().map(|runbook| runbook.name.as_str())))
    })
}
