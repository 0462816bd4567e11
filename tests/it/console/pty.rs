//! The real program in a pseudo-terminal, and a terminal emulator to read its screen by. Every wait is for
//! something that must become true, with a deadline that fails loudly; nothing sleeps.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::os::unix::fs::OpenOptionsExt as _;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use portable_pty::{Child, ChildKiller, CommandBuilder, ExitStatus, MasterPty, PtySize, SlavePty, native_pty_system};
use rustix::process::{Pid, Signal};
use rustix::termios::{LocalModes, tcgetattr};

/// Generous: a debug build on a busy machine, and only ever waited for by a test that fails.
const DEADLINE: Duration = Duration::from_mins(1);

/// What the reader thread shares with the test.
struct Seen {
    terminal: vt100::Parser,
    bytes: Vec<u8>,
    /// While closed nothing is read, as when a link hangs: the kernel's buffer fills and the program's writes block.
    gate_open: bool,
    /// Whether the reader stands before the closed gate, with bytes in hand.
    parked: bool,
    /// How many bytes one read may take: one, for a link over which bytes trickle.
    gulp: usize,
    /// Whether the terminal is to be lost: its reader lets go of it.
    lost: bool,
    /// How the program ended.
    status: Option<ExitStatus>,
}

/// A terminal with one program in it.
pub(crate) struct Console {
    seen: Arc<(Mutex<Seen>, Condvar)>,
    /// `None` once the terminal is lost.
    master: Option<Box<dyn MasterPty + Send>>,
    /// Kept open, so that the terminal's modes can be looked at after the program has ended.
    slave: Option<Box<dyn SlavePty + Send>>,
    keyboard: Option<Box<dyn Write + Send>>,
    killer: Box<dyn ChildKiller + Send + Sync>,
    process: Pid,
    data: tempfile::TempDir,
}

/// How to start it.
pub(crate) struct Start {
    width: u16,
    height: u16,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    gulp: usize,
    /// Of another console, whose data this one shares.
    beside: Option<std::path::PathBuf>,
    /// Whether the person was never here before.
    newcomer: bool,
}

impl Start {
    pub(crate) fn new(arguments: &[&str]) -> Self {
        Self {
            width: 120,
            height: 40,
            arguments: arguments.iter().map(|text| (*text).to_owned()).collect(),
            environment: Vec::new(),
            gulp: 65_536,
            beside: None,
            newcomer: false,
        }
    }

    /// For somebody who opens it for the first time, and is greeted.
    pub(crate) fn newcomer(mut self) -> Self {
        self.newcomer = true;
        self
    }

    /// With the data of another console: its worlds and its journal.
    pub(crate) fn beside(self, other: &Console) -> Self {
        self.with_data(other.data_dir())
    }

    pub(crate) fn with_data(mut self, folder: std::path::PathBuf) -> Self {
        self.beside = Some(folder);
        self
    }

    /// With the data that commands left there.
    pub(crate) fn data(mut self, folder: std::path::PathBuf) -> Self {
        self.beside = Some(folder);
        self
    }

    pub(crate) fn size(mut self, width: u16, height: u16) -> Self {
        (self.width, self.height) = (width, height);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Bytes arrive one at a time.
    pub(crate) fn trickling(mut self) -> Self {
        self.gulp = 1;
        self
    }

    pub(crate) fn run(self) -> Console {
        let data = tempfile::tempdir().unwrap();
        if !self.newcomer {
            std::fs::create_dir(data.path().join("data")).unwrap();
            std::fs::write(data.path().join("data/console.json"), r#"{"version":1,"greeted":true}"#).unwrap();
        }
        let size = PtySize { rows: self.height, cols: self.width, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lifeboat"));
        // Nothing of the machine the tests run on: no configuration, no credentials, no terminal quirks.
        command.env_clear();
        command.env("HOME", data.path());
        command.env("TERM", "xterm-256color");
        command.env("PATH", "/usr/bin:/bin");
        command.env("LANG", "C.UTF-8");
        command.cwd(data.path());
        command.arg("--data-dir");
        command.arg(self.beside.clone().unwrap_or_else(|| data.path().join("data")));
        command.args(&self.arguments);
        for (name, value) in &self.environment {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        let seen = Arc::new((
            Mutex::new(Seen {
                terminal: parser(self.width, self.height),
                bytes: Vec::new(),
                gate_open: true,
                parked: false,
                gulp: self.gulp,
                lost: false,
                status: None,
            }),
            Condvar::new(),
        ));
        read_in_background(pair.master.try_clone_reader().unwrap(), Arc::clone(&seen));
        let process = i32::try_from(child.process_id().unwrap()).unwrap();
        let killer = child.clone_killer();
        wait_in_background(child, Arc::clone(&seen));
        Console {
            seen,
            keyboard: Some(pair.master.take_writer().unwrap()),
            master: Some(pair.master),
            slave: Some(pair.slave),
            killer,
            process: Pid::from_raw(process).unwrap(),
            data,
        }
    }
}

fn parser(width: u16, height: u16) -> vt100::Parser {
    vt100::Parser::new(NonZeroU16::new(height).unwrap(), NonZeroU16::new(width).unwrap(), 0)
}

fn read_in_background(mut reader: Box<dyn Read + Send>, seen: Arc<(Mutex<Seen>, Condvar)>) {
    std::thread::spawn(move || {
        let (lock, changed) = &*seen;
        let mut buffer = vec![0; 65_536];
        loop {
            let gulp = pass_the_gate(lock, changed).gulp;
            if lock.lock().unwrap().lost {
                return;
            }
            let Ok(count @ 1..) = reader.read(&mut buffer[..gulp]) else { return };
            let mut seen = pass_the_gate(lock, changed);
            seen.terminal.process(&buffer[..count]);
            seen.bytes.extend_from_slice(&buffer[..count]);
            drop(seen);
            changed.notify_all();
        }
    });
}

fn pass_the_gate<'a>(lock: &'a Mutex<Seen>, changed: &Condvar) -> MutexGuard<'a, Seen> {
    let mut seen = lock.lock().unwrap();
    seen.parked = !seen.gate_open;
    changed.notify_all();
    changed.wait_while(seen, |seen| !seen.gate_open).unwrap()
}

fn wait_in_background(mut child: Box<dyn Child + Send + Sync>, seen: Arc<(Mutex<Seen>, Condvar)>) {
    std::thread::spawn(move || {
        let status = child.wait().unwrap();
        seen.0.lock().unwrap().status = Some(status);
        seen.1.notify_all();
    });
}

impl Console {
    /// Waits until `is_so` holds of the emulated screen.
    #[track_caller]
    pub(crate) fn wait(&self, what: &str, is_so: impl Fn(&vt100::Screen) -> bool) {
        self.wait_seen(what, |seen| is_so(seen.terminal.screen()));
    }

    /// Waits until every one of `texts` is somewhere on the screen.
    #[track_caller]
    pub(crate) fn wait_for(&self, texts: &[&str]) {
        self.wait(&format!("{texts:?} on the screen"), |screen| {
            let contents = screen.contents();
            texts.iter().all(|text| contents.contains(text))
        });
    }

    #[track_caller]
    pub(crate) fn wait_gone(&self, text: &str) {
        self.wait(&format!("no {text:?} on the screen"), |screen| !screen.contents().contains(text));
    }

    /// Waits until the program has sent `bytes`.
    #[track_caller]
    pub(crate) fn wait_for_bytes(&self, bytes: &[u8]) {
        let what = format!("{:?} sent", String::from_utf8_lossy(bytes));
        self.wait_seen(&what, |seen| seen.bytes.windows(bytes.len()).any(|window| window == bytes));
    }

    #[track_caller]
    fn wait_seen(&self, what: &str, is_so: impl Fn(&Seen) -> bool) {
        let (lock, changed) = &*self.seen;
        let (seen, outcome) = changed.wait_timeout_while(lock.lock().unwrap(), DEADLINE, |seen| !is_so(seen)).unwrap();
        let screen = seen.terminal.screen().contents();
        drop(seen);
        assert!(!outcome.timed_out(), "waited in vain for {what}; the screen shows:\n{screen}");
    }

    /// Everything sent so far.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.seen.0.lock().unwrap().bytes.clone()
    }

    pub(crate) fn forget_bytes(&self) {
        self.seen.0.lock().unwrap().bytes.clear();
    }

    pub(crate) fn contents(&self) -> String {
        self.seen.0.lock().unwrap().terminal.screen().contents()
    }

    pub(crate) fn press(&mut self, keys: &str) {
        let keyboard = self.keyboard.as_mut().unwrap();
        keyboard.write_all(keys.as_bytes()).unwrap();
        keyboard.flush().unwrap();
    }

    /// Closes the terminal under the program, as when a window is closed or a link breaks.
    pub(crate) fn lose_terminal(&mut self) {
        self.seen.0.lock().unwrap().lost = true;
        drop((self.keyboard.take(), self.slave.take(), self.master.take()));
    }

    pub(crate) fn resize(&self, width: u16, height: u16) {
        let (lock, _) = &*self.seen;
        lock.lock().unwrap().terminal.set_size(NonZeroU16::new(height).unwrap(), NonZeroU16::new(width).unwrap());
        self.master
            .as_ref()
            .unwrap()
            .resize(PtySize { rows: height, cols: width, pixel_width: 0, pixel_height: 0 })
            .unwrap();
    }

    /// Stops reading and fills what the kernel holds for the terminal: from now on every write to it blocks.
    #[track_caller]
    pub(crate) fn hang(&self) {
        self.seen.0.lock().unwrap().gate_open = false;
        let mut tty = self.tty(rustix::fs::OFlags::NONBLOCK);
        // Bytes that a terminal ignores. The reader takes some of them before it comes to the gate.
        let mut fill = || while tty.write(&[0; 4096]).is_ok() {};
        fill();
        self.wait_seen("the reader to stop", |seen| seen.parked);
        fill();
    }

    pub(crate) fn go_on_reading(&self) {
        self.seen.0.lock().unwrap().gate_open = true;
        self.seen.1.notify_all();
    }

    pub(crate) fn signal(&self, signal: Signal) {
        rustix::process::kill_process(self.process, signal).unwrap();
    }

    pub(crate) fn data_dir(&self) -> std::path::PathBuf {
        self.data.path().join("data")
    }

    /// Waits for the end.
    #[track_caller]
    pub(crate) fn ended(&self) -> ExitStatus {
        self.wait_seen("the program to end", |seen| seen.status.is_some());
        self.seen.0.lock().unwrap().status.clone().unwrap()
    }

    /// The screen is the user's again, and so is the keyboard.
    #[track_caller]
    pub(crate) fn assert_restored(&self) {
        self.wait("the terminal to be given back", |screen| {
            !screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste()
        });
        let modes = self.modes();
        assert!(modes.contains(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG), "still raw: {modes:?}");
    }

    /// The terminal's other end, without taking it as our own.
    fn tty(&self, more: rustix::fs::OFlags) -> std::fs::File {
        let flags = i32::try_from((rustix::fs::OFlags::NOCTTY | more).bits()).unwrap();
        let name = self.master.as_ref().unwrap().tty_name().unwrap();
        std::fs::OpenOptions::new().read(true).write(true).custom_flags(flags).open(name).unwrap()
    }

    /// The terminal's own modes, as its other end sees them.
    pub(crate) fn modes(&self) -> LocalModes {
        tcgetattr(self.tty(rustix::fs::OFlags::empty())).unwrap().local_modes
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        self.go_on_reading();
        // A test that failed half way may not leave its program running; one that has ended cannot be killed.
        if self.seen.0.lock().is_ok_and(|seen| seen.status.is_none()) {
            drop(self.killer.kill());
        }
    }
}
