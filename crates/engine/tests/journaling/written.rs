//! What is written is there as it was said, in every kind of journal.

use std::process::Command;

use lifeboat_engine::journal::{Journal, JournalError, MemoryJournal, SqliteJournal, Tail, history};
use lifeboat_model::call::Receipt;
use lifeboat_model::plan::Plan;
use lifeboat_model::port::Reality;
use lifeboat_model::run::{RunEvent, RunOutcome, RunState, StepOutcome};
use lifeboat_model::runbook::{Mode, PROVISION};
use lifeboat_model::time::Duration;
use proptest::prelude::*;
use tempfile::TempDir;

use crate::samples::{ann, at, ended, eventful, failure, noted, plan, run, shop, started, step_id, write};

pub(crate) fn on_disk() -> (TempDir, SqliteJournal) {
    let folder = TempDir::new().unwrap();
    let journal = SqliteJournal::open(folder.path()).unwrap();
    (folder, journal)
}

fn both(proof: impl Fn(&dyn Journal)) {
    proof(&MemoryJournal::new());
    let (_folder, journal) = on_disk();
    proof(&journal);
}

#[test]
fn what_append_gives_is_what_is_read_back() {
    both(|journal| {
        let given = write(journal, &run("r1"), &eventful()).unwrap();
        assert_eq!(journal.entries(&run("r1")).unwrap(), given);
        assert_eq!(given.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), (1..=19).collect::<Vec<_>>());
        assert_eq!(given[0].previous, "0".repeat(64));
        assert!(given.windows(2).all(|two| two[1].previous == two[0].hash));
        assert_eq!(journal.head().unwrap().hash, given[18].hash);
    });
}

#[test]
fn a_run_goes_on_from_what_was_written() {
    both(|journal| {
        write(journal, &run("r1"), &eventful()).unwrap();
        let entries = journal.entries(&run("r1")).unwrap();
        let state = RunState::of(&entries).unwrap();
        // To the last argument: what was approved is what is carried out.
        assert_eq!(state.plan, plan());
        assert_eq!(state.plan.hash(), state.hash);
        assert_eq!(state.hash, plan().hash());
    });
}

#[test]
fn a_journal_that_is_opened_again_goes_on_where_it_was() {
    let (folder, journal) = on_disk();
    write(&journal, &run("r1"), &eventful()).unwrap();
    let head = journal.head().unwrap();
    drop(journal);
    let journal = SqliteJournal::open(folder.path()).unwrap();
    assert_eq!(journal.head().unwrap(), head);
    let next = journal.append(&run("r2"), &shop(), at(0), &started()).unwrap();
    assert_eq!((next.sequence, next.previous), (20, head.hash));
}

#[test]
fn both_journals_chain_alike() {
    let memory = MemoryJournal::new();
    let (_folder, disk) = on_disk();
    write(&memory, &run("r1"), &eventful()).unwrap();
    write(&disk, &run("r1"), &eventful()).unwrap();
    assert_eq!(memory.records(None, 0).unwrap(), disk.records(None, 0).unwrap());
    assert_eq!(memory.verify().unwrap(), disk.verify().unwrap());
}

#[test]
fn a_whole_journal_says_so_and_attests_its_tail() {
    both(|journal| {
        let nothing = journal.verify().unwrap();
        assert_eq!(nothing.entries, 0);
        write(journal, &run("r1"), &eventful()).unwrap();
        let verified = journal.verify().unwrap();
        assert_eq!(verified.entries, 19);
        assert_eq!(verified.head, journal.head().unwrap());
        assert_eq!(verified.tail, Tail::Attested { sequence: 19 });
    });
}

#[test]
fn records_follow_a_run_as_it_goes_on() {
    both(|journal| {
        write(journal, &run("r1"), &[started(), noted("a")]).unwrap();
        write(journal, &run("r2"), &[started()]).unwrap();
        journal.append(&run("r1"), &shop(), at(5), &noted("b")).unwrap();
        let sequences = |run: Option<&str>, after| -> Vec<u64> {
            let run = run.map(crate::samples::run);
            journal.records(run.as_ref(), after).unwrap().iter().map(|record| record.sequence).collect()
        };
        assert_eq!(sequences(None, 0), [1, 2, 3, 4]);
        assert_eq!(sequences(None, 3), [4]);
        assert_eq!(sequences(Some("r1"), 0), [1, 2, 4]);
        assert_eq!(sequences(Some("r1"), 2), [4]);
        assert_eq!(sequences(Some("nobody's"), 0), [0; 0]);
        assert_eq!(journal.entries(&run("nobody's")).unwrap(), []);
    });
}

#[test]
fn runs_are_listed_the_newest_first_with_how_they_stand() {
    both(|journal| {
        write(journal, &run("b-done"), &[started(), ended(RunOutcome::Completed)]).unwrap();
        write(journal, &run("a-open"), &[started(), noted("looking")]).unwrap();
        write(journal, &run("c-stopped"), &[started(), ended(RunOutcome::Stopped)]).unwrap();
        let resumed = RunEvent::Resumed { by: ann() };
        write(journal, &run("d-resumed"), &[started(), ended(RunOutcome::Stopped), resumed, noted("on")]).unwrap();
        journal.append(&run("other"), &"else".into(), at(0), &started()).unwrap();
        let listed: Vec<_> = journal
            .runs(Some(&shop()))
            .unwrap()
            .into_iter()
            .map(|head| (head.id.to_string(), head.outcome, head.is_open(), head.entries))
            .collect();
        assert_eq!(
            listed,
            [
                ("d-resumed".to_owned(), None, true, 4),
                ("c-stopped".to_owned(), Some(RunOutcome::Stopped), true, 2),
                ("a-open".to_owned(), None, true, 2),
                ("b-done".to_owned(), Some(RunOutcome::Completed), false, 2),
            ]
        );
        let all = journal.runs(None).unwrap();
        assert_eq!(all.len(), 5);
        let done = all.iter().find(|head| head.id == run("b-done")).unwrap();
        assert_eq!((done.started_at, done.last_at), (at(0), at(1)));
        assert_eq!((done.runbook.as_str(), done.drill, done.by.clone()), ("failover", true, ann()));
        assert_eq!((done.from.as_str(), done.to.as_str()), ("us-east-1", "us-east-2"));
        assert_eq!(done.reality, Some(Reality::Simulated("calm".to_owned())));
    });
}

#[test]
fn history_tells_the_last_rehearsal_and_how_long_promotions_took() {
    both(|journal| {
        write(journal, &run("r1"), &eventful()).unwrap();
        let simulated = Reality::Simulated("another".to_owned());
        // Its promotion was looked for, not waited for; and the run failed.
        let known = history(journal, &shop(), &simulated).unwrap();
        assert_eq!((known.last_rehearsed, known.promotions), (None, Vec::new()));

        let mut good: Vec<RunEvent> = eventful();
        good.retain(|event| !matches!(event, RunEvent::CallProbed { .. } | RunEvent::RunEnded { .. }));
        good.push(ended(RunOutcome::Completed));
        write(journal, &run("r2"), &good).unwrap();
        let known = history(journal, &shop(), &simulated).unwrap();
        assert_eq!(known.last_rehearsed, Some(at(17)));
        assert_eq!(known.promotions, [Duration::from_secs(2)]);
        // Nothing failed over where stacks were made.
        let mut made = plan();
        made.runbook = PROVISION.into();
        let mut provisioned = started();
        if let RunEvent::RunStarted { plan, .. } = &mut provisioned {
            **plan = made;
        }
        journal.append(&run("r3"), &shop(), at(100), &provisioned).unwrap();
        journal.append(&run("r3"), &shop(), at(101), &ended(RunOutcome::Completed)).unwrap();
        assert_eq!(history(journal, &shop(), &simulated).unwrap().last_rehearsed, Some(at(17)));
        // What a simulator did says nothing of the world.
        let known = history(journal, &shop(), &Reality::Live).unwrap();
        assert_eq!((known.last_rehearsed, known.promotions), (None, Vec::new()));
        assert_eq!(history(journal, &"else".into(), &simulated).unwrap().promotions, []);
    });
}

/// A run whose promotion took so long, and with what else happened to that step.
fn promoted(second: i64, elapsed_s: u64, meanwhile: &[RunEvent], outcome: RunOutcome) -> Vec<(i64, RunEvent)> {
    let step = step_id("promote");
    let mut events = vec![started(), RunEvent::StepStarted { step: step.clone(), attempt: 1 }];
    events.extend(meanwhile.iter().cloned());
    let elapsed = Duration::from_secs(elapsed_s);
    events.extend([RunEvent::StepEnded { step, outcome: StepOutcome::Done, elapsed }, ended(outcome)]);
    (second..).zip(events).collect()
}

#[test]
fn history_tells_what_each_step_took_where_nobody_had_to_think_about_it() {
    let step = || step_id("promote");
    let asked = RunEvent::Question { step: step(), text: "and now?".to_owned(), approves: None };
    let resumed = RunEvent::Resumed { by: ann() };
    let failed = RunEvent::StepEnded {
        step: step(),
        outcome: StepOutcome::Failed { reason: "late".to_owned() },
        elapsed: Duration::from_mins(15),
    };
    let again = RunEvent::StepStarted { step: step(), attempt: 2 };
    let runs = [
        ("r1", 41, vec![], RunOutcome::Completed),
        ("r2", 500, vec![asked], RunOutcome::Completed),
        ("r3", 600, vec![resumed], RunOutcome::Completed),
        ("r4", 700, vec![failed, again], RunOutcome::Completed),
        ("r5", 800, vec![], RunOutcome::Failed),
        ("r6", 38, vec![], RunOutcome::Completed),
    ];
    both(|journal| {
        for (index, (id, elapsed_s, meanwhile, outcome)) in (0..).zip(&runs) {
            for (second, event) in promoted(100 * index, *elapsed_s, meanwhile, *outcome) {
                journal.append(&run(id), &shop(), at(second), &event).unwrap();
            }
        }
        let simulated = Reality::Simulated("another".to_owned());
        let known = history(journal, &shop(), &simulated).unwrap();
        let promotion = plan().step(&step()).unwrap().clone();
        let told = known.lengths_of(Mode::Unplanned, &promotion);
        assert_eq!(told, [Duration::from_secs(38), Duration::from_secs(41)], "the newest first");
        assert_eq!(known.steps.len(), 1);
        assert_eq!(known.lengths_of(Mode::Planned, &promotion), []);
        // Neither another world's nor another deployment's.
        assert_eq!(history(journal, &shop(), &Reality::Live).unwrap().steps, []);
        assert_eq!(history(journal, &"else".into(), &simulated).unwrap().steps, []);
    });
}

#[test]
fn what_may_be_a_secret_is_never_on_the_disk() {
    let (folder, journal) = on_disk();
    let secrets = ["hunter2-the-password", "wJalrXUtnFEMIK7MDENGbPxRfiCY", "result-that-nobody-knows"];
    let step = || step_id("warm");
    let events = [
        started(),
        RunEvent::CallEnded {
            step: step(),
            index: 0,
            outcome: Ok(Receipt { request_id: None, at: at(2), detail: Some(secrets[2].to_owned()) }),
        },
        RunEvent::UndoCallEnded {
            step: step(),
            index: 0,
            outcome: Err(failure(&format!("aws_secret_access_key={}", secrets[1]))),
        },
        RunEvent::CanaryWritten {
            nonce: "n".to_owned(),
            sent_at: at(3),
            outcome: Err(format!("https://app:{}@shop.example.com: refused", secrets[0])),
        },
        noted(&format!("I logged in with password={}", secrets[0])),
    ];
    let given = write(&journal, &run("r1"), &events).unwrap();
    // What a session sees is what is written, so that a report of it is no leak either.
    let shown = format!("{given:?}");
    drop(journal);
    for secret in secrets {
        assert!(!shown.contains(secret), "{secret}");
        for file in std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path()) {
            let Ok(bytes) = std::fs::read(&file) else { continue };
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} in {}", file.display());
        }
    }
    assert!(shown.contains("24 bytes, SHA-256 "), "the result's length and hash stay: {shown}");
    assert!(shown.contains("@shop.example.com: refused"));
}

#[test]
fn an_event_of_a_newer_lifeboat_hides_nothing_and_stops_only_who_would_act_on_it() {
    let (folder, journal) = on_disk();
    write(&journal, &run("r1"), &[started(), noted("a")]).unwrap();
    write(&journal, &run("r2"), &[started(), ended(RunOutcome::Completed)]).unwrap();
    drop(journal);
    append_by_hand(&folder, "r1", r#"{"event":"teleported","to":"us-east-2"}"#);
    let journal = SqliteJournal::open(folder.path()).unwrap();
    assert_eq!(journal.verify().unwrap().entries, 5);
    assert_eq!(journal.runs(None).unwrap().len(), 2);
    assert_eq!(journal.records(None, 4).unwrap()[0].event_name().as_deref(), Some("teleported"));
    assert_eq!(journal.entries(&run("r2")).unwrap().len(), 2);
    let error = journal.entries(&run("r1")).unwrap_err();
    assert!(matches!(&error, JournalError::NotUnderstood { sequence: 5, .. }), "{error}");
    assert!(error.to_string().contains("teleported"), "{error}");
    // Others' runs are still learned from.
    assert!(history(&journal, &shop(), &Reality::Simulated(String::new())).unwrap().last_rehearsed.is_some());
    // And the chain goes on.
    journal.append(&run("r2"), &shop(), at(9), &noted("b")).unwrap();
    assert_eq!(journal.verify().unwrap().entries, 6);
}

/// The recipe of `docs/journal.md`, in another language.
const PYTHON: &str = r#"
import hashlib, sqlite3, sys
rows = sqlite3.connect(sys.argv[1]).execute(
    "SELECT previous, version, sequence, run, deployment, at, body, hash FROM entries ORDER BY sequence")
before, count = "0" * 64, 0
for *fields, stored in rows:
    texts = [str(field).encode() for field in fields]
    found = hashlib.sha256(b"".join(b"%d:%s," % (len(text), text) for text in texts)).hexdigest()
    count += 1
    assert fields[0] == before and fields[2] == count and found == stored, f"broken at {count}"
    before = stored
print(count, before)
"#;

fn python(script: &str, arguments: &[&str]) -> String {
    let output = Command::new("python3").arg("-c").arg(script).args(arguments).output();
    let output = output.expect("python3 verifies the journal independently: install it");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// An entry that another program wrote, right in everything.
fn append_by_hand(folder: &TempDir, run: &str, body: &str) {
    let script = r#"
import hashlib, sqlite3, sys
db = sqlite3.connect(sys.argv[1])
sequence, previous = db.execute("SELECT sequence, hash FROM entries ORDER BY sequence DESC LIMIT 1").fetchone()
fields = [previous, 1, sequence + 1, sys.argv[2], "shop", "2026-03-01T10:00:00Z", sys.argv[3]]
texts = [str(field).encode() for field in fields]
found = hashlib.sha256(b"".join(b"%d:%s," % (len(text), text) for text in texts)).hexdigest()
db.execute("INSERT INTO entries (previous, version, sequence, run, deployment, at, body, hash) VALUES (?,?,?,?,?,?,?,?)",
    (*fields, found))
db.commit()
"#;
    let path = folder.path().join("journal.sqlite");
    python(script, &[path.to_str().unwrap(), run, body]);
}

#[test]
fn any_other_tool_can_verify_it() {
    let (folder, journal) = on_disk();
    write(&journal, &run("läuft\n1"), &eventful()).unwrap();
    let path = folder.path().join("journal.sqlite");
    let told = python(PYTHON, &[path.to_str().unwrap()]);
    assert_eq!(told, format!("19 {}", journal.head().unwrap().hash));
}

#[test]
fn an_exported_record_holds_what_was_hashed() {
    let (_folder, journal) = on_disk();
    write(&journal, &run("r1"), &eventful()).unwrap();
    let exported = serde_json::to_string(&journal.records(None, 0).unwrap()).unwrap();
    let script = r#"
import hashlib, json, sys
for record in json.loads(sys.argv[1]):
    keys = ["previous", "version", "sequence", "run", "deployment", "at", "body"]
    texts = [str(record[key]).encode() for key in keys]
    found = hashlib.sha256(b"".join(b"%d:%s," % (len(text), text) for text in texts)).hexdigest()
    assert found == record["hash"], record
    json.loads(record["body"])["event"]
print("whole")
"#;
    assert_eq!(python(script, &[&exported]), "whole");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_and_number_is_read_back_as_it_was(text in any::<String>(), dial in any::<f64>().prop_filter("JSON has no others", |it| it.is_finite())) {
        let journal = MemoryJournal::new();
        let mut plan: Plan = plan();
        plan.predicted.rto = Some(Duration::from_nanos(dial.to_bits()));
        plan.notes = vec![text.clone()];
        for step in &mut plan.steps {
            for call in &mut step.calls {
                if let lifeboat_model::call::Call::UpdateEndpointGroup { dial_percent, .. } = call {
                    dial_percent.to = dial;
                }
            }
        }
        let hash = plan.hash();
        let began = RunEvent::RunStarted { plan: Box::new(plan.clone()), hash: hash.clone(), by: ann(), reality: None, incident_began_at: None };
        journal.append(&run(&text), &text.as_str().into(), at(0), &began).unwrap();
        let state = RunState::of(&journal.entries(&run(&text)).unwrap()).unwrap();
        prop_assert_eq!(state.plan.hash(), hash);
        prop_assert_eq!(state.plan, plan);
        prop_assert!(journal.verify().is_ok());
    }
}
