//! One run, told.

use lifeboat_engine::journal::Journal;
use lifeboat_engine::journal::{Broken, Head, JournalError, MemoryJournal, NotVerified, Tail, Verified};
use lifeboat_engine::report::{NoReport, Report, html, markdown};
use lifeboat_model::run::{Measured, RunEvent, RunOutcome, StepOutcome, StepStatus};
use lifeboat_model::time::Duration;
use serde_json::Value;

use crate::samples::{ann, at, run, shop, step_id};
use crate::stories::{kept, seconds, story, story_plan};

fn report() -> Report {
    Report::of(&kept("r1", &story())).unwrap()
}

fn whole() -> Verified {
    let head = Head { sequence: 90, hash: "ab".repeat(32) };
    Verified { entries: 90, head, tail: Tail::Attested { sequence: 90 } }
}

pub(crate) fn golden(name: &str, text: &str) {
    insta::with_settings!({ snapshot_path => ".", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, text);
    });
}

/// A single word is never broken: somebody may want to copy it.
pub(crate) fn lines_that_are_too_long(text: &str) -> Vec<&str> {
    let mut literal = false;
    let mut long = Vec::new();
    for line in text.lines() {
        if line.starts_with("```") {
            literal = !literal;
        } else if !literal && line.chars().count() > 100 && line.trim_start_matches(['-', ' ']).contains(' ') {
            long.push(line);
        }
    }
    long
}

#[test]
fn a_run_with_everything_in_it() {
    let text = markdown(&report().verified(&Ok(whole())));
    assert_eq!(lines_that_are_too_long(&text), [""; 0]);
    golden("everything", &text);
}

#[test]
fn the_same_as_json_with_units_in_the_names() {
    let json = serde_json::to_value(report().verified(&Ok(whole()))).unwrap();
    assert_eq!(json["version"], 1);
    assert_eq!(json["rto"]["measured_s"], 125.0);
    assert_eq!(json["rto"]["objective_s"], 120.0);
    assert_eq!(json["rto"]["met"], false);
    assert_eq!(json["rto"]["truth_s"], 124.2);
    assert_eq!(json["rpo"]["aurora"]["measured_s"], 3.0);
    assert_eq!(json["rpo"]["aurora"]["met"], true);
    assert_eq!(json["rpo"]["s3"]["measured_s"], Value::Null, "what was not measured is not zero");
    assert_eq!(json["rpo"]["s3"]["met"], Value::Null);
    assert_eq!(json["phases"]["execution_s"], 110.0);
    assert_eq!(json["steps"][1]["attempts"], 2);
    assert_eq!(json["steps"][1]["actual_s"], 62.0);
    assert_eq!(json["steps"][1]["calls"].as_array().unwrap().len(), 2);
    assert_eq!(json["steps"][1]["calls"][0]["accepted"], false);
    assert_eq!(json["steps"][1]["calls"][0]["found"], "it did not happen");
    assert!(json["steps"][1]["calls"][1]["command"].as_str().unwrap().starts_with("aws rds failover-global-cluster"));
    assert_eq!(json["canaries"]["strip"].as_array().unwrap().len(), 40);
    assert_eq!(json["canaries"]["first_failed_offset_s"], 5.0);
    assert_eq!(json["canaries"]["first_good_after_offset_s"], 130.0);
    assert_eq!(json["ledger"][0]["state"]["state"], "kept");
    assert_eq!(json["evidence"]["chain"], "whole");
    assert_eq!(json["evidence"]["first_sequence"], 1);
    let unitless: Vec<&str> = lengths_without_units(&json);
    assert_eq!(unitless, [""; 0]);
}

/// Keys of numbers with a fraction, whose names do not say what they count.
fn lengths_without_units(value: &Value) -> Vec<&str> {
    match value {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(key, value)| match value {
                Value::Number(number) if number.is_f64() && !key.ends_with("_s") => vec![key.as_str()],
                other => lengths_without_units(other),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(lengths_without_units).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

#[test]
fn the_same_as_one_page_that_needs_nothing_else() {
    let page = html(&report().verified(&Ok(whole())));
    for outside in ["<script", "http-equiv", "src=", "@import", "url(", "<link"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
    assert!(page.contains("503 | &lt;busy&gt;"));
    assert!(page.contains("<td>Promote shop-standby in us-east-2</td>"));
    for tag in ["table", "ul", "p", "pre", "h2", "tr", "td", "th", "li", "body", "html", "head"] {
        let opened = page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
        assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag}");
    }
}

#[test]
fn a_run_cut_off_anywhere_is_told_as_far_as_it_goes() {
    let entries = kept("r1", &story());
    for count in 1..entries.len() {
        let report = Report::of(&entries[..count]).unwrap();
        assert_eq!(report.ending.outcome, None);
        assert_eq!(report.rto.measured, None, "nobody has measured yet");
        assert_eq!(report.evidence.contradiction, None, "after {count} entries");
        let text = markdown(&report);
        assert!(text.contains("This run is not over, or was cut off"), "{text}");
        assert!(text.contains("`lifeboat resume r1`"), "{text}");
        assert_eq!(lines_that_are_too_long(&text), [""; 0]);
        assert_eq!(report.timeline.last().map(|moment| moment.sequence <= entries[count - 1].sequence), Some(true));
    }
}

fn ended_with(outcome: RunOutcome, reason: &str) -> Report {
    let mut events = story();
    events.truncate(20);
    let reason = Some(reason.to_owned());
    let measured = Measured::default();
    events.push((60, RunEvent::RunEnded { outcome, reason, measured, truth: None, ledger: Vec::new() }));
    Report::of(&kept("r1", &events)).unwrap()
}

#[test]
fn a_run_that_stopped_says_who_is_waited_for() {
    let text = markdown(&ended_with(RunOutcome::Stopped, "nobody answered"));
    assert!(text.contains("This run stopped and waits for a person: `lifeboat resume r1`."), "{text}");
    assert!(text.contains("nobody answered"), "{text}");
}

#[test]
fn a_run_that_failed_says_so_first() {
    let text = markdown(&ended_with(RunOutcome::Failed, "the promotion timed out"));
    let first = text.lines().find(|line| line.starts_with("Failed:")).unwrap();
    assert!(first.contains("unplanned failover from us-east-1 to us-east-2"), "{first}");
    assert!(text.contains("was not measured"), "{text}");
    assert!(!text.contains("is not over"), "{text}");
}

#[test]
fn what_was_temporary_and_is_still_there_is_not_overlooked() {
    let text = markdown(&report());
    assert!(text.contains("> **Not everything temporary was put back"), "{text}");
    assert!(text.contains("STILL THERE, could not be put back: us-east-1 does not answer"), "{text}");
    assert!(text.contains("aws cloudwatch delete-alarm-mute-rule"), "{text}");
}

#[test]
fn a_broken_journal_proves_nothing_and_says_so_first() {
    let broken = |sequence| Err(NotVerified::Broken(Broken { sequence, run: None, why: "it is missing".to_owned() }));
    let report = report().verified(&broken(3));
    assert!(report.is_broken());
    let text = markdown(&report);
    let warning = text.lines().nth(2).unwrap();
    assert!(warning.starts_with("> **The journal's evidence is broken at entry 3: it is missing"), "{text}");
    // Broken only after it: what was chained before still is.
    let report = report.verified(&broken(1000));
    assert!(!report.is_broken());
    assert!(markdown(&report).contains("this run lies before it"));
    let unreadable = JournalError::NotRead { place: "p".to_owned(), why: "w".to_owned(), fix: "f".to_owned() };
    let report = report.verified(&Err(NotVerified::Unreadable(unreadable)));
    assert!(markdown(&report).contains("could not be verified"));
}

#[test]
fn entries_that_no_run_can_have_made_are_told_as_a_contradiction() {
    let mut events = story();
    let done = RunEvent::StepEnded { step: step_id("restore"), outcome: StepOutcome::Done, elapsed: Duration::ZERO };
    events.insert(3, (8, done));
    let report = Report::of(&kept("r1", &events)).unwrap();
    assert!(report.is_broken());
    assert!(markdown(&report).contains("The journal's evidence contradicts itself: entry 4"), "{}", markdown(&report));

    let mut entries = kept("r1", &story());
    entries.swap(4, 5);
    assert!(Report::of(&entries).unwrap().evidence.contradiction.is_some());
}

#[test]
fn without_a_beginning_there_is_no_report() {
    let entries = kept("r1", &story());
    assert_eq!(Report::of(&[]).unwrap_err(), NoReport::Empty);
    assert_eq!(Report::of(&entries[1..]).unwrap_err(), NoReport::NoBeginning("approved"));
}

#[test]
fn a_plan_that_changed_on_the_way_keeps_what_was_done() {
    let mut next = story_plan();
    next.steps.retain(|step| step.id != step_id("dial-us-east-1"));
    next.steps[1].title = "Promote in haste".to_owned();
    let journal = MemoryJournal::new();
    let started = story().remove(0).1;
    let begun = |id: &str| RunEvent::StepStarted { step: step_id(id), attempt: 1 };
    let hash = next.hash();
    let changed = RunEvent::ModeChanged { mode: next.mode, plan: Box::new(next), hash: hash.clone(), by: ann() };
    for event in [started, begun("mute-us-east-1"), changed, begun("promote-shop-global")] {
        journal.append(&run("r1"), &shop(), at(0), &event).unwrap();
    }
    let report = Report::of(&journal.entries(&run("r1")).unwrap()).unwrap();
    let steps: Vec<(&str, StepStatus)> = report.steps.iter().map(|step| (step.id.as_str(), step.status)).collect();
    assert_eq!(
        steps,
        [
            ("mute-us-east-1", StepStatus::Begun),
            ("promote-shop-global", StepStatus::Begun),
            ("prove", StepStatus::Pending),
            ("restore", StepStatus::Pending),
        ]
    );
    assert_eq!(report.plan_hash, hash);
    assert!(report.timeline[3].text.starts_with("Promote in haste"));
}

#[test]
fn a_very_long_strip_hides_no_failure() {
    let mut events = story();
    events.retain(|(_, event)| !matches!(event, RunEvent::CanaryWritten { .. }));
    let failing = 4321;
    for second in 0..10_000_i64 {
        let outcome = if second == failing { Err("503".to_owned()) } else { Ok(at(second)) };
        events.push((second, RunEvent::CanaryWritten { nonce: String::new(), sent_at: at(second), outcome }));
    }
    let text = markdown(&Report::of(&kept("r1", &events)).unwrap());
    let strip: Vec<&str> =
        text.lines().skip_while(|line| *line != "```").skip(1).take_while(|line| *line != "```").collect();
    assert!(strip.len() <= 7, "{strip:?}");
    assert_eq!(strip.concat().matches('X').count(), 1);
    assert!(strip.last().unwrap().contains("each mark stands for 21"), "{strip:?}");
    assert_eq!(seconds(0), Duration::ZERO);
}
