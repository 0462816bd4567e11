//! What stands around every screen, in the states in which it is needed most: the way out, the help, what was just said,
//! which deployment is shown; and what is left of it all in a window too small for a screen.

use std::time::Duration;

use lifeboat_model::incident::{Incident, Logbook};
use lifeboat_model::port::Reality;
use lifeboat_model::run::RunOutcome;
use lifeboat_tui::screens::Screen;
use lifeboat_tui::{Access, Model, Msg, update, view_text};

use super::hands::{SIZES, model, model_in, press, reader_in, run, said, sized, type_in};
use super::worlds::runs::{self, Telling};
use super::worlds::{self, NAME, State};

const SCREENS: [&str; 10] = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"];

fn raised(model: &mut Model, seconds: u64) {
    let left = Some(Duration::from_secs(seconds));
    let msg = Msg::Access { deployment: NAME.into(), access: Access::Operate, left, why: None };
    let _ = update(model, msg);
}

fn declared(model: &mut Model) {
    let incident = Incident {
        began_at: worlds::ago(724),
        declared_at: worlds::ago(600),
        text: "writes are refused".to_owned(),
        by: runs::operator(),
        notes: Vec::new(),
        closed: None,
    };
    let logbook = Logbook { incidents: vec![incident], notes: Vec::new() };
    let _ = update(model, Msg::Logbook { deployment: NAME.into(), logbook, past: Vec::new() });
}

fn stopped() -> Telling {
    let mut telling = Telling::running();
    telling.over(3, RunOutcome::Stopped, Some("the console was left"));
    telling
}

/// Every footing on which a run can be met, with all that may crowd the frame.
fn crowded() -> Vec<(&'static str, Model)> {
    let mut all = Vec::new();
    for state in State::ALL {
        all.push(("only read", reader_in(state)));
        all.push(("operated", model_in(state)));
    }
    for (name, telling) in [
        ("running", Telling::running as fn() -> Telling),
        ("asking", Telling::asking),
        ("at its line", Telling::at_its_line),
        ("completed", Telling::completed),
        ("failed", Telling::failed),
        ("stopped", stopped),
    ] {
        for here in [true, false] {
            let mut model = model();
            run(&mut model, telling(), here);
            declared(&mut model);
            all.push((name, model));
        }
    }
    for (_, model) in &mut all {
        model.reality = Reality::Simulated("control-plane-outage".to_owned());
        raised(model, 1752);
    }
    all
}

#[test]
fn the_way_out_and_the_help_stand_in_the_footer_of_every_screen_in_every_state() {
    for (name, model) in crowded() {
        for screen in SCREENS {
            let mut model = sized(model.clone(), (80, 24));
            press(&mut model, screen);
            let text = view_text(&model);
            let footer = text.lines().last().unwrap();
            assert!(footer.contains("q quit") && footer.contains("? help"), "{name} on {screen}\n{text}");
        }
    }
}

#[test]
fn what_was_just_said_is_never_cut() {
    let said = "leaving stops it: once more leaves, `lifeboat resume` goes on with it from its journal, and what was \
                begun is looked for first; the incident stays open: i twice closes it, once more leaves";
    for size in SIZES.into_iter().chain([(60, 16)]) {
        for (_, model) in crowded() {
            let mut model = sized(model, size);
            press(&mut model, "?");
            let _ = update(&mut model, Msg::Notice { text: said.to_owned(), trouble: true });
            let text = view_text(&model);
            let words: Vec<&str> = text.split_whitespace().collect();
            let wanted: Vec<&str> = said.split_whitespace().collect();
            // The badge stands in the last of its rows, between two of its words.
            let mut rest = words.iter();
            let is_whole = wanted.iter().all(|word| rest.any(|seen| seen == word));
            assert!(is_whole, "{text}");
        }
    }
}

#[test]
fn leaving_a_run_says_all_that_it_means_at_eighty_columns() {
    let mut model = sized(model(), (80, 24));
    run(&mut model, Telling::running(), true);
    press(&mut model, "8 q");
    let told = model.notice.clone().unwrap().text;
    let text = view_text(&model);
    let last = told.split_whitespace().last().unwrap();
    let end: Vec<&str> = text.lines().rev().take(3).collect();
    assert!(end.iter().any(|line| line.trim_end().ends_with(last)), "{told}\n{text}");
}

#[test]
fn among_all_deployments_the_cursor_stands_on_the_one_that_is_shown() {
    for size in SIZES {
        for sort in 0..4 {
            let mut model = sized(reader_in(State::Normal), size);
            press(&mut model, "n");
            let shown = model.watched().unwrap().deployment.name.clone();
            assert_ne!(shown.as_str(), NAME);
            press(&mut model, "6");
            for _ in 0..sort {
                press(&mut model, "s");
            }
            press(&mut model, "1 6");
            model.notice = None;
            let text = view_text(&model);
            let rows: Vec<&str> = text.lines().filter(|line| line.contains(&format!("→ {shown}"))).collect();
            assert!(matches!(rows.as_slice(), [row] if row.starts_with('▸')), "{text}");
            assert_eq!(text.matches("→ is shown").count(), 1, "{text}");
            press(&mut model, "enter");
            assert_eq!((model.screen, &model.watched().unwrap().deployment.name), (Screen::Overview, &shown));
            // The next one is pointed at as well while one looks at the list.
            press(&mut model, "6 n enter");
            assert_ne!(model.watched().unwrap().deployment.name, shown);
        }
    }
}

#[test]
fn a_window_too_small_for_a_screen_tells_what_is_open() {
    let told = |change: &dyn Fn(&mut Model)| {
        let mut model = model();
        change(&mut model);
        view_text(&sized(model, (40, 10)))
    };
    let begins = |telling: fn() -> Telling, here| move |model: &mut Model| run(model, telling(), here);
    assert!(!told(&|_| {}).contains("a run") && !told(&|_| {}).contains("incident"));
    assert!(told(&begins(Telling::running, true)).contains("a run is executed here"));
    assert!(told(&begins(Telling::running, false)).contains("a run is not over"));
    assert!(told(&begins(stopped, false)).contains("a run stopped, and is left open"));
    assert!(told(&begins(Telling::asking, true)).contains("a run asks"));
    assert!(!told(&begins(Telling::completed, true)).contains("a run"));
    assert!(told(&declared).contains("an incident is open"));
    // What leaving means is told there too.
    let mut left = sized(model(), (40, 10));
    run(&mut left, Telling::running(), true);
    press(&mut left, "q");
    let text = view_text(&left);
    assert!(text.contains("once more"), "{text}");
}

#[test]
fn esc_goes_back_to_the_screen_before_and_says_where() {
    let mut model = sized(model(), (80, 24));
    press(&mut model, "7 8 9 8");
    press(&mut model, "esc");
    assert_eq!(model.screen, Screen::History);
    assert_eq!(said(&model), "back to History; 8 shows Run again");
    // One too many is undone by what was said.
    press(&mut model, "esc");
    assert_eq!((model.screen, said(&model).as_str()), (Screen::Runbooks, "back to Runbooks; 9 shows History again"));
    press(&mut model, "9 esc esc");
    assert_eq!(model.screen, Screen::Overview);
    press(&mut model, "esc");
    assert_eq!(model.screen, Screen::Overview);
    assert!(said(&model).contains("no screen before"), "{}", said(&model));
    // Who opened it on another screen gets to the overview.
    let mut elsewhere = reader_in(State::Normal);
    elsewhere.screen = Screen::Alarms;
    assert!(view_text(&elsewhere).lines().last().unwrap().contains("esc back"));
    press(&mut elsewhere, "esc");
    assert_eq!(elsewhere.screen, Screen::Overview);
    assert!(!view_text(&elsewhere).lines().last().unwrap().contains("esc back"));
}

#[test]
fn a_dialog_and_a_filter_come_before_the_screen() {
    let mut model = model();
    press(&mut model, "7 4 / x enter ? esc");
    assert_eq!(model.screen, Screen::Alarms);
    press(&mut model, "esc");
    assert_eq!((model.screen, model.screens.of(Screen::Alarms).filter.as_str()), (Screen::Alarms, ""));
    press(&mut model, "esc");
    assert_eq!(model.screen, Screen::Runbooks);
}

/// Its question is answered elsewhere while the box is open: the key that was meant for the box loses nothing.
#[test]
fn after_a_box_that_closed_by_itself_esc_leads_where_one_came_from() {
    let mut model = model();
    run(&mut model, Telling::asking(), true);
    press(&mut model, "7 8 a");
    assert!(!model.dialogs.is_empty());
    let mut telling = Telling::asking();
    telling.over(3, RunOutcome::Aborted, None);
    run(&mut model, telling, true);
    assert!(model.dialogs.is_empty());
    press(&mut model, "esc");
    assert_eq!((model.screen, said(&model).as_str()), (Screen::Runbooks, "back to Runbooks; 8 shows Run again"));
}

#[test]
fn whose_time_it_is_stands_in_the_header_whatever_else_does() {
    for (name, mut model) in crowded() {
        model.pace = Some("10".to_owned());
        for size in SIZES {
            let text = view_text(&sized(model.clone(), size));
            let bar = text.lines().next().unwrap();
            assert!(bar.contains("sim ×10") || bar.contains("virtual time ×10"), "{name}\n{text}");
            assert!(bar.contains("OPERATE 29:12") && bar.contains("14:03:07 UTC"), "{name}\n{text}");
            assert!(bar.contains("SIM control-plane") && bar.contains(NAME), "{name}\n{text}");
        }
    }
}

#[test]
fn an_empty_line_is_told_what_is_wanted_there() {
    let mut model = reader_in(State::Normal);
    press(&mut model, "i enter");
    assert!(said(&model).contains("when it began: now, -12m"), "{}", said(&model));
    type_in(&mut model, "now");
    press(&mut model, "enter enter");
    assert!(said(&model).contains("what is known of it"), "{}", said(&model));
    press(&mut model, "esc m enter");
    assert!(said(&model).contains("what is to be remembered"), "{}", said(&model));
    declared(&mut model);
    press(&mut model, "esc i i enter");
    assert!(said(&model).contains("how it ended"), "{}", said(&model));
}
