//! Access raised and lowered from the screen: what is typed for it, what it looks like, and what it does not do.

use std::collections::BTreeMap;
use std::time::Duration;

use lifeboat_model::guard::{GuardName, GuardReport, Verdict};
use lifeboat_model::runbook::Mode;
use lifeboat_tui::dialogs::{About, Dialog};
use lifeboat_tui::{Access, Effect, Model, Msg, update, view_text};

use super::camera::photograph_of;
use super::hands::{SIZES, keys, pass_minutes, press, propose, reader_in, run, said, sized, type_in};
use super::worlds::runs::{self, Telling};
use super::worlds::{NAME, State};

fn told(model: &mut Model, access: Access, left: Option<u64>, why: Option<&str>) -> Vec<Effect> {
    let (left, why) = (left.map(Duration::from_secs), why.map(str::to_owned));
    update(model, Msg::Access { deployment: NAME.into(), access, left, why })
}

fn is_typing(model: &Model) -> bool {
    matches!(model.dialogs.last(), Some(Dialog::Confirm(_)))
}

fn refusing_access() -> Vec<GuardReport> {
    let mut reports = runs::passing();
    reports.push(GuardReport {
        guard: GuardName::Access,
        verdict: Verdict::refuse("the session is read-only", "begin it with operator access"),
        evidence: String::new(),
        read_at: None,
        overridden: None,
    });
    reports
}

#[test]
fn access_is_raised_by_the_deployments_name_and_nothing_else() {
    for typed in ["", "payments", "PAYMENTS-AURORA", "payments-aurora ", "y"] {
        let mut model = reader_in(State::Normal);
        assert_eq!(keys(&mut model, "O"), []);
        assert!(is_typing(&model));
        type_in(&mut model, typed);
        assert_eq!(keys(&mut model, "enter enter"), [], "{typed:?}");
        assert_eq!(model.access_here(), Access::ReadOnly);
    }
    let mut model = reader_in(State::Normal);
    press(&mut model, "O");
    type_in(&mut model, NAME);
    let wanted = Effect::RaiseAccess { deployment: NAME.into(), typed: NAME.to_owned() };
    assert_eq!(keys(&mut model, "enter"), [wanted]);
    // Asked for is not raised: only the program can tell.
    assert_eq!(model.access_here(), Access::ReadOnly);
}

#[test]
fn neither_a_paste_nor_a_key_held_down_raises_it() {
    let mut model = reader_in(State::Normal);
    press(&mut model, "O");
    assert_eq!(update(&mut model, Msg::Paste(format!("{NAME}\n"))), []);
    assert!(said(&model).contains("a paste confirms nothing"), "{}", said(&model));
    assert_eq!(keys(&mut model, "enter"), []);
    for key in ["O", "enter"] {
        let mut model = reader_in(State::Normal);
        for _ in 0..200 {
            assert_eq!(keys(&mut model, key), [], "{key}");
        }
    }
}

#[test]
fn nobody_finishes_typing_and_it_closes_by_itself() {
    let mut model = reader_in(State::Normal);
    pass_minutes(&mut model, 0);
    press(&mut model, "O");
    pass_minutes(&mut model, 2);
    assert!(!is_typing(&model));
    assert_eq!(model.access_here(), Access::ReadOnly);
}

#[test]
fn the_frame_shows_how_long_it_lasts_and_the_same_key_lowers_it() {
    let mut model = reader_in(State::Normal);
    assert!(view_text(&model).contains("READ-ONLY"));
    told(&mut model, Access::Operate, Some(1752), Some("access is raised"));
    assert!(view_text(&model).contains("OPERATE 29:12 left"), "{}", view_text(&model));
    told(&mut model, Access::Operate, Some(59), None);
    assert!(view_text(&model).contains("OPERATE 0:59 left"), "{}", view_text(&model));
    assert_eq!(keys(&mut model, "O"), [Effect::LowerAccess { deployment: NAME.into() }]);
    told(&mut model, Access::ReadOnly, None, Some("access is lowered"));
    assert!(view_text(&model).contains("READ-ONLY"), "{}", view_text(&model));
}

#[test]
fn access_that_the_session_was_opened_with_is_lowered_too() {
    let mut model = reader_in(State::Normal);
    model.access = Access::Operate;
    assert_eq!(keys(&mut model, "O"), [Effect::LowerAccess { deployment: NAME.into() }]);
    told(&mut model, Access::ReadOnly, None, Some("access is lowered"));
    assert_eq!(model.access_here(), Access::ReadOnly);
    press(&mut model, "O");
    assert!(is_typing(&model));
}

#[test]
fn where_it_is_pinned_it_says_why_and_asks_for_nothing() {
    let mut model = reader_in(State::Normal);
    model.pinned = Some("this session was started with `--read-only`".to_owned());
    assert_eq!(keys(&mut model, "O"), []);
    assert!(!is_typing(&model) && said(&model).contains("--read-only"), "{}", said(&model));
}

/// Of several deployments one may be pinned: the session was opened to operate, and it is read all the same.
#[test]
fn a_pinned_deployment_is_read_in_a_session_that_operates() {
    let mut model = reader_in(State::Normal);
    model.access = Access::Operate;
    let why = "the configuration pins it (/etc/lifeboat.toml, line 3)";
    model.pins.insert(NAME.into(), why.to_owned());
    assert_eq!(model.access_here(), Access::ReadOnly);
    for size in SIZES {
        let text = view_text(&sized(model.clone(), size));
        assert!(text.contains("READ-ONLY (pinned)") && !text.contains("OPERATE"), "{text}");
    }
    assert_eq!(keys(&mut model, "O"), []);
    assert!(!is_typing(&model) && said(&model).contains("/etc/lifeboat.toml"), "{}", said(&model));
    let mut other = model.clone();
    other.pins = BTreeMap::from([("another".into(), why.to_owned())]);
    assert_eq!(other.access_here(), Access::Operate);
    // Where a run was left open, nobody is sent to a key that raises nothing.
    run(&mut model, Telling::asking(), false);
    press(&mut model, "8 R");
    assert!(said(&model).contains("stays read-only"), "{}", said(&model));
}

/// Who may only read is led on, not sent away.
#[test]
fn beginning_without_access_asks_for_the_name_first() {
    let mut model = reader_in(State::Normal);
    press(&mut model, "7 x");
    propose(&mut model, runs::proposal(Mode::Planned, refusing_access()));
    let text = view_text(&model);
    assert!(text.contains("O raises it first") && !text.contains("cannot begin"), "{text}");
    assert_eq!(keys(&mut model, "x"), []);
    type_in(&mut model, NAME);
    assert_eq!(keys(&mut model, "enter").len(), 1);
    // Once it is raised the guards are asked again at once.
    let again = Effect::Propose {
        deployment: NAME.into(),
        runbook: "switchover".into(),
        drill: false,
        choice: None,
        overrides: BTreeMap::new(),
    };
    assert_eq!(told(&mut model, Access::Operate, Some(1800), Some("access is raised")), [again]);
    press(&mut model, "x");
    assert!(!is_typing(&model) && said(&model).contains("judged again"), "{}", said(&model));
    propose(&mut model, runs::proposal(Mode::Planned, runs::passing()));
    press(&mut model, "x");
    assert!(view_text(&model).contains("switchover payments-aurora us-east-2"), "{}", view_text(&model));
}

#[test]
fn other_guards_that_refuse_are_named_before_anything_is_typed() {
    let mut model = reader_in(State::Normal);
    press(&mut model, "7 x");
    propose(&mut model, runs::proposal(Mode::Planned, runs::refusing()));
    press(&mut model, "x");
    assert!(!is_typing(&model) && said(&model).contains("lag, writer"), "{}", said(&model));
}

#[test]
fn what_lapses_while_one_types_takes_the_confirmation_away() {
    let mut model = reader_in(State::Normal);
    told(&mut model, Access::Operate, Some(3), Some("access is raised"));
    press(&mut model, "7 x");
    propose(&mut model, runs::proposal(Mode::Planned, runs::passing()));
    press(&mut model, "x");
    type_in(&mut model, "switchover payments-aurora us-east-2");
    told(&mut model, Access::ReadOnly, None, Some("access has lapsed: this console only reads"));
    assert!(matches!(model.dialogs.last(), Some(Dialog::Message { about: About::Proposal { .. }, .. })));
    assert!(said(&model).contains("lapsed"), "{}", said(&model));
    assert_eq!(keys(&mut model, "enter"), []);
}

/// Who began it must be able to answer it: a run that is left with its question open is worse than one that is over.
#[test]
fn the_run_that_is_executed_is_still_answered_once_access_has_lapsed() {
    let mut model = reader_in(State::Normal);
    told(&mut model, Access::Operate, Some(3), Some("access is raised"));
    run(&mut model, Telling::asking(), true);
    told(&mut model, Access::ReadOnly, None, Some("access has lapsed"));
    assert!(matches!(keys(&mut model, "8 a enter").as_slice(), [Effect::Say { .. }]));
}

#[test]
fn access_of_one_deployment_is_no_other_ones() {
    let mut model = reader_in(State::Normal);
    let _ = update(
        &mut model,
        Msg::Access {
            deployment: "payments-serverless".into(),
            access: Access::Operate,
            left: Some(Duration::from_mins(30)),
            why: Some("access is raised".to_owned()),
        },
    );
    assert_eq!(model.access_here(), Access::ReadOnly);
}

#[test]
fn raising_access_at_every_size() {
    for size in SIZES {
        let at = |keys: &str, access: Option<u64>| {
            let mut model = sized(reader_in(State::Normal), size);
            if let Some(left) = access {
                told(&mut model, Access::Operate, Some(left), None);
            }
            press(&mut model, keys);
            model
        };
        photograph_of("access", "typing", at("1 O p a y", None));
        photograph_of("access", "mistyped", at("7 O p a i d", None));
        photograph_of("access", "raised", at("1", Some(1752)));
        let mut asked = at("7 x", None);
        propose(&mut asked, runs::proposal(Mode::Planned, refusing_access()));
        photograph_of("access", "wanted", asked);
    }
}
