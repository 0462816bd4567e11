//! The slow end of key to drawn frame, which a mean does not show: 200 × 60, 500 alarms, a run in progress whose journal
//! has 10,000 entries, answers arriving all the while. `cargo bench -p lifeboat-tui --bench tail`
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::let_underscore_must_use,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark, not the program"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use lifeboat_model::facts::Facts;
use lifeboat_model::read::Service;
use lifeboat_model::run::Entry;
use lifeboat_model::snapshot::Observation;
use lifeboat_tui::{Key, Model, Msg, update, view};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

#[allow(dead_code, reason = "tests use more of it")]
#[path = "../tests/glass/worlds.rs"]
mod worlds;

#[allow(dead_code, reason = "the other benchmark uses more of it")]
#[path = "large/sized.rs"]
mod sized;

use sized::{COLUMNS, ROWS, many, model, running};
use worlds::runs::Telling;
use worlds::{NAME, State};

const ALARMS: usize = 500;
const ENTRIES: usize = 10_000;
const KEYS: usize = 3_000;
/// Screens, rows, panes, a filter, the palette and its end: whatever an operator presses while a run is on.
const PRESSED: [&str; 22] = [
    "8", "j", "tab", "j", "1", "2", "3", "4", "j", "/", "9", "esc", "5", "7", "j", "6", "?", "esc", "ctrl+k", "esc",
    "9", "enter",
];

/// A console with everything going on in it.
struct Desk {
    model: Model,
    terminal: Terminal<TestBackend>,
    answer: Observation,
    entry: Arc<Entry>,
}

impl Desk {
    fn open() -> Self {
        let readings = worlds::readings(State::Normal);
        let (region, service, facts) =
            readings.into_iter().find(|(_, service, _)| *service == Service::Alarms).unwrap();
        let Facts::Alarms(known) = facts else { panic!("alarms are told as something else") };
        let answer = Observation {
            deployment: NAME.into(),
            region: region.into(),
            service,
            at: worlds::now(),
            outcome: Ok(Facts::Alarms(many(&known, ALARMS))),
        };
        let mut telling = Telling::running();
        telling.canary(1, Ok(()));
        Self {
            model: running(ALARMS, ENTRIES),
            terminal: Terminal::new(TestBackend::new(COLUMNS, ROWS)).unwrap(),
            answer,
            entry: telling.entries.pop().unwrap(),
        }
    }

    fn draw(&mut self) {
        self.terminal.draw(|frame| view(&self.model, frame)).unwrap();
    }

    /// An answer of the alarms and an entry of the run, each with its frame.
    fn polls(&mut self, count: usize) {
        let _ = update(&mut self.model, Msg::Observed(self.answer.clone()));
        self.draw();
        Arc::make_mut(&mut self.entry).sequence = u64::try_from(ENTRIES + count + 1).unwrap();
        let entries = vec![self.entry.clone()];
        let _ = update(&mut self.model, Msg::Run { deployment: NAME.into(), entries, here: true });
        self.draw();
    }

    fn key(&mut self, key: &str) {
        let _ = update(&mut self.model, Msg::Key(key.parse::<Key>().unwrap()));
        self.draw();
    }
}

fn tell(title: &str, mut lengths: Vec<Duration>) {
    lengths.sort();
    let at = |percent: usize| lengths[(lengths.len() - 1) * percent / 100].as_secs_f64() * 1000.0;
    println!("{title}, {} keys: median {:.2} ms, p99 {:.2} ms, worst {:.2} ms", lengths.len(), at(50), at(99), at(100));
}

/// Rows, orders and a page, of which a screen shows as many as it has rows.
fn fleet(deployments: usize) {
    let mut desk = Desk { model: model(6, deployments), ..Desk::open() };
    let mut lengths = Vec::new();
    desk.key("6");
    for key in ["j", "s", "j", "k", "enter", "esc"].iter().cycle().take(KEYS) {
        let pressed = Instant::now();
        desk.key(key);
        lengths.push(pressed.elapsed());
    }
    tell(&format!("fleet of {deployments}"), lengths);
}

/// Letters into the palette over a fleet of which every deployment has as many alarms: what is elsewhere is looked for with
/// each of them, in what there is and for what there is not.
fn search(deployments: usize) {
    let mut model = model(ALARMS, deployments);
    let known = model.fleet[0].assessment.alarms.clone();
    for watched in model.fleet.iter_mut().skip(1) {
        let name = watched.deployment.name.clone();
        watched.assessment.alarms.clone_from(&known);
        for alarm in &mut watched.assessment.alarms {
            alarm.name = format!("{name}-{}", alarm.name).into();
        }
    }
    let mut desk = Desk { model, ..Desk::open() };
    for typed in ["alarm-499", "shop-99-payments-alarm-499", "zzzz-nowhere"] {
        let mut lengths = Vec::new();
        for _ in 0..KEYS / 100 {
            desk.key(":");
            for letter in typed.chars() {
                let pressed = Instant::now();
                desk.key(&letter.to_string());
                lengths.push(pressed.elapsed());
            }
            desk.key("esc");
        }
        tell(&format!("palette over {deployments} of {ALARMS} alarms, `{typed}`"), lengths);
    }
}

fn main() {
    // As many as there are rows: what more deployments cost is the difference to this.
    [1, 54, 100, 1000].into_iter().for_each(fleet);
    [1, 100].into_iter().for_each(search);
    let mut desk = Desk::open();
    let (mut alone, mut behind) = (Vec::new(), Vec::new());
    for (count, key) in PRESSED.iter().cycle().take(KEYS).enumerate() {
        let arrives = Instant::now();
        // The key is pressed just when an answer is being taken in: it waits for that and for both frames.
        desk.polls(count);
        let pressed = Instant::now();
        desk.key(key);
        let shown = Instant::now();
        alone.push(shown - pressed);
        behind.push(shown - arrives);
    }
    tell("key to drawn frame", alone);
    tell("the same behind an answer, an entry and their frames", behind);
}
