//! From a runbook to a run and through it by keys: what is asked of the world, and above all what is not.

use std::collections::BTreeMap;

use lifeboat_model::plan::{Condition, StepId};
use lifeboat_model::run::{Answer, Operator, RunEvent, RunId, RunOutcome};
use lifeboat_model::runbook::{Mode, StepKind};
use lifeboat_tui::acting::{Proposal, Saying};
use lifeboat_tui::dialogs::{About, Dialog};
use lifeboat_tui::screens::Screen;
use lifeboat_tui::{Access, Effect, Model, Msg, update, view_text};

use super::hands::{PHRASE, keys, model, press, propose, run, said, type_in};
use super::worlds::runs::{self, RUN, Telling};
use super::worlds::{self, NAME};

/// With the proposal of a switchover before the reader.
fn reading() -> Model {
    let mut model = model();
    let effects = keys(&mut model, "7 x");
    let wanted = Effect::Propose {
        deployment: NAME.into(),
        runbook: "switchover".into(),
        drill: false,
        choice: None,
        overrides: BTreeMap::new(),
    };
    assert_eq!(effects, [wanted]);
    propose(&mut model, runs::proposal(Mode::Planned, runs::passing()));
    model
}

fn is_confirming(model: &Model) -> bool {
    matches!(model.dialogs.last(), Some(Dialog::Confirm(_)))
}

fn is_reading(model: &Model) -> bool {
    matches!(model.dialogs.last(), Some(Dialog::Message { about: About::Proposal { .. }, .. }))
}

#[test]
fn a_run_is_begun_by_reading_the_plan_and_typing_its_phrase() {
    let mut model = reading();
    assert_eq!(keys(&mut model, "x"), []);
    assert!(is_confirming(&model));
    assert_eq!(type_in(&mut model, PHRASE), []);
    let effects = keys(&mut model, "enter");
    let plan = Box::new(runs::plan(Mode::Planned));
    assert_eq!(
        effects,
        [Effect::Begin { deployment: NAME.into(), plan, phrase: PHRASE.to_owned(), overrides: BTreeMap::new() }]
    );
    assert_eq!((model.screen, model.dialogs.len()), (Screen::Run, 0));
    assert!(view_text(&model).contains("switchover is being begun"), "{}", view_text(&model));
    // No second one beside it.
    assert_eq!(keys(&mut model, "7 x").len(), 1);
    propose(&mut model, runs::proposal(Mode::Planned, runs::passing()));
    assert_eq!(keys(&mut model, "x"), []);
    assert!(!is_confirming(&model) && said(&model).contains("already"), "{}", said(&model));
}

#[test]
fn nothing_but_the_phrase_itself_confirms() {
    for typed in
        ["", " ", "switchover", "Switchover payments-aurora us-east-2", "switchover payments-aurora us-east-2 ", "y"]
    {
        let mut model = reading();
        assert_eq!(keys(&mut model, "x"), [], "{typed:?}");
        assert_eq!(type_in(&mut model, typed), [], "{typed:?}");
        assert_eq!(keys(&mut model, "enter enter enter"), [], "{typed:?}");
        assert!(is_confirming(&model), "{typed:?}");
    }
}

#[test]
fn a_paste_confirms_nothing() {
    let mut model = reading();
    press(&mut model, "x");
    for pasted in [PHRASE.to_owned(), format!("{PHRASE}\n")] {
        assert_eq!(update(&mut model, Msg::Paste(pasted)), []);
        assert!(said(&model).contains("a paste confirms nothing"), "{}", said(&model));
        assert_eq!(keys(&mut model, "enter"), []);
    }
    assert!(is_confirming(&model));
}

#[test]
fn a_key_held_down_from_the_list_to_the_end_begins_nothing() {
    for key in ["x", "enter"] {
        let mut model = reading();
        press(&mut model, "x");
        for _ in 0..200 {
            assert_eq!(keys(&mut model, key), [], "{key}");
        }
    }
}

#[test]
fn guards_that_refuse_are_named_and_nothing_can_be_confirmed() {
    let mut model = reading();
    propose(&mut model, runs::proposal(Mode::Planned, runs::refusing()));
    assert_eq!(keys(&mut model, "x"), []);
    assert!(is_reading(&model));
    assert!(said(&model).contains("lag, writer"), "{}", said(&model));
}

/// Nobody types for as long as it takes.
fn rest(model: &mut Model) {
    for _ in 0..8 {
        let _ = update(model, Msg::Tick(worlds::now()));
    }
}

#[test]
fn another_plan_takes_the_confirmation_away_and_says_what_changed() {
    let mut model = reading();
    press(&mut model, "x");
    type_in(&mut model, PHRASE);
    let mut other = runs::plan(Mode::Planned);
    other.steps.remove(3);
    propose(&mut model, Proposal::new("switchover".into(), false, other, runs::passing()));
    assert!(is_reading(&model), "{:?}", model.dialogs);
    assert_eq!(keys(&mut model, "enter"), []);
    let text = view_text(&model);
    assert!(text.contains("no longer done: Wait for payments-app"), "{text}");
    // What the fingers still type is no command.
    assert_eq!(keys(&mut model, "x d m i q"), []);
    assert!(is_reading(&model), "{:?}", model.dialogs);
    assert!(said(&model).contains("letters go nowhere"), "{}", said(&model));
    rest(&mut model);
    press(&mut model, "x");
    let Some(Dialog::Confirm(confirm)) = model.dialogs.last() else { panic!("{:?}", model.dialogs) };
    assert_eq!(confirm.typed, "");
}

#[test]
fn guards_that_refuse_while_one_types_take_the_confirmation_away() {
    let mut model = reading();
    press(&mut model, "x");
    type_in(&mut model, PHRASE);
    propose(&mut model, runs::proposal(Mode::Planned, runs::refusing()));
    assert!(is_reading(&model));
    assert_eq!(keys(&mut model, "enter"), []);
    let mut model = reading();
    press(&mut model, "x");
    let refused = Err("us-east-2 is active already".to_owned());
    let _ =
        update(&mut model, Msg::Proposed { deployment: NAME.into(), runbook: "switchover".into(), outcome: refused });
    assert!(is_reading(&model));
    assert_eq!(keys(&mut model, "x"), []);
    assert!(!is_confirming(&model));
}

/// Whoever is about to type has typed nothing yet.
#[test]
fn what_is_typed_into_what_was_taken_away_or_never_opened_is_no_command() {
    let mut model = reading();
    press(&mut model, "x");
    propose(&mut model, runs::proposal(Mode::Planned, runs::refusing()));
    assert_eq!(type_in(&mut model, PHRASE), []);
    assert_eq!(keys(&mut model, "backspace enter"), []);
    assert!(is_reading(&model) && model.dialogs.len() == 1, "{:?}", model.dialogs);
    assert!(said(&model).contains("letters go nowhere"), "{}", said(&model));
    assert_eq!(keys(&mut model, "ctrl+c"), [Effect::Quit]);
    // The guards refused just before the key was pressed.
    let mut model = reading();
    propose(&mut model, runs::proposal(Mode::Planned, runs::refusing()));
    assert_eq!(keys(&mut model, "x"), []);
    assert_eq!(type_in(&mut model, PHRASE), []);
    assert!(is_reading(&model) && model.dialogs.len() == 1, "{:?}", model.dialogs);
    // Who has had time to read that they refuse means what is pressed.
    rest(&mut model);
    rest(&mut model);
    press(&mut model, "x");
    let _ = keys(&mut model, "d");
    assert!(!said(&model).contains("letters go nowhere"), "{}", said(&model));
}

#[test]
fn nothing_comes_between_somebody_and_what_is_being_typed() {
    let mut model = reading();
    press(&mut model, "x");
    type_in(&mut model, "switch");
    let _ = update(&mut model, Msg::Printed { outcome: Ok("/tmp/plan.md".to_owned()) });
    assert!(said(&model).contains("/tmp/plan.md"), "{}", said(&model));
    type_in(&mut model, PHRASE.strip_prefix("switch").unwrap());
    assert_eq!(keys(&mut model, "enter").len(), 1);
}

#[test]
fn the_same_plan_made_anew_disturbs_nobody() {
    let mut model = reading();
    press(&mut model, "x");
    type_in(&mut model, "switchover");
    propose(&mut model, runs::proposal(Mode::Planned, runs::passing()));
    let Some(Dialog::Confirm(confirm)) = model.dialogs.last() else { panic!("{:?}", model.dialogs) };
    assert_eq!(confirm.typed, "switchover");
}

/// How long a table drains follows its lag, which is another one at each look.
#[test]
fn a_plan_that_waits_long_enough_stays_the_one_that_was_read() {
    let waiting = |seconds: u64| {
        let mut plan = runs::plan(Mode::Planned);
        let length = std::time::Duration::from_secs(seconds);
        plan.steps[3].title = format!("Wait {seconds} s while payments-sessions drains");
        plan.steps[3].verify = vec![Condition::Elapsed { length }];
        plan.steps[3].timeout = length + std::time::Duration::from_mins(1);
        Proposal::new("switchover".into(), false, plan, runs::passing())
    };
    let mut model = model();
    press(&mut model, "7 x");
    propose(&mut model, waiting(10));
    press(&mut model, "x");
    type_in(&mut model, PHRASE);
    propose(&mut model, waiting(9));
    assert!(is_confirming(&model));
    let mut longer = model.clone();
    propose(&mut longer, waiting(11));
    assert!(is_reading(&longer));
    assert!(view_text(&longer).contains("Wait 11 s"), "{}", view_text(&longer));
    let effects = keys(&mut model, "enter");
    let [Effect::Begin { plan, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(plan.hash(), waiting(10).hash);
}

fn tell_time(model: &mut Model, seconds: u64) {
    let now = lifeboat_model::time::after(worlds::now(), std::time::Duration::from_secs(seconds));
    assert_eq!(update(model, Msg::WallClock(now)), []);
}

fn typing_since(seconds: u64) -> Model {
    let mut model = reading();
    tell_time(&mut model, seconds);
    press(&mut model, "x");
    type_in(&mut model, PHRASE);
    model
}

#[test]
fn a_confirmation_that_nobody_finishes_closes_by_itself() {
    let mut model = typing_since(1000);
    tell_time(&mut model, 1119);
    assert!(is_confirming(&model));
    assert!(view_text(&model).contains("closes in 1s"), "{}", view_text(&model));
    tell_time(&mut model, 1120);
    assert!(is_reading(&model));
    assert!(said(&model).contains("two minutes"), "{}", said(&model));
    // What the fingers still type is no command, and the phrase is forgotten.
    assert_eq!(keys(&mut model, "enter x q"), []);
    assert!(is_reading(&model), "{:?}", model.dialogs);
}

/// The process was stopped, or the machine slept: the first that is heard afterwards is the time.
#[test]
fn whoever_comes_back_later_finds_no_confirmation_open() {
    let mut model = typing_since(1000);
    tell_time(&mut model, 9000);
    assert_eq!(keys(&mut model, "enter"), []);
    assert!(!is_confirming(&model));
    // A clock that was put back tells nothing of how long that was.
    let mut model = typing_since(1000);
    tell_time(&mut model, 999);
    assert!(is_reading(&model));
    // Nor is it kept open by what lies over it.
    let mut model = typing_since(1000);
    let _ = update(&mut model, Msg::Printed { outcome: Ok("/tmp/plan.md".to_owned()) });
    tell_time(&mut model, 1200);
    assert!(!model.dialogs.iter().any(|dialog| matches!(dialog, Dialog::Confirm(_))), "{:?}", model.dialogs);
}

/// A simulated day passes in a minute, and the reader's eyes are as slow as ever.
#[test]
fn virtual_time_closes_no_confirmation() {
    let mut model = typing_since(1000);
    for hour in 0..24 {
        let now = lifeboat_model::time::after(worlds::now(), std::time::Duration::from_hours(hour));
        let _ = update(&mut model, Msg::Tick(now));
        tell_time(&mut model, 1000 + hour);
    }
    assert!(is_confirming(&model));
    assert_eq!(keys(&mut model, "enter").len(), 1);
}

/// Before the program has told any time, it counts from when that is first told.
#[test]
fn a_confirmation_opened_before_the_time_is_known_closes_as_well() {
    let mut model = reading();
    press(&mut model, "x");
    tell_time(&mut model, 1000);
    assert!(is_confirming(&model));
    tell_time(&mut model, 1120);
    assert!(!is_confirming(&model));
}

#[test]
fn what_cannot_be_seen_cannot_be_confirmed() {
    let mut model = reading();
    press(&mut model, "x");
    type_in(&mut model, PHRASE);
    let _ = update(&mut model, Msg::Resized { columns: 50, rows: 10 });
    assert_eq!(keys(&mut model, "enter"), []);
    assert!(said(&model).contains("too small"), "{}", said(&model));
}

#[test]
fn the_exact_calls_are_shown_on_demand() {
    for key in ["c", "enter"] {
        let mut model = reading();
        let copied = |model: &mut Model| match keys(model, "y").as_slice() {
            [Effect::Copy { text, .. }] => text.clone(),
            other => panic!("{other:?}"),
        };
        assert!(!copied(&mut model).contains("aws rds switchover-global-cluster"));
        press(&mut model, key);
        assert!(copied(&mut model).contains("aws rds switchover-global-cluster"), "{key}");
    }
}

#[test]
fn a_drill_is_proposed_anew() {
    let mut model = reading();
    let wanted = Effect::Propose {
        deployment: NAME.into(),
        runbook: "switchover".into(),
        drill: true,
        choice: None,
        overrides: BTreeMap::new(),
    };
    assert_eq!(keys(&mut model, "d"), [wanted]);
    // The answer to what was asked before is not taken for it.
    propose(&mut model, runs::proposal(Mode::Planned, runs::passing()));
    assert!(model.fleet[0].proposal.is_none());
}

/// A runbook that is a rehearsal by itself is no other thing, and says which fault it injects before its phrase is typed.
#[test]
fn a_rehearsal_names_its_fault_and_is_never_made_the_real_thing() {
    let mut model = reading();
    let mut plan = runs::plan(Mode::Planned);
    plan.drill = true;
    plan.steps[3].inject = true;
    let fault = plan.steps[3].title.clone();
    let drill = |plan| Proposal::new("switchover".into(), false, plan, runs::passing());
    propose(&mut model, drill(plan.clone()));
    assert!(view_text(&model).contains("Its fault, which clients notice and must"), "{}", view_text(&model));
    assert_eq!(keys(&mut model, "d"), []);
    assert!(said(&model).contains("a rehearsal already"), "{}", said(&model));
    press(&mut model, "x");
    let text = view_text(&model);
    assert!(text.contains("Begin switchover, a rehearsal") && text.contains(&fault), "{text}");
    plan.steps[3].inject = false;
    propose(&mut model, drill(plan));
    press(&mut model, "esc");
    rest(&mut model);
    press(&mut model, "7 x");
    let mut none = runs::plan(Mode::Planned);
    none.drill = true;
    propose(&mut model, drill(none));
    press(&mut model, "x");
    assert!(view_text(&model).contains("the move itself is what clients notice"), "{}", view_text(&model));
}

#[test]
fn an_open_run_is_shown_first_unless_somebody_looks_at_something_else() {
    let mut fresh = model();
    run(&mut fresh, Telling::running(), false);
    assert_eq!(fresh.screen, Screen::Run);
    let mut used = model();
    press(&mut used, "1");
    run(&mut used, Telling::running(), false);
    assert_eq!(used.screen, Screen::Overview);
    assert!(view_text(&used).contains("switchover is not over: 8"), "{}", view_text(&used));
    let mut over = model();
    run(&mut over, Telling::completed(), false);
    assert_eq!(over.screen, Screen::Overview);
}

fn asking() -> Model {
    let mut model = model();
    run(&mut model, Telling::asking(), true);
    press(&mut model, "8");
    model
}

fn question(model: &Model) -> (StepId, String) {
    model.fleet[0].run.as_ref().unwrap().question().unwrap().clone()
}

#[test]
fn a_question_is_answered_by_keys_and_by_its_own_text() {
    let mut model = asking();
    let asked = question(&model);
    let wanted = |what| [Effect::Say { deployment: NAME.into(), question: Some(asked.clone()), what }];
    assert_eq!(keys(&mut model, "a enter"), wanted(Saying::Retry));
    assert_eq!(keys(&mut model, "a j enter enter"), []);
    type_in(&mut model, "done by hand");
    assert_eq!(keys(&mut model, "enter"), wanted(Saying::Skip { reason: "done by hand".to_owned() }));
    assert_eq!(keys(&mut model, "a j j enter"), wanted(Saying::No));
    assert_eq!(keys(&mut model, "a j j j enter"), wanted(Saying::GoUnplanned));
    assert_eq!(keys(&mut model, "a j j j j enter enter"), []);
    type_in(&mut model, "abort payments-aurora");
    assert_eq!(keys(&mut model, "enter"), wanted(Saying::Abort));
}

/// What nobody could see is not made undone by a word that means something else to the one who says it.
#[test]
fn whether_a_call_happened_takes_yes_and_no_and_to_stop_says_neither() {
    let mut model = model();
    run(&mut model, Telling::unseen(), true);
    press(&mut model, "8");
    let asked = question(&model);
    let wanted = |what| [Effect::Say { deployment: NAME.into(), question: Some(asked.clone()), what }];
    press(&mut model, "a");
    let text = view_text(&model);
    for words in ["yes, it happened", "no, it did not", "SwitchoverGlobalCluster is sent now: twice", "stop here"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!text.contains("retry"), "{text}");
    press(&mut model, "esc");
    let reason = "stopped here, as nobody knows whether it happened".to_owned();
    assert_eq!(keys(&mut model, "a enter"), wanted(Saying::Skip { reason }));
    assert_eq!(keys(&mut model, "a j enter"), wanted(Saying::Yes));
    assert_eq!(keys(&mut model, "a j j enter"), wanted(Saying::No));
    assert_eq!(keys(&mut model, "e"), []);
    assert!(said(&model).contains("not answered by trying again"), "{}", said(&model));
    // What was said of one is not what the other waits for: a step that was not asked about is not under way either.
    let mut later = Telling::unseen();
    let step = StepId::new("promote-3");
    let answer = Answer::Skip { reason: "nobody knows".to_owned() };
    later.tell(6, RunEvent::Answered { step, answer, by: runs::operator() });
    run(&mut model, later, true);
    let text = view_text(&model);
    let row = text.lines().find(|line| line.contains("not seen")).expect("its row");
    assert!(row.contains("Promote payments-partner") && !row.contains("over"), "{text}");
}

/// Each opens where what follows from it is written; nothing is said before it is confirmed there.
#[test]
fn the_choices_that_have_keys_of_their_own_are_told_before_they_are_made() {
    let mut model = asking();
    let asked = question(&model);
    let wanted = |what| [Effect::Say { deployment: NAME.into(), question: Some(asked.clone()), what }];
    for (key, words, what) in [
        ("e", "(attempt 2)", Saying::Retry),
        ("U", "emergency: the rest is planned anew without us-east-1", Saying::GoUnplanned),
    ] {
        assert_eq!(keys(&mut model, key), [], "{key}");
        assert!(view_text(&model).contains(words), "{}", view_text(&model));
        assert_eq!(keys(&mut model, "esc"), [], "{key}");
        assert!(model.dialogs.is_empty());
        press(&mut model, key);
        assert_eq!(keys(&mut model, "enter"), wanted(what), "{key}");
    }
    assert_eq!(keys(&mut model, "S"), []);
    assert!(view_text(&model).contains("the run goes on with"), "{}", view_text(&model));
    assert_eq!(keys(&mut model, "enter enter"), []);
    type_in(&mut model, "done by hand");
    assert_eq!(keys(&mut model, "enter"), wanted(Saying::Skip { reason: "done by hand".to_owned() }));
    assert_eq!(keys(&mut model, "A enter"), []);
    type_in(&mut model, "abort payments-aurora");
    assert_eq!(keys(&mut model, "enter"), wanted(Saying::Abort));
}

#[test]
fn a_choice_that_means_nothing_now_says_why() {
    let mut model = model();
    assert_eq!(keys(&mut model, "8 e"), []);
    assert!(said(&model).contains("no run is known"), "{}", said(&model));
    // Executed elsewhere: nothing is said from here.
    run(&mut model, Telling::asking(), false);
    for key in ["e", "S", "U"] {
        assert_eq!(keys(&mut model, key), []);
        assert!(model.dialogs.is_empty() && said(&model).contains("not executed here"), "{key} {}", said(&model));
    }
    // Executed here, and it asks nothing.
    let mut model = self::model();
    run(&mut model, Telling::running(), true);
    press(&mut model, "8");
    for (key, words) in [("e", "asks nothing"), ("S", "skipped where it is asked about")] {
        assert_eq!(keys(&mut model, key), []);
        assert!(model.dialogs.is_empty() && said(&model).contains(words), "{key} {}", said(&model));
    }
    assert_eq!(keys(&mut model, "U"), []);
    assert!(view_text(&model).contains("go on unplanned"), "{}", view_text(&model));
    press(&mut model, "esc A");
    assert!(is_confirming(&model), "{:?}", model.dialogs);
    let mut model = self::model();
    run(&mut model, Telling::completed(), true);
    assert_eq!(keys(&mut model, "8 U A"), []);
    assert!(model.dialogs.is_empty() && said(&model).contains("is over"), "{}", said(&model));
}

#[test]
fn what_was_about_to_be_said_to_one_question_is_not_said_to_the_next() {
    let mut telling = Telling::asking();
    for opened in ["a", "a j enter", "a j j j j enter"] {
        let mut model = asking();
        press(&mut model, opened);
        let step = StepId::new("promote-3");
        let by = runs::operator();
        let mut later = Telling::asking();
        later.tell(2, RunEvent::Answered { step: step.clone(), answer: lifeboat_model::run::Answer::Retry, by });
        later.tell(1, RunEvent::Question { step, text: "another one?".to_owned(), approves: None });
        let new = later.entries.split_off(telling.entries.len());
        let _ = update(&mut model, Msg::Run { deployment: NAME.into(), entries: new, here: true });
        assert_eq!(model.dialogs, [], "{opened}");
        assert_eq!(keys(&mut model, "enter").iter().filter(|effect| matches!(effect, Effect::Say { .. })).count(), 0);
    }
    telling.entries.clear();
}

#[test]
fn the_plan_of_the_middle_of_a_run_is_approved_by_its_phrase_only() {
    let mut model = model();
    run(&mut model, Telling::replanned(), true);
    press(&mut model, "8 a j enter");
    assert!(view_text(&model).contains("up to the last 1.3 s of writes"), "{}", view_text(&model));
    type_in(&mut model, PHRASE);
    assert_eq!(keys(&mut model, "enter"), []);
    press(&mut model, "ctrl+u");
    let phrase = "failover payments-aurora us-east-2";
    type_in(&mut model, phrase);
    let asked = question(&model);
    let what = Saying::Approve { typed: phrase.to_owned() };
    assert_eq!(keys(&mut model, "enter"), [Effect::Say { deployment: NAME.into(), question: Some(asked), what }]);
}

#[test]
fn a_run_is_paused_and_let_go_on() {
    let mut model = model();
    run(&mut model, Telling::running(), true);
    let said = |what| [Effect::Say { deployment: NAME.into(), question: None, what }];
    assert_eq!(keys(&mut model, "8 p"), said(Saying::Pause));
    let mut paused = Telling::running();
    let known = paused.entries.len();
    paused.tell(1, RunEvent::Paused { by: runs::operator() });
    let new = paused.entries.split_off(known);
    let _ = update(&mut model, Msg::Run { deployment: NAME.into(), entries: new, here: true });
    assert!(view_text(&model).contains("PAUSED"));
    assert_eq!(keys(&mut model, "p"), said(Saying::GoOn));
}

#[test]
fn a_run_that_nobody_executes_is_gone_on_with_after_a_second_thought() {
    let stopped = || {
        let mut telling = Telling::asking();
        telling.over(2, RunOutcome::Stopped, Some("nobody answered"));
        telling
    };
    let mut model = model();
    run(&mut model, stopped(), false);
    assert_eq!(keys(&mut model, "8 R enter"), []);
    let wanted = Effect::Resume { deployment: NAME.into(), run: RunId::new(RUN) };
    assert_eq!(keys(&mut model, "R j enter"), [wanted]);
    assert_eq!(keys(&mut model, "R"), []);
    assert_eq!(model.dialogs, []);
    let mut reader = super::hands::model();
    reader.access = Access::ReadOnly;
    run(&mut reader, stopped(), false);
    assert_eq!(keys(&mut reader, "8 R j enter"), []);
    assert!(reader.fleet[0].beginning.is_none());
}

#[test]
fn who_executes_a_run_elsewhere_is_not_interrupted() {
    let mut model = model();
    run(&mut model, Telling::running(), false);
    let standing = model.fleet[0].standing.as_mut().unwrap();
    standing.open_run = Some(runs::open_run(None, Some(Operator { user: "bob".to_owned(), ..runs::operator() })));
    assert_eq!(keys(&mut model, "8 R"), []);
    assert_eq!(model.dialogs, []);
    assert!(said(&model).contains("bob on bridge executes it"), "{}", said(&model));
    assert_eq!(keys(&mut model, "a p"), []);
    assert!(view_text(&model).contains("executed by bob on bridge"), "{}", view_text(&model));
}

#[test]
fn leaving_a_run_wants_to_be_said_twice() {
    for key in ["q", "ctrl+c"] {
        let mut model = model();
        run(&mut model, Telling::running(), true);
        assert_eq!(keys(&mut model, key), [], "{key}");
        assert!(said(&model).contains("lifeboat resume"), "{}", said(&model));
        // Anything else in between takes it back.
        assert_eq!(keys(&mut model, &format!("1 {key}")), [], "{key}");
        assert_eq!(keys(&mut model, key), [Effect::Quit], "{key}");
    }
}

#[test]
fn a_refusal_to_begin_is_told_in_full() {
    let mut model = reading();
    press(&mut model, "x");
    type_in(&mut model, PHRASE);
    press(&mut model, "enter");
    let why = "refused by writer; nothing was begun\nwriter: a promotion is under way (fix: wait until it is over)";
    let _ = update(&mut model, Msg::RunLeft { deployment: NAME.into(), outcome: Err(why.to_owned()) });
    let text = view_text(&model);
    assert!(text.contains("nothing was begun") && text.contains("wait until it is over"), "{text}");
    assert!(!model.fleet[0].is_acting_here());
}

/// Where there is not room for every store, the one that holds the run up is the one to see.
#[test]
fn the_store_that_is_waited_for_is_told_first() {
    for (step, kind, store) in [(3, StepKind::DynamodbDrain, "DynamoDB 12"), (3, StepKind::S3Backlog, "S3 14")] {
        let telling = Telling::running().but(|plan| {
            plan.steps[2].kind = StepKind::Capacity;
            plan.steps[step].kind = kind;
        });
        let mut model = model();
        run(&mut model, telling, true);
        let _ = update(&mut model, Msg::Resized { columns: 80, rows: 24 });
        press(&mut model, "8");
        let text = view_text(&model);
        let line = text.lines().find(|line| line.starts_with(" now ")).unwrap();
        assert!(line.contains(store), "{line}");
    }
}

#[test]
fn steps_stand_in_the_order_that_is_wanted() {
    let mut model = model();
    run(&mut model, Telling::running(), true);
    press(&mut model, "8");
    let order = |model: &Model| {
        let text = view_text(model);
        // What was called out above the table is no row of it.
        let (_, text) = text.split_once("▸ Steps").unwrap();
        let of = |word: &str| text.lines().position(|line| line.contains(word)).unwrap();
        (of("Mute 1 alarm"), of("Promote payments-partner"), text.contains("from here on not everything"))
    };
    let (mute, promote, has_line) = order(&model);
    assert!(mute < promote && has_line);
    for _ in 0..2 {
        press(&mut model, "s");
        let (mute, promote, has_line) = order(&model);
        assert!(promote < mute && !has_line, "{}", view_text(&model));
    }
    press(&mut model, "s");
    assert!(order(&model).2);
}

#[test]
fn the_step_under_way_stays_under_the_cursor_until_it_is_moved() {
    let mut model = model();
    run(&mut model, Telling::running(), true);
    let cursor = |model: &Model| model.screens.of(Screen::Run).cursor(0).id;
    assert_eq!(cursor(&model).as_deref(), Some("promote-3"));
    let mut later = Telling::running();
    let known = later.entries.len();
    later.end(2, "promote-3", 30, lifeboat_model::run::StepOutcome::Done);
    later.end(2, "capacity-3", 30, lifeboat_model::run::StepOutcome::Done);
    later.begin(1, "parameter-4");
    let new = later.entries.split_off(known);
    let msg = Msg::Run { deployment: NAME.into(), entries: new, here: true };
    let mut moved = model.clone();
    press(&mut moved, "8 g");
    let _ = update(&mut moved, msg.clone());
    assert_eq!(cursor(&moved).as_deref(), Some("mute-1"));
    let _ = update(&mut model, msg);
    assert_eq!(cursor(&model).as_deref(), Some("parameter-4"));
}
