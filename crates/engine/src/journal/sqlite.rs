//! The journal in a SQLite database of the data folder. It owns the file: its form, that every append is on the disk
//! when it returns, that entries are only ever added, and what is to be done when any of that fails.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use lifeboat_model::id::DeploymentName;
use lifeboat_model::run::{Entry, Operator, RunEvent, RunId};
use lifeboat_model::time::{Duration, Timestamp};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _, Row, Transaction, TransactionBehavior};

use super::approvals::begins_a_run;
use super::chain::{FORMAT_VERSION, Walk};
use super::listing::{Standing, run_head, standing};
use super::lock_file::{Locks, private};
use super::redaction::redacted;
use super::{Broken, Head, Journal, JournalError, Lock, LockError, NotVerified, Record, RunHead, Verified};

mod kept_head;
mod trouble;

#[cfg(test)]
mod tests;

use kept_head::KeptHead;
use trouble::Trouble;

/// In the database's header, so that tools can tell what it is: `LFBT`.
const APPLICATION_ID: i64 = 0x4c46_4254;
/// How long a write waits for other processes' writes, each of which takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS entries (
    sequence   INTEGER PRIMARY KEY,
    version    INTEGER NOT NULL,
    run        TEXT NOT NULL,
    deployment TEXT NOT NULL,
    at         TEXT NOT NULL,
    body       TEXT NOT NULL,
    previous   TEXT NOT NULL,
    hash       TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS entries_by_run ON entries (run, sequence);
CREATE TRIGGER IF NOT EXISTS entries_are_never_changed BEFORE UPDATE ON entries BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only: no entry is ever changed');
END;
CREATE TRIGGER IF NOT EXISTS entries_are_never_removed BEFORE DELETE ON entries BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only: no entry is ever removed');
END;
-- Also what INSERT OR REPLACE would do, which asks no DELETE trigger.
CREATE TRIGGER IF NOT EXISTS entries_follow_one_another BEFORE INSERT ON entries
WHEN NEW.sequence IS NOT (SELECT coalesce(max(sequence), 0) + 1 FROM entries)
    OR NEW.previous IS NOT coalesce((SELECT hash FROM entries ORDER BY sequence DESC LIMIT 1), printf('%064d', 0))
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only: an entry follows the newest');
END;
";

const COLUMNS: &str = "sequence, version, run, deployment, at, body, previous, hash";

/// `journal.sqlite` in a data folder, with `journal.head` and `locks/` beside it.
#[derive(Debug)]
pub struct SqliteJournal {
    path: PathBuf,
    connection: Mutex<Connection>,
    /// The device and inode that were opened.
    file: (u64, u64),
    kept: KeptHead,
    locks: Locks,
}

impl SqliteJournal {
    /// Opens the journal of a data folder, and makes it where there is none.
    pub fn open(data: &Path) -> Result<Self, JournalError> {
        let path = data.join("journal.sqlite");
        let not_made = |error: io::Error| JournalError::CannotOpen {
            place: path.display().to_string(),
            why: error.to_string(),
            fix: "name a folder that can be written to with `--data-dir`".to_owned(),
        };
        fs::create_dir_all(data).map_err(not_made)?;
        let locks = Locks::of(data);
        // Two processes that make it at once would meet in the middle of one another's first steps.
        let gate = locks.gate().map_err(not_made)?;
        if !path.try_exists().map_err(not_made)? {
            drop(private(&path).map_err(not_made)?);
            // A new file is durable only once its folder is.
            File::open(data).and_then(|folder| folder.sync_all()).map_err(not_made)?;
        }
        let connection = connect(&path).map_err(|error| trouble::cannot_open(&path, &error))?;
        check_format(&connection, &path)?;
        prepare(&connection).map_err(|error| trouble::cannot_open(&path, &error))?;
        drop(gate);
        let opened = fs::metadata(&path).map_err(not_made)?;
        let kept = KeptHead::of(data);
        let journal =
            Self { path, connection: Mutex::new(connection), file: (opened.dev(), opened.ino()), kept, locks };
        Ok(journal)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // A panic elsewhere leaves no transaction open: each is ended when it goes out of scope.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn not_written(&self, why: impl Into<String>, fix: impl Into<String>) -> JournalError {
        JournalError::NotWritten { place: self.path.display().to_string(), why: why.into(), fix: fix.into() }
    }

    /// SQLite would go on writing into a file that was deleted or put aside, and every entry would be lost.
    fn still_in_place(&self) -> Result<(), JournalError> {
        match fs::metadata(&self.path) {
            Ok(now) if (now.dev(), now.ino()) == self.file => Ok(()),
            Ok(_) => Err(self.not_written(
                "another file was put in its place while it was open",
                "see which of the two is the journal with `lifeboat journal verify`, and start again",
            )),
            Err(error) => Err(self.not_written(error.to_string(), "put the file back where it was, and start again")),
        }
    }

    /// To go on after entries were lost could do twice what they told of, and would bury that they were lost.
    fn not_cut(&self, head: &Head) -> Result<(), JournalError> {
        let Ok(kept) = self.kept.read() else { return Ok(()) };
        let lost = kept.sequence > head.sequence || (kept.sequence == head.sequence && kept.hash != head.hash);
        if !lost {
            return Ok(());
        }
        Err(JournalError::Damaged {
            place: self.path.display().to_string(),
            why: format!(
                "its newest entry is {}, and {} says that entry {} was written",
                head.sequence,
                self.kept.path().display(),
                kept.sequence
            ),
            fix: format!(
                "put the newest journal back; to begin a new one, keep both files as evidence: `mv {} {} ELSEWHERE`",
                self.path.display(),
                self.kept.path().display()
            ),
        })
    }

    fn write(
        &self,
        run: &RunId,
        deployment: &DeploymentName,
        at: Timestamp,
        body: String,
    ) -> Result<Record, JournalError> {
        let trouble = |error: rusqlite::Error| trouble::not_written(&self.path, &error);
        let connection = self.connection();
        // From here on no other process writes.
        let transaction = Transaction::new_unchecked(&connection, TransactionBehavior::Immediate).map_err(trouble)?;
        self.still_in_place()?;
        check_format(&transaction, &self.path)?;
        let head = head(&transaction).map_err(trouble)?;
        self.not_cut(&head)?;
        let record = Record::after(&head, run, deployment, at, body);
        insert(&transaction, &record).map_err(trouble)?;
        transaction.commit().map_err(trouble)?;
        Ok(record)
    }

    fn collect(&self, run: Option<&RunId>, after: u64, at_most: Option<usize>) -> Result<Vec<Record>, Trouble> {
        let connection = self.connection();
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        // A negative limit is none.
        let at_most = at_most.map_or(-1, |most| i64::try_from(most).unwrap_or(i64::MAX));
        let of_run = if run.is_some() { "run = ?1" } else { "?1 IS NULL" };
        let mut statement = connection.prepare(&format!(
            "SELECT {COLUMNS} FROM entries WHERE {of_run} AND sequence > ?2 ORDER BY sequence LIMIT ?3"
        ))?;
        let mut rows = statement.query((run.map(RunId::as_str), after, at_most))?;
        let mut records = Vec::new();
        while let Some(row) = rows.next()? {
            records.push(record(row)?);
        }
        Ok(records)
    }

    fn heads(&self) -> Result<Vec<RunHead>, Trouble> {
        let connection = self.connection();
        // All of one moment, although several questions are asked.
        let moment = Transaction::new_unchecked(&connection, TransactionBehavior::Deferred)?;
        let mut statement = moment.prepare(
            "SELECT min(sequence), max(sequence), count(*) FROM entries INDEXED BY entries_by_run GROUP BY run \
             ORDER BY 1 DESC",
        )?;
        let mut rows = statement.query(())?;
        let mut heads = Vec::new();
        while let Some(row) = rows.next()? {
            let (first, last, count): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let (first, last) = (one(&moment, first)?, one(&moment, last)?);
            if !begins_a_run(&first) {
                continue;
            }
            let stands = newest_standing(&moment, &first.run)?;
            heads.push(run_head(&first, &last, stands.as_ref(), u64::try_from(count).unwrap_or_default())?);
        }
        Ok(heads)
    }

    fn walk(&self) -> Result<Verified, Trouble> {
        // Before the entries: those that are written meanwhile are no longer in it.
        let (kept, no_kept_head) = match self.kept.read() {
            Ok(kept) => (Some(kept), String::new()),
            Err(why) => (None, why),
        };
        let connection = self.connection();
        let mut walk = Walk::new(kept);
        let mut statement =
            connection.prepare(&format!("SELECT {COLUMNS} FROM entries NOT INDEXED ORDER BY sequence"))?;
        let mut rows = statement.query(())?;
        loop {
            let row = match rows.next() {
                Ok(Some(row)) => row,
                Ok(None) => break,
                Err(error) if trouble::is_damage(&error) => {
                    return Err(walk.next_is_unreadable(format!("it cannot be read: {error}")).into());
                }
                Err(error) => return Err(error.into()),
            };
            match record(row) {
                Ok(record) => walk.step(&record)?,
                Err(error) => return Err(walk.next_is_unreadable(format!("it cannot be read: {error}")).into()),
            }
        }
        let whole = integrity(&connection)?;
        if whole != "ok" {
            let why = format!("every entry before is as it was written, but the database is damaged: {whole}");
            return Err(walk.next_is_unreadable(why).into());
        }
        Ok(walk.end(&no_kept_head)?)
    }
}

impl Journal for SqliteJournal {
    fn append(
        &self,
        run: &RunId,
        deployment: &DeploymentName,
        at: Timestamp,
        event: &RunEvent,
    ) -> Result<Entry, JournalError> {
        let event = redacted(event);
        let body = serde_json::to_string(&event).map_err(|error| self.not_written(error.to_string(), "report it"))?;
        let record = self.write(run, deployment, at, body)?;
        // The entry is durable: that its head could not be kept beside it makes it no less so.
        if let Err(error) = self.kept.keep(&Head { sequence: record.sequence, hash: record.hash.clone() }) {
            tracing::warn!(%error, place = %self.kept.path().display(), "the journal's head was not kept beside it");
        }
        Ok(record.with(event, at))
    }

    fn records(&self, run: Option<&RunId>, after: u64) -> Result<Vec<Record>, JournalError> {
        self.collect(run, after, None).map_err(|trouble| trouble.reading(&self.path))
    }

    fn some_records(&self, run: Option<&RunId>, after: u64, at_most: usize) -> Result<Vec<Record>, JournalError> {
        self.collect(run, after, Some(at_most)).map_err(|trouble| trouble.reading(&self.path))
    }

    fn runs(&self, deployment: Option<&DeploymentName>) -> Result<Vec<RunHead>, JournalError> {
        let mut heads = self.heads().map_err(|trouble| trouble.reading(&self.path))?;
        heads.retain(|head| deployment.is_none_or(|deployment| head.deployment == *deployment));
        Ok(heads)
    }

    fn head(&self) -> Result<Head, JournalError> {
        head(&self.connection()).map_err(|error| Trouble::from(error).reading(&self.path))
    }

    fn verify(&self) -> Result<Verified, NotVerified> {
        self.walk().map_err(|trouble| match trouble {
            Trouble::Broken(broken) => NotVerified::Broken(broken),
            other @ (Trouble::Sqlite(_) | Trouble::Journal(_)) => NotVerified::Unreadable(other.reading(&self.path)),
        })
    }

    fn lock(&self, deployment: &DeploymentName, by: &Operator, at: Timestamp) -> Result<Box<dyn Lock>, LockError> {
        self.locks.take(deployment, by, at)
    }

    fn holder(&self, deployment: &DeploymentName) -> Result<Option<(Operator, Timestamp)>, JournalError> {
        self.locks.holder(deployment)
    }
}

fn connect(path: &Path) -> Result<Connection, rusqlite::Error> {
    // No CREATE: the file was made with its owner's rights only. No mutex: the journal has its own.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    Ok(connection)
}

/// Refuses what is not a journal, and a journal that this Lifeboat does not know how to write.
fn check_format(connection: &Connection, path: &Path) -> Result<(), JournalError> {
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let cannot = |error: rusqlite::Error| trouble::cannot_open(path, &error);
    let (id, found) = (number("application_id").map_err(cannot)?, number("user_version").map_err(cannot)?);
    let is_new = id == 0 && found == 0 && tables(connection).map_err(cannot)? == 0;
    if is_new || (id == APPLICATION_ID && found == i64::from(FORMAT_VERSION)) {
        return Ok(());
    }
    let place = path.display().to_string();
    if id != APPLICATION_ID || found < 1 {
        let why = "it is a database, and not one of Lifeboat's".to_owned();
        return Err(JournalError::CannotOpen { place, why, fix: "name another folder with `--data-dir`".to_owned() });
    }
    Err(JournalError::TooNew { place, found, known: FORMAT_VERSION })
}

fn tables(connection: &Connection) -> Result<i64, rusqlite::Error> {
    connection.query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0))
}

fn prepare(connection: &Connection) -> Result<(), rusqlite::Error> {
    // Readers do not hold up the run. Where the file system cannot share memory SQLite stays with its other journal,
    // which is as durable.
    let _mode: String = connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
    // FULL, and the folder as well: without that, a power cut after a commit can bring back the state before it.
    connection.pragma_update(None, "synchronous", "extra")?;
    // On macOS an ordinary fsync leaves the bytes in the drive's cache.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    transaction.execute_batch(TABLES)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", FORMAT_VERSION)?;
    transaction.commit()
}

fn head(connection: &Connection) -> Result<Head, rusqlite::Error> {
    let newest = connection
        .query_row("SELECT sequence, hash FROM entries ORDER BY sequence DESC LIMIT 1", (), |row| {
            Ok(Head { sequence: unsigned(row, 0)?, hash: row.get(1)? })
        })
        .optional()?;
    Ok(newest.unwrap_or_else(Head::none))
}

fn insert(connection: &Connection, record: &Record) -> Result<(), rusqlite::Error> {
    let sequence = i64::try_from(record.sequence).unwrap_or(i64::MAX);
    connection.execute(
        &format!("INSERT INTO entries ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"),
        (
            sequence,
            record.version,
            record.run.as_str(),
            record.deployment.as_str(),
            &record.at,
            &record.body,
            &record.previous,
            &record.hash,
        ),
    )?;
    Ok(())
}

fn record(row: &Row<'_>) -> Result<Record, rusqlite::Error> {
    Ok(Record {
        sequence: unsigned(row, 0)?,
        version: row.get(1)?,
        run: RunId::new(row.get::<_, String>(2)?),
        deployment: row.get::<_, String>(3)?.into(),
        at: row.get(4)?,
        body: row.get(5)?,
        previous: row.get(6)?,
        hash: row.get(7)?,
    })
}

fn unsigned(row: &Row<'_>, column: usize) -> Result<u64, rusqlite::Error> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, number))
}

fn one(connection: &Connection, sequence: i64) -> Result<Record, rusqlite::Error> {
    connection.query_row(&format!("SELECT {COLUMNS} FROM entries WHERE sequence = ?1"), (sequence,), record)
}

/// What the newest entry that says anything of it says of the run's end.
fn newest_standing(connection: &Connection, run: &RunId) -> Result<Option<Standing>, Trouble> {
    let mut statement =
        connection.prepare(&format!("SELECT {COLUMNS} FROM entries WHERE run = ?1 ORDER BY sequence DESC"))?;
    let mut rows = statement.query((run.as_str(),))?;
    while let Some(row) = rows.next()? {
        if let Some(standing) = standing(&record(row)?)? {
            return Ok(Some(standing));
        }
    }
    Ok(None)
}

/// `ok`, or the first thing that is wrong with the database beside its entries.
fn integrity(connection: &Connection) -> Result<String, rusqlite::Error> {
    match connection.query_row("PRAGMA integrity_check(1)", (), |row| row.get(0)) {
        Err(error) if trouble::is_damage(&error) => Ok(error.to_string()),
        other => other,
    }
}
