//! Access raised and lowered by keys in a real terminal: read-only until the name is typed, and again afterwards.

use super::acting::{SWITCHOVER, begin, choose, lifeboat};
use super::pty::Start;

fn reader() -> Start {
    Start::new(&["--simulate", "calm", "--deployment", "serverless", "--pace", "20"])
}

#[test]
fn access_is_raised_by_keys_and_a_run_completed_then_lowered() {
    let mut console = reader().run();
    console.wait_for(&["SIM", "READ-ONLY", "ACTIVE"]);
    console.press("7");
    console.wait_for(&["Guards of switchover", "raise access with O"]);
    // Where a run would be begun the name is asked for, once the plan is there.
    console.press("x");
    console.wait_for(&["Proposed: switchover", "O raises it first"]);
    console.press("x");
    console.wait_for(&["Raise access from read-only to operate", "letter for letter"]);
    console.press("serverless");
    console.wait_for(&["Enter does it"]);
    console.press("\r");
    console.wait_for(&["OPERATE 29:", "guards pass"]);
    console.press("q");
    choose(&mut console, "switchover", 0);
    begin(&mut console, SWITCHOVER);
    console.wait_for(&["COMPLETED"]);
    console.press("O");
    console.wait_for(&["READ-ONLY", "access is lowered"]);
    console.press("7x");
    console.wait_for(&["Proposed: switchover"]);
    console.press("q");
    console.press("q");
    assert!(console.ended().success());
    let (code, told) = lifeboat(&console, &["journal", "show"]);
    assert_eq!(code, Some(0), "{told}");
    let raised = told.find("access_raised").unwrap_or_else(|| panic!("{told}"));
    let begun = told.find("run_started").unwrap_or_else(|| panic!("{told}"));
    let lowered = told.find("access_lowered").unwrap_or_else(|| panic!("{told}"));
    assert!(raised < begun && begun < lowered, "{told}");
    // What stands beside runs is no run.
    let (code, told) = lifeboat(&console, &["runs", "--deployment", "serverless", "--json"]);
    assert_eq!((code, told.matches("\"run\":").count()), (Some(0), 1), "{told}");
    let (code, told) = lifeboat(&console, &["journal", "verify"]);
    assert_eq!(code, Some(0), "{told}");
}

#[test]
fn lowering_access_leaves_the_run_that_is_executed_alone() {
    let arguments = ["--simulate", "calm", "--deployment", "serverless", "--operate", "--pace", "20"];
    let mut console = Start::new(&arguments).run();
    console.wait_for(&["SIM", "OPERATE", "ACTIVE"]);
    choose(&mut console, "switchover", 0);
    begin(&mut console, SWITCHOVER);
    console.press("O");
    console.wait_for(&["READ-ONLY", "the run that is executed here goes on"]);
    console.wait_for(&["COMPLETED"]);
}

#[test]
fn a_session_that_is_pinned_to_reading_stays_so() {
    let mut console = Start::new(&["--simulate", "calm", "--deployment", "serverless", "--read-only"]).run();
    console.wait_for(&["SIM", "READ-ONLY", "ACTIVE"]);
    console.press("O");
    console.wait_for(&["access stays read-only", "--read-only"]);
    assert!(!console.contents().contains("letter for letter"), "{}", console.contents());
}

/// Half an hour is longer than a test may wait: the time is set shorter, and runs out by itself all the same.
#[test]
fn access_lapses_while_the_console_is_open() {
    let mut console = reader().env("LIFEBOAT_ACCESS_LASTS_S", "6").run();
    console.wait_for(&["SIM", "READ-ONLY", "ACTIVE"]);
    console.press("O");
    console.wait_for(&["Raise access from read-only to operate"]);
    console.press("serverless\r");
    console.wait_for(&["OPERATE 0:0"]);
    console.wait_for(&["READ-ONLY", "access has lapsed: this console only reads"]);
    // Nothing is begun from then on but by the name, typed again.
    console.press("7x");
    console.wait_for(&["Proposed: switchover", "O raises it first"]);
    console.press("x");
    console.wait_for(&["Raise access from read-only to operate"]);
    console.press("\u{1b}");
    console.wait_gone("Raise access from read-only");
    console.press("qq");
    assert!(console.ended().success());
    let (code, told) = lifeboat(&console, &["journal", "show", "--json"]);
    assert_eq!(code, Some(0), "{told}");
    let raised = told.find("access_raised").unwrap_or_else(|| panic!("{told}"));
    let lowered = told.find("access_lowered").unwrap_or_else(|| panic!("{told}"));
    assert!(raised < lowered && told[lowered..].contains("\"lapsed\": true"), "{told}");
    assert!(!told.contains("run_started"), "{told}");
}
