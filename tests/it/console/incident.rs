//! An incident declared by keys, a note within it, and both found again: in the journal, in the report, by a run.

use serde_json::Value;

use super::acting::{SWITCHOVER, begin, choose, lifeboat};
use super::pty::Start;

#[test]
fn an_incident_and_its_notes_are_declared_by_keys_and_told_with_the_run() {
    let arguments = ["--simulate", "calm", "--deployment", "serverless", "--operate", "--pace", "60"];
    let mut console = Start::new(&arguments).run();
    console.wait_for(&["SIM", "ACTIVE"]);
    console.press("i");
    console.wait_for(&["When did it begin?"]);
    console.press("-12m\r");
    console.wait_for(&["It began 12m", "What is known of it"]);
    console.press("writes fail, token=abc in the log\r");
    console.wait_for(&["incident 1", "declared by"]);
    console.press("m");
    console.wait_for(&["A note for the journal"]);
    console.press("asked the database team\r");
    console.wait_for(&["the note is in the journal"]);
    // The page of the incident opened once it was declared.
    console.press("q");
    console.wait_gone("What was said and done");
    choose(&mut console, "switchover", 0);
    begin(&mut console, SWITCHOVER);
    // Into the run, while it is under way.
    console.press("m");
    console.wait_for(&["A note for the journal"]);
    console.press("half of it is over\r");
    console.wait_for(&["note: half of it is over", "the note is in the journal"]);
    console.wait_for(&["COMPLETED"]);
    console.press("i");
    console.wait_for(&["Incident of serverless", "asked the database team", "half of it is over", "switchover begun"]);
    console.press("i");
    console.wait_for(&["Close the incident"]);
    console.press("all is well\r");
    console.wait_for(&["closed by"]);
    console.press("q");
    console.wait_gone("declared by");
    console.press("q");
    assert!(console.ended().success());

    let told = |arguments: &[&str]| {
        let (code, told) = lifeboat(&console, arguments);
        assert_eq!(code, Some(0), "{arguments:?}: {told}");
        told
    };
    let shown = told(&["journal", "show"]);
    for words in ["incident_declared", "token=[redacted]", "asked the database team", "half of it", "incident_closed"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert!(!shown.contains("token=abc"), "{shown}");
    let _ = told(&["journal", "verify"]);
    let report = told(&["report"]);
    for words in ["Incident: writes fail", "it began", "asked the database team", "half of it is over", "all is well"] {
        assert!(report.contains(words), "{words}: {report}");
    }
    // From when it was declared to have begun, not from when the run was.
    let shown: Value = serde_json::from_str(&told(&["journal", "show", "--json"])).unwrap();
    let first = |name: &str| {
        let entries = shown["entries"].as_array().unwrap();
        entries.iter().find(|entry| entry["event"]["event"] == name).unwrap()
    };
    let began_at = &first("incident_declared")["event"]["began_at"];
    assert!(began_at.is_string() && *began_at != first("incident_declared")["at"], "{began_at}");
    assert_eq!(first("run_started")["event"]["incident_began_at"], *began_at);
    assert_eq!(told(&["runs", "--deployment", "serverless", "--json"]).matches("\"run\":").count(), 1);
}

#[test]
fn a_note_from_a_shell_stands_with_the_deployment_and_is_no_run() {
    let mut console = Start::new(&["--simulate", "calm", "--deployment", "serverless"]).run();
    console.wait_for(&["SIM", "READ-ONLY", "ACTIVE"]);
    console.press("q");
    assert!(console.ended().success());
    let told = |arguments: &[&str]| lifeboat(&console, arguments);
    let (code, said) = told(&["journal", "note", "the pager rang", "--deployment", "serverless"]);
    assert!(code == Some(0) && said.contains("logbook-serverless"), "{said}");
    assert_eq!(told(&["journal", "note", " "]).0, Some(2));
    let (code, said) = told(&["journal", "show"]);
    assert!(code == Some(0) && said.contains("the pager rang"), "{said}");
    let (code, said) = told(&["runs"]);
    assert!(code == Some(0) && said.contains("there has been no run"), "{said}");
    assert_eq!(told(&["journal", "verify"]).0, Some(0));
    // There is nothing to go on with.
    assert_eq!(told(&["resume", "--deployment", "serverless", "--operate"]).0, Some(2));
}
