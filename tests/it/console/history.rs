//! What happened before, as a person reads it: runs carried out by commands, listed, read, compared and verified on the
//! screen, and a journal that somebody changed.

use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::acting;
use super::pty::{Console, Start};

const ARGUMENTS: [&str; 4] = ["--simulate", "calm", "--deployment", "serverless"];

/// A person's data, with what they ran in it.
struct Past {
    folder: tempfile::TempDir,
}

impl Past {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Carries a runbook out to its end, by its phrase.
    fn run(&self, runbook: &str, region: &str, more: &[&str]) {
        let phrase = format!("{runbook} serverless {region}");
        let mut command = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
        command.arg("run").arg(runbook).args(ARGUMENTS).args(["--operate", "--pace", "max", "--confirm", &phrase]);
        command.args(more).arg("--data-dir").arg(self.data());
        command.env_clear().env("HOME", self.folder.path()).stdin(Stdio::null());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn console(&self) -> Console {
        let console = Start::new(&ARGUMENTS).data(self.data()).run();
        console.wait_for(&["SIM", "ACTIVE"]);
        console
    }

    /// One byte of the second entry, in place: the console has the file open.
    fn change_what_was_typed(&self) {
        let path = find(&self.data(), "journal.sqlite").expect("there is a journal once there was a run");
        let bytes = std::fs::read(&path).unwrap();
        let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
        let typed = b"\"phrase\":\"switchover serverless";
        // A database keeps old copies of its pages: every one of them is changed.
        let places: Vec<usize> =
            bytes.windows(typed.len()).enumerate().filter(|(_, window)| window == typed).map(|(at, _)| at).collect();
        assert!(!places.is_empty(), "what was typed is in the journal");
        for at in places {
            file.write_all_at(b"z", u64::try_from(at + typed.len() - 1).unwrap()).unwrap();
        }
    }
}

fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    let entries: Vec<PathBuf> = std::fs::read_dir(folder).ok()?.map(|entry| entry.unwrap().path()).collect();
    let here = entries.iter().find(|path| path.ends_with(name)).cloned();
    here.or_else(|| entries.iter().find_map(|path| find(path, name)))
}

#[test]
fn two_runs_are_listed_read_compared_and_verified() {
    let past = Past::new();
    past.run("switchover", "us-west-2", &[]);
    past.run("failback", "us-east-1", &[]);
    let mut console = past.console();
    console.press("9");
    console.wait_for(&["2 runs", "failback", "switchover", "COMPLETED", "nothing is left to put back"]);
    console.wait_for(&["chain whole", "entries of the journal verified"]);
    // One run's entries, then one of them in full.
    console.press("j");
    console.wait_for(&["Journal: failback"]);
    console.press("\tG");
    console.wait("the first entry under the cursor", |screen| {
        screen.contents().lines().any(|line| line.starts_with('▸') && line.contains("begun by"))
    });
    console.press("\r");
    console.wait_for(&["run_started", "What it says", "\"event\": \"run_started\""]);
    console.press("q");
    console.wait_gone("What it says");
    // Its report is the one that the command prints.
    console.press("\u{1b}[Z");
    console.press("\r");
    console.wait_for(&["Run serverless-failback", "Completed: planned failback", "RTO and RPO"]);
    console.press("q");
    console.wait_gone("RTO and RPO");
    console.press("=");
    console.wait_for(&["is marked"]);
    console.press("j=");
    console.wait_for(&["serverless-failback", "beside serverless-switchover", "before", "after", "change"]);
    console.press("qqq");
    assert!(console.ended().success());
}

#[test]
fn one_changed_byte_is_said_with_its_entry_and_the_rest_of_the_console_goes_on() {
    let past = Past::new();
    past.run("switchover", "us-west-2", &[]);
    let mut console = past.console();
    console.press("9");
    console.wait_for(&["chain whole"]);
    past.change_what_was_typed();
    console.press("v");
    console.wait_for(&["BROKEN at entry 2", "it was changed"]);
    console.press("1");
    console.wait_for(&["If you failed over now", "ACTIVE"]);
    // Whoever opens it later is told as well.
    let mut later = past.console();
    later.press("9");
    later.wait_for(&["BROKEN at entry 2", "it was changed"]);
}

#[test]
fn a_run_that_goes_on_is_open_and_its_report_grows() {
    let past = Past::new();
    let mut console = Start::new(&[&ARGUMENTS[..], &["--operate", "--pace", "20"]].concat()).data(past.data()).run();
    console.wait_for(&["SIM", "ACTIVE"]);
    console.press("9");
    console.wait_for(&["Runs", "To put back"]);
    acting::choose(&mut console, "switchover", 0);
    acting::begin(&mut console, acting::SWITCHOVER);
    console.press("9");
    console.wait_for(&["1 open", "RUNNING", "switchover"]);
    console.press("j\r");
    console.wait_for(&["is not over", "Not over: planned switchover"]);
    console.wait_for(&["Completed: planned switchover"]);
    console.press("q");
    console.wait_for(&["COMPLETED", "1 run "]);
}
