//! The built-in blueprints, and folders of users.

use std::collections::BTreeSet;

use lifeboat_model::id::DeploymentName;

use super::*;
use crate::chosen::Chosen;
use crate::stacks::stacks;

fn folder(name: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../blueprints").join(name)
}

#[test]
fn every_built_in_blueprint_can_be_read() {
    for name in builtin_names() {
        let files = builtin_files(name).iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect();
        if let Err(mistakes) = read(&files, Origin::BuiltIn) {
            let texts: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
            panic!("{name}:\n{}", texts.join("\n"));
        }
        assert_eq!(find(name).map(Blueprint::name), Some(name));
    }
    assert_eq!(builtin().len(), 5);
}

#[test]
fn what_is_built_in_is_what_is_in_the_folders() {
    for name in builtin_names() {
        let built_in: BTreeSet<String> = builtin_files(name).iter().map(|(file, _)| (*file).to_owned()).collect();
        let listed = std::fs::read_dir(folder(name)).unwrap().map(|entry| entry.unwrap().file_name());
        let there: BTreeSet<String> = listed.map(|file| file.into_string().unwrap()).collect();
        assert_eq!(built_in, there, "{name}");
    }
}

#[test]
fn every_built_in_blueprint_comes_to_stacks_in_order() {
    for blueprint in builtin() {
        let chosen = Chosen::defaults(&blueprint.manifest, DeploymentName::from("prod"));
        let plan = stacks(blueprint, &chosen).unwrap_or_else(|mistakes| {
            let texts: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
            panic!("{}:\n{}", blueprint.name(), texts.join("\n"))
        });
        let mut done = BTreeSet::new();
        for stack in &plan.stacks {
            assert!(stack.after.iter().all(|id| done.contains(id)), "{} {}", blueprint.name(), stack.id);
            assert!(!stack.evaluated.resources.is_empty(), "{} {}", blueprint.name(), stack.id);
            done.insert(stack.id.clone());
        }
    }
}

/// Plans, journals and what is kept of a deployment show what was chosen.
#[test]
fn a_secret_is_no_parameter_of_a_blueprint() {
    let mut files: BTreeMap<String, String> =
        builtin_files("serverless").iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect();
    let template = files.get_mut("primary.yaml").unwrap();
    assert!(template.contains("  EnvironmentSuffix:\n    Type: String\n"), "the parameter is where it was");
    *template = template.replacen(
        "  EnvironmentSuffix:\n    Type: String\n",
        "  EnvironmentSuffix:\n    Type: String\n    NoEcho: true\n",
        1,
    );
    let mistakes = read(&files, Origin::Folder("mine".to_owned())).unwrap_err();
    let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    assert!(told.iter().any(|text| text.contains("NoEcho") && text.contains("secure-parameter")), "{told:?}");
}
