//! What the whole program costs, measured from outside in a pseudo-terminal: start to first frame, idle
//! processor time, resident memory, bytes a minute. Figures for `docs/benchmarks.md`; never a test.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::tree::TreeError;

/// How often the start is measured.
const STARTS: usize = 20;
/// How long the program is watched doing nothing.
const IDLE: Duration = Duration::from_mins(1);
/// Before idling is measured, everything is to have been read once.
const SETTLING: Duration = Duration::from_secs(15);
const PATIENCE: Duration = Duration::from_secs(30);
/// Kernel clock ticks a second, fixed on Linux since long ago.
const TICKS_PER_SECOND: f64 = 100.0;

/// Measures the program and gives the figures as a Markdown table's rows.
pub(crate) fn run(program: &str) -> Result<String, TreeError> {
    measure(program).map_err(|error| TreeError::unreadable(Path::new(program), &error))
}

fn measure(program: &str) -> Result<String, String> {
    let mut report = String::new();
    let mut line = |text: std::fmt::Arguments<'_>| writeln!(report, "{text}").map_err(|error| error.to_string());
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        starts.push(start_to_first_frame(program)?);
    }
    starts.sort();
    let at = |share: usize| starts.get((starts.len() - 1) * share / 100).copied().unwrap_or_default();
    line(format_args!(
        "start to first frame, {STARTS} starts: median {:.1} ms, p90 {:.1} ms, worst {:.1} ms",
        millis(at(50)),
        millis(at(90)),
        millis(at(100))
    ))?;
    for (width, height) in [(80, 24), (200, 60)] {
        let idle = idle(program, width, height)?;
        line(format_args!(
            "idle at {width}×{height} for {} s: {:.2} % of a core, {:.1} MiB resident, {:.1} KB sent a minute",
            IDLE.as_secs(),
            idle.cpu_percent,
            idle.resident_mib,
            idle.kilobytes_a_minute
        ))?;
    }
    let (before, after) = day(program)?;
    line(format_args!(
        "a simulated day at 120×40: {before:.1} MiB resident after its first hour, {after:.1} MiB after the day"
    ))?;
    let keys = key_to_frame(program)?;
    line(format_args!(
        "key to the last byte of its frame at 200×60, {} keys: median {:.1} ms, p99 {:.1} ms",
        keys.len(),
        millis(keys.get(keys.len() / 2).copied().unwrap_or_default()),
        millis(keys.get(keys.len() * 99 / 100).copied().unwrap_or_default())
    ))?;
    Ok(report)
}

fn millis(length: Duration) -> f64 {
    length.as_secs_f64() * 1000.0
}

struct Idle {
    cpu_percent: f64,
    resident_mib: f64,
    kilobytes_a_minute: f64,
}

/// A program in a pseudo-terminal, and what it sends.
struct Running {
    child: Box<dyn Child + Send + Sync>,
    keyboard: Box<dyn Write + Send>,
    sent: Receiver<(Instant, Vec<u8>)>,
    _master: Box<dyn MasterPty + Send>,
    begun: Instant,
    home: std::path::PathBuf,
}

#[expect(clippy::disallowed_methods, reason = "a benchmark is about the machine's time")]
fn now() -> Instant {
    Instant::now()
}

impl Running {
    fn start(program: &str, width: u16, height: u16) -> Result<Self, String> {
        Self::start_with(program, width, height, &[])
    }

    fn start_with(program: &str, width: u16, height: u16, more: &[&str]) -> Result<Self, String> {
        let home = std::env::temp_dir().join(format!("lifeboat-bench-{}", std::process::id()));
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
        command.args(["--fresh", "--data-dir"]);
        command.arg(home.join("data"));
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
        Ok(Self { child, keyboard, sent, _master: pair.master, begun, home })
    }

    /// When the end of a frame arrived.
    fn frame(&self) -> Result<Instant, String> {
        let mut tail = Vec::new();
        loop {
            match self.sent.recv_timeout(PATIENCE) {
                Ok((at, bytes)) => {
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
    fn listen(&self, length: Duration) -> Result<usize, String> {
        let until = now() + length;
        let mut count = 0;
        loop {
            let left = until.saturating_duration_since(now());
            match self.sent.recv_timeout(left) {
                Ok((_, bytes)) => count += bytes.len(),
                Err(RecvTimeoutError::Timeout) => return Ok(count),
                Err(RecvTimeoutError::Disconnected) => return Err("the program ended".to_owned()),
            }
        }
    }

    fn press(&mut self, key: &str) -> Result<Instant, String> {
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
    fn cpu_s(&self) -> Result<f64, String> {
        let stat = self.proc("stat")?;
        // The name, in parentheses, may contain anything; what follows it is counted from the third field on.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks =
            |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok()).ok_or("unreadable stat");
        Ok((ticks(11)? + ticks(12)?) / TICKS_PER_SECOND)
    }

    fn resident_mib(&self) -> Result<f64, String> {
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

/// The end of a synchronised update, which every frame has.
const END_OF_FRAME: &[u8] = b"\x1b[?2026l";

fn start_to_first_frame(program: &str) -> Result<Duration, String> {
    let running = Running::start(program, 120, 40)?;
    Ok(running.frame()?.saturating_duration_since(running.begun))
}

fn idle(program: &str, width: u16, height: u16) -> Result<Idle, String> {
    let running = Running::start(program, width, height)?;
    running.listen(SETTLING)?;
    let (begun, cpu) = (now(), running.cpu_s()?);
    let bytes = running.listen(IDLE)?;
    let seconds = now().saturating_duration_since(begun).as_secs_f64();
    Ok(Idle {
        cpu_percent: 100.0 * (running.cpu_s()? - cpu) / seconds,
        resident_mib: running.resident_mib()?,
        kilobytes_a_minute: bytes as f64 / 1000.0 * 60.0 / seconds,
    })
}

/// Resident memory after an hour and after a day of the simulator's time, each in MiB.
fn day(program: &str) -> Result<(f64, f64), String> {
    // An hour in five seconds, a day in two minutes.
    let running = Running::start_with(program, 120, 40, &["--pace", "720"])?;
    running.listen(Duration::from_secs(5))?;
    let before = running.resident_mib()?;
    running.listen(Duration::from_secs(115))?;
    Ok((before, running.resident_mib()?))
}

/// Pressing keys that change the whole screen, with the polls going on.
fn key_to_frame(program: &str) -> Result<Vec<Duration>, String> {
    let mut running = Running::start(program, 200, 60)?;
    running.listen(SETTLING)?;
    let mut lengths = Vec::new();
    for key in ["2", "3", "4", "5", "6", "1", "?", "q"].iter().cycle().take(300) {
        // Whatever the polls have caused is drawn first.
        running.listen(Duration::from_millis(100))?;
        let pressed = running.press(key)?;
        lengths.push(running.frame()?.saturating_duration_since(pressed));
    }
    lengths.sort();
    Ok(lengths)
}
