//! What is to be made, before anything is asked: the blueprint, and what was chosen for it by flags, files, variables and
//! earlier runs. It reads files; it asks no cloud.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use lifeboat_blueprint::{
    Blueprint, Chosen, Given, Mistake, Origin, builtin_files, builtin_names, choose, find, is_blueprint_file,
};
use lifeboat_model::id::DeploymentName;

use super::usual::{self, OUTPUTS_FOLDER};
use crate::cli::BuildArguments;
use crate::config::diagnostic::suggest;
use crate::config::env::Environment;
use crate::exit::Failure;
use crate::provisioned::{self, Kept};

/// What somebody asked for: anything that is left out is as it was before, or as the blueprint has it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    /// A built-in one by its name, or a folder by its path.
    pub(crate) blueprint: Option<String>,
    pub(crate) name: Option<String>,
    /// By the parameter's name; the regions' parameters among them.
    pub(crate) flags: BTreeMap<String, String>,
    /// By the parameter's name, or its configuration keys.
    pub(crate) file: BTreeMap<String, String>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) outputs: Option<PathBuf>,
}

impl Wanted {
    /// What a command line says. `deployment`: the one that is named for all commands.
    pub(super) fn of(arguments: &BuildArguments, deployment: Option<&str>) -> Result<Self, Failure> {
        Ok(Self {
            blueprint: arguments.blueprint.clone(),
            name: arguments.name.as_deref().or(deployment).map(str::to_owned),
            flags: pairs("--param", &arguments.parameters)?,
            file: match &arguments.parameter_file {
                Some(path) => parameter_file(path)?,
                None => BTreeMap::new(),
            },
            tags: pairs("--tag", &arguments.tags)?,
            outputs: arguments.outputs.clone(),
        })
    }
}

/// It with all choices made, none of which can be refused without asking AWS.
pub(crate) struct Decided {
    pub(crate) blueprint: Blueprint,
    pub(crate) chosen: Chosen,
    pub(crate) kept: Option<Kept>,
    pub(super) outputs_folder: PathBuf,
}

impl Decided {
    /// Where its outputs files are written.
    pub(crate) fn outputs_folder(&self) -> &Path {
        &self.outputs_folder
    }
}

/// Why what was asked for cannot be.
#[derive(Debug)]
pub(crate) enum Undecided {
    /// It is not known what is meant.
    Unclear(Failure),
    /// All that is wrong with what was chosen.
    Mistaken(Vec<Mistake>),
}

impl From<Failure> for Undecided {
    fn from(failure: Failure) -> Self {
        Self::Unclear(failure)
    }
}

impl From<Undecided> for Failure {
    fn from(undecided: Undecided) -> Self {
        match undecided {
            Undecided::Unclear(failure) => failure,
            Undecided::Mistaken(found) => mistakes("what was chosen for it", &found),
        }
    }
}

/// Which deployment is meant, and of which blueprint.
pub(crate) struct Meant {
    pub(crate) blueprint: Blueprint,
    pub(crate) name: DeploymentName,
    pub(crate) kept: Option<Kept>,
}

impl Meant {
    /// Everything that is chosen, by the strongest that said it. What was chosen before holds until somebody chooses
    /// otherwise.
    pub(crate) fn decide(self, wanted: &Wanted, environment: &Environment) -> Result<Decided, Undecided> {
        let Self { blueprint, name, kept } = self;
        let mut file = wanted.file.clone();
        for (key, value) in kept.iter().flat_map(|kept| &kept.parameters) {
            file.entry(key.clone()).or_insert_with(|| value.clone());
        }
        let mut tags = kept.as_ref().map(|kept| kept.tags.clone()).unwrap_or_default();
        tags.extend(wanted.tags.clone());
        let given = Given {
            deployment: name,
            flags: wanted.flags.clone(),
            configuration: file,
            environment: &|variable| environment.outside(variable),
            tags,
        };
        let chosen = choose(&blueprint.manifest, &given).map_err(Undecided::Mistaken)?;
        let outputs_folder = wanted
            .outputs
            .clone()
            .or_else(|| kept.as_ref().map(|kept| kept.outputs_folder.clone()))
            .unwrap_or_else(|| PathBuf::from(OUTPUTS_FOLDER));
        Ok(Decided { blueprint, chosen, kept, outputs_folder })
    }
}

pub(super) fn mistakes(what: &str, found: &[Mistake]) -> Failure {
    let noun = if found.len() == 1 { "mistake" } else { "mistakes" };
    let lines: Vec<String> = found.iter().map(|mistake| format!("  {mistake}")).collect();
    Failure::usage(format!("{what} has {} {noun}; nothing was begun\n{}", found.len(), lines.join("\n")))
}

/// A built-in blueprint by its name, or a folder of the same form by its path.
pub(crate) fn blueprint(named: &str) -> Result<Blueprint, Failure> {
    if let Some(found) = find(named) {
        return Ok(found.clone());
    }
    let (files, origin) = blueprint_files(named)?;
    lifeboat_blueprint::read(&files, origin).map_err(|found| mistakes(&format!("the blueprint in `{named}`"), &found))
}

/// The same, as the texts of its files by their names.
pub(crate) fn blueprint_files(named: &str) -> Result<(BTreeMap<String, String>, Origin), Failure> {
    let built_in = builtin_files(named);
    if !built_in.is_empty() {
        let files = built_in.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned()));
        return Ok((files.collect(), Origin::BuiltIn));
    }
    let path = Path::new(named);
    if !path.is_dir() {
        return Err(Failure::usage(format!("there is no blueprint `{named}`")).hint(format!(
            "{}\n`lifeboat blueprints list` lists them; a path to a folder is one of your own",
            suggest(named, builtin_names().collect::<Vec<_>>())
        )));
    }
    let unreadable = |error: &dyn std::fmt::Display| {
        Failure::error(format!("the blueprint in `{named}` cannot be read: {error}")).hint("see that you may read it")
    };
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(path).map_err(|error| unreadable(&error))? {
        let entry = entry.map_err(|error| unreadable(&error))?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if is_blueprint_file(&name) {
            files.insert(name, fs::read_to_string(entry.path()).map_err(|error| unreadable(&error))?);
        }
    }
    let origin = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    Ok((files, Origin::Folder(origin.display().to_string())))
}

/// `KEY=VALUE`, each once.
fn pairs(option: &str, given: &[String]) -> Result<BTreeMap<String, String>, Failure> {
    let mut pairs = BTreeMap::new();
    for text in given {
        let Some((key, value)) = text.split_once('=') else {
            return Err(
                Failure::usage(format!("`{option} {text}` has no value")).hint(format!("write `{option} KEY=VALUE`"))
            );
        };
        if pairs.insert(key.trim().to_owned(), value.to_owned()).is_some() {
            return Err(Failure::usage(format!("`{option} {key}` is given twice")).hint("leave one out"));
        }
    }
    Ok(pairs)
}

/// Of a file in TOML or JSON: one table of texts, numbers and switches.
fn parameter_file(path: &Path) -> Result<BTreeMap<String, String>, Failure> {
    let shown = path.display();
    let wrong = |why: String| {
        Failure::usage(format!("the parameter file `{shown}` cannot be used: {why}"))
            .hint("write one table, such as `environmentSuffix = \"dev\"`, in TOML or JSON")
    };
    let text = fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let is_json = path.extension().is_some_and(|ending| ending == "json");
    let table: toml::Table = if is_json {
        serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?
    } else {
        toml::from_str(&text).map_err(|error| wrong(error.to_string()))?
    };
    table
        .into_iter()
        .map(|(key, value)| {
            let text = match value {
                toml::Value::String(text) => text,
                toml::Value::Integer(number) => number.to_string(),
                toml::Value::Boolean(switch) => switch.to_string(),
                toml::Value::Float(number) => number.to_string(),
                toml::Value::Datetime(_) | toml::Value::Array(_) | toml::Value::Table(_) => {
                    return Err(wrong(format!("`{key}` is neither text nor number")));
                }
            };
            Ok((key, text))
        })
        .collect()
}

/// Which deployment is meant. `store`: where what was made is kept.
pub(crate) fn meant(wanted: &Wanted, store: Option<&Path>, environment: &Environment) -> Result<Meant, Failure> {
    let load = |name: &DeploymentName| match store {
        Some(folder) => provisioned::load(folder, name),
        None => Ok(None),
    };
    let Some(named) = &wanted.blueprint else {
        let name = wanted.name.as_deref().map(DeploymentName::from).ok_or_else(|| {
            Failure::usage("which blueprint is not said").hint("`lifeboat blueprints list` lists them")
        })?;
        let kept = load(&name)?.ok_or_else(|| {
            Failure::usage(format!("nothing is kept of a deployment `{name}`, so its blueprint is not known"))
                .hint("name it: `lifeboat up BLUEPRINT --name NAME`")
        })?;
        let (blueprint, _) = from_kept(&kept)?;
        return Ok(Meant { blueprint, name, kept: Some(kept) });
    };
    let blueprint = blueprint(named)?;
    let outside = |variable: &str| environment.outside(variable);
    let name = match &wanted.name {
        Some(name) => DeploymentName::from(name.as_str()),
        None => usual::name(&blueprint, [&wanted.flags, &wanted.file], &outside),
    };
    let kept = load(&name)?;
    if let Some(kept) = &kept
        && kept.blueprint != blueprint.manifest.name
    {
        return Err(Failure::usage(format!(
            "the deployment `{name}` was made from the blueprint `{}`, not from `{}`",
            kept.blueprint, blueprint.manifest.name
        ))
        .hint("choose another name with `--name NAME`"));
    }
    Ok(Meant { blueprint, name, kept })
}

pub(crate) fn from_kept(kept: &Kept) -> Result<(Blueprint, Chosen), Failure> {
    let blueprint = match &kept.folder {
        None => blueprint(&kept.blueprint)?,
        Some(folder) => blueprint(&folder.display().to_string())?,
    };
    let chosen = chosen(&blueprint, DeploymentName::from(kept.name.as_str()), &kept.parameters, &kept.tags)?;
    Ok((blueprint, chosen))
}

pub(super) fn chosen(
    blueprint: &Blueprint,
    name: DeploymentName,
    parameters: &BTreeMap<String, String>,
    tags: &BTreeMap<String, String>,
) -> Result<Chosen, Failure> {
    let given = Given { flags: parameters.clone(), tags: tags.clone(), ..Given::nothing(name) };
    choose(&blueprint.manifest, &given).map_err(|found| mistakes("what it was made with", &found))
}
