//! Each built-in blueprint from nothing to nothing: made, seen by another client as its architecture demands, watched, moved,
//! and taken away without a trace.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat_blueprint::find;
use serde_json::{Value, json};

use super::{Yard, came, completed, rows};
use crate::it::live::roles;
use crate::it::program::Ran;

/// What of the blueprints an emulator cannot make as it is written, blueprint by blueprint.
const DEVIATIONS: &str = include_str!("../../emulators/deviations.txt");

fn written_down(name: &str) -> BTreeSet<String> {
    let sections = DEVIATIONS.split("\n## ").skip(1);
    let section = sections.map(|section| section.split_once('\n').expect("a heading ends")).find(|(of, _)| *of == name);
    let (_, lines) = section.unwrap_or_else(|| panic!("nothing is written down for {name}"));
    lines.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[expect(clippy::print_stdout, reason = "whoever runs the tests is to see what they were not run with")]
fn assert_written_down(name: &str, deviations: &BTreeSet<String>) {
    println!("{name}, on the emulator, other than it is written:");
    for deviation in deviations {
        println!("  {deviation}");
    }
    let listed = written_down(name);
    let difference =
        |one: &BTreeSet<String>, other: &BTreeSet<String>| -> Vec<String> { one.difference(other).cloned().collect() };
    let (new, old) = (difference(deviations, &listed), difference(&listed, deviations));
    assert!(new.is_empty() && old.is_empty(), "{name}: not written down: {new:#?}\nno more: {old:#?}");
}

/// The outputs file has the keys that the manifest says, and nothing in it is empty.
fn assert_outputs(yard: &Yard) {
    let manifest = yard.read_blueprint().manifest;
    let files: Vec<String> =
        manifest.outputs.files.iter().map(|file| file.source.replace("{EnvironmentSuffix}", &yard.suffix)).collect();
    for file in files {
        let written = yard.outputs(&file);
        let keys: Vec<&String> = written.as_object().expect("an object").keys().collect();
        let wanted: Vec<&String> = manifest.outputs.keys.iter().map(|(key, _)| key).collect();
        assert_eq!(keys, wanted, "{file}");
        let is_empty = |value: &Value| *value == json!("") || *value == json!([]) || value.is_null();
        let empty: Vec<_> = written.as_object().expect("an object").iter().filter(|(_, it)| is_empty(it)).collect();
        assert!(empty.is_empty(), "{file}: {empty:?}");
    }
}

/// Clients ask one of the two regions, more of them than before, and everything replicates.
fn live(yard: &Yard, active: usize) {
    let requests = ["1000", "1000000"][active];
    yard.own.boto("pulse.py", &[&yard.regions[0], &yard.regions[1], &yard.regions[active], requests]);
}

/// A look that saw every store. One look has seconds in all, which an emulator on a machine with other work may need for
/// less than everything; what was not read in time is asked for again.
fn looked(yard: &Yard, active: usize) -> (Ran, Value) {
    const LOOKS: usize = 5;
    let look = || {
        live(yard, active);
        let ran: Ran = yard.run(&["status", "--json", "--deployment", &yard.name]);
        let status = ran.json();
        (ran, status)
    };
    let saw_all = |(_, status): &(Ran, Value)| {
        status["stores"].as_array().is_some_and(|stores| stores.iter().all(|store| store["health"] != "unknown"))
    };
    let mut last = look();
    for _ in 1..LOOKS {
        if saw_all(&last) {
            break;
        }
        last = look();
    }
    last
}

fn assert_active(yard: &Yard, active: usize) {
    let (ran, status) = looked(yard, active);
    // Nobody promises that a deployment which has just been made is ready to be failed over.
    assert!(matches!(ran.code, Some(0 | 5)), "{:?}: {status:#}\n{}", ran.code, ran.stderr);
    let wanted = |side: usize| if side == active { "active" } else { "standby" };
    let expected: BTreeMap<String, String> =
        (0..2).map(|side| (yard.regions[side].clone(), wanted(side).to_owned())).collect();
    let told: BTreeMap<String, String> = roles(&status).into_iter().collect();
    assert_eq!(told, expected, "{}: {status:#}", yard.name);
    for region in status["regions"].as_array().expect("regions") {
        assert_eq!(region["reachable"], true, "{}: {region}", yard.name);
    }
    for store in status["stores"].as_array().expect("stores") {
        assert_eq!(store["health"], "healthy", "{}: {store}", yard.name);
    }
}

/// Whoever made it by other means, and has no more than its outputs file, watches it all the same.
fn assert_adopted(yard: &Yard) {
    // What the emulator has not got has the form of what AWS would have.
    let text = yard.outputs_text().replace("not-on-this-emulator", "a0123456789abcdef.awsglobalaccelerator.com");
    let file = yard.configure("adopted.json", &text).display().to_string();
    let imported = yard.run(&["import", &file, "--name", "adopted"]);
    assert_eq!(imported.code, Some(0), "{imported:?}");
    let configuration = yard.configure("adopted.toml", &format!("version = 1\n{}", imported.stdout));
    let ran = yard.run_with(&configuration, &["status", "--json", "--deployment", "adopted"]);
    assert!(matches!(ran.code, Some(0 | 5)), "{ran:?}");
    let status = ran.json();
    assert_eq!(status["deployment"], "adopted");
    let regions = status["regions"].as_array().expect("regions");
    let watched: BTreeSet<&str> = regions.iter().filter_map(|region| region["region"].as_str()).collect();
    assert_eq!(watched, yard.regions.iter().map(String::as_str).collect(), "{status:#}");
    assert!(regions.iter().all(|region| region["reachable"] == true), "{status:#}");
}

/// The built-in switchover but for what an emulator cannot follow: it has no rules that mute alarms, nobody empties a
/// backlog of objects in it, and it starts no servers.
fn move_runbook() -> String {
    let built_in = include_str!("../../../runbooks/switchover.toml");
    let mut runbook = built_in.replace("name = \"switchover\"", "name = \"move\"");
    for (kind, group) in [("mute-alarms", "prepare"), ("s3-backlog", "drain"), ("capacity", "promote")] {
        let step = format!("[[step]]\nkind = \"{kind}\"\ngroup = \"{group}\"\n");
        assert!(runbook.contains(&step), "the switchover has a step of kind {kind}");
        runbook = runbook.replace(&step, "");
    }
    runbook
}

/// Guards that the emulator gives reason to go on against when clients are moved: its servers never come into service, and it
/// packs the code of each function anew, so that no two are of the same checksum.
const OVERRIDDEN: [&str; 3] = ["both-healthy", "capacity", "parity"];

fn move_away(yard: &Yard) {
    yard.add_runbook("move", &move_runbook());
    let phrase = format!("move {} {}", yard.name, yard.regions[1]);
    let mut arguments = vec!["run", "move", "--deployment", &yard.name, "--operate", "--json", "--confirm", &phrase];
    let overrides = OVERRIDDEN.map(|guard| format!("{guard}=it is an emulator"));
    for reason in &overrides {
        arguments.extend(["--override", reason]);
    }
    completed(&format!("the switchover of {}", yard.name), &yard.run(&arguments));
}

fn whole(name: &str) {
    let (yard, deviations) = Yard::of(name);
    assert_written_down(name, &deviations);
    let before = yard.inventory();
    completed(&format!("up of {name}"), &yard.up());
    assert_outputs(&yard);
    rows::assert_met(&yard);
    assert_active(&yard, 0);
    assert_adopted(&yard);

    // The emulator switches Aurora MySQL over only where it runs a real MySQL beside itself.
    if name != "ecommerce" {
        move_away(&yard);
        assert_active(&yard, 1);
    }

    completed(&format!("down of {name}"), &yard.down());
    assert_eq!(came(&before, &yard.inventory()), BTreeMap::new(), "what is left of {name}");
    assert!(yard.kept().is_empty(), "what is gone is not kept: {:?}", yard.kept());
}

#[test]
fn what_is_written_down_is_of_the_five_alone() {
    let headings = DEVIATIONS.split("\n## ").skip(1).filter_map(|section| section.lines().next());
    for name in headings {
        assert!(find(name).is_some(), "{name} is no blueprint");
    }
}

#[test]
fn ecommerce_comes_and_goes() {
    whole("ecommerce");
}

#[test]
fn payments_aurora_comes_and_goes() {
    whole("payments-aurora");
}

#[test]
fn global_accelerator_comes_and_goes() {
    whole("global-accelerator");
}

#[test]
fn serverless_comes_and_goes() {
    whole("serverless");
}

#[test]
fn payments_serverless_comes_and_goes() {
    whole("payments-serverless");
}
