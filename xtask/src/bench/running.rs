//! The program in a pseudo-terminal, timed from outside.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

const PATIENCE: Duration = Duration::from_secs(30);
/// Kernel clock ticks a second, fixed on Linux since long ago.
const TICKS_PER_SECOND: f64 = 100.0;

/// Where a program whose home this is keeps its data.
pub(super) fn data(home: &Path) -> PathBuf {
    home.join("data")
}

/// The end of a synchronised update, which every frame has.
const END_OF_FRAME: &[u8] = b"\x1b[?2026l";

/// A program in a pseudo-terminal, and what it sends.
pub(super) struct Running {
    child: Box<dyn Child + Send + Sync>,
    keyboard: Box<dyn Write + Send>,
    sent: Receiver<(Instant, Vec<u8>)>,
    _master: Box<dyn MasterPty + Send>,
    pub(super) begun: Instant,
    screen: vt100::Parser,
    /// What came and is not on `screen` yet: making it so would take the machine from what is measured.
    unread: Vec<u8>,
    home: PathBuf,
}

/// A command that ends by itself, in a folder that another may be started in.
pub(super) fn once(home: &Path, program: &str, arguments: &[&str]) -> Result<(), String> {
    let mut command = Command::new(program);
    command.env_clear().env("HOME", home).args(arguments).arg("--data-dir").arg(data(home));
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

#[expect(clippy::disallowed_methods, reason = "a benchmark is about the machine's time")]
pub(super) fn now() -> Instant {
    Instant::now()
}

impl Running {
    pub(super) fn start(program: &str, width: u16, height: u16) -> Result<Self, String> {
        Self::start_with(program, width, height, &[])
    }

    pub(super) fn start_with(program: &str, width: u16, height: u16, more: &[&str]) -> Result<Self, String> {
        let home = std::env::temp_dir().join(format!("lifeboat-bench-{}", std::process::id()));
        Self::start_in(home, program, (width, height), &[&["--fresh"], more].concat())
    }

    /// In a folder that may hold what an earlier one left.
    pub(super) fn start_in(
        home: PathBuf,
        program: &str,
        (width, height): (u16, u16),
        more: &[&str],
    ) -> Result<Self, String> {
        std::fs::create_dir_all(&home).map_err(|error| error.to_string())?;
        let size = PtySize { rows: height, cols: width, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).map_err(|error| error.to_string())?;
        let program = std::fs::canonicalize(program).map_err(|error| error.to_string())?;
        let mut command = CommandBuilder::new(program);
        command.env_clear();
        for (name, value) in [("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), ("LANG", "C.UTF-8")] {
            command.env(name, value);
        }
        command.env("HOME", &home);
        command.arg("--data-dir");
        command.arg(data(&home));
        command.args(more);
        let mut reader = pair.master.try_clone_reader().map_err(|error| error.to_string())?;
        let keyboard = pair.master.take_writer().map_err(|error| error.to_string())?;
        let (send, sent) = sync_channel(1024);
        std::thread::spawn(move || {
            let mut buffer = vec![0; 65_536];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                let bytes = buffer.get(..count).unwrap_or_default().to_vec();
                if send.send((now(), bytes)).is_err() {
                    return;
                }
            }
        });
        let begun = now();
        let child = pair.slave.spawn_command(command).map_err(|error| error.to_string())?;
        let empty = || "a terminal has rows and columns".to_owned();
        let rows = NonZeroU16::new(height).ok_or_else(empty)?;
        let columns = NonZeroU16::new(width).ok_or_else(empty)?;
        let screen = vt100::Parser::new(rows, columns, 0);
        Ok(Self { child, keyboard, sent, _master: pair.master, begun, screen, unread: Vec::new(), home })
    }

    /// When the end of a frame arrived.
    pub(super) fn frame(&mut self) -> Result<Instant, String> {
        let mut tail = Vec::new();
        loop {
            match self.sent.recv_timeout(PATIENCE) {
                Ok((at, bytes)) => {
                    self.unread.extend_from_slice(&bytes);
                    tail.extend(bytes);
                    if tail.windows(END_OF_FRAME.len()).any(|window| window == END_OF_FRAME) {
                        return Ok(at);
                    }
                }
                Err(RecvTimeoutError::Timeout) => return Err("no frame came".to_owned()),
                Err(RecvTimeoutError::Disconnected) => return Err("the program ended".to_owned()),
            }
        }
    }

    /// Reads until `length` has passed; gives how many bytes came.
    pub(super) fn listen(&mut self, length: Duration) -> Result<usize, String> {
        let until = now() + length;
        let mut count = 0;
        loop {
            let left = until.saturating_duration_since(now());
            match self.sent.recv_timeout(left) {
                Ok((_, bytes)) => {
                    self.unread.extend_from_slice(&bytes);
                    count += bytes.len();
                }
                Err(RecvTimeoutError::Timeout) => return Ok(count),
                Err(RecvTimeoutError::Disconnected) => return Err("the program ended".to_owned()),
            }
        }
    }

    /// Reads until every one of `texts` is on the screen.
    pub(super) fn wait_for(&mut self, texts: &[&str]) -> Result<(), String> {
        let until = now() + PATIENCE;
        loop {
            self.screen.process(&std::mem::take(&mut self.unread));
            let shown = self.screen.screen().contents();
            if texts.iter().all(|text| shown.contains(text)) {
                return Ok(());
            }
            if now() > until {
                return Err(format!("{texts:?} never came; the screen shows:\n{shown}"));
            }
            self.listen(Duration::from_millis(20))?;
        }
    }

    pub(super) fn press(&mut self, key: &str) -> Result<Instant, String> {
        let at = now();
        self.keyboard.write_all(key.as_bytes()).map_err(|error| error.to_string())?;
        self.keyboard.flush().map_err(|error| error.to_string())?;
        Ok(at)
    }

    fn proc(&self, file: &str) -> Result<String, String> {
        let id = self.child.process_id().ok_or("the program ended")?;
        std::fs::read_to_string(format!("/proc/{id}/{file}")).map_err(|error| error.to_string())
    }

    /// Seconds of processor time so far, user and system.
    pub(super) fn cpu_s(&self) -> Result<f64, String> {
        let stat = self.proc("stat")?;
        // The name, in parentheses, may contain anything; what follows it is counted from the third field on.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks =
            |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok()).ok_or("unreadable stat");
        Ok((ticks(11)? + ticks(12)?) / TICKS_PER_SECOND)
    }

    pub(super) fn resident_mib(&self) -> Result<f64, String> {
        let status = self.proc("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
        let kib: f64 = line.split_whitespace().next().and_then(|text| text.parse().ok()).ok_or("unreadable VmRSS")?;
        Ok(kib / 1024.0)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        drop(std::fs::remove_dir_all(&self.home));
    }
}
