//! Lines typed at the terminal, as they come. A thread of its own waits for them: a read of the keyboard cannot be taken
//! back once it is under way.

use std::io::{self, BufRead as _, IsTerminal as _};

use tokio::sync::mpsc;

/// Lines that may wait to be taken; the typist waits beyond that.
const LINES: usize = 16;

pub(crate) struct Typed {
    lines: mpsc::Receiver<String>,
}

impl Typed {
    /// `None` where standard input is no terminal: nobody sits there.
    pub(crate) fn listen() -> Option<Self> {
        if !io::stdin().is_terminal() {
            return None;
        }
        let (sender, lines) = mpsc::channel(LINES);
        let reading = std::thread::Builder::new().name("keyboard".to_owned()).spawn(move || {
            for line in io::stdin().lock().lines() {
                let Ok(line) = line else { return };
                if sender.blocking_send(line).is_err() {
                    return;
                }
            }
        });
        reading.is_ok().then_some(Self { lines })
    }

    /// The next line without its end; `None` at the end of the input.
    pub(crate) async fn line(&mut self) -> Option<String> {
        self.lines.recv().await
    }
}
