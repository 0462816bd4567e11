//! The program: parse, dispatch, map the outcome to an exit code. What a command does is in `commands`.

mod acting;
mod building;
mod cli;
mod commands;
mod config;
mod discovery;
mod effects;
mod exit;
mod last_known;
mod logging;
mod output;
mod provisioned;
mod remembered;
mod runbooks;
mod session;
mod tape;
mod terminal;
mod themes;
mod wiring;

use std::io;
use std::process::ExitCode;

use crate::config::env::Environment;
use crate::exit::{Exit, Failure};
use crate::output::Output;

fn main() -> ExitCode {
    let environment = Environment::of_process();
    let arguments = commands::arguments(std::env::args_os());
    let color = environment.get(config::env::NO_COLOR).is_none() && !arguments.iter().any(|word| word == "--no-color");
    let mut output = Output::standard(arguments.iter().any(|word| word == "--json"), color);
    if color_eyre::install().is_err() {
        // A second installation is the only way to fail, and the first one serves.
    }
    let outcome = commands::run(arguments, &environment, &mut output);
    outcome.unwrap_or_else(|report| ending(&report, &mut output)).into()
}

/// Says what went wrong, and gives the code to end with.
fn ending(report: &color_eyre::Report, output: &mut Output) -> Exit {
    let pipe_closed = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    if report.chain().filter_map(|cause| cause.downcast_ref::<io::Error>()).any(pipe_closed) {
        return Exit::Done;
    }
    let foreseen = report.downcast_ref::<Failure>();
    let told = match foreseen {
        Some(failure) => output.failure(failure),
        None => output.failure(&Failure::error(report.chain().map(ToString::to_string).collect::<Vec<_>>().join(": "))),
    };
    match (told, foreseen) {
        (Ok(()) | Err(_), Some(failure)) => failure.exit,
        (Ok(()) | Err(_), None) => Exit::Error,
    }
}
