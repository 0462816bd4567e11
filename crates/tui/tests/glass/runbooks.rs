//! The screen of the runbooks: each with what is known of it, and every guard with what would mend it.

use lifeboat_model::guard::Verdict;
use lifeboat_model::runbook::Mode;
use lifeboat_tui::dialogs::Dialog;
use lifeboat_tui::screens::{Screen, items};
use lifeboat_tui::{Effect, Keymap, Model, view_text};

use super::hands::{SIZES, keys, press, propose, reader_in, said, sized};
use super::worlds::{State, runs};

fn at(state: State, size: (u16, u16), keys: &str) -> Model {
    let mut model = sized(reader_in(state), size);
    press(&mut model, keys);
    model
}

fn row(text: &str, start: &str) -> String {
    let is_it = |line: &&str| line.trim_start_matches(['▸', ' ']).starts_with(start);
    text.lines().filter(|line| !line.contains("Runbooks")).find(is_it).unwrap_or_default().to_owned()
}

#[test]
fn the_last_rehearsal_and_the_last_real_run_stand_side_by_side() {
    for (size, rehearsed, real) in [
        ((80, 24), "✔ 12d", "✖ 3d00h"),
        ((120, 40), "✔ 2026-02-17", "✖ 2026-02-26"),
        ((200, 60), "✔ 2026-02-17", "✖ 2026-02-26"),
    ] {
        let text = view_text(&at(State::Normal, size, "7"));
        let head = row(&text, "RUNBOOK");
        let of = |name: &str, column: &str, next: &str| {
            let from = head.split(column).next().unwrap().chars().count();
            let to = head.split(next).next().unwrap().chars().count();
            row(&text, name).chars().skip(from).take(to - from).collect::<String>().trim().to_owned()
        };
        assert_eq!(of("failover", "REHEARSED", "REAL RUN"), rehearsed, "{text}");
        assert_eq!(of("failover", "REAL RUN", "NEXT"), real, "{text}");
        assert_eq!(of("switchover", "REAL RUN", "NEXT"), "never", "{text}");
    }
}

/// That it came to its end says nothing of how long clients waited.
#[test]
fn a_run_whose_recovery_time_nobody_measured_carries_no_tick() {
    let mut model = sized(reader_in(State::Normal), (120, 40));
    for preflight in &mut model.fleet[0].standing.as_mut().unwrap().preflights {
        if let Some(real) = preflight.last.as_mut().and_then(|last| last.real.as_mut()) {
            (real.rto, real.rto_at_least) = (None, Some(std::time::Duration::from_secs(81)));
        }
    }
    press(&mut model, "7");
    assert!(row(&view_text(&model), "failover").contains("? 2026-02-26"), "{}", view_text(&model));
}

#[test]
fn where_rows_are_hidden_the_title_says_which_are_shown() {
    let title = |size: (u16, u16)| {
        let mut model = sized(reader_in(State::Normal), size);
        let reports = &mut model.fleet[0].standing.as_mut().unwrap().preflights[0].reports;
        let more = reports[0].clone();
        reports.extend(std::iter::repeat_n(more, 15));
        press(&mut model, "7");
        let text = view_text(&model);
        text.lines().find(|line| line.contains("Guards of")).unwrap().to_owned()
    };
    let cut = title((80, 24));
    assert!(cut.contains(" 1-") && cut.contains(" of 20"), "{cut}");
    let whole = title((120, 60));
    assert!(!whole.contains(" of 20"), "{whole}");
}

#[test]
fn runbooks_of_the_stacks_are_listed_with_what_is_known_and_lead_to_their_plans() {
    for size in SIZES {
        let text = view_text(&at(State::Normal, size, "7"));
        for name in ["provision", "teardown", "drift"] {
            assert!(row(&text, name).contains("? not judged"), "{text}");
        }
        assert!(row(&text, "provision").contains("19m00s"), "{text}");
        assert!(row(&text, "teardown").contains("not known") && row(&text, "teardown").contains("never"), "{text}");
        let text = view_text(&at(State::Normal, size, "7 j j j j j"));
        let pane = text.split("Guards of teardown").nth(1).unwrap();
        assert!(pane.contains("not judged: x makes the plan"), "{text}");
    }
    let page = view_text(&at(State::Normal, (120, 40), "7 j j j j enter"));
    assert!(page.contains("19m00s, as the newest that completed took"), "{page}");
    assert!(page.contains("lifeboat up"), "{page}");

    let (mut here, mut there) = (at(State::Normal, (120, 40), "7 j j j j j"), at(State::Normal, (120, 40), "0"));
    assert_eq!(keys(&mut here, "x"), keys(&mut there, "x"), "teardown");
    assert_eq!(here.dialogs, there.dialogs);
    let mut drift = at(State::Normal, (120, 40), "7 j j j j j j");
    let effects = keys(&mut drift, "x");
    assert!(matches!(&effects[..], [Effect::Propose { runbook, .. }] if runbook.as_str() == "drift"), "{effects:?}");
    let mut provision = at(State::Normal, (120, 40), "7 j j j j");
    assert_eq!(keys(&mut provision, "x"), [Effect::Blueprints]);
    assert!(matches!(provision.dialogs.as_slice(), [Dialog::Picker(_)]));
    // A paper copy is of a plan that is there.
    let mut paper = at(State::Normal, (120, 40), "7 j j j j j");
    assert_eq!(keys(&mut paper, "P"), []);
    assert!(said(&paper).contains("x makes it"), "{}", said(&paper));
}

#[test]
fn a_guard_that_refuses_shows_what_mends_it_below_its_row() {
    let text = view_text(&at(State::Failing, (120, 40), "7"));
    let lines: Vec<&str> = text.lines().collect();
    let below = |needle: &str, rows: usize| {
        let at = lines.iter().position(|line| line.contains(needle)).unwrap();
        lines[at + 1..=at + rows].join("\n")
    };
    assert!(below("✖ refuse   access", 1).contains("fix: O raises it"), "{text}");
    let health = below("✖ refuse   both-healthy", 3);
    assert!(health.contains("fix: lifeboat run failover asks nothing of it"), "{text}");
    assert!(health.contains("seen: us-east-1 down, us-east-2 healthy"), "{text}");
    assert!(health.contains("or: ! on the plan's page goes on against it"), "{text}");
    assert!(below("? unknown  lag", 2).contains("seen: Aurora 84 ms, DynamoDB 9 s, S3 not known"), "{text}");
    assert!(!text.contains("--operate"), "{text}");
    // Where rows are few, what mends it comes before anything else, and no row is lost to it.
    let small = view_text(&at(State::Failing, (80, 24), "7"));
    assert!(small.contains("fix: O raises it") && small.contains("fix: lifeboat run failover"), "{small}");
    for guard in ["access", "both-healthy", "lag", "identity", "writer"] {
        assert!(small.lines().any(|line| line.contains(guard)), "{guard}\n{small}");
    }
}

#[test]
fn long_texts_are_broken_into_lines_where_rows_are_free() {
    let mut model = sized(reader_in(State::Normal), (80, 40));
    let why = "S3's backlog has not been read for 6 min in us-east-2, and nobody knows what else is not known there";
    let standing = model.fleet[0].standing.as_mut().unwrap();
    standing.preflights[0].reports[2].verdict = Verdict::unknown(why);
    press(&mut model, "7");
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = view_text(&model);
    assert!(words(&text).contains("else is not known there"), "{text}");
    // One that would take all the room does not take it from those that need little.
    let mut model = sized(reader_in(State::Failing), (80, 28));
    let standing = model.fleet[0].standing.as_mut().unwrap();
    standing.preflights[0].reports[0].verdict = Verdict::refuse(format!("it {} is", "very ".repeat(60)), "wait");
    press(&mut model, "7");
    let text = view_text(&model);
    assert!(words(&text).contains("nothing of it has") && words(&text).contains("answered for 4 min"), "{text}");
    let none = view_text(&at(State::Normal, (80, 24), "7 j j"));
    assert!(words(&none).contains("no plan: us-east-1 is active already; there is nothing to fail back to"), "{none}");
    assert!(!none.split("Guards of failback").nth(1).unwrap().contains('…'), "{none}");
}

#[test]
fn in_the_console_a_fix_names_the_key_that_does_it() {
    let page = view_text(&at(State::Failing, (120, 40), "7 tab enter"));
    assert!(page.contains("O raises it"), "{page}");
    let page = view_text(&at(State::Failing, (120, 40), "7 tab j enter"));
    assert!(page.contains("! on the plan's page goes on against it"), "{page}");
    // On the page of a plan too, and with the keys as they are set.
    let mut model = at(State::Failing, (120, 40), "7");
    model.keymap = Keymap::from_toml("[keys]\nraise-access = [\"W\"]\n").unwrap();
    press(&mut model, "x");
    let refusals = model.fleet[0].standing.as_ref().unwrap().preflights[0].reports.clone();
    propose(&mut model, runs::proposal(Mode::Planned, refusals));
    let text = view_text(&model);
    assert!(text.contains("fix: W raises it"), "{text}");
}

#[test]
fn each_pane_is_filtered_by_itself_and_says_so() {
    let shown =
        |model: &Model, pane| items(model, Screen::Runbooks, pane).into_iter().map(|item| item.id).collect::<Vec<_>>();
    let model = at(State::Failing, (120, 40), "7 / g i v e enter");
    assert_eq!(shown(&model, 0), ["failover"]);
    assert_eq!(shown(&model, 1).len(), 5, "the guards are not filtered");
    let text = view_text(&model);
    assert!(text.contains("Runbooks with \"give\"") && !text.contains("Guards of failover with"), "{text}");
    let model = at(State::Failing, (120, 40), "7 tab / l a g enter");
    assert_eq!(shown(&model, 1), ["lag"]);
    assert_eq!(shown(&model, 0).len(), 7);
    assert!(view_text(&model).contains("Guards of switchover with \"lag\""));
    let model = at(State::Failing, (120, 40), "7 / j u d g e d enter");
    assert_eq!(shown(&model, 0), ["provision", "teardown", "drift"], "what it stands at is found too");
    assert_eq!(shown(&at(State::Failing, (120, 40), "7 / o v e r d u e enter"), 0), ["drill"]);
    let text = view_text(&at(State::Failing, (120, 40), "7 / z z enter"));
    assert!(text.contains("no runbook has these words"), "{text}");
}
