//! One run a deployment, and everybody can see whose.

use std::fs;

use lifeboat_engine::journal::{Journal, LockError, MemoryJournal, SqliteJournal};
use lifeboat_model::id::DeploymentName;

use crate::samples::{ann, at, ben, shop};
use crate::written::on_disk;

fn both(proof: impl Fn(&dyn Journal)) {
    proof(&MemoryJournal::new());
    let (_folder, journal) = on_disk();
    proof(&journal);
}

#[test]
fn a_deployment_is_locked_by_one_and_others_are_told_by_whom() {
    both(|journal| {
        assert_eq!(journal.holder(&shop()).unwrap(), None);
        let lock = journal.lock(&shop(), &ann(), at(1)).unwrap();
        assert_eq!(*lock.deployment(), shop());
        assert!(lock.is_held());
        assert_eq!(journal.holder(&shop()).unwrap(), Some((ann(), at(1))));
        let refused = journal.lock(&shop(), &ben(), at(2)).unwrap_err();
        assert_eq!(refused, LockError::Held { by: ann(), since: at(1) });
        assert!(refused.to_string().contains("ann on bridge (process 4711)"), "{refused}");
        drop(lock);
        assert_eq!(journal.holder(&shop()).unwrap(), None);
        let lock = journal.lock(&shop(), &ben(), at(3)).unwrap();
        assert_eq!(journal.holder(&shop()).unwrap(), Some((ben(), at(3))));
        drop(lock);
    });
}

#[test]
fn other_deployments_are_not_in_the_way() {
    both(|journal| {
        let _shop = journal.lock(&shop(), &ann(), at(1)).unwrap();
        let _pay = journal.lock(&"pay".into(), &ben(), at(1)).unwrap();
        assert_eq!(journal.holder(&"pay".into()).unwrap().map(|(by, _)| by), Some(ben()));
    });
}

#[test]
fn who_looks_is_never_taken_for_a_holder() {
    let (folder, journal) = on_disk();
    drop(journal.lock(&shop(), &ann(), at(0)).unwrap());
    let looking = std::thread::scope(|scope| {
        let lookers: Vec<_> = (0..2)
            .map(|_| {
                let journal = SqliteJournal::open(folder.path()).unwrap();
                scope.spawn(move || (0..300).filter(|_| journal.holder(&shop()).unwrap().is_some()).count())
            })
            .collect();
        for turn in 0..300 {
            // Nobody else takes it: it must be free each time.
            let lock = journal.lock(&shop(), &ben(), at(turn)).unwrap();
            drop(lock);
        }
        lookers.into_iter().map(|looker| looker.join().unwrap()).sum::<usize>()
    });
    assert!(looking <= 600);
}

#[test]
fn what_stands_in_a_lock_that_nobody_holds_is_nobody() {
    let (folder, journal) = on_disk();
    drop(journal.lock(&shop(), &ann(), at(0)).unwrap());
    let text = fs::read_to_string(folder.path().join("locks/shop.lock")).unwrap();
    assert!(text.contains("\"user\":\"ann\""), "{text}");
    assert_eq!(journal.holder(&shop()).unwrap(), None);
}

#[test]
fn a_lock_whose_text_was_lost_still_is_one() {
    let (folder, journal) = on_disk();
    let _lock = journal.lock(&shop(), &ann(), at(0)).unwrap();
    fs::write(folder.path().join("locks/shop.lock"), "?").unwrap();
    let (by, _) = journal.holder(&shop()).unwrap().unwrap();
    assert_eq!((by.user.as_str(), by.host.as_str()), ("unknown", "unknown"));
    assert!(matches!(journal.lock(&shop(), &ben(), at(1)), Err(LockError::Held { .. })));
}

#[test]
fn a_lock_whose_file_was_taken_away_says_so() {
    let (folder, journal) = on_disk();
    let lock = journal.lock(&shop(), &ann(), at(0)).unwrap();
    fs::remove_file(folder.path().join("locks/shop.lock")).unwrap();
    assert!(!lock.is_held());
    let _other = journal.lock(&shop(), &ben(), at(1)).unwrap();
    assert!(!lock.is_held());
}

#[test]
fn no_deployments_name_leads_out_of_the_folder_or_to_anothers_lock() {
    let (folder, journal) = on_disk();
    let names = ["../../out", ".gate", "", "a/b", "a%2fb", "Shop", "shop", "s h", "läden", "x.lock", "..\\x"];
    let _locks: Vec<_> =
        names.iter().map(|name| journal.lock(&DeploymentName::from(*name), &ann(), at(0)).unwrap()).collect();
    let files: Vec<_> = fs::read_dir(folder.path().join("locks")).unwrap().collect();
    assert_eq!(files.len(), names.len() + 1, "one each, and the gate: {files:?}");
    assert!(!folder.path().parent().unwrap().join("out.lock").exists());
}

#[test]
fn looking_makes_no_files() {
    let (folder, journal) = on_disk();
    assert_eq!(journal.holder(&shop()).unwrap(), None);
    assert!(!folder.path().join("locks/shop.lock").exists());
}

#[test]
fn a_dead_process_in_memory_gives_its_locks_back() {
    let journal = MemoryJournal::new();
    let dead = journal.lock(&shop(), &ann(), at(0)).unwrap();
    journal.revive();
    assert!(!dead.is_held());
    let _lock = journal.lock(&shop(), &ben(), at(1)).unwrap();
    drop(dead);
    assert_eq!(journal.holder(&shop()).unwrap(), Some((ben(), at(1))), "the dead cannot give back another's");
}
