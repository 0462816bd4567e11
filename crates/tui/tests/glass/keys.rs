//! Keys in, model and effects out: a line a case.

use lifeboat_model::id::DeploymentName;
use lifeboat_model::read::Tempo;
use lifeboat_tui::action::{Action, Context, Contexts};
use lifeboat_tui::dialogs::{About, Dialog, palette};
use lifeboat_tui::format::ClockFace;
use lifeboat_tui::screens::Screen;
use lifeboat_tui::symbols::SymbolSet;
use lifeboat_tui::{Effect, Keymap, Model, Msg, update, view_text};

use super::hands::{keys as pressed, press};
use super::worlds::{self, State};

fn after(keys: &str) -> (Model, Vec<Effect>) {
    let mut model = worlds::live(State::Normal);
    let effects = pressed(&mut model, keys);
    (model, effects)
}

fn name() -> DeploymentName {
    worlds::NAME.into()
}

#[test]
fn keys_do_what_the_table_says() {
    type Fact = fn(&Model) -> bool;
    let cases: &[(&str, Fact)] = &[
        ("2", |model| model.screen == Screen::Replication),
        ("6 1", |model| model.screen == Screen::Overview),
        ("4 esc", |model| model.screen == Screen::Overview),
        ("n", |model| model.selected == 1),
        ("N", |model| model.selected == 2),
        ("n n n", |model| model.selected == 0),
        ("tab", |model| model.screens.of(Screen::Overview).pane == 1),
        ("l l h", |model| model.screens.of(Screen::Overview).pane == 1),
        ("shift+tab", |model| model.screens.of(Screen::Overview).pane == 5),
        ("?", |model| matches!(model.dialogs.as_slice(), [Dialog::Help { top: 0 }])),
        ("? j j", |model| matches!(model.dialogs.as_slice(), [Dialog::Help { top: 2 }])),
        ("? g k", |model| matches!(model.dialogs.as_slice(), [Dialog::Help { top: 0 }])),
        ("? q", |model| model.dialogs.is_empty()),
        ("? esc", |model| model.dialogs.is_empty()),
        ("? w", |model| matches!(model.dialogs.as_slice(), [Dialog::Help { .. }])),
        (":", |model| matches!(model.dialogs.as_slice(), [Dialog::Palette(_)])),
        (": q", |model| matches!(model.dialogs.as_slice(), [Dialog::Palette(search)] if search.typed == "q")),
        (
            ": a b ctrl+u c",
            |model| matches!(model.dialogs.as_slice(), [Dialog::Palette(search)] if search.typed == "c"),
        ),
        (
            ": a space b ctrl+w",
            |model| matches!(model.dialogs.as_slice(), [Dialog::Palette(search)] if search.typed == "a "),
        ),
        (
            ": a backspace",
            |model| matches!(model.dialogs.as_slice(), [Dialog::Palette(search)] if search.typed.is_empty()),
        ),
        (": a l a r m s enter", |model| model.screen == Screen::Alarms && model.dialogs.is_empty()),
        (": s e r v e r l e s s enter", |model| model.selected == 2),
        (
            ": u s - e a s t - 2 enter",
            |model| matches!(model.dialogs.as_slice(), [Dialog::Message { about: About::Region(region), .. }] if region.as_str() == "us-east-2"),
        ),
        (": z z z z z enter", |model| model.dialogs.is_empty() && model.notice.is_some()),
        ("w", |model| matches!(model.dialogs.as_slice(), [Dialog::Message { about: About::Forecast, .. }])),
        ("4 / 5 x x", |model| model.screens.of(Screen::Alarms).filter == "5xx"),
        ("4 / 5 x x enter", |model| model.screens.of(Screen::Alarms).filter == "5xx" && model.dialogs.is_empty()),
        ("4 / 5 x x esc", |model| model.screens.of(Screen::Alarms).filter.is_empty()),
        ("4 / 5 enter / 9 esc", |model| model.screens.of(Screen::Alarms).filter == "5"),
        ("4 / 5 enter esc", |model| {
            model.screens.of(Screen::Alarms).filter.is_empty() && model.screen == Screen::Alarms
        }),
        ("4 s", |model| model.screens.of(Screen::Alarms).sort == 1),
        ("4 s s s s", |model| model.screens.of(Screen::Alarms).sort == 0),
        ("u", |model| model.display.face == ClockFace::Local),
        ("t", |model| model.display.theme == 1),
        ("4 enter", |model| matches!(model.dialogs.as_slice(), [Dialog::Message { about: About::Item { .. }, .. }])),
        ("tab enter", |model| model.screen == Screen::Replication),
        ("tab j enter", |model| {
            model.screen == Screen::Replication
                && model.screens.of(Screen::Replication).cursor(0).id.as_deref() == Some("dynamodb payments-sessions")
        }),
        ("6 j enter", |model| model.screen == Screen::Overview && model.selected == 1),
        ("z", |model| model.notice.as_ref().is_some_and(|notice| notice.text.contains("z does nothing here"))),
        ("z j", |model| model.notice.is_none()),
        (": t o g g l e - s y m enter", |model| model.display.symbols == SymbolSet::Ascii),
        (": e r a s e - w o r d enter", |model| {
            model.notice.as_ref().is_some_and(|notice| notice.text.contains("works in a confirmation, a reason"))
        }),
    ];
    for (keys, holds) in cases {
        let (model, effects) = after(keys);
        assert!(holds(&model), "{keys}");
        assert_eq!(effects, [], "{keys}");
    }
}

#[test]
fn keys_ask_for_just_these_effects() {
    let quit = || vec![Effect::Quit];
    let cases: [(&str, Vec<Effect>); 8] = [
        ("q", quit()),
        ("ctrl+c", quit()),
        (": ctrl+c", quit()),
        ("/ ctrl+c", quit()),
        ("? ctrl+c", quit()),
        ("ctrl+l", vec![Effect::Redraw]),
        ("f", vec![Effect::SetTempo { deployment: name(), tempo: Tempo::Fast }]),
        (
            "f f",
            vec![
                Effect::SetTempo { deployment: name(), tempo: Tempo::Fast },
                Effect::SetTempo { deployment: name(), tempo: Tempo::Calm },
            ],
        ),
    ];
    for (keys, wanted) in cases {
        assert_eq!(after(keys).1, wanted, "{keys}");
    }
}

#[test]
fn refresh_names_the_deployment_in_view_and_says_when_it_was_asked() {
    let (mut model, effects) = after("n r");
    let [Effect::Refresh { request, deployment }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(deployment.as_str(), "ecommerce");
    let _ = update(&mut model, Msg::Done { request: *request, outcome: Ok(()) });
    assert!(model.notice.unwrap().text.contains("ecommerce"));
}

#[test]
fn copying_carries_the_value_and_reports_a_failure() {
    let (mut model, effects) = after("4 y");
    let [Effect::Copy { request, text }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(text, "payments-latency-p90");
    let _ = update(
        &mut model,
        Msg::Done { request: *request, outcome: Err("the text is too long for a terminal".to_owned()) },
    );
    assert!(model.notice.is_some_and(|notice| notice.trouble && notice.text.contains("too long")));
}

#[test]
fn the_screen_is_copied_as_it_is_seen() {
    let mut model = worlds::live(State::Normal);
    let seen = view_text(&model);
    let effects = pressed(&mut model, "Y");
    let [Effect::Copy { text, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(*text, seen);
}

#[test]
fn a_paste_is_text_where_text_is_taken_and_nothing_elsewhere() {
    for pasted in ["q", "\n", "q\nq\n", "\u{3}", "f\r\n"] {
        let mut model = worlds::live(State::Normal);
        assert_eq!(update(&mut model, Msg::Paste(pasted.to_owned())), [], "{pasted:?}");
        assert!(model.dialogs.is_empty());
        press(&mut model, ":");
        assert_eq!(update(&mut model, Msg::Paste(pasted.to_owned())), [], "{pasted:?}");
        assert!(
            matches!(model.dialogs.as_slice(), [Dialog::Palette(search)] if !search.typed.contains(['\n', '\r', '\u{3}']))
        );
    }
}

#[test]
fn a_selection_stays_on_its_row_when_rows_change_places() {
    let mut model = worlds::live(State::Normal);
    press(&mut model, "4 j j");
    let chosen = model.screens.of(Screen::Alarms).cursor(0).id;
    model.fleet[0].assessment.alarms.reverse();
    press(&mut model, "s s y");
    assert_eq!(model.screens.of(Screen::Alarms).cursor(0).id, chosen);
    let effects = pressed(&mut model, "y");
    let [Effect::Copy { text, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    assert!(chosen.unwrap().ends_with(text));
}

#[test]
fn what_was_chosen_lately_comes_first_in_the_palette() {
    let (mut model, _) = after(": f l e e t enter : a l a r m s enter");
    let found = palette::found(&model, "");
    assert_eq!(found[0].name, "show-alarms");
    assert_eq!(found[1].name, "show-fleet");
    press(&mut model, ": enter");
    assert_eq!(model.screen, Screen::Alarms);
}

#[test]
fn every_action_is_in_the_help_and_in_the_palette() {
    let mut model = worlds::live(State::Normal);
    let effects = pressed(&mut model, "? y");
    let [Effect::Copy { text: help, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    let all = ["1 ?", "6 ?", "7 ?", "8 ?", "9 ?", "0 ?", "7 x ?"].map(|keys| {
        let effects = pressed(&mut worlds::live(State::Normal), &format!("{keys} y"));
        match effects.into_iter().next_back() {
            Some(Effect::Copy { text, .. }) => text,
            other => panic!("{keys}: {other:?}"),
        }
    });
    for action in Action::ALL {
        let entry = action.entry();
        // What works here in a sentence, what works elsewhere by its name and its place.
        let is_typed = matches!(entry.contexts, Contexts::Typing | Contexts::Columns);
        let is_named = help.contains(entry.contexts.place()) && help.contains(entry.label);
        assert!(help.contains(entry.description) || is_named, "{} is not in the help", entry.name);
        assert!(is_typed || all.iter().any(|help| help.contains(entry.description)), "{} is in no help", entry.name);
        let found = palette::found(&model, entry.name);
        assert!(
            found.iter().any(|one| one.choice == palette::Choice::Action(*action)),
            "{} is not in the palette",
            entry.name
        );
        for key in entry.keys {
            assert!(help.contains(key), "{key} of {} is not in the help", entry.name);
        }
    }
}

/// What does nothing here is no part of what one reads through for a key.
#[test]
fn what_works_here_comes_first_and_the_rest_is_one_short_list() {
    for keys in ["1 ?", "6 ?", "8 ?", "7 x ?"] {
        let (mut model, _) = after(keys);
        let effects = pressed(&mut model, "y");
        let [Effect::Copy { text, .. }] = effects.as_slice() else { panic!("{effects:?}") };
        let (works, elsewhere) = text.split_once("Not here").unwrap_or_else(|| panic!("{text}"));
        let context = if keys == "7 x ?" { Context::Proposal } else { Context::Screen(model.screen) };
        for action in Action::ALL {
            let entry = action.entry();
            assert_eq!(
                works.contains(entry.description),
                entry.contexts.contains(context),
                "{keys} {}\n{text}",
                entry.name
            );
        }
        assert!(elsewhere.lines().count() <= 14, "{elsewhere}");
    }
    let (mut model, _) = after("8");
    let _ = update(&mut model, Msg::Resized { columns: 80, rows: 24 });
    press(&mut model, "?");
    let text = view_text(&model);
    for own in ["What can be said to the run now", "Finish what is begun", "Go on with a run that nobody executes"] {
        assert!(text.contains(own), "{own}\n{text}");
    }
}

#[test]
fn the_help_begins_with_what_is_possible_here() {
    for (keys, first, own) in [
        ("7 ?", "Keys: Runbooks", "Make the plan of the selected runbook"),
        ("8 ?", "Keys: Run", "What can be said to the run now"),
        ("9 ?", "Keys: History", "Mark the selected run"),
        ("0 ?", "Keys: Stacks", "Have CloudFormation compare every stack"),
        ("7 x ?", "Keys: a proposed plan", "Begin the plan on this page"),
    ] {
        let text = view_text(&after(keys).0);
        let place = |words: &str| text.find(words).unwrap_or_else(|| panic!("{keys}: {words}\n{text}"));
        assert!(place(first) < place("Here") && place("Here") < place(own), "{keys}\n{text}");
        assert!(text.find("Both regions side by side").is_none_or(|at| place(own) < at), "{keys}\n{text}");
    }
}

#[test]
fn the_way_out_stands_in_the_footer_of_every_screen() {
    for screen in ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"] {
        let mut model = worlds::live(State::Normal);
        let _ = update(&mut model, Msg::Resized { columns: 80, rows: 24 });
        press(&mut model, screen);
        let text = view_text(&model);
        assert!(text.lines().last().unwrap().contains("q quit"), "{text}");
    }
}

#[test]
fn every_table_of_rows_can_be_put_in_another_order_and_back() {
    for (number, screen) in ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"].into_iter().zip(Screen::ALL) {
        let (mut model, _) = after(number);
        let at_first = view_text(&model);
        for name in screen.sorts().iter().skip(1).chain(screen.sorts().first()) {
            press(&mut model, "s");
            assert!(view_text(&model).contains(&format!("sorted by {name}")), "{}", view_text(&model));
        }
        press(&mut model, "u u 1");
        press(&mut model, number);
        model.notice = None;
        assert_eq!(view_text(&model), at_first, "{}", screen.title());
        assert!(screen.is_sortable(), "{}", screen.title());
    }
}

#[test]
fn any_value_of_a_row_or_of_a_page_can_be_copied() {
    let copied = |keys: &str| {
        let (model, effects) = after(keys);
        let texts: Vec<String> = effects
            .into_iter()
            .filter_map(|effect| match effect {
                Effect::Copy { text, .. } => Some(text),
                _ => None,
            })
            .collect();
        (model, texts)
    };
    let (model, texts) = copied("7 j V enter");
    assert_eq!(texts, ["lifeboat run failover"], "what y copies comes first");
    assert!(model.dialogs.is_empty());
    let (model, _) = copied("7 j V");
    let values = lifeboat_tui::dialogs::values::values(&model);
    let place = |label: &str| values.iter().position(|value| value.label == label).unwrap();
    let to = |place: usize| format!("7 j V {} enter", "j ".repeat(place));
    assert_eq!(copied(&to(place("expected"))).1, ["3m34s"]);
    assert_eq!(copied(&to(place("stands"))).1, ["ready; raise access with O"], "without its sign");
    // On a page its lines; the page stays, and y takes the whole as before.
    let (model, texts) = copied("7 j enter V j enter");
    assert_eq!(texts, ["ready; raise access with O"]);
    assert!(matches!(model.dialogs.as_slice(), [Dialog::Message { .. }]));
    assert!(copied("7 j enter y").1[0].contains("Give the active region up"));
    assert_eq!(copied("7 j V esc").1, [""; 0]);
    assert!(view_text(&copied("7 j V").0).contains("Copy which value"));
}

#[test]
fn the_stores_of_the_overview_are_sorted_as_those_of_their_own_screen() {
    let shown = |screen: Screen, pane| {
        let mut model = worlds::live(State::Normal);
        press(&mut model, if screen == Screen::Overview { "1" } else { "2" });
        let mut orders = Vec::new();
        for _ in 0..3 {
            let items = lifeboat_tui::screens::items(&model, screen, pane);
            orders.push(items.into_iter().map(|item| item.id).collect::<Vec<_>>());
            press(&mut model, "s");
        }
        orders
    };
    let overview = shown(Screen::Overview, 1);
    assert_eq!(overview, shown(Screen::Replication, 0));
    assert!(overview[0] != overview[1] && overview[0] != overview[2], "{overview:?}");
    let (model, _) = after("1 s s");
    let text = view_text(&model);
    assert!(text.lines().any(|line| line.contains("Stores") && line.contains("by name")), "{text}");
}

#[test]
fn the_footer_shows_the_users_own_keys() {
    let mut model = worlds::live(State::Normal);
    model.keymap = Keymap::from_toml("[keys]\nopen-palette = [\"f9\"]\n").unwrap();
    let text = view_text(&model);
    assert!(text.lines().last().unwrap().contains("f9 palette"), "{text}");
}

#[test]
fn a_chord_waits_for_its_second_key_and_a_wrong_one_is_said() {
    let mut model = worlds::live(State::Normal);
    model.keymap = Keymap::from_toml("[keys]\nshow-fleet = [\"z f\"]\n").unwrap();
    press(&mut model, "z");
    assert_eq!(model.pressed.len(), 1);
    press(&mut model, "f");
    assert_eq!(model.screen, Screen::Fleet);
    press(&mut model, "z x");
    assert!(model.pressed.is_empty());
    assert!(model.notice.is_some_and(|notice| notice.text.contains("z x does nothing")));
}

#[test]
fn every_context_has_a_way_out() {
    let keymap = Keymap::default();
    for context in Context::ALL {
        for action in [Action::Back, Action::QuitAnywhere] {
            assert!(
                keymap.shown(action, context).is_some() && action.entry().contexts.contains(context),
                "{context:?}"
            );
        }
    }
}
