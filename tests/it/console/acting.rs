//! Acting from the screen, as a person does it: a runbook chosen, its plan read, its phrase typed, and the run watched,
//! answered, left and gone on with, all by keys in a real terminal on the simulator.

use std::process::{Command, Stdio};

use super::pty::{Console, Start};

pub(super) const SWITCHOVER: &str = "switchover serverless us-west-2";

pub(super) fn arguments<'a>(deployment: &'a str, pace: &'a str) -> [&'a str; 7] {
    ["--simulate", "calm", "--deployment", deployment, "--operate", "--pace", pace]
}

/// On the screen of the runbooks, with this one under the cursor, once it may begin.
pub(super) fn choose(console: &mut Console, runbook: &str, rows_down: usize) {
    console.press("7");
    console.wait(&format!("{runbook} to be ready"), |screen| {
        screen.contents().lines().any(|line| line.contains(runbook) && line.contains("may run"))
    });
    for _ in 0..rows_down {
        console.press("j");
    }
    console.wait_for(&[&format!("Guards of {runbook}")]);
}

/// From the plan to the run: nothing is begun before the phrase is there.
pub(super) fn begin(console: &mut Console, phrase: &str) {
    console.press("x");
    console.wait_for(&["Proposed:", "guards pass", "What it costs"]);
    console.press("x");
    console.wait_for(&["Type this, letter for letter", phrase]);
    console.press(phrase);
    console.wait_for(&["Enter does it"]);
    console.press("\r");
    console.wait_for(&["Steps", "executed here"]);
}

pub(super) fn lifeboat(console: &Console, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
    command.args(arguments).arg("--data-dir").arg(console.data_dir()).args(["--simulate", "calm"]);
    command.env_clear().env("HOME", console.data_dir()).stdin(Stdio::null());
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn a_switchover_is_carried_out_by_keys_alone() {
    let mut console = Start::new(&arguments("serverless", "20")).run();
    console.wait_for(&["SIM", "ACTIVE"]);
    choose(&mut console, "switchover", 0);
    begin(&mut console, SWITCHOVER);
    console.wait_for(&["COMPLETED"]);
    console.press("o");
    console.wait_for(&["Completed: planned switchover", "RTO and RPO", "Phases"]);
    console.press("qq");
    assert!(console.ended().success());
    console.assert_restored();
    let (code, told) = lifeboat(&console, &["journal", "verify"]);
    assert_eq!(code, Some(0), "{told}");
    let (code, told) = lifeboat(&console, &["runs", "--deployment", "serverless"]);
    assert!(code == Some(0) && told.contains("completed"), "{told}");
}

#[test]
fn a_question_is_answered_by_keys() {
    // As inside tmux, where most who are on call are.
    let start = Start::new(&arguments("payments-serverless", "30"));
    let mut console = start.env("TERM", "tmux-256color").env("TMUX", "/tmp/tmux-0/default,1,0").run();
    console.wait_for(&["SIM", "ACTIVE"]);
    choose(&mut console, "failover", 1);
    begin(&mut console, "failover payments-serverless us-east-2");
    console.wait_for(&["QUESTION about", "a answers"]);
    // It is told on every other screen.
    console.press("1");
    console.wait_for(&["is waiting for your answer: 8"]);
    console.press("8a");
    console.wait_for(&["Your answer", "skip with a reason"]);
    console.press("j\r");
    console.wait_for(&["Skip it, because"]);
    console.press("its name stays\r");
    console.wait_for(&["skipped"]);
    console.wait_for(&["COMPLETED"]);
    console.press("q");
    assert!(console.ended().success());
    let (code, told) = lifeboat(&console, &["journal", "show"]);
    assert!(code == Some(0) && told.contains("its name stays"), "{told}");
}

#[test]
fn a_run_that_was_left_in_the_middle_is_in_the_journal_and_resume_completes_it() {
    let mut console = Start::new(&arguments("serverless", "20")).run();
    console.wait_for(&["SIM", "ACTIVE"]);
    choose(&mut console, "switchover", 0);
    begin(&mut console, SWITCHOVER);
    console.wait_for(&["1 of"]);
    console.press("q");
    console.wait_for(&["leaving stops it"]);
    console.press("q");
    assert_eq!(console.ended().exit_code(), 4);
    console.wait_for(&["lifeboat resume"]);
    let arguments = ["resume", "--deployment", "serverless", "--operate", "--pace", "max"];
    let (code, told) = lifeboat(&console, &arguments);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("COMPLETED"), "{told}");
}

#[test]
fn a_second_console_shows_the_run_of_the_first_and_leaves_it_alone() {
    let mut console = Start::new(&arguments("serverless", "20")).run();
    console.wait_for(&["SIM", "ACTIVE"]);
    choose(&mut console, "switchover", 0);
    begin(&mut console, SWITCHOVER);
    let mut second = Start::new(&arguments("serverless", "20")).beside(&console).run();
    // What is open is shown first, whoever executes it.
    second.wait_for(&["▸8 Run", "switchover", "executed by"]);
    second.press("R");
    second.wait_for(&["executes it: wait for its end"]);
    second.wait_for(&["COMPLETED"]);
    console.wait_for(&["COMPLETED"]);
}

#[test]
fn a_run_that_nobody_executes_is_gone_on_with_from_the_screen() {
    let mut console = Start::new(&arguments("serverless", "20")).run();
    console.wait_for(&["SIM", "ACTIVE"]);
    choose(&mut console, "switchover", 0);
    begin(&mut console, SWITCHOVER);
    console.wait_for(&["1 of"]);
    console.signal(rustix::process::Signal::TERM);
    assert_eq!(console.ended().exit_code(), 4);
    let mut second = Start::new(&arguments("serverless", "60")).beside(&console).run();
    second.wait_for(&["▸8 Run", "nobody executes it", "NOBODY EXECUTES IT"]);
    second.press("R");
    second.wait_for(&["go on with it"]);
    second.press("j\r");
    second.wait_for(&["executed here"]);
    second.wait_for(&["COMPLETED"]);
}
