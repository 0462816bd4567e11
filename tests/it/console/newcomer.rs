//! From the first start to the report of a drill and out again, by keys alone, and each of them named by the screen before
//! it is pressed: who never read a page finds the way, in the smallest window too.

use super::acting::lifeboat;
use super::pty::{Console, Start};

const NAME: &str = "payments-aurora";
const PHRASE: &str = "drill payments-aurora us-east-2";
const DOWN: &str = "\x1b[B";

/// Presses a key once the screen says what it does.
#[track_caller]
fn press_named(console: &mut Console, key: &str, said: &[&str]) {
    console.wait_for(said);
    console.press(key);
}

/// Types what the box asks for, and nothing else, and only once it says so.
#[track_caller]
fn type_asked(console: &mut Console, title: &str, phrase: &str) {
    console.wait_for(&[title, "Type this, letter for letter, then Enter", phrase]);
    console.press(phrase);
    press_named(console, "\r", &["Enter does it"]);
}

/// By the key that the screen names, in these words.
#[track_caller]
pub(super) fn raise_access(console: &mut Console, named: &str, name: &str) {
    press_named(console, "O", &[named]);
    type_asked(console, "Raise access from read-only to operate", name);
    console.wait_for(&["OPERATE 29:"]);
}

/// To the runbooks, by the number that the line of screens gives.
#[track_caller]
pub(super) fn go_to_the_runbooks(console: &mut Console) {
    console.wait("the runbooks' key", |screen| {
        let contents = screen.contents();
        contents.contains("7 Books") || contents.contains("7 Runbooks")
    });
    console.press("7");
}

/// From the runbooks to a drill that is under way, by keys that the screen names.
#[track_caller]
pub(super) fn begin_a_drill(console: &mut Console, phrase: &str) {
    console.wait("the drill to be ready", |screen| {
        screen.contents().lines().any(|line| line.contains("drill") && line.contains("may run"))
    });
    for next in ["failover", "failback", "drill"] {
        press_named(console, DOWN, &["down next row"]);
        console.wait_for(&[&format!("Guards of {next}")]);
    }

    press_named(console, "x", &["x plan"]);
    // It is read before it is begun: what it is, what it injects, and that nothing stands in its way.
    console.wait_for(&["Proposed: drill", "a rehearsal", "Its fault, which clients notice and must"]);
    press_named(console, "x", &["guards pass: x begins it"]);
    type_asked(console, "Begin drill, a rehearsal", phrase);

    console.wait_for(&["DRILL", "RUNNING", "executed here", "p pause"]);
}

/// The report of it, and out.
#[track_caller]
pub(super) fn read_its_report(console: &mut Console) {
    press_named(console, "o", &["COMPLETED", "o opens the report"]);
    console.wait_for(&["Completed: planned drill"]);
    press_named(console, "q", &["q close"]);
    console.wait_gone("Completed: planned drill");
    press_named(console, "q", &["q quit"]);
    assert!(console.ended().success());
    console.assert_restored();
}

fn from_the_welcome_to_the_report(width: u16, height: u16) {
    // Time is the only thing that is not as it is at a first start.
    let mut console = Start::new(&["--pace", "20"]).newcomer().size(width, height).run();
    console.wait_for(&["Welcome to Lifeboat", "Nothing here is real", "any key closes"]);
    // What is read tells that the regions answer: until then nobody is let act on them.
    console.wait_for(&["READ-ONLY", NAME, "oldest"]);

    raise_access(&mut console, "O raises access", NAME);
    go_to_the_runbooks(&mut console);
    begin_a_drill(&mut console, PHRASE);
    read_its_report(&mut console);

    let (code, told) = lifeboat(&console, &["runs", "--deployment", NAME]);
    assert!(code == Some(0) && told.contains("drill") && told.contains("completed"), "{told}");
    let (code, told) = lifeboat(&console, &["journal", "verify"]);
    assert_eq!(code, Some(0), "{told}");
    // Whoever comes again is not told once more what this is.
    let again = Start::new(&[]).newcomer().size(width, height).beside(&console).run();
    again.wait_for(&["SIM", "ACTIVE", "STANDBY"]);
    assert!(!again.contents().contains("Welcome to Lifeboat"), "{}", again.contents());
}

#[test]
fn the_smallest_window_leads_a_newcomer_from_the_welcome_to_the_report_of_a_drill() {
    from_the_welcome_to_the_report(80, 24);
}

#[test]
fn a_usual_window_leads_a_newcomer_from_the_welcome_to_the_report_of_a_drill() {
    from_the_welcome_to_the_report(120, 40);
}

#[test]
fn a_large_window_leads_a_newcomer_from_the_welcome_to_the_report_of_a_drill() {
    from_the_welcome_to_the_report(200, 60);
}
