//! The log: a file in the data folder, never the screen. Only Lifeboat's own events go in; libraries'
//! are left out, because at their most talkative they print what must stay secret.

use std::path::PathBuf;

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::cli::{Globals, LogLevel};
use crate::config;
use crate::config::env::{self, Environment};

/// The crates whose events are kept.
const OURS: [&str; 6] =
    ["lifeboat", "lifeboat_aws", "lifeboat_engine", "lifeboat_model", "lifeboat_sim", "lifeboat_tui"];
/// Days of which the log is kept.
const KEPT: usize = 7;

/// Lines that wait for a slow disk; room for them is taken at the start. What comes on top is dropped.
const LINES_HELD: usize = 4096;

/// Holds the writer; what is still to be written is written when it is dropped.
pub(crate) struct Log(#[expect(dead_code, reason = "held for what dropping it does")] Option<WorkerGuard>);

/// A log that cannot be written is no reason to show nothing: the program goes on without it.
pub(crate) fn begin(globals: &Globals, environment: &Environment) -> Log {
    let level = level(globals, environment);
    let Some(folder) = folder(globals, environment).filter(|_| level != LevelFilter::OFF) else { return Log(None) };
    // The appender would complain on the screen of a folder that is not there.
    if std::fs::create_dir_all(&folder).is_err() {
        return Log(None);
    }
    let file = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("lifeboat")
        .filename_suffix("log")
        .max_log_files(KEPT)
        .build(folder);
    let Ok(file) = file else { return Log(None) };
    let (writer, guard) = NonBlockingBuilder::default().buffered_lines_limit(LINES_HELD).finish(file);
    let lines = tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(false);
    let filter = Targets::new().with_targets(OURS.map(|target| (target, level)));
    match tracing_subscriber::registry().with(filter).with(lines).try_init() {
        Ok(()) => Log(Some(guard)),
        Err(_) => Log(None),
    }
}

fn folder(globals: &Globals, environment: &Environment) -> Option<PathBuf> {
    config::data_dir(globals, environment).ok().map(|folder| folder.value.join("logs"))
}

fn level(globals: &Globals, environment: &Environment) -> LevelFilter {
    let stated = match globals.log_level {
        Some(LogLevel::Off) => Some(LevelFilter::OFF),
        Some(LogLevel::Error) => Some(LevelFilter::ERROR),
        Some(LogLevel::Warn) => Some(LevelFilter::WARN),
        Some(LogLevel::Info) => Some(LevelFilter::INFO),
        Some(LogLevel::Debug) => Some(LevelFilter::DEBUG),
        Some(LogLevel::Trace) => Some(LevelFilter::TRACE),
        None => environment.get(env::LOG).and_then(|text| text.parse().ok()),
    };
    stated.unwrap_or(LevelFilter::INFO)
}
