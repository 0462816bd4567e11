//! Two runs side by side.

use lifeboat_engine::report::{Report, compare, comparison_markdown};
use lifeboat_model::guard::GuardName;
use lifeboat_model::run::{RunEvent, RunOutcome, StepOutcome};
use lifeboat_model::time::Duration;

use crate::samples::step_id;
use crate::stories::{kept, seconds, story};

fn before() -> Report {
    Report::of(&kept("r1", &story())).unwrap()
}

/// The same run on a better day, but for one step.
fn after() -> Report {
    let mut events = story();
    for (_, event) in &mut events {
        match event {
            RunEvent::RunEnded { measured, .. } => {
                measured.rto = Some(seconds(61));
                measured.phases.execution = Some(Duration::from_millis(46_500));
                measured.phases.detection = None;
            }
            RunEvent::StepEnded { step, elapsed, .. } if *step == step_id("promote-shop-global") => {
                *elapsed = seconds(40);
            }
            RunEvent::StepEnded { step, outcome, .. } if *step == step_id("prove") => {
                *outcome = StepOutcome::Failed { reason: "not found".to_owned() };
            }
            RunEvent::GuardsJudged { reports, .. } => {
                for report in reports {
                    match report.guard {
                        GuardName::Lag => report.verdict = lifeboat_model::guard::Verdict::Pass,
                        GuardName::Identity => report.verdict = lifeboat_model::guard::Verdict::unknown("no answer"),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    Report::of(&kept("r2", &events)).unwrap()
}

#[test]
fn what_became_faster_slower_or_broken_is_told() {
    let comparison = compare(&before(), &after());
    assert_eq!(comparison.new_failures, ["step prove fails"]);
    assert_eq!(comparison.mended, ["the RTO objective is missed"]);
    assert_eq!(comparison.newly_refusing, [GuardName::Identity]);
    assert_eq!(comparison.newly_passing, [GuardName::Lag]);
    let text = comparison_markdown(&comparison);
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    insta::with_settings!({ snapshot_path => ".", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("comparison", text);
    });
}

#[test]
fn a_change_that_is_not_known_is_not_zero() {
    let json = serde_json::to_value(compare(&before(), &after())).unwrap();
    let length =
        |what: &str| json["lengths"].as_array().unwrap().iter().find(|change| change["what"] == what).unwrap().clone();
    assert_eq!(length("RTO")["change_s"], -64.0);
    assert_eq!(length("RTO")["before_s"], 125.0);
    assert_eq!(length("detection")["change_s"], serde_json::Value::Null);
    assert_eq!(length("execution")["change_s"], -63.5);
    assert_eq!(json["version"], 1);
}

#[test]
fn a_run_beside_itself_differs_in_nothing() {
    let comparison = compare(&before(), &before());
    assert!(comparison.new_failures.is_empty() && comparison.mended.is_empty());
    assert!(comparison.lengths.iter().all(|change| change.change_s.is_none_or(|change| change == 0.0)));
    assert!(comparison_markdown(&comparison).contains("Nothing fails that did not fail before"));
}

#[test]
fn runs_of_different_kinds_are_said_to_be() {
    let mut other = before();
    other.runbook = "switchover".into();
    other.ending.outcome = Some(RunOutcome::Failed);
    other.steps.remove(0);
    let comparison = compare(&before(), &other);
    let text = comparison_markdown(&comparison);
    assert!(text.contains("These are runs of different kinds"), "{text}");
    assert!(text.contains("done → absent"), "{text}");
    assert_eq!(comparison.new_failures, ["the run failed"]);
}
