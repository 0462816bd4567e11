//! `lifeboat blueprints`: copies that are never written over, folders of one's own wherever a name is taken, and what
//! AWS's own linters say of the templates, and what the code in them does.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::it::harness::linter;
use crate::it::program::Ran;

fn run(folder: &Path, arguments: &[&str]) -> Ran {
    let mut program = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
    program.arg("blueprints").args(arguments).env_clear().env("HOME", folder).current_dir(folder);
    program.output().expect("the program was built with its tests").into()
}

fn exported(name: &str) -> (tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let ran = run(home.path(), &["export", name, "mine"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let folder = home.path().join("mine");
    (home, folder)
}

fn texts(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let named =
        |path: PathBuf| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(path).unwrap());
    entries.map(named).collect()
}

#[test]
fn a_copy_is_what_is_built_in_and_breaks_no_rule() {
    for name in ["ecommerce", "payments-aurora", "global-accelerator", "serverless", "payments-serverless"] {
        let (home, folder) = exported(name);
        let built_in = texts(&Path::new(env!("CARGO_MANIFEST_DIR")).join("blueprints").join(name));
        let mut copied = texts(&folder);
        let schema = copied.remove("manifest.schema.json").expect("the schema stands beside the manifest");
        assert!(serde_json::from_str::<Value>(&schema).is_ok());
        assert_eq!(copied, built_in, "{name}");
        let ran = run(home.path(), &["lint", "mine"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let ran = run(home.path(), &["show", "mine"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.stdout.contains(name), "{ran:?}");
    }
}

#[test]
fn a_copy_is_never_written_over() {
    let (home, folder) = exported("serverless");
    fs::write(folder.join("global.yaml"), "mine").unwrap();
    fs::remove_file(folder.join("routes.yaml")).unwrap();
    let before = texts(&folder);
    let ran = run(home.path(), &["export", "serverless", "mine"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains("global.yaml") && ran.stderr.contains("nothing was written"), "{ran:?}");
    assert_eq!(texts(&folder), before);
    // What stands in the way may be no file at all.
    fs::create_dir_all(home.path().join("other/manifest.toml")).unwrap();
    assert_eq!(run(home.path(), &["export", "serverless", "other"]).code, Some(1));
    assert_eq!(fs::read_dir(home.path().join("other")).unwrap().count(), 1);
}

#[test]
fn breaches_are_told_with_file_line_and_fix() {
    let (home, folder) = exported("serverless");
    let path = folder.join("global.yaml");
    let text = fs::read_to_string(&path).unwrap();
    let line = 1 + text.lines().position(|line| line.contains("GlobalTable:")).unwrap();
    fs::write(&path, text.replace("DeletionPolicy: Delete", "DeletionPolicy: Retain")).unwrap();
    let ran = run(home.path(), &["lint", "mine"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let wanted = format!("global.yaml:{line}: B01 GlobalTable has DeletionPolicy Retain; write DeletionPolicy: Delete");
    assert_eq!(ran.stdout, format!("{wanted}\n1 breach of 34 rules\n"));
    let ran = run(home.path(), &["lint", "mine", "--json"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    let finding = &told["blueprints"][0]["findings"][0];
    assert_eq!((finding["rule"].as_str(), finding["line"].as_u64()), (Some("B01"), Some(line as u64)));
}

#[test]
fn all_mistakes_are_told_at_once() {
    let (home, folder) = exported("serverless");
    let manifest = folder.join("manifest.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replacen("purpose =", "porpose =", 1)).unwrap();
    let template = folder.join("routes.yaml");
    let text = fs::read_to_string(&template).unwrap();
    fs::write(&template, text.replace("!Ref PeeringConnectionId", "!Ref PeeringConnection")).unwrap();
    let ran = run(home.path(), &["lint", "mine"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stdout.contains("did you mean `purpose`?"), "{ran:?}");
    assert!(
        ran.stdout.contains("routes.yaml:") && ran.stdout.contains("did you mean `PeeringConnectionId`?"),
        "{ran:?}"
    );
    let ran = run(home.path(), &["show", "mine"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains("did you mean `purpose`?") && ran.stdout.is_empty(), "{ran:?}");
    let ran = run(home.path(), &["show", "mine", "--json"]);
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert!(told["mistakes"].as_array().is_some_and(|mistakes| mistakes.len() > 1), "{told}");
}

#[test]
fn a_folder_that_is_none_is_a_mistake_of_the_command_line() {
    let home = tempfile::tempdir().unwrap();
    for command in [&["lint", "nothing"][..], &["show", "payment-aurora"], &["export", "nothing", "mine"]] {
        let ran = run(home.path(), command);
        assert_eq!(ran.code, Some(2), "{ran:?}");
    }
    assert!(run(home.path(), &["show", "payment-aurora"]).stderr.contains("payments-aurora"));
    fs::create_dir(home.path().join("empty")).unwrap();
    let ran = run(home.path(), &["lint", "empty"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stdout.contains("manifest.toml: is not there"), "{ran:?}");
}

#[test]
fn what_is_shown_is_told_as_json_too() {
    let home = tempfile::tempdir().unwrap();
    let ran = run(home.path(), &["show", "ecommerce", "--json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(told["counts"]["total"], 76);
    assert_eq!(told["modules"]["networking"], 29);
    assert_eq!(told["outputs"].as_array().map(Vec::len), Some(8));
    assert!(told["cost"]["usd_month"].as_f64().is_some_and(|usd| usd > 100.0), "{}", told["cost"]);
    let made: usize =
        told["stacks"].as_array().unwrap().iter().map(|stack| stack["resources"].as_array().unwrap().len()).sum();
    assert_eq!(told["resources"], made);
}

fn templates() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("blueprints");
    let folders = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let files = folders.flat_map(|folder| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
    let mut found: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|ending| ending == "yaml")).collect();
    found.sort();
    found
}

#[test]
fn cfn_lint_finds_nothing_in_any_template_in_three_regions() {
    let templates = templates();
    assert_eq!(templates.len(), 32);
    let output = linter("cfn-lint")
        .args(["-c", "I", "-r", "us-east-1", "us-east-2", "us-west-2", "--"])
        .args(&templates)
        .output()
        .expect("the linter was installed with its environment");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.trim().is_empty(), "{}\n{said}", output.status);
}

#[test]
fn checkov_finds_nothing_that_is_not_justified_beside_its_resource() {
    let output = linter("checkov")
        .args(["--framework", "cloudformation", "--skip-download", "--output", "json", "--directory"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("blueprints"))
        .output()
        .expect("the linter was installed with its environment");
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    assert_eq!(report["summary"]["parsing_errors"], 0);
    assert_eq!(report["summary"]["checkov_version"], "3.3.30");
    let failed: Vec<String> = report["results"]["failed_checks"]
        .as_array()
        .expect("a list of what failed")
        .iter()
        .map(|one| format!("{} {} {}", one["file_path"], one["resource"], one["check_id"]))
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    let skipped = report["results"]["skipped_checks"].as_array().expect("a list of what is justified");
    for one in skipped {
        let reason = one["check_result"]["suppress_comment"].as_str().unwrap_or_default().trim();
        assert!(reason.split_whitespace().count() >= 3, "{} {} has no reason", one["resource"], one["check_id"]);
    }
    // Every justification is of something that is asked there; none is left over from what was mended.
    let written: usize =
        templates().iter().map(|path| fs::read_to_string(path).unwrap().matches("checkov:skip=").count()).sum();
    assert_eq!(skipped.len(), written, "a justification without effect");
    assert!(report["summary"]["passed"].as_u64().is_some_and(|passed| passed > 300), "{}", report["summary"]);
}

/// The functions' code is part of the templates, and nothing else ever runs it before AWS does.
#[test]
fn the_code_of_every_function_answers_clients_checkers_and_alarms() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let node = ["/usr/bin/node", "/usr/local/bin/node"].into_iter().find(|path| Path::new(path).exists());
    let node = node.expect("functions written for Node.js are run by it, and no `node` was found: install nodejs");
    let output = linter("python")
        .arg(root.join("tests/emulators/functions.py"))
        .arg(root.join("blueprints"))
        .arg(node)
        .output()
        .expect("the environment's Python starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{said}", output.status);
    let told = String::from_utf8_lossy(&output.stdout).lines().last().unwrap_or_default().to_owned();
    let asked: Vec<String> = serde_json::from_str(&told).unwrap_or_else(|error| panic!("{error}: {told}"));
    assert_eq!(asked.len(), 9, "{asked:?}");
}
