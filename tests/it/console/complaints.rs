//! What people who work with consoles of this kind complain of, each with what shows that it cannot happen here.
//!
//! Some of it is held elsewhere, by name:
//! - a freeze while a region hangs, or once credentials have expired on an account:
//!   `faults::the_console_stays_live_while_a_region_hangs`, `faults::the_console_says_that_credentials_expired_and_recovers_in_place`
//! - read-only that leaks: `a_session_that_may_only_read_asks_for_nothing_that_changes_anything` in the glass, over the
//!   whole table of actions; `console::raising::a_session_that_is_pinned_to_reading_stays_so`
//! - no `NO_COLOR`: `console::without_colour_no_colour_is_sent`
//! - unreadable on light backgrounds: `every_text_is_readable_by_wcag_aa_and_high_contrast_by_aaa` in the glass, and
//!   `console::an_answer_about_the_background_picks_a_light_theme_and_is_not_typed`
//! - no clipboard over SSH or in tmux: `console::copying_goes_through_the_terminal`

use std::fs;
use std::io::Read as _;
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc;
use std::time::Duration;

use super::pty::{Console, Start};

/// Every key that was ever reported to hang, with what shows that it was heard.
fn answers_keys_and_can_be_left(console: &mut Console) {
    console.press("4");
    console.wait_for(&["▸4 Alarms"]);
    console.press("?");
    console.wait_for(&["Screens and deployments"]);
    console.press("q:");
    console.wait_for(&["Palette"]);
    console.press("\x1b");
    console.wait_gone("Palette");
    console.press("1");
    console.wait_for(&["▸1 Overview"]);
    console.press("q");
    assert!(console.ended().success());
    console.assert_restored();
}

#[test]
fn expired_credentials_freeze_nothing_and_are_said() {
    let mut console = Start::new(&["--simulate", "expired-credentials", "--pace", "60"]).run();
    console.wait_for(&["expired"]);
    answers_keys_and_can_be_left(&mut console);
}

/// A deployment on endpoints of this machine.
fn on(endpoint: &str, more: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "version = 1\n[deployments.shop]\nhome = \"us-east-1\"\npartner = \"us-west-2\"\n\
         endpoint_urls = {{ us-east-1 = \"{endpoint}\", us-west-2 = \"{endpoint}\" }}\n\
         dynamodb = {{ tables = [\"orders\"] }}\n{more}"
    );
    fs::write(folder.path().join("config.toml"), text).unwrap();
    folder
}

fn live(folder: &tempfile::TempDir) -> Console {
    live_with(folder, &[])
}

fn live_with(folder: &tempfile::TempDir, more: &[&str]) -> Console {
    let file = folder.path().join("config.toml");
    Start::new(&[&["--config", file.to_str().unwrap()], more].concat())
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .run()
}

/// Nobody listens there: the console neither ends by itself nor without a word, nor does it wait.
#[test]
fn a_target_that_refuses_ends_nothing_and_is_said() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let folder = on(&format!("http://{address}"), "");
    let mut console = live(&folder);
    console.wait_for(&["LIVE", "shop"]);
    console.wait_for(&["has never answered"]);
    answers_keys_and_can_be_left(&mut console);
}

/// It takes the connection and says nothing, for ever.
#[test]
fn a_target_that_hangs_freezes_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = on(&format!("http://{}", listener.local_addr().unwrap()), "");
    let mut console = live(&folder);
    console.wait_for(&["LIVE", "shop", "nothing read yet"]);
    answers_keys_and_can_be_left(&mut console);
}

/// A deployment whose credentials come from a process, which is this script of `sh`.
fn with_process(endpoint: &str, script: &str) -> tempfile::TempDir {
    let folder = on(endpoint, "profile = \"vault\"\n");
    let at = |name: &str| folder.path().join(name).display().to_string();
    fs::write(at("vault"), script).unwrap();
    let profile = format!("[profile vault]\ncredential_process = sh {} --pin 1234\n", at("vault"));
    fs::write(at("aws"), profile).unwrap();
    folder
}

/// Where nothing is but what a script needs, and of `others` what this machine has.
fn tools(folder: &Path, others: &[&str]) -> String {
    let tools = folder.join("tools");
    fs::create_dir(&tools).unwrap();
    for name in ["sh", "sleep", "cat"].iter().chain(others) {
        let found =
            ["/bin", "/usr/bin"].map(|place| Path::new(place).join(name)).into_iter().find(|file| file.exists());
        if let Some(file) = found {
            symlink(file, tools.join(name)).unwrap();
        }
    }
    tools.display().to_string()
}

fn asking(folder: &tempfile::TempDir, path: &str) -> Console {
    let at = |name: &str| folder.path().join(name).display().to_string();
    Start::new(&["--config", &at("config.toml")])
        .env("PATH", path)
        .env("AWS_CONFIG_FILE", &at("aws"))
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .run()
}

/// What is said where a process gave nothing.
const NO_TERMINAL: [&str; 3] =
    ["no AWS credentials were found", "aws sts get-caller-identity --profile vault", "Lifeboat gives it no terminal"];

/// It reads what is typed: each key would be the console's or the process's, as it happens.
#[test]
fn a_process_that_reads_the_keys_gets_none_of_them() {
    let folder = with_process("http://127.0.0.1:9", "cat >>\"$0.taken\"; exit 1");
    let mut console = asking(&folder, "/usr/bin:/bin");
    console.wait_for(&NO_TERMINAL);
    answers_keys_and_can_be_left(&mut console);
    assert_eq!(fs::read_to_string(folder.path().join("vault.taken")).unwrap(), "");
}

/// It asks on the terminal itself, whatever its own input and output are.
#[test]
fn a_process_that_asks_on_the_terminal_is_neither_seen_nor_answered() {
    for way in ["setsid", "perl"] {
        let script = "{ printf 'MFA-PROMPT: '; IFS= read -r code; } </dev/tty >/dev/tty; exit 1";
        let folder = with_process("http://127.0.0.1:9", script);
        let path = tools(folder.path(), &[way]);
        if !Path::new(&path).join(way).exists() {
            continue;
        }
        let mut console = asking(&folder, &path);
        console.wait_for(&NO_TERMINAL);
        answers_keys_and_can_be_left(&mut console);
        assert!(!String::from_utf8_lossy(&console.bytes()).contains("MFA-PROMPT"), "by {way}");
    }
}

#[test]
fn a_process_that_hangs_freezes_nothing_and_is_said() {
    let folder = with_process("http://127.0.0.1:9", "sleep 86400");
    let mut console = asking(&folder, "/usr/bin:/bin");
    console.wait_for(&["LIVE", "shop"]);
    console.press("4");
    console.wait_for(&["▸4 Alarms"]);
    console.press("1");
    console.wait_for(&NO_TERMINAL);
    answers_keys_and_can_be_left(&mut console);
}

/// It outlives neither its time nor, for long, the console that was left before.
#[test]
fn a_process_that_hangs_does_not_stay_behind() {
    let folder = with_process("http://127.0.0.1:9", "exec 3>\"$0.alive\"; sleep 86400");
    let alive = folder.path().join("vault.alive");
    assert!(Command::new("mkfifo").arg(&alive).status().unwrap().success());
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        // Opened once somebody writes, and at its end once nobody can.
        let mut alive = fs::File::open(alive).unwrap();
        tell.send("alive").unwrap();
        alive.read_to_end(&mut Vec::new()).unwrap();
        tell.send("ended").unwrap();
    });
    let mut console = asking(&folder, "/usr/bin:/bin");
    assert_eq!(told.recv_timeout(Duration::from_mins(1)), Ok("alive"));
    console.wait_for(&["LIVE", "shop"]);
    answers_keys_and_can_be_left(&mut console);
    assert_eq!(told.recv_timeout(Duration::from_mins(1)), Ok("ended"));
}

/// What a process that asks nobody gives is what requests are signed with.
#[test]
fn a_process_that_answers_is_believed() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let (signed, asked) = mpsc::channel();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut head = [0; 4096];
            let count = connection.and_then(|mut connection| connection.read(&mut head)).unwrap_or(0);
            if signed.send(String::from_utf8_lossy(&head[..count]).into_owned()).is_err() {
                return;
            }
        }
    });
    let script = "printf '{\"Version\": 1, \"AccessKeyId\": \"AKIAVAULT\", \"SecretAccessKey\": \"secret\"}'";
    let folder = with_process(&endpoint, script);
    let mut console = asking(&folder, "/usr/bin:/bin");
    assert!(asked.iter().any(|request| request.contains("Credential=AKIAVAULT/")));
    console.wait_for(&["LIVE", "shop"]);
    answers_keys_and_can_be_left(&mut console);
}

/// Both regions of one deployment on one screen, and deployments of two accounts in one list.
#[test]
fn two_targets_are_seen_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let more = format!(
        "account = \"111111111111\"\n[deployments.billing]\nhome = \"eu-west-1\"\npartner = \"eu-central-1\"\n\
         account = \"222222222222\"\nprofile = \"other\"\n\
         endpoint_urls = {{ eu-west-1 = \"{endpoint}\", eu-central-1 = \"{endpoint}\" }}\n\
         dynamodb = {{ tables = [\"bills\"] }}\n"
    );
    let folder = on(&endpoint, &more);
    let mut console = live(&folder);
    console.wait_for(&["us-east-1", "us-west-2"]);
    console.press("6");
    console.wait_for(&["shop", "billing"]);
    console.press("n1");
    console.wait_for(&["billing", "eu-west-1", "eu-central-1"]);
}

/// Production and staging in one session that may act: where one is pinned, neither a key nor the session acts there.
#[test]
fn what_the_configuration_pins_is_only_read_though_the_session_operates() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let more = format!(
        "[deployments.prod]\naccess = \"read-only\"\nhome = \"eu-west-1\"\npartner = \"eu-central-1\"\n\
         endpoint_urls = {{ eu-west-1 = \"{endpoint}\", eu-central-1 = \"{endpoint}\" }}\n\
         dynamodb = {{ tables = [\"bills\"] }}\n"
    );
    let folder = on(&endpoint, &more);
    let mut console = live_with(&folder, &["--operate"]);
    console.wait_for(&["LIVE", "shop", "OPERATE"]);
    console.press("n");
    console.wait_for(&["LIVE", "prod", "READ-ONLY (pinned)"]);
    console.press("O");
    console.wait_for(&["access stays read-only", "the configuration pins it", "config.toml, line 8"]);
    assert!(!console.contents().contains("letter for letter"), "{}", console.contents());
    console.press("N");
    console.wait_for(&["shop", "OPERATE"]);
    console.press("O");
    console.wait_for(&["READ-ONLY", "access is lowered"]);
    console.press("O");
    console.wait_for(&["Raise access from read-only to operate"]);
}

/// What is selected with the mouse is selected in the terminal, as everywhere else.
#[test]
fn the_mouse_is_left_to_the_terminal() {
    let mut console = Start::new(&[]).run();
    console.wait_for(&["SIM", "ACTIVE"]);
    console.press("4?");
    console.wait_for(&["Screens and deployments"]);
    let bytes = console.bytes();
    for mode in ["1000", "1001", "1002", "1003", "1005", "1006", "1015", "1016"] {
        let asked = format!("\x1b[?{mode}h");
        assert!(!bytes.windows(asked.len()).any(|window| window == asked.as_bytes()), "mode {mode} was asked for");
    }
}

#[test]
fn it_opens_where_it_is_told_to() {
    let console = Start::new(&["--deployment", "serverless", "--screen", "alarms"]).run();
    console.wait_for(&["▸4 Alarms", "serverless"]);
    let refused = Start::new(&["--screen", "alrams"]).run();
    assert_eq!(refused.ended().exit_code(), 2);
    refused.wait_for(&["alrams", "the screens are", "alarms"]);
}

/// Silence and refusal are told to whoever cannot see colours or is read to as well.
#[test]
fn a_deployment_that_does_not_exist_is_said_and_not_left_silently() {
    let console = Start::new(&["--deployment", "no-such"]).run();
    let status = console.ended();
    assert_ne!(status.exit_code(), 0);
    console.wait_for(&["no-such"]);
}
