//! What makes the console bearable: the welcome, the tutorial, calls, commands and screens to take along, columns, the
//! palette over resources; and that a session which may only read asks for nothing that changes anything.

use std::time::Duration;

use lifeboat_model::assessment::Health;
use lifeboat_model::runbook::Mode;
use lifeboat_model::time::after;
use lifeboat_tui::action::Action;
use lifeboat_tui::dialogs::{About, Dialog, palette};
use lifeboat_tui::remembered::Remembered;
use lifeboat_tui::screens::Screen;
use lifeboat_tui::tutorial::Stage;
use lifeboat_tui::{Access, Effect, Key, Model, Msg, Opening, update, view_text};

use super::hands::{keys as pressed, press, propose, type_in};
use super::worlds::runs::{self, Telling};
use super::worlds::{self, NAME, State};

fn opened(change: impl FnOnce(&mut Opening)) -> Model {
    let reality = worlds::simulated(State::Normal).reality;
    let mut opening = Opening::new(reality, vec![worlds::deployment(NAME)], worlds::now());
    change(&mut opening);
    let mut model = Model::new(opening);
    for watched in &mut model.fleet {
        worlds::fill(watched, State::Normal);
    }
    model
}

// ---- The welcome

fn greeted() -> Model {
    opened(|opening| opening.greets = true)
}

#[test]
fn any_key_closes_the_welcome_and_it_is_not_shown_again() {
    for key in ["z", "enter", "esc", "q", "space", "down"] {
        let mut model = greeted();
        assert_eq!(model.dialogs, [Dialog::Greeting], "{key}");
        let effects = pressed(&mut model, key);
        assert!(model.dialogs.is_empty(), "{key}");
        let [Effect::Remember(kept)] = effects.as_slice() else { panic!("{key}: {effects:?}") };
        assert!(kept.greeted);
        let again = opened(|opening| (opening.greets, opening.remembered) = (true, kept.clone()));
        assert!(again.dialogs.is_empty());
    }
}

#[test]
fn what_the_welcome_names_is_done_and_the_way_out_stays_one() {
    let mut model = greeted();
    press(&mut model, "7");
    assert_eq!((model.screen, model.dialogs.len()), (Screen::Runbooks, 0));
    let mut model = greeted();
    press(&mut model, "w");
    assert!(matches!(model.dialogs.as_slice(), [Dialog::Message { about: About::Forecast, .. }]));
    assert!(pressed(&mut greeted(), "T").contains(&Effect::Tutorial));
    assert!(pressed(&mut greeted(), "ctrl+c").contains(&Effect::Quit));
    assert!(!pressed(&mut greeted(), "q").contains(&Effect::Quit));
}

#[test]
fn the_welcome_fits_the_smallest_window_and_says_what_matters() {
    let mut model = greeted();
    let _ = update(&mut model, Msg::Resized { columns: 80, rows: 24 });
    let text = view_text(&model);
    let wanted = [
        "Welcome to Lifeboat",
        "SIMULATION",
        "Three things to try",
        "w ",
        "7 ",
        "O raises access",
        "T ",
        "any key closes",
    ];
    for words in wanted {
        assert!(text.contains(words), "{words}\n{text}");
    }
}

#[test]
fn the_welcome_leads_to_acting_and_promises_nothing_that_is_pinned() {
    let mut model = greeted();
    assert_eq!(pressed(&mut model, "O").len(), 1);
    assert!(matches!(model.dialogs.as_slice(), [Dialog::Confirm(_)]), "{:?}", model.dialogs);
    let pinned = || {
        let why = "this session was started with `--read-only`".to_owned();
        opened(|opening| (opening.greets, opening.pinned) = (true, Some(why)))
    };
    let text = view_text(&pinned());
    assert!(text.contains("Three things to try") && text.contains("--read-only"), "{text}");
    let mut model = pinned();
    press(&mut model, "O");
    assert_eq!(model.dialogs, []);
    let operator = opened(|opening| (opening.greets, opening.access) = (true, Access::Operate));
    assert!(!view_text(&operator).contains("raise access"), "{}", view_text(&operator));
}

/// Over real regions it does not call them a simulation.
#[test]
fn the_welcome_can_be_had_again() {
    let mut model = worlds::live(State::Normal);
    let _ = update(&mut model, Msg::Action(Action::ShowGreeting));
    assert_eq!(model.dialogs, [Dialog::Greeting]);
    let text = view_text(&model);
    assert!(text.contains("REAL regions") && !text.contains("SIMULATION") && !text.contains("is real"), "{text}");
}

// ---- The tutorial

fn stage(model: &Model) -> Stage {
    model.tutorial.stage().unwrap()
}

#[test]
fn the_tutorial_goes_on_by_what_is_so_from_the_loss_to_the_report() {
    let mut model = opened(|opening| (opening.tutorial, opening.access) = (true, Access::Operate));
    assert_eq!(stage(&model), Stage::Calm);
    press(&mut model, "2 3 1");
    assert_eq!(stage(&model), Stage::Calm);
    worlds::fill(&mut model.fleet[0], State::RegionLoss);
    press(&mut model, "1");
    assert_eq!(stage(&model), Stage::Lost);
    press(&mut model, "w");
    assert_eq!(stage(&model), Stage::Forecast);
    press(&mut model, "esc");
    assert_eq!(stage(&model), Stage::Runbooks);
    press(&mut model, "7");
    assert!(view_text(&model).contains("j moves down to failover"), "{}", view_text(&model));
    // The plan of another runbook is not the one, and it says so.
    press(&mut model, "x");
    assert_eq!(stage(&model), Stage::Runbooks);
    assert!(view_text(&model).contains("another runbook"), "{}", view_text(&model));
    press(&mut model, "esc j x");
    assert_eq!(stage(&model), Stage::Plan);
    let mut proposal = runs::proposal(Mode::Unplanned, runs::passing());
    proposal.runbook = "failover".into();
    let msg = Msg::Proposed { deployment: NAME.into(), runbook: "failover".into(), outcome: Ok(Box::new(proposal)) };
    let _ = update(&mut model, msg);
    press(&mut model, "x");
    assert_eq!(stage(&model), Stage::Confirm);
    // Whoever goes back is shown the way again.
    press(&mut model, "esc");
    assert_eq!(stage(&model), Stage::Plan);
    press(&mut model, "x");
    let phrase = model.watched().unwrap().proposal.as_ref().unwrap().plan.phrase();
    for letter in phrase.chars() {
        let _ = update(&mut model, Msg::Key(Key::char(letter)));
    }
    let effects = pressed(&mut model, "enter");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Begin { .. })), "{effects:?}");
    assert_eq!(stage(&model), Stage::Run);
    let told = |telling: Telling| Msg::Run { deployment: NAME.into(), entries: telling.entries, here: true };
    let _ = update(&mut model, told(Telling::asking()));
    assert!(view_text(&model).contains("a lists the answers"), "{}", view_text(&model));
    let _ = update(&mut model, told(Telling::completed()));
    assert_eq!(stage(&model), Stage::Report);
    press(&mut model, "o");
    assert_eq!(stage(&model), Stage::End);
    press(&mut model, "esc T");
    assert_eq!(model.tutorial.stage(), None);
    assert!(!view_text(&model).contains("Tutorial,"), "{}", view_text(&model));
}

#[test]
fn no_time_moves_the_tutorial() {
    let mut model = opened(|opening| opening.tutorial = true);
    for second in 0..600 {
        let _ = update(&mut model, Msg::Tick(after(worlds::now(), Duration::from_millis(second))));
    }
    assert_eq!(stage(&model), Stage::Calm);
}

#[test]
fn a_run_is_not_left_for_the_tutorial() {
    let mut model = worlds::simulated(State::Normal);
    let entries = Telling::running().entries;
    let _ = update(&mut model, Msg::Run { deployment: NAME.into(), entries, here: true });
    assert_eq!(pressed(&mut model, "T"), []);
    assert!(model.notice.unwrap().trouble);
}

// ---- Calls

fn calls(effects: &[Effect]) -> Vec<&str> {
    effects
        .iter()
        .filter_map(|effect| if let Effect::Alert { text } = effect { Some(text.as_str()) } else { None })
        .collect()
}

fn ticked(model: &mut Model) -> Vec<Effect> {
    update(model, Msg::Tick(worlds::now()))
}

#[test]
fn a_change_of_health_calls_once_and_silence_is_silence() {
    let mut model = worlds::live(State::Normal);
    let _ = ticked(&mut model);
    for _ in 0..60 {
        let _ = ticked(&mut model);
    }
    model.fleet[0].assessment.health = Health::Down;
    model.fleet[0].assessment.at = worlds::now();
    assert_eq!(calls(&ticked(&mut model)), [format!("{NAME} is DOWN")]);
    assert_eq!(calls(&ticked(&mut model)), [""; 0]);
    press(&mut model, "B");
    assert!(view_text(&model).lines().next().unwrap().contains("silent"), "{}", view_text(&model));
    for _ in 0..60 {
        let _ = ticked(&mut model);
    }
    model.fleet[0].assessment.health = Health::Degraded;
    assert_eq!(calls(&ticked(&mut model)), [""; 0]);
}

#[test]
fn a_run_calls_for_its_question_and_its_end_and_an_old_one_for_neither() {
    let told = |model: &mut Model, telling: Telling, here| {
        update(model, Msg::Run { deployment: NAME.into(), entries: telling.entries, here })
    };
    let mut model = worlds::live(State::Normal);
    assert!(calls(&told(&mut model, Telling::asking(), true))[0].contains("asks you"));
    let mut model = worlds::live(State::Normal);
    assert!(calls(&told(&mut model, Telling::completed(), true))[0].contains("is completed"));
    // What is read from the journal happened before.
    let mut model = worlds::live(State::Normal);
    assert_eq!(calls(&told(&mut model, Telling::completed(), false)), [""; 0]);
    let mut model = worlds::live(State::Normal);
    assert!(calls(&told(&mut model, Telling::asking(), false))[0].contains("asks you"));
}

// ---- Taking along

fn command_of(model: &mut Model, keys: &str) -> Result<String, String> {
    let effects = pressed(model, &format!("{keys} ctrl+y"));
    match effects.as_slice() {
        [Effect::Copy { text, .. }] => Ok(text.clone()),
        [] => Err(model.notice.as_ref().unwrap().text.clone()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_kind_of_row_has_its_command_or_says_that_it_has_none() {
    let copied = |keys: &str, words: &[&str]| {
        let mut model = worlds::live(State::Normal);
        let text = command_of(&mut model, keys).unwrap_or_else(|why| panic!("{keys}: {why}"));
        for words in words {
            assert!(text.contains(words), "{keys}: {text}");
        }
        assert!(text.lines().all(|line| line.starts_with("aws ")), "{keys}: {text}");
    };
    copied("1", &["sts get-caller-identity"]);
    copied("2", &["rds describe-global-clusters --global-cluster-identifier payments-global", "us-east-2"]);
    copied("2 j", &["dynamodb describe-table --table-name payments-sessions"]);
    copied("3", &["route53 get-health-check-status --health-check-id hc-"]);
    copied("4", &["cloudwatch describe-alarms --alarm-names payments-", "--region us-east-"]);
    copied("4 tab", &["cloudwatch describe-alarm-history --alarm-name payments-"]);
    copied("5 tab", &["backup list-recovery-points-by-backup-vault --backup-vault-name payments-vault"]);
    copied("5 tab tab", &["cloudformation describe-stacks --stack-name payments-"]);
    copied("6", &["sts get-caller-identity"]);
    let mut model = worlds::live(State::Normal);
    assert!(command_of(&mut model, "7").unwrap_err().contains("lifeboat plan"));
    let mut model = worlds::live(State::Normal);
    assert!(command_of(&mut model, "3 shift+tab").unwrap_err().contains("no single `aws` command"));
    let mut model = worlds::live(State::Empty);
    assert!(command_of(&mut model, "4").unwrap_err().contains("nothing is selected"));
}

#[test]
fn a_page_has_the_command_of_what_it_tells_of() {
    let copied = |keys: &str, words: &str| {
        let mut model = worlds::live(State::Normal);
        let text = command_of(&mut model, keys).unwrap_or_else(|why| panic!("{keys}: {why}"));
        assert!(text.contains(words) && text.lines().all(|line| line.starts_with("aws ")), "{keys}: {text}");
    };
    copied("4 enter", "cloudwatch describe-alarms --alarm-names payments-");
    copied("2 enter", "rds describe-global-clusters");
    copied("1 enter", "sts get-caller-identity");
    copied("0 g", "cloudformation describe-stacks --stack-name payments-");
    copied("0 g space j", "cloudformation describe-stack-resource --stack-name payments-");
    copied("0 g space j enter", "--logical-resource-id ");
    copied("0 tab", "cloudformation describe-stack-events --stack-name payments-");
    let mut model = worlds::live(State::Normal);
    assert!(command_of(&mut model, "w").unwrap_err().contains("no `aws` command shows what this page tells"));
    // A plan has what it sends, in its order.
    let mut model = super::hands::model();
    press(&mut model, "7 x");
    propose(&mut model, runs::proposal(Mode::Planned, runs::passing()));
    let text = command_of(&mut model, "").unwrap();
    let place = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words} is not in {text}"));
    assert!(place("put-alarm-mute-rule") < place("rds switchover-global-cluster"));
}

#[test]
fn a_step_has_the_commands_that_it_sends() {
    let mut model = worlds::live(State::Normal);
    let entries = Telling::running().entries;
    let _ = update(&mut model, Msg::Run { deployment: NAME.into(), entries, here: true });
    press(&mut model, "8 g");
    let steps = model.watched().unwrap().run.as_ref().unwrap().state().unwrap().plan.steps.len();
    let mut sent = 0;
    for _ in 0..steps {
        match command_of(&mut model, "") {
            Ok(text) => {
                assert!(text.lines().all(|line| line.starts_with("aws ")), "{text}");
                sent += 1;
            }
            Err(why) => assert!(why.contains("sends"), "{why}"),
        }
        press(&mut model, "j");
    }
    assert!(sent > 0 && sent < steps);
}

#[test]
fn a_dump_is_the_screen_as_it_is_seen() {
    let mut model = worlds::live(State::Normal);
    let seen = view_text(&model);
    assert_eq!(pressed(&mut model, "ctrl+s"), [Effect::Dump { text: seen }]);
    press(&mut model, "w");
    let seen = view_text(&model);
    assert_eq!(pressed(&mut model, "ctrl+s"), [Effect::Dump { text: seen }]);
}

// ---- Columns

#[test]
fn a_column_that_is_put_away_is_gone_and_remembered_and_one_stays() {
    let mut model = worlds::live(State::Normal);
    press(&mut model, "4");
    assert!(view_text(&model).contains("REGION"));
    let effects = pressed(&mut model, "C j j space");
    let [Effect::Remember(kept)] = effects.as_slice() else { panic!("{effects:?}") };
    press(&mut model, "esc");
    let head = |model: &Model| view_text(model).lines().find(|line| line.contains("STATE")).unwrap().to_owned();
    assert!(!head(&model).contains("REGION"), "{}", head(&model));
    let kept: Remembered = kept.clone();
    let mut next = opened(|opening| opening.remembered = kept);
    press(&mut next, "4");
    assert!(!head(&next).contains("REGION"), "{}", head(&next));
    // All but one can go, in whatever order.
    press(&mut model, "C g");
    for _ in 0..20 {
        press(&mut model, "space j");
    }
    press(&mut model, "esc");
    assert!(view_text(&model).contains("payments-") || view_text(&model).contains("STATE"), "{}", view_text(&model));
    press(&mut model, "1 C");
    assert!(model.dialogs.is_empty() && model.notice.is_some());
}

// ---- The palette

#[test]
fn the_palette_leads_to_the_row_of_what_was_chosen() {
    for (typed, screen, id) in [
        ("payments-latency-p90", Screen::Alarms, "us-east-1 payments-latency-p90"),
        ("payments-sessions", Screen::Replication, "dynamodb payments-sessions"),
        ("hc-partner", Screen::Health, "hc-partner"),
        ("switchover", Screen::Runbooks, "switchover"),
    ] {
        let mut model = worlds::live(State::Normal);
        // A filter that hides it does not stand in the way.
        press(&mut model, "4 / n o s u c h enter :");
        for letter in typed.chars() {
            let _ = update(&mut model, Msg::Key(Key::char(letter)));
        }
        press(&mut model, "enter");
        let state = model.screens.of(model.screen);
        assert_eq!(model.screen, screen, "{typed}");
        assert!(state.cursor(state.pane).id.unwrap().contains(id.split(' ').next_back().unwrap()), "{typed}");
        assert!(model.screens.of(screen).filter.is_empty());
    }
}

/// Opens the palette, types, and chooses what is found first.
fn chosen(model: &mut Model, typed: &str) -> Vec<Effect> {
    press(model, ":");
    let _ = type_in(model, typed);
    pressed(model, "enter")
}

#[test]
fn a_resource_is_found_by_the_name_that_aws_gave_it_and_its_stack_is_unfolded() {
    let mut model = worlds::live(State::Normal);
    let known = model.fleet[0]
        .estate
        .as_ref()
        .unwrap()
        .stacks
        .iter()
        .find(|known| known.resources.value().is_some_and(|all| all.iter().any(|one| one.physical_id.is_some())));
    let known = known.unwrap();
    let resource = known.resources.value().unwrap().iter().find(|one| one.physical_id.is_some()).unwrap().clone();
    let stack = format!("{}/{}", known.region, known.name);
    // By no key folded away from the eyes.
    model.screens = lifeboat_tui::screens::Screens::default();
    let effects = chosen(&mut model, resource.physical_id.as_deref().unwrap());
    assert_eq!(effects.into_iter().find(changes_something), None);
    let state = model.screens.of(Screen::Stacks);
    assert_eq!((model.screen, state.pane), (Screen::Stacks, 0));
    assert_eq!(state.cursor(0).id.unwrap(), format!("{stack}/{}", resource.logical_id));
    assert_eq!(state.folds.get(&stack), Some(&true));
    assert!(view_text(&model).contains(&resource.logical_id), "{}", view_text(&model));
}

#[test]
fn names_targets_and_past_runs_are_found_and_shown() {
    let model = worlds::live(State::Normal);
    let mut kinds: Vec<&str> = palette::candidates(&model).iter().map(|one| one.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    for kind in ["name", "target", "check", "store", "alarm", "vault", "runbook", "region", "deployment", "screen"] {
        assert!(kinds.contains(&kind), "{kind} is not among {kinds:?}");
    }
    // Each leads to its row, whatever else has the same name.
    for candidate in palette::candidates(&model) {
        let palette::Choice::Row { screen, pane, id } = &candidate.choice else { continue };
        let mut model = worlds::live(State::Normal);
        let place = palette::found(&model, &candidate.name).iter().position(|one| *one == candidate).unwrap();
        let downs = "down ".repeat(place);
        press(&mut model, ":");
        type_in(&mut model, &candidate.name);
        press(&mut model, &format!("{downs}enter"));
        let state = model.screens.of(model.screen);
        assert_eq!((model.screen, state.pane), (*screen, *pane), "{candidate:?}");
        assert_eq!(state.cursor(*pane).id.as_ref(), Some(id), "{candidate:?}");
        let rows = lifeboat_tui::screens::items(&model, *screen, *pane);
        assert!(rows.iter().any(|row| row.id == *id), "{candidate:?} leads to no row");
    }
}

#[test]
fn an_action_of_another_screen_leads_there_and_does_nothing_to_a_row_that_nobody_saw() {
    let mut model = worlds::live(State::Normal);
    assert_eq!(chosen(&mut model, "propose"), []);
    assert_eq!(model.screen, Screen::Runbooks);
    assert!(
        model.notice.as_ref().unwrap().text.contains("x does it to the row under the cursor"),
        "{:?}",
        model.notice
    );
    // What is about the deployment as a whole is done.
    press(&mut model, "1");
    let effects = chosen(&mut model, "take-away");
    assert_eq!(model.screen, Screen::Stacks);
    assert!(matches!(effects.as_slice(), [Effect::Propose { .. }]), "{effects:?}");
    // What works on no screen says where it does.
    let mut model = worlds::live(State::Normal);
    assert_eq!(chosen(&mut model, "toggle-calls"), []);
    assert!(model.notice.as_ref().unwrap().text.contains("works in a proposed plan"), "{:?}", model.notice);
}

#[test]
fn five_hundred_alarms_are_found_by_a_few_letters_and_every_action_still_is() {
    let mut model = worlds::live(State::Normal);
    let pattern = model.fleet[0].assessment.alarms[0].clone();
    model.fleet[0].assessment.alarms = (0..500)
        .map(|number| {
            let mut alarm = pattern.clone();
            alarm.name = format!("payments-alarm-{number:03}").as_str().into();
            alarm
        })
        .collect();
    assert_eq!(palette::found(&model, "alarm-417")[0].name, "payments-alarm-417");
    assert_eq!(palette::found(&model, "show-alarms")[0].name, "show-alarms");
    // What can be done comes before what is there while nothing is typed.
    assert!(matches!(palette::found(&model, "")[0].choice, palette::Choice::Action(_)));
}

// ---- Read-only

fn changes_something(effect: &Effect) -> bool {
    match effect {
        Effect::Begin { .. }
        | Effect::Resume { .. }
        | Effect::Abort { .. }
        | Effect::RaiseAccess { .. }
        | Effect::Say { .. } => true,
        // What is written in the journal, or on paper, changes nothing that is watched.
        Effect::Print { .. }
        | Effect::ApproveAsSecond { .. }
        | Effect::LowerAccess { .. }
        | Effect::DeclareIncident { .. }
        | Effect::CloseIncident { .. }
        | Effect::Note { .. }
        | Effect::Quit
        | Effect::Copy { .. }
        | Effect::Refresh { .. }
        | Effect::SetTempo { .. }
        | Effect::Redraw
        | Effect::Dump { .. }
        | Effect::Remember(_)
        | Effect::Alert { .. }
        | Effect::Tutorial
        | Effect::ReadJournal { .. }
        | Effect::VerifyJournal
        | Effect::ReadDocument { .. }
        | Effect::Blueprints
        | Effect::Draft { .. }
        | Effect::Propose { .. } => false,
    }
}

/// Whatever is asked for by whichever way, in whatever is open: a session that may only read asks for no change, even
/// where every guard lets it pass.
#[test]
fn a_session_that_may_only_read_asks_for_nothing_that_changes_anything() {
    let proposed = || {
        let proposal = runs::proposal(Mode::Planned, runs::passing());
        Msg::Proposed { deployment: NAME.into(), runbook: "switchover".into(), outcome: Ok(Box::new(proposal)) }
    };
    let elsewhere = |telling: Telling| Msg::Run { deployment: NAME.into(), entries: telling.entries, here: false };
    let phrase = runs::proposal(Mode::Planned, runs::passing()).plan.phrase();
    let beginnings: Vec<(&str, Vec<Msg>, &str)> = vec![
        ("7", vec![], ""),
        ("7 x", vec![proposed()], ""),
        ("7 x", vec![proposed()], "x"),
        ("8", vec![elsewhere(Telling::asking())], ""),
        ("8", vec![elsewhere(Telling::running())], "R"),
        ("8", vec![elsewhere(Telling::failed())], "a"),
    ];
    for (before, told, keys) in beginnings {
        for action in Action::ALL {
            let mut model = worlds::live(State::Normal);
            assert_eq!(model.access, Access::ReadOnly);
            let mut effects = pressed(&mut model, before);
            for msg in told.clone() {
                effects.extend(update(&mut model, msg));
            }
            effects.extend(pressed(&mut model, keys));
            effects.extend(update(&mut model, Msg::Action(*action)));
            // And whatever that opened is typed into and confirmed, twice.
            for letter in phrase.chars() {
                effects.extend(update(&mut model, Msg::Key(Key::char(letter))));
            }
            effects.extend(pressed(&mut model, "enter enter down enter"));
            let leak = effects.iter().find(|effect| changes_something(effect));
            assert_eq!(leak, None, "{before} {keys} {}", action.entry().name);
        }
    }
}
