//! Comfort in a real terminal: the welcome of a first start, the tutorial from its first to its last step, calls by bell
//! and notice, what is taken along, and themes that are taken up when they are saved.

use std::fs;

use super::pty::{Console, Start};

#[test]
fn a_first_start_says_what_this_is_and_the_next_one_does_not() {
    let mut console = Start::new(&[]).newcomer().size(80, 24).run();
    console.wait_for(&["Welcome to Lifeboat", "SIMULATION", "Three things to try"]);
    console.press("z");
    console.wait_gone("Welcome to Lifeboat");
    console.wait_for(&["If you failed over now"]);
    let kept = console.data_dir().join("console.json");
    console.wait("it to be remembered", |_| fs::read_to_string(&kept).is_ok_and(|text| text.contains("true")));
    let again = Start::new(&[]).newcomer().beside(&console).run();
    again.wait_for(&["If you failed over now"]);
    assert!(!again.contents().contains("Welcome"), "{}", again.contents());
}

/// Where a scenario is named one knows what it is.
#[test]
fn whoever_asks_for_the_simulator_is_not_greeted() {
    let console = Start::new(&["--simulate", "calm"]).newcomer().run();
    console.wait_for(&["If you failed over now"]);
    assert!(!console.contents().contains("Welcome"), "{}", console.contents());
}

/// By the keys that the guidance names, and nothing else.
fn walk(console: &mut Console) {
    console.wait_for(&["Tutorial, 1 of 9", "OPERATE"]);
    console.wait_for(&["Tutorial, 2 of 9", "is silent"]);
    console.press("w");
    console.wait_for(&["Tutorial, 3 of 9"]);
    console.press("\x1b");
    console.wait_for(&["Tutorial, 4 of 9", "7 shows the runbooks"]);
    console.press("7");
    console.wait_for(&["j moves down to failover"]);
    console.press("j");
    console.wait_for(&["x makes its plan"]);
    console.press("x");
    console.wait_for(&["Tutorial, 5 of 9", "Every guard passes"]);
    console.press("x");
    console.wait_for(&["Tutorial, 6 of 9", "letter for letter"]);
    console.press("failover payments-aurora us-east-2");
    console.wait_for(&["Enter does it"]);
    console.press("\r");
    console.wait_for(&["Tutorial, 7 of 9", "executed here"]);
    console.wait_for(&["Tutorial, 8 of 9", "COMPLETED"]);
    console.press("o");
    console.wait_for(&["Tutorial, 9 of 9", "Completed: "]);
}

#[test]
fn the_tutorial_leads_from_the_loss_of_a_region_to_the_report_in_the_smallest_window() {
    let mut console = Start::new(&["tutorial", "--pace", "60"]).size(80, 24).run();
    walk(&mut console);
    console.press("q");
    console.wait_gone("Completed: ");
    console.press("T");
    console.wait_gone("Tutorial,");
    console.press("q");
    assert!(console.ended().success());
    console.assert_restored();
}

#[test]
fn the_tutorial_is_a_world_of_its_own_and_is_left_for_the_one_before() {
    let mut console = Start::new(&[]).run();
    console.wait_for(&["SIM calm", "READ-ONLY", "If you failed over now"]);
    console.press("T");
    // Its world is open, and so it is kept.
    console.wait_for(&["SIM tutorial", "OPERATE", "Tutorial, 1 of 9", "ACTIVE"]);
    console.press("q");
    console.wait_for(&["SIM calm", "READ-ONLY", "If you failed over now"]);
    assert!(!console.contents().contains("Tutorial,"), "{}", console.contents());
    console.press("q");
    assert!(console.ended().success());
    console.assert_restored();
    assert!(console.data_dir().join("tutorial").is_dir());
}

#[test]
fn the_loss_of_a_region_calls_by_bell_and_by_notice() {
    let console = Start::new(&["--simulate", "region-loss", "--pace", "60"]).run();
    console.wait_for_bytes(b"\x1b]9;Lifeboat: ");
    console.wait_for_bytes(b"\x1b]777;notify;Lifeboat;");
    console.wait_for_bytes(b"\x07");
    let inside =
        Start::new(&["--simulate", "region-loss", "--pace", "60"]).env("TMUX", "/tmp/tmux-1/default,1,0").run();
    inside.wait_for_bytes(b"\x1bPtmux;\x1b\x1b]9;Lifeboat: ");
}

fn configured(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("config.toml"), format!("version = 1\n{text}")).unwrap();
    folder
}

#[test]
fn whoever_wants_no_calls_gets_none() {
    let folder = configured("[console]\nnotices = \"none\"\n");
    let file = folder.path().join("config.toml");
    let console = Start::new(&["--simulate", "region-loss", "--pace", "60", "--config", file.to_str().unwrap()]).run();
    console.wait("the region to be told lost, in silence", |screen| {
        let text = screen.contents();
        let is_lost = text.contains("us-east-1 is silent for") || text.contains("us-east-1 has never answered");
        is_lost && text.contains("silent  virtual time")
    });
    let bytes = console.bytes();
    let has = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    assert!(!has(b"\x1b]9;") && !has(b"\x1b]777;"), "{}", String::from_utf8_lossy(&bytes));
}

#[test]
fn a_dump_of_the_screen_is_a_file_whose_path_is_told() {
    let mut console = Start::new(&[]).size(200, 60).run();
    console.wait_for(&["SIM", "ACTIVE"]);
    console.press("\x13");
    console.wait_for(&["the screen is in", "dumps/screen-"]);
    let files: Vec<_> = fs::read_dir(console.data_dir().join("dumps")).unwrap().flatten().collect();
    assert_eq!(files.len(), 1);
    let text = fs::read_to_string(files[0].path()).unwrap();
    assert!(text.contains("us-east-1") && text.contains("payments-aurora"), "{text}");
    fs::remove_dir_all(console.data_dir().join("dumps")).unwrap();
    fs::write(console.data_dir().join("dumps"), "in the way").unwrap();
    console.press("\x13");
    console.wait_for(&["the screen was not written"]);
}

#[test]
fn the_command_that_shows_what_is_selected_goes_to_the_clipboard() {
    let mut console = Start::new(&[]).run();
    console.wait_for(&["SIM", "ACTIVE"]);
    console.press("2");
    console.wait_for(&["Stores", "aurora"]);
    console.press("\x19");
    console.wait_for(&["copied", "describe-global-clusters"]);
    console.wait_for_bytes(b"\x1b]52;c;YXdzI"); // "aws " in base64
}

#[test]
fn columns_stay_put_away_in_the_next_session() {
    let mut console = Start::new(&[]).run();
    console.wait_for(&["SIM", "ACTIVE"]);
    console.press("4");
    console.wait_for(&["STATE", "ACTIONS"]);
    console.press("C");
    console.wait_for(&["Columns of Alarms", "[x] ACTIONS"]);
    console.press("jjjj ");
    console.wait_for(&["[ ] ACTIONS"]);
    console.press("\x1b");
    console.wait_gone("ACTIONS");
    let kept = console.data_dir().join("console.json");
    console.wait("it to be remembered", |_| fs::read_to_string(&kept).is_ok_and(|text| text.contains("ACTIONS")));
    let mut again = Start::new(&[]).beside(&console).run();
    again.wait_for(&["SIM", "ACTIVE"]);
    again.press("4");
    again.wait_for(&["STATE", "SINCE"]);
    assert!(!again.contents().contains("ACTIONS"), "{}", again.contents());
}

#[test]
fn a_theme_is_taken_up_when_it_is_saved_and_a_mistake_in_it_is_told_with_its_line() {
    let folder = configured("[console]\ntheme = \"mine\"\n");
    let themes = folder.path().join("themes");
    fs::create_dir(&themes).unwrap();
    let theme =
        |colour: &str| format!("name = \"mine\"\ninherits = \"dark\"\n[roles]\nmuted = {{ fg = \"{colour}\" }}\n");
    fs::write(themes.join("mine.toml"), theme("#a1a2a3")).unwrap();
    let file = folder.path().join("config.toml");
    let console =
        Start::new(&["--simulate", "calm", "--config", file.to_str().unwrap()]).env("COLORTERM", "truecolor").run();
    console.wait_for_bytes(b"161;162;163");
    fs::write(themes.join("mine.toml"), theme("#c1c2c3c")).unwrap();
    console.wait_for(&["line 4", "stays"]);
    fs::write(themes.join("mine.toml"), theme("#b1b2b3")).unwrap();
    console.wait_for_bytes(b"177;178;179");
}
