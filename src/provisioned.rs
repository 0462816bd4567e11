//! What Lifeboat keeps of a deployment that it made: from which blueprint, with which parameters, which stacks, and what
//! they told last, so that the standby's can be updated while the home region is gone. One file a deployment, in the data
//! folder or among a simulated world's belongings. It holds no secret: nothing secret is ever a parameter or an output.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use lifeboat_blueprint::{Blueprint, Chosen, Gathered, Origin};
use lifeboat_engine::planner::building::Earlier;
use lifeboat_model::id::{AccountId, DeploymentName, Region, StackName};
use serde::{Deserialize, Serialize};

use crate::exit::Failure;

/// The folder's name, in the data folder and among a world's belongings.
pub(crate) const FOLDER: &str = "deployments";
/// The version of the file.
const VERSION: u32 = 1;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kept {
    pub(crate) version: u32,
    pub(crate) name: String,
    pub(crate) blueprint: String,
    /// Where it was read from; `None` for one that is built in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) folder: Option<PathBuf>,
    pub(crate) home: String,
    pub(crate) partner: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<String>,
    /// The AWS profile it was made with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) profile: Option<String>,
    /// Where its outputs files are written.
    pub(crate) outputs_folder: PathBuf,
    #[serde(default)]
    pub(crate) tags: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) parameters: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) stacks: Vec<KeptStack>,
    /// As last read, by the stack's id within the manifest.
    #[serde(default)]
    pub(crate) outputs: BTreeMap<String, BTreeMap<String, String>>,
    /// What steps found out, by their ids.
    #[serde(default)]
    pub(crate) answers: BTreeMap<String, String>,
    /// The deployment as the configuration has it, once everything stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) deployment: Option<toml::Table>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeptStack {
    pub(crate) id: String,
    pub(crate) region: String,
    pub(crate) name: String,
}

impl Kept {
    /// Before anything is made, so that whatever becomes of it can be gone on with, or taken away.
    pub(crate) fn begin(
        blueprint: &Blueprint,
        chosen: &Chosen,
        stacks: &[KeptStack],
        outputs_folder: &Path,
        profile: Option<&str>,
    ) -> Self {
        let mut parameters = chosen.values.clone();
        parameters.insert(blueprint.manifest.home.parameter.clone(), chosen.home.to_string());
        parameters.insert(blueprint.manifest.partner.parameter.clone(), chosen.partner.to_string());
        Self {
            version: VERSION,
            name: chosen.deployment.to_string(),
            blueprint: blueprint.manifest.name.clone(),
            folder: match &blueprint.origin {
                Origin::BuiltIn => None,
                Origin::Folder(path) => Some(PathBuf::from(path)),
            },
            home: chosen.home.to_string(),
            partner: chosen.partner.to_string(),
            account: None,
            profile: profile.map(str::to_owned),
            outputs_folder: outputs_folder.to_owned(),
            tags: chosen.tags.clone(),
            parameters,
            stacks: stacks.to_vec(),
            outputs: BTreeMap::new(),
            answers: BTreeMap::new(),
            deployment: None,
        }
    }

    /// What was known of it before stays known: stacks of parameters that are off now still stand.
    pub(crate) fn remembering(mut self, before: Option<&Self>) -> Self {
        if let Some(before) = before {
            for stack in &before.stacks {
                if !self.stacks.contains(stack) {
                    self.stacks.push(stack.clone());
                }
            }
            self.outputs.clone_from(&before.outputs);
            self.answers.clone_from(&before.answers);
            self.account = self.account.or_else(|| before.account.clone());
            self.profile = self.profile.or_else(|| before.profile.clone());
            self.deployment.clone_from(&before.deployment);
        }
        self
    }

    pub(crate) fn earlier(&self) -> Vec<Earlier> {
        let of = |stack: &KeptStack| Earlier {
            id: stack.id.clone(),
            region: Region::from(stack.region.as_str()),
            name: StackName::from(stack.name.as_str()),
        };
        self.stacks.iter().map(of).collect()
    }

    pub(crate) fn gathered(&self) -> Gathered {
        Gathered {
            account: self.account.as_deref().map(AccountId::from),
            outputs: self.outputs.clone(),
            steps: self.answers.clone(),
        }
    }

    /// As a configuration that the program's own reader reads: with no more than regions and stacks while it is being
    /// made.
    pub(crate) fn configuration(&self) -> String {
        let mut table = self.deployment.clone().unwrap_or_default();
        let mut put = |key: &str, value: Option<&str>| {
            if let Some(value) = value {
                table.entry(key).or_insert_with(|| toml::Value::from(value));
            }
        };
        put("home", Some(&self.home));
        put("partner", Some(&self.partner));
        put("account", self.account.as_deref());
        put("profile", self.profile.as_deref());
        if self.folder.is_none() {
            put("blueprint", Some(&self.blueprint));
        }
        if !table.contains_key("stacks") {
            let mut stacks = toml::Table::new();
            for region in [&self.home, &self.partner] {
                let here = self.stacks.iter().filter(|stack| stack.region == *region);
                let names: Vec<toml::Value> = here.map(|stack| toml::Value::from(stack.name.as_str())).collect();
                if !names.is_empty() {
                    stacks.insert(region.clone(), toml::Value::Array(names));
                }
            }
            if !stacks.is_empty() {
                table.insert("stacks".to_owned(), toml::Value::Table(stacks));
            }
        }
        let deployments = toml::Table::from_iter([(self.name.clone(), toml::Value::Table(table))]);
        let whole = toml::Table::from_iter([
            ("version".to_owned(), toml::Value::from(crate::config::schema::VERSION)),
            ("deployments".to_owned(), toml::Value::Table(deployments)),
        ]);
        // Every value came from TOML, and there is none that TOML has not.
        toml::to_string(&whole).unwrap_or_default()
    }
}

fn file(folder: &Path, name: &DeploymentName) -> PathBuf {
    folder.join(format!("{name}.toml"))
}

fn unreadable(path: &Path, why: &str) -> Failure {
    Failure::error(format!("what is kept of a deployment in `{}` cannot be read: {why}", path.display()))
        .hint("mend the file, or move it away: the stacks stand without it")
}

fn read(path: &Path) -> Result<Option<Kept>, Failure> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(path, &error.to_string())),
    };
    let kept: Kept = toml::from_str(&text).map_err(|error| unreadable(path, &error.to_string()))?;
    if kept.version != VERSION {
        return Err(unreadable(path, &format!("it is of version {}, and this program reads {VERSION}", kept.version)));
    }
    Ok(Some(kept))
}

/// `None` where nothing is kept of it.
pub(crate) fn load(folder: &Path, name: &DeploymentName) -> Result<Option<Kept>, Failure> {
    read(&file(folder, name))
}

/// All that are kept, in the order of their names, and what is wrong with those that cannot be read: a damaged file
/// must not keep anybody from the others.
pub(crate) fn all(folder: &Path) -> (Vec<Kept>, Vec<Failure>) {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Default::default(),
        Err(error) => return (Vec::new(), vec![unreadable(folder, &error.to_string())]),
    };
    let mut paths: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    paths.sort();
    let (mut kept, mut damaged) = (Vec::new(), Vec::new());
    for path in paths {
        match read(&path) {
            Ok(found) => kept.extend(found),
            Err(failure) => damaged.push(failure),
        }
    }
    (kept, damaged)
}

/// Whole or not at all: whoever dies between leaves the file as it was.
pub(crate) fn keep(folder: &Path, kept: &Kept) -> Result<(), Failure> {
    let path = file(folder, &DeploymentName::from(kept.name.as_str()));
    let failed = |error: &dyn std::fmt::Display| {
        Failure::error(format!("`{}` could not be written: {error}", path.display()))
            .hint("see that the data folder can be written to, or name another with `--data-dir DIR`")
    };
    let text = toml::to_string(kept).map_err(|error| failed(&error))?;
    let beside = path.with_extension("toml.new");
    fs::create_dir_all(folder).map_err(|error| failed(&error))?;
    fs::write(&beside, text).map_err(|error| failed(&error))?;
    fs::rename(&beside, &path).map_err(|error| failed(&error))
}

/// What was known of a deployment before somebody began to change it.
pub(crate) fn put_back(folder: &Path, name: &DeploymentName, before: Option<&Kept>) -> Result<(), Failure> {
    match before {
        Some(kept) => keep(folder, kept),
        None => forget(folder, name),
    }
}

pub(crate) fn forget(folder: &Path, name: &DeploymentName) -> Result<(), Failure> {
    let path = file(folder, name);
    match fs::remove_file(&path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Failure::error(format!("`{}` could not be removed: {error}", path.display()))
            .hint("remove it yourself: nothing of the deployment is left")),
    }
}

#[cfg(test)]
mod tests {
    use lifeboat_blueprint::{find, stacks};

    use super::*;

    fn kept() -> Kept {
        let blueprint = find("payments-aurora").unwrap();
        let chosen = Chosen::defaults(&blueprint.manifest, DeploymentName::from("pay"));
        let stacks: Vec<KeptStack> = stacks(blueprint, &chosen)
            .unwrap()
            .stacks
            .iter()
            .map(|spec| KeptStack { id: spec.id.clone(), region: spec.region.to_string(), name: spec.name.to_string() })
            .collect();
        Kept::begin(blueprint, &chosen, &stacks, Path::new("cfn-outputs"), None)
    }

    #[test]
    fn what_is_kept_is_read_back_as_it_was_and_forgotten_once() {
        let folder = tempfile::tempdir().unwrap();
        let name = DeploymentName::from("pay");
        assert_eq!(load(folder.path(), &name).unwrap(), None);
        let kept = kept();
        keep(folder.path(), &kept).unwrap();
        assert_eq!(load(folder.path(), &name).unwrap(), Some(kept.clone()));
        fs::write(folder.path().join("other.toml"), "version = 1\nbogus = 2\n").unwrap();
        let (found, damaged) = all(folder.path());
        assert_eq!((found.as_slice(), damaged.len()), (&[kept][..], 1), "a damaged one hides no other");
        forget(folder.path(), &name).unwrap();
        forget(folder.path(), &name).unwrap();
        assert_eq!(all(folder.path()).0, []);
    }

    /// A run that is refused at its beginning has changed nothing.
    #[test]
    fn what_was_known_before_a_run_that_never_began_is_known_again() {
        let folder = tempfile::tempdir().unwrap();
        let name = DeploymentName::from("pay");
        let before = kept();
        let mut chosen = before.clone();
        chosen.parameters.insert("EnvironmentSuffix".to_owned(), "other".to_owned());
        keep(folder.path(), &chosen).unwrap();
        put_back(folder.path(), &name, Some(&before)).unwrap();
        assert_eq!(load(folder.path(), &name).unwrap(), Some(before));
        put_back(folder.path(), &name, None).unwrap();
        assert_eq!(load(folder.path(), &name).unwrap(), None);
    }

    #[test]
    fn a_deployment_that_is_being_made_is_one_of_the_configuration() {
        let text = kept().configuration();
        let (config, diagnostics) = crate::config::file::parse(&text);
        assert!(!diagnostics.has_errors(), "{}", diagnostics.render("kept", &text));
        let [entry] = config.deployments.as_slice() else { panic!("{text}") };
        assert_eq!(entry.deployment.name.as_str(), "pay");
        assert_eq!(entry.deployment.stacks.len(), 6, "{text}");
    }

    #[test]
    fn a_file_that_is_not_understood_is_told_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("pay.toml"), "version = 1\nbogus = 2\n").unwrap();
        let failure = load(folder.path(), &DeploymentName::from("pay")).unwrap_err();
        assert!(failure.message.contains("pay.toml") && failure.message.contains("bogus"), "{failure}");
    }
}
