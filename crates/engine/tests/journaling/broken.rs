//! Whatever is done to the file behind the journal's back is found, and named by the first entry it touches; and what
//! the journal itself is asked to do behind its own back it refuses.

use std::fs;
use std::path::{Path, PathBuf};

use lifeboat_engine::journal::{Broken, Journal, JournalError, NotVerified, SqliteJournal, Tail};
use lifeboat_model::run::{RunId, RunOutcome};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::samples::{at, ended, noted, run, shop, started, write};
use crate::written::on_disk;

/// Five entries of two runs, closed.
fn five() -> (TempDir, PathBuf) {
    let (folder, journal) = on_disk();
    write(&journal, &run("r1"), &[started(), noted("one"), noted("two")]).unwrap();
    write(&journal, &run("r2"), &[started(), ended(RunOutcome::Completed)]).unwrap();
    let path = journal.path().to_owned();
    (folder, path)
}

/// As somebody with a database tool would, who knows how to switch off what is in the way.
fn tamper(path: &Path, sql: &str) {
    let database = Connection::open(path).unwrap();
    let triggers: Vec<(String, String)> = database
        .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
        .unwrap()
        .query_map((), |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(triggers.len(), 3);
    for (name, _) in &triggers {
        database.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
    }
    database.execute_batch(sql).unwrap();
    for (_, sql) in &triggers {
        database.execute_batch(sql).unwrap();
    }
}

fn verify(folder: &TempDir) -> Broken {
    match SqliteJournal::open(folder.path()).unwrap().verify() {
        Err(NotVerified::Broken(broken)) => broken,
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_changed_byte_in_any_column_is_found_and_named() {
    for (column, value) in [
        ("version", "2"),
        ("version", "0"),
        ("run", "'r9'"),
        ("deployment", "'shoq'"),
        ("at", "'2026-03-01T10:00:01.26Z'"),
        ("body", "replace(body, 'one', 'onf')"),
        ("body", "body || ' '"),
        ("previous", "replace(previous, substr(previous, 1, 1), 'x')"),
        ("hash", "upper(hash)"),
        ("hash", "replace(hash, substr(hash, 1, 1), 'x')"),
    ] {
        let (folder, path) = five();
        tamper(&path, &format!("UPDATE entries SET {column} = {value} WHERE sequence = 2"));
        let broken = verify(&folder);
        assert_eq!(broken.sequence, 2, "{column} = {value}: {broken}");
        assert!(broken.run.is_some(), "{broken}");
    }
}

#[test]
fn every_byte_of_every_entry_is_part_of_the_chain() {
    let (_folder, journal) = on_disk();
    write(&journal, &run("r1"), &[started(), noted("one"), noted("two"), ended(RunOutcome::Completed)]).unwrap();
    let bodies: Vec<String> = journal.records(None, 0).unwrap().into_iter().map(|record| record.body).collect();
    let database = Connection::open(journal.path()).unwrap();
    database.execute_batch("PRAGMA synchronous = off; DROP TRIGGER entries_are_never_changed").unwrap();
    let put = |sequence: u64, body: &str| {
        let sequence = i64::try_from(sequence).unwrap();
        database.execute("UPDATE entries SET body = ?1 WHERE sequence = ?2", (body, sequence)).unwrap();
    };
    for (sequence, body) in (1_u64..).zip(&bodies) {
        // Every byte of the short ones, some of the long one.
        for place in (0..body.len()).step_by(body.len().div_ceil(200)) {
            let mut bytes = body.clone().into_bytes();
            bytes[place] ^= 1;
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            put(sequence, &changed);
            match journal.verify() {
                Err(NotVerified::Broken(broken)) => assert_eq!(broken.sequence, sequence, "byte {place}"),
                other => panic!("byte {place} of entry {sequence}: {other:?}"),
            }
        }
        put(sequence, body);
    }
    assert!(journal.verify().is_ok(), "put back as it was, it is whole again");
}

#[test]
fn a_removed_entry_is_missed() {
    for (sequence, run) in [(1, None), (3, None), (4, None)] {
        let (folder, path) = five();
        tamper(&path, &format!("DELETE FROM entries WHERE sequence = {sequence}"));
        let broken = verify(&folder);
        assert_eq!((broken.sequence, &broken.run), (sequence, &run), "{broken}");
        assert!(broken.to_string().contains("missing"), "{broken}");
    }
}

#[test]
fn closing_the_gap_does_not_hide_it() {
    let (folder, path) = five();
    tamper(
        &path,
        "DELETE FROM entries WHERE sequence = 2; UPDATE entries SET sequence = sequence - 1 WHERE sequence > 2",
    );
    assert_eq!(verify(&folder).sequence, 2);
}

#[test]
fn swapped_entries_are_found() {
    let (folder, path) = five();
    tamper(
        &path,
        "UPDATE entries SET sequence = 99 WHERE sequence = 2; UPDATE entries SET sequence = 2 WHERE sequence = 3;
         UPDATE entries SET sequence = 3 WHERE sequence = 99",
    );
    assert_eq!(verify(&folder).sequence, 2);
    // Also with their links put right by hand: the sequence is part of the hash.
    tamper(
        &path,
        "UPDATE entries SET previous = (SELECT hash FROM entries WHERE sequence = 1) WHERE sequence = 2;
         UPDATE entries SET previous = (SELECT hash FROM entries WHERE sequence = 2) WHERE sequence = 3",
    );
    assert_eq!(verify(&folder).sequence, 2);
}

#[test]
fn an_entry_that_somebody_else_put_there_is_found() {
    for (sequence, body) in [(6, r#"{"event":"noted"}"#), (0, r#"{"event":"noted"}"#), (-1, "")] {
        let (folder, path) = five();
        tamper(
            &path,
            &format!(
                "INSERT INTO entries SELECT {sequence}, 1, 'r2', 'shop', at, '{body}', hash, hash FROM entries \
                 WHERE sequence = 5"
            ),
        );
        let broken = verify(&folder);
        assert_eq!(broken.sequence, u64::try_from(sequence).unwrap_or(1), "{broken}");
    }
}

#[test]
fn a_cut_tail_is_missed_and_nothing_is_written_after_it() {
    for cut in [4, 5] {
        let (folder, path) = five();
        tamper(&path, &format!("DELETE FROM entries WHERE sequence >= {cut}"));
        let broken = verify(&folder);
        assert_eq!((broken.sequence, &broken.run), (cut, &None), "{broken}");
        assert!(broken.to_string().contains("there were 5 entries"), "{broken}");
        let journal = SqliteJournal::open(folder.path()).unwrap();
        let error = journal.append(&run("r1"), &shop(), at(9), &noted("on")).unwrap_err();
        assert!(matches!(error, JournalError::Damaged { .. }), "{error}");
        assert!(error.to_string().contains("journal.head says that entry 5 was written"), "{error}");
        assert_eq!(journal.head().unwrap().sequence, cut - 1);
    }
}

#[test]
fn a_journal_that_was_deleted_is_missed() {
    for leave_an_empty_file in [true, false] {
        let (folder, path) = five();
        fs::remove_file(&path).unwrap();
        if leave_an_empty_file {
            fs::write(&path, "").unwrap();
        }
        let broken = verify(&folder);
        assert_eq!(broken.sequence, 1, "{broken}");
        let journal = SqliteJournal::open(folder.path()).unwrap();
        assert!(matches!(journal.append(&run("r1"), &shop(), at(9), &started()), Err(JournalError::Damaged { .. })));
    }
}

#[test]
fn another_journal_in_its_place_is_found() {
    let (folder, path) = five();
    let (_other_folder, other) = on_disk();
    for _ in 0..7 {
        other.append(&RunId::new("other"), &shop(), at(0), &started()).unwrap();
    }
    let other_path = other.path().to_owned();
    drop(other);
    fs::copy(other_path, &path).unwrap();
    let broken = verify(&folder);
    assert_eq!(broken.sequence, 5, "{broken}");
    assert!(broken.to_string().contains("not the same journal"), "{broken}");
}

#[test]
fn without_the_kept_head_it_is_said_that_the_tail_is_not_attested() {
    let (folder, _) = five();
    for content in [None, Some("nonsense"), Some("5 short\n")] {
        let head = folder.path().join("journal.head");
        match content {
            None => fs::remove_file(&head).unwrap(),
            Some(text) => fs::write(&head, text).unwrap(),
        }
        let verified = SqliteJournal::open(folder.path()).unwrap().verify().unwrap();
        assert!(matches!(&verified.tail, Tail::Unattested { why } if why.contains("journal.head")), "{verified:?}");
    }
    // The next entry attests again.
    let journal = SqliteJournal::open(folder.path()).unwrap();
    journal.append(&run("r3"), &shop(), at(0), &started()).unwrap();
    assert_eq!(journal.verify().unwrap().tail, Tail::Attested { sequence: 6 });
}

#[test]
fn a_kept_head_that_lags_behind_is_no_accusation() {
    let (folder, _) = five();
    let path = folder.path().join("journal.head");
    let older = fs::read_to_string(&path).unwrap();
    let journal = SqliteJournal::open(folder.path()).unwrap();
    journal.append(&run("r3"), &shop(), at(0), &started()).unwrap();
    // As when the process died between the entry and its head.
    fs::write(&path, older).unwrap();
    assert_eq!(journal.verify().unwrap().tail, Tail::Attested { sequence: 5 });
    assert!(journal.append(&run("r3"), &shop(), at(1), &noted("on")).is_ok());
}

#[test]
fn a_damaged_index_that_would_hide_entries_is_found() {
    let (folder, path) = five();
    tamper(
        &path,
        "PRAGMA writable_schema = on;
         UPDATE sqlite_schema SET sql = 'CREATE INDEX entries_by_run ON entries (deployment, sequence)' \
         WHERE name = 'entries_by_run';",
    );
    let broken = verify(&folder);
    assert_eq!(broken.sequence, 6, "{broken}");
    assert!(broken.to_string().contains("every entry before is as it was written"), "{broken}");
}

#[test]
fn a_page_of_noise_is_damage_with_a_place_and_a_way_out_and_never_a_panic() {
    let (folder, path) = five();
    let whole = fs::read(&path).unwrap();
    assert!(whole.len() >= 4 * 4096, "{}", whole.len());
    for page in 0..whole.len() / 4096 {
        for noise in [0x00, 0xff, 0x5a] {
            let mut bytes = whole.clone();
            bytes[page * 4096..(page + 1) * 4096].fill(noise);
            fs::write(&path, &bytes).unwrap();
            let told = match SqliteJournal::open(folder.path()) {
                Err(error) => error.to_string(),
                Ok(journal) => {
                    let asked = [
                        journal.records(None, 0).err().map(|error| error.to_string()),
                        journal.runs(None).err().map(|error| error.to_string()),
                        journal.head().err().map(|error| error.to_string()),
                        journal.verify().err().map(|error| error.to_string()),
                    ];
                    asked.into_iter().flatten().collect::<Vec<_>>().join("\n")
                }
            };
            let place = path.display().to_string();
            let named = told.contains(&place) || told.contains("the journal is broken at entry");
            assert!(named, "page {page} of {noise:#x}: {told:?}");
        }
    }
    fs::write(&path, &whole).unwrap();
    assert_eq!(SqliteJournal::open(folder.path()).unwrap().verify().unwrap().entries, 5);
}

#[test]
fn the_database_itself_refuses_what_is_not_an_append() {
    let (_folder, path) = five();
    let database = Connection::open(&path).unwrap();
    let row = "SELECT sequence, version, run, deployment, at, body, previous, hash FROM entries WHERE sequence = 5";
    for sql in [
        "UPDATE entries SET body = 'x' WHERE sequence = 2",
        "DELETE FROM entries WHERE sequence = 5",
        "DELETE FROM entries",
        &format!("INSERT OR REPLACE INTO entries {row}"),
        &format!("INSERT INTO entries SELECT 7, version, run, deployment, at, body, hash, hash FROM ({row})"),
        &format!("INSERT INTO entries SELECT 6, version, run, deployment, at, body, previous, hash FROM ({row})"),
        &format!("INSERT INTO entries SELECT NULL, version, run, deployment, at, body, hash, hash FROM ({row})"),
    ] {
        let refused = database.execute(sql, ()).unwrap_err().to_string();
        assert!(refused.contains("the journal is append-only"), "{sql}: {refused}");
    }
}

#[test]
fn a_format_from_the_future_is_refused_with_the_way_out() {
    let (folder, path) = five();
    let open = SqliteJournal::open(folder.path()).unwrap();
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 2).unwrap();
    let error = SqliteJournal::open(folder.path()).unwrap_err();
    assert!(matches!(error, JournalError::TooNew { found: 2, known: 1, .. }), "{error}");
    assert!(error.to_string().contains("use the Lifeboat that wrote it, or a newer one"), "{error}");
    // Also by who had opened it before.
    let error = open.append(&run("r1"), &shop(), at(9), &noted("on")).unwrap_err();
    assert!(matches!(error, JournalError::TooNew { .. }), "{error}");
}

#[test]
fn another_programs_database_is_left_alone() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("journal.sqlite");
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE mine (a)").unwrap();
    let before = fs::read(&path).unwrap();
    let error = SqliteJournal::open(folder.path()).unwrap_err();
    assert!(matches!(&error, JournalError::CannotOpen { .. }), "{error}");
    assert!(error.to_string().contains("not one of Lifeboat's"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);

    fs::write(&path, "this is a text, and rather a long one, so that it is no empty database ".repeat(10)).unwrap();
    let error = SqliteJournal::open(folder.path()).unwrap_err();
    assert!(matches!(error, JournalError::Damaged { .. }), "{error}");
}

#[test]
fn a_place_where_nothing_can_be_written_is_named() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = SqliteJournal::open(&file.join("data")).unwrap_err().to_string();
    assert!(error.contains("file/data/journal.sqlite") && error.contains("--data-dir"), "{error}");

    fs::create_dir(folder.path().join("journal.sqlite")).unwrap();
    let error = SqliteJournal::open(folder.path()).unwrap_err().to_string();
    assert!(error.contains("journal.sqlite"), "{error}");
}

#[test]
fn nothing_is_written_into_a_file_that_is_no_longer_the_journal() {
    let (folder, journal) = on_disk();
    write(&journal, &run("r1"), &[started()]).unwrap();
    let path = journal.path().to_owned();
    let aside = folder.path().join("aside");
    fs::rename(&path, &aside).unwrap();
    let error = journal.append(&run("r1"), &shop(), at(1), &noted("lost")).unwrap_err();
    assert!(matches!(error, JournalError::NotWritten { .. }), "{error}");
    fs::copy(&aside, &path).unwrap();
    let error = journal.append(&run("r1"), &shop(), at(1), &noted("lost")).unwrap_err();
    assert!(error.to_string().contains("another file was put in its place"), "{error}");
    fs::rename(&aside, &path).unwrap();
    journal.append(&run("r1"), &shop(), at(1), &noted("kept")).unwrap();
    assert_eq!(journal.verify().unwrap().entries, 2);
}

#[test]
fn only_its_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, journal) = on_disk();
    write(&journal, &run("r1"), &[started()]).unwrap();
    for file in fs::read_dir(folder.path()).unwrap().map(Result::unwrap) {
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        if file.file_type().unwrap().is_file() {
            assert_eq!(mode, 0o600, "{}", file.path().display());
        }
    }
}
