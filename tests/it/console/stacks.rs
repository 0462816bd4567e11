//! Stacks from the screen: a deployment that is chosen, read, made, looked at and taken away again, by keys alone in a real
//! terminal on the simulator.

use std::process::{Command, Stdio};

use super::pty::{Console, Start};

const EMPTY: [&str; 6] = ["--simulate", "empty-account", "--fresh", "--operate", "--pace", "120"];

fn lifeboat(console: &Console, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
    command.args(arguments).arg("--data-dir").arg(console.data_dir()).args(["--simulate", "empty-account"]);
    command.env_clear().env("HOME", console.data_dir()).stdin(Stdio::null());
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&said).into_owned())
}

/// To the form of the serverless blueprint, once it is judged.
fn choose_serverless(console: &mut Console) {
    console.press("b");
    console.wait_for(&["What can be built", "payments-serverless"]);
    let is_chosen = |screen: &vt100::Screen| {
        screen.contents().lines().any(|line| line.starts_with('\u{25b8}') && line.contains(" 18 "))
    };
    console.press("jjj");
    console.wait("serverless to be under the cursor", is_chosen);
    console.press("\r");
    console.wait_for(&["Build serverless", "nothing is wrong with it"]);
}

/// From the page of a plan to the run of it.
fn begin(console: &mut Console, phrase: &str) {
    console.wait_for(&["Proposed:", "guards pass"]);
    console.press("x");
    console.wait_for(&["Type this, letter for letter", phrase]);
    console.press(phrase);
    console.wait_for(&["Enter does it"]);
    console.press("\r");
}

#[test]
fn a_deployment_is_made_seen_and_taken_away_by_keys_alone() {
    let mut console = Start::new(&EMPTY).run();
    console.wait_for(&["SIM", "There is no deployment", "b lists the architectures"]);
    choose_serverless(&mut console);
    console.press("\r");
    begin(&mut console, "provision serverless us-east-1");
    console.wait_for(&["COMPLETED", "5 of 5 stacks done"]);
    // It is one of those that there are, and is watched.
    console.press("1");
    console.wait_for(&["ACTIVE", "us-west-2"]);
    console.press("0");
    console.wait_for(&["serverless-dev-primary", "serverless-dev-secondary", "18 resources", "CREATE_C"]);
    console.press("g ");
    console.wait_for(&["GlobalTable", "DynamoDB global"]);
    console.press("x");
    begin(&mut console, "teardown serverless us-east-1");
    console.wait_for(&["teardown of serverless", "COMPLETED"]);
    console.press("1");
    console.wait_for(&["serverless was taken away"]);
    console.press("q");
    assert!(console.ended().success());
    console.assert_restored();
    let (code, told) = lifeboat(&console, &["journal", "verify"]);
    assert_eq!(code, Some(0), "{told}");
    let (_, told) = lifeboat(&console, &["runs"]);
    assert_eq!(told.matches("completed").count(), 2, "{told}");
    // Nothing stands, and nothing is kept of it.
    let (code, told) = lifeboat(&console, &["drift", "serverless"]);
    assert!(code != Some(0) && told.contains("no deployment `serverless`"), "{code:?} {told}");
}

#[test]
fn every_mistake_in_the_form_is_said_at_once_and_none_is_proposed() {
    let mut console = Start::new(&EMPTY).run();
    console.wait_for(&["There is no deployment"]);
    choose_serverless(&mut console);
    // A suffix with a capital, and a domain that is nobody's.
    console.press("\u{1b}[B\u{1b}[B\u{1b}[BX");
    console.press("\u{1b}[Bshop.example.com");
    console.wait_for(&["3 mistakes", "Route 53 makes no zone in example.com", "certificate in each region"]);
    console.press("\r");
    console.wait_for(&["3 mistakes in what you chose"]);
    assert!(!console.contents().contains("Proposed"), "{}", console.contents());
}

/// The name is typed, then the phrase: of what is not there yet as of everything else.
#[test]
fn whoever_may_only_read_makes_and_takes_away_once_the_name_is_typed() {
    let mut console = Start::new(&["--simulate", "empty-account", "--fresh", "--pace", "120"]).run();
    console.wait_for(&["There is no deployment", "READ-ONLY"]);
    choose_serverless(&mut console);
    console.press("\r");
    console.wait_for(&["Proposed: provision", "O raises it first"]);
    console.press("x");
    console.wait_for(&["Raise access from read-only to operate", "letter for letter"]);
    console.press("serverless\r");
    console.wait_for(&["OPERATE 29:"]);
    begin(&mut console, "provision serverless us-east-1");
    console.wait_for(&["COMPLETED", "5 of 5 stacks done"]);
    console.wait_gone("what follows from it");
    // It stands, and its access is what it was.
    console.press("0");
    console.wait_for(&["OPERATE 2", "serverless-dev-primary", "CREATE_C"]);
    console.press("O");
    console.wait_for(&["READ-ONLY", "access is lowered"]);
    console.press("x");
    console.wait_for(&["Proposed: teardown", "O raises it first"]);
    console.press("O");
    console.wait_for(&["Raise access from read-only to operate"]);
    console.press("serverless\r");
    console.wait_for(&["OPERATE 29:"]);
    begin(&mut console, "teardown serverless us-east-1");
    console.wait_for(&["teardown of serverless", "COMPLETED"]);
    console.press("1");
    console.wait_for(&["serverless was taken away"]);
    console.press("q");
    assert!(console.ended().success());
    let (code, told) = lifeboat(&console, &["journal", "show"]);
    assert_eq!((code, told.matches("access_raised").count()), (Some(0), 2), "{told}");
    let (raised, begun) = (told.find("access_raised").unwrap(), told.find("run_started").unwrap());
    assert!(raised < begun, "{told}");
    assert_eq!(told.matches("run_started").count(), 2, "{told}");
}

/// A guard that may be overridden is, with a reason; a run that nobody executes is given up.
#[test]
fn a_provision_is_given_up_from_the_screen() {
    let mut console = Start::new(&["--simulate", "empty-account", "--fresh", "--operate", "--pace", "20"]).run();
    console.wait_for(&["There is no deployment"]);
    choose_serverless(&mut console);
    console.press("\r");
    begin(&mut console, "provision serverless us-east-1");
    console.wait_for(&["executed here", "running"]);
    console.signal(rustix::process::Signal::TERM);
    assert_eq!(console.ended().exit_code(), 4);
    let arguments = ["--simulate", "empty-account", "--operate", "--pace", "60"];
    let mut second = Start::new(&arguments).beside(&console).run();
    second.wait_for(&["\u{25b8}8 Run", "nobody executes it"]);
    second.press("A");
    second.wait_for(&["Abort provision", "the run is over then"]);
    second.press("abort serverless\r");
    second.wait_for(&["ABORTED"]);
    // What is kept of it goes after it; leaving before that is asked twice.
    second.wait_gone("what follows from it");
    second.press("q");
    assert!(second.ended().success());
    let (code, told) = lifeboat(&console, &["runs"]);
    assert!(code == Some(0) && told.contains("aborted"), "{told}");
}

/// Compared with its templates by keys alone: what differs is told on the screen of the stacks.
#[test]
fn drift_is_looked_for_by_keys_and_told_beside_the_stacks() {
    let mut console =
        Start::new(&["--simulate=drift", "--deployment", "serverless", "--operate", "--pace", "20"]).run();
    console.wait_for(&["SIM", "ACTIVE"]);
    console.press("0");
    // The last comparison is hours old.
    console.wait_for(&["1 DRIFTED when looked for 3h", "CREATE_C"]);
    console.press("d");
    console.wait_for(&["Proposed: drift", "guards pass"]);
    console.press("x");
    console.wait_for(&["CloudFormation compares every stack", "drift serverless us-east-1"]);
    console.press("drift serverless us-east-1");
    console.wait_for(&["Enter does it"]);
    console.press("\r");
    console.wait_for(&["COMPLETED", "1 resource differs from its template: 0 shows it"]);
    console.press("0");
    console.wait_for(&["1 DRIFTED when looked for", "1 differ"]);
    console.wait_gone("looked for 3h");
    console.press("q");
    assert!(console.ended().success());
}

/// A run of stacks that is left is gone on with here as any other.
#[test]
fn a_provision_that_was_left_in_the_middle_is_gone_on_with_from_the_screen() {
    let mut console = Start::new(&["--simulate", "empty-account", "--fresh", "--operate", "--pace", "20"]).run();
    console.wait_for(&["There is no deployment"]);
    choose_serverless(&mut console);
    console.press("\r");
    begin(&mut console, "provision serverless us-east-1");
    console.wait_for(&["executed here", "running"]);
    console.signal(rustix::process::Signal::TERM);
    assert_eq!(console.ended().exit_code(), 4);
    let arguments = ["--simulate", "empty-account", "--operate", "--pace", "60"];
    let mut second = Start::new(&arguments).beside(&console).run();
    second.wait_for(&["\u{25b8}8 Run", "nobody executes it"]);
    second.press("R");
    second.wait_for(&["go on with it"]);
    second.press("j\r");
    second.wait_for(&["executed here"]);
    second.wait_for(&["COMPLETED"]);
    second.press("1");
    second.wait_for(&["ACTIVE"]);
}
