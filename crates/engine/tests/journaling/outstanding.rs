//! What is still to be put back of a run, and what its line in the list says of it.

use lifeboat_engine::journal::{Journal, MemoryJournal, SqliteJournal, outstanding};
use lifeboat_model::run::{LedgerItem, Measured, RunEvent, RunOutcome};
use lifeboat_model::time::Duration;

use crate::samples::{at, ended, plan, run, shop, started, step_id};

/// On both kinds of journal.
fn both(proof: impl Fn(&dyn Journal)) {
    let folder = tempfile::tempdir().unwrap();
    proof(&MemoryJournal::new());
    proof(&SqliteJournal::open(folder.path()).unwrap());
}

fn item(step: &str) -> LedgerItem {
    LedgerItem { step: step_id(step), what: format!("{step} is muted"), restore: Vec::new() }
}

fn tell(journal: &dyn Journal, id: &str, events: &[RunEvent]) {
    for (second, event) in (0..).zip(events) {
        journal.append(&run(id), &shop(), at(second), event).unwrap();
    }
}

#[test]
fn what_was_opened_and_neither_closed_nor_undone_is_outstanding_since_it_was_opened() {
    both(|journal| {
        let opened = |step| RunEvent::LedgerOpened { item: item(step) };
        let kept = RunEvent::LedgerKept { step: step_id("b"), reason: "us-east-1 does not answer".to_owned() };
        let end = RunEvent::RunEnded {
            outcome: RunOutcome::Completed,
            reason: None,
            measured: Measured { rto: Some(Duration::from_secs(32)), ..Measured::default() },
            truth: None,
            ledger: vec![item("b")],
        };
        let closed = RunEvent::LedgerClosed { step: step_id("a") };
        tell(journal, "kept", &[started(), opened("a"), opened("b"), closed, kept, end]);
        tell(journal, "open", &[started(), opened("c")]);
        tell(journal, "clean", &[started(), ended(RunOutcome::Completed)]);
        let heads = journal.runs(Some(&shop())).unwrap();
        let of = |id: &str| heads.iter().find(|head| head.id == run(id)).unwrap();
        let left = |id| outstanding(journal, of(id)).unwrap();
        let [one] = &left("kept")[..] else { panic!("{:?}", left("kept")) };
        assert_eq!((&one.item, one.since, one.kept.as_deref()), (&item("b"), at(2), Some("us-east-1 does not answer")));
        let [one] = &left("open")[..] else { panic!("{:?}", left("open")) };
        assert_eq!((&one.item, one.since, &one.kept), (&item("c"), at(1), &None));
        assert_eq!(left("clean"), []);
        assert_eq!((of("kept").left, of("open").left, of("clean").left), (1, 0, 0));
        assert_eq!(of("kept").measured.as_ref().unwrap().rto, Some(Duration::from_secs(32)));
        assert_eq!(of("open").measured, None);
        assert_eq!(of("kept").objectives, plan().objectives);
    });
}

#[test]
fn a_long_journal_is_read_in_parts() {
    both(|journal| {
        tell(journal, "one", &[started(), ended(RunOutcome::Failed)]);
        tell(journal, "other", &[started(), ended(RunOutcome::Failed)]);
        let sequences = |id: Option<&str>, after, at_most| -> Vec<u64> {
            let id = id.map(run);
            let records = journal.some_records(id.as_ref(), after, at_most).unwrap();
            records.iter().map(|record| record.sequence).collect()
        };
        assert_eq!(sequences(None, 0, 3), [1, 2, 3]);
        assert_eq!(sequences(None, 3, 3), [4]);
        assert_eq!(sequences(Some("other"), 0, 1), [3]);
        assert!(sequences(Some("other"), 4, 1).is_empty());
        assert!(sequences(None, 0, 0).is_empty());
    });
}
