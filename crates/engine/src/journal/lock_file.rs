//! One run a deployment, over processes: a lock of the operating system on `locks/DEPLOYMENT.lock`, which the kernel
//! gives back when its process dies. The text in the file tells who holds it, and counts only while somebody does.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use lifeboat_model::id::DeploymentName;
use lifeboat_model::plan::hexadecimal;
use lifeboat_model::run::Operator;
use lifeboat_model::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{JournalError, Lock, LockError};

const LOOKS: usize = 5;
const BETWEEN_LOOKS: std::time::Duration = std::time::Duration::from_millis(20);
/// How often the gate is tried: ten seconds, as a busy journal is waited for. A process that was stopped with the gate in
/// its hand would else stop everybody.
const TRIES_AT_THE_GATE: usize = 500;

/// The locks of a data folder.
#[derive(Clone, Debug)]
pub(super) struct Locks {
    folder: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Holder {
    by: Operator,
    since: Timestamp,
}

/// A lock that is held as long as its file is open.
#[derive(Debug)]
struct Held {
    deployment: DeploymentName,
    path: PathBuf,
    file: File,
}

impl Lock for Held {
    fn deployment(&self) -> &DeploymentName {
        &self.deployment
    }

    fn is_held(&self) -> bool {
        let of_file = self.file.metadata().map(|it| (it.dev(), it.ino()));
        let of_path = fs::metadata(&self.path).map(|it| (it.dev(), it.ino()));
        matches!((of_file, of_path), (Ok(one), Ok(other)) if one == other)
    }
}

impl Locks {
    pub(super) fn of(data: &Path) -> Self {
        Self { folder: data.join("locks") }
    }

    /// Held for moments only: while a lock is taken or looked at, or the journal is made. Without it, whoever looks
    /// would be seen as a holder, and a holder's text could be that of the one before.
    pub(super) fn gate(&self) -> io::Result<File> {
        fs::create_dir_all(&self.folder)?;
        let path = self.folder.join(".gate");
        let gate = private(&path)?;
        match patiently(&gate, TRIES_AT_THE_GATE) {
            Ok(()) => return Ok(gate),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) => {}
        }
        let held = format!("another process has held {} for 10 s; one that was stopped does", path.display());
        Err(io::Error::new(io::ErrorKind::TimedOut, held))
    }

    pub(super) fn take(
        &self,
        deployment: &DeploymentName,
        by: &Operator,
        since: Timestamp,
    ) -> Result<Box<dyn Lock>, LockError> {
        let path = self.path(deployment);
        let unavailable = |error: io::Error| LockError::Unavailable {
            place: path.display().to_string(),
            why: error.to_string(),
            fix: format!("see that {} can be written to", self.folder.display()),
        };
        let _gate = self.gate().map_err(unavailable)?;
        let mut file = private(&path).map_err(unavailable)?;
        match patiently(&file, LOOKS) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let (by, since) = holder_in(&mut file);
                return Err(LockError::Held { by, since });
            }
            Err(TryLockError::Error(error)) => return Err(unavailable(error)),
        }
        tell(&mut file, &Holder { by: by.clone(), since }).map_err(unavailable)?;
        Ok(Box::new(Held { deployment: deployment.clone(), path, file }))
    }

    pub(super) fn holder(&self, deployment: &DeploymentName) -> Result<Option<(Operator, Timestamp)>, JournalError> {
        let path = self.path(deployment);
        let not_read = |error: io::Error| JournalError::NotRead {
            place: path.display().to_string(),
            why: error.to_string(),
            fix: format!("see that {} can be read and written", self.folder.display()),
        };
        if !path.try_exists().map_err(not_read)? {
            return Ok(None);
        }
        let _gate = self.gate().map_err(not_read)?;
        let mut file = File::open(&path).map_err(not_read)?;
        match file.try_lock_shared() {
            Ok(()) => Ok(None),
            Err(TryLockError::WouldBlock) => Ok(Some(holder_in(&mut file))),
            Err(TryLockError::Error(error)) => Err(not_read(error)),
        }
    }

    /// No name of a deployment leads out of the folder, hides, or meets another's.
    fn path(&self, deployment: &DeploymentName) -> PathBuf {
        let mut name = String::new();
        for byte in deployment.as_str().bytes() {
            if byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_' {
                name.push(char::from(byte));
            } else {
                // Also capitals: file systems differ in whether they tell them apart.
                name.push('%');
                name.push_str(&hexadecimal(&[byte]));
            }
        }
        self.folder.join(format!("{name}.lock"))
    }
}

/// Opened or made, for its owner's eyes only.
pub(super) fn private(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

fn tell(file: &mut File, holder: &Holder) -> io::Result<()> {
    let text = serde_json::to_string(holder).map_err(io::Error::other)?;
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{text}")
}

/// Who says to hold the file. A file that somebody else wrote into still is held by somebody.
/// Between its fork and its exec, a child process that another thread starts holds every file that is open here, and with
/// it a lock that was just given back.
#[expect(
    clippy::disallowed_methods,
    reason = "the kernel tells nobody when a lock becomes free; it is the process's time that passes"
)]
fn patiently(file: &File, looks: usize) -> Result<(), TryLockError> {
    for _ in 0..looks {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(BETWEEN_LOOKS),
            other => return other,
        }
    }
    file.try_lock()
}

fn holder_in(file: &mut File) -> (Operator, Timestamp) {
    let mut text = String::new();
    let read = file.read_to_string(&mut text).ok().and_then(|_| serde_json::from_str::<Holder>(&text).ok());
    if let Some(holder) = read {
        return (holder.by, holder.since);
    }
    let unknown = || "unknown".to_owned();
    let since = file.metadata().and_then(|it| it.modified()).ok().and_then(|at| Timestamp::try_from(at).ok());
    (Operator { arn: None, user: unknown(), host: unknown(), process: 0 }, since.unwrap_or(Timestamp::MIN))
}
