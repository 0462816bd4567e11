//! Another process holds the journal, as one that was stopped in the middle of it does: the screen goes on, nothing is
//! begun twice, and that nothing was begun is told.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use super::acting::{SWITCHOVER, begin, choose, lifeboat};
use super::pty::{Console, Start};

const SERVERLESS: [&str; 7] = ["--simulate", "calm", "--deployment", "serverless", "--operate", "--pace", "20"];

/// The file of that name somewhere in the folder.
fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?.filter_map(Result::ok).map(|entry| entry.path());
    entries
        .collect::<Vec<_>>()
        .into_iter()
        .find_map(|path| if path.is_dir() { find(&path, name) } else { (path.file_name()? == name).then_some(path) })
}

/// What whoever opens the journal waits for, held as long as the file is open.
fn hold(console: &Console) -> File {
    let gate = find(&console.data_dir(), ".gate").unwrap();
    let file = OpenOptions::new().read(true).write(true).open(gate).unwrap();
    file.lock().unwrap();
    file
}

/// A journal that there is already.
fn with_journal() -> Console {
    let mut console = Start::new(&SERVERLESS).run();
    console.wait_for(&["SIM", "ACTIVE"]);
    console.press("m");
    console.wait_for(&["A note for the journal"]);
    console.press("the pager rang\r");
    console.wait_for(&["the note is in the journal"]);
    console
}

fn type_phrase(console: &mut Console) {
    console.press("x");
    console.wait_for(&["Proposed:", "guards pass", "What it costs"]);
    console.press("x");
    console.wait_for(&["Type this, letter for letter", SWITCHOVER]);
    console.press(SWITCHOVER);
    console.wait_for(&["Enter does it"]);
}

#[test]
fn a_journal_that_is_held_freezes_no_screen_and_begins_nothing_twice() {
    let mut console = with_journal();
    choose(&mut console, "switchover", 0);
    type_phrase(&mut console);
    let held = hold(&console);
    console.press("\r");
    console.wait_for(&["switchover is being begun"]);
    // Keys work meanwhile, on every screen, and none of them begins a second run.
    console.press("1");
    console.wait_for(&["ACTIVE", "switchover is being begun: 8"]);
    console.press("8R");
    console.wait_for(&["no run is known"]);
    console.press("A");
    console.wait_for(&["given up"]);
    console.press("7x");
    console.wait_for(&["Proposed: switchover"]);
    console.press("x");
    console.wait_for(&["executed here already"]);
    console.press("q8");
    console.wait_for(&["the journal", "another process has held", "nothing was begun"]);
    drop(held);
    choose(&mut console, "switchover", 0);
    begin(&mut console, SWITCHOVER);
    console.wait_for(&["COMPLETED"]);
    console.press("q");
    assert!(console.ended().success());
    let (code, told) = lifeboat(&console, &["runs", "--deployment", "serverless", "--json"]);
    assert_eq!((code, told.matches("\"run\":").count()), (Some(0), 1), "{told}");
    let (code, told) = lifeboat(&console, &["journal", "verify"]);
    assert_eq!(code, Some(0), "{told}");
}

/// Who gives access back before the run has told anything has it go no further.
#[test]
fn access_that_is_given_back_while_a_run_is_only_being_begun_ends_it() {
    let reader = ["--simulate", "calm", "--deployment", "serverless", "--pace", "20"];
    let mut console = Start::new(&reader).run();
    console.wait_for(&["SIM", "ACTIVE"]);
    console.press("O");
    console.wait_for(&["Raise access"]);
    console.press("serverless\r");
    console.wait_for(&["OPERATE 29:"]);
    choose(&mut console, "switchover", 0);
    type_phrase(&mut console);
    let held = hold(&console);
    console.press("\r");
    console.wait_for(&["switchover is being begun"]);
    console.press("O");
    console.wait_for(&["READ-ONLY", "access was given back while it was being begun"]);
    drop(held);
    console.press("q");
    assert!(console.ended().success());
    let (code, told) = lifeboat(&console, &["journal", "show"]);
    assert!(code == Some(0) && told.contains("access_lowered") && !told.contains("run_started"), "{told}");
}

/// To be gone on with, and with something written into it by somebody else while nobody looked.
#[test]
fn what_another_process_wrote_into_a_run_is_told_by_whoever_goes_on_with_it() {
    let mut console = Start::new(&SERVERLESS).run();
    console.wait_for(&["SIM", "ACTIVE"]);
    choose(&mut console, "switchover", 0);
    begin(&mut console, SWITCHOVER);
    console.wait_for(&["1 of"]);
    console.signal(rustix::process::Signal::TERM);
    assert_eq!(console.ended().exit_code(), 4);
    let mut second = Start::new(&SERVERLESS).beside(&console).run();
    second.wait_for(&["\u{25b8}8 Run", "nobody executes it", "NOBODY EXECUTES IT"]);
    // It stands still while the line is written, and first of all hears that it is to go on.
    second.signal(rustix::process::Signal::STOP);
    let (code, told) = lifeboat(&console, &["journal", "note", "bob was here", "--deployment", "serverless"]);
    assert_eq!(code, Some(0), "{told}");
    second.press("Rj\r");
    second.signal(rustix::process::Signal::CONT);
    second.wait_for(&["executed here"]);
    second.press("\t/bob\r");
    second.wait_for(&["note: bob was here"]);
    second.press("\u{1b}");
    second.wait_for(&["COMPLETED"]);
    let (_, told) = lifeboat(&console, &["journal", "show"]);
    assert_eq!(told.matches("bob was here").count(), 1, "{told}");
}
