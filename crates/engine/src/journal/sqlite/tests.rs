//! What only the inside can show: how durable a write is, and what a full disk leaves.

use lifeboat_model::run::RunEvent;
use tempfile::TempDir;

use super::*;

fn operator() -> Operator {
    Operator { arn: None, user: "ann".to_owned(), host: "bridge".to_owned(), process: 1 }
}

fn append(journal: &SqliteJournal, text: &str) -> Result<Entry, JournalError> {
    let noted = RunEvent::Noted { text: text.to_owned(), by: operator() };
    journal.append(&RunId::new("r1"), &"shop".into(), Timestamp::UNIX_EPOCH, &noted)
}

#[test]
fn every_append_is_on_the_disk_when_it_returns() {
    let folder = TempDir::new().unwrap();
    let journal = SqliteJournal::open(folder.path()).unwrap();
    append(&journal, "one").unwrap();
    let connection = journal.connection();
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
    // EXTRA: each commit is synchronised, and the folder as well.
    assert_eq!(number("synchronous"), 3);
    assert_eq!(number("fullfsync"), 1);
    assert_eq!(number("checkpoint_fullfsync"), 1);
    let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
    assert_eq!((number("application_id"), number("user_version")), (APPLICATION_ID, i64::from(FORMAT_VERSION)));
}

#[test]
fn a_full_disk_is_said_and_nothing_of_the_entry_stays() {
    let folder = TempDir::new().unwrap();
    let journal = SqliteJournal::open(folder.path()).unwrap();
    append(&journal, "one").unwrap();
    let pages: i64 = journal.connection().pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    journal.connection().pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
    let error = append(&journal, &"x".repeat(100_000)).unwrap_err();
    assert!(matches!(&error, JournalError::NotWritten { why, .. } if why == "the disk is full"), "{error}");
    assert!(error.to_string().contains("make room on the volume of"), "{error}");
    assert_eq!(journal.verify().unwrap().entries, 1);
    // With room again the same journal goes on.
    journal.connection().pragma_update_and_check(None, "max_page_count", 1_000_000, |_| Ok(())).unwrap();
    assert_eq!(append(&journal, &"x".repeat(100_000)).unwrap().sequence, 2);
    assert_eq!(journal.verify().unwrap().entries, 2);
}

#[test]
fn a_journal_that_others_hold_for_too_long_is_an_error_that_says_so() {
    let folder = TempDir::new().unwrap();
    let journal = SqliteJournal::open(folder.path()).unwrap();
    journal.connection().busy_timeout(Duration::ZERO).unwrap();
    let other = Connection::open(journal.path()).unwrap();
    let held = Transaction::new_unchecked(&other, TransactionBehavior::Immediate).unwrap();
    let error = append(&journal, "one").unwrap_err();
    assert!(matches!(error, JournalError::NotWritten { .. }), "{error}");
    let told = error.to_string();
    assert!(told.contains("another process has been writing to it") && told.contains("fuser "), "{told}");
    // Readers are in nobody's way, nor anybody in theirs.
    assert_eq!(journal.head().unwrap().sequence, 0);
    drop(held);
    assert_eq!(append(&journal, "one").unwrap().sequence, 1);
}
