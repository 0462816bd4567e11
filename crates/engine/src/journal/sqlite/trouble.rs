//! SQLite's failures as the journal's: what happened, in words, and what mends it.

use std::path::Path;

use super::{Broken, ErrorCode, JournalError};

/// Whatever can stop a question to the database.
pub(super) enum Trouble {
    Sqlite(rusqlite::Error),
    Journal(JournalError),
    Broken(Broken),
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<JournalError> for Trouble {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

impl From<Broken> for Trouble {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

impl Trouble {
    /// As it is told by a question that changes nothing.
    pub(super) fn reading(self, path: &Path) -> JournalError {
        let place = path.display().to_string();
        match self {
            Self::Journal(error) => error,
            Self::Broken(broken) => damaged(path, broken.to_string()),
            Self::Sqlite(error) if is_damage(&error) => damaged(path, error.to_string()),
            Self::Sqlite(error) => {
                let (why, fix) = told(path, &error);
                JournalError::NotRead { place, why, fix }
            }
        }
    }
}

/// Whether the file's content is wrong, rather than the way to it.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    match error.sqlite_error_code() {
        Some(code) => matches!(code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase),
        // A value that is none of its column's kind.
        None => matches!(
            error,
            rusqlite::Error::Utf8Error(..)
                | rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::FromSqlConversionFailure(..)
        ),
    }
}

pub(super) fn cannot_open(path: &Path, error: &rusqlite::Error) -> JournalError {
    if is_damage(error) {
        return damaged(path, error.to_string());
    }
    let (why, fix) = told(path, error);
    JournalError::CannotOpen { place: path.display().to_string(), why, fix }
}

pub(super) fn not_written(path: &Path, error: &rusqlite::Error) -> JournalError {
    if is_damage(error) {
        return damaged(path, error.to_string());
    }
    let (why, fix) = told(path, error);
    JournalError::NotWritten { place: path.display().to_string(), why, fix }
}

fn damaged(path: &Path, why: String) -> JournalError {
    let place = path.display().to_string();
    let fix = format!(
        "see how far it is whole with `lifeboat journal verify`; to begin a new one, keep it as evidence with \
         journal.head: `mv {place}* ELSEWHERE`"
    );
    JournalError::Damaged { place, why, fix }
}

/// What happened, and what to do about it.
fn told(path: &Path, error: &rusqlite::Error) -> (String, String) {
    let folder = path.parent().unwrap_or(path).display();
    let (why, fix) = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed) => (
            format!("another process has been writing to it for {} s", super::PATIENCE.as_secs()),
            format!("see which one with `fuser {}`, end it or wait, and try again", path.display()),
        ),
        Some(ErrorCode::DiskFull) => {
            ("the disk is full".to_owned(), format!("make room on the volume of {folder}, and try again"))
        }
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            (error.to_string(), format!("make {folder} and what is in it writable, or name another with `--data-dir`"))
        }
        Some(ErrorCode::CannotOpen) => {
            (error.to_string(), format!("see that {folder} is a folder that can be read and written"))
        }
        Some(ErrorCode::SystemIoFailure) => (
            format!("{error}: the disk or file system refused"),
            format!("see the system's log and the room left on the volume of {folder}, and try again"),
        ),
        Some(_) | None => (error.to_string(), "see that nobody changed it with `lifeboat journal verify`".to_owned()),
    };
    (why, fix)
}
