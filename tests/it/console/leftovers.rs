//! What a run left is put back from the screen: alarms that nobody may unmute for half an hour.

use std::process::{Command, Stdio};

use super::pty::Start;

/// Whoever may mute alarms may not unmute them from the first minute on, for half an hour.
const DENIED: &str = r#"
name = "cannot-unmute"
purpose = "Alarms are muted and cannot be unmuted for half an hour."
seed = 5

[[fault]]
at = "60s"
for = "30m"
kind = "denial"
services = ["cloudwatch"]
changes_only = true
"#;

const PHRASE: &str = "put back payments-aurora";

#[test]
fn what_a_run_left_is_put_back_by_its_phrase() {
    let folder = tempfile::tempdir().unwrap();
    let (scenario, data) = (folder.path().join("cannot-unmute.toml"), folder.path().join("data"));
    std::fs::write(&scenario, DENIED).unwrap();
    let scenario = scenario.to_str().unwrap();
    let lifeboat = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
        command
            .args(arguments)
            .args(["--simulate", scenario, "--deployment", "payments-aurora", "--data-dir"])
            .arg(&data);
        command.env_clear().env("HOME", folder.path()).stdin(Stdio::null());
        let output = command.output().unwrap();
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    };
    let phrase = "switchover payments-aurora us-east-2";
    let told = lifeboat(&["run", "switchover", "--operate", "--pace", "max", "--confirm", phrase]);
    assert!(told.contains("COMPLETED"), "{told}");
    let left = |told: &str| (told.matches("ledger_opened").count(), told.matches("ledger_closed").count());
    let shown = lifeboat(&["journal", "show"]);
    assert!(left(&shown).0 > left(&shown).1, "{shown}");

    let arguments = ["--simulate", scenario, "--deployment", "payments-aurora", "--operate", "--pace", "600"];
    let mut console = Start::new(&arguments).with_data(data.clone()).run();
    console.wait_for(&["SIM", "ACTIVE"]);
    // It is over, and so it is not shown first; but it is shown.
    console.press("8");
    console.wait_for(&["could not be put back (R does it)", "R go on"]);
    console.press("R");
    console.wait_for(&["Put back what switchover left", "the last first", PHRASE]);
    // By then it is allowed again.
    console.wait("the run to have ended an hour ago", |screen| {
        screen.contents().lines().any(|line| line.contains("ended completed") && is_hours_ago(line))
    });
    console.press(PHRASE);
    console.wait_for(&["Enter does it"]);
    console.press("\r");
    console.wait_gone("could not be put back");
    console.wait("it to be over again", |screen| {
        let text = screen.contents();
        !text.contains("PUTTING BACK") && !text.contains("is being put back") && text.contains("COMPLETED")
    });
    console.press("R");
    console.wait_for(&["nothing to go on with"]);
    console.press("q");
    assert!(console.ended().success());
    let shown = lifeboat(&["journal", "show"]);
    assert_eq!(left(&shown).0, left(&shown).1, "{shown}");
    assert!(lifeboat(&["journal", "verify"]).contains("whole"), "{}", lifeboat(&["journal", "verify"]));
}

/// `1h02m ago`
fn is_hours_ago(line: &str) -> bool {
    let ago = line.split_whitespace().zip(line.split_whitespace().skip(1)).find(|(_, word)| word.starts_with("ago"));
    ago.is_some_and(|(age, _)| age.contains('h'))
}
