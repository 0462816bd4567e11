//! The same keys on an emulated account: what they did is told by another client.

use super::pty::Start;
use crate::it::emulated::Operated;
use crate::it::filled::NAME;
use crate::it::harness::ministack;

#[test]
fn from_the_first_screen_to_a_report_by_keys_on_an_emulated_account() {
    let operated = Operated::on(ministack(), &["aurora", "functions", "leading_parameter", "canary"]);
    let deployed = &operated.deployed;
    let mut start = Start::new(&["--config", deployed.configuration.to_str().unwrap(), "--operate"])
        .with_data(deployed.folder.path().join("data"));
    for (name, value) in deployed.account.variables() {
        start = start.env(name, &value);
    }
    let mut console = start.run();
    console.wait_for(&["LIVE", NAME, "ACTIVE", "STANDBY"]);
    console.press("7");
    console.wait("drill to be ready", |screen| {
        screen.contents().lines().any(|line| line.contains("drill") && line.contains("may run"))
    });
    console.press("G");
    console.wait_for(&["Guards of drill"]);
    console.press("x");
    console.wait_for(&["Proposed: drill", "guards pass"]);
    console.press("x");
    let phrase = operated.phrase("drill");
    console.wait_for(&["LIVE", "Type this, letter for letter", &phrase]);
    console.press(&phrase);
    console.wait_for(&["Enter does it"]);
    console.press("\r");
    console.wait_for(&["executed here", "DRILL", "to be put back: Fence"]);
    // The application is not the function that was fenced, but a stand-in: it refuses as its clients would be refused.
    operated.application.refuse_next(10);
    console.wait_for(&["COMPLETED"]);
    console.press("o");
    console.wait_for(&["RTO and RPO", "measured"]);
    console.press("qq");
    assert!(console.ended().success());
    operated.assert_promoted();
    for region in ["us-east-1", "us-east-2"] {
        operated.assert_parameter(region, "us-east-2");
    }
    operated.journal();
}
