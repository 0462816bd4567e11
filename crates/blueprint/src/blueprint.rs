//! A blueprint: a manifest with its templates, read together. What they come to with chosen values is in `stacks`.

mod agreement;
mod builtin;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

pub use builtin::{File, SCHEMA, SCHEMA_FILE, builtin, builtin_files, builtin_names, find, read_builtin};

pub(crate) use agreement::disagreements;

use crate::manifest::{MANIFEST_FILE, Manifest, Stack};
use crate::mistake::Mistake;
use crate::template::Template;

#[derive(Clone, Debug, PartialEq)]
pub struct Blueprint {
    pub manifest: Manifest,
    /// By file.
    pub templates: BTreeMap<String, Template>,
    pub origin: Origin,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    BuiltIn,
    /// A user's folder, as it was named.
    Folder(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BuiltIn => "built in",
            Self::Folder(path) => path,
        })
    }
}

/// From the texts of a folder's files, by name. Every mistake of every file is told at once.
pub fn read(files: &BTreeMap<String, String>, origin: Origin) -> Result<Blueprint, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let manifest = if let Some(text) = files.get(MANIFEST_FILE) {
        Manifest::read(text).map_err(|found| mistakes.extend(found)).ok()
    } else {
        mistakes.push(Mistake {
            file: MANIFEST_FILE.to_owned(),
            line: 0,
            what: "is not there".to_owned(),
            fix: "a blueprint is a folder with a manifest.toml and the templates that it names".to_owned(),
        });
        None
    };
    let mut templates = BTreeMap::new();
    for (file, text) in files.iter().filter(|(file, _)| is_template(file)) {
        match Template::read(file, text) {
            Ok(template) => {
                templates.insert(file.clone(), template);
            }
            Err(found) => mistakes.extend(found),
        }
    }
    if let Some(manifest) = manifest {
        let blueprint = Blueprint { manifest, templates, origin };
        let unreadable = |file: &str| files.contains_key(file) && !blueprint.templates.contains_key(file);
        mistakes.extend(disagreements(&blueprint, &unreadable));
        if mistakes.is_empty() {
            return Ok(blueprint);
        }
    }
    mistakes.sort();
    Err(mistakes)
}

impl Blueprint {
    pub fn name(&self) -> &str {
        &self.manifest.name
    }

    pub fn template_of(&self, stack: &Stack) -> Option<&Template> {
        self.templates.get(&stack.template)
    }
}

/// Whether a file of a folder belongs to the blueprint in it.
pub fn is_blueprint_file(file: &str) -> bool {
    file == MANIFEST_FILE || is_template(file)
}

/// Whether a file of a blueprint's folder is read as a template.
pub fn is_template(file: &str) -> bool {
    std::path::Path::new(file).extension().is_some_and(|extension| extension == "yaml")
}
