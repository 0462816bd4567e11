//! Around a plan: whether to fail over at all, a copy on paper, guards that are gone on against, runs that are given up.

use std::collections::BTreeMap;

use lifeboat_model::guard::GuardName;
use lifeboat_model::run::{RunEvent, RunId};
use lifeboat_model::runbook::Mode;
use lifeboat_tui::acting::Proposal;
use lifeboat_tui::dialogs::{About, Dialog};
use lifeboat_tui::{Access, Effect, Model, Msg, update, view_text};

use super::camera::photograph_of;
use super::hands::{self, PHRASE, SIZES, keys, model_in, press, propose, run, said, type_in};
use super::worlds::runs::{self, RUN, Telling};
use super::worlds::{self, NAME, State};

fn reading(reports: Vec<lifeboat_model::guard::GuardReport>) -> Model {
    let mut model = model_in(State::Normal);
    press(&mut model, "7 x");
    propose(&mut model, runs::proposal(Mode::Planned, reports));
    model
}

#[test]
fn the_card_tells_each_criterion_with_its_evidence_and_age() {
    let mut model = model_in(State::Normal);
    press(&mut model, "D");
    assert!(matches!(model.dialogs.last(), Some(Dialog::Message { about: About::Decision, .. })));
    let text = view_text(&model);
    for words in [
        "Should payments-aurora be failed over at all?",
        "stay: nothing is seen to fail",
        "clients of the active region are failed",
        "it is the region, not a zone",
        "the database too",
        "nothing was changed within the last hour",
        "the standby is ready",
        "within the RPO",
        "waiting costs more than switching",
        "i declares when it began",
    ] {
        assert!(text.contains(words), "{words}\n{text}");
    }
}

#[test]
fn the_card_counts_from_the_declared_incident_and_ticks() {
    let mut model = model_in(State::Normal);
    hands::declare(&mut model, 60);
    press(&mut model, "D");
    let first = view_text(&model);
    assert!(first.contains("1m00s since"), "{first}");
    let _ =
        update(&mut model, Msg::Tick(lifeboat_model::time::after(worlds::now(), std::time::Duration::from_secs(5))));
    let second = view_text(&model);
    assert!(second.contains("1m05s since"), "{second}");
}

/// Nobody is pressed to decide what there is nothing to decide about.
#[test]
fn nothing_presses_while_the_advice_is_to_stay() {
    for seconds_ago in [60, 724, 90_000] {
        let mut model = model_in(State::Normal);
        hands::declare(&mut model, seconds_ago);
        press(&mut model, "D");
        let text = view_text(&model);
        assert!(text.contains("stay: nothing is seen to fail"), "{text}");
        let line = text.lines().find(|line| line.contains("decide in")).unwrap();
        assert!(line.contains("nothing to decide as it stands") && !line.contains('✖'), "{line}");
    }
    let mut model = model_in(State::RegionLoss);
    hands::declare(&mut model, 90_000);
    press(&mut model, "D");
    assert!(view_text(&model).contains("✖ now: the RTO is missed"), "{}", view_text(&model));
}

#[test]
fn a_world_that_was_never_read_has_only_unknowns_on_the_card() {
    let mut model = model_in(State::Empty);
    press(&mut model, "D");
    let text = view_text(&model);
    assert!(text.contains("never read") && !text.contains('✔'), "{text}");
}

#[test]
fn a_plan_is_written_to_paper_from_the_list_and_as_it_was_read() {
    let mut model = model_in(State::Normal);
    let of_list = Effect::Print { deployment: NAME.into(), runbook: "switchover".into(), drill: false, plan: None };
    assert_eq!(keys(&mut model, "7 P"), [of_list]);
    let mut model = reading(runs::passing());
    let plan = Some(Box::new(runs::plan(Mode::Planned)));
    let of_page = Effect::Print { deployment: NAME.into(), runbook: "switchover".into(), drill: false, plan };
    assert_eq!(keys(&mut model, "P"), [of_page]);
    let path = "/data/paper/payments-aurora-switchover-20260301-140307.md".to_owned();
    let _ = update(&mut model, Msg::Printed { outcome: Ok(path.clone()) });
    assert!(view_text(&model).contains(&path), "{}", view_text(&model));
    // The plan is still beneath it.
    press(&mut model, "q");
    assert!(matches!(model.dialogs.last(), Some(Dialog::Message { about: About::Proposal { .. }, .. })));
    let _ = update(&mut model, Msg::Printed { outcome: Err("the disk is full".to_owned()) });
    assert!(said(&model).contains("no paper copy: the disk is full"), "{}", said(&model));
    // Of a run, the plan that it follows.
    let mut model = hands::model();
    let telling = runs::Telling::running();
    let of_run = match &telling.entries[0].event {
        RunEvent::RunStarted { plan, .. } => plan.clone(),
        other => panic!("{other:?}"),
    };
    let _ = update(&mut model, Msg::Run { deployment: NAME.into(), entries: telling.entries, here: true });
    let (runbook, drill) = (of_run.runbook.clone(), of_run.drill);
    let followed = Effect::Print { deployment: NAME.into(), runbook, drill, plan: Some(of_run) };
    assert_eq!(keys(&mut model, "8 P"), [followed]);
}

/// Lag may be overridden, the writer may not.
#[test]
fn a_guard_is_gone_on_against_with_a_reason_and_only_where_that_is_allowed() {
    let mut model = reading(runs::refusing());
    assert_eq!(keys(&mut model, "!"), []);
    assert!(view_text(&model).contains("lag refuses"), "{}", view_text(&model));
    assert_eq!(keys(&mut model, "enter"), []);
    type_in(&mut model, "the backlog is of logs");
    let overrides = BTreeMap::from([(GuardName::Lag, "the backlog is of logs".to_owned())]);
    let wanted = Effect::Propose {
        deployment: NAME.into(),
        runbook: "switchover".into(),
        drill: false,
        choice: None,
        overrides,
    };
    assert_eq!(keys(&mut model, "enter"), [wanted]);
    let mut reports = runs::refusing();
    reports[1].overridden = Some("the backlog is of logs".to_owned());
    propose(&mut model, runs::proposal(Mode::Planned, reports));
    // What is left nobody may override.
    assert_eq!(keys(&mut model, "!"), []);
    assert!(said(&model).contains("nobody may override writer"), "{}", said(&model));
    assert_eq!(keys(&mut model, "x"), []);
    assert!(said(&model).contains("refused by: writer"), "{}", said(&model));
}

#[test]
fn what_was_overridden_goes_with_the_run_and_not_to_another_plan() {
    let overridden = || {
        let mut reports = runs::refusing();
        reports.remove(2);
        reports[1].overridden = Some("logs only".to_owned());
        reports
    };
    let mut model = reading(overridden());
    press(&mut model, "x");
    type_in(&mut model, PHRASE);
    let effects = keys(&mut model, "enter");
    let [Effect::Begin { overrides, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(*overrides, BTreeMap::from([(GuardName::Lag, "logs only".to_owned())]));
    // Another plan: what was said of the one before is not said of it.
    let mut model = reading(overridden());
    let mut other = runs::plan(Mode::Planned);
    other.steps.remove(3);
    propose(&mut model, Proposal::new("switchover".into(), false, other, overridden()));
    assert_eq!(keys(&mut model, "x"), []);
    assert!(said(&model).contains("refused by: lag"), "{}", said(&model));
}

#[test]
fn a_run_that_nobody_executes_is_given_up_by_its_phrase_and_what_goes_back_is_told_first() {
    let mut model = model_in(State::Normal);
    run(&mut model, Telling::left(), false);
    assert_eq!(keys(&mut model, "8 A"), []);
    let text = view_text(&model);
    // Its promotion was sent, so what clients are led by stays.
    assert!(text.contains("The database has moved to us-east-2, or may have"), "{text}");
    assert!(text.contains("Stays as it is:"), "{text}");
    assert!(text.contains("Promote payments-partner in us-east-2: going back is another switchover"), "{text}");
    assert_eq!(keys(&mut model, "enter"), []);
    type_in(&mut model, "abort payments-aurora");
    let wanted = Effect::Abort { deployment: NAME.into(), run: RunId::new(RUN) };
    assert_eq!(keys(&mut model, "enter"), [wanted]);
    assert_eq!(keys(&mut model, "A"), []);
    assert_eq!(model.dialogs, []);
}

#[test]
fn a_run_that_is_over_or_without_access_is_not_given_up() {
    let mut over = model_in(State::Normal);
    run(&mut over, Telling::completed(), false);
    let mut reader = model_in(State::Normal);
    reader.access = Access::ReadOnly;
    run(&mut reader, Telling::left(), false);
    for (mut model, words) in [(over, "over"), (reader, "O raises it")] {
        assert_eq!(keys(&mut model, "8 A"), []);
        assert_eq!(model.dialogs, [], "{words}");
    }
}

#[test]
fn cards_copies_overrides_and_runs_given_up_at_every_size() {
    for size in SIZES {
        let sized = |model: Model, keys: &str| {
            let mut model = hands::sized(model, size);
            press(&mut model, keys);
            model
        };
        for state in [State::Normal, State::Empty, State::Stale, State::Failing, State::RegionLoss] {
            let mut model = model_in(state);
            hands::declare(&mut model, 724);
            photograph_of("decision", state.name(), sized(model, "1 D"));
        }
        photograph_of("override", "typing", sized(reading(runs::refusing()), "! l o g s"));
        let mut paper = sized(reading(runs::passing()), "");
        let path = "/home/ada/.local/share/lifeboat/paper/payments-aurora-switchover-20260301-140307.md".to_owned();
        let _ = update(&mut paper, Msg::Printed { outcome: Ok(path) });
        photograph_of("paper", "written", paper);
        let mut stopped = model_in(State::Normal);
        run(&mut stopped, Telling::left(), false);
        photograph_of("abort", "typing", sized(stopped, "8 A a b o"));
    }
}
