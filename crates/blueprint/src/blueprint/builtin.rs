//! The five blueprints that come with the program, as their files are in `blueprints/`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::{Blueprint, Origin, read};

/// What the schema of manifests is called where it stands beside one.
pub const SCHEMA_FILE: &str = "manifest.schema.json";
/// The form of a manifest, for editors.
pub const SCHEMA: &str = include_str!("../../../../blueprints/manifest.schema.json");

/// A file's name and its text.
pub type File = (&'static str, &'static str);

macro_rules! folder {
    ($name:literal: $($file:literal),+ $(,)?) => {
        ($name, &[$(($file, include_str!(concat!("../../../../blueprints/", $name, "/", $file)))),+])
    };
}

const FOLDERS: [(&str, &[File]); 5] = [
    folder!(
        "ecommerce":
        "manifest.toml",
        "automation.yaml",
        "global.yaml",
        "primary-app.yaml",
        "primary-database.yaml",
        "primary.yaml",
        "secondary-app.yaml",
        "secondary-database.yaml",
        "secondary.yaml",
        "stores.yaml",
    ),
    folder!(
        "payments-aurora":
        "manifest.toml",
        "dr-database.yaml",
        "dr.yaml",
        "global.yaml",
        "primary-database.yaml",
        "primary.yaml",
        "stores.yaml",
    ),
    folder!(
        "global-accelerator":
        "manifest.toml",
        "events.yaml",
        "global.yaml",
        "primary-database.yaml",
        "primary.yaml",
        "secondary-database.yaml",
        "secondary.yaml",
        "stores.yaml",
    ),
    folder!(
        "serverless":
        "manifest.toml",
        "endpoint.yaml",
        "global.yaml",
        "primary.yaml",
        "routes.yaml",
        "secondary.yaml",
        "traffic.yaml",
    ),
    folder!(
        "payments-serverless":
        "manifest.toml",
        "global.yaml",
        "primary.yaml",
        "secondary.yaml",
        "stores.yaml",
    ),
];

/// In the order in which they are listed. A test holds that all of them can be read.
pub fn builtin() -> &'static [Blueprint] {
    static BLUEPRINTS: OnceLock<Vec<Blueprint>> = OnceLock::new();
    BLUEPRINTS.get_or_init(|| FOLDERS.iter().filter_map(|(name, _)| read_builtin(name)).collect())
}

/// One of them read anew, for whoever needs it once: read, the five take several megabytes, which [`builtin`] keeps.
pub fn read_builtin(name: &str) -> Option<Blueprint> {
    let files = builtin_files(name).iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned()));
    read(&files.collect::<BTreeMap<_, _>>(), Origin::BuiltIn).ok()
}

pub fn builtin_names() -> impl Iterator<Item = &'static str> {
    FOLDERS.iter().map(|(name, _)| *name)
}

pub fn find(name: &str) -> Option<&'static Blueprint> {
    builtin().iter().find(|blueprint| blueprint.manifest.name == name)
}

/// The files of a built-in blueprint as they were written, for a copy; empty for a name that there is not.
pub fn builtin_files(name: &str) -> &'static [File] {
    FOLDERS.iter().find(|(known, _)| *known == name).map_or(&[], |(_, files)| files)
}
