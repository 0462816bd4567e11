//! Several writers, dying writers, and a disk that refuses. Other processes are this test binary again, started on its
//! ignored `as_a_process_of_its_own…` tests in the journal's folder.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use lifeboat_engine::journal::{Journal, LockError, SqliteJournal};
use rusqlite::{Connection, TransactionBehavior};
use tempfile::TempDir;

use crate::samples::{ann, at, ben, noted, run, shop, started};
use crate::written::on_disk;

const EACH: u64 = 40;

fn append_some(journal: &SqliteJournal, name: &str) {
    journal.append(&run(name), &name.into(), at(0), &started()).unwrap();
    for second in 1..EACH {
        journal.append(&run(name), &name.into(), at(i64::try_from(second).unwrap()), &noted(name)).unwrap();
    }
}

fn assert_whole(folder: &Path, writers: u64) {
    let journal = SqliteJournal::open(folder).unwrap();
    assert_eq!(journal.verify().unwrap().entries, writers * EACH);
    let heads = journal.runs(None).unwrap();
    assert_eq!(u64::try_from(heads.len()).unwrap(), writers);
    assert!(heads.iter().all(|head| head.entries == EACH), "{heads:?}");
}

#[test]
fn threads_write_one_chain() {
    let (folder, shared) = on_disk();
    std::thread::scope(|scope| {
        for name in ["a", "b"] {
            let shared = &shared;
            scope.spawn(move || append_some(shared, name));
        }
        for name in ["c", "d"] {
            let own = SqliteJournal::open(folder.path()).unwrap();
            scope.spawn(move || append_some(&own, name));
        }
    });
    assert_whole(folder.path(), 4);
}

#[test]
#[ignore = "started by other tests, as a process of its own"]
fn as_a_process_of_its_own_it_appends_some() {
    let journal = SqliteJournal::open(Path::new(".")).unwrap();
    append_some(&journal, &format!("process-{}", std::process::id()));
}

#[test]
#[ignore = "started by other tests, as a process of its own"]
fn as_a_process_of_its_own_it_appends_until_it_dies() {
    let journal = SqliteJournal::open(Path::new(".")).unwrap();
    journal.append(&run("endless"), &shop(), at(0), &started()).unwrap();
    for second in 1.. {
        match journal.append(&run("endless"), &shop(), at(second), &noted(&"x".repeat(500))) {
            Ok(entry) => println!("\ndurable {}", entry.sequence),
            Err(error) => {
                println!("\nrefused {error}");
                return;
            }
        }
    }
}

#[test]
#[ignore = "started by other tests, as a process of its own"]
fn as_a_process_of_its_own_it_holds_the_lock_until_it_dies() {
    let journal = SqliteJournal::open(Path::new(".")).unwrap();
    let _lock = journal.lock(&shop(), &ann(), at(7)).unwrap();
    println!("\nheld");
    // Until the other side is gone.
    let mut nothing = String::new();
    std::io::stdin().read_to_string(&mut nothing).unwrap();
}

fn arguments(name: &str) -> [String; 4] {
    let name = format!("processes::{name}");
    [name, "--exact".to_owned(), "--ignored".to_owned(), "--nocapture".to_owned()]
}

fn process(folder: &TempDir, name: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(arguments(name))
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Its lines, until it ends.
fn lines(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap)
}

#[test]
fn processes_write_one_chain() {
    let folder = TempDir::new().unwrap();
    // They also make the journal, all at once.
    let children: Vec<Child> = (0..3).map(|_| process(&folder, "as_a_process_of_its_own_it_appends_some")).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    assert_whole(folder.path(), 3);
}

#[test]
fn what_was_durable_when_a_process_was_killed_is_there() {
    let folder = TempDir::new().unwrap();
    for round in 1..=3 {
        let mut child = process(&folder, "as_a_process_of_its_own_it_appends_until_it_dies");
        let mut lines = lines(&mut child);
        let durable = |line: &String| line.strip_prefix("durable ").and_then(|text| text.parse::<u64>().ok());
        let some = lines.by_ref().filter_map(|line| durable(&line)).nth(20 * round).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        let last = lines.filter_map(|line| durable(&line)).last().unwrap_or(some);
        let journal = SqliteJournal::open(folder.path()).unwrap();
        let entries = journal.verify().unwrap().entries;
        assert!(entries >= last, "{entries} are there, and {last} was durable");
    }
}

#[test]
fn the_kernel_gives_back_the_lock_of_a_killed_process() {
    let folder = TempDir::new().unwrap();
    let mut child = process(&folder, "as_a_process_of_its_own_it_holds_the_lock_until_it_dies");
    let mut lines = lines(&mut child);
    assert!(lines.any(|line| line == "held"));
    let journal = SqliteJournal::open(folder.path()).unwrap();
    assert_eq!(journal.holder(&shop()).unwrap(), Some((ann(), at(7))));
    assert_eq!(journal.lock(&shop(), &ben(), at(8)).unwrap_err(), LockError::Held { by: ann(), since: at(7) });
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(journal.holder(&shop()).unwrap(), None);
    let lock = journal.lock(&shop(), &ben(), at(9)).unwrap();
    assert!(lock.is_held());
}

#[test]
fn when_the_disk_refuses_it_is_said_and_nothing_before_is_lost() {
    let folder = TempDir::new().unwrap();
    // No file may grow beyond 100 blocks of 512 bytes, and writing more is an error rather than a signal.
    let limited = r#"trap '' XFSZ; ulimit -f 100; exec "$0" "$@""#;
    let output = Command::new("sh")
        .args(["-c", limited])
        .arg(std::env::current_exe().unwrap())
        .args(arguments("as_a_process_of_its_own_it_appends_until_it_dies"))
        .current_dir(folder.path())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "it ends by itself, without a panic: {told}");
    let refused = told.lines().find(|line| line.starts_with("refused")).unwrap_or_else(|| panic!("{told}"));
    assert!(refused.contains("the entry was not written to the journal ./journal.sqlite"), "{refused}");
    assert!(refused.contains("room left on the volume") || refused.contains("make room"), "{refused}");
    let durable = told.lines().filter_map(|line| line.strip_prefix("durable ")).next_back().unwrap();
    let journal = SqliteJournal::open(folder.path()).unwrap();
    assert_eq!(journal.verify().unwrap().entries.to_string(), durable, "what was refused is not there");
    // With room again it goes on.
    journal.append(&run("endless"), &shop(), at(0), &noted("room")).unwrap();
    assert!(journal.verify().is_ok());
}

#[test]
fn a_journal_that_others_hold_is_waited_for() {
    let (_folder, journal) = on_disk();
    let mut other = Connection::open(journal.path()).unwrap();
    let held = other.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    let (begun, has_begun) = std::sync::mpsc::sync_channel(0);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            begun.send(()).unwrap();
            journal.append(&run("r1"), &shop(), at(0), &started())
        });
        has_begun.recv().unwrap();
        held.rollback().unwrap();
        assert_eq!(writer.join().unwrap().unwrap().sequence, 1);
    });
}
