//! The console as a person meets it: the real program, in a real terminal, on the simulator.

mod acting;
mod comfort;
mod complaints;
mod deciding;
mod emulated;
mod ended;
mod held;
mod history;
mod incident;
mod leftovers;
mod linear;
mod newcomer;
pub(crate) mod pty;
mod raising;
mod rough;
mod seconds;
mod stacks;

use std::process::{Command, Stdio};

use rustix::process::Signal;

use pty::{Console, Start};

/// Any whole frame of the console shows this.
const HEADER: &str = "SIM";

fn started(start: Start) -> Console {
    let console = start.run();
    console.wait_for(&[HEADER, "us-east-1", "us-east-2", "ACTIVE", "STANDBY"]);
    console
}

#[test]
fn without_configuration_both_regions_are_shown_and_called_a_simulation() {
    let console = started(Start::new(&[]));
    assert!(!console.contents().contains("LIVE"), "{}", console.contents());
    assert!(console.contents().contains("payments-aurora"), "{}", console.contents());
}

#[test]
fn every_screen_has_its_number() {
    let mut console = started(Start::new(&[]));
    for (key, words) in [
        ("2", ["Replication", "aurora"]),
        ("3", ["Health", "us-east-1"]),
        ("4", ["Alarms", "us-east-2"]),
        ("5", ["Capacity", "us-east-2"]),
        ("6", ["Fleet", "ecommerce"]),
        ("7", ["Runbooks", "Guards of switchover"]),
        ("8", ["Run", "is open"]),
        ("9", ["To put back", "chain whole"]),
        ("1", ["Overview", "If you failed over now"]),
    ] {
        console.press(key);
        console.wait_for(&words);
    }
}

#[test]
fn the_palette_finds_an_action_by_a_few_letters() {
    let mut console = started(Start::new(&[]));
    console.press(":alar");
    console.wait_for(&["show-alarms"]);
    console.press("\r");
    console.wait_gone("show-alarms");
    console.wait_for(&["Alarms"]);
}

#[test]
fn a_filter_hides_what_it_does_not_name_and_escape_brings_it_back() {
    let mut console = started(Start::new(&[]));
    console.press("6");
    console.wait_for(&["ecommerce", "serverless"]);
    console.press("/ecom");
    console.wait("only one deployment", |screen| {
        let text = screen.contents();
        text.contains("ecommerce") && !text.contains("payments-serverless")
    });
    console.press("\x1b");
    console.wait_for(&["ecommerce", "payments-serverless"]);
}

#[test]
fn help_lists_the_keys_and_goes_away() {
    let mut console = started(Start::new(&[]));
    console.press("?");
    console.wait_for(&["Screens and deployments", "palette"]);
    console.press("q");
    console.wait_gone("Screens and deployments");
    console.wait_for(&["If you failed over now"]);
}

#[test]
fn a_storm_of_sizes_ends_on_a_whole_screen() {
    let console = started(Start::new(&[]));
    for (width, height) in [(80, 24), (40, 10), (7, 3), (1, 1), (2, 60), (200, 1), (1, 1), (300, 90), (200, 60)] {
        console.resize(width, height);
    }
    console.resize(100, 30);
    console.wait_for(&[HEADER, "us-east-1", "us-east-2"]);
}

#[test]
fn it_starts_in_the_smallest_terminal_and_grows() {
    let console = Start::new(&[]).size(1, 1).run();
    console.wait_for_bytes(b"\x1b[?2026l");
    console.resize(120, 40);
    console.wait_for(&[HEADER, "us-east-1", "us-east-2", "ACTIVE"]);
}

#[test]
fn leaving_gives_the_terminal_back() {
    for key in ["q", "\x03"] {
        let mut console = started(Start::new(&[]));
        console.press(key);
        let status = console.ended();
        assert!(status.success(), "{key:?}: {status:?}");
        console.assert_restored();
    }
}

#[test]
fn signals_end_it_in_order() {
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let console = started(Start::new(&[]));
        console.signal(signal);
        let status = console.ended();
        assert!(status.success(), "{signal:?}: {status:?}");
        console.assert_restored();
    }
}

#[test]
fn a_panic_restores_the_terminal_before_it_reports() {
    let console = Start::new(&[]).env("LIFEBOAT_PROVOKE_PANIC", "1").run();
    let status = console.ended();
    assert_eq!(status.exit_code(), 1, "{status:?}");
    console.assert_restored();
    console.wait_for(&["panicked", "provoked"]);
    let bytes = console.bytes();
    let position = |needle: &[u8]| bytes.windows(needle.len()).rposition(|window| window == needle).unwrap();
    assert!(position(b"\x1b[?1049l") < position(b"provoked"), "the report must not vanish with the alternate screen");
}

#[test]
fn a_panic_leaves_a_tape_that_replays_to_the_screen() {
    let console = Start::new(&[]).env("LIFEBOAT_PROVOKE_PANIC", "1").run();
    console.ended();
    let tapes: Vec<_> = std::fs::read_dir(console.data_dir().join("tapes")).unwrap().flatten().collect();
    assert_eq!(tapes.len(), 1);
    let replayed = lifeboat().arg("replay").arg(tapes[0].path()).output().unwrap();
    let text = String::from_utf8_lossy(&replayed.stdout);
    assert!(replayed.status.success(), "{}", String::from_utf8_lossy(&replayed.stderr));
    assert!(text.contains(HEADER) && text.contains("us-east-1"), "{text}");
}

#[test]
fn stopping_the_job_lends_the_terminal_to_the_shell() {
    let mut console = started(Start::new(&[]));
    // Nobody waits for this job as a shell would, so that the kernel lets it go on at once: what matters is that
    // the screen was left and taken again.
    console.forget_bytes();
    console.press("\x1a");
    console.wait_for_bytes(b"\x1b[?1049l");
    console.signal(Signal::CONT);
    console.wait_for_bytes(b"\x1b[?1049h");
    console
        .wait("the console to be back", |screen| screen.alternate_screen() && screen.contents().contains("us-east-1"));
    console.press("q");
    assert!(console.ended().success());
    console.assert_restored();
}

#[test]
fn without_colour_no_colour_is_sent() {
    for start in [Start::new(&[]).env("NO_COLOR", "1"), Start::new(&["--no-color"])] {
        let mut console = started(start);
        for key in ["2", "3", "4", "5", "6", "?"] {
            console.press(key);
        }
        console.wait_for(&["Screens and deployments"]);
        let colours = colours(&console.bytes());
        assert_eq!(colours, Vec::<String>::new());
    }
}

#[test]
fn with_colour_the_theme_decides_which() {
    let dark = started(Start::new(&["--theme", "dark"]).env("COLORTERM", "truecolor"));
    let light = started(Start::new(&["--theme", "light"]).env("COLORTERM", "truecolor"));
    let (dark, light) = (colours(&dark.bytes()), colours(&light.bytes()));
    assert!(!dark.is_empty() && !light.is_empty());
    assert!(dark.iter().any(|colour| !light.contains(colour)), "{dark:?} {light:?}");
}

/// The parameters of every escape sequence that sets a colour.
fn colours(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let mut found: Vec<String> = text
        .split("\x1b[")
        .skip(1)
        .filter_map(|rest| rest.split_once('m'))
        .map(|(parameters, _)| parameters)
        .filter(|parameters| parameters.chars().all(|letter| letter.is_ascii_digit() || ";:".contains(letter)))
        .filter(|parameters| sets_colour(parameters))
        .map(str::to_owned)
        .collect();
    found.sort();
    found.dedup();
    found
}

/// 39 and 49, the terminal's own colours, are none.
fn sets_colour(parameters: &str) -> bool {
    parameters
        .split([';', ':'])
        .filter_map(|number| number.parse::<u16>().ok())
        .any(|number| matches!(number, 30..=38 | 40..=48 | 90..=97 | 100..=107))
}

#[test]
fn an_answer_about_the_background_picks_a_light_theme_and_is_not_typed() {
    let mut console = started(Start::new(&[]).env("COLORTERM", "truecolor"));
    console.wait_for_bytes(b"\x1b]11;?\x1b\\");
    let light = colours(&started(Start::new(&["--theme", "light"]).env("COLORTERM", "truecolor")).bytes());
    console.forget_bytes();
    console.press("\x1b]11;rgb:ffff/ffff/f0f0\x1b\\");
    // The key comes after the answer: its screen is drawn in the colours that the answer chose.
    console.press("2");
    console.wait_for(&["▸2 Replication"]);
    let now = colours(&console.bytes());
    assert!(now.iter().any(|colour| light.contains(colour)), "{now:?} {light:?}");
    assert!(!console.contents().contains("does nothing here"), "{}", console.contents());
}

#[test]
fn copying_goes_through_the_terminal() {
    let mut console = started(Start::new(&[]));
    console.press("y");
    console.wait_for_bytes(b"\x1b]52;c;");
    console.wait_for(&["copied"]);
    let mut inside = started(Start::new(&[]).env("TMUX", "/tmp/tmux-1/default,1,0"));
    inside.press("y");
    inside.wait_for_bytes(b"\x1bPtmux;\x1b\x1b]52;c;");
}

#[test]
fn a_pasted_line_end_presses_nothing() {
    let mut console = started(Start::new(&[]));
    console.press(":");
    console.wait_for(&["show-alarms"]);
    console.press("\x1b[200~show-fleet\r\n\x1b[201~");
    console.wait_for(&["show-fleet"]);
    console.press("\x1b");
    console.wait_for(&["If you failed over now"]);
}

/// A terminal that takes no more bytes: whatever the program writes next blocks.
fn hanging() -> Console {
    let mut console = started(Start::new(&[]));
    console.hang();
    // A frame is under way, and stuck.
    console.press("\x0c");
    console
}

#[test]
fn a_terminal_that_hangs_delays_frames_and_nothing_else() {
    let mut console = hanging();
    for _ in 0..30 {
        console.press("23456");
    }
    console.press("?");
    console.forget_bytes();
    console.go_on_reading();
    console.wait_for(&["Screens and deployments"]);
    let frames = console.bytes().windows(8).filter(|window| *window == b"\x1b[?2026h").count();
    assert!(frames < 15, "frames were queued instead of skipped: {frames}");
}

#[test]
fn it_can_be_left_while_the_terminal_hangs() {
    let mut console = hanging();
    console.press("q");
    assert!(console.ended().success());
    let modes = console.modes();
    assert!(modes.contains(rustix::termios::LocalModes::ICANON | rustix::termios::LocalModes::ECHO), "{modes:?}");
}

#[test]
fn over_a_link_where_bytes_trickle_keys_still_work() {
    let mut console = started(Start::new(&[]).trickling());
    console.press("4?");
    console.wait_for(&["Screens and deployments"]);
    console.press("qq");
    assert!(console.ended().success());
    console.assert_restored();
}

fn lifeboat() -> Command {
    Command::new(env!("CARGO_BIN_EXE_lifeboat"))
}

#[test]
fn a_pipe_is_refused_with_a_way_out() {
    let output = lifeboat().stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("not a terminal") && said.contains("lifeboat status") && said.contains("--linear"), "{said}");
    assert!(output.stdout.is_empty());
}

#[test]
fn a_terminal_that_cannot_place_text_is_told_lines() {
    let mut console = Start::new(&[]).env("TERM", "dumb").run();
    console.wait_for(&["told as lines"]);
    console.press("quit\r");
    assert!(console.ended().success());
    let bytes = console.bytes();
    assert!(!bytes.contains(&0x1b), "{}", String::from_utf8_lossy(&bytes));
}

#[test]
fn a_theme_that_does_not_exist_is_refused_before_the_screen_is_taken() {
    let console = Start::new(&["--theme", "drak"]).run();
    assert_eq!(console.ended().exit_code(), 2);
    console.wait_for(&["drak", "dark"]);
    let bytes = console.bytes();
    assert!(!bytes.windows(8).any(|window| window == b"\x1b[?1049h"), "{}", String::from_utf8_lossy(&bytes));
}
