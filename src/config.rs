//! The configuration in effect: file, environment and flags laid over the defaults, each value with
//! where it came from. Reads one file; decides nothing about AWS or the simulator.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;
use lifeboat_model::read::Tempo;
use lifeboat_tui::keymap::Keymap;

use crate::cli::Globals;
use crate::config::diagnostic::{Diagnostics, Place, Severity};
use crate::config::env::Environment;
use crate::config::file::{DeploymentEntry, FileConfig};
use crate::config::layers::{Origin, Sourced};
use crate::config::reader::Said;
use crate::exit::Failure;
use crate::{provisioned, runbooks, themes};

pub(crate) mod diagnostic;
pub(crate) mod env;
pub(crate) mod file;
pub(crate) mod layers;
pub(crate) mod reader;
pub(crate) mod sample;
pub(crate) mod schema;
pub(crate) mod writer;

/// Everything that can be set, complete.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// The file that was read; `None` where there is none.
    pub(crate) file: Option<Sourced<PathBuf>>,
    /// The deployment asked for; `None` means the first.
    pub(crate) deployment: Option<Sourced<String>>,
    pub(crate) console: Console,
    pub(crate) keymap: Keymap,
    /// In the order of the file; empty means the simulator.
    pub(crate) deployments: Vec<DeploymentEntry>,
    pub(crate) data_dir: Sourced<PathBuf>,
    /// What is odd about the file but does not forbid its use, ready to print.
    pub(crate) warnings: Option<String>,
}

/// By which means a person who looks elsewhere is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notices {
    All,
    Bell,
    Desktop,
    None,
}

impl Notices {
    pub(crate) const ALL: [Self; 4] = [Self::All, Self::Bell, Self::Desktop, Self::None];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Bell => "bell",
            Self::Desktop => "desktop",
            Self::None => "none",
        }
    }
}

/// How the console looks and how often it asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Console {
    /// `None`: by the terminal's background.
    pub(crate) theme: Option<Sourced<String>>,
    pub(crate) ascii: Sourced<bool>,
    pub(crate) color: Sourced<bool>,
    pub(crate) utc: Sourced<bool>,
    pub(crate) notices: Sourced<Notices>,
    /// `None`: calm on AWS, fast on the simulator.
    pub(crate) tempo: Option<Sourced<Tempo>>,
}

/// A file's text and what was found in it.
pub(crate) struct Checked {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    pub(crate) config: FileConfig,
    pub(crate) keymap: Keymap,
    pub(crate) diagnostics: Diagnostics,
}

impl Checked {
    pub(crate) fn render(&self) -> String {
        self.diagnostics.render(&self.path.display().to_string(), &self.text)
    }
}

/// Where the configuration is, or would be.
pub(crate) fn location(globals: &Globals, environment: &Environment) -> Result<Sourced<PathBuf>, Failure> {
    if let Some(path) = &globals.config {
        return Ok(Sourced { value: path.clone(), origin: Origin::Flag("--config") });
    }
    if let Some(path) = environment.get(env::CONFIG) {
        return Ok(Sourced { value: PathBuf::from(path), origin: Origin::Environment(env::CONFIG) });
    }
    Ok(Sourced::default(folders()?.config_dir().join("config.toml")))
}

fn folders() -> Result<ProjectDirs, Failure> {
    ProjectDirs::from("", "", "lifeboat").ok_or_else(|| {
        Failure::error("there is no home folder to look for the configuration in")
            .hint("set `HOME`, or give `--config FILE` and `--data-dir DIR`")
    })
}

pub(crate) fn data_dir(globals: &Globals, environment: &Environment) -> Result<Sourced<PathBuf>, Failure> {
    if let Some(path) = &globals.data_dir {
        return Ok(Sourced { value: path.clone(), origin: Origin::Flag("--data-dir") });
    }
    if let Some(path) = environment.get(env::DATA_DIR) {
        return Ok(Sourced { value: PathBuf::from(path), origin: Origin::Environment(env::DATA_DIR) });
    }
    Ok(Sourced::default(folders()?.data_local_dir().to_owned()))
}

/// Reads and judges the file. `None` where there is none and none was asked for.
pub(crate) fn check(place: &Sourced<PathBuf>) -> Result<Option<Checked>, Failure> {
    let path = &place.value;
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound && place.origin == Origin::Default => return Ok(None),
        Err(error) => return Err(unreadable(path, &error, &place.origin)),
    };
    let (config, mut diagnostics) = file::parse(&text);
    let keymap = keymap(&text, &mut diagnostics);
    if let Some(theme) = &config.theme {
        // Colours are no reason to keep anybody from a console: the usual ones do.
        if let Err(missing) = themes::Known::beside(Some(path)).named(&theme.value) {
            diagnostics.warning(theme.span.clone(), format!("{}; the usual one is taken", missing.what), missing.fix);
        }
    }
    schedules(&config, path, &mut diagnostics);
    Ok(Some(Checked { path: path.clone(), text, config, keymap, diagnostics }))
}

/// A schedule of a runbook that there is not would never be due.
fn schedules(config: &FileConfig, path: &Path, out: &mut Diagnostics) {
    let scheduled: Vec<&Said<String>> = config.deployments.iter().flat_map(|entry| &entry.scheduled).collect();
    if scheduled.is_empty() {
        return;
    }
    let (known, _) = runbooks::all(path.parent());
    for said in scheduled {
        if let Err(failure) = runbooks::named(&known, &said.value) {
            out.error(said.span.clone(), failure.message, failure.hint);
        }
    }
}

fn unreadable(path: &Path, error: &io::Error, origin: &Origin) -> Failure {
    let shown = path.display();
    let failure = Failure::error(match error.kind() {
        io::ErrorKind::NotFound => format!("there is no configuration file `{shown}` ({origin})"),
        io::ErrorKind::InvalidData => format!("the configuration file `{shown}` is not UTF-8 text"),
        _ => format!("cannot read the configuration file `{shown}`: {error}"),
    });
    match error.kind() {
        io::ErrorKind::NotFound => {
            failure.hint(format!("`lifeboat config init --config {shown}` writes a commented one"))
        }
        _ => failure.hint("name another one with `--config FILE`, or give `--simulate`"),
    }
}

fn keymap(text: &str, out: &mut Diagnostics) -> Keymap {
    match Keymap::from_toml(text) {
        Ok(keymap) => keymap,
        Err(problems) => {
            // A file that is not TOML has been said to be so already, with its column.
            if !out.has_syntax_errors() {
                for problem in problems {
                    out.error(line_span(text, problem.line), problem.what, problem.fix);
                }
            }
            Keymap::default()
        }
    }
}

/// The bytes of a line, counted from one, without the space around its text.
fn line_span(text: &str, line: usize) -> std::ops::Range<usize> {
    let begin: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let whole = text.get(begin..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let indent = whole.len() - whole.trim_start().len();
    begin + indent..begin + whole.trim_end().len()
}

/// Everything in effect. Refuses a file with mistakes: half a configuration would be somebody else's.
pub(crate) fn load(globals: &Globals, environment: &Environment) -> Result<Config, Failure> {
    let place = location(globals, environment)?;
    let checked = check(&place)?;
    if let Some(checked) = &checked
        && checked.diagnostics.has_errors()
    {
        let mistakes = checked.diagnostics.count(Severity::Error);
        let noun = if mistakes == 1 { "mistake" } else { "mistakes" };
        let shown = checked.path.display();
        let message = format!("the configuration has {mistakes} {noun}\n\n{}", checked.render().trim_end());
        let elsewhere =
            if globals.simulate.is_some() { "leave `--config` out" } else { "look at the simulator with `--simulate`" };
        return Err(Failure::error(message).hint(format!("mend `{shown}`, or {elsewhere}")));
    }
    let data_dir = data_dir(globals, environment)?;
    let mut warnings = checked.as_ref().filter(|checked| !checked.diagnostics.is_empty()).map(Checked::render);
    let (text, said, keymap) = match checked {
        Some(checked) => (checked.text, checked.config, checked.keymap),
        None => (String::new(), FileConfig::default(), Keymap::default()),
    };
    let file = (!text.is_empty()).then_some(place);
    let (deployments, damaged) = with_those_that_were_made(said.deployments.clone(), &data_dir.value)?;
    let deployment = chosen(globals, environment, &text, &said);
    if let Some(failure) = damaged {
        let is_there = |name: &str| deployments.iter().any(|entry| entry.deployment.name.as_str() == name);
        let is_meant = deployment.as_ref().is_some_and(|wanted| !is_there(&wanted.value));
        // Nobody is to be shown the simulator instead of what cannot be read.
        if is_meant || deployments.is_empty() {
            return Err(failure);
        }
        warnings = Some([warnings, Some(failure.to_string())].into_iter().flatten().collect::<Vec<_>>().join("\n"));
    }
    Ok(Config {
        file,
        deployment,
        console: console(globals, environment, &text, &said),
        keymap,
        deployments,
        data_dir,
        warnings,
    })
}

/// Beside those of the file, those that Lifeboat made, and what is wrong with the first that cannot be read. One name
/// for two deployments would be taken for one of them.
fn with_those_that_were_made(
    mut deployments: Vec<DeploymentEntry>,
    data_dir: &Path,
) -> Result<(Vec<DeploymentEntry>, Option<Failure>), Failure> {
    let folder = data_dir.join(provisioned::FOLDER);
    let (kept, damaged) = provisioned::all(&folder);
    let mut damaged = damaged.into_iter().next();
    for kept in kept {
        let text = kept.configuration();
        let (made, diagnostics) = file::parse(&text);
        if diagnostics.has_errors() {
            let told = diagnostics.render(&format!("{}.toml", kept.name), &text);
            let failure = Failure::error(format!(
                "what is kept in `{}` of the deployment `{}` is not understood\n\n{told}",
                folder.display(),
                kept.name
            ));
            damaged = damaged.or(Some(failure.hint(format!("`lifeboat up --name {}` writes it anew", kept.name))));
            continue;
        }
        for entry in made.deployments {
            if deployments.iter().any(|known| known.deployment.name == entry.deployment.name) {
                return Err(Failure::error(format!(
                    "the configuration has a deployment `{}`, and Lifeboat made one of that name",
                    kept.name
                ))
                .hint(format!(
                    "give the one in the configuration another name, or move `{}` away",
                    folder.join(format!("{}.toml", kept.name)).display()
                )));
            }
            deployments.push(entry);
        }
    }
    Ok((deployments, damaged))
}

/// Everything in effect but the file, for a session that must not depend on it.
pub(crate) fn without_file(globals: &Globals, environment: &Environment) -> Result<Config, Failure> {
    let said = FileConfig::default();
    Ok(Config {
        file: None,
        deployment: chosen(globals, environment, "", &said),
        console: console(globals, environment, "", &said),
        keymap: Keymap::default(),
        deployments: Vec::new(),
        data_dir: data_dir(globals, environment)?,
        warnings: None,
    })
}

fn line_of<T>(text: &str, said: &Said<T>) -> Origin {
    Origin::File(Place::of(text, said.span.start).line)
}

fn from_file<T: Clone>(text: &str, said: Option<&Said<T>>) -> Option<Sourced<T>> {
    said.map(|said| Sourced { value: said.value.clone(), origin: line_of(text, said) })
}

fn chosen(globals: &Globals, environment: &Environment, text: &str, said: &FileConfig) -> Option<Sourced<String>> {
    let flag = globals.deployment.clone().map(|value| Sourced { value, origin: Origin::Flag("--deployment") });
    let variable = environment
        .get(env::DEPLOYMENT)
        .map(|value| Sourced { value: value.to_owned(), origin: Origin::Environment(env::DEPLOYMENT) });
    flag.or(variable).or_else(|| from_file(text, said.deployment.as_ref()))
}

fn console(globals: &Globals, environment: &Environment, text: &str, said: &FileConfig) -> Console {
    let theme_flag = globals.theme.clone().map(|value| Sourced { value, origin: Origin::Flag("--theme") });
    let theme_variable = environment
        .get(env::THEME)
        .map(|value| Sourced { value: value.to_owned(), origin: Origin::Environment(env::THEME) });
    let flag = |default: bool, said: Option<&Said<bool>>| {
        Sourced::default(default)
            .or_stronger(said.map(|said| said.value), || said.map_or(Origin::Default, |said| line_of(text, said)))
    };
    Console {
        theme: theme_flag.or(theme_variable).or_else(|| from_file(text, said.theme.as_ref())),
        ascii: flag(false, said.ascii.as_ref()).or_stronger(globals.ascii.then_some(true), || Origin::Flag("--ascii")),
        color: flag(true, said.color.as_ref())
            .or_stronger(environment.get(env::NO_COLOR).map(|_| false), || Origin::Environment(env::NO_COLOR))
            .or_stronger(globals.no_color.then_some(false), || Origin::Flag("--no-color")),
        utc: flag(true, said.utc.as_ref()),
        notices: from_file(text, said.notices.as_ref()).unwrap_or_else(|| Sourced::default(Notices::All)),
        tempo: from_file(text, said.tempo.as_ref()),
    }
}

#[cfg(test)]
mod tests;
