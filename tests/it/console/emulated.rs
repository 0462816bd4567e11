//! The same keys on an emulated account: what they did is told by another client.

use super::newcomer::{begin_a_drill, go_to_the_runbooks, raise_access, read_its_report};
use super::pty::Start;
use crate::it::emulated::Operated;
use crate::it::filled::NAME;
use crate::it::harness::ministack;

fn from_the_first_screen_to_a_report(width: u16, height: u16) {
    let operated = Operated::on(ministack(), &["aurora", "functions", "leading_parameter", "canary"]);
    let deployed = &operated.deployed;
    let mut start = Start::new(&["--config", deployed.configuration.to_str().unwrap()])
        .with_data(deployed.folder.path().join("data"))
        .size(width, height);
    for (name, value) in deployed.account.variables() {
        start = start.env(name, &value);
    }
    let mut console = start.run();
    console.wait_for(&["LIVE", NAME, "READ-ONLY", "ACTIVE", "STANDBY"]);
    go_to_the_runbooks(&mut console);
    raise_access(&mut console, "O access", NAME);
    begin_a_drill(&mut console, &operated.phrase("drill"));
    console.wait_for(&["put back"]);
    // The application is not the function that was fenced, but a stand-in: it refuses as its clients would be refused.
    operated.application.refuse_next(10);
    read_its_report(&mut console);
    operated.assert_promoted();
    for region in ["us-east-1", "us-east-2"] {
        operated.assert_parameter(region, "us-east-2");
    }
    operated.journal();
}

#[test]
fn the_smallest_window_leads_to_the_report_of_a_drill_on_an_emulated_account() {
    from_the_first_screen_to_a_report(80, 24);
}

#[test]
fn a_usual_window_leads_to_the_report_of_a_drill_on_an_emulated_account() {
    from_the_first_screen_to_a_report(120, 40);
}

#[test]
fn a_large_window_leads_to_the_report_of_a_drill_on_an_emulated_account() {
    from_the_first_screen_to_a_report(200, 60);
}
