//! A thread that writes frames to the terminal, one at a time. A slow terminal delays the next frame;
//! it never delays polls or keys. Knows nothing of what the bytes mean.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use tokio::sync::mpsc;

/// How much is written between two looks at whether to stop. Over a link of a few kilobytes a second this and the
/// kernel's own buffer (4 KiB for a pseudo-terminal) are all that stands between `q` and a restored terminal.
const CHUNK_BYTES: usize = 1024;

/// How long the end of the program waits for the terminal to take the last bytes.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the thread tells: the buffer is written and may be used again, or the terminal is gone.
pub(crate) type Written = io::Result<Vec<u8>>;

/// The writing half. At most one buffer is under way, so both channels hold one.
#[derive(Debug)]
pub(crate) struct Writer {
    jobs: SyncSender<Vec<u8>>,
    ended: Receiver<()>,
    abandon: Arc<AtomicBool>,
}

impl Writer {
    /// Starts the thread. `written` gets one message for each buffer.
    pub(crate) fn start(mut output: impl Write + Send + 'static) -> io::Result<(Self, mpsc::Receiver<Written>)> {
        let (jobs, incoming) = sync_channel::<Vec<u8>>(1);
        let (end, ended) = sync_channel::<()>(1);
        let (written, outcomes) = mpsc::channel::<Written>(1);
        let abandon = Arc::new(AtomicBool::new(false));
        let abandoned = Arc::clone(&abandon);
        std::thread::Builder::new().name("terminal-writer".to_owned()).spawn(move || {
            for mut bytes in incoming {
                let outcome = write_in_chunks(&mut output, &bytes, &abandoned);
                let gone = outcome.is_err();
                bytes.clear();
                if written.blocking_send(outcome.map(|()| bytes)).is_err() || gone {
                    break;
                }
            }
            if abandoned.load(Ordering::SeqCst) && output.write_all(&super::leaving()).is_err() {
                tracing::debug!("the terminal was gone before it could be given back");
            }
            if end.try_send(()).is_err() {
                // Nobody waits once patience has run out.
            }
        })?;
        Ok((Self { jobs, ended, abandon }, outcomes))
    }

    /// Hands over a buffer; gives it back when the one before is still being written.
    pub(crate) fn offer(&self, bytes: Vec<u8>) -> Result<(), Vec<u8>> {
        self.jobs.try_send(bytes).map_err(|refused| match refused {
            std::sync::mpsc::TrySendError::Full(bytes) | std::sync::mpsc::TrySendError::Disconnected(bytes) => bytes,
        })
    }

    /// Has everything written that was handed over, as long as is reasonable. For output that is no screen.
    pub(crate) fn finish(self) {
        drop(self.jobs);
        if self.ended.recv_timeout(PATIENCE).is_err() {
            tracing::debug!("the last lines were not written in time");
        }
    }

    /// Drops what is not yet written, leaves the screen, and waits for that as long as is reasonable.
    pub(crate) fn leave(self) {
        if !super::release_modes() {
            return;
        }
        self.abandon.store(true, Ordering::SeqCst);
        drop(self.jobs);
        if self.ended.recv_timeout(PATIENCE).is_err() {
            tracing::debug!("the terminal took too long to be given back");
        }
    }
}

fn write_in_chunks(output: &mut impl Write, bytes: &[u8], abandoned: &AtomicBool) -> io::Result<()> {
    let mut rest = bytes;
    while !rest.is_empty() {
        if abandoned.load(Ordering::SeqCst) || super::panic::has_happened() {
            return Ok(());
        }
        let (chunk, later) = rest.split_at(chunk_length(rest));
        output.write_all(chunk)?;
        rest = later;
    }
    output.flush()
}

/// Where to cut: before an escape sequence where one begins in time, so that stopping there leaves none half sent.
fn chunk_length(bytes: &[u8]) -> usize {
    if bytes.len() <= CHUNK_BYTES {
        return bytes.len();
    }
    bytes
        .get(..CHUNK_BYTES)
        .and_then(|head| head.iter().rposition(|byte| *byte == 0x1b))
        .filter(|position| *position > 0)
        .unwrap_or(CHUNK_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_ends_where_an_escape_sequence_begins() {
        let mut bytes = vec![b'x'; 900];
        bytes.extend_from_slice(b"\x1b[1;1H");
        bytes.extend(vec![b'y'; 900]);
        assert_eq!(chunk_length(&bytes), 900);
        assert_eq!(chunk_length(b"\x1b[1;1H"), 6);
        assert_eq!(chunk_length(&vec![b'z'; 5000]), CHUNK_BYTES);
    }

    #[test]
    fn a_sequence_longer_than_a_chunk_is_still_sent() {
        let mut bytes = vec![0x1b];
        bytes.extend(vec![b'p'; 3000]);
        let mut sent = Vec::new();
        write_in_chunks(&mut sent, &bytes, &AtomicBool::new(false)).unwrap();
        assert_eq!(sent, bytes);
    }

    #[test]
    fn what_is_abandoned_is_not_written() {
        let mut sent = Vec::new();
        write_in_chunks(&mut sent, b"frame", &AtomicBool::new(true)).unwrap();
        assert!(sent.is_empty());
    }

    #[test]
    fn a_second_buffer_waits_while_the_first_is_being_written() {
        let (mut reader, pipe) = std::io::pipe().unwrap();
        let (writer, mut outcomes) = Writer::start(pipe).unwrap();
        // Far more than a pipe holds: the thread is stuck until somebody reads.
        writer.offer(vec![b'x'; 1 << 20]).unwrap();
        let mut waiting = b"second".to_vec();
        while let Ok(()) = writer.offer(waiting.clone()) {
            waiting = b"third".to_vec();
        }
        let mut taken = vec![0; 1 << 20];
        std::io::Read::read_exact(&mut reader, &mut taken).unwrap();
        assert!(outcomes.blocking_recv().unwrap().unwrap().is_empty());
    }
}
