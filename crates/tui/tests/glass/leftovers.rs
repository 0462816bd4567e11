//! What is not over when a run is: changes that are to be put back, what follows from stacks, the run that somebody meant
//! and another that took its place.

use std::sync::Arc;

use lifeboat_model::plan::StepId;
use lifeboat_model::run::{Entry, Operator, RunEvent, RunId, RunOutcome};
use lifeboat_model::runbook::Mode;
use lifeboat_tui::dialogs::Dialog;
use lifeboat_tui::{Access, Effect, Model, Msg, update, view_text};

use super::camera::photograph_of;
use super::hands::{SIZES, keys, model, model_in, press, propose, run, said, sized, type_in};
use super::worlds::runs::{self, RUN, Telling};
use super::worlds::{self, NAME, State, estates};

/// Given up, with an alarm still muted.
pub(crate) fn aborted() -> Telling {
    let mut telling = Telling::asking();
    let reason = "the rule could not be deleted: access denied".to_owned();
    telling.tell(6, RunEvent::GivenUp { by: runs::operator() });
    telling.tell(5, RunEvent::LedgerKept { step: StepId::new("mute-1"), reason });
    telling.over(3, RunOutcome::Aborted, Some("a person gave it up"));
    telling
}

fn left_behind() -> Model {
    let mut model = model();
    run(&mut model, aborted(), false);
    press(&mut model, "8");
    model
}

fn is_confirming(model: &Model) -> bool {
    matches!(model.dialogs.last(), Some(Dialog::Confirm(_)))
}

fn resumes() -> [Effect; 1] {
    [Effect::Resume { deployment: NAME.into(), run: RunId::new(RUN) }]
}

const PHRASE: &str = "put back payments-aurora";

#[test]
fn what_a_run_left_is_put_back_by_its_phrase_and_told_before() {
    let mut model = left_behind();
    let text = view_text(&model);
    assert!(text.contains("could not be put back (R does it)") && text.contains("R go on"), "{text}");
    assert_eq!(keys(&mut model, "R"), []);
    let text = view_text(&model);
    for words in ["the actions of 1 alarm muted", "access denied", "ended aborted 3s ago", PHRASE] {
        assert!(text.contains(words), "{words}\n{text}");
    }
    assert_eq!(keys(&mut model, "enter"), []);
    assert_eq!(type_in(&mut model, "put back"), []);
    assert_eq!(keys(&mut model, "enter"), []);
    press(&mut model, "ctrl+u");
    type_in(&mut model, PHRASE);
    assert_eq!(keys(&mut model, "enter"), resumes());
    assert!(view_text(&model).contains("is being put back"), "{}", view_text(&model));
    // Not twice.
    assert_eq!(keys(&mut model, "R enter"), []);
    assert!(!is_confirming(&model));
}

#[test]
fn putting_back_is_told_as_what_it_is_and_its_end_leaves_nothing() {
    let mut model = left_behind();
    let mut telling = aborted();
    let known = telling.entries.len();
    telling.tell(2, RunEvent::Resumed { by: runs::operator() });
    let resumed = telling.entries.split_off(known);
    let told = |model: &mut Model, entries: Vec<Arc<Entry>>| {
        let _ = update(model, Msg::Run { deployment: NAME.into(), entries, here: true });
    };
    told(&mut model, resumed.clone());
    let text = view_text(&model);
    assert!(text.contains("PUTTING BACK") && !text.contains("RTO"), "{text}");
    telling.entries.extend(resumed);
    let known = telling.entries.len();
    telling.tell(1, RunEvent::LedgerClosed { step: StepId::new("mute-1") });
    telling.over(1, RunOutcome::Aborted, Some("what was temporary was to be put back"));
    told(&mut model, telling.entries.split_off(known));
    let _ = update(&mut model, Msg::RunLeft { deployment: NAME.into(), outcome: Ok(()) });
    assert_eq!(keys(&mut model, "R"), []);
    assert!(said(&model).contains("nothing to go on with"), "{}", said(&model));
    assert!(!view_text(&model).contains("put back (R"), "{}", view_text(&model));
}

/// The process that put it back is gone: the run is over all the same, and R puts back the rest.
#[test]
fn putting_back_that_was_cut_short_is_gone_on_with_as_that_and_taken_back_by_nobody() {
    let mut model = model();
    let mut telling = aborted();
    telling.tell(2, RunEvent::Resumed { by: runs::operator() });
    run(&mut model, telling, false);
    press(&mut model, "8");
    assert_eq!(keys(&mut model, "A"), []);
    assert!(!is_confirming(&model) && said(&model).contains("nothing to give up"), "{}", said(&model));
    assert_eq!(keys(&mut model, "R"), []);
    assert!(is_confirming(&model) && view_text(&model).contains(PHRASE), "{}", view_text(&model));
    type_in(&mut model, PHRASE);
    assert_eq!(keys(&mut model, "enter"), resumes());
}

/// Another run was wanted, and refused: what the one before left is still there to be put back.
#[test]
fn a_beginning_that_is_refused_forgets_nothing_that_an_earlier_run_left() {
    let mut model = left_behind();
    keys(&mut model, "7 x");
    propose(&mut model, runs::proposal(Mode::Planned, runs::passing()));
    keys(&mut model, "x");
    type_in(&mut model, super::hands::PHRASE);
    assert!(matches!(keys(&mut model, "enter")[..], [Effect::Begin { .. }]), "{}", view_text(&model));
    assert!(model.fleet[0].run.is_none());
    let refused = Err("refused by lag; nothing was begun".to_owned());
    let _ = update(&mut model, Msg::RunLeft { deployment: NAME.into(), outcome: refused });
    let text = view_text(&model);
    assert!(text.contains("refused by lag") && text.contains("could not be put back (R does it)"), "{text}");
    assert_eq!(keys(&mut model, "R"), []);
    assert!(is_confirming(&model) && view_text(&model).contains(PHRASE), "{}", view_text(&model));
}

#[test]
fn whoever_may_only_read_or_has_another_run_open_puts_nothing_back() {
    let mut reader = left_behind();
    reader.access = Access::ReadOnly;
    assert_eq!(keys(&mut reader, "R"), []);
    assert!(!is_confirming(&reader) && said(&reader).contains("O raises it"), "{}", said(&reader));
    let mut other = left_behind();
    let standing = other.fleet[0].standing.as_mut().unwrap();
    standing.open_run = Some(lifeboat_model::preflight::OpenRun {
        id: RunId::new("another-run"),
        runbook: "failover".into(),
        by: runs::operator(),
        started_at: worlds::ago(2),
        outcome: None,
        holder: Some(Operator { user: "bob".to_owned(), ..runs::operator() }),
    });
    assert_eq!(keys(&mut other, "R"), []);
    assert!(!is_confirming(&other) && said(&other).contains("comes first"), "{}", said(&other));
}

/// The same plan, of another run.
fn another() -> Vec<Arc<Entry>> {
    let mut telling = Telling::asking();
    telling.over(2, RunOutcome::Stopped, None);
    let renamed = |entry: &Arc<Entry>| {
        let run = RunId::new("switchover-0301-1402");
        Arc::new(Entry { run, ..Entry::clone(entry) })
    };
    telling.entries.iter().map(renamed).collect()
}

#[test]
fn what_is_said_to_one_run_is_not_said_to_another_that_took_its_place() {
    let stopped = || {
        let mut telling = Telling::asking();
        telling.over(2, RunOutcome::Stopped, None);
        telling
    };
    for (opened, typed) in [("8 A", "abort payments-aurora"), ("8 R", ""), ("8 R j", "")] {
        let mut model = model();
        run(&mut model, stopped(), false);
        press(&mut model, opened);
        type_in(&mut model, typed);
        assert_eq!(model.dialogs.len(), 1, "{opened}");
        let _ = update(&mut model, Msg::Run { deployment: NAME.into(), entries: another(), here: false });
        assert_eq!(model.dialogs, [], "{opened}");
        assert_eq!(keys(&mut model, "enter"), [], "{opened}");
    }
    // And the one that is meant is named, whatever comes between.
    let mut model = model();
    run(&mut model, stopped(), false);
    press(&mut model, "8 A");
    type_in(&mut model, "abort payments-aurora");
    assert_eq!(keys(&mut model, "enter"), [Effect::Abort { deployment: NAME.into(), run: RunId::new(RUN) }]);
}

// ---- What follows from stacks

fn told_of_stacks(outcome: Option<RunOutcome>) -> Telling {
    let mut telling = Telling::of(estates::provision(), 30);
    if let Some(outcome) = outcome {
        telling.over(1, outcome, None);
    }
    telling
}

#[test]
fn leaving_while_only_what_follows_from_a_run_is_under_way_says_so() {
    let mut model = model();
    run(&mut model, told_of_stacks(Some(RunOutcome::Completed)), true);
    press(&mut model, "8");
    assert!(view_text(&model).contains("what follows from it is being written"), "{}", view_text(&model));
    assert_eq!(keys(&mut model, "q"), []);
    assert!(said(&model).contains("is over, but what follows"), "{}", said(&model));
    assert!(!said(&model).contains("resume"), "{}", said(&model));
    assert_eq!(keys(&mut model, "q"), [Effect::Quit]);
}

#[test]
fn a_run_that_is_over_holds_nobody_up() {
    let mut model = model();
    run(&mut model, Telling::completed(), true);
    assert_eq!(keys(&mut model, "q"), [Effect::Quit]);
    let mut model = self::model();
    run(&mut model, told_of_stacks(None), true);
    assert_eq!(keys(&mut model, "q"), []);
    assert!(said(&model).contains("lifeboat resume"), "{}", said(&model));
}

#[test]
fn a_run_of_stacks_that_nobody_executes_is_given_up_with_its_consequence() {
    let mut model = model();
    let mut telling = told_of_stacks(None);
    let step = estates::provision().steps[0].clone();
    telling.begin(20, step.id.as_str());
    let call = Box::new(runs::plan(Mode::Planned).steps[0].calls[0].clone());
    telling.tell(19, RunEvent::CallStarted { step: step.id, index: 0, call });
    run(&mut model, telling, false);
    assert_eq!(keys(&mut model, "8 A"), []);
    let text = view_text(&model);
    assert!(text.contains("Stays as it is") && text.contains(&step.title), "{text}");
    type_in(&mut model, "abort payments-aurora");
    assert_eq!(keys(&mut model, "enter"), [Effect::Abort { deployment: NAME.into(), run: RunId::new(RUN) }]);
}

#[test]
fn what_a_run_left_at_every_size() {
    for size in SIZES {
        let mut model = sized(model_in(State::Normal), size);
        run(&mut model, aborted(), false);
        press(&mut model, "esc 8");
        photograph_of("leftovers", "told", model.clone());
        press(&mut model, "R");
        photograph_of("leftovers", "typing", model);
    }
}
