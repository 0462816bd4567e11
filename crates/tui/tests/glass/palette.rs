//! The palette over a fleet: what another deployment has is found too, after what is here, and led to there.

use lifeboat_model::id::DeploymentName;
use lifeboat_tui::dialogs::palette::{self, Choice};
use lifeboat_tui::dialogs::{About, Dialog};
use lifeboat_tui::screens::Screen;
use lifeboat_tui::{Model, Msg, update, view_text};

use super::hands::{press, reader_in, sized, type_in};
use super::worlds::{self, State};

/// Its second deployment has an alarm and a resource that the first has not.
fn fleet() -> Model {
    let mut model = reader_in(State::Normal);
    let other = &mut model.fleet[1];
    other.assessment.alarms[0].name = "checkout-latency".into();
    other.assessment.alarms[1].name = "c1o2m3p4a5r6e7d".into();
    other.deployment.regions.partner = "sa-east-1".into();
    model
}

fn choose(model: &mut Model, typed: &str) {
    press(model, ":");
    let _ = type_in(model, typed);
    press(model, "enter");
}

#[test]
fn what_another_deployment_has_is_found_and_shown_there() {
    let model = fleet();
    let other: DeploymentName = "ecommerce".into();
    let found = palette::found(&model, "checkout-latency");
    assert_eq!((found[0].name.as_str(), found[0].of.as_ref()), ("checkout-latency", Some(&other)));
    assert!(found[0].detail.starts_with("ecommerce: alarm in"), "{}", found[0].detail);

    let mut model = fleet();
    choose(&mut model, "checkout-latency");
    assert_eq!((model.selected, model.screen), (1, Screen::Alarms));
    press(&mut model, "enter");
    assert!(view_text(&model).contains("checkout-latency"), "{}", view_text(&model));

    let mut model = fleet();
    choose(&mut model, "sa-east-1");
    assert_eq!(model.selected, 1);
    let is_region = |about: &About| matches!(about, About::Region(region) if region.as_str() == "sa-east-1");
    assert!(matches!(model.dialogs.as_slice(), [Dialog::Message { about, .. }] if is_region(about)));
}

#[test]
fn what_is_here_comes_before_the_same_elsewhere() {
    let model = fleet();
    let found = palette::found(&model, "payments-sessions");
    let stores: Vec<Option<String>> = found
        .iter()
        .filter(|one| one.kind == "store" && one.name == "payments-sessions")
        .map(|one| one.of.as_ref().map(ToString::to_string))
        .collect();
    assert_eq!(stores, [None, Some("ecommerce".to_owned())]);
    // A few letters of a name elsewhere are less than a word of a description here.
    let found = palette::found(&model, "compared");
    let place = |is_it: fn(&palette::Candidate) -> bool| found.iter().position(is_it);
    let described = place(|one| one.detail.contains("stacks compared between")).unwrap();
    let elsewhere = place(|one| one.of.is_some() && !one.name.to_lowercase().contains("compared"));
    assert!(elsewhere.is_some_and(|elsewhere| described < elsewhere), "{found:?}");
    // Unasked, only what is here is listed.
    assert!(palette::found(&model, "").iter().all(|one| one.of.is_none()));
}

/// Letters that stand here and there in a sentence are no reason to do what it describes.
#[test]
fn a_description_is_found_by_its_words_and_changes_nothing_by_a_slip() {
    let model = reader_in(State::Normal);
    let first = |typed: &str| palette::found(&model, typed).into_iter().next();
    let theme = first("light").unwrap();
    assert!(theme.name.starts_with("theme ") && theme.name.contains("light"), "{theme:?}");
    assert_eq!(palette::found(&model, "frtbl").iter().filter(|one| one.kind == "action").count(), 0);
    // Both have the words; one of them gives a run up.
    let found = palette::found(&model, "back last");
    assert_eq!(found.last().map(|one| one.name.as_str()), Some("abort-run"), "{found:?}");
    // By its name it is meant.
    assert_eq!(first("abort-run").unwrap().name, "abort-run");
}

#[test]
fn a_theme_is_chosen_by_its_name() {
    let mut model = reader_in(State::Normal);
    let name = model.display.themes.last().unwrap().name.clone();
    choose(&mut model, &format!("theme {name}"));
    assert_eq!(model.display.themes[model.display.theme].name, name);
    assert!(super::hands::said(&model).contains(&name));
}

#[test]
fn a_key_costs_no_more_because_the_fleet_is_large() {
    let names = (0..100).map(|index| worlds::deployment(&format!("shop-{index}"))).collect();
    let mut model = Model::new(lifeboat_tui::Opening::new(lifeboat_model::port::Reality::Live, names, worlds::now()));
    for watched in &mut model.fleet {
        let name = watched.deployment.name.clone();
        worlds::fill(watched, State::Normal);
        let alarm = watched.assessment.alarms[0].clone();
        let named = |index| {
            let mut alarm = alarm.clone();
            alarm.name = format!("{name}-alarm-{index}").into();
            alarm
        };
        watched.assessment.alarms = (0..500).map(named).collect();
    }
    let elsewhere = |typed: &str| palette::found(&model, typed).iter().filter(|one| one.of.is_some()).count();
    assert_eq!(elsewhere("alarm"), 200, "there is an end to what is listed");
    let last = palette::found(&model, "shop-99-alarm-499");
    assert_eq!(last[0].name, "shop-99-alarm-499", "what is named in full is found wherever it is");
    let mut model = sized(model, (120, 40));
    press(&mut model, ": a l a r m");
    assert!(view_text(&model).contains("and more: type more letters"), "{}", view_text(&model));
}

#[test]
fn descriptions_are_whole_where_there_is_room_and_actions_say_where_they_lead() {
    let mut model = sized(reader_in(State::Normal), (200, 60));
    press(&mut model, ": g o - u n p l a n n e d");
    let text = view_text(&model);
    let row = |text: &str, name: &str| text.lines().find(|line| line.contains(name)).unwrap().to_owned();
    assert!(row(&text, "▸action").contains("its loss is read and typed first"), "{text}");
    assert!(row(&text, "▸action").trim_end().ends_with("→ Run"), "{text}");
    for size in super::hands::SIZES {
        let mut model = sized(reader_in(State::Normal), size);
        press(&mut model, ": o v e r r i d e - g u a r d");
        let text = view_text(&model);
        assert!(row(&text, "override-guard ").contains("→ a plan"), "{text}");
        // Where it works its key stands instead.
        let mut model = sized(reader_in(State::Normal), size);
        press(&mut model, "8 : p a u s e - r u n");
        let text = view_text(&model);
        assert!(!row(&text, "pause-run ").contains('→'), "{text}");
    }
}

#[test]
fn a_resource_is_found_by_the_name_that_aws_gave_it_in_another_deployment_too() {
    let mut model = fleet();
    let estate = model.fleet[1].estate.as_mut().unwrap();
    let known = estate.stacks.iter_mut().find(|known| known.resources.value().is_some_and(|all| !all.is_empty()));
    let mut resources = known.as_ref().unwrap().resources.value().unwrap().clone();
    resources[0].physical_id = Some("arn-of-the-other-shop".to_owned());
    let (region, stack) = known.map(|known| (known.region.clone(), known.name.clone())).unwrap();
    let news = lifeboat_tui::estate::StackNews::Resources(resources);
    let (deployment, at) = ("ecommerce".into(), worlds::now());
    let _ = update(&mut model, Msg::StackRead { deployment, region, stack, at, news });
    let found = palette::found(&model, "arn-of-the-other-shop");
    assert_eq!(found[0].kind, "resource");
    assert!(matches!(found[0].choice, Choice::Row { screen: Screen::Stacks, .. }));
    assert!(found[0].of.is_some());
}
