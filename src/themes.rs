//! The colour themes there are: those that come with the program, and the user's own from the folder
//! `themes` beside the configuration.

use std::fs;
use std::path::Path;

use lifeboat_tui::theme::Theme;

use crate::config::diagnostic::suggest;

/// Every theme, and what is wrong with those that could not be read.
pub(crate) fn all(configuration: Option<&Path>) -> (Vec<Theme>, Vec<String>) {
    let mut themes = Theme::built_in();
    let mut problems = Vec::new();
    let Some(folder) = configuration.and_then(Path::parent).map(|folder| folder.join("themes")) else {
        return (themes, problems);
    };
    let Ok(entries) = fs::read_dir(&folder) else { return (themes, problems) };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    paths.sort();
    for path in paths {
        let shown = path.display();
        match fs::read_to_string(&path) {
            Err(error) => problems.push(format!("the theme `{shown}` cannot be read: {error}")),
            Ok(source) => match Theme::from_toml(&source, &themes) {
                Ok(theme) => {
                    themes.retain(|known| known.name != theme.name);
                    themes.push(theme);
                }
                Err(mistakes) => {
                    problems.extend(mistakes.iter().map(|mistake| format!("the theme `{shown}`, {mistake}")));
                }
            },
        }
    }
    (themes, problems)
}

/// `Err` holds the hint.
pub(crate) fn named(themes: &[Theme], name: &str) -> Result<(), String> {
    if themes.iter().any(|theme| theme.name == name) {
        return Ok(());
    }
    Err(suggest(name, themes.iter().map(|theme| theme.name.as_str())))
}
