//! Runs from the command line on the simulator: what each architecture loses, what refuses a run, and that neither a
//! killed process nor a changed journal goes unnoticed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use lifeboat_model::call::Call;
use serde_json::Value;
use tempfile::TempDir;

use crate::it::program::Ran;

/// A simulated world with its own data folder.
struct World {
    folder: TempDir,
    scenario: &'static str,
    deployment: &'static str,
}

/// What architectures there are, and where each can fail over to.
const DEPLOYMENTS: [(&str, &str); 5] = [
    ("ecommerce", "us-west-2"),
    ("payments-aurora", "us-east-2"),
    ("global-accelerator", "us-east-2"),
    ("serverless", "us-west-2"),
    ("payments-serverless", "us-east-2"),
];

impl World {
    fn of(scenario: &'static str, deployment: &'static str) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), scenario, deployment }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
        command
            .args(arguments)
            .args(["--simulate", self.scenario, "--deployment", self.deployment])
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

    /// Runs to the end as fast as may be.
    fn run(&self, runbook: &str, to: &str, more: &[&str]) -> Vec<Value> {
        let phrase = format!("{runbook} {} {to}", self.deployment);
        let mut arguments = vec!["run", runbook, "--operate", "--pace", "max", "--json", "--confirm", &phrase];
        arguments.extend(more);
        let ran = self.lifeboat(&arguments);
        assert_eq!(ran.code, Some(0), "{} {runbook}: {ran:?}", self.deployment);
        lines(&ran.stdout)
    }

    fn resume(&self, more: &[&str]) -> Ran {
        self.lifeboat(&[&["resume", "--operate", "--pace", "max", "--json"], more].concat())
    }

    fn journal(&self) -> Vec<Value> {
        let ran = self.lifeboat(&["journal", "export"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        lines(&ran.stdout)
    }

    fn journal_file(&self) -> PathBuf {
        let found = find(&self.folder.path().join("data"), "journal.sqlite");
        found.expect("there is a journal once there was a run")
    }
}

fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    let entries: Vec<PathBuf> = fs::read_dir(folder).ok()?.map(|entry| entry.unwrap().path()).collect();
    entries
        .iter()
        .find(|path| path.ends_with(name))
        .cloned()
        .or_else(|| entries.iter().find_map(|path| find(path, name)))
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"))).collect()
}

fn last(events: &[Value]) -> &Value {
    let last = events.last().expect("a run tells something");
    assert_eq!(last["event"], "run_ended");
    last
}

/// How far the measurement may be from the truth: as far as two canaries are apart.
fn interval_s(events: &[Value]) -> f64 {
    let sent: Vec<jiff::Timestamp> = events
        .iter()
        .filter(|event| event["event"] == "canary_written")
        .map(|event| event["sent_at"].as_str().unwrap().parse().unwrap())
        .collect();
    let gaps = sent.windows(2).map(|pair| pair[1].duration_since(pair[0]).as_secs_f64());
    gaps.fold(0.0, f64::max)
}

#[test]
fn a_switchover_and_the_way_back_lose_nothing_in_any_architecture() {
    for (deployment, partner) in DEPLOYMENTS {
        let world = World::of("calm", deployment);
        let there = world.run("switchover", partner, &["--fresh"]);
        let back = world.run("failback", "us-east-1", &[]);
        for events in [there, back] {
            let end = last(&events);
            assert_eq!(end["outcome"], "completed", "{deployment}: {end}");
            assert_eq!(end["ledger"], serde_json::json!([]), "{deployment}");
            for lost in [&end["rpo_s"], &end["truth"]["rpo_s"]] {
                for (store, lost) in lost.as_object().unwrap() {
                    assert_eq!(lost.as_f64(), Some(0.0), "{deployment} lost of {store}: {end}");
                }
            }
        }
    }
}

#[test]
fn a_failover_loses_no_more_than_it_said_and_measures_what_is_true() {
    for (deployment, partner) in DEPLOYMENTS {
        let world = World::of("region-loss", deployment);
        // A minute after the start the region falls silent: that is when somebody says the incident began.
        let when = ["--at", "2026-01-05T09:03:00Z", "--since", "2026-01-05T09:01:00Z"];
        let events = world.run("failover", partner, &when);
        let shown = world.lifeboat(&["journal", "show", "--json"]).json();
        let first = |name: &str| {
            let entries = shown["entries"].as_array().unwrap();
            entries.iter().find(|entry| entry["event"]["event"] == name).unwrap()["event"].clone()
        };
        assert_eq!(first("run_started")["incident_began_at"], "2026-01-05T09:01:00Z", "{deployment}");
        let predicted = &events[0]["plan"]["predicted"]["rpo_s"];
        let end = last(&events);
        let interval = interval_s(&events);
        let (rto, truth) = (end["rto_s"].as_f64().unwrap(), end["truth"]["rto_s"].as_f64().unwrap());
        assert!((rto - truth).abs() <= interval, "{deployment}: {rto} s, in truth {truth} s, {interval} s apart");
        for (store, lost) in end["truth"]["rpo_s"].as_object().unwrap() {
            let (lost, predicted) = (lost.as_f64().unwrap(), predicted[store].as_f64());
            let predicted = predicted.unwrap_or_else(|| panic!("{deployment}: what {store} would lose was not told"));
            assert!(lost <= predicted, "{deployment} lost {lost} s of {store}, and {predicted} s were predicted");
        }
        let asked = calls(&events);
        assert!(!asked.is_empty() && asked.iter().all(|region| region != "us-east-1"), "{deployment} asked {asked:?}");
    }
}

/// The endpoint region of every request that the run sent to change something.
fn calls(events: &[Value]) -> Vec<String> {
    let plan = &events[0]["plan"];
    let written = plan["steps"].as_array().unwrap().iter().flat_map(|step| step["calls"].as_array().unwrap());
    let endpoint = |call: &Value| serde_json::from_value::<Call>(call.clone()).unwrap().endpoint_region().to_string();
    written.map(endpoint).collect()
}

#[test]
fn a_region_lost_in_the_middle_of_a_switchover_is_left_unplanned_and_what_is_lost_is_measured() {
    for (deployment, partner) in DEPLOYMENTS {
        let world = World::of("region-loss", deployment);
        let phrase = format!("switchover {deployment} {partner}");
        let arguments = ["run", "switchover", "--operate", "--pace", "max", "--json", "--confirm", &phrase];
        let ran = world.lifeboat(&[&arguments[..], &["--at", "2026-01-05T09:00:45Z"]].concat());
        assert_eq!(ran.code, Some(4), "{deployment}: a question that nobody answers stops the run: {ran:?}");
        let asked = world.resume(&["--unplanned"]);
        assert_eq!(asked.code, Some(4), "{deployment}: what is lost is another question: {asked:?}");
        assert!(asked.stdout.contains("Approve it?"), "{deployment}: {asked:?}");
        let yes = world.resume(&["--answer", "yes"]);
        assert_eq!(yes.code, Some(3), "{deployment}: a yes approves no plan: {yes:?}");
        let ran = world.resume(&["--confirm", &phrase]);
        assert_eq!(ran.code, Some(0), "{deployment}: {ran:?}");
        let whole = world.lifeboat(&["report", "--json"]).json();
        let events = lines(&ran.stdout);
        let end = last(&events);
        assert_eq!(end["outcome"], "completed", "{deployment}: {whole}");
        let interval = interval_s(&events);
        let (rto, truth) = (end["rto_s"].as_f64().unwrap(), end["truth"]["rto_s"].as_f64().unwrap());
        assert!((rto - truth).abs() <= interval, "{deployment}: {rto} s, in truth {truth} s, {interval} s apart");
        for (store, lost) in end["truth"]["rpo_s"].as_object().unwrap() {
            let measured = end["rpo_s"][store].as_f64();
            let measured = measured.unwrap_or_else(|| panic!("{deployment}: {store} was not measured: {end}"));
            let lost = lost.as_f64().unwrap();
            assert!((measured - lost).abs() <= interval, "{deployment}: {measured} s of {store}, in truth {lost} s");
        }
    }
}

/// A moment at which the region has been lost for two minutes.
const LOST: &str = "2026-01-05T09:03:00Z";

#[test]
fn who_begins_in_the_disaster_knows_what_was_known_before_it() {
    for (deployment, _) in DEPLOYMENTS {
        let world = World::of("region-loss", deployment);
        let look = |more: &[&str]| {
            let ran = world.lifeboat(&[&["preflight", "failover", "--operate", "--json"], more].concat());
            let judged = ran.json();
            (ran, judged)
        };
        // Slowly at first: the region is lost a minute later.
        let (ran, calm) = look(&["--pace", "10", "--fresh"]);
        assert!(calm["judged_at"].as_str().unwrap() < "2026-01-05T09:01:00Z", "{deployment}: {calm}");
        assert_eq!(ran.code, Some(0), "{deployment}: {ran:?}");
        let (mut ran, mut judged) = (ran, calm);
        while judged["judged_at"].as_str().unwrap() < LOST {
            (ran, judged) = look(&["--pace", "100"]);
        }
        assert_eq!(ran.code, Some(0), "{deployment}: {judged}");
    }
}

#[test]
fn who_never_saw_the_records_of_a_lost_control_plane_is_told_how_to_go_on_without() {
    for (deployment, _) in DEPLOYMENTS {
        let world = World::of("region-loss", deployment);
        let ran = world.lifeboat(&["preflight", "failover", "--operate", "--at-offset", "180", "--json"]);
        let guards = ran.json()["guards"].as_array().unwrap().clone();
        let refusing: Vec<&Value> = guards.iter().filter(|guard| guard["verdict"] != "pass").collect();
        let is_led_by_route53 = ["ecommerce", "payments-aurora", "payments-serverless"].contains(&deployment);
        assert_eq!(refusing.len(), usize::from(is_led_by_route53), "{deployment}: {refusing:?}");
        for guard in refusing {
            assert_eq!(guard["guard"], "traffic-lever", "{deployment}");
            assert!(guard["fix"].as_str().unwrap().contains("--override traffic-lever="), "{deployment}: {guard}");
        }
    }
}

#[test]
fn a_failover_whose_name_stays_with_a_healthy_home_says_so_and_ends_in_a_question() {
    let world = World::of("calm", "payments-serverless");
    let plan = world.lifeboat(&["plan", "failover", "--at-offset", "60"]);
    assert!(plan.stdout.contains("stays with us-east-1"), "{}", plan.stdout);
    let phrase = "failover payments-serverless us-east-2";
    let ran = world.lifeboat(&["run", "failover", "--operate", "--pace", "max", "--fresh", "--confirm", phrase]);
    assert_eq!(ran.code, Some(4), "{ran:?}");
    assert!(ran.stdout.contains("QUESTION") && ran.stdout.contains("leads to us-east-1"), "{ran:?}");
    assert!(ran.stderr.contains("lifeboat resume") && ran.stderr.contains("lifeboat abort"), "{ran:?}");
}

/// Refused with exit 3, and nothing was written down as begun.
fn is_refused(world: &World, ran: &Ran, words: &[&str]) {
    assert_eq!(ran.code, Some(3), "{ran:?}");
    for word in words {
        assert!(ran.stderr.contains(word), "`{word}` is not in: {}", ran.stderr);
    }
    assert!(ran.stderr.contains("fix: ") || ran.stderr.contains("hint: "), "no fix: {}", ran.stderr);
    let begun = world.journal().iter().filter(|entry| entry["body"].as_str().unwrap().contains("run_started")).count();
    assert_eq!(begun, 0, "nothing may be begun");
}

#[test]
fn nobody_acts_without_operator_access() {
    let world = World::of("calm", "payments-aurora");
    let ran = world.lifeboat(&["run", "failover", "--pace", "max", "--confirm", "failover payments-aurora us-east-2"]);
    is_refused(&world, &ran, &["access", "--operate"]);
}

/// Production and staging in one file, and `--operate` is for all of it: what is pinned is acted upon by no command, by
/// the second person's word alone.
#[test]
fn nobody_acts_on_what_the_configuration_pins() {
    let world = World::of("calm", "payments-aurora");
    let configuration = world.folder.path().join("lifeboat.toml");
    let of = |name: &str, more: &str| {
        format!(
            "[deployments.{name}]\nhome = \"us-east-1\"\npartner = \"us-east-2\"\ndynamodb = {{ tables = [\"tap\"] }}\n{more}"
        )
    };
    let (pinned, free) = (of("payments-aurora", "access = \"read-only\"\n"), of("ecommerce", ""));
    fs::write(&configuration, format!("version = 1\n{pinned}{free}")).unwrap();
    let configured = ["--config", configuration.to_str().unwrap(), "--operate", "--pace", "max"];
    let ask = |command: &[&str]| world.lifeboat(&[command, &configured[..]].concat());
    let phrase = "switchover payments-aurora us-east-2";
    for command in [
        &["run", "switchover", "--confirm", phrase][..],
        &["run", "switchover", "--if-due"],
        &["run", "teardown"],
        &["up", "payments-aurora", "--name", "payments-aurora"],
        &["down", "payments-aurora"],
        &["drift", "payments-aurora"],
    ] {
        let ran = ask(command);
        is_refused(&world, &ran, &["access", "payments-aurora", "lifeboat.toml, line 6", "take that line out"]);
    }
    let preflight = ask(&["preflight", "switchover"]);
    assert!(preflight.stdout.contains("lifeboat.toml, line 6"), "{preflight:?}");
    assert!(!preflight.stdout.contains("switchover --operate"), "{preflight:?}");
    // A run that somebody else left open is neither gone on with nor given up from here.
    let mut run = begun(&world, "5");
    wait_for_entries(&world, &mut run, 3);
    signal(&run, "-KILL");
    run.wait().unwrap();
    let written = world.journal().len();
    for command in ["resume", "abort"] {
        let ran = ask(&[command]);
        assert_eq!(ran.code, Some(3), "{command}: {ran:?}");
        assert!(ran.stderr.contains("line 6") && ran.stderr.contains("take that line out"), "{command}: {ran:?}");
    }
    assert_eq!(world.journal().len(), written, "nothing more may be written");
    // Beside it, the other one of the same file is operated.
    let other = World { deployment: "ecommerce", ..world };
    let ran = other.lifeboat(
        &[&["run", "switchover", "--confirm", "switchover ecommerce us-west-2"][..], &configured[..]].concat(),
    );
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

#[test]
fn nobody_acts_without_the_phrase() {
    let world = World::of("calm", "payments-aurora");
    let ran = world.lifeboat(&["run", "switchover", "--operate", "--pace", "max"]);
    is_refused(&world, &ran, &["phrase", "switchover payments-aurora us-east-2"]);
    for wrong in ["switchover payments-aurora us-east-1", "yes", ""] {
        let ran = world.lifeboat(&["run", "switchover", "--operate", "--pace", "max", "--confirm", wrong]);
        is_refused(&world, &ran, &["not confirmed"]);
    }
}

#[test]
fn a_plan_that_is_no_longer_the_one_approved_is_not_run() {
    let world = World::of("calm", "payments-aurora");
    let old = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    let phrase = "switchover payments-aurora us-east-2";
    let now = world.lifeboat(&["plan", "switchover", "--json"]).json()["hash"].as_str().unwrap().to_owned();
    let ran = world.lifeboat(&["run", "switchover", "--operate", "--confirm", phrase, "--approve", old]);
    is_refused(&world, &ran, &["no longer", old, &now]);
}

#[test]
fn too_much_to_lose_is_refused_by_the_guard_that_saw_it() {
    let world = World::of("replica-lag", "payments-aurora");
    let phrase = "failover payments-aurora us-east-2";
    let at = "2026-01-05T09:20:00Z";
    let arguments = ["run", "failover", "--operate", "--pace", "max", "--fresh", "--at", at, "--confirm", phrase];
    let ran = world.lifeboat(&arguments);
    is_refused(&world, &ran, &["lag", "Aurora"]);
}

/// A run in a process of its own, at a pace that leaves time to do something to it.
fn begun(world: &World, pace: &str) -> Child {
    let phrase = format!("switchover {} us-east-2", world.deployment);
    let arguments = ["run", "switchover", "--operate", "--pace", pace, "--json", "--confirm", &phrase];
    let told = fs::File::create(world.folder.path().join("told")).unwrap();
    world.command(&arguments).stdout(Stdio::null()).stderr(told).spawn().expect("the program was built")
}

/// Waits until the run has written down so many entries, or is over.
fn wait_for_entries(world: &World, run: &mut Child, count: usize) {
    loop {
        let over = run.try_wait().unwrap().is_some();
        if over || world.journal().len() >= count {
            return;
        }
        std::thread::yield_now();
    }
}

fn signal(run: &Child, signal: &str) {
    let pid = run.id().to_string();
    assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
}

#[test]
fn a_second_run_is_refused_while_one_is_under_way_and_the_first_stops_when_asked() {
    let world = World::of("calm", "payments-aurora");
    let mut first = begun(&world, "6");
    wait_for_entries(&world, &mut first, 8);
    let phrase = "switchover payments-aurora us-east-2";
    let ran = world.lifeboat(&["run", "switchover", "--operate", "--confirm", phrase]);
    signal(&first, "-TERM");
    let code = first.wait().unwrap().code();
    let told = fs::read_to_string(world.folder.path().join("told")).unwrap();
    assert_eq!(code, Some(4), "a run that is stopped is incomplete: {told}");
    assert!(told.contains("SIGTERM") && told.contains("lifeboat resume"), "{told}");
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.stderr.contains("lock"), "{}", ran.stderr);
    let listed = world.lifeboat(&["runs", "--json"]).json();
    assert_eq!(listed["runs"][0]["open"], true, "{listed}");
}

#[test]
fn a_run_that_is_killed_at_any_moment_is_gone_on_with_and_promotes_once() {
    for count in [3, 9, 17, 26, 31, 38, 52] {
        let world = World::of("calm", "payments-aurora");
        let mut run = begun(&world, "20");
        wait_for_entries(&world, &mut run, count);
        run.kill().unwrap();
        run.wait().unwrap();
        let entries = world.journal();
        if entries.is_empty() {
            continue;
        }
        if !entries.iter().any(|entry| entry["body"].as_str().unwrap().contains("run_ended")) {
            let ran = world.lifeboat(&["resume", "--operate", "--pace", "max", "--json"]);
            assert_eq!(ran.code, Some(0), "killed after {} entries: {ran:?}", entries.len());
            assert_eq!(last(&lines(&ran.stdout))["outcome"], "completed");
        }
        let promotions = accepted_promotions(&world.journal());
        assert_eq!(promotions, 1, "killed after {} entries", entries.len());
        assert_eq!(world.lifeboat(&["journal", "verify"]).code, Some(0));
    }
}

/// Promotions that AWS accepted, or that were found to have happened.
fn accepted_promotions(entries: &[Value]) -> usize {
    let bodies: Vec<Value> =
        entries.iter().map(|entry| serde_json::from_str(entry["body"].as_str().unwrap()).unwrap()).collect();
    let steps: Vec<&Value> = bodies
        .iter()
        .filter(|body| body["event"] == "call_started" && body["call"]["call"] == "switchover-global-cluster")
        .map(|body| &body["step"])
        .collect();
    let of_promotion = |body: &&Value| steps.contains(&&body["step"]);
    let accepted = bodies
        .iter()
        .filter(of_promotion)
        .filter(|body| body["event"] == "call_ended" && body["outcome"]["Ok"].is_object());
    let found = bodies.iter().filter(of_promotion).filter(|body| {
        body["event"] == "call_probed" && ["happened", "under-way"].contains(&body["found"]["found"].as_str().unwrap())
    });
    accepted.count().max(found.count().min(1))
}

#[test]
fn one_changed_byte_in_the_journal_is_found_and_its_entry_named() {
    let world = World::of("calm", "payments-serverless");
    drop(world.lifeboat(&[
        "run",
        "switchover",
        "--operate",
        "--pace",
        "max",
        "--fresh",
        "--confirm",
        "switchover payments-serverless us-east-2",
    ]));
    let whole = world.lifeboat(&["journal", "verify"]);
    assert_eq!(whole.code, Some(0), "{whole:?}");
    let file = world.journal_file();
    let mut bytes = fs::read(&file).unwrap();
    let typed = b"\"phrase\":\"switchover payments";
    // A database keeps old copies of its pages: every one of them is changed.
    let places: Vec<usize> =
        bytes.windows(typed.len()).enumerate().filter(|(_, window)| window == typed).map(|(at, _)| at).collect();
    assert!(!places.is_empty(), "what was typed is in the journal");
    for at in places {
        bytes[at + typed.len() - 1] = b'z';
    }
    fs::write(&file, bytes).unwrap();
    let broken = world.lifeboat(&["journal", "verify"]);
    assert_eq!(broken.code, Some(6), "{broken:?}");
    assert!(broken.stderr.contains("entry 2"), "{}", broken.stderr);
    assert_eq!(world.lifeboat(&["journal", "verify", "--json"]).json()["sequence"], 2);
}

#[test]
fn a_second_person_approves_by_the_plans_hash_without_running_it() {
    let world = World::of("calm", "payments-aurora");
    let hash = world.lifeboat(&["plan", "switchover", "--json"]).json()["hash"].as_str().unwrap().to_owned();
    let ran = world.lifeboat(&["run", "switchover", "--approve", &hash]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let entries = world.journal();
    assert_eq!(entries.len(), 1, "{entries:?}");
    let body: Value = serde_json::from_str(entries[0]["body"].as_str().unwrap()).unwrap();
    assert_eq!((&body["event"], &body["hash"]), (&"approved".into(), &hash.into()));
    assert_eq!(world.lifeboat(&["runs", "--json"]).json()["runs"], serde_json::json!([]), "it is no run");
}

#[test]
fn a_second_person_approves_what_an_open_run_has_become() {
    let world = World::of("region-loss", "payments-aurora");
    let phrase = "switchover payments-aurora us-east-2";
    let arguments = ["run", "switchover", "--operate", "--pace", "max", "--json", "--confirm", phrase];
    let ran = world.lifeboat(&[&arguments[..], &["--at", "2026-01-05T09:00:45Z"]].concat());
    assert_eq!(ran.code, Some(4), "{ran:?}");
    assert_eq!(world.resume(&["--unplanned"]).code, Some(4), "it asks for the phrase");
    let bodies: Vec<Value> =
        world.journal().iter().map(|entry| serde_json::from_str(entry["body"].as_str().unwrap()).unwrap()).collect();
    let changed = bodies.iter().rev().find(|body| body["event"] == "mode_changed").expect("it became unplanned");
    let hash = changed["hash"].as_str().unwrap();
    let approved = world.lifeboat(&["run", "failover", "--approve", hash]);
    assert_eq!(approved.code, Some(0), "{approved:?}");
    assert!(approved.stdout.contains(hash), "{approved:?}");
    let other = world.lifeboat(&["run", "failover", "--approve", "0123456789abcdef"]);
    assert_eq!(other.code, Some(3), "{other:?}");
}

/// What would be sent, step by step, but for the moment at which mute rules end: how long is waited for what is still on
/// its way follows the lag of the moment.
fn calls_of_a_switchover(world: &World) -> Vec<(Value, Value)> {
    let plan = world.lifeboat(&["plan", "switchover", "--json"]).json();
    let timeless = |call: &Value| {
        let mut call = call.as_object().unwrap().clone();
        call.retain(|key, _| !matches!(key.as_str(), "until" | "aws_cli"));
        Value::Object(call)
    };
    let of = |step: &Value| (step["id"].clone(), step["calls"].as_array().unwrap().iter().map(timeless).collect());
    plan["steps"].as_array().unwrap().iter().map(of).collect()
}

#[test]
fn a_run_that_is_given_up_leaves_everything_as_it_was() {
    let world = World::of("calm", "payments-aurora");
    let mut run = begun(&world, "10");
    wait_for_event(&world, &mut run, "ledger_opened");
    signal(&run, "-TERM");
    run.wait().unwrap();
    let aborted = world.lifeboat(&["abort", "--operate", "--pace", "max", "--json"]);
    assert_eq!(aborted.code, Some(4), "a run that was given up is no success: {aborted:?}");
    let events = lines(&aborted.stdout);
    let end = last(&events);
    assert_eq!((&end["outcome"], &end["ledger"]), (&"aborted".into(), &serde_json::json!([])), "{aborted:?}");
    let again = world.lifeboat(&["abort", "--operate"]);
    assert_eq!(again.code, Some(2), "there is nothing left to give up: {again:?}");
    assert_eq!(world.lifeboat(&["runs", "--json"]).json()["runs"][0]["outcome"], "aborted");
    let plain = World::of("calm", "payments-aurora");
    assert_eq!(calls_of_a_switchover(&world), calls_of_a_switchover(&plain), "as if nothing had been");
}

/// Waits until the journal has such an event, or the run is over.
fn wait_for_event(world: &World, run: &mut Child, event: &str) {
    let named = format!("\"event\":\"{event}\"");
    let is_there = || world.journal().iter().any(|entry| entry["body"].as_str().unwrap().contains(&named));
    while !is_there() {
        assert!(run.try_wait().unwrap().is_none(), "the run was over before it told of `{event}`");
        std::thread::yield_now();
    }
}

#[test]
fn a_drill_proves_something_only_where_its_fault_was_noticed() {
    let noticed = World::of("calm", "serverless");
    let events = noticed.run("drill", "us-west-2", &[]);
    assert!(events.iter().any(|event| event["event"] == "fault_observed"), "{events:?}");
    assert!(last(&events)["rto_s"].as_f64().unwrap() > 0.0, "clients noticed it");
    // Nothing of it can be fenced: the move itself is the fault, and its effect is that clients are led elsewhere.
    let moved = World::of("calm", "payments-serverless");
    let events = moved.run("drill", "us-east-2", &[]);
    let observed = events.iter().find(|event| event["event"] == "fault_observed").expect("the move was seen");
    assert!(observed["what"].as_str().unwrap().contains("were led to us-east-2"), "{observed}");
    assert_eq!(last(&events)["rto_s"], 0, "the standby served at once");
}

#[test]
fn a_schedule_says_when_a_drill_is_due_and_begins_it_only_then() {
    let world = World::of("calm", "serverless");
    let configuration = world.folder.path().join("lifeboat.toml");
    let text = "version = 1\n[deployments.serverless]\nhome = \"us-east-1\"\npartner = \"us-west-2\"\n\
                dynamodb = { tables = [\"tap\"] }\n\
                schedules = [{ runbook = \"drill\", drill = true, cron = \"0 9 1 * *\", time_zone = \"UTC\" }]\n";
    fs::write(&configuration, text).unwrap();
    let configured = ["--config", configuration.to_str().unwrap()];
    let scheduled = || world.lifeboat(&[&["runs", "--json"], &configured[..]].concat()).json()["schedules"][0].clone();
    assert_eq!(scheduled()["overdue_since"], "2026-01-01T09:00:00Z", "{}", scheduled());
    let due = |more: &[&str]| {
        let arguments = ["run", "drill", "--if-due", "--operate", "--pace", "max"];
        let confirmed = ["--confirm", "drill serverless us-west-2"];
        world.lifeboat(&[&arguments[..], &confirmed, &configured, more].concat())
    };
    let first = due(&[]);
    assert_eq!(first.code, Some(0), "{first:?}");
    let second = due(&["--json"]);
    assert_eq!(second.code, Some(0), "{second:?}");
    assert_eq!((&second.json()["event"], &second.json()["next"]), (&"not_due".into(), &"2026-02-01T09:00:00Z".into()));
    assert_eq!(scheduled()["overdue_since"], Value::Null);
    assert_eq!(world.lifeboat(&["runs", "--json"]).json()["runs"].as_array().unwrap().len(), 1);
}

#[test]
fn what_a_person_goes_on_against_is_journaled_and_reported_with_the_reason() {
    let world = World::of("replica-lag", "payments-aurora");
    let when = ["--fresh", "--at", "2026-01-05T09:20:00Z"];
    let phrase = "failover payments-aurora us-east-2";
    let arguments = ["run", "failover", "--operate", "--pace", "max", "--json", "--confirm", phrase];
    let against = ["--override", "lag=the home region is on fire"];
    let ran = world.lifeboat(&[&arguments[..], &when, &against].concat());
    assert!(lines(&ran.stdout).iter().any(|event| event["event"] == "overridden"), "{ran:?}");
    let told = world.lifeboat(&["report"]).stdout;
    assert!(told.contains("the home region is on fire"), "{told}");
    let never = world.lifeboat(&[&arguments[..], &["--override", "access=because"]].concat());
    assert_eq!(never.code, Some(2), "{never:?}");
}

#[test]
fn a_report_tells_a_run_and_holds_it_against_an_earlier_one() {
    let world = World::of("calm", "payments-serverless");
    world.run("switchover", "us-east-2", &["--fresh"]);
    world.run("failback", "us-east-1", &[]);
    let runs = world.lifeboat(&["runs", "--json"]).json()["runs"].clone();
    let (back, there) = (runs[0]["run"].as_str().unwrap(), runs[1]["run"].as_str().unwrap());
    let text = world.lifeboat(&["report", there]);
    assert_eq!(text.code, Some(0), "{text:?}");
    for word in ["## RTO and RPO", "switchover payments-serverless us-east-2", "ann"] {
        assert!(text.stdout.contains(word), "`{word}` is not in {}", text.stdout);
    }
    let whole = world.lifeboat(&["report", there, "--format", "json"]).json();
    let head = world.lifeboat(&["journal", "verify", "--json"]).json()["head"]["hash"].clone();
    assert_eq!((&whole["evidence"]["journal_head"], &whole["evidence"]["chain"]), (&head, &"whole".into()));
    let compared = world.lifeboat(&["report", back, "--compare", there]);
    assert_eq!(compared.code, Some(0), "{compared:?}");
    assert!(compared.stdout.contains(there) && compared.stdout.contains(back), "{}", compared.stdout);
    assert_eq!(world.lifeboat(&["report", "no-such-run"]).code, Some(2));
}

#[test]
fn a_plan_as_json_has_what_scripts_rely_on() {
    for (deployment, partner) in DEPLOYMENTS {
        let world = World::of("calm", deployment);
        let plan = world.lifeboat(&["plan", "switchover", "--json", "--at-offset", "60"]).json();
        assert_eq!(plan["phrase"], format!("switchover {deployment} {partner}"));
        assert_eq!(plan["hash"].as_str().unwrap().len(), 64);
        let predicted = &plan["predicted"];
        assert!(predicted["rpo_s"].as_object().unwrap().values().all(|lost| lost.as_f64() == Some(0.0)), "{predicted}");
        assert!(predicted.as_object().unwrap().contains_key("rto_s"), "{predicted}");
        for step in plan["steps"].as_array().unwrap() {
            for key in ["kind", "calls", "endpoint_region", "plane", "reversible", "iam", "expected_s"] {
                assert!(step.as_object().unwrap().contains_key(key), "{deployment}: `{key}` is not in {step}");
            }
        }
    }
}
