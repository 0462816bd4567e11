//! Stacks by keys: what is asked of the world to see them, to take them away and to make others, and what is not.

use std::collections::BTreeMap;

use std::time::Duration;

use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::guard::{GuardName, GuardReport, Verdict};
use lifeboat_model::plan::StepId;
use lifeboat_model::read::Service;
use lifeboat_model::run::{Measured, RunEvent, RunOutcome};
use lifeboat_model::runbook::{DRIFT, PROVISION, TEARDOWN};
use lifeboat_model::time::{Timestamp, after};
use lifeboat_model::topology::Deployment;
use lifeboat_tui::dialogs::{About, Dialog};
use lifeboat_tui::drafting::Choice;
use lifeboat_tui::model::Stage;
use lifeboat_tui::screens::Screen;
use lifeboat_tui::{Access, Effect, Model, Msg, Opening, update, view_text};

use super::hands::{keys, model, press, propose, run, said, type_in};
use super::worlds::runs::Telling;
use super::worlds::{self, HOME, NAME, State, estates};

/// As the program does: every choice that it is asked about is judged, the newest last.
fn judge(model: &mut Model, effects: Vec<Effect>) {
    for effect in effects {
        if let Effect::Draft { choice } = effect {
            let draft = estates::draft(&choice);
            let _ = update(model, Msg::Drafted { of: choice, outcome: Ok(Box::new(draft)) });
        }
    }
}

/// In the form of a blueprint, judged.
fn choosing() -> Model {
    let mut model = model();
    assert_eq!(keys(&mut model, "b"), [Effect::Blueprints]);
    let _ = update(&mut model, Msg::Blueprints(estates::offers()));
    let effects = keys(&mut model, "enter");
    assert_eq!(effects, [Effect::Draft { choice: Choice::of("payments-aurora") }]);
    judge(&mut model, effects);
    model
}

fn names(model: &Model) -> Vec<&str> {
    model.fleet.iter().map(|watched| watched.deployment.name.as_str()).collect()
}

#[test]
fn what_failed_is_unfolded_and_said_first_and_what_stands_is_folded() {
    let mut model = worlds::live(State::Failing);
    let _ = update(&mut model, Msg::Resized { columns: 120, rows: 40 });
    let _ = keys(&mut model, "0");
    let text = view_text(&model);
    assert!(text.contains("AssetsBucket of payments-prod-app is UPDATE_FAILED"), "{text}");
    assert!(text.contains("- payments-prod-app") && text.contains("+ payments-prod-data"), "{text}");
    let rows: Vec<&str> = text.lines().filter(|line| line.contains("    ")).collect();
    let place = |word: &str| rows.iter().position(|line| line.contains(word));
    assert!(place("AssetsBucket") < place("SessionsTable"), "{text}");
}

#[test]
fn a_stack_is_unfolded_and_folded_by_one_key_and_stays_so() {
    let mut model = model();
    assert_eq!(keys(&mut model, "0 g space"), []);
    assert!(view_text(&model).contains("SessionsTable"), "{}", view_text(&model));
    for msg in estates::readings(State::Normal) {
        let _ = update(&mut model, msg);
    }
    assert!(view_text(&model).contains("SessionsTable"));
    // From one of its resources too.
    assert_eq!(keys(&mut model, "j j space"), []);
    assert!(!view_text(&model).contains("DynamoDB global table"), "{}", view_text(&model));
}

#[test]
fn taking_away_and_comparing_are_proposed_and_nothing_else() {
    for (key, runbook) in [("x", TEARDOWN), ("d", DRIFT)] {
        let mut model = model();
        let wanted = Effect::Propose {
            deployment: NAME.into(),
            runbook: runbook.into(),
            drill: false,
            choice: None,
            overrides: BTreeMap::new(),
        };
        assert_eq!(keys(&mut model, &format!("0 {key}")), [wanted]);
        assert!(matches!(model.dialogs.last(), Some(Dialog::Message { about: About::Proposal { .. }, .. })));
        assert_eq!(keys(&mut model, "x"), []);
        assert!(said(&model).contains("no plan to begin yet"), "{}", said(&model));
    }
}

#[test]
fn a_teardown_that_a_guard_refuses_cannot_be_confirmed() {
    let mut model = model();
    let _ = keys(&mut model, "0 x");
    propose(&mut model, estates::proposed(estates::teardown(), true));
    assert!(view_text(&model).contains("termination-protection"), "{}", view_text(&model));
    assert_eq!(keys(&mut model, "x"), []);
    assert!(said(&model).contains("unprotected"), "{}", said(&model));
    // There is no rehearsal of a deletion.
    assert_eq!(keys(&mut model, "d"), []);
    assert!(said(&model).contains("no drill"), "{}", said(&model));
}

#[test]
fn a_teardown_is_begun_by_its_phrase_and_what_is_gone_says_so_until_one_looks_elsewhere() {
    let mut model = model();
    let _ = keys(&mut model, "0 x");
    let plan = estates::teardown();
    propose(&mut model, estates::proposed(plan.clone(), false));
    let _ = keys(&mut model, "x");
    let text = view_text(&model);
    assert!(text.contains("ALL DATA ARE LOST") && !text.contains("Clients can write"), "{text}");
    let phrase = plan.phrase();
    let _ = type_in(&mut model, &phrase);
    let effects = keys(&mut model, "enter");
    assert_eq!(
        effects,
        [Effect::Begin { deployment: NAME.into(), plan: Box::new(plan.clone()), phrase, overrides: BTreeMap::new() }]
    );
    let mut telling = worlds::runs::Telling::of(plan, 30);
    telling.tell(
        1,
        RunEvent::RunEnded {
            outcome: RunOutcome::Completed,
            reason: None,
            measured: Measured::default(),
            truth: None,
            ledger: Vec::new(),
        },
    );
    let _ = update(&mut model, Msg::Run { deployment: NAME.into(), entries: telling.entries, here: true });
    let _ = update(&mut model, Msg::TakenAway(NAME.into()));
    assert!(view_text(&model).contains("COMPLETED"), "{}", view_text(&model));
    let _ = keys(&mut model, "1");
    assert!(view_text(&model).contains("was taken away"), "{}", view_text(&model));
    // What others are there is said again: it stays in view.
    let others = model.fleet[1..].iter().map(|watched| watched.deployment.clone()).collect();
    let _ = update(&mut model, Msg::Discovered(others));
    assert_eq!(model.watched().unwrap().stage, Stage::Gone);
    assert_eq!(keys(&mut model, "0 x"), []);
    assert!(said(&model).contains("nothing left"), "{}", said(&model));
    let _ = keys(&mut model, "n");
    assert!(!names(&model).contains(&NAME), "{:?}", names(&model));
}

#[test]
fn every_change_in_the_form_is_judged_and_nothing_leads_on_from_a_mistake() {
    let mut model = choosing();
    let _ = keys(&mut model, "down down down");
    let effects = type_in(&mut model, "devX");
    let Some(Effect::Draft { choice }) = effects.last() else { panic!("{effects:?}") };
    assert_eq!(choice.values.get("EnvironmentSuffix").map(String::as_str), Some("devX"));
    // It was not judged yet.
    assert_eq!(keys(&mut model, "enter"), []);
    assert!(said(&model).contains("looked at"), "{}", said(&model));
    judge(&mut model, effects);
    assert_eq!(keys(&mut model, "enter"), []);
    assert!(said(&model).contains("1 mistake"), "{}", said(&model));
    let text = view_text(&model);
    assert!(text.contains("does not have the form") && text.contains("not known until"), "{text}");
    // All of it is erased; and as it usually is, it is nobody's choice.
    let effects = keys(&mut model, "ctrl+u");
    let [Effect::Draft { choice }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(choice.values.get("EnvironmentSuffix").map(String::as_str), Some(""));
    let effects = keys(&mut model, "ctrl+u");
    assert_eq!(effects, [Effect::Draft { choice: Choice::of("payments-aurora") }]);
}

/// What is usual is taken for selected, until somebody has typed there.
#[test]
fn the_first_letter_takes_the_place_of_what_is_usual() {
    let suffix = |effects: Vec<Effect>| match effects.last() {
        Some(Effect::Draft { choice }) => choice.values.get("EnvironmentSuffix").cloned(),
        other => panic!("{other:?}"),
    };
    let mut model = choosing();
    let _ = keys(&mut model, "down down down");
    assert_eq!(suffix(type_in(&mut model, "p")).as_deref(), Some("p"));
    assert_eq!(suffix(type_in(&mut model, "rod")).as_deref(), Some("prod"));
    // What comes to the same as the usual on the way is no reason to begin anew.
    let mut model = choosing();
    let _ = keys(&mut model, "down down down");
    assert_eq!(suffix(type_in(&mut model, "dev2")).as_deref(), Some("dev2"));
    let mut model = choosing();
    let _ = keys(&mut model, "down down down");
    assert_eq!(suffix(keys(&mut model, "backspace")).as_deref(), Some("de"));
    assert_eq!(suffix(type_in(&mut model, "mo")).as_deref(), Some("demo"));
}

#[test]
fn the_footer_offers_nothing_for_what_was_taken_away_and_a_filter_counts_what_it_leaves() {
    let mut model = model();
    let _ = keys(&mut model, "0");
    assert!(view_text(&model).lines().last().unwrap().contains("x teardown"), "{}", view_text(&model));
    let _ = keys(&mut model, "/ a p p enter");
    let left = lifeboat_tui::screens::items(&model, Screen::Stacks, 0).len();
    assert!(left > 0, "{left}");
    assert!(view_text(&model).contains(&format!("{left} shown of 3 stacks")), "{}", view_text(&model));
    let _ = update(&mut model, Msg::TakenAway(NAME.into()));
    let text = view_text(&model);
    assert!(!text.contains("x teardown") && !text.contains("d drift"), "{text}");
}

#[test]
fn switches_and_choices_turn_by_the_space_bar_and_take_no_letters() {
    let mut model = choosing();
    let _ = keys(&mut model, "down down down down down");
    assert_eq!(type_in(&mut model, "yes"), []);
    let turned = |effects: Vec<Effect>, field: &str| match effects.as_slice() {
        [Effect::Draft { choice }] => choice.values.get(field).cloned(),
        other => panic!("{other:?}"),
    };
    assert_eq!(turned(type_in(&mut model, " "), "Monitoring").as_deref(), Some("true"));
    assert_eq!(turned(type_in(&mut model, " "), "Monitoring"), None);
    let _ = keys(&mut model, "down");
    for wanted in [Some("7"), Some("30"), None] {
        assert_eq!(turned(type_in(&mut model, " "), "LogRetentionDays").as_deref(), wanted);
    }
}

#[test]
fn what_was_chosen_is_proposed_for_a_deployment_that_is_not_there_yet() {
    let mut model = choosing();
    let effects = type_in(&mut model, "payments-aurora-two");
    judge(&mut model, effects);
    let choice = Choice { name: Some("payments-aurora-two".to_owned()), ..Choice::of("payments-aurora") };
    let effects = keys(&mut model, "enter");
    let wanted = Effect::Propose {
        deployment: "payments-aurora-two".into(),
        runbook: PROVISION.into(),
        drill: false,
        choice: Some(choice),
        overrides: BTreeMap::new(),
    };
    assert_eq!(effects, [wanted]);
    assert_eq!(model.watched().unwrap().stage, Stage::Unmade);
    // Whoever leaves the plan is in the form again, and who leaves that has made nothing.
    let _ = keys(&mut model, "esc");
    assert!(matches!(model.dialogs.last(), Some(Dialog::Form(_))));
    let _ = keys(&mut model, "esc esc");
    assert!(!names(&model).contains(&"payments-aurora-two"), "{:?}", names(&model));
    assert_eq!(model.watched().unwrap().deployment.name.as_str(), NAME);
}

#[test]
fn what_is_made_is_one_of_those_that_there_are_once_the_program_says_so() {
    let mut model = Model::new(Opening::new(
        lifeboat_model::port::Reality::Simulated("empty-account".to_owned()),
        Vec::new(),
        worlds::now(),
    ));
    model.access = lifeboat_tui::Access::Operate;
    let _ = update(&mut model, Msg::Resized { columns: 80, rows: 24 });
    assert!(view_text(&model).contains("b lists the architectures"), "{}", view_text(&model));
    let _ = keys(&mut model, "b");
    let _ = update(&mut model, Msg::Blueprints(estates::offers()));
    let effects = keys(&mut model, "enter");
    judge(&mut model, effects);
    let _ = keys(&mut model, "enter");
    let mut plan = estates::provision();
    plan.deployment = NAME.into();
    propose(&mut model, estates::proposed(plan.clone(), false));
    let _ = keys(&mut model, "x");
    let _ = type_in(&mut model, &plan.phrase());
    assert_eq!(keys(&mut model, "enter").len(), 1);
    assert_eq!((model.screen, model.watched().unwrap().stage), (Screen::Run, Stage::Unmade));
    // Time alone takes nothing away that is being begun.
    let _ = update(&mut model, Msg::Tick(after(worlds::now(), Duration::from_mins(1))));
    assert_eq!(names(&model), [NAME]);
    let _ = update(&mut model, Msg::Discovered(vec![Deployment::bare(NAME, worlds::HOME, worlds::PARTNER)]));
    assert_eq!(model.watched().unwrap().stage, Stage::Standing);
    assert!(model.watched().unwrap().beginning.is_some());
}

#[test]
fn a_beginning_that_is_refused_leaves_nothing_behind_once_one_looks_elsewhere() {
    let mut model = choosing();
    let effects = type_in(&mut model, "payments-aurora-two");
    judge(&mut model, effects);
    let _ = keys(&mut model, "enter");
    let mut plan = estates::provision();
    plan.deployment = "payments-aurora-two".into();
    let deployment = plan.deployment.clone();
    propose(&mut model, estates::proposed(plan.clone(), false));
    let _ = keys(&mut model, "x");
    let _ = type_in(&mut model, &plan.phrase());
    let _ = keys(&mut model, "enter");
    let _ = update(&mut model, Msg::RunLeft { deployment, outcome: Err("refused by quotas".to_owned()) });
    assert!(view_text(&model).contains("refused by quotas"), "{}", view_text(&model));
    assert_eq!(names(&model).len(), 4);
    let _ = keys(&mut model, "n");
    assert_eq!(names(&model).len(), 3);
}

#[test]
fn a_blueprint_with_mistakes_is_not_chosen() {
    let mut model = model();
    let _ = keys(&mut model, "b");
    let _ = update(&mut model, Msg::Blueprints(estates::offers()));
    assert_eq!(keys(&mut model, "down enter"), []);
    assert!(said(&model).contains("manifest.toml:12"), "{}", said(&model));
}

/// Whoever executes it: no client is part of it, so that nothing is said of them.
#[test]
fn a_run_of_stacks_says_nothing_of_clients() {
    let mut model = model();
    for msg in estates::being_made() {
        let _ = update(&mut model, msg);
    }
    let _ = keys(&mut model, "8");
    let text = view_text(&model);
    assert!(!text.contains("clients") && !text.contains("RTO"), "{text}");
    assert!(text.contains("1 of 3 stacks done") && text.contains("left of"), "{text}");
    let _ = keys(&mut model, "0");
    let text = view_text(&model);
    assert!(text.contains("1/4") && text.contains("to come") && text.contains("1m10s left"), "{text}");
}

/// The same way as for everything else: the name is typed, then the phrase.
#[test]
fn what_is_yet_to_be_made_is_made_by_whoever_types_its_name() {
    let mut model = choosing();
    model.access = Access::ReadOnly;
    let effects = keys(&mut model, "enter");
    let [Effect::Propose { deployment, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    let (deployment, mut plan) = (deployment.clone(), estates::provision());
    plan.deployment = deployment.clone();
    let mut proposal = estates::proposed(plan, false);
    proposal.reports.push(GuardReport {
        guard: GuardName::Access,
        verdict: Verdict::refuse("the session is read-only", "begin it with operator access"),
        evidence: String::new(),
        read_at: None,
        overridden: None,
    });
    let _ = update(&mut model, super::hands::proposed(proposal));
    assert!(view_text(&model).contains("O raises it first"), "{}", view_text(&model));
    assert_eq!(keys(&mut model, "x"), []);
    let text = view_text(&model);
    assert!(text.contains("Raise access from read-only to operate") && text.contains("123456789012"), "{text}");
    let _ = type_in(&mut model, deployment.as_str());
    let wanted = Effect::RaiseAccess { typed: deployment.to_string(), deployment };
    assert_eq!(keys(&mut model, "enter"), [wanted]);
}

#[test]
fn a_plan_of_stacks_offers_no_drill() {
    let mut model = model();
    let _ = keys(&mut model, "0 x");
    let _ = update(&mut model, super::hands::proposed(estates::proposed(estates::teardown(), false)));
    let footer = |model: &Model| view_text(model).lines().last().unwrap_or_default().to_owned();
    assert!(footer(&model).contains("x begin") && !footer(&model).contains("drill"), "{}", footer(&model));
    let _ = keys(&mut model, "q 7 x");
    assert!(footer(&model).contains("drill"), "{}", footer(&model));
}

/// Before a stack is made a change set of an earlier attempt is deleted, and mostly there is none: that alarms nobody.
#[test]
fn what_was_to_be_deleted_and_is_not_there_is_no_failure() {
    let told = |operation: &str, kind: CloudErrorKind| {
        let mut telling = Telling::of(estates::provision(), 30);
        telling.begin(20, "make-data");
        let error = CloudError {
            operation: operation.to_owned(),
            message: "no such thing".to_owned(),
            ..worlds::silence(Service::Stacks, HOME, kind)
        };
        let step = StepId::new("make-data");
        telling.tell(19, RunEvent::CallEnded { step, index: 0, outcome: Err(error) });
        let mut model = model();
        run(&mut model, telling, true);
        press(&mut model, "8");
        view_text(&model)
    };
    let text = told("DeleteChangeSet", CloudErrorKind::NotFound);
    assert!(!text.contains("no such thing"), "{text}");
    for (operation, kind) in
        [("DeleteChangeSet", CloudErrorKind::Conflict), ("ExecuteChangeSet", CloudErrorKind::NotFound)]
    {
        let text = told(operation, kind);
        assert!(text.contains("no such thing"), "{text}");
    }
}

#[test]
fn what_happened_to_stacks_is_told_with_its_day() {
    let mut model = model();
    let _ = keys(&mut model, "0");
    let events: Vec<String> =
        view_text(&model).lines().skip_while(|line| !line.contains("Events")).map(str::to_owned).collect();
    assert!(events.iter().any(|line| line.contains(" 03-01 ")), "{events:?}");
}

/// A comparison that is over is worth what was read of it since, and nothing before.
#[test]
fn a_comparison_says_what_it_found_once_that_was_read() {
    let mut model = model();
    let mut plan = estates::provision();
    plan.runbook = DRIFT.into();
    plan.build = None;
    let mut telling = worlds::runs::Telling::of(plan, 30);
    telling.over(1, RunOutcome::Completed, None);
    super::hands::run(&mut model, telling, false);
    let _ = keys(&mut model, "8");
    assert!(view_text(&model).contains("what differs is being read"), "{}", view_text(&model));
    let estate = model.fleet[0].estate.as_ref().unwrap();
    let (past, now) = (Timestamp::MIN, worlds::now());
    assert_eq!(estate.drifted_between(now, now), None);
    // One stack was never compared.
    assert_eq!(estate.drifted_between(past, past), None);
    let mut estate = estate.clone();
    for known in &mut estate.stacks {
        let mut stack = known.stack.value().cloned().flatten().unwrap();
        stack.drift_checked_at = Some(worlds::ago(60));
        known.stack.succeed(Some(stack), now);
        let differing = known.drift.value().cloned().unwrap_or_default();
        known.drift.succeed(differing, worlds::ago(30));
    }
    let count = estate.stacks.iter().map(|known| known.drifted().count()).sum::<usize>();
    assert_eq!(estate.drifted_between(worlds::ago(70), worlds::ago(40)), Some(count));
    // What was read while AWS still compared is not what it found in the end.
    assert_eq!(estate.drifted_between(worlds::ago(70), worlds::ago(20)), None);
    // What was compared before says nothing.
    assert_eq!(estate.drifted_between(after(now, Duration::from_secs(5)), worlds::ago(40)), None);
}
