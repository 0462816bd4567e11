//! The newest entry's sequence and hash in a small file beside the database: without it a journal whose last entries
//! were cut off is as whole as before.
//!
//! It is written after the entry is durable and is not waited for, so it may lag behind the journal, never the other
//! way round: what it names must be there.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::{Head, private};

#[derive(Debug)]
pub(super) struct KeptHead {
    path: PathBuf,
}

impl KeptHead {
    pub(super) fn of(data: &Path) -> Self {
        Self { path: data.join("journal.head") }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Why it is not known, in words, where it is not.
    pub(super) fn read(&self) -> Result<Head, String> {
        let place = self.path.display();
        let text = fs::read_to_string(&self.path).map_err(|error| format!("{place}: {error}"))?;
        parse(&text).ok_or_else(|| format!("{place} is not a sequence and a hash"))
    }

    /// Put in place as a whole, so that whoever reads it meanwhile sees the one or the other.
    pub(super) fn keep(&self, head: &Head) -> io::Result<()> {
        // Another process may have been faster.
        if self.read().is_ok_and(|kept| kept.sequence >= head.sequence) {
            return Ok(());
        }
        let beside = self.path.with_extension(format!("head.{}-{}", std::process::id(), head.sequence));
        let written = private(&beside)
            .and_then(|mut file| writeln!(file, "{} {}", head.sequence, head.hash))
            .and_then(|()| fs::rename(&beside, &self.path));
        if written.is_err() {
            // The first failure is the one to be told.
            drop(fs::remove_file(&beside));
        }
        written
    }
}

fn parse(text: &str) -> Option<Head> {
    let (sequence, hash) = text.strip_suffix('\n')?.split_once(' ')?;
    let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    let sequence = sequence.parse().ok()?;
    is_hash.then(|| Head { sequence, hash: hash.to_owned() })
}
