//! A second person at the screen: the word is carried and journaled, and whose it is the engine decides.

use std::fs;

use super::acting::{SWITCHOVER, lifeboat};
use super::pty::Start;

const CONFIGURATION: &str = "version = 1\n\n[deployments.serverless]\nhome = \"us-east-1\"\npartner = \"us-west-2\"\n\
                             aurora = { global_cluster = \"any\" }\ntwo_person = true\n";

#[test]
fn ones_own_word_is_journaled_and_counts_for_nobody_elses() {
    let folder = tempfile::tempdir().unwrap();
    let configuration = folder.path().join("lifeboat.toml");
    fs::write(&configuration, CONFIGURATION).unwrap();
    let path = configuration.to_str().unwrap();
    let arguments = ["--config", path, "--simulate", "calm", "--deployment", "serverless", "--operate", "--pace", "1"];
    let mut console = Start::new(&arguments).run();
    console.wait_for(&["SIM", "ACTIVE"]);
    console.press("7");
    console.wait("the second person to be wanted", |screen| {
        screen.contents().lines().any(|line| line.contains("switchover") && line.contains("block"))
    });
    console.press("x");
    console.wait_for(&["Proposed:", "it must be somebody else than whoever begins it"]);
    console.press("a");
    console.wait_for(&["as the second person", "Type this, letter for letter", SWITCHOVER]);
    console.press(SWITCHOVER);
    console.wait_for(&["Enter does it"]);
    console.press("\r");
    console.wait_for(&["is approved by you as the second person"]);
    // Whoever begins it is the same: that word is none of a second person's.
    console.wait_for(&["was approved by nobody but"]);
    console.press("x");
    console.wait_for(&["it cannot begin, refused by: second-person"]);
    console.press("qq");
    assert!(console.ended().success());
    let (code, told) = lifeboat(&console, &["journal", "export"]);
    assert!(code == Some(0) && told.matches("\\\"event\\\":\\\"approved\\\"").count() == 1, "{told}");
}
