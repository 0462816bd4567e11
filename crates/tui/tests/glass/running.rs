//! What every screen looks like while a run is under way: it is told wherever one looks, and nothing else is pushed aside.

use std::collections::BTreeMap;
use std::time::Duration;

use lifeboat_model::document::Document;
use lifeboat_model::guard::{GuardName, GuardReport, Verdict};
use lifeboat_model::run::RunId;
use lifeboat_model::runbook::Mode;
use lifeboat_model::topology::CanaryTarget;
use lifeboat_tui::archive::Writing;
use lifeboat_tui::{Model, Msg, update, view_text};

use super::camera::photograph_of;
use super::hands::{SIZES, model, press, run, sized};
use super::worlds::runs::{self, RUN, Telling};
use super::worlds::{self, NAME, past};

/// The screens but that of the run, and that of the stacks, which no run of clients changes.
const SCREENS: [(&str, &str); 8] = [
    ("overview", "1"),
    ("replication", "2"),
    ("health", "3"),
    ("alarms", "4"),
    ("capacity", "5"),
    ("fleet", "6"),
    ("runbooks", "7"),
    ("history", "9"),
];

/// A run that is executed here, as the program tells it: its entries, who holds it, and what the journal has of it.
pub(crate) fn acting(size: (u16, u16), telling: Telling) -> Model {
    let mut model = sized(model(), size);
    run(&mut model, telling, true);
    let mut standing = model.fleet[0].standing.clone().unwrap();
    standing.open_run = Some(runs::open_run(None, Some(runs::operator())));
    for preflight in &mut standing.preflights {
        preflight.reports.retain(|report| report.guard != GuardName::Access);
        preflight.reports.push(GuardReport {
            guard: GuardName::Lock,
            verdict: Verdict::refuse("ada on bridge holds the lock", "wait for the end of its run"),
            evidence: String::new(),
            read_at: None,
            overridden: None,
        });
    }
    let _ = update(&mut model, Msg::Standing { deployment: NAME.into(), standing });
    model
}

/// Goes to a screen, and has the journal answer what it asks.
fn go_to(model: &mut Model, key: &str) {
    let effects = update(model, Msg::Key(key.parse().unwrap()));
    past::answer(model, effects, &|query| {
        let mut shelf = past::shelf(query, 1_234);
        if let Ok(runs) = &mut shelf.runs {
            // The newest is the one that is under way.
            runs[0].id = RunId::new(RUN);
            runs[0].runbook = "switchover".into();
            (runs[0].started_at, runs[0].last_at) = (worlds::ago(65), worlds::ago(1));
            runs[0].holder = Some(runs::operator());
        }
        Ok(shelf)
    });
}

#[test]
fn every_screen_tells_the_run_that_is_under_way_at_every_size() {
    for (name, key) in SCREENS {
        for size in SIZES {
            let mut model = acting(size, Telling::running());
            go_to(&mut model, key);
            let text = view_text(&model);
            assert!(text.contains("switchover is executed here"), "{name}\n{text}");
            photograph_of(name, "running", model);
        }
    }
}

#[test]
fn every_screen_says_that_the_run_waits_for_an_answer() {
    for (name, key) in SCREENS {
        let mut model = acting((80, 24), Telling::asking());
        go_to(&mut model, key);
        let text = view_text(&model);
        assert!(text.contains("switchover is waiting for your answer: 8"), "{name}\n{text}");
        press(&mut model, "8");
        assert!(view_text(&model).contains("QUESTION about"), "{}", view_text(&model));
    }
}

#[test]
fn what_is_over_is_told_by_no_banner() {
    for (name, key) in SCREENS {
        let mut model = sized(model(), (80, 24));
        run(&mut model, Telling::completed(), true);
        go_to(&mut model, key);
        let text = view_text(&model);
        assert!(!text.contains("executed here") && !text.contains("is not over: 8"), "{name}\n{text}");
    }
}

/// Nobody goes on with it by itself, and that is what a person must hear first, wherever they look and however small the
/// window is.
#[test]
fn a_run_that_nobody_executes_says_so_on_every_screen_and_what_can_be_done_about_it() {
    let left = |telling: fn() -> Telling| {
        let mut model = acting((80, 24), telling());
        let mut standing = model.fleet[0].standing.clone().unwrap();
        standing.open_run.as_mut().unwrap().holder = None;
        let _ = update(&mut model, Msg::Standing { deployment: NAME.into(), standing });
        model.fleet[0].run = None;
        run(&mut model, telling(), false);
        model
    };
    for (name, key) in SCREENS {
        let mut model = left(Telling::running);
        go_to(&mut model, key);
        let text = view_text(&model);
        assert!(text.contains("nobody executes switchover, and clients could not write: 8"), "{name}\n{text}");
        let mut model = left(Telling::at_its_line);
        go_to(&mut model, key);
        let text = view_text(&model);
        assert!(text.contains("nobody executes failover, at its last reversible moment: 8"), "{name}\n{text}");
    }
    let mut model = left(Telling::running);
    press(&mut model, "8");
    assert!(
        view_text(&model).contains("nobody executes it: R goes on with it, A gives it up"),
        "{}",
        view_text(&model)
    );
    press(&mut model, "a");
    assert!(view_text(&model).contains("nobody executes it: R goes on"), "{}", view_text(&model));
    // The list of R offers giving up too.
    press(&mut model, "R");
    let text = view_text(&model);
    assert!(text.contains("go on with it") && text.contains("abort"), "{text}");
}

/// The journal cannot know that somebody executes it.
#[test]
fn the_report_of_a_run_that_is_executed_here_says_that_it_is_under_way() {
    let mut model = acting((120, 40), Telling::running());
    press(&mut model, "8 o");
    let mut document = Document::default();
    document.title("Report");
    document.warning(format!("This run is not over, or was cut off. Go on with `lifeboat resume {RUN}`."));
    document.paragraph("What it did.");
    let told = Msg::Document {
        deployment: NAME.into(),
        writing: Writing::Report(RunId::new(RUN)),
        outcome: Ok(Box::new(document)),
    };
    let mut left = model.clone();
    let _ = update(&mut model, told.clone());
    let text = view_text(&model);
    assert!(text.contains("It is under way, executed here") && text.contains("What it did."), "{text}");
    assert!(!text.contains("lifeboat resume"), "{text}");
    // Nobody executes it: how it is gone on with is what matters.
    left.fleet[0].run.as_mut().unwrap().here = false;
    left.fleet[0].standing.as_mut().unwrap().open_run.as_mut().unwrap().holder = None;
    let _ = update(&mut left, told);
    assert!(view_text(&left).contains("lifeboat resume") && !view_text(&left).contains("under way, executed"));
}

#[test]
fn what_somebody_else_executes_is_not_offered_to_be_gone_on_with() {
    let mut model = acting((120, 40), Telling::running());
    model.fleet[0].run.as_mut().unwrap().here = false;
    press(&mut model, "8");
    let text = view_text(&model);
    let footer = text.lines().last().unwrap();
    for offer in ["R go on", "A give up", "a answer", "p pause"] {
        assert!(!footer.contains(offer), "{text}");
    }
    model.fleet[0].standing.as_mut().unwrap().open_run.as_mut().unwrap().holder = None;
    assert!(view_text(&model).lines().last().unwrap().contains("R go on"), "{}", view_text(&model));
}

/// Three canaries are waited for before anything is done: what looks as if it hung says what it waits for.
#[test]
fn a_planned_run_that_has_begun_nothing_yet_says_what_it_waits_for() {
    for (telling, waits) in
        [(Telling::begun(Mode::Planned), true), (Telling::running(), false), (Telling::begun(Mode::Unplanned), false)]
    {
        let mut model = acting((80, 24), telling);
        model.fleet[0].deployment.canary = Some(CanaryTarget {
            write_url: "https://payments.example/".to_owned(),
            read_urls: BTreeMap::new(),
            interval: Duration::from_secs(5),
        });
        press(&mut model, "8");
        let text = view_text(&model);
        assert_eq!(text.contains("nothing is begun yet: how clients fare is seen first"), waits, "{text}");
    }
}
