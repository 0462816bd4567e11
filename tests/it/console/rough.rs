//! A run goes on whatever becomes of the terminal it is watched in: a link that hangs or over which bytes trickle, a window
//! that is drawn to nothing and back.

use super::acting::{SWITCHOVER, arguments, begin, choose, lifeboat};
use super::pty::{Console, Start};

fn under_way(start: Start) -> Console {
    let mut console = start.run();
    console.wait_for(&["SIM", "ACTIVE"]);
    choose(&mut console, "switchover", 0);
    begin(&mut console, SWITCHOVER);
    console
}

/// The journal's word on how the run stands, which is had without its terminal.
fn wait_until_the_journal_has_it_completed(console: &Console) {
    let mut told = String::new();
    // Each asking is a process of its own, so that this is patient enough without a sleep.
    let completed = (0..1000).any(|_| {
        told = lifeboat(console, &["runs", "--deployment", "serverless"]).1;
        told.contains("completed")
    });
    assert!(completed, "{told}");
}

#[test]
fn a_run_goes_on_while_the_terminal_hangs() {
    let console = under_way(Start::new(&arguments("serverless", "20")));
    console.hang();
    wait_until_the_journal_has_it_completed(&console);
    console.go_on_reading();
    console.wait_for(&["COMPLETED"]);
}

#[test]
fn a_run_is_begun_and_watched_over_a_link_where_bytes_trickle() {
    let console = under_way(Start::new(&arguments("serverless", "20")).trickling());
    console.wait_for(&["COMPLETED"]);
}

#[test]
fn a_storm_of_sizes_leaves_a_run_alone_and_ends_on_its_whole_screen() {
    let console = under_way(Start::new(&arguments("serverless", "20")));
    for (width, height) in (1..=40).map(|step| (1 + step * 37 % 200, 1 + step * 23 % 60)) {
        console.resize(width, height);
    }
    console.resize(1, 1);
    console.resize(120, 40);
    console.wait_for(&["▸8 Run", "COMPLETED", "Put back what was temporary"]);
}
