//! Signals as values: what ends the console in order, and what tells that the terminal must be taken anew.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// What a signal asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Go, in order. The name is for the last line.
    Leave(&'static str),
    /// The job was stopped and goes on: the screen is not ours any more until taken again.
    GoOn,
}

/// Listens from the moment it is made.
#[derive(Debug)]
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
    resume: Signal,
}

impl Signals {
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
            resume: signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
        })
    }

    pub(crate) async fn next(&mut self) -> Asked {
        tokio::select! {
            // A terminal that is lost sends SIGHUP, and SIGCONT after it: there is nothing to go on with.
            biased;
            _ = self.terminate.recv() => Asked::Leave("SIGTERM"),
            _ = self.interrupt.recv() => Asked::Leave("SIGINT"),
            _ = self.hangup.recv() => Asked::Leave("SIGHUP"),
            _ = self.resume.recv() => Asked::GoOn,
        }
    }
}
