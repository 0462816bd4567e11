//! What becomes of a run whose console ends in the middle of it: the terminal is given back, the journal holds what was
//! begun, and whoever resumes it does nothing twice.

use rustix::process::Signal;

use super::acting::{SWITCHOVER, begin, choose, lifeboat};
use super::pty::{Console, Start};

const CONSOLE: [&str; 7] = at_pace("20");
/// Telling of a panic takes a debug build seconds, and the run is not over by then.
const SLOW: [&str; 7] = at_pace("4");

const fn at_pace(pace: &'static str) -> [&'static str; 7] {
    ["--simulate", "calm", "--deployment", "payments-aurora", "--operate", "--pace", pace]
}

/// In the middle of a run that has sent something already.
fn mid_run(start: Start) -> Console {
    let mut console = start.run();
    console.wait_for(&["SIM", "ACTIVE"]);
    choose(&mut console, "switchover", 0);
    begin(&mut console, "switchover payments-aurora us-east-2");
    console
}

/// Goes on with it to its end, and counts how often each promotion was sent.
fn resumes_to_the_end(console: &Console) {
    let arguments = ["resume", "--deployment", "payments-aurora", "--operate", "--pace", "max"];
    let (code, told) = lifeboat(console, &arguments);
    assert!(code == Some(0) && told.contains("COMPLETED"), "{told}");
    let (code, shown) = lifeboat(console, &["journal", "export"]);
    assert_eq!(code, Some(0), "{shown}");
    let sent = |what: &str| {
        let of_it = |line: &&str| line.contains("call_started") && !line.contains("undo_call") && line.contains(what);
        shown.lines().filter(of_it).count()
    };
    assert!(sent("SwitchoverGlobalCluster") + sent("switchover_global_cluster") <= 1, "{shown}");
    assert_eq!(lifeboat(console, &["journal", "verify"]).0, Some(0));
}

#[test]
fn a_signal_mid_run_gives_the_terminal_back_and_leaves_the_run_to_resume() {
    for signal in [Signal::TERM, Signal::HUP] {
        let console = mid_run(Start::new(&CONSOLE));
        console.wait_for(&["1 of"]);
        console.signal(signal);
        assert_eq!(console.ended().exit_code(), 4, "{signal:?}");
        console.assert_restored();
        console.wait_for(&["lifeboat resume"]);
        resumes_to_the_end(&console);
    }
}

#[test]
fn a_panic_mid_run_gives_the_terminal_back_and_leaves_the_run_to_resume() {
    let console = mid_run(Start::new(&SLOW).env("LIFEBOAT_PROVOKE_PANIC", "run"));
    let status = console.ended();
    assert_eq!(status.exit_code(), 1, "{status:?}");
    console.assert_restored();
    console.wait_for(&["panicked", "provoked"]);
    resumes_to_the_end(&console);
}

#[test]
fn a_lost_terminal_ends_the_console_and_leaves_the_run_to_resume() {
    let mut console = mid_run(Start::new(&CONSOLE));
    console.wait_for(&["1 of"]);
    console.lose_terminal();
    // Nobody is there to be told; whoever started it sees that a run was left.
    assert_eq!(console.ended().exit_code(), 4);
    resumes_to_the_end(&console);
}

#[test]
fn a_run_that_was_left_is_said_first_and_given_up_by_keys() {
    let arguments = ["--simulate", "calm", "--deployment", "serverless", "--operate", "--pace", "20"];
    let mut console = Start::new(&arguments).run();
    console.wait_for(&["SIM", "ACTIVE"]);
    choose(&mut console, "switchover", 0);
    begin(&mut console, SWITCHOVER);
    console.wait_for(&["1 of"]);
    console.signal(Signal::TERM);
    assert_eq!(console.ended().exit_code(), 4);
    // Who only came to look is told first, and led on.
    let mut second =
        Start::new(&["--simulate", "calm", "--deployment", "serverless", "--pace", "60"]).beside(&console).run();
    second.wait_for(&["▸8 Run", "READ-ONLY", "nobody executes it"]);
    second.press("A");
    second.wait_for(&["O raises it"]);
    second.press("1");
    second.wait_for(&["nobody executes switchover"]);
    second.press("O");
    second.wait_for(&["Raise access"]);
    second.press("serverless\r");
    second.wait_for(&["OPERATE"]);
    second.press("8A");
    second.wait_for(&["Abort switchover", "abort serverless", "What was begun is looked for"]);
    second.press("abort serverless");
    second.wait_for(&["Enter does it"]);
    second.press("\r");
    second.wait_for(&["ABORTED"]);
    second.press("q");
    assert!(second.ended().success());
    let (code, told) = lifeboat(&console, &["runs", "--deployment", "serverless"]);
    assert!(code == Some(0) && told.contains("aborted"), "{told}");
}
