//! Around a plan, by keys: whether to fail over at all, a guard that is gone on against, and a copy on paper.

use super::acting::lifeboat;
use super::pty::Start;

/// A freeze is a guard that a person may go on against.
const FROZEN: &str = r#"
version = 1

[deployments.serverless]
home = "us-east-1"
partner = "us-west-2"
account = "123456789012"
dynamodb = { tables = ["orders"] }

[[deployments.serverless.freeze_windows]]
reason = "the books are closed"
cron = "* * * * *"
lasts = "1h"
"#;

#[test]
fn the_decision_card_and_a_paper_copy_are_there_by_one_key() {
    let mut console = Start::new(&["--simulate", "calm", "--deployment", "payments-aurora", "--pace", "10"]).run();
    console.wait_for(&["SIM", "ACTIVE"]);
    console.press("D");
    console.wait_for(&["Should payments-aurora be failed over at all?", "clients of the active region", "i declares"]);
    console.press("q7");
    // A plan needs to know which region is active.
    console.wait_for(&["Guards of switchover", "\u{2714} ready; raise access with O"]);
    console.press("P");
    console.wait_for(&["On paper", "paper/payments-aurora-switchover"]);
    let copies: Vec<_> = std::fs::read_dir(console.data_dir().join("paper")).unwrap().flatten().collect();
    assert_eq!(copies.len(), 1);
    let text = std::fs::read_to_string(copies[0].path()).unwrap();
    assert!(text.starts_with("# switchover payments-aurora") && text.contains("aws rds"), "{text}");
    console.press("qq");
    assert!(console.ended().success());
}

#[test]
fn a_guard_is_gone_on_against_by_keys_and_the_journal_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lifeboat.toml");
    std::fs::write(&file, FROZEN).unwrap();
    let config = file.to_str().unwrap();
    let arguments =
        ["--simulate", "calm", "--config", config, "--deployment", "serverless", "--operate", "--pace", "20"];
    let mut console = Start::new(&arguments).run();
    console.wait_for(&["SIM", "ACTIVE"]);
    console.press("7");
    console.wait_for(&["Guards of switchover", "refuse"]);
    console.press("x");
    // Until everything has been read, more guards refuse.
    console.wait_for(&["Proposed: switchover", "1 guard refuses, and it cannot begin: freeze-window"]);
    console.press("x");
    console.wait_for(&["! goes on against one"]);
    console.press("!");
    console.wait_for(&["Go on against a guard", "freeze-window refuses"]);
    console.press("the region burns\r");
    console.wait_for(&["all 1"]);
    console.press("x");
    console.wait_for(&["Type this, letter for letter"]);
    console.press("switchover serverless us-west-2");
    console.wait_for(&["Enter does it"]);
    console.press("\r");
    console.wait_for(&["COMPLETED"]);
    console.press("q");
    assert!(console.ended().success());
    let (code, told) = lifeboat(&console, &["journal", "show"]);
    assert!(code == Some(0) && told.contains("overridden") && told.contains("the region burns"), "{told}");
}
