//! A process in a simulation dies at the entry it is told to, on the side of durability it is told to.

use lifeboat_engine::journal::{Dies, Journal, JournalError, MemoryJournal};

use crate::samples::{at, eventful, noted, run, shop, write};

#[test]
fn what_was_not_durable_is_lost_and_what_was_is_kept() {
    let events = eventful();
    for sequence in 1..=u64::try_from(events.len()).unwrap() {
        for (dies, kept) in [(Dies::BeforeDurable, sequence - 1), (Dies::AfterDurable, sequence)] {
            let journal = MemoryJournal::new();
            journal.dies_at(sequence, dies);
            assert_eq!(write(&journal, &run("r1"), &events), Err(JournalError::Died { sequence }));
            assert!(journal.is_dead());
            assert_eq!(journal.head().unwrap().sequence, kept);
            // The dead write nothing.
            assert!(journal.append(&run("r1"), &shop(), at(99), &noted("a ghost")).is_err());
            assert_eq!(journal.head().unwrap().sequence, kept);

            journal.revive();
            assert!(!journal.is_dead());
            let next = journal.append(&run("r1"), &shop(), at(99), &noted("alive")).unwrap();
            assert_eq!(next.sequence, kept + 1);
            assert_eq!(journal.verify().unwrap().entries, kept + 1);
        }
    }
}

#[test]
fn a_journal_that_is_not_asked_to_die_does_not() {
    let journal = MemoryJournal::new();
    journal.dies_at(100, Dies::BeforeDurable);
    assert_eq!(write(&journal, &run("r1"), &eventful()).unwrap().len(), 19);
    assert!(!journal.is_dead());
}
