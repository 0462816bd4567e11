//! The console told as lines: through a pipe, and in a terminal that cannot place text. A whole drill is possible in it.

use std::io::{Read as _, Write as _};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use super::pty::Start;

/// Generous, and only ever waited for by a test that fails.
const DEADLINE: Duration = Duration::from_mins(1);

/// What was told so far, and whether that is all.
type Told = (Mutex<(Vec<u8>, bool)>, Condvar);

/// The program on two pipes.
struct Lines {
    child: Child,
    input: Option<ChildStdin>,
    heard: Arc<Told>,
    /// Up to where it was read.
    read: usize,
    data: tempfile::TempDir,
}

impl Lines {
    fn of(arguments: &[&str]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
        command.env_clear().env("HOME", data.path()).args(["--linear", "--data-dir"]).arg(data.path().join("data"));
        command
            .current_dir(data.path())
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit());
        let mut child = command.spawn().unwrap();
        let heard: Arc<Told> = Arc::default();
        let (input, mut output) = (child.stdin.take(), child.stdout.take().unwrap());
        let told = Arc::clone(&heard);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                let count = output.read(&mut buffer).unwrap_or(0);
                let mut seen = told.0.lock().unwrap();
                seen.0.extend_from_slice(&buffer[..count]);
                seen.1 = count == 0;
                drop(seen);
                told.1.notify_all();
                if count == 0 {
                    return;
                }
            }
        });
        Self { child, input, heard, read: 0, data }
    }

    fn all(&self) -> String {
        String::from_utf8_lossy(&self.heard.0.lock().unwrap().0).into_owned()
    }

    /// Waits until this was told, after what was waited for before.
    #[track_caller]
    fn wait(&mut self, text: &str) {
        let (lock, changed) = &*self.heard;
        let from = self.read;
        let find = |bytes: &[u8]| bytes.windows(text.len()).skip(from).position(|window| window == text.as_bytes());
        let (seen, outcome) = changed
            .wait_timeout_while(lock.lock().unwrap(), DEADLINE, |(bytes, over)| find(bytes).is_none() && !*over)
            .unwrap();
        let found = find(&seen.0);
        drop(seen);
        assert!(!outcome.timed_out() && found.is_some(), "waited in vain for {text:?}; it told:\n{}", self.all());
        self.read += found.unwrap() + text.len();
    }

    /// The same, wherever it was told.
    #[track_caller]
    fn wait_ever(&mut self, text: &str) {
        let read = std::mem::take(&mut self.read);
        self.wait(text);
        self.read = self.read.max(read);
    }

    fn type_line(&mut self, line: &str) {
        let input = self.input.as_mut().unwrap();
        writeln!(input, "{line}").unwrap();
        input.flush().unwrap();
    }

    fn ended(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn a_switchover_is_carried_out_line_by_line() {
    let arguments = ["--simulate", "calm", "--deployment", "serverless", "--operate", "--pace", "20"];
    let mut lines = Lines::of(&arguments);
    lines.wait("told as lines");
    lines.wait("serverless is healthy");
    lines.type_line("7");
    lines.wait("Runbooks: SIM calm, serverless, OPERATE");
    lines.wait("switchover: every guard lets it run");
    lines.type_line("row 1");
    lines.type_line("propose");
    lines.wait("guards pass: x begins it");
    lines.type_line("begin");
    lines.wait("letter for letter");
    lines.wait("switchover serverless us-west-2");
    lines.type_line("switchover serverless us-east-1");
    lines.wait("that is not the phrase");
    lines.type_line("switchover serverless us-west-2");
    lines.wait("Run: SIM calm");
    lines.wait("COMPLETED");
    lines.type_line("report-run");
    lines.wait("RTO and RPO");
    lines.type_line("esc");
    lines.type_line("quit");
    assert!(lines.ended().success());
    let all = lines.all();
    assert!(!all.contains('\u{1b}') && all.is_ascii(), "{all}");
    let journal = Command::new(env!("CARGO_BIN_EXE_lifeboat"))
        .args(["journal", "verify", "--simulate", "calm", "--data-dir"])
        .arg(lines.data.path().join("data"))
        .env_clear()
        .env("HOME", lines.data.path())
        .output()
        .unwrap();
    assert!(journal.status.success(), "{}", String::from_utf8_lossy(&journal.stderr));
}

#[test]
fn what_happens_is_told_as_it_happens() {
    let mut lines = Lines::of(&["--simulate", "region-loss", "--pace", "60"]);
    // Which of the two is told first is the world's affair.
    lines.wait_ever("payments-aurora is ");
    lines.wait_ever("us-east-1 is silent");
    lines.type_line("?");
    lines.wait("show-alarms (4)");
    lines.type_line("4");
    lines.wait("Alarms: SIM region-loss");
    lines.type_line("/nosuchword");
    lines.wait("Alarms (this pane): 0 rows, with \"nosuchword\"");
    lines.type_line("/");
    lines.wait("Alarms (this pane): ");
    lines.type_line("show-alrams");
    lines.wait("did you mean `show-alarms`?");
    lines.type_line("q");
    assert!(lines.ended().success());
}

#[test]
fn the_end_of_the_lines_is_the_end_of_the_session() {
    let mut lines = Lines::of(&["--simulate", "calm"]);
    lines.wait("told as lines");
    drop(lines.input.take());
    assert!(lines.ended().success());
}

/// What is copied is told: no clipboard is behind a pipe.
#[test]
fn what_is_copied_is_told() {
    let mut lines = Lines::of(&["--simulate", "calm"]);
    lines.wait("payments-aurora is healthy");
    lines.type_line("2");
    lines.wait("Stores");
    lines.type_line("copy-command");
    lines.wait("aws rds describe-global-clusters");
}

/// A deployment is chosen, read and made by lines alone, and each mistake told as it is made.
#[test]
fn a_blueprint_is_filled_in_and_made_line_by_line() {
    let arguments = ["--simulate", "empty-account", "--fresh", "--operate", "--pace", "120"];
    let mut lines = Lines::of(&arguments);
    lines.wait("told as lines");
    lines.wait("open-blueprints");
    lines.type_line("open-blueprints");
    lines.wait("What can be built; its number chooses one");
    let list = lines.all();
    let chosen = list.lines().find_map(|line| line.trim().split_once(". serverless:"));
    let (number, _) = chosen.unwrap_or_else(|| panic!("{list}"));
    lines.type_line(number);
    lines.wait("Build serverless");
    lines.wait("Field 1 of ");
    lines.type_line("field EnvironmentSuffix");
    lines.wait("EnvironmentSuffix: dev");
    lines.type_line("Prod!");
    lines.wait("! mistake in EnvironmentSuffix");
    lines.type_line("plan");
    lines.wait("in what you chose");
    lines.type_line("field EnvironmentSuffix");
    lines.type_line("usual");
    lines.wait("Nothing is wrong with it");
    lines.type_line("plan");
    lines.wait("guards pass: x begins it");
    lines.type_line("begin");
    lines.wait("letter for letter");
    lines.type_line("provision serverless us-east-1");
    lines.wait("COMPLETED");
    lines.type_line("show-incident");
    lines.wait("When did it begin?");
    lines.type_line("in a while");
    lines.wait("is no time");
    lines.type_line("-5m");
    lines.wait("What is known of it");
    lines.type_line("esc");
    lines.type_line("quit");
    let all = lines.all();
    assert!(!all.contains('\u{1b}'), "{all}");
}

#[test]
fn in_a_terminal_it_is_the_same() {
    let mut console = Start::new(&["--linear", "--simulate", "calm"]).size(200, 60).run();
    console.wait_for(&["told as lines", "payments-aurora is healthy"]);
    console.press("3\r");
    console.wait_for(&["Health: SIM calm"]);
    console.press("quit\r");
    assert!(console.ended().success());
    let bytes = console.bytes();
    assert!(!bytes.contains(&0x1b), "{}", String::from_utf8_lossy(&bytes));
}

/// Who listens is not told five panes of nothing first, and what the glass shows all the time is told unasked.
#[test]
fn the_first_telling_is_of_what_was_read() {
    let mut lines = Lines::of(&["--simulate", "region-loss", "--deployment", "serverless", "--pace", "60"]);
    lines.wait("Nothing is read yet");
    lines.wait("serverless is READY to fail over");
    lines.wait_ever("Overview: SIM region-loss, serverless");
    let all = lines.all();
    for nothing in ["nothing read yet", "RTO is", "unread", "0 rows"] {
        let first = all.split("serverless is READY").next().unwrap();
        assert!(!first.contains(nothing), "{nothing:?}\n{all}");
    }
    lines.wait_ever("NOT READY to fail over");
    lines.type_line("?");
    lines.wait("Screens and deployments: show-overview (1)");
    lines.wait("once more");
    lines.type_line("?");
    lines.wait("Both regions side by side");
}
