//! An approval is the phrase, typed for the plan that was shown.

use lifeboat_engine::approval::{Approval, NotApproved};
use lifeboat_model::plan::PlanHash;
use lifeboat_model::topology::Blueprint;

use crate::stage::{Stage, operator};

fn approve(stage: &Stage, shown: &PlanHash, typed: &str) -> Result<Approval, NotApproved> {
    Approval::by_phrase(&stage.plan, shown, typed, operator("ada"), stage.now)
}

#[test]
fn the_phrase_makes_an_approval_of_just_this_plan() {
    let stage = Stage::planned(Blueprint::PaymentsAurora);
    let hash = stage.plan.hash();
    for typed in [
        "switchover payments-aurora us-east-2",
        "switchover payments-aurora us-east-2\n",
        "switchover payments-aurora us-east-2\r\n",
    ] {
        let approval = approve(&stage, &hash, typed).unwrap();
        assert_eq!(approval.hash(), &hash);
        assert_eq!(approval.by(), &operator("ada"));
        assert_eq!(approval.at(), stage.now);
        assert_eq!(approval.phrase(), "switchover payments-aurora us-east-2");
    }
}

#[test]
fn whatever_is_not_the_phrase_to_the_letter_is_refused_and_says_what_to_type() {
    let stage = Stage::planned(Blueprint::PaymentsAurora);
    let hash = stage.plan.hash();
    for typed in [
        "yes",
        "y\n",
        "switchover payments-aurora us-east-1",
        "failover payments-aurora us-east-2",
        "Switchover payments-aurora us-east-2",
        "switchover  payments-aurora us-east-2",
        " switchover payments-aurora us-east-2",
        "switchover payments-aurora us-east-2 ",
        "switchover payments-aurora us-east-2\n\n",
        "switchover payments-aurora us-east-2\nswitchover payments-aurora us-east-2",
        "\u{feff}switchover payments-aurora us-east-2",
        "switchover payments‐aurora us-east-2",
    ] {
        let error = approve(&stage, &hash, typed).unwrap_err();
        assert!(matches!(error, NotApproved::AnotherPhrase { .. }), "{typed:?}");
        assert!(error.to_string().ends_with("type `switchover payments-aurora us-east-2`"), "{error}");
    }
}

#[test]
fn a_line_of_nothing_is_no_word() {
    let stage = Stage::planned(Blueprint::Ecommerce);
    for typed in ["", "\n", "\r\n"] {
        let error = approve(&stage, &stage.plan.hash(), typed).unwrap_err();
        assert!(matches!(error, NotApproved::Nothing { .. }), "{typed:?}");
    }
}

#[test]
fn a_plan_that_changed_since_it_was_shown_is_not_approved() {
    let mut stage = Stage::planned(Blueprint::Ecommerce);
    let shown = stage.plan.hash();
    let phrase = stage.plan.phrase();
    stage.plan.steps.pop();
    let error = approve(&stage, &shown, &phrase).unwrap_err();
    assert!(matches!(&error, NotApproved::AnotherPlan { shown: told, plan, .. } if *told == shown && *plan != shown));
    assert!(error.to_string().contains(shown.short()), "{error}");
    assert!(error.to_string().contains("switchover ecommerce us-west-2"), "{error}");
}

#[test]
fn what_a_plan_predicts_may_change_without_asking_again() {
    let mut stage = Stage::planned(Blueprint::Ecommerce);
    let shown = stage.plan.hash();
    stage.plan.predicted.length = None;
    stage.plan.notes.push("later".to_owned());
    assert!(approve(&stage, &shown, &stage.plan.phrase()).is_ok());
}
