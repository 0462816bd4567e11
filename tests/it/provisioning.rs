//! Deployments made and taken away from the command line on the simulator: what is written down of them, what is
//! refused, and that a killed process loses nothing.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use lifeboat_blueprint::find;
use serde_json::Value;
use tempfile::TempDir;

use crate::it::program::Ran;

/// A simulated account with its own data folder.
struct World {
    folder: TempDir,
    scenario: &'static str,
}

/// With the region that each can be moved to.
const FIVE: [(&str, &str); 5] = [
    ("ecommerce", "us-west-2"),
    ("payments-aurora", "us-east-2"),
    ("global-accelerator", "us-east-2"),
    ("serverless", "us-west-2"),
    ("payments-serverless", "us-east-2"),
];

/// In which region each is active at first.
const HOME: &str = "us-east-1";

impl World {
    fn of(scenario: &'static str) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), scenario }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
        command
            .args(arguments)
            .args(["--simulate", self.scenario])
            .env_clear()
            .env("HOME", self.folder.path())
            .env("USER", "ann")
            .env("LIFEBOAT_DATA_DIR", self.folder.path().join("data"))
            .stdin(Stdio::null())
            .current_dir(self.folder.path());
        command
    }

    fn lifeboat(&self, arguments: &[&str]) -> Ran {
        self.command(arguments).output().expect("the program was built with its tests").into()
    }

    fn acts(&self, arguments: &[&str]) -> Ran {
        let credentials = "credentials=they are renewed";
        let more = ["--operate", "--pace", "max", "--json", "--override", credentials];
        self.lifeboat(&[arguments, &more].concat())
    }

    fn up(&self, blueprint: &str) -> Ran {
        self.acts(&["up", blueprint, "--confirm", &format!("provision {blueprint} {HOME}")])
    }

    fn down(&self, deployment: &str) -> Ran {
        self.acts(&["down", deployment, "--confirm", &format!("teardown {deployment} {HOME}")])
    }

    fn journal(&self) -> Vec<Value> {
        let ran = self.lifeboat(&["journal", "export"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        lines(&ran.stdout)
    }

    /// What is kept of a deployment, wherever in the data folder.
    fn kept(&self, deployment: &str) -> Option<PathBuf> {
        found(&self.folder.path().join("data"), &format!("{deployment}.toml"))
    }
}

fn found(folder: &std::path::Path, name: &str) -> Option<PathBuf> {
    let entries: Vec<PathBuf> = fs::read_dir(folder).ok()?.map(|entry| entry.unwrap().path()).collect();
    let here = entries.iter().find(|path| path.ends_with(name)).cloned();
    here.or_else(|| entries.iter().find_map(|path| found(path, name)))
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"))).collect()
}

fn completed(ran: &Ran) {
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let events = lines(&ran.stdout);
    let last = events.last().expect("a run tells something");
    assert_eq!((&last["event"], &last["outcome"]), (&"run_ended".into(), &"completed".into()), "{last}");
}

#[test]
fn what_is_made_is_watched_rehearsed_and_taken_away_without_a_trace() {
    for (blueprint, partner) in FIVE {
        let world = World::of("empty-account");
        completed(&world.up(blueprint));
        let manifest = &find(blueprint).unwrap().manifest;
        let files: Vec<PathBuf> =
            fs::read_dir(world.folder.path().join("cfn-outputs")).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(files.len(), manifest.outputs.files.len(), "{files:?}");
        let written: Value = serde_json::from_str(&fs::read_to_string(&files[0]).unwrap()).unwrap();
        let keys: BTreeSet<&str> = written.as_object().unwrap().keys().map(String::as_str).collect();
        let wanted: BTreeSet<&str> = manifest.outputs.keys.iter().map(|(key, _)| key.as_str()).collect();
        assert!(keys.is_subset(&wanted) && keys.len() + 2 >= wanted.len(), "{blueprint}: {keys:?} {wanted:?}");
        assert!(world.kept(blueprint).is_some(), "{blueprint}");
        let again = world.up(blueprint);
        assert_eq!(again.code, Some(0), "{}", again.stderr);
        assert_eq!(lines(&again.stdout)[0]["event"], "nothing_to_do", "{blueprint}: {}", again.stdout);
        let status = world.lifeboat(&["status", "--deployment", blueprint, "--json"]);
        assert_eq!(status.code, Some(0), "{blueprint} is not ready: {status:?}");
        let phrase = format!("drill {blueprint} {partner}");
        let drill = world.acts(&["run", "drill", "--deployment", blueprint, "--confirm", &phrase]);
        completed(&drill);
        let drift = world.lifeboat(&["drift", blueprint]);
        assert_eq!(drift.code, Some(0), "roles that were exchanged are no drift of {blueprint}: {drift:?}");
        completed(&world.down(blueprint));
        assert_eq!(world.kept(blueprint), None, "{blueprint}");
    }
}

/// Another suffix under the same name would leave the first stacks behind, with what they hold and nobody who knows them.
#[test]
fn what_stands_is_not_made_again_under_other_names() {
    let world = World::of("empty-account");
    completed(&world.up("payments-serverless"));
    let kept = fs::read_to_string(world.kept("payments-serverless").unwrap()).unwrap();
    let phrase = "provision payments-serverless us-east-1";
    // By its name: without one it would be another deployment, which may stand beside the first.
    let named = ["--name", "payments-serverless", "--param", "EnvironmentSuffix=c"];
    let ran = world.acts(&[&["up", "payments-serverless", "--confirm", phrase][..], &named].concat());
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.stderr.contains("choose another `--name`"), "{}", ran.stderr);
    assert_eq!(fs::read_to_string(world.kept("payments-serverless").unwrap()).unwrap(), kept);
    completed(&world.down("payments-serverless"));
}

/// What `up` and `down` are short for.
#[test]
fn stacks_are_made_and_taken_away_by_the_names_of_their_runbooks_too() {
    let world = World::of("empty-account");
    let named = |runbook: &'static str| ["run", runbook, "--deployment", "serverless"];
    let unknown = world.acts(&named("provision"));
    assert_eq!(unknown.code, Some(2), "of what was never made nobody knows the blueprint: {unknown:?}");
    completed(&world.up("serverless"));
    let again = world.acts(&named("provision"));
    assert_eq!(lines(&again.stdout)[0]["event"], "nothing_to_do", "{again:?}");
    let useless = world.acts(&[&named("teardown")[..], &["--if-due"]].concat());
    assert_eq!(useless.code, Some(2), "{useless:?}");
    let phrase = "teardown serverless us-east-1";
    completed(&world.acts(&[&named("teardown")[..], &["--confirm", phrase]].concat()));
    assert_eq!(world.kept("serverless"), None);
}

/// Names of deployments are those of the simulator's own: who has worked on real ones is never shown the others unasked.
#[test]
fn what_was_taken_away_is_not_mistaken_for_the_simulators() {
    let folder = tempfile::tempdir().unwrap();
    let lifeboat = |arguments: &[&str]| -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
        command.args(arguments).env_clear().env("HOME", folder.path()).env("LIFEBOAT_DATA_DIR", folder.path());
        command.stdin(Stdio::null()).output().unwrap().into()
    };
    let status = ["status", "--deployment", "serverless"];
    assert_eq!(lifeboat(&status).code, Some(0), "nobody has worked on anything: it is the simulator's");
    fs::create_dir_all(folder.path().join("journal")).unwrap();
    let refused = lifeboat(&status);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("no deployment `serverless` is configured"), "{refused:?}");
    assert_eq!(
        lifeboat(&["runs", "--json"]).json()["runs"].as_array().unwrap().len(),
        0,
        "of real runs, and there are none"
    );
    assert_eq!(lifeboat(&[&status[..], &["--simulate"]].concat()).code, Some(0));
}

#[test]
fn nothing_is_made_without_the_right_the_phrase_and_the_plan_that_was_read() {
    let world = World::of("empty-account");
    let phrase = "provision serverless us-east-1";
    for (arguments, code, words) in [
        (vec!["up", "serverless", "--confirm", phrase], 3, "access"),
        (vec!["up", "serverless", "--operate", "--json"], 3, "phrase"),
        (vec!["up", "serverless", "--operate", "--confirm", "provision serverless us-west-2"], 3, "not confirmed"),
        (vec!["up", "serverless", "--operate", "--confirm", phrase, "--approve", "0123456789ab"], 3, "no longer"),
    ] {
        let ran = world.lifeboat(&arguments);
        assert_eq!(ran.code, Some(code), "{arguments:?} {ran:?}");
        assert!(ran.stderr.contains(words), "{arguments:?}: {}", ran.stderr);
        assert_eq!(world.kept("serverless"), None, "{arguments:?}");
    }
}

#[test]
fn all_mistakes_are_told_at_once_before_anything_is_asked() {
    let world = World::of("empty-account");
    let ran = world.lifeboat(&[
        "up",
        "payments-aurora",
        "--param",
        "EnvironmentSuffix=Not_Good",
        "--param",
        "DrRegion=us-east-1",
        "--param",
        "ParentDomain=example.com",
        "--param",
        "NoSuchThing=1",
    ]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    for words in ["EnvironmentSuffix", "us-east-1", "example.com", "NoSuchThing"] {
        assert!(ran.stderr.contains(words), "{words}: {}", ran.stderr);
    }
    let ran = world.lifeboat(&["up", "payment-aurora"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("did you mean `payments-aurora`"), "{}", ran.stderr);
}

#[test]
fn a_plan_says_what_is_made_what_it_costs_and_how_long_it_takes() {
    let world = World::of("empty-account");
    let plan = world.lifeboat(&["plan", "provision", "payments-aurora", "--json"]).json();
    assert_eq!(plan["phrase"], "provision payments-aurora us-east-1");
    let build = &plan["build"];
    assert_eq!(build["stacks"].as_array().unwrap().len(), 6);
    assert!(build["usd_month"].as_f64().unwrap() > 100.0, "{}", build["cost"]);
    assert!(plan["predicted"]["length_s"].as_f64().unwrap() > 600.0);
    let text = world.lifeboat(&["plan", "provision", "payments-aurora"]);
    for words in ["TapStackdev-primary in us-east-1", "AWS::RDS::DBCluster", "a month", "phrase: provision"] {
        assert!(text.stdout.contains(words), "{words}: {}", text.stdout);
    }
    let twice = world.lifeboat(&["plan", "provision", "payments-aurora", "--json"]).json();
    assert_eq!(plan["hash"], twice["hash"]);
}

/// A run in a process of its own, at a pace that leaves time to do something to it.
fn begun(world: &World, arguments: &[&str]) -> Child {
    let credentials = "credentials=they are renewed";
    let more = ["--operate", "--pace", "60", "--json", "--override", credentials];
    let told = fs::File::create(world.folder.path().join("told")).unwrap();
    world.command(&[arguments, &more].concat()).stdout(Stdio::null()).stderr(told).spawn().unwrap()
}

fn wait_for_entries(world: &World, run: &mut Child, count: usize) {
    while run.try_wait().unwrap().is_none() && world.journal().len() < count {
        std::thread::yield_now();
    }
}

#[test]
fn a_provision_and_a_teardown_that_are_killed_are_gone_on_with() {
    for count in [5, 14, 27] {
        let world = World::of("empty-account");
        let mut run =
            begun(&world, &["up", "payments-serverless", "--confirm", "provision payments-serverless us-east-1"]);
        wait_for_entries(&world, &mut run, count);
        run.kill().unwrap();
        run.wait().unwrap();
        goes_on(&world);
        assert!(world.folder.path().join("cfn-outputs").exists(), "killed after {count} entries");
        let mut run =
            begun(&world, &["down", "payments-serverless", "--confirm", "teardown payments-serverless us-east-1"]);
        let before = world.journal().len();
        wait_for_entries(&world, &mut run, before + count);
        run.kill().unwrap();
        run.wait().unwrap();
        goes_on(&world);
        assert_eq!(world.kept("payments-serverless"), None, "killed after {count} entries");
    }
}

fn goes_on(world: &World) {
    let runs = world.lifeboat(&["runs", "--json", "--deployment", "payments-serverless"]).json();
    let open = runs["runs"].as_array().unwrap().iter().find(|run| run["open"] == true).cloned();
    if let Some(run) = open {
        let name = run["id"].as_str().or(run["run"].as_str()).unwrap().to_owned();
        let ran = world.lifeboat(&[
            "resume",
            &name,
            "--operate",
            "--pace",
            "max",
            "--json",
            "--deployment",
            "payments-serverless",
        ]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
    }
    assert_eq!(world.lifeboat(&["journal", "verify"]).code, Some(0));
}

#[test]
fn what_a_switchover_changed_is_told_as_a_role() {
    let world = World::of("calm");
    let told = world.lifeboat(&["drift", "payments-serverless", "--json"]);
    assert!(told.code == Some(0) || told.code == Some(5), "{told:?}");
    assert_eq!(told.json()["stacks"].as_array().unwrap().len(), 4, "{}", told.stdout);
}
