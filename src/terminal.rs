//! The terminal: taken on entry, given back on return, error, panic and signal. Owns raw mode, the
//! alternate screen and bracketed paste; decides nothing about what is shown.

use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::queue;
use crossterm::style::ResetColor;
use crossterm::terminal::{
    EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};

pub(crate) mod ability;
pub(crate) mod background;
pub(crate) mod canvas;
pub(crate) mod input;
pub(crate) mod panic;
pub(crate) mod signal;
pub(crate) mod writer;

/// Whether the terminal is ours now. Static because the panic hook is: whoever panics gives it back.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Why there can be no console here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoTerminal {
    #[error("standard output is not a terminal")]
    Output,
    #[error("standard input is not a terminal")]
    Input,
    #[error("the terminal cannot place text (`TERM` is `dumb`)")]
    Dumb,
}

/// Refuses early, before anything is written: a console in a pipe would fill it with escape sequences.
pub(crate) fn require(term: Option<&str>) -> Result<(), NoTerminal> {
    if !io::stdout().is_terminal() {
        return Err(NoTerminal::Output);
    }
    if !io::stdin().is_terminal() {
        return Err(NoTerminal::Input);
    }
    if term == Some("dumb") {
        return Err(NoTerminal::Dumb);
    }
    Ok(())
}

/// Holds the terminal; dropping it gives it back, whatever the reason.
#[derive(Debug)]
pub(crate) struct Terminal(());

impl Terminal {
    /// Takes the terminal. The bytes that clear it go out at once, so that the first frame lands on a clean screen.
    pub(crate) fn take() -> io::Result<Self> {
        let guard = Self(());
        take()?;
        Ok(guard)
    }

    /// Stops the whole job, as ctrl+z does elsewhere, and takes the terminal again once it goes on.
    ///
    /// Nothing may be being written meanwhile.
    #[expect(clippy::unused_self, reason = "only who holds the terminal may lend it")]
    pub(crate) fn suspend(&self) -> io::Result<()> {
        give_back();
        rustix::process::kill_current_process_group(rustix::process::Signal::TSTP)?;
        take()
    }

    /// Takes the terminal anew after a stop that came from outside: the shell has set its own modes since.
    #[expect(clippy::unused_self, reason = "only who holds the terminal may take it anew")]
    pub(crate) fn retake(&self) -> io::Result<()> {
        // crossterm keeps the modes it found first and does nothing while it believes they are raw.
        disable_raw_mode()?;
        take()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        give_back();
    }
}

fn take() -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    let mut bytes = Vec::new();
    queue!(bytes, EnterAlternateScreen, EnableBracketedPaste, Hide)?;
    raw_output()?.write_all(&bytes)
}

/// The bytes that undo everything [`Terminal::take`] and the frames wrote.
pub(crate) fn leaving() -> Vec<u8> {
    // CAN ends an escape sequence that was cut off half way, so that what follows is understood.
    let mut bytes = vec![0x18];
    // Writing to a vector cannot fail; were it to, the bytes so far are still worth sending.
    let queued = queue!(
        bytes,
        EndSynchronizedUpdate,
        ResetColor,
        crossterm::style::SetAttribute(crossterm::style::Attribute::Reset),
        DisableBracketedPaste,
        Show,
        LeaveAlternateScreen
    );
    debug_assert!(queued.is_ok(), "a vector takes every write");
    bytes
}

/// Gives the terminal back if it is ours. Safe to call twice, from any thread, and while panicking.
pub(crate) fn give_back() {
    if release_modes() {
        let Ok(mut output) = raw_output() else { return };
        // The terminal may be gone (a hang-up): there is nobody left to tell.
        if output.write_all(&leaving()).is_err() {
            tracing::debug!("the terminal was gone before it could be given back");
        }
    }
}

/// Ends raw mode, which never blocks; true when the screen is still to be left.
pub(crate) fn release_modes() -> bool {
    let was_taken = TAKEN.swap(false, Ordering::SeqCst);
    if was_taken && let Err(error) = disable_raw_mode() {
        tracing::debug!(%error, "raw mode could not be ended");
    }
    was_taken
}

/// Standard output without its lock and buffer: a panicking thread may not wait for the one that is writing.
pub(crate) fn raw_output() -> io::Result<std::fs::File> {
    Ok(std::fs::File::from(io::stdout().as_fd().try_clone_to_owned()?))
}
