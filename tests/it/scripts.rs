//! Command lines with what they print and how they end: `tests/scripts`. A line that begins with `$` is run; what
//! follows is standard output, lines with `!` standard error, and the line with `=` the exit code.

#![expect(clippy::format_push_string, reason = "short texts, and `write!` to a string has an error that cannot happen")]

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::it::golden::{compare, tests};
use crate::it::program::Ran;

macro_rules! scripts {
    ($($name:ident),+ $(,)?) => {
        $(#[test]
        fn $name() {
            replay(stringify!($name));
        })+

        const LISTED: &[&str] = &[$(stringify!($name)),+];
    };
}

scripts! {
    blueprints,
    config_commands,
    import_bad_files,
    import_five_architectures,
    import_other_forms,
    import_writes,
    json_shape,
    lists,
    mistyped,
    status_calm,
    status_trouble,
}

#[test]
fn every_script_is_run() {
    let mut there: Vec<String> = fs::read_dir(tests().join("scripts"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    there.sort();
    assert_eq!(there, LISTED);
}

fn replay(name: &str) {
    let path = tests().join("scripts").join(format!("{name}.txt"));
    let script = fs::read_to_string(&path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let outputs = tests().join("fixtures/outputs");
    copy(&outputs, &folder.path().join("outputs"));
    let mut played = String::new();
    for line in script.lines() {
        // Its purpose, at the head; later such lines are what a command printed.
        if line.starts_with('#') && !played.contains("\n$ ") {
            played.push_str(&format!("{line}\n"));
        }
        let Some(words) = line.strip_prefix("$ ") else { continue };
        played.push_str(&format!("{line}\n{}\n", perform(words, folder.path())));
    }
    if let Err(difference) = compare(&path, &played) {
        panic!("{difference}");
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let there = to.join(path.file_name().unwrap());
        if path.is_dir() { copy(&path, &there) } else { fs::copy(&path, &there).map(|_| ()).unwrap() }
    }
}

/// `VARIABLE=value` words in front are the environment.
fn perform(words: &str, folder: &Path) -> String {
    let mut words: Vec<&str> = words.split_whitespace().collect();
    let variables: Vec<(&str, &str)> = words.iter().map_while(|word| word.split_once('=')).collect();
    words.drain(..variables.len());
    let (command, arguments) = words.split_first().expect("a command stands after `$`");
    match *command {
        "cat" => fs::read_to_string(folder.join(arguments[0])).expect("the file to show is there"),
        "lifeboat" => told(&lifeboat(arguments, &variables, folder), folder),
        other => panic!("a script cannot run `{other}`"),
    }
}

fn lifeboat(arguments: &[&str], variables: &[(&str, &str)], folder: &Path) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_lifeboat"))
        .args(arguments)
        .env_clear()
        .env("HOME", folder)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .envs(variables.iter().copied())
        .current_dir(folder)
        .output()
        .expect("the program was built with its tests");
    output.into()
}

fn told(ran: &Ran, folder: &Path) -> String {
    let mut text = ran.stdout.clone();
    for line in ran.stderr.lines() {
        text.push_str(format!("! {line}").trim_end());
        text.push('\n');
    }
    text.push_str(&format!("= {}\n", ran.code.map_or_else(|| "a signal".to_owned(), |code| code.to_string())));
    text.replace(&folder.display().to_string(), "[FOLDER]")
}
