//! Key to drawn frame, 200 × 60: `cargo bench -p lifeboat-tui --bench frame`. What docs/ say of it comes from here.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::let_underscore_must_use,
    reason = "a benchmark, not the program"
)]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use lifeboat_model::read::Service;
use lifeboat_model::run::RunId;
use lifeboat_model::snapshot::Observation;
use lifeboat_tui::archive::{MOST_RUNS, Query};
use lifeboat_tui::{Effect, Key, Model, Msg, update, view};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

#[allow(dead_code, reason = "tests use more of it")]
#[path = "../tests/glass/worlds.rs"]
mod worlds;

#[path = "large/sized.rs"]
mod sized;

use sized::{COLUMNS, ROWS, model, pressed, running};
use worlds::runs::Telling;
use worlds::{NAME, State};

fn run_under_way(criterion: &mut Criterion) {
    let start = running(500, 10_000);
    for (title, before, key) in [
        ("the run, its steps", &["8"][..], "j"),
        ("the run, what happened", &["8", "tab"], "j"),
        ("alarms beside it", &["4"], "j"),
    ] {
        let mut start = start.clone();
        pressed(&mut start, before);
        frame_after(criterion, &format!("{title}, 10,000 entries"), &start, key);
    }
    let mut next = running(500, 10_000);
    let entries = {
        let mut telling = Telling::running();
        telling.canary(1, Ok(()));
        let mut newest = telling.entries.split_off(telling.entries.len() - 1);
        std::sync::Arc::make_mut(&mut newest[0]).sequence = 10_001;
        newest
    };
    pressed(&mut next, &["8"]);
    criterion.bench_function("an entry arrives: update, 10,000 entries", |bencher| {
        bencher.iter_batched_ref(
            || next.clone(),
            |model| update(model, Msg::Run { deployment: NAME.into(), entries: entries.clone(), here: true }),
            BatchSize::LargeInput,
        );
    });
}

fn frame_after(criterion: &mut Criterion, title: &str, start: &Model, key: &str) {
    let key: Key = key.parse().unwrap();
    let mut terminal = Terminal::new(TestBackend::new(COLUMNS, ROWS)).unwrap();
    criterion.bench_function(&format!("key to frame: {title}"), |bencher| {
        bencher.iter_batched_ref(
            || start.clone(),
            |model| {
                let effects = update(model, Msg::Key(key));
                terminal.draw(|frame| view(model, frame)).unwrap();
                black_box(effects)
            },
            BatchSize::LargeInput,
        );
    });
}

fn key_to_frame(criterion: &mut Criterion) {
    for (title, keys, alarms, deployments) in [
        ("overview, 500 alarms", ["1", "tab", "j"], 500, 1),
        ("alarms, 500 alarms", ["4", "j", "j"], 500, 1),
        ("alarms filtered, 500 alarms", ["4", "/", "9"], 500, 1),
        ("fleet of 1", ["6", "j", "s"], 6, 1),
        // As many as there are rows: what more deployments cost is the difference to this.
        ("fleet of 54", ["6", "j", "s"], 6, 54),
        ("fleet of 100", ["6", "j", "s"], 6, 100),
    ] {
        let mut start = model(alarms, deployments);
        let (last, before) = keys.split_last().unwrap();
        pressed(&mut start, before);
        frame_after(criterion, title, &start, last);
    }
}

/// A journal of 10,000 entries and as many runs as are listed, and a long report of one of them.
fn history(criterion: &mut Criterion) {
    let tell = |query: &Query| {
        let mut shelf = worlds::past::shelf(query, 10_000);
        let runs = worlds::past::runs();
        let many = runs.iter().cycle().take(MOST_RUNS).cloned().enumerate().map(|(index, mut run)| {
            run.id = RunId::new(format!("{}-{index}", run.id));
            run
        });
        shelf.runs = Ok(many.collect());
        Ok(shelf)
    };
    let mut start = model(500, 1);
    for key in ["9", "tab", "j", "j"] {
        let effects = update(&mut start, Msg::Key(key.parse::<Key>().unwrap()));
        worlds::past::answer(&mut start, effects, &tell);
    }
    frame_after(criterion, "history, 10,000 entries, 1,000 runs", &start, "j");
    for effect in update(&mut start, Msg::Key("enter".parse::<Key>().unwrap())) {
        if let Effect::ReadDocument { deployment, writing } = effect {
            let mut document = worlds::past::document();
            (0..100).for_each(|_| document.blocks.extend(worlds::past::document().blocks));
            let _ = update(&mut start, Msg::Document { deployment, writing, outcome: Ok(Box::new(document)) });
        }
    }
    frame_after(criterion, "a report of 2,000 lines", &start, "j");
}

fn answers(criterion: &mut Criterion) {
    let start = model(500, 1);
    let alarms =
        worlds::readings(State::Normal).into_iter().find(|(_, service, _)| *service == Service::Alarms).unwrap();
    let observation = Observation {
        deployment: NAME.into(),
        region: alarms.0.into(),
        service: alarms.1,
        at: worlds::now(),
        outcome: Ok(alarms.2),
    };
    criterion.bench_function("an answer arrives: update with the rules, 500 alarms", |bencher| {
        bencher.iter_batched_ref(
            || start.clone(),
            |model| update(model, Msg::Observed(observation.clone())),
            BatchSize::LargeInput,
        );
    });
}

criterion_group!(benches, key_to_frame, run_under_way, history, answers);
criterion_main!(benches);
