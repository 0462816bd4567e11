//! What is drawn: every screen, in each state of the world, at three sizes, with all colours, with few and without, in
//! Unicode and in ASCII.

use std::fmt::Write as _;

use lifeboat_tui::{Model, Msg, update, view_text};

use super::camera::{draw, photograph_of, snapshot};
use super::hands::{SIZES, press, proposed, sized};
use super::worlds::runs::{self, Telling};
use super::worlds::{self, State, estates};
use lifeboat_model::runbook::Mode;
use lifeboat_tui::drafting::Choice;

const SCREENS: [(&str, &str); 10] = [
    ("overview", "1"),
    ("replication", "2"),
    ("health", "3"),
    ("alarms", "4"),
    ("capacity", "5"),
    ("fleet", "6"),
    ("runbooks", "7"),
    ("run", "8"),
    ("history", "9"),
    ("stacks", "0"),
];
/// Dialogs with the keys that open them.
const DIALOGS: [(&str, &str); 13] = [
    ("help", "?"),
    ("palette", ":"),
    ("palette-typed", ": r e f"),
    ("filter", "4 / 5 x x"),
    ("forecast", "w"),
    ("alarm-page", "4 enter"),
    ("region-page", "1 enter"),
    ("guard-page", "7 tab enter"),
    ("columns", "4 C j space"),
    ("columns-chosen", "4 C j j space esc"),
    ("palette-resource", ": p a y m"),
    ("runbook-page", "7 down enter"),
    ("values", "7 down V down"),
];

/// Live and simulated take turns, so that both are seen in every state.
fn world(state: State) -> Model {
    match state {
        State::Normal | State::Empty => worlds::live(state),
        State::Stale | State::Failing | State::RegionLoss | State::GrayFailure => worlds::simulated(state),
    }
}

fn at(state: State, size: (u16, u16), keys: &str) -> Model {
    let mut model = sized(world(state), size);
    press(&mut model, keys);
    model
}

/// One picture in every way of drawing it.
fn photograph(name: &str, state: State, size: (u16, u16), keys: &str) {
    photograph_of(name, state.name(), at(state, size, keys));
}

#[test]
fn every_screen_in_every_state_at_every_size() {
    for (name, keys) in SCREENS {
        for state in State::ALL {
            for size in SIZES {
                photograph(name, state, size, keys);
            }
        }
    }
}

/// A deployment on which somebody acts, real and simulated by turns.
fn acting(size: (u16, u16), msg: Msg, keys: &str) -> Model {
    let mut model = worlds::live(State::Normal);
    model.access = lifeboat_tui::Access::Operate;
    let _ = update(&mut model, Msg::Resized { columns: size.0, rows: size.1 });
    press(&mut model, "7 x");
    let _ = update(&mut model, msg);
    press(&mut model, keys);
    model
}

#[test]
fn a_proposal_and_its_confirmation_at_every_size() {
    let of = |reports| proposed(runs::proposal(Mode::Planned, reports));
    for size in SIZES {
        photograph_of("proposal", "ready", acting(size, of(runs::passing()), ""));
        photograph_of("proposal", "refused", acting(size, of(runs::refusing()), ""));
        photograph_of("proposal", "calls", acting(size, of(runs::passing()), "c G"));
        photograph_of("confirmation", "opened", acting(size, of(runs::passing()), "x s w i t c h"));
        let refused = Err("us-east-2 is active already; choose failback".to_owned());
        let msg = Msg::Proposed { deployment: worlds::NAME.into(), runbook: "switchover".into(), outcome: refused };
        photograph_of("proposal", "none", acting(size, msg, ""));
    }
}

#[test]
fn stacks_at_every_size() {
    let of = |size: (u16, u16), messages: Vec<Msg>, keys: &str| {
        let mut model = worlds::live(State::Normal);
        model.access = lifeboat_tui::Access::Operate;
        let _ = update(&mut model, Msg::Resized { columns: size.0, rows: size.1 });
        for msg in messages {
            let _ = update(&mut model, msg);
        }
        press(&mut model, keys);
        model
    };
    let estate = |estate| vec![Msg::Estate { deployment: worlds::NAME.into(), estate: Box::new(estate) }];
    for size in SIZES {
        photograph_of("stacks", "running", of(size, estates::being_made(), "0"));
        photograph_of("stacks", "imported", of(size, estate(estates::imported()), "0"));
        photograph_of("stacks", "unfolded", of(size, Vec::new(), "0 g space"));
        photograph_of("stacks", "page", of(size, Vec::new(), "0 g enter"));
        photograph_of("run", "stacks", of(size, estates::being_made(), "8"));
        photograph_of("stacks", "gone", of(size, vec![Msg::TakenAway(worlds::NAME.into())], "0"));
    }
}

#[test]
fn plans_of_stacks_at_every_size() {
    for size in SIZES {
        for (name, plan) in [("teardown", estates::teardown()), ("provision", estates::provision())] {
            for (state, is_refused) in [("ready", false), ("refused", true)] {
                let mut model = worlds::live(State::Normal);
                model.access = lifeboat_tui::Access::Operate;
                let _ = update(&mut model, Msg::Resized { columns: size.0, rows: size.1 });
                if name == "teardown" {
                    press(&mut model, "0 x");
                } else {
                    press(&mut model, "b");
                    let _ = update(&mut model, Msg::Blueprints(estates::offers()));
                    press(&mut model, "enter");
                    let of = Choice::of("payments-aurora");
                    let outcome = Ok(Box::new(estates::draft(&of)));
                    let _ = update(&mut model, Msg::Drafted { of, outcome });
                    press(&mut model, "enter");
                }
                let proposal = estates::proposed(plan.clone(), is_refused);
                let (runbook, outcome) = (name.into(), Ok(Box::new(proposal)));
                let _ = update(&mut model, Msg::Proposed { deployment: worlds::NAME.into(), runbook, outcome });
                photograph_of(&format!("proposal-{name}"), state, model.clone());
                if !is_refused {
                    press(&mut model, "x t e a");
                    photograph_of(&format!("confirmation-{name}"), "opened", model);
                }
            }
        }
    }
}

#[test]
fn choosing_a_blueprint_at_every_size() {
    for size in SIZES {
        let mut model = at(State::Normal, size, "b");
        photograph_of("picker", "unread", model.clone());
        let _ = update(&mut model, Msg::Blueprints(estates::offers()));
        photograph_of("picker", "read", model.clone());
        let mut broken = model.clone();
        press(&mut broken, "down");
        photograph_of("picker", "broken", broken);
        press(&mut model, "enter");
        let choice = Choice::of("payments-aurora");
        let judged =
            |choice: &Choice| Msg::Drafted { of: choice.clone(), outcome: Ok(Box::new(estates::draft(choice))) };
        let _ = update(&mut model, judged(&choice));
        photograph_of("form", "ready", model.clone());
        press(&mut model, "down down down d e v X");
        let mut mistaken = choice.clone();
        mistaken.values.insert("EnvironmentSuffix".to_owned(), "devX".to_owned());
        let _ = update(&mut model, judged(&mistaken));
        photograph_of("form", "mistaken", model);
    }
}

#[test]
fn a_run_at_every_size() {
    for size in SIZES {
        for (state, telling) in [
            ("at-its-line", Telling::at_its_line()),
            ("running", Telling::running()),
            ("asking", Telling::asking()),
            ("completed", Telling::completed()),
            ("failed", Telling::failed()),
        ] {
            let msg = Msg::Run { deployment: worlds::NAME.into(), entries: telling.entries, here: true };
            photograph_of("run", state, acting(size, msg.clone(), "esc 8"));
            photograph_of("run-step", state, acting(size, msg, "esc 8 g j j enter"));
        }
        let msg = Msg::Run { deployment: worlds::NAME.into(), entries: Telling::asking().entries, here: true };
        photograph_of("run-answer", "asking", acting(size, msg, "esc 8 a"));
    }
}

/// Whoever reads no further than the smallest window has what matters: the question, the step, the time that is left.
#[test]
fn the_smallest_window_shows_what_matters_of_a_run() {
    let msg = Msg::Run { deployment: worlds::NAME.into(), entries: Telling::asking().entries, here: true };
    let text = view_text(&acting((80, 24), msg, "esc 8"));
    for words in [
        "QUESTION about: Promote payments-partner",
        "a answers",
        "12s of 15 min",
        "they cannot write for 12s",
        "asks",
        "ASKS",
    ] {
        assert!(text.contains(words), "{words}\n{text}");
    }
}

#[test]
fn the_welcome_at_every_size() {
    for size in SIZES {
        let mut model = worlds::simulated(State::Normal);
        let _ = update(&mut model, Msg::Resized { columns: size.0, rows: size.1 });
        let _ = update(&mut model, Msg::Action(lifeboat_tui::Action::ShowGreeting));
        photograph_of("greeting", "normal", model);
    }
}

#[test]
fn the_tutorial_at_every_size() {
    use lifeboat_tui::tutorial::{Stage, Tutorial};
    for size in SIZES {
        for (name, state, stage, keys) in [
            ("tutorial-calm", State::Normal, Stage::Calm, "1"),
            ("tutorial-lost", State::RegionLoss, Stage::Lost, "1"),
            ("tutorial-forecast", State::RegionLoss, Stage::Forecast, "w"),
            ("tutorial-runbooks", State::RegionLoss, Stage::Runbooks, "7"),
            ("tutorial-end", State::Normal, Stage::End, "1"),
        ] {
            let mut model = worlds::simulated(state);
            let _ = update(&mut model, Msg::Resized { columns: size.0, rows: size.1 });
            press(&mut model, keys);
            model.tutorial = Tutorial::Guided(stage);
            photograph_of(name, state.name(), model);
        }
    }
}

#[test]
fn the_worst_nights_at_every_size() {
    for (name, keys) in [("overview", "1"), ("health", "3"), ("alarms", "4"), ("capacity", "5")] {
        for state in State::NIGHTS {
            for size in SIZES {
                photograph(name, state, size, keys);
            }
        }
    }
}

#[test]
fn what_is_old_never_looks_good() {
    for (name, keys) in SCREENS {
        for size in SIZES {
            let text = view_text(&at(State::RegionLoss, size, keys));
            for (line, said) in text.lines().enumerate().skip(3) {
                let of_home = said.contains("us-east-1") && !said.contains("us-east-2");
                let is_good =
                    ["✔ pass", "✔ OK", "✔ all", "✔ 3 healthy", "✔ same"].iter().any(|good| said.contains(good));
                assert!(!(of_home && is_good), "{name} line {line}: {said}");
            }
            // A guard passes on fresh facts only; here its word is not a health check's.
            let passes = name != "runbooks" && text.contains("✔ pass");
            assert!(!passes && !text.contains("✔ same"), "{name}\n{text}");
        }
    }
    let said = |keys, size| view_text(&at(State::RegionLoss, size, keys));
    assert!(said("1", (120, 40)).contains("? passed 4m29s ago us-east-1"), "{}", said("1", (120, 40)));
    let health = said("3", (120, 40));
    let check = health.lines().find(|line| line.contains("? passed 4m29s ago")).unwrap();
    assert!(check.contains("??") && !check.contains('✔'), "{check}");
    assert!(health.contains("healthy 4m"), "{health}");
    let alarms = said("4", (120, 40));
    assert!(alarms.lines().any(|line| line.contains("? OK 4m") && line.contains("us-east-1")), "{alarms}");
    assert!(said("5", (120, 40)).contains("? same 4m29s ago"), "{}", said("5", (120, 40)));
    assert!(said("1", (200, 60)).contains("? 124/s"), "{}", said("1", (200, 60)));
    let fleet = said("6", (120, 40));
    let row = fleet.lines().find(|line| line.contains(worlds::NAME) && line.contains("blocker")).unwrap();
    assert!(row.contains("? 0"), "{row}");
}

#[test]
fn alarms_are_counted_honestly() {
    let text = view_text(&at(State::RegionLoss, (200, 60), "1"));
    assert!(text.contains("? 0 in ALARM, 6 not read for 4m"), "{text}");
    let calm = view_text(&at(State::Normal, (200, 60), "1"));
    assert!(calm.contains("✖ 1 in ALARM, 3 no data"), "{calm}");
}

#[test]
fn what_is_in_the_way_has_all_the_room_there_is() {
    let text = view_text(&at(State::RegionLoss, (120, 40), "1"));
    let joined: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in ["3 BLOCKERS", "and the loss grows", "standby-takes-over check"] {
        assert!(joined.contains(words), "{words}\n{text}");
    }
    let small = view_text(&at(State::RegionLoss, (80, 24), "1"));
    assert!(small.contains("more (w)"), "{small}");
    let place = |needle: &str| text.find(needle).unwrap();
    assert!(place("active region us-east-1 is down") < place("the lag of Aurora"), "{text}");
    assert!(place("the lag of Aurora") < place("= detection"), "{text}");
}

#[test]
fn contradictions_are_seen_at_once() {
    for size in SIZES {
        let text = view_text(&at(State::GrayFailure, size, "1"));
        assert!(text.contains("2 CONTRADICTIONS"), "{text}");
        assert!(text.contains("CONTRADICTION: Route 53 says"), "{text}");
    }
    let text = view_text(&at(State::GrayFailure, (120, 40), "1"));
    let panel = text.lines().flat_map(|line| line.chars().take(72).chain([' '])).collect::<String>();
    let panel = panel.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(panel.contains("no healthy target and 37.5 % of its requests fail"), "{panel}");
    assert!(text.find("CONTRADICTION: Route") < text.find("= detection").or(text.find("30 s × 3")), "{text}");
}

#[test]
fn each_store_is_held_to_its_own_objective() {
    let text = view_text(&at(State::RegionLoss, (200, 60), "1"));
    assert!(text.contains("RPO aurora 1 s, dynamo none, s3 15 min"), "{text}");
    let row = |kind: &str| text.lines().find(|line| line.contains(kind)).unwrap().to_owned();
    assert!(row("aurora payments-global").contains("✖ 4m30s"), "{}", row("aurora payments-global"));
    assert!(row("s3 payments").contains("? 4m44s"), "{}", row("s3 payments"));
    let calm = view_text(&at(State::Normal, (120, 40), "1"));
    assert!(calm.contains("lose up to  ✔ 14.2 s of s3"), "{calm}");
    let mut model = world(State::Normal);
    model.fleet[0].assessment.stores[1].rpo_target = None;
    model.fleet[0].assessment.stores[1].within_rpo = None;
    press(&mut model, "2 j");
    let text = view_text(&model);
    assert!(text.contains("no objective"), "{text}");
    let store = text.lines().find(|line| line.contains("dynamo paym") && line.contains("12.1 s")).unwrap();
    assert!(!store.contains("✔ 12.1") && !store.contains("? 12.1") && !store.contains("✖ 12.1"), "{store}");
}

#[test]
fn the_header_tells_the_tempo_and_the_pace() {
    let text = view_text(&at(State::Normal, (80, 24), "1"));
    assert!(text.lines().nth(1).unwrap().contains("calm"), "{text}");
    let mut model = world(State::Failing);
    model.pace = Some("10".to_owned());
    model.fleet[0].tempo = lifeboat_model::read::Tempo::Fast;
    let _ = update(&mut model, Msg::Resized { columns: 120, rows: 40 });
    let text = view_text(&model);
    assert!(text.lines().next().unwrap().contains("virtual time ×10"), "{text}");
    assert!(text.lines().nth(1).unwrap().contains("fast"), "{text}");
}

#[test]
fn every_dialog_at_every_size() {
    for (name, keys) in DIALOGS {
        for size in SIZES {
            photograph(name, State::Failing, size, keys);
        }
    }
}

#[test]
fn small_windows_keep_what_matters_most() {
    let mut text = String::new();
    for size in [(59, 24), (40, 6), (30, 3), (24, 1), (8, 1), (1, 1)] {
        let _ = writeln!(text, "{} x {}\n{}", size.0, size.1, view_text(&at(State::Failing, size, "1")));
    }
    snapshot("small", &text);
}

#[test]
fn without_a_deployment_the_way_to_one_is_shown() {
    let opening = lifeboat_tui::Opening::new(lifeboat_model::port::Reality::Live, Vec::new(), worlds::now());
    let model = Model::new(opening);
    snapshot("no-deployment", &view_text(&model));
}

#[test]
fn a_rehearsal_cannot_be_taken_for_the_world() {
    for (_, keys) in SCREENS.into_iter().chain(DIALOGS) {
        for size in SIZES {
            let draw_as = |reality| {
                let mut model = worlds::world(State::Normal, reality);
                let _ = update(&mut model, Msg::Resized { columns: size.0, rows: size.1 });
                press(&mut model, keys);
                model
            };
            let live = draw_as(lifeboat_model::port::Reality::Live);
            let simulated = draw_as(lifeboat_model::port::Reality::Simulated("region-loss".to_owned()));
            let rows = |model: &Model| view_text(model).lines().map(str::to_owned).collect::<Vec<_>>();
            let (live_rows, simulated_rows) = (rows(&live), rows(&simulated));
            for row in [0, live_rows.len() - 1] {
                assert!(live_rows[row].contains("LIVE") && !live_rows[row].contains("SIM"), "{}", live_rows[row]);
                assert!(simulated_rows[row].contains("SIM region-loss"), "{}", simulated_rows[row]);
                assert!(!simulated_rows[row].contains("LIVE"), "{}", simulated_rows[row]);
            }
            assert!(simulated_rows[0].contains("virtual time"));
            let (live, simulated) = (draw(&live), draw(&simulated));
            assert_ne!(live[(0, 0)].bg, simulated[(0, 0)].bg);
            assert_ne!(live[(0, size.1 - 1)].bg, simulated[(0, size.1 - 1)].bg);
            assert!(live_rows.iter().any(|row| row.contains('━')) && !live_rows.iter().any(|row| row.contains('╌')));
            assert!(
                simulated_rows.iter().any(|row| row.contains('╌'))
                    && !simulated_rows.iter().any(|row| row.contains('━'))
            );
        }
    }
}

#[test]
fn the_header_always_says_who_where_what_and_how_old() {
    for (_, keys) in SCREENS {
        for size in SIZES {
            let text = view_text(&at(State::Normal, size, keys));
            let head: Vec<&str> = text.lines().take(2).collect();
            let head = head.join("\n");
            for said in [
                worlds::NAME,
                "READ-ONLY",
                "14:03:07 UTC",
                "123456789012",
                "data 2s",
                "oldest",
                "52m07s",
                "1,240",
                "$0.31",
            ] {
                assert!(head.contains(said), "{said} is not in\n{head}");
            }
        }
    }
}

#[test]
fn missing_data_is_never_drawn_as_zero() {
    let text = view_text(&at(State::Failing, (200, 60), "1"));
    let bucket = text.lines().find(|line| line.contains("s3 payments-receipts")).unwrap();
    assert!(bucket.contains("no data") && !bucket.contains(" 0 "), "{bucket}");
    let empty = view_text(&at(State::Empty, (200, 60), "1"));
    assert!(empty.contains("NOT KNOWN") && !empty.contains("READY"), "{empty}");
}

#[test]
fn trouble_with_credentials_shows_the_command_that_mends_it_on_every_screen() {
    for (_, keys) in SCREENS {
        for size in SIZES {
            let text = view_text(&at(State::Failing, size, keys));
            assert!(text.contains("credentials expired: run `aws sso login --profile payments`"), "{text}");
        }
    }
}

#[test]
fn a_silent_region_is_greyed_and_the_other_is_not() {
    let model = at(State::Failing, (120, 40), "1");
    let (text, buffer) = (view_text(&model), draw(&model));
    let style_of = |needle: &str| {
        let (row, line) = text.lines().enumerate().find(|(_, line)| line.contains(needle)).unwrap();
        let column = line.split_once(needle).unwrap().0.chars().count();
        buffer[(u16::try_from(column).unwrap(), u16::try_from(row).unwrap())].fg
    };
    assert_ne!(style_of("124/s"), style_of(" 0/s"));
    assert_ne!(style_of("63.2 %"), style_of("12.1 s"));
    assert!(text.contains("5m14s"), "the old number shows its age");
}

/// Whatever stands below a screen is drawn over nothing of it, however little room there is.
#[test]
fn no_table_without_room_reaches_into_the_footer() {
    for rows in 16..30 {
        let msg = Msg::Run { deployment: worlds::NAME.into(), entries: Telling::left().entries, here: false };
        let text = view_text(&acting((80, rows), msg, "esc 8 a"));
        let footer = text.lines().last().unwrap();
        assert!(!footer.contains("EXPECTED") && !footer.contains("STEP"), "{rows}: {text}");
    }
}
