//! The colour themes there are: those that come with the program, and the user's own from the folder
//! `themes` beside the configuration, which may change while the console is open.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use lifeboat_tui::theme::Theme;

use crate::config::diagnostic::suggest;

/// Every theme, and what is wrong with those that could not be read.
pub(crate) struct Known {
    pub(crate) themes: Vec<Theme>,
    /// By the file that it is about.
    problems: Vec<(PathBuf, String)>,
}

/// Why there is no theme of a name, and what helps.
#[derive(Debug)]
pub(crate) struct Missing {
    pub(crate) what: String,
    pub(crate) fix: String,
}

impl Known {
    /// Those that come with the program, and those of the folder beside the configuration.
    pub(crate) fn beside(configuration: Option<&Path>) -> Self {
        let (themes, problems) = match folder(configuration) {
            Some(folder) => read(&paths(&folder), &mut BTreeMap::new()),
            None => (Theme::built_in(), Vec::new()),
        };
        Self { themes, problems }
    }

    pub(crate) fn named(&self, name: &str) -> Result<(), Missing> {
        if self.themes.iter().any(|theme| theme.name == name) {
            return Ok(());
        }
        // A theme's file is called as it is, most often.
        let broken = self.problems.iter().find(|(path, _)| path.file_stem().is_some_and(|stem| stem == name));
        Err(match broken {
            Some((_, problem)) => Missing { what: format!("the theme `{name}` cannot be used"), fix: problem.clone() },
            None => Missing {
                what: format!("there is no theme `{name}`"),
                fix: suggest(name, self.themes.iter().map(|theme| theme.name.as_str())),
            },
        })
    }

    pub(crate) fn problems(&self) -> impl Iterator<Item = String> {
        self.problems.iter().map(|(_, problem)| problem.clone())
    }
}

fn folder(configuration: Option<&Path>) -> Option<PathBuf> {
    configuration.and_then(Path::parent).map(|folder| folder.join("themes"))
}

fn paths(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    paths.sort();
    paths
}

/// `good` holds each file's theme as it was when it could last be read: where it cannot now, that one stays.
fn read(paths: &[PathBuf], good: &mut BTreeMap<PathBuf, Theme>) -> (Vec<Theme>, Vec<(PathBuf, String)>) {
    let mut themes = Theme::built_in();
    let mut problems = Vec::new();
    good.retain(|path, _| paths.contains(path));
    for path in paths {
        let shown = path.display();
        match fs::read_to_string(path) {
            Err(error) => problems.push((path.clone(), format!("the theme `{shown}` cannot be read: {error}"))),
            Ok(source) => match Theme::from_toml(&source, &themes) {
                Ok(theme) => {
                    good.insert(path.clone(), theme);
                }
                Err(mistakes) => {
                    let told = mistakes.iter().map(|mistake| format!("the theme `{shown}`, {mistake}"));
                    problems.extend(told.map(|problem| (path.clone(), problem)));
                }
            },
        }
        if let Some(theme) = good.get(path) {
            themes.retain(|known| known.name != theme.name);
            themes.push(theme.clone());
        }
    }
    (themes, problems)
}

/// The user's themes, to be looked at again and again. Looking is cheap: files are read only once one has changed.
pub(crate) struct Watched {
    folder: PathBuf,
    seen: BTreeMap<PathBuf, Option<(SystemTime, u64)>>,
    good: BTreeMap<PathBuf, Theme>,
}

impl Watched {
    /// As they are now; `None` without a configuration, which has no folder beside it.
    pub(crate) fn begin(configuration: Option<&Path>) -> Option<Self> {
        let folder = folder(configuration)?;
        let mut watched = Self { folder, seen: BTreeMap::new(), good: BTreeMap::new() };
        watched.look();
        Some(watched)
    }

    /// All themes and what is wrong with some, when any file has come, gone or changed since.
    pub(crate) fn look(&mut self) -> Option<(Vec<Theme>, Vec<String>)> {
        let paths = paths(&self.folder);
        let seen: BTreeMap<_, _> = paths.iter().map(|path| (path.clone(), state(path))).collect();
        if seen == self.seen {
            return None;
        }
        self.seen = seen;
        let (themes, problems) = read(&paths, &mut self.good);
        // Whoever has just saved it knows where it is, and the line has little room.
        let folder = format!("{}/", self.folder.display());
        Some((themes, problems.into_iter().map(|(_, problem)| problem.replace(&folder, "")).collect()))
    }
}

/// What tells a saved file from what it was before.
fn state(path: &Path) -> Option<(SystemTime, u64)> {
    let about = fs::metadata(path).ok()?;
    Some((about.modified().ok()?, about.len()))
}

#[cfg(test)]
mod tests {
    use lifeboat_tui::theme::Role;

    use super::*;

    const GREEN: &str = "name = \"mine\"\ninherits = \"dark\"\n[roles]\nok = { fg = \"#00ff00\" }\n";

    fn ok_of(themes: &[Theme]) -> String {
        let mine = themes.iter().find(|theme| theme.name == "mine").unwrap();
        format!("{:?}", mine.appearance(Role::Ok).fg)
    }

    #[test]
    fn a_saved_file_is_seen_and_a_mistake_in_it_leaves_the_theme_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let configuration = folder.path().join("config.toml");
        let mut watched = Watched::begin(Some(&configuration)).unwrap();
        assert!(watched.look().is_none());
        let themes = folder.path().join("themes");
        fs::create_dir(&themes).unwrap();
        let file = themes.join("mine.toml");
        fs::write(&file, GREEN).unwrap();
        let (all, problems) = watched.look().unwrap();
        let green = ok_of(&all);
        assert!(problems.is_empty() && watched.look().is_none());
        fs::write(&file, "name = \"mine\"\ninherits = \"dark\"\n[roles]\nok = { fg = \"grean!\" }\n").unwrap();
        let (all, problems) = watched.look().unwrap();
        assert_eq!(ok_of(&all), green);
        assert!(problems[0].contains("mine.toml") && problems[0].contains("line 4"), "{problems:?}");
        fs::write(&file, GREEN.replace("00ff00", "00ee001").replace("00ee001", "00ee00")).unwrap();
        fs::remove_file(&file).unwrap();
        let (all, _) = watched.look().unwrap();
        assert!(all.iter().all(|theme| theme.name != "mine"));
    }
}
