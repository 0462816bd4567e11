//! Configurations that are right, and mistakes with the words they are told in: `tests/config`.

use std::fs;
use std::path::PathBuf;

use crate::it::golden::{compare, tests};
use crate::it::program::{Ran, program};

fn corpus(kind: &str) -> Vec<PathBuf> {
    let folder = tests().join("config").join(kind);
    let entries = fs::read_dir(folder).expect("the corpus is there").map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|ending| ending == "toml")).collect();
    files.sort();
    files
}

/// The file under a name of its own, so that the message holds no path of this machine.
fn check(file: &PathBuf, more: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(file, folder.path().join("config.toml")).unwrap();
    let arguments: Vec<&str> =
        ["config", "check", "--config", "config.toml"].into_iter().chain(more.iter().copied()).collect();
    program(&arguments, &[], folder.path())
}

#[test]
fn every_mistake_is_told_with_its_place_and_its_fix() {
    let files = corpus("invalid");
    assert!(files.len() >= 30, "{}", files.len());
    let mut wrong = Vec::new();
    for file in files {
        let ran = check(&file, &[]);
        if ran.code != Some(1) {
            wrong.push(format!("{}: exit {:?}, stderr {}", file.display(), ran.code, ran.stderr));
        }
        for line in ran.stdout.lines().filter(|line| line.contains(": error: ")) {
            assert!(line.starts_with("config.toml:"), "{line}");
        }
        wrong.extend(compare(&file.with_extension("txt"), &ran.stdout).err());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_right_is_accepted_and_shown_as_it_is_meant() {
    let files = corpus("valid");
    assert!(files.len() >= 8, "{}", files.len());
    let mut wrong = Vec::new();
    for file in files {
        let checked = check(&file, &[]);
        if checked.code != Some(0) {
            wrong.push(format!("{}: exit {:?}\n{}{}", file.display(), checked.code, checked.stdout, checked.stderr));
        }
        let folder = tempfile::tempdir().unwrap();
        fs::copy(&file, folder.path().join("config.toml")).unwrap();
        let shown = program(&["config", "show", "--config", "config.toml", "--data-dir", "data"], &[], folder.path());
        let golden = format!("{}\n{}", checked.stdout, shown.stdout);
        wrong.extend(compare(&file.with_extension("txt"), &golden).err());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn diagnostics_are_to_be_had_as_json() {
    let ran = check(&tests().join("config/invalid/many-mistakes.toml"), &["--json"]);
    let value = ran.json();
    assert_eq!(value["ok"], false);
    let diagnostics = value["diagnostics"].as_array().unwrap();
    assert!(diagnostics.len() >= 8, "{value}");
    assert!(diagnostics.iter().all(|one| one["line"].is_u64() && one["message"].is_string()), "{value}");
}

/// Colours keep nobody from the console: neither a theme that is not there nor a file with a mistake in it.
#[test]
fn a_theme_that_cannot_be_used_is_told_and_the_usual_one_taken() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("config.toml"), "version = 1\n[console]\ntheme = \"mine\"\n").unwrap();
    let status =
        ["status", "--config", "config.toml", "--data-dir", "data", "--simulate", "--deployment", "serverless"];
    let ran = program(&status, &[], folder.path());
    assert!(ran.stderr.contains("config.toml:3:9: warning: there is no theme `mine`; the usual one"), "{}", ran.stderr);
    assert!(ran.stdout.contains("serverless"), "{}", ran.stdout);
    fs::create_dir(folder.path().join("themes")).unwrap();
    fs::write(folder.path().join("themes/mine.toml"), "name = \"mine\"\n[roles\n").unwrap();
    let ran = program(&status, &[], folder.path());
    for words in ["warning: the theme `mine` cannot be used", "mine.toml", "line 2"] {
        assert!(ran.stderr.contains(words), "{words}: {}", ran.stderr);
    }
    assert!(ran.stdout.contains("serverless"), "{}", ran.stdout);
    // Who names one on the command line means it, and is at hand.
    let named = program(&[&status[..], &["--theme", "mine"]].concat(), &[], folder.path());
    assert_eq!(named.code, Some(2), "{}", named.stderr);
    assert!(named.stderr.contains("mine.toml"), "{}", named.stderr);
}

#[test]
fn what_is_in_effect_is_to_be_had_as_json() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(tests().join("config/valid/two-places.toml"), folder.path().join("config.toml")).unwrap();
    let ran = program(&["config", "show", "--config", "config.toml", "--json"], &[], folder.path());
    let value = ran.json();
    let deployments = value["deployments"].as_array().unwrap();
    let named = |name: &str| deployments.iter().find(|one| one["deployment"]["name"] == name).unwrap();
    assert_eq!((&named("prod")["access"], &named("prod")["profile"]), (&"read-only".into(), &"prod".into()), "{value}");
    assert_eq!(named("staging")["access"], serde_json::Value::Null, "{value}");
}
