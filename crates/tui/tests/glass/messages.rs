//! Messages of every kind in any order: nothing panics, and a session written down replays to the same screen.

use std::sync::Arc;
use std::time::Duration;

use lifeboat_model::assessment::{CostRate, RunHistory};
use lifeboat_model::cloud_error::CloudErrorKind;
use lifeboat_model::facts::Facts;
use lifeboat_model::facts::identity::CallerIdentity;
use lifeboat_model::port::Reality;
use lifeboat_model::read::Service;
use lifeboat_model::run::Entry;
use lifeboat_model::runbook::Mode;
use lifeboat_model::snapshot::Observation;
use lifeboat_model::time::{Timestamp, after};
use lifeboat_tui::acting::Proposal;
use lifeboat_tui::archive::{Place, Query, Writing};
use lifeboat_tui::drafting::Choice;
use lifeboat_tui::format::LocalOffset;
use lifeboat_tui::theme::Theme;
use lifeboat_tui::{
    Access, Action, Effect, Key, KeyCode, Model, Modifiers, Msg, Opening, RequestId, update, view_text,
};
use proptest::prelude::*;

use super::camera::draw;
use super::hands::{PHRASE, proposed};
use super::worlds::runs::{self, Telling};
use super::worlds::{self, HOME, NAME, PARTNER, State, estates, past};

/// Everything a poller could bring for the worlds of these tests.
fn observations() -> Vec<Observation> {
    let mut all = Vec::new();
    for state in [State::Normal, State::Failing] {
        for (region, service, facts) in worlds::readings(state) {
            let observation = Observation {
                deployment: NAME.into(),
                region: region.into(),
                service,
                at: worlds::ago(2),
                outcome: Ok(facts),
            };
            all.push(observation.clone());
            let error = worlds::silence(service, region, CloudErrorKind::Unreachable);
            all.push(Observation { outcome: Err(error), at: worlds::now(), ..observation });
        }
    }
    let expired = worlds::silence(Service::Identity, HOME, CloudErrorKind::ExpiredCredentials);
    all.push(Observation {
        deployment: NAME.into(),
        region: HOME.into(),
        service: Service::Identity,
        at: worlds::now(),
        outcome: Err(expired),
    });
    let stranger = CallerIdentity {
        account: "999999999999".into(),
        arn: "arn:aws:iam::999999999999:user/eve".into(),
        expires_at: None,
    };
    all.push(Observation {
        deployment: "unheard-of".into(),
        region: PARTNER.into(),
        service: Service::Identity,
        at: worlds::now(),
        outcome: Ok(Facts::Identity(stranger)),
    });
    all
}

fn any_key() -> impl Strategy<Value = Key> {
    let bound: Vec<Key> =
        Action::ALL.iter().flat_map(|action| action.entry().keys).map(|text| text.parse().unwrap()).collect();
    let code = prop_oneof![any::<char>().prop_map(KeyCode::Char), (0u8..30).prop_map(KeyCode::Function)];
    let wild = (code, any::<bool>(), any::<bool>(), any::<bool>())
        .prop_map(|(code, ctrl, alt, shift)| Key { code, modifiers: Modifiers { ctrl, alt, shift } });
    prop_oneof![8 => proptest::sample::select(bound), 1 => wild]
}

/// Runs as they come, whole, from the middle, or a piece of each.
fn any_telling() -> impl Strategy<Value = (Vec<Arc<Entry>>, bool)> {
    let tellings = [Telling::running(), Telling::asking(), Telling::completed(), Telling::failed()];
    let tellings: Vec<Vec<Arc<Entry>>> = tellings.into_iter().map(|telling| telling.entries).collect();
    (
        proptest::sample::select(tellings),
        any::<proptest::sample::Index>(),
        any::<proptest::sample::Index>(),
        any::<bool>(),
    )
        .prop_map(|(entries, one, other, here)| {
            let (one, other) = (one.index(entries.len() + 1), other.index(entries.len() + 1));
            let from = if here { 0 } else { one.min(other) };
            (entries[from..one.max(other)].to_vec(), here)
        })
}

/// What the journal tells, whether or not it was asked for.
fn any_reading() -> impl Strategy<Value = Msg> {
    let place = prop_oneof![Just(Place::Start), Just(Place::End), (0u64..2_000).prop_map(Place::Around)];
    let query = (place, any::<bool>(), any::<bool>()).prop_map(|(place, oldest_first, of_run)| Query {
        run: of_run.then(|| past::runs()[1].id.clone()),
        filter: String::new(),
        oldest_first,
        place,
    });
    let journal = (query, 0u64..1_500, 0u8..4).prop_map(|(query, total, outcome)| {
        let outcome = match outcome {
            0 => Ok(None),
            1 => Err("the journal cannot be read".to_owned()),
            _ => Ok(Some(Box::new(past::shelf(&query, total)))),
        };
        Msg::Journal { deployment: NAME.into(), query, at: worlds::now(), outcome }
    });
    let document = any::<bool>().prop_map(|is_good| Msg::Document {
        deployment: NAME.into(),
        writing: Writing::Report(past::runs()[0].id.clone()),
        outcome: if is_good { Ok(Box::new(past::document())) } else { Err("it is gone".to_owned()) },
    });
    prop_oneof![4 => journal, 1 => Just(past::broken()), 1 => Just(past::whole(9)), 1 => document]
}

fn proposals() -> Vec<Result<Box<Proposal>, String>> {
    let of = |mode, reports| Ok(Box::new(runs::proposal(mode, reports)));
    let mut other = runs::proposal(Mode::Planned, runs::passing());
    other.plan.steps.pop();
    let other = Proposal::new("switchover".into(), false, other.plan, runs::passing());
    vec![
        of(Mode::Planned, runs::passing()),
        of(Mode::Planned, runs::refusing()),
        Ok(Box::new(other)),
        Err("us-east-2 is active already".to_owned()),
    ]
}

/// What the program says of stacks, of blueprints and of choices.
fn estate_messages() -> Vec<Msg> {
    let mut all = estates::being_made();
    for state in [State::Normal, State::Failing, State::RegionLoss] {
        all.extend(estates::readings(state));
    }
    for estate in [estates::unread(), estates::imported()] {
        all.push(Msg::Estate { deployment: NAME.into(), estate: Box::new(estate) });
    }
    all.push(Msg::Blueprints(estates::offers()));
    all.push(Msg::Blueprints(Vec::new()));
    let choice = Choice::of("payments-aurora");
    all.push(Msg::Drafted { of: choice.clone(), outcome: Ok(Box::new(estates::draft(&choice))) });
    all.push(Msg::Drafted { of: choice, outcome: Err("its folder is gone".to_owned()) });
    all.push(Msg::TakenAway(NAME.into()));
    for (runbook, plan) in [("teardown", estates::teardown()), ("provision", estates::provision())] {
        let outcome = Ok(Box::new(estates::proposed(plan, false)));
        all.push(Msg::Proposed { deployment: NAME.into(), runbook: runbook.into(), outcome });
    }
    all
}

fn any_msg() -> impl Strategy<Value = Msg> {
    let names = proptest::sample::select(vec![NAME, "ecommerce", "unheard-of"]);
    prop_oneof![
        12 => any_key().prop_map(Msg::Key),
        2 => "\\PC{0,20}".prop_map(Msg::Paste),
        2 => proptest::sample::select(Action::ALL).prop_map(Msg::Action),
        3 => (0u16..220, 0u16..70).prop_map(|(columns, rows)| Msg::Resized { columns, rows }),
        1 => Just(Msg::Resized { columns: 1, rows: 1 }),
        3 => (0u64..100_000).prop_map(|seconds| Msg::Tick(after(worlds::ago(20_000), Duration::from_secs(seconds)))),
        1 => prop_oneof![Just(Timestamp::MIN), Just(Timestamp::MAX)].prop_map(Msg::Tick),
        6 => proptest::sample::select(observations()).prop_map(Msg::Observed),
        1 => (names, 0.0_f64..1e9, 0.0_f64..1e3).prop_map(|(name, requests_per_hour, usd_per_hour)| {
            Msg::Cost { deployment: name.into(), rate: CostRate { requests_per_hour, usd_per_hour } }
        }),
        1 => Just(Msg::History { deployment: NAME.into(), history: RunHistory::default() }),
        4 => any_reading(),
        4 => any_telling().prop_map(|(entries, here)| Msg::Run { deployment: NAME.into(), entries, here }),
        2 => proptest::sample::select(proposals()).prop_map(|outcome| {
            Msg::Proposed { deployment: NAME.into(), runbook: "switchover".into(), outcome }
        }),
        4 => proptest::sample::select(estate_messages()),
        1 => proptest::sample::select(vec![Ok(()), Err("the lock was taken away\nsee `lifeboat runs`".to_owned())])
            .prop_map(|outcome| Msg::RunLeft { deployment: NAME.into(), outcome }),
        1 => (0u64..8, any::<bool>()).prop_map(|(request, good)| {
            Msg::Done { request: RequestId(request), outcome: if good { Ok(()) } else { Err("no".to_owned()) } }
        }),
        1 => ("\\PC{0,60}", any::<bool>()).prop_map(|(text, trouble)| Msg::Notice { text, trouble }),
        2 => (any::<bool>(), proptest::option::of(0u64..4000), proptest::option::of("\\PC{0,30}")).prop_map(|(may, left, why)| {
            let (access, left) = (if may { Access::Operate } else { Access::ReadOnly }, left.map(Duration::from_secs));
            Msg::Access { deployment: NAME.into(), access, left, why }
        }),
        1 => proptest::sample::select(vec![0usize, 1, 5]).prop_map(|count| Msg::Themes(Theme::built_in().into_iter().take(count).collect())),
        1 => any::<i32>().prop_map(|seconds| Msg::LocalOffset(LocalOffset(seconds))),
    ]
}

fn any_start() -> impl Strategy<Value = Model> {
    prop_oneof![
        Just(()).prop_map(|()| Model::new(Opening::new(Reality::Live, Vec::new(), worlds::now()))),
        proptest::sample::select(&State::ALL[..]).prop_map(worlds::simulated),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_message_in_any_order_panics_at_any_size(mut model in any_start(), messages in proptest::collection::vec(any_msg(), 1..40)) {
        for msg in messages {
            let _ = update(&mut model, msg);
            let _ = draw(&model);
        }
    }

    #[test]
    fn a_session_written_down_replays_to_the_same_screen(start in any_start(), messages in proptest::collection::vec(any_msg(), 1..30)) {
        let tape = serde_json::to_string(&(&start, &messages)).unwrap();
        let mut played = start;
        let effects: Vec<Vec<Effect>> = messages.into_iter().map(|msg| update(&mut played, msg)).collect();

        let (mut replayed, messages): (Model, Vec<Msg>) = serde_json::from_str(&tape).unwrap();
        let again: Vec<Vec<Effect>> = messages.into_iter().map(|msg| update(&mut replayed, msg)).collect();
        prop_assert_eq!(effects, again);
        prop_assert_eq!(view_text(&played), view_text(&replayed));
        prop_assert_eq!(draw(&played), draw(&replayed));
    }
}

/// From the list to the report, as the loop writes it down.
fn a_whole_run() -> Vec<Msg> {
    let key = |text: &str| Msg::Key(text.parse().unwrap());
    let entries = Telling::completed().entries;
    let run = entries[0].run.clone();
    let mut messages = vec![Msg::Resized { columns: 120, rows: 40 }, key("7"), key("x")];
    messages.push(proposed(runs::proposal(Mode::Planned, runs::passing())));
    messages.push(key("x"));
    messages.extend(PHRASE.chars().map(|letter| Msg::Key(Key::char(letter))));
    messages.push(key("enter"));
    for part in entries.chunks(3) {
        let at = part.last().unwrap().at;
        messages.push(Msg::Run { deployment: NAME.into(), entries: part.to_vec(), here: true });
        messages.push(Msg::Tick(at));
    }
    messages.push(Msg::RunLeft { deployment: NAME.into(), outcome: Ok(()) });
    messages.push(key("o"));
    let outcome = Ok(Box::new(past::document()));
    messages.push(Msg::Document { deployment: NAME.into(), writing: Writing::Report(run), outcome });
    messages.extend([key("q"), key("tab"), key("j")]);
    messages
}

/// A tape begins anywhere: it holds the newest messages, and the model that they began with.
#[test]
fn a_tape_with_a_whole_run_in_it_replays_to_the_same_screens_wherever_it_begins() {
    let messages = a_whole_run();
    let mut model = super::hands::model();
    let mut starts = Vec::new();
    let mut screens = Vec::new();
    for msg in &messages {
        starts.push(serde_json::to_string(&model).unwrap());
        let effects = update(&mut model, msg.clone());
        screens.push((view_text(&model), effects));
    }
    assert!(screens.iter().any(|(_, effects)| matches!(effects.as_slice(), [Effect::Begin { .. }])));
    assert!(view_text(&model).contains("COMPLETED"), "{}", view_text(&model));
    for (begun, start) in starts.iter().enumerate() {
        let tape = serde_json::to_string(&messages[begun..]).unwrap();
        let mut replayed: Model = serde_json::from_str(start).unwrap();
        let rest: Vec<Msg> = serde_json::from_str(&tape).unwrap();
        for (msg, (screen, effects)) in rest.into_iter().zip(&screens[begun..]) {
            let told = format!("{msg:?}");
            assert_eq!(&update(&mut replayed, msg), effects, "begun at {begun}: {told}");
            assert_eq!(&view_text(&replayed), screen, "begun at {begun}: {told}");
        }
    }
}

/// The one test that asks the real rules: facts in, judgement on the screen.
#[test]
fn facts_become_a_judgement_on_the_screen() {
    let mut model = Model::new(Opening::new(Reality::Live, vec![worlds::deployment(NAME)], worlds::now()));
    for (region, service, facts) in worlds::readings(State::Normal) {
        let observation = Observation {
            deployment: NAME.into(),
            region: region.into(),
            service,
            at: worlds::ago(2),
            outcome: Ok(facts),
        };
        assert_eq!(update(&mut model, Msg::Observed(observation)), []);
    }
    let _ = update(&mut model, Msg::Resized { columns: 120, rows: 40 });
    let text = view_text(&model);
    for said in ["123456789012", "payments-sessions", "us-east-2", "payments-latency-p90"] {
        assert!(text.contains(said), "{said} is not in\n{text}");
    }
    assert!(!text.contains("nothing read yet"), "{text}");
}

#[test]
fn a_notice_goes_by_itself() {
    let mut model = worlds::live(State::Normal);
    let _ = update(&mut model, Msg::Notice { text: "the theme was read again".to_owned(), trouble: false });
    assert!(view_text(&model).contains("the theme was read again"));
    for _ in 0..20 {
        let _ = update(&mut model, Msg::Tick(worlds::now()));
    }
    assert!(model.notice.is_none());
}

#[test]
fn a_large_fleet_is_judged_a_few_at_a_time_and_all_in_the_end() {
    let deployments = (0..100).map(|index| worlds::deployment(&format!("shop-{index}"))).collect();
    let mut model = Model::new(Opening::new(Reality::Live, deployments, worlds::now()));
    for index in 0..100 {
        for (region, service, facts) in worlds::readings(State::Normal).into_iter().take(2) {
            let observation = Observation {
                deployment: format!("shop-{index}").into(),
                region: region.into(),
                service,
                at: worlds::ago(2),
                outcome: Ok(facts),
            };
            let _ = update(&mut model, Msg::Observed(observation));
        }
    }
    let waiting = |model: &Model| model.fleet.iter().filter(|watched| watched.unassessed).count();
    let mut before = waiting(&model);
    while before > 0 {
        let _ = update(&mut model, Msg::Tick(worlds::now()));
        let now = waiting(&model);
        assert!(now < before && before - now <= 9, "{before} to {now}");
        before = now;
    }
}

#[test]
fn a_reread_theme_stays_in_use_by_its_name() {
    let mut model = worlds::live(State::Normal);
    let _ = update(&mut model, Msg::Key("t".parse().unwrap()));
    let name = model.theme().unwrap().name.clone();
    let mut themes = Theme::built_in();
    themes.reverse();
    let _ = update(&mut model, Msg::Themes(themes));
    assert_eq!(model.theme().unwrap().name, name);
}

#[test]
fn a_run_read_again_after_a_gap_is_whole_and_keeps_what_came_meanwhile() {
    let all = Telling::asking().entries;
    let told = |entries: &[Arc<Entry>]| Msg::Run { deployment: NAME.into(), entries: entries.to_vec(), here: true };
    let mut in_order = worlds::live(State::Normal);
    let _ = update(&mut in_order, told(&all));
    let mut with_gap = worlds::live(State::Normal);
    // Five got lost, two came after them, and what was read from the journal ends before the last.
    for part in [&all[..10], &all[15..], &all[..all.len() - 1]] {
        let _ = update(&mut with_gap, told(part));
    }
    assert_eq!(with_gap.fleet[0].run, in_order.fleet[0].run);
}

/// What the outline named may be gone, and what it did not name may be there.
#[test]
fn the_fleet_is_what_was_found_and_the_one_in_view_stays_so() {
    let mut model = worlds::live(State::Normal);
    let read = model.fleet[model.selected].clone();
    let other = lifeboat_model::topology::Deployment::bare("other", HOME, PARTNER);
    let mut whole = read.deployment.clone();
    whole.account = Some("123456789012".into());
    update(&mut model, Msg::Discovered(vec![other.clone(), whole.clone()]));
    let names: Vec<&str> = model.fleet.iter().map(|watched| watched.deployment.name.as_str()).collect();
    assert_eq!(names, ["other", NAME]);
    let shown = &model.fleet[model.selected];
    assert_eq!((&shown.deployment, &shown.snapshot), (&whole, &read.snapshot), "what was read stays read");
    update(&mut model, Msg::Discovered(vec![other]));
    assert_eq!((model.fleet.len(), model.selected), (1, 0));
    update(&mut model, Msg::Discovered(Vec::new()));
    assert!(view_text(&model).contains("There is no deployment"));
}
