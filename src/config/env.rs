//! What the environment says. It enters the program here and nowhere else; what AWS's own variables mean is
//! left to AWS's own chain.

use std::collections::BTreeMap;

/// The variables that Lifeboat reads, with what each does.
pub(crate) const VARIABLES: &[(&str, &str)] = &[
    (CONFIG, "the configuration file, as `--config`"),
    (DEPLOYMENT, "the deployment, as `--deployment`"),
    (DATA_DIR, "the data folder, as `--data-dir`"),
    (THEME, "the theme, as `--theme`"),
    (LOG, "the log level, as `--log-level`"),
    (NO_COLOR, "no colour, whatever its value"),
    (USER, "who acts, as the journal names them"),
    (AWS_PROFILE, "AWS's own; `up` notes it, so that what was made is watched with the profile that made it"),
    (ENVIRONMENT_SUFFIX, "for `import`: the suffix of the deployment's names, where the file does not tell"),
    (PRIMARY_REGION, "for `import`: the home region, where the file does not tell"),
    (DR_REGION, "for `import`: the partner region, where the file does not tell"),
];

pub(crate) const CONFIG: &str = "LIFEBOAT_CONFIG";
pub(crate) const DEPLOYMENT: &str = "LIFEBOAT_DEPLOYMENT";
pub(crate) const DATA_DIR: &str = "LIFEBOAT_DATA_DIR";
pub(crate) const THEME: &str = "LIFEBOAT_THEME";
pub(crate) const LOG: &str = "LIFEBOAT_LOG";
pub(crate) const NO_COLOR: &str = "NO_COLOR";
pub(crate) const USER: &str = "USER";
pub(crate) const AWS_PROFILE: &str = "AWS_PROFILE";
pub(crate) const ENVIRONMENT_SUFFIX: &str = "ENVIRONMENT_SUFFIX";
pub(crate) const PRIMARY_REGION: &str = "PRIMARY_REGION";
pub(crate) const DR_REGION: &str = "DR_REGION";

/// The variables of [`VARIABLES`] that are set, and not to nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Environment(BTreeMap<&'static str, String>);

impl Environment {
    #[expect(clippy::disallowed_methods, reason = "this is the door by which the environment enters")]
    pub(crate) fn of_process() -> Self {
        let read =
            |name: &&'static str| std::env::var_os(name).map(|value| (*name, value.to_string_lossy().into_owned()));
        let names: Vec<&'static str> = VARIABLES.iter().map(|(name, _)| *name).collect();
        Self(names.iter().filter_map(read).filter(|(_, value)| !value.is_empty()).collect())
    }

    /// A variable that a blueprint names, which nobody here can know beforehand. Never one of AWS's own secrets.
    #[expect(clippy::disallowed_methods, reason = "this is the door by which the environment enters")]
    pub(crate) fn outside(&self, name: &str) -> Option<String> {
        if let Some((_, value)) = self.0.iter().find(|(known, _)| **known == name) {
            return Some(value.clone());
        }
        if name.starts_with("AWS_") || cfg!(test) {
            return None;
        }
        std::env::var(name).ok().filter(|value| !value.is_empty())
    }

    #[cfg(test)]
    pub(crate) fn of(pairs: &[(&'static str, &str)]) -> Self {
        Self(pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect())
    }

    pub(crate) fn get(&self, name: &'static str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}
